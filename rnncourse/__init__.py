"""rnncourse: the functions, figures, exercises and checks behind the course on recurrent neural networks.

Importing the package is quick: every public name is looked up when it is first used, and TensorFlow is imported only
by what needs it.
"""

from __future__ import annotations

import importlib
from typing import Any

from rnncourse import quiet

quiet.silence_tensorflow()

__version__ = "0.1.0"

_HOME_OF = {
    "neuron_step": "cells",
    "neuron_with_readout": "cells",
    "rnn_step": "cells",
    "stack_kernels": "cells",
    "rnn_step_stacked": "cells",
    "sigmoid": "cells",
    "lstm_step": "cells",
    "peephole_lstm_step": "cells",
    "gru_step": "cells",
    "step_with_readout": "cells",
    "parameter_count": "cells",
    "stack_parameter_count": "cells",
    "units_for_budget": "cells",
    "dropout": "cells",
    "steps_remembered": "cells",
    "run_neuron": "unrolling",
    "run_two_steps": "unrolling",
    "unpack_sequence": "unrolling",
    "pack_sequence": "unrolling",
    "static_rnn": "unrolling",
    "static_rnn_in_pieces": "unrolling",
    "stack_steps": "unrolling",
    "graph_operations": "graphs",
    "graph_size": "graphs",
    "sequence_to_sequence": "unrolling",
    "sequence_to_vector": "unrolling",
    "vector_to_sequence": "unrolling",
    "encoder_decoder": "unrolling",
    "influence": "unrolling",
    "RNNCell": "tensorflow_cells",
    "rnn_step_tensorflow": "tensorflow_cells",
    "lstm_step_tensorflow": "tensorflow_cells",
    "gru_step_tensorflow": "tensorflow_cells",
    "dynamic_rnn": "tensorflow_unrolling",
    "dynamic_simple_rnn": "tensorflow_unrolling",
    "unrolled_rnn": "tensorflow_unrolling",
    "kept_for_backward": "tensorflow_unrolling",
    "truncated_rnn": "tensorflow_unrolling",
    "pad": "sequences",
    "sequence_mask": "sequences",
    "run_with_lengths": "sequences",
    "last_valid": "sequences",
    "append_end_token": "sequences",
    "lengths_from_tokens": "sequences",
    "generate_until": "sequences",
    "simple_rnn_layer": "layers",
    "PeepholeLSTMCell": "layers",
    "neuron_bptt": "backprop",
    "bptt": "backprop",
    "run_layer": "backprop",
    "numeric_gradient": "backprop",
    "gradient_check": "backprop",
    "clip_by_global_norm": "backprop",
    "path_factor": "backprop",
    "gradient_norms": "backprop",
    "spectral_radius": "backprop",
    "with_spectral_radius": "backprop",
    "cross_entropy": "backprop",
    "warm_up_cosine": "training",
    "recipe_optimizer": "training",
    "fit": "training",
    "random_shift": "training",
    "accuracy": "training",
    "mnist_classifier": "models",
    "deep_classifier": "models",
    "make_windows": "forecasting",
    "persistence": "forecasting",
    "fit_causal_linear": "forecasting",
    "linear_forecast": "forecasting",
    "project_outputs": "forecasting",
    "network_forecast": "forecasting",
    "error_per_step": "forecasting",
    "forecaster": "models",
    "token_model": "models",
    "continue_series": "generating",
    "softmax_with_temperature": "generating",
    "pick": "generating",
    "bits_per_character": "generating",
    "letters_of": "generating",
    "encode_text": "generating",
    "decode_text": "generating",
    "cut_windows": "generating",
    "counted_bits": "generating",
    "interleave": "generating",
    "separate": "generating",
    "free_run": "generating",
    "curve_generator": "generating",
    "token_generator": "generating",
    "synthesize": "sound",
    "play": "sound",
    "write_wav": "sound",
    "write_midi": "sound",
    "load_docs_text": "datasets.docs_text",
    "load_chorales": "datasets.chorales",
    "OutputProjectionCell": "layers",
    "load_mnist": "datasets.mnist",
    "curve": "datasets.series",
    "curve_windows": "datasets.series",
    "random_windows": "datasets.series",
    "load_eeg": "datasets.series",
    "load_share_price": "datasets.series",
    "check": "checking",
    "example": "checking",
    "grade": "checking",
    "hint": "checking",
}
_MODULES = frozenset(
    {
        "backprop",
        "cells",
        "checking",
        "datasets",
        "exercises",
        "forecasting",
        "generating",
        "graphs",
        "layers",
        "models",
        "plots",
        "progress",
        "sequences",
        "sound",
        "tensorflow_cells",
        "tensorflow_unrolling",
        "training",
        "unrolling",
    }
)

__all__ = ["__version__", *sorted(_HOME_OF)]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOME_OF:
        return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'rnncourse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_MODULES})
