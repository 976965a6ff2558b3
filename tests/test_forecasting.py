"""Forecasts: windows, baselines, projections, and the error at each step."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse import forecasting
from rnncourse.datasets.series import random_windows


def test_windows_of_a_series_and_their_targets():
    inputs, targets = forecasting.make_windows(np.arange(7.0), 4)
    assert inputs[..., 0].tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]
    np.testing.assert_array_equal(targets, inputs + 1)
    assert inputs.shape == (3, 4, 1)


def test_targets_of_several_steps_ahead():
    inputs, targets = forecasting.make_windows(np.arange(9.0), 4, ahead=3)
    assert (inputs.shape, targets.shape) == ((3, 4, 1), (3, 4, 3))
    np.testing.assert_array_equal(targets, inputs + np.arange(1, 4))
    assert targets.max() == 8


@pytest.mark.parametrize(
    ("series", "steps", "ahead"),
    [([[1.0, 2.0]], 1, 1), (np.arange(4), 4, 1), (np.arange(4), 0, 1), (np.arange(4), 2, 3), (np.arange(4), 2, 0)],
)
def test_windows_need_a_row_longer_than_a_window(series, steps, ahead):
    with pytest.raises(ValueError, match=r"series has|time_steps is|ahead is"):
        forecasting.make_windows(series, steps, ahead)


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


def test_scaled_parts_know_nothing_of_the_test_part():
    series = np.random.default_rng(4).normal(3, 2, size=40)
    train, test = forecasting.scaled_parts(series, 30)
    assert (train.mean(), train.std()) == (pytest.approx(0), pytest.approx(1))
    np.testing.assert_allclose(series[30:], test * series[:30].std() + series[:30].mean())
    series[30:] += 100
    np.testing.assert_array_equal(forecasting.scaled_parts(series, 30)[0], train)


@pytest.mark.parametrize(
    ("series", "cut", "words"),
    [
        (np.arange(4.0), 4, "cut is 4 and series has 4 values"),
        (np.arange(4.0), 0, "cut is 0"),
        ([2.0, 2.0, 5.0], 2, "The first 2 values of series are all 2"),
        ([2.0, np.nan, 5.0], 2, r"series\[1\] is nan"),
    ],
)
def test_parts_that_cannot_be_scaled_are_named(series, cut, words):
    with pytest.raises(ValueError, match=words):
        forecasting.scaled_parts(series, cut)


def test_the_last_season_is_repeated():
    inputs = np.arange(20.0).reshape(2, 10, 1)
    said = forecasting.seasonal_naive(inputs, season=3, ahead=7)
    np.testing.assert_array_equal(said[0], [7, 8, 9, 7, 8, 9, 7])
    assert said.shape == (2, 7)
    with pytest.raises(ValueError, match="inputs has 10 steps, expected at least a season of 11"):
        forecasting.seasonal_naive(inputs, 11, 1)


def test_a_season_of_one_step_is_persistence():
    inputs = np.random.default_rng(5).normal(size=(4, 6, 1))
    np.testing.assert_array_equal(forecasting.seasonal_naive(inputs, 1, 1), forecasting.persistence(inputs)[:, -1])


def test_seasonal_means_are_taken_place_by_place():
    np.testing.assert_array_equal(forecasting.seasonal_means([1.0, 5.0, 3.0, 9.0, 2.0], 2), [2, 7])
    with pytest.raises(ValueError, match="series has 2 values, expected at least a season of 3"):
        forecasting.seasonal_means([1.0, 2.0], 3)


def test_a_linear_fit_of_several_steps_ahead_is_one_fit_for_each():
    rng = np.random.default_rng(6)
    inputs, targets = rng.normal(size=(40, 5, 1)), rng.normal(size=(40, 3))
    said = forecasting.fit_linear(inputs, targets)(inputs[:7])
    for step in range(3):
        alone = np.repeat(targets[:, None, step : step + 1], 5, axis=1)
        weights, biases = forecasting.fit_causal_linear(inputs, alone)
        wanted = forecasting.linear_forecast(inputs[:7], weights, biases)[:, -1, 0]
        np.testing.assert_allclose(said[:, step], wanted, atol=1e-10)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64", "uint8"])
def test_a_network_forecasts_from_numbers_of_any_dtype(policy, dtype):
    model = rnncourse.forecaster(units=4, time_steps=5)
    inputs = np.random.default_rng(3).integers(0, 4, size=(2, 5, 1))
    forecasts = forecasting.network_forecast(model, inputs.astype(dtype))
    assert forecasts.dtype == ("float64" if policy == "float64" else "float32")
    np.testing.assert_array_equal(forecasts, forecasting.network_forecast(model, inputs.astype("float32")))


@pytest.fixture(params=["float32", "float64"])
def floatx(request):
    """The dtype of inputs and layers alike."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(request.param)
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


def test_a_forecast_in_float64_reads_every_digit_and_no_other_does(floatx):
    model = rnncourse.forecaster(units=4, time_steps=5)
    inputs = np.random.default_rng(3).normal(size=(2, 5, 1))
    moved = forecasting.network_forecast(model, inputs + 1e-10)  # too little for float32
    assert np.any(moved != forecasting.network_forecast(model, inputs)) == (floatx == "float64")


@pytest.mark.parametrize("shape", [(0, 20, 1), (2, 0, 1)])
def test_a_network_forecasts_nothing_from_nothing(shape):
    with pytest.raises(ValueError, match=r"inputs has shape .*, expected at least one window, step and feature"):
        forecasting.network_forecast(rnncourse.forecaster(3, time_steps=None), np.ones(shape))


def test_a_fit_to_nothing_or_to_nan_is_refused():
    with pytest.raises(ValueError, match=r"inputs has shape \(0, 3, 1\), expected at least one row"):
        rnncourse.fit_causal_linear(np.ones((0, 3, 1)), np.ones((0, 3, 1)))
    with pytest.raises(ValueError, match=r"targets\[0, 1, 0\] is nan, expected finite numbers"):
        rnncourse.fit_causal_linear(np.ones((1, 2, 1)), [[[1.0], [np.nan]]])
    with pytest.raises(ValueError, match=r"forecasts has shape \(0, 3, 1\), expected at least one row"):
        rnncourse.error_per_step(np.ones((0, 3, 1)), np.ones((0, 3, 1)))


def test_windows_are_cut_by_their_targets():
    train, validation, test = rnncourse.cut_in_time(20, 4, 2, 10, 15)
    assert train.tolist() == [0, 1, 2, 3, 4]
    assert validation.tolist() == [6, 7, 8, 9], "values 4 and 5 of the window that starts at 5 lie on both sides"
    assert test.tolist() == [11, 12, 13, 14]


@pytest.mark.parametrize("numbers", [(20, 4, 2, 15, 10), (20, 4, 2, 10, 21), (20, 0, 2, 5, 10), (20, 4, 2.5, 5, 10)])
def test_cuts_that_are_not_in_order_are_refused(numbers):
    with pytest.raises(ValueError, match="expected"):
        rnncourse.cut_in_time(*numbers)
