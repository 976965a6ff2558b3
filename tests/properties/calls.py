"""How each public function of arrays is called, with arrays of any dtype and sizes, and which functions take none."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from itertools import cycle
from typing import Any

import keras
import numpy as np

import rnncourse  # first: it keeps TensorFlow quiet

#: No two alike, so that a result shows which axis of it comes from which size.
SIZES = {"batch": 3, "time": 4, "features": 2, "units": 5, "classes": 7, "words": 9, "dimensions": 6, "outputs": 8}
ENGLISH = rnncourse.build_vocabulary(["i drink milk", "you eat bread"])
SENTENCES = ("i drink milk", "you eat", "bread milk", "i eat", "you drink bread", "milk", "eat bread", "i drink", "you")


class Draw:
    """Random arrays in one dtype; ``exact`` gives the same numbers in float64 or int64.

    Attributes:
        axes: the words of the axes that were drawn.
        floats: whether numbers were drawn that could be floats.
    """

    def __init__(self, dtype: str = "float64", exact: bool = False, **sizes: int) -> None:
        """Of one dtype, or "mixed": float64 and float32 in turn."""
        self.turns = cycle(["float64", "float32"] if dtype == "mixed" else [dtype])
        self.kind = "f" if dtype == "mixed" else np.dtype(dtype).kind
        self.exact, self.sizes = exact, {**SIZES, **sizes}
        self.rng = np.random.default_rng(3)
        self.axes: set[str] = set()
        self.floats = False

    def __call__(self, axes: str = "") -> np.ndarray:
        """Numbers from a normal distribution, or small whole ones."""
        shape = self.shape(axes)
        if self.kind == "f":
            return self.cast(self.rng.normal(size=shape))
        return self.cast(self.rng.integers(-2 if self.kind == "i" else 0, 2 if self.kind == "b" else 3, size=shape))

    def shares(self, axes: str) -> np.ndarray:
        """Numbers that add up to 1 along the last axis; a single 1 where there are no floats."""
        powers = np.exp(self.rng.normal(size=self.shape(axes)))
        if self.kind == "f":
            return self.cast(powers / powers.sum(axis=-1, keepdims=True))
        return self.cast(powers == powers.max(axis=-1, keepdims=True))

    def below(self, axes: str, end: int, start: int = 0) -> np.ndarray:
        """Whole numbers, which stay such where floats are asked for."""
        numbers = self.rng.integers(start, end, size=self.shape(axes))
        return numbers if self.exact or self.kind not in "iu" else numbers.astype(next(self.turns))

    def mask(self, axes: str) -> np.ndarray:
        """Booleans, the first of each row True."""
        mask = self.rng.random(self.shape(axes)) < 0.6
        mask[:, :1] = True
        return mask

    def texts(self) -> list[str]:
        return list(SENTENCES[: self.shape("batch")[0]])

    def cell(self, outputs: str = "features") -> Callable[[Any, Any], tuple[Any, Any]]:
        """A cell in NumPy that takes any dtype."""
        kernel, recurrent_kernel, shown = (
            self.rng.normal(size=self.shape(axes)) for axes in ("features units", "units units", f"units {outputs}")
        )

        def step(inputs: Any, state: Any) -> tuple[Any, Any]:
            state = np.tanh(np.asarray(inputs, float) @ kernel + np.asarray(state, float) @ recurrent_kernel)
            return state @ shown, state

        return step

    def tensorflow_cell(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        """A cell with weights of the dtype, but for booleans: it would refuse its own, not what it is given."""
        drawn = (self(axes) for axes in ("features units", "units units", "units"))
        kernel, recurrent_kernel, bias = (part.astype("f4") if part.dtype == bool else part for part in drawn)

        def step(inputs: Any, state: Any) -> tuple[Any, Any]:
            state = rnncourse.rnn_step_tensorflow(inputs, state, kernel, recurrent_kernel, bias)
            return state, state

        return step

    def shape(self, axes: str) -> tuple[int, ...]:
        """The sizes of axes in words, such as "batch 4*units"."""
        parts = [axis.rpartition("*") for axis in axes.split()]
        self.axes |= {axis for _, _, axis in parts}
        return tuple(int(factor or 1) * int(self.sizes.get(axis, axis)) for factor, _, axis in parts)

    def cast(self, numbers: np.ndarray) -> np.ndarray:
        self.floats = True
        numbers = np.asarray(numbers).astype(next(self.turns))
        return numbers.astype(float) if self.exact else numbers


@cache
def model(name: str) -> Any:
    """A small network with weights of its own."""
    keras.utils.set_random_seed(4)
    make = {
        "forecaster": lambda: rnncourse.forecaster(4, "stacked", None, SIZES["features"]),
        "classifier": lambda: keras.Sequential([keras.Input((None, SIZES["features"])), keras.layers.SimpleRNN(7)]),
        "tokens": lambda: rnncourse.token_model(SIZES["words"], 4, 3),
        "translator": lambda: rnncourse.translator(len(ENGLISH), len(ENGLISH), 4, attention=True),
    }
    return make[name]()


@cache
def writer(name: str, kind: str) -> Any:
    """What a function makes of a model, compiled once for all the calls."""
    vocabularies = (ENGLISH, ENGLISH) if name == "sentence_translator" else ()
    return getattr(rnncourse, name)(model(kind), *vocabularies)


def _gates(draw: Draw, gates: int) -> dict[str, np.ndarray]:
    return {
        "kernel": draw(f"features {gates}*units"),
        "recurrent_kernel": draw(f"units {gates}*units"),
        "bias": draw(f"{gates}*units"),
    }


def _pair(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    return draw("batch units"), draw("batch units")


def _layer(draw: Draw) -> dict[str, np.ndarray]:
    return {"kernel": draw("features units"), "recurrent_kernel": draw("units units"), "bias": draw("units")}


def _weights(draw: Draw, *names: str) -> dict[str, np.ndarray]:
    return {name: draw("") for name in names}


def _with_cell(draw: Draw, **more: Any) -> dict[str, Any]:
    return {"step": draw.cell(), "inputs": draw("batch time features"), "state": draw("batch units"), **more}


def _in_tensorflow(draw: Draw, inputs: Any, **more: Any) -> dict[str, Any]:
    return {"step": draw.tensorflow_cell(), "inputs": inputs, "state": draw("batch units"), **more}


def _wheel(gains: np.ndarray) -> Callable[[tuple[int, ...]], np.ndarray]:
    """Log-probabilities that move on by one with every token said."""
    return lambda said: np.roll(gains, len(said))


def _sentences(draw: Draw) -> rnncourse.vocabulary.Sentences:
    words = len(ENGLISH)
    return rnncourse.vocabulary.Sentences(*(draw.below("batch time", words, 1) for _ in range(3)))


#: Name of a function -> its arguments by name, out of what was drawn.
CALLS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    # One step in time
    "neuron_step": lambda draw: _weights(draw, "x", "h", "w_x", "w_h", "b"),
    "neuron_with_readout": lambda draw: _weights(draw, "x", "h", "w_x", "w_h", "b", "w_y", "b_y"),
    "rnn_step": lambda draw: {"inputs": draw("batch features"), "state": draw("batch units"), **_layer(draw)},
    "stack_kernels": lambda draw: {"kernel": draw("features units"), "recurrent_kernel": draw("units units")},
    "rnn_step_stacked": lambda draw: {
        "inputs": draw("batch features"),
        "state": draw("batch units"),
        "stacked_kernel": np.concatenate([draw("features units"), draw("units units")]),
        "bias": draw("units"),
    },
    "step_with_readout": lambda draw: {
        **_layer(draw),
        "output_kernel": draw("units outputs"),
        "output_bias": draw("outputs"),
    },
    "dropout": lambda draw: {
        "values": draw("batch time"),
        "rate": 0.25,
        "noise": draw.shares("batch time"),
    },
    "sigmoid": lambda draw: {"x": draw("batch time")},
    "lstm_step": lambda draw: {"inputs": draw("batch features"), "state": _pair(draw), **_gates(draw, 4)},
    "lstm_step_backward": lambda draw: {
        "inputs": draw("batch features"),
        "state": _pair(draw),
        **_gates(draw, 4),
        "h_gradient": draw("batch units"),
        "c_gradient": draw("batch units"),
    },
    "peephole_lstm_step": lambda draw: {
        "inputs": draw("batch features"),
        "state": _pair(draw),
        **_gates(draw, 4),
        "peepholes": draw("3 units"),
    },
    "gru_step": lambda draw: {
        "inputs": draw("batch features"),
        "state": draw("batch units"),
        **_gates(draw, 3),
        "bias": draw("2 3*units"),
    },
    "gru_weights_from_pytorch": lambda draw: {
        "weight_ih": draw("3*units features"),
        "weight_hh": draw("3*units units"),
        "bias_ih": draw("3*units"),
        "bias_hh": draw("3*units"),
    },
    "gru_kernels_from_tensorflow1": lambda draw: {
        "gates_kernel": draw("outputs 2*units"),
        "candidate_kernel": draw("outputs units"),
    },
    "lstm_kernels_from_tensorflow1": lambda draw: {"stacked_kernel": draw("outputs 4*units"), "bias": draw("4*units")},
    # Many steps
    "run_neuron": lambda draw: {"inputs": draw("time"), **_weights(draw, "h", "w_x", "w_h", "b")},
    "run_two_steps": lambda draw: {"first": draw("batch features"), "second": draw("batch features"), **_layer(draw)},
    "unpack_sequence": lambda draw: {"batch": draw("batch time features")},
    "pack_sequence": lambda draw: {"outputs": list(draw("time batch features"))},
    "static_rnn": lambda draw: _with_cell(draw, inputs=list(draw("time batch features"))),
    "static_rnn_in_pieces": lambda draw: _with_cell(draw, inputs=list(draw("time batch features")), length=3),
    "averaging_cell": lambda draw: {"length": 2},
    "stack_steps": lambda draw: {"steps": [draw.cell(), draw.cell()]},
    "sequence_to_sequence": _with_cell,
    "sequence_to_vector": _with_cell,
    "vector_to_sequence": lambda draw: {
        "step": draw.cell(),
        "vector": draw("batch features"),
        "state": draw("batch units"),
        "time_steps": 11,
    },
    "encoder_decoder": lambda draw: {
        "encoder_step": draw.cell(),
        "decoder_step": draw.cell(),
        "inputs": draw("batch time features"),
        "state": draw("batch units"),
        "start": draw("batch features"),
        "time_steps": 11,
    },
    "bidirectional": lambda draw: {
        "forward_step": draw.cell(),
        "backward_step": draw.cell(),
        "inputs": draw("batch time features"),
        "forward_state": draw("batch units"),
        "backward_state": draw("batch units"),
    },
    "lstm_trace": lambda draw: {"inputs": draw("batch time features"), **_gates(draw, 4)},
    # Sequences of different lengths
    "pad": lambda draw: {"sequences": list(draw("batch time features")), "value": 1},
    "sequence_mask": lambda draw: {"lengths": draw.below("batch", 4), "time_steps": 4},
    "assign_batches": lambda draw: {"lengths": draw.below("batch", 4), "size": 2},
    "run_with_lengths": lambda draw: _with_cell(draw, lengths=draw.below("batch", draw.sizes["time"] + 1)),
    "last_valid": lambda draw: {
        "outputs": draw("batch time units"),
        "lengths": draw.below("batch", draw.sizes["time"] + 1, min(1, draw.sizes["time"])),
    },
    "append_end_token": lambda draw: {"sequences": list(draw.below("batch time", 5)), "end": 5},
    "lengths_from_tokens": lambda draw: {"tokens": draw.below("batch time", 3), "end": 2},
    "generate_until": lambda draw: {
        "step": lambda tokens, state: (np.asarray(tokens) // 2, state),
        "start": draw.below("batch", 9),
        "state": None,
        "end": 0,
        "longest": 6,
    },
    # Gradients
    "neuron_bptt": lambda draw: {
        "inputs": draw("time"),
        "states": draw("time"),
        "output_gradients": draw("time"),
        "w_h": draw(""),
    },
    "run_layer": lambda draw: {"inputs": draw("batch time features"), **_layer(draw)},
    "bptt": lambda draw: {
        "inputs": draw("batch time features"),
        "states": draw("batch time units"),
        "output_gradients": draw("batch time units"),
        "recurrent_kernel": draw("units units"),
    },
    "gradient_norms": lambda draw: {
        "states": draw("batch time units"),
        "recurrent_kernel": draw("units units"),
        "last_gradient": draw("batch units"),
    },
    "spectral_radius": lambda draw: {"matrix": draw("units units")},
    "with_spectral_radius": lambda draw: {"matrix": draw("units units"), "radius": 0.9},
    "numeric_gradient": lambda draw: {"cost": lambda w: float(np.sum(w**2)), "at": draw("batch time")},
    "gradient_check": lambda draw: {
        "cost": lambda w: float(np.sum(w**2)),
        "parameters": {"w": draw("batch time")},
        "gradients": {"w": draw("batch time")},
    },
    "descend": lambda draw: {
        "inputs": draw("batch time features"),
        "targets": draw("batch time outputs"),
        "weights": [
            draw("features units") / 9,
            draw("units units") / 9,
            draw("units"),
            draw("units outputs") / 9,
            draw("outputs"),
        ],
        "rate": 0.1,
        "steps": 2,
    },
    "clip_by_global_norm": lambda draw: {"gradients": [draw("batch time"), draw("units")], "limit": 0.5},
    "cross_entropy": lambda draw: {"logits": draw("batch classes"), "labels": draw.below("batch", SIZES["classes"])},
    # What it is good for
    "make_windows": lambda draw: {"series": draw("words"), "time_steps": 3},
    "persistence": lambda draw: {"inputs": draw("batch time features")},
    "fit_causal_linear": lambda draw: {"inputs": draw("batch time 1"), "targets": draw("batch time 1")},
    "linear_forecast": lambda draw: {
        "inputs": draw("batch time 1"),
        "weights": draw("time time"),
        "biases": draw("time"),
    },
    "scaled_parts": lambda draw: {"series": draw("words"), "cut": 3},
    "seasonal_naive": lambda draw: {"inputs": draw("batch time 1"), "season": 1, "ahead": 3},
    "season_forecaster": lambda draw: {"history": draw("batch 48")},
    "seasonal_means": lambda draw: {"series": draw("words"), "season": 2},
    "fit_linear": lambda draw: {"inputs": draw("batch time 1"), "targets": draw("batch outputs")},
    "error_per_step": lambda draw: {
        "forecasts": draw("batch time features"),
        "targets": draw("batch time features"),
    },
    "network_forecast": lambda draw: {"model": model("forecaster"), "inputs": draw("batch time features")},
    "continue_series": lambda draw: _with_cell(draw, steps=11),
    "softmax_with_temperature": lambda draw: {"logits": draw("batch classes"), "temperature": 0.7},
    "temperature_for": lambda draw: {"logits": draw("classes"), "share": 0.3},
    "voice_contexts": lambda draw: {"chorale": draw.below("time 4", 80)},
    "interleave": lambda draw: {"chorale": draw.below("time 4", 80)},
    "separate": lambda draw: {"stream": draw.below("words", 80)},
    "curve": lambda draw: {"times": draw("batch time")},
    "curve_windows": lambda draw: {"starts": draw("batch")},
    "loudness": lambda draw: {"chorale": draw.below("time 4", 80)},
    "voice_ranges": lambda draw: {"chorales": [draw.below("time 4", 80, 1)]},
    "count_chorale": lambda draw: {"song": draw.below("time 4", 80, 1), "known": [draw.below("words 4", 80, 1)]},
    "write_wav": lambda draw: {"file": io.BytesIO(), "chorale": draw.below("time 4", 80), "rate": 100},
    "bits_per_character": lambda draw: {
        "probabilities": draw.shares("batch classes"),
        "targets": draw.below("batch", SIZES["classes"]),
    },
    "decode_text": lambda draw: {"tokens": draw.below("time", 3), "letters": "abc"},
    "cut_windows": lambda draw: {"tokens": draw.below("words", 80), "length": 3},
    "interpolated_bits": lambda draw: {
        "learn_contexts": draw.below("words features", 3),
        "learn_came": draw.below("words", 3),
        "contexts": draw.below("time features", 3),
        "came": draw.below("time", 3),
        "classes": 3,
    },
    "counted_bits": lambda draw: {
        "learn": draw.below("words", 3),
        "test": draw.below("time", 3),
        "classes": 3,
        "longest": 0,
    },
    # Words
    "one_hot": lambda draw: {"tokens": draw.below("batch time", SIZES["words"]), "words": SIZES["words"]},
    "embedding_lookup": lambda draw: {
        "table": draw("words dimensions"),
        "tokens": draw.below("batch time", SIZES["words"]),
    },
    "lookup_gradient": lambda draw: {
        "tokens": draw.below("batch time", SIZES["words"]),
        "gradients": draw("batch time dimensions"),
        "words": SIZES["words"],
    },
    "skip_gram_pairs": lambda draw: {"tokens": draw.below("time", 9), "window": 2},
    "negative_sampling_loss": lambda draw: {
        "centres": draw("batch dimensions"),
        "contexts": draw("batch dimensions"),
        "noise": draw("time dimensions"),
    },
    "cosine_neighbours": lambda draw: {"table": draw("words dimensions"), "token": 2, "count": 3},
    "unit_length": lambda draw: {"table": draw("batch dimensions")},
    "neighbour_share": lambda draw: {
        "table": draw("words dimensions"),
        "vocabulary": list("abcdefghi"),
        "pairs": [("a", "b"), ("c", "d")],
        "count": 4,
    },
    "solve_analogy": lambda draw: {"table": draw("words dimensions"), "a": 1, "b": 4, "c": 2},
    "principal_components": lambda draw: {"vectors": draw("words dimensions"), "count": 2},
    "build_vocabulary": lambda draw: {"sentences": draw.texts()},
    "encode_sentences": lambda draw: {"sentences": draw.texts(), "vocabulary": ENGLISH},
    "decode_sentences": lambda draw: {"tokens": draw.below("batch time", len(ENGLISH)), "vocabulary": ENGLISH},
    "shift_right": lambda draw: {"targets": draw.below("batch time", 9)},
    "make_sentences": lambda draw: {
        "pairs": [(text, text) for text in draw.texts()],
        "source_vocabulary": ENGLISH,
        "target_vocabulary": ENGLISH,
    },
    "attend": lambda draw: {
        "query": draw("batch units"),
        "memory": draw("batch time units"),
        "mask": draw.mask("batch time"),
    },
    "positive_features": lambda draw: {"inputs": draw("batch time features")},
    "linear_attention": lambda draw: {
        "queries": draw("batch time dimensions"),
        "keys": draw("batch time dimensions"),
        "values": draw("batch time units"),
    },
    "linear_attention_step": lambda draw: {
        "query": draw("batch dimensions"),
        "key": draw("batch dimensions"),
        "value": draw("batch units"),
        "state": (draw("batch dimensions units"), np.abs(draw("batch dimensions"))),
    },
    "mlstm_step": lambda draw: {
        "query": draw("batch dimensions"),
        "key": draw("batch dimensions"),
        "value": draw("batch units"),
        "input_gate": draw("batch"),
        "forget_gate": draw("batch"),
        "output_gate": draw("batch units"),
        "state": (draw("batch units dimensions"), draw("batch dimensions"), draw("batch")),
    },
    "beam_search": lambda draw: {
        "log_probabilities": _wheel(draw("words")),
        "width": 2,
        "longest": 3,
    },
    "masked_loss": lambda draw: {
        "targets": draw.below("batch time", SIZES["words"], 1),
        "logits": draw("batch time words"),
    },
    "masked_cross_entropy": lambda draw: {
        "logits": draw("batch time words"),
        "targets": draw.below("batch time", SIZES["words"], 1),
    },
    "masked_accuracy": lambda draw: {
        "logits": draw("batch time words"),
        "targets": draw.below("batch time", SIZES["words"], 1),
    },
    "exact_match": lambda draw: {"predictions": draw.texts(), "references": draw.texts()},
    "corpus_scores": lambda draw: {"predictions": draw.texts(), "references": draw.texts()},
    "corpus_bleu": lambda draw: {"predictions": draw.texts(), "references": draw.texts()},
    "copy_baseline": lambda draw: {"sources": draw.texts()},
    "most_frequent_baseline": lambda draw: {
        "train_pairs": [(text, text) for text in SENTENCES],
        "sources": draw.texts(),
    },
    "word_by_word_baseline": lambda draw: {
        "train_pairs": [(text, text) for text in SENTENCES],
        "sources": draw.texts(),
    },
    "phrase_table_baseline": lambda draw: {
        "train_pairs": [(text, text) for text in SENTENCES],
        "sources": draw.texts(),
    },
    "nearest_neighbour_baseline": lambda draw: {
        "train_pairs": [(text, text) for text in SENTENCES],
        "sources": draw.texts(),
    },
    "forced_exact_match": lambda draw: {"model": model("translator"), "sentences": _sentences(draw)},
    "attention_weights": lambda draw: {
        "model": model("translator"),
        "sources": draw.below("batch time", len(ENGLISH), 1),
        "decoder_inputs": draw.below("batch time", len(ENGLISH), 1),
    },
    # Recurrence today
    "linear_steps": lambda draw: {
        "inputs": draw("batch time features"),
        "kernel": draw("features 2*units"),
        "bias": draw("2*units"),
    },
    "min_lstm_steps": lambda draw: {
        "inputs": draw("batch time features"),
        "kernel": draw("features 3*units"),
        "bias": draw("3*units"),
    },
    "min_gru_step": lambda draw: {
        "inputs": draw("batch features"),
        "state": draw("batch units"),
        "kernel": draw("features 2*units"),
        "bias": draw("2*units"),
    },
    "combine_steps": lambda draw: {name: (draw("batch units"), draw("batch units")) for name in ("earlier", "later")},
    "prefix_scan": lambda draw: {
        "combine": rnncourse.combine_steps,
        "factors": draw("time batch units"),
        "addends": draw("time batch units"),
    },
    "causal_attention": lambda draw: {
        "queries": draw("batch time units"),
        "keys": draw("batch time units"),
        "values": draw("batch time outputs"),
    },
    "grouped_attention": lambda draw: {
        "inputs": draw("batch time features"),
        "w_q": draw("features 4 units"),
        "w_k": draw("features 2 units"),
        "w_v": draw("features 2 units"),
        "w_o": draw("4 units outputs"),
    },
    # The same in TensorFlow and Keras
    "rnn_step_tensorflow": lambda draw: {
        "inputs": draw("batch features"),
        "state": draw("batch units"),
        **_layer(draw),
    },
    "lstm_step_tensorflow": lambda draw: {"inputs": draw("batch features"), "state": _pair(draw), **_gates(draw, 4)},
    "gru_step_tensorflow": lambda draw: {
        "inputs": draw("batch features"),
        "state": draw("batch units"),
        **_gates(draw, 3),
        "bias": draw("2 3*units"),
    },
    "dynamic_rnn": lambda draw: _in_tensorflow(
        draw, draw("batch time features"), sequence_lengths=draw.below("batch", draw.sizes["time"] + 1)
    ),
    "truncated_rnn": lambda draw: _in_tensorflow(draw, list(draw("time batch features")), length=2),
    "early_stopping": lambda draw: {"costs": list(draw("time")), "patience": 2},
    "switch_probabilities": lambda draw: {"inputs": draw("batch time 1")},
    "random_shift": lambda draw: {"images": draw("batch 6 6"), "most": 2},
    "simple_rnn_layer": _layer,
    "accuracy": lambda draw: {
        "model": model("classifier"),
        "inputs": draw("batch time features"),
        "labels": draw.below("batch", SIZES["classes"]),
    },
    "word_reader": lambda draw: {"table": draw("words dimensions"), "classes": 3, "units": 4},
    # What is compiled once and called with arrays
    "curve_generator": lambda draw: {"windows": draw("batch time features"), "steps": 11},
    "token_generator": lambda draw: {"prompt": draw.below("batch time", SIZES["words"]), "steps": 11, "temperature": 0},
    "sentence_generator": lambda draw: {"sources": draw.below("batch time", len(ENGLISH), 1), "longest": 4},
    "beam_generator": lambda draw: {"sources": draw.below("batch time", len(ENGLISH), 1), "width": 2, "longest": 4},
    "sentence_translator": lambda draw: {"sentences": draw.texts(), "longest": 4},
}

#: The functions whose result is called, and with what: name -> (model) or None where the arguments make the result.
WRITERS = {
    "curve_generator": "forecaster",
    "token_generator": "tokens",
    "sentence_generator": "translator",
    "beam_generator": "translator",
    "sentence_translator": "translator",
}

#: What is looked at where the result is no array: name -> (result, what was drawn with) -> arrays.
SEEN: dict[str, Callable[[Any, Draw], Any]] = {
    "step_with_readout": lambda step, draw: step(draw("batch features"), draw("batch units")),
    "averaging_cell": lambda made, draw: made[0](draw("batch features"), (draw("batch features"),))[0],
    "stack_steps": lambda step, draw: step(draw("batch features"), _pair(draw)),
    "simple_rnn_layer": lambda layer, draw: layer.get_weights(),
    "word_reader": lambda reader, draw: reader.get_layer("embedding").get_weights(),
    "fit_linear": lambda forecast, draw: forecast(draw("batch time 1")),
    "build_vocabulary": lambda words, draw: [len(words)],
    "gradient_check": lambda found, draw: list(found.errors.values()),
    "corpus_scores": lambda scores, draw: [number for number in scores if isinstance(number, float)],
}

#: Public functions that take no array and no list that could be empty, and why.
NOT_OF_ARRAYS = {
    "numbers, checked one by one in their own tests": (
        "between_marks cell_parameter_count cut_in_time forget_bias_for influence kernel_that_keeps parameter_count "
        "position_signal recipe_optimizer remember resting_share stack_parameter_count steps_remembered "
        "units_for_budget warm_up_cosine"
    ),
    "takes nothing: weights designed by hand": (
        "change_detector counter_weights family_vectors latch_weights lookup_weights"
    ),
    "pairs of texts": "word_table",
    "texts and files": "encode_text inside_quotes interpolated_shares letters_of load_docs_passages "
    "longest_copy melody_notes play read_dates read_phrases read_series separate_words spelling_table write_midi",
    "data that come with the course, made or loaded": (
        "load_chorales load_docs_text load_docs_words load_docs_writer load_eeg load_glove_words load_menu_phrases "
        "load_mnist load_share_price load_sea_temperature made_seasons make_adding make_key_values "
        "make_phrases make_recall make_swing make_switch random_windows"
    ),
    "wants steps of two kinds, see its own tests": "auc_per_unit",
    "gives one number of two rows, see its own tests": "lead_in_errors",
    "weights found by thinking": "counting_weights echo_weights fooling_language rise_weights",
    "what a learner asks": "check course_map example grade hint solution",
    "what the steps of a matrix memory hand on": "LinearAttentionState MLSTMState",
    "makes a model or a layer": (
        "GateBias MaskedAccuracy MinGRU MinGRUCell OutputProjectionCell PeepholeLSTMCell RNNCell deep_classifier "
        "forecaster memory_reader mnist_classifier recall_reader token_model translator"
    ),
    "keeps what it is told, see its own tests": "Project",
    "takes a function, see its own tests": "best_first_search",
    "makes a function of a trained model, see its own tests": "attention_reader word_forecaster",
    "trains a model": "tape_epoch",
    "trains for seconds": "compare_forecasters fit skip_gram_epochs train_skip_gram",
    "looks at a graph": "graph_operations graph_size kept_for_backward",
}
