"""Submissions made by code: the released notebook, answers put in, and whatever a bad day or a bad mind does."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from rnncourse.exercises import CHAPTERS, find
from tools.authoring import ROOT, notebook_path

CHAPTER = "01_memory_cell"
POINTS = {exercise.name: exercise.points for exercise in CHAPTERS[CHAPTER]}
ALL, NONE = frozenset(POINTS), frozenset()

#: Right answers that use nothing of the package's.
RIGHT = {
    "neuron_step": "def neuron_step(x, h, w_x, w_h, b):\n    return np.tanh(w_x * x + w_h * h + b)",
    "run_neuron": """def run_neuron(inputs, h, w_x, w_h, b):
    states = []
    for x in inputs:
        h = neuron_step(x, h, w_x, w_h, b)
        states.append(h)
    return states""",
    "cell_shapes": 'cell_shapes = {"W_x": (3, 5), "W_h": (5, 5), "b": (5,), "h": (5,)}',
    "parameter_count": "def parameter_count(features, units):\n    return features * units + units * units + units",
    "neuron_with_readout": """def neuron_with_readout(x, h, w_x, w_h, b, w_y, b_y):
    h = neuron_step(x, h, w_x, w_h, b)
    return w_y * h + b_y, h""",
    "echo_weights": """def echo_weights():
    return np.array([[1, 0, 0]]), np.eye(3, k=1), np.zeros(3), np.array([[0], [0], [2]]), np.zeros(1)""",
    "counting_weights": "def counting_weights():\n    return 0.0005, 1, 0, 2000, 0",
    "steps_remembered": """def steps_remembered(w_h, threshold):
    size, k = 1.0, 0
    while size >= threshold:
        size, k = size * abs(w_h), k + 1
    return k""",
}

#: Wrong answers of the right form, for those who hope that nobody compares.
WRONG = {
    "neuron_step": "def neuron_step(*arguments):\n    return 0.5",
    "run_neuron": "def run_neuron(inputs, *arguments):\n    return [0.5] * len(inputs)",
    "parameter_count": "def parameter_count(*arguments):\n    return 7",
    "neuron_with_readout": "def neuron_with_readout(*arguments):\n    return 0.5, 0.5",
    "echo_weights": "def echo_weights():\n    one = np.ones((1, 1))\n    return one, one, one[0], one, one[0]",
    "counting_weights": "def counting_weights():\n    return 1, 1, 1, 1, 1",
    "steps_remembered": "def steps_remembered(*arguments):\n    return 3",
}


@dataclass(frozen=True)
class Entry:
    """A submission with what is to come of it.

    Attributes:
        name: of the submission; the student is called so, unless ``student`` says otherwise.
        kind: cheating, attack or accident.
        make: writes the submission: given a ``Draft``, or a ``hostile.cards.Project``.
        right: exercises that earn their points.
        reason: words that the result must hold, in advice, remarks or what a person should look at.
        look: whether a person is asked to look; None where either is right.
        points: where parts of an exercise count.
    """

    name: str
    kind: str
    make: Callable[[Any], None]
    right: frozenset[str]
    reason: str = ""
    look: bool | None = False
    points: float | None = None
    student: str = ""

    @property
    def expected(self) -> float:
        """The points it should earn."""
        return sum(find(name).points for name in self.right) if self.points is None else self.points


class Draft:
    """A submission in the making: the released notebook, which an entry spoils."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / f"{CHAPTER}.ipynb"
        self.notebook = copy.deepcopy(nbformat.read(notebook_path(ROOT / "course", CHAPTER), as_version=4))
        self.written = False

    def solve(self, *names: str, **sources: str) -> Draft:
        """Put in right answers (all of them if none is named), and the sources given by name."""
        for name in names or ([] if sources else list(RIGHT)):
            self.cell(name)["source"] = RIGHT[name]
        for name, source in sources.items():
            self.cell(name)["source"] = source
        return self

    def cell(self, grade_id: str):
        """The cell with this mark of nbgrader's."""
        return next(c for c in self.notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)

    def index(self, grade_id: str) -> int:
        return self.notebook.cells.index(self.cell(grade_id))

    def add(self, source: str, at: int = 2, markdown: bool = False) -> Draft:
        """A cell of the learner's own, after the imports unless told otherwise; -1 is the end."""
        made = new_markdown_cell(source) if markdown else new_code_cell(source)
        self.notebook.cells.insert(len(self.notebook.cells) if at == -1 else at, made)
        return self

    def remove(self, *grade_ids: str) -> Draft:
        for grade_id in grade_ids:
            self.notebook.cells.remove(self.cell(grade_id))
        return self

    def file(self, name: str, content: str | bytes) -> Draft:
        """A file beside the notebook."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def data(self) -> dict:
        """The notebook as JSON has it."""
        return json.loads(nbformat.writes(self.notebook))

    def raw(self, content: str | bytes | dict, name: str = f"{CHAPTER}.ipynb") -> None:
        """Write the notebook file by hand."""
        content = json.dumps(content) if isinstance(content, dict) else content
        self.file(name, content)
        self.written = True

    def write(self) -> None:
        if not self.written:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about what is wrong on purpose
                nbformat.write(self.notebook, self.path)
