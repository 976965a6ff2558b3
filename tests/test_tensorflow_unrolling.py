"""The loop in the graph: against TensorFlow 1's own dynamic_rnn, past the end too, against Keras, and its gradient;
cutting the way back; counting what a graph holds."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse

from oracles.tensorflow1 import cells, graph_session, v1

TUTORIAL = np.array([[[0, 1, 2], [9, 8, 7]], [[3, 4, 5], [0, 0, 0]], [[6, 7, 8], [6, 5, 4]], [[9, 0, 1], [3, 2, 1]]])
RNG = np.random.default_rng(29)
WEIGHTS = 0.1 * RNG.normal(size=(3, 5)), 0.3 * RNG.normal(size=(5, 5)), 0.2 * RNG.normal(size=5)
LONG = RNG.uniform(-1, 1, size=(4, 7, 3))
START = RNG.uniform(-1, 1, size=(4, 5))
CASES = pytest.mark.parametrize(
    ("batch", "state", "lengths"),
    [
        pytest.param(TUTORIAL, np.zeros((4, 5)), [2, 1, 2, 2], id="tutorial"),
        pytest.param(LONG, START, [3, 7, 1, 5], id="random"),
        pytest.param(LONG, START, [3, 0, 1, 4], id="room to spare and an empty sequence"),
        pytest.param(LONG, START, [0, 0, 0, 0], id="all empty"),
        pytest.param(LONG, START, None, id="no lengths"),
    ],
)


def numpy_step(inputs, state):
    state = rnncourse.rnn_step(inputs, state, *WEIGHTS)
    return state, state


def tensorflow_step(inputs, state):
    weights = (tf.constant(w, inputs.dtype) for w in WEIGHTS)
    state = rnncourse.rnn_step_tensorflow(inputs, state, *weights)
    return state, state


def tensors(batch, state):
    return tf.constant(batch, tf.float32), tf.constant(state, tf.float32)


def tensorflow1(batch, state, lengths):
    """The tutorial's listing: dynamic_rnn with sequence_length, in a graph and a session."""
    with graph_session() as session:
        inputs, start = tensors(batch, state)
        cell = cells.BasicRNNCell(num_units=5)
        results = v1.nn.dynamic_rnn(cell, inputs, initial_state=start, sequence_length=lengths)
        session.run(v1.global_variables_initializer())
        cell.variables[0].load(rnncourse.stack_kernels(*WEIGHTS[:2]), session)
        cell.variables[1].load(WEIGHTS[2], session)
        return session.run(results)


@CASES
def test_equals_tensorflow_1(batch, state, lengths):
    expected, expected_last = tensorflow1(batch, state, lengths)
    at_once = rnncourse.dynamic_rnn(tensorflow_step, *tensors(batch, state), lengths)
    given = [] if lengths is None else [tf.constant(lengths)]
    compiled = tf.function(lambda *given: rnncourse.dynamic_rnn(tensorflow_step, *given))
    in_numpy = rnncourse.run_with_lengths(
        numpy_step, batch, state, [batch.shape[1]] * 4 if lengths is None else lengths
    )
    for outputs, last in (at_once, compiled(*tensors(batch, state), *given), in_numpy):
        assert outputs.shape == expected.shape
        np.testing.assert_allclose(outputs, expected, atol=1e-6)
        np.testing.assert_allclose(last, expected_last, atol=1e-6)


def test_past_the_end_outputs_are_zeros_and_the_state_waits():
    outputs, last = rnncourse.dynamic_rnn(tensorflow_step, *tensors(TUTORIAL, np.zeros((4, 5))), [2, 1, 2, 2])
    assert not outputs[1, 1].numpy().any()
    np.testing.assert_array_equal(last[1], outputs[1, 0])
    np.testing.assert_array_equal(last[0], outputs[0, 1])


def keras_layer(**options):
    """Keras's cell in Keras's loop, with our weights."""
    layer = keras.layers.RNN(keras.layers.SimpleRNNCell(5), return_sequences=True, return_state=True, **options)
    layer.build((None, None, 3))
    layer.set_weights(WEIGHTS)
    return layer


