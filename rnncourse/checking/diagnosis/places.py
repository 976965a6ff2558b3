"""Where the answer is right and where it is not: at the first step, in some rows, in some cases."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import numpy as np

from rnncourse.checking.diagnosis.orders import axis_words
from rnncourse.checking.diagnosis.sizes import listed, several, sizes
from rnncourse.checking.diagnosis.views import View
from rnncourse.exercises.definitions import Case

#: So many numbers that are all too small are no accident.
_MANY_NUMBERS = 8
#: Of texts that tell right cases from wrong ones by themselves, as the names of cells do, there are few and short ones.
_MOST_KINDS, _LONGEST = 4, 12
#: (truth, arguments) -> where the answer should be right if the description holds; None where it says nothing.
Where = Callable[[np.ndarray, Case], np.ndarray | None]


def right_in_some_places(view: View) -> str | None:
    """A description of the numbers that are right, exact in every case."""
    if not view.same_shapes or any(want.size < 2 for want in view.want[: view.ordinary]):
        return None
    if view.whole and sum(want.size for want in view.want) < 20:
        return None  # small whole numbers are right by chance too often
    for words, where in itertools.chain(_by_arguments(view), _along_axes(view), _by_blocks(view), _by_numbers(view)):
        if _holds(view, where):
            return words + ("" if "is expected" in words else _there_instead(view))
    return None


def _there_instead(view: View) -> str:
    """What stands where the answer is wrong, if it is 0 everywhere there, or should be."""
    wrong = [~view.near(got, want) for got, want, _ in view]
    if all(not got[one].any() for got, one in zip(view.got, wrong, strict=True)):
        return "; there you have 0"
    if all(not want[one].any() for want, one in zip(view.want, wrong, strict=True)):
        return "; there 0 is expected"
    with np.errstate(all="ignore"):
        shares = [got[one] / want[one] for got, want, one in zip(view.got, view.want, wrong, strict=True)]
    if view.whole or sum(map(len, shares)) < _MANY_NUMBERS:
        return ""
    ratio = np.concatenate(shares)
    if np.all((ratio > 0) & (ratio < 1)):
        return "; there all of yours are too small"
    return "; there all of yours are too large" if np.all(np.isfinite(ratio) & (ratio > 1)) else ""


def _holds(view: View, where: Where) -> bool:
    """Right exactly where it is said; both kinds of places are there in every ordinary case."""
    telling, silent = 0, 0
    for index, (got, want, case) in enumerate(view):
        told = where(want, case)
        right = view.near(got, want)
        if told is None or told.all() or not told.any():
            fits = told is not None and bool(right.all() if told.all() else _mostly_wrong(right, view.whole))
            if index < view.ordinary and not fits:
                return False
            silent += index < view.ordinary
            continue
        told = np.broadcast_to(told, right.shape)
        if not right[told].all():
            return False
        if not _mostly_wrong(right[~told & ((got != 0) | (want != 0))], view.whole):
            return False
        telling += bool(np.any(want[told] != 0))  # that a 0 is right where all have 0 says little
    return telling >= 1 + 2 * (silent > 0)


def _mostly_wrong(right: np.ndarray, whole: bool) -> bool:
    """Whole numbers may agree by accident, broken ones hardly."""
    return bool(right.size and right.mean() < (0.3 if whole else 0.001))


def _by_numbers(view: View) -> Iterator[tuple[str, Where]]:
    yield "only where 0 is expected your numbers are wrong, all others are right", lambda want, case: want != 0
    if not view.whole:
        yield (
            "right where the result should be positive, wrong where it should be negative",
            lambda want, case: want >= 0,
        )
        yield (
            "right where the result should be negative, wrong where it should be positive",
            lambda want, case: want <= 0,
        )


def _by_arguments(view: View) -> Iterator[tuple[str, Where]]:
    names = set(view.cases[0])
    if "lengths" in names:
        yield "right within the lengths, wrong in the padding after them", _within
        yield "right in the padding, wrong within the lengths", lambda want, case: _not(_within(want, case))
        yield "wrong only at the step after the last valid one", lambda want, case: _not(_at_length(want, case, 0))
        yield "wrong only at the last valid step of each row", lambda want, case: _not(_at_length(want, case, 1))
        yield "right only for the longest sequences", lambda want, case: _rows(want, _longest(case["lengths"]))
    for name, value in view.cases[0].items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "b":
            yield (
                f"right in the rows where {name} is True throughout, wrong in those where it leaves something out",
                _from_argument(name, _full),
            )
            yield f"right where {name} is True, wrong where it is False", _from_argument(name, _mask)
            yield f"right where {name} is False, wrong where it is True", _from_argument(name, _mask_off)
    for name, value in view.cases[0].items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size > 1:
            yield (
                f"right for what occurs at most once in {name}, wrong for what occurs there more often",
                _from_argument(name, _again_and_again),
            )
            yield (
                f"right for what no row of {name} has more than once, wrong for what one has there more often",
                _from_argument(name, _again_in_a_row),
            )
    if "end" in names:
        yield "right until the first end token of each row, wrong after it", _until_end
        with_end, without = "the rows of tokens in which end occurs", "those in which it does not"
        yield f"right in {with_end}, wrong in {without}", _ending_rows
        yield f"wrong in {with_end}, right in {without}", lambda want, case: _not(_ending_rows(want, case))
    if "targets" in names:
        yield "right where targets is 0, wrong elsewhere", lambda want, case: _mask(want, case["targets"] == 0)
        yield "wrong only where targets is 0", lambda want, case: _mask(want, case["targets"] != 0)


def _again_and_again(want: np.ndarray, numbers: np.ndarray) -> np.ndarray | None:
    """The rows whose number occurs among some at most once."""
    if not want.ndim or numbers.size == 0 or numbers.min() < 0 or numbers.max() >= len(want):
        return None
    return _rows(want, np.bincount(numbers.ravel(), minlength=len(want)) <= 1)


def _again_in_a_row(want: np.ndarray, numbers: np.ndarray) -> np.ndarray | None:
    """The rows whose number occurs in no row of some numbers more than once."""
    if not want.ndim or numbers.ndim != 2 or numbers.size == 0 or numbers.min() < 0 or numbers.max() >= len(want):
        return None
    most = np.max([np.bincount(row, minlength=len(want)) for row in numbers], axis=0)
    return _rows(want, np.asarray(most <= 1))


def _full(want: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The rows in which a mask leaves nothing out."""
    return _rows(want, np.asarray(mask.all(axis=tuple(range(1, mask.ndim))))) if mask.ndim > 1 else None


