"""What exercises ask for: nothing that the page just showed, and in each chapter something with many right answers."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.checking.given import given_body
from rnncourse.checking.verdicts import Status, evaluate
from rnncourse.exercises import CHAPTERS, Exercise, Kind, Question, Stage, Training
from rnncourse.exercises.definitions import PRACTICE_SEED, Design

from exercises.chapters import ALTERNATIVES
from exercises.listing import rows

ALL = [exercise for group in CHAPTERS.values() for exercise in group]
name_of = lambda exercise: exercise.name  # noqa: E731


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_an_exercise_with_many_right_answers(chapter):
    assert any(exercise.open_ended for exercise in CHAPTERS[chapter])


@pytest.mark.parametrize("exercise", ALL, ids=name_of)
def test_the_kind_fits_what_is_asked_for(exercise):
    if isinstance(exercise, Question):
        assert exercise.kind in (Kind.PREDICTION, Kind.READING, Kind.INVERSE)
        assert not exercise.open_ended, "a question has one answer"
    elif isinstance(exercise, Stage):
        assert (exercise.kind, exercise.open_ended) == (Kind.DESIGN, True), "every learner's project is another"
    elif isinstance(exercise, Training):
        assert exercise.kind in (Kind.TRAINING, Kind.DESIGN, Kind.ASSEMBLY)
    else:
        assert exercise.kind not in (Kind.TRAINING, Kind.PREDICTION, Kind.READING)
        assert (exercise.kind is Kind.BUG) == bool(exercise.starts_from)
        assert exercise.open_ended or not isinstance(exercise.call, Design), "a design has many right answers"


@pytest.mark.parametrize("exercise", [e for e in ALL if isinstance(e, Exercise) and e.starts_from], ids=name_of)
def test_what_a_learner_starts_from_has_a_mistake_that_shows(exercise):
    space = {"np": np, "rnncourse": rnncourse, "tf": tf, "keras": keras}
    parameters = inspect.signature(exercise.given.function.reference).parameters.values()
    arguments = ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters)
    exec("\n".join([f"def {exercise.name}({arguments}):", *given_body(exercise)]), space)
    for seed in (PRACTICE_SEED, 99):
        found = evaluate(exercise, space[exercise.name], seed)
        assert (found.status, found.share) == (Status.NOT_ATTEMPTED, 0.0)
        assert "the mistake is there. This is what it shows" in found.advice


def returned(exercise: Exercise, function) -> list[np.ndarray]:
    """All numbers that a function itself returns in the first case, before they are put to use."""
    kept: list[object] = []

    def keeping(*arguments, **options):
        kept.append(function(*arguments, **options))
        return kept[-1]

    exercise.call(keeping, exercise.make_cases(PRACTICE_SEED)[0])
    parts = kept[0].values() if isinstance(kept[0], dict) else kept[0] if isinstance(kept[0], tuple) else (kept[0],)
    return [np.asarray(part) if _is_even(part) else np.asarray(part, dtype=object) for part in parts]


def _is_even(value: object) -> bool:
    """Whether it makes an array of numbers; functions, dictionaries, and lists of unequal things do not."""
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except ValueError:
        return False


def are_equal(some: list[np.ndarray], others: list[np.ndarray]) -> bool:
    pairs = list(zip(some, others, strict=False))
    plain = lambda array: array.astype(float).round(6).tolist() if array.dtype.kind in "biuf" else repr(array)  # noqa: E731
    return len(some) == len(others) and all(a.shape == b.shape and plain(a) == plain(b) for a, b in pairs)


@pytest.mark.parametrize("exercise", [e for e in ALL if e.open_ended and isinstance(e, Exercise)], ids=name_of)
def test_an_open_ended_exercise_takes_answers_that_differ(exercise):
    own = returned(exercise, exercise.reference)
    others = [returned(exercise, function) for function in ALTERNATIVES[exercise.name]]
    assert any(not are_equal(own, other) for other in others), "every alternative returns what the reference does"


def test_the_list_of_exercises_has_a_row_for_each():
    listed = rows()
    assert [row.exercise for row in listed] == [exercise.name for exercise in ALL]
    step = next(row for row in listed if row.exercise == "rnn_step")
    assert (step.chapter, step.points) == ("03", 3)
    assert step.mistakes >= 6
    assert step.alternatives >= 2
