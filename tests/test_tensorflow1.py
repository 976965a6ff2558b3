"""The tutorial's own network, run by TensorFlow 1's cells and graph, gives the numbers of every implementation here."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
import tensorflow as tf

import rnncourse

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
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # they announce their own end
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


def test_gradients_equal_finite_differences(weights):
    kernel, recurrent_kernel, bias = (tf.Variable(w, dtype=tf.float64) for w in weights)
    x0, x1 = tf.constant(X0, tf.float64), tf.constant(X1, tf.float64)

    def total(w_x, w_h, b):
        y0 = rnncourse.rnn_step_tensorflow(x0, tf.zeros((4, 5), tf.float64), w_x, w_h, b)
        return tf.reduce_sum(rnncourse.rnn_step_tensorflow(x1, y0, w_x, w_h, b) ** 2)

    with tf.GradientTape() as tape:
        loss = total(kernel, recurrent_kernel, bias)
    for index, gradient in enumerate(tape.gradient(loss, [kernel, recurrent_kernel, bias])):
        for position in np.ndindex(*gradient.shape):
            moved = [np.array(w) for w in weights]
            moved[index][position] += 1e-6
            higher = float(total(*moved))
            moved[index][position] -= 2e-6
            slope = (higher - float(total(*moved))) / 2e-6
            assert slope == pytest.approx(float(gradient[position]), rel=1e-5, abs=1e-7)


def test_the_cell_gives_the_same_compiled_and_is_traced_once(weights):
    cell = rnncourse.RNNCell(3, 5).assign(*weights)
    compiled = tf.function(cell.__call__)
    state = at_once = tf.zeros((4, 5))
    for inputs in (X0, X1, X0):
        inputs = tf.constant(inputs, tf.float32)
        state, at_once = compiled(inputs, state), cell(inputs, at_once)
    np.testing.assert_allclose(state, at_once, atol=1e-6)
    assert compiled.experimental_get_tracing_count() == 1


def test_the_cell_starts_reproducibly_and_refuses_weights_that_do_not_fit(weights):
    first, second = rnncourse.RNNCell(3, 5, seed=3), rnncourse.RNNCell(3, 5, seed=3)
    np.testing.assert_array_equal(first.kernel, second.kernel)
    assert not np.array_equal(first.kernel, rnncourse.RNNCell(3, 5, seed=4).kernel)
    with pytest.raises(ValueError, match=r"kernel has shape \(5, 3\), expected \(features, units\) = \(3, 5\)"):
        first.assign(weights[0].T, weights[1], weights[2])
    with pytest.raises(ValueError, match="units is 0, expected a whole number of at least 1"):
        rnncourse.RNNCell(3, 0)
