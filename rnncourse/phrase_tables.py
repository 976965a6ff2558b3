"""TRANSLATING by counting, as it was done before networks: words that belong together, and a table of phrases.

All of it is learnt from the same pairs as a network. First each word gets shares in the words of the other language
(Brown and others' first model); where both directions agree, two words are linked; runs of words that are linked only
to each other are phrases (Koehn, Och and Marcu). A translation is the sequence of phrases, in the order of the source,
that is likeliest by their counts and by the counts of three words in a row; two words that no phrase covers together
may change places.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_count
from rnncourse.vocabulary import PAD, build_vocabulary, encode_sentences, expect_pairs, expect_texts

#: The word that stands for none: what a target word belongs to that no source word says. It has the number of <pad>.
_NOBODY = PAD
_OPTIONS = 8  # translations of a phrase that are tried
_UNSEEN = -12.0  # log of what a word costs that no phrase covers: it is copied
# Weights as such systems have them, chosen for unseen sentences of our grammar, in both directions.
_LANGUAGE, _PER_WORD, _SWAP = 0.5, 0.5, 1.0

Phrase = tuple[str, ...]
Pair = tuple[str, str]


class WordTable(NamedTuple):
    """Which word is said for which.

    Attributes:
        shares: p(target word | source word), shape (target words, source words); column 0 is for "no word".
        source_vocabulary, target_vocabulary: the words by number.
    """

    shares: np.ndarray
    source_vocabulary: tuple[str, ...]
    target_vocabulary: tuple[str, ...]


def word_table(pairs: Iterable[tuple[str, str]], rounds: int = 10) -> WordTable:
    """t(f | e) = count(f, e) / count(e), where each f shares its count among the e of its sentence by the last t.

    Args:
        pairs: (source, target), at least one.
        rounds: how often the shares are computed anew; they start all alike.

    Returns:
        ``WordTable``. Each source sentence also holds "no word", for words that nothing in it says.

    Raises:
        ValueError: there is no pair, or rounds is not a whole number of at least 1.

    Source: P. Brown and others, "The mathematics of statistical machine translation" (1993), Model 1.
    """
    pairs, rounds = expect_pairs("pairs", pairs), expect_count("rounds", rounds)
    vocabularies = tuple(build_vocabulary([pair[side] for pair in pairs]) for side in (0, 1))
    said, heard, places = _meetings(pairs, vocabularies)
    shape = len(vocabularies[1]), len(vocabularies[0])
    shares = np.ones(shape)
    for _ in range(rounds):
        likely = shares[said, heard]
        likely = likely / np.bincount(places, likely)[places]
        counts = np.bincount(said * shape[1] + heard, likely, minlength=shape[0] * shape[1]).reshape(shape)
        shares = counts / np.maximum(counts.sum(axis=0), 1e-300)
    return WordTable(shares, *vocabularies)


def _meetings(pairs: Sequence[Pair], vocabularies: Sequence[Sequence[str]]) -> tuple[np.ndarray, ...]:
    """Each target word with each source word of its sentence: (its number, the other's, which place it has in all)."""
    said, heard, places = [], [], []
    place = 0
    sides = [encode_sentences([pair[side] for pair in pairs], vocabularies[side]) for side in (0, 1)]
    for source, target in zip(*sides, strict=True):
        asked = np.append(source[source != PAD], _NOBODY)
        answers = target[target != PAD]
        said.append(np.repeat(answers, len(asked)))
        heard.append(np.tile(asked, len(answers)))
        places.append(np.repeat(np.arange(place, place + len(answers)), len(asked)))
        place += len(answers)
    return tuple(np.concatenate(part).astype(np.int64) for part in (said, heard, places))


def word_by_word_baseline(train_pairs: Iterable[tuple[str, str]], sources: Iterable[str]) -> list[str]:
    """A dictionary learnt from the pairs: for each word the one that is likeliest said for it, in the same order.

    Args:
        train_pairs: (source, target), at least one.
        sources: sentences to translate. A word that training never shows is copied.

    Returns:
        A sentence for each source.

    Raises:
        ValueError: sources is no list of texts, or there is no training pair.
    """
    table = word_table(train_pairs)
    best = np.argmax(table.shares, axis=0)
    meaning = {word: table.target_vocabulary[best[number]] for number, word in enumerate(table.source_vocabulary)}
    return [" ".join(meaning.get(word, word) for word in source.split()) for source in expect_texts("sources", sources)]


def phrase_table_baseline(
    train_pairs: Iterable[tuple[str, str]], sources: Iterable[str], longest: int = 5, width: int = 10
) -> list[str]:
    """The likeliest phrases, by log p(target | source) + log p(source | target) + (log p(word | two before) + 1) / 2.

    Args:
        train_pairs: (source, target), at least one.
        sources: sentences to translate. A word that no phrase covers is copied.
        longest: how many words a phrase has at most.
        width: how many beginnings are kept for each number of words covered.

    Returns:
        A sentence for each source.

    Raises:
        ValueError: sources is no list of texts, there is no training pair, or a number is below 1.

    Source: P. Koehn, F. Och and D. Marcu, "Statistical phrase-based translation" (2003). Phrases stay in order; two
        words that no phrase covers together may change places.
    """
    longest, width = expect_count("longest", longest), expect_count("width", width)
    pairs = [(one.split(), other.split()) for one, other in expect_pairs("train_pairs", train_pairs)]
    pairs = [pair for pair in pairs if all(pair)]  # of nothing there is no phrase
    options = _phrase_options(pairs, longest)
    language = _Trigrams([target for _, target in pairs])
    return [
        " ".join(_cover(source.split(), options, language, longest, width))
        for source in expect_texts("sources", sources)
    ]


def _phrase_options(pairs: Sequence[tuple[list[str], list[str]]], longest: int) -> Mapping[Phrase, list]:
    """Source phrase -> its likeliest translations with log p(target | source) + log p(source | target)."""
    counts: Counter[tuple[Phrase, Phrase]] = Counter()
    for (source, target), links in zip(pairs, _links(pairs), strict=True):
        for (i, j), (a, b) in _phrases(links, longest):
            counts[tuple(source[i:j]), tuple(target[a:b])] += 1
    asked, said = Counter[Phrase](), Counter[Phrase]()
    for (phrase, translation), count in counts.items():
        asked[phrase] += count
        said[translation] += count
    options = defaultdict(list)
    for (phrase, translation), count in counts.items():
        options[phrase].append((translation, np.log(count / asked[phrase]) + np.log(count / said[translation])))
    return {phrase: sorted(found, key=lambda option: -option[1])[:_OPTIONS] for phrase, found in options.items()}


def _links(pairs: Sequence[tuple[list[str], list[str]]]) -> Iterator[np.ndarray]:
    """Which words of each pair belong together, shape (source, target): those that both directions think likeliest."""
    joined = [(" ".join(source), " ".join(target)) for source, target in pairs]
    there, back = word_table(joined), word_table([pair[::-1] for pair in joined])
    for source, target in joined:
        asked, said = (
            encode_sentences([text], words)[0] for text, words in zip((source, target), there[1:], strict=True)
        )
        forth = there.shares[np.ix_(said, np.append(asked, _NOBODY))].T  # (source and nobody, target)
        links = _largest(forth, axis=0)[:-1]
        backward = back.shares[np.ix_(asked, np.append(said, _NOBODY))]  # (source, target and nobody)
        yield links & _largest(backward, axis=1)[:, :-1]


def _largest(shares: np.ndarray, axis: int) -> np.ndarray:
    return shares == shares.max(axis=axis, keepdims=True)


def _phrases(links: np.ndarray, longest: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Runs of source words and of target words with links to each other, and none out of either."""
    sums = np.pad(np.cumsum(np.cumsum(links, axis=0), axis=1), ((1, 0), (1, 0)))
    rows, columns = (
        np.array([(i, j) for i in range(size) for j in range(i + 1, min(i + longest, size) + 1)])
        for size in links.shape
    )
    (i, j), (a, b) = rows.T, columns.T
    inside = sums[np.ix_(j, b)] - sums[np.ix_(i, b)] - sums[np.ix_(j, a)] + sums[np.ix_(i, a)]
    of_rows, of_columns = sums[j, -1] - sums[i, -1], sums[-1, b] - sums[-1, a]
    fitting = (inside > 0) & (inside == of_rows[:, np.newaxis]) & (inside == of_columns)
    for row, column in np.argwhere(fitting):
        yield tuple(rows[row]), tuple(columns[column])


class _Trigrams:
    """log p of a word after two others: interpolated counts of three, of two and of one (Witten and Bell)."""

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        self.counts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            words = ["<go>", "<go>", *sentence, "<eos>"]
            for place in range(2, len(words)):
                for length in range(3):
                    self.counts[tuple(words[place - length : place])][words[place]] += 1
        self.words = len(self.counts[()])
        self.known: dict[tuple[str, ...], float] = {}

    def __call__(self, before: tuple[str, str], word: str) -> float:
        """log p(word | before)."""
        key = (*before, word)
        if key not in self.known:
            share = 1 / (self.words + 1)
            for length in range(3):
                came = self.counts.get(before[2 - length :])
                if came:
                    share = (came[word] + len(came) * share) / (came.total() + len(came))
            self.known[key] = float(np.log(share))
        return self.known[key]

    def added(self, before: tuple[str, str], words: Sequence[str]) -> tuple[float, tuple[str, str]]:
        """log p of some words one after the other: (their sum, the last two words then)."""
        total = 0.0
        for word in words:
            total += self(before, word)
            before = before[1], word
        return total, before


def _options_from(source: Sequence[str], place: int, options: Mapping[Phrase, list], longest: int) -> Iterator[tuple]:
    """(where it ends, its words, its log p) of each translation of each phrase that begins at a place."""
    for end in range(place + 1, min(place + longest, len(source)) + 1):
        phrase = tuple(source[place:end])
        found = options.get(phrase)
        if found is None and len(phrase) == 1:
            found = [(phrase, _UNSEEN)]
        elif found is None and len(phrase) == 2:
            first, second = (options.get((word,), []) for word in phrase)
            found = [(after + before, p + q + _SWAP) for before, p in first for after, q in second]
        for target, gain in found or ():
            yield end, target, gain


def _cover(
    source: Sequence[str], options: Mapping[Phrase, list], language: _Trigrams, longest: int, width: int
) -> list[str]:
    """The best translation of a sentence, phrase after phrase from its first word to its last."""
    beams: list[dict] = [{} for _ in range(len(source) + 1)]  # words covered: the last two said -> (score, all said)
    beams[0]["<go>", "<go>"] = 0.0, ()
    for place in range(len(source)):
        best = sorted(beams[place].items(), key=lambda item: -item[1][0])[:width]
        for end, target, gain in _options_from(source, place, options, longest):
            for before, (score, words) in best:
                more, after = language.added(before, target)
                total = score + gain + _LANGUAGE * more + _PER_WORD * len(target)
                if total > beams[end].get(after, (-np.inf,))[0]:
                    beams[end][after] = total, (*words, *target)
    finished = ((score + _LANGUAGE * language(before, "<eos>"), words) for before, (score, words) in beams[-1].items())
    return list(max(finished)[1])
