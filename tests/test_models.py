"""The networks of the chapters: their sizes, and their numbers against NumPy, TensorFlow 1 and each other."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import forecasting
from rnncourse.cells import forget_bias_for, sigmoid
from rnncourse.models import memory_reader

from oracles.tensorflow1 import cells, graph_session, v1


def test_the_network_of_the_digits():
    model = rnncourse.mnist_classifier()
    assert model.output_shape == (None, 10)
    assert model.count_params() == rnncourse.parameter_count(28, 150) + 150 * 10 + 10 == 28_360
    kernel, recurrent_kernel, bias, output_kernel, output_bias = (w.numpy() for w in model.weights)
    images = np.random.default_rng(1).random((3, 28, 28))
    states = rnncourse.run_layer(images, kernel, recurrent_kernel, bias)
    np.testing.assert_allclose(model(images), states[:, -1] @ output_kernel + output_bias, atol=1e-5)
    with pytest.raises(ValueError, match="units is 0"):
        rnncourse.mnist_classifier(units=0)


@pytest.fixture(params=[(20, 1), (None, 1), (6, 3)], ids=str)
def pair(request):
    """The two ways to project, with the same asymmetric random weights, and a batch."""
    steps, features = request.param
    inside, behind = (rnncourse.forecaster(7, kind, steps, features) for kind in ("each step", "stacked"))
    rng = np.random.default_rng(5)
    weights = [0.5 * rng.normal(size=weight.shape) for weight in behind.weights]
    for model in (inside, behind):
        model.set_weights(weights)
    return inside, behind, weights, rng.normal(size=(4, steps or 9, features)).astype(np.float32)


def test_the_two_networks_and_numpy_are_one_function(pair):
    inside, behind, (kernel, recurrent_kernel, bias, W_y, b_y), inputs = pair
    state, states = np.zeros((4, 7)), []
    for t in range(inputs.shape[1]):
        state = np.maximum(0, inputs[:, t] @ kernel + state @ recurrent_kernel + bias)
        states.append(state)
    expected = forecasting.project_outputs(np.stack(states, axis=1), W_y, b_y)
    for model in (inside, behind):
        np.testing.assert_allclose(forecasting.network_forecast(model, inputs), expected, rtol=1e-4, atol=1e-4)


def test_the_two_networks_agree_with_tensorflow_1(pair):
    inside, _, (kernel, recurrent_kernel, bias, W_y, b_y), inputs = pair
    with graph_session() as session:
        cell = cells.BasicRNNCell(num_units=7, activation=tf.nn.relu)
        outputs, _ = v1.nn.dynamic_rnn(cell, tf.constant(inputs), dtype=tf.float32)
        stacked = tf.reshape(outputs, [-1, 7])
        projected = tf.reshape(tf.matmul(stacked, W_y.astype("float32")) + b_y.astype("float32"), inputs.shape)
        session.run(v1.global_variables_initializer())
        cell.variables[0].load(rnncourse.stack_kernels(kernel, recurrent_kernel), session)
        cell.variables[1].load(bias, session)
        expected = session.run(projected)
    np.testing.assert_allclose(forecasting.network_forecast(inside, inputs), expected, rtol=1e-4, atol=1e-4)


def test_the_projection_learns_the_same_way(pair):
    inside, behind, _, inputs = pair
    gradients = []
    for model in (inside, behind):
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean(tf.square(model(inputs) - 1))
        gradients.append(tape.gradient(cost, model.trainable_variables))
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_without_projection_the_outputs_are_the_states():
    model = rnncourse.forecaster(7, "none", 5)
    outputs = forecasting.network_forecast(model, np.random.default_rng(6).normal(size=(4, 5, 1)))
    assert outputs.shape == (4, 5, 7)
    assert outputs.min() == 0


def test_the_sizes_are_the_tutorials():
    assert rnncourse.forecaster().output_shape == (None, 20, 1)
    assert rnncourse.forecaster().count_params() == rnncourse.parameter_count(1, 100) + 101


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"units": 0}, "units is 0"),
        ({"projection": "dense"}, "projection is 'dense', expected one of 'none'"),
        ({"time_steps": 0}, "time_steps is 0"),
        ({"features": 1.5}, "features is 1.5"),
    ],
)
def test_a_forecaster_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.forecaster(**arguments)


def test_deep_classifier_is_a_stack_with_the_right_layers():
    model = rnncourse.deep_classifier([5, 8, 6], dropout=0.3, input_dropout=0.2, unroll=False)
    recurrent = [model.get_layer(f"layer_{number}") for number in (1, 2, 3)]
    assert [layer.cell.dropout for layer in recurrent] == [0.2, 0.3, 0.3]
    assert [layer.return_sequences for layer in recurrent] == [True, True, False]
    assert sum(layer.count_params() for layer in recurrent) == rnncourse.stack_parameter_count(28, [5, 8, 6])
    assert model.output_shape == (None, 10)
    assert model.get_layer("dropout").rate == 0.3


def test_deep_classifier_drops_only_while_it_trains():
    model = rnncourse.deep_classifier([9, 7], dropout=0.5, unroll=False)
    images = np.random.default_rng(29).random((4, 28, 28)).astype("float32")
    once, again = model(images), model(images)
    np.testing.assert_array_equal(once, again)
    training = [np.asarray(model(images, training=True)) for _ in range(2)]
    assert np.abs(training[0] - training[1]).max() > 1e-3
    assert "dropout" not in [layer.name for layer in rnncourse.deep_classifier([4], unroll=False).layers]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"units": []}, "units is"),
        ({"units": [3, -1]}, r"units\[1\] is -1"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"input_dropout": -0.2}, "input_dropout is -0.2"),
    ],
)
def test_deep_classifier_refuses(given, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.deep_classifier(**given)


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


def test_a_memory_reader_refuses_an_unknown_cell_and_a_memory_without_a_gate():
    with pytest.raises(ValueError, match="cell is 'LSTM', expected one of 'rnn', 'lstm', 'gru'"):
        memory_reader("LSTM")
    with pytest.raises(ValueError, match='memory is 9, expected None: the cell "rnn" has no gate'):
        memory_reader("rnn", memory=9)
