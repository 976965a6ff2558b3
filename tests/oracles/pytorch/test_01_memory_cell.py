"""Chapter 01, "Then and now": what the column on PyTorch says, where torch is installed."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(1)
KERNEL, RECURRENT_KERNEL, BIAS = RNG.normal(size=(3, 5)), RNG.normal(size=(5, 5)), RNG.normal(size=5)
INPUTS = RNG.normal(size=(2, 7, 3))


def with_our_weights(module):
    """A torch module with the weights above: transposed, the bias in one of its two places."""
    named = {name.removesuffix("_l0"): value for name, value in module.double().named_parameters()}
    with torch.no_grad():
        named["weight_ih"].copy_(torch.tensor(KERNEL.T))
        named["weight_hh"].copy_(torch.tensor(RECURRENT_KERNEL.T))
        named["bias_ih"].copy_(torch.tensor(BIAS))
        named["bias_hh"].zero_()
    return module


def test_the_cell_returns_its_state_which_is_its_output():
    cell = torch.nn.RNNCell(3, 5)
    state = RNG.normal(size=(2, 5))
    new_state = with_our_weights(cell)(torch.tensor(INPUTS[:, 0]), torch.tensor(state)).detach().numpy()
    expected = rnncourse.rnn_step(INPUTS[:, 0], state, KERNEL, RECURRENT_KERNEL, BIAS)
    np.testing.assert_allclose(new_state, expected, atol=1e-12)


def test_the_layer_returns_all_states_and_the_last_one():
    layer = torch.nn.RNN(3, 5, batch_first=True)
    states, last = (found.detach().numpy() for found in with_our_weights(layer)(torch.tensor(INPUTS)))
    np.testing.assert_allclose(states, rnncourse.run_layer(INPUTS, KERNEL, RECURRENT_KERNEL, BIAS), atol=1e-12)
    np.testing.assert_array_equal(last[0], states[:, -1])


def test_its_kernels_are_transposed_and_its_two_biases_are_added():
    layer = with_our_weights(torch.nn.RNN(3, 5, batch_first=True))
    np.testing.assert_array_equal(layer.weight_ih_l0.detach().numpy(), KERNEL.T)
    np.testing.assert_array_equal(layer.weight_hh_l0.detach().numpy(), RECURRENT_KERNEL.T)
    with torch.no_grad():
        layer.bias_ih_l0 -= 1
        layer.bias_hh_l0 += 1
    states = layer(torch.tensor(INPUTS))[0].detach().numpy()
    np.testing.assert_allclose(states, rnncourse.run_layer(INPUTS, KERNEL, RECURRENT_KERNEL, BIAS), atol=1e-12)
    assert sum(value.numel() for value in layer.parameters()) == rnncourse.parameter_count(3, 5) + 5


def test_a_convolution_has_as_many_parameters_as_the_chapter_counts():
    convolution = torch.nn.Conv1d(3, 5, 2)
    assert sum(value.numel() for value in convolution.parameters()) == 2 * 3 * 5 + 5
    assert convolution(torch.zeros(2, 3, 30)).shape == (2, 5, 29)  # time is the last axis
