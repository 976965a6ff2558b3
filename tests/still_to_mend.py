"""What of each chapter is not yet as CONTRIBUTING.md wants it. Whoever mends something takes it out here.

The tests that read this table fail in both directions: when a chapter gets worse, and when the table says that
something is still to be mended which is not. In the end the table is empty, and goes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Still:
    """What of one chapter is still to be mended; a chapter that is not in the table is held to these defaults.

    Args:
        copied: its exercises that ask for nothing but what the page just showed: a formula as code, a cell once more.
        closed: whether none of its exercises is open-ended.
    """

    copied: tuple[str, ...] = ()
    closed: bool = False


STILL = {
    # 01 --------------------------------------------------------------------------------------------------------------
    "01_memory_cell": Still(("neuron_step", "parameter_count", "neuron_with_readout"), closed=True),
    # 02 --------------------------------------------------------------------------------------------------------------
    "02_kinds_of_rnn": Still(("sequence_to_sequence",), closed=True),
    # 03 --------------------------------------------------------------------------------------------------------------
    "03_manual_rnn": Still(("rnn_step", "run_two_steps", "rnn_step_stacked", "rnn_step_tensorflow"), closed=True),
    # 04 --------------------------------------------------------------------------------------------------------------
    "04_static_unrolling": Still(("unpack_sequence", "static_rnn"), closed=True),
    # 05 --------------------------------------------------------------------------------------------------------------
    "05_dynamic_unrolling": Still(closed=True),
    # 06 --------------------------------------------------------------------------------------------------------------
    "06_training_a_classifier": Still(
        ("cross_entropy", "clip_by_global_norm", "warm_up_cosine", "digit_reader"), closed=True
    ),
    # 07 --------------------------------------------------------------------------------------------------------------
    "07_forecasting": Still(("project_outputs", "curve_forecaster"), closed=True),
    # 08 --------------------------------------------------------------------------------------------------------------
    "08_generating": Still(("bits_per_character", "softmax_with_temperature", "chorale_writer"), closed=True),
    # 09 --------------------------------------------------------------------------------------------------------------
    "09_deep_rnns": Still(("dropout", "deep_reader"), closed=True),
    # 10 --------------------------------------------------------------------------------------------------------------
    "10_vanishing_gradients": Still(("path_factor", "with_spectral_radius"), closed=True),
    # 11 --------------------------------------------------------------------------------------------------------------
    "11_lstm": Still(("sigmoid", "lstm_step")),
    # 12 --------------------------------------------------------------------------------------------------------------
    "12_gru": Still(("gru_step",)),
    # 13 --------------------------------------------------------------------------------------------------------------
    "13_embeddings": Still(("one_hot", "negative_sampling_loss", "cosine_neighbours", "word_vectors"), closed=True),
    # 14 --------------------------------------------------------------------------------------------------------------
    "14_translation": Still(("shift_right", "masked_cross_entropy", "translator"), closed=True),
}
