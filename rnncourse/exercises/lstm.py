"""The exercises of chapter 11: gates, the LSTM step, its memory, a step backward, a counter, training, peepholes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import backprop, cells, unrolling
from rnncourse.datasets.memory import make_adding
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.cases import step_by_step
from rnncourse.exercises.definitions import (
    WHOLE,
    Case,
    Design,
    Exercise,
    Kind,
    Measure,
    Mistake,
    Question,
    Symptom,
    Training,
)
from rnncourse.exercises.edits import SharedMistake, changed, of_relatives

BATCH, FEATURES, UNITS = 3, 4, 5
_OTHER_SIZES = 4, 3, 6

# Exercise 1: which gates

memory_gates = Question(
    name="memory_gates",
    kind=Kind.PREDICTION,
    answer={
        "keep what is stored": (0, 1),
        "replace it by g": (1, 0),
        "add g to it": (1, 1),
        "clear it": (0, 0),
    },
    feedback={
        "keep what is stored": {
            (1, 1): "the old value stays, but i = 1 adds g to it.",
            (1, 0): "with f = 0 the old value is gone.",
            (0, 0): "with f = 0 the old value is gone.",
        },
        "replace it by g": {
            (1, 1): "f = 1 keeps the old value, so that g comes on top of it.",
            (0, 1): "that keeps the old value and lets nothing in. Did you write (f, i) for (i, f)?",
            (0, 0): "the old value is gone, but i = 0 lets nothing in.",
        },
        "add g to it": {
            (0, 1): "i = 0 lets nothing in.",
            (1, 0): "f = 0 throws the old value away.",
            (0, 0): "both gates are closed: nothing stays and nothing comes in.",
        },
        "clear it": {
            (0, 1): "f = 1 keeps the old value.",
            (1, 0): "i = 1 lets g in.",
            (1, 1): "f = 1 keeps the old value, and i = 1 adds g to it.",
        },
    },
    hints=(
        "Put the numbers into c_t = f c_(t-1) + i g and look at what is left.",
        "f decides about the old value, i about the new one. A pair is (i, f), in this order.",
        "Keeping means: all of the old value, nothing of the new one.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
)

# Exercise 2: the step, with a mistake to find


def _step_case(rng: np.random.Generator, sizes: tuple[int, int, int] = (BATCH, FEATURES, UNITS)) -> Case:
    batch, features, units = sizes
    return {
        "inputs": rng.normal(size=(batch, features)),
        "state": (rng.uniform(-0.9, 0.9, size=(batch, units)), 1.5 * rng.normal(size=(batch, units))),
        "kernel": 0.7 * rng.normal(size=(features, 4 * units)),
        "recurrent_kernel": 0.7 * rng.normal(size=(units, 4 * units)),
        "bias": rng.normal(size=4 * units),
    }


#: Mistakes of both LSTM steps. {i}, {f} and {o} are what goes through the sigmoid: with peepholes, a sum.
_OF_AN_LSTM = (
    SharedMistake(
        "order of TensorFlow 1",
        (("i, f, g, o =", "i, g, f, o ="),),
        "Your blocks stand in TensorFlow 1's order i, g, f, o. Here, as in Keras, they are i, f, g, o.",
    ),
    SharedMistake(
        "order i, f, o, g",
        (("i, f, g, o =", "i, f, o, g ="),),
        "You took the blocks as i, f, o, g. Here they are i, f, g, o.",
    ),
    SharedMistake(
        "i and f exchanged",
        (("i, f, g, o =", "f, i, g, o ="),),
        "Your i and f have changed places: either in the split (the blocks are i, f, g, o) or in the sum (f is for "
        "the old c, i for g).",
    ),
    SharedMistake(
        "order f, i, o, g",
        (("i, f, g, o =", "f, i, o, g ="),),
        "You took the blocks as f, i, o, g, as many papers write them. Here they are i, f, g, o.",
    ),
    SharedMistake(
        "g through the sigmoid",
        (("np.tanh(g)", "sigmoid(g)"),),
        "All four blocks went through the sigmoid. g is no gate but a proposal: it goes through the tanh.",
    ),
    SharedMistake(
        "g through the sigmoid and the tanh",
        (("np.tanh(g)", "np.tanh(sigmoid(g))"),),
        "g went through the sigmoid first. Only i, f and o do; g goes straight through the tanh.",
    ),
    SharedMistake(
        "f left out",
        (("sigmoid({f}) * c", "c"),),
        "All of the old c is kept. How much of it is kept is the gate f's business.",
    ),
    SharedMistake(
        "i left out",
        (("sigmoid({i}) * np.tanh(g)", "np.tanh(g)"),),
        "All of g is stored. How much of it gets in is the gate i's business.",
    ),
    SharedMistake(
        "f = 1 - i",
        (("sigmoid({f}) * c", "(1 - sigmoid({i})) * c"),),
        "You kept 1 - i of the old c. An LSTM has a gate of its own for that, f. (One gate for both: chapter 12.)",
    ),
    SharedMistake(
        "o left out",
        (("sigmoid({o}) * np.tanh(c_new)", "np.tanh(c_new)"),),
        "c is right. But all of it is shown: the gate o decides how much of it comes out.",
    ),
    SharedMistake(
        "no tanh on the way out",
        (("np.tanh(c_new)", "c_new"),),
        "c is right. On its way out it goes through a tanh, before the gate o.",
    ),
    SharedMistake(
        "tanh after the gate o",
        (("sigmoid({o}) * np.tanh(c_new)", "np.tanh(sigmoid({o}) * c_new)"),),
        "c is right. First the tanh, then the gate o: you did it the other way round.",
    ),
    SharedMistake(
        "old c comes out",
        (("np.tanh(c_new)", "np.tanh(c)"),),
        "c is right. But h is made from the old c; it is to be made from the new one.",
    ),
    SharedMistake(
        "c kept as tanh(c)",
        (("np.tanh(c_new), c_new", "np.tanh(c_new), np.tanh(c_new)"),),
        "h is right. But what goes on is c itself: the tanh is only for what is shown.",
    ),
    SharedMistake(
        "no bias",
        ((" + bias", ""),),
        "Your result is right but for the bias: add it before the gates.",
    ),
    SharedMistake(
        "no recurrent part",
        ((" + h @ recurrent_kernel", ""),),
        "Your gates see the input only. They see the short-term state, too: h times the recurrent kernel.",
    ),
    SharedMistake(
        "gates see c instead of h",
        (("h @ recurrent_kernel", "c @ recurrent_kernel"),),
        "Your recurrent kernel is multiplied by c. The gates see the short-term state h.",
    ),
    SharedMistake(
        "1 added to f",
        (("sigmoid({f})", "sigmoid({f} + 1)"),),
        "You added 1 to the forget gate, as TensorFlow 1 did. Here, as in Keras, that 1 is in the bias.",
    ),
    SharedMistake(
        "f closed where it should be open",
        (("sigmoid({f}) * c", "(1 - sigmoid({f})) * c"),),
        "You kept 1 - f of the old c. The gate f says how much is kept: with f = 1 all of it.",
    ),
    SharedMistake(
        "g without its tanh",
        (("np.tanh(g)", "g"),),
        "g comes in without its tanh. The proposal is squashed before the gate i lets it in.",
    ),
    SharedMistake(
        "old c thrown away",
        (("sigmoid({f}) * c + ", ""),),
        "Nothing of the old c is kept: f times it belongs to the sum.",
    ),
    SharedMistake(
        "nothing let in",
        ((" + sigmoid({i}) * np.tanh(g)", ""),),
        "Nothing new is stored: i times the proposal g belongs to the sum.",
    ),
    SharedMistake(
        "no inputs",
        (("inputs @ kernel + ", ""),),
        "Your gates see the short-term state only. They see the inputs, too: inputs times the kernel.",
    ),
    SharedMistake(
        "blocks of the recurrent kernel transposed",
        (
            (
                "h @ recurrent_kernel",
                "np.concatenate([h @ u.T for u in np.split(recurrent_kernel, 4, axis=1)], axis=1)",
            ),
        ),
        "The blocks of your recurrent kernel are transposed. They are square, so NumPy cannot notice.",
    ),
    SharedMistake(
        "order i, o, f, g",
        (("i, f, g, o =", "i, o, f, g ="),),
        "You took the blocks as i, o, f, g. Here they are i, f, g, o.",
    ),
    SharedMistake(
        "i for both terms",
        (("sigmoid({f}) * c", "sigmoid({i}) * c"),),
        "Both terms of the new c go through the gate i. How much of the old c is kept is the gate f's business.",
    ),
    SharedMistake(
        "f for both terms",
        (("sigmoid({i}) * np.tanh(g)", "sigmoid({f}) * np.tanh(g)"),),
        "Both terms of the new c go through the gate f. How much of g gets in is the gate i's business.",
    ),
    SharedMistake(
        "sigmoid on the way out",
        (("np.tanh(c_new)", "sigmoid(c_new)"),),
        "c is right. On its way out it goes through a tanh; yours goes through a sigmoid.",
    ),
    SharedMistake(
        "blocks interleaved",
        (
            (
                "np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)",
                "[(inputs @ kernel + h @ recurrent_kernel + bias)[:, k::4] for k in range(4)]",
            ),
        ),
        "You took every fourth column. A block is as many columns as there are units, side by side.",
    ),
    SharedMistake(
        "f on the new c",
        (("sigmoid({f}) * c + sigmoid({i}) * np.tanh(g)", "sigmoid({f}) * (c + sigmoid({i}) * np.tanh(g))"),),
        "The gate f multiplies what comes in as well. It decides about the old c alone.",
    ),
)

_lstm = partial(changed, cells.lstm_step)

lstm_step = Exercise(
    name="lstm_step",
    kind=Kind.BUG,
    starts_from="gates see c instead of h",
    reference=cells.lstm_step,
    withheld=("peephole_lstm_step", "PeepholeLSTMCell"),
    alternatives=(alternatives.lstm_step,),
    cases=_step_case,
    other_cases=(_step_case(np.random.default_rng(2), _OTHER_SIZES),),
    parts=("h", "c"),
    mistakes=(
        *of_relatives(_OF_AN_LSTM, _lstm, {"i": "i", "f": "f", "o": "o"}),
        Mistake(
            "results exchanged",
            lambda *given: cells.lstm_step(*given)[::-1],
            "You return (c, h). Return (h, c), in the order in which the state came in.",
        ),
        Mistake(
            "state read in the wrong order",
            lambda inputs, state, *weights: cells.lstm_step(inputs, state[::-1], *weights),
            "You took the state for (c, h). It is (h, c): the short-term state first.",
        ),
        Mistake(
            "state as (c, h)",
            lambda inputs, state, *weights: cells.lstm_step(inputs, state[::-1], *weights)[::-1],
            "You took and returned the state as (c, h), as TensorFlow 1 did. Here it is (h, c).",
        ),
        Mistake(
            "gates through the tanh",
            _lstm(sigmoid=np.tanh),
            "Your gates go from -1 to 1. i, f and o go through the sigmoid; only g goes through the tanh.",
        ),
    ),
    hints=(
        "The first step of every sequence is right. What is the same at that step, and differs at the next?",
        "Before the first step h and c are both 0. Which of the two does each line take, and which should it take?",
        "Read the four equations of section 2 once more: what do the gates see beside the input?",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

# Exercise 3: how long it remembers


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


forget_bias_for = Exercise(
    name="forget_bias_for",
    kind=Kind.INVERSE,
    reference=cells.forget_bias_for,
    alternatives=(alternatives.forget_bias_for,),
    cases=lambda rng: {"steps": int(rng.integers(3, 60)), "share": float(rng.uniform(0.15, 0.85))},
    edge_cases=({"steps": 1, "share": 0.5}, {"steps": 300, "share": 0.1}),
    mistakes=(
        Mistake(
            "the gate instead of the bias",
            lambda steps, share: share ** (1 / steps),
            "That is how far the gate has to be open. You are asked for the bias whose sigmoid it is.",
        ),
        Mistake(
            "sign of the logarithm",
            lambda steps, share: -_logit(share ** (1 / steps)),
            "That bias closes the gate as far as it should be open: look at the sign of the logarithm.",
        ),
        Mistake(
            "number of steps not used",
            lambda steps, share: _logit(share),
            "That leaves the share after a single step. Each step multiplies by f: f to the power of steps.",
        ),
        Mistake(
            "power instead of root",
            lambda steps, share: _logit(share**steps),
            "You took the share to the power of steps. It is f that is taken to this power; solve for f.",
        ),
        Mistake(
            "1 - 1 / steps",
            lambda steps, share: math.log(steps - 1) if steps > 1 else -math.inf,
            "log(steps - 1) is a rule of thumb, f = 1 - 1 / steps; it leaves about 0.37, whatever share is asked.",
        ),
        Mistake(
            "exponent without parentheses",
            lambda steps, share: _logit(share / steps),
            "You take share / steps for the gate. f is multiplied by itself, steps times, so it is a root of share. "
            "(Python reads share ** 1 / steps as (share ** 1) / steps: put the exponent in parentheses.)",
        ),
        Mistake(
            "share taken for what is lost",
            lambda steps, share: _logit((1 - share) ** (1 / steps)),
            "share is what is to be left, not what is lost.",
        ),
        Mistake(
            "logarithm of the gate",
            lambda steps, share: math.log(share ** (1 / steps)),
            "The inverse of the sigmoid is log(f / (1 - f)), not log(f).",
        ),
        Mistake(
            "what is lost divided among the steps",
            lambda steps, share: _logit(1 - (1 - share) / steps),
            "You divided what is lost among the steps. Each step takes a share of what is left: a power of f.",
        ),
        Mistake(
            "sigmoid instead of its inverse",
            lambda steps, share: cells.sigmoid(share ** (1 / steps)),
            "You put the gate through the sigmoid once more. It is the bias that goes through the sigmoid: take its "
            "inverse.",
        ),
        Mistake(
            "share not used",
            lambda steps, share: _logit(0.5 ** (1 / steps)),
            "That bias leaves one half after those steps, whatever share is asked.",
        ),
        Mistake(
            "base 2",
            lambda steps, share: _logit(share ** (1 / steps)) / math.log(2),
            "That is the logarithm to base 2. The sigmoid is made with exp: its inverse takes the natural logarithm.",
        ),
        Mistake(
            "base 10",
            lambda steps, share: _logit(share ** (1 / steps)) / math.log(10),
            "That is the logarithm to base 10. The sigmoid is made with exp: its inverse takes the natural logarithm.",
        ),
        Mistake(
            "quotient without its logarithm",
            lambda steps, share: share ** (1 / steps) / (1 - share ** (1 / steps)),
            "That is f / (1 - f). The bias is the logarithm of it.",
        ),
        Mistake(
            "f left out of the quotient",
            lambda steps, share: -math.log(1 - share ** (1 / steps)),
            "The inverse of the sigmoid is log(f / (1 - f)): f itself is missing from yours.",
        ),
    ),
    hints=(
        "After k steps f to the power of k is left. Which f makes that equal to share?",
        "share ** (1 / steps) is f. Then find b with sigmoid(b) = f: multiply out 1 / (1 + exp(-b)) = f.",
        "The inverse of the sigmoid is the logarithm of f / (1 - f).",
    ),
    points=2,
    difficulty=2,
    minutes=6,
)

# Exercise 4: one step backward


def _backward_case(rng: np.random.Generator, sizes: tuple[int, int, int] = (BATCH, FEATURES, UNITS)) -> Case:
    batch, _, units = sizes
    gradients = {name: rng.normal(size=(batch, units)) for name in ("h_gradient", "c_gradient")}
    return {**_step_case(rng, sizes), **gradients}


_backward = partial(changed, backprop.lstm_step_backward)

lstm_step_backward = Exercise(
    name="lstm_step_backward",
    kind=Kind.ASSEMBLY,
    reference=backprop.lstm_step_backward,
    alternatives=(alternatives.lstm_step_backward,),
    cases=_backward_case,
    other_cases=(_backward_case(np.random.default_rng(4), _OTHER_SIZES),),
    parts=("the gradient for h", "the gradient for c"),
    mistakes=(
        Mistake(
            "way through h left out",
            _backward(("c_gradient + h_gradient * o * (1 - shown**2)", "c_gradient")),
            "The cost reaches the new c on two ways: directly, and through h_t = o tanh(c_t). The second is missing.",
        ),
        Mistake(
            "way along c left out",
            _backward(("c_gradient + h_gradient", "h_gradient")),
            "What the cost says about the new c itself, c_gradient, is not used. Later steps look at c too.",
        ),
        Mistake(
            "slope of the tanh on the way out left out",
            _backward((" * (1 - shown**2)", "")),
            "On the way from c to h there is a tanh: its slope, 1 minus its square, is missing.",
        ),
        Mistake(
            "output gate taken for constant",
            _backward(("h_gradient * shown * o * (1 - o)", "0 * o")),
            "The gradient for c is right. The old h also sets the output gate, and that decides how much is shown.",
        ),
        Mistake(
            "gates taken for constants",
            _backward(("later * g * i * (1 - i)", "0 * i"), ("later * c * f * (1 - f)", "0 * f")),
            "The gradient for c is right. The old h also sets the gates i and f: their blocks belong to the gradient.",
        ),
        Mistake(
            "kernel not transposed",
            _backward(("recurrent_kernel.T", "np.concatenate([u for u in np.split(recurrent_kernel, 4, axis=1)])")),
            "The gradient for c is right. Backward, each block of the recurrent kernel is used transposed: rows and "
            "columns change places.",
        ),
        Mistake(
            "slope of the input gate left out",
            _backward(("g * i * (1 - i)", "g")),
            "The gradient for c is right. In the block of i the slope of the sigmoid, i (1 - i), is missing.",
        ),
        Mistake(
            "slope of the forget gate left out",
            _backward(("c * f * (1 - f)", "c")),
            "The gradient for c is right. In the block of f the slope of the sigmoid, f (1 - f), is missing.",
        ),
        Mistake(
            "slope of the proposal left out",
            _backward(("i * (1 - g**2)", "i")),
            "The gradient for c is right. In the block of g the slope of the tanh, 1 - g², is missing.",
        ),
        Mistake(
            "slope of the output gate left out",
            _backward(("shown * o * (1 - o)", "shown")),
            "The gradient for c is right. In the block of o the slope of the sigmoid, o (1 - o), is missing.",
        ),
        Mistake(
            "forget gate left out",
            _backward(("later * f\n", "later\n")),
            "The gradient for h is right. From the old c to the new one there is one factor: the forget gate.",
        ),
        Mistake(
            "sigmoid's slope for the proposal",
            _backward(("i * (1 - g**2)", "i * g * (1 - g)")),
            "The gradient for c is right. g went through the tanh: its slope is 1 - g², not g (1 - g).",
        ),
        Mistake(
            "f multiplied by the new c",
            _backward(("later * c * f", "later * np.arctanh(shown) * f")),
            "The gradient for c is right. The forget gate multiplies the old c; you took the new one.",
        ),
        Mistake(
            "results exchanged",
            lambda *given: backprop.lstm_step_backward(*given)[::-1],
            "You return the gradient for c first. Return the pair as the state is: for h, for c.",
        ),
    ),
    hints=(
        "Write the step forward first, with a name for each gate. Then go backward: h_t, c_t, the gates, h_(t-1).",
        "The gradient for the new c has two parts: c_gradient, and what comes through h_t = o tanh(c_t).",
        "Each block: (gradient for the gate) times the slope of its squashing function. The four blocks side by side "
        "times the transposed recurrent kernel give the gradient for h; f gives that for c.",
    ),
    points=4,
    difficulty=3,
    minutes=16,
)

# Exercise 5: a counter by hand

_MOST_NEURONS = 4


def _counts(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """What the first neuron's c says after each letter, in units of what one a leaves, to the nearest whole number."""
    return np.clip(np.rint(_stored(kernel, recurrent_kernel, bias, inputs)), -1000, 1000)


