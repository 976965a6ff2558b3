"""Forecasters: windows, baselines, projections and networks agree with each other and with TensorFlow 1."""

from __future__ import annotations

import importlib
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import forecasting
from rnncourse.datasets.series import random_windows


def test_windows_of_a_series_and_their_targets():
    inputs, targets = forecasting.make_windows(np.arange(7.0), 4)
    assert inputs[..., 0].tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]
    np.testing.assert_array_equal(targets, inputs + 1)
    assert inputs.shape == (3, 4, 1)


@pytest.mark.parametrize(("series", "steps"), [([[1.0, 2.0]], 1), (np.arange(4), 4), (np.arange(4), 0)])
def test_windows_need_a_row_longer_than_a_window(series, steps):
    with pytest.raises(ValueError, match=r"series has|time_steps is"):
        forecasting.make_windows(series, steps)


def test_persistence_is_a_copy_of_the_inputs():
    inputs = np.random.default_rng(0).normal(size=(3, 4, 2))
    forecast = forecasting.persistence(inputs)
    np.testing.assert_array_equal(forecast, inputs)
    assert not np.shares_memory(forecast, inputs)


def test_error_per_step_is_no_cost_of_stretched_shapes():
    rng = np.random.default_rng(1)
    forecasts, targets = rng.normal(size=(2, 5, 3, 2))
    errors = forecasting.error_per_step(forecasts, targets)
    assert errors.shape == (3,)
    assert errors[1] == pytest.approx(np.mean((forecasts[:, 1] - targets[:, 1]) ** 2))
    assert errors.mean() == pytest.approx(float(keras.losses.MeanSquaredError()(targets, forecasts)), rel=1e-6)
    with pytest.raises(ValueError, match="targets has shape"):
        forecasting.error_per_step(forecasts, targets[..., :1])


def test_the_linear_fit_finds_a_rule_and_looks_at_the_past_only():
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(40, 4, 1))
    rule, constants = np.tril(rng.normal(size=(4, 4))), rng.normal(size=4)
    targets = forecasting.linear_forecast(inputs, rule, constants)
    weights, biases = forecasting.fit_causal_linear(inputs, targets)
    np.testing.assert_allclose(weights, rule, atol=1e-10)
    np.testing.assert_allclose(biases, constants, atol=1e-10)
    later = inputs.copy()
    later[:, 2:] += 1
    moved = forecasting.linear_forecast(later, weights, biases)
    np.testing.assert_array_equal(moved[:, :2], forecasting.linear_forecast(inputs, weights, biases)[:, :2])


def test_the_linear_fit_has_the_smallest_squared_error():
    rng = np.random.default_rng(3)
    inputs, targets = rng.normal(size=(2, 30, 5, 1))
    weights, biases = forecasting.fit_causal_linear(inputs, targets)
    best = forecasting.error_per_step(forecasting.linear_forecast(inputs, weights, biases), targets)
    for _ in range(20):
        other = weights + 0.05 * np.tril(rng.normal(size=(5, 5))), biases + 0.05 * rng.normal(size=5)
        assert (forecasting.error_per_step(forecasting.linear_forecast(inputs, *other), targets) > best).all()


def test_the_curve_obeys_a_rule_of_six_terms():
    """(z² - 2 cos(0.1) z + 1)² (z² - 2 cos(0.5) z + 1), the same from both ends."""
    slow, fast = ([1, -2 * np.cos(angle), 1] for angle in (0.1, 0.5))
    rule = -np.polymul(np.polymul(slow, slow), fast)[1:][::-1]
    weights, biases = forecasting.fit_causal_linear(*(w.astype(float) for w in random_windows(3000, 0)))
    np.testing.assert_allclose(weights[5, :6], rule, rtol=0.02)
    held_out = random_windows(500, 1, "test")
    errors = forecasting.error_per_step(forecasting.linear_forecast(held_out.inputs, weights, biases), held_out.targets)
    assert errors[5:].max() < 1e-8
    assert errors[:3].sum() > 0.999 * errors.sum()
    persistence = forecasting.error_per_step(held_out.inputs, held_out.targets)
    assert persistence.min() > 10 * errors[1:].max() / 2


