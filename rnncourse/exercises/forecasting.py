"""The exercises of chapter 7: windows, forecasters to beat with and without a season, a leak, and one to design."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnncourse import forecasting
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import Case, Design, Exercise, Kind, Measure, Mistake, Question
from rnncourse.exercises.edits import changed

TIME = 5


def _series_case(rng: np.random.Generator) -> Case:
    return {
        "series": rng.uniform(-2, 2, size=int(rng.integers(12, 15))),
        "time_steps": int(rng.integers(4, 7)),
        "ahead": int(rng.integers(2, 4)),
    }


_LONGER_SERIES = {"series": np.random.default_rng(2).uniform(-2, 2, size=17), "time_steps": 7, "ahead": 5}
_ONE_AHEAD = {"series": np.random.default_rng(3).uniform(-2, 2, size=10), "time_steps": 4, "ahead": 1}


_cut = partial(changed, forecasting.make_windows)
_AFTER = "series[at[..., np.newaxis] + 1 + np.arange(ahead)]"
_TOO_MANY = (
    "There is one window too many: the targets of the last one reach beyond the end of the series, so its row is "
    "shorter than the others."
)
_SLICES = "[[series[i + t + 1 : i + t + 1 + ahead] for t in range(time_steps)] for i in range(count + {more})]"

make_windows = Exercise(
    name="make_windows",
    kind=Kind.NEW_CASE,
    reference=forecasting.make_windows,
    alternatives=(alternatives.make_windows,),
    cases=_series_case,
    other_cases=(_LONGER_SERIES, _ONE_AHEAD),
    parts=("inputs", "targets"),
    mistakes=(
        Mistake(
            "targets not shifted",
            _cut(("+ 1 + np.arange(ahead)", "+ np.arange(ahead)")),
            "The first target of each step is the input once more. What comes next at step t is one place further in "
            "the series.",
        ),
        Mistake(
            "shifted by two",
            _cut(("- ahead + 1", "- ahead"), ("+ 1 + np.arange(ahead)", "+ 2 + np.arange(ahead)")),
            "The first target is two places ahead of the input. The next value is one place ahead.",
        ),
        Mistake(
            "last window left out",
            _cut(("- ahead + 1", "- ahead")),
            "The last window is missing: a series of n values has n - time_steps - ahead + 1 windows that have all of "
            "their targets.",
        ),
        Mistake(
            "first values again after the last",
            _cut(("- ahead + 1", ""), (_AFTER, "series[(at[..., np.newaxis] + 1 + np.arange(ahead)) % len(series)]")),
            "There are too many windows: the targets of the last ones would lie after the end of the series, and you "
            "fill them with its first values.",
        ),
        Mistake(
            "counted as for one step ahead",
            _cut(("- ahead + 1", "")),
            "You count the windows that have one target after their last step. With several steps ahead the last "
            "windows have not all of theirs.",
        ),
        Mistake(
            "one window too many",
            _cut((_AFTER, f"np.array({_SLICES.format(more=1)})")),
            _TOO_MANY,
        ),
        Mistake(
            "counted as for one step ahead, in slices",
            _cut((_AFTER, f"np.array({_SLICES.format(more='ahead - 1')})")),
            _TOO_MANY,
        ),
        Mistake(
            "windows do not overlap",
            _cut(("np.arange(count)", "np.arange(0, count, time_steps)")),
            "Your windows stand one behind the other. Here the next window starts one value later, so they overlap.",
        ),
        Mistake(
            "only the furthest target",
            _cut((_AFTER, _AFTER + "[..., -1:]")),
            "You keep only the target that is furthest ahead. Each step has all of them: 1 to ahead.",
        ),
        Mistake(
            "only the next target",
            _cut((_AFTER, "series[at[..., np.newaxis] + 1]")),
            "You keep only the next value. The last axis of the targets holds as many as ahead says.",
        ),
        Mistake(
            "only the targets of the last step",
            _cut((_AFTER, _AFTER + "[:, -1]")),
            "You keep only the targets of the last step. Every step of a window has its own.",
        ),
        Mistake(
            "the same targets at every step",
            _cut((_AFTER, "series[at[:, -1:, np.newaxis] + 1 + np.arange(ahead) + 0 * at[..., np.newaxis]]")),
            "Every step of a window has the targets of its last one. What comes next moves on with the step.",
        ),
        Mistake(
            "nearest last",
            _cut((_AFTER, _AFTER + "[..., ::-1]")),
            "The targets of a step stand in the opposite order: the nearest comes first.",
        ),
        Mistake(
            "steps and steps ahead exchanged",
            lambda *given: (forecasting.make_windows(*given)[0], forecasting.make_windows(*given)[1].swapaxes(1, 2)),
            "Two axes of the targets have changed places: (windows, time, ahead) is the order.",
        ),
        Mistake(
            "feature axis missing",
            _cut(("series[at][..., np.newaxis]", "series[at]")),
            "The values of the inputs are right, and their last axis is missing: a layer wants (windows, time, "
            "features).",
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
            "targets before the inputs",
            _cut(("+ 1 + np.arange(ahead)", "- 1 - np.arange(ahead)")),
            "Your targets come before the inputs. What comes next at step t is one place further in the series.",
        ),
    ),
    hints=(
        "Draw six values in a row and take time_steps = 2, ahead = 3. Where does the last window start?",
        "The last window is the last one whose furthest target still exists: there are len(series) - time_steps - "
        "ahead + 1 windows.",
        "Inputs: one slice for each i. Targets: for each i and each t the slice of ahead values that starts at "
        "series[i + t + 1]. An index array does it without loops, too.",
    ),
    points=2,
    difficulty=2,
    minutes=9,
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
    kind=Kind.ASSEMBLY,
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


_scale = partial(changed, forecasting.scaled_parts)


def _scaling_case(rng: np.random.Generator, length: int | None = None) -> Case:
    length = int(rng.integers(14, 20)) if length is None else length
    trend = np.linspace(0, rng.uniform(2, 4), length)  # so that the two parts differ
    series = rng.uniform(5, 30) + rng.uniform(1, 3) * (trend + rng.normal(size=length))
    return {"series": series, "cut": int(rng.integers(8, length - 3))}


scaled_parts = Exercise(
    name="scaled_parts",
    kind=Kind.BUG,
    reference=forecasting.scaled_parts,
    alternatives=(alternatives.scaled_parts,),
    cases=_scaling_case,
    other_cases=(_scaling_case(np.random.default_rng(5), 25),),
    parts=("train", "test"),
    starts_from="scaled by the whole series",
    mistakes=(
        Mistake(
            "scaled by the whole series",
            _scale(("mean, deviation = train.mean(), train.std()", "mean, deviation = series.mean(), series.std()")),
            "Mean and deviation are those of the whole series, the test part included: what is learnt from already "
            "knows how large the values will be one day. Which values are known on the day of the cut?",
        ),
        Mistake(
            "each part by itself",
            _scale(("(test - mean) / deviation", "(test - test.mean()) / test.std()")),
            "The test part is scaled by its own mean and deviation: these are not known before it is over, and the "
            "network would read it in other units than it has learnt.",
        ),
        Mistake(
            "mean of the whole series",
            _scale(("mean, deviation = train.mean()", "mean, deviation = series.mean()")),
            "The deviation is right, but the mean is still that of the whole series.",
        ),
        Mistake(
            "deviation of the whole series",
            _scale(("train.mean(), train.std()", "train.mean(), series.std()")),
            "The mean is right, but the deviation is still that of the whole series.",
        ),
        Mistake(
            "scaled by the test part",
            _scale(("train.mean(), train.std()", "test.mean(), test.std()")),
            "Mean and deviation are those of the test part. They have to come from what is learnt from.",
        ),
        Mistake(
            "test part not scaled",
            _scale(("(test - mean) / deviation", "test")),
            "The test part is left as it was: the network would read it in other units than it has learnt.",
        ),
        Mistake(
            "only moved",
            _scale(("(train - mean) / deviation, (test - mean) / deviation", "train - mean, test - mean")),
            "The mean is taken off, but nothing is divided by the deviation.",
        ),
        Mistake(
            "brackets missing",
            _scale(
                (
                    "(train - mean) / deviation, (test - mean) / deviation",
                    "train - mean / deviation, test - mean / deviation",
                )
            ),
            "Only the mean is divided by the deviation, because / goes before -. Divide the whole difference.",
        ),
        Mistake(
            "between the smallest and the largest value",
            _scale(("train.mean(), train.std()", "train.min(), np.ptp(train)")),
            "You scale by the smallest and the largest value, from 0 to 1. Mean and standard deviation are asked for.",
        ),
        Mistake(
            "variance for deviation",
            _scale(("train.std()", "train.var()")),
            "You divide by the variance. Its root, the standard deviation, has the unit of the values.",
        ),
        Mistake(
            "one less in the deviation",
            _scale(("train.std()", "train.std(ddof=1)")),
            "You divide by n - 1 in the deviation, as statistics packages do. Here it is the plain one, by n: .std().",
        ),
        Mistake(
            "one value too many learnt from",
            _scale(("series[:cut], series[cut:]", "series[: cut + 1], series[cut + 1 :]")),
            "The cut is one value late: the first cut values are learnt from, series[:cut].",
        ),
        Mistake(
            "parts exchanged",
            lambda series, cut: forecasting.scaled_parts(series, cut)[::-1],
            "Both parts are right, but in the wrong order: first what is learnt from, then the test part.",
        ),
    ),
    hints=(
        "Run it twice, the second time with the last value of the series a hundred times larger. Which of the results "
        "may change by that?",
        "On the day of the cut somebody has series[:cut] and nothing else. Mean and deviation are made on that day.",
        "Take mean and deviation of the first part alone, and use the same two numbers for both parts.",
    ),
    points=2,
    difficulty=1,
    minutes=7,
)


_season = partial(changed, forecasting.seasonal_naive)


def _season_case(
    rng: np.random.Generator, windows: int = 4, time_steps: int = 11, season: int = 5, ahead: int = 8
) -> Case:
    return {"inputs": rng.uniform(-3, 3, size=(windows, time_steps, 1)), "season": season, "ahead": ahead}


seasonal_naive = Exercise(
    name="seasonal_naive",
    kind=Kind.NEW_CASE,
    reference=forecasting.seasonal_naive,
    alternatives=(alternatives.seasonal_naive,),
    cases=_season_case,
    other_cases=(
        _season_case(np.random.default_rng(6), 3, 13, 4, 3),
        _season_case(np.random.default_rng(7), 5, 9, 2, 7),
    ),
    mistakes=(
        Mistake(
            "runs past the end",
            _season(
                (
                    "last_season[:, np.arange(ahead) % season]",
                    "inputs[:, inputs.shape[1] - season + np.arange(ahead), 0]",
                )
            ),
            "From the step after one season on, the value one season before is not known yet: there is none to "
            "take. Go back one season more.",
        ),
        Mistake(
            "goes on at the start of the window",
            _season(("last_season[:, np.arange(ahead) % season]", "inputs[:, np.arange(ahead) - season, 0]")),
            "After one season your index is no longer negative: from 0 on it counts from the start of the window. "
            "There the last season comes again.",
        ),
        Mistake(
            "slice ends before it begins",
            _season(("last_season[:, np.arange(ahead) % season]", "inputs[:, -season : ahead - season, 0]")),
            "Where ahead is not shorter than a season, the end of your slice is no longer negative, and it counts from "
            "the start of the window. After one season the same values come again.",
        ),
        Mistake(
            "slice ends with the window",
            _season(("np.arange(ahead) % season", ":ahead")),
            "Where ahead is longer than a season, forecasts are missing: the slice ends where the window ends. After "
            "one season the same values come again.",
        ),
        Mistake(
            "persistence",
            _season(("np.arange(ahead) % season", "np.full(ahead, season - 1)")),
            "That is persistence: every forecast is the last value read. Take the value at the same place of a season.",
        ),
        Mistake(
            "one value for all steps",
            _season(("np.arange(ahead) % season", "np.zeros(ahead, int)")),
            "You give the same value to all steps ahead: the one that is right for the first. Each step ahead has a "
            "place of its own in the season.",
        ),
        Mistake(
            "the first season",
            _season(("inputs.shape[1] - season :, 0]", ":season, 0]")),
            "You repeat the first values of the window. The last season read is the newest, and starts season steps "
            "before the end.",
        ),
        Mistake(
            "from the end backwards",
            _season(("np.arange(ahead) % season", "season - 1 - np.arange(ahead) % season")),
            "Your forecasts run backwards in time: the first one is a whole season after the first value of the last "
            "season.",
        ),
        Mistake(
            "one step late",
            _season(("np.arange(ahead) % season", "(np.arange(ahead) + 1) % season")),
            "Every forecast is one place too far in the season: the first is the value exactly season steps before.",
        ),
        Mistake(
            "one step early",
            _season(("np.arange(ahead) % season", "(np.arange(ahead) - 1) % season")),
            "Every forecast is one place too early in the season: the first one follows the last value read.",
        ),
        Mistake(
            "a season as long as what is asked for",
            _season(("last_season[:, np.arange(ahead) % season]", "inputs[:, -ahead:, 0]")),
            "You repeat the last ahead values: that takes a season to be as long as what is asked for.",
        ),
        Mistake(
            "stays at the end of the season",
            _season(("np.arange(ahead) % season", "np.minimum(np.arange(ahead), season - 1)")),
            "After one season your forecast stays at its last value. The season begins anew.",
        ),
        Mistake(
            "mean of the last season",
            _season(
                (
                    "last_season[:, np.arange(ahead) % season]",
                    "np.repeat(last_season.mean(axis=1, keepdims=True), ahead, 1)",
                )
            ),
            "You forecast the mean of the last season at every step, and lose the season by it.",
        ),
        Mistake(
            "only the last step ahead",
            _season(("np.arange(ahead) % season", "[(ahead - 1) % season]")),
            "That is the forecast for the last step asked for. One is asked for at each of the steps ahead.",
        ),
        Mistake(
            "feature axis kept",
            _season(("[:, np.arange(ahead) % season]", "[:, np.arange(ahead) % season, np.newaxis]")),
            "The values are right, but the result has one axis too many: (windows, ahead) is asked for.",
        ),
        Mistake(
            "zero where nothing is known",
            _season(
                (
                    "last_season[:, np.arange(ahead) % season]",
                    "np.where(np.arange(ahead) < season, last_season[:, np.arange(ahead) % season], 0.0)",
                )
            ),
            "After one season your forecasts are 0. What is known that is two seasons older?",
        ),
    ),
    hints=(
        "Only values that were read can be repeated. For k steps after the window, go back by whole seasons until you "
        "stand inside it: at most one season from its end.",
        "So all forecasts come from the last season of the window, over and over: its length is season.",
        "Place k % season of the last season is the one for the k-th forecast, k from 0.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)

_FAR, _OPPOSITE, _FEW = "far ahead", "the opposite season", "few data"

horizons = Question(
    name="horizons",
    kind=Kind.PREDICTION,
    answer={"persistence is worst": 6, "because": _OPPOSITE, "both say the same": 12, "13 ahead repeats the value": 24},
    choices=(_FAR, _OPPOSITE, _FEW),
    feedback={
        "persistence is worst": {
            14: "It would be so if the error only grew with time. But after a year the same month comes again.",
            13: "One month after a whole year the sea is nearly as it is now.",
            12: "After a whole year the same month comes again: what is now is then a good guess.",
            1: "One month ahead, the sea has hardly changed.",
            3: "A quarter of a year changes much. Is there a month that differs more from this one?",
            7: "Close. Which month lies opposite to this one in the year?",
        },
        "because": {
            _FAR: "If that were the reason, 14 months would be worse than 6.",
            _FEW: "Persistence needs no data at all: it repeats one value.",
        },
        "both say the same": {
            1: "Persistence repeats the last month, seasonal-naive the month a year before the one asked for.",
            6: "There they differ most: half a year apart.",
            24: "Only 1 to 14 steps are asked for. Is there an earlier one?",
            13: "Seasonal-naive goes back by whole years from the month asked for. Where does that end at 13?",
        },
        "13 ahead repeats the value": {
            12: "Twelve months before a month that is 13 ahead lies 1 ahead: not known yet.",
            13: "That would be the last value read, and the month before: another month of the year.",
            11: "Counted from now, perhaps. Counted back from the month that is forecast, it is whole years.",
            1: "That month is not known yet, and another month of the year.",
        },
    },
    hints=(
        "Draw one year as a circle of twelve months, and put a finger on this month and one on the month asked for.",
        "Persistence is good where both fingers are close together, on the circle and not along the line.",
        "Seasonal-naive goes back 12, 24, … months from the month asked for, until the value is known.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)


#: The mean absolute error of a good forecaster of seasons, at most, as a share of seasonal-naive's.
SEASON_BAR = 0.85
_SERIES = 1_000


def _seasons_case(rng: np.random.Generator, count: int = _SERIES) -> Case:
    from rnncourse.datasets.series import made_seasons

    history, future = made_seasons(count, int(rng.integers(2**31)))
    return {"history": history, "future": future}


def _judged(forecasts: np.ndarray, history: np.ndarray, future: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By how much its mean absolute error is too large, in units of seasonal-naive's: 0 where it is small enough."""
    if forecasts.shape != future.shape:
        raise ValueError(
            f"It has shape {forecasts.shape}, expected {future.shape}: for each series twelve months, next month first."
        )
    if not np.all(np.isfinite(forecasts)):
        raise ValueError("Some of its forecasts are no finite numbers.")
    naive = forecasting.seasonal_naive(history[..., np.newaxis], 12, future.shape[1])
    share = np.mean(np.abs(forecasts - future)) / np.mean(np.abs(naive - future))
    return np.maximum(0.0, share - 1.0), np.maximum(0.0, share - SEASON_BAR)


