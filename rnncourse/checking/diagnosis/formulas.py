"""Number by number: is the answer a function of the truth, a multiple of it, or the truth and an argument together?"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncourse.checking.diagnosis.sizes import arrays, numbers, phrase, sizes
from rnncourse.checking.diagnosis.views import NEEDED, Guess, View, by_truth, information
from rnncourse.exercises.definitions import Case

Change = Callable[[np.ndarray], np.ndarray]
#: One value for each case, and how it is said.
Candidate = tuple[str, tuple[float, ...]]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=-1, keepdims=True)) if x.ndim else np.ones_like(x)
    return powers / powers.sum(axis=-1, keepdims=True) if x.ndim else powers


#: How it is said ("your numbers are …"), and the function of the truth.
_FUNCTIONS: tuple[tuple[str, Change], ...] = (
    ("the right ones with the other sign", lambda x: -x),
    ("1 minus the right ones", lambda x: 1 - x),
    ("1 divided by the right ones", lambda x: 1 / x),
    ("the squares of the right ones", lambda x: x**2),
    ("the square roots of the right ones", np.sqrt),
    ("the right ones without their sign", np.abs),
    ("the right ones with 0 for each that is negative", lambda x: np.maximum(x, 0)),
    ("the right ones cut off at -1 and 1", lambda x: np.clip(x, -1, 1)),
    ("the right ones cut off at 0 and 1", lambda x: np.clip(x, 0, 1)),
    ("the logarithms of the right ones: a logarithm too many, or an exp too few", np.log),
    ("the logarithms of the right ones, with a minus sign", lambda x: -np.log(x)),
    ("e to the power of the right ones: an exp too many, or a logarithm too few", np.exp),
    ("e to the power of minus the right ones", lambda x: np.exp(-x)),
    ("the logarithms with base 2 of the right ones", np.log2),
    ("2 to the power of the right ones", np.exp2),
    ("2 to the power of minus the right ones", lambda x: np.exp2(-x)),
    ("log(1 + the right ones)", np.log1p),
    ("log(1 - the right ones), with a minus sign", lambda x: -np.log1p(-x)),
    ("tanh of the right ones: squashed once too often", np.tanh),
    ("what tanh would make the right ones of: tanh is left out at the end", np.arctanh),
    ("the sigmoid of the right ones: squashed once too often", _sigmoid),
    ("what a sigmoid would make the right ones of: it is left out at the end", lambda x: np.log(x) - np.log1p(-x)),
    ("a softmax of the right ones: one too many at the end", _softmax),
    ("as if a sigmoid stood where tanh should", lambda x: _sigmoid(np.arctanh(x))),
    ("as if a rectifier (0 for each that is negative) stood where tanh should", lambda x: np.maximum(np.arctanh(x), 0)),
    ("as if a softmax stood where tanh should", lambda x: _softmax(np.arctanh(x))),
    ("as if tanh stood where a sigmoid should", lambda x: np.tanh(np.log(x) - np.log1p(-x))),
    ("as if a rectifier stood where a sigmoid should", lambda x: np.maximum(np.log(x) - np.log1p(-x), 0)),
    ("as if a softmax stood where a sigmoid should", lambda x: _softmax(np.log(x) - np.log1p(-x))),
    ("p (1 - p), where p are the right ones: the slope of a sigmoid", lambda x: x * (1 - x)),
    ("1 - y², where y are the right ones: the slope of tanh", lambda x: 1 - x**2),
    ("the right ones minus their mean", lambda x: x - x.mean()),
    ("the right ones rounded down to whole numbers", np.floor),
    ("the right ones rounded up to whole numbers", np.ceil),
    ("the right ones without what comes after the point", np.trunc),
    ("the right ones rounded to whole numbers", np.round),
    ("the right ones rounded to 1 place", lambda x: np.round(x, 1)),
    ("the right ones rounded to 2 places", lambda x: np.round(x, 2)),
    ("the right ones rounded to 3 places", lambda x: np.round(x, 3)),
)
#: Functions of the truth that may stand beside a constant factor.
_POWERS: tuple[tuple[str, Change], ...] = (
    ("the right ones", lambda x: x),
    ("the squares of the right ones", lambda x: x**2),
    ("the square roots of the right ones", lambda x: np.sqrt(np.abs(x))),
    ("1 divided by the right ones", lambda x: 1 / x),
    ("e to the power of the right ones", np.exp),
    ("the logarithms of the right ones", np.log),
)
#: Sizes that tell how much of a batch counts.
_COUNTED = {"words that are no padding", "valid steps", "positions that the mask keeps"}
_CONSTANTS: dict[str, float] = {
    "twice": 2.0,
    "half": 0.5,
    "three times": 3.0,
    "a third of": 1 / 3,
    "four times": 4.0,
    "a quarter of": 0.25,
    "minus one times": -1.0,
    "minus two times": -2.0,
    "minus half": -0.5,
    "1.4427 (1 / ln 2) times": 1 / np.log(2),
    "0.6931 (ln 2) times": np.log(2),
    "0.4343 (1 / ln 10) times": 1 / np.log(10),
    "2.3026 (ln 10) times": np.log(10),
    "pi times": np.pi,
    "1 / pi times": 1 / np.pi,
}
#: By how much the logarithm of another base is larger.
_BASES = {
    "ln 2": np.log(2),
    "1 / ln 2": 1 / np.log(2),
    "ln 10": np.log(10),
    "1 / ln 10": 1 / np.log(10),
    "log10(2)": np.log10(2),
    "log2(10)": np.log2(10),
}
_LOGARITHM = "as if a logarithm had another base than asked for"
_FACTORS = {
    "1.4427 (1 / ln 2) times": _LOGARITHM,
    "0.6931 (ln 2) times": _LOGARITHM,
    "0.4343 (1 / ln 10) times": _LOGARITHM,
    "2.3026 (ln 10) times": _LOGARITHM,
    "twice": "as if something were counted or added twice, or a factor 1/2 were missing",
    "half": "as if there were a factor 1/2, or a mean of two, that does not belong there",
    "minus one times": "as if a sign were wrong",
}


def function_of_truth(view: View) -> str | None:
    """One known function, applied to the truth number by number, gives the answer."""
    if not view.same_shapes:
        return None
    exact = view.exact()
    for words, change in _FUNCTIONS:
        rounding = "whole numbers" in words or "after the point" in words
        if rounding and all(np.ptp(got) < 3 for got in exact.got):
            continue
        needed = 12.0 if rounding else 20.0  # whole numbers carry little, and nothing but rounding makes them
        if exact.obeys(by_truth(change), needed):
            return f"your numbers are {words}"
    return None


#: What may be left out at the end: how it is said, and the step that makes the truth of the answer.
_LAST_STEPS: tuple[tuple[str, Change], ...] = (
    ("a softmax along the last axis", _softmax),
    ("each of them divided by the sum of its row (along the last axis)", lambda x: x / x.sum(axis=-1, keepdims=True)),
    ("each of them divided by the length of its row", lambda x: x / np.sqrt((x * x).sum(axis=-1, keepdims=True))),
    ("tanh", np.tanh),
    ("the sigmoid", _sigmoid),
)


def last_step_left_out(view: View) -> str | None:
    """The truth is a well-known function of the answer, taken of each row."""
    if not view.same_shapes or view.whole or any(want.size < 2 for want in view.want[: view.ordinary]):
        return None
    turned = replace(view.exact(), got=view.want, want=view.got)
    in_rows = all(want.ndim > 1 and want.shape[-1] > 1 for want in view.want[: view.ordinary])
    for words, step in _LAST_STEPS:
        if (in_rows or words in ("tanh", "the sigmoid")) and turned.obeys(by_truth(step)):
            return f"one more step, and your numbers are right: {words}"
    pairs = list(zip(view.got, view.want, strict=True))
    with np.errstate(all="ignore"):
        masked = replace(turned, want=tuple(_softmax_where(got, want) for got, want in pairs))
    if in_rows and _all_equal(masked):
        return "one more step, and your numbers are right: a softmax along the last axis, over the places that count"
    return None


def _softmax_where(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The softmax of scores over the places that have a share."""
    return _softmax(np.where(shares != 0, scores, -np.inf)) if shares.ndim else scores


