"""Back-propagation by hand: the same gradients as finite differences and as TensorFlow's tape, in float64."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.backprop import (
    bptt,
    clip_by_global_norm,
    cross_entropy,
    gradient_check,
    gradient_norms,
    neuron_bptt,
    resting_share,
    run_layer,
    spectral_radius,
    with_spectral_radius,
)

BATCH, TIME, FEATURES, UNITS = 4, 6, 3, 5
RELATIVE = 1e-6


@pytest.fixture(params=range(3))
def setting(request):
    """Weights, inputs and targets; the cost looks at the outputs of steps 2, 3 and 5."""
    rng = np.random.default_rng(request.param)
    weights = {
        "W_x": rng.normal(size=(FEATURES, UNITS)),
        "W_h": rng.normal(size=(UNITS, UNITS)) * 0.7,
        "b": rng.normal(size=UNITS),
    }
    counted = np.zeros((1, TIME, 1))
    counted[:, [2, 3, 5]] = 1
    return weights, rng.normal(size=(BATCH, TIME, FEATURES)), rng.normal(size=(BATCH, TIME, UNITS)), counted


def by_hand(weights, inputs, targets, counted):
    states = run_layer(inputs, *weights.values())
    gradients = bptt(inputs, states, counted * (states - targets), weights["W_h"])
    return dict(zip(weights, gradients, strict=True))


def cost_of(inputs, targets, counted):
    return lambda W_x, W_h, b: float(np.sum(counted * (run_layer(inputs, W_x, W_h, b) - targets) ** 2) / 2)


def largest_relative_error(got, expected):
    return np.abs(got - expected).max() / np.abs(expected).max()


def test_bptt_agrees_with_finite_differences(setting):
    weights, *problem = setting
    found = gradient_check(cost_of(*problem), weights, by_hand(weights, *problem), RELATIVE)
    assert found.wrong == ()
    assert max(found.errors.values()) <= RELATIVE


def test_bptt_agrees_with_the_tape(setting):
    weights, inputs, targets, counted = setting
    kernel, recurrent_kernel, bias = (tf.Variable(value, dtype=tf.float64) for value in weights.values())
    with tf.GradientTape() as tape:
        state, cost = tf.zeros((BATCH, UNITS), tf.float64), 0.0
        for t in range(TIME):
            state = tf.tanh(inputs[:, t] @ kernel + state @ recurrent_kernel + bias)
            cost += tf.reduce_sum(counted[:, t] * (state - targets[:, t]) ** 2) / 2
    expected = tape.gradient(cost, [kernel, recurrent_kernel, bias])
    got = by_hand(weights, inputs, targets, counted).values()
    for ours, theirs in zip(got, expected, strict=True):
        assert largest_relative_error(ours, theirs.numpy()) <= RELATIVE


def test_the_forward_pass_is_that_of_keras(setting):
    weights, inputs, _, _ = setting
    layer = rnncourse.simple_rnn_layer(*weights.values())
    np.testing.assert_allclose(run_layer(inputs, *weights.values()), layer(inputs.astype("f4")), atol=2e-6)


def test_a_neuron_is_a_layer_of_one():
    rng = np.random.default_rng(5)
    inputs, output_gradients = rng.normal(size=7), rng.normal(size=7)
    states = rnncourse.run_neuron(inputs, 0.0, 0.8, -0.6, 0.1)
    alone = neuron_bptt(inputs, states, output_gradients, -0.6)
    as_layer = [a.reshape(1, 7, 1) for a in (inputs, states, output_gradients)]
    np.testing.assert_allclose(alone, [g.item() for g in bptt(*as_layer, np.array([[-0.6]]))], rtol=1e-12)


def test_one_step_gives_no_gradient_to_the_recurrent_kernel():
    rng = np.random.default_rng(6)
    inputs, output_gradients = rng.normal(size=(2, 1, 3)), rng.normal(size=(2, 1, 4))
    _, for_w_h, _ = bptt(inputs, np.tanh(output_gradients), output_gradients, rng.normal(size=(4, 4)))
    np.testing.assert_array_equal(for_w_h, np.zeros((4, 4)))


ONE = np.outer([1, 0, 0], [0, 0, 1, 0, 0])  # spoils a single element
BROKEN = {
    "transposed": (lambda g: g | {"W_h": g["W_h"].T}, "W_h", "transposed"),
    "sign": (lambda g: g | {"W_x": -g["W_x"]}, "W_x", "-1 times the numeric gradient"),
    "mean over the batch": (lambda g: g | {"b": g["b"] / BATCH}, "b", "0.25 times the numeric gradient"),
    "zero": (lambda g: g | {"W_h": 0 * g["W_h"]}, "W_h", "zero everywhere"),
    "nan": (lambda g: g | {"b": g["b"] + np.nan}, "b", "not finite"),
    "shape": (lambda g: g | {"W_x": g["W_x"].T}, "W_x", "shape (5, 3), expected (3, 5)"),
    "one element": (lambda g: g | {"W_x": g["W_x"] + ONE}, "W_x", "at (0, 2) it is"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_check_names_the_wrong_gradient(setting, name):
    weights, *problem = setting
    spoil, wrong, words = BROKEN[name]
    found = gradient_check(cost_of(*problem), weights, spoil(by_hand(weights, *problem)), RELATIVE)
    assert found.wrong == (wrong,)
    assert words in found.remarks[wrong]
    assert f"{wrong:3}  wrong: " in str(found)
    assert str(found).count("right") == 2


def test_the_check_wants_a_gradient_for_each_parameter():
    with pytest.raises(ValueError, match="given for a, expected one for each of b"):
        gradient_check(lambda b: 0.0, {"b": np.zeros(2)}, {"a": np.zeros(2)})


def test_clipping_shortens_and_keeps_the_direction():
    gradients = [np.array([[3.0, 0.0]]), np.array([4.0])]
    clipped = clip_by_global_norm(gradients, 1.0)
    np.testing.assert_allclose(np.concatenate([g.ravel() for g in clipped]), [0.6, 0.0, 0.8])
    np.testing.assert_array_equal(clip_by_global_norm(gradients, 6.0)[0], gradients[0])
    expected, norm = tf.clip_by_global_norm([tf.constant(g) for g in gradients], 2.0)
    assert float(norm) == 5
    for ours, theirs in zip(clip_by_global_norm(gradients, 2.0), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert [g.tolist() for g in clip_by_global_norm([np.zeros(2)], 1.0)] == [[0.0, 0.0]]
    with pytest.raises(ValueError, match="limit is 0, expected a number above 0"):
        clip_by_global_norm(gradients, 0)


def test_cross_entropy_is_tensorflows():
    rng = np.random.default_rng(8)
    logits, labels = rng.normal(size=(6, 4)) * 3, rng.integers(0, 4, size=6)
    theirs = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    assert cross_entropy(logits, labels) == pytest.approx(float(theirs), rel=1e-12)
    assert cross_entropy(np.zeros((3, 10)), np.array([0, 5, 9])) == pytest.approx(np.log(10))
    assert cross_entropy(np.array([[1000.0, 0.0]]), np.array([1])) == pytest.approx(1000)


def test_misfits_are_named():
    with pytest.raises(ValueError, match="states has shape"):
        bptt(np.zeros((2, 3, 4)), np.zeros((2, 4, 5)), np.zeros((2, 3, 5)), np.zeros((5, 5)))
    with pytest.raises(ValueError, match="labels has shape"):
        cross_entropy(np.zeros((2, 3)), np.zeros(3, dtype=int))


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_gradient_norms_are_those_of_tensorflow(activation):
    rng = np.random.default_rng(4)
    inputs, kernel = rng.normal(size=(3, 9, 2)), rng.normal(size=(2, 5))
    recurrent_kernel, bias = 0.5 * rng.normal(size=(5, 5)), rng.normal(size=5)
    states = run_layer(inputs, kernel, recurrent_kernel, bias, activation)
    last_gradient = rng.normal(size=(3, 5))

    layer = keras.layers.SimpleRNN(5, activation=activation, return_sequences=True, dtype="float64")
    layer.build(inputs.shape)
    layer.set_weights([kernel, recurrent_kernel, bias])
    np.testing.assert_allclose(states, layer(inputs), rtol=1e-6)

    norms = gradient_norms(states, recurrent_kernel, last_gradient, activation)
    squash = keras.activations.get(activation)
    for distance in range(9):
        start = tf.constant(states[:, 8 - distance])
        with tf.GradientTape() as tape:
            tape.watch(start)
            state = start
            for t in range(9 - distance, 9):
                state = squash(inputs[:, t] @ kernel + state @ recurrent_kernel + bias)
            cost = tf.reduce_sum(state * last_gradient)
        expected = np.linalg.norm(tape.gradient(cost, start), axis=1).mean()
        assert norms[distance] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("w_h", [0.4, 1.3, 2.0, 3.1])
def test_the_share_at_rest_is_the_slope_of_one_step_there(w_h):
    h, share = resting_share(w_h)
    assert np.tanh(w_h * h) == pytest.approx(h, abs=1e-12)
    assert (h > 0.5) == (w_h > 1)
    nudge = 1e-6
    numeric = (np.tanh(w_h * (h + nudge)) - np.tanh(w_h * (h - nudge))) / (2 * nudge)
    assert share == pytest.approx(numeric, rel=1e-8)


def test_a_negative_weight_has_no_rest_of_this_kind():
    with pytest.raises(ValueError, match=r"w_h is -1\.0, expected a number of at least 0"):
        resting_share(-1.0)


def test_a_matrix_gets_the_spectral_radius_asked_for():
    matrix = np.random.default_rng(2).normal(size=(6, 6))
    assert spectral_radius(np.diag([0.5, -3.0, 2.0])) == 3
    assert spectral_radius(np.array([[0.0, -2.0], [2.0, 0.0]])) == pytest.approx(2)  # a turn: complex eigenvalues
    for radius in (0.0, 0.9, 1.7):
        assert spectral_radius(with_spectral_radius(matrix, radius)) == pytest.approx(radius)
    scaled = with_spectral_radius(matrix, 1.1)
    np.testing.assert_allclose(scaled / scaled[0, 0], matrix / matrix[0, 0])
    with pytest.raises(ValueError, match=r"matrix has shape \(2, 3\), expected \(units, units\)"):
        spectral_radius(np.ones((2, 3)))
    with pytest.raises(ValueError, match="matrix has only zero eigenvalues"):
        with_spectral_radius(np.array([[0.0, 1.0], [0.0, 0.0]]), 1.0)
    with pytest.raises(ValueError, match="radius is -1, expected a number of at least 0"):
        with_spectral_radius(matrix, -1)


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match="activation is 'sigmoid', expected one of 'tanh', 'relu', 'linear'"):
        run_layer(np.zeros((1, 2, 3)), np.zeros((3, 4)), np.zeros((4, 4)), np.zeros(4), "sigmoid")


def test_clipping_of_float16_does_not_overflow_on_the_way():
    large = np.array([300.0, -400.0], np.float16)  # its squares add up to 250 000, more than float16 holds
    (clipped,) = rnncourse.clip_by_global_norm([large], 5.0)
    assert clipped.dtype == np.float16
    np.testing.assert_allclose(clipped, [3, -4], rtol=1e-3)
    huge = np.array([3e30, -4e30], np.float32)
    np.testing.assert_allclose(rnncourse.clip_by_global_norm([huge], 5.0)[0], [3, -4], rtol=1e-6)
    (whole,) = rnncourse.clip_by_global_norm([np.array([30, 40], np.uint8)], 5.0)
    np.testing.assert_allclose(whole, [3, 4])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("strange", [np.nan, np.inf])
def test_a_norm_that_is_not_finite_makes_everything_nan_as_in_tensorflow(strange):
    gradients = [np.array([[1.0, strange]]), np.array([2.0, 3.0, 4.0])]
    theirs, _ = tf.clip_by_global_norm([tf.constant(gradient) for gradient in gradients], 1.5)
    ours = rnncourse.clip_by_global_norm(gradients, 1.5)
    for got, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(got, expected.numpy())
        assert np.isnan(got).all()


@pytest.mark.parametrize("labels", [[-1, 0], [0, 3], [0.0, 1.0]])
def test_a_label_that_is_no_class_is_refused(labels):
    with pytest.raises(ValueError, match=r"labels has .*, expected .*whole numbers"):
        rnncourse.cross_entropy(np.ones((2, 3)), labels)


def test_unsigned_numbers_do_not_wrap_round():
    logits, states = np.array([[3, 5, 4]], np.uint8), np.array([2, 0, 3], np.uint8)
    assert rnncourse.cross_entropy(logits, [1]) == rnncourse.cross_entropy(logits.astype(float), [1])
    assert rnncourse.neuron_bptt(states, states, states, 2) == rnncourse.neuron_bptt(*[states.astype(float)] * 3, 2.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rnncourse.spectral_radius([[np.nan, 0], [0, 1]]), r"matrix\[0, 0\] is nan, expected finite"),
        (lambda: rnncourse.spectral_radius(np.ones((0, 0))), "matrix has shape .*, expected at least one row"),
        (lambda: rnncourse.with_spectral_radius(np.eye(2), np.inf), "radius is inf, expected a number"),
        (lambda: rnncourse.clip_by_global_norm([[1.0]], "short"), "limit is 'short', expected a number above 0"),
        (lambda: rnncourse.clip_by_global_norm(3.0, 1.0), "gradients is 3.0, expected a list of arrays"),
        (lambda: rnncourse.cross_entropy(np.ones((0, 3)), []), "logits has shape .*, expected at least one row"),
        (lambda: rnncourse.bptt(*[np.ones((2, 0, 3))] * 3, np.eye(3)), "inputs has shape .* at least one step"),
        (lambda: rnncourse.numeric_gradient(np.sum, [1.0], nudge=0), "nudge is 0, expected a number above 0"),
        (lambda: rnncourse.gradient_check(np.sum, {"w": ["a"]}, {"w": [1]}), r"parameters\['w'\] has dtype"),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_check_of_nothing_prints_nothing():
    assert str(rnncourse.gradient_check(lambda: 0.0, {}, {})) == ""


def a_layer_with_a_read_out(seed=0):
    rng = np.random.default_rng(seed)
    shapes = (3, 5), (5, 5), (5,), (5, 2), (2,)
    weights = [rng.normal(size=shape) / 2 for shape in shapes]
    return rng.normal(size=(4, 6, 3)), rng.normal(size=(4, 6, 2)), weights


def squared_error(inputs, targets, weights):
    outputs = rnncourse.run_layer(inputs, *weights[:3]) @ weights[3] + weights[4]
    return float(np.mean((outputs - targets) ** 2))


def test_a_step_down_is_the_numeric_gradient_times_the_rate():
    inputs, targets, weights = a_layer_with_a_read_out()
    kept = [weight.copy() for weight in weights]
    after = rnncourse.descend(inputs, targets, weights, rate=0.3, steps=1, limit=1e9)
    for place, (old, new) in enumerate(zip(weights, after, strict=True)):

        def cost(moved, place=place):
            return squared_error(inputs, targets, [*weights[:place], moved, *weights[place + 1 :]])

        np.testing.assert_allclose(old - new, 0.3 * rnncourse.numeric_gradient(cost, old), atol=1e-8)
        np.testing.assert_array_equal(old, kept[place])  # what was given stays


def test_descend_goes_as_keras_does():
    inputs, targets, weights = a_layer_with_a_read_out(1)
    layers = keras.layers.SimpleRNN(5, return_sequences=True, unroll=True), keras.layers.Dense(2)
    model = keras.Sequential([keras.Input((6, 3)), *layers])
    model.set_weights(weights)
    optimizer = keras.optimizers.SGD(0.5, global_clipnorm=0.4)
    for _ in range(3):
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean((model(inputs) - targets) ** 2)
        optimizer.apply(tape.gradient(cost, model.trainable_variables), model.trainable_variables)
    for ours, theirs in zip(rnncourse.descend(inputs, targets, weights, 0.5, 3, 0.4), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_descend_learns_the_swing(seed):
    """Without a memory no cost below 0.4 can be reached on it."""
    swing = np.resize([-1.0, 0.0, 1.0, 0.0], 12).reshape(1, 12, 1)
    rng = np.random.default_rng(seed)
    start = [rng.normal(size=shape) / 2 for shape in ((1, 2), (2, 2), (2,), (2, 1), (1,))]
    learnt = rnncourse.descend(swing[:, :-1], swing[:, 1:], start, rate=0.5, steps=800)
    longer = np.array([-1.0, 0.0, 1.0, 0.0] * 10).reshape(1, 40, 1)
    assert squared_error(longer[:, :-1], longer[:, 1:], learnt) < 2e-3


def test_descend_refuses_what_does_not_fit():
    inputs, targets, weights = a_layer_with_a_read_out()
    with pytest.raises(ValueError, match="weights holds 4 arrays, expected five: W_x, W_h, b, W_y, b_y"):
        rnncourse.descend(inputs, targets, weights[:4], 0.5, 1)
    with pytest.raises(ValueError, match=r"weights\[3\] has shape \(2, 5\)"):
        rnncourse.descend(inputs, targets, [*weights[:3], weights[3].T, weights[4]], 0.5, 1)
    with pytest.raises(ValueError, match="rate is -1"):
        rnncourse.descend(inputs, targets, weights, -1, 1)
    with pytest.raises(ValueError, match=r"steps is 1\.5, expected a whole number"):
        rnncourse.descend(inputs, targets, weights, 0.5, 1.5)


def test_a_step_of_an_lstm_backward_is_the_gradient_that_nudges_find():
    rng = np.random.default_rng(11)
    x, h, c, for_h, for_c = rng.normal(size=(3, 4)), *rng.normal(size=(4, 3, 5))
    weights = rng.normal(size=(4, 20)), rng.normal(size=(5, 20)), rng.normal(size=20)

    def cost(h, c):
        new_h, new_c = rnncourse.lstm_step(x, (h, c), *weights)
        return float(np.sum(for_h * new_h) + np.sum(for_c * new_c))

    got = rnncourse.lstm_step_backward(x, (h, c), *weights, for_h, for_c)
    np.testing.assert_allclose(got[0], rnncourse.numeric_gradient(lambda h: cost(h, c), h), atol=1e-8)
    np.testing.assert_allclose(got[1], rnncourse.numeric_gradient(lambda c: cost(h, c), c), atol=1e-8)
    with pytest.raises(ValueError, match="c_gradient has shape"):
        rnncourse.lstm_step_backward(x, (h, c), *weights, for_h, for_c[:2])
