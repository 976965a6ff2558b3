"""A new exercise's function is written once, in the chapter, and comes into the package from there."""

from __future__ import annotations

import pytest

from rnncourse.exercises import find
from tools import references
from tools.derived import ChapterError
from tools.desk import from_text
from tools.references import STUB, references_from, with_solution

from small_project import CHAPTER

MODULE = f'''"""Cells."""

import numpy as np


def before(x):
    return x


def rnn_step(inputs: np.ndarray, state: np.ndarray) -> np.ndarray:
{STUB.format(name="rnn_step")}

def after(x):
    return x
'''
SOLUTION = '''def rnn_step(inputs, state):
    """h = x + h."""
    ### BEGIN SOLUTION
    total = rnncourse.before(inputs) + state
    return np.tanh(total)
    ### END SOLUTION'''
WHOLE = MODULE.replace(
    STUB.format(name="rnn_step"),
    '    """h = x + h."""\n    total = before(inputs) + state\n    return np.tanh(total)\n',
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(references, "CHAPTERS", {CHAPTER: (find("rnn_step"),)})
    (tmp_path / "rnncourse").mkdir()
    (tmp_path / "rnncourse" / "cells.py").write_text(MODULE)
    return tmp_path


def test_the_stub_becomes_the_solution_with_the_types_of_the_stub():
    assert with_solution(MODULE, "rnn_step", SOLUTION) == WHOLE


def test_the_package_keeps_it_when_the_chapter_ran(project):
    bare = from_text(f'# %% exercise="rnn_step"\n{SOLUTION}\n')
    with references_from(bare, CHAPTER, project):
        assert (project / "rnncourse" / "cells.py").read_text() == WHOLE
    with references_from(from_text('# %% exercise="rnn_step"\nno Python at all\n'), CHAPTER, project):
        pass  # it is no stub any more: the package's function is the reference
    assert (project / "rnncourse" / "cells.py").read_text() == WHOLE


def test_the_stub_comes_back_when_the_chapter_fails(project):
    def fail():
        with references_from(from_text(f'# %% exercise="rnn_step"\n{SOLUTION}\n'), CHAPTER, project):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (project / "rnncourse" / "cells.py").read_text() == MODULE


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(inputs, state)", "(x, h)", r"arguments \['x', 'h'\] in the chapter, \['inputs', 'state'\] in the package"),
        ("rnncourse.before", "rnncourse.elsewhere", "uses rnncourse.elsewhere: import elsewhere"),
        ("def rnn_step", "def rnnstep", "defines no function rnn_step"),
        ("return", "retur n", "is no Python"),
    ],
)
def test_a_solution_that_does_not_fit_is_refused(old, new, message):
    assert SOLUTION.count(old) == 1
    with pytest.raises(ChapterError, match=message):
        with_solution(MODULE, "rnn_step", SOLUTION.replace(old, new))
