"""LSTM, peephole LSTM and GRU against Keras, TensorFlow 1 and finite differences, past the end of sequences too."""

from __future__ import annotations

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnncourse import PeepholeLSTMCell
from rnncourse.backprop import gradient_check
from rnncourse.cells import gru_step, lstm_kernels_from_tensorflow1, lstm_step, peephole_lstm_step
from rnncourse.tensorflow_cells import gru_step_tensorflow, lstm_step_tensorflow
from rnncourse.tensorflow_unrolling import dynamic_rnn
from rnncourse.unrolling import static_rnn

from oracles.tensorflow1 import cells, graph_session, v1

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
    with graph_session() as session:
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


def tensorflow1_lstm(cell, inputs, states):
    """(its variables by the ends of their names, drawn at random; what it makes of the inputs)."""
    with graph_session() as session:
        start = cells.LSTMStateTuple(c=states[1], h=states[0])
        lstm = cell()
        results = v1.nn.dynamic_rnn(lstm, tf.constant(inputs), initial_state=start)
        session.run(v1.global_variables_initializer())
        values = {}
        for seed, variable in enumerate(v1.global_variables()):
            name = variable.name.removesuffix(":0").rpartition("/")[2]
            (values[name],) = draw(tuple(variable.shape), seed=seed + 20)
            variable.load(values[name], session)
        outputs, last = session.run(results)
    return values, outputs, (last.h, last.c)


@pytest.mark.parametrize("forget_bias", [1.0, 0.0, 2.5])
@pytest.mark.parametrize("name", ["BasicLSTMCell", "LSTMCell", "LSTMCell with peepholes"])
def test_an_lstm_of_tensorflow1_comes_over_to_numpy_and_to_keras(inputs, states, name, forget_bias):
    with_peepholes = {"use_peepholes": True} if "peepholes" in name else {}

    def cell():
        made = getattr(cells, name.split()[0])
        return made(UNITS, forget_bias=forget_bias, dtype=tf.float64, **with_peepholes)

    old, expected, expected_last = tensorflow1_lstm(cell, inputs, states)
    weights = lstm_kernels_from_tensorflow1(old["kernel"], old["bias"], forget_bias)
    layer, step = keras.layers.LSTM, lstm_step
    if with_peepholes:
        weights = (*weights, np.stack([old[f"w_{gate}_diag"] for gate in "ifo"]))
        layer, step = peephole_lstm_layer, peephole_lstm_step
    layer = layer(UNITS, dtype="float64", return_sequences=True, return_state=True)
    layer.build(inputs.shape)
    layer.set_weights(weights)
    kept = layer(inputs, initial_state=[tf.constant(state) for state in states])
    by_hand, by_hand_last = run(step, weights, inputs, states)
    for outputs, *last in (kept, (by_hand, *by_hand_last)):
        assert_near(outputs, expected)
        for part, expected_part in zip(last, expected_last, strict=True):
            assert_near(part, expected_part)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((np.ones((9, 20)), np.ones(19)), r"bias has shape \(19,\), expected \(4\*units,\)"),
        (
            (np.ones((9, 16)), np.ones(20)),
            r"stacked_kernel has shape \(9, 16\), expected \(features\+units, 4\*units\)",
        ),
        ((np.ones((5, 20)), np.ones(20)), "without those of the state is 0, expected a whole number of at least 1"),
        ((np.ones((9, 20)), np.ones(20), [1.0]), r"forget_bias has shape \(1,\)"),
    ],
)
def test_weights_of_tensorflow1_that_are_no_lstms_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        lstm_kernels_from_tensorflow1(*given)
