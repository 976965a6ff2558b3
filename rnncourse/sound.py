"""Chorales one can hear: as a WAV file by adding sine waves, as a MIDI file, and as a player in the notebook."""

from __future__ import annotations

import base64
import html
import io
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rnncourse.display import show_output
from rnncourse.shapes import expect_number, expect_tokens

_NOTES = 128  # MIDI has the numbers 0 to 127
RATE, SECONDS_PER_STEP = 8_000, 0.2  # samples a second: enough for these notes, and small in a notebook
_OVERTONES = (1.0, 0.5, 0.25, 0.12, 0.06)
_FADE = 0.02  # seconds, against clicks
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
    """s(t) = sum over notes and overtones n of a_n sin(2 pi n f t) · decay, with f = 440 · 2^((m - 69) / 12) Hz.

    Args:
        chorale: MIDI numbers m, 0 for a rest, shape (time, parts).
        seconds_per_step: how long a step lasts.
        rate: samples a second.

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
        samples[begin:end] += tone * np.exp(-1.5 * t) * np.minimum(1, np.minimum(t, t[::-1]) / _FADE)
    return _LOUDNESS * samples / max(np.abs(samples).max(initial=0), 1e-9)


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


def write_midi(path: str | Path, chorale: np.ndarray) -> None:
    """Write a MIDI file with a track for each part; a step is an eighth note. Any notation program opens it.

    Args:
        path: the file, replaced if it exists.
        chorale: MIDI numbers, 0 for a rest, shape (time, parts).
    """
    from music21 import note, stream

    from rnncourse.datasets.chorales import STEP

    chorale = expect_tokens("chorale", chorale, "time parts", _NOTES)
    parts = [stream.Part() for _ in chorale.T]
    for part, start, steps, number in held_notes(chorale):
        sound = note.Note(number)
        sound.quarterLength = steps * STEP
        parts[part].insert(start * STEP, sound)
    stream.Score(parts).write("midi", fp=str(path))


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
