"""Right answers to the exercises on static unrolling, each written differently, as learners write them."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

import rnncourse


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


def averaging_by_a_running_sum(length):
    """The total and the inputs in it; the oldest is taken off again."""

    def step(inputs, state):
        total, kept = state
        total, kept = total + inputs, [*kept, inputs]
        if len(kept) > length:
            total, kept = total - kept[0], kept[1:]
        return total / len(kept), (total, kept)

    return step, (0, [])


def averaging_with_counts_and_slots(length):
    """A slot for each input, used again in turn, and the number of inputs read so far."""

    def step(inputs, state):
        slots, read = dict(state["slots"]), state["read"]
        slots[read % length] = inputs
        return np.mean(list(slots.values()), axis=0), {"slots": slots, "read": read + 1}

    return step, {"slots": {}, "read": 0}


def averaging_with_all_inputs_kept(length):
    """More in the state than is needed."""
    return lambda inputs, past: (np.mean([inputs, *past][:length], axis=0), [inputs, *past]), []


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
    "static_rnn": [chain_with_indices, chain_recursively, chain_folded],
    "averaging_cell": [
        averaging_by_a_running_sum,
        averaging_with_counts_and_slots,
        averaging_with_all_inputs_kept,
    ],
    "static_rnn_in_pieces": [pieces_with_while, pieces_recursively, pieces_counted_step_by_step],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "chain_costs": [
        {"products": 91.0, "weights": 960, "tracings": 3, "products in pieces": np.int64(30)},
        {"products": 3 * 30 + 1, "weights": 900 + 60, "tracings": len({30, 12, 28}), "products in pieces": 3 * 10},
    ],
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
