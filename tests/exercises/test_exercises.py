"""Every exercise: the truth passes, each known mistake fails and is named rightly, other right spellings pass."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from rnncourse import exercises
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.checking.given import is_untouched
from rnncourse.exercises import CHAPTERS, Exercise, Question
from rnncourse.exercises.edits import EditError

from exercises.chapters import ALTERNATIVES, ANSWERS, MISSING

HIDDEN_SEED = 99
ALL = [exercise for group in CHAPTERS.values() for exercise in group]
FUNCTIONS = [exercise for exercise in ALL if isinstance(exercise, Exercise)]
QUESTIONS = [exercise for exercise in ALL if isinstance(exercise, Question)]
name_of = lambda thing: thing.name  # noqa: E731


def test_every_chapter_is_known_to_the_tests():
    assert not MISSING, f"tests/exercises/chapters/{MISSING[0][3:]}.py is missing: ALTERNATIVES, ANSWERS, EQUIVALENT"


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("seed", [PRACTICE_SEED, HIDDEN_SEED])
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=name_of)
def test_reference_passes(exercise, seed):
    verdict = evaluate(exercise, exercise.reference, seed)
    assert (verdict.status, verdict.share, verdict.advice) == (Status.RIGHT, 1.0, "")


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("seed", [PRACTICE_SEED, pytest.param(HIDDEN_SEED, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [pytest.param(e, m, id=f"{e.name}: {m.name}") for e in FUNCTIONS for m in e.mistakes],
)
def test_mistake_fails_and_is_named(exercise, mistake, seed):
    verdict = evaluate(exercise, mistake.function, seed)
    if mistake is exercise.given:
        told = (
            (Status.NOT_ATTEMPTED, None) if is_untouched(exercise, mistake.function) else (Status.WRONG, mistake.name)
        )
        assert (verdict.status, verdict.mistake, verdict.share) == (*told, 0.0)
        return
    assert verdict.status in (Status.WRONG, Status.PARTLY)
    assert verdict.mistake == mistake.name
    assert verdict.advice.startswith(mistake.advice)
    assert verdict.share < 1


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=name_of)
def test_no_mistake_is_an_edit_that_does_not_fit(exercise):
    """Its error would pass for the mistake, on both sides: what raises is recognised by its words."""
    case = exercise.make_cases(PRACTICE_SEED)[0]
    for mistake in exercise.mistakes:
        try:
            exercise.call(mistake.function, copy.deepcopy(case) if exercise.copies else case)
        except (EditError, NameError):
            raise
        except Exception:
            continue  # a mistake may raise: the learner's code does


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("seed", [PRACTICE_SEED, HIDDEN_SEED])
@pytest.mark.parametrize(
    ("name", "alternative"),
    [pytest.param(name, f, id=f"{name}: {f.__name__}") for name, fs in ALTERNATIVES.items() for f in fs],
)
def test_other_right_answers_pass(name, alternative, seed):
    verdict = evaluate(exercises.find(name), alternative, seed)
    assert verdict.status is Status.RIGHT, verdict.advice


KNOWN = [exercise for chapter, group in CHAPTERS.items() if chapter not in MISSING for exercise in group]


@pytest.mark.parametrize("exercise", [e for e in FUNCTIONS + QUESTIONS if e in KNOWN], ids=name_of)
def test_has_two_alternatives(exercise):
    assert len(ALTERNATIVES.get(exercise.name, ANSWERS.get(exercise.name, []))) >= 2


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=name_of)
def test_cases_are_reproducible_and_differ_between_seeds(exercise):
    plain = lambda cases: [  # noqa: E731
        {k: repr(np.asarray(v).tolist()) for k, v in case.items() if not callable(v)}
        for case in cases  # NaN is NaN
    ]
    assert plain(exercise.make_cases(PRACTICE_SEED)) == plain(exercise.make_cases(PRACTICE_SEED))
    assert plain(exercise.make_cases(PRACTICE_SEED)) != plain(exercise.make_cases(HIDDEN_SEED))


@pytest.mark.parametrize("question", QUESTIONS, ids=name_of)
def test_right_answers_to_questions(question):
    for answer in [question.answer, *ANSWERS.get(question.name, [])]:
        assert evaluate(question, answer, PRACTICE_SEED).status is Status.RIGHT


@pytest.mark.parametrize("question", QUESTIONS, ids=name_of)
def test_wrong_answers_to_questions_get_their_feedback(question):
    for key in question.parts:
        for wrong, feedback in question.feedback[key].items():
            verdict = evaluate(question, {**question.answer, key: wrong}, PRACTICE_SEED)
            assert verdict.status is Status.PARTLY
            assert feedback in verdict.advice
            assert verdict.mistake == f"{key!r}: {wrong}"
            assert verdict.share == pytest.approx(1 - 1 / len(question.parts))


@pytest.mark.parametrize("question", QUESTIONS, ids=name_of)
def test_unknown_wrong_answers_do_not_give_the_truth_away(question):
    key = question.parts[0]
    advice = evaluate(question, {**question.answer, key: (9, 9, 9, 9)}, PRACTICE_SEED).advice
    assert "(9, 9, 9, 9)" in advice
    beside_the_choices = advice.replace(", ".join(map(repr, question.choices)), "") if question.choices else advice
    assert str(question.answer[key]) not in beside_the_choices


@pytest.mark.parametrize("exercise", ALL, ids=name_of)
def test_hints_lead_on(exercise):
    assert len(exercise.hints) >= 3
    assert len(set(exercise.hints)) == len(exercise.hints)
    assert exercise.points > 0
    assert 1 <= exercise.difficulty <= 3
    assert exercise.minutes > 0


def test_names_are_unique():
    assert len({exercise.name for exercise in ALL}) == len(ALL)


def test_every_function_exercise_is_a_public_function_of_the_package():
    import rnncourse

    for exercise in FUNCTIONS:
        assert callable(getattr(rnncourse, exercise.name))


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(LookupError, match=r"'rnn_stepp'. Did you mean 'rnn_step'\?"):
        exercises.find("rnn_stepp")
    assert exercises.chapter_of("rnn_step") == "03_manual_rnn"
