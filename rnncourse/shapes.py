"""One place that says which argument does not fit, what was got and what was expected; shapes in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np


def expect_shapes(**arguments: tuple[Any, str]) -> tuple[np.ndarray, ...]:
    """Return the arguments as arrays once their axes agree with each other.

    An axis that appears twice must have one size: in ``inputs=(x, "batch features"), kernel=(w, "features units")``
    the last axis of inputs must be as long as the first of kernel. ``4*units`` is an axis four times as long as units,
    ``3`` one of length 3.

    Args:
        arguments: name -> (value, its axes in words, separated by blanks; no words for a single number).

    Returns:
        The values as arrays to compute with, in the order given, see ``expect_numbers``.

    Raises:
        ValueError: an argument is not numeric or its shape does not fit. The message names the argument, the shape
            got, the shape expected and where each expected size comes from.
    """
    sizes: dict[str, tuple[int, str]] = {}
    arrays = []
    for name, (value, words) in arguments.items():
        array = expect_numbers(name, value)
        axes = words.split()
        known = _learn(name, array.shape, axes, sizes)
        if known is None:
            raise ValueError(_misfit(name, array, axes, sizes))
        sizes = known
        arrays.append(array)
    return tuple(arrays)


def expect_numbers(name: str, value: Any) -> np.ndarray:
    """Return numbers of any shape as an array that can be computed with.

    Whole numbers that are unsigned or narrower than 32 bits come back as int64, float16 as float32: a difference of
    unsigned numbers would wrap round at 0, and a sum of float16 ends at 65 504. What only puts numbers in another order
    and is to keep their dtype, uses its argument itself.

    Raises:
        ValueError: it is no array of whole numbers or floats.
    """
    array = _as_array(name, value)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} has dtype {array.dtype}, expected numbers (integers or floats).")
    if array.dtype.kind == "u" or (array.dtype.kind == "i" and array.dtype.itemsize < 4):
        return array.astype(np.int64)
    return array.astype(np.float32) if array.dtype == np.float16 else array


def expect_finite(name: str, value: np.ndarray) -> np.ndarray:
    """Return an array none of whose numbers is NaN or infinite.

    Raises:
        ValueError: one is; the message says where.
    """
    strange = np.argwhere(~np.isfinite(value))
    if len(strange):
        place = tuple(strange[0].tolist())
        raise ValueError(f"{name}[{', '.join(map(str, place))}] is {value[place]}, expected finite numbers.")
    return value


def finite_where_unused(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """The values with 0 for what is NaN or infinite where it is not used: a weight of 0 alone would leave NaN NaN.

    Args:
        values: an array, such as a padded batch of shape (batch, time, features).
        used: which of its values count, booleans of a shape that can be laid onto it.
    """
    return np.where(used | np.isfinite(values), values, 0)


def expect_tokens(name: str, value: Any, axes: str | None = None, classes: int | None = None) -> np.ndarray:
    """Return whole numbers that each stand for one of ``classes`` things.

    Args:
        name: the argument.
        value: the numbers.
        axes: its axes in words, as for ``expect_shapes``; None for any shape.
        classes: how many things there are; None where nobody knows.

    Raises:
        ValueError: they are not whole numbers, have other axes, or one is not from 0 to classes - 1.
    """
    tokens = _as_array(name, value)
    if tokens.size == 0 and tokens.dtype.kind == "f":
        tokens = tokens.astype(int)  # NumPy takes an empty list for floats
    words = None if axes is None else axes.split()
    if words is not None and tokens.ndim != len(words):
        raise ValueError(f"{name} has shape {tokens.shape}, expected {_tuple(words)}: whole numbers (integers).")
    if tokens.dtype.kind not in "iu":
        raise ValueError(f"{name} has dtype {tokens.dtype}, expected whole numbers (integers).")
    if classes is not None and tokens.size and not 0 <= tokens.min() <= tokens.max() < classes:
        raise ValueError(
            f"{name} has numbers from {tokens.min()} to {tokens.max()}, expected whole numbers from 0 to {classes - 1}."
        )
    return expect_numbers(name, tokens)


def expect_step(name: str, array: np.ndarray) -> None:
    """Refuse an array of shape (batch, time, …) without a step of time.

    Raises:
        ValueError: there is none.
    """
    if array.shape[1] == 0:
        raise ValueError(f"{name} has shape {array.shape}, expected at least one step of time (axis 1).")


def expect_row(name: str, array: np.ndarray) -> None:
    """Refuse an array without a row (axis 0): there is no mean over nothing.

    Raises:
        ValueError: there is none.
    """
    if len(array) == 0:
        raise ValueError(f"{name} has shape {array.shape}, expected at least one row (axis 0).")


def expect_number(name: str, value: Any, expected: str, fits: Callable[[float], bool] = np.isfinite) -> float:
    """Return a single number.

    Args:
        name: the argument.
        value: what was given for it.
        expected: which numbers fit, in words.
        fits: whether a number does.

    Raises:
        ValueError: it is not a single number, or it does not fit.
    """
    number = value if isinstance(value, int | float) else np.asarray(value)
    single = isinstance(number, int | float) or (number.ndim == 0 and number.dtype.kind in "iuf")
    if isinstance(value, bool) or not single or not fits(float(number)):
        raise ValueError(f"{name} is {value!r}, expected {expected}.")
    return float(number)


def expect_choice(name: str, value: Any, choices: Collection[str]) -> str:
    """Return one of the words that there are to choose from.

    Raises:
        ValueError: it is none of them.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}.")
    return value


