"""Many steps: against Keras and TensorFlow 1 with copied weights, and against each other; what is refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.unrolling import KINDS

from oracles.tensorflow1 import cells, graph_session, v1

RNG = np.random.default_rng(11)
BATCH, TIME, FEATURES, UNITS, OUTPUTS = 4, 7, 3, 5, 2
INPUTS = RNG.uniform(-1, 1, size=(BATCH, TIME, FEATURES))
STATE = RNG.uniform(-1, 1, size=(BATCH, UNITS))
START = RNG.uniform(-1, 1, size=(BATCH, OUTPUTS))


def weights(features):
    shapes = (features, UNITS), (UNITS, UNITS), (UNITS,), (UNITS, OUTPUTS), (OUTPUTS,)
    return [RNG.uniform(-0.7, 0.7, size=shape) for shape in shapes]


READER, WRITER, BACK = weights(FEATURES), weights(OUTPUTS), weights(FEATURES)
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


def test_averaging_cell_is_a_moving_mean():
    step, empty = rnncourse.averaging_cell(3)
    outputs, last = rnncourse.static_rnn(step, list(INPUTS.swapaxes(0, 1)), empty)
    expected = [INPUTS[:, max(0, t - 2) : t + 1].mean(axis=1) for t in range(TIME)]
    np.testing.assert_allclose(outputs, expected, atol=1e-12)
    assert (empty, len(last)) == ((), 3)
    np.testing.assert_array_equal(rnncourse.averaging_cell(1)[0](STATE, ())[0], STATE)


def test_averaging_cell_takes_tensors_and_refuses_a_mean_of_nothing():
    step, empty = rnncourse.averaging_cell(2)
    outputs, _ = rnncourse.static_rnn(step, tf.unstack(tf.constant([2.0, 4.0, 8.0])), empty)
    assert [float(output) for output in outputs] == [2, 3, 6]
    with pytest.raises(ValueError, match="length is 0, expected"):
        rnncourse.averaging_cell(0)


def test_vector_to_sequence_hears_the_vector_once():
    silence = np.zeros((BATCH, TIME, FEATURES))
    silence[:, 0] = INPUTS[:, 0]
    expected = keras_states(silence, STATE) @ READER[3] + READER[4]
    np.testing.assert_allclose(rnncourse.vector_to_sequence(READ, INPUTS[:, 0], STATE, TIME), expected, atol=1e-6)
    assert rnncourse.vector_to_sequence(READ, INPUTS[:, 0], STATE, 1).shape == (BATCH, 1, OUTPUTS)


def test_bidirectional_equals_keras():
    layer = keras.layers.Bidirectional(keras.layers.SimpleRNN(UNITS, return_sequences=True))
    layer.build((None, None, FEATURES))
    layer.set_weights([*READER[:3], *BACK[:3]])
    start = [keras.ops.convert_to_tensor(state, "float32") for state in (STATE, -STATE)]
    states = layer(INPUTS.astype("float32"), initial_state=start).numpy()
    expected = [states[..., :UNITS] @ READER[3] + READER[4], states[..., UNITS:] @ BACK[3] + BACK[4]]
    outputs = rnncourse.bidirectional(READ, rnncourse.step_with_readout(*BACK), INPUTS, STATE, -STATE)
    np.testing.assert_allclose(outputs, np.concatenate(expected, axis=2), atol=1e-6)


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
        (lambda: rnncourse.bidirectional(READ, READ, INPUTS[:, :0], STATE, STATE), "expected at least one step"),
        (lambda: rnncourse.bidirectional(READ, READ, INPUTS, STATE, STATE[:1]), r"state has shape \(1, 5\), expected"),
        (lambda: rnncourse.run_neuron(INPUTS, 0, 1, 1, 0), r"inputs has shape \(4, 7, 3\), expected \(time,\)"),
        (lambda: rnncourse.run_two_steps(INPUTS[:, 0], INPUTS[0], *READER[:3]), r"second has shape \(7, 3\)"),
        (lambda: rnncourse.influence("sequence", 2, 2), "kind is 'sequence', expected one of 'sequence-to-sequence'"),
        (lambda: rnncourse.influence("sequence-to-sequence", 2, 3), "target_steps is 3, expected 2"),
        (lambda: rnncourse.influence("sequence-to-vector", 2, 3), "target_steps is 3, expected 1"),
        (lambda: rnncourse.influence("vector-to-sequence", 2, 3), "source_steps is 2, expected 1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# A chain of cells

TUTORIAL = np.array([[[0, 1, 2], [9, 8, 7]], [[3, 4, 5], [0, 0, 0]], [[6, 7, 8], [6, 5, 4]], [[9, 0, 1], [3, 2, 1]]])
WEIGHTS = 0.1 * RNG.normal(size=(3, 5)), 0.3 * RNG.normal(size=(5, 5)), 0.2 * RNG.normal(size=5)
LONG = RNG.uniform(-1, 1, size=(4, 7, 3))
LONG_STATE = RNG.uniform(-1, 1, size=(4, 5))


def numpy_step(inputs, state):
    state = rnncourse.rnn_step(inputs, state, *WEIGHTS)
    return state, state


def tensorflow_step(inputs, state):
    state = rnncourse.rnn_step_tensorflow(inputs, state, *(tf.constant(w, tf.float32) for w in WEIGHTS))
    return state, state


def run_static(step, batch, state):
    outputs, last = rnncourse.static_rnn(step, rnncourse.unpack_sequence(batch), state)
    return rnncourse.pack_sequence(outputs), last


def static_in_tensorflow1(batch, state):
    """The tutorial's listing: transpose, unstack, static_rnn, stack, transpose, in a graph and a session."""
    with graph_session() as session:
        inputs = v1.placeholder(tf.float32, [None, *batch.shape[1:]])
        cell = cells.BasicRNNCell(num_units=5)
        steps = tf.unstack(tf.transpose(inputs, perm=[1, 0, 2]))
        outputs, last = v1.nn.static_rnn(cell, steps, initial_state=tf.constant(state, tf.float32))
        packed = tf.transpose(tf.stack(outputs), perm=[1, 0, 2])
        session.run(v1.global_variables_initializer())
        cell.variables[0].load(rnncourse.stack_kernels(*WEIGHTS[:2]), session)
        cell.variables[1].load(WEIGHTS[2], session)
        return session.run([packed, last], feed_dict={inputs: batch})


