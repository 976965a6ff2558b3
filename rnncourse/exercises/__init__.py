"""The exercises of the course, chapter by chapter.

``CHAPTERS`` maps the name of a chapter (its folder, its notebook and its nbgrader assignment) to its exercises, in the
order of the notebook. A chapter ``NN_name`` has its line in ``_NAMES`` and its exercises in ``name.py`` beside this
file; ``make new-chapter NAME=NN_name`` writes both.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from rnncourse.exercises.definitions import (
    ByHand,
    Case,
    Exercise,
    Kind,
    Mistake,
    Question,
    Stage,
    Symptom,
    Task,
    Training,
)
from rnncourse.exercises.first_step import remember

__all__ = [
    "BY_HAND",
    "CHAPTERS",
    "TASKS",
    "ByHand",
    "Case",
    "Exercise",
    "Kind",
    "Mistake",
    "Question",
    "Stage",
    "Symptom",
    "Task",
    "Training",
    "chapter_of",
    "find",
    "nearest",
]

_NAMES = (
    "01_memory_cell",
    "02_kinds_of_rnn",
    "03_manual_rnn",
    "04_static_unrolling",
    "05_dynamic_unrolling",
    "06_training_a_classifier",
    "07_forecasting",
    "08_generating",
    "09_deep_rnns",
    "10_vanishing_gradients",
    "11_lstm",
    "12_gru",
    "13_embeddings",
    "14_translation",
    "15_recurrence_today",
    "16_your_project",
)

_MODULES = {name: importlib.import_module(f"{__name__}.{name.partition('_')[2]}") for name in _NAMES}

#: Each chapter's exercises, from the module of its name without the number.
CHAPTERS: Mapping[str, tuple[Task, ...]] = MappingProxyType(
    {name: module.EXERCISES for name, module in _MODULES.items()}
)

#: What of a chapter a person grades; of most chapters nothing.
BY_HAND: Mapping[str, tuple[ByHand, ...]] = MappingProxyType(
    {name: module.BY_HAND for name, module in _MODULES.items() if hasattr(module, "BY_HAND")}
)

#: All exercises by name, that of the start page too.
TASKS: Mapping[str, Task] = MappingProxyType(
    {exercise.name: exercise for exercises in CHAPTERS.values() for exercise in exercises} | {remember.name: remember}
)


def nearest(name: str, names: list[str]) -> str:
    """The end of an error line: ``Did you mean 'x'?``, or the whole list where nothing is near."""
    return _meant(name, names) or f"There are: {', '.join(names)}."


def _meant(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else ""


def find(name: str) -> Task:
    """The exercise of that name.

    Raises:
        LookupError: there is none; the message suggests the nearest name.
    """
    try:
        return TASKS[name]
    except KeyError:
        where = "The name of an exercise stands in its heading, like `rnn_step` in chapter 3."
        raise LookupError(f"No exercise is called {name!r}. {_meant(name, TASKS) or where}") from None


def chapter_of(name: str) -> str:
    """The chapter in which the exercise of that name is set; '' for that of the start page."""
    exercise = find(name)
    return next((chapter for chapter, exercises in CHAPTERS.items() if exercise in exercises), "")
