"""Chapter 02: one cell, four ways to wire it."""

from __future__ import annotations

import numpy as np

from rnncourse import unrolling
from rnncourse.exercises.cases import cell_with_readout, reading_case
from rnncourse.exercises.definitions import Case, Exercise, Mistake, Question

BATCH, FEATURES, UNITS, OUTPUTS, SOURCE_STEPS, TARGET_STEPS = 4, 3, 5, 2, 7, 6


output_shapes = Question(
    name="output_shapes",
    answer={
        "sequence-to-sequence": (4, 7, 2),
        "sequence-to-vector": (4, 2),
        "vector-to-sequence": (4, 6, 2),
        "encoder-decoder": (4, 6, 2),
    },
    feedback={
        "sequence-to-sequence": {
            (4, 7, 5): "that is the shape of all the states. The read-out turns 5 numbers into 2.",
            (7, 4, 2): "the batch comes first, then time.",
            (4, 6, 2): "there is an output for each input, so as many as the source has steps.",
            (4, 2): "that is one output. Here every step gives one.",
            (7, 2): "that is one sequence. There are 4 in the batch.",
            (4, 7, 3): "3 is the size of an input. An output has 2 numbers.",
        },
        "sequence-to-vector": {
            (4, 7, 2): "that keeps the output of every step. A vector is one output.",
            (4, 5): "that is the last state. The read-out turns 5 numbers into 2.",
            (4, 1, 2): "a vector has no axis of time.",
            (4, 1): "that is one number for each sequence. An output has 2.",
            (4, 3): "3 is the size of an input. An output has 2 numbers.",
            (7, 2): "that is one sequence with all its outputs. Here there is one output for each of 4 sequences.",
            (2,): "there are 4 sequences in the batch.",
        },
        "vector-to-sequence": {
            (4, 7, 2): "the source's 7 steps play no part here: the only input is a vector.",
            (4, 6, 5): "that is the shape of all the states. The read-out turns 5 numbers into 2.",
            (4, 2): "that is one output. Here there is one a step.",
            (4, 1, 2): "the input has one step; the output has 6.",
            (6, 2): "that is one sequence. There are 4 in the batch.",
            (6, 4, 2): "the batch comes first, then time.",
            (4, 6, 3): "3 is the size of an input. An output has 2 numbers.",
        },
        "encoder-decoder": {
            (4, 7, 2): "the answer need not be as long as the source: the decoder writes 6 steps.",
            (4, 13, 2): "the encoder's outputs are thrown away; only the decoder's 6 count.",
            (4, 6, 5): "that is the shape of the decoder's states. The read-out turns 5 numbers into 2.",
            (4, 2): "that is one output. The decoder writes 6.",
            (6, 4, 2): "the batch comes first, then time.",
            (6, 2): "that is one sequence. There are 4 in the batch.",
            (4, 7, 6): "7 is the length of the source and 6 that of the answer: no array has both.",
        },
    },
    hints=(
        "Batch first, then time (if there is any), then the numbers of one output.",
        "A sequence of outputs has three axes, a vector of outputs two.",
        "Outputs have 2 numbers each. Count the steps that give an output: 7, one, 6 and 6.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)


def _reading_case(rng: np.random.Generator) -> Case:
    return reading_case(rng, BATCH, SOURCE_STEPS, FEATURES, UNITS, OUTPUTS)


def _state_not_carried(step, inputs, state):
    return np.stack([step(inputs[:, t], state)[0] for t in range(inputs.shape[1])], axis=1)


def _states_returned(step, inputs, state):
    states = []
    for t in range(inputs.shape[1]):
        _, state = step(inputs[:, t], state)
        states.append(state)
    return np.stack(states, axis=1)


def _results_of_step_swapped(step, inputs, state):
    outputs = []
    for t in range(inputs.shape[1]):
        state, output = step(inputs[:, t], state)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def _batch_counted_as_steps(step, inputs, state):
    return unrolling.sequence_to_sequence(step, inputs[:, : len(inputs)], state)


def _results_of_step_not_taken_apart(step, inputs, state):
    return np.stack([step(inputs[:, t], state) for t in range(inputs.shape[1])], axis=1)


def _outputs_joined_without_new_axis(step, inputs, state):
    outputs = unrolling.sequence_to_sequence(step, inputs, state)
    return outputs.reshape(len(outputs), -1)


sequence_to_sequence = Exercise(
    name="sequence_to_sequence",
    reference=unrolling.sequence_to_sequence,
    cases=_reading_case,
    mistakes=(
        Mistake(
            "state not carried",
            _state_not_carried,
            "Every step starts from the first state, so the network forgets at once. Hand the new state on.",
        ),
        Mistake(
            "time before batch",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs, state).transpose(1, 0, 2),
            "The numbers are right, but time comes before the batch: stack the outputs along axis 1.",
        ),
        Mistake(
            "states returned",
            _states_returned,
            "You collect the states. Collect the outputs: step returns (output, new state).",
        ),
        Mistake(
            "results of step swapped",
            _results_of_step_swapped,
            "step returns the output first and the new state second; you take them the other way round.",
        ),
        Mistake(
            "only the last output",
            unrolling.sequence_to_vector,
            "You return one output. Collect the output of every step.",
        ),
        Mistake(
            "loop over the batch",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, np.swapaxes(inputs, 0, 1), state),
            "You go along axis 0 of the inputs, which is the batch. Time is axis 1: inputs[:, t].",
        ),
        Mistake(
            "one step left out",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs[:, :-1], state),
            "The last step is missing. There is an output for every one of the inputs.",
        ),
        Mistake(
            "read backwards",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs[:, ::-1], state),
            "The sequence is read from its end. Time runs from inputs[:, 0] on.",
        ),
        Mistake(
            "batch counted as steps",
            _batch_counted_as_steps,
            "You stop too early: len(inputs) counts the batch. The number of steps is inputs.shape[1].",
        ),
        Mistake(
            "results of step not taken apart",
            _results_of_step_not_taken_apart,
            "step returns two things, (output, new state). Take them apart: the first is kept, the second handed on.",
        ),
        Mistake(
            "time after outputs",
            lambda *arguments: unrolling.sequence_to_sequence(*arguments).transpose(0, 2, 1),
            "The numbers are right, but time is the last axis. It belongs in the middle: stack along axis 1.",
        ),
        Mistake(
            "outputs joined without a new axis",
            _outputs_joined_without_new_axis,
            "The outputs of all steps have run together. They need an axis of their own: np.stack makes one.",
        ),
        Mistake(
            "first state ignored",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs, np.zeros_like(state)),
            "You start from a state of zeros. Start from the state that is given.",
        ),
    ),
    hints=(
        "Go through time: for t in range(inputs.shape[1]). The inputs of that moment are inputs[:, t].",
        "step gives two things back. One goes into a list, the other into the next step.",
        "output, state = step(inputs[:, t], state); collect output; np.stack the list along axis 1.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


def _last_output_state_not_carried(step, inputs, state):
    return step(inputs[:, -1], state)[0]


def _last_state(step, inputs, state):
    return _states_returned(step, inputs, state)[:, -1]


sequence_to_vector = Exercise(
    name="sequence_to_vector",
    reference=unrolling.sequence_to_vector,
    cases=_reading_case,
    mistakes=(
        Mistake(
            "last state returned",
            _last_state,
            "You return the last state. The answer is the last output.",
        ),
        Mistake(
            "every output returned",
            unrolling.sequence_to_sequence,
            "You return every output. Only the last one has seen the whole sequence: return that.",
        ),
        Mistake(
            "first output returned",
            lambda step, inputs, state: step(inputs[:, 0], state)[0],
            "You return the first output, which has seen only one input. Go on to the end.",
        ),
        Mistake(
            "state not carried",
            _last_output_state_not_carried,
            "Your answer has seen only the last input: the state is not handed from step to step.",
        ),
        Mistake(
            "outputs averaged",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs, state).mean(axis=1),
            "You average the outputs of all steps. Keep the last one only.",
        ),
        Mistake(
            "axis of time kept",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs, state)[:, -1:],
            "The numbers are right, but an axis of time is left over: use -1, not -1:.",
        ),
        Mistake(
            "last instance for last step",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs, state)[-1],
            "You take the last sequence of the batch (axis 0). Take the last step (axis 1) of every sequence.",
        ),
        Mistake(
            "last number for last step",
            lambda step, inputs, state: unrolling.sequence_to_sequence(step, inputs, state)[:, :, -1],
            "You take the last number of every output (axis 2). Take the last step (axis 1).",
        ),
    ),
    hints=(
        "The loop is the same. What is kept is not.",
        "Only the output of the last step has seen everything.",
        "After the loop return output; or take [:, -1] of what sequence_to_sequence returns.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
)


