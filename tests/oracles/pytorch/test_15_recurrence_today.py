"""Chapter 15, "Then and now": linear steps in a loop, attention that sees no future, heads that share, a stream."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(15)


def test_a_loop_over_linear_steps_gives_the_states_of_the_layer():
    inputs = RNG.normal(size=(3, 7, 4)).astype("f4")
    layer = rnncourse.MinGRU(5)
    expected = layer(inputs)
    X, W, bias = (torch.tensor(part) for part in (inputs, *layer.get_weights()))
    z, g = (X @ W + bias).chunk(2, dim=-1)
    a, b = torch.sigmoid(-z), torch.sigmoid(z) * g
    for ours, theirs in zip(rnncourse.linear_steps(inputs, *layer.get_weights()), (a, b), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    h = torch.zeros(3, 5)
    for factor, addend in zip(a.unbind(1), b.unbind(1), strict=True):
        h = factor * h + addend
    np.testing.assert_allclose(h, expected, atol=1e-6)


def test_attention_that_sees_no_future():
    queries, keys, values = RNG.normal(size=(3, 2, 6, 4))
    q, k, v = map(torch.tensor, (queries, keys, values))
    looked = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    np.testing.assert_allclose(looked, rnncourse.causal_attention(queries, keys, values)[0], atol=1e-6)


def test_heads_that_share_keys_and_values():
    inputs, w_q = RNG.normal(size=(2, 6, 7)), RNG.normal(size=(7, 6, 4))
    w_k, w_v, w_o = RNG.normal(size=(7, 2, 4)), RNG.normal(size=(7, 2, 4)), RNG.normal(size=(6, 4, 7))
    q, k, v = (torch.tensor(np.einsum("btf,fhs->bhts", inputs, part)) for part in (w_q, w_k, w_v))
    looked = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    outputs = np.einsum("bhts,hso->bto", looked.numpy(), w_o)
    np.testing.assert_allclose(outputs, rnncourse.grouped_attention(inputs, w_q, w_k, w_v, w_o), atol=1e-6)


def test_a_stream_in_pieces_is_the_whole_sequence():
    gru = torch.nn.GRU(4, 5, batch_first=True)
    whole = torch.tensor(RNG.normal(size=(1, 9, 4)).astype("f4"))
    h, said = torch.zeros(1, 1, 5), []
    for x in whole.split(1, dim=1):
        outputs, h = gru(x, h)
        said.append(outputs)
    np.testing.assert_allclose(torch.cat(said, dim=1).detach(), gru(whole)[0].detach(), atol=1e-6)
