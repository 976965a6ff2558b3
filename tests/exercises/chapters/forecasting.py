"""Right answers to the exercises on forecasting, written differently from the reference, as learners write them."""

from __future__ import annotations

import keras
import numpy as np


def windows_with_a_loop(series, time_steps):
    inputs, targets = [], []
    for i in range(len(series) - time_steps):
        inputs.append([[x] for x in series[i : i + time_steps]])
        targets.append([[x] for x in series[i + 1 : i + 1 + time_steps]])
    return np.array(inputs), np.array(targets)


def windows_with_a_view(series, time_steps):
    longer = np.lib.stride_tricks.sliding_window_view(series, time_steps + 1)
    return longer[:, :-1, None], longer[:, 1:, None]


def windows_one_more_and_cut(series, time_steps):
    all_windows = np.stack([series[i : i + time_steps] for i in range(len(series) - time_steps + 1)])
    all_windows = all_windows.reshape(*all_windows.shape, 1)
    return all_windows[:-1], all_windows[1:]


def projection_without_reshape(states, kernel, bias):
    return states @ kernel + bias


def projection_step_by_step(states, kernel, bias):
    return np.stack([states[:, t] @ kernel + bias for t in range(states.shape[1])], axis=1)


def projection_by_keras(states, kernel, bias):
    layer = keras.layers.Dense(len(bias))
    layer.build(states.shape)
    layer.set_weights([kernel, bias])
    return layer(states)


def linear_by_normal_equations(inputs, targets):
    values, wanted = inputs[..., 0], targets[..., 0]
    steps = values.shape[1]
    weights, biases = np.zeros((steps, steps)), np.zeros(steps)
    for t in range(steps):
        table = np.column_stack([np.ones(len(values)), values[:, : t + 1]])
        solution = np.linalg.solve(table.T @ table, table.T @ wanted[:, t])
        biases[t], weights[t, : t + 1] = solution[0], solution[1:]
    return weights, biases


def linear_with_means_taken_off(inputs, targets):
    values, wanted = np.squeeze(inputs, -1), np.squeeze(targets, -1)
    weights = np.zeros((values.shape[1], values.shape[1]))
    for t in range(len(weights)):
        known = values[:, : t + 1]
        solution = np.linalg.pinv(known - known.mean(axis=0)) @ (wanted[:, t] - wanted[:, t].mean())
        weights[t, : len(solution)] = solution
    return weights, wanted.mean(axis=0) - weights @ values.mean(axis=0)


ALTERNATIVES = {
    "make_windows": [windows_with_a_loop, windows_with_a_view, windows_one_more_and_cut],
    "project_outputs": [projection_without_reshape, projection_step_by_step, projection_by_keras],
    "fit_causal_linear": [linear_by_normal_equations, linear_with_means_taken_off],
}

ANSWERS = {
    "forecast_shapes": [
        {
            "inputs": [30, 12, 2],
            "outputs without projection": [30, 12, 40],
            "W_y": [40, 2],
            "stacked states": [30 * 12, 40],
            "forecasts": [30, 12, 2],
            "products if projected step by step": 12.0,
        },
        {
            "inputs": (np.int64(30), 12, 2),
            "outputs without projection": np.array([30, 12, 40]),
            "W_y": (40, 2),
            "stacked states": (360, 40),
            "forecasts": np.zeros((30, 12, 2)).shape,
            "products if projected step by step": np.int64(12),
        },
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "fit_causal_linear",
        "known = np.concatenate([inputs[:, :t + 1, 0], np.ones((windows, 1))], axis=1).astype(float): 0 -> -1",
    ): "there is one feature, so the first is the last",
    (
        "fit_causal_linear",
        "found = np.linalg.lstsq(known, targets[:, t, 0], rcond=None)[0]: 0 -> -1",
    ): "there is one feature, so the first is the last",
    (
        "fit_causal_linear",
        "found = np.linalg.lstsq(known, targets[:, t, 0], rcond=None)[0]: "
        "np.linalg.lstsq(known, targets[:, t, 0], rcond=None) -> np.linalg.lstsq(known, targets[:, t, 0])",
    ): "None is NumPy's default",
}
