"""Back-propagation through time, by hand in NumPy; a numeric check of gradients; clipping.

The network is the simplest one: h_t = tanh(x_t W_x + h_(t-1) W_h + b) from h_(-1) = 0. A cost may look at any of the
states; what it says about each of them comes in as ``output_gradients``, zeros where a step is not in the cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.cells import lstm_step, sigmoid
from rnncourse.shapes import (
    expect_choice,
    expect_count,
    expect_finite,
    expect_list,
    expect_number,
    expect_numbers,
    expect_row,
    expect_shapes,
    expect_step,
    expect_tokens,
)

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0),
    "linear": lambda a: a,
}


def neuron_bptt(
    inputs: np.ndarray, states: np.ndarray, output_gradients: np.ndarray, w_h: float
) -> tuple[float, float, float]:
    """d_t = (g_t + w_h d_(t+1)) (1 - h_t²); the gradients are the sums of d_t x_t, d_t h_(t-1) and d_t.

    Args:
        inputs: x_0, x_1, …, shape (time,).
        states: h_0, h_1, … of the forward pass from h_(-1) = 0, shape (time,).
        output_gradients: g_t, what the cost says about h_t directly, shape (time,).
        w_h: recurrent weight.

    Returns:
        The derivatives of the cost with respect to w_x, w_h and b, three numbers.

    Raises:
        ValueError: an argument has a wrong shape.

    Source: P. Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the IEEE (1990).
    """
    inputs, states, output_gradients, _ = expect_shapes(
        inputs=(inputs, "time"),
        states=(states, "time"),
        output_gradients=(output_gradients, "time"),
        w_h=(w_h, ""),
    )
    for_w_x = for_w_h = for_b = later = 0.0
    for t in reversed(range(len(inputs))):
        delta = (output_gradients[t] + later) * (1 - states[t] ** 2)
        for_w_x += delta * inputs[t]
        if t > 0:
            for_w_h += delta * states[t - 1]
        for_b += delta
        later = delta * w_h
    return float(for_w_x), float(for_w_h), float(for_b)


def run_layer(
    inputs: np.ndarray, kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, activation: str = "tanh"
) -> np.ndarray:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b) for every t, from h_(-1) = 0: the forward pass.

    Args:
        inputs: shape (batch, time, features).
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).
        activation: "tanh", or "relu" or "linear" in its place.

    Returns:
        The state after every step, shape (batch, time, units).

    Raises:
        ValueError: a shape does not fit, or there is no such activation.
    """
    inputs, kernel, recurrent_kernel, bias = expect_shapes(
        inputs=(inputs, "batch time features"),
        kernel=(kernel, "features units"),
        recurrent_kernel=(recurrent_kernel, "units units"),
        bias=(bias, "units"),
    )
    squash = _expect_activation(activation)
    batch, time_steps, _ = inputs.shape
    states = np.zeros((batch, time_steps + 1, kernel.shape[1]))  # the last place stands for h_(-1) = 0
    for t in range(time_steps):
        states[:, t] = squash(inputs[:, t] @ kernel + states[:, t - 1] @ recurrent_kernel + bias)
    return states[:, :-1]


def _expect_activation(name: str) -> Callable[[np.ndarray], np.ndarray]:
    return ACTIVATIONS[expect_choice("activation", name, ACTIVATIONS)]


