"""Chapter 8's column of PyTorch: its code gives the numbers of our functions."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")


def twin(forecaster):
    """A forecaster's weights in PyTorch: the recurrent layer and the read-out."""
    kernel, recurrent_kernel, bias, out_kernel, out_bias = map(torch.tensor, forecaster.get_weights())
    rnn = torch.nn.RNN(1, len(recurrent_kernel), nonlinearity="relu", batch_first=True)
    head = torch.nn.Linear(*out_kernel.shape)
    with torch.no_grad():
        for own, weights in zip(rnn.parameters(), (kernel.T, recurrent_kernel.T, bias, 0 * bias), strict=True):
            own.copy_(weights)
        head.weight.copy_(out_kernel.T)
        head.bias.copy_(out_bias)
    return rnn, head


@pytest.fixture(scope="module")
def forecaster():
    keras.utils.set_random_seed(3)
    return rnncourse.forecaster(units=8)


def test_the_state_is_kept_from_value_to_value(forecaster):
    windows, steps = rnncourse.curve_windows([0.0, 12.2]).inputs, 12
    rnn, head = twin(forecaster)
    made = []
    with torch.no_grad():
        output, state = rnn(torch.tensor(windows, dtype=torch.float32))
        value = head(output[:, -1:])
        made.append(value)
        for _ in range(steps - 1):
            output, state = rnn(value, state)
            value = head(output)
            made.append(value)
    expected = rnncourse.curve_generator(forecaster)(windows, steps)
    np.testing.assert_allclose(torch.cat(made, dim=1).numpy(), expected, atol=1e-4)


def test_weights_are_saved_and_loaded(forecaster, tmp_path):
    model, other = twin(forecaster)[0], torch.nn.RNN(1, 8, nonlinearity="relu", batch_first=True)
    file = tmp_path / "model.pt"
    torch.save(model.state_dict(), file)
    other.load_state_dict(torch.load(file))
    window = torch.zeros(1, 20, 1)
    assert torch.equal(model(window)[0], other(window)[0])


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_draws_have_the_probabilities_of_the_temperature(temperature):
    torch.manual_seed(0)
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0]])
    np.testing.assert_allclose(
        torch.softmax(logits / temperature, -1).numpy(),
        rnncourse.softmax_with_temperature(logits.numpy(), temperature),
        rtol=1e-5,
    )
    logits = logits.repeat(4_000, 1)
    drawn = torch.multinomial(torch.softmax(logits / temperature, -1), 1)
    shares = np.bincount(drawn[:, 0].numpy(), minlength=4) / len(drawn)
    np.testing.assert_allclose(
        shares, rnncourse.softmax_with_temperature(logits[:1].numpy(), temperature)[0], atol=0.03
    )
