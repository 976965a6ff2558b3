"""Several runners in one process: a fault of ours or of nbgrader's costs one submission only."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from rnncourse.grading import workers
from rnncourse.grading.gradebook import GradebookWriter, RefusedError
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import Records
from rnncourse.grading.runs import Result, Runner
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import HandedIn, Submission

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


# ------------------------------------------------------------------------------------------- without a sandbox
class FakeCrew:
    """Gives a result for every submission at once, but for those that the test has something else for."""

    instead: ClassVar[dict[str, BaseException]] = {}

    def __init__(self, *arguments):
        self.closed = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.closed = True

    def result_of(self, submission, slot):
        if submission.student in self.instead:
            raise self.instead[submission.student]
        return Result(submission.student, CHAPTER, "", [], [])


def handed_in(folder: Path, count: int) -> list[HandedIn]:
    return [HandedIn(f"s{number}", CHAPTER, folder) for number in range(count)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_submission_is_read_once_and_has_one_result(tmp_path, monkeypatch, jobs):
    monkeypatch.setattr(workers, "Crew", FakeCrew)
    read = []

    def load(each):
        read.append(each.student)
        return Submission(each.student, CHAPTER, ())

    found = list(workers.results_here(handed_in(tmp_path, 20), load, jobs, LIMITS, 1, False))
    assert sorted(result.student for result in found) == sorted(read) == sorted(f"s{n}" for n in range(20))


def test_few_are_read_ahead_of_what_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "Crew", FakeCrew)
    read = []

    def load(each):
        read.append(each.student)
        return Submission(each.student, CHAPTER, ())

    results = workers.results_here(handed_in(tmp_path, 50), load, 2, LIMITS, 1, False)
    next(results)
    results.close()
    assert 1 <= len(read) <= 10  # two at work, four done, and those that were under way


def test_an_error_of_a_worker_comes_out(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "Crew", FakeCrew)
    monkeypatch.setattr(FakeCrew, "instead", {"s3": SandboxError("no sandbox any more")})
    found = workers.results_here(
        handed_in(tmp_path, 6), lambda each: Submission(each.student, CHAPTER, ()), 1, LIMITS, 1, False
    )
    assert [next(found).student for _ in range(3)] == ["s0", "s1", "s2"]
    with pytest.raises(SandboxError, match="no sandbox any more"):
        next(found)


class Attempts(Runner):
    """A runner that fails as often as the test says."""

    left: ClassVar[list[Exception]] = []

    def __init__(self, *arguments):
        pass

    def result_of(self, submission):
        if self.left:
            raise self.left.pop()
        return Result(submission.student, CHAPTER, "", [], [])


class FakeNursery:
    made = 0

    def __init__(self, sandboxed):
        type(self).made += 1

    def wait(self):
        pass

    def close(self):
        pass


@pytest.mark.parametrize(
    ("errors", "nurseries", "look"),
    [
        ([ZeroDivisionError("ours")], 1, []),
        ([ZeroDivisionError("ours")] * 2, 1, ["The grader itself failed on it (ZeroDivisionError: ours)."]),
        ([SandboxError("gone")], 2, []),
    ],
)
def test_once_may_be_bad_luck(monkeypatch, errors, nurseries, look):
    monkeypatch.setattr(workers, "Nursery", FakeNursery)
    monkeypatch.setattr(workers, "Runner", Attempts)
    monkeypatch.setattr(FakeNursery, "made", 0)
    monkeypatch.setattr(Attempts, "left", list(errors))
    crew = workers.Crew(LIMITS, 1, False)
    assert crew.result_of(Submission("ada", CHAPTER, ()), 0).look == look
    assert FakeNursery.made == nurseries


def test_a_sandbox_that_fails_twice_ends_the_run(monkeypatch):
    monkeypatch.setattr(workers, "Nursery", FakeNursery)
    monkeypatch.setattr(workers, "Runner", Attempts)
    monkeypatch.setattr(Attempts, "left", [SandboxError("gone"), SandboxError("gone")])
    with pytest.raises(SandboxError, match="gone"):
        workers.Crew(LIMITS, 1, False).result_of(Submission("ada", CHAPTER, ()), 0)
