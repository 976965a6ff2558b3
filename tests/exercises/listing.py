"""The list of all exercises, for people: ``PYTHONPATH=tests python -m exercises.listing [NUMBER …]``.

Chapter, name, kind (with "open" where many answers are right), points, minutes, known mistakes, and other right answers
that the tests hold against the check; below, how many there are of each kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from rnncourse.exercises import CHAPTERS, Question, Task

from exercises.chapters import ALTERNATIVES, ANSWERS


@dataclass(frozen=True)
class Row:
    """One exercise as a line of the list."""

    chapter: str
    exercise: str
    kind: str
    points: int
    minutes: int
    mistakes: int
    alternatives: int


def rows(numbers: Sequence[str] = ()) -> list[Row]:
    """A row for each exercise of the chapters with these numbers (``"03"`` or ``"3"``), of all where there is none."""
    wanted = {number.zfill(2) for number in numbers}
    return [
        _row(name[:2], task) for name, tasks in CHAPTERS.items() for task in tasks if not wanted or name[:2] in wanted
    ]


def _row(chapter: str, task: Task) -> Row:
    known = sum(map(len, task.feedback.values())) if isinstance(task, Question) else len(task.mistakes)
    others = ALTERNATIVES.get(task.name, ANSWERS.get(task.name, []))
    kind = f"{task.kind}{', open' if task.open_ended else ''}"
    return Row(chapter, task.name, kind, task.points, task.minutes, known, len(others))


def main(numbers: Sequence[str]) -> None:
    """Print the list and the counts."""
    line = "{:<8} {:<30} {:<40} {:>6} {:>8} {:>9} {:>13}"
    print(line.format("chapter", "exercise", "kind", "points", "minutes", "mistakes", "alternatives"))
    listed = rows(numbers)
    for row in listed:
        print(line.format(*astuple(row)))
    print()
    for kind, count in Counter(row.kind for row in listed).most_common():
        print(f"{count:>4}  {kind}")


if __name__ == "__main__":
    main(sys.argv[1:])
