"""Keras layers of the course: Keras's own with our weights inside, and what Keras 3 lacks."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import keras
import numpy as np
from keras import ops

from rnncourse.shapes import expect_count, expect_shapes


def simple_rnn_layer(
    kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, **options: Any
) -> keras.layers.SimpleRNN:
    """``keras.layers.SimpleRNN`` that computes h_t = tanh(x_t W_x + h_(t-1) W_h + b) with the weights given.

    Args:
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).
        options: those of ``keras.layers.SimpleRNN``, but for units, use_bias and stateful, which the weights decide; by
            default the layer returns the output of every step.

    Returns:
        A built layer, (batch, time, features) -> (batch, time, units).

    Raises:
        ValueError: the shapes do not fit each other, or an option is none that the layer can have.
    """
    _expect_options(options)
    kernel, recurrent_kernel, bias = expect_shapes(
        kernel=(kernel, "features units"), recurrent_kernel=(recurrent_kernel, "units units"), bias=(bias, "units")
    )
    features, units = kernel.shape
    layer = keras.layers.SimpleRNN(units, **{"return_sequences": True} | options)
    layer.build((None, None, features))
    layer.set_weights([kernel, recurrent_kernel, bias])
    return layer


def _expect_options(options: dict[str, Any]) -> None:
    """Refuse what ``keras.layers.SimpleRNN`` takes and what cannot work with weights that are given."""
    if "units" in options:
        raise ValueError(f"units is {options['units']!r}, expected nothing: the kernel says how many there are.")
    if not options.get("use_bias", True):
        raise ValueError("use_bias is False, expected True: give a bias of zeros.")
    if options.get("stateful"):
        raise ValueError(
            "stateful is True, expected False: the layer gets its weights before a batch has a size. Ask for "
            "return_state=True, and hand the state to the next call as initial_state."
        )


@keras.saving.register_keras_serializable(package="rnncourse")
class GateBias(keras.initializers.Initializer):
    """b = a value of its own in the blocks of some gates, 0 in the others: how far they are open before training.

    ``keras.layers.LSTM(units, bias_initializer=GateBias(f=5.0, i=-5.0), unit_forget_bias=False)`` remembers for long
    and lets little in; ``keras.layers.GRU(units, bias_initializer=GateBias("zrg", z=5.0))`` does so with one gate.

    Args:
        order: the gates in the order of their blocks: "ifgo" for Keras's LSTM, "zrg" for its GRU.
        values: the bias of each gate by its letter; its sigmoid is how far the gate is open.

    Raises:
        ValueError: a gate is not one of order, or occurs there twice; or, when a layer asks for its bias, the layer has
            other gates, or asks in pieces, as an LSTM with ``unit_forget_bias`` does.
    """

    def __init__(self, order: str = "ifgo", **values: float):
        if not order or len(set(order)) < len(order):
            raise ValueError(f"order is {order!r}, expected a letter for each gate, and each only once.")
        unknown = sorted(set(values) - set(order))
        if unknown:
            raise ValueError(f"There is a value for {unknown[0]!r}, expected gates of {order!r}: {', '.join(order)}.")
        self.order, self.values = order, {gate: float(value) for gate, value in values.items()}

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """The bias; of a bias with two rows (a GRU's that resets after) the first row gets the values."""
        units = self._units(shape[-1])
        bias = np.zeros(shape)
        row = [self.values.get(gate, 0.0) for gate in self.order]
        bias.reshape(-1, shape[-1])[0] = np.repeat(row, units)
        return ops.convert_to_tensor(bias, dtype=dtype)

    def _units(self, size: int) -> int:
        """How wide a block is. Of the shape alone one cannot tell: 12 numbers are four gates of 3 or three of 4."""
        layer = _layer_that_asks()
        units, rest = divmod(size, len(self.order))
        if layer is not None and size != layer.units * len(self.order):
            if getattr(layer, "unit_forget_bias", False):
                raise ValueError(
                    f"{layer.name} sets the bias of its forget gate itself: give it unit_forget_bias=False beside "
                    "GateBias, which says how every gate starts."
                )
            raise ValueError(
                f"{layer.name} asks for {size} biases for {layer.units} units, expected a block for each of "
                f'{", ".join(self.order)}. The order is "ifgo" for an LSTM and "zrg" for a GRU.'
            )
        if rest:
            raise ValueError(f"The bias has {size} numbers, expected a block for each of {', '.join(self.order)}.")
        return units

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` needs to make the same initializer again."""
        return {"order": self.order, **self.values}


def _layer_that_asks() -> keras.layers.Layer | None:
    """The layer that is being built, if it says how many units it has.

    Keras hands an initializer nothing but a shape, so the layer is looked up among the callers.
    """
    caller: FrameType | None = sys._getframe(1)
    while caller is not None and not isinstance(caller.f_locals.get("self"), keras.layers.Layer):
        caller = caller.f_back
    asking = None if caller is None else caller.f_locals["self"]
    return asking if hasattr(asking, "units") else None


@keras.saving.register_keras_serializable(package="rnncourse")
class WordAttention(keras.layers.Attention):
    """``keras.layers.Attention``, to whom a memory of one place is no mistake: its softmax is 1, and Keras would warn.

    Args:
        options: those of ``keras.layers.Attention``.
    """

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """[query (batch, time, units), memory (batch, places, units)] -> context, shape (batch, time, units)."""
        query, memory = inputs[:2]
        if memory.shape[1] == 1 and not self.dropout:
            weights = ops.ones_like(query[:, :, :1])
            context = ops.matmul(weights, memory)
            return (context, weights) if return_attention_scores else context
        return super().call(inputs, mask, training, return_attention_scores, use_causal_mask)


#: What of a word a decoder may look at, see ``WordMemory``.
MEMORIES = ("both", "states", "words")


@keras.saving.register_keras_serializable(package="rnncourse")
class WordMemory(keras.layers.Layer):
    """m_j = h_j + e_j: what attention sees of word j, the encoder's state after it plus the word's own vector.

    Args:
        parts: "both", as in the formula; "states" for h_j alone; "words" for e_j alone.
        options: those of ``keras.layers.Layer``.

    Raises:
        ValueError: parts is none of the three.
    """

    def __init__(self, parts: str = "both", **options: Any):
        super().__init__(**options)
        if parts not in MEMORIES:
            raise ValueError(f"memory is {parts!r}, expected one of {', '.join(map(repr, MEMORIES))}.")
        self.parts = parts
        self.supports_masking = True

    def call(self, states: Any, vectors: Any) -> Any:
        """The encoder's states and the words' vectors, both (batch, places, units) -> m, of the same shape."""
        if self.parts == "both":
            return states + vectors
        return states if self.parts == "states" else vectors

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` needs to make the same layer again."""
        return {**super().get_config(), "parts": self.parts}


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


@keras.saving.register_keras_serializable(package="rnncourse")
class OutputProjectionCell(keras.layers.Layer):
    """h_t, s_t = cell(x_t, s_(t-1)), y_t = h_t W_y + b_y: a cell whose output is projected at every step.

    What goes on to the next step is the state of the cell inside, not y_t. In a layer:
    ``keras.layers.RNN(OutputProjectionCell(keras.layers.SimpleRNNCell(100), 1), return_sequences=True)``.

    Args:
        cell: any Keras cell.
        output_size: how many numbers y_t has.
        options: those of ``keras.layers.Layer``.

    Raises:
        ValueError: cell is not a cell, or output_size is not a whole number of at least 1.

    Source: ``tf.contrib.rnn.OutputProjectionWrapper`` of TensorFlow 1.
    """

    def __init__(self, cell: Any, output_size: int, **options: Any):
        super().__init__(**options)
        if not callable(cell) or not hasattr(cell, "state_size") or isinstance(cell, keras.layers.RNN):
            raise ValueError(f"cell is {cell!r}, expected a cell such as keras.layers.SimpleRNNCell(100), not a layer.")
        self.cell, self.output_size = cell, expect_count("output_size", output_size)
        self.state_size = cell.state_size
        self.projection = keras.layers.Dense(self.output_size, dtype=self.dtype_policy, name="projection")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of the cell, and after them W_y and b_y."""
        if not self.cell.built:  # a cell that was loaded from a file has its weights already
            self.cell.build(input_shape)
        size = self.state_size[0] if isinstance(self.state_size, list | tuple) else self.state_size
        if not self.projection.built:
            self.projection.build((input_shape[0], getattr(self.cell, "output_size", size)))
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """One step: (batch, features) and the states -> (y_t of shape (batch, output_size), the new states)."""
        output, states = self.cell(inputs, states, training=training)
        return self.projection(output), states

    def get_initial_state(self, batch_size: int | None = None) -> Any:
        """The state before the first step: that of the cell inside."""
        return self.cell.get_initial_state(batch_size=batch_size)

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` needs to make the same cell again."""
        cell = keras.saving.serialize_keras_object(self.cell)
        return {**super().get_config(), "cell": cell, "output_size": self.output_size}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OutputProjectionCell:
        """The same cell again, with new weights."""
        cell = keras.saving.deserialize_keras_object(config["cell"])
        return cls(**{**config, "cell": cell})
