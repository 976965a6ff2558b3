"""CAUSAL SELF-ATTENTION, in NumPy: every place of a sequence looks at what came so far, itself included.

The look back of chapter 14, at one's own sequence: queries, keys and values are all made of the same inputs.
"""

from __future__ import annotations

import numpy as np

from rnncourse.shapes import expect_count, expect_shapes, expect_step


def causal_attention(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y_t = sum over s <= t of a_ts v_s, with a_t = softmax over s <= t of q_t · k_s / sqrt(size).

    Args:
        queries: what each place asks, shape (batch, time, size).
        keys: by what it is found, shape (batch, time, size).
        values: what is taken from it, shape (batch, time, outputs).

    Returns:
        (y of shape (batch, time, outputs), weights a of shape (batch, time, time): row t looks at column s).

    Raises:
        ValueError: a shape does not fit, or there is no step.

    Source: A. Vaswani and others, "Attention is all you need" (2017), equation 1, with the mask of section 3.2.3.
    """
    queries, keys, values = expect_shapes(
        queries=(queries, "batch time size"), keys=(keys, "batch time size"), values=(values, "batch time outputs")
    )
    expect_step("queries", queries)
    scores = queries @ np.swapaxes(keys, 1, 2) / np.sqrt(keys.shape[2])
    past = np.tri(scores.shape[1], dtype=bool)
    scores = np.where(past, scores, -np.inf)
    shares = np.exp(scores - np.max(scores, axis=2, keepdims=True))
    weights = shares / np.sum(shares, axis=2, keepdims=True)
    return weights @ values, weights


def grouped_attention(
    inputs: np.ndarray, w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray, w_o: np.ndarray
) -> np.ndarray:
    """y = sum over the heads h of attention(x W_q^h, x W_k^g, x W_v^g) W_o^h: neighbouring heads share group g's keys.

    As many groups as heads is multi-head attention; one group is multi-query attention.

    Args:
        inputs: shape (batch, time, features).
        w_q: shape (features, heads, size).
        w_k: shape (features, groups, size); heads is a multiple of groups.
        w_v: shape (features, groups, size).
        w_o: shape (heads, size, outputs).

    Returns:
        Shape (batch, time, outputs).

    Raises:
        ValueError: a shape does not fit, there is no step, or the heads cannot be dealt out evenly.

    Source: J. Ainslie and others, "GQA: training generalized multi-query transformer models" (2023), section 2.2.
    """
    inputs, w_q, w_k, w_v, w_o = expect_shapes(
        inputs=(inputs, "batch time features"),
        w_q=(w_q, "features heads size"),
        w_k=(w_k, "features groups size"),
        w_v=(w_v, "features groups size"),
        w_o=(w_o, "heads size outputs"),
    )
    expect_step("inputs", inputs)
    heads, groups = w_q.shape[1], w_k.shape[1]
    if groups == 0 or heads % groups or heads == 0:
        raise ValueError(f"w_q has {heads} heads and w_k {groups} groups, expected a multiple of the groups.")
    outputs = np.zeros((*inputs.shape[:2], w_o.shape[2]))
    for head in range(heads):
        group = head // (heads // groups)
        context, _ = causal_attention(inputs @ w_q[:, head], inputs @ w_k[:, group], inputs @ w_v[:, group])
        outputs = outputs + context @ w_o[head]
    return outputs


def position_signal(steps: int, size: int) -> np.ndarray:
    """p_(t, 2i) = sin(t / 10000^(2i / size)), p_(t, 2i+1) = cos of the same: a place as hands of clocks.

    Args:
        steps: how many places.
        size: how many numbers for each; an odd number leaves the last cosine out.

    Returns:
        Shape (steps, size).

    Raises:
        ValueError: a number is not a whole one of at least 1.

    Source: A. Vaswani and others, "Attention is all you need" (2017), section 3.5.
    """
    steps, size = expect_count("steps", steps), expect_count("size", size)
    angles = np.arange(steps)[:, np.newaxis] / 10_000 ** (np.arange(0, size, 2) / size)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(steps, -1)[:, :size]
