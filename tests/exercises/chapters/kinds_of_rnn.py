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


ALTERNATIVES = {
    "sequence_to_sequence": [s2s_over_transposed, s2s_into_array, s2s_in_tensorflow],
    "sequence_to_vector": [s2v_from_s2s, s2v_with_while],
    "vector_to_sequence": [v2s_two_phases, v2s_times_zero, v2s_in_place],
    "encoder_decoder": [translate_with_helper, translate_recursively],
    "influence": [influence_with_loops, influence_as_lists, influence_as_booleans],
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

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
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
        for name in ("sequence_to_sequence", "sequence_to_vector", "encoder_decoder")
    },
}
