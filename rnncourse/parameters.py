"""Counting WEIGHTS: of a cell, of a stack of cells, and how many units a budget pays for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

from rnncourse.shapes import expect_choice, expect_count, expect_layers


def parameter_count(features: int, units: int) -> int:
    """features · units + units · units + units: the numbers in W_x, W_h and b.

    The length of the sequence is not in it: every step uses the same three arrays.

    Args:
        features: size of one input.
        units: number of neurons, the size of the state.

    Raises:
        ValueError: an argument is not a whole number of at least 1.
    """
    features, units = expect_count("features", features), expect_count("units", units)
    return features * units + units * units + units


#: How many blocks of weights a cell has: one for its state or its proposal, one for each gate.
BLOCKS = MappingProxyType({"rnn": 1, "gru": 3, "lstm": 4})


def cell_parameter_count(cell: str, features: int, units: int, reset_after: bool = True) -> int:
    """k (features · units + units · units + units), with k = 1 (plain), 3 (GRU) or 4 (LSTM) blocks.

    A GRU that resets after the product has a second bias: 3 · units more.

    Args:
        cell: "rnn", "gru" or "lstm".
        features: size of one input.
        units: number of neurons.
        reset_after: for a GRU, whether it resets after the product (Keras's default) or before.

    Raises:
        ValueError: the cell is unknown, or a number is not a whole number of at least 1.
    """
    cell = expect_choice("cell", cell, BLOCKS)
    second_bias = BLOCKS[cell] * units if cell == "gru" and reset_after else 0
    return BLOCKS[cell] * parameter_count(features, units) + second_bias


def stack_parameter_count(features: int, units: Sequence[int]) -> int:
    """Sum over the layers of n_(l-1) · n_l + n_l · n_l + n_l, with n_0 = features: each layer reads the one below.

    Args:
        features: size of one input of the bottom layer.
        units: number of neurons of each layer, the bottom one first.

    Raises:
        ValueError: there is no layer, or a number is not a whole number of at least 1.
    """
    features, total = expect_count("features", features), 0
    expect_layers("units", units)
    for width in units:
        total += features * width + width * width + width
        features = width  # what the next layer reads
    return total


def units_for_budget(features: int, layers: int, budget: int) -> int:
    """The largest n with (2 L - 1) n² + (features + L) n <= budget: as wide as L equal layers can be.

    Args:
        features: size of one input of the bottom layer.
        layers: L, how many layers of n neurons are stacked.
        budget: how many parameters there may be.

    Returns:
        n, a whole number of at least 1.

    Raises:
        ValueError: an argument is not a whole number of at least 1, or the budget is too small for a single neuron.
    """
    features, layers, budget = (
        expect_count("features", features),
        expect_count("layers", layers),
        expect_count("budget", budget),
    )
    squares, linear = 2 * layers - 1, features + layers
    units = (math.isqrt(linear**2 + 4 * squares * budget) - linear) // (2 * squares)
    if units < 1:
        raise ValueError(f"budget is {budget}, expected at least {squares + linear}: one neuron in each layer.")
    return units