def _writing_case(rng: np.random.Generator) -> Case:
    return {
        "step": cell_with_readout(rng, FEATURES, UNITS, OUTPUTS),
        "vector": rng.uniform(-1, 1, size=(BATCH, FEATURES)),
        "state": rng.uniform(-1, 1, size=(BATCH, UNITS)),
        "time_steps": TARGET_STEPS,
    }


def _vector_at_every_step(step, vector, state, time_steps):
    return unrolling.sequence_to_sequence(step, np.repeat(vector[:, None], time_steps, axis=1), state)


def _vector_at_the_end(step, vector, state, time_steps):
    inputs = np.zeros((vector.shape[0], time_steps, vector.shape[1]))
    inputs[:, -1] = vector
    return unrolling.sequence_to_sequence(step, inputs, state)


def _state_reset_while_writing(step, vector, state, time_steps):
    inputs = np.zeros((vector.shape[0], time_steps, vector.shape[1]))
    inputs[:, 0] = vector
    return _state_not_carried(step, inputs, state)


def _vector_along_the_batch(step, vector, state, time_steps):
    inputs = np.zeros((vector.shape[0], time_steps, vector.shape[1]))
    inputs[0] = vector
    return unrolling.sequence_to_sequence(step, inputs, state)


def _output_fed_back(step, vector, state, time_steps):
    return _decode(step, vector, state, time_steps)


