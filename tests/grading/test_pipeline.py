"""Grading as an instructor meets it: resumed, killed, twice at once, a gradebook in trouble, a cluster, pages."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy import Engine, event
from typer.testing import CliRunner

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.cli.app import app
from rnncourse.exercises import CHAPTERS
from rnncourse.grading import cluster, export, report
from rnncourse.grading import collect as collecting
from rnncourse.grading.gradebook import GradebookWriter, RefusedError, _harmless, read_scores
from rnncourse.grading.pipeline import Grading, grade
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import Result, Runner, not_run
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.submissions import Submission
from rnncourse.plots.figures import img_tag, new_figure
from tools.authoring import ROOT

from browsing import BROWSER
from hostile.making import CHAPTER, RIGHT, Draft
from sandboxed import needs_sandbox

FULL = sum(exercise.points for exercise in CHAPTERS[CHAPTER])
LIMITS = Limits(cell_seconds=20, seconds=120, memory=1500)


def draft_of(course: Path, student: str) -> Draft:
    folder = course / "submitted" / student / CHAPTER
    folder.mkdir(parents=True, exist_ok=True)
    return Draft(folder)


def make_course(course: Path, students: int = 3) -> Path:
    """A class in which the first is right, and every further one has one answer less."""
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / CHAPTER, course / "solutions" / CHAPTER)
    for number in range(students):
        draft_of(course, f"s{number:02}").solve(*list(RIGHT)[number % len(RIGHT) :]).write()
    return course


def expected_scores(students: int) -> dict[str, float]:
    points = {exercise.name: exercise.points for exercise in CHAPTERS[CHAPTER]}
    found = {}
    for number in range(students):
        solved = list(RIGHT)[number % len(RIGHT) :]
        found[f"s{number:02}"] = sum(points[name] for name in solved)
        if "neuron_step" not in solved:  # which these two call
            found[f"s{number:02}"] -= sum(points[n] for n in ("run_neuron", "neuron_with_readout") if n in solved)
    return found


def scores_of(course: Path) -> dict[str, float]:
    return {student: told["score"] for student, told in read_scores(course, CHAPTER).items()}


def everything_of(course: Path) -> list[tuple]:
    """What a gradebook holds, without ids and times."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse") as gradebook:
        return sorted(
            (s.student.id, n.name, g.cell.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
            for s in gradebook.assignment_submissions(CHAPTER)
            for n in s.notebooks
            for g in n.grades
        )


def command(course: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "rnncourse", "grade", CHAPTER, "--course", str(course), "--jobs", "2", *arguments]


def run_command(course: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(course, *arguments), capture_output=True, text=True)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three, graded by the command."""
    course = make_course(tmp_path_factory.mktemp("class"))
    done = run_command(course)
    assert done.returncode == 0, done.stderr
    return course, done.stdout


# ------------------------------------------------------------------------------------------------------ the command
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


def refused(course: Path, *arguments: str) -> str:
    """Exit code 2 and one line that says why."""
    done = CliRunner().invoke(app, ["grade", CHAPTER, "--course", str(course), *arguments])
    assert done.exit_code == 2, done.output
    assert re.fullmatch(r"rnncourse: .+\n", done.stderr), done.stderr
    return done.stderr


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
    (course / ".grading").rename(course / "aside")
    (course / ".grading").write_text("a file")
    assert ".grading cannot be written to" in refused(course)


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


@needs_sandbox
def test_two_graders_at_once_do_not_meet(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    both = [subprocess.Popen(command(course, "--force"), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate()[1] for each in both]
    assert sorted(each.returncode for each in both) in ([0, 2], [0, 0])
    assert all(not words or "Another grader is at work" in words for words in said)
    assert scores_of(course) == expected_scores(3)


def test_without_bubblewrap_it_refuses_and_says_what_to_do(tmp_path, monkeypatch):
    course = make_course(tmp_path, 1)
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))
    assert "bubblewrap is not installed" in refused(course)


def test_without_a_sandbox_it_grades_the_same_and_says_so(tmp_path):
    course = make_course(tmp_path, 2)
    done = run_command(course, "--no-sandbox")
    assert done.returncode == 0, done.stderr
    assert "Not sandboxed" in done.stdout
    assert scores_of(course) == expected_scores(2)


@needs_sandbox
def test_a_fault_of_the_graders_own_or_of_nbgraders_costs_one_submission_only(tmp_path, monkeypatch):
    course = make_course(tmp_path, 3)
    run, stage = Runner._grade, GradebookWriter._stage

    def fails_on_the_second(self, submission):
        if submission.student == "s01":
            raise ZeroDivisionError("ours")
        return run(self, submission)

    def refuses_the_third(self, result, staging):
        if result.student == "s02" and result.cells:
            raise RefusedError("too odd")
        return stage(self, result, staging)

    monkeypatch.setattr(Runner, "_grade", fails_on_the_second)
    monkeypatch.setattr(GradebookWriter, "_stage", refuses_the_third)
    summary = grade(Grading(course, [CHAPTER]), limits=LIMITS)
    assert scores_of(course) == {**expected_scores(3), "s01": 0, "s02": 0}
    assert sorted(result.student for result in summary.to_look_at) == ["s01", "s02"]
    looks = {result.student: result.look for result in Records(course).all_of(CHAPTER)}
    assert looks["s00"] == []
    assert "The grader itself failed on it (ZeroDivisionError: ours)." in looks["s01"]
    assert "nbgrader did not take the notebook: too odd" in looks["s02"]


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


# ------------------------------------------------------------------------------------------------------------ killed
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


# ----------------------------------------------------------------------------------------------------------- cluster
@needs_sandbox
def test_a_cluster_grades_the_same_though_a_worker_is_lost(tmp_path, monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason='Dask is not installed here: pip install "rnncourse[cluster]"'
    )
    monkeypatch.setattr(cluster, "_SENT_AHEAD", 1)  # of the four submissions two are on their way at a time
    course = make_course(tmp_path, 4)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as dask:
        seen = []

        def lose_one(result):
            seen.append(result)
            if len(seen) == 1:
                next(iter(dask.workers.values())).process.process._process.kill()

        grade(Grading(course, [CHAPTER]), limits=LIMITS, scheduler=dask.scheduler_address, on_result=lose_one)
    assert scores_of(course) == expected_scores(4)
    assert len(seen) == 4


def test_no_scheduler_at_the_address_is_said(tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason='Dask is not installed here: pip install "rnncourse[cluster]"')
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.2)
    course = make_course(tmp_path, 1)
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in refused(course, "--scheduler", "tcp://127.0.0.1:1")


# ------------------------------------------------------------------------------------------------------------- pages
@needs_sandbox
def test_the_report_counts_what_the_class_did(graded):
    course, _ = graded
    results = Records(course).all_of(CHAPTER)
    page = report.page(CHAPTER, results, read_scores(course, CHAPTER), datetime(2026, 1, 2))
    assert "3 submissions, 10 points possible" in page
    rows = report.exercise_rows(CHAPTER, results)
    assert rows == sorted(rows, key=lambda row: row["share"])
    assert all(sum(row["counts"]) == 3 for row in rows)
    assert sum(bar["count"] for bar in report.histogram([0, 5, 10], 10)) == 3
    assert report.histogram([10], 10)[-1]["count"] == 1
    assert "<script" not in page
    assert "http" not in re.sub(r"http://www.w3.org/\S+", "", page)


def test_the_report_has_the_exercises_advice_or_what_the_learner_was_told():
    found = [
        Verdict("neuron_step", Status.WRONG, "With numbers of one learner.", "tanh left out"),
        Verdict("neuron_step", Status.WRONG, "Write it yourself.", "the package's own function"),
    ]
    rows = report.mistake_rows([Result("ada", CHAPTER, "", found[:1], []), Result("bob", CHAPTER, "", found, [])])
    assert [(row["count"], row["advice"]) for row in rows] == [
        (2, "The weighted sum is right; now squash it with np.tanh."), (1, "Write it yourself."),
    ]  # fmt: skip


@needs_sandbox
def test_names_and_words_of_learners_are_escaped_in_the_report(graded):
    (result, *_) = Records(graded[0]).all_of(CHAPTER)
    result.student, result.look = "<script>alert(1)</script>", ["<img src=x onerror=alert(2)>"]
    page = report.page(CHAPTER, [result], {}, datetime(2026, 1, 2))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


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


# ------------------------------------------------------------------------------------------------------------ tables
SCORES = {
    CHAPTER: {
        "ada": {"score": 9.5, "late_penalty": 0.5, "first_name": "Ada", "last_name": "Byron", "email": "a@b.c"},
        "=cmd()": {"score": 3.0, "late_penalty": 0.0, "first_name": "", "last_name": "", "email": ""},
    }
}


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_canvas_gets_the_points_possible_in_the_second_row():
    rows = rows_of(export.canvas(SCORES, {CHAPTER: 10.0}))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CHAPTER]
    assert rows[1] == ["    Points Possible", "", "", "", "", "10"]
    assert ["Byron, Ada", "", "", "ada", "", "9"] in rows
    assert ["'=cmd()", "", "", "'=cmd()", "", "3"] in rows


def test_a_roster_of_canvas_is_filled_in_and_otherwise_kept():
    roster = "Student,ID,SIS Login ID,Section,Old (1)\n    Points Possible,,,,5\nByron,17,ada,A,4\nNobody,18,bob,A,3\n"
    rows = rows_of(export.canvas(SCORES, {CHAPTER: 10.0}, "\ufeff" + roster))
    assert rows[1] == ["    Points Possible", "", "", "", "5", "10"]
    assert rows[2] == ["Byron", "17", "ada", "A", "4", "9"]
    assert rows[3] == ["Nobody", "18", "bob", "A", "3", ""]
    with pytest.raises(GradingError, match="none of the columns"):
        export.canvas(SCORES, {CHAPTER: 10.0}, "a,b\n1,2\n")


def test_moodle_gets_the_student_in_username():
    rows = rows_of(export.moodle(SCORES, {CHAPTER: 10.0}))
    assert rows[0] == ["username", "firstname", "lastname", "email", f"{CHAPTER} (10)"]
    assert ["ada", "Ada", "Byron", "a@b.c", "9"] in rows


# ----------------------------------------------------------------------------------------------------------- collect
def make_zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def collect(source: Path, course: Path, **options) -> collecting.Collected:
    return collecting.collect(source, CHAPTER, course / "submitted", course, **options)


def test_exports_of_canvas_moodle_and_folders_are_understood(tmp_path):
    canvas = make_zip(tmp_path / "c.zip", {"doejane_LATE_12_34_01_memory_cell-2.ipynb": "{}", "roe_1_2_x.ipynb": "[]"})
    assert collect(canvas, tmp_path).new == ["doejane", "roe"]
    moodle = make_zip(tmp_path / "m.zip", {"Jane Doe_77_assignsubmission_file_/homework.ipynb": "{}"})
    assert collect(moodle, tmp_path).new == ["Jane Doe_77"]
    (tmp_path / "folder" / "bob").mkdir(parents=True)
    (tmp_path / "folder" / "bob" / "a.ipynb").write_text("{}")
    assert collect(tmp_path / "folder", tmp_path).new == ["bob"]
    assert (tmp_path / "submitted" / "doejane" / CHAPTER / f"{CHAPTER}.ipynb").read_text() == "{}"
    other = make_zip(tmp_path / "o.zip", {"group7--eve.ipynb": "{}"})
    assert collect(other, tmp_path, pattern=r"--(?P<student>\w+)").new == ["eve"]
    assert collect(other, tmp_path).unknown == ["group7--eve.ipynb"]


def test_collecting_again_loses_nothing(tmp_path):
    first = make_zip(tmp_path / "1.zip", {"ada_1_2_x.ipynb": "old", "bob_1_2_x.ipynb": "same"})
    later = make_zip(tmp_path / "2.zip", {"ada_1_2_x.ipynb": "new", "bob_1_2_x.ipynb": "same"})
    collect(first, tmp_path)
    found = collect(later, tmp_path)
    path = tmp_path / "submitted" / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    assert (found.differing, found.unchanged, path.read_text()) == (["ada"], ["bob"], "old")
    assert collect(later, tmp_path, update=True).replaced == ["ada"]
    assert path.read_text() == "new"
    (kept,) = (tmp_path / ".grading" / "replaced" / "ada").iterdir()
    assert (kept / f"{CHAPTER}.ipynb").read_text() == "old"


def test_an_export_cannot_lead_out_of_the_folder_or_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "LARGEST_NOTEBOOK", 1000)
    evil = make_zip(tmp_path / "e.zip", {"../../x.ipynb": "{}", "/etc/x.ipynb": "{}", "bomb_1_2_x.ipynb": "0" * 10_000})
    with zipfile.ZipFile(evil, "a") as archive:
        link = zipfile.ZipInfo("eve_1_2_link.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = collect(evil, tmp_path / "course")
    made = [p for p in (tmp_path / "course").rglob("*") if p.is_file()]
    assert all(p.name == f"{CHAPTER}.ipynb" and p.read_text() == "{}" for p in made)
    assert not (tmp_path / "x.ipynb").exists()
    assert "bomb_1_2_x.ipynb (too large)" in found.left_out
    assert "eve_1_2_link.ipynb" in found.left_out
    (tmp_path / "no.zip").write_text("no zip")
    with pytest.raises(GradingError, match="neither a folder nor a zip"):
        collect(tmp_path / "no.zip", tmp_path)
