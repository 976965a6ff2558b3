"""Right answers to the exercises on dynamic unrolling, each written differently, as learners write them."""

from __future__ import annotations

import numpy as np

import rnncourse


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
    return np.where(mask[:, :, None], np.stack(outputs, axis=1), 0), np.stack(states)[lengths, np.arange(len(lengths))]


def batches_by_pairs(lengths, size):
    """Pairs of a length and a row number, sorted; a list comes back."""
    numbers = [0] * len(lengths)
    for place, (_, row) in enumerate(sorted((int(length), row) for row, length in enumerate(lengths))):
        numbers[row] = place // size
    return numbers


def batches_with_any_numbers(lengths, size):
    """As a training would want them: in no order."""
    batches = np.split(np.argsort(lengths), range(size, len(lengths), size))
    numbers = np.empty(len(lengths))
    for number, rows in zip(np.random.default_rng(0).permutation(len(batches)), batches, strict=True):
        numbers[rows] = 10 * number
    return numbers


def batches_by_taking_the_longest(lengths, size):
    """Again and again the longest that are left."""
    left, numbers, number = set(range(len(lengths))), np.zeros(len(lengths), dtype=int), 0
    while left:
        rows = sorted(left, key=lambda row: lengths[row])[-size:]
        numbers[rows] = number
        left, number = left - set(rows), number + 1
    return numbers


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
    "run_with_lengths": [run_one_sequence_after_the_other, run_to_the_end_and_pick],
    "assign_batches": [batches_by_pairs, batches_with_any_numbers, batches_by_taking_the_longest],
    "lengths_from_tokens": [length_with_loops, length_by_where, length_by_running_sum],
    "generate_until": [generate_by_rows, generate_with_break],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "carried_or_reset": [
        {
            "next piece": "Carried",
            "next epoch": "reset ",
            "random excerpts": "RESET",
            "next sentences": "reset",
            "live signal": "carried",
            "before validation": "reset",
        },
        {
            "live signal": "carried",
            "next piece": "carried",
            "before validation": "reset",
            "next sentences": "reset",
            "random excerpts": "reset",
            "next epoch": "reset",
        },
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
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
