"""Submissions: where they lie, and how one is made whole before it is run.

A learner's notebook is a proposal. What is run is the learner's cells in the learner's order, with the test cells of
the instructor's notebook put back where they belong, each exactly once. Whatever had to be mended is remarked upon.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rnncourse.exercises import CHAPTERS, Task, find
from rnncourse.grading import cards
from rnncourse.grading.outputs import readable
from rnncourse.notebooks.files import (
    BY_HAND,
    OWN_ANSWER,
    TEST_SUFFIX,
    Cell,
    NotebookError,
    chapter_of_cells,
    read,
)

LARGEST_NOTEBOOK = 64 * 1024**2
#: Cells of a notebook; a chapter has about a hundred.
_MOST_CELLS = 2000
_LARGEST_FILES = 64 * 1024**2
_MOST_FILES = 200
#: Names in the folders of a submission that are looked at, folders within folders, and bytes of a file's path.
_MOST_NAMES, _DEEPEST, _LONGEST_PATH = 5000, 16, 1000
#: Notebooks of other names that are read to find the one that is meant.
_MOST_NOTEBOOKS = 20
#: Bytes of a student's name: folders are called so, and file systems take 255.
_LONGEST_NAME = 200
#: Errors of what is locked, a link, no file, or too deep: a learner's doing, unlike those of a disk.
_SHUT = {errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG}
_NOT_IN_A_LINE = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class Submission:
    """A submission, found and made whole.

    Attributes:
        student, chapter: whose, and of what.
        cells: what to run; empty where nothing could be read.
        remarks: what was mended, for learner and instructor.
        problem: why nothing can be run, or ''.
        fingerprint: changes when the submission does.
        files: what lies beside the notebook.
        worth: points of each exercise that is asked for; None for those of the package.
        own_worth: points of each graded cell that the instructor has added.
        cards: the cards of the learner's project, as JSON, by the exercise that each answers.
        without_card: why there is none, of every other exercise that a card answers.
    """

    student: str
    chapter: str
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()
    problem: str = ""
    fingerprint: str = ""
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    worth: dict[str, float] | None = None
    own_worth: dict[str, float] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    without_card: dict[str, str] = field(default_factory=dict)

    @property
    def is_project(self) -> bool:
        """Whether a card answers some of its exercises: then cells of the learner's are run where one needs them."""
        return bool(self.cards or self.without_card)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The exercises that are asked for."""
        return CHAPTERS[self.chapter] if self.worth is None else tuple(map(find, self.worth))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, to be sent to another machine."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Submission:
        """From the data of ``to_dict``."""
        return cls(**{**data, "cells": tuple(Cell(**cell) for cell in data["cells"])})


@dataclass(frozen=True)
class HandedIn:
    """A submission as it was handed in: whose, of what, and the folder where it lies."""

    student: str
    chapter: str
    folder: Path


def find_submissions(folder: Path, chapter: str, student: str | None = None) -> Iterator[HandedIn]:
    """The submissions of a chapter in nbgrader's layout: FOLDER/STUDENT/CHAPTER/.

    Yields:
        Each, by the student's name. Names that could lead out of the course are left out.
    """
    if not folder.is_dir():
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if student is not None and entry.name != student:
            continue
        place = Path(entry.path) / chapter
        if entry.is_dir(follow_symlinks=False) and place.is_dir() and not place.is_symlink():
            yield HandedIn(name_of(entry.name), chapter, place)


def name_of(folder: str) -> str:
    """What a student is called here, from the name of a folder: any script, in one line, of at most 200 bytes.

    A name that has to be cut ends in a digest, so that two of them stay two.
    """
    name = in_a_line(folder)
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return f"{name.encode()[: _LONGEST_NAME - 17].decode(errors='ignore')}+{digest}"


def in_a_line(name: str) -> str:
    """A file's name as it can be told: what is no text in UTF-8, or would end a line, is written out (\\xff, \\n)."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if unicodedata.category(c) not in _NOT_IN_A_LINE else ascii(c)[1:-1] for c in text)


