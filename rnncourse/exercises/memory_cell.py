"""Chapter 01: one recurrent neuron, its memory, its parameters, and its output."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from rnncourse import cells, designs, parameters, unrolling
from rnncourse.designs import Weights
from rnncourse.exercises import alternatives
from rnncourse.exercises.cases import PIECES, run_design, step_by_step
from rnncourse.exercises.definitions import WHOLE, Case, Design, Exercise, Kind, Measure, Mistake, Question
from rnncourse.exercises.edits import changed
from rnncourse.shapes import expect_shapes


def _neuron_case(rng: np.random.Generator) -> Case:
    return {
        "x": float(rng.uniform(0.4, 1.5)),
        "h": float(rng.uniform(-0.9, -0.3)),
        "w_x": float(rng.uniform(0.5, 1.2)),
        "w_h": float(rng.uniform(-0.9, -0.4)),
        "b": float(rng.uniform(0.2, 0.6)),
    }


#: Every number with the other sign than ``_neuron_case`` draws it.
_OTHER_SIGNS = {"x": -0.7, "h": 0.5, "w_x": -0.8, "w_h": 0.6, "b": -1.2}


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


neuron_step = Exercise(
    name="neuron_step",
    kind=Kind.NEW_CASE,
    reference=cells.neuron_step,
    withheld=("rnn_step", "rnn_step_stacked", "rnn_step_tensorflow", "simple_rnn_layer"),
    cases=_neuron_case,
    other_cases=(_OTHER_SIGNS,),
    mistakes=(
        Mistake(
            "bias left out",
            lambda x, h, w_x, w_h, b: np.tanh(w_x * x + w_h * h),
            "Your result is right but for the bias: add b before the tanh.",
        ),
        Mistake(
            "state left out",
            lambda x, h, w_x, w_h, b: np.tanh(w_x * x + b),
            "This neuron has no memory: its old state h, times its weight, is missing from the sum.",
        ),
        Mistake(
            "tanh left out",
            lambda x, h, w_x, w_h, b: w_x * x + w_h * h + b,
            "The weighted sum is right; now squash it with np.tanh.",
        ),
        Mistake(
            "weights swapped",
            lambda x, h, w_x, w_h, b: np.tanh(w_h * x + w_x * h + b),
            "The weights are swapped: w_x belongs to the input x, w_h to the state h.",
        ),
        Mistake(
            "bias outside the tanh",
            lambda x, h, w_x, w_h, b: np.tanh(w_x * x + w_h * h) + b,
            "The bias is added after the tanh. It belongs inside, with the weighted sum.",
        ),
        Mistake(
            "sigmoid for tanh",
            lambda x, h, w_x, w_h, b: _sigmoid(w_x * x + w_h * h + b),
            "You squash with the sigmoid (0 to 1). This neuron uses the tanh (-1 to 1).",
        ),
        Mistake(
            "state not weighted",
            lambda x, h, w_x, w_h, b: np.tanh(w_x * x + h + b),
            "The old state comes in without its weight: multiply h by w_h.",
        ),
        Mistake(
            "input left out",
            lambda x, h, w_x, w_h, b: np.tanh(w_h * h + b),
            "This neuron hears only itself: the input x, times its weight, is missing from the sum.",
        ),
        Mistake(
            "input not weighted",
            lambda x, h, w_x, w_h, b: np.tanh(x + w_h * h + b),
            "The input comes in without its weight: multiply x by w_x.",
        ),
        Mistake(
            "ReLU for tanh",
            lambda x, h, w_x, w_h, b: max(w_x * x + w_h * h + b, 0.0),
            "You squash with the ReLU. This neuron uses the tanh.",
        ),
        Mistake(
            "two tanhs",
            lambda x, h, w_x, w_h, b: np.tanh(w_x * x + b) + np.tanh(w_h * h),
            "You squash the two products apart. Add them up first, then squash once.",
        ),
        Mistake(
            "bias subtracted",
            lambda x, h, w_x, w_h, b: np.tanh(w_x * x + w_h * h - b),
            "The bias has the wrong sign: it is added to the weighted sum.",
        ),
    ),
    hints=(
        "Two things enter the neuron: the input x and its own old state h. Each has a weight of its own.",
        "Add up three terms, input times weight, state times weight, and bias. Squash the sum.",
        "np.tanh(... * x + ... * h + ...)",
    ),
    points=1,
    difficulty=1,
    minutes=3,
)


def _run_case(rng: np.random.Generator) -> Case:
    return {"inputs": rng.uniform(-1.5, 1.5, size=6), **{k: v for k, v in _neuron_case(rng).items() if k != "x"}}


def _longer_run() -> Case:
    inputs = np.random.default_rng(8).uniform(-1.5, 1.5, size=9)
    return {"inputs": inputs, **{k: v for k, v in _OTHER_SIGNS.items() if k != "x"}}


_run = partial(changed, unrolling.run_neuron)

run_neuron = Exercise(
    name="run_neuron",
    kind=Kind.NEW_CASE,
    reference=unrolling.run_neuron,
    withheld=("static_rnn", "dynamic_rnn", "run_with_lengths", "sequence_to_sequence", "simple_rnn_layer"),
    cases=_run_case,
    other_cases=(_longer_run(),),
    mistakes=(
        Mistake(
            "state never updated",
            _run(("h = neuron_step", "new = neuron_step"), ("append(h)", "append(new)")),
            "Every step starts from the first h. Hand the new state on to the next step: h = neuron_step(…).",
        ),
        Mistake(
            "starts from zero",
            _run(("states = []", "states, h = [], 0.0")),
            "Your first step starts from 0. The memory at the start is the argument h.",
        ),
        Mistake(
            "memory emptied at every step",
            _run(("x, h,", "x, 0.0,")),
            "Every step starts from 0. Start from the argument h, and hand each new state on.",
        ),
        Mistake(
            "only the last state",
            _run(("np.array(states, dtype=float)", "h")),
            "You return the last state only. Collect the state after every step.",
        ),
        Mistake(
            "appended after the loop",
            _run(("    states.append", "states.append")),
            "Your list holds the last state only: append inside the loop, once a step.",
        ),
        Mistake(
            "first state included",
            _run(("states = []", "states = [h]")),
            "Your list starts with the h you were given. Collect each state after its step, not before.",
        ),
        Mistake(
            "states one step late",
            _run(("        states.append(h)\n", ""), ("h = neuron", "states.append(h)\n        h = neuron")),
            "Every state comes one step late: append h after the step has renewed it.",
        ),
        Mistake(
            "input used as state",
            _run(("append(h)", "append(h)\n        h = x")),
            "You hand the last input on. What goes on to the next step is the state that the step returned.",
        ),
        Mistake(
            "input and state swapped",
            _run(("x, h,", "h, x,")),
            "Input and state have each other's weights: w_x belongs to the input, w_h to the state. neuron_step takes "
            "x first, then h, and the weights in the same order.",
        ),
        Mistake(
            "step number for input",
            _run(("in inputs:", "in range(len(inputs)):")),
            "You feed in the number of the step, 0, 1, 2, … The input of step t is inputs[t].",
        ),
        Mistake(
            "read backwards",
            _run(("in inputs:", "in inputs[::-1]:")),
            "The sequence is read from its end. Time runs from inputs[0] on.",
        ),
        Mistake(
            "stops after one step",
            _run(("    return", "        return")),
            "You return after the first step: the return belongs after the loop, not inside it.",
        ),
        Mistake(
            "bias left out",
            _run(("w_h, b)", "w_h, 0.0)")),
            "The bias b is missing from the step.",
        ),
        Mistake(
            "tanh left out",
            _run(("neuron_step(x, h, w_x, w_h, b)", "w_x * x + w_h * h + b")),
            "Each step lacks its tanh.",
        ),
        Mistake(
            "sigmoid for tanh",
            _run(("neuron_step(x, h, w_x, w_h, b)", "sigmoid(w_x * x + w_h * h + b)"), sigmoid=_sigmoid),
            "You squash with the sigmoid (0 to 1). This neuron uses the tanh (-1 to 1).",
        ),
        Mistake(
            "bias outside the tanh",
            _run(("w_h, b)", "w_h, 0.0) + b")),
            "In each step the bias is added after the tanh. It belongs inside, with the weighted sum.",
        ),
        Mistake(
            "last step missing",
            _run(("in inputs:", "in inputs[:-1]:")),
            "The last step is missing: there is a state for every input.",
        ),
        Mistake(
            "first step missing",
            _run(("in inputs:", "in inputs[1:]:")),
            "The first input is not read: time runs from inputs[0] on.",
        ),
    ),
    hints=(
        "A for loop over the inputs, and a list that grows by one state a step.",
        "The state that a step returns is the h of the next step: give it the same name.",
        "Inside the loop: h = neuron_step(x, h, w_x, w_h, b), then append h. Return the list (or an array) at the end.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)

_WX_FEEDBACK = {
    (5, 3): "that is W_x lying on its side. In x W_x the 3 numbers of x meet the rows of W_x.",
    (3, 3): "each of the 5 neurons needs a column of its own.",
    (5, 5): "those are as many rows as neurons, but W_x is met by the 3 inputs.",
    (8, 5): "that is W_x and W_h one below the other. W_x alone is met by the 3 inputs.",
}

cell_shapes = Question(
    name="cell_shapes",
    kind=Kind.PREDICTION,
    answer={"W_x": (3, 5), "W_h": (5, 5), "b": (5,), "h": (5,)},
    feedback={
        "W_x": _WX_FEEDBACK,
        "W_h": {
            (3, 5): "that is W_x. W_h is met by the state, which has 5 numbers.",
            (5, 3): "it takes the 5 numbers of the old state to the 5 numbers of the new one.",
            (5,): "one number a neuron would let each neuron hear only itself; here each hears all 5.",
            (3, 3): "the state has one number a neuron, not one an input.",
            (8, 5): "that is W_x and W_h one below the other. W_h alone is met by the 5 numbers of the state.",
        },
        "b": {
            (3,): "the bias is added to the weighted sums, one a neuron.",
            (1,): "every neuron has a bias of its own.",
            (5, 5): "one bias a neuron is enough.",
            (5, 1): "the numbers are right, but that is a matrix of one column; b is a plain row with one axis.",
            (1, 5): "the numbers are right, but that is a matrix of one row; b is a plain row with one axis.",
        },
        "h": {
            (3,): "the state has one number a neuron, not one an input.",
            (1,): "a layer of 5 neurons remembers 5 numbers.",
            (5, 5): "the state is a row of numbers, one a neuron.",
            (5, 1): "the numbers are right, but that is a matrix of one column; h is a plain row with one axis.",
            (1, 5): "that is a batch of one sequence; for the sequence itself it is a plain row with one axis.",
        },
    },
    hints=(
        "The inner sizes of a product must agree: (3,) times (3, 5) gives (5,).",
        "The state has one number for each neuron. W_h takes one state to the next.",
        "W_x is (inputs, neurons), W_h is (neurons, neurons); b is added to a row of neurons.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
)

parameter_count = Exercise(
    name="parameter_count",
    kind=Kind.BUG,
    starts_from="one recurrent weight a neuron",
    reference=parameters.parameter_count,
    withheld=("stack_parameter_count", "cell_parameter_count"),
    tolerance=WHOLE,
    cases=lambda rng: {"features": int(rng.integers(2, 9)), "units": int(rng.integers(10, 40))},
    mistakes=(
        Mistake(
            "biases left out",
            lambda features, units: features * units + units * units,
            "The two kernels are counted; each neuron also has a bias.",
        ),
        Mistake(
            "recurrent kernel left out",
            lambda features, units: features * units + units,
            "That is an ordinary dense layer. The recurrent kernel W_h is missing.",
        ),
        Mistake(
            "one recurrent weight a neuron",
            changed(parameters.parameter_count, ("units * units", "units")),
            "You count one recurrent weight a neuron. Every neuron hears all the others: W_h is a square.",
        ),
        Mistake(
            "one bias in all",
            lambda features, units: features * units + units * units + 1,
            "You count one bias for the whole layer. Each neuron has its own.",
        ),
        Mistake(
            "recurrent kernel features by features",
            lambda features, units: features * units + features * features + units,
            "W_h takes the state to the next state: its size is units by units.",
        ),
        Mistake(
            "recurrent kernel features by units",
            lambda features, units: 2 * features * units + units,
            "You count W_h as large as W_x. The state has one number a neuron, not one an input: W_h is a square.",
        ),
        Mistake(
            "kernel left out",
            lambda features, units: units * units + units,
            "The kernel W_x is missing: every neuron has a weight for each of the inputs.",
        ),
        Mistake(
            "one bias an input",
            lambda features, units: features * units + units * units + features,
            "You count one bias an input. There is one bias a neuron.",
        ),
        Mistake(
            "two biases",
            lambda features, units: features * units + units * units + 2 * units,
            "You count two biases a neuron. The bias is added once, to the sum of both products.",
        ),
    ),
    hints=(
        "Write down the shapes of W_x, W_h and b for 3 features and 5 neurons, and how many numbers are in each.",
        "25 = 15 + 5 + 5 and 45 = 15 + 25 + 5. Which of the three arrays has been counted wrongly?",
        "Every neuron hears the old state of every neuron: W_h is a square, and the function counts one of its rows.",
    ),
    points=1,
    difficulty=1,
    minutes=3,
)


def _readout_case(rng: np.random.Generator) -> Case:
    return {**_neuron_case(rng), "w_y": float(rng.uniform(1.5, 3.0)), "b_y": float(rng.uniform(0.7, 1.4))}


_show = partial(changed, cells.neuron_with_readout)

neuron_with_readout = Exercise(
    name="neuron_with_readout",
    kind=Kind.BUG,
    starts_from="output kept as state",
    reference=cells.neuron_with_readout,
    withheld=("step_with_readout",),
    cases=_readout_case,
    other_cases=({**_OTHER_SIGNS, "w_y": -1.2, "b_y": 0.4},),
    mistakes=(
        Mistake(
            "results swapped",
            _show(("float(w_y * state + b_y), state", "state, w_y * state + b_y")),
            "Both numbers are right, but in the wrong order: first the output, then the state.",
        ),
        Mistake(
            "output kept as state",
            _show(("return float(w_y * state + b_y)", "state = w_y * state + b_y\n    return state")),
            "You return the output as the new state. What goes on to the next step is h_t, before the read-out.",
        ),
        Mistake(
            "old state handed on",
            _show(("b_y), state", "b_y), h")),
            "The output is right, but the state you return is the one that came in. Hand on the new one.",
        ),
        Mistake(
            "state shown as output",
            _show(("float(w_y * state + b_y)", "state")),
            "You return the state as the output. In this cell they differ: y_t = w_y h_t + b_y.",
        ),
        Mistake(
            "old state read out",
            _show(("w_y * state", "w_y * h")),
            "The output is read from the old state h. Read it from the new one.",
        ),
        Mistake(
            "output squashed",
            _show(("float(", "np.tanh(")),
            "There is a tanh on the output. The read-out is a plain weighted sum.",
        ),
        Mistake(
            "output bias left out",
            _show((" + b_y", "")),
            "The read-out's bias b_y is missing from the output.",
        ),
        Mistake(
            "state not squashed",
            _show(("neuron_step(x, h, w_x, w_h, b)", "w_x * x + w_h * h + b")),
            "The new state lacks its tanh. It is the output that has none.",
        ),
        Mistake(
            "sigmoid for tanh",
            _show(("neuron_step(x, h, w_x, w_h, b)", "sigmoid(w_x * x + w_h * h + b)"), sigmoid=_sigmoid),
            "You squash the state with the sigmoid (0 to 1). This neuron uses the tanh (-1 to 1).",
        ),
        Mistake(
            "state's bias left out",
            _show(("w_h, b)", "w_h, 0.0)")),
            "The bias b is missing from the new state. It has one of its own, beside the read-out's b_y.",
        ),
        Mistake(
            "biases exchanged",
            _show(("w_h, b)", "w_h, b_y)"), ("+ b_y)", "+ b)")),
            "The two biases are exchanged: b belongs to the state, b_y to the read-out.",
        ),
        Mistake(
            "read-out not weighted",
            _show(("w_y * state", "state")),
            "The output comes without its weight: multiply the new state by w_y.",
        ),
    ),
    hints=(
        "A state is a tanh: it lies between -1 and 1. Does the second number that the function returns?",
        "Two different things have the same name in this function, one after the other. Which of them goes on?",
        "The output is read from the new state and leaves; the new state itself goes on. Give them two names.",
    ),
    points=2,
    difficulty=2,
    minutes=5,
    parts=("output", "state"),
)


#: The inputs of the network that echoes, and the first step at which two steps lie behind it.
_PLACES, _ECHO = np.array([-1.0, 0.0, 1.0]), 2


def _echo_case(rng: np.random.Generator, batch: int = 3, steps: int = 12) -> Case:
    return {"inputs": rng.choice(_PLACES, size=(batch, steps))}


def _nearest_places(*pieces: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Which of -1, 0 and 1 each output of a designed network is nearest to, from step 2 on."""
    outputs = run_design(inputs, *pieces)[:, _ECHO:]
    return _PLACES[np.abs(outputs[..., np.newaxis] - _PLACES).argmin(axis=2)]


