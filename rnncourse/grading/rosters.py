"""Canvas's gradebook: the CSV that it exports, filled in and otherwise as it came.

A row is found by the student's number, which stands in the column ID. A cell is changed only in the column of the
chapter's assignment, ``Title (12345)``. Canvas reads what is in it by that number (Canvas, lib/gradebook_importer.rb).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnncourse.grading.grades import Exported, Grade, Graded, changes_in_words, is_same_number, students_of
from rnncourse.grading.platforms import CANVAS, plain
from rnncourse.grading.records import GradingError
from rnncourse.grading.tables import Table, csv_of, safe

_ID = "ID"
#: Where what a student's folder is called may stand, if it is no number of Canvas's.
_LOGINS = ("SIS Login ID", "SIS User ID", "Integration ID")
_POINTS = "Points Possible"
_ASSIGNMENT = re.compile(r"(?P<title>.*\S)\s*\((?P<number>[0-9]+)\)\s*", re.DOTALL)
#: What stands in a cell of a student who is excused, and of one who was not given the assignment.
_EXCUSED, _NOT_GIVEN = "EX", "N/A"
_TEST_STUDENT = "Student, Test"
_READ_ONLY = re.compile(r"read\s+only")


@dataclass
class _Filling:
    """A gradebook of Canvas's while it is filled in."""

    rows: list[list[str]]
    head: list[str]
    students: list[int]
    notes: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)

    def named(self, row: int) -> str:
        """A row's student, in words."""
        return f"{self.rows[row][0].strip()} ({self.rows[row][self.head.index(_ID)].strip()})"


def fill(roster: Table, graded: Sequence[Graded], columns: Sequence[str] = (), by: str = "") -> Exported:
    """Canvas's gradebook with the grades of some chapters.

    Args:
        roster: as Canvas exported it.
        graded: the chapters.
        columns: the assignment of each, by its title or its number; none to find them by the chapters' names.
        by: the column in which students are found whose number is not known; '' to choose one.

    Raises:
        GradingError: it is no gradebook of Canvas's, or which column is meant is not clear.
    """
    head = [title.strip() for title in roster.rows[0]]
    if _ID not in head:
        raise GradingError(
            f"{roster.path} has no column {_ID}, by which students are found. It has: {', '.join(head[:8])}. "
            "Export the gradebook from Canvas again."
        )
    places = [head.index(title) for title in (_ID, *_LOGINS) if title in head]
    students = [number for number, row in enumerate(roster.rows) if number and any(row[p].strip() for p in places)]
    filling = _Filling([list(row) for row in roster.rows], head, students, look=_spoilt_numbers(roster, head))
    if columns and len(columns) != len(graded):
        raise GradingError(
            f"{len(columns)} columns are named for {len(graded)} chapters: one for each, in their order."
        )
    for number, each in enumerate(graded):
        column = _column(filling, each, columns[number] if columns else "")
        _fill_column(roster, filling, each, column, _rows_of(filling, each.grades, by))
    filling.notes = list(dict.fromkeys(filling.notes))
    return Exported(roster.with_rows(filling.rows).content(), filling.notes, filling.look)


def _spoilt_numbers(roster: Table, head: Sequence[str]) -> list[str]:
    """Where a spreadsheet has written Canvas's numbers in a way of its own, 1.01E+02 or 101.0."""
    cells = [row[head.index(_ID)].strip() for row in roster.rows[1:]]
    spoilt = [cell for cell in cells if re.fullmatch(r"[0-9]+[.,][0-9]+(E\+?[0-9]+)?|[0-9]+E\+?[0-9]+", cell)]
    return [
        f"The column {_ID} holds {cell!r}, which is no number of Canvas's: a spreadsheet has changed it. Export the "
        "gradebook again, and do not open it in between"
        for cell in spoilt[:1]
    ]


