"""What a chapter that is built anew keeps of the one before it: the ids of its cells, and outputs that are the same.

So a change of one cell is a diff of one cell. A cell written as text has no id; it gets that of the cell it was,
found by its content. Exercise, check and grade cells are called after the exercise. Every code cell has the execution
count 1: nbval compares only cells that have a count, and running numbers would change below an added cell.
"""

from __future__ import annotations

import ast
import base64
import difflib
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbval.plugin import get_sanitize_patterns
from PIL import Image

from rnncourse.notebooks.files import TEST_SUFFIX, mark_of

_PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
_NUMBER = re.compile(r" *\d+(?:\.\d+)?")  # with the blanks that fill its column
_SIMILAR = 0.5
_BLOCK, _LEVELS = 8, 4


# ----------------------------------------------------------------------------------------------------------- names
def keep_ids(new: NotebookNode, old: NotebookNode) -> None:
    """Give each cell of the new notebook the id (and the attachments) of the cell of the old one that it was."""
    named = {index: name for index, cell in enumerate(new.cells) if (name := _called_after_exercise(new, index))}
    was = _pairs(new, old)
    taken = set(named.values())
    for index, cell in enumerate(new.cells):
        before = was.get(index)
        if before is not None and "attachments" in before and "attachment:" in cell.source:
            cell["attachments"] = before["attachments"]
        if index in named:
            cell["id"] = named[index]
        elif before is not None and before.id not in taken:
            cell["id"] = before.id
            taken.add(before.id)
        else:
            cell["id"] = ""
    for cell in new.cells:
        if not cell["id"]:
            cell["id"] = new_id(cell, taken)
            taken.add(cell["id"])


def new_id(cell: NotebookNode, taken: set[str]) -> str:
    """Eight characters from a cell's content, or more where they are taken."""
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
    copies = (f"{digest[:8]}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (digest[:8], *copies) if name not in taken)


def _called_after_exercise(notebook: NotebookNode, index: int) -> str:
    """``rnn_step``, ``rnn_step-check`` or ``rnn_step-test`` for the three cells of an exercise, '' for others."""
    cell = notebook.cells[index]
    mark = mark_of(cell)
    if mark.endswith(TEST_SUFFIX):
        return f"{mark.removesuffix(TEST_SUFFIX)}-test"
    if mark:
        return mark
    before = mark_of(notebook.cells[index - 1]) if index else ""
    asked = re.fullmatch(r'check\("?(\w+)"?\)', cell.source)
    return f"{before}-check" if asked is not None and asked[1] == before else ""


def _pairs(new: NotebookNode, old: NotebookNode) -> dict[int, NotebookNode]:
    """For each cell of the new notebook the old cell that it was, where there is one."""
    was: dict[int, NotebookNode] = {}
    before, after = ([(cell.cell_type, cell.source) for cell in notebook.cells] for notebook in (old, new))
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            was.update(zip(range(j1, j2), old.cells[i1:i2], strict=True))
        elif kind == "replace":
            was.update(_most_similar(range(j1, j2), new, old.cells[i1:i2]))
    return was


def _most_similar(places: range, new: NotebookNode, left: list[NotebookNode]) -> Iterator[tuple[int, NotebookNode]]:
    """Changed cells with the old cells most like them, each used once."""
    left = list(left)
    for place in places:
        cell = new.cells[place]
        likeness = [
            difflib.SequenceMatcher(None, old.source, cell.source, autojunk=False).ratio()
            * (old.cell_type == cell.cell_type)
            for old in left
        ]
        if likeness and max(likeness) >= _SIMILAR:
            yield place, left.pop(int(np.argmax(likeness)))


# --------------------------------------------------------------------------------------------------------- outputs
def keep_outputs(new: NotebookNode, old: NotebookNode, sanitize: Path) -> None:
    """Put the stored outputs back wherever the fresh ones say the same, as nbval compares them.

    Args:
        new: the notebook that has just run.
        old: the notebook as it was stored, with the same ids.
        sanitize: nbval's file of what may differ from run to run.
    """
    stored = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    rules = _rules(sanitize)
    measured: set[str] = set()
    for cell in new.cells:
        if cell.cell_type != "code":
            continue
        before = stored.get(cell.id)
        varies = "nbval-ignore-output" in cell.metadata.get("tags", [])
        bound, read = _names(cell.source)
        drawn_from_it = bool(read & measured)
        measured -= bound
        if before is None or before.source != cell.source:
            continue
        if same_outputs(before.outputs, cell.outputs, rules, varies, drawn_from_it):
            cell.outputs = before.outputs
            measured |= bound if varies or drawn_from_it else set()


def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds, and those of other cells that it reads; none, where IPython alone understands it."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set(), set()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return bound, {node.id for node in names if isinstance(node.ctx, ast.Load)} - bound


def same_outputs(
    old: list[Any], new: list[Any], rules: list[tuple[str, str]], varies: bool = False, drawn_from_it: bool = False
) -> bool:
    """Whether two lists of outputs say the same: the same text where it may not differ, and pictures that look alike.

    Args:
        old, new: outputs of a cell.
        rules: pattern and replacement of what may differ.
        varies: whether the cell may say other numbers in every run, the times of a measurement for example.
        drawn_from_it: whether it shows what such a cell measured, so that its pictures differ as well.
    """

    def comparable(text: str) -> str:
        for pattern, replacement in rules:
            text = re.sub(pattern, replacement, text)
        return _NUMBER.sub("#", text) if varies else text

    if _mapped(old, comparable) != _mapped(new, comparable):
        return False
    if len({sum(text.count("≈") for text in _texts(outputs)) for outputs in (old, new)}) > 1:
        return False  # nbval may accept that an output of before told fewer numbers; it is not kept
    pictures = [_PICTURE.findall("\n".join(_texts(outputs))) for outputs in (old, new)]
    return varies or drawn_from_it or all(map(_look_alike, *pictures))


def _rules(sanitize: Path) -> list[tuple[str, str]]:
    rules: list[tuple[str, str]] = get_sanitize_patterns(sanitize.read_text("utf-8"))
    return rules


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of nested lists and dictionaries with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(part, change) for key, part in value.items() if key != "execution_count"}
    return [_mapped(part, change) for part in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    """Every text in nested lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _look_alike(old: str, new: str) -> bool:
    """Whether two PNGs show the same: another machine draws the edges of letters a little differently."""
    if old == new:
        return True
    first, second = (np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"), float)
                     for text in (old, new))  # fmt: skip
    if first.shape != second.shape:
        return False
    height, width = (size // _BLOCK * _BLOCK for size in first.shape[:2])
    blocks = (first - second)[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK, 3)
    return bool(np.abs(blocks.mean(axis=(1, 3))).max(initial=0) <= _LEVELS)
