"""Recipes for training: the schedule, the clipping, the tidy line; and the network of the digits."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from rnncourse.training import (
    accuracy,
    early_stopping,
    fit,
    random_shift,
    recipe_optimizer,
    show_progress,
    tape_epoch,
    warm_up_cosine,
)


def test_the_schedule_rises_in_a_line_and_falls_along_a_cosine():
    rates = [warm_up_cosine(step, 100, 10, 2e-3) for step in range(101)]
    assert rates[0] == 0
    assert rates[5] == pytest.approx(1e-3)
    assert rates[10] == max(rates) == 2e-3
    assert rates[55] == pytest.approx(1e-3)
    assert rates[100] == pytest.approx(0, abs=1e-18)
    assert rates[32] == pytest.approx(2e-3 * (1 + np.cos(np.pi * 22 / 90)) / 2)


@pytest.mark.parametrize("steps", [10, 37, 1101])
def test_the_optimizer_follows_the_schedule_and_clips(steps):
    optimizer = recipe_optimizer(steps, peak=3e-3, limit=0.5)
    assert optimizer.global_clipnorm == 0.5
    rate = optimizer._learning_rate  # a schedule; .learning_rate is its present value
    for step in {0, 1, steps // 10, steps // 2, steps - 1, steps}:
        expected = warm_up_cosine(step, steps, max(1, steps // 10), 3e-3)
        assert float(rate(step)) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_the_schedule_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match="warm_up is 0, expected 1 to 99"):
        warm_up_cosine(3, 100, 0)
    with pytest.raises(ValueError, match="warm_up is 100"):
        warm_up_cosine(3, 100, 100)
    with pytest.raises(ValueError, match="step is 101, expected 0 to 100"):
        warm_up_cosine(101, 100, 10)
    with pytest.raises(ValueError, match="steps is 9, expected a whole number of at least 10"):
        recipe_optimizer(9)


def test_fit_learns_leaves_one_line_and_returns_plain_numbers(capfd):
    keras.utils.set_random_seed(0)
    inputs = np.random.default_rng(0).normal(size=(300, 4)).astype("f4")
    targets = (inputs[:, 0] > 0).astype(int)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    history = fit(
        model, inputs, targets, epochs=3, optimizer=keras.optimizers.Adam(0.05), batch_size=20,
        validation=(inputs[:50], targets[:50]),
    )  # fmt: skip
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(type(value) is float for values in history.values() for value in values)
    assert history["loss"][2] < history["loss"][0]
    assert history["val_accuracy"][-1] == pytest.approx(accuracy(model, inputs[:50], targets[:50]), abs=1e-6)
    out, error = capfd.readouterr()
    assert error == ""
    assert out.count("\n") == 1
    *drawn, blank, last = out.rstrip("\n").split("\r")
    told = f" · loss ≈ {history['loss'][-1]:.4g} · validation accuracy ≈ {history['val_accuracy'][-1]:.4g}"
    assert last == "█" * 20 + " epoch 3 of 3" + told
    assert len(blank) == max(map(len, drawn))  # nothing of the longer lines stays beside the last one
    assert drawn[1].rstrip() == "░" * 20 + " epoch 1 of 3"
    curve, losses = zip(*((line[:19].rstrip("░"), float(line.split("loss ")[1])) for line in drawn[2:]), strict=True)
    assert [len(bar) for bar in curve] == list(range(1, 20))
    assert curve[-1][losses.index(max(losses))] == "█"
    assert curve[-1][losses.index(min(losses))] == "▁"
    assert sum(losses[:6]) / 6 == pytest.approx(history["loss"][0], rel=0.1)  # about a third of 20 blocks


def test_the_line_of_progress_draws_a_loss_that_is_no_number(capsys):
    show_progress(2.5, 5, [3.0, 1.0, math.inf, math.nan, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0])
    assert capsys.readouterr().out.strip() == "█▁xx▅▅▅▅▅▁" + "░" * 10 + " epoch 3 of 5, loss 1"
    show_progress(1, 20, [4.0])
    assert capsys.readouterr().out.strip() == "█" + "░" * 19 + " epoch 2 of 20, loss 4"


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ({"accuracy": 0.5, "loss": 0.123456}, " · loss ≈ 0.1235"),
        ({"loss": 1.5e-5, "val_loss": 2e-5}, " · loss ≈ 1.5e-05 · validation loss ≈ 2e-05"),
        ({"loss": 2, "bits_per_letter": 3, "val_bits_per_letter": 4, "val_loss": 5, "val_more": 6},
         " · loss ≈ 2 · validation bits per letter ≈ 4"),
        ({"loss": math.nan}, " · loss ≈ nan"),
        ({}, ""),
    ],
)  # fmt: skip
def test_the_last_line_tells_the_loss_and_the_score_on_the_validation_part(capsys, scores, told):
    show_progress(4, 4, scores=scores)
    assert capsys.readouterr().out.split("\r")[-1] == "█" * 20 + f" epoch 4 of 4{told}\n"


def test_a_training_that_is_stopped_early_says_so(capsys):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    early = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=1e9)
    fit(model, np.ones((9, 1)), np.ones(9), epochs=7, optimizer="sgd", loss="mse", metrics=(), callbacks=[early])
    assert " stopped early, after epoch ≈ 2 of 7 · loss ≈ " in capsys.readouterr().out


def test_fit_refuses_inputs_without_targets():
    with pytest.raises(ValueError, match="3 inputs and 2 targets"):
        fit(None, np.zeros((3, 1)), np.zeros(2), epochs=1, optimizer="adam")
    with pytest.raises(ValueError, match="5 inputs and 4 targets"):
        fit(None, (np.zeros((4, 1)), np.zeros((5, 2))), np.zeros(4), epochs=1, optimizer="adam")


def test_fit_takes_several_inputs_in_a_tuple():
    keras.utils.set_random_seed(0)
    left, right = np.random.default_rng(0).normal(size=(2, 200, 1)).astype("f4")
    inputs = [keras.Input((1,)) for _ in range(2)]
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(inputs)))
    history = fit(
        model, (left, right), left - 2 * right, epochs=20, optimizer=keras.optimizers.Adam(0.1), batch_size=20,
        loss="mse", metrics=(),
    )  # fmt: skip
    assert history["loss"][-1] < 1e-3
    np.testing.assert_allclose(model.get_weights()[0][:, 0], [1, -2], atol=0.05)


def test_accuracy_counts_right_answers():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("linear")])
    logits = np.array([[0.1, 0.9, 0], [5, 1, 1], [0, 0, 2], [3, 1, 2]], dtype="f4")
    assert accuracy(model, logits, np.array([1, 0, 1, 0])) == 0.75


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([[1], [0]]), r"labels has shape \(2, 1\), expected \(batch,\)"),
        (np.array([1, 0, 1]), "2 inputs and 3 labels, expected as many of both"),
        (np.array([], int), "2 inputs and 0 labels"),
    ],
)
def test_accuracy_wants_a_label_for_each_instance(labels, message):
    """A column of labels would be compared with every row, and the share be wrong without a word."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("linear")])
    with pytest.raises(ValueError, match=message):
        accuracy(model, np.eye(3, dtype="f4")[:2], labels)


