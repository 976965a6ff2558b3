"""Series to forecast: the tutorial's curve and seasons, made on the spot, and two that come with Matplotlib.

The curve is cut into stretches of time: to learn from, to choose by, and to report once at the end. A window of one
kind never reaches into a stretch of another, so windows of two kinds have no moment in common.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncourse.datasets.damage import read_verified
from rnncourse.shapes import expect_choice, expect_count, expect_number, expect_numbers, expect_shapes

#: Time between two samples of the curve, in seconds, and the number of steps of a window.
STEP, TIME_STEPS = 0.1, 20
#: Stretches of time, in seconds, from which windows are drawn: (first, last) of each.
STRETCHES = {
    "train": ((0.0, 8.0), (12.0, 20.0), (24.0, 30.0)),
    "validation": ((8.0, 12.0),),
    "test": ((20.0, 24.0),),
    "all": ((0.0, 30.0),),
}
_YEAR, _KEPT = 12, 0.9  # months of a year; of what is unusual, so much is left a month later
_EEG_SHAPE = (800, 4)
_SHA256 = {
    "eeg.dat": "28656316df0004acfba7a5d98ab35f7314933a918636ec80f09604ad128b4417",
    "goog.npz": "400917cf30e6b664f7b0da93d7c745860d3aa9008da8b7f160d2dd12e6a318b1",
}


class Windows(NamedTuple):
    """Pieces of a series and what comes next at each of their steps.

    Attributes:
        inputs: x_0 … x_(n-1) of each window, float32, shape (windows, time, 1).
        targets: x_1 … x_n, the same values one step later, float32, shape (windows, time, 1).
    """

    inputs: np.ndarray
    targets: np.ndarray


def curve(times: np.ndarray | float) -> np.ndarray:
    """x(t) = t sin(t) / 3 + 2 sin(5 t), the tutorial's series.

    Args:
        times: t in seconds, of any shape.

    Returns:
        The values, float64, of the same shape.

    Raises:
        ValueError: times is not numeric.
    """
    times = expect_numbers("times", times).astype(float)
    return times * np.sin(times) / 3 + 2 * np.sin(5 * times)


def curve_windows(starts: Sequence[float] | np.ndarray, time_steps: int = TIME_STEPS, step: float = STEP) -> Windows:
    """inputs[i, t] = x(starts[i] + t · step), targets[i, t] = x(starts[i] + (t + 1) · step).

    Args:
        starts: the time of each window's first value, in seconds, shape (windows,).
        time_steps: number of steps of a window.
        step: seconds between two values.

    Returns:
        The windows of the curve that start there.

    Raises:
        ValueError: starts is not a row of numbers, or time_steps is not a whole number of at least 1.
    """
    (starts,) = expect_shapes(starts=(starts, "windows"))
    step = expect_number("step", step, "a number of seconds")
    times = starts[:, np.newaxis] + step * np.arange(expect_count("time_steps", time_steps) + 1)
    values = curve(times).astype(np.float32)[..., np.newaxis]  # (windows, time + 1, 1)
    return Windows(values[:, :-1], values[:, 1:])


def random_windows(count: int, seed: int, part: str = "train", time_steps: int = TIME_STEPS) -> Windows:
    """Windows of the curve that start at random moments of one part of its 30 seconds.

    Args:
        count: number of windows.
        seed: the same seed gives the same windows on every machine.
        part: "train", "validation", "test" (no two of these have a point in common) or "all" (the whole 30 seconds, as
            the tutorial draws them).
        time_steps: number of steps of a window.

    Returns:
        The windows. Each lies in one stretch, its last target included; longer stretches get more of them.

    Raises:
        ValueError: an argument is out of range, or no stretch of the part is as long as a window.
    """
    count, length = expect_count("count", count), STEP * expect_count("time_steps", time_steps)
    part, seed = expect_choice("part", part, STRETCHES), expect_count("seed", seed, least=0)
    first, last = np.array(STRETCHES[part]).T
    room = last - length - first
    if room.max() <= 0:
        raise ValueError(f"time_steps is {time_steps}, expected less than {(last - first).max() / STEP:.0f}: {part!r}.")
    rng, room = np.random.default_rng(seed), np.maximum(room, 0)
    chosen = rng.choice(len(room), size=count, p=room / room.sum())
    return curve_windows(first[chosen] + room[chosen] * rng.random(count), time_steps)


def made_seasons(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """x_t = level + usual(t mod 12) + u_t + noise, u_t = 0.9 u_(t-1) + news: made series of months, five years each.

    Each series has a level, a course of the year and news of its own; the noise is half as large as the news.

    Args:
        count: number of series.
        seed: the same seed gives the same series on every machine.

    Returns:
        (history, future) of shapes (count, 48) and (count, 12): four years, and the year that follows.

    Raises:
        ValueError: count is not a whole number of at least 1, or seed none of at least 0.
    """
    count, rng = expect_count("count", count), np.random.default_rng(expect_count("seed", seed, least=0))
    months = 5 * _YEAR
    unusual = np.zeros((count, months))
    unusual[:, 0] = rng.normal(size=count) / np.sqrt(1 - _KEPT**2)  # as large as later on
    for t in range(1, months):
        unusual[:, t] = _KEPT * unusual[:, t - 1] + rng.normal(size=count)
    usual = rng.uniform(-30, 30, size=(count, 1)) + np.tile(2 * rng.normal(size=(count, _YEAR)), 5)
    series = usual + unusual + 0.5 * rng.normal(size=(count, months))
    return series[:, :-_YEAR], series[:, -_YEAR:]


def load_eeg() -> np.ndarray:
    """Ten seconds of the electrical activity of a brain: 800 samples, 80 per second, from four electrodes.

    The values were scaled, by whoever made the file, to mean 0 and variance 1 over the whole of it.

    Returns:
        float64, shape (800, 4): one row per sample, one column per electrode.

    Raises:
        DamagedDataError: the file is missing or not the one expected.

    Source: ``eeg.dat`` in Matplotlib's sample data; its example of an MRI scan beside an EEG draws it over 10 seconds.
    """
    return np.frombuffer(_read_sample("eeg.dat"), "<f8").reshape(_EEG_SHAPE).astype(float)


def load_share_price() -> np.ndarray:
    """The closing price of a share on 1 047 trading days of 2004 to 2008, in US dollars, adjusted for splits.

    Returns:
        float64, shape (1047,).

    Raises:
        DamagedDataError: the file is missing or not the one expected.

    Source: ``goog.npz`` in Matplotlib's sample data.
    """
    with np.load(io.BytesIO(_read_sample("goog.npz"))) as stored:
        return stored["price_data"]["adj_close"].astype(float)


def _read_sample(name: str) -> bytes:
    """The content of one of Matplotlib's sample files, once its hash is right."""
    from matplotlib import cbook

    advice = "Install Matplotlib again: pip install --force-reinstall --no-deps matplotlib."
    path = Path(cbook.get_sample_data(name, asfileobj=False))
    return read_verified(path, f"Matplotlib's sample file {name}", _SHA256[name], advice)
