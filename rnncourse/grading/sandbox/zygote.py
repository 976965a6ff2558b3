"""The process from which kernels are forked: it has TensorFlow, Keras and this package imported, and runs nothing.

Importing TensorFlow takes seconds; a fork of a process that has it takes milliseconds. This process starts no thread
of its own, no TensorFlow operation, no event loop and no ZeroMQ context: none of these survives a fork. It answers
requests, one line of JSON each, on a socket it was born with, and it watches its kernels: memory, processes, files
and time. A learner's code runs only in its grandchildren, each process 1 of its own namespaces.

    {"do": "start", "slot": 0, "folder": "…", "limits": {…}, "withheld": […]}      -> {"kernel": 4711}
    {"do": "signal", "slot": 0, "number": 2}    and what "state" says
    {"do": "end", "slot": 0}                    kills whatever is left of it, and what "state" says
    {"do": "state", "slot": 0}                  -> {"running": false, "status": 0, "why": "…", "cpu": 3.2, "peak": 640}
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import psutil

import rnncourse
from rnncourse.grading.sandbox import confine, inside
from rnncourse.grading.sandbox.confine import Limits

_IMPORTED = (
    "tensorflow", "keras", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipywidgets", "cloudpickle",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completer",
)  # fmt: skip
#: Packages whose modules a submission may import while it is graded, beside the modules of the root.
_ALLOWED_PACKAGES = ("datasets", "plots")
#: A file that a kernel makes when its sockets can be connected to.
READY = "ready"
_KERNEL_OPTIONS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=50")
_WATCH_SECONDS = 0.1
#: All processes of a submission together may use a little more than the limit, which each meets as a MemoryError.
_LENIENCE = 1.25
_MEGABYTE = 1024**2


@dataclass
class Child:
    """A kernel: the process that waits for it, the kernel itself, and what became of it.

    Attributes:
        keeper, kernel: process numbers.
        limits: what it may use.
        folder: what it writes into.
        began: when, by the monotonic clock.
        baseline: bytes of memory of its own that a kernel is born with.
        status: the keeper's exit code, once it has ended.
        why: why it was ended, or ''.
        cpu: seconds of the processor so far.
        peak: most bytes of memory so far.
    """

    keeper: int
    kernel: int
    limits: Limits
    folder: str
    began: float
    baseline: int
    status: int | None = None
    why: str = ""
    cpu: float = 0.0
    peak: int = 0

    def state(self) -> dict[str, Any]:
        """What the grader is told of it."""
        running = self.status is None
        return {
            "running": running, "status": self.status, "why": self.why, "cpu": self.cpu,
            "peak": self.peak // _MEGABYTE,
        }  # fmt: skip


class Usage(NamedTuple):
    """What one process uses: its parent, bytes of memory that it shares with nobody, threads, CPU seconds."""

    parent: int
    memory: int
    threads: int
    cpu: float


class Zygote:
    """Forks kernels, looks after them, and answers the grader.

    Args:
        channel: to the grader.
        confined: whether kernels are shut in.
        hidden, kept: folders that look empty to a kernel, and what stays visible in them.
    """

    def __init__(self, channel: socket.socket, confined: bool, hidden: list[str], kept: list[str]):
        self._channel, self._confined, self._hidden, self._kept = channel, confined, hidden, kept
        self._children: dict[int, Child] = {}

    def serve(self) -> None:
        """Say that all is warm, and answer until the grader hangs up."""
        lines = self._channel.makefile("rwb", buffering=0)
        lines.write(b'{"warm": true}\n')
        while True:
            running = [child for child in self._children.values() if child.status is None]
            readable, _, _ = select.select([self._channel], [], [], _WATCH_SECONDS if running else None)
            if running:
                everyone = processes()
                for child in running:
                    _look_after(child, everyone)
            if not readable:
                continue
            line = lines.readline()
            if not line:
                break
            lines.write(json.dumps(self._answer(json.loads(line))).encode() + b"\n")
        for child in self._children.values():
            _end(child)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._do(request)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        slot = request["slot"]
        child = self._children.get(slot)
        if request["do"] == "start":
            if child is not None:
                _end(child)
            self._children[slot] = self._start(request)
            return {"kernel": self._children[slot].kernel}
        if child is None:
            return {"running": False, "status": 0, "why": ""}
        if request["do"] == "signal" and child.status is None:
            os.kill(child.kernel, request["number"])
        elif request["do"] == "end":
            _end(child)
        return child.state()

    def _start(self, request: dict[str, Any]) -> Child:
        limits = Limits(**request["limits"])
        reader, writer = os.pipe()
        keeper = os.fork()
        if keeper == 0:
            os.close(reader)
            self._keep_a_kernel(request, limits, writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            word = told.read()
        if not word.isdecimal():
            os.waitpid(keeper, 0)
            raise OSError(word)
        baseline = _own_memory(psutil.Process().memory_info())
        return Child(keeper, int(word), limits, request["folder"], time.monotonic(), baseline)

    def _keep_a_kernel(self, request: dict[str, Any], limits: Limits, writer: int) -> NoReturn:
        """Fork the kernel from a process of its own, which has the namespaces, and end as the kernel ends."""
        try:
            self._channel.close()
            if self._confined:
                confine.enter_namespaces()
            kernel = os.fork()
            if kernel == 0:
                os.close(writer)
                self._become_a_kernel(request, limits)
            os.write(writer, str(kernel).encode())
            os.close(writer)
            _, status = os.waitpid(kernel, 0)
            os._exit(os.waitstatus_to_exitcode(status) % 256)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
            os._exit(3)

    def _become_a_kernel(self, request: dict[str, Any], limits: Limits) -> NoReturn:
        """Confine this process and run an IPython kernel in it, to the end of both."""
        try:
            _die_with_parent()
            _quiet_streams(request["folder"])
            signal.signal(signal.SIGINT, signal.default_int_handler)
            folder = Path(request["folder"])
            if self._confined:
                confine.furnish(str(folder), request["slot"], limits, self._hidden, self._kept)
                folder = confine.KERNEL_FOLDER
            else:
                os.chdir(folder / "in" / "work")
            inside.withhold(request["withheld"])
            confine.set_limits(limits)
            if self._confined:
                confine.drop_privileges(request["slot"])
            random.seed()
            _run_kernel(folder)
        except BaseException:
            with suppress(Exception):
                os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(1)


def main() -> None:
    """Warm up, and serve the grader."""
    channel, confined, hidden, kept = sys.argv[1:]
    zygote = Zygote(socket.socket(fileno=int(channel)), confined == "sandbox", json.loads(hidden), json.loads(kept))
    _warm_up()
    zygote.serve()


def _warm_up() -> None:
    """Import what notebooks import, so that every kernel is born with it."""
    inside.package_without_answers()
    for name in (*_IMPORTED, *allowed_modules()):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is shared with the children stays shared


def allowed_modules() -> list[str]:
    """What a submission may import of this package: what learners call, which is the root; nothing else by default."""
    root = [module.name for module in pkgutil.iter_modules(rnncourse.__path__) if not module.ispkg]
    inner = [
        f"{package}.{module.name}"
        for package in _ALLOWED_PACKAGES
        for module in pkgutil.iter_modules([str(Path(rnncourse.__file__).parent / package)])
    ]
    names = (*_ALLOWED_PACKAGES, *(name for name in root if name != "__main__"), *inner)
    return [f"rnncourse.{name}" for name in names]


def _die_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _quiet_streams(folder: str) -> None:
    """A kernel's own words go to a file of the grader's; nothing of the zygote's stays open."""
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDWR)
    log = os.open(f"{folder}/kernel.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, 1024)


def _run_kernel(folder: Path) -> None:
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()
    app = IPKernelApp.instance()
    app.initialize(["-f", str(folder / "in" / "sandbox.json"), *_KERNEL_OPTIONS])
    inside.prepare(app.shell, folder / "in")
    (folder / "out" / READY).touch()
    app.start()


# -------------------------------------------------------------------------------------------------------- watching
def _look_after(child: Child, everyone: dict[int, Usage]) -> None:
    """Note what a kernel uses, and end it if that is more than it may."""
    pid, status = os.waitpid(child.keeper, os.WNOHANG)
    if pid:
        child.status = os.waitstatus_to_exitcode(status)
        return
    own = [everyone[pid] for pid in _descendants(child.kernel, everyone)]
    memory = sum(max(0, usage.memory - child.baseline) for usage in own)
    threads = sum(usage.threads for usage in own)
    child.peak, child.cpu = max(child.peak, memory), max(child.cpu, sum(usage.cpu for usage in own))
    limits = child.limits
    if memory > _LENIENCE * limits.memory * _MEGABYTE:
        _end(child, f"used more than {limits.memory} MB of memory")
    elif threads > limits.processes:
        _end(child, f"started more than {limits.processes} processes and threads")
    elif time.monotonic() - child.began > limits.seconds:
        _end(child, f"took longer than {limits.seconds:g} s in all")
    elif _size_of(child.folder) > limits.file_megabytes * _MEGABYTE:
        _end(child, f"wrote more than {limits.file_megabytes} MB of files")


def processes() -> dict[int, Usage]:
    """What every process uses. One pass for all kernels: it is made ten times a second."""
    found = {}
    for process in psutil.process_iter(["ppid", "memory_info", "num_threads", "cpu_times"]):
        told = process.info
        if None not in told.values():  # else it ended while we looked
            cpu = told["cpu_times"].user + told["cpu_times"].system
            found[process.pid] = Usage(told["ppid"], _own_memory(told["memory_info"]), told["num_threads"], cpu)
    return found


def _own_memory(told: Any) -> int:
    """Resident memory without what is shared, which here is above all what a kernel was forked with."""
    return told.rss - told.shared


def _descendants(root: int, everyone: dict[int, Usage]) -> list[int]:
    """The numbers of a process and of all that it started and that they started."""
    children: dict[int, list[int]] = {}
    for pid, usage in everyone.items():
        children.setdefault(usage.parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in everyone:
            found.append(pid)
            todo += children.get(pid, [])
    return found


def _size_of(folder: str) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512
            except OSError:
                continue
    return total


def _end(child: Child, why: str = "") -> None:
    """Kill a kernel, and with process 1 everything in its namespaces."""
    if child.status is not None:
        return
    child.why = child.why or why
    for pid in [*_descendants(child.kernel, processes()), child.kernel]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(child.keeper, 0)
    child.status = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
