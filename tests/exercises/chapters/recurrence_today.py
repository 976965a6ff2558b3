"""Right answers to the exercises of "Recurrence today", written differently from the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import rnncourse


def steps_from_the_odds(inputs, kernel, bias):
    """What stays is 1 / (1 + i / f)."""
    drive = np.einsum("btf,fu->btu", inputs, kernel) + bias
    units = drive.shape[2] // 3
    odds = (1 + np.exp(-drive[..., :units])) / (1 + np.exp(-drive[..., units : 2 * units]))
    stays = 1 / (1 + odds)
    return stays, (1 - stays) * drive[..., 2 * units :]


def steps_from_logarithms(inputs, kernel, bias):
    """f / (f + i) is the sigmoid of log f - log i, which no gate of 0 can hurt."""
    f, i, g = (inputs @ kernel[:, part] + bias[part] for part in np.arange(len(bias)).reshape(3, -1))
    ahead = np.logaddexp(0, -i) - np.logaddexp(0, -f)
    return [rnncourse.sigmoid(ahead), g * rnncourse.sigmoid(-ahead)]


def steps_in_keras(inputs, kernel, bias):
    forget, write, proposal = keras.ops.split(keras.ops.matmul(inputs, kernel) + bias, 3, axis=-1)
    gates = keras.ops.sigmoid(keras.ops.stack([forget, write]))
    kept, written = gates / keras.ops.sum(gates, axis=0)
    return kept, written * proposal


def combined_as_matrices(earlier, later):
    """A step is the matrix [[a, b], [0, 1]]."""

    def matrix(step):
        a, b = step
        rows = [np.stack([a, b], axis=-1), np.stack([np.zeros_like(a), np.ones_like(a)], axis=-1)]
        return np.stack(rows, axis=-2)

    both = matrix(later) @ matrix(earlier)
    return both[..., 0, 0], both[..., 0, 1]


def combined_in_a_list(earlier, later):
    return [earlier[0] * later[0], later[1] + earlier[1] * later[0]]


def scan_of_keras(combine, factors, addends):
    def in_tensors(earlier, later):
        both = combine(tuple(map(np.asarray, earlier)), tuple(map(np.asarray, later)))
        return tuple(map(tf.convert_to_tensor, both))

    return keras.ops.associative_scan(in_tensors, (factors, addends))


def scan_padded_in_front(combine, factors, addends):
    """The first places are combined as well, with steps that change nothing."""
    reach = 1
    while reach < len(factors):
        nothing = np.ones_like(factors[:reach]), np.zeros_like(addends[:reach])
        if factors.ndim > addends.ndim:
            nothing = np.broadcast_to(np.eye(factors.shape[-1]), factors[:reach].shape), nothing[1]
        earlier = tuple(
            np.concatenate([new, part[:-reach]]) for new, part in zip(nothing, (factors, addends), strict=True)
        )
        factors, addends = combine(earlier, (factors, addends))
        reach *= 2
    return factors, addends


def attention_with_a_large_negative_number(queries, keys, values):
    scores = np.einsum("bti,bsi->bts", queries, keys) * queries.shape[-1] ** -0.5
    scores = scores - 1e9 * np.triu(np.ones(scores.shape[1:]), k=1)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.einsum("bts,bso->bto", weights, values), weights


def attention_by_keras(queries, keys, values):
    layer = keras.layers.Attention(dtype="float64")
    scale = np.sqrt(keys.shape[-1])
    tensors = [tf.constant(part, tf.float64) for part in (queries / scale, values, keys)]
    return layer(tensors, use_causal_mask=True, return_attention_scores=True)


def groups_repeated(inputs, w_q, w_k, w_v, w_o):
    """Keras's way: the keys of a group are copied for each of its heads."""
    heads = w_q.shape[1]
    w_k, w_v = (np.repeat(part, heads // part.shape[1], axis=1) for part in (w_k, w_v))
    queries, keys, values = (np.einsum("btf,fhs->hbts", inputs, part) for part in (w_q, w_k, w_v))
    contexts = np.stack([rnncourse.causal_attention(*head)[0] for head in zip(queries, keys, values, strict=True)])
    return np.einsum("hbts,hso->bto", contexts, w_o)


def groups_by_keras(inputs, w_q, w_k, w_v, w_o):
    (features, heads, size), groups = w_q.shape, w_k.shape[1]
    if features != w_o.shape[2]:  # the layer gives as many numbers as it is given
        return groups_repeated(inputs, w_q, w_k, w_v, w_o)
    layer = keras.layers.GroupQueryAttention(size, heads, groups, use_bias=False, dtype="float64")
    layer.build(inputs.shape, inputs.shape)
    layer.set_weights([w_q, w_k, w_v, w_o])
    return layer(tf.constant(inputs), tf.constant(inputs), use_causal_mask=True)


def lookup_with_other_numbers():
    """Lateness in steps of ten beside a match of a thousand; the question itself is looked at, and says nothing."""
    w_q, w_k = np.zeros((11, 7)), np.zeros((11, 7))
    w_q[:6] = np.sqrt(7) * np.concatenate([1000 * np.eye(6), np.full((6, 1), 2.5)], axis=1)
    w_k[:6, :6], w_k[10, 6] = np.eye(6), 1
    return {"W_q": w_q, "W_k": w_k, "W_v": np.eye(11)[:, 6:10] * 7}


def lookup_through_the_whole_input():
    """W_k changes nothing; W_q says all."""
    w_q, w_v = np.zeros((11, 11)), np.zeros((11, 4))
    w_q[:6, :6] = 300 * np.eye(6)
    w_q[:6, 10] = 7
    w_v[6:10] = np.eye(4) - 0.1
    return w_q, np.eye(11), w_v


#: Right functions that are too long to stand in the exercise's own ``alternatives``.
ALTERNATIVES: dict[str, list[Callable[..., Any]]] = {
    "min_lstm_steps": [steps_from_the_odds, steps_from_logarithms, steps_in_keras],
    "combine_steps": [combined_as_matrices, combined_in_a_list],
    "prefix_scan": [scan_padded_in_front, scan_of_keras],
    "causal_attention": [attention_with_a_large_negative_number, attention_by_keras],
    "grouped_attention": [groups_repeated, groups_by_keras],
    "lookup_weights": [lookup_with_other_numbers, lookup_through_the_whole_input],
}

#: Other spellings of the right answer to a question.
ANSWERS: dict[str, list[Any]] = {
    "when_the_text_doubles": [
        {
            "the scan of exercise 3: rounds for the whole text": "One more",
            "GRU: numbers kept between two words": "the same ",
            "GRU: multiplications for the next word": "THE SAME",
            "GRU: multiplications for the whole text": "twice",
            "attention: numbers kept between two words": "Twice",
            "attention: scores for the next word": np.str_("twice"),
            "attention: scores for the whole text": "four times",
            "attention to the last 100 words only: numbers kept": "the same",
        },
        {
            "GRU: numbers kept between two words": "the same",
            "GRU: multiplications for the next word": "the same",
            "GRU: multiplications for the whole text": "twice\n",
            "attention: numbers kept between two words": "twice",
            "attention: scores for the next word": "twice",
            "attention: scores for the whole text": "Four times",
            "attention to the last 100 words only: numbers kept": " the same",
            "the scan of exercise 3: rounds for the whole text": "one more",
        },
    ],
}

_SCORES = "scores = queries @ np.swapaxes(keys, 1, 2) / np.sqrt(keys.shape[2])"
_PAST = "past = np.tri(scores.shape[1], dtype=bool)"

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT: dict[tuple[str, str], str] = {
    (
        "causal_attention",
        f"{_SCORES}: np.swapaxes(keys, 1, 2) -> np.swapaxes(keys, 2, 1)",
    ): "two axes change places, whichever is named first",
    (
        "causal_attention",
        f"{_PAST}: np.tri(scores.shape[1], dtype=bool) -> np.tri(scores.shape[1])",
    ): "np.where takes 1 and 0 for True and False",
    ("causal_attention", f"{_PAST}: 1 -> 2"): "the scores of a sequence are a square",
    (
        "prefix_scan",
        "while reach < len(factors): reach < len(factors) -> reach <= len(factors)",
    ): "one round more, which puts nothing together",
}
