"""Right answers to the exercises on forecasting, written differently from the reference, as learners write them."""

from __future__ import annotations

import numpy as np


def windows_with_a_loop(series, time_steps, ahead):
    inputs, targets = [], []
    for i in range(len(series) - time_steps - ahead + 1):
        inputs.append([[x] for x in series[i : i + time_steps]])
        targets.append([list(series[i + t + 1 : i + t + 1 + ahead]) for t in range(time_steps)])
    return np.array(inputs), np.array(targets)


def windows_with_a_view(series, time_steps, ahead):
    longer = np.lib.stride_tricks.sliding_window_view(series, time_steps + ahead)
    following = np.lib.stride_tricks.sliding_window_view(longer[:, 1:], ahead, axis=1)
    return longer[:, :time_steps, None], following


def windows_one_step_ahead_at_a_time(series, time_steps, ahead):
    count = len(series) - time_steps - ahead + 1
    shifted = [np.stack([series[i + k : i + k + time_steps] for i in range(count)]) for k in range(ahead + 1)]
    return shifted[0][:, :, np.newaxis], np.stack(shifted[1:], axis=-1)


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


def scaled_by_functions_of_numpy(series, cut):
    known = np.asarray(series[:cut])
    center, width = np.average(known), np.sqrt(np.mean((known - np.average(known)) ** 2))
    return [(known - center) / width, (np.asarray(series[cut:]) - center) / width]


def scaled_and_split(series, cut):
    head, tail = np.split(series, [cut])
    return (head - head.mean()) / head.std(), (tail - head.mean()) / head.std()


def season_tiled(inputs, season, ahead):
    last = inputs[:, -season:, 0]
    return np.tile(last, (1, ahead // season + 1))[:, :ahead]


def season_by_growing(inputs, season, ahead):
    longer = inputs[:, :, 0]
    for _ in range(ahead):
        longer = np.concatenate([longer, longer[:, -season, None]], axis=1)
    return longer[:, inputs.shape[1] :]


def usual_and_half_of_what_is_not(history):
    usual = history.reshape(-1, 4, 12).mean(axis=1)
    return usual + 0.5 * (history - np.tile(usual, 4))[:, -4:].mean(axis=1, keepdims=True)


def weights_by_least_squares(history):
    import rnncourse

    known, answers = rnncourse.made_seasons(4_000, seed=77)
    level = lambda series: series.mean(axis=1, keepdims=True)  # noqa: E731
    fitted = rnncourse.fit_linear((known - level(known))[..., None], answers - level(known))
    return fitted((history - level(history))[..., None]) + level(history)


ALTERNATIVES = {
    "make_windows": [windows_with_a_loop, windows_with_a_view, windows_one_step_ahead_at_a_time],
    "fit_causal_linear": [linear_by_normal_equations, linear_with_means_taken_off],
    "seasonal_naive": [season_tiled, season_by_growing],
    "scaled_parts": [scaled_by_functions_of_numpy, scaled_and_split],
    "season_forecaster": [usual_and_half_of_what_is_not, weights_by_least_squares],
}

ANSWERS = {
    "horizons": [
        {
            "persistence is worst": 6.0,
            "because": "The opposite season",
            "both say the same": np.int64(12),
            "13 ahead repeats the value": 24,
        },
        {
            "persistence is worst": np.int64(6),
            "because": "the opposite season ",
            "both say the same": 12,
            "13 ahead repeats the value": 24.0,
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
    (
        "seasonal_naive",
        "last_season = inputs[:, inputs.shape[1] - season:, 0]: 0 -> -1",
    ): "there is one feature, so the first is the last",
    (
        "seasonal_naive",
        "last_season = inputs[:, inputs.shape[1] - season:, 0]: inputs -> inputs.T",
    ): "of three axes the middle one stays the middle one, and only its length is asked for",
}
