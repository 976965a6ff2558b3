"""Chapter 04 in PyTorch: each row of "Then and now" gives the numbers of ours, on the same random weights."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(4)
BATCH = RNG.normal(size=(4, 6, 3)).astype("float32")
STATE = RNG.normal(size=(4, 5)).astype("float32")
KERNEL, RECURRENT, BIAS = (0.5 * RNG.normal(size=shape) for shape in [(3, 5), (5, 5), 5])
X = torch.tensor(BATCH)


def with_our_weights(layer):
    """PyTorch keeps its kernels transposed, and two biases, which it only ever adds."""
    with torch.no_grad():
        ours = (KERNEL.T, RECURRENT.T, BIAS / 3, 2 * BIAS / 3)
        for parameter, values in zip(layer.parameters(), ours, strict=True):
            parameter.copy_(torch.tensor(values))
    return layer.requires_grad_(False)


def numpy_step(inputs, state):
    state = rnncourse.rnn_step(inputs, state, KERNEL, RECURRENT, BIAS)
    return state, state


OUTPUTS, LAST = rnncourse.static_rnn(numpy_step, rnncourse.unpack_sequence(BATCH), STATE)


def test_unbind_makes_the_list_of_steps():
    for theirs, ours in zip(X.unbind(dim=1), rnncourse.unpack_sequence(BATCH), strict=True):
        np.testing.assert_array_equal(theirs, ours)


def test_a_loop_with_a_cell_is_the_chain_and_stack_packs_it():
    cell = with_our_weights(torch.nn.RNNCell(3, 5))
    state, outputs = torch.tensor(STATE), []
    for x in X.unbind(dim=1):
        state = cell(x, state)
        outputs.append(state)
    np.testing.assert_allclose(state, LAST, atol=1e-6)
    np.testing.assert_allclose(torch.stack(outputs, dim=1), rnncourse.pack_sequence(OUTPUTS), atol=1e-6)


def test_the_layer_is_unpack_chain_and_pack():
    layer = with_our_weights(torch.nn.RNN(3, 5, batch_first=True))
    outputs, last = layer(X, torch.tensor(STATE)[None])
    np.testing.assert_allclose(outputs, rnncourse.pack_sequence(OUTPUTS), atol=1e-6)
    np.testing.assert_allclose(last[0], LAST, atol=1e-6)
