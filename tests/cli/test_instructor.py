"""An instructor's commands where there is nothing to do or nowhere to write: one line, exit code 2, nothing is left.

What they do with a class is in tests/grading.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rnncourse.grading import gradebook, pipeline, records
from rnncourse.grading.lateness import Lateness
from rnncourse.grading.runs import Result, not_run
from rnncourse.grading.submissions import Submission

from commands import refused, run
from made_notebooks import CHAPTER, notebook, tree, write

SCORES = {
    "ada": {
        "score": 7.0, "max_score": 10.0, "late_penalty": 0.0, "seconds_late": 0.0, "needs_manual_grade": False,
        "first_name": "Ada", "last_name": "L", "email": "",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [("grade", 1, "--no-sandbox"), ("report", 1)],
    ids=lambda arguments: arguments[0],
)
def test_a_course_that_is_not_there_is_not_made(home, arguments):
    assert refused(home, *arguments, "--course", "nowhere") == (
        "rnncourse: There is no folder nowhere. Name the course's: --course DIR\n"
    )


@pytest.mark.parametrize("command", ["grade", "report"])
def test_an_unknown_chapter_is_refused(home, command):
    assert "No chapter is called '03_manul_rnn'. Did you mean '03_manual_rnn'?" in refused(
        home, command, "03_manul_rnn"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("report", 1), "Nothing of 01_memory_cell has been graded here."),
        (("grade", 1, "--no-sandbox"), "The instructor's notebook"),
    ],
)
def test_a_command_that_cannot_begin_leaves_nothing_behind(home, arguments, told):
    assert told in refused(home, *arguments)
    assert list(home.iterdir()) == []


def test_grade_without_a_submission_leaves_nothing_behind(home):
    path = home / "source" / CHAPTER / f"{CHAPTER}.ipynb"
    path.parent.mkdir(parents=True)
    write(notebook(), home).rename(path)
    before = tree(home)
    done = run("grade", CHAPTER, "--no-sandbox")
    assert done.exit_code == 2
    assert "There is no submission in" in done.stderr
    assert tree(home) == before


# ---------------------------------------------------------------------------------------------- how grade ends
class NothingDiffers:
    """Stands for a run of the grader over a course."""

    def __init__(self, *arguments):
        pass

    def differences(self):
        return []


LATE = Lateness("ada", CHAPTER, problem="the time stamp 'x' cannot be read")
LOOK = Result("ada", CHAPTER, "", [], [], look=["odd"])
FAULT = Result("bob", CHAPTER, "", [], [], fault="The kernel did not start.")


@pytest.mark.parametrize(
    ("summary", "code", "words"),
    [
        ({"unchanged": 3}, 0, "3 unchanged"),
        ({"graded": [LOOK]}, 1, "Look at ada, 01_memory_cell: odd"),
        ({"late": [LATE]}, 1, "the time stamp 'x' cannot be read. It counts as in time."),
        ({"late": [Lateness("ada", CHAPTER, seconds=60.0, penalty=1.0)]}, 0, "Late penalty of ada, 01_memory_cell: 0"),
        ({"late": [Lateness("ada", CHAPTER, marked=True)]}, 0, "late by the platform's word, without a time stamp"),
        ({"late": [Lateness("ada", CHAPTER, marked=True, due=True)]}, 1, "late by the platform's word"),
        ({"by_hand": [("ada", CHAPTER)]}, 1, "1 wait for a person's points"),
        ({"graded": [LOOK], "ungraded": [FAULT]}, 3, "Ungraded bob, 01_memory_cell: The kernel did not start."),
        ({"ungraded": [FAULT] * 40, "report": Path("fault.txt")}, 3, "40 have no grade"),
    ],
)
def test_g1_the_exit_code_says_how_it_ended(home, monkeypatch, summary, code, words):
    monkeypatch.setattr(pipeline, "Grading", NothingDiffers)
    monkeypatch.setattr(pipeline, "grade_class", lambda grading, **options: pipeline.Summary(**summary))
    done = run("grade", CHAPTER, "--no-sandbox")
    assert done.exit_code == code, done.output
    assert words in " ".join(done.stdout.split())
    assert done.stdout.count("Ungraded bob") == len(summary.get("ungraded", []))
    assert ("send fault.txt" in done.stdout) == ("report" in summary)


def test_g1_a_run_that_cannot_go_on_shows_what_it_did_and_ends_with_2(home, monkeypatch):
    summary = pipeline.Summary(ungraded=[FAULT], stopped="The disk is full.")
    monkeypatch.setattr(pipeline, "Grading", NothingDiffers)
    monkeypatch.setattr(pipeline, "grade_class", lambda grading, **options: summary)
    done = run("grade", CHAPTER, "--no-sandbox")
    assert (done.exit_code, done.stderr) == (2, "rnncourse: The disk is full.\n")
    assert "Ungraded bob" in done.stdout


def test_g1_a_fault_of_the_run_itself_ends_with_3_and_a_file_to_send(home, monkeypatch):
    def fails(grading, **options):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(pipeline, "Grading", NothingDiffers)
    monkeypatch.setattr(pipeline, "grade_class", fails)
    done = run("grade", CHAPTER, "--no-sandbox")
    assert done.exit_code == 3
    (path,) = (home / ".grading" / "faults").glob("fault-*.txt")
    assert "(ZeroDivisionError: ours)" in done.stderr
    assert path.name in done.stderr
    assert "in fails" in path.read_text()


# ---------------------------------------------------------------------------------------------- report
def test_a_report_on_nothing_leaves_nothing_behind(home):
    assert "Nothing of 01_memory_cell has been graded here. Run: rnncourse grade 01" in refused(home, "report", 1)


def test_a_report_that_cannot_be_written_is_named(home, monkeypatch):
    monkeypatch.setattr(gradebook, "read_scores", lambda course, chapter: SCORES)
    records.Records(home).mark_recorded(not_run(Submission("ada", CHAPTER, ()), "It was empty."))
    assert "a/report.html: No such file or directory." in refused(home, "report", 1, "--output", "a/report.html")
    done = run("report", 1)
    assert (done.exit_code, done.stdout) == (0, "report-01_memory_cell.html\n")
    assert "It was empty." in (home / "report-01_memory_cell.html").read_text()
