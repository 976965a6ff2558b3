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
    separate,
    softmax_with_temperature,
    temperature_for,
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


def test_what_is_given_stands_and_is_read(writer):
    write = token_generator(writer)
    prompt, given = np.array([[1, 4, 2]]), np.array([-1, 5, -1, 0, -1])
    made = write(prompt, 5, temperature=0.0, given=given)[0]
    assert made[[1, 3]].tolist() == [5, 0]
    read = np.concatenate([prompt[0], made])
    expected = np.argmax(np.asarray(writer(read[None]))[0], axis=-1)  # at each place the likeliest after all before it
    free = np.flatnonzero(given < 0)
    np.testing.assert_array_equal(made[free], expected[len(prompt[0]) - 1 + free])
    for wrong, words in (([1, 2], "given has 2 entries, expected 5"), ([-2] * 5, "given has numbers from -2 to -2")):
        with pytest.raises(ValueError, match=words):
            write(prompt, 5, given=wrong)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.9999])
def test_at_the_temperature_found_the_likeliest_has_its_share(share):
    logits = np.random.default_rng(5).normal(size=6) * 3 + 400
    found = temperature_for(logits, share)
    assert np.max(softmax_with_temperature(logits[None], found)) == pytest.approx(share, abs=1e-9)


def test_what_a_table_may_know_of_a_note():
    chorale = np.array([[72, 67, 64, 48], [74, 67, 65, 50]])
    contexts = rnncourse.voice_contexts(chorale)
    assert contexts[0].tolist() == [0, -1, 0, -1, -1, -1]
    assert contexts[2].tolist() == [2, -1, 0, 67, 72, -1]
    assert contexts[4].tolist() == [0, 72, 1, 48, 64, 67]
    assert contexts[7].tolist() == [3, 48, 1, 65, 67, 74]


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
        (lambda: temperature_for(np.ones(4), 0.2), "share is 0.2, expected more than 0.25"),
        (lambda: temperature_for(np.ones(4), 1.0), "share is 1.0, expected more than 0.25"),
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
    assert bits < counted_bits(learn, test, len(letters), 1)[1] - 0.1


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
