"""LSTM, peephole LSTM and GRU in NumPy against Keras and TensorFlow 1, on random weights, several steps."""

from __future__ import annotations

import importlib
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnncourse import GateBias, PeepholeLSTMCell
from rnncourse.cells import (
    cell_parameter_count,
    forget_bias_for,
    gru_kernels_from_tensorflow1,
    gru_step,
    lstm_step,
    peephole_lstm_step,
    sigmoid,
)
from rnncourse.models import CELLS, memory_reader
from rnncourse.tensorflow_cells import gru_step_tensorflow, lstm_step_tensorflow
from rnncourse.unrolling import lstm_trace, static_rnn

BATCH, STEPS, FEATURES, UNITS = 3, 7, 4, 5


def draw(*shapes: tuple[int, ...], seed: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [0.7 * rng.normal(size=shape) for shape in shapes]


@pytest.fixture(scope="module")
def inputs():
    return draw((BATCH, STEPS, FEATURES), seed=11)[0]


@pytest.fixture(scope="module")
def states():
    """(h, c) before the first step."""
    return tuple(draw((BATCH, UNITS), (BATCH, UNITS), seed=12))


def run(step, inputs, state):
    """Outputs (batch, time, units) and the last state of a step that returns its new state."""
    outputs, last = static_rnn(step, list(np.swapaxes(inputs, 0, 1)), state)
    return np.stack(outputs, axis=1), last


def run_lstm(weights, inputs, states, step=lstm_step):
    def cell(x, state):
        new = step(x, state, *weights)
        return new[0], new

    return run(cell, inputs, states)


def run_gru(weights, inputs, state, **options):
    def cell(x, state):
        new = gru_step(x, state, *weights, **options)
        return new, new

    return run(cell, inputs, state)


def keras_run(layer, weights, inputs, states):
    layer.build(inputs.shape)
    layer.set_weights(weights)
    outputs, *last = layer(inputs, initial_state=list(states))
    return np.asarray(outputs), [np.asarray(part) for part in last]


def tensorflow1_run(make_cell, assign, inputs, states):
    """A cell of TensorFlow 1 through its own dynamic_rnn; ``assign`` maps the ends of variable names to values."""
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # they announce their own end
        cell = make_cell(cells)
        start = cells.LSTMStateTuple(c=states[1], h=states[0]) if len(states) == 2 else tf.constant(states[0])
        outputs, last = v1.nn.dynamic_rnn(cell, tf.constant(inputs), initial_state=start)
        session.run(v1.global_variables_initializer())
        left = dict(assign)
        for variable in v1.global_variables():
            name = variable.name.removesuffix(":0").removeprefix("rnn/")
            variable.load(left.pop(name.partition("/")[2]), session)
        assert not left
        return session.run([outputs, last])


def tensorflow1_order(array, order, axis=-1):
    """The blocks of a kernel in another order."""
    blocks = np.split(array, len(order), axis=axis)
    return np.concatenate([blocks[index] for index in order], axis=axis)


def assert_near(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)


def test_sigmoid_is_the_formula_and_does_not_overflow():
    x = np.linspace(-30, 30, 61)
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), rtol=1e-12, atol=1e-15)
    assert sigmoid(np.array([-1e4, 1e4])).tolist() == [0, 1]
    assert sigmoid(0) == 0.5


def lstm_weights():
    return draw((FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))


def test_lstm_is_keras_and_our_tensorflow(inputs, states):
    weights = lstm_weights()
    outputs, last = run_lstm(weights, inputs, states)
    layer = keras.layers.LSTM(UNITS, return_sequences=True, return_state=True, dtype="float64")
    expected, expected_last = keras_run(layer, weights, inputs, states)
    assert_near(outputs, expected)
    assert_near(last, expected_last)
    assert_near(run_lstm(weights, inputs, tuple(map(tf.constant, states)), lstm_step_tensorflow)[0], expected)


