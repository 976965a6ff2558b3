"""What is asked, what comes home, and what is refused, without a kernel between the two sides."""

from __future__ import annotations

import dataclasses
import json
import re

import cloudpickle
import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import neuron_step
from rnncourse.checking import verdicts
from rnncourse.checking.verdicts import Status
from rnncourse.exercises import CHAPTERS, Exercise, Question, Symptom, Training, find
from rnncourse.exercises.definitions import call_with_case
from rnncourse.grading import questions
from rnncourse.grading.questions import AnswerError
from rnncourse.grading.sandbox import asked
from rnncourse.grading.sandbox.asked import AskFunction, AskModel

from made_exercises import ECHO, MISTAKEN, echo

EXERCISES = [exercise for exercises in CHAPTERS.values() for exercise in exercises]


FUNCTIONS = [exercise for exercise in EXERCISES if isinstance(exercise, Exercise)]


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_a_question_carries_neither_the_truth_nor_the_mistakes(exercise):
    carried = questions.encode(AskFunction(exercise.name, exercise.as_call(), tuple(exercise.make_cases(3))))
    codes = codes_of(exercise)
    assert codes
    assert not any(code in carried for code in codes)


def codes_of(exercise):
    """The code of the truth and of the mistakes."""
    functions = [exercise.reference, *(mistake.function for mistake in exercise.mistakes)]
    return [f.__code__.co_code for f in functions if hasattr(f, "__code__") and len(f.__code__.co_code) > 24]


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_s1_an_example_is_what_the_learner_gets_and_brings_no_answer(exercise):
    (carried,) = questions.examples([f'case = example("{exercise.name}")']).values()
    assert not any(code in carried for code in codes_of(exercise))
    assert list(cloudpickle.loads(carried)) == list(rnncourse.example(exercise.name))


def test_s1_examples_are_those_that_a_notebook_asks_for():
    assert questions.examples(["neuron_step(1)", "run_neuron"]) == {}
    assert list(questions.examples(["rnncourse.example(neuron_step)", "cell_shapes"])) == ["neuron_step"]


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_the_answer_of_the_reference_survives_the_way_home(exercise):
    """The kernel's side and the grader's side, without a kernel between them."""

    def send(question):
        return {**question.answer_from({exercise.name: exercise.reference}), "withheld": 0}

    judged = questions.ask_and_judge(exercise, (1, 3), send)
    assert judged.verdict.status is Status.RIGHT, judged.verdict.advice
    assert not judged.look


GOOD = asked.packed(np.arange(6, dtype=np.float32).reshape(2, 3))


@pytest.mark.parametrize(
    "change",
    [{"dtype": "|O"}, {"dtype": "<f8"}, {"shape": [3, 3]}, {"shape": [-1, 6]}, {"shape": [10**12]}, {"shape": "23"},
     {"data": "%%%"}, {"data": 3}, {"shape": [2.0, 3]}, {"dtype": ["<f4"]}],
)  # fmt: skip
def test_an_array_that_is_not_what_it_claims_is_refused(change):
    with pytest.raises(AnswerError):
        questions.unpacked({**GOOD, **change})


def test_answers_that_are_no_answers_are_refused():
    deep = '{"token": "a", "answer": ' + "[" * 900 + "]" * 900 + "}"
    for published in ([], ["nonsense"], ['{"token": "b"}'], ["[" * 100_000], ['{"token": "a", "answer": 3}'], [deep]):
        with pytest.raises(AnswerError, match="no answer"):
            questions.decode(published, "a")
    exercise = find("lstm_step")
    for outcomes in ([], [{}], [{"ending": "right"}], [3]):
        with pytest.raises(AnswerError):
            questions.ask_and_judge(exercise, (1,), lambda asked, found=outcomes: {"outcomes": found, "withheld": 0})


NAMES = [e.name for exercises in CHAPTERS.values() for e in exercises if isinstance(e, Training)]


def sender(namespace):
    """What goes there is pickled, what comes back is JSON, as between grader and kernel."""

    def send(asked):
        given = cloudpickle.loads(questions.encode(asked))
        try:
            found = given.answer_from(namespace)
        except Exception as error:
            found = {"problem": f"{type(error).__name__}: {error}"}
        line = json.dumps({"token": "t", "answer": {**found, "withheld": 0}})
        return questions.decode([line], "t")

    return send


