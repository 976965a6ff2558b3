"""From what a function returned to what is said: to every kind of answer, to questions, to models."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re

import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import honesty, leaks
from rnncourse.checking import check as module
from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.check import PRACTICE_SEED, Status, Verdict, evaluate, example, grade, verdict
from rnncourse.checking.verdicts import judge_model, judge_outcomes
from rnncourse.exercises import Kind, Stage, Symptom, Task, Training, find

from answers import judged, returning, right, unwritten, written
from made_exercises import ECHO, MISTAKEN, echo
from made_projects import made, series, shuffled


def recurses(*arguments):
    return recurses(*arguments)


def exits(*arguments):
    raise SystemExit(3)


def interrupts(*arguments):
    raise KeyboardInterrupt


def yields(*arguments):
    yield right(*arguments)


WRONG_ANSWERS = [
    (returning(lambda *a: None), "It returned None. Does it end with a return statement?"),
    (returning(lambda *a: right(*a).T), "has shape (5, 4), expected (4, 5). Axes 0 and 1 look swapped."),
    (returning(lambda *a: right(*a)[0]), "has shape (5,), expected (4, 5). It has 1 axis instead of 2."),
    (returning(lambda *a: right(*a)[:, 1:]), "has shape (4, 4), expected (4, 5). Look at axis 1."),
    (returning(lambda *a: np.full_like(right(*a), np.nan)), "20 values that are not finite; the first is nan"),
    (returning(lambda *a: right(*a) + 1j), "It returned an array of dtype complex128, expected real numbers."),
    (returning(lambda *a: 29**29), "It returned a whole number of about 43 digits, far larger than the right one."),
    (returning(lambda *a: [7**9999]), "It returned a whole number of about 8451 digits"),
    (returning(lambda *a: right(*a).astype(int)), "Your numbers are whole: dtype int64, expected float64."),
    (returning(lambda *a: "h"), "It returned a str, expected numbers"),
    (returning(lambda *a: {"h": right(*a)}), "It returned a dict, expected numbers"),
    (returning(lambda *a: right), "It returned a function, expected numbers"),
    (returning(lambda *a: [[1.0], [1.0, 2.0]]), "a list whose 2 entries have different shapes, expected an array."),
    (returning(lambda *a: (right(*a), a[0])), "a tuple whose 2 entries have different shapes, expected an array. Only"),
    (returning(lambda *a: right(*a) + np.eye(5)[4]), "at index [0, 4]. 4 of 20 values differ."),
    (yields, "It returned a generator. Use return instead of yield"),
    (recurses, "RecursionError"),
    (exits, "SystemExit: 3"),
    (interrupts, "KeyboardInterrupt"),
    (lambda inputs, state: inputs, "takes (inputs, state): keep the arguments of the exercise, in their order."),
    (42, "rnn_step is an int, expected a function: def rnn_step(…)."),
]


@pytest.mark.parametrize(("function", "message"), WRONG_ANSWERS, ids=[text[:40] for _, text in WRONG_ANSWERS])
def test_wrong_answers_are_described(function, message):
    found = judged(function)
    assert found.status is Status.WRONG
    assert found.mistake is None
    assert message in found.advice


def test_first_difference_is_shown_beside_the_expected_value_and_the_input():
    args = {"x": 1.0, "h": 0.0, "w_x": 1.0, "w_h": 1.0, "b": 0.0}
    assert args.keys() == example("neuron_step").keys()
    expected = rnncourse.neuron_step(**example("neuron_step"))
    advice = judged(lambda *a: 7.25, "neuron_step").advice
    assert f"\nneuron_step is 7.25, expected {expected:.6g}." in advice
    assert f"x = {example('neuron_step')['x']:.4g}" in advice


def test_a_pair_of_arrays_is_shown_by_its_shapes():
    advice = judged(lambda inputs, state, *weights: (state[0], state[1]), "lstm_step").advice
    assert "inputs of shape (3, 4), state a tuple (of shape (3, 5), of shape (3, 5)), kernel of" in advice


def test_a_list_of_steps_is_shown_in_a_few_words():
    advice = judged(lambda step, inputs, state: (inputs, state), "static_rnn").advice
    assert "step (a function), inputs = a list of 7 arrays of shape (4, 3), state of shape (4, 5)" in advice


def test_the_arguments_shown_for_a_step_in_two_forms_say_which_is_which():
    advice = judged(lambda inputs, state, *rest: state, "gru_step").advice
    assert "bias (reset_after=True) of shape (2, 15), bias (reset_after=False) of shape (15,)." in advice


COUNTS = ["parameter_count", "steps_remembered", "units_for_budget", "cell_parameter_count"]


@pytest.mark.parametrize("name", COUNTS)
def test_a_large_count_wrong_by_one_is_wrong(name):
    counting = dataclasses.replace(find(name), reference=lambda *case: 30_000, mistakes=(), starts_from="")
    assert module.evaluate(counting, lambda *case: 30_001, PRACTICE_SEED).status is Status.WRONG
    assert module.evaluate(counting, lambda *case: 30_000.0, PRACTICE_SEED).status is Status.RIGHT


def test_a_known_mistake_that_raises_is_named_with_the_line():
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        return np.tanh(inputs * kernel + state * recurrent_kernel + bias)

    found = judged(rnn_step)
    assert found.mistake == "element by element"
    assert "return np.tanh(inputs * kernel" in found.advice


NOT_THERE = "There is no rnn_step yet: its cell was not run, or it stopped with an error."


def test_not_attempted():
    assert judged(unwritten).status is Status.NOT_ATTEMPTED
    assert verdict("rnn_step", {}).advice == NOT_THERE
    assert verdict("batch_shapes", {"batch_shapes": None}).status is Status.NOT_ATTEMPTED
    assert verdict("batch_shapes", {"batch_shapes": ...}).status is Status.NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (5, "batch_shapes is an int, expected a dictionary with the keys 'X0 @ W_x', 'Y0 @ W_h', 'b', 'Y1'."),
        ({"b": (5,)}, "'Y1' has no answer yet."),
        ({"b": "five"}, "'b' is 'five', expected a tuple of 1 whole number."),
        ({"b": 5}, "'b' is 5, expected a tuple of 1 whole number. Write (5,) with its comma."),
        ({"X0 @ W_x": 20}, "'X0 @ W_x' is 20, expected a tuple of 2 whole numbers.\n'Y0 @ W_h' has no answer yet."),
        ({"b": (...,)}, "'b' has no answer yet."),
        ({"b": (6,)}, "'b' is not (6,). Think again, or ask for a hint."),
        (
            {"b": (5, 1, 1)},
            "'b' is not (5, 1, 1): the sizes are right, but there is an axis of length 1 too many. Think",
        ),
        ({"Y1": (2, 9, 5)}, "'Y1' is not (2, 9, 5): it has too many axes. Think again"),
        ({"Y1": (7, 5)}, "'Y1' is not (7, 5): look at axis 0. Think again"),
        ({"Y1": (5, 4)}, "'Y1' is not (5, 4): the sizes are right, but in another order. Think again"),
        ({"Y1": (7, 8)}, "'Y1' is not (7, 8). Think again"),
    ],
)
def test_questions_say_what_form_they_expect(answer, message):
    assert message in verdict("batch_shapes", {"batch_shapes": answer}).advice


def test_a_mistyped_key_is_named_beside_the_one_that_is_missing():
    answer = dict(find("batch_shapes").answer)
    answer["y1"] = answer.pop("Y1")
    found = verdict("batch_shapes", {"batch_shapes": answer})
    assert found.advice.split("\n") == [
        "'Y1' has no answer yet.",
        "'y1' is not asked for; the keys are 'X0 @ W_x', 'Y0 @ W_h', 'b', 'Y1'.",
    ]
    more = {**find("batch_shapes").answer, "Y2": (4, 5)}
    assert verdict("batch_shapes", {"batch_shapes": more}).status is Status.RIGHT


@pytest.mark.parametrize(
    "convert",
    [np.asarray, tf.constant, tf.Variable, np.ndarray.tolist, lambda h: h.astype(np.float32), lambda h: list(h)],
)
def test_right_in_any_container(convert):
    assert judged(returning(lambda *a: convert(right(*a)))).status is Status.RIGHT


def test_partial_credit_for_a_part_that_is_right():
    def run_two_steps(first, second, kernel, recurrent_kernel, bias):
        first_output = np.tanh(first @ kernel + bias)
        return first_output, 0 * first_output

    found = judged(run_two_steps, "run_two_steps")
    assert (found.status, found.share, found.mistake) == (Status.PARTLY, 0.5, None)
    assert "Y1 of run_two_steps is 0, expected" in found.advice


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda *a: a[0], "It returned one ndarray, expected 2 results: Y0, Y1."),
        (lambda *a: (a[0],), "It returned 1 results, expected 2 results: Y0, Y1."),
        (lambda *a: (a[0], None), "One of its results is None, expected 2 results: Y0, Y1."),
    ],
)
def test_parts_missing(answer, message):
    assert message in judged(answer, "run_two_steps").advice


def test_hard_coded_answers_fail_on_other_seeds():
    known = {case["x"]: rnncourse.neuron_step(**case) for case in find("neuron_step").make_cases(PRACTICE_SEED)}

    def neuron_step(x, h, w_x, w_h, b):
        return known.get(x, 0.0)

    assert grade(neuron_step) is None
    with pytest.raises(AssertionError):
        grade(neuron_step, seed=4127)


def half_right(model, seed):
    return float(np.mean([model(x) == x % 2 for x in np.random.default_rng(seed).integers(0, 100, size=50)]))


PARITY = Training(
    name="parity",
    kind=Kind.TRAINING,
    score=half_right,
    measure="accuracy",
    bar=0.9,
    higher_is_better=True,
    mistakes=(Symptom("labels shuffled", lambda model, seed: model(0) == 1, "Zero is even: are the labels shuffled?"),),
    hints=("…",),
    points=2,
    difficulty=1,
    minutes=1,
)


@pytest.mark.parametrize(
    ("model", "status", "advice", "mistake"),
    [
        (lambda x: x % 2, Status.RIGHT, "On inputs it has not seen: accuracy 1. The bar is at least 0.9.", None),
        (lambda x: 1 - x % 2, Status.WRONG, "Zero is even: are the labels shuffled?\nOn inputs", "labels shuffled"),
        (lambda x: 0, Status.WRONG, "On inputs it has not seen: accuracy 0.", None),
        (lambda x: [][x], Status.WRONG, "parity could not be tried on new inputs. IndexError", None),
        (None, Status.NOT_ATTEMPTED, "There is no parity yet. Train it first.", None),
    ],
)
def test_a_model_is_judged_on_inputs_it_has_not_seen(model, status, advice, mistake):
    found = module.evaluate(PARITY, model, PRACTICE_SEED)
    assert (found.status, found.mistake) == (status, mistake)
    assert found.advice.startswith(advice)


def test_what_is_no_model_is_said_before_it_is_tried():
    only_functions = dataclasses.replace(PARITY, refuses=lambda model: "" if callable(model) else "is no function.")
    found = module.evaluate(only_functions, {"loss": [1.0]}, PRACTICE_SEED)
    assert (found.status, found.advice) == (Status.WRONG, "parity is no function.")


def test_what_a_model_reads_and_gives_is_said_where_it_could_not_be_tried():
    shaped = dataclasses.replace(PARITY, shapes="It reads a number and gives 0 or 1.")
    advice = module.evaluate(shaped, lambda x: [][x], PRACTICE_SEED).advice
    assert advice.endswith("list index out of range\nIt reads a number and gives 0 or 1.")
    assert "It reads a number" not in module.evaluate(shaped, lambda x: 0, PRACTICE_SEED).advice


@pytest.mark.parametrize(("always", "status"), [(True, Status.WRONG), (False, Status.RIGHT)])
def test_a_symptom_that_no_score_makes_up_for_is_looked_for_above_the_bar_too(always, status):
    peeks = Symptom("peeks", lambda model, seed: True, "It has seen the answers.", always)
    found = module.evaluate(dataclasses.replace(PARITY, mistakes=(peeks,)), lambda x: x % 2, PRACTICE_SEED)
    assert found.status is status
    assert ("It has seen the answers." in found.advice) is always


def fails(model, seed):
    raise KeyError("of ours")


def looked_for(*, always=False):
    """The exercise with a sign before the others that cannot be looked for, by a fault of ours."""
    broken = Symptom("broken", fails, "Never said.", always)
    return dataclasses.replace(PARITY, mistakes=(broken, *PARITY.mistakes))


@pytest.mark.parametrize(("model", "mistake"), [(lambda x: 1 - x % 2, "labels shuffled"), (lambda x: 0, None)])
def test_a_sign_that_cannot_be_looked_for_is_said_aloud_beside_what_shows(model, mistake):
    with pytest.warns(UserWarning, match="parity: it is open whether “broken” holds .*: a fault of ours"):
        found = module.evaluate(looked_for(), model, PRACTICE_SEED)
    assert (found.status, found.mistake) == (Status.WRONG, mistake)
    assert "\nIt remains open whether “broken” holds (KeyError: 'of ours'). Made of plain Keras layers" in found.advice


def test_no_model_is_called_right_while_a_sign_that_spoils_it_cannot_be_looked_for():
    with pytest.raises(RuntimeError, match="clears the bar, but it is open whether “broken” holds"):
        module.evaluate(looked_for(always=True), lambda x: x % 2, PRACTICE_SEED)
    assert module.evaluate(looked_for(), lambda x: x % 2, PRACTICE_SEED).status is Status.RIGHT


def test_a_model_that_fails_where_a_sign_that_spoils_it_is_looked_for_is_wrong():
    """The grader knows by the name of the error, which it gives to its own only."""

    def ask_there(call, function, case):
        return Outcome(Ending.RAISED, text="ValueError: no") if function is fails else ask(call, function, case)

    found = judge_model(looked_for(always=True), lambda x: x % 2, PRACTICE_SEED, ask_there)
    assert found.status is Status.WRONG
    assert found.advice.startswith("parity could not be tried on all inputs: it is open whether “broken” holds")
    missed = judge_model(looked_for(), lambda x: 0, PRACTICE_SEED, ask_there)
    assert missed.advice.endswith("It remains open whether “broken” holds (ValueError: no).")


def test_what_a_score_was_measured_on_is_said():
    listed = dataclasses.replace(PARITY, measured_on="half of the list")
    assert module.evaluate(listed, lambda x: 0, PRACTICE_SEED).advice.startswith("On half of the list: accuracy 0.")


def test_a_model_that_scores_nan_misses_a_bar_of_either_side():
    for higher in (True, False):
        broken = dataclasses.replace(PARITY, score=lambda model, seed: np.nan, higher_is_better=higher, mistakes=())
        assert module.evaluate(broken, object(), PRACTICE_SEED).status is Status.WRONG


# ----------------------------------------------------------------------------------------------------- as plain data
def test_a_verdict_comes_back_from_json_as_it_was():
    for status in Status:
        verdict = Verdict("rnn_step", status, "Look at the bias.", "bias left out", 0.5)
        told = json.loads(json.dumps(verdict.to_dict()))
        assert told == {
            "exercise": "rnn_step", "status": str(status), "advice": "Look at the bias.", "mistake": "bias left out",
            "share": 0.5,
        }  # fmt: skip
        assert Verdict.from_dict(told) == verdict
        assert Verdict.from_dict(told).status is status


@pytest.mark.parametrize("change", [{"status": "perfect"}, {"status": None}, {"points": 3}])
def test_what_is_no_verdict_is_refused(change):
    told = Verdict("rnn_step", Status.RIGHT, share=1.0).to_dict()
    with pytest.raises((ValueError, TypeError)):
        Verdict.from_dict(told | change)
    with pytest.raises(KeyError):
        Verdict.from_dict({"exercise": "rnn_step"})


def test_a_task_of_no_kind_cannot_be_judged():
    task = Task(name="essay", kind=Kind.READING, hints=(), points=1, difficulty=1, minutes=1)
    with pytest.raises(TypeError, match="No answer to a Task can be judged"):
        module.evaluate(task, "words", 1)


@pytest.mark.parametrize(
    ("answer", "words"), [(3, "is an int,"), ([1], "is a list,"), (np.zeros(2), "is an ndarray,"), ("a", "is a str,")]
)
def test_the_article_fits_the_type(answer, words):
    assert f"batch_shapes {words} expected a dictionary" in module.evaluate(find("batch_shapes"), answer, 1).advice
    assert f"rnn_step {words} expected a function" in module.evaluate(find("rnn_step"), answer, 1).advice


# ------------------------------------------------------------------------------------------ beyond the catalogue
def test_an_unknown_mistake_is_related_to_the_truth_before_the_first_number():
    found = judged(returning(lambda *a: 3 * right(*a)))
    assert found.mistake is None
    relation, first, called, by_hand = found.advice.split("\n")
    assert by_hand.startswith("Small enough to do by hand: with inputs = [[")
    assert relation.startswith("rnn_step: your numbers are three times the right ones")
    assert first.startswith("rnn_step is ")
    assert called.startswith("It was called with inputs of shape (4, 3)")


def test_an_argument_that_is_not_used_is_named_where_the_answer_can_be_asked():
    def forgets(inputs, state, kernel, recurrent_kernel, bias):
        return np.tanh(inputs @ kernel + np.sin(inputs @ kernel) + bias)

    words = "your result does not change with state nor with recurrent_kernel"
    assert words in judged(forgets).advice
    exercise = find("rnn_step")
    cases = exercise.make_cases(PRACTICE_SEED)
    outcomes = [ask(exercise.as_call(), forgets, case) for case in cases]
    assert words not in judge_outcomes(exercise, cases, outcomes).advice  # the grader cannot ask for more


def test_a_known_mistake_is_named_and_nothing_beside_it():
    wrong = find("rnn_step").mistakes[0]
    assert judged(wrong.function).advice == wrong.advice


CUBED_PROPOSAL = """
def lstm_step(inputs, state, kernel, recurrent_kernel, bias):
    h, c = state
    i, f, g, o = np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)
    i, f, g, o = rnncourse.sigmoid(i), rnncourse.sigmoid(f), np.tanh(g), rnncourse.sigmoid(o)
    c = f * c + i * g * g * g
    return o * np.tanh(c), c
