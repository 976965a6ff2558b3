"""Several runners in one process: a fault of ours or of nbgrader's costs one submission only."""

from __future__ import annotations

from rnncourse.grading.gradebook import GradebookWriter, RefusedError
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import Records
from rnncourse.grading.runs import Runner

from hostile.making import CHAPTER
from made_classes import (
    LIMITS,
    expected_scores,
    make_course,
    scores_of,
)
from sandboxed import needs_sandbox


@needs_sandbox
def test_a_fault_of_the_graders_own_or_of_nbgraders_costs_one_submission_only(tmp_path, monkeypatch):
    course = make_course(tmp_path, 3)
    run, stage = Runner._judged, GradebookWriter._stage

    def fails_on_the_second(self, submission):
        if submission.student == "s01":
            raise ZeroDivisionError("ours")
        return run(self, submission)

    def refuses_the_third(self, result, staging):
        if result.student == "s02" and result.cells:
            raise RefusedError("too odd")
        return stage(self, result, staging)

    monkeypatch.setattr(Runner, "_judged", fails_on_the_second)
    monkeypatch.setattr(GradebookWriter, "_stage", refuses_the_third)
    summary = grade_class(Grading(course, [CHAPTER]), limits=LIMITS)
    assert scores_of(course) == {**expected_scores(3), "s01": 0, "s02": 0}
    assert sorted(result.student for result in summary.to_look_at) == ["s01", "s02"]
    looks = {result.student: result.look for result in Records(course).all_of(CHAPTER)}
    assert looks["s00"] == []
    assert "The grader itself failed on it (ZeroDivisionError: ours)." in looks["s01"]
    assert "nbgrader did not take the notebook: too odd" in looks["s02"]
