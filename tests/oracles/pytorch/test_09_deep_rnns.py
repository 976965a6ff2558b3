"""The column "the same in PyTorch" of chapter 9: stacks, both directions, dropout between layers, train and eval."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

FEATURES, UNITS, LAYERS = 2, 100, 3
rng = np.random.default_rng(9)
INPUTS = rng.normal(size=(3, 5, FEATURES))


def weights_of(features):
    shapes = (features, UNITS), (UNITS, UNITS), (UNITS,)
    return [rng.normal(size=shape) / np.sqrt(2 * UNITS) for shape in shapes]


def load(network, suffix, kernel, recurrent_kernel, bias):
    """Put our weights into a layer of ``nn.RNN``: transposed, and the second bias is zero."""
    ours = {"weight_ih": kernel.T, "weight_hh": recurrent_kernel.T, "bias_ih": bias, "bias_hh": 0 * bias}
    with torch.no_grad():
        for name, values in ours.items():
            getattr(network, f"{name}_{suffix}").copy_(torch.tensor(values))


def cell_of(weights):
    def step(inputs, state):
        state = rnncourse.rnn_step(inputs, state, *weights)
        return state, state

    return step


X = torch.tensor(INPUTS, dtype=torch.float32)


def test_num_layers_is_a_stack_of_cells():
    weights = [weights_of(FEATURES), weights_of(UNITS), weights_of(UNITS)]
    rnn = torch.nn.RNN(2, 100, num_layers=3, batch_first=True)
    for number, of_layer in enumerate(weights):
        load(rnn, f"l{number}", *of_layer)
    outputs, states = rnn(X)
    start = tuple(np.zeros((3, UNITS)) for _ in weights)
    ours, last = rnncourse.static_rnn(
        rnncourse.stack_steps([cell_of(of_layer) for of_layer in weights]), rnncourse.unpack_sequence(INPUTS), start
    )
    np.testing.assert_allclose(outputs.detach(), rnncourse.pack_sequence(ours), atol=1e-6)
    assert states.shape == (LAYERS, 3, UNITS)
    np.testing.assert_allclose(states.detach(), last, atol=1e-6)


def test_bidirectional_joins_a_reader_from_the_end():
    forward, backward = weights_of(FEATURES), weights_of(FEATURES)
    rnn = torch.nn.RNN(2, 100, bidirectional=True, batch_first=True)
    load(rnn, "l0", *forward)
    load(rnn, "l0_reverse", *backward)
    past = rnncourse.run_layer(INPUTS, *forward)
    future = rnncourse.run_layer(INPUTS[:, ::-1], *backward)[:, ::-1]
    outputs, _ = rnn(X)
    np.testing.assert_allclose(outputs.detach(), np.concatenate([past, future], axis=2), atol=1e-6)


def passing(layers, dropout):
    """Layers that hand on what they read and remember nothing, so that a mask can be seen."""
    network = torch.nn.RNN(UNITS, UNITS, num_layers=layers, nonlinearity="relu", batch_first=True, dropout=dropout)
    for number in range(layers):
        load(network, f"l{number}", np.eye(UNITS), np.zeros((UNITS, UNITS)), np.zeros(UNITS))
    return network


def test_dropout_is_between_the_layers_alone_and_draws_a_mask_for_each_step():
    torch.manual_seed(1)
    ones = torch.ones((40, 6, UNITS))
    outputs, _ = passing(2, 0.5).train()(ones)
    kept = outputs.detach().numpy()
    assert set(np.unique(kept)) == {0.0, 2.0}  # dropped once, between layers 1 and 2, and scaled while training
    assert np.mean(kept > 0) == pytest.approx(0.5, abs=0.06)
    assert (kept != kept[:, :1]).any()
    three, _ = passing(3, 0.5).train()(ones)
    assert torch.mean((three > 0).float()).item() == pytest.approx(0.25, abs=0.06)  # two places between three layers


def test_a_single_layer_drops_nothing_and_says_so():
    with pytest.warns(UserWarning, match="non-zero dropout expects num_layers greater than 1"):
        network = passing(1, 0.5)
    ones = torch.ones((4, 6, UNITS))
    assert torch.equal(network.train()(ones)[0], ones)


def test_eval_drops_nothing():
    rnn = torch.nn.RNN(2, 100, num_layers=3, dropout=0.3, batch_first=True)
    rnn.train()
    assert not torch.equal(rnn(X)[0], rnn(X)[0])
    rnn.eval()
    assert torch.equal(rnn(X)[0], rnn(X)[0])


def test_layer_norm_is_keras_layer_normalization():
    import keras

    values = rng.normal(size=(3, 5, UNITS)).astype("float32")
    ours = keras.layers.LayerNormalization(epsilon=1e-5)(values)
    theirs = torch.nn.LayerNorm(UNITS)(torch.tensor(values)).detach()
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_loop_of_ones_own_stops_with_early_stopping():
    """In a straight line to 0.3 and beyond: the cost falls and rises again."""
    weight, costs, kept, patience = torch.tensor([1.0]), [], [], 3
    for _ in range(30):
        weight = weight - 0.05
        costs.append(float((weight - 0.3) ** 2))
        kept.append(weight)
        stop, keep = rnncourse.early_stopping(costs, patience)
        if stop - keep >= patience:
            break
    assert (stop, keep) == (len(costs) - 1, 13) == (16, 13)
    assert kept[keep].item() == pytest.approx(0.3, abs=1e-5)
