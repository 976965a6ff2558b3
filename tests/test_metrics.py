"""Scores that Keras keeps while it trains, against those of NumPy over everything at once."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse


@pytest.fixture
def batch():
    """Logits of 5 words for 4 sentences of 3, 1, 6 and 4 words."""
    rng = np.random.default_rng(7)
    there = rnncourse.sequence_mask([3, 1, 6, 4], 6)
    return rng.normal(0, 2, size=(4, 6, 5)), rng.integers(1, 5, size=(4, 6)) * there


def test_the_metric_of_keras_is_the_share_over_all_batches(batch):
    logits, targets = batch
    metric = rnncourse.MaskedAccuracy()
    for rows in (slice(0, 2), slice(2, 4)):  # 4 words in one, 10 in the other: the mean of two shares would be wrong
        metric.update_state(targets[rows], logits[rows])
    assert float(metric.result()) == pytest.approx(rnncourse.masked_accuracy(logits, targets), rel=1e-6)
    metric.reset_state()
    metric.update_state(targets, logits, sample_weight=np.array([[1], [0], [0], [0]]) * np.ones((1, 6)))
    assert float(metric.result()) == pytest.approx(rnncourse.masked_accuracy(logits[:1], targets[:1]), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "uint8"])
def test_the_metric_takes_logits_of_any_dtype(dtype, batch):
    logits, targets = 20 + 3 * batch[0], batch[1]
    metric = rnncourse.MaskedAccuracy()
    metric.update_state(targets.astype("int8"), keras.ops.cast(logits, dtype))
    rounded = np.asarray(keras.ops.cast(keras.ops.cast(logits, dtype), "float32"))
    assert float(metric.result()) == pytest.approx(rnncourse.masked_accuracy(rounded, targets), rel=1e-6)


def test_the_metric_goes_into_compile(batch):
    logits, targets = batch
    model = keras.Sequential([keras.Input((6, 5)), keras.layers.Activation("linear")])
    model.compile(loss=rnncourse.masked_loss, metrics=[rnncourse.MaskedAccuracy()], jit_compile=False)
    told = model.evaluate(logits, targets, batch_size=2, verbose=0, return_dict=True)
    assert told["masked_accuracy"] == pytest.approx(rnncourse.masked_accuracy(logits, targets), rel=1e-6)
