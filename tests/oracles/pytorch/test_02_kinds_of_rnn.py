"""Chapter 02, "Then and now": what the column on PyTorch says, where torch is installed."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(2)
INPUTS, STATE = RNG.normal(size=(4, 7, 3)), RNG.normal(size=(4, 5))


def weights(features):
    shapes = (features, 5), (5, 5), (5,), (5, 2), (2,)
    return [RNG.normal(size=shape) for shape in shapes]


READER, WRITER, BACK = weights(3), weights(2), weights(3)
READ, WRITE, READ_BACK = (rnncourse.step_with_readout(*arrays) for arrays in (READER, WRITER, BACK))


def put_in(module, arrays, suffix="_l0"):
    """Our three arrays of a cell as torch keeps them: transposed, with a second bias of zeros."""
    kernel, recurrent_kernel, bias = map(torch.tensor, arrays[:3])
    named = {"weight_ih": kernel.T, "weight_hh": recurrent_kernel.T, "bias_ih": bias, "bias_hh": 0 * bias}
    for name, value in named.items():
        getattr(module, name + suffix).data = value
    return module


def with_readout(layer, arrays):
    """The read-out's two arrays in a torch layer."""
    layer.weight.data, layer.bias.data = torch.tensor(arrays[3].T), torch.tensor(arrays[4])
    return layer


def equal(theirs, ours):
    np.testing.assert_allclose(theirs.detach().numpy(), ours, atol=1e-12)


def test_many_to_many_and_many_to_one():
    layer = torch.nn.RNN(3, 5, batch_first=True)
    read_out = torch.nn.Linear(5, 2)
    put_in(layer, READER), with_readout(read_out, READER)
    x = torch.tensor(INPUTS)
    outputs, state = layer(x)
    empty = np.zeros((4, 5))
    equal(read_out(outputs), rnncourse.sequence_to_sequence(READ, INPUTS, empty))
    equal(read_out(state[0]), rnncourse.sequence_to_vector(READ, INPUTS, empty))
    assert torch.equal(state[0], outputs[:, -1])


def test_one_to_many_with_the_vector_at_every_step():
    vector = torch.tensor(INPUTS[:, 0])
    x = vector[:, None].expand(-1, 6, -1)
    outputs, _ = put_in(torch.nn.RNN(3, 5, batch_first=True), READER)(x, torch.tensor(STATE)[None])
    repeated = np.repeat(INPUTS[:, :1], 6, axis=1)
    ours = rnncourse.sequence_to_sequence(READ, repeated, STATE)
    equal(with_readout(torch.nn.Linear(5, 2), READER)(outputs), ours)


def test_a_decoder_starts_from_a_state_and_a_loop_feeds_its_outputs_back():
    start = RNG.normal(size=(4, 2))
    answer = rnncourse.encoder_decoder(READ, WRITE, INPUTS, STATE, start, 6)
    _, state = put_in(torch.nn.RNN(3, 5, batch_first=True), READER)(torch.tensor(INPUTS), torch.tensor(STATE)[None])
    read_out = with_readout(torch.nn.Linear(5, 2), WRITER)

    decoder = torch.nn.RNN(2, 5, batch_first=True)
    put_in(decoder, WRITER)
    shifted = torch.tensor(np.concatenate([start[:, None], answer[:, :-1]], axis=1))
    outputs, _ = decoder(shifted, state)
    equal(read_out(outputs), answer)

    cell = torch.nn.RNNCell(2, 5)
    put_in(cell, WRITER, suffix="")
    state, output, written = state[0], torch.tensor(start), []
    for _ in range(6):
        state = cell(output, state)
        output = read_out(state)
        written.append(output)
    equal(torch.stack(written, dim=1), answer)


def test_bidirectional():
    layer = torch.nn.RNN(3, 5, batch_first=True, bidirectional=True)
    put_in(put_in(layer, READER), BACK, suffix="_l0_reverse")
    states, _ = layer(torch.tensor(INPUTS), torch.tensor(np.stack([STATE, -STATE])))
    read_outs = [with_readout(torch.nn.Linear(5, 2), arrays) for arrays in (READER, BACK)]
    found = torch.cat([read_outs[0](states[..., :5]), read_outs[1](states[..., 5:])], dim=2)
    equal(found, rnncourse.bidirectional(READ, READ_BACK, INPUTS, STATE, -STATE))
