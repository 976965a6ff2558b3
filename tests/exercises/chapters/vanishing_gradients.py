"""Right answers to the exercises on vanishing gradients, written differently from the reference."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

import rnncourse


def factor_in_a_loop(states, w_h):
    factor = 1.0
    for h in states:
        factor *= w_h * (1 - h * h)
    return factor


def factor_apart(states, w_h):
    return w_h ** len(states) * math.prod(1 - states**2)


def factor_in_tensorflow(states, w_h):
    return tf.reduce_prod(w_h * (1 - tf.constant(states) ** 2))


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


def radius_by_abs(matrix, radius):
    sizes = [abs(value) for value in np.linalg.eig(matrix)[0]]
    return matrix / max(sizes) * radius


def radius_in_tensorflow(matrix, radius):
    matrix = tf.constant(matrix)
    return matrix * (radius / tf.reduce_max(tf.abs(tf.linalg.eigvals(matrix))))


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
    "path_factor": [factor_in_a_loop, factor_apart, factor_in_tensorflow],
    "gradient_norms": [norms_with_matrices, norms_with_a_list],
    "with_spectral_radius": [radius_by_abs, radius_in_tensorflow],
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
}
