"""Right answers written differently from the reference, as learners write them: every check must accept them all."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

import rnncourse


# ------------------------------------------------------------------------------------------------ 01_memory_cell
def neuron_with_math(x, h, w_x, w_h, b):
    return math.tanh(b + h * w_h + x * w_x)


def neuron_from_exponentials(x, h, w_x, w_h, b):
    z = w_x * x + w_h * h + b
    return (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))


def neuron_in_tensorflow(x, h, w_x, w_h, b):
    return tf.tanh(tf.constant(w_x * x + w_h * h + b, tf.float64))


def neuron_as_dot_product(x, h, w_x, w_h, b):
    return np.tanh(np.dot([x, h, 1], [w_x, w_h, b]))


def run_as_list(inputs, h, w_x, w_h, b):
    states = []
    for x in inputs:
        h = np.tanh(x * w_x + h * w_h + b)
        states += [h]
    return states


def run_into_array(inputs, h, w_x, w_h, b):
    states = np.empty(len(inputs), dtype=np.float32)
    for t in range(len(inputs)):
        before = states[t - 1] if t else h
        states[t] = np.tanh(w_x * inputs[t] + w_h * before + b)
    return states


def run_recursively(inputs, h, w_x, w_h, b):
    if len(inputs) == 0:
        return []
    h = math.tanh(w_x * inputs[0] + w_h * h + b)
    return [h, *run_recursively(inputs[1:], h, w_x, w_h, b)]


def run_with_scan(inputs, h, w_x, w_h, b):
    return tf.scan(
        lambda h, x: tf.tanh(w_x * x + w_h * h + b), tf.constant(inputs), initializer=tf.constant(h, tf.float64)
    )


def count_with_arrays(features, units):
    return np.ones((features, units)).size + np.ones((units, units)).size + np.ones(units).size


def count_stacked(features, units):
    return (features + units + 1) * units


def count_with_keras(features, units):
    layer = keras.layers.SimpleRNN(units)
    layer.build((None, None, features))
    return layer.count_params()


def readout_step_by_step(x, h, w_x, w_h, b, w_y, b_y):
    new = np.tanh(w_x * x + w_h * h + b)
    return [b_y + new * w_y, new]


def readout_in_tensorflow(x, h, w_x, w_h, b, w_y, b_y):
    new = tf.tanh(tf.constant(w_x * x + w_h * h + b))
    return (new * w_y + b_y, new)


def fade_in_a_loop(w_h, threshold):
    size, steps = 1.0, 0
    while size >= threshold:
        size *= abs(w_h)
        steps += 1
    return steps


def fade_by_powers(w_h, threshold):
    k = 0
    while abs(w_h) ** k >= threshold:
        k += 1
    return k


def fade_with_numpy(w_h, threshold):
    sizes = np.abs(w_h) ** np.arange(1000)
    return np.argmax(sizes < threshold)


# ----------------------------------------------------------------------------------------------- 02_kinds_of_rnn
def s2s_over_transposed(step, inputs, state):
    outputs = []
    for x in np.transpose(inputs, (1, 0, 2)):
        y, state = step(x, state)
        outputs.append(y)
    return np.array(outputs).swapaxes(0, 1)


def s2s_into_array(step, inputs, state):
    result = None
    for t in range(inputs.shape[1]):
        y, state = step(inputs[:, t, :], state)
        if result is None:
            result = np.zeros((inputs.shape[0], inputs.shape[1], y.shape[1]))
        result[:, t, :] = y
    return result


def s2s_in_tensorflow(step, inputs, state):
    outputs = []
    for x in tf.unstack(tf.transpose(inputs, [1, 0, 2])):
        y, state = step(x.numpy(), state)
        outputs.append(y)
    return tf.transpose(tf.stack(outputs), [1, 0, 2])


def s2v_from_s2s(step, inputs, state):
    return rnncourse.sequence_to_sequence(step, inputs, state)[:, -1, :]


def s2v_with_while(step, inputs, state):
    t = 0
    while t < inputs.shape[1]:
        y, state = step(inputs[:, t], state)
        t += 1
    return y


def v2s_two_phases(step, vector, state, time_steps):
    y, state = step(vector, state)
    outputs = [y]
    while len(outputs) < time_steps:
        y, state = step(np.zeros_like(vector), state)
        outputs.append(y)
    return np.stack(outputs, 1)


def v2s_times_zero(step, vector, state, time_steps):
    outputs = []
    for _ in range(time_steps):
        y, state = step(vector, state)
        outputs.append(y)
        vector = vector * 0
    return np.swapaxes(np.array(outputs), 0, 1)


def v2s_in_place(step, vector, state, time_steps):
    outputs = []
    for _ in range(time_steps):
        y, state = step(vector, state)
        outputs.append(y)
        vector[:] = 0
    return np.stack(outputs, axis=1)


def translate_with_helper(encoder_step, decoder_step, inputs, state, start, time_steps):
    for x in inputs.transpose(1, 0, 2):
        state = encoder_step(x, state)[1]
    written = [start]
    for _ in range(time_steps):
        y, state = decoder_step(written[-1], state)
        written.append(y)
    return np.stack(written[1:], axis=1)


def translate_recursively(encoder_step, decoder_step, inputs, state, start, time_steps):
    for t in range(inputs.shape[1]):
        _, state = encoder_step(inputs[:, t], state)

    def write(word, state, left):
        if not left:
            return []
        word, state = decoder_step(word, state)
        return [word, *write(word, state, left - 1)]

    return np.array(write(start, state, time_steps)).transpose(1, 0, 2)


def influence_with_loops(kind, source_steps, target_steps):
    knows = np.zeros((target_steps, source_steps))
    for t in range(target_steps):
        for s in range(source_steps):
            knows[t, s] = kind != "sequence-to-sequence" or s <= t
    return knows


def influence_as_lists(kind, source_steps, target_steps):
    last = lambda t: t + 1 if kind == "sequence-to-sequence" else source_steps  # noqa: E731
    return [[int(s < last(t)) for s in range(source_steps)] for t in range(target_steps)]


def influence_as_booleans(kind, source_steps, target_steps):
    s, t = np.meshgrid(np.arange(source_steps), np.arange(target_steps))
    return (s <= t) | (kind != "sequence-to-sequence")


# ------------------------------------------------------------------------------------------------- 03_manual_rnn
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


def stacked_with_hstack(inputs, state, stacked_kernel, bias):
    return np.tanh(np.hstack((inputs, state)).dot(stacked_kernel) + bias)


def stacked_taken_apart(inputs, state, stacked_kernel, bias):
    features = inputs.shape[1]
    return np.tanh(inputs @ stacked_kernel[:features] + state @ stacked_kernel[features:] + bias)


def stacked_in_tensorflow(inputs, state, stacked_kernel, bias):
    return tf.tanh(tf.concat([inputs, state], axis=1) @ stacked_kernel + bias)


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


ALTERNATIVES = {
    "neuron_step": [neuron_with_math, neuron_from_exponentials, neuron_in_tensorflow, neuron_as_dot_product],
    "run_neuron": [run_as_list, run_into_array, run_recursively, run_with_scan],
    "parameter_count": [count_with_arrays, count_stacked, count_with_keras],
    "neuron_with_readout": [readout_step_by_step, readout_in_tensorflow],
    "steps_remembered": [fade_in_a_loop, fade_by_powers, fade_with_numpy],
    "sequence_to_sequence": [s2s_over_transposed, s2s_into_array, s2s_in_tensorflow],
    "sequence_to_vector": [s2v_from_s2s, s2v_with_while],
    "vector_to_sequence": [v2s_two_phases, v2s_times_zero, v2s_in_place],
    "encoder_decoder": [translate_with_helper, translate_recursively],
    "influence": [influence_with_loops, influence_as_lists, influence_as_booleans],
    "rnn_step": [step_with_einsum, step_with_loops, step_in_tensorflow, step_in_place, step_in_float32, step_stacked],
    "run_two_steps": [two_steps_written_out, two_steps_in_a_loop, two_steps_in_tensorflow],
    "rnn_step_stacked": [stacked_with_hstack, stacked_taken_apart, stacked_in_tensorflow],
    "rnn_step_tensorflow": [tensors_with_operators, tensors_compiled, tensors_with_keras_ops],
    "simple_rnn_layer": [layer_by_calling, layer_with_initializers, layer_from_cell],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "cell_shapes": [
        {"W_x": [3, 5], "W_h": [5, 5], "b": [5], "h": [5]},
        {"W_x": np.ones((3, 5)).shape, "W_h": tf.TensorShape([5, 5]), "b": (np.int64(5),), "h": np.array([5])},
    ],
    "output_shapes": [
        {
            "encoder-decoder": [4, 6, 2],
            "vector-to-sequence": [4, 6, 2],
            "sequence-to-vector": [4, 2],
            "sequence-to-sequence": [4, 7, 2],
        },
        {
            "sequence-to-sequence": tf.zeros((4, 7, 2)).shape,
            "sequence-to-vector": np.zeros((4, 2)).shape,
            "vector-to-sequence": (4.0, 6.0, 2.0),
            "encoder-decoder": np.array([4, 6, 2]),
        },
    ],
    "batch_shapes": [
        {"X0 @ W_x": [4, 5], "Y0 @ W_h": [4, 5], "b": [5], "Y1": [4, 5]},
        {"X0 @ W_x": (4, 5), "Y0 @ W_h": tf.TensorShape([4, 5]), "b": np.zeros(5).shape, "Y1": np.array([4, 5])},
    ],
}
