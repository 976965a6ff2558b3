"""Right answers to the exercises on generating, written differently from the reference, as learners write them."""

from __future__ import annotations

import math

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


def softmax_row_by_row(logits, temperature):
    rows = []
    for row in logits:
        powers = [math.exp((z - max(row)) / temperature) for z in row]
        rows.append([power / sum(powers) for power in powers])
    return rows


def softmax_in_tensorflow(logits, temperature):
    return tf.nn.softmax(tf.constant(logits) / temperature, axis=1)


def softmax_by_logarithms(logits, temperature):
    scaled = logits / temperature
    return np.exp(scaled - np.logaddexp.reduce(scaled, axis=1)[:, None])


def pick_in_a_loop(probabilities, number):
    for k, p in enumerate(probabilities):
        number -= p
        if number < 0:
            return k
    return len(probabilities) - 1


def pick_by_search(probabilities, number):
    return np.searchsorted(np.cumsum(probabilities), number, side="right")


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
    "softmax_with_temperature": [softmax_row_by_row, softmax_in_tensorflow, softmax_by_logarithms],
    "pick": [pick_in_a_loop, pick_by_search],
    "bits_per_character": [bits_in_a_loop, bits_from_keras, bits_by_one_hot],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "cell_steps": [
        {"window read again": 6000.0, "state kept": np.int64(319)},
        {"state kept": 20 + 299, "window read again": 300 * 20},
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "continue_series",
        "for t in range(inputs.shape[1]): inputs -> inputs.T",
    ): "turning three axes round leaves the middle one, time, where it is",
    (
        "pick",
        "return int(np.argmax(reached > number * reached[-1])): number * reached[-1] -> number / reached[-1]",
    ): "the last of the running sums is 1, but for rounding",
    (
        "pick",
        "return int(np.argmax(reached > number * reached[-1])): number * reached[-1] -> number",
    ): "the last of the running sums is 1, but for rounding",
}
