"""Layers of the course: Keras's with our weights inside, and what Keras lacks, through files too."""

from __future__ import annotations

import copy
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import GateBias, MinGRU, MinGRUCell, PeepholeLSTMCell
from rnncourse.cells import forget_bias_for, sigmoid
from rnncourse.layers import WordAttention, WordMemory

BATCH, STEPS, FEATURES, UNITS = 6, 7, 4, 5


@pytest.fixture(scope="module")
def inputs():
    return 0.7 * np.random.default_rng(11).normal(size=(BATCH, STEPS, FEATURES))


def test_a_layer_refuses_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"bias has shape \(2,\)"):
        rnncourse.simple_rnn_layer(np.ones((3, 5)), np.ones((5, 5)), np.ones(2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stateful": True}, "stateful is True, expected False: .* initial_state"),
        ({"use_bias": False}, "use_bias is False, expected True: give a bias of zeros"),
        ({"units": 3}, "units is 3, expected nothing: the kernel says how many there are"),
    ],
)
def test_options_that_weights_rule_out_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.simple_rnn_layer(np.ones((3, 5)), np.ones((5, 5)), np.ones(5), **options)


def test_options_of_the_layer_are_passed_on(inputs):
    rng = np.random.default_rng(4)
    weights = [0.5 * rng.normal(size=shape) for shape in ((FEATURES, UNITS), (UNITS, UNITS), (UNITS,))]
    forwards = rnncourse.simple_rnn_layer(*weights, dtype="float64")
    backwards = rnncourse.simple_rnn_layer(*weights, dtype="float64", go_backwards=True, return_sequences=False)
    np.testing.assert_allclose(backwards(inputs), forwards(inputs[:, ::-1])[:, -1])


GATED = {
    "lstm": lambda **options: keras.layers.LSTM(4, **options),
    "lstm in both directions": lambda **options: keras.layers.Bidirectional(keras.layers.LSTM(4, **options)),
    "peephole lstm": lambda **options: keras.layers.RNN(PeepholeLSTMCell(4, **options)),
    "stacked cells": lambda **options: keras.layers.RNN([keras.layers.LSTMCell(4, **options)]),
}


@pytest.mark.parametrize("kind", GATED)
def test_a_gate_bias_refuses_a_layer_that_sets_the_forget_gate_itself(kind):
    start = GateBias(f=5.0, i=-5.0)
    with pytest.raises(ValueError, match="sets the bias of its forget gate itself: give it unit_forget_bias=False"):
        GATED[kind](bias_initializer=start).build((None, None, 3))
    layer = GATED[kind](bias_initializer=start, unit_forget_bias=False)
    layer.build((None, None, 3))
    biases = [weight for weight in layer.get_weights() if weight.shape == (16,)]
    assert biases
    for bias in biases:
        assert bias.tolist() == [-5] * 4 + [5] * 4 + [0] * 8


@pytest.mark.parametrize(
    ("layer", "order", "message"),
    [
        (
            keras.layers.GRU,
            "ifgo",
            "gru_cell.* asks for 12 biases for 4 units, expected a block for each of i, f, g, o",
        ),
        (keras.layers.LSTM, "zrg", "sets the bias of its forget gate itself"),
        (keras.layers.SimpleRNN, "zrg", "asks for 4 biases for 4 units, expected a block for each of z, r, g"),
        (keras.layers.Dense, "ifgo", "asks for 4 biases for 4 units"),
    ],
)
def test_a_gate_bias_refuses_a_layer_with_other_gates(layer, order, message):
    """Of the shape alone one cannot tell: 12 numbers are four gates of 3 units or three of 4."""
    kinds = [{}, {"reset_after": False}] if layer is keras.layers.GRU else [{}]
    for options in kinds:
        with pytest.raises(ValueError, match=message):
            layer(4, bias_initializer=GateBias(order, **{order[0]: 1.0}), **options).build((None, None, 3))


def test_one_gate_bias_serves_layers_of_several_sizes():
    start = GateBias(f=2.0)
    for units in (4, 8, 16):  # twice the size each time, as the pieces of unit_forget_bias would be
        layer = keras.layers.LSTM(units, bias_initializer=start, unit_forget_bias=False)
        layer.build((None, None, 3))
        np.testing.assert_array_equal(layer.get_weights()[2], np.repeat([0, 2, 0, 0], units))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
