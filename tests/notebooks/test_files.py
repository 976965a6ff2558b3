"""Finding, inspecting and running a learner's notebook, whatever has become of it."""

from __future__ import annotations

import json
import sys

import pytest

from rnncourse.checking.verdicts import Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import files, runs
from rnncourse.notebooks.files import NotebookError
from rnncourse.notebooks.kernels import KernelEndedError, NoKernelError, find_kernel, start_kernel

from made_notebooks import CHAPTER, copied, make_release, notebook, tree, without, write

NAMES = [exercise.name for exercise in CHAPTERS[CHAPTER]]


@pytest.fixture(autouse=True)
def release(tmp_path_factory, monkeypatch):
    folder = make_release(tmp_path_factory.mktemp("release"))
    monkeypatch.setattr(files, "course_folder", lambda: folder)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return folder


# ----------------------------------------------------------------------------------------------- which chapter
@pytest.mark.parametrize("name", ["03_manual_rnn", "3", "03", "manual", "Manual-RNN", "03_manual_rnn/", " 3 "])
def test_a_chapter_is_found_by_what_a_learner_types(name):
    assert files.find_chapter(name) == "03_manual_rnn"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("03_manul_rnn", "No chapter is called '03_manul_rnn'. Did you mean '03_manual_rnn'?"),
        ("99", "No chapter is called '99'. There are: 01_memory_cell, "),
        ("", "No chapter is called ''. There are: 01_memory_cell, "),
        ("0", "No chapter is called '0'."),
        ("_rnn", "'_rnn' fits 02_kinds_of_rnn and 03_manual_rnn"),
    ],
)
def test_an_unknown_chapter_brings_the_nearest(name, message):
    with pytest.raises(LookupError) as caught:
        files.find_chapter(name)
    assert caught.value.args[0].startswith(message)


def test_the_chapter_of_a_notebook_that_was_renamed_or_moved(tmp_path):
    path = write(notebook("02_kinds_of_rnn"), tmp_path, "02_kinds_of_rnn")
    copy = path.rename(path.with_name("02_kinds_of_rnn-Copy1.ipynb"))
    assert files.chapter_of_notebook(copy) == "02_kinds_of_rnn"
    assert files.chapter_of_notebook(copy.rename(tmp_path / "homework.ipynb")) == "02_kinds_of_rnn"
    stranger = tmp_path / "stranger.ipynb"
    stranger.write_text('{"nbformat": 4, "cells": []}')
    with pytest.raises(LookupError, match="no notebook of this course"):
        files.chapter_of_notebook(stranger)


def test_the_course_is_in_this_installation_or_the_message_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(files, "__file__", str(tmp_path / "site" / "rnncourse" / "notebooks" / "files.py"))
    make_release(tmp_path / "site" / "course")  # somebody else's package: there is no pyproject.toml beside it
    with pytest.raises(FileNotFoundError, match="pip install --force-reinstall rnncourse"):
        files.course_folder()
    (tmp_path / "site" / "pyproject.toml").touch()
    assert files.course_folder() == tmp_path / "site" / "course"
    make_release(tmp_path / "site" / "rnncourse" / "course")
    assert files.course_folder() == tmp_path / "site" / "rnncourse" / "course"


