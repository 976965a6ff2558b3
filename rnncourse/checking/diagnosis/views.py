"""One part of an answer beside the truth, over all cases, and how much it takes to believe in a relation of the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.exercises.definitions import Case

#: (truth of a case, its arguments) -> what an answer would be; None where that cannot be said.
Guess = Callable[[np.ndarray, Case], np.ndarray | None]
#: Bits that the numbers of an answer must carry before a relation that they obey is no accident.
NEEDED = 20.0
_BITS_OF_A_NUMBER = 20.0


@dataclass(frozen=True)
class View:
    """One part of an answer and the truth, case by case.

    Attributes:
        part: name of the part, '' where there is only one result.
        got: what the answer gave, one array for each case.
        want: the truth.
        cases: the arguments.
        ordinary: how many of the cases, from the first, are drawn at random; the others are edge cases.
        tolerance: below which two numbers are equal.
        kept: the numbers of these cases among all that were tried.
    """

    part: str
    got: tuple[np.ndarray, ...]
    want: tuple[np.ndarray, ...]
    cases: tuple[Case, ...]
    ordinary: int
    tolerance: float
    kept: tuple[int, ...] = ()

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray, Case]]:
        return iter(zip(self.got, self.want, self.cases, strict=True))

    @property
    def same_shapes(self) -> bool:
        """Whether the answer has the shape of the truth in every case."""
        return all(got.shape == want.shape for got, want, _ in self)

    @property
    def whole(self) -> bool:
        """Whether the truth consists of whole numbers: tokens, counts, marks of 0 and 1."""
        return all(is_whole(want) for want in self.want)

    def right(self) -> tuple[bool, ...]:
        """For each case, whether the answer is right."""
        return tuple(self.equal(got, want) for got, want, _ in self)

    def equal(self, got: np.ndarray, want: np.ndarray) -> bool:
        """Whether two arrays have one shape and, within the tolerance, the same numbers."""
        return got.shape == want.shape and bool(np.all(self.near(got, want)))

    def near(self, got: np.ndarray, want: np.ndarray) -> np.ndarray:
        """Number by number, whether two arrays of one shape are equal within the tolerance."""
        return np.isclose(got, want, rtol=self.tolerance, atol=self.tolerance, equal_nan=True)

    def mapped(self, change: Callable[[np.ndarray], np.ndarray]) -> View:
        """The same answer beside a function of the truth."""
        with np.errstate(all="ignore"):
            return replace(self, want=tuple(change(want) for want in self.want))

    def exact(self) -> View:
        """The same with a tolerance near the numbers' own precision, which leaves accidents no room."""
        single = any(array.dtype.itemsize < 8 and array.dtype.kind == "f" for array in self.got)
        return replace(self, tolerance=min(self.tolerance, 3e-5 if single else 1e-6))

    def obeys(self, guess: Guess, needed: float = NEEDED) -> bool:
        """Whether the answer is what the guess says: in every ordinary case; no edge case speaks against it.

        Cases where the guess is the truth itself do not count as evidence.
        """
        bits = 0.0
        for index, (got, want, case) in enumerate(self):
            with np.errstate(all="ignore"):
                made = guess(want, case)
            if made is None or not np.all(np.isfinite(made)):
                if index < self.ordinary:
                    return False
                continue
            if not self.equal(got, made):
                return False
            if not self.equal(made, want):
                bits += information(got)
        return bits >= needed


def views(evidence: Evidence) -> list[View]:
    """The parts that are wrong; those whose numbers are not all finite are left out, since no relation holds there.

    Edge cases with numbers that are not finite are left out alone.
    """
    exercise = evidence.exercise
    found = []
    for part in evidence.wrong_parts():
        got = tuple(_numbers(outcome.values[part]) for outcome in evidence.outcomes)
        want = tuple(_numbers(outcome.values[part]) for outcome in evidence.expected)
        name = exercise.parts[part] if exercise.parts else ""
        finite = [i for i, array in enumerate(got) if np.all(np.isfinite(array))]
        if finite[: exercise.ordinary] == list(range(exercise.ordinary)):
            mine, theirs = tuple(got[i] for i in finite), tuple(want[i] for i in finite)
            cases = tuple({**evidence.cases[i], **_other_numbers(evidence, i, part)} for i in finite)
            found.append(View(name, mine, theirs, cases, exercise.ordinary, exercise.tolerance, tuple(finite)))
    return found


def _other_numbers(evidence: Evidence, index: int, part: int) -> Case:
    """The right values of the other parts by their names, where each part is one number."""
    right = zip(evidence.exercise.parts, evidence.expected[index].values, strict=False)
    found = {name: value for other, (name, value) in enumerate(right) if other != part}
    single = all(value.size == 1 and value.dtype.kind == "f" for value in evidence.expected[index].values)
    return (
        {name: float(value.sum()) for name, value in found.items() if name not in evidence.cases[index]}
        if single
        else {}
    )


def by_truth(change: Callable[..., np.ndarray | None], *arguments: Any) -> Guess:
    """A guess that is made of the truth alone: change(truth, *arguments)."""
    return lambda want, case: change(want, *arguments)


def _numbers(array: np.ndarray) -> np.ndarray:
    """The array with numbers to calculate with; single precision stays single."""
    return array if array.dtype.kind == "f" else array.astype(float)


def is_whole(array: np.ndarray) -> bool:
    """Whether all numbers are whole."""
    return bool(np.all(array == np.round(array)))


def information(array: np.ndarray) -> float:
    """Bits that an array carries: 20 for each different broken number, the entropy of whole ones.

    A single whole number n carries log2(1 + |n|): that 3 turns up where 3 was expected says little.
    """
    values, counts = np.unique(array, return_counts=True)
    if not is_whole(array):
        return _BITS_OF_A_NUMBER * int(np.sum(values != np.round(values)))
    if array.size == 1:
        return float(np.log2(1 + np.abs(array).sum()))
    shares = counts / array.size
    return float(-array.size * np.sum(shares * np.log2(shares)))
