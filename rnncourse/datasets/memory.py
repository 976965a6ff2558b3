"""Tests of memory, whose answer needs something from long ago, and one that needs what is still to come: all made."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_count, expect_shapes, expect_step

#: Mean squared error of the adding problem for whoever always answers 1, the mean: the variance of a sum of two.
ADDING_BLIND_ERROR = 1 / 6


class Sequences(NamedTuple):
    """What a network reads and what it should answer.

    Attributes:
        inputs: float32, shape (count, steps, features).
        targets: what to answer, shape (count, 1) float32 for a number, (count,) int32 for a class, (count, steps) int32
            for a class at every step.
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


def make_key_values(
    count: int,
    pairs: int,
    *,
    keys: int = 32,
    values: int = 16,
    steps: int | None = None,
    separate: bool = False,
    seed: int = 0,
) -> Sequences:
    """Key-value recall: ``pairs`` keys, each with a value, then one of these keys alone; the target is its value.

    The keys of a sequence are all different, its values are drawn with replacement; keys and values are different
    symbols. What a reader has to keep are pairs * log2(values) bits, and which key each of them belongs to.

    Args:
        count: how many sequences.
        pairs: how many pairs each has, from 1 to keys.
        keys: how many keys there are.
        values: how many values there are, at least 2. Blind guessing is right once in ``values``.
        steps: length of each sequence: before the first pair come steps with nothing. None: no such steps.
        separate: whether a key and its value stand in two steps, the key first, and not side by side in one.
        seed: the same seed gives the same sequences.

    Returns:
        inputs (count, steps, keys + values): a key is a one-hot vector in the first features, a value one in the rest;
        the last step holds the key that is asked for. Targets (count,): the values, whole numbers from 0.

    Raises:
        ValueError: a number is too small, or there are more pairs than keys.

    Source: J. Ba and others, "Using fast weights to attend to the recent past" (2016), where keys and values are
    separate. Side by side, a single layer of attention can find the value where the key is.
    """
    count, pairs, keys = (expect_count(name, n) for name, n in (("count", count), ("pairs", pairs), ("keys", keys)))
    values, seed = expect_count("values", values, least=2), expect_count("seed", seed, least=0)
    if pairs > keys:
        raise ValueError(f"pairs is {pairs}, expected at most {keys}, one for each of the keys.")
    stride = 2 if separate else 1
    least = stride * pairs + 1
    steps = least if steps is None else expect_count("steps", steps, least)
    rng = np.random.default_rng([seed, pairs, keys, values])
    shown = rng.permuted(np.tile(np.arange(keys), (count, 1)), axis=1)[:, :pairs]
    stored, asked = rng.integers(values, size=(count, pairs)), rng.integers(pairs, size=count)
    inputs, rows = np.zeros((count, steps, keys + values), dtype=np.float32), np.arange(count)
    places = steps - least + stride * np.arange(pairs)
    inputs[rows[:, None], places, shown] = 1
    inputs[rows[:, None], places + stride - 1, keys + stored] = 1
    inputs[rows, -1, shown[rows, asked]] = 1
    return Sequences(inputs, stored[rows, asked].astype(np.int32))


#: What is known of the switch: how surely it stays as it is from one step to the next, and how noisy its sensor is.
SWITCH_STAYS, SWITCH_NOISE = 0.95, 1.0


def make_switch(count: int, steps: int, seed: int = 0) -> Sequences:
    """x_t = s_t + noise, where s_t = 1 while a hidden switch is on and -1 while it is off: which is it, at every step?

    At every step the switch changes with a probability of 1 - ``SWITCH_STAYS``, 1 in 20; the noise is drawn from a
    normal distribution with the standard deviation ``SWITCH_NOISE``, 1. Such a process is a hidden Markov model; what
    can be known of it at best, ``switch_probabilities`` says.

    Args:
        count: how many sequences.
        steps: length of each.
        seed: the same seed gives the same sequences.

    Returns:
        inputs (count, steps, 1): what the sensor says; targets (count, steps): 1 where the switch is on, 0 where it is
        off.

    Raises:
        ValueError: a number is too small.
    """
    count, steps = expect_count("count", count), expect_count("steps", steps)
    rng = np.random.default_rng([expect_count("seed", seed, least=0), steps])
    changes = rng.random((count, steps)) >= SWITCH_STAYS
    changes[:, 0] = rng.random(count) < 0.5  # the state before the first step is off
    targets = (np.cumsum(changes, axis=1) % 2).astype(np.int32)
    readings = 2 * targets - 1 + SWITCH_NOISE * rng.normal(size=(count, steps))
    return Sequences(readings[..., np.newaxis].astype(np.float32), targets)


def switch_probabilities(inputs: np.ndarray, both_ways: bool = True) -> np.ndarray:
    """p(on at step t | x_0 … x_T), or given x_0 … x_t alone: no network can know more, since these are exact.

    Forwards a_t ∝ (a_(t-1) A) e_t, backwards b_t ∝ A (b_(t+1) e_(t+1)), together p_t ∝ a_t b_t; A holds the
    probabilities to stay and to change, e_t how likely x_t is while the switch is off and while it is on.

    Args:
        inputs: what the sensor says, see ``make_switch``, shape (batch, time, 1).
        both_ways: whether all of the sequence is known, or only what came so far.

    Returns:
        Probabilities, shape (batch, time).

    Raises:
        ValueError: inputs has a wrong shape, or no step.

    Source: the forward-backward algorithm; L. Rabiner, "A tutorial on hidden Markov models" (1989).
    """
    (inputs,) = expect_shapes(inputs=(inputs, "batch time 1"))
    expect_step("inputs", inputs)
    distances = ((inputs - np.array([-1.0, 1.0])) / SWITCH_NOISE) ** 2  # (batch, time, off and on)
    fits = np.exp(-0.5 * (distances - np.min(distances, axis=2, keepdims=True)))
    known = _expected(fits) * fits
    if both_ways:
        known = known * _expected(fits[:, ::-1])[:, ::-1]  # the chain looks the same from its end: A is symmetric
    return known[..., 1] / np.sum(known, axis=2)


def _expected(fits: np.ndarray) -> np.ndarray:
    """a_(t-1) A: what the steps before t say of step t, shape (batch, time, 2)."""
    stay = np.array([[SWITCH_STAYS, 1 - SWITCH_STAYS], [1 - SWITCH_STAYS, SWITCH_STAYS]])
    known, expected = np.full((len(fits), 2), 0.5), np.empty(fits.shape)
    for t in range(fits.shape[1]):
        expected[:, t] = known @ stay
        known = expected[:, t] * fits[:, t]
        known /= np.sum(known, axis=1, keepdims=True)
    return expected
