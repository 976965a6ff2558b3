"""The exercises of chapter 13: the way back of a lookup, pairs, two mistakes to find, a table by hand, a small one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from rnncourse import embeddings
from rnncourse.cells import sigmoid
from rnncourse.datasets.word_pairs import WORD_PAIRS
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import (
    WHOLE,
    Apart,
    Case,
    Design,
    Exercise,
    Kind,
    Measure,
    Mistake,
    Symptom,
    Training,
)
from rnncourse.exercises.edits import changed

# Exercise 1: the way back of a lookup


def _gradients_case(rng: np.random.Generator) -> Case:
    tokens = rng.integers(0, 6, size=(2, 5))  # ten tokens of six words: some come more than once
    return {"tokens": tokens, "gradients": rng.normal(size=(2, 5, 3)), "words": 7}


def _more_gradients() -> Case:
    rng = np.random.default_rng(2)
    return {"tokens": rng.integers(0, 8, size=(3, 6)), "gradients": rng.normal(size=(3, 6, 2)), "words": 9}


def _counts(tokens: np.ndarray, words: int) -> np.ndarray:
    return np.bincount(tokens.ravel(), minlength=words)[:, np.newaxis]


_ADDED = "np.add.at(total, tokens, gradients)"
_lookup = partial(changed, embeddings.lookup_gradient)

lookup_gradient = Exercise(
    name="lookup_gradient",
    kind=Kind.NEW_CASE,
    reference=embeddings.lookup_gradient,
    alternatives=(alternatives.lookup_gradient,),
    cases=_gradients_case,
    other_cases=(_more_gradients(),),
    edge_cases=({"tokens": np.array([3, 3, 1]), "gradients": np.array([[1.0, 2], [10, 20], [5, 6]]), "words": 5},),
    mistakes=(
        Mistake(
            "last one wins",
            _lookup((_ADDED, "total[tokens] += gradients")),
            "A word that was looked up twice got only one of its gradients. NumPy's total[tokens] += … counts each row "
            "once; np.add.at, or a loop, adds them all.",
        ),
        Mistake(
            "row by row",
            _lookup((_ADDED, "for row, gradient in zip(tokens, gradients):\n        total[row] += gradient")),
            "Your loop goes along the first axis only, so it takes a whole row of tokens at once, and total[row] += … "
            "counts each word of it once. Go through every place: np.ndindex(tokens.shape).",
        ),
        Mistake(
            "mean instead of sum",
            lambda *given: embeddings.lookup_gradient(*given) / np.maximum(_counts(given[0], given[2]), 1),
            "You took the mean over a word's places. Each place adds its own influence: the sum.",
        ),
        Mistake(
            "one row too far",
            lambda *given: np.roll(embeddings.lookup_gradient(*given), 1, axis=0),
            "Your rows stand one too far down: word 0 has row 0.",
        ),
        Mistake(
            "words left out",
            _lookup(("return total", "return total[np.unique(tokens)]")),
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
            "You counted how often a word was looked up. You are asked for the sum of the gradients there.",
        ),
        Mistake(
            "sign",
            _lookup(("return total", "return -total")),
            "The sign is wrong: this is the gradient itself, not a step along it.",
        ),
        Mistake(
            "counted from 1",
            lambda *given: np.roll(embeddings.lookup_gradient(*given), -1, axis=0),
            "Your rows stand one too far up, that of word 0 at the end: words are counted from 0.",
        ),
        Mistake(
            "squares added",
            _lookup((_ADDED, "np.add.at(total, tokens, gradients**2)")),
            "You add up the squares, as some optimizers keep them. The gradient is the plain sum.",
        ),
        Mistake(
            "sizes added",
            _lookup((_ADDED, "np.add.at(total, tokens, np.abs(gradients))")),
            "You add up the sizes. Influences of different sign cancel: the plain sum.",
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

# Exercise 2: pairs


def _text_case(rng: np.random.Generator) -> Case:
    return {"tokens": rng.permutation(20)[: rng.integers(7, 10)], "window": int(rng.integers(2, 4))}


_LONGER_TEXTS = tuple(
    {"tokens": np.random.default_rng(window).permutation(30)[:11], "window": window} for window in (1, 2, 3)
)


_pairs = partial(changed, embeddings.skip_gram_pairs)


def _by_distance(tokens: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs, the nearest first: for each distance place by place, first the one direction, then the other."""
    places = [(i, i + d) for d in range(1, window + 1) for i in range(len(tokens) - d)]
    pairs = np.array([pair for i, j in places for pair in ((i, j), (j, i))])
    return tokens[pairs[:, 0]], tokens[pairs[:, 1]]


