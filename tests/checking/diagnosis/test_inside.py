"""inside: one block, the first step, the cases that are wrong, beside the truth by themselves."""

from dataclasses import replace

import numpy as np
import pytest

from rnncourse.checking.diagnosis import formulas, inside, relations
from rnncourse.checking.diagnosis.views import View
from rnncourse.exercises import find

from .evidences import evidence_of, mistake


def said(name, function):
    found = relations.find(evidence_of(name, function))
    return found.text if found else ""


def about(name, change):
    return said(name, lambda *given: change(find(name).reference(*given), *given))


def second_half(change):
    """The answer with its second half along the last axis changed."""

    def changed(y, *_):
        first, second = np.split(y, 2, axis=-1)
        return np.concatenate([first, change(second)], axis=-1)

    return changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: y[:, ::-1], "only block 1 is wrong: there your numbers are the right ones in reversed order"),
        (lambda y: 0 * y + y[:, :1], "there every step of yours is what the first should be"),
        (np.tanh, "there your numbers are tanh of the right ones"),
    ],
)
def test_what_is_wrong_in_one_block(change, words):
    assert words in about("bidirectional", second_half(change))


def view_of(change):
    """A view of three cases of made-up outputs (batch, time, units) and an answer made of them."""
    rng = np.random.default_rng(3)
    want = [np.tanh(rng.normal(size=(2, time, 3))) for time in (4, 5, 6)]
    cases = [{"inputs": rng.normal(size=(len(y), y.shape[1], 7))} for y in want]
    pairs = zip(want, cases, strict=True)
    return View("", tuple(change(y, case) for y, case in pairs), tuple(want), tuple(cases), 3, 1e-4, (0, 1, 2))


def test_the_first_step_tells_of_the_cell():
    """What comes later is made of it and has no relation of its own."""

    def answer(y, case):
        made = np.random.default_rng(1).normal(size=y.shape)
        made[:, 0] = np.maximum(np.arctanh(y[:, 0]), 0)
        return made

    assert "as if a rectifier (0 for each that is negative) stood where tanh should" in inside.first_step(
        view_of(answer)
    )
    assert inside.first_step(view_of(lambda y, case: y + 0.01)) is None


def test_an_argument_that_is_added_to_a_part():
    def answer(y, case):
        made = y.copy()
        made[..., :2] += case["two"]
        return made

    view = view_of(lambda y, case: y)
    cases = tuple({**case, "two": case["inputs"][..., :2]} for case in view.cases)
    got = tuple(answer(y, case) for y, case in zip(view.want, cases, strict=True))
    words = formulas.added_in_a_part(replace(view, cases=cases, got=got))
    assert words == "to the first numbers along the last axis, as many as two has, two is added"
    assert formulas.added_in_a_part(replace(view, cases=cases, got=tuple(y + 0.1 for y in view.want))) is None


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("seasonal_naive", "stays at the end of the season", "every later column of yours is the last of these again"),
        ("seasonal_naive", "mean of the last season", "the mean of the last season of inputs"),
        ("seasonal_naive", "zero where nothing is known", "there you have 0"),
        ("encode_sentences", "<eos> after the padding", "where it is wrong, each row has the right numbers"),
        ("lookup_gradient", "mean instead of sum", "right for what occurs at most once in tokens"),
        ("lookup_gradient", "row by row", "right for what no row of tokens has more than once"),
        ("interpolated_shares", "unseen context forgets the shorter ones", "right where before occurs in learn"),
        ("interpolated_shares", "one added to each count", "right where before is empty"),
        ("fit_causal_linear", "sees the future", "the diagonal the right numbers are 0, and yours are not"),
        ("auc_per_unit", "difference of the means", "where marks holds minus the mean where it does not"),
        ("attend", "no softmax", "a softmax along the last axis, over the places that count"),
        ("causal_attention", "masked after the softmax", "divided by the sum of its row"),
        ("clip_by_global_norm", "norms added", "as if the sum of the norms of each stood for the norm of all"),
        ("clip_by_global_norm", "only one norm counted", "the norm of the longest alone stood for the norm of all"),
        ("clip_by_global_norm", "each element cut", "with each number cut off at -limit and limit"),
        ("scaled_parts", "between the smallest and the largest value", "yours go from 0 to 1"),
        ("scaled_parts", "variance for deviation", "divided by the standard deviation of the first cut values"),
        ("resting_share", "share of ten steps", "to the power of 10"),
        ("resting_share", "tanh taken once more", "with the tanh of the place of rest"),
        ("cosine_neighbours", "cosines instead of words", "whole numbers are asked for, and yours are not whole"),
    ],
)
def test_what_catalogued_mistakes_have_to_do_with_the_truth(name, title, words):
    assert words in said(name, mistake(name, title))


def test_names_of_kinds_are_told_by_their_names_and_not_by_their_letters():
    words = said("cell_parameter_count", mistake("cell_parameter_count", "only the gates counted"))
    assert "right for cell 'rnn', wrong for 'gru' and 'lstm'" in words


def test_many_texts_are_not_listed():
    words = said("interpolated_shares", mistake("interpolated_shares", "overlapping places missed"))
    assert len(words) < 160
