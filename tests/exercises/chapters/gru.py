"""Right answers to the exercises on the GRU, written differently from the reference."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

import rnncourse


def step_with_slices(inputs, state, kernel, recurrent_kernel, bias, reset_after=True):
    n = state.shape[1]
    from_inputs, from_state = inputs @ kernel, state @ recurrent_kernel
    if reset_after:
        from_inputs, from_state = from_inputs + bias[0], from_state + bias[1]
    else:
        from_inputs = from_inputs + bias
    gates = rnncourse.sigmoid(from_inputs[:, : 2 * n] + from_state[:, : 2 * n])
    z, r = gates[:, :n], gates[:, n:]
    memory = r * from_state[:, 2 * n :] if reset_after else (r * state) @ recurrent_kernel[:, 2 * n :]
    proposal = np.tanh(from_inputs[:, 2 * n :] + memory)
    return proposal + z * (state - proposal)


def step_by_keras(inputs, state, kernel, recurrent_kernel, bias, reset_after=True):
    cell = keras.layers.GRUCell(state.shape[1], reset_after=reset_after, dtype="float64")
    cell.build(inputs.shape)
    cell.set_weights([kernel, recurrent_kernel, bias])
    return cell(tf.constant(inputs), [tf.constant(state)])[0]


def count_with_a_table(cell, features, units):
    if cell == "gru":
        return 3 * units * (features + units + 2)
    return {"rnn": 1, "lstm": 4}[cell] * units * (features + units + 1)


def count_by_keras(cell, features, units):
    layer = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[cell](units)
    layer.build((None, None, features))
    return layer.count_params()


def latch_of_two_neurons():
    """The value may come in with any sign of the mark's weight that outweighs the bias; a second neuron idles."""
    kernel, bias = np.zeros((2, 6)), np.zeros((2, 6))
    kernel[1, 0], kernel[0, 4] = -30, 2
    bias[0, 0], bias[1, 0] = 6, 6
    return kernel, np.zeros((2, 6)), bias


def latch_with_memory_of_its_own():
    """The state holds itself up through the proposal: a recurrent weight in the block g."""
    return {"kernel": [[0, 0, 3], [-24, -20, 0]], "recurrent_kernel": [[0, 0, 1.5]], "bias": [[12, 10, 0], [0, 0, 0]]}


def torch_weights_by_index(weight_ih, weight_hh, bias_ih, bias_hh):
    units = weight_hh.shape[1]
    order = np.concatenate([np.arange(units, 2 * units), np.arange(units), np.arange(2 * units, 3 * units)])
    return weight_ih[order].T, weight_hh[order].T, np.array([bias_ih[order], bias_hh[order]])


def torch_weights_in_tensorflow(weight_ih, weight_hh, bias_ih, bias_hh):
    def columns(array):
        r, z, g = tf.split(tf.transpose(array), 3, axis=-1)
        return tf.concat([z, r, g], -1)

    return columns(weight_ih), columns(weight_hh), tf.stack([columns(bias_ih), columns(bias_hh)])


ALTERNATIVES = {
    "gru_step": [step_with_slices, step_by_keras],
    "cell_parameter_count": [count_with_a_table, count_by_keras],
    "latch_weights": [latch_of_two_neurons, latch_with_memory_of_its_own],
    "gru_weights_from_pytorch": [torch_weights_by_index, torch_weights_in_tensorflow],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "update_gate": [
        {
            "z = 1 in Keras": "Old state",
            "z = 0 in Keras": "proposal ",
            "z = 0 in the tutorial": "OLD STATE",
            "z = 1 in the tutorial": "proposal",
            "z = 1 in the tutorial, while r = 0: h_(t-1) still matters": "No",
        },
        {
            "z = 1 in the tutorial, while r = 0: h_(t-1) still matters": np.str_("no"),
            "z = 1 in the tutorial": "proposal",
            "z = 0 in the tutorial": "old state",
            "z = 0 in Keras": "proposal\n",
            "z = 1 in Keras": "old state",
        },
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    ("gru_step", "x_z, x_r, x_g = np.split(inputs @ kernel + bias, 3, axis=-1): -1 -> 1"): "there are two axes",
}
