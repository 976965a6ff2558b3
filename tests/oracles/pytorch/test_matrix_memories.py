"""Linear attention, an mLSTM and a scanned minGRU beside PyTorch, which has no layer of them, but all the parts."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import rnncourse

torch = pytest.importorskip("torch")

BATCH, TIME, SIZE, UNITS = 3, 19, 4, 5
RNG = np.random.default_rng(15)


def drawn(*shapes):
    arrays = [RNG.normal(size=shape) for shape in shapes]
    return arrays, [torch.tensor(array, requires_grad=True) for array in arrays]


def test_linear_attention_is_two_running_sums():
    given, (queries, keys, values) = drawn((BATCH, TIME, SIZE), (BATCH, TIME, SIZE), (BATCH, TIME, UNITS))
    asked, stored = (torch.nn.functional.elu(part) + 1 for part in (queries, keys))
    memory = torch.cumsum(stored.unsqueeze(3) * values.unsqueeze(2), dim=1)
    read = torch.einsum("bts,btsu->btu", asked, memory)
    expected = read / (asked * torch.cumsum(stored, dim=1)).sum(2, keepdim=True)
    np.testing.assert_allclose(rnncourse.linear_attention(*given), expected.detach(), rtol=1e-10)


def test_an_mlstm_is_softmax_free_attention_with_gates_for_weights():
    """All at once: a_tj = i_j f_(j+1) … f_t (q_t · k_j), h_t = o_t sum_j a_tj v_j / max(|sum_j a_tj|, 1)."""
    shapes = [(BATCH, TIME, SIZE), (BATCH, TIME, SIZE), (BATCH, TIME, UNITS), (BATCH, TIME), (BATCH, TIME)]
    given, (queries, keys, values, i, f, o) = drawn(*shapes, (BATCH, TIME, UNITS))
    faded = torch.cumsum(torch.nn.functional.logsigmoid(f), dim=1)
    weights = torch.tril(torch.exp(faded.unsqueeze(2) - faded.unsqueeze(1) + i.unsqueeze(1)))
    weights = weights * torch.einsum("bts,bjs->btj", queries, keys) / SIZE**0.5
    total = torch.clamp(weights.sum(2, keepdim=True).abs(), min=1)
    expected = torch.sigmoid(o) * (weights @ values) / total
    state = rnncourse.MLSTMState.empty(BATCH, SIZE, UNITS)
    for t in range(TIME):
        output, state = rnncourse.mlstm_step(*(part[:, t] for part in given), state)
        np.testing.assert_allclose(output, expected[:, t].detach(), rtol=1e-9, atol=1e-12)


def test_a_scanned_min_gru_has_the_gradients_of_a_loop_in_pytorch():
    given, (inputs, kernel, bias) = drawn((BATCH, TIME, SIZE), (SIZE, 2 * UNITS), (2 * UNITS,))
    z, g = (inputs @ kernel + bias).chunk(2, dim=-1)
    state, outputs = torch.zeros(BATCH, UNITS, dtype=torch.float64), []
    for t in range(TIME):
        state = torch.lerp(state, g[:, t], torch.sigmoid(z[:, t]))
        outputs.append(state)
    torch.stack(outputs, 1).square().sum().backward()
    layer = rnncourse.MinGRU(UNITS, return_sequences=True, dtype="float64")
    layer.build(given[0].shape)
    layer.set_weights(given[1:])
    with tf.GradientTape() as tape:
        cost = tf.reduce_sum(tf.square(layer(tf.constant(given[0]))))
    for ours, theirs in zip(tape.gradient(cost, [w.value for w in layer.weights]), (kernel, bias), strict=True):
        np.testing.assert_allclose(ours, theirs.grad, rtol=1e-9)
