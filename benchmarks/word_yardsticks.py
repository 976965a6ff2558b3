"""Chapter 13: every simple rival that we could think of, beside its word vectors, on what the chapter claims of them.

pairs      pairs of words found among the ten nearest, and analogies: chance, frequency, spelling, counting, GloVe
small      the same with at most 16 numbers per word, which an exercise asks for
published  GloVe's table on the published analogies of Mikolov and others (2013); they come with gensim, which is no
               dependency of the course: pip install gensim first
topics     topics of passages from 80 examples: counted words, means of vectors, a network

python benchmarks/word_yardsticks.py                     (five minutes on one core)
python benchmarks/word_yardsticks.py --claim small
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from measuring import print_table, run_claims, say  # first: it keeps TensorFlow quiet

# isort: split
import keras
import numpy as np

import rnncourse
from rnncourse import unit_length
from rnncourse.exercises import embeddings

TOKENS, VOCABULARY = rnncourse.load_docs_words()
WORDS = len(VOCABULARY)
PLACE = {word: index for index, word in enumerate(VOCABULARY)}
Table = np.ndarray


@cache
def trained(seed: int, dimensions: int = 50) -> Table:
    """The chapter's table, from another start."""
    say(f"word vectors of {dimensions} numbers, seed {seed}")
    return list(rnncourse.skip_gram_epochs(TOKENS, WORDS, dimensions, seed=seed))[-1]


@cache
def together(window: int) -> Table:
    """How often each two words stand within the window of each other."""
    counts = np.zeros((WORDS, WORDS))
    np.add.at(counts, rnncourse.skip_gram_pairs(TOKENS, window), 1)
    return counts


@cache
def pmi(window: int) -> Table:
    """max(0, log (n_ab n / (n_a n_b)))."""
    counts = together(window)
    alone = counts.sum(axis=1)
    return np.maximum(np.log(np.maximum(counts, 1e-9) * alone.sum() / np.outer(alone, alone)), 0)


@cache
def squeezed(window: int, dimensions: int) -> Table:
    """The widest directions of ``pmi``, as in the chapter."""
    values, sides = np.linalg.eigh(pmi(window))
    widest = np.argsort(-abs(values))[:dimensions]
    return sides[:, widest] * np.sqrt(abs(values[widest]))


def share_by(closeness: Callable[[int], np.ndarray]) -> float:
    """The share of the pairs found by a rule that says of a word how near each word is to it."""
    hits = []
    for one, other in (pair[::way] for pair in rnncourse.WORD_PAIRS for way in (1, -1)):
        ranking = np.argsort(-np.asarray(closeness(PLACE[one]), float), kind="stable")
        hits.append(PLACE[other] in [k for k in ranking if k != PLACE[one]][:10])
    return float(np.mean(hits))


def share(table: Table) -> float:
    """The same by the cosines of a table."""
    return rnncourse.neighbour_share(table, VOCABULARY, rnncourse.WORD_PAIRS)


def analogies(table: Table) -> int:
    """How many of ours are right."""
    questions = [[PLACE[word] for word in question] for question in rnncourse.ANALOGIES]
    return sum(rnncourse.solve_analogy(table, a, b, c) == d for a, b, c, d in questions)


def nearest_to_c(table: Table) -> int:
    """How many of ours are right if the answer is the word nearest to c."""
    right = 0
    for a, b, c, d in ([PLACE[word] for word in question] for question in rnncourse.ANALOGIES):
        right += next(k for k in rnncourse.cosine_neighbours(table, c, 4) if k not in (a, b)) == d
    return right


def common_beginning(token: int) -> list[int]:
    """How many letters each word begins with that this one begins with, too."""

    def length(other: str) -> int:
        same = [a == b for a, b in zip(VOCABULARY[token], other, strict=False)]
        return [*same, False].index(False)

    return [length(word) for word in VOCABULARY]


def of_seeds(measure: Callable[[Table], float], tables: Sequence[Table], form: str) -> str:
    """One number, or the smallest and the largest of several seeds."""
    values = sorted(measure(table) for table in tables)
    ends = dict.fromkeys((f"{values[0]:{form}}", f"{values[-1]:{form}}"))
    return " to ".join(ends)


