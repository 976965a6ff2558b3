"""Yardsticks: each simple way has the score that the same thing has when it is done by hand."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse import yardsticks

from made_projects import in_time, series

rng = np.random.default_rng(5)


def axes(parts):
    names = ("train", "validation", "test")
    return ({part: parts[part][axis] for part in names} for axis in (0, 1))


def test_those_of_a_series_are_the_forecasters_of_chapter_7():
    inputs, targets = axes(in_time(series()))
    found = dict(yardsticks.for_series(inputs, targets, "MAE"))
    error = lambda said: float(np.mean(np.abs(said - targets["test"])))  # noqa: E731
    assert found["persistence: the last value"]["test"] == error(inputs["test"][:, -1])
    naive = rnncourse.seasonal_naive(inputs["test"], 10, 1)
    assert found["the value 10 steps before (seasonal-naive)"]["test"] == error(naive)
    assert found["the mean of what followed"]["test"] == error(targets["train"].mean())
    linear = rnncourse.fit_linear(inputs["train"], targets["train"])(inputs["test"])
    assert found["a linear fit (least squares)"]["test"] == pytest.approx(error(linear), rel=1e-3)
    assert all({*scores} == {"validation", "test"} for scores in found.values())


def test_a_walk_has_no_season_and_the_right_feature_is_repeated():
    walk = np.cumsum(rng.normal(size=300))
    both = np.stack([rng.normal(size=300), walk], axis=1)
    inputs = np.stack([both[i : i + 8] for i in range(290)])
    targets = walk[8:298, np.newaxis]
    thirds = {"train": slice(0, 150), "validation": slice(150, 220), "test": slice(220, 290)}
    parts = ({part: array[rows] for part, rows in thirds.items()} for array in (inputs, targets))
    found = dict(yardsticks.for_series(*parts, "RMSE"))
    assert found["persistence: the last value"]["test"] == pytest.approx(1, abs=0.2)
    assert not any("seasonal" in name for name in found)


@pytest.mark.parametrize("measure", yardsticks.ERRORS)
def test_the_measures_are_what_they_are_called(measure):
    error = yardsticks.ERRORS[measure](np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    assert error == pytest.approx({"MAE": 2.0, "MSE": 5.0, "RMSE": 5.0**0.5}[measure])


def of_thirds(*arrays):
    cuts = {"train": slice(0, 200), "validation": slice(200, 300), "test": slice(300, 400)}
    return ({part: array[rows] for part, rows in cuts.items()} for array in arrays)


def test_those_of_classes_tell_apart_what_can_be_told_apart():
    labels = rng.integers(0, 3, size=400)
    points = np.eye(3)[labels][:, np.newaxis] + 0.1 * rng.normal(size=(400, 4, 3))
    found = dict(yardsticks.for_classes(*of_thirds(points, labels + 5)))
    most = np.bincount(labels[:200]).argmax()
    assert found["the most frequent class"]["test"] == np.mean(labels[300:] == most)
    assert found["the class of the nearest example"]["test"] == 1
    assert found["a linear fit of the classes (least squares)"]["validation"] == 1


def test_tokens_are_counted_wherever_they_stand():
    labels = rng.integers(0, 2, size=400)
    tokens = rng.integers(1, 30, size=(400, 12))
    tokens[np.arange(400), rng.integers(0, 12, size=400)] = 30 + labels
    found = dict(yardsticks.for_classes(*of_thirds(tokens, labels)))
    assert found["a linear fit of counted tokens"]["test"] > 0.95
    assert found["a linear fit of counted tokens"]["test"] > found["the most frequent class"]["test"] + 0.3


def test_those_of_symbols_are_counts_as_in_chapter_8():
    stream = np.array([0, 1, 2, 3] * 60)
    found = dict(
        yardsticks.for_symbols(
            {"train": [stream[:100], stream[:50]], "validation": [stream[:40]], "test": [stream[:40]]}
        )
    )
    assert found["counts of the symbols"]["test"] == pytest.approx(2, abs=0.1)
    assert found["counts of what follows 1 symbol"]["test"] < 0.3
    text = rng.integers(0, 5, size=300)
    whole = {"train": [text[:200]], "validation": [text[200:250]], "test": [text[250:]]}
    bits = dict(yardsticks.for_symbols(whole))["counts of what follows 2 symbols"]["test"]
    assert bits == pytest.approx(rnncourse.text.counted_bits(text[:200], text[250:], 6, 6)[2])


def test_those_of_pairs_count_what_is_all_right():
    train = [("a", "x"), ("b", "x"), ("c", "z")]
    found = dict(yardsticks.for_pairs({"train": train, "validation": [("q", "q")], "test": [("c", "z"), ("d", "x")]}))
    assert found["the source as it is"] == {"validation": 1.0, "test": 0.0}
    assert found["the most frequent target"]["test"] == 0.5
    assert found["what the same source had in training"]["test"] == 0.5
