"""Nothing wrong is accepted: every argument and every size varies over an exercise's cases, and the truth with it.

A learner who writes a number of the notebook in place of an argument, or a size in place of ``len(…)``, is right in
one case and wrong in another.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnncourse.checking.calls import Ending, ask
from rnncourse.checking.comparing import same, truth
from rnncourse.exercises import CHAPTERS, Exercise, find
from rnncourse.exercises.definitions import PRACTICE_SEED

pytestmark = pytest.mark.usefixtures("asked_once")
HIDDEN_SEED = 99
FUNCTIONS = [exercise for group in CHAPTERS.values() for exercise in group if isinstance(exercise, Exercise)]
ARGUMENTS = [(exercise, name) for exercise in FUNCTIONS for name in exercise.make_cases(PRACTICE_SEED)[0]]

#: (exercise, argument, axis) -> why the length of this axis is the same in all cases.
ONE_SIZE = {
    ("family_vectors", "analogies", 1): "an analogy is asked with three words",
    ("change_detector", "inputs", 2): "the exercise has one feature",
    ("fit_causal_linear", "inputs", 2): "the exercise has one feature",
    ("fit_causal_linear", "targets", 2): "the exercise has one feature",
    ("seasonal_naive", "inputs", 2): "the exercise has one feature",
    ("season_forecaster", "history", 1): "four years, so that a network may be the answer",
    ("season_forecaster", "future", 1): "the year that follows",
    ("stack_steps", "state 3", 0): "the stack of the other sizes has two layers",
    ("stack_steps", "state 3", 1): "the stack of the other sizes has two layers",
    ("lstm_step", "state", -1): "the state is the pair (h, c)",
    ("lstm_step_backward", "state", -1): "the state is the pair (h, c)",
    ("counter_weights", "inputs", 2): "one feature for a, one for b",
    ("peephole_lstm_step", "state", -1): "the state is the pair (h, c)",
    ("peephole_lstm_step", "peepholes", 0): "three gates have peepholes",
    ("gru_step", "bias (reset_after=True)", 0): "there are two biases",
    ("latch_weights", "inputs", 2): "a value and a mark",
    ("lookup_weights", "inputs", 2): "six keys, four values and the number of the step",
    ("combine_steps", "earlier", -1): "a step is a pair (factor, addend)",
    ("combine_steps", "later", -1): "a step is a pair (factor, addend)",
}


def arrays_of(value: Any) -> Iterator[np.ndarray]:
    """The arrays of an argument: itself, or those that a tuple of them holds."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple) and value and all(isinstance(part, np.ndarray) for part in value):
        yield from value


def lengths_of(value: Any) -> dict[int, int]:
    """Axis -> length; axis -1 is the number of entries of a list or tuple."""
    found = {-1: len(value)} if isinstance(value, list | tuple) and not isinstance(value, str) else {}
    arrays = list(arrays_of(value))
    return found | (dict(enumerate(arrays[0].shape)) if arrays else {})


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_every_size_varies(exercise):
    cases = exercise.make_cases(PRACTICE_SEED)
    seen: dict[tuple[str, int], list[int]] = {}
    for case in cases:
        for name, value in case.items():
            for axis, length in lengths_of(value).items():
                seen.setdefault((name, axis), []).append(length)
    # An axis that a single case has (dropout's time) varies by being there.
    constant = {(exercise.name, *place) for place, found in seen.items() if len(found) > 1 and len(set(found)) == 1}
    assert constant == {place for place in ONE_SIZE if place[0] == exercise.name}


def with_argument(exercise: Exercise, name: str, value: Any) -> Callable[..., Any]:
    """The exercise's truth, asked with another value of one argument."""
    hurried = replace(exercise.as_call(), seconds=0.5)  # what such a value makes endless is no value
    return lambda case: ask(hurried, exercise.reference, {**case, name: value})


