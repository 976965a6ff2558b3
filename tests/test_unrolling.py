"""Many steps: against Keras with copied weights, against each other, and what they say to wrong arguments."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.unrolling import KINDS

RNG = np.random.default_rng(11)
BATCH, TIME, FEATURES, UNITS, OUTPUTS = 4, 7, 3, 5, 2
INPUTS = RNG.uniform(-1, 1, size=(BATCH, TIME, FEATURES))
STATE = RNG.uniform(-1, 1, size=(BATCH, UNITS))
START = RNG.uniform(-1, 1, size=(BATCH, OUTPUTS))


def weights(features):
    shapes = (features, UNITS), (UNITS, UNITS), (UNITS,), (UNITS, OUTPUTS), (OUTPUTS,)
    return [RNG.uniform(-0.7, 0.7, size=shape) for shape in shapes]


READER, WRITER = weights(FEATURES), weights(OUTPUTS)
READ, WRITE = rnncourse.step_with_readout(*READER), rnncourse.step_with_readout(*WRITER)


def keras_states(inputs, state):
    layer = rnncourse.simple_rnn_layer(*READER[:3])
    return layer(inputs.astype("float32"), initial_state=keras.ops.convert_to_tensor(state.astype("float32"))).numpy()


def test_sequence_to_sequence_equals_keras():
    expected = keras_states(INPUTS, STATE) @ READER[3] + READER[4]
    outputs = rnncourse.sequence_to_sequence(READ, INPUTS, STATE)
    assert outputs.shape == (BATCH, TIME, OUTPUTS)
    np.testing.assert_allclose(outputs, expected, atol=1e-6)


def test_sequence_to_vector_is_the_last_output():
    outputs = rnncourse.sequence_to_sequence(READ, INPUTS, STATE)
    np.testing.assert_array_equal(rnncourse.sequence_to_vector(READ, INPUTS, STATE), outputs[:, -1])


def test_vector_to_sequence_hears_the_vector_once():
    silence = np.zeros((BATCH, TIME, FEATURES))
    silence[:, 0] = INPUTS[:, 0]
    expected = keras_states(silence, STATE) @ READER[3] + READER[4]
    np.testing.assert_allclose(rnncourse.vector_to_sequence(READ, INPUTS[:, 0], STATE, TIME), expected, atol=1e-6)
    assert rnncourse.vector_to_sequence(READ, INPUTS[:, 0], STATE, 1).shape == (BATCH, 1, OUTPUTS)


def test_encoder_decoder_feeds_its_own_words_back():
    outputs = rnncourse.encoder_decoder(READ, WRITE, INPUTS, STATE, START, 6)
    assert outputs.shape == (BATCH, 6, OUTPUTS)
    thought = keras_states(INPUTS, STATE)[:, -1]
    fed = np.concatenate([START[:, None], outputs[:, :-1]], axis=1)  # teacher forcing with its own words
    np.testing.assert_allclose(outputs, rnncourse.sequence_to_sequence(WRITE, fed, thought), atol=1e-6)


def test_one_neuron_unrolled_equals_keras():
    inputs = RNG.uniform(-1, 1, size=9)
    layer = rnncourse.simple_rnn_layer([[0.8]], [[-0.6]], [0.2])
    start = keras.ops.convert_to_tensor(np.array([[0.5]], dtype="float32"))
    expected = layer(inputs[None, :, None].astype("float32"), initial_state=start).numpy().ravel()
    np.testing.assert_allclose(rnncourse.run_neuron(inputs, 0.5, 0.8, -0.6, 0.2), expected, atol=1e-6)
    assert rnncourse.run_neuron([], 0.5, 0.8, -0.6, 0.2).shape == (0,)


def measured_influence(kind, source_steps, target_steps):
    """Disturb one input at a time and see which outputs move."""
    source = RNG.uniform(-1, 1, size=(1, source_steps, FEATURES))
    state, start = STATE[:1], START[:1]
    run = {
        "sequence-to-sequence": lambda x: rnncourse.sequence_to_sequence(READ, x, state),
        "sequence-to-vector": lambda x: rnncourse.sequence_to_vector(READ, x, state)[:, None],
        "vector-to-sequence": lambda x: rnncourse.vector_to_sequence(READ, x[:, 0], state, target_steps),
        "encoder-decoder": lambda x: rnncourse.encoder_decoder(READ, WRITE, x, state, start, target_steps),
    }[kind]
    moved = np.zeros((target_steps, source_steps), dtype=int)
    for s in range(source_steps):
        disturbed = source.copy()
        disturbed[:, s] += 0.5
        moved[:, s] = np.any(run(disturbed) != run(source), axis=(0, 2))
    return moved


@pytest.mark.parametrize(("kind", "lengths"), list(zip(KINDS, [(5, 5), (5, 1), (1, 4), (4, 6)], strict=True)))
def test_influence_is_what_a_disturbance_shows(kind, lengths):
    np.testing.assert_array_equal(rnncourse.influence(kind, *lengths), measured_influence(kind, *lengths))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.sequence_to_sequence(READ, INPUTS[0], STATE), r"inputs has shape \(7, 3\), expected"),
        (lambda: rnncourse.sequence_to_sequence(READ, INPUTS, STATE[:1]), r"state has shape \(1, 5\), expected .*\(4,"),
        (lambda: rnncourse.sequence_to_vector(READ, INPUTS[:, :0], STATE), "expected at least one step of time"),
        (lambda: rnncourse.vector_to_sequence(READ, INPUTS, STATE, 2), r"vector has shape \(4, 7, 3\)"),
        (lambda: rnncourse.vector_to_sequence(READ, INPUTS[:, 0], STATE, 0), "time_steps is 0, expected a whole"),
        (lambda: rnncourse.encoder_decoder(READ, WRITE, INPUTS, STATE, START[0], 2), r"start has shape \(2,\)"),
        (lambda: rnncourse.encoder_decoder(READ, WRITE, INPUTS, STATE, START, -1), "time_steps is -1"),
        (lambda: rnncourse.run_neuron(INPUTS, 0, 1, 1, 0), r"inputs has shape \(4, 7, 3\), expected \(time,\)"),
        (lambda: rnncourse.run_two_steps(INPUTS[:, 0], INPUTS[0], *READER[:3]), r"second has shape \(7, 3\)"),
        (lambda: rnncourse.influence("sequence", 2, 2), "kind is 'sequence', expected one of sequence-to-sequence"),
        (lambda: rnncourse.influence("sequence-to-sequence", 2, 3), "target_steps is 3, expected 2"),
        (lambda: rnncourse.influence("sequence-to-vector", 2, 3), "target_steps is 3, expected 1"),
        (lambda: rnncourse.influence("vector-to-sequence", 2, 3), "source_steps is 2, expected 1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
