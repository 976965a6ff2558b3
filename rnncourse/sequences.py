"""Sequences of DIFFERENT lengths in one batch: padding, masks, lengths, and tokens that say where a sequence ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnncourse.cells import Step
from rnncourse.shapes import (
    expect_count,
    expect_list,
    expect_number,
    expect_numbers,
    expect_shapes,
    expect_step,
    expect_tokens,
    finite_where_unused,
)


def pad(sequences: Sequence[Any], value: float = 0) -> tuple[np.ndarray, np.ndarray]:
    """batch[i, t] = sequences[i][t] where t < lengths[i], else value: sequences of any lengths in one array.

    Args:
        sequences: at least one array, each of shape (its time, …); what follows time is the same in all of them, such
            as (features,), or nothing for tokens.
        value: what fills the places past the end of a sequence. A batch of whole numbers becomes one of floats where
            the filler is none, or gets more bits where it has too few for the filler.

    Returns:
        (batch, lengths) of shapes (batch, longest time, …) and (batch,).

    Raises:
        ValueError: there is no sequence, one does not fit the first, or value is not a single number.
    """
    arrays = _expect_sequences(sequences)
    lengths = np.array([len(array) for array in arrays])
    batch = np.full((len(arrays), lengths.max(), *arrays[0].shape[1:]), value, dtype=_expect_filler(arrays, value))
    for row, array in zip(batch, arrays, strict=True):
        row[: len(array)] = array
    return batch, lengths


def sequence_mask(lengths: Sequence[int] | np.ndarray, time_steps: int) -> np.ndarray:
    """mask[i, t] = (t < lengths[i]): which places of a padded batch hold data.

    Args:
        lengths: number of steps of each sequence, shape (batch,).
        time_steps: the number of steps there is room for, at least the longest length.

    Returns:
        Booleans, shape (batch, time_steps).

    Raises:
        ValueError: a length is not a whole number from 0 to time_steps.

    Source: ``tf.sequence_mask``.
    """
    lengths = _expect_lengths(lengths, expect_count("time_steps", time_steps, least=0))
    return np.arange(time_steps) < lengths.reshape(-1, 1)


def assign_batches(lengths: Sequence[int] | np.ndarray, size: int) -> np.ndarray:
    """The place of each sequence in the order of their lengths, divided by ``size``: like lengths share a batch.

    A batch is as wide as its longest sequence. With like lengths together few places are padding.

    Args:
        lengths: number of steps of each sequence, shape (sequences,).
        size: the largest number of sequences in a batch, at least 1.

    Returns:
        The number of each sequence's batch, 0, 1, …, shape (sequences,). There are as few batches as can be.

    Raises:
        ValueError: a length is not a whole number of at least 0, or size is less than 1.

    Source: I. Sutskever, O. Vinyals and Q. Le, "Sequence to sequence learning with neural networks" (2014), section
    3.4; ``tf.data.Dataset.bucket_by_sequence_length``.
    """
    lengths, size = _expect_lengths(lengths, np.inf), expect_count("size", size)
    return np.argsort(np.argsort(lengths)) // size


def run_with_lengths(
    step: Step, inputs: np.ndarray, state: np.ndarray, lengths: Sequence[int] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """y_t, h_t = step(x_t, h_(t-1)) where t < length; past the end y_t = 0 and h_t = h_(t-1).

    Args:
        step: a cell, (inputs, state) -> (output, new state).
        inputs: a padded batch, shape (batch, time, features).
        state: the state before the first step, shape (batch, units).
        lengths: number of steps of each sequence, shape (batch,).

    Returns:
        The outputs, shape (batch, time, outputs), and each sequence's state after its last step, shape (batch, units).

    Raises:
        ValueError: a shape does not fit, there is no step, or a length is not a whole number from 0 to time.

    Source: ``tf.nn.dynamic_rnn(…, sequence_length=…)`` of TensorFlow 1.
    """
    inputs, state, lengths = _expect_batch_with_lengths(inputs, state, lengths)
    outputs = []
    for t in range(inputs.shape[1]):
        output, new_state = step(inputs[:, t], state)
        running = (t < lengths)[:, np.newaxis]  # (batch, 1): a row is a sequence
        outputs.append(np.where(running, output, 0))
        state = np.where(running, new_state, state)
    return np.stack(outputs, axis=1), state


def last_valid(outputs: np.ndarray, lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    """outputs[i, lengths[i] - 1] for every i: each sequence's own last output.

    Args:
        outputs: shape (batch, time, units).
        lengths: number of steps of each sequence, shape (batch,), at least 1 each.

    Returns:
        Shape (batch, units).

    Raises:
        ValueError: a length is not a whole number from 1 to time; a sequence of no steps has no last output.
    """
    expect_shapes(outputs=(outputs, "batch time units"))
    outputs = np.asarray(outputs)
    lengths = _expect_lengths(lengths, outputs.shape[1], batch=len(outputs), least=1)
    return outputs[np.arange(len(outputs)), lengths - 1]


def append_end_token(sequences: Sequence[Sequence[int]], end: int) -> list[np.ndarray]:
    """[a, b, …] becomes [a, b, …, end]: the end of a sequence, said inside the sequence.

    Args:
        sequences: lists of tokens, whole numbers.
        end: the token that stands for the end; it may not occur in the sequences.

    Returns:
        One array of whole numbers for each sequence, one token longer than before.

    Raises:
        ValueError: a sequence is not a list of whole numbers, or holds the end token already.
    """
    end, ended = expect_count("end", end, least=0), []
    for index, tokens in enumerate(expect_list("sequences", sequences, "lists of tokens")):
        tokens = expect_tokens(f"sequences[{index}]", tokens, "time")
        if np.any(tokens == end):
            raise ValueError(f"sequences[{index}] holds {end} already, expected a token that occurs nowhere else.")
        ended.append(np.append(tokens, end))
    return ended


def lengths_from_tokens(tokens: np.ndarray, end: int) -> np.ndarray:
    """lengths[i] = 1 + the first t with tokens[i, t] = end: where each sequence says that it ends.

    The end token belongs to its sequence. What stands after it does not count, another end token included.

    Args:
        tokens: a padded batch of whole numbers, shape (batch, time).
        end: the token that stands for the end.

    Returns:
        Shape (batch,). A row without an end token is as long as there is room: time.

    Raises:
        ValueError: tokens is not a (batch, time) array of whole numbers.
    """
    tokens, end = expect_tokens("tokens", tokens, "batch time"), expect_count("end", end, least=0)
    ended = np.logical_or.accumulate(tokens == end, axis=1)  # from the first end token on
    return np.minimum(np.sum(~ended, axis=1) + 1, tokens.shape[1])


def generate_until(
    step: Callable[[np.ndarray, Any], tuple[np.ndarray, Any]], start: np.ndarray, state: Any, end: int, longest: int
) -> np.ndarray:
    """w_t, h_t = step(w_(t-1), h_(t-1)) until every sequence of the batch has written the end token.

    Args:
        step: writes the next token, (tokens, state) -> (next tokens, new state), tokens of shape (batch,).
        start: the first thing read, shape (batch,), whole numbers. It is not part of the result.
        state: the state before the first step, in whatever form the step takes it.
        end: the token that ends a sequence.
        longest: stop here at the latest, at least 1: a step need not ever write the end token.

    Returns:
        Shape (batch, time) with time <= longest. After its first end token a row has end tokens only.

    Raises:
        ValueError: start is not a row of at least one whole number, or end or longest is out of range.
    """
    tokens, end = _expect_start(start), expect_count("end", end, least=0)
    longest = expect_count("longest", longest)
    written: list[np.ndarray] = []
    ended = np.zeros(len(tokens), dtype=bool)
    while len(written) < longest and not ended.all():
        tokens, state = step(tokens, state)
        tokens = np.where(ended, end, tokens)
        ended = tokens == end
        written.append(tokens)
    return np.stack(written, axis=1)


def _expect_sequences(sequences: Sequence[Any]) -> list[np.ndarray]:
    given = expect_list("sequences", sequences, "sequences", empty=False)
    arrays: list[np.ndarray] = []
    for index, sequence in enumerate(given):
        expect_numbers(f"sequences[{index}]", sequence)
        array = np.asarray(sequence)
        first = (arrays or [array])[0]
        if array.ndim == 0 or array.shape[1:] != first.shape[1:]:
            raise ValueError(
                f"sequences[{index}] has shape {array.shape} and dtype {array.dtype}, expected numbers of shape "
                f"(time, …) as in sequences[0], which has shape {first.shape}."
            )
        arrays.append(array)
    dtypes = [array.dtype for array, sequence in zip(arrays, given, strict=True) if array.size or array is sequence]
    if not dtypes:
        return arrays
    common = np.result_type(*dtypes)  # NumPy takes an empty list for floats; beside lists of tokens it is one of tokens
    return [array.astype(common) for array in arrays]


def _expect_filler(arrays: list[np.ndarray], filler: float) -> np.dtype:
    """The dtype of the batch: that of the sequences, or a wider one where it could not hold the filler."""
    value = expect_number("value", filler, "a single number", lambda _: True)
    dtype = np.result_type(*arrays)
    if dtype.kind == "f":
        return np.result_type(dtype, np.min_scalar_type(value))
    return np.result_type(dtype, np.min_scalar_type(int(value)) if value.is_integer() else float)


def _expect_lengths(lengths: Any, time_steps: float, batch: int | None = None, least: int = 0) -> np.ndarray:
    (lengths,) = expect_shapes(lengths=(lengths, "batch"))
    if batch is not None and len(lengths) != batch:
        raise ValueError(f"lengths has shape {lengths.shape}, expected ({batch},): one length for each sequence.")
    for index, length in enumerate(lengths):
        if not least <= length <= time_steps or length != np.floor(length) or np.isinf(length):
            room = f"of at least {least}" if np.isinf(time_steps) else f"from {least} to {time_steps}"
            raise ValueError(f"lengths[{index}] is {length}, expected a whole number {room}.")
    return lengths.astype(int)


def _expect_batch_with_lengths(
    inputs: np.ndarray, state: np.ndarray, lengths: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arguments, without NaN in the padding: what stands there is to reach no step."""
    inputs, state = expect_shapes(inputs=(inputs, "batch time features"), state=(state, "batch units"))
    expect_step("inputs", inputs)
    lengths = _expect_lengths(lengths, inputs.shape[1], batch=len(inputs))
    used = (np.arange(inputs.shape[1]) < lengths[:, np.newaxis])[:, :, np.newaxis]
    return finite_where_unused(inputs, used), state, lengths


def _expect_start(start: Any) -> np.ndarray:
    tokens = expect_tokens("start", start, "batch")
    if not len(tokens):
        raise ValueError("start is empty, expected at least one token: the first thing that a sequence reads.")
    return tokens
