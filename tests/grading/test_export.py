"""Grades as Canvas and Moodle import them."""

from __future__ import annotations

import csv
import io

import pytest

from rnncourse.grading import export
from rnncourse.grading.records import GradingError

from hostile.making import CHAPTER

SCORES = {
    CHAPTER: {
        "ada": {"score": 9.5, "late_penalty": 0.5, "first_name": "Ada", "last_name": "Byron", "email": "a@b.c"},
        "=cmd()": {"score": 3.0, "late_penalty": 0.0, "first_name": "", "last_name": "", "email": ""},
    }
}


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_canvas_gets_the_points_possible_in_the_second_row():
    rows = rows_of(export.canvas(SCORES, {CHAPTER: 10.0}))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CHAPTER]
    assert rows[1] == ["    Points Possible", "", "", "", "", "10"]
    assert ["Byron, Ada", "", "", "ada", "", "9"] in rows
    assert ["'=cmd()", "", "", "'=cmd()", "", "3"] in rows


def test_a_roster_of_canvas_is_filled_in_and_otherwise_kept():
    roster = "Student,ID,SIS Login ID,Section,Old (1)\n    Points Possible,,,,5\nByron,17,ada,A,4\nNobody,18,bob,A,3\n"
    rows = rows_of(export.canvas(SCORES, {CHAPTER: 10.0}, "\ufeff" + roster))
    assert rows[1] == ["    Points Possible", "", "", "", "5", "10"]
    assert rows[2] == ["Byron", "17", "ada", "A", "4", "9"]
    assert rows[3] == ["Nobody", "18", "bob", "A", "3", ""]
    with pytest.raises(GradingError, match="none of the columns"):
        export.canvas(SCORES, {CHAPTER: 10.0}, "a,b\n1,2\n")


def test_moodle_gets_the_student_in_username():
    rows = rows_of(export.moodle(SCORES, {CHAPTER: 10.0}))
    assert rows[0] == ["username", "firstname", "lastname", "email", f"{CHAPTER} (10)"]
    assert ["ada", "Ada", "Byron", "a@b.c", "9"] in rows
