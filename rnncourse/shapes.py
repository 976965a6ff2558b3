"""Shapes in words: one place that says which argument does not fit, what was got and what was expected."""

from __future__ import annotations

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
        The values as numeric NumPy arrays, in the order given.

    Raises:
        ValueError: an argument is not numeric or its shape does not fit. The message names the argument, the shape
            got, the shape expected and where each expected size comes from.
    """
    sizes: dict[str, tuple[int, str]] = {}
    arrays = []
    for name, (value, words) in arguments.items():
        array = _as_numbers(name, value)
        axes = words.split()
        known = _learn(name, array.shape, axes, sizes)
        if known is None:
            raise ValueError(_misfit(name, array, axes, sizes))
        sizes = known
        arrays.append(array)
    return tuple(arrays)


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


def _as_numbers(name: str, value: Any) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is not an array of numbers: its rows have different lengths.") from error
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} has dtype {array.dtype}, expected numbers (integers or floats).")
    return array


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
