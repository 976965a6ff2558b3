"""The public names of rnncourse, each under the module that is its home: the one list of them.

``__init__`` reads this file to find a name when it is first used, and editors read it to know what there is.
"""

# What a learner asks
# The modules themselves
from . import (
    attention as attention,
)
from . import (
    backprop as backprop,
)
from . import (
    cells as cells,
)
from . import (
    checking as checking,
)
from . import (
    counterpoint as counterpoint,
)
from . import (
    datasets as datasets,
)
from . import (
    designs as designs,
)
from . import (
    embeddings as embeddings,
)
from . import (
    exercises as exercises,
)
from . import (
    forecasting as forecasting,
)
from . import (
    generating as generating,
)
from . import (
    honesty as honesty,
)
from . import (
    layers as layers,
)
from . import (
    leaks as leaks,
)
from . import (
    matrix_memories as matrix_memories,
)
from . import (
    metrics as metrics,
)
from . import (
    models as models,
)
from . import (
    own_series as own_series,
)
from . import (
    parameters as parameters,
)
from . import (
    phrase_tables as phrase_tables,
)
from . import (
    plots as plots,
)
from . import (
    project as project,
)
from . import (
    scanning as scanning,
)
from . import (
    sequences as sequences,
)
from . import (
    sound as sound,
)
from . import (
    tensorflow_cells as tensorflow_cells,
)
from . import (
    tensorflow_unrolling as tensorflow_unrolling,
)
from . import (
    text as text,
)
from . import (
    training as training,
)
from . import (
    translation as translation,
)
from . import (
    translation_scores as translation_scores,
)
from . import (
    unrolling as unrolling,
)
from . import (
    vocabulary as vocabulary,
)
from . import (
    yardsticks as yardsticks,
)

# Recurrence today
from .attention import (
    causal_attention as causal_attention,
)
from .attention import (
    grouped_attention as grouped_attention,
)
from .attention import (
    position_signal as position_signal,
)

# Gradients
from .backprop import (
    bptt as bptt,
)
from .backprop import (
    clip_by_global_norm as clip_by_global_norm,
)
from .backprop import (
    cross_entropy as cross_entropy,
)
from .backprop import (
    descend as descend,
)
from .backprop import (
    gradient_check as gradient_check,
)
from .backprop import (
    gradient_norms as gradient_norms,
)
from .backprop import (
    lstm_step_backward as lstm_step_backward,
)
from .backprop import (
    neuron_bptt as neuron_bptt,
)
from .backprop import (
    numeric_gradient as numeric_gradient,
)
from .backprop import (
    resting_share as resting_share,
)
from .backprop import (
    run_layer as run_layer,
)
from .backprop import (
    spectral_radius as spectral_radius,
)
from .backprop import (
    with_spectral_radius as with_spectral_radius,
)

# One step in time
from .cells import (
    change_detector as change_detector,
)
from .cells import (
    counter_weights as counter_weights,
)
from .cells import (
    dropout as dropout,
)
from .cells import (
    forget_bias_for as forget_bias_for,
)
from .cells import (
    gru_kernels_from_tensorflow1 as gru_kernels_from_tensorflow1,
)
from .cells import (
    gru_step as gru_step,
)
from .cells import (
    gru_weights_from_pytorch as gru_weights_from_pytorch,
)
from .cells import (
    latch_weights as latch_weights,
)
from .cells import (
    lstm_kernels_from_tensorflow1 as lstm_kernels_from_tensorflow1,
)
from .cells import (
    lstm_step as lstm_step,
)
from .cells import (
    neuron_step as neuron_step,
)
from .cells import (
    neuron_with_readout as neuron_with_readout,
)
from .cells import (
    peephole_lstm_step as peephole_lstm_step,
)
from .cells import (
    remember as remember,
)
from .cells import (
    rnn_step as rnn_step,
)
from .cells import (
    rnn_step_stacked as rnn_step_stacked,
)
from .cells import (
    sigmoid as sigmoid,
)
from .cells import (
    stack_kernels as stack_kernels,
)
from .cells import (
    step_with_readout as step_with_readout,
)
from .cells import (
    steps_remembered as steps_remembered,
)
from .checking.check import (
    check as check,
)
from .checking.check import (
    example as example,
)
from .checking.check import (
    grade as grade,
)
from .checking.check import (
    hint as hint,
)
from .checking.check import (
    solution as solution,
)
from .counterpoint import (
    count_chorale as count_chorale,
)
from .counterpoint import (
    voice_ranges as voice_ranges,
)
from .datasets.chorales import (
    load_chorales as load_chorales,
)
from .datasets.docs_text import (
    load_docs_passages as load_docs_passages,
)
from .datasets.docs_text import (
    load_docs_text as load_docs_text,
)
from .datasets.docs_text import (
    load_docs_words as load_docs_words,
)