def test_keras_with_zero_output_for_mask_equals_ours():
    inputs, start = tensors(LONG, START)
    lengths = [3, 7, 1, 5]
    ours, last = rnncourse.dynamic_rnn(tensorflow_step, inputs, start, lengths)
    layer = keras_layer(zero_output_for_mask=True)
    theirs, their_last = layer(inputs, initial_state=start, mask=tf.sequence_mask(lengths, 7))
    np.testing.assert_allclose(theirs, ours, atol=1e-6)
    np.testing.assert_allclose(their_last, last, atol=1e-6)


def test_keras_by_default_repeats_the_last_output_past_the_end():
    inputs, start = tensors(LONG, START)
    lengths = [3, 7, 1, 5]
    ours, last = rnncourse.dynamic_rnn(tensorflow_step, inputs, start, lengths)
    theirs, their_last = keras_layer()(inputs, initial_state=start, mask=tf.sequence_mask(lengths, 7))
    np.testing.assert_allclose(their_last, last, atol=1e-6)  # of the state both think alike
    for i, length in enumerate(lengths):
        np.testing.assert_allclose(theirs[i, :length], ours[i, :length], atol=1e-6)
        np.testing.assert_allclose(theirs[i, length:], np.repeat(ours[i, length - 1][None], 7 - length, 0), atol=1e-6)
    assert np.abs(theirs - ours).max() > 0.1


def loss_and_gradients(run):
    weights = [tf.Variable(w, dtype=tf.float64) for w in WEIGHTS]

    def step(inputs, state):
        state = rnncourse.rnn_step_tensorflow(inputs, state, *weights)
        return state, state

    with tf.GradientTape() as tape:
        inputs, state = tf.constant(LONG), tf.constant(START)
        tape.watch([inputs, state])
        loss = run(step, inputs, state)
    return loss, tape.gradient(loss, [*weights, inputs, state])


def static_loss(step, inputs, state):
    outputs, last = rnncourse.static_rnn(step, rnncourse.unpack_sequence(inputs), state)
    return tf.reduce_sum(rnncourse.pack_sequence(outputs) ** 2) + tf.reduce_sum(last**3)


def dynamic_loss(step, inputs, state, lengths=None):
    outputs, last = rnncourse.dynamic_rnn(step, inputs, state, lengths)
    return tf.reduce_sum(outputs**2) + tf.reduce_sum(last**3)


def one_by_one(step, inputs, state):
    """Each sequence alone, cut to its length, unrolled statically: what the loop with lengths has to equal."""
    return sum(static_loss(step, inputs[i : i + 1, :n], state[i : i + 1]) for i, n in enumerate([3, 7, 1, 5]))


@pytest.mark.parametrize("compiled", [False, True], ids=["at once", "compiled"])
@pytest.mark.parametrize("lengths", [None, [3, 7, 1, 5]], ids=["no lengths", "lengths"])
def test_the_gradient_equals_that_of_static_unrolling(lengths, compiled):
    run = tf.function(dynamic_loss) if compiled else dynamic_loss
    loss, gradients = loss_and_gradients(lambda step, *given: run(step, *given, lengths))
    expected_loss, expected = loss_and_gradients(static_loss if lengths is None else one_by_one)
    assert float(loss) == pytest.approx(float(expected_loss), rel=1e-12)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
        assert np.abs(theirs).max() > 0.01


@pytest.mark.parametrize("steps", [1, 6, 40])
def test_a_loop_that_is_differentiated_keeps_a_list_with_an_entry_a_step(steps):
    weights = [tf.Variable(w, dtype=tf.float32) for w in WEIGHTS]

    def forward(batch):
        step = lambda x, h: (rnncourse.rnn_step_tensorflow(x, h, *weights),) * 2  # noqa: E731
        return rnncourse.dynamic_rnn(step, batch, tf.zeros((4, 5)))[1]

    def gradient(batch):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(forward(batch) ** 2)
        return tape.gradient(loss, weights)

    batch = tf.zeros((4, steps, 3))
    number, x, h, w_x, w_h = (steps,), (steps, 4, 3), (steps, 4, 5), (steps, 3, 5), (steps, 5, 5)
    assert rnncourse.kept_for_backward(forward, batch) == []
    kept = rnncourse.kept_for_backward(gradient, batch)
    assert sorted(kept) == sorted([number, x, h, h, w_x, w_h])  # h twice: before the step and after it
    assert kept == sorted(kept, key=len)


