"""Tables for people: how a class did exercise by exercise, and over the chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncourse.grading.grades import Grade, Graded, students_of
from rnncourse.grading.tables import MARK, csv_of, safe
from rnncourse.notebooks.files import TEST_SUFFIX

_WHO = ("student", "name", "number", "group", "late")


def by_exercise(
    graded: Graded,
    points: Mapping[str, Mapping[str, float | None]],
    mistakes: Mapping[str, Mapping[str, str]],
) -> bytes:
    """A chapter as a CSV: a row a student, a column an exercise with its points, and one with the mistake made in it.

    Args:
        graded: the chapter.
        points: what each student has in each graded cell; None where a person has to grade it yet.
        mistakes: the recognised mistake of each student in each exercise.
    """
    cells = list(dict.fromkeys(cell for each in points.values() for cell in each))
    names = [cell.removesuffix(TEST_SUFFIX) for cell in cells]
    head = [*_WHO, f"points (of {graded.possible:g})", *names, *(f"{name}: mistake" for name in names)]
    rows = [head]
    for student in sorted(graded.grades):
        grade = graded.grades[student]
        earned = [Grade(points.get(student, {}).get(cell)).cell for cell in cells]
        made = [mistakes.get(student, {}).get(name, "") for name in names]
        rows.append([*_who(student, grade), grade.cell, *earned, *made])
    return MARK + csv_of(rows)


def over_time(graded: Sequence[Graded]) -> bytes:
    """All chapters as a CSV: a row a student, a column a chapter, then their sum and how many were handed in."""
    rows = [[*_WHO[:3], *(f"{each.chapter} (of {each.possible:g})" for each in graded), "points", "chapters"]]
    for student in students_of(graded):
        grades = [each.grades.get(student) for each in graded]
        there = [grade for grade in grades if grade is not None]
        total = Grade(sum(grade.points for grade in there if grade.points is not None))
        cells = [grade.cell if grade is not None else "" for grade in grades]
        rows.append([*_who(student, there[0])[:3], *cells, total.cell, str(len(there))])
    return MARK + csv_of(rows)


def _who(student: str, grade: Grade) -> list[str]:
    """A student in words: folder, name, the platform's number, group, and whether it was handed in late."""
    origin = grade.origin
    name = f"{grade.first_name} {grade.last_name}".strip() or (origin.name if origin else "")
    if origin is None:
        return [safe(student), safe(name), "", "", ""]
    late = {True: "late", False: "in time", None: ""}[origin.late]
    return [safe(student), safe(name), origin.id, safe(origin.group), late]
