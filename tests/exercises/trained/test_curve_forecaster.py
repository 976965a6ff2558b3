"""The exercise of the trained forecaster: real training clears the bar, broken training does not and is named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import find, forecasting

from exercises.trainings import mostly_long

WINDOWS, EPOCHS, BATCH = 5_000, 10, 50
HIDDEN_SEED = 99


def train_forecaster(
    seed, change=lambda inputs, targets: (inputs, targets), frozen=False, epochs=EPOCHS, peak=0.004, make=None
):
    """The recipe of the chapter with 1 000 instead of 1 500 steps."""
    keras.utils.set_random_seed(seed)
    model = make() if make else rnncourse.forecaster()
    if frozen:
        model.get_layer("reader").cell.recurrent_kernel.trainable = False
    rnncourse.fit(
        model,
        *change(*rnncourse.random_windows(WINDOWS, seed)),
        epochs=epochs,
        batch_size=BATCH,
        loss="mse",
        metrics=(),
        optimizer=rnncourse.recipe_optimizer(epochs * WINDOWS // BATCH, peak=peak),
    )
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed):
    model = train_forecaster(training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("curve_forecaster"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


def rnn_with(activation):
    """The chapter's network with an activation on the forecast."""
    reader = keras.layers.SimpleRNN(100, activation="relu", return_sequences=True)
    return keras.Sequential([keras.Input((None, 1)), reader, keras.layers.Dense(1, activation=activation)])


def alone():
    """Every step by itself."""
    return keras.Sequential([keras.Input((None, 1)), keras.layers.Dense(100, activation="relu"), keras.layers.Dense(1)])


def both_ways():
    reader = keras.layers.Bidirectional(keras.layers.SimpleRNN(8, return_sequences=True))
    return keras.Sequential([keras.Input((None, 1)), reader, keras.layers.Dense(1)])


BROKEN = {
    "recurrent weights frozen": {"frozen": True},
    "targets shuffled": {"change": lambda x, y: (x, np.random.default_rng(0).permutation(y)), "epochs": 4},
    "time reversed": {"change": lambda x, y: (x[:, ::-1], y), "epochs": 8},
    "targets not shifted": {"change": lambda x, y: (x, x), "epochs": 2},
    "targets two steps ahead": {"change": lambda x, y: (x, np.roll(y, -1, axis=1))},
    "hardly trained": {"epochs": 1, "peak": 2e-5},
    "not enough training": {"epochs": 1},
    "no memory": {"epochs": 1, "make": lambda: alone()},
    "tanh in the last layer": {"epochs": 4, "make": lambda: rnn_with("tanh")},
    "rectifier in the last layer": {"epochs": 4, "make": lambda: rnn_with("relu")},
    "sigmoid in the last layer": {"epochs": 4, "make": lambda: rnn_with("sigmoid")},
    "sees the future": {"epochs": 1, "make": lambda: both_ways()},
}


@pytest.mark.parametrize("name", mostly_long(BROKEN, "targets shuffled"))
def test_a_broken_training_misses_the_bar_and_is_named(name):
    model = train_forecaster(1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("curve_forecaster"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at most 0.003" in verdict.advice


@pytest.mark.long
def test_a_film_run_backwards_obeys_the_same_rule_and_is_no_mistake():
    """Inputs and targets both reversed in time: the curve's rule of six terms is the same from both ends."""
    model = train_forecaster(2, lambda x, y: (y[:, ::-1], x[:, ::-1]))
    assert evaluate(find("curve_forecaster"), model, PRACTICE_SEED).status is Status.RIGHT


def test_an_untrained_model_is_told_so():
    verdict = evaluate(find("curve_forecaster"), rnncourse.forecaster(), PRACTICE_SEED)
    assert verdict.mistake == "recurrent weights frozen"
    assert "it has not been trained" in verdict.advice


def test_a_model_without_projection_is_told_its_shape():
    verdict = evaluate(find("curve_forecaster"), rnncourse.forecaster(projection="none"), PRACTICE_SEED)
    assert verdict.status is Status.WRONG
    assert "it gives (500, 20, 100), expected one number at every step, (500, 20, 1)" in verdict.advice


def test_every_symptom_is_tested_here_or_with_symptoms():
    assert {*BROKEN, "outputs not finite", "learning rate too large"} == {
        symptom.name for symptom in forecasting.curve_forecaster.mistakes
    }


def test_check_looks_at_the_validation_stretch_and_grading_at_the_test_stretch():
    practice, graded = (forecasting._held_out(seed) for seed in (PRACTICE_SEED, HIDDEN_SEED))
    for windows, part, seed in ((practice, "validation", PRACTICE_SEED), (graded, "test", HIDDEN_SEED)):
        np.testing.assert_array_equal(windows.inputs, rnncourse.random_windows(500, seed, part).inputs)