# ----------------------------------------------------------------------------------------------- what is wrong
WHOLE = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
UNREADABLE = {
    "empty": (b"", "It is empty."),
    "blank": (b" \n\n", "It is empty."),
    "cut off": (WHOLE[:40].encode(), "It is not JSON, so not a notebook: "),
    "plain text": (b"x = 1\n", "It is not JSON, so not a notebook: Expecting value (line 1, column 1)."),
    "merge conflict": (b"{\n<<<<<<< HEAD\n}\n", "It holds the marks of a git merge conflict (line 2)."),
    "another encoding": (WHOLE.encode("utf-16"), "It is not text in UTF-8, so not a notebook."),
    "a list": (b"[1, 2]", "It is JSON, but not a Jupyter notebook: there is no nbformat in it."),
    "other JSON": (b'{"a": 1}', "It is JSON, but not a Jupyter notebook: there is no nbformat in it."),
    "old format": (b'{"nbformat": 3, "worksheets": []}', "It is a notebook of format 3, expected 4."),
    "no cells": (b'{"nbformat": 4}', "It is a notebook without a list of cells."),
    "a cell that is none": (b'{"nbformat": 4, "cells": [7]}', "Its cell 1 is not a notebook cell."),
    "numbers for source": (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}', "Its cell 1 is not"),
    "unknown cell": (b'{"nbformat": 4, "cells": [{"cell_type": "video", "source": ""}]}', "Its cell 1 is not"),
    "deep": (b"[" * 100_000, "It is JSON nested too deeply to be a notebook."),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_notebook_is_described_and_left_alone(tmp_path, case):
    content, message = UNREADABLE[case]
    path = tmp_path / f"{CHAPTER}.ipynb"
    path.write_bytes(content)
    problems = files.inspect(path, CHAPTER)
    assert len(problems) == 1
    assert problems[0].startswith(message)
    with pytest.raises(NotebookError):
        runs.run(path, CHAPTER)
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_missing_notebook_and_what_lies_in_its_place(tmp_path):
    path = tmp_path / f"{CHAPTER}.ipynb"
    assert files.inspect(path, CHAPTER) == ["There is no such file."]
    (tmp_path / "mine.ipynb").touch()
    assert files.inspect(path, CHAPTER) == ["There is no such file. The folder holds mine.ipynb: was it renamed?"]
    path.mkdir()
    assert files.inspect(path, CHAPTER) == ["It cannot be read: Is a directory."]


def test_the_checkpoint_of_a_broken_notebook_is_pointed_at(tmp_path):
    checkpoint = tmp_path / ".ipynb_checkpoints" / f"{CHAPTER}-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text(WHOLE)
    path = tmp_path / f"{CHAPTER}.ipynb"
    path.touch()
    assert str(checkpoint) in files.inspect(path, CHAPTER)[0]


def test_a_whole_notebook_has_no_problems(tmp_path):
    path = write(notebook(all_solved=True), tmp_path)
    assert files.inspect(path, CHAPTER) == []
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert files.inspect(path, CHAPTER) == []


def test_deleted_duplicated_and_turned_cells_are_told_apart(tmp_path):
    nb = without(notebook(), "run_neuron", "cell_shapes_test")
    nb.cells.append(copied(nb.cells[2]))
    turned = next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "parameter_count")
    turned.cell_type = "markdown"
    del turned["outputs"], turned["execution_count"]
    path = write(nb, tmp_path)
    assert files.inspect(path, CHAPTER) == [
        "The cell of exercise neuron_step is there 2 times (cells 3 and 13): it was copied or split. "
        "Keep one and delete the others.",
        "The cell of exercise run_neuron was deleted. Copy it back from a fresh chapter (rnncourse start NEWFOLDER).",
        "The test cell of exercise cell_shapes was deleted. "
        "Copy it back from a fresh chapter (rnncourse start NEWFOLDER).",
        "The cell of exercise parameter_count was turned into markdown. Select it and press Esc, then Y.",
    ]


def test_another_chapters_notebook_is_one_problem(tmp_path):
    path = write(notebook("02_kinds_of_rnn"), tmp_path)
    assert files.inspect(path, CHAPTER) == [
        "None of the chapter's exercise cells is in it. Is it the notebook of another chapter?"
    ]


# ----------------------------------------------------------------------------------------------- running
def run_with(tmp_path, sources, nb=None, **options):
    """Run a notebook with these sources in its exercise cells; it must come out untouched."""
    path = write(nb or notebook(sources=sources), tmp_path)
    before = tree(tmp_path)
    result = runs.run(path, CHAPTER, **options)
    assert tree(tmp_path) == before
    return result, {found.exercise: found for found in result.verdicts}


def test_right_wrong_broken_and_untouched_answers(tmp_path):
    sources = {
        "neuron_step": "def neuron_step(x, h, w_x, w_h, b):\n    return np.tanh(w_x * x + w_h * h)",
        "run_neuron": "def run_neuron(inputs, h, w_x, w_h, b)\n    return []",
        "cell_shapes": 'cell_shapes = {"W_x": (3, 5), "W_h": (5, 5), "b": (5,)}',
        "parameter_count": "parameter_count = rnncourse.parameter_count\nundefined_name",
    }
    nb = without(notebook(sources=sources), "neuron_with_readout")
    nb.cells.insert(2, copied(nb.cells[1], source="1 / 0"))
    seen = []
    result, verdicts = run_with(tmp_path, {}, nb, on_cell=lambda number, count: seen.append((number, count)))
    assert list(verdicts) == NAMES
    assert verdicts["neuron_step"].mistake == "bias left out"
    assert verdicts["run_neuron"].status == "wrong"
    assert verdicts["run_neuron"].advice == "Its cell (6) stopped with SyntaxError: expected ':' (line 1)"
    assert (verdicts["cell_shapes"].status, verdicts["cell_shapes"].share) == ("partly right", 0.75)
    assert verdicts["parameter_count"].status == "right"
    assert verdicts["neuron_with_readout"].advice == "Its cell is not in the notebook."
    assert (verdicts["steps_remembered"].status, verdicts["steps_remembered"].advice) == ("not attempted", "")
    assert [(e.number, e.error) for e in result.errors] == [(3, "ZeroDivisionError"), (10, "NameError")]
    assert result.problem == ""
    assert seen == [(number, len(nb.cells)) for number in range(2, len(nb.cells) + 1)]
    assert [Verdict.from_dict(json.loads(json.dumps(v.to_dict()))) for v in result.verdicts] == list(result.verdicts)


