"""Right answers to the exercises on the four kinds, written differently from the reference, as learners write them."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import rnncourse


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


def rise_by_a_saturated_and():
    kernel = np.array([[-20.0, 20.0]])
    recurrent_kernel = np.array([[0.0, 20.0], [0.0, 0.0]])
    bias = np.array([10.0, -30.0])
    return kernel, recurrent_kernel, bias, np.array([[0.0], [1.0]]), np.zeros(1)


def rise_of_three_units():
    hand_on = [[0, 0, 1], [0, 0, 0], [0, 0, 0]]
    return [[-0.01, 0.01, 0]], hand_on, [0.01, 0, 0], [[0], [100], [100]], [-1.2]


def rise_in_tensorflow():
    kernel, recurrent_kernel = tf.constant([[0.002, -0.002]]), tf.constant([[0.0, 1.0], [0.0, 0.0]])
    return kernel, recurrent_kernel, tf.constant([-0.002, 0.0]), tf.constant([[0.0], [-500.0]]), tf.constant([-1.0])


def both_ways_into_an_array(forward_step, backward_step, inputs, forward_state, backward_state):
    steps = inputs.shape[1]
    halves = [[None] * steps, [None] * steps]
    for t in range(steps):
        halves[0][t], forward_state = forward_step(inputs[:, t], forward_state)
        last = steps - 1 - t
        halves[1][last], backward_state = backward_step(inputs[:, last], backward_state)
    return np.concatenate([np.array(half) for half in halves], axis=-1).swapaxes(0, 1)


def both_ways_with_flip(forward_step, backward_step, inputs, forward_state, backward_state):
    run = rnncourse.sequence_to_sequence
    backward = np.flip(run(backward_step, np.flip(inputs, axis=1), backward_state), axis=1)
    return tf.concat([run(forward_step, inputs, forward_state), backward], axis=-1)


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


ALTERNATIVES = {
    "sequence_to_sequence": [s2s_over_transposed, s2s_into_array, s2s_in_tensorflow],
    "rise_weights": [rise_by_a_saturated_and, rise_of_three_units, rise_in_tensorflow],
    "encoder_decoder": [translate_with_helper, translate_recursively],
    "influence": [influence_with_loops, influence_as_lists, influence_as_booleans],
    "bidirectional": [both_ways_into_an_array, both_ways_with_flip],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
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
}

_KERNEL = "kernel, bias = (small * np.array([[-1.0, 1.0]]), small * np.array([1.0, 0.0]))"
_RETURN = "return (kernel, recurrent_kernel, bias, np.array([[0.0], [1 / small]]), np.array([-1.0]))"

#: Mutants of a reference that compute the same for every valid input, or are designs that do the same:
#: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "rise_weights",
        f"{_KERNEL}: small * np.array([[-1.0, 1.0]]) -> small / np.array([[-1.0, 1.0]])",
    ): "1 / 1 is 1, and 1 / -1 is -1",
    ("rise_weights", f"{_KERNEL}: 1.0 -> 2.0"): "after a 1 unit 0 holds less than nothing: no rise either",
    ("rise_weights", f"{_RETURN}: 0.0 -> 1.0"): "a thousandth of unit 0 is read as well",
    ("rise_weights", f"{_RETURN}: 0.0 -> -1.0"): "a thousandth of unit 0 is read as well",
    (
        "influence",
        "everything = np.ones((target_steps, source_steps), dtype=int): "
        "np.ones((target_steps, source_steps), dtype=int) -> np.ones((target_steps, source_steps))",
    ): "1.0 for 1",
    **{
        (
            name,
            "for t in range(inputs.shape[1]): inputs -> inputs.T",
        ): "three axes turned round leave time in the middle"
        for name in ("sequence_to_sequence", "encoder_decoder")
    },
}