@pytest.mark.parametrize("kind", [kind for kind in GATED if kind != "stacked cells"])
def test_a_gate_bias_travels_through_a_file(kind, inputs, tmp_path):
    entry = keras.Input((STEPS, FEATURES))
    layer = GATED[kind](bias_initializer=GateBias(f=3.0), unit_forget_bias=False)
    model = keras.Model(entry, layer(entry))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    fresh = keras.models.clone_model(again)  # built anew from the configuration: its bias is GateBias's again
    biases = [weight for weight in fresh.get_weights() if weight.shape == (16,)]
    assert [bias.tolist() for bias in biases] == [[0] * 4 + [3] * 4 + [0] * 8] * len(biases) != []


@pytest.mark.parametrize("order", ["", "iffo"])
def test_a_gate_bias_wants_each_gate_once(order):
    with pytest.raises(ValueError, match=f"order is '{order}', expected a letter for each gate, and each only once"):
        GateBias(order)


SERIALIZED = {
    "gate bias": lambda: GateBias("zrg", z=2.0),
    "peephole cell": lambda: PeepholeLSTMCell(4, peephole_initializer="ones", use_bias=False),
    "projected cell": lambda: rnncourse.OutputProjectionCell(PeepholeLSTMCell(4), 2, name="projected"),
    "metric": lambda: rnncourse.MaskedAccuracy(name="share"),
}


@pytest.mark.parametrize("kind", SERIALIZED)
def test_from_config_leaves_its_dictionary_as_it_is_and_makes_the_same_again(kind):
    thing = SERIALIZED[kind]()
    config = thing.get_config()
    before = copy.deepcopy(config)
    first, second = (type(thing).from_config(config) for _ in range(2))
    assert config == before
    assert first.get_config() == second.get_config() == before


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
@pytest.mark.parametrize("kind", ["peephole cell", "projected cell"])
def test_a_cell_computes_in_the_dtype_of_its_policy(kind, policy, inputs):
    cell = PeepholeLSTMCell(UNITS, dtype=policy)
    if kind == "projected cell":
        cell = rnncourse.OutputProjectionCell(keras.layers.GRUCell(UNITS, dtype=policy), 2, dtype=policy)
    outputs = keras.layers.RNN(cell, dtype=policy)(inputs)
    assert outputs.dtype == cell.compute_dtype == keras.DTypePolicy(policy).compute_dtype
    weights = [weight.numpy() for weight in cell.weights]
    single = type(cell).from_config({**cell.get_config(), "dtype": "float64"})
    if kind == "projected cell":
        single = rnncourse.OutputProjectionCell(keras.layers.GRUCell(UNITS, dtype="float64"), 2, dtype="float64")
    layer = keras.layers.RNN(single, dtype="float64")
    layer.build(inputs.shape)
    layer.set_weights(weights)
    np.testing.assert_allclose(tf.cast(outputs, tf.float64), layer(inputs), atol=0.05)


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


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
def test_the_peephole_layer_travels_through_a_file(inputs, tmp_path):
    entry = keras.Input((STEPS, FEATURES), dtype="float64")
    model = keras.Model(entry, keras.layers.RNN(PeepholeLSTMCell(UNITS, peephole_initializer="ones"))(entry))
    assert np.all(model.get_weights()[-1] == 1)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.layers[-1].cell.peephole_initializer.__class__.__name__ == "Ones"


def test_the_peephole_layer_without_bias_and_with_zero_peepholes_is_an_lstm(inputs):
    rng = np.random.default_rng(3)
    weights = [0.7 * rng.normal(size=(rows, 4 * UNITS)) for rows in (FEATURES, UNITS)]
    states = [0.7 * rng.normal(size=(BATCH, UNITS)) for _ in range(2)]
    options = {"use_bias": False, "dtype": "float64"}
    cell = PeepholeLSTMCell(UNITS, peephole_initializer="zeros", **options)
    ours = keras.layers.RNN(cell, return_sequences=True, return_state=True, dtype="float64")
    theirs = keras.layers.LSTM(UNITS, return_sequences=True, return_state=True, **options)
    results = []
    for layer, values in ((ours, [*weights, np.zeros((3, UNITS))]), (theirs, weights)):
        layer.build(inputs.shape)
        layer.set_weights(values)
        results.append(layer(inputs, initial_state=[tf.constant(state) for state in states]))
    for got, expected in zip(*results, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)