# ------------------------------------------------------------------------------------------------------ the rows
def _rows_of(filling: _Filling, grades: Mapping[str, Grade], by: str) -> dict[str, int]:
    """The row of each student: by Canvas's number, or by one column for those without one."""
    numbered = {s: g.origin.id for s, g in grades.items() if g.origin and g.origin.platform == CANVAS and g.origin.id}
    others = {student: _login(student, grade) for student, grade in grades.items() if student not in numbered}
    found = _find(filling, numbered, filling.head.index(_ID))
    if others:
        found |= _find(filling, others, _login_column(filling, others, by))
    several = {row for row, count in Counter(found.values()).items() if count > 1}
    for row in sorted(several):
        names = ", ".join(student for student, where in found.items() if where == row)
        filling.look.append(f"Several for one row, none was entered: {names} for {filling.named(row)}")
    return {student: row for student, row in found.items() if row not in several}


def _login(student: str, grade: Grade) -> str:
    """What a student without a number of Canvas's may be found by."""
    return grade.origin.id or grade.origin.name if grade.origin else student


def _find(filling: _Filling, wanted: Mapping[str, str], column: int) -> dict[str, int]:
    """The rows whose cell in a column is what is wanted, where there is one such row."""
    rows: dict[str, list[int]] = {}
    for row in filling.students:
        rows.setdefault(_same(filling.rows[row][column]), []).append(row)
    found = {student: rows.get(_same(value), []) for student, value in wanted.items()}
    for student, places in found.items():
        if len(places) > 1:
            names = ", ".join(filling.named(row) for row in places)
            filling.look.append(f"Several rows for one, none was filled: {student} in {names}")
    return {student: places[0] for student, places in found.items() if len(places) == 1}


def _same(cell: str) -> str:
    return unicodedata.normalize("NFC", cell.strip()).casefold()


def _login_column(filling: _Filling, others: Mapping[str, str], by: str) -> int:
    """The one column in which those without a number are looked for.

    Raises:
        GradingError: the column that was named is not there, or two columns say different things.
    """
    if by:
        if by not in filling.head:
            raise GradingError(f"There is no column {by!r}. There is: {', '.join(filling.head[:8])}.")
        return filling.head.index(by)
    wanted = {_same(value) for value in others.values()}
    hits = {
        title: {row for row in filling.students if _same(filling.rows[row][filling.head.index(title)]) in wanted}
        for title in (*_LOGINS, _ID)
        if title in filling.head
    }
    best = max(hits, key=lambda title: len(hits[title]))
    rivals = [title for title in hits if hits[title] - hits[best]]
    if rivals:
        raise GradingError(
            f"Students without a number of Canvas's are found in the column {best!r}, and others of the same name in "
            f"{' and '.join(map(repr, rivals))}. Say which counts: --by {best!r}"
        )
    if hits[best]:
        filling.notes.append(f"Students without a number of Canvas's were found by the column {best!r}.")
    return filling.head.index(best)


# ---------------------------------------------------------------------------------------------------- the column
def _column(filling: _Filling, graded: Graded, wanted: str) -> int:
    """The column of a chapter's assignment; a new one where none has its name and none was asked for.

    Raises:
        GradingError: there is none of the name that was asked for, or several.
    """
    titles = {place: match for place, t in enumerate(filling.head) if (match := _ASSIGNMENT.fullmatch(t))}
    if wanted:
        asked = wanted.strip()
        found = [p for p, m in titles.items() if asked in (filling.head[p], m["number"], m["title"])]
    else:
        names = {plain(graded.chapter), plain(graded.chapter.partition("_")[2])}
        found = [place for place, match in titles.items() if plain(match["title"]) in names]
    if len(found) == 1:
        filling.notes.append(f"{graded.chapter} stands in the column {filling.head[found[0]]!r}.")
        return found[0]
    there = ", ".join(repr(filling.head[place]) for place in titles) or "none"
    if found or wanted:
        raise GradingError(
            f"{len(found)} assignments are called {wanted or graded.chapter!r}, expected one. Name it by its number, "
            f"for example --column 12345. There are: {there}."
        )
    filling.look.append(
        f"No assignment of the gradebook is called {graded.chapter}: a new column was added, of which Canvas makes a "
        f"new assignment. If it is one of these, name it with --column: {there}"
    )
    return _new_column(filling, graded)


def _new_column(filling: _Filling, graded: Graded) -> int:
    for number, row in enumerate(filling.rows):
        points = f"{graded.possible:g}" if _POINTS in row[0] else ""
        row.append(graded.chapter if number == 0 else points)
    filling.head.append(graded.chapter)
    return len(filling.head) - 1