def _measured_outputs(*pieces: np.ndarray, inputs: np.ndarray) -> tuple[Measure, ...]:
    """The outputs from step 2 on, as they are."""
    return step_by_step("Your output itself from step 2 on", run_design(inputs, *pieces)[:, _ECHO:])


def _chain(units: int, kernel: list[float], loops: np.ndarray, readout: list[float]) -> Callable[[], Weights]:
    """A design with these weights, without biases."""
    return lambda: (np.array([kernel]), np.asarray(loops), np.zeros(units), np.array(readout)[:, None], np.zeros(1))


_echo = partial(changed, designs.echo_weights)
_LATE = np.eye(3, k=1)  # from neuron 0 to neuron 1, from neuron 1 to neuron 2

echo_weights = Exercise(
    name="echo_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.echo_weights,
    cases=_echo_case,
    other_cases=(_echo_case(np.random.default_rng(5), batch=5, steps=20),),
    call=Design(_nearest_places, PIECES, unseen=("inputs",), measures=_measured_outputs),
    mistakes=(
        Mistake(
            "input of one step ago",
            _chain(2, [1.0, 0.0], np.eye(2, k=1), [0.0, 1.7]),
            "Your network repeats the input of one step ago. Every neuron that hands it on delays it by one step more.",
        ),
        Mistake(
            "present input",
            _chain(3, [1.0, 0.0, 0.0], _LATE, [1.3, 0.0, 0.0]),
            "Your network repeats the present input. Which neuron knows what came two steps ago? Read that one.",
        ),
        Mistake(
            "input of three steps ago",
            _chain(4, [1.0, 0.0, 0.0, 0.0], np.eye(4, k=1), [0.0, 0.0, 0.0, 2.0]),
            "Your network repeats the input of three steps ago: its chain is one neuron too long.",
        ),
        Mistake(
            "always the middle",
            _echo(("np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])", "np.eye(3, k=-1)")),
            "Your network says the middle, 0, at every step. Does anything arrive at the neuron that you read? In "
            "W_h the row is where a signal comes from, the column where it goes to. If something does, it is read "
            "too small: it has to be nearer to 1 than to 0.",
        ),
        Mistake(
            "wrong sign",
            _echo(("[1 / left]", "[-1 / left]")),
            "The input of two steps ago is there, with the opposite sign: left for right.",
        ),
        Mistake(
            "input to every neuron",
            _echo(("[[1.0, 0.0, 0.0]]", "[[1.0, 1.0, 1.0]]")),
            "The input goes into every neuron of the chain, so each of them hears the present as well. Only the first "
            "may listen to it.",
        ),
        Mistake(
            "every neuron read",
            _echo(("[[0.0], [0.0], [1 / left]]", "[[1.0], [1.0], [1.0]]")),
            "The read-out adds up three inputs: the present one and two earlier ones. Read only the neuron with the "
            "one that is wanted.",
        ),
        Mistake(
            "one neuron that hears itself",
            _chain(1, [1.0], np.ones((1, 1)), [1.3]),
            "A neuron that hears itself mixes all that has come so far. To keep one input apart from the next, hand it "
            "on to another neuron.",
        ),
        Mistake(
            "chain with loops",
            _echo(("[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]", "np.eye(3) + np.eye(3, k=1)")),
            "Each neuron keeps something of its own past as well, so that older inputs mix in. A neuron that only "
            "hands on has a 0 on the diagonal of W_h.",
        ),
    ),
    hints=(
        "The swing of the text knew the input of ONE step ago, with two neurons. What if neuron 1 also handed on?",
        "Three neurons in a chain: the input goes to neuron 0, neuron 1 hears neuron 0, neuron 2 hears neuron 1.",
        "W_h has a 1 in row 0, column 1 and in row 1, column 2. Read neuron 2; a 1 has become 0.57 there.",
    ),
    points=3,
    difficulty=2,
    minutes=9,
)

