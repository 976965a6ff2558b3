"""The networks of the chapters, as plain functions that return a ``keras.Model``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import partial
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
from keras import ops

from rnncourse.cells import forget_bias_for
from rnncourse.layers import GateBias, MinGRU, OutputProjectionCell, WordAttention, WordMemory
from rnncourse.parameters import cell_parameter_count
from rnncourse.shapes import expect_choice, expect_count, expect_layers, expect_shapes
from rnncourse.vocabulary import PAD


def mnist_classifier(units: int = 150) -> keras.Model:
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b) over the 28 rows of a digit; logits = h_27 W_y + b_y.

    Args:
        units: number of recurrent neurons.

    Returns:
        A model (batch, 28, 28) -> (batch, 10). What comes out are logits: no softmax inside. The loop over the 28 rows
        is unrolled, which halves the time of a training step.

    Raises:
        ValueError: units is not a whole number of at least 1.
    """
    rows = keras.Input(shape=(28, 28), name="rows")
    state = keras.layers.SimpleRNN(expect_count("units", units), unroll=True, name="reader")(rows)
    logits = keras.layers.Dense(10, name="digit")(state)
    return keras.Model(rows, logits, name="mnist_classifier")


PROJECTIONS = ("none", "each step", "stacked")


def forecaster(
    units: int = 100, projection: str = "stacked", time_steps: int | None = 20, features: int = 1
) -> keras.Model:
    """h_t = max(0, x_t W_x + h_(t-1) W_h + b); forecast of x_(t+1) = h_t W_y + b_y, at every step.

    The three kinds differ in who makes ``features`` numbers out of the state. "each step" and "stacked" have the same
    weights in the same order, so ``one.set_weights(other.get_weights())`` copies them.

    Args:
        units: number of recurrent neurons; they are rectified (ReLU).
        projection: "none": nobody, the outputs are the states of all units; "each step": an ``OutputProjectionCell``
            inside the loop over time; "stacked": one dense layer on all the states at once, after the loop.
        time_steps: number of steps of a window; the loop is unrolled. None: any number, and a loop.
        features: number of series that are read and forecast at the same time.

    Returns:
        A model (batch, time, features) -> (batch, time, features), or (batch, time, units) with projection "none".

    Raises:
        ValueError: an argument is out of range.
    """
    units, features = expect_count("units", units), expect_count("features", features)
    if projection not in PROJECTIONS:
        raise ValueError(f"projection is {projection!r}, expected one of {', '.join(map(repr, PROJECTIONS))}.")
    steps = None if time_steps is None else expect_count("time_steps", time_steps)
    window = keras.Input(shape=(steps, features), name="window")
    cell = keras.layers.SimpleRNNCell(units, activation="relu")
    if projection == "each step":
        cell = OutputProjectionCell(cell, features)
    outputs = keras.layers.RNN(cell, return_sequences=True, unroll=steps is not None, name="reader")(window)
    if projection == "stacked":
        outputs = keras.layers.Dense(features, name="projection")(outputs)
    return keras.Model(window, outputs, name="forecaster")


