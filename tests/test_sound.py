"""Chorales: read, written as sound and as notes; a generated one goes through all of it."""

from __future__ import annotations

import io
import wave

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.datasets.chorales import STREAM_TOKENS, VOCABULARY, load_chorales, to_song, to_stream
from rnncourse.datasets.docs_text import load_docs_text
from rnncourse.sound import (
    QUARTERS_PER_MINUTE,
    RATE,
    SECONDS_PER_STEP,
    held_notes,
    loudness,
    melody_notes,
    play,
    synthesize,
    write_midi,
    write_wav,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:music21.*")  # its own


@pytest.fixture(scope="module")
def chorales():
    return load_chorales(6)


def test_held_notes_are_one_note():
    chorale = np.array([[60, 50], [60, 50], [0, 52], [60, 52]])
    assert list(held_notes(chorale)) == [(0, 0, 2, 60), (0, 3, 1, 60), (1, 0, 2, 50), (1, 2, 2, 52)]


@pytest.mark.parametrize(("note", "hertz"), [(69, 440.0), (57, 220.0), (60, 261.63)])
def test_a_note_sounds_at_its_pitch(note, hertz):
    samples = synthesize(np.array([[note]] * 10))
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()] == pytest.approx(hertz, abs=1)
    assert np.abs(samples).max() == pytest.approx(0.9)
    assert len(samples) == round(10 * SECONDS_PER_STEP * RATE)


def test_a_held_chord_does_not_fade_away(chorales):
    held = np.array([[72, 67, 64, 48]] * 16)
    assert loudness(held)[1:-1].min() > 0.6 * loudness(held)[0]
    for song in [held, *chorales]:
        steps = loudness(song)[(song > 0).all(axis=1)]
        assert steps.min() > np.median(steps) / 3


def test_it_goes_at_the_pace_of_singers():
    assert 80 <= QUARTERS_PER_MINUTE <= 90
    assert pytest.approx(30 / QUARTERS_PER_MINUTE) == SECONDS_PER_STEP  # a step is an eighth note


def test_melodies_are_written_by_name():
    assert melody_notes("C4 F#4:1 -:3 Bb3:1").tolist() == [60, 60, 66, 0, 0, 0, 58]
    for wrong in ("H4", "C", "C4:0", "c4", "C4:x"):
        with pytest.raises(ValueError, match="is no note, expected one like C5"):
            melody_notes(f"C4 {wrong}")
    with pytest.raises(ValueError, match="text is empty"):
        melody_notes(" ")


def test_silence_is_silent():
    assert not synthesize(np.zeros((3, 4), dtype=int)).any()


def test_a_generated_chorale_is_exported(chorales, tmp_path):
    streams = [to_stream(chorale) for chorale in chorales]
    inputs, targets = rnncourse.cut_windows(np.concatenate(streams), 32)
    keras.utils.set_random_seed(1)
    model = rnncourse.token_model(STREAM_TOKENS, units=48)
    recipe = rnncourse.recipe_optimizer(6 * (len(inputs) // 8), peak=1e-2)
    rnncourse.fit(model, inputs, targets, epochs=6, optimizer=recipe, batch_size=8, metrics=())
    stream = rnncourse.token_generator(model)(streams[0][None, :16], 128, temperature=0.8, seed=3)[0]
    song = to_song(stream)
    assert song.shape == (32, 4)
    assert np.isin(song, VOCABULARY).all()

    write_wav(tmp_path / "song.wav", song)
    with wave.open(str(tmp_path / "song.wav")) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, RATE)
        samples = np.frombuffer(read.readframes(read.getnframes()), "<i2")
    np.testing.assert_allclose(samples / 32767, synthesize(song), atol=1e-4)
    assert np.abs(samples).max() > 20_000

    write_midi(tmp_path / "song.mid", song)
    from music21 import converter

    read = converter.parse(tmp_path / "song.mid")
    assert {mark.number for mark in read.recurse().getElementsByClass("MetronomeMark")} == {QUARTERS_PER_MINUTE}
    parts = read.parts
    assert [part.partName for part in parts] == ["soprano", "alto", "tenor", "bass"]
    for part, line in zip(parts, song.T, strict=True):
        written = {note.pitch.midi for note in part.flatten().notes}
        assert written == set(line[line > 0].tolist())


def test_the_player_holds_the_sound_and_its_words(shown):
    song = np.array([[60, 55], [62, 55]])
    play(song, 'Two steps & a "quote".')
    sound = io.BytesIO()
    write_wav(sound, song)
    page = shown[0]["text/html"]
    assert 'aria-label="Two steps &amp; a &quot;quote&quot;."' in page
    assert "data:audio/wav;base64,UklGR" in page
    assert shown[0]["text/plain"] == 'Sound: Two steps & a "quote".'


def test_where_there_is_no_player_its_words_are_printed_and_how_to_save_it(capsys):
    play(np.array([[60, 55]] * 8), "Two notes held.")
    said = capsys.readouterr().out
    assert said.startswith(f"Sound: Two notes held. ({8 * SECONDS_PER_STEP:.1f} s)\n")
    assert 'write_wav("sound.wav", chorale) saves it' in said
    assert "{" not in said


def test_the_text_is_plain_and_long():
    text = load_docs_text()
    assert 300_000 < len(text) < 700_000
    assert set(text) <= {"\n", *map(chr, range(32, 127))}
    assert 'The "if" statement' in text
    assert text is load_docs_text()


def test_nothing_is_silence():
    assert synthesize(np.zeros((0, 4), int)).shape == (0,)
    assert list(held_notes(np.zeros((0, 4), int))) == []
    file = io.BytesIO()
    write_wav(file, np.zeros((0, 4), int))
    with wave.open(io.BytesIO(file.getvalue())) as read:
        assert read.getnframes() == 0


def test_notes_as_bytes_sound_the_same():
    chorale = np.array([[60, 0], [60, 55], [62, 55]])
    np.testing.assert_array_equal(synthesize(chorale.astype(np.uint8)), synthesize(chorale))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: synthesize([[60.5]]), "chorale has dtype float64, expected whole numbers"),
        (lambda: synthesize([[-1]]), "chorale has numbers from -1 to -1, expected whole numbers from 0 to 127"),
        (lambda: synthesize([[128]]), "chorale has numbers from 128 to 128, expected"),
        (lambda: write_midi("song.mid", [[60, 55]], ["one"]), "parts has 1 names, expected 2"),
        (lambda: synthesize([[60]], seconds_per_step=0), "seconds_per_step is 0, expected a number above 0"),
        (lambda: synthesize([[60]], rate="high"), "rate is 'high', expected a number above 0"),
    ],
)
def test_what_has_no_sound_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
