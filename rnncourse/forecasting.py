"""FORECASTS: windows of a series, simple forecasters to beat, one step or many ahead, and the error at each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.shapes import expect_count, expect_finite, expect_row, expect_shapes, expect_step


def make_windows(series: np.ndarray, time_steps: int, ahead: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """inputs[i, t] = series[i + t], targets[i, t, k] = series[i + t + 1 + k]: all windows, what follows each step.

    Args:
        series: x_0, x_1, …, shape (length,).
        time_steps: number of steps of a window.
        ahead: how many of the values that follow a step are its targets.

    Returns:
        (inputs, targets) of shapes (windows, time_steps, 1) and (windows, time_steps, ahead); every window that has all
        of its targets, length - time_steps - ahead + 1 of them.

    Raises:
        ValueError: series is not a row of numbers, or is too short for one window and its targets.
    """
    expect_shapes(series=(series, "length"))
    series, time_steps, ahead = np.asarray(series), expect_count("time_steps", time_steps), expect_count("ahead", ahead)
    count = len(series) - time_steps - ahead + 1
    if count < 1:
        raise ValueError(
            f"series has {len(series)} values, expected at least {time_steps + ahead}: a window and its targets."
        )
    at = np.arange(count)[:, np.newaxis] + np.arange(time_steps)  # (windows, time)
    return series[at][..., np.newaxis], series[at[..., np.newaxis] + 1 + np.arange(ahead)]


def cut_in_time(
    length: int, time_steps: int, ahead: int, first: int, second: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where windows start whose targets all lie in [0, first), in [first, second), in [second, length).

    Window i reads x_i … x_(i + time_steps - 1), and its targets are the ``ahead`` values behind them. What is read may
    reach back into the part before, as it would in life; a window whose targets lie in two parts belongs to none.

    Args:
        length: how many values the series has.
        time_steps: how many values a window reads.
        ahead: how many values follow that are its targets.
        first, second: where the part to choose by begins, and the part to report on.

    Returns:
        Whole numbers, in rising order, for (train, validation, test).

    Raises:
        ValueError: a number is no whole number, or the parts are not in order.
    """
    counts = {"length": length, "time_steps": time_steps, "ahead": ahead, "first": first, "second": second}
    length, time_steps, ahead, first, second = (expect_count(name, value) for name, value in counts.items())
    if not first <= second <= length:
        raise ValueError(f"first is {first}, second {second}, length {length}, expected them in rising order.")
    begins = np.arange(time_steps, length - ahead + 1)  # of the targets
    ends = begins + ahead
    bounds = ((0, first), (first, second), (second, length))
    train, validation, test = (begins[(begins >= low) & (ends <= high)] - time_steps for low, high in bounds)
    return train, validation, test


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


def scaled_parts(series: np.ndarray, cut: int) -> tuple[np.ndarray, np.ndarray]:
    """z_t = (x_t - mean) / deviation, mean and standard deviation of x_0 … x_(cut - 1) alone; then cut in two.

    Args:
        series: x_0, x_1, …, shape (length,), in the order of time.
        cut: how many of the values are learnt from; the others are the test part.

    Returns:
        (train, test): the first cut values and the others, all in units of the training part.

    Raises:
        ValueError: series is not a row of finite numbers, a part is empty, or all values learnt from are the same.
    """
    (series,) = expect_shapes(series=(series, "length"))
    series, cut = expect_finite("series", series), expect_count("cut", cut)
    if cut >= len(series):
        raise ValueError(f"cut is {cut} and series has {len(series)} values, expected at least one behind the cut.")
    train, test = series[:cut], series[cut:]
    mean, deviation = train.mean(), train.std()
    if not deviation:
        raise ValueError(f"The first {cut} values of series are all {mean:g}, expected values that differ.")
    return (train - mean) / deviation, (test - mean) / deviation


