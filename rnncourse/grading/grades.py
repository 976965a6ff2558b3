"""The grades of a class as they go out: points or the reason why there are none, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from rnncourse.grading.gradebook import load_config, read_scores
from rnncourse.grading.identity import Origin, Origins
from rnncourse.grading.records import Records
from rnncourse.grading.sources import usual_worth
from rnncourse.grading.submissions import find_submissions
from rnncourse.notebooks.files import TEST_SUFFIX

_CHANGES_SHOWN = 20


@dataclass(frozen=True)
class Grade:
    """What one student gets for one chapter.

    Attributes:
        points: never negative; None where there is no grade yet.
        why: there is none, or ''.
        first_name, last_name, email: as the gradebook has them.
        origin: whose it is in the platform's own words, where that is known.
    """

    points: float | None
    why: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    origin: Origin | None = None

    @property
    def cell(self) -> str:
        """The points as a table holds them; an empty cell where there are none."""
        return "" if self.points is None else f"{self.points:.4f}".rstrip("0").rstrip(".")

    @property
    def words(self) -> str:
        """The points, or why there are none, in words."""
        return f"no grade yet ({self.why})" if self.points is None else f"{self.cell} points"


@dataclass(frozen=True)
class Graded:
    """The grades of one chapter.

    Attributes:
        chapter: which.
        possible: the points that can be earned.
        grades: by the student's folder.
    """

    chapter: str
    possible: float
    grades: Mapping[str, Grade]

    @property
    def has_points(self) -> bool:
        """Whether anybody has a grade."""
        return any(grade.points is not None for grade in self.grades.values())


@dataclass
class Exported:
    """A table for a platform, and what there is to say about it.

    Attributes:
        content: of the file.
        notes: how it was made.
        look: what a person has to look at: who has a grade and no row, a row and no grade, and so on.
    """

    content: bytes
    notes: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)


def read_grades(course: Path, chapter: str) -> Graded:
    """The grades of a chapter as the gradebook has them.

    Raises:
        GradingError: the gradebook, or what is kept of whose submissions are, cannot be read.
    """
    origins, scores = Origins(course).of(chapter), read_scores(course, chapter)
    whys = _why_not(course, chapter, scores, origins)
    grades = {student: Grade(None, why, origin=origins.get(student)) for student, why in whys.items()}
    for student, told in scores.items():
        why = "a person has to grade a cell of it: formgrader" if told["needs_manual_grade"] else whys.get(student, "")
        grades[student] = Grade(
            None if why else max(0.0, told["score"] - told["late_penalty"]), why,
            told["first_name"], told["last_name"], told["email"], origins.get(student),
        )  # fmt: skip
    points = [float(told["max_score"]) for told in scores.values() if told["max_score"]]
    return Graded(chapter, max(points, default=sum(usual_worth(chapter).values())), grades)


def _why_not(course: Path, chapter: str, graded: Collection[str], origins: Mapping[str, Origin]) -> dict[str, str]:
    """Why students who handed in have no grade, or none of what they handed in last."""
    directories, records = CourseDirectory(config=load_config(course)), Records(course)
    whys = {}
    for handed_in in find_submissions(course / directories.submitted_directory, chapter):
        student = handed_in.student
        if student not in graded:
            whys[student] = "it has not been graded: rnncourse grade"
        elif student in origins:
            with suppress(OSError):  # graded by nbgrader alone
                if records.result_path(student, chapter).stat().st_mtime < origins[student].put:
                    whys[student] = "handed in anew since it was graded: rnncourse grade"
    return whys | {result.student: result.fault for result in records.ungraded(chapter)}


def in_words(points: Mapping[str, Mapping[str, float | None]]) -> dict[str, str]:
    """What each student has in each graded cell, as a comment that they read."""
    return {
        student: "; ".join(
            f"{cell.removesuffix(TEST_SUFFIX)}: {earned:g}" for cell, earned in cells.items() if earned is not None
        )
        for student, cells in points.items()
    }


def changes_in_words(chapter: str, changed: Sequence[str]) -> list[str]:
    """A note on the cells of a table that held other points before, each in words; none where there is no such cell."""
    shown = "; ".join(changed[:_CHANGES_SHOWN]) + ("; …" if len(changed) > _CHANGES_SHOWN else "")
    return [f"{chapter}: of those who had other points before ({len(changed)}): {shown}."] if changed else []


def is_same_number(cell: str, other: str) -> bool:
    """Whether two cells hold the same number, to the hundredth that platforms show."""
    try:
        return abs(float(cell.replace(",", ".")) - float(other.replace(",", "."))) < 0.005 + 1e-9
    except ValueError:
        return cell == other


def students_of(graded: Sequence[Graded]) -> list[str]:
    """Every student who is in one of these chapters, by folder."""
    return sorted({student for each in graded for student in each.grades})
