"""The square to draw in: what the page computes is what Keras computes; without a script there is a still picture."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from rnncourse.plots.digit_pad import belief_of_rows, digit_pad

from browsing import BROWSER, faults, overflow

EXAMPLES, LABELS = np.random.default_rng(0).random((3, 28, 28)).round(2), np.array([4, 0, 7])


@pytest.fixture(scope="module")
def reader():
    keras.utils.set_random_seed(1)
    layers = keras.layers.SimpleRNN(12, return_sequences=True, unroll=True), keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    model.set_weights([2 * weight + 0.1 for weight in model.get_weights()])  # biases of Keras start at 0
    return model


def probabilities(reader):
    return keras.ops.convert_to_numpy(keras.ops.softmax(reader.predict(EXAMPLES, verbose=0)))


def test_the_belief_of_rows_is_what_keras_says(reader):
    np.testing.assert_allclose(belief_of_rows(reader.get_weights(), EXAMPLES[1]), probabilities(reader)[1], atol=1e-5)


def test_a_still_picture_stands_where_no_script_runs(reader, shown):
    digit_pad(reader, EXAMPLES, LABELS)
    [bundle] = shown
    assert bundle["text/plain"].startswith("Figure: Left, a handwritten 4")
    before_the_script, _ = bundle["text/html"].split("<script>")
    assert '<img alt="Left, a handwritten 4' in before_the_script
    assert '<div class="live" hidden>' in before_the_script
    assert "@" not in before_the_script.replace("data:", "")


def test_other_networks_are_refused():
    gru = keras.Sequential([keras.Input((28, 28)), keras.layers.GRU(3), keras.layers.Dense(10)])
    with pytest.raises(ValueError, match=r"reader has weights of shapes .*expected those of SimpleRNN"):
        digit_pad(gru, EXAMPLES, LABELS)


@BROWSER
def test_the_page_reads_as_keras_does_and_what_one_draws(reader, shown, browser, tmp_path):
    digit_pad(reader, EXAMPLES, LABELS)
    file = tmp_path / "pad.html"
    body = f"<main><h1>pad</h1>{shown[0]['text/html']}</main>"
    file.write_text(f'<html lang="en"><title>pad</title>{body}</html>', "utf-8")
    page = browser.new_page(viewport={"width": 400, "height": 900})
    page.goto(file.as_uri())
    assert page.locator(".still").is_hidden()
    assert page.inner_text(".said") == "Nothing is drawn yet."
    for wanted in probabilities(reader)[:, -1]:
        page.click("button.example")
        told = json.loads(page.get_attribute(".rnncourse-digit-pad", "data-belief"))
        np.testing.assert_allclose(told, wanted, atol=2e-3)
        assert f"It reads a {int(np.argmax(wanted))} (" in page.inner_text(".said")
    box = page.locator("canvas.pad").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 170, steps=5)
    page.mouse.up()
    pixels = "[...document.querySelector('.seen').getContext('2d').getImageData(0, 0, 28, 28).data]"
    drawn = np.array(page.evaluate(pixels)).reshape(28, 28, 4)[:, :, 3]
    rows = np.flatnonzero(drawn.sum(axis=1))
    assert rows[-1] - rows[0] in (19, 20, 21)  # 20 pixels high
    assert np.abs(np.average(np.arange(28), weights=drawn.sum(axis=1)) - 13.5) < 1  # its mass in the middle
    page.click("button.clear")
    assert page.inner_text(".said") == "Nothing is drawn yet."
    assert overflow(page) == 0
    assert not faults(page)
    page.close()
