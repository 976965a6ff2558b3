"""The glossary: the words of all chapters, from the tables at their ends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import notebook_path

_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Word:
    """A row of a chapter's table of words; ``papers`` is what else papers and libraries call it, or ''."""

    english: str
    papers: str
    chinese: str
    meaning: str
    chapter: str


def rows(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Our word, that of papers, the Chinese one and the meaning, of each row of the tables of words in a text.

    Such a table has a column 中文; our word stands in its first column, the meaning in its last.
    """
    chinese = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            chinese = 0
            continue
        cells = [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]
        if "中文" in cells:
            chinese = cells.index("中文")
        elif chinese and not set(line) <= set("|-: "):
            yield cells[0], "; ".join(cells[1:chinese]), cells[chinese], cells[-1]


def words_of(chapter: str, root: Path) -> list[Word]:
    """The words of a chapter, in its own order."""
    notebook = nbformat.read(notebook_path(root / "solutions", chapter), as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return [Word(*row, chapter) for text in texts for row in rows(text)]


def glossary(root: Path) -> str:
    """The page: a row for each word, in alphabetical order, with the chapters that say it."""
    gathered: dict[str, list[Word]] = {}
    for chapter in CHAPTERS:
        for word in words_of(chapter, root):
            gathered.setdefault(_key(word.english), []).append(word)
    lines = [
        "# Words: English and 中文",
        "",
        "The course's words, with the term in English and in Chinese, from the tables at the ends of the chapters.",
        "",
        '| English | in papers also | <span lang="zh-Hans">中文</span> | meaning | chapter |',
        "|---|---|---|---|---|",
    ]
    lines += [_row(gathered[key]) for key in sorted(gathered)]
    return "\n".join(lines) + "\n"


def _key(english: str) -> str:
    """What a word is sorted by, and two spellings of one are the same by."""
    bare = unicodedata.normalize("NFKD", english.casefold())
    return re.sub(r"[^\w ]", "", bare).strip() or bare


def _row(words: list[Word]) -> str:
    chinese = "、".join(dict.fromkeys(word.chinese for word in words if word.chinese))
    chinese = f'<span lang="zh-Hans">{chinese}</span>'  # for readers aloud, and for the right shapes of letters
    papers, meanings = ("; ".join(dict.fromkeys(filter(None, said))) for said in zip(*map(_said, words), strict=True))
    where = dict.fromkeys(word.chapter for word in words)
    links = ", ".join(f"[{int(chapter[:2])}](course/{chapter}/{chapter}.ipynb)" for chapter in where)
    return f"| {words[0].english} | {papers} | {chinese} | {meanings} | {links} |"


def _said(word: Word) -> tuple[str, str]:
    return word.papers, word.meaning
