"""Signs of known mistakes in trained models that several chapters look for, and the digits to try readers on.

A model is looked at from outside, by its weights and by what it gives for chosen inputs: the grader has no more of it.
What else can be seen in the learner's own kernel, as its last activation and its cost, only adds to that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.exercises.definitions import PRACTICE_SEED, Symptom
from rnncourse.generating import softmax_with_temperature

_DIGITS, _LOOKED_AT = 3_000, 600
_CLASSES = 10

# ------------------------------------------------------------------------------------------------------- of any model


def no_keras_model(answer: Any) -> str:
    """What is in place of a trained Keras model, in words; '' where it is one."""
    if all(hasattr(answer, name) for name in ("predict", "weights")) and not isinstance(answer, type):
        return ""
    if isinstance(answer, dict) or hasattr(answer, "history"):
        return "is what the training returned, its history. Keep the model itself: fit changes it in place."
    if isinstance(answer, type) or callable(answer):
        return "is a function or a class, expected the trained Keras model itself: call what makes it, and train that."
    return f"is of type {type(answer).__name__}, expected the trained Keras model."


def expect_outputs(outputs: np.ndarray, wanted: tuple[int, ...], words: str) -> np.ndarray:
    """The outputs, if they have the shape that is wanted.

    Raises:
        ValueError: they have not; the message says which shape is wanted, and what it means.
    """
    if outputs.shape != wanted:
        raise ValueError(f"It gives outputs of shape {outputs.shape}, expected {wanted}: {words}.")
    return outputs


def _recurrent_kernels(model: Any) -> list[np.ndarray]:
    """Weights of the shape of a recurrent kernel: one, three or four square blocks (plain cell, GRU, LSTM)."""
    matrices = [w.numpy() for w in model.weights if w.ndim == 2 and w.shape[0] > 1]
    return [matrix for matrix in matrices if matrix.shape[1] in (k * len(matrix) for k in (1, 3, 4))]


def _from_orthogonal(matrix: np.ndarray) -> float:
    """The largest |U Uᵀ - 1|: 0 for a recurrent kernel as Keras starts it."""
    return float(np.max(np.abs(matrix @ matrix.T - np.eye(len(matrix)))))


def has_untrained_recurrence(model: Any, seed: int) -> bool:
    """Whether a recurrent kernel is still as Keras starts it, U Uᵀ = 1: training never moved it."""
    return any(_from_orthogonal(matrix) < 1e-3 for matrix in _recurrent_kernels(model))


def has_hardly_moved(model: Any, seed: int) -> bool:
    """Whether every recurrent kernel is nearly as Keras starts it: training has moved it by very little."""
    kernels = _recurrent_kernels(model)
    return bool(kernels) and all(_from_orthogonal(matrix) < 0.03 for matrix in kernels)


def has_no_recurrence(model: Any, seed: int) -> bool:
    """Whether no weight can be a recurrent kernel, by its shape or by its name."""
    return not _recurrent_kernels(model) and not any("recurrent" in weight.path for weight in model.weights)


def has_huge_weights(model: Any, seed: int) -> bool:
    """Whether a recurrent kernel holds weights of size 1 and more on average: no sensible step width does that."""
    return any(float(np.sqrt(np.mean(matrix**2))) > 0.8 for matrix in _recurrent_kernels(model))


RECURRENCE_FROZEN = Symptom(
    "recurrent weights frozen",
    has_untrained_recurrence,
    "Its recurrent kernel is still the orthogonal matrix from which Keras starts: it has not been trained, or the "
    "recurrent weights are frozen.",
)

HARDLY_TRAINED = Symptom(
    "hardly trained",
    has_hardly_moved,
    "Its recurrent kernel has hardly moved from where Keras starts it: the learning rate is too small, or there were "
    "too few steps.",
)

NO_RECURRENCE = Symptom(
    "no recurrent layer",
    has_no_recurrence,
    "There is no recurrent layer in it, so nothing is carried from one step to the next.",
)

RATE_TOO_LARGE = Symptom(
    "learning rate too large",
    has_huge_weights,
    "Its recurrent weights have grown far beyond what a tanh or a gate can use: the learning rate was too large.",
)


def not_finite(outputs: Callable[[Any, int], np.ndarray]) -> Symptom:
    """The sign that a training has diverged.

    Args:
        outputs: (model, seed) -> what the model gives for held-out inputs.
    """
    return Symptom(
        "outputs not finite",
        lambda model, seed: not np.isfinite(outputs(model, seed)).all(),
        "It gives nan or infinity: the training has diverged. Take a smaller learning rate, clip the gradients, and "
        "look at the numbers it was trained on.",
    )


def _is_softmax(outputs: np.ndarray) -> bool:
    sums = np.sum(outputs, axis=-1)
    return outputs.shape[-1] > 1 and bool(np.all(outputs >= 0) and np.allclose(sums, 1, atol=1e-3))


def _is_sigmoid(outputs: np.ndarray) -> bool:
    inside = np.all((outputs >= 0) & (outputs <= 1)) and np.max(outputs) > 0.9 and 0 < np.min(outputs) < 0.1
    return bool(inside and np.std(outputs) > 0.15) and not _is_softmax(outputs)


def _is_tanh(outputs: np.ndarray) -> bool:
    return bool(np.all(np.abs(outputs) <= 1) and np.mean(np.abs(outputs) > 0.9) > 0.1)


def _is_rectified(outputs: np.ndarray) -> bool:
    return bool(np.all(outputs >= 0) and np.mean(outputs == 0) > 0.02)


def _seen_in(
    outputs: Callable[[Any, int], np.ndarray], shows: Callable[[np.ndarray], bool], activation: str
) -> Callable[[Any, int], bool]:
    """Whether the outputs look like those of an activation, and the last layer, where it can be seen, has it."""
    return lambda model, seed: last_activation(model) in ("", activation) and shows(outputs(model, seed))


def squashed(outputs: Callable[[Any, int], np.ndarray], what: str) -> tuple[Symptom, ...]:
    """The signs of an activation in the last layer, where plain numbers are wanted.

    Args:
        outputs: (model, seed) -> what the model gives for held-out inputs.
        what: what the last layer is to give, for example "logits".
    """
    kinds = {
        "sigmoid": ("sigmoid", _is_sigmoid, "All its outputs lie between 0 and 1, as a sigmoid leaves them"),
        "tanh": ("tanh", _is_tanh, "All its outputs lie between -1 and 1, as a tanh leaves them"),
        "rectifier": ("relu", _is_rectified, "None of its outputs is below 0, and many are 0, as a ReLU leaves them"),
    }
    return tuple(
        Symptom(
            f"{name} in the last layer",
            _seen_in(outputs, shows, activation),
            f"{seen}. It is to give {what}: leave the activation of the last layer out.",
        )
        for name, (activation, shows, seen) in kinds.items()
    )


def probabilities_for_logits(outputs: Callable[[Any, int], np.ndarray]) -> Symptom:
    """The sign of a softmax in the last layer.

    Args:
        outputs: (model, seed) -> what the model gives for held-out inputs.
    """
    return Symptom(
        "softmax in the last layer",
        _seen_in(outputs, _is_softmax, "softmax"),
        "It gives probabilities: there is a softmax in its last layer. Logits are wanted, from a last layer without an "
        "activation; the cost takes the softmax itself, and twice is once too often.",
    )


def last_activation(model: Any) -> str:
    """The name of the activation of the last layer, "linear" where it has none; '' where no layers can be seen."""
    layers = getattr(model, "layers", None)
    if not layers:
        return ""
    own = getattr(layers[-1], "activation", None)
    return getattr(own, "__name__", "") or type(layers[-1]).__name__.lower()


def _takes_logits_for_probabilities(model: Any, seed: int) -> bool:
    cost = getattr(model, "loss", None)
    if isinstance(cost, str):
        plain = cost.endswith("categorical_crossentropy")
    else:
        plain = str(getattr(cost, "name", "")).endswith("categorical_crossentropy") and not _from_logits(cost)
    return plain and last_activation(model) == "linear"


def _from_logits(cost: Any) -> bool:
    return bool(cost.get_config().get("from_logits"))


COST_WITHOUT_SOFTMAX = Symptom(
    "cost without from_logits",
    _takes_logits_for_probabilities,
    "Its last layer gives logits, and the cost that it was compiled with takes them for probabilities. Say that they "
    "are logits: keras.losses.SparseCategoricalCrossentropy(from_logits=True).",
)


def sees_the_future(outputs: Callable[[Any, np.ndarray], np.ndarray], held_out: Callable[[int], np.ndarray]) -> Symptom:
    """The sign of a model whose output of a step changes with what comes later; no score makes up for it.

    Args:
        outputs: (model, inputs) -> an output for each step, shape (batch, time, …).
        held_out: seed -> inputs, shape (batch, time, …).
    """

    def shows(model: Any, seed: int) -> bool:
        inputs = held_out(seed)
        half = inputs.shape[1] // 2
        other = np.concatenate([inputs[:, :half], np.roll(inputs, 1, axis=0)[:, half:]], axis=1)
        return not np.allclose(outputs(model, inputs)[:, :half], outputs(model, other)[:, :half], atol=1e-3)

    return Symptom(
        "sees the future",
        shows,
        "What it says at a step changes with inputs that come later, which hold the answer. Each step may use what was "
        "read so far: no layer that reads the sequence from its end as well.",
        always=True,
    )


def no_memory(outputs: Callable[[Any, np.ndarray], np.ndarray], held_out: Callable[[int], np.ndarray]) -> Symptom:
    """The sign of a model whose output of a step depends on the input of that step alone.

    Args:
        outputs, held_out: as for ``sees_the_future``.
    """

    def shows(model: Any, seed: int) -> bool:
        inputs = held_out(seed)
        half = inputs.shape[1] // 2
        other = np.concatenate([np.roll(inputs, 1, axis=0)[:, :half], inputs[:, half:]], axis=1)
        return np.allclose(outputs(model, inputs)[:, half], outputs(model, other)[:, half], atol=1e-5)

    return Symptom(
        "no memory",
        shows,
        "What it says at a step depends on the input of that step alone: nothing is carried from one step to the next. "
        "Is there a recurrent layer in it?",
    )


@dataclass(frozen=True)
class Readings:
    """What a model may have been trained on instead: how well it does there, beside how well with what is asked.

    Args:
        plain: (model, seed) -> how well it does, the more the better.
        others: the same for other data, by the name of the mistake that makes them.
        margin: by how much it has to do better with other data for these to be blamed.
        least: how well it has to do with them at least.
    """

    plain: Callable[[Any, int], float]
    others: Mapping[str, Callable[[Any, int], float]]
    margin: float
    least: float

    def sign(self, name: str, advice: str) -> Symptom:
        """The sign of one of the mistakes: it does clearly better with its data, and best of all with these."""
        return Symptom(name, functools.partial(self._explains, name), advice)

    def _explains(self, name: str, model: Any, seed: int) -> bool:
        own = self.others[name](model, seed)
        if own < self.least or own < self.plain(model, seed) + self.margin:
            return False
        return all(own >= score(model, seed) for other, score in self.others.items() if other != name)


# ---------------------------------------------------------------------------------------------------------- of digits
READS_DIGITS = "It reads pictures of shape (batch, 28, 28) and gives (batch, 10), a logit for each digit."


def held_out_digits(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits that no training has seen: validation digits for practice, test digits for any other seed."""
    from rnncourse.datasets.mnist import load_mnist

    _, validation, test = load_mnist(train=1)
    images, labels = validation if seed == PRACTICE_SEED else test
    chosen = np.random.default_rng(seed).permutation(len(labels))[:_DIGITS]
    return images[chosen], labels[chosen]


