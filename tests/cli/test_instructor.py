"""An instructor's commands where there is nothing to do or nowhere to write: one line, exit code 2, nothing is left.

What they do with a class is in tests/grading.
"""

from __future__ import annotations

import pytest

from rnncourse.grading import gradebook, records
from rnncourse.grading.runs import not_run
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
