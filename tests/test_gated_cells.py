"""LSTM, peephole LSTM and GRU against Keras, TensorFlow 1 and finite differences, past the end of sequences too."""

from __future__ import annotations

import importlib
import warnings
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnncourse import GateBias, PeepholeLSTMCell
from rnncourse.backprop import gradient_check
from rnncourse.cells import (
    forget_bias_for,
    gru_kernels_from_tensorflow1,
    gru_step,
    lstm_step,
    peephole_lstm_step,
    sigmoid,
)
from rnncourse.models import CELLS, memory_reader
from rnncourse.parameters import cell_parameter_count
from rnncourse.tensorflow_cells import gru_step_tensorflow, lstm_step_tensorflow
from rnncourse.tensorflow_unrolling import dynamic_rnn
from rnncourse.unrolling import lstm_trace, static_rnn

BATCH, STEPS, FEATURES, UNITS = 6, 7, 4, 5
LENGTHS = [4, 7, 1, 2, 6, 3]


def peephole_lstm_layer(units: int, dtype: str, **options) -> keras.layers.RNN:
    return keras.layers.RNN(PeepholeLSTMCell(units, dtype=dtype), dtype=dtype, **options)


#: kind -> (the step in NumPy, ours in TensorFlow where there is one, the layer)
KINDS = {
    "lstm": (lstm_step, lstm_step_tensorflow, keras.layers.LSTM),
    "peephole lstm": (peephole_lstm_step, None, peephole_lstm_layer),
    "gru": (gru_step, gru_step_tensorflow, keras.layers.GRU),
    "gru, reset before": (partial(gru_step, reset_after=False), None, partial(keras.layers.GRU, reset_after=False)),
}


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


def as_cell(step, weights):
    """A step as a loop over time wants it; the state is a tuple, (h, c) or (h,)."""

    def cell(x, state):
        new = step(x, state if len(state) == 2 else state[0], *weights)
        new = new if isinstance(new, tuple) else (new,)
        return new[0], new

    return cell


def run(step, weights, inputs, states, lengths=None):
    """Outputs (batch, time, units) and the last states, in NumPy; with lengths each sequence is cut and runs alone."""
    if lengths is None:
        outputs, last = static_rnn(as_cell(step, weights), list(np.swapaxes(inputs, 0, 1)), tuple(states))
        return np.stack(outputs, axis=1), last
    alone = [
        run(step, weights, inputs[i : i + 1, :length], [state[i : i + 1] for state in states])
        for i, length in enumerate(lengths)
    ]
    padded = [np.pad(outputs[0], [(0, inputs.shape[1] - len(outputs[0])), (0, 0)]) for outputs, _ in alone]
    return np.stack(padded), [np.concatenate(parts) for parts in zip(*(last for _, last in alone), strict=True)]


def keras_run(layer, weights, inputs, states, lengths=None):
    """A layer of Keras with these weights, differentiable in all it is given."""
    if not layer.built:
        layer.build(inputs.shape)
    mask = None if lengths is None else tf.sequence_mask(lengths, inputs.shape[1])
    (outputs, *last), _ = layer.stateless_call(
        weights, layer.non_trainable_variables, inputs, initial_state=list(states), mask=mask
    )
    return outputs, last


def tensorflow1_run(kind, weights, inputs, states, lengths=None):
    """TensorFlow 1's cell of a kind, with our weights, through its own dynamic_rnn."""
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # they announce their own end
        cell, left = tensorflow1_twin(cells, kind, *weights)
        start = cells.LSTMStateTuple(c=states[1], h=states[0]) if len(states) == 2 else tf.constant(states[0])
        results = v1.nn.dynamic_rnn(cell, tf.constant(inputs), initial_state=start, sequence_length=lengths)
        session.run(v1.global_variables_initializer())
        for variable in v1.global_variables():
            name = variable.name.removesuffix(":0").removeprefix("rnn/")
            variable.load(left.pop(name.partition("/")[2]), session)
        assert not left
        outputs, last = session.run(results)
    return outputs, (last.h, last.c) if len(states) == 2 else (last,)


