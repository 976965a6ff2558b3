"""The PyTorch column of chapter 13: each row gives the numbers of our own functions."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(13)
TABLE, TOKENS = RNG.normal(size=(9, 4)), np.array([[3, 0], [8, 3]])


def test_an_embedding_is_a_table_from_a_normal_distribution():
    torch.manual_seed(0)
    layer = torch.nn.Embedding(9, 4)
    table = layer.weight.detach().numpy()
    assert table.shape == (9, 4)
    assert 1 < abs(table).max() < 5
    np.testing.assert_array_equal(layer(torch.tensor(TOKENS)).detach(), rnncourse.embedding_lookup(table, TOKENS))


def test_the_function_looks_up():
    tokens, table = torch.tensor(TOKENS), torch.tensor(TABLE)
    found = torch.nn.functional.embedding(tokens, table)
    np.testing.assert_array_equal(found, rnncourse.embedding_lookup(TABLE, TOKENS))


def test_log_sigmoids_are_the_cost_of_negative_sampling():
    u, v, n = (torch.tensor(RNG.normal(size=(size, 3))) for size in (4, 4, 6))
    near, far = (u * v).sum(dim=1), u @ n.T
    true = -torch.nn.functional.logsigmoid(near).mean()
    cost = true - 5 * torch.nn.functional.logsigmoid(-far).mean()
    assert cost.item() == pytest.approx(rnncourse.negative_sampling_loss(u.numpy(), v.numpy(), n.numpy(), 5.0))


def test_a_table_from_elsewhere_is_frozen():
    table = torch.tensor(TABLE)
    layer = torch.nn.Embedding.from_pretrained(table, freeze=True)
    np.testing.assert_array_equal(layer(torch.tensor(TOKENS)), rnncourse.embedding_lookup(TABLE, TOKENS))
    assert not layer.weight.requires_grad


def test_the_row_of_the_padding_gets_no_gradient_and_the_others_that_of_a_lookup():
    layer = torch.nn.Embedding(9, 4, padding_idx=0)
    by_each = RNG.normal(size=(2, 2, 4)).astype("float32")
    (layer(torch.tensor(TOKENS)) * torch.tensor(by_each)).sum().backward()
    expected = rnncourse.lookup_gradient(TOKENS, by_each, 9)
    expected[0] = 0
    np.testing.assert_allclose(layer.weight.grad, expected, rtol=1e-5)
