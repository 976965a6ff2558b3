"""The weights found by thinking do what they were thought out for, where the package itself runs them."""

from __future__ import annotations

import numpy as np
import pytest

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


@pytest.mark.parametrize("steps", [1, 7, 300])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.6])
def test_between_marks_is_on_from_the_first_mark_to_the_last(steps, share):
    marks = (np.random.default_rng(3).random(steps) < share).astype(float)
    forward, backward, readout = rnncourse.between_marks()
    past = rnncourse.run_neuron(marks, 0.0, *forward)
    future = rnncourse.run_neuron(marks[::-1], 0.0, *backward)[::-1]
    came, comes = np.maximum.accumulate(marks), np.maximum.accumulate(marks[::-1])[::-1]
    np.testing.assert_array_equal(readout @ [past, future, np.ones(steps)] > 0, came * comes > 0)


@pytest.mark.parametrize("units", [1, 2, 3, 8, 31])
def test_the_mirror_keeps_every_length(units):
    kernel = rnncourse.kernel_that_keeps(units)
    np.testing.assert_allclose(kernel @ kernel.T, np.eye(units), atol=1e-12)
    assert units < 3 or np.abs(kernel).max() < 0.95


def test_there_is_no_kernel_without_a_neuron():
    with pytest.raises(ValueError, match="units is 0, expected a whole number of at least 1"):
        rnncourse.kernel_that_keeps(0)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 7])
def test_the_fooling_language_fools_a_beam_of_its_width_and_none_that_is_wider(width):
    first, second = rnncourse.fooling_language(width)
    np.testing.assert_allclose([first.sum(), *second.sum(axis=1)], 1)
    assert min(first.min(), second.min()) >= 0
    ask = lambda tokens: np.log(np.maximum(second[tokens[0]] if tokens else first, 1e-30))  # noqa: E731
    best = rnncourse.best_first_search(ask, longest=2, end=width + 1)
    scores = [rnncourse.beam_search(ask, beam, longest=2, end=width + 1)[1] for beam in (width, width + 1)]
    assert scores[0] < best.score - 0.1
    assert scores[1] == pytest.approx(best.score)


def test_the_lookup_says_the_value_that_was_last_written_for_the_key():
    inputs = np.zeros((1, 5, 11))
    inputs[0, :, 10] = np.arange(5)
    for step, (key, value) in enumerate([(2, 0), (4, 3), (2, 1), (5, 0)]):
        inputs[0, step, [key, 6 + value]] = 1
    inputs[0, 4, 2] = 1
    outputs, weights = rnncourse.causal_attention(*(inputs @ weight for weight in rnncourse.lookup_weights()))
    assert np.argmax(outputs[0, -1]) == 1
    assert weights[0, -1, 2] > 50 * weights[0, -1, 0]
