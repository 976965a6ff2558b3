"""dependence: what an answer ignores, what it sees and should not, and arguments that it reads another way."""

from __future__ import annotations

import re

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.diagnosis import dependence
from rnncourse.exercises import find

from .evidences import evidence_of, mistake


def said(name, function):
    call = find(name).as_call()
    return dependence.find(evidence_of(name, function), lambda case: ask(call, function, case)) or ""


def of_mistake(name, title):
    return said(name, mistake(name, title))


def test_an_argument_that_is_not_used_is_named():
    assert "does not change with state nor with recurrent_kernel" in of_mistake("rnn_step", "state left out")
    assert "does not change with share" in said("forget_bias_for", lambda steps, share: np.log(steps))


@pytest.mark.parametrize(("left", "finds"), [(0.1, True), (-0.1, False)])
def test_no_question_is_put_when_the_time_is_up(monkeypatch, left, finds):
    monkeypatch.setattr(dependence.Deadline, "left", lambda deadline: left)
    assert bool(of_mistake("rnn_step", "state left out")) is finds


def test_an_argument_is_used_though_its_order_is_not():
    """In every case the targets are the same classes, in another order."""
    every_row_with_every_target = lambda p, k: -np.mean(np.log2(p[:, k]))  # noqa: E731
    assert "targets" not in said("bits_per_character", every_row_with_every_target)
    assert "does not change with targets" in said("bits_per_character", lambda p, k: -np.mean(np.log2(p)))


def test_a_gate_that_is_not_used_is_named():
    assert "the columns of kernel for f" in of_mistake("lstm_step", "f left out")
    assert "row 2 of peepholes" in of_mistake("peephole_lstm_step", "o does not look")


def test_a_pair_that_comes_and_goes_in_the_other_order():
    words = of_mistake("peephole_lstm_step", "state as (c, h)")
    assert words == (
        "peephole_lstm_step: your result is as if the two of state came in, and went back, in the other order."
    )


def test_a_step_that_is_not_read_is_named():
    assert "does not change with the first step of inputs" in of_mistake("continue_series", "no warm-up")


def test_rows_that_see_each_other():
    words = said("lstm_step", lambda inputs, *rest: rnncourse.lstm_step(inputs - inputs.mean(axis=0), *rest))
    assert re.search(r"changes at row 0 with row \d of inputs", words)
    assert "nothing of each other" in words


def whole_rows_lost(combine, factors, addends):
    """The last places stay, in place of the first."""
    done, reach = (factors, addends), 1
    while reach < len(factors):
        joined = combine(tuple(part[:-reach] for part in done), tuple(part[reach:] for part in done))
        done = tuple(np.concatenate([new, part[-reach:]]) for new, part in zip(joined, done, strict=True))
        reach *= 2
    return done


def test_rows_of_one_sequence_are_no_batch():
    words = said("prefix_scan", whole_rows_lost)
    assert re.search(r"changes at row 0 with row \d+ of factors, which should not reach it\.", words)


def test_a_step_that_sees_a_later_one():
    words = of_mistake("fit_causal_linear", "sees the future")
    assert "changes at step 0 with step 4 of inputs" in words
    assert "no step sees what comes later" in words


def test_a_state_that_is_not_handed_on():
    words = of_mistake("sequence_to_sequence", "state not carried")
    assert "does not change at step 1 with step 0 of inputs" in words


def test_padding_that_counts():
    assert "changes with the padding of memory" in of_mistake("attend", "masked after the softmax")


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("sequence_to_sequence", "read backwards", "as if inputs were read from the last step to the first"),
        ("rnn_step", "recurrent kernel transposed", "as if recurrent_kernel were transposed"),
        ("lstm_step", "order i, f, o, g", "in the order i, f, o, g instead of i, f, g, o"),
        ("lstm_step", "state read in the wrong order", "as if state were read with its two exchanged"),
        ("neuron_step", "weights swapped", "as if w_x and w_h were exchanged"),
        ("forget_bias_for", "share taken for what is lost", "as if 1 - share stood for share"),
    ],
)
def test_an_argument_read_another_way(name, title, words):
    assert words in of_mistake(name, title)


def test_what_repairs_one_part_only_is_not_said():
    # w_x of a neuron is the same when inputs and gradients are exchanged and time is turned, w_h and b are not
    assert "exchanged" not in of_mistake("neuron_bptt", "forwards in time")


def test_right_answers_to_other_questions_ignore_nothing():
    assert said("rnn_step", lambda x, h, w, u, b: np.sin(x @ w + h @ u + b)) == ""


def test_a_choice_that_happens_to_stay_the_same_is_no_independence():
    assert "width" not in of_mistake("beam_search", "mean instead of sum")


def test_silent_where_nobody_can_be_asked_and_where_the_answer_raised():
    evidence = evidence_of("rnn_step", mistake("rnn_step", "state left out"))
    assert dependence.find(evidence, None) is None

    def raising(*arguments):
        raise ValueError("no")

    assert dependence.find(evidence_of("rnn_step", raising), lambda case: Outcome(Ending.RAISED)) is None


def test_the_number_of_questions_is_bounded_and_an_endless_answer_is_asked_once():
    def wrong(*arguments):
        h, c = rnncourse.lstm_step(*arguments)
        return h * h, c + h

    evidence, call, asked = evidence_of("lstm_step", wrong), find("lstm_step").as_call(), []

    def counting(case):
        asked.append(case)
        return ask(call, wrong, case)

    dependence.find(evidence, counting)
    assert 0 < len(asked) <= 60
    asked.clear()

    def endless(case):
        asked.append(case)
        return Outcome(Ending.OUT_OF_TIME)

    assert dependence.find(evidence, endless) is None
    assert len(asked) == 1


def test_models_get_no_other_tokens_that_they_might_wait_for():
    wrong, seen = mistake("generate_until", "longest ignored"), []
    evidence, call = evidence_of("generate_until", wrong), find("generate_until").as_call()

    def watching(case):
        seen.append(case)
        return ask(call, wrong, case)

    dependence.find(evidence, watching)
    ends = {case["end"] for case in evidence.cases}
    assert all(case["end"] in ends for case in seen)


def test_weights_that_jump_are_not_said_to_stand_still():
    """The largest stays the largest under a small change of one step, though the weights do depend on it."""
    assert "does not change" not in of_mistake("attend", "only the best word")


def test_a_count_of_ranks_stands_still_under_a_small_change_and_is_no_evidence():
    assert not of_mistake("auc_per_unit", "difference of the means")


def test_rows_that_are_steps_are_not_taken_for_a_batch():
    words = of_mistake("prefix_scan", "from the end")
    assert "changes at row 0 with row 12 of factors, which should not reach it" in words
    assert "batch" not in words


def test_gradients_may_come_from_later_steps():
    words = of_mistake("gradient_norms", "one norm for the batch") + of_mistake("bptt", "mean over the batch")
    assert "no step sees" not in words