vector_to_sequence = Exercise(
    name="vector_to_sequence",
    reference=unrolling.vector_to_sequence,
    cases=_writing_case,
    mistakes=(
        Mistake(
            "vector at every step",
            _vector_at_every_step,
            "You feed the vector at every step. It comes in once; afterwards the inputs are zeros.",
        ),
        Mistake(
            "vector at the end",
            _vector_at_the_end,
            "The vector comes in at the last step. It belongs to the first.",
        ),
        Mistake(
            "state not carried",
            _state_reset_while_writing,
            "Every step starts from the first state. After the first step the state is all there is: hand it on.",
        ),
        Mistake(
            "one output too many",
            lambda step, vector, state, time_steps: unrolling.vector_to_sequence(step, vector, state, time_steps + 1),
            "One output too many: the step that reads the vector gives an output too.",
        ),
        Mistake(
            "one output too few",
            lambda step, vector, state, time_steps: unrolling.vector_to_sequence(step, vector, state, time_steps - 1),
            "One output too few: the first output comes at the step that reads the vector.",
        ),
        Mistake(
            "time before batch",
            lambda *arguments: unrolling.vector_to_sequence(*arguments).transpose(1, 0, 2),
            "The numbers are right, but time comes before the batch: stack the outputs along axis 1.",
        ),
        Mistake(
            "first step skipped",
            lambda step, vector, state, time_steps: unrolling.vector_to_sequence(step, vector, state, time_steps + 1)[
                :, 1:
            ],
            "The output of the first step is missing: it comes at the step that reads the vector.",
        ),
        Mistake(
            "vector along the batch",
            _vector_along_the_batch,
            "inputs[0] is the first sequence, all its steps. The first step of all sequences is inputs[:, 0].",
        ),
        Mistake(
            "output fed back",
            _output_fed_back,
            "You feed the output back as the next input. A decoder does that; here the later inputs are zeros.",
        ),
    ),
    hints=(
        "This is sequence_to_sequence on a sequence that is all zeros but for its first step.",
        "np.zeros((batch, time_steps, features)) makes the silent sequence. Where does the vector go?",
        "inputs[:, 0] = vector, then return sequence_to_sequence(step, inputs, state).",
    ),
    points=3,
    difficulty=2,
    minutes=7,
)


