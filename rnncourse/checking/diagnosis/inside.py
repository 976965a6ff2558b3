"""A look inside: what a block, the first step, or the cases that are wrong have to do with the truth, by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rnncourse.checking.diagnosis import formulas, orders, pieces, places, shapes
from rnncourse.checking.diagnosis.orders import axis_words
from rnncourse.checking.diagnosis.sizes import phrase, sizes, slice_name
from rnncourse.checking.diagnosis.views import NEEDED, View, information
from rnncourse.exercises.definitions import Case

Look = Callable[[View], str | None]
#: What is said of a block, or of a first step.
_OF_A_PART: tuple[Look, ...] = (
    formulas.one_number_only,
    formulas.function_of_truth,
    orders.right_numbers_elsewhere,
    formulas.multiple_of_truth,
    formulas.truth_and_number,
    formulas.multiple_before_squashing,
    formulas.truth_and_argument,
    orders.all_alike,
)
#: What is said of the cases that are wrong, where others are right.
_OF_CASES: tuple[Look, ...] = (
    shapes.other_shape,
    pieces.beginning_or_end,
    *_OF_A_PART,
    formulas.last_step_left_out,
    orders.same_numbers_in_each_row,
)


def _first_of(looks: tuple[Look, ...], view: View) -> str | None:
    with np.errstate(all="ignore"):
        return next(filter(None, (look(view) for look in looks)), None)


def one_block(view: View) -> str | None:
    """Along the last axis some of two, three or four blocks are right, and the others have one relation to theirs."""
    if not view.same_shapes or view.whole:
        return None
    for count in (2, 3, 4):
        if any(want.shape[-1:] == () or want.shape[-1] % count or want.shape[-1] < 2 for want in view.want):
            continue
        blocks = [_block(view, count, place) for place in range(count)]
        wrong = [place for place, block in enumerate(blocks) if not all(block.right())]
        if not 0 < len(wrong) < count:
            continue
        said = {_first_of(_OF_A_PART, blocks[place]) for place in wrong}
        if len(said) == 1 and (words := said.pop()):
            which = f"block {wrong[0]}" if len(wrong) == 1 else f"blocks {' and '.join(map(str, wrong))}"
            return f"of {count} blocks along the last axis (counted from 0) only {which} is wrong: there {words}"
    return None


def _block(view: View, count: int, place: int) -> View:
    got, want = (tuple(np.split(array, count, -1)[place] for array in side) for side in (view.got, view.want))
    return replace(view, got=got, want=want)


def first_step(view: View) -> str | None:
    """Of a series what the first step has to do with its truth: what comes later is made of it, and tells no more."""
    if not view.same_shapes or view.whole or any(want.ndim != 3 or want.shape[1] < 2 for want in view.want):
        return None
    if axis_words(view, 1)[0] != "time":
        return None
    got, want = (tuple(array[:, 0] for array in side) for side in (view.got, view.want))
    first = replace(view, got=got, want=want)
    if any(first.right()[: view.ordinary]):
        return None
    words = _first_of(
        (formulas.function_of_truth, formulas.multiple_before_squashing, formulas.truth_and_argument), first
    )
    return f"at the first step, from which all others follow, {words}" if words else None


def wrong_cases(view: View) -> str | None:
    """Which cases are wrong, and what is wrong in them, if they have that in common."""
    where = places.right_in_some_cases(view)
    wrong = [index for index, right in enumerate(view.right()) if not right]
    if not where or len(wrong) < 2:
        return None
    cases = tuple(view.cases[index] for index in wrong)
    got, want = (tuple(side[index] for index in wrong) for side in (view.got, view.want))
    ordinary = sum(index < view.ordinary for index in wrong)
    kept = tuple(view.kept[index] for index in wrong) if view.kept else ()
    less = replace(view, got=got, want=want, cases=cases, ordinary=ordinary, kept=kept)
    words = _first_of(_OF_CASES, less) if ordinary else None
    return f"{where}; where it is wrong, {words}" if words and "(shape" not in words else None


def stays_or_begins_again(view: View) -> str | None:
    """Right up to a size that has a name; from there on the last right one again, or what comes first."""
    if not view.same_shapes or view.want[0].ndim == 0:
        return None
    exact = view.exact()
    for axis in range(view.want[0].ndim):
        one = slice_name(axis, view.want[0].ndim, [axis_words(view, axis)[0]])
        for size in sizes(view.cases[0]):
            if exact.obeys(_staying(axis, size)):
                return f"right up to {phrase(size)}; every later {one} of yours is the last of these again"
    return None


def _staying(axis: int, size: str) -> Callable[[np.ndarray, Case], np.ndarray | None]:
    def guess(want: np.ndarray, case: Case) -> np.ndarray | None:
        bound = sizes(case).get(size, 0)
        if want.ndim <= axis or bound < 1:
            return None
        return np.take(want, np.minimum(np.arange(want.shape[axis]), bound - 1), axis)

    return guess


def below_the_diagonal(view: View) -> str | None:
    """Of a square that is 0 on one side of its diagonal: the answer is not, or has nothing but the diagonal."""
    squares = [(got, want) for got, want, _ in view if want.ndim == 2 and want.shape[0] == want.shape[1] > 1]
    if not view.same_shapes or view.whole or len(squares) < 2 or len(squares) < view.ordinary:
        return None
    if sum(information(got) for got, _ in squares) < NEEDED:
        return None
    for one, side in ((np.tril, "above"), (np.triu, "below")):
        if not all(np.array_equal(want, one(want)) and np.any(want - np.diag(np.diag(want))) for _, want in squares):
            continue
        if all(np.any(got - one(got)) for got, _ in squares):
            return f"{side} the diagonal the right numbers are 0, and yours are not"
        if all(np.array_equal(got, np.diag(np.diag(got))) and np.any(got) for got, _ in squares):
            return "yours are 0 everywhere but on the diagonal, which the right ones are not"
    return None


def largest_place(view: View) -> str | None:
    """A single number that says where the truth is largest, or smallest, or how many there are."""
    if any(got.ndim or want.ndim != 1 or not len(want) for got, want, _ in view):
        return None
    if sum(np.log2(len(want)) for want in view.want) < 8 or len({float(got) for got in view.got}) < 2:
        return None
    for words, look in (("largest", np.argmax), ("smallest", np.argmin)):
        if all(float(got) == look(want) for got, want, _ in view):
            return f"it is a single number, the place of the {words}, where all of them are asked for"
    return None


def rows_of_two_kinds(view: View) -> str | None:
    """Whole numbers of rows: where an end token occurs they are off by one number, where none does by another."""
    if not view.whole or not view.same_shapes or any(want.ndim != 1 for want in view.want):
        return None
    names = [name for name, value in view.cases[0].items() if isinstance(value, np.ndarray) and value.ndim == 2]
    if len(names) != 1 or "end" not in view.cases[0]:
        return None
    shifts: tuple[list[float], list[float]] = [], []
    values = list[float]()
    for got, want, case in view:
        there = (case[names[0]] == case["end"]).any(axis=1)
        if there.shape != want.shape:
            return None
        shifts[0].extend((got - want)[there])
        shifts[1].extend((got - want)[~there])
        values.extend(got[~there])
    if min(map(len, shifts)) < 3 or len(set(shifts[0])) != 1 or shifts[0][0] == 0:
        return None
    off = shifts[0][0]
    here = "right" if off == 0 else f"{abs(off):g} too {'large' if off > 0 else 'small'}"
    if len(set(shifts[1])) == 1 and shifts[1][0] != off:
        other = shifts[1][0]
        there_ = "right" if other == 0 else f"{abs(other):g} too {'large' if other > 0 else 'small'}"
    elif len(set(values)) == 1:
        there_ = f"always {values[0]:g}"
    else:
        return None
    rows = f"the rows of {names[0]}"
    return f"in {rows} in which end occurs yours is {here}; in those in which it does not, it is {there_}"
