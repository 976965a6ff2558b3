"""Chapter 7's column on PyTorch: the same weights give the same forecasts and the same cost as Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def copied():
    """Our forecaster, and PyTorch's layers with its weights."""
    keras.utils.set_random_seed(3)
    model = rnncourse.forecaster(time_steps=None)
    kernel, recurrent_kernel, _, output_kernel, _ = (weight.numpy() for weight in model.weights)
    rng = np.random.default_rng(4)
    bias, output_bias = rng.normal(size=100), rng.normal(size=1)
    model.set_weights([kernel, recurrent_kernel, bias, output_kernel, output_bias])
    reader = torch.nn.RNN(1, 100, nonlinearity="relu", batch_first=True)
    projection = torch.nn.Linear(100, 1)
    names = (reader.weight_ih_l0, kernel.T), (reader.weight_hh_l0, recurrent_kernel.T), (reader.bias_ih_l0, bias)
    with torch.no_grad():
        for parameter, value in (*names, (projection.weight, output_kernel.T), (projection.bias, output_bias)):
            parameter.copy_(torch.tensor(value))
        reader.bias_hh_l0.zero_()  # PyTorch adds two biases where Keras has one
    return model, reader, projection


def test_layer_projection_and_cost_are_those_of_keras(copied):
    model, reader, projection = copied
    windows = rnncourse.random_windows(6, seed=5)
    x, y = (torch.tensor(array) for array in windows)
    with torch.no_grad():
        outputs, _ = reader(x)
        forecasts = projection(outputs)
        inside = torch.stack([projection(h) for h in outputs.unbind(1)], dim=1)
        cost = torch.nn.functional.mse_loss(forecasts, y)
    ours = rnncourse.network_forecast(model, windows.inputs)
    np.testing.assert_allclose(forecasts, ours, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(inside, ours, rtol=1e-4, atol=1e-4)
    assert float(cost) == pytest.approx(rnncourse.error_per_step(ours, windows.targets).mean(), rel=1e-4)


def test_two_biases_of_pytorch_are_one_of_keras(copied):
    _, reader, _ = copied
    x = torch.tensor(rnncourse.random_windows(2, seed=6).inputs)
    before = reader(x)[0].detach()
    with torch.no_grad():
        half = reader.bias_ih_l0 / 2
        reader.bias_ih_l0.copy_(half)
        reader.bias_hh_l0.copy_(half)
    np.testing.assert_allclose(reader(x)[0].detach(), before, rtol=1e-4, atol=1e-4)
