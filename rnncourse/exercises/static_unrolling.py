"""Chapter 04: a list of steps, a chain of cells, and the price of a long one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import unrolling
from rnncourse.exercises import alternatives
from rnncourse.exercises.cases import cell_with_readout
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake, Question
from rnncourse.exercises.edits import changed

BATCH, TIME, FEATURES, UNITS, OUTPUTS = 4, 7, 3, 5, 2
_SIZES, _OTHER_SIZES = (BATCH, TIME, FEATURES, UNITS, OUTPUTS), (5, 8, 4, 6, 3)

packing_shapes = Question(
    name="packing_shapes",
    kind=Kind.PREDICTION,
    answer={"transposed": (10, 8, 3), "entries": 10, "one entry": (8, 3), "stacked": (10, 8, 5), "outputs": (8, 10, 5)},
    feedback={
        "transposed": {
            (8, 10, 3): "that is the batch as it was. The permutation exchanges the first two axes.",
            (3, 10, 8): "that turns all three axes round. [1, 0, 2] leaves the last one where it is.",
            (8, 3, 10): "that exchanges the last two axes; [1, 0, 2] exchanges the first two.",
            (10, 3, 8): "[1, 0, 2]: first the old axis 1, then the old axis 0, then the old axis 2.",
        },
        "entries": {
            8: "that would be one entry a sequence. The list has one entry a step.",
            3: "that would be one entry a feature. The list has one entry a step.",
            80: "an entry holds all 8 sequences at once.",
        },
        "one entry": {
            (10, 3): "that is one sequence with all its steps. An entry is one step of all the sequences.",
            (3,): "that is one step of one sequence. An entry holds all the sequences of the batch.",
            (1, 8, 3): "unstack takes the axis away: two axes are left.",
            (8, 1, 3): "unstack takes the axis away: two axes are left.",
            (3, 8): "a row is a sequence, a column is a feature.",
        },
        "stacked": {
            (8, 10, 5): "that comes after the second transpose. A stack puts its new axis first.",
            (10, 8, 3): "3 is the size of an input. An output has one number a neuron.",
            (80, 5): "stack makes a new axis; it does not lengthen an old one.",
            (8, 50): "stack makes a new axis; it does not lengthen an old one.",
        },
        "outputs": {
            (10, 8, 5): "that has time before the batch. The second transpose puts the batch first again.",
            (8, 10, 3): "3 is the size of an input. An output has one number a neuron.",
            (8, 5): "that is the last output alone. There is one for each step.",
        },
    },
    hints=(
        "Batch, time, features: 8, 10, 3. Which two of them does [1, 0, 2] exchange?",
        "unstack takes the first axis away and makes a list of it. stack is its opposite.",
        "The cell turns (8, 3) into (8, 5), ten times.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)


def _batch_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    return {"batch": rng.uniform(-1, 1, size=sizes[:3])}


unpack_sequence = Exercise(
    name="unpack_sequence",
    kind=Kind.TRANSCRIPTION,
    reference=unrolling.unpack_sequence,
    withheld=("pack_sequence",),
    alternatives=(alternatives.unpack_sequence,),
    cases=_batch_case,
    other_cases=(_batch_case(np.random.default_rng(2), _OTHER_SIZES),),
    mistakes=(
        Mistake(
            "one entry a sequence",
            list,
            "You made one entry a sequence: a list of an array walks along its first axis, the batch. Exchange the "
            "first two axes before.",
        ),
        Mistake(
            "reshaped",
            lambda batch: list(batch.reshape(batch.shape[1], batch.shape[0], batch.shape[2])),
            "The shapes are right, but the numbers are mixed up: reshape keeps their order in memory, so it deals the "
            "steps of one sequence out to several. Exchange axes with transpose.",
        ),
        Mistake(
            "one entry a feature",
            lambda batch: [batch[:, :, k] for k in range(batch.shape[2])],
            "You made one entry a feature. Time is axis 1.",
        ),
        Mistake(
            "all axes turned round",
            lambda batch: list(batch.T),
            "You turned all three axes round. Exchange the first two and leave the features last.",
        ),
        Mistake(
            "each step transposed",
            lambda batch: [x.T for x in unrolling.unpack_sequence(batch)],
            "Each entry is transposed: a row is to be a sequence, a column a feature.",
        ),
        Mistake(
            "axis of time kept",
            lambda batch: np.split(batch, batch.shape[1], axis=1),
            "Each entry still has an axis of time, of length 1. An entry has two axes: (batch, features).",
        ),
        Mistake(
            "backwards",
            lambda batch: unrolling.unpack_sequence(batch)[::-1],
            "The list runs backwards: its first entry is to be step 0.",
        ),
        Mistake(
            "last step missing",
            lambda batch: unrolling.unpack_sequence(batch)[:-1],
            "The last step is missing.",
        ),
        Mistake(
            "first step missing",
            lambda batch: unrolling.unpack_sequence(batch)[1:],
            "The first step is missing: the list begins with step 0.",
        ),
    ),
    hints=(
        "Entry t holds what all the sequences say at time t. Which axis is time?",
        "np.transpose(batch, (…, …, …)) puts time first; a list of an array walks along its first axis.",
        "Or without a transpose: batch[:, t] is entry t, and there are batch.shape[1] of them.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)


class _Steps(tuple):
    """One array a step. A case holds them as a tuple that a message can name in a few words."""

    def __repr__(self) -> str:
        return f"a list of {len(self)} arrays of shape {self[0].shape}"


def _call_with_list(function: Callable[..., Any], case: Case) -> Any:
    """The learner's function gets its steps as a plain list."""
    return function(*(list(value) if isinstance(value, _Steps) else value for value in case.values()))