def _all_equal(view: View) -> bool:
    return all(map(view.equal, view.got, view.want)) and sum(map(information, view.got)) >= NEEDED


def added_in_a_part(view: View) -> str | None:
    """Along the last axis an argument that is shorter was added to the first numbers, or to the last ones."""
    if not view.same_shapes or view.whole:
        return None
    exact = view.exact()
    for name, at_the_end in itertools.product(arrays(view.cases[0]), (False, True)):
        if exact.obeys(functools.partial(_with_added, name=name, at_the_end=at_the_end)):
            place = "last" if at_the_end else "first"
            return f"to the {place} numbers along the last axis, as many as {name} has, {name} is added"
    return None


def _with_added(want: np.ndarray, case: Case, name: str, at_the_end: bool) -> np.ndarray | None:
    more = arrays(case).get(name)
    if more is None or not want.ndim or more.ndim != want.ndim or more.shape[:-1] != want.shape[:-1]:
        return None
    width = more.shape[-1]
    if not 0 < width < want.shape[-1]:
        return None
    made = want.copy()
    made[..., slice(-width, None) if at_the_end else slice(0, width)] += more
    return made


def scale_and_zero(view: View) -> str | None:
    """got = a · want + b, with numbers a and b of each case: measured from another zero, in another unit."""
    if not view.same_shapes or view.whole or any(want.size < 4 for want in view.want[: view.ordinary]):
        return None
    exact, cases = view.exact(), 0
    for got, want, _ in exact:
        if want.size < 3 or np.ptp(want) < 1e-9:
            continue
        scale, zero = np.polyfit(want.ravel(), got.ravel(), 1)
        if min(abs(scale), abs(zero)) < 1e-6 or not exact.equal(got, scale * want + zero):
            return None
        cases += 1
    if cases < 2 or sum(map(information, view.got)) < 3 * NEEDED:
        return None
    ends = [(float(got.min()), float(got.max())) for got in view.got]
    told = "; yours go from 0 to 1" if np.allclose(ends, (0, 1)) else ""
    return (
        f"in each case your numbers are the right ones times one number, plus another one{told}: measured in another "
        "unit, from another zero"
    )


def power_of_truth(view: View) -> str | None:
    """got = want to the power of n, the same whole number in every case: done n times, not once."""
    if not view.same_shapes or view.whole or any(np.any(want <= 0) for want in view.want):
        return None
    exact = view.exact()
    with np.errstate(all="ignore"):
        powers = np.concatenate([(np.log(got) / np.log(want)).ravel() for got, want, _ in exact])
    if powers.size < 3 or not np.all(np.isfinite(powers)):
        return None
    power = int(np.clip(np.round(np.median(powers)), 0, 1000))
    if power < 3 or not np.allclose(powers, power, rtol=1e-6):
        return None
    return f"your numbers are the right ones to the power of {power}: {power} times over, and not once"


def places_for_values(view: View) -> str | None:
    """Broken numbers in falling or rising order, where the places of something are asked for: a sort for an argsort."""
    wrong = [got for got, right in zip(view.got, view.right(), strict=True) if not right]
    if not view.whole or not view.same_shapes or sum(got.size > 1 for got in wrong) < 2:
        return None
    if not all(got.ndim == 1 and np.all(got != np.round(got)) and _is_sorted(got) for got in wrong):
        return None
    return "whole numbers are asked for, and yours are not whole: are these values in order, not what they belong to?"


