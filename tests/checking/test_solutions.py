"""Every solution that is shown is right, and stands alone below the first cell of a chapter."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import Status, evaluate
from rnncourse.checking.solutions import solution_of
from rnncourse.exercises import TASKS, Stage, Training, find

SHOWN = [name for name, task in TASKS.items() if not isinstance(task, Training | Stage)]


@pytest.mark.parametrize("name", SHOWN)
def test_the_solution_is_right_where_it_is_pasted(name):
    text = solution_of(find(name))
    assert "expect_" not in text
    assert '"""' not in text
    space = {"np": np, "rnncourse": rnncourse}
    exec(compile(text, name, "exec"), space)
    verdict = evaluate(find(name), space[name], 7)
    assert verdict.status is Status.RIGHT, f"{text}\n{verdict.advice}"
    assert max(map(len, text.splitlines())) <= 120


def test_it_is_written_as_a_learner_writes():
    assert solution_of(find("rnn_step")) == (
        "def rnn_step(inputs, state, kernel, recurrent_kernel, bias):\n"
        "    return np.tanh(inputs @ kernel + state @ recurrent_kernel + bias)"
    )
    assert "\n    def averaging_step(inputs, state):\n" in solution_of(find("averaging_cell"))
    assert ast.literal_eval(solution_of(find("batch_shapes")).partition("= ")[2]) == find("batch_shapes").answer


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if isinstance(task, Training)])
def test_of_a_model_the_recipe_is_shown_which_makes_it(name):
    """That it clears the bar is seen where the solution of its chapter runs, of which it is the cell."""
    text = solution_of(find(name))
    assert text.startswith("# One of many right ways, with what the cells of the chapter have made:\n")
    made = {
        node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and node.ctx.__class__ is ast.Store
    }
    assert name in made
