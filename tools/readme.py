"""The counts in README.md that follow from the definitions and from the chapters."""

from __future__ import annotations

import re
from pathlib import Path

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.course_map import opening_of
from tools.desk import write_text

#: A row of the table of chapters: | 03 · An RNN by hand | what is built | 6 |
ROW = re.compile(r"^(\| (\d\d) · [^|\n]+ \| [^|\n]+ \| )(\d+)( \|)$", re.MULTILINE)
#: What all chapters hold and take: **14 chapters, 84 exercises, about 20 hours**
TOTAL = re.compile(r"\*\*\d+ chapters, \d+ exercises, about \d+ hours\*\*")


def write_counts(root: Path) -> None:
    """Write the number of exercises of each chapter, and of all, into the README; with the hours that they take."""
    count = {chapter[:2]: len(exercises) for chapter, exercises in CHAPTERS.items()}
    text = (root / "README.md").read_text(encoding="utf-8")
    counted = ROW.sub(lambda row: f"{row[1]}{count.get(row[2], row[3])}{row[4]}", text)
    counted = TOTAL.sub(total(), counted)
    if counted != text:
        write_text(root / "README.md", counted)


def total() -> str:
    """How many chapters and exercises there are, and how many hours they take together."""
    hours = sum(opening_of(chapter).minutes for chapter in CHAPTERS) / 60
    return f"**{len(CHAPTERS)} chapters, {sum(map(len, CHAPTERS.values()))} exercises, about {hours:.0f} hours**"