# Data
from .datasets.docs_writer import (
    load_docs_writer as load_docs_writer,
)
from .datasets.glove_words import (
    load_glove_words as load_glove_words,
)
from .datasets.memory import (
    make_adding as make_adding,
)
from .datasets.memory import (
    make_key_values as make_key_values,
)
from .datasets.memory import (
    make_recall as make_recall,
)
from .datasets.memory import (
    make_switch as make_switch,
)
from .datasets.memory import (
    switch_probabilities as switch_probabilities,
)
from .datasets.mnist import (
    load_mnist as load_mnist,
)
from .datasets.phrases import (
    load_menu_phrases as load_menu_phrases,
)
from .datasets.phrases import (
    make_phrases as make_phrases,
)
from .datasets.phrases import (
    read_phrases as read_phrases,
)
from .datasets.phrases import (
    separate_words as separate_words,
)
from .datasets.sea_temperature import (
    load_sea_temperature as load_sea_temperature,
)
from .datasets.series import (
    curve as curve,
)
from .datasets.series import (
    curve_windows as curve_windows,
)
from .datasets.series import (
    load_eeg as load_eeg,
)
from .datasets.series import (
    load_share_price as load_share_price,
)
from .datasets.series import (
    made_seasons as made_seasons,
)
from .datasets.series import (
    random_windows as random_windows,
)
from .datasets.swing import (
    make_swing as make_swing,
)
from .datasets.word_pairs import (
    ANALOGIES as ANALOGIES,
)
from .datasets.word_pairs import (
    EVERYDAY_ANALOGIES as EVERYDAY_ANALOGIES,
)
from .datasets.word_pairs import (
    WORD_PAIRS as WORD_PAIRS,
)
from .designs import (
    between_marks as between_marks,
)
from .designs import (
    counting_weights as counting_weights,
)
from .designs import (
    echo_weights as echo_weights,
)
from .designs import (
    fooling_language as fooling_language,
)
from .designs import (
    kernel_that_keeps as kernel_that_keeps,
)
from .designs import (
    lookup_weights as lookup_weights,
)
from .designs import (
    rise_weights as rise_weights,
)
from .embeddings import (
    cosine_neighbours as cosine_neighbours,
)
from .embeddings import (
    embedding_lookup as embedding_lookup,
)
from .embeddings import (
    family_vectors as family_vectors,
)
from .embeddings import (
    lookup_gradient as lookup_gradient,
)
from .embeddings import (
    negative_sampling_loss as negative_sampling_loss,
)
from .embeddings import (
    neighbour_share as neighbour_share,
)
from .embeddings import (
    one_hot as one_hot,
)
from .embeddings import (
    principal_components as principal_components,
)
from .embeddings import (
    skip_gram_epochs as skip_gram_epochs,
)
from .embeddings import (
    skip_gram_pairs as skip_gram_pairs,
)
from .embeddings import (
    solve_analogy as solve_analogy,
)
from .embeddings import (
    spelling_table as spelling_table,
)
from .embeddings import (
    train_skip_gram as train_skip_gram,
)
from .embeddings import (
    unit_length as unit_length,
)

