"""The exercise of the deep reader of digits: real training clears the bar, broken training does not and is named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import deep_rnns, find, symptoms

from exercises.trainings import mostly_long

DIGITS, EPOCHS, BATCH = 10_000, 4, 50
HIDDEN_SEED = 99


def train_reader(seed, digits=DIGITS, epochs=EPOCHS, change=lambda images: images, labels=None, frozen=False):
    """The recipe of the chapter's exercise."""
    keras.utils.set_random_seed(seed)
    train, _, _ = rnncourse.load_mnist(train=digits)
    model = rnncourse.deep_classifier([80, 80], dropout=0.1)
    for number in (1, 2) if frozen else ():
        model.get_layer(f"layer_{number}").cell.recurrent_kernel.trainable = False
    optimizer = rnncourse.recipe_optimizer(epochs * digits // BATCH)
    labels = train.labels if labels is None else labels(train.labels)
    rnncourse.fit(model, change(train.images), labels, epochs=epochs, optimizer=optimizer, batch_size=BATCH)
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed):
    model = train_reader(training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("deep_reader"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


BROKEN = {
    "recurrent weights frozen": {"frozen": True},
    "labels shuffled": {"digits": 2_000, "labels": np.random.default_rng(0).permutation},
    "time reversed": {"digits": 6_000, "change": lambda images: images[:, ::-1]},
    "mirrored": {"digits": 4_000, "epochs": 3, "change": lambda images: images[:, :, ::-1]},
    "columns instead of rows": {"digits": 4_000, "epochs": 3, "change": lambda images: images.transpose(0, 2, 1)},
    "not enough training": {"digits": 400, "epochs": 10},
}


@pytest.mark.parametrize("name", mostly_long(BROKEN, "too few digits"))
def test_a_broken_training_misses_the_bar_and_is_named(name):
    model = train_reader(1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("deep_reader"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at least 0.92" in verdict.advice


def test_an_untrained_model_is_told_so():
    verdict = evaluate(find("deep_reader"), rnncourse.deep_classifier([9, 8], unroll=False), PRACTICE_SEED)
    assert verdict.mistake == "recurrent weights frozen"
    assert "has not been trained" in verdict.advice


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (lambda: rnncourse.mnist_classifier(7), "1 recurrent layer,"),
        (lambda: keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()]), "0 recurrent layers,"),
    ],
)
def test_a_network_that_is_not_deep_is_not_taken(model, found):
    verdict = evaluate(find("deep_reader"), model(), PRACTICE_SEED)
    assert verdict.status is Status.WRONG
    assert f"deep_reader has {found} expected at least 2" in verdict.advice


def test_cells_in_one_layer_count_as_deep():
    rows = keras.Input((28, 28))
    stack = keras.layers.RNN([keras.layers.SimpleRNNCell(4), keras.layers.LSTMCell(5)])
    model = keras.Model(rows, keras.layers.Dense(10)(stack(rows)))
    assert 0 < deep_rnns.deep_reader.score(model, PRACTICE_SEED) < 0.5


def test_every_symptom_is_tested_here_or_with_symptoms():
    assert set(BROKEN) <= {symptom.name for symptom in deep_rnns.deep_reader.mistakes}
    assert deep_rnns.deep_reader.mistakes == symptoms.DIGITS