@pytest.mark.parametrize("function", [forecasting.fit_causal_linear, forecasting.error_per_step])
def test_shapes_that_do_not_fit_are_named(function):
    with pytest.raises(ValueError, match="targets has shape"):
        function(np.zeros((4, 3, 1)), np.zeros((4, 2, 1)))


def test_projection_of_the_stack_is_the_projection_of_each_step():
    rng = np.random.default_rng(4)
    states, kernel, bias = rng.normal(size=(4, 5, 6)), rng.normal(size=(6, 3)), rng.normal(size=3)
    projected = forecasting.project_outputs(states, kernel, bias)
    for t in range(5):
        np.testing.assert_allclose(projected[:, t], states[:, t] @ kernel + bias)


@pytest.fixture(params=[(20, 1), (None, 1), (6, 3)], ids=str)
def pair(request):
    """The two ways to project, with the same asymmetric random weights, and a batch."""
    steps, features = request.param
    inside, behind = (rnncourse.forecaster(7, kind, steps, features) for kind in ("each step", "stacked"))
    rng = np.random.default_rng(5)
    weights = [0.5 * rng.normal(size=weight.shape) for weight in behind.weights]
    for model in (inside, behind):
        model.set_weights(weights)
    return inside, behind, weights, rng.normal(size=(4, steps or 9, features)).astype(np.float32)


def test_the_two_networks_and_numpy_are_one_function(pair):
    inside, behind, (kernel, recurrent_kernel, bias, W_y, b_y), inputs = pair
    state, states = np.zeros((4, 7)), []
    for t in range(inputs.shape[1]):
        state = np.maximum(0, inputs[:, t] @ kernel + state @ recurrent_kernel + bias)
        states.append(state)
    expected = forecasting.project_outputs(np.stack(states, axis=1), W_y, b_y)
    for model in (inside, behind):
        np.testing.assert_allclose(forecasting.network_forecast(model, inputs), expected, rtol=1e-4, atol=1e-4)


def test_they_agree_with_tensorflow_1(pair):
    inside, _, (kernel, recurrent_kernel, bias, W_y, b_y), inputs = pair
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # they announce their own end
        cell = cells.BasicRNNCell(num_units=7, activation=tf.nn.relu)
        outputs, _ = v1.nn.dynamic_rnn(cell, tf.constant(inputs), dtype=tf.float32)
        stacked = tf.reshape(outputs, [-1, 7])
        projected = tf.reshape(tf.matmul(stacked, W_y.astype("float32")) + b_y.astype("float32"), inputs.shape)
        session.run(v1.global_variables_initializer())
        cell.variables[0].load(rnncourse.stack_kernels(kernel, recurrent_kernel), session)
        cell.variables[1].load(bias, session)
        expected = session.run(projected)
    np.testing.assert_allclose(forecasting.network_forecast(inside, inputs), expected, rtol=1e-4, atol=1e-4)


def test_the_projection_learns_the_same_way(pair):
    inside, behind, _, inputs = pair
    gradients = []
    for model in (inside, behind):
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean(tf.square(model(inputs) - 1))
        gradients.append(tape.gradient(cost, model.trainable_variables))
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_without_projection_the_outputs_are_the_states():
    model = rnncourse.forecaster(7, "none", 5)
    outputs = forecasting.network_forecast(model, np.random.default_rng(6).normal(size=(4, 5, 1)))
    assert outputs.shape == (4, 5, 7)
    assert outputs.min() == 0


def test_the_sizes_are_the_tutorials():
    assert rnncourse.forecaster().output_shape == (None, 20, 1)
    assert rnncourse.forecaster().count_params() == rnncourse.parameter_count(1, 100) + 101


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"units": 0}, "units is 0"),
        ({"projection": "dense"}, "projection is 'dense', expected one of 'none'"),
        ({"time_steps": 0}, "time_steps is 0"),
        ({"features": 1.5}, "features is 1.5"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.forecaster(**arguments)


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
    expected = forecasting.project_outputs(np.asarray(plain(inputs)), W_y, b_y)
    np.testing.assert_allclose(projected, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("cell", "size", "words"),
    [(keras.layers.Dense(3), 1, "expected a cell"), (keras.layers.SimpleRNNCell(3), 0, "output_size is 0")],
)
def test_a_projection_wants_a_cell_and_a_size(cell, size, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.OutputProjectionCell(cell, size)
