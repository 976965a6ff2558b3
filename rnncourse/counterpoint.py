"""What can be COUNTED in a chorale: ranges, the order of the voices, chords that stand still, notes that are copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnncourse.shapes import expect_tokens
from rnncourse.text import longest_copy

_NOTES = 128  # MIDI has the numbers 0 to 127
_RARE = 1  # percent of the notes of a voice that lie below its range, and above


class ChoraleCounts(NamedTuple):
    """How a chorale is sung; see ``count_chorale``.

    Attributes:
        out_of_range: the share of its notes that lie outside the range of their voice.
        in_order: the share of the steps, of those where all voices sing, at which no voice is above the one over it.
        longest_chord: steps of the longest chord in which no voice moves.
        longest_copy: notes of the longest run, read from the top voice to the lowest, step after step, that stands in
            one of the known chorales.
    """

    out_of_range: float
    in_order: float
    longest_chord: int
    longest_copy: int


def voice_ranges(chorales: Sequence[np.ndarray]) -> np.ndarray:
    """The lowest and the highest note of each voice: 98 percent of its notes lie between them.

    Args:
        chorales: MIDI numbers, 0 for a rest, each of shape (time, voices).

    Returns:
        MIDI numbers, shape (voices, 2).

    Raises:
        ValueError: there is no chorale, or one holds what is no MIDI number.
    """
    notes = np.concatenate(_expect_chorales("chorales", chorales))
    return np.array(
        [np.percentile(line[line > 0], [_RARE, 100 - _RARE], method="nearest") for line in notes.T], dtype=int
    )


def count_chorale(song: np.ndarray, known: Sequence[np.ndarray]) -> ChoraleCounts:
    """Count what singers would notice first.

    Args:
        song: MIDI numbers, 0 for a rest, shape (time, voices).
        known: chorales that it may have learnt from, shape (time, voices) each; they give the ranges as well.

    Returns:
        ``ChoraleCounts``.

    Raises:
        ValueError: song has another number of axes or no step, there is no known chorale, or one holds what is no MIDI
            number.
    """
    (song,), known = _expect_chorales("song", [song]), _expect_chorales("known", known)
    low, high = voice_ranges(known).T
    sung = song > 0
    outside = sung & ((song < low) | (song > high))
    full = song[sung.all(axis=1)]
    moves = np.flatnonzero((np.diff(song, axis=0) != 0).any(axis=1)) + 1
    chords = np.diff([0, *moves, len(song)])
    copied = max(len(longest_copy(_letters(song), _letters(chorale))) for chorale in known)
    return ChoraleCounts(
        out_of_range=float(outside.sum() / max(sung.sum(), 1)),
        in_order=float(np.mean((np.diff(full, axis=1) <= 0).all(axis=1))) if len(full) else 1.0,
        longest_chord=int(chords.max()),
        longest_copy=copied,
    )


def _letters(song: np.ndarray) -> str:
    return "".join(map(chr, song.reshape(-1)))


def _expect_chorales(name: str, chorales: Sequence[np.ndarray]) -> list[np.ndarray]:
    found = [expect_tokens(name, chorale, "time voices", _NOTES) for chorale in chorales]
    if not found or not all(chorale.size for chorale in found):
        raise ValueError(
            f"In {name} there is no chorale, or one without a step, expected at least one of at least one step."
        )
    return found
