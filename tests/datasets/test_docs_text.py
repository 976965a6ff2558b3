"""The text of Python's language reference, its words, its topics; and a damaged one."""

from __future__ import annotations

import pydoc_data.topics
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import rnncourse
from rnncourse.datasets import docs_text
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.docs_text import TOPICS


def test_the_text_is_printable_ascii_and_long():
    text = rnncourse.load_docs_text()
    assert 300_000 < len(text) < 1_000_000
    assert set(text) <= {"\n", *map(chr, range(32, 127))}
    assert "Assignment statements" in text


def test_the_words_of_the_documentation():
    tokens, vocabulary = rnncourse.load_docs_words()
    counts = np.bincount(tokens)
    assert len(vocabulary) == len(counts) == len(set(vocabulary)) > 1000
    assert counts.min() >= 5
    assert np.all(np.diff(counts) <= 0)
    assert tokens.dtype == np.int32
    assert len(rnncourse.load_docs_words(least=50).vocabulary) < len(vocabulary)


def test_passages_and_their_topics():
    vocabulary = rnncourse.load_docs_words().vocabulary
    tokens, labels = rnncourse.load_docs_passages(vocabulary, length=15)
    assert tokens.shape == (len(labels), 15)
    assert set(labels) == set(range(len(TOPICS)))
    assert tokens.max() < len(vocabulary)
    with pytest.raises(ValueError, match="There is no topic 'cooking'"):
        rnncourse.load_docs_passages(vocabulary, topics=("cooking",))
    with pytest.raises(ValueError, match=r"The topic 'break' has \d+ words, expected at least 5000"):
        rnncourse.load_docs_passages(vocabulary, length=5000, topics=("break",))


def test_topics_may_come_from_a_generator_and_there_has_to_be_one():
    vocabulary = rnncourse.load_docs_words().vocabulary
    both = rnncourse.load_docs_passages((word for word in vocabulary), topics=(name for name in TOPICS[:2]))
    np.testing.assert_array_equal(both.tokens, rnncourse.load_docs_passages(vocabulary, topics=TOPICS[:2]).tokens)
    with pytest.raises(ValueError, match="topics is empty, expected a list of names of topics"):
        rnncourse.load_docs_passages(vocabulary, topics=())


@pytest.fixture
def topics(tmp_path, monkeypatch):
    """A copy of Python's topics, which is imported instead of them."""
    folder = tmp_path / "pydoc_data"
    shutil.copytree(Path(pydoc_data.topics.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("pydoc_data", "pydoc_data.topics"):
        monkeypatch.delitem(sys.modules, name)
    docs_text.load_docs_text.cache_clear()
    yield folder / "topics.py"
    docs_text.load_docs_text.cache_clear()


def test_copied_topics_are_read(topics):
    assert len(rnncourse.load_docs_text()) > 300_000
    assert sys.modules["pydoc_data.topics"].__file__ == str(topics)


DAMAGE = {
    "missing": (None, r"ModuleNotFoundError"),
    "cut short": (lambda text: text[: len(text) // 2 + 7], r"SyntaxError"),
    "another text": (
        lambda text: "topics = {'if': 'once upon a time'}",
        r"1 topics of 16 characters without compound, ",
    ),
    "no topics": (lambda text: "", r"ImportError"),
    "a topic less": (lambda text: text.replace("'debugger'", "'bugs'"), r"without debugger, expected at least 300000"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_topics_are_said_with_what_to_do(kind, topics):
    change, words = DAMAGE[kind]
    text = topics.read_text(encoding="utf-8")
    topics.unlink()
    if change:
        topics.write_text(change(text), encoding="utf-8")
    for load in (rnncourse.load_docs_text, lambda: rnncourse.load_docs_passages(["the"])):
        with pytest.raises(DamagedDataError, match=rf"pydoc_data\.topics, .*{words}.*install Python again"):
            load()
