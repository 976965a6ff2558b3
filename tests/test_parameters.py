"""Counted weights: those of Keras's layers, and the largest number of units within a budget."""

from __future__ import annotations

import keras
import pytest

import rnncourse
from rnncourse.models import CELLS


@pytest.mark.parametrize(("features", "units"), [(1, 1), (3, 5), (28, 150)])
def test_parameter_count_equals_keras(features, units):
    layer = keras.layers.SimpleRNN(units)
    layer.build((None, None, features))
    assert rnncourse.parameter_count(features, units) == layer.count_params()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("reset_after", [True, False])
def test_parameters_are_counted_as_keras_counts(cell, reset_after):
    layer = CELLS[cell](5, **{"reset_after": reset_after} if cell == "gru" else {})
    layer.build((None, None, 4))
    assert rnncourse.cell_parameter_count(cell, 4, 5, reset_after) == layer.count_params()


@pytest.mark.parametrize(("features", "units"), [(2, (100, 100, 100)), (28, (5, 9)), (3, (4,)), (1, (7, 2, 3, 6))])
def test_parameters_are_those_of_keras(features, units):
    layer = keras.layers.RNN([keras.layers.SimpleRNNCell(n) for n in units])
    layer.build((None, 5, features))
    assert rnncourse.stack_parameter_count(features, units) == layer.count_params()


@pytest.mark.parametrize(("features", "layers"), [(1, 1), (2, 3), (28, 1), (28, 4)])
def test_units_for_budget_is_the_largest_number_within_it(features, layers):
    for units in (1, 2, 13, 100, 4000):
        exact = rnncourse.stack_parameter_count(features, [units] * layers)
        next_one = rnncourse.stack_parameter_count(features, [units + 1] * layers)
        assert rnncourse.units_for_budget(features, layers, exact) == units
        assert rnncourse.units_for_budget(features, layers, next_one - 1) == units


def test_sizes_that_make_no_stack_are_refused():
    with pytest.raises(ValueError, match="expected a list with the size of each layer"):
        rnncourse.stack_parameter_count(2, [])
    with pytest.raises(ValueError, match="expected a list with the size of each layer"):
        rnncourse.stack_parameter_count(2, 100)
    with pytest.raises(ValueError, match=r"units\[1\] is 0, expected a whole number of at least 1"):
        rnncourse.stack_parameter_count(2, [3, 0])
    with pytest.raises(ValueError, match="budget is 9, expected at least 10: one neuron in each layer"):
        rnncourse.units_for_budget(2, 3, 9)


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="cell is 'LSTM', expected one of 'rnn', 'gru', 'lstm'"):
        rnncourse.cell_parameter_count("LSTM", 4, 5)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((3, 0), "units is 0, expected a whole number of at least 1"),
        ((3.5, 2), "features is 3.5, expected a whole number"),
        ((True, 2), "features is True, expected a whole number"),
    ],
)
def test_a_size_that_is_no_count_is_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.parameter_count(*sizes)
