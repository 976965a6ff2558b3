"""Padding, masks, lengths and end tokens, in NumPy: against TensorFlow's functions and against plain loops."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse

RNG = np.random.default_rng(31)
SEQUENCES = [RNG.uniform(-1, 1, size=(length, 3)) for length in (2, 7, 1, 4)]
LENGTHS = [2, 7, 1, 4]
START = RNG.uniform(-1, 1, size=(4, 5))
STEP = rnncourse.step_with_readout(*(RNG.uniform(-1, 1, size=shape) for shape in [(3, 5), (5, 5), (5,), (5, 2), (2,)]))


def test_pad_keeps_every_sequence_and_fills_the_rest():
    batch, lengths = rnncourse.pad(SEQUENCES, value=-9)
    assert batch.shape == (4, 7, 3)
    assert lengths.tolist() == LENGTHS
    for row, sequence in zip(batch, SEQUENCES, strict=True):
        np.testing.assert_array_equal(row[: len(sequence)], sequence)
        assert np.all(row[len(sequence) :] == -9)


def test_pad_of_tokens_equals_keras():
    tokens = [[5, 3], [], [8, 8, 8, 1]]
    batch, lengths = rnncourse.pad(tokens)
    np.testing.assert_array_equal(batch, keras.utils.pad_sequences(tokens, padding="post"))
    assert lengths.tolist() == [2, 0, 4]


def padding(lengths, numbers):
    batches = [lengths[numbers == number] for number in np.unique(numbers)]
    return sum(int((batch.max() - batch).sum()) for batch in batches)


def test_assign_batches_fills_them_with_like_lengths():
    lengths = RNG.integers(1, 40, size=203)
    numbers = rnncourse.assign_batches(lengths, 10)
    assert np.bincount(numbers).tolist() == [10] * 20 + [3]
    assert (np.diff([lengths[numbers == n].max() for n in range(21)]) >= 0).all()
    assert padding(lengths, numbers) < 0.1 * padding(lengths, np.arange(203) // 10)
    assert rnncourse.assign_batches([], 10).tolist() == []


@pytest.mark.parametrize(
    ("lengths", "size", "message"),
    [
        ([3, -1], 2, r"lengths\[1\] is -1.*, expected a whole number of at least 0"),
        ([3, np.inf], 2, r"lengths\[1\] is inf, expected a whole number"),
        ([3, 2.5], 2, r"lengths\[1\] is 2.5, expected a whole number"),
        ([3, 2], 0, "size is 0, expected"),
    ],
)
def test_assign_batches_refuses(lengths, size, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.assign_batches(lengths, size)


@pytest.mark.parametrize("time_steps", [7, 9])
def test_sequence_mask_equals_tensorflow(time_steps):
    ours = rnncourse.sequence_mask([0, *LENGTHS], time_steps)
    assert ours.dtype == bool
    np.testing.assert_array_equal(ours, tf.sequence_mask([0, *LENGTHS], time_steps))


def test_each_sequence_of_a_padded_batch_runs_as_if_it_were_alone():
    batch, lengths = rnncourse.pad(SEQUENCES, value=100.0)  # a padding that would be noticed
    outputs, states = rnncourse.run_with_lengths(STEP, batch, START, lengths)
    for i, sequence in enumerate(SEQUENCES):
        alone, last = rnncourse.static_rnn(STEP, list(sequence[:, None]), START[i : i + 1])
        np.testing.assert_allclose(outputs[i, : len(sequence)], np.concatenate(alone), atol=1e-12)
        np.testing.assert_allclose(states[i], last[0], atol=1e-12)
        assert not outputs[i, len(sequence) :].any()
    np.testing.assert_array_equal(
        rnncourse.last_valid(outputs, lengths), [outputs[i, length - 1] for i, length in enumerate(LENGTHS)]
    )


def test_a_sequence_of_no_steps_keeps_its_first_state():
    outputs, states = rnncourse.run_with_lengths(STEP, np.ones((4, 2, 3)), START, [2, 0, 1, 0])
    np.testing.assert_array_equal(states[[1, 3]], START[[1, 3]])
    assert not outputs[[1, 3]].any()


def test_the_end_token_carries_the_length():
    sentences = [[4, 9, 4], [], [7], [3, 1, 1, 5, 8]]
    ended = rnncourse.append_end_token(sentences, end=2)
    assert [tokens.tolist() for tokens in ended] == [[4, 9, 4, 2], [2], [7, 2], [3, 1, 1, 5, 8, 2]]
    for padding in (0, 2, 4):  # whatever stands past the end, the end token itself included
        batch, lengths = rnncourse.pad(ended, value=padding)
        np.testing.assert_array_equal(rnncourse.lengths_from_tokens(batch, end=2), lengths)


def test_the_first_end_token_counts_and_a_row_without_one_is_full():
    assert rnncourse.lengths_from_tokens([[1, 2, 3, 2], [1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 0, 2]], end=2).tolist() == [
        2,
        4,
        1,
        4,
    ]
    assert rnncourse.lengths_from_tokens(np.zeros((3, 0), dtype=int), end=2).tolist() == [0, 0, 0]


def collatz(n, count):
    return np.where(n % 2 == 0, n // 2, 3 * n + 1), count + 1


def test_generation_stops_when_every_sequence_has_written_its_end():
    written = rnncourse.generate_until(collatz, [6, 16, 2], np.zeros(3, int), end=1, longest=50)
    assert written.tolist() == [[3, 10, 5, 16, 8, 4, 2, 1], [8, 4, 2, 1, 1, 1, 1, 1], [1] * 8]
    assert rnncourse.lengths_from_tokens(written, end=1).tolist() == [8, 4, 1]


def test_generation_gives_up_at_the_longest():
    written = rnncourse.generate_until(collatz, [27], np.zeros(1, int), end=1, longest=5)
    assert written.tolist() == [[82, 41, 124, 62, 31]]


def test_generation_hands_the_state_on():
    def counting(tokens, state):
        return np.array([state, 2 * state - 3]), state + 1

    written = rnncourse.generate_until(counting, [0, 0], 3, end=9, longest=20)
    assert written.tolist() == [[3, 4, 5, 6, 7, 8, 9], [3, 5, 7, 9, 9, 9, 9]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.pad([]), "sequences is empty"),
        (lambda: rnncourse.pad([np.zeros((2, 3)), np.zeros((2, 4))]), r"sequences\[1\] has shape \(2, 4\)"),
        (lambda: rnncourse.pad([5]), r"sequences\[0\] has shape \(\)"),
        (lambda: rnncourse.pad([["a"]]), r"sequences\[0\] has dtype <U1, expected numbers"),
        (lambda: rnncourse.sequence_mask([1, 3], 2), r"lengths\[1\] is 3, expected a whole number from 0 to 2"),
        (lambda: rnncourse.sequence_mask([-1], 2), r"lengths\[0\] is -1"),
        (lambda: rnncourse.sequence_mask([0.5], 2), r"lengths\[0\] is 0.5"),
        (lambda: rnncourse.sequence_mask([[1]], 2), r"lengths has shape \(1, 1\), expected \(batch,\)"),
        (lambda: rnncourse.sequence_mask([1], -1), "time_steps is -1"),
        (lambda: rnncourse.last_valid(np.zeros((2, 4, 3)), [4, 0]), r"lengths\[1\] is 0, expected .* from 1 to 4"),
        (lambda: rnncourse.last_valid(np.zeros((2, 4, 3)), [4]), r"lengths has shape \(1,\), expected \(2,\)"),
        (lambda: rnncourse.last_valid(np.zeros((2, 4)), [4, 1]), r"outputs has shape \(2, 4\), expected"),
        (lambda: rnncourse.run_with_lengths(STEP, np.zeros((4, 2, 3)), START, [2]), r"lengths has shape \(1,\)"),
        (lambda: rnncourse.run_with_lengths(STEP, np.zeros((3, 2, 3)), START, [2] * 3), r"state has shape \(4, 5\)"),
        (lambda: rnncourse.run_with_lengths(STEP, np.zeros((4, 0, 3)), START, [0] * 4), "at least one step"),
        (lambda: rnncourse.append_end_token([[1], [2, 3]], end=2), r"sequences\[1\] holds 2 already"),
        (
            lambda: rnncourse.append_end_token([[1.5]], end=2),
            r"sequences\[0\] has dtype float64, expected whole numbers",
        ),
        (lambda: rnncourse.append_end_token([[1]], end=-1), "end is -1"),
        (lambda: rnncourse.lengths_from_tokens([1, 2], end=2), r"tokens has shape \(2,\), expected \(batch, time\)"),
        (lambda: rnncourse.generate_until(collatz, 6, 0, end=1, longest=5), r"start has shape \(\)"),
        (lambda: rnncourse.generate_until(collatz, [6], 0, end=1, longest=0), "longest is 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("sequences", "filler", "dtype"),
    [
        ([[1, 2], [3]], -0.5, "float64"),
        ([[1, 2], [3]], np.nan, "float64"),
        ([[1, 2], [3]], -1, "int64"),
        ([np.array([1, 2], np.uint8), np.array([3], np.uint8)], -1, "int16"),
        ([np.array([1, 2], np.uint8), np.array([3], np.uint8)], 300, "uint16"),
        ([np.array([1, 2], np.uint8), np.array([3], np.uint8)], 7, "uint8"),
        ([np.array([1, 2], np.float16), np.array([3], np.float16)], 1e5, "float32"),
        ([np.array([1, 2], np.float32), np.array([3], np.float32)], 0.1, "float32"),
        ([np.array([1, 2], np.float32), np.array([3], np.float32)], -np.inf, "float32"),
        ([[1, 2], []], 0, "int64"),
    ],
)
def test_the_filler_is_what_was_asked_for(sequences, filler, dtype):
    batch, lengths = rnncourse.pad(sequences, filler)
    assert batch.dtype == dtype
    np.testing.assert_array_equal(batch[1, lengths[1] :], np.array(filler, dtype))
    np.testing.assert_array_equal(batch[0], [1, 2])


@pytest.mark.parametrize("filler", ["a", None, [1, 2], True, 1j])
def test_a_filler_that_is_no_number_is_refused(filler):
    with pytest.raises(ValueError, match=r"value is .*, expected a single number"):
        rnncourse.pad([[1, 2], [3]], filler)


@pytest.mark.parametrize("length", [np.nan, np.inf, -np.inf])
def test_a_length_that_is_not_finite_is_refused(length):
    for call in (
        lambda lengths: rnncourse.sequence_mask(lengths, 4),
        lambda lengths: rnncourse.last_valid(np.zeros((2, 4, 3)), lengths),
        lambda lengths: rnncourse.run_with_lengths(STEP, np.zeros((2, 4, 3)), START[:2], lengths),
    ):
        with pytest.raises(ValueError, match=rf"lengths\[1\] is {length}, expected a whole number"):
            call([1, length])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rubbish", [np.nan, np.inf])
def test_what_stands_in_the_padding_does_not_count(rubbish):
    inputs, lengths = np.random.default_rng(2).normal(size=(4, 5, 3)), np.array([5, 2, 0, 3])
    spoilt = np.where(rnncourse.sequence_mask(lengths, 5)[:, :, np.newaxis], inputs, rubbish)
    seen = []

    def watched(inputs, state):
        seen.append(inputs)
        return STEP(inputs, state)

    for got, expected in zip(
        rnncourse.run_with_lengths(watched, spoilt, START, lengths),
        rnncourse.run_with_lengths(STEP, inputs, START, lengths),
        strict=True,
    ):
        np.testing.assert_array_equal(got, expected)
    assert np.isfinite(seen).all()  # a cell of another kind might warn of what it does with them
    at_the_end = np.maximum(lengths, 1)
    np.testing.assert_array_equal(
        rnncourse.last_valid(spoilt[[0, 1, 3]], at_the_end[[0, 1, 3]]),
        rnncourse.last_valid(inputs[[0, 1, 3]], at_the_end[[0, 1, 3]]),
    )


def test_nothing_to_start_from_and_lists_that_are_none():
    with pytest.raises(ValueError, match="start is empty, expected at least one token"):
        rnncourse.generate_until(collatz, [], 0, end=1, longest=5)
    with pytest.raises(ValueError, match="sequences is 5, expected a list of sequences"):
        rnncourse.pad(5)
    with pytest.raises(ValueError, match="sequences is the text 'ab', expected a list of lists of tokens"):
        rnncourse.append_end_token("ab", end=2)
    batch, _ = rnncourse.pad(row for row in ([1, 2], [3]))
    assert batch.tolist() == [[1, 2], [3, 0]]
