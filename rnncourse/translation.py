"""TRANSLATION: attention, costs in which padding never counts, and writing a sentence that nobody has given."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse.generating import draw_tokens, expect_draw, expect_token_rows, softmax_with_temperature
from rnncourse.shapes import expect_count, expect_number, expect_shapes, expect_tokens, finite_where_unused
from rnncourse.vocabulary import EOS, GO, PAD, Sentences, decode_sentences, encode_sentences, expect_texts, shift_right

if TYPE_CHECKING:  # importing it imports Keras
    from rnncourse.models import TranslatorLayers

#: The beginning of a sentence, its tokens and their sum of log p.
Beam = tuple[tuple[int, ...], float]
LONGEST = 24  # words; a sentence is cut there at the latest


def attend(query: np.ndarray, memory: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """s_j = q · m_j, a = softmax(s) over the words j that are there, context = sum_j a_j m_j.

    Args:
        query: q, the state of the decoder, shape (batch, units).
        memory: m_j, the states of the encoder after each word, shape (batch, time, units).
        mask: which of the words are there, booleans, shape (batch, time); at least one in each row.

    Returns:
        (context of shape (batch, units), weights a of shape (batch, time)); a word that is not there gets 0.

    Raises:
        ValueError: a shape does not fit, the mask is not made of booleans, or a row of it says that no word is there.

    Source: M.-T. Luong, H. Pham and C. Manning, "Effective approaches to attention-based neural machine translation"
    (2015), global attention with the dot product.
    """
    query, memory, mask = _expect_memory(query, memory, mask)
    scores = np.where(mask, np.sum(query[:, np.newaxis] * memory, axis=2), -np.inf)
    weights = softmax_with_temperature(scores, 1.0)
    return np.sum(weights[:, :, np.newaxis] * memory, axis=1), weights


def beam_search(
    log_probabilities: Callable[[tuple[int, ...]], np.ndarray],
    width: int,
    longest: int,
    end: int = EOS,
    power: float = 0.0,
) -> tuple[np.ndarray, float]:
    """At each step: every open beginning + every token; keep the ``width`` of largest sum of log p. Then the best.

    A beginning that has said the end token is complete: it is not continued, and competes with its sum as it is. Of
    those that are left in the end the best has the largest sum / (number of tokens)^power.

    Args:
        log_probabilities: (tokens said so far, a tuple) -> log p of each next token, shape (tokens,).
        width: how many beginnings are kept; 1 is greedy.
        longest: number of steps at most; what is not complete by then counts as it is.
        end: the token that completes a sentence.
        power: how far the last choice allows for length: 0 not at all, 1 compares the means of log p.

    Returns:
        (the tokens of the best, its end token included; their sum of log p).

    Raises:
        ValueError: width or longest is not a whole number of at least 1, end is none of at least 0, power is below 0,
            or log_probabilities returns something else than a row of numbers, NaN or infinity among them.

    Source: B. Lowerre, "The Harpy speech recognition system" (1976); I. Sutskever, O. Vinyals and Q. Le (2014); for
    the power of the length Y. Wu and others, "Google's neural machine translation system" (2016).
    """
    width, longest = expect_count("width", width), expect_count("longest", longest)
    end = expect_count("end", end, least=0)
    power = expect_number("power", power, "a number of at least 0", lambda number: number >= 0)
    beams: list[Beam] = [((), 0.0)]
    for _ in range(longest):
        candidates = []
        for tokens, score in beams:
            if end in tokens:
                candidates.append((tokens, score))
            else:
                gains = _expect_gains(log_probabilities(tokens))
                candidates += [((*tokens, token), score + gain) for token, gain in enumerate(gains)]
        beams = sorted(candidates, key=lambda beam: -beam[1])[:width]
    tokens, score = max(beams, key=lambda beam: beam[1] / len(beam[0]) ** power)
    return np.array(tokens), float(score)


class Found(NamedTuple):
    """What an exact search has found.

    Attributes:
        tokens: those of the most probable sentence, its end token included.
        score: their sum of log p.
        continued: how many beginnings were continued until it was certain.
    """

    tokens: np.ndarray
    score: float
    continued: int


def best_first_search(
    log_probabilities: Callable[[tuple[int, ...]], np.ndarray], longest: int, end: int = EOS, patience: int = 100_000
) -> Found:
    """Continue the beginning with the largest sum of log p, wherever it stands, until that one is complete.

    No log p is above 0, so a sum never rises: whatever continues one of the others stays below. The first complete
    beginning whose turn comes is the most probable sentence of all.

    Args:
        log_probabilities: (tokens said so far, a tuple) -> log p of each next token, shape (tokens,), none above 0.
        longest: number of tokens at most; what is not complete by then counts as it is.
        end: the token that completes a sentence.
        patience: how many beginnings are continued at most.

    Returns:
        ``Found(tokens, score, continued)``.

    Raises:
        ValueError: a number is out of range, log_probabilities returns what is no row of logarithms of probabilities,
            no sentence is possible, or the search has run out of patience.

    Source: P. Hart, N. Nilsson and B. Raphael, "A formal basis for the heuristic determination of minimum cost paths"
    (1968), without a heuristic.
    """
    longest, end = expect_count("longest", longest), expect_count("end", end, least=0)
    patience = expect_count("patience", patience)
    waiting: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for continued in range(patience + 1):
        if not waiting:
            raise ValueError("No sentence is possible: log p is -inf for every way on.")
        cost, tokens = heapq.heappop(waiting)  # the smallest -(sum of log p)
        if end in tokens or len(tokens) == longest:
            return Found(np.array(tokens), -cost, continued)
        for token, gain in enumerate(_expect_log_probabilities(log_probabilities(tokens))):
            if gain > -np.inf:
                heapq.heappush(waiting, (cost - float(gain), (*tokens, token)))
    raise ValueError(f"The search has continued {patience} beginnings: give it more patience, or a smaller longest.")


def _expect_log_probabilities(gains: Any) -> np.ndarray:
    gains = _expect_gains(gains)
    if gains.max() > 1e-6:  # rounding may leave the log of a probability of 1 a little above 0
        raise ValueError(
            f"What log_probabilities returns has {gains.max():.4g}, expected logarithms of probabilities: none above 0."
        )
    return np.minimum(gains, 0.0)


def _expect_memory(query: np.ndarray, memory: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arguments of ``attend``, without NaN where no word is."""
    there = np.asarray(mask)
    if there.dtype.kind not in "biu" or not np.isin(there, (0, 1)).all():
        raise ValueError(f"mask has dtype {there.dtype}, expected booleans: whether a word is there.")
    query, memory, there = expect_shapes(
        query=(query, "batch units"), memory=(memory, "batch time units"), mask=(there.astype(int), "batch time")
    )
    empty = np.flatnonzero(~there.any(axis=1))
    if len(empty):
        raise ValueError(f"mask[{empty[0]}] has no True, expected at least one word in each row.")
    there = there.astype(bool)
    return query, finite_where_unused(memory, there[:, :, np.newaxis]), there