def other_values(exercise: Exercise, name: str, value: Any) -> Iterator[Any]:
    """What the argument could be as well: other cases' values, and small changes of this one."""
    rng = np.random.default_rng(3)
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        for case in exercise.make_cases(seed):
            if name in case and lengths_of(case[name]) == lengths_of(value):
                yield case[name]
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield value + 0.3 * rng.normal(size=value.shape)
    elif isinstance(value, np.ndarray):
        yield rng.permutation(value.ravel()).reshape(value.shape)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, max(value - 1, 1))


def influences(exercise: Exercise, name: str) -> bool:
    """Whether the truth changes in some case when this argument alone changes."""
    for case in exercise.make_cases(PRACTICE_SEED):
        if name not in case:
            continue
        here = truth(exercise, case)
        for value in other_values(exercise, name, case[name]):
            there = with_argument(exercise, name, copy.deepcopy(value) if exercise.copies else value)(case)
            if there.ending is Ending.RETURNED and not same(there, here, exercise.tolerance):
                return True
    return False


@pytest.mark.parametrize(("exercise", "name"), [pytest.param(e, n, id=f"{e.name}: {n}") for e, n in ARGUMENTS])
def test_the_truth_depends_on_every_argument(exercise, name):
    assert influences(exercise, name)


def frozen(exercise: Exercise, name: str) -> Callable[..., Any]:
    """The right answer of a learner who writes the first case's value in place of the argument."""
    first = exercise.make_cases(PRACTICE_SEED)[0][name]
    return lambda case: ask(exercise.as_call(), exercise.reference, {**case, name: first})


@pytest.mark.parametrize("seed", [PRACTICE_SEED, HIDDEN_SEED])
@pytest.mark.parametrize(("exercise", "name"), [pytest.param(e, n, id=f"{e.name}: {n}") for e, n in ARGUMENTS])
def test_an_argument_that_is_not_read_is_noticed(exercise, name, seed):
    answer = frozen(exercise, name)
    cases = exercise.make_cases(seed)
    assert not all(same(answer(case), truth(exercise, case), exercise.tolerance) for case in cases)


def exchanged(step: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: step(*given)[::-1]


CELLS = [(e, n) for e, n in ARGUMENTS if "step" in n and callable(e.make_cases(PRACTICE_SEED)[0][n])]


@pytest.mark.parametrize(("exercise", "name"), [pytest.param(e, n, id=f"{e.name}: {n}") for e, n in CELLS])
def test_the_output_of_a_cell_is_not_its_state(exercise, name):
    for case in exercise.make_cases(PRACTICE_SEED):
        if name in case:
            there = with_argument(exercise, name, exchanged(case[name]))(case)
            assert not same(there, truth(exercise, case), exercise.tolerance)


def test_the_cell_of_the_truncated_loop_has_an_output_of_its_own():
    example = find("truncated_rnn").example(find("truncated_rnn").make_cases(PRACTICE_SEED)[0])
    output, state = example["step"](example["inputs"][0], example["state"])
    assert output.shape != state.shape


def remainders(name: str, sequence: str, count: str) -> set[int]:
    """What is left over in each case when the steps of a sequence are cut into pieces."""
    cases = find(name).make_cases(PRACTICE_SEED)
    return {len(case[sequence]) % case[count] for case in cases}


@pytest.mark.parametrize("name", ["static_rnn_in_pieces", "truncated_rnn"])
def test_pieces_divide_the_sequence_and_do_not(name):
    left = remainders(name, "inputs", "length")
    assert 0 in left
    assert len(left) > 1


def test_an_answer_is_longer_than_its_source_and_shorter():
    cases = find("encoder_decoder").make_cases(PRACTICE_SEED)
    assert {case["time_steps"] > case["inputs"].shape[1] for case in cases} == {True, False}


def test_another_end_token_than_that_of_the_chapter():
    for name in ("lengths_from_tokens", "generate_until"):
        assert len({case["end"] for case in find(name).make_cases(PRACTICE_SEED)}) > 1
