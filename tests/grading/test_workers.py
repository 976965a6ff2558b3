"""Several runners in one process: a fault of ours or of nbgrader's costs one submission only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import pytest
import zmq

from rnncourse.grading import runs, workers
from rnncourse.grading.gradebook import GradebookWriter, RefusedError
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import Records
from rnncourse.grading.runs import JudgingError, Result, Runner
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
def test_g1_a_fault_of_ours_or_of_nbgraders_leaves_one_submission_ungraded_until_it_is_mended(tmp_path, monkeypatch):
    course = make_course(tmp_path, 3)
    run, stage = Runner._judged, GradebookWriter._stage

    def fails_on_the_second(self, submission):
        if submission.student == "s01":
            raise ZeroDivisionError("ours")
        return run(self, submission)

    def refuses_the_third(self, result, submitted):
        if result.student == "s02":
            raise RefusedError("too odd")
        return stage(self, result, submitted)

    with monkeypatch.context() as broken:
        broken.setattr(Runner, "_judged", fails_on_the_second)
        broken.setattr(GradebookWriter, "_stage", refuses_the_third)
        summary = grade_class(Grading(course, [CHAPTER]), limits=LIMITS)
    expected = expected_scores(3)
    assert scores_of(course) == {"s00": expected["s00"]}
    told = {result.student: result.fault for result in summary.ungraded}
    assert told == {"s01": "The grader itself failed on it (ZeroDivisionError: ours).", "s02": "too odd"}
    assert "ZeroDivisionError: ours" in summary.report.read_text()
    assert [(result.student, result.verdicts) for result in Records(course).ungraded(CHAPTER)] == [
        ("s01", []), ("s02", []),
    ]  # fmt: skip
    healed = grade_class(Grading(course, [CHAPTER]), limits=LIMITS)
    assert (healed.unchanged, healed.ungraded) == (1, [])
    assert scores_of(course) == expected


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

    def close(self):
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

    def leave_place(self, slot):
        pass


@pytest.fixture
def crew(monkeypatch):
    monkeypatch.setattr(workers, "Nursery", FakeNursery)
    monkeypatch.setattr(workers, "Runner", Attempts)
    monkeypatch.setattr(FakeNursery, "made", 0)
    return workers.Crew(LIMITS, 1, False)


@pytest.mark.parametrize(
    ("errors", "nurseries", "fault"),
    [
        ([JudgingError("ours")], 1, ""),
        ([ZeroDivisionError("ours")], 2, ""),
        ([ZeroDivisionError("ours")] * 2, 2, "The grader itself failed on it (ZeroDivisionError: ours)."),
        ([SandboxError("gone")], 2, ""),
        ([SandboxError("gone")] * 2, 2, "gone"),
    ],
)
def test_g1_once_may_be_bad_luck_and_twice_is_a_fault(crew, monkeypatch, errors, nurseries, fault):
    monkeypatch.setattr(Attempts, "left", list(errors))
    found = crew.result_of(Submission("ada", CHAPTER, ()), 0)
    assert (found.fault, FakeNursery.made) == (fault, nurseries)
    assert bool(found.log) == bool(fault)


def test_g1_a_kernel_that_does_not_start_does_not_end_the_run(crew, monkeypatch):
    monkeypatch.setattr(Attempts, "left", [SandboxError("A kernel does not start")] * 2)
    students = [crew.result_of(Submission(name, CHAPTER, ()), 0) for name in ("ada", "bob")]
    assert [result.fault for result in students] == ["A kernel does not start", ""]


def test_where_no_sandbox_can_be_made_any_more_the_run_ends(crew, monkeypatch):
    def fails(self, sandboxed):
        raise OSError("no room")

    monkeypatch.setattr(FakeNursery, "__init__", fails)
    monkeypatch.setattr(Attempts, "left", [SandboxError("gone")] * 9)
    assert "no room" in crew.result_of(Submission("ada", CHAPTER, ()), 0).fault
    with pytest.raises(SandboxError, match=r"No sandbox can be made any more: .*no room"):
        crew.result_of(Submission("bob", CHAPTER, ()), 0)


def test_g1_a_nursery_that_fails_to_start_once_costs_nobody_else_a_grade(crew, monkeypatch):
    wait, waited = FakeNursery.wait, []

    def fails_once(self):
        waited.append(self)
        if len(waited) == 1:
            raise OSError("no room for a moment")
        wait(self)

    monkeypatch.setattr(FakeNursery, "wait", fails_once)
    monkeypatch.setattr(Attempts, "left", [SandboxError("gone")])
    found = [crew.result_of(Submission(student, CHAPTER, ()), 0).fault for student in ("ada", "bob")]
    assert "no room for a moment" in found[0]
    assert found[1] == ""


def test_g1_what_a_neighbour_breaks_down_is_no_attempt_of_ones_own(crew, monkeypatch):
    """Each time that Ada's runner fails, the nursery has been given up by another's."""
    fails = [SandboxError("gone"), ValueError("seek of closed file"), SandboxError("gone")]

    def result_of(self, submission):
        if fails:
            crew._give_up(crew._nursery)
            raise fails.pop()
        return Result(submission.student, CHAPTER, "", [], [])

    monkeypatch.setattr(Attempts, "result_of", result_of)
    assert crew.result_of(Submission("ada", CHAPTER, ()), 0).fault == ""


def test_g1_what_failing_kernels_leave_open_does_not_add_up(monkeypatch):
    """A grader of a large class once had a thousand files open, of kernels that had been given up."""

    opened, contexts, sockets = [], [], []

    def start_kernel(self, **confined):
        contexts.append(self.context)
        sockets.append(self.context.socket(zmq.DEALER))
        raise SandboxError("gone")

    monkeypatch.setattr(workers, "Nursery", FakeNursery)
    monkeypatch.setattr(runs.KernelManager, "start_kernel", start_kernel)
    crew = workers.Crew(LIMITS, 1, False)
    for number in range(12):
        assert crew.result_of(Submission(f"s{number}", CHAPTER, ()), number % 3).fault == "gone"
        opened.append(len(os.listdir("/proc/self/fd")))
    assert max(opened) <= opened[0] + 2
    assert all(each.closed for each in contexts + sockets)


@pytest.mark.parametrize("error", [RecursionError("too deep"), PermissionError(13, "no", "x"), UnicodeError("odd")])
def test_g1_a_submission_that_cannot_be_read_is_ungraded_and_the_next_is_read(tmp_path, monkeypatch, error):
    def load(each):
        if each.student == "s1":
            raise error
        return Submission(each.student, CHAPTER, ())

    monkeypatch.setattr(workers, "Crew", FakeCrew)
    found = list(workers.results_here(handed_in(tmp_path, 4), load, 2, LIMITS, 1, False))
    assert sorted(r.student for r in found) == ["s0", "s1", "s2", "s3"]
    assert [r.student for r in found if type(error).__name__ in r.fault] == ["s1"]
