"""The learner's start page, made from its text: ``solutions/start_here.py`` -> ``course/start_here.ipynb``.

It has no outputs: to run its first cell is the first thing that a learner does.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rnncourse.notebooks.files import START
from tools.desk import from_text, write_text

#: What every notebook of the course says of the kernel that runs it.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def start_page(text: str) -> NotebookNode:
    """The notebook of the text; the same text makes the same cells, ids included."""
    page = from_text(text)
    page.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    page.nbformat, page.nbformat_minor = 4, 5
    for number, cell in enumerate(page.cells, start=1):
        cell.id = f"start-{number:02d}-{hashlib.sha256(cell.source.encode()).hexdigest()[:4]}"
        cell.metadata = NotebookNode()
    return page


def write_start_page(root: Path) -> Path:
    """Make ``course/start_here.ipynb`` from its text."""
    source = (root / "solutions" / START).with_suffix(".py")
    target = root / "course" / START
    write_text(target, nbformat.writes(start_page(source.read_text(encoding="utf-8"))) + "\n")
    return target
