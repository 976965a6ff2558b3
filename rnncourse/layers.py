"""Keras layers of the course: Keras's own with our weights inside, and what Keras 3 lacks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
class MinGRUCell(keras.layers.Layer):
    """z_t = sigmoid(x_t W_z + b_z), h_t = (1 - z_t) h_(t-1) + z_t (x_t W_h + b_h): a GRU whose gate sees no state.

    z is the share that is written, as in the paper; in Keras's GRU z is the share that is kept. Without h_(t-1) in the
    gate and without tanh, a step is linear in h: many steps can be put together before h is known, see ``MinGRU``.

    Args:
        units: number of neurons.
        kernel_initializer, bias_initializer: how W and b start. ``GateBias("zh", z=-forget_bias_for(steps))`` makes a
            long memory: little is written, so little is lost.
        options: those of ``keras.layers.Layer``.

    Attributes:
        kernel, bias: [W_z, W_h] of shape (features, 2 * units) and [b_z, b_h] of shape (2 * units,).

    Raises:
        ValueError: units is not a whole number of at least 1.

    Source: L. Feng and others, "Were RNNs all we needed?" (2024). Mamba's gate is of this kind too: A. Gu and T. Dao
    (2023), theorem 1.
    """

    def __init__(
        self, units: int, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **options: Any
    ):
        super().__init__(**options)
        self.units = self.state_size = self.output_size = expect_count("units", units)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make W and b."""
        shape = (input_shape[-1], 2 * self.units)
        self.kernel = self.add_weight(shape=shape, initializer=self.kernel_initializer, name="kernel")
        self.bias = self.add_weight(shape=shape[1:], initializer=self.bias_initializer, name="bias")
        self.built = True

    def parts(self, inputs: Any) -> tuple[Any, Any]:
        """(1 - z_t, z_t (x_t W_h + b_h)), shapes (…, units): h_t is the first times h_(t-1), plus the second."""
        gate, candidate = ops.split(ops.matmul(inputs, self.kernel) + self.bias, 2, axis=-1)
        return ops.sigmoid(-gate), ops.sigmoid(gate) * candidate

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """One step: (batch, features), [h] of shape (batch, units) -> (h, [h])."""
        kept, written = self.parts(inputs)
        state = kept * states[0] + written
        return state, [state]

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` needs to make the same cell again."""
        starts = {name: getattr(self, name) for name in ("kernel_initializer", "bias_initializer")}
        saved = {name: keras.initializers.serialize(start) for name, start in starts.items()}
        return {**super().get_config(), "units": self.units, **saved}


@keras.saving.register_keras_serializable(package="rnncourse")
class MinGRU(keras.layers.RNN):
    """h_t = a_t h_(t-1) + b_t for all t, where a_t = 1 - z_t and b_t = z_t (x_t W_h + b_h) are those of ``MinGRUCell``.

    All a and b are made at once. Two neighbouring steps (a, b), (a', b') are together one step (a' a, a' b + b'), so
    that a scan has all h_t after 2 log2(time) rounds, where a loop needs time rounds, one after the other.

    Args:
        units: number of neurons.
        scan: whether a sequence of a known length without a mask is scanned. All others are read by Keras's loop.
        kernel_initializer, bias_initializer: see ``MinGRUCell``.
        options: those of ``keras.layers.RNN``: return_sequences, return_state, stateful, go_backwards, …

    Raises:
        ValueError: units is not a whole number of at least 1.

    Source: L. Feng and others, "Were RNNs all we needed?" (2024); the scan is that of G. Blelloch, "Prefix sums and
    their applications" (1990).
    """

    def __init__(
        self,
        units: int,
        scan: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **options: Any,
    ):
        cell = MinGRUCell(units, kernel_initializer, bias_initializer, dtype=options.get("dtype"))
        super().__init__(cell, **options)
        self.units, self.scan = cell.units, bool(scan)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> tuple[Any, Any, Any]:
        """All states, by the scan where it can be: (the last h, every h, [the last h])."""
        if not self.scan or self.unroll or mask is not None or not sequences.shape[1]:
            return super().inner_loop(sequences, initial_state, mask, training)
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
        kept, written = _scanned(*self.cell.parts(sequences))
        states = kept * ops.expand_dims(initial_state[0], axis=1) + written
        return states[:, -1], states, [states[:, -1]]

    def get_config(self) -> dict[str, Any]:
        """What ``from_config`` needs to make the same layer again."""
        config, cell = super().get_config(), self.cell.get_config()
        del config["cell"]
        names = ("units", "kernel_initializer", "bias_initializer")
        return {**config, "scan": self.scan, **{name: cell[name] for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MinGRU:
        """The same layer again, with new weights."""
        return cls(**config)


def _scanned(kept: Any, written: Any) -> tuple[Any, Any]:
    """All steps up to t as one step (a, b), for each t; shapes (batch, time, units), the time known.

    ``keras.ops.associative_scan`` computes the same, but in a graph of TensorFlow its results have no shape any more.
    """
    time, units = kept.shape[1:]
    if time == 1:
        return kept, written
    steps, half = (kept, written), time // 2
    pairs = _one_step_of_two([part[:, : 2 * half : 2] for part in steps], [part[:, 1::2] for part in steps])
    odd = _scanned(*pairs)  # up to t = 1, 3, 5, …
    later = _one_step_of_two([part[:, : (time - 1) // 2] for part in odd], [part[:, 2::2] for part in steps])
    both = []
    for step, at_odd, at_even in zip(steps, odd, later, strict=True):
        even = ops.concatenate([step[:, :1], at_even], axis=1)  # up to t = 0, 2, 4, …
        woven = ops.reshape(ops.stack([even[:, :half], at_odd], axis=2), (-1, 2 * half, units))
        both.append(ops.concatenate([woven, even[:, half:]], axis=1))
    return both[0], both[1]


def _one_step_of_two(first: Sequence[Any], second: Sequence[Any]) -> tuple[Any, Any]:
    """a' (a h + b) + b' = (a' a) h + (a' b + b')."""
    return second[0] * first[0], second[0] * first[1] + second[1]


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
