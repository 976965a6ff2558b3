"""Generating: the loop in the graph says what the loop in Python says; draws are fair; counts are right."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.generating import (
    curve_generator,
    free_run,
    interleave,
    pick,
    separate,
    softmax_with_temperature,
    token_generator,
)
from rnncourse.text import bits_per_character, counted_bits, cut_windows, encode_text, letters_of


@pytest.fixture(scope="module")
def writer():
    """An untrained writer of seven tokens with lively logits."""
    keras.utils.set_random_seed(2)
    model = rnncourse.token_model(7, units=9, embedding=4)
    model.set_weights([3 * weight for weight in model.get_weights()])
    return model


def test_the_curve_in_the_graph_is_the_curve_in_python():
    keras.utils.set_random_seed(1)
    model = rnncourse.forecaster(units=6)
    cell, projection = model.get_layer("reader").cell, model.get_layer("projection")
    windows = rnncourse.random_windows(3, seed=1).inputs

    def step(x, state):
        output, state = cell(x, state)
        return projection(output).numpy(), state

    generate = curve_generator(model)
    for steps in (1, 2, 25):
        expected = rnncourse.continue_series(step, windows, cell.get_initial_state(batch_size=3), steps)
        assert expected.shape == (3, steps, 1)
        np.testing.assert_allclose(generate(windows, steps), expected, rtol=1e-4, atol=1e-5)
    first = rnncourse.network_forecast(model, windows)[:, -1]
    np.testing.assert_allclose(generate(windows, 1)[:, 0], first, rtol=1e-4, atol=1e-5)


def test_one_graph_serves_every_window_and_every_number_of_steps(monkeypatch):
    traced = []
    loop = rnncourse.tensorflow_unrolling.dynamic_rnn
    monkeypatch.setattr(
        rnncourse.tensorflow_unrolling, "dynamic_rnn", lambda *given: traced.append(given) or loop(*given)
    )
    model = rnncourse.forecaster(units=3)
    generate = curve_generator(model)
    for batch, time, steps in ((1, 20, 5), (2, 20, 300), (1, 7, 2)):
        assert generate(np.ones((batch, time, 1)), steps).shape == (batch, steps, 1)
    assert len(traced) == 1


def test_generators_of_any_dtype(policy):
    keras.utils.set_random_seed(2)
    model, windows = rnncourse.forecaster(units=6), np.random.default_rng(3).normal(size=(2, 20, 1))
    made = curve_generator(model)(windows, 4)
    assert made.dtype == ("float64" if policy == "float64" else "float32")
    stream = windows
    for _ in range(4):
        stream = np.concatenate([stream, rnncourse.network_forecast(model, stream[:, -20:])[:, -1:]], axis=1)
    np.testing.assert_allclose(made[:, 0], stream[:, 20], atol=0.05)
    writer = rnncourse.token_model(7, units=9, embedding=4)
    write, prompt = token_generator(writer), np.array([[1, 4, 2]], np.uint8)
    likeliest = np.argmax(np.asarray(writer(prompt)).astype(float)[:, -1], axis=-1)
    np.testing.assert_array_equal(write(prompt, 3, temperature=0)[:, 0], likeliest)
    np.testing.assert_array_equal(write(prompt, 5, seed=3), write(prompt, 5, seed=3))


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64", "uint8"])
def test_a_curve_goes_on_from_numbers_of_any_dtype(dtype):
    keras.utils.set_random_seed(2)
    generate = curve_generator(rnncourse.forecaster(units=6))
    windows = np.random.default_rng(3).integers(0, 4, size=(2, 5, 1))
    np.testing.assert_array_equal(generate(windows.astype(dtype), 3), generate(windows.astype("float32"), 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda write, go_on: write(np.zeros((0, 3), int), 2), r"prompt has shape \(0, 3\), expected at least one row"),
        (lambda write, go_on: write(np.zeros((1, 0), int), 2), r"prompt has shape \(1, 0\), expected at least one row"),
        (lambda write, go_on: write([[1.0]], 2), "prompt has dtype float64, expected whole numbers"),
        (lambda write, go_on: write([[9]], 2), "prompt has numbers from 9 to 9, expected 0 to 6"),
        (lambda write, go_on: write([[-1]], 2), "prompt has numbers from -1 to -1, expected 0 to 6"),
        (lambda write, go_on: write([[1]], 2, float("nan")), "temperature is nan, expected at least 0"),
        (lambda write, go_on: write([[1]], 2, seed=0.5), "seed is 0.5, expected a whole number"),
        (lambda write, go_on: go_on(np.ones((2, 3, 2)), 2), r"windows has shape \(2, 3, 2\), expected \(batch, ti"),
        (lambda write, go_on: go_on(np.ones((2, 0, 1)), 2), r"windows has shape \(2, 0, 1\), expected at least one"),
        (lambda write, go_on: go_on(np.ones((0, 3, 1)), 2), r"windows has shape \(0, 3, 1\), expected at least one"),
        (lambda write, go_on: go_on(np.ones((2, 3, 1)), 0), "steps is 0, expected a whole number"),
        (lambda write, go_on: curve_generator(rnncourse.forecaster(3, "none")), "no layer called 'projection'"),
        (lambda write, go_on: token_generator(rnncourse.forecaster(3)), "no layer called 'embedding'"),
    ],
)  # fmt: skip
def test_generators_name_what_they_cannot_go_on_from(writer, call, message):
    with pytest.raises(ValueError, match=message):
        call(token_generator(writer), curve_generator(rnncourse.forecaster(3)))


def test_a_cold_writer_takes_the_likeliest_again_and_again(writer):
    prompt = np.array([[1, 4, 2], [6, 0, 3]])
    made = token_generator(writer)(prompt, 12, temperature=0)
    stream = prompt
    for _ in range(12):
        likeliest = np.argmax(np.asarray(writer(stream))[:, -1], axis=-1)
        stream = np.concatenate([stream, likeliest[:, None]], axis=1)
    np.testing.assert_array_equal(made, stream[:, 3:])


def test_draws_follow_the_probabilities_and_the_seed(writer):
    write = token_generator(writer)
    prompt = np.tile([[1, 4, 2]], (4000, 1))
    first = write(prompt, 2, temperature=0.7, seed=5)
    np.testing.assert_array_equal(first, write(prompt, 2, temperature=0.7, seed=5))
    assert not np.array_equal(first, write(prompt, 2, temperature=0.7, seed=6))
    expected = softmax_with_temperature(np.asarray(writer(prompt[:1]))[:, -1], 0.7)[0]
    np.testing.assert_allclose(np.bincount(first[:, 0], minlength=7) / 4000, expected, atol=0.03)
    chosen = int(np.argmax(expected))  # the second token depends on the first: it was read
    after = softmax_with_temperature(np.asarray(writer(np.array([[1, 4, 2, chosen]])))[:, -1], 0.7)[0]
    rows = first[first[:, 0] == chosen, 1]
    np.testing.assert_allclose(np.bincount(rows, minlength=7) / len(rows), after, atol=0.05)


def test_the_darts_hit_as_often_as_they_should():
    probabilities = np.array([0.1, 0.0, 0.6, 0.3])
    numbers = (np.arange(1000) + 0.5) / 1000
    hits = np.bincount([pick(probabilities, number) for number in numbers], minlength=4)
    assert hits.tolist() == [100, 0, 600, 300]
    assert pick(np.full(10, 0.1), np.nextafter(1, 0)) == 9  # whose running sum ends just below 1


def test_softmax_with_temperature_is_tensorflows_and_has_its_limits():
    logits = np.random.default_rng(0).normal(size=(4, 5)) * 3
    for temperature in (0.3, 1.0, 7.0):
        np.testing.assert_allclose(softmax_with_temperature(logits, temperature), tf.nn.softmax(logits / temperature))
    np.testing.assert_allclose(softmax_with_temperature(logits, 1e9), 0.2, atol=1e-6)
    np.testing.assert_allclose(softmax_with_temperature(logits, 1e-4).max(axis=1), 1)


def test_a_chorale_is_a_stream_and_back():
    chorale = np.arange(12).reshape(3, 4)
    assert interleave(chorale).tolist() == list(range(12))
    np.testing.assert_array_equal(separate(np.arange(14)), chorale)


def test_free_run_returns_the_first_value_first():
    values, last = free_run(lambda x, n: (2 * x, n + 1), tf.constant([1, 3]), tf.constant(0), 4)
    assert values.numpy().tolist() == [[1, 2, 4, 8], [3, 6, 12, 24]]
    assert int(last) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.continue_series(None, np.ones((2, 0, 1)), None, 3), "expected at least one step of time"),
        (lambda: rnncourse.continue_series(None, np.ones((2, 3, 1)), None, 0), "steps is 0, expected a whole number"),
        (lambda: softmax_with_temperature(np.ones((1, 2)), 0), "temperature is 0, expected a number above 0"),
        (lambda: pick(np.ones(1), 1.0), "number is 1.0, expected at least 0 and less than 1"),
        (lambda: token_generator(rnncourse.token_model(3))([[0]], 2, -1), "temperature is -1, expected at least 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_writer_beats_counting_pairs_on_a_text_it_has_not_seen():
    text = rnncourse.load_docs_text()[:60_000]
    letters = letters_of(text)
    tokens = encode_text(text, letters)
    learn, test = tokens[:55_000], tokens[55_000:]
    keras.utils.set_random_seed(0)
    inputs, targets = cut_windows(learn, 32)
    model = rnncourse.token_model(len(letters), units=64)
    recipe = rnncourse.recipe_optimizer(3 * (len(inputs) // 16), peak=1e-2)
    rnncourse.fit(model, inputs, targets, epochs=3, optimizer=recipe, batch_size=16, metrics=())
    pieces, wanted = cut_windows(test, 32)
    logits = np.asarray(model(pieces)).reshape(-1, len(letters))
    bits = bits_per_character(softmax_with_temperature(logits, 1.0), wanted.reshape(-1))
    assert bits < counted_bits(learn, test, len(letters), 1) - 0.1


def test_a_class_of_probability_0_is_never_picked():
    almost_1 = np.nextafter(1, 0)
    for dtype in (np.float16, np.float32, np.float64):
        assert pick(np.array([0, 1], dtype), 0.99999999) == 1
        assert pick(np.array([0, 0, 1, 0], dtype), almost_1) == 2
        assert pick(np.array([0, 0, 1, 0], dtype), 0.0) == 2
    level = np.full(5000, 1 / 5000, np.float16)
    assert [pick(level, (k + 0.5) / 5000) for k in (0, 2180, 4999)] == [0, 2180, 4999]
    assert pick([0, 3, 1], 0.8) == 2  # whole numbers are shares too


@pytest.mark.parametrize("probabilities", [[0.0, 0.0], [np.nan, 1.0], [], [1.5, -0.5], [np.inf, 1.0]])
def test_what_are_no_probabilities_is_not_picked_from(probabilities):
    with pytest.raises(ValueError, match=r"probabilities is .*, expected finite numbers of at least 0"):
        pick(probabilities, 0.3)


@pytest.mark.filterwarnings("error")
def test_the_softmax_of_any_dtype_and_of_the_smallest_temperature():
    logits = np.array([[3, 5, 4], [0, 250, 2]], np.uint8)
    np.testing.assert_allclose(softmax_with_temperature(logits, 1), softmax_with_temperature(logits.astype(float), 1))
    for dtype in (np.float16, np.float32, np.float64):
        for temperature in (1e-9, 1e-50, 1e-320):
            cold = softmax_with_temperature(np.array([[1, 3, 2]], dtype), temperature)
            assert cold.tolist() == [[0, 1, 0]]
        wide = np.zeros((1, 70_000), dtype)  # their powers add up to more than float16 holds
        np.testing.assert_allclose(softmax_with_temperature(wide, 1.0), 1 / 70_000, rtol=1e-3)
    assert softmax_with_temperature(np.array([[0, -np.inf]]), 1.0).tolist() == [[1, 0]]


@pytest.mark.parametrize("row", [[-np.inf, -np.inf], [np.nan, 1.0], [np.inf, 1.0]])
def test_a_row_without_a_largest_logit_is_refused(row):
    with pytest.raises(ValueError, match=r"logits\[1\] has .* as its largest number, expected a finite one"):
        softmax_with_temperature([[1.0, 2.0], row], 1.0)
    with pytest.raises(ValueError, match=r"logits has shape \(2, 0\), expected at least one class"):
        softmax_with_temperature(np.ones((2, 0)), 1.0)
