"""FORECASTS of the next value: windows of a series, simple forecasters to beat, and the error at each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse.shapes import expect_count, expect_finite, expect_row, expect_shapes


def make_windows(series: np.ndarray, time_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """inputs[i, t] = series[i + t], targets[i, t] = series[i + t + 1]: every window, and the same one step later.

    Args:
        series: x_0, x_1, …, shape (length,).
        time_steps: number of steps of a window, less than length.

    Returns:
        (inputs, targets), each of shape (length - time_steps, time_steps, 1).

    Raises:
        ValueError: series is not a row of numbers, or is not longer than a window.
    """
    expect_shapes(series=(series, "length"))
    series, time_steps = np.asarray(series), expect_count("time_steps", time_steps)
    count = len(series) - time_steps
    if count < 1:
        raise ValueError(f"series has {len(series)} values, expected at least {time_steps + 1}: a window and a target.")
    at = np.arange(count)[:, np.newaxis] + np.arange(time_steps)  # (windows, time)
    return series[at][..., np.newaxis], series[at + 1][..., np.newaxis]


def persistence(inputs: np.ndarray) -> np.ndarray:
    """forecast of x_(t+1) = x_t: tomorrow will be like today.

    Args:
        inputs: shape (windows, time, features).

    Returns:
        The forecasts, of the same shape.

    Raises:
        ValueError: inputs has another number of axes.
    """
    expect_shapes(inputs=(inputs, "windows time features"))
    return np.array(inputs)


def fit_causal_linear(inputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares at every step t: target_t ≈ w_(t,0) x_0 + … + w_(t,t) x_t + b_t, of what was read up to t.

    Args:
        inputs: windows to learn from, shape (windows, time, 1).
        targets: what comes next at every step, shape (windows, time, 1).

    Returns:
        (weights, biases) of shapes (time, time) and (time,). Row t of the weights is for step t; what lies to the right
        of the diagonal is 0, because at step t the later values are not known.

    Raises:
        ValueError: a shape does not fit, there is no window, or a number is not finite.
    """
    inputs, targets = _expect_windows(inputs, targets)
    windows, time_steps, _ = inputs.shape
    weights, biases = np.zeros((time_steps, time_steps)), np.zeros(time_steps)
    for t in range(time_steps):
        known = np.concatenate([inputs[:, : t + 1, 0], np.ones((windows, 1))], axis=1).astype(float)
        found = np.linalg.lstsq(known, targets[:, t, 0], rcond=None)[0]
        weights[t, : t + 1], biases[t] = found[:-1], found[-1]
    return weights, biases


def linear_forecast(inputs: np.ndarray, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """forecast_t = w_(t,0) x_0 + … + w_(t,t) x_t + b_t, with the weights of ``fit_causal_linear``.

    Args:
        inputs: shape (windows, time, 1).
        weights: shape (time, time), one row a step.
        biases: shape (time,).

    Returns:
        The forecasts, shape (windows, time, 1).

    Raises:
        ValueError: a shape does not fit.
    """
    inputs, weights, biases = expect_shapes(
        inputs=(inputs, "windows time 1"), weights=(weights, "time time"), biases=(biases, "time")
    )
    return (inputs[:, :, 0] @ weights.T + biases)[..., np.newaxis]


def project_outputs(states: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """y_t = h_t W_y + b_y for all steps in one product: (batch · time, units) times (units, outputs), and back.

    Args:
        states: h_t of every step, shape (batch, time, units).
        kernel: W_y, shape (units, outputs).
        bias: b_y, shape (outputs,).

    Returns:
        y_t of every step, shape (batch, time, outputs).

    Raises:
        ValueError: a shape does not fit.
    """
    states, kernel, bias = expect_shapes(
        states=(states, "batch time units"), kernel=(kernel, "units outputs"), bias=(bias, "outputs")
    )
    batch, time_steps, units = states.shape
    stacked = states.reshape(batch * time_steps, units)
    return (stacked @ kernel + bias).reshape(batch, time_steps, len(bias))


def network_forecast(model: Any, inputs: np.ndarray) -> np.ndarray:
    """What a network forecasts at every step, as a NumPy array.

    It calls the model instead of ``model.predict``, which would trace a graph for each new model and complain of it.

    Args:
        model: a Keras model, (batch, time, features) -> (batch, time, outputs).
        inputs: shape (windows, time, features).

    Returns:
        The forecasts, shape (windows, time, outputs): float64 from a model of float64, else float32.

    Raises:
        ValueError: inputs has another number of axes, or no window, or no step.
    """
    from rnncourse.models import as_array

    (inputs,) = expect_shapes(inputs=(inputs, "windows time features"))
    if 0 in inputs.shape:
        raise ValueError(f"inputs has shape {inputs.shape}, expected at least one window, step and feature.")
    return as_array(model(inputs.astype(np.float64 if model.compute_dtype == "float64" else np.float32)))


def error_per_step(forecasts: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """error[t] = mean of (forecast - target)² at step t, over the windows and the features.

    Args:
        forecasts: shape (windows, time, features).
        targets: the truth, of the same shape.

    Returns:
        Shape (time,). Its mean is the mean squared error of all.

    Raises:
        ValueError: the shapes differ, or there is no window; nothing is stretched to fit, as NumPy would.
    """
    forecasts, targets = expect_shapes(
        forecasts=(forecasts, "windows time features"), targets=(targets, "windows time features")
    )
    expect_row("forecasts", forecasts)
    return np.mean((forecasts.astype(float) - targets) ** 2, axis=(0, 2))


def _expect_windows(inputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inputs, targets = expect_shapes(inputs=(inputs, "windows time 1"), targets=(targets, "windows time 1"))
    expect_row("inputs", inputs)
    return expect_finite("inputs", inputs), expect_finite("targets", targets)
