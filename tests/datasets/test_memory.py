"""The made sequences: the answer is what it says it is, and cannot be had without memory, or not before the end."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rnncourse.datasets.memory import (
    ADDING_BLIND_ERROR,
    SWITCH_NOISE,
    SWITCH_STAYS,
    make_adding,
    make_key_values,
    make_recall,
    make_switch,
    switch_probabilities,
)


@pytest.mark.parametrize("steps", [4, 10, 57, 200])
def test_adding_marks_two_numbers_early_and_asks_for_their_sum(steps):
    inputs, targets = make_adding(500, steps, seed=3)
    assert inputs.shape == (500, steps, 2)
    assert targets.shape == (500, 1)
    assert inputs.dtype == targets.dtype == np.float32
    marks = inputs[:, :, 1]
    assert set(np.unique(marks)) == {0, 1}
    np.testing.assert_array_equal(marks.sum(axis=1), 2)
    assert not marks[:, steps // 2 :].any()
    assert marks[:, : max(1, steps // 10)].any(axis=1).all()
    np.testing.assert_allclose((inputs[:, :, 0] * marks).sum(axis=1, keepdims=True), targets, rtol=1e-6)


def test_the_blind_error_of_adding():
    _, targets = make_adding(40_000, 20, seed=1)
    assert np.mean((targets - 1) ** 2) == pytest.approx(ADDING_BLIND_ERROR, rel=0.03)


def test_recall_shows_the_symbol_once_and_then_noise():
    inputs, targets = make_recall(600, 30, classes=3, seed=5)
    assert inputs.shape == (600, 30, 4)
    assert inputs.dtype == np.float32
    assert targets.dtype == np.int32
    np.testing.assert_array_equal(inputs[:, 0, :3].argmax(axis=1), targets)
    np.testing.assert_array_equal(inputs[:, 0].sum(axis=1), 1)
    assert not inputs[:, 1:, :3].any()
    noise = inputs[:, 1:, 3]
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(1, abs=0.05)
    for symbol in range(3):  # the noise says nothing about the symbol
        assert abs(noise[targets == symbol].mean()) < 0.05
        assert (targets == symbol).mean() == pytest.approx(1 / 3, abs=0.07)


@pytest.mark.parametrize("make", [make_adding, make_recall, make_switch, make_key_values])
def test_a_seed_is_a_data_set(make):
    first, same, other = make(20, 9, seed=1), make(20, 9, seed=1), make(20, 9, seed=2)
    np.testing.assert_array_equal(first.inputs, same.inputs)
    np.testing.assert_array_equal(first.targets, same.targets)
    assert not np.array_equal(first.inputs, other.inputs)


def test_bad_numbers_are_named():
    with pytest.raises(ValueError, match="steps is 3, expected a whole number of at least 4"):
        make_adding(10, 3)
    with pytest.raises(ValueError, match="count is 0, expected"):
        make_recall(0, 10)
    with pytest.raises(ValueError, match="classes is 1, expected a whole number of at least 2"):
        make_recall(10, 10, classes=1)
    with pytest.raises(ValueError, match="steps is 0, expected"):
        make_switch(10, 0)
    with pytest.raises(ValueError, match="inputs has shape"):
        switch_probabilities(np.zeros((3, 4)))


def test_the_switch_is_as_lazy_and_its_sensor_as_noisy_as_is_said():
    inputs, targets = make_switch(4000, 30, seed=2)
    assert (inputs.dtype, targets.dtype) == (np.float32, np.int32)
    assert np.mean(targets[:, 1:] == targets[:, :-1]) == pytest.approx(SWITCH_STAYS, abs=0.005)
    assert targets[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    noise = inputs[..., 0] - (2 * targets - 1)
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.std() == pytest.approx(SWITCH_NOISE, abs=0.01)


@pytest.mark.parametrize("both_ways", [False, True])
def test_what_can_be_known_of_the_switch_is_what_all_its_paths_say(both_ways):
    """Every sequence of states, with the probability of it and of the readings, added up."""
    readings = make_switch(3, 5, seed=4).inputs
    paths = np.array(list(itertools.product([0, 1], repeat=5)))
    stays = (paths[:, 1:] == paths[:, :-1]).sum(axis=1)
    prior = 0.5 * SWITCH_STAYS**stays * (1 - SWITCH_STAYS) ** (4 - stays)
    fits = np.exp(-0.5 * ((readings[:, None, :, 0] - (2 * paths - 1)) / SWITCH_NOISE) ** 2)
    for t in range(5):
        known = fits if both_ways else fits[..., : t + 1]
        weights = prior * known.prod(axis=2)
        expected = (weights * paths[:, t]).sum(axis=1) / weights.sum(axis=1)
        np.testing.assert_allclose(switch_probabilities(readings, both_ways)[:, t], expected, rtol=1e-6)


def test_readings_far_from_both_states_leave_numbers():
    assert np.isfinite(switch_probabilities(np.array([[[1e4], [-1e4], [0.0]]]))).all()


@pytest.mark.parametrize(("separate", "stride"), [(False, 1), (True, 2)])
def test_a_key_is_asked_for_and_its_value_is_the_answer(separate, stride):
    inputs, targets = make_key_values(300, 5, keys=7, values=3, steps=13, separate=separate, seed=2)
    assert inputs.shape == (300, 13, 10)
    assert (inputs.dtype, targets.dtype) == (np.float32, np.int32)
    first = 12 - 5 * stride
    assert not inputs[:, :first].any()
    keys, values = inputs[:, first:-1:stride, :7], inputs[:, first + stride - 1 : -1 : stride, 7:]
    np.testing.assert_array_equal(inputs[:, :-1].sum(axis=(1, 2)), 10)  # 5 keys, 5 values, nothing else
    np.testing.assert_array_equal(keys.sum(axis=1).max(axis=1), 1)  # no key twice
    np.testing.assert_array_equal(values.sum(axis=2), 1)
    asked = inputs[:, -1, :7]
    np.testing.assert_array_equal(asked.sum(axis=1), 1)
    assert not inputs[:, -1, 7:].any()
    places = np.einsum("npk,nk->np", keys, asked)
    np.testing.assert_array_equal(np.einsum("np,npv->nv", places, values).argmax(axis=1), targets)
    assert np.all(np.abs(places.mean(axis=0) - 1 / 5) < 0.08)  # every place is asked for
    assert np.all(np.abs(np.bincount(targets) / 300 - 1 / 3) < 0.08)


def test_key_values_has_as_few_steps_as_it_can_and_refuses_fewer():
    assert make_key_values(4, 3).inputs.shape == (4, 4, 48)
    assert make_key_values(4, 3, separate=True).inputs.shape == (4, 7, 48)
    np.testing.assert_array_equal(make_key_values(4, 3, steps=6).inputs[:, 2:], make_key_values(4, 3).inputs)
    with pytest.raises(ValueError, match="steps is 6, expected a whole number of at least 7"):
        make_key_values(4, 3, separate=True, steps=6)
    with pytest.raises(ValueError, match="pairs is 9, expected at most 8, one for each of the keys"):
        make_key_values(4, 9, keys=8)
    with pytest.raises(ValueError, match="values is 1, expected"):
        make_key_values(4, 3, values=1)
