"""ONE time step, in NumPy: what a memory cell does with the present input and its own past.

Everything here is a plain function of arrays. The state goes in as an argument and comes out as a result; nothing is
remembered anywhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rnncourse.shapes import expect_count, expect_shapes

#: A cell as a network sees it: (inputs, state) -> (output, new state).
Step = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def neuron_step(x: float, h: float, w_x: float, w_h: float, b: float) -> float:
    """h_t = tanh(w_x x_t + w_h h_(t-1) + b), for a single recurrent neuron.

    Args:
        x: the input of this step, a number.
        h: the state the neuron left behind one step ago, a number.
        w_x: weight of the input.
        w_h: weight of the state (the recurrent weight).
        b: bias.

    Returns:
        The new state, a number between -1 and 1.

    Raises:
        ValueError: an argument is not a single number.

    Source: J. Elman, "Finding structure in time", Cognitive Science 14 (1990).
    """
    x, h, w_x, w_h, b = expect_shapes(x=(x, ""), h=(h, ""), w_x=(w_x, ""), w_h=(w_h, ""), b=(b, ""))
    return float(np.tanh(w_x * x + w_h * h + b))


def neuron_with_readout(
    x: float, h: float, w_x: float, w_h: float, b: float, w_y: float, b_y: float
) -> tuple[float, float]:
    """h_t = tanh(w_x x_t + w_h h_(t-1) + b) and y_t = w_y h_t + b_y: what is shown is not what is kept.

    Args:
        x, h, w_x, w_h, b: as for ``neuron_step``.
        w_y: weight of the read-out.
        b_y: bias of the read-out.

    Returns:
        (output y_t, new state h_t), two numbers.

    Raises:
        ValueError: an argument is not a single number.
    """
    w_y, b_y = expect_shapes(w_y=(w_y, ""), b_y=(b_y, ""))
    state = neuron_step(x, h, w_x, w_h, b)
    return float(w_y * state + b_y), state


def rnn_step(
    inputs: np.ndarray, state: np.ndarray, kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b), for a whole layer and a whole batch at once.

    Args:
        inputs: x_t, the inputs of this step, shape (batch, features).
        state: h_(t-1), the state of one step ago, shape (batch, units).
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).

    Returns:
        h_t, the new state, shape (batch, units). In this simplest cell it is the output too.

    Raises:
        ValueError: a shape does not fit; the message says which, what was got and what was expected.

    Source: the layer of J. Elman (1990); the same equation as ``keras.layers.SimpleRNN``.
    """
    inputs, state, kernel, recurrent_kernel, bias = expect_shapes(
        inputs=(inputs, "batch features"),
        state=(state, "batch units"),
        kernel=(kernel, "features units"),
        recurrent_kernel=(recurrent_kernel, "units units"),
        bias=(bias, "units"),
    )
    return np.tanh(inputs @ kernel + state @ recurrent_kernel + bias)


def stack_kernels(kernel: np.ndarray, recurrent_kernel: np.ndarray) -> np.ndarray:
    """W = [W_x; W_h]: the two kernels of a cell on top of each other, as TensorFlow 1 kept them.

    Args:
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).

    Returns:
        W, shape (features + units, units); the rows of W_x come first.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    kernel, recurrent_kernel = expect_shapes(
        kernel=(kernel, "features units"), recurrent_kernel=(recurrent_kernel, "units units")
    )
    return np.concatenate([kernel, recurrent_kernel], axis=0)


def rnn_step_stacked(inputs: np.ndarray, state: np.ndarray, stacked_kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """h_t = tanh([x_t, h_(t-1)] W + b): the step as one ordinary dense layer on input and state side by side.

    Args:
        inputs: x_t, shape (batch, features).
        state: h_(t-1), shape (batch, units).
        stacked_kernel: W, shape (features + units, units), see ``stack_kernels``.
        bias: b, shape (units,).

    Returns:
        h_t, shape (batch, units); equal to ``rnn_step`` with the two kernels apart.

    Raises:
        ValueError: a shape does not fit.

    Source: ``BasicRNNCell`` of TensorFlow 1.
    """
    inputs, state = expect_shapes(inputs=(inputs, "batch features"), state=(state, "batch units"))
    joined = np.concatenate([inputs, state], axis=1)  # (batch, features + units)
    joined, stacked_kernel, _, bias = expect_shapes(
        inputs_and_state=(joined, "batch features+units"),
        stacked_kernel=(stacked_kernel, "features+units units"),
        state=(state, "batch units"),
        bias=(bias, "units"),
    )
    return np.tanh(joined @ stacked_kernel + bias)


def step_with_readout(
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray,
    output_kernel: np.ndarray,
    output_bias: np.ndarray,
) -> Step:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b) and y_t = h_t W_y + b_y: a cell whose output is not its state.

    Args:
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).
        output_kernel: W_y, shape (units, outputs).
        output_bias: b_y, shape (outputs,).

    Returns:
        step(inputs, state) -> (output, new state), shapes (batch, outputs) and (batch, units).

    Raises:
        ValueError: a shape does not fit.
    """
    kernel, recurrent_kernel, bias, output_kernel, output_bias = expect_shapes(
        kernel=(kernel, "features units"),
        recurrent_kernel=(recurrent_kernel, "units units"),
        bias=(bias, "units"),
        output_kernel=(output_kernel, "units outputs"),
        output_bias=(output_bias, "outputs"),
    )

    def step(inputs: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        new_state = rnn_step(inputs, state, kernel, recurrent_kernel, bias)
        return new_state @ output_kernel + output_bias, new_state

    return step


def parameter_count(features: int, units: int) -> int:
    """features · units + units · units + units: the numbers in W_x, W_h and b.

    The length of the sequence is not in it: every step uses the same three arrays.

    Args:
        features: size of one input.
        units: number of neurons, the size of the state.

    Raises:
        ValueError: an argument is not a whole number of at least 1.
    """
    features, units = expect_count("features", features), expect_count("units", units)
    return features * units + units * units + units


def steps_remembered(w_h: float, threshold: float = 0.01) -> int:
    """The smallest k with |w_h|^k < threshold: how many steps until a linear memory has faded.

    In h_t = w_h h_(t-1) what was 1 at the start is w_h^k after k steps.

    Args:
        w_h: recurrent weight, 0 < |w_h| < 1.
        threshold: the share of the start that counts as forgotten, 0 < threshold < 1.

    Returns:
        A whole number of steps.

    Raises:
        ValueError: w_h or threshold is outside its range (with |w_h| >= 1 the memory never fades).
    """
    if not 0 < abs(w_h) < 1:
        raise ValueError(f"w_h is {w_h!r}, expected 0 < |w_h| < 1: with |w_h| >= 1 the memory never fades.")
    if not 0 < threshold < 1:
        raise ValueError(f"threshold is {threshold!r}, expected a share between 0 and 1, for example 0.01.")
    return math.floor(math.log(threshold) / math.log(abs(w_h))) + 1
