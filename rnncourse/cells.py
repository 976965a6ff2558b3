"""One time step, in NumPy: what a memory cell does with the present input and its own past.

Beside the cells stand what belongs to them: gates, dropout, how long a memory lasts, weights in another order.
Everything here is a plain function of arrays. The state goes in as an argument and comes out as a result; nothing is
remembered anywhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.shapes import expect_count, expect_number, expect_numbers, expect_shapes, fits_onto

#: A cell as a network sees it: (inputs, state) -> (output, new state).
Step = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def remember(state: float, x: float) -> float:
    """h_t = 0.9 h_(t-1) + 0.1 x_t: a memory in one line, for the start page. It forgets a tenth with every step.

    Args:
        state: what it remembers, a number.
        x: the input of this step, a number.

    Returns:
        What it remembers then.

    Raises:
        ValueError: an argument is not a single number.

    Source: exponential smoothing; R. G. Brown, "Statistical Forecasting for Inventory Control" (1959).
    """
    state, x = map(float, expect_shapes(state=(state, ""), x=(x, "")))
    return 0.9 * state + 0.1 * x


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
    x, h, w_x, w_h, b = map(float, expect_shapes(x=(x, ""), h=(h, ""), w_x=(w_x, ""), w_h=(w_h, ""), b=(b, "")))
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
    w_y, b_y = map(float, expect_shapes(w_y=(w_y, ""), b_y=(b_y, "")))
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


def change_detector() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """m_t = tanh(0.1 x_t), d_t = tanh(10 x_t - 100 m_(t-1)): about tanh(10 (x_t - x_(t-1))) for x_t between -1 and 1.

    The memory m works where the tanh is nearly a straight line, so the second neuron can take the last input off the
    present one.

    Returns:
        kernel, shape (1, 2), recurrent kernel, shape (2, 2), and bias, shape (2,), of a layer whose last neuron is near
        1 when the input has just risen, and near -1 when it has just fallen.
    """
    return np.array([[0.1, 10.0]]), np.array([[0.0, -100.0], [0.0, 0.0]]), np.zeros(2)


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


def dropout(values: np.ndarray, rate: float, noise: np.ndarray, training: bool = True) -> np.ndarray:
    """y = m x / (1 - rate) with m = 1 where noise >= rate, else 0; and y = x when not training ("inverted" dropout).

    The division keeps the mean of y at x, so that nothing has to be changed when training is over.

    Args:
        values: x, of any shape.
        rate: the share of values to drop, 0 <= rate < 1.
        noise: random numbers, even between 0 and 1, such as ``rng.random(values.shape)``. An axis of length 1 shares
            its numbers: shape (batch, 1, units) is one mask for all the steps of (batch, time, units).
        training: whether the network is being trained.

    Returns:
        y, of the shape of values.

    Raises:
        ValueError: rate is out of range, or noise does not fit the shape of values.

    Source: N. Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting" (2014).
    """
    values, noise = expect_numbers("values", values), expect_numbers("noise", noise)
    rate = expect_number(
        "rate", rate, "a share from 0 up to, but not including, 1, for example 0.5", lambda rate: 0 <= rate < 1
    )
    if not fits_onto(noise.shape, values.shape):
        raise ValueError(f"noise has shape {noise.shape}, expected {values.shape}, or 1 in place of a shared axis.")
    if not training:
        return values
    kept = noise >= rate
    return values * kept / (1 - rate)


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
    w_h = expect_number(
        "w_h", w_h, "0 < |w_h| < 1: with |w_h| >= 1 the memory never fades", lambda w_h: 0 < abs(w_h) < 1
    )
    threshold = _expect_share("threshold", threshold, "0.01")
    return math.floor(math.log(threshold) / math.log(abs(w_h))) + 1


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, element by element; the second form never overflows.

    Args:
        x: numbers of any shape.

    Returns:
        Numbers between 0 and 1, of the same shape: how far a gate is open.

    Raises:
        ValueError: x is not numeric.
    """
    return (1 + np.tanh(expect_numbers("x", x) / 2)) / 2