def _is_sorted(array: np.ndarray) -> bool:
    steps = np.diff(array)
    return bool(np.all(steps >= 0) or np.all(steps <= 0))


#: What may be wrong with some of the numbers while the others are right.
_WHERE_WRONG: tuple[tuple[str, Change], ...] = (
    ("0", lambda x: 0 * x),
    ("1", lambda x: 0 * x + 1),
    ("the right one with the other sign", lambda x: -x),
    ("1 minus the right one", lambda x: 1 - x),
    ("twice the right one", lambda x: 2 * x),
    ("half the right one", lambda x: x / 2),
    ("the square of the right one", lambda x: x**2),
    ("tanh of the right one", np.tanh),
)


def function_where_wrong(view: View) -> str | None:
    """Some numbers are right, and each of the others is the same function of what it should be."""
    if not view.same_shapes or view.whole or any(want.size < 4 for want in view.want[: view.ordinary]):
        return None
    exact = view.exact()
    wrong = [~view.near(got, want) for got, want, _ in view]
    if any(not one.any() or one.all() for one in wrong[: view.ordinary]) or sum(map(np.sum, wrong)) < 6:
        return None
    for words, change in _WHERE_WRONG:
        if all(exact.equal(got[one], change(want[one])) for (got, want, _), one in zip(view, wrong, strict=True)):
            return f"some of your numbers are right; each of the others is {words}"
    return None


#: Said of a factor that is no size and another number in each case.
UP_TO_A_FACTOR = "in each case your numbers are the right ones times one number: all is right up to a factor"


def multiple_of_truth(view: View) -> str | None:
    """got = factor · want, the same factor throughout one case, which is a size, a number or a constant."""
    if not view.same_shapes or view.whole:
        return None
    exact = view.exact()
    for words, change in _POWERS:
        seen = exact.mapped(change)
        if not all(np.all(np.isfinite(want)) for want in seen.want):
            continue
        factors = _factors(seen)
        if factors is None:
            continue
        everywhere = all(not abs(factor - 1) <= 1e-3 for factor in factors[: view.ordinary])
        found = _named(view, factors) if everywhere else []
        if found:
            return _say_factor(found, factors, words)
        if words == "the right ones" and all(want.size >= 4 for want in view.want[: view.ordinary]):
            if everywhere and np.nanmax(factors) - np.nanmin(factors) < 1e-6:
                return f"your numbers are {factors[0]:.4g} times the right ones, in every case"
            return UP_TO_A_FACTOR
    return None


#: What may stand for the length of several arrays together, and how it is said.
_LENGTHS: tuple[tuple[str, Callable[[list[np.ndarray]], float]], ...] = (
    ("the sum of the norms of each", lambda arrays: sum(map(_norm, arrays))),
    ("the norm of the longest alone", lambda arrays: max(map(_norm, arrays))),
    ("the norm of the shortest alone", lambda arrays: min(map(_norm, arrays))),
    ("the norm of the first alone", lambda arrays: _norm(arrays[0])),
    ("the norm of the last alone", lambda arrays: _norm(arrays[-1])),
    ("the mean of the norms of each", lambda arrays: sum(map(_norm, arrays)) / len(arrays)),
    ("the square of that norm", lambda arrays: sum(_norm(array) ** 2 for array in arrays)),
    ("the sum of the sizes of all numbers", lambda arrays: sum(float(np.abs(array).sum()) for array in arrays)),
    ("the largest size of a number", lambda arrays: max(float(np.abs(array).max()) for array in arrays)),
)


def _norm(array: np.ndarray) -> float:
    return float(np.sqrt(np.sum(array.astype(float) ** 2)))


def other_length(view: View) -> str | None:
    """What stands for the norm of several arrays together, if the factor of each case says it."""
    factors = factors_of(view) if view.same_shapes and not view.whole else None
    groups = [_several(case) for case in view.cases]
    if factors is None or any(len(group) != 1 for group in groups[: view.ordinary]):
        return None
    told = [index for index, factor in enumerate(factors[: view.ordinary]) if abs(factor - 1) > 1e-6]
    for words, length in _LENGTHS:
        lists = [next(iter(groups[index].values())) for index in told]
        shares = [length(some) / np.sqrt(sum(_norm(one) ** 2 for one in some)) for some in lists]
        if len(told) > 1 and np.ptp(shares) > 1e-3 and np.allclose(shares, [1 / factors[i] for i in told], rtol=1e-6):
            return f"all is right up to a factor: as if {words} stood for the norm of all of {next(iter(groups[0]))}"
    return None


def _several(case: Case) -> dict[str, list[np.ndarray]]:
    """Arguments that are several arrays: in a list, or one by one as gradients[0], gradients[1], …"""
    found: dict[str, list[np.ndarray]] = {}
    for name, value in arrays(case).items():
        base, bracket, _ = name.partition("[")
        if bracket and value.dtype.kind == "f":
            found.setdefault(base, []).append(value)
    return {name: values for name, values in found.items() if len(values) > 1}


def factors_of(view: View) -> tuple[float, ...] | None:
    """The factor of each case by which the answer is the truth, NaN where nothing shows; None if it is no multiple."""
    return _factors(view.exact())


def _factors(view: View) -> tuple[float, ...] | None:
    """The factor of each case, NaN where the truth is 0; None if the answer is no multiple, or equal to the truth."""
    found = []
    for index, (got, want, _) in enumerate(view):
        square = float(np.sum(want.astype(float) ** 2))
        if square < 1e-12:
            if index < view.ordinary or not np.allclose(got, 0):
                return None
            found.append(np.nan)
            continue
        if index >= view.ordinary and view.equal(got, want):
            found.append(np.nan)  # an edge case where it does not show
            continue
        factor = float(np.sum(got * want)) / square
        if not view.equal(got, factor * want) or abs(factor) < 1e-6:
            return None
        found.append(factor)
    return tuple(found) if any(abs(factor - 1) > 1e-3 for factor in found) else None


