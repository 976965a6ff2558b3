"""The outer sandbox, and the grader's handle on the process in it from which kernels are forked.

What is visible inside: the system's programs and libraries, this Python with its packages, and one folder in which the
kernels' sockets lie. Nothing of the course folder, of a home, of another's submission; no network; no environment.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rnncourse
from rnncourse.grading.confining import HOME, KERNEL_FOLDER, SHARED_FOLDER, Limits

#: This Python, under a name without ``..``, which would lead nowhere in the sandbox.
_PYTHON = os.path.abspath(sys.executable)
_WARM_SECONDS = 120.0
_ANSWER_SECONDS = 30.0
_PACKAGE = Path(rnncourse.__file__).resolve().parent
#: Small enough for the 107 bytes of a socket's path.
_FOLDER_PREFIX = "rnng-"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime", "/etc/mime.types")


class SandboxError(RuntimeError):
    """There is no sandbox to be had; the message says why and what to do."""


def find_bubblewrap() -> str:
    """The program ``bwrap``.

    Raises:
        SandboxError: it is not installed, or this is not Linux.
    """
    if not sys.platform.startswith("linux"):
        raise SandboxError(
            f"Submissions are run in a sandbox that only Linux has, and this is {sys.platform}. Grade in a Linux "
            "container or virtual machine; or, if you trust every submission: --no-sandbox"
        )
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxError(
            "bubblewrap is not installed, which shuts submissions in. Install it (Debian, Ubuntu: apt-get install "
            "bubblewrap; Fedora: dnf install bubblewrap); or, if you trust every submission: --no-sandbox"
        )
    return found


def probe() -> list[str]:
    """Try the sandbox out with a process that looks around in it.

    Returns:
        What holds here, in words.

    Raises:
        SandboxError: something does not; the message says what.
    """
    with tempfile.TemporaryDirectory(prefix=_FOLDER_PREFIX) as shared:
        looked = subprocess.run(
            command([_PYTHON, "-m", "rnncourse.grading.probing"], Path(shared)),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    try:
        found = json.loads(looked.stdout)
    except ValueError:
        words = (looked.stderr or looked.stdout).strip().rpartition("\n")[2] or "it said nothing"
        raise SandboxError(f"bubblewrap does not start ({words}). Does this system allow user namespaces?") from None
    wrong = [words for words, held in found.items() if not held]
    if wrong:
        raise SandboxError(f"not so here: {'; '.join(wrong)}")
    return list(found)


def command(program: list[str], shared: Path, inherited: dict[str, str] | None = None) -> list[str]:
    """The command that runs a program in the outer sandbox.

    Args:
        program: what to run there.
        shared: the one folder that both sides see, in there as ``SHARED_FOLDER``.
        inherited: environment of the program.

    Raises:
        SandboxError: as for ``find_bubblewrap``.
    """
    words = [find_bubblewrap(), "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    words += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox", "--clearenv"]
    if os.geteuid() != 0:
        words += ["--unshare-user"]
    words += ["--cap-drop", "ALL"]
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "CHOWN", "DAC_OVERRIDE", "KILL", "SYS_PTRACE"):
        words += ["--cap-add", f"CAP_{capability}"]
    for name, value in {**_environment(), **(inherited or {})}.items():
        words += ["--setenv", name, value]
    for place in _SYSTEM:
        if Path(place).is_symlink():
            words += ["--symlink", os.readlink(place), place]
        else:
            words += ["--ro-bind-try", place, place]
    words += [
        "--perms",
        "0755",
        "--dir",
        "/etc",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/run",
    ]
    for place in _SETTINGS:
        words += ["--ro-bind-try", place, place]
    for place in python_folders():
        for parent in reversed(place.parents[:-1]):  # by itself bubblewrap makes them for their owner only
            words += ["--perms", "0755", "--dir", str(parent)]
        words += ["--ro-bind", str(place), str(place)]
    for place in (HOME.parent, HOME, KERNEL_FOLDER):
        words += ["--perms", "0755", "--dir", str(place)]
    words += ["--bind", str(shared), str(SHARED_FOLDER)]
    return [*words, "--chdir", "/", "--", *program]


def python_folders() -> list[Path]:
    """Where this Python and its packages are, and this package; never a folder that merely is on ``sys.path``."""
    wanted = {Path(os.path.abspath(place)) for place in (sys.prefix, sys.base_prefix, os.path.dirname(_PYTHON))}
    wanted |= {Path(os.path.realpath(_PYTHON)).parent, _PACKAGE}
    wanted |= {Path(os.path.abspath(place)) for place in site.getsitepackages()}
    if site.ENABLE_USER_SITE:
        wanted.add(Path(site.getusersitepackages()))
    system = [Path(place) for place in _SYSTEM]
    outside = {p for p in wanted if p.is_dir() and not any(p.is_relative_to(s) for s in system)}
    return sorted(p for p in outside if not any(p != other and p.is_relative_to(other) for other in outside))


def hidden_folders() -> list[str]:
    """What a kernel must not see though the process it is forked from needs it: the sources of this package."""
    return [str(_PACKAGE)]


def kept_places() -> list[str]:
    """What a kernel sees in spite of what is covered: this Python, if it lies under /tmp or so, and the data sets."""
    covered = [Path("/tmp"), Path("/dev/shm"), HOME]
    folders = [p for p in python_folders() if p != _PACKAGE and any(p.is_relative_to(c) for c in covered)]
    data = [p for p in (_PACKAGE / "datasets").iterdir() if p.is_file() and p.suffix != ".py"]
    return [str(p) for p in (*folders, *sorted(data))]


def _environment() -> dict[str, str]:
    return {
        "PATH": f"{os.path.dirname(_PYTHON)}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(HOME),
        "USER": "learner",
        "LOGNAME": "learner",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "4",
        "TF_NUM_INTRAOP_THREADS": "2",  # else as many as the machine has processors, for every kernel
        "TF_NUM_INTEROP_THREADS": "2",
    }


class Nursery:
    """A process with everything imported, and the kernels forked from it. One for a grader or a worker.

    Args:
        sandboxed: whether kernels are shut in. Without, they run as the grader's own user.

    Raises:
        SandboxError: it does not start.
    """

    def __init__(self, sandboxed: bool = True):
        self.sandboxed = sandboxed
        self.folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=_short_folder()))
        self._lock = threading.Lock()
        self._log = (self.folder / "zygote.log").open("w+b")
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                self._command(theirs.fileno()), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                pass_fds=[theirs.fileno()], cwd="/", start_new_session=True,
                env=None if sandboxed else {**os.environ, **_environment(), "HOME": str(self.folder)},
            )  # fmt: skip
        self._channel = ours
        self._lines = ours.makefile("rwb")
        self._warm = False

    def _command(self, channel: int) -> list[str]:
        mode = "sandbox" if self.sandboxed else "open"
        program = [_PYTHON, "-m", "rnncourse.grading.zygote", str(channel), mode]
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

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _receive(self) -> dict[str, Any]:
        try:
            line = self._lines.readline()
        except TimeoutError:
            raise SandboxError("The process that kernels are forked from does not answer.") from None
        if not line:
            raise self._ended()
        return json.loads(line)

    def _ended(self) -> SandboxError:
        self._log.seek(0)
        words = self._log.read().decode(errors="replace").strip().splitlines()
        last = words[-1] if words else "it said nothing"
        return SandboxError(f"The sandbox does not start: {last}. Look at: rnncourse doctor")


def _short_folder() -> str:
    """A folder whose path leaves room for a socket's."""
    usual = tempfile.gettempdir()
    return usual if len(usual) < 60 else "/tmp"
