"""The column "the same in PyTorch" of chapter 10: clipping, cutting the way back, and how a kernel starts."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

rng = np.random.default_rng(10)
UNITS = 5


def test_clip_grad_norm_is_clip_by_global_norm():
    gradients = [10 * rng.normal(size=(3, UNITS)), rng.normal(size=UNITS)]
    parameters = [torch.nn.Parameter(torch.tensor(gradient)) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    assert norm.item() == pytest.approx(np.sqrt(sum(np.sum(gradient**2) for gradient in gradients)))
    for parameter, clipped in zip(parameters, rnncourse.clip_by_global_norm(gradients, 1.0), strict=True):
        np.testing.assert_allclose(parameter.grad, clipped, rtol=1e-5)


def test_detach_cuts_the_way_back_where_stop_gradient_does():
    import tensorflow as tf

    kernel, loops = rng.normal(size=(2, UNITS)), 0.7 * rng.normal(size=(UNITS, UNITS))
    inputs, length = rng.normal(size=(7, 3, 2)), 3

    recurrent, state = torch.tensor(loops, requires_grad=True), torch.zeros((3, UNITS), dtype=torch.float64)
    for t, x in enumerate(torch.tensor(inputs)):
        if t % length == 0:
            state = state.detach()
        state = torch.tanh(x @ torch.tensor(kernel) + state @ recurrent)
    torch.sum(state**2).backward()

    ours = tf.constant(loops)
    with tf.GradientTape() as tape:
        tape.watch(ours)
        step = lambda x, h: (tf.tanh(x @ kernel + h @ ours),) * 2  # noqa: E731
        _, last = rnncourse.truncated_rnn(
            step, tf.unstack(tf.constant(inputs)), tf.zeros((3, UNITS), tf.float64), length
        )
        cost = tf.reduce_sum(last**2)
    np.testing.assert_allclose(recurrent.grad, tape.gradient(cost, ours), rtol=1e-9)


def test_how_a_kernel_starts():
    torch.manual_seed(2)
    rnn = torch.nn.RNN(3, 60, nonlinearity="relu")
    drawn = rnn.weight_hh_l0.detach().numpy()
    assert np.abs(drawn).max() <= 1 / np.sqrt(60)
    assert drawn.std() == pytest.approx(1 / np.sqrt(3 * 60), rel=0.05)  # evenly spread
    assert rnncourse.spectral_radius(drawn) < 0.75
    torch.nn.init.orthogonal_(rnn.weight_hh_l0)
    drawn = rnn.weight_hh_l0.detach().numpy()
    np.testing.assert_allclose(drawn @ drawn.T, np.eye(60), atol=1e-5)
    torch.nn.init.eye_(rnn.weight_hh_l0)
    assert torch.equal(rnn.weight_hh_l0.detach(), torch.eye(60))