# ------------------------------------------------------------------------------------------ answers tampered with
def answering(function, name="neuron_step", spoil=lambda found: found, seeds=(1, 7)):
    """The judgement on a function whose answer is changed on its way, as JSON brings it."""

    def send(asked):
        found = spoil({**asked.answer_from({name: function}), "withheld": 0})
        return json.loads(json.dumps(found))

    return questions.ask_and_judge(find(name), seeds, send)


def first_ones(count):
    return lambda found: {**found, "outcomes": found["outcomes"][:count]}


OF_ALL = 2 * len(find("neuron_step").make_cases(1)) + 1
ENDED = {"ending": "out of time", "values": [], "text": "late", "error": "", "line": "", "printed": "", "changed": []}


@pytest.mark.parametrize("count", [1, 2, 3, OF_ALL - 1])
def test_g2_fewer_outcomes_than_cases_are_no_answer(count):
    """A constant that is right for the first case earned everything, where the others were not sent."""
    known = neuron_step(**find("neuron_step").make_cases(1)[0])
    for function in (lambda *arguments: known, neuron_step):
        with pytest.raises(AnswerError, match=rf"{count} outcomes of {OF_ALL} cases"):
            answering(function, spoil=first_ones(count))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: {**found, "outcomes": found["outcomes"] * 2},
        lambda found: {**found, "outcomes": [*found["outcomes"], found["outcomes"][0]]},
        lambda found: {**found, "outcomes": [ENDED, *found["outcomes"][1:]]},
        lambda found: {**found, "outcomes": [{**found["outcomes"][0], "ending": "raised"}]},
        lambda found: {**found, "outcomes": [{**found["outcomes"][0], "values": []}] * OF_ALL},
        lambda found: {**found, "outcomes": [{**found["outcomes"][0], "values": {"0": 1}}] * OF_ALL},
        lambda found: {**found, "outcomes": [{**found["outcomes"][0], "ending": ["returned"]}] * OF_ALL},
        lambda found: {**found, "outcomes": {"0": found["outcomes"][0]}},
        lambda found: {**found, "outcomes": True},
        lambda found: {"withheld": 0},
    ],
    ids=[
        "twice",
        "one more",
        "after the end",
        "raised",
        "no values",
        "values by name",
        "ending",
        "by name",
        "true",
        "-",
    ],
)
def test_g2_outcomes_that_do_not_fit_the_question_are_refused(spoil):
    with pytest.raises(AnswerError, match="the answer"):
        answering(neuron_step, spoil=spoil)


def test_g2_an_answer_that_ends_early_says_so_and_earns_nothing():
    for place in range(OF_ALL):
        judged = answering(
            neuron_step, spoil=lambda found, n=place: {**found, "outcomes": [*found["outcomes"][:n], ENDED]}
        )
        assert judged.verdict.share == 0, place
    assert answering(neuron_step).verdict.share == 1


STRANGE = {
    "not a number": np.nan, "infinite": -np.inf, "long double": np.longdouble(0.5), "bool": True,
    "whole": np.uint64(2**64 - 1), "negative zero": -0.0, "masked": np.ma.masked_array([0.5], mask=[True]),
    "empty": np.zeros((0, 10**6)), "half": np.float16(0.5), "tensor": tf.constant(0.5),
    "ragged": tf.ragged.constant([[1], [1, 2]]), "very large": 10**400, "objects": np.array([object()]),
    "record": np.zeros(1, dtype="f4,i4"), "words": np.array(["0.5"]), "dates": np.datetime64("2020-01-01"),
    "memory": memoryview(b"12345678"), "bytes": b"0.5", "set": {0.5}, "range": range(1), "function": np.tanh,
    "type": float, "sixteen axes": np.zeros((1,) * 17), "bfloat": tf.bfloat16.max,
}  # fmt: skip


@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE)
def test_g2_whatever_is_returned_becomes_plain_numbers_or_a_named_refusal(value):
    for name in ("neuron_step", "parameter_count", "lengths_from_tokens"):
        share, said = judged_or_refused(lambda *arguments: value, name)
        assert share == 0
        assert said