skip_gram_pairs = Exercise(
    name="skip_gram_pairs",
    kind=Kind.NEW_CASE,
    reference=embeddings.skip_gram_pairs,
    alternatives=(alternatives.skip_gram_pairs,),
    cases=_text_case,
    other_cases=_LONGER_TEXTS,
    parts=("the centres", "the contexts"),
    edge_cases=({"tokens": np.array([3, 8, 5]), "window": 4}, {"tokens": np.array([6, 1, 6, 2]), "window": 2}),
    mistakes=(
        Mistake("the word itself", _pairs((" if offset", "")), "A word is not its own neighbour: leave out j = i."),
        Mistake(
            "equal words left out",
            _pairs(
                ("(places >= 0)", "(places >= 0) & (np.take(tokens, places, mode='wrap') != tokens[:, np.newaxis])")
            ),
            "You left out pairs of equal words. What is left out is the place i itself, j = i; the same word at "
            "another place is a neighbour.",
        ),
        Mistake(
            "only what follows",
            _pairs(("(-window,", "(1,")),
            "You paired each word with those after it. Those before it count, too.",
        ),
        Mistake(
            "only what came before",
            _pairs(("window + 1", "0")),
            "You paired each word with those before it. Those after it count, too.",
        ),
        Mistake(
            "window one too small",
            _pairs(("window + 1", "window")),
            "To the right your window ends one word early: i + window belongs to it, and range stops before its end.",
        ),
        Mistake(
            "beginning wraps around",
            _pairs(("(places >= 0) & ", "")),
            "At the beginning you take words from the end of the text: an index below 0 counts from behind.",
        ),
        Mistake(
            "exchanged",
            lambda *given: embeddings.skip_gram_pairs(*given)[::-1],
            "The pairs are right, but the centre comes first: return (centres, contexts).",
        ),
        Mistake(
            "only full windows",
            _pairs(("    return", "    inside &= inside.all(axis=1, keepdims=True)\n    return")),
            "You left out the words near the beginning and the end. They have neighbours, too, only fewer.",
        ),
        Mistake(
            "places instead of words",
            lambda tokens, window: embeddings.skip_gram_pairs(np.arange(len(tokens)), window),
            "You return the places i and j. You are asked for the words that stand there: tokens[i] and tokens[j].",
        ),
        Mistake(
            "ordered by distance",
            _by_distance,
            "The pairs are right, but in another order. They go centre by centre, and each centre from left to right.",
        ),
        Mistake(
            "left and right in turn",
            _pairs(
                (
                    "[offset for offset in range(-window, window + 1) if offset]",
                    "sorted((offset for offset in range(-window, window + 1) if offset), key=abs)",
                )
            ),
            "The pairs are right, but in another order: for each centre from left to right.",
        ),
        Mistake(
            "only words exactly window away",
            _pairs(("if offset", "if abs(offset) == window")),
            "You take only the words exactly window places away. All those up to window places away are neighbours.",
        ),
        Mistake(
            "window one too large",
            _pairs(("range(-window, window + 1)", "range(-window - 1, window + 2)")),
            "Your window is one word too wide on both sides: window counts the words on each side, without the centre.",
        ),
        Mistake(
            "window in all",
            _pairs(("range(-window, window + 1)", "range(-(window // 2), window // 2 + 1)")),
            "Your window counts both sides together. It is the number of words on each side.",
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

# Exercise 3: the cost


def _vectors_case(rng: np.random.Generator, batch: int = 4, noise: int = 6, dimensions: int = 3) -> Case:
    return {
        "centres": rng.normal(size=(batch, dimensions)),
        "contexts": rng.normal(size=(batch, dimensions)),
        "noise": rng.normal(size=(noise, dimensions)),
        "negatives": float(rng.uniform(2, 8)),
    }


_cost = partial(changed, embeddings.negative_sampling_loss)

negative_sampling_loss = Exercise(
    name="negative_sampling_loss",
    kind=Kind.BUG,
    starts_from="every centre with every context",
    reference=embeddings.negative_sampling_loss,
    alternatives=(alternatives.negative_sampling_loss,),
    cases=_vectors_case,
    other_cases=(_vectors_case(np.random.default_rng(2), 7, 5, 4),),
    mistakes=(
        Mistake(
            "sign of the noise",
            _cost(("(0, far)", "(0, -far)")),
            "You reward large products with the noise. There it is sigmoid(-u · n): a minus inside.",
        ),
        Mistake(
            "plus before the noise",
            _cost(("+ negatives", "- negatives")),
            "The part of the noise has the wrong sign: there is a minus before it, too, since a logarithm of a sigmoid "
            "is negative.",
        ),
        Mistake(
            "sign of the neighbours",
            _cost(("(0, -near)", "(0, near)")),
            "You punish large products with the true neighbours. The minus inside belongs to the noise.",
        ),
        Mistake("k left out", _cost(("negatives * ", "")), "The part of the noise counts negatives times."),
        Mistake(
            "noise added up",
            _cost(("np.logaddexp(0, far)", "np.sum(np.logaddexp(0, far), axis=1)")),
            "Over the noise words the mean is taken, not the sum: more noise words only make it more exact.",
        ),
        Mistake(
            "sum over the batch",
            lambda centres, *given: len(centres) * embeddings.negative_sampling_loss(centres, *given),
            "You added the pairs of the batch up. Take their mean.",
        ),
        Mistake(
            "no logarithm",
            _cost(
                ("np.logaddexp(0, -near)", "-sigmoid(near)"),
                ("np.logaddexp(0, far)", "-sigmoid(-far)"),
                sigmoid=sigmoid,
            ),
            "The logarithm of the sigmoid is missing.",
        ),
        Mistake(
            "sign of the whole",
            lambda *given: -embeddings.negative_sampling_loss(*given),
            "The sign of the whole is wrong: logarithms of shares are negative, a cost is positive.",
        ),
        Mistake(
            "noise left out",
            _cost((" + negatives * np.mean(np.logaddexp(0, far))", "")),
            "The noise is missing. Without it, making all the vectors alike and long would be best.",
        ),
        Mistake(
            "neighbours left out",
            _cost(("np.mean(np.logaddexp(0, -near)) + ", "")),
            "The true neighbours are missing: only the noise is in the cost.",
        ),
        Mistake(
            "every centre with every context",
            _cost(("np.sum(centres * contexts, axis=1)", "centres @ contexts.T")),
            "You paired each centre with all the contexts of the batch. Row i of centres belongs to row i of contexts.",
        ),
        Mistake(
            "cosine for product",
            _cost(
                (
                    "    near, far",
                    "    centres, contexts, noise = map(unit_length, (centres, contexts, noise))\n    near, far",
                )
            ),
            "You divide the vectors by their lengths. The cost takes the plain products.",
        ),
        Mistake(
            "divided by k",
            _cost(("negatives * np.mean", "np.mean"), ("(0, far))", "(0, far)) / negatives")),
            "You divide the part of the noise by negatives. It counts negatives times.",
        ),
        Mistake(
            "k times the neighbours",
            _cost(("np.mean(np.logaddexp(0, -near)) + negatives *", "negatives * np.mean(np.logaddexp(0, -near)) +")),
            "The true pairs count negatives times in your cost. It is the noise that does.",
        ),
        Mistake(
            "k times both",
            _cost(("np.mean(np.logaddexp(0, -near))", "negatives * np.mean(np.logaddexp(0, -near))")),
            "Both parts count negatives times in your cost. Only the noise does.",
        ),
        Mistake(
            "base 2",
            lambda *given: embeddings.negative_sampling_loss(*given) / np.log(2),
            "That is the logarithm to base 2. The natural logarithm is meant.",
        ),
        Mistake(
            "noise of 1 - log",
            _cost(("np.logaddexp(0, far)", "1 + np.logaddexp(0, -far)")),
            "The noise has the wrong expression: the probability of no neighbour is 1 - sigmoid = sigmoid(-u · n), and "
            "the logarithm is taken of that.",
        ),
    ),
    hints=(
        "Put one pair after another into the function: the mean of the costs should be the cost of the whole batch.",
        "With one pair it is right, with two it is not. Which of the two products has a row and a column per pair?",
        "Row i of centres meets row i of contexts and no other: multiply place by place and add along axis 1.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 4: neighbours


def _table_case(rng: np.random.Generator) -> Case:
    lengths = rng.uniform(0.3, 4, size=(12, 1))
    return {
        "table": lengths * rng.normal(size=(12, 4)),
        "token": int(rng.integers(1, 11)),
        "count": int(rng.integers(3, 6)),
    }


_LARGER_TABLE = {"table": np.random.default_rng(3).normal(size=(15, 5)) * np.linspace(0.4, 3, 15)[:, np.newaxis]}
#: The first word and the last, whose places are easy to take for others: [1 : count + 1], -1.
_LARGER_TABLES = ({**_LARGER_TABLE, "token": 0, "count": 6}, {**_LARGER_TABLE, "token": 14, "count": 2})


_COSINES = "unit @ unit[token]"
_neighbours = partial(changed, embeddings.cosine_neighbours)

cosine_neighbours = Exercise(
    name="cosine_neighbours",
    kind=Kind.BUG,
    starts_from="lengths of the columns",
    reference=embeddings.cosine_neighbours,
    alternatives=(alternatives.cosine_neighbours,),
    cases=_table_case,
    other_cases=_LARGER_TABLES,
    case_count=5,
    mistakes=(
        Mistake(
            "the word itself",
            _neighbours(("cosines[token] = -np.inf", "pass")),
            "The word itself is among its neighbours: it has cosine 1 with itself. Leave it out.",
        ),
        Mistake(
            "product instead of cosine",
            _neighbours((_COSINES, "table @ table[token]")),
            "You ranked by the product. A long vector has large products with many; divide by the lengths.",
        ),
        Mistake(
            "distance instead of cosine",
            _neighbours((_COSINES, "-np.linalg.norm(table - table[token], axis=1)")),
            "You ranked by distance. You are asked for the cosine, to which the lengths of the vectors do not matter.",
        ),
        Mistake(
            "farthest first",
            _neighbours((_COSINES, f"-{_COSINES}")),
            "Those are the words that are least like it. np.argsort puts the smallest first.",
        ),
        Mistake(
            "the nearest last",
            _neighbours(("[:count]", "[:count][::-1]")),
            "The right words in the wrong order: the nearest comes first.",
        ),
        Mistake(
            "size of the cosine",
            _neighbours((_COSINES, f"np.abs({_COSINES})")),
            "You took the size of the cosine. A cosine near -1 says that two vectors point away from each other.",
        ),
        Mistake(
            "cosines instead of words",
            _neighbours(('np.argsort(-cosines, kind="stable")', "-np.sort(-cosines)")),
            "Those are the cosines. You are asked for the numbers of the words: np.argsort gives them.",
        ),
        Mistake(
            "one too few",
            _neighbours(("[:count]", "[: count - 1]")),
            "There is one neighbour too few. If you skip the word itself, take one more before.",
        ),
        Mistake(
            "lengths of the columns",
            _neighbours(("axis=1, keepdims=True", "axis=0, keepdims=True")),
            "You divide by the lengths of the columns. A word is a row: axis=1.",
        ),
        Mistake(
            "multiplied by the lengths",
            _neighbours((_COSINES, "(table @ table[token]) * lengths[:, 0]")),
            "You multiply by the lengths. A cosine is the product divided by both of them.",
        ),
        Mistake(
            "the nearest last, the word itself among them",
            lambda table, token, count: np.argsort(
                embeddings.unit_length(table) @ embeddings.unit_length(table)[token]
            )[-count:],
            "argsort puts the smallest first, so that your nearest comes last; and the word itself is among them.",
        ),
        Mistake(
            "two left out",
            _neighbours(("[:count]", "[1 : count + 1]")),
            "You leave out the first of the ranking though the word itself is gone already: the nearest neighbour is "
            "missing.",
        ),
    ),
    hints=(
        "Multiply one word's vector by 10 and look again: which neighbours may change by that?",
        "A cosine of two rows needs the length of each row. How many lengths does your function compute?",
        "np.linalg.norm(table, axis=1, keepdims=True) has one length per row, axis=0 one per column.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

# Exercise 5: a table designed by hand

_MOST_DIMENSIONS = 4


def _answers(table: np.ndarray, analogies: np.ndarray) -> np.ndarray:
    """What each analogy (a, b, c) is answered with a table of eight rows, one row per analogy."""
    table = np.asarray(table, dtype=float)
    if table.ndim != 2 or len(table) != 8 or not 1 <= table.shape[1] <= _MOST_DIMENSIONS:
        raise ValueError(
            f"table has shape {table.shape}, expected (8, dimensions) with 1 to {_MOST_DIMENSIONS} dimensions."
        )
    return np.array([[embeddings.solve_analogy(table, *analogy)] for analogy in analogies])


#: What the rows of the table stand for.
_FAMILY = ("man", "woman", "boy", "girl", "king", "queen", "prince", "princess")


def _measured_analogies(table: np.ndarray, analogies: np.ndarray) -> tuple[Measure, ...]:
    """Each analogy with the two ways that are to be the same, as rows of length 1 have them, and its answer."""
    unit, told = embeddings.unit_length(np.asarray(table, dtype=float)), []
    for (a, b, c), (found,) in zip(analogies, _answers(table, analogies), strict=True):
        ways = [f"{_FAMILY[to]} - {_FAMILY[of]} = {_row(unit[to] - unit[of])}" for of, to in ((a, c), (b, a ^ b ^ c))]
        asked = f"{_FAMILY[b]} - {_FAMILY[a]} + {_FAMILY[c]}"
        words = f"At length 1, {' and '.join(ways)}: your nearest to {asked} is {{}}"
        told.append(Measure(words, _FAMILY[int(found)], ", it should be {}"))
    return tuple(told)


def _row(numbers: np.ndarray) -> str:
    return f"({', '.join(f'{number + 0:.2g}' for number in np.round(numbers, 2))})"


def _squares() -> Iterator[Case]:
    """All analogies in which a differs from b in one feature and from c in another one, which is the least."""
    features = (4, 1, 2)
    pairs = itertools.permutations(features, 2)
    yield {"analogies": np.array([(a, a ^ one, a ^ other) for one, other in pairs for a in range(8)])}


def _corners(rng: np.random.Generator, count: int = 9) -> Case:
    """Analogies that have an answer: in each of the three features a is like b or like c."""
    chosen: list[tuple[int, int, int]] = []
    while len(chosen) < count:
        a, b, c = (int(word) for word in rng.permutation(8)[:3])
        if (a ^ b) & (a ^ c) == 0:
            chosen.append((a, b, c))
    return {"analogies": np.array(chosen)}


def _family(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[], np.ndarray]:
    """A design: the reference's table, changed."""
    return lambda: change(embeddings.family_vectors())


family_vectors = Exercise(
    name="family_vectors",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=embeddings.family_vectors,
    cases=_corners,
    other_cases=(_corners(np.random.default_rng(6), 14),),
    call=Design(
        _answers,
        unseen=("analogies",),
        measures=_measured_analogies,
        apart=(Apart(_FAMILY, directions=True),),
        small=_squares,
    ),
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "features as 0 and 1",
            _family(lambda table: (table + 1) / 2),
            "Your features are 0 and 1. The rows then have different lengths, one of them has none, and the cosine "
            "looks at directions: make all rows equally long.",
        ),
        Mistake(
            "sex left out",
            _family(lambda table: table * (1, 1, 0)),
            "Your table does not tell man from woman: words that differ in nothing else have the same row.",
        ),
        Mistake(
            "age left out",
            _family(lambda table: table * (1, 0, 1)),
            "Your table does not tell grown-up from child: words that differ in nothing else have the same row.",
        ),
        Mistake(
            "rank left out",
            _family(lambda table: table * (0, 1, 1)),
            "Your table does not tell king from man: words that differ in nothing else have the same row.",
        ),
        Mistake(
            "one number per word",
            lambda: np.arange(1.0, 9)[:, np.newaxis],
            "All your rows point the same way, and the cosine cannot tell them apart. A word needs a number per "
            "feature.",
        ),
        Mistake(
            "places on a circle",
            lambda: np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1),
            "Eight places on a circle are all different, but the way from man to woman is not the way from king to "
            "queen: the same difference in meaning has to be the same difference of rows.",
        ),
        Mistake(
            "grown-ups and children exchanged in half of the table",
            _family(lambda table: table[[0, 1, 2, 3, 6, 7, 4, 5]]),
            "For the royal words your ages are exchanged: prince has the row of king.",
        ),
    ),
    alternatives=(
        lambda: 3 * np.array([[a, b, c, 0] for a in (1, -1) for b in (1, -1) for c in (-1, 1)], dtype=float),
        lambda: np.array([[1, a, b, c] for a in (-2, 2) for b in (-2, 2) for c in (-2, 2)], dtype=float),
    ),
    hints=(
        "What does prince have in common with king, with boy, and with princess? Three features tell all eight apart.",
        "A column per feature. If rank, age and sex are the columns, queen - king is the same as girl - boy.",
        "The analogies use rows at length 1. Rows of +1 and -1 are all equally long; rows of 0 and 1 are not.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 6: trained vectors

NEIGHBOURS, BAR, MOST_NUMBERS, _FEW_DIMENSIONS = 10, 0.57, 16, 8


@cache
def _vocabulary() -> tuple[str, ...]:
    from rnncourse.datasets.docs_text import load_docs_words

    return load_docs_words().vocabulary


def _table_of(vectors: Any) -> np.ndarray:
    """The table, also of a Keras layer that holds one."""
    return np.asarray(getattr(vectors, "embeddings", vectors), dtype=float)


def share_of_pairs(vectors: Any, seed: int) -> float:
    """All pairs, each asked in both directions: how often the one word is among the ten nearest of the other.

    All of them whatever the seed: half of the list would leave two good tables apart by chance (0.61 to 0.72).
    """
    return embeddings.neighbour_share(_table_of(vectors), _vocabulary(), WORD_PAIRS, NEIGHBOURS)


def _all_alike(vectors: Any, seed: int) -> bool:
    """Whether most pairs of words have nearly the same direction."""
    unit = embeddings.unit_length(_table_of(vectors))
    chosen = np.random.default_rng(seed).integers(len(unit), size=(2, 500))
    return float(np.median(np.sum(unit[chosen[0]] * unit[chosen[1]], axis=1))) > 0.8


def _is_random(vectors: Any, seed: int) -> bool:
    return share_of_pairs(vectors, seed) < 0.06


word_vectors = Training(
    name="word_vectors",
    kind=Kind.DESIGN,
    open_ended=True,
    score=share_of_pairs,
    measure=f"share of the pairs found among the {NEIGHBOURS} nearest",
    measured_on="the list of pairs",
    bar=BAR,
    higher_is_better=True,
    mistakes=(
        Symptom(
            "too many dimensions",
            lambda vectors, seed: _table_of(vectors).shape[1] > MOST_NUMBERS,
            f"A word has more than {MOST_NUMBERS} numbers. The task is a small table: at most {MOST_NUMBERS}.",
            always=True,
        ),
        Symptom(
            "too few dimensions",
            lambda vectors, seed: _table_of(vectors).shape[1] < _FEW_DIMENSIONS,
            f"A word has fewer than {_FEW_DIMENSIONS} numbers: too few directions for so many words. Take up to "
            f"{MOST_NUMBERS}.",
        ),
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
        Symptom(
            "much lost",
            lambda vectors, seed: share_of_pairs(vectors, seed) > 0.3,
            "It knows many of the pairs, but too many are lost. Sixteen columns of a larger table hold only their part "
            "of it: make sixteen new ones out of all of them (section 6). If it was made anew, train for longer, or "
            "compare the counts with chance (section 7).",
        ),
    ),
    shapes="It is the table: a row of numbers for each word of the vocabulary, in the vocabulary's order.",
    recipe="""
word_vectors = rnncourse.principal_components(rnncourse.unit_length(vectors), 16)
""",
    hints=(
        "Two ways: make a small table from the start, or make the large one smaller. Cutting columns off loses much.",
        "Section 6 turns the cloud of vectors so that its first directions hold most. Two were enough for a picture.",
        "rnncourse.principal_components takes the number of directions; give it vectors of length 1.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

EXERCISES = (
    lookup_gradient,
    skip_gram_pairs,
    negative_sampling_loss,
    cosine_neighbours,
    family_vectors,
    word_vectors,
)
