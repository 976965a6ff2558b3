"""Weights found by thinking, not by training: small recurrent networks whose task can be said in a sentence.

A linear memory is what most of them need, and the tanh bends it. Near zero it hardly does: the state is kept small, and
the read-out makes it large again.
"""

from __future__ import annotations

import numpy as np

from rnncourse.shapes import expect_count

#: W_x, W_h, b, W_y and b_y, as ``step_with_readout`` takes them.
Weights = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def echo_weights() -> Weights:
    """y_t = x_(t-2) for inputs -1, 0 and 1: each neuron hands on to the next what it heard one step ago.

    Returns:
        (W_x, W_h, b, W_y, b_y) of three neurons in a chain, for one input and one output.
    """
    kernel = np.array([[1.0, 0.0, 0.0]])
    recurrent_kernel = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    left = np.tanh(np.tanh(np.tanh(1.0)))  # of a 1 that has gone through three neurons
    return kernel, recurrent_kernel, np.zeros(3), np.array([[0.0], [0.0], [1 / left]]), np.zeros(1)


def counting_weights() -> tuple[float, float, float, float, float]:
    """y_t = x_0 + … + x_t for inputs 0 and 1, up to 30: a sum, kept where the tanh is nearly straight.

    Returns:
        (w_x, w_h, b, w_y, b_y), as ``neuron_with_readout`` takes them.
    """
    return 0.001, 1.0, 0.0, 1000.0, 0.0


def rise_weights() -> Weights:
    """y_t = x_t + z_(t-1) - 1 with z = 1 - x: above 0.5 where the bits 0 and then 1 have just come.

    Before the first step nothing has come, and z is 0 in the empty state: a first 1 is no rise.

    Returns:
        (W_x, W_h, b, W_y, b_y) of two neurons, for one input and one output.
    """
    small = 0.001
    kernel, bias = small * np.array([[-1.0, 1.0]]), small * np.array([1.0, 0.0])
    recurrent_kernel = np.array([[0.0, 1.0], [0.0, 0.0]])
    return kernel, recurrent_kernel, bias, np.array([[0.0], [1 / small]]), np.array([-1.0])


def between_marks() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y_t = f_t + b_t - 1.5 > 0 from the first mark to the last: f stays on after a mark, b stays on before one.

    With a recurrent weight of 2 and no bias a neuron at 0 stays at 0, and one that was lifted stays near 1.

    Returns:
        (w_x, w_h, b) of a neuron that reads from the beginning, the same of one that reads from the end, and the
        read-out of both: its two weights and its bias.
    """
    latch = np.array([3.0, 2.0, 0.0])
    return latch, latch, np.array([1.0, 1.0, -1.5])


def kernel_that_keeps(units: int) -> np.ndarray:
    """W = 1 - 2 v vᵀ / (vᵀ v) with v = (1, …, 1): a mirror. W Wᵀ = 1, so that every gradient keeps its length.

    Args:
        units: number of neurons, at least 1.

    Returns:
        A recurrent kernel, shape (units, units), in which every neuron hears every other.

    Raises:
        ValueError: units is not a whole number of at least 1.

    Source: A. Householder, "Unitary triangularization of a nonsymmetric matrix" (1958).
    """
    v = np.ones(expect_count("units", units))
    return np.eye(units) - 2 * np.outer(v, v) / np.dot(v, v)


def fooling_language(width: int) -> tuple[np.ndarray, np.ndarray]:
    """``width`` first words that promise more than the last one, which alone is followed by a word that is sure.

    Beam search of this width keeps the promises and drops the last one; one place more, and it finds the best sentence.

    Args:
        width: of the beam that is to miss the most probable sentence of two words.

    Returns:
        (p(first word), shape (words,); p(second word | first word), shape (words, words)).
    """
    words = width + 1
    first = np.full(words, (1 - 0.8 / words) / width)
    first[-1] = 0.8 / words
    second = np.full((words, words), 1 / words)
    second[-1] = np.eye(words)[0]
    return first, second


#: What ``lookup_weights`` reads: one of so many keys and one of so many values in a step, and the number of the step.
LOOKUP_KEYS, LOOKUP_VALUES = 6, 4


def lookup_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score of step s = 100 where its key is the one asked for, plus 100 where there is a value, plus 2 s.

    Of the steps with that key the latest wins. For inputs of 11 numbers: a 1 at one of 6 keys, a 1 at one of 4 values
    (none where the value is asked for), and the number of the step.

    Returns:
        (W_q, W_k, W_v), shapes (11, 8), (11, 8) and (11, 4), for ``causal_attention``; the largest output says the
        value.
    """
    keys, size = LOOKUP_KEYS, LOOKUP_KEYS + 2
    features = keys + LOOKUP_VALUES + 1
    w_q, w_k, w_v = np.zeros((features, size)), np.zeros((features, size)), np.zeros((features, LOOKUP_VALUES))
    w_q[:keys, :keys] = 100 * np.sqrt(size) * np.eye(keys)
    w_k[:keys, :keys] = np.eye(keys)
    w_q[:keys, keys] = 2 * np.sqrt(size)  # every key asks for the number of the step,
    w_k[-1, keys] = 1
    w_q[:keys, keys + 1] = 100 * np.sqrt(size)  # and for a value
    w_k[keys:-1, keys + 1] = 1
    w_v[keys:-1] = np.eye(LOOKUP_VALUES)
    return w_q, w_k, w_v