def pairs(seeds: int) -> None:
    """Section 7 and 8: pairs found, analogies solved; window 4 is the best of 1, 2, 4, 5, 8, 10 for counting."""
    often = np.bincount(TOKENS, minlength=WORDS)
    counts = together(4)
    rules = {
        "the most frequent words": lambda token: often,
        "words as frequent as it": lambda token: -abs(np.log(often / often[token])),
        "the longest common beginning": common_beginning,
        "stands beside it most often": lambda token: counts[token],
        "the highest PMI, met twice at least": lambda token: np.where(counts[token] > 1, pmi(4)[token], 0),
    }
    rows = [[name, "–", f"{share_by(rule):.3f}", "–", "–"] for name, rule in rules.items()]
    tables = {
        "random vectors": [np.random.default_rng(seed).normal(size=(WORDS, 50)) for seed in range(seeds)],
        "spelling, pieces of three letters": [rnncourse.spelling_table(VOCABULARY)],
        "counts, rows": [counts],
        "logarithms of the counts, rows": [np.log1p(counts)],
        "PMI, whole rows": [pmi(4)],
        "PMI, squeezed": [squeezed(4, 50)],
        "PMI of window 5, squeezed": [squeezed(5, 50)],
        "skip-gram, the chapter's": [trained(seed) for seed in range(seeds)],
    }
    for name, several in tables.items():
        solved = (of_seeds(measure, several, "d") for measure in (analogies, nearest_to_c))
        rows.append([name, several[0].shape[1], of_seeds(share, several, ".3f"), *solved])
    rows.append(["GloVe, on the 30 pairs that it has", 100, f"{_glove_share():.3f}", "–", "–"])
    head = ["chapter 13, neighbours", "numbers per word", "of 95 pairs found", "of 20 analogies", "by the nearest to c"]
    print_table(head, rows)


def _glove_share() -> float:
    glove = rnncourse.load_glove_words()
    place = {word: index for index, word in enumerate(glove.vocabulary)}
    known = [word for word in VOCABULARY if word in place]
    table = glove.table[[place[word] for word in known]]
    return rnncourse.neighbour_share(table, known, rnncourse.WORD_PAIRS)


def small(seeds: int) -> None:
    """Exercise 6: what clears its bar and what does not."""
    large, sixteen = [trained(seed) for seed in range(seeds)], rnncourse.principal_components
    mixed = [np.random.default_rng(seed).normal(size=(50, 16)) for seed in range(seeds)]
    makers = {
        "random numbers": [np.random.default_rng(seed).normal(size=(WORDS, 16)) for seed in range(seeds)],
        "spelling, components": [sixteen(rnncourse.spelling_table(VOCABULARY), 16)],
        "GloVe, components, zeros where it has no word": [sixteen(_glove_rows(), 16)],
        "skip-gram, the first 16 columns": [table[:, :16] for table in large],
        "skip-gram, the last 16 columns": [table[:, -16:] for table in large],
        "skip-gram, the 16 widest columns": [table[:, np.argsort(-table.var(axis=0))[:16]] for table in large],
        "skip-gram, 16 random mixtures": [table @ mix for table, mix in zip(large, mixed, strict=True)],
        "skip-gram, 8 components": [sixteen(unit_length(table), 8) for table in large],
        "skip-gram, 16 components": [sixteen(table, 16) for table in large],
        "skip-gram at length 1, 16 components": [sixteen(unit_length(table), 16) for table in large],
        "skip-gram trained with 16 numbers": [trained(seed, 16) for seed in range(seeds)],
        **{f"PMI of window {window}, squeezed to 16": [squeezed(window, 16)] for window in (1, 2, 4, 5, 8)},
    }
    rows = []
    for name, several in makers.items():
        over = sum(embeddings.share_of_pairs(table, 1) >= embeddings.BAR for table in several)
        rows.append([name, of_seeds(share, several, ".3f"), f"{over} of {len(several)}"])
    print_table(["chapter 13, at most 16 numbers", "of 95 pairs found", f"clear the bar of {embeddings.BAR}"], rows)


def _glove_rows() -> Table:
    glove = rnncourse.load_glove_words()
    place = {word: index for index, word in enumerate(glove.vocabulary)}
    return np.array([glove.table[place[word]] if word in place else np.zeros(100) for word in VOCABULARY])


def published_questions() -> Iterator[tuple[str, list[str]]]:
    """The kind and the four words of each question of the published list, in small letters."""
    found = importlib.util.find_spec("gensim")
    if found is None or found.origin is None:
        return
    kind = ""
    path = Path(found.origin).parent / "test" / "test_data" / "questions-words.txt"
    for line in path.read_text(encoding="utf-8").lower().splitlines():
        if line.startswith(":"):
            kind = line[2:]
        else:
            yield kind, line.split()


def published(seeds: int) -> None:
    """Section 8: GloVe's table on a list that others made; nothing is drawn, so the seeds do not matter."""
    glove = rnncourse.load_glove_words()
    letters = unit_length(rnncourse.spelling_table(glove.vocabulary))
    place = {word: index for index, word in enumerate(glove.vocabulary)}
    kinds: dict[str, list[list[int]]] = {}
    for kind, words in published_questions():
        if set(words) <= set(place):
            kinds.setdefault(kind, []).append([place[word] for word in words])
    rows = []
    total = np.zeros(6, int)
    for kind, questions in kinds.items():
        say(kind)
        right = _right(glove.table, letters, np.array(questions))
        total += right
        rows.append([kind, right[0], *(f"{100 * part / right[0]:.0f}" for part in right[1:])])
    rows.append(["all", total[0], *(f"{100 * part / total[0]:.0f}" for part in total[1:])])
    head = ["published analogies, right in 100", "questions", "b - a + c", "own words allowed"]
    print_table([*head, "nearest to b", "nearest to c", "spelt most like c"], rows)