@pytest.mark.parametrize("peepholes", [False, True])
def test_lstm_is_tensorflow1(inputs, states, peepholes):
    kernel, recurrent_kernel, bias = lstm_weights()
    looks = draw((3, UNITS), seed=4)[0] * peepholes
    order = [0, 2, 1, 3]  # i, f, g, o as TensorFlow 1's i, j, f, o
    forget_bias = np.repeat([0, 0, 1.0, 0], UNITS)
    assign = {
        "kernel": tensorflow1_order(np.concatenate([kernel, recurrent_kernel]), order),
        "bias": tensorflow1_order(bias, order) - forget_bias,  # which it adds when it runs
    }
    if peepholes:
        assign |= {f"w_{gate}_diag": look for gate, look in zip("ifo", looks, strict=True)}
    expected, expected_last = tensorflow1_run(
        lambda cells: cells.LSTMCell(UNITS, use_peepholes=peepholes, dtype=tf.float64), assign, inputs, states
    )
    outputs, (h, c) = run_lstm([kernel, recurrent_kernel, bias, looks], inputs, states, peephole_lstm_step)
    assert_near(outputs, expected)
    assert_near(h, expected_last.h)
    assert_near(c, expected_last.c)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
def test_the_peephole_layer_is_the_step_and_travels_through_a_file(inputs, states, tmp_path):
    weights = [*lstm_weights(), *draw((3, UNITS), seed=4)]
    layer = keras.layers.RNN(PeepholeLSTMCell(UNITS, dtype="float64"), return_sequences=True, return_state=True)
    outputs, last = run_lstm(weights, inputs, states, peephole_lstm_step)
    expected, expected_last = keras_run(layer, weights, inputs, states)
    assert_near(outputs, expected)
    assert_near(last, expected_last)

    entry = keras.Input((STEPS, FEATURES), dtype="float64")
    model = keras.Model(entry, keras.layers.RNN(PeepholeLSTMCell(UNITS, peephole_initializer="ones"))(entry))
    assert np.all(model.get_weights()[-1] == 1)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.layers[-1].cell.peephole_initializer.__class__.__name__ == "Ones"


def test_the_peephole_layer_without_bias_and_with_zero_peepholes_is_an_lstm(inputs, states):
    weights = lstm_weights()[:2]
    options = {"use_bias": False, "dtype": "float64"}
    cell = PeepholeLSTMCell(UNITS, peephole_initializer="zeros", **options)
    ours = keras.layers.RNN(cell, return_sequences=True, return_state=True)
    theirs = keras.layers.LSTM(UNITS, return_sequences=True, return_state=True, **options)
    got, _ = keras_run(ours, [*weights, np.zeros((3, UNITS))], inputs, states)
    expected, _ = keras_run(theirs, weights, inputs, states)
    assert_near(got, expected)


def test_the_peephole_layer_learns_its_peepholes(inputs, states):
    cell = PeepholeLSTMCell(UNITS, dtype="float64")
    layer = keras.layers.RNN(cell)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs) ** 2)
    gradient = tape.gradient(loss, cell.peepholes.value)
    assert np.all(np.abs(gradient) > 0)


def test_the_peephole_layer_refuses_dropout():
    with pytest.raises(ValueError, match=r"recurrent_dropout is 0\.2, expected 0: put a keras.layers.Dropout"):
        PeepholeLSTMCell(3, recurrent_dropout=0.2)


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_is_keras(inputs, states, reset_after):
    weights = draw((FEATURES, 3 * UNITS), (UNITS, 3 * UNITS), (2, 3 * UNITS) if reset_after else (3 * UNITS,))
    outputs, last = run_gru(weights, inputs, states[0], reset_after=reset_after)
    layer = keras.layers.GRU(UNITS, return_sequences=True, return_state=True, reset_after=reset_after, dtype="float64")
    expected, (expected_last,) = keras_run(layer, weights, inputs, states[:1])
    assert_near(outputs, expected)
    assert_near(last, expected_last)
    if reset_after:

        def cell(x, state):
            new = gru_step_tensorflow(x, state, *weights)
            return new, new

        assert_near(run(cell, inputs, tf.constant(states[0]))[0], expected)


