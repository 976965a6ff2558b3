"""WORDS as whole numbers: a vocabulary with its special tokens, and the three arrays of teacher forcing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from rnncourse.sequences import pad
from rnncourse.shapes import expect_count, expect_list, expect_step, expect_tokens

#: The tokens that are no words, and their numbers in every vocabulary.
SPECIAL = ("<pad>", "<go>", "<eos>", "<unk>")


PAD, GO, EOS, UNK = range(len(SPECIAL))


class Sentences(NamedTuple):
    """What an encoder-decoder learns from: whole numbers, a row a sentence, padded with ``PAD``.

    Attributes:
        sources: what the encoder reads, shape (batch, source time).
        decoder_inputs: what the decoder reads, <go> and the target without its last token, shape (batch, target time).
        targets: what the decoder is to say, ended by <eos>, shape (batch, target time).
    """

    sources: np.ndarray
    decoder_inputs: np.ndarray
    targets: np.ndarray


def build_vocabulary(sentences: Sequence[str], least: int = 1) -> tuple[str, ...]:
    """<pad>, <go>, <eos>, <unk>, and then the words, the most frequent first: word k has the number k.

    Args:
        sentences: words separated by blanks.
        least: how often a word has to occur; a rarer one is read as <unk>.

    Returns:
        The words by number. Words that are equally frequent stand in alphabetical order. Accents are part of their
        letters (Unicode's form NFC), however the sentences spell them.

    Raises:
        ValueError: sentences is no list of texts, or one of the special tokens occurs as a word.
    """
    counts = Counter(word for sentence in _expect_sentences(sentences) for word in sentence.split())
    taken = next((word for word in SPECIAL if word in counts), None)
    if taken is not None:
        raise ValueError(f"sentences hold the word {taken!r}, which is a special token here: write it differently.")
    least = expect_count("least", least)
    kept = [word for word, count in counts.items() if count >= least]
    return (*SPECIAL, *sorted(kept, key=lambda word: (-counts[word], word)))


def encode_sentences(sentences: Sequence[str], vocabulary: Sequence[str], end: bool = False) -> np.ndarray:
    """tokens[i, t] = the number of word t of sentence i, <unk> for a word that has none, <pad> past the end.

    Args:
        sentences: at least one; words separated by blanks.
        vocabulary: the words by number, see ``build_vocabulary``.
        end: whether <eos> follows the last word of each sentence, as it does in a target.

    Returns:
        Whole numbers, shape (sentences, the longest of them).

    Raises:
        ValueError: sentences is a single text or empty, one of them holds <pad>, <go> or <eos>, or the vocabulary does
            not begin with the special tokens.
    """
    vocabulary = _expect_vocabulary(vocabulary)
    sentences = _expect_encodable(sentences)
    number = {word: index for index, word in enumerate(vocabulary)}
    rows = [[number.get(word, UNK) for word in sentence.split()] for sentence in sentences]
    if end:
        rows = [[*row, EOS] for row in rows]
    return pad(rows, PAD)[0].astype(np.int32)


def decode_sentences(tokens: np.ndarray, vocabulary: Sequence[str]) -> list[str]:
    """The words of each row up to its first <eos>, joined by blanks: the way back from ``encode_sentences``.

    Args:
        tokens: whole numbers, shape (batch, time); <pad> and <go> are not words and are left out.
        vocabulary: the words by number.

    Returns:
        A sentence for each row.

    Raises:
        ValueError: tokens has another number of axes, or holds a number that is not in the vocabulary.
    """
    tokens = expect_tokens("tokens", tokens, "batch time")
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < len(vocabulary):
        raise ValueError(
            f"tokens has numbers from {tokens.min()} to {tokens.max()}, expected 0 to {len(vocabulary) - 1}: "
            "a row of the vocabulary each. Is it the vocabulary of the other language?"
        )
    sentences = []
    for row in tokens.tolist():
        row = row[: row.index(EOS)] if EOS in row else row
        sentences.append(" ".join(vocabulary[token] for token in row if token not in (PAD, GO)))
    return sentences


def shift_right(targets: np.ndarray) -> np.ndarray:
    """inputs[i, 0] = <go>, inputs[i, t] = targets[i, t - 1]: what the decoder reads when it is to say targets[i, t].

    Args:
        targets: whole numbers, shape (batch, time), at least one step.

    Returns:
        Of the same shape and dtype. The last column of the targets is read by nobody.

    Raises:
        ValueError: targets has another number of axes, no step, or is not made of whole numbers.
    """
    targets = _expect_targets(targets)
    start = np.full((len(targets), 1), GO, targets.dtype)
    return np.concatenate([start, targets[:, :-1]], axis=1)


def make_sentences(
    pairs: Iterable[tuple[str, str]], source_vocabulary: Sequence[str], target_vocabulary: Sequence[str]
) -> Sentences:
    """The three arrays of teacher forcing for (source, target) pairs.

    Args:
        pairs: at least one (source, target), words separated by blanks; a ``zip`` of two lists will do.
        source_vocabulary, target_vocabulary: the words of both languages by number.

    Returns:
        ``Sentences(sources, decoder_inputs, targets)``.

    Raises:
        ValueError: there is no pair, what stands in its place is none, or a vocabulary does not begin with the special
            tokens.
    """
    pairs = expect_pairs("pairs", pairs)
    sources = encode_sentences([source for source, _ in pairs], source_vocabulary)
    targets = encode_sentences([target for _, target in pairs], target_vocabulary, end=True)
    return Sentences(sources, shift_right(targets), targets)


def expect_texts(name: str, texts: Iterable[str]) -> list[str]:
    """Return sentences as a list.

    Raises:
        ValueError: it is a single text, cannot be gone through, or holds what is no text.
    """
    found = expect_list(name, texts, "sentences")
    for index, text in enumerate(found):
        if not isinstance(text, str):
            raise ValueError(f"{name}[{index}] is {text!r}, expected a sentence: a text.")
    return found


def expect_pairs(name: str, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (source, target) pairs as a list; what can be gone through only once is gone through here.

    Raises:
        ValueError: it cannot be gone through, is empty, or holds what is no pair of texts.
    """
    found = list(pairs) if isinstance(pairs, Iterable) else []
    if not found:
        raise ValueError(f"{name} is {pairs!r}, expected a list of (source, target), at least one.")
    for index, pair in enumerate(found):
        if not isinstance(pair, tuple | list) or [isinstance(text, str) for text in pair] != [True, True]:
            raise ValueError(f"{name}[{index}] is {pair!r}, expected two texts: (source, target).")
    return [(source, target) for source, target in found]


def _expect_sentences(sentences: Sequence[str]) -> list[str]:
    """The sentences in Unicode's form NFC: an e with an accent has one form of two, and so one number."""
    return [unicodedata.normalize("NFC", sentence) for sentence in expect_texts("sentences", sentences)]


def _expect_encodable(sentences: Sequence[str]) -> list[str]:
    """Sentences whose words are no marks of the decoder; <unk>, which a network may have said, is a word."""
    found = _expect_sentences(sentences)
    if not found:
        raise ValueError("sentences is empty, expected at least one sentence.")
    for index, sentence in enumerate(found):
        marks = set(sentence.split()) & {SPECIAL[PAD], SPECIAL[GO], SPECIAL[EOS]}
        if marks:
            raise ValueError(
                f"sentences[{index}] holds {min(marks)!r}, which is a special token here, expected words only."
            )
    return found


def _expect_targets(targets: np.ndarray) -> np.ndarray:
    expect_tokens("targets", targets, "batch time")
    targets = np.asarray(targets)
    expect_step("targets", targets)
    return targets


def _expect_vocabulary(vocabulary: Sequence[str]) -> list[str]:
    vocabulary = expect_list("vocabulary", vocabulary, "words")
    if tuple(vocabulary[: len(SPECIAL)]) != SPECIAL:
        raise ValueError(
            f"vocabulary begins with {list(vocabulary[: len(SPECIAL)])}, expected {list(SPECIAL)}: "
            "make it with build_vocabulary."
        )
    return vocabulary
