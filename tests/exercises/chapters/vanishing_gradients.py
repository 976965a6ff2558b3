"""Right answers to the exercises on vanishing gradients, written differently from the reference."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import rnncourse


def rest_by_bisection(w_h):
    """The place above 0 where tanh(w_h h) - h changes its sign; 0 where there is none."""
    low, high = 1e-6, 1.0
    if np.tanh(w_h * low) < low:
        return 0.0, w_h
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.tanh(w_h * middle) > middle else (low, middle)
    return low, w_h * (1 - low**2)


def rest_with_cosh(w_h):
    h = np.float64(0.9)
    for _ in range(500):
        h = np.tanh(w_h * h)
    return np.array([h, w_h / np.cosh(w_h * h) ** 2])


def norms_with_matrices(states, recurrent_kernel, last_gradient):
    """Every instance by itself, with the Jacobian of each step written out."""
    norms = np.zeros(states.shape[1])
    for h, gradient in zip(states, last_gradient, strict=True):
        for distance, t in enumerate(range(len(h) - 1, -1, -1)):
            norms[distance] += np.sqrt(gradient @ gradient) / len(states)
            gradient = recurrent_kernel @ np.diag(1 - h[t] ** 2) @ gradient
    return norms


def norms_with_a_list(states, recurrent_kernel, last_gradient):
    gradients = [last_gradient]
    for t in range(states.shape[1] - 1, 0, -1):
        gradients.append(np.einsum("bv,uv->bu", gradients[-1] * (1 - states[:, t] ** 2), recurrent_kernel))
    return [float(np.mean(np.sqrt(np.sum(gradient**2, axis=1)))) for gradient in gradients]


def kernel_of_turns(units):
    """Turns by 45 degrees in one plane after the other."""
    kernel = np.eye(units)
    for first in range(units - 1):
        turn = np.eye(units)
        turn[first : first + 2, first : first + 2] = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
        kernel = kernel @ turn
    return kernel


def kernel_drawn_until_it_fits(units):
    rng = np.random.default_rng(4)
    while True:
        kernel, _ = np.linalg.qr(rng.normal(size=(units, units)))
        if np.abs(kernel).max() < 0.95:
            return kernel


def truncated_by_pieces(step, inputs, state, length):
    outputs = []
    for start in range(0, len(inputs), length):
        piece, state = rnncourse.static_rnn(step, inputs[start : start + length], tf.stop_gradient(state))
        outputs += piece
    return outputs, state


def truncated_by_counting(step, inputs, state, length):
    outputs = []
    for t in range(len(inputs)):
        if t % length == 0:
            state = tf.identity(tf.stop_gradient(state))
        output, state = step(inputs[t], state)
        outputs.append(output)
    return tf.stack(outputs), state


ALTERNATIVES = {
    "resting_share": [rest_by_bisection, rest_with_cosh],
    "gradient_norms": [norms_with_matrices, norms_with_a_list],
    "kernel_that_keeps": [kernel_of_turns, kernel_drawn_until_it_fits],
    "truncated_rnn": [truncated_by_pieces, truncated_by_counting],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "vanish_or_explode": [
        {
            "linear, radius 0.9": "Vanishes",
            "linear, orthogonal": "stays ",
            "linear, radius 1.1": "explodes",
            "tanh, orthogonal": "vanishes",
            "relu, identity, states above 0": "stays",
        },
        {
            "relu, identity, states above 0": np.str_("STAYS"),
            "tanh, orthogonal": "vanishes",
            "linear, radius 1.1": "explodes\n",
            "linear, orthogonal": "stays",
            "linear, radius 0.9": "vanishes",
        },
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
_SLOPES = "slopes = {'tanh': 1 - states ** 2, 'relu': states > 0, 'linear': np.ones_like(states)}[activation]"
EQUIVALENT = {
    ("gradient_norms", f"{_SLOPES}: 1 - states ** 2 -> states ** 2 - 1"): "a length has no sign",
    **{
        ("gradient_norms", f"{_SLOPES}: {change}"): "the exercise has no activation but the tanh"
        for change in ("states > 0 -> states >= 0", "0 -> 1", "0 -> -1")
    },
    **{
        ("resting_share", f"for _ in range(10000): 10000 -> {other}"): "it rests long before" for other in (9999, 10001)
    },
    ("resting_share", "h = 1.0: 1.0 -> 2.0"): "from above, any start ends at the same place",
}
