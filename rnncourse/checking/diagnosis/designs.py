"""What a design is like, what is measured of it, of which data it is made, and the smallest case in which it fails.

A right design may be made in many ways: compared is what it does, and what the exercise says that all right ones share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, ask, ask_at_once
from rnncourse.checking.comparing import same
from rnncourse.checking.diagnosis.dependence import AskMore
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.sizes import listed
from rnncourse.checking.patience import Deadline
from rnncourse.exercises.definitions import Apart, Case, Design, Exercise

#: So long the answer is asked for more, and so many small cases are tried.
_PATIENCE, _MOST_CASES = 1.5, 150
#: So many measures are told, and so many groups of rows.
_MOST_TOLD, _MOST_GROUPS = 3, 4
#: Rows and columns are 0, alike, or point the same way, up to this share of the largest number.
_ALIKE = 1e-9
#: Of the data that a design is made of, so many rows are changed, by so much of their spread, and so many columns.
_ROWS, _STEP, _MOST_COLUMNS = 200, 1e-4, 100
#: A slope below this is rounding.
_MOVED = 1e-7


# What is measured


def measured(design: Design, case: Case, got: Outcome, expected: Outcome) -> tuple[list[str], list[str]]:
    """What is measured of a wrong design in a case: (what is not as in a right one, what need not be as there).

    Args:
        design: how designs of the exercise are judged.
        case: what this one was put to work on.
        got: what came of it, and its pieces.
        expected: the same of the right design.

    Returns:
        Sentences; none where the design cannot be measured, or nothing is.
    """
    if design.measures is None:
        return [], []
    try:
        with np.errstate(all="ignore"):
            mine, right = (design.measures(*outcome.pieces, **case) for outcome in (got, expected))
        pairs = list(zip(mine, right, strict=True))
    except Exception:  # the pieces are the learner's: that they can be put to work does not say that all is measurable
        return [], []
    compared = [(m, r) for m, r in pairs if r.right]
    wrong = [
        f"{m.words.format(_shown(m.value))}{r.right.format(_shown(r.value))}."
        for m, r in compared
        if _shown(m.value) != _shown(r.value)
    ]
    if len(wrong) > _MOST_TOLD:
        left, right_ones = len(wrong) - _MOST_TOLD, len(compared) - len(wrong)
        wrong[_MOST_TOLD:] = [f"Wrong as well: {left} more. Right: {right_ones} of {len(compared)}."]
    return wrong, [f"{m.words.format(_shown(m.value))}." for m in mine if not m.right]


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{float(value) + 0.0:.4g}"


# Rows that are to be told apart


def alike(evidence: Evidence) -> str:
    """Which rows are 0 or alike that no right design has alike, in the first case in which there are some.

    Args:
        evidence: what came of the design.

    Returns:
        One or more sentences, or ''.
    """
    design = evidence.exercise.call
    if not isinstance(design, Design):
        return ""
    for index in evidence.wrong_cases:
        pieces = dict(zip(design.pieces or ("",), evidence.outcomes[index].pieces, strict=True))
        said = [words for apart in design.apart for words in _alike(pieces[apart.piece], apart)]
        if said:
            return " ".join(said)
    return ""


def _alike(table: np.ndarray, apart: Apart) -> list[str]:
    """What is alike in one piece."""
    if table.ndim != 2 or not np.isfinite(table.astype(float)).all() or len(table) < len(apart.rows):
        return []
    table, of = table.astype(float), f" of {apart.piece}" if apart.piece else ""
    wanted = [number for number, name in enumerate(apart.rows) if name] or list(range(len(table)))
    if len(wanted) == len(table) > 1 and np.ptp(table) == 0:
        return [f"All numbers {of.strip() or 'of your design'} are the same, {table[0, 0]:.4g}."]
    said = _alike_rows(table[wanted], [_name(apart, number) for number in wanted], of, apart.directions, "row")
    if apart.columns and not said:
        said = _alike_rows(table.T, list(map(str, range(table.shape[1]))), of, apart.directions, "column")
    return said


def _name(apart: Apart, number: int) -> str:
    return apart.rows[number] if apart.rows else str(number)


def _alike_rows(rows: np.ndarray, names: list[str], of: str, directions: bool, kind: str) -> list[str]:
    """That rows are 0, and which are the same or point the same way."""
    lengths = np.linalg.norm(rows, axis=1)
    zero = lengths <= _ALIKE * lengths.max(initial=0.0)
    empty, full = (np.flatnonzero(which).tolist() for which in (zero, ~zero))
    said = []
    if len(empty) > 1 or (empty and directions):
        said.append(f"{_of(kind, empty, names, of)} {'is' if len(empty) == 1 else 'are'} all zeros.")
    groups, how = _groups(rows, full), "are the same"
    if directions and not groups:
        groups, how = _groups(rows / np.where(zero, 1.0, lengths)[:, np.newaxis], full), "point the same way"
    if len(groups) == 1:
        said.append(f"{_of(kind, groups[0], names, of)} {how}.")
    elif groups:
        told = "; ".join(listed([names[number] for number in group]) for group in groups[:_MOST_GROUPS])
        said.append(f"{kind.capitalize()}s{of} that {how}: {told}{'; …' if len(groups) > _MOST_GROUPS else ''}.")
    return said


def _of(kind: str, numbers: Sequence[int], names: Sequence[str], of: str) -> str:
    """ "The rows of man and king", "Row 0", "The rows of W_q for key 1 and key 2"."""
    named = [names[number] for number in numbers]
    plural = "s" if len(named) > 1 else ""
    if all(name.isdigit() for name in named):
        return f"{kind.capitalize()}{plural} {listed(named)}{of}"
    return f"The {kind}{plural}{of}{' for' if of else ' of'} {listed(named)}"


def _groups(rows: np.ndarray, among: list[int]) -> list[list[int]]:
    """Numbers of rows that are the same, in groups of two or more."""
    groups: list[list[int]] = []
    little = _ALIKE * float(np.abs(rows).max(initial=0.0))
    for number in among:
        for group in groups:
            if np.allclose(rows[group[0]], rows[number], rtol=0, atol=little):
                group.append(number)
                break
        else:
            groups.append([number])
    return [group for group in groups if len(group) > 1]


# On what of its arguments and of its data a computed design depends


def ignores(evidence: Evidence) -> str:
    """That a design is the same in all cases, although it is asked for with other arguments and has to differ.

    Args:
        evidence: what came of the design.

    Returns:
        A sentence, or ''.
    """
    exercise = evidence.exercise
    design, pieces = exercise.call, [outcome.pieces for outcome in evidence.outcomes]
    right = [outcome for outcome in evidence.expected if not same(outcome, evidence.expected[0], exercise.tolerance)]
    if not isinstance(design, Design) or not right or any(not _equal(one, pieces[0]) for one in pieces):
        return ""
    given = [design.given(case) for case in evidence.cases]
    numbers = all(np.ndim(value) == 0 for values in given for value in values.values())
    varied = [name for name in given[0] if len({repr(values[name]) for values in given}) > 1] if numbers else []
    return f"Your design is one and the same, whatever {listed(varied)} is." if varied else ""


def _equal(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def reads(evidence: Evidence, function: Callable[..., Any]) -> str:
    """On which columns of the data a column of the result depends most, where right results depend on others.

    One column of the data is changed a little at a time, in many rows: so a median, too, moves with all its values.

    Args:
        evidence: what came of the design, a single table computed from a single one, row by row.
        function: the answer.

    Returns:
        Two sentences, or ''.
    """
    data = _data_of(evidence)
    if data is None:
        return ""
    (name, table), exercise = data, evidence.exercise
    mine = _slopes(exercise, function, name, table)
    if mine is None:
        return ""
    known = [_slopes(exercise, one, name, table) for one in (exercise.reference, *exercise.alternatives)]
    right = [_most(slopes) for slopes in known if slopes is not None and slopes.shape == mine.shape]
    if not right:
        return ""
    shared = np.logical_and.reduce(right)
    for column, (slopes, most, theirs) in enumerate(zip(mine, _most(mine), shared, strict=True)):
        if (theirs & ~most).any():
            return (
                f"Column {column} of what you return depends {_depends(slopes, most, name)}. In the right answers that "
                f"are known here it depends most on {_runs(np.flatnonzero(theirs))}."
            )
    return ""


def _depends(slopes: np.ndarray, most: np.ndarray, name: str) -> str:
    """ "on column 36 of history alone", "most on columns 0 to 3 of history", "on nothing in history"."""
    if not most.any():
        return f"on nothing in {name}"
    alone = np.count_nonzero(slopes) == 1
    all_of_it = np.array_equal(most, slopes > 0)
    return f"{'' if all_of_it else 'most '}on {_runs(np.flatnonzero(most))} of {name}{' alone' if alone else ''}"


def _most(slopes: np.ndarray) -> np.ndarray:
    """For each column of the result (row), those of the data that move it at least a third as much as any does."""
    largest = slopes.max(axis=1, keepdims=True)
    return (slopes >= largest / 3) & (slopes > 0)


def _data_of(evidence: Evidence) -> tuple[str, np.ndarray] | None:
    """The one table that a design is computed from, and its name."""
    design = evidence.exercise.call
    if not isinstance(design, Design) or design.pieces:
        return None
    given = design.given(evidence.cases[evidence.wrong_cases[0]])
    tables = [(name, value) for name, value in given.items() if isinstance(value, np.ndarray)]
    if len(given) != 1 or not tables or tables[0][1].ndim != 2 or tables[0][1].dtype.kind != "f":
        return None
    name, table = tables[0]
    return (name, table[:_ROWS]) if table.shape[1] <= _MOST_COLUMNS else None


def _slopes(exercise: Exercise, function: Callable[..., Any], name: str, table: np.ndarray) -> np.ndarray | None:
    """How much each column of the result (row) moves with each column of the table, in the mean of all rows.

    None where that is not to be had in time.
    """
    assert isinstance(exercise.call, Design)
    call, deadline = replace(exercise.as_call(), how=exercise.call.ask, parts=()), Deadline(_PATIENCE)
    ours = function is exercise.reference or function in exercise.alternatives
    put = ask_at_once if ours else ask
    before = put(call, function, {name: table})
    if before.ending is not Ending.RETURNED or before.values[0].ndim != 2 or len(before.values[0]) != len(table):
        return None
    step = _STEP * (1.0 + float(np.std(table)))
    slopes = np.zeros((before.values[0].shape[1], table.shape[1]))
    for column in range(table.shape[1]):
        moved = table.copy()
        moved[:, column] += step
        after = put(call, function, {name: moved})
        if after.ending is not Ending.RETURNED or after.values[0].shape != before.values[0].shape:
            return None
        if deadline.left() <= 0:
            return None
        change = np.abs(after.values[0].astype(float) - before.values[0].astype(float)) / step
        slopes[:, column] = np.mean(change, axis=0)
    return np.where(slopes < _MOVED, 0.0, slopes)


def _runs(numbers: np.ndarray) -> str:
    """ "column 36", "columns 0, 12 and 45 to 47"."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    named = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"column{'s' if len(numbers) > 1 else ''} {listed(', '.join(named).split(', '))}"


# The smallest case in which it fails


def smallest(evidence: Evidence, ask_more: AskMore) -> Evidence | None:
    """The first of the small cases in which a design is wrong.

    Args:
        evidence: what came of the design.
        ask_more: puts a further case to it.

    Returns:
        Evidence of that case alone; None where there is none, or all small cases come out right.
    """
    exercise, deadline = evidence.exercise, Deadline(_PATIENCE)
    design = exercise.call
    if not isinstance(design, Design):
        return None
    for count, case in enumerate(design.small()):
        if count >= _MOST_CASES or deadline.left() <= 0:
            return None
        got = ask_more(case)
        if got.ending is not Ending.RETURNED:
            continue
        want = ask_at_once(exercise.as_call(), exercise.reference, case)
        if want.ending is Ending.RETURNED and not same(got, want, exercise.tolerance):
            return replace(evidence, cases=(case,), outcomes=(got,), expected=(want,))
    return None
