"""Static unrolling: against TensorFlow 1's own static_rnn, with arrays and tensors, and what its graph holds."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
import tensorflow as tf

import rnncourse

X = np.array([[[0, 1, 2], [9, 8, 7]], [[3, 4, 5], [0, 0, 0]], [[6, 7, 8], [6, 5, 4]], [[9, 0, 1], [3, 2, 1]]])
RNG = np.random.default_rng(23)
WEIGHTS = 0.1 * RNG.normal(size=(3, 5)), 0.3 * RNG.normal(size=(5, 5)), 0.2 * RNG.normal(size=5)
LONG = RNG.uniform(-1, 1, size=(4, 7, 3))
START = RNG.uniform(-1, 1, size=(4, 5))


def numpy_step(inputs, state):
    state = rnncourse.rnn_step(inputs, state, *WEIGHTS)
    return state, state


def tensorflow_step(inputs, state):
    state = rnncourse.rnn_step_tensorflow(inputs, state, *(tf.constant(w, tf.float32) for w in WEIGHTS))
    return state, state


def ours(step, batch, state):
    outputs, last = rnncourse.static_rnn(step, rnncourse.unpack_sequence(batch), state)
    return rnncourse.pack_sequence(outputs), last


def tensorflow1(batch, state):
    """The tutorial's listing: transpose, unstack, static_rnn, stack, transpose, in a graph and a session."""
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # they announce their own end
        inputs = v1.placeholder(tf.float32, [None, *batch.shape[1:]])
        cell = cells.BasicRNNCell(num_units=5)
        steps = tf.unstack(tf.transpose(inputs, perm=[1, 0, 2]))
        outputs, last = v1.nn.static_rnn(cell, steps, initial_state=tf.constant(state, tf.float32))
        packed = tf.transpose(tf.stack(outputs), perm=[1, 0, 2])
        session.run(v1.global_variables_initializer())
        cell.variables[0].load(rnncourse.stack_kernels(*WEIGHTS[:2]), session)
        cell.variables[1].load(WEIGHTS[2], session)
        return session.run([packed, last], feed_dict={inputs: batch})


@pytest.mark.parametrize(("batch", "state"), [(X, np.zeros((4, 5))), (LONG, START)], ids=["tutorial", "random"])
def test_equals_tensorflow_1(batch, state):
    expected, expected_last = tensorflow1(batch, state)
    assert expected.shape == (4, batch.shape[1], 5)
    tensors = tf.constant(batch, tf.float32), tf.constant(state, tf.float32)
    compiled = tf.function(lambda *given: ours(tensorflow_step, *given))
    for outputs, last in (ours(numpy_step, batch, state), ours(tensorflow_step, *tensors), compiled(*tensors)):
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

    plain, plain_last = rnncourse.static_rnn(numpy_step, list(LONG.swapaxes(0, 1)), START)
    outputs, last = rnncourse.static_rnn(counting, list(LONG.swapaxes(0, 1)), {"count": 0, "inner": START})
    assert last["count"] == 7
    np.testing.assert_array_equal(last["inner"], plain_last)
    np.testing.assert_array_equal(outputs, [output + t for t, output in enumerate(plain)])


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
def test_pieces_give_what_one_chain_gives(length):
    steps = rnncourse.unpack_sequence(LONG)
    whole, last = rnncourse.static_rnn(numpy_step, steps, START)
    pieces, states = rnncourse.static_rnn_in_pieces(numpy_step, steps, START, length)
    np.testing.assert_array_equal(pieces, whole)
    np.testing.assert_array_equal(states[-1], last)
    assert len(states) == -(-len(steps) // length)
    for number, state in enumerate(states[:-1], start=1):  # the state at a cut is that of a chain that ends there
        np.testing.assert_array_equal(state, rnncourse.static_rnn(numpy_step, steps[: number * length], START)[1])


def traced(steps):
    compiled = tf.function(lambda batch: ours(tensorflow_step, batch, tf.zeros((4, 5)))[0])
    return compiled.get_concrete_function(tf.TensorSpec([4, steps, 3]))


def test_the_graph_has_a_copy_of_the_cell_for_each_step():
    for steps in (1, 4, 9):
        counted = rnncourse.graph_operations(traced(steps))
        assert (counted["MatMul"], counted["Tanh"], counted["AddV2"]) == (2 * steps, steps, 2 * steps)
        assert rnncourse.graph_size(traced(steps)) == sum(counted.values())
    sizes = [rnncourse.graph_size(traced(steps)) for steps in (2, 4, 6)]
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] > 0


def test_operations_inside_a_loop_of_the_graph_are_counted():
    @tf.function
    def looped(x):
        for _ in tf.range(3):
            x = tf.tanh(x)
        return x

    assert rnncourse.graph_operations(looped.get_concrete_function(tf.TensorSpec([2])))["Tanh"] == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.unpack_sequence(LONG[0]), r"batch has shape \(7, 3\), expected \(batch, time, features\)"),
        (lambda: rnncourse.unpack_sequence(tf.zeros((7, 3))), r"batch has shape \(7, 3\), expected"),
        (lambda: rnncourse.unpack_sequence(LONG[:, :0]), "expected at least one step of time"),
        (lambda: rnncourse.unpack_sequence([["a"]]), "batch has dtype"),
        (lambda: traced(None), "the number of steps .* is not known .* needs a fixed length"),
        (lambda: rnncourse.pack_sequence([]), "outputs is empty"),
        (lambda: rnncourse.pack_sequence([START, START[:2]]), r"outputs\[1\] has shape \(2, 5\).*\(4, 5\)"),
        (lambda: rnncourse.pack_sequence([1.0]), r"outputs\[0\] has shape \(\), expected"),
        (lambda: rnncourse.static_rnn(numpy_step, LONG, START), "inputs is of type ndarray, expected a list"),
        (lambda: rnncourse.static_rnn(numpy_step, [], START), "inputs is an empty list"),
        (lambda: rnncourse.static_rnn_in_pieces(numpy_step, [LONG[0]], START, 0), "length is 0, expected a whole"),
        (lambda: rnncourse.graph_size(numpy_step), "expected a concrete function"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