def judged_or_refused(function, name):
    try:
        verdict = answering(function, name).verdict
    except AnswerError as error:
        return 0, str(error)
    return verdict.share, verdict.advice


def test_what_earns_nothing_in_one_group_is_not_judged_in_the_next(monkeypatch):
    judged = []
    plain = verdicts.judge_outcomes
    monkeypatch.setattr(
        verdicts, "judge_outcomes", lambda *a, hidden: judged.append(hidden) or plain(*a, hidden=hidden)
    )
    answering(lambda *arguments: 0.123)
    answering(neuron_step)
    assert judged == [False, False, True]


class Sly(np.ndarray):
    """An array that is equal to everything."""

    def __eq__(self, other):
        return True

    def __array_ufunc__(self, *arguments, **options):
        return np.True_

    def __array_function__(self, *arguments, **options):
        return True


class SlyFloat(float):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __array__(self, *arguments, **options):
        return np.asarray(0.25)

    def __float__(self):
        return 0.75


def test_g2_numbers_that_are_equal_to_everything_are_plain_numbers_here():
    for value in (np.zeros(()).view(Sly), SlyFloat(0.5), [SlyFloat(0.5)]):
        judged = answering(lambda *arguments, value=value: value)
        assert judged.verdict.share == 0


def test_g2_an_argument_changed_into_anything_is_no_fault_of_ours():
    def spoils(step, inputs, state):
        inputs[:] = [np.zeros((2, 2)), object(), {}]
        return find("static_rnn").reference(step, [np.zeros((4, 3))], state)

    assert answering(spoils, "static_rnn").verdict.share == 0


def test_g2_two_answers_to_one_question_are_none():
    line = json.dumps({"token": "a", "answer": {"withheld": 0}})
    assert questions.decode([line, line.replace('"a"', '"b"')], "a") == {"withheld": 0}
    with pytest.raises(AnswerError, match="2 answers came back to one question"):
        questions.decode([line, line], "a")


@pytest.mark.parametrize(
    "value",
    [{"dictionary": [3]}, {"dictionary": 3}, {"dictionary": {"a": 1}}, {"dictionary": [[1, 2, 3]]}],
)
def test_g2_a_variable_that_cannot_be_read_is_refused(value):
    with pytest.raises(AnswerError, match="dictionary"):
        questions.ask_and_judge(find("cell_shapes"), (1,), lambda asked: {"value": value, "withheld": 0})


@pytest.mark.parametrize("weights", [3, {"a": 1}, [3], [{"path": 3}], [{"path": "a", **GOOD, "shape": [9]}]])
def test_g2_weights_that_cannot_be_read_are_refused(weights):
    with pytest.raises(AnswerError):
        questions.ask_and_judge(find(NAMES[0]), (1,), lambda asked: {"weights": weights, "withheld": 0})


# ------------------------------------------------------------------------------------- what a person may call an answer
ITSELF: list = [3]
ITSELF.append(ITSELF)
ODD_ANSWERS = [
    ITSELF, np.zeros((2000, 2000)), [np.zeros(10**6)], [[[[[[[[[[[[3, 5]]]]]]]]]]]],
    ({"a": 1},), [[{"a": 1}]], {3, 5}, frozenset(), ([3, {5}],), 10**5000, -(10**5000), float("nan"), b"(3, 5)",
    object(), SlyFloat(4243), ("x" * 10**6,), {1: 2, "W_x": {"W_x": {}}}, {"W_x": ({},), "b": {(5,)}}, {"b": 10**5000},
    np.array([(3, 5)], dtype="i4,i4"), tf.TensorShape(None), tf.constant([3, 7]), (np.array([1, 2]), 3), range(3),
    [...], (np.zeros((2, 2)), ...), type, lambda: 0, {"W_x": [np.array([3, 5]), np.zeros(2)]}, "(3, 5)", (None, None),
]  # fmt: skip


