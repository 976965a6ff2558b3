"""Exercises that no chapter has: a function whose mistake is to be found, a design, and a product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnncourse.exercises import Exercise, Kind, Mistake, find
from rnncourse.exercises.definitions import Design
from rnncourse.exercises.edits import changed

STEP = find("rnn_step")
MISTAKEN = replace(
    STEP,
    kind=Kind.BUG,
    mistakes=(Mistake("no bias", changed(STEP.reference, (" + bias)", ")")), "Add the bias."), *STEP.mistakes[1:]),
    starts_from="no bias",
)


def echo(delay, steps=4, scale=0.01):
    """A cell of ``steps`` neurons whose output is what it read ``delay`` steps ago."""
    kernel, recurrent_kernel, readout = np.zeros((1, steps)), np.zeros((steps, steps)), np.zeros((steps, 1))
    kernel[0, 0] = scale
    recurrent_kernel[np.arange(steps - 1), np.arange(1, steps)] = 1
    readout[delay, 0] = 1 / scale
    return kernel, recurrent_kernel, readout


def run(kernel, recurrent_kernel, readout, delay, inputs):
    """The outputs of the cell along a sequence."""
    if kernel.shape != (1, len(recurrent_kernel)):
        raise ValueError(f"kernel has shape {kernel.shape}, expected (1, {len(recurrent_kernel)}).")
    state, outputs = np.zeros(len(recurrent_kernel)), []
    for x in inputs:
        state = np.tanh(x * kernel[0] + state @ recurrent_kernel)
        outputs.append(state @ readout[:, 0])
    return np.array(outputs)


ECHO = Exercise(
    name="echo_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=echo,
    cases=lambda rng: {"delay": int(rng.integers(1, 3)), "inputs": rng.uniform(-1, 1, size=7)},
    call=Design(run, pieces=("kernel", "recurrent_kernel", "readout"), unseen=("inputs",)),
    mistakes=(Mistake("one step late", lambda delay: echo(delay + 1), "It echoes one step too late."),),
    tolerance=0.02,
    hints=("…",),
    points=2,
    difficulty=2,
    minutes=6,
)


def path_factor(states, w_h):
    """w_h (1 - h_0²) · w_h (1 - h_1²) · …"""
    factor = 1.0
    for h in states:
        factor *= w_h * (1 - h**2)
    return factor


PRODUCT = Exercise(
    name="path_factor",
    kind=Kind.NEW_CASE,
    reference=path_factor,
    cases=lambda rng: {"states": rng.uniform(-0.8, 0.8, size=7), "w_h": float(rng.uniform(0.6, 1.6))},
    hints=("One.", "Two.", "Three."),
    points=1,
    difficulty=1,
    minutes=4,
)
