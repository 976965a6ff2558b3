"""The commands at a platform's doors: what they say and how they end, and that nothing is left where they refuse.

Whose work and whose grade it is, is tested in tests/grading.
"""

from __future__ import annotations

import errno
import os
import zipfile

import pytest

from rnncourse.grading import grades
from rnncourse.grading.identity import Origin, Origins

from commands import refused, run
from made_exports import make_zip
from made_notebooks import CHAPTER, notebook, write

SCORES = {
    "ada": {"score": 7.0, "max_score": 15.0, "late_penalty": 0.0, "first_name": "Ada", "last_name": "L", "email": "",
            "needs_manual_grade": False},
}  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [("collect", ".", 1), ("export", 1), ("feedback", 1)], ids=lambda arguments: arguments[0]
)
def test_a_course_that_is_not_there_is_not_made(home, arguments):
    assert refused(home, *arguments, "--course", "nowhere") == (
        "rnncourse: There is no folder nowhere. Name the course's: --course DIR\n"
    )


@pytest.mark.parametrize("arguments", [("export",), ("export", "--format", "moodle"), ("export", "--format", "csv"),
                                       ("feedback",)])  # fmt: skip
def test_where_nothing_is_graded_nothing_is_left_behind(home, arguments):
    command, *options = arguments
    line = refused(home, command, 1, *options)
    assert "The gradebook has no grades of 01_memory_cell. Run: rnncourse grade 01_memory_cell" in line
    assert list(home.iterdir()) == []


# ------------------------------------------------------------------------------------------------------- collect
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
    done = run("collect", "export", CHAPTER, "--course", "course", "--update")
    assert done.exit_code == 0
    assert "Replaced; the older ones are in .grading/replaced: 'ada'." in done.stdout


def test_h6_what_a_name_holds_does_not_reach_the_terminal(home):
    make_zip(home / "e.zip", {"a\n\x1b[2Jb_1_2_x.ipynb": "{}", "\x1b]0;x\x07_2_3_x.pdf": "", "\x1b[1mstray.ipynb": ""})
    done = run("collect", "e.zip", CHAPTER)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == "1 new, 0 replaced, 0 were there already."
    assert "\x1b" not in done.stdout
    assert [line.partition(":")[0] for line in done.stdout.splitlines()[1:]] == [
        "Handed in, but no notebook (ask for the .ipynb itself)",
        "No student can be read from the path (--pattern says how)",
    ]


def test_a_zone_and_groups_that_are_none_are_refused(home):
    make_zip(home / "e.zip", {"ada_1_2_x.ipynb": "{}"})
    line = refused(home, "collect", "e.zip", CHAPTER, "--dates", "Mars/Olympus")
    assert "--dates is 'Mars/Olympus', expected a time zone, for example UTC or Europe/Berlin." in line
    assert "groups.csv: No such file or directory." in refused(
        home, "collect", "e.zip", CHAPTER, "--groups", "groups.csv"
    )
    assert run("collect", "e.zip", CHAPTER, "--dates", "UTC").exit_code == 0
    assert (home / "submitted" / "ada_1" / CHAPTER / "timestamp.txt").exists()


# -------------------------------------------------------------------------------------------------------- export
@pytest.fixture
def graded(home, monkeypatch):
    """A gradebook in which Ada, who has a number of Canvas's, has seven points."""
    scores = {CHAPTER: SCORES}
    monkeypatch.setattr(grades, "read_scores", lambda course, chapter: scores.get(chapter, {}))
    Origins(home).keep(CHAPTER, {"ada": Origin("canvas", "lada", "17", "lada_17_1_x.ipynb", late=True)})


ROSTER = 'Student,ID,SIS Login ID,Section,01_memory_cell (5)\n    Points Possible,,,,15\n"L, Ada",17,ada,A,\n'


@pytest.mark.usefixtures("graded")
def test_an_export_is_written_and_what_was_there_is_kept(home):
    (home / "roster.csv").write_text(ROSTER)
    (home / "grades-canvas.csv").write_text("my notes")
    done = run("export", CHAPTER, "--roster", "roster.csv")
    assert (done.exit_code, done.stdout) == (
        0, "grades-canvas.csv\n01_memory_cell stands in the column '01_memory_cell (5)'.\n",
    )  # fmt: skip
    assert (home / "grades-canvas.csv").read_text() == ROSTER.replace("A,\n", "A,7\n")
    assert (home / "grades-canvas.csv.before").read_text() == "my notes"
    assert (home / "roster.csv").read_text() == ROSTER


@pytest.mark.usefixtures("graded")
def test_g7_what_matches_nothing_is_named_and_the_exit_code_is_1(home):
    (home / "roster.csv").write_text(ROSTER.replace("17,ada", "18,ada"))
    done = run("export", CHAPTER, "--roster", "roster.csv")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-2:] == [
        "Look: 01_memory_cell: ada has 7 points and no row.",
        "Look: 01_memory_cell: L, Ada (18) has a row and no grade.",
    ]


@pytest.mark.usefixtures("graded")
def test_an_export_that_fails_half_way_leaves_what_was_there(home, monkeypatch):
    (home / "grades-canvas.csv").write_text("my notes")
    before = sorted(path.name for path in home.iterdir())

    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "grades-canvas.csv")

    monkeypatch.setattr(os, "fsync", fail)
    assert "No space left on device" in refused(home, "export", CHAPTER)
    assert sorted(path.name for path in home.iterdir()) == before
    assert (home / "grades-canvas.csv").read_text() == "my notes"


@pytest.mark.usefixtures("graded")
def test_what_an_export_cannot_read_or_write_is_named(home):
    assert "nosuch.csv: No such file or directory." in refused(home, "export", CHAPTER, "--roster", "nosuch.csv")
    assert "a/b.csv: No such file or directory." in refused(home, "export", CHAPTER, "--output", "a/b.csv")
    assert "--format is 'excel', expected canvas or moodle or csv." in refused(
        home, "export", CHAPTER, "--format", "excel"
    )
    (home / "sheet.csv").write_text("Identifier,Grade\nParticipant 1,\n")
    two = ("export", CHAPTER, 3, "--format", "moodle", "--worksheet", "sheet.csv")
    assert "one chapter at a time" in refused(home, *two)
