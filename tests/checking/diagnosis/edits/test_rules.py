"""Rules of operations: what they look for, what they make of it, and what they say."""

import ast

import pytest

from rnncourse.checking.diagnosis.edits.calls import of_call
from rnncourse.checking.diagnosis.edits.rules import of_operation


def offers(code):
    """New code -> how it is said, for an expression."""
    found = of_operation(ast.parse(code, mode="eval").body)
    return {ast.unparse(ast.fix_missing_locations(new)): words() for _, new, words in found}


@pytest.mark.parametrize(
    ("code", "new", "words"),
    [
        ("w_x * x + w_h * h", "w_x * x", "w_h times h were left out"),
        ("w_x * x + b", "w_x * x - b", "b were subtracted, not added"),
        ("(x + h) * w_h", "x + h * w_h", "only h were multiplied by w_h, and x not"),
        ("x @ U.T", "x @ U", "U were not transposed"),
        ("x @ U", "x @ _transposed(U)", "U were transposed"),
        ("share ** _bounded(1 / k)", "share ** _bounded(1) / k", "the exponent 1 divided by k had no parentheses"),
        ("x < y", "x <= y", "equality of x and y counted"),
        ("x if h else y", "y if h else x", "the condition on h were turned round"),
        ("-x", "x", "the sign of x were not turned"),
    ],
)
def test_what_a_rule_makes_and_says(code, new, words):
    assert offers(code)[new] == words


def test_a_rule_of_a_longer_name_wants_that_name():
    assert not any("no parentheses" in words for words in offers("share ** other(1 / k)").values())


def test_the_tangent_is_tried_for_the_tanh():
    found = {ast.unparse(new): words() for _, new, words in of_call(ast.parse("np.tanh(x)", mode="eval").body)}
    assert found["np.tan(x)"] == "there were the tangent, tan, in place of the tanh"


def test_other_nodes_have_no_rules():
    assert offers("f(x)") == {}
