"""An instructor's commands where there is nothing to do or nowhere to write: one line, exit code 2, nothing is left.

What they do with a class is in tests/grading.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rnncourse.cli import console, instructor
from rnncourse.grading import gradebook, pipeline, records
from rnncourse.grading.lateness import Lateness
from rnncourse.grading.runs import Result, not_run, ungraded
from rnncourse.grading.submissions import Submission

from commands import refused, run
from made_classes import draft_of, make_course
from made_notebooks import CHAPTER, notebook, tree, write
from made_pages import hand_in, pages_of, result_of

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


# ---------------------------------------------------------------------------------------------- names of others
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
EVIL = "mal\x1b[2J\x1b]0;root\x07\u202elo\x85ry"
FORGED = "\nLook at bob, 01_memory_cell: copied from eve"


def test_h6_nothing_that_a_command_writes_holds_what_a_terminal_obeys_or_forges_a_line(home):
    course = make_course(home, 0)
    draft_of(course, EVIL).write()
    hand_in(course, "bob")
    results = [
        result_of(course, "bob", look=[f"Cell {EVIL}{FORGED}"]),
        replace(result_of(course, "bob"), student=EVIL, look=[FORGED], remarks=[f"{EVIL}{FORGED}"]),
    ]
    pages_of(course, *results)
    for result in results:
        records.Records(course).save(result)
        records.Records(course).mark_recorded(result)
    outputs = [run(command, 1, *more).output for command, *more in (
        ("report",), ("feedback",), ("export", "--format", "csv"), ("export",), ("export", "--format", "moodle"),
        ("grade", "--no-sandbox", "--student", f"{EVIL}{FORGED}"), ("collect", course / "submitted"),
        ("export", "--roster", f"{EVIL}{FORGED}"),
    )]  # fmt: skip
    told = console.make_console()
    lost = ungraded(Submission(f"{EVIL}{FORGED}", CHAPTER, ()), f"It broke.{FORGED}")
    late = Lateness(f"{EVIL}{FORGED}", CHAPTER, penalty=1.0, problem=f"odd stamp{FORGED}")
    with told.capture() as captured:
        instructor._show(told, pipeline.Summary(results, ungraded=[lost], late=[late], unfit={EVIL: FORGED}), [CHAPTER])
    outputs.append(captured.get())
    written = [*course.glob("*.csv"), *course.glob("*.html"), *course.glob("feedback/*/*/*.html")]
    assert len(written) >= 6, outputs
    for text in (*outputs, *(path.read_text() for path in written)):
        assert not OBEYED.search(text), text
        assert "\nLook at bob, 01_memory_cell: copied" not in text