def _not(where: np.ndarray | None) -> np.ndarray | None:
    return None if where is None else ~where


def _from_argument(name: str, where: Callable[[np.ndarray, np.ndarray], np.ndarray | None]) -> Where:
    return lambda want, case: where(want, case[name])


def _mask_off(want: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    return _mask(want, ~mask)


def _within(want: np.ndarray, case: Case) -> np.ndarray | None:
    lengths = np.asarray(case["lengths"])
    if want.ndim < 2 or want.shape[0] != len(lengths):
        return None
    inside = np.arange(want.shape[1]) < lengths[:, None]
    return inside.reshape(*inside.shape, *[1] * (want.ndim - 2))


def _until_end(want: np.ndarray, case: Case) -> np.ndarray | None:
    if want.ndim != 2:
        return None
    ended = np.cumsum(want == case["end"], axis=1)
    return np.asarray((ended == 0) | ((ended == 1) & (want == case["end"])))


def _ending_rows(want: np.ndarray, case: Case) -> np.ndarray | None:
    """The rows of the tokens in which the end token occurs."""
    tokens = case.get("tokens")
    if not isinstance(tokens, np.ndarray) or tokens.ndim != 2:
        return None
    return _rows(want, np.asarray((tokens == case["end"]).any(axis=1)))


def _at_length(want: np.ndarray, case: Case, before: int) -> np.ndarray | None:
    lengths = np.asarray(case["lengths"])
    if want.ndim < 2 or want.shape[0] != len(lengths):
        return None
    there = np.arange(want.shape[1]) == lengths[:, None] - before
    return there.reshape(*there.shape, *[1] * (want.ndim - 2))


def _longest(lengths: np.ndarray) -> np.ndarray:
    return np.asarray(lengths) == np.max(lengths)


def _rows(want: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
    return rows.reshape(-1, *[1] * (want.ndim - 1)) if want.shape[:1] == rows.shape else None


def _mask(want: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    if mask.shape != want.shape[: mask.ndim]:
        return None
    return mask.reshape(*mask.shape, *[1] * (want.ndim - mask.ndim))


def _along_axes(view: View) -> Iterator[tuple[str, Where]]:
    ndim = view.want[0].ndim
    for axis in range(ndim):
        _, one = axis_words(view, axis)
        handed = "; look at what one step hands to the next, as state and as input" if _is_a_loop(view, one) else ""
        yield f"only the first {one} is right{handed}", _index(axis, lambda i, n: i == 0)
        yield f"only the first {one} is wrong", _index(axis, lambda i, n: i > 0)
        yield f"only the last {one} is right", _index(axis, lambda i, n: i == n - 1)
        yield f"only the last {one} is wrong", _index(axis, lambda i, n: i < n - 1)
        for k in (2, 3, 4):
            many, first, last = several(k, one), _ends(axis, k, False), _ends(axis, k, True)
            yield f"the first {many} are right, the others are wrong", first
            yield f"the first {many} are wrong, the others are right", _negated(first)
            yield f"the last {many} are right, the others are wrong", last
            yield f"the last {many} are wrong, the others are right", _negated(last)
        for size in sizes(view.cases[0]):
            yield f"right until {one} {size} - 1, wrong from there on", _named_index(axis, size, False)
            yield f"wrong until {one} {size} - 1, right from there on", _named_index(axis, size, True)
            yield f"wrong in the first {size} - 1, right from {one} {size} - 1 on", _named_index(axis, size, True, 1)
    if ndim >= 2:
        yield "on the diagonal your numbers are wrong, all others are right", lambda want, case: _triangle(want, "≠")
        yield (
            "on the diagonal your numbers are right, all others are wrong",
            lambda want, case: _triangle(want, "="),
        )
        yield "right below the diagonal and on it, wrong above it", lambda want, case: _triangle(want, "≥")
        yield "right above the diagonal and on it, wrong below it", lambda want, case: _triangle(want, "≤")


def _is_a_loop(view: View, one: str) -> bool:
    """Whether a cell that was handed over is called at one step after the other."""
    return one == "step" and any(callable(value) for value in view.cases[0].values())


def _index(axis: int, test: Callable[[np.ndarray, int], np.ndarray]) -> Where:
    def where(want: np.ndarray, case: Case) -> np.ndarray | None:
        if want.ndim <= axis:
            return None
        length = want.shape[axis]
        shape = [1] * want.ndim
        shape[axis] = length
        return test(np.arange(length), length).reshape(shape)

    return where


def _ends(axis: int, count: int, last: bool) -> Where:
    """The first, or the last, few slices along an axis."""
    return _index(axis, lambda i, n: (i >= n - count) if last else (i < count))


def _negated(where: Where) -> Where:
    return lambda want, case: _not(where(want, case))


def _named_index(axis: int, size: str, from_there: bool, less: int = 0) -> Where:
    def where(want: np.ndarray, case: Case) -> np.ndarray | None:
        bound = sizes(case).get(size, 0) - less
        if bound < 1 - less:
            return None
        return _index(axis, lambda i, n: (i >= bound) if from_there else (i < bound))(want, case)

    return where


def _triangle(want: np.ndarray, kind: str) -> np.ndarray | None:
    if want.ndim != 2:
        return None
    row, column = np.indices(want.shape)
    return {"≠": row != column, "=": row == column, "≥": row >= column, "≤": row <= column}[kind]


def _by_blocks(view: View) -> Iterator[tuple[str, Where]]:
    """The last axis cut into 2, 3 or 4 blocks: gates."""
    for count in (2, 3, 4):
        if any(want.shape[-1:] == () or want.shape[-1] % count or want.shape[-1] < 2 * count for want in view.want):
            continue
        for chosen in itertools.chain.from_iterable(itertools.combinations(range(count), k) for k in range(1, count)):
            right, wrong = _listed(chosen), _listed([b for b in range(count) if b not in chosen])
            words = f"along the last axis, of {count} blocks {right} right and {wrong} wrong (counted from 0)"
            yield words, _block(count, chosen)


def _listed(blocks: Any) -> str:
    return f"{' and '.join(map(str, blocks))} {'is' if len(blocks) == 1 else 'are'}"


def _block(count: int, chosen: tuple[int, ...]) -> Where:
    return lambda want, case: np.isin(np.arange(want.shape[-1]) // (want.shape[-1] // count), chosen)


def right_in_some_cases(view: View) -> str | None:
    """An argument, or two compared, that tells the cases that are right from those that are not."""
    right = view.right()
    if not any(right) or all(right):
        return None
    sure = [(words, tells) for words, tells in _properties(view.cases) if tells == right]
    if not sure:
        return None
    words = sure[0][0]
    return words if words.startswith("wrong") else f"right {words}"


def _properties(cases: tuple[Case, ...]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """What is true of some cases and not of the others, and how it is said."""
    yield from _pairs_of_texts(cases)
    for name in cases[0]:
        values = [case.get(name) for case in cases]
        if all(isinstance(value, bool) for value in values):
            yield f"where {name} is True, wrong where it is False", tuple(bool(v) for v in values)
            yield f"where {name} is False, wrong where it is True", tuple(not v for v in values)
        elif all(isinstance(value, str) for value in values):
            yield from _words(name, [str(value) for value in values])
        elif all(isinstance(value, Real) for value in values):
            yield from _signs(name, [float(case[name]) for case in cases])
    yield from _comparisons(cases)


def _pairs_of_texts(cases: tuple[Case, ...]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """Of two texts: whether the one occurs in the other."""
    names = [name for name, value in cases[0].items() if isinstance(value, str)]
    for one, two in itertools.permutations(names, 2):
        told = tuple(case[one] in case[two] for case in cases)
        telling = Counter(there for case, there in zip(cases, told, strict=True) if case[one])
        if min(telling[True], telling[False]) < 2:
            continue  # what is empty occurs everywhere
        yield f"where {one} occurs in {two}, wrong where it does not", told
        yield f"where {one} does not occur in {two}, wrong where it does", tuple(not there for there in told)


def _words(name: str, values: list[str]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """Of a few names of kinds these themselves, of other texts a plain property."""
    kinds = sorted(set(values))
    if len(kinds) > _MOST_KINDS or any(len(kind) > _LONGEST for kind in kinds):
        for words, test in _TEXTS:
            told = tuple(test(value) for value in values)
            yield f"where {words.format(name=name)}, wrong where not", told
            yield f"wrong where {words.format(name=name)}, right elsewhere", tuple(not one for one in told)
        return
    for count in range(1, len(kinds)):
        for chosen in itertools.combinations(kinds, count):
            rest = [kind for kind in kinds if kind not in chosen]
            words = f"for {name} {listed(map(repr, chosen))}, wrong for {listed(map(repr, rest))}"
            yield words, tuple(value in chosen for value in values)


#: Properties of a text, and how they are said.
_TEXTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("{name} is empty", lambda text: not text),
    ("{name} consists of one letter alone, again and again", lambda text: len(set(text)) <= 1),
    ("no letter stands in {name} twice", lambda text: len(set(text)) == len(text)),
    ("no letter of {name} is the one before it", lambda text: all(a != b for a, b in itertools.pairwise(text))),
    ("{name} reads the same from both ends", lambda text: text == text[::-1]),
)


def _signs(name: str, values: list[float]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    yield f"where {name} is positive, wrong where it is not", tuple(value > 0 for value in values)
    yield f"where {name} is negative, wrong where it is not", tuple(value < 0 for value in values)
    if len(values) >= 5:
        yield f"where {name} is 0, wrong where it is not", tuple(value == 0 for value in values)
        yield f"where {name} is not 0, wrong where it is", tuple(value != 0 for value in values)


def _comparisons(cases: tuple[Case, ...]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """Two whole-number arguments compared; at least two cases on either side, or it may be an accident."""
    per_case = [sizes(case) for case in cases]
    names = [name for name in cases[0] if all(name in one for one in per_case)]
    for one, two in itertools.permutations(names, 2):
        pairs = [(s[one], s[two]) for s in per_case]
        for word, tells in (
            ("less than", tuple(a < b for a, b in pairs)),
            ("at most", tuple(a <= b for a, b in pairs)),
        ):
            if min(sum(tells), len(tells) - sum(tells)) >= 2:
                yield f"where {one} is {word} {two}, wrong where it is not", tells
        told = tuple(b > 0 and a % b == 0 for a, b in pairs)
        if min(sum(told), len(told) - sum(told)) >= 2:
            yield f"where {one} is a multiple of {two}, wrong where it is not", told
