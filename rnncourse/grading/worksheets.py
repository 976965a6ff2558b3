"""Moodle's grading worksheet: the CSV that an assignment's "Download grading worksheet" gives, filled in.

Moodle takes it back by the number in its first column (Moodle, mod/assign/feedback/offline/importgradeslib.php), if it
is UTF-8 with commas and has all the columns that it had. Their titles, and the word before the number, are in the
site's language: columns are found by what is in them. Only grades and, where it is known and empty, the comment are
changed. The number is another one in each assignment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnncourse.grading.grades import Exported, Graded, changes_in_words, is_same_number, students_of
from rnncourse.grading.identity import Origin
from rnncourse.grading.platforms import MOODLE, plain
from rnncourse.grading.records import GradingError
from rnncourse.grading.tables import Table, csv_of, safe

_PARTICIPANT = re.compile(r"\s*(?P<word>\D*?)\s*(?P<number>[0-9]+)\s*")
_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?")
#: The title of the grades' column in some languages, for worksheets in which several columns may be that one.
_GRADES = {
    "grade",
    "bewertung",
    "note",
    "calificación",
    "nota",
    "valutazione",
    "cijfer",
    "betyg",
    "оценка",
    "成绩",
    "成績",
}
#: The title of the comments' column in some languages; in others, comments stay as they are.
_COMMENTS = {
    "feedback comments", "feedback als kommentar", "commentaires de feedback", "comentarios de retroalimentación",
    "feedback par commentaires", "commenti", "comentários de feedback", "feedback als commentaar", "反馈评论",
    "отзыв в виде комментария",
}  # fmt: skip

#: In the column behind the largest grade, "Grade can be changed", by language: Moodle passes over such a row silently.
_LOCKED = {"no", "nein", "non", "não", "nee", "nej", "nei", "nie", "ne", "нет", "ні", "否", "いいえ", "아니오"}


def fill(
    sheet: Table, graded: Graded, column: str = "", by: str = "", comments: Mapping[str, str] | None = None
) -> Exported:
    """Moodle's grading worksheet with the grades of a chapter.

    Args:
        sheet: as Moodle gave it.
        graded: the chapter.
        column: the title of the grades' column; '' to find it.
        by: the column in which students are found whose number is not known; '' to choose one.
        comments: what to write into empty comments, by student.

    Raises:
        GradingError: it is no grading worksheet, or which column is meant is not clear.
    """
    exported = Exported(b"")
    numbers = _identifiers(sheet)
    place = _grade_column(sheet, column)
    rows = _rows_of(sheet, graded, numbers, place, by, exported)
    filled = [list(row) for row in sheet.rows]
    comment = next((at for at, title in enumerate(sheet.rows[0]) if title.strip().lower() in _COMMENTS), None)
    changed = []
    for student, row in rows.items():
        grade = graded.grades[student]
        before, filled[row][place] = filled[row][place].strip(), sheet.number(grade.cell, [filled[row][place + 1]])
        if before not in ("", "-") and not is_same_number(before, filled[row][place]):
            changed.append(f"{', '.join(filled[row][:2])} had {before}, has {filled[row][place] or 'none'}")
        if comment is not None and not filled[row][comment].strip() and comments and grade.points is not None:
            filled[row][comment] = comments.get(student, "")
    exported.look += _other_points(sheet, graded, place) + _missing(sheet, graded, rows, place)
    exported.look += _locked(sheet, rows, place, comment)
    exported.notes += changes_in_words(graded.chapter, changed)
    exported.look[:] = [f"{graded.chapter}: {words}" for words in exported.look]
    exported.notes.append(f"{graded.chapter} stands in the column {sheet.rows[0][place]!r}.")
    if (sheet.encoding, sheet.separator) != ("utf-8", ","):
        exported.notes.append("The worksheet is written in UTF-8 with commas, which is all that Moodle reads.")
    mark = sheet.mark if sheet.encoding == "utf-8" else b""
    exported.content = replace(sheet, rows=filled, encoding="utf-8", mark=mark, separator=",").content()
    return exported


# ------------------------------------------------------------------------------------------------------- columns
def _identifiers(sheet: Table) -> dict[str, int]:
    """The row of each participant's number: the first column of which every cell is one word and such a number.

    Raises:
        GradingError: there is no such column.
    """
    body = sheet.rows[1:]
    for place in range(len(sheet.rows[0])):
        found = [_PARTICIPANT.fullmatch(row[place]) for row in body]
        cells = [match for match in found if match is not None]
        words = {match["word"] for match in cells}
        numbers = {match["number"]: row for row, match in enumerate(cells, start=1)}
        if body and len(cells) == len(body) == len(numbers) and len(words) == 1 and words != {""}:
            return numbers
    raise GradingError(
        f"{sheet.path} is no grading worksheet of Moodle's: no column holds a number like 'Participant 123' in every "
        f"row. It has: {', '.join(sheet.rows[0][:8])}. Take the one from the assignment: Download grading worksheet."
    )


def _grade_column(sheet: Table, wanted: str) -> int:
    """The column of the grades: before that of the largest grade, which is one number in all rows.

    Raises:
        GradingError: there is none, or several.
    """
    head, body = [title.strip() for title in sheet.rows[0]], sheet.rows[1:]
    found = [
        place
        for place in range(1, len(head) - 1)
        if len({row[place + 1].strip() for row in body}) == 1
        and _NUMBER.fullmatch(body[0][place + 1].strip())
        and all(row[place].strip() in ("", "-") or _NUMBER.fullmatch(row[place].strip()) for row in body)
    ]
    if len(found) > 1:  # all may have the same grade so far, or an outcome stands behind the largest grade
        found = [place for place in found if head[place].lower() in _GRADES]
    if wanted:
        found = [place for place, title in enumerate(head) if title == wanted.strip()]
    if len(found) != 1:
        raise GradingError(
            f"{sheet.path} has {len(found)} columns that may be that of the grades. Name it, for example "
            f"--column Grade. There are: {', '.join(map(repr, head))}. An assignment graded by a scale has none: set "
            "its grade to points in Moodle."
        )
    if not _NUMBER.fullmatch(body[0][found[0] + 1].strip() if found[0] + 1 < len(head) else ""):
        raise GradingError(
            f"{sheet.path} has no largest grade behind the column {head[found[0]]!r}: either it is not the one of the "
            "grades, or the assignment is graded by a scale, which takes no points. Set its grade to points in Moodle."
        )
    if found[0] + 2 >= len(head):
        raise GradingError(
            f"{sheet.path} has no column behind the largest grade; Moodle refuses a worksheet without the one that "
            "says when a grade was last changed. Download it again."
        )
    return found[0]


# ---------------------------------------------------------------------------------------------------------- rows
def _rows_of(
    sheet: Table, graded: Graded, numbers: Mapping[str, int], last: int, by: str, exported: Exported
) -> dict[str, int]:
    """The row of each student: by Moodle's number if the name fits, or by one column for those without a number."""
    found: dict[str, int] = {}
    others: dict[str, str] = {}
    for student, grade in graded.grades.items():
        origin = grade.origin
        if origin is None or origin.platform != MOODLE or not origin.id:
            others[student] = (origin.id or origin.name) if origin else student
        elif origin.id not in numbers:
            exported.look.append(f"{student} has {grade.words} and no row: there is no number {origin.id}")
        elif not _is_called(sheet.rows[numbers[origin.id]], origin, last):
            exported.look.append(
                f"{student} has {grade.words}; number {origin.id} is somebody else here "
                f"({', '.join(sheet.rows[numbers[origin.id]][:2])}). Is it this assignment's worksheet?"
            )
        else:
            found[student] = numbers[origin.id]
    if others:
        found |= _by_column(sheet, graded, others, last, by, exported)
    return _one_for_each(sheet, found, exported)


