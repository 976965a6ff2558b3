"""Keras layers of the course: Keras's own with our weights inside, and later what Keras 3 lacks."""

from __future__ import annotations

import keras
import numpy as np

from rnncourse.shapes import expect_shapes


def simple_rnn_layer(
    kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, **options
) -> keras.layers.SimpleRNN:
    """``keras.layers.SimpleRNN`` that computes h_t = tanh(x_t W_x + h_(t-1) W_h + b) with the weights given.

    Args:
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).
        options: passed on to the layer; by default it returns the output of every step.

    Returns:
        A built layer, (batch, time, features) -> (batch, time, units).

    Raises:
        ValueError: the shapes do not fit each other.
    """
    kernel, recurrent_kernel, bias = expect_shapes(
        kernel=(kernel, "features units"), recurrent_kernel=(recurrent_kernel, "units units"), bias=(bias, "units")
    )
    features, units = kernel.shape
    layer = keras.layers.SimpleRNN(units, **{"return_sequences": True} | options)
    layer.build((None, None, features))
    layer.set_weights([kernel, recurrent_kernel, bias])
    return layer
