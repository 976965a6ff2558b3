"""What a chapter says because an exercise's definition says it: taken out of the text, written into the notebook.

Derived are: the chapter's number, each exercise's number, stars, minutes, points and kind, its check cell, its grade
cell with the hidden test and its seed, what a person is to grade by, nbgrader's metadata, and the minutes of the
chapter's opening. ``underived`` takes them out, so that a maintainer sees only what is written by hand; ``derive``
writes them anew.
"""

from __future__ import annotations

import copy
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from rnncourse.exercises import BY_HAND, CHAPTERS, ByHand, Exercise, Question, Stage, Task
from rnncourse.notebooks.files import TEST_SUFFIX, mark_of

#: The mark of a place that a stub leaves open: no chapter is built, and no test passes, while one is there.
OPEN = "FILL IN"
_TITLE = re.compile(r"\A# (?:\d+ · )?")
_HEADING = re.compile(
    r"^### Exercise(?: \d+)? · `(\w+)`$(?:\n\n[★☆]{3} · \d+ minutes? · \d+ points?(?: · [a-z, ]+)?$)?", re.MULTILINE
)
_OPENING = re.compile(r"\*\*Time:\*\* about (\d+) minutes, (\d+) of them for the \w+ exercises?\.")
_READING = re.compile(r"\*\*Time:\*\* (\d+) minutes to read\.")
_SEED = re.compile(r"\bseed=(\d+)")
#: What stands between the two in a text cell is the learner's; nobody sees the marks.
_BEGIN, _END = "<!-- BEGIN SOLUTION -->\n", "\n<!-- END SOLUTION -->"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class ChapterError(ValueError):
    """A chapter's text does not fit its definitions; the message says where and what to do."""


# ---------------------------------------------------------------------------------------------- out of the notebook
def underived(notebook: NotebookNode) -> NotebookNode:
    """A copy of a chapter that holds only what is written by hand; exercise cells are marked ``exercise="NAME"``."""
    bare = copy.deepcopy(notebook)
    names = {_exercise_of(cell) for cell in bare.cells} - {""}
    bare.cells = [cell for cell in bare.cells if not _is_derived(cell, names)]
    for cell in bare.cells:
        if by_hand := _by_hand_of(cell):
            cell.metadata["by_hand"] = by_hand
            cell.source = cell.source.partition(_BEGIN)[2].rpartition(_END)[0] or cell.source
        name = _exercise_of(cell)
        cell.metadata.pop("nbgrader", None)
        if name:
            cell.metadata["exercise"] = name
        if cell.cell_type == "markdown":
            cell.source = _HEADING.sub(r"### Exercise · `\1`", cell.source)
    if bare.cells and bare.cells[0].cell_type == "markdown":
        first = bare.cells[0]
        first.source = _OPENING.sub(_reading_alone, _TITLE.sub("# ", first.source))
    return bare


def seeds_of(notebook: NotebookNode) -> dict[str, int]:
    """The hidden seed of each exercise that has one in a notebook."""
    seeds = {}
    for cell in notebook.cells:
        found = _SEED.search(cell.source) if mark_of(cell).endswith(TEST_SUFFIX) else None
        if found is not None:
            seeds[mark_of(cell).removesuffix(TEST_SUFFIX)] = int(found[1])
    return seeds


def _exercise_of(cell: NotebookNode) -> str:
    """The exercise whose solution a cell holds, or ''."""
    if _by_hand_of(cell):
        return ""
    mark = str(cell.metadata.get("exercise", "")) or mark_of(cell)
    return "" if mark.endswith(TEST_SUFFIX) else mark


def _by_hand_of(cell: NotebookNode) -> str:
    """The name of what a person grades in a cell, or ''."""
    marked = cell.metadata.get("nbgrader", {})
    return str(cell.metadata.get("by_hand", "")) or (
        mark_of(cell) if marked.get("grade") and marked.get("solution") else ""
    )