def fingerprint(handed_in: HandedIn, salt: str = "") -> str:
    """A text that changes when a submission does; nothing of it is interpreted, and nothing raises.

    Args:
        handed_in: the submission.
        salt: what else decides the grade.
    """
    digest = hashlib.sha256(salt.encode())
    try:
        path, _ = _find_notebook(handed_in.folder, handed_in.chapter)
        digest.update(_content(path))
        for name, content in _other_files(handed_in.folder)[0]:
            digest.update(os.fsencode(f"{name}\0{len(content)}\0") + content)
    except (NotebookError, OSError) as error:
        digest.update(os.fsencode(str(error)))
    return digest.hexdigest()


def load(handed_in: HandedIn, source: Sequence[Cell], fingerprint: str = "") -> Submission:
    """Read a submission and make it whole; never raises for what a learner handed in.

    Args:
        handed_in: the submission.
        source: the cells of the instructor's notebook.
        fingerprint: kept with it.

    Raises:
        OSError: a file of it cannot be read here, for which the learner is not to blame.
    """
    student, chapter, folder = handed_in.student, handed_in.chapter, handed_in.folder
    stages = cards.stages_of([cell.asks for cell in source if cell.is_test])
    try:
        path, remarks = _find_notebook(folder, chapter)
        _content(path)
        cells = read(path, outputs=bool(stages))
        if len(cells) > _MOST_CELLS:
            raise NotebookError(f"It has {len(cells)} cells, expected at most {_MOST_CELLS}.")
    except NotebookError as error:
        problem = f"The notebook could not be read. {in_a_line(error.wrong)}"
        return Submission(student, chapter, (), problem=problem, fingerprint=fingerprint)
    files, file_remarks = _other_files(folder)
    planned, cell_remarks = plan(cells, source)
    if not _answers_anything(planned, source):
        return Submission(student, chapter, (), problem=_of_another(cells, chapter), fingerprint=fingerprint)
    remarks = (*remarks, *file_remarks, *cell_remarks)
    found = cards.Cards()
    if stages:
        planned, found = cards.taken_out(planned, stages)
        remarks = (*remarks, cards.NOT_RUN_AGAIN)
    return Submission(
        student, chapter, tuple(planned), remarks, "", fingerprint, tuple(files),
        cards=found.texts, without_card=found.missing,
    )  # fmt: skip


def _answers_anything(planned: Sequence[Cell], source: Sequence[Cell]) -> bool:
    """Whether there is any answer in a notebook, right or wrong, to anything that is asked."""
    asked = any(cell.answers or cell.own in (BY_HAND, OWN_ANSWER) for cell in source)
    given = any(cell.source.strip() for cell in planned if cell.answers or cell.own in (BY_HAND, OWN_ANSWER))
    return given or not asked


def _of_another(cells: Sequence[Cell], chapter: str) -> str:
    """Why there is nothing to grade in a notebook, in words."""
    other = chapter_of_cells(cells)
    seems = f" It seems to be {other}." if other and other != chapter else ""
    return f"No cell of it answers an exercise of {chapter}.{seems} Ask for the right one."


# -------------------------------------------------------------------------------------------------------- notebook
def _find_notebook(folder: Path, chapter: str) -> tuple[Path, tuple[str, ...]]:
    """The notebook of a submission, under its own name or another."""
    usual = folder / f"{chapter}.ipynb"
    found = [folder / entry.name for entry in _entries(folder) if entry.name.endswith(".ipynb") and _is_plain(entry)]
    if usual in found or (os.path.lexists(usual) and stat.S_ISREG(os.lstat(usual).st_mode)):
        extra = _told([p.name for p in found if p != usual])
        return usual, ((f"Left out: {extra}. Only {usual.name} is graded.",) if extra else ())
    if os.path.lexists(usual):
        raise NotebookError(f"{usual.name} is not a file but a link or a folder.")
    ours = [p for p in found[:_MOST_NOTEBOOKS] if _chapter_of(p) == chapter]
    if len(ours) == 1:
        return ours[0], (f"The notebook was called {in_a_line(ours[0].name)}, expected {usual.name}.",)
    if ours:
        raise NotebookError(f"There are {len(ours)} notebooks of this chapter and none is called {usual.name}.")
    there = f" There is: {_told([p.name for p in found])}." if found else ""
    raise NotebookError(f"There is no {usual.name} in the submission.{there}")


def _chapter_of(path: Path) -> str:
    """The chapter whose exercises a notebook holds, '' if none or unreadable; its folder's name does not count."""
    try:
        _content(path)
        return chapter_of_cells(read(path))
    except (NotebookError, OSError):
        return ""