def _named(view: View, values: tuple[float, ...]) -> list[str]:
    """Names of these values, the simplest kind that fits in every case."""
    constants = [words for words, made in _constants(view) if _fit(values, made)]
    for level in (_single_sizes, _pairs_of_sizes, _sizes_and_bases, _neighbours_of_sizes):
        with np.errstate(all="ignore"):
            fitting = [words for words, made in level(view) if _fit(values, made)]
        if fitting or constants:
            return [*constants[:1], *fitting[: 3 - len(constants)]]
    return []


def _fit(values: tuple[float, ...], made: tuple[float, ...]) -> bool:
    pairs = [(value, one) for value, one in zip(values, made, strict=True) if np.isfinite(value)]
    return all(np.isfinite(one) and abs(value - one) <= 2e-5 * abs(one) for value, one in pairs)


def _constants(view: View) -> Iterator[Candidate]:
    for words, value in _CONSTANTS.items():
        yield words, (value,) * len(view.cases)


def _quantities(view: View) -> dict[str, tuple[float, ...]]:
    """Sizes and numbers that every case has, by name; those of other parts' shapes are found through the arguments."""
    per_case = [{**sizes(case), **numbers(case)} for case in view.cases]
    totals = [want.size for want in view.want]
    named = {
        name: tuple(float(one[name]) for one in per_case) for name in per_case[0] if all(name in o for o in per_case)
    }
    for name, value in view.cases[0].items():
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind == "f" and len(value):
            named.update(_ends(name, [case[name] for case in view.cases]))
            named.update(_deviations(name, view.cases))
    if min(totals) > 1 and tuple(map(float, totals)) not in named.values():
        named["how many numbers there are"] = tuple(map(float, totals))
    return {phrase(name): values for name, values in named.items()}


def _ends(name: str, series: list[np.ndarray]) -> dict[str, tuple[float, ...]]:
    """The first and the last number of a series; for states the slope of tanh there, too."""
    found: dict[str, tuple[float, ...]] = {}
    for words, index in (("first", 0), ("last", -1)):
        values = np.array([one[index] for one in series])
        found[f"the {words} of {name}"] = tuple(values)
        if name == "states":
            found[f"the slope of tanh at the {words} of {name}"] = tuple(1 - values**2)
    return found


def _deviations(name: str, cases: tuple[Case, ...]) -> dict[str, tuple[float, ...]]:
    """The standard deviation of a series, and of as many of its values from the first as a whole number says."""
    found = {f"the standard deviation of {name}": tuple(float(case[name].std()) for case in cases)}
    for count, value in cases[0].items():
        if isinstance(value, int) and not isinstance(value, bool) and all(case[count] > 0 for case in cases):
            parts = [case[name][: case[count]] for case in cases]
            words = f"the standard deviation of the first {count} values of {name}"
            found[words] = tuple(float(part.std()) for part in parts)
    return {words: values for words, values in found.items() if all(value > 1e-9 for value in values)}


def _single_sizes(view: View) -> Iterator[Candidate]:
    for name, values in _quantities(view).items():
        array = np.array(values)
        if np.all(array == 1):
            continue
        yield f"{{x}} · {name}", tuple(array)
        yield f"{{x}} / {name}", tuple(1 / array)
        yield f"minus {{x}} · {name}", tuple(-array)
        yield f"minus {{x}} / {name}", tuple(-1 / array)


def _sizes_and_bases(view: View) -> Iterator[Candidate]:
    """A size beside the base of a logarithm: a sum for a mean, in the unit of another logarithm."""
    for name, values in _quantities(view).items():
        array = np.array(values)
        if np.all(array == 1):
            continue
        for base, factor in _BASES.items():
            yield f"{{x}} · {name} · {base}", tuple(array * factor)
            yield f"{{x}} · {base} / {name}", tuple(factor / array)


def _neighbours_of_sizes(view: View) -> Iterator[Candidate]:
    """Roots, squares and 1 - x. What is built of n + 1 and n - 1 tells something only where n varies."""
    for name, values in _quantities(view).items():
        array = np.array(values)
        yield f"{{x}} · the square root of {name}", tuple(np.sqrt(array))
        yield f"{{x}} / the square root of {name}", tuple(1 / np.sqrt(array))
        yield f"{{x}} · {name}²", tuple(array**2)
        yield f"{{x}} / {name}²", tuple(1 / array**2)
        if np.ptp(array[: view.ordinary]) == 0:
            continue
        if np.all(array > 1):
            yield f"{{x}} · the square root of ({name} - 1) / {name}", tuple(np.sqrt((array - 1) / array))
        yield f"{{x}} · (1 - {name})", tuple(1 - array)
        yield f"{{x}} / (1 - {name})", tuple(1 / (1 - array))
        yield f"{{x}} · (1 - {name})²", tuple((1 - array) ** 2)
        yield f"{{x}} · (1 - {name}) / {name}", tuple((1 - array) / array)
        yield f"{{x}} · {name} / (1 - {name})", tuple(array / (1 - array))
        yield f"{{x}} · {name} / ({name} - 1)", tuple(array / (array - 1))
        yield f"{{x}} · ({name} - 1) / {name}", tuple((array - 1) / array)
        yield f"{{x}} · {name} / ({name} + 1)", tuple(array / (array + 1))
        yield f"{{x}} · ({name} + 1) / {name}", tuple((array + 1) / array)