"""


def test_hidden_cases_keep_words_that_hold_no_number_of_theirs():
    """The 1 of "1 minus the sigmoid" is in the formula, and not in a case."""
    complement = CUBED_PROPOSAL.replace("f * c", "(1 - f) * c").replace("g * g * g", "g")
    lstm_step = written(complement, "lstm_step", {"np": np, "rnncourse": rnncourse})
    unknown = dataclasses.replace(find("lstm_step"), mistakes=(), starts_from="")
    hidden = module.evaluate(unknown, lstm_step, PRACTICE_SEED, hidden=True)
    assert "1 minus the sigmoid of the gate f" in hidden.advice


def test_several_things_are_spoken_of_in_the_plural():
    rows = judged(lambda step, inputs, state: ([np.zeros(2)], np.zeros(3)), "static_rnn").advice
    assert "the outputs of static_rnn have shape (1, 2), expected" in rows
    values = judged(lambda step, inputs, state: (rnncourse.static_rnn(step, inputs, state)[0], 0 * state), "static_rnn")
    assert "the last state of static_rnn is 0, expected" in values.advice


CUT_OUT = """
def dropout(values, rate, noise, training):
    if not training:
        return values
    return values[noise >= rate] / (1 - rate)
"""


def test_what_is_wrong_stands_above_the_numbers_though_an_edge_raises():
    unknown = dataclasses.replace(find("dropout"), mistakes=(), starts_from="")
    advice = module.evaluate(unknown, written(CUT_OUT, "dropout", {"np": np}), PRACTICE_SEED).advice
    place, numbers, called = advice.split("\n")
    assert "`values[noise >= rate]" in place
    assert numbers.startswith("dropout has shape (16,), expected (5, 6).")
    assert called.startswith("It was called with")


def test_of_a_whole_number_all_cases_stand_side_by_side_where_nothing_else_is_known():
    def steps_remembered(w_h, threshold):
        return int(20 * abs(w_h) + 40 * (1 - threshold))

    unknown = dataclasses.replace(find("steps_remembered"), mistakes=())
    assert "wrong in every case, never too small: 51 for 8, " in module.evaluate(unknown, steps_remembered, 1).advice
    assert " for " not in module.evaluate(unknown, steps_remembered, 99, hidden=True).advice


def test_where_only_a_region_is_told_the_place_is_named_beside_it():
    source = """
