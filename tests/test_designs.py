"""The weights found by thinking do what they were thought out for, where the package itself runs them."""

from __future__ import annotations

import numpy as np

import rnncourse


def test_the_echo_repeats_the_input_of_two_steps_ago():
    places = np.random.default_rng(2).choice([-1.0, 0.0, 1.0], size=(3, 15, 1))
    outputs = rnncourse.sequence_to_sequence(
        rnncourse.step_with_readout(*rnncourse.echo_weights()), places, np.zeros((3, 3))
    )
    np.testing.assert_allclose(outputs[:, 2:], places[:, :-2], atol=1e-12)


def test_the_counter_counts_thirty_ones_among_silent_steps():
    bits = np.random.default_rng(3).permutation([1] * 30 + [0] * 10)
    w_x, w_h, b, w_y, b_y = rnncourse.counting_weights()
    counts = w_y * rnncourse.run_neuron(bits, 0.0, w_x, w_h, b) + b_y
    np.testing.assert_array_equal(counts.round(), np.cumsum(bits))


def test_the_report_of_a_rise_is_above_one_half_where_0_and_then_1_has_come():
    bits = np.random.default_rng(4).integers(2, size=(3, 20)).astype(float)
    step = rnncourse.step_with_readout(*rnncourse.rise_weights())
    outputs = rnncourse.sequence_to_sequence(step, bits[:, :, None], np.zeros((3, 2)))[:, :, 0]
    rises = np.diff(bits, axis=1, prepend=1.0) == 1  # before the first bit there was no 0
    np.testing.assert_array_equal(outputs > 0.5, rises)
