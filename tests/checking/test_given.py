"""The function that a learner starts from does what the catalogued mistake does, with a notebook's names alone."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest

import rnncourse
from rnncourse import neuron_step
from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import same
from rnncourse.checking.given import given_body
from rnncourse.exercises import CHAPTERS, Exercise, Mistake
from rnncourse.exercises.definitions import PRACTICE_SEED
from rnncourse.exercises.edits import changed

from made_exercises import MISTAKEN

HOMES = ("cells", "unrolling", "sequences", "backprop", "forecasting", "text", "translation", "vocabulary")
IN_NUMPY = [
    exercise
    for exercises in CHAPTERS.values()
    for exercise in exercises
    if isinstance(exercise, Exercise) and exercise.reference.__module__.partition(".")[2] in HOMES
]


def written(exercise):
    """The function as it stands in the learner's cell."""
    space = {"np": np, "rnncourse": rnncourse}
    with_defaults = inspect.signature(exercise.reference).parameters.values()
    arguments = ", ".join(str(argument.replace(annotation=inspect.Parameter.empty)) for argument in with_defaults)
    exec("\n".join([f"def {exercise.name}({arguments}):", *given_body(exercise)]), space)
    return space[exercise.name]


def givable(exercise):
    """The mistakes of an exercise that a learner can start from, with the function that stands in the cell."""
    for mistake in exercise.mistakes:
        try:
            yield mistake, written(replace(exercise, starts_from=mistake.name))
        except LookupError:  # spelt out, or it needs what a notebook does not have
            continue


@pytest.mark.parametrize("exercise", IN_NUMPY, ids=lambda exercise: exercise.name)
def test_what_is_given_does_what_the_mistake_does(exercise):
    case = exercise.make_cases(PRACTICE_SEED)[0]
    for mistake, function in givable(exercise):
        got, wanted = (ask(exercise.as_call(), f, case) for f in (function, mistake.function))
        assert same(got, wanted, exercise.tolerance), mistake.name


def test_many_exercises_have_a_mistake_to_start_from():
    with_one = [exercise.name for exercise in IN_NUMPY if next(givable(exercise), None) is not None]
    assert len(with_one) >= 15, with_one


def test_what_is_given_shows_no_check_no_type_and_no_docstring():
    body = "\n".join(given_body(MISTAKEN))
    assert body == "    return np.tanh(inputs @ kernel + state @ recurrent_kernel)"


def by_way_of_others(inputs, state, w_x, w_h, bias):
    """h_t = tanh(w_x x_t + w_h h_(t-1) + b), with a cosine of 0 in front."""
    return math.cos(0) * neuron_step(inputs, state, w_x, w_h, bias)


def test_what_the_package_calls_is_called_as_a_learner_calls_it():
    function = changed(by_way_of_others, ("math.cos(0) *", "-math.cos(0) *"))
    body = given_body(replace(MISTAKEN, mistakes=(Mistake("sign", function, "…"),), starts_from="sign"))
    assert body == ["    import math", "    return -math.cos(0) * rnncourse.neuron_step(inputs, state, w_x, w_h, bias)"]


def in_tensorflow(inputs, state):
    import tensorflow as tf

    return tf.tanh(inputs + state)


def test_a_library_that_the_chapter_imports_is_not_imported_again():
    mistake = Mistake("sign", changed(in_tensorflow, ("+ state", "- state")), "…")
    body = given_body(replace(MISTAKEN, mistakes=(mistake,), starts_from="sign"))
    assert body == ["    return tf.tanh(inputs - state)"]


def test_a_mistake_that_cannot_be_given_is_refused_in_words():
    with pytest.raises(LookupError, match="rnn_step starts from 'no such', expected the name of one of its mistakes"):
        given_body(replace(MISTAKEN, starts_from="no such"))
    spelt = Mistake("spelt out", lambda *given: given[0], "…")
    with pytest.raises(LookupError, match=r"rnn_step starts from 'spelt out': say that mistake with changed\(…\)"):
        given_body(replace(MISTAKEN, mistakes=(spelt,), starts_from="spelt out"))
    in_check = Mistake("in a check", changed(MISTAKEN.reference, ('"units units"', '"units inner"')), "…")
    with pytest.raises(LookupError, match="'in a check' changes a check of arguments, which no learner sees: inputs, "):
        given_body(replace(MISTAKEN, mistakes=(in_check,), starts_from="in a check"))
    hidden = Mistake("hidden", changed(MISTAKEN.reference, ("np.tanh(", "_inner("), _inner=np.tanh), "…")
    with pytest.raises(LookupError, match="needs _inner, which a notebook does not have: make _inner public"):
        given_body(replace(MISTAKEN, mistakes=(hidden,), starts_from="hidden"))
    other = Mistake("other", changed(by_way_of_others, ("math.cos(0) *", "-"), neuron_step=max), "…")
    with pytest.raises(LookupError, match="needs neuron_step, which a notebook does not have"):
        given_body(replace(MISTAKEN, mistakes=(other,), starts_from="other"))
