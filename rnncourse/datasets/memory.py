"""Two tests of memory: sequences whose answer needs something from long ago. Made, not loaded: of any length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_count

#: Mean squared error of the adding problem for whoever always answers 1, the mean: the variance of a sum of two.
ADDING_BLIND_ERROR = 1 / 6


class Sequences(NamedTuple):
    """What a network reads and what it should answer at the end.

    Attributes:
        inputs: float32, shape (count, steps, features).
        targets: what to answer, shape (count, 1) float32 for a number, (count,) int32 for a class.
    """

    inputs: np.ndarray
    targets: np.ndarray


def make_adding(count: int, steps: int, seed: int = 0) -> Sequences:
    """The adding problem: target = the sum of the two marked numbers, of ``steps`` numbers drawn from 0 to 1.

    One of the marks stands in the first tenth of the sequence (at least in the first step), the other anywhere in its
    first half: half of the sequence or more has to be bridged. The last step shows nothing special.

    Args:
        count: how many sequences.
        steps: length of each, at least 4.
        seed: the same seed gives the same sequences.

    Returns:
        inputs (count, steps, 2): feature 0 is the number, feature 1 is 1 at the two marks and 0 elsewhere;
        targets (count, 1). Always answering 1 has a mean squared error of 1/6, over many sequences.

    Raises:
        ValueError: count or steps is too small.

    Source: S. Hochreiter and J. Schmidhuber, "Long short-term memory" (1997), task 4, with the marks as in later texts.
    """
    count, steps = expect_count("count", count), expect_count("steps", steps, least=4)
    seed = expect_count("seed", seed, least=0)
    rng = np.random.default_rng([seed, steps])
    inputs = np.zeros((count, steps, 2), dtype=np.float32)
    inputs[:, :, 0] = rng.random((count, steps), dtype=np.float32)
    early = max(1, steps // 10)
    rows = np.arange(count)
    first, second = rng.integers(early, size=count), rng.integers(early, steps // 2, size=count)
    inputs[rows, first, 1] = inputs[rows, second, 1] = 1
    targets = inputs[rows, first, 0] + inputs[rows, second, 0]
    return Sequences(inputs, targets[:, None])


def make_recall(count: int, steps: int, classes: int = 4, seed: int = 0) -> Sequences:
    """The recall test: the target is the symbol of the very first step; all that comes later is noise.

    Args:
        count: how many sequences.
        steps: length of each, at least 2; the lag to bridge is steps - 1.
        classes: how many symbols there are, at least 2. Blind guessing is right once in ``classes``.
        seed: the same seed gives the same sequences.

    Returns:
        inputs (count, steps, classes + 1): the symbol as a one-hot vector in step 0, and in the last feature of every
        later step a number from a normal distribution; targets (count,): the symbols, whole numbers from 0.

    Raises:
        ValueError: a number is too small.
    """
    count, steps = expect_count("count", count), expect_count("steps", steps, least=2)
    classes, seed = expect_count("classes", classes, least=2), expect_count("seed", seed, least=0)
    rng = np.random.default_rng([seed, steps, classes])
    symbols = rng.integers(classes, size=count).astype(np.int32)
    inputs = np.zeros((count, steps, classes + 1), dtype=np.float32)
    inputs[np.arange(count), 0, symbols] = 1
    inputs[:, 1:, classes] = rng.normal(size=(count, steps - 1))
    return Sequences(inputs, symbols)
