"""The grader's handle on the process in the sandbox from which kernels are forked."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnncourse.grading.sandbox import place
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.walls import PYTHON, SandboxError, command, environment, hidden_folders, kept_places

#: Of the folder of kernels that are not shut in; small enough for the 107 bytes of a socket's path.
FOLDER_PREFIX = "rnng-"
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
        self._folder: Path | None = None
        self._alive: int | None = None
        if not sandboxed:
            self._folder, self._alive = _folder_of_its_own()
        self._lock = threading.Lock()
        self._places: dict[int, tuple[Path, int]] = {}
        self._made = 0
        with ExitStack() as opened:
            self._log = opened.enter_context(tempfile.TemporaryFile(dir=_short_folder()))
            ours, theirs = socket.socketpair()
            opened.enter_context(ours)
            with theirs:
                self._process = subprocess.Popen(
                    self._command(theirs.fileno()), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                    pass_fds=[theirs.fileno()], cwd="/", start_new_session=True,
                    env=None if sandboxed else {**os.environ, **environment(), "HOME": str(self._folder)},
                )  # fmt: skip
            opened.pop_all()  # closed with the process
        self._channel = ours
        self._unread = b""
        self._warm = False

    def _command(self, channel: int) -> list[str]:
        mode = "sandbox" if self.sandboxed else "open"
        program = [PYTHON, "-m", "rnncourse.grading.sandbox.zygote", str(channel), mode]
        program += [json.dumps(hidden_folders()), json.dumps(kept_places())]
        return command(program) if self.sandboxed else program

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
        return self._ask(request)[0]

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        """The answer, and the numbers of the folders that came open with it."""
        self.wait()
        with self._lock:
            try:
                self._channel.sendall(json.dumps(request).encode() + b"\n")
            except OSError:
                raise self._ended() from None
            found, opened = self._receive()
        if "error" in found:
            raise SandboxError(f"A sandbox could not be made: {found['error']}. Look at: rnncourse doctor")
        return found, opened

    def make_place(self, slot: int, megabytes: int) -> Path:
        """A new place for a kernel, empty but for its folders.

        Args:
            slot: of the kernel; the place that it had before is taken away.
            megabytes: what may be left in it.

        Returns:
            The place as the grader sees it; usable until ``leave_place``.

        Raises:
            SandboxError: the operating system refused.
        """
        self.leave_place(slot)
        if self._folder is None:
            found, opened = self._ask({"do": "place", "slot": slot, "megabytes": megabytes})
            if len(opened) != 1:
                raise SandboxError("The process that kernels are forked from sent no place for a kernel.")
            self._places[slot] = Path(found["place"]), opened[0]
            return Path(f"/proc/self/fd/{opened[0]}")
        self._made += 1
        folder = self._folder / f"k{slot}-{self._made}"
        place.lay_out(folder)
        self._places[slot] = folder, -1
        return folder

    def leave_place(self, slot: int) -> None:
        """End a kernel and take its place away; nothing happens where there is none."""
        inside, opened = self._places.pop(slot, (None, -1))
        if inside is None:
            return
        try:
            with suppress(SandboxError):  # it has ended, and everything with it
                self.ask(do="leave", slot=slot)
        finally:
            if opened >= 0:
                os.close(opened)
            else:
                place.clear_away(inside)

    def start(self, slot: int, limits: Limits, withheld: Sequence[str]) -> int:
        """Fork a kernel, which then binds its sockets in its place.

        Raises:
            SandboxError: the operating system refused.
        """
        inside, _ = self._places[slot]
        request = {"folder": str(inside), "limits": asdict(limits), "withheld": list(withheld)}
        return self.ask(do="start", slot=slot, **request)["kernel"]

    def close(self) -> None:
        """End the process and every kernel. The places of kernels in use are left by those who use them."""
        self._channel.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._log.close()
        if self._folder is not None:
            place.clear_away(self._folder)
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        """One line of the process's, and the folders that came with it."""
        opened: list[int] = []
        while b"\n" not in self._unread:
            try:
                words, more, _, _ = socket.recv_fds(self._channel, 65536, 1)
            except TimeoutError:
                raise SandboxError("The process that kernels are forked from does not answer.") from None
            except OSError:  # it ended with our question unread
                raise self._ended() from None
            if not words:
                raise self._ended()
            self._unread, opened = self._unread + words, opened + more
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line), opened

    def _ended(self) -> SandboxError:
        if self._log.closed:
            return SandboxError("The process that kernels are forked from was ended, and is asked no more.")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)  # its last words may be on their way
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
                place.clear_away(path)
                os.close(alone)


def _folder_of_its_own() -> tuple[Path, int | None]:
    """A new folder and what keeps it locked; one that a cleaner came upon in between is given up for another."""
    for _ in range(_FOLDERS_TRIED):
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=_short_folder()))
        alive = _sign_of_life(folder)
        if alive is not None and folder.is_dir():
            return folder, alive
        place.clear_away(folder)
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