def tensorflow1_twin(cells, kind, kernel, recurrent_kernel, bias, peepholes=()):
    """The cell, and what its variables have to be, by the ends of their names."""
    stacked = np.concatenate([kernel, recurrent_kernel])
    if kind == "gru, reset before":
        gates, candidate, swap = slice(0, 2 * UNITS), slice(2 * UNITS, None), [1, 0]  # z, r as TensorFlow 1's r, u
        return cells.GRUCell(UNITS, dtype=tf.float64), {
            "gates/kernel": tensorflow1_order(stacked[:, gates], swap),
            "gates/bias": tensorflow1_order(bias[gates], swap),
            "candidate/kernel": stacked[:, candidate],
            "candidate/bias": bias[candidate],
        }
    order = [0, 2, 1, 3]  # i, f, g, o as TensorFlow 1's i, j, f, o
    forget_bias = np.repeat([0, 0, 1.0, 0], UNITS)
    return cells.LSTMCell(UNITS, use_peepholes=len(peepholes) > 0, dtype=tf.float64), {
        "kernel": tensorflow1_order(stacked, order),
        "bias": tensorflow1_order(bias, order) - forget_bias,  # which it adds when it runs
        **{f"w_{gate}_diag": row for gate, row in zip("ifo", peepholes, strict=False)},
    }


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


def made(kind, states):
    """The layer of a kind, random weights for it, and as many parts of the state as it has."""
    options = {"return_sequences": True, "return_state": True, "zero_output_for_mask": True}
    layer = KINDS[kind][2](UNITS, dtype="float64", **options)
    layer.build((BATCH, STEPS, FEATURES))
    return layer, draw(*(weight.shape for weight in layer.weights)), states if "lstm" in kind else states[:1]


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "past the end"])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_keras_and_tensorflow1(inputs, states, kind, lengths):
    step, step_tensorflow, _ = KINDS[kind]
    layer, weights, states = made(kind, states)
    layer.set_weights(weights)
    cell, start = (as_cell(step_tensorflow, weights), states) if step_tensorflow else (layer.cell, list(states))
    results = {
        "our loop": dynamic_rnn(cell, inputs, start, lengths),
        "Keras": keras_run(layer, weights, inputs, states, lengths),
    }
    if kind != "gru":  # TensorFlow 1 has none that resets after
        results["TensorFlow 1"] = tensorflow1_run(kind, weights, inputs, states, lengths)
    expected, expected_last = run(step, weights, inputs, states, lengths)
    for outputs, last in results.values():
        assert_near(outputs, expected)
        for part, expected_part in zip(last, expected_last, strict=True):
            assert_near(part, expected_part)


def test_peepholes_of_zero_are_tensorflow1s_lstm(inputs, states):
    weights = lstm_weights()
    outputs, last = run(peephole_lstm_step, [*weights, np.zeros((3, UNITS))], inputs, states)
    expected, expected_last = tensorflow1_run("lstm", weights, inputs, states)
    assert_near(outputs, expected)
    assert_near(last, expected_last)


@pytest.mark.parametrize(
    ("kind", "by"), [*((kind, "the layer") for kind in KINDS), ("lstm", "our step"), ("gru", "our step")]
)
def test_gradients_equal_finite_differences(inputs, states, kind, by):
    step, step_tensorflow, _ = KINDS[kind]
    layer, weights, states = made(kind, states)
    parameters = {"inputs": inputs[:2, :5], **{name: part[:2] for name, part in zip("hc", states, strict=False)}}
    parameters |= {weight.name: value for weight, value in zip(layer.weights, weights, strict=True)}
    shares, lengths = draw((2, 5, UNITS), (2, UNITS), seed=5), [5, 3]

    def cost(run, inputs, h, c=None, **weights):
        outputs, last = run(list(weights.values()), inputs, (h,) if c is None else (h, c), lengths)
        return tf.reduce_sum(shares[0] * outputs) + tf.reduce_sum(shares[1] * last[-1])

    def differentiable(weights, *given):
        if by == "the layer":
            return keras_run(layer, weights, *given)
        return dynamic_rnn(as_cell(step_tensorflow, weights), *given)

    with tf.GradientTape() as tape:
        given = {name: tf.constant(value) for name, value in parameters.items()}
        tape.watch(given)
        total = cost(differentiable, **given)
    found = gradient_check(lambda **moved: cost(partial(run, step), **moved), parameters, tape.gradient(total, given))
    assert not found.wrong, found


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
def test_the_peephole_layer_travels_through_a_file(inputs, tmp_path):
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
    outputs, (_, c) = run(lstm_step, weights, inputs, (zeros, zeros))
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
