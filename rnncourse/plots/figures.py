"""One look for every figure, and one way to show it: with alt text, readable on light and dark pages.

Colours are those of Okabe and Ito (2008), which readers with the common kinds of colour blindness can tell apart.
Figures have a paper-white ground of their own, so that a dark page does not swallow their black text.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from types import MappingProxyType
from typing import Any, Literal, overload

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from PIL import Image

from rnncourse.display import show_output
from rnncourse.sound import held_notes

BLACK, GREY, LIGHT = "#222222", "#717171", "#E8E8E4"
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
PAPER = "#FCFCFA"
#: What a colour means in every figure of the course.
ROLE_COLOURS = MappingProxyType({"input": BLUE, "state": ORANGE, "output": GREEN, "error": RED})
PIXELS_PER_INCH = 96
_SHARPNESS = 2  # image pixels a screen pixel, for dense screens

STYLE: dict[Any, Any] = {  # matplotlib's own type of the keys is a list of all its settings
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.edgecolor": GREY,
    "axes.labelcolor": BLACK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY]),
    "grid.color": LIGHT,
    "lines.linewidth": 2.0,
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "legend.frameon": False,
    "text.color": BLACK,
    "xtick.color": BLACK,
    "ytick.color": BLACK,
}


@contextmanager
def course_style() -> Iterator[None]:
    """The look of the course for what is drawn inside the ``with``; the learner's own settings are left alone.

    As ``@course_style()`` above a function it does the same for all that the function draws. matplotlib reads some
    settings (where a title stands, what a legend looks like) only when the title or the legend is made.
    """
    with mpl.rc_context(STYLE):
        yield


@overload
def new_figure(
    width: float = ..., height: float = ..., columns: Literal[1] = ..., **options: Any
) -> tuple[Figure, Axes]: ...
@overload
def new_figure(
    width: float = ..., height: float = ..., columns: int = ..., rows: int = ..., **options: Any
) -> tuple[Figure, np.ndarray]: ...
def new_figure(
    width: float = 7.0, height: float = 3.2, columns: int = 1, rows: int = 1, **options: Any
) -> tuple[Figure, Axes | np.ndarray]:
    """A figure in the look of the course.

    Made without pyplot: nothing is drawn twice by the notebook, and nothing stays open.

    Args:
        width, height: size in inches; a notebook column is about 7 wide.
        columns, rows: number of axes side by side, and one below the other.
        options: passed on to ``Figure.subplots``.

    Returns:
        The figure and its axes (one, or an array of them, by rows where there are several rows and columns).
    """
    with course_style():
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, **options)
    return figure, axes


def img_tag(figure: Figure, alt: str) -> str:
    """The figure as an HTML ``<img>`` with its alt text inside; what ``show`` and the sliders put on the page."""
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows, for a reader who cannot see it.")
    data = base64.b64encode(_png(figure)).decode("ascii")
    width = round(figure.get_figwidth() * PIXELS_PER_INCH)
    return (
        f'<img alt="{html.escape(alt, quote=True)}" width="{width}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{data}">'
    )


def _png(figure: Figure) -> bytes:
    """The figure as a PNG of at most 256 colours: a third of the size, so that notebooks stay small."""
    full, small = io.BytesIO(), io.BytesIO()
    with course_style():
        figure.savefig(full, format="png", dpi=PIXELS_PER_INCH * _SHARPNESS, facecolor=PAPER)
    with Image.open(full) as image:
        image.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT).save(small, format="png", optimize=True)
    return small.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Show a figure in the notebook with its alt text; elsewhere, print the alt text and how to save the figure.

    JupyterLab gives an image output the alt text "Image" whatever its metadata say, so the image travels as HTML. The
    plain-text form of the output is the alt text itself.

    Args:
        figure: a matplotlib figure.
        alt: what a reader who cannot see the figure should know of it.

    Raises:
        ValueError: alt is empty.
    """
    plain = f"Figure: {alt}"
    advice = 'There is no notebook here to show it in: figure.savefig("figure.png") saves it as a picture.'
    show_output({"text/html": img_tag(figure, alt), "text/plain": plain}, elsewhere=f"{plain}\n{advice}")


@course_style()
def label(axes: Axes, title: str, x: str, y: str) -> Axes:
    """Give axes their title and the names (with units) of what they measure."""
    axes.set_title(title, fontsize=STYLE["axes.titlesize"], fontweight="bold", loc="left")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return axes


@course_style()
def plot_lines(
    x: Sequence[float], lines: dict[str, Sequence[float]], title: str, x_name: str, y_name: str, **options: Any
) -> Figure:
    """Several lines over one axis, each with its own colour and marker, and a legend.

    Args:
        x: the common horizontal values, length n.
        lines: name -> n values.
        title, x_name, y_name: what the figure says and what its axes measure.
        options: size, passed on to ``new_figure``.
    """
    figure, axes = new_figure(**options)
    for (name, values), marker in zip(lines.items(), cycle("os^Dv*P"), strict=False):
        axes.plot(x, values, marker=marker, markersize=5, label=name)
    label(axes, title, x_name, y_name)
    if len(lines) > 1:
        axes.legend()
    return figure


