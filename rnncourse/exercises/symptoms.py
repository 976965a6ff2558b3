"""Signs of known mistakes in trained models that several chapters look for, and the digits to try readers on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse import training
from rnncourse.exercises.definitions import PRACTICE_SEED, Symptom

_DIGITS = 3_000


def held_out_digits(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits that no training has seen: validation digits for practice, test digits for any other seed."""
    from rnncourse.datasets.mnist import load_mnist

    _, validation, test = load_mnist(train=1)
    images, labels = validation if seed == PRACTICE_SEED else test
    chosen = np.random.default_rng(seed).permutation(len(labels))[:_DIGITS]
    return images[chosen], labels[chosen]


def accuracy_on_held_out(
    model: Any, seed: int, change: Callable[[np.ndarray], np.ndarray] = lambda images: images
) -> float:
    """Accuracy on the held-out digits, after a change of the pictures."""
    images, labels = held_out_digits(seed)
    return training.accuracy(model, change(images), labels)


def has_untrained_recurrence(model: Any, seed: int) -> bool:
    """Whether a recurrent kernel is still as Keras starts it, U Uᵀ = 1: training never moved it.

    A recurrent kernel has one, three or four blocks of columns (plain cell, GRU, LSTM).
    """
    matrices = [w.numpy() for w in model.weights if w.ndim == 2 and w.shape[0] > 1]
    wide = [matrix for matrix in matrices if matrix.shape[1] in (k * len(matrix) for k in (1, 3, 4))]
    return any(np.allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-3) for matrix in wide)


RECURRENCE_FROZEN = Symptom(
    "recurrent weights frozen",
    has_untrained_recurrence,
    "Its recurrent kernel is still the orthogonal matrix from which Keras starts: it has not been trained, or the "
    "recurrent weights are frozen.",
)

DIGITS_FROM_THE_BOTTOM = Symptom(
    "time reversed",
    lambda model, seed: accuracy_on_held_out(model, seed, lambda images: images[:, ::-1]) > 0.8,
    "It reads digits well when they stand on their head: it was trained with the rows from bottom to top.",
)

DIGITS_BY_COLUMNS = Symptom(
    "columns instead of rows",
    lambda model, seed: accuracy_on_held_out(model, seed, lambda images: images.transpose(0, 2, 1)) > 0.8,
    "It reads digits well when rows and columns are exchanged: it was trained column by column.",
)

LABELS_SHUFFLED = Symptom(
    "labels shuffled",
    lambda model, seed: accuracy_on_held_out(model, seed) < 0.3,
    "It was trained, and yet it does little better than guessing: do the labels still belong to their images?",
)
