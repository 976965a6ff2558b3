"""A square to draw a digit in: what a reader of rows believes of it after each row, computed in the browser.

The weights travel in the page, so it works without a kernel, in an exported page too. Where no script runs (a notebook
that is not trusted, a page on GitHub) a still picture stands in its place.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse.display import show_output
from rnncourse.plots.figures import img_tag
from rnncourse.plots.reading import plot_belief
from rnncourse.shapes import expect_shapes

if TYPE_CHECKING:
    import keras

_PAGE = Path(__file__).with_suffix(".html")
_SIDE, _DIGITS = 28, 10


def digit_pad(reader: keras.Model, examples: np.ndarray, labels: np.ndarray) -> None:
    """Show the square, with buttons to clear it and to see examples.

    Args:
        reader: a plain recurrent layer (tanh) and a dense one on its states: 28 rows of 28 pixels -> logits (28, 10)
            or, of its last state, (10,).
        examples: pictures for the second button, the ink of each pixel from 0 to 1, shape (examples, 28, 28). The first
            is in the still picture.
        labels: which digits they are, shape (examples,).

    Raises:
        ValueError: the reader has other weights, or a shape does not fit.
    """
    examples, labels = expect_shapes(examples=(examples, "examples 28 28"), labels=(labels, "examples"))
    weights = _five_arrays(reader)
    figure, alt = plot_belief(examples[0], belief_of_rows(weights, examples[0]), _SIDE - 1, int(labels[0]))
    parts = {
        "@WEIGHTS@": _url(_packed(weights)),
        "@EXAMPLES@": _url(np.rint(255 * examples).astype(np.uint8).tobytes()),
        "@STILL@": img_tag(figure, alt),
    }
    page = _PAGE.read_text(encoding="utf-8")
    for mark, text in parts.items():
        page = page.replace(mark, text)
    plain = f"Figure: {alt}"
    show_output({"text/html": page, "text/plain": f"{plain} (draw a digit of your own in JupyterLab)"}, elsewhere=plain)


def belief_of_rows(weights: list[np.ndarray], picture: np.ndarray) -> np.ndarray:
    """softmax(h_t W_y + b_y) after each row t, with h_t = tanh(x_t W_x + h_(t-1) W_h + b).

    Args:
        weights: W_x, W_h, b, W_y, b_y.
        picture: shape (rows, columns); a row is an input.

    Returns:
        The probability of each class after each row, shape (rows, classes).
    """
    kernel, recurrent_kernel, bias, output_kernel, output_bias = weights
    state, logits = np.zeros(len(bias)), []
    for row in picture:
        state = np.tanh(row @ kernel + state @ recurrent_kernel + bias)
        logits.append(state @ output_kernel + output_bias)
    powers = np.exp(np.array(logits) - np.max(logits, axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _five_arrays(reader: Any) -> list[np.ndarray]:
    weights = [np.asarray(weight, dtype=float) for weight in reader.get_weights()]
    units = weights[0].shape[-1] if weights else 0
    wanted = [(_SIDE, units), (units, units), (units,), (units, _DIGITS), (_DIGITS,)]
    got = [weight.shape for weight in weights]
    if got != wanted:
        raise ValueError(
            f"reader has weights of shapes {got}, expected those of SimpleRNN(units) and Dense(10) on rows of 28 "
            "pixels: (28, units), (units, units), (units,), (units, 10), (10,)."
        )
    return weights


def _packed(weights: list[np.ndarray]) -> bytes:
    """The number of units, then each array as its largest size and shares of it in 16 bits: a third of the text."""
    packed = np.uint16(weights[1].shape[0]).astype("<u2").tobytes()
    for weight in weights:
        largest = np.float32(np.abs(weight).max() or 1)
        packed += largest.astype("<f4").tobytes() + np.rint(32767 * weight / largest).astype("<i2").tobytes()
    return packed


def _url(data: bytes) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(data).decode('ascii')}"