def lstm_step(
    inputs: np.ndarray,
    state: tuple[np.ndarray, np.ndarray],
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """c_t = f c_(t-1) + i g, h_t = o tanh(c_t); i, f, o = sigmoid(a), g = tanh(a), each a = x_t W + h_(t-1) U + b.

    Every gate has a block of its own in W, U and b; the blocks stand in Keras's order i, f, g, o.

    Args:
        inputs: x_t, shape (batch, features).
        state: (h_(t-1), c_(t-1)), the short-term and the long-term state, shape (batch, units) each.
        kernel: W, shape (features, 4 · units).
        recurrent_kernel: U, shape (units, 4 · units).
        bias: b, shape (4 · units,). Keras starts with 1 in the block f: an open forget gate.

    Returns:
        (h_t, c_t), shape (batch, units) each. h_t is the output too.

    Raises:
        ValueError: a shape does not fit.

    Source: S. Hochreiter and J. Schmidhuber, "Long short-term memory" (1997); the gate f: F. Gers, J. Schmidhuber and
    F. Cummins, "Learning to forget" (2000).
    """
    inputs, *state, kernel, recurrent_kernel, bias = expect_shapes(  # type: ignore[assignment]
        inputs=(inputs, "batch features"),
        **_expect_pair(state),
        kernel=(kernel, "features 4*units"),
        recurrent_kernel=(recurrent_kernel, "units 4*units"),
        bias=(bias, "4*units"),
    )
    h, c = state
    i, f, g, o = np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)  # (batch, units) each
    c_new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c_new), c_new


def peephole_lstm_step(
    inputs: np.ndarray,
    state: tuple[np.ndarray, np.ndarray],
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray,
    peepholes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """As ``lstm_step``, but the gates see the long-term state: i and f add p_i c_(t-1) and p_f c_(t-1), o adds p_o c_t.

    Each neuron's gates look at that neuron's own c only. The output gate sees the *new* c.

    Args:
        inputs, state, kernel, recurrent_kernel, bias: as for ``lstm_step``.
        peepholes: p_i, p_f and p_o, one a row, shape (3, units).

    Returns:
        (h_t, c_t), shape (batch, units) each.

    Raises:
        ValueError: a shape does not fit.

    Source: F. Gers and J. Schmidhuber, "Recurrent nets that time and count" (2000); ``LSTMCell`` of TensorFlow 1.
    """
    inputs, h, c, kernel, recurrent_kernel, bias, peepholes = expect_shapes(
        inputs=(inputs, "batch features"),
        **_expect_pair(state),
        kernel=(kernel, "features 4*units"),
        recurrent_kernel=(recurrent_kernel, "units 4*units"),
        bias=(bias, "4*units"),
        peepholes=(peepholes, "3 units"),
    )
    i, f, g, o = np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)  # (batch, units) each
    p_i, p_f, p_o = peepholes
    c_new = sigmoid(f + p_f * c) * c + sigmoid(i + p_i * c) * np.tanh(g)
    return sigmoid(o + p_o * c_new) * np.tanh(c_new), c_new


def counter_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """c_t = c_(t-1) + tanh(x_t W_g) with W_g = (1, -1): an LSTM whose c counts the letters a, less the letters b.

    The gates i and f are open whatever comes, so that c adds up all proposals; letters are one-hot vectors (a, b).

    Returns:
        kernel, shape (2, 4), recurrent kernel, shape (1, 4), and bias, shape (4,), of one neuron, blocks i, f, g, o.
    """
    return np.array([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, -1.0, 0.0]]), np.zeros((1, 4)), np.array([20.0, 20.0, 0.0, 20.0])


def forget_bias_for(steps: float, share: float = 0.5) -> float:
    """b_f = log(f / (1 - f)) with f = share^(1 / steps): an LSTM's c that nothing writes to fades to ``share``.

    With the weights at zero sigmoid(b_f) is the forget gate, and after k steps f^k of the long-term state is left.

    Args:
        steps: after how many steps, more than 0.
        share: what is to be left then, 0 < share < 1.

    Returns:
        The bias, a number.

    Raises:
        ValueError: steps or share is out of range.

    Source: C. Tallec and Y. Ollivier, "Can recurrent neural networks warp time?" (2018), who draw the steps at random.
    """
    steps = expect_number(
        "steps", steps, "a number above 0: how long the memory is to last", lambda steps: 0 < steps < math.inf
    )
    share = _expect_share("share", share, "0.5")
    log_forget = math.log(share) / steps
    return log_forget - math.log(-math.expm1(log_forget))  # log f - log(1 - f), exact where f is nearly 1 too


