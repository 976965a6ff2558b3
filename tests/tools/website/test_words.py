"""The glossary of all chapters."""

from __future__ import annotations

import re

import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT
from tools.website import words

TABLE = """\
Some text.

| tutorial | today |
|---|---|
| a | b |

| Here | in papers | 中文 | meaning |
|---|---|---|---|
| hidden state | activation | 隐藏状态 | what is handed on |
| a bar \\| so | | 竖线 | a bar |
"""


def test_only_tables_of_words_count():
    first, second = words.rows(TABLE)
    assert first == ("hidden state", "activation", "隐藏状态", "what is handed on")
    assert second == ("a bar \\| so", "", "竖线", "a bar")


def test_papers_need_no_column():
    text = "| English | 中文 | meaning |\n|---|---|---|\n| gate | 门 | opens |\n\n| a | b | c |"
    assert list(words.rows(text)) == [("gate", "", "门", "opens")]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_words(chapter):
    found = words.words_of(chapter, ROOT)
    assert len(found) >= 3
    assert all(re.search(r"[\u4e00-\u9fff]", word.chinese) for word in found)


def test_a_word_of_two_chapters_is_one_row(monkeypatch):
    of = {
        "01_memory_cell": [words.Word("Unrolling", "", "展开", "in time", "01_memory_cell")],
        "02_kinds_of_rnn": [words.Word("unrolling", "unfolding", "展开", "copies", "02_kinds_of_rnn")],
    }
    monkeypatch.setattr(words, "words_of", lambda chapter, root: of.get(chapter, []))
    lines = words.glossary(ROOT).splitlines()
    (row,) = [line for line in lines if "nrolling" in line]
    assert '| unfolding | <span lang="zh-Hans">展开</span> | in time; copies |' in row
    assert "[1](course/01_memory_cell/01_memory_cell.ipynb), [2](course/02_kinds_of_rnn" in row


def test_rows_are_in_the_order_of_letters():
    rows = words.glossary(ROOT).splitlines()[6:]
    keys = [words._key(row.split("|")[1].strip()) for row in rows]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys) > 40
