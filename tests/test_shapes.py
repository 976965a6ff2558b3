"""Arguments refused in words, and what comes back to compute with."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.shapes import (
    expect_choice,
    expect_count,
    expect_finite,
    expect_layers,
    expect_list,
    expect_number,
    expect_numbers,
    expect_row,
    expect_shapes,
    expect_step,
    expect_tokens,
    finite_where_unused,
    fits_onto,
)


def test_axes_of_one_name_have_one_size():
    inputs, kernel = expect_shapes(inputs=([[1, 2, 3]], "batch features"), kernel=(np.ones((3, 8)), "features 4*units"))
    assert (inputs.shape, kernel.shape) == ((1, 3), (3, 8))
    with pytest.raises(
        ValueError, match=r"kernel has shape \(2, 8\), expected .* = \(3, 4\*units\) \(features = 3 comes"
    ):
        expect_shapes(inputs=([[1, 2, 3]], "batch features"), kernel=(np.ones((2, 8)), "features 4*units"))
    with pytest.raises(ValueError, match=r"kernel has shape \(3, 7\), expected \(features, 4\*units\)"):
        expect_shapes(inputs=([[1, 2, 3]], "batch features"), kernel=(np.ones((3, 7)), "features 4*units"))
    with pytest.raises(ValueError, match=r"pair has shape \(3,\), expected \(2,\)"):
        expect_shapes(pair=([1, 2, 3], "2"))


@pytest.mark.parametrize(
    ("given", "back"),
    [
        ("uint8", "int64"), ("int8", "int64"), ("uint64", "int64"), ("int16", "int64"), ("int32", "int32"),
        ("float16", "float32"), ("float32", "float32"), ("float64", "float64"),
    ],
)  # fmt: skip
def test_what_would_wrap_round_or_overflow_gets_more_room(given, back):
    (array,) = expect_shapes(array=(np.array([1, 3], given), "length"))
    assert array.dtype == back
    assert array.tolist() == [1, 3]
    assert expect_numbers("array", np.array([1, 3], given)).dtype == back


@pytest.mark.parametrize("value", [["a"], [True], [None], [1j], (number for number in (1, 2))])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match=r"weights has dtype .*, expected numbers"):
        expect_numbers("weights", value)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="weights is not an array of numbers: its rows have different lengths"):
        expect_shapes(weights=([[1], [2, 3]], "batch features"))


def test_tokens_are_whole_numbers_of_things_that_there_are():
    assert expect_tokens("tokens", [], "time", 5).tolist() == []
    assert expect_tokens("tokens", np.array([[0, 4]], np.uint8), "batch time", 5).dtype == np.int64
    assert expect_tokens("tokens", [[-1]]).tolist() == [[-1]]  # nobody knows what it stands for
    for wrong, words in (
        ([0, 5], "tokens has numbers from 0 to 5, expected whole numbers from 0 to 4"),
        ([-1, 0], "tokens has numbers from -1 to 0, expected whole numbers from 0 to 4"),
        ([0.0], "tokens has dtype float64, expected whole numbers"),
        ([[0]], r"tokens has shape \(1, 1\), expected \(time,\): whole numbers"),
    ):
        with pytest.raises(ValueError, match=words):
            expect_tokens("tokens", wrong, "time", 5)


def test_a_number_a_count_a_choice():
    assert expect_number("rate", np.float32(0.5), "a share") == 0.5
    for wrong in ("a", None, True, [1.0, 2.0], np.nan, 1j):
        with pytest.raises(ValueError, match=r"rate is .*, expected a share"):
            expect_number("rate", wrong, "a share")
    assert expect_count("steps", np.int8(3)) == 3
    for wrong in (0, 2.0, True, "3"):
        with pytest.raises(ValueError, match=r"steps is .*, expected a whole number of at least 1"):
            expect_count("steps", wrong)
    assert expect_choice("cell", "gru", ("gru", "lstm")) == "gru"
    for wrong in ("rnn", ["gru"], None):
        with pytest.raises(ValueError, match=r"cell is .*, expected one of 'gru', 'lstm'"):
            expect_choice("cell", wrong, ("gru", "lstm"))


def test_a_list_is_anything_that_can_be_gone_through_but_a_text():
    assert expect_list("words", (word for word in "ab"), "words") == ["a", "b"]
    for wrong, words in (
        ("ab", "the text 'ab', expected a list of words: put it in brackets"),
        (3, "3, expected a list of words; a single one stands in brackets"),
        (None, "None, expected a list of words"),
    ):
        with pytest.raises(ValueError, match=f"words is {words}"):
            expect_list("words", wrong, "words")
    with pytest.raises(ValueError, match="words is empty, expected a list of words, at least one"):
        expect_list("words", [], "words", empty=False)


def test_layers_are_a_list_of_sizes():
    assert expect_layers("units", [3, np.int64(2)]) == (3, 2)
    for wrong, words in (([], "units is"), (3, "units is 3"), ([3, 0], r"units\[1\] is 0")):
        with pytest.raises(ValueError, match=f"{words}.*, expected"):
            expect_layers("units", wrong)


def test_what_is_missing_is_said():
    with pytest.raises(ValueError, match=r"inputs has shape \(3, 0, 2\), expected at least one step of time"):
        expect_step("inputs", np.ones((3, 0, 2)))
    with pytest.raises(ValueError, match=r"inputs has shape \(0, 3\), expected at least one row"):
        expect_row("inputs", np.ones((0, 3)))
    with pytest.raises(ValueError, match=r"table\[1, 0\] is nan, expected finite numbers"):
        expect_finite("table", np.array([[1, 2], [np.nan, np.inf]]))


def test_only_what_is_unused_and_not_finite_is_replaced():
    values = np.array([[1.0, np.nan, np.inf], [np.nan, 5.0, -np.inf]])
    used = np.array([[True, False, True], [True, False, False]])
    np.testing.assert_array_equal(finite_where_unused(values, used), [[1, 0, np.inf], [np.nan, 5, 0]])


def test_axes_of_length_one_are_laid_onto_any():
    assert fits_onto((4, 1, 5), (4, 7, 5))
    assert not fits_onto((4, 2, 5), (4, 7, 5))
    assert not fits_onto((7, 5), (4, 7, 5))
