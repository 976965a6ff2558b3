"""Answers that learners might write, from the notebooks alone: what ``check`` has to say to each of them.

Trained models have tests of their own, in ``tests/exercises/trained``.
"""

from __future__ import annotations

import json
import linecache
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.checking.check import Status, verdict

ANSWERS = json.loads(Path(__file__).with_name("answers_of_learners.json").read_text(encoding="utf-8"))


def written(code, cell):
    """The names that a cell of a notebook defines; its lines can be shown, as those of a notebook can."""
    space = {"np": np, "tf": tf, "keras": keras, "rnncourse": rnncourse}
    linecache.cache[cell] = (len(code), None, code.splitlines(keepends=True), cell)
    exec(compile(code, cell, "exec"), space)
    return space


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer['exercise']}: {answer['what']}")
def test_an_answer_is_told_what_is_so(answer):
    found = verdict(answer["exercise"], written(answer["code"], f"<answer {ANSWERS.index(answer)}>"))
    assert (found.status is Status.RIGHT) is answer.get("right", False)
    assert found.mistake == answer.get("mistake")
    assert answer.get("says", "") in found.advice