def _fill_column(roster: Table, filling: _Filling, graded: Graded, column: int, rows: Mapping[str, int]) -> None:
    """Enter grades; what was not entered is named, whichever side it is missing on."""
    look, changed = _other_points(filling, graded, column), []
    shown = [cell for row in roster.rows[1:] for cell in row]
    for student, grade in graded.grades.items():
        row = filling.rows[rows[student]] if student in rows else None
        if row is None:
            look.append(f"{student} has {grade.words} and no row")
        elif row[column].strip() in (_EXCUSED, _NOT_GIVEN):
            look.append(f"{student} has {grade.words}; the cell says {row[column].strip()} and was left so")
        else:
            before, row[column] = row[column].strip(), roster.number(grade.cell, shown)
            if before and not is_same_number(before, row[column]):
                changed.append(f"{filling.named(rows[student])} had {before}, has {row[column] or 'none'}")
            look += [f"{student} has {grade.words}: an empty cell"] if grade.points is None else []
            look += [f"{student}: {_group_words(grade, row)}"] if _is_a_groups(grade, row) else []
    given = set(rows.values())
    for place in filling.students:
        if place not in given and not filling.rows[place][column].strip() and filling.rows[place][0] != _TEST_STUDENT:
            look.append(f"{filling.named(place)} has a row and no grade")
    filling.notes += changes_in_words(graded.chapter, changed)
    filling.look += [f"{graded.chapter}: {words}" for words in look]


def _other_points(filling: _Filling, graded: Graded, column: int) -> list[str]:
    """Where Canvas counts other points than the grades, or takes none in this column."""
    cells = [row[column].strip().replace(",", ".") for row in filling.rows if _POINTS in row[0]]
    title = filling.head[column]
    shut = [f"Canvas takes no grades in the column {title!r}: it is read only" for c in cells if _READ_ONLY.search(c)]
    return shut + [
        f"Canvas has {cell} points possible, these grades are of {graded.possible:g}. Set them in Canvas, too"
        for cell in cells
        if re.fullmatch(r"[0-9]+(\.[0-9]*)?", cell) and float(cell) != graded.possible
    ]


def _is_a_groups(grade: Grade, row: Sequence[str]) -> bool:
    """Whether the file of a submission seems to carry a group's name: it is not the name of the row."""
    origin = grade.origin
    alone = origin is not None and origin.platform == CANVAS and not origin.group and not origin.id.startswith("anon_")
    return alone and origin is not None and plain(origin.name) not in (plain(row[0]), plain(row[0] + row[1]))


def _group_words(grade: Grade, row: Sequence[str]) -> str:
    name = grade.origin.name if grade.origin else ""
    return f"the file carried the name {name!r}, the row says {row[0]!r}. A group's? collect --groups gives it to all"


# ------------------------------------------------------------------------------------------------ without a roster
def table_for_canvas(graded: Sequence[Graded]) -> Exported:
    """A CSV for Canvas's gradebook import where no gradebook was exported: students by their numbers, where known."""
    head = ["Student", _ID, "SIS User ID", "SIS Login ID", "Section", *(each.chapter for each in graded)]
    points = ["    " + _POINTS, "", "", "", "", *(f"{each.possible:g}" for each in graded)]
    rows, exported = [head, points], Exported(b"")
    for student in students_of(graded):
        grades = [each.grades.get(student) for each in graded]
        known = next(grade for grade in grades if grade is not None)
        number = known.origin.id if known.origin and known.origin.platform == CANVAS else ""
        names = f"{known.last_name}, {known.first_name}".strip(", ") or (known.origin.name if known.origin else student)
        login = "" if number else student
        rows.append([safe(names), number, "", login, "", *(grade.cell if grade else "" for grade in grades)])
        exported.look += [f"{student} has {g.words}: an empty cell" for g in grades if g and g.points is None]
    exported.look.append(
        "Without Canvas's own gradebook (--roster) nothing was compared, and Canvas makes new assignments of these "
        "columns"
    )
    exported.content = csv_of(rows)
    return exported
