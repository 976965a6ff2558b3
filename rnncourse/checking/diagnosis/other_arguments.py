"""Right answers to other questions: the answer is what is right for an argument that is changed, in every case.

Where ``misreadings`` ask the answer again, here the reference is asked: what it gives for a window that is one wider,
for vectors of length 1, for the words in alphabetical order. A few of its answers together may be it, too: the mean
over all ways to put rows and labels together is what comes of every row with every label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, in_silence
from rnncourse.checking.comparing import same
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.misreadings import GATES
from rnncourse.checking.diagnosis.sizes import axes_of
from rnncourse.checking.diagnosis.views import NEEDED, information
from rnncourse.checking.patience import Deadline
from rnncourse.exercises.definitions import Case

#: Seconds for one question to the reference, and for all together.
_SECONDS, _PATIENCE = 1.0, 3.0
#: So many rows are put together with labels in all ways.
_MOST_ROWS = 60
#: A change of a case; None where it cannot be made.
Change = Callable[[Case], Case | None]


def find(evidence: Evidence) -> str | None:
    """For which other arguments the answer is right.

    Args:
        evidence: the cases, what the answer gave, and the truth.

    Returns:
        One sentence, or None.
    """
    if len(evidence.outcomes) < len(evidence.cases) or not evidence.outcomes[0].values:
        return None
    deadline = Deadline(_PATIENCE)
    with in_silence():
        for words, change in _changes(evidence.cases[0]):
            if deadline.left() <= 0:
                return None
            if _explains(evidence, change):
                return f"{evidence.exercise.name}: your result would be right {words}."
        pairing = _every_pairing(evidence) if evidence.returned else None
    return pairing and f"{evidence.exercise.name}: {pairing}."


def _explains(evidence: Evidence, change: Change) -> bool:
    """Whether the truth of the changed case is the answer, in every case, and no accident."""
    bits, told, unasked, tolerance = 0.0, 0, 0, evidence.exercise.tolerance
    for index, case in enumerate(evidence.cases):
        changed = change(case)
        given = None if changed is None else _truth(evidence, changed)
        if given is None:  # there is no such question, such as one with a window of 0
            unasked += index in evidence.ordinary_cases
            if 2 * unasked > len(evidence.ordinary_cases):
                return False
            continue
        if not same(given, evidence.outcomes[index], tolerance):
            return False
        if not same(given, evidence.expected[index], tolerance):
            told += 1
            bits += sum(map(information, given.values))
    return told >= 2 + unasked and bits >= NEEDED


def _truth(evidence: Evidence, case: Case) -> Outcome | None:
    found = evidence.truth(case, _SECONDS)
    return found if found.ending is Ending.RETURNED else None


def _changes(case: Case) -> Iterator[tuple[str, Change]]:
    """How it is said, after "your result would be right", and the change; those of one argument first."""
    for name, value in case.items():
        for words, change in _of_one(name, value, case):
            yield words.format(name=name), _with(name, change)
    yield from _of_several(case)


def _with(name: str, change: Callable[[Any], Any]) -> Change:
    def changed(case: Case) -> Case | None:
        made = change(case[name])
        return None if made is None else {**case, name: made}

    return changed


def _of_one(name: str, value: Any, case: Case) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    if isinstance(value, bool):
        return
    if isinstance(value, Integral):
        yield from _OF_WHOLE
    elif isinstance(value, float):
        yield from _OF_BROKEN
    elif isinstance(value, str):
        yield from _OF_TEXT
    elif isinstance(value, list | tuple) and value and all(isinstance(one, str) for one in value):
        yield from ((words, lambda texts, of=of: [of(text) for text in texts]) for words, of in _OF_TEXTS)
    elif isinstance(value, np.ndarray):
        yield from _of_array(name, value, case)
    elif callable(value):
        yield from _OF_FUNCTION


_OF_WHOLE: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("if {name} were 1 larger than it is", lambda n: n + 1),
    ("if {name} were 1 smaller than it is", lambda n: n - 1),
    ("if {name} were twice as large as it is", lambda n: 2 * n),
    ("if {name} were half as large as it is, rounded down", lambda n: n // 2),
)
_OF_BROKEN: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("if 1 - {name} stood for {name}", lambda x: 1 - x),
    ("if 1 / {name} stood for {name}", lambda x: 1 / x if x else None),
    ("if the square of {name} stood for {name}", lambda x: x * x),
    ("if the square root of {name} stood for {name}", lambda x: x**0.5 if x >= 0 else None),
    ("if {name} had the other sign", lambda x: -x),
)
_OF_TEXT: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("if {name} were read from its end", lambda text: text[::-1]),
    ("if the letters of {name} stood in alphabetical order", lambda text: "".join(sorted(text))),
    ("if each letter of {name} counted once", lambda text: "".join(dict.fromkeys(text))),
    ("if the first letter of {name} were not there", lambda text: text[1:]),
    ("if the last letter of {name} were not there", lambda text: text[:-1]),
)
_OF_TEXTS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("if the words of each of {name} stood in alphabetical order", lambda text: " ".join(sorted(text.split()))),
    ("if the words of each of {name} stood in reversed order", lambda text: " ".join(text.split()[::-1])),
    ("if each word counted once in each of {name}", lambda text: " ".join(dict.fromkeys(text.split()))),
    ("if the first word of each of {name} were not there", lambda text: " ".join(text.split()[1:])),
    ("if the last word of each of {name} were not there", lambda text: " ".join(text.split()[:-1])),
    ("if {name} consisted of single letters, and not of words", lambda text: " ".join(text.replace(" ", ""))),
)
_OF_FUNCTION: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("if {name} were given only the last of what was said so far", lambda f: _given_the_last(f)),
    ("if {name} were given all but the first of what was said so far", lambda f: _given(f, slice(1, None))),
    ("if {name} gave e to the power of what it gives", lambda f: lambda *given: np.exp(f(*given))),
    ("if {name} gave the logarithms of what it gives", lambda f: lambda *given: np.log(f(*given))),
)


def _given_the_last(function: Callable[..., Any]) -> Callable[..., Any]:
    return _given(function, slice(-1, None))


def _given(function: Callable[..., Any], part: slice) -> Callable[..., Any]:
    """A function that is given a part of each tuple."""
    return lambda *values: function(*(value[part] if isinstance(value, tuple) else value for value in values))


def _of_array(name: str, value: np.ndarray, case: Case) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    axes = axes_of(name, value, case)
    if "time" in axes and value.shape[axes.index("time")] > 1:
        axis = axes.index("time")
        yield "if {name} were read from the last step to the first", lambda v: np.flip(v, axis)
        yield "if the first step of {name} were 0", lambda v: _without(v, axis, 0)
        yield "if the last step of {name} were 0", lambda v: _without(v, axis, -1)
        yield "if each step of {name} were the one before", lambda v: np.roll(v, 1, axis)
        yield "if each step of {name} were the one after", lambda v: np.roll(v, -1, axis)
    if value.dtype.kind == "f":
        yield "if {name} had no sign", np.abs
        yield "if {name} had the other sign", np.negative
    if value.dtype.kind == "f" and value.ndim == 2:
        yield "if each row of {name} were divided by its length", _of_length_one
        yield "if each row of {name} went through a softmax", _softmax
        yield "if the mean of all rows of {name} were taken off", lambda v: v - v.mean(axis=0)
    if value.dtype.kind in "iu" and value.ndim == 1:
        yield "if {name} were shifted by one place", lambda v: np.roll(v, 1)
        yield "if {name} were shifted by one place the other way", lambda v: np.roll(v, -1)


def _without(array: np.ndarray, axis: int, index: int) -> np.ndarray:
    made = array.copy()
    np.moveaxis(made, axis, 0)[index] = 0
    return made


def _of_length_one(array: np.ndarray) -> np.ndarray:
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


def _softmax(array: np.ndarray) -> np.ndarray:
    powers = np.exp(array - array.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _of_several(case: Case) -> Iterator[tuple[str, Change]]:
    """Changes of arguments of one kind together."""
    tables = [n for n, v in case.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f" and v.ndim == 2]
    if len(tables) > 1:
        listed = f"{', '.join(tables[:-1])} and {tables[-1]}"
        yield f"if each row of {listed} were divided by its length", _all_of_length_one(tables)
    kernel = case.get("recurrent_kernel")
    if isinstance(kernel, np.ndarray) and kernel.ndim == 2 and kernel.shape[1] // len(kernel) in GATES:
        count = kernel.shape[1] // len(kernel)
        every = {3: "third", 4: "fourth"}[count]
        yield f"if every {every} column belonged to one gate, and not a block of columns", _dealt_out(count)


def _all_of_length_one(names: list[str]) -> Change:
    return lambda case: {**case, **{name: _of_length_one(case[name]) for name in names}}


def _dealt_out(count: int) -> Change:
    """The columns of the kernels, and the bias, dealt out to the gates one by one."""

    def changed(case: Case) -> Case:
        columns = case["recurrent_kernel"].shape[1]
        order = np.arange(columns).reshape(-1, count).T.ravel()
        fitting = {n: v for n, v in case.items() if isinstance(v, np.ndarray) and v.shape[-1:] == (columns,)}
        return {**case, **{name: value[..., order] for name, value in fitting.items()}}

    return changed


def _every_pairing(evidence: Evidence) -> str | None:
    """The mean over all pairs of a row and a label, where row 0 belongs to label 0, row 1 to label 1."""
    case = evidence.cases[0]
    labels = [n for n, v in case.items() if isinstance(v, np.ndarray) and v.ndim == 1 and v.dtype.kind in "iu"]
    if len(evidence.expected[0].values) != 1 or evidence.expected[0].values[0].ndim:
        return None
    for name in labels:
        if all(_is_mean_of_pairings(evidence, index, name) for index in evidence.ordinary_cases):
            return f"your number is the mean over every row with every one of {name}: row 0 belongs to the first alone"
    return None


def _is_mean_of_pairings(evidence: Evidence, index: int, name: str) -> bool:
    case, mine = evidence.cases[index], evidence.outcomes[index].values[0]
    count = len(case[name])
    if mine.ndim:
        return False
    got = float(mine)
    if not 1 < count <= _MOST_ROWS or np.isclose(got, float(evidence.expected[index].values[0]), rtol=1e-9):
        return False
    given = [_truth(evidence, {**case, name: np.roll(case[name], turn)}) for turn in range(count)]
    values = [float(one.values[0]) for one in given if one is not None]
    return len(values) == count and bool(np.isclose(np.mean(values), got, rtol=1e-6))
