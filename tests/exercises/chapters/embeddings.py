"""Right answers to the exercises on embeddings, written differently from the reference."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def gradient_in_a_loop(tokens, gradients, words):
    total = np.zeros((words, gradients.shape[-1]))
    for place in np.ndindex(tokens.shape):
        total[tokens[place]] += gradients[place]
    return total


def gradient_by_product(tokens, gradients, words):
    chosen = np.eye(words)[tokens.ravel()]
    return chosen.T @ gradients.reshape(-1, gradients.shape[-1])


def gradient_in_tensorflow(tokens, gradients, words):
    flat = tf.reshape(gradients, [-1, gradients.shape[-1]])
    return tf.math.unsorted_segment_sum(flat, tokens.ravel(), words)


def pairs_with_loops(tokens, window):
    centres, contexts = [], []
    for i in range(len(tokens)):
        for j in range(max(0, i - window), min(len(tokens), i + window + 1)):
            if i != j:
                centres.append(tokens[i])
                contexts.append(tokens[j])
    return centres, contexts


def pairs_by_distance(tokens, window):
    i, j = np.indices((len(tokens), len(tokens)))
    near = (i != j) & (abs(i - j) <= window)
    return tokens[i[near]], tokens[j[near]]


def loss_by_the_formula(centres, contexts, noise, negatives):
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    cost = 0
    for u, v in zip(centres, contexts, strict=True):
        cost -= np.log(sigmoid(u @ v))
        cost -= negatives * np.mean([np.log(sigmoid(-u @ n)) for n in noise])
    return cost / len(centres)


def loss_in_tensorflow(centres, contexts, noise, negatives):
    near = tf.einsum("bd,bd->b", centres, contexts)
    far = tf.einsum("bd,nd->bn", centres, noise)
    return tf.reduce_mean(tf.nn.softplus(-near)) + negatives * tf.reduce_mean(tf.nn.softplus(far))


def neighbours_one_by_one(table, token, count):
    def cosine(other):
        return table[other] @ table[token] / np.linalg.norm(table[other]) / np.linalg.norm(table[token])

    return sorted((other for other in range(len(table)) if other != token), key=cosine, reverse=True)[:count]


def neighbours_without_the_first(table, token, count):
    unit = table / np.sqrt((table**2).sum(1))[:, None]
    return np.argsort(unit @ unit[token])[::-1][1 : count + 1]


def pairs_in_two_rows(tokens, window):
    pairs = []
    for i, centre in enumerate(tokens):
        around = [*tokens[max(i - window, 0) : i], *tokens[i + 1 : i + 1 + window]]
        pairs.extend((centre, other) for other in around)
    return np.array(pairs).T


def family_in_four_numbers():
    rows = [[rank, age, sex, -sex] for rank in (-1, 1) for age in (-1, 1) for sex in (-1, 1)]
    return np.array(rows, dtype=float)


def family_in_other_columns():
    return [[sex, rank, age] for rank in (-2, 2) for age in (3, -3) for sex in (-1, 1)]


ALTERNATIVES = {
    "family_vectors": [family_in_four_numbers, family_in_other_columns],
    "lookup_gradient": [gradient_in_a_loop, gradient_by_product, gradient_in_tensorflow],
    "skip_gram_pairs": [pairs_in_two_rows, pairs_with_loops, pairs_by_distance],
    "negative_sampling_loss": [loss_by_the_formula, loss_in_tensorflow],
    "cosine_neighbours": [neighbours_one_by_one, neighbours_without_the_first],
}

#: Other spellings of the right answer to a question.
ANSWERS: dict[str, list] = {}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
_INSIDE = "inside = (places >= 0) & (places < len(tokens))"
_COST = "return float(np.mean(np.logaddexp(0, -near)) + negatives * np.mean(np.logaddexp(0, far)))"
EQUIVALENT = {
    (
        "skip_gram_pairs",
        f"{_INSIDE}: (places >= 0) & (places < len(tokens)) -> (places < len(tokens)) & (places >= 0)",
    ): "and is symmetric",
    ("negative_sampling_loss", f"{_COST}: np.logaddexp(0, -near) -> np.logaddexp(-near, 0)"): "it is symmetric",
    ("negative_sampling_loss", f"{_COST}: np.logaddexp(0, far) -> np.logaddexp(far, 0)"): "it is symmetric",
    (
        "cosine_neighbours",
        "unit = table / np.maximum(lengths, np.finfo(float).tiny): np.maximum(lengths, np.finfo(float).tiny) -> "
        "np.maximum(np.finfo(float).tiny, lengths)",
    ): "the larger of two numbers does not depend on their order",
    (
        "cosine_neighbours",
        "return np.argsort(-cosines, kind='stable')[:count]: np.argsort(-cosines, kind='stable') -> "
        "np.argsort(-cosines)",
    ): "no two cosines of random vectors are equal",
}
