"""The instructor's notebook of a chapter: what is asked in this course, and what it is worth.

``solutions/`` is the truth, not the package. Points that were changed there count; an exercise whose test was taken out
is not asked for; cells that the instructor has added are kept: tests are run as nbgrader runs them, and what a person
is to grade waits for one.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.nbgraderformat import MetadataValidator

from rnncourse import exercises
from rnncourse.exercises import CHAPTERS, Task, chapter_of, find, nearest
from rnncourse.grading.records import GradingError
from rnncourse.notebooks import files
from rnncourse.notebooks.files import BY_HAND, OWN_ANSWER, OWN_TEST, OWN_TEXT, TEST_SUFFIX, Cell

#: A call of ours in a test cell, by which it asks for an exercise.
_ASKS = re.compile(r"(?<![\w.])(?:rnncourse\.)?grade\(")


@dataclass(frozen=True)
class Source:
    """An instructor's notebook.

    Attributes:
        chapter: which.
        notebook: as nbformat reads it.
        cells: its cells, without outputs; those that the instructor has added say what they are (``Cell.own``).
        worth: points of each exercise that is asked for, in the order of the notebook.
        own_worth: points of each graded cell of the instructor's own, by nbgrader's name of it.
    """

    chapter: str
    notebook: Any
    cells: tuple[Cell, ...]
    worth: dict[str, float]
    own_worth: dict[str, float]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The exercises that are asked for."""
        return tuple(find(name) for name in self.worth)

    @property
    def by_hand(self) -> tuple[str, ...]:
        """The cells that a person grades."""
        return tuple(cell.mark for cell in self.cells if cell.own == BY_HAND)

    @property
    def known(self) -> list[Any]:
        """The cells that nbgrader knows, as nbformat has them."""
        return _known(self.notebook)

    @property
    def digest(self) -> str:
        """Changes with every cell that nbgrader knows, and with what it is worth."""
        marked = [(cell.cell_type, cell.source, cell.metadata.nbgrader) for cell in self.known]
        return hashlib.sha256(json.dumps(marked, sort_keys=True).encode()).hexdigest()

    def difference(self) -> str:
        """In one line how it differs from the package; '' where it does not."""
        by_hand, usual = _by_hand(self.chapter), usual_worth(self.chapter)
        asked = self.worth | {mark: self.own_worth[mark] for mark in self.by_hand if mark in by_hand}
        found = [
            f"{name} is worth {points:g} ({usual[name]:g} in the package)"
            for name, points in asked.items()
            if points != usual.get(name, points)
        ]
        found += [f"{name} is not asked for" for name in usual if name not in asked]
        found += [f"{name} is asked for, too ({chapter_of(name)})" for name in self.worth if name not in usual]
        found += [
            f"{mark} is a cell of your own, {points:g} points, "
            + ("graded by hand" if mark in self.by_hand else "a test that runs beside the answers, which can forge it")
            for mark, points in self.own_worth.items()
            if mark not in asked
        ]
        return f"{self.chapter} is not as in the package, and counts as it is: {'; '.join(found)}." if found else ""


def usual_worth(chapter: str) -> dict[str, float]:
    """The points of all that a chapter asks for, in the package: its exercises, and what a person grades."""
    return {task.name: float(task.points) for task in CHAPTERS.get(chapter, ())} | _by_hand(chapter)


def _by_hand(chapter: str) -> dict[str, float]:
    return {each.name: float(each.points) for each in exercises.BY_HAND.get(chapter, ())}


