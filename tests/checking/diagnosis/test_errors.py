"""What an error says of sizes, in the words of the exercise, and where a value began that is not finite."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.calls import Ending, Outcome
from rnncourse.checking.diagnosis import errors

from .evidences import evidence_of, mistake


def said(name, function):
    return errors.find(evidence_of(name, function)) or ""


def said_of(text, name="rnn_step"):
    """What is said of an error with this text in the first case."""
    evidence = evidence_of(name, rnncourse.rnn_step)
    raised = Outcome(Ending.RAISED, text=text, error="ValueError")
    return errors.find(dataclasses.replace(evidence, outcomes=(raised, *evidence.outcomes[1:]))) or ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            lambda x, h, w_x, w_h, b: np.tanh(x @ w_h + h @ w_x + b),
            "In this call 5 is the number of units and 3 is the number of features.",
        ),
        (
            lambda x, h, w_x, w_h, b: np.tanh(x * w_x + h * w_h + b),
            "In this call (4, 3) is the shape of inputs and (3, 5) is the shape of kernel.",
        ),
    ],
)
def test_sizes_and_shapes_have_the_names_of_the_exercise(wrong, words):
    assert said("rnn_step", wrong) == words


def test_a_number_among_the_arguments_that_is_as_large_by_chance_lends_no_name():
    """There are two outputs, and a piece is two steps long."""
    evidence = evidence_of("truncated_rnn", lambda *given: None)
    raised = Outcome(Ending.RAISED, text="Matrix size-incompatible: In[0]: [4,2], In[1]: [5,5]", error="ValueError")
    words = errors.find(dataclasses.replace(evidence, outcomes=(raised, *evidence.outcomes[1:])))
    assert "2 is the length of axis 1 of readout" in words


def test_tensorflows_words_are_read_as_well():
    assert said_of("Matrix size-incompatible: In[0]: [4,3], In[1]: [5,5]") == (
        "In this call (4, 3) is the shape of inputs and (5, 5) is the shape of recurrent_kernel."
    )


def test_a_message_without_sizes_is_left_alone():
    assert said_of("name 'x' is not defined") == ""


def swapped(step, inputs, state):
    outputs = []
    for t in range(inputs.shape[1]):
        state, output = step(inputs[:, t], state)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def test_an_output_in_place_of_a_state_has_the_width_of_the_result():
    words = said("sequence_to_sequence", swapped)
    assert "5 is the number of units (axis 1 of state)" in words
    assert "2 (of what you hand over as state) is the length of axis 2 of the right result" in words


def pairs(step, inputs, state):
    outputs = []
    for t in range(inputs.shape[1]):
        outputs.append(step(inputs[:, t], state))
    return np.stack(outputs, axis=1)


def heads_with_their_weights(inputs, w_q, w_k, w_v, w_o):
    outputs = 0
    for head in range(w_q.shape[1]):
        group = head // (w_q.shape[1] // w_k.shape[1])
        context = rnncourse.causal_attention(inputs @ w_q[:, head], inputs @ w_k[:, group], inputs @ w_v[:, group])
        outputs = outputs + context @ w_o[head]
    return outputs


def test_a_pair_of_a_function_of_the_course_that_was_not_taken_apart():
    assert said("grouped_attention", heads_with_their_weights).startswith("causal_attention returns 2 things at once")


def test_a_pair_that_was_not_taken_apart():
    assert "step returns 2 things at once, in a tuple: is it taken apart" in said("sequence_to_sequence", pairs)


def test_the_number_of_results_is_one_that_the_exercise_knows():
    words = said("static_rnn", lambda step, inputs, state: rnncourse.static_rnn(step, inputs, state)[0])
    assert words.startswith("In this call 7 is the number of time steps.")


def test_the_sizes_of_another_shape_have_their_names():
    words = said("sequence_to_sequence", lambda step, inputs, state: np.zeros((len(inputs), inputs.shape[2], 2)))
    assert words == "In this call 3 is the number of features and 7 is the number of time steps."


@np.errstate(all="ignore")
def naive(logits, labels):
    powers = np.exp(logits)
    return -np.mean(np.log(powers[np.arange(len(labels)), labels] / powers.sum(axis=1)))


def said_with_a_warning(name, function):
    """What is said where NumPy's warning was printed, which a test run keeps to itself."""
    evidence = evidence_of(name, function)
    printed = "<cell>:2: RuntimeWarning: overflow encountered in exp\n<cell>:3: RuntimeWarning: invalid value"
    outcomes = tuple(dataclasses.replace(outcome, printed=printed) for outcome in evidence.outcomes)
    return errors.find(dataclasses.replace(evidence, outcomes=outcomes))


def test_where_a_value_that_is_not_finite_began():
    words = said_with_a_warning("cross_entropy", naive)
    assert words.startswith("It begins here: exp of a large number is infinite for the computer.")
    assert "In this call logits has numbers as large as" in words
    assert words.endswith("All that is finite is right.")


def test_a_right_answer_beside_a_wrong_finite_one_is_not_praised():
    two = evidence_of("cross_entropy", lambda *given: 2 * naive(*given))
    index = next(i for i in two.wrong_cases if not np.isfinite(two.outcomes[i].values[0]))
    last = dataclasses.replace(two.outcomes[index], printed="RuntimeWarning: divide by zero encountered in log")
    first = dataclasses.replace(
        two,
        cases=two.cases[index:] + two.cases[:index],
        outcomes=(last, *two.outcomes[index + 1 :], *two.outcomes[:index]),
        expected=two.expected[index:] + two.expected[:index],
    )
    words = errors.find(first)
    assert words.startswith("It begins here: the logarithm of 0 is minus infinity")
    assert "All that is finite is right" not in words


def test_an_import_that_has_not_run_is_asked_for():
    assert "all cells above" in said_of("NameError: name 'tf' is not defined")
    assert said_of("NameError: name 'hidden' is not defined") == ""


def test_nan_of_an_argument_that_gets_into_the_result_is_named():
    words = said("run_with_lengths", mistake("run_with_lengths", "outputs masked by multiplying"))
    assert words.startswith("In this call inputs holds nan where nothing should be read, and it gets into your result:")
