"""Submissions: where they lie, and how one is made whole before it is run.

A learner's notebook is a proposal. What is run is the learner's cells in the learner's order, with the test cells of
the instructor's notebook put back where they belong, each exactly once. Whatever had to be mended is remarked upon.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import TEST_SUFFIX, NotebookError, chapter_of_cells, mark_of, read

LARGEST_NOTEBOOK = 64 * 1024**2
_LARGEST_FILES = 64 * 1024**2
_MOST_FILES = 200


@dataclass(frozen=True)
class Cell:
    """A cell to be run, or shown.

    Attributes:
        kind: code, markdown or raw.
        source: its text.
        answers: the exercise whose answer it holds, or ''.
        asks: the exercise that is asked for here, or ''; its source is the instructor's.
        original: whether it is as it was released.
    """

    kind: str
    source: str
    answers: str = ""
    asks: str = ""
    original: bool = False


@dataclass(frozen=True)
class Submission:
    """A submission, found and made whole.

    Attributes:
        student, chapter: whose, and of what.
        cells: what to run; empty where nothing could be read.
        remarks: what was mended, for learner and instructor.
        problem: why nothing can be run, or ''.
        fingerprint: changes when the submission does.
    """

    student: str
    chapter: str
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()
    problem: str = ""
    fingerprint: str = ""
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, to be sent to another process."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Submission:
        """From the data of ``to_dict``."""
        return cls(**{**data, "cells": tuple(Cell(**cell) for cell in data["cells"])})


def find_submissions(folder: Path, chapter: str, student: str | None = None) -> Iterator[tuple[str, Path]]:
    """The submissions of a chapter in nbgrader's layout: FOLDER/STUDENT/CHAPTER/.

    Yields:
        The student and the folder, by name. Names that could lead out of the course are left out.
    """
    if not folder.is_dir():
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if student is not None and entry.name != student:
            continue
        place = Path(entry.path) / chapter
        if entry.is_dir(follow_symlinks=False) and place.is_dir() and not place.is_symlink():
            yield readable(os.fsencode(entry.name).decode("utf-8", "backslashreplace")), place


def readable(text: str) -> str:
    """Text that can be written as UTF-8: halves of characters, which JSON can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def load(student: str, folder: Path, chapter: str, source: list[dict[str, Any]], salt: str = "") -> Submission:
    """Read a submission and make it whole; never raises for what a learner handed in.

    Args:
        student: whose it is.
        folder: STUDENT/CHAPTER.
        chapter: which it should be.
        source: the cells of the instructor's notebook (``notebooks.files.read``).
        salt: goes into the fingerprint: what else decides the grade.
    """
    digest = hashlib.sha256(salt.encode())
    try:
        path, remarks = _find_notebook(folder, chapter)
        digest.update(_content(path))
        cells = read(path)
    except (NotebookError, OSError) as error:
        digest.update(str(error).encode())
        return Submission(student, chapter, (), problem=str(error), fingerprint=digest.hexdigest())
    files, file_remarks = _other_files(folder, path)
    for name, content in files:
        digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    planned, cell_remarks = plan(cells, chapter, source)
    remarks = (*remarks, *file_remarks, *cell_remarks)
    return Submission(student, chapter, tuple(planned), remarks, "", digest.hexdigest(), tuple(files))


# -------------------------------------------------------------------------------------------------------- notebook
def _find_notebook(folder: Path, chapter: str) -> tuple[Path, tuple[str, ...]]:
    """The notebook of a submission, under its own name or another."""
    usual = folder / f"{chapter}.ipynb"
    found = [p for p in sorted(folder.glob("*.ipynb")) if _is_plain_file(p)]
    if usual in found:
        extra = [p.name for p in found if p != usual]
        return usual, ((f"Left out: {', '.join(extra)}. Only {usual.name} is graded.",) if extra else ())
    if os.path.lexists(usual):
        raise NotebookError(f"{usual.name} is not a file but a link or a folder.")
    ours = [p for p in found if _chapter_of(p) == chapter]
    if len(ours) == 1:
        return ours[0], (f"The notebook was called {ours[0].name}, expected {usual.name}.",)
    if ours:
        raise NotebookError(f"There are {len(ours)} notebooks of this chapter and none is called {usual.name}.")
    there = f" There is: {', '.join(p.name for p in found)}." if found else ""
    raise NotebookError(f"There is no {usual.name} in the submission.{there}")


def _chapter_of(path: Path) -> str:
    """The chapter whose exercises a notebook holds, '' if none or unreadable; its folder's name does not count."""
    try:
        _content(path)
        return chapter_of_cells(read(path))
    except (NotebookError, OSError):
        return ""


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise NotebookError(
            f"{path.name} has {path.stat().st_size / 1e6:.0f} MB, expected at most {LARGEST_NOTEBOOK / 1e6:.0f} MB. "
            "Clear its outputs and hand it in again."
        )
    return path.read_bytes()


