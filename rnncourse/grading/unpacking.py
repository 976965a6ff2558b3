"""The files of an export, zip or folder: named one by one, read with limits, whatever somebody put into it.

What is wrong with one file is said of that file; the others are read.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rnncourse.grading.records import GradingError
from rnncourse.grading.submissions import LARGEST_NOTEBOOK

LARGEST_EXPORT = 20 * 1024**3
MOST_FILES = 200_000


class UnreadableError(ValueError):
    """A file of an export that cannot be taken; the message says why."""


@dataclass(frozen=True)
class Member:
    """A file of an export.

    Attributes:
        path: within the export, with "/" between its parts.
        read: gives what is in it, up to so many bytes.
        problem: why it cannot be taken, or ''.
        leads_out: whether its path leads out of the export, so that nothing in it says whose it is.
        changed: the date that the export gives it; in a zip without a zone, by the clock of whoever made it.
    """

    path: str
    read: Callable[[int], bytes]
    problem: str = ""
    leads_out: bool = False
    changed: datetime | None = None


class Export:
    """An export that is open.

    Args:
        members: its files, in its own order.
    """

    def __init__(self, members: list[Member]):
        self.members = members
        self._left = LARGEST_EXPORT

    def content(self, member: Member, largest: int | None = None) -> bytes:
        """What is in a file.

        Args:
            member: which.
            largest: how many bytes it may have; by default as many as a notebook.

        Raises:
            UnreadableError: it cannot be read, is larger than anything that is graded, or the export has been too large
                so far: what a zip says of sizes may be a lie.
        """
        if member.problem:
            raise UnreadableError(member.problem)
        if self._left <= 0:
            raise UnreadableError(f"the export unpacks to more than {LARGEST_EXPORT // 1024**3} GB")
        largest = LARGEST_NOTEBOOK if largest is None else largest
        try:
            content = member.read(largest + 1)
        except Exception as error:  # zipfile has a dozen kinds, all of them about this file alone
            raise UnreadableError(_why(error)) from None
        self._left -= len(content)
        if len(content) > largest:
            raise UnreadableError(f"it has more than {largest / 1e6:.0f} MB")
        return content


@contextmanager
def opened(source: Path) -> Iterator[Export]:
    """The files of a zip or a folder.

    Raises:
        GradingError: it is neither, or there are more files in it than in any class.
    """
    if source.is_dir():
        yield Export(_counted(source, _in_folder(source)))
        return
    if not source.exists():
        raise GradingError(f"There is no {source}.")
    if not zipfile.is_zipfile(source):
        raise GradingError(f"{source} is neither a folder nor a zip that is whole. Download it once more.")
    try:
        archive = zipfile.ZipFile(source)
    except Exception as error:  # its list of files is damaged
        raise GradingError(f"{source} cannot be unpacked: {_why(error)}. Download it once more.") from None
    with archive:
        yield Export(_counted(source, (_in_zip(archive, info) for info in archive.infolist() if not info.is_dir())))


def _counted(source: Path, members: Iterator[Member]) -> list[Member]:
    found = []
    for member in members:
        found.append(member)
        if len(found) > MOST_FILES:
            raise GradingError(f"{source} holds more than {MOST_FILES} files. Is it the export?")
    return found


def _why(error: Exception) -> str:
    """In a few words; of a damaged file the library's own."""
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "it is encrypted"
    return f"it cannot be read ({str(error).splitlines()[0] if str(error) else type(error).__name__})"


# --------------------------------------------------------------------------------------------------------- a zip
def _in_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    path = _name(info).replace("\\", "/")

    def read(most: int) -> bytes:
        with archive.open(info) as file:
            return file.read(most)

    kind = stat.S_IFMT(info.external_attr >> 16)
    out = _leads_out(path)
    problem = "its path leads out of the export" if out else "it is a link" if kind == stat.S_IFLNK else ""
    return Member(path, read, problem, out, _date(info))


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a member; many programs write UTF-8 and do not say so, and Python then reads an old code page."""
    name = info.orig_filename.partition("\0")[0]
    if not info.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def _date(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time) if info.date_time > (1980, 1, 1, 0, 0, 0) else None
    except ValueError:
        return None


def _leads_out(path: str) -> bool:
    parts = path.split("/")
    return parts[0] == "" or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":")


# ------------------------------------------------------------------------------------------------------ a folder
def _in_folder(source: Path) -> Iterator[Member]:
    """Every file below a folder, links not followed; a list of what is still to be looked at, no recursion."""
    todo = [(source, "")]
    while todo:
        folder, prefix = todo.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Member(f"{prefix}…", _unread, f"its folder cannot be read ({error.strerror})")
            continue
        for entry in entries:
            path = f"{prefix}{os.fsencode(entry.name).decode('utf-8', 'replace')}"
            if entry.is_dir(follow_symlinks=False):
                todo.append((Path(entry.path), f"{path}/"))
            else:
                yield _file(Path(entry.path), path)


def _file(place: Path, path: str) -> Member:
    def read(most: int) -> bytes:
        with place.open("rb") as file:
            return file.read(most)

    try:
        found = os.lstat(place)
    except OSError as error:
        return Member(path, _unread, f"it cannot be read ({error.strerror})")
    if not stat.S_ISREG(found.st_mode):
        return Member(path, _unread, "it is a link" if stat.S_ISLNK(found.st_mode) else "it is no plain file")
    return Member(path, read, changed=datetime.fromtimestamp(found.st_mtime, UTC))


def _unread(most: int) -> bytes:
    raise UnreadableError("it cannot be read")