def network(features=3):
    """Compiled for any batch and any number of steps; ``traces`` grows when it is traced."""
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None, None, features]), tf.TensorSpec([None], tf.int32)])
    def run(inputs, lengths):
        traces.append(inputs.shape)
        return rnncourse.dynamic_rnn(tensorflow_step, inputs, tf.zeros((tf.shape(inputs)[0], 5)), lengths)

    return run, traces


def test_one_graph_serves_every_length_and_every_batch():
    run, traces = network()
    for batch, time_steps in [(4, 2), (1, 1), (3, 50), (2, 200)]:
        inputs = RNG.uniform(-1, 1, size=(batch, time_steps, 3))
        lengths = RNG.integers(0, time_steps + 1, size=batch)
        outputs, last = run(tf.constant(inputs, tf.float32), tf.constant(lengths, tf.int32))
        expected = rnncourse.run_with_lengths(numpy_step, inputs, np.zeros((batch, 5)), lengths)
        np.testing.assert_allclose(outputs, expected[0], atol=1e-5)
        np.testing.assert_allclose(last, expected[1], atol=1e-5)
    assert len(traces) == 1


def test_the_graph_does_not_grow_with_the_steps():
    def traced(time_steps):
        run = tf.function(lambda batch: rnncourse.dynamic_rnn(tensorflow_step, batch, tf.zeros((4, 5))))
        return run.get_concrete_function(tf.TensorSpec([4, time_steps, 3]))

    counted = [rnncourse.graph_operations(traced(steps)) for steps in (2, 20, 2000)]
    assert counted[0] == counted[1] == counted[2]
    assert (counted[0]["While"] if "While" in counted[0] else counted[0]["StatelessWhile"]) == 1
    assert (counted[0]["MatMul"], counted[0]["Tanh"]) == (2, 1)


def test_a_nested_state_and_an_output_of_its_own():
    def counting(inputs, state):
        _, inner = tensorflow_step(inputs, state["inner"])
        return tf.cast(inner[:, :2] > 0, tf.int32), {"inner": inner, "steps": (state["steps"][0] + 1,)}

    inputs, start = tensors(LONG, START)
    state = {"inner": start, "steps": (tf.zeros(4, tf.int32),)}
    for run in (rnncourse.dynamic_rnn, tf.function(rnncourse.dynamic_rnn)):
        outputs, last = run(counting, inputs, state, [3, 7, 1, 5])
        plain, plain_last = rnncourse.dynamic_rnn(tensorflow_step, inputs, start, [3, 7, 1, 5])
        assert outputs.dtype == tf.int32
        assert last["steps"][0].numpy().tolist() == [3, 7, 1, 5]
        np.testing.assert_array_equal(outputs, plain[:, :, :2] > 0)
        np.testing.assert_allclose(last["inner"], plain_last, atol=1e-6)


def test_the_loop_ends_with_the_longest_sequence():
    def steps_run(lengths):
        count = tf.Variable(0)

        def counting(inputs, state):
            count.assign_add(1)
            return tensorflow_step(inputs, state)

        tf.function(lambda *given: rnncourse.dynamic_rnn(counting, *given))(*tensors(LONG, START), lengths)
        return int(count)

    assert steps_run(tf.constant([2, 3, 1, 3])) == 3
    assert steps_run(tf.constant([2, 7, 1, 3])) == 7


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float64"])
def test_lengths_of_every_dtype_are_those_of_the_twin_in_numpy(dtype):
    lengths = np.array([3, 0, 7, 5], dtype)
    expected, expected_last = rnncourse.run_with_lengths(numpy_step, LONG, START, lengths)
    run = tf.function(lambda lengths: rnncourse.dynamic_rnn(tensorflow_step, *tensors(LONG, START), lengths))
    results = [rnncourse.dynamic_rnn(tensorflow_step, *tensors(LONG, START), lengths)]
    if dtype != "float64":
        results.append(run(tf.constant(lengths)))
    for outputs, last in results:
        np.testing.assert_allclose(outputs, expected, atol=1e-6)
        np.testing.assert_allclose(last, expected_last, atol=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 2.5, -1, 8])
