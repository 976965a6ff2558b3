"""The values that right ways pass through, and whether a value is one of them, however it is laid out."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from rnncourse.checking.diagnosis.recording import Recording

#: Two values are one if they differ by less than this, relative to their size: a rounding, in the dtype of the coarser.
_EXACT, _ROUGH = 1e-9, 1e-4
_FEW = 9
_LONGEST_SUM = 5
_MOST_AXES, _MOST_ORDERS, _MOST_ROWS, _MOST_IN_BLOCKS = 3, 6, 32, 2000
#: Operators that can change places with each other, and what joins their terms.
_INVERSES = {"Add": np.add, "Sub": np.add, "Mult": np.multiply, "Div": np.multiply}
#: What stands for values that are not finite.
_NAN, _INFINITE = 0.123, 77.7


class Known:
    """Values up to layout: axes in any order, axes of length 1 dropped, either sign; with their rows and blocks."""

    def __init__(self, values: Iterable[np.ndarray]) -> None:
        self._stacks: dict[tuple[int, ...], list[np.ndarray]] = defaultdict(list)
        self._sizes: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}
        self._rough = False
        seen = set[tuple[tuple[int, ...], bytes]]()
        for value in values:
            self._rough = self._rough or (value.dtype.itemsize <= 4 and value.dtype.kind == "f")
            plain = _plain(value)
            mark = plain.shape, plain.tobytes()
            if mark not in seen:
                seen.add(mark)
                for stack in _pieces(plain, cut=value.dtype.kind == "f"):
                    self._stacks[stack.shape[1:]].append(stack)

    def has(self, value: np.ndarray | None) -> bool:
        """Whether a value is on a right way."""
        if value is None:
            return False
        plain = _plain(value)
        rough = self._rough or (value.dtype.kind == "f" and value.dtype.itemsize <= 4)
        tolerance = _ROUGH if rough else _EXACT
        orders = list(itertools.permutations(range(plain.ndim)))
        return any(self._among(plain.transpose(axes), tolerance) for axes in orders[:_MOST_ORDERS])

    def has_apart(self, value: np.ndarray) -> bool:
        """Whether each block of a value, or each of its rows, is on a right way."""
        if value.dtype.kind != "f" or not 3 < value.size <= _MOST_IN_BLOCKS:
            return False
        return any(len(pieces) > 1 and all(map(self.has, pieces)) for pieces in _apart(value))

    def _among(self, plain: np.ndarray, tolerance: float) -> bool:
        shape = plain.shape
        if shape not in self._stacks:
            return False
        if shape not in self._sizes:
            stack = np.concatenate(self._stacks[shape])
            self._sizes[shape] = stack, np.square(stack).sum(axis=tuple(range(1, stack.ndim)))
        stack, sizes = self._sizes[shape]
        near = np.isclose(sizes, np.square(plain).sum(), rtol=10 * tolerance, atol=tolerance)
        return any(_alike(plain, stack[place], tolerance) for place in np.flatnonzero(near))


def values_of(recordings: Iterable[Recording]) -> Iterator[np.ndarray]:
    """What right ways pass through: every value, sums in any order of their terms, the rounds of a loop together."""
    for recording in recordings:
        yield from _values(recording)


def put_into(operator: str, recordings: Iterable[Recording]) -> Known:
    """What right ways put into an operator or a function of this name; nothing where it has no name."""
    given = [
        recording.moments[part].value
        for recording in recordings
        for moment in recording.moments
        if operator and recording.places[moment.place].operator == operator
        for part in moment.parts
    ]
    return Known(value for value in given if value is not None)


def says_nothing(value: np.ndarray | None) -> bool:
    """Whether a value could be met by chance: a small whole number, a mask of one kind, a count up."""
    if value is None:
        return True
    plain = _plain(value)
    if plain.size == 1:
        number = abs(float(plain.reshape(())))
        return number in (0.5, _INFINITE) or (number <= _FEW and number.is_integer())
    flat = plain.ravel()
    if np.all(flat == flat[0]) or (value.dtype.kind in "biu" and len(np.unique(np.diff(flat))) == 1):
        return True
    return value.dtype.kind == "b" and value.size < _FEW


def _plain(value: np.ndarray) -> np.ndarray:
    plain = np.squeeze(value).astype(float)
    return plain if np.isfinite(plain).all() else np.nan_to_num(plain, nan=_NAN, posinf=_INFINITE, neginf=-_INFINITE)


def _alike(one: np.ndarray, other: np.ndarray, tolerance: float) -> bool:
    room = tolerance * (np.abs(other).max(initial=0.0) or 1.0)
    return bool(np.abs(one - other).max(initial=0.0) <= room or np.abs(one + other).max(initial=0.0) <= room)


def _values(recording: Recording) -> Iterator[np.ndarray]:
    rounds: dict[int, list[np.ndarray]] = defaultdict(list)
    for number, moment in enumerate(recording.moments):
        if moment.value is None:
            continue
        yield moment.value
        if moment.value.dtype.kind == "b":
            yield ~moment.value
        rounds[moment.place].append(moment.value)
        if recording.places[moment.place].operator in _INVERSES:
            yield from _in_any_order(recording, number)
    for values in rounds.values():
        if len(values) > 1 and len({value.shape for value in values}) == 1:
            yield np.array(values)
            yield np.array(values[::-1])


def _in_any_order(recording: Recording, number: int) -> Iterator[np.ndarray]:
    """The sums (products) of some of the terms (factors) of a sum (product), differences and quotients included."""
    family = _INVERSES[recording.places[recording.moments[number].place].operator]
    terms = list(_terms(recording, number, family))
    if not 2 < len(terms) <= _LONGEST_SUM:
        return
    for count in range(2, len(terms)):
        for some in itertools.combinations(terms, count):
            try:
                with np.errstate(all="ignore"):
                    yield functools.reduce(family, some)
            except ValueError:  # these alone do not fit each other
                continue


def _terms(recording: Recording, number: int, family: np.ufunc) -> Iterator[np.ndarray]:
    moment = recording.moments[number]
    operator = recording.places[moment.place].operator
    if _INVERSES.get(operator) is not family or len(moment.parts) != 2:
        if moment.value is not None:
            yield moment.value.astype(float)
        return
    first, second = moment.parts
    yield from _terms(recording, first, family)
    for term in _terms(recording, second, family):
        with np.errstate(all="ignore"):
            yield -term if operator == "Sub" else 1 / term if operator == "Div" else term


def _pieces(value: np.ndarray, cut: bool) -> Iterator[np.ndarray]:
    """In stacks: the value, its blocks if it may be cut, and the rows of these along any axes."""
    for whole in (value, *(_blocks(value) if cut else ())):
        for count in range(min(whole.ndim, _MOST_AXES) + 1):
            for axes in itertools.combinations(range(whole.ndim), count):
                front = whole.transpose(*axes, *(axis for axis in range(whole.ndim) if axis not in axes))
                yield np.squeeze(front.reshape(-1, *front.shape[count:]), tuple(_single(front.shape[count:])))


def _single(shape: tuple[int, ...]) -> Iterator[int]:
    return (axis + 1 for axis, size in enumerate(shape) if size == 1)


def _apart(value: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Its rows along each axis, and its halves, thirds and fourths."""
    for axis, size in enumerate(value.shape):
        if size <= _MOST_ROWS:
            yield list(np.moveaxis(value, axis, 0))
        for count in (2, 3, 4):
            if size % count == 0 and size > count:
                yield np.split(value, count, axis)


def _blocks(value: np.ndarray) -> Iterator[np.ndarray]:
    for axis in range(value.ndim):
        for count in (2, 3, 4):
            if value.shape[axis] % count == 0 and value.shape[axis] > count:
                yield from np.split(value, count, axis)
        for cut in (slice(1, None), slice(None, -1)):
            yield value[(slice(None),) * axis + (cut,)]
