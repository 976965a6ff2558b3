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
