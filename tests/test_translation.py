"""Translation: padding that never counts, attention, and three ways to write, each against plain NumPy."""

from __future__ import annotations

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.vocabulary import EOS, GO, PAD, Sentences

PAIRS = [
    ("i drink milk", "je bois du lait"),
    ("we eat", "nous mangeons"),
    ("i see the red house", "je vois la maison rouge"),
]
ENGLISH, FRENCH = (rnncourse.build_vocabulary([pair[side] for pair in PAIRS]) for side in (0, 1))


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "attention"])
def model(request):
    """A small untrained network whose weights are large enough to make it decided."""
    keras.utils.set_random_seed(4)
    made = rnncourse.translator(len(ENGLISH), len(FRENCH), units=7, attention=request.param)
    rng = np.random.default_rng(1)
    made.set_weights([rng.normal(0, 0.9, size=weight.shape) for weight in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def write(model):
    """Compiled once: each new generator is traced anew, for a second or two."""
    return rnncourse.sentence_generator(model)


@pytest.fixture(scope="module")
def search(model):
    return rnncourse.beam_generator(model)


@pytest.fixture
def sentences():
    return rnncourse.make_sentences(PAIRS, ENGLISH, FRENCH)


def forced_log_probabilities(model, source):
    """(tokens so far) -> log p of the next, by the model under teacher forcing: no loop, no state."""

    def log_probabilities(tokens):
        inputs = np.array([[GO, *tokens]], dtype=np.int32)
        logits = np.asarray(model([source[None], inputs], training=False))[0, -1].astype(float)
        return logits - np.log(np.sum(np.exp(logits)))

    return log_probabilities


# Padding never counts


def test_the_loss_is_the_masked_cross_entropy_of_numpy_and_more_padding_changes_nothing(sentences):
    logits = np.random.default_rng(0).normal(0, 2, size=(*sentences.targets.shape, len(FRENCH)))
    loss = float(rnncourse.masked_loss(sentences.targets, tf.constant(logits)))
    assert loss == pytest.approx(rnncourse.masked_cross_entropy(logits, sentences.targets), abs=1e-9)
    wider = np.pad(sentences.targets, ((0, 0), (0, 4))), np.pad(logits, ((0, 0), (0, 4), (0, 0)), constant_values=3.0)
    assert float(rnncourse.masked_loss(wider[0], tf.constant(wider[1]))) == pytest.approx(loss, abs=1e-9)


def test_no_gradient_comes_from_padding(sentences):
    logits = tf.Variable(np.random.default_rng(0).normal(size=(*sentences.targets.shape, len(FRENCH))))
    with tf.GradientTape() as tape:
        loss = rnncourse.masked_loss(sentences.targets, logits)
    gradient = np.abs(tape.gradient(loss, logits)).max(axis=2)
    np.testing.assert_array_equal(gradient > 0, sentences.targets != PAD)


def test_more_padding_of_the_source_changes_nothing(model, sentences):
    """Fails if a new release of Keras hands masks on in another way."""
    wider = np.pad(sentences.sources, ((0, 0), (0, 3)))
    before, after = (np.asarray(model([source, sentences.decoder_inputs])) for source in (sentences.sources, wider))
    np.testing.assert_allclose(before, after, atol=1e-5)


def test_the_decoder_sees_the_source_and_no_later_word(model, sentences):
    logits = np.asarray(model([sentences.sources, sentences.decoder_inputs]))
    changed = sentences.decoder_inputs.copy()
    changed[:, 3] = 5
    later = np.asarray(model([sentences.sources, changed]))
    np.testing.assert_allclose(later[:, :3], logits[:, :3], atol=1e-6)
    assert np.abs(later[:, 3:] - logits[:, 3:]).max() > 0.01
    other = np.asarray(model([sentences.sources[::-1], sentences.decoder_inputs]))
    assert np.abs(other - logits).max(axis=(1, 2)).min() >= 0
    assert np.abs(other[0] - logits[0]).max() > 0.01


# Attention


def test_attention_is_that_of_keras():
    rng = np.random.default_rng(2)
    query, memory = rng.normal(size=(3, 6)), rng.normal(size=(3, 4, 6))
    mask = rnncourse.sequence_mask([4, 2, 3], 4)
    context, weights = rnncourse.attend(query, memory, mask)
    looked, shares = keras.layers.Attention(dtype="float64")(
        [query[:, None], memory], mask=[None, tf.constant(mask)], return_attention_scores=True
    )
    np.testing.assert_allclose(context, looked[:, 0], atol=1e-6)
    np.testing.assert_allclose(weights, shares[:, 0], atol=1e-6)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights[~mask] == 0).all()


def test_the_map_of_a_model_adds_up_and_leaves_the_padding_out(sentences):
    keras.utils.set_random_seed(0)
    model = rnncourse.translator(len(ENGLISH), len(FRENCH), 6, attention=True)
    weights = rnncourse.attention_weights(model, sentences.sources, sentences.decoder_inputs)
    assert weights.shape == (3, 6, 5)
    np.testing.assert_allclose(weights.sum(axis=2), 1, atol=1e-6)
    assert np.abs(weights[1, :, 2:]).max() < 1e-6
    with pytest.raises(ValueError, match="translator has no attention"):
        rnncourse.attention_weights(rnncourse.translator(9, 9, 3), sentences.sources, sentences.decoder_inputs)


# Writing


def test_greedy_is_what_teacher_forcing_finds_word_by_word(model, write, sentences):
    written = write(sentences.sources, longest=9)
    for source, row in zip(sentences.sources, written, strict=True):
        tokens = []
        while len(tokens) < 9 and EOS not in tokens:
            tokens.append(int(np.argmax(forced_log_probabilities(model, source)(tuple(tokens)))))
        assert row[: len(tokens)].tolist() == tokens
        assert not row[len(tokens) :].any()


def test_greedy_is_generate_until_of_chapter_5(sentences):
    keras.utils.set_random_seed(1)
    model = rnncourse.translator(len(ENGLISH), len(FRENCH), 6)
    encoder, decoder, said, head = (
        model.get_layer(name) for name in ("encoder", "decoder", "target_embedding", "next")
    )
    read = model.get_layer("source_embedding")(sentences.sources)
    state = encoder(read, mask=tf.constant(sentences.sources != PAD))[1]

    def step(tokens, state):
        output, state = decoder.cell(said(tokens), state)
        return np.argmax(head(output), axis=1), state

    by_hand = rnncourse.generate_until(step, np.full(3, GO), state, EOS, 8)
    written = rnncourse.sentence_generator(model)(sentences.sources, longest=8)
    lengths = rnncourse.lengths_from_tokens(by_hand, EOS)
    np.testing.assert_array_equal(written, np.where(rnncourse.sequence_mask(lengths, by_hand.shape[1]), by_hand, PAD))


def test_it_stops_when_all_have_ended_and_at_the_longest(sentences):
    model = rnncourse.translator(len(ENGLISH), len(FRENCH), 6)
    head = model.get_layer("next")
    for token, expected in ((EOS, [[EOS]] * 3), (7, [[7] * 4] * 3)):
        head.set_weights([np.zeros((6, len(FRENCH))), np.eye(len(FRENCH))[token]])
        assert rnncourse.sentence_generator(model)(sentences.sources, longest=4).tolist() == expected


def test_draws_follow_the_probabilities_and_the_seed(model, write, sentences):
    source = sentences.sources[:1]
    many = np.repeat(source, 4000, axis=0)
    for temperature in (1.0, 2.5):
        drawn = write(many, 1, temperature, seed=3)[:, 0]
        powers = np.exp(forced_log_probabilities(model, source[0])(()) / temperature)
        shares = np.bincount(drawn, minlength=len(FRENCH)) / len(drawn)
        np.testing.assert_allclose(shares, powers / powers.sum(), atol=0.03)
    np.testing.assert_array_equal(write(many, 5, 1.0, seed=3), write(many, 5, 1.0, seed=3))
    assert (write(many, 5, 1.0, seed=3)[:, :3] != write(many, 5, 1.0, seed=4)[:, :3]).any()
    with pytest.raises(ValueError, match=r"temperature is -0.1, expected at least 0"):
        write(source, 3, -0.1)


@pytest.mark.parametrize("width", [1, 3])
def test_the_compiled_beam_search_is_that_of_numpy(width, model, write, search, sentences):
    tokens, scores = search(sentences.sources, width, longest=6)
    assert (np.diff(scores, axis=1) <= 0).all()
    for row, score, source in zip(tokens, scores, sentences.sources, strict=True):
        best, total = rnncourse.beam_search(forced_log_probabilities(model, source), width, longest=6)
        assert row[0, : len(best)].tolist() == best.tolist()
        assert not row[0, len(best) :].any()
        assert score[0] == pytest.approx(total, abs=1e-4)
    if width == 1:
        greedy = write(sentences.sources, longest=6)
        np.testing.assert_array_equal(tokens[:, 0], greedy)


def best_by_brute_force(log_probabilities, words, longest, end):
    """Every sentence there is: those completed by the end token, and those that are cut at the longest."""
    best, score = None, -np.inf
    others = [word for word in range(words) if word != end]
    for length in range(1, longest + 1):
        for tokens in itertools.product(*[others] * (length - 1), range(words)):
            if tokens[-1] == end or length == longest:
                total = sum(log_probabilities(tokens[:t])[token] for t, token in enumerate(tokens))
                best, score = (tokens, total) if total > score else (best, score)
    return list(best), score


@pytest.mark.parametrize("seed", range(6))
def test_a_beam_as_wide_as_the_language_finds_what_brute_force_finds(seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 1.5, size=(4, 5, 4))  # (place, last token or none, next token)
    table -= np.log(np.sum(np.exp(table), axis=2, keepdims=True))
    log_probabilities = lambda tokens: table[len(tokens), tokens[-1] if tokens else 4]  # noqa: E731
    truth, score = best_by_brute_force(log_probabilities, words=4, longest=4, end=2)
    tokens, total = rnncourse.beam_search(log_probabilities, 4**4, longest=4, end=2)
    assert tokens.tolist() == truth
    assert total == pytest.approx(score)
    for width in (1, 2, 3):
        assert rnncourse.beam_search(log_probabilities, width, longest=4, end=2)[1] <= score + 1e-12


@pytest.mark.parametrize("attention", [False, True])
def test_the_compiled_search_of_a_tiny_model_finds_what_brute_force_finds(attention):
    keras.utils.set_random_seed(3)
    model = rnncourse.translator(6, 6, units=4, attention=attention)
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(0, 1.2, size=weight.shape) for weight in model.get_weights()])
    sources = np.array([[4, 5, 4], [5, 0, 0]], dtype=np.int32)
    tokens, scores = rnncourse.beam_generator(model)(sources, width=6**3, longest=3)
    for row, score, source in zip(tokens, scores, sources, strict=True):
        ask = functools.cache(forced_log_probabilities(model, source))
        truth, total = best_by_brute_force(ask, words=6, longest=3, end=EOS)
        assert row[0, : len(truth)].tolist() == truth
        assert score[0] == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_best_first_search_finds_what_brute_force_finds_and_looks_at_less(seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 1.5, size=(4, 5, 4))
    table -= np.log(np.sum(np.exp(table), axis=2, keepdims=True))
    log_probabilities = lambda tokens: table[len(tokens), tokens[-1] if tokens else 4]  # noqa: E731
    truth, score = best_by_brute_force(log_probabilities, words=4, longest=4, end=2)
    found = rnncourse.best_first_search(log_probabilities, longest=4, end=2)
    assert found.tokens.tolist() == truth
    assert found.score == pytest.approx(score)
    assert len(truth) <= found.continued < 1 + 3 + 9 + 27  # of all open beginnings of 0, 1, 2 and 3 tokens


