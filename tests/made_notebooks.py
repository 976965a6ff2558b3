"""A small course made on the spot: notebooks of the released form, unsolved, solved, or spoilt in a known way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rnncourse.exercises import CHAPTERS, Question, find

CHAPTER = "01_memory_cell"  # NumPy only: its kernel need not import TensorFlow


def unsolved(name: str) -> str:
    if isinstance(find(name), Question):
        return "# YOUR CODE HERE\nraise NotImplementedError()"
    return f"def {name}(*arguments):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def solved(name: str) -> str:
    if isinstance(find(name), Question):
        return f"{name} = rnncourse.exercises.find({name!r}).answer"
    return f"{name} = rnncourse.{name}"


def notebook(chapter: str = CHAPTER, sources: Mapping[str, str] | None = None, all_solved: bool = False):
    """A chapter as nbgrader releases it; ``sources`` replaces the sources of exercise cells."""
    nb = new_notebook()
    nb.cells = [new_markdown_cell(f"# {chapter}"), new_code_cell("import numpy as np\nimport rnncourse")]
    for exercise in CHAPTERS[chapter]:
        name = exercise.name
        source = solved(name) if all_solved else unsolved(name)
        source = (sources or {}).get(name, source)
        nb.cells.append(new_code_cell(source, metadata=_nbgrader(name, grade=False)))
        test = f'rnncourse.grade("{name}")'
        nb.cells.append(new_code_cell(test, metadata=_nbgrader(f"{name}_test", grade=True, points=exercise.points)))
    return nb


def _nbgrader(grade_id: str, grade: bool, **more) -> dict:
    fields = {"grade": grade, "grade_id": grade_id, "locked": grade, "solution": not grade, "task": False}
    return {"nbgrader": {**fields, "schema_version": 3, **more}}


def write(nb, folder: Path, chapter: str = CHAPTER) -> Path:
    path = folder / chapter / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)
    return path


def make_release(folder: Path) -> Path:
    for chapter in CHAPTERS:
        write(notebook(chapter), folder, chapter)
    (folder / CHAPTER / "data.csv").write_text("1,2\n")
    return folder


def copied(cell, **changes):
    """A copy of a cell, as a learner makes one with C and V; nbgrader's metadata goes along."""
    return nbformat.from_dict({**cell, "id": "a-copy", **changes})


def without(nb, *grade_ids: str):
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in grade_ids]
    return nb


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content: equal trees mean that nothing was changed."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def recorded(folder: Path) -> dict:
    return json.loads((folder / "progress.json").read_text())["exercises"]


def kernel_spec(folder, monkeypatch, text):
    """A kernel python3 that comes before the real one."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(text)
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