#: As many ones as the neuron has to count.
_MOST_ONES = 30


def _counting_case(rng: np.random.Generator, steps: int = _MOST_ONES + 10) -> Case:
    inputs = np.zeros(steps)
    inputs[rng.permutation(steps)[:_MOST_ONES]] = 1
    return {"inputs": inputs}


def _whole_counts(
    w_x: np.ndarray, w_h: np.ndarray, b: np.ndarray, w_y: np.ndarray, b_y: np.ndarray, inputs: np.ndarray
) -> np.ndarray:
    """The outputs of a designed neuron, each to the nearest whole number."""
    return np.round(_counts_as_they_are(w_x, w_h, b, w_y, b_y, inputs))


def _counts_as_they_are(
    w_x: np.ndarray, w_h: np.ndarray, b: np.ndarray, w_y: np.ndarray, b_y: np.ndarray, inputs: np.ndarray
) -> np.ndarray:
    expect_shapes(w_x=(w_x, ""), w_h=(w_h, ""), b=(b, ""), w_y=(w_y, ""), b_y=(b_y, ""))
    h, outputs = 0.0, []
    for x in inputs:
        h = np.tanh(w_x * x + w_h * h + b)
        outputs.append(w_y * h + b_y)
    return np.array(outputs, dtype=float)


