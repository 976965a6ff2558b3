"""What an error, or a value that is not finite, says in the exercise's own words: which size is which, and whose."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np

import rnncourse
from rnncourse.checking.calls import Ending
from rnncourse.checking.comparing import close
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.sizes import arrays, names_of, phrase, sizes
from rnncourse.exercises.definitions import Case

_SHAPE = re.compile(r"[(\[](\d+(?:, ?\d+)+)[)\]]")
#: Sizes as NumPy names them, and how many results came back.
_SIZES = re.compile(r"\bsize (\d+)|different from (\d+)|\breturned (\d+) results")
#: How the course's own functions speak of shapes.
_MISMATCH = re.compile(r"has shape \(([\d, ]+)\), expected \([^)]*\) = \(([^)]*)\)")
_COMES_FROM = re.compile(r"\w+ = (\d+) comes from (\w+)")
_MOST_SIZES = 3
#: What the notebooks import under these names, where an exercise is asked for before the import has run.
_NOT_IMPORTED = re.compile(r"^NameError: name '(np|tf|keras|rnncourse)' is not defined")
#: Things of several shapes where one array should be, and how many there were.
_UNEVEN = re.compile(r"inhomogeneous|different shapes|inputs is not an array of numbers")
_HOW_MANY = re.compile(r"whose (\d+) entries|detected shape was \((\d+)")
#: What NumPy's warnings mean; the first that fits.
_WARNINGS = (
    ("overflow encountered in exp", "exp of a large number is infinite for the computer"),
    (
        "divide by zero encountered in log",
        "the logarithm of 0 is minus infinity, and what goes into it is 0, or was rounded to 0",
    ),
    ("divide by zero", "something is divided by 0"),
    ("invalid value", "0 / 0, inf / inf and inf - inf have no value"),
    ("overflow", "a number became too large for the computer"),
)
_NOT_TAKEN_APART = "{name} returns {count} things at once, in a tuple: is it taken apart before one of them is kept?"
#: From here on a number is worth a word: its exponential is beyond all that is usual.
_LARGE = 50.0


def find(evidence: Evidence) -> str | None:
    """What the first wrong case says, where it ended in an error, in the wrong number of results, in another shape, or
    in nan or inf.

    Args:
        evidence: the cases, what the answer gave, and the truth.

    Returns:
        A line, which may name sizes of that case; None where nothing is certain.
    """
    index = evidence.wrong_cases[0]
    outcome = evidence.outcomes[index]
    if outcome.ending is Ending.RETURNED:
        return _other_sizes(evidence, index) or _not_finite(evidence, index)
    if outcome.ending not in (Ending.RAISED, Ending.UNUSABLE):
        return None
    if missing := _NOT_IMPORTED.search(outcome.text):
        return f"{missing[1]} is imported in a cell further up: run that cell, too; after a restart, all cells above."
    look = _pair_not_taken_apart if _UNEVEN.search(outcome.text) else _sizes_by_name
    return look(outcome.text, evidence, index)


def _sizes_by_name(text: str, evidence: Evidence, index: int) -> str | None:
    """The shapes in a message by the arguments that have them, and other sizes by their names."""
    shapes = [tuple(map(int, found.split(","))) for found in _SHAPE.findall(text)]
    owned = {shape: _owners(shape, evidence.cases[index]) for shape in shapes}
    sure = {shape: names[0] for shape, names in owned.items() if len(names) == 1}
    said = [f"{shape} is the shape of {name}" for shape, name in sure.items() if f"{name} has shape" not in text]
    loose = [size for shape in shapes if not owned[shape] for size in shape]
    for size, whose in _numbers_of(text, loose).items():
        words = _size_in_words(size, evidence, index)
        if words is not None:
            said.append(f"{size}{f' (of what you hand over as {whose})' if whose else ''} is {words}")
    return _in_this_call(said[:_MOST_SIZES])


def _in_this_call(said: list[str]) -> str | None:
    return f"In this call {' and '.join(filter(None, (', '.join(said[:-1]), said[-1])))}." if said else None


def _owners(shape: tuple[int, ...], case: Case) -> list[str]:
    return [name for name, value in arrays(case).items() if value.shape == shape]


def _numbers_of(text: str, loose: list[int]) -> dict[int, str]:
    """The sizes that a message is about, and by which argument they came in; '' where it does not say."""
    mismatch = _MISMATCH.search(text)
    if mismatch is None:
        named = [int(size) for found in _SIZES.findall(text) for size in found if size]
        return dict.fromkeys([*named, *loose], "")
    handed = dict(_COMES_FROM.findall(text))
    pairs = zip(re.split(r", *", mismatch[1]), re.split(r", *", mismatch[2]), strict=False)
    apart = [(mine, wanted) for mine, wanted in pairs if wanted.isdigit() and mine != wanted]
    found = {int(wanted): handed.get(wanted, "") for _, wanted in apart}
    return {**{int(mine): "" for mine, _ in apart}, **found}


def _size_in_words(size: int, evidence: Evidence, index: int) -> str | None:
    """What a number of this call is: a size that has a name, an axis of one argument, or of the right result."""
    case, parts = evidence.cases[index], evidence.exercise.parts or ("result",)
    names = [name for name, length in sizes(case).items() if length == size and not name.startswith("axis ")]
    axes = [words for name, value in arrays(case).items() for words in _axes_as_long(size, name, value)]
    if size < 2 or len(names) > 1:
        return None
    if names and names[0] in case and axes:
        return None if len(axes) > 1 else f"the length of {axes[0]}"  # a number that is as large by chance
    if names:
        return phrase(names[0]) + (f" ({axes[0]})" if len(axes) == 1 else "")
    if not axes:
        right = zip(parts, evidence.expected[index].values, strict=True)
        axes = [
            words
            for part, value in right
            for words in _axes_as_long(size, f"the right {part.removeprefix('the ')}", value)
        ]
    return f"the length of {axes[0]}" if len(axes) == 1 else None


def _axes_as_long(size: int, name: str, value: np.ndarray) -> list[str]:
    return [f"axis {axis} of {name}" for axis, length in enumerate(value.shape) if length == size]


def _pair_not_taken_apart(text: str, evidence: Evidence, index: int) -> str | None:
    """A function that was handed over returns several things: where shapes are uneven, one may stand for them all."""
    told = [int(number) for found in _HOW_MANY.findall(text) for number in found if number]
    for name, value in evidence.cases[index].items():
        count = _results_of(name, value, evidence, index) if callable(value) else 1
        if count > 1 and told in ([], [count]):
            return _NOT_TAKEN_APART.format(name=name, count=count)
    for name, count in _pairs_called(evidence.exercise.reference).items():
        if told in ([], [count]):
            return _NOT_TAKEN_APART.format(name=name, count=count)
    return None


def _pairs_called(reference: Callable[..., Any]) -> dict[str, int]:
    """What the reference calls of the course that returns several things: name -> how many."""
    reference, counts = inspect.unwrap(reference), {}
    for name in set(reference.__code__.co_names) & set(dir(rnncourse)):  # what a learner may call
        function = reference.__globals__.get(name)
        annotations = function.__annotations__ if inspect.isfunction(function) else {}
        returned = ast.parse(str(annotations.get("return", "None")), mode="eval").body
        if isinstance(returned, ast.Subscript) and isinstance(returned.slice, ast.Tuple):
            counts[name] = len(returned.slice.elts) if ast.unparse(returned.value) == "tuple" else 1
    return {name: count for name, count in counts.items() if count > 1}


def _results_of(name: str, function: Callable[..., Any], evidence: Evidence, index: int) -> int:
    """How many things a function returns where the reference calls it."""
    counts = [1]

    def counting(*given: Any, **named: Any) -> Any:
        answer = function(*given, **named)
        counts.append(len(answer) if isinstance(answer, tuple) else 1)
        return answer

    evidence.truth({**evidence.cases[index], name: counting})
    return max(counts)


def _other_sizes(evidence: Evidence, index: int) -> str | None:
    """What the sizes are by which the shape of a result is another one, in two cases at least: once is by chance."""
    part = next(iter(evidence.wrong_parts()))
    returned = [case for case in evidence.wrong_cases if evidence.outcomes[case].ending is Ending.RETURNED]
    pairs = {case: (evidence.outcomes[case].values[part], evidence.expected[case].values[part]) for case in returned}
    apart = {case: pair for case, pair in pairs.items() if pair[0].shape != pair[1].shape}
    if index not in apart or len(apart) < 2 or any(got.ndim != want.ndim for got, want in apart.values()):
        return None
    cases, told = [evidence.cases[case] for case in apart], dict[int, str]()
    for axis in range(apart[index][0].ndim):
        for lengths in zip(*((got.shape[axis], want.shape[axis]) for got, want in apart.values()), strict=True):
            names = names_of(lengths, cases)
            if len(names) == 1 and apart[index][0].shape[axis] != apart[index][1].shape[axis]:
                told[lengths[0]] = phrase(names[0])
    return _in_this_call([f"{size} is {words}" for size, words in told.items()])


def _not_finite(evidence: Evidence, index: int) -> str | None:
    """Which operation made nan or inf, by its warning, and whether all else is right."""
    outcome = evidence.outcomes[index]
    if all(np.isfinite(value.astype(float)).all() for value in outcome.values):
        return None
    heard = [(outcome.printed.find(mark), words) for mark, words in _WARNINGS if mark in outcome.printed]
    nan = _holding_nan(evidence.cases[index])
    if heard:
        said = f"It begins here: {min(heard, key=lambda pair: pair[0])[1]}.{_large(evidence.cases[index])}"
    elif nan:
        said = (
            f"In this call {nan} holds nan where nothing should be read, and it gets into your result: 0 times nan is "
            "nan, so that a factor 0 does not take it out."
        )
    else:
        return None
    right = evidence.returned and all(_is_right_where_finite(evidence, case) for case in evidence.wrong_cases)
    return said + " All that is finite is right." * right


def _is_right_where_finite(evidence: Evidence, case: int) -> bool:
    pairs = zip(evidence.outcomes[case].values, evidence.expected[case].values, strict=True)
    for got, want in pairs:
        finite = np.isfinite(got.astype(float))
        if got.shape != want.shape or not close(got[finite], want[finite], evidence.exercise.tolerance):
            return False
    return True


def _holding_nan(case: Case) -> str:
    """The one argument that holds nan, or ''."""
    floats = {name: value for name, value in arrays(case).items() if value.dtype.kind == "f"}
    found = [name for name, value in floats.items() if np.isnan(value).any()]
    return found[0] if len(found) == 1 else ""


def _large(case: Case) -> str:
    """The one argument that holds numbers whose exponential is very large, or nearly 0."""
    floats = {name: value for name, value in arrays(case).items() if value.dtype.kind == "f" and value.size}
    found = {name: float(np.abs(value).max()) for name, value in floats.items() if np.abs(value).max() >= _LARGE}
    if len(found) != 1:
        return ""
    ((name, size),) = found.items()
    return f" In this call {name} has numbers as large as {size:g}."
