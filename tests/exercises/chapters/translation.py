"""Right answers to the exercises on translation, written differently from the reference, as learners write them."""

from __future__ import annotations

import heapq

import numpy as np
import tensorflow as tf


def encode_word_by_word(sentences, vocabulary, end):
    vocabulary = list(vocabulary)
    longest = max(len(sentence.split(" ")) for sentence in sentences) + int(end)
    tokens = np.zeros((len(sentences), longest), dtype=int)
    for i, sentence in enumerate(sentences):
        words = sentence.split(" ") + (["<eos>"] if end else [])
        for t, word in enumerate(words):
            tokens[i, t] = vocabulary.index(word) if word in vocabulary else vocabulary.index("<unk>")
    return tokens


def encode_as_lists(sentences, vocabulary, end):
    rows = []
    for sentence in sentences:
        if end:
            sentence = sentence + " <eos>"
        rows.append([vocabulary.index(word if word in vocabulary else "<unk>") for word in sentence.split()])
    longest = max(len(row) for row in rows)
    return [row + [0] * (longest - len(row)) for row in rows]


def shift_by_roll(targets):
    inputs = np.roll(targets, 1, axis=1)
    inputs[:, 0] = 1
    return inputs


def shift_by_pad(targets):
    return np.pad(targets, ((0, 0), (1, 0)), constant_values=1)[:, :-1]


def shift_in_tensorflow(targets):
    return tf.concat([tf.ones_like(targets[:, :1]), targets[:, :-1]], axis=1)


def cost_place_by_place(logits, targets):
    costs = []
    for row, answers in zip(logits, targets, strict=True):
        for scores, answer in zip(row, answers, strict=True):
            if answer != 0:
                costs.append(np.logaddexp.reduce(scores) - scores[answer])
    return sum(costs) / len(costs)


def cost_with_weights(logits, targets):
    """The way of TensorFlow 1: weights of 1 and 0."""
    weights = (targets > 0).astype(float)
    return tf.compat.v1.losses.sparse_softmax_cross_entropy(targets, logits, weights)


def cost_of_the_chosen(logits, targets):
    real = targets != 0
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets[real], logits[real]))


def attend_sentence_by_sentence(query, memory, mask):
    contexts, weights = [], np.zeros(mask.shape)
    for i in range(len(query)):
        there = memory[i][mask[i]]
        powers = np.exp(there @ query[i])
        weights[i, : len(there)] = powers / powers.sum()
        contexts.append(weights[i] @ memory[i])
    return contexts, weights


def attend_by_einsum(query, memory, mask):
    scores = np.einsum("bu,btu->bt", query, memory) - 1e9 * ~mask
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = powers / powers.sum(axis=1, keepdims=True)
    return np.einsum("bt,btu->bu", weights, memory), weights


def attend_with_keras(query, memory, mask):
    query, memory = tf.constant(query, tf.float32), tf.constant(memory, tf.float32)
    attention = tf.keras.layers.Attention()
    context, weights = attention([query[:, None], memory], mask=[None, mask], return_attention_scores=True)
    return context[:, 0], weights[:, 0]


def search_with_a_heap(log_probabilities, width, longest, end):
    beams = [(0.0, ())]
    for _ in range(longest):
        candidates = [beam for beam in beams if beam[1] and beam[1][-1] == end]
        for score, tokens in beams:
            if not tokens or tokens[-1] != end:
                for token, gain in enumerate(log_probabilities(tokens)):
                    candidates.append((score + gain, (*tokens, token)))
        beams = heapq.nlargest(width, candidates)
    score, tokens = max(beams)
    return tokens, score


def search_that_stops_early(log_probabilities, width, longest, end):
    """Once the best is complete nothing can overtake it: a sum of log p only falls."""
    beams = {(): 0.0}
    while True:
        best = max(beams, key=beams.get)
        if end in best or len(best) == longest:
            return np.array(best), beams[best]
        candidates = {}
        for tokens, score in beams.items():
            if end in tokens:
                candidates[tokens] = score
                continue
            gains = log_probabilities(tokens)
            for token in np.argsort(gains)[-width:]:
                candidates[(*tokens, int(token))] = score + gains[token]
        beams = dict(sorted(candidates.items(), key=lambda item: item[1])[-width:])


ALTERNATIVES = {
    "encode_sentences": [encode_word_by_word, encode_as_lists],
    "shift_right": [shift_by_roll, shift_by_pad, shift_in_tensorflow],
    "masked_cross_entropy": [cost_place_by_place, cost_with_weights, cost_of_the_chosen],
    "attend": [attend_sentence_by_sentence, attend_by_einsum, attend_with_keras],
    "beam_search": [search_with_a_heap, search_that_stops_early],
}

#: There is no question in this chapter.
ANSWERS = {}

#: Every mutant of a reference computes something else.
EQUIVALENT = {}
