"""Chapter 02: one cell, four ways to wire it."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnncourse import designs, unrolling
from rnncourse.exercises import alternatives
from rnncourse.exercises.cases import OF_A_READER, PIECES, cell_with_readout, reading_case, run_design, step_by_step
from rnncourse.exercises.definitions import Case, Design, Exercise, Kind, Measure, Mistake, Question
from rnncourse.exercises.edits import changed, of_relatives

BATCH, FEATURES, UNITS, OUTPUTS, SOURCE_STEPS, TARGET_STEPS = 4, 3, 5, 2, 7, 6
#: The same names in another case, where the answer is longer than the source, and no two sizes are as near to each
#: other as they are here: else one for another, off by one, is right by chance.
_OTHER_SIZES = 6, 2, 4, 4, 8, 10  # an output as wide as the state: taken for each other, they raise nothing
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
    kind=Kind.BUG,
    starts_from="state not carried",
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
        "Change the inputs of step 0 in the example, run the function again, and look which outputs move. "
        "Which should?",
        "Only output 0 moves: the later steps know nothing of the first. What should bring its news to them?",
        "step gives two things back. The first goes into the list; what becomes of the second, and what should?",
    ),
    points=3,
    difficulty=2,
    minutes=6,
)


def _rise_case(rng: np.random.Generator, batch: int = 4, steps: int = 12) -> Case:
    inputs = rng.integers(2, size=(batch, steps)).astype(float)
    inputs[0, 0] = 1  # before which there was nothing
    return {"inputs": inputs}


def _reports(*pieces: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Where a designed network says yes: 1 where its output is above 0.5, else 0."""
    return (run_design(inputs, *pieces) > 0.5).astype(int)


def _measured_outputs(*pieces: np.ndarray, inputs: np.ndarray) -> tuple[Measure, ...]:
    """The outputs as they are."""
    return step_by_step("Your output itself, which says yes above 0.5", run_design(inputs, *pieces))


_SMALL = 0.001
_rise = partial(changed, designs.rise_weights)