def run_neuron(inputs, h, w_x, w_h, b):
    states = []
    for t, x in enumerate(inputs):
        total = w_x * x + w_h * h + b
        if t > 0:
            total = total + x * h
        h = np.tanh(total)
        states.append(h)
    return np.array(states)
""".lstrip()
    region, place, *_ = judged(written(source, "run_neuron", {"np": np}), "run_neuron").advice.split("\n")
    assert region == "run_neuron: only the first step is right."
    assert "`x * h` in line 6" in place


def test_where_nothing_else_is_to_be_said_the_place_is_named():
    lstm_step = written(CUBED_PROPOSAL, "lstm_step", {"np": np, "rnncourse": rnncourse})
    place, first, called, by_hand = judged(lstm_step, "lstm_step").advice.split("\n")
    assert by_hand.startswith("Small enough to do by hand: ")
    assert "`i * g * g` in line 6 is made of it and is the first value that I cannot find on one" in place
    assert first.startswith("h of lstm_step is ")
    assert called.startswith("It was called with")
    hidden = module.evaluate(find("lstm_step"), lstm_step, PRACTICE_SEED, hidden=True)
    assert "line 6" not in hidden.advice


def keeps_its_states(steps):
    kept = []

    def stack(inputs, states):
        for step, state in zip(steps, states, strict=True):
            inputs, state = step(inputs, state)
            kept.append(state)
        return inputs, tuple(kept)

    return stack


def remembers_the_first_states(steps):
    first = {}

    def stack(inputs, states):
        new_states = []
        for layer, step in enumerate(steps):
            inputs, state = step(inputs, first.setdefault(layer, states[layer]))
            new_states.append(state)
        return inputs, tuple(new_states)

    return stack


def test_a_stack_that_keeps_something_from_step_to_step_is_wrong():
    found = evaluate(find("stack_steps"), keeps_its_states, PRACTICE_SEED)
    assert found.status is Status.WRONG
    assert "in its second step a tuple of length 6 for the new states, expected length 3" in found.advice
    assert "a list made outside the inner function" in found.advice
    assert evaluate(find("stack_steps"), remembers_the_first_states, PRACTICE_SEED).status is Status.WRONG


def test_what_an_earlier_call_left_behind_is_named():
    outputs = []

    def run_neuron(xs, h, w_x, w_h, b):
        for x in xs:
            h = np.tanh(w_x * x + w_h * h + b)
            outputs.append(h)
        return outputs

    found = evaluate(find("run_neuron"), run_neuron, PRACTICE_SEED)
    assert found.advice.startswith("Called once more with the same arguments, it gives another answer")


def without_bias(inputs, state, kernel, recurrent_kernel, bias):
    return np.tanh(inputs @ kernel + state @ recurrent_kernel)


def test_a_function_as_it_was_given_is_not_attempted_and_shows_its_symptom():
    found = evaluate(MISTAKEN, without_bias, PRACTICE_SEED)
    assert (found.status, found.mistake, found.share) == (Status.NOT_ATTEMPTED, None, 0.0)
    assert found.advice.startswith("It still does what the function did that was given: the mistake is there.")
    assert re.search(r"This is what it shows: rnn_step is -?[0-9.]+, expected .*It was called with", found.advice, re.S)
    assert "bias" not in found.advice.partition("It was called with")[0]
    assert not re.search(r"\d", evaluate(MISTAKEN, without_bias, 77, hidden=True).advice)


def test_changed_code_that_does_as_it_was_given_is_an_attempt_and_hears_the_mistake():
    def printing(inputs, state, kernel, recurrent_kernel, bias):
        """A line that only prints is no change."""
        print(state)
        return np.tanh(inputs @ kernel + state @ recurrent_kernel)

    def rewritten(inputs, state, kernel, recurrent_kernel, bias):
        total = inputs @ kernel + state @ recurrent_kernel
        return np.tanh(total)

    assert evaluate(MISTAKEN, printing, PRACTICE_SEED).status is Status.NOT_ATTEMPTED
    found = evaluate(MISTAKEN, rewritten, PRACTICE_SEED)
    assert (found.status, found.mistake) == (Status.WRONG, MISTAKEN.starts_from)
    assert found.advice == MISTAKEN.given.advice


def test_other_answers_to_a_function_with_a_mistake_are_judged_as_ever():
    assert evaluate(MISTAKEN, rnncourse.rnn_step, PRACTICE_SEED).status is Status.RIGHT
    worse = evaluate(MISTAKEN, lambda x, h, w, u, b: x @ w + h @ u + b, PRACTICE_SEED)
    assert (worse.status, worse.mistake) == (Status.WRONG, "tanh left out")
    twice = evaluate(MISTAKEN, lambda x, h, w, u, b: x @ w + h @ u, PRACTICE_SEED)
    assert twice.status is Status.WRONG


def test_a_given_function_earns_nothing_for_the_part_that_it_has_right():
    lstm = find("lstm_step")
    half = next(m for m in lstm.mistakes if evaluate(lstm, m.function, PRACTICE_SEED).status is Status.PARTLY)
    task = dataclasses.replace(lstm, starts_from=half.name)
    assert evaluate(lstm, half.function, PRACTICE_SEED).share == 0.5
    assert (evaluate(task, half.function, PRACTICE_SEED).share, evaluate(task, lstm.reference, 1).share) == (0, 1)


@pytest.mark.parametrize(
    ("distance", "words"),
    [(lambda reach: reach + 1, "double that distance from call to call"), (lambda reach: 1, "double that distance")],
)
def test_a_scan_with_too_many_calls_is_told_whether_they_combine_one_pair_or_many(distance, words):
    def scan(combine, factors, addends):
        done, reach = (factors, addends), 1
        for _ in range(20):
            joined = combine(tuple(part[:-reach] for part in done), tuple(part[reach:] for part in done))
            done = tuple(np.concatenate([part[:reach], new]) for new, part in zip(joined, done, strict=True))
            reach = distance(reach)
        return done

    assert words in evaluate(find("prefix_scan"), scan, PRACTICE_SEED).advice


def test_a_scan_that_is_the_loop_is_told_so():
    def loop(combine, factors, addends):
        sums = [(factors[0], addends[0])]
        for pair in zip(factors[1:], addends[1:], strict=True):
            sums.append(combine(sums[-1], pair))
        return tuple(map(np.array, zip(*sums, strict=True)))

    assert "Let a call combine many pairs at once" in evaluate(find("prefix_scan"), loop, PRACTICE_SEED).advice


@pytest.mark.parametrize(
    "design", [echo, lambda d: echo(d, steps=6, scale=1e-3), lambda d: [a.tolist() for a in echo(d)]]
)
def test_a_design_is_right_however_it_is_made(design):
    assert evaluate(ECHO, design, PRACTICE_SEED).status is Status.RIGHT
    assert evaluate(ECHO, design, 99, hidden=True).status is Status.RIGHT


def test_a_design_may_be_a_dictionary():
    named = lambda delay: dict(zip(ECHO.call.pieces, echo(delay), strict=True))  # noqa: E731
    assert evaluate(ECHO, named, PRACTICE_SEED).status is Status.RIGHT
    found = evaluate(ECHO, lambda delay: {"kernel": 1}, PRACTICE_SEED)
    assert "a dictionary with the keys kernel, expected 3 results: kernel, recurrent_kernel, readout" in found.advice


def test_what_a_design_does_instead_is_said_and_on_which_inputs():
    late = evaluate(ECHO, lambda delay: echo(delay + 1, steps=9), PRACTICE_SEED)
    assert (late.mistake, late.advice) == ("one step late", "It echoes one step too late.")
    doubled = lambda delay: (*echo(delay)[:2], 2 * echo(delay)[2])  # noqa: E731
    related, *said = evaluate(ECHO, doubled, PRACTICE_SEED).advice.split("\n")
    assert related.startswith("echo_weights: your numbers are twice the right ones")
    assert re.fullmatch(
        r"With inputs = \[[-0-9., ]+\] your design, made for delay = \d, does something else than it should\.", said[0]
    )
    got, wanted = (np.array(eval(text)) for text in re.findall(r"\[.*?\]", said[1]))
    np.testing.assert_allclose(got, 2 * wanted, atol=2e-3)
    assert len(said) == 2, "nothing is said of an edit of the reference: a design is made in many ways"
    hidden = evaluate(ECHO, doubled, 99, hidden=True).advice
    assert hidden.startswith("On inputs that check does not try, your design does something else")
    assert not re.search(r"\d", hidden)


def lookup(match, later, first_value_row=6):
    w_q, w_k, w_v = np.zeros((11, 7)), np.zeros((11, 7)), np.zeros((11, 4))
    w_q[:6, :6], w_k[:6, :6] = match * np.eye(6), np.eye(6)
    w_q[:6, 6], w_k[10, 6] = later, 1
    w_v[first_value_row : first_value_row + 4] = np.eye(4)
    return w_q, w_k, w_v


def lookup_that_multiplies_by_its_own_place():
    w_q, w_k, w_v = lookup(300, 0)
    w_q[10, 6] = 6
    return w_q, w_k, w_v


def test_a_lookup_that_takes_nothing_is_told_so():
    found = evaluate(find("lookup_weights"), lambda: (*lookup(300, 6)[:2], np.zeros((11, 4))), PRACTICE_SEED)
    assert "W_v is 0 everywhere" in found.advice


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (lambda: lookup(300, 6, first_value_row=0), "One key is written, once"),
        (lambda: (100 * np.eye(11), np.eye(11), np.eye(11)[:, 6:10]), "Two keys are written"),
        (lambda: lookup(300, 60), "In short texts it finds the key"),
        (lookup_that_multiplies_by_its_own_place, "In short texts it finds the key"),
        (lambda: lookup(300, 0.4), "the old ones together outweigh the new one"),
    ],
)
def test_a_design_is_told_the_easiest_thing_that_it_cannot_do(design, words):
    found = evaluate(find("lookup_weights"), design, PRACTICE_SEED)
    assert found.status is Status.WRONG
    assert words in found.advice
    assert words in evaluate(find("lookup_weights"), design, 99, hidden=True).advice


def test_a_design_that_cannot_be_put_to_work_is_told_why():
    found = evaluate(ECHO, lambda delay: (np.ones((2, 3)), np.eye(4), np.ones((4, 1))), PRACTICE_SEED)
    assert found.status is Status.WRONG
    assert found.advice.startswith(
        "What it returned cannot be put to work. kernel has shape (2, 3), expected (1, 4).\nIt was called with delay ="
    )
    assert "inputs" not in found.advice
    endless = evaluate(ECHO, lambda delay: (*echo(delay)[:2], np.full((4, 1), np.nan)), PRACTICE_SEED)
    assert "cannot be put to work. readout holds numbers that are not finite." in endless.advice
    broken = evaluate(ECHO, lambda delay: (np.ones((1, 4)), np.eye(4), np.ones(2)), PRACTICE_SEED)
    assert broken.advice.startswith("What it returned cannot be put to work. ")
    assert evaluate(ECHO, lambda delay: None, PRACTICE_SEED).advice.startswith("It returned None.")


def test_an_example_of_a_design_is_what_the_function_is_given(monkeypatch):
    monkeypatch.setattr(module, "_definition", lambda name: ECHO)
    assert set(example("echo_weights")) == {"delay"}


def test_of_a_batch_only_the_first_wrong_instance_is_shown():
    def falls_only_in_one():
        kernel, recurrent_kernel, bias = rnncourse.change_detector()
        return kernel, recurrent_kernel, bias + np.array([0, 3.0])

    exercise = find("change_detector")
    said = evaluate(exercise, falls_only_in_one, PRACTICE_SEED).advice.split("\n")
    inputs, got, wanted = (eval(text) for text in re.findall(r"\[[^\]]*\]", " ".join(said)))
    assert len(inputs) == len(got) + 1 == len(wanted) + 1
    assert wanted == [1 if later > earlier else -1 for earlier, later in itertools.pairwise(inputs)]
    assert got != wanted


# ------------------------------------------------------------------------------------------------ stages of a project
FAIR = Stage(
    name="fair",
    kind=Kind.DESIGN,
    parts={"apart": (leaks.OVERLAP,), "in time": (leaks.SHUFFLED,), "terms": (honesty.ONE_CELL, honesty.UNEQUAL)},
    hints=("Look at the card.",),
    points=6,
    difficulty=2,
    minutes=10,
)


def test_a_stage_is_right_if_the_card_says_nothing_against_it():
    for answer in (made().now(), made(), made(looks=()).now()):
        assert evaluate(FAIR, answer, 1) == Verdict("fair", Status.RIGHT, share=1.0)


def test_each_part_of_a_stage_earns_its_share_and_every_finding_is_told():
    found = evaluate(FAIR, made(parts=shuffled(series())), 1)
    assert (found.status, found.share, found.mistake) == (Status.PARTLY, 1 / 3, leaks.OVERLAP)
    first, second = found.advice.split("\n")
    assert first.startswith("overlapping windows: 78 of the 78 examples")
    assert second.startswith("shuffled time: ")
    alone = {"GRU": (1000, (0.2, 0.21, 0.22))}
    found = evaluate(FAIR, made(parts=shuffled(series()), results=alone, looks=()), 1)
    assert (found.status, found.share) == (Status.WRONG, 0)


@pytest.mark.parametrize("answer", [None, ...])
def test_a_stage_without_a_card_is_not_attempted(answer):
    assert evaluate(FAIR, answer, 1).status is Status.NOT_ATTEMPTED
    empty = rnncourse.project.Card("Is it?", "MAE", False)
    assert evaluate(FAIR, empty, 1).advice == "The card holds a question and nothing else yet."


@pytest.mark.parametrize("answer", [3, "card", {"question": "x"}, np.zeros(3), rnncourse.project.Project])
def test_something_else_is_no_card(answer):
    found = evaluate(FAIR, answer, 1)
    assert (found.status, found.share) == (Status.WRONG, 0)
    assert "expected the card of your project: project.card()" in found.advice


def test_words_of_a_learner_in_a_finding_stay_on_their_line():
    card = made().now()
    split = dataclasses.replace(
        card.split, leaks=(leaks.Leak(leaks.OVERLAP, "train\n✓", "test", 1, 2, (0, 0), "\x1b"),)
    )
    found = evaluate(FAIR, dataclasses.replace(card, split=split), 1)
    assert "\n" not in found.advice
    assert "\x1b" not in found.advice
