"""The instructor's notebook is the truth: points, exercises taken out, cells added; what cannot be graded is named."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rnncourse.exercises import CHAPTERS
from rnncourse.grading.records import GradingError
from rnncourse.grading.sources import read_source
from rnncourse.notebooks.files import BY_HAND, OWN_ANSWER, OWN_TEST, OWN_TEXT
from tools.authoring import ROOT, notebook_path

from made_classes import ANSWER, BY_READING, CHECK, ESSAY, HELP, cell_of, own_cell

CHAPTER = "01_memory_cell"
NAMES = [task.name for task in CHAPTERS[CHAPTER]]
_SOLUTION = nbformat.read(notebook_path(ROOT / "solutions", CHAPTER), as_version=4)


@pytest.fixture
def notebook():
    return copy.deepcopy(_SOLUTION)


def read(notebook: Any, folder: Path):
    path = folder / f"{CHAPTER}.ipynb"
    path.write_text(json.dumps(notebook))
    return read_source(path, CHAPTER)


def test_the_notebook_of_the_course_is_as_the_package_has_it(notebook, tmp_path):
    source = read(notebook, tmp_path)
    assert source.worth == {task.name: task.points for task in CHAPTERS[CHAPTER]}
    assert source.tasks == CHAPTERS[CHAPTER]
    assert (source.own_worth, source.by_hand, source.difference()) == ({}, (), "")


def test_g10_points_exercises_and_own_cells_are_those_of_the_notebook(notebook, tmp_path):
    before = read(notebook, tmp_path).digest
    cell_of(notebook, "neuron_step_test").metadata.nbgrader.points = 3
    notebook.cells.remove(cell_of(notebook, "cell_shapes_test"))
    notebook.cells += copy.deepcopy([ESSAY, BY_READING, CHECK, HELP, ANSWER])
    source = read(notebook, tmp_path)
    assert source.worth["neuron_step"] == 3
    assert list(source.worth) == [name for name in NAMES if name != "cell_shapes"]
    assert source.own_worth == {"essay": 5, "readable": 2, "negative": 3}
    assert source.by_hand == ("essay", "readable")
    kinds = {cell.mark: cell.own for cell in source.cells if cell.own}
    assert kinds == {
        "essay": BY_HAND, "readable": BY_HAND, "negative": OWN_TEST, "help": OWN_TEXT, "my_answer": OWN_ANSWER,
    }  # fmt: skip
    assert not any(cell.mark == "cell_shapes" for cell in source.cells)
    assert source.digest != before
    assert source.difference() == (
        "01_memory_cell is not as in the package, and counts as it is: neuron_step is worth 3 (1 in the package); "
        "cell_shapes is not asked for; essay is a cell of your own, 5 points, graded by hand; "
        "readable is a cell of your own, 2 points, graded by hand; "
        "negative is a cell of your own, 3 points, a test that runs beside the answers, which can forge it."
    )


def test_g10_a_test_of_ours_that_was_rewritten_or_is_graded_by_hand_now_is_the_instructors_own(notebook, tmp_path):
    cell_of(notebook, "neuron_step_test").source = "assert neuron_step(0, 0, 1, 1, 0) == 0"
    cell_of(notebook, "run_neuron").metadata.nbgrader.update(grade=True, points=2)
    notebook.cells.remove(cell_of(notebook, "run_neuron_test"))
    source = read(notebook, tmp_path)
    assert source.own_worth == {"neuron_step_test": 1, "run_neuron": 2}
    assert {"neuron_step", "run_neuron"}.isdisjoint(source.worth)
    assert {cell.mark: cell.own for cell in source.cells if cell.own} == {
        "neuron_step_test": OWN_TEST, "run_neuron": BY_HAND,
    }  # fmt: skip


def test_g10_an_exercise_of_another_chapter_is_asked_for_too(notebook, tmp_path):
    notebook.cells += [
        own_cell("rnn_step", "def rnn_step():\n    ...", solution=True),
        own_cell("rnn_step_test", "grade(rnn_step)", grade=True, locked=True, points=4),
    ]
    source = read(notebook, tmp_path)
    assert source.worth["rnn_step"] == 4
    assert "rnn_step is asked for, too (03_manual_rnn)" in source.difference()


def spoilt(mark: str = "neuron_step_test", **metadata: Any):
    def spoil(notebook):
        cell_of(notebook, mark).metadata.nbgrader.update(metadata)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (
            spoilt(grade_id="neuron_stp_test"),
            "neuron_stp_test asks for an exercise by grade(…), and none is called so.",
        ),
        (spoilt(grade_id="neuron_stp_test"), "Did you mean 'neuron_step'?"),
        (spoilt(grade_id="run_neuron_test"), "'run_neuron_test' is the name of 2 cells."),
        (spoilt(grade_id=""), "A graded cell has no name (grade_id): 'grade(neuron_step)"),
        (spoilt(points=None), "neuron_step_test has None points, expected a number from 0."),
        (spoilt(points=-1), "neuron_step_test has -1 points"),
        (spoilt(points="two"), "neuron_step_test has 'two' points"),
        (spoilt(schema_version=9), "nbgrader does not take it: "),
        (lambda notebook: notebook.cells.append(own_cell("a", "b", True, grade=True, points=1)), "nbgrader does not"),
    ],
)
def test_g10_what_cannot_be_graded_is_named(notebook, tmp_path, spoil, why):
    spoil(notebook)
    with pytest.raises(GradingError) as refused:
        read(notebook, tmp_path)
    assert str(refused.value).startswith(f"The instructor's notebook {tmp_path}")
    assert why in str(refused.value)


def test_g10_all_that_is_wrong_is_said_at_once(notebook, tmp_path):
    for mark in ("neuron_step_test", "run_neuron_test"):
        spoilt(mark, points=-1)(notebook)
    with pytest.raises(GradingError, match=r"neuron_step_test has -1 points.* run_neuron_test has -1 points"):
        read(notebook, tmp_path)


def test_g10_a_missing_or_broken_notebook_is_named(tmp_path):
    with pytest.raises(GradingError, match="cannot be used: There is no such file"):
        read_source(tmp_path / "a.ipynb", CHAPTER)
    (tmp_path / "a.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}')
    with pytest.raises(GradingError, match="cannot be used: It is a notebook without a list of cells"):
        read_source(tmp_path / "a.ipynb", CHAPTER)