#: The three kinds of recurrent layers, by the names the course uses.
CELLS = MappingProxyType({"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU})


def deep_classifier(
    units: Sequence[int] = (100, 100, 100),
    *,
    cell: str = "rnn",
    dropout: float = 0.0,
    input_dropout: float = 0.0,
    unroll: bool = True,
) -> keras.Model:
    """h^l_t = tanh(h^(l-1)_t W_x^l + h^l_(t-1) W_h^l + b^l) over the 28 rows of a digit; logits = h^top_27 W_y + b_y.

    While the model trains, a share of what each layer hands up is dropped, by one mask for all the steps of a digit
    (Keras's way). What a layer hands on to its own next step is never dropped.

    Args:
        units: number of neurons of each layer, the bottom one first.
        cell: "rnn" as in the formula, or "lstm" or "gru" for layers of gated cells.
        dropout: the share that is dropped between two layers, and between the top layer and the logits.
        input_dropout: the share of the pixel columns that is dropped.
        unroll: whether the loop over the rows is unrolled: quicker steps, but more time to build the graph.

    Returns:
        A model (batch, 28, 28) -> (batch, 10). What comes out are logits. The layers are named "layer_1", "layer_2", …

    Raises:
        ValueError: there is no layer, or a size or a share is out of range.
    """
    for name, share in (("dropout", dropout), ("input_dropout", input_dropout)):
        if not 0 <= share < 1:
            raise ValueError(f"{name} is {share!r}, expected a share from 0 up to, but not including, 1.")
    units, recurrent_layer = expect_layers("units", units), _layer_of(cell)
    rows = states = keras.Input(shape=(28, 28), name="rows")
    for number, width in enumerate(units, start=1):
        states = recurrent_layer(
            width,
            return_sequences=number < len(units),  # the next layer reads every step, the logits only the last
            dropout=dropout if number > 1 else input_dropout,
            unroll=unroll,
            name=f"layer_{number}",
        )(states)
    if dropout:
        states = keras.layers.Dropout(dropout, name="dropout")(states)
    return keras.Model(rows, keras.layers.Dense(10, name="digit")(states), name="deep_classifier")


def token_model(tokens: int, units: int = 128, embedding: int = 32) -> keras.Model:
    """e_t = row k_t of a table, h_t = GRU(e_t, h_(t-1)), logits_t = h_t W_y + b_y for the next token, at every step.

    The table gives each token a vector of its own (chapter 13); the GRU is a cell that remembers longer (chapter 12).

    Args:
        tokens: how many different tokens there are.
        units: neurons of the recurrent layer.
        embedding: length of a token's vector.

    Returns:
        A model (batch, time) of whole numbers -> (batch, time, tokens), for any number of steps. Its layers are called
        "embedding", "reader" and "next".

    Raises:
        ValueError: an argument is not a whole number of at least 1.
    """
    tokens, units = expect_count("tokens", tokens), expect_count("units", units)
    stream = keras.Input(shape=(None,), dtype="int32", name="tokens")
    vectors = keras.layers.Embedding(tokens, expect_count("embedding", embedding), name="embedding")(stream)
    states = keras.layers.GRU(units, return_sequences=True, name="reader")(vectors)
    return keras.Model(stream, keras.layers.Dense(tokens, name="next")(states), name="token_model")


def word_reader(table: np.ndarray, classes: int, units: int = 32, trainable: bool = False) -> keras.Model:
    """e_t = row k_t of the table, h = GRU(e_0 … e_T); logits = h W_y + b_y: a class for a passage of words.

    Args:
        table: a vector for each word, shape (words, dimensions); the model starts from a copy.
        classes: how many classes there are.
        units: neurons of the GRU.
        trainable: whether training changes the vectors, too.

    Returns:
        A model (batch, time) of whole numbers -> (batch, classes), for any number of steps. Its layers are called
        "embedding", "reader" and "class".

    Raises:
        ValueError: the table is no matrix or has no row or no column, or a number is not a whole number of at least 1.
    """
    (table,) = expect_shapes(table=(table, "words dimensions"))
    if 0 in table.shape:
        raise ValueError(f"table has shape {table.shape}, expected at least one word of at least one number.")
    passage = keras.Input(shape=(None,), dtype="int32", name="passage")
    start = keras.initializers.Constant(table)
    embedding = keras.layers.Embedding(
        *table.shape, embeddings_initializer=start, trainable=trainable, name="embedding"
    )
    state = keras.layers.GRU(expect_count("units", units), name="reader")(embedding(passage))
    logits = keras.layers.Dense(expect_count("classes", classes), name="class")(state)
    return keras.Model(passage, logits, name="word_reader")


def memory_reader(
    cell: str, units: int = 32, *, features: int = 2, outputs: int = 1, memory: float | None = None
) -> keras.Model:
    """h_t = cell(x_t, h_(t-1)) over a sequence of any length; answer = h_T W_y + b_y, after the last step.

    Args:
        cell: "rnn", "lstm" or "gru".
        units: number of recurrent neurons.
        features: size of one input.
        outputs: how many numbers the answer has.
        memory: after how many steps an untrained cell still has half of what it stored: the bias of the LSTM's forget
            gate, and of the GRU's update gate, is ``forget_bias_for(memory)``, and that of the LSTM's input gate the
            opposite, lest c run full. None: Keras's own start. A plain cell has no such gates.

    Returns:
        A model (batch, time, features) -> (batch, outputs); its layers are called "reader" and "answer".

    Raises:
        ValueError: the cell is unknown, a plain cell is to have a memory, or a number is out of range.
    """
    recurrent_layer, options = _layer_of(cell), {}
    if memory is not None:
        if cell == "rnn":
            raise ValueError(f'memory is {memory!r}, expected None: the cell "rnn" has no gate to hold one.')
        bias = forget_bias_for(memory)
        gates = GateBias("ifgo", f=bias, i=-bias) if cell == "lstm" else GateBias("zrg", z=bias)
        options = {"bias_initializer": gates} | ({"unit_forget_bias": False} if cell == "lstm" else {})
    sequence = keras.Input(shape=(None, expect_count("features", features)), name="sequence")
    state = recurrent_layer(expect_count("units", units), name="reader", **options)(sequence)
    answer = keras.layers.Dense(expect_count("outputs", outputs), name="answer")(state)
    return keras.Model(sequence, answer, name="memory_reader")


#: Weights of the layer over time in a ``recall_reader``, for an input of width w and u units.
RECALL_WEIGHTS = MappingProxyType(
    {
        "gru": lambda w, u: cell_parameter_count("gru", w, u),
        "lstm": lambda w, u: cell_parameter_count("lstm", w, u),
        "mingru": lambda w, u: 2 * (w * u + u),
        "attention": lambda w, u: 3 * (w * u + u) + u * w + w,
    }
)


def recall_reader(
    reader: str, *, features: int, outputs: int, width: int = 32, parameters: int = 12_000
) -> keras.Model:
    """e_t = x_t W_e + b_e, r = what a layer over time makes of e_0 … e_T, answer = max(0, r W_r + b_r) W_y + b_y.

    Readers of four kinds on equal terms: only the layer over time differs, and it gets as many units as the parameters
    allow. The recurrent ones hand on their last state. Attention hands on the last step and what it looks up for it:
    r = e_T + sum_(j ≤ T) a_j (e_j W_v + b_v) W_o + b_o, a = softmax over j of (e_T W_q + b_q) · (e_j W_k + b_k) /
    sqrt(units). It has one head and no positions: it cannot know which step came first.

    Args:
        reader: "gru", "lstm", "mingru" or "attention".
        features: size of one input.
        outputs: how many numbers the answer has.
        width: size of e_t, and of the hidden layer of the answer.
        parameters: how many weights the model may have in all.

    Returns:
        A model (batch, time, features) -> (batch, outputs), for any number of steps. Its layers are called "front",
        "reader", "hidden" and "answer".

    Raises:
        ValueError: the reader is unknown, a number is not a whole number of at least 1, or the parameters are too few.
    """
    count = RECALL_WEIGHTS[expect_choice("reader", reader, RECALL_WEIGHTS)]
    features, outputs, width = (
        expect_count(name, size) for name, size in (("features", features), ("outputs", outputs), ("width", width))
    )
    budget = expect_count("parameters", parameters) - (features + 1 + outputs) * width - outputs

    def needed(units: int) -> int:
        return count(width, units) + ((width if reader == "attention" else units) + 1) * width

    if needed(1) > budget:
        raise ValueError(f"parameters is {parameters}, expected at least {parameters - budget + needed(1)}.")
    units = next(units for units in itertools.count(1) if needed(units + 1) > budget)
    sequence = keras.Input(shape=(None, features), name="sequence")
    steps = keras.layers.Dense(width, name="front")(sequence)
    if reader == "attention":
        found = keras.layers.MultiHeadAttention(1, units, name="reader")(steps, steps, use_causal_mask=True)
        read = (steps + found)[:, -1]
    else:
        # of so few steps a loop is quicker than a scan
        layer = partial(MinGRU, scan=False) if reader == "mingru" else CELLS[reader]
        read = layer(units, name="reader")(steps)
    hidden = keras.layers.Dense(width, activation="relu", name="hidden")(read)
    return keras.Model(sequence, keras.layers.Dense(outputs, name="answer")(hidden), name="recall_reader")


def _layer_of(cell: str) -> Callable[..., keras.layers.Layer]:
    if cell not in CELLS:
        raise ValueError(f"cell is {cell!r}, expected one of {', '.join(map(repr, CELLS))}.")
    return CELLS[cell]


def translator(
    source_words: int,
    target_words: int,
    units: int = 128,
    attention: bool = False,
    *,
    memory: str = "both",
    bidirectional: bool = False,
) -> keras.Model:
    """h = GRU over the source without its padding; s_(-1) = h, s_t = GRU(word t, s_(t-1)); logits_t = s_t W_y + b_y.

    An encoder-decoder trained by teacher forcing: the decoder is given the right words so far. With attention the
    decoder looks at each word j of the source again. What it sees there is m_j, the encoder's state after the word plus
    the word's own vector; context_t = sum_j a_tj m_j with a_t = softmax_j(s_t · m_j); and in the place of s_t the
    logits are made from tanh([s_t, context_t] W_c + b_c). A bidirectional encoder has half of its units read the source
    from its end: the state after a word then knows what comes before the word and what comes behind it.

    Args:
        source_words, target_words: how many tokens the vocabularies have, the special ones included.
        units: neurons of the encoder and of the decoder, and length of a word's vector.
        attention: whether the decoder looks back at the source.
        memory: what it sees there: "both", as above, "states" for the encoder's alone, "words" for the vectors alone.
        bidirectional: whether half of the encoder reads from the last word to the first.

    Returns:
        A model [sources, decoder inputs] -> logits: whole numbers of shapes (batch, source time) and (batch, target
        time) -> (batch, target time, target_words), for any number of steps. Its layers are called as the fields of
        ``TranslatorLayers``.

    Raises:
        ValueError: a number is not a whole one of at least 1, there are halves of an odd number of units, or memory is
            none of the three.

    Source: K. Cho and others, "Learning phrase representations using RNN encoder-decoder" (2014); for attention
    M.-T. Luong, H. Pham and C. Manning (2015), with the word's own vector added to the memory; for both directions
    D. Bahdanau, K. Cho and Y. Bengio (2015).
    """
    layers = TranslatorLayers.new(source_words, target_words, units, attention, memory, bidirectional)
    sources, inputs = (keras.Input(shape=(None,), dtype="int32", name=name) for name in ("source", "decoder_input"))
    seen, state = layers.read(sources)
    logits, _ = layers.write(seen, inputs, state)
    return keras.Model([sources, inputs], logits, name="translator")


def as_array(values: Any) -> np.ndarray:
    """A tensor as an array to compute with: of float16 and bfloat16 NumPy can do little, they become float32."""
    array = np.asarray(values)
    return array.astype(np.float32) if array.dtype.itemsize < 4 else array


def named_layers(model: keras.Model, names: Sequence[str], maker: str) -> list[keras.layers.Layer]:
    """The layers of a model that have these names.

    Raises:
        ValueError: one is missing; the message says who makes models that have them all.
    """
    found = {layer.name: layer for layer in model.layers}
    missing = next((name for name in names if name not in found), None)
    if missing is not None:
        raise ValueError(
            f"model has no layer called {missing!r}, expected those of rnncourse.{maker}: {', '.join(names)}."
        )
    return [found[name] for name in names]


@dataclass(frozen=True)
class TranslatorLayers:
    """The layers of a ``translator`` and what they compute, said once: training and writing are made of the same two.

    Attributes:
        source_embedding, target_embedding: a vector for each word of a language.
        encoder, decoder: recurrent layers that return every output and the last state.
        next: makes the logits.
        backward: the half of the encoder that reads from the end; None where all of it reads from the beginning.
        memory, attention, combine: what is seen of the source, the look at it, and what is made of it; None without
            attention.

    A field has the name of its layer in the model.
    """

    source_embedding: keras.layers.Layer
    target_embedding: keras.layers.Layer
    encoder: keras.layers.Layer
    decoder: keras.layers.Layer
    next: keras.layers.Layer
    backward: keras.layers.Layer | None = None
    memory: keras.layers.Layer | None = None
    attention: keras.layers.Layer | None = None
    combine: keras.layers.Layer | None = None

    @classmethod
    def new(
        cls, source_words: int, target_words: int, units: int, attention: bool, memory: str, bidirectional: bool
    ) -> TranslatorLayers:
        """New layers, untrained; the arguments are those of ``translator``."""
        units = expect_count("units", units)
        if bidirectional and units % 2:
            raise ValueError(f"units is {units}, expected an even number: half of them read backwards.")
        counts = {"source_embedding": source_words, "target_embedding": target_words}
        made = {
            name: keras.layers.Embedding(expect_count(name.replace("embedding", "words"), words), units, name=name)
            for name, words in counts.items()
        }
        sizes = {"encoder": units // 2, "backward": units // 2} if bidirectional else {"encoder": units}
        for name, size in {**sizes, "decoder": units}.items():
            made[name] = keras.layers.GRU(
                size, return_sequences=True, return_state=True, go_backwards=name == "backward", name=name
            )
        seen = WordMemory(memory, name="memory")  # made in any case: it refuses what is no memory
        if attention:
            made["memory"] = seen
            made["attention"] = WordAttention(name="attention")
            made["combine"] = keras.layers.Dense(units, activation="tanh", name="combine")
        return cls(**made, next=keras.layers.Dense(target_words, name="next"))

    @classmethod
    def of(cls, model: keras.Model) -> TranslatorLayers:
        """The layers of a trained model, found by their names; the two cells run in loops of their own.

        Raises:
            ValueError: the model has no layer of such a name.
        """
        there = {layer.name for layer in model.layers}
        optional = {"backward": "backward", "memory": "attention", "attention": "attention", "combine": "attention"}
        names = [field.name for field in fields(cls) if field.default is MISSING or optional[field.name] in there]
        found = dict(zip(names, named_layers(model, names, "translator"), strict=True))
        loops = {
            name: keras.layers.RNN(
                found[name].cell, return_sequences=True, return_state=True, go_backwards=name == "backward",
                unroll=name == "decoder",  # one that writes takes one step
                name=name, dtype=found[name].dtype_policy,
            )
            for name in ("encoder", "backward", "decoder") if name in found
        }  # fmt: skip
        return cls(**found | loops)

    def read(self, sources: Any) -> tuple[tuple[Any, ...], Any]:
        """h = GRU over the source without its padding: (memory, h), the memory for attention (m_j, who is there)."""
        there = ops.not_equal(sources, PAD)  # the mask is handed on by hand: nothing rests on how Keras passes it
        vectors = self.source_embedding(sources)
        states, last = self.encoder(vectors, mask=there)
        if self.backward is not None:
            behind, first = self.backward(vectors, mask=there)  # its outputs stand in the order in which it reads
            states = ops.concatenate([states, ops.flip(behind, axis=1)], axis=-1)
            last = ops.concatenate([last, first], axis=-1)
        return () if self.memory is None else (self.memory(states, vectors), there), last

    def write(self, memory: tuple[Any, ...], tokens: Any, state: Any) -> tuple[Any, Any]:
        """s_t = GRU(word t, s_(t-1)) for words of shape (batch, time): (logits at each place, the last s_t)."""
        outputs, state = self.decoder(self.target_embedding(tokens), initial_state=state)
        if self.attention is not None and self.combine is not None:
            seen, there = memory
            context, _ = self.attention([outputs, seen], mask=[None, there], return_attention_scores=True)
            outputs = self.combine(ops.concatenate([outputs, context], axis=-1))
        return self.next(outputs), state
