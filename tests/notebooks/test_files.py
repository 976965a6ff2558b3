"""Finding, reading and inspecting a learner's notebook, whatever has become of it."""

from __future__ import annotations

import json

import pytest

from rnncourse.notebooks import files, runs
from rnncourse.notebooks.files import NotebookError

from made_notebooks import CHAPTER, copied, make_release, notebook, without, write


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


def test_outputs_come_with_cells_of_code_only(tmp_path):
    shown = {"output_type": "display_data", "data": {"text/plain": "a"}, "metadata": {}}
    cells = [{"cell_type": kind, "source": "", "outputs": [shown]} for kind in ("code", "markdown", "raw")]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells}))
    assert [cell.outputs for cell in files.read(path, outputs=True)] == [(shown,), (), ()]


def test_deleted_duplicated_and_turned_cells_are_told_apart(tmp_path):
    nb = without(notebook(), "run_neuron", "cell_shapes_test")
    nb.cells.append(copied(nb.cells[2]))
    turned = next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "parameter_count")
    turned.cell_type = "markdown"
    del turned["outputs"], turned["execution_count"]
    path = write(nb, tmp_path)
    assert files.inspect(path, CHAPTER) == [
        "The cell of exercise neuron_step is there 2 times (cells 3 and 17): it was copied or split. "
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