def test_the_peephole_layer_learns_its_peepholes(inputs):
    cell = PeepholeLSTMCell(UNITS, dtype="float64")
    layer = keras.layers.RNN(cell)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs) ** 2)
    gradient = tape.gradient(loss, cell.peepholes.value)
    assert np.all(np.abs(gradient) > 0)


def test_the_peephole_layer_refuses_dropout():
    with pytest.raises(ValueError, match=r"recurrent_dropout is 0\.2, expected 0: put a keras.layers.Dropout"):
        PeepholeLSTMCell(3, recurrent_dropout=0.2)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras 3.15 and NumPy 2.4, while saving
def test_a_projected_cell_is_saved_and_loaded_with_its_weights(tmp_path):
    model = rnncourse.forecaster(6, "each step", 4, 2)
    model.save(tmp_path / "model.keras")
    inputs = np.random.default_rng(7).normal(size=(3, 4, 2)).astype(np.float32)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))


@pytest.mark.parametrize("cell", [keras.layers.SimpleRNNCell(5), keras.layers.LSTMCell(5), keras.layers.GRUCell(5)])
def test_any_cell_can_be_projected(cell):
    plain = keras.layers.RNN(cell, return_sequences=True)
    layer = keras.layers.RNN(rnncourse.OutputProjectionCell(cell, 3), return_sequences=True)
    inputs = np.random.default_rng(8).normal(size=(4, 6, 2)).astype(np.float32)
    projected = layer(inputs)
    W_y, b_y = (weight.numpy() for weight in layer.cell.projection.weights)
    expected = np.asarray(plain(inputs)) @ W_y + b_y
    np.testing.assert_allclose(projected, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("cell", "size", "words"),
    [
        (keras.layers.Dense(3), 1, "expected a cell"),
        (keras.layers.LSTM(3), 1, "cell is <LSTM name=.*expected a cell such as .*, not a layer"),
        (keras.layers.SimpleRNNCell(3), 0, "output_size is 0"),
    ],
)
def test_a_projection_wants_a_cell_and_a_size(cell, size, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.OutputProjectionCell(cell, size)


@pytest.mark.parametrize("policy", ["float32", "float16"])
@pytest.mark.parametrize("places", [1, 4])
def test_attention_is_that_of_keras_and_does_not_warn_of_one_place(places, policy):
    rng = np.random.default_rng(12)
    query, memory = (tf.constant(rng.normal(size=(2, size, UNITS)), policy) for size in (3, places))
    there = tf.constant([[True] * places, [True] + [False] * (places - 1)])
    found = []
    for kind in (WordAttention, keras.layers.Attention):
        with tf.GradientTape() as tape, warnings.catch_warnings():
            if kind is keras.layers.Attention:
                warnings.simplefilter("ignore")
            tape.watch([query, memory])
            layer = kind(dtype=policy)
            context, weights = layer([query, memory], mask=[None, there], return_attention_scores=True)
            total = tf.reduce_sum(context**2)
        found.append([context, weights, *tape.gradient(total, [query, memory], unconnected_gradients="zero")])
    for ours, keras_own in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, keras_own)


def test_a_memory_holds_states_or_words_or_both(tmp_path):
    states, vectors = np.random.default_rng(3).normal(size=(2, 2, 4, UNITS)).astype("float32")
    for parts, expected in (("both", states + vectors), ("states", states), ("words", vectors)):
        np.testing.assert_allclose(WordMemory(parts)(states, vectors), expected)
    with pytest.raises(ValueError, match="memory is 'all', expected one of 'both', 'states', 'words'"):
        WordMemory("all")
    ends = keras.Input((None, UNITS)), keras.Input((None, UNITS))
    keras.Model(ends, WordMemory("words")(*ends)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([states, vectors]), vectors)


def test_attention_travels_through_a_file(tmp_path):
    query, memory = keras.Input((None, UNITS)), keras.Input((None, UNITS))
    keras.Model([query, memory], WordAttention()([query, memory])).save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    one = np.arange(2.0 * UNITS).reshape(2, 1, UNITS)
    np.testing.assert_array_equal(model([np.ones((2, 3, UNITS)), one]), np.repeat(one, 3, axis=1))


def two_ways(**options):
    """A layer that scans and one that loops, with the same weights."""
    made = [MinGRU(UNITS, scan=scan, return_sequences=True, **options) for scan in (True, False)]
    rng = np.random.default_rng(5)
    weights = [rng.normal(size=shape) for shape in ((FEATURES, 2 * UNITS), (2 * UNITS,))]
    for layer in made:
        layer.build((BATCH, None, FEATURES))
        layer.set_weights(weights)
    return made, weights