def test_the_twins_say_the_same_of_a_length_that_cannot_be(wrong):
    lengths, said = [3, wrong, 7, 5], []
    for run, step in ((rnncourse.dynamic_rnn, tensorflow_step), (rnncourse.run_with_lengths, numpy_step)):
        with pytest.raises(ValueError, match=r"lengths\[1\] is .*, expected a whole number from 0 to 7\.") as caught:
            run(step, LONG, START, lengths)
        said.append(str(caught.value).removeprefix("sequence_"))
    assert said[0] == said[1]


def test_a_length_that_cannot_be_is_named_before_the_number_of_steps_is_known():
    run = tf.function(lambda batch: rnncourse.dynamic_rnn(tensorflow_step, batch, tf.zeros((4, 5)), [1, np.nan, 1, 1]))
    with pytest.raises(ValueError, match=r"sequence_lengths\[1\] is nan, expected a whole number of at least 0"):
        run.get_concrete_function(tf.TensorSpec([4, None, 3]))
    run = tf.function(lambda lengths: rnncourse.dynamic_rnn(tensorflow_step, *tensors(LONG, START), lengths))
    with pytest.raises(ValueError, match="sequence_lengths has dtype float32, expected whole numbers"):
        run.get_concrete_function(tf.TensorSpec([4], tf.float32))


def cell_of_weights(dtype):
    """A cell with weights of a dtype of its own, whatever the inputs and the state are."""
    weights = [tf.Variable(weight, dtype=dtype) for weight in WEIGHTS]
    return lambda inputs, state: (rnncourse.rnn_step_tensorflow(inputs, state, *weights),) * 2


