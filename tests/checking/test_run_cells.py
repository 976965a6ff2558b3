"""What can be known of cells that were run: in an IPython shell, as in a notebook."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from rnncourse.checking.run_cells import out_of_date, why_missing

RIGHT = "def rnn_step(x, h):\n    return x"
OTHER = "def rnn_step(x, h):\n    return h"
BROKEN = "def rnn_step(x, h:\n    return h"


@pytest.fixture(scope="module")
def shell():
    made = InteractiveShell()
    made._showtraceback = lambda *shown: None
    return made


def names_after(shell, *cells):
    """The variables of a notebook in which these cells were run one after the other."""
    shell.reset(new_session=True)
    for cell in cells:
        shell.run_cell(cell, store_history=True)
    return shell.user_ns


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([RIGHT], ""),
        ([RIGHT, OTHER], ""),
        ([RIGHT, RIGHT + "\n1 / 0"], ""),
        ([RIGHT, "# a comment\n" + RIGHT.replace("x, h", "x,  h")], ""),
        ([RIGHT, BROKEN], "In [2], stopped with an error before it got there (a SyntaxError): what is checked is what"),
        ([RIGHT, OTHER, BROKEN, "x = 3"], "In [3], stopped with an error"),
        ([RIGHT, "1 / 0\n" + OTHER], "In [2], stopped with an error before it got there: what is checked is what"),
        ([RIGHT, "1 / 0\n" + OTHER, OTHER], ""),
        ([RIGHT, OTHER, "rnn_step = min"], ""),
        (
            ["rnn_step = min\n# YOUR CODE HERE\nraise NotImplementedError()"],
            "In [1] still raises NotImplementedError: take",
        ),
        (["x = 1\n" + RIGHT + "\nraise ValueError()"], ""),
        (["rnn_step = min", BROKEN], "In [2], stopped with an error before it got there (a SyntaxError)"),
    ],
)
def test_an_older_version_is_told_from_the_newest(shell, cells, words):
    variables = names_after(shell, *cells)
    said = out_of_date("rnn_step", variables["rnn_step"], variables)
    assert words in said
    assert bool(said) == bool(words)
    assert "\n" not in said


@pytest.mark.parametrize("variables", [{}, {"In": 3}, {"In": [None, 3, RIGHT]}, {"In": [BROKEN + "\0"]}])
def test_without_a_history_nothing_is_said(variables):
    assert out_of_date("gru_step", min, variables) == ""


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("rnn_step", [], "There is no rnn_step yet: its cell was not run, or it stopped with an error."),
        ("rnn_step", [BROKEN], "There is no rnn_step yet: its cell, In [1], stopped with a SyntaxError."),
        (
            "rnn_step",
            [RIGHT.replace("rnn_step", "rnnstep")],
            "there is rnnstep: call it rnn_step, or ask check(rnnstep",
        ),
        ("batch_shapes", ["batch_shape = {}"], "but there is batch_shape: call it batch_shapes"),
        ("batch_shapes", ["# batch_shapes = {…}\n# YOUR CODE HERE\nraise NotImplementedError()"], "cell still raises"),
        ("batch_shapes", ["raise NotImplementedError()\nbatch_shapes = {}"], "cell still raises NotImplementedError."),
        ("rnn_step", [RIGHT.replace("rnn_step", "rnn_step_stacked")], "its cell was not run"),
        ("rnn_step", ["from rnncourse import rnn_step as rnn_steps", "class rnnstep: ..."], "its cell was not run"),
    ],
)
def test_why_there_is_no_answer(shell, name, cells, words):
    assert words in why_missing(name, names_after(shell, *cells))
