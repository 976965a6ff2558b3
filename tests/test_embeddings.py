"""Embeddings: lookup against product, pairs against their definition, the cost against TensorFlow, training."""

from __future__ import annotations

import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.embeddings import (
    cosine_neighbours,
    embedding_lookup,
    family_vectors,
    lookup_gradient,
    negative_sampling_loss,
    neighbour_share,
    one_hot,
    principal_components,
    skip_gram_epochs,
    skip_gram_pairs,
    solve_analogy,
    spelling_table,
    train_skip_gram,
    unit_length,
)


@pytest.fixture
def rng():
    return np.random.default_rng(13)


def test_one_hot_times_a_table_is_the_lookup(rng):
    table, tokens = rng.normal(size=(9, 4)), rng.integers(9, size=(3, 5))
    np.testing.assert_array_equal(one_hot(tokens, 9) @ table, embedding_lookup(table, tokens))
    layer = keras.layers.Embedding(9, 4)
    layer.build()
    layer.set_weights([table])
    np.testing.assert_allclose(layer(tokens), embedding_lookup(table, tokens), rtol=1e-6)


@pytest.mark.parametrize("tokens", [[9], [-1], [0.5], [[2, 12]]])
def test_a_token_that_is_no_row_is_refused(tokens):
    for call in (lambda: one_hot(tokens, 9), lambda: embedding_lookup(np.ones((9, 2)), tokens)):
        with pytest.raises(ValueError, match=r"tokens has .*, expected whole numbers"):
            call()


def test_the_gradient_of_a_lookup_is_that_of_tensorflow(rng):
    table, tokens = rng.normal(size=(9, 4)), rng.integers(9, size=(3, 5))
    by_each = rng.normal(size=(3, 5, 4))
    variable = tf.Variable(table)
    with tf.GradientTape() as tape:
        cost = tf.reduce_sum(tf.gather(variable, tokens) * by_each)
    expected = tf.convert_to_tensor(tape.gradient(cost, variable))
    np.testing.assert_allclose(lookup_gradient(tokens, by_each, 9), expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"gradients has shape \(3, 4\), expected \(3, 5\) and an axis of dimensions"):
        lookup_gradient(tokens, by_each[:, 0], 9)


@pytest.mark.parametrize("window", [1, 3, 20])
def test_pairs_are_all_places_within_the_window(rng, window):
    tokens = rng.permutation(12)
    centres, contexts = skip_gram_pairs(tokens, window)
    place = np.argsort(tokens)
    distance = np.abs(place[centres] - place[contexts])
    assert distance.min() == 1
    assert distance.max() == min(window, 11)
    assert len(centres) == sum(2 * (12 - d) for d in range(1, min(window, 11) + 1))
    assert sorted(zip(centres, contexts, strict=True)) == sorted(zip(contexts, centres, strict=True))
    with pytest.raises(ValueError, match="window is 0, expected a whole number of at least 1"):
        skip_gram_pairs(tokens, 0)


def test_the_cost_is_that_of_tensorflow(rng):
    u, v, n = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.normal(size=(6, 3))
    near, far = tf.reduce_sum(u * v, axis=1), tf.matmul(u, n, transpose_b=True)
    true = tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(near), near)
    false = tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros_like(far), far)
    expected = tf.reduce_mean(true) + 3.5 * tf.reduce_mean(false)
    assert negative_sampling_loss(u, v, n, 3.5) == pytest.approx(float(expected), rel=1e-12)
    assert np.isfinite(negative_sampling_loss(1e3 * u, v, n))
    with pytest.raises(ValueError, match=r"contexts has shape \(3, 3\), expected \(batch, dimensions\) = \(4, 3\)"):
        negative_sampling_loss(u, v[:3], n)


def test_neighbours_analogies_and_the_map_on_vectors_that_are_known():
    table = np.array([[1, 0, 0], [9, 1, 0], [0, 2, 0], [0, 3, 1], [-1, 0, 0.0]])
    assert cosine_neighbours(table, 0, 2).tolist() == [1, 2]
    assert cosine_neighbours(table, 3, 4).tolist() == [2, 1, 0, 4]
    with pytest.raises(ValueError, match="count is 5, expected at most 4: there are 5 words"):
        cosine_neighbours(table, 0, 5)
    assert np.linalg.norm(unit_length(np.vstack([table, 0 * table[0]])), axis=1).tolist() == pytest.approx(
        [1] * 5 + [0]
    )
    square = np.array([[1, 0.1], [1, 1], [0.1, 0.1], [0.1, 1.0], [-1, -1]])
    assert solve_analogy(square, 0, 1, 2) == 3
    line = np.outer(np.arange(7.0), [3, 4, 0]) + np.array([0, 0, 5])
    seen = principal_components(line, 2)
    np.testing.assert_allclose(np.abs(seen[:, 0]), np.abs(5 * (np.arange(7) - 3)), atol=1e-9)
    np.testing.assert_allclose(seen[:, 1], 0, atol=1e-9)
    assert seen[np.argmax(np.abs(seen[:, 0])), 0] > 0
    with pytest.raises(ValueError, match="count is 4, expected at most 3"):
        principal_components(line, 4)


