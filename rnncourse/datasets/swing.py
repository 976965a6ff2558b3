"""A swing that is seen once a second: the smallest sequence whose next step cannot be known from the present one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_count

#: Where it is, step by step: -1 is left, 0 the middle, 1 right.
POSITIONS = (-1.0, 0.0, 1.0, 0.0)
#: Mean squared error of the best answer to the present position alone, over whole rounds: right at both ends, and
#: wrong by 1 in the middle, from which it goes to the left as often as to the right.
PRESENT_ALONE_ERROR = 0.5


class Swing(NamedTuple):
    """What a network sees and what it should say at the same step.

    Attributes:
        inputs: x_t, where each swing is, shape (2, steps, 1).
        targets: x_(t+1), where it is one step later, shape (2, steps, 1).
    """

    inputs: np.ndarray
    targets: np.ndarray


def make_swing(steps: int = 12) -> Swing:
    """x_t = -1, 0, 1, 0, -1, … and target x_(t+1): one swing starts at the left, the other at the right.

    From the second step on the target is -x_(t-1): who remembers one input needs no more. At the first step it is 0.

    Args:
        steps: how many positions are seen; with a multiple of 4 no middle is followed by one side more often.

    Returns:
        inputs and targets, shape (2, steps, 1) each.

    Raises:
        ValueError: steps is not a whole number of at least 1.
    """
    steps = expect_count("steps", steps)
    left = np.resize(POSITIONS, steps + 1)
    places = np.stack([left, -left])[:, :, np.newaxis]
    return Swing(places[:, :-1], places[:, 1:])
