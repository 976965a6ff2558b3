"""The exercise of the pairs: a recurrent layer below attention clears the bar, what lacks a part is told which."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import find, recurrence_today

from exercises.trainings import mostly_long

HIDDEN_SEED = 99
KEYS, VALUES, STEPS = recurrence_today.KEYS, recurrence_today.VALUES, 2 * recurrence_today.PAIRS + 1


def below(name):
    """The layer below the attention."""
    made = {
        "GRU": lambda: keras.layers.GRU(24, return_sequences=True),
        "MinGRU": lambda: rnncourse.MinGRU(48, return_sequences=True),
        "convolution": lambda: keras.layers.Conv1D(24, 2, padding="causal"),
        "each step by itself": lambda: keras.layers.Dense(24),
    }
    return made[name]()


def train_pairs(seed, lower="GRU", rounds=300, peak=2e-2, targets=lambda targets: targets, attention=True, **options):
    """The recipe of the chapter's exercise."""
    keras.utils.set_random_seed(seed)
    learn = rnncourse.make_key_values(64 * rounds, 8, keys=KEYS, values=VALUES, separate=True, seed=seed)
    symbols = keras.Input((STEPS, KEYS + VALUES))
    states = below(lower)(symbols)
    looked = keras.layers.MultiHeadAttention(1, 24)(states, states, use_causal_mask=True) if attention else states
    model = keras.Model(symbols, keras.layers.Dense(VALUES, **options)(looked[:, -1]))
    optimizer = rnncourse.recipe_optimizer(rounds, peak)
    rnncourse.fit(model, learn.inputs, targets(learn.targets), epochs=1, batch_size=64, optimizer=optimizer)
    return model


@pytest.mark.long  # the chapter trains by it, under nbval
@pytest.mark.parametrize("lower", ["GRU", "MinGRU", "convolution"])
def test_a_layer_that_hands_on_below_one_that_looks_clears_the_bar(lower, training_seed):
    model = train_pairs(training_seed, lower, rounds=600 if lower == "MinGRU" else 300)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("pair_reader"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice


class Solver(keras.layers.Layer):
    """Says, by comparing keys, the value at a distance from the key that is asked for; it needs no training."""

    def __init__(self, distance, pairs_in_one_step=False):
        super().__init__()
        self.distance, self.pairs_in_one_step = distance, pairs_in_one_step

    def call(self, inputs):
        keys, values = inputs[:, :-1, :KEYS], inputs[:, :-1, KEYS:]
        fits = ops.einsum("btk,bk->bt", keys, inputs[:, -1, :KEYS])
        if not self.pairs_in_one_step:
            fits = ops.roll(fits, self.distance, axis=1)
        return 9 * ops.einsum("bt,btv->bv", fits, values)


def solver(*arguments, steps=STEPS, read=lambda symbols: symbols):
    symbols = keras.Input((steps, KEYS + VALUES))
    return keras.Model(symbols, Solver(*arguments)(read(symbols)))


def some_value(seed):
    """The value that was read most often: nothing of the question but that it is one."""
    symbols = keras.Input((STEPS, KEYS + VALUES))
    asked = ops.sum(symbols[:, -1, :KEYS] * np.arange(1.0, KEYS + 1), axis=1, keepdims=True)
    counts = ops.sum(symbols[:, :, KEYS:], axis=1)
    return keras.Model(symbols, counts * (1 + 0.01 * asked * np.arange(VALUES)))


def without_question(seed):
    symbols = keras.Input((STEPS, KEYS + VALUES))
    return keras.Model(symbols, ops.sum(symbols[:, :-1, KEYS:], axis=1))


def without_pairs(seed):
    symbols = keras.Input((STEPS, KEYS + VALUES))
    return keras.Model(symbols, keras.layers.Dense(VALUES)(symbols[:, -1]))


MADE = {
    "the question not read": without_question,
    "the question alone read": without_pairs,
    "pairs in one step": lambda seed: solver(0, True, steps=None),
    "the neighbour's value": lambda seed: solver(-1),
    "some value that was read": some_value,
}


def test_who_compares_the_keys_clears_the_bar():
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("pair_reader"), solver(1), which)
        assert verdict.status is Status.RIGHT, verdict.advice


@pytest.mark.parametrize("name", MADE)
def test_what_shows_in_a_model_is_named(name):
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("pair_reader"), MADE[name](which), which)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at least 0.95" in verdict.advice


#: A softmax too many is not among them: trained so, the reader recalls every value all the same, and passes by right.
BROKEN = {
    "attention alone": {"lower": "each step by itself"},
    "a state alone": {"attention": False},
    "targets shuffled": {"targets": np.random.default_rng(0).permutation},
    "hardly trained": {"rounds": 10},
}


@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")  # keras sees that mistake too
@pytest.mark.parametrize("name", mostly_long(BROKEN, "hardly trained"))
def test_a_broken_training_misses_the_bar(name):
    verdict = evaluate(find("pair_reader"), train_pairs(1, **BROKEN[name]), PRACTICE_SEED)
    assert verdict.status is Status.WRONG, verdict.advice
    if name in ("attention alone", "a state alone"):
        assert verdict.mistake == "some value that was read", verdict.advice


def test_other_shapes_are_refused_in_words():
    model = keras.Sequential([keras.Input((STEPS, KEYS + VALUES)), keras.layers.Dense(VALUES)])
    advice = evaluate(find("pair_reader"), model, PRACTICE_SEED).advice
    assert "outputs of shape (1000, 17, 8), expected (1000, 8)" in advice


def test_every_sign_is_tested_here_or_with_symptoms():
    known = {symptom.name for symptom in recurrence_today.PAIR_SIGNS}
    elsewhere = {
        *("outputs not finite", "softmax in the last layer", "cost without from_logits", "not enough training"),
        *("sigmoid in the last layer", "tanh in the last layer", "rectifier in the last layer"),
    }
    assert known == set(MADE) | elsewhere