def test_best_first_search_goes_where_no_beam_goes():
    """A narrow beam drops the only beginning that ends well."""
    first, second = np.log([0.4, 0.35, 0.25]), np.log([[1 / 3] * 3, [1 / 3] * 3, [0.98, 0.01, 0.01]])
    ask = lambda tokens: second[tokens[0]] if tokens else first  # noqa: E731
    found = rnncourse.best_first_search(ask, longest=2, end=9)
    assert found.tokens.tolist() == [2, 0]
    assert rnncourse.beam_search(ask, 2, 2, end=9)[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("gains", "options", "message"),
    [
        ([0.5, -1.0], {}, "none above 0"),
        ([-np.inf, -np.inf], {}, "No sentence is possible"),
        ([np.nan, -1.0], {}, "log p of each token"),
        ([-1.0, -1.0], {"patience": 3, "longest": 9}, "has continued 3 beginnings"),
        ([-1.0, -1.0], {"longest": 0}, "longest is 0"),
        ([-1.0, -1.0], {"end": -1}, "end is -1"),
    ],
)
def test_best_first_search_says_what_is_wrong(gains, options, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.best_first_search(lambda tokens: np.array(gains), **{"longest": 4, "end": 7, **options})


def test_a_power_of_the_length_prefers_longer_sentences():
    """One word with p = 0.3 and the end, or three of 0.6 each: 0.3 · 1 against 0.7 · 0.6 · 0.6 = 0.25."""
    table = {
        (): [0.3, 0.7, 0.0],
        (0,): [0.0, 0.0, 1.0],
        (1,): [0.0, 0.6, 0.4],
        (1, 1): [0.4, 0.0, 0.6],
    }
    ask = lambda tokens: np.log(np.maximum(table.get(tokens, [0.0, 0.0, 1.0]), 1e-12))  # noqa: E731
    said = {power: rnncourse.beam_search(ask, 3, 3, end=2, power=power)[0].tolist() for power in (0.0, 1.0)}
    assert said == {0.0: [0, 2], 1.0: [1, 1, 2]}
    with pytest.raises(ValueError, match="power is -1"):
        rnncourse.beam_search(ask, 3, 3, end=2, power=-1)


def test_the_forecaster_of_words_is_the_model_under_teacher_forcing(model, sentences):
    of_sentence = rnncourse.word_forecaster(model)
    for source, words in zip(sentences.sources, sentences.targets, strict=True):
        ask = of_sentence(source)
        for length in (0, 1, 2):
            tokens = tuple(words[:length].tolist())
            np.testing.assert_allclose(ask(tokens), forced_log_probabilities(model, source)(tokens), atol=1e-5)
    with pytest.raises(ValueError, match="nothing but <pad>"):
        of_sentence(np.zeros(3, int))


def test_a_reader_of_attention_says_what_the_translator_says_and_where_it_looked():
    keras.utils.set_random_seed(0)
    model = rnncourse.translator(len(ENGLISH), len(FRENCH), 6, attention=True)
    look = rnncourse.attention_reader(model, ENGLISH, FRENCH)
    seen = look("i drink the green milk")
    assert seen.read == ["i", "drink", "the", "<unk>", "milk"]
    assert seen.weights.shape == (len(seen.written), 5)
    np.testing.assert_allclose(seen.weights.sum(axis=1), 1, atol=1e-6)
    [said] = rnncourse.sentence_translator(model, ENGLISH, FRENCH)(["i drink the green milk"])
    assert [word for word in seen.written if word not in ("<eos>", "<pad>", "<go>")] == said.split()
    with pytest.raises(ValueError, match="expected at least one word"):
        look("  ")
    with pytest.raises(ValueError, match="translator has no attention"):
        rnncourse.attention_reader(rnncourse.translator(9, 9, 3), ENGLISH, FRENCH)


def test_exact_match_under_teacher_forcing_is_that_of_greedy_decoding(model, write):
    rng = np.random.default_rng(6)
    sources = rng.integers(4, len(ENGLISH), size=(40, 4)).astype(np.int32)
    written = write(sources, longest=7)
    targets = written.copy()
    targets[::3, 0] = np.where(targets[::3, 0] == 5, 6, 5)  # a third of them get another first word
    kept = (targets == EOS).any(axis=1) | (targets[:, -1] != PAD)
    sentences = Sentences(sources[kept], rnncourse.shift_right(targets[kept]), targets[kept])
    decoded = float(np.mean((written[kept] == targets[kept]).all(axis=1)))
    assert 0 < decoded < 1
    assert rnncourse.forced_exact_match(model, sentences, batch_size=7) == pytest.approx(decoded)


@pytest.mark.parametrize(
    "policy", ["mixed_float16", *(pytest.param(p, marks=pytest.mark.long) for p in ("mixed_bfloat16", "float64"))],
    indirect=True,
)  # fmt: skip
def test_a_translator_of_any_dtype_reads_writes_and_learns(policy, sentences):
    attention = policy != "mixed_bfloat16"  # once without it is enough: each policy takes seconds of tracing
    model = rnncourse.translator(len(ENGLISH), len(FRENCH), units=7, attention=attention)
    model.set_weights([np.random.default_rng(1).normal(0, 0.5, size=weight.shape) for weight in model.get_weights()])
    assert model.compute_dtype == keras.DTypePolicy(policy).compute_dtype
    tokens, scores = rnncourse.beam_generator(model)(sentences.sources, width=2, longest=5)
    assert scores.dtype == np.float32
    for source, row, score in zip(sentences.sources, tokens[:, 0], scores[:, 0], strict=True):
        said = row[: int(np.argmax(row == EOS)) + 1] if EOS in row else row
        ask = forced_log_probabilities(model, source)
        assert score == pytest.approx(sum(ask(tuple(said[:t]))[word] for t, word in enumerate(said)), abs=0.15)
    translate = rnncourse.sentence_translator(model, ENGLISH, FRENCH)
    assert len(translate(["we eat"], temperature=1.5)) == len(translate(["we eat"])) == 1
    assert 0 <= rnncourse.forced_exact_match(model, sentences) <= 1
    if attention:
        weights = rnncourse.attention_weights(model, sentences.sources, sentences.decoder_inputs)
        assert weights.dtype == ("float64" if policy == "float64" else "float32")
        np.testing.assert_allclose(weights.sum(axis=2), 1, atol=0.02)
    told = rnncourse.fit(
        model, tuple(sentences[:2]), sentences.targets, epochs=1, optimizer=keras.optimizers.Adam(1e-3),
        loss=rnncourse.masked_loss, metrics=(rnncourse.MaskedAccuracy(),),
    )  # fmt: skip
    assert np.isfinite(told["loss"]).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int64"])
def test_the_loss_of_logits_of_any_dtype(dtype, sentences):
    logits = np.random.default_rng(0).normal(0, 2, size=(*sentences.targets.shape, len(FRENCH)))
    given = tf.cast(logits, dtype)
    expected = rnncourse.masked_cross_entropy(tf.cast(given, tf.float64), sentences.targets)
    assert float(rnncourse.masked_loss(sentences.targets, given)) == pytest.approx(expected, rel=1e-5)
    many = np.full((200, 500), 3)  # so many costs that their sum is beyond float16
    large = tf.zeros((*many.shape, 5), dtype)
    assert float(rnncourse.masked_loss(many, large)) == pytest.approx(np.log(5), rel=1e-5)


@pytest.fixture(scope="module")
def plain():
    return rnncourse.translator(len(ENGLISH), len(FRENCH), units=3, attention=True)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (np.zeros((0, 3), int), r"sources has shape \(0, 3\), expected at least one row of at least one token"),
        (np.zeros((2, 0), int), r"sources has shape \(2, 0\), expected at least one row of at least one token"),
        ([4, 5], r"sources has shape \(2,\), expected \(batch, time\)"),
        ([[4, 5], [6]], "sources is not an array of numbers: its rows have different lengths"),
        ([[4.0, 5.0]], "sources has dtype float64, expected whole numbers"),
        ([[4, 99]], "sources has numbers from 4 to 99, expected 0 to .*: the network has a vector for each of these"),
        ([[4, -1]], "sources has numbers from -1 to 4, expected 0 to"),
        ([[4, 0], [0, 0]], r"sources\[1\] holds nothing but <pad>, expected at least one word"),
    ],
)
def test_sources_that_are_no_sentences_are_named(sources, message, plain):
    for generator in (rnncourse.sentence_generator, rnncourse.beam_generator):
        with pytest.raises(ValueError, match=message):
            generator(plain)(sources)
    if "nothing but" not in message:  # the whole batch is looked at, not its sentences
        with pytest.raises(ValueError, match=message):
            rnncourse.attention_weights(plain, sources, [[GO, 4]])
        with pytest.raises(ValueError, match=message):
            rnncourse.forced_exact_match(plain, Sentences(sources, np.array([[GO, 4]]), np.array([[4, EOS]])))


