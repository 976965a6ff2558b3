"""Stacks of cells: equal to TensorFlow 1's and Keras's, on asymmetric random weights; and whom each lets drop what."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse

from oracles.tensorflow1 import cells, graph_session, v1

BATCH, STEPS, FEATURES, UNITS = 3, 5, 2, (6, 4, 7)
rng = np.random.default_rng(29)
INPUTS = rng.normal(size=(BATCH, STEPS, FEATURES))
WEIGHTS = [
    (0.6 * rng.normal(size=(below, n)), 0.4 * rng.normal(size=(n, n)), 0.3 * rng.normal(size=n))
    for below, n in zip((FEATURES, *UNITS), UNITS, strict=False)
]
STARTS = [rng.uniform(-1, 1, size=(BATCH, n)) for n in UNITS]
STACKED = [(rnncourse.stack_kernels(*kernels), bias) for *kernels, bias in WEIGHTS]  # as TensorFlow 1 keeps them


def numpy_cell(kernel, recurrent_kernel, bias):
    def step(inputs, state):
        state = rnncourse.rnn_step(inputs, state, kernel, recurrent_kernel, bias)
        return state, state

    return step


@pytest.fixture(scope="module")
def ours():
    """The outputs of the top layer and the last state of every layer, in NumPy."""
    stack = rnncourse.stack_steps([numpy_cell(*weights) for weights in WEIGHTS])
    outputs, states = rnncourse.static_rnn(stack, rnncourse.unpack_sequence(INPUTS), tuple(STARTS))
    return rnncourse.pack_sequence(outputs), states


def assert_equal(theirs, ours):
    outputs, states = theirs
    assert len(states) == len(UNITS)
    np.testing.assert_allclose(outputs, ours[0], atol=1e-6)
    for state, expected in zip(states, ours[1], strict=True):
        np.testing.assert_allclose(state, expected, atol=1e-6)


def tensorflow1(
    unrolling, wrapper=lambda cell: cell, inputs=INPUTS, starts=STARTS, cell="BasicRNNCell", weights=STACKED,
    dtype=tf.float32,
):  # fmt: skip
    """MultiRNNCell of such cells with our weights; the cells are hidden under Keras 3 but run."""
    with graph_session() as session:
        v1.set_random_seed(3)
        layers = [getattr(cells, cell)(n, dtype=dtype) for n in UNITS]
        stack = cells.MultiRNNCell([wrapper(layer) for layer in layers])
        start = tuple(tf.constant(state, dtype) for state in starts) if starts else None
        batch = tf.constant(inputs, dtype)
        if unrolling == "dynamic_rnn":
            outputs, states = v1.nn.dynamic_rnn(stack, batch, initial_state=start, dtype=dtype)
        else:
            outputs, states = v1.nn.static_rnn(stack, tf.unstack(batch, axis=1), initial_state=start)
            outputs = tf.stack(outputs, axis=1)
        session.run(v1.global_variables_initializer())
        for layer, values in zip(layers, weights, strict=True):
            for variable, value in zip(layer.variables, values, strict=True):
                variable.load(value, session)
        return session.run([outputs, states])


@pytest.mark.parametrize("unrolling", ["static_rnn", "dynamic_rnn"])
def test_equals_tensorflow_1s_multi_rnn_cell(unrolling, ours):
    assert_equal(tensorflow1(unrolling), ours)


def keras_layer(kind):
    """Three cells in one layer, or three layers; with our weights."""
    if kind == "cells":
        return [
            keras.layers.RNN([keras.layers.SimpleRNNCell(n) for n in UNITS], return_sequences=True, return_state=True)
        ]
    return [keras.layers.SimpleRNN(n, return_sequences=True, return_state=True) for n in UNITS]


def test_equals_keras_cells_in_one_layer(ours):
    (layer,) = keras_layer("cells")
    layer.build(INPUTS.shape)
    layer.set_weights([array for weights in WEIGHTS for array in weights])
    outputs, *states = layer(INPUTS.astype("float32"), initial_state=[tf.constant(s, tf.float32) for s in STARTS])
    assert_equal((outputs, states), ours)


def test_equals_keras_layers_one_after_the_other(ours):
    outputs, states = INPUTS.astype("float32"), []
    for layer, weights, start in zip(keras_layer("layers"), WEIGHTS, STARTS, strict=True):
        layer.build(outputs.shape)
        layer.set_weights(weights)
        outputs, state = layer(outputs, initial_state=tf.constant(start, tf.float32))
        states.append(state)
    assert_equal((outputs, states), ours)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_stack_of_tensorflow_cells_runs_in_dynamic_rnn(compiled, ours):
    cells = [rnncourse.RNNCell(w[0].shape[0], w[0].shape[1]).assign(*w) for w in WEIGHTS]
    stack = rnncourse.stack_steps([lambda x, h, cell=cell: (cell(x, h),) * 2 for cell in cells])

    def run(inputs, states):
        return rnncourse.dynamic_rnn(stack, inputs, states)

    run = tf.function(run, autograph=False) if compiled else run
    assert_equal(run(tf.constant(INPUTS, tf.float32), tuple(tf.constant(s, tf.float32) for s in STARTS)), ours)


def test_layer_by_layer_gives_the_same_numbers(ours):
    outputs, states = rnncourse.unpack_sequence(INPUTS), []
    for weights, start in zip(WEIGHTS, STARTS, strict=True):
        outputs, state = rnncourse.static_rnn(numpy_cell(*weights), outputs, start)
        states.append(state)
    assert_equal((rnncourse.pack_sequence(outputs), states), ours)


def test_the_comparison_would_notice_two_layers_exchanged(ours):
    """Layers of one size, so that every order runs."""
    square = [(0.5 * rng.normal(size=(4, 4)), 0.5 * rng.normal(size=(4, 4)), rng.normal(size=4)) for _ in range(2)]
    x, start = rng.normal(size=(BATCH, 4)), (np.zeros((BATCH, 4)),) * 2
    one, other = (
        rnncourse.stack_steps([numpy_cell(*w) for w in order])(x, start)[0] for order in (square, square[::-1])
    )
    assert np.abs(one - other).max() > 0.01


def test_a_stack_of_stacks_is_a_stack(ours):
    cells = [numpy_cell(*weights) for weights in WEIGHTS]
    nested = rnncourse.stack_steps([cells[0], rnncourse.stack_steps(cells[1:])])
    start = (STARTS[0], tuple(STARTS[1:]))
    outputs, (first, others) = rnncourse.static_rnn(nested, rnncourse.unpack_sequence(INPUTS), start)
    assert_equal((rnncourse.pack_sequence(outputs), (first, *others)), ours)


def kept_by_step(outputs):
    """Which inputs came through, for cells that hand on what they read and remember nothing."""
    return np.asarray(outputs) != 0


def test_keras_draws_one_mask_for_all_steps_and_tensorflow_1_one_for_each():
    layer = keras.layers.SimpleRNN(
        30, activation="linear", kernel_initializer="identity", recurrent_initializer="zeros", return_sequences=True,
        dropout=0.5, seed=5,
    )  # fmt: skip
    kept = kept_by_step(layer(np.ones((8, 6, 30), "float32"), training=True))
    assert 0.3 < kept.mean() < 0.7
    assert (kept == kept[:, :1]).all()

    outputs, _ = tensorflow1("dynamic_rnn", lambda cell: cells.DropoutWrapper(cell, output_keep_prob=0.5))
    kept = kept_by_step(outputs)
    assert 0.3 < kept.mean() < 0.7
    assert (kept != kept[:, :1]).any()


@pytest.fixture
def float64():
    """Models are made in float64, and afterwards as before."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


