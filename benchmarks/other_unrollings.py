"""More ways to run a layer, for the benchmark of step times: in parallel parts, and with one product before the loop.

They give the numbers of ``static_rnn`` and ``dynamic_rnn``, which are shorter; README.md says where they pay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from rnncourse.unrolling import static_rnn


def unrolled_rnn(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: tf.Tensor, state: Any = None, parts: int = 1
) -> tuple[tf.Tensor, Any]:
    """``static_rnn`` on one tensor; the batch may be cut into parts that need not wait for each other.

    One step waits for the step before, so that a single chain of steps seldom keeps two cores busy. Two halves of a
    batch are two chains: TensorFlow works at both at once. Results and gradients are the same.

    Args:
        step: a cell, (inputs, state) -> (output, new state); the instances of a batch must not see each other in it.
        inputs: shape (batch, time, …); batch and time are known when the graph is built.
        state: the state before the first step, a tensor or a nest of tensors, batch first. None is handed to step as it
            is: ``rnn_step_tensorflow`` and its like then spare the product with a state of zeros.
        parts: into how many parts the batch is cut, at most as many as it has instances.

    Returns:
        (outputs of shape (batch, time, …), the last state, nested as step returns it).
    """
    batch = inputs.shape[0]
    sizes = [batch // parts + (part < batch % parts) for part in range(parts)]
    starts = [state] * parts if state is None else _split_nest(state, sizes)
    runs = [
        static_rnn(step, tf.unstack(piece, axis=1), start)
        for piece, start in zip(tf.split(inputs, sizes), starts, strict=True)
    ]
    outputs = tf.concat([tf.stack(outputs, axis=1) for outputs, _ in runs], axis=0)
    return outputs, tf.nest.map_structure(lambda *last: tf.concat(last, axis=0), *(last for _, last in runs))


def _split_nest(state: Any, sizes: Sequence[int]) -> list[Any]:
    """A nest of tensors as several nests, each with its part of the batch."""
    pieces = [tf.split(tensor, sizes) for tensor in tf.nest.flatten(state)]
    return [tf.nest.pack_sequence_as(state, part) for part in zip(*pieces, strict=True)]


def dynamic_simple_rnn(
    inputs: tf.Tensor, state: tf.Tensor, kernel: tf.Tensor, recurrent_kernel: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """h_t = tanh(a_t + h_(t-1) W_h), all a_t = x_t W_x + b made before the loop, in one large product.

    The numbers and the gradients of ``dynamic_rnn`` with ``rnn_step_tensorflow``. What needs no state waits for none:
    the a_t come before the loop, and the gradients of W_x, W_h and b after the loop of the backward pass, one product
    each. Many small steps are quicker so (small batches); with large batches ``dynamic_rnn`` is.

    Args:
        inputs: shape (batch, time, features).
        state: the state before the first step, shape (batch, units).
        kernel, recurrent_kernel, bias: W_x, W_h and b, shapes (features, units), (units, units) and (units,).

    Returns:
        (outputs of shape (batch, time, units), the last state, shape (batch, units)).
    """
    drives = tf.tensordot(tf.transpose(inputs, [1, 0, 2]), kernel, 1) + bias
    states = _states_of(drives, state, tf.convert_to_tensor(recurrent_kernel))
    return tf.transpose(states, [1, 0, 2]), states[-1]


@tf.custom_gradient
def _states_of(drives: tf.Tensor, state: tf.Tensor, recurrent_kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """The state after every step, (time, batch, units), with a backward pass of its own."""
    states = _run_forwards(drives, state, recurrent_kernel)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        errors, first = _run_backwards(upstream, states, recurrent_kernel)
        before = tf.concat([state[tf.newaxis], states[:-1]], axis=0)
        rows = [tf.reshape(part, [-1, states.shape[-1]]) for part in (before, errors)]  # (time · batch, units)
        return errors, first, tf.matmul(*rows, transpose_a=True)

    return states, gradient


def _run_forwards(drives: tf.Tensor, state: tf.Tensor, recurrent_kernel: tf.Tensor) -> tf.Tensor:
    """h_t = tanh(a_t + h_(t-1) W_h)."""
    steps = _array_like(drives).unstack(drives)

    def body(t: tf.Tensor, states: tf.TensorArray, old: tf.Tensor) -> tuple[tf.Tensor, tf.TensorArray, tf.Tensor]:
        new = tf.tanh(steps.read(t) + tf.matmul(old, recurrent_kernel))
        return t + 1, states.write(t, new), new

    _, states, _ = tf.while_loop(lambda t, *_: t < steps.size(), body, (0, _array_like(drives), state))
    return states.stack()


def _run_backwards(upstream: tf.Tensor, states: tf.Tensor, recurrent_kernel: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """d_t = (g_t + e_t) (1 - h_t^2) and e_(t-1) = d_t W_h^T: (d_t of every step, e before the first step)."""
    outer, kept = _array_like(states).unstack(upstream), _array_like(states).unstack(states)

    def body(t: tf.Tensor, errors: tf.TensorArray, later: tf.Tensor) -> tuple[tf.Tensor, tf.TensorArray, tf.Tensor]:
        error = (later + outer.read(t)) * (1 - kept.read(t) ** 2)
        return t - 1, errors.write(t, error), tf.matmul(error, recurrent_kernel, transpose_b=True)

    start = tf.shape(states)[0] - 1, _array_like(states), tf.zeros_like(states[0])
    _, errors, first = tf.while_loop(lambda t, *_: t >= 0, body, start)
    return errors.stack(), first


def _array_like(values: tf.Tensor) -> tf.TensorArray:
    """An empty array with room for as many steps as values, (time, batch, units)."""
    return tf.TensorArray(values.dtype, tf.shape(values)[0], element_shape=values.shape[1:])
