"""Chapter 05 in PyTorch: the loop, padding, packed sequences, a state that is carried over, computing twice."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")

from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence  # noqa: E402
from torch.utils import checkpoint  # noqa: E402

RNG = np.random.default_rng(5)
LENGTHS = [6, 2, 4, 1]
SEQUENCES = [RNG.normal(size=(length, 3)).astype("float32") for length in LENGTHS]
PADDED, _ = rnncourse.pad(SEQUENCES)
USED = rnncourse.sequence_mask(LENGTHS, 6)[:, :, np.newaxis]
KERNEL, RECURRENT, BIAS = (0.5 * RNG.normal(size=shape) for shape in [(3, 5), (5, 5), 5])
ZEROS = np.zeros((4, 5))


def with_our_weights(layer):
    """Kernels transposed; of the two biases one is ours and one is nothing."""
    with torch.no_grad():
        for parameter, ours in zip(layer.parameters(), (KERNEL.T, RECURRENT.T, BIAS, 0 * BIAS), strict=True):
            parameter.copy_(torch.tensor(ours))
    return layer


@pytest.fixture
def rnn():
    return with_our_weights(torch.nn.RNN(3, 5, batch_first=True))


def numpy_step(inputs, state):
    state = rnncourse.rnn_step(inputs, state, KERNEL, RECURRENT, BIAS)
    return state, state


def run_packed(rnn, X, lengths):
    packed = pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False)
    outputs, last = rnn(packed)
    outputs, _ = pad_packed_sequence(outputs, batch_first=True)
    return packed, outputs, last[0]


def test_the_layer_is_the_loop_over_the_steps(rnn):
    ours, _ = rnncourse.static_rnn(numpy_step, rnncourse.unpack_sequence(PADDED), ZEROS)
    np.testing.assert_allclose(rnn(torch.tensor(PADDED))[0].detach(), rnncourse.pack_sequence(ours), atol=1e-6)


def test_pad_sequence_pads_as_ours():
    sequences = [torch.tensor(sequence) for sequence in SEQUENCES]
    np.testing.assert_array_equal(pad_sequence(sequences, batch_first=True), PADDED)


def test_packed_sequences_give_zeros_past_the_end_and_each_its_own_last_state(rnn):
    packed, outputs, last = run_packed(rnn, torch.tensor(PADDED), LENGTHS)
    ours, our_last = rnncourse.run_with_lengths(numpy_step, PADDED, ZEROS, LENGTHS)
    np.testing.assert_allclose(outputs.detach(), ours, atol=1e-6)
    np.testing.assert_allclose(last.detach(), our_last, atol=1e-6)
    assert len(packed.data) == sum(LENGTHS)  # no padding in it
    assert packed.batch_sizes.tolist() == USED.sum(axis=(0, 2)).tolist()


def test_nan_in_the_padding_reaches_neither_a_packed_sequence_nor_its_gradient(rnn):
    with_nan = np.where(USED, PADDED, np.nan).astype("float32")
    _, outputs, last = run_packed(rnn, torch.tensor(with_nan), LENGTHS)
    (outputs.square().sum() + last.square().sum()).backward()
    assert all(bool(torch.isfinite(parameter.grad).all()) for parameter in rnn.parameters())


def test_a_state_that_is_carried_over_makes_one_long_sequence(rnn):
    whole, _ = rnn(torch.tensor(PADDED))
    piece, h = torch.tensor(PADDED[:, :2]), torch.zeros((1, 4, 5))
    first, h = rnn(piece, h)
    piece = torch.tensor(PADDED[:, 2:])
    outputs, h = rnn(piece, h.detach())
    np.testing.assert_allclose(torch.cat([first, outputs], dim=1).detach(), whole.detach(), atol=1e-6)
    forgotten, _ = rnn(piece)
    assert float((forgotten - whole[:, 2:]).detach().abs().max()) > 0.01


def gradients_of(step):
    """Those of the weights, by the squares of the last state after all the steps."""
    cell = with_our_weights(torch.nn.RNNCell(3, 5))
    h = torch.zeros((4, 5))
    for x in torch.tensor(PADDED).unbind(dim=1):
        h = step(cell, x, h)
    h.square().sum().backward()
    return [parameter.grad for parameter in cell.parameters()]


def test_a_checkpoint_computes_twice_and_gives_the_same_gradient():
    plain = gradients_of(lambda cell, x, h: cell(x, h))
    twice = gradients_of(lambda cell, x, h: checkpoint.checkpoint(cell, x, h, use_reentrant=False))
    for one, other in zip(plain, twice, strict=True):
        torch.testing.assert_close(one, other)