def _pairs_of_sizes(view: View) -> Iterator[Candidate]:
    known = {name: np.array(values) for name, values in _quantities(view).items()}
    for (one, a), (two, b) in itertools.combinations(known.items(), 2):
        yield f"{{x}} · {one} · {two}", tuple(a * b)
        yield f"{{x}} / ({one} · {two})", tuple(1 / (a * b))
        yield f"{{x}} · {one} / {two}", tuple(a / b)
        yield f"{{x}} · {two} / {one}", tuple(b / a)
    counted = [name for name in known if name.removeprefix("the number of ") in _COUNTED]
    batch, time = phrase("batch"), phrase("time")
    if batch in known and time in known:
        for name in counted:
            places = known[batch] * known[time]
            yield f"{{x}} · {name} / ({batch} · {time})", tuple(known[name] / places)
            yield f"{{x}} · {batch} · {time} / {name}", tuple(places / known[name])


def _say_factor(found: list[str], factors: tuple[float, ...], words: str) -> str:
    if found[0] in _CONSTANTS:
        also = [name.removeprefix("minus ").removeprefix("{x} · ").removeprefix("{x} / ") for name in found[1:]]
        why = f", and that is also {' or '.join(also)}: once too often or once too little" if also else ""
        why = why or (f", {_FACTORS[found[0]]}" if found[0] in _FACTORS else "")
        return f"your numbers are {found[0]} {words}{why}"
    formulas = " or ".join(
        name.replace("{x} ·", f"{words} times").replace("{x} /", f"{words} divided by") for name in found
    )
    simple = len(found) == 1 and " / " not in found[0][6:] and " · " not in found[0][6:] and "²" not in found[0]
    mean = " or a sum stood for a mean" if "the number of" in found[0] or "the size of" in found[0] else ""
    why = ""
    if found[0].startswith("{x} · ") and simple:
        why = f", as if a division by it were missing{mean}"
    elif found[0].startswith("{x} / ") and simple:
        why = ", as if something were divided by it once too often, or a factor missing"
    size = f" ({factors[0]:.5g} in the first case)" if why else ""
    return f"your numbers are {formulas}{size}{why}"


def truth_and_number(view: View) -> str | None:
    """got = want + number, one number throughout a case: a size, an argument, a small whole number."""
    shifts = _shifts(view.exact()) if view.same_shapes else None
    if shifts is None or np.any(np.abs(shifts[: view.ordinary]) < 1e-4):
        return None
    steady, step = np.ptp(shifts) < 1e-6, float(shifts[0])
    words = f"your numbers are the right ones {'plus' if step > 0 else 'minus'}"
    if steady and abs(step - round(step)) < 1e-6 and view.exact().obeys(lambda want, case: want + step, needed=9.0):
        return f"{words} {abs(round(step))}"
    if view.whole:
        return None
    if steady and sum(map(information, view.want)) >= 40:
        return f"{words} {abs(step):.4g}, in every case"
    for name, values in _quantities(view).items():
        for sign, word in ((1, "plus"), (-1, "minus")):
            if np.allclose(shifts, sign * np.array(values), rtol=1e-5, atol=1e-6):
                return f"your numbers are the right ones {word} {name}"
    if all(want.size >= 4 for want in view.want[: view.ordinary]):
        return f"in each case your numbers are the right ones plus one number, {step:.4g} in the first case"
    return None


def _shifts(view: View) -> np.ndarray | None:
    """What is added in each case; None where it is not one number throughout a case."""
    found = [float(np.mean(got - want)) if got.size else np.nan for got, want, _ in view]
    steady = all(view.equal(got, want + shift) for (got, want, _), shift in zip(view, found, strict=True))
    return np.array(found) if steady else None


#: Where an argument may have been added: before this function, whose inverse is given.
_LINKS: tuple[tuple[str, Change], ...] = (
    ("", lambda x: x),
    ("before tanh ", np.arctanh),
    ("before the sigmoid ", lambda x: np.log(x) - np.log1p(-x)),
)


def multiple_before_squashing(view: View) -> str | None:
    """inverse(got) = factor · inverse(want), with a factor that has a name."""
    for where, inverse in _LINKS[1:]:
        seen = _linked(view, inverse)
        factors = _factors(seen) if seen is not None else None
        found = _named(view, factors) if factors is not None else []
        if factors is not None and found:
            return f"{where}{_say_factor(found, factors, 'the right ones')}"
    return None


def _linked(view: View, inverse: Change) -> View | None:
    """Answer and truth before the squashing function; None where one of them cannot come out of it."""
    if not view.same_shapes or view.whole:
        return None
    with np.errstate(all="ignore"):
        got, want = (tuple(inverse(array.astype(float)) for array in side) for side in (view.got, view.want))
    limit = 15 if view.exact().tolerance < 1e-5 else 4  # beyond, the squashed numbers hold too few digits
    if not all(np.all(np.isfinite(array)) and np.abs(array).max(initial=0) < limit for array in (*got, *want)):
        return None
    return replace(view, got=got, want=want, tolerance=max(view.exact().tolerance, 1e-5))


def truth_and_numbers(view: View) -> str | None:
    """A number among the arguments, or a product of two, was added or left out, after or before the squashing."""
    names = [numbers(case) for case in view.cases]
    single = {name: np.array([one[name] for one in names]) for name in names[0] if all(name in one for one in names)}
    pairs = itertools.combinations(single.items(), 2)
    terms = {**single, **{f"{one} · {two}": a * b for (one, a), (two, b) in pairs}}
    for where, inverse in _LINKS:
        seen = _linked(view, inverse) if where else view.exact()
        if seen is None or not seen.same_shapes or any(want.size != 1 for want in seen.want):
            continue
        shifts = np.array([float((got - want).sum()) for got, want, _ in seen])
        for name, values in terms.items():
            for sign, word in ((1, "plus"), (-1, "minus")):
                if np.allclose(shifts, sign * values, rtol=1e-5, atol=1e-6) and np.abs(shifts).min() > 1e-3:
                    return f"{where}your number is the right one {word} {name}"
    return None


