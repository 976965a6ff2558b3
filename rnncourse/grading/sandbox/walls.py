"""The walls: the outer sandbox, in which a process lives from which kernels are forked.

What is visible inside: the system's programs and libraries, this Python with its packages, and one folder in which the
kernels' sockets lie. Nothing of the course folder, of a home, of another's submission; no network; no environment.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import tempfile
from pathlib import Path

import rnncourse
from rnncourse.grading.sandbox.confine import HOME, KERNEL_FOLDER, SHARED_FOLDER

#: This Python, under a name without ``..``, which would lead nowhere in the sandbox.
PYTHON = os.path.abspath(sys.executable)
_PACKAGE = Path(rnncourse.__file__).resolve().parent
#: Small enough for the 107 bytes of a socket's path.
FOLDER_PREFIX = "rnng-"
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
    with tempfile.TemporaryDirectory(prefix="rnn-probe-") as shared:
        looked = subprocess.run(
            command([PYTHON, "-m", "rnncourse.grading.sandbox.probe"], Path(shared)),
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


def command(program: list[str], shared: Path) -> list[str]:
    """The command that runs a program in the outer sandbox.

    Args:
        program: what to run there.
        shared: the one folder that both sides see, in there as ``SHARED_FOLDER``.

    Raises:
        SandboxError: as for ``find_bubblewrap``.
    """
    words = [find_bubblewrap(), *_apart(), "--cap-drop", "ALL"]
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "CHOWN", "DAC_OVERRIDE", "KILL", "SYS_PTRACE"):
        words += ["--cap-add", f"CAP_{capability}"]
    for name, value in environment().items():
        words += ["--setenv", name, value]
    words += [*_system(), *_python(), "--bind", str(shared), str(SHARED_FOLDER)]
    return [*words, "--chdir", "/", "--", *program]


def _apart() -> list[str]:
    """Namespaces of its own, and no environment."""
    words = ["--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--hostname", "sandbox", "--clearenv"]
    return words if os.geteuid() == 0 else [*words, "--unshare-user"]


def _system() -> list[str]:
    """The system's programs and libraries, to be read, and places to write that are empty."""
    words = []
    for place in _SYSTEM:
        if Path(place).is_symlink():
            words += ["--symlink", os.readlink(place), place]
        else:
            words += ["--ro-bind-try", place, place]
    words += [*_folder("/etc"), "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"]
    for place in _SETTINGS:
        words += ["--ro-bind-try", place, place]
    return words


def _python() -> list[str]:
    """This Python with its packages, to be read, and the folders that kernels know."""
    words = []
    for folder in python_folders():
        for parent in reversed(folder.parents[:-1]):
            words += _folder(parent)
        words += ["--ro-bind", str(folder), str(folder)]
    for folder in (HOME.parent, HOME, KERNEL_FOLDER):
        words += _folder(folder)
    return words


def _folder(path: str | Path) -> list[str]:
    """An empty folder; by itself bubblewrap makes it for its owner only."""
    return ["--perms", "0755", "--dir", str(path)]


def python_folders() -> list[Path]:
    """Where this Python and its packages are, and this package; never a folder that merely is on ``sys.path``."""
    wanted = {Path(os.path.abspath(place)) for place in (sys.prefix, sys.base_prefix, os.path.dirname(PYTHON))}
    wanted |= {Path(os.path.realpath(PYTHON)).parent, _PACKAGE}
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


def environment() -> dict[str, str]:
    """All that a process in the sandbox finds in its environment."""
    return {
        "PATH": f"{os.path.dirname(PYTHON)}:/usr/local/bin:/usr/bin:/bin",
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
