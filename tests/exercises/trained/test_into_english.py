"""The exercise of the trained translator: real training clears the bar, broken training does not, by name."""

from __future__ import annotations

from functools import partial

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
    """French, which is read, and English, which is said."""
    return tuple(rnncourse.build_vocabulary([pair[side] for pair in phrases.train]) for side in (1, 0))


@pytest.fixture(scope="module")
def learn(phrases, vocabularies):
    return rnncourse.make_sentences([pair[::-1] for pair in phrases.train], *vocabularies)


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
    new = deaf_translator if deaf else partial(rnncourse.translator, attention=True)
    model = new(*sizes, 64)
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
        verdict = evaluate(find("into_english"), model, which)
        assert verdict.status is Status.RIGHT, verdict.advice
    assert rnncourse.sentence_translator(model, *vocabularies)(["je bois du lait"]) == ["i drink milk"]


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
        verdict = evaluate(find("into_english"), model, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert f"The bar is at least {translation.BAR}" in verdict.advice


def test_an_untrained_model_is_told_so(vocabularies):
    keras.utils.set_random_seed(0)
    verdict = evaluate(find("into_english"), rnncourse.translator(*map(len, vocabularies), 8), PRACTICE_SEED)
    assert verdict.mistake == "not trained"


def test_a_model_of_the_other_direction_is_told_its_shape(vocabularies):
    french, english = map(len, vocabularies)
    verdict = evaluate(find("into_english"), rnncourse.translator(english, french, 8), PRACTICE_SEED)
    assert verdict.status is Status.WRONG
    assert "a logit for each English word" in verdict.advice
    assert "Does it translate from French into English?" in verdict.advice


def test_the_bar_lies_below_what_a_perfect_network_is_sure_of(phrases):
    """Il aime le lait: he likes milk, or the milk. Of such sentences even a perfect network may get half wrong."""
    of_two_meanings = [english for english, _ in phrases.combinations if {"like", "likes"} & set(english.split())]
    assert 1 - len(of_two_meanings) / len(phrases.combinations) / 2 > translation.BAR


def test_no_counting_passes_the_bar(phrases):
    """The phrase table in the other direction, on the sentences that ``check`` takes and on those of the grading."""
    turned = [pair[::-1] for pair in phrases.train]
    references, sources = zip(*phrases.combinations, strict=True)
    for answer in (rnncourse.phrase_table_baseline, rnncourse.word_by_word_baseline):
        said = answer(turned, sources)
        for half in (slice(300), slice(300, 600)):
            assert rnncourse.exact_match(said[half], references[half]) < 100 * translation.BAR - 2


def test_every_symptom_is_tested_here():
    elsewhere = {"not trained", "outputs not finite", "softmax in the last layer", "cost without from_logits"}
    assert {*dict(BROKEN), *elsewhere} == {symptom.name for symptom in translation.into_english.mistakes}


def test_the_function_that_translates_is_no_model(vocabularies):
    translate = rnncourse.sentence_translator(rnncourse.translator(*map(len, vocabularies), 8), *vocabularies)
    advice = evaluate(find("into_english"), translate, PRACTICE_SEED).advice
    assert advice.startswith("into_english is a function or a class, expected the trained Keras model itself")


def test_check_and_grading_look_at_sentences_that_training_does_not_see(phrases, learn):
    rows = lambda sentences: {tuple(row[row != PAD]) for row in sentences.sources}  # noqa: E731
    practice, graded = (rows(translation._held_out(seed)) for seed in (PRACTICE_SEED, HIDDEN_SEED))
    assert min(len(practice), len(graded)) >= 200
    assert not practice & graded
    assert not (practice | graded) & rows(learn)