def _is_derived(cell: NotebookNode, names: set[str]) -> bool:
    """Whether a cell is the check cell or the grade cell of one of the exercises."""
    if mark_of(cell).endswith(TEST_SUFFIX):
        return True
    asked = re.fullmatch(r'(?:check|grade)\("?(\w+)"?\)', cell.source) if cell.cell_type == "code" else None
    return asked is not None and asked[1] in names


def _reading_alone(opening: re.Match[str]) -> str:
    return f"**Time:** {int(opening[1]) - int(opening[2])} minutes to read."


# --------------------------------------------------------------------------------------------- into the notebook
def derive(bare: NotebookNode, chapter: str, seeds: Mapping[str, int]) -> NotebookNode:
    """A copy of a chapter with all that follows from the definitions written into it.

    Args:
        bare: what is written by hand, as ``underived`` leaves it.
        chapter: the chapter's name; its definitions are those of ``CHAPTERS``.
        seeds: the hidden seeds that exercises have already; a new exercise gets one from its name.

    Raises:
        ChapterError: exercise cells or headings do not fit the definitions, or something is still to be written.
    """
    _refuse_what_does_not_fit(bare, chapter)
    exercises = CHAPTERS[chapter]
    hidden = _hidden_seeds(exercises, seeds)
    by_name = {exercise.name: exercise for exercise in exercises}
    by_hand = {each.name: each for each in BY_HAND.get(chapter, ())}
    whole = copy.deepcopy(bare)
    whole.cells[0].source = _opening(whole.cells[0].source, chapter)
    cells, whole.cells = whole.cells, []
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = _HEADING.sub(lambda found: _heading(exercises, found[1]), cell.source)
        whole.cells.append(cell)
        if name := _by_hand_of(cell):
            cell.metadata.pop("by_hand", None)
            cell.metadata["nbgrader"] = _nbgrader(name, points=by_hand[name].points, by_hand=True)
            cell.source = f"{_rubric(by_hand[name])}\n\n{_BEGIN}{cell.source}{_END}"
        exercise = by_name.get(_exercise_of(cell))
        if exercise is not None:
            cell.metadata.pop("exercise", None)
            cell.metadata["nbgrader"] = _nbgrader(exercise.name)
            whole.cells += [_check_cell(exercise), _grade_cell(exercise, hidden.get(exercise.name))]
    return whole


def _opening(source: str, chapter: str) -> str:
    """The opening with the chapter's number, and the minutes of reading and exercises together, in steps of five."""
    exercises = CHAPTERS[chapter]
    effort = sum(exercise.minutes for exercise in exercises)
    plural = "" if len(exercises) == 1 else "s"

    def minutes(reading: re.Match[str]) -> str:
        total = 5 * round((int(reading[1]) + effort) / 5)
        of_them = f"{effort} of them for the {_NUMBERS[len(exercises)]} exercise{plural}"
        return f"**Time:** about {total} minutes, {of_them}."

    return _READING.sub(minutes, _TITLE.sub(f"# {int(chapter[:2])} · ", source))


def _heading(exercises: Sequence[Task], name: str) -> str:
    """``### Exercise 2 · `rnn_step` `` and, below, its stars, minutes, points and kind."""
    number, exercise = next((i, e) for i, e in enumerate(exercises, start=1) if e.name == name)
    stars = "★" * exercise.difficulty + "☆" * (3 - exercise.difficulty)
    minutes = f"{exercise.minutes} minute{'s' if exercise.minutes > 1 else ''}"
    points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    return f"### Exercise {number} · `{name}`\n\n{stars} · {minutes} · {points} · {exercise.kind}"


def _check_cell(exercise: Task) -> NotebookNode:
    return new_code_cell(f"check({_asked(exercise)})")