rise_weights = Exercise(
    name="rise_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.rise_weights,
    cases=_rise_case,
    other_cases=(_rise_case(np.random.default_rng(7), batch=6, steps=30),),
    call=Design(_reports, PIECES, unseen=("inputs",), measures=_measured_outputs),
    mistakes=(
        Mistake(
            "first 1 reported",
            lambda: (
                np.array([[_SMALL, 0.0]]),
                np.array([[0.0, 1.0], [0.0, 0.0]]),
                np.zeros(2),
                np.array([[1 / _SMALL], [-1 / _SMALL]]),
                np.zeros(1),
            ),
            "Right but for a 1 at step 0, which is reported: the empty memory passes for a 0. Remember the zeros "
            "instead of the ones: let a unit be different from 0 where the bit was 0.",
        ),
        Mistake(
            "every 1 reported",
            lambda: (np.array([[_SMALL]]), np.zeros((1, 1)), np.zeros(1), np.array([[1 / _SMALL]]), np.zeros(1)),
            "Every 1 is reported. Whether a 0 came before it makes no difference yet.",
        ),
        Mistake(
            "falls reported",
            _rise(("[[-1.0, 1.0]]", "[[1.0, -1.0]]"), ("[1.0, 0.0]", "[0.0, 1.0]")),
            "Your network reports 1 and then 0. It is the other order that is asked for.",
        ),
        Mistake(
            "two 1s reported",
            _rise(("[[-1.0, 1.0]]", "[[1.0, 1.0]]"), ("[1.0, 0.0]", "[0.0, 0.0]")),
            "Your network reports 1 and then 1: what it remembers of the last step is whether it was a 1.",
        ),
        Mistake(
            "everything before counts",
            _rise(("[[0.0, 1.0], [0.0, 0.0]]", "[[1.0, 1.0], [0.0, 0.0]]")),
            "All zeros so far are added up, so that a 1 after an older 0 is reported as well. Only the last step "
            "counts: "
            "no unit may hear itself.",
        ),
        Mistake(
            "threshold too low",
            _rise(("np.array([-1.0])", "np.zeros(1)")),
            "Either of the two is enough for your network: a 0 before, or a 1 now. Both have to be there together; the "
            "bias of the read-out moves the line of 0.5.",
        ),
        Mistake(
            "any change reported",
            lambda: (
                np.array([[-3.0, 20.0, -20.0]]),  # unit 0: was it a 0? units 1 and 2: 0 and then 1, 1 and then 0
                np.array([[0.0, 20.0, -20.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
                np.array([1.5, -30.0, -10.0]),
                np.array([[0.0], [1.0], [1.0]]),
                np.ones(1),
            ),
            "Your network reports every change. From 1 to 0 is a change, too, and is not asked for.",
        ),
        Mistake(
            "nothing reported",
            _rise(("[[0.0, 1.0], [0.0, 0.0]]", "[[0.0, 0.0], [1.0, 0.0]]")),
            "Nothing is ever reported. Does the unit that you read hear of the bit before? In W_h the row is where "
            "a signal comes from, the column where it goes to. If it does, its output stays at 0.5 or below where "
            "it should not.",
        ),
    ),
    hints=(
        "Two things have to come together: the bit is 1 now, and it was 0 one step ago. One unit can know the second.",
        "A unit with the bias +s and the input weight -s holds s after a 0 and nothing after a 1, s being small.",
        "Unit 1 adds the present bit to what unit 0 said a step ago: 2s for 0 and then 1, at most s otherwise. "
        "Read it large, and take 1 off.",
    ),
    points=3,
    difficulty=3,
    minutes=12,
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
        *of_relatives(
            OF_A_READER, _translate, {"step": "encoder_step", "output": "_"}, ("output handed on as the state",)
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


def _two_way_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, features, units, outputs, steps, _ = sizes
    return {
        "forward_step": cell_with_readout(rng, features, units, outputs),
        "backward_step": cell_with_readout(rng, features, units, outputs),
        "inputs": rng.uniform(-1, 1, size=(batch, steps, features)),
        "forward_state": rng.uniform(-1, 1, size=(batch, units)),
        "backward_state": rng.uniform(-1, 1, size=(batch, units)),
    }


_both = partial(changed, unrolling.bidirectional)
_TURNED = "np.concatenate([forward, backward[:, ::-1]], axis=2)"

bidirectional = Exercise(
    name="bidirectional",
    kind=Kind.ASSEMBLY,
    reference=unrolling.bidirectional,
    alternatives=(alternatives.bidirectional,),
    cases=_two_way_case,
    other_cases=(_two_way_case(np.random.default_rng(9), _OTHER_SIZES),),
    mistakes=(
        Mistake(
            "backward outputs not turned back",
            _both(("backward[:, ::-1]]", "backward]")),
            "The second half stands in the order in which the backward cell made it: its first output is about "
            "the last "
            "step. Turn it round before you lay it beside the other.",
        ),
        Mistake(
            "second cell reads forward",
            _both(("inputs[:, ::-1]", "inputs"), ("backward[:, ::-1]]", "backward]")),
            "Your second cell reads from the first step on, as the first does. It has to begin at the last step.",
        ),
        Mistake(
            "turned round once, behind the cell",
            _both(("inputs[:, ::-1]", "inputs")),
            "The second cell reads forward, and its outputs are turned round afterwards. It is the inputs that "
            "it has to "
            "read from the end.",
        ),
        Mistake(
            "batch turned round",
            _both(("inputs[:, ::-1]", "inputs[::-1]"), ("backward[:, ::-1]", "backward[::-1]")),
            "You turn axis 0 round, which is the batch. Time is axis 1: a[:, ::-1].",
        ),
        Mistake(
            "features turned round",
            _both(("inputs[:, ::-1]", "inputs[..., ::-1]"), ("backward[:, ::-1]", "backward[..., ::-1]")),
            "You turn the last axis round, which holds the features. Time is axis 1: a[:, ::-1].",
        ),
        Mistake(
            "outputs added",
            _both((_TURNED, "forward + backward[:, ::-1]")),
            "You add the outputs of the two cells. They are to stand side by side, so that both can be told apart.",
        ),
        Mistake(
            "joined along time",
            _both(("axis=2", "axis=1")),
            "The outputs of the backward cell follow those of the forward cell in time. They belong beside them: the "
            "last axis.",
        ),
        Mistake(
            "joined along the batch",
            _both(("axis=2", "axis=0")),
            "The outputs of the backward cell stand below those of the forward cell, as more sequences. They belong "
            "beside them: the last axis.",
        ),
        Mistake(
            "backward outputs first",
            _both(("[forward, backward[:, ::-1]]", "[backward[:, ::-1], forward]")),
            "Both halves are right and stand in the wrong order: the forward outputs come first.",
        ),
        Mistake(
            "one cell for both directions",
            _both(("(backward_step", "(forward_step")),
            "You read in both directions with the same cell. The second direction has a cell of its own: "
            "backward_step.",
        ),
        Mistake(
            "first states exchanged",
            _both(
                ("(forward_step, inputs, forward_state)", "(forward_step, inputs, backward_state)"),
                ("inputs[:, ::-1], backward_state)", "inputs[:, ::-1], forward_state)"),
            ),
            "The two first states are exchanged: each cell begins with its own.",
        ),
        Mistake(
            "only the forward outputs",
            _both((_TURNED, "forward")),
            "You return the forward outputs alone, which know nothing of the future. The backward ones belong beside "
            "them.",
        ),
        Mistake(
            "only the backward outputs",
            _both((_TURNED, "backward[:, ::-1]")),
            "You return the backward outputs alone, which know nothing of the past. The forward ones belong "
            "beside them.",
        ),
        Mistake(
            "last backward output at every step",
            _both(
                (_TURNED, "np.concatenate([forward, np.repeat(backward[:, -1:], forward.shape[1], axis=1)], axis=2)")
            ),
            "You lay the backward cell's last output beside every step. Each step has a backward output of its own.",
        ),
    ),
    hints=(
        "sequence_to_sequence does the reading, twice. The second time it is given the sequence in reverse.",
        "The backward cell's first output belongs to the last step: turn its outputs round, back to the "
        "order of inputs.",
        "np.concatenate([forward, backward[:, ::-1]], axis=2), where backward was read from inputs[:, ::-1].",
    ),
    points=3,
    difficulty=2,
    minutes=9,
)

EXERCISES = (
    output_shapes,
    sequence_to_sequence,
    rise_weights,
    encoder_decoder,
    influence,
    bidirectional,
)
