"""Chapter 02: one cell, four ways to wire it."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnncourse import unrolling
from rnncourse.exercises import alternatives
from rnncourse.exercises.cases import OF_A_READER, cell_with_readout, reading_case
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake, Question
from rnncourse.exercises.edits import changed, of_relatives

BATCH, FEATURES, UNITS, OUTPUTS, SOURCE_STEPS, TARGET_STEPS = 4, 3, 5, 2, 7, 6
#: The same names in another case, where the answer is longer than the source, and no two sizes are as near to each
#: other as they are here: else one for another, off by one, is right by chance.
_OTHER_SIZES = 6, 2, 4, 5, 8, 10
_SIZES = BATCH, FEATURES, UNITS, OUTPUTS, SOURCE_STEPS, TARGET_STEPS


output_shapes = Question(
    name="output_shapes",
    kind=Kind.PREDICTION,
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


def _reading_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, features, units, outputs, steps, _ = sizes
    return reading_case(rng, batch, steps, features, units, outputs)


_OTHER_READING = (_reading_case(np.random.default_rng(2), _OTHER_SIZES),)


_read = partial(changed, unrolling.sequence_to_sequence)

sequence_to_sequence = Exercise(
    name="sequence_to_sequence",
    kind=Kind.COPY,
    reference=unrolling.sequence_to_sequence,
    withheld=("static_rnn", "dynamic_rnn", "run_with_lengths"),
    cases=_reading_case,
    other_cases=_OTHER_READING,
    mistakes=(
        Mistake(
            "state not carried",
            _read(("output, state = step", "output, _ = step")),
            "Every step starts from the first state, so the network forgets at once. Hand the new state on.",
        ),
        Mistake(
            "time before batch",
            _read((", axis=1", "")),
            "The numbers are right, but time comes before the batch: stack the outputs along axis 1.",
        ),
        Mistake(
            "states returned",
            _read(("append(output)", "append(state)")),
            "You collect the states. Collect the outputs: step returns (output, new state).",
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
            "results of step not taken apart",
            _read(("output, state = step", "output = step")),
            "step returns two things, (output, new state). Take them apart: the first is kept, the second handed on.",
        ),
        Mistake(
            "time after outputs",
            _read(("axis=1", "axis=2")),
            "The numbers are right, but time is the last axis. It belongs in the middle: stack along axis 1.",
        ),
        Mistake(
            "outputs joined without a new axis",
            _read(("np.stack", "np.concatenate")),
            "The outputs of all steps have run together. They need an axis of their own: np.stack makes one.",
        ),
        Mistake(
            "reshaped instead of stacked along time",
            _read(("np.stack(outputs, axis=1)", "np.reshape(outputs, (len(inputs), inputs.shape[1], -1))")),
            "The shape is right, but the numbers are mixed up: reshape keeps their order in memory, where time comes "
            "first. Say where the new axis is to go, or exchange two axes.",
        ),
        *of_relatives(OF_A_READER, _read, {"step": "step", "output": "output"}),
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


_answer = partial(changed, unrolling.sequence_to_vector)

sequence_to_vector = Exercise(
    name="sequence_to_vector",
    kind=Kind.NEW_CASE,
    reference=unrolling.sequence_to_vector,
    withheld=("static_rnn", "dynamic_rnn", "run_with_lengths"),
    cases=_reading_case,
    other_cases=_OTHER_READING,
    mistakes=(
        Mistake(
            "last state returned",
            _answer(("return output", "return state")),
            "You return the last state. The answer is the last output.",
        ),
        Mistake(
            "every output returned",
            unrolling.sequence_to_sequence,
            "You return every output. Only the last one has seen the whole sequence: return that.",
        ),
        Mistake(
            "first output returned",
            _answer(("    return output", "        return output")),
            "You return the first output, which has seen only one input. Go on to the end.",
        ),
        Mistake(
            "state not carried",
            _answer(("output, state = step", "output, _ = step")),
            "Your answer has seen only the last input: the state is not handed from step to step.",
        ),
        Mistake(
            "outputs averaged",
            lambda *given: unrolling.sequence_to_sequence(*given).mean(axis=1),
            "You average the outputs of all steps. Keep the last one only.",
        ),
        Mistake(
            "axis of time kept",
            lambda *given: unrolling.sequence_to_sequence(*given)[:, -1:],
            "The numbers are right, but an axis of time is left over: use -1, not -1:.",
        ),
        Mistake(
            "last instance for last step",
            lambda *given: unrolling.sequence_to_sequence(*given)[-1],
            "You take the last sequence of the batch (axis 0). Take the last step (axis 1) of every sequence.",
        ),
        Mistake(
            "last number for last step",
            lambda *given: unrolling.sequence_to_sequence(*given)[:, :, -1],
            "You take the last number of every output (axis 2). Take the last step (axis 1).",
        ),
        Mistake(
            "outputs added up",
            lambda *given: unrolling.sequence_to_sequence(*given).sum(axis=1),
            "You add up the outputs of all steps. Keep the last one only.",
        ),
        *of_relatives(OF_A_READER, _answer, {"step": "step", "output": "output"}),
        Mistake(
            "largest outputs",
            lambda *given: unrolling.sequence_to_sequence(*given).max(axis=1),
            "You take the largest output of all steps. Keep the last one only.",
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


def _writing_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, features, units, outputs, _, time_steps = sizes
    return {
        "step": cell_with_readout(rng, features, units, outputs),
        "vector": rng.uniform(-1, 1, size=(batch, features)),
        "state": rng.uniform(-1, 1, size=(batch, units)),
        "time_steps": time_steps,
    }


_write = partial(changed, unrolling.vector_to_sequence)

vector_to_sequence = Exercise(
    name="vector_to_sequence",
    kind=Kind.NEW_CASE,
    reference=unrolling.vector_to_sequence,
    withheld=("static_rnn", "dynamic_rnn", "run_with_lengths"),
    alternatives=(alternatives.vector_to_sequence,),
    cases=_writing_case,
    other_cases=(_writing_case(np.random.default_rng(3), _OTHER_SIZES),),
    mistakes=(
        Mistake(
            "vector at every step",
            _write(("inputs[:, 0] = vector", "inputs[:] = vector[:, np.newaxis]")),
            "You feed the vector at every step. It comes in once; afterwards the inputs are zeros.",
        ),
        Mistake(
            "vector at the end",
            _write(("inputs[:, 0]", "inputs[:, -1]")),
            "The vector comes in at the last step. It belongs to the first.",
        ),
        Mistake(
            "state not carried",
            _write(("sequence_to_sequence", "forget"), forget=_read(("output, state = step", "output, _ = step"))),
            "Every step starts from the first state. After the first step the state is all there is: hand it on.",
        ),
        Mistake(
            "one output too many",
            _write(("time_steps, vector", "time_steps + 1, vector")),
            "One output too many: the step that reads the vector gives an output too.",
        ),
        Mistake(
            "one output too few",
            _write(("time_steps, vector", "time_steps - 1, vector")),
            "One output too few: the first output comes at the step that reads the vector.",
        ),
        Mistake(
            "time before batch",
            _write(("state)", "state).transpose(1, 0, 2)")),
            "The numbers are right, but time comes before the batch: stack the outputs along axis 1.",
        ),
        Mistake(
            "first step skipped",
            _write(("time_steps, vector", "time_steps + 1, vector"), ("inputs, state)", "inputs, state)[:, 1:]")),
            "The output of the first step is missing: it comes at the step that reads the vector.",
        ),
        Mistake(
            "vector along the batch",
            _write(("inputs[:, 0]", "inputs[0]")),
            "inputs[0] is the first sequence, all its steps. The first step of all sequences is inputs[:, 0].",
        ),
        Mistake(
            "output fed back",
            _write(("sequence_to_sequence", "feed"), feed=_read(("inputs[:, t]", "output if t else inputs[:, t]"))),
            "You feed the output back as the next input. A decoder does that; here the later inputs are zeros.",
        ),
        Mistake(
            "first state ignored",
            _write(("inputs[:, 0] = vector", "inputs[:, 0], state = vector, np.zeros_like(state)")),
            "You start from a state of zeros. Start from the state that is given.",
        ),
        Mistake(
            "states returned",
            _write(("sequence_to_sequence", "collect"), collect=_read(("append(output)", "append(state)"))),
            "You collect the states. Collect the outputs: step returns (output, new state).",
        ),
        Mistake(
            "results of step swapped",
            _write(("sequence_to_sequence", "swap"), swap=_read(("output, state = step", "state, output = step"))),
            "step returns the output first and the new state second; you take them the other way round.",
        ),
        Mistake(
            "only the last output",
            _write(("sequence_to_sequence", "last"), last=unrolling.sequence_to_vector),
            "You return one output. Collect the output of every step.",
        ),
        Mistake(
            "vector never fed",
            _write(("    inputs[:, 0] = vector\n", "")),
            "The vector makes no difference: it is the input of the first step.",
        ),
        Mistake(
            "state emptied after the first step",
            _write(
                ("sequence_to_sequence", "forget"),
                forget=_read(("inputs[:, t], state)", "inputs[:, t], state if t == 0 else 0 * state)")),
            ),
            "From the second step on the state is zeros. It is the input that is zeros then; the state is handed on.",
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


def _translating_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, features, units, outputs, source_steps, time_steps = sizes
    return {
        "encoder_step": cell_with_readout(rng, features, units, outputs),
        "decoder_step": cell_with_readout(rng, outputs, units, outputs),
        "inputs": rng.uniform(-1, 1, size=(batch, source_steps, features)),
        "state": rng.uniform(-1, 1, size=(batch, units)),
        "start": rng.uniform(-1, 1, size=(batch, outputs)),
        "time_steps": time_steps,
    }


_translate = partial(changed, unrolling.encoder_decoder)

encoder_decoder = Exercise(
    name="encoder_decoder",
    kind=Kind.NEW_CASE,
    reference=unrolling.encoder_decoder,
    withheld=("static_rnn", "dynamic_rnn", "run_with_lengths", "continue_series", "generating:free_run"),
    alternatives=(alternatives.encoder_decoder,),
    cases=_translating_case,
    other_cases=(_translating_case(np.random.default_rng(4), _OTHER_SIZES),),
    mistakes=(
        Mistake(
            "decoder never sees the encoder's state",
            _translate(("_, state = encoder_step", "_, last = encoder_step")),
            "Your answer does not depend on the source: start the decoder from the encoder's last state.",
        ),
        Mistake(
            "start signal at every step",
            _translate(("decoder_step(output", "decoder_step(start")),
            "You feed the start signal at every step. After the first step the decoder reads its own last output.",
        ),
        Mistake(
            "decoder's state not carried",
            _translate(("output, state = decoder_step", "output, _ = decoder_step")),
            "Each decoder step starts from the encoder's state. Only the first does; hand the new state on.",
        ),
        Mistake(
            "as long as the source",
            _translate(('expect_count("time_steps", time_steps)', "inputs.shape[1]")),
            "Your answer is as long as the source. The decoder writes time_steps outputs.",
        ),
        Mistake(
            "encoder's output for the start signal",
            _translate(("_, state = encoder_step", "output, state = encoder_step")),
            "The decoder's first input is the encoder's last output. It should be start; only the state goes over.",
        ),
        Mistake(
            "start signal among the outputs",
            _translate(("outputs = []", "outputs = [start]")),
            "The start signal is in your result. Collect only what the decoder writes.",
        ),
        Mistake(
            "encoder's outputs returned",
            lambda encoder_step, _, inputs, state, *rest: unrolling.sequence_to_sequence(encoder_step, inputs, state),
            "You return what the encoder put out. Throw that away and return what the decoder writes.",
        ),
        Mistake(
            "only the last input read",
            _translate(("range(inputs.shape[1])", "[-1]")),
            "The encoder reads only the last input. Let it go through the whole source, handing its state on.",
        ),
        Mistake(
            "zeros after the start signal",
            _translate(("append(output)", "append(output)\n        output = np.zeros_like(start)")),
            "After the start signal your decoder reads zeros. It should read its own last output.",
        ),
        Mistake(
            "output goes over instead of state",
            lambda read, write, inputs, state, _, time_steps: unrolling.vector_to_sequence(
                write, unrolling.sequence_to_vector(read, inputs, state), state, time_steps
            ),
            "The encoder's last output goes over to the decoder. It is the state that should go over.",
        ),
        Mistake(
            "start signal ignored",
            _translate(("outputs = []", "outputs, output = [], np.zeros_like(start)")),
            "Your decoder begins with zeros for an input. Its first input is start.",
        ),
        Mistake(
            "collected before the step",
            _translate(
                ("        outputs.append(output)\n", ""),
                ("output, state =", "outputs.append(output)\n        output, state ="),
            ),
            "Your answer begins with the start signal and lacks the last output: collect the output after the step.",
        ),
        Mistake(
            "encoder writes on",
            _translate(("decoder_step(output", "encoder_step(output")),
            "In the second loop you call encoder_step. The decoder is a cell of its own: decoder_step.",
        ),
        Mistake(
            "states returned",
            _translate(("append(output)", "append(state)")),
            "You collect the decoder's states. Collect its outputs: decoder_step returns (output, new state).",
        ),
        Mistake(
            "time before batch",
            _translate((", axis=1", "")),
            "The numbers are right, but time comes before the batch: stack the outputs along axis 1.",
        ),
        Mistake(
            "one output too many",
            _translate(('expect_count("time_steps", time_steps)', "time_steps + 1")),
            "One output too many: the decoder writes time_steps outputs, the first of them from the start signal.",
        ),
        Mistake(
            "one output too few",
            _translate(('expect_count("time_steps", time_steps)', "time_steps - 1")),
            "One output too few: the decoder writes time_steps outputs, the first of them from the start signal.",
        ),
        Mistake(
            "only the last output",
            _translate(("np.stack(outputs, axis=1)", "output")),
            "You return one output. Collect all that the decoder writes.",
        ),
        Mistake(
            "decoder's results swapped",
            _translate(("output, state = decoder_step", "state, output = decoder_step")),
            "decoder_step returns the output first and the new state second; you take them the other way round.",
        ),
        *of_relatives(OF_A_READER, _translate, {"step": "encoder_step", "output": "_"}),
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


_known = partial(changed, unrolling.influence)

influence = Exercise(
    name="influence",
    kind=Kind.NEW_CASE,
    reference=unrolling.influence,
    alternatives=(alternatives.influence,),
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
            _known(("np.tril", "np.triu")),
            "Your network knows the future and not the past: with A[t, s] the ones belong where s <= t.",
        ),
        Mistake(
            "triangle upside down, for every kind",
            lambda kind, source_steps, target_steps: np.triu(np.ones((target_steps, source_steps))),
            "Your networks know the future and not the past: with A[t, s] the ones belong where s <= t, or everywhere.",
        ),
        Mistake(
            "sequence-to-sequence knows everything",
            lambda kind, source_steps, target_steps: np.ones((target_steps, source_steps)),
            "A sequence-to-sequence network answers at once: output t cannot depend on inputs that come after t.",
        ),
        Mistake(
            "triangle for every kind",
            lambda kind, source_steps, target_steps: np.tril(np.ones((target_steps, source_steps))),
            "Right for sequence-to-sequence. The other kinds give their outputs after all the input has been read.",
        ),
        Mistake(
            "present left out",
            _known(("np.tril(everything)", "np.tril(everything, -1)")),
            "Output t does depend on input t: it enters the cell in the same step. The diagonal is 1.",
        ),
        Mistake(
            "only the present",
            _known(("np.tril(everything)", "np.eye(target_steps)")),
            "Only the diagonal is 1: that network has no memory. The state brings all the past along.",
        ),
        Mistake(
            "axes swapped",
            _known(("(target_steps, source_steps)", "(source_steps, target_steps)")),
            "Rows and columns are swapped: A[t, s] has a row for each output and a column for each input.",
        ),
        Mistake(
            "only the present, for every kind",
            lambda kind, source_steps, target_steps: np.eye(target_steps, source_steps),
            "Your outputs depend on one input each: that network has no memory. The state brings all the past along.",
        ),
        Mistake(
            "decoder reads along",
            _known(('== "sequence-to-sequence"', 'in ("sequence-to-sequence", "encoder-decoder")')),
            "Your decoder writes while the source is read. It begins after the last input: what can it know then?",
        ),
        Mistake(
            "vector from the last input alone",
            _known(("return", 'if kind == "sequence-to-vector":\n        everything[:, :-1] = 0\n    return')),
            "The last output of a sequence-to-vector network knows all of the inputs: the state brings them.",
        ),
        Mistake(
            "vector soon forgotten",
            _known(("return", 'if kind == "vector-to-sequence":\n        everything[1:] = 0\n    return')),
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
