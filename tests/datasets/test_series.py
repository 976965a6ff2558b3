"""The series: windows of the curve share no moment between the parts, and the measured files are the expected ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rnncourse.datasets import series
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.series import STEP, STRETCHES, TIME_STEPS

PARTS = ("train", "validation", "test")


def test_the_curve_is_the_tutorials():
    assert series.curve(2.0) == pytest.approx(2 * np.sin(2.0) / 3 + 2 * np.sin(10.0))
    assert series.curve([[0.0, 1.0, 7.0]]).shape == (1, 3)
    assert series.curve(0.0) == 0


def test_a_window_is_the_curve_and_its_target_one_step_later():
    inputs, targets = series.curve_windows([3.0, 11.5], time_steps=4, step=0.2)
    assert (inputs.shape, targets.shape) == ((2, 4, 1), (2, 4, 1))
    assert (inputs.dtype, targets.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(inputs[1, :, 0], series.curve(11.5 + 0.2 * np.arange(4)), rtol=1e-6)
    np.testing.assert_allclose(targets[1, :, 0], series.curve(11.7 + 0.2 * np.arange(4)), rtol=1e-6)


def starts_of(part, count=2000, seed=5):
    """The moments at which random windows start, found again by the values of the curve on a fine grid."""
    inputs, _ = series.random_windows(count, seed, part)
    grid = np.arange(0, 28.05, 0.002)
    known = series.curve_windows(grid, time_steps=6).inputs[..., 0]
    return np.array([grid[np.square(known - window).sum(axis=1).argmin()] for window in inputs[:, :6, 0]])


@pytest.mark.parametrize("part", [*PARTS, "all"])
def test_every_window_lies_in_one_stretch_of_its_part_with_its_last_target(part):
    length, slack = STEP * TIME_STEPS, 0.005
    starts = starts_of(part, count=300)
    inside = [(first - slack <= starts) & (starts + length <= last + slack) for first, last in STRETCHES[part]]
    assert np.any(inside, axis=0).all()
    assert np.any(inside, axis=1).all()  # every stretch is used


def test_the_three_parts_have_no_moment_in_common_and_cover_the_thirty_seconds():
    pieces = sorted(stretch for part in PARTS for stretch in STRETCHES[part])
    assert pieces[0][0] == 0
    assert pieces[-1][1] == 30
    assert all(before[1] == after[0] for before, after in pairwise(pieces))


def test_the_same_seed_gives_the_same_windows():
    one, same, other = (series.random_windows(40, seed).inputs for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_longer_windows_use_the_stretches_that_hold_them():
    inputs, _ = series.random_windows(50, 0, "train", time_steps=70)  # 7 s: too long for the last stretch of 6 s
    assert inputs.shape == (50, 70, 1)
    assert np.abs(inputs).max() < np.abs(series.curve(np.arange(24, 30, 0.1))).max()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": 0}, "count is 0"),
        ({"part": "held out"}, "part is 'held out', expected one of 'train'"),
        ({"time_steps": 0}, "time_steps is 0"),
        ({"time_steps": 40, "part": "test"}, "time_steps is 40, expected less than 40"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        series.random_windows(**{"count": 5, "seed": 0} | arguments)


def test_starts_have_to_be_a_row():
    with pytest.raises(ValueError, match="starts has shape"):
        series.curve_windows([[1.0], [2.0]])


def test_made_seasons_have_a_usual_year_and_months_that_stay_unusual():
    """Over 4 000 series: how much a month differs from itself a year later, and what two years have in common."""
    history, future = series.made_seasons(4_000, seed=5)
    assert (history.shape, future.shape) == ((4_000, 48), (4_000, 12))
    whole = np.concatenate([history, future], axis=1)
    yearly = np.diff(whole.reshape(-1, 5, 12), axis=1)  # the usual year drops out
    kept = 1 / (1 - 0.9**2)  # variance of u, whose news has variance 1
    assert yearly.var() == pytest.approx(2 * (kept * (1 - 0.9**12) + 0.25), rel=0.03)
    step = whole[:, 1:] - whole[:, :-1]
    assert np.mean(step[:, 12:] * step[:, :-12]) == pytest.approx(8, rel=0.05)  # usual steps, the same each year
    again, _ = series.made_seasons(4_000, seed=5)
    np.testing.assert_array_equal(history, again)


@pytest.mark.parametrize(("arguments", "words"), [((0, 1), "count is 0"), ((3, -1), "seed is -1")])
def test_made_seasons_name_a_bad_argument(arguments, words):
    with pytest.raises(ValueError, match=words):
        series.made_seasons(*arguments)


def test_the_eeg_is_as_documented():
    eeg = series.load_eeg()
    assert (eeg.shape, eeg.dtype) == ((800, 4), np.float64)
    np.testing.assert_allclose(eeg.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(eeg.std(axis=0), 1, atol=1e-2)
    steps = np.diff(eeg, axis=0).std(axis=0)
    assert (steps < 0.9).all()  # neighbours are alike: rows and columns are not mixed up


def test_the_share_price_is_as_documented():
    price = series.load_share_price()
    assert (price.shape, price.dtype) == ((1047,), np.float64)
    assert 100 < price.min() < price.max() < 750
    assert np.abs(np.diff(np.log(price))).max() < 0.3


@pytest.mark.parametrize("load", [series.load_eeg, series.load_share_price])
def test_a_damaged_or_missing_file_is_named_with_advice(load, monkeypatch, tmp_path):
    def sample(name, asfileobj):
        return tmp_path / name

    monkeypatch.setattr("matplotlib.cbook.get_sample_data", sample)
    with pytest.raises(DamagedDataError, match=r"(eeg\.dat|goog\.npz) cannot be read.*pip install"):
        load()
    for name in ("eeg.dat", "goog.npz"):
        (tmp_path / name).write_bytes(b"0" * 25600)
    with pytest.raises(DamagedDataError, match=r"(eeg\.dat|goog\.npz) is damaged: 25600 bytes.*expected.*pip install"):
        load()
