"""TEXT as whole numbers: a token for each letter, bits per character, forecasts by counting, what a neuron tells."""

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
    return float(-np.mean(np.log2(given)))


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


def interpolated_shares(learn: str, before: str, letters: str) -> np.ndarray:
    """p_n(k) = (c_n(k) + m_n · p_(n-1)(k)) / (c_n + m_n) for n = 0, 1, … letters of context; p_(-1)(k) = 1 / letters.

    Here c_n(k) counts how often k followed the last n letters of ``before``, c_n is the sum of that over all k, and m_n
    says how many different letters followed. A context that never occurred changes nothing.

    Args:
        learn: the text whose letters are counted.
        before: the letters that stand before the one to be forecast; all of them are looked at, and fewer.
        letters: the letters to choose from, see ``letters_of``.

    Returns:
        The probability of each letter, shape (letters,).

    Raises:
        ValueError: there are no letters.

    Source: I. Witten and T. Bell, "The zero-frequency problem" (1991); method C of their paper.
    """
    if not letters:
        raise ValueError("letters is empty, expected at least one letter to choose from.")
    shares = np.full(len(letters), 1 / len(letters))
    for length in range(len(before) + 1):
        context = before[len(before) - length :]
        came = [learn[i + length] for i in range(len(learn) - length) if learn[i : i + length] == context]
        counts = np.array([came.count(letter) for letter in letters])
        kinds = np.count_nonzero(counts)
        if kinds:
            shares = (counts + kinds * shares) / (np.sum(counts) + kinds)
    return shares


def counted_bits(learn: np.ndarray, test: np.ndarray, classes: int, longest: int) -> np.ndarray:
    """``interpolated_shares`` for every token of a stream, with contexts of 0 to ``longest`` tokens: bits per token.

    Such a model is called an n-gram model: n - 1 tokens of context and the one that comes.

    Args:
        learn: the stream whose tokens are counted.
        test: the stream to be forecast.
        classes: how many different tokens there are.
        longest: tokens in the longest context.

    Returns:
        The mean number of bits per token of ``test``, its first ``longest`` left out, shape (longest + 1,): without a
        context, with one token of context, …

    Raises:
        ValueError: a number is out of range, or a stream is not longer than the longest context.
    """
    classes, longest = expect_count("classes", classes, least=2), expect_count("longest", longest, least=0)
    learn, test = _expect_stream("learn", learn, classes, longest), _expect_stream("test", test, classes, longest)
    padded = np.concatenate([np.full(longest, -1), learn])  # no context of the test stream reaches before its start
    return interpolated_bits(_contexts(padded, longest), learn, _contexts(test, longest), test[longest:], classes)


def _contexts(tokens: np.ndarray, longest: int) -> np.ndarray:
    """The ``longest`` tokens before each but the first of them, the nearest in the first column."""
    count = len(tokens) - longest
    columns = [tokens[longest - back : longest - back + count] for back in range(1, longest + 1)]
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0), dtype=np.int64)


def interpolated_bits(
    learn_contexts: np.ndarray, learn_came: np.ndarray, contexts: np.ndarray, came: np.ndarray, classes: int
) -> np.ndarray:
    """The bits of ``interpolated_shares`` for contexts of any kind: whatever was known before a token came.

    Args:
        learn_contexts: whole numbers, shape (count, columns): what is known before each token to count. The first
            column is the shortest context, the first two the next one, …
        learn_came: the token that came, shape (count,).
        contexts, came: the same for the tokens to be forecast.
        classes: how many different tokens there are.

    Returns:
        The mean number of bits per token, shape (columns + 1,): for no column, for the first, for the first two, …

    Raises:
        ValueError: a shape does not fit, or what came is no token.
    """
    classes, count = expect_count("classes", classes), len(learn_came)
    learn_contexts, contexts = _expect_contexts(learn_contexts, learn_came, contexts, came)
    came = np.concatenate([expect_tokens("came", part, "tokens", classes) for part in (learn_came, came)])
    columns, shares, bits = np.concatenate([learn_contexts, contexts]), np.full(len(contexts), 1 / classes), []
    keys = np.zeros(len(came), dtype=np.int64)
    for column in [None, *columns.T]:
        if column is not None:  # one number for the context so far
            keys = np.unique(keys * (np.ptp(column) + 1) + column - column.min(), return_inverse=True)[1]
        shares = _interpolated(keys[:count], came[:count], keys[count:], came[count:], shares)
        bits.append(-np.mean(np.log2(shares)))
    return np.array(bits)


