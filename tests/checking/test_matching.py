"""Known mistakes recognised in an answer that does not agree with them everywhere, and never without evidence."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest

import rnncourse
from rnncourse import sequences
from rnncourse.checking.check import PRACTICE_SEED, Status
from rnncourse.checking.verdicts import evaluate
from rnncourse.exercises import Mistake, find

from answers import judged


def known(name, mistake):
    return next(m for m in find(name).mistakes if m.name == mistake)


# ------------------------------------------------------------------------------------------- ordinary before edge cases
SURE, LARGE, APART = 0, 999, 299  # the second logit of the edge cases of cross_entropy


def cost_that_is_right_at_the_edges(logits, labels):
    """Added up instead of the mean, but for logits that the learner has looked at."""
    right = rnncourse.cross_entropy(logits, labels)
    return right if logits[0, 1] in (SURE, LARGE, APART) else len(labels) * right


def test_a_mistake_is_not_named_where_the_answer_is_right_at_an_edge_that_it_spoils():
    """What it says may be of that edge; that all is too large by one factor is true."""
    found = judged(cost_that_is_right_at_the_edges, "cross_entropy")
    assert found.mistake is None
    assert "the size of the batch" in found.advice


def left_out(name, mistake):
    """What is said of a mistake of which the catalogue does not know."""
    others = tuple(other for other in find(name).mistakes if other.name != mistake)
    exercise = dataclasses.replace(find(name), mistakes=others, starts_from="")
    return evaluate(exercise, known(name, mistake).function, PRACTICE_SEED)


def test_what_comes_back_as_it_went_in_is_not_said_to_be_stretched():
    found = left_out("clip_by_global_norm", "not clipped at all")
    assert found.mistake is None
    assert "stretched" not in found.advice


def test_a_mistake_that_holds_in_the_ordinary_cases_is_said_of_these_alone():
    advice = left_out("clip_by_global_norm", "comparison the wrong way round").advice.split("\n")
    assert advice[0].startswith("In the ordinary cases: The gradients come back as they went in.")
    assert advice[1] == "It does not explain what happens at an edge:"
    assert advice[2].startswith("W_x of clip_by_global_norm is")


def cost_in_bits_that_overflows(logits, labels):
    with np.errstate(all="ignore"):
        powers = np.exp(logits)
        shares = powers / powers.sum(axis=1, keepdims=True)
        return -np.mean(np.log2(shares[np.arange(len(labels)), labels]))


def test_where_an_edge_is_wrong_in_another_way_it_is_shown_beside_the_mistake():
    found = judged(cost_in_bits_that_overflows, "cross_entropy")
    assert found.mistake == "base 2"
    first, second, *_ = found.advice.split("\n")
    assert first == known("cross_entropy", "base 2").advice
    assert "not finite" in second


def padding_counted(logits, targets):
    shifted = logits - logits.max(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    return -np.mean(np.take_along_axis(log_p, targets[..., np.newaxis], axis=2))


def test_what_an_advice_says_of_an_edge_is_not_said_where_the_edge_is_right():
    both = known("masked_cross_entropy", "padding counted, overflow")
    exercise = dataclasses.replace(find("masked_cross_entropy"), mistakes=(both,), starts_from="")
    found = evaluate(exercise, padding_counted, PRACTICE_SEED)
    assert found.mistake == both.name
    assert "overflows" in both.advice
    assert "overflows" not in found.advice


def test_a_mistake_of_two_changes_is_not_said_where_one_of_them_is_all():
    """That it scales after training is not so: there the answer is right."""
    exercise = dataclasses.replace(
        find("dropout"), mistakes=(known("dropout", "scaled when not training"),), starts_from=""
    )
    assert evaluate(exercise, known("dropout", "not scaled").function, PRACTICE_SEED).mistake is None


def spoilt(*edges):
    """The right cost, but for these edge cases."""
    return lambda logits, labels: rnncourse.cross_entropy(logits, labels) + 0.37 * (logits[0, 1] in edges)


def test_a_mistake_that_spoils_two_edges_is_not_said_where_one_of_them_is_spoilt():
    both = dataclasses.replace(find("cross_entropy"), mistakes=(Mistake("two edges", spoilt(LARGE, APART), "…"),))
    assert evaluate(both, spoilt(LARGE, APART), PRACTICE_SEED).mistake == "two edges"
    assert evaluate(both, spoilt(LARGE), PRACTICE_SEED).mistake is None


def test_a_mistake_of_edges_is_not_said_of_an_answer_that_is_wrong_elsewhere():
    found = judged(lambda logits, labels: 3 * rnncourse.cross_entropy(logits, labels), "cross_entropy")
    assert found.mistake is None


def test_small_whole_numbers_that_agree_by_chance_are_no_match():
    def answer(w_h, threshold):
        return known("steps_remembered", "one step too few").function(w_h, threshold) if w_h < 0 else 77

    assert judged(answer, "steps_remembered").mistake is None


def partly_masked_by_products(step, inputs, state, lengths, outputs_are):
    outputs = []
    for t in range(inputs.shape[1]):
        output, new = step(inputs[:, t], state)
        runs = t < lengths[:, None]
        outputs.append(output * runs if outputs_are else np.where(runs, output, 0))
        state = np.where(runs, new, state) if outputs_are else new * runs + state * ~runs
    return np.stack(outputs, axis=1), state


@pytest.mark.parametrize(("outputs_are", "which"), [(True, "outputs"), (False, "states")])
def test_the_case_that_tells_two_mistakes_apart_is_an_ordinary_one(outputs_are, which):
    """The one whose padding holds NaN; in the others both are right."""
    answer = functools.partial(partly_masked_by_products, outputs_are=outputs_are)
    assert judged(answer, "run_with_lengths").mistake == f"{which} masked by multiplying"


def outputs_by_batch(step, inputs, state):
    """Goes along the batch, with an error of its own at the end."""
    outputs = []
    for t in range(len(inputs)):
        output, state = step(inputs[:, t], state)
        outputs.append(output)
    if inputs.shape[2] != 3:
        raise KeyError("a size of its own")
    return np.stack(outputs, axis=1)


def test_an_error_where_the_mistake_has_none_is_another_mistake():
    assert judged(outputs_by_batch, "sequence_to_sequence").mistake is None


# --------------------------------------------------------------------------------------------------------- part by part
def two_mistakes(x, h, w_x, w_h, b, w_y, b_y):
    """The bias is missing from the output, and the old state goes on."""
    return w_y * np.tanh(w_x * x + w_h * h + b), h


def test_two_mistakes_in_two_parts_are_both_named():
    found = judged(two_mistakes, "neuron_with_readout")
    assert set(found.mistake.split("; ")) == {"old state handed on", "output bias left out"}
    assert "In state: The state you return is the one that came in. Hand on the new one." in found.advice
    assert "In output: The read-out's bias b_y is missing from the output." in found.advice
    assert (found.status, found.share) == (Status.WRONG, 0)


def test_what_a_mistake_praises_is_not_said_where_it_is_wrong_too():
    assert "The output is right" not in judged(two_mistakes, "neuron_with_readout").advice


def one_known_one_not(x, h, w_x, w_h, b, w_y, b_y):
    return w_y * np.tanh(w_x * x + w_h * h + b), 0.25


def test_nothing_is_named_in_one_part_while_another_stays_unexplained():
    """Parts are made from each other: what looks like a mistake in one may come from the other."""
    found = judged(one_known_one_not, "neuron_with_readout")
    assert found.mistake is None
    assert "read-out's bias b_y is missing" not in found.advice


def mean_in_one_of_three(inputs, states, output_gradients, recurrent_kernel):
    w_x, w_h, b = rnncourse.bptt(inputs, states, output_gradients, recurrent_kernel)
    return w_x / len(inputs), w_h, b


def first_state_beside_right_outputs(step, inputs, state):
    return rnncourse.static_rnn(step, inputs, state)[0], state


@pytest.mark.parametrize(
    ("name", "answer", "known_of_all_parts", "words"),
    [
        ("bptt", mean_in_one_of_three, "mean over the batch", "W_x of bptt"),
        ("static_rnn", first_state_beside_right_outputs, "new state thrown away", "the last state"),
    ],
)
def test_a_mistake_in_all_parts_is_not_said_where_some_are_right(name, answer, known_of_all_parts, words):
    """Its advice speaks of all: "every cell starts from the first state" is not so where the outputs are right."""
    exercise = dataclasses.replace(find(name), mistakes=(known(name, known_of_all_parts),), starts_from="")
    found = evaluate(exercise, answer, PRACTICE_SEED)
    assert found.mistake is None
    assert words in found.advice
    assert found.status is Status.PARTLY


def first_result_twice(first, second, *weights):
    second_output = rnncourse.run_two_steps(first, second, *weights)[1]
    return second_output, second_output + 1


def test_swapped_results_are_not_said_of_one_part():
    found = judged(first_result_twice, "run_two_steps")
    assert found.mistake != "results swapped"
    assert "wrong order" not in found.advice


@pytest.mark.parametrize("name", ["beam_search", "skip_gram_pairs"])
def test_a_part_of_whole_numbers_has_to_agree_in_all_cases(name):
    exercise = find(name)
    last = [*exercise.make_cases(PRACTICE_SEED)[-1].values()]
    mistake = exercise.mistakes[1].function

    def answer(*given):
        first, second = mistake(*given)
        return (first if np.any(given[1] != last[1]) else np.array([1, 1, 1])), np.asarray(second) + 0.5

    assert evaluate(exercise, answer, PRACTICE_SEED).mistake is None


def test_two_mistakes_of_which_each_denies_the_other_are_not_put_together():
    """Nothing moves: neither "only W_y and b_y move" is true, nor what the first three do while the others move."""
    found = left_out("descend", "nothing moves")
    assert found.mistake is None
    assert "move" not in found.advice


# ------------------------------------------------------------------------------------------------------------- in order
def test_the_first_that_fits_whole_goes_before_one_that_fits_in_parts():
    exercise = find("run_with_lengths")
    parts = Mistake("a part of it", sequences.run_with_lengths, "…")
    whole = exercise.mistakes[0]
    both = dataclasses.replace(exercise, mistakes=(parts, whole), starts_from="")
    assert evaluate(both, whole.function, PRACTICE_SEED).mistake == whole.name


def test_no_mistake_is_run_in_a_case_that_does_not_matter():
    """A mistake that differs in the first case is asked there and nowhere else."""
    asked = []

    def counting(*given):
        asked.append(given)
        return -1.0

    exercise = dataclasses.replace(find("neuron_step"), mistakes=(Mistake("counted", counting, "…"),))
    evaluate(exercise, lambda *given: 5.0, PRACTICE_SEED)
    assert len(asked) == 1
