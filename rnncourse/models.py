"""The networks of the chapters, as plain functions that return a ``keras.Model``."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from rnncourse.shapes import expect_count, expect_layers


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


PROJECTIONS = ("none", "each step", "stacked")


def forecaster(
    units: int = 100, projection: str = "stacked", time_steps: int | None = 20, features: int = 1
) -> keras.Model:
    """h_t = max(0, x_t W_x + h_(t-1) W_h + b); forecast of x_(t+1) = h_t W_y + b_y, at every step.

    The three kinds differ in who makes ``features`` numbers out of the state. "each step" and "stacked" have the same
    weights in the same order, so ``one.set_weights(other.get_weights())`` copies them.

    Args:
        units: number of recurrent neurons; they are rectified (ReLU).
        projection: "none": nobody, the outputs are the states of all units; "each step": an ``OutputProjectionCell``
            inside the loop over time; "stacked": one dense layer on all the states at once, after the loop.
        time_steps: number of steps of a window; the loop is unrolled. None: any number, and a loop.
        features: number of series that are read and forecast at the same time.

    Returns:
        A model (batch, time, features) -> (batch, time, features), or (batch, time, units) with projection "none".

    Raises:
        ValueError: an argument is out of range.
    """
    from rnncourse.layers import OutputProjectionCell

    units, features = expect_count("units", units), expect_count("features", features)
    if projection not in PROJECTIONS:
        raise ValueError(f"projection is {projection!r}, expected one of {', '.join(map(repr, PROJECTIONS))}.")
    steps = None if time_steps is None else expect_count("time_steps", time_steps)
    window = keras.Input(shape=(steps, features), name="window")
    cell = keras.layers.SimpleRNNCell(units, activation="relu")
    if projection == "each step":
        cell = OutputProjectionCell(cell, features)
    outputs = keras.layers.RNN(cell, return_sequences=True, unroll=steps is not None, name="reader")(window)
    if projection == "stacked":
        outputs = keras.layers.Dense(features, name="projection")(outputs)
    return keras.Model(window, outputs, name="forecaster")


def deep_classifier(
    units: Sequence[int] = (100, 100, 100), *, dropout: float = 0.0, input_dropout: float = 0.0, unroll: bool = True
) -> keras.Model:
    """h^l_t = tanh(h^(l-1)_t W_x^l + h^l_(t-1) W_h^l + b^l) over the 28 rows of a digit; logits = h^top_27 W_y + b_y.

    While the model trains, a share of what each layer hands up is dropped, by one mask for all the steps of a digit
    (Keras's way). What a layer hands on to its own next step is never dropped.

    Args:
        units: number of neurons of each layer, the bottom one first.
        dropout: the share that is dropped between two layers, and between the top layer and the logits.
        input_dropout: the share of the pixel columns that is dropped.
        unroll: whether the loop over the rows is unrolled: quicker steps, but more time to build the graph.

    Returns:
        A model (batch, 28, 28) -> (batch, 10). What comes out are logits. The layers are named "layer_1", "layer_2", …

    Raises:
        ValueError: there is no layer, or a size or a share is out of range.
    """
    for name, share in (("dropout", dropout), ("input_dropout", input_dropout)):
        if not 0 <= share < 1:
            raise ValueError(f"{name} is {share!r}, expected a share from 0 up to, but not including, 1.")
    units = expect_layers("units", units)
    rows = states = keras.Input(shape=(28, 28), name="rows")
    for number, width in enumerate(units, start=1):
        states = keras.layers.SimpleRNN(
            width,
            return_sequences=number < len(units),  # the next layer reads every step, the logits only the last
            dropout=dropout if number > 1 else input_dropout,
            unroll=unroll,
            name=f"layer_{number}",
        )(states)
    if dropout:
        states = keras.layers.Dropout(dropout, name="dropout")(states)
    return keras.Model(rows, keras.layers.Dense(10, name="digit")(states), name="deep_classifier")


def token_model(tokens: int, units: int = 128, embedding: int = 32) -> keras.Model:
    """e_t = row k_t of a table, h_t = GRU(e_t, h_(t-1)), logits_t = h_t W_y + b_y for the next token, at every step.

    The table gives each token a vector of its own (chapter 13); the GRU is a cell that remembers longer (chapter 12).

    Args:
        tokens: how many different tokens there are.
        units: neurons of the recurrent layer.
        embedding: length of a token's vector.

    Returns:
        A model (batch, time) of whole numbers -> (batch, time, tokens), for any number of steps. Its layers are called
        "embedding", "reader" and "next".

    Raises:
        ValueError: an argument is not a whole number of at least 1.
    """
    tokens, units = expect_count("tokens", tokens), expect_count("units", units)
    stream = keras.Input(shape=(None,), dtype="int32", name="tokens")
    vectors = keras.layers.Embedding(tokens, expect_count("embedding", embedding), name="embedding")(stream)
    states = keras.layers.GRU(units, return_sequences=True, name="reader")(vectors)
    return keras.Model(stream, keras.layers.Dense(tokens, name="next")(states), name="token_model")
