"""One step in NumPy: against plain Python, against itself written otherwise, and what it says to wrong shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rnncourse

RNG = np.random.default_rng(5)
BATCH, FEATURES, UNITS, OUTPUTS = 4, 3, 5, 2
INPUTS, STATE = RNG.normal(size=(BATCH, FEATURES)), RNG.normal(size=(BATCH, UNITS))
KERNEL, RECURRENT, BIAS = RNG.normal(size=(FEATURES, UNITS)), RNG.normal(size=(UNITS, UNITS)), RNG.normal(size=UNITS)
OUT_KERNEL, OUT_BIAS = RNG.normal(size=(UNITS, OUTPUTS)), RNG.normal(size=OUTPUTS)


def test_a_layer_is_its_neurons():
    by_hand = np.empty((BATCH, UNITS))
    for i in range(BATCH):
        for j in range(UNITS):
            z = BIAS[j] + sum(INPUTS[i, k] * KERNEL[k, j] for k in range(FEATURES))
            by_hand[i, j] = math.tanh(z + sum(STATE[i, k] * RECURRENT[k, j] for k in range(UNITS)))
    np.testing.assert_allclose(rnncourse.rnn_step(INPUTS, STATE, KERNEL, RECURRENT, BIAS), by_hand, atol=1e-12)


def test_one_neuron_is_a_layer_of_one():
    layer = rnncourse.rnn_step([[0.3]], [[-0.7]], [[1.2]], [[0.4]], [0.1])
    assert layer.item() == pytest.approx(rnncourse.neuron_step(0.3, -0.7, 1.2, 0.4, 0.1))
    assert isinstance(rnncourse.neuron_step(0.3, -0.7, 1.2, 0.4, 0.1), float)


def test_stacked_equals_apart():
    stacked = rnncourse.stack_kernels(KERNEL, RECURRENT)
    np.testing.assert_allclose(
        rnncourse.rnn_step_stacked(INPUTS, STATE, stacked, BIAS),
        rnncourse.rnn_step(INPUTS, STATE, KERNEL, RECURRENT, BIAS),
        atol=1e-12,
    )


def test_readout_reads_the_new_state():
    step = rnncourse.step_with_readout(KERNEL, RECURRENT, BIAS, OUT_KERNEL, OUT_BIAS)
    output, state = step(INPUTS, STATE)
    np.testing.assert_allclose(state, rnncourse.rnn_step(INPUTS, STATE, KERNEL, RECURRENT, BIAS))
    np.testing.assert_allclose(output, state @ OUT_KERNEL + OUT_BIAS)
    y, h = rnncourse.neuron_with_readout(0.3, -0.7, 1.2, 0.4, 0.1, 2.0, 0.5)
    assert (y, h) == (pytest.approx(2 * h + 0.5), pytest.approx(math.tanh(1.2 * 0.3 - 0.4 * 0.7 + 0.1)))


@pytest.mark.parametrize(("features", "units"), [(1, 1), (3, 5), (28, 150)])
def test_parameter_count_equals_keras(features, units):
    import keras

    layer = keras.layers.SimpleRNN(units)
    layer.build((None, None, features))
    assert rnncourse.parameter_count(features, units) == layer.count_params()


@pytest.mark.parametrize("w_h", [0.1, -0.5, 0.5, 0.75, -0.99])
@pytest.mark.parametrize("threshold", [0.5, 0.25, 0.1, 0.01])
def test_steps_remembered_is_the_first_below(w_h, threshold):
    steps = rnncourse.steps_remembered(w_h, threshold)
    assert abs(w_h) ** steps < threshold <= abs(w_h) ** (steps - 1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": INPUTS[0]}, r"inputs has shape \(3,\), expected \(batch, features\)\."),
        (
            {"state": STATE[:2]},
            r"state has shape \(2, 5\), expected \(batch, units\) = \(4, units\) \(batch = 4 comes from inputs\)\.",
        ),
        ({"kernel": KERNEL.T}, r"kernel has shape \(5, 3\), expected \(features, units\) = \(3, 5\)"),
        ({"recurrent_kernel": KERNEL}, r"recurrent_kernel has shape \(3, 5\), expected \(units, units\) = \(5, 5\)"),
        ({"bias": BIAS[None]}, r"bias has shape \(1, 5\), expected \(units,\) = \(5,\)"),
        ({"bias": ["a"] * 5}, r"bias has dtype <U1, expected numbers"),
        ({"inputs": [[1, 2], [3]]}, r"inputs is not an array of numbers: its rows have different lengths"),
        ({"state": None}, r"state has dtype object, expected numbers"),
    ],
)
def test_wrong_shapes_are_named(changed, message):
    arguments = {"inputs": INPUTS, "state": STATE, "kernel": KERNEL, "recurrent_kernel": RECURRENT, "bias": BIAS}
    with pytest.raises(ValueError, match=message):
        rnncourse.rnn_step(**{**arguments, **changed})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.neuron_step([1.0], 0, 1, 1, 0), r"x has shape \(1,\), expected \(\)"),
        (lambda: rnncourse.rnn_step_stacked(INPUTS, STATE, KERNEL, BIAS), r"stacked_kernel has shape \(3, 5\)"),
        (lambda: rnncourse.stack_kernels(KERNEL, KERNEL), r"recurrent_kernel has shape \(3, 5\)"),
        (
            lambda: rnncourse.step_with_readout(KERNEL, RECURRENT, BIAS, OUT_KERNEL.T, OUT_BIAS),
            r"output_kernel has shape \(2, 5\), expected \(units, outputs\) = \(5, outputs\)",
        ),
        (lambda: rnncourse.neuron_with_readout(0, 0, 1, 1, 0, [1], 0), r"w_y has shape \(1,\)"),
        (lambda: rnncourse.parameter_count(3, 0), "units is 0, expected a whole number of at least 1"),
        (lambda: rnncourse.parameter_count(3.5, 2), "features is 3.5, expected a whole number"),
        (lambda: rnncourse.parameter_count(True, 2), "features is True, expected a whole number"),
        (lambda: rnncourse.steps_remembered(1.0), "w_h is 1.0, expected 0 < |w_h| < 1"),
        (lambda: rnncourse.steps_remembered(0.5, 2), "threshold is 2, expected a share between 0 and 1"),
        (lambda: rnncourse.simple_rnn_layer(KERNEL, RECURRENT, BIAS[:2]), r"bias has shape \(2,\)"),
    ],
)
def test_other_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        call()


def test_every_public_name_is_there_and_documented():
    for name in rnncourse.__all__:
        thing = getattr(rnncourse, name)
        assert name == "__version__" or (thing.__doc__ and name in dir(rnncourse))
    with pytest.raises(AttributeError, match="No rnncourse attribute rnn_stop"):
        _ = rnncourse.rnn_stop
