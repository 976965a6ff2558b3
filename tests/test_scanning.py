"""Linear steps: the pairs, the step and the scan agree with each other, with a plain loop and with Keras's scan."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse


def loop(factors, addends, state):
    states = []
    for a, b in zip(factors, addends, strict=True):
        state = a * state + b
        states.append(state)
    return np.stack(states)


def drawn(steps=11, batch=3, features=4, units=5):
    rng = np.random.default_rng(steps)
    inputs, state = rng.normal(size=(batch, steps, features)), rng.normal(size=(batch, units))
    return inputs, state, rng.normal(size=(features, 2 * units)), rng.normal(size=2 * units)


def test_the_linear_steps_are_the_equations_of_the_paper():
    inputs, state, kernel, bias = drawn()
    z = 1 / (1 + np.exp(-(inputs[:, 0] @ kernel[:, :5] + bias[:5])))
    expected = (1 - z) * state + z * (inputs[:, 0] @ kernel[:, 5:] + bias[5:])
    np.testing.assert_allclose(rnncourse.min_gru_step(inputs[:, 0], state, kernel, bias), expected, atol=1e-12)


def test_a_min_lstm_is_a_mean_of_the_old_state_and_the_proposal():
    inputs, state, _, _ = drawn()
    rng = np.random.default_rng(4)
    kernel, bias = rng.normal(size=(4, 15)), rng.normal(size=15)
    a, b = (part[:, 0] for part in rnncourse.min_lstm_steps(inputs, kernel, bias))
    f, i = (1 / (1 + np.exp(-(inputs[:, 0] @ kernel[:, n : n + 5] + bias[n : n + 5]))) for n in (0, 5))
    proposal = inputs[:, 0] @ kernel[:, 10:] + bias[10:]
    np.testing.assert_allclose(a * state + b, (f * state + i * proposal) / (f + i), atol=1e-12)
    np.testing.assert_allclose(a * proposal + b, proposal, atol=1e-12)  # the mean of two that are alike


def test_many_steps_at_once_are_one_step_after_the_other():
    inputs, state, kernel, bias = drawn()
    factors, addends = (np.swapaxes(part, 0, 1) for part in rnncourse.linear_steps(inputs, kernel, bias))
    for a, b, x in zip(factors, addends, rnncourse.unpack_sequence(inputs), strict=True):
        after = rnncourse.min_gru_step(x, state, kernel, bias)
        np.testing.assert_allclose(after, a * state + b, atol=1e-12)
        state = after


def test_two_steps_together_do_what_both_do():
    rng = np.random.default_rng(1)
    earlier, later = ((rng.normal(size=(3, 2)), rng.normal(size=(3, 2))) for _ in range(2))
    h = rng.normal(size=(3, 2))
    a, b = rnncourse.combine_steps(earlier, later)
    np.testing.assert_allclose(a * h + b, later[0] * (earlier[0] * h + earlier[1]) + later[1], atol=1e-12)


def test_the_grouping_of_three_steps_does_not_matter_and_their_order_does():
    rng = np.random.default_rng(2)
    x, y, z = ((rng.normal(size=4), rng.normal(size=4)) for _ in range(3))
    combine = rnncourse.combine_steps
    np.testing.assert_allclose(combine(combine(x, y), z), combine(x, combine(y, z)), atol=1e-12)
    assert np.abs(combine(x, y)[1] - combine(y, x)[1]).max() > 0.1


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 8, 9, 100])
def test_the_scan_gives_the_states_of_the_loop(steps):
    inputs, state, kernel, bias = drawn(steps)
    factors, addends = (np.swapaxes(part, 0, 1) for part in rnncourse.linear_steps(inputs, kernel, bias))
    all_factors, all_addends = rnncourse.prefix_scan(rnncourse.combine_steps, factors, addends)
    np.testing.assert_allclose(all_factors * state + all_addends, loop(factors, addends, state), atol=1e-10)


@pytest.mark.parametrize(("steps", "rounds"), [(1, 0), (2, 1), (8, 3), (9, 4), (1000, 10)])
def test_the_scan_takes_as_many_rounds_as_the_length_has_binary_digits(steps, rounds):
    calls = []

    def counted(earlier, later):
        calls.append(len(earlier[0]))
        return rnncourse.combine_steps(earlier, later)

    rnncourse.prefix_scan(counted, np.ones(steps), np.ones(steps))
    assert len(calls) == rounds


def test_the_scan_is_that_of_keras():
    rng = np.random.default_rng(3)
    steps = rng.uniform(-1, 1, size=(21, 2)), rng.normal(size=(21, 2))

    def combine(earlier, later):
        return later[0] * earlier[0], later[0] * earlier[1] + later[1]

    for ours, theirs in zip(
        rnncourse.prefix_scan(rnncourse.combine_steps, *steps), keras.ops.associative_scan(combine, steps), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones(0), np.ones(0)), "factors has shape"),
        ((np.ones(3), np.ones(4)), "factors and addends have shapes"),
        ((np.float64(1), np.ones(4)), "factors and addends have shapes"),
    ],
)
def test_what_is_no_sequence_of_steps_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.prefix_scan(rnncourse.combine_steps, *arguments)


def test_what_is_no_pair_of_one_shape_is_refused():
    with pytest.raises(ValueError, match="earlier is"):
        rnncourse.combine_steps(np.ones(3), (np.ones(3), np.ones(3)))
    with pytest.raises(ValueError, match="expected one shape"):
        rnncourse.combine_steps((np.ones(3), np.ones(3)), (np.ones(3), np.ones(4)))
