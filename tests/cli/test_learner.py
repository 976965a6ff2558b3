"""A learner's commands as they are typed: exit codes, the words, and what they leave alone on the disk."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from rnncourse.checking import progress
from rnncourse.cli import copying, doctor
from rnncourse.exercises import CHAPTERS, find
from rnncourse.notebooks import files, runs

from commands import no_display, no_kernel, refused, run
from made_notebooks import CHAPTER, copied, notebook, recorded, tree, without, write

OTHER, THIRD = "02_kinds_of_rnn", "03_manual_rnn"


# ---------------------------------------------------------------------------------------------- start
def test_start_says_what_was_made_and_what_is_next(home):
    done = run("start", "my course")
    assert done.exit_code == 0
    assert f"Your copy of the course is in {home / 'my course'}." in done.stdout
    assert done.stdout.endswith("\nNext: rnncourse lab 'my course'\n")


def test_start_without_notebooks_in_the_installation(home, monkeypatch):
    def fail():
        raise FileNotFoundError("This installation has no notebooks of the course.")

    monkeypatch.setattr(files, "course_folder", fail)
    assert "has no notebooks" in refused(home, "start", "new")


# ---------------------------------------------------------------------------------------------- lab
class Server:
    """JupyterLab's place is taken by a record of how it was called."""

    display_url = "http://localhost:8888/lab?token=t\n    http://127.0.0.1:8888/lab?token=t"

    class identity_provider:
        token_generated = True

    def __init__(self, argv):
        self.argv, self.started_in = argv, None

    def start(self):
        self.started_in = os.getcwd()


@pytest.fixture
def server(monkeypatch):
    from jupyterlab.labapp import LabApp

    made, handler = [], signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(LabApp, "initialize_server", lambda argv: made.append(Server(argv)) or made[-1])
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")  # what serving sets goes with the test
    yield made
    signal.signal(signal.SIGINT, handler)


def test_lab_without_a_browser_prints_the_address_and_serves(copy, server, monkeypatch):
    no_display(monkeypatch)
    done = run("lab", "--port", 9001)
    assert done.exit_code == 0, done.output
    assert "Open this address in a browser:\n  http://localhost:8888/lab?token=t\n" in done.stdout
    assert {"--no-browser", "--port=9001", f"--ServerApp.root_dir={copy}"} <= set(server[0].argv)
    assert server[0].started_in == str(copy)
    assert ("--allow-root" in server[0].argv) == (os.geteuid() == 0)


def test_lab_opens_a_browser_where_there_is_one(copy, server, monkeypatch):
    monkeypatch.setattr(doctor, "browser_at_hand", lambda: True)
    monkeypatch.chdir(copy.parent)
    assert run("lab", "mine").exit_code == 0
    assert "--no-browser" not in server[0].argv
    monkeypatch.chdir(copy / CHAPTER)
    assert run("lab", "--no-browser").exit_code == 0
    assert "--no-browser" in server[1].argv
    assert server[1].started_in == str(copy)


def test_lab_refuses_when_a_browser_is_demanded_and_there_is_none(copy, server, monkeypatch):
    no_display(monkeypatch)
    assert "There is no browser to open here" in refused(copy, "lab", "--browser")
    assert server == []


def test_lab_refuses_without_a_copy(home, server):
    assert "This folder holds no copy of the course" in refused(home, "lab")
    assert "There is no folder nowhere" in refused(home, "lab", "nowhere")
    assert server == []