def gru_step(
    inputs: np.ndarray,
    state: np.ndarray,
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray,
    reset_after: bool = True,
) -> np.ndarray:
    """h_t = z h_(t-1) + (1 - z) g, with z, r = sigmoid(x_t W + h_(t-1) U + b) and g = tanh(…) of a state reset by r.

    Reset after: g = tanh(x_t W_g + b_g + r (h_(t-1) U_g + b'_g)), Keras's default: the three products with the state
    are one. Reset before: g = tanh(x_t W_g + (r h_(t-1)) U_g + b_g), as in TensorFlow 1. The blocks stand
    in Keras's order z, r, g. Where z is 1 the old state stays; some texts call 1 - z what is z here.

    Args:
        inputs: x_t, shape (batch, features).
        state: h_(t-1), shape (batch, units).
        kernel: W, shape (features, 3 · units).
        recurrent_kernel: U, shape (units, 3 · units).
        bias: reset after: shape (2, 3 · units), row 0 for the inputs and row 1 for the state; before: (3 · units,).
        reset_after: which of the two.

    Returns:
        h_t, shape (batch, units).

    Raises:
        ValueError: a shape does not fit.

    Source: K. Cho and others, "Learning phrase representations using RNN encoder-decoder" (2014): its first version
    resets after, its third before.
    """
    inputs, state, kernel, recurrent_kernel, bias = expect_shapes(
        inputs=(inputs, "batch features"),
        state=(state, "batch units"),
        kernel=(kernel, "features 3*units"),
        recurrent_kernel=(recurrent_kernel, "units 3*units"),
        bias=(bias, "2 3*units" if reset_after else "3*units"),
    )
    bias, state_bias = bias if reset_after else (bias, np.zeros_like(bias))
    x_z, x_r, x_g = np.split(inputs @ kernel + bias, 3, axis=-1)
    u_z, u_r, u_g = np.split(recurrent_kernel, 3, axis=1)
    b_z, b_r, b_g = np.split(state_bias, 3)
    z, r = sigmoid(x_z + state @ u_z + b_z), sigmoid(x_r + state @ u_r + b_r)
    g = np.tanh(x_g + (r * (state @ u_g + b_g) if reset_after else (r * state) @ u_g))
    return z * state + (1 - z) * g