def _expect_gains(gains: Any) -> np.ndarray:
    (gains,) = expect_shapes(**{"what log_probabilities returns": (gains, "tokens")})
    if not len(gains) or not np.all(gains < np.inf):  # not so for NaN either
        raise ValueError(
            f"What log_probabilities returns is {gains}, expected log p of each token: numbers, the smallest -inf."
        )
    return gains.astype(float)


def masked_loss(targets: Any, logits: Any) -> Any:
    """-(sum of log p(target) over the places that are not <pad>) / (their number), for Keras's ``compile`` and ``fit``.

    Args:
        targets: whole numbers, shape (batch, time).
        logits: shape (batch, time, words).

    Returns:
        One number, a tensor. ``masked_cross_entropy`` is the same in NumPy.

    Raises:
        ValueError: logits has no words.
    """
    import tensorflow as tf

    targets, logits = tf.cast(targets, tf.int32), tf.convert_to_tensor(logits)
    if logits.shape[-1] == 0:
        raise ValueError(f"logits has shape {logits.shape}, expected (batch, time, words) with at least one word.")
    if logits.dtype != tf.float64:
        logits = tf.cast(logits, tf.float32)  # a sum of float16 ends at 65 504
    counts = tf.cast(targets != PAD, logits.dtype)
    costs = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    return tf.reduce_sum(costs * counts) / tf.maximum(tf.reduce_sum(counts), 1)