def truth_and_argument(view: View) -> str | None:
    """An argument was added, subtracted, multiplied or divided, after or before the squashing function."""
    if not view.same_shapes or view.whole:
        return None
    pools = [{**arrays(case), **_products(case)} for case in view.cases]
    exact = replace(view.exact(), cases=tuple(dict(pool) for pool in pools))
    for name in pools[0]:
        if not all(name in pool for pool in pools) or not all(map(_fits_shape, (p[name] for p in pools), view.want)):
            continue
        found = _joined(exact, name)
        if found:
            return found
    return None


def _products(case: Case) -> dict[str, np.ndarray]:
    """The matrix products of two arguments, by their names."""
    tables = [(n, v) for n, v in case.items() if isinstance(v, np.ndarray) and v.ndim == 2 and v.dtype.kind == "f"]
    fitting = itertools.permutations(tables, 2)
    return {f"the product of {one} and {two}": a @ b for (one, a), (two, b) in fitting if a.shape[1] == b.shape[0]}


#: What an answer may be that is made of an argument alone.
_OF_ARGUMENT: tuple[tuple[str, Change], ...] = (
    ("the argument {name}, unchanged", lambda x: x),
    ("{name} plus 1", lambda x: x + 1),
    ("{name} minus 1", lambda x: x - 1),
    ("{name} with the other sign", lambda x: -x),
    ("tanh of {name}", np.tanh),
    ("the sigmoid of {name}", _sigmoid),
    ("the softmax of {name}", _softmax),
    ("e to the power of {name}", np.exp),
    ("the logarithms of {name}", np.log),
    ("the squares of {name}", lambda x: x**2),
    ("1 minus {name}", lambda x: 1 - x),
)


def made_of_an_argument(view: View) -> str | None:
    """The answer is one of the arguments, or a simple function of it."""
    exact = view.exact()
    for name in arrays(view.cases[0]):
        for words, change in _OF_ARGUMENT:
            if exact.obeys(_of_argument(name, change)):
                return f"your result is {words.format(name=name)}"
    return _reduced_argument(exact)


_REDUCTIONS: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
    ("sum", np.sum),
    ("mean", np.mean),
    ("largest", np.max),
)


def _reduced_argument(view: View) -> str | None:
    for name, value in arrays(view.cases[0]).items():
        for axis, (words, change) in itertools.product(range(value.ndim), _REDUCTIONS):
            if value.ndim > 1 and view.obeys(_of_argument(name, functools.partial(change, axis=axis))):
                return f"your result is the {words} of {name} along axis {axis}"
    return _reduced_where_valid(view) or _taken_from_argument(view)


def _reduced_where_valid(view: View) -> str | None:
    """The sum or the mean of the steps that count, by lengths or by a mask."""
    for name, value in arrays(view.cases[0]).items():
        if value.ndim != 3 or not {"lengths", "mask"} & set(view.cases[0]):
            continue
        for words, mean in (("sum", False), ("mean", True)):
            if view.obeys(functools.partial(_over_valid_steps, name=name, mean=mean)):
                return f"your result is the {words} of {name} over the steps that count"
    return None


def _over_valid_steps(want: np.ndarray, case: Case, name: str, mean: bool) -> np.ndarray | None:
    values = case[name].astype(float)
    lengths = case.get("lengths")
    valid = case.get("mask") if lengths is None else np.arange(values.shape[1]) < np.reshape(lengths, (-1, 1))
    if valid is None or valid.shape != values.shape[:2]:
        return None
    total: np.ndarray = np.einsum("btu,bt->bu", values, valid.astype(float))
    return total / valid.sum(axis=1, keepdims=True) if mean else total


def _taken_from_argument(view: View) -> str | None:
    """Each row stands in an argument as many steps before or after the right one."""
    for name, value in arrays(view.cases[0]).items():
        if value.ndim != view.want[0].ndim + 1 or value.dtype.kind != "f":
            continue
        offsets = {offset for got, want, case in view for offset in _offsets(view, got, want, case.get(name))}
        if len(offsets) == 1 and (offset := offsets.pop()):
            count, side = abs(offset), "before" if offset < 0 else "after"
            steps = "one step" if count == 1 else f"{count} steps"
            return f"each row of yours stands in {name}, {steps} {side} the right one"
    return None


def _offsets(view: View, got: np.ndarray, want: np.ndarray, source: np.ndarray | None) -> set[int | None]:
    """How far from the right row of the source, along axis 1, each row of the answer stands; None where it does not."""
    if source is None or source.shape[:1] + source.shape[2:] != want.shape or got.shape != want.shape:
        return {None, 0}
    found: set[int | None] = set()
    for mine, theirs, rows in zip(got, want, source, strict=True):
        at = [[i for i, row in enumerate(rows) if view.equal(row, one)] for one in (mine, theirs)]
        found.add(at[0][0] - at[1][0] if len(at[0]) == len(at[1]) == 1 else None)
    return found


def _of_argument(name: str, change: Change) -> Guess:
    def guess(want: np.ndarray, case: Case) -> np.ndarray | None:
        argument = arrays(case).get(name)
        return None if argument is None else change(argument.astype(float))

    return guess


def product_of_arguments(view: View) -> str | None:
    """A single number that is the product of one or two arguments, or of ends of a series, and nothing more."""
    if view.whole or any(got.size != 1 or want.size != 1 for got, want, _ in view):
        return None
    known = {k: np.array(v) for k, v in _quantities(view).items() if not all(float(x).is_integer() for x in v)}
    got = np.array([float(array.sum()) for array in view.got])
    pairs = {f"{one} times {two}": a * b for (one, a), (two, b) in itertools.combinations(known.items(), 2)}
    for name, values in {**known, **pairs}.items():
        if len(got) >= 3 and np.allclose(got, values, rtol=1e-6, atol=1e-9):
            return f"your number is {name}, and nothing more"
    return _other_slope(known, got) if len(got) >= 3 else None


