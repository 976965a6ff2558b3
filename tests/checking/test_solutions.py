"""Every solution that is shown is right, and stands alone below the first cell of a chapter."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import Status, evaluate
from rnncourse.checking.solutions import solution_of
from rnncourse.exercises import TASKS, Training, find

SHOWN = [name for name, task in TASKS.items() if not isinstance(task, Training)]


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
    assert ast.literal_eval(solution_of(find("batch_shapes")).partition("= ")[2]) == find("batch_shapes").answer


def test_a_model_has_many_solutions():
    with pytest.raises(TypeError, match="long_memory is trained, and there are many right ways"):
        solution_of(find("long_memory"))
