"""EMBEDDINGS: a vector for each word. Lookup, skip-gram with negative sampling, neighbours, analogies, a map."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from rnncourse.shapes import (
    expect_count,
    expect_finite,
    expect_list,
    expect_numbers,
    expect_row,
    expect_shapes,
    expect_tokens,
)

BATCH, NOISE_WORDS = 512, 64  # pairs in a training step; noise words drawn for it
#: Words more frequent than this share are left out now and then, so that "the" does not take part in every pair.
FREQUENT = 1e-3


def one_hot(tokens: np.ndarray, words: int) -> np.ndarray:
    """x[…, j] = 1 where token … is j, 0 elsewhere.

    Args:
        tokens: numbers of words, whole numbers from 0, of any shape.
        words: how many words there are.

    Returns:
        float32, the shape of tokens and one axis more, of length words.

    Raises:
        ValueError: a token is no whole number from 0 to words - 1.
    """
    tokens = expect_tokens("tokens", tokens, classes=expect_count("words", words))
    return (tokens[..., np.newaxis] == np.arange(words)).astype(np.float32)


def embedding_lookup(table: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """e[…] = row tokens[…] of the table: what one_hot(tokens) @ table is, without the product.

    Args:
        table: a vector for each word, shape (words, dimensions).
        tokens: numbers of words, of any shape.

    Returns:
        The shape of tokens and one axis more, of length dimensions.

    Raises:
        ValueError: the table is no matrix, or a token is no whole number from 0 to words - 1.
    """
    expect_shapes(table=(table, "words dimensions"))
    table = np.asarray(table)
    return table[expect_tokens("tokens", tokens, classes=len(table))]


def lookup_gradient(tokens: np.ndarray, gradients: np.ndarray, words: int) -> np.ndarray:
    """dC/dE_k = sum of dC/de_i over the places i whose token is k; 0 for a word that was not looked up.

    Args:
        tokens: numbers of words, of any shape.
        gradients: dC/de, by each vector that was looked up: the shape of tokens, and an axis of dimensions.
        words: how many rows the table has.

    Returns:
        Shape (words, dimensions).

    Raises:
        ValueError: a token is no row, or gradients does not have the shape of tokens and one axis more.
    """
    tokens = expect_tokens("tokens", tokens, classes=expect_count("words", words))
    gradients = expect_numbers("gradients", gradients)
    if gradients.ndim == 0 or gradients.shape[:-1] != tokens.shape:
        raise ValueError(f"gradients has shape {gradients.shape}, expected {tokens.shape} and an axis of dimensions.")
    total = np.zeros((words, gradients.shape[-1]))
    np.add.at(total, tokens, gradients)  # total[tokens] += gradients would count a word only once
    return total


def skip_gram_pairs(tokens: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (tokens[i], tokens[j]) with 1 <= |i - j| <= window, ordered by i and then by j.

    Args:
        tokens: a text as numbers of words, shape (length,).
        window: how far apart two words may stand.

    Returns:
        (centres, contexts), two arrays of the same length.

    Raises:
        ValueError: tokens has another number of axes, or window is not a whole number of at least 1.

    Source: T. Mikolov and others, "Efficient estimation of word representations in vector space" (2013).
    """
    expect_shapes(tokens=(tokens, "length"))
    tokens, window = np.asarray(tokens), expect_count("window", window)
    offsets = np.array([offset for offset in range(-window, window + 1) if offset])
    places = np.arange(len(tokens))[:, np.newaxis] + offsets  # (length, 2 · window)
    inside = (places >= 0) & (places < len(tokens))
    return np.repeat(tokens, inside.sum(axis=1)), tokens[places[inside]]


def negative_sampling_loss(
    centres: np.ndarray, contexts: np.ndarray, noise: np.ndarray, negatives: float = 5.0
) -> float:
    """C = mean_i (-log sigmoid(u_i · v_i) - k mean_j log sigmoid(-u_i · n_j)).

    A true neighbour should have a large product with its centre, a word drawn at random a small one. The mean over the
    noise words stands for the expectation over the distribution that they are drawn from.

    Args:
        centres: u_i, the vectors of the centres, shape (batch, dimensions).
        contexts: v_i, the vectors of the words beside them, from a table of their own, shape (batch, dimensions).
        noise: n_j, the vectors of words drawn at random, the same for the whole batch, shape (noise, dimensions).
        negatives: k, how much the noise counts.

    Returns:
        One number, at least 0.

    Raises:
        ValueError: a shape does not fit, or there is no pair or no noise word.

    Source: T. Mikolov and others, "Distributed representations of words and phrases and their compositionality" (2013).
    """
    centres, contexts, noise = expect_shapes(
        centres=(centres, "batch dimensions"),
        contexts=(contexts, "batch dimensions"),
        noise=(noise, "noise dimensions"),
    )
    expect_row("centres", centres)
    expect_row("noise", noise)
    near, far = np.sum(centres * contexts, axis=1), centres @ noise.T
    # log(1 + exp(-x)) = -log sigmoid(x), by a function that does not overflow
    return float(np.mean(np.logaddexp(0, -near)) + negatives * np.mean(np.logaddexp(0, far)))