def _interpolated(
    learn_keys: np.ndarray, learn_came: np.ndarray, keys: np.ndarray, came: np.ndarray, shorter: np.ndarray
) -> np.ndarray:
    """(c(k) + m · p(k)) / (c + m) for the token k that came after each context, p being that of a shorter context."""
    contexts, classes = max(learn_keys.max(), keys.max()) + 1, max(learn_came.max(), came.max()) + 1
    seen, counts = np.unique(learn_keys * classes + learn_came, return_counts=True)
    total, kinds = np.bincount(learn_keys, minlength=contexts), np.bincount(seen // classes, minlength=contexts)
    asked = keys * classes + came
    place = np.minimum(np.searchsorted(seen, asked), len(seen) - 1)
    came_before = np.where(seen[place] == asked, counts[place], 0)
    known = kinds[keys] > 0
    mixed = (came_before + kinds[keys] * shorter) / np.maximum(total[keys] + kinds[keys], 1)
    return np.where(known, mixed, shorter)


def _expect_contexts(
    learn_contexts: np.ndarray, learn_came: np.ndarray, contexts: np.ndarray, came: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    learn_contexts, _ = expect_shapes(
        learn_contexts=(learn_contexts, "count columns"), learn_came=(learn_came, "count")
    )
    contexts, _ = expect_shapes(contexts=(contexts, f"tokens {learn_contexts.shape[1]}"), came=(came, "tokens"))
    for name, part in (("learn_came", learn_came), ("came", came)):
        if not len(part):
            raise ValueError(f"{name} is empty, expected at least one token.")
    return learn_contexts.astype(np.int64), contexts.astype(np.int64)


def auc_per_unit(states: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """AUC_u = P(h_u where marked > h_u where not) + P(equal) / 2, over all pairs of a marked and an unmarked step.

    The area under the ROC curve: 1 for a unit that is higher at every marked step than at any other, 0 for one that is
    lower, 0.5 for one that says nothing about the marks.

    Args:
        states: h, shape (time, units).
        marks: which steps are marked, True or False, shape (time,).

    Returns:
        A number from 0 to 1 for each unit, shape (units,).

    Raises:
        ValueError: a shape does not fit, or all steps are marked, or none.

    Source: J. Hanley and B. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve" (1982).
    """
    states, marks = expect_shapes(states=(states, "time units"), marks=(np.asarray(marks) * 1, "time"))
    marks = marks != 0
    if marks.all() or not marks.any():
        raise ValueError("marks has one kind of steps only, expected some that are marked and some that are not.")
    inside, outside = states[marks], np.sort(states[~marks], axis=0)
    areas = []
    for unit in range(states.shape[1]):
        below = np.searchsorted(outside[:, unit], inside[:, unit], side="left")
        not_above = np.searchsorted(outside[:, unit], inside[:, unit], side="right")
        areas.append(np.mean(below + not_above) / (2 * len(outside)))
    return np.array(areas)


def inside_quotes(text: str) -> np.ndarray:
    """Which characters stand between double quotes: the mark changes at each quote, and ends with its paragraph.

    Args:
        text: any text.

    Returns:
        True or False for each character, shape (characters,); an opening quote is inside, a closing one is not.
    """
    marks, inside = [], False
    for place, letter in enumerate(text):
        if letter == '"':
            inside = not inside
        elif letter == "\n" and text[place - 1 : place] == "\n":
            inside = False
        marks.append(inside)
    return np.array(marks, dtype=bool)


def longest_copy(made: str, known: str) -> str:
    """The longest run of ``made`` that stands in ``known`` as it is; '' where not one letter does.

    Args:
        made: what was written.
        known: what was learnt from.

    Raises:
        ValueError: one of them is no text.
    """
    for name, text in (("made", made), ("known", known)):
        if not isinstance(text, str):
            raise ValueError(f"{name} is of type {type(text).__name__}, expected a text.")
    start, longest = 0, ""
    for end in range(1, len(made) + 1):
        while made[start:end] not in known:
            start += 1
        longest = max(longest, made[start:end], key=len)
    return longest


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
