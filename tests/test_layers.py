"""Layers of the course: Keras's with our weights inside, and what Keras lacks, through files too."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import GateBias, PeepholeLSTMCell
from rnncourse.forecasting import project_outputs

BATCH, STEPS, FEATURES, UNITS = 6, 7, 4, 5


@pytest.fixture(scope="module")
def inputs():
    return 0.7 * np.random.default_rng(11).normal(size=(BATCH, STEPS, FEATURES))


def test_a_layer_refuses_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"bias has shape \(2,\)"):
        rnncourse.simple_rnn_layer(np.ones((3, 5)), np.ones((5, 5)), np.ones(2))


def test_a_gate_bias_opens_one_gate():
    lstm = keras.layers.LSTM(2, bias_initializer=GateBias(f=3.0, i=-2.0), unit_forget_bias=False)
    lstm.build((None, None, 4))
    assert lstm.get_weights()[2].tolist() == [-2, -2, 3, 3, 0, 0, 0, 0]
    for reset_after in (True, False):
        gru = keras.layers.GRU(2, bias_initializer=GateBias("zrg", r=3.0), reset_after=reset_after)
        gru.build((None, None, 4))
        bias = np.atleast_2d(gru.get_weights()[2])
        assert bias[0].tolist() == [0, 0, 3, 3, 0, 0]
        assert not bias[1:].any()
    again = keras.initializers.deserialize(keras.initializers.serialize(GateBias(f=3.0)))
    assert again.get_config() == {"order": "ifgo", "f": 3.0}
    with pytest.raises(ValueError, match="There is a value for 'z', expected gates of 'ifgo': i, f, g, o"):
        GateBias(z=1.0)
    with pytest.raises(ValueError, match="The bias has 7 numbers, expected a block for each of i, f, g, o"):
        GateBias(f=1.0)((7,))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
def test_the_peephole_layer_travels_through_a_file(inputs, tmp_path):
    entry = keras.Input((STEPS, FEATURES), dtype="float64")
    model = keras.Model(entry, keras.layers.RNN(PeepholeLSTMCell(UNITS, peephole_initializer="ones"))(entry))
    assert np.all(model.get_weights()[-1] == 1)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.layers[-1].cell.peephole_initializer.__class__.__name__ == "Ones"


def test_the_peephole_layer_without_bias_and_with_zero_peepholes_is_an_lstm(inputs):
    rng = np.random.default_rng(3)
    weights = [0.7 * rng.normal(size=(rows, 4 * UNITS)) for rows in (FEATURES, UNITS)]
    states = [0.7 * rng.normal(size=(BATCH, UNITS)) for _ in range(2)]
    options = {"use_bias": False, "dtype": "float64"}
    cell = PeepholeLSTMCell(UNITS, peephole_initializer="zeros", **options)
    ours = keras.layers.RNN(cell, return_sequences=True, return_state=True, dtype="float64")
    theirs = keras.layers.LSTM(UNITS, return_sequences=True, return_state=True, **options)
    results = []
    for layer, values in ((ours, [*weights, np.zeros((3, UNITS))]), (theirs, weights)):
        layer.build(inputs.shape)
        layer.set_weights(values)
        results.append(layer(inputs, initial_state=[tf.constant(state) for state in states]))
    for got, expected in zip(*results, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)


def test_the_peephole_layer_learns_its_peepholes(inputs):
    cell = PeepholeLSTMCell(UNITS, dtype="float64")
    layer = keras.layers.RNN(cell)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs) ** 2)
    gradient = tape.gradient(loss, cell.peepholes.value)
    assert np.all(np.abs(gradient) > 0)


def test_the_peephole_layer_refuses_dropout():
    with pytest.raises(ValueError, match=r"recurrent_dropout is 0\.2, expected 0: put a keras.layers.Dropout"):
        PeepholeLSTMCell(3, recurrent_dropout=0.2)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras 3.15 and NumPy 2.4, while saving
def test_a_projected_cell_is_saved_and_loaded_with_its_weights(tmp_path):
    model = rnncourse.forecaster(6, "each step", 4, 2)
    model.save(tmp_path / "model.keras")
    inputs = np.random.default_rng(7).normal(size=(3, 4, 2)).astype(np.float32)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))


@pytest.mark.parametrize("cell", [keras.layers.SimpleRNNCell(5), keras.layers.LSTMCell(5), keras.layers.GRUCell(5)])
def test_any_cell_can_be_projected(cell):
    plain = keras.layers.RNN(cell, return_sequences=True)
    layer = keras.layers.RNN(rnncourse.OutputProjectionCell(cell, 3), return_sequences=True)
    inputs = np.random.default_rng(8).normal(size=(4, 6, 2)).astype(np.float32)
    projected = layer(inputs)
    W_y, b_y = (weight.numpy() for weight in layer.cell.projection.weights)
    expected = project_outputs(np.asarray(plain(inputs)), W_y, b_y)
    np.testing.assert_allclose(projected, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("cell", "size", "words"),
    [(keras.layers.Dense(3), 1, "expected a cell"), (keras.layers.SimpleRNNCell(3), 0, "output_size is 0")],
)
def test_a_projection_wants_a_cell_and_a_size(cell, size, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.OutputProjectionCell(cell, size)
