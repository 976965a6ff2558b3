"""Right answers to the exercises on dynamic unrolling, each written differently, as learners write them."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import rnncourse


def mask_row_by_row(lengths, time_steps):
    return np.array([[t < length for t in range(time_steps)] for length in lengths])


def mask_in_tensorflow(lengths, time_steps):
    return tf.sequence_mask(lengths, time_steps)


def mask_of_ones(lengths, time_steps):
    mask = np.zeros((len(lengths), time_steps))
    for row, length in zip(mask, lengths, strict=True):
        row[:length] = 1
    return mask


def run_by_products(step, inputs, state, lengths):
    outputs = []
    for t in range(inputs.shape[1]):
        output, new = step(inputs[:, t], state)
        running = (t < np.asarray(lengths))[:, None].astype(float)
        outputs.append(running * output)
        state = running * new + (1 - running) * state
    return np.stack(outputs, axis=1), state


def run_one_sequence_after_the_other(step, inputs, state, lengths):
    last, rows = state.copy(), []
    for i, length in enumerate(lengths):
        row = state[i : i + 1]
        written = []
        for t in range(length):
            output, row = step(inputs[i : i + 1, t], row)
            written.append(output[0])
        rows.append(written)
        last[i] = row[0]
    width = step(inputs[:, 0], state)[0].shape[1]
    outputs = np.zeros((*inputs.shape[:2], width))
    for i, written in enumerate(rows):
        if written:
            outputs[i, : len(written)] = written
    return outputs, last


def run_to_the_end_and_pick(step, inputs, state, lengths):
    """States of every step, then those of the last valid one picked out."""
    outputs, states = [], [state]
    for t in range(inputs.shape[1]):
        output, state = step(inputs[:, t], state)
        outputs.append(output)
        states.append(state)
    mask = rnncourse.sequence_mask(lengths, inputs.shape[1])
    return np.stack(outputs, axis=1) * mask[:, :, None], np.stack(states)[lengths, np.arange(len(lengths))]


def last_with_a_loop(outputs, lengths):
    return np.array([outputs[i, length - 1] for i, length in enumerate(lengths)])


def last_along_axis(outputs, lengths):
    return np.take_along_axis(outputs, np.asarray(lengths)[:, None, None] - 1, axis=1)[:, 0]


def last_by_gather(outputs, lengths):
    return tf.gather(outputs, lengths - 1, batch_dims=1)


def length_with_loops(tokens, end):
    lengths = []
    for row in np.asarray(tokens).tolist():
        lengths.append(row.index(end) + 1 if end in row else len(row))
    return lengths


def length_by_where(tokens, end):
    is_end = tokens == end
    return np.where(is_end.any(axis=1), is_end.argmax(axis=1) + 1, tokens.shape[1])


def length_by_running_sum(tokens, end):
    ends_before = np.cumsum(tokens == end, axis=1) - (tokens == end)
    return np.sum(ends_before == 0, axis=1)


def generate_by_rows(step, start, state, end, longest):
    """Everything written first, then each row filled up after its end and cut."""
    tokens, rows = start, []
    for _ in range(longest):
        tokens, state = step(tokens, state)
        rows.append(tokens)
    written = np.stack(rows, axis=1)
    lengths = rnncourse.lengths_from_tokens(written, end)
    return np.where(rnncourse.sequence_mask(lengths, longest), written, end)[:, : max(lengths)]


def generate_with_break(step, start, state, end, longest):
    tokens, ended, written = start, [False] * len(start), []
    for _ in range(longest):
        tokens, state = step(tokens, state)
        tokens = [end if over else int(token) for token, over in zip(tokens, ended, strict=True)]
        ended = [over or token == end for token, over in zip(tokens, ended, strict=True)]
        written.append(tokens)
        if all(ended):
            break
    return np.transpose(written)


ALTERNATIVES = {
    "sequence_mask": [mask_row_by_row, mask_in_tensorflow, mask_of_ones],
    "run_with_lengths": [run_by_products, run_one_sequence_after_the_other, run_to_the_end_and_pick],
    "last_valid": [last_with_a_loop, last_along_axis, last_by_gather],
    "lengths_from_tokens": [length_with_loops, length_by_where, length_by_running_sum],
    "generate_until": [generate_by_rows, generate_with_break],
}

#: Other spellings of the right answer to a question.
ANSWERS = {}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "sequence_mask",
        "return np.arange(time_steps) < lengths.reshape(-1, 1): 1 -> 2",
    ): "NumPy takes any negative length, -2 too, for the one that it works out itself",
    (
        "run_with_lengths",
        "for t in range(inputs.shape[1]): inputs -> inputs.T",
    ): "turning three axes round leaves the middle one, time, where it is",
    (
        "lengths_from_tokens",
        "return np.minimum(np.sum(~ended, axis=1) + 1, tokens.shape[1]): np.minimum(np.sum(~ended, axis=1) + 1, "
        "tokens.shape[1]) -> np.minimum(tokens.shape[1], np.sum(~ended, axis=1) + 1)",
    ): "the smaller of two numbers does not depend on their order",
    (
        "generate_until",
        "ended = np.zeros(len(tokens), dtype=bool): np.zeros(len(tokens), dtype=bool) -> np.zeros(len(tokens))",
    ): "zeros are as false as False",
}