def test_gru_that_resets_before_is_tensorflow1(inputs, states):
    kernel, recurrent_kernel, bias = draw((FEATURES, 3 * UNITS), (UNITS, 3 * UNITS), (3 * UNITS,))
    gates, candidate = slice(0, 2 * UNITS), slice(2 * UNITS, None)
    stacked, swap = np.concatenate([kernel, recurrent_kernel]), [1, 0]  # z, r as TensorFlow 1's r, u
    assign = {
        "gates/kernel": tensorflow1_order(stacked[:, gates], swap),
        "gates/bias": tensorflow1_order(bias[gates], swap),
        "candidate/kernel": stacked[:, candidate],
        "candidate/bias": bias[candidate],
    }
    expected, expected_last = tensorflow1_run(
        lambda cells: cells.GRUCell(UNITS, dtype=tf.float64), assign, inputs, states[:1]
    )
    outputs, last = run_gru([kernel, recurrent_kernel, bias], inputs, states[0], reset_after=False)
    assert_near(outputs, expected)
    assert_near(last, expected_last)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kernel": np.ones((4, 19))}, r"kernel has shape \(4, 19\), expected \(features, 4\*units\) = \(4, 20\)"),
        ({"bias": np.ones(5)}, r"bias has shape \(5,\), expected \(4\*units,\) = \(20,\) \(units = 5 comes from h\)"),
        ({"peepholes": np.ones((2, 5))}, r"peepholes has shape \(2, 5\), expected \(3, units\) = \(3, 5\)"),
        ({"state": (np.ones((3, 5)), np.ones((3, 6)))}, r"c has shape \(3, 6\), expected \(batch, units\) = \(3, 5\)"),
    ],
)
def test_wrong_shapes_are_named(changed, message):
    arguments = {
        "inputs": np.ones((3, 4)),
        "state": (np.ones((3, 5)), np.ones((3, 5))),
        "kernel": np.ones((4, 20)),
        "recurrent_kernel": np.ones((5, 20)),
        "bias": np.ones(20),
        "peepholes": np.ones((3, 5)),
    }
    with pytest.raises(ValueError, match=message):
        peephole_lstm_step(**{**arguments, **changed})


def test_the_two_kinds_of_gru_want_different_biases():
    arguments = np.ones((3, 4)), np.ones((3, 5)), np.ones((4, 15)), np.ones((5, 15))
    with pytest.raises(ValueError, match=r"bias has shape \(15,\), expected \(2, 3\*units\)"):
        gru_step(*arguments, np.ones(15))
    with pytest.raises(ValueError, match=r"bias has shape \(2, 15\), expected \(3\*units,\)"):
        gru_step(*arguments, np.ones((2, 15)), reset_after=False)


@pytest.mark.parametrize(("steps", "share"), [(1, 0.5), (10, 0.9), (150, 0.5), (1000, 0.01)])
def test_the_forget_bias_leaves_the_share(steps, share):
    bias = np.repeat([0, forget_bias_for(steps, share), 0, 0], 1)
    state = (np.zeros((1, 1)), np.ones((1, 1)))
    for _ in range(steps):
        state = lstm_step(np.zeros((1, 1)), (np.zeros((1, 1)), state[1]), np.zeros((1, 4)), np.zeros((1, 4)), bias)
    np.testing.assert_allclose(state[1], share, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 0.5), "steps is 0, expected a number above 0"), ((9, 1.0), "share is 1.0, expected a share between 0 and 1")],
)
def test_a_memory_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        forget_bias_for(*arguments)


def test_the_trace_of_an_lstm_is_the_lstm(inputs):
    weights = lstm_weights()
    zeros = np.zeros((BATCH, UNITS))
    trace = lstm_trace(inputs, *weights)
    outputs, (_, c) = run_lstm(weights, inputs, (zeros, zeros))
    assert_near(trace["h"], outputs)
    assert_near(trace["c"][:, -1], c)
    before = np.concatenate([zeros[:, None], trace["c"][:, :-1]], axis=1)
    assert_near(trace["f"] * before + trace["i"] * trace["g"], trace["c"])
    assert_near(trace["o"] * np.tanh(trace["c"]), trace["h"])
    assert all(trace[gate].min() > 0 and trace[gate].max() < 1 for gate in "ifo")


