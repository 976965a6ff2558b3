"""MATRIX MEMORIES: a state that is a table of associations. Linear attention, and the mLSTM of xLSTM; NumPy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse.cells import sigmoid
from rnncourse.shapes import expect_numbers, expect_shapes, expect_step


def positive_features(inputs: np.ndarray) -> np.ndarray:
    """phi(x) = elu(x) + 1: x + 1 where x > 0, e^x elsewhere. Always above 0, so that no sum of weights is 0.

    Args:
        inputs: numbers of any shape.

    Returns:
        An array of the same shape.

    Raises:
        ValueError: inputs is not numeric.

    Source: A. Katharopoulos and others, "Transformers are RNNs" (2020), equation 7.
    """
    inputs = expect_numbers("inputs", inputs)
    return np.where(inputs > 0, inputs + 1, np.exp(np.minimum(inputs, 0)))


def linear_attention(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """o_t = sum_(j ≤ t) a_tj v_j / sum_(j ≤ t) a_tj with a_tj = phi(q_t) · phi(k_j): all steps at once.

    Softmax attention has exp(q_t · k_j / sqrt(size)) in the place of a_tj. A product of features can be taken apart,
    which makes ``linear_attention_step`` possible: the same numbers from a state of constant size.

    Args:
        queries, keys: q and k, shape (batch, time, size).
        values: v, shape (batch, time, units).

    Returns:
        o, shape (batch, time, units).

    Raises:
        ValueError: the shapes do not fit each other, or there is no step.

    Source: A. Katharopoulos and others, "Transformers are RNNs" (2020), equations 8 and 9.
    """
    queries, keys, values = expect_shapes(
        queries=(queries, "batch time size"), keys=(keys, "batch time size"), values=(values, "batch time units")
    )
    expect_step("queries", queries)
    weights = np.tril(positive_features(queries) @ np.swapaxes(positive_features(keys), 1, 2))
    return weights @ values / np.sum(weights, axis=2, keepdims=True)


class LinearAttentionState(NamedTuple):
    """What linear attention keeps of all the steps so far, however many they were.

    Attributes:
        memory: S = sum_j phi(k_j) v_j^T, shape (batch, size, units).
        normalizer: z = sum_j phi(k_j), shape (batch, size).
    """

    memory: np.ndarray
    normalizer: np.ndarray

    @classmethod
    def empty(cls, batch: int, size: int, units: int) -> LinearAttentionState:
        """The state before the first step."""
        return cls(np.zeros((batch, size, units)), np.zeros((batch, size)))


def linear_attention_step(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, state: LinearAttentionState
) -> tuple[np.ndarray, LinearAttentionState]:
    """S_t = S_(t-1) + phi(k_t) v_t^T, z_t = z_(t-1) + phi(k_t); o_t = phi(q_t) S_t / (phi(q_t) · z_t).

    Args:
        query, key: q_t and k_t, shape (batch, size).
        value: v_t, shape (batch, units).
        state: what was kept so far; ``LinearAttentionState.empty(batch, size, units)`` at the beginning.

    Returns:
        (o_t of shape (batch, units), the new state).

    Raises:
        ValueError: the shapes do not fit each other.

    Source: A. Katharopoulos and others, "Transformers are RNNs" (2020), equations 10 to 12, and 16 to 20 as a network.
    """
    query, key, value, memory, normalizer = expect_shapes(
        query=(query, "batch size"),
        key=(key, "batch size"),
        value=(value, "batch units"),
        memory=(state[0], "batch size units"),
        normalizer=(state[1], "batch size"),
    )
    asked, stored = positive_features(query), positive_features(key)
    memory = memory + stored[:, :, None] * value[:, None, :]
    normalizer = normalizer + stored
    read = np.einsum("bs,bsu->bu", asked, memory)
    return read / np.sum(asked * normalizer, axis=1, keepdims=True), LinearAttentionState(memory, normalizer)


class MLSTMState(NamedTuple):
    """What an mLSTM cell keeps, divided by exp(m) so that no number of it grows beyond all bounds.

    Attributes:
        memory: C, the matrix of associations of values with keys, shape (batch, units, size).
        normalizer: n, the sum of the keys as they are weighted in C, shape (batch, size).
        stabilizer: m, the logarithm of the greatest weight so far, shape (batch,).
    """

    memory: np.ndarray
    normalizer: np.ndarray
    stabilizer: np.ndarray

    @classmethod
    def empty(cls, batch: int, size: int, units: int) -> MLSTMState:
        """The state before the first step: m = 0, as in the authors' program."""
        return cls(np.zeros((batch, units, size)), np.zeros((batch, size)), np.zeros(batch))


def mlstm_step(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    input_gate: np.ndarray,
    forget_gate: np.ndarray,
    output_gate: np.ndarray,
    state: MLSTMState,
) -> tuple[np.ndarray, MLSTMState]:
    """C_t = f C_(t-1) + i v k^T, n_t = f n_(t-1) + i k, h_t = o ⊙ C_t q / max(|n_t · q|, 1), with i = exp(its drive).

    i has no upper limit: what is important can outweigh all that was stored before. exp would overflow, so C and n are
    kept divided by exp(m), with m_t = max(log f + m_(t-1), drive of i): f' = exp(log f + m_(t-1) - m_t) and
    i' = exp(drive of i - m_t) are at most 1, and the 1 in the denominator becomes exp(-m_t). h_t stays what it is.

    Args:
        query: q, shape (batch, size).
        key: k, shape (batch, size); it is divided by sqrt(size) here.
        value: v, shape (batch, units).
        input_gate, forget_gate: what goes into i = exp(…) and into f = sigmoid(…), shape (batch,): one gate for all.
        output_gate: what goes into o = sigmoid(…), shape (batch, units).
        state: what was kept so far; ``MLSTMState.empty(batch, size, units)`` at the beginning.

    Returns:
        (h_t of shape (batch, units), the new state).

    Raises:
        ValueError: the shapes do not fit each other.

    Source: M. Beck and others, "xLSTM: extended long short-term memory" (2024), equations 19 to 27, the stabilizer 15
    to 17; what becomes of the 1 in the denominator is that of the authors' program.
    """
    query, key, value, drive, forget_gate, output_gate, memory, normalizer, stabilizer = expect_shapes(
        query=(query, "batch size"),
        key=(key, "batch size"),
        value=(value, "batch units"),
        input_gate=(input_gate, "batch"),
        forget_gate=(forget_gate, "batch"),
        output_gate=(output_gate, "batch units"),
        memory=(state[0], "batch units size"),
        normalizer=(state[1], "batch size"),
        stabilizer=(state[2], "batch"),
    )
    log_forget = -np.logaddexp(0, -np.asarray(forget_gate, float))  # log sigmoid, also where sigmoid would be 0
    m = np.maximum(log_forget + stabilizer, drive)
    forget, write = np.exp(log_forget + stabilizer - m)[:, None], np.exp(drive - m)[:, None]
    key = key / np.sqrt(key.shape[1])
    memory = forget[:, :, None] * memory + (write * value)[:, :, None] * key[:, None, :]
    normalizer = forget * normalizer + write * key
    read = np.einsum("bus,bs->bu", memory, query)
    # e^700 is near the largest float64; there h is 0 for all that is to be seen
    weight = np.maximum(np.abs(np.sum(normalizer * query, axis=1)), np.exp(np.minimum(-m, 700)))
    return sigmoid(output_gate) * read / weight[:, None], MLSTMState(memory, normalizer, m)