def lstm_kernels_from_tensorflow1(
    stacked_kernel: np.ndarray, bias: np.ndarray, forget_bias: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W, U and b in the order i, f, g, o, from TensorFlow 1's [W_i W_j W_f W_o; U_i U_j U_f U_o] and [b_i b_j b_f b_o].

    Its ``BasicLSTMCell`` and ``LSTMCell`` call j what is g here, keep the rows of W on top of those of U, and add
    ``forget_bias`` to b_f whenever they run; here it is part of b. The result is for ``lstm_step``, and for
    ``set_weights`` of ``keras.layers.LSTM``. Peepholes stay as they are: with ``np.stack([w_i_diag, w_f_diag,
    w_o_diag])`` after the three it is for ``peephole_lstm_step`` and ``PeepholeLSTMCell``.

    Args:
        stacked_kernel: the variable "kernel", shape (features + units, 4 · units).
        bias: the variable "bias", shape (4 · units,).
        forget_bias: what the cell was made with; 1.0 is its default.

    Returns:
        (kernel, recurrent_kernel, bias), shapes (features, 4 · units), (units, 4 · units) and (4 · units,).

    Raises:
        ValueError: the shapes do not fit each other, there is no row for a feature, or forget_bias is not a number.
    """
    bias, stacked_kernel, added = expect_shapes(
        bias=(bias, "4*units"), stacked_kernel=(stacked_kernel, "features+units 4*units"), forget_bias=(forget_bias, "")
    )
    units = len(bias) // 4
    expect_count("the number of rows without those of the state", len(stacked_kernel) - units)
    i, g, f, o = np.split(np.vstack([stacked_kernel, bias]), 4, axis=1)
    f = np.vstack([f[:-1], f[-1] + added])
    together = np.concatenate([i, f, g, o], axis=1)
    return together[: -units - 1], together[-units - 1 : -1], together[-1]


def latch_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """h_t = h_(t-1) without a mark, about tanh(5 v_t) at a mark: a GRU that keeps the sign of the last marked value.

    Inputs are (v_t, mark). Without a mark z = sigmoid(10) keeps the state; a mark turns that into sigmoid(-10).

    Returns:
        kernel, shape (2, 3), recurrent kernel, shape (1, 3), and bias, shape (2, 3), of one neuron, blocks z, r, g.
    """
    kernel = np.array([[0.0, 0.0, 5.0], [-20.0, 0.0, 0.0]])
    return kernel, np.zeros((1, 3)), np.array([[10.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def gru_weights_from_pytorch(
    weight_ih: np.ndarray, weight_hh: np.ndarray, bias_ih: np.ndarray, bias_hh: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W = [W_z W_r W_g], U alike, b = [b; b'], from PyTorch's [W_rᵀ; W_zᵀ; W_gᵀ], which keeps r before z.

    Its GRU resets after the product, as ``gru_step`` and Keras's layer do by default, and its z is the same z.

    Args:
        weight_ih: ``torch.nn.GRU``'s weight_ih_l0, shape (3 · units, features).
        weight_hh: its weight_hh_l0, shape (3 · units, units).
        bias_ih: its bias_ih_l0, shape (3 · units,).
        bias_hh: its bias_hh_l0, shape (3 · units,).

    Returns:
        (kernel, recurrent_kernel, bias), shapes (features, 3 · units), (units, 3 · units) and (2, 3 · units).

    Raises:
        ValueError: the shapes do not fit each other.

    Source: the documentation of ``torch.nn.GRU``.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = expect_shapes(
        weight_ih=(weight_ih, "3*units features"),
        weight_hh=(weight_hh, "3*units units"),
        bias_ih=(bias_ih, "3*units"),
        bias_hh=(bias_hh, "3*units"),
    )

    def in_order(blocks: np.ndarray) -> np.ndarray:
        r, z, g = np.split(blocks, 3)
        return np.concatenate([z, r, g])

    return in_order(weight_ih).T, in_order(weight_hh).T, np.stack([in_order(bias_ih), in_order(bias_hh)])


def gru_kernels_from_tensorflow1(
    gates_kernel: np.ndarray, candidate_kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """W and U in the order z, r, g, from TensorFlow 1's [W_r W_z; U_r U_z] and [W_g; U_g].

    Its ``GRUCell`` keeps the gates and the proposal apart, the rows of W on top of those of U, and the gates in the
    order r, u, where u is what is z here. Use the result with ``gru_step(…, reset_after=False)``; the biases are put in
    order the same way.

    Args:
        gates_kernel: shape (features + units, 2 · units).
        candidate_kernel: shape (features + units, units).

    Returns:
        (kernel, recurrent_kernel), shapes (features, 3 · units) and (units, 3 · units).

    Raises:
        ValueError: the shapes do not fit each other, or there is no row for a feature.
    """
    candidate_kernel, gates_kernel = expect_shapes(
        candidate_kernel=(candidate_kernel, "features+units units"),
        gates_kernel=(gates_kernel, "features+units 2*units"),
    )
    units = candidate_kernel.shape[1]
    r, z = np.split(gates_kernel, 2, axis=1)
    together = np.concatenate([z, r, candidate_kernel], axis=1)
    expect_count("the number of rows without those of the state", len(together) - units)
    return together[:-units], together[-units:]


def _expect_pair(state: Any) -> dict[str, tuple[Any, str]]:
    """The two states of an LSTM, as ``expect_shapes`` takes them."""
    if not isinstance(state, list | tuple | np.ndarray) or len(state) != 2:
        got = f"of {len(state)}" if isinstance(state, list | tuple | np.ndarray) else f"of type {type(state).__name__}"
        raise ValueError(f"state is {got}, expected a pair: the short-term and the long-term state, (h, c).")
    return {"state[0]": (state[0], "batch units"), "state[1]": (state[1], "batch units")}


def _expect_share(name: str, value: float, example: str) -> float:
    return expect_number(name, value, f"a share between 0 and 1, for example {example}", lambda share: 0 < share < 1)
