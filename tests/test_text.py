"""Text as whole numbers, and back; windows; and bits per character, counted with loops and with numbers."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse.generating import softmax_with_temperature
from rnncourse.text import (
    auc_per_unit,
    bits_per_character,
    counted_bits,
    cut_windows,
    decode_text,
    encode_text,
    inside_quotes,
    interpolated_bits,
    interpolated_shares,
    letters_of,
    longest_copy,
)


def test_bits():
    assert bits_per_character(np.full((5, 8), 1 / 8), np.arange(5)) == 3
    logits, targets = np.random.default_rng(1).normal(size=(6, 4)), np.array([0, 3, 1, 1, 2, 0])
    nats = rnncourse.cross_entropy(logits, targets)
    assert bits_per_character(softmax_with_temperature(logits, 1.0), targets) == pytest.approx(nats / np.log(2))


def test_interpolated_shares_by_hand():
    # abracadabra: without a context a, b, c, d, r came 5, 2, 1, 1, 2 times; after an a came b, c, d, b
    bare = (np.array([5, 2, 1, 1, 2]) + 5 * 0.2) / 16
    np.testing.assert_allclose(interpolated_shares("abracadabra", "", "abcdr"), bare)
    after_a = (np.array([0, 2, 1, 1, 0]) + 3 * bare) / 7
    np.testing.assert_allclose(interpolated_shares("abracadabra", "a", "abcdr"), after_a)
    np.testing.assert_allclose(interpolated_shares("abracadabra", "za", "abcdr"), after_a)


@pytest.mark.parametrize("longest", [0, 1, 3])
def test_counted_bits_are_those_of_interpolated_shares(longest):
    rng = np.random.default_rng(longest)
    learn, test = ("".join(rng.choice(list("abbbc"), size=size)) for size in (60, 40))
    bits = counted_bits(encode_text(learn, "abcd"), encode_text(test, "abcd"), 4, longest)
    for length in range(longest + 1):
        shares = [
            interpolated_shares(learn, test[place - length : place], "abcd")["abcd".index(test[place])]
            for place in range(longest, len(test))
        ]
        assert bits[length] == pytest.approx(-np.mean(np.log2(shares)))


def test_a_context_that_was_never_seen_changes_nothing():
    bits = counted_bits(np.zeros(9, dtype=int), np.array([2, 1, 2, 1]), 4, longest=1)
    assert bits[0] == bits[1]


def test_the_area_is_the_share_of_pairs():
    rng = np.random.default_rng(4)
    states, marks = np.round(rng.normal(size=(30, 3)), 1), rng.random(30) < 0.4
    inside, outside = states[marks], states[~marks]
    pairs = [(a, b) for a in inside for b in outside]
    expected = np.mean([(a > b) + (a == b) / 2 for a, b in pairs], axis=0)
    np.testing.assert_allclose(auc_per_unit(states, marks), expected)
    np.testing.assert_allclose(auc_per_unit(-states, marks), 1 - expected)
    with pytest.raises(ValueError, match="marks has one kind of steps only"):
        auc_per_unit(states, np.ones(30, bool))


def test_quotes_open_close_and_end_with_their_paragraph():
    marks = inside_quotes('a "b" c "d\n\ne "f"')
    assert "".join("x" if mark else "." for mark in marks) == "..xx....xxx...xx."
    assert inside_quotes("").shape == (0,)


def test_the_longest_copy():
    assert longest_copy("he said the cat sat", "the cat is here") == "the cat "
    assert longest_copy("xyz", "abc") == ""
    assert longest_copy("", "abc") == ""


@pytest.mark.parametrize(("made", "known", "named"), [([1, 2], "abc", "made"), ("abc", np.arange(3), "known")])
def test_what_is_no_text_has_no_longest_copy(made, known, named):
    with pytest.raises(ValueError, match=f"{named} is of type .*, expected a text"):
        longest_copy(made, known)


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
        counted_bits(np.ones(3, int), np.ones(3, int), 1, 0)


@pytest.mark.parametrize("wrong", [-1, 3, 0.5])
def test_a_token_that_stands_for_nothing_is_refused(wrong):
    probabilities = np.full((2, 3), 1 / 3)
    for name, call in (
        ("targets", lambda: bits_per_character(probabilities, [0, wrong])),
        ("tokens", lambda: decode_text([0, wrong], "abc")),
        ("learn", lambda: counted_bits([0, wrong], [0, 1], 3, 0)),
        ("test", lambda: counted_bits([0, 1], [0, wrong], 3, 0)),
    ):
        with pytest.raises(ValueError, match=f"{name} has .*, expected .*whole numbers"):
            call()


def test_a_stream_has_more_tokens_than_the_context():
    with pytest.raises(ValueError, match="test has 2 tokens, expected more than the 2 of a context"):
        counted_bits([0, 1, 2, 0], [0, 1], 3, longest=2)
    with pytest.raises(ValueError, match="learn has 0 tokens, expected more than the 0 of a context"):
        counted_bits([], [0, 1], 3, 0)
    with pytest.raises(ValueError, match=r"contexts has shape \(2, 1\), expected \(tokens, 2\)"):
        interpolated_bits(np.zeros((3, 2), int), np.zeros(3, int), np.zeros((2, 1), int), np.zeros(2, int), 3)
    with pytest.raises(ValueError, match="came is empty"):
        interpolated_bits(np.zeros((3, 1), int), np.zeros(3, int), np.zeros((0, 1), int), np.zeros(0, int), 3)
    with pytest.raises(ValueError, match="letters is empty"):
        interpolated_shares("abc", "a", "")


def test_who_gave_0_to_what_came_has_no_end_of_bits():
    assert bits_per_character([[1, 0], [0.5, 0.5]], [1, 0]) == np.inf
    with pytest.raises(ValueError, match="probabilities has a number that is negative or NaN"):
        bits_per_character([[1.5, -0.5]], [0])
    with pytest.raises(ValueError, match=r"probabilities has shape \(0, 3\), expected at least one row"):
        bits_per_character(np.ones((0, 3)), [])
