"""Right answers to the exercises on a layer by hand, written differently from the reference, as learners write them."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

import rnncourse


def step_with_einsum(inputs, state, kernel, recurrent_kernel, bias):
    return np.tanh(np.einsum("bf,fu->bu", inputs, kernel) + np.einsum("bu,uv->bv", state, recurrent_kernel) + bias)


def step_with_loops(inputs, state, kernel, recurrent_kernel, bias):
    result = []
    for x, h in zip(inputs, state, strict=True):
        row = []
        for unit in range(len(bias)):
            total = bias[unit] + sum(x * kernel[:, unit]) + sum(h * recurrent_kernel[:, unit])
            row.append(math.tanh(total))
        result.append(row)
    return result


def step_in_tensorflow(inputs, state, kernel, recurrent_kernel, bias):
    return tf.nn.tanh(tf.linalg.matmul(inputs, kernel) + tf.linalg.matmul(state, recurrent_kernel) + bias)


def step_in_place(inputs, state, kernel, recurrent_kernel, bias):
    state[:] = np.tanh(inputs @ kernel + state @ recurrent_kernel + bias)
    return state


def step_in_float32(inputs, state, kernel, recurrent_kernel, bias):
    inputs, state, kernel = inputs.astype("f4"), state.astype("f4"), kernel.astype("f4")
    return np.tanh(inputs @ kernel + state @ recurrent_kernel.astype("f4") + bias.astype("f4"))


def step_stacked(inputs, state, kernel, recurrent_kernel, bias):
    return np.tanh(np.hstack([inputs, state]) @ np.vstack([kernel, recurrent_kernel]) + bias)


def two_steps_written_out(first, second, kernel, recurrent_kernel, bias):
    y0 = np.tanh(np.dot(first, kernel) + bias)
    y1 = np.tanh(np.dot(y0, recurrent_kernel) + np.dot(second, kernel) + bias)
    return y0, y1


def two_steps_in_a_loop(first, second, kernel, recurrent_kernel, bias):
    outputs, state = [], np.zeros((first.shape[0], bias.size))
    for x in (first, second):
        state = rnncourse.rnn_step(x, state, kernel, recurrent_kernel, bias)
        outputs.append(state)
    return outputs


def two_steps_in_tensorflow(first, second, kernel, recurrent_kernel, bias):
    y0 = tf.tanh(first @ kernel + bias)
    return y0, tf.tanh(tf.matmul(y0, recurrent_kernel) + tf.matmul(second, kernel) + bias)


def tensors_with_operators(inputs, state, kernel, recurrent_kernel, bias):
    return tf.nn.tanh(inputs @ kernel + state @ recurrent_kernel + bias)


@tf.function
def tensors_compiled(inputs, state, kernel, recurrent_kernel, bias):
    return tf.tanh(tf.nn.bias_add(tf.matmul(inputs, kernel) + tf.matmul(state, recurrent_kernel), bias))


def tensors_with_keras_ops(inputs, state, kernel, recurrent_kernel, bias):
    ops = keras.ops
    return ops.tanh(ops.matmul(inputs, kernel) + ops.matmul(state, recurrent_kernel) + bias)


def layer_by_calling(kernel, recurrent_kernel, bias):
    layer = keras.layers.SimpleRNN(len(bias), return_sequences=True)
    layer(np.zeros((1, 1, kernel.shape[0]), dtype="float32"))
    layer.set_weights([kernel, recurrent_kernel, bias])
    return layer


def layer_with_initializers(kernel, recurrent_kernel, bias):
    constant = lambda value: lambda shape, dtype=None: tf.constant(value, dtype)  # noqa: E731
    return keras.layers.SimpleRNN(
        units=bias.shape[0],
        return_sequences=True,
        kernel_initializer=constant(kernel),
        recurrent_initializer=constant(recurrent_kernel),
        bias_initializer=constant(bias),
    )


def layer_from_cell(kernel, recurrent_kernel, bias):
    layer = keras.layers.RNN(keras.layers.SimpleRNNCell(kernel.shape[1]), return_sequences=True)
    layer.build((None, None, kernel.shape[0]))
    for variable, value in zip(layer.weights, (kernel, recurrent_kernel, bias), strict=True):
        variable.assign(value)
    return layer


def two_steps_stacked(first, second, kernel, recurrent_kernel, bias):
    first_output = np.tanh(first @ kernel + bias)
    return np.stack([first_output, np.tanh(second @ kernel + first_output @ recurrent_kernel + bias)])


ALTERNATIVES = {
    "rnn_step": [step_with_einsum, step_with_loops, step_in_tensorflow, step_in_place, step_in_float32, step_stacked],
    "run_two_steps": [two_steps_stacked, two_steps_written_out, two_steps_in_a_loop, two_steps_in_tensorflow],
    "rnn_step_tensorflow": [tensors_with_operators, tensors_compiled, tensors_with_keras_ops],
    "simple_rnn_layer": [layer_by_calling, layer_with_initializers, layer_from_cell],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "batch_shapes": [
        {"X0 @ W_x": [4, 5], "Y0 @ W_h": [4, 5], "b": [5], "Y1": [4, 5]},
        {"X0 @ W_x": (4, 5), "Y0 @ W_h": tf.TensorShape([4, 5]), "b": np.zeros(5).shape, "Y1": np.array([4, 5])},
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "rnn_step_tensorflow",
        "return tf.tanh(drive if state is None else drive + tf.matmul(state, recurrent_kernel)): drive if state is "
        "None else drive + tf.matmul(state, recurrent_kernel) -> drive + tf.matmul(state, recurrent_kernel)",
    ): "the exercise always gives a state; the short cut without one is tested in test_tensorflow_cells.py",
    (
        "run_two_steps",
        "first_output = rnn_step(first, empty, kernel, recurrent_kernel, bias): recurrent_kernel -> recurrent_kernel.T",
    ): "the state before the first step is zero, whatever it is multiplied by",
    (
        "simple_rnn_layer",
        "layer = keras.layers.SimpleRNN(units, **{'return_sequences': True} | options): "
        "{'return_sequences': True} | options -> {'return_sequences': True}",
    ): "the exercise has no options",
    (
        "simple_rnn_layer",
        "layer = keras.layers.SimpleRNN(units, **{'return_sequences': True} | options): "
        "{'return_sequences': True} | options -> options | {'return_sequences': True}",
    ): "the exercise has no options",
}
