"""Chapter 05: a loop in the graph, sequences of different lengths, and a token that says where one ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from rnncourse import sequences
from rnncourse.exercises import alternatives
from rnncourse.exercises.cases import reading_case
from rnncourse.exercises.definitions import WHOLE, Case, Design, Exercise, Kind, Measure, Mistake, Question
from rnncourse.exercises.edits import changed

BATCH, TIME, FEATURES, UNITS, OUTPUTS = 4, 7, 3, 5, 2
_SIZES, _OTHER_SIZES = (BATCH, TIME, FEATURES, UNITS, OUTPUTS), (6, 9, 2, 4, 4)
END, LONGEST = 2, 9


def _short_lengths(rng: np.random.Generator, batch: int = BATCH, time_steps: int = TIME) -> np.ndarray:
    """One length for each sequence, all different, and room to spare behind the longest."""
    return rng.permutation(np.arange(1, time_steps))[:batch]


def _run_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    return {**reading_case(rng, *sizes), "lengths": _short_lengths(rng, *sizes[:2])}


def _case_with_nan_in_the_padding() -> Case:
    case = _run_case(np.random.default_rng(6), _OTHER_SIZES)
    used = sequences.sequence_mask(case["lengths"], case["inputs"].shape[1])[:, :, np.newaxis]
    return {**case, "inputs": np.where(used, case["inputs"], np.nan)}


def _case_without_room() -> Case:
    """One sequence as long as the batch has room for, and one of no steps at all."""
    return {**_run_case(np.random.default_rng(5)), "lengths": np.array([3, TIME, 0, 5])}


_run = partial(changed, sequences.run_with_lengths)
_AS_GIVEN = (
    "inputs, state, lengths = _expect_batch_with_lengths(inputs, state, lengths)",
    "lengths = np.asarray(lengths)",
)
_OUTPUT_MULTIPLIED = "np.where(running, output, 0)", "running * output"
_STATE_MULTIPLIED = "np.where(running, new_state, state)", "running * new_state + (1 - running) * state"
_lengths_ignored = _run(
    ("np.where(running, output, 0)", "output"), ("np.where(running, new_state, state)", "new_state")
)

run_with_lengths = Exercise(
    name="run_with_lengths",
    kind=Kind.BUG,
    reference=sequences.run_with_lengths,
    starts_from="masked by multiplying",
    withheld=("dynamic_rnn",),
    alternatives=(alternatives.run_with_lengths,),
    cases=_run_case,
    other_cases=(_case_with_nan_in_the_padding(),),
    edge_cases=(_case_without_room(),),
    parts=("the outputs", "the last states"),
    mistakes=(
        Mistake(
            "masked by multiplying",
            _run(_AS_GIVEN, _OUTPUT_MULTIPLIED, _STATE_MULTIPLIED),
            "Right, as long as the padding holds numbers. Where it holds NaN, outputs and states become NaN: 0 times "
            "NaN is NaN. Choose between two values instead of multiplying.",
        ),
        Mistake(
            "outputs masked by multiplying",
            _run(_AS_GIVEN, _OUTPUT_MULTIPLIED),
            "The states are right. Where the padding holds NaN the outputs become NaN, because 0 times NaN is NaN. "
            "Choose between the output and 0 instead of multiplying.",
        ),
        Mistake(
            "states masked by multiplying",
            _run(_AS_GIVEN, _STATE_MULTIPLIED),
            "The outputs are right. Where the padding holds NaN the states become NaN, because 0 times NaN is NaN. "
            "Choose between the new state and the old one instead of multiplying.",
        ),
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
                step,
                np.where(sequences.sequence_mask(lengths, inputs.shape[1])[:, :, np.newaxis], inputs, 0),
                state,
                lengths,
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
        "Look at the row whose padding is NaN. In which line does NaN first get into something that is kept?",
        "0 times NaN is NaN, so a product cannot leave it out. What chooses between two values without computing with "
        "both?",
        "np.where(running, a, b) takes a where a sequence still runs and b elsewhere; it is needed twice.",
    ),
    points=3,
    difficulty=2,
    minutes=5,
)


def _batches_case(rng: np.random.Generator, count: int = 23, size: int = 4) -> Case:
    """Lengths of which some are alike, in no order; one batch has room to spare."""
    return {"lengths": rng.integers(2, 2 * count, size=count), "size": size}


def _judge_batches(numbers: Any, lengths: np.ndarray, size: int) -> Any:
    """What becomes of the data: sequences in the fullest batch, the number of batches, and places of padding.

    Which batch has which number, and which one is smaller, is all the same. A batch is as wide as its longest sequence.
    A fullest batch below ``size`` counts as ``size``, and less padding than that of sorted sequences as that, cut from
    the short end or from the long end: neither is a fault.
    """
    numbers = _expect_numbers_of_batches(numbers, len(lengths))
    batches = [lengths[numbers == number] for number in np.unique(numbers)]
    ordered = np.sort(lengths)
    allowed = max(_padding(_cut(way, size)) for way in (ordered, ordered[::-1]))
    return (np.array([max(size, *map(len, batches)), len(batches), max(_padding(batches), allowed)]),)


#: Of so many sequences the lengths in each batch are told.
_FEW_SEQUENCES = 6


def _measured_batches(numbers: Any, lengths: np.ndarray, size: int) -> tuple[Measure, ...]:
    """What becomes of the data, number by number; of few sequences also who shares a batch."""
    ((fullest, count, padding),) = _judge_batches(numbers, lengths, size)
    together = [
        " and ".join(map(str, lengths[np.asarray(numbers) == number])) for number in np.unique(np.asarray(numbers))
    ]
    facts = (
        Measure("Numbers that you give to the sequences: {}", ", ".join(f"{number:g}" for number in numbers), ""),
        Measure("So the lengths that share a batch: {}", "; ".join(together), ""),
    )
    return (
        Measure("Sequences in the fullest batch: {}", fullest, ", allowed are {}"),
        Measure("Batches: {}", count, ", needed are {}"),
        Measure("Places of padding in all: {}", padding, ", possible are {}"),
        *(facts if len(lengths) <= _FEW_SEQUENCES else ()),
    )


def _few_sequences() -> Iterator[Case]:
    """Two sequences, then three, and so on, in each order and in batches of each size."""
    for count in (2, 3, 4):
        for size in range(2, max(3, count)):
            for lengths in itertools.permutations((2, 3, 5, 9)[:count]):
                yield {"lengths": np.array(lengths), "size": size}
    for size in (2, 3, 4):
        for lengths in itertools.islice(itertools.permutations((2, 3, 3, 5, 9, 4)), 0, 720, 40):
            yield {"lengths": np.array(lengths), "size": size}


def _expect_numbers_of_batches(numbers: Any, count: int) -> np.ndarray:
    numbers = np.asarray(numbers)
    if numbers.shape != (count,) or numbers.dtype.kind not in "iuf" or np.any(numbers != np.round(numbers)):
        raise ValueError(
            f"assign_batches returns {numbers.dtype} of shape {numbers.shape}, expected a whole number for each of the "
            f"{count} sequences, shape ({count},): the number of its batch."
        )
    return numbers


def _cut(ordered: np.ndarray, size: int) -> list[np.ndarray]:
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def _padding(batches: list[np.ndarray]) -> int:
    """Places of all batches that hold no data."""
    return sum(int(np.sum(np.max(batch) - batch)) for batch in batches)


_assign = partial(changed, sequences.assign_batches)
_RANKS = "np.argsort(np.argsort(lengths))"

assign_batches = Exercise(
    name="assign_batches",
    kind=Kind.DESIGN,
    reference=sequences.assign_batches,
    alternatives=(alternatives.assign_batches,),
    open_ended=True,
    cases=_batches_case,
    other_cases=(_batches_case(np.random.default_rng(3), 24, 6), _batches_case(np.random.default_rng(5), 10, 3)),
    call=Design(_judge_batches, measures=_measured_batches, small=_few_sequences),
    parts=("sequences in the fullest batch, batches, places of padding",),
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "order taken for ranks",
            _assign((_RANKS, "np.argsort(lengths)")),
            "np.argsort gives the order: which sequence is the shortest, which comes second. You use it as if it said "
            "of each sequence which place it has in that order. How do you get from the one to the other?",
        ),
        Mistake(
            "order of the data kept",
            _assign((_RANKS, "np.arange(len(lengths))")),
            "You fill the batches in the order of the data, so that short and long sequences share a batch. Which "
            "order brings like lengths together?",
        ),
        Mistake(
            "dealt out like cards",
            _assign(("// size", "% -(-len(lengths) // size)")),
            "You sort, and then deal the sequences out one to each batch in turn, so that every batch gets a long one. "
            "Neighbours in the order belong together.",
        ),
        Mistake(
            "place inside the batch",
            _assign(("// size", "% size")),
            "You give the place that a sequence has inside its batch, 0 to size - 1. Wanted is the batch's number: "
            "how many full batches come before it?",
        ),
        Mistake(
            "a batch for every sequence",
            _assign((f"{_RANKS} // size", _RANKS)),
            "There is no padding if every sequence is alone, and no batch either: put size sequences into each.",
        ),
        Mistake(
            "one batch of all",
            _assign((_RANKS, "0 * lengths")),
            "All sequences are in one batch. At most size of them may be.",
        ),
        Mistake(
            "a batch for each length",
            _assign((f"{_RANKS} // size", "lengths")),
            "You make a batch for every length that occurs. That wastes no place, and makes many small batches: fill "
            "each with size sequences, of neighbouring lengths where need be.",
        ),
        Mistake(
            "lengths divided into ranges",
            _assign((_RANKS, "lengths")),
            "You divide the lengths themselves, so that a batch holds all sequences of a range of lengths, be they "
            "many or few. Count sequences: divide their places in the order.",
        ),
        Mistake(
            "size taken for the number of batches",
            _assign(("// size", "// -(-len(lengths) // size)")),
            "You make size batches. size is how many sequences a batch may hold.",
        ),
        Mistake(
            "size taken for the number of batches, all as full",
            _assign((f"{_RANKS} // size", f"{_RANKS} * size // len(lengths)")),
            "You make size batches. size is how many sequences a batch may hold.",
        ),
        Mistake(
            "one sequence too many in a batch",
            _assign(("// size", "// (size + 1)")),
            "Your batches hold size + 1 sequences each.",
        ),
    ),
    hints=(
        "How wide is a batch? As its longest sequence. So who should share a batch with a long one?",
        "order = np.argsort(lengths) has the row numbers, the shortest sequence first. The first size of them get "
        "batch 0, the next size batch 1.",
        "Make an array of zeros, and in a loop over k set numbers[order[k * size : (k + 1) * size]] = k. Without a "
        "loop: what does np.argsort(order) say of each sequence?",
    ),
    points=3,
    difficulty=2,
    minutes=7,
)

carried_or_reset = Question(
    name="carried_or_reset",
    kind=Kind.PREDICTION,
    answer={
        "next piece": "carried",
        "next epoch": "reset",
        "random excerpts": "reset",
        "next sentences": "reset",
        "live signal": "carried",
        "before validation": "reset",
    },
    choices=("carried", "reset"),
    feedback={
        "next piece": {"reset": "row i goes on where row i stopped: the state is what it knows of the text so far."},
        "next epoch": {
            "carried": "the text begins again. The old state comes from its end, and that is no past of it."
        },
        "random excerpts": {"carried": "what stands in row i now has nothing to do with what stood there before."},
        "next sentences": {"carried": "these are other sentences: their past is not in the state."},
        "live signal": {
            "reset": "the same machine goes on running; a network that forgot each second would start blind."
        },
        "before validation": {"carried": "the validation text does not follow on the training text."},
    },
    hints=(
        "Ask of each row: does what comes now follow on what this row read last?",
        "A state is worth something only to the sequence that it comes from.",
        "Two of the six go on where they stopped.",
    ),
    points=2,
    difficulty=1,
    minutes=3,
)


def _tokens_case(rng: np.random.Generator, width: int = 8, end_token: int = END) -> Case:
    """Rows that end early, in the last place, in the first, twice, and not at all, in any order.

    Behind the end stand zeros in some rows and words in others: no other token says where a row ends.
    """
    tokens = rng.integers(3, 10, size=(6, width))
    ends = [int(rng.integers(2, 4)), width - 1, 0, int(rng.integers(4, 6)), 1]
    for row, end in zip(tokens, ends, strict=False):
        row[end] = end_token
        row[end + 1 :] = 0
    tokens[3, -1] = end_token  # what follows the first end token does not count
    tokens[4, 2:] = rng.integers(3, 10, size=width - 2)  # nor has it to be zeros
    return {"tokens": rng.permutation(tokens), "end": end_token}


def _wider_tokens() -> Case:
    """Another end token, a wider array, and fewer rows: those that end at once and not at all among them."""
    case = _tokens_case(np.random.default_rng(4), 9, 12)
    order = np.argsort(np.argmax(case["tokens"] == 12, axis=1), kind="stable")
    return {**case, "tokens": case["tokens"][order[:5]]}


def _of_another_end(case: Case) -> Case:
    """The same rows, ended by a word that stands in several of them."""
    words, rows = np.unique(np.concatenate([np.unique(row) for row in case["tokens"]]), return_counts=True)
    return {**case, "end": int(words[1:][np.argmax(rows[1:] * (words[1:] != case["end"]))])}


lengths_from_tokens = Exercise(
    name="lengths_from_tokens",
    kind=Kind.INVERSE,
    reference=sequences.lengths_from_tokens,
    alternatives=(alternatives.lengths_from_tokens,),
    cases=_tokens_case,
    other_cases=(_wider_tokens(), _of_another_end(_wider_tokens())),
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
            "the first 0 ends a row",
            lambda tokens, end: sequences.lengths_from_tokens(tokens, 0) - np.any(tokens == 0, axis=1),
            "You stop at the first 0. Only the end token says where a sequence ends; anything may stand after it.",
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
            "Your list has an entry for every end token in the array. There is one length per row, also for a row that "
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
    minutes=7,
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
    minutes=10,
)

EXERCISES = (run_with_lengths, assign_batches, carried_or_reset, lengths_from_tokens, generate_until)
