"""The walls: the outer sandbox, in which a process lives from which kernels are forked.

What is visible inside: the system's programs and libraries, and this Python with its packages. Nothing of the course
folder, of a home, of another's submission; no network; no environment. All of it can only be read; what a kernel may
write is mounted in there (``place``).
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import rnncourse
from rnncourse.grading.sandbox import syscalls
from rnncourse.grading.sandbox.confine import HOME, KERNEL_FOLDER, PLACES

#: This Python, under a name without ``..``, which would lead nowhere in the sandbox.
PYTHON = os.path.abspath(sys.executable)
_PACKAGE = Path(rnncourse.__file__).resolve().parent
#: What the probe says of the filter of system calls, and of this Python.
NOT_COUNTED = "no memory that is not counted, and no namespaces of its own"
PYTHON_THERE = "this Python and its packages, to be read"
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
        SandboxError: something does not; the message says what, and what to do where that is known.
    """
    program = [PYTHON, "-m", "rnncourse.grading.sandbox.probe", json.dumps(hidden_folders()), json.dumps(kept_places())]
    looked = subprocess.run(command(program), capture_output=True, text=True, check=False)
    try:
        found = json.loads(looked.stdout)
    except ValueError:
        words = (looked.stderr or looked.stdout).strip().rpartition("\n")[2] or "it said nothing"
        raise SandboxError(f"bubblewrap does not start ({words}).{_why(words)}") from None
    wrong = [words for words, held in found.items() if not held]
    if wrong:
        raise SandboxError(f"not so here: {'; '.join(wrong)}.{_why('; '.join(wrong))}")
    return list(found)


#: Settings of Linux by which namespaces are forbidden, and the value that forbids them.
_FORBIDDING = {
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
    "/proc/sys/kernel/unprivileged_userns_clone": "0",
    "/proc/sys/user/max_user_namespaces": "0",
}


def _why(words: str) -> str:
    """What stands behind an error of the sandbox's, as far as it can be told from here; '' where it cannot."""
    if NOT_COUNTED in words and syscalls.library() is None:
        return (
            " libseccomp is not installed. Debian, Ubuntu: apt-get install libseccomp2; Fedora: dnf install libseccomp"
        )
    if NOT_COUNTED in words:
        return " This system filters no system calls."
    if PYTHON_THERE in words:
        return f" Users other than you cannot read {sys.prefix} or {sys.base_prefix}. Run: chmod -R o+rX {sys.prefix}"
    if not any(sign in words for sign in ("namespace", "unshare", "uid map", "setgroups", "Operation not permitted")):
        return ""
    for place, value in _FORBIDDING.items():
        if _setting(place) == value:
            return f" This system forbids namespaces: {place} is {value}."
    return " Does this system allow user namespaces? In a container: docker run --security-opt seccomp=unconfined …"


def _setting(place: str) -> str:
    try:
        return Path(place).read_text().strip()
    except OSError:
        return ""


def command(program: list[str]) -> list[str]:
    """The command that runs a program in the outer sandbox.

    Raises:
        SandboxError: as for ``find_bubblewrap``.
    """
    words = [find_bubblewrap(), *_apart(), "--cap-drop", "ALL"]
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "CHOWN", "DAC_OVERRIDE", "KILL", "SYS_PTRACE"):
        words += ["--cap-add", f"CAP_{capability}"]
    for name, value in environment().items():
        words += ["--setenv", name, value]
    words += [*_system(), *_python()]
    for place in ("/", "/run", "/dev"):  # for a grader who is not root, a kernel's user is the owner of these
        words += ["--remount-ro", place]
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
    for folder in (HOME.parent, KERNEL_FOLDER, PLACES):
        words += _folder(folder)
    return [*words, "--tmpfs", str(HOME)]


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