@course_style()
def plot_matrices(
    matrices: dict[str, np.ndarray], x_name: str, y_name: str, limit: float = 1.0, decimals: int = 2, **options: Any
) -> Figure:
    """Matrices side by side, each element a coloured square with its number inside.

    Args:
        matrices: title -> matrix.
        x_name, y_name: what columns and rows are.
        limit: the colours go from -limit (purple) over 0 (white) to limit (orange).
        decimals: how many to write; 0 for whole numbers.
        options: size, passed on to ``new_figure``.
    """
    figure, all_axes = new_figure(columns=len(matrices), **options)
    for axes, (title, matrix) in zip(np.atleast_1d(all_axes), matrices.items(), strict=True):
        # The ends of the colour map are so dark that no number could be read on them: stop half-way.
        image = axes.imshow(matrix, cmap="PuOr_r", vmin=-1.9 * limit, vmax=1.9 * limit, aspect="auto")
        for (row, column), value in np.ndenumerate(matrix):
            red, green, blue, _ = image.cmap(image.norm(value))
            ink = BLACK if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else PAPER
            text = f"{value:z.{decimals}f}"  # z: a number that rounds to nothing has no sign
            axes.text(column, row, text, ha="center", va="center", fontsize=9.5, color=ink)
        axes.set_xticks(range(matrix.shape[1]))
        axes.set_yticks(range(matrix.shape[0]))
        axes.grid(False)
        _draw_borders(axes, *matrix.shape)
        label(axes, title, x_name, y_name)
    return figure


def _draw_borders(axes: Axes, rows: int, columns: int) -> None:
    """A line between each two squares: neighbours of one colour, such as many zeros, are still told apart."""
    axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=GREY, linewidth=0.6)
    axes.tick_params(which="minor", length=0)


#: What marks the beginning of a note of each part, so that parts differ by more than their colours.
_ONSETS = "osD^v*"


@course_style()
def plot_piano_roll(
    chorale: np.ndarray, title: str, parts: Sequence[str], given: int | None = None, **options: Any
) -> Figure:
    """Notes over time: each part in its own colour, high notes above, a bar as long as the note is held.

    Each note begins with the mark of its part. Where two parts sing the same note, their bars lie side by side.

    Args:
        chorale: MIDI numbers, 0 for a rest, shape (time, parts).
        title: what the figure shows.
        parts: names of the parts.
        given: after how many steps a line says that what was given ends there.
        options: size, passed on to ``new_figure``.
    """
    figure, axes = new_figure(**options)
    for part, (name, mark) in enumerate(zip(parts, _ONSETS, strict=False)):
        notes = [(first, steps, note) for of, first, steps, note in held_notes(chorale) if of == part]
        first, steps, note = np.array(notes).reshape(-1, 3).T
        height = note + 0.25 * ((len(parts) - 1) / 2 - part)
        axes.hlines(height, first, first + steps, f"C{part}", linewidth=2.5)
        axes.plot(first + 0.2, height, mark, color=f"C{part}", markersize=4, label=name)
    if given is not None:
        axes.axvline(given, color=BLACK, linewidth=1.2, linestyle="--", label="what was given ends here")
    octaves = range(36, 85, 12)  # the Cs
    axes.set_yticks(octaves, [f"C{note // 12 - 1}" for note in octaves])
    label(axes, title, "time (eighth notes)", "note")
    figure.legend(ncols=len(parts) + (given is not None), loc="outside lower center")
    return figure


@course_style()
def plot_text(text: str, values: Sequence[float], title: str, columns: int = 80, **options: Any) -> Figure:
    """A text whose letters stand on coloured ground: orange where a value is above 0, purple where it is below.

    A bar under each letter, up or down, says the same without colour.

    Args:
        text: what was read.
        values: one per character, from -1 to 1.
        title: what the values are.
        columns: characters per line; a longer line goes on below.
        options: size, passed on to ``new_figure``.

    Raises:
        ValueError: there is not one value per character.
    """
    if len(text) != len(values):
        raise ValueError(f"text has {len(text)} characters and values has {len(values)} entries, expected one each.")
    rows = _text_rows(text, columns)
    height = max(row for row, _ in rows) + 1
    figure, axes = new_figure(**{"width": 10.0, "height": 0.6 + 0.3 * height, **options})
    ground = np.full((height, columns), np.nan)
    for (row, column), letter, value in zip(rows, text, values, strict=True):
        ground[row, column] = value
        axes.text(column, row - 0.12, letter.strip(), ha="center", va="center", family="DejaVu Sans Mono", fontsize=9)
        axes.plot([column, column], [row + 0.32, row + 0.32 - 0.16 * value], color=BLACK, linewidth=1.6)
    axes.imshow(ground, cmap="PuOr_r", vmin=-1.9, vmax=1.9, aspect="auto")
    axes.set(title=title, xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return figure


def _text_rows(text: str, columns: int) -> list[tuple[int, int]]:
    """(line, column) of each character: lines end at line ends, and where they are full."""
    places, row, column = [], 0, 0
    for letter in text:
        if column == columns:
            row, column = row + 1, 0
        places.append((row, column))
        row, column = (row + 1, 0) if letter == "\n" else (row, column + 1)
    return places