def test_the_share_of_pairs():
    table = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1], [-1, 0.0]])
    words, pairs = ["a", "b", "c", "d", "e"], [("a", "b"), ("c", "d"), ("a", "e"), ("a", "unknown")]
    assert neighbour_share(table, words, pairs, count=1) == 4 / 6
    with pytest.raises(ValueError, match="table has 4 rows, expected one for each of the 5 words"):
        neighbour_share(table[:4], words, pairs)
    with pytest.raises(ValueError, match="pairs has 1 pairs, expected at least one with both its words"):
        neighbour_share(table, words, [("x", "y")])


def made_text(rng, length=20_000):
    """Stretches of 40 words that are drawn either from the first hundred words or from the second."""
    group = np.repeat(rng.integers(2, size=length // 40), 40)
    return 100 * group + rng.integers(100, size=length)


def test_words_of_the_same_company_become_neighbours(rng, capsys):
    table = train_skip_gram(made_text(rng), 200, 8, window=3, epochs=8)
    told = re.search(r"epoch 8 of 8 · loss ≈ ([0-9.]+)\n$", capsys.readouterr().out)
    assert told is not None
    assert 2 < float(told[1]) < 6 * math.log(2) - 0.1  # what it costs to know nothing is 6 log 2
    cosines = unit_length(table) @ unit_length(table).T
    assert cosines[:100, :100].mean() > cosines[:100, 100:].mean() + 0.3
    assert cosines[100:, 100:].mean() > cosines[:100, 100:].mean() + 0.3


def test_the_same_seed_gives_the_same_table(rng):
    text = made_text(rng, 2000)
    one, other = (list(skip_gram_epochs(text, 200, 4, window=1, epochs=2, seed=5))[-1] for _ in range(2))
    np.testing.assert_allclose(one, other, atol=1e-5)
    different = list(skip_gram_epochs(text, 200, 4, window=1, epochs=2, seed=6))[-1]
    assert np.abs(one - different).max() > 0.01


@pytest.mark.parametrize("tokens", [np.array([3]), np.ones((2, 2), int)])
def test_no_text_no_training(tokens):
    with pytest.raises(ValueError, match=r"tokens has shape .* expected .*\(length,\)"):
        next(skip_gram_epochs(tokens, 5, 2))


def test_a_word_reader_starts_from_the_table(rng):
    table = rng.normal(size=(9, 4)).astype("float32")
    for trainable in (False, True):
        reader = rnncourse.word_reader(table, classes=3, units=5, trainable=trainable)
        np.testing.assert_array_equal(reader.get_layer("embedding").embeddings, table)
        assert reader.get_layer("embedding").trainable is trainable
        assert reader(np.array([[1, 2, 8]])).shape == (1, 3)


def test_generators_are_gone_through_once():
    table = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1], [-1, 0.0]])
    pairs = [("a", "b"), ("c", "d"), ("a", "e")]
    assert neighbour_share(table, iter("abcde"), zip("aca", "bde", strict=True), count=1) == neighbour_share(
        table, list("abcde"), pairs, count=1
    )


def test_an_analogy_needs_a_word_beside_the_three():
    with pytest.raises(ValueError, match="table has 3 rows, expected at least one beside those of a, b and c"):
        solve_analogy(np.eye(3), 0, 1, 2)
    assert solve_analogy(np.eye(3), 0, 1, 1) == 2


@pytest.mark.parametrize("token", [-1, 5, 0.5, [1]])
def test_a_word_that_is_no_row_is_refused(token):
    table = np.ones((5, 2))
    for call in (lambda: cosine_neighbours(table, token, 2), lambda: solve_analogy(table, 0, token, 1)):
        with pytest.raises(ValueError, match=r"(token|b) has .*, expected .*whole numbers"):
            call()


def test_components_of_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match=r"vectors\[2, 1\] is nan, expected finite numbers"):
        principal_components(np.array([[1, 2], [3, 4], [5, np.nan]]), 1)
    half = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float16)
    np.testing.assert_allclose(principal_components(half), principal_components(half.astype(float)), atol=1e-4)


def test_every_analogy_of_the_family_is_exact():
    table = family_vectors()
    for a, b, c in np.ndindex(8, 8, 8):
        if len({a, b, c}) == 3 and (a ^ b) & (a ^ c) == 0:
            np.testing.assert_array_equal(table[b] - table[a] + table[c], table[a ^ b ^ c])
            assert solve_analogy(table, a, b, c) == a ^ b ^ c


def test_a_table_of_spelling_counts_the_pieces_of_three_letters():
    table = spelling_table(["aaaa", "a", "list", "lists"], 4096)
    assert table.dtype == np.float32
    np.testing.assert_array_equal(table.sum(axis=1), [4, 1, 4, 5])
    assert table[0].max() == 2  # <aa, aaa, aaa, aa>
    assert table[2] @ table[3] == 3  # <li, lis, ist; st> is not sts, ts>
    assert table[1] @ table[2] == 0


def test_spelling_tells_plurals_and_not_meanings():
    words = ["class", "classes", "object", "objects", "tuple", "list"]
    letters = spelling_table(words)
    assert list(cosine_neighbours(letters, 2, 1)) == [3]
    assert letters[4] @ letters[5] == 0


def test_spelling_needs_words():
    with pytest.raises(ValueError, match="words is empty, expected a list of words, at least one"):
        spelling_table([])
    with pytest.raises(ValueError, match="words is the text 'list', expected a list of words"):
        spelling_table("list")
