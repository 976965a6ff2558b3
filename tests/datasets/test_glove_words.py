"""GloVe's words in the package: documented shapes, a licence beside them, sensible nearness, damage that is named."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.datasets import glove_words
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.glove_words import load_glove_words
from rnncourse.embeddings import cosine_neighbours

from damaged import AGAIN, hurt


@pytest.fixture(scope="module")
def glove():
    return load_glove_words()


def test_shapes_and_words_are_the_documented_ones(glove):
    assert (glove.table.shape, glove.table.dtype) == ((8_000, 100), np.float32)
    np.testing.assert_allclose(np.linalg.norm(glove.table, axis=1), 1, rtol=1e-5)
    assert glove.vocabulary[:5] == ("the", "of", "to", "and", "in")
    assert len(set(glove.vocabulary)) == 8_000
    assert all(word.isascii() and word.isalpha() and word.islower() for word in glove.vocabulary)


@pytest.mark.parametrize(("word", "near"), [("king", "queen"), ("monday", "tuesday"), ("river", "lake")])
def test_rows_belong_to_their_words(word, near, glove):
    found = cosine_neighbours(glove.table, glove.vocabulary.index(word), 6)
    assert near in [glove.vocabulary[token] for token in found]


def test_the_file_is_small_and_has_its_licence_beside_it():
    assert glove_words.GLOVE_FILE.stat().st_size < 800_000
    licence = glove_words.GLOVE_FILE.with_name("glove-words-LICENSE.txt").read_text(encoding="utf-8")
    for words in ("PDDL", "Jeffrey Pennington", "Changes:"):
        assert words in licence


@pytest.mark.parametrize("kind", ["missing", "one byte", "cut short", "empty"])
def test_a_damaged_or_missing_file_is_named_with_advice(kind, monkeypatch, tmp_path):
    copy = tmp_path / "glove-words.xz"
    copy.write_bytes(glove_words.GLOVE_FILE.read_bytes())
    monkeypatch.setattr(glove_words, "GLOVE_FILE", copy)
    with pytest.raises(DamagedDataError, match=hurt(copy, kind)) as raised:
        load_glove_words()
    assert str(raised.value).endswith(f"{AGAIN}rnncourse")