def bptt(
    inputs: np.ndarray, states: np.ndarray, output_gradients: np.ndarray, recurrent_kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """D_t = (G_t + D_(t+1) W_hᵀ) (1 - H_t²); the gradients are the sums of X_tᵀ D_t, H_(t-1)ᵀ D_t and rows of D_t.

    Args:
        inputs: X_t, shape (batch, time, features).
        states: H_t of the forward pass from H_(-1) = 0, see ``run_layer``, shape (batch, time, units).
        output_gradients: G_t, what the cost says about H_t directly, shape (batch, time, units).
        recurrent_kernel: W_h, shape (units, units).

    Returns:
        The gradients of the cost for W_x (features, units), W_h (units, units) and b (units,).

    Raises:
        ValueError: a shape does not fit, or there is no step.

    Source: P. Werbos (1990).
    """
    inputs, states, output_gradients, recurrent_kernel = expect_shapes(
        inputs=(inputs, "batch time features"),
        states=(states, "batch time units"),
        output_gradients=(output_gradients, "batch time units"),
        recurrent_kernel=(recurrent_kernel, "units units"),
    )
    expect_step("inputs", inputs)
    for_w_h = np.zeros(recurrent_kernel.shape)  # stays zero for a single step
    for_w_x = for_b = later = np.float64(0)
    for t in reversed(range(inputs.shape[1])):
        delta = (output_gradients[:, t] + later) * (1 - states[:, t] ** 2)  # (batch, units)
        for_w_x += inputs[:, t].T @ delta
        if t > 0:
            for_w_h += states[:, t - 1].T @ delta
        for_b += delta.sum(axis=0)
        later = delta @ recurrent_kernel.T
    return np.asarray(for_w_x), for_w_h, np.asarray(for_b)


def lstm_step_backward(
    inputs: np.ndarray,
    state: tuple[np.ndarray, np.ndarray],
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray,
    h_gradient: np.ndarray,
    c_gradient: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """D = dC/dc_t + dC/dh_t o (1 - tanh² c_t); dC/dc_(t-1) = D f, dC/dh_(t-1) = [D g i', D c_(t-1) f', D i g', …] Uᵀ.

    One step of an LSTM backward: i', f', o' are the slopes s (1 - s) of the gates and g' = 1 - g² that of the proposal;
    the last block is dC/dh_t tanh(c_t) o'.

    Args:
        inputs, state, kernel, recurrent_kernel, bias: what the step forward was given, as for ``lstm_step``.
        h_gradient: what the cost and the later steps say about h_t, shape (batch, units).
        c_gradient: what the later steps say about c_t, shape (batch, units).

    Returns:
        The gradients of the cost for h_(t-1) and c_(t-1), shape (batch, units) each.

    Raises:
        ValueError: a shape does not fit.

    Source: F. Gers, J. Schmidhuber and F. Cummins, "Learning to forget" (2000).
    """
    lstm_step(inputs, state, kernel, recurrent_kernel, bias)  # its errors name what does not fit
    inputs, h, c, kernel, recurrent_kernel, bias, h_gradient, c_gradient = expect_shapes(
        inputs=(inputs, "batch features"),
        h=(state[0], "batch units"),
        c=(state[1], "batch units"),
        kernel=(kernel, "features 4*units"),
        recurrent_kernel=(recurrent_kernel, "units 4*units"),
        bias=(bias, "4*units"),
        h_gradient=(h_gradient, "batch units"),
        c_gradient=(c_gradient, "batch units"),
    )
    i, f, g, o = np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    shown = np.tanh(f * c + i * g)
    later = c_gradient + h_gradient * o * (1 - shown**2)  # all that the cost says about the new c
    for_i, for_f = later * g * i * (1 - i), later * c * f * (1 - f)
    for_g, for_o = later * i * (1 - g**2), h_gradient * shown * o * (1 - o)
    for_h = np.concatenate([for_i, for_f, for_g, for_o], axis=1) @ recurrent_kernel.T
    for_c = later * f
    return for_h, for_c


def resting_share(w_h: float) -> tuple[float, float]:
    """h = tanh(w_h h), the largest such h, and the share w_h (1 - h²) of a gradient that a step passes back there.

    A neuron without inputs and bias that starts above 0 comes to rest at this h: for w_h up to 1 at 0, where it has
    forgotten everything; for a larger w_h above 0, where it remembers for ever that it was lifted.

    Args:
        w_h: recurrent weight, at least 0. Very near 1 the neuron comes to rest so slowly that h is right to two digits.

    Returns:
        (h, the share).

    Raises:
        ValueError: w_h is negative or no number.

    Source: Y. Bengio, P. Simard and P. Frasconi (1994): what is stored so that it lasts lets no gradient through.
    """
    w_h = expect_number("w_h", w_h, "a number of at least 0, for example 2.0", lambda w_h: 0 <= w_h < np.inf)
    h = 1.0
    for _ in range(10_000):
        h = math.tanh(w_h * h)
    return h, w_h * (1 - h**2)


def gradient_norms(
    states: np.ndarray, recurrent_kernel: np.ndarray, last_gradient: np.ndarray, activation: str = "tanh"
) -> np.ndarray:
    """n_k = |g_(T-k)| with g_T given and g_(t-1) = (g_t (1 - h_t²)) W_hᵀ: how much of a gradient is left, by distance.

    Args:
        states: h_t of the forward pass, see ``run_layer``, shape (batch, time, units).
        recurrent_kernel: W_h, shape (units, units).
        last_gradient: g_T, what the cost says about the last state, shape (batch, units).
        activation: the one of the forward pass; its slope stands in the place of 1 - h².

    Returns:
        The gradient's length at a distance of 0, 1, 2, … steps from the end, the mean over the batch; shape (time,).

    Raises:
        ValueError: a shape does not fit, the batch is empty, or there is no such activation.

    Source: Y. Bengio, P. Simard and P. Frasconi, "Learning long-term dependencies with gradient descent is difficult",
    IEEE Transactions on Neural Networks (1994).
    """
    states, recurrent_kernel, last_gradient = expect_shapes(
        states=(states, "batch time units"),
        recurrent_kernel=(recurrent_kernel, "units units"),
        last_gradient=(last_gradient, "batch units"),
    )
    expect_row("states", states)
    _expect_activation(activation)
    slopes = {"tanh": 1 - states**2, "relu": states > 0, "linear": np.ones_like(states)}[activation]
    norms, gradient = [], last_gradient
    for t in reversed(range(states.shape[1])):
        norms.append(np.mean(np.linalg.norm(gradient, axis=1)))
        gradient = (gradient * slopes[:, t]) @ recurrent_kernel.T
    return np.array(norms)


def spectral_radius(matrix: np.ndarray) -> float:
    """max |λ| over the eigenvalues: in the long run a product with the matrix grows or shrinks by this factor.

    Args:
        matrix: shape (units, units).

    Raises:
        ValueError: the matrix is not square, has no row, or holds a number that is not finite.
    """
    (matrix,) = expect_shapes(matrix=(matrix, "units units"))
    expect_row("matrix", expect_finite("matrix", matrix))
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def with_spectral_radius(matrix: np.ndarray, radius: float) -> np.ndarray:
    """radius · W / max |λ|: the matrix, scaled so that its largest eigenvalue has the size wanted.

    Args:
        matrix: W, shape (units, units), with at least one eigenvalue that is not zero.
        radius: the spectral radius of the result, at least 0.

    Returns:
        A new matrix of the same shape.

    Raises:
        ValueError: the matrix is not square, all its eigenvalues are zero, or radius is negative.

    Source: H. Jaeger, "The echo state approach to analysing and training recurrent neural networks" (2001).
    """
    radius = expect_number("radius", radius, "a number of at least 0, for example 1.0", lambda r: 0 <= r < np.inf)
    present = spectral_radius(matrix)
    if present == 0:
        raise ValueError("matrix has only zero eigenvalues, expected one that scaling can bring to the radius.")
    return np.asarray(matrix) * (radius / present)


def numeric_gradient(cost: Callable[[np.ndarray], float], at: np.ndarray, nudge: float = 1e-5) -> np.ndarray:
    """(C(w + e) - C(w - e)) / 2e for every element w: slow, and right without any calculus.

    Args:
        cost: function of an array of the shape of ``at``, returns a number.
        at: where to take the gradient; not changed. Computed in float64.
        nudge: e, how far each element is moved.

    Returns:
        An array of the shape of ``at``.

    Raises:
        ValueError: at is not numeric, or nudge is not above 0.
    """
    at = np.array(expect_numbers("at", at), dtype=float)
    nudge = expect_number("nudge", nudge, "a number above 0, for example 1e-5", lambda nudge: 0 < nudge < np.inf)
    gradient = np.empty_like(at)
    for place in np.ndindex(at.shape):
        kept = at[place]
        at[place] = kept + nudge
        above = cost(at)
        at[place] = kept - nudge
        gradient[place] = (above - cost(at)) / (2 * nudge)
        at[place] = kept
    return gradient


@dataclass(frozen=True)
class GradientCheck:
    """What a gradient check found.

    Attributes:
        errors: name of a gradient -> its largest difference to the numeric one, relative to its largest element.
        remarks: name of a wrong gradient -> what is wrong with it, in words.
    """

    errors: dict[str, float]
    remarks: dict[str, str]

    @property
    def wrong(self) -> tuple[str, ...]:
        """The names of the gradients that are wrong."""
        return tuple(self.remarks)

    def __str__(self) -> str:
        width = max(map(len, self.errors), default=0)
        return "\n".join(f"{name:{width}}  {self.remarks.get(name, 'right')}" for name in self.errors)


def gradient_check(
    cost: Callable[..., float],
    parameters: Mapping[str, np.ndarray],
    gradients: Mapping[str, np.ndarray],
    tolerance: float = 1e-6,
) -> GradientCheck:
    """max |g - numeric| / max(|g|, |numeric|) for every parameter, and the name of each that is wrong.

    Args:
        cost: cost(**parameters) returns a number.
        parameters: name -> where the gradient was taken.
        gradients: name -> the gradient to check, of the same shape.
        tolerance: the largest relative error that counts as right.

    Returns:
        The relative errors, and for each wrong gradient a remark: transposed, missing, off by a factor, or where it
        differs most. ``print`` it.

    Raises:
        ValueError: the two sets of names differ, or one of the arrays is not numeric.
    """
    if set(parameters) != set(gradients):
        raise ValueError(
            f"gradients are given for {', '.join(gradients)}, expected one for each of {', '.join(parameters)}."
        )
    errors: dict[str, float] = {}
    remarks: dict[str, str] = {}
    for name, value in parameters.items():
        expect_numbers(f"parameters[{name!r}]", value)
        truth = numeric_gradient(_of_one(name, cost, parameters), value)
        got = expect_numbers(f"gradients[{name!r}]", gradients[name]).astype(float)
        errors[name] = _relative_error(got, truth)
        if not errors[name] <= tolerance:
            remarks[name] = _remark(got, truth, tolerance)
    return GradientCheck(errors, remarks)


def _of_one(name: str, cost: Callable[..., float], parameters: Mapping[str, Any]) -> Callable[[np.ndarray], float]:
    """The cost as a function of one of its parameters, the others staying as they are."""
    return lambda moved: cost(**{**parameters, name: moved})


def _relative_error(got: np.ndarray, truth: np.ndarray) -> float:
    """The largest difference in units of the largest element; infinite where the shapes differ."""
    if got.shape != truth.shape:
        return float("inf")
    size = max(np.abs(got).max(initial=0.0), np.abs(truth).max(initial=0.0))
    return float(np.abs(got - truth).max(initial=0.0) / size) if size else 0.0


def _remark(got: np.ndarray, truth: np.ndarray, tolerance: float) -> str:
    """What is wrong with a gradient, as far as numbers alone can tell."""
    if got.shape != truth.shape:
        return f"wrong: it has shape {got.shape}, expected {truth.shape}"
    if not np.isfinite(got).all():
        return "wrong: it is not finite"
    if not got.any():
        return "wrong: it is zero everywhere, so no path leads to this parameter"
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _relative_error(got.T, truth) <= tolerance:
        return "wrong: it is transposed"
    factor = float((got * truth).sum() / (truth**2).sum()) if truth.any() else 0.0
    if factor and _relative_error(got, factor * truth) <= tolerance:
        return f"wrong: it is {factor:.4g} times the numeric gradient everywhere"
    place = tuple(int(i) for i in np.unravel_index(np.abs(got - truth).argmax(), got.shape))
    return f"wrong: at {place} it is {got[place]:.4g}, the numeric gradient is {truth[place]:.4g}"


def clip_by_global_norm(gradients: Sequence[np.ndarray], limit: float) -> list[np.ndarray]:
    """g · min(1, limit / n) with n = sqrt(sum of all squares): shorter if too long, in the same direction.

    Args:
        gradients: arrays of any shapes; their global norm n is that of all their elements together.
        limit: the largest norm allowed, more than 0.

    Returns:
        New arrays of the same shapes. The direction of the whole step is kept. Where the global norm is not finite,
        because one of the elements is not, every element is NaN, as in TensorFlow: there is no direction to keep.

    Raises:
        ValueError: limit is not positive, or a gradient is not numeric.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks" (2013).
    """
    limit = expect_number("limit", limit, "a number above 0, for example 1.0", lambda limit: limit > 0)
    gradients, dtypes = _expect_gradients(gradients)
    norm = np.sqrt(sum(np.sum(np.square(gradient)) for gradient in gradients))
    scale = limit / norm if norm > limit else 1.0
    return _in_dtypes(dtypes, [scale * gradient for gradient in gradients])


def _expect_gradients(gradients: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.dtype]]:
    """The gradients in float64, in which no square of a smaller dtype overflows, and the dtypes that they had.

    All is NaN where the sum of the squares is not finite.
    """
    given = expect_list("gradients", gradients, "arrays")
    arrays = [expect_numbers(f"gradients[{index}]", gradient).astype(float) for index, gradient in enumerate(given)]
    dtypes = [np.asarray(gradient).dtype for gradient in given]
    with np.errstate(over="ignore", invalid="ignore"):
        squares = sum(float(np.sum(np.square(array))) for array in arrays)
    if not np.isfinite(squares):
        arrays = [np.full(array.shape, np.nan) for array in arrays]
    return arrays, [dtype if dtype.kind == "f" else np.dtype(float) for dtype in dtypes]


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """C = mean over the batch of log(sum_k exp(z_k)) - z_label: minus the log of the probability of the right class.

    The largest logit of each row is taken off first; this changes nothing but keeps exp from overflowing.

    Args:
        logits: z, the raw outputs, shape (batch, classes).
        labels: the right class of each row of logits, whole numbers from 0, shape (batch,).

    Returns:
        A number; log(classes) for a network that knows nothing, near 0 for one that is sure and right.

    Raises:
        ValueError: a shape does not fit, the batch is empty, or a label is no class.
    """
    logits, labels = _expect_logits_and_labels(logits, labels)
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    right = shifted[np.arange(len(labels)), labels]
    return float(np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - right))


