"""The sizes and numbers of a case by the names that the subject has for them: batch, time, features, units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from rnncourse.exercises.definitions import Case

#: What the axes of an argument are, by the argument's name and its number of axes.
_AXES = {
    ("inputs", 1): ("time",),
    ("inputs", 2): ("batch", "features"),
    ("inputs", 3): ("batch", "time", "features"),
    ("batch", 3): ("batch", "time", "features"),
    ("sequence", 3): ("batch", "time", "features"),
    ("first", 2): ("batch", "features"),
    ("vector", 2): ("batch", "features"),
    ("start", 1): ("batch",),
    ("start", 2): ("batch", "outputs"),
    ("state", 2): ("batch", "units"),
    ("states", 1): ("time",),
    ("states", 3): ("batch", "time", "units"),
    ("outputs", 2): ("batch", "units"),
    ("outputs", 3): ("batch", "time", "units"),
    ("output_gradients", 3): ("batch", "time", "units"),
    ("recurrent_kernel", 2): ("units", ""),
    ("lengths", 1): ("batch",),
    ("tokens", 1): ("tokens",),
    ("tokens", 2): ("batch", "time"),
    ("logits", 2): ("batch", "classes"),
    ("logits", 3): ("batch", "time", "words"),
    ("probabilities", 1): ("classes",),
    ("probabilities", 2): ("positions", "classes"),
    ("labels", 1): ("batch",),
    ("targets", 1): ("positions",),
    ("targets", 2): ("batch", "time"),
    ("targets", 3): ("batch", "time", ""),
    ("centres", 2): ("pairs", "dimensions"),
    ("contexts", 2): ("pairs", "dimensions"),
    ("noise", 2): ("noise words", "dimensions"),
    ("table", 2): ("words", "dimensions"),
    ("gradients", 3): ("batch", "time", "dimensions"),
    ("query", 2): ("batch", "units"),
    ("memory", 3): ("batch", "time", "units"),
    ("mask", 2): ("batch", "time"),
    ("values", 2): ("batch", "units"),
    ("series", 1): ("values of the series",),
    ("matrix", 2): ("rows of the matrix", ""),
}
#: What one slice along an axis is called.
_SLICES = {"batch": "row", "time": "step", "features": "feature", "units": "unit", "classes": "class", "words": "word"}


def sizes(case: Case) -> dict[str, int]:
    """The sizes of a case by name: axes of its arrays, lengths of its lists, its whole-number arguments."""
    found: dict[str, int] = {}
    for name, value in case.items():
        for size_name, size in _sizes_of(name, value, case):
            if found.setdefault(size_name, size) != size:
                found.setdefault(f"{size_name} of {name}", size)
    return {name: size for name, size in found.items() if name}


def _sizes_of(name: str, value: Any, case: Case) -> list[tuple[str, int]]:
    if isinstance(value, bool):
        return []
    if isinstance(value, Integral):
        return [(name, int(value))]
    if isinstance(value, np.ndarray):
        return list(zip(axes_of(name, value, case), value.shape, strict=True)) + _counts_of(name, value)
    if isinstance(value, list | tuple) and value:
        inside = [pair for pair in _sizes_of(name, value[0], case) if isinstance(value[0], np.ndarray)]
        return [("time" if name in {"inputs", "outputs"} else f"number of {name}", len(value)), *inside]
    return []


def axes_of(name: str, value: np.ndarray, case: Case) -> tuple[str, ...]:
    """Names of the axes of one argument, '' for an axis that has none of its own."""
    state, kernel = case.get("state"), case.get("recurrent_kernel")
    units = kernel.shape[0] if isinstance(kernel, np.ndarray) else None
    if name == "inputs" and value.ndim == 3 and isinstance(state, np.ndarray) and state.ndim == 2:
        return ("batch", "time", "features") if state.shape[0] == value.shape[0] else ("time", "batch", "features")
    if name == "kernel" and value.ndim == 2:
        return "features", "units" if value.shape[1] == units else ""
    fallback = tuple(f"axis {axis} of {name}" for axis in range(value.ndim))
    return _AXES.get((name, value.ndim), fallback)


def _counts_of(name: str, value: np.ndarray) -> list[tuple[str, int]]:
    """How much of it counts: positions that a mask keeps, steps within the lengths, words that are no padding."""
    if name == "mask":
        return [("positions that the mask keeps", int(value.sum()))]
    if name == "lengths":
        return [("valid steps", int(value.sum())), ("longest of lengths", int(value.max()))]
    if name == "targets" and value.dtype.kind in "iu" and value.ndim == 2:
        return [("words that are no padding", int(np.sum(value != 0)))]
    return []


def numbers(case: Case) -> dict[str, float]:
    """The arguments that are broken numbers, by name."""
    return {k: float(v) for k, v in case.items() if isinstance(v, Real) and not isinstance(v, Integral)}


def arrays(case: Case) -> dict[str, np.ndarray]:
    """The arrays among the arguments, those in tuples too, by name."""
    found: dict[str, np.ndarray] = {}
    for name, value in case.items():
        if isinstance(value, np.ndarray):
            found[name] = value
        elif isinstance(value, list | tuple):
            inside = {f"{name}[{i}]": item for i, item in enumerate(value) if isinstance(item, np.ndarray)}
            found.update(inside)
    return found


def names_of(lengths: Sequence[int], cases: Sequence[Case]) -> list[str]:
    """The names of a size: those that have this value in every case.

    Args:
        lengths: the size, one value for each case.
        cases: the cases.
    """
    per_case = [sizes(case) for case in cases]
    found = [name for name in per_case[0] if all(s.get(name) == n for s, n in zip(per_case, lengths, strict=True))]
    plain = [name for name in found if not name.startswith("axis ")]
    return plain or found


#: How a size is read aloud, where its name alone does not tell.
_PHRASES = {
    "batch": "the size of the batch",
    "time": "the number of time steps",
    "features": "the number of features",
    "units": "the number of units",
    "classes": "the number of classes",
    "words": "the number of words",
    "pairs": "the number of pairs",
    "positions": "the number of positions",
    "dimensions": "the number of dimensions",
    "tokens": "the number of tokens",
    "outputs": "the number of outputs",
    "noise words": "the number of noise words",
    "valid steps": "the number of valid steps",
    "words that are no padding": "the number of words that are no padding",
    "values of the series": "the length of the series",
    "how many numbers there are": "how many numbers there are",
}


def phrase(name: str) -> str:
    """The size of that name as it stands in a sentence: "the size of the batch"; an argument by its own name."""
    return f"the length of {name}" if name.startswith("axis ") else _PHRASES.get(name, name)


def slice_name(axis: int, ndim: int, names: Sequence[str]) -> str:
    """What one slice along an axis is called: step, row, unit; by the names that its length has."""
    words = [_SLICES[name] for name in names if name in _SLICES]
    if len(words) == 1 or (words and len(set(words)) == 1):
        return words[0]
    if ndim == 2 and len(words) != 1:
        return ("row", "column")[axis]
    return "entry" if ndim == 1 else f"entry along axis {axis}"


def several(count: int, one: str) -> str:
    """2 steps, 3 classes, 2 entries along axis 1."""
    noun, space, rest = one.partition(" ")
    plural = {"class": "classes", "entry": "entries"}.get(noun, f"{noun}s")
    return f"{count} {plural}{space}{rest}"


def listed(things: Iterable[Any]) -> str:
    """Several things as they stand in a sentence: a, b and c."""
    *first, last = map(str, things)
    return f"{', '.join(first)} and {last}" if first else last
