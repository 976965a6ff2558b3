"""Grading a class: what is graded and what is not, what stands in the way, killed and resumed."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnncourse.grading import workers
from rnncourse.grading.gradebook import GradebookWriter
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import not_run, ungraded
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import find_submissions

from hostile.making import CHAPTER
from made_classes import (
    ESSAY,
    FULL,
    LIMITS,
    SHARES,
    ReadyCrew,
    change_source,
    command,
    draft_of,
    everything_of,
    expected_scores,
    make_course,
    own_cell,
    refused,
    run_command,
    scores_of,
)
from sandboxed import needs_sandbox


@needs_sandbox
def test_the_gradebook_holds_what_each_earned(graded):
    course, said = graded
    assert scores_of(course) == expected_scores(3)
    assert re.search(rf"{CHAPTER}.*3", said)


@needs_sandbox
def test_unchanged_submissions_are_not_run_again_and_changed_ones_are(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    draft_of(course, "s02").solve().write()
    done = run_command(course)
    assert "2 unchanged" in done.stdout
    assert scores_of(course) == {**expected_scores(3), "s02": FULL}


@needs_sandbox
def test_what_stands_in_the_way_is_said_in_one_line(tmp_path):
    course = make_course(tmp_path, 1)
    assert "There is no submission of zoe" in refused(course, "--student", "zoe")
    (course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb").rename(tmp_path / "away.ipynb")
    assert "cannot be used: There is no such file" in refused(course)
    (tmp_path / "away.ipynb").rename(course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb")
    (course / "gradebook.db").write_text("this is no database, and it is long enough to look like one")
    assert "gradebook.db cannot be used" in refused(course)
    (course / "gradebook.db").unlink()
    assert not (course / ".grading").exists()
    (course / ".grading").write_text("a file")
    assert ".grading cannot be written to" in refused(course)


@pytest.mark.long
@needs_sandbox
def test_g10_own_tests_run_beside_the_answers_and_essays_wait_for_a_person(tmp_path):
    """The test uses a function of the package's which the exercises withhold; Bob's own answer ends the kernel."""
    course = make_course(tmp_path, 0)
    check = own_cell("check", "assert rnncourse.neuron_step(0, 0, 1, 1, -1) == neuron_step(0, 0, 1, 1, -1)\n1.5",
                     grade=True, locked=True, points=2)  # fmt: skip
    change_source(course, ESSAY, check, removed=("cell_shapes", "cell_shapes_test"), neuron_step_test=3)
    draft_of(course, "ada").solve().add("I think so.", -1, markdown=True).write()
    draft_of(course, "bob").solve(neuron_step="import os\nos._exit(1)").write()
    done = run_command(course)
    assert done.returncode == 1, done.stderr
    line = (
        "neuron_step is worth 3 (1 in the package); cell_shapes is not asked for; essay is a cell of your own, 5 points"
    )
    assert line in " ".join(done.stdout.split())
    assert "2 wait for a person's points" in done.stdout
    ours = FULL - 2 + 2
    assert scores_of(course) == {"ada": ours + 1.5, "bob": 0}
    again = run_command(course)
    assert (again.returncode, "2 unchanged" in again.stdout) == (1, True)


def test_without_bubblewrap_it_refuses_and_says_what_to_do(tmp_path, monkeypatch):
    course = make_course(tmp_path, 1)
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))
    assert "bubblewrap is not installed" in refused(course)


@pytest.mark.long
def test_without_a_sandbox_it_grades_the_same_and_says_so(tmp_path):
    course = make_course(tmp_path, 2)
    done = run_command(course, "--no-sandbox")
    assert done.returncode == 0, done.stderr
    assert "Not sandboxed" in done.stdout
    assert scores_of(course) == expected_scores(2)


@pytest.mark.long
@needs_sandbox
def test_killed_at_random_moments_and_resumed_it_ends_with_the_same_gradebook(tmp_path):
    """Here a few moments; ``benchmarks/grading.py --kills 20`` tries more."""
    clean, killed = make_course(_made(tmp_path / "clean"), 4), make_course(_made(tmp_path / "killed"), 4)
    assert run_command(clean).returncode == 0
    moments = random.Random(5)
    for _ in range(2):
        grader = subprocess.Popen(command(killed), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(3, 9))
        grader.send_signal(signal.SIGKILL)
        grader.wait()
    assert run_command(killed).returncode == 0
    assert everything_of(killed) == everything_of(clean)
    assert scores_of(killed) == expected_scores(4)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_to_know_a_submission_again_nothing_of_it_is_read_as_a_notebook(tmp_path, monkeypatch):
    course = make_course(tmp_path, 2)
    grading = Grading(course, [CHAPTER])
    (first, second) = find_submissions(course / "submitted", CHAPTER)
    Records(course).save(not_run(grading.load(first), "It was graded before."))
    monkeypatch.setattr("rnncourse.grading.submissions.plan", lambda *arguments: pytest.fail("it was planned"))
    monkeypatch.setattr("rnncourse.grading.submissions.read", lambda *arguments: pytest.fail("it was read"))
    result, recorded = grading.known(first)
    assert (result.look, recorded) == (["It was graded before."], False)
    assert grading.known(second) is None
    assert Grading(course, [CHAPTER], force=True).known(first) is None


def test_what_decides_a_grade_makes_a_submission_unknown(tmp_path):
    course = make_course(tmp_path, 1)
    (first,) = find_submissions(course / "submitted", CHAPTER)
    grading = Grading(course, [CHAPTER])
    Records(course).save(not_run(grading.load(first), "It was graded before."))
    assert grading.known(first) is not None
    path = course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    path.write_text(path.read_text().replace("import numpy as np", "import numpy as np  # changed", 1))
    assert Grading(course, [CHAPTER]).known(first) is None


def test_g11_a_lost_secret_grades_no_class_anew(tmp_path):
    course = make_course(tmp_path, 1)
    (first,) = find_submissions(course / "submitted", CHAPTER)
    grading = Grading(course, [CHAPTER])
    Records(course).save(not_run(grading.load(first), "It was graded before."))
    before = grading.seed
    (course / ".grading" / "seed").unlink()
    again = Grading(course, [CHAPTER])
    assert again.known(first) is not None
    assert again.seed != before


# ---------------------------------------------------------------------------------------- by a crew that runs nothing
def grade(course: Path, **options):
    return grade_class(Grading(course, [CHAPTER], **options), limits=LIMITS)


class Grumbling(ReadyCrew):
    """Fails at Bob."""

    def result_of(self, submission, slot):
        if submission.student == "bob":
            return ungraded(submission, "The kernel did not start.", "Traceback: bob")
        return super().result_of(submission, slot)


@pytest.fixture
def two(tmp_path, monkeypatch):
    """A course in which Ada and Bob have handed in."""
    monkeypatch.setattr(workers, "Crew", ReadyCrew)
    course = make_course(tmp_path, 0)
    for student in SHARES:
        draft_of(course, student).solve().write()
    return course


def test_g1_who_is_ungraded_is_named_by_every_run_until_graded(two, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(workers, "Crew", Grumbling)
        for options in ({}, {}, {"student": "ada"}):
            summary = grade(two, **options)
            assert [(r.student, r.fault) for r in summary.ungraded] == [("bob", "The kernel did not start.")]
            assert scores_of(two) == {"ada": FULL}
    summary = grade(two)
    assert (summary.unchanged, [result.student for result in summary.graded], summary.ungraded) == (1, ["bob"], [])
    with monkeypatch.context() as broken:  # a grade that was right stays, if only a run by force fails
        broken.setattr(workers, "Crew", Grumbling)
        assert [result.student for result in grade(two, force=True).ungraded] == ["bob"]
    assert scores_of(two) == {"ada": FULL, "bob": FULL / 2}
    assert grade(two).unchanged == 2


def test_g1_where_nothing_can_be_written_any_more_the_run_stops_and_names_the_rest(two, monkeypatch):
    for student in ("eve", "kim", "leo"):
        draft_of(two, student).solve().write()

    def no_room(self, result):
        raise GradingError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Records, "save", no_room)
        summary = grade(two)
    assert summary.stopped == "The disk is full."
    assert sorted(result.student for result in summary.ungraded) == ["ada", "bob", "eve", "kim", "leo"]
    assert scores_of(two) == {}
    healed = grade(two)
    assert (len(healed.graded), healed.ungraded, healed.stopped) == (5, [], "")


def test_g1_what_is_kept_is_entered_in_a_gradebook_that_was_lost(two, monkeypatch):
    grade(two)
    (two / "gradebook.db").unlink()
    monkeypatch.setattr(workers, "Crew", lambda *arguments: pytest.fail("it was run again"))
    assert len(grade(two).graded) == 2
    assert scores_of(two) == {"ada": FULL, "bob": FULL / 2}


def test_what_could_not_begin_leaves_nothing_behind(two, monkeypatch):
    before = sorted(two.rglob("*"))

    def none_to_be_had(*arguments):
        raise SandboxError("No sandbox here.")

    with monkeypatch.context() as broken:
        broken.setattr(workers, "Crew", none_to_be_had)
        with pytest.raises(SandboxError, match="No sandbox here"):
            grade(two)
    assert sorted(two.rglob("*")) == before
    with monkeypatch.context() as broken:
        broken.setattr(GradebookWriter, "_enter", lambda self, chapter: none_to_be_had())
        with pytest.raises(GradingError, match="No sandbox here"):
            grade(two)
    assert sorted(two.rglob("*")) == before
