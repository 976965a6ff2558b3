"""Word vectors: ours beside gensim's Word2Vec, on the same words of Python's documentation, with the same settings.

Quality is the share of ``rnncourse.WORD_PAIRS``, written down before any training, in which one word is among the ten
nearest of the other, and how many of ``rnncourse.ANALOGIES`` are solved. Speed is tokens of the text a second, all
epochs together. gensim is not a dependency of the course: ``pip install gensim`` first; without it only ours is shown.

    python benchmarks/skip_gram.py                   (two minutes on two cores)
"""

from __future__ import annotations

import argparse
import statistics
import time

from measuring import machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import numpy as np

from rnncourse import ANALOGIES, WORD_PAIRS, load_docs_words, neighbour_share, skip_gram_epochs, solve_analogy

try:
    from gensim.models import Word2Vec
except ImportError:
    Word2Vec = None

DIMENSIONS, WINDOW, NEGATIVES = 50, 5, 5


def ours(tokens: np.ndarray, vocabulary: tuple[str, ...], epochs: int, seed: int) -> np.ndarray:
    """The table after the last epoch."""
    options = {"window": WINDOW, "negatives": NEGATIVES, "epochs": epochs, "seed": seed}
    return list(skip_gram_epochs(tokens, len(vocabulary), DIMENSIONS, **options))[-1]


def gensims(tokens: np.ndarray, vocabulary: tuple[str, ...], epochs: int, seed: int) -> np.ndarray:
    """The same by gensim, its rows in our order. The text is one row of words, cut into pieces of 1000 for it."""
    words = [vocabulary[token] for token in tokens]
    pieces = [words[start : start + 1000] for start in range(0, len(words), 1000)]
    options = {"vector_size": DIMENSIONS, "window": WINDOW, "negative": NEGATIVES, "epochs": epochs, "seed": seed}
    model = Word2Vec(pieces, sg=1, min_count=1, sample=1e-3, workers=2, **options)
    return np.stack([model.wv[word] for word in vocabulary])


def analogies_solved(table: np.ndarray, vocabulary: tuple[str, ...]) -> int:
    """How many of the analogies whose words are all known come out right."""
    number = {word: index for index, word in enumerate(vocabulary)}
    known = [[number[word] for word in words] for words in ANALOGIES if set(words) <= set(number)]
    return sum(solve_analogy(table, a, b, c) == d for a, b, c, d in known)


def main() -> None:
    """Train with both, several seeds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, nargs="+", default=[12, 40])
    chosen = parser.parse_args()
    tokens, vocabulary = load_docs_words()
    programs = {"ours": ours} | ({"gensim": gensims} if Word2Vec else {})
    rows = [
        [
            "random vectors",
            "–",
            "–",
            *_quality([np.random.default_rng(0).normal(size=(len(vocabulary), 50))], vocabulary),
        ]
    ]
    for epochs in chosen.epochs:
        for name, program in programs.items():
            seconds, tables = [], []
            for seed in range(1, chosen.seeds + 1):
                say(f"{name}, {epochs} epochs, seed {seed}")
                start = time.perf_counter()
                tables.append(program(tokens, vocabulary, epochs, seed))
                seconds.append(time.perf_counter() - start)
            speed = len(tokens) * epochs / statistics.median(seconds)
            rows.append(
                [
                    f"{name}, {epochs} epochs",
                    f"{statistics.median(seconds):.1f}",
                    f"{speed:,.0f}",
                    *_quality(tables, vocabulary),
                ]
            )
    say("")
    print(machine(), f"{chosen.seeds} seeds, medians", f"{len(tokens):,} tokens, {len(vocabulary):,} words", sep="; ")
    print()
    print_table(
        ["", "s", "tokens a second", f"of {len(WORD_PAIRS)} pairs found", f"of {len(ANALOGIES)} analogies"], rows
    )


def _quality(tables: list[np.ndarray], vocabulary: tuple[str, ...]) -> list[str]:
    pairs = [neighbour_share(table, vocabulary, WORD_PAIRS) for table in tables]
    solved = [analogies_solved(table, vocabulary) for table in tables]
    return [f"{statistics.median(pairs):.0%} ({min(pairs):.0%} to {max(pairs):.0%})", f"{statistics.median(solved):g}"]


if __name__ == "__main__":
    main()
