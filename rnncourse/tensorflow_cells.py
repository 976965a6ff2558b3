"""The cells once more in TensorFlow: the way one writes them in a project.

The arithmetic is that of ``rnncourse.cells``; what TensorFlow adds are variables that training can change, gradients,
and ``tf.function``, which traces the Python once and runs the recorded graph from then on.

The weights decide in which dtype a step computes; inputs and states of other real dtypes are cast to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from rnncourse.shapes import expect_count, expect_shapes


def rnn_step_tensorflow(
    inputs: tf.Tensor, state: tf.Tensor | None, kernel: tf.Tensor, recurrent_kernel: tf.Tensor, bias: tf.Tensor
) -> tf.Tensor:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b), differentiable.

    Args:
        inputs: x_t, shape (batch, features).
        state: h_(t-1), shape (batch, units); None: zeros, without the product that would give zeros.
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).

    Returns:
        h_t, shape (batch, units), of the dtype of the weights.

    Raises:
        ValueError: an argument does not hold numbers.
        tf.errors.InvalidArgumentError: TensorFlow's own error, where shapes do not fit.
    """
    kernel, recurrent_kernel, bias, inputs, state = _in_one_dtype(
        kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias, inputs=inputs, state=state
    )
    drive = tf.matmul(inputs, kernel) + bias
    return tf.tanh(drive if state is None else drive + tf.matmul(state, recurrent_kernel))


