"""What a design does with a series: on which inputs its outputs depend, and a short series on which it goes wrong.

A design may be made in many ways, so nothing is said of what it is made of. It is put to work on series that are
changed at one step, cut, and emptied, and so is the right one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from rnncourse.checking.calls import Ending, Outcome
from rnncourse.checking.comparing import same
from rnncourse.checking.diagnosis.dependence import AskMore
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.patience import Deadline
from rnncourse.exercises.definitions import Case, Design

_MOST_QUESTIONS, _PATIENCE = 150, 1.5
#: Of a series so many steps are changed, each by itself; outputs may begin so many steps late.
_MOST_STEPS, _LATEST = 16, 3
#: Values of a series that is emptied step by step.
_FEW_VALUES = 3


@dataclass
class _Asking:
    """The answer and the truth for one changed case after the other."""

    evidence: Evidence
    ask_more: AskMore
    left: int = _MOST_QUESTIONS
    deadline: Deadline = field(default_factory=lambda: Deadline(_PATIENCE))

    def both(self, case: Case) -> tuple[Outcome, Outcome] | None:
        """What the answer and the truth give; None where one of them gives nothing, or all is asked."""
        if self.left <= 0 or self.deadline.left() <= 0:
            return None
        self.left -= 1
        got, want = self.ask_more(case), self.evidence.truth(case)
        returned = got.ending is Ending.RETURNED and want.ending is Ending.RETURNED
        return (got, want) if returned and got.values[0].shape == want.values[0].shape else None

    def is_wrong(self, case: Case) -> tuple[Outcome, Outcome] | None:
        """Both, where the answer is wrong."""
        found = self.both(case)
        return None if found is None or same(*found, self.evidence.exercise.tolerance) else found


def series_of(evidence: Evidence) -> str | None:
    """The name of the series that a design is put to work on, if it has an output for each of its steps."""
    call = evidence.exercise.call
    if not isinstance(call, Design) or len(call.unseen) != 1 or not evidence.returned:
        return None
    name = call.unseen[0]
    for case, outcome in zip(evidence.cases, evidence.outcomes, strict=True):
        inputs, output = case[name], outcome.values[0]
        numbers = isinstance(inputs, np.ndarray) and inputs.dtype.kind == "f"  # whole ones are names of things
        if not numbers or inputs.ndim == 0 or output.ndim != min(inputs.ndim, 2):
            return None
        axis = _axis(inputs)
        if output.shape[:axis] != inputs.shape[:axis] or not 0 <= _late(inputs, output) <= _LATEST:
            return None
    return name


def _axis(inputs: np.ndarray) -> int:
    """Which axis is time: of a batch the second."""
    return min(inputs.ndim - 1, 1)


def _late(inputs: np.ndarray, output: np.ndarray) -> int:
    """With how many steps the series begins for which there is no output."""
    return inputs.shape[_axis(inputs)] - output.shape[-1]


# On which inputs an output depends


def depends_on(evidence: Evidence, ask_more: AskMore) -> str | None:
    """On which steps an output depends, where that is not as it should be.

    Args:
        evidence: what came of the design.
        ask_more: puts a further case to it.

    Returns:
        Two sentences, or None.
    """
    name, asking = series_of(evidence), _Asking(evidence, ask_more)
    if name is None:
        return None
    mine, right, length = Counter[int](), Counter[int](), 0
    for index in evidence.ordinary_cases[:2]:
        inputs = evidence.cases[index][name]
        length = inputs.shape[_axis(inputs)]
        for step in np.unique(np.linspace(0, length - 1, min(length, _MOST_STEPS)).astype(int)):
            found = asking.both({**evidence.cases[index], name: _changed(inputs, int(step))})
            if found is None:
                return None
            before = evidence.outcomes[index].values[0], evidence.expected[index].values[0]
            for lags, old, new in zip((mine, right), before, found, strict=True):
                lags.update(_moved(old, new.values[0], int(step) - _late(inputs, old)))
    sure = [{lag for lag, count in lags.items() if count > 1} for lags in (mine, right)]
    if not (sure[0] - set(right)) and not (sure[1] - set(mine)):
        return None
    got, want = (_in_words(lags, length) for lags in sure)
    if got == want:
        return None
    if not sure[0]:
        stays = "hardly ever changes" if mine else "stays the same"
        return f"What comes out {stays} when one input is exchanged for another one. It should depend on {want}."
    return f"What comes out at a step depends on {got}. It should depend on {want}."


def _changed(inputs: np.ndarray, step: int) -> np.ndarray:
    """The series with another of its values at a step, in each row that has another one."""
    rows = inputs if inputs.ndim > 1 else inputs[np.newaxis]
    made = rows.copy()
    for row, series in zip(made, rows, strict=True):
        others = np.flatnonzero([np.any(value != series[step]) for value in series])
        if len(others):
            row[step] = series[others[np.argmin((others - step) % len(series))]]
    return made.reshape(inputs.shape)


def _moved(old: np.ndarray, new: np.ndarray, step: int) -> list[int]:
    """By how many steps after the changed one outputs move."""
    moved = np.abs(new.astype(float) - old.astype(float)) > 0
    return [int(place) - step for place in np.flatnonzero(moved.reshape(-1, moved.shape[-1]).any(axis=0))]


def _in_words(lags: set[int], length: int) -> str:
    """Inputs by how long ago they came."""
    if not lags:
        return "no input"
    if min(lags) < 0:
        return "inputs before and after it" if max(lags) > 0 else "the input of that step and those that come after"
    if lags == {0}:
        return "the input of that step alone"
    if len(lags) == 1:
        return f"the input of {_steps(max(lags))} before alone"
    if lags == {0, 1}:
        return "the input of that step and of the step before"
    if max(lags) >= length // 2:
        return "the input of that step and all before it" if 0 in lags else "all inputs before that step"
    if 0 in lags:
        return f"the input of that step and those of up to {_steps(max(lags))} before"
    return f"the inputs of {min(lags)} to {_steps(max(lags))} before"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


# A short series on which it goes wrong


def simplest(evidence: Evidence, ask_more: AskMore) -> Evidence | None:
    """One short series on which the design goes wrong: cut after its first fault, emptied where that does not matter.

    Args:
        evidence: what came of the design.
        ask_more: puts a further case to it.

    Returns:
        Evidence of that case alone; None where there is no series.
    """
    name, asking = series_of(evidence), _Asking(evidence, ask_more)
    if name is None:
        return None
    index, row = min(_faults(evidence), key=lambda fault: fault[2])[:2]
    case = evidence.cases[index]
    if case[name].ndim > 1:
        case = {**case, name: case[name][row : row + 1]}
    best = asking.is_wrong(case)
    if best is None:
        return None
    for change in (_cut, _emptied, _without_ends):
        for smaller in change(case, name, evidence, best):
            found = asking.is_wrong(smaller(case))
            if found is not None:
                case, best = smaller(case), found
    return replace(evidence, cases=(case,), outcomes=(best[0],), expected=(best[1],))


#: Makes a case smaller.
_Smaller = Callable[[Case], Case]


def _faults(evidence: Evidence) -> Iterator[tuple[int, int, int]]:
    """(case, row, first wrong output) of each row that is wrong."""
    for index in evidence.wrong_cases:
        got, want = evidence.outcomes[index].values[0], evidence.expected[index].values[0]
        wrong = np.abs(got.astype(float) - want.astype(float)) > evidence.exercise.tolerance
        for row, places in enumerate(wrong.reshape(-1, wrong.shape[-1])):
            if places.any():
                yield index, row, int(np.argmax(places))


def _cut(case: Case, name: str, evidence: Evidence, best: tuple[Outcome, Outcome]) -> Iterator[_Smaller]:
    """Nothing after the first fault, where the truth does not look ahead."""
    got, want = (outcome.values[0].astype(float).reshape(-1) for outcome in best)
    fault = int(np.argmax(np.abs(got - want) > evidence.exercise.tolerance))
    end = fault + 1 + _late(case[name], best[0].values[0])
    short = {**case, name: case[name][:, :end] if case[name].ndim > 1 else case[name][:end]}
    told = evidence.truth(short)
    if told.ending is Ending.RETURNED and np.array_equal(told.values[0].reshape(-1), want[: fault + 1]):
        yield lambda case: short


def _emptied(case: Case, name: str, evidence: Evidence, best: tuple[Outcome, Outcome]) -> Iterator[_Smaller]:
    """0 at one step after the other, where the series are of few values and 0 is one of them."""
    if not _is_of_few_values(evidence, name):
        return
    for step in range(case[name].shape[-1]):
        yield lambda case, step=step: {**case, name: _with_zero(case[name], step)}  # type: ignore[misc]


def _with_zero(inputs: np.ndarray, step: int) -> np.ndarray:
    made = inputs.copy()
    made[..., step] = 0
    return made


def _without_ends(case: Case, name: str, evidence: Evidence, best: tuple[Outcome, Outcome]) -> Iterator[_Smaller]:
    """Without its first step as long as that may be; then without its last, where the series are of few values."""
    axis = _axis(case[name])
    steps = case[name].shape[axis]
    without_first = (slice(None),) * axis + (slice(1, None),)
    yield from [lambda case: {**case, name: case[name][without_first]}] * (steps - 1)
    if _is_of_few_values(evidence, name):
        yield from [lambda case: {**case, name: case[name][..., :-1]}] * (steps - 1)


def _is_of_few_values(evidence: Evidence, name: str) -> bool:
    """Whether any step of a series may be 0."""
    series = [evidence.cases[index][name] for index in evidence.ordinary_cases]
    values = np.unique(np.concatenate([inputs.ravel() for inputs in series]))
    return series[0].ndim < 3 and len(values) <= _FEW_VALUES and 0 in values