def test_accuracy_wants_something_in_each_instance():
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.SimpleRNN(4)])
    with pytest.raises(ValueError, match=r"inputs has shape \(2, 0, 3\), expected at least one number in each"):
        accuracy(model, np.zeros((2, 0, 3)), [1, 2])


def test_accuracy_of_a_network_of_any_dtype(policy):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Activation("linear")])
    assert accuracy(model, np.array([[0.1, 0.9, 0], [5, 1, 1]]), [1, 2]) == 0.5


def test_a_shift_moves_the_whole_batch_alike_and_moves_zeros_in():
    images = np.random.default_rng(3).uniform(1, 2, size=(3, 5, 7))
    framed = np.pad(images, [(0, 0), (2, 2), (2, 2)])
    possible = {(r, c): framed[:, r : r + 5, c : c + 7] for r in range(5) for c in range(5)}
    seen = set()
    for _ in range(400):
        moved = random_shift(images, most=2).numpy()
        assert moved.shape == images.shape
        assert moved.dtype == images.dtype
        seen |= {shift for shift, expected in possible.items() if np.array_equal(moved, expected)}
    assert seen == set(possible)


def test_a_shift_refuses_what_is_no_batch_of_images():
    with pytest.raises(ValueError, match=r"images has shape \(5, 7\), expected \(batch, rows, columns\)"):
        random_shift(np.ones((5, 7)))
    with pytest.raises(ValueError, match="most is 0"):
        random_shift(np.ones((2, 5, 7)), most=0)


