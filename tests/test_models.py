"""The networks of the chapters: their sizes, and their numbers against NumPy, TensorFlow 1 and each other."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse import forecasting
from rnncourse.cells import forget_bias_for, sigmoid
from rnncourse.models import RECALL_WEIGHTS, TranslatorLayers, memory_reader

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
    expected = np.stack(states, axis=1) @ W_y + b_y
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


@pytest.mark.parametrize("kind", RECALL_WEIGHTS)
def test_recall_readers_have_as_many_weights_as_are_allowed(kind):
    for parameters, share in ((12_000, 0.97), (3000, 0.93)):  # a unit more would be too much
        model = rnncourse.recall_reader(kind, features=20, outputs=4, parameters=parameters)
        assert share * parameters < model.count_params() <= parameters
        assert [layer.name for layer in model.layers if layer.count_params()] == ["front", "reader", "hidden", "answer"]
    assert model(np.zeros((3, 7, 20))).shape == model(np.zeros((3, 1, 20))).shape == (3, 4)


def test_a_recall_reader_with_attention_is_its_equation():
    model = decided(rnncourse.recall_reader("attention", features=6, outputs=3, width=4, parameters=300))
    inputs = np.random.default_rng(2).normal(size=(5, 7, 6))
    front, reader, hidden, answer = (
        model.get_layer(name).get_weights() for name in ("front", "reader", "hidden", "answer")
    )
    steps = inputs @ front[0] + front[1]
    query, keys, values = (steps @ reader[n][:, 0] + reader[n + 1][0] for n in (0, 2, 4))
    scores = np.einsum("bu,btu->bt", query[:, -1], keys) / np.sqrt(query.shape[2])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    read = steps[:, -1] + np.einsum("bt,btu->bu", weights, values) @ reader[6][0] + reader[7]
    expected = np.maximum(0, read @ hidden[0] + hidden[1]) @ answer[0] + answer[1]
    np.testing.assert_allclose(model(inputs), expected, rtol=1e-4, atol=1e-4)


def test_a_recall_reader_refuses_an_unknown_kind_and_too_few_weights():
    with pytest.raises(ValueError, match="reader is 'rnn', expected one of 'gru', 'lstm', 'mingru', 'attention'"):
        rnncourse.recall_reader("rnn", features=6, outputs=3)
    with pytest.raises(ValueError, match="parameters is 200, expected at least 492") as error:
        rnncourse.recall_reader("gru", features=6, outputs=3, parameters=200)
    least = int(str(error.value).split()[-1].rstrip("."))
    assert rnncourse.recall_reader("gru", features=6, outputs=3, parameters=least).get_layer("reader").units == 1


SOURCES = np.array([[4, 5, 6, 0], [7, 4, 5, 8], [5, 0, 0, 0]], np.int32)
WORDS = np.array([[1, 4, 5], [1, 6, 4], [1, 7, 0]], np.int32)


def decided(model):
    """With weights so large that it is sure of its words."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.9, size=weight.shape) for weight in model.get_weights()])
    return model


