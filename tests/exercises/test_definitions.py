"""What all tasks share: points, advice, and what of an exercise is needed to call a function."""

from __future__ import annotations

import dataclasses

import pytest

from rnncourse.exercises import BY_HAND, CHAPTERS, Exercise, Question, Stage, Training, find
from rnncourse.exercises.definitions import Call

ALL = [task for tasks in CHAPTERS.values() for task in tasks]


@pytest.mark.parametrize(
    ("points", "share", "earned"), [(2, 2 / 3, 1.33), (3, 1 / 3, 1.0), (1, 1.0, 1.0), (4, 0.0, 0.0), (2, 1 / 7, 0.29)]
)
def test_points_are_earned_to_a_hundredth(points, share, earned):
    task = dataclasses.replace(find("rnn_step"), points=points)
    assert task.earned(share) == earned
    assert f"{task.earned(share):g}" == f"{earned:g}"


def test_a_cell_may_be_worth_something_else_than_the_task():
    assert find("rnn_step").earned(0.5, 5) == 2.5
    assert find("rnn_step").earned(0.5, 0) == 0


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)
def test_everything_that_is_asked_for_has_what_a_task_has(task):
    assert task.name.isidentifier()
    assert task.hints
    assert task.points > 0
    assert task.difficulty in (1, 2, 3)
    assert task.minutes > 0
    assert task.earned(1.0) == task.points
    assert isinstance(task, Exercise | Question | Stage | Training)


def test_the_advice_on_a_mistake_is_that_of_its_own_task():
    first, *_ = find("neuron_step").mistakes
    assert find("neuron_step").advice_on(first.name) == first.advice
    assert find("neuron_step").advice_on("the package's own function") == ""
    symptom, *_ = find("long_memory").mistakes
    assert find("long_memory").advice_on(symptom.name) == symptom.advice
    assert find("cell_shapes").advice_on("anything") == ""


@pytest.mark.parametrize("exercise", [task for task in ALL if isinstance(task, Exercise)], ids=lambda task: task.name)
def test_a_call_knows_how_and_nothing_of_the_truth(exercise):
    call = exercise.as_call()
    assert call == Call(exercise.name, exercise.call, exercise.parts, exercise.seconds, exercise.copies)
    known = {*vars(call).values()} - {exercise.call}
    assert not known & {exercise.reference, *(mistake.function for mistake in exercise.mistakes)}


def test_a_model_is_asked_as_it_is_and_in_its_own_time():
    call = find("long_memory").as_call()
    assert (call.copies, call.seconds, call.parts) == (False, find("long_memory").seconds, ())


def test_a_case_is_the_same_on_every_machine_and_differs_by_seed_and_index():
    exercise = find("neuron_step")
    assert exercise.make_cases(3) == exercise.make_cases(3)
    assert exercise.make_cases(3)[: exercise.case_count] != exercise.make_cases(4)[: exercise.case_count]
    assert [case["x"] for case in exercise.make_cases(1)[:3]] == pytest.approx([0.62467493, 0.75375843, 0.61849989])


def test_what_a_person_reads_has_a_name_and_five_levels():
    told = [each for of_chapter in BY_HAND.values() for each in of_chapter]
    assert told
    assert len({each.name for each in told} - {task.name for task in ALL}) == len(told)
    for each in told:
        assert each.points == 4
        assert len(set(each.levels)) == 5
        assert all(text.endswith((".", "?")) for text in (each.asks, *each.levels))
