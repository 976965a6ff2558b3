"""A learner's copy of the course: made once, added to later, and never overwritten."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from rnncourse.checking import progress
from rnncourse.cli import updating
from rnncourse.cli.console import quoted
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import files


class CopyError(ValueError):
    """The copy cannot be made; the message says why and what to do. Nothing was changed."""


def start_copy(folder: str | Path, add: bool = False) -> list[Path]:
    """Copy the released chapters into a folder of the learner's.

    Args:
        folder: a new or empty folder; with ``add`` also a copy made before.
        add: copy what is missing into an existing copy. A file that exists is never touched.

    Returns:
        The files that were made.

    Raises:
        CopyError: the folder is not empty, is a file, or cannot be written to. What was begun is taken back.
        FileNotFoundError: this installation has no notebooks to copy.
    """
    folder = Path(folder)
    _expect_usable(folder, add)
    release = files.course_folder()
    made: list[Path] = []
    try:
        _make_folder(folder, made)
        for source in updating.released_files(release):
            name, raw = source.relative_to(release), source.read_bytes()
            if _copy(raw, folder / name, made):
                _copy(raw, updating.record_path(folder, name, raw), made)
        if not os.path.lexists(folder / progress.FILE_NAME):
            made.append(progress.create(folder))
    except BaseException as error:
        _take_back(made)
        if isinstance(error, OSError):
            raise CopyError(f"{error.filename or folder}: {error.strerror or error}. Nothing was changed.") from None
        raise
    return [path for path in made if path.is_file() and not updating.is_record(folder, path)]


def is_copy(folder: str | Path) -> bool:
    """Whether a folder is a learner's copy: with a progress file of ours, or with a chapter in it."""
    folder = Path(folder)
    return progress.find_copy(folder) == folder.resolve() or any((folder / chapter).is_dir() for chapter in CHAPTERS)


def _expect_usable(folder: Path, add: bool) -> None:
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise CopyError(f"{folder} is a file, expected a folder. Choose another name.")
    try:
        empty = not any(folder.iterdir())
    except OSError as error:
        raise CopyError(f"{folder} cannot be read: {error.strerror}.") from None
    if empty or (add and is_copy(folder)):
        return
    if is_copy(folder):
        raise CopyError(
            f"{folder} holds a copy of the course already. Open it (rnncourse lab {quoted(folder)}) "
            f"or add what is missing (rnncourse start {quoted(folder)} --add)."
        )
    raise CopyError(f"{folder} is not empty and holds no copy of the course. Choose a new folder.")


def _copy(content: bytes, target: Path, made: list[Path]) -> bool:
    """Write one file unless there is one. The mode is not copied: an installed file may be read-only."""
    if os.path.lexists(target):
        return False
    _make_folder(target.parent, made)
    with target.open("xb") as file:
        made.append(target)
        file.write(content)
    return True


def _make_folder(folder: Path, made: list[Path]) -> None:
    for path in reversed([folder, *folder.parents]):
        if not path.is_dir():
            if os.path.lexists(path):
                raise NotADirectoryError(errno.ENOTDIR, "It is a file, expected a folder", str(path))
            path.mkdir()
            made.append(path)


def _take_back(made: list[Path]) -> None:
    for path in reversed(made):
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