@pytest.mark.parametrize("compiled", [False, True], ids=["at once", "compiled"])
@pytest.mark.parametrize("weights", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("given", ["float16", "float32", "float64", "int64", "uint8"])
def test_the_weights_decide_in_which_dtype_a_loop_computes(given, weights, compiled):
    inputs, state = np.abs(9 * LONG).astype(given), np.abs(9 * START).astype(given)
    expected, expected_last = rnncourse.run_with_lengths(numpy_step, inputs, state, [3, 7, 1, 5])
    step = cell_of_weights(weights)
    run = tf.function(rnncourse.dynamic_rnn) if compiled else rnncourse.dynamic_rnn
    outputs, last = run(step, inputs, state, [3, 7, 1, 5])
    assert outputs.dtype == last.dtype == weights
    precise = {"float16": 5e-3, "bfloat16": 5e-2, "float32": 1e-5, "float64": 1e-5 if given == "float32" else 1e-6}
    # what is given with fewer digits than the weights have is the reference's only to its own precision
    tolerance = max(precise[weights], precise.get(given, 0.0) if given == "float16" else 0.0)
    np.testing.assert_allclose(tf.cast(outputs, tf.float64), expected, atol=tolerance)
    np.testing.assert_allclose(tf.cast(last, tf.float64), expected_last, atol=tolerance)


@pytest.mark.parametrize("cell", [keras.layers.SimpleRNNCell, keras.layers.LSTMCell, keras.layers.GRUCell])
@pytest.mark.parametrize("policy", ["float64", "mixed_float16", "mixed_bfloat16"])
def test_a_cell_of_keras_computes_as_its_policy_says(policy, cell):
    cell = cell(5, dtype=policy)
    start = [START, 0.5 * START] if isinstance(cell, keras.layers.LSTMCell) else START
    outputs, last = rnncourse.dynamic_rnn(cell, LONG, start, [3, 7, 1, 5])
    assert {part.dtype for part in (outputs, *tf.nest.flatten(last))} == {tf.as_dtype(cell.compute_dtype)}
    layer = keras.layers.RNN(cell, return_sequences=True, zero_output_for_mask=True, dtype=policy)
    initial = [tf.constant(part, cell.compute_dtype) for part in tf.nest.flatten(start)]
    theirs = layer(LONG, initial_state=initial, mask=tf.sequence_mask([3, 7, 1, 5], 7))
    np.testing.assert_allclose(tf.cast(outputs, tf.float64), tf.cast(theirs, tf.float64), atol=1e-3)


@pytest.mark.parametrize("compiled", [False, True], ids=["at once", "compiled"])
@pytest.mark.parametrize("padding", [np.nan, np.inf, 1e30])
def test_what_stands_in_the_padding_gets_into_no_gradient(padding, compiled):
    lengths = [3, 7, 0, 5]
    spoilt = np.where(rnncourse.sequence_mask(lengths, 7)[:, :, np.newaxis], LONG, padding)
    weights = [tf.Variable(w) for w in WEIGHTS]
    step = lambda x, h: (rnncourse.rnn_step_tensorflow(x, h, *weights),) * 2  # noqa: E731

    def gradients(batch):
        with tf.GradientTape() as tape:
            tape.watch(batch)
            loss = dynamic_loss(step, batch, tf.constant(START), lengths)
        return [loss, *tape.gradient(loss, [*weights, batch])]

    run = tf.function(gradients) if compiled else gradients
    for got, expected in zip(run(tf.constant(spoilt)), run(tf.constant(LONG)), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_keras_lets_nan_of_the_padding_into_its_gradients():
    """What chapter 5 warns of: its outputs are finite, the gradients of its weights are not."""
    mask = rnncourse.sequence_mask([3, 7, 1, 5], 7)
    spoilt = tf.constant(np.where(mask[:, :, np.newaxis], LONG, np.nan), tf.float32)
    layer = keras_layer()
    with tf.GradientTape() as tape:
        outputs, last = layer(spoilt, initial_state=tf.constant(START, tf.float32), mask=tf.constant(mask))
        loss = tf.reduce_sum(outputs**2)
    assert np.isfinite(outputs).all()
    assert np.isfinite(last).all()
    assert np.isnan(tape.gradient(loss, layer.cell.kernel.value)).any()


def bad(step=tensorflow_step, inputs=LONG, state=START, lengths=None):
    def call():
        given = (inputs, state) if isinstance(inputs, list) else tensors(inputs, state)
        rnncourse.dynamic_rnn(step, *given, lengths)

    return call


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnncourse.graph_size(numpy_step), "expected a concrete function"),
        (bad(inputs=LONG[0, 0]), r"inputs has shape \(3,\), expected \(batch, time, features\)"),
        (bad(inputs=LONG[:, :0]), "expected at least one step of time"),
        (bad(lengths=[3, 7, 1]), r"sequence_lengths has shape \(3,\), expected \(4,\)"),
        (bad(lengths=[[3, 7, 1, 5]]), r"sequence_lengths has shape \(1, 4\)"),
        (bad(lengths=["3", "7", "1", "5"]), "sequence_lengths has dtype <U1, expected whole numbers"),
        (bad(inputs=[[[1.0], [2.0]], [[1.0]]]), "inputs is of type list, expected one tensor"),
        (bad(lengths=[3, 8, 1, 5]), r"sequence_lengths\[1\] is 8, expected a whole number from 0 to 7"),
        (bad(lengths=[3, 7, 1, -5]), r"sequence_lengths\[3\] is -5"),
        (bad(lengths=tf.constant([3, 8, 1, 5])), r"sequence_lengths\[1\] is 8"),
        (bad(step=lambda x, h: (h, h[:2])), r"new state of shape \(2, 5\) .* \(4, 5\)"),
        (bad(step=lambda x, h: (h, tf.cast(h, tf.int32))), "new state of shape .* and tf.int32"),
        (bad(step=lambda x, h: (h, (h, h))), "as its new state, expected the form of"),
        (bad(step=lambda x, h: h), "expected a pair"),
        (bad(step=lambda x, h: ((h, h), h)), "as its output, expected one tensor"),
        (bad(step=lambda x, h: (tf.reduce_sum(h), h)), "as its output, expected one tensor, batch first"),
        (bad(step=lambda x, h: (tf.constant(1.0), 1.0), state=1.0, lengths=[1, 2, 3, 4]), "a part of the state has"),
        (bad(state=START[:3], lengths=[1, 2, 3, 4]), r"a part of the state has shape \(3, 5\), expected \(4, …\)"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("lengths", "message"),
    [([3, 8, 1, 5], "from 0 to the number of steps"), ([3, 7, 1, -1], "from 0"), ([7], "for each sequence")],
)
def test_lengths_that_only_the_running_graph_knows_are_checked_there(lengths, message):
    run, _ = network()
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"sequence_lengths: expected .*{message}"):
        run(tf.constant(LONG, tf.float32), tf.constant(lengths, tf.int32))