def test_lab_refuses_without_a_kernel_or_jupyterlab(copy, server, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "JupyterLab is not installed. Run: " in refused(copy, "lab")
    no_kernel(monkeypatch)
    assert "Jupyter has no kernel called python3. Run: " in refused(copy, "lab")
    assert server == []


def answers(address):
    """Whether a page is served there, in the end: the address is printed a moment before the server listens."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(300):
        try:
            with direct.open(address, timeout=60) as page:
                return page.status == 200
        except urllib.error.URLError:
            time.sleep(0.1)
    return False


def test_lab_serves_until_interrupted(copy):
    command = [sys.executable, "-m", "rnncourse", "lab", str(copy), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        lines = [server.stdout.readline() for _ in range(3)]
        address = re.search(r"http://\S+:\d+/lab\?token=\w+", "".join(lines))[0]
        assert answers(address)
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    finally:
        server.kill()
        server.stdout.close()
        server.wait()


# ---------------------------------------------------------------------------------------------- check
def test_check_tells_right_from_wrong_and_records_it(copy):
    path = write(notebook(all_solved=True, sources={"neuron_step": "neuron_step = lambda *a: 0.5"}), copy)
    content = path.read_bytes()
    done = run("check", "1")
    assert done.exit_code == 0, done.output
    assert re.search(r"neuron_step\W+0 of 1\W+wrong", done.stdout)
    assert re.search(r"run_neuron\W+2 of 2\W+passed", done.stdout)
    assert "neuron_step is 0.5, expected " in done.stdout
    assert "15 of 16 points" in done.stdout
    assert path.read_bytes() == content
    assert set(recorded(copy)) == {e.name for e in CHAPTERS[CHAPTER]} - {"neuron_step"}


def test_check_says_what_is_wrong_with_each_notebook_and_goes_on(copy):
    for chapter in list(CHAPTERS)[3:]:
        shutil.rmtree(copy / chapter)
    path = copy / OTHER / f"{OTHER}.ipynb"
    path.write_text("{\n<<<<<<< HEAD\n}")
    (copy / THIRD / f"{THIRD}.ipynb").rename(copy / THIRD / "mine.ipynb")
    nb = without(notebook(all_solved=True), "cell_shapes")
    nb.cells.append(copied(nb.cells[2]))
    write(nb, copy)
    before = tree(copy)
    done = run("check")
    words = " ".join(done.stdout.split())
    assert done.exit_code == 1
    assert "14 of 16 points" in words
    assert "The cell of exercise neuron_step is there 2 times" in words
    assert "The cell of exercise cell_shapes was deleted." in words
    assert f"{OTHER}.ipynb: It holds the marks of a git merge conflict (line 2)." in words
    assert f"{THIRD}.ipynb: There is no such file. The folder holds mine.ipynb" in words
    after = tree(copy)
    assert {name: after[name] for name in before if name != "progress.json"} == {
        name: before[name] for name in before if name != "progress.json"
    }


def test_check_takes_files_folders_and_names(copy, home, monkeypatch):
    for given in ("1", "memory", CHAPTER, f"{CHAPTER}/", f"{CHAPTER}/{CHAPTER}.ipynb", str(copy / CHAPTER)):
        checked = []
        monkeypatch.setattr(
            "rnncourse.cli.learner._check_one", lambda path, seconds, into=checked: into.append(path) or True
        )
        assert run("check", given).exit_code == 0
        assert [path.resolve() for path in checked] == [copy / CHAPTER / f"{CHAPTER}.ipynb"]
    monkeypatch.chdir(home)
    assert run("check", "3", "--folder", "mine", "--timeout", 5).exit_code == 0
    assert checked[-1].resolve() == copy / THIRD / f"{THIRD}.ipynb"


def test_check_of_a_part_of_the_course_says_what_is_not_there(copy, monkeypatch):
    (copy / THIRD / f"{THIRD}.ipynb").unlink()
    (copy / THIRD).rmdir()
    monkeypatch.setattr("rnncourse.cli.learner._check_one", lambda path, seconds: True)
    done = run("check")
    assert done.exit_code == 0
    assert f"Not in this copy: {THIRD}." in done.stdout


def test_check_refuses_an_unknown_chapter_before_anything_runs(copy, home):
    line = refused(copy, "check", "1", "03_manul_rnn")
    assert line == "rnncourse: No chapter is called '03_manul_rnn'. Did you mean '03_manual_rnn'?\n"
    assert "To check a whole copy: rnncourse check --folder ." in refused(copy, "check", ".")


def test_check_refuses_outside_a_copy(home):
    assert "holds no copy of the course. Name yours with --folder DIR" in refused(home, "check")
    assert "There is no folder nowhere" in refused(home, "check", "1", "--folder", "nowhere")


def test_check_refuses_without_a_kernel(copy, monkeypatch):
    no_kernel(monkeypatch)
    assert "Jupyter has no kernel called python3. Run: " in refused(copy, "check")


def test_check_of_a_stranger_is_something_to_mend(home):
    (home / "stranger.ipynb").write_text('{"nbformat": 4, "cells": []}')
    done = run("check", "stranger.ipynb")
    assert done.exit_code == 1
    assert "stranger.ipynb: It is no notebook of this course" in done.stdout


def test_check_refuses_what_is_not_there_before_anything_runs(copy, home):
    (home / "nbformat.ipynb").write_text('{"nbformat": 4, "cells": []}')
    line = refused(home, "check", home / "nbformat.ipynb", home / "gone.ipynb")
    assert "gone.ipynb: There is no such file. The folder holds nbformat.ipynb: was it renamed?" in line
    (copy / OTHER / f"{OTHER}.ipynb").rename(copy / OTHER / "mine.ipynb")
    for given in ("2", OTHER, copy / OTHER):
        line = refused(copy, "check", given)
        assert f"{OTHER}.ipynb: There is no such file. The folder holds mine.ipynb: was it renamed?" in line
    shutil.rmtree(copy / THIRD)
    assert f"Not in this copy: {THIRD}. To add what is missing: rnncourse start" in refused(copy, "check", 1, THIRD)


def test_brackets_in_advice_are_shown_as_they_are(copy):
    write(notebook(sources={"run_neuron": "def run_neuron(inputs, h, w_x, w_h, b):\n    return [0.25] * 6"}), copy)
    assert "at index [0]" in " ".join(run("check", "1").stdout.replace("│", " ").split())


# ---------------------------------------------------------------------------------------------- progress
def test_progress_shows_points_and_the_next_exercise(copy):
    first, second = CHAPTERS[CHAPTER][:2]
    progress.record_all({first.name: 1.0, second.name: 0.5})
    done = run("progress")
    assert done.exit_code == 0
    assert re.search(rf"{CHAPTER}\W+1 of {len(CHAPTERS[CHAPTER])}\W+2 of 16", done.stdout)
    assert f"Next: {second.name} in {CHAPTER}, ★★☆, about {second.minutes} minutes." in done.stdout
    progress.record_all({exercise.name: 1.0 for exercises in CHAPTERS.values() for exercise in exercises})
    assert "Every exercise is right." in run("progress", "--folder", copy).stdout


def test_progress_without_a_file_or_a_copy(copy, home):
    (copy / "progress.json").unlink()
    assert f"0 of {len(CHAPTERS[CHAPTER])}" in run("progress").stdout
    assert "holds no copy of the course" in refused(home, "progress", "--folder", home)


def test_progress_leaves_a_damaged_file_as_it_is(copy):
    (copy / "progress.json").write_text('{"rnncourse progress": 1, "exer')
    before = tree(copy)
    done = run("progress")
    assert done.exit_code == 1
    assert re.fullmatch(r"rnncourse: .*progress\.json is not JSON: .* It was left as it is\.\n", done.stderr)
    assert tree(copy) == before


# ---------------------------------------------------------------------------------------------- doctor
def test_doctor_finds_nothing_to_mend_here(copy):
    done = run("doctor")
    assert done.exit_code == 0, done.output
    assert re.search(r"^ok +tensorflow", done.stdout, re.M)
    assert "The course will work here." in done.stdout
    assert "problem" not in done.stdout


def test_doctor_ends_with_1_where_the_course_will_not_work(monkeypatch):
    no_kernel(monkeypatch)
    monkeypatch.setattr(doctor, "_LOOKS", {"kernel": doctor._kernel, "odd": lambda: 1 / 0})
    done = run("doctor")
    assert done.exit_code == 1
    words = " ".join(done.stdout.split())
    assert "Jupyter has no kernel called python3." in words
    assert "ZeroDivisionError" in words
    assert "The course will not work here" in words


# ---------------------------------------------------------------------------------------------- the real chapters
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_released_chapter_is_whole(home, monkeypatch, chapter):
    monkeypatch.undo()
    copying.start_copy(home / "mine")
    assert files.inspect(files.notebook_path(home / "mine", chapter), chapter) == []


def test_a_released_chapter_as_it_is_is_not_attempted(home, monkeypatch):
    chapter = "03_manual_rnn"  # nbval runs the demonstrations of all
    monkeypatch.undo()
    monkeypatch.chdir(home)
    copying.start_copy(home / "mine")
    result = runs.run(files.notebook_path(home / "mine", chapter), chapter)
    assert result.problem == ""
    assert [(found.status, found.advice) for found in result.verdicts] == [("not attempted", "")] * len(
        CHAPTERS[chapter]
    )
    assert result.errors == ()
    assert find(result.verdicts[0].exercise)
