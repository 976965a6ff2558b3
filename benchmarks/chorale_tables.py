"""What a sceptic may count by to forecast the notes of a chorale, for ``chapter_claims.py`` and the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import rnncourse

#: Contexts to count in, each from short to long.
TABLES = (
    ("1 before", "2 before", "3 before"),
    ("voice", "own last"),
    ("voice", "own last", "parity"),
    ("voice", "own last", "parity", "1 before"),
    ("voice", "own last", "parity", "1 before", "2 before", "3 before"),
    ("voice", "own last", "first voice now", "parity", "1 before"),
    ("voice", "own last", "1 before", "parity", "own last but one"),
    ("voice", "own last", "own last but one", "parity", "1 before"),
    ("voice", "own last", "place in four beats", "1 before"),
    ("voice", "1 before", "own last", "2 before"),
    ("voice", "own last", "1 before", "5 before", "parity"),
)


def known_of_a_note(chorale: np.ndarray) -> dict[str, np.ndarray]:
    """What stands in a chorale before each note of its stream, by name.

    Args:
        chorale: notes, shape (time, voices), the voices in the order in which they are forecast.
    """
    stream = rnncourse.interleave(chorale).astype(int)
    place, known = np.arange(len(stream)), np.concatenate([np.full(16, -1), stream])
    before = {f"{back} before": known[place + 16 - back] for back in (1, 2, 3, 5)}
    own = {"own last": known[place + 12], "own last but one": known[place + 8]}
    top = np.where(place % 4 > 0, stream[place // 4 * 4], -1)
    beat = {"parity": place // 4 % 2, "place in four beats": place // 4 % 8}
    return {"voice": place % 4, **own, **before, "first voice now": top, **beat}


def contexts_of(songs: Sequence[np.ndarray], table: Sequence[str]) -> np.ndarray:
    """For each note of the songs what a table counts by, shape (notes, length of the table)."""
    return np.concatenate([np.stack([known_of_a_note(song)[name] for name in table], axis=1) for song in songs])
