"""Where the shape is another one: which axis is which, and whether the right numbers are inside."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np

from rnncourse.checking.diagnosis.orders import axis_words
from rnncourse.checking.diagnosis.sizes import names_of, phrase
from rnncourse.checking.diagnosis.views import NEEDED, View, information


def other_shape(view: View) -> str | None:
    """What the shape of the answer tells, where it differs from the truth's in every ordinary case."""
    different = [got.shape != want.shape for got, want, _ in view]
    if not any(different):
        return None
    first = different.index(True)
    for look in (
        _axis_of_length_one,
        _axes_in_another_order,
        _read_anew,
        _cut_along_another,
        _one_slice_or_more,
        _reduced,
        _not_reduced,
    ):
        found = look(view.exact())
        if found:
            return f"{found} (shape {view.got[first].shape} in case {first + 1}, expected {view.want[first].shape})"
    return None


def sizes_of_axes(view: View) -> str | None:
    """Which axis has another length in every ordinary case, and what is as long, where nothing else is known of it."""
    if not all(got.shape != want.shape for got, want, _ in list(view)[: view.ordinary]):
        return None
    if view.whole and all(array.ndim == 1 for array in view.want):
        return None  # tokens, pairs, lists: what is missing says more than how many there are
    return _names_of_axes(view)


def _everywhere(view: View, guess: Callable[[np.ndarray], np.ndarray | None], flat: bool = False) -> bool:
    """Whether the guess gives the answer in every ordinary case and no edge case speaks against it."""
    for index, (got, want, _) in enumerate(view):
        try:
            made = guess(want)
        except ValueError:  # no such axis, or lengths that do not fit
            made = None
        if made is None:
            if index < view.ordinary:
                return False
        elif not view.equal(got.reshape(-1, 1) if flat else got, made):
            return False
    return True


def _axis_of_length_one(view: View) -> str | None:
    if all(np.squeeze(got).shape == np.squeeze(want).shape for got, want, _ in view):
        more = view.got[0].ndim - view.want[0].ndim
        words = f"it has an axis of length 1 too {'many' if more > 0 else 'few'}"
        words = words if more else "its axis of length 1 stands at another place"
        if all(view.equal(np.squeeze(got), np.squeeze(want)) for got, want, _ in view):
            return f"{words}; the numbers are right"
        return f"{words}, and the numbers are not right either"
    want = view.want[0]
    if want.ndim == 1 and all(got.shape == want.shape * 2 for got, want, _ in view):
        return (
            "it is a square: a row of numbers (n,) met a column (n, 1), and each was combined with each;"
            " keep both in the same shape"
        )
    return None


def _axes_in_another_order(view: View) -> str | None:
    ndim = view.want[0].ndim
    for order in list(itertools.permutations(range(ndim)))[1:]:
        if _everywhere(view, functools.partial(np.transpose, axes=order)):
            return f"the numbers are right, but the axes are in another order: {_order(view, order)}"
    return None


def _order(view: View, order: tuple[int, ...]) -> str:
    names = [axis_words(view, axis)[0] for axis in range(view.want[0].ndim)]
    return f"yours is ({', '.join(names[axis] for axis in order)}), asked for is ({', '.join(names)})"


def _read_anew(view: View) -> str | None:
    if _everywhere(view, lambda want: want) or any(got.size != want.size for got, want, _ in view):
        return None
    if all(view.equal(got.ravel(), want.ravel()) for got, want, _ in view):
        return "the numbers are right and in the right order, only the shape is another one"
    for order in list(itertools.permutations(range(view.want[0].ndim)))[1:]:
        if _everywhere(view, functools.partial(_column, order=order), flat=True):
            return "the right numbers are there, but in another shape and in another order"
    return None


def _one_slice_or_more(view: View) -> str | None:
    """One slice of the truth, all but one, or one too many."""
    for axis in range(view.want[0].ndim):
        name, one = axis_words(view, axis)
        if _everywhere(view, functools.partial(np.take, indices=-1, axis=axis)):
            return f"you give the last {one} only, where all along {name} are asked for"
        if _everywhere(view, functools.partial(np.take, indices=0, axis=axis)):
            return f"you give the first {one} only, where all along {name} are asked for"
        for index, words in ((-1, "last"), (0, "first")):
            if _everywhere(view, functools.partial(np.take, indices=[index], axis=axis)):
                return f"you give the {words} {one} only, where all along {name} are asked for"
        for count in (1, 2):
            words = f"the last {one} is" if count == 1 else f"the last 2 of {name} are"
            if _everywhere(view, functools.partial(_kept, axis=axis, start=0, stop=-count)):
                return f"{words} missing; the others are right"
            words = f"the first {one} is" if count == 1 else f"the first 2 of {name} are"
            if _everywhere(view, functools.partial(_kept, axis=axis, start=count, stop=None)):
                return f"{words} missing; the others are right"
        found = _too_many(view, axis, one)
        if found:
            return found
    return None


def _cut_along_another(view: View) -> str | None:
    """Twice as long along one axis and half as long along another, or three times, or four times."""
    ndim = view.want[0].ndim
    if any(got.ndim != ndim or want.ndim != ndim or not want.size for got, want, _ in view):
        return None
    for count, (one, other) in itertools.product((2, 3, 4), itertools.permutations(range(ndim), 2)):
        factors = np.ones(ndim)
        factors[[one, other]] = 1 / count, count
        ordinary = list(view)[: view.ordinary]
        if all(np.array_equal(np.array(want.shape) * factors, got.shape) for got, want, _ in ordinary):
            parts = {2: "half", 3: "a third", 4: "a quarter"}[count]
            return (
                f"axis {one} has {parts} of its length, and axis {other} {count} times its own: is something cut into "
                f"{count}, or joined, along axis {one} in place of axis {other}?"
            )
    return None


