"""A case that shows the same fault and is small enough to do by hand.

A wrong case is cut along its axes, its texts and lists are shortened, its numbers made whole or 0, as long as the
answer stays wrong in the same way, the reference still answers, and other right answers agree with it. What all cases
have in common stays: positive numbers, rows that add up to 1.

Source: A. Zeller and R. Hildebrandt, Simplifying and isolating failure-inducing input, IEEE Transactions on Software
Engineering 28 (2002), no. 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import FunctionType
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.comparing import first_wrong, near, same
from rnncourse.checking.diagnosis.dependence import AskMore
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.patience import Deadline
from rnncourse.exercises.definitions import Case, Design, Exercise

_MOST_QUESTIONS, _PATIENCE = 200, 0.5
#: Seconds for one call of a right answer: a case on which it does not end is none.
_SECONDS = 0.5
#: How much a person looks at: numbers and letters in all arguments, an array of zeros counting as one; of a result.
_MOST_GIVEN, _MOST_RESULT = 16, 6
#: So many letters of a text are looked at like one number.
_LETTERS = 4
#: Of an axis so long, or a text, each entry is tried alone, or left out.
_SHORT = 12
#: Axes of so many blocks of a size: those of gates.
_BLOCKS = (2, 3, 4)
#: A difference smaller than this share is hard to see.
_VISIBLE = 0.01


def find(evidence: Evidence, ask_more: AskMore | None) -> Evidence | None:
    """The smallest case that was found in which the answer is wrong as it was, if it can be done by hand.

    Of a design there is none: ``behaviour.simplest`` and ``designs.smallest`` look for what it is put to work on.

    Args:
        evidence: what came of the answer.
        ask_more: puts a further case to it.

    Returns:
        Evidence of that case alone, or None.
    """
    if ask_more is None or not evidence.returned or isinstance(evidence.exercise.call, Design):
        return None
    wrong = [index for index in evidence.wrong_cases if index in evidence.ordinary_cases] or evidence.wrong_cases
    index = min(wrong, key=lambda index: _how_unclear(evidence.cases[index]))
    search = _Search.of(evidence, index, ask_more)
    search.go()
    alone = replace(evidence, cases=(search.case,), outcomes=(search.got,), expected=(search.want,))
    return alone if _is_small(search) else None


def _is_small(search: _Search) -> bool:
    """Whether a person can look at all of it, and it is simpler than what is shown anyway."""
    shown = search.got.values[search.part], search.want.values[search.part]
    small = _weight(search.case) <= _MOST_GIVEN and all(value.size <= _MOST_RESULT for value in shown)
    return small and search.changed and all(map(_is_plain, search.case.values()))


def _is_plain(value: Any) -> bool:
    """Whether a value can be shown: numbers, texts and what is made of them."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    known = isinstance(value, np.ndarray | str | int | float | np.number | Step | Bigrams) or is_of_the_course(value)
    return value is None or known


def is_of_the_course(value: Any) -> bool:
    """Whether a learner knows it: a function of the package, not one that an exercise made up."""
    module = getattr(value, "__module__", None) or ""
    public = module.startswith("rnncourse.") and not module.startswith("rnncourse.exercises")
    return public and isinstance(value, FunctionType) and "<locals>" not in value.__qualname__


def _how_unclear(case: Case) -> tuple[bool, int]:
    """Whether something in it can be neither shown nor exchanged for something that can, and how much there is."""
    return any(not _is_plain(value) and not _stand_ins(name, 0) for name, value in case.items()), _weight(case)