def _measured_counts(
    w_x: np.ndarray, w_h: np.ndarray, b: np.ndarray, w_y: np.ndarray, b_y: np.ndarray, inputs: np.ndarray
) -> tuple[Measure, ...]:
    """Before anything is rounded: where the output starts, and what the first 1 adds to it, the last 1, and a 0."""
    outputs = _counts_as_they_are(w_x, w_h, b, w_y, b_y, inputs)
    raised = np.diff(outputs, prepend=float(b_y))
    ones, zeros = np.flatnonzero(inputs), np.flatnonzero(inputs == 0)
    steps = {"the first 1": ones[:1], "the last 1": ones[1:][-1:], "the last 0": zeros[-1:]}
    told = [f"{np.round(raised[place[0]], 6) + 0:+.3g} by {name}" for name, place in steps.items() if len(place)]
    words = f"Before it is rounded, your output starts from {float(b_y):.3g} and changes: {{}}"
    return (Measure(words, ", ".join(told), ""),)


_TOO_LARGE = (
    "Right at first, then the count falls behind: the tanh takes something off at every step, and more the larger the "
    "state is. Make the state smaller."
)
_count = partial(changed, designs.counting_weights)

counting_weights = Exercise(
    name="counting_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.counting_weights,
    cases=_counting_case,
    other_cases=(_counting_case(np.random.default_rng(6), steps=_MOST_ONES + 3),),
    call=Design(_whole_counts, ("w_x", "w_h", "b", "w_y", "b_y"), unseen=("inputs",), measures=_measured_counts),
    mistakes=(
        Mistake(
            "state as large as the count",
            lambda: (1.0, 1.0, 0.0, 1.0, 0.0),
            "The count stops at 1: the state cannot exceed 1, whatever you add. It need not be the count itself; the "
            "read-out can make it larger.",
        ),
        Mistake("a tenth per one", lambda: (0.1, 1.0, 0.0, 10.0, 0.0), _TOO_LARGE),
        Mistake("a hundredth per one", lambda: (0.01, 1.0, 0.0, 100.0, 0.0), _TOO_LARGE),
        Mistake(
            "no loop",
            _count(("1.0, 0.0, 1000", "0.0, 0.0, 1000")),
            "The output is the present input: nothing is kept from one step to the next. That is the work of w_h.",
        ),
        Mistake(
            "half forgotten at every step",
            _count(("1.0, 0.0, 1000", "0.5, 0.0, 1000")),
            "The neuron forgets half of its count at every step. A silent step (input 0) must leave the count as "
            "it is.",
        ),
        Mistake(
            "a tenth forgotten at every step",
            _count(("1.0, 0.0, 1000", "0.9, 0.0, 1000")),
            "The count fades: with w_h = 0.9 a tenth of it is gone after each step. A silent step must leave it.",
        ),
        Mistake(
            "steps counted",
            _count(("1.0, 0.0, 1000", "1.0, 0.001, 1000")),
            "The count grows at zeros as well: the bias is added at every step, whatever the input.",
        ),
        Mistake(
            "doubled at every step",
            _count(("1.0, 0.0, 1000", "2.0, 0.0, 1000")),
            "The count is doubled at every step before the input is added. A silent step must leave it as it is.",
        ),
        Mistake(
            "one too many",
            _count(("1000.0, 0.0", "1000.0, 1.0")),
            "One too many from the first step on: before any 1 has come, the output has to be 0.",
        ),
        Mistake(
            "read-out not the inverse of the input weight",
            _count(("1000.0, 0.0", "100.0, 0.0")),
            "The outputs are right but for a factor of ten. Each 1 adds w_x to the state, and has to add 1 to "
            "the output.",
        ),
        Mistake(
            "always 0",
            lambda: (1000.0, 1.0, 0.0, 0.001, 0.0),
            "To the nearest whole number your output is 0 at every step. Each 1 has to add w_x to the state and 1 "
            "to the output: by what must the read-out multiply? And a w_x that is large itself is cut off by the "
            "tanh.",
        ),
    ),
    hints=(
        "A bucket without a hole counts: w_h = 1 keeps what is there, each 1 adds w_x. What spoils it is the tanh.",
        "Look at the picture of the tanh: close to 0 it is straight. Keep the state there, even after 30 ones.",
        "Write small, read large: if each 1 adds a thousandth to the state, by what must the read-out multiply?",
    ),
    points=3,
    difficulty=2,
    minutes=9,
)


