"""The commands as a learner types them: exit codes, the words, and what they leave alone on the disk."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata

import pytest
from typer.testing import CliRunner

import rnncourse
from rnncourse.checking import progress
from rnncourse.cli import copying, doctor
from rnncourse.cli.learner import app
from rnncourse.exercises import CHAPTERS, find
from rnncourse.notebooks import files, kernels, runs

from made_notebooks import CHAPTER, copied, make_release, notebook, recorded, tree, without, write

OTHER, THIRD = "02_kinds_of_rnn", "03_manual_rnn"


@pytest.fixture(autouse=True)
def release(tmp_path, monkeypatch):
    """A release of unsolved notebooks, and a working directory beside it."""
    folder = make_release(tmp_path / "release")
    monkeypatch.setattr(files, "course_folder", lambda: folder)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def copy(home, monkeypatch):
    """A fresh copy of the course; the working directory is in it."""
    copying.start_copy(home / "mine")
    monkeypatch.chdir(home / "mine")
    return home / "mine"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="rnncourse")


def refused(folder, *arguments):
    """Run a command that must refuse: exit code 2, one line on stderr, not a byte changed. Returns the line."""
    before = tree(folder)
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert re.fullmatch(r"rnncourse: .+\n", done.stderr), done.stderr
    assert tree(folder) == before
    return done.stderr


# ---------------------------------------------------------------------------------------------- help and version
def test_help_names_every_command_in_whole_sentences():
    done = run("--help")
    assert done.exit_code == 0
    for command in ("start", "lab", "check", "progress", "doctor", "grade", "collect", "report", "export"):
        assert re.search(rf"^  {command} +[A-Z].*\.$", done.stdout, re.M), command
        assert run(command, "--help").exit_code == 0
    assert "..." not in done.stdout.replace("[ARGS]...", "")


def test_version():
    assert run("--version").stdout == f"rnncourse {rnncourse.__version__}\n"


def test_help_imports_neither_tensorflow_nor_jupyter():
    code = "import sys, rnncourse.cli; print([m for m in ('tensorflow', 'keras', 'jupyterlab', 'nbformat') "
    code += "if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [["chek"], ["check", "--foo"], ["lab", "--port", "99999"], ["start"]])
def test_a_misspelt_command_is_a_usage_error_without_a_traceback(home, arguments):
    before = tree(home)
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.output
    assert tree(home) == before


# ---------------------------------------------------------------------------------------------- start
@pytest.mark.parametrize("where", ["mine", "a/b/mine", "."])
def test_start_copies_the_release_and_begins_the_progress(home, release, where):
    done = run("start", where)
    assert done.exit_code == 0, done.output
    made = tree((home / where).resolve())
    assert made.pop("progress.json")
    assert made == tree(release)
    assert f"rnncourse lab {where}" in done.stdout
    assert progress.find_copy(home / where) == (home / where).resolve()


def test_start_leaves_checkpoints_and_read_only_modes_behind(home, release):
    (release / CHAPTER / ".ipynb_checkpoints").mkdir()
    (release / CHAPTER / ".ipynb_checkpoints" / "old.ipynb").touch()
    (release / CHAPTER / "data.csv").chmod(0o444)
    assert run("start", "mine").exit_code == 0
    assert not (home / "mine" / CHAPTER / ".ipynb_checkpoints").exists()
    assert (home / "mine" / CHAPTER / "data.csv").stat().st_mode & 0o200


def test_start_refuses_a_folder_that_is_not_empty(home):
    (home / "mine").mkdir()
    (home / "mine" / "thesis.txt").write_text("years of work")
    assert "mine is not empty and holds no copy of the course" in refused(home, "start", "mine")
    assert "mine is not empty" in refused(home, "start", "mine", "--add")
    assert "thesis.txt is a file, expected a folder" in refused(home, "start", "mine/thesis.txt")
    assert "thesis.txt: It is a file, expected a folder. Nothing was changed." in refused(
        home, "start", "mine/thesis.txt/below"
    )


def test_start_points_at_the_copy_that_is_there(copy, home):
    line = refused(home, "start", copy)
    assert "holds a copy of the course already" in line
    assert f"rnncourse start {copy} --add" in line


def test_add_brings_what_is_missing_and_touches_nothing_else(copy, release):
    (copy / CHAPTER / f"{CHAPTER}.ipynb").write_text("my own work")
    (copy / OTHER / f"{OTHER}.ipynb").unlink()
    for path in [*(copy / THIRD).iterdir(), copy / THIRD]:
        path.unlink() if path.is_file() else path.rmdir()
    progress.record("rnn_step", 1.0)
    before = tree(copy)
    done = run("start", copy, "--add")
    assert done.exit_code == 0
    assert "2 files were added" in done.stdout
    after = tree(copy)
    assert {name: after[name] for name in before} == before
    added = set(after) - set(before)
    assert added == {f"{OTHER}/{OTHER}.ipynb", THIRD, f"{THIRD}/{THIRD}.ipynb"}
    assert "Nothing was changed" in run("start", copy, "--add").stdout
    assert tree(copy) == after


@pytest.mark.parametrize("existing", [False, True])
def test_a_start_that_fails_halfway_takes_back_what_it_made(home, monkeypatch, existing):
    if existing:
        (home / "new").mkdir()

    def fail(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress, "create", fail)
    assert "No space left on device. Nothing was changed." in refused(home, "start", "new")
    assert (home / "new").exists() == existing


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

    made = []
    monkeypatch.setattr(LabApp, "initialize_server", lambda argv: made.append(Server(argv)) or made[-1])
    return made


def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


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


def test_lab_serves_until_interrupted(copy):
    command = [sys.executable, "-m", "rnncourse", "lab", str(copy), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        lines = [server.stdout.readline() for _ in range(3)]
        assert re.search(r"http://\S+:\d+/lab\?token=\w+", "".join(lines))
        time.sleep(1)
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    finally:
        server.kill()
        server.stdout.close()
        server.wait()


# ---------------------------------------------------------------------------------------------- check
def no_kernel(monkeypatch):
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def fail(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", fail)


def test_check_tells_right_from_wrong_and_records_it(copy):
    path = write(notebook(all_solved=True, sources={"neuron_step": "neuron_step = lambda *a: 0.5"}), copy)
    content = path.read_bytes()
    done = run("check", "1")
    assert done.exit_code == 0, done.output
    assert re.search(r"neuron_step\W+0 of 1\W+wrong", done.stdout)
    assert re.search(r"run_neuron\W+2 of 2\W+passed", done.stdout)
    assert "neuron_step is 0.5, expected " in done.stdout
    assert "9 of 10 points" in done.stdout
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
    assert "8 of 10 points" in words
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


def test_check_of_a_stranger_and_of_a_missing_file(home):
    (home / "stranger.ipynb").write_text('{"nbformat": 4, "cells": []}')
    done = run("check", "stranger.ipynb", "gone.ipynb")
    assert done.exit_code == 1
    assert "stranger.ipynb: It is no notebook of this course" in done.stdout
    assert "gone.ipynb: There is no such file." in done.stdout


def test_brackets_in_advice_are_shown_as_they_are(copy):
    write(notebook(sources={"run_neuron": "def run_neuron(inputs, h, w_x, w_h, b):\n    return [0.25] * 6"}), copy)
    assert "at index [0]" in " ".join(run("check", "1").stdout.replace("│", " ").split())


# ---------------------------------------------------------------------------------------------- progress
def test_progress_shows_points_and_the_next_exercise(copy):
    first, second = CHAPTERS[CHAPTER][:2]
    progress.record_all({first.name: 1.0, second.name: 0.5})
    done = run("progress")
    assert done.exit_code == 0
    assert re.search(rf"{CHAPTER}\W+1 of {len(CHAPTERS[CHAPTER])}\W+2 of 10", done.stdout)
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


def levels(look):
    return [(finding.level.value, finding.text, finding.advice) for finding in look()]


def test_doctor_on_packages(monkeypatch):
    versions = {"keras": "3.16.0"}

    def version(name):
        if name == "numpy":
            raise metadata.PackageNotFoundError(name)
        return versions.get(name) or found(name)

    found = metadata.version
    monkeypatch.setattr(metadata, "version", version)
    problems = [entry for entry in levels(doctor._packages) if entry[0] == "problem"]
    assert [text for _, text, _ in problems] == [
        "keras is 3.16.0, expected <3.16,>=3.15",
        "numpy is not installed",
    ]
    assert all("-m pip install" in advice for _, _, advice in problems)


@pytest.mark.parametrize(("free", "level"), [(8.0, "ok"), (1.5, "warning"), (0.5, "problem"), (None, "warning")])
def test_doctor_on_memory(monkeypatch, free, level):
    monkeypatch.setattr(doctor, "_free_memory", lambda: None if free is None else int(free * 1024**3))
    assert [entry[0] for entry in levels(doctor._memory)] == [level]


def test_doctor_on_a_missing_kernel_and_missing_chapters(monkeypatch, release, home):
    no_kernel(monkeypatch)
    (release / OTHER / f"{OTHER}.ipynb").write_text("")
    monkeypatch.setattr(doctor, "_LOOKS", {"chapters": doctor._course, "kernel": doctor._kernel, "odd": lambda: 1 / 0})
    done = run("doctor")
    assert done.exit_code == 1
    words = " ".join(done.stdout.split())
    assert f"chapter {OTHER}: It is empty." in words
    assert "Jupyter has no kernel called python3." in words
    assert "ZeroDivisionError" in words
    assert "The course will not work here" in words


def test_doctor_on_a_kernel_that_cannot_import_tensorflow(monkeypatch):
    replies = [kernels.Reply(), kernels.Reply(error="ImportError", text="no AVX")]
    monkeypatch.setattr(kernels.Kernel, "execute", lambda self, code, seconds: replies.pop(0))
    assert [entry[0] for entry in levels(doctor._kernel)] == ["ok", "ok", "problem"]

    def end(self, code, seconds):
        raise kernels.KernelEndedError

    monkeypatch.setattr(kernels.Kernel, "execute", end)
    assert levels(doctor._kernel)[-1][:2] == ("problem", "importing it ended the kernel")


def test_doctor_on_a_damaged_progress_file(copy):
    assert levels(doctor._copy) == [("ok", str(copy), "")]
    (copy / "progress.json").write_text("")
    assert [entry[0] for entry in levels(doctor._copy)] == ["warning"]


# ---------------------------------------------------------------------------------------------- the real chapters
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_released_chapter_is_whole(home, monkeypatch, chapter):
    monkeypatch.undo()
    copying.start_copy(home / "mine")
    assert files.inspect(files.notebook_path(home / "mine", chapter), chapter) == []


@pytest.mark.parametrize("chapter", ["01_memory_cell", "03_manual_rnn"])  # nbval runs the demonstrations of all
def test_a_released_chapter_as_it_is_is_not_attempted(home, monkeypatch, chapter):
    monkeypatch.undo()
    monkeypatch.chdir(home)
    copying.start_copy(home / "mine")
    result = runs.run(files.notebook_path(home / "mine", chapter), chapter)
    assert result.problem == ""
    assert [(found["status"], found["advice"]) for found in result.verdicts] == [("not attempted", "")] * len(
        CHAPTERS[chapter]
    )
    assert result.errors == ()
    assert find(result.verdicts[0]["exercise"])
