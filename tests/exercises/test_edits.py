"""A mistake as an edit of the reference: it computes what the new text says, and an edit that does not fit is named."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from rnncourse import backprop, cells
from rnncourse.exercises.edits import EditError, SharedMistake, changed, of_relatives, plain_source

NUMBERS = np.array([0.3, -0.8, 0.5]), np.array([0.2, -0.4, 0.1]), np.array([0.0, 0.7, 1.0]), 1.3


def test_the_edited_function_computes_what_the_new_text_says():
    wrong = changed(backprop.neuron_bptt, ("later = delta * w_h", "later = delta"))
    x, h, g, w_h = NUMBERS
    assert wrong(x, h, g, w_h) == pytest.approx(backprop.neuron_bptt(x, h, g, 1.0))
    assert wrong(x, h, g, w_h) != pytest.approx(backprop.neuron_bptt(x, h, g, w_h))
    assert backprop.neuron_bptt.__code__ is not wrong.__code__


def test_edits_are_made_in_their_order_and_may_use_names_from_elsewhere():
    twice = changed(cells.neuron_step, ("np.tanh", "squash"), ("squash", "other"), other=lambda a: 2 * a)
    assert twice(1.0, 2.0, 0.3, 0.4, 0.5) == pytest.approx(2 * (0.3 + 0.8 + 0.5))


def test_what_the_docstring_says_is_not_the_source():
    assert "h_t = tanh" in cells.neuron_step.__doc__
    assert "h_t = tanh" not in plain_source(cells.neuron_step)
    assert plain_source(cells.neuron_step).startswith("def neuron_step(")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("no such text", ""), "'no such text' stands 0 times in neuron_bptt, expected once"),
        (("delta", "d"), r"'delta' stands \d+ times in neuron_bptt, expected once"),
        (("later = delta * w_h", "later = ("), "The edited neuron_bptt is no Python"),
    ],
)
def test_an_edit_that_does_not_fit_is_named(edit, message):
    with pytest.raises(EditError, match=message):
        changed(backprop.neuron_bptt, edit)(*NUMBERS)


LEFT_OUT = SharedMistake("factor left out", ((" * {factor}", ""),), "Multiply by {factor}.")
OTHER = SharedMistake("too large", ((" * {factor}", " * {factor} * 2"),), "Twice as much.")


def scaled(x):
    """3 x."""
    return x * 3


def test_relatives_share_a_mistake_in_their_own_words():
    (mistake,) = of_relatives((LEFT_OUT, OTHER), partial(changed, scaled), {"factor": "3"}, without=("too large",))
    assert (mistake.name, mistake.advice) == ("factor left out", "Multiply by 3.")
    assert mistake.function(5) == 5
