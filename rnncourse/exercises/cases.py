"""Cases that several chapters draw alike."""

from __future__ import annotations

import numpy as np

from rnncourse import cells
from rnncourse.cells import Step
from rnncourse.exercises.definitions import Case


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
