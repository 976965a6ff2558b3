"""Outcomes beside the truth: what counts as equal, as a whole and part by part."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rnncourse.checking.calls import Ending, Outcome
from rnncourse.checking.comparing import close, near, parts_right, same, truth
from rnncourse.exercises import find
from rnncourse.exercises.definitions import PRACTICE_SEED

LSTM = find("lstm_step")
CASES = LSTM.make_cases(PRACTICE_SEED)


def returned(*values):
    return Outcome(Ending.RETURNED, tuple(np.asarray(value) for value in values))


def test_the_tolerance_grows_with_the_number():
    got, expected = np.array([1.0, 100.0, 0.0]), np.array([1.0002, 100.005, 0.0002])
    assert near(got, expected, 1e-4).tolist() == [True, True, False]
    assert not close(got, expected, 1e-4)
    assert close(got, expected, 2e-4)


def test_equal_arrays_have_the_same_shape_and_nan_equals_nan():
    assert close(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), 1e-4)
    assert not close(np.ones((2, 1)), np.ones(2), 1e-4)


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        (Outcome(Ending.RAISED, error="ValueError", text="no"), True),
        (Outcome(Ending.RAISED, error="ValueError", text="other words"), False),
        (Outcome(Ending.RAISED, error="TypeError", text="no"), False),
        (Outcome(Ending.OUT_OF_TIME, text="no"), False),
    ],
)
def test_two_errors_are_the_same_if_their_words_are(other, equal):
    assert same(Outcome(Ending.RAISED, error="ValueError", text="no"), other, 1e-4) is equal


def test_the_numbers_with_which_keras_counts_its_layers_are_no_words():
    first, third = (
        Outcome(Ending.RAISED, error="ValueError", text=f"Layer '{n}' has no weights") for n in ("rnn", "rnn_3")
    )
    assert same(first, third, 1e-4)


def test_each_part_is_right_or_not_by_itself():
    expected = [truth(LSTM, case) for case in CASES]
    h_wrong = [returned(outcome.values[0] + 1, outcome.values[1]) for outcome in expected]
    assert parts_right(LSTM, expected, expected) == [True, True]
    assert parts_right(LSTM, h_wrong, expected) == [False, True]
    assert parts_right(LSTM, [*h_wrong[:1], *expected[1:]], expected) == [False, True]  # one case is enough
    raised = Outcome(Ending.RAISED, error="ValueError")
    assert parts_right(LSTM, [raised, *expected[1:]], expected) == [False, False]


def test_a_reference_that_fails_is_a_fault_of_ours():
    broken = dataclasses.replace(LSTM, reference=lambda *given: 1 / 0)
    with pytest.raises(RuntimeError, match="The reference of lstm_step raised: ZeroDivisionError"):
        truth(broken, CASES[0])
