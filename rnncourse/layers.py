"""Keras layers of the course: Keras's own with our weights inside, and what Keras 3 lacks."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

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


@keras.saving.register_keras_serializable(package="rnncourse")
class PeepholeLSTMCell(keras.layers.LSTMCell):
    """c_t = f c_(t-1) + i g, h_t = o tanh(c_t), where i and f also see c_(t-1), and o also sees the new c_t.

    Keras 3 has no LSTM with peepholes; ``keras.layers.RNN(PeepholeLSTMCell(units))`` is one. The arithmetic is that of
    ``rnncourse.peephole_lstm_step``.

    Args:
        units: number of neurons.
        peephole_initializer: how the peepholes start; zeros make it an ordinary LSTM until training moves them.
        options: those of ``keras.layers.LSTMCell``, but for the two dropouts: put a Dropout layer in front instead.

    Attributes:
        peepholes: weights p_i, p_f and p_o, one a row, shape (3, units); the last of the cell's weights.

    Raises:
        ValueError: a dropout is asked for.

    Source: F. Gers and J. Schmidhuber, "Recurrent nets that time and count" (2000).
    """

    def __init__(self, units: int, peephole_initializer: Any = "glorot_uniform", **options: Any):
        for name in ("dropout", "recurrent_dropout"):
            if options.get(name):
                raise ValueError(f"{name} is {options[name]}, expected 0: put a keras.layers.Dropout before the layer.")
        super().__init__(units, **options)
        self.peephole_initializer = keras.initializers.get(peephole_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of the LSTM, and the peepholes."""
        super().build(input_shape)
        self.peepholes = self.add_weight(shape=(3, self.units), initializer=self.peephole_initializer, name="peepholes")

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """One step: (batch, features), [h, c] of shape (batch, units) each -> (h, [h, c])."""
        h, c = states
        drive = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        i, f, g, o = ops.split(drive + self.bias if self.use_bias else drive, 4, axis=1)
        p_i, p_f, p_o = ops.unstack(self.peepholes)
        gate = self.recurrent_activation
        c_new = gate(f + p_f * c) * c + gate(i + p_i * c) * self.activation(g)
        h_new = gate(o + p_o * c_new) * self.activation(c_new)
        return h_new, [h_new, c_new]

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` needs to make the same cell again."""
        start = keras.initializers.serialize(self.peephole_initializer)
        return {**super().get_config(), "peephole_initializer": start}
