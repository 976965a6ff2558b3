"""nbgrader's gradebook: what a person wrote stays, a disk or a database in trouble, pages and what browsers see."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy import Engine, event

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS, find
from rnncourse.grading.gradebook import GradebookWriter, RefusedError, _harmless, read_scores, verdict_outputs
from rnncourse.grading.identity import Origin, Origins
from rnncourse.grading.records import NOT_ENTERED, GradingError, Records
from rnncourse.grading.runs import Result, not_run, ungraded
from rnncourse.grading.submissions import Submission
from rnncourse.plots.figures import img_tag, new_figure

from browsing import BROWSER, formgrader
from hostile.making import CHAPTER, RIGHT
from made_classes import (
    FULL,
    alembic_version,
    draft_of,
    expected_scores,
    make_course,
    refused,
    run_command,
    scores_of,
)
from sandboxed import needs_sandbox


@needs_sandbox
def test_points_and_comments_of_a_person_stay(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse") as gradebook:
        found = gradebook.find_grade("neuron_step_test", CHAPTER, CHAPTER, "s01")
        found.manual_score, found.needs_manual_grade = 0.5, False
        gradebook.find_comment("neuron_step", CHAPTER, CHAPTER, "s01").manual_comment = "Nearly!"
        gradebook.db.commit()
    assert run_command(course, "--force", "--student", "s01").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse") as gradebook:
        assert gradebook.find_grade("neuron_step_test", CHAPTER, CHAPTER, "s01").manual_score == 0.5
        assert gradebook.find_comment("neuron_step", CHAPTER, CHAPTER, "s01").manual_comment == "Nearly!"
    assert scores_of(course)["s01"] == expected_scores(3)["s01"] + 0.5


@needs_sandbox
def test_a_locked_gradebook_is_named_before_anything_is_run(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    holder = sqlite3.connect(course / "gradebook.db")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        assert "is locked by another program" in refused(course)
    finally:
        holder.rollback()
        holder.close()


def write(course: Path, *students: str) -> None:
    """Enter a result of each student in the gradebook of a course."""
    writer = GradebookWriter(course)
    writer.prepare(CHAPTER)
    for student in students:
        writer.write(not_run(Submission(student, CHAPTER, ()), "It was empty."))


def test_a_full_disk_stops_the_grader_with_one_clear_error(tmp_path, monkeypatch):
    def no_room(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "01.ipynb")

    course = make_course(tmp_path, 0)
    monkeypatch.setattr(FilesWriter, "write", no_room)
    with pytest.raises(GradingError, match=r"01.ipynb: No space left on device\. Results so far are kept\."):
        write(course, "ada")


def test_a_full_database_stops_the_grader_and_nothing_is_logged_besides(tmp_path, capfd):
    course = make_course(tmp_path, 0)
    GradebookWriter(course).prepare(CHAPTER)
    pages = sqlite3.connect(course / "gradebook.db").execute("PRAGMA page_count").fetchone()[0]

    def no_more_pages(connection, record):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", no_more_pages)
    try:
        with pytest.raises(GradingError, match=r"disk of the gradebook .*gradebook\.db is full"):
            write(course, *map(str, range(50)))  # the pages that are there have room for some
    finally:
        event.remove(Engine, "connect", no_more_pages)
    assert capfd.readouterr().err == ""


def test_a_notebook_that_nbgrader_chokes_on_is_refused_alone(tmp_path, monkeypatch):
    def chokes(self, cell, resources, index):
        raise ValueError("odd\nin two lines")

    course = make_course(tmp_path, 0)
    GradebookWriter(course).prepare(CHAPTER)
    monkeypatch.setattr(SaveAutoGrades, "preprocess_cell", chokes)
    with pytest.raises(RefusedError, match=r"^ValueError: odd$"):
        write(course, "ada")


@pytest.mark.long
@needs_sandbox
def test_the_feedback_page_names_the_mistake(tmp_path):
    course = make_course(tmp_path, 1)
    wrong = RIGHT["parameter_count"].replace(" + units\n", "\n").replace("+ units * units + units", "+ units * units")
    draft_of(course, "s00").solve(*(set(RIGHT) - {"parameter_count"}), parameter_count=wrong).write()
    assert run_command(course).returncode == 0
    environment = {**os.environ, "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", CHAPTER], cwd=course, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    page = (course / "feedback" / "s00" / CHAPTER / f"{CHAPTER}.html").read_text()
    found = json.loads(Records(course).result_path("s00", CHAPTER).read_text())["verdicts"]
    advice = next(v["advice"] for v in found if v["exercise"] == "parameter_count")
    assert advice.split("\n")[0] in page
    assert "neuron_step: 1 of 1 points" in page


def test_what_a_browser_would_run_is_left_out_of_outputs_and_figures_are_kept():
    figure, axes = new_figure()
    axes.plot([1, 2])
    picture = img_tag(figure, "A rising line, for a test")
    made = {"output_type": "display_data", "metadata": {}}
    assert _harmless({**made, "data": {"text/html": picture}})["data"] == {"text/html": picture}
    evil = {"text/html": picture + "<script>alert(1)</script>", "application/javascript": "alert(2)", "text/plain": "x"}
    assert _harmless({**made, "data": evil})["data"] == {"text/plain": "x"}
    sly = {"text/html": picture.replace("<img ", "<img onload=alert(3) "), "image/svg+xml": "<svg onload=alert(4)>"}
    assert _harmless({**made, "data": sly})["data"] == {}


@BROWSER
@needs_sandbox
def test_formgrader_shows_the_grades(graded, tmp_path, browser):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    with formgrader(course) as place:
        page = browser.new_page()
        page.goto(f"{place}/gradebook/{CHAPTER}")
        mean = sum(expected_scores(3).values()) / 3
        page.wait_for_selector(f"text={round(mean, 2):g} / {FULL}", timeout=30_000)
        page.goto(f"{place}/manage_students")
        page.wait_for_selector("text=s01", timeout=30_000)


def test_the_path_is_as_it_was_when_nbgrader_is_done(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("nbgrader.api.get_alembic_version", alembic_version)  # which is found by the path
    course = make_course(tmp_path, 0)
    seen, write_file = [], FilesWriter.write

    def look(*arguments, **options):
        seen.append(os.environ["PATH"])
        return write_file(*arguments, **options)

    monkeypatch.setattr(FilesWriter, "write", look)
    write(course, "ada")
    assert seen
    assert set(seen) == {f"{os.path.dirname(sys.executable)}:/usr/bin:/bin"}
    assert os.environ["PATH"] == "/usr/bin:/bin"


# ---------------------------------------------------------------------------------------------- handed in late
PER_HOUR = """
from math import ceil
from nbgrader.plugins import BasePlugin


class PerHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * ceil(total_seconds_late / 3600)


c.AssignLatePenalties.plugin_class = PerHour
"""
DUE = "2026-05-01 20:00:00 UTC"


def right(student: str) -> Result:
    """A result with full points, of which no cell is shown."""
    verdicts = [Verdict(task.name, Status.RIGHT, share=1.0) for task in CHAPTERS[CHAPTER]]
    return Result(student, CHAPTER, "abc", verdicts, [])


def stamp(course: Path, student: str, words: str | bytes) -> None:
    folder = course / "submitted" / student / CHAPTER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_bytes(words.encode() if isinstance(words, str) else words)


@pytest.fixture(scope="module")
def late_class(tmp_path_factory):
    """Ada and Bob are two hours late, Bob by a stamp in UTF-16; Eve's zone is unclear, Leo's Canvas says LATE."""
    course = make_course(tmp_path_factory.mktemp("late"), 0)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(PER_HOUR)
    writer = GradebookWriter(course)
    writer.prepare(CHAPTER)
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=DUE)
    stamp(course, "ada", "2026-05-01 22:00:00 UTC")
    stamp(course, "bob", "2026-05-01T23:59:00+02:00".encode("utf-16"))
    stamp(course, "eve", "2026-05-01 23:00:00 CST")
    Origins(course).keep(CHAPTER, {"leo": Origin("canvas", "Leo", "7", late=True)})
    for student in ("ada", "bob", "eve", "leo"):
        writer.write(right(student))
    return course


def gradebook_of(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse")


def totals(course: Path) -> dict[str, float]:
    return {who: told["score"] - told["late_penalty"] for who, told in read_scores(course, CHAPTER).items()}


def test_g9_penalties_are_those_of_nbgraders_plugin_and_what_is_unclear_is_named(late_class, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(late_class, course)
    assert totals(course) == {"ada": FULL - 1, "bob": FULL - 1, "eve": FULL, "leo": FULL}
    assert read_scores(course, CHAPTER)["ada"]["seconds_late"] == 7200
    ada, bob, eve, leo = GradebookWriter(course).settle_lateness(CHAPTER)
    assert (ada.seconds, ada.penalty, ada.changed, bob.penalty) == (7200, 1, False, 1)
    assert "CST is -6 h, -5 h, +8 h" in eve.problem
    assert leo.marked
    assert not leo.problem


def test_g9_a_changed_stamp_date_extension_or_plugin_counts_without_a_new_run_of_the_code(late_class, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(late_class, course)
    stamp(course, "ada", "2026-05-01 19:00:00 UTC")
    stamp(course, "eve", "2026-05-01 23:00:00 UTC")
    with gradebook_of(course) as gradebook:
        gradebook.grant_extension(CHAPTER, "bob", hours=1)
    told = {each.student: each for each in GradebookWriter(course).settle_lateness(CHAPTER)}
    assert {who: (each.before, each.penalty) for who, each in told.items()} == {
        "ada": (1, 0), "bob": (1, 0.5), "eve": (0, 1.5), "leo": (0, 0),
    }  # fmt: skip
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate="2026-05-01 22:00:00 UTC")
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace("0.5 * ceil", "3 * ceil"))
    GradebookWriter(course).settle_lateness(CHAPTER)
    assert totals(course) == {"ada": FULL, "bob": FULL, "eve": FULL - 3, "leo": FULL}
    (course / "submitted" / "eve" / CHAPTER / "timestamp.txt").unlink()
    GradebookWriter(course).settle_lateness(CHAPTER)
    assert totals(course)["eve"] == FULL


def test_g9_no_total_is_negative_whatever_a_person_has_taken_away(late_class, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(late_class, course)
    with gradebook_of(course) as gradebook:
        for grade in gradebook.find_submission_notebook(CHAPTER, CHAPTER, "ada").grades:
            grade.manual_score = 0.0
        gradebook.db.commit()
    assert totals(course)["ada"] == 0
    told = {each.student: each.penalty for each in GradebookWriter(course).settle_lateness(CHAPTER)}
    assert told["ada"] == 0


def test_g9_a_plugin_that_fails_and_an_extension_of_no_date_are_named(late_class, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(late_class, course)
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace("0.5 * ceil(total_seconds_late / 3600)", "1 / 0"))
    ada = GradebookWriter(course).settle_lateness(CHAPTER)[0]
    assert (ada.before, ada.penalty) == (1, 1)
    assert "cannot be computed: ZeroDivisionError" in ada.problem
    with gradebook_of(course) as gradebook:
        gradebook.grant_extension(CHAPTER, "bob", days=1)
        gradebook.find_assignment(CHAPTER).duedate = None
        gradebook.db.commit()
    with pytest.raises(GradingError, match=r"bob has an extension for 01_memory_cell, which has no due date\. Give"):
        GradebookWriter(course).prepare(CHAPTER)


def test_g1_what_fails_half_way_leaves_the_gradebook_and_the_page_as_they_were(late_class, tmp_path, monkeypatch):
    course = tmp_path / "copy"
    shutil.copytree(late_class, course)
    page = course / "autograded" / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    before, scores, writer = page.read_bytes(), totals(course), GradebookWriter(course)
    writer.prepare(CHAPTER)
    save, saved = SaveAutoGrades._add_score, []

    def fails_at_the_third(self, *arguments):
        saved.append(save(self, *arguments))
        if len(saved) % 3 == 0:
            raise ValueError("odd")

    monkeypatch.setattr(SaveAutoGrades, "_add_score", fails_at_the_third)
    for student in ("ada", "new"):
        with pytest.raises(RefusedError, match="odd"):
            writer.write(not_run(Submission(student, CHAPTER, ()), "It was empty."))
    assert totals(course) == scores
    assert page.read_bytes() == before
    assert not (course / "autograded" / "new").exists()
    assert not (course / ".grading" / "staging").exists()


def test_g1_who_is_ungraded_has_no_score_though_an_older_version_has_one(late_class, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(late_class, course)
    records = Records(course)
    records.keep_fault(ungraded(Submission("ada", CHAPTER, (), fingerprint="new"), "The kernel did not start."))
    records.save(right("bob"))  # and a grader was killed before it entered it
    assert set(totals(course)) == {"eve", "leo"}
    assert {result.student: result.fault for result in records.ungraded(CHAPTER)} == {
        "ada": "The kernel did not start.", "bob": NOT_ENTERED,
    }  # fmt: skip


def test_points_are_shown_to_a_hundredth():
    (shown, kept) = verdict_outputs(Verdict("cell_shapes", Status.PARTLY, "Look at b.", None, 1 / 3))
    earned = find("cell_shapes").earned(1 / 3)
    assert shown["text"] == f"cell_shapes: {earned:g} of {find('cell_shapes').points} points\nLook at b.\n"
    assert kept["data"]["text/plain"] == f"{earned:g}"
    (none,) = verdict_outputs(Verdict("cell_shapes", Status.NOT_ATTEMPTED))
    assert (none["ename"], none["evalue"]) == ("NotImplementedError", "cell_shapes")