#: So far the near months of right answers lie off after unusual ones, at most, in the unit of the series.
_LITTLE_OFF = 1.0


def _measured_error(forecasts: np.ndarray, history: np.ndarray, future: np.ndarray) -> tuple[Measure, ...]:
    """The error in units of seasonal-naive's, where it is too large; and to which side it lies after unusual months."""
    _, above = _judged(forecasts, history, future)
    usual = history.reshape(len(history), -1, 12).mean(axis=1)
    after_high = np.mean(history[:, -3:] - usual[:, -3:], axis=1) > 0
    off = float(np.mean((forecasts - future)[after_high, :3]))
    good = f"at most {SEASON_BAR:g}"
    return (
        Measure(
            "Mean absolute error of your forecasts, as a share of seasonal-naive's: {}",
            f"{SEASON_BAR + above:.3g}" if above > 0 else good,
        ),
        Measure(
            "Where the last three months were higher than usual, your next three are {} in the mean",
            f"{abs(off):.2g} too {'high' if off > 0 else 'low'}"
            if abs(off) > _LITTLE_OFF
            else f"at most {_LITTLE_OFF:g} off",
            "; those of the right answers that are known here are {}",
        ),
    )


_forecast_season = partial(changed, forecasting.season_forecaster)
_LAST = "return usual + 0.85 ** np.arange(1, 13) * unusual"

