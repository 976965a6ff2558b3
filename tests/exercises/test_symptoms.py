"""What several chapters look for in trained models: a recurrence that never moved, and the digits they are tried on."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.exercises import symptoms
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


# ------------------------------------------------------------------------- models as the grader sees them, from outside
class Weight:
    """A weight that has a name and numbers."""

    def __init__(self, path, value):
        self.path, self.shape, self.ndim = path, value.shape, value.ndim
        self.value = value

    def numpy(self):
        return self.value


MOVED = Weight("reader/recurrent_kernel", np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0] + 0.1)


def key(image):
    return np.round(255 * image).astype(np.int64).tobytes()


@cache
def known():
    """The label of each held-out digit."""
    images, labels = held_out_digits(PRACTICE_SEED)
    return {key(image): label for image, label in zip(images, labels, strict=True)}


class Reader:
    """Knows every held-out digit, and says it through a change of the pictures and one of the logits."""

    def __init__(self, pictures=lambda images: images, logits=lambda logits: logits, weights=(MOVED,)):
        self.pictures, self.logits, self.weights = pictures, logits, list(weights)

    def predict(self, inputs, batch_size=1, verbose=1):
        found = [known().get(key(image), -1) for image in self.pictures(inputs)]
        noise = np.random.default_rng(2).normal(size=(len(inputs), 10))
        return self.logits(noise + 9 * (np.array(found)[:, None] == np.arange(10)))


class Compiled(Reader):
    """One whose last layer has no activation, and whose cost takes logits for probabilities."""

    loss = "sparse_categorical_crossentropy"
    layers = (SimpleNamespace(activation=keras.activations.linear),)


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def some_nan(z):
    return np.where(np.arange(10) == 3, np.nan, z)


def guesses(z):
    return np.random.default_rng(4).normal(size=z.shape)


READERS = {
    "outputs not finite": Reader(logits=some_nan),
    "softmax in the last layer": Reader(logits=softmax),
    "cost without from_logits": Compiled(logits=lambda z: np.where(z > 1, z, guesses(z))),
    "sigmoid in the last layer": Reader(logits=lambda z: 1 / (1 + np.exp(-z))),
    "tanh in the last layer": Reader(logits=np.tanh),
    "rectifier in the last layer": Reader(logits=lambda z: np.maximum(z, 0)),
    "no recurrent layer": Reader(weights=[Weight("dense/kernel", np.ones((28, 30)))]),
    "recurrent weights frozen": Reader(weights=[Weight("reader/recurrent_kernel", np.eye(5))]),
    "hardly trained": Reader(weights=[Weight("reader/recurrent_kernel", np.eye(5) + 0.003)]),
    "learning rate too large": Reader(weights=[Weight("reader/recurrent_kernel", 3 * np.ones((5, 15)))]),
    "time reversed": Reader(lambda images: images[:, ::-1]),
    "columns instead of rows": Reader(lambda images: images.transpose(0, 2, 1)),
    "mirrored": Reader(lambda images: images[:, :, ::-1]),
    "turned by half a turn": Reader(lambda images: images[:, ::-1, ::-1]),
    "black and white exchanged": Reader(lambda images: 1 - images),
    "pixels not scaled": Reader(lambda images: images / 255),
    "pixels scaled twice": Reader(lambda images: images * 255),
    "labels of other digits": Reader(logits=lambda z: np.roll(z, 1, axis=1)),
    "labels shuffled": Reader(logits=lambda z: 0.1 * guesses(z)),
    "not enough training": Reader(logits=lambda z: np.where(np.arange(len(z))[:, None] % 2, z, guesses(z))),
}


@pytest.mark.parametrize("name", READERS)
def test_each_sign_of_a_reader_is_seen_and_is_the_first_that_is(name):
    first = next(symptom for symptom in symptoms.DIGITS if symptom.shows(READERS[name], PRACTICE_SEED))
    assert first.name == name


def test_every_sign_of_a_reader_is_tried():
    assert list(READERS) == [symptom.name for symptom in symptoms.DIGITS]


def test_a_good_reader_shows_none_but_the_last():
    shown = [symptom.name for symptom in symptoms.DIGITS if symptom.shows(Reader(), PRACTICE_SEED)]
    assert shown == ["not enough training"]
    assert symptoms.accuracy_on_held_out(Reader(), PRACTICE_SEED) > 0.99


COSTS = {
    "sparse_categorical_crossentropy": True,
    "categorical_crossentropy": True,
    "mse": False,
    keras.losses.SparseCategoricalCrossentropy(): True,
    keras.losses.SparseCategoricalCrossentropy(from_logits=True): False,
    rnncourse.masked_loss: False,
}


@pytest.mark.parametrize("cost", COSTS, ids=["sparse", "one-hot", "mse", "sparse plain", "sparse logits", "masked"])
@pytest.mark.parametrize("activation", [None, "softmax"])
def test_a_cost_that_takes_logits_for_probabilities_is_seen(cost, activation):
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.SimpleRNN(5), keras.layers.Dense(4, activation)])
    assert not symptoms.COST_WITHOUT_SOFTMAX.shows(model, 0)  # it has not been compiled
    model.compile("sgd", cost)
    assert symptoms.COST_WITHOUT_SOFTMAX.shows(model, 0) == (COSTS[cost] and activation is None)


def test_labels_are_blamed_at_chance_only():
    some = Reader(logits=lambda z: np.where(np.arange(len(z))[:, None] % 10 > 1, guesses(z), z))
    assert not symptoms.LABELS_SHUFFLED.shows(some, PRACTICE_SEED)


def test_labels_are_not_blamed_for_guesses_that_are_sure():
    assert not symptoms.LABELS_SHUFFLED.shows(Reader(logits=guesses), PRACTICE_SEED)


def test_labels_are_not_blamed_where_other_pictures_are_read_a_little():
    """A quarter of the rows of a turned picture are right: it was not the labels."""
    turned = Reader(
        lambda images: images[:, ::-1],
        lambda z: 0.1 * np.where(np.arange(len(z))[:, None] % 4 > 0, guesses(z), z),
    )
    assert not symptoms.LABELS_SHUFFLED.shows(turned, PRACTICE_SEED)


def test_one_number_for_the_digit_is_told_the_shape_that_is_wanted():
    with pytest.raises(ValueError, match=r"shape \(600, 1\), expected \(600, 10\): a logit for each of the ten digits"):
        symptoms.digit_logits(Reader(logits=lambda z: z[:, :1]), PRACTICE_SEED)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"loss": [1.0]}, "is what the training returned"),
        (keras.callbacks.History(), "is what the training returned"),
        (keras.Sequential, "is a function or a class"),
        (rnncourse.mnist_classifier, "is a function or a class"),
        (np.ones(3), "is of type ndarray"),
        (Reader(), ""),
    ],
)
def test_what_is_no_model_is_told_so(answer, words):
    assert symptoms.no_keras_model(answer).startswith(words)
    assert bool(symptoms.no_keras_model(answer)) is bool(words)


def steps(seed):
    return np.random.default_rng(seed).normal(size=(6, 8, 1))


FUTURE = symptoms.sees_the_future(lambda model, inputs: model(inputs), steps)
MEMORY = symptoms.no_memory(lambda model, inputs: model(inputs), steps)


@pytest.mark.parametrize(
    ("model", "future", "forgets"),
    [
        (lambda x: np.cumsum(x, axis=1), False, False),
        (lambda x: np.cumsum(x[:, ::-1], axis=1)[:, ::-1], True, True),
        (lambda x: np.tanh(x), False, True),
        (lambda x: x + x.mean(axis=1, keepdims=True), True, False),
    ],
)
def test_what_a_step_depends_on_is_seen(model, future, forgets):
    assert FUTURE.shows(model, 0) is future
    assert MEMORY.shows(model, 0) is forgets
    assert FUTURE.always


def test_the_activation_of_the_last_layer_is_seen_where_layers_are():
    layers = [keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")]
    assert symptoms.last_activation(keras.Sequential(layers)) == "sigmoid"
    assert symptoms.last_activation(Reader()) == ""
    assert symptoms.last_activation(keras.Sequential([*layers[:1], keras.layers.Dense(2)])) == "linear"
    assert symptoms.last_activation(keras.Sequential([*layers, keras.layers.Softmax()])) == "softmax"


def test_small_logits_are_no_tanh():
    """A reader of shuffled labels gives logits around 0, all between -1 and 1 by chance."""
    squashed = symptoms.squashed(lambda model, seed: np.clip(model, -0.99, 0.99), "logits")
    small = np.random.default_rng(5).normal(scale=0.4, size=(600, 10))
    assert not any(symptom.shows(small, 1) for symptom in squashed)


def test_of_several_readings_that_explain_a_model_the_best_is_blamed():
    readings = symptoms.Readings(
        plain=lambda model, seed: 0.2,
        others={
            "mirrored": lambda model, seed: 0.5,
            "turned": lambda model, seed: 0.8,
            "dark": lambda model, seed: 0.3,
        },
        margin=0.15,
        least=0.3,
    )
    assert [readings.sign(name, "…").shows(None, 1) for name in readings.others] == [False, True, False]
