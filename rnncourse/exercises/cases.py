"""Cases that several chapters draw alike, and mistakes that all their loops over time can have."""

from __future__ import annotations

import numpy as np

from rnncourse import cells
from rnncourse.cells import Step
from rnncourse.exercises.definitions import Case, Measure
from rnncourse.exercises.edits import SharedMistake
from rnncourse.shapes import expect_shapes


def cell_with_readout(rng: np.random.Generator, features: int, units: int, outputs: int) -> Step:
    """A cell with random weights whose output is not its state, so that the two cannot be confused unnoticed."""
    shapes = (features, units), (units, units), (units,), (units, outputs), (outputs,)
    return cells.step_with_readout(*(rng.uniform(-1, 1, size=shape) for shape in shapes))


def reading_case(
    rng: np.random.Generator, batch: int, time_steps: int, features: int, units: int, outputs: int
) -> Case:
    """A cell with a read-out, the sequences that it is to read, and the state it starts from."""
    return {
        "step": cell_with_readout(rng, features, units, outputs),
        "inputs": rng.uniform(-1, 1, size=(batch, time_steps, features)),
        "state": rng.uniform(-1, 1, size=(batch, units)),
    }


#: What a network of one input and one output is made of, by the names that learners read.
PIECES = ("W_x", "W_h", "b", "W_y", "b_y")


def run_design(
    inputs: np.ndarray, W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray, W_y: np.ndarray, b_y: np.ndarray
) -> np.ndarray:
    """What a network says whose arrays a learner designed, from a state of zeros.

    Args:
        inputs: shape (batch, time).
        W_x, W_h, b, W_y, b_y: as for ``step_with_readout``, of one input and one output.

    Returns:
        Its outputs, shape (batch, time).

    Raises:
        ValueError: the shape of an array does not fit; the message names it.
    """
    kernel, recurrent_kernel, bias, output_kernel, output_bias = expect_shapes(
        W_x=(W_x, "1 units"), W_h=(W_h, "units units"), b=(b, "units"), W_y=(W_y, "units 1"), b_y=(b_y, "1")
    )
    state, outputs = np.zeros((len(inputs), len(bias))), []
    for t in range(inputs.shape[1]):
        state = np.tanh(inputs[:, [t]] @ kernel + state @ recurrent_kernel + bias)
        outputs.append(state @ output_kernel + output_bias)
    return np.hstack(outputs)


#: Of so many steps the numbers are told.
_FEW_STEPS = 20


def step_by_step(what: str, numbers: np.ndarray) -> tuple[Measure, ...]:
    """What a design's decisions about a single short series are made of; nothing of a batch and of a long one.

    Args:
        what: the numbers are.
        numbers: one at each step, shape (batch, time).
    """
    if len(numbers) > 1 or numbers.shape[1] > _FEW_STEPS:
        return ()
    return (
        Measure(
            f"{what}, step by step: {{}}", ", ".join(f"{number + 0:.3g}" for number in np.round(numbers[0], 5)), ""
        ),
    )


#: Mistakes of a loop that reads a sequence. {step} is the cell's name in the source, {output} that of its first result.
OF_A_READER = (
    SharedMistake(
        "read backwards",
        (("inputs[:, t]", "inputs[:, -1 - t]"),),
        "The inputs are read from their end. Time runs from inputs[:, 0] on.",
    ),
    SharedMistake(
        "first state ignored",
        (("for t in", "state = np.zeros_like(state)\n    for t in"),),
        "You start from a state of zeros. Start from the state that is given.",
    ),
    SharedMistake(
        "first input not read",
        (("range(inputs.shape[1])", "range(1, inputs.shape[1])"),),
        "The first input is not read: time runs from inputs[:, 0] on.",
    ),
    SharedMistake(
        "last input not read",
        (("range(inputs.shape[1])", "range(inputs.shape[1] - 1)"),),
        "The last input is not read: go through all inputs.shape[1] steps.",
    ),
    SharedMistake(
        "results of step swapped",
        (("{output}, state = {step}(inputs[", "state, {output} = {step}(inputs["),),
        "{step} returns the output first and the new state second; you take them the other way round.",
    ),
    SharedMistake(
        "output handed on as the state",
        (("{output}, state = {step}(inputs[:, t], state)", "{output} = state = {step}(inputs[:, t], state)[0]"),),
        "You hand the output on as the state. {step} returns both, and they differ: the second is the new state.",
    ),
    SharedMistake(
        "batch counted as steps",
        (("inputs.shape[1]", "len(inputs)"),),
        "You stop too early: len(inputs) counts the batch. The number of steps is inputs.shape[1].",
    ),
)
