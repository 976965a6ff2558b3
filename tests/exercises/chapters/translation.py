"""Right answers to the exercises on translation, written differently from the reference, as learners write them."""

from __future__ import annotations

import collections
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


def search_with_a_heap(log_probabilities, width, longest, end, power):
    beams = [(0.0, ())]
    for _ in range(longest):
        candidates = [beam for beam in beams if beam[1] and beam[1][-1] == end]
        for score, tokens in beams:
            if not tokens or tokens[-1] != end:
                for token, gain in enumerate(log_probabilities(tokens)):
                    candidates.append((score + gain, (*tokens, token)))
        beams = heapq.nlargest(width, candidates)
    score, tokens = max(beams, key=lambda beam: beam[0] * len(beam[1]) ** -power)
    return tokens, score


def search_that_stops_early(log_probabilities, width, longest, end, power):
    """Once all that are kept are complete, nothing changes any more."""
    beams = {(): 0.0}
    while True:
        if all(end in tokens or len(tokens) == longest for tokens in beams):
            best = max(beams, key=lambda tokens: beams[tokens] / len(tokens) ** power)
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


def bleu_with_counts_per_run(predictions, references):
    shares = []
    for n in (1, 2, 3, 4):
        right, total = 0, 0
        for prediction, reference in zip(predictions, references, strict=True):
            runs, wanted = (
                [" ".join(words[k : k + n]) for k in range(len(words) - n + 1)]
                for words in (prediction.split(), reference.split())
            )
            right += sum(min(runs.count(run), wanted.count(run)) for run in set(runs))
            total += len(runs)
        shares.append(right / total if total else 0.0)
    c, r = (len(" ".join(texts).split()) for texts in (predictions, references))
    penalty = 1.0 if c >= r else np.exp(1 - r / c)
    return 100 * penalty * (shares[0] * shares[1] * shares[2] * shares[3]) ** (1 / 4)


def bleu_from_logarithms(predictions, references):
    counts = np.zeros((4, 2))
    lengths = np.zeros(2)
    for pair in zip(predictions, references, strict=True):
        words = [text.split() for text in pair]
        lengths += [len(side) for side in words]
        for n in range(1, 5):
            said, there = (collections.Counter(zip(*(side[k:] for k in range(n)), strict=False)) for side in words)
            counts[n - 1] += (said & there).total(), said.total()
    if (counts[:, 0] == 0).any():
        return 0.0
    log_score = np.log(counts[:, 0] / counts[:, 1]).mean() + min(0.0, 1 - lengths[1] / lengths[0])
    return 100 * np.exp(log_score)


def baits_with_loops(width):
    words = width + 1
    first, second = [1.0 / (width + 0.9)] * width + [0.9 / (width + 0.9)], []
    for word in range(words):
        row = [1 / words] * words if word < width else [0.0] * width + [1.0]
        second.append(row)
    return {"first": first, "second": second}


def one_long_row_of_baits(width):
    """The best sentence begins with the first word; twenty words have no part in anything."""
    words = width + 21
    first = np.concatenate([[0.1], np.linspace(0.2, 0.11, width), np.zeros(20)])
    first = first / first.sum()
    second = np.full((words, words), 1 / words)
    second[0] = np.eye(words)[-1]
    return first, second


ALTERNATIVES = {
    "encode_sentences": [encode_word_by_word, encode_as_lists],
    "masked_cross_entropy": [cost_place_by_place, cost_with_weights, cost_of_the_chosen],
    "attend": [attend_sentence_by_sentence, attend_by_einsum, attend_with_keras],
    "beam_search": [search_with_a_heap, search_that_stops_early],
    "corpus_bleu": [bleu_with_counts_per_run, bleu_from_logarithms],
    "fooling_language": [baits_with_loops, one_long_row_of_baits],
}

#: There is no question in this chapter.
ANSWERS = {}

#: Every mutant of a reference computes something else.
EQUIVALENT = {
    ("corpus_bleu", mutant): reason
    for mutant, reason in {
        "pairs = [(one.split(), other.split()) for one, other in zip(predictions, references, strict=True)]: "
        "zip(predictions, references, strict=True) -> zip(predictions, references)": "they are of one length",
        "pairs = [(one.split(), other.split()) for one, other in zip(predictions, references, strict=True)]: "
        "True -> False": "they are of one length",
        "made, there = (Counter(zip(*(words[k:] for k in range(n)), strict=False)) for words in pair): "
        "zip(*(words[k:] for k in range(n)), strict=False) -> zip(*(words[k:] for k in range(n)))": "the default",
        "right += sum((made & there).values()): made & there -> there & made": "the smaller of two counts",
        "brevity = min(1.0, np.exp(1 - wanted / said)): min(1.0, np.exp(1 - wanted / said)) -> "
        "min(np.exp(1 - wanted / said), 1.0)": "the smaller of two numbers",
    }.items()
}
