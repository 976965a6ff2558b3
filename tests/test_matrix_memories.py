"""Two states that are matrices: linear attention with and without one, and mLSTM beside its plain equations."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.cells import sigmoid
from rnncourse.matrix_memories import (
    LinearAttentionState,
    MLSTMState,
    linear_attention,
    linear_attention_step,
    mlstm_step,
    positive_features,
)

BATCH, TIME, SIZE, UNITS = 3, 40, 4, 5


@pytest.fixture(scope="module")
def read():
    """Queries, keys and values."""
    rng = np.random.default_rng(15)
    return [rng.normal(size=(BATCH, TIME, width)) for width in (SIZE, SIZE, UNITS)]


def test_the_features_are_elu_plus_one():
    given = np.array([-1000.0, -2.0, -0.5, 0.0, 0.5, 1000.0])
    np.testing.assert_allclose(positive_features(given), [0, np.exp(-2), np.exp(-0.5), 1, 1.5, 1001])
    with pytest.raises(ValueError, match="inputs has dtype"):
        positive_features(np.array(["a"]))


def test_linear_attention_is_a_mean_of_the_values_so_far(read):
    queries, keys, values = read
    for t in (0, 1, 17):
        weights = np.einsum("bs,bjs->bj", positive_features(queries[:, t]), positive_features(keys[:, : t + 1]))
        weights /= weights.sum(axis=1, keepdims=True)
        expected = np.einsum("bj,bju->bu", weights, values[:, : t + 1])
        np.testing.assert_allclose(linear_attention(queries, keys, values)[:, t], expected)


def test_linear_attention_is_a_recurrent_network(read):
    """The same outputs, one after the other, from a state whose size does not depend on the time."""
    state, outputs = LinearAttentionState.empty(BATCH, SIZE, UNITS), []
    for t in range(TIME):
        output, state = linear_attention_step(*(part[:, t] for part in read), state)
        outputs.append(output)
        assert [part.shape for part in state] == [(BATCH, SIZE, UNITS), (BATCH, SIZE)]
    np.testing.assert_allclose(np.stack(outputs, axis=1), linear_attention(*read), rtol=1e-10)


def test_what_comes_later_changes_nothing(read):
    changed = [np.concatenate([part[:, :20], -3 * part[:, 20:]], axis=1) for part in read]
    np.testing.assert_array_equal(linear_attention(*changed)[:, :20], linear_attention(*read)[:, :20])


def one(*numbers):
    return [np.array([[number]], float) for number in numbers]


@pytest.mark.parametrize(("query", "expected"), [(1.0, 1.0), (-1.0, -1.0), (0.1, 0.4)])
def test_one_step_of_mlstm_by_hand(query, expected):
    """f = 1/2 and i = 3: C = 4/2 + 3 · 2 = 8, n = 2/2 + 3 = 4, h = 1/2 · 8 q / max(4 |q|, 1)."""
    start = MLSTMState(np.array([[[4.0]]]), np.array([[2.0]]), np.zeros(1))
    q, k, v, output_gate = one(query, 1, 2, 0)
    h, state = mlstm_step(q, k, v, np.log([3.0]), np.zeros(1), output_gate, start)
    np.testing.assert_allclose(h, [[expected]])
    np.testing.assert_allclose(state.stabilizer, np.log([3.0]))
    np.testing.assert_allclose(state.memory * 3, [[[8]]])
    np.testing.assert_allclose(state.normalizer * 3, [[4]])


def gates(largest=2.0):
    rng = np.random.default_rng(16)
    shapes = (BATCH, TIME), (BATCH, TIME), (BATCH, TIME, UNITS)
    return [largest * rng.normal(size=shape) for shape in shapes]


def run_mlstm(read, drives, start=None):
    state, outputs = start or MLSTMState.empty(BATCH, SIZE, UNITS), []
    for t in range(TIME):
        output, state = mlstm_step(*(part[:, t] for part in (*read, *drives)), state)
        outputs.append(output)
    return np.stack(outputs, axis=1), state


def test_mlstm_is_its_equations_without_a_stabilizer(read):
    drives, outputs = gates(), []
    memory, normalizer = np.zeros((BATCH, UNITS, SIZE)), np.zeros((BATCH, SIZE))
    for t in range(TIME):
        q, k, v, i, f, o = (part[:, t] for part in (*read, *drives))
        i, f, k = np.exp(i)[:, None], sigmoid(f)[:, None], k / np.sqrt(SIZE)
        memory = f[..., None] * memory + i[..., None] * v[:, :, None] * k[:, None, :]
        normalizer = f * normalizer + i * k
        weight = np.maximum(np.abs(np.einsum("bs,bs->b", normalizer, q)), 1)
        outputs.append(sigmoid(o) * np.einsum("bus,bs->bu", memory, q) / weight[:, None])
    got, state = run_mlstm(read, drives)
    np.testing.assert_allclose(got, np.stack(outputs, axis=1), rtol=1e-10, atol=1e-14)
    scale = np.exp(state.stabilizer)[:, None]
    np.testing.assert_allclose(state.normalizer * scale, normalizer, rtol=1e-10)
    np.testing.assert_allclose(state.memory * scale[..., None], memory, rtol=1e-10)


def test_the_start_of_the_stabilizer_does_not_matter(read):
    moved = MLSTMState.empty(BATCH, SIZE, UNITS)._replace(stabilizer=np.array([3.0, -7.0, 40.0]))
    np.testing.assert_allclose(run_mlstm(read, gates())[0], run_mlstm(read, gates(), moved)[0], rtol=1e-9, atol=1e-14)


def test_gates_beyond_what_exp_can_hold_leave_numbers(read):
    """exp(1 000) is no number of float64, and sigmoid(-1 000) is 0."""
    outputs, state = run_mlstm(read, gates(largest=1000))
    for part in (outputs, *state):
        assert np.isfinite(part).all()


def test_an_important_step_outweighs_all_that_was_stored(read):
    """i is not bounded by 1: with an i of e^30 only that value is read."""
    i, f, o = gates()
    i[:, 30], f[:, 30:], i[:, 31:], o[:] = 30, 50, -50, 50
    q, k, v = (part.copy() for part in read)
    q[:, 39] = k[:, 30]
    np.testing.assert_allclose(run_mlstm((q, k, v), (i, f, o))[0][:, 39], v[:, 30], atol=1e-6)


def test_shapes_that_do_not_fit_are_named(read):
    with pytest.raises(ValueError, match=r"keys has shape \(3, 9, 4\)"):
        linear_attention(read[0], read[1][:, :9], read[2])
    with pytest.raises(ValueError, match="expected at least one step of time"):
        linear_attention(*(part[:, :0] for part in read))
    with pytest.raises(ValueError, match=r"memory has shape \(3, 5, 4\)"):
        linear_attention_step(*(part[:, 0] for part in read), MLSTMState.empty(BATCH, SIZE, UNITS)[:2])
    with pytest.raises(ValueError, match=r"input_gate has shape \(3, 40\)"):
        mlstm_step(*(part[:, 0] for part in read), *gates(), MLSTMState.empty(BATCH, SIZE, UNITS))
