"""Chorales one can hear: as a WAV file by adding sine waves, as a MIDI file, and as a player in the notebook."""

from __future__ import annotations

import base64
import html
import io
import itertools
import re
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rnncourse.datasets.chorales import PARTS, STEP
from rnncourse.display import show_output
from rnncourse.shapes import expect_number, expect_tokens

_NOTES = 128  # MIDI has the numbers 0 to 127
#: How fast a chorale goes: a quarter note is sung on each beat, and a step of the grid is half of one.
QUARTERS_PER_MINUTE = 84
RATE = 8_000  # samples per second: enough for these notes, and small in a notebook
SECONDS_PER_STEP = 60 / QUARTERS_PER_MINUTE * float(STEP)
_OVERTONES = (1.0, 0.5, 0.25, 0.12, 0.06)
_ATTACK, _FADE, _HELD = 0.03, 0.05, 0.75  # seconds, seconds, and the share of its loudness that a held note keeps
_LOUDNESS = 0.9


def held_notes(chorale: np.ndarray) -> Iterator[tuple[int, int, int, int]]:
    """Equal neighbours as one note: (part, first step, number of steps, MIDI number), rests left out.

    Args:
        chorale: MIDI numbers, 0 for a rest, shape (time, parts).

    Raises:
        ValueError: chorale has another number of axes, or holds what is no MIDI number.
    """
    chorale = expect_tokens("chorale", chorale, "time parts", _NOTES)
    if not len(chorale):
        return  # nothing is no note, and not a rest either
    for part, line in enumerate(chorale.T):
        starts = np.flatnonzero(np.diff(line, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
            if line[start]:
                yield part, int(start), int(end - start), int(line[start])


def synthesize(chorale: np.ndarray, seconds_per_step: float = SECONDS_PER_STEP, rate: float = RATE) -> np.ndarray:
    """s(t) = sum over notes and overtones n of a_n sin(2 pi n f t) · tone(t), with f = 440 · 2^((m - 69) / 12) Hz.

    A note is held like that of an organ: it begins within some hundredths of a second, falls to three quarters of its
    loudness, and keeps these to its end.

    Args:
        chorale: MIDI numbers m, 0 for a rest, shape (time, parts).
        seconds_per_step: how long a step lasts.
        rate: samples per second.

    Returns:
        Samples between -1 and 1, shape (samples,).

    Raises:
        ValueError: chorale has another number of axes or holds what is no MIDI number, or a number is not above 0.
    """
    chorale = expect_tokens("chorale", chorale, "time parts", _NOTES)
    above_0 = "a number above 0", lambda number: 0 < number < np.inf
    seconds_per_step, rate = (
        expect_number("seconds_per_step", seconds_per_step, *above_0),
        expect_number("rate", rate, *above_0),
    )
    samples = np.zeros(round(len(chorale) * seconds_per_step * rate))
    for _, start, steps, note in held_notes(chorale):
        begin, end = (round(step * seconds_per_step * rate) for step in (start, start + steps))
        t = np.arange(end - begin) / rate
        pitch = 440 * 2 ** ((note - 69) / 12)
        loud = [(n, a) for n, a in enumerate(_OVERTONES, start=1) if n * pitch < rate / 2]  # no overtone beyond
        tone = sum(a * np.sin(2 * np.pi * n * pitch * t) for n, a in loud)
        samples[begin:end] += tone * _shape(t)
    return _LOUDNESS * samples / max(np.abs(samples).max(initial=0), 1e-9)


def _shape(t: np.ndarray) -> np.ndarray:
    """How loud a note is at each moment after its beginning, against clicks at both ends."""
    held = _HELD + (1 - _HELD) * np.exp(-4 * t)
    return held * np.minimum(1, np.minimum(t / _ATTACK, t[::-1] / _FADE))


def loudness(chorale: np.ndarray) -> np.ndarray:
    """sqrt(mean of s(t)²) over each step of ``synthesize(chorale)``: how loud each step is heard.

    Args:
        chorale: as for ``synthesize``.

    Returns:
        Shape (time,).
    """
    ends = np.round(np.arange(len(chorale) + 1) * SECONDS_PER_STEP * RATE).astype(int)
    samples = synthesize(chorale)
    return np.array([np.sqrt(np.mean(samples[a:b] ** 2)) for a, b in itertools.pairwise(ends)])


def write_wav(
    file: str | Path | io.BytesIO,
    chorale: np.ndarray,
    seconds_per_step: float = SECONDS_PER_STEP,
    rate: int = RATE,
) -> None:
    """Write what ``synthesize`` makes as a WAV file: one channel, 16 bits a sample.

    Args:
        file: a path, whose file is replaced, or a binary file object.
        chorale, seconds_per_step, rate: as for ``synthesize``.
    """
    samples = np.round(32767 * synthesize(chorale, seconds_per_step, rate)).astype("<i2")
    with wave.open(str(file) if isinstance(file, Path) else file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(samples.tobytes())


def write_midi(path: str | Path, chorale: np.ndarray, parts: Sequence[str] = PARTS) -> None:
    """Write a MIDI file with a named track for each part; a step is an eighth note. Any notation program opens it.

    Args:
        path: the file, replaced if it exists.
        chorale: MIDI numbers, 0 for a rest, shape (time, parts).
        parts: the names of the parts.

    Raises:
        ValueError: chorale has another number of axes or holds what is no MIDI number, or parts are not as many.
    """
    from music21 import instrument, note, stream, tempo

    chorale = expect_tokens("chorale", chorale, "time parts", _NOTES)
    if len(parts) != chorale.shape[1]:
        raise ValueError(f"parts has {len(parts)} names, expected {chorale.shape[1]}: one per column of chorale.")
    written = [stream.Part() for _ in parts]
    for voice, name in zip(written, parts, strict=True):
        sung = instrument.Vocalist()
        sung.partName = name  # the name of the track
        voice.insert(0, sung)
    written[0].insert(0, tempo.MetronomeMark(number=QUARTERS_PER_MINUTE))
    for part, start, steps, number in held_notes(chorale):
        sound = note.Note(number)
        sound.quarterLength = float(steps * STEP)
        written[part].insert(float(start * STEP), sound)
    stream.Score(written).write("midi", fp=str(path))


_HALF_TONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NOTE = re.compile(r"(?:(?P<name>[A-G])(?P<sign>[#b]?)(?P<octave>\d)|-)(?::(?P<steps>\d+))?")


def melody_notes(text: str) -> np.ndarray:
    """A melody from the names of its notes: "C5 D5:4 Bb4 -" is a C, a D of four steps, a B flat and a rest.

    Args:
        text: names with their octaves (C4 is the C in the middle of a piano), # or b before the octave, and after a
            colon the number of steps (eighth notes), 2 if it is left out; - is a rest.

    Returns:
        MIDI numbers, 0 for a rest, int32, shape (time,).

    Raises:
        ValueError: there is no note, or a word is none.
    """
    line: list[int] = []
    for word in text.split():
        found = _NOTE.fullmatch(word)
        if found is None or found["steps"] == "0":
            raise ValueError(f"{word!r} is no note, expected one like C5, F#4:1 or -:2 (a rest of two steps).")
        pitch = 0
        if found["name"]:
            sign = {"#": 1, "b": -1, "": 0}[found["sign"]]
            pitch = 12 * (int(found["octave"]) + 1) + _HALF_TONES[found["name"]] + sign
        line += int(found["steps"] or 2) * [pitch]
    if not line:
        raise ValueError("text is empty, expected at least one note.")
    return np.array(line, dtype=np.int32)


def play(chorale: np.ndarray, text: str) -> None:
    """Show a player in the notebook; elsewhere, say what is to be heard, how long it is, and how to save it.

    Args:
        chorale: MIDI numbers, 0 for a rest, shape (time, parts).
        text: what is to be heard, for a reader who cannot hear it, and where there is no player.
    """
    sound = io.BytesIO()
    write_wav(sound, chorale)
    data = base64.b64encode(sound.getvalue()).decode("ascii")
    label = html.escape(text, quote=True)
    player = f'<audio controls aria-label="{label}" src="data:audio/wav;base64,{data}"></audio><p>{label}</p>'
    plain = f"Sound: {text}"
    seconds = len(chorale) * SECONDS_PER_STEP
    advice = 'There is no notebook here to play it in: write_wav("sound.wav", chorale) saves it.'
    show_output({"text/html": player, "text/plain": plain}, elsewhere=f"{plain} ({seconds:.1f} s)\n{advice}")