def _column(want: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """All numbers, one below the other, as they are read with the axes in this order."""
    return want.transpose(order).reshape(-1, 1)


def _kept(array: np.ndarray, axis: int, start: int, stop: int | None) -> np.ndarray:
    return np.moveaxis(np.moveaxis(array, axis, 0)[start:stop], 0, axis)


def _too_many(view: View, axis: int, one: str) -> str | None:
    if any(got.ndim != want.ndim or got.ndim <= axis for got, want, _ in view):
        return None
    for start, stop, words in (
        (0, -1, f"one {one} too many at the end"),
        (1, None, f"one {one} too many at the start"),
    ):
        kept = [_kept(got, axis, start, stop) for got in view.got]
        if all(view.equal(mine, want) for mine, want in zip(kept, view.want, strict=True)):
            return f"there is {words}; the others are right"
    return None


_REDUCTIONS: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
    ("the sum", np.sum),
    ("the mean", np.mean),
    ("the largest", np.max),
    ("the smallest", np.min),
    ("the product", np.prod),
)


def _reduced(view: View) -> str | None:
    if sum(map(information, view.got)) < NEEDED:
        return None
    for (words, change), axis in itertools.product(_REDUCTIONS, (*range(view.want[0].ndim), None)):
        if _everywhere(view, functools.partial(change, axis=axis)):
            along = "all of them" if axis is None else f"each {axis_words(view, axis)[0]}"
            tail = "of all the right numbers" if axis is None else f"of the right numbers along {along[5:]}"
            return f"you give {words} {tail}, where they are asked for one by one"
    return None


def _not_reduced(view: View) -> str | None:
    if sum(map(information, view.want)) < NEEDED:
        return None
    for (words, change), axis in itertools.product(_REDUCTIONS, (*range(view.got[0].ndim), None)):
        if any(got.ndim < 1 or (axis is not None and got.ndim <= axis) for got in view.got):
            continue
        with np.errstate(all="ignore"):
            made = [change(got, axis) if got.size else got for got in view.got]
        if all(view.equal(mine, want) for mine, want in zip(made, view.want, strict=True)):
            along = "of all of them" if axis is None else f"along axis {axis}"
            return f"your numbers are right, but {words} {along} is still to be taken"
    return None


def _names_of_axes(view: View) -> str | None:
    """Which size stands where another should: only where the names of both are certain."""
    if any(got.ndim != want.ndim for got, want, _ in view):
        return _number_of_axes(view)
    for axis in sorted(range(view.want[0].ndim), key=lambda axis: -_times_wrong(view, axis)):
        mine = [got.shape[axis] for got in view.got]
        asked = [want.shape[axis] for want in view.want]
        if mine == asked:
            continue
        mine_names = names_of(mine, view.cases) if view.got[0].shape.count(mine[0]) == 1 else []
        asked_names = names_of(asked, view.cases) if view.want[0].shape.count(asked[0]) == 1 else []
        more = {m - a for m, a in zip(mine, asked, strict=True)}
        first = next(index for index, pair in enumerate(zip(mine, asked, strict=True)) if pair[0] != pair[1])
        yours = f"{mine[first]} in case {first + 1}" + (f", as many as {mine_names[0]}" if len(mine_names) == 1 else "")
        theirs = f"{asked[first]}" + (f", as many as {asked_names[0]}" if len(asked_names) == 1 else "")
        if len(more) == 1 and abs(next(iter(more))) <= 2:
            step = next(iter(more))
            also = f", which makes it as long as {phrase(mine_names[0])}" if len(mine_names) == 1 else ""
            return f"along axis {axis} there {_too(step)} in every case{also}"
        return f"axis {axis} has length {yours}, expected {theirs}"
    return None


def _times_wrong(view: View, axis: int) -> int:
    """In how many cases an axis has another length."""
    return sum(got.shape[axis] != want.shape[axis] for got, want, _ in view)


def _too(step: int) -> str:
    return f"{'is one' if abs(step) == 1 else 'are two'} too {'many' if step > 0 else 'few'}"


def _number_of_axes(view: View) -> str | None:
    got, want = view.got[0], view.want[0]
    if got.ndim > want.ndim and want.ndim == 0:
        for place, words in ((-1, "last"), (0, "first")):
            if all(mine.size and view.equal(mine.ravel()[place], right) for mine, right, _ in view):
                return f"it is an array of {got.size} numbers, of which the {words} is what is asked for"
        return f"it is an array of {got.size} numbers, where a single one is asked for"
    if got.ndim == 0:
        return "it is a single number, where an array is asked for: is something summed, averaged or chosen too early?"
    missing = [axis for axis in range(want.ndim) if want.shape[:axis] + want.shape[axis + 1 :] == got.shape]
    if got.ndim == want.ndim - 1 and len(missing) == 1:
        name = axis_words(view, missing[0])[0]
        return f"axis {missing[0]} is missing" + ("" if name.startswith("axis") else f", which is {name}")
    return f"it has {got.ndim} {'axis' if got.ndim == 1 else 'axes'}, expected {want.ndim}"
