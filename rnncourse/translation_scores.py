"""How good is a translation? Costs and scores in which padding never counts, and what is reached without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_shapes
from rnncourse.vocabulary import PAD, expect_pairs, expect_texts

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


def exact_match(predictions: Iterable[str], references: Iterable[str]) -> float:
    """100 · (number of predictions that are their references) / (number of them).

    Args:
        predictions: sentences, words separated by blanks.
        references: the right ones, as many.

    Returns:
        Per cent. Blanks at the ends, and how many stand between two words, do not matter.

    Raises:
        ValueError: an argument is no list of texts, or the lists are empty or of different lengths.
    """
    pairs = zip(*_expect_lists(predictions, references), strict=True)
    return 100 * float(np.mean([one.split() == other.split() for one, other in pairs]))


def corpus_scores(predictions: Iterable[str], references: Iterable[str]) -> Scores:
    """Exact match, and BLEU and chrF as the package sacrebleu computes them, over all sentences at once.

    Words are what blanks separate: sacrebleu splits nothing on its own (``tokenize="none"``). Where no prediction has
    four words, BLEU counts the runs that there are (its "effective order"): else short sentences could get nothing.

    Args:
        predictions: sentences, words separated by blanks.
        references: the right ones, as many.

    Returns:
        ``Scores``, each from 0 to 100. What is all the same as the references has 100 of each, words or no words.

    Raises:
        ValueError: an argument is no list of texts, or the lists are empty or of different lengths.

    Source: M. Post, "A call for clarity in reporting BLEU scores" (2018); K. Papineni and others, "BLEU" (2002);
    M. Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015).
    """
    import sacrebleu

    predictions, references = _expect_lists(predictions, references)
    share = exact_match(predictions, references)
    if share == 100:
        return Scores(100.0, 100.0, 100.0)  # sacrebleu has 0 where there are no words to count
    bleu = sacrebleu.BLEU(tokenize="none", effective_order=True, force=True).corpus_score(predictions, [references])
    chrf = sacrebleu.CHRF().corpus_score(predictions, [references])
    return Scores(share, *(min(float(score.score), 100.0) for score in (bleu, chrf)))  # sums of floats go beyond


def corpus_bleu(predictions: Iterable[str], references: Iterable[str]) -> float:
    """100 · min(1, exp(1 - r / c)) · (p_1 p_2 p_3 p_4)^(1/4), over all sentences at once.

    p_n is the share of the predictions' runs of n words that stand in their references, each run counted at most as
    often as it stands there (clipped). c and r are how many words predictions and references have in all.

    Args:
        predictions: sentences, words separated by blanks.
        references: the right ones, as many.

    Returns:
        0 to 100; 0 where no run of some length is right. ``corpus_scores`` has sacrebleu's, which is the same number
        wherever predictions have four words and some run of four is right.

    Raises:
        ValueError: an argument is no list of texts, or the lists are empty or of different lengths.

    Source: K. Papineni, S. Roukos, T. Ward and W. Zhu, "BLEU: a method for automatic evaluation of machine
    translation" (2002).
    """
    predictions, references = _expect_lists(predictions, references)
    pairs = [(one.split(), other.split()) for one, other in zip(predictions, references, strict=True)]
    said, wanted = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    precisions = []
    for n in range(1, 5):
        right = total = 0
        for pair in pairs:
            made, there = (Counter(zip(*(words[k:] for k in range(n)), strict=False)) for words in pair)
            right += sum((made & there).values())
            total += sum(made.values())
        if right == 0:
            return 0.0
        precisions.append(right / total)
    brevity = min(1.0, np.exp(1 - wanted / said))
    return float(100 * brevity * np.exp(np.mean(np.log(precisions))))


def copy_baseline(sources: Iterable[str]) -> list[str]:
    """Says what it is given: what a "translation" is worth that leaves everything as it is.

    Args:
        sources: sentences.

    Returns:
        The same sentences.

    Raises:
        ValueError: sources is no list of texts, or empty.
    """
    return _expect_sources(sources)


def most_frequent_baseline(train_pairs: Iterable[tuple[str, str]], sources: Iterable[str]) -> list[str]:
    """The target that occurs most often in training, whatever is asked: the best that can be said unheard.

    Args:
        train_pairs: (source, target), at least one. Of equally frequent targets the first is taken.
        sources: sentences to translate.

    Returns:
        The same target for each source.

    Raises:
        ValueError: sources is no list of texts, or empty; or there is no training pair, or one that is none.
    """
    counts = Counter(target for _, target in expect_pairs("train_pairs", train_pairs))
    return [counts.most_common(1)[0][0]] * len(_expect_sources(sources))


def nearest_neighbour_baseline(train_pairs: Iterable[tuple[str, str]], sources: Iterable[str]) -> list[str]:
    """The target of the training pair whose source is nearest: the largest |words of both| / |words of either|.

    Words are counted as often as they occur; their order does not matter. Of equally near ones the first is taken.

    Args:
        train_pairs: (source, target), at least one; a ``zip`` of two lists will do.
        sources: sentences to translate.

    Returns:
        A target for each source, out of the training pairs.

    Raises:
        ValueError: sources is no list of texts, or empty; or there is no training pair, or one that is none.
    """
    sources, train_pairs = _expect_sources(sources), expect_pairs("train_pairs", train_pairs)
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
    """Both, the logits as floats of at least 32 bits: a difference of unsigned numbers would wrap round at 0."""
    logits, targets = expect_shapes(logits=(logits, "batch time words"), targets=(targets, "batch time"))
    words = logits.shape[2]
    if targets.dtype.kind not in "iu":
        raise ValueError(
            f"targets has dtype {targets.dtype}, expected whole numbers from 0 to {words - 1}, a word each."
        )
    if targets.size and not 0 <= targets.min() <= targets.max() < words:
        raise ValueError(
            f"targets has numbers from {targets.min()} to {targets.max()}, expected whole numbers from 0 to "
            f"{words - 1}, a word each: logits has {words} words."
        )
    if not np.any(targets != PAD):
        raise ValueError(f"targets of shape {targets.shape} holds nothing but <pad>, expected at least one word.")
    return logits.astype(np.result_type(logits, np.float32)), targets.astype(np.int64)


def _expect_lists(predictions: Iterable[str], references: Iterable[str]) -> tuple[list[str], list[str]]:
    predictions, references = expect_texts("predictions", predictions), expect_texts("references", references)
    if len(predictions) != len(references) or not predictions:
        raise ValueError(
            f"There are {len(predictions)} predictions and {len(references)} references, expected as many of both, "
            "and at least one."
        )
    return predictions, references


def _expect_sources(sources: Iterable[str]) -> list[str]:
    found = expect_texts("sources", sources)
    if not found:
        raise ValueError("sources is empty, expected at least one sentence.")
    return found
