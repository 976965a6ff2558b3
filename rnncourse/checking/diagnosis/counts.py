"""Whole numbers: what a count has too much or too little, what a list lacks and what it has too many of."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np

from rnncourse.checking.diagnosis.sizes import arrays
from rnncourse.checking.diagnosis.views import NEEDED, View, information
from rnncourse.exercises.definitions import WHOLE, Case

_LARGEST_COEFFICIENT = 8
_TIMES = {2: "twice", 3: "three times"}
#: What a product counts in a layer of ``units`` cells that read ``features`` numbers.
_MEANINGS = {
    "units": "one bias for each unit",
    "units · units": "one recurrent kernel",
    "features · units": "one kernel from the inputs",
}
#: A number that is too large by more than this is no slip of counting.
_FEW = 9
#: How many numbers stand side by side before it is hard to see anything in them.
_MOST_SHOWN = 6


def whole_multiple(view: View) -> str | None:
    """got = k · want or want = k · got with one small whole number k, in every case."""
    if not view.whole or not view.same_shapes or any(not np.any(want) for want in view.want):
        return None
    for k in range(2, _LARGEST_COEFFICIENT + 1):
        for words, holds in (
            (f"{_TIMES.get(k, f'{k} times')} the right ones", lambda got, want, k=k: np.array_equal(got, k * want)),
            (f"the right ones divided by {k}", lambda got, want, k=k: np.array_equal(k * got, want)),
        ):
            if all(holds(got, want) for got, want, _ in view) and sum(map(information, view.want)) >= NEEDED:
                return f"your numbers are {words}"
    return None


def count_off_by_a_product(view: View) -> str | None:
    """got - want as a small whole number times a product of the arguments: exactly one such product, in every case."""
    if view.tolerance > WHOLE or any(got.size != 1 or want.size != 1 for got, want, _ in view):
        return None
    kinds = [_kind(case) for case in view.cases]
    excess = [round(float(got.sum() - want.sum())) for got, want, _ in view]
    if any(abs(float(got.sum()) - round(float(got.sum()))) > 1e-9 for got in view.got):
        return None
    together = _excess(list(view.cases), excess)
    if together is not None:
        return together
    said = []
    for kind in dict.fromkeys(kinds):
        chosen = [i for i, other in enumerate(kinds) if other == kind]
        words = _excess([view.cases[i] for i in chosen], [excess[i] for i in chosen])
        if words is None:
            return None
        said.append((kind, words))
    different = dict.fromkeys(words for _, words in said)
    if len(different) == 1:
        return next(iter(different))
    return "; ".join(f"for {kind!r}, {words}" for kind, words in said)


def _kind(case: Case) -> str:
    """What tells the formulas of one count apart: a word among the arguments, the kind of cell."""
    return next((value for value in case.values() if isinstance(value, str)), "")


def _excess(cases: list[Case], excess: list[int]) -> str | None:
    """What is too much or too little in these cases, as one product, or as two where no single one fits."""
    if not any(excess):
        return "your count is right"
    terms = _terms(cases)
    single = [(c, name) for name, values in terms.items() if (c := _coefficient(values, excess))]
    if single:
        return _say(single) if len(single) == 1 else None
    if len(cases) < 2:
        return None  # in a single case, two terms fit by accident
    pairs = []
    for (one, a), (two, b) in itertools.combinations(terms.items(), 2):
        for c in (c for c in range(-4, 5) if c):
            d = _coefficient(b, [e - c * v for e, v in zip(excess, a, strict=True)])
            if d and abs(d) <= 4:
                pairs.append([(c, one), (d, two)])
        both = _coefficient(tuple(x + y for x, y in zip(a, b, strict=True)), excess, largest=12)
        if abs(both) > 4:
            pairs.append([(both, one), (both, two)])
    return _say(pairs[0]) if len(pairs) == 1 else None


def _coefficient(values: tuple[int, ...], excess: list[int], largest: int = _LARGEST_COEFFICIENT) -> int:
    """c with c · values = excess in every case, if it is a small whole number; else 0."""
    if not values[0] or excess[0] % values[0]:
        return 0
    c = excess[0] // values[0]
    fits = 0 < abs(c) <= largest and all(c * v == e for v, e in zip(values, excess, strict=True))
    return c if fits else 0


def _terms(cases: list[Case]) -> dict[str, tuple[int, ...]]:
    """Products that counts are made of, by name, with their value in each case; equal ones under the first name."""
    found: dict[str, tuple[int, ...]] = {}
    per_case = [dict(_products(case)) for case in cases]
    for name in per_case[0]:
        if all(name in one for one in per_case):
            values = tuple(one[name] for one in per_case)
            if values not in found.values():
                found[name] = values
    return found


def _products(case: Case) -> Iterator[tuple[str, int]]:
    yield "1", 1
    plain = {k: int(v) for k, v in case.items() if isinstance(v, Integral) and not isinstance(v, bool)}
    for name, value in plain.items():
        yield name, value
    for (one, a), (two, b) in itertools.combinations_with_replacement(plain.items(), 2):
        yield f"{one} · {two}", a * b
    for name, value in case.items():
        if isinstance(value, list | tuple) and value and all(isinstance(item, Integral) for item in value):
            yield from _products_of_layers(name, [int(item) for item in value], plain)


def _products_of_layers(name: str, layers: list[int], plain: dict[str, int]) -> Iterator[tuple[str, int]]:
    yield f"the sum of {name}", sum(layers)
    yield f"the sum of {name} · {name} of each layer", sum(n * n for n in layers)
    yield f"the sum of {name} of a layer · {name} of the layer below", sum(a * b for a, b in itertools.pairwise(layers))
    yield f"the number of layers in {name}", len(layers)
    yield f"{name} of the first layer", layers[0]
    yield f"{name} of the last layer", layers[-1]
    yield f"{name} of the first layer · itself", layers[0] ** 2
    yield f"{name} of the last layer · itself", layers[-1] ** 2
    yield f"{name} of the first layer · {name} of the last layer", layers[0] * layers[-1]
    yield f"the sum of {name} after the first layer", sum(layers[1:])
    yield f"the sum of {name} before the last layer", sum(layers[:-1])
    yield f"the sum of {name} · {name} after the first layer", sum(n * n for n in layers[1:])
    yield f"the sum of {name} · {name} before the last layer", sum(n * n for n in layers[:-1])
    for other, value in plain.items():
        yield f"{other} · {name} of the first layer", value * layers[0]
        yield f"{other} · {name} of the last layer", value * layers[-1]
        yield f"{other} · the sum of {name}", value * sum(layers)
        yield f"{other} · the sum of {name} after the first layer", value * sum(layers[1:])


def _say(terms: list[tuple[int, str]]) -> str:
    groups = []
    for sign, words in ((1, "too much"), (-1, "too little")):
        chosen = [(abs(c), name) for c, name in terms if c * sign > 0]
        if chosen:
            groups.append(f"{' + '.join(_term(c, name) for c, name in chosen)} {words}")
    meanings = [f"{name}: {_MEANINGS[name]}" for c, name in terms if name in _MEANINGS and abs(c) <= 8]
    return f"your count has {' and '.join(groups)}" + (f" ({'; '.join(meanings)})" if meanings else "")


def _term(c: int, name: str) -> str:
    if name == "1":
        return str(c)
    return name if c == 1 else f"{c} · ({name})" if " of " in name or "sum" in name else f"{c} · {name}"


def off_by_the_same_where_wrong(view: View) -> str | None:
    """Whole numbers of which some are right, and all others are too large, or too small, by the same few."""
    if not view.whole or not view.same_shapes:
        return None
    got, want = (np.concatenate([array.ravel() for array in side]) for side in (view.got, view.want))
    wrong = got != want
    off = set((got - want)[wrong].tolist())
    if len(off) != 1 or wrong.sum() < 3 or np.unique(want).size < 4:
        return None
    by = off.pop()
    if abs(by) > _FEW:
        return None
    return f"where your numbers are wrong, they are {abs(by):g} too {'large' if by > 0 else 'small'}, in every case"


def not_rounded(view: View) -> str | None:
    """A whole number is asked for, and that of the answer, rounded one way, is the right one in every case."""
    pairs = [(got, want) for got, want, _ in view]
    if not view.whole or not view.same_shapes or sum(not np.array_equal(got, np.round(got)) for got, _ in pairs) < 2:
        return None
    ways = (("rounded down", np.floor), ("rounded up", np.ceil), ("rounded to the nearest", np.round))
    if len({float(want.flat[0]) for _, want in pairs if want.size}) < 3:
        return None
    fitting = [words for words, way in ways if all(np.array_equal(way(got), want) for got, want in pairs)]
    return f"whole numbers are asked for; {fitting[0]}, yours are the right ones" if len(fitting) == 1 else None


def numbers_side_by_side(view: View) -> str | None:
    """A single whole number in each case, of which nothing else can be said: which are too large, and all of them."""
    if not view.whole or any(got.size != 1 or want.size != 1 for got, want, _ in view) or len(view.cases) < 3:
        return None
    got, want = ([float(array.sum()) for array in side] for side in (view.got, view.want))
    large, small = (sum(a > b for a, b in zip(*pair, strict=True)) for pair in ((got, want), (want, got)))
    wrong = large + small
    side = "never too small" if not small else "never too large" if not large else f"too large in {large} of them"
    right = f"wrong in {wrong} of {len(got)} cases and {side}" if wrong < len(got) else f"wrong in every case, {side}"
    wrong_first = sorted(zip(got, want, strict=True), key=lambda pair: pair[0] == pair[1])
    pairs = [f"{mine:g} for {theirs:g}" for mine, theirs in wrong_first]
    return f"{right}: {', '.join(pairs[:_MOST_SHOWN])}"


def ones_and_zeros(view: View) -> str | None:
    """Marks of 0 and 1: none of the ones is missing, or none is too many."""
    if not view.same_shapes or any(want.ndim == 0 or want.size < 6 for want in view.want):
        return None
    if any(not set(np.unique(array)) <= {0.0, 1.0} for array in (*view.got, *view.want)):
        return None
    missing = [int(np.sum(want > got)) for got, want, _ in view]
    extra = [int(np.sum(got > want)) for got, want, _ in view]
    if not any(missing):
        case = next(i for i, count in enumerate(extra) if count)
        return f"no 1 is missing, but there are some too many: {_first(view, case, 1)}"
    if not any(extra):
        case = next(i for i, count in enumerate(missing) if count)
        return f"each 1 of yours is right, but some are missing: {_first(view, case, -1)}"
    return None


def _first(view: View, case: int, sign: int) -> str:
    there = np.argwhere(view.got[case] - view.want[case] == sign)
    return f"{len(there)} in case {case + 1}, the first at index {there[0].tolist()}"


def list_as_a_set(view: View) -> str | None:
    """Order aside: what a list of whole numbers lacks, and what it has too many of."""
    if not view.whole or any(got.ndim != 1 or want.ndim != 1 for got, want, _ in view):
        return None
    if any(not np.all(got == np.round(got)) for got in view.got) or sum(w.size for w in view.want) < 9:
        return None
    if any(len(view.want[0]) in value.shape[:1] for value in arrays(view.cases[0]).values()):
        return None  # one number for each row: none can stand in for another
    missing = [_counts(want) - _counts(got) for got, want, _ in view]
    extra = [_counts(got) - _counts(want) for got, want, _ in view]
    wrong = [i for i, right in enumerate(view.right()) if not right]
    if not any(missing) and not any(extra):
        if sum(information(view.got[i]) for i in wrong) < 20:
            return None
        return "all that should be there is there, and nothing else, but in another order"
    if np.mean([want.size for want in view.want]) < 5:
        return None  # of short lists, some are in place by accident
    if not any(extra) and all(missing[i] for i in wrong):
        return f"all that you give belongs there, but some are missing: {_amount(missing, wrong)}"
    if not any(missing) and all(extra[i] for i in wrong):
        return f"nothing is missing, but there are some too many: {_amount(extra, wrong)}"
    return None


def _counts(array: np.ndarray) -> Counter[int]:
    return Counter(int(value) for value in array)


def _amount(counts: list[Counter[int]], wrong: list[int]) -> str:
    some = counts[wrong[0]]
    shown = ", ".join(str(value) for value in list(some.elements())[:3])
    return f"{sum(some.values())} in case {wrong[0] + 1}, {'among them ' if sum(some.values()) > 3 else ''}{shown}"


def pairs_as_a_set(parts: tuple[str, ...], got: list[tuple[Any, ...]], want: list[tuple[Any, ...]]) -> str | None:
    """Two lists that belong together, pair by pair: which pairs are missing and which are too many."""
    if len(parts) != 2 or any(
        a.ndim != 1 or (a.size and a.dtype.kind not in "iu") for pair in (*got, *want) for a in pair
    ):
        return None
    if any(len(one) != len(two) for one, two in got):
        return None
    mine = [Counter(zip(one.tolist(), two.tolist(), strict=True)) for one, two in got]
    theirs = [Counter(zip(one.tolist(), two.tolist(), strict=True)) for one, two in want]
    missing = [t - m for m, t in zip(mine, theirs, strict=True)]
    extra = [m - t for m, t in zip(mine, theirs, strict=True)]
    return _say_pairs(missing, extra, sum((m & t).total() for m, t in zip(mine, theirs, strict=True)))


def _say_pairs(missing: list[Counter[Any]], extra: list[Counter[Any]], right: int) -> str | None:
    if not any(missing) and not any(extra):
        return "every pair is there, but in another order"
    first = next(i for i in range(len(missing)) if missing[i] or extra[i])
    if any(missing) and any(extra) and right < sum(map(Counter.total, missing)):
        return None  # most are wrong: no word on single pairs helps
    said = []
    for counts, words in ((missing, "missing"), (extra, "too many")):
        if counts[first]:
            one = next(iter(counts[first]))
            said.append(f"{sum(counts[first].values())} pairs are {words}, for example {one}")
    only = (
        " No pair is missing." if not any(missing) else " Every pair that you give is right." if not any(extra) else ""
    )
    return f"in case {first + 1}, {' and '.join(said)}.{only}"
