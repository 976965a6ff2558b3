"""The exercise of the small reader: real training clears the bar, broken or oversized models do not and are named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import find, gru, symptoms

from exercises.trainings import mostly_long

DIGITS, EPOCHS, BATCH, UNITS = 10_000, 4, 50, 43
HIDDEN_SEED = 99


def train_reader(seed, digits=DIGITS, epochs=EPOCHS, change=lambda images: images, labels=None, units=UNITS):
    """The recipe of the chapter's exercise."""
    keras.utils.set_random_seed(seed)
    train, _, _ = rnncourse.load_mnist(train=digits)
    model = rnncourse.deep_classifier([units], cell="gru")
    optimizer = rnncourse.recipe_optimizer(epochs * digits // BATCH, 5e-3)
    labels = train.labels if labels is None else labels(train.labels)
    rnncourse.fit(model, change(train.images), labels, epochs=epochs, optimizer=optimizer, batch_size=BATCH)
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed):
    model = train_reader(training_seed)
    assert model.count_params() <= gru.MOST_PARAMETERS
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("small_reader"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


BROKEN = {
    "too many parameters": {"digits": 1_000, "epochs": 1, "units": 60},
    "labels shuffled": {"digits": 2_000, "epochs": 2, "labels": np.random.default_rng(0).permutation},
    "time reversed": {"digits": 6_000, "change": lambda images: images[:, ::-1]},
    "columns instead of rows": {"digits": 6_000, "change": lambda images: images.transpose(0, 2, 1)},
}


@pytest.mark.parametrize("name", mostly_long(BROKEN, "too many parameters"))
def test_a_broken_training_misses_the_bar_and_is_named(name):
    model = train_reader(1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("small_reader"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at least 0.935" in verdict.advice


def test_one_number_for_the_digit_is_told_the_shape_that_is_wanted():
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.GRU(4), keras.layers.Dense(1)])
    advice = evaluate(find("small_reader"), model, PRACTICE_SEED).advice
    assert "It gives outputs of shape (3000, 1), expected (3000, 10): a logit for each of the ten digits." in advice


def test_every_symptom_is_tested_here_or_with_symptoms():
    assert set(BROKEN) <= {symptom.name for symptom in gru.small_reader.mistakes}
    assert gru.small_reader.mistakes[1:] == symptoms.DIGITS
