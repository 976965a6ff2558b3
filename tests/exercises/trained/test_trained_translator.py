"""The exercise of the trained translator: real training clears the bar, broken training does not, by name."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import find, translation
from rnncourse.vocabulary import PAD

from exercises.trainings import mostly_long

HIDDEN_SEED = 99


@pytest.fixture(scope="module")
def phrases():
    return rnncourse.make_phrases()


@pytest.fixture(scope="module")
def vocabularies(phrases):
    return tuple(rnncourse.build_vocabulary([pair[side] for pair in phrases.train]) for side in (0, 1))


@pytest.fixture(scope="module")
def learn(phrases, vocabularies):
    return rnncourse.make_sentences(phrases.train, *vocabularies)


BATCH, EPOCHS = 64, 3


def deaf_translator(source_words, target_words, units):
    """The layers of a translator, but the decoder starts from zeros: it never sees the state of the encoder."""
    source, inputs = (keras.Input((None,), dtype="int32") for _ in range(2))
    state = keras.layers.GRU(units)(keras.layers.Embedding(source_words, 32)(source))
    said = keras.layers.Embedding(target_words, 32)(inputs)
    outputs = keras.layers.GRU(units, return_sequences=True)(said)
    logits = keras.layers.Dense(target_words)(outputs)
    return keras.Model([source, inputs], logits + 0 * keras.ops.sum(state))


def train(sentences, vocabularies, seed, *, change=lambda sentences: sentences, deaf=False, epochs=EPOCHS):
    """The recipe of the chapter's last exercise."""
    keras.utils.set_random_seed(seed)
    sizes = [len(words) for words in vocabularies]
    model = deaf_translator(*sizes, 64) if deaf else rnncourse.translator(*sizes, units=64, attention=True)
    sources, inputs, targets = change(sentences)
    optimizer = rnncourse.recipe_optimizer(epochs * -(-len(targets) // BATCH), peak=1.5e-2)
    rnncourse.fit(
        model, (sources, inputs), targets, epochs=epochs, optimizer=optimizer, batch_size=BATCH,
        loss=rnncourse.masked_loss, metrics=(),
    )  # fmt: skip
    return model


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed, learn, vocabularies):
    model = train(learn, vocabularies, training_seed)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("translator"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice
    assert rnncourse.sentence_translator(model, *vocabularies)(["i drink milk"]) == ["je bois du lait"]


def turned_around(sentences):
    sources = sentences.sources.copy()
    for row, length in zip(sources, np.sum(sources != PAD, axis=1), strict=True):
        row[:length] = row[:length][::-1]
    return sentences._replace(sources=sources)


def shuffled(sentences):
    return sentences._replace(sources=np.random.default_rng(0).permutation(sentences.sources))


def too_few(sentences):
    return sentences._replace(**{name: part[:1500] for name, part in sentences._asdict().items()})


def not_shifted(sentences):
    return sentences._replace(decoder_inputs=sentences.targets)


BROKEN = [
    ("source never read", {"deaf": True, "epochs": 1}),
    ("source no help", {"change": shuffled, "epochs": 1}),
    ("source no help", {"change": too_few, "epochs": 1}),
    ("source backwards", {"change": turned_around, "epochs": 3}),
    ("targets not shifted", {"change": not_shifted, "epochs": 1}),
]


@pytest.mark.parametrize(("name", "options"), mostly_long(BROKEN, "source never read"))
def test_a_broken_training_misses_the_bar_and_is_named(name, options, learn, vocabularies):
    model = train(learn, vocabularies, 1, **options)
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("translator"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "The bar is at least 0.9" in verdict.advice


def test_an_untrained_model_is_told_so(vocabularies):
    keras.utils.set_random_seed(0)
    verdict = evaluate(find("translator"), rnncourse.translator(*map(len, vocabularies), 8), PRACTICE_SEED)
    assert verdict.mistake == "not trained"


def test_a_model_of_another_vocabulary_is_told_its_shape(vocabularies):
    english, french = map(len, vocabularies)
    verdict = evaluate(find("translator"), rnncourse.translator(english, french + 1, 8), PRACTICE_SEED)
    assert verdict.status is Status.WRONG
    assert "a logit for each word of the target vocabulary" in verdict.advice


def test_every_symptom_is_tested_here():
    elsewhere = {"not trained", "outputs not finite", "softmax in the last layer", "cost without from_logits"}
    assert {*dict(BROKEN), *elsewhere} == {symptom.name for symptom in translation.translator.mistakes}


def test_the_function_that_translates_is_no_model(vocabularies):
    translate = rnncourse.sentence_translator(rnncourse.translator(*map(len, vocabularies), 8), *vocabularies)
    advice = evaluate(find("translator"), translate, PRACTICE_SEED).advice
    assert advice.startswith("translator is a function or a class, expected the trained Keras model itself")


def test_check_and_grading_look_at_sentences_that_training_does_not_see(phrases, learn):
    rows = lambda sentences: {tuple(row[row != PAD]) for row in sentences.sources}  # noqa: E731
    practice, graded = (rows(translation._held_out(seed)) for seed in (PRACTICE_SEED, HIDDEN_SEED))
    assert min(len(practice), len(graded)) >= 200
    assert not practice & graded
    assert not (practice | graded) & rows(learn)
