"""TEXT as whole numbers: a token for each letter, windows to learn from, and bits per character."""

from __future__ import annotations

import numpy as np

from rnncourse.shapes import expect_count, expect_row, expect_shapes, expect_tokens


@np.errstate(divide="ignore")  # the logarithm of 0 is minus infinity, and that is meant
def bits_per_character(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """-mean of log2 p(what came): how many yes-or-no questions a character costs whoever knows these probabilities.

    Args:
        probabilities: what was given to each class, shape (characters, classes).
        targets: the class that came, whole numbers, shape (characters,).

    Returns:
        A number of bits: log2(classes) for one who knows nothing, 0 for one who is always sure and right, infinite for
        one who gave 0 to what came.

    Raises:
        ValueError: a shape does not fit, there is no character, a target is no class, or a probability is negative.

    Source: C. Shannon, "Prediction and entropy of printed English" (1951).
    """
    probabilities, targets = _expect_forecasts(probabilities, targets)
    given = probabilities[np.arange(len(targets)), targets]
    return float(-np.sum(np.log2(given)) / len(targets))


def letters_of(text: str) -> str:
    """The different characters of a text, sorted: character k of the result has the number k."""
    return "".join(sorted(set(text)))


def encode_text(text: str, letters: str) -> np.ndarray:
    """The number of each character.

    Args:
        text: made of ``letters`` only.
        letters: see ``letters_of``.

    Returns:
        int32, shape (characters,).

    Raises:
        ValueError: a character is not among the letters; the message names it and its place.
    """
    number = {letter: index for index, letter in enumerate(letters)}
    strange = next(((place, letter) for place, letter in enumerate(text) if letter not in number), None)
    if strange is not None:
        raise ValueError(
            f"text[{strange[0]}] is {strange[1]!r}, expected one of the {len(letters)} letters: {letters!r}."
        )
    return np.fromiter((number[letter] for letter in text), dtype=np.int32, count=len(text))


def decode_text(tokens: np.ndarray, letters: str) -> str:
    """The text of a row of numbers, the way back from ``encode_text``.

    Raises:
        ValueError: tokens is not a row of whole numbers from 0 to letters - 1.
    """
    return "".join(letters[token] for token in expect_tokens("tokens", tokens, "characters", len(letters)))


def cut_windows(tokens: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """inputs[i, t] = tokens[i · n + t], targets[i, t] = tokens[i · n + t + 1], for n = length: pieces side by side.

    Args:
        tokens: a stream of whole numbers, shape (count,).
        length: n, steps in a piece.

    Returns:
        (inputs, targets), shape (pieces, length) each; what is left over at the end is dropped.

    Raises:
        ValueError: tokens is not a row of numbers, or it is not longer than one piece.
    """
    expect_shapes(tokens=(tokens, "count"))
    length = expect_count("length", length)
    pieces = (len(tokens) - 1) // length
    if pieces < 1:
        raise ValueError(f"tokens has {len(tokens)} entries, expected at least {length + 1}: a piece and a target.")
    return (
        np.reshape(tokens[: pieces * length], (pieces, length)),
        np.reshape(tokens[1 : pieces * length + 1], (pieces, length)),
    )


def counted_bits(learn: np.ndarray, test: np.ndarray, classes: int, context: int = 0) -> float:
    """Bits a token of a model that only counts: p(k | the ``context`` tokens before) = (n_k + 1) / (n + classes).

    Args:
        learn: the stream whose tokens are counted.
        test: the stream to be forecast.
        classes: how many different tokens there are.
        context: how many tokens before are looked at: 0, or 1 for pairs, or more.

    Returns:
        The mean number of bits for a token of ``test``.

    Raises:
        ValueError: a number is out of range, or a stream is not longer than the context.
    """
    classes, context = expect_count("classes", classes, least=2), expect_count("context", context, least=0)
    if classes**context > np.iinfo(np.int64).max:
        raise ValueError(f"context is {context}, expected fewer tokens: {classes} classes make too many contexts.")
    learn, test = _expect_stream("learn", learn, classes, context), _expect_stream("test", test, classes, context)
    before, came = _contexts(learn, classes, context)
    keys, place = np.unique(before, return_inverse=True)
    counts = np.zeros((len(keys) + 1, classes))  # the last row: a context that was never seen
    np.add.at(counts, (place, came), 1)
    before, came = _contexts(test, classes, context)
    found = np.minimum(np.searchsorted(keys, before), len(keys) - 1)
    rows = np.where(keys[found] == before, found, len(keys))
    return bits_per_character((counts[rows] + 1) / (counts[rows].sum(axis=1, keepdims=True) + classes), came)


def _contexts(tokens: np.ndarray, classes: int, context: int) -> tuple[np.ndarray, np.ndarray]:
    """One number for the tokens before, and the token that came, for each place that has enough before it."""
    count = len(tokens) - context
    before = np.zeros(count, dtype=np.int64)
    for back in range(context):
        before = before * classes + tokens[back : back + count]
    return before, np.asarray(tokens[context:])


def _expect_forecasts(probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    probabilities, _ = expect_shapes(
        probabilities=(probabilities, "characters classes"), targets=(targets, "characters")
    )
    expect_row("probabilities", probabilities)
    if not np.all(probabilities >= 0):
        raise ValueError("probabilities has a number that is negative or NaN, expected numbers from 0 to 1.")
    return probabilities, expect_tokens("targets", targets, "characters", probabilities.shape[1])


def _expect_stream(name: str, tokens: np.ndarray, classes: int, context: int) -> np.ndarray:
    tokens = expect_tokens(name, tokens, "time", classes)
    if len(tokens) <= context:
        raise ValueError(f"{name} has {len(tokens)} tokens, expected more than the {context} of a context.")
    return tokens
