"""Failures on purpose: every call by which the grader talks to a kernel, a file or the gradebook, made to fail.

The calls are found by the classes and modules that they go through: a clean run counts how often each is called, and a
point of failure is one of these calls, failing once, or it and all later ones.
"""

from __future__ import annotations

import errno
import inspect
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import sqlalchemy.exc
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.client import KernelClient
from jupyter_client.manager import KernelManager
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, OverwriteCells, SaveAutoGrades
from sqlalchemy.orm import Session

from rnncourse.checking import kept_files
from rnncourse.grading import runs, submissions
from rnncourse.grading.gradebook import GradebookWriter
from rnncourse.grading.records import Records
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.provisioner import SandboxProvisioner
from rnncourse.notebooks.kernels import Kernel


def of_the_disk() -> Exception:
    return OSError(errno.EIO, os.strerror(errno.EIO), "a file")


def of_the_database() -> Exception:
    return sqlalchemy.exc.OperationalError("SELECT 1", {}, Exception("disk I/O error"))


def of_the_socket() -> Exception:
    return zmq.ZMQError(zmq.ETERM)


def of_ours() -> Exception:
    return ValueError("made to fail")


@dataclass(frozen=True)
class Seam:
    """A function that can be made to fail, and what it raises then."""

    owner: Any
    name: str
    error: Callable[[], Exception]

    def __str__(self) -> str:
        return f"{getattr(self.owner, '__qualname__', self.owner.__name__)}.{self.name}"


def seams_of(owner: Any, error: Callable[[], Exception], *names: str) -> list[Seam]:
    """The functions of a class or a module: those named, else all that it defines itself, but for special methods."""
    found = names or [
        name
        for name, value in vars(owner).items()
        if inspect.isfunction(value) and not name.startswith("__")
        and (not isinstance(owner, ModuleType) or value.__module__ == owner.__name__)
    ]  # fmt: skip
    return [Seam(owner, name, error) for name in found]


FILES_AND_GRADEBOOK = [
    *seams_of(Records, of_the_disk),
    *seams_of(GradebookWriter, of_ours),
    *seams_of(kept_files, of_the_disk),
    *seams_of(submissions, of_the_disk),
    *seams_of(Path, of_the_disk, "open", "read_bytes", "read_text", "write_text", "mkdir", "lstat", "glob", "chmod"),
    *seams_of(os, of_the_disk, "fsync", "replace", "scandir", "walk", "makedirs", "unlink"),
    *seams_of(shutil, of_the_disk, "move", "rmtree", "copy"),
    *seams_of(nbformat, of_the_disk, "write", "reads"),
    *seams_of(FilesWriter, of_the_disk, "write"),
    *seams_of(Gradebook, of_the_database),
    *seams_of(Session, of_the_database, "commit", "execute", "flush"),
    *[seam for step in (OverwriteCells, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata, Autograde)
      for seam in seams_of(step, of_ours)],
]  # fmt: skip
KERNELS = [
    *seams_of(Nursery, of_ours),
    *seams_of(SandboxProvisioner, of_ours),
    *seams_of(Kernel, of_ours),
    *seams_of(runs, of_ours),
    *seams_of(runs.Runner, of_ours, *(n for n in vars(runs.Runner) if not n.startswith("__") and n != "result_of")),
    *seams_of(KernelManager, of_ours, "blocking_client", "write_connection_file", "get_connection_info"),
    *seams_of(KernelClient, of_ours, "start_channels", "stop_channels", "execute"),
    *seams_of(BlockingKernelClient, of_ours, "get_iopub_msg", "wait_for_ready"),
    *seams_of(zmq.Socket, of_the_socket, "send_multipart", "recv_multipart"),
    *seams_of(zmq.Context, of_the_socket, "socket"),
]


class Calls:
    """How often a function is called, and at which call it fails.

    Args:
        seam: the function.
        fails_at: the number of the call, from 1; 0 for none.
        for_good: whether all later calls fail, too.
    """

    def __init__(self, seam: Seam, fails_at: int = 0, for_good: bool = False):
        self.seam, self.fails_at, self.for_good = seam, fails_at, for_good
        self.count = 0
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return f"{self.seam} {'from call' if self.for_good else 'at call'} {self.fails_at}"

    def _count(self) -> None:
        with self._lock:
            self.count += 1
            fails = self.fails_at and (self.count == self.fails_at or (self.for_good and self.count > self.fails_at))
        if fails:
            raise self.seam.error()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count, and fail, for the length of a with block."""
        owner, name = self.seam.owner, self.seam.name
        inherited = name not in vars(owner)
        kept = inspect.getattr_static(owner, name)
        function = kept.__func__ if isinstance(kept, staticmethod | classmethod) else kept

        def stand_in(*arguments: Any, **options: Any) -> Any:
            self._count()
            return function(*arguments, **options)

        setattr(owner, name, type(kept)(stand_in) if isinstance(kept, staticmethod | classmethod) else stand_in)
        try:
            yield
        finally:
            if inherited:
                delattr(owner, name)
            else:
                setattr(owner, name, kept)


def counted(seams: list[Seam], run: Callable[[], Any]) -> dict[Seam, int]:
    """How often each function is called in a clean run; those that never are are left out."""
    watched = [Calls(seam) for seam in seams if callable(getattr(seam.owner, seam.name, None))]
    with ExitStack() as stack:
        for calls in watched:
            stack.enter_context(calls.watched())
        run()
    return {calls.seam: calls.count for calls in watched if calls.count}


def points_of_failure(counts: dict[Seam, int]) -> list[Calls]:
    """The first, the middle and the last call of each function failing once, and the first and the middle for good."""
    found = []
    for seam, count in counts.items():
        middle = (count + 1) // 2
        found += [Calls(seam, at) for at in sorted({1, middle, count})]
        found += [Calls(seam, at, True) for at in sorted({1, middle})]
    return found