def _logits(model: Any, images: np.ndarray) -> np.ndarray:
    outputs = np.asarray(model.predict(images, batch_size=1_000, verbose=0))
    return expect_outputs(outputs, (len(images), _CLASSES), "a logit for each of the ten digits")


def accuracy_on_held_out(model: Any, seed: int) -> float:
    """The share of the held-out digits whose largest logit is that of the right class."""
    images, labels = held_out_digits(seed)
    return float(np.mean(np.argmax(_logits(model, images), axis=1) == labels))


def digit_logits(model: Any, seed: int) -> np.ndarray:
    """What a reader gives for some of the held-out digits."""
    return _logits(model, held_out_digits(seed)[0][:_LOOKED_AT])


def _accuracy(model: Any, seed: int, change: Callable[[np.ndarray], np.ndarray] = lambda images: images) -> float:
    """Accuracy on some of the held-out digits, after a change of the pictures."""
    images, labels = (part[:_LOOKED_AT] for part in held_out_digits(seed))
    return float(np.mean(np.argmax(_logits(model, change(images)), axis=1) == labels))


_DIGITS_IN_OTHER_WAYS = Readings(
    plain=_accuracy,
    others={
        name: functools.partial(_accuracy, change=change)
        for name, change in {
            "time reversed": lambda images: images[:, ::-1],
            "columns instead of rows": lambda images: images.transpose(0, 2, 1),
            "mirrored": lambda images: images[:, :, ::-1],
            "turned by half a turn": lambda images: images[:, ::-1, ::-1],
            "black and white exchanged": lambda images: 1 - images,
            "pixels not scaled": lambda images: 255 * images,
            "pixels scaled twice": lambda images: images / 255,
        }.items()
    },
    margin=0.15,
    least=0.3,
)


