"""The networks of the chapters, as plain functions that return a ``keras.Model``."""

from __future__ import annotations

import keras

from rnncourse.shapes import expect_count


def mnist_classifier(units: int = 150) -> keras.Model:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b) over the 28 rows of a digit; logits = h_27 W_y + b_y.

    Args:
        units: number of recurrent neurons.

    Returns:
        A model (batch, 28, 28) -> (batch, 10). What comes out are logits: no softmax inside. The loop over the 28 rows
        is unrolled, which halves the time of a training step.

    Raises:
        ValueError: units is not a whole number of at least 1.
    """
    rows = keras.Input(shape=(28, 28), name="rows")
    state = keras.layers.SimpleRNN(expect_count("units", units), unroll=True, name="reader")(rows)
    logits = keras.layers.Dense(10, name="digit")(state)
    return keras.Model(rows, logits, name="mnist_classifier")
