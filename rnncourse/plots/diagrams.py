"""Drawn networks: a memory cell, the cell unrolled in time, the four kinds of networks, one step as matrices.

Every function of this module returns ``(figure, alt)``, so a notebook writes ``show(*memory_cell())``. One unit of a
drawing is one inch, so the sizes of boxes and of letters can be compared. Blue is an input, orange the state, green an
output; a letter is always black, because not every one of these colours is dark enough to read.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from rnncourse.plots.drawing import (
    ERROR,
    INPUT,
    NOTE,
    OUTPUT,
    PILL,
    STATE,
    SYMBOL,
    TINTS,
    draw_arrow,
    draw_box,
    draw_bracket,
    draw_pill,
    draw_text,
    make_canvas,
)
from rnncourse.plots.figures import GREY, SKY, course_style
from rnncourse.shapes import expect_count
from rnncourse.unrolling import KINDS

MOST_STEPS_UNROLLED, MOST_STEPS_OF_A_KIND = 10, 6

_WEIGHTS = "$W_x$  $W_h$\n$b$"
# Widths, heights and distances, in inches.
_CELL = 0.8  # a cell with its weights written in it
_REACH = 0.88  # from the middle of a cell to its input and to its output
_ROW = 5  # copies of a cell side by side before a new row begins


@course_style()
def memory_cell(output_is_state: bool = True) -> tuple[Figure, str]:
    """One memory cell: x_t comes in, y_t goes out, and the state h_t comes back one step later.

    Args:
        output_is_state: True for the simplest cell, whose output is its state (y_t = h_t). With False the state goes
            on as it is and a read-out makes the output from it.

    Returns:
        The figure and its alt text.
    """
    figure, axes = make_canvas(6.2, 3.9 if output_is_state else 4.9)
    x, y, width, height = 1.85, 1.85, 3.1, 1.35
    draw_box(axes, x, y, "", STATE, width, height)
    draw_text(axes, x, y + 0.25, "memory cell", size=11.5, weight="bold")
    draw_text(axes, x, y - 0.2, r"$h_t=\tanh(x_tW_x+h_{t-1}W_h+b)$", size=12.5)
    _draw_delayed_loop(axes, x + width / 2, y + 0.45, y - 0.45, x + width / 2 + 1.75)
    draw_pill(axes, x, 0.4, "$x_t$", INPUT)
    draw_arrow(axes, (x, 0.58), (x, y - height / 2), colour=INPUT)
    draw_text(axes, x + 0.38, 0.4, "input", side="left")
    if output_is_state:
        top, note = 3.5, "output: it is the state, $y_t=h_t$"
        draw_arrow(axes, (x, y + height / 2), (x, top - 0.18), colour=OUTPUT)
    else:
        top, note = 4.5, "output: made from the state"
        draw_arrow(axes, (x, y + height / 2), (x, 3.12), colour=STATE)
        draw_text(axes, x + 0.1, 2.82, "$h_t$", size=SYMBOL, side="left")
        draw_box(axes, x, 3.4, "read-out: $y_t=h_tW_y+b_y$", OUTPUT, 2.7, 0.56, size=12)
        draw_arrow(axes, (x, 3.68), (x, top - 0.18), colour=OUTPUT)
    draw_pill(axes, x, top, "$y_t$", OUTPUT)
    draw_text(axes, x + 0.38, top, note, side="left")
    return figure, _memory_cell_alt(output_is_state)


def _memory_cell_alt(output_is_state: bool) -> str:
    output = (
        "The state h_t also goes out at the top and is the output y_t."
        if output_is_state
        else "At the top a small read-out box turns the state h_t into the output y_t = h_t W_y + b_y: the "
        "output is not the state."
    )
    return (
        "A memory cell drawn as a box. The input x_t comes in from below. The state h_t = tanh(x_t W_x + h_(t-1) W_h + "
        f"b) leaves at the right and loops back into the same cell one step later, as h_(t-1). {output}"
    )


@course_style()
def unrolled_cell(steps: int = 4) -> tuple[Figure, str]:
    """A cell with its loop, and the same cell copied once for each time step, with the same weights in every copy.

    Args:
        steps: number of time steps, 1 to 10. More than five are drawn in two rows.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: steps is not a whole number from 1 to 10.
    """
    steps = _expect_steps(steps, MOST_STEPS_UNROLLED)
    rows = math.ceil(steps / _ROW)
    columns = math.ceil(steps / rows)
    pitch, row_height, left = 1.26, 2.6, 3.9
    figure, axes = make_canvas(
        left + max((columns - 1) * pitch + 1.0, 3.2 if steps > 1 else 1.7), rows * row_height + 0.5
    )
    middle = 0.2 + rows * row_height / 2
    _draw_looped_cell(axes, 0.6, middle)
    draw_text(axes, 2.02, middle + 0.42, "unrolled\nin time")
    draw_arrow(axes, (1.75, middle), (2.3, middle), colour=GREY)
    copies = [_Copy(f"$x_{t}$", f"$y_{t}$", _WEIGHTS, state=f"$h_{t}$") for t in range(steps)]
    for row in range(rows):
        part = copies[row * columns : (row + 1) * columns]
        y = 0.2 + (rows - row - 0.5) * row_height
        before = "$h_{-1}=0$" if row == 0 else f"$h_{{{row * columns - 1}}}$"
        _draw_chain(axes, part, [left + place * pitch for place in range(len(part))], y, before)
        _draw_time_axis(axes, left - _CELL / 2, left + (len(part) - 1) * pitch + _CELL / 2, y - 1.22)
    title = f"{steps} copies, one set of weights: $W_x$, $W_h$, $b$" if steps > 1 else "one step, one copy"
    draw_text(axes, left - _CELL / 2, rows * row_height + 0.22, title, size=11.5, side="left", weight="bold")
    return figure, _unrolled_alt(steps, rows)


def _unrolled_alt(steps: int, rows: int) -> str:
    copies = "1 copy" if steps == 1 else f"{steps} copies"
    times = "t = 0" if steps == 1 else f"t = 0 to {steps - 1}"
    each = "" if steps == 1 else "each "
    states = "state h_0" if steps == 2 else f"states h_0 to h_{steps - 2}"
    arrows = "" if steps == 1 else f" Arrows carry the {states} from each copy to the next."
    return (
        f"Left, one cell whose state loops back to it. Right, the same cell unrolled in time: {copies} for {times}"
        f"{', in two rows' if rows > 1 else ''}, {each}with its input x_t below and its output y_t above, and {each}"
        f"labelled with the same weights W_x, W_h and b. The first copy starts from the state h_(-1) = 0.{arrows}"
    )


@course_style()
def kind_of_rnn(kind: str, steps: int = 4) -> tuple[Figure, str]:
    """One of the four kinds of recurrent networks, unrolled: which inputs it gets and which outputs count.

    Args:
        kind: one of ``KINDS``.
        steps: number of time steps, 1 to 6. The decoder of an encoder-decoder has one step fewer than the encoder
            (but at least two), as a reminder that an answer need not be as long as its source.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: the kind is not one of ``KINDS``, or steps is not a whole number from 1 to 6.
    """
    chain = _chain_of(kind, _expect_steps(steps, MOST_STEPS_OF_A_KIND))
    unused = 0.0 if kind == "encoder-decoder" else 0.35  # only this kind has something written at its foot
    figure, axes = make_canvas(max(_kind_width(chain), 4.35), _KIND_HEIGHT - unused)
    _draw_kind(axes, kind, chain, 0.0, -unused)
    return figure, _kind_alt(kind, chain)


@course_style()
def four_kinds() -> tuple[Figure, str]:
    """The four kinds of recurrent networks in one figure, three time steps each.

    Returns:
        The figure and its alt text.
    """
    chains = [_chain_of(kind, 3) for kind in KINDS]
    widths = [_kind_width(chain) for chain in chains]
    column = max(widths[0], widths[2]) + 0.3
    figure, axes = make_canvas(column + max(widths[1], widths[3]), 2 * _KIND_HEIGHT)
    for number, (kind, chain) in enumerate(zip(KINDS, chains, strict=True)):
        row, place = divmod(number, 2)
        _draw_kind(axes, kind, chain, place * column, (1 - row) * _KIND_HEIGHT)
    alts = " ".join(_kind_alt(kind, chain) for kind, chain in zip(KINDS, chains, strict=True))
    return figure, f"The four kinds of recurrent networks, three time steps each. {alts}"


@course_style()
def batch_product(batch: int, features: int, units: int) -> tuple[Figure, str]:
    """H_t = tanh(X_t W_x + H_(t-1) W_h + b), as rectangles in proportion to the shapes, with one instance marked.

    Args:
        batch: number of instances, the rows of X_t and H_t.
        features: numbers in one input.
        units: number of neurons.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: one of the three is not a whole number of at least 1.
    """
    batch, features, units = (
        expect_count(name, value) for name, value in (("batch", batch), ("features", features), ("units", units))
    )
    matrices = (
        _Matrix("$X_t$", batch, features, INPUT, "batch × features", marked=True),
        _Matrix("$W_x$", features, units, GREY, "features × units"),
        _Matrix("$H_{t-1}$", batch, units, STATE, "batch × units", marked=True),
        _Matrix("$W_h$", units, units, GREY, "units × units"),
        _Matrix("$b$", 1, units, GREY, "one row"),
        _Matrix("$H_t$", batch, units, STATE, "batch × units", marked=True),
    )
    unit = min(0.24, 1.2 / max(batch, features, units))
    places = _product_places(matrices, unit)
    tallest = max(0.5, max(matrix.rows for matrix in matrices) * unit)
    figure, axes = make_canvas(places[-1][1] + 0.2, tallest + 1.75)
    _draw_product(axes, matrices, unit, places, tallest)
    return figure, _product_alt(batch, features, units)


def _product_alt(batch: int, features: int, units: int) -> str:
    return (
        f"One step as matrices: X_t ({batch} × {features}) times W_x ({features} × {units}), plus H_(t-1) ({batch} × "
        f"{units}) times W_h ({units} × {units}), plus the row b (1 × {units}, added to every row), through tanh, "
        f"gives H_t ({batch} × {units}). The row marked in X_t, H_(t-1) and H_t is one instance of the batch."
    )


# Pieces of the unrolled pictures


@dataclass(frozen=True)
class _Copy:
    """One copy of the cell in an unrolled network: what goes in, what comes out, what it looks like."""

    inputs: str
    output: str
    weights: str = ""
    state: str = ""  # name of the state that it hands on
    silent: bool = False  # its input is a zero
    ignored: bool = False  # nobody uses its output
    is_state: bool = False  # what goes up is its state, no output yet
    fed_back: bool = False  # its input is the output of the copy before
    group: str = ""  # "encoder" or "decoder"
    size: float = _CELL


_KIND_HEIGHT, _KIND_PITCH, _KIND_LEFT, _HAND_OVER = 3.3, 0.95, 0.98, 0.35
_CAPTIONS = {
    "sequence-to-sequence": "every input gives an output",
    "sequence-to-vector": "only the last output counts, the others are ignored",
    "vector-to-sequence": "one input, then zeros",
    "encoder-decoder": "read everything into one state, then write from it",
}


def _chain_of(kind: str, steps: int) -> list[_Copy]:
    """The copies of the cell that a kind of network consists of, in the order of time."""
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind).lower(), KINDS, n=1, cutoff=0.3)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(map(repr, KINDS))}.{hint}")
    chain = [_Copy(f"$x_{t}$", f"$y_{t}$") for t in range(steps)]
    if kind == "sequence-to-vector":
        chain = [replace(copy, ignored=t < steps - 1) for t, copy in enumerate(chain)]
    elif kind == "vector-to-sequence":
        chain = [replace(copy, inputs="0" if t else "$x$", silent=t > 0) for t, copy in enumerate(chain)]
    elif kind == "encoder-decoder":
        encoder = [replace(copy, output="", ignored=True, group="encoder") for copy in chain]
        encoder[-1] = replace(encoder[-1], state=f"$h_{steps - 1}$")
        chain = encoder + _decoder_of(max(2, steps - 1))
    return [replace(copy, size=0.58) for copy in chain]


def _decoder_of(steps: int) -> list[_Copy]:
    start = _Copy("<go>", "$y_0$", group="decoder")
    return [start] + [_Copy(f"$y_{t - 1}$", f"$y_{t}$", fed_back=True, group="decoder") for t in range(1, steps)]


def _kind_places(chain: Sequence[_Copy]) -> list[float]:
    """Where the copies stand; a wider gap between two groups shows that one hands its state over to the other."""
    places = [_KIND_LEFT]
    for before, copy in pairwise(chain):
        places.append(places[-1] + _KIND_PITCH + (_HAND_OVER if copy.group != before.group else 0.0))
    return places


def _kind_width(chain: Sequence[_Copy]) -> float:
    return _kind_places(chain)[-1] + 0.45


def _draw_kind(axes: Axes, kind: str, chain: Sequence[_Copy], left: float, bottom: float) -> None:
    """One kind of network with its name and a caption; the corner of the drawing is at (left, bottom)."""
    draw_text(axes, left + 0.2, bottom + 3.08, kind, size=11.5, side="left", weight="bold")
    draw_text(axes, left + 0.2, bottom + 2.82, _CAPTIONS[kind], side="left")
    places = [left + place for place in _kind_places(chain)]
    _draw_chain(axes, chain, places, bottom + 1.55, "0")
    for group in dict.fromkeys(copy.group for copy in chain if copy.group):
        inside = [x for x, copy in zip(places, chain, strict=True) if copy.group == group]
        draw_bracket(axes, inside[0] - 0.3, inside[-1] + 0.3, bottom + 0.33, group)


def _kind_alt(kind: str, chain: Sequence[_Copy]) -> str:
    steps = sum(copy.group != "decoder" for copy in chain)
    inputs = f"{steps} inputs x_0 to x_{steps - 1}" if steps > 1 else "the single input x_0"
    outputs = f"{steps} outputs, y_0 to y_{steps - 1}" if steps > 1 else "one output, y_0"
    ignored = "; the outputs before it, drawn dashed, are ignored" if steps > 1 else ""
    says = {
        "sequence-to-sequence": f"the cell reads {inputs} and every step gives an output.",
        "sequence-to-vector": f"the cell reads {inputs} and only the last output, y_{steps - 1}, counts{ignored}.",
        "vector-to-sequence": f"the only input x comes at step 0, any later inputs are 0; {outputs}.",
        "encoder-decoder": f"the encoder reads {inputs} and its outputs are ignored; it hands its last state to the "
        f"decoder, which starts with the input <go>, writes {len(chain) - steps} outputs and gets each of them as its "
        "next input.",
    }
    return f"{kind[0].upper()}{kind[1:]}: {says[kind]}"


def _draw_chain(axes: Axes, chain: Sequence[_Copy], places: Sequence[float], y: float, before: str) -> None:
    """Copies of the cell at the places from left to right, joined by the state; before names the first state."""
    half = chain[0].size / 2
    ends = [*places[1:], places[-1] + _CELL + 0.5]
    draw_arrow(axes, (places[0] - half - 0.36, y), (places[0] - half, y), colour=STATE)
    draw_text(axes, places[0] - half - 0.42, y, before, size=12, side="right")
    for number, (copy, x, end) in enumerate(zip(chain, places, ends, strict=True)):
        _draw_copy(axes, copy, x, y)
        if number + 1 < len(chain) or copy.state:
            draw_arrow(axes, (x + half, y), (end - half, y), colour=STATE)
            draw_text(axes, (x + end) / 2 - 0.03, y + 0.2, copy.state, size=12)
        if copy.fed_back:
            _draw_feedback(axes, places[number - 1], x, y)


def _draw_feedback(axes: Axes, source: float, target: float, y: float) -> None:
    """The output of the copy at source goes down between the two copies and is the input of the copy at target."""
    gap, top, bottom = (source + target) / 2 - 0.03, y + _REACH, y - _REACH
    start, end = (source + PILL[0] / 2, top), (target - PILL[0] / 2, bottom)
    draw_arrow(axes, start, (gap, top), (gap, bottom), end, colour=OUTPUT)


def _draw_copy(axes: Axes, copy: _Copy, x: float, y: float) -> None:
    """The cell around (x, y), its input below and its output above."""
    half, pill = copy.size / 2, _REACH - PILL[1] / 2
    colour, hatch = (SKY, "//") if copy.group == "encoder" else (STATE, "")
    draw_box(axes, x, y, copy.weights, colour, copy.size, copy.size, hatch=hatch, size=11.5)
    colour = GREY if copy.silent else OUTPUT if copy.fed_back else INPUT
    draw_pill(axes, x, y - _REACH, copy.inputs, colour)
    draw_arrow(axes, (x, y - pill), (x, y - half), colour=colour)
    colour = GREY if copy.ignored else STATE if copy.is_state else OUTPUT
    draw_pill(axes, x, y + _REACH, copy.output, colour, dashed=copy.ignored)
    draw_arrow(axes, (x, y + half), (x, y + pill), colour=colour, dashed=copy.ignored)


def _draw_looped_cell(axes: Axes, x: float, y: float) -> None:
    """The cell as it is before unrolling: one box, one loop."""
    _draw_copy(axes, _Copy("$x_t$", "$y_t$", _WEIGHTS), x, y)
    side, right = x + _CELL / 2, x + 0.78
    draw_arrow(axes, (side, y + 0.15), (right, y + 0.15), (right, y - 0.15), (side, y - 0.15), colour=STATE)
    draw_text(axes, right - 0.14, y + 0.34, "$h$", size=12)


def _draw_delayed_loop(axes: Axes, x: float, top: float, bottom: float, right: float) -> None:
    """The state leaves at (x, top), waits one step in a box at the right and comes back at (x, bottom)."""
    middle = (top + bottom) / 2
    draw_arrow(axes, (x, top), (right, top), (right, middle + 0.23), colour=STATE)
    draw_arrow(axes, (right, middle - 0.23), (right, bottom), (x, bottom), colour=STATE)
    draw_box(axes, right, middle, "one step later", STATE, 1.3, 0.46, size=NOTE)
    draw_text(axes, (x + right) / 2, top + 0.22, "state $h_t$", size=12)
    draw_text(axes, (x + right) / 2, bottom - 0.22, "$h_{t-1}$", size=12)


def _draw_time_axis(axes: Axes, left: float, right: float, y: float) -> None:
    draw_arrow(axes, (left, y), (right, y), colour=GREY, width=1.2)
    draw_text(axes, right + 0.07, y, "time", side="left")


def _expect_steps(steps: int, most: int) -> int:
    if expect_count("steps", steps) > most:
        raise ValueError(
            f"steps is {steps}, expected at most {most}: more copies of the cell would be too small to read."
        )
    return int(steps)


# The picture of the matrices


@dataclass(frozen=True)
class _Matrix:
    """A matrix as a rectangle: its name, its shape, and what its rows and columns are."""

    name: str
    rows: int
    columns: int
    colour: str
    axes_names: str
    marked: bool = False  # with one row, an instance, standing out


_SIGNS = (
    ("×", 0.24),
    ("+", 0.36),
    ("×", 0.24),
    ("+", 0.36),
    ("tanh", 1.05),
    ("", 0.0),
)  # after each matrix, and its room


def _product_places(matrices: Sequence[_Matrix], unit: float) -> list[tuple[float, float]]:
    """The left and the right end of the room of each matrix; its writing may need more room than the matrix."""
    places, left = [], 0.3
    for matrix, (_, gap) in zip(matrices, _SIGNS, strict=True):
        right = left + max(matrix.columns * unit, 1.16)
        places.append((left, right))
        left = right + gap
    return places


def _draw_product(
    axes: Axes, matrices: Sequence[_Matrix], unit: float, places: Sequence[tuple[float, float]], tallest: float
) -> None:
    """The matrices from left to right with the signs of the formula between them, and the shapes of the terms below."""
    bottom, y = 1.2, 1.2 + tallest / 2
    for matrix, (left, right), (sign, gap) in zip(matrices, places, _SIGNS, strict=True):
        x = (left + right) / 2
        _draw_matrix(axes, matrix, x, y, unit)
        draw_text(axes, x, bottom - 0.22, f"{matrix.rows} × {matrix.columns}", size=12, weight="bold")
        draw_text(axes, x, bottom - 0.46, matrix.axes_names, size=9.5)
        if sign == "tanh":
            draw_arrow(axes, (right + 0.25, y), (right + gap - 0.05, y), colour=GREY)
            draw_text(axes, right + gap / 2 + 0.1, y + 0.2, sign, size=12)
        else:
            draw_text(axes, right + gap / 2, y, sign, size=SYMBOL)
    for side, x in ((-1, places[0][0] - 0.02), (1, places[4][1] + 0.02)):
        bend = Path([(x, y - tallest / 2), (x + side * 0.25, y), (x, y + tallest / 2)], [1, 3, 3])
        axes.add_patch(PathPatch(bend, fill=False, edgecolor=GREY, linewidth=1.8))
    term = f"{matrices[-1].rows} × {matrices[-1].columns}"
    for first, last, text in ((0, 1, term), (2, 3, term), (4, 4, "for every row")):
        draw_bracket(axes, places[first][0] + 0.05, places[last][1] - 0.05, 0.42, text)


def _draw_matrix(axes: Axes, matrix: _Matrix, x: float, y: float, unit: float) -> None:
    """A rectangle around (x, y) with a line between any two rows and columns that are wide enough to be told apart."""
    width, height = max(matrix.columns * unit, 0.06), max(matrix.rows * unit, 0.06)
    left, bottom = x - width / 2, y - height / 2
    axes.add_patch(Rectangle((left, bottom), width, height, facecolor=TINTS[matrix.colour], edgecolor="none"))
    if matrix.marked:
        row = max(unit, 0.06)
        place = bottom + height - (2 if height >= 2 * row else 1) * row
        axes.add_patch(Rectangle((left, place), width, row, facecolor=matrix.colour, alpha=0.75, edgecolor="none"))
    if unit > 0.08:
        inside: dict[str, Any] = {"color": matrix.colour, "linewidth": 0.6}
        axes.hlines([bottom + row * unit for row in range(1, matrix.rows)], left, left + width, **inside)
        axes.vlines([left + column * unit for column in range(1, matrix.columns)], bottom, bottom + height, **inside)
    axes.add_patch(Rectangle((left, bottom), width, height, fill=False, edgecolor=matrix.colour, linewidth=1.8))
    draw_text(axes, x, bottom + height + 0.24, matrix.name, size=SYMBOL + 1)


# The paths of the gradient


@course_style()
def gradient_paths(steps: int = 5, outputs: Sequence[int] = (2, 3, 4)) -> tuple[Figure, str]:
    """An unrolled cell whose cost looks at some outputs: forward in thin arrows, the gradient's way back in orange-red.

    Args:
        steps: number of time steps, 1 to 6.
        outputs: the steps whose output is in the cost, whole numbers from 0 to steps - 1, at least one.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: steps or outputs is out of range.
    """
    steps = _expect_steps(steps, MOST_STEPS_OF_A_KIND)
    counted = sorted({expect_count("an output", t, least=0) for t in outputs})
    if not counted or counted[-1] >= steps:
        raise ValueError(f"outputs is {outputs!r}, expected at least one step from 0 to {steps - 1}.")
    left, pitch, y = 1.6, 1.3, 1.3
    figure, axes = make_canvas(max(left + (steps - 1) * pitch + 0.75, 5.4), 3.9)
    places = [left + t * pitch for t in range(steps)]
    chain = [_Copy(f"$x_{t}$", f"$y_{t}$", _WEIGHTS, ignored=t not in counted) for t in range(steps)]
    _draw_chain(axes, chain, places, y, "$h_{-1}=0$")
    cost = y + _REACH + 0.95
    middle = (places[counted[0]] + places[counted[-1]]) / 2
    draw_box(axes, middle, cost, "cost $C$", ERROR, places[counted[-1]] - places[counted[0]] + 1.1, 0.46)
    for t in counted:
        _draw_path_of_an_output(axes, places[t], y, cost - 0.23)
    for t in range(counted[-1]):
        draw_arrow(
            axes, (places[t + 1] - _CELL / 2, y - 0.22), (places[t] + _CELL / 2, y - 0.22), colour=ERROR, width=2.8
        )
    draw_text(axes, 0.15, 3.68, "thick orange-red: the way of the gradient, back through time", size=11.5, side="left")
    return figure, _gradient_paths_alt(steps, counted)


def _draw_path_of_an_output(axes: Axes, x: float, y: float, cost: float) -> None:
    """From the output at x up to the cost, and back down to the cell in orange-red."""
    aside, top, bottom = 0.14, y + _REACH + PILL[1] / 2, y + _REACH - PILL[1] / 2
    draw_arrow(axes, (x - aside, top), (x - aside, cost), colour=OUTPUT)
    draw_arrow(axes, (x + aside, cost), (x + aside, top), colour=ERROR, width=2.8)
    draw_arrow(axes, (x + aside, bottom), (x + aside, y + _CELL / 2), colour=ERROR, width=2.8)


def _gradient_paths_alt(steps: int, counted: Sequence[int]) -> str:
    names = [f"y_{t}" for t in counted]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    enters = "enters" if len(names) == 1 else "enter"
    back = f"and from copy {counted[-1]} back through every copy to copy 0" if counted[-1] else "which is copy 0"
    unreached = f" No gradient reaches the copies after copy {counted[-1]}." if counted[-1] < steps - 1 else ""
    copies = "1 copy" if steps == 1 else f"{steps} copies"
    return (
        f"A cell unrolled into {copies} with the same weights. Of the outputs only {listed} {enters} the cost C. "
        f"Orange-red arrows show the gradient: from the cost down through {listed} into the cell, {back}.{unreached}"
    )


# A digit that is read row by row


@course_style()
def row_reader(picture: np.ndarray, digit: int, units: int = 150, classes: int = 10) -> tuple[Figure, str]:
    """The network of chapter 6: each step reads one row of a picture, the last state goes into a dense layer.

    Args:
        picture: ink from 0 to 1, shape (rows, columns). At most six of the rows are drawn as steps, the last among
            them.
        digit: the class whose logit is drawn as the largest, a whole number from 0 to classes - 1.
        units: number of recurrent tanh neurons.
        classes: number of outputs of the dense layer, 1 to 10.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: the picture has not two axes or is empty, or a number is out of range.
    """
    picture = np.asarray(picture)
    if picture.ndim != 2 or picture.size == 0:
        raise ValueError(f"picture has shape {picture.shape}, expected (rows, columns).")
    if expect_count("classes", classes) > 10:
        raise ValueError(f"classes is {classes}, expected at most 10: more would be too small to read.")
    if expect_count("digit", digit, least=0) >= classes:
        raise ValueError(f"digit is {digit}, expected a whole number from 0 to {classes - 1}.")
    last = len(picture) - 1
    stride = max(1, math.ceil(last / 5))
    steps = [*(t for t in range(0, last, stride) if 2 * (last - t) >= stride), last]
    pitch, y, width = 1.12, 1.45, max(3.18 + 1.12 * len(steps), 6.4)
    figure, axes = make_canvas(width, 4.05)
    places = [width - 0.7 - pitch * (len(steps) - 1 - number) for number in range(len(steps))]
    _draw_rows(axes, picture, steps)
    _draw_reading_cells(axes, picture, steps, places, y, f"{expect_count('units', units)}\ntanh")
    _draw_read_out(axes, places[-1], y + 0.35, f"$h_{{{last}}}$", classes, digit)
    title = f"{last + 1} steps, one row each; only the last state goes up"
    draw_text(axes, 0.2, 3.8, title, size=11.5, side="left", weight="bold")
    return figure, _row_reader_alt(picture, digit, units, classes, steps)


def _draw_rows(axes: Axes, picture: np.ndarray, steps: Sequence[int]) -> None:
    """The picture at the left, and a mark at the rows that are drawn as steps."""
    side, left, top = 1.9, 0.2, 2.4
    _draw_pixels(axes, picture, left, top - side, side, side)
    for t in steps:
        row = top - (t + 0.5) / len(picture) * side
        axes.hlines(row, left + side + 0.03, left + side + 0.12, color=INPUT, linewidth=1.8)
        draw_text(axes, left + side + 0.17, row, str(t), size=9, side="left")
    draw_text(axes, left, top + 0.2, "row = time step", side="left")


def _draw_pixels(axes: Axes, pixels: np.ndarray, left: float, bottom: float, width: float, height: float) -> None:
    place = (left, left + width, bottom, bottom + height)
    axes.imshow(pixels, cmap="Greys", vmin=0, vmax=1, extent=place, aspect="auto", zorder=2)
    axes.add_patch(Rectangle((left, bottom), width, height, fill=False, edgecolor=INPUT, linewidth=1.8, zorder=3))


def _draw_reading_cells(
    axes: Axes, picture: np.ndarray, steps: Sequence[int], places: Sequence[float], y: float, name: str
) -> None:
    """A copy of the cell for each of the steps, its row of pixels below it; dots where copies are left out."""
    half, strip, foot = 0.35, (0.86, 0.15), y - 0.95
    for t, x in zip(steps, places, strict=True):
        draw_box(axes, x, y, name, STATE, 2 * half, 2 * half, size=11.5)
        _draw_pixels(axes, picture[t : t + 1], x - strip[0] / 2, foot - strip[1] / 2, *strip)
        draw_arrow(axes, (x, foot + strip[1] / 2), (x, y - half), colour=INPUT)
        draw_text(axes, x, foot - 0.25, f"row {t}")
    draw_arrow(axes, (places[0] - half - 0.36, y), (places[0] - half, y), colour=STATE)
    draw_text(axes, places[0] - half - 0.42, y, "0", size=12, side="right")
    for (t, x), (later, end) in pairwise(zip(steps, places, strict=True)):
        draw_arrow(axes, (x + half, y), (end - half, y), colour=STATE)
        draw_text(axes, (x + end) / 2, y + 0.16, "…" if later - t > 1 else "")


def _draw_read_out(axes: Axes, x: float, bottom: float, state: str, classes: int, digit: int) -> None:
    """From the last state at (x, bottom) up through the dense layer to the logits, of which one is the largest."""
    pitch, right, dense, top = 0.4, x + 0.35, bottom + 0.75, bottom + 1.5
    width = max(classes * pitch, 2.4)  # of the dense layer, with room for its name
    draw_arrow(axes, (x, bottom), (x, dense - 0.23), colour=OUTPUT)
    draw_text(axes, x - 0.1, bottom + 0.26, state, size=12, side="right")
    draw_box(axes, right - width / 2, dense, f"dense layer of {classes}:  $W_y$  $b_y$", GREY, width, 0.46, size=12)
    for number in range(classes):
        place = right - (classes - number - 0.5) * pitch
        colour = OUTPUT if number == digit else GREY
        draw_arrow(axes, (place, dense + 0.23), (place, top - 0.18), colour=colour)
        draw_box(axes, place, top, str(number), colour, 0.34, 0.36, size=12)
    draw_text(axes, right - classes * pitch - 0.12, top, f"logits;\nthe largest: {digit}", side="right")


def _row_reader_alt(picture: np.ndarray, digit: int, units: int, classes: int, steps: Sequence[int]) -> str:
    rows, columns = picture.shape
    listed = f"rows {', '.join(map(str, steps[:-1]))} and {steps[-1]}" if len(steps) > 1 else "row 0"
    return (
        f"Left, a handwritten {digit} of {rows} rows and {columns} columns. Right, a layer of {units} tanh neurons "
        f"unrolled in time reads one row at each step, from the top row to the last; of its {rows} copies the drawing "
        f"shows those for {listed}, each with its row of pixels below. Each copy hands its state to the next. Only the "
        f"last state, h_{steps[-1]}, goes up, into a dense layer of {classes} neurons, which gives a logit for each "
        f"class. The largest is that of {digit}."
    )


# The output projection


@course_style()
def output_projection(steps: int = 3) -> tuple[Figure, str]:
    """The same projection twice: inside the loop, one product at each step, and behind it, one for the stacked states.

    Args:
        steps: number of time steps, 1 to 4.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: steps is out of range.
    """
    steps = _expect_steps(steps, 4)
    left, pitch, y = 1.45, 1.1, 1.2
    panel = left + (steps - 1) * pitch + 1.1
    figure, axes = make_canvas(2 * panel, 4.4)
    for start, title in ((0, "at each step"), (panel, "on the stacked states")):
        places = [start + left + t * pitch for t in range(steps)]
        _draw_chain(
            axes,
            [_Copy(f"$x_{t}$", f"$h_{t}$", _WEIGHTS, is_state=True) for t in range(steps)],
            places,
            y,
            "$h_{-1}=0$",
        )
        _draw_projection(axes, places, y + _REACH, stacked=start > 0)
        draw_text(axes, start + 0.3, 4.2, title, size=12, side="left", weight="bold")
    return figure, (
        f"A cell unrolled into {steps} steps, drawn twice. Left, every state h_t goes through a projection box of its "
        f"own, W_y and b_y, and gives y_t. Right, the {steps} states enter one wide box: they are stacked and "
        "multiplied by W_y in a single product, whose rows are the y_t."
    )


def _draw_projection(axes: Axes, places: Sequence[float], states: float, *, stacked: bool) -> None:
    """From the states at the places up to the outputs, through one wide box or a box for each."""
    middle, top, half = states + 0.75, states + 1.5, PILL[1] / 2
    if stacked:
        centre = (places[0] + places[-1]) / 2
        draw_box(axes, centre, middle, "stacked  $W_y$  $b_y$", GREY, max(places[-1] - places[0] + 0.8, 1.7), 0.46)
    for t, x in enumerate(places):
        if not stacked:
            draw_box(axes, x, middle, "$W_y$  $b_y$", GREY, 0.85, 0.46)
        draw_arrow(axes, (x, states + half), (x, middle - 0.23), colour=STATE)
        draw_arrow(axes, (x, middle + 0.23), (x, top - half), colour=OUTPUT)
        draw_pill(axes, x, top, f"$y_{t}$", OUTPUT)


# Layers on top of one another

#: In which order the boxes of a stack can be computed; both give the same numbers.
ORDERS = ("step by step", "layer by layer")
MOST_LAYERS = 4


@course_style()
def stacked_cell(layers: int = 3, steps: int = 4, order: str = "", dropout: bool = False) -> tuple[Figure, str]:
    """A stack of layers unrolled in time: outputs go up to the next layer, states go right to the next step.

    Args:
        layers: number of layers, 1 to 4.
        steps: number of time steps, 1 to 6.
        order: one of ``ORDERS``: each box carries the number of its turn. Without it, the name of its state.
        dropout: whether to mark the arrows on which values are dropped: those that go up from a layer, thick, and those
            of the inputs, where it is a choice of its own, dashed.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: layers or steps is out of range, or order is unknown.
    """
    steps = _expect_steps(steps, MOST_STEPS_OF_A_KIND)
    if expect_count("layers", layers) > MOST_LAYERS:
        raise ValueError(f"layers is {layers}, expected at most {MOST_LAYERS}: more would be too small to read.")
    if order not in ("", *ORDERS):
        raise ValueError(f"order is {order!r}, expected one of {', '.join(map(repr, ORDERS))}, or '' for none.")
    left, pitch, floor, storey = 1.85, 1.15, 0.95, 1.0
    figure, axes = make_canvas(max(left + (steps - 1) * pitch + 0.65, 4.4), floor + (layers - 1) * storey + 1.5)
    places = [left + t * pitch for t in range(steps)]
    heights = [floor + 0.15 + layer * storey for layer in range(layers)]
    for layer, y in enumerate(heights):
        names = [_box_name(layer, t, layers, steps, order) for t in range(steps)]
        _draw_storey(axes, f"layer {layer + 1}", names, places, y)
    for t, x in enumerate(places):
        _draw_column(axes, t, x, heights, dropout)
    title = "thick: here values are dropped; dashed: here perhaps" if dropout else order and f"computed {order}"
    draw_text(axes, 0.15, heights[-1] + 1.17, title or "up: outputs, to the right: states", size=11.5, side="left")
    return figure, _stacked_alt(layers, steps, order, dropout)


def _box_name(layer: int, t: int, layers: int, steps: int, order: str) -> str:
    """What stands in a box: the number of its turn, or the name of its state."""
    if not order:
        return f"$h^{layer + 1}_{t}$"
    return str(1 + (t * layers + layer if order == ORDERS[0] else layer * steps + t))


def _draw_storey(axes: Axes, name: str, names: Sequence[str], places: Sequence[float], y: float) -> None:
    """One layer: its boxes, and its states going to the right."""
    half = _STOREY_BOX[0] / 2
    draw_text(axes, 0.15, y, name, side="left", weight="bold")
    draw_text(axes, places[0] - half - 0.42, y, "0", size=12, side="right")
    for start, end in zip([places[0] - 0.72, *places], places, strict=False):
        draw_arrow(axes, (start + half if start in places else start, y), (end - half, y), colour=STATE)
    for text, x in zip(names, places, strict=True):
        draw_box(axes, x, y, text, STATE, *_STOREY_BOX)


def _draw_column(axes: Axes, t: int, x: float, heights: Sequence[float], dropout: bool) -> None:
    """One step: its input below, its way up through the layers, its output above."""
    half, pill = _STOREY_BOX[1] / 2, PILL[1] / 2
    bottom, top = heights[0] - 0.8, heights[-1] + 0.78
    draw_pill(axes, x, bottom, f"$x_{t}$", INPUT)
    draw_arrow(axes, (x, bottom + pill), (x, heights[0] - half), colour=ERROR if dropout else INPUT, dashed=dropout)
    for y, end in zip(heights, [*(above - half for above in heights[1:]), top - pill], strict=True):
        draw_arrow(axes, (x, y + half), (x, end), colour=ERROR if dropout else OUTPUT, width=2.8 if dropout else 1.8)
    draw_pill(axes, x, top, f"$y_{t}$", OUTPUT)


_STOREY_BOX = (0.66, 0.5)


_DROPPED = (
    " The arrows that go up from a layer are thick and red: there values are dropped while training. Those of the "
    "inputs are dashed and red: there values may be dropped, too."
)


def _stacked_alt(layers: int, steps: int, order: str, dropout: bool) -> str:
    floors = "1 layer" if layers == 1 else f"{layers} layers on top of one another"
    times = "1 step" if steps == 1 else f"{steps} steps"
    inside = "its state h"
    if order:
        way = "column by column, from the bottom up" if order == ORDERS[0] else "row by row, the lowest layer first"
        inside = f"the number of its turn: they are computed {order}, {way}"
    marked = _DROPPED if dropout else ""
    return (
        f"A stack of {floors}, unrolled into {times}: a box for each layer and each step, and in it {inside}. The "
        "inputs x_t enter the lowest layer from below, the output of a layer goes up into the next one, the outputs "
        f"y_t leave the top layer. The state of each layer goes to the right, to the same layer's next step.{marked}"
    )
