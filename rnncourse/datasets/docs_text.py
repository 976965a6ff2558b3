"""Text that every Python brings along: its own language reference, which ``help()`` shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from rnncourse.datasets.damage import DamagedDataError
from rnncourse.shapes import expect_count, expect_list

_LEAST_LENGTH = 300_000  # characters; Python 3.11 has half as many again
_WORDS = ("class", "import", "lambda", "return", "statement", "while")
#: All characters that ``load_docs_text`` may hold; a version of Python uses most of them.
LETTERS = "\n" + "".join(map(chr, range(ord(" "), ord("~") + 1)))
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


@cache
def load_docs_text() -> str:
    """The topics of Python's language reference, one after the other in the order of their names.

    Curly quotes and long dashes become plain ones; other characters beyond ASCII are left out. The text differs a
    little from one version of Python to the next (the course was made with 3.11): about 460 000 characters of about 95
    kinds. So there is no hash to compare it with. What is checked is that it is long enough, that the topics of
    ``TOPICS`` are there, and a few words that no version can do without.

    Returns:
        Printable ASCII characters and line ends.

    Raises:
        DamagedDataError: the text is missing or not what was expected; the message says what to do.

    Source: the module ``pydoc_data.topics`` of the standard library; licence: that of Python.
    """
    topics = _topics()
    text = "\n\n".join(topics[name].strip() for name in sorted(topics))
    return re.sub(r"[^\n -~]", "", text.translate(_PLAIN))


class Words(NamedTuple):
    """A text as numbers of words.

    Attributes:
        tokens: int32, shape (length,): the words of the text, one after the other.
        vocabulary: the words by number, the most frequent first.
    """

    tokens: np.ndarray
    vocabulary: tuple[str, ...]


class Passages(NamedTuple):
    """Pieces of a text, and where they come from.

    Attributes:
        tokens: int32, shape (count, length).
        labels: int32, shape (count,): the number of the topic.
    """

    tokens: np.ndarray
    labels: np.ndarray


#: Eight long topics of the language reference, each about something else.
TOPICS = (
    "compound",
    "debugger",
    "formatstrings",
    "import",
    "specialnames",
    "string-methods",
    "types",
    "typesseq",
)


def load_docs_words(least: int = 5) -> Words:
    """The words of ``load_docs_text`` in small letters; words that occur less than ``least`` times are left out.

    Args:
        least: how often a word has to occur.

    Returns:
        About 60 000 tokens and 1 300 words, a few more or less with the version of Python.

    Raises:
        ValueError: least is not a whole number of at least 1.
        DamagedDataError: the text is missing or not what was expected; the message says what to do.
    """
    words = _words_of(load_docs_text())
    counts = Counter(words)
    least = expect_count("least", least)
    kept = sorted((word for word, count in counts.items() if count >= least), key=lambda word: (-counts[word], word))
    return Words(_numbered(words, kept), tuple(kept))


def load_docs_passages(vocabulary: Sequence[str], length: int = 20, topics: Sequence[str] = TOPICS) -> Passages:
    """The topics cut into pieces of ``length`` words; words that are not in the vocabulary are left out first.

    Args:
        vocabulary: the words by number.
        length: words in a piece.
        topics: names of topics; their places are the labels.

    Returns:
        ``Passages``, topic after topic.

    Raises:
        ValueError: there is no topic, this Python has none of that name, or a topic is shorter than a piece.
        DamagedDataError: the text is missing or not what was expected; the message says what to do.
    """
    texts, length, pieces = _topics(), expect_count("length", length), []
    vocabulary = expect_list("vocabulary", vocabulary, "words")
    topics = expect_list("topics", topics, "names of topics", empty=False)
    for name in topics:
        if name not in texts:
            raise ValueError(
                f"There is no topic {name!r} in this Python's language reference; help('topics') lists all."
            )
        tokens = _numbered(_words_of(texts[name]), vocabulary)
        if len(tokens) < length:
            raise ValueError(f"The topic {name!r} has {len(tokens)} words, expected at least {length}: a piece.")
        pieces.append(tokens[: len(tokens) // length * length].reshape(-1, length))
    labels = np.repeat(np.arange(len(topics), dtype=np.int32), [len(piece) for piece in pieces])
    return Passages(np.concatenate(pieces), labels)


def _topics() -> dict[str, str]:
    """Name -> text, once it is known to be a language reference."""
    advice = (
        "It belongs to Python's standard library: install Python again, and its documentation where that is a package "
        "of its own; help('topics') should then list the topics."
    )
    try:
        from pydoc_data.topics import topics
    except (ImportError, SyntaxError, ValueError, EOFError) as error:  # depending on where the damage is
        raise DamagedDataError(
            f"Python's language reference, pydoc_data.topics, cannot be read ({error!r}). {advice}"
        ) from error
    text = " ".join(topics.values())
    missing = [name for name in TOPICS if name not in topics] + [word for word in _WORDS if word not in text]
    if len(text) < _LEAST_LENGTH or missing:
        without = f" without {', '.join(missing)}" if missing else ""
        raise DamagedDataError(
            f"Python's language reference, pydoc_data.topics, has {len(topics)} topics of {len(text)} characters"
            f"{without}, expected at least {_LEAST_LENGTH} characters and all that. {advice}"
        )
    return topics


def _words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _numbered(words: Sequence[str], vocabulary: Sequence[str]) -> np.ndarray:
    number = {word: index for index, word in enumerate(vocabulary)}
    return np.array([number[word] for word in words if word in number], dtype=np.int32)