season_forecaster = Exercise(
    name="season_forecaster",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=forecasting.season_forecaster,
    cases=_seasons_case,
    case_count=2,
    other_cases=(_seasons_case(np.random.default_rng(8), 900),),
    call=Design(_judged, unseen=("future",), measures=_measured_error),
    parts=(
        "how much larger the error is than seasonal-naive's, as a share of that",
        f"how much larger the error is than {SEASON_BAR} of seasonal-naive's",
    ),
    alternatives=(
        lambda history: (
            history.reshape(len(history), -1, 12).mean(axis=1)
            + 0.6 * (history[:, -6:] - history.reshape(len(history), -1, 12).mean(axis=1)[:, -6:]).mean(axis=1)[:, None]
        ),
    ),
    mistakes=(
        Mistake(
            "last year again",
            _forecast_season((_LAST, "return history[:, -12:]")),
            "That is seasonal-naive itself, no better and no worse. It repeats every accident of one year: four years "
            "know better what is usual in a month.",
        ),
        Mistake(
            "the oldest year again",
            _forecast_season((_LAST, "return history[:, :12]")),
            "You repeat the first of the four years, the oldest. history[:, -1] is the month read last, so the newest "
            "year stands at the end.",
        ),
        Mistake(
            "what is usual, no more",
            _forecast_season((_LAST, "return usual")),
            "What is usual in each month beats seasonal-naive. But the last months say more: if they were warmer than "
            "usual, the next ones will be so, too, for a while.",
        ),
        Mistake(
            "as now",
            _forecast_season((_LAST, "return np.repeat(history[:, -1:], 12, axis=1)")),
            "That is persistence: every month of the next year like the last one read. It knows no season.",
        ),
        Mistake(
            "one mean for all months",
            _forecast_season((_LAST, "return np.repeat(history.mean(axis=1, keepdims=True), 12, axis=1)")),
            "Every month gets the mean of all months: the season is lost. Take the mean of each month by itself.",
        ),
        Mistake(
            "years and months exchanged",
            _forecast_season(
                (
                    "history.reshape(len(history), history.shape[1] // 12, 12).mean(axis=1)",
                    "history.reshape(len(history), 12, history.shape[1] // 12).mean(axis=2)",
                )
            ),
            "Months in a row are averaged instead of the same month of all years. Of the three axes (series, years, "
            "months), the mean goes over the years.",
        ),
        Mistake(
            "years and months exchanged, and no more",
            _forecast_season((_LAST, "return history.reshape(len(history), 12, history.shape[1] // 12).mean(axis=2)")),
            "Months in a row are averaged instead of the same month of all years. Of the three axes (series, years, "
            "months), the mean goes over the years.",
        ),
        Mistake(
            "one forecast for all series",
            _forecast_season((_LAST, "return np.repeat(usual.mean(axis=0, keepdims=True), len(history), axis=0)")),
            "All series get the same forecast. Each has a level and a course of the year of its own.",
        ),
        Mistake(
            "one month late",
            _forecast_season(("return usual", "return np.roll(usual, -1, axis=1)")),
            "Your months are shifted by one: history ends with a twelfth month, so the first forecast is for a first.",
        ),
        Mistake(
            "one month early",
            _forecast_season(("return usual", "return np.roll(usual, 1, axis=1)")),
            "Your months are shifted by one, the other way: the first forecast is for a month like history[:, 0].",
        ),
        Mistake(
            "sign of what was unusual",
            _forecast_season(("return usual +", "return usual -")),
            "After months that were higher than usual, yours are lower than usual: a sign is turned around.",
        ),
        Mistake(
            "on top of last year",
            _forecast_season(("return usual +", "return history[:, -12:] +")),
            "What was unusual is added to last year's values, which hold the end of it already. Add it to what is "
            "usual.",
        ),
        Mistake(
            "last change goes on",
            _forecast_season((_LAST, "return history[:, -12:] + history[:, -1:] - history[:, -13:-12]")),
            "You add the whole difference to the month a year ago to all months. It holds the noise of two single "
            "months, and what is unusual fades.",
        ),
        Mistake(
            "year turned around",
            _forecast_season(("return usual", "return usual[:, ::-1]")),
            "Your year runs backwards: the first forecast is for the next month.",
        ),
    ),
    hints=(
        "rnncourse.made_seasons(1000, seed=3) makes (history, future): measure any idea of yours against "
        "seasonal-naive before you hand it in.",
        "history.reshape(len(history), 4, 12) has the axes (series, years, months): the mean over years is what is "
        "usual in each month.",
        "How far the last months lay above what is usual in them is known. Some of that is left a month later, less "
        "after two. Or let least squares find the weights, on series that you make yourself.",
    ),
    points=4,
    difficulty=3,
    minutes=18,
)

EXERCISES = (make_windows, fit_causal_linear, scaled_parts, seasonal_naive, horizons, season_forecaster)
