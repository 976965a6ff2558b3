"""Shutting a process in: what a forked kernel does to itself before the first line of a learner's code runs.

The process comes from a parent that already lives in an outer sandbox (``sandbox``): no network, a read-only system,
none of the grader's files. Here it gets namespaces, a home, a /tmp and limits of its own, loses sight of the sources of
this package, and gives up every privilege. Linux only; Python 3.11 has no ``os.unshare``, so libc is called.

Source: man 2 unshare, man 2 mount, man 2 prctl, man 7 user_namespaces.
"""

from __future__ import annotations

import ctypes
import os
import resource
from dataclasses import dataclass
from pathlib import Path

from rnncourse.grading.sandbox import place, syscalls
from rnncourse.grading.sandbox.place import BIND, NO_DEVICES, NO_SETUID, READ_ONLY, REMOUNT, mount

_NEW_MOUNTS, _NEW_NAMES, _NEW_IPC, _NEW_USER, _NEW_PIDS, _NEW_NETWORK = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_SET_NO_NEW_PRIVILEGES, _DROP_FROM_BOUNDING_SET, _SET_DUMPABLE = 38, 24, 4
_LAST_CAPABILITY = 40
_MEGABYTE = 1024**2
#: Who a kernel is where the grader is root: nobody, one number for each slot so that limits are counted apart.
FIRST_USER = 61_000

#: How much less urgent than the grader's other work a kernel is, so that whoever watches it is never kept waiting.
_NICENESS = 5
#: Files and sockets that one process may hold open, and all of a submission together: sockets hold memory, too.
OPEN_FILES, ALL_OPEN_FILES = 512, 1024

