"""Text as whole numbers, and back; windows; and bits per character, counted with loops and with numbers."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse.generating import softmax_with_temperature
from rnncourse.text import bits_per_character, counted_bits, cut_windows, decode_text, encode_text, letters_of


def test_bits():
    assert bits_per_character(np.full((5, 8), 1 / 8), np.arange(5)) == 3
    logits, targets = np.random.default_rng(1).normal(size=(6, 4)), np.array([0, 3, 1, 1, 2, 0])
    nats = rnncourse.cross_entropy(logits, targets)
    assert bits_per_character(softmax_with_temperature(logits, 1.0), targets) == pytest.approx(nats / np.log(2))


@pytest.mark.parametrize("context", [0, 1, 2])
def test_counting_is_counting(context):
    rng = np.random.default_rng(context)
    learn, test = rng.integers(3, size=60), rng.integers(3, size=40)
    total = 0.0
    for place in range(context, len(test)):
        before = tuple(test[place - context : place])
        seen = [learn[i] for i in range(context, len(learn)) if tuple(learn[i - context : i]) == before]
        total -= np.log2((seen.count(test[place]) + 1) / (len(seen) + 3))
    assert counted_bits(learn, test, 3, context) == pytest.approx(total / (len(test) - context))


def test_a_context_that_was_never_seen_is_level():
    assert counted_bits(np.zeros(9, dtype=int), np.array([2, 1, 2, 1]), 4, context=1) == 2


def test_text_goes_to_numbers_and_back():
    letters = letters_of("to be or not to be")
    assert letters == " benort"
    tokens = encode_text("not a bore".replace("a", "to"), letters)
    assert tokens.dtype == np.int32
    assert decode_text(tokens, letters) == "not to bore"
    with pytest.raises(ValueError, match=r"text\[3\] is 'x', expected one of the 7 letters: ' benort'"):
        encode_text("botx", letters)


def test_windows_lie_side_by_side_and_targets_one_further():
    inputs, targets = cut_windows(np.arange(11), 3)
    assert inputs.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert targets.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    with pytest.raises(ValueError, match="tokens has 3 entries, expected at least 4"):
        cut_windows(np.arange(3), 3)


def test_fewer_than_two_classes_are_refused():
    with pytest.raises(ValueError, match="classes is 1, expected a whole number"):
        counted_bits(np.ones(3, int), np.ones(3, int), 1)


@pytest.mark.parametrize("wrong", [-1, 3, 0.5])
def test_a_token_that_stands_for_nothing_is_refused(wrong):
    probabilities = np.full((2, 3), 1 / 3)
    for name, call in (
        ("targets", lambda: bits_per_character(probabilities, [0, wrong])),
        ("tokens", lambda: decode_text([0, wrong], "abc")),
        ("learn", lambda: counted_bits([0, wrong], [0, 1], 3)),
        ("test", lambda: counted_bits([0, 1], [0, wrong], 3)),
    ):
        with pytest.raises(ValueError, match=f"{name} has .*, expected .*whole numbers"):
            call()


def test_a_stream_has_more_tokens_than_the_context():
    with pytest.raises(ValueError, match="test has 2 tokens, expected more than the 2 of a context"):
        counted_bits([0, 1, 2, 0], [0, 1], 3, context=2)
    with pytest.raises(ValueError, match="learn has 0 tokens, expected more than the 0 of a context"):
        counted_bits([], [0, 1], 3)
    with pytest.raises(ValueError, match="context is 10, expected fewer tokens: 100 classes make too many contexts"):
        counted_bits(np.arange(50), np.arange(50), 100, context=10)


def test_who_gave_0_to_what_came_has_no_end_of_bits():
    assert bits_per_character([[1, 0], [0.5, 0.5]], [1, 0]) == np.inf
    with pytest.raises(ValueError, match="probabilities has a number that is negative or NaN"):
        bits_per_character([[1.5, -0.5]], [0])
    with pytest.raises(ValueError, match=r"probabilities has shape \(0, 3\), expected at least one row"):
        bits_per_character(np.ones((0, 3)), [])
