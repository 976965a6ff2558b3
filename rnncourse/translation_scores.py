"""How good is a translation? Costs and scores in which padding never counts, and what is reached without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_shapes
from rnncourse.vocabulary import PAD

_QUERIES_AT_ONCE = 250  # keeps the table of similarities small


class Scores(NamedTuple):
    """Each from 0 to 100; 100 is: all the same as the references.

    Attributes:
        exact_match: percentage of sentences without a single mistake.
        bleu: BLEU of the whole list: runs of one to four words that the reference has too, less what is too short.
        chrf: chrF of the whole list: runs of one to six letters.
    """

    exact_match: float
    bleu: float
    chrf: float


def masked_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """-(sum of log p(target) over the places that are not <pad>) / (their number).

    Args:
        logits: what the network gives before the softmax, shape (batch, time, words).
        targets: the right words, whole numbers, shape (batch, time); 0 is <pad>.

    Returns:
        Nats per token. ``masked_loss`` is the same in TensorFlow.

    Raises:
        ValueError: a shape does not fit, or every place is padding.
    """
    logits, targets = _expect_logits(logits, targets)
    shifted = logits - logits.max(axis=2, keepdims=True)  # so that exp cannot overflow
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    given = np.take_along_axis(log_p, targets[:, :, np.newaxis], 2)  # (batch, time, 1)
    return -np.mean(given[targets != PAD]).item()


def masked_accuracy(logits: np.ndarray, targets: np.ndarray) -> float:
    """(number of places that are not <pad> where the largest logit is the target's) / (number of such places).

    Args:
        logits: shape (batch, time, words).
        targets: the right words, whole numbers, shape (batch, time); 0 is <pad>.

    Returns:
        0 to 1. ``MaskedAccuracy`` is the same as a metric of Keras.

    Raises:
        ValueError: a shape does not fit, or every place is padding.
    """
    logits, targets = _expect_logits(logits, targets)
    return float(np.mean((np.argmax(logits, axis=2) == targets)[targets != PAD]))


def exact_match(predictions: Sequence[str], references: Sequence[str]) -> float:
    """100 · (number of predictions that are their references) / (number of them).

    Args:
        predictions: sentences, words separated by blanks.
        references: the right ones, as many.

    Returns:
        Per cent. Blanks at the ends, and how many stand between two words, do not matter.

    Raises:
        ValueError: an argument is a single text, or the lists are empty or of different lengths.
    """
    _expect_lists(predictions, references)
    pairs = zip(predictions, references, strict=True)
    return 100 * float(np.mean([one.split() == other.split() for one, other in pairs]))


def corpus_scores(predictions: Sequence[str], references: Sequence[str]) -> Scores:
    """Exact match, and BLEU and chrF as the package sacrebleu computes them, over all sentences at once.

    Words are what blanks separate: sacrebleu splits nothing on its own (``tokenize="none"``).

    Args:
        predictions: sentences, words separated by blanks.
        references: the right ones, as many.

    Returns:
        ``Scores``, each from 0 to 100.

    Raises:
        ValueError: an argument is a single text, or the lists are empty or of different lengths.

    Source: M. Post, "A call for clarity in reporting BLEU scores" (2018); K. Papineni and others, "BLEU" (2002);
    M. Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015).
    """
    import sacrebleu

    share = exact_match(predictions, references)
    predictions, references = list(predictions), list(references)
    bleu = sacrebleu.corpus_bleu(predictions, [references], tokenize="none", force=True)
    chrf = sacrebleu.corpus_chrf(predictions, [references])
    return Scores(share, *(min(float(score.score), 100.0) for score in (bleu, chrf)))  # sums of floats go beyond


def copy_baseline(sources: Sequence[str]) -> list[str]:
    """Says what it is given: what a "translation" is worth that leaves everything as it is.

    Args:
        sources: sentences.

    Returns:
        The same sentences.
    """
    _expect_lists(sources, sources)
    return list(sources)


def nearest_neighbour_baseline(train_pairs: Sequence[tuple[str, str]], sources: Sequence[str]) -> list[str]:
    """The target of the training pair whose source is nearest: the largest |words of both| / |words of either|.

    Words are counted as often as they occur; their order does not matter. Of equally near ones the first is taken.

    Args:
        train_pairs: (source, target), at least one.
        sources: sentences to translate.

    Returns:
        A target for each source, out of the training pairs.

    Raises:
        ValueError: sources is a single text or empty, or there is no training pair.
    """
    _expect_lists(sources, sources)
    if not train_pairs:
        raise ValueError("train_pairs is empty, expected at least one (source, target).")
    numbers = {word: i for i, word in enumerate(sorted({word for pair in train_pairs for word in _counted(pair[0])}))}
    known, sizes = _bags([source for source, _ in train_pairs], numbers)
    nearest: list[int] = []
    for first in range(0, len(sources), _QUERIES_AT_ONCE):
        asked, asked_sizes = _bags(sources[first : first + _QUERIES_AT_ONCE], numbers)
        both = asked @ known.T  # (queries, pairs): entries are 0 or 1, so the product counts what both have
        nearest += np.argmax(both / np.maximum(asked_sizes[:, np.newaxis] + sizes - both, 1), axis=1).tolist()
    return [train_pairs[place][1] for place in nearest]


def _counted(sentence: str) -> list[tuple[str, int]]:
    """Each word with how many of it came before: a set of these is a bag of words."""
    words = sentence.split()
    return [(word, words[:place].count(word)) for place, word in enumerate(words)]


def _bags(sentences: Sequence[str], numbers: dict[tuple[str, int], int]) -> tuple[np.ndarray, np.ndarray]:
    """(which of the numbered words are there, shape (sentences, words); how many words there are in all)."""
    bags = np.zeros((len(sentences), len(numbers)), np.float32)
    for row, sentence in zip(bags, sentences, strict=True):
        row[[numbers[word] for word in _counted(sentence) if word in numbers]] = 1
    return bags, np.array([len(sentence.split()) for sentence in sentences])


def _expect_logits(logits: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits, targets = expect_shapes(logits=(logits, "batch time words"), targets=(targets, "batch time"))
    words = logits.shape[2]
    if targets.dtype.kind not in "iu" or (targets.size and not 0 <= targets.min() <= targets.max() < words):
        raise ValueError(
            f"targets has dtype {targets.dtype}, expected whole numbers from 0 to {words - 1}, a word each."
        )
    if not np.any(targets != PAD):
        raise ValueError(f"targets of shape {targets.shape} holds nothing but <pad>, expected at least one word.")
    return logits, targets


def _expect_lists(predictions: Sequence[str], references: Sequence[str]) -> None:
    for sentences in (predictions, references):
        if isinstance(sentences, str):
            raise ValueError(f"Got the text {sentences!r}, expected a list of sentences: put it in brackets.")
    if len(predictions) != len(references) or not len(predictions):
        raise ValueError(
            f"There are {len(predictions)} predictions and {len(references)} references, expected as many of both, "
            "and at least one."
        )
