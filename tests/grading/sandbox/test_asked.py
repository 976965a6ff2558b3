"""Answers as plain data, on their way home."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnncourse.exercises.definitions import Call
from rnncourse.grading import questions
from rnncourse.grading.sandbox import asked
from rnncourse.grading.sandbox.asked import AskFunction, AskModel, AskPrediction, AskVariable

from answers import unwritten


def test_arrays_come_home_as_they_were():
    for array in (np.float64(3.5), np.zeros((0, 3)), np.array([[1, 2]], dtype=">i4"), np.array([True, False])):
        got = questions.unpacked(asked.packed(np.asarray(array)))
        np.testing.assert_array_equal(got, array)
        assert got.shape == np.shape(array)


# -------------------------------------------------------------------------------------------------- answers of each
def test_a_function_is_called_with_each_case_until_it_is_of_no_use():
    ask = AskFunction("slow", Call("slow"), tuple({"x": x} for x in (1.5, 2.5)))
    assert ask.seconds == 2 * ask.call.seconds
    (first, second) = ask.answer_from({"slow": lambda x: x + 1})["outcomes"]
    assert (first["ending"], questions.unpacked(first["values"][0])) == ("returned", 2.5)
    assert questions.unpacked(second["values"][0]) == 3.5
    assert ask.answer_from({}) == {"absent": True}
    assert ask.answer_from({"slow": 3}) == {"not callable": "int"}
    assert len(ask.answer_from({"slow": lambda x: unwritten(x, 0, 0, 0, 0)})["outcomes"]) == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (3, 3), (True, True), (None, None), (np.float32(0.5), 0.5), ((1, (2,)), [1, [2]]), (..., {"ellipsis": True}),
        ("word" * 1000, ("word" * 1000)[:2000]), ({"a": (1,)}, {"dictionary": [["a", [1]]]}),
        (object(), {"other": "object"}),
    ],
)  # fmt: skip
def test_a_variable_is_sent_as_plain_data(value, told):
    found = AskVariable("x").answer_from({"x": value})
    assert found == {"value": told}
    json.dumps(found)
    assert AskVariable("x").answer_from({}) == {"absent": True}


def test_a_value_without_end_is_cut():
    deep: list = []
    for _ in range(100):
        deep = [deep]
    assert "deeply nested value" in json.dumps(AskVariable("x").answer_from({"x": deep}))
    assert len(AskVariable("x").answer_from({"x": list(range(10_000))})["value"]) == 100


def test_only_numbers_are_packed():
    for wrong in (np.array(["a"]), np.array([1j]), np.array([object()])):
        with pytest.raises(TypeError, match="expected numbers"):
            asked.packed(wrong)


class Doubles:
    """A model that is easily predicted."""

    weights = ()

    def predict(self, inputs, batch_size, verbose):
        return 2 * inputs + batch_size

    def __call__(self, inputs, training):
        return 2 * inputs


def test_a_model_is_called_or_predicts_in_batches():
    names, inputs = {"model": Doubles()}, np.array([1.0, 2.0])
    called = AskPrediction("model", inputs).answer_from(names)["array"]
    np.testing.assert_array_equal(questions.unpacked(called), [2.0, 4.0])
    predicted = AskPrediction("model", inputs, 10).answer_from(names)["array"]
    np.testing.assert_array_equal(questions.unpacked(predicted), [12.0, 14.0])
    assert AskModel("model").answer_from(names) == {"weights": []}
    assert AskModel("model").answer_from({}) == AskModel("model").answer_from({"model": None}) == {"absent": True}
