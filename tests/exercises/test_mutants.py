"""The check of every exercise kills every mutant of its reference that is not equivalent to it."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse.exercises import CHAPTERS, Exercise, find
from rnncourse.exercises.definitions import Design

from exercises import mutants
from exercises.chapters import EQUIVALENT
from exercises.mutants import arithmetic_elsewhere, mutants_of, survivors

FUNCTIONS = [exercise for group in CHAPTERS.values() for exercise in group if isinstance(exercise, Exercise)]


@pytest.mark.long
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_every_mutant_is_killed(exercise):
    alive, total = survivors(exercise)
    assert total >= 2
    if isinstance(exercise.call, Design):  # what survives is another right design
        assert len(alive) <= 2 * total / 3
        return
    assert set(alive) == {mutant for name, mutant in EQUIVALENT if name == exercise.name}


def test_mutants_are_changes_of_the_right_function():
    exercise = next(e for e in FUNCTIONS if e.name == "rnn_step")
    names = [mutant.name for mutant in mutants_of(exercise)]
    assert len(set(names)) == len(names)
    assert any("recurrent_kernel -> recurrent_kernel.T" in name for name in names)
    assert not any("expect_shapes" in name for name in names)


def annotated(x):
    total: tuple[float, int] = (0.0, 1)
    return x * total[1]


def test_an_annotation_is_no_formula(monkeypatch):
    monkeypatch.setattr(mutants, "function_of", lambda exercise: annotated)
    names = [mutant.name for mutant in mutants_of(FUNCTIONS[0])]
    assert any("(0.0, 1) -> (1, 0.0)" in name for name in names)
    assert not any("float, int) ->" in name for name in names)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_the_formula_stands_in_the_function_that_is_mutated(exercise):
    if not isinstance(exercise.call, Design):  # what puts a design to work computes, and is no part of the answer
        assert arithmetic_elsewhere(exercise) == {}


def lstm_by_way_of_a_later_exercise(inputs, state, kernel, recurrent_kernel, bias):
    no_peepholes = np.zeros((3, len(bias) // 4))
    return rnncourse.peephole_lstm_step(inputs, state, kernel, recurrent_kernel, bias, no_peepholes)


def neighbours_by_way_of_a_helper(table, token, count):
    cosines = rnncourse.unit_length(table) @ rnncourse.unit_length(table)[token]
    cosines[token] = -np.inf
    return np.argsort(-cosines)[:count]


@pytest.mark.parametrize(
    ("name", "function", "elsewhere"),
    [
        ("lstm_step", lstm_by_way_of_a_later_exercise, "peephole_lstm_step"),
        ("cosine_neighbours", neighbours_by_way_of_a_helper, "unit_length"),
    ],
)
def test_a_reference_that_leaves_its_formula_to_another_function_is_named(name, function, elsewhere):
    assert list(arithmetic_elsewhere(find(name), function)) == [elsewhere]
