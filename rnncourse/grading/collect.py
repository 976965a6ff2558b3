"""Submissions as a learning platform exports them, put into nbgrader's layout.

Canvas gives a zip of ``doejane_LATE_1234_5678_01_memory_cell-2.ipynb``; Moodle a zip of folders (or file names that
begin) ``Jane Doe_1234_assignsubmission_file_``. Any other form is described by a regular expression.
"""

from __future__ import annotations

import os
import re
import stat
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rnncourse.grading.records import FOLDER, GradingError
from rnncourse.grading.submissions import LARGEST_NOTEBOOK

_LARGEST_EXPORT = 20 * 1024**3
_MOST_FILES = 200_000
#: What stands before the student's own file name, by platform.
PATTERNS = {
    "moodle": re.compile(r"(?P<student>[^/]+?_\d+)_assignsubmission_(file|onlinetext)_?/?[^/]*$"),
    "canvas": re.compile(r"(?P<student>[^/_]+)_(LATE_)?\d+_\d+_[^/]*$"),
    "folders": re.compile(r"(?P<student>[^/]+)/[^/]+$"),
}


@dataclass
class Collected:
    """What was made of an export.

    Attributes:
        new: students whose submission was put in place.
        replaced: students whose older submission was moved aside.
        unchanged: students whose submission was there already.
        differing: students whose submission differs from the one that is there, and was left out.
        unknown: files from whose name no student could be read.
        left_out: files that are no notebooks, or links, or too large.
    """

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def collect(
    source: Path, chapter: str, submitted: Path, course: Path, pattern: str | None = None, update: bool = False
) -> Collected:
    """Put the notebooks of an export into SUBMITTED/STUDENT/CHAPTER/.

    Args:
        source: a folder, or a zip of one.
        chapter: which chapter they are submissions of.
        submitted: nbgrader's folder of submissions.
        course: the course folder; what an update replaces is kept in it.
        pattern: a regular expression over the path within the export, with a group ``student``.
        update: let a newer submission take the place of an older one.

    Raises:
        GradingError: the source cannot be read, or is larger than any class.
    """
    patterns = [_compiled(pattern)] if pattern else list(PATTERNS.values())
    found = Collected()
    for name, content in _notebooks_in(source, found):
        student = _student(name, patterns)
        if student is None:
            found.unknown.append(name)
        else:
            _put(student, content, chapter, submitted, course, update, found)
    return found


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise GradingError(f"--pattern is no regular expression: {error}.") from None
    if "student" not in compiled.groupindex:
        raise GradingError("--pattern has no group (?P<student>…), expected one that matches the student's name.")
    return compiled


def _student(name: str, patterns: list[re.Pattern[str]]) -> str | None:
    """The student of a file; None where no pattern fits, or the name could lead out of the folder."""
    for pattern in patterns:
        match = pattern.search(name)
        if match is not None:
            student = match["student"].strip()
            safe = student and student not in {".", ".."} and not set("/\\\0") & set(student)
            return student if safe else None
    return None


def _put(
    student: str, content: bytes, chapter: str, submitted: Path, course: Path, update: bool, found: Collected
) -> None:
    folder = submitted / student / chapter
    path = folder / f"{chapter}.ipynb"
    if os.path.lexists(path):
        if path.is_file() and path.read_bytes() == content:
            found.unchanged.append(student)
            return
        if not update:
            found.differing.append(student)
            return
        aside = course / FOLDER / "replaced" / student / f"{chapter}-{time.strftime('%Y%m%d-%H%M%S')}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, aside)
        found.replaced.append(student)
    else:
        found.new.append(student)
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)


# ------------------------------------------------------------------------------------------------------ the export
def _notebooks_in(source: Path, found: Collected) -> Iterator[tuple[str, bytes]]:
    """The notebooks of an export by their path within it, read with a limit."""
    if source.is_dir():
        yield from _in_folder(source, found)
    elif zipfile.is_zipfile(source):
        yield from _in_zip(source, found)
    elif source.is_file():
        raise GradingError(f"{source} is neither a folder nor a zip.")
    else:
        raise GradingError(f"There is no {source}.")


def _in_folder(source: Path, found: Collected) -> Iterator[tuple[str, bytes]]:
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        if path.suffix != ".ipynb" or not stat.S_ISREG(os.lstat(path).st_mode) or ".ipynb_checkpoints" in path.parts:
            found.left_out.append(name)
        elif path.stat().st_size > LARGEST_NOTEBOOK:
            found.left_out.append(f"{name} (too large)")
        else:
            yield name, path.read_bytes()


def _in_zip(source: Path, found: Collected) -> Iterator[tuple[str, bytes]]:
    total = 0
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES:
                raise GradingError(f"{source} holds {len(members)} files, expected at most {_MOST_FILES}.")
            for member in members:
                if member.is_dir():
                    continue
                if PurePosixPath(member.filename).suffix != ".ipynb" or stat.S_ISLNK(member.external_attr >> 16):
                    found.left_out.append(member.filename)
                    continue
                with archive.open(member) as file:  # what the header says of the size may be a lie
                    content = file.read(LARGEST_NOTEBOOK + 1)
                total += len(content)
                if total > _LARGEST_EXPORT:
                    raise GradingError(f"{source} unpacks to more than {_LARGEST_EXPORT // 1024**3} GB.")
                if len(content) > LARGEST_NOTEBOOK:
                    found.left_out.append(f"{member.filename} (too large)")
                else:
                    yield member.filename, content
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        if isinstance(error, GradingError):
            raise
        raise GradingError(f"{source} cannot be unpacked: {error}.") from None
