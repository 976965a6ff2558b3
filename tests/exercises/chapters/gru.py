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


def kernels_by_rows(gates_kernel, candidate_kernel):
    units = gates_kernel.shape[1] // 2
    features = len(gates_kernel) - units
    z, r = gates_kernel[:, units:], gates_kernel[:, :units]
    return tuple(np.hstack([z[rows], r[rows], candidate_kernel[rows]]) for rows in np.split(range(len(z)), [features]))


def kernels_in_tensorflow(gates_kernel, candidate_kernel):
    units = candidate_kernel.shape[1]
    r, z = tf.split(tf.constant(gates_kernel), 2, axis=1)
    return tf.split(tf.concat([z, r, candidate_kernel], 1), [len(gates_kernel) - units, units])


ALTERNATIVES = {
    "gru_step": [step_with_slices, step_by_keras],
    "cell_parameter_count": [count_with_a_table, count_by_keras],
    "gru_kernels_from_tensorflow1": [kernels_by_rows, kernels_in_tensorflow],
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
