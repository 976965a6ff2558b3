"""A class that hands in projects: the release of chapter 16, filled in, with the outputs that a notebook keeps."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_output

from rnncourse import project_page
from rnncourse.exercises import CHAPTERS, Stage
from rnncourse.notebooks.files import mark_of
from rnncourse.project import MEDIA_TYPE, Card
from tools.authoring import ROOT, notebook_path

from made_pages import PIXEL
from made_projects import made, series, shuffled

__all__ = ["PIXEL"]

CHAPTER = "16_your_project"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
EVIL = "Is <script>alert(1)</script> or <img src=x onerror=alert(2)> =1+1 or [x](javascript:alert(3)) the better one?"


def _told(card: Any) -> Card:
    for about in ("inside", "failure", "share"):
        card.note(about, f"What is to be said about {about}, in a sentence.")
    return card.now()


GOOD = _told(made())
LEAKING = _told(made(parts=shuffled(series())))
NO_BASELINE = _told(made(baseline=None))
SINGLE_SEED = _told(made(results={"GRU": (1000, (0.21,)), "LSTM": (1040, (0.25,))}))
HOSTILE = _told(
    made(
        question=EVIL,
        results={"<b>GRU</b>": (1000, (0.21, 0.22, 0.23)), "=cmd()": (1040, (0.25, 0.26, 0.27))},
        looks=({"<b>GRU</b>": 0.223, "=cmd()": 0.263},),
        winner="<b>GRU</b>",
    )
)


def printed(text: Any) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def error(name: str, words: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [f"{name}: {words}"]}


def output_of(card: Card) -> Any:
    """What ``project.card()`` leaves below its cell."""
    lines = "\n".join(project_page.lines(card))
    shown = {"text/html": project_page.page(card), "text/plain": lines, MEDIA_TYPE: card.text()}
    return new_output("display_data", data=shown)


#: The exercises that cards answer, in their order, and those that are answered as everywhere.
STAGES = [task.name for task in CHAPTERS[CHAPTER] if isinstance(task, Stage)]
OTHERS = [task.name for task in CHAPTERS[CHAPTER] if not isinstance(task, Stage)]


class Handed:
    """A project to be handed in: the release, in which every stage has a card; or other outputs by the stage's name."""

    def __init__(self, course: Path, student: str):
        self.path = notebook_path(course / "submitted" / student, CHAPTER)
        self.notebook = copy.deepcopy(nbformat.read(notebook_path(ROOT / "course", CHAPTER), as_version=4))

    def cell(self, mark: str) -> Any:
        return next(cell for cell in self.notebook.cells if mark_of(cell) == mark)

    def card(self, card: Card | None, **outputs: list[Any]) -> Handed:
        """The same card at each stage, as somebody has it who runs the whole notebook and then saves."""
        for name in STAGES:
            self.cell(name).source = f"{name} = project.card()"
            self.cell(name).outputs = outputs.get(name, [] if card is None else [output_of(card)])
        return self

    def solve(self) -> Handed:
        """Right answers to all but the stages."""
        solution = nbformat.read(notebook_path(ROOT / "solutions", CHAPTER), as_version=4)
        for cell in solution.cells:
            if mark_of(cell) in OTHERS:
                self.cell(mark_of(cell)).source = cell.source
        return self

    def write_by_hand(self, texts: Mapping[str, str]) -> Handed:
        """Answers to what a person grades."""
        for name, text in texts.items():
            self.cell(name).source = self.cell(name).source.replace("YOUR ANSWER HERE", text)
        return self

    def add(self, source: str, *outputs: Any) -> Handed:
        """A cell of the learner's own, before the first stage."""
        made_here = new_code_cell(source, outputs=[nbformat.from_dict(output) for output in outputs])
        self.notebook.cells.insert(self.notebook.cells.index(self.cell(STAGES[0])), made_here)
        return self

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(self.notebook, self.path)
