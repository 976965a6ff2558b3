"""The place of one kernel: what the grader puts there, what the kernel leaves, and how all of it is gone afterwards.

In the sandbox a place is two file systems in memory (tmpfs), which hold so many bytes and so many files and no more.
The zygote mounts them for one kernel and sends the grader an open folder through which it reaches them. Nothing lies on
a disk of the grader's, nothing has to be walked through to be removed, and when the sandbox ends, in whatever way, the
place is gone with it.

    in/                  what the grader tells: the connection and the questions; the kernel can only read it
    left/                all that the kernel writes:
        home/work        its working directory, with the files that were handed in
        tmp, shm         its /tmp and its /dev/shm
        out              its sockets
        kernel.log       its own last words

Without a sandbox it is an ordinary folder, which has to be cleared away.

Source: man 2 mount, man 5 tmpfs.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND = 1, 2, 4, 32, 4096
_DETACH = 2
_MEGABYTE = 1024**2
_MOST_FILES = 20_000
_QUESTIONS = f"size={256 * _MEGABYTE},nr_inodes=1000,mode=0755"
#: Folders that a kernel may write into, below ``left``.
HOME, TMP, SHM, OUT = "home", "tmp", "shm", "out"
_LOG_KEPT = 2000


def work_of(folder: Path) -> Path:
    """Where the files that were handed in belong."""
    return folder / "left" / HOME / "work"


def out_of(folder: Path) -> Path:
    """Where the kernel's sockets are, as the grader sees it."""
    return folder / "left" / OUT


def log_of(folder: Path) -> Path:
    """Where the kernel's own words are."""
    return folder / "left" / "kernel.log"


def last_words(folder: Path) -> str:
    """The end of the kernel's log, '' where there is none: a kernel can end before its first word."""
    try:
        with log_of(folder).open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _LOG_KEPT))
            return log.read(_LOG_KEPT).decode(errors="replace").strip()
    except OSError:
        return ""


def lay_out(folder: Path) -> None:
    """Make the folders of a place."""
    for name in ("in", f"left/{HOME}/work", f"left/{TMP}", f"left/{SHM}", f"left/{OUT}"):
        (folder / name).mkdir(parents=True, exist_ok=True)


def make(folder: Path, megabytes: int) -> int:
    """Mount a place, and open it.

    Args:
        folder: where; it is made.
        megabytes: what the kernel may leave there, in all its folders together.

    Returns:
        The number of the open folder.

    Raises:
        OSError: the operating system does not allow it.
    """
    for name, options in (("in", _QUESTIONS), ("left", f"size={megabytes}m,nr_inodes={_MOST_FILES},mode=0755")):
        (folder / name).mkdir(parents=True)
        mount("tmpfs", str(folder / name), "tmpfs", NO_SETUID | NO_DEVICES, options)
    lay_out(folder)
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def unmake(folder: Path) -> None:
    """Take a mounted place away, whatever is in it; it is gone when nobody uses it any more."""
    libc = ctypes.CDLL(None, use_errno=True)
    for name in ("in", "left"):
        libc.umount2(str(folder / name).encode(), _DETACH)
        with suppress(OSError):
            (folder / name).rmdir()
    with suppress(OSError):
        folder.rmdir()


def used(folder: Path) -> int:
    """Bytes that the kernel's files take, of a mounted place."""
    found = os.statvfs(folder / "left")
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def clear_away(folder: Path) -> None:
    """Remove an ordinary folder, however deep or locked: what is nested is moved to the top before it is opened.

    So no path is longer than two names, and nothing is called within itself. Links are removed, never followed.
    """
    todo, count = [folder], 0
    while todo:
        place = todo.pop()
        with suppress(OSError):
            os.chmod(place, 0o700)
        for entry in _entries(place):
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)
                    count += 1
                    moved = folder.with_name(f"{folder.name}.{count}")
                    os.rename(entry.path, moved)
                    todo.insert(0, moved)
                else:
                    os.unlink(entry.path)
        with suppress(OSError):
            place.rmdir()


def _entries(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as found:
            return list(found)
    except OSError:
        return []


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2).

    Raises:
        OSError: it is not allowed, or not possible.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")