# What it is good for
from .forecasting import (
    cut_in_time as cut_in_time,
)
from .forecasting import (
    error_per_step as error_per_step,
)
from .forecasting import (
    fit_causal_linear as fit_causal_linear,
)
from .forecasting import (
    fit_linear as fit_linear,
)
from .forecasting import (
    linear_forecast as linear_forecast,
)
from .forecasting import (
    make_windows as make_windows,
)
from .forecasting import (
    network_forecast as network_forecast,
)
from .forecasting import (
    persistence as persistence,
)
from .forecasting import (
    scaled_parts as scaled_parts,
)
from .forecasting import (
    season_forecaster as season_forecaster,
)
from .forecasting import (
    seasonal_means as seasonal_means,
)
from .forecasting import (
    seasonal_naive as seasonal_naive,
)
from .generating import (
    continue_series as continue_series,
)
from .generating import (
    curve_generator as curve_generator,
)
from .generating import (
    interleave as interleave,
)
from .generating import (
    separate as separate,
)
from .generating import (
    softmax_with_temperature as softmax_with_temperature,
)
from .generating import (
    temperature_for as temperature_for,
)
from .generating import (
    token_generator as token_generator,
)
from .generating import (
    voice_contexts as voice_contexts,
)
from .honesty import (
    lead_in_errors as lead_in_errors,
)
from .layers import (
    GateBias as GateBias,
)
from .layers import (
    MinGRU as MinGRU,
)
from .layers import (
    MinGRUCell as MinGRUCell,
)
from .layers import (
    OutputProjectionCell as OutputProjectionCell,
)
from .layers import (
    PeepholeLSTMCell as PeepholeLSTMCell,
)
from .layers import (
    simple_rnn_layer as simple_rnn_layer,
)
from .matrix_memories import (
    LinearAttentionState as LinearAttentionState,
)
from .matrix_memories import (
    MLSTMState as MLSTMState,
)
from .matrix_memories import (
    linear_attention as linear_attention,
)
from .matrix_memories import (
    linear_attention_step as linear_attention_step,
)
from .matrix_memories import (
    mlstm_step as mlstm_step,
)
from .matrix_memories import (
    positive_features as positive_features,
)
from .metrics import (
    MaskedAccuracy as MaskedAccuracy,
)
from .models import (
    deep_classifier as deep_classifier,
)
from .models import (
    forecaster as forecaster,
)
from .models import (
    memory_reader as memory_reader,
)
from .models import (
    mnist_classifier as mnist_classifier,
)
from .models import (
    recall_reader as recall_reader,
)
from .models import (
    token_model as token_model,
)
from .models import (
    translator as translator,
)
from .models import (
    word_reader as word_reader,
)
from .notebooks.course_map import (
    course_map as course_map,
)
from .own_series import (
    compare_forecasters as compare_forecasters,
)
from .own_series import (
    read_dates as read_dates,
)
from .own_series import (
    read_series as read_series,
)
from .parameters import (
    cell_parameter_count as cell_parameter_count,
)
from .parameters import (
    parameter_count as parameter_count,
)
from .parameters import (
    stack_parameter_count as stack_parameter_count,
)
from .parameters import (
    units_for_budget as units_for_budget,
)
from .phrase_tables import (
    phrase_table_baseline as phrase_table_baseline,
)
from .phrase_tables import (
    word_by_word_baseline as word_by_word_baseline,
)
from .phrase_tables import (
    word_table as word_table,
)
from .project import (
    Project as Project,
)
from .scanning import (
    combine_steps as combine_steps,
)
from .scanning import (
    linear_steps as linear_steps,
)
from .scanning import (
    min_gru_step as min_gru_step,
)
from .scanning import (
    min_lstm_steps as min_lstm_steps,
)
from .scanning import (
    prefix_scan as prefix_scan,
)
from .sequences import (
    append_end_token as append_end_token,
)
from .sequences import (
    assign_batches as assign_batches,
)
from .sequences import (
    generate_until as generate_until,
)
from .sequences import (
    last_valid as last_valid,
)
from .sequences import (
    lengths_from_tokens as lengths_from_tokens,
)
from .sequences import (
    pad as pad,
)
from .sequences import (
    run_with_lengths as run_with_lengths,
)
from .sequences import (
    sequence_mask as sequence_mask,
)
from .sound import (
    loudness as loudness,
)
from .sound import (
    melody_notes as melody_notes,
)
from .sound import (
    play as play,
)
from .sound import (
    write_midi as write_midi,
)
from .sound import (
    write_wav as write_wav,
)

