"""LINEAR steps, in NumPy: cells that are h_t = a_t h_(t-1) + b_t, and their loop done as a scan.

A step is a pair (factor a, addend b). Two steps are again such a step, so that they may be put together in any
grouping, many pairs at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.cells import sigmoid
from rnncourse.shapes import expect_numbers, expect_row, expect_shapes

#: Steps h -> a h + b: their factors a and their addends b.
Steps = tuple[np.ndarray, np.ndarray]


def linear_steps(inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Steps:
    """A minGRU as linear steps: a_t = 1 - z_t, b_t = z_t g_t with z_t = sigmoid(x_t W_z + b_z), g_t = x_t W_g + b_g.

    h_t = a_t h_(t-1) + b_t. Gate and proposal see the input alone, so all steps of a sequence are made at once. z says
    how much is written, as in the paper; Keras's GRU calls 1 - z what is z here.

    Args:
        inputs: shape (batch, time, features).
        kernel: W, shape (features, 2 · units), blocks z, g.
        bias: shape (2 · units,).

    Returns:
        (factors a, addends b), shape (batch, time, units) each.

    Raises:
        ValueError: a shape does not fit.

    Source: L. Feng and others, "Were RNNs all we needed?" (2024), section 3.1.
    """
    inputs, kernel, bias = expect_shapes(
        inputs=(inputs, "batch time features"), kernel=(kernel, "features 2*units"), bias=(bias, "2*units")
    )
    z, g = np.split(inputs @ kernel + bias, 2, axis=2)
    z = sigmoid(z)
    return 1 - z, z * g


def min_lstm_steps(inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Steps:
    """A minLSTM as linear steps: a_t = f_t / (f_t + i_t), b_t = i_t g_t / (f_t + i_t).

    f_t and i_t are sigmoids of the input's products, the proposal g_t is its product. Divided by their sum the gates
    weigh old state and proposal: c_t = a_t c_(t-1) + b_t is their mean and cannot grow beyond the proposals.

    Args:
        inputs: shape (batch, time, features).
        kernel: W, shape (features, 3 · units), blocks f, i, g.
        bias: shape (3 · units,).

    Returns:
        (factors a, addends b), shape (batch, time, units) each.

    Raises:
        ValueError: a shape does not fit.

    Source: L. Feng and others, "Were RNNs all we needed?" (2024), first version, section 3.2.
    """
    inputs, kernel, bias = expect_shapes(
        inputs=(inputs, "batch time features"), kernel=(kernel, "features 3*units"), bias=(bias, "3*units")
    )
    f, i, g = np.split(inputs @ kernel + bias, 3, axis=2)
    f, i = sigmoid(f), sigmoid(i)
    total = f + i
    return f / total, i * g / total


def min_gru_step(inputs: np.ndarray, state: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """h_t = (1 - z) h_(t-1) + z g: one step of a minGRU, see ``linear_steps``.

    Args:
        inputs: x_t, shape (batch, features).
        state: h_(t-1), shape (batch, units).
        kernel: W, shape (features, 2 · units), blocks z, g.
        bias: shape (2 · units,).

    Returns:
        h_t, shape (batch, units).

    Raises:
        ValueError: a shape does not fit.

    Source: L. Feng and others, "Were RNNs all we needed?" (2024), section 3.1.
    """
    inputs, state, kernel, bias = expect_shapes(
        inputs=(inputs, "batch features"),
        state=(state, "batch units"),
        kernel=(kernel, "features 2*units"),
        bias=(bias, "2*units"),
    )
    factors, addends = linear_steps(inputs[:, np.newaxis], kernel, bias)
    return factors[:, 0] * state + addends[:, 0]


def combine_steps(earlier: Steps, later: Steps) -> Steps:
    """(a, b) then (a', b'): a' (a h + b) + b' = (a' a) h + (a' b + b'), again a step.

    Args:
        earlier: (factors, addends) of the steps made first, arrays of one shape.
        later: the same of those made after them.

    Returns:
        (factors, addends) of both together.

    Raises:
        ValueError: an argument is no pair of arrays, or the shapes differ.

    Source: G. Blelloch, "Prefix sums and their applications" (1990), section 1.4.1.
    """
    (factor, addend), (later_factor, later_addend) = _expect_steps(earlier=earlier, later=later)
    return later_factor * factor, later_factor * addend + later_addend


def prefix_scan(combine: Callable[[Steps, Steps], Steps], factors: np.ndarray, addends: np.ndarray) -> Steps:
    """Steps 0 … t put together, for every t, in about log2(time) rounds in place of time - 1 steps.

    In each round everything is combined with what stands ``reach`` places before it; before the round it held the last
    ``reach`` steps, after it twice as many.

    Args:
        combine: (earlier, later) -> both together, for many pairs at once, along the first axis; associative.
        factors: shape (time, …).
        addends: shape (time, …).

    Returns:
        (factors, addends) of all the beginnings; entry 0 is step 0 alone.

    Raises:
        ValueError: there is no step, or there are not as many addends as factors.

    Source: W. Hillis and G. Steele, "Data parallel algorithms" (1986).
    """
    factors, addends = expect_numbers("factors", factors), expect_numbers("addends", addends)
    if factors.ndim == 0 or addends.ndim == 0 or len(factors) != len(addends):
        raise ValueError(f"factors and addends have shapes {factors.shape} and {addends.shape}, expected (time, …).")
    expect_row("factors", factors)
    done, reach = (factors, addends), 1
    while reach < len(factors):
        earlier, later = tuple(part[:-reach] for part in done), tuple(part[reach:] for part in done)
        joined = combine((earlier[0], earlier[1]), (later[0], later[1]))
        done = (np.concatenate([done[0][:reach], joined[0]]), np.concatenate([done[1][:reach], joined[1]]))
        reach *= 2
    return done


def _expect_steps(**pairs: Any) -> list[Steps]:
    """Pairs of arrays that all have one shape."""
    found: list[Steps] = []
    for name, pair in pairs.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(f"{name} is {pair!r}, expected a pair: (factors, addends).")
        found.append((expect_numbers(f"{name}[0]", pair[0]), expect_numbers(f"{name}[1]", pair[1])))
    shapes = {part.shape for pair in found for part in pair}
    if len(shapes) > 1:
        raise ValueError(f"The arrays have the shapes {', '.join(map(str, sorted(shapes)))}, expected one shape.")
    return found