def _translating_case(rng: np.random.Generator) -> Case:
    return {
        "encoder_step": cell_with_readout(rng, FEATURES, UNITS, OUTPUTS),
        "decoder_step": cell_with_readout(rng, OUTPUTS, UNITS, OUTPUTS),
        "inputs": rng.uniform(-1, 1, size=(BATCH, SOURCE_STEPS, FEATURES)),
        "state": rng.uniform(-1, 1, size=(BATCH, UNITS)),
        "start": rng.uniform(-1, 1, size=(BATCH, OUTPUTS)),
        "time_steps": TARGET_STEPS,
    }


def _decode(step, output, state, time_steps, feed_back=True, carry=True):
    outputs, start, first = [], output, state
    for _ in range(time_steps):
        output, state = step(output if feed_back else start, state if carry else first)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def _encode(step, inputs, state):
    return _last_state(step, inputs, state)


def _encoder_forgotten(encoder_step, decoder_step, inputs, state, start, time_steps):
    return _decode(decoder_step, start, state, time_steps)


def _start_at_every_step(encoder_step, decoder_step, inputs, state, start, time_steps):
    return _decode(decoder_step, start, _encode(encoder_step, inputs, state), time_steps, feed_back=False)


def _decoder_state_not_carried(encoder_step, decoder_step, inputs, state, start, time_steps):
    return _decode(decoder_step, start, _encode(encoder_step, inputs, state), time_steps, carry=False)


def _length_of_source(encoder_step, decoder_step, inputs, state, start, time_steps):
    return unrolling.encoder_decoder(encoder_step, decoder_step, inputs, state, start, inputs.shape[1])


def _encoder_output_for_start(encoder_step, decoder_step, inputs, state, start, time_steps):
    last = unrolling.sequence_to_vector(encoder_step, inputs, state)
    return _decode(decoder_step, last, _encode(encoder_step, inputs, state), time_steps)


def _start_among_outputs(encoder_step, decoder_step, inputs, state, start, time_steps):
    outputs = unrolling.encoder_decoder(encoder_step, decoder_step, inputs, state, start, time_steps)
    return np.concatenate([start[:, None], outputs], axis=1)


def _encoder_writes(encoder_step, decoder_step, inputs, state, start, time_steps):
    return unrolling.sequence_to_sequence(encoder_step, inputs, state)


def _zeros_after_start(encoder_step, decoder_step, inputs, state, start, time_steps):
    return unrolling.vector_to_sequence(decoder_step, start, _encode(encoder_step, inputs, state), time_steps)


def _output_goes_over_instead_of_state(encoder_step, decoder_step, inputs, state, start, time_steps):
    last = unrolling.sequence_to_vector(encoder_step, inputs, state)
    return unrolling.vector_to_sequence(decoder_step, last, state, time_steps)


def _start_ignored(encoder_step, decoder_step, inputs, state, start, time_steps):
    return _decode(decoder_step, np.zeros_like(start), _encode(encoder_step, inputs, state), time_steps)


def _collected_before_the_step(encoder_step, decoder_step, inputs, state, start, time_steps):
    written = _decode(decoder_step, start, _encode(encoder_step, inputs, state), time_steps)
    return np.concatenate([start[:, None], written[:, :-1]], axis=1)


def _encoder_writes_on(encoder_step, decoder_step, inputs, state, start, time_steps):
    return _decode(encoder_step, start, _encode(encoder_step, inputs, state), time_steps)


def _decoder_states_returned(encoder_step, decoder_step, inputs, state, start, time_steps):
    output, state, states = start, _encode(encoder_step, inputs, state), []
    for _ in range(time_steps):
        output, state = decoder_step(output, state)
        states.append(state)
    return np.stack(states, axis=1)