@pytest.mark.parametrize(
    ("batch", "state"), [(TUTORIAL, np.zeros((4, 5))), (LONG, LONG_STATE)], ids=["tutorial", "random"]
)
def test_static_rnn_equals_tensorflow_1(batch, state):
    expected, expected_last = static_in_tensorflow1(batch, state)
    assert expected.shape == (4, batch.shape[1], 5)
    tensors = tf.constant(batch, tf.float32), tf.constant(state, tf.float32)
    compiled = tf.function(lambda *given: run_static(tensorflow_step, *given))
    for outputs, last in (
        run_static(numpy_step, batch, state),
        run_static(tensorflow_step, *tensors),
        compiled(*tensors),
    ):
        assert outputs.shape == expected.shape
        np.testing.assert_allclose(outputs, expected, atol=1e-6)
        np.testing.assert_allclose(last, expected_last, atol=1e-6)


def test_packing_undoes_unpacking():
    for batch in (LONG, tf.constant(LONG)):
        steps = rnncourse.unpack_sequence(batch)
        assert isinstance(steps, list)
        assert tf.is_tensor(steps[0]) == tf.is_tensor(batch)
        for t, x in enumerate(steps):
            np.testing.assert_array_equal(x, LONG[:, t])
        packed = rnncourse.pack_sequence(steps)
        assert tf.is_tensor(packed) == tf.is_tensor(batch)
        np.testing.assert_array_equal(packed, LONG)


def test_a_nested_state_goes_along_the_chain():
    def counting(inputs, state):
        count, inner = state["count"], state["inner"]
        output, inner = numpy_step(inputs, inner)
        return output + count, {"count": count + 1, "inner": inner}

    plain, plain_last = rnncourse.static_rnn(numpy_step, list(LONG.swapaxes(0, 1)), LONG_STATE)
    outputs, last = rnncourse.static_rnn(counting, list(LONG.swapaxes(0, 1)), {"count": 0, "inner": LONG_STATE})
    assert last["count"] == 7
    np.testing.assert_array_equal(last["inner"], plain_last)
    np.testing.assert_array_equal(outputs, [output + t for t, output in enumerate(plain)])


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
def test_pieces_give_what_one_chain_gives(length):
    steps = rnncourse.unpack_sequence(LONG)
    whole, last = rnncourse.static_rnn(numpy_step, steps, LONG_STATE)
    pieces, states = rnncourse.static_rnn_in_pieces(numpy_step, steps, LONG_STATE, length)
    np.testing.assert_array_equal(pieces, whole)
    np.testing.assert_array_equal(states[-1], last)
    assert len(states) == -(-len(steps) // length)
    for number, state in enumerate(states[:-1], start=1):  # the state at a cut is that of a chain that ends there
        np.testing.assert_array_equal(state, rnncourse.static_rnn(numpy_step, steps[: number * length], LONG_STATE)[1])


def traced_static(steps):
    compiled = tf.function(lambda batch: run_static(tensorflow_step, batch, tf.zeros((4, 5)))[0])
    return compiled.get_concrete_function(tf.TensorSpec([4, steps, 3]))


def test_the_graph_has_a_copy_of_the_cell_for_each_step():
    for steps in (1, 4, 9):
        counted = rnncourse.graph_operations(traced_static(steps))
        assert (counted["MatMul"], counted["Tanh"], counted["AddV2"]) == (2 * steps, steps, 2 * steps)
        assert rnncourse.graph_size(traced_static(steps)) == sum(counted.values())
    sizes = [rnncourse.graph_size(traced_static(steps)) for steps in (2, 4, 6)]
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] > 0


