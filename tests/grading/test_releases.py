"""A release holds stubs, and where a mistake is to be found, the function that has it."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import preprocessors
from nbgrader.converters import GenerateAssignment

from rnncourse.exercises import find
from rnncourse.grading import releases

from made_exercises import MISTAKEN

SOLUTION = '''def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b)."""
    ### BEGIN SOLUTION
    return np.tanh(inputs @ kernel + state @ recurrent_kernel + bias)
    ### END SOLUTION'''
HEAD = SOLUTION.partition("    ### BEGIN")[0]


def released(name="rnn_step"):
    mark = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3, "solution": True, "task": False}
    notebook = new_notebook(cells=[new_code_cell(SOLUTION, metadata={"nbgrader": mark})])
    cleared, _ = releases.ClearSolutions().preprocess(notebook, {})
    return cleared.cells[0].source


@pytest.mark.parametrize("name", ["run_neuron", "an_instructors_own"])
def test_a_function_to_be_written_is_a_stub(name):
    assert released(name) == f"{HEAD}    # YOUR CODE HERE\n    raise NotImplementedError()"


def test_a_function_with_a_mistake_is_given_with_it(monkeypatch):
    monkeypatch.setattr(releases, "TASKS", {"rnn_step": MISTAKEN, "run_neuron": find("run_neuron")})
    assert released() == f"{HEAD}    return np.tanh(inputs @ kernel + state @ recurrent_kernel)"
    assert released("run_neuron").endswith("raise NotImplementedError()")


def test_only_the_step_that_clears_solutions_is_ours():
    usual = GenerateAssignment().preprocessors
    pairs = [(old, new) for old, new in zip(usual, releases.steps(), strict=True) if old is not new]
    assert pairs == [(preprocessors.ClearSolutions, releases.ClearSolutions)]