def test_fit_changes_the_inputs_of_each_batch_and_keeps_each_target_with_its_input():
    keras.utils.set_random_seed(0)
    inputs = np.random.default_rng(0).normal(size=(40, 4)).astype("f4")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    history = fit(
        model, inputs, 3 * inputs.sum(axis=1, keepdims=True), epochs=1, optimizer=keras.optimizers.SGD(0.0),
        loss="mse", metrics=(), batch_size=7, augment=lambda batch: 3 * batch,
    )  # fmt: skip
    assert history["loss"][0] == pytest.approx(0, abs=1e-9)  # three times the inputs, and the targets three times
    later = model.fit(inputs, inputs.sum(axis=1, keepdims=True), verbose=0)  # nothing is changed any more
    assert later.history["loss"][0] == pytest.approx(0, abs=1e-9)


def a_small_reader():
    keras.utils.set_random_seed(3)
    layers = keras.layers.SimpleRNN(4, unroll=True), keras.layers.Dense(3)
    return keras.Sequential([keras.Input((5, 2)), *layers])


def test_an_epoch_by_the_tape_is_one_of_keras_without_shuffling():
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(10, 5, 2)).astype("float32"), rng.integers(0, 3, size=10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ours, theirs = a_small_reader(), a_small_reader()
    costs = tape_epoch(ours, loss, keras.optimizers.Adam(0.01), inputs, targets, batch_size=4)
    theirs.compile(keras.optimizers.Adam(0.01), loss)
    told = theirs.fit(inputs, targets, batch_size=4, shuffle=False, verbose=0)
    for own, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, atol=1e-6)
    assert len(costs) == 3
    assert np.average(costs, weights=[4, 4, 2]) == pytest.approx(told.history["loss"][0], abs=1e-5)


def test_an_epoch_by_the_tape_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="There are 3 inputs and 2 targets, expected as many of each"):
        tape_epoch(None, None, None, np.zeros((3, 1)), np.zeros(2), 2)
    with pytest.raises(ValueError, match="batch_size is 0, expected a whole number of at least 1"):
        tape_epoch(None, None, None, np.zeros((3, 1)), np.zeros(3), 0)


@pytest.mark.parametrize("patience", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_early_stopping_stops_where_keras_does_and_keeps_the_same_epoch(patience, seed):
    """Keras's callback, told the same costs; the weights of an epoch are its number."""
    costs = np.abs(np.linspace(-1, 1.5, 15)) + 0.3 * np.random.default_rng(seed).random(15)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    callback = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
    callback.set_model(model)
    callback.on_train_begin()
    model.stop_training = False
    for epoch, cost in enumerate(costs):
        model.set_weights([np.array([[epoch]])])
        callback.on_epoch_end(epoch, {"val_loss": cost})
        if model.stop_training:
            break
    callback.on_train_end()
    assert early_stopping(list(costs), patience) == (epoch, callback.best_epoch)
    if model.stop_training:
        assert model.get_weights()[0].item() == callback.best_epoch


def test_early_stopping_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match="patience is 0, expected"):
        early_stopping([0.3], 0)
    with pytest.raises(ValueError, match="costs is empty"):
        early_stopping([], 3)