@pytest.mark.parametrize("steps", [[], None, numpy_step, [3]])
def test_what_is_no_list_of_cells_is_refused(steps):
    with pytest.raises(ValueError, match="expected a list of cells, the bottom layer first"):
        rnncourse.stack_steps(steps)


@pytest.mark.parametrize(("states", "got"), [([LONG_STATE] * 2, "a tuple of 2"), (LONG_STATE, "of type ndarray")])
def test_a_missing_state_is_noticed(states, got):
    stack = rnncourse.stack_steps([numpy_step] * 3)
    with pytest.raises(ValueError, match=f"states is {got}, expected a tuple of 3"):
        stack(LONG[:, 0], states)


def test_the_trace_of_an_lstm_is_the_lstm():
    kernels = [RNG.normal(size=shape) for shape in ((FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))]

    def cell(x, state):
        state = rnncourse.lstm_step(x, state, *kernels)
        return state[0], state

    zeros = np.zeros((BATCH, UNITS))
    trace = rnncourse.lstm_trace(INPUTS, *kernels)
    outputs, (_, c) = rnncourse.static_rnn(cell, rnncourse.unpack_sequence(INPUTS), (zeros, zeros))
    np.testing.assert_allclose(trace["h"], np.stack(outputs, axis=1))
    np.testing.assert_allclose(trace["c"][:, -1], c)
    before = np.concatenate([zeros[:, None], trace["c"][:, :-1]], axis=1)
    np.testing.assert_allclose(trace["f"] * before + trace["i"] * trace["g"], trace["c"])
    np.testing.assert_allclose(trace["o"] * np.tanh(trace["c"]), trace["h"])
    assert all(trace[gate].min() > 0 and trace[gate].max() < 1 for gate in "ifo")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.unpack_sequence(LONG[0]), r"batch has shape \(7, 3\), expected \(batch, time, features\)"),
        (lambda: rnncourse.unpack_sequence(tf.zeros((7, 3))), r"batch has shape \(7, 3\), expected"),
        (lambda: rnncourse.unpack_sequence(LONG[:, :0]), "expected at least one step of time"),
        (lambda: rnncourse.unpack_sequence([["a"]]), "batch has dtype"),
        (lambda: traced_static(None), "the number of steps .* is not known .* needs a fixed length"),
        (lambda: rnncourse.pack_sequence([]), "outputs is empty"),
        (lambda: rnncourse.pack_sequence([LONG_STATE, LONG_STATE[:2]]), r"outputs\[1\] has shape \(2, 5\).*\(4, 5\)"),
        (lambda: rnncourse.pack_sequence([1.0]), r"outputs\[0\] has shape \(\), expected"),
        (lambda: rnncourse.static_rnn(numpy_step, LONG, LONG_STATE), "inputs is of type ndarray, expected a list"),
        (lambda: rnncourse.static_rnn(numpy_step, [], LONG_STATE), "inputs is an empty list"),
        (lambda: rnncourse.static_rnn_in_pieces(numpy_step, [LONG[0]], LONG_STATE, 0), "length is 0, expected a whole"),
    ],
)
def test_bad_arguments_of_a_chain_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_trace_of_no_step_is_refused():
    with pytest.raises(ValueError, match=r"inputs has shape \(2, 0, 3\), expected at least one step of time"):
        rnncourse.lstm_trace(np.ones((2, 0, 3)), np.ones((3, 8)), np.ones((2, 8)), np.ones(8))


def test_a_batch_keeps_its_dtype_when_it_is_taken_apart():
    for dtype in (np.uint8, np.float16, np.int64):
        steps = rnncourse.unpack_sequence(np.arange(12, dtype=dtype).reshape(2, 3, 2))
        assert {step.dtype for step in steps} == {np.dtype(dtype)}
        assert rnncourse.pack_sequence(step for step in steps).dtype == dtype
    with pytest.raises(ValueError, match="outputs is 5, expected a list of"):
        rnncourse.pack_sequence(5)
