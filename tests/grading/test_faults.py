"""Faults of ours: in words, with a traceback, and without the names of learners in the file that is sent."""

from __future__ import annotations

from rnncourse.grading import faults
from rnncourse.grading.records import GradingError
from rnncourse.grading.runs import ungraded
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import Submission

CHAPTER = "01_memory_cell"


def raised(error: Exception) -> Exception:
    """An error that was raised because of another."""
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise error from first
    except Exception as caught:
        return caught


def test_our_own_errors_speak_for_themselves_and_others_are_named():
    assert faults.in_words(SandboxError("No sandbox.")) == "No sandbox."
    assert faults.in_words(GradingError("The disk is full.")) == "The disk is full."
    assert faults.in_words(ZeroDivisionError("x")) == "The grader itself failed on it (ZeroDivisionError: x)."


def test_a_traceback_says_where_it_came_from_and_is_cut_at_the_beginning():
    told = faults.traceback_of(raised(ValueError("second")))
    assert "KeyError: 'first'" in told
    assert told.endswith("ValueError: second\n")
    assert len(faults.traceback_of(raised(ValueError("x" * 100_000)))) < 10_000


def test_the_file_names_versions_and_no_learner(tmp_path):
    submission = Submission("Ada Lovelace", CHAPTER, ())
    log = f'File "{tmp_path}/submitted/Ada Lovelace/01.ipynb": Ada Lovelaces stays, Ada Lovelace does not'
    result = ungraded(submission, "It failed.", log)
    path = faults.write_report(tmp_path / ".grading" / "faults", tmp_path, [result, faults.of_the_run(OSError("gone"))])
    text = path.read_text()
    assert text.startswith("rnncourse ")
    assert "\nnbgrader 0." in text
    assert 'File "COURSE/submitted/STUDENT1/01.ipynb": Ada Lovelaces stays, STUDENT1 does not' in text
    assert f"Submission 1, {CHAPTER}\nIt failed.\n" in text
    assert "the run\nThe grader itself failed on it (OSError: gone)." in text
    assert str(tmp_path) not in text
