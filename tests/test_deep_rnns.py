"""Stacks of cells, their parameters, and dropout: equal to TensorFlow 1's and Keras's, on asymmetric random weights."""

from __future__ import annotations

import importlib
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse

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
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # they announce their own end
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


@pytest.mark.parametrize("steps", [[], None, numpy_cell(*WEIGHTS[0]), [3]])
def test_what_is_no_list_of_cells_is_refused(steps):
    with pytest.raises(ValueError, match="expected a list of cells, the bottom layer first"):
        rnncourse.stack_steps(steps)


@pytest.mark.parametrize(("states", "got"), [(STARTS[:2], "a tuple of 2"), (STARTS[0], "of type ndarray")])
def test_a_missing_state_is_noticed(states, got):
    stack = rnncourse.stack_steps([numpy_cell(*weights) for weights in WEIGHTS])
    with pytest.raises(ValueError, match=f"states is {got}, expected a tuple of 3"):
        stack(INPUTS[:, 0], states)


@pytest.mark.parametrize(("features", "units"), [(2, (100, 100, 100)), (28, (5, 9)), (3, (4,)), (1, (7, 2, 3, 6))])
def test_parameters_are_those_of_keras(features, units):
    layer = keras.layers.RNN([keras.layers.SimpleRNNCell(n) for n in units])
    layer.build((None, 5, features))
    assert rnncourse.stack_parameter_count(features, units) == layer.count_params()


@pytest.mark.parametrize(("features", "layers"), [(1, 1), (2, 3), (28, 1), (28, 4)])
def test_units_for_budget_is_the_largest_number_within_it(features, layers):
    for units in (1, 2, 13, 100, 4000):
        exact = rnncourse.stack_parameter_count(features, [units] * layers)
        next_one = rnncourse.stack_parameter_count(features, [units + 1] * layers)
        assert rnncourse.units_for_budget(features, layers, exact) == units
        assert rnncourse.units_for_budget(features, layers, next_one - 1) == units


def test_sizes_that_make_no_stack_are_refused():
    with pytest.raises(ValueError, match="expected a list with the size of each layer"):
        rnncourse.stack_parameter_count(2, [])
    with pytest.raises(ValueError, match="expected a list with the size of each layer"):
        rnncourse.stack_parameter_count(2, 100)
    with pytest.raises(ValueError, match=r"units\[1\] is 0, expected a whole number of at least 1"):
        rnncourse.stack_parameter_count(2, [3, 0])
    with pytest.raises(ValueError, match="budget is 9, expected at least 10: one neuron in each layer"):
        rnncourse.units_for_budget(2, 3, 9)


def test_dropout_keeps_the_mean_and_the_share():
    values, noise = rng.uniform(1, 2, size=200_000), rng.random(200_000)
    for rate in (0.1, 0.5, 0.8):
        dropped = rnncourse.dropout(values, rate, noise)
        assert np.mean(dropped == 0) == pytest.approx(rate, abs=0.01)
        assert dropped.mean() == pytest.approx(values.mean(), rel=0.02)
        kept = dropped != 0
        np.testing.assert_allclose(dropped[kept], values[kept] / (1 - rate))


def test_dropout_does_to_the_kept_what_keras_and_tensorflow_1_do():
    values = rng.uniform(1, 2, size=(40, 50)).astype("float32")
    theirs = (
        keras.layers.Dropout(0.3, seed=1)(values, training=True),
        tf.compat.v1.nn.dropout(values, rate=0.3, seed=1),
    )
    for result in map(np.asarray, theirs):
        noise = (result != 0).astype(float)  # 1 where they kept, 0 where they dropped
        np.testing.assert_allclose(rnncourse.dropout(values, 0.3, noise), result, rtol=1e-5)


def test_one_mask_for_all_the_steps_or_one_for_each():
    values = np.ones((40, 9, 30))
    shared = rnncourse.dropout(values, 0.5, rng.random((40, 1, 30)))
    assert np.array_equal(shared, np.repeat(shared[:, :1], 9, axis=1))
    own = rnncourse.dropout(values, 0.5, rng.random((40, 9, 30)))
    assert not np.array_equal(own[:, 0], own[:, 1])


def test_dropout_only_while_training():
    values = rng.normal(size=(4, 5))
    assert rnncourse.dropout(values, 0.9, rng.random((4, 5)), training=False) is values
    np.testing.assert_array_equal(rnncourse.dropout(values, 0.0, np.zeros((4, 5))), values)


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, float("nan")])
def test_dropout_refuses_a_rate_that_is_no_share(rate):
    with pytest.raises(ValueError, match="expected a share from 0 up to, but not including, 1"):
        rnncourse.dropout(np.ones(3), rate, np.ones(3))


@pytest.mark.parametrize("shape", [(4,), (5, 4), (4, 5, 1), (2, 5)])
def test_dropout_refuses_noise_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"expected \(4, 5\), or 1 in place of a shared axis"):
        rnncourse.dropout(np.ones((4, 5)), 0.5, np.ones(shape))


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

    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    outputs, _ = tensorflow1("dynamic_rnn", lambda cell: cells.DropoutWrapper(cell, output_keep_prob=0.5))
    kept = kept_by_step(outputs)
    assert 0.3 < kept.mean() < 0.7
    assert (kept != kept[:, :1]).any()


def test_deep_classifier_is_a_stack_with_the_right_layers():
    model = rnncourse.deep_classifier([5, 8, 6], dropout=0.3, input_dropout=0.2, unroll=False)
    recurrent = [model.get_layer(f"layer_{number}") for number in (1, 2, 3)]
    assert [layer.cell.dropout for layer in recurrent] == [0.2, 0.3, 0.3]
    assert [layer.return_sequences for layer in recurrent] == [True, True, False]
    assert sum(layer.count_params() for layer in recurrent) == rnncourse.stack_parameter_count(28, [5, 8, 6])
    assert model.output_shape == (None, 10)
    assert model.get_layer("dropout").rate == 0.3


def test_deep_classifier_drops_only_while_it_trains():
    model = rnncourse.deep_classifier([9, 7], dropout=0.5, unroll=False)
    images = rng.random((4, 28, 28)).astype("float32")
    once, again = model(images), model(images)
    np.testing.assert_array_equal(once, again)
    training = [np.asarray(model(images, training=True)) for _ in range(2)]
    assert np.abs(training[0] - training[1]).max() > 1e-3
    assert "dropout" not in [layer.name for layer in rnncourse.deep_classifier([4], unroll=False).layers]


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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"units": []}, "units is"),
        ({"units": [3, -1]}, r"units\[1\] is -1"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"input_dropout": -0.2}, "input_dropout is -0.2"),
    ],
)
def test_deep_classifier_refuses(given, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.deep_classifier(**given)