@pytest.mark.parametrize("value", ODD_ANSWERS, ids=lambda value: repr(type(value))[:40])
def test_s4_any_value_is_a_wrong_answer_of_its_exercise(value):
    for question in (e for e in EXERCISES if isinstance(e, Question)):
        for answer in (value, {key: value for key in question.parts}):
            here = verdicts.evaluate(question, answer, 1)
            there = questions.ask_and_judge(question, (1,), sender({question.name: answer}))
            assert here.share == there.verdict.share == 0
            assert here.advice
            assert len(there.verdict.advice) < 3000
            assert not there.look


def test_s4_the_parts_of_a_question_are_named_by_words():
    """Other keys do not come back from the sandbox."""
    assert all(isinstance(key, str) for e in EXERCISES if isinstance(e, Question) for key in e.parts)


def test_s4_equal_to_everything_is_equal_to_nothing():
    class Equal:
        def __eq__(self, other):
            return True

        def __hash__(self):
            return hash((3, 5))

    assert verdicts.evaluate(find("cell_shapes"), {"W_x": (Equal(), Equal()), "b": Equal()}, 1).share == 0


# -------------------------------------------------------------------------------------------------- hidden numbers
def test_g11_each_submission_has_hidden_cases_of_its_own():
    task = find("neuron_step")
    seeds = {questions.seeds_for(task, salt, handed_in) for salt in (5, 6) for handed_in in ("ada", "bob")}
    assert len(seeds) == 4
    assert {practice for practice, _ in seeds} == {1}
    assert questions.seeds_for(task, 5, "ada") == questions.seeds_for(task, 5, "ada")
    assert questions.seeds_for(task, 5, "ada")[1] != questions.seeds_for(find("run_neuron"), 5, "ada")[1]


def test_g11_models_of_a_class_are_measured_on_the_same_inputs():
    task = find(NAMES[0])
    assert (
        questions.seeds_for(task, 5, "ada") == questions.seeds_for(task, 5, "bob") != questions.seeds_for(task, 6, "")
    )