def _measured_store(
    kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray
) -> tuple[Measure, ...]:
    """The same before it is rounded."""
    stored = _stored(kernel, recurrent_kernel, bias, inputs)
    return step_by_step("Your c before it is rounded, in units of what one a leaves", stored)


def _stored(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    kernel, recurrent_kernel, bias = (np.asarray(array, dtype=float) for array in (kernel, recurrent_kernel, bias))
    if not all(np.isfinite(array).all() for array in (kernel, recurrent_kernel, bias)):
        raise ValueError("A weight is NaN or infinite, expected numbers. For a gate that is open, 20 is large enough.")
    units = bias.size // 4
    if bias.shape != (4 * units,) or not 1 <= units <= _MOST_NEURONS:
        raise ValueError(f"bias has shape {bias.shape}, expected (4 · units,) with 1 to {_MOST_NEURONS} units.")
    for name, array, rows in (("kernel", kernel, 2), ("recurrent_kernel", recurrent_kernel, units)):
        if array.shape != (rows, 4 * units):
            raise ValueError(f"{name} has shape {array.shape}, expected {rows, 4 * units}: the bias has {units} units.")
    stored = unrolling.lstm_trace(inputs, kernel, recurrent_kernel, bias)["c"][:, :, 0]
    after_one = unrolling.lstm_trace(np.eye(2)[None, :1], kernel, recurrent_kernel, bias)["c"][0, 0, 0]
    if abs(after_one) < 1e-6:
        return np.zeros(stored.shape)
    return stored / after_one


def _letters(rng: np.random.Generator, batch: int = 2, steps: int = 60) -> Case:
    return {"inputs": np.eye(2)[(rng.random((batch, steps)) > rng.uniform(0.25, 0.75)).astype(int)]}


def _counter(**changes: Any) -> Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """One neuron: (weight of a, weight of b, bias) of each block, gates open but for what is changed."""
    blocks = {"i": (0, 0, 20), "f": (0, 0, 20), "g": (1, -1, 0), "o": (0, 0, 0)} | changes

    def design() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        table = np.array([blocks[name] for name in "ifgo"], dtype=float).T
        return table[:2], np.zeros((1, 4)), table[2]

    return design


counter_weights = Exercise(
    name="counter_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=cells.counter_weights,
    cases=_letters,
    other_cases=(_letters(np.random.default_rng(8), 3, 41),),
    call=Design(_counts, pieces=("kernel", "recurrent_kernel", "bias"), unseen=("inputs",), measures=_measured_store),
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "forget gate half open",
            _counter(f=(0, 0, 0)),
            "Your c loses half of itself at each step: a bias of 0 leaves the forget gate half open.",
        ),
        Mistake(
            "forget gate as Keras starts it",
            _counter(f=(0, 0, 1)),
            "Your forget gate stands at 0.73, where a bias of 1 puts it. A count has to be kept whole.",
        ),
        Mistake(
            "forget gate leaks",
            _counter(f=(0, 0, 3)),
            "Your forget gate stands at 0.95: a good memory for a few steps, and too short for 60 letters.",
        ),
        Mistake(
            "forget gate closed",
            _counter(f=(0, 0, -20)),
            "Your c knows the present letter only: what was stored is thrown away at each step.",
        ),
        Mistake(
            "only a counted",
            _counter(g=(1, 0, 0)),
            "Your c counts a alone: nothing is taken off when a b comes.",
        ),
        Mistake(
            "letters counted",
            _counter(g=(1, 1, 0)),
            "Your c counts letters: each b adds 1, as an a does. Its proposal has to have the other sign.",
        ),
        Mistake(
            "b counts half",
            _counter(g=(1, -0.390035, 0)),
            "A b takes off half of what an a adds. Mind that the proposal goes through the tanh.",
        ),
        Mistake(
            "b clears the count",
            _counter(f=(0, -40, 20)),
            "A b closes your forget gate: it clears the count. It should take 1 off.",
        ),
        Mistake(
            "input gate closed",
            _counter(i=(0, 0, -40)),
            "Nothing gets in: an a leaves c at 0. The input gate has to be open for both letters.",
        ),
    ),
    hints=(
        "One neuron is enough, and no recurrent weights. Which setting of i and f did `memory_gates` find for “add”?",
        "A gate is open, for every input, by its bias: sigmoid(20) is 1 to eight digits.",
        "The sign comes from the proposal g, the third block: one weight for a, one for b.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 6: a memory that was trained

#: Length of the sequences, and the largest mean squared error that counts as learnt (who answers 1 has 1/6).
STEPS, BAR = 60, 0.02
_HELD_OUT = 500


def _answers(model: Any, inputs: np.ndarray) -> np.ndarray:
    outputs = np.asarray(model.predict(inputs, batch_size=_HELD_OUT, verbose=0), dtype=float)
    if outputs.size != len(inputs):
        symptoms.expect_outputs(outputs, (len(inputs), 1), "one number for each sequence, after its last step")
    return outputs.reshape(len(inputs))


def error_on_held_out(model: Any, seed: int) -> float:
    """Mean squared error on sequences of the adding problem that the seed draws."""
    inputs, targets = make_adding(_HELD_OUT, STEPS, seed=10_000 + seed)
    return float(np.mean((_answers(model, inputs) - targets[:, 0]) ** 2))


def _answer_moves(model: Any, seed: int, mark: int) -> float:
    """By how much the answer rises on average if the first (0) or the second (1) marked number rises from 0 to 1."""
    inputs, _ = make_adding(_HELD_OUT, STEPS, seed=20_000 + seed)
    places = np.argsort(-inputs[:, :, 1], axis=1, kind="stable")[:, mark]
    rows, low, high = np.arange(len(inputs)), inputs.copy(), inputs.copy()
    low[rows, places, 0], high[rows, places, 0] = 0, 1
    return float(np.mean(_answers(model, high) - _answers(model, low)))


def _always_the_same(model: Any, seed: int) -> bool:
    inputs, _ = make_adding(_HELD_OUT, STEPS, seed=20_000 + seed)
    return bool(np.std(_answers(model, inputs)) < 0.1)


long_memory = Training(
    name="long_memory",
    kind=Kind.TRAINING,
    open_ended=True,
    score=error_on_held_out,
    measure="mean squared error",
    bar=BAR,
    higher_is_better=False,
    mistakes=(
        symptoms.not_finite(lambda model, seed: _answers(model, make_adding(_HELD_OUT, STEPS, seed=seed)[0])),
        Symptom(
            "bounded by the last layer",
            lambda model, seed: symptoms.last_activation(model) in ("sigmoid", "tanh", "softmax"),
            "There is an activation on its last layer that keeps the answer below 1. The sum of two numbers can be "
            "nearly 2: leave the activation out.",
        ),
        symptoms.HARDLY_TRAINED,
        symptoms.RATE_TOO_LARGE,
        Symptom(
            "always the same answer",
            _always_the_same,
            "It answers about the same whatever it reads: nothing from the marks has reached the end. Give the cell a "
            "memory as long as the sequence, and train long enough; and are the targets those of these inputs?",
        ),
        Symptom(
            "the early mark is forgotten",
            lambda model, seed: _answer_moves(model, seed, 0) < 0.5 * _answer_moves(model, seed, 1),
            "It uses the second marked number, but hardly the first, which lies further back: its memory is too short.",
        ),
        Symptom(
            "both marks count, but not fully",
            lambda model, seed: min(_answer_moves(model, seed, mark) for mark in (0, 1)) > 0.3,
            "It is on its way: both marked numbers move its answer. Train it longer.",
        ),
        symptoms.NO_RECURRENCE,
    ),
    refuses=symptoms.no_keras_model,
    shapes="It reads sequences of shape (batch, time, 2) and gives one number for each, (batch, 1).",
    recipe="""
keras.utils.set_random_seed(1)
ROUNDS = 800
long_memory = rnncourse.memory_reader("lstm", memory=60)
learn = rnncourse.make_adding(50 * ROUNDS, 60, seed=5)
told = rnncourse.fit(
    long_memory, *learn, epochs=1, batch_size=50, loss="mse", metrics=[],
    optimizer=rnncourse.recipe_optimizer(ROUNDS, 2e-2),
)
""",
    hints=(
        'model = rnncourse.memory_reader("lstm", memory=…) makes the network. How long does it have to remember?',
        "The first mark lies up to 59 steps back. Take a memory of that size, and fit as in the cells above.",
        "An error that stays at 0.16 says that nothing is learnt yet; it often falls all of a sudden. More rounds.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 7: peepholes


def _peephole_case(rng: np.random.Generator, sizes: tuple[int, int, int] = (BATCH, FEATURES, UNITS)) -> Case:
    return {**_step_case(rng, sizes), "peepholes": rng.normal(size=(3, sizes[2]))}


_peephole = partial(changed, cells.peephole_lstm_step)

_SAID_OF_LSTM = {mistake.name: mistake.advice for mistake in lstm_step.mistakes}

peephole_lstm_step = Exercise(
    name="peephole_lstm_step",
    kind=Kind.NEW_CASE,
    reference=cells.peephole_lstm_step,
    withheld=("PeepholeLSTMCell",),
    alternatives=(alternatives.peephole_lstm_step,),
    cases=_peephole_case,
    other_cases=(_peephole_case(np.random.default_rng(3), _OTHER_SIZES),),
    parts=("h", "c"),
    mistakes=(
        Mistake(
            "o sees the old c",
            _peephole(("p_o * c_new", "p_o * c")),
            "c is right. But the gate o comes last, and sees the new c.",
        ),
        Mistake(
            "no peepholes",
            lambda *given: cells.lstm_step(*given[:-1]),
            "The peepholes are not used: this is lstm_step.",
        ),
        Mistake(
            "o does not look",
            _peephole((" + p_o * c_new", "")),
            "c is right. The gate o has a peephole, too: p_o times the new c.",
        ),
        Mistake(
            "only o looks",
            _peephole((" + p_f * c", ""), (" + p_i * c", "")),
            "The gates i and f have peepholes, too: p_i and p_f times the old c.",
        ),
        Mistake(
            "rows exchanged",
            _peephole(("p_i, p_f, p_o =", "p_f, p_i, p_o =")),
            "You took p_f for p_i: the rows of peepholes are p_i, p_f, p_o.",
        ),
        Mistake(
            "rows in the order o, i, f",
            _peephole(("p_i, p_f, p_o =", "p_o, p_f, p_i =")),
            "The rows of peepholes were taken in another order. They are p_i, p_f, p_o.",
        ),
        Mistake(
            "tanh of c seen",
            _peephole(
                ("p_f * c", "p_f * np.tanh(c)"),
                ("p_i * c", "p_i * np.tanh(c)"),
                ("p_o * c_new", "p_o * np.tanh(c_new)"),
            ),
            "Your gates look at tanh(c). A peephole shows c as it is.",
        ),
        Mistake(
            "peepholes look at h",
            _peephole(("p_f * c", "p_f * h"), ("p_i * c", "p_i * h"), ("p_o * c_new", "p_o * h")),
            "Your peepholes look at h. That one the gates see anyway; a peephole looks at c.",
        ),
        Mistake(
            "added after the sigmoid",
            _peephole(
                ("sigmoid(f + p_f * c)", "(sigmoid(f) + p_f * c)"),
                ("sigmoid(i + p_i * c)", "(sigmoid(i) + p_i * c)"),
                ("sigmoid(o + p_o * c_new)", "(sigmoid(o) + p_o * c_new)"),
            ),
            "You added the peephole to the open gate. It belongs inside, before the sigmoid.",
        ),
        Mistake(
            "results exchanged",
            lambda *given: cells.peephole_lstm_step(*given)[::-1],
            "You return (c, h). Return (h, c), in the order in which the state came in.",
        ),
        Mistake(
            "o sees the tanh of c",
            _peephole(("p_o * c_new", "p_o * np.tanh(c_new)")),
            "c is right. The peephole of the gate o shows the new c as it is; you put it through the tanh first.",
        ),
        Mistake(
            "i and f do not look, o sees the old c",
            _peephole((" + p_f * c", ""), (" + p_i * c", ""), ("p_o * c_new", "p_o * c")),
            "Only the gate o looks, and at the old c. i and f look at the old c, o at the new one.",
        ),
        Mistake(
            "i does not look",
            _peephole((" + p_i * c", "")),
            "The gate i has a peephole, too: p_i times the old c.",
        ),
        Mistake(
            "f does not look",
            _peephole((" + p_f * c", "")),
            "The gate f has a peephole, too: p_f times the old c.",
        ),
        Mistake(
            "rows in the order p_i, p_o, p_f",
            _peephole(("p_i, p_f, p_o =", "p_i, p_o, p_f =")),
            "You took p_o for p_f: the rows of peepholes are p_i, p_f, p_o.",
        ),
        Mistake(
            "g looks too",
            _peephole(("np.tanh(g)", "np.tanh(g + p_i * c)")),
            "g looks at c as well. It is no gate, and has no peephole.",
        ),
        Mistake(
            "peepholes subtracted",
            _peephole(("f + p_f", "f - p_f"), ("i + p_i", "i - p_i"), ("o + p_o", "o - p_o")),
            "The peepholes have the wrong sign: their terms are added, before the sigmoid.",
        ),
        *of_relatives(_OF_AN_LSTM, _peephole, {"i": "i + p_i * c", "f": "f + p_f * c", "o": "o + p_o * c_new"}),
        Mistake("gates through the tanh", _peephole(sigmoid=np.tanh), _SAID_OF_LSTM["gates through the tanh"]),
        Mistake(
            "state read in the wrong order",
            lambda inputs, state, *rest: cells.peephole_lstm_step(inputs, state[::-1], *rest),
            _SAID_OF_LSTM["state read in the wrong order"],
        ),
        Mistake(
            "state as (c, h)",
            lambda inputs, state, *rest: cells.peephole_lstm_step(inputs, state[::-1], *rest)[::-1],
            _SAID_OF_LSTM["state as (c, h)"],
        ),
    ),
    hints=(
        "Start from lstm_step. Three gates get a term more, before their sigmoid; g does not.",
        "p_i, p_f, p_o = peepholes. Each is multiplied element by element with c, not as a matrix.",
        "i and f get their weights times the old c. Then make the new c; o gets its weight times that one.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


EXERCISES = (
    memory_gates,
    lstm_step,
    forget_bias_for,
    lstm_step_backward,
    counter_weights,
    long_memory,
    peephole_lstm_step,
)
