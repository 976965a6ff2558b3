"""Chapter 16, "Then and now": what makes an experiment honest is the same in PyTorch."""

from __future__ import annotations

import copy

import keras
import numpy as np
import pytest

import rnncourse

torch = pytest.importorskip("torch")


def test_parameters_are_counted_alike():
    model = torch.nn.LSTM(3, 4)
    ours = keras.layers.LSTM(4)
    ours.build((None, 5, 3))
    counted = sum(p.numel() for p in model.parameters())
    assert counted == ours.count_params() + 16, "PyTorch keeps a second bias"


def test_a_seed_is_set_before_the_model_is_made():
    seed = 3
    weights = []
    for _ in range(2):
        torch.manual_seed(seed)
        weights.append(torch.nn.GRU(3, 4).weight_hh_l0.detach().numpy())
    np.testing.assert_array_equal(*weights)


def test_a_part_is_a_subset_of_the_windows():
    series = torch.arange(20.0)
    windows = series.unfold(0, 5, 1)  # four values read, one to forecast
    train, _, test = rnncourse.cut_in_time(20, 4, 1, 10, 15)
    learnt = torch.utils.data.Subset(windows, train.tolist())
    assert max(float(window[-1]) for window in learnt) == 9
    assert min(float(windows[start][-1]) for start in test) == 15


def test_the_best_weights_are_kept_by_a_copy():
    model = torch.nn.Linear(2, 1)
    best = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        model.weight.add_(1.0)
    model.load_state_dict(best)
    np.testing.assert_array_equal(model.weight.detach().numpy(), best["weight"].numpy())
