"""The tutorial's own network, run by TensorFlow 1's cells and graph, gives the numbers of every implementation here."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import rnncourse

from oracles.tensorflow1 import cells, graph_session, v1

X0 = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 0, 1]])  # the tutorial's batches
X1 = np.array([[9, 8, 7], [0, 0, 0], [6, 5, 4], [3, 2, 1]])


@pytest.fixture(scope="module")
def weights():
    """Asymmetric and small, so that no tanh is saturated and no transpose goes unnoticed."""
    rng = np.random.default_rng(17)
    return 0.1 * rng.normal(size=(3, 5)), 0.3 * rng.normal(size=(5, 5)), 0.2 * rng.normal(size=5)


@pytest.fixture(scope="module")
def tensorflow1(weights):
    """Y0, Y1 and the final state of BasicRNNCell through static_rnn; the cells are hidden under Keras 3 but run."""
    with graph_session() as session:
        inputs = [v1.placeholder(tf.float32, [None, 3]) for _ in range(2)]
        cell = cells.BasicRNNCell(num_units=5)
        outputs, state = v1.nn.static_rnn(cell, inputs, dtype=tf.float32)
        session.run(v1.global_variables_initializer())
        stacked, bias = cell.variables
        assert tuple(stacked.shape) == (8, 5)
        stacked.load(rnncourse.stack_kernels(*weights[:2]), session)
        bias.load(weights[2], session)
        return session.run([*outputs, state], feed_dict=dict(zip(inputs, (X0, X1), strict=True)))


def numpy_two_kernels(weights):
    return rnncourse.run_two_steps(X0, X1, *weights)


def numpy_one_kernel(weights):
    stacked = rnncourse.stack_kernels(*weights[:2])
    y0 = rnncourse.rnn_step_stacked(X0, np.zeros((4, 5)), stacked, weights[2])
    return y0, rnncourse.rnn_step_stacked(X1, y0, stacked, weights[2])


def tensorflow_cell(weights):
    cell = rnncourse.RNNCell(3, 5).assign(*weights)
    y0 = cell(tf.constant(X0, tf.float32), tf.zeros((4, 5)))
    return y0, cell(tf.constant(X1, tf.float32), y0)


def keras_layer(weights):
    layer = rnncourse.simple_rnn_layer(*weights)
    return tf.unstack(layer(np.stack([X0, X1], axis=1).astype("float32")), axis=1)


@pytest.mark.parametrize("ours", [numpy_two_kernels, numpy_one_kernel, tensorflow_cell, keras_layer])
def test_equals_tensorflow_1(ours, weights, tensorflow1):
    y0, y1 = ours(weights)
    np.testing.assert_allclose(y0, tensorflow1[0], atol=1e-6)
    np.testing.assert_allclose(y1, tensorflow1[1], atol=1e-6)
    np.testing.assert_allclose(y1, tensorflow1[2], atol=1e-6)  # the state is the last output
    assert np.asarray(y0).shape == np.asarray(y1).shape == (4, 5)


def test_the_comparison_would_notice_a_transpose(weights, tensorflow1):
    kernel, recurrent_kernel, bias = weights
    _, wrong = rnncourse.run_two_steps(X0, X1, kernel, recurrent_kernel.T, bias)
    assert np.abs(wrong - tensorflow1[1]).max() > 0.01
