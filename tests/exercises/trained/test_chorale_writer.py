"""The exercise of the trained writer of chorales: real training clears the bar, broken training does not, by name."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.datasets.chorales import VOCABULARY, to_tokens
from rnncourse.exercises import find, generating

HIDDEN_SEED = 99
PIECE, BATCH, UNITS = 64, 8, 64


@pytest.fixture(scope="module")
def learn():
    """The notes of the chorales from which the chapter learns, one after the other."""
    chorales = rnncourse.load_chorales(54)
    return np.concatenate([rnncourse.interleave(to_tokens(chorale)) for chorale in chorales])


def train_writer(notes, seed, change=lambda inputs, targets: (inputs, targets), frozen=False, epochs=6):
    """The recipe of the chapter with half of its units."""
    keras.utils.set_random_seed(seed)
    model = rnncourse.token_model(len(VOCABULARY), UNITS)
    if frozen:
        model.get_layer("reader").cell.recurrent_kernel.trainable = False
    inputs, targets = change(*rnncourse.cut_windows(notes, PIECE))
    optimizer = rnncourse.recipe_optimizer(epochs * -(-len(inputs) // BATCH), peak=1e-2)
    rnncourse.fit(model, inputs, targets, epochs=epochs, batch_size=BATCH, metrics=(), optimizer=optimizer)
    return model


def test_the_recipe_clears_the_bar(training_seed, learn):
    model = train_writer(learn, training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("chorale_writer"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


BROKEN = {
    "recurrent weights frozen": {"frozen": True},
    "targets shuffled": {"change": lambda x, y: (x, np.random.default_rng(0).permutation(y)), "epochs": 3},
    "time reversed": {"change": lambda x, y: (y[:, ::-1], x[:, ::-1]), "epochs": 4},
    "targets not shifted": {"change": lambda x, y: (x, x), "epochs": 2},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_training_misses_the_bar_and_is_named(name, learn):
    model = train_writer(learn, 1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("chorale_writer"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at most 2.3" in verdict.advice


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


def test_every_symptom_is_tested_here():
    assert set(BROKEN) == {symptom.name for symptom in generating.chorale_writer.mistakes}


def test_check_and_grading_look_at_different_chorales_that_training_does_not_see(learn):
    practice, graded = (generating._held_out(seed)[0] for seed in (PRACTICE_SEED, HIDDEN_SEED))
    rows = lambda notes: {row.tobytes() for row in notes}  # noqa: E731
    assert min(len(practice), len(graded)) >= 10
    assert not rows(practice) & rows(graded)
    assert not rows(np.concatenate([practice, graded])) & rows(np.lib.stride_tricks.sliding_window_view(learn, PIECE))
