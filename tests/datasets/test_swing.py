"""The swing: what comes next needs the step before, and the yardstick is what the present alone can give."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.datasets.swing import PRESENT_ALONE_ERROR, make_swing


def test_one_starts_left_and_one_right():
    inputs, targets = make_swing(8)
    assert inputs.shape == targets.shape == (2, 8, 1)
    assert inputs[0, :, 0].tolist() == [-1, 0, 1, 0, -1, 0, 1, 0]
    np.testing.assert_array_equal(inputs[1], -inputs[0])


@pytest.mark.parametrize("steps", [1, 2, 12, 13])
def test_the_target_is_the_next_position_and_minus_the_last_one(steps):
    inputs, targets = make_swing(steps)
    np.testing.assert_array_equal(targets[:, :-1], inputs[:, 1:])
    np.testing.assert_array_equal(targets[:, 1:], -inputs[:, :-1])
    assert not targets[:, 0].any()


def test_the_error_of_who_knows_the_present_alone():
    inputs, targets = make_swing(12)
    best = {x: targets[inputs == x].mean() for x in (-1, 0, 1)}
    answers = np.vectorize(best.get)(inputs)
    assert np.mean((answers - targets) ** 2) == PRESENT_ALONE_ERROR


def test_bad_steps_are_named():
    with pytest.raises(ValueError, match="steps is 0, expected a whole number of at least 1"):
        make_swing(0)
