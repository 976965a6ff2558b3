"""Chapter 05: a loop in the graph, sequences of different lengths, and a token that says where one ends."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnncourse import sequences
from rnncourse.exercises import alternatives
from rnncourse.exercises.cases import reading_case
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake
from rnncourse.exercises.edits import changed

BATCH, TIME, FEATURES, UNITS, OUTPUTS = 4, 7, 3, 5, 2
_SIZES, _OTHER_SIZES = (BATCH, TIME, FEATURES, UNITS, OUTPUTS), (6, 9, 2, 4, 5)
END, LONGEST = 2, 9


def _short_lengths(rng: np.random.Generator, batch: int = BATCH, time_steps: int = TIME) -> np.ndarray:
    """One length for each sequence, all different, and room to spare behind the longest."""
    return rng.permutation(np.arange(1, time_steps))[:batch]


def _mask_case(rng: np.random.Generator) -> Case:
    return {"lengths": _short_lengths(rng), "time_steps": TIME}


sequence_mask = Exercise(
    name="sequence_mask",
    kind=Kind.NEW_CASE,
    reference=sequences.sequence_mask,
    alternatives=(alternatives.sequence_mask,),
    cases=_mask_case,
    edge_cases=({"lengths": np.array([0, 4, 9, 1, 9]), "time_steps": 9},),
    mistakes=(
        Mistake(
            "one place too many",
            lambda lengths, time_steps: np.arange(time_steps) <= lengths[:, None],
            "Each row has one True too many: steps are counted from 0, so a sequence of 2 steps has steps 0 and 1.",
        ),
        Mistake(
            "one place too few",
            lambda lengths, time_steps: np.arange(time_steps) < lengths[:, None] - 1,
            "Each row has one True too few: a sequence of 2 steps has steps 0 and 1.",
        ),
        Mistake(
            "padding marked",
            lambda lengths, time_steps: np.arange(time_steps) >= lengths[:, None],
            "You marked the padding. The mask is to be True where there is data.",
        ),
        Mistake(
            "time before batch",
            lambda lengths, time_steps: sequences.sequence_mask(lengths, time_steps).T,
            "Rows and columns are exchanged: a row is a sequence, a column is a step.",
        ),
        Mistake(
            "as wide as the longest",
            lambda lengths, time_steps: sequences.sequence_mask(lengths, int(np.max(lengths))),
            "The mask is only as wide as the longest sequence. The batch may have more room: make time_steps columns.",
        ),
        Mistake(
            "aligned to the right",
            lambda lengths, time_steps: sequences.sequence_mask(lengths, time_steps)[:, ::-1],
            "The True stand at the right end. Here the data come first and the padding after them.",
        ),
        Mistake(
            "every row as the longest",
            lambda lengths, time_steps: np.tile(np.arange(time_steps) < np.max(lengths), (len(lengths), 1)),
            "All your rows are alike, those of the longest sequence. Each row has its own length.",
        ),
        Mistake(
            "only the last valid step",
            lambda lengths, time_steps: np.arange(time_steps) == np.reshape(lengths, (-1, 1)) - 1,
            "Only the last step of each sequence is marked. The mask is True at every step that has data.",
        ),
    ),
    hints=(
        "For one sequence: which of the numbers 0, 1, 2, … are smaller than its length?",
        "np.arange(time_steps) has shape (time,). Compared with a column of shape (batch, 1) it gives (batch, time).",
        "lengths[:, np.newaxis] is that column, and lengths.reshape(-1, 1) is as well. Which sign compares the two?",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)


def _run_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    return {**reading_case(rng, *sizes), "lengths": _short_lengths(rng, *sizes[:2])}


def _case_without_room() -> Case:
    """One sequence as long as the batch has room for, and one of no steps at all."""
    return {**_run_case(np.random.default_rng(5)), "lengths": np.array([3, TIME, 0, 5])}


_run = partial(changed, sequences.run_with_lengths)
_lengths_ignored = _run(
    ("np.where(running, output, 0)", "output"), ("np.where(running, new_state, state)", "new_state")
)

run_with_lengths = Exercise(
    name="run_with_lengths",
    kind=Kind.NEW_CASE,
    reference=sequences.run_with_lengths,
    withheld=("dynamic_rnn",),
    alternatives=(alternatives.run_with_lengths,),
    cases=_run_case,
    other_cases=(_run_case(np.random.default_rng(6), _OTHER_SIZES),),
    edge_cases=(_case_without_room(),),
    parts=("the outputs", "the last states"),
    mistakes=(
        Mistake(
            "state not frozen",
            _run(("np.where(running, new_state, state)", "new_state")),
            "The outputs are right, but the state goes on past the end. Where a sequence is over, keep the old state.",
        ),
        Mistake(
            "outputs not zeroed",
            lambda *given: (_lengths_ignored(*given)[0], sequences.run_with_lengths(*given)[1]),
            "The states are right, but the outputs go on past the end. There they are to be 0.",
        ),
        Mistake(
            "outputs of the waiting state",
            _run(("np.where(running, output, 0)", "output")),
            "The states are right. The outputs past the end are what step makes of the padding; put 0 in their place.",
        ),
        Mistake(
            "lengths ignored",
            _lengths_ignored,
            "You run every sequence to the end of the array: the lengths make no difference.",
        ),
        Mistake(
            "inputs set to zero",
            lambda step, inputs, state, lengths: _lengths_ignored(
                step, inputs * sequences.sequence_mask(lengths, inputs.shape[1])[:, :, np.newaxis], state, lengths
            ),
            "You set the inputs past the end to 0, but the cell still runs: its bias and its state make something of "
            "a zero, too. Choose what to keep after the step.",
        ),
        Mistake(
            "one step too many",
            _run(("t < lengths", "t <= lengths")),
            "Each sequence runs one step too many: a sequence of 2 steps has the steps 0 and 1.",
        ),
        Mistake(
            "one step too few",
            _run(("t < lengths", "t < lengths - 1")),
            "Each sequence ends one step too soon: a sequence of 2 steps has the steps 0 and 1.",
        ),
        Mistake(
            "last output repeated",
            _run(("output, 0", "output, outputs[-1] if t else 0")),
            "The states are right, but past the end you repeat the last output, as Keras does. Put 0 there.",
        ),
        Mistake(
            "state zeroed",
            _run(("new_state, state)", "new_state, 0)")),
            "The outputs are right, but the state is 0 past the end. It is to stay as the last valid step left it.",
        ),
        Mistake(
            "only as far as the longest",
            _run(("inputs.shape[1]", "np.max(lengths)")),
            "The numbers are right, but the outputs end with the longest sequence. They are to have as many steps as "
            "the inputs, zeros included.",
        ),
        Mistake(
            "time before batch",
            _run((", axis=1", "")),
            "The numbers are right, but time comes before the batch in the outputs: stack along axis 1.",
        ),
        Mistake(
            "results in the other order",
            _run(("np.stack(outputs, axis=1), state", "state, np.stack(outputs, axis=1)")),
            "Both results are right, but in the wrong order: first the outputs, then the states.",
        ),
        Mistake(
            "state not carried",
            _run(("np.where(running, new_state, state)", "state")),
            "Every step starts from the first state, so the network forgets at once. Hand the new state on.",
        ),
        Mistake(
            "first state ignored",
            _run(("outputs = []", "outputs, state = [], np.zeros_like(state)")),
            "You start from a state of zeros. Start from the state that is given.",
        ),
        Mistake(
            "only the last outputs",
            _run(("np.stack(outputs, axis=1)", "outputs[-1]")),
            "You return the outputs of the last step alone. Those of every step are to come back.",
        ),
    ),
    hints=(
        "Run step for the whole batch at every t, as in chapter 4. Then decide row by row what to keep of its results.",
        "running = (t < lengths)[:, np.newaxis] is a column: True for the sequences that still run at step t. "
        "np.where(running, a, b) takes a there and b elsewhere.",
        "The output to keep is np.where(running, output, 0). Write the same kind of line for the state: new where it "
        "runs, old where it is over.",
    ),
    points=4,
    difficulty=3,
    minutes=11,
)


def _outputs_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    batch, time_steps, _, units, _ = sizes
    outputs = rng.uniform(-1, 1, size=(batch, time_steps, units))
    return {"outputs": outputs, "lengths": _short_lengths(rng, batch, time_steps)}


def _zeros_behind_the_end() -> Case:
    """Outputs as ``run_with_lengths`` leaves them, in other sizes."""
    case = _outputs_case(np.random.default_rng(6), _OTHER_SIZES)
    valid = sequences.sequence_mask(case["lengths"], case["outputs"].shape[1])
    return {**case, "outputs": case["outputs"] * valid[:, :, np.newaxis]}


last_valid = Exercise(
    name="last_valid",
    kind=Kind.NEW_CASE,
    reference=sequences.last_valid,
    alternatives=(alternatives.last_valid,),
    cases=_outputs_case,
    other_cases=(_zeros_behind_the_end(),),
    mistakes=(
        Mistake(
            "last column",
            lambda outputs, lengths: outputs[:, -1],
            "You took the last column of the array. For a shorter sequence that is padding; its own last step is at "
            "lengths[i] - 1.",
        ),
        Mistake(
            "one step too far",
            lambda outputs, lengths: outputs[np.arange(len(outputs)), lengths],
            "You are one step too far: a sequence of 2 steps has its last output at step 1.",
        ),
        Mistake(
            "one step too early",
            lambda outputs, lengths: outputs[np.arange(len(outputs)), lengths - 2],
            "You are one step too early.",
        ),
        Mistake(
            "every row with every length",
            lambda outputs, lengths: outputs[:, lengths - 1],
            "A colon takes every row with every length: too many results. Pair them up: row 0 with lengths[0], row 1 "
            "with lengths[1], …",
        ),
        Mistake(
            "one length for all",
            lambda outputs, lengths: outputs[:, np.max(lengths) - 1],
            "You took the same step of every sequence, the last of the longest. Each has a length of its own.",
        ),
        Mistake(
            "time axis kept",
            lambda outputs, lengths: np.take_along_axis(outputs, (lengths - 1)[:, None, None], axis=1),
            "The numbers are right, but an axis of length 1 is left where time was. Return (batch, units).",
        ),
        Mistake(
            "sum over time",
            lambda outputs, lengths: np.array(
                [np.sum(row[:length], axis=0) for row, length in zip(outputs, lengths, strict=True)]
            ),
            "You added up all the valid outputs. Only the last of them is wanted.",
        ),
        Mistake(
            "zeros taken for the end",
            lambda outputs, lengths: np.array([[output for output in row if np.any(output)][-1] for row in outputs]),
            "You look for the last output that is not 0. What stands behind the end need not be 0: lengths says where "
            "a sequence ends.",
        ),
        Mistake(
            "first step",
            lambda outputs, lengths: outputs[:, 0],
            "You took the first step of every sequence. Its last is at lengths[i] - 1.",
        ),
        Mistake(
            "mean over time",
            lambda outputs, lengths: np.array(
                [np.mean(row[:length], axis=0) for row, length in zip(outputs, lengths, strict=True)]
            ),
            "You took the mean of all the valid outputs. Only the last of them is wanted.",
        ),
    ),
    hints=(
        "A loop will do: for row i, which step is its last?",
        "outputs[i, lengths[i] - 1] is one row of the result.",
        "Without a loop: two index arrays of the same length are paired up, array[rows, columns]. The rows are "
        "np.arange(len(outputs)).",
    ),
    points=2,
    difficulty=2,
    minutes=6,
)


def _tokens_case(rng: np.random.Generator, width: int = 8, end_token: int = END) -> Case:
    """Rows that end early, in the last place, in the first, twice, and not at all, in any order; 0 is padding."""
    tokens = rng.integers(3, 10, size=(6, width))
    ends = [int(rng.integers(2, 4)), width - 1, 0, int(rng.integers(4, 6)), 1]
    for row, end in zip(tokens, ends, strict=False):
        row[end] = end_token
        row[end + 1 :] = 0
    tokens[3, -1] = end_token  # what follows the first end token does not count
    tokens[4, 3:] = rng.integers(3, 10, size=width - 3)  # nor has it to be zeros
    return {"tokens": rng.permutation(tokens), "end": end_token}


def _wider_tokens() -> Case:
    """Another end token, a wider array, and fewer rows: those that end at once and not at all among them."""
    case = _tokens_case(np.random.default_rng(4), 9, 12)
    order = np.argsort(np.argmax(case["tokens"] == 12, axis=1), kind="stable")
    return {**case, "tokens": case["tokens"][order[:5]]}


lengths_from_tokens = Exercise(
    name="lengths_from_tokens",
    kind=Kind.INVERSE,
    reference=sequences.lengths_from_tokens,
    alternatives=(alternatives.lengths_from_tokens,),
    cases=_tokens_case,
    other_cases=(_wider_tokens(),),
    mistakes=(
        Mistake(
            "end token not counted",
            lambda tokens, end: sequences.lengths_from_tokens(tokens, end) - np.any(tokens == end, axis=1),
            "You did not count the end token. It is part of its sequence, as a full stop is part of the sentence.",
        ),
        Mistake(
            "row without an end token",
            lambda tokens, end: np.argmax(tokens == end, axis=1) + 1,
            "A row without an end token gets length 1: argmax of a row with no True is 0. Such a row is as long as "
            "there is room.",
        ),
        Mistake(
            "row without an end token, end token not counted",
            lambda tokens, end: np.argmax(tokens == end, axis=1),
            "argmax gives the place of the end token, counted from 0: the length is one more. And a row without an "
            "end token is as long as there is room; argmax says 0 for it.",
        ),
        Mistake(
            "place 0 taken for none",
            lambda tokens, end: np.where(t := np.argmax(tokens == end, axis=1), t + 1, tokens.shape[1]),
            "argmax is 0 in two cases: no end token at all, or an end token in the first place. Ask any(axis=1) which "
            "it is.",
        ),
        Mistake(
            "one more than there is room",
            lambda tokens, end: np.sum(~np.logical_or.accumulate(tokens == end, axis=1), axis=1) + 1,
            "A row without an end token gets one more than there is room: there is no end token to be counted.",
        ),
        Mistake(
            "no length without an end token",
            lambda tokens, end: sequences.lengths_from_tokens(tokens, end) * np.any(tokens == end, axis=1),
            "A row without an end token is not empty; it is as long as there is room.",
        ),
        Mistake(
            "last end token",
            lambda tokens, end: np.where(
                np.any(tokens == end, axis=1),
                tokens.shape[1] - np.argmax((tokens == end)[:, ::-1], axis=1),
                len(tokens.T),
            ),
            "You go as far as the last end token. The first one ends the sequence.",
        ),
        Mistake(
            "padding counted away",
            lambda tokens, end: np.sum(tokens != 0, axis=1),
            "You count what is not 0. Only the end token says where a sequence ends; anything may stand after it.",
        ),
        Mistake(
            "all other tokens counted",
            lambda tokens, end: np.minimum(np.sum(tokens != end, axis=1) + 1, tokens.shape[1]),
            "You count all tokens that are not the end token, those after it too.",
        ),
        Mistake(
            "the end token of the chapter",
            lambda tokens, end: sequences.lengths_from_tokens(tokens, END),
            f"You look for the number {END}, whatever end is. The end token is an argument.",
        ),
        Mistake(
            "tokens other than the end token counted",
            lambda tokens, end: np.sum(tokens != end, axis=1),
            "You count the tokens that are not the end token, those after it too. A sequence goes as far as its first "
            "end token, which counts.",
        ),
        Mistake(
            "tokens other than the end token counted, and one",
            lambda tokens, end: np.sum(tokens != end, axis=1) + 1,
            "You count all tokens that are not the end token, those after it too, and add one. A sequence goes as far "
            "as its first end token; without one it is as long as the row.",
        ),
        Mistake(
            "all end tokens of the array",
            lambda tokens, end: np.nonzero(tokens == end)[1] + 1,
            "Your list has an entry for every end token in the array. There is one length a row, also for a row that "
            "has several end tokens, or none.",
        ),
    ),
    hints=(
        "tokens == end is True at the end tokens. Where is the first True of a row, and what if there is none?",
        "np.argmax(…, axis=1) finds the first True, counted from 0. np.any(…, axis=1) says whether there is one.",
        "np.where(found, length where there is one, tokens.shape[1]).",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


class _Writer:
    """Writes given tokens, if it is handed its own last tokens and its state; anything else where it is not.

    Its state grows by 1 with each token written. Each token is made from the one before, as a network would.
    """

    def __init__(self, wanted: np.ndarray, start: np.ndarray, first_state: int):
        before = np.concatenate([start[:, None], wanted[:, :-1]], axis=1)
        self.changes = wanted - before  # (batch, time)
        self.first_state = first_state

    def __call__(self, tokens: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        written = state - self.first_state
        return np.asarray(tokens) + self.changes[:, written % self.changes.shape[1]], state + 1

    def __repr__(self) -> str:
        return "a cell that writes"


def _written(
    rng: np.random.Generator, ends: np.ndarray, end: int = END, longest: int = LONGEST, state: int = 0
) -> Case:
    """A writer whose row i writes its end token in place ends[i], and other tokens before and after."""
    wanted = rng.integers(3, 90, size=(len(ends), longest + 2))
    for row, place in zip(wanted, ends, strict=True):
        row[place] = end
    start = rng.integers(100, 200, size=len(ends))
    return {"step": _Writer(wanted, start, state), "start": start, "state": state, "end": end, "longest": longest}


def _writing_case(rng: np.random.Generator) -> Case:
    return _written(rng, rng.permutation(np.arange(1, LONGEST - 2))[:BATCH])


_write = partial(changed, sequences.generate_until)
_START_FIRST = ("    while", "    written.append(tokens)\n    while")

generate_until = Exercise(
    name="generate_until",
    kind=Kind.NEW_CASE,
    reference=sequences.generate_until,
    alternatives=(alternatives.generate_until,),
    cases=_writing_case,
    other_cases=(_written(np.random.default_rng(8), np.array([2, 9, 4, 7, 5]), end=1, longest=12, state=4),),
    edge_cases=(_written(np.random.default_rng(7), np.array([3, LONGEST + 1, 6])),),
    mistakes=(
        Mistake(
            "goes on to the longest",
            _write((" and not ended.all()", "")),
            "The tokens are right, but you go on to the longest length though every row has ended. Stop then.",
        ),
        Mistake(
            "rows go on after their end",
            _write(
                ("        tokens = np.where(ended, end, tokens)\n", ""),
                ("ended = tokens == end", "ended = ended | (tokens == end)"),
            ),
            "It stops at the right time, but a row that has ended goes on writing. Put end tokens there until the "
            "others are ready.",
        ),
        Mistake(
            "ends forgotten",
            _write(("        tokens = np.where(ended, end, tokens)\n", "")),
            "It never stops before the longest length. You have to remember which rows have ended: they do not all "
            "write the end token in the same step.",
        ),
        Mistake(
            "stops at the first end",
            _write(("ended.all", "ended.any")),
            "It stops as soon as one row has ended. It is to stop when all of them have.",
        ),
        Mistake(
            "last end token left out",
            _write(("written.append(tokens)", "written += [] if ended.all() else [tokens]")),
            "The last column is missing: the end token that stops the loop is written down too.",
        ),
        Mistake(
            "start written down",
            _write(('expect_count("longest", longest)', "longest + 1"), _START_FIRST),
            "The first column is what you started from. It is read, not written.",
        ),
        Mistake(
            "start written down and counted",
            _write(_START_FIRST),
            "The first column is what you started from. It is read, not written.",
        ),
        Mistake(
            "longest ignored",
            _write(("len(written) < longest and ", "")),
            "A row that does not end in time is written beyond the longest length. Stop after longest steps.",
        ),
        Mistake(
            "one step more than the longest",
            _write(("< longest", "<= longest")),
            "If a row does not end, you write one step more than longest.",
        ),
        Mistake(
            "zeros after the end",
            _write(
                ("np.where(ended, end,", "np.where(ended, 0,"),
                ("ended = tokens == end", "ended = ended | (tokens == end)"),
            ),
            "A row that has ended is to be filled with end tokens, not with zeros.",
        ),
        Mistake(
            "token not fed back",
            _write(("step(tokens", "step(start")),
            "Every step reads the start. It is to read the tokens that the step before wrote.",
        ),
        Mistake(
            "state not handed on",
            _write(("tokens, state = step", "tokens, _ = step")),
            "Every step gets the first state. Hand each new state to the next step.",
        ),
        Mistake(
            "time before batch",
            _write((", axis=1", "")),
            "Rows and columns are exchanged: a row is a sequence, a column is a step.",
        ),
        Mistake(
            "only the last tokens",
            _write(("np.stack(written, axis=1)", "tokens")),
            "You return the tokens of the last step alone. Collect those of every step.",
        ),
        Mistake(
            "one step less than the longest",
            _write(("< longest", "< longest - 1")),
            "If a row does not end, you stop one step before longest.",
        ),
    ),
    hints=(
        "A while loop with two reasons to stop. Which rows have ended is an array of booleans, one per row.",
        "In every turn: step; put end where a row has ended already (np.where); note which have ended now; append.",
        "while len(written) < longest and not ended.all(): … and after it np.stack(written, axis=1).",
    ),
    points=4,
    difficulty=3,
    minutes=11,
)

EXERCISES = (sequence_mask, run_with_lengths, last_valid, lengths_from_tokens, generate_until)
