"""Chorales by J. S. Bach in four parts, read from the scores that come with music21."""

from __future__ import annotations

import io
import math
import zipfile
from fractions import Fraction
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np

from rnncourse.datasets.damage import DamagedDataError, again, installed_files, read_installed
from rnncourse.shapes import expect_count, expect_shapes, expect_tokens

PARTS = ("soprano", "alto", "tenor", "bass")
#: The notes of the parts, as MIDI numbers (60 is the C in the middle of a piano); 0 is a rest.
REST, LOWEST, HIGHEST = 0, 31, 84
STEP = Fraction(1, 2)  # of a quarter note: the grid is one of eighth notes
#: Every number that a part may hold, in order: a note's place in it is its token.
VOCABULARY = (REST, *range(LOWEST, HIGHEST + 1))
#: How many tokens a stream of ``to_stream`` may hold.
STREAM_TOKENS = len(PARTS) * len(VOCABULARY)
#: Places in ``load_chorales(66)`` of six that share no passage of more than nine steps with any other of the chorales
#: there: Bach set some songs several times, and a writer that has seen one setting knows much of the next.
KEPT_APART = (55, 56, 61, 63, 64, 65)
_HALF_TONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_CHORALES = 371  # in the numbering of the Riemenschneider edition


def load_chorales(count: int = 100) -> list[np.ndarray]:
    """The first chorales, each on a grid of eighth notes, in C major or A minor.

    A note that is held is written again at every step, so a note that is sung twice in a row looks like one that is
    held; of notes shorter than a step the one that sounds at the step is kept. Each chorale is moved up or down so that
    its key signature has no sharps or flats: one is easier to learn than many. (C major and A minor share it; older
    chorales may have yet another key.) The first call reads about sixty scores per second; the next calls are at once.

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


def to_stream(chorale: np.ndarray) -> np.ndarray:
    """v · n + place, note after note, for part v = 0, 1, …: each part has n = 55 tokens of its own.

    So the network always knows whose turn it is. Where the parts share their tokens it has to count to four, and once
    it miscounts, the bass sings what the soprano should.

    Args:
        chorale: MIDI numbers out of ``VOCABULARY``, shape (time, parts).

    Returns:
        int32, shape (time · parts,): the parts of step 0 in the order of the columns, those of step 1, …

    Raises:
        ValueError: chorale has another number of axes, or a number is not in the vocabulary.
    """
    (chorale,) = expect_shapes(chorale=(chorale, "time parts"))
    return (to_tokens(chorale) + len(VOCABULARY) * np.arange(chorale.shape[1])).reshape(-1).astype(np.int32)


def to_song(stream: np.ndarray, parts: int = len(PARTS)) -> np.ndarray:
    """The chorale of a stream, the way back from ``to_stream``; an unfinished last step is dropped.

    Args:
        stream: tokens, shape (notes,). A token of another part's is sung all the same.
        parts: how many parts there are.

    Returns:
        MIDI numbers, 0 for a rest, int32, shape (time, parts).

    Raises:
        ValueError: stream is not a row of tokens.
    """
    stream = expect_tokens("stream", stream, "notes", parts * len(VOCABULARY))
    steps = len(stream) // parts
    return to_notes(stream[: steps * parts].reshape(steps, parts) % len(VOCABULARY))


@cache
def _load(number: int) -> np.ndarray | None:
    score = _read(_score_file(number))
    if len(score.parts) != len(PARTS):
        return None
    steps = round(float(max(part.ends for part in score.parts) / STEP))
    notes = np.stack([_on_the_grid(part, steps) for part in score.parts], axis=1)
    moved = np.where(notes == REST, REST, notes + _to_no_sharps(score.sharps))
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


class _Part(NamedTuple):
    """The notes of a part as (beginning, length, MIDI number), times in quarter notes, and where the part ends."""

    notes: list[tuple[Fraction, Fraction, int]]
    ends: Fraction


class _Score(NamedTuple):
    """Its parts, and the sharps of its key signature; flats count as less than 0."""

    parts: list[_Part]
    sharps: int


def _read(path: Path) -> _Score:
    """The score, once its file is known to be the one that was installed.

    Nearly all are MusicXML, which is read here: music21 takes six times as long, for it builds a whole edition.
    """
    content = read_installed("music21", _folder(), path)
    try:
        return _of_music21(path) if path.suffix == ".krn" else _of_xml(ElementTree.fromstring(_unpacked(path, content)))
    except Exception as error:  # what is raised depends on where the damage is
        raise DamagedDataError(
            f"The score {path.name} of music21 cannot be read ({type(error).__name__}: {error}). {again('music21')}"
        ) from error


def _unpacked(path: Path, content: bytes) -> bytes:
    if path.suffix != ".mxl":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        container = ElementTree.fromstring(packed.read("META-INF/container.xml"))
        return packed.read(next(file for file in container.iter("rootfile")).attrib["full-path"])


def _of_xml(score: ElementTree.Element) -> _Score:
    parts = [_part_of_xml(part) for part in score.findall("part")]
    return _Score(parts, int(score.findtext(".//key/fifths") or 0))


def _part_of_xml(part: ElementTree.Element) -> _Part:
    """Measure after measure; inside one, notes follow each other, and <backup> and <forward> move in time."""
    notes, begin, divisions = [], Fraction(0), 1
    for measure in part.findall("measure"):
        time = end = Fraction(0)
        for element in measure:
            divisions = int(element.findtext("divisions") or divisions)
            if element.tag not in ("note", "backup", "forward") or element.find("grace") is not None:
                continue
            length = Fraction(int(element.findtext("duration") or 0), divisions)
            if element.find("chord") is not None:  # of a chord the first note is kept
                continue
            pitch = element.find("pitch")
            if pitch is not None:
                notes.append((begin + time, length, _midi_number(pitch)))
            time += -length if element.tag == "backup" else length
            end = max(end, time)
        begin += end
    return _Part(notes, begin)


def _midi_number(pitch: ElementTree.Element) -> int:
    step, octave, alter = (pitch.findtext(name) or "0" for name in ("step", "octave", "alter"))
    return 12 * (int(octave) + 1) + _HALF_TONES[step] + round(float(alter))


def _of_music21(path: Path) -> _Score:
    from music21 import converter

    score: Any = converter.parse(path)
    signature = next(iter(score.recurse().getElementsByClass("KeySignature")), None)
    end = Fraction(score.highestTime)
    parts = [
        _Part([(Fraction(n.offset), Fraction(n.quarterLength), n.pitches[0].midi) for n in part.flatten().notes], end)
        for part in score.parts
    ]
    return _Score(parts, 0 if signature is None else signature.sharps)


def _folder() -> Path:
    found = util.find_spec("music21")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("music21, which brings the chorales, is not installed. Run: pip install music21")
    return Path(found.origin).parent


def _on_the_grid(part: _Part, steps: int) -> np.ndarray:
    """The note that sounds at each step of a part; 0 where there is none."""
    notes = np.full(steps, REST)
    for begin, length, number in part.notes:
        notes[math.ceil(begin / STEP) : math.ceil((begin + length) / STEP)] = number
    return notes


def _to_no_sharps(sharps: int) -> int:
    """By how many half tones to move so that the key signature is empty: a sharp is a fifth, seven half tones."""
    up = (-7 * sharps) % 12
    return up if up <= 6 else up - 12
