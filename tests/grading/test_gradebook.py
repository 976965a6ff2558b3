"""nbgrader's gradebook: what a person wrote stays, a disk or a database in trouble, pages and what browsers see."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy import Engine, event

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import find
from rnncourse.grading.gradebook import GradebookWriter, RefusedError, _harmless, verdict_outputs
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import not_run
from rnncourse.grading.submissions import Submission
from rnncourse.plots.figures import img_tag, new_figure

from browsing import BROWSER
from hostile.making import CHAPTER, RIGHT
from made_classes import (
    FULL,
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
    assert run_command(course, "--force").returncode == 0
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
def test_formgrader_shows_the_grades(graded, browser):
    course, _ = graded
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    extension = "nbgrader.server_extensions.formgrader"
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}",
         "--IdentityProvider.token=", f"--ServerApp.root_dir={course}",
         f"--ServerApp.jpserver_extensions={extension}=True"],
        cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "JUPYTER_NO_CONFIG": "1"},
    )  # fmt: skip
    try:
        wait_until_served(port)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/formgrader/gradebook/{CHAPTER}")
        mean = sum(expected_scores(3).values()) / 3
        page.wait_for_selector(f"text={round(mean, 2):g} / {FULL}", timeout=30_000)
        page.goto(f"http://127.0.0.1:{port}/formgrader/manage_students")
        page.wait_for_selector("text=s01", timeout=30_000)
    finally:
        server.terminate()
        server.wait()


def wait_until_served(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)


def test_the_path_is_as_it_was_when_nbgrader_is_done(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
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


def test_points_are_shown_to_a_hundredth():
    (shown, kept) = verdict_outputs(Verdict("cell_shapes", Status.PARTLY, "Look at b.", None, 1 / 3))
    earned = find("cell_shapes").earned(1 / 3)
    assert shown["text"] == f"cell_shapes: {earned:g} of {find('cell_shapes').points} points\nLook at b.\n"
    assert kept["data"]["text/plain"] == f"{earned:g}"
    (none,) = verdict_outputs(Verdict("cell_shapes", Status.NOT_ATTEMPTED))
    assert (none["ename"], none["evalue"]) == ("NotImplementedError", "cell_shapes")
