"""What Keras does with masks on its own. The course hands every mask on by hand; here we notice a change of the rest.

If a test of this file fails after an update of Keras, nothing of ours computes anything else. To revisit: what chapters
5 and 14 say about masks, the bound on Keras in pyproject.toml and why it is there in CONTRIBUTING.md.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse

TOKENS = np.array([[3, 1, 0, 0], [2, 4, 5, 1], [5, 0, 0, 0]])
REVISIT = f"Keras {keras.__version__} hands masks on in another way than 3.15: see the top of this file"


def chain(layer, mask_zero=True):
    keras.utils.set_random_seed(5)
    return [
        keras.layers.Embedding(6, 3, mask_zero=mask_zero),
        getattr(keras.layers, layer)(4, return_sequences=True),
        keras.layers.Dense(6),
    ]


@pytest.mark.parametrize("layer", ["SimpleRNN", "LSTM", "GRU"])
def test_a_mask_travels_from_the_embedding_through_the_recurrent_and_the_dense_layer(layer):
    values = TOKENS
    for part in chain(layer):
        values = part(values)
        mask = getattr(values, "_keras_mask", None)
        assert mask is not None, f"{REVISIT}: {part.name} hands none on"
        np.testing.assert_array_equal(mask, TOKENS != 0, err_msg=REVISIT)


@pytest.mark.parametrize("layer", ["SimpleRNN", "LSTM", "GRU"])
def test_the_cost_of_compile_uses_a_mask_that_arrives_and_only_then(layer):
    for mask_zero in (True, False):
        model = keras.Sequential([keras.Input((None,), dtype="int32"), *chain(layer, mask_zero)])
        model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        told = model.evaluate(TOKENS, TOKENS, verbose=0)
        logits = model.predict(TOKENS, verbose=0)
        shifted = TOKENS + 1  # no word is <pad> now, so every place counts
        masked = rnncourse.masked_cross_entropy(logits, TOKENS)
        all_places = rnncourse.masked_cross_entropy(
            np.pad(logits, ((0, 0), (0, 0), (1, 0)), constant_values=-99), shifted
        )
        assert abs(masked - all_places) > 1e-4
        assert told == pytest.approx(masked if mask_zero else all_places, abs=1e-5), REVISIT


@pytest.mark.parametrize("attention", [False, True])
def test_our_translator_needs_none_of_this(attention):
    """Its masks are handed on by hand: its logits carry none, and <pad> behind a source changes nothing."""
    keras.utils.set_random_seed(3)
    model = rnncourse.translator(6, 7, units=5, attention=attention)
    inputs = np.array([[1, 4, 6], [1, 5, 0], [1, 6, 4]])
    logits = model([TOKENS, inputs])
    assert getattr(logits, "_keras_mask", None) is None
    wider = model([np.pad(TOKENS, ((0, 0), (0, 5))), inputs])
    np.testing.assert_allclose(logits, wider, atol=1e-6)
    without_padding = model([TOKENS[:1, :2], inputs[:1]])
    np.testing.assert_allclose(logits[:1], without_padding, atol=1e-6)


def test_keras_hands_masks_on_through_its_loop_over_any_cell():
    inputs, mask = np.random.default_rng(3).normal(size=(3, 4, 2)), TOKENS != 0
    outputs = keras.layers.RNN(keras.layers.SimpleRNNCell(5), return_sequences=True)(inputs, mask=mask)
    np.testing.assert_array_equal(outputs._keras_mask, mask, err_msg=REVISIT)
