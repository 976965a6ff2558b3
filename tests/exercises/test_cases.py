"""Cases that several chapters draw alike: the shapes asked for, and a cell whose output is not its state."""

from __future__ import annotations

import numpy as np

from rnncourse.exercises.cases import cell_with_readout, reading_case


def test_a_cell_takes_and_gives_the_sizes_asked_for():
    step = cell_with_readout(np.random.default_rng(3), features=3, units=5, outputs=2)
    output, state = step(np.ones((4, 3)), np.zeros((4, 5)))
    assert (output.shape, state.shape) == ((4, 2), (4, 5))


def test_a_reading_case_can_be_read_to_its_end_and_another_stream_draws_another():
    case, other = (reading_case(np.random.default_rng(seed), 4, 7, 3, 5, 2) for seed in (0, 1))
    assert (case["inputs"].shape, case["state"].shape) == ((4, 7, 3), (4, 5))
    outputs = [c["step"](np.ones((4, 3)), np.zeros((4, 5)))[0] for c in (case, other)]
    assert not np.allclose(*outputs)
    assert not np.allclose(case["inputs"], other["inputs"])