def _fading_case(rng: np.random.Generator) -> Case:
    return {"w_h": -float(rng.uniform(0.35, 0.9)), "threshold": float(rng.uniform(0.01, 0.2))}


_fade = partial(changed, cells.steps_remembered)

steps_remembered = Exercise(
    name="steps_remembered",
    kind=Kind.INVERSE,
    reference=cells.steps_remembered,
    alternatives=(alternatives.steps_remembered,),
    tolerance=WHOLE,
    cases=_fading_case,
    edge_cases=(
        {"w_h": 0.5, "threshold": 0.25},
        {"w_h": -0.25, "threshold": 0.25},
        {"w_h": 0.5, "threshold": 0.75},
        {"w_h": 0.9, "threshold": 0.01},
    ),
    mistakes=(
        Mistake(
            "sign not dropped",
            lambda w_h, threshold: next(k for k in range(1000) if w_h**k < threshold),
            "A negative w_h makes the state flip its sign, and you take the first negative value for a faded one. "
            "Compare the size |w_h|^k with the threshold.",
        ),
        Mistake(
            "one step too few",
            _fade((" + 1", "")),
            "One step too few: after your k steps the memory has not yet fallen below the threshold.",
        ),
        Mistake(
            "one step too many",
            _fade((" + 1", " + 2")),
            "One step too many: the memory was below the threshold a step earlier.",
        ),
        Mistake(
            "at the threshold counts as below",
            _fade(("math.floor", "math.ceil"), (" + 1", "")),
            "Right but for a memory that is exactly at the threshold: it has to be below.",
        ),
        Mistake(
            "stops at once",
            lambda w_h, threshold: 0,
            "You return 0. After 0 steps the size is still 1: go on until it is below the threshold.",
        ),
        Mistake(
            "not a whole number",
            _fade(("math.floor", ""), (" + 1", "")),
            "Your number is right, but steps are whole: go up to the first whole number that is past it.",
        ),
        Mistake(
            "multiplied instead of raised to a power",
            lambda w_h, threshold: next(k for k in range(10**6) if k and abs(w_h) / k < threshold),
            "The weight works once at every step, so after k steps it is |w_h| to the power k.",
        ),
        Mistake(
            "the same amount lost at every step",
            lambda w_h, threshold: next(k for k in range(10**6) if 1 - k * (1 - abs(w_h)) < threshold),
            "You take the same amount away at every step. Each step multiplies what is left by |w_h|: |w_h|^k.",
        ),
        Mistake(
            "logarithms the other way round",
            lambda w_h, threshold: math.floor(math.log(abs(w_h)) / math.log(threshold)) + 1,
            "Your two logarithms stand the other way round: |w_h|^k < threshold has to be solved for k.",
        ),
        Mistake(
            "rounded to the nearest",
            _fade(("math.floor", "round"), (" + 1", "")),
            "You round to the nearest whole number. Rounded down, the memory is not below the threshold yet.",
        ),
    ),
    hints=(
        "After k steps what was 1 has become w_h ** k. Its size is abs(w_h) ** k.",
        "Start with a size of 1 and multiply by abs(w_h) until it is below the threshold, counting the steps.",
        "while size >= threshold: multiply, and add one to k. Return k. (A formula with two logarithms does it too.)",
    ),
    points=2,
    difficulty=3,
    minutes=8,
)

EXERCISES = (
    neuron_step,
    run_neuron,
    cell_shapes,
    parameter_count,
    neuron_with_readout,
    echo_weights,
    counting_weights,
    steps_remembered,
)
