"""Right answers to the exercises on static unrolling, each written differently, as learners write them."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

import rnncourse


def unpack_by_slices(batch):
    return [batch[:, t, :] for t in range(batch.shape[1])]


def unpack_in_tensorflow(batch):
    return tf.unstack(tf.transpose(batch, perm=[1, 0, 2]))


def unpack_by_moveaxis(batch):
    return tuple(np.moveaxis(batch, 1, 0))


def chain_with_indices(step, inputs, state):
    outputs = [None] * len(inputs)
    for t in range(len(inputs)):
        outputs[t], state = step(inputs[t], state)
    return outputs, state


def chain_recursively(step, inputs, state):
    if not inputs:
        return [], state
    output, state = step(inputs[0], state)
    outputs, state = chain_recursively(step, inputs[1:], state)
    return [output, *outputs], state


def chain_folded(step, inputs, state):
    def grow(so_far, x):
        outputs, state = so_far
        output, state = step(x, state)
        return [*outputs, output], state

    return functools.reduce(grow, inputs, ([], state))


def pack_along_axis_1(outputs):
    return np.stack(outputs, axis=1)


def pack_in_tensorflow(outputs):
    return tf.transpose(tf.stack(outputs), perm=[1, 0, 2])


def pack_by_swapping(outputs):
    return np.array(outputs).swapaxes(0, 1)


def pieces_with_while(step, inputs, state, length):
    outputs, states = [], []
    while inputs:
        more, state = rnncourse.static_rnn(step, inputs[:length], state)
        outputs += more
        states += [state]
        inputs = inputs[length:]
    return outputs, states


def pieces_recursively(step, inputs, state, length):
    if not inputs:
        return [], []
    outputs, state = rnncourse.static_rnn(step, inputs[:length], state)
    later, states = pieces_recursively(step, inputs[length:], state, length)
    return outputs + later, [state, *states]


def pieces_counted_step_by_step(step, inputs, state, length):
    outputs, states = [], []
    for t, x in enumerate(inputs, start=1):
        output, state = step(x, state)
        outputs.append(output)
        if t % length == 0 or t == len(inputs):
            states.append(state)
    return np.array(outputs), np.array(states)


ALTERNATIVES = {
    "unpack_sequence": [unpack_by_slices, unpack_in_tensorflow, unpack_by_moveaxis],
    "static_rnn": [chain_with_indices, chain_recursively, chain_folded],
    "pack_sequence": [pack_along_axis_1, pack_in_tensorflow, pack_by_swapping],
    "static_rnn_in_pieces": [pieces_with_while, pieces_recursively, pieces_counted_step_by_step],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "packing_shapes": [
        {"transposed": [10, 8, 3], "entries": 10, "one entry": [8, 3], "stacked": [10, 8, 5], "outputs": [8, 10, 5]},
        {
            "transposed": tf.TensorShape([10, 8, 3]),
            "entries": 10.0,
            "one entry": np.zeros((8, 3)).shape,
            "stacked": np.array([10, 8, 5]),
            "outputs": (8, 10, 5),
        },
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {}
