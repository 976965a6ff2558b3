"""A worker's answer is believed as far as it fits the question; a lie is refused, and the words say which it is."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pytest

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.grading.runs import Result, not_run, ungraded
from rnncourse.grading.submissions import Submission
from rnncourse.grading.worker_answers import LARGEST_ANSWER, CannotGradeError, LieError, decode, encode, refusal
from rnncourse.notebooks.files import OWN_TEST, TEST_SUFFIX, Cell

from hostile.making import CHAPTER

NAMES = [exercise.name for exercise in CHAPTERS[CHAPTER]]
CELLS = tuple(Cell("code", "", mark) for name in NAMES for mark in (name, name + TEST_SUFFIX))
ADA = Submission("ada", CHAPTER, CELLS, fingerprint="f1")
PRINTED = {"output_type": "stream", "name": "stdout", "text": "größe \ud800"}


def result() -> Result:
    verdicts = [Verdict(name, Status.RIGHT, share=1.0) for name in NAMES]
    cells = [Cell(c.kind, c.source, c.mark, outputs=(PRINTED,)) for c in CELLS]
    return Result("ada", CHAPTER, "f1", verdicts, cells, look=["Look: ü"], seconds=1.5, memory=300)


def test_an_honest_answer_arrives_whole():
    found = decode(encode(result()), ADA)
    assert found.verdicts == result().verdicts
    assert found.cells[0].outputs[0]["text"] == "größe ?"
    assert (found.look, found.seconds, found.memory) == (["Look: ü"], 1.5, 300)
    assert decode(encode(ungraded(ADA, "No kernel.")), ADA).fault == "No kernel."


def spoilt(**changes) -> bytes:
    return json.dumps({**result().to_dict(), **changes}).encode()


def with_verdict(**changes) -> bytes:
    first, *others = result().to_dict()["verdicts"]
    return spoilt(verdicts=[{**first, **changes}, *others])


def with_cell(**changes) -> bytes:
    first, *others = result().to_dict()["cells"]
    return spoilt(cells=[{**first, **changes}, *others])


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


LIES = {
    "another student": (spoilt(student="bob"), "Its student is 'bob', asked for was 'ada'"),
    "a path": (spoilt(student="../../etc"), "Its student is"),
    "another chapter": (spoilt(chapter="02_kinds_of_rnn"), "Its chapter is"),
    "an older submission": (spoilt(fingerprint="f0"), "Its fingerprint is"),
    "10 000 000 of 10": (with_verdict(share=1e6), "expected 0 to 1"),
    "less than nothing": (with_verdict(share=-0.1), "expected 0 to 1"),
    "no number": (with_verdict(share=float("nan")), "expected 0 to 1"),
    "a truth for a number": (with_verdict(share=True), "expected 0 to 1"),
    "a word for a number": (with_verdict(share="1"), "expected 0 to 1"),
    "an unknown exercise": (with_verdict(exercise="extra"), "Its list of exercises is"),
    "an exercise twice": (with_verdict(exercise=NAMES[1]), "Its list of exercises is"),
    "no exercise": (spoilt(verdicts=[]), "Its list of exercises is"),
    "a fault and points": (spoilt(fault="None, really."), "Its list of exercises is"),
    "an unknown state": (with_verdict(status="excellent"), "It is no result"),
    "advice without end": (with_verdict(advice="x" * 200_000), "advice on neuron_step is no text"),
    "another's cells": (with_cell(source="steal()"), "Its cell 1 is"),
    "fewer cells": (spoilt(cells=result().to_dict()["cells"][1:]), "Its number of cells is"),
    "an output that is none": (with_cell(outputs=[{"output_type": "update"}]), "an output that is none of a notebook"),
    "outputs that are none": (with_cell(outputs=["text"]), "an output that is none of a notebook"),
    "numbers for words": (spoilt(look=[1]), "Its look are no list of texts"),
    "words for numbers": (spoilt(seconds="1"), "Its seconds is no number"),
    "more than there is": (spoilt(extra=1), "It is no result"),
    "less than there is": (b'{"student": "ada"}', "It is no result"),
    "a list": (b"[]", "It is a list, expected an object"),
    "no JSON": (b"\x80\x04K\x01.", "It is no JSON"),
    "lists in lists": (b"[" * 200_000, "It is no JSON"),
    "a pickle": (pickle.dumps(Bomb()), "It is no JSON"),
    "an object": (Bomb(), "It is of type Bomb, expected bytes"),
    "too much": (b" " * (LARGEST_ANSWER + 1), f"expected at most {LARGEST_ANSWER}"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_worker_is_not_believed(lie):
    answer, words = LIES[lie]
    with pytest.raises(LieError) as told:
        decode(answer, ADA)
    assert words in str(told.value)
    assert len(str(told.value)) < 1000


def test_a_worker_that_cannot_grade_says_why():
    with pytest.raises(CannotGradeError, match=r"^No bubblewrap here\.$"):
        decode(refusal("No bubblewrap here."), ADA)


# ------------------------------------------------------------------------------------------- the instructor's own cells
OWN = Submission(
    "ada", CHAPTER, (Cell("code", "1.5", "mine", own=OWN_TEST), *CELLS[2:]), fingerprint="f1",
    worth=dict.fromkeys(NAMES[1:], 2.0), own_worth={"mine": 3.0, "essay": 5.0},
)  # fmt: skip
VALUE = {"output_type": "execute_result", "data": {"text/plain": "1.5"}, "metadata": {}, "execution_count": 1}
FAILED = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


def own_answer(own: object, *outputs: dict) -> bytes:
    verdicts = [Verdict(name, Status.RIGHT, share=1.0) for name in NAMES[1:]]
    cells = [replace(cell, outputs=outputs if cell.own else ()) for cell in OWN.cells]
    return encode(Result("ada", CHAPTER, "f1", verdicts, cells, worth={"x": 9.0}, own=own))


def test_g10_points_of_own_tests_arrive_and_what_they_are_worth_is_as_it_was_asked():
    found = decode(own_answer({"mine": 1.5}, PRINTED, VALUE), OWN)
    assert (found.worth, found.own_worth, found.own) == (OWN.worth, OWN.own_worth, {"mine": 1.5})
    assert [output["output_type"] for output in found.cells[0].outputs] == ["stream", "stream", "execute_result"]
    assert decode(own_answer({"mine": 3.0}, FAILED, VALUE), OWN).own == {"mine": 0.0}
    assert decode(encode(not_run(OWN, "It was empty.")), OWN).own == {}


@pytest.mark.parametrize("own", [{}, {"mine": 4.0}, {"mine": -1.0}, {"mine": "3"}, {"mine": 1.0, "essay": 5.0}, None])
def test_g10_points_of_own_tests_that_do_not_fit_are_a_lie(own):
    with pytest.raises(LieError):
        decode(own_answer(own, VALUE), OWN)
