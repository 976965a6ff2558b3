"""Chapter 3, "Then and now": one layer, two steps, its gradient."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import rnncourse

torch = pytest.importorskip("torch")

FIRST, SECOND = np.random.default_rng(3).normal(size=(2, 4, 3)).astype("f4")


def test_a_parameter_has_its_value_at_once():
    kernel = torch.nn.Parameter(torch.randn(3, 5))
    assert kernel.shape == (3, 5)
    assert kernel.requires_grad
    assert bool((kernel != 0).any())


def test_a_gradient_stands_beside_its_variable():
    w = torch.tensor(3.0, requires_grad=True)
    y = 3 * w**2
    y.backward()
    assert (y.item(), w.grad.item()) == (27, 18)
    variable = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        value = 3 * variable**2
    assert float(tape.gradient(value, variable)) == w.grad.item()


def test_a_cell_has_transposed_kernels_and_two_biases():
    cell = torch.nn.RNNCell(3, 5)
    W_x = cell.weight_ih.T
    W_h = cell.weight_hh.T
    b = cell.bias_ih + cell.bias_hh

    def f(X0, X1):
        Y0 = cell(X0)
        return Y0, cell(X1, Y0)

    X0, X1 = torch.tensor(FIRST), torch.tensor(SECOND)
    Y0, Y1 = f(X0, X1)
    ours = rnncourse.run_two_steps(FIRST, SECOND, *(weight.detach().numpy() for weight in (W_x, W_h, b)))
    for theirs, our in zip((Y0, Y1), ours, strict=True):
        np.testing.assert_allclose(theirs.detach().numpy(), our, atol=1e-6)


def test_a_layer_returns_all_outputs_and_the_last_state():
    X = torch.tensor(np.stack([FIRST, SECOND], axis=1))
    torch.manual_seed(3)
    outputs, last = torch.nn.RNN(3, 5, batch_first=True)(X)
    torch.manual_seed(3)
    layer = torch.nn.RNN(3, 5, batch_first=True)  # the same seed, the same weights
    W_x, W_h = layer.weight_ih_l0.T, layer.weight_hh_l0.T
    weights = [w.detach().numpy() for w in (W_x, W_h, layer.bias_ih_l0 + layer.bias_hh_l0)]
    keras_layer = rnncourse.simple_rnn_layer(*weights)
    np.testing.assert_allclose(outputs.detach().numpy(), keras_layer(X.numpy()).numpy(), atol=1e-6)
    np.testing.assert_allclose(last[0].detach().numpy(), outputs[:, -1].detach().numpy())
