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


def budget_with_a_loop(features, layers, budget):
    n = 1
    while rnncourse.stack_parameter_count(features, [n + 1] * layers) <= budget:
        n += 1
    return n


def budget_with_the_root(features, layers, budget):
    a, b = 2 * layers - 1, features + layers
    return math.floor((-b + math.sqrt(b * b + 4 * a * budget)) / (2 * a) + 1e-9)


def marks_with_a_negative_neuron():
    """The second neuron goes down instead of up; the read-out turns it round."""
    return (2.0, 1.5, 0.0), (-2.0, 1.5, 0.0), (1.0, -1.0, -1.2)


def marks_with_neurons_that_rest_below():
    """Neurons pushed to -1 by their bias until a mark lifts them for good."""
    neuron = [6.0, 3.0, -0.3]
    return np.array(neuron), np.array(neuron), np.array([1.0, 1.0, -1.0])


def stopping_with_argmin(costs, patience):
    """Epoch by epoch, with all costs so far."""
    for epoch in range(len(costs)):
        best = int(np.argmin(costs[: epoch + 1]))
        if epoch - best == patience:
            break
    return epoch, best


def stopping_with_a_wait(costs, patience):
    best, keep, wait = None, 0, 0
    for epoch, cost in enumerate(costs):
        wait += 1
        if best is None or cost < best:
            best, keep, wait = cost, epoch, 0
        if wait == patience:
            return [epoch, keep]
    return [len(costs) - 1, keep]


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
    "units_for_budget": [budget_with_a_loop, budget_with_the_root],
    "between_marks": [marks_with_a_negative_neuron, marks_with_neurons_that_rest_below],
    "early_stopping": [stopping_with_argmin, stopping_with_a_wait],
    "dropout": [dropout_with_where, dropout_with_loop, dropout_with_keras_mean],
}

ANSWERS = {}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
_ZIP = "for step, state in zip(steps, states, strict=True)"
EQUIVALENT = {
    **{
        ("stack_steps", f"{_ZIP}: {change}"): "that there are as many states as layers has been checked already"
        for change in ("zip(steps, states, strict=True) -> zip(steps, states)", "True -> False")
    },
    **{
        ("early_stopping", f"lowest, keep = (np.inf, 0): 0 -> {other}"): "the first cost is the lowest so far"
        for other in (1, -1)
    },
}