def seasonal_naive(inputs: np.ndarray, season: int, ahead: int) -> np.ndarray:
    """forecast of x_(n + k) = the last value read that is a whole number of seasons before it, k = 0 … ahead - 1.

    Args:
        inputs: x_0 … x_(n-1) of each window, shape (windows, time, 1); at least one season.
        season: how many steps a season has: 12 for months, 7 for days, 24 for hours.
        ahead: how many values to forecast; it may be longer than a season.

    Returns:
        The forecasts, shape (windows, ahead).

    Raises:
        ValueError: a shape does not fit, or a window is shorter than a season.
    """
    (inputs,) = expect_shapes(inputs=(inputs, "windows time 1"))
    season, ahead = expect_count("season", season), expect_count("ahead", ahead)
    if inputs.shape[1] < season:
        raise ValueError(f"inputs has {inputs.shape[1]} steps, expected at least a season of {season}.")
    last_season = inputs[:, inputs.shape[1] - season :, 0]  # (windows, season)
    return last_season[:, np.arange(ahead) % season]


def seasonal_means(series: np.ndarray, season: int) -> np.ndarray:
    """mean_s = mean of x_s, x_(s + season), x_(s + 2 season), …: what is usual at each place of the season.

    Args:
        series: x_0, x_1, …, shape (length,), at least one season.
        season: how many steps a season has.

    Returns:
        Shape (season,); what is usual at step t is entry t modulo season.

    Raises:
        ValueError: series is not a row of numbers, or is shorter than a season.
    """
    (series,) = expect_shapes(series=(series, "length"))
    season = expect_count("season", season)
    if len(series) < season:
        raise ValueError(f"series has {len(series)} values, expected at least a season of {season}.")
    return np.array([series[start::season].mean() for start in range(season)])


def season_forecaster(history: np.ndarray) -> np.ndarray:
    """forecast_k = usual_k + 0.85^(k+1) · u: what is usual in each month, and what is left of the last unusual months.

    usual_k is the mean over the years, u the mean over the last three months of what was not usual in them.

    Args:
        history: whole years of months, shape (series, months).

    Returns:
        The forecasts of the next twelve months, shape (series, 12).

    Raises:
        ValueError: history has another number of axes, or is not made of whole years.
    """
    (history,) = expect_shapes(history=(history, "series 12*years"))
    if not history.shape[1]:
        raise ValueError(f"history has shape {history.shape}, expected at least one year of months.")
    usual = history.reshape(len(history), history.shape[1] // 12, 12).mean(axis=1)  # (series, 12)
    unusual = (history[:, -3:] - usual[:, -3:]).mean(axis=1, keepdims=True)
    return usual + 0.85 ** np.arange(1, 13) * unusual


def fit_linear(inputs: np.ndarray, targets: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """forecast_k = w_(k,0) x_0 + … + w_(k,n-1) x_(n-1) + b_k, by least squares, for each step ahead by itself.

    Args:
        inputs: windows to learn from, shape (windows, time, 1).
        targets: what comes next, shape (windows, ahead).

    Returns:
        inputs of such windows -> forecasts, shape (windows, ahead).

    Raises:
        ValueError: a shape does not fit, or a number is not finite.
    """
    inputs, targets = expect_shapes(inputs=(inputs, "windows time 1"), targets=(targets, "windows ahead"))
    with_ones = lambda read: np.concatenate([read[:, :, 0], np.ones((len(read), 1))], axis=1).astype(float)  # noqa: E731
    expect_row("inputs", inputs)
    expect_step("inputs", inputs)
    known, wanted = with_ones(expect_finite("inputs", inputs)), expect_finite("targets", targets).astype(float)
    weights = np.linalg.lstsq(known, wanted, rcond=None)[0]
    time_steps = inputs.shape[1]

    def forecast(inputs: np.ndarray) -> np.ndarray:
        (inputs,) = expect_shapes(inputs=(inputs, f"windows {time_steps} 1"))
        return with_ones(inputs) @ weights

    return forecast


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