# The same in TensorFlow and Keras
from .tensorflow_cells import (
    RNNCell as RNNCell,
)
from .tensorflow_cells import (
    gru_step_tensorflow as gru_step_tensorflow,
)
from .tensorflow_cells import (
    lstm_step_tensorflow as lstm_step_tensorflow,
)
from .tensorflow_cells import (
    rnn_step_tensorflow as rnn_step_tensorflow,
)
from .tensorflow_unrolling import (
    dynamic_rnn as dynamic_rnn,
)
from .tensorflow_unrolling import (
    graph_operations as graph_operations,
)
from .tensorflow_unrolling import (
    graph_size as graph_size,
)
from .tensorflow_unrolling import (
    kept_for_backward as kept_for_backward,
)
from .tensorflow_unrolling import (
    truncated_rnn as truncated_rnn,
)
from .text import (
    auc_per_unit as auc_per_unit,
)
from .text import (
    bits_per_character as bits_per_character,
)
from .text import (
    counted_bits as counted_bits,
)
from .text import (
    cut_windows as cut_windows,
)
from .text import (
    decode_text as decode_text,
)
from .text import (
    encode_text as encode_text,
)
from .text import (
    inside_quotes as inside_quotes,
)
from .text import (
    interpolated_bits as interpolated_bits,
)
from .text import (
    interpolated_shares as interpolated_shares,
)
from .text import (
    letters_of as letters_of,
)
from .text import (
    longest_copy as longest_copy,
)
from .training import (
    accuracy as accuracy,
)
from .training import (
    early_stopping as early_stopping,
)
from .training import (
    fit as fit,
)
from .training import (
    random_shift as random_shift,
)
from .training import (
    recipe_optimizer as recipe_optimizer,
)
from .training import (
    tape_epoch as tape_epoch,
)
from .training import (
    warm_up_cosine as warm_up_cosine,
)
from .translation import (
    attend as attend,
)
from .translation import (
    attention_reader as attention_reader,
)
from .translation import (
    attention_weights as attention_weights,
)
from .translation import (
    beam_generator as beam_generator,
)
from .translation import (
    beam_search as beam_search,
)
from .translation import (
    best_first_search as best_first_search,
)
from .translation import (
    forced_exact_match as forced_exact_match,
)
from .translation import (
    masked_loss as masked_loss,
)
from .translation import (
    sentence_generator as sentence_generator,
)
from .translation import (
    sentence_translator as sentence_translator,
)
from .translation import (
    word_forecaster as word_forecaster,
)
from .translation_scores import (
    copy_baseline as copy_baseline,
)
from .translation_scores import (
    corpus_bleu as corpus_bleu,
)
from .translation_scores import (
    corpus_scores as corpus_scores,
)
from .translation_scores import (
    exact_match as exact_match,
)
from .translation_scores import (
    masked_accuracy as masked_accuracy,
)
from .translation_scores import (
    masked_cross_entropy as masked_cross_entropy,
)
from .translation_scores import (
    most_frequent_baseline as most_frequent_baseline,
)
from .translation_scores import (
    nearest_neighbour_baseline as nearest_neighbour_baseline,
)

# Many steps
from .unrolling import (
    averaging_cell as averaging_cell,
)
from .unrolling import (
    bidirectional as bidirectional,
)
from .unrolling import (
    encoder_decoder as encoder_decoder,
)
from .unrolling import (
    influence as influence,
)
from .unrolling import (
    lstm_trace as lstm_trace,
)
from .unrolling import (
    pack_sequence as pack_sequence,
)
from .unrolling import (
    run_neuron as run_neuron,
)
from .unrolling import (
    run_two_steps as run_two_steps,
)
from .unrolling import (
    sequence_to_sequence as sequence_to_sequence,
)
from .unrolling import (
    sequence_to_vector as sequence_to_vector,
)
from .unrolling import (
    stack_steps as stack_steps,
)
from .unrolling import (
    static_rnn as static_rnn,
)
from .unrolling import (
    static_rnn_in_pieces as static_rnn_in_pieces,
)
from .unrolling import (
    unpack_sequence as unpack_sequence,
)
from .unrolling import (
    vector_to_sequence as vector_to_sequence,
)
from .vocabulary import (
    build_vocabulary as build_vocabulary,
)
from .vocabulary import (
    decode_sentences as decode_sentences,
)
from .vocabulary import (
    encode_sentences as encode_sentences,
)
from .vocabulary import (
    make_sentences as make_sentences,
)
from .vocabulary import (
    shift_right as shift_right,
)

__version__: str