def _chain_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, time_steps, features, units, outputs = sizes
    return {
        "step": cell_with_readout(rng, features, units, outputs),
        "inputs": _Steps(rng.uniform(-1, 1, size=(time_steps, batch, features))),
        "state": rng.uniform(-1, 1, size=(batch, units)),
    }


_chain = partial(changed, unrolling.static_rnn)

static_rnn = Exercise(
    name="static_rnn",
    kind=Kind.COPY,
    reference=unrolling.static_rnn,
    withheld=("dynamic_rnn", "run_with_lengths"),
    cases=_chain_case,
    other_cases=(_chain_case(np.random.default_rng(3), _OTHER_SIZES),),
    call=_call_with_list,
    parts=("the outputs", "the last state"),
    mistakes=(
        Mistake(
            "state not carried",
            _chain(("output, state = step", "output, last = step"), ("outputs, state", "outputs, last")),
            "Every cell starts from the first state, so there is no chain. Hand each new state to the next step.",
        ),
        Mistake(
            "states collected",
            _chain(("append(output)", "append(state)")),
            "The last state is right, but you collect the states. step returns (output, new state).",
        ),
        Mistake(
            "pairs collected",
            _chain(("append(output)", "append((output, state))")),
            "Your list holds what step returns, a pair of output and state. Take the pair apart and keep the output.",
        ),
        Mistake(
            "state not returned",
            _chain(("outputs, state", "outputs")),
            "You return the list of outputs alone. The state after the last step is to come back as well.",
        ),
        Mistake(
            "first state returned",
            lambda step, inputs, state: (unrolling.static_rnn(step, inputs, state)[0], state),
            "The outputs are right. The state you return is the one from before the first step.",
        ),
        Mistake(
            "last output for last state",
            _chain(("outputs, state", "outputs, output")),
            "The outputs are right. As the state you return the last output; in this cell the two differ.",
        ),
        Mistake(
            "starts from zeros",
            _chain(("outputs = []", "outputs, state = [], np.zeros_like(state)")),
            "You start from zeros. The state before the first step is an argument.",
        ),
        Mistake(
            "outputs packed",
            _chain(("return outputs", "return np.stack(outputs, axis=1)")),
            "The numbers are right, but you packed them into one array. Return the list, one array a step.",
        ),
        Mistake(
            "read backwards",
            _chain(("inputs[t]", "inputs[-1 - t]")),
            "You read the inputs from the end.",
        ),
        Mistake(
            "results in the other order",
            _chain(("outputs, state", "state, outputs")),
            "Both results are right, but in the wrong order: first the list of outputs, then the state.",
        ),
        Mistake(
            "last step missing",
            _chain(("len(inputs)", "len(inputs) - 1")),
            "The chain is one cell too short: the last input is not read.",
        ),
        Mistake(
            "new state thrown away",
            _chain(("output, state = step", "output, _ = step")),
            "Every cell starts from the first state, and that is what you return as well: the new state that step "
            "gives is thrown away. Hand it to the next step.",
        ),
        Mistake(
            "state not carried, last output returned",
            _chain(("output, state = step", "output, _ = step"), ("outputs, state", "outputs, output")),
            "The new state that step gives is thrown away. So every cell starts from the first state, and in place of "
            "the last one you return the last output.",
        ),
        Mistake(
            "results of step swapped",
            _chain(("output, state = step", "state, output = step")),
            "step returns the output first and the new state second; you take them the other way round.",
        ),
        Mistake(
            "first input at every step",
            _chain(("inputs[t]", "inputs[0]")),
            "Every step reads the first input. Step t reads inputs[t].",
        ),
        Mistake(
            "first step missing",
            _chain(("range(len(inputs))", "range(1, len(inputs))")),
            "The chain begins at the second input: the first one is not read.",
        ),
    ),
    hints=(
        "It is a for loop over the inputs. What has to survive from one turn of the loop to the next?",
        "Start with an empty list. In every turn: call step, keep the new state, append the output.",
        "output, state = step(x, state) does the turn; the same name, state, carries the memory on.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


def _outputs_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, time_steps, _, units, _ = sizes
    return {"outputs": _Steps(rng.uniform(-1, 1, size=(time_steps, batch, units)))}


pack_sequence = Exercise(
    name="pack_sequence",
    kind=Kind.INVERSE,
    reference=unrolling.pack_sequence,
    withheld=("unpack_sequence",),
    alternatives=(alternatives.pack_sequence,),
    cases=_outputs_case,
    other_cases=(_outputs_case(np.random.default_rng(4), _OTHER_SIZES),),
    call=_call_with_list,
    mistakes=(
        Mistake(
            "time before batch",
            np.stack,
            "The numbers are right, but time comes before the batch. A stack puts its new axis first; exchange the "
            "first two, or say where the new axis is to go.",
        ),
        Mistake(
            "reshaped",
            lambda outputs: np.stack(outputs).reshape(len(outputs[0]), len(outputs), -1),
            "The shape is right, but the numbers are mixed up: reshape keeps their order in memory. Exchange axes "
            "with transpose.",
        ),
        Mistake(
            "joined side by side",
            lambda outputs: np.concatenate(outputs, axis=1),
            "You joined the steps side by side, so time and units share an axis. A stack makes a new axis.",
        ),
        Mistake(
            "joined one below the other",
            np.concatenate,
            "You joined the steps one below the other, so time and batch share an axis. A stack makes a new axis.",
        ),
        Mistake(
            "time last",
            lambda outputs: np.stack(outputs, axis=2),
            "Time has become the last axis. It belongs between batch and units.",
        ),
        Mistake(
            "all axes turned round",
            lambda outputs: np.stack(outputs).T,
            "You turned all three axes round. Exchange the first two and leave the units last.",
        ),
        Mistake(
            "backwards",
            lambda outputs: np.stack(outputs[::-1], axis=1),
            "The steps run backwards.",
        ),
        Mistake(
            "last step missing",
            lambda outputs: np.stack(outputs[:-1], axis=1),
            "The last step is missing.",
        ),
    ),
    hints=(
        "It undoes unpack_sequence: the same two operations' opposites, in the opposite order.",
        "np.stack(outputs) is (time, batch, units). Which transposition brings the batch to the front?",
        "np.stack has an argument axis: where the new axis is to stand.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
)


def _pieces_case(rng: np.random.Generator) -> Case:
    return {**_chain_case(rng), "length": int(rng.integers(2, 4))}  # neither 2 nor 3 divides 7: a rest is left


#: Pieces that leave no rest.
_WITHOUT_REST = {**_chain_case(np.random.default_rng(5), _OTHER_SIZES), "length": 4}
#: A piece for every step, and one piece that is longer than the sequence.
_EXTREME_PIECES = tuple({**_chain_case(np.random.default_rng(6)), "length": length} for length in (1, TIME + 2))


_pieces = partial(changed, unrolling.static_rnn_in_pieces)

static_rnn_in_pieces = Exercise(
    name="static_rnn_in_pieces",
    kind=Kind.NEW_CASE,
    reference=unrolling.static_rnn_in_pieces,
    cases=_pieces_case,
    other_cases=(_WITHOUT_REST,),
    edge_cases=_EXTREME_PIECES,
    call=_call_with_list,
    parts=("the outputs", "the states"),
    mistakes=(
        Mistake(
            "one state alone",
            _pieces(("return outputs, states", "return outputs, state")),
            "The outputs are right, but one state comes back. Cut the inputs into pieces of length steps, run one "
            "after the other, and collect the state after each.",
        ),
        Mistake(
            "state not handed over",
            _pieces(("outputs, state = static", "outputs, last = static"), ("append(state)", "append(last)")),
            "Every piece starts from the first state, so the network forgets at each cut. Hand the last state of a "
            "piece to the next.",
        ),
        Mistake(
            "pieces not joined",
            _pieces(("outputs.extend", "outputs.append")),
            "You return a list of lists, one a piece. Join them: there is to be one list with one output a step.",
        ),
        Mistake(
            "each piece starts from zeros",
            _pieces(("append(state)", "append(state)\n        state = np.zeros_like(state)")),
            "After the first piece you start from zeros, so the network forgets at each cut. Hand the state over.",
        ),
        Mistake(
            "the rest dropped",
            _pieces(("len(inputs), length", "len(inputs) - length + 1, length")),
            "The last, shorter piece is missing: the length need not divide the number of steps.",
        ),
        Mistake(
            "only the last piece",
            _pieces(("outputs.extend(piece_outputs)", "outputs = piece_outputs")),
            "The states are right, but only the outputs of the last piece are left. Collect those of all pieces.",
        ),
        Mistake(
            "only the first piece",
            _pieces(("    return", "        return")),
            "You return after the first piece.",
        ),
        Mistake(
            "pieces overlap",
            _pieces(("len(inputs), length", "len(inputs)")),
            "Your pieces overlap: the next one begins where the last one ended, length steps further.",
        ),
        Mistake(
            "one state in the list",
            _pieces(("    states.append", "states.append")),
            "The outputs are right, but your list of states has one entry. Run piece after piece, length steps each, "
            "and append the state inside the loop.",
        ),
        Mistake(
            "states before the pieces",
            _pieces(
                ("        states.append(state)\n", ""),
                ("piece_outputs, state", "states.append(state)\n        piece_outputs, state"),
            ),
            "The outputs are right. Your states are those before each piece: append each after its piece has run.",
        ),
        Mistake(
            "first state included",
            _pieces(("outputs, states = [], []", "outputs, states = [], [state]")),
            "The outputs are right. Your list of states begins with the one you were given; it is to begin with the "
            "one after the first piece.",
        ),
        Mistake(
            "a state after every step",
            _pieces(('expect_count("length", length)', "1")),
            "The outputs are right, but there is a state for every step. A piece has length steps; keep the state "
            "after each piece.",
        ),
        Mistake(
            "states taken apart",
            _pieces(("states.append", "states.extend")),
            "The outputs are right, but your states are taken apart into their rows. A state is one entry: extend adds "
            "the entries of a list, append adds one.",
        ),
        Mistake(
            "states not returned",
            _pieces(("return outputs, states", "return outputs")),
            "You return the list of outputs alone. The list of the states is to come back as well.",
        ),
        Mistake(
            "an empty piece at the end",
            _pieces(("len(inputs), length", "len(inputs) + 1, length")),
            "Right where a rest is left. Where length divides the number of steps, your last piece is empty.",
        ),
        Mistake(
            "pieces one step too long",
            _pieces(("start + length]", "start + length + 1]")),
            "Your pieces overlap by one step: each begins where the one before has ended.",
        ),
        Mistake(
            "pieces one step too short",
            _pieces(("start + length]", "start + length - 1]")),
            "Between your pieces one step is left out: each has length steps.",
        ),
        Mistake(
            "results in the other order",
            _pieces(("return outputs, states", "return states, outputs")),
            "Both lists are right, but in the wrong order: first the outputs, then the states.",
        ),
    ),
    hints=(
        "Where does a piece begin, and which state does it start from? That state is also what your list collects.",
        "range(0, len(inputs), length) gives the beginnings; inputs[start : start + length] is a piece, and Python "
        "cuts the last one short by itself.",
        "For each piece: more, state = static_rnn(step, piece, state). outputs.extend(more) adds a list to a list, "
        "states.append(state) one entry.",
    ),
    points=3,
    difficulty=3,
    minutes=9,
)

EXERCISES = (packing_shapes, unpack_sequence, static_rnn, pack_sequence, static_rnn_in_pieces)