@pytest.mark.parametrize("attention", [False, True])
def test_a_translator_is_its_equations(attention):
    """GRU steps of NumPy over the words that are there, and attend of NumPy, one sentence after the other."""
    model = decided(rnncourse.translator(9, 8, units=5, attention=attention))
    said = [model.get_layer(f"{side}_embedding").get_weights()[0] for side in ("source", "target")]
    encoder, decoder, head = (model.get_layer(name).get_weights() for name in ("encoder", "decoder", "next"))
    for source, words, logits in zip(SOURCES, WORDS, np.asarray(model([SOURCES, WORDS])), strict=True):
        state, memory = np.zeros((1, 5)), []
        for word in source[source != 0]:
            state = rnncourse.gru_step(said[0][[word]], state, *encoder)
            memory.append(state + said[0][word])
        memory = np.stack(memory, axis=1)
        for word, got in zip(words, logits, strict=True):
            state = output = rnncourse.gru_step(said[1][[word]], state, *decoder)
            if attention:
                context, _ = rnncourse.attend(state, memory, np.ones(memory.shape[:2], bool))
                kernel, bias = model.get_layer("combine").get_weights()
                output = np.tanh(np.concatenate([state, context], axis=1) @ kernel + bias)
            np.testing.assert_allclose(got, (output @ head[0] + head[1])[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("memory", ["states", "words"])
def test_a_translator_may_see_less_of_a_word(memory):
    """The memory is what is left when the other part is taken away: the attention of one word is that part."""
    model = decided(rnncourse.translator(9, 8, units=5, attention=True, memory=memory))
    read = SOURCES[:1, :1]
    vector = model.get_layer("source_embedding").get_weights()[0][read[0]]
    state = rnncourse.gru_step(vector, np.zeros((1, 5)), *model.get_layer("encoder").get_weights())
    output = rnncourse.gru_step(
        model.get_layer("target_embedding").get_weights()[0][WORDS[0, :1]],
        state,
        *model.get_layer("decoder").get_weights(),
    )
    seen = np.concatenate([output, state if memory == "states" else vector], axis=1)
    kernel, bias = model.get_layer("combine").get_weights()
    head = model.get_layer("next").get_weights()
    expected = np.tanh(seen @ kernel + bias) @ head[0] + head[1]
    np.testing.assert_allclose(model([read, WORDS[:1, :1]])[:, 0], expected, rtol=1e-4, atol=1e-4)


def test_half_of_a_bidirectional_encoder_reads_from_the_last_word_to_the_first():
    model = decided(rnncourse.translator(9, 8, units=6, attention=True, bidirectional=True))
    vectors = model.get_layer("source_embedding").get_weights()[0]
    layers = TranslatorLayers.of(model)
    (seen, there), last = layers.read(SOURCES)
    for row, source in enumerate(SOURCES):
        words = source[source != 0]
        states = {}
        for name, order in (("encoder", 1), ("backward", -1)):
            state, kept = np.zeros((1, 3)), []
            for word in words[::order]:
                state = rnncourse.gru_step(vectors[[word]], state, *model.get_layer(name).get_weights())
                kept.append(state[0])
            states[name] = np.array(kept[::order])
        both = np.concatenate([states["encoder"], states["backward"]], axis=1)
        np.testing.assert_allclose(seen[row, : len(words)], both + vectors[words], rtol=1e-4, atol=1e-4)
        ends = np.concatenate([states["encoder"][-1], states["backward"][0]])
        np.testing.assert_allclose(last[row], ends, rtol=1e-4, atol=1e-4)
    assert np.asarray(there).sum() == np.count_nonzero(SOURCES)


def test_a_translator_refuses_what_it_cannot_be():
    with pytest.raises(ValueError, match="units is 5, expected an even number"):
        rnncourse.translator(9, 8, units=5, bidirectional=True)
    with pytest.raises(ValueError, match="memory is 'vectors', expected one of 'both', 'states', 'words'"):
        rnncourse.translator(9, 8, units=4, attention=True, memory="vectors")


KINDS = [
    {},
    {"attention": True},
    {"attention": True, "memory": "words"},
    {"attention": True, "bidirectional": True},
    {"bidirectional": True},
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: ", ".join(kind) or "plain")
def test_writing_word_by_word_is_the_trained_network(kind):
    model = decided(rnncourse.translator(9, 8, units=6, **kind))
    layers = TranslatorLayers.of(model)
    memory, state = layers.read(SOURCES)
    written = []
    for t in range(WORDS.shape[1]):
        logits, state = layers.write(memory, WORDS[:, t : t + 1], state)
        written.append(logits)
    np.testing.assert_allclose(np.concatenate(written, axis=1), model([SOURCES, WORDS]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("attention", "count"), [(False, 10), (True, 12)])
def test_the_weights_of_a_translator_keep_their_order_and_their_start(attention, count):
    """What was saved before is loaded still, and a seed trains what it trained before."""
    keras.utils.set_random_seed(14)
    model = rnncourse.translator(9, 8, units=5, attention=attention)
    paths = [weight.path for weight in model.weights]
    gru = ["kernel", "recurrent_kernel", "bias"]
    expected = [f"{side}_embedding/embeddings" for side in ("source", "target")]
    expected += [f"{layer}/gru_cell/{name}" for layer in ("encoder", "decoder") for name in gru]
    expected += [f"{layer}/{name}" for layer in ["combine"] * attention + ["next"] for name in ("kernel", "bias")]
    assert paths == expected
    assert len(paths) == count
    keras.utils.set_random_seed(14)
    by_hand = [keras.layers.Embedding(words, 5) for words in (9, 8)]
    by_hand += [keras.layers.GRU(5), keras.layers.GRU(5)]
    for layer, shape in zip(by_hand, [(None,), (None,), (None, None, 5), (None, None, 5)], strict=True):
        layer.build(shape)
    for got, layer in zip((model.get_layer(name) for name in TRANSLATOR), by_hand, strict=True):
        for one, other in zip(got.get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


TRANSLATOR = ("source_embedding", "target_embedding", "encoder", "decoder")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, while it saves
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: ", ".join(kind) or "plain")
def test_a_translator_travels_through_a_file(kind, tmp_path):
    model = decided(rnncourse.translator(9, 8, units=6, **kind))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again([SOURCES, WORDS]), model([SOURCES, WORDS]))
    write = [rnncourse.sentence_generator(one)(SOURCES, 5) for one in (again, model)]
    np.testing.assert_array_equal(*write)


def own_translator(**renamed):
    """One that a learner has written: plain layers with the names of the chapter, other options than ours."""
    name = lambda layer: renamed.get(layer, layer)  # noqa: E731
    source, inputs = (keras.Input((None,), dtype="int32") for _ in range(2))
    read = keras.layers.Embedding(9, 6, mask_zero=True, name=name("source_embedding"))(source)
    state = keras.layers.GRU(5, name=name("encoder"))(read, mask=keras.ops.not_equal(source, 0))
    said = keras.layers.Embedding(8, 6, name=name("target_embedding"))(inputs)
    outputs = keras.layers.GRU(5, return_sequences=True, name=name("decoder"))(said, initial_state=state)
    return keras.Model([source, inputs], keras.layers.Dense(8, name=name("next"))(outputs))


def test_a_translator_of_ones_own_writes_what_teacher_forcing_says():
    model = decided(own_translator())
    written = rnncourse.sentence_generator(model)(SOURCES, 4)
    forced = np.argmax(model([SOURCES, np.concatenate([np.ones((3, 1), int), written[:, :-1]], axis=1)]), axis=2)
    ended = np.cumsum(written == 2, axis=1) - (written == 2) > 0
    np.testing.assert_array_equal(written, np.where(ended, 0, forced))
    tokens, _ = rnncourse.beam_generator(model)(SOURCES, 1, 4)
    np.testing.assert_array_equal(tokens[:, 0], written)


def test_a_translator_without_one_of_the_layers_is_refused():
    with pytest.raises(ValueError, match=r"no layer called 'decoder', expected those of rnncourse.translator"):
        rnncourse.sentence_generator(own_translator(decoder="writer"))


@pytest.mark.parametrize("shape", [(0, 4), (5, 0)])
def test_a_word_reader_wants_words(shape):
    with pytest.raises(ValueError, match=rf"table has shape \({shape[0]}, {shape[1]}\), expected at least one word"):
        rnncourse.word_reader(np.zeros(shape), 3)