def _grade_cell(exercise: Task, seed: int | None) -> NotebookNode:
    """The graded cell; all but a question are asked once more, with inputs that the learner has not seen."""
    source = f"grade({_asked(exercise)})"
    if seed is not None:
        source += f"\n### BEGIN HIDDEN TESTS\ngrade({_asked(exercise)}, seed={seed})\n### END HIDDEN TESTS"
    mark = _nbgrader(f"{exercise.name}{TEST_SUFFIX}", points=exercise.points)
    return new_code_cell(source, metadata={"nbgrader": mark})


def _asked(exercise: Task) -> str:
    """A function is handed over itself, the name of a variable in quotes: it may not be there yet."""
    return exercise.name if isinstance(exercise, Exercise) else f'"{exercise.name}"'


def _rubric(by_hand: ByHand) -> str:
    """What a person grades, what is asked for, and what earns how many points."""
    numbers = ("1 point" if points == 1 else f"{points} points" for points in range(len(by_hand.levels)))
    levels = "\n".join(f"- **{number}:** {words}" for number, words in zip(numbers, by_hand.levels, strict=True))
    return f"### Read by a person · {by_hand.title} · {by_hand.points} points\n\n{by_hand.asks}\n\n{levels}"


def _nbgrader(mark: str, points: int | None = None, by_hand: bool = False) -> NotebookNode:
    """All that nbgrader wants to know of a cell; one with points is a graded cell."""
    graded = points is not None
    rest = {"locked": graded and not by_hand, **({"points": points} if graded else {}), "schema_version": 3}
    return NotebookNode({"grade": graded, "grade_id": mark, **rest, "solution": by_hand or not graded, "task": False})


def _hidden_seeds(exercises: Sequence[Task], given: Mapping[str, int]) -> dict[str, int]:
    """A seed of its own for each exercise with cases: the one it has, or one from its name."""
    with_cases = [exercise.name for exercise in exercises if not isinstance(exercise, Question | Stage)]
    seeds = {name: given[name] for name in with_cases if name in given}
    for name in with_cases:
        if name not in seeds:
            first = 1000 + zlib.crc32(name.encode()) % 9000
            seeds[name] = next(seed for seed in range(first, first + 100) if seed not in seeds.values())
    return seeds


# ------------------------------------------------------------------------------------------------ what does not fit
def _refuse_what_does_not_fit(bare: NotebookNode, chapter: str) -> None:
    wanted = [exercise.name for exercise in CHAPTERS[chapter]]
    headings = [found for cell in bare.cells if cell.cell_type == "markdown" for found in _HEADING.findall(cell.source)]
    marked = [name for cell in bare.cells if (name := _exercise_of(cell))]
    by_hand, found = [each.name for each in BY_HAND.get(chapter, ())], [*filter(None, map(_by_hand_of, bare.cells))]
    if found != by_hand:
        raise ChapterError(
            f"The cells marked by_hand=… of {chapter} are {_listed(found)}, not {_listed(by_hand)}: "
            f"that is BY_HAND in rnncourse/exercises/{chapter.partition('_')[2]}.py."
        )
    for what, found in (("cells marked exercise=…", marked), ("headings `### Exercise · …`", headings)):
        if found != wanted:
            raise ChapterError(
                f"The {what} of {chapter} are {_listed(found)}, expected {_listed(wanted)}, in this order: that is "
                f"EXERCISES in rnncourse/exercises/{chapter.partition('_')[2]}.py. Change one or the other."
            )
    if not bare.cells or _READING.search(bare.cells[0].source) is None:
        raise ChapterError(f"The first cell of {chapter} does not say `**Time:** 25 minutes to read.` Write it there.")
    for number, cell in enumerate(bare.cells, start=1):
        lines = [line for line in cell.source.split("\n") if OPEN in line]
        if lines:
            raise ChapterError(f"Cell {number} of {chapter} is still to be written: {lines[0].strip()!r}.")


def refuse_what_is_open(path: Path) -> None:
    """Let a file pass in which nothing is left to be written.

    Raises:
        ChapterError: a line of it is marked as open; the message names it.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if OPEN in line:
            raise ChapterError(f"{path}, line {number}, is still to be written: {line.strip()!r}.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
