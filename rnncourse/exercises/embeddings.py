"""The exercises of chapter 13: one-hot, lookup, pairs of a text, negative sampling, neighbours, trained vectors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from rnncourse import embeddings
from rnncourse.datasets.word_pairs import WORD_PAIRS
from rnncourse.exercises.definitions import PRACTICE_SEED, Case, Exercise, Mistake, Symptom, Training

# Exercise 1: one-hot


def _tokens_case(rng: np.random.Generator) -> Case:
    return {"tokens": rng.integers(0, 7, size=(3, 4)), "words": 7}


def _with_ones_at(change: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[np.ndarray, int], np.ndarray]:
    return lambda tokens, words: np.eye(words)[change(tokens, words)]


one_hot = Exercise(
    name="one_hot",
    reference=embeddings.one_hot,
    cases=_tokens_case,
    edge_cases=(
        {"tokens": np.array([0, 4, 2]), "words": 5},
        {"tokens": np.array([[1, 1, 0]]), "words": 6},
    ),
    mistakes=(
        Mistake(
            "counted from 1",
            _with_ones_at(lambda tokens, words: tokens - 1),
            "Your ones stand one place too far to the left: word 0 has its 1 in column 0.",
        ),
        Mistake(
            "one too far",
            _with_ones_at(lambda tokens, words: (tokens + 1) % words),
            "Your ones stand one place too far to the right: word 0 has its 1 in column 0.",
        ),
        Mistake(
            "numbers instead of ones",
            lambda tokens, words: np.eye(words)[tokens] * np.asarray(tokens)[..., np.newaxis],
            "The place says which word it is. What stands there is 1, whatever the word.",
        ),
        Mistake(
            "zeros and ones exchanged",
            lambda tokens, words: 1 - np.eye(words)[tokens],
            "You have exchanged zeros and ones: one 1 in each row, and zeros.",
        ),
        Mistake(
            "words in front",
            lambda tokens, words: np.moveaxis(np.eye(words)[tokens], -1, 0),
            "The new axis, of length words, comes last. Yours comes first.",
        ),
        Mistake(
            "all that came before",
            lambda tokens, words: np.tri(words)[tokens],
            "Each row has ones up to the word's place. Only that place has a 1.",
        ),
    ),
    hints=(
        "The result has an axis more than tokens, of length words. All is 0 but one entry for each token.",
        "The rows of the identity matrix, np.eye(words), are what you need: row k has its 1 at place k.",
        "np.eye(words)[tokens] takes a row for each token, whatever the shape of tokens.",
    ),
    points=1,
    difficulty=1,
    minutes=4,
)

# Exercise 2: the way back of a lookup


def _gradients_case(rng: np.random.Generator) -> Case:
    tokens = rng.integers(0, 6, size=(2, 5))  # ten tokens of six words: some come more than once
    return {"tokens": tokens, "gradients": rng.normal(size=(2, 5, 3)), "words": 7}


def _added(tokens: np.ndarray, gradients: np.ndarray, words: int) -> np.ndarray:
    return np.tensordot(np.eye(words)[tokens], gradients, axes=(range(tokens.ndim), range(tokens.ndim)))


def _assigned(tokens: np.ndarray, gradients: np.ndarray, words: int) -> np.ndarray:
    total = np.zeros((words, gradients.shape[-1]))
    total[tokens] += gradients
    return total


def _row_by_row(tokens: np.ndarray, gradients: np.ndarray, words: int) -> np.ndarray:
    """A loop along the first axis only: a place is taken for a whole row of places."""
    total = np.zeros((words, gradients.shape[-1]))
    for row, gradient in zip(tokens, gradients, strict=True):
        total[row] += gradient
    return total


def _counts(tokens: np.ndarray, words: int) -> np.ndarray:
    return np.bincount(tokens.ravel(), minlength=words)[:, np.newaxis]


lookup_gradient = Exercise(
    name="lookup_gradient",
    reference=embeddings.lookup_gradient,
    cases=_gradients_case,
    edge_cases=({"tokens": np.array([3, 3, 1]), "gradients": np.array([[1.0, 2], [10, 20], [5, 6]]), "words": 5},),
    mistakes=(
        Mistake(
            "last one wins",
            _assigned,
            "A word that was looked up twice got only one of its gradients. NumPy's total[tokens] += … counts each row "
            "once; np.add.at, or a loop, adds them all.",
        ),
        Mistake(
            "row by row",
            _row_by_row,
            "Your loop goes along the first axis only, so it takes a whole row of tokens at once, and total[row] += … "
            "counts each word of it once. Go through every place: np.ndindex(tokens.shape).",
        ),
        Mistake(
            "mean instead of sum",
            lambda tokens, gradients, words: _added(tokens, gradients, words) / np.maximum(_counts(tokens, words), 1),
            "You took the mean over a word's places. Each place adds its own influence: the sum.",
        ),
        Mistake(
            "one row too far",
            lambda tokens, gradients, words: np.roll(_added(tokens, gradients, words), 1, axis=0),
            "Your rows stand one too far down: word 0 has row 0.",
        ),
        Mistake(
            "words left out",
            lambda tokens, gradients, words: _added(tokens, gradients, words)[np.unique(tokens)],
            "There is a row for every word of the table; those that were not looked up have zeros.",
        ),
        Mistake(
            "the same for all",
            lambda tokens, gradients, words: np.tile(
                gradients.reshape(-1, gradients.shape[-1]).sum(axis=0), (words, 1)
            ),
            "Every row got everything. A row gets the gradients of its own word's places.",
        ),
        Mistake(
            "counted only",
            lambda tokens, gradients, words: np.tile(_counts(tokens, words), (1, gradients.shape[-1])),
            "You counted how often a word was looked up. Asked is the sum of the gradients there.",
        ),
        Mistake(
            "sign",
            lambda tokens, gradients, words: -_added(tokens, gradients, words),
            "The sign is wrong: this is the gradient itself, not a step along it.",
        ),
    ),
    hints=(
        "Start from zeros, a row for every word. Go through all the places.",
        "At each place add its gradient to the row of its word. np.ndindex(tokens.shape) goes through any shape.",
        "np.add.at(total, tokens, gradients) does the same in one line.",
    ),
    points=2,
    difficulty=2,
    minutes=6,
)

# Exercise 3: pairs


def _text_case(rng: np.random.Generator) -> Case:
    return {"tokens": rng.permutation(20)[: rng.integers(7, 10)], "window": int(rng.integers(2, 4))}


def _pairs(tokens: np.ndarray, places: Callable[[int], Any], flipped: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The pairs (tokens[i], tokens[j]) for the places j that belong to i."""
    found = [(tokens[i], tokens[j]) for i in range(len(tokens)) for j in places(i)]
    centres, contexts = (np.array(side, dtype=int) for side in zip(*found, strict=True))
    return (contexts, centres) if flipped else (centres, contexts)