def lstm_step_tensorflow(
    inputs: tf.Tensor,
    state: tuple[tf.Tensor, tf.Tensor] | None,
    kernel: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    bias: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """c_t = f c_(t-1) + i g, h_t = o tanh(c_t); i, f, o = sigmoid(a), g = tanh(a), each a = x_t W_x + h_(t-1) W_h + b.

    The four products with an input are one product with a kernel of four blocks, in Keras's order i, f, g, o.

    Args:
        inputs: x_t, shape (batch, features).
        state: (h_(t-1), c_(t-1)), shape (batch, units) each; None: zeros, without the product that would give zeros.
        kernel: W_x, shape (features, 4 · units).
        recurrent_kernel: W_h, shape (units, 4 · units).
        bias: b, shape (4 · units,).

    Returns:
        (h_t, c_t), shape (batch, units) each, of the dtype of the weights.

    Raises:
        ValueError: an argument does not hold numbers, or the state is no pair.
        tf.errors.InvalidArgumentError: TensorFlow's own error, where shapes do not fit.

    Source: S. Hochreiter and J. Schmidhuber, "Long short-term memory" (1997); the gate f: F. Gers and others (2000).
    """
    h, c = (None, None) if state is None else _expect_pair(state)
    kernel, recurrent_kernel, bias, inputs, h, c = _in_one_dtype(
        kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias, inputs=inputs, h=h, c=c
    )
    drive = tf.matmul(inputs, kernel) + bias
    if h is not None:
        drive += tf.matmul(h, recurrent_kernel)
    i, f, g, o = tf.split(drive, 4, axis=-1)
    written = tf.sigmoid(i) * tf.tanh(g)
    c = written if c is None else tf.sigmoid(f) * c + written
    return tf.sigmoid(o) * tf.tanh(c), c


def gru_step_tensorflow(
    inputs: tf.Tensor, state: tf.Tensor | None, kernel: tf.Tensor, recurrent_kernel: tf.Tensor, bias: tf.Tensor
) -> tf.Tensor:
    """h_t = z h_(t-1) + (1 - z) g, with z and r = sigmoid(…) and g = tanh(x_t W_g + b_g + r (h_(t-1) U_g + b'_g)).

    Keras's convention: the reset gate r comes after the product, so that the three products with the state are one;
    the blocks stand in the order z, r, g; z near 1 keeps the old state.

    Args:
        inputs: x_t, shape (batch, features).
        state: h_(t-1), shape (batch, units); None: zeros, without the product that would give zeros.
        kernel: shape (features, 3 · units).
        recurrent_kernel: shape (units, 3 · units).
        bias: shape (2, 3 · units): row 0 goes with the inputs, row 1 with the state.

    Returns:
        h_t, shape (batch, units), of the dtype of the weights.

    Raises:
        ValueError: an argument does not hold numbers.
        tf.errors.InvalidArgumentError: TensorFlow's own error, where shapes do not fit.

    Source: K. Cho and others, "Learning phrase representations using RNN encoder-decoder" (2014), first version.
    """
    kernel, recurrent_kernel, bias, inputs, state = _in_one_dtype(
        kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias, inputs=inputs, state=state
    )
    from_inputs = tf.split(tf.matmul(inputs, kernel) + bias[0], 3, axis=-1)
    recurrent = bias[1] if state is None else tf.matmul(state, recurrent_kernel) + bias[1]
    from_state = tf.split(recurrent, 3, axis=-1)
    z, r = (tf.sigmoid(a + b) for a, b in zip(from_inputs[:2], from_state[:2], strict=True))
    g = tf.tanh(from_inputs[2] + r * from_state[2])
    return g - z * g if state is None else g + z * (state - g)


def _in_one_dtype(**arguments: Any) -> list[Any]:
    """The arguments as tensors of one dtype, that of the first tensor of floats among them; no state stays None.

    Arrays have no say where there is a tensor: NumPy's are of 64 bits unless somebody asked for less.
    """
    given = {name: value for name, value in arguments.items() if value is not None or name not in ("state", "h", "c")}
    dtypes = {name: _real_dtype(name, value) for name, value in given.items()}
    tensors = [dtypes[name] for name, value in given.items() if tf.is_tensor(value)]
    floats = [dtype for dtype in (*tensors, *dtypes.values()) if dtype.is_floating]
    dtype = floats[0] if floats else tf.float32
    return [None if value is None else tf.cast(value, dtype) for value in arguments.values()]


def _real_dtype(name: str, value: Any) -> tf.DType:
    try:
        if value is None:
            raise TypeError
        dtype = tf.as_dtype(value.dtype if tf.is_tensor(value) else np.asarray(value).dtype)
    except (TypeError, ValueError):  # rows of different lengths, or what is no array at all
        raise ValueError(f"{name} is {value!r}, expected an array or a tensor of numbers.") from None
    if not dtype.is_floating and not dtype.is_integer:
        raise ValueError(f"{name} has dtype {dtype.name}, expected numbers (integers or floats).")
    return dtype


def _expect_pair(state: Any) -> tuple[Any, Any]:
    if not isinstance(state, tuple | list) or len(state) != 2:
        sized = isinstance(state, tuple | list)
        got = f"a {type(state).__name__} of {len(state)}" if sized else f"of type {type(state).__name__}"
        raise ValueError(f"state is {got}, expected a pair (h, c), shape (batch, units) each.")
    return state[0], state[1]


class RNNCell(tf.Module):
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b) with W_x, W_h and b as variables of its own.

    Args:
        features: size of one input.
        units: number of neurons.
        seed: makes the random start reproducible; None draws anew each time.

    Attributes:
        kernel: W_x, shape (features, units), drawn from N(0, 1) as in the tutorial's graph.
        recurrent_kernel: W_h, shape (units, units), drawn likewise.
        bias: b, shape (units,), zeros.

    Raises:
        ValueError: features or units is not a whole number of at least 1.
    """

    def __init__(self, features: int, units: int, seed: int | None = None):
        super().__init__(name="rnn_cell")
        features, units = expect_count("features", features), expect_count("units", units)
        draw = np.random.default_rng(seed).standard_normal
        self.kernel = tf.Variable(draw((features, units)), dtype=tf.float32, name="kernel")
        self.recurrent_kernel = tf.Variable(draw((units, units)), dtype=tf.float32, name="recurrent_kernel")
        self.bias = tf.Variable(tf.zeros(units), name="bias")

    def __call__(self, inputs: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """One step: (batch, features), (batch, units) -> (batch, units). Runs at once, or as part of a tf.function."""
        return rnn_step_tensorflow(inputs, state, self.kernel, self.recurrent_kernel, self.bias)

    def assign(self, kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> RNNCell:
        """Put given weights into the variables; returns the cell.

        Raises:
            ValueError: a shape does not fit the variables.
        """
        features, units = self.kernel.shape
        _, kernel, recurrent_kernel, bias = expect_shapes(
            cell=(np.empty((features, units)), "features units"),
            kernel=(kernel, "features units"),
            recurrent_kernel=(recurrent_kernel, "units units"),
            bias=(bias, "units"),
        )
        for variable, value in zip(
            (self.kernel, self.recurrent_kernel, self.bias), (kernel, recurrent_kernel, bias), strict=True
        ):
            variable.assign(value.astype(np.float32))
        return self
