"""Attention that sees no future: it looks as chapter 14's does, place by place, and as Keras's layers do."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse


def drawn(*shapes):
    rng = np.random.default_rng(5)
    return [rng.normal(size=shape) for shape in shapes]


def test_each_place_attends_to_its_past_as_in_chapter_14():
    queries, keys = drawn((2, 6, 3), (2, 6, 3))
    outputs, weights = rnncourse.causal_attention(queries, keys, keys)
    for t in range(6):
        mask = np.arange(6) <= np.full((2, 1), t)
        context, seen = rnncourse.attend(queries[:, t] / np.sqrt(3), keys, mask)
        np.testing.assert_allclose(outputs[:, t], context, atol=1e-12)
        np.testing.assert_allclose(weights[:, t], seen, atol=1e-12)


def test_nothing_that_comes_later_changes_what_was_said():
    queries, keys, values = drawn((2, 6, 3), (2, 6, 3), (2, 6, 4))
    before, _ = rnncourse.causal_attention(queries, keys, values)
    for part in (queries, keys, values):
        part[:, 4:] += 3
    after, _ = rnncourse.causal_attention(queries, keys, values)
    np.testing.assert_array_equal(before[:, :4], after[:, :4])
    assert np.abs(before[:, 4:] - after[:, 4:]).min() > 1e-6


@pytest.mark.parametrize(("heads", "groups"), [(1, 1), (3, 3), (4, 2), (6, 1)])
def test_several_heads_are_keras_layers_with_the_same_weights(heads, groups):
    inputs, *weights = drawn((2, 5, 7), (7, heads, 3), (7, groups, 3), (7, groups, 3), (heads, 3, 7))
    layer = keras.layers.GroupQueryAttention(3, heads, groups, use_bias=False)
    if heads == groups:
        layer = keras.layers.MultiHeadAttention(heads, 3, use_bias=False)
    layer.build(inputs.shape, inputs.shape)
    layer.set_weights(weights)
    theirs = layer(inputs.astype("float32"), inputs.astype("float32"), use_causal_mask=True)
    np.testing.assert_allclose(rnncourse.grouped_attention(inputs, *weights), theirs, atol=2e-5)


def test_the_heads_have_to_be_dealt_out_evenly():
    inputs, *weights = drawn((2, 5, 7), (7, 5, 3), (7, 2, 3), (7, 2, 3), (5, 3, 7))
    with pytest.raises(ValueError, match="w_q has 5 heads and w_k 2 groups"):
        rnncourse.grouped_attention(inputs, *weights)


def test_the_signal_of_a_place_is_the_formula():
    signal = rnncourse.position_signal(50, 6)
    for t, i in ((0, 0), (7, 1), (49, 2)):
        angle = t / 10_000 ** (2 * i / 6)
        np.testing.assert_allclose(signal[t, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)])
    assert rnncourse.position_signal(4, 5).shape == (4, 5)


def test_products_of_two_places_depend_on_their_distance_alone():
    signal = rnncourse.position_signal(40, 8)
    np.testing.assert_allclose(signal[3] @ signal[10], signal[23] @ signal[30], atol=1e-12)