def _around(tokens: np.ndarray, window: int) -> Callable[[int], list[int]]:
    return lambda i: [j for j in range(max(0, i - window), min(len(tokens), i + window + 1)) if j != i]


skip_gram_pairs = Exercise(
    name="skip_gram_pairs",
    reference=embeddings.skip_gram_pairs,
    cases=_text_case,
    parts=("the centres", "the contexts"),
    edge_cases=({"tokens": np.array([3, 8, 5]), "window": 4}, {"tokens": np.array([6, 1, 6, 2]), "window": 2}),
    mistakes=(
        Mistake(
            "the word itself",
            lambda tokens, window: _pairs(
                tokens, lambda i: range(max(0, i - window), min(len(tokens), i + window + 1))
            ),
            "A word is not its own neighbour: leave out j = i.",
        ),
        Mistake(
            "equal words left out",
            lambda tokens, window: _pairs(
                tokens, lambda i: [j for j in _around(tokens, window)(i) if tokens[j] != tokens[i]]
            ),
            "You left out pairs of equal words. What is left out is the place i itself, j = i; the same word at "
            "another place is a neighbour.",
        ),
        Mistake(
            "only what follows",
            lambda tokens, window: _pairs(tokens, lambda i: range(i + 1, min(len(tokens), i + window + 1))),
            "You paired each word with those after it. Those before it count, too.",
        ),
        Mistake(
            "only what came before",
            lambda tokens, window: _pairs(tokens, lambda i: range(max(0, i - window), i)),
            "You paired each word with those before it. Those after it count, too.",
        ),
        Mistake(
            "window one too small",
            lambda tokens, window: _pairs(
                tokens, lambda i: [j for j in range(max(0, i - window), min(len(tokens), i + window)) if j != i]
            ),
            "To the right your window ends one word early: i + window belongs to it, and range stops before its end.",
        ),
        Mistake(
            "beginning wraps around",
            lambda tokens, window: _pairs(
                tokens, lambda i: [j for j in range(i - window, min(len(tokens), i + window + 1)) if j != i]
            ),
            "At the beginning you take words from the end of the text: an index below 0 counts from behind.",
        ),
        Mistake(
            "exchanged",
            lambda tokens, window: _pairs(tokens, _around(tokens, window), flipped=True),
            "The pairs are right, but the centre comes first: return (centres, contexts).",
        ),
        Mistake(
            "only full windows",
            lambda tokens, window: (
                _pairs(tokens, lambda i: _around(tokens, window)(i) if window <= i < len(tokens) - window else [])
                if len(tokens) > 2 * window
                else (np.zeros(0, int), np.zeros(0, int))
            ),
            "You left out the words near the beginning and the end. They have neighbours, too, only fewer.",
        ),
        Mistake(
            "places instead of words",
            lambda tokens, window: _pairs(np.arange(len(tokens)), _around(tokens, window)),
            "You return the places i and j. Asked are the words that stand there: tokens[i] and tokens[j].",
        ),
    ),
    hints=(
        "Two loops: over the places i, and over the places j around each of them.",
        "j goes from i - window to i + window, but not below 0 and not beyond the last word; and j is not i.",
        "max(0, i - window) and min(len(tokens), i + window + 1) are the ends of the range.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 4: the cost


def _vectors_case(rng: np.random.Generator) -> Case:
    return {
        "centres": rng.normal(size=(4, 3)),
        "contexts": rng.normal(size=(4, 3)),
        "noise": rng.normal(size=(6, 3)),
        "negatives": float(rng.uniform(2, 8)),
    }


def _log_sigmoid(x: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0, -x)


def _sampling(
    near: Callable[[np.ndarray], Any] = lambda x: -np.mean(_log_sigmoid(x)),
    far: Callable[[np.ndarray, float], Any] = lambda x, k: -k * np.mean(_log_sigmoid(-x)),
) -> Callable[..., Any]:
    """The cost with the part of the true neighbours, or that of the noise, changed."""

    def cost(centres, contexts, noise, negatives):
        return near(np.sum(centres * contexts, axis=1)) + far(centres @ noise.T, negatives)

    return cost


negative_sampling_loss = Exercise(
    name="negative_sampling_loss",
    reference=embeddings.negative_sampling_loss,
    cases=_vectors_case,
    mistakes=(
        Mistake(
            "sign of the noise",
            _sampling(far=lambda x, k: -k * np.mean(_log_sigmoid(x))),
            "You reward large products with the noise. There it is sigmoid(-u · n): a minus inside.",
        ),
        Mistake(
            "plus before the noise",
            _sampling(far=lambda x, k: k * np.mean(_log_sigmoid(-x))),
            "The part of the noise has the wrong sign: there is a minus before it, too, since a logarithm of a sigmoid "
            "is negative.",
        ),
        Mistake(
            "sign of the neighbours",
            _sampling(near=lambda x: -np.mean(_log_sigmoid(-x))),
            "You punish large products with the true neighbours. The minus inside belongs to the noise.",
        ),
        Mistake(
            "k left out",
            _sampling(far=lambda x, k: -np.mean(_log_sigmoid(-x))),
            "The part of the noise counts negatives times.",
        ),
        Mistake(
            "noise added up",
            _sampling(far=lambda x, k: -k * np.mean(np.sum(_log_sigmoid(-x), axis=1))),
            "Over the noise words the mean is taken, not the sum: more noise words only make it more exact.",
        ),
        Mistake(
            "sum over the batch",
            _sampling(
                near=lambda x: -np.sum(_log_sigmoid(x)),
                far=lambda x, k: -k * np.sum(np.mean(_log_sigmoid(-x), axis=1)),
            ),
            "You added the pairs of the batch up. Take their mean.",
        ),
        Mistake(
            "no logarithm",
            _sampling(
                near=lambda x: -np.mean(np.exp(_log_sigmoid(x))),
                far=lambda x, k: -k * np.mean(np.exp(_log_sigmoid(-x))),
            ),
            "The logarithm of the sigmoid is missing.",
        ),
        Mistake(
            "sign of the whole",
            _sampling(near=lambda x: np.mean(_log_sigmoid(x)), far=lambda x, k: k * np.mean(_log_sigmoid(-x))),
            "The sign of the whole is wrong: logarithms of shares are negative, a cost is positive.",
        ),
        Mistake(
            "noise left out",
            _sampling(far=lambda x, k: 0),
            "The noise is missing. Without it, making all the vectors alike and long would be best.",
        ),
        Mistake(
            "neighbours left out",
            _sampling(near=lambda x: 0),
            "The true neighbours are missing: only the noise is in the cost.",
        ),
        Mistake(
            "every centre with every context",
            lambda u, v, n, k: -np.mean(_log_sigmoid(u @ v.T)) - k * np.mean(_log_sigmoid(-u @ n.T)),
            "You paired each centre with all the contexts of the batch. Row i of centres belongs to row i of contexts.",
        ),
    ),
    hints=(
        "Two parts. True pairs: products row by row, np.sum(centres * contexts, axis=1). Noise: all with all.",
        "log sigmoid(x) is -np.logaddexp(0, -x). centres @ noise.T has a product for each centre and each noise word.",
        "Mean of -log sigmoid of the first, plus negatives times the mean of -log sigmoid of minus the second.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 5: neighbours


def _table_case(rng: np.random.Generator) -> Case:
    lengths = rng.uniform(0.3, 4, size=(12, 1))
    return {
        "table": lengths * rng.normal(size=(12, 4)),
        "token": int(rng.integers(1, 11)),
        "count": int(rng.integers(3, 6)),
    }


def _ranked(scores: np.ndarray, token: int, count: int) -> np.ndarray:
    scores = np.where(np.arange(len(scores)) == token, -np.inf, scores)
    return np.argsort(-scores, kind="stable")[:count]


def _cosines(table: np.ndarray, token: int) -> np.ndarray:
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    return unit @ unit[token]


cosine_neighbours = Exercise(
    name="cosine_neighbours",
    reference=embeddings.cosine_neighbours,
    cases=_table_case,
    case_count=5,
    mistakes=(
        Mistake(
            "the word itself",
            lambda table, token, count: np.argsort(-_cosines(table, token), kind="stable")[:count],
            "The word itself is among its neighbours: it has cosine 1 with itself. Leave it out.",
        ),
        Mistake(
            "product instead of cosine",
            lambda table, token, count: _ranked(table @ table[token], token, count),
            "You ranked by the product. A long vector has large products with many; divide by the lengths.",
        ),
        Mistake(
            "distance instead of cosine",
            lambda table, token, count: _ranked(-np.linalg.norm(table - table[token], axis=1), token, count),
            "You ranked by distance. Asked is the cosine, to which the lengths of the vectors do not matter.",
        ),
        Mistake(
            "farthest first",
            lambda table, token, count: _ranked(-_cosines(table, token), token, count),
            "Those are the words that are least like it. np.argsort puts the smallest first.",
        ),
        Mistake(
            "the nearest last",
            lambda table, token, count: _ranked(_cosines(table, token), token, count)[::-1],
            "The right words in the wrong order: the nearest comes first.",
        ),
        Mistake(
            "size of the cosine",
            lambda table, token, count: _ranked(np.abs(_cosines(table, token)), token, count),
            "You took the size of the cosine. A cosine near -1 says that two vectors point away from each other.",
        ),
        Mistake(
            "cosines instead of words",
            lambda table, token, count: np.sort(np.delete(_cosines(table, token), token))[::-1][:count],
            "Those are the cosines. Asked are the numbers of the words: np.argsort gives them.",
        ),
        Mistake(
            "one too few",
            lambda table, token, count: _ranked(_cosines(table, token), token, count - 1),
            "There is one neighbour too few. If you skip the word itself, take one more before.",
        ),
    ),
    hints=(
        "Divide each row by its length; then a product of two rows is their cosine.",
        "np.linalg.norm(table, axis=1, keepdims=True) has the lengths. One product gives all the cosines.",
        "Set the word's own cosine to -np.inf. np.argsort(-cosines) has the nearest first.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

# Exercise 6: trained vectors

NEIGHBOURS, BAR = 10, 0.5


@cache
def _vocabulary() -> tuple[str, ...]:
    from rnncourse.datasets.docs_text import load_docs_words

    return load_docs_words().vocabulary


def _table_of(vectors: Any) -> np.ndarray:
    """The table, also of a Keras layer that holds one."""
    return np.asarray(getattr(vectors, "embeddings", vectors), dtype=float)


def share_of_pairs(vectors: Any, seed: int) -> float:
    """For half of the pairs, asked in both directions: how often the one word is among the ten nearest of the other."""
    pairs = WORD_PAIRS[::2] if seed == PRACTICE_SEED else WORD_PAIRS[1::2]
    return embeddings.neighbour_share(_table_of(vectors), _vocabulary(), pairs, NEIGHBOURS)


def _all_alike(vectors: Any, seed: int) -> bool:
    """Whether most pairs of words have nearly the same direction."""
    unit = embeddings.unit_length(_table_of(vectors))
    chosen = np.random.default_rng(seed).integers(len(unit), size=(2, 500))
    return float(np.median(np.sum(unit[chosen[0]] * unit[chosen[1]], axis=1))) > 0.8


def _is_random(vectors: Any, seed: int) -> bool:
    return share_of_pairs(vectors, seed) < 0.06


word_vectors = Training(
    name="word_vectors",
    score=share_of_pairs,
    measure=f"share of the pairs found among the {NEIGHBOURS} nearest",
    measured_on="half of the list of pairs",
    bar=BAR,
    higher_is_better=True,
    mistakes=(
        Symptom(
            "all alike",
            _all_alike,
            "Nearly all the vectors point the same way. That is how they are in the first epoch, before the noise has "
            "driven them apart: train for six to ten epochs. If it stays so: is the noise in the cost, and is the text "
            "in its own order?",
        ),
        Symptom(
            "as good as random",
            _is_random,
            "Its neighbours are as good as random. Was the table trained, and on these tokens?",
        ),
    ),
    hints=(
        "rnncourse.train_skip_gram(tokens, len(vocabulary)) trains a table with what is usual.",
        "The text is short, so it must be read several times: six to ten epochs.",
        "If it is near the bar: more epochs, 50 to 100 dimensions, a window of 5.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

EXERCISES = (one_hot, lookup_gradient, skip_gram_pairs, negative_sampling_loss, cosine_neighbours, word_vectors)