def _weight(value: Any) -> int:
    """How much there is to look at."""
    if isinstance(value, np.ndarray):
        return value.size if np.any(value) else 1
    if isinstance(value, str):
        return max(len(value.split()), len(value) // _LETTERS, 1)
    if isinstance(value, Bigrams):
        return value.shares.size
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    return sum(map(_weight, value)) if isinstance(value, list | tuple) else 1


@dataclass(frozen=True)
class Step:
    """A step of a network that can be done by hand: state' = factor · state + Σ inputs, output = -state'."""

    factor: int

    def __call__(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """The output and the new state, each of the shape of the state; tokens are one number for each sequence."""
        read = np.asarray(inputs)
        new = self.factor * np.asarray(state) + (read if read.ndim < 2 else np.sum(read, axis=-1, keepdims=True))
        return -new, new

    def __str__(self) -> str:
        return f"(the new state s = {self.factor} · state + sum of inputs, the output -s)"


@dataclass(frozen=True)
class Bigrams:
    """A language that can be done by hand: log p(next | last), from tenths.

    Attributes:
        seed: which one it is.
        words: how many tokens there are, 2 or 3.
    """

    seed: int
    words: int

    @cached_property
    def shares(self) -> np.ndarray:
        """p(next | last) without ties, the first row for the beginning of a sentence, shape (words + 1, words)."""
        drawn = np.random.default_rng(self.seed)
        odds = {2: ([1, 9], [2, 8], [3, 7], [4, 6]), 3: ([1, 2, 7], [1, 3, 6], [1, 4, 5], [2, 3, 5])}[self.words]
        return np.array([drawn.permutation(drawn.choice(odds)) for _ in range(self.words + 1)]) / 10

    def __call__(self, tokens: Sequence[int]) -> np.ndarray:
        """log p of each token after these."""
        return np.log(self.shares[tokens[-1] + 1 if tokens else 0])

    def __str__(self) -> str:
        first, *rows = (", ".join(f"{share:g}" for share in row) for row in self.shares)
        return f"(p at first {first}; " + "; ".join(f"after {last} {row}" for last, row in enumerate(rows)) + ")"


def _stand_ins(name: str, others: int) -> list[Step | Bigrams]:
    """What can be done by hand and stands for a function of this name, beside others that do."""
    if name.endswith("step"):
        return [Step(2 + others)]
    return [Bigrams(seed, words) for words in (2, 3) for seed in range(12)] if name == "log_probabilities" else []


@dataclass
class _Search:
    """The smallest case so far, and what the answer and the truth give for it."""

    exercise: Exercise
    ask_more: AskMore
    case: Case
    got: Outcome
    want: Outcome
    part: int
    common: dict[str, _Common]
    changed: bool = False
    left: int = _MOST_QUESTIONS
    deadline: Deadline = field(default_factory=lambda: Deadline(_PATIENCE))
    tried: set[Any] = field(default_factory=set)

    @classmethod
    def of(cls, evidence: Evidence, index: int, ask_more: AskMore) -> _Search:
        """From the case of this index, for its first part that is wrong."""
        got, want, tolerance = evidence.outcomes[index], evidence.expected[index], evidence.exercise.tolerance
        part = first_wrong(got, want, tolerance)
        case = evidence.cases[index]
        common = {name: _Common.of([other[name] for other in evidence.cases], case[name]) for name in case}
        return cls(evidence.exercise, ask_more, case, got, want, part, common)

    def go(self) -> None:
        """Make the case smaller until nothing helps any more, or the time is up."""
        before = None
        while before is not self.case and self.left > 0 and self.deadline.left() > 0:
            before = self.case
            for name in list(self.case):
                self._take(_shorter(self.case, name))
            alone = sum(common.is_data for common in self.common.values()) == 1
            for name in list(self.case):
                self._take(_simpler(self.case, name, alone))

    def _take(self, smaller: Iterator[Case]) -> None:
        """The first of these cases that is wrong in the same way."""
        for case in smaller:
            if self.left <= 0 or self.deadline.left() <= 0:
                return
            if self._is_wrong(case):
                return

    def _is_wrong(self, made: Case) -> bool:
        case = {name: self.common[name].restored(value) for name, value in made.items()}
        key = _key(tuple(case.values()))
        if key in self.tried:
            return False
        self.tried.add(key)
        if not all(self.common[name].holds(value) for name, value in case.items()):
            return False
        want = self._truth(case)
        if want is None:
            return False
        self.left -= 1
        got = self.ask_more(case)
        if got.ending.ends_it_all:
            self.left = 0
        if got.ending is not Ending.RETURNED or not self._is_alike(got, want) or not self._is_agreed(case, want):
            return False
        self.case, self.got, self.want, self.changed = case, got, want, True
        return True

    def _truth(self, case: Case) -> Outcome | None:
        """What the reference gives, if it does not refuse the case and gives numbers."""
        want = self._asked(self.exercise.reference, case)
        finite = want.ending is Ending.RETURNED and all(_is_finite(value) for value in want.values)
        return want if finite and want.values[self.part].size else None

    def _is_alike(self, got: Outcome, want: Outcome) -> bool:
        """Whether the part that was wrong is wrong as it was: in its shape, in its numbers, or in having none."""
        mine, right = got.values[self.part], want.values[self.part]
        first_mine, first_right = self.got.values[self.part], self.want.values[self.part]
        if (mine.shape == right.shape) != (first_mine.shape == first_right.shape) or mine.ndim != first_mine.ndim:
            return False
        if _is_finite(mine) != _is_finite(first_mine):
            return False
        if mine.shape != right.shape or not _is_finite(mine):
            return True
        apart = np.abs(mine.astype(float) - right) / (1 + np.abs(right.astype(float)))
        seen = not np.all(near(mine, right, self.exercise.tolerance)) and apart.max() >= min(_VISIBLE, self._apart())
        return bool(seen)

    def _apart(self) -> float:
        """How far apart the numbers are now, as a share."""
        mine, right = (outcome.values[self.part].astype(float) for outcome in (self.got, self.want))
        return float(np.max(np.abs(mine - right) / (1 + np.abs(right))))

    def _is_agreed(self, case: Case, want: Outcome) -> bool:
        """Whether other right answers say the same: a case that only the reference can do is none."""
        others = (self._asked(other, case) for other in self.exercise.alternatives)
        return all(same(other, want, self.exercise.tolerance) for other in others)

    def _asked(self, function: Callable[..., Any], case: Case) -> Outcome:
        return ask(replace(self.exercise.as_call(), seconds=_SECONDS), function, case)


def _key(value: Any) -> Any:
    """Equal for equal values, and hashable; an object is itself."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.char, value.tobytes()
    if isinstance(value, list | tuple):
        return type(value), tuple(map(_key, value))
    return (type(value), value) if isinstance(value, str | int | float | Step | Bigrams) else id(value)


def _is_finite(value: np.ndarray) -> bool:
    return bool(np.isfinite(value.astype(float)).all())


@dataclass(frozen=True)
class _Common:
    """What an argument is like in every case, and stays.

    Attributes:
        is_data: whether it is an array, or a list, of broken numbers.
        is_positive, is_a_share: whether they are above 0; whether they add up to 1 along the last axis.
        is_bounded: whether they lie between -1 and 1.
        differ: whether no two of them are equal in the case that is made smaller.
    """

    is_data: bool = False
    is_positive: bool = False
    is_a_share: bool = False
    is_bounded: bool = False
    differ: bool = False

    @classmethod
    def of(cls, values: list[Any], first: Any) -> _Common:
        """What values of an argument have in common."""
        arrays = [array for array in map(_as_data, values) if array is not None]
        if len(arrays) < len(values):
            return cls()
        positive = all(np.all(array > 0) for array in arrays)
        shares = positive and all(array.shape[-1] > 1 and _add_up(array) for array in arrays)
        bounded = all(np.all(np.abs(array) <= 1) for array in arrays)
        chosen = _as_data(first)
        return cls(True, positive, shares, bounded, chosen is not None and _are_different(chosen))

    def restored(self, value: Any) -> Any:
        """Rows of shares that were cut, as shares again, in hundredths."""
        if not self.is_a_share or not isinstance(value, np.ndarray) or not np.all(value > 0) or _add_up(value):
            return value
        made = np.maximum(np.round(value / value.sum(axis=-1, keepdims=True), 1), 0.1)
        made[..., 0] += 1 - made.sum(axis=-1)
        return np.round(made, 1)

    def holds(self, value: Any) -> bool:
        """Whether a value is still like that; one without numbers that differ may be 0 everywhere."""
        array = _as_data(value)
        if array is None:
            return not self.is_data
        if not self.is_data:
            return True
        if (self.is_positive and not np.all(array > 0)) or (self.is_bounded and np.any(np.abs(array) > 1)):
            return False
        if self.is_a_share and not _add_up(array):
            return False
        return not self.differ or _are_different(array) or not np.any(array)


def _as_data(value: Any) -> np.ndarray | None:
    """An array, or a list, of broken numbers as an array; None where it is something else."""
    if isinstance(value, list) and value and all(isinstance(entry, float) for entry in value):
        value = np.array(value)
    return value if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size else None


def _add_up(array: np.ndarray) -> bool:
    return bool(np.allclose(array.sum(axis=-1), 1))


def _are_different(array: np.ndarray) -> bool:
    return len(np.unique(array)) == array.size


# Fewer entries


def _shorter(case: Case, name: str) -> Iterator[Case]:
    """The case with an axis of an argument shorter, and with it all that is as long; a text or a list with less."""
    value = case[name]
    yield from ({**case, name: made} for made in _with_less_text(value))
    for size in sorted(set(_lengths(value)), reverse=True):
        for keep in _kept(size):
            for cut in _CUTS:
                yield {other: cut.of(one, size, keep) for other, one in case.items()}
            yield {**case, name: _CUTS[0].of(value, size, keep)}
        for count in (count for count in _BLOCKS if size % count == 0 and size > count):
            yield {other: _CUTS[1].of(one, size // count, [0]) for other, one in case.items()}


def _lengths(value: Any) -> Iterator[int]:
    """The lengths of all axes in an argument that can be cut."""
    if isinstance(value, np.ndarray):
        yield from (size for size in value.shape if size > 1)
    elif isinstance(value, list | tuple):
        if _is_a_row(value):
            yield len(value)
        for inside in value:
            yield from _lengths(inside)


def _is_a_row(value: list[Any] | tuple[Any, ...]) -> bool:
    """Whether it holds several things of one kind, of which fewer can be taken."""
    shapes = {entry.shape if isinstance(entry, np.ndarray) else type(entry) for entry in value}
    return len(value) > 1 and not hasattr(value, "_fields") and len(shapes) == 1


def _kept(size: int) -> Iterator[list[int]]:
    """Which entries of an axis may stay, the fewest first: one, two, half, all but one."""
    everywhere = list(range(size))
    if size <= _SHORT:
        yield from ([place] for place in everywhere)
    yield from (kept for kept in (everywhere[:2], everywhere[-2:]) if size > 2)
    yield from (kept for kept in (everywhere[: size // 2], everywhere[size // 2 :]) if len(kept) > 2)
    if size <= _SHORT:
        yield from ([*everywhere[:place], *everywhere[place + 1 :]] for place in reversed(everywhere) if size > 2)


@dataclass(frozen=True)
class _Cut:
    """How all that is as long as an axis is cut with it.

    Attributes:
        blocks: whether an axis of several blocks of that size is cut in each of them, as those of gates.
        numbers: whether a number that is that size becomes the number of entries that stay.
        first: whether only first axes are cut.
    """

    blocks: bool = False
    numbers: bool = False
    first: bool = False

    def of(self, value: Any, size: int, keep: list[int]) -> Any:
        """A value with these entries of each axis of a size."""
        if isinstance(value, np.ndarray):
            return self._of_array(value, size, keep)
        if isinstance(value, list | tuple):
            made = [self.of(inside, size, keep) for inside in value]
            if _is_a_row(value) and len(made) == size:
                made = [made[place] for place in keep]
            return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
        return len(keep) if self.numbers and type(value) is int and value == size else value

    def _of_array(self, array: np.ndarray, size: int, keep: list[int]) -> np.ndarray:
        for axis, length in enumerate(array.shape[:1] if self.first else array.shape):
            count = length // size
            if length == size or (self.blocks and length % size == 0 and count in _BLOCKS):
                places = [block * size + place for block in range(count) for place in keep]
                array = np.take(array, places, axis=axis)
        return array


_CUTS = _Cut(), _Cut(blocks=True), _Cut(numbers=True), _Cut(blocks=True, numbers=True), _Cut(first=True)


def _with_less_text(value: Any) -> Iterator[Any]:
    """A text, or a list of texts, with fewer words in one of them; with fewer letters where it is a single word."""
    if isinstance(value, str):
        yield from _parts_of(value)
    elif (
        isinstance(value, list) and all(isinstance(text, str) for text in value) and any(" " in text for text in value)
    ):
        for place, text in enumerate(value):
            yield from ([*value[:place], part, *value[place + 1 :]] for part in _parts_of(text) if " " in text)


def _parts_of(text: str) -> Iterator[str]:
    """Shorter texts: a half, without a word, or of a single word without a letter."""
    between = " " if " " in text else ""
    parts = text.split() if between else list(text)
    half = len(parts) // 2
    if half:
        yield from (between.join(parts[:half]), between.join(parts[half:]))
    if len(parts) <= _SHORT:
        yield from (between.join([*parts[:place], *parts[place + 1 :]]) for place in range(len(parts)))


# Plainer numbers


def _simpler(case: Case, name: str, alone: bool) -> Iterator[Case]:
    """The case with plainer numbers in an argument; one that holds all data alone is never 0 everywhere."""
    if callable(case[name]) and not isinstance(case[name], Step | Bigrams):
        stand_ins = _stand_ins(name, sum(isinstance(value, Step) for value in case.values()))
        yield from ({**case, **_within(case, made), name: made} for made in stand_ins)
    others = {value for other, value in case.items() if other != name and type(value) is int}
    for value in _plainer(case[name], others):
        empty = alone and isinstance(value, np.ndarray) and not np.any(value)
        if not empty and _key(value) != _key(case[name]):
            yield {**case, name: value}
            if type(value) is int and case[name] in others:
                yield {other: value if _key(one) == _key(case[name]) else one for other, one in case.items()}


def _within(case: Case, language: Step | Bigrams) -> Case:
    """The end of a sentence as one of the tokens of a language, where there is one."""
    return {"end": 0} if isinstance(language, Bigrams) and "end" in case else {}


def _plainer(value: Any, others: set[int]) -> Iterator[Any]:
    if type(value) is int and value > 2:  # small ones, and no two alike, so that it can be seen which is which
        yield from sorted({2, 3, 4, value // 2, value - 1} - {value}, key=lambda small: (small in others, small))
    elif isinstance(value, float):
        yield from (float(np.round(value, digits)) for digits in (0, 1, 2))
    elif isinstance(value, np.ndarray) and value.size and value.dtype.kind in "iuf":
        yield from _plainer_arrays(value)
    elif isinstance(value, list) and (data := _as_data(value)) is not None:
        yield from ([float(number) for number in made] for made in _plainer_arrays(data))
    elif isinstance(value, list | tuple) and len(value) <= _SHORT:
        for place, inside in enumerate(value):
            for plainer in _plainer(inside, others):
                made = [*value[:place], plainer, *value[place + 1 :]]
                if _key(plainer) != _key(inside):
                    yield type(value)(*made) if hasattr(value, "_fields") else type(value)(made)


def _plainer_arrays(value: np.ndarray) -> Iterator[np.ndarray]:
    """0 everywhere, the ranks of few numbers, whole numbers, fewer digits; one number 0."""
    ranks = np.unique(value, return_inverse=True)[1].reshape(value.shape).astype(value.dtype)
    if value.dtype.kind != "f":
        yield ranks
        return
    yield np.zeros_like(value)
    if value.size <= _MOST_RESULT:
        yield ranks + 1
    yield from (np.round(value, digits) for digits in (0, 1, 2))
    if value.size <= _SHORT:
        for place in np.ndindex(value.shape):
            made = value.copy()
            made[place] = 0
            yield made
