"""Chorales as Bach wrote them, on a grid; notes and tokens; damaged scores."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import music21
import numpy as np
import pytest

import rnncourse
from rnncourse.datasets import chorales as home
from rnncourse.datasets import damage
from rnncourse.datasets.chorales import (
    HIGHEST,
    KEPT_APART,
    LOWEST,
    REST,
    STREAM_TOKENS,
    VOCABULARY,
    load_chorales,
    to_notes,
    to_song,
    to_stream,
    to_tokens,
)
from rnncourse.datasets.damage import DamagedDataError

from damaged import AGAIN, hurt

MUSIC = Path(music21.__file__).parent
FIRST = "corpus/bach/bwv269.mxl"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:music21.*")  # its own


@pytest.fixture(scope="module")
def chorales():
    return load_chorales(6)


def test_chorales_have_four_parts_on_a_grid(chorales):
    assert len(chorales) == 6
    for chorale in chorales:
        assert chorale.dtype == np.int32
        assert chorale.ndim == 2
        assert chorale.shape[1] == 4
        assert np.isin(chorale, VOCABULARY).all()
        sounding = chorale[(chorale > 0).all(axis=1)]
        assert np.mean(sounding[:, 0] >= sounding[:, 3]) == 1  # the soprano is above the bass
        white = np.isin(chorale[chorale > 0] % 12, [0, 2, 4, 5, 7, 9, 11])
        assert white.mean() > 0.85  # no sharps and flats but in passing


def test_the_first_chorale_begins_as_bach_wrote_it(chorales):
    # "Aus meines Herzens Grunde", G major: soprano g' g' | d'' …; moved to C: c'' c'' | g''
    assert chorales[0][:7, 0].tolist() == [72, 72, 72, 72, 72, 72, 79]
    assert chorales[0][6].tolist() == [79, 67, 62, 59]


def test_notes_are_tokens_and_back(chorales):
    tokens = to_tokens(chorales[1])
    assert tokens.min() >= 0
    assert tokens.max() < len(VOCABULARY)
    np.testing.assert_array_equal(to_notes(tokens), chorales[1])
    assert to_tokens([REST, LOWEST, HIGHEST]).tolist() == [0, 1, len(VOCABULARY) - 1]
    for wrong in (LOWEST - 1, HIGHEST + 1, -3):
        with pytest.raises(ValueError, match=f"notes holds {wrong}, expected 0 for a rest or 31 to 84"):
            to_tokens([60, wrong])


def test_each_voice_has_tokens_of_its_own(chorales):
    stream = to_stream(chorales[0])
    assert stream.dtype == np.int32
    assert stream.max() < STREAM_TOKENS
    assert (stream.reshape(-1, 4) // len(VOCABULARY) == [0, 1, 2, 3]).all()
    np.testing.assert_array_equal(to_song(stream), chorales[0])
    np.testing.assert_array_equal(to_song(stream[:-1]), chorales[0][:-1])
    assert to_song([len(VOCABULARY) + 1, 1], parts=2).tolist() == [[LOWEST, LOWEST]]


@pytest.mark.parametrize("number", [1, 5, 29, pytest.param(126, marks=pytest.mark.long)])
def test_a_score_is_read_as_music21_reads_it(number):
    path = home._score_file(number)
    mine, its = home._read(path), home._of_music21(path)
    assert mine.sharps == its.sharps
    steps = math.ceil(its.parts[0].ends / home.STEP)
    for own, other in zip(mine.parts, its.parts, strict=True):
        assert own.ends <= its.parts[0].ends
        np.testing.assert_array_equal(home._on_the_grid(own, steps), home._on_the_grid(other, steps))


def test_those_kept_apart_share_no_long_passage():
    chorales = rnncourse.load_chorales(66)
    letters = ["".join(map(chr, chorale.reshape(-1))) for chorale in chorales]
    for place in KEPT_APART:
        others = (text for other, text in enumerate(letters) if other != place)
        assert max(len(rnncourse.longest_copy(letters[place], other)) for other in others) <= 36


def test_too_many_chorales_are_refused():
    with pytest.raises(ValueError, match="count is 0, expected a whole number of at least 1"):
        load_chorales(0)


@pytest.mark.parametrize("tokens", [[-1], [55], [0.5], [[3, 99]]])
def test_a_token_of_no_note_is_refused(tokens):
    with pytest.raises(ValueError, match=r"tokens has .*, expected whole numbers"):
        to_notes(tokens)


@pytest.fixture
def scores(tmp_path, monkeypatch):
    """A copy of music21's first scores, from which the loader reads."""
    copy = tmp_path / "music21"
    (copy / FIRST).parent.mkdir(parents=True)
    shutil.copy(MUSIC / FIRST, copy / FIRST)
    monkeypatch.setattr(home, "_folder", lambda: copy)
    home._load.cache_clear()
    yield copy
    home._load.cache_clear()


def test_a_copied_score_is_read(scores):
    assert rnncourse.load_chorales(1)[0][:7, 0].tolist() == [72, 72, 72, 72, 72, 72, 79]


@pytest.mark.parametrize("kind", ["one byte", "cut short", "empty", "missing"])
def test_a_damaged_score_is_named_with_what_to_do(kind, scores):
    words = hurt(scores / FIRST, kind)
    with pytest.raises(DamagedDataError, match=rf"bwv269\.mxl of music21 {words}.*{AGAIN}music21"):
        rnncourse.load_chorales(1)


@pytest.mark.parametrize("kind", ["cut short", "empty"])
def test_a_damaged_score_is_noticed_by_music21_where_pip_wrote_nothing_down(kind, scores, monkeypatch):
    monkeypatch.setattr(damage, "_recorded", lambda distribution: {})
    hurt(scores / FIRST, kind)
    with pytest.raises(DamagedDataError, match=rf"score bwv269\.mxl of music21 cannot be read \(\w+.*{AGAIN}music21"):
        rnncourse.load_chorales(1)


def test_no_score_at_all_and_no_music21(scores, monkeypatch):
    monkeypatch.setattr(damage, "_recorded", lambda distribution: {})
    (scores / FIRST).unlink()
    with pytest.raises(
        DamagedDataError, match=rf"no score bach/bwv269, expected one for chorale 1 of 371.*{AGAIN}music21"
    ):
        rnncourse.load_chorales(1)
    monkeypatch.undo()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    home._load.cache_clear()
    with pytest.raises(ModuleNotFoundError, match="Run: pip install music21"):
        rnncourse.load_chorales(1)
