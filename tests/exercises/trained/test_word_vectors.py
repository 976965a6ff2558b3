"""The exercise of the trained word vectors: real training clears the bar, broken training does not and is named."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate
from rnncourse.exercises import embeddings, find

HIDDEN_SEED = 99


@pytest.fixture(scope="module")
def words():
    return rnncourse.load_docs_words()


def train_table(words, seed, change=lambda tokens: tokens, **options):
    """A table of the chapter's kind, with fewer epochs."""
    tokens, vocabulary = words
    return rnncourse.train_skip_gram(change(tokens), len(vocabulary), seed=seed, **({"epochs": 3} | options))


@pytest.mark.long  # each chapter trains by it, under nbval
def test_the_recipe_clears_the_bar(training_seed, words):
    large = train_table(words, training_seed, epochs=8)
    table = rnncourse.principal_components(rnncourse.unit_length(large), 16)
    for which in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("word_vectors"), table, which)
        assert verdict.status is Status.RIGHT, verdict.advice


def frozen(words):
    """The table as it is before training."""
    rng = np.random.default_rng(1)
    return rng.uniform(-0.5, 0.5, size=(len(words.vocabulary), 16))


def shuffled(words):
    """Trained, but on the words in a random order: nobody keeps company with anybody."""
    return train_table(words, 1, np.random.default_rng(0).permutation, dimensions=16)


def without_noise(words):
    return train_table(words, 1, negatives=0.0, dimensions=16)


def too_short(words):
    """Read once: the noise has not driven the vectors apart yet."""
    return rnncourse.train_skip_gram(words.tokens, len(words.vocabulary), 16, epochs=1)


def counts_only(words):
    """Counted who stands near whom, but not how often that would happen by chance."""
    size = len(words.vocabulary)
    counts = np.zeros((size, size))
    np.add.at(counts, rnncourse.skip_gram_pairs(words.tokens, 4), 1)
    return rnncourse.principal_components(np.log1p(counts), 16)


BROKEN = {
    "much lost": (counts_only,),
    "too many dimensions": (lambda words: np.ones((len(words.vocabulary), 50)),),
    "as good as random": (frozen,),
    "too few dimensions": (lambda words: frozen(words)[:, :2],),
    "all alike": (shuffled, without_noise, too_short, lambda words: np.ones((len(words.vocabulary), 9))),
}


@pytest.mark.parametrize(("name", "make"), [(name, make) for name, makers in BROKEN.items() for make in makers])
def test_a_broken_training_misses_the_bar_and_is_named(name, make, words):
    table = make(words)
    for seed in (PRACTICE_SEED, HIDDEN_SEED):
        verdict = evaluate(find("word_vectors"), table, seed)
        assert verdict.status is Status.WRONG
        assert verdict.mistake == name, verdict.advice
        assert "\nOn the list of pairs: share" in verdict.advice
        assert "The bar is at least 0.57" in verdict.advice


def test_a_table_of_another_size_is_told_so(words):
    verdict = evaluate(find("word_vectors"), np.ones((7, 3)), PRACTICE_SEED)
    assert verdict.status is Status.WRONG
    assert f"table has 7 rows, expected one for each of the {len(words.vocabulary)} words" in verdict.advice


def test_a_layer_will_do(words):
    table = frozen(words)
    layer = keras.layers.Embedding(*table.shape)
    layer.build()
    layer.set_weights([table])
    assert embeddings.share_of_pairs(layer, 1) == embeddings.share_of_pairs(table, 1)


def test_every_symptom_is_tested_here():
    assert set(BROKEN) == {symptom.name for symptom in embeddings.word_vectors.mistakes}
