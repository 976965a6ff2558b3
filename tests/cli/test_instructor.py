"""An instructor's commands where there is nothing to do or nowhere to write: one line, exit code 2, nothing is left.

What they do with a class is in tests/grading.
"""

from __future__ import annotations

import errno
import os
import zipfile

import pytest

from rnncourse.grading import gradebook, records
from rnncourse.grading.runs import not_run
from rnncourse.grading.submissions import Submission

from commands import refused, run
from made_notebooks import CHAPTER, notebook, tree, write

SCORES = {"ada": {"score": 7.0, "late_penalty": 0.0, "first_name": "Ada", "last_name": "L", "email": ""}}


@pytest.mark.parametrize(
    "arguments",
    [("grade", 1, "--no-sandbox"), ("collect", ".", 1), ("report", 1), ("export", 1)],
    ids=lambda arguments: arguments[0],
)
def test_a_course_that_is_not_there_is_not_made(home, arguments):
    assert refused(home, *arguments, "--course", "nowhere") == (
        "rnncourse: There is no folder nowhere. Name the course's: --course DIR\n"
    )


@pytest.mark.parametrize("command", ["grade", "report", "export"])
def test_an_unknown_chapter_is_refused(home, command):
    assert "No chapter is called '03_manul_rnn'. Did you mean '03_manual_rnn'?" in refused(
        home, command, "03_manul_rnn"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("export", 1), "The gradebook has no grades of 01_memory_cell. Run: rnncourse grade 01"),
        (("export", 1, "--format", "moodle"), "The gradebook has no grades"),
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


# ---------------------------------------------------------------------------------------------- collect
def test_an_export_without_a_notebook_is_nothing_to_collect(home):
    (home / "empty").mkdir()
    (home / "course").mkdir()
    (home / "empty" / "essay.pdf").write_text("…")
    with zipfile.ZipFile(home / "empty.zip", "w") as archive:
        archive.writestr("essay.pdf", "…")
    for source in ("empty", "empty.zip"):
        line = refused(home, "collect", source, 1, "--course", "course")
        assert line == (
            f"rnncourse: {source} holds no notebook that can be collected, among 1 files. Is it the export?\n"
        )
    assert "There is no nosuch.zip." in refused(home, "collect", "nosuch.zip", 1, "--course", "course")


def test_collect_ends_with_0_and_with_1_where_a_person_must_look(home):
    (home / "course").mkdir()
    handed_in = home / "export" / "ada" / "mine.ipynb"
    handed_in.parent.mkdir(parents=True)
    write(notebook(), home).rename(handed_in)
    done = run("collect", "export", CHAPTER, "--course", "course")
    assert (done.exit_code, done.stdout) == (0, "1 new, 0 replaced, 0 were there already.\n")
    write(notebook(all_solved=True), home).rename(handed_in)
    done = run("collect", "export", CHAPTER, "--course", "course")
    assert done.exit_code == 1
    assert "Differ from what is there, and were left out (--update takes them): 'ada'." in done.stdout


# ---------------------------------------------------------------------------------------------- report and export
def test_a_report_on_nothing_leaves_nothing_behind(home):
    assert "Nothing of 01_memory_cell has been graded here. Run: rnncourse grade 01" in refused(home, "report", 1)


@pytest.fixture
def graded(monkeypatch):
    """A gradebook in which Ada has seven points."""
    monkeypatch.setattr(gradebook, "read_scores", lambda course, chapter: SCORES)


@pytest.mark.usefixtures("graded")
def test_an_export_is_written_and_what_was_there_is_kept(home):
    (home / "grades-moodle.csv").write_text("my notes")
    done = run("export", 1, "--format", "moodle")
    assert (done.exit_code, done.stdout) == (0, "grades-moodle.csv\n")
    assert (home / "grades-moodle.csv").read_bytes().splitlines()[1] == b"ada,Ada,L,,7"
    assert (home / "grades-moodle.csv.before").read_text() == "my notes"


@pytest.mark.usefixtures("graded")
def test_an_export_that_fails_half_way_leaves_what_was_there(home, monkeypatch):
    (home / "grades-canvas.csv").write_text("my notes")

    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "grades-canvas.csv")

    monkeypatch.setattr(os, "fsync", fail)
    assert "No space left on device" in refused(home, "export", 1)
    assert [file.name for file in home.iterdir()] == ["grades-canvas.csv"]
    assert (home / "grades-canvas.csv").read_text() == "my notes"


@pytest.mark.usefixtures("graded")
def test_what_an_export_cannot_read_or_write_is_named(home):
    assert "nosuch.csv: No such file or directory." in refused(home, "export", 1, "--roster", "nosuch.csv")
    assert "a/b.csv: No such file or directory." in refused(home, "export", 1, "--output", "a/b.csv")
    (home / "roster.csv").write_bytes("Student,ID\nJürgen,1\n".encode("latin-1"))
    assert "roster.csv is not text in UTF-8." in refused(home, "export", 1, "--roster", "roster.csv")
    assert "--format is 'excel', expected canvas or moodle." in refused(home, "export", 1, "--format", "excel")


@pytest.mark.usefixtures("graded")
def test_a_report_that_cannot_be_written_is_named(home):
    records.Records(home).mark_recorded(not_run(Submission("ada", CHAPTER, ()), "It was empty."))
    assert "a/report.html: No such file or directory." in refused(home, "report", 1, "--output", "a/report.html")
    done = run("report", 1)
    assert (done.exit_code, done.stdout) == (0, "report-01_memory_cell.html\n")
    assert "It was empty." in (home / "report-01_memory_cell.html").read_text()
