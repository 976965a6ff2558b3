"""Grades as the files that learning platforms import."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from rnncourse.grading.records import GradingError

#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Columns in which Canvas or a roster may hold what is the student's folder here.
_IDENTITIES = ("SIS Login ID", "SIS User ID", "ID", "Username", "ID number", "Email address", "Email", "Student")

Scores = Mapping[str, Mapping[str, Mapping[str, Any]]]


def canvas(scores: Scores, possible: Mapping[str, float], roster: str | None = None) -> str:
    """A CSV for Canvas's gradebook import: one column a chapter, the points possible in the second row.

    Args:
        scores: chapter -> student -> what ``read_scores`` gives.
        possible: chapter -> points.
        roster: a gradebook exported from Canvas; its rows are kept, and matched by login, id or name.

    Raises:
        GradingError: the roster has no column by which students could be found.
    """
    chapters = list(scores)
    if roster is not None:
        return _fill_roster(scores, possible, roster)
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows = [[*head, *chapters], ["    Points Possible", "", "", "", "", *(f"{possible[c]:g}" for c in chapters)]]
    for student in _students(scores):
        told = _about(scores, student)
        name = f"{told['last_name']}, {told['first_name']}".strip(", ") or student
        rows.append([name, "", "", student, "", *(_score(scores, c, student) for c in chapters)])
    return _csv(rows)


def moodle(scores: Scores, possible: Mapping[str, float]) -> str:
    """A CSV for Moodle's grade import: the student in ``username``, one column a chapter with its largest grade."""
    chapters = list(scores)
    rows = [["username", "firstname", "lastname", "email", *(f"{c} ({possible[c]:g})" for c in chapters)]]
    for student in _students(scores):
        told = _about(scores, student)
        names = [student, told["first_name"], told["last_name"], told["email"]]
        rows.append([*names, *(_score(scores, c, student) for c in chapters)])
    return _csv(rows)


def _fill_roster(scores: Scores, possible: Mapping[str, float], roster: str) -> str:
    rows = list(csv.reader(io.StringIO(roster.lstrip("\ufeff"))))
    head = rows[0] if rows else []
    columns = [head.index(name) for name in _IDENTITIES if name in head]
    if not columns:
        raise GradingError(f"The roster has none of the columns {', '.join(_IDENTITIES)}. Export it from Canvas again.")
    filled = []
    for number, row in enumerate(rows):
        row = [*row, *[""] * (len(head) - len(row))]
        if number == 0:
            row += list(scores)
        elif row[0].strip() == "Points Possible":
            row += [f"{possible[chapter]:g}" for chapter in scores]
        else:
            who = [row[column].strip() for column in columns]
            row += [next((s for s in (_score(scores, c, name) for name in who) if s), "") for c in scores]
        filled.append(row)
    return _csv(filled, escape=False)  # the roster's own cells go back as they came


def _students(scores: Scores) -> list[str]:
    return sorted({student for chapter in scores.values() for student in chapter})


def _about(scores: Scores, student: str) -> Mapping[str, Any]:
    return next(chapter[student] for chapter in scores.values() if student in chapter)


def _score(scores: Scores, chapter: str, student: str) -> str:
    told = scores[chapter].get(student)
    return "" if told is None else f"{round(told['score'] - told['late_penalty'], 4):g}"


def _csv(rows: Sequence[Sequence[str]], escape: bool = True) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [[_safe(cell) if escape else cell for cell in row] for row in rows]
    )
    return text.getvalue()


def _safe(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_FORMULA) and not number else cell
