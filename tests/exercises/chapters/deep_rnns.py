"""Right answers to the exercises on deep networks, written differently from the reference, as learners write them."""

from __future__ import annotations

import functools
import math

import keras
import numpy as np

import rnncourse


def stack_with_a_list(steps):
    def step(inputs, states):
        states = list(states)
        for layer in range(len(steps)):
            inputs, states[layer] = steps[layer](inputs, states[layer])
        return inputs, states

    return step


def stack_two_at_a_time(steps):
    """A stack of the first cell and a stack of the others."""
    if not steps:
        return lambda inputs, states: (inputs, ())

    def step(inputs, states):
        output, first = steps[0](inputs, states[0])
        output, others = stack_two_at_a_time(steps[1:])(output, states[1:])
        return output, (first, *others)

    return step


class Stack:
    """What an object-minded learner returns: something that can be called."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, inputs, states):
        def climb(so_far, layer):
            output, new = layer[0](so_far[0], layer[1])
            return output, [*so_far[1], new]

        return functools.reduce(climb, zip(self.steps, states, strict=True), (inputs, []))


def count_with_formula(features, units):
    below = [features, *units[:-1]]
    return sum((reads + n + 1) * n for reads, n in zip(below, units, strict=True))


def count_with_arrays(features, units):
    below = np.concatenate([[features], units[:-1]]).astype(int)
    return np.dot(below, units) + np.dot(units, units) + np.sum(units)


def budget_with_a_loop(features, layers, budget):
    n = 1
    while rnncourse.stack_parameter_count(features, [n + 1] * layers) <= budget:
        n += 1
    return n


def budget_with_the_root(features, layers, budget):
    a, b = 2 * layers - 1, features + layers
    return math.floor((-b + math.sqrt(b * b + 4 * a * budget)) / (2 * a) + 1e-9)


def dropout_with_where(values, rate, noise, training):
    if training:
        return np.where(noise < rate, 0.0, values / (1 - rate))
    return values


def dropout_with_loop(values, rate, noise, training):
    noise = np.broadcast_to(noise, values.shape)
    out = values.copy()
    for index in np.ndindex(values.shape):
        if training:
            out[index] = values[index] / (1 - rate) if noise[index] >= rate else 0.0
    return out


def dropout_with_keras_mean(values, rate, noise, training):
    kept = keras.ops.cast(noise >= rate, "float64")
    return values * (np.asarray(kept) / (1 - rate) if training else 1.0)


ALTERNATIVES = {
    "stack_steps": [stack_with_a_list, stack_two_at_a_time, Stack],
    "stack_parameter_count": [count_with_formula, count_with_arrays],
    "units_for_budget": [budget_with_a_loop, budget_with_the_root],
    "dropout": [dropout_with_where, dropout_with_loop, dropout_with_keras_mean],
}

ANSWERS = {}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
_ZIP = "for step, state in zip(steps, states, strict=True)"
EQUIVALENT = {
    ("stack_steps", f"{_ZIP}: {change}"): "that there are as many states as layers has been checked already"
    for change in ("zip(steps, states, strict=True) -> zip(steps, states)", "True -> False")
}