@pytest.mark.parametrize(
    ("asked", "options", "message"),
    [
        ([""], {}, r"sentences\[0\] is '', expected at least one word"),
        (["we eat", "  "], {}, r"sentences\[1\] is '  ', expected at least one word"),
        ([], {}, "sentences is empty, expected at least one sentence"),
        ([None], {}, r"sentences\[0\] is None, expected a sentence: a text"),
        ("we eat", {}, "sentences is the text 'we eat', expected a list of sentences"),
        (["we eat"], {"temperature": float("nan")}, "temperature is nan, expected at least 0"),
        (["we eat"], {"seed": 1.5}, "seed is 1.5, expected a whole number"),
        (["we eat"], {"longest": 0}, "longest is 0, expected a whole number"),
        (["we eat"], {"width": 0}, "width is 0, expected a whole number"),
    ],
)
def test_what_cannot_be_translated_is_named(asked, options, message, plain):
    with pytest.raises(ValueError, match=message):
        rnncourse.sentence_translator(plain, ENGLISH, FRENCH)(asked, **options)


def test_decoder_inputs_that_are_none_are_named(plain, sentences):
    with pytest.raises(ValueError, match="decoder_inputs has numbers from 1 to 99, expected 0 to"):
        rnncourse.attention_weights(plain, sentences.sources, [[GO, 99]] * 3)
    with pytest.raises(ValueError, match="decoder_inputs has 2 rows and sources 3, expected as many of both"):
        rnncourse.attention_weights(plain, sentences.sources, [[GO, 4]] * 2)


