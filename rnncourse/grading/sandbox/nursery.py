"""The grader's handle on the process in the sandbox from which kernels are forked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnncourse.grading.sandbox.confine import SHARED_FOLDER, Limits
from rnncourse.grading.sandbox.walls import (
    FOLDER_PREFIX,
    PYTHON,
    SandboxError,
    command,
    environment,
    hidden_folders,
    kept_places,
)

_WARM_SECONDS = 120.0
_ANSWER_SECONDS = 30.0
_FOLDERS_TRIED = 3


class Nursery:
    """A process with everything imported, and the kernels forked from it. One for a grader or a worker.

    Args:
        sandboxed: whether kernels are shut in. Without, they run as the grader's own user.

    Raises:
        SandboxError: it does not start.
    """

    def __init__(self, sandboxed: bool = True):
        self.sandboxed = sandboxed
        self.folder, self._alive = _folder_of_its_own()
        self._lock = threading.Lock()
        self._log = (self.folder / "zygote.log").open("w+b")
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                self._command(theirs.fileno()), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                pass_fds=[theirs.fileno()], cwd="/", start_new_session=True,
                env=None if sandboxed else {**os.environ, **environment(), "HOME": str(self.folder)},
            )  # fmt: skip
        self._channel = ours
        self._lines = ours.makefile("rwb")
        self._warm = False

    def _command(self, channel: int) -> list[str]:
        mode = "sandbox" if self.sandboxed else "open"
        program = [PYTHON, "-m", "rnncourse.grading.sandbox.zygote", str(channel), mode]
        program += [json.dumps(hidden_folders()), json.dumps(kept_places())]
        return command(program, self.folder) if self.sandboxed else program

    def wait(self) -> None:
        """Wait until everything is imported.

        Raises:
            SandboxError: it ended instead, or took too long.
        """
        with self._lock:
            if not self._warm:
                self._channel.settimeout(_WARM_SECONDS)
                self._receive()
                self._channel.settimeout(_ANSWER_SECONDS)
                self._warm = True

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request to the process and return its answer.

        Raises:
            SandboxError: the process has ended or does not answer.
        """
        self.wait()
        with self._lock:
            try:
                self._lines.write(json.dumps(request).encode() + b"\n")
                self._lines.flush()
            except OSError:
                raise self._ended() from None
            found = self._receive()
        if "error" in found:
            raise SandboxError(f"A sandbox could not be made: {found['error']}. Look at: rnncourse doctor")
        return found

    def start(self, slot: int, folder: Path, limits: Limits, withheld: list[str]) -> int:
        """Fork a kernel, which then binds its sockets in a folder of this nursery's.

        Raises:
            SandboxError: the operating system refused.
        """
        inside = (SHARED_FOLDER if self.sandboxed else self.folder) / folder.name
        return self.ask(do="start", slot=slot, folder=str(inside), limits=asdict(limits), withheld=withheld)["kernel"]

    def close(self) -> None:
        """End the process and every kernel, and remove their folder."""
        self._channel.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _receive(self) -> dict[str, Any]:
        try:
            line = self._lines.readline()
        except TimeoutError:
            raise SandboxError("The process that kernels are forked from does not answer.") from None
        except ConnectionError:  # it ended with our question unread
            raise self._ended() from None
        if not line:
            raise self._ended()
        return json.loads(line)

    def _ended(self) -> SandboxError:
        self._log.seek(0)
        words = self._log.read().decode(errors="replace").strip().splitlines()
        last = words[-1] if words else "it said nothing"
        return SandboxError(f"The sandbox does not start: {last}. Look at: rnncourse doctor")


def remove_leftovers() -> None:
    """Remove folders of graders that were killed. One whose grader lives is locked, and one of another user's stays."""
    for path in Path(_short_folder()).glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):
            told = path.lstat()
            if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.geteuid():
                continue
            alone = _sign_of_life(path)
            if alone is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(alone)


def _folder_of_its_own() -> tuple[Path, int | None]:
    """A new folder and what keeps it locked; one that a cleaner came upon in between is given up for another."""
    for _ in range(_FOLDERS_TRIED):
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=_short_folder()))
        alive = _sign_of_life(folder)
        if alive is not None and folder.is_dir():
            return folder, alive
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)  # no locks on this system
    return folder, alive


def _sign_of_life(folder: Path) -> int | None:
    """Lock a folder, for as long as this process lives; None where another holds it, or there are no such locks."""
    try:
        import fcntl

        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (ImportError, AttributeError, OSError):
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return opened
    except OSError:
        os.close(opened)
        return None


def _short_folder() -> str:
    """A folder whose path leaves room for a socket's."""
    usual = tempfile.gettempdir()
    return usual if len(usual) < 60 else "/tmp"
