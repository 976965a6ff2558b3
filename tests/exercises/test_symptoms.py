"""What several chapters look for in trained models: a recurrence that never moved, and the digits they are tried on."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.exercises.definitions import PRACTICE_SEED
from rnncourse.exercises.symptoms import has_untrained_recurrence, held_out_digits

LAYERS = [keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_a_recurrent_kernel_as_keras_starts_it_is_seen_and_one_that_moved_is_not(layer):
    model = keras.Sequential([keras.Input((None, 3)), layer(5), keras.layers.Dense(5)])
    assert has_untrained_recurrence(model, 0)
    kernel = model.layers[0].cell.recurrent_kernel
    kernel.assign(kernel + 0.01 * np.random.default_rng(0).normal(size=kernel.shape))
    assert not has_untrained_recurrence(model, 0)


def test_a_single_unit_and_a_square_kernel_of_another_kind_are_no_sign():
    model = keras.Sequential([keras.Input((None, 5)), keras.layers.SimpleRNN(1), keras.layers.Dense(1)])
    model.layers[0].cell.recurrent_kernel.assign([[1.0]])
    assert not has_untrained_recurrence(model, 0)
    assert not has_untrained_recurrence(keras.Sequential([keras.Input((5,)), keras.layers.Dense(5)]), 0)


def test_check_looks_at_validation_digits_and_grading_at_test_digits():
    _, validation, test = rnncourse.load_mnist(train=1)
    practice, graded = (held_out_digits(seed)[0] for seed in (PRACTICE_SEED, 99))
    assert len(practice) == len(graded) == 3_000
    rows = lambda images: {image.tobytes() for image in images}  # noqa: E731
    assert rows(practice) <= rows(validation.images)
    assert rows(graded) <= rows(test.images)