def _is_plain_file(path: Path) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _other_files(folder: Path, notebook: Path) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Files beside the notebook, which its cells may read: plain files only, and not without end."""
    found, size, left_out = [], 0, []
    for place, names, files in os.walk(folder):
        names[:] = sorted(n for n in names if n not in {".ipynb_checkpoints", "__pycache__"})
        for name in sorted(files):
            path = Path(place) / name
            if path.suffix == ".ipynb" or (name == "timestamp.txt" and path.parent == folder):
                continue
            size += os.lstat(path).st_size
            if not _is_plain_file(path) or size > _LARGEST_FILES or len(found) >= _MOST_FILES:
                left_out.append(str(path.relative_to(folder)))
            else:
                found.append((str(path.relative_to(folder)), path.read_bytes()))
        left_out += [str((Path(place) / n).relative_to(folder)) for n in names if (Path(place) / n).is_symlink()]
    many = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    words = f"Files that were left out (links, or too many or too large): {', '.join(left_out[:5])}{many}."
    return found, [words] if left_out else []


def write_files(files: tuple[tuple[str, bytes], ...], folder: Path) -> None:
    """Put the files of a submission into a folder of the grader's own."""
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# ------------------------------------------------------------------------------------------------------------ cells
def plan(cells: list[dict[str, Any]], chapter: str, source: list[dict[str, Any]]) -> tuple[list[Cell], list[str]]:
    """The cells to run: the learner's, with the instructor's test cells in their places.

    Args:
        cells: the learner's.
        chapter: whose exercises are asked for.
        source: the instructor's.

    Returns:
        The cells, and remarks on what was mended.
    """
    tests = {mark_of(cell): cell["source"] for cell in source if mark_of(cell).endswith(TEST_SUFFIX)}
    released = {cell["source"] for cell in source}
    names = [exercise.name for exercise in CHAPTERS[chapter]]
    planned, remarks = _learners_cells(cells, names, released)
    for name in names:
        _put_test_in_place(planned, name, tests[name + TEST_SUFFIX], cells, remarks)
    return planned, remarks


def _learners_cells(cells: list[dict[str, Any]], names: list[str], released: set[str]) -> tuple[list[Cell], list[str]]:
    """The learner's cells without test cells, a mark left where each stood (a Cell that asks, without source)."""
    planned: list[Cell] = []
    remarks: list[str] = []
    seen: set[str] = set()
    for cell in cells:
        mark = mark_of(cell)
        text = readable(cell["source"].replace("\r\n", "\n"))
        exercise = mark.removesuffix(TEST_SUFFIX)
        if mark.endswith(TEST_SUFFIX) and exercise in names:
            if mark not in seen:
                planned.append(Cell("code", "", asks=exercise))
            else:
                remarks.append(f"The test cell of {exercise} was there more than once: the first place counts.")
        elif exercise in names and mark not in seen:
            if cell["cell_type"] != "code":
                remarks.append(f"The cell of {exercise} was turned into {cell['cell_type']}: it was run as code.")
            planned.append(Cell("code", text, answers=exercise))
        else:
            if exercise in names:
                remarks.append(f"The cell of {exercise} was there more than once: all of them were run.")
            planned.append(Cell(cell["cell_type"], text, original=text in released))
        seen.add(mark)
    return planned, remarks


def _put_test_in_place(
    planned: list[Cell], name: str, test: str, cells: list[dict[str, Any]], remarks: list[str]
) -> None:
    """One test cell after the answer: where the learner's notebook has it, or right after the answer."""
    defines = re.compile(rf"^(async )?(def|class) {name}\b|^{name}\s*(:.*)?=", re.MULTILINE)
    marks = [i for i, cell in enumerate(planned) if cell.asks == name]
    answers = [i for i, cell in enumerate(planned) if cell.answers == name]
    if not answers:
        answers = [i for i, cell in enumerate(planned) if cell.kind == "code" and defines.search(cell.source)][:1]
        if answers:
            planned[answers[0]] = Cell("code", planned[answers[0]].source, answers=name)
            remarks.append(f"The cell of {name} had lost its mark: the cell that defines {name} was taken for it.")
        else:
            place = marks[0] if marks else len(planned)
            planned.insert(place, Cell("code", "", answers=name))
            marks = [m + 1 for m in marks]
            answers = [place]
            remarks.append(f"The cell of {name} was deleted.")
    asked = Cell("code", test, asks=name)
    if marks and marks[0] > answers[0]:
        planned[marks[0]] = asked
        given = next(c["source"] for c in cells if mark_of(c) == name + TEST_SUFFIX)
        if not _same_test(given, test):
            remarks.append(f"The test cell of {name} had been changed: it was put back.")
        return
    if marks:
        planned.pop(marks[0])
        answers[0] -= 1
    remarks.append(f"The test cell of {name} was {'moved' if marks else 'deleted'}: it was put back.")
    planned.insert(answers[0] + 1, asked)


def _same_test(given: str, test: str) -> bool:
    """Whether a test cell is as it was released: the instructor's has hidden tests besides."""
    visible = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", test, flags=re.DOTALL)
    return given.split() in (visible.split(), test.split())
