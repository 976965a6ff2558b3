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


def echo_of_small_states():
    late = np.zeros((3, 3))
    late[0, 1] = late[1, 2] = 1
    return np.array([[0.01, 0, 0]]), late, np.zeros(3), np.array([[0], [0], [100]]), np.zeros(1)


def echo_of_saturated_neurons():
    hand_on = [[0, 5, 0, 0], [0, 0, 5, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    return [[5, 0, 0, 3]], hand_on, [0, 0, 0, 0.2], [[0], [0], [1], [0]], [0]


def echo_in_another_order_and_sign():
    kernel = tf.constant([[0.0, 0.0, -2.0]])
    late = tf.constant([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [0.0, 2.0, 0.0]])
    return kernel, late, tf.zeros(3), tf.constant([[-1.0], [0.0], [0.0]]), tf.zeros(1)


def counting_downwards():
    return -0.0005, 1, 0, -2000, 0


def counting_rounded_up():
    return np.array([0.001, 1.0, 0.0, 1000.0, 0.3])


def counting_against_the_tanh():
    return 0.002, 1.0001, 0.0, 500.0, 0.0


ALTERNATIVES = {
    "neuron_step": [neuron_with_math, neuron_from_exponentials, neuron_in_tensorflow, neuron_as_dot_product],
    "run_neuron": [run_as_list, run_into_array, run_recursively, run_with_scan],
    "parameter_count": [count_with_arrays, count_stacked, count_with_keras],
    "neuron_with_readout": [readout_as_an_array, readout_step_by_step, readout_in_tensorflow],
    "echo_weights": [echo_of_small_states, echo_of_saturated_neurons, echo_in_another_order_and_sign],
    "counting_weights": [counting_downwards, counting_rounded_up, counting_against_the_tanh],
    "steps_remembered": [fade_in_a_loop, fade_by_powers, fade_with_numpy],
}

#: Other spellings of the right answer to a question.
ANSWERS = {
    "cell_shapes": [
        {"W_x": [3, 5], "W_h": [5, 5], "b": [5], "h": [5]},
        {"W_x": np.ones((3, 5)).shape, "W_h": tf.TensorShape([5, 5]), "b": (np.int64(5),), "h": np.array([5])},
    ],
}

_CHAIN = "recurrent_kernel = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])"
_LEFT = "left = np.tanh(np.tanh(np.tanh(1.0)))"
_ECHO = "return (kernel, recurrent_kernel, np.zeros(3), np.array([[0.0], [0.0], [1 / left]]), np.zeros(1))"
_COUNTER = "return (0.001, 1.0, 0.0, 1000.0, 0.0)"

#: Mutants of a reference that compute the same for every valid input, or are designs that do the same:
#: (exercise, mutant) -> why.
EQUIVALENT = {
    **{
        ("echo_weights", mutant): "the output is as near to the right position as before"
        for mutant in (
            "kernel = np.array([[1.0, 0.0, 0.0]]): 1.0 -> 2.0",
            f"{_CHAIN}: 1.0 -> 2.0",
            f"{_LEFT}: np.tanh(np.tanh(np.tanh(1.0))) -> np.tanh(np.tanh(1.0))",
            f"{_LEFT}: np.tanh(np.tanh(np.tanh(1.0))) -> np.sin(np.tanh(np.tanh(1.0)))",
            f"{_LEFT}: np.tanh(np.tanh(1.0)) -> np.sin(np.tanh(1.0))",
            f"{_LEFT}: np.tanh(1.0) -> np.sin(1.0)",
            f"{_LEFT}: 1.0 -> 2.0",
            f"{_ECHO}: 1 / left -> 1",
            f"{_ECHO}: 1 -> 2",
        )
    },
    ("counting_weights", f"{_COUNTER}: 1000.0 -> 1001.0"): "30 ones are read as 30.03 at most",
    ("counting_weights", f"{_COUNTER}: 1000.0 -> 999.0"): "30 ones are read as 29.9, which is still 30",
    ("run_neuron", "for x in inputs: inputs -> inputs.T"): "an array of one axis is its own transpose",
    (
        "run_neuron",
        "return np.array(states, dtype=float): np.array(states, dtype=float) -> np.array(states)",
    ): "the states are floats already",
}