def test_a_gate_bias_opens_one_gate():
    lstm = keras.layers.LSTM(2, bias_initializer=GateBias(f=3.0, i=-2.0), unit_forget_bias=False)
    lstm.build((None, None, 4))
    assert lstm.get_weights()[2].tolist() == [-2, -2, 3, 3, 0, 0, 0, 0]
    for reset_after in (True, False):
        gru = keras.layers.GRU(2, bias_initializer=GateBias("zrg", r=3.0), reset_after=reset_after)
        gru.build((None, None, 4))
        bias = np.atleast_2d(gru.get_weights()[2])
        assert bias[0].tolist() == [0, 0, 3, 3, 0, 0]
        assert not bias[1:].any()
    again = keras.initializers.deserialize(keras.initializers.serialize(GateBias(f=3.0)))
    assert again.get_config() == {"order": "ifgo", "f": 3.0}
    with pytest.raises(ValueError, match="There is a value for 'z', expected gates of 'ifgo': i, f, g, o"):
        GateBias(z=1.0)
    with pytest.raises(ValueError, match="The bias has 7 numbers, expected a block for each of i, f, g, o"):
        GateBias(f=1.0)((7,))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("reset_after", [True, False])
def test_parameters_are_counted_as_keras_counts(cell, reset_after):
    layer = CELLS[cell](UNITS, **{"reset_after": reset_after} if cell == "gru" else {})
    layer.build((None, None, FEATURES))
    assert cell_parameter_count(cell, FEATURES, UNITS, reset_after) == layer.count_params()


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="cell is 'LSTM', expected one of 'rnn', 'gru', 'lstm'"):
        cell_parameter_count("LSTM", 4, 5)
    with pytest.raises(ValueError, match="cell is 'LSTM', expected one of 'rnn', 'lstm', 'gru'"):
        memory_reader("LSTM")
    with pytest.raises(ValueError, match='memory is 9, expected None: the cell "rnn" has no gate'):
        memory_reader("rnn", memory=9)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_memory_reader_starts_with_the_memory_ordered(cell):
    model = memory_reader(cell, 5, features=3, outputs=2, memory=40)
    assert model(np.zeros((4, 9, 3))).shape == (4, 2)
    bias = np.atleast_2d(model.get_layer("reader").get_weights()[2])
    block = slice(5, 10) if cell == "lstm" else slice(0, 5)
    np.testing.assert_allclose(sigmoid(bias[0, block]) ** 40, 0.5, rtol=1e-4)
    bias[0, block] = 0
    if cell == "lstm":
        np.testing.assert_allclose(bias[0, :5], -forget_bias_for(40), rtol=1e-6)
        bias[0, :5] = 0
    assert not bias.any()


def test_kernels_of_tensorflow1_become_those_of_a_step(inputs, states):
    kernel, recurrent_kernel = draw((FEATURES, 3 * UNITS), (UNITS, 3 * UNITS))
    stacked, gates = np.concatenate([kernel, recurrent_kernel]), slice(0, 2 * UNITS)
    old = tensorflow1_order(stacked[:, gates], [1, 0]), stacked[:, 2 * UNITS :]
    got = gru_kernels_from_tensorflow1(*old)
    np.testing.assert_array_equal(got[0], kernel)
    np.testing.assert_array_equal(got[1], recurrent_kernel)
    with pytest.raises(ValueError, match=r"gates_kernel has shape \(9, 5\), expected \(features\+units, 2\*units\)"):
        gru_kernels_from_tensorflow1(*old[::-1])
    with pytest.raises(ValueError, match=r"without those of the state is 0, expected a whole number of at least 1"):
        gru_kernels_from_tensorflow1(old[0][-UNITS:], old[1][-UNITS:])