def _is_called(row: Sequence[str], origin: Origin, last: int) -> bool:
    """Whether a row has the name that stood on the submission, a group's before it perhaps, or the word for those whose
    names are hidden. Without this, the number of a group, or of another assignment, would be taken for a student's."""
    named = {plain(cell) for cell in row[:last]} | {plain(m["word"]) for m in map(_PARTICIPANT.fullmatch, row) if m}
    starts = [0, *(place + 1 for place, letter in enumerate(origin.name) if letter in "-_ ")]
    tails = {plain(origin.name[start:]) for start in starts}  # a group's name or a user's may stand before it
    same = bool(tails & {name for name in named if name and not name.isdigit()})
    return same or _words(origin.name) in map(_words, row[1:last])  # some languages write the family's name first


def _words(name: str) -> list[str]:
    """The words of a name, whatever their order; none of a single word, which is told by its letters."""
    words = sorted(filter(None, map(plain, re.split(r"[\s,]+", name))))
    return words if len(words) > 1 else [name]


def _by_column(
    sheet: Table, graded: Graded, others: Mapping[str, str], last: int, by: str, exported: Exported
) -> dict[str, int]:
    """Those without a number of Moodle's, each by the one cell of the column in which most of them are."""
    head = [title.strip() for title in sheet.rows[0]]
    if by and by not in head:
        raise GradingError(f"There is no column {by!r}. There are: {', '.join(map(repr, head))}.")
    columns = [head.index(by)] if by else list(range(1, last))
    hits = {column: _hits(sheet, column, others) for column in columns}
    best = max(columns, key=lambda column: len(hits[column]), default=None)
    found = hits[best] if best is not None else {}
    if found and best is not None:
        exported.notes.append(f"Students without a number of Moodle's were found by the column {head[best]!r}.")
    exported.look += [f"{s} has {graded.grades[s].words} and no row" for s in others if s not in found]
    return found


