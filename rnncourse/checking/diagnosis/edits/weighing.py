"""How much a wrong answer tells: whether a change that gives the same numbers is an explanation or a coincidence."""

from __future__ import annotations

import numpy as np

from rnncourse.checking.calls import Ending
from rnncourse.checking.comparing import near
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, UNLIKELY
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.views import information, is_whole

#: Bits that the wrong numbers must hold before a change of this rank is believed; and two changes.
NEEDED = {LIKELY: 8.0, POSSIBLE: 12.0, UNLIKELY: 20.0}
NEEDED_FOR_TWO = 40.0
#: Of a comparison that counts equality, or does not, which shows where two things happen to be equal.
NEEDED_AT_A_BORDER = 5.0
_BITS_OF_A_FRACTION = 20.0
#: Of whole numbers in one case: however many there are, one small change makes all of them.
_MOST_OF_WHOLE = 12.0


def bits(evidence: Evidence, part: int) -> float:
    """How much the wrong numbers of a part tell: a fraction much, a whole number near the truth little."""
    pairs = [
        (got.values[part].astype(float), right.values[part].astype(float))
        for got, right in zip(evidence.outcomes, evidence.expected, strict=True)
        if got.ending is Ending.RETURNED
    ]
    values = np.concatenate([got.ravel() for got, _ in pairs])
    if values.size == 0 or np.all(values == values[0]):
        return 1.0  # always the same number: many changes give that
    off = [_off(got, right, evidence.exercise.tolerance) for got, right in pairs]
    wrong = [found for found in off if found.any()]
    lonely = len(wrong) < 2 and sum(int(np.count_nonzero(found)) for found in wrong) < 4
    total = sum(map(_told_by, wrong))
    return min(total, NEEDED[POSSIBLE] - 1) if lonely else total


def are_small(evidence: Evidence, part: int) -> bool:
    """Whether a part is small whole numbers alone, which many functions give by coincidence."""
    found = [outcome.values[part].astype(float) for outcome in evidence.outcomes if outcome.values]
    return all(is_whole(values) and bool(np.all(np.abs(values) < 50)) for values in found)


def _off(got: np.ndarray, right: np.ndarray, tolerance: float) -> np.ndarray:
    """By how much the numbers are wrong, 0 where they are right; the numbers themselves where the shape is wrong."""
    if got.shape != right.shape:
        return got
    with np.errstate(invalid="ignore"):
        found: np.ndarray = np.where(near(got, right, tolerance), 0.0, got - right)
    return found[np.isfinite(found)]


def _told_by(off: np.ndarray) -> float:
    broken = np.unique(np.round(np.abs(off[off != np.round(off)]), 9)).size
    if broken:
        return _BITS_OF_A_FRACTION * broken
    return min(_MOST_OF_WHOLE, information(off) + 1)
