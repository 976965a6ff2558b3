"""Chapter 11, "Then and now": gates in the same order, kernels transposed, two biases, a forget bias of one's own."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

BATCH = np.random.default_rng(11).normal(size=(3, 6, 4)).astype("f4")


def test_the_layer_is_ours_with_transposed_kernels_and_one_bias():
    lstm = torch.nn.LSTM(4, 5, batch_first=True)
    W = lstm.weight_ih_l0.T
    b = lstm.bias_ih_l0 + lstm.bias_hh_l0
    X = torch.tensor(BATCH)
    outputs, (h, c) = lstm(X)
    weights = [w.detach().numpy() for w in (W, lstm.weight_hh_l0.T, b)]
    state = (np.zeros((3, 5)),) * 2
    for x in rnncourse.unpack_sequence(BATCH):
        state = rnncourse.lstm_step(x, state, *weights)
    np.testing.assert_allclose(h[-1].detach().numpy(), state[0], atol=1e-6)
    np.testing.assert_allclose(c[-1].detach().numpy(), state[1], atol=1e-6)
    np.testing.assert_allclose(outputs[:, -1].detach().numpy(), state[0], atol=1e-6)
    layer = keras.layers.LSTM(5)
    layer.build(BATCH.shape)
    layer.set_weights(weights)
    np.testing.assert_allclose(layer(BATCH).numpy(), state[0], atol=1e-6)


def test_there_are_no_peepholes_and_a_forget_bias_is_set_in_its_block():
    lstm = torch.nn.LSTM(4, 5, batch_first=True)
    assert sorted(name for name, _ in lstm.named_parameters()) == [
        "bias_hh_l0",
        "bias_ih_l0",
        "weight_hh_l0",
        "weight_ih_l0",
    ]
    before = lstm.bias_ih_l0.detach().clone()
    with torch.no_grad():
        torch.nn.init.constant_(lstm.bias_ih_l0[5:10], 5.0)
    changed = (lstm.bias_ih_l0 != before).numpy()
    assert changed.nonzero()[0].tolist() == [5, 6, 7, 8, 9]
    assert bool((lstm.bias_ih_l0[5:10] == 5).all())