def read_source(path: Path, chapter: str) -> Source:
    """Read an instructor's notebook.

    Args:
        path: of the notebook.
        chapter: which it is.

    Raises:
        GradingError: there is none, or something in it cannot be graded; the message names every such cell.
    """
    refused = f"The instructor's notebook {path} cannot be used:"
    try:
        cells = files.read(path)
        notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
    except (files.NotebookError, OSError) as error:
        raise GradingError(f"{refused} {error}") from None
    except Exception as error:  # nbformat's, of JSON that is no notebook
        raise GradingError(f"{refused} {type(error).__name__}: {error}") from None
    problems = _problems(notebook, chapter)
    if problems:
        raise GradingError(f"{refused} {' '.join(problems)}")
    known = _known(notebook)
    own = {_id(cell): kind for cell in known if (kind := _own_kind(cell))}
    points = {_id(cell): float(cell.metadata.nbgrader.points) for cell in known if _points(cell)}
    worth = {_id(cell).removesuffix(TEST_SUFFIX): points[_id(cell)] for cell in known if _is_test_of_ours(cell)}
    own_worth = {mark: points[mark] for mark in own if mark in points}
    return Source(chapter, notebook, tuple(_told(cell, own, worth) for cell in cells), worth, own_worth)


def _told(cell: Cell, own: dict[str, str], worth: dict[str, float]) -> Cell:
    """A cell that says what it is; without its mark where its exercise is not asked for."""
    if cell.mark in own:
        return replace(cell, own=own[cell.mark])
    return cell if cell.exercise in worth else replace(cell, mark="")


def _known(notebook: Any) -> list[Any]:
    """The cells that nbgrader knows."""
    return [
        cell
        for cell in notebook.cells
        if any(cell.metadata.get("nbgrader", {}).get(flag) for flag in ("grade", "solution", "locked", "task"))
    ]


def _id(cell: Any) -> str:
    return str(cell.metadata.nbgrader.get("grade_id", ""))


def _flag(cell: Any, name: str) -> bool:
    return bool(cell.metadata.nbgrader.get(name, False))


def _points(cell: Any) -> bool:
    return _flag(cell, "grade") or _flag(cell, "task")


def _is_exercise(name: str) -> bool:
    try:
        return find(name).name == name
    except LookupError:
        return False


def _is_test_of_ours(cell: Any) -> bool:
    """Whether an exercise of the package is asked for here."""
    name = _id(cell).removesuffix(TEST_SUFFIX)
    graded = _flag(cell, "grade") and not _flag(cell, "solution") and cell.cell_type == "code"
    return graded and _id(cell) != name and _is_exercise(name) and bool(_ASKS.search(cell.source))


def _own_kind(cell: Any) -> str:
    """What a cell is that no exercise has; '' for a cell of the course."""
    if _flag(cell, "task") or (_flag(cell, "grade") and _flag(cell, "solution")):
        return BY_HAND
    if _flag(cell, "grade"):
        return "" if _is_test_of_ours(cell) else OWN_TEST
    if _flag(cell, "solution"):
        return "" if _is_exercise(_id(cell)) else OWN_ANSWER
    return OWN_TEXT


def _problems(notebook: Any, chapter: str) -> list[str]:
    """What stands in the way of grading with this notebook, each in a sentence."""
    known = _known(notebook)
    names = [task.name for task in CHAPTERS[chapter]]
    counts = Counter(map(_id, known))
    found = [f"{mark!r} is the name of {count} cells." for mark, count in counts.items() if count > 1]
    for cell in known:
        mark = _id(cell)
        if not mark:
            found.append(f"A graded cell has no name (grade_id): {cell.source[:40]!r}.")
        elif _points(cell) and not _are_points(cell.metadata.nbgrader.get("points")):
            found.append(f"{mark} has {cell.metadata.nbgrader.get('points')!r} points, expected a number from 0.")
        elif _own_kind(cell) == OWN_TEST and _ASKS.search(cell.source):
            told = nearest(mark.removesuffix(TEST_SUFFIX), names)
            found.append(f"{mark} asks for an exercise by grade(…), and none is called so. {told}")
    if found:
        return found
    try:
        MetadataValidator().validate_nb(notebook)
    except Exception as error:  # of nbgrader or jsonschema: nbgrader would refuse it later
        return [f"nbgrader does not take it: {str(error).splitlines()[0]}"]
    return []


def _are_points(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0
