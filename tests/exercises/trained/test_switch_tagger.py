"""The exercise of the hidden switch: a reader in both directions clears the bar, every other is told what it lacks."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import deep_rnns, find

from exercises.trainings import mostly_long

HIDDEN_SEED = 99


def two_ways(units=16):
    return keras.layers.Bidirectional(keras.layers.SimpleRNN(units, return_sequences=True))


def backwards(units, turned):
    """A layer that reads from the end; its outputs come last step first, unless they are turned round."""

    def layer(inputs):
        outputs = keras.layers.SimpleRNN(units, return_sequences=True, go_backwards=True)(inputs)
        return keras.ops.flip(outputs, axis=1) if turned else outputs

    return layer


def last_state_repeated(inputs):
    return keras.layers.RepeatVector(40)(keras.layers.Bidirectional(keras.layers.SimpleRNN(16))(inputs))


LAYERS = {
    "both ways": two_ways(),
    "the past alone": keras.layers.SimpleRNN(24, return_sequences=True),
    "the future alone": backwards(24, turned=True),
    "answers in reverse order": backwards(24, turned=False),
    "each step by itself": keras.layers.Dense(16, activation="tanh"),
    "one answer for all steps": last_state_repeated,
}


def train_tagger(seed, layer="both ways", change=lambda tags: tags, epochs=5, peak=1e-2, logits=2, **options):
    """The recipe of the chapter's exercise."""
    keras.utils.set_random_seed(seed)
    inputs, targets = rnncourse.make_switch(3000, 40, seed=1)
    readings = keras.Input((40, 1))
    hidden = two_ways() if layer == "both ways" else LAYERS[layer]
    model = keras.Model(readings, keras.layers.Dense(logits, **options)(hidden(readings)))
    loss = None
    if logits == 1:
        loss = keras.losses.BinaryCrossentropy(from_logits="activation" not in options)
        targets = targets[..., np.newaxis]
    rnncourse.fit(
        model, inputs, change(targets), epochs=epochs, batch_size=50, loss=loss,
        optimizer=rnncourse.recipe_optimizer(epochs * 60, peak),
    )  # fmt: skip
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed):
    model = train_tagger(training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("switch_tagger"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


@pytest.mark.long
def test_one_logit_clears_the_bar_as_well():
    assert evaluate(find("switch_tagger"), train_tagger(2, logits=1, epochs=3), PRACTICE_SEED).status is Status.RIGHT


BROKEN = {
    "the past alone": {"layer": "the past alone"},
    "the future alone": {"layer": "the future alone"},
    "each step by itself": {"layer": "each step by itself", "epochs": 1},
    "one answer for all steps": {"layer": "one answer for all steps", "epochs": 1},
    "on and off exchanged": {"change": lambda tags: 1 - tags, "epochs": 2},
    "answers in reverse order": {"layer": "answers in reverse order", "epochs": 1},
    "answers too late": {"change": lambda tags: np.roll(tags, 3, axis=1), "epochs": 3},
    "answers too early": {"change": lambda tags: np.roll(tags, -3, axis=1), "epochs": 3},
    "softmax in the last layer": {"activation": "softmax", "epochs": 3},
    "sigmoid in the last layer": {"activation": "sigmoid", "logits": 1, "epochs": 3},
    "hardly trained": {"peak": 1e-5, "epochs": 1},
}


@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")  # keras sees that mistake too
@pytest.mark.parametrize("name", mostly_long(BROKEN, "each step by itself"))
def test_a_broken_training_misses_the_bar_and_is_named(name):
    model = train_tagger(1, **BROKEN[name])
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("switch_tagger"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at most 0.18" in verdict.advice


def test_the_best_reader_of_the_past_misses_the_bar_and_the_best_of_all_clears_it():
    """No network can do better than these two, so the bar lies between what one direction can do and what both can."""
    for seed in (PRACTICE_SEED, HIDDEN_SEED, 7, 8, 9):
        inputs, targets = deep_rnns.held_out_switches(seed)
        bits = []
        for both_ways in (False, True):
            on = rnncourse.switch_probabilities(inputs, both_ways)
            bits.append(-np.mean(np.log2(np.where(targets == 1, on, 1 - on))))
        assert bits[0] > deep_rnns.BAR + 0.05 > deep_rnns.BAR > bits[1] + 0.02


def test_other_shapes_are_refused_in_words():
    model = keras.Sequential([keras.Input((40, 1)), keras.layers.SimpleRNN(4), keras.layers.Dense(2)])
    advice = evaluate(find("switch_tagger"), model, PRACTICE_SEED).advice
    assert "outputs of shape (1000, 2)" in advice
    assert "two logits for every step" in advice


def test_every_symptom_is_tested_here_or_with_symptoms():
    known = {symptom.name for symptom in deep_rnns.SWITCH}
    assert set(BROKEN) <= known
    elsewhere = {
        *("outputs not finite", "tanh in the last layer", "rectifier in the last layer"),
        *("learning rate too large", "cost without from_logits", "not enough training"),
    }
    assert known == set(BROKEN) | elsewhere
