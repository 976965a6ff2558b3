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
        ("x < y", "x <= y", "x that is equal to y counted, too"),
        ("x if h else y", "y if h else x", "the condition on h were turned round"),
        ("-x", "x", "the sign of x were not turned"),
        ("t % length == 0", "t == length", "it happened once, at the length, not at each of its multiples"),
        (
            "t % length == 0",
            "(t + 1) % length == 0",
            "it happened one step before each multiple of the length, not at it",
        ),
        ("x >= y", "x >= y - 1", "the border were one lower, where x is compared with y"),
        ("x // y", "round(x / y)", "x divided by y were rounded to the nearest whole number, not down"),
    ],
)
def test_what_a_rule_makes_and_says(code, new, words):
    assert offers(code)[new] == words


def test_a_rule_of_a_longer_name_wants_that_name():
    assert not any("no parentheses" in words for words in offers("share ** other(1 / k)").values())


def test_the_tangent_is_tried_for_the_tanh():
    found = {ast.unparse(new): words() for _, new, words in of_call(ast.parse("np.tanh(x)", mode="eval").body)}
    assert found["np.tan(x)"] == "there were the tangent, tan, in place of the tanh"


def test_layers_have_other_activations_and_options():
    node = ast.parse("keras.layers.SimpleRNN(units, return_sequences=True)", mode="eval").body
    found = {ast.unparse(ast.fix_missing_locations(new)): words() for _, new, words in of_call(node)}
    layer = "keras.layers.SimpleRNN(units, {}, return_sequences=True)"
    assert found[layer.format("activation='relu'")] == "the layer had the activation relu"
    assert found[layer.format("activation='linear'")] == "the layer had no activation"
    assert found[layer.format("go_backwards=True")] == "the layer had go_backwards=True"


def test_a_name_that_stands_elsewhere_too_is_told_by_what_is_around_it():
    def words(code, new):
        found = of_operation(ast.parse(code, mode="eval").body, frozenset({"n", "k"}))
        return next(say() for _, made, say in found if ast.unparse(ast.fix_missing_locations(made)) == new)

    assert words("m * n + n * n + n", "m * n + n * n") == "the term with n alone were left out"
    assert words("n * k", "n") == "one factor, k, were left out of n times k"
    assert words("x.shape[1] + k", "x.shape[1]") == "k were not added to the length of axis 1 of x"


def test_other_nodes_have_no_rules():
    assert offers("f(x)") == {}