def test_a_batch_without_steps_is_refused_by_the_running_graph():
    run, _ = network()
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected at least one step of time"):
        run(tf.zeros((4, 0, 3)), tf.zeros(4, tf.int32))


def test_operations_inside_a_loop_of_the_graph_are_counted():
    @tf.function
    def looped(x):
        for _ in tf.range(3):
            x = tf.tanh(x)
        return x

    assert rnncourse.graph_operations(looped.get_concrete_function(tf.TensorSpec([2])))["Tanh"] == 1


# Cutting the way back


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(1)
    shapes = (3, 4 * 5), (5, 4 * 5), (4 * 5,)
    return [tf.constant(0.8 * rng.normal(size=shape)) for shape in shapes]


@pytest.fixture(scope="module")
def inputs():
    return tf.constant(np.random.default_rng(2).normal(size=(4, 7, 3)))


def lstm(weights):
    def step(x, state):
        new = rnncourse.lstm_step_tensorflow(x, state, *weights)
        return new[0], new

    return step


def with_gradient(run, weights):
    """Outputs, last state, and the gradient of the outputs' squares by the weights."""
    with tf.GradientTape() as tape:
        tape.watch(weights)
        outputs, state = run()
        cost = tf.reduce_sum(outputs**2) + tf.reduce_sum(state[1])
    return outputs, state, tape.gradient(cost, weights)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 20])
def test_the_state_goes_on_and_the_gradient_ends_at_the_border(weights, inputs, length):
    steps, state = tf.unstack(inputs, axis=1), (tf.zeros((4, 5), tf.float64),) * 2
    got = with_gradient(lambda: stacked(rnncourse.truncated_rnn(lstm(weights), steps, state, length)), weights)
    whole = with_gradient(lambda: stacked(rnncourse.static_rnn(lstm(weights), steps, state)), weights)
    np.testing.assert_array_equal(got[0], whole[0])

    # the pieces one by one, each from a state that is a plain number: no gradient can cross
    total, start = [tf.zeros_like(part) for part in weights], state
    for begin in range(0, 7, length):
        last = begin + length >= 7
        with tf.GradientTape() as tape:
            tape.watch(weights)
            outputs, after = rnncourse.static_rnn(lstm(weights), steps[begin : begin + length], start)
            cost = tf.reduce_sum(tf.stack(outputs) ** 2) + last * tf.reduce_sum(after[1])
        total = [a + b for a, b in zip(total, tape.gradient(cost, weights), strict=True)]
        start = tuple(tf.constant(part.numpy()) for part in after)
    for ours, expected in zip(got[2], total, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    if length < 7:
        assert not np.allclose(got[2][1], whole[2][1], rtol=1e-3)


def stacked(result):
    outputs, state = result
    return tf.stack(outputs, axis=1), state


def test_a_tensor_in_place_of_a_list_and_no_length_are_refused():
    with pytest.raises(ValueError, match="inputs"):
        rnncourse.truncated_rnn(rnncourse.rnn_step_tensorflow, tf.zeros((3, 1, 1)), tf.zeros((1, 1)), 2)
    with pytest.raises(ValueError, match="length is 0, expected a whole number of at least 1"):
        rnncourse.truncated_rnn(rnncourse.rnn_step_tensorflow, [tf.zeros((1, 1))], tf.zeros((1, 1)), 0)
    with pytest.raises(ValueError, match="inputs is an empty list"):
        rnncourse.truncated_rnn(rnncourse.rnn_step_tensorflow, [], tf.zeros((1, 1)), 2)
