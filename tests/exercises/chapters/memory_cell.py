"""Right answers to the exercises on one neuron, written differently from the reference, as learners write them."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf


def neuron_with_math(x, h, w_x, w_h, b):
    return math.tanh(b + h * w_h + x * w_x)


def neuron_from_exponentials(x, h, w_x, w_h, b):
    z = w_x * x + w_h * h + b
    return (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))


def neuron_in_tensorflow(x, h, w_x, w_h, b):
    return tf.tanh(tf.constant(w_x * x + w_h * h + b, tf.float64))


def neuron_as_dot_product(x, h, w_x, w_h, b):
    return np.tanh(np.dot([x, h, 1], [w_x, w_h, b]))


def run_as_list(inputs, h, w_x, w_h, b):
    states = []
    for x in inputs:
        h = np.tanh(x * w_x + h * w_h + b)
        states += [h]
    return states


def run_into_array(inputs, h, w_x, w_h, b):
    states = np.empty(len(inputs), dtype=np.float32)
    for t in range(len(inputs)):
        before = states[t - 1] if t else h
        states[t] = np.tanh(w_x * inputs[t] + w_h * before + b)
    return states


def run_recursively(inputs, h, w_x, w_h, b):
    if len(inputs) == 0:
        return []
    h = math.tanh(w_x * inputs[0] + w_h * h + b)
    return [h, *run_recursively(inputs[1:], h, w_x, w_h, b)]


def run_with_scan(inputs, h, w_x, w_h, b):
    return tf.scan(
        lambda h, x: tf.tanh(w_x * x + w_h * h + b), tf.constant(inputs), initializer=tf.constant(h, tf.float64)
    )


def count_with_arrays(features, units):
    return np.ones((features, units)).size + np.ones((units, units)).size + np.ones(units).size


def count_stacked(features, units):
    return (features + units + 1) * units


def count_with_keras(features, units):
    layer = keras.layers.SimpleRNN(units)
    layer.build((None, None, features))
    return layer.count_params()


def readout_step_by_step(x, h, w_x, w_h, b, w_y, b_y):
    new = np.tanh(w_x * x + w_h * h + b)
    return [b_y + new * w_y, new]


def readout_in_tensorflow(x, h, w_x, w_h, b, w_y, b_y):
    new = tf.tanh(tf.constant(w_x * x + w_h * h + b))
    return (new * w_y + b_y, new)


def fade_in_a_loop(w_h, threshold):
    size, steps = 1.0, 0
    while size >= threshold:
        size *= abs(w_h)
        steps += 1
    return steps


def fade_by_powers(w_h, threshold):
    k = 0
    while abs(w_h) ** k >= threshold:
        k += 1
    return k


def fade_with_numpy(w_h, threshold):
    sizes = np.abs(w_h) ** np.arange(1000)
    return np.argmax(sizes < threshold)


def readout_as_an_array(x, h, w_x, w_h, b, w_y, b_y):
    state = math.tanh(w_x * x + w_h * h + b)
    return np.array([w_y * state + b_y, state])


ALTERNATIVES = {
    "neuron_step": [neuron_with_math, neuron_from_exponentials, neuron_in_tensorflow, neuron_as_dot_product],
    "run_neuron": [run_as_list, run_into_array, run_recursively, run_with_scan],
    "parameter_count": [count_with_arrays, count_stacked, count_with_keras],
    "neuron_with_readout": [readout_as_an_array, readout_step_by_step, readout_in_tensorflow],
    "steps_remembered": [fade_in_a_loop, fade_by_powers, fade_with_numpy],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "cell_shapes": [
        {"W_x": [3, 5], "W_h": [5, 5], "b": [5], "h": [5]},
        {"W_x": np.ones((3, 5)).shape, "W_h": tf.TensorShape([5, 5]), "b": (np.int64(5),), "h": np.array([5])},
    ],
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    ("run_neuron", "for x in inputs: inputs -> inputs.T"): "an array of one axis is its own transpose",
    (
        "run_neuron",
        "return np.array(states, dtype=float): np.array(states, dtype=float) -> np.array(states)",
    ): "the states are floats already",
}
