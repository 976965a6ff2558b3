"""The exercise of the trained writer of chorales: real training clears the bar, broken training does not, by name."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.datasets.chorales import VOCABULARY, to_tokens
from rnncourse.exercises import find, generating

from exercises.trainings import mostly_long

HIDDEN_SEED = 99
PIECE, BATCH, UNITS = 64, 8, 64


@pytest.fixture(scope="module")
def learn():
    """The notes of the chorales from which the chapter learns, one after the other."""
    chorales = rnncourse.load_chorales(54)
    return np.concatenate([rnncourse.interleave(to_tokens(chorale)) for chorale in chorales])


def train_writer(
    notes, seed, change=lambda inputs, targets: (inputs, targets), frozen=False, epochs=6, peak=1e-2, make=None
):
    """The recipe of the chapter with half of its units."""
    keras.utils.set_random_seed(seed)
    model = make() if make else rnncourse.token_model(len(VOCABULARY), UNITS)
    if frozen:
        model.get_layer("reader").cell.recurrent_kernel.trainable = False
    inputs, targets = change(*rnncourse.cut_windows(notes, PIECE))
    optimizer = rnncourse.recipe_optimizer(epochs * -(-len(inputs) // BATCH), peak=peak)
    rnncourse.fit(model, inputs, targets, epochs=epochs, batch_size=BATCH, metrics=(), optimizer=optimizer)
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed, learn):
    model = train_writer(learn, training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("chorale_writer"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


def reader_with(activation):
    words = keras.layers.Embedding(len(VOCABULARY), 32)
    reader, head = keras.layers.GRU(UNITS, return_sequences=True), keras.layers.Dense(len(VOCABULARY), activation)
    return keras.Sequential([keras.Input((None,), dtype="int32"), words, reader, head])


def alone():
    """Every note by itself."""
    words, head = keras.layers.Embedding(len(VOCABULARY), 32), keras.layers.Dense(len(VOCABULARY))
    return keras.Sequential([keras.Input((None,), dtype="int32"), words, head])


BROKEN = {
    "recurrent weights frozen": {"frozen": True},
    "targets shuffled": {"change": lambda x, y: (x, np.random.default_rng(0).permutation(y)), "epochs": 3},
    "time reversed": {"change": lambda x, y: (y[:, ::-1], x[:, ::-1]), "epochs": 4},
    "targets not shifted": {"change": lambda x, y: (x, x), "epochs": 2},
    "targets two notes ahead": {"change": lambda x, y: (x[:, :-1], y[:, 1:])},
    "hardly trained": {"epochs": 1, "peak": 1e-4},
    "not enough training": {"epochs": 1},
    "softmax in the last layer": {"epochs": 2, "make": lambda: reader_with("softmax")},
    "sigmoid in the last layer": {"epochs": 1, "make": lambda: reader_with("sigmoid")},
    "no memory": {"epochs": 1, "make": lambda: alone()},
}


@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")  # which is the mistake
@pytest.mark.parametrize("name", mostly_long(BROKEN, "targets not shifted"))
def test_a_broken_training_misses_the_bar_and_is_named(name, learn):
    model = train_writer(learn, 1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("chorale_writer"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at most 2.3" in verdict.advice


@pytest.mark.long
def test_pieces_whose_inputs_alone_are_turned_around_are_named_too(learn):
    model = train_writer(learn, 2, lambda x, y: (x[:, ::-1], y), epochs=4)
    assert evaluate(find("chorale_writer"), model, PRACTICE_SEED).mistake == "time reversed"


def test_an_untrained_model_is_told_so():
    verdict = evaluate(find("chorale_writer"), rnncourse.token_model(len(VOCABULARY), 8), PRACTICE_SEED)
    assert verdict.mistake == "recurrent weights frozen"
    assert "it has not been trained" in verdict.advice


def test_a_model_of_another_vocabulary_is_told_its_shape():
    verdict = evaluate(find("chorale_writer"), rnncourse.token_model(len(VOCABULARY) + 1, 8), PRACTICE_SEED)
    assert verdict.status is Status.WRONG
    assert "expected" in verdict.advice
    assert f"{len(VOCABULARY) + 1})" in verdict.advice


def test_the_voices_one_after_the_other_are_named():
    voices = np.concatenate([to_tokens(chorale).T.reshape(-1) for chorale in rnncourse.load_chorales(54)])
    assert evaluate(find("chorale_writer"), train_writer(voices, 1), PRACTICE_SEED).mistake == "voice after voice"


#: Signs that ``tests/exercises/test_symptoms.py`` tries.
_ELSEWHERE = {
    "outputs not finite",
    "sees the future",
    "tanh in the last layer",
    "rectifier in the last layer",
    "learning rate too large",
}


def test_every_symptom_is_tested_here_or_with_symptoms():
    assert {*BROKEN, *_ELSEWHERE, "voice after voice"} == {s.name for s in generating.chorale_writer.mistakes}


def test_check_and_grading_look_at_different_chorales_that_training_does_not_see(learn):
    practice, graded = (generating._held_out(seed)[0] for seed in (PRACTICE_SEED, HIDDEN_SEED))
    rows = lambda notes: {row.tobytes() for row in notes}  # noqa: E731
    assert min(len(practice), len(graded)) >= 10
    assert not rows(practice) & rows(graded)
    assert not rows(np.concatenate([practice, graded])) & rows(np.lib.stride_tricks.sliding_window_view(learn, PIECE))