#: Where a kernel sees its own things, and where the places of all kernels are in the outer sandbox.
HOME = Path("/home/learner")
KERNEL_FOLDER = Path("/run/kernel")
PLACES = Path("/run/kernels")


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        cell_seconds: time for one cell, and for one question to an exercise.
        seconds: time for the whole submission, however often it is run.
        memory: megabytes, over what the libraries take; of all its processes and files together.
        processes: processes and threads at a time.
        file_megabytes: of all files it makes.
        output_bytes: of all that its cells print and show, and that is kept.
    """

    cell_seconds: float = 180.0
    seconds: float = 900.0
    memory: int = 3000
    processes: int = 256
    file_megabytes: int = 256
    output_bytes: int = 4_000_000


def own_mounts() -> None:
    """Let this process mount file systems: as it is, where it may, else in namespaces of its own.

    Raises:
        OSError: the kernel does not allow it.
    """
    try:
        mount("tmpfs", str(PLACES), "tmpfs", NO_SETUID | NO_DEVICES, "size=64k,mode=0755")
    except PermissionError:
        _enter_as_the_only_user(_NEW_MOUNTS)
        mount("tmpfs", str(PLACES), "tmpfs", NO_SETUID | NO_DEVICES, "size=64k,mode=0755")


def enter_namespaces() -> None:
    """New namespaces for this process; the next fork is process 1 of its own.

    Raises:
        OSError: the kernel does not allow it.
    """
    flags = _NEW_MOUNTS | _NEW_NAMES | _NEW_IPC | _NEW_PIDS | _NEW_NETWORK
    if os.geteuid() != 0 or not _may(flags):
        _enter_as_the_only_user(flags)


def _enter_as_the_only_user(flags: int) -> None:
    """New namespaces, among them one of users in which this process has every privilege and is nobody else."""
    user, group = os.geteuid(), os.getegid()
    unshare(flags | _NEW_USER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def furnish(folder: str, slot: int, hidden: list[str], kept: list[str]) -> None:
    """The file system of one kernel: its own home, /tmp, /proc and sockets; nobody else's, and no sources of ours.

    Args:
        folder: the place of this kernel (``place``).
        slot: which of the kernels that run at the same time it is.
        hidden: folders that are to look empty.
        kept: files and folders that stay, though they are in a place that is covered.
    """
    mine = os.open(folder, os.O_PATH)
    shown = {path: os.open(path, os.O_PATH) for path in kept}
    mount("proc", "/proc", "proc", NO_SETUID | NO_DEVICES)
    for name, covered in {place.TMP: "/tmp", place.SHM: "/dev/shm", place.HOME: str(HOME)}.items():
        mount(f"/proc/self/fd/{mine}/left/{name}", covered, "", BIND)
    mount("/dev/full", "/dev/zero", "", BIND)  # reads zeros as well, and cannot be mapped as memory that is shared
    for path in sorted({*hidden, *kept}, key=lambda path: Path(path).parts):  # a folder comes before what is in it
        if path in shown:
            _put_back(path, shown[path])
        else:
            os.makedirs(path, exist_ok=True)  # it may lie in what has just been covered
            mount("tmpfs", path, "tmpfs", NO_SETUID | NO_DEVICES, "size=64k,mode=0755")
    mount("tmpfs", str(KERNEL_FOLDER), "tmpfs", NO_SETUID | NO_DEVICES, "size=64k,mode=0755")
    for name, inner in {"in": "in", place.OUT: f"left/{place.OUT}"}.items():
        _put_back(str(KERNEL_FOLDER / name), os.open(f"/proc/self/fd/{mine}/{inner}", os.O_PATH))
    mount("tmpfs", str(PLACES), "tmpfs", NO_SETUID | NO_DEVICES, "size=4k,mode=0755")
    for path in (str(KERNEL_FOLDER / "in"), str(KERNEL_FOLDER), str(PLACES), *hidden):
        bound = BIND if path.endswith("/in") else 0
        mount("", path, "", bound | REMOUNT | READ_ONLY | NO_SETUID | NO_DEVICES)
    os.closerange(3, 1024)
    if _is_root():
        _give_away(FIRST_USER + slot)
    os.chdir(HOME / "work")


def _put_back(path: str, opened: int) -> None:
    """Show a file or folder again in a place that has been covered."""
    if os.path.isdir(f"/proc/self/fd/{opened}"):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(f"/proc/self/fd/{opened}", path, "", BIND)


def set_limits(limits: Limits) -> None:
    """Limits of the operating system; the parent watches memory and time besides (``zygote``)."""
    size = limits.file_megabytes * _MEGABYTE
    cpu = int(4 * limits.seconds) + 1
    for kind, value in {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: size,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_DATA: _memory_for_data() + limits.memory * _MEGABYTE,
    }.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    os.nice(_NICENESS)


def drop_privileges(slot: int) -> None:
    """Become nobody in particular, for good: no capability, and no way to one.

    Args:
        slot: as for ``furnish``.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_LAST_CAPABILITY + 1):
        libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
    if _is_root():
        os.setgroups([])
        os.setresgid(*[FIRST_USER + slot] * 3)
        os.setresuid(*[FIRST_USER + slot] * 3)
    _empty_capabilities(libc)
    libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)  # /proc/self stays readable for its owner
    syscalls.refuse()


def _empty_capabilities(libc: ctypes.CDLL) -> None:
    """capset(2) with nothing in it."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _is_root() -> bool:
    """Whether this is root among all users, and not the only user of a namespace, who can become no other."""
    return os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split()[2] != "1"


def _may(flags: int) -> bool:
    """Unshare without a user namespace, as root can; False where root is not allowed to."""
    try:
        unshare(flags)
    except PermissionError:
        return False
    return True


def unshare(flags: int) -> None:
    """unshare(2); with no flags it changes nothing, and shows whether it may be called.

    Raises:
        OSError: it is not allowed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"unshare: {os.strerror(number)}")


def _give_away(user: int) -> None:
    """Make a user the owner of what a kernel may write into; so far it holds what the grader put there."""
    for folder in (Path("/tmp"), Path("/dev/shm"), KERNEL_FOLDER / place.OUT, HOME):
        os.chown(folder, user, user)
    for path, names, files in os.walk(HOME / "work"):
        for name in [".", *names, *files]:
            os.chown(os.path.join(path, name), user, user, follow_symlinks=False)


def _memory_for_data() -> int:
    """What is mapped for writing; unlike all that is mapped, it is close to what is used."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData:"))
    return int(line.split()[1]) * 1024
