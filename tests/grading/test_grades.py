"""The grades of a class as they go out, from what the gradebook says."""

from __future__ import annotations

import time

import pytest

from rnncourse.grading import grades
from rnncourse.grading.grades import Grade, in_words, read_grades, students_of
from rnncourse.grading.identity import Origin, Origins
from rnncourse.grading.records import Records
from rnncourse.grading.runs import not_run, ungraded
from rnncourse.grading.submissions import Submission

from hostile.making import CHAPTER


def told(score, penalty=0.0, manual=False, most=15.0):
    return {"score": score, "max_score": most, "late_penalty": penalty, "first_name": "", "last_name": "", "email": "",
            "needs_manual_grade": manual}  # fmt: skip


def test_grades_are_never_negative_and_what_waits_for_a_person_is_none(tmp_path, monkeypatch):
    scores = {"a": told(9.5, 0.5), "late": told(1, 2), "essay": told(4, manual=True)}
    monkeypatch.setattr(grades, "read_scores", lambda course, chapter: scores)
    origin = Origin("canvas", "a", "1")
    Origins(tmp_path).keep(CHAPTER, {"a": origin})
    graded = read_grades(tmp_path, CHAPTER)
    assert (graded.chapter, graded.possible) == (CHAPTER, 15)
    assert graded.grades["a"] == Grade(9.0, origin=origin)
    assert graded.grades["late"].cell == "0"
    assert graded.grades["essay"].cell == ""
    assert graded.grades["essay"].words == "no grade yet (a person has to grade a cell of it: formgrader)"
    assert students_of([graded]) == ["a", "essay", "late"]


def test_what_was_handed_in_anew_or_never_graded_has_no_grade(tmp_path, monkeypatch):
    monkeypatch.setattr(grades, "read_scores", lambda course, chapter: {name: told(9) for name in ("a", "b", "c", "d")})
    for student in ("a", "b", "c", "d", "fault", "new"):
        (tmp_path / "submitted" / student / CHAPTER).mkdir(parents=True)
    records = Records(tmp_path)
    for student in ("a", "b", "d"):
        records.mark_recorded(not_run(Submission(student, CHAPTER, ()), ""))
    records.save(ungraded(Submission("fault", CHAPTER, ()), "the kernel did not start"))
    now = time.time()
    Origins(tmp_path).keep(CHAPTER, {"a": Origin("canvas", "a", "1", put=now - 9), "b": Origin("x", "b", put=now + 9)})
    assert {student: grade.words for student, grade in read_grades(tmp_path, CHAPTER).grades.items()} == {
        "a": "9 points", "c": "9 points", "d": "9 points",
        "b": "no grade yet (handed in anew since it was graded: rnncourse grade)",
        "fault": "no grade yet (the kernel did not start)",
        "new": "no grade yet (it has not been graded: rnncourse grade)",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("points", "cell"),
    [(0.0, "0"), (10.0, "10"), (100.0, "100"), (9.5, "9.5"), (1 / 3, "0.3333"), (1234567.25, "1234567.25"), (None, "")],
)
def test_points_stand_in_a_cell_as_a_plain_number(points, cell):
    assert Grade(points).cell == cell


def test_a_comment_says_what_each_exercise_earned():
    assert in_words({"a": {"neuron_step_test": 2.0, "run_neuron_test": 0.5, "essay": None}}) == {
        "a": "neuron_step: 2; run_neuron: 0.5"
    }