def numbers_of(value):
    """Every number in a case, as it might be printed."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return set().union(*map(numbers_of, value))
    if callable(value) or isinstance(value, str):
        return set()
    return {f"{number:.{digits}g}" for number in np.ravel(value).astype(float) for digits in (3, 4, 6)}


def right_only_for_practice(exercise, otherwise):
    """A table of the practice cases: what somebody hands in who has seen them."""
    seen = {cloudpickle.dumps(list(case.values())) for case in exercise.make_cases(1)}

    def answer(*arguments):
        known = cloudpickle.dumps(list(arguments)) in seen
        return exercise.reference(*arguments) if known else otherwise(*arguments)

    return answer


def raises_its_arguments(*arguments):
    raise ValueError(f"{arguments}")


@pytest.mark.parametrize("name", ["neuron_step", "rnn_step", "parameter_count", "lengths_from_tokens", "cross_entropy"])
@pytest.mark.parametrize(
    "otherwise", [lambda *a: 0.123, lambda *a: a[0], lambda *a: np.nan, lambda *a: print(a), raises_its_arguments],
    ids=["constant", "argument", "nan", "nothing", "raises"],
)  # fmt: skip
def test_g11_what_is_said_of_a_hidden_case_shows_no_number_of_it(name, otherwise):
    exercise = find(name)
    judged = answering(right_only_for_practice(exercise, otherwise), name)
    cases = exercise.make_cases(7)[: exercise.case_count]
    hidden = numbers_of(cases) | numbers_of([exercise.reference(*case.values()) for case in cases])
    of_shapes = r"\([\d, ]*\)|line \d+|It has .* instead of \d+\.|Look at .*"
    words = set(re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", re.sub(of_shapes, "", judged.verdict.advice)))
    assert judged.verdict.share == 0
    assert "that check does not try" in judged.verdict.advice
    assert not words & hidden
    assert "7" not in words


def test_a_remote_model_answers_as_the_model_does():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(4), keras.layers.Dense(2)])
    inputs = np.random.default_rng(1).normal(size=(5, 7, 3)).astype("float32")
    send = sender({"model": model})
    weights = [questions.RemoteWeight(w["path"], questions.unpacked(w)) for w in send(AskModel("model"))["weights"]]
    remote = questions.RemoteModel("model", weights, send)
    np.testing.assert_allclose(remote.predict(inputs), model.predict(inputs, verbose=0), atol=1e-6)
    np.testing.assert_allclose(remote(inputs, training=False), model(inputs, training=False), atol=1e-6)
    assert remote.count_params() == model.count_params()
    assert [w.path for w in remote.weights] == [w.path for w in model.weights]
    for got, expected in zip(remote.weights, model.weights, strict=True):
        np.testing.assert_array_equal(got.numpy(), expected.numpy())
        assert (got.ndim, got.shape) == (expected.ndim, expected.shape)


def test_g1_a_sign_of_ours_that_fails_leaves_a_good_model_ungraded_and_a_failing_model_wrong(monkeypatch):
    """What a run does with the error is in test_runs: the exercise has no grade, and is named."""
    sign = Symptom("spoils it", lambda model, seed: [][len(model.predict([seed]))], "Never said.", always=True)
    task = dataclasses.replace(find(NAMES[0]), score=lambda model, seed: 1.0, bar=0.5, higher_is_better=True)
    task = dataclasses.replace(task, mistakes=(sign,), refuses=lambda model: "")

    def send(question, problem=None):
        if isinstance(question, AskModel):
            return {"weights": [], "withheld": 0}
        if problem:
            raise questions.LearnersError(problem)
        return {"array": asked.packed(np.ones(0, np.float32))}

    with pytest.raises(RuntimeError, match="it is open whether “spoils it” holds"):
        questions.ask_and_judge(task, (1,), send)
    judged = questions.ask_and_judge(task, (1,), lambda question: send(question, "ValueError: only even batches"))
    assert judged.verdict.status is Status.WRONG
    assert "only even batches" in judged.verdict.advice


@pytest.mark.parametrize("name", NAMES)
def test_nothing_trained_is_not_attempted(name):
    for namespace in ({}, {name: None}, {name: ...}):
        judged = questions.ask_and_judge(find(name), (1, 2), sender(namespace))
        assert judged.verdict.status is Status.NOT_ATTEMPTED


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_the_wrong_shape_is_wrong_and_says_why(name):
    wrong = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    judged = questions.ask_and_judge(find(name), (1,), sender({name: wrong}))
    assert judged.verdict.status is Status.WRONG
    assert "could not be tried on new inputs" in judged.verdict.advice or "The bar is" in judged.verdict.advice
    assert not judged.look


def judged_from(exercise, function):
    """The verdict on a function on the learner's side, and what was asked of it."""
    seen = []

    def send(question):
        seen.append(question)
        return {**question.answer_from({exercise.name: function}), "withheld": 0}

    return questions.ask_and_judge(exercise, (1, 3), send).verdict, seen[0]


def test_a_design_is_put_to_work_by_the_grader_and_the_learner_never_sees_on_what():
    verdict, question = judged_from(ECHO, echo)
    assert verdict.status is Status.RIGHT, verdict.advice
    assert all(list(case) == ["delay"] for case in question.cases)
    assert (question.call.how, question.call.parts) == (call_with_case, ECHO.call.pieces)
    carried = questions.encode(question)
    assert ECHO.call.run.__code__.co_code not in carried
    assert judged_from(ECHO, lambda delay: echo(delay + 1))[0].mistake == "one step late"


def test_a_design_that_cannot_work_is_the_learners_and_no_fault_of_ours():
    for pieces in ((np.ones((1, 4)), np.eye(4), np.ones(2)), (np.ones(3), 7, np.zeros((0, 0)))):
        verdict, _ = judged_from(ECHO, lambda delay, pieces=pieces: pieces)
        assert (verdict.status, verdict.share) == (Status.WRONG, 0)
        assert "cannot be put to work" in verdict.advice


def test_a_function_as_it_was_given_is_not_attempted():
    verdict, _ = judged_from(MISTAKEN, lambda x, h, w, u, b: np.tanh(x @ w + h @ u))
    assert (verdict.status, verdict.share, verdict.mistake) == (Status.NOT_ATTEMPTED, 0, None)
    assert judged_from(MISTAKEN, rnncourse.rnn_step)[0].status is Status.RIGHT
