"""What is asked, what comes home, and what is refused, without a kernel between the two sides."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from rnncourse.checking.verdicts import Status
from rnncourse.exercises import CHAPTERS, Exercise, Training, find
from rnncourse.grading import questions
from rnncourse.grading.questions import AnswerError
from rnncourse.grading.sandbox import asked
from rnncourse.grading.sandbox.asked import AskFunction, AskModel

EXERCISES = [exercise for exercises in CHAPTERS.values() for exercise in exercises]


FUNCTIONS = [exercise for exercise in EXERCISES if isinstance(exercise, Exercise)]


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_a_question_carries_neither_the_truth_nor_the_mistakes(exercise):
    carried = questions.encode(AskFunction(exercise.name, exercise.as_call(), tuple(exercise.make_cases(3))))
    functions = [exercise.reference, *(mistake.function for mistake in exercise.mistakes)]
    codes = [f.__code__.co_code for f in functions if hasattr(f, "__code__") and len(f.__code__.co_code) > 24]
    assert codes
    assert not any(code in carried for code in codes)


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
    for published in ([], ["nonsense"], ['{"token": "b"}'], ["[" * 100_000], ['{"token": "a", "answer": 3}']):
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
        import cloudpickle

        given = cloudpickle.loads(questions.encode(asked))
        try:
            found = given.answer_from(namespace)
        except Exception as error:
            found = {"problem": f"{type(error).__name__}: {error}"}
        line = json.dumps({"token": "t", "answer": {**found, "withheld": 0}})
        return questions.decode([line], "t")

    return send


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
