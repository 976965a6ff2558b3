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
import shutil
from dataclasses import dataclass
from pathlib import Path

_NEW_MOUNTS, _NEW_NAMES, _NEW_IPC, _NEW_USER, _NEW_PIDS, _NEW_NETWORK = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _REMOUNT, _BIND = 1, 2, 4, 32, 4096
_SET_NO_NEW_PRIVILEGES, _DROP_FROM_BOUNDING_SET, _SET_DUMPABLE = 38, 24, 4
_LAST_CAPABILITY = 40
_MEGABYTE = 1024**2
#: Who a kernel is where the grader is root: nobody, one number for each slot so that limits are counted apart.
FIRST_USER = 61_000

#: Where a kernel sees its own things, and where those of all kernels lie in the outer sandbox.
HOME = Path("/home/learner")
KERNEL_FOLDER = Path("/run/kernel")
SHARED_FOLDER = Path("/run/kernels")


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        cell_seconds: time for one cell, and for one question to an exercise.
        seconds: time for the whole submission.
        memory: megabytes, over what the libraries take.
        processes: processes and threads at a time.
        file_megabytes: of all files it makes.
        output_bytes: of all that its cells print and show.
    """

    cell_seconds: float = 180.0
    seconds: float = 900.0
    memory: int = 3000
    processes: int = 256
    file_megabytes: int = 256
    output_bytes: int = 4_000_000


def enter_namespaces() -> None:
    """New namespaces for this process; the next fork is process 1 of its own.

    Raises:
        OSError: the kernel does not allow it.
    """
    flags = _NEW_MOUNTS | _NEW_NAMES | _NEW_IPC | _NEW_PIDS | _NEW_NETWORK
    user, group = os.geteuid(), os.getegid()
    if user == 0 and _may(flags):
        return
    _unshare(flags | _NEW_USER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def furnish(folder: str, slot: int, limits: Limits, hidden: list[str], kept: list[str]) -> None:
    """The file system of one kernel: its own home, /tmp, /proc and sockets; nobody else's, and no sources of ours.

    Args:
        folder: of this kernel, in the folder that all kernels share. The grader writes into its ``in``, which the
            kernel can only read, and whose ``work`` is copied into the home; the kernel's sockets are in its ``out``.
        slot: which of the kernels that run at the same time it is.
        limits: sizes.
        hidden: folders that are to look empty.
        kept: files and folders that stay, though they are in a place that is covered.
    """
    user = FIRST_USER + slot
    size = f"size={limits.file_megabytes}m,nr_inodes=20000,mode=0777"
    mine = os.open(folder, os.O_PATH)
    open_kept = [(path, os.open(path, os.O_PATH)) for path in kept]
    _mount("proc", "/proc", "proc", _NO_SETUID | _NO_DEVICES)
    for place in ("/tmp", "/dev/shm", str(HOME)):
        _mount("tmpfs", place, "tmpfs", _NO_SETUID | _NO_DEVICES, size)
    for place in hidden:
        os.makedirs(place, exist_ok=True)  # it may lie in what has just been covered
        _mount("tmpfs", place, "tmpfs", _NO_SETUID | _NO_DEVICES, "size=64k,mode=0755")
    for path, opened in open_kept:
        _put_back(path, opened)
    _mount("tmpfs", str(KERNEL_FOLDER), "tmpfs", _NO_SETUID | _NO_DEVICES, "size=64k,mode=0755")
    for name in ("in", "out"):
        _put_back(str(KERNEL_FOLDER / name), os.open(f"/proc/self/fd/{mine}/{name}", os.O_PATH))
    _mount("tmpfs", str(SHARED_FOLDER), "tmpfs", _NO_SETUID | _NO_DEVICES, "size=4k,mode=0755")
    for place in (str(KERNEL_FOLDER / "in"), str(KERNEL_FOLDER), *hidden):
        bound = _BIND if place.endswith("/in") else 0
        _mount("", place, "", bound | _REMOUNT | _READ_ONLY | _NO_SETUID | _NO_DEVICES)
    shutil.copytree(KERNEL_FOLDER / "in" / "work", HOME / "work", copy_function=shutil.copyfile)
    os.closerange(3, 1024)
    if _is_root():
        _give_away(HOME, user)
        os.chown(KERNEL_FOLDER / "out", user, user)
    os.chdir(HOME / "work")


def _put_back(path: str, opened: int) -> None:
    """Show a file or folder again in a place that has been covered."""
    if os.path.isdir(f"/proc/self/fd/{opened}"):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(f"/proc/self/fd/{opened}", path, "", _BIND)


def set_limits(limits: Limits) -> None:
    """Limits of the operating system; the parent watches memory and time besides (``zygote``)."""
    size = limits.file_megabytes * _MEGABYTE
    cpu = int(4 * limits.seconds) + 1
    for kind, value in {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: size,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_DATA: _memory_for_data() + limits.memory * _MEGABYTE,
    }.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


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
        _unshare(flags)
    except PermissionError:
        return False
    return True


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"unshare: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")


def _give_away(folder: Path, user: int) -> None:
    for path, names, files in os.walk(folder):
        for name in [".", *names, *files]:
            os.chown(os.path.join(path, name), user, user, follow_symlinks=False)


def _memory_for_data() -> int:
    """What is mapped for writing; unlike all that is mapped, it is close to what is used."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData:"))
    return int(line.split()[1]) * 1024
