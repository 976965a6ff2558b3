"""Right answers as trees: they stay right, whatever is written out or taken away."""

import ast

import numpy as np
import pytest

from rnncourse import cells
from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import same, truth
from rnncourse.checking.diagnosis.edits.spellings import both_of, spelling_of, spellings
from rnncourse.exercises import CHAPTERS, Exercise, find
from rnncourse.exercises.edits import changed

EXERCISES = [task for tasks in CHAPTERS.values() for task in tasks if isinstance(task, Exercise)]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_every_exercise_has_a_right_answer_to_edit(exercise):
    case = exercise.make_cases(1)[0]
    expected = truth(exercise, case)
    outcomes = [ask(exercise.as_call(), spelling.compiled(), case) for spelling in spellings(exercise)]
    assert any(same(outcome, expected, exercise.tolerance) for outcome in outcomes)


def test_calls_of_short_functions_are_written_out():
    texts = [ast.unparse(spelling.tree) for spelling in spellings(find("run_neuron"))]
    assert "tanh" in texts[0]
    assert any("neuron_step(" in text for text in texts[1:])


def own(name, title):
    return next(known.function for known in find(name).mistakes if known.name == title)


def test_a_lambda_and_an_edit_have_a_source():
    lambda_ = own("neuron_step", "state left out")
    assert spelling_of(lambda_).compiled()(1.0, 5.0, 0.5, 5.0, 0.5) == pytest.approx(0.76159416)
    edited = own("neuron_with_readout", "old state handed on")
    given = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    assert spelling_of(edited).compiled()(*given) == pytest.approx(edited(*given))


def test_a_function_without_source_is_none():
    assert spelling_of(len) is None


def test_two_mistakes_in_one_function():
    text = ast.unparse(both_of(own("lstm_step", "no bias"), own("lstm_step", "f left out")).tree)
    assert "h @ recurrent_kernel, 4" in text
    assert "sigmoid(f)" not in text


def test_mistakes_that_change_the_same_text_make_no_function():
    assert both_of(own("lstm_step", "f left out"), own("lstm_step", "1 added to f")) is None
    assert both_of(own("lstm_step", "no bias"), own("lstm_step", "results exchanged")) is None


def test_mistakes_that_call_two_things_by_one_name_make_no_function():
    half = changed(cells.neuron_step, ("w_x * x", "other(w_x * x)"), other=np.sqrt)
    whole = changed(cells.neuron_step, ("w_h * h", "other(w_h * h)"), other=np.exp)
    same = changed(cells.neuron_step, ("w_h * h", "other(w_h * h)"), other=np.sqrt)
    assert both_of(half, whole) is None
    assert both_of(half, same).compiled()(4.0, 9.0, 1.0, 1.0, 0.0) == np.tanh(5.0)


def test_mistakes_that_need_their_order_make_no_function():
    """What the second changes was made by the first: together they are something of their own."""
    whole = changed(cells.neuron_step, ("w_x * x + w_h * h + b", "w_x * x + b"))
    inside = changed(cells.neuron_step, ("w_x * x + w_h * h", "w_h * h"))
    follows = changed(cells.neuron_step, ("+ b", "+ b + b"), ("+ b + b", "- b"))
    assert both_of(whole, inside) is None
    assert both_of(inside, follows) is not None