DIGITS_FROM_THE_BOTTOM = _DIGITS_IN_OTHER_WAYS.sign(
    "time reversed",
    "It reads digits better when they stand on their head: it was trained with the rows from bottom to top.",
)

DIGITS_BY_COLUMNS = _DIGITS_IN_OTHER_WAYS.sign(
    "columns instead of rows",
    "It reads digits better when rows and columns are exchanged: it was trained column by column.",
)

DIGITS_IN_A_MIRROR = _DIGITS_IN_OTHER_WAYS.sign(
    "mirrored",
    "It reads digits better in a mirror: it was trained with left and right exchanged.",
)

DIGITS_UPSIDE_DOWN = _DIGITS_IN_OTHER_WAYS.sign(
    "turned by half a turn",
    "It reads digits better when they are turned upside down: rows and columns both ran backwards in training.",
)

DIGITS_INVERTED = _DIGITS_IN_OTHER_WAYS.sign(
    "black and white exchanged",
    "It reads digits better when black and white are exchanged: it was trained on negatives.",
)

PIXELS_TOO_LARGE = _DIGITS_IN_OTHER_WAYS.sign(
    "pixels not scaled",
    "It reads digits better when the pixels go up to 255: train it on images between 0 and 1, as loaded.",
)

PIXELS_TOO_SMALL = _DIGITS_IN_OTHER_WAYS.sign(
    "pixels scaled twice",
    "It reads digits better when their pixels go up to 1/255 only: train it on images between 0 and 1, as loaded, "
    "without dividing once more.",
)


