"""Changes on top of a known mistake: not claimed where they touch what the mistake has changed."""

import ast

import pytest

from rnncourse.checking.diagnosis.edits.changes import single_changes
from rnncourse.checking.diagnosis.edits.overlap import touched

RIGHT = """
def f(x, h, w, b):
    past = x > h
    for t in range(3):
        total = x @ w + h[t - 1] + b
        if t > 0:
            total = total + h[t - 1]
        x = np.tanh(total)
    return np.where(past, x, 0) + np.mean(h)
"""


def kept_and_touched(*edit):
    """The clauses of the changes of an edited function that do not touch the edit, and of those that do."""
    mistake, right = (ast.parse(text).body[0] for text in (RIGHT.replace(*edit), RIGHT))
    found, said = touched(mistake, right), ([], [])
    for change in single_changes(mistake):
        said[found.has(change)].append(change.clause())
    return ["; ".join(clauses) for clauses in said]


@pytest.mark.parametrize(
    ("edit", "clause", "touches"),
    [
        ((" + b", ""), "the tanh", False),  # what is left out stays out, whatever it is squashed with
        ((" + b", ""), "1 were not subtracted from t", False),
        (("if t > 0:", "if t >= 0:"), "1 were not subtracted from t", True),  # the step that it lets in
        (("x > h", "x >= h"), "the condition on the past were turned round", True),
        (("x > h", "x >= h"), "the tanh", False),
        (("np.where(past, x, 0)", "np.where(~past, x, 0)"), "the condition on the past were turned round", True),
    ],
)
def test_what_touches_a_mistake(edit, clause, touches):
    kept, gone = kept_and_touched(*edit)
    assert clause in (gone if touches else kept)


def test_the_second_of_two_means_is_the_mistakes_own():
    inner = RIGHT.replace("np.mean(h)", "np.mean([np.mean(r) for r in h])")
    mistake, right = (ast.parse(text).body[0] for text in (inner, RIGHT))
    found = touched(mistake, right)
    means = [n for n in ast.walk(mistake) if isinstance(n, ast.Call) and ast.unparse(n.func) == "np.mean"]
    assert [id(mean) in found.own for mean in means] == [False, True]


def test_nothing_is_touched_where_nothing_differs():
    one, other = (ast.parse(RIGHT).body[0] for _ in range(2))
    found = touched(one, other)
    assert not found.own
    assert not found.made
