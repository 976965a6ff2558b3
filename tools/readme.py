"""The counts in README.md that follow from the definitions."""

from __future__ import annotations

import re
from pathlib import Path

from rnncourse.exercises import CHAPTERS
from tools.desk import write_text

#: A row of the table of chapters: | 03 · An RNN by hand | what is built | 6 |
ROW = re.compile(r"^(\| (\d\d) · [^|\n]+ \| [^|\n]+ \| )(\d+)( \|)$", re.MULTILINE)


def write_counts(root: Path) -> None:
    """Write the number of exercises of each chapter into the README's table."""
    count = {chapter[:2]: len(exercises) for chapter, exercises in CHAPTERS.items()}
    text = (root / "README.md").read_text(encoding="utf-8")
    counted = ROW.sub(lambda row: f"{row[1]}{count.get(row[2], row[3])}{row[4]}", text)
    if counted != text:
        write_text(root / "README.md", counted)
