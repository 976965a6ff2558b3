"""A text with changes of somebody's is never written over, and never lost."""

from __future__ import annotations

import os

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.desk import Desk, from_text, to_text, write_text


@pytest.fixture
def desk(tmp_path):
    return Desk("03_manual_rnn", tmp_path)


def notebook_with(source):
    return new_notebook(cells=[new_code_cell(source), new_code_cell("last = 1")])


def test_an_untouched_text_follows_the_notebook(desk):
    desk.lay_out(notebook_with("x = 1"))
    desk.lay_out(notebook_with("x = 2"))
    assert desk.read() == to_text(notebook_with("x = 2"))


def test_a_touched_text_stays(desk):
    desk.lay_out(notebook_with("x = 1"))
    desk.text.write_text(desk.text.read_text() + "\n# mine\n")
    written = desk.read()
    with pytest.raises(FileExistsError, match=r"not built. Build it \(make chapter CHAPTER=03_manual_rnn\), or delete"):
        desk.lay_out(notebook_with("x = 1"))
    with pytest.raises(FileExistsError, match="make merge CHAPTER=03_manual_rnn"):
        desk.lay_out(notebook_with("x = 2"))
    assert desk.read() == written


def test_a_text_that_says_what_the_notebook_says_is_no_change(desk):
    desk.lay_out(notebook_with("x = 1"))
    desk.text.write_text(to_text(notebook_with("x = 2")))
    desk.lay_out(notebook_with("x = 2"))
    desk.refuse_what_is_stale(notebook_with("x = 2"))


def test_a_failed_merge_leaves_the_text(desk, monkeypatch):
    desk.lay_out(notebook_with("x = 1"))
    desk.text.write_text(to_text(notebook_with("x = 5")))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OSError, match="git"):
        desk.merge(notebook_with("x = 2"))
    assert desk.read() == to_text(notebook_with("x = 5"))


def test_text_and_notebook_are_two_forms_of_one_thing():
    text = '# %% exercise="f" tags=["nbval-ignore-output"]\ndef f(): ...\n'
    assert to_text(from_text(text)) == text


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "new" / "kept.txt"
    write_text(path, "before é\n")
    assert path.read_bytes() == "before é\n".encode()
    (tmp_path / "like any other").touch()
    assert path.stat().st_mode == (tmp_path / "like any other").stat().st_mode
    monkeypatch.setattr(os, "replace", lambda *paths: pytest.fail("the disk is full"))
    with pytest.raises(pytest.fail.Exception):
        write_text(path, "after\n")
    assert path.read_text(encoding="utf-8") == "before é\n"
    assert list(path.parent.iterdir()) == [path]