def _right(table: Table, letters: Table, questions: np.ndarray) -> np.ndarray:
    """The number of questions, and how many of them each of five rules answers."""
    right = np.zeros(6, int)
    for part in np.array_split(questions, -(-len(questions) // 200)):
        a, b, c, d = part.T
        summed = (table[b] - table[a] + table[c]) @ table.T
        right[2] += np.sum(summed.argmax(axis=1) == d)
        looks = summed, table[b] @ table.T, table[c] @ table.T, letters[c] @ letters.T
        for column, closeness in zip((1, 3, 4, 5), looks, strict=True):
            closeness[np.arange(len(part))[:, np.newaxis], part[:, :3]] = -np.inf
            right[column] += np.sum(closeness.argmax(axis=1) == d)
        right[0] += len(part)
    return right


def by_topic_means(features: Table, labels: np.ndarray, known: np.ndarray, unseen: np.ndarray) -> float:
    """As in the chapter: each passage gets the topic whose mean known passage has the largest cosine with it."""
    features, topics = unit_length(features), labels[known]
    means = unit_length(np.array([features[known][topics == topic].mean(axis=0) for topic in range(8)]))
    return float(np.mean(np.argmax(features[unseen] @ means.T, axis=1) == labels[unseen]))


def naive_bayes(counts: Table, labels: np.ndarray, known: np.ndarray, unseen: np.ndarray) -> float:
    """The topic with the largest log p(topic's words); 0.1 is added to each count, the best of 0.01 to 1."""
    of_topic = np.array([counts[known][labels[known] == topic].sum(axis=0) + 0.1 for topic in range(8)])
    logs = np.log(of_topic / of_topic.sum(axis=1, keepdims=True))
    return float(np.mean(np.argmax(counts[unseen] @ logs.T, axis=1) == labels[unseen]))


def topics(seeds: int) -> None:
    """Section 11: each seed draws other eighty known passages, other word vectors, another start of the network."""
    tokens, labels = rnncourse.load_docs_passages(VOCABULARY)
    counts = np.array([np.bincount(row, minlength=WORDS) for row in tokens])
    rare = np.log(len(counts) / np.maximum((counts > 0).sum(axis=0), 1))
    rows: dict[str, list[float]] = {}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        order, random = rng.permutation(len(labels)), rng.normal(size=(WORDS, 50))
        known = np.concatenate([order[labels[order] == topic][:10] for topic in range(8)])
        unseen = np.setdiff1d(order, known)
        parts, vectors = (labels, known, unseen), unit_length(trained(seed))
        reached = {
            "always the largest topic": np.bincount(labels[unseen]).max() / len(unseen),
            "words counted, naive Bayes": naive_bayes(counts, *parts),
            "words counted, means of topics": by_topic_means(counts, *parts),
            "words counted, rare ones more (tf-idf), means of topics": by_topic_means(counts * rare, *parts),
            "mean of random vectors, means of topics": by_topic_means(counts @ random, *parts),
            "mean of trained vectors, means of topics": by_topic_means(counts @ vectors, *parts),
            "GRU on random vectors": gru(random, seed, tokens, *parts),
            "GRU on trained vectors": gru(np.sqrt(50) * vectors, seed, tokens, *parts),
        }
        for name, right in reached.items():
            rows.setdefault(name, []).append(100 * right)
    head = [f"chapter 13, topics, right in 100 of {len(unseen)}", *(f"seed {seed}" for seed in range(seeds)), "mean"]
    print_table(head, [[name, *(f"{r:.1f}" for r in each), f"{np.mean(each):.1f}"] for name, each in rows.items()])


def gru(
    table: Table, seed: int, tokens: np.ndarray, labels: np.ndarray, known: np.ndarray, unseen: np.ndarray
) -> float:
    """The chapter's reader with a frozen table: the share of unseen passages that it gets right."""
    say(f"reader of topics, seed {seed}")
    keras.utils.set_random_seed(seed)
    reader, optimizer = rnncourse.word_reader(table, classes=8), rnncourse.recipe_optimizer(30 * 5, 1e-2)
    with contextlib.redirect_stdout(sys.stderr):
        rnncourse.fit(reader, tokens[known], labels[known], epochs=30, batch_size=16, optimizer=optimizer)
    return rnncourse.accuracy(reader, tokens[unseen], labels[unseen])


CLAIMS = {"pairs": pairs, "small": small, "published": published, "topics": topics}


if __name__ == "__main__":
    run_claims(CLAIMS, __doc__)
