"""A trained model as the grader sees it, through the sandbox's side and back, without a kernel between them."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from rnncourse.checking.verdicts import Status
from rnncourse.exercises import CHAPTERS, Training, find
from rnncourse.grading import questions
from rnncourse.grading.sandbox.asked import AskModel

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
