"""The unrollings of the benchmark: numbers and gradients of static_rnn and dynamic_rnn, or its times mislead."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from benchmarks.other_unrollings import dynamic_simple_rnn, unrolled_rnn

BATCH, STEPS, FEATURES, UNITS = 5, 7, 3, 4
INPUTS = tf.constant(np.random.default_rng(2).normal(size=(BATCH, STEPS, FEATURES)))


def draw(*shapes, seed=1):
    rng = np.random.default_rng(seed)
    return [tf.constant(0.8 * rng.normal(size=shape)) for shape in shapes]


def differentiated(run, variables):
    """Outputs, last state, and the gradient of their squares and sum by the variables."""
    with tf.GradientTape() as tape:
        tape.watch(variables)
        outputs, state = run(*variables)
        cost = tf.reduce_sum(outputs**2) + sum(tf.reduce_sum(part**3) for part in tf.nest.flatten(state))
    return outputs, state, tape.gradient(cost, variables)


def assert_same(got, expected):
    for ours, theirs in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
        assert np.abs(theirs).max() > 0.01


@pytest.mark.parametrize("start", ["nothing", "a state"])
@pytest.mark.parametrize("parts", [1, 2, 3, 5])
def test_parts_change_nothing_but_the_order_of_work(parts, start):
    weights = draw((FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))
    zeros = start == "nothing"
    state = tuple((not zeros) * part for part in draw((BATCH, UNITS), (BATCH, UNITS), seed=3))

    def cell(weights):
        def step(x, state):
            new = rnncourse.lstm_step_tensorflow(x, state, *weights)
            return new[0], new

        return step

    def whole(*weights):
        outputs, last = rnncourse.static_rnn(cell(weights), tf.unstack(INPUTS, axis=1), state)
        return tf.stack(outputs, axis=1), last

    got = differentiated(lambda *weights: unrolled_rnn(cell(weights), INPUTS, None if zeros else state, parts), weights)
    assert_same(got, differentiated(whole, weights))


@pytest.mark.parametrize("compiled", [False, True], ids=["at once", "compiled"])
def test_one_product_before_the_loop_gives_the_numbers_and_the_gradient_of_the_loop(compiled):
    variables = [INPUTS, *draw((BATCH, UNITS), (FEATURES, UNITS), (UNITS, UNITS), (UNITS,))]

    def loop(inputs, state, *weights):
        step = lambda x, h: (rnncourse.rnn_step_tensorflow(x, h, *weights),) * 2  # noqa: E731
        return rnncourse.dynamic_rnn(step, inputs, state)

    ours = tf.function(dynamic_simple_rnn, autograph=False) if compiled else dynamic_simple_rnn
    assert_same(differentiated(ours, variables), differentiated(loop, variables))


def test_the_product_before_the_loop_is_not_in_it():
    weights = draw((BATCH, UNITS), (FEATURES, UNITS), (UNITS, UNITS), (UNITS,))
    function = tf.function(lambda batch: dynamic_simple_rnn(batch, *weights), autograph=False)
    traced = function.get_concrete_function(tf.TensorSpec([BATCH, None, FEATURES], tf.float64))
    bodies = [f for f in traced.graph.as_graph_def().library.function if "body" in f.signature.name]
    assert [sum(node.op == "MatMul" for node in body.node_def) for body in bodies] == [1]