def _source_read_in_one_gulp(encoder_step, decoder_step, inputs, state, start, time_steps):
    _, state = encoder_step(inputs[:, -1], state)
    return _decode(decoder_step, start, state, time_steps)


encoder_decoder = Exercise(
    name="encoder_decoder",
    reference=unrolling.encoder_decoder,
    cases=_translating_case,
    mistakes=(
        Mistake(
            "decoder never sees the encoder's state",
            _encoder_forgotten,
            "Your answer does not depend on the source: start the decoder from the encoder's last state.",
        ),
        Mistake(
            "start signal at every step",
            _start_at_every_step,
            "You feed the start signal at every step. After the first step the decoder reads its own last output.",
        ),
        Mistake(
            "decoder's state not carried",
            _decoder_state_not_carried,
            "Each decoder step starts from the encoder's state. Only the first does; hand the new state on.",
        ),
        Mistake(
            "as long as the source",
            _length_of_source,
            "Your answer is as long as the source. The decoder writes time_steps outputs.",
        ),
        Mistake(
            "encoder's output for the start signal",
            _encoder_output_for_start,
            "The decoder's first input is the encoder's last output. It should be start; only the state goes over.",
        ),
        Mistake(
            "start signal among the outputs",
            _start_among_outputs,
            "The start signal is in your result. Collect only what the decoder writes.",
        ),
        Mistake(
            "encoder's outputs returned",
            _encoder_writes,
            "You return what the encoder put out. Throw that away and return what the decoder writes.",
        ),
        Mistake(
            "only the last input read",
            _source_read_in_one_gulp,
            "The encoder reads only the last input. Let it go through the whole source, handing its state on.",
        ),
        Mistake(
            "zeros after the start signal",
            _zeros_after_start,
            "After the start signal your decoder reads zeros. It should read its own last output.",
        ),
        Mistake(
            "output goes over instead of state",
            _output_goes_over_instead_of_state,
            "The encoder's last output goes over to the decoder. It is the state that should go over.",
        ),
        Mistake(
            "start signal ignored",
            _start_ignored,
            "Your decoder begins with zeros for an input. Its first input is start.",
        ),
        Mistake(
            "collected before the step",
            _collected_before_the_step,
            "Your answer begins with the start signal and lacks the last output: collect the output after the step.",
        ),
        Mistake(
            "encoder writes on",
            _encoder_writes_on,
            "In the second loop you call encoder_step. The decoder is a cell of its own: decoder_step.",
        ),
        Mistake(
            "states returned",
            _decoder_states_returned,
            "You collect the decoder's states. Collect its outputs: decoder_step returns (output, new state).",
        ),
        Mistake(
            "time before batch",
            lambda *arguments: unrolling.encoder_decoder(*arguments).transpose(1, 0, 2),
            "The numbers are right, but time comes before the batch: stack the outputs along axis 1.",
        ),
    ),
    hints=(
        "Two loops, one after the other: the first reads, the second writes. The state goes through both.",
        "In the first loop throw the outputs away. In the second loop the output of a step is the input of the next.",
        "Second loop, time_steps times: output, state = decoder_step(output, state), with output = start before it.",
    ),
    points=4,
    difficulty=3,
    minutes=12,
)


def _influence_case(rng: np.random.Generator) -> Case:
    steps = int(rng.integers(4, 8))
    return {"kind": "sequence-to-sequence", "source_steps": steps, "target_steps": steps}


def _upper_triangle(kind, source_steps, target_steps):
    everything = np.ones((target_steps, source_steps))
    return np.triu(everything) if kind == "sequence-to-sequence" else everything


def _decoder_reads_along(kind, source_steps, target_steps):
    known = unrolling.influence(kind, source_steps, target_steps)
    return np.tril(known) if kind == "encoder-decoder" else known


def _vector_from_the_last_input(kind, source_steps, target_steps):
    known = unrolling.influence(kind, source_steps, target_steps)
    return known * (np.arange(source_steps) == source_steps - 1) if kind == "sequence-to-vector" else known