def _renamed(model: Any, seed: int) -> bool:
    """Whether it tells digits apart, but calls most of them by another digit's name."""
    labels = held_out_digits(seed)[1][:_LOOKED_AT]
    said = np.argmax(digit_logits(model, seed), axis=1)
    counts = np.zeros((_CLASSES, _CLASSES), dtype=int)
    np.add.at(counts, (said, labels), 1)
    best = float(np.sum(np.max(counts, axis=1)) / len(labels))
    return best > 0.6 and float(np.mean(said == labels)) < 0.5 * best


LABELS_RENAMED = Symptom(
    "labels of other digits",
    _renamed,
    "It tells the digits apart, but calls them by wrong names: its labels stood for other digits in training.",
)


def _has_learnt_that_images_say_nothing(model: Any, seed: int) -> bool:
    """Whether it is at chance, in whatever way the digits are shown, and unsure of each of them.

    Both tell it from a reader that has not learnt yet, or from other pictures: trained on shuffled labels, a reader
    gives its best guess 0.11 to 0.19 on average; trained too little on pixels of up to 1/255, 0.2 and more.
    """
    readings = (_accuracy, *_DIGITS_IN_OTHER_WAYS.others.values())
    if _accuracy(model, seed) >= 0.16 or any(reading(model, seed) >= 0.2 for reading in readings):
        return False
    guesses = np.max(softmax_with_temperature(digit_logits(model, seed), 1.0), axis=-1)
    return float(np.mean(guesses)) < 0.2


LABELS_SHUFFLED = Symptom(
    "labels shuffled",
    _has_learnt_that_images_say_nothing,
    "It was trained, and yet it does no better than guessing: do the labels still belong to their images?",
)

NOT_ENOUGH = Symptom(
    "not enough training",
    lambda model, seed: True,
    "No known mistake shows in it. It may not have learnt enough yet: more to learn from, more epochs, or a larger "
    "peak of the learning rate.",
)

#: What is looked for in every reader of digits, in this order; labels come last.
DIGITS = (
    not_finite(digit_logits),
    probabilities_for_logits(digit_logits),
    COST_WITHOUT_SOFTMAX,
    *squashed(digit_logits, "logits"),
    NO_RECURRENCE,
    RECURRENCE_FROZEN,
    HARDLY_TRAINED,
    RATE_TOO_LARGE,
    DIGITS_FROM_THE_BOTTOM,
    DIGITS_BY_COLUMNS,
    DIGITS_IN_A_MIRROR,
    DIGITS_UPSIDE_DOWN,
    DIGITS_INVERTED,
    PIXELS_TOO_LARGE,
    PIXELS_TOO_SMALL,
    LABELS_RENAMED,
    LABELS_SHUFFLED,
    NOT_ENOUGH,
)