def forced_exact_match(model: Any, sentences: Sentences, batch_size: int = 1000) -> float:
    """The share of sentences of which, under teacher forcing, the likeliest token is the target at every place.

    This is the exact match of greedy decoding, without decoding: as long as every token so far was right, a decoder
    that reads its own words reads the target.

    Args:
        model: a ``translator``.
        sentences: what to measure on.
        batch_size: sentences at a time; changes the speed only.

    Returns:
        0 to 1.

    Raises:
        ValueError: there is no sentence, a token is none of the model's, or the targets have another shape than the
            decoder's inputs.
    """
    from rnncourse.models import as_array

    sources, inputs = _expect_batch(model, sentences.sources, sentences.decoder_inputs, "sentences.")
    targets = expect_tokens("sentences.targets", sentences.targets, "batch time")
    if targets.shape != inputs.shape:
        raise ValueError(
            f"sentences.targets has shape {targets.shape}, expected that of sentences.decoder_inputs, {inputs.shape}."
        )
    sentences, right = Sentences(sources, inputs, targets), []
    batch_size = expect_count("batch_size", batch_size)
    for first in range(0, len(sentences.targets), batch_size):
        sources, inputs, targets = (part[first : first + batch_size] for part in sentences)
        likeliest = np.argmax(as_array(model([sources, inputs], training=False)), axis=-1)
        right.append(np.all((likeliest == targets) | (targets == PAD), axis=1))
    return float(np.mean(np.concatenate(right)))


def sentence_generator(model: Any) -> Callable[..., np.ndarray]:
    """A compiled writer for a ``translator``: from <go>, word by word, until every sentence of the batch has its <eos>.

    Args:
        model: a ``rnncourse.translator``, with or without attention.

    Returns:
        generate(sources, longest=24, temperature=0.0, seed=0): sources of shape (batch, time), padded -> tokens of
        shape (batch, at most longest), <eos> included, <pad> after it. Temperature 0 always takes the likeliest token.
        It refuses, with a ValueError, sources that are empty or hold what is no token, and numbers out of range.

    Raises:
        ValueError: the model has not the layers of a translator.
    """
    import tensorflow as tf

    from rnncourse.models import TranslatorLayers

    layers = TranslatorLayers.of(model)
    generate = _sentence_loop(layers)

    def call(sources: np.ndarray, longest: int = LONGEST, temperature: float = 0.0, seed: int = 0) -> np.ndarray:
        sources = _expect_sources(sources, layers.source_embedding)
        numbers = expect_count("longest", longest), *expect_draw(temperature, seed)
        traced = generate.get_concrete_function()  # called itself, TensorFlow would warn of many models in a row
        return traced(tf.constant(sources, tf.int32), *map(tf.constant, numbers)).numpy()

    return call