def _other_slope(known: dict[str, np.ndarray], got: np.ndarray) -> str | None:
    """b (1 - y²) with another y: the tanh of what is a tanh already, or what goes into the tanh."""
    for (one, a), (two, b) in itertools.permutations(known.items(), 2):
        for words, y in ((f"the tanh of {one}", np.tanh(a)), (f"{two} times {one}", a * b)):
            if np.allclose(got, b * (1 - y**2), rtol=1e-6, atol=1e-9) and np.ptp(y) > 1e-3:
                return f"your number is {two} times 1 - y² with {words} for y: is that y what comes out of the tanh?"
    return None


def _fits_shape(argument: np.ndarray, want: np.ndarray) -> bool:
    same = argument.shape == want.shape
    return (same or argument.shape == want.shape[-1:]) and argument.dtype.kind in "fiu" and argument.size > 1


def _joined(view: View, name: str) -> str | None:
    for where, inverse in _LINKS:
        if where and view.obeys(functools.partial(_moved_out, name=name, inverse=inverse)):
            return f"{name} is added after {where.removeprefix('before ').strip()}, and not before it"
        seen = _linked(view, inverse) if where else view
        if seen is None:
            continue
        if seen.obeys(lambda want, case: want + arrays(case)[name]):
            return f"{where}your numbers are the right ones plus {name}"
        if seen.obeys(lambda want, case: want - arrays(case)[name]):
            return f"{where}your numbers are the right ones minus {name}: it is left out, or subtracted once too often"
    if view.obeys(lambda want, case: want * arrays(case)[name]):
        return f"your numbers are the right ones times {name}, element by element"
    if view.obeys(lambda want, case: want / arrays(case)[name]):
        return f"your numbers are the right ones divided by {name}, element by element"
    return None


def _moved_out(want: np.ndarray, case: Case, name: str, inverse: Change) -> np.ndarray:
    """What comes of a term that is added after the squashing function, and not before it."""
    squash = np.tanh if inverse is np.arctanh else _sigmoid
    term = arrays(case)[name]
    moved: np.ndarray = squash(inverse(want) - term) + term
    return moved


def of_what_is_marked(view: View) -> str | None:
    """Column by column what marked rows of an argument have to do with the others: means, or a correlation."""
    exact, case = view.exact(), view.cases[0]
    marks = [n for n, v in case.items() if isinstance(v, np.ndarray) and v.ndim == 1 and set(np.unique(v)) <= {0, 1}]
    tables = [n for n, v in case.items() if isinstance(v, np.ndarray) and v.ndim == 2 and v.dtype.kind == "f"]
    for name, mark in itertools.product(tables, marks):
        for words, change in _OF_MARKED:
            if exact.obeys(functools.partial(_by_marks, name=name, mark=mark, change=change)):
                return f"your numbers are {words.format(name=name, mark=mark)}"
    return None


#: What may be made of the marked rows and the others, and how it is said.
_OF_MARKED: tuple[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]], ...] = (
    ("the means of {name} where {mark} holds", lambda x, m: x[m].mean(axis=0)),
    ("the means of {name} where {mark} does not hold", lambda x, m: x[~m].mean(axis=0)),
    (
        "the mean of {name} where {mark} holds minus the mean where it does not",
        lambda x, m: x[m].mean(axis=0) - x[~m].mean(axis=0),
    ),
    (
        "the correlation of {name} with {mark}",
        lambda x, m: np.mean((x - x.mean(axis=0)) * (m - m.mean())[:, np.newaxis], axis=0) / (x.std(axis=0) * m.std()),
    ),
    (
        "how often {name} is above 0 just where {mark} holds",
        lambda x, m: np.mean((x > 0) == m[:, np.newaxis], axis=0),
    ),
)


