"""The cells in TensorFlow against the layers of Keras, on random weights, also where they start from nothing."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnncourse.tensorflow_cells import gru_step_tensorflow, lstm_step_tensorflow, rnn_step_tensorflow
from rnncourse.unrolling import static_rnn

BATCH, STEPS, FEATURES, UNITS = 3, 6, 4, 5
#: name -> (layer of Keras, step of ours, blocks of the kernel, biases)
CELLS = {
    "rnn": (keras.layers.SimpleRNN, rnn_step_tensorflow, 1, 1),
    "lstm": (keras.layers.LSTM, lstm_step_tensorflow, 4, 1),
    "gru": (keras.layers.GRU, gru_step_tensorflow, 3, 2),
}


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