def skip_gram_epochs(
    tokens: np.ndarray,
    words: int,
    dimensions: int = 50,
    *,
    window: int = 5,
    epochs: int = 8,
    negatives: float = 5.0,
    rate: float = 5e-3,
    seed: int = 0,
    costs: list[float] | None = None,
) -> Iterator[np.ndarray]:
    """Train skip-gram with negative sampling; after each epoch, hand out the table as it is.

    Each epoch leaves out some of the most frequent words at random, makes all pairs within the window, and goes through
    them in a random order with Adam, whose rate falls to 0 in a straight line.

    Args:
        tokens: a text as numbers of words, shape (length,).
        words: how many words there are.
        dimensions: length of a vector.
        window: how far apart two words of a pair may stand.
        epochs: how often the text is gone through.
        negatives: k of ``negative_sampling_loss``.
        rate: learning rate at the start.
        seed: the same seed gives the same table, up to rounding.
        costs: where to append the mean cost of each epoch.

    Yields:
        The table of the centres, float32, shape (words, dimensions); ``epochs`` times.

    Raises:
        ValueError: an argument is out of range, or the text is too short for a single pair.
    """
    import tensorflow as tf

    words, dimensions = expect_count("words", words), expect_count("dimensions", dimensions)
    window, epochs = expect_count("window", window), expect_count("epochs", epochs)
    tokens = expect_tokens("tokens", tokens, "length", words)
    if len(tokens) < 2:
        raise ValueError(f"tokens has shape {tokens.shape}, expected (length,) of at least 2 words: a text.")
    rng = np.random.default_rng(seed)
    counts = np.bincount(tokens, minlength=words)
    table, step = _trainer(rng, words, dimensions, negatives)
    noise_share = counts**0.75 / np.sum(counts**0.75)
    for epoch in range(epochs):
        centres, contexts = _pairs_of_an_epoch(tokens, counts, window, rng)
        steps = -(-len(centres) // BATCH)
        noise = rng.choice(words, size=(steps, NOISE_WORDS), p=noise_share).astype(np.int32)
        totals = []
        for number in range(steps):
            part = slice(number * BATCH, (number + 1) * BATCH)
            now = np.float32(rate * (1 - (epoch + number / steps) / epochs))
            totals.append(step(*map(tf.constant, (centres[part], contexts[part], noise[number], now))))
        if costs is not None:
            costs.append(float(np.mean(totals)))
        yield table.numpy()


def _trainer(rng: np.random.Generator, words: int, dimensions: int, negatives: float) -> tuple[Any, Any]:
    """The table of the centres, and a compiled step(centres, contexts, noise, rate) -> cost: Adam on both tables."""
    import tensorflow as tf

    start = rng.uniform(-0.5, 0.5, size=(words, dimensions)) / dimensions
    tables = tf.Variable(start, dtype=tf.float32), tf.Variable(tf.zeros((words, dimensions)))
    adam = _adam(tables)

    def cost(centres: Any, contexts: Any, noise: Any) -> Any:
        near = tf.reduce_sum(centres * contexts, axis=1)
        far = tf.matmul(centres, noise, transpose_b=True)
        return tf.reduce_mean(tf.nn.softplus(-near)) + negatives * tf.reduce_mean(tf.nn.softplus(far))

    @tf.function(autograph=False, reduce_retracing=True)
    def step(centres: Any, contexts: Any, noise: Any, rate: Any) -> Any:
        u, v, n = tf.gather(tables[0], centres), tf.gather(tables[1], contexts), tf.gather(tables[1], noise)
        with tf.GradientTape() as tape:
            tape.watch([u, v, n])
            total = cost(u, v, n)
        to_u, to_v, to_n = tape.gradient(total, [u, v, n])
        gradients = (
            tf.math.unsorted_segment_sum(to_u, centres, words),
            tf.math.unsorted_segment_sum(tf.concat([to_v, to_n], 0), tf.concat([contexts, noise], 0), words),
        )
        adam(gradients, rate)
        return total

    return tables[0], step


def _adam(tables: tuple[Any, ...]) -> Callable[[tuple[Any, ...], Any], None]:
    """m = 0.9 m + 0.1 g, v = 0.999 v + 0.001 g², w -= rate sqrt(1 - 0.999^n) / (1 - 0.9^n) m / (sqrt(v) + 1e-8)."""
    import tensorflow as tf

    means, squares = ([tf.Variable(tf.zeros_like(table)) for table in tables] for _ in range(2))
    count = tf.Variable(0.0)

    def adam(gradients: tuple[Any, ...], rate: Any) -> None:
        count.assign_add(1.0)
        scale = rate * tf.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        for table, mean, square, gradient in zip(tables, means, squares, gradients, strict=True):
            mean.assign(0.9 * mean + 0.1 * gradient)
            square.assign(0.999 * square + 0.001 * gradient**2)
            table.assign_sub(scale * mean / (tf.sqrt(square) + 1e-8))

    return adam


def _pairs_of_an_epoch(
    tokens: np.ndarray, counts: np.ndarray, window: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of the text without some of its most frequent words, in a random order."""
    share = counts[tokens] / len(tokens)
    kept = tokens[rng.random(len(tokens)) < np.sqrt(FREQUENT / share) + FREQUENT / share]
    centres, contexts = skip_gram_pairs(kept if len(kept) > 1 else tokens, window)
    order = rng.permutation(len(centres))
    return centres[order].astype(np.int32), contexts[order].astype(np.int32)


def train_skip_gram(tokens: np.ndarray, words: int, dimensions: int = 50, **options: Any) -> np.ndarray:
    """The table after the last epoch of ``skip_gram_epochs``, with a line of progress.

    Args:
        tokens, words, dimensions, options: as for ``skip_gram_epochs``.

    Returns:
        A vector for each word, float32, shape (words, dimensions).

    Raises:
        ValueError: as for ``skip_gram_epochs``.
    """
    from rnncourse.training import show_progress

    epochs, costs = options.setdefault("epochs", 8), options.setdefault("costs", [])
    table = np.empty((0, dimensions))
    for done, table in enumerate(skip_gram_epochs(tokens, words, dimensions, **options), start=1):  # noqa: B007
        show_progress(done, epochs, scores={"loss": costs[-1]})
    return table


def cosine_neighbours(table: np.ndarray, token: int, count: int) -> np.ndarray:
    """The tokens with the largest cos(e_j, e_token) = e_j · e_token / (|e_j| |e_token|), the nearest first.

    Args:
        table: a vector for each word, none of them zero, shape (words, dimensions).
        token: whose neighbours; it is not its own neighbour.
        count: how many, at most words - 1.

    Returns:
        Numbers of words, shape (count,).

    Raises:
        ValueError: the table is no matrix, or a number is out of range.
    """
    (table,) = expect_shapes(table=(table, "words dimensions"))
    token = int(expect_tokens("token", token, "", len(table)))
    if expect_count("count", count) >= len(table):
        raise ValueError(f"count is {count}, expected at most {len(table) - 1}: there are {len(table)} words.")
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit = table / np.maximum(lengths, np.finfo(float).tiny)  # a row of zeros stays as it is
    cosines = unit @ unit[token]
    cosines[token] = -np.inf
    return np.argsort(-cosines, kind="stable")[:count]


def unit_length(table: np.ndarray) -> np.ndarray:
    """e / |e| for each row: then a product of two rows is their cosine.

    Args:
        table: vectors in rows, shape (words, dimensions); a row of zeros stays as it is.

    Raises:
        ValueError: the table is no matrix.
    """
    (table,) = expect_shapes(table=(table, "words dimensions"))
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return table / np.where(lengths == 0, 1, lengths)


def neighbour_share(
    table: np.ndarray, vocabulary: Sequence[str], pairs: Sequence[tuple[str, str]], count: int = 10
) -> float:
    """The share of yes, each pair asked twice: is b among the ``count`` nearest of a, and is a among those of b?

    Args:
        table: a vector for each word, shape (words, dimensions).
        vocabulary: the words by number.
        pairs: words that belong together; a pair with a word that is not in the vocabulary is left out.
        count: how many neighbours are looked at.

    Returns:
        0 to 1. A random table reaches about count / words.

    Raises:
        ValueError: no pair is in the vocabulary, the table has another number of rows than there are words, or count
            is out of range.
    """
    expect_shapes(table=(table, "words dimensions"))
    vocabulary, pairs = expect_list("vocabulary", vocabulary, "words"), expect_list("pairs", pairs, "pairs of words")
    if len(table) != len(vocabulary):
        raise ValueError(f"table has {len(table)} rows, expected one for each of the {len(vocabulary)} words.")
    number = {word: index for index, word in enumerate(vocabulary)}
    both = [[number[word] for word in pair] for pair in pairs if set(pair) <= set(number)]
    if not both:
        raise ValueError(f"pairs has {len(pairs)} pairs, expected at least one with both its words in the vocabulary.")
    if expect_count("count", count) >= len(table):
        raise ValueError(f"count is {count}, expected at most {len(table) - 1}: there are {len(table)} words.")
    ones, others = np.array([way for pair in both for way in (pair, pair[::-1])]).T
    unit = unit_length(table)
    cosines = unit[ones] @ unit.T  # all at once: a large table is read once, not once per pair
    cosines[np.arange(len(ones)), ones] = -np.inf
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return float(np.mean(np.any(nearest == others[:, np.newaxis], axis=1)))


def spelling_table(words: Sequence[str], dimensions: int = 512) -> np.ndarray:
    """e_w[k] = how many pieces of three letters of <w> fall into column k: words that are spelt alike are near.

    A yardstick: what can be found of neighbours and analogies by the letters alone, by somebody who has read nothing.

    Args:
        words: the words, one row each; "<" and ">" mark the beginning and the end of a word.
        dimensions: how many columns there are. A hash says which column a piece falls into; two may share one.

    Returns:
        float32, shape (words, dimensions).

    Raises:
        ValueError: there are no words, or dimensions is no whole number of at least 1.

    Source: P. Bojanowski and others, "Enriching word vectors with subword information" (2017), who learn a vector for
        each column and add them up.
    """
    words = expect_list("words", words, "words", empty=False)
    dimensions = expect_count("dimensions", dimensions)
    table = np.zeros((len(words), dimensions), np.float32)
    for row, word in zip(table, words, strict=True):
        marked = f"<{word}>"
        for start in range(len(marked) - 2):
            row[zlib.crc32(marked[start : start + 3].encode()) % dimensions] += 1
    return table


def solve_analogy(table: np.ndarray, a: int, b: int, c: int) -> int:
    """The d with the largest cos(e_d, e_b - e_a + e_c): a is to b as c is to d. The vectors are taken at length 1.

    Args:
        table: a vector for each word, shape (words, dimensions).
        a, b, c: numbers of words; none of them is the answer.

    Returns:
        The number of a word.

    Raises:
        ValueError: the table is no matrix, a number is out of range, or there is no word beside the three.

    Source: T. Mikolov, W. Yih and G. Zweig, "Linguistic regularities in continuous space word representations" (2013).
    """
    table = unit_length(table)
    given = [int(expect_tokens(name, token, "", len(table))) for name, token in zip("abc", (a, b, c), strict=True)]
    if len(set(given)) == len(table):
        raise ValueError(f"table has {len(table)} rows, expected at least one beside those of a, b and c.")
    cosines = table @ (table[given[1]] - table[given[0]] + table[given[2]])
    cosines[given] = -np.inf
    return int(np.argmax(cosines))


def family_vectors() -> np.ndarray:
    """e = (rank, age, sex), each -1 or 1: a table in which b - a + c is exactly d for every analogy of its words.

    Returns:
        Shape (8, 3), the rows of man, woman, boy, girl, king, queen, prince, princess.
    """
    signs = (-1.0, 1.0)
    return np.array([(rank, age, sex) for rank in signs for age in signs for sex in signs])


def principal_components(vectors: np.ndarray, count: int = 2) -> np.ndarray:
    """The vectors minus their mean, seen along the ``count`` directions in which they differ most.

    Args:
        vectors: shape (number, dimensions).
        count: how many directions, at most the smaller of number and dimensions.

    Returns:
        Shape (number, count). The sign of each direction is chosen so that its largest coordinate is positive.

    Raises:
        ValueError: vectors is no matrix of finite numbers, or count is out of range.

    Source: K. Pearson, "On lines and planes of closest fit to systems of points in space" (1901).
    """
    (vectors,) = expect_shapes(vectors=(vectors, "number dimensions"))
    if expect_count("count", count) > min(vectors.shape):
        raise ValueError(
            f"count is {count}, expected at most {min(vectors.shape)} for vectors of shape {vectors.shape}."
        )
    expect_finite("vectors", vectors)
    left, sizes, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    seen = left[:, :count] * sizes[:count]
    return seen * np.sign(seen[np.argmax(np.abs(seen), axis=0), np.arange(count)])