def test_targets_of_another_shape_are_named(plain):
    for wrong, message in (
        ([[4]], r"sentences.targets has shape \(1, 1\), expected that of sentences.decoder_inputs, \(1, 2\)"),
        ([[4.5, 2]], "sentences.targets has dtype float64, expected whole numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            rnncourse.forced_exact_match(plain, Sentences(np.array([[4, 5]]), np.array([[GO, 4]]), wrong))


def test_a_loss_over_no_words_is_refused():
    with pytest.raises(
        ValueError, match=r"logits has shape \(2, 3, 0\), expected \(batch, time, words\) with at least"
    ):
        rnncourse.masked_loss(np.zeros((2, 3), int), np.zeros((2, 3, 0)))


def test_sources_of_one_word_are_sources_like_any_other(plain, sentences):
    """One word has all the attention; more padding changes nothing, and nobody is warned."""
    short = sentences._replace(sources=sentences.sources[:, :1])
    wider = sentences._replace(sources=np.pad(short.sources, ((0, 0), (0, 2))))
    looks = rnncourse.attention_weights(plain, *short[:2])
    np.testing.assert_array_equal(looks, np.ones((*short.targets.shape, 1)))
    np.testing.assert_array_equal(looks, rnncourse.attention_weights(plain, *wider[:2])[:, :, :1])
    said = [np.asarray(plain([each.sources, each.decoder_inputs])) for each in (short, wider)]
    np.testing.assert_allclose(*said, rtol=0, atol=1e-6)
    right = [part._replace(targets=np.argmax(said[0], axis=-1)) for part in (short, wider)]
    assert [rnncourse.forced_exact_match(plain, each) for each in right] == [1, 1]
    learner = keras.models.clone_model(plain)
    learner.compile("sgd", rnncourse.masked_loss)
    learner.fit([short.sources, short.decoder_inputs], short.targets, verbose=0)


def test_sentences_may_come_from_a_generator(plain):
    translate = rnncourse.sentence_translator(plain, ENGLISH, FRENCH)
    asked = ["we eat", "i drink milk"]
    assert translate(sentence for sentence in asked) == translate(asked)


def test_sentences_in_sentences_out(model):
    translate = rnncourse.sentence_translator(model, ENGLISH, FRENCH)
    texts = [source for source, _ in PAIRS]
    greedy = translate(texts)
    assert len(greedy) == 3
    assert all(word in FRENCH for sentence in greedy for word in sentence.split())
    for count in range(1, 4):  # other shapes do not trace the graph anew, which TensorFlow would complain about
        assert [translate([text])[0] for text in texts[:count]] == greedy[:count]
    assert translate(texts, width=2) == translate(texts, width=2)
    with pytest.raises(ValueError, match="beam search does not draw"):
        translate(texts, width=2, temperature=1.0)


@pytest.mark.parametrize("options", [{}, {"width": 2}], ids=["greedy", "beam"])
def test_a_translator_for_each_of_many_models_is_no_reason_to_complain(options, capfd):
    model = rnncourse.translator(len(ENGLISH), len(FRENCH), units=3)
    said = [rnncourse.sentence_translator(model, ENGLISH, FRENCH)(["we eat"], **options) for _ in range(7)]
    assert said == said[:1] * 7
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rubbish", [np.nan, np.inf])
def test_what_stands_where_no_word_is_does_not_count(rubbish):
    rng = np.random.default_rng(3)
    query, memory = rng.normal(size=(2, 4)), rng.normal(size=(2, 3, 4))
    mask = np.array([[True, True, False], [True, False, False]])
    spoilt = np.where(mask[:, :, np.newaxis], memory, rubbish)
    for got, expected in zip(rnncourse.attend(query, spoilt, mask), rnncourse.attend(query, memory, mask), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ([[True, True], [False, False]], r"mask\[1\] has no True, expected at least one word"),
        ([[True, True], [0.5, 1]], "mask has dtype float64, expected booleans"),
        ([[1, 1], [0, 2]], "mask has dtype int64, expected booleans"),
    ],
)
def test_a_mask_says_of_each_word_whether_it_is_there(mask, words):
    with pytest.raises(ValueError, match=words):
        rnncourse.attend(np.ones((2, 3)), np.ones((2, 2, 3)), mask)


@pytest.mark.parametrize("gains", [np.zeros((1, 5)), [], [np.nan, 0.0], [np.inf, 0.0], ["a"]])
def test_what_is_no_row_of_log_probabilities_is_refused(gains):
    with pytest.raises(ValueError, match=r"hat log_probabilities returns .*, expected"):
        rnncourse.beam_search(lambda tokens: gains, width=2, longest=3)


def test_sums_of_log_p_are_kept_in_float64():
    gains = np.log(np.array([0.1, 0.2, 0.0, 0.7], np.float32), where=[1, 1, 0, 1], out=np.full(4, -np.inf, np.float32))
    tokens, score = rnncourse.beam_search(lambda said: gains, width=2, longest=50)
    assert tokens.tolist() == [3] * 50
    assert score == pytest.approx(50 * float(gains[3]), rel=1e-12)
