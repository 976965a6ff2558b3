"""The exercise of the long memory: real training clears the bar, broken training does not and is named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import find, lstm

from exercises.trainings import mostly_long

ROUNDS, BATCH = 800, 50
HIDDEN_SEED = 77


def train_adder(seed, rounds=ROUNDS, targets=lambda targets: targets, cell="lstm", memory=lstm.STEPS):
    """The recipe of the chapter."""
    keras.utils.set_random_seed(seed)
    model = rnncourse.memory_reader(cell, memory=memory)
    inputs, sums = rnncourse.make_adding(BATCH * rounds, lstm.STEPS, seed=5 + seed)
    optimizer = rnncourse.recipe_optimizer(rounds, 2e-2)
    rnncourse.fit(model, inputs, targets(sums), epochs=1, batch_size=BATCH, loss="mse", metrics=[], optimizer=optimizer)
    return model


@pytest.fixture(scope="module")
def trained():
    return train_adder(0)


def test_the_recipe_clears_the_bar(training_seed, trained):
    model = trained if training_seed == 0 else train_adder(training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("long_memory"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


def blocks_changed(model, change):
    """A copy of the model whose four blocks i, f, g, o went through a change."""
    kernel, recurrent_kernel, bias, *rest = model.get_weights()
    changed = [
        np.concatenate(change(np.split(array, 4, axis=-1)), axis=-1) for array in (kernel, recurrent_kernel, bias)
    ]
    copy = keras.models.clone_model(model)
    copy.set_weights([*changed, *rest])
    return copy


def f_closed(blocks):
    i, f, g, o = blocks
    return [i, f - (50 if f.ndim == 1 else 0), g, o]


BROKEN = {
    "gates swapped": lambda trained: blocks_changed(trained, lambda blocks: [blocks[n] for n in (1, 0, 2, 3)]),
    "forget gate stuck at 0": lambda trained: blocks_changed(trained, f_closed),
    "forget gate stuck at 1/2": lambda trained: blocks_changed(trained, lambda b: [b[0], 0 * b[1], b[2], b[3]]),
    "targets shuffled": lambda trained: train_adder(1, 100, np.random.default_rng(0).permutation),
    "plain cell": lambda trained: train_adder(1, 100, cell="rnn", memory=None),
    "no training": lambda trained: rnncourse.memory_reader("lstm", memory=lstm.STEPS),
}


@pytest.mark.parametrize("name", mostly_long(BROKEN, "forget gate stuck at 0", "no training"))
def test_a_broken_model_misses_the_bar(name, trained):
    model = BROKEN[name](trained)
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("long_memory"), model, seed)
        assert verdict.status is Status.WRONG
        assert "The bar is at most 0.02" in verdict.advice


@pytest.mark.parametrize(
    "name", mostly_long(["targets shuffled", "plain cell", "forget gate stuck at 0"], "forget gate stuck at 0")
)
def test_a_model_that_answers_the_mean_is_told_so(name, trained):
    model = BROKEN[name](trained)
    assert evaluate(find("long_memory"), model, PRACTICE_SEED).mistake in {
        "always the same answer",
        "the early mark is forgotten",
    }


def test_a_model_with_a_short_memory_is_told_so(trained):
    class LateMark(keras.layers.Layer):
        """Answers as one who has forgotten all but the later mark."""

        def call(self, inputs):
            late = inputs[:, lstm.STEPS // 10 :]
            return keras.ops.sum(late[:, :, 0] * late[:, :, 1], axis=1)[:, None] + 0.5

    sequence = keras.Input((None, 2))
    model = keras.Model(sequence, LateMark()(sequence))
    verdict = evaluate(find("long_memory"), model, PRACTICE_SEED)
    assert verdict.mistake == "the early mark is forgotten", verdict.advice


def test_an_answer_that_cannot_exceed_1_is_told_so():
    layers = [keras.Input((None, 2)), keras.layers.GRU(4), keras.layers.Dense(1, activation="sigmoid")]
    assert evaluate(find("long_memory"), keras.Sequential(layers), PRACTICE_SEED).mistake == "bounded by the last layer"


def test_an_answer_for_every_step_is_told_the_shape_that_is_wanted():
    layers = [keras.Input((None, 2)), keras.layers.GRU(4, return_sequences=True), keras.layers.Dense(1)]
    advice = evaluate(find("long_memory"), keras.Sequential(layers), PRACTICE_SEED).advice
    assert "It gives outputs of shape (500, 60, 1), expected (500, 1): one number for each sequence" in advice


def test_a_model_on_its_way_is_told_so():
    class Half(keras.layers.Layer):
        """Adds the marked numbers, but not fully."""

        def call(self, inputs):
            return keras.ops.sum(inputs[:, :, 0] * inputs[:, :, 1], axis=1)[:, None] * 0.5 + 0.4

    sequence = keras.Input((None, 2))
    verdict = evaluate(find("long_memory"), keras.Model(sequence, Half()(sequence)), PRACTICE_SEED)
    assert verdict.mistake == "both marks count, but not fully", verdict.advice
