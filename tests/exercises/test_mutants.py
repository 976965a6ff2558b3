"""The check of every exercise kills every mutant of its reference that is not equivalent to it."""

from __future__ import annotations

import pytest

from rnncourse.exercises import CHAPTERS, Exercise

from exercises.chapters import EQUIVALENT
from exercises.mutants import mutants_of, survivors

FUNCTIONS = [exercise for group in CHAPTERS.values() for exercise in group if isinstance(exercise, Exercise)]


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_every_mutant_is_killed(exercise):
    alive, total = survivors(exercise)
    assert total >= 2
    assert set(alive) == {mutant for name, mutant in EQUIVALENT if name == exercise.name}


def test_mutants_are_changes_of_the_right_function():
    exercise = next(e for e in FUNCTIONS if e.name == "rnn_step")
    names = [mutant.name for mutant in mutants_of(exercise)]
    assert len(set(names)) == len(names)
    assert any("recurrent_kernel -> recurrent_kernel.T" in name for name in names)
    assert not any("expect_shapes" in name for name in names)
