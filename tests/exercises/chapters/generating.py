"""Right answers to the exercises on generating, written differently from the reference, as learners write them."""

from __future__ import annotations

import math
import re

import numpy as np
import tensorflow as tf

import rnncourse


def continue_in_one_loop(step, inputs, state, steps):
    seen, answers = inputs.shape[1], []
    for t in range(seen + steps - 1):
        answer, state = step(inputs[:, t] if t < seen else answers[-1], state)
        answers.append(answer)
    return np.stack(answers[seen - 1 :], axis=1)


def continue_with_static_rnn(step, inputs, state, steps):
    outputs, state = rnncourse.static_rnn(step, list(inputs.swapaxes(0, 1)), state)
    new = np.empty((len(inputs), steps, inputs.shape[2]))
    new[:, 0] = outputs[-1]
    for t in range(1, steps):
        new[:, t], state = step(new[:, t - 1], state)
    return new


def shares_by_search(learn, before, letters):
    """From the longest context back to the shortest, by itself."""

    def shares_after(context):
        shorter = shares_after(context[1:]) if context else np.full(len(letters), 1 / len(letters))
        followers = []
        place = learn.find(context)
        while 0 <= place < len(learn) - len(context):
            followers.append(learn[place + len(context)])
            place = learn.find(context, place + 1)
        if not followers:
            return shorter
        counts = np.array([followers.count(letter) for letter in letters])
        different = len(set(followers))
        return (counts + different * shorter) / (len(followers) + different)

    return shares_after(before)


def shares_by_regular_expression(learn, before, letters):
    p = [1 / len(letters)] * len(letters)
    for n in range(len(before) + 1):
        after = re.findall(f"(?={re.escape(before[len(before) - n :])}(.))", learn, re.DOTALL)
        n_kinds = len(set(after))
        if n_kinds > 0:
            p = [(after.count(k) + n_kinds * old) / (len(after) + n_kinds) for k, old in zip(letters, p, strict=True)]
    return p


def temperature_on_a_grid(logits, share):
    grid = np.exp(np.linspace(np.log(0.01), np.log(100), 20_001))
    top = [1 / np.sum(np.exp((logits - logits.max()) / t)) for t in grid]
    return grid[np.argmin(np.abs(np.array(top) - share))]


def temperature_by_small_steps(logits, share):
    t, step = 0.001, 2.0
    while step > 1.00001:
        while rnncourse.softmax_with_temperature(logits[None], t * step)[0].max() > share:
            t *= step
        step = step**0.5
    return t


def area_pair_by_pair(states, marks):
    inside, outside = states[marks], states[~marks]
    return [
        sum((a > b) + (a == b) / 2 for a in inside[:, u] for b in outside[:, u]) / (len(inside) * len(outside))
        for u in range(states.shape[1])
    ]


def area_by_signs(states, marks):
    differences = states[marks][:, None] - states[~marks][None]
    return (1 + np.sign(differences).mean(axis=(0, 1))) / 2


def bits_in_a_loop(probabilities, targets):
    bits = 0.0
    for row, target in zip(probabilities, targets, strict=True):
        bits -= math.log(row[target], 2)
    return bits / len(targets)


def bits_from_keras(probabilities, targets):
    losses = tf.keras.losses.sparse_categorical_crossentropy(targets, tf.constant(probabilities))
    return tf.reduce_mean(losses) / math.log(2)


def bits_by_one_hot(probabilities, targets):
    chosen = np.eye(probabilities.shape[1])[targets]
    return -np.log2((chosen * probabilities).sum(axis=1)).mean()


ALTERNATIVES = {
    "continue_series": [continue_in_one_loop, continue_with_static_rnn],
    "interpolated_shares": [shares_by_search, shares_by_regular_expression],
    "temperature_for": [temperature_on_a_grid, temperature_by_small_steps],
    "auc_per_unit": [area_pair_by_pair, area_by_signs],
    "bits_per_character": [bits_in_a_loop, bits_from_keras, bits_by_one_hot],
}

#: Other spellings of the right answer to a question.
ANSWERS = {}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "continue_series",
        "for t in range(inputs.shape[1]): inputs -> inputs.T",
    ): "turning three axes round leaves the middle one, time, where it is",
    (
        "interpolated_shares",
        "for length in range(len(before) + 1): 1 -> 2",
    ): "a context one letter longer than what stands before is the empty rest of it, or one letter, and never found",
    (
        "auc_per_unit",
        "below = np.searchsorted(outside[:, unit], inside[:, unit], side='left'): "
        "np.searchsorted(outside[:, unit], inside[:, unit], side='left') -> "
        "np.searchsorted(outside[:, unit], inside[:, unit])",
    ): "the left side is the one that NumPy takes by itself",
    (
        "temperature_for",
        "level = 1 / len(logits): 1 -> 0",
    ): "only the check of the share becomes looser",
    (
        "temperature_for",
        "logits = _expect_logits(np.asarray(logits)[np.newaxis])[0]: 0 -> -1",
    ): "there is one row: the first is the last",
    **{
        ("temperature_for", f"low, high = (0.001, 1000.0): 1000.0 -> {other}"): "the search begins a little wider"
        for other in ("1001.0", "999.0")
    },
    **{
        (
            "temperature_for",
            f"for _ in range(60): 60 -> {other}",
        ): "one halving more or less, after all digits are right"
        for other in (61, 59)
    },
    (
        "temperature_for",
        "low, high = (middle, high) if reached > share else (low, middle): reached > share -> reached >= share",
    ): "where both are equal, the temperature is found, and either half holds it",
}