def as_basic_lstm_cell(kernel, recurrent_kernel, bias):
    """Keras's blocks i, f, g, o as TensorFlow 1's i, j, f, o; it adds 1 to the bias of f when it runs."""
    i, f, g, o = np.split(np.concatenate([kernel, recurrent_kernel, bias[np.newaxis]]), 4, axis=1)
    f[-1] -= 1
    stacked = np.concatenate([i, g, f, o], axis=1)
    return stacked[:-1], stacked[-1]


def test_deep_classifier_of_lstms_is_tensorflow_1s(float64):
    """The tutorial's network: MultiRNNCell of BasicLSTMCells, dynamic_rnn, logits from the last h of the top layer."""
    model, draw = rnncourse.deep_classifier(UNITS, cell="lstm", unroll=False), np.random.default_rng(41)
    model.set_weights([0.5 * draw.normal(size=weight.shape) for weight in model.weights])
    *recurrent, kernel, bias = model.get_weights()
    weights = [as_basic_lstm_cell(*recurrent[i : i + 3]) for i in (0, 3, 6)]
    images = draw.uniform(size=(BATCH, 28, 28))
    _, states = tensorflow1(
        "dynamic_rnn", inputs=images, starts=None, cell="BasicLSTMCell", weights=weights, dtype=tf.float64
    )
    logits = model(images)
    assert logits.dtype == tf.float64
    np.testing.assert_allclose(logits, states[-1][1] @ kernel + bias, rtol=1e-6, atol=1e-6)
