"""The pens of all drawings: an empty canvas, boxes, pills, arrows, brackets, texts.

One unit of a drawing is one inch. Blue is an input, orange the state, green an output.
"""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from rnncourse.plots.figures import BLACK, GREY, ROLE_COLOURS, SKY, new_figure

INPUT, STATE, OUTPUT = (ROLE_COLOURS[role] for role in ("input", "state", "output"))
ERROR = ROLE_COLOURS["error"]
TINTS = {INPUT: "#DDEBF5", STATE: "#FCEFD2", OUTPUT: "#D6EFE6", ERROR: "#FBE4D5", SKY: "#E3F2FB", GREY: "#F1F1EE"}
#: Sizes of letters, in points.
SYMBOL, NOTE = 13, 10.5
#: Width and height of an input or an output, in inches.
PILL = (0.5, 0.36)


def make_canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure whose axes fill it and count in inches from the lower left corner."""
    figure, axes = new_figure(width, height)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def draw_box(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    colour: str,
    width: float,
    height: float,
    *,
    size: float = SYMBOL,
    dashed: bool = False,
    hatch: str = "",
) -> None:
    """A box with round corners and a text in it, around (x, y)."""
    corner = min(0.12, height / 2)
    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle=f"round,pad=0,rounding_size={corner}",
        facecolor=TINTS[colour],
        edgecolor=colour,
        linewidth=1.2 if dashed else 1.8,
        linestyle="--" if dashed else "-",
        hatch=hatch,
        zorder=3,
    )
    axes.add_patch(patch)
    draw_text(axes, x, y, text, size=size)


def draw_pill(axes: Axes, x: float, y: float, text: str, colour: str, *, dashed: bool = False) -> None:
    """An input or an output: a small box around (x, y)."""
    draw_box(axes, x, y, text, colour, *PILL, dashed=dashed, size=NOTE if text.startswith("<") else SYMBOL)


def draw_arrow(
    axes: Axes, *points: tuple[float, float], colour: str, dashed: bool = False, width: float = 1.8, corner: float = 0.1
) -> None:
    """An arrow along the points, its corners rounded; the head is at the last point."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        vertices += [_towards(point, before, corner), point, _towards(point, after, corner)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    patch = FancyArrowPatch(
        path=Path([*vertices, points[-1]], [*codes, Path.LINETO]),
        arrowstyle="-|>",
        mutation_scale=11 + width,
        color=colour,
        linewidth=1.2 if dashed else width,
        linestyle="--" if dashed else "-",
        joinstyle="miter",
        zorder=2,
    )
    axes.add_patch(patch)


def draw_bracket(axes: Axes, left: float, right: float, y: float, text: str) -> None:
    """A bracket under what stands between left and right, with a text below that says what it is."""
    bracket = Path([(left, y + 0.08), (left, y), (right, y), (right, y + 0.08)])
    axes.add_patch(PathPatch(bracket, fill=False, edgecolor=GREY, linewidth=1.2))
    draw_text(axes, (left + right) / 2, y - 0.17, text)


def _towards(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    """The point at a distance from start on the way to end."""
    share = distance / math.dist(start, end)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def draw_text(
    axes: Axes, x: float, y: float, text: str, *, size: float = NOTE, side: str = "center", weight: str = "normal"
) -> None:
    """A text at (x, y); side is the end of the text that is put there. No text, no artist."""
    if text:
        axes.text(
            x, y, text, fontsize=size, ha=side, va="center", color=BLACK, weight=weight, linespacing=1.35, zorder=4
        )