def _hits(sheet: Table, column: int, others: Mapping[str, str]) -> dict[str, int]:
    rows: dict[str, list[int]] = {}
    for number, row in enumerate(sheet.rows[1:], start=1):
        rows.setdefault(_same(row[column]), []).append(number)
    return {s: rows[_same(value)][0] for s, value in others.items() if len(rows.get(_same(value), [])) == 1}


def _same(cell: str) -> str:
    return unicodedata.normalize("NFC", cell.strip()).casefold()


def _one_for_each(sheet: Table, found: Mapping[str, int], exported: Exported) -> dict[str, int]:
    """Each student's row; a row that two students have is neither's."""
    kept = {}
    for student, row in found.items():
        rivals = [other for other, where in found.items() if where == row]
        if len(rivals) == 1:
            kept[student] = row
        elif rivals[0] == student:
            exported.look.append(f"Several for one row, none was entered: {', '.join(rivals)} for {sheet.rows[row][0]}")
    return kept


def _missing(sheet: Table, graded: Graded, rows: Mapping[str, int], place: int) -> list[str]:
    """Who has a row and no grade, or no grade yet."""
    look = [f"{s} has {graded.grades[s].words}: an empty cell" for s in rows if graded.grades[s].points is None]
    given = set(rows.values())
    for number, row in enumerate(sheet.rows[1:], start=1):
        if number not in given and row[place].strip() in ("", "-"):
            look.append(f"{', '.join(row[:2])} has a row and no grade")
    return look


def _locked(sheet: Table, rows: Mapping[str, int], place: int, comment: int | None) -> list[str]:
    """Whose grade Moodle does not take, as the worksheet says behind the largest grade."""
    columns = [column for column in range(place + 2, len(sheet.rows[0])) if column != comment][:2]
    shut = [s for s, row in rows.items() if any(sheet.rows[row][c].strip().casefold() in _LOCKED for c in columns)]
    return [f"{student}: the worksheet says that Moodle takes no grade now; unlock it there" for student in shut]


def _other_points(sheet: Table, graded: Graded, place: int) -> list[str]:
    """Where Moodle's largest grade is another than that of the grades: Moodle would refuse some, or count them less."""
    largest = sheet.rows[1][place + 1].strip().replace(",", ".")
    if not _NUMBER.fullmatch(largest) or float(largest) == graded.possible:
        return []
    return [
        f"Moodle's largest grade is {float(largest):g}, these grades are of {graded.possible:g}. Set it in Moodle, "
        "which passes over larger grades and says nothing"
    ]


# --------------------------------------------------------------------------------------------- without a worksheet
def table_for_moodle(graded: Sequence[Graded]) -> Exported:
    """A CSV for Moodle's grade import where there is no worksheet: it can match user names and addresses only."""
    head = ["username", "firstname", "lastname", "email", *(f"{each.chapter} ({each.possible:g})" for each in graded)]
    rows, exported = [head], Exported(b"")
    for student in students_of(graded):
        grades = [each.grades.get(student) for each in graded]
        known = next(grade for grade in grades if grade is not None)
        numbered = known.origin is not None and known.origin.platform == MOODLE
        first = known.first_name or (known.origin.name if known.origin and numbered else "")
        names = ["" if numbered else student, safe(first), safe(known.last_name), known.email]
        rows.append([*names, *(grade.cell if grade else "" for grade in grades)])
        if numbered and not known.email:
            exported.look.append(f"{student}: neither user name nor address is known")
        exported.look += [f"{student} has {g.words}: an empty cell" for g in grades if g and g.points is None]
    exported.look.append(
        "Without a grading worksheet (--worksheet) nothing was compared: Moodle takes grades by its participants' "
        "numbers, which only the worksheet has"
    )
    exported.content = csv_of(rows)
    return exported