def test_min_gru_is_its_equation(inputs):
    made, (kernel, bias) = two_ways(dtype="float64")
    state, expected = np.zeros((BATCH, UNITS)), []
    for t in range(STEPS):
        z = sigmoid(inputs[:, t] @ kernel[:, :UNITS] + bias[:UNITS])
        state = (1 - z) * state + z * (inputs[:, t] @ kernel[:, UNITS:] + bias[UNITS:])
        expected.append(state)
    for layer in made:
        np.testing.assert_allclose(layer(inputs), np.stack(expected, axis=1), rtol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 16, 31])
def test_a_scan_of_any_length_is_the_loop_and_the_scan_of_keras(steps):
    inputs = np.random.default_rng(steps).normal(size=(BATCH, steps, FEATURES))
    (scanned, looped), _ = two_ways(dtype="float64")
    np.testing.assert_allclose(scanned(inputs), looped(inputs), rtol=1e-12)
    parts = scanned.cell.parts(tf.constant(inputs))
    combined = keras.ops.associative_scan(lambda a, b: (b[0] * a[0], b[0] * a[1] + b[1]), parts, axis=1)
    np.testing.assert_allclose(scanned(inputs), combined[1], rtol=1e-12)


@pytest.mark.parametrize("asked", ["nothing", "go_backwards", "unroll", "return_state"])
def test_scan_and_loop_agree_whatever_is_asked_of_them(inputs, asked):
    (scanned, looped), _ = two_ways(dtype="float64", **({} if asked == "nothing" else {asked: True}))
    start = [np.random.default_rng(6).normal(size=(BATCH, UNITS))]
    for given in ({}, {"initial_state": start}, {"mask": np.arange(STEPS) < np.array([[3]] * BATCH)}):
        results = [layer(tf.constant(inputs), **given) for layer in (scanned, looped)]
        for got, expected in zip(*(keras.tree.flatten(result) for result in results), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_the_gradients_of_scan_and_loop_agree(inputs):
    made, gradients = two_ways(dtype="float64")[0], []
    for layer in made:
        with tf.GradientTape() as tape:
            cost = tf.reduce_sum(tf.square(layer(tf.constant(inputs))))
        gradients.append(tape.gradient(cost, [weight.value for weight in layer.trainable_variables]))
    for scanned, looped in zip(*gradients, strict=True):
        np.testing.assert_allclose(scanned, looped, rtol=1e-10)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
def test_min_gru_in_a_model_keeps_its_shape_trains_and_comes_back_from_a_file(inputs, tmp_path):
    keras.utils.set_random_seed(1)
    start = GateBias("zh", z=-forget_bias_for(20))
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), MinGRU(UNITS, bias_initializer=start, name="reader")])
    np.testing.assert_allclose(sigmoid(-model.get_layer("reader").get_weights()[1][:UNITS]) ** 20, 0.5, rtol=1e-5)
    model.compile("sgd", "mse")
    model.fit(inputs, np.ones((BATCH, UNITS)), verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.get_layer("reader").scan


def test_a_layer_of_any_length_loops(inputs):
    (scanned, _), weights = two_ways()
    stream = keras.Input((None, FEATURES))
    layer = MinGRU(UNITS, return_sequences=True)
    model = keras.Model(stream, layer(stream))
    layer.set_weights(weights)
    np.testing.assert_allclose(model(inputs), scanned(inputs), atol=1e-6)


def test_a_stateful_layer_goes_on_where_it_was(inputs):
    """Fed one step at a time, it says what it says of the whole sequence."""
    (whole, _), weights = two_ways()
    piece = keras.Input(batch_shape=(BATCH, 1, FEATURES))
    layer = MinGRU(UNITS, stateful=True)
    stream = keras.Model(piece, layer(piece))
    layer.set_weights(weights)
    for t in range(STEPS):
        got = stream(inputs[:, t : t + 1])
        np.testing.assert_allclose(got, whole(inputs)[:, t], atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(stream(inputs[:, :1]), whole(inputs)[:, 0], atol=1e-6)


def test_a_cell_of_min_gru_refuses_a_size_that_is_none():
    for make in (MinGRU, MinGRUCell):
        with pytest.raises(ValueError, match="units is 0, expected a whole number of at least 1"):
            make(0)
