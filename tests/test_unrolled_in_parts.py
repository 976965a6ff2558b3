"""Unrolling in parts that run side by side, and cutting the way back: the numbers and gradients they should have."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from rnncourse import static_rnn, truncated_rnn, unrolled_rnn
from rnncourse.tensorflow_cells import lstm_step_tensorflow, rnn_step_tensorflow

BATCH, STEPS, FEATURES, UNITS = 5, 7, 3, 4


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(1)
    shapes = (FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)
    return [tf.constant(0.8 * rng.normal(size=shape)) for shape in shapes]


@pytest.fixture(scope="module")
def inputs():
    return tf.constant(np.random.default_rng(2).normal(size=(BATCH, STEPS, FEATURES)))


def lstm(weights):
    def step(x, state):
        new = lstm_step_tensorflow(x, state, *weights)
        return new[0], new

    return step


def with_gradient(run, weights):
    """Outputs, last state, and the gradient of the outputs' squares by the weights."""
    with tf.GradientTape() as tape:
        tape.watch(weights)
        outputs, state = run()
        cost = tf.reduce_sum(outputs**2) + tf.reduce_sum(state[1])
    return outputs, state, tape.gradient(cost, weights)


@pytest.mark.parametrize("start", ["nothing", "a state"])
@pytest.mark.parametrize("parts", [1, 2, 3, 5])
def test_parts_change_nothing_but_the_order_of_work(weights, inputs, parts, start):
    rng = np.random.default_rng(3)
    zeros = start == "nothing"
    state = tuple(tf.constant((not zeros) * rng.normal(size=(BATCH, UNITS))) for _ in range(2))

    def whole():
        outputs, last = static_rnn(lstm(weights), tf.unstack(inputs, axis=1), state)
        return tf.stack(outputs, axis=1), last

    expected = with_gradient(whole, weights)
    got = with_gradient(lambda: unrolled_rnn(lstm(weights), inputs, None if zeros else state, parts), weights)
    for ours, theirs in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("parts", [0, 6])
def test_parts_out_of_range_are_refused(weights, inputs, parts):
    with pytest.raises(ValueError, match="parts is"):
        unrolled_rnn(lstm(weights), inputs, None, parts)


def test_a_batch_or_a_time_that_is_not_known_is_refused(weights):
    unknown = tf.TensorSpec([None, STEPS, FEATURES], tf.float64)
    with pytest.raises(ValueError, match=r"inputs has shape \(None, 7, 3\)"):
        tf.function(lambda x: unrolled_rnn(lstm(weights), x)[0], autograph=False).get_concrete_function(unknown)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 20])
def test_the_state_goes_on_and_the_gradient_ends_at_the_border(weights, inputs, length):
    steps, state = tf.unstack(inputs, axis=1), (tf.zeros((BATCH, UNITS), tf.float64),) * 2
    got = with_gradient(lambda: stacked(truncated_rnn(lstm(weights), steps, state, length)), weights)
    whole = with_gradient(lambda: stacked(static_rnn(lstm(weights), steps, state)), weights)
    np.testing.assert_array_equal(got[0], whole[0])

    # the pieces one by one, each from a state that is a plain number: no gradient can cross
    total, start = [tf.zeros_like(part) for part in weights], state
    for begin in range(0, STEPS, length):
        last = begin + length >= STEPS
        with tf.GradientTape() as tape:
            tape.watch(weights)
            outputs, after = static_rnn(lstm(weights), steps[begin : begin + length], start)
            cost = tf.reduce_sum(tf.stack(outputs) ** 2) + last * tf.reduce_sum(after[1])
        total = [a + b for a, b in zip(total, tape.gradient(cost, weights), strict=True)]
        start = tuple(tf.constant(part.numpy()) for part in after)
    for ours, expected in zip(got[2], total, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    if length < STEPS:
        assert not np.allclose(got[2][1], whole[2][1], rtol=1e-3)


def stacked(result):
    outputs, state = result
    return tf.stack(outputs, axis=1), state


def test_a_tensor_in_place_of_a_list_and_no_length_are_refused():
    with pytest.raises(ValueError, match="inputs"):
        truncated_rnn(rnn_step_tensorflow, tf.zeros((3, 1, 1)), tf.zeros((1, 1)), 2)
    with pytest.raises(ValueError, match="length is 0, expected a whole number of at least 1"):
        truncated_rnn(rnn_step_tensorflow, [tf.zeros((1, 1))], tf.zeros((1, 1)), 0)