def _sentence_loop(layers: TranslatorLayers) -> Any:
    """The compiled (sources, longest, temperature, seed) -> tokens: one loop that writes word by word."""
    import tensorflow as tf

    @tf.function(autograph=False, input_signature=[_tokens_spec(), *_number_specs("int32", "float32", "int32")])
    def generate(sources: Any, longest: Any, temperature: Any, seed: Any) -> Any:
        memory, state = layers.read(sources)
        batch = tf.shape(sources)[0]

        def body(t: Any, tokens: Any, state: Any, ended: Any, history: Any) -> tuple[Any, ...]:
            logits, state = layers.write(memory, tokens[:, None], state)
            tokens = tf.where(ended, PAD, draw_tokens(logits[:, 0], temperature, seed, t))
            return t + 1, tokens, state, ended | (tokens == EOS), tf.concat([history, tokens[:, None]], axis=1)

        start = 0, tf.fill([batch], GO), state, tf.zeros([batch], tf.bool), tf.zeros([batch, 0], tf.int32)
        return _until_all_ended(body, start, longest)[-1]

    return generate


def beam_generator(model: Any) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """``beam_search`` for a ``translator`` and a batch of sentences, compiled into one loop of the graph.

    Args:
        model: a ``rnncourse.translator``, with or without attention.

    Returns:
        generate(sources, width=5, longest=24): sources of shape (batch, time), padded -> (tokens of shape
        (batch, width, at most longest), <pad> after <eos>; sums of log p, shape (batch, width)), the best first. It
        refuses, with a ValueError, sources that are empty or hold what is no token, and numbers out of range.

    Raises:
        ValueError: the model has not the layers of a translator.
    """
    import tensorflow as tf

    from rnncourse.models import TranslatorLayers

    layers = TranslatorLayers.of(model)
    generate = _beam_loop(layers)

    def call(sources: np.ndarray, width: int = 5, longest: int = LONGEST) -> tuple[np.ndarray, np.ndarray]:
        sources = _expect_sources(sources, layers.source_embedding)
        numbers = expect_count("width", width), expect_count("longest", longest)
        tokens, scores = generate.get_concrete_function()(tf.constant(sources, tf.int32), *map(tf.constant, numbers))
        return tokens.numpy(), scores.numpy()

    return call


def _beam_loop(layers: TranslatorLayers) -> Any:
    """The compiled (sources, width, longest) -> (tokens, sums of log p): one loop that extends all beginnings."""
    import tensorflow as tf

    @tf.function(autograph=False, input_signature=[_tokens_spec(), *_number_specs("int32", "int32")])
    def generate(sources: Any, width: Any, longest: Any) -> Any:
        memory, state = tf.nest.map_structure(lambda part: tf.repeat(part, width, axis=0), layers.read(sources))
        batch = tf.shape(sources)[0]

        def body(t: Any, tokens: Any, state: Any, ended: Any, scores: Any, history: Any) -> tuple[Any, ...]:
            logits, state = layers.write(memory, tf.reshape(tokens, [-1, 1]), state)
            scores, parents, tokens = _extend(logits[:, 0], scores, ended)
            keep = lambda part: tf.gather(part, parents, batch_dims=1)  # noqa: E731
            kept = keep(tf.reshape(state, [batch, width, state.shape[-1]]))
            history = tf.concat([keep(history), tokens[:, :, None]], axis=2)
            return t + 1, tokens, tf.reshape(kept, tf.shape(state)), keep(ended) | (tokens == EOS), scores, history

        first = tf.where(tf.range(width) == 0, 0.0, -np.inf)  # one beginning, not the same one ``width`` times
        start = (
            *(0, tf.fill([batch, width], GO), state, tf.zeros([batch, width], tf.bool)),
            *(tf.tile(first[None], [batch, 1]), tf.zeros([batch, width, 0], tf.int32)),
        )
        return _until_all_ended(body, start, longest)[:-3:-1]

    return generate


