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
_SIZES, _OTHER_SIZES = (BATCH, TIME, FEATURES, UNITS, OUTPUTS), (5, 8, 4, 6, 6)

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
    minutes=4,
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
    kind=Kind.BUG,
    reference=unrolling.static_rnn,
    starts_from="results of step swapped",
    withheld=("dynamic_rnn", "run_with_lengths", "sequence_to_sequence"),
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
            "output handed on as the state",
            _chain(("output, state = step(inputs[t], state)", "output = state = step(inputs[t], state)[0]")),
            "You hand the output on as the state. step returns both, and they differ: the second is the new state.",
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
    minutes=5,
)


def _two_sequences(rng: np.random.Generator, length: int, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, time_steps, features, *_ = sizes
    first, second = rng.uniform(-1, 1, size=(2, time_steps, batch, features))
    return {"length": length, "first": _Steps(first), "second": _Steps(second[:-1])}


def _averaging_case(rng: np.random.Generator) -> Case:
    return _two_sequences(rng, int(rng.integers(2, 5)))


def _run_by_turns(function: Callable[..., Any], case: Case) -> Any:
    """Run the learner's cell along a sequence; then along another, and half-way the first one again beside it.

    What a cell keeps elsewhere than in its state goes from one sequence into the other.
    """
    length, first, second = case.values()
    step, start = _cell_and_state(function(length))
    step = _with_one_output(step)
    alone, _ = unrolling.static_rnn(step, list(first), start)
    half = len(first) // 2
    _, kept = unrolling.static_rnn(step, list(first[:half]), start)
    beside, _ = unrolling.static_rnn(step, list(second), start)
    rest, _ = unrolling.static_rnn(step, list(first[half:]), kept)
    return np.stack(alone), np.stack([*beside, *rest])


def _cell_and_state(made: Any) -> tuple[Callable[..., Any], Any]:
    if not isinstance(made, tuple | list) or len(made) != 2 or not callable(made[0]):
        raise ValueError(
            f"averaging_cell returns {_kind_of(made)}, expected two things: the function step, and the state before "
            "the first step."
        )
    return made[0], made[1]


def _with_one_output(step: Callable[..., Any]) -> Callable[..., Any]:
    """The cell, which is refused in words where what it returns is no output and a state."""

    def watched(inputs: Any, state: Any) -> tuple[Any, Any]:
        result = step(inputs, state)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise ValueError(f"step returns {_kind_of(result)}, expected a pair: the output and the new state.")
        if np.shape(inputs) != (0 if isinstance(result[0], tuple | list) else np.shape(result[0])):
            raise ValueError(
                f"the output of step is {_kind_of(result[0])}, expected an array of shape {np.shape(inputs)}, as the "
                "inputs. The output comes first, the new state second."
            )
        return result[0], result[1]

    return watched


def _kind_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    sized = f" of length {len(value)}" if isinstance(value, tuple | list) else ""
    return f"a {type(value).__name__}{sized}" if value is not None else "nothing"


_average = partial(changed, unrolling.averaging_cell)
_MEAN = "sum(window) / len(window)"

averaging_cell = Exercise(
    name="averaging_cell",
    kind=Kind.DESIGN,
    reference=unrolling.averaging_cell,
    alternatives=(alternatives.averaging_cell,),
    open_ended=True,
    cases=_averaging_case,
    other_cases=(
        _two_sequences(np.random.default_rng(7), 5, _OTHER_SIZES),
        _two_sequences(np.random.default_rng(8), 1, (3, 6, 2)),
    ),
    call=_run_by_turns,
    example=lambda case: {"length": case["length"]},
    parts=("one sequence alone", "two sequences by turns"),
    mistakes=(
        Mistake(
            "divided by length from the start",
            _average((_MEAN, "sum(window) / length")),
            "Right from step length - 1 on. Before it there are fewer inputs than length: divide by as many as there "
            "are.",
        ),
        Mistake(
            "mean of all inputs",
            _average(("[-length:]", "")),
            "Right as long as there are no more than length inputs. After that the oldest input has to leave the mean.",
        ),
        Mistake(
            "one input too many",
            _average(("[-length:]", "[-length - 1 :]")),
            "Your mean is of length + 1 inputs: the one that is just read counts too.",
        ),
        Mistake(
            "one input too few",
            _average(("[-length:]", "[1 - length :]")),
            "Your mean is of length - 1 inputs: the one that is just read counts too.",
        ),
        Mistake(
            "the first inputs, not the last",
            _average(("[-length:]", "[:length]")),
            "Your mean is of the first inputs and stays there. Keep the last ones: the oldest leaves, the new one "
            "comes in.",
        ),
        Mistake(
            "memory outside the state",
            _average(
                ("    def averaging_step", "    kept = []\n\n    def averaging_step"),
                ("window = (*state, inputs)[-length:]", "kept.append(inputs)\n        window = kept[-length:]"),
            ),
            "Right for one sequence. When the cell reads a second one, it still remembers the first. Does it keep "
            "something in a list outside of step, or change the state in place, as append does? Make a new state, and "
            "return it: everything that the cell remembers has to be in there.",
        ),
        Mistake(
            "state not handed on",
            _average(("len(window), window", "len(window), state")),
            "The output is always the input: your cell returns the state that it was given. The new state has to hold "
            "the input that was just read.",
        ),
        Mistake(
            "the input just read left out",
            _average((_MEAN, "(sum(state) / len(state) if state else 0 * inputs)")),
            "You are one step late: the mean is of the inputs before this one. The input that is just read counts too.",
        ),
        Mistake(
            "sum for mean",
            _average((_MEAN, "sum(window)")),
            "You add up the inputs. Divide by how many they are.",
        ),
        Mistake(
            "outputs averaged for inputs",
            _average(("len(window), window", "len(window), (*state, sum(window) / len(window))[-length:]")),
            "Your state keeps the means, so that later means are means of means. Keep the inputs.",
        ),
        Mistake(
            "fading average",
            lambda length: (
                lambda inputs, state: (inputs / length + (1 - 1 / length) * state,) * 2,
                0.0,
            ),
            "Your cell mixes the new input into one number that fades. That forgets slowly and never quite; here an "
            "input counts in full for length steps, and then not at all.",
        ),
        Mistake(
            "mean corrected by a share of the new input",
            lambda length: (
                lambda inputs, state: (
                    mean := state[1] + (inputs - state[1]) / (read := min(state[0] + 1, length)),
                    (read, mean),
                ),
                (0, 0.0),
            ),
            "Right for the first inputs. From then on your cell moves the old mean towards the new input, and the "
            "oldest input never quite leaves. To take it out, the cell has to know what it was.",
        ),
        Mistake(
            "output and state in the other order",
            _average((f"{_MEAN}, window", f"window, {_MEAN}")),
            "step returns the output first and the new state second; yours come the other way round.",
        ),
        Mistake(
            "first state not returned",
            _average(("averaging_step, ()", "averaging_step")),
            "You return the cell alone. Return two things: step, and the state before the first step.",
        ),
    ),
    hints=(
        "What must the cell still know of the past when the next input comes? That, and nothing else, is its state. "
        "It may be a tuple, a list, an array, even a pair of several things.",
        "The state can be the tuple of the last inputs, empty before the first step: return step, ().",
        "(*state, inputs) is a new tuple, with the input at its end; [-length:] keeps the last ones. Divide their sum "
        "by how many they are.",
    ),
    points=3,
    difficulty=2,
    minutes=7,
)

chain_costs = Question(
    name="chain_costs",
    kind=Kind.PREDICTION,
    answer={"products": 91, "weights": 960, "tracings": 3, "products in pieces": 30},
    feedback={
        "products": {
            90: "those are the cell's. The read-out makes one more.",
            3: "that is one copy of the cell. The graph has one for each of the 30 steps.",
            4: "that is one copy of the cell and the read-out. The graph has a copy of the cell for every step.",
            120: "that has a read-out at every step. Here there is one, after the last.",
            121: "count the cell's products once more: three in each of 30 steps.",
        },
        "weights": {
            27060: "that counts the weights anew at every step. All copies read the same ones.",
            27000: "that counts the weights anew at every step, and leaves out the read-out's.",
            900: "those are the cell's. The read-out has some as well.",
            28800: "that counts everything anew at every step. All copies read the same weights.",
        },
        "tracings": {
            5: "a shape that came before needs no new graph: its graph is there already.",
            1: "a graph is made for one number of steps. Which numbers of steps are there?",
            2: "count the different numbers of steps.",
            30: "tracing is done once for a shape, not once for a step.",
        },
        "products in pieces": {
            90: "that is the chain of 30 steps in one graph. Now the graph has the steps of one piece.",
            3: "that is one copy of the cell; a piece has 10 steps.",
            10: "that is one product a step. This cell makes three.",
            31: "the read-out is a function of its own: it is not in this graph.",
        },
    },
    hints=(
        "A copy of the cell for each step; the read-out is no part of the cell, and runs once.",
        "Every copy reads the same variables. A graph is traced anew for a shape that has not been there before.",
        "3 products a step: 30 steps in the first graph, 10 in the last. Of 30, 12, 30, 28 and 12 three are different.",
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
    minutes=7,
)

EXERCISES = (packing_shapes, static_rnn, averaging_cell, chain_costs, static_rnn_in_pieces)