def _vector_soon_forgotten(kind, source_steps, target_steps):
    known = unrolling.influence(kind, source_steps, target_steps)
    return known * (np.arange(target_steps)[:, None] == 0) if kind == "vector-to-sequence" else known


def _everything(kind, source_steps, target_steps):
    return np.ones((target_steps, source_steps))


def _triangle_for_all(kind, source_steps, target_steps):
    return np.tril(np.ones((target_steps, source_steps)))


def _present_left_out(kind, source_steps, target_steps):
    known = unrolling.influence(kind, source_steps, target_steps)
    return np.tril(known, -1) if kind == "sequence-to-sequence" else known


def _only_the_present(kind, source_steps, target_steps):
    known = unrolling.influence(kind, source_steps, target_steps)
    return known * np.eye(target_steps) if kind == "sequence-to-sequence" else known


def _axes_swapped(kind, source_steps, target_steps):
    known = np.ones((source_steps, target_steps))
    return np.tril(known) if kind == "sequence-to-sequence" else known


influence = Exercise(
    name="influence",
    reference=unrolling.influence,
    cases=_influence_case,
    case_count=2,
    edge_cases=(
        {"kind": "sequence-to-vector", "source_steps": 6, "target_steps": 1},
        {"kind": "vector-to-sequence", "source_steps": 1, "target_steps": 5},
        {"kind": "encoder-decoder", "source_steps": 4, "target_steps": 6},
    ),
    mistakes=(
        Mistake(
            "triangle upside down",
            _upper_triangle,
            "Your network knows the future and not the past: with A[t, s] the ones belong where s <= t.",
        ),
        Mistake(
            "triangle upside down, for every kind",
            lambda kind, source_steps, target_steps: np.triu(np.ones((target_steps, source_steps))),
            "Your networks know the future and not the past: with A[t, s] the ones belong where s <= t, or everywhere.",
        ),
        Mistake(
            "sequence-to-sequence knows everything",
            _everything,
            "A sequence-to-sequence network answers at once: output t cannot depend on inputs that come after t.",
        ),
        Mistake(
            "triangle for every kind",
            _triangle_for_all,
            "Right for sequence-to-sequence. The other kinds give their outputs after all the input has been read.",
        ),
        Mistake(
            "present left out",
            _present_left_out,
            "Output t does depend on input t: it enters the cell in the same step. The diagonal is 1.",
        ),
        Mistake(
            "only the present",
            _only_the_present,
            "Only the diagonal is 1: that network has no memory. The state brings all the past along.",
        ),
        Mistake(
            "axes swapped",
            _axes_swapped,
            "Rows and columns are swapped: A[t, s] has a row for each output and a column for each input.",
        ),
        Mistake(
            "only the present, for every kind",
            lambda kind, source_steps, target_steps: np.eye(target_steps, source_steps),
            "Your outputs depend on one input each: that network has no memory. The state brings all the past along.",
        ),
        Mistake(
            "decoder reads along",
            _decoder_reads_along,
            "Your decoder writes while the source is read. It begins after the last input: what can it know then?",
        ),
        Mistake(
            "vector from the last input alone",
            _vector_from_the_last_input,
            "The last output of a sequence-to-vector network knows all of the inputs: the state brings them.",
        ),
        Mistake(
            "vector soon forgotten",
            _vector_soon_forgotten,
            "Later outputs of a vector-to-sequence network depend on the vector too: the state carries it on.",
        ),
    ),
    hints=(
        "Ask for each kind: when output t is given, which inputs has the cell read?",
        "np.ones((target_steps, source_steps)) says: every output depends on every input. For one kind it is wrong.",
        "np.tril keeps the lower triangle, s <= t. Use it where the answers are given while reading.",
    ),
    points=2,
    difficulty=3,
    minutes=8,
)

EXERCISES = (
    output_shapes,
    sequence_to_sequence,
    sequence_to_vector,
    vector_to_sequence,
    encoder_decoder,
    influence,
)