def sentence_translator(
    model: Any, source_vocabulary: Sequence[str], target_vocabulary: Sequence[str]
) -> Callable[..., list[str]]:
    """Sentences in, sentences out: encode, write word by word, decode.

    Args:
        model: a trained ``rnncourse.translator``.
        source_vocabulary, target_vocabulary: those it was trained with.

    Returns:
        translate(sentences, width=1, longest=24, temperature=0.0, seed=0) -> list of sentences. Width 1 is greedy, or
        draws where the temperature is above 0; a larger width is beam search. It refuses, with a ValueError, a sentence
        without a word.

    Raises:
        ValueError: the model has not the layers of a translator.
    """
    write, search = sentence_generator(model), beam_generator(model)

    def translate(
        sentences: Iterable[str], width: int = 1, longest: int = LONGEST, temperature: float = 0.0, seed: int = 0
    ) -> list[str]:
        sentences = _expect_asked(sentences)
        sources = encode_sentences(sentences, source_vocabulary)
        if expect_count("width", width) == 1:
            return decode_sentences(write(sources, longest, temperature, seed), target_vocabulary)
        if temperature:
            raise ValueError(f"temperature is {temperature!r} and width {width}: beam search does not draw.")
        return decode_sentences(search(sources, width, longest)[0][:, 0], target_vocabulary)

    return translate


def word_forecaster(model: Any) -> Callable[[np.ndarray], Callable[[tuple[int, ...]], np.ndarray]]:
    """source -> ((tokens said so far) -> log p of each next token of its translation): what searches ask for.

    Args:
        model: a ``rnncourse.translator``, with or without attention.

    Returns:
        A function of the tokens of one sentence, shape (time,). What it returns goes into ``beam_search`` and
        ``best_first_search``. The sentence is read anew for each answer: short to say and slow; ``beam_generator`` is
        for many sentences. A sentence that is empty, or holds what is no token, is refused with a ValueError.
    """
    import tensorflow as tf

    embedding = {layer.name: layer for layer in model.layers}.get("source_embedding")

    @tf.function(autograph=False, input_signature=[_tokens_spec(), _tokens_spec()])
    def forecast(sources: Any, inputs: Any) -> Any:
        return tf.nn.log_softmax(tf.cast(model([sources, inputs], training=False)[0, -1], tf.float32))

    def of_sentence(source: np.ndarray) -> Callable[[tuple[int, ...]], np.ndarray]:
        sources = tf.constant(_expect_sources(np.asarray(source)[np.newaxis], embedding), tf.int32)
        return lambda tokens: forecast(sources, tf.constant([[GO, *tokens]], tf.int32)).numpy()

    return of_sentence


class Look(NamedTuple):
    """A translation and where the decoder looked while it wrote.

    Attributes:
        read: the words of the source as the network saw them, <unk> for those it does not know.
        written: what it said, <eos> included.
        weights: a row for each word written, a column for each word read; each row adds up to 1.
    """

    read: list[str]
    written: list[str]
    weights: np.ndarray


def attention_reader(
    model: Any, source_vocabulary: Sequence[str], target_vocabulary: Sequence[str]
) -> Callable[[str], Look]:
    """Translate one sentence greedily, and see the attention.

    Args:
        model: a ``translator`` with attention.
        source_vocabulary, target_vocabulary: those it was trained with.

    Returns:
        look(sentence) -> ``Look(read, written, weights)``. It refuses, with a ValueError, what holds no word.

    Raises:
        ValueError: the model has no attention.
    """
    _expect_attention(model)
    write = sentence_generator(model)

    def look(sentence: str) -> Look:
        sources = encode_sentences(_expect_asked([sentence]), source_vocabulary)
        tokens = write(sources)
        weights = attention_weights(model, sources, shift_right(tokens))[0]
        read, written = (
            [words[token] for token in row]
            for words, row in ((source_vocabulary, sources[0]), (target_vocabulary, tokens[0]))
        )
        return Look(read, written, weights)

    return look


def attention_weights(model: Any, sources: np.ndarray, decoder_inputs: np.ndarray) -> np.ndarray:
    """a[i, t, j]: how much the decoder looks at word j of sentence i when it says word t.

    Args:
        model: a ``translator`` with attention.
        sources, decoder_inputs: shapes (batch, source time) and (batch, target time).

    Returns:
        Shape (batch, target time, source time); each row of a map adds up to 1.

    Raises:
        ValueError: the model has no attention, or a token is none of the model's.
    """
    import keras

    from rnncourse.models import as_array

    _expect_attention(model)
    looks = keras.Model(model.inputs, model.get_layer("attention").output[1])
    return as_array(looks(_expect_batch(model, sources, decoder_inputs), training=False))


