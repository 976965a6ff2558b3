"""Which of several like things is meant."""

import ast

import pytest

from rnncourse.checking.diagnosis.edits.guards import guarded
from rnncourse.checking.diagnosis.edits.roles import limit_of, role_of
from rnncourse.checking.diagnosis.edits.spots import spots


def spots_of(code, name):
    """The places of a variable in a function that returns an expression."""
    tree = guarded(ast.parse(f"def f(a, b, x, n, k):\n    return {code}"))
    return [spot for spot in spots(tree.body[0], ()) if isinstance(spot.node, ast.Name) and spot.node.id == name]


@pytest.mark.parametrize(
    ("code", "name", "roles"),
    [
        ("a * b + a", "a", ["in a times b", "in the term with a alone"]),
        ("np.mean(x) / np.std(x)", "x", ["in the mean", "in the standard deviation"]),
        ("x.mean() / x.std()", "x", ["in the mean", "in the standard deviation"]),
        ("x[k] + k", "k", ["in the index of x", "in the entry of x for k plus k"]),
        ("[a for i in range(k, n + k)]", "k", ["where the steps begin", "in n plus k"]),
        ("a < n", "a", ["in the comparison with n"]),
        ("(a, b)", "a", [""]),
    ],
)
def test_roles(code, name, roles):
    assert [role_of(spot) for spot in spots_of(code, name)] == roles


def test_limits_of_ranges():
    first, second = spots_of("[a for i in range(k, n + k)]", "k")
    assert limit_of(first) == "where the steps begin"
    assert limit_of(second) == "where the steps end"
    assert limit_of(spots_of("a + b", "a")[0]) == ""