def expect_list(name: str, values: Any, of: str, empty: bool = True) -> list[Any]:
    """Return as a list what can be gone through, a generator too, which could be gone through only once.

    Args:
        name: the argument.
        values: what was given for it.
        of: what it is a list of, in words, in the plural.
        empty: whether there may be nothing in it.

    Raises:
        ValueError: it is a single text, cannot be gone through, or is empty and may not be.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        text = isinstance(values, str | bytes)
        got, todo = ("the text ", ": put it") if text else ("", "; a single one stands")
        raise ValueError(f"{name} is {got}{values!r}, expected a list of {of}{todo} in brackets.")
    found = list(values)
    if not found and not empty:
        raise ValueError(f"{name} is empty, expected a list of {of}, at least one.")
    return found


def expect_count(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number of at least ``least``.

    Raises:
        ValueError: it is not a whole number, or too small. The message names the argument and what was got.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}, expected a whole number of at least {least}.")
    return int(value)


def expect_layers(name: str, sizes: Any) -> tuple[int, ...]:
    """Return the sizes of the layers of a stack: whole numbers of at least 1, at least one of them.

    Raises:
        ValueError: it is no list of sizes, or it is empty, or a size is not a whole number of at least 1.
    """
    if not isinstance(sizes, list | tuple | np.ndarray) or not len(sizes):
        raise ValueError(f"{name} is {sizes!r}, expected a list with the size of each layer, such as [100, 100, 100].")
    return tuple(expect_count(f"{name}[{number}]", size) for number, size in enumerate(sizes))


def fits_onto(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of that shape, its axes of length 1 repeated, can be laid onto one of the target's shape."""
    return len(shape) == len(target) and all(size in (1, wide) for size, wide in zip(shape, target, strict=True))


def _as_array(name: str, value: Any) -> np.ndarray:
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} is not an array of numbers: its rows have different lengths, expected equal ones."
        ) from error


def _learn(
    name: str, shape: tuple[int, ...], axes: list[str], sizes: dict[str, tuple[int, str]]
) -> dict[str, tuple[int, str]] | None:
    """The sizes known once this shape is accepted; None if it does not fit."""
    if len(shape) != len(axes):
        return None
    known = dict(sizes)
    for axis, size in zip(axes, shape, strict=True):
        if size != _length(axis, known, size):
            return None
        factor, unit = _factor(axis)
        if not unit.isdigit():
            known.setdefault(unit, (size // factor, name))
    return known


def _factor(axis: str) -> tuple[int, str]:
    """``4*units`` as (4, "units"), any other axis as (1, axis)."""
    factor, star, unit = axis.partition("*")
    return (int(factor), unit) if star else (1, axis)


def _length(axis: str, sizes: dict[str, tuple[int, str]], size: int) -> int:
    """How long an axis has to be; where nothing is known of it yet, as long as it is, cut to a multiple."""
    factor, unit = _factor(axis)
    if unit.isdigit():
        return int(unit)
    return factor * (sizes[unit][0] if unit in sizes else size // factor)


def _misfit(name: str, array: np.ndarray, axes: list[str], sizes: dict[str, tuple[int, str]]) -> str:
    units = [_factor(axis)[1] for axis in axes]
    known = [str(_length(axis, sizes, 0)) if unit in sizes else axis for axis, unit in zip(axes, units, strict=True)]
    sources = [
        f"{unit} = {sizes[unit][0]} comes from {sizes[unit][1]}" for unit in dict.fromkeys(units) if unit in sizes
    ]
    expected = _tuple(axes) + (f" = {_tuple(known)}" if sources else "")
    because = f" ({'; '.join(sources)})" if sources else ""
    return f"{name} has shape {array.shape}, expected {expected}{because}."


def _tuple(words: list[str]) -> str:
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"