def _content(path: Path) -> bytes:
    """The bytes of a notebook that is not too large to be read."""
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise NotebookError(
            f"{path.name} has {path.stat().st_size / 1e6:.0f} MB, expected at most {LARGEST_NOTEBOOK / 1e6:.0f} MB. "
            "Clear its outputs and hand it in again."
        )
    return path.read_bytes()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, by name, and no more of it than is looked at; nothing where there is no folder."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as found:
        return sorted(itertools.islice(found, _MOST_NAMES + 1), key=lambda entry: entry.name)


def _is_plain(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _other_files(folder: Path) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Files beside the notebook, which its cells may read: plain files only, and not without end."""
    found: list[tuple[str, bytes]] = []
    left_out: list[str] = []
    room = _LARGEST_FILES
    for entry, name in _below(folder, left_out):
        if name.endswith(".ipynb") or name == "timestamp.txt":
            continue
        content = _bytes_of(entry, room) if len(found) < _MOST_FILES else None
        if content is None or len(os.fsencode(name)) > _LONGEST_PATH:
            left_out.append(name)
        else:
            room -= len(content)
            found.append((name, content))
    words = f"Files that were left out (links, or too many, too large or too deep): {_told(left_out)}."
    return found, [words] if left_out else []


def _below(folder: Path, left_out: list[str]) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Everything in a folder and in those below it, with its path; folders one after the other, never in one another.

    Where that has no end, or is too deep, it is noted and left out.
    """
    todo, seen = [(folder, "")], 0
    while todo:
        place, inside = todo.pop()
        deeper: list[tuple[Path, str]] = []
        try:
            entries = _entries(place)
        except OSError as error:
            if error.errno not in _SHUT:
                raise
            left_out.append(inside)
            continue
        for entry in entries:
            seen += 1
            if seen > _MOST_NAMES:
                left_out.append("and more")
                return
            name = inside + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield entry, name
            elif name.count("/") >= _DEEPEST:
                left_out.append(f"{name}/")
            elif entry.name not in {".ipynb_checkpoints", "__pycache__"}:
                deeper.append((Path(entry.path), f"{name}/"))
        todo += reversed(deeper)


def _bytes_of(entry: os.DirEntry[str], most: int) -> bytes | None:
    """The content of a plain file; None for anything else, for one that cannot be opened, and for one too large."""
    try:
        opened = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(opened, "rb") as file:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                return None
            content = file.read(most + 1)
    except OSError as error:
        if error.errno not in _SHUT:
            raise
        return None
    return content if len(content) <= most else None


def _told(names: Sequence[str]) -> str:
    """Some names, and how many there are besides."""
    many = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(map(in_a_line, names[:5])) + many


def write_files(files: tuple[tuple[str, bytes], ...], folder: Path) -> None:
    """Put the files of a submission into a folder of the grader's own."""
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# ------------------------------------------------------------------------------------------------------------ cells
def plan(cells: Sequence[Cell], source: Sequence[Cell]) -> tuple[list[Cell], list[str]]:
    """The cells to run: the learner's, with the instructor's test cells in their places.

    Args:
        cells: the learner's.
        source: the instructor's, which say what is asked for.

    Returns:
        The cells, and remarks on what was mended. A cell keeps its mark only where it holds the one answer or the one
        test of an exercise.
    """
    tests = {cell.asks: cell.source for cell in source if cell.is_test}
    planned, remarks = _learners_cells(cells, list(tests), source)
    for name, test in tests.items():
        remarks += _put_answer_in_place(planned, name)
        remarks += _put_test_in_place(planned, name, test)
    remarks += _put_own_in_place(planned, source)
    return planned, remarks


def _learners_cells(cells: Sequence[Cell], names: list[str], source: Sequence[Cell]) -> tuple[list[Cell], list[str]]:
    """The learner's cells in their order; of marks that are there more than once, or mean no exercise, none is kept."""
    released, own = {cell.source for cell in source}, {cell.mark: cell for cell in source if cell.own}
    planned: list[Cell] = []
    remarks: list[str] = []
    seen: set[str] = set()
    for cell in cells:
        cell = replace(cell, source=readable(cell.source.replace("\r\n", "\n")))
        again = cell.mark in seen
        seen.add(cell.mark)
        if cell.mark in own:
            remarks += _take_own(planned, cell, own[cell.mark], again)
        elif cell.exercise not in names:
            planned.append(replace(cell, mark="", original=cell.source in released))
        elif cell.is_test and again:
            remarks.append(f"The test cell of {cell.asks} was there more than once: the first place counts.")
        elif again:
            remarks.append(f"The cell of {cell.answers} was there more than once: all of them were run.")
            planned.append(replace(cell, mark="", original=cell.source in released))
        else:
            if cell.answers and cell.kind != "code":
                remarks.append(f"The cell of {cell.answers} was turned into {cell.kind}: it was run as code.")
            planned.append(replace(cell, kind="code"))
    return planned, remarks


def _take_own(planned: list[Cell], cell: Cell, own: Cell, again: bool) -> list[str]:
    """Add the learner's cell that stands for one of the instructor's own: tests and texts are the instructor's."""
    of_the_learner = own.own in (BY_HAND, OWN_ANSWER)
    if again:
        if of_the_learner:
            planned.append(replace(cell, mark=""))
        return [f"The cell {own.mark} was there more than once: the first place counts."]
    if of_the_learner:
        planned.append(replace(cell, kind=own.kind, own=own.own))
        return [] if cell.kind == own.kind else [f"The cell {own.mark} was turned into {cell.kind}."]
    planned.append(replace(own, outputs=()))
    return [] if _same_test(cell.source, own.source) else [f"The cell {own.mark} had been changed: it was put back."]


def _put_own_in_place(planned: list[Cell], source: Sequence[Cell]) -> list[str]:
    """Add what was deleted of the instructor's own cells, each behind the marked cell that it follows in the source."""
    remarks = []
    before = ""
    for cell in source:
        if cell.own and _place_of(planned, cell.mark) is None:
            place = _place_of(planned, before) if before else None
            empty = cell.own in (BY_HAND, OWN_ANSWER)
            planned.insert(0 if place is None else place + 1, replace(cell, source="") if empty else cell)
            remarks.append(f"The cell {cell.mark} was deleted{'' if empty else ': it was put back'}.")
        before = cell.mark or before
    return remarks


def _put_answer_in_place(planned: list[Cell], name: str) -> list[str]:
    """Make sure that one cell holds the answer: the marked one, else the first that defines it, else an empty one."""
    if _place_of(planned, name) is not None:
        return []
    defines = re.compile(rf"^(async )?(def|class) {name}\b|^{name}\s*(:.*)?=", re.MULTILINE)
    code = (place for place, cell in enumerate(planned) if cell.kind == "code" and not cell.is_test)
    found = next((place for place in code if defines.search(planned[place].source)), None)
    if found is not None and not planned[found].mark:
        planned[found] = replace(planned[found], mark=name, original=False)
        return [f"The cell of {name} had lost its mark: the cell that defines {name} was taken for it."]
    test = _place_of(planned, name + TEST_SUFFIX)
    if found is not None:  # in the cell of another exercise, after which it can be asked for
        planned.insert(found + 1, Cell("code", "", name))
    else:
        planned.insert(len(planned) if test is None else test, Cell("code", "", name))
    return [f"The cell of {name} was deleted."]


def _put_test_in_place(planned: list[Cell], name: str, test: str) -> list[str]:
    """Put the instructor's test where the learner's notebook has it, or right after the answer if that is later."""
    asked = Cell("code", test, name + TEST_SUFFIX)
    place, answer = _place_of(planned, asked.mark), _place_of(planned, name)
    assert answer is not None
    if place is not None and place > answer:
        given, planned[place] = planned[place].source, asked
        changed = not _same_test(given, test)
        return [f"The test cell of {name} had been changed: it was put back."] if changed else []
    planned.insert(answer + 1, asked)
    if place is not None:
        planned.pop(place)
    return [f"The test cell of {name} was {'deleted' if place is None else 'moved'}: it was put back."]


def _place_of(planned: Sequence[Cell], mark: str) -> int | None:
    return next((place for place, cell in enumerate(planned) if cell.mark == mark), None)


def _same_test(given: str, test: str) -> bool:
    """Whether a test cell is as it was released: the instructor's has hidden tests besides."""
    return given.split() in (without_hidden_tests(test).split(), test.split())


def without_hidden_tests(test: str) -> str:
    """A test cell as it is released."""
    return re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", test, flags=re.DOTALL)
