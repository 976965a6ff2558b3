"""Chapter 12, "Then and now": PyTorch's GRU resets after the product, keeps r before z, and its z is Keras's z."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

BATCH = np.random.default_rng(12).normal(size=(3, 6, 4)).astype("f4")


def test_its_weights_work_in_our_step_and_in_keras():
    gru = torch.nn.GRU(4, 5, batch_first=True)
    X = torch.tensor(BATCH)
    outputs, h = gru(X)
    theirs = [w.detach().numpy() for w in (gru.weight_ih_l0, gru.weight_hh_l0, gru.bias_ih_l0, gru.bias_hh_l0)]
    weights = rnncourse.gru_weights_from_pytorch(*theirs)
    state = np.zeros((3, 5))
    for x in rnncourse.unpack_sequence(BATCH):
        state = rnncourse.gru_step(x, state, *weights)
    np.testing.assert_allclose(h[0].detach().numpy(), state, atol=1e-6)
    layer = keras.layers.GRU(5, return_sequences=True)
    layer.build(BATCH.shape)
    layer.set_weights(weights)
    np.testing.assert_allclose(layer(BATCH).numpy(), outputs.detach().numpy(), atol=1e-6)


def test_both_gates_open_by_their_rows_of_the_bias():
    gru = torch.nn.GRU(4, 5, batch_first=True)
    before = gru.bias_ih_l0.detach().clone()
    with torch.no_grad():
        torch.nn.init.constant_(gru.bias_ih_l0[:10], 1.0)
    assert (gru.bias_ih_l0 != before).numpy().nonzero()[0].tolist() == list(range(10))
