"""The right numbers in other places: reversed, shifted, permuted, scrambled, added up along an axis."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from rnncourse.checking.diagnosis.sizes import names_of, slice_name
from rnncourse.checking.diagnosis.views import View, by_truth, information


def right_numbers_elsewhere(view: View) -> str | None:
    """The answer is the truth in another order, in every case."""
    if not view.same_shapes or view.want[0].ndim == 0:
        return None
    exact = view.exact()
    for look in (
        _along_one_axis,
        _shifted,
        _axes_exchanged,
        _blocks_exchanged,
        _slices_exchanged,
        _rows_filled,
        _slices_again,
    ):
        found = look(exact)
        if found:
            return found
    return None


def all_alike(view: View) -> str | None:
    """What should differ along an axis does not, in any case."""
    if not view.same_shapes or view.want[0].ndim == 0:
        return None
    for axis in _axes(view):
        _, one = axis_words(view, axis)
        apart = [want for want in view.want if want.ndim > axis and np.any(np.ptp(want, axis=axis) > view.tolerance)]
        alike = all(got.ndim > axis and np.all(np.ptp(got, axis=axis) <= 1e-9 * np.abs(got).max()) for got in view.got)
        if alike and len(apart) >= 2:
            return f"every {one} of yours is the same, where they should differ"
    return None


def axis_words(view: View, axis: int) -> tuple[str, str]:
    """How an axis and one slice along it are called: ("time", "step"), or ("axis 2", "index of axis 2")."""
    lengths = [want.shape[axis] if axis < want.ndim else -1 for want in view.want]
    names = names_of(lengths, view.cases)
    if view.want[0].shape.count(view.want[0].shape[axis]) > 1:
        names = []
    plain = list(dict.fromkeys("time" if name in {"time_steps", "steps"} else name for name in names))
    usual = [name for name in _usual(axis, view.want[0].ndim) if name in plain]
    rest = [name for name in plain if not name.startswith("axis ")]
    name = usual[0] if usual else rest[0].removeprefix("number of ") if len(rest) == 1 else ""
    return name or f"axis {axis}", slice_name(axis, view.want[0].ndim, [name] if name else [])


def _usual(axis: int, ndim: int) -> tuple[str, ...]:
    """The names that an axis has first: batch and time in front, what stands for one step at the end."""
    last = ("units", "features", "classes", "words", "dimensions")
    if axis == ndim - 1 and ndim == 3:
        return last
    return ("batch", "time") if axis == 0 else ("time", "batch") if ndim == 3 else ("time", *last)


def _axes(view: View) -> list[int]:
    """The axes that every ordinary case has, longer than 1 in the first."""
    ordinary = view.want[: view.ordinary]
    whole = range(min(want.ndim for want in ordinary))
    return [axis for axis in whole if ordinary[0].shape[axis] > 1]


#: What is said, with the name of the axis and of one slice, and the truth changed along the axis.
_ALONG: tuple[tuple[str, Callable[[np.ndarray, int], np.ndarray]], ...] = (
    ("your numbers are the right ones in reversed order along {name}", np.flip),
    ("your numbers are the right ones added up along {name} (a running sum)", np.cumsum),
    ("your numbers are the running means of the right ones along {name}", lambda w, a: np.cumsum(w, a) / _places(w, a)),
    (
        "your numbers are the right ones added up along {name} from the end",
        lambda w, a: np.flip(np.cumsum(np.flip(w, a), a), a),
    ),
    ("every {one} of yours is what the last should be", lambda w, a: _repeat(w, a, -1)),
    ("every {one} of yours is what the first should be", lambda w, a: _repeat(w, a, 0)),
    (
        "each {one} of yours is the difference of the right one and the one before",
        lambda w, a: np.diff(w, axis=a, prepend=0),
    ),
    ("in every {one} you have the mean over all of them", lambda w, a: _spread(w.mean(a, keepdims=True), w)),
    ("in every {one} you have the sum over all of them", lambda w, a: _spread(w.sum(a, keepdims=True), w)),
    ("in every {one} you have the largest of all", lambda w, a: _spread(w.max(a, keepdims=True), w)),
    ("your numbers are the right ones, sorted along {name}", np.sort),
    ("your numbers are the right ones, sorted downwards along {name}", lambda w, a: -np.sort(-w, a)),
)


def _along_one_axis(view: View) -> str | None:
    for axis in _axes(view):
        name, one = axis_words(view, axis)
        for words, change in _ALONG:
            if view.obeys(by_truth(_along, axis, change)):
                return words.format(name=name, one=one)
    return None


def _along(want: np.ndarray, axis: int, change: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray | None:
    return change(want, axis) if want.ndim > axis else None


def _places(array: np.ndarray, axis: int) -> np.ndarray:
    shape = [1] * array.ndim
    shape[axis] = -1
    return np.arange(1, array.shape[axis] + 1).reshape(shape)


def _spread(array: np.ndarray, like: np.ndarray) -> np.ndarray:
    return np.broadcast_to(array, like.shape)


def _repeat(array: np.ndarray, axis: int, index: int) -> np.ndarray:
    return _spread(np.take(array, [index], axis), array)


def _shifted(view: View) -> str | None:
    """Each slice is what one of its neighbours should be; the ends, which have no such neighbour, are left aside."""
    for axis, steps in itertools.product(_axes(view), (1, 2)):
        _, one = axis_words(view, axis)
        places = "" if steps == 1 else f"{steps} places "
        for late in (True, False):
            if _shifted_by(view, axis, steps if late else -steps):
                other = "before" if late else "after"
                return f"each {one} of yours is what the one {places}{other} should be: all is shifted (the ends aside)"
    return None


def _shifted_by(view: View, axis: int, steps: int) -> bool:
    bits, told = 0.0, 0
    for index, (got, want, _) in enumerate(view):
        if want.ndim <= axis or want.shape[axis] <= abs(steps):
            if index < view.ordinary and want.ndim <= axis:
                return False
            continue
        length = want.shape[axis]
        here = np.arange(max(steps, 0), length + min(steps, 0))
        mine, theirs = np.take(got, here, axis), np.take(want, here - steps, axis)
        if not view.equal(mine, theirs):
            here = here[1:] if steps < 0 else here[:-1]
            mine, theirs = np.take(got, here, axis), np.take(want, here - steps, axis)
            if not len(here) or not view.equal(mine, theirs):
                return False
        if not view.equal(mine, np.take(want, here, axis)):
            bits, told = bits + information(mine), told + 1
    return bits >= 20 and told >= min(2, view.ordinary)


def _axes_exchanged(view: View) -> str | None:
    """Transposed where the lengths allow it, or cut up anew by a reshape that should have been a transposition."""
    ndim = view.want[0].ndim
    if any(want.ndim != ndim for want in view.want):
        return None
    for order in list(itertools.permutations(range(ndim)))[1:]:
        if view.obeys(by_truth(_transposed, order)):
            return "your numbers are the right ones with " + _exchanged(order)
    for order in list(itertools.permutations(range(ndim)))[1:]:
        for change in (_reshaped, _reshaped_back):
            if view.obeys(by_truth(change, order)):
                return (
                    "your numbers are the right ones, scrambled: they are what a reshape gives where the axes should be"
                    " exchanged (a reshape keeps the order in which numbers are read)"
                )
    return None


def _exchanged(order: tuple[int, ...]) -> str:
    if len(order) == 2:
        return "rows and columns exchanged (transposed)"
    moved = [axis for axis, other in enumerate(order) if axis != other]
    return f"axes {' and '.join(map(str, moved))} exchanged" if len(moved) == 2 else f"their axes in the order {order}"


def _transposed(want: np.ndarray, order: tuple[int, ...]) -> np.ndarray | None:
    moved = want.transpose(order)
    return moved if moved.shape == want.shape else None


def _reshaped(want: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    return want.transpose(order).reshape(want.shape)


def _reshaped_back(want: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    return want.reshape([want.shape[axis] for axis in order]).transpose(np.argsort(order))


def _blocks_exchanged(view: View) -> str | None:
    """The last axis consists of 2, 3 or 4 blocks (gates), and they stand in another order."""
    for count in (2, 3, 4):
        if any(want.shape[-1:] == () or want.shape[-1] % count or want.shape[-1] == count for want in view.want):
            continue
        for order in list(itertools.permutations(range(count)))[1:]:
            if view.obeys(by_truth(_blocks, count, order)):
                pairs = [f"block {i} of yours is what block {j} should be" for i, j in enumerate(order) if i != j]
                return f"along the last axis {count} blocks stand in another order: {', '.join(pairs)}"
    return None


def _blocks(want: np.ndarray, count: int, order: tuple[int, ...]) -> np.ndarray:
    parts = np.split(want, count, axis=-1)
    return np.concatenate([parts[i] for i in order], axis=-1)


def _slices_exchanged(view: View) -> str | None:
    """Every slice of the truth is there, at another index: the same permutation in every case, or one of its own."""
    for axis in _axes(view):
        _, one = axis_words(view, axis)
        orders = [_permutation(view, got, want, axis) for got, want, _ in view]
        if any(order is None for order in orders[: view.ordinary]):
            continue
        moved = [g for (g, w, _), order in zip(view, orders, strict=True) if order and order != sorted(order)]
        if sum(map(information, moved)) < 60 or all(np.unique(got).size < 4 for got in moved):
            continue
        first = orders[0]
        assert first is not None
        if all(order is None or order == first for order in orders):
            pairs = [f"{i} of yours is {j} of the right ones" for i, j in enumerate(first) if i != j]
            return f"every {one} is there, but in another order, the same in every case: {', '.join(pairs[:3])}"
        return f"every {one} is there, but in another order"
    return None


def _permutation(view: View, got: np.ndarray, want: np.ndarray, axis: int) -> list[int] | None:
    """order with got[i] = want[order[i]] along the axis, if there is exactly one."""
    if want.ndim <= axis:
        return None
    mine, theirs = np.moveaxis(got, axis, 0), np.moveaxis(want, axis, 0)
    order = []
    for row in mine:
        fitting = [j for j, other in enumerate(theirs) if view.equal(row, other)]
        if len(fitting) != 1:
            return None
        order.append(fitting[0])
    return order if sorted(order) == list(range(len(order))) else None


def _slices_again(view: View) -> str | None:
    """Every slice is one of the right ones of its case, but some come twice and others never."""
    for axis in _axes(view):
        found = [_taken_from(view, got, want, axis) for got, want, _ in view]
        if any(places is None for places in found[: view.ordinary]):
            continue
        moved = [
            np.take(got, index, axis)
            for (got, _, _), places in zip(view, found, strict=True)
            for index, place in enumerate(places or [])
            if index != place
        ]
        if sum(map(information, moved)) >= 60 and all(np.unique(array).size >= 4 for array in moved[:1]):
            _, one = axis_words(view, axis)
            index, place = next((i, j) for i, j in enumerate(found[0] or []) if i != j)
            return (
                f"every {one} of yours is one of the right ones, but some stand at more than one place: in the first "
                f"case yours at {index} is what the one at {place} should be"
            )
    return None


def _taken_from(view: View, got: np.ndarray, want: np.ndarray, axis: int) -> list[int] | None:
    """For each slice along the axis its own index where it is right, else that of the first right one equal to it."""
    if want.ndim <= axis:
        return None
    mine, theirs = np.moveaxis(got, axis, 0), np.moveaxis(want, axis, 0)
    places = []
    for index, row in enumerate(mine):
        order = [index, *(place for place in range(len(theirs)) if place != index)]
        place = next((place for place in order if view.equal(row, theirs[place])), None)
        if place is None:
            return None
        places.append(place)
    return places


def same_numbers_in_each_row(view: View) -> str | None:
    """Each row holds the numbers that it should hold, in another order."""
    if not view.same_shapes or any(want.ndim != 2 for want in view.want):
        return None
    exact = view.exact()
    pairs = [(mine, right) for got, want, _ in exact for mine, right in zip(got, want, strict=True)]
    if not all(exact.equal(np.sort(mine), np.sort(right)) for mine, right in pairs):
        return None
    moved = [right for mine, right in pairs if not exact.equal(mine, right)]
    told = sum(float(np.sum(np.log2(np.arange(1, len(np.unique(right)) + 1)))) for right in moved)
    return "each row has the right numbers, in another order" if told >= 20 else None


#: How the numbers of a row that is filled with zeros may stand in it: how it is said, and where they are then.
_FILLED: tuple[tuple[str, Callable[[np.ndarray, int], np.ndarray]], ...] = (
    ("stand in reversed order, the zeros after them aside", lambda row, n: np.r_[row[:n][::-1], row[n:]]),
    ("stand at its end, behind the zeros, and not at its start", lambda row, n: np.roll(row, len(row) - n)),
    ("stand at its end, behind the zeros, and in reversed order", lambda row, n: row[::-1]),
)


def _rows_filled(view: View) -> str | None:
    """Rows of different lengths that are filled up with zeros: each reversed, or moved to the other end."""
    if any(want.ndim != 2 for want in view.want):
        return None
    for words, change in _FILLED:
        if view.obeys(by_truth(_each_filled, change)):
            return f"the right numbers of each row {words}"
    return None


def _each_filled(want: np.ndarray, change: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    lengths = [int(np.flatnonzero(row).max(initial=-1)) + 1 for row in want]
    return np.array([change(row, length) for row, length in zip(want, lengths, strict=True)]).reshape(want.shape)
