"""The exercises of chapter 7: windows, an output projection, a linear forecaster to beat, and a network."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from rnncourse import forecasting
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.definitions import PRACTICE_SEED, Case, Exercise, Kind, Mistake, Question, Symptom, Training
from rnncourse.exercises.edits import changed

BATCH, TIME, UNITS, OUTPUTS = 4, 5, 6, 3


def _series_case(rng: np.random.Generator) -> Case:
    return {"series": rng.uniform(-2, 2, size=int(rng.integers(11, 14))), "time_steps": int(rng.integers(3, 6))}


_LONGER_SERIES = {"series": np.random.default_rng(2).uniform(-2, 2, size=17), "time_steps": 7}


_cut = partial(changed, forecasting.make_windows)

make_windows = Exercise(
    name="make_windows",
    kind=Kind.NEW_CASE,
    reference=forecasting.make_windows,
    alternatives=(alternatives.make_windows,),
    cases=_series_case,
    other_cases=(_LONGER_SERIES,),
    parts=("inputs", "targets"),
    mistakes=(
        Mistake(
            "targets not shifted",
            _cut(("at + 1", "at")),
            "The targets are the inputs once more. What comes next at step t is one place further in the series.",
        ),
        Mistake(
            "shifted by two",
            _cut(("len(series) - time_steps", "len(series) - time_steps - 1"), ("at + 1", "at + 2")),
            "The targets are two places ahead of the inputs. The next value is one place ahead.",
        ),
        Mistake(
            "last window left out",
            _cut(("len(series) - time_steps", "len(series) - time_steps - 1")),
            "The last window is missing: a series of n values has n - time_steps windows that still have a target.",
        ),
        Mistake(
            "first value again after the last",
            _cut(
                ("len(series) - time_steps", "len(series) - time_steps + 1"),
                ("series[at + 1]", "np.roll(series, -1)[at]"),
            ),
            "There is one window too many: its last target would lie after the end of the series. np.roll fills that "
            "place with the first value.",
        ),
        Mistake(
            "one window too many",
            _cut(("series[at + 1]", "np.array([series[i + 1 : i + 1 + time_steps] for i in range(count + 1)])")),
            "There is one window too many: the targets of the last one reach beyond the end of the series, so its row "
            "is shorter than the others.",
        ),
        Mistake(
            "one window too many, stacked",
            _cut(("series[at + 1]", "np.stack([series[i + 1 : i + 1 + time_steps] for i in range(count + 1)])")),
            "There is one window too many: the targets of the last one reach beyond the end of the series, so its row "
            "is shorter than the others.",
        ),
        Mistake(
            "turned within the window",
            _cut(("series[at + 1]", "np.roll(series[at], -1, axis=1)")),
            "The last target of each window is its own first value, as np.roll does it. It should be the value that "
            "follows the window in the series.",
        ),
        Mistake(
            "windows do not overlap",
            _cut(("np.arange(count)", "np.arange(0, count, time_steps)")),
            "Your windows stand one behind the other. Here the next window starts one value later, so they overlap.",
        ),
        Mistake(
            "the whole next window as target",
            _cut(("len(series) - time_steps", "len(series) - 2 * time_steps + 1"), ("at + 1", "at + time_steps")),
            "Your targets start where the inputs end. The targets are the same window moved by one step only.",
        ),
        Mistake(
            "feature axis missing",
            lambda *given: tuple(windows[..., 0] for windows in forecasting.make_windows(*given)),
            "The values are right, and the last axis is missing: a layer wants (windows, time, features).",
        ),
        Mistake(
            "only the last target",
            _cut(("series[at + 1][..., np.newaxis]", "series[at + 1][:, -1:]")),
            "You keep only the target of the last step. Every step has one: the targets have the shape of the inputs.",
        ),
        Mistake(
            "inputs and targets swapped",
            lambda *given: forecasting.make_windows(*given)[::-1],
            "You return the targets first. The order is (inputs, targets).",
        ),
        Mistake(
            "every window from the start",
            _cut(("np.arange(count)[:, np.newaxis]", "np.zeros((count, 1), dtype=int)")),
            "All your windows are the first one. Window i starts at series[i].",
        ),
        Mistake(
            "targets one step back",
            _cut(("series[at + 1]", "series[at - 1]")),
            "Your targets come before the inputs. What comes next at step t is one place further in the series.",
        ),
        Mistake(
            "time before windows",
            _cut(
                ("series[at][..., np.newaxis]", "series[at.T][..., np.newaxis]"),
                ("series[at + 1][..., np.newaxis]", "series[at.T + 1][..., np.newaxis]"),
            ),
            "Windows and time have changed places: a row is a window, a column is a step.",
        ),
        Mistake(
            "feature axis in the middle",
            lambda *given: tuple(np.swapaxes(windows, 1, 2) for windows in forecasting.make_windows(*given)),
            "The values are right, but the feature axis stands in the middle. It comes last: (windows, time, 1).",
        ),
    ),
    hints=(
        "Window i starts at series[i]. Its targets are the time_steps values that start at series[i + 1].",
        "The last window is the last one whose last target still exists: there are len(series) - time_steps windows.",
        "np.stack([series[i : i + time_steps] for i in range(count)]) makes the inputs; [..., np.newaxis] adds the "
        "feature axis. The targets: the same with every i one larger.",
    ),
    points=2,
    difficulty=1,
    minutes=8,
)


forecast_shapes = Question(
    name="forecast_shapes",
    kind=Kind.PREDICTION,
    answer={
        "inputs": (30, 12, 2),
        "outputs without projection": (30, 12, 40),
        "W_y": (40, 2),
        "stacked states": (360, 40),
        "forecasts": (30, 12, 2),
        "products if projected step by step": 12,
    },
    feedback={
        "inputs": {
            (12, 30, 2): "Keras has the batch first, then the time.",
            (30, 12): "Two series are read at the same time: the last axis is missing.",
            (30, 12, 1): "Two series are read at the same time.",
        },
        "outputs without projection": {
            (30, 12, 2): "Nobody has projected yet: what comes out of a layer at each step is its state.",
            (30, 40): "A forecast is wanted at every step, so the outputs of all steps are returned.",
            (360, 40): "That is after stacking. What comes out of the layer still has batch and time apart.",
        },
        "W_y": {
            (2, 40): "h_t W_y: the state stands on the left, so the rows of W_y belong to the units.",
            (40, 1): "Each of the two series gets its own forecast.",
            (40, 40): "W_y makes two numbers out of 40; the square matrix is W_h.",
        },
        "stacked states": {
            (30, 12, 40): "Those are the states before stacking: batch and time are still two axes. Make one of them.",
            (12, 30, 40): "Batch and time are still two axes, in another order. Make one of them.",
            (30, 480): "That puts the steps of a window side by side. Stacked, each step of each window is a row.",
            (12, 1200): "Each step of each window becomes a row of its own, as long as the state.",
            (40, 360): "A state is a row: the units are the last axis.",
            (360, 2): "Those are the projected rows already. Before the projection a row is a state.",
        },
        "forecasts": {
            (360, 2): "That is the product. One more reshape gives batch and time their axes back.",
            (30, 2): "A forecast is wanted at every step.",
            (30, 12, 1): "Two series are forecast.",
            (30, 12, 40): "After the projection a step has as many numbers as there are series.",
        },
        "products if projected step by step": {
            1: "That is the number for the stacked states. Step by step there is one for each step.",
            360: "The windows of a batch go through together: one product handles all the rows of a step.",
            30: "The windows of a batch go through together. What is done one after the other are the steps.",
        },
    },
    hints=(
        "Axes are (batch, time, features) throughout; a layer changes only the last one.",
        "Stacking makes one long list of states out of batch · time of them.",
        "Inputs and forecasts have the same shape: the forecast of step t is a guess at the input of step t + 1.",
    ),
    points=3,
    difficulty=1,
    minutes=6,
)


def _projection_case(
    rng: np.random.Generator, batch: int = BATCH, time_steps: int = TIME, units: int = UNITS, outputs: int = OUTPUTS
) -> Case:
    return {
        "states": rng.uniform(0, 2, size=(batch, time_steps, units)),
        "kernel": rng.normal(size=(units, outputs)),
        "bias": rng.uniform(0.5, 1.5, size=outputs) * rng.choice([-1, 1], size=outputs),
    }


_project = partial(changed, forecasting.project_outputs)


def _units_side_by_side(states: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    batch, time_steps, units = states.shape
    return (states.reshape(units, -1).T @ kernel + bias).reshape(batch, time_steps, -1)


project_outputs = Exercise(
    name="project_outputs",
    kind=Kind.TRANSCRIPTION,
    reference=forecasting.project_outputs,
    alternatives=(alternatives.project_outputs,),
    cases=_projection_case,
    other_cases=(_projection_case(np.random.default_rng(3), 5, 6, 8, 2),),
    mistakes=(
        Mistake(
            "bias left out",
            lambda states, kernel, bias: states @ kernel,
            "The bias is missing: add b_y to every row of the product.",
        ),
        Mistake(
            "left stacked",
            lambda states, kernel, bias: (states @ kernel + bias).reshape(-1, len(bias)),
            "The numbers are right, but still stacked. Give batch and time their axes back.",
        ),
        Mistake(
            "only the last step",
            lambda states, kernel, bias: states[:, -1] @ kernel + bias,
            "Only the last state is projected. Every step gets a forecast.",
        ),
        Mistake(
            "rows in another order on the way back",
            _project(("states.reshape", "states.transpose(1, 0, 2).reshape")),
            "The rows come back in another order than they were stacked in: forecasts end up at the wrong window and "
            "step. Either stack without a transpose or undo it.",
        ),
        Mistake(
            "time before batch",
            lambda states, kernel, bias: (states @ kernel + bias).transpose(1, 0, 2),
            "Batch and time have changed places in the result.",
        ),
        Mistake(
            "rectified",
            lambda states, kernel, bias: np.maximum(states @ kernel + bias, 0),
            "A ReLU sits on the forecast, which can then never be negative. The projection has no activation.",
        ),
        Mistake(
            "squashed",
            lambda states, kernel, bias: np.tanh(states @ kernel + bias),
            "A tanh sits on the forecast, which then stays between -1 and 1. The projection has no activation.",
        ),
        Mistake(
            "stacked by units",
            _units_side_by_side,
            "The shapes are right, but the numbers are mixed up when you stack: reshape keeps their order in memory, "
            "so a row of yours is no state. Units are the last axis, and stay the last.",
        ),
        Mistake(
            "through the sigmoid",
            lambda states, kernel, bias: 1 / (1 + np.exp(-(states @ kernel + bias))),
            "A sigmoid sits on the forecast, which then stays between 0 and 1. The projection has no activation.",
        ),
        Mistake(
            "bias added twice",
            lambda states, kernel, bias: states @ kernel + 2 * bias,
            "The bias is added twice. It is added once, to every row of the product.",
        ),
        Mistake(
            "mean over time",
            lambda states, kernel, bias: states.mean(axis=1) @ kernel + bias,
            "You take the mean of the states. Every step gets a forecast of its own.",
        ),
    ),
    hints=(
        "batch, time_steps, units = states.shape gives you the sizes for the two reshapes.",
        "Make one matrix of batch · time_steps rows, multiply it by the kernel, add the bias.",
        "states.reshape(batch * time_steps, units), and at the end .reshape(batch, time_steps, len(bias)).",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)


def _linear_case(rng: np.random.Generator, windows: int = 26, time_steps: int = TIME) -> Case:
    inputs = rng.normal(size=(windows, time_steps, 1))
    noise = 0.3 * rng.normal(size=(windows, time_steps))
    mixed = inputs[..., 0] @ rng.normal(size=(time_steps, time_steps))
    targets = mixed + rng.uniform(1, 2, size=time_steps) + noise
    return {"inputs": inputs, "targets": targets[..., np.newaxis]}


_WRONG_END = (
    "The bias is taken from the wrong end: lstsq gives the weights in the order of the table's columns, so the bias "
    "stands where the column of ones stands."
)


_fit = partial(changed, forecasting.fit_causal_linear)

fit_causal_linear = Exercise(
    name="fit_causal_linear",
    kind=Kind.NEW_CASE,
    reference=forecasting.fit_causal_linear,
    alternatives=(alternatives.fit_causal_linear,),
    cases=_linear_case,
    other_cases=(_linear_case(np.random.default_rng(4), 31, 6),),
    parts=("weights", "biases"),
    mistakes=(
        Mistake(
            "sees the future",
            _fit(("inputs[:, : t + 1, 0]", "inputs[:, :, 0]"), ("weights[t, : t + 1]", "weights[t]")),
            "Every step may look at the whole window: at step t the values after x_t are not known yet. On a real "
            "series x_(t+1), the very value to forecast, would be among them.",
        ),
        Mistake(
            "one value too few",
            _fit(("inputs[:, : t + 1, 0]", "inputs[:, :t, 0]"), ("weights[t, : t + 1]", "weights[t, :t]")),
            "At step t the value x_t itself has been read: x_0 to x_t are t + 1 values.",
        ),
        Mistake(
            "only the present value",
            _fit(
                ("inputs[:, : t + 1, 0]", "inputs[:, t]"),
                ("weights[t, : t + 1]", "weights[t, t]"),
                ("found[:-1]", "found[0]"),
            ),
            "Each step uses only x_t. It may use all that was read so far, from x_0 on.",
        ),
        Mistake(
            "no constant",
            _fit((", np.ones((windows, 1))", ""), ("found[:-1], found[-1]", "found, 0")),
            "The constant is missing: append a column of ones; its weight is the bias.",
        ),
        Mistake(
            "ones last, bias read first",
            _fit(("found[:-1], found[-1]", "found[1:], found[0]")),
            _WRONG_END,
        ),
        Mistake(
            "ones first, bias read last",
            _fit(("inputs[:, : t + 1, 0], np.ones((windows, 1))", "np.ones((windows, 1)), inputs[:, : t + 1, 0]")),
            _WRONG_END,
        ),
        Mistake(
            "feature axis left in the targets",
            _fit(("targets[:, t, 0]", "targets[:, t]")),
            "lstsq found a column instead of a row of numbers: targets[:, t] has shape (windows, 1). Take the feature "
            "as well, targets[:, t, 0].",
        ),
        Mistake(
            "newest first",
            _fit(("found[:-1]", "found[-2::-1]")),
            "The weights of a row stand in the opposite order: column s of the weights belongs to x_s.",
        ),
        Mistake(
            "rows and columns exchanged",
            _fit(("return weights", "return weights.T")),
            "Rows and columns of the weights are exchanged: row t holds the weights of step t.",
        ),
        Mistake(
            "fitted to the inputs",
            _fit(("targets[:, t, 0]", "inputs[:, t, 0]")),
            "You fit x_t, which is known already. Fit what comes next: targets[:, t, 0].",
        ),
        Mistake(
            "the last target for every step",
            _fit(("targets[:, t, 0]", "targets[:, -1, 0]")),
            "Every step is fitted to the target of the last one. Step t has a target of its own.",
        ),
        Mistake(
            "the first target for every step",
            _fit(("targets[:, t, 0]", "targets[:, 0, 0]")),
            "Every step is fitted to the target of the first one. Step t has a target of its own.",
        ),
        Mistake(
            "lstsq not taken apart",
            _fit(("rcond=None)[0]", "rcond=None)")),
            "lstsq returns four things, of which the weights are the first.",
        ),
        Mistake(
            "weights at the end of the row",
            _fit(("weights[t, : t + 1]", "weights[t, time_steps - t - 1 :]")),
            "Your weights stand at the right end of their row. Column s of the weights belongs to x_s.",
        ),
        Mistake(
            "results in the other order",
            _fit(("return weights, biases", "return biases, weights")),
            "Both results are right, but in the wrong order: first the weights, then the biases.",
        ),
    ),
    hints=(
        "Go through the steps. At step t the table has one row a window and the columns x_0 … x_t and ones.",
        "np.linalg.lstsq(table, targets[:, t, 0], rcond=None)[0] gives a weight for each column.",
        "table = np.concatenate([inputs[:, : t + 1, 0], np.ones((len(inputs), 1))], axis=1); then weights[t, : t + 1] "
        "and biases[t] take the result apart.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)


_WINDOWS, _SETTLED = 500, 6  # from step 6 on a forecaster has seen enough to be exact
BAR = 0.003


def _held_out(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows from a stretch of the curve that no training has seen."""
    from rnncourse.datasets.series import random_windows

    return random_windows(_WINDOWS, seed, "validation" if seed == PRACTICE_SEED else "test")


