"""Right answers to the exercises on the LSTM, written differently from the reference."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

import rnncourse


def sigmoid_by_its_formula(x):
    return 1 / (1 + np.exp(-x))


def step_with_slices(inputs, state, kernel, recurrent_kernel, bias):
    h, c = state
    units = h.shape[1]
    drive = np.concatenate([inputs, h], axis=1) @ np.concatenate([kernel, recurrent_kernel]) + bias
    i, f, o = (sigmoid_by_its_formula(drive[:, n * units : (n + 1) * units]) for n in (0, 1, 3))
    c = f * c + i * np.tanh(drive[:, 2 * units : 3 * units])
    return o * np.tanh(c), c


def step_by_instance(inputs, state, kernel, recurrent_kernel, bias):
    """One instance at a time, a list of two arrays."""
    hs, cs = [], []
    for x, h, c in zip(inputs, *state, strict=True):
        i, f, g, o = (x @ kernel + h @ recurrent_kernel + bias).reshape(4, -1)
        cs.append(rnncourse.sigmoid(f) * c + rnncourse.sigmoid(i) * np.tanh(g))
        hs.append(rnncourse.sigmoid(o) * np.tanh(cs[-1]))
    return [np.array(hs), np.array(cs)]


def step_in_tensorflow(inputs, state, kernel, recurrent_kernel, bias):
    return rnncourse.lstm_step_tensorflow(inputs, tuple(map(tf.constant, state)), kernel, recurrent_kernel, bias)


def bias_as_a_difference(steps, share):
    log_forget = math.log(share) / steps
    return log_forget - math.log1p(-math.exp(log_forget))


def bias_by_search(steps, share):
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + math.exp(-middle))) ** steps < share else (low, middle)
    return low


def bias_in_numpy(steps, share):
    return -np.log(share ** (-1 / steps) - 1)


def peepholes_by_hand(inputs, state, kernel, recurrent_kernel, bias, peepholes):
    h, c = state
    blocks = inputs @ kernel + h @ recurrent_kernel + bias
    units = c.shape[-1]
    i = rnncourse.sigmoid(blocks[:, :units] + c * peepholes[0])
    f = rnncourse.sigmoid(blocks[:, units : 2 * units] + c @ np.diag(peepholes[1]))
    new = f * c + i * np.tanh(blocks[:, 2 * units : 3 * units])
    return rnncourse.sigmoid(blocks[:, 3 * units :] + new * peepholes[2]) * np.tanh(new), new


def peepholes_by_keras(inputs, state, kernel, recurrent_kernel, bias, peepholes):
    cell = rnncourse.PeepholeLSTMCell(len(recurrent_kernel), dtype="float64")
    cell.build(inputs.shape)
    cell.set_weights([kernel, recurrent_kernel, bias, peepholes])
    return cell(tf.constant(inputs), list(map(tf.constant, state)))[1]


def lstm_stacked(inputs, state, kernel, recurrent_kernel, bias):
    h, c = state
    blocks = zip(*(np.split(array, 4, axis=-1) for array in (kernel, recurrent_kernel, bias)), strict=True)
    i, f, g, o = (np.einsum("bf,fu->bu", inputs, w) + np.einsum("bv,vu->bu", h, u) + b for w, u, b in blocks)
    c = c * rnncourse.sigmoid(f) + rnncourse.sigmoid(i) * np.tanh(g)
    return np.stack([rnncourse.sigmoid(o) * np.tanh(c), c])


def counter_with_a_half_open_input_gate():
    """The unit is smaller; a is negative; two neurons more that do nothing for it."""
    kernel, bias = np.zeros((2, 12)), np.zeros(12)
    kernel[:, 6] = -0.3, 0.3
    kernel[:, 7:9] = 1
    bias[3:6] = 40
    return {"kernel": kernel, "recurrent_kernel": np.zeros((3, 12)), "bias": bias}


def counter_by_gates():
    """A gate opens for the letter that is there: what the letter says stands in the weights of i and g."""
    kernel = [[30, 0, 5, 3], [30, 0, -5, 3]]
    return kernel, [[0, 0, 0, 0]], [-5, 25, 0, 1]


def backward_by_tensorflow(inputs, state, kernel, recurrent_kernel, bias, h_gradient, c_gradient):
    h, c = map(tf.constant, state)
    with tf.GradientTape() as tape:
        tape.watch([h, c])
        new = rnncourse.lstm_step_tensorflow(tf.constant(inputs), (h, c), kernel, recurrent_kernel, bias)
        cost = tf.reduce_sum(new[0] * h_gradient) + tf.reduce_sum(new[1] * c_gradient)
    return tape.gradient(cost, [h, c])


def backward_by_numbers(inputs, state, kernel, recurrent_kernel, bias, h_gradient, c_gradient):
    def cost(h, c):
        new = rnncourse.lstm_step(inputs, (h, c), kernel, recurrent_kernel, bias)
        return np.sum(new[0] * h_gradient) + np.sum(new[1] * c_gradient)

    h, c = state
    return rnncourse.numeric_gradient(lambda h: cost(h, c), h), rnncourse.numeric_gradient(lambda c: cost(h, c), c)


ALTERNATIVES = {
    "counter_weights": [counter_with_a_half_open_input_gate, counter_by_gates],
    "lstm_step_backward": [backward_by_tensorflow, backward_by_numbers],
    "lstm_step": [lstm_stacked, step_with_slices, step_by_instance, step_in_tensorflow],
    "forget_bias_for": [bias_as_a_difference, bias_by_search, bias_in_numpy],
    "peephole_lstm_step": [peepholes_by_hand, peepholes_by_keras],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "memory_gates": [
        {
            "keep what is stored": [0, 1],
            "replace it by g": [1, 0],
            "add g to it": [1, 1],
            "clear it": [0, 0],
        },
        {
            "clear it": np.array([0, 0]),
            "add g to it": (1, np.int64(1)),
            "replace it by g": (1.0, 0.0),
            "keep what is stored": (np.int32(0), 1),
        },
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "lstm_step_backward",
        "lstm_step(inputs, state, kernel, recurrent_kernel, bias): "
        "lstm_step(inputs, state, kernel, recurrent_kernel, bias) -> removed",
    ): "the call only checks the arguments",
}
