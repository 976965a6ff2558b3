"""What a design does with a series: on which inputs it depends, and the shortest series on which it goes wrong."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import truth
from rnncourse.checking.diagnosis import behaviour
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.verdicts import evaluate
from rnncourse.exercises import find
from rnncourse.exercises.definitions import PRACTICE_SEED


def evidence(name, design):
    exercise = replace(find(name), mistakes=(), starts_from="")
    cases = tuple(exercise.make_cases(PRACTICE_SEED))
    outcomes = tuple(ask(exercise.as_call(), design, case) for case in cases)
    return Evidence(exercise, cases, outcomes, tuple(truth(exercise, case) for case in cases))


def asked(look, name, design):
    """What a look says of a design that can be put to work on more."""
    call = find(name).as_call()
    return look(evidence(name, design), lambda case: ask(call, design, case))


depends_on = partial(asked, behaviour.depends_on)
simplest = partial(asked, behaviour.simplest)


def chain(neurons, read):
    """Each neuron hands the input on to the next; one of them is read."""
    readout = np.zeros((neurons, 1))
    readout[read] = 1.7
    return lambda: (np.eye(1, neurons), np.eye(neurons, k=1), np.zeros(neurons), readout, np.zeros(1))


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (chain(3, 0), "the input of that step alone"),
        (chain(2, 1), "the input of 1 step before alone"),
        (chain(5, 4), "the input of 4 steps before alone"),
    ],
)
def test_the_inputs_that_an_output_depends_on_are_told_beside_those_that_it_should(design, words):
    assert depends_on("echo_weights", design) == (
        f"What comes out at a step depends on {words}. It should depend on the input of 2 steps before alone."
    )


def test_a_memory_that_fades_is_told_by_its_length():
    fading = lambda: (0.001, 0.6, 0.0, 1000.0, 0.0)  # noqa: E731
    said = depends_on("counting_weights", fading)
    assert said.startswith("What comes out at a step depends on the input of that step and those of up to ")
    assert said.endswith("It should depend on the input of that step and all before it.")


def test_a_design_that_hears_what_it_should_is_not_blamed_for_what_it_hears():
    def turned():
        kernel, recurrent_kernel, bias = rnncourse.change_detector()
        return -kernel, recurrent_kernel, bias

    assert depends_on("change_detector", turned) is None


def test_the_series_that_is_shown_is_cut_after_its_first_fault_and_emptied():
    shown = simplest("counting_weights", lambda: (0.001, 0.9, 0.0, 1000.0, 0.0))
    (case,), (got,), (want,) = shown.cases, shown.outcomes, shown.expected
    inputs = case["inputs"]
    assert len(inputs) < 8
    assert got.values[0][-1] != want.values[0][-1]
    np.testing.assert_array_equal(want.values[0], np.cumsum(inputs))


def test_the_truth_that_is_shown_is_that_of_the_short_series():
    for name, design in (
        ("echo_weights", chain(3, 0)),
        ("between_marks", lambda: ([3, 0, 0], [3, 0, 0], [1, 1, -1.5])),
    ):
        shown = simplest(name, lambda design=design: tuple(np.asarray(piece, float) for piece in design()))
        exercise = find(name)
        assert ask(exercise.as_call(), exercise.reference, shown.cases[0]).values[0].tolist() == (
            shown.expected[0].values[0].tolist()
        )


def test_nothing_is_cut_where_the_right_design_looks_ahead():
    only_marks = lambda: tuple(np.array(piece) for piece in ([3.0, 0, 0], [3.0, 0, 0], [1.0, 1, -1.5]))  # noqa: E731
    (case,) = simplest("between_marks", only_marks).cases
    inputs = case["inputs"].ravel()
    assert inputs[0] == inputs[-1] == 1, "what is asked for lies between two marks"


@pytest.mark.parametrize("name", ["lookup_weights", "family_vectors", "kernel_that_keeps", "assign_batches"])
def test_nothing_is_said_of_a_series_where_there_is_none(name):
    exercise = find(name)
    wrong = exercise.mistakes[0].function
    assert behaviour.series_of(evidence(name, wrong)) is None
    assert simplest(name, wrong) is None
    assert depends_on(name, wrong) is None


def test_check_shows_the_short_series_in_place_of_the_drawn_one():
    exercise = replace(find("rise_weights"), mistakes=())
    said = evaluate(exercise, next(m.function for m in find("rise_weights").mistakes if "two 1s" in m.name), 1).advice
    assert "With inputs = [0., 1.] your design does something else than it should." in said
