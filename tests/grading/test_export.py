"""Tables for people: a chapter exercise by exercise, and all chapters."""

from __future__ import annotations

import csv
import io

from rnncourse.grading.export import by_exercise, over_time
from rnncourse.grading.grades import Grade, Graded
from rnncourse.grading.identity import Origin

ADA = Origin("canvas", "lovelaceada", "1815", group="Group 1", late=True)
GRADES = {
    "ada": Grade(9.5, first_name="Ada", last_name="Lovelace", origin=ADA),
    "=cmd()": Grade(None, "not graded"),
    "王伟": Grade(3.0, origin=Origin("moodle", "王伟", "66")),
}


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_chapter_has_a_column_for_each_exercise_and_one_for_the_mistake_in_it():
    points = {"ada": {"step_test": 2.0, "run_test": 0.5}, "王伟": {"step_test": None, "run_test": 3.0}}
    content = by_exercise(Graded("01_memory_cell", 15.0, GRADES), points, {"ada": {"run": "reversed"}})
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of(content) == [
        [
            "student",
            "name",
            "number",
            "group",
            "late",
            "points (of 15)",
            "step",
            "run",
            "step: mistake",
            "run: mistake",
        ],
        ["'=cmd()", "", "", "", "", "", "", "", "", ""],
        ["ada", "Ada Lovelace", "1815", "Group 1", "late", "9.5", "2", "0.5", "", "reversed"],
        ["王伟", "王伟", "66", "", "", "3", "", "3", "", ""],
    ]


def test_over_time_a_student_has_one_row_and_a_column_for_each_chapter():
    first, second = Graded("01_memory_cell", 15.0, GRADES), Graded("03_manual_rnn", 10.0, {"ada": Grade(10.0)})
    assert rows_of(over_time([first, second])) == [
        ["student", "name", "number", "01_memory_cell (of 15)", "03_manual_rnn (of 10)", "points", "chapters"],
        ["'=cmd()", "", "", "", "", "0", "1"],
        ["ada", "Ada Lovelace", "1815", "9.5", "10", "19.5", "2"],
        ["王伟", "王伟", "66", "3", "", "3", "1"],
    ]
