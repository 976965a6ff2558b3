"""Files that are kept between runs: written whole or not at all, and by one process at a time."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """All of the new file or all of the old one is there, at any moment: whoever writes may be killed at each.

    Args:
        path: of the file, in a folder that is there. It keeps its mode.
        content: of the new file.
        mode: of a file that was not there: for its owner only, or 0o666 for whom the system's mask lets.

    Raises:
        OSError: it cannot be written, and is named; what was there is untouched.
    """
    temporary = path.with_name(f".new-{secrets.token_hex(8)}")
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(temporary, path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # nobody knows the other name
    finally:
        with suppress(OSError):
            os.unlink(temporary)


@contextmanager
def one_at_a_time(lock_file: Path, seconds: float) -> Iterator[bool]:
    """Hold a lock for the length of a with block. The system takes it back from a process that dies.

    Args:
        lock_file: made where it is missing, and left there.
        seconds: how long to wait for another process.

    Yields:
        Whether nobody else is known to be at work: False where another process held the lock all the time. Where the
        file system has no locks, nobody can be known of.
    """
    lock, alone = FileLock(lock_file), True
    try:
        lock.acquire(timeout=seconds, poll_interval=0.01)
    except Timeout:
        alone = False
    except (OSError, NotImplementedError):
        pass
    try:
        yield alone
    finally:
        lock.release()  # of one that is not held, nothing
