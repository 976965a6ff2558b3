"""Pictures of a network that reads digits row by row: what it believes after each row, and digits side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from rnncourse.plots.figures import GREY, RED, course_style, label, new_figure
from rnncourse.shapes import expect_shapes

_CLASSES = range(10)


@course_style()
def plot_belief(picture: np.ndarray, belief: np.ndarray, row: int, digit: int) -> tuple[Figure, str]:
    """The rows that are read so far, and beside them the probability of each digit after every row.

    Args:
        picture: the ink of each pixel, 0 to 1, shape (rows, columns).
        belief: the probability of each digit after each row, shape (rows, 10).
        row: the last row that has been read; the rows below it are pale.
        digit: which digit it is.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: a shape does not fit, or there is no such row.
    """
    picture, belief = expect_shapes(picture=(picture, "rows columns"), belief=(belief, "rows 10"))
    if not 0 <= row < len(picture):
        raise ValueError(f"row is {row!r}, expected 0 to {len(picture) - 1}.")
    figure, (left, right) = new_figure(8, 3.1, columns=2, width_ratios=(1, 1.9))
    unread = np.arange(len(picture))[:, None] > row
    left.imshow(np.where(unread, 0.15 * picture, picture), cmap="Greys", vmin=0, vmax=1)
    left.axhline(row + 0.5, color=RED)
    image = right.imshow(belief.T, cmap="Blues", vmin=0, vmax=1, aspect="auto", origin="upper")
    right.axvline(row + 0.5, color=RED)
    right.set_yticks(_CLASSES)
    for axes in (left, right):
        axes.grid(False)
    figure.colorbar(image, ax=right, label="probability")
    label(left, f"A {digit}, read up to row {row}", "column (pixel)", "row (pixel) = time step")
    leader = int(np.argmax(belief[row]))
    said = f"After row {row}: {leader} with {100 * belief[row, leader]:.0f} %"
    label(right, said, "rows read (time step)", "digit")
    alt = (
        f"Left, a handwritten {digit}, rows 0 to {row} dark and the others pale. Right, a heat map: the probability of "
    )
    return figure, f"{alt}each of the ten digits after every row, darker where it is larger."


@course_style()
def plot_digits(pictures: np.ndarray, titles: Sequence[str], columns: int = 8) -> Figure:
    """Pictures of digits side by side, each with a line above it; up to four in a line have their rows numbered.

    Args:
        pictures: the ink of each pixel, 0 to 1, shape (digits, rows, columns).
        titles: a line for each.
        columns: how many stand in a line.

    Raises:
        ValueError: there is no picture, or not one title for each.
    """
    (pictures,) = expect_shapes(pictures=(pictures, "digits rows columns"))
    if not len(pictures) or len(pictures) != len(titles):
        raise ValueError(f"There are {len(pictures)} pictures and {len(titles)} titles, expected one title for each.")
    lines = math.ceil(len(pictures) / columns)
    figure, _ = new_figure(8, lines * (8 / columns + 0.25))
    figure.clear()
    places = np.ravel(figure.subplots(lines, columns, squeeze=False))
    for axes in places[len(pictures) :]:
        axes.axis("off")
    for axes, picture, title in zip(places, pictures, titles, strict=False):
        axes.imshow(picture, cmap="Greys", vmin=0, vmax=1)
        axes.set_title(title, fontsize=10, loc="center")
        axes.set_yticks(range(0, len(picture), 7) if columns <= 4 else [])
        axes.set_xticks([])
        axes.grid(color=GREY, alpha=0.35, linewidth=0.6)
    return figure