def descend(
    inputs: np.ndarray, targets: np.ndarray, weights: Sequence[np.ndarray], rate: float, steps: int, limit: float = 1.0
) -> list[np.ndarray]:
    """w ← w - rate · g, for every array of weights and so many times; g is the clipped gradient of the mean of e².

    The network is h_t = tanh(x_t W_x + h_(t-1) W_h + b) with a read-out at every step; its error is
    e_t = h_t W_y + b_y - target_t, and the cost the mean of the squares of all its elements.

    Args:
        inputs: x_t, shape (batch, time, features).
        targets: what the read-out is to say at each step, shape (batch, time, outputs).
        weights: W_x (features, units), W_h (units, units), b (units,), W_y (units, outputs), b_y (outputs,).
        rate: the learning rate.
        steps: how many steps to go down; each looks at all the sequences.
        limit: the largest global norm of the gradients, see ``clip_by_global_norm``.

    Returns:
        The five arrays after the last step; those that were given stay as they are.

    Raises:
        ValueError: a shape does not fit, there is nothing to learn from, or a number is out of range.

    Source: A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées" (1847).
    """
    inputs, targets, weights = _expect_sequences_and_weights(inputs, targets, weights)
    rate = expect_number("rate", rate, "a number of at least 0, for example 0.5", lambda rate: 0 <= rate < np.inf)
    for _ in range(expect_count("steps", steps, least=0)):
        kernel, recurrent_kernel, bias, output_kernel, output_bias = weights
        states = run_layer(inputs, kernel, recurrent_kernel, bias)
        errors = states @ output_kernel + output_bias - targets
        gradients_of_outputs = 2 * errors / errors.size
        through_time = bptt(inputs, states, gradients_of_outputs @ output_kernel.T, recurrent_kernel)
        for_output_kernel = np.einsum("btu,bto->uo", states, gradients_of_outputs)
        gradients = [*through_time, for_output_kernel, gradients_of_outputs.sum(axis=(0, 1))]
        clipped = clip_by_global_norm(gradients, limit)
        weights = [array - rate * gradient for array, gradient in zip(weights, clipped, strict=True)]
    return weights


def _expect_sequences_and_weights(
    inputs: np.ndarray, targets: np.ndarray, weights: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    arrays = expect_list("weights", weights, "five arrays")
    if len(arrays) != 5:
        raise ValueError(f"weights holds {len(arrays)} arrays, expected five: W_x, W_h, b, W_y, b_y.")
    axes = "features units", "units units", "units", "units outputs", "outputs"
    inputs, targets, *arrays = expect_shapes(
        inputs=(inputs, "batch time features"),
        targets=(targets, "batch time outputs"),
        **{f"weights[{place}]": pair for place, pair in enumerate(zip(arrays, axes, strict=True))},
    )
    expect_row("inputs", inputs)
    return inputs, targets, list(arrays)


def _in_dtypes(dtypes: list[np.dtype], arrays: list[np.ndarray]) -> list[np.ndarray]:
    return [array.astype(dtype) for array, dtype in zip(arrays, dtypes, strict=True)]


def _expect_logits_and_labels(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits, _ = expect_shapes(logits=(logits, "batch classes"), labels=(labels, "batch"))
    expect_row("logits", logits)
    return logits, expect_tokens("labels", labels, "batch", logits.shape[1])
