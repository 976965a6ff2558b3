"""Models that learners might train, from the notebooks alone: what ``check`` has to say to each of them.

A mistake that shows in the layers, or after a few steps, is looked for in every run: the code is then changed so that
it trains less, or not at all. The whole training of each, up to half a minute, is left to ``make test-long``.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate, verdict
from rnncourse.datasets.chorales import KEPT_APART, STREAM_TOKENS, to_stream
from rnncourse.exercises import CHAPTERS, Training, find

ANSWERS = json.loads(Path(__file__).with_name("answers_of_learners.json").read_text(encoding="utf-8"))
SOON = [answer for answer in ANSWERS if "sooner" in answer]


def of_digits(name, count):
    """The digits, under the name that they have in a chapter."""
    train, validation, _ = rnncourse.load_mnist(train=count)
    few = type(validation)(*(part[:500] for part in validation))
    return {"validation": few, name: train}


def of_chorales():
    chorales = rnncourse.load_chorales(66)
    known = [song for place, song in enumerate(chorales) if place not in KEPT_APART]
    known_stream = np.concatenate([to_stream(song) for song in known])
    return {"known": known, "known_stream": known_stream, "to_stream": to_stream, "STREAM_TOKENS": STREAM_TOKENS}


def of_docs():
    return rnncourse.load_docs_words()._asdict()


def of_phrases():
    pairs = rnncourse.make_phrases().train
    return {
        name: rnncourse.build_vocabulary([pair[n] for pair in pairs]) for n, name in enumerate(("english", "french"))
    }


#: Exercise -> what the cells above it have made.
ABOVE = {
    "digit_reader": functools.partial(of_digits, "train", 55_000),
    "chorale_writer": of_chorales,
    "switch_tagger": lambda: {"switches": rnncourse.make_switch(3000, 40, seed=1)},
    "long_memory": dict,
    "small_reader": functools.partial(of_digits, "train", 10_000),
    "word_vectors": of_docs,
    "into_english": of_phrases,
}


def without_training(*arguments, **options):
    """In place of ``fit``, where the mistake stands in the layers."""


def run(answer, code):
    """What a cell with the code defines, below those of its chapter."""
    space = {
        "np": np,
        "keras": keras,
        "rnncourse": rnncourse,
        "without_training": without_training,
        **ABOVE[answer["exercise"]](),
    }
    exec(compile(code, answer["what"], "exec"), space)
    return space


def expect_what_is_so(answer, code):
    found = verdict(answer["exercise"], run(answer, code))
    assert found.status is Status.WRONG
    assert found.mistake == answer.get("mistake"), found.advice
    assert answer["says"] in found.advice


named = pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer['exercise']}: {answer['what']}")
soon = pytest.mark.parametrize("answer", SOON, ids=lambda answer: f"{answer['exercise']}: {answer['what']}")


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")  # keras sees that mistake too
@named
def test_a_trained_answer_is_told_what_is_so(answer):
    expect_what_is_so(answer, answer["code"])


@soon
def test_it_is_told_so_soon(answer):
    code = answer["code"]
    for old, new in answer["sooner"]:
        assert old in code
        code = code.replace(old, new)
    expect_what_is_so(answer, code)


# -------------------------------------------------------------------------------------- readers that learnt in one step
def reads_changed(change):
    """A deep network of random weights whose last layer is fitted by least squares to changed digits."""
    rng = np.random.default_rng(1)
    model = rnncourse.deep_classifier([60, 40], unroll=False)
    for layer in model.layers[:-1]:
        layer.set_weights([rng.normal(size=w.shape) / np.sqrt(max(w.shape[0], 1)) for w in layer.get_weights()])
    train, _, _ = rnncourse.load_mnist(train=4_000)
    below = keras.Model(model.inputs, model.layers[-2].output)
    states = np.asarray(below.predict(change(train.images), batch_size=1_000, verbose=0))
    fitted, *_ = np.linalg.lstsq(np.c_[states, np.ones(len(states))], 10 * np.eye(10)[train.labels], rcond=None)
    model.layers[-1].set_weights([fitted[:-1], fitted[-1]])
    return model


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("columns instead of rows", lambda images: images.transpose(0, 2, 1)),
        pytest.param("mirrored", lambda images: images[:, :, ::-1], marks=pytest.mark.long),
    ],
)
def test_a_reader_of_changed_digits_is_told_how_they_were_changed(name, change):
    found = evaluate(find("small_reader"), reads_changed(change), PRACTICE_SEED)
    answer = next(one for one in ANSWERS if one["exercise"] == "small_reader" and one.get("mistake") == name)
    assert found.mistake == name, found.advice
    assert answer["says"] in found.advice


def test_each_exercise_that_asks_for_a_model_has_an_answer_in_every_run():
    asked = {task.name for tasks in CHAPTERS.values() for task in tasks if isinstance(task, Training)}
    assert {answer["exercise"] for answer in SOON} >= asked & set(ABOVE)
    assert {answer["exercise"] for answer in ANSWERS} <= set(ABOVE)
