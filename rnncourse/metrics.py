"""Scores that Keras keeps while it trains."""

from __future__ import annotations

from typing import Any

import keras

from rnncourse.vocabulary import PAD


class MaskedAccuracy(keras.metrics.Mean):
    """(number of places that are not <pad> where the largest logit is the target's) / (number of such places).

    For ``compile(…, metrics=[MaskedAccuracy()])``: targets of shape (batch, time), logits of shape (batch, time,
    words). Over several batches it is the share of all their places, as ``masked_accuracy`` would give for the whole.
    Nothing rests on how Keras hands masks on.
    """

    def __init__(self, name: str = "masked_accuracy", **options: Any) -> None:
        super().__init__(name=name, **options)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; weights of the caller, shape (batch, time), count beside the mask."""
        y_true = keras.ops.cast(y_true, "int32")
        weights = keras.ops.cast(keras.ops.not_equal(y_true, PAD), "float32")
        if sample_weight is not None:
            weights = weights * keras.ops.cast(sample_weight, "float32")
        right = keras.ops.equal(keras.ops.argmax(y_pred, axis=-1), keras.ops.cast(y_true, "int64"))
        super().update_state(keras.ops.cast(right, "float32"), sample_weight=weights)