def test_prints_that_look_like_an_answer_and_prints_without_end(tmp_path):
    lie = (
        "from IPython.display import display\n"
        'display({\'application/vnd.rnncourse+json\': \'{"token": "x", "verdict": 1}\'}, raw=True)\n'
        'for _ in range(200): print(\'{"status": "right"}\' * 1000)\n'
    )
    result, verdicts = run_with(
        tmp_path, {"neuron_step": f"{lie}def neuron_step(*arguments):\n    {lie[60:].strip()!r}"}
    )
    assert verdicts["neuron_step"].status == "wrong"
    assert "It returned None" in verdicts["neuron_step"].advice
    assert result.problem == ""


def test_a_cell_that_never_ends_costs_itself_only(tmp_path):
    sources = {"neuron_step": "while True:\n    pass", "run_neuron": "run_neuron = rnncourse.run_neuron"}
    result, verdicts = run_with(tmp_path, sources, cell_seconds=1.0)
    assert verdicts["neuron_step"].advice == "Its cell (3) stopped with out of time: stopped after 1 s"
    assert verdicts["run_neuron"].status == "right"
    assert result.problem == ""


def test_a_cell_that_ends_the_kernel_ends_the_run(tmp_path):
    result, verdicts = run_with(tmp_path, {"run_neuron": "import os\nos._exit(1)"})
    assert verdicts == {}
    assert result.problem.startswith("Cell 5 ended the kernel (out of memory, or exit()?). Nothing after it was run.")


def test_an_answer_that_ends_the_kernel_costs_those_after_it(tmp_path):
    deadly = "import os\ndef cell_shapes(): pass\ndef run_neuron(*arguments):\n    os._exit(1)"
    nb = without(notebook(sources={"neuron_step": "neuron_step = rnncourse.neuron_step", "run_neuron": deadly}))
    without(nb, "run_neuron_test")
    result, verdicts = run_with(tmp_path, {}, nb)
    assert list(verdicts) == ["neuron_step"]
    assert verdicts["neuron_step"].status == "right"
    assert result.problem.startswith("Checking run_neuron ended the kernel")


def test_a_cell_that_cannot_be_interrupted_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("rnncourse.notebooks.kernels._INTERRUPT_SECONDS", 1.0)
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    with start_kernel(tmp_path) as kernel, pytest.raises(KernelEndedError, match="could not be interrupted"):
        kernel.execute(stubborn, 0.5)


# ----------------------------------------------------------------------------------------------- no kernel
def spec(folder, monkeypatch, text):
    """A kernel python3 that comes before the real one."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(folder))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/no/such/python", "-m", "ipykernel"], "starts /no/such/python, which does not exist"),
        (["python", "-c", "raise SystemExit('no luck')"], "does not start: no luck"),
        ([], "starts nothing, which does not exist"),
    ],
)
def test_a_kernel_that_does_not_start(tmp_path, monkeypatch, argv, message):
    path = write(notebook(), tmp_path / "copy")
    spec(tmp_path / "jupyter", monkeypatch, json.dumps({"argv": argv, "display_name": "P", "language": "python"}))
    with pytest.raises(NoKernelError) as caught:
        runs.run(path, CHAPTER)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kernel_spec_that_is_not_json(tmp_path, monkeypatch):
    spec(tmp_path, monkeypatch, "{")
    with pytest.raises(NoKernelError, match=r"cannot be read .* pip install --force-reinstall ipykernel"):
        find_kernel()


def test_a_kernel_without_rnncourse(tmp_path, monkeypatch):
    path = write(notebook(), tmp_path / "copy")
    (tmp_path / "rnncourse.py").write_text("raise ImportError('a Python without the course')")
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    entry = {"argv": argv, "display_name": "P", "language": "python", "env": {"PYTHONPATH": str(tmp_path)}}
    spec(tmp_path / "jupyter", monkeypatch, json.dumps(entry))
    with pytest.raises(NoKernelError, match=r"cannot import rnncourse .*a Python without the course"):
        runs.run(path, CHAPTER)
