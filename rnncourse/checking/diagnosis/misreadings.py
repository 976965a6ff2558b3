"""Arguments read another way: what the answer would have to be given so that it comes out right.

An answer that is right for the sequence turned round reads it from its end; one that is right for the recurrent
kernel transposed multiplies from the other side.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np

from rnncourse.checking.diagnosis.sizes import axes_of
from rnncourse.exercises.definitions import Case

#: How it is said, and the case changed; None where it cannot be.
Misreading = tuple[str, Callable[[Case], Case | None]]
#: The blocks of the kernels of a gated cell, by their number, in Keras's order.
GATES = {3: ("z", "r", "g"), 4: ("i", "f", "g", "o")}
#: Arguments that count steps or words: one more or less of them ends as surely.
_PIECES = {"length", "size", "batch_size"}
_COUNTS = {"time_steps", "steps", "length", "longest", "width", "window", "count", "units", "layers"}


def misreadings(case: Case) -> Iterator[Misreading]:
    """All that are worth a try for arguments like these."""
    for name, value in case.items():
        yield from _of_one(name, value, case)
    yield from _exchanged(case)
    yield from _blocks(case)


def _of_one(name: str, value: Any, case: Case) -> Iterator[Misreading]:
    if isinstance(value, np.ndarray):
        names = axes_of(name, value, case)
        if value.dtype.kind == "b":
            yield f"as if {name} had True and False exchanged", _with(name, np.logical_not)
        if "time" in names and value.shape[names.index("time")] > 1:
            axis = names.index("time")
            yield f"as if {name} were read from the last step to the first", _with(name, lambda v: np.flip(v, axis))
        if value.ndim == 2 and value.shape[0] == value.shape[1] and value.dtype.kind == "f":
            yield f"as if {name} were transposed", _with(name, np.transpose)
    elif isinstance(value, list | tuple) and len(value) > 1:
        turned = "from the last to the first" if isinstance(value, list) or len(value) > 2 else "with its two exchanged"
        yield f"as if {name} were read {turned}", _with(name, lambda v: v[::-1])
    elif isinstance(value, bool):
        yield f"as if {name} had True and False exchanged", _with(name, lambda v: not v)
    elif isinstance(value, Integral) and name in _COUNTS:
        yield f"as if {name} were 1 less than it is", _with(name, lambda v: v + 1)
        yield f"as if {name} were 1 more than it is", _with(name, lambda v: v - 1 if v > 1 else None)
        if name in _PIECES:
            yield f"as if {name} were how many pieces there are, not how long each is", _as_number_of_pieces(name)
    elif isinstance(value, float) and value:
        yield f"as if 1 / {name} stood for {name}", _with(name, lambda v: 1 / v if v else None)
        yield f"as if {name} had the other sign", _with(name, lambda v: -v)
        if 0 < value < 1:
            yield f"as if 1 - {name} stood for {name}", _with(name, lambda v: 1 - v)


def _as_number_of_pieces(name: str) -> Callable[[Case], Case | None]:
    """The length of a piece that would make as many pieces as the argument says."""

    def changed(case: Case) -> Case | None:
        rows = (v for v in case.values() if isinstance(v, list | tuple) or (isinstance(v, np.ndarray) and v.ndim))
        whole = len(next(rows, ()))
        return {**case, name: -(-whole // case[name])} if whole else None

    return changed


def _with(name: str, change: Callable[[Any], Any]) -> Callable[[Case], Case | None]:
    def changed(case: Case) -> Case | None:
        made = change(case[name])
        return None if made is None else {**case, name: made}

    return changed


def _exchanged(case: Case) -> Iterator[Misreading]:
    """Two arguments of one kind and shape, each read for the other."""
    for (one, a), (two, b) in itertools.combinations(case.items(), 2):
        arrays = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape and a.dtype == b.dtype
        if arrays or (type(a) is float and type(b) is float) or (callable(a) and callable(b)):
            yield f"as if {one} and {two} were exchanged", _swap(one, two)


def _swap(one: str, two: str) -> Callable[[Case], Case | None]:
    return lambda case: {**case, one: case[two], two: case[one]}


def _blocks(case: Case) -> Iterator[Misreading]:
    """The blocks of a gated cell's kernels and bias, read in another order."""
    kernel = case.get("recurrent_kernel")
    if not isinstance(kernel, np.ndarray) or kernel.ndim != 2 or kernel.shape[1] // kernel.shape[0] not in (3, 4):
        return
    count = kernel.shape[1] // kernel.shape[0]
    orders = list(itertools.permutations(range(count)))[1:]
    for order in sorted(orders, key=lambda o: sum(i != j for i, j in enumerate(o))):
        names = GATES[count]
        read = ", ".join(names[i] for i in np.argsort(order))
        yield (
            f"as if the blocks of the kernels stood in the order {read} instead of {', '.join(names)}",
            _reordered(order),
        )


def _reordered(order: tuple[int, ...]) -> Callable[[Case], Case | None]:
    def changed(case: Case) -> Case:
        width = len(order)
        made = dict(case)
        for name, value in case.items():
            if name.startswith(("kernel", "recurrent_kernel", "bias")) and isinstance(value, np.ndarray):
                parts = np.split(value, width, axis=-1)
                made[name] = np.concatenate([parts[i] for i in order], axis=-1)
        return made

    return changed
