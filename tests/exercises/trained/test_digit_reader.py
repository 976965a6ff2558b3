"""The exercise of the trained reader of digits: real training clears the bar, broken training does not and is named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import find, symptoms, training_a_classifier

from exercises.trainings import mostly_long

DIGITS, EPOCHS, BATCH = 20_000, 3, 100
HIDDEN_SEED = 99


def train_reader(
    seed, digits=DIGITS, epochs=EPOCHS, change=lambda images: images, labels=None, frozen=False, peak=2e-3
):
    """The recipe of the chapter on part of the digits."""
    keras.utils.set_random_seed(seed)
    train, _, _ = rnncourse.load_mnist(train=digits)
    model = rnncourse.mnist_classifier()
    if frozen:
        model.get_layer("reader").cell.recurrent_kernel.trainable = False
    optimizer = rnncourse.recipe_optimizer(epochs * digits // BATCH, peak)
    labels = train.labels if labels is None else labels(train.labels)
    rnncourse.fit(model, change(train.images), labels, epochs=epochs, optimizer=optimizer, batch_size=BATCH)
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed):
    model = train_reader(training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("digit_reader"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


BROKEN = {
    "recurrent weights frozen": {"frozen": True},
    "labels shuffled": {"digits": 5_000, "labels": np.random.default_rng(0).permutation},
    "time reversed": {"digits": 8_000, "epochs": 4, "change": lambda images: images[:, ::-1]},
    "columns instead of rows": {"digits": 8_000, "epochs": 4, "change": lambda images: images.transpose(0, 2, 1)},
    "pixels not scaled": {"digits": 8_000, "change": lambda images: 255 * images},
    "pixels scaled twice": {"digits": 15_000, "epochs": 1, "change": lambda images: images / 255},
    "labels of other digits": {"digits": 5_000, "labels": lambda labels: (labels + 1) % 10},
    "hardly trained": {"digits": 5_000, "epochs": 1, "peak": 3e-5},
    "learning rate too large": {"digits": 5_000, "epochs": 1, "peak": 0.5},
}


@pytest.mark.parametrize("name", mostly_long(BROKEN, "hardly trained"))
def test_a_broken_training_misses_the_bar_and_is_named(name):
    model = train_reader(1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("digit_reader"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at least 0.95" in verdict.advice


def test_an_untrained_model_is_told_so():
    verdict = evaluate(find("digit_reader"), rnncourse.mnist_classifier(), PRACTICE_SEED)
    assert verdict.mistake == "recurrent weights frozen"
    assert "it has not been trained" in verdict.advice


def test_every_symptom_is_tested_here_or_with_symptoms():
    """The others are the same for all readers of digits: ``tests/exercises/test_symptoms.py``."""
    assert set(BROKEN) <= {symptom.name for symptom in training_a_classifier.digit_reader.mistakes}
    assert training_a_classifier.digit_reader.mistakes == symptoms.DIGITS
