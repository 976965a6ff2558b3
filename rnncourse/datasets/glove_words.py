"""Word vectors that were learnt from six billion words: GloVe's 8 000 most frequent words, from a file in the package.

Source: J. Pennington, R. Socher and C. Manning, "GloVe: global vectors for word representation" (2014); GloVe 6B, 100
dimensions, from Wikipedia (2014) and newspapers (Gigaword 5); public domain; see ``glove-words-LICENSE.txt`` beside the
data. ``benchmarks/pack_glove_words.py`` made the file.
"""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncourse.datasets.damage import again, read_verified

#: Where the words and their vectors are.
GLOVE_FILE = Path(__file__).with_name("glove-words.xz")
#: SHA-256 of the file, as it was packed.
SHA256 = "6526b2cb699aedd4d3ccf79a4492c1aa17e40b05523c3ae71016e063d74c9eee"


class WordVectors(NamedTuple):
    """A table of vectors and the words that its rows belong to.

    Attributes:
        table: float32, shape (words, dimensions); every row has length 1.
        vocabulary: the words by number, the most frequent first.
    """

    table: np.ndarray
    vocabulary: tuple[str, ...]


def load_glove_words() -> WordVectors:
    """The 8 000 most frequent words of GloVe that consist of English letters, in small letters, and their vectors.

    The numbers were rounded to one part in 127 of the largest of their row; then each row was brought to length 1.

    Returns:
        table (8000, 100), vocabulary of 8000 words.

    Raises:
        DamagedDataError: the file is missing or damaged; the message says what to do.
    """
    content = read_verified(GLOVE_FILE, f"The file {GLOVE_FILE.name}", SHA256, again("rnncourse"))
    words, _, numbers = lzma.decompress(content).partition(b"\0")
    vocabulary = tuple(words.decode().split("\n"))
    table = np.frombuffer(numbers, np.int8).reshape(len(vocabulary), -1).astype(np.float32)
    return WordVectors(table / np.linalg.norm(table, axis=1, keepdims=True), vocabulary)
