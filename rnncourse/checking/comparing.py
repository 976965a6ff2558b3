"""Outcomes compared with the truth: equal within the tolerance of an exercise, as a whole and part by part."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.exercises.definitions import Case, Exercise


def truth(exercise: Exercise, case: Case) -> Outcome:
    """What the reference gives; it gets more time than a learner, since it may be the first to import TensorFlow."""
    found = ask(replace(exercise.as_call(), seconds=10 * exercise.seconds), exercise.reference, case)
    if found.ending is not Ending.RETURNED:
        raise RuntimeError(f"The reference of {exercise.name} {found.ending}: {found.text}")
    return found


def same(got: Outcome, expected: Outcome, tolerance: float) -> bool:
    """Whether two calls ended alike: equal numbers, or the same error with the same words."""
    if got.ending is not expected.ending:
        return False
    if got.ending is Ending.RETURNED:
        return all(close(a, b, tolerance) for a, b in zip(got.values, expected.values, strict=True))
    return (got.error, _without_counters(got.text)) == (expected.error, _without_counters(expected.text))


def _without_counters(text: str) -> str:
    """The words of an error without the numbers that Keras counts its layers with: simple_rnn_3."""
    return re.sub(r"_\d+\b", "", text)


def close(got: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    """|got - expected| <= tolerance (1 + |expected|) everywhere, in the same shape; NaN equals NaN."""
    return got.shape == expected.shape and bool(np.all(near(got, expected, tolerance)))


def first_wrong(got: Outcome, expected: Outcome, tolerance: float) -> int:
    """The first part of what was returned that is not right; there is one."""
    pairs = enumerate(zip(got.values, expected.values, strict=True))
    return next(part for part, (value, want) in pairs if not close(value, want, tolerance))


def near(got: np.ndarray, expected: np.ndarray, tolerance: float) -> np.ndarray:
    """|got - expected| <= tolerance (1 + |expected|), element by element; NaN equals NaN."""
    return np.isclose(got.astype(float), expected.astype(float), rtol=tolerance, atol=tolerance, equal_nan=True)


def parts_right(exercise: Exercise, outcomes: list[Outcome], expected: list[Outcome]) -> list[bool]:
    """For each part of the exercise, whether it is right in every case.

    Raises:
        ValueError: outcomes are missing, and no ending says why.
    """
    count = max(1, len(exercise.parts))
    if any(outcome.ending is not Ending.RETURNED for outcome in outcomes):
        return [False] * count
    return [
        all(close(o.values[part], e.values[part], exercise.tolerance) for o, e in zip(outcomes, expected, strict=True))
        for part in range(count)
    ]
