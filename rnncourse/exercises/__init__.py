"""The exercises of the course, chapter by chapter.

``CHAPTERS`` maps the name of a chapter (its folder, its notebook and its nbgrader assignment) to its exercises, in the
order of the notebook. To add a chapter: write ``exercises/NN_name.py`` in this folder and add its line below.
"""

from __future__ import annotations

import difflib
from types import MappingProxyType

from rnncourse.exercises import (
    deep_rnns,
    dynamic_unrolling,
    embeddings,
    forecasting,
    generating,
    gru,
    kinds_of_rnn,
    lstm,
    manual_rnn,
    memory_cell,
    static_unrolling,
    training_a_classifier,
    translation,
    vanishing_gradients,
)
from rnncourse.exercises.definitions import Case, Exercise, Mistake, Question, Symptom, Training

__all__ = [
    "CHAPTERS",
    "Case",
    "Exercise",
    "Mistake",
    "Question",
    "Symptom",
    "Training",
    "chapter_of",
    "find",
    "nearest",
]

CHAPTERS = MappingProxyType(
    {
        "01_memory_cell": memory_cell.EXERCISES,
        "02_kinds_of_rnn": kinds_of_rnn.EXERCISES,
        "03_manual_rnn": manual_rnn.EXERCISES,
        "04_static_unrolling": static_unrolling.EXERCISES,
        "05_dynamic_unrolling": dynamic_unrolling.EXERCISES,
        "06_training_a_classifier": training_a_classifier.EXERCISES,
        "07_forecasting": forecasting.EXERCISES,
        "08_generating": generating.EXERCISES,
        "09_deep_rnns": deep_rnns.EXERCISES,
        "10_vanishing_gradients": vanishing_gradients.EXERCISES,
        "11_lstm": lstm.EXERCISES,
        "12_gru": gru.EXERCISES,
        "13_embeddings": embeddings.EXERCISES,
        "14_translation": translation.EXERCISES,
    }
)

_BY_NAME = {exercise.name: exercise for exercises in CHAPTERS.values() for exercise in exercises}


def nearest(name: str, names: list[str]) -> str:
    """The end of an error line: ``Did you mean 'x'?``, or the whole list where nothing is near."""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}."


def find(name: str) -> Exercise | Question | Training:
    """The exercise of that name.

    Raises:
        LookupError: there is none; the message suggests the nearest name.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise LookupError(f"No exercise is called {name!r}. {nearest(name, list(_BY_NAME))}") from None


def chapter_of(name: str) -> str:
    """The chapter in which the exercise of that name is set."""
    exercise = find(name)
    return next(chapter for chapter, exercises in CHAPTERS.items() if exercise in exercises)
