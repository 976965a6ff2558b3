"""The cells in TensorFlow against the layers of Keras, on random weights, also where they start from nothing; and the
cell that keeps its weights."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.tensorflow_cells import gru_step_tensorflow, lstm_step_tensorflow, rnn_step_tensorflow
from rnncourse.unrolling import static_rnn

BATCH, STEPS, FEATURES, UNITS = 3, 6, 4, 5
#: name -> (layer of Keras, step of ours, blocks of the kernel, biases)
CELLS = {
    "rnn": (keras.layers.SimpleRNN, rnn_step_tensorflow, 1, 1),
    "lstm": (keras.layers.LSTM, lstm_step_tensorflow, 4, 1),
    "gru": (keras.layers.GRU, gru_step_tensorflow, 3, 2),
}


NUMPY = {"rnn": rnncourse.rnn_step, "lstm": rnncourse.lstm_step, "gru": rnncourse.gru_step}


def random_weights(rng: np.random.Generator, blocks: int, biases: int) -> list[np.ndarray]:
    shapes = [(FEATURES, blocks * UNITS), (UNITS, blocks * UNITS), (biases, blocks * UNITS)]
    weights = [rng.normal(size=shape).astype("f4") for shape in shapes]
    return [*weights[:2], weights[2] if biases == 2 else weights[2][0]]


@pytest.mark.parametrize("start", ["nothing", "zeros", "a state"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_the_layer_of_keras(name, start):
    layer_class, step, blocks, biases = CELLS[name]
    rng = np.random.default_rng(5)
    weights = random_weights(rng, blocks, biases)
    inputs = rng.normal(size=(BATCH, STEPS, FEATURES)).astype("f4")
    parts = 2 if name == "lstm" else 1
    states = [(start == "a state") * rng.normal(size=(BATCH, UNITS)).astype("f4") for _ in range(parts)]

    layer = layer_class(UNITS, return_sequences=True, return_state=True)
    layer.build(inputs.shape)
    layer.set_weights(weights)
    expected, *expected_states = layer(inputs, initial_state=states)

    def cell(x, state):
        new = step(x, state, *weights)
        return (new[0], new) if parts == 2 else (new, new)

    state = None if start == "nothing" else tuple(map(tf.constant, states)) if parts == 2 else tf.constant(states[0])
    outputs, last = static_rnn(cell, tf.unstack(inputs, axis=1), state)
    np.testing.assert_allclose(tf.stack(outputs, axis=1), expected, atol=1e-6)
    for ours, theirs in zip(last if parts == 2 else [last], expected_states, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


X0 = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 0, 1]])  # the tutorial's batches
X1 = np.array([[9, 8, 7], [0, 0, 0], [6, 5, 4], [3, 2, 1]])


@pytest.fixture(scope="module")
def weights():
    """Asymmetric and small, so that no tanh is saturated and no transpose goes unnoticed."""
    rng = np.random.default_rng(17)
    return 0.1 * rng.normal(size=(3, 5)), 0.3 * rng.normal(size=(5, 5)), 0.2 * rng.normal(size=5)


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


REAL = ["float16", "float32", "float64", "int64", "uint8"]


def numbers(shape, dtype, seed):
    """Numbers that fit every dtype, so that a cast from one to another loses nothing but digits."""
    return np.random.default_rng(seed).integers(0, 3, size=shape).astype(dtype)


@pytest.mark.parametrize("weights", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("given", REAL)
@pytest.mark.parametrize("name", CELLS)
def test_the_weights_decide_in_which_dtype_a_step_computes(name, given, weights):
    _, step, blocks, biases = CELLS[name]
    arrays = [0.2 * array for array in random_weights(np.random.default_rng(6), blocks, biases)]
    inputs = numbers((BATCH, FEATURES), given, 1)
    parts = [numbers((BATCH, UNITS), given, seed) for seed in (2, 3)]
    state = tuple(parts) if name == "lstm" else parts[0]
    expected = NUMPY[name](inputs, state, *arrays)
    for passed in (inputs, tf.constant(inputs)):
        new = step(passed, state, *(tf.Variable(array, dtype=weights) for array in arrays))
        for got, wanted in zip(tf.nest.flatten(new), tf.nest.flatten(expected), strict=True):
            assert got.dtype == weights
            tolerance = {"float16": 5e-3, "bfloat16": 3e-2}.get(weights, 1e-6)
            np.testing.assert_allclose(tf.cast(got, tf.float64), wanted, atol=tolerance)


def test_arrays_as_weights_take_the_dtype_of_the_tensors_and_tensors_alone_decide():
    arrays = [np.ones((3, 2)), np.ones((2, 2)), np.ones(2)]
    assert rnn_step_tensorflow(tf.ones((4, 3)), None, *arrays).dtype == tf.float32
    assert rnn_step_tensorflow(np.ones((4, 3), "f4"), None, *arrays).dtype == tf.float64
    assert rnn_step_tensorflow(np.ones((4, 3), int), None, *(a.astype(int) for a in arrays)).dtype == tf.float32


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": np.full((4, 3), "a")}, "inputs has dtype string, expected numbers"),
        ({"inputs": np.ones((4, 3), bool)}, "inputs has dtype bool, expected numbers"),
        ({"inputs": [[1, 2, 3], [4]]}, "inputs is .*, expected an array or a tensor of numbers"),
        ({"inputs": None}, "inputs is None, expected an array"),
        ({"kernel": np.ones((3, 8), complex)}, "kernel has dtype complex128, expected numbers"),
        ({"state": np.ones((4, 2))}, "state is of type ndarray, expected a pair"),
        ({"state": (np.ones((4, 2)),) * 3}, "state is a tuple of 3, expected a pair"),
    ],
)
def test_what_is_no_number_is_named(changed, message):
    arguments = {"inputs": np.ones((4, 3)), "state": None, "kernel": np.ones((3, 8)), "bias": np.ones(8)}
    with pytest.raises(ValueError, match=message):
        lstm_step_tensorflow(**{**arguments, "recurrent_kernel": np.ones((2, 8)), **changed})


def test_a_cell_with_weights_of_its_own_takes_numpys_numbers(weights):
    cell = rnncourse.RNNCell(3, 5).assign(*weights)
    state = cell(X1, cell(X0.astype(float), np.zeros((4, 5))))
    np.testing.assert_allclose(state, rnncourse.run_two_steps(X0, X1, *weights)[1], atol=1e-6)
