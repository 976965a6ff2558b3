"""Expressions read aloud."""

import ast

import pytest

from rnncourse.checking.diagnosis.edits.words import condition_in_words, in_words, plainness, where_it_holds


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("h @ recurrent_kernel", "the product of h and the recurrent kernel"),
        ("np.tanh(c_new)", "the tanh of the new c"),
        ("states[:, t - 1]", "the states at step t - 1"),
        ("1 - x ** 2", "1 minus the square of x"),
        ("inputs.shape[1]", "the length of axis 1 of the inputs"),
        ("delta.sum(axis=0)", "the sum of the gradient at the weighted sum"),
        ("sigmoid(f)", "the sigmoid of the gate f"),
        ("float(w_y * state)", "w_y times the state"),
        ("kernel.T", "the transpose of the kernel"),
        ("step < warm_up", "the step below the warm up"),
        ("-np.inf", "minus infinity"),
        ("x[..., np.newaxis]", "x"),
        ("np.logaddexp(0, -x)", "log(1 + exp) of minus x"),
        ("lambda: 0", "a part of the expression"),
        ("counts.get(letter, 0)", "what the counts hold for the letter"),
        ("costs[epoch]", "the entry of the costs for the epoch"),
        ("w_q[:, head]", "the part of w_q for the head"),
        ("series[:cut]", "the series up to cut"),
        ("states[1:]", "the states without its first entry"),
        ("np.arange(ahead)", "the numbers below ahead"),
    ],
)
def test_reads(code, words):
    assert in_words(ast.parse(code, mode="eval").body) == words


def test_a_long_expression_is_told_by_what_it_is_made_of():
    code = "np.tanh(inputs @ kernel + state @ recurrent_kernel + bias) * sigmoid(o)"
    assert in_words(ast.parse(code, mode="eval").body) == (
        "the part with the gate o, the bias, the inputs and the kernel"
    )


@pytest.mark.parametrize(
    ("code", "condition", "place"),
    [
        ("cost < lowest", "that the cost is below the lowest cost", "where the cost is below the lowest cost"),
        ("state is None", "that the state is missing", "where the state is missing"),
        ("training", "on the training", "where the training holds"),
    ],
)
def test_conditions_are_clauses(code, condition, place):
    node = ast.parse(code, mode="eval").body
    assert condition_in_words(node) == condition
    assert where_it_holds(node) == place


def test_what_has_a_name_is_plainer_than_what_has_none():
    assert plainness("the factor the brevity were left out") < plainness("a part of it were left out")
    assert plainness("b were left out") < plainness("the product of h and w_h were left out")
