"""One step in NumPy: against plain Python, against itself written otherwise, and what it says to wrong shapes."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.cells import (
    forget_bias_for,
    gru_kernels_from_tensorflow1,
    gru_step,
    lstm_step,
    peephole_lstm_step,
    sigmoid,
)

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


def test_the_change_detector_tells_rises_from_falls():
    inputs = np.array([0.0, 0.2, 0.9, 0.7, -1.0, -0.8, 1.0, 0.8])
    said = rnncourse.run_layer(inputs[None, :, None], *rnncourse.change_detector())[0, 1:, -1]
    np.testing.assert_array_equal(np.sign(said), np.sign(np.diff(inputs)))
    assert np.abs(said).min() > 0.9


def test_readout_reads_the_new_state():
    step = rnncourse.step_with_readout(KERNEL, RECURRENT, BIAS, OUT_KERNEL, OUT_BIAS)
    output, state = step(INPUTS, STATE)
    np.testing.assert_allclose(state, rnncourse.rnn_step(INPUTS, STATE, KERNEL, RECURRENT, BIAS))
    np.testing.assert_allclose(output, state @ OUT_KERNEL + OUT_BIAS)
    y, h = rnncourse.neuron_with_readout(0.3, -0.7, 1.2, 0.4, 0.1, 2.0, 0.5)
    assert (y, h) == (pytest.approx(2 * h + 0.5), pytest.approx(math.tanh(1.2 * 0.3 - 0.4 * 0.7 + 0.1)))


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
        (lambda: rnncourse.steps_remembered(1.0), "w_h is 1.0, expected 0 < |w_h| < 1"),
        (lambda: rnncourse.steps_remembered(0.5, 2), "threshold is 2, expected a share between 0 and 1"),
    ],
)
def test_other_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        call()


def test_sigmoid_is_the_formula_and_does_not_overflow():
    x = np.linspace(-30, 30, 61)
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), rtol=1e-12, atol=1e-15)
    assert sigmoid(np.array([-1e4, 1e4])).tolist() == [0, 1]
    assert sigmoid(0) == 0.5


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kernel": np.ones((4, 19))}, r"kernel has shape \(4, 19\), expected \(features, 4\*units\) = \(4, 20\)"),
        (
            {"bias": np.ones(5)},
            r"bias has shape \(5,\), expected .* = \(20,\) \(units = 5 comes from state\[0\]\)",
        ),
        ({"peepholes": np.ones((2, 5))}, r"peepholes has shape \(2, 5\), expected \(3, units\) = \(3, 5\)"),
        (
            {"state": (np.ones((3, 5)), np.ones((3, 6)))},
            r"state\[1\] has shape \(3, 6\), expected .* = \(3, 5\)",
        ),
    ],
)
def test_wrong_shapes_of_a_gated_cell_are_named(changed, message):
    arguments = {
        "inputs": np.ones((3, 4)),
        "state": (np.ones((3, 5)), np.ones((3, 5))),
        "kernel": np.ones((4, 20)),
        "recurrent_kernel": np.ones((5, 20)),
        "bias": np.ones(20),
        "peepholes": np.ones((3, 5)),
    }
    with pytest.raises(ValueError, match=message):
        peephole_lstm_step(**{**arguments, **changed})


def test_the_two_kinds_of_gru_want_different_biases():
    arguments = np.ones((3, 4)), np.ones((3, 5)), np.ones((4, 15)), np.ones((5, 15))
    with pytest.raises(ValueError, match=r"bias has shape \(15,\), expected \(2, 3\*units\)"):
        gru_step(*arguments, np.ones(15))
    with pytest.raises(ValueError, match=r"bias has shape \(2, 15\), expected \(3\*units,\)"):
        gru_step(*arguments, np.ones((2, 15)), reset_after=False)


@pytest.mark.parametrize(("steps", "share"), [(1, 0.5), (10, 0.9), (150, 0.5), (1000, 0.01)])
def test_the_forget_bias_leaves_the_share(steps, share):
    bias = np.repeat([0, forget_bias_for(steps, share), 0, 0], 1)
    state = (np.zeros((1, 1)), np.ones((1, 1)))
    for _ in range(steps):
        state = lstm_step(np.zeros((1, 1)), (np.zeros((1, 1)), state[1]), np.zeros((1, 4)), np.zeros((1, 4)), bias)
    np.testing.assert_allclose(state[1], share, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 0.5), "steps is 0, expected a number above 0"), ((9, 1.0), "share is 1.0, expected a share between 0 and 1")],
)
def test_a_memory_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        forget_bias_for(*arguments)


def test_kernels_of_tensorflow1_become_those_of_a_step():
    kernel, recurrent_kernel = RNG.normal(size=(FEATURES, 3 * UNITS)), RNG.normal(size=(UNITS, 3 * UNITS))
    z, r, g = np.split(np.concatenate([kernel, recurrent_kernel]), 3, axis=1)
    old = np.concatenate([r, z], axis=1), g
    got = gru_kernels_from_tensorflow1(*old)
    np.testing.assert_array_equal(got[0], kernel)
    np.testing.assert_array_equal(got[1], recurrent_kernel)
    with pytest.raises(ValueError, match=r"gates_kernel has shape \(8, 5\), expected \(features\+units, 2\*units\)"):
        gru_kernels_from_tensorflow1(*old[::-1])
    with pytest.raises(ValueError, match=r"without those of the state is 0, expected a whole number of at least 1"):
        gru_kernels_from_tensorflow1(old[0][-UNITS:], old[1][-UNITS:])


def test_dropout_keeps_the_mean_and_the_share():
    values, noise = RNG.uniform(1, 2, size=200_000), RNG.random(200_000)
    for rate in (0.1, 0.5, 0.8):
        dropped = rnncourse.dropout(values, rate, noise)
        assert np.mean(dropped == 0) == pytest.approx(rate, abs=0.01)
        assert dropped.mean() == pytest.approx(values.mean(), rel=0.02)
        kept = dropped != 0
        np.testing.assert_allclose(dropped[kept], values[kept] / (1 - rate))


def test_dropout_does_to_the_kept_what_keras_and_tensorflow_1_do():
    values = RNG.uniform(1, 2, size=(40, 50)).astype("float32")
    theirs = (
        keras.layers.Dropout(0.3, seed=1)(values, training=True),
        tf.compat.v1.nn.dropout(values, rate=0.3, seed=1),
    )
    for result in map(np.asarray, theirs):
        noise = (result != 0).astype(float)  # 1 where they kept, 0 where they dropped
        np.testing.assert_allclose(rnncourse.dropout(values, 0.3, noise), result, rtol=1e-5)


def test_one_mask_for_all_the_steps_or_one_for_each():
    values = np.ones((40, 9, 30))
    shared = rnncourse.dropout(values, 0.5, RNG.random((40, 1, 30)))
    assert np.array_equal(shared, np.repeat(shared[:, :1], 9, axis=1))
    own = rnncourse.dropout(values, 0.5, RNG.random((40, 9, 30)))
    assert not np.array_equal(own[:, 0], own[:, 1])


def test_dropout_only_while_training():
    values = RNG.normal(size=(4, 5))
    assert rnncourse.dropout(values, 0.9, RNG.random((4, 5)), training=False) is values
    np.testing.assert_array_equal(rnncourse.dropout(values, 0.0, np.zeros((4, 5))), values)


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, float("nan")])
def test_dropout_refuses_a_rate_that_is_no_share(rate):
    with pytest.raises(ValueError, match="expected a share from 0 up to, but not including, 1"):
        rnncourse.dropout(np.ones(3), rate, np.ones(3))


@pytest.mark.parametrize("shape", [(4,), (5, 4), (4, 5, 1), (2, 5)])
def test_dropout_refuses_noise_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"expected \(4, 5\), or 1 in place of a shared axis"):
        rnncourse.dropout(np.ones((4, 5)), 0.5, np.ones(shape))


def test_every_public_name_is_there_and_documented():
    for name in rnncourse.__all__:
        thing = getattr(rnncourse, name)
        assert name == "__version__" or (thing.__doc__ and name in dir(rnncourse))
    with pytest.raises(AttributeError, match="No rnncourse attribute rnn_stop"):
        _ = rnncourse.rnn_stop


@pytest.mark.parametrize(
    "step", [rnncourse.lstm_step, lambda *given: rnncourse.peephole_lstm_step(*given, np.ones((3, 5)))]
)
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ((np.ones((3, 5)), 0.0), r"state\[1\] has shape \(\), expected"),
        ((np.ones((3, 5)),) * 3, r"state is of 3, expected a pair"),
        ((np.ones((3, 5)),), r"state is of 1, expected a pair"),
        (0.0, r"state is of type float, expected a pair"),
    ],
)
def test_the_state_of_an_lstm_is_a_pair(step, state, words):
    with pytest.raises(ValueError, match=words):
        step(np.ones((3, 4)), state, np.ones((4, 20)), np.ones((5, 20)), np.ones(20))


def test_pixels_as_bytes_are_the_same_numbers():
    rng = np.random.default_rng(1)
    pixels, weights = rng.integers(0, 255, size=(3, 4), dtype=np.uint8), rng.integers(-9, 9, size=(4, 5), dtype=np.int8)
    state, recurrent, bias = np.zeros((3, 5)), np.eye(5), np.zeros(5)
    np.testing.assert_array_equal(
        rnncourse.rnn_step(pixels, state, weights, recurrent, bias),
        rnncourse.rnn_step(pixels.astype(float), state, weights.astype(float), recurrent, bias),
    )
    assert rnncourse.sigmoid(np.array([200], np.uint8)).tolist() == [1.0]


def test_a_forget_bias_for_any_number_of_steps():
    assert rnncourse.forget_bias_for(1e20) == pytest.approx(np.log(1e20 / np.log(2)))
    assert rnncourse.forget_bias_for(1e-5) == pytest.approx(np.log(0.5) * 1e5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rnncourse.dropout([1.0], "much", [0.5]), "rate is 'much', expected a share"),
        (lambda: rnncourse.dropout(["a"], 0.5, [0.5]), "values has dtype .*, expected numbers"),
        (lambda: rnncourse.steps_remembered("w"), "w_h is 'w', expected 0 <"),
        (lambda: rnncourse.steps_remembered(0.5, np.array([0.1, 0.2])), "threshold is .*, expected a share"),
        (lambda: rnncourse.forget_bias_for(np.inf), "steps is inf, expected a number above 0"),
        (lambda: rnncourse.sigmoid("x"), "x has dtype .*, expected numbers"),
    ],
)
def test_what_is_no_number_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_the_counter_counts():
    letters = np.eye(2)[[0, 0, 0, 1, 1, 0, 1, 1, 1, 1]]
    stored = rnncourse.lstm_trace(letters[None], *rnncourse.counter_weights())["c"][0, :, 0]
    np.testing.assert_allclose(stored / np.tanh(1), [1, 2, 3, 2, 1, 2, 1, 0, -1, -2], atol=1e-6)


def test_remember_keeps_nine_tenths():
    assert rnncourse.remember(2.0, -3.0) == pytest.approx(1.5)
    assert rnncourse.remember(np.float32(1), np.array(1.0)) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="state"):
        rnncourse.remember([1.0, 2.0], 3.0)


def test_the_latch_keeps_the_last_marked_sign():
    inputs = np.array([[0.5, 1], [-0.9, 0], [-0.3, 1], [0.8, 0], [1, 0], [0.2, 1]])
    state, said = np.zeros((1, 1)), []
    for x in inputs:
        state = rnncourse.gru_step(x[None], state, *rnncourse.latch_weights())
        said.append(bool(state[0, 0] > 0))
    assert said == [True, True, False, False, False, True]