def _by_marks(
    want: np.ndarray, case: Case, name: str, mark: str, change: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray | None:
    table, marked = case[name].astype(float), case[mark].astype(bool)
    return change(table, marked) if len(table) == len(marked) and marked.any() and not marked.all() else None


def clipped_argument(view: View) -> str | None:
    """Each number of an argument, cut off at a number that was given."""
    exact = view.exact()
    for name, limit in itertools.product(arrays(view.cases[0]), numbers(view.cases[0])):
        if exact.obeys(functools.partial(_clipped, name=name, limit=limit)):
            return f"your result is {name}, with each number cut off at -{limit} and {limit} by itself"
    return None


def _clipped(want: np.ndarray, case: Case, name: str, limit: str) -> np.ndarray | None:
    array, bound = arrays(case).get(name), numbers(case).get(limit)
    return None if array is None or bound is None or bound <= 0 else np.clip(array, -bound, bound)


def statistic_of_an_end(view: View) -> str | None:
    """At every place the mean, or the largest, of the last or the first of a series, as many as a number says."""
    exact = view.exact()
    for name, value in arrays(view.cases[0]).items():
        for count, (words, change), last in itertools.product(sizes(view.cases[0]), _REDUCTIONS, (True, False)):
            if value.ndim not in (2, 3) or value.dtype.kind != "f":
                continue
            if exact.obeys(functools.partial(_of_an_end, name=name, count=count, change=change, last=last)):
                end = "last" if last else "first"
                return f"in each row yours is everywhere the {words} of the {end} {count} of {name}"
    return None


def _of_an_end(
    want: np.ndarray, case: Case, name: str, count: str, change: Callable[..., np.ndarray], last: bool
) -> np.ndarray | None:
    array, most = arrays(case).get(name), sizes(case).get(count, 0)
    array = array[..., 0] if array is not None and array.ndim == 3 and array.shape[2] == 1 else array
    if array is None or array.ndim != 2 or want.ndim != 2 or len(array) != len(want) or not 0 < most < array.shape[1]:
        return None
    part = array[:, -most:] if last else array[:, :most]
    return np.broadcast_to(change(part, axis=1)[:, np.newaxis], want.shape)


def one_number_only(view: View) -> str | None:
    """All numbers of the answer are the same, in all cases, while the truth has many."""
    values = np.concatenate([got.ravel() for got in view.got])
    truths = np.unique(np.concatenate([want.ravel() for want in view.want]))
    if values.size < 3 or truths.size < 3 or np.ptp(values) > 0:
        return None
    way = "; no way leads back from the result: .numpy(), NumPy's own functions, and copies in new variables cut it off"
    told = way if values[0] == 0 and view.part == "the gradient" else ""
    return f"it is {values[0] + 0.0:g} everywhere, in every case that was tried{told}"


def only_the_largest(view: View) -> str | None:
    """In each row a 1 where the truth is largest and 0 elsewhere, while the truth is spread over the row."""
    if view.whole or not view.same_shapes or any(want.ndim != 2 for want in view.want):
        return None
    ones = [np.eye(want.shape[1])[np.argmax(want, axis=1)] for want in view.want]
    if sum(map(len, ones)) < 4 or not all(view.equal(got, one) for got, one in zip(view.got, ones, strict=True)):
        return None
    return "in each row there is a 1 where the right numbers are largest, and 0 elsewhere: the others get nothing"


def multiple_inside_softmax(view: View) -> str | None:
    """In each row log(got) = factor · log(want) + a constant: what a softmax reads is multiplied by a factor."""
    if not view.same_shapes or any(want.ndim != 2 for want in view.want):
        return None
    factors = [_slope(view, got, want) for got, want, _ in view]
    if any(factor is None for factor in factors[: view.ordinary]):
        return None
    known = tuple(np.nan if factor is None else factor for factor in factors)
    if not any(abs(factor - 1) > 1e-3 for factor in known[: view.ordinary]):
        return None
    if any(abs(factor) < 1e-3 for factor in known):
        return None
    found = _named(view, known)
    factor = _say_factor(found, known, "the right ones") if found else f"{known[0]:.4g} times the right ones in case 1"
    sums = all(np.allclose(got.sum(axis=-1), 1, atol=1e-4) for got in view.got)
    more = "" if sums else "; and your rows do not add up to 1"
    return f"what goes into the softmax is a multiple of what should: there, {factor}{more}"


def _slope(view: View, got: np.ndarray, want: np.ndarray) -> float | None:
    """The factor of one case, the same for all rows; None where there is none."""
    slopes = []
    for mine, theirs in zip(got, want, strict=True):
        seen = theirs > 1e-12
        if np.any(mine[seen] <= 0) or not view.equal(mine[~seen], theirs[~seen]) or not np.isclose(theirs.sum(), 1):
            return None
        if seen.sum() < 3:
            continue
        x, y = np.log(theirs[seen]), np.log(mine[seen])
        slope, constant = np.polyfit(x, y, 1)
        if not np.allclose(slope * x + constant, y, atol=1e-5):
            return None
        slopes.append(float(slope))
    return slopes[0] if slopes and np.ptp(slopes) < 1e-4 else None


def factor_of_each_slice(view: View) -> str | None:
    """got = factor · want with a factor of its own for each slice along an axis: normalised by the wrong thing."""
    if not view.same_shapes or view.whole or any(want.ndim < 2 for want in view.want[: view.ordinary]):
        return None
    exact = view.exact()
    if any(view.right()[: view.ordinary]):
        return None
    for axis in reversed(range(view.want[0].ndim)):
        if all(_constant_along(exact, got, want, axis) for got, want, _ in exact):
            words = "row" if axis == 1 and view.want[0].ndim == 2 else "column" if view.want[0].ndim == 2 else "slice"
            tail = "" if words != "slice" else f" along axis {axis}"
            return (
                f"in each {words}{tail} your numbers are the right ones times a number of that {words}'s own:"
                f" what is inside a {words} is in proportion, and what it is divided by is not right"
            )
    return None


def _constant_along(view: View, got: np.ndarray, want: np.ndarray, axis: int) -> bool:
    if want.ndim <= axis or want.shape[axis] < 3:
        return want.ndim > axis and view.equal(got, want)
    square = np.sum(want**2, axis=axis, keepdims=True)
    empty = square < 1e-12
    if empty.all() or np.any(np.abs(got).max(axis=axis, keepdims=True)[empty] > 1e-6):
        return False
    square = np.where(empty, 1.0, square)
    factors = np.sum(got * want, axis=axis, keepdims=True) / square
    return bool(np.all(empty | (np.abs(factors) > 1e-3))) and view.equal(got, want * factors)


def wrong_axis_of_sums(view: View) -> str | None:
    """The truth adds up to 1 along one axis, the answer along another."""
    if not view.same_shapes or any(want.ndim != 2 for want in view.want):
        return None
    ones = {axis: all(np.allclose(want.sum(axis), 1, atol=1e-4) for want in view.want) for axis in (0, 1)}
    mine = {axis: all(np.allclose(got.sum(axis), 1, atol=1e-4) for got in view.got) for axis in (0, 1)}
    words = {0: "columns", 1: "rows"}
    for axis in (0, 1):
        if ones[axis] and not mine[axis]:
            if mine[1 - axis]:
                return f"your {words[1 - axis]} add up to 1, where the {words[axis]} should"
            if all(np.isclose(got.sum(), 1, atol=1e-4) for got in view.got):
                return f"all your numbers together add up to 1, where each of the {words[axis]} should"
            sums = np.concatenate([got.sum(axis) for got in view.got])
            furthest = sums[np.argmax(np.abs(sums - 1))]
            return f"the {words[axis]} should add up to 1; yours do not: one of them adds up to {furthest:.4g}"
    return None