def _expect_attention(model: Any) -> None:
    if not any(layer.name == "attention" for layer in model.layers):
        raise ValueError(f"{model.name} has no attention: make it with translator(…, attention=True).")


def _expect_asked(sentences: Iterable[str]) -> list[str]:
    found = expect_texts("sentences", sentences)
    empty = next((index for index, sentence in enumerate(found) if not sentence.split()), None)
    if empty is not None:
        raise ValueError(f"sentences[{empty}] is {found[empty]!r}, expected at least one word.")
    if not found:
        raise ValueError("sentences is empty, expected at least one sentence.")
    return found


def _expect_sources(sources: Any, embedding: Any) -> np.ndarray:
    tokens = expect_token_rows("sources", sources, embedding)
    empty = np.flatnonzero(np.all(tokens == PAD, axis=1))
    if len(empty):
        raise ValueError(f"sources[{empty[0]}] holds nothing but <pad>, expected at least one word.")
    return tokens


def _expect_batch(model: Any, sources: Any, decoder_inputs: Any, whose: str = "") -> list[np.ndarray]:
    """Both inputs, once the two vocabularies have a place for every token; a model of one's own may hide them.

    In an error ``whose`` stands before their names.
    """
    layers = {layer.name: layer for layer in model.layers}
    tokens = [
        expect_token_rows(whose + name, rows, layers.get(f"{side}_embedding"))
        for name, side, rows in (("sources", "source", sources), ("decoder_inputs", "target", decoder_inputs))
    ]
    if len(tokens[0]) != len(tokens[1]):
        raise ValueError(
            f"{whose}decoder_inputs has {len(tokens[1])} rows and {whose}sources {len(tokens[0])}, "
            "expected as many of both."
        )
    return tokens


def _extend(logits: Any, scores: Any, ended: Any) -> tuple[Any, Any, Any]:
    """The best continuations of each sentence: (their scores, which beginning they continue, the new token)."""
    import tensorflow as tf

    batch, width = tf.unstack(tf.shape(scores))
    words = logits.shape[-1]
    gains = tf.reshape(tf.nn.log_softmax(tf.cast(logits, tf.float32)), [batch, width, words])
    nothing_new = tf.where(tf.range(words) == PAD, 0.0, -np.inf)  # a complete sentence stays as it is
    totals = scores[:, :, None] + tf.where(ended[:, :, None], nothing_new, gains)
    scores, places = tf.math.top_k(tf.reshape(totals, [batch, width * words]), width)
    return scores, places // words, places % words


def _until_all_ended(body: Callable[..., Any], start: tuple[Any, ...], longest: Any) -> tuple[Any, ...]:
    """The loop of both generators: start is (0, tokens, state, ended, …, history); history grows at its last axis."""
    import tensorflow as tf

    def goes_on(t: Any, tokens: Any, state: Any, ended: Any, *_: Any) -> Any:
        return (t < longest) & ~tf.reduce_all(ended)

    start = tf.nest.map_structure(tf.convert_to_tensor, start)
    shapes = [tf.TensorShape([None] * (part.shape.rank - 1) + part.shape.as_list()[-1:]) for part in start[1:-1]]
    shapes = [tf.TensorShape([]), *shapes, tf.TensorShape([None] * start[-1].shape.rank)]
    return tf.while_loop(goes_on, body, start, shape_invariants=tuple(shapes))


def _tokens_spec() -> Any:
    import tensorflow as tf

    return tf.TensorSpec([None, None], tf.int32)


def _number_specs(*dtypes: str) -> list[Any]:
    import tensorflow as tf

    return [tf.TensorSpec([], dtype) for dtype in dtypes]
