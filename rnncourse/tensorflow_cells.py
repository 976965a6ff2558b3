"""The cells once more in TensorFlow: the way one writes them in a project.

The arithmetic is that of ``rnncourse.cells``; what TensorFlow adds are variables that training can change, gradients,
and ``tf.function``, which traces the Python once and runs the recorded graph from then on.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from rnncourse.shapes import expect_count, expect_shapes


def rnn_step_tensorflow(
    inputs: tf.Tensor, state: tf.Tensor, kernel: tf.Tensor, recurrent_kernel: tf.Tensor, bias: tf.Tensor
) -> tf.Tensor:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b), differentiable.

    Args:
        inputs: x_t, shape (batch, features).
        state: h_(t-1), shape (batch, units).
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).

    Returns:
        h_t, shape (batch, units), of the dtype of the arguments.

    Raises:
        tf.errors.InvalidArgumentError: TensorFlow's own error, where shapes do not fit.
    """
    return tf.tanh(tf.matmul(inputs, kernel) + tf.matmul(state, recurrent_kernel) + bias)


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
