"""Chorales by J. S. Bach in four parts, read from the scores that come with music21."""

from __future__ import annotations

from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.datasets.damage import DamagedDataError, again, installed_files, read_installed
from rnncourse.shapes import expect_count, expect_tokens

PARTS = ("soprano", "alto", "tenor", "bass")
#: The notes of the parts, as MIDI numbers (60 is the C in the middle of a piano); 0 is a rest.
REST, LOWEST, HIGHEST = 0, 31, 84
STEP = 0.5  # of a quarter note: the grid is one of eighth notes
#: Every number that a part may hold, in order: a note's place in it is its token.
VOCABULARY = (REST, *range(LOWEST, HIGHEST + 1))
_CHORALES = 371  # in the numbering of the Riemenschneider edition


def load_chorales(count: int = 100) -> list[np.ndarray]:
    """The first chorales, each on a grid of eighth notes, in C major or A minor.

    A note that is held is written again at every step; of shorter notes the one that sounds at the step is kept. Each
    chorale is moved up or down so that its key signature has no sharps or flats: one key is easier to learn than many.
    The first call reads about ten scores a second; the next calls are at once. (music21 keeps what it has read in the
    system's folder for temporary files.)

    Args:
        count: how many. Those with another number of parts than four are left out before counting, and those that would
            leave the vocabulary when they are moved.

    Returns:
        Arrays of shape (time, 4), int32: soprano, alto, tenor, bass as MIDI numbers out of ``VOCABULARY``.

    Raises:
        ValueError: count is not a whole number of at least 1, or there are not so many.
        ModuleNotFoundError: music21 is not installed.
        DamagedDataError: a score is missing or is not the one that was installed; the message says what to do.

    The course was made with music21 10.5.1. Another version may have corrected notes of a score; each score is compared
    with the hash that pip wrote down when it installed the version at hand.

    Source: music21's corpus; the numbering is that of A. Riemenschneider, "371 harmonized chorales" (1941).
    """
    count = expect_count("count", count)
    found = []
    for number in range(1, _CHORALES + 1):
        chorale = _load(number)
        found += [] if chorale is None else [chorale]
        if len(found) == count:
            return found
    raise ValueError(f"count is {count}, expected at most {len(found)}: there are no more chorales in four parts.")


def to_tokens(notes: np.ndarray) -> np.ndarray:
    """The place of each MIDI number in ``VOCABULARY``, for any shape.

    Raises:
        ValueError: a number is not in the vocabulary.
    """
    notes = np.asarray(notes)
    places = np.searchsorted(VOCABULARY, notes)
    known = np.take(VOCABULARY, np.minimum(places, len(VOCABULARY) - 1)) == notes
    if not known.all():
        raise ValueError(f"notes holds {notes[~known][0]}, expected {REST} for a rest or {LOWEST} to {HIGHEST}.")
    return places.astype(np.int32)


def to_notes(tokens: np.ndarray) -> np.ndarray:
    """The MIDI number of each token, the way back from ``to_tokens``.

    Raises:
        ValueError: a token is no whole number from 0, or no place in ``VOCABULARY``.
    """
    return np.array(VOCABULARY, dtype=np.int32)[expect_tokens("tokens", tokens, classes=len(VOCABULARY))]


@cache
def _load(number: int) -> np.ndarray | None:
    score = _parsed(_score_file(number))
    if len(score.parts) != len(PARTS):
        return None
    steps = round(float(score.highestTime) / STEP)
    notes = np.stack([_on_the_grid(part, steps) for part in score.parts], axis=1)
    moved = np.where(notes == REST, REST, notes + _to_no_sharps(score))
    inside = (moved == REST) | ((moved >= LOWEST) & (moved <= HIGHEST))
    return moved.astype(np.int32) if inside.all() else None


def _score_file(number: int) -> Path:
    """Where music21 keeps the score of this number."""
    folder = _folder()  # first: it says what to do where there is no music21
    from music21.corpus.chorales import Iterator

    name = next(Iterator(number, number, numberingSystem="riemenschneider", returnType="filename"))
    for ending in (".*", "z.*"):  # number 126 is bwv18.5-l in the list and bwv18.5-lz in the folder
        files = installed_files("music21", folder, f"corpus/{name}{ending}")
        if files:
            return files[0]
    raise DamagedDataError(
        f"music21 has no score {name}, expected one for chorale {number} of {_CHORALES}. {again('music21')}"
    )


def _parsed(path: Path) -> Any:
    """The score, once its file is known to be the one that was installed."""
    from music21 import converter

    read_installed("music21", _folder(), path)
    try:
        return converter.parse(path)
    except Exception as error:  # what music21 raises depends on where the damage is
        raise DamagedDataError(
            f"The score {path.name} of music21 cannot be read ({type(error).__name__}: {error}). {again('music21')}"
        ) from error


def _folder() -> Path:
    found = util.find_spec("music21")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("music21, which brings the chorales, is not installed. Run: pip install music21")
    return Path(found.origin).parent


def _on_the_grid(part: Any, steps: int) -> np.ndarray:
    """The note that sounds at each step of a part; 0 where there is none."""
    notes = np.full(steps, REST)
    for element in part.flatten().notes:
        first, last = np.ceil([element.offset / STEP, (element.offset + element.quarterLength) / STEP]).astype(int)
        notes[first:last] = element.pitches[0].midi
    return notes


def _to_no_sharps(score: Any) -> int:
    """By how many half tones to move so that the key signature is empty: a sharp is a fifth, seven half tones."""
    signature = next(iter(score.recurse().getElementsByClass("KeySignature")), None)
    up = (-7 * signature.sharps) % 12 if signature is not None else 0
    return up if up <= 6 else up - 12
