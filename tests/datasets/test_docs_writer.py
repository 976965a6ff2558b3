"""The weights that come with the course: whole, and as good as the chapter says."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.datasets import docs_writer
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.docs_text import LETTERS

from damaged import hurt


@pytest.fixture(scope="module")
def writer():
    return rnncourse.load_docs_writer()


@pytest.fixture(scope="module")
def held_out():
    tokens = rnncourse.encode_text(rnncourse.load_docs_text(), LETTERS)
    return tokens[len(tokens) * 95 // 100 :]


def test_it_beats_counting_where_its_state_is_carried(writer, held_out):
    pieces, wanted = rnncourse.cut_windows(held_out, 1024)
    logits = writer.predict(pieces, verbose=0).reshape(-1, len(LETTERS))
    bits = rnncourse.bits_per_character(rnncourse.softmax_with_temperature(logits, 1.0), wanted.reshape(-1))
    assert bits < 1.52  # counting: 1.59


def test_one_unit_tells_quotes_and_one_tells_brackets(writer, held_out):
    passage = rnncourse.decode_text(held_out[:10_000], LETTERS)
    states = keras.Model(writer.input, writer.get_layer("reader").output).predict(held_out[None, :10_000], verbose=0)[0]
    brackets = np.cumsum([{"(": 1, ")": -1}.get(letter, 0) for letter in passage]) > 0
    for marks in (rnncourse.inside_quotes(passage), brackets):
        areas = rnncourse.auc_per_unit(states, marks)
        assert np.max(np.abs(areas - 0.5)) > 0.35  # 0.44 and 0.44 on the text of Python 3.11, 0.37 and 0.42 on 3.12
        assert abs(np.median(areas) - 0.5) < 0.1


def test_packed_and_read_again_it_is_the_same(writer, tmp_path, monkeypatch):
    raw = docs_writer.packed(writer)
    (tmp_path / "weights.npz").write_bytes(raw)
    monkeypatch.setattr(docs_writer, "DATA_FILE", tmp_path / "weights.npz")
    monkeypatch.setattr(docs_writer, "SHA256", None)
    for old, new in zip(writer.get_weights(), rnncourse.load_docs_writer().get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("kind", ["one byte", "cut short", "missing"])
def test_damage_is_noticed(kind, tmp_path, monkeypatch):
    copy = tmp_path / "docs_writer.npz"
    copy.write_bytes(docs_writer.DATA_FILE.read_bytes())
    words = hurt(copy, kind)
    monkeypatch.setattr(docs_writer, "DATA_FILE", copy)
    with pytest.raises(DamagedDataError, match=rf"docs_writer\.npz, {words}.*pip install --force-reinstall"):
        rnncourse.load_docs_writer()
