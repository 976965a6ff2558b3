"""The exercise of the start page: a memory in one line. It belongs to no chapter and counts for nothing."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnncourse import cells
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake
from rnncourse.exercises.edits import changed


def _case(rng: np.random.Generator) -> Case:
    return {"state": float(rng.uniform(0.2, 0.9)), "x": float(rng.uniform(-1.5, -0.5))}


_with = partial(changed, cells.remember)

remember = Exercise(
    name="remember",
    kind=Kind.BUG,
    reference=cells.remember,
    cases=_case,
    other_cases=({"state": -2.0, "x": 3.0},),
    mistakes=(
        Mistake(
            "the two shares swapped",
            _with(("0.9 * state + 0.1 * x", "0.1 * state + 0.9 * x")),
            "It keeps one tenth and takes in nine: the two shares have changed places.",
        ),
        Mistake(
            "nothing kept",
            _with(("0.9 * state + ", "")),
            "Nothing of the old state is kept: its nine tenths are missing from the sum.",
        ),
        Mistake(
            "nothing taken in",
            _with((" + 0.1 * x", "")),
            "Nothing new comes in: the tenth of the input is missing from the sum.",
        ),
        Mistake(
            "all of the input",
            _with(("0.1 * x", "x")),
            "All of the input comes in. Only a tenth of it should.",
        ),
        Mistake(
            "all of the state",
            _with(("0.9 * state", "state")),
            "All of the old state is kept. Only nine tenths of it should be.",
        ),
        Mistake(
            "half and half",
            _with(("0.9 * state + 0.1 * x", "0.5 * (state + x)")),
            "Half of each is the plain average. This memory keeps more of the old than it takes of the new.",
        ),
        Mistake(
            "the new subtracted",
            _with(("+ 0.1", "- 0.1")),
            "The input is taken away. It is to be added.",
        ),
    ),
    alternatives=(
        lambda state, x: state + 0.1 * (x - state),
        lambda state, x: (9 * state + x) / 10,
    ),
    hints=(
        "Say it in words first: nine tenths of what was there, plus one tenth of what is new.",
        "Two products and one sum. Which of the two numbers belongs to state, which to x?",
        "return ... * state + ... * x",
    ),
    points=0,
    difficulty=1,
    minutes=1,
)