def _late_error(forecasts: np.ndarray, targets: np.ndarray) -> float:
    return float(np.mean(forecasting.error_per_step(forecasts, targets)[_SETTLED:]))


def _forecast(model: Any, inputs: np.ndarray) -> np.ndarray:
    forecasts = forecasting.network_forecast(model, inputs)
    if forecasts.shape != inputs.shape:
        raise ValueError(
            f"For windows of shape {inputs.shape} it gives {forecasts.shape}, expected one number at every step, "
            f"{inputs.shape}: are all outputs of the steps returned, and projected?"
        )
    return forecasts


def _on_held_out(model: Any, seed: int) -> np.ndarray:
    return _forecast(model, _held_out(seed)[0])


def _score(model: Any, seed: int) -> float:
    inputs, targets = _held_out(seed)
    return _late_error(_forecast(model, inputs), targets)


def _reversed(model: Any, seed: int) -> bool:
    """Whether it forecasts the middle of a window well once the window is shown backwards, its end first."""
    inputs, targets = _held_out(seed)
    seen = slice(len(inputs[0]) // 2 + 2, None)  # steps whose targets were shown already
    late = forecasting.error_per_step(_forecast(model, inputs[:, ::-1]), targets)[seen]
    return bool(np.mean(late) < 0.3 * np.var(targets))


def _copies(model: Any, seed: int) -> bool:
    inputs, _ = _held_out(seed)
    return _late_error(_forecast(model, inputs), inputs) < 0.05


def _two_steps_ahead(model: Any, seed: int) -> bool:
    """Whether it forecasts the value after the next one better than the next one."""
    inputs, targets = _held_out(seed)
    forecasts = _forecast(model, inputs)
    return _late_error(forecasts[:, :-1], targets[:, 1:]) < min(0.3, 0.3 * _late_error(forecasts, targets))


def _knows_nothing(model: Any, seed: int) -> bool:
    """Whether it gives nearly the same whatever it reads, and no better than the mean."""
    variance = float(np.var(_held_out(seed)[1]))
    return _score(model, seed) > 0.8 * variance and float(np.var(_on_held_out(model, seed))) < 0.2 * variance


curve_forecaster = Training(
    name="curve_forecaster",
    kind=Kind.COPY,
    score=_score,
    measure="mean squared error from step 6 on",
    bar=BAR,
    higher_is_better=False,
    mistakes=(
        symptoms.not_finite(_on_held_out),
        symptoms.sees_the_future(_forecast, lambda seed: _held_out(seed)[0]),
        *symptoms.squashed(_on_held_out, "values of any size"),
        symptoms.no_memory(_forecast, lambda seed: _held_out(seed)[0]),
        Symptom(
            "targets not shifted",
            _copies,
            "It gives back what it has just read: was it trained with the inputs as targets, without the shift by one?",
        ),
        Symptom(
            "targets two steps ahead",
            _two_steps_ahead,
            "It forecasts the value after the next one: its targets were two steps ahead of the inputs, not one.",
        ),
        symptoms.RECURRENCE_FROZEN,
        symptoms.HARDLY_TRAINED,
        symptoms.RATE_TOO_LARGE,
        Symptom(
            "time reversed",
            _reversed,
            "It does better when it is shown a window from the end to the start: the inputs, but not the targets, were "
            "turned around in time when it was trained.",
        ),
        Symptom(
            "targets shuffled",
            _knows_nothing,
            "It was trained, and yet its forecasts are no better than a constant: do the targets still belong to their "
            "inputs?",
        ),
        symptoms.NOT_ENOUGH,
    ),
    refuses=symptoms.no_keras_model,
    shapes="It reads windows of shape (batch, time, 1) and gives one number at every step, (batch, time, 1).",
    recipe="""
keras.utils.set_random_seed(2)
curve_forecaster = rnncourse.forecaster()
rate_and_clip = rnncourse.recipe_optimizer(1500, peak=0.004)
told = rnncourse.fit(
    curve_forecaster, *train, epochs=10, batch_size=50, loss="mse", metrics=(), optimizer=rate_and_clip
)
""",
    hints=(
        "model = rnncourse.forecaster() makes the network, rnncourse.fit(…, loss='mse', metrics=()) trains it.",
        "Adam at a constant rate of 0.001 takes long to get there. Use rnncourse.recipe_optimizer(steps, peak=0.004).",
        "7 500 windows of the part 'train' in batches of 50 make 150 steps an epoch: ten epochs, "
        "recipe_optimizer(1500, peak=0.004). A new optimizer and a new model for each try.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

EXERCISES = (make_windows, fit_causal_linear, forecast_shapes, project_outputs, curve_forecaster)
