"""The CARD of a project: what was asked, stated, tried and looked at, in the order in which it happened.

A card is plain data. It holds sizes, hashes and numbers, never the examples; as text it is JSON that anybody may have
written, so ``Card.read`` takes nothing on trust. What the card says about the project's honesty is in ``honesty``.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import statistics
import types
import typing
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from rnncourse.leaks import Leak

#: The type of the notebook output that carries a card; its value is the card's text.
MEDIA_TYPE = "application/vnd.rnncourse.project+json"
MOST_BYTES = 65_536
_FORMAT = 1
_DEEPEST, _LONGEST_TEXT, _MOST_ENTRIES = 8, 2000, 400
#: The largest number on a card.
LARGEST = 1e15


class CardError(ValueError):
    """A text is no card; the message says why."""


@dataclass(frozen=True)
class Split:
    """How the data were cut.

    Attributes:
        kind: series, symbols, classes or pairs.
        sizes: examples to train on, to choose by, to report on.
        order: when it was made.
        leaks: what the parts have in common.
        has_times: whether it was said when each example is.
        has_groups: whether it was said to which piece, person or day each example belongs.
        independent: about how many examples of the test part do not overlap.
        sketch: hashes by which the test part is known again.
    """

    kind: str
    sizes: tuple[int, int, int]
    order: int
    leaks: tuple[Leak, ...]
    has_times: bool
    has_groups: bool
    independent: int
    sketch: tuple[str, ...]


@dataclass(frozen=True)
class Baseline:
    """A simple way to do it.

    Attributes:
        name: what it does.
        score: on the validation part.
        order: when it was stated.
        by: "you", or "course" for those that are tried when the data are split.
        test: its score on the test part, once that was looked at; None before, and where nobody said it.
    """

    name: str
    score: float
    order: int
    by: str
    test: float | None = None


@dataclass(frozen=True)
class Result:
    """One trained network.

    Attributes:
        cell: the name of its kind, such as "LSTM".
        parameters: how many numbers were trained.
        seed: where it started.
        score: on the validation part.
        order: when it was recorded first.
    """

    cell: str
    parameters: int
    seed: int
    score: float
    order: int


@dataclass(frozen=True)
class Look:
    """One look at the test part.

    Attributes:
        scores: (what was scored, its score on the test part).
        order: when.
        run: in which run of the notebook, counted from 1.
    """

    scores: tuple[tuple[str, float], ...]
    order: int
    run: int


@dataclass(frozen=True)
class Note:
    """Something said in words: the honest failure, the look inside, what is to be shared, the conclusion.

    Attributes:
        about: failure, inside, share or conclusion.
        text: what is said.
        order: when.
        winner: of a conclusion, what is said to be best; '' where no difference can be told.
    """

    about: str
    text: str
    order: int
    winner: str = ""


@dataclass(frozen=True)
class CellSummary:
    """All trainings of one kind of network.

    Attributes:
        cell: its name.
        parameters: how many numbers it has; the most, where that differs.
        seeds: how many different seeds.
        mean: of the validation scores.
        spread: their standard deviation; 0 for a single one.
        test: its score on the test part, or None.
    """

    cell: str
    parameters: int
    seeds: int
    mean: float
    spread: float
    test: float | None


@dataclass(frozen=True)
class Card:
    """A project at one moment.

    Attributes:
        question: what it wants to know.
        metric: what is measured, for example "MAE in °C".
        higher_is_better: whether more of it is better.
        run: which run of the notebook this is, counted from 1.
        split, baselines, results, looks, notes: see there.
    """

    question: str
    metric: str
    higher_is_better: bool
    run: int = 1
    split: Split | None = None
    baselines: tuple[Baseline, ...] = ()
    results: tuple[Result, ...] = ()
    looks: tuple[Look, ...] = ()
    notes: tuple[Note, ...] = ()

    # ------------------------------------------------------------------------------------------------ as text
    def text(self) -> str:
        """The card as one line of JSON; ``Card.read`` takes it back."""
        return json.dumps({"card": _FORMAT, **dataclasses.asdict(self)}, ensure_ascii=False, allow_nan=False)

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """The card that a text says; nothing in it is run, and no number, word or list of it is larger than fits.

        Args:
            text: JSON, as ``Card.text`` writes it.

        Raises:
            CardError: it is no card, or larger than any card is; the message says what is wrong.
        """
        if not isinstance(text, str | bytes):
            raise CardError(f"A card is read from text, got {type(text).__name__}.")
        size = len(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        if size > MOST_BYTES:
            raise CardError(f"The card has {size:,} bytes, expected at most {MOST_BYTES:,}.")
        try:
            data = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_doubles)
        except CardError:
            raise
        except (ValueError, RecursionError) as error:
            raise CardError(f"The card is not JSON: {error}.") from None
        if not isinstance(data, dict) or data.pop("card", None) != _FORMAT:
            raise CardError(f"It is JSON, but not a card of a project: expected an object with 'card': {_FORMAT}.")
        return typing.cast(Self, _made(cls, data, "card", 0))

    def __repr__(self) -> str:
        told = ((len(self.baselines), "baseline"), (len(self.results), "training"), (len(self.looks), "look"))
        counts = ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in told)
        return f"<card of {self.question[:60]!r}: {counts}>"

    # ----------------------------------------------------------------------------------------------- what it says
    @property
    def is_empty(self) -> bool:
        """Whether nothing was recorded but a question."""
        return self.split is None and not (self.baselines or self.results or self.looks or self.notes)

    def better(self, one: float, other: float) -> bool:
        """Whether one score is better than another."""
        return one > other if self.higher_is_better else one < other

    def best(self, scores: list[float]) -> float:
        """The best of some scores."""
        return max(scores) if self.higher_is_better else min(scores)

    @property
    def best_baseline(self) -> Baseline | None:
        """The best of all simple ways on the validation part, yours and the course's."""
        return self._best_of(self.baselines)

    @property
    def best_of_yours(self) -> Baseline | None:
        """The best of the baselines that you stated."""
        return self._best_of(tuple(each for each in self.baselines if each.by == "you"))

    def _best_of(self, baselines: tuple[Baseline, ...]) -> Baseline | None:
        sign = -1 if self.higher_is_better else 1
        return min(baselines, key=lambda each: sign * each.score, default=None)

    @functools.cached_property
    def cells(self) -> tuple[CellSummary, ...]:
        """The kinds of networks that were trained, in the order of their first training."""
        names = dict.fromkeys(result.cell for result in self.results)
        return tuple(self._summary(name, [each for each in self.results if each.cell == name]) for name in names)

    def _summary(self, name: str, results: list[Result]) -> CellSummary:
        scores = [result.score for result in results]
        spread = statistics.stdev(scores) if len(scores) > 1 else 0.0
        seeds = len({result.seed for result in results})
        return CellSummary(
            name, max(each.parameters for each in results), seeds, statistics.fmean(scores), spread, self.tested(name)
        )

    def tested(self, name: str) -> float | None:
        """The score of something on the test part, at the first look at it; None if it was not looked at."""
        return next((score for look in self.looks for what, score in look.scores if what == name), None)

    def note(self, about: str) -> Note | None:
        """What was said last about something."""
        return next((note for note in reversed(self.notes) if note.about == about), None)


def _without_doubles(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different: JSON leaves open which of two entries counts."""
    found = dict(entries)
    if len(found) < len(entries):
        twice = next(name for name, count in Counter(name for name, _ in entries).items() if count > 1)
        raise CardError(f"The card has the entry {json.dumps(twice[:40])} twice in one place, expected it once.")
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")


# ------------------------------------------------------------------------------------------- from data to dataclasses
@functools.cache
def _types(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _made(wanted: Any, data: Any, place: str, depth: int) -> Any:
    """The value of a type that plain data say, type by type; nothing is converted, nothing is called by name."""
    if depth > _DEEPEST:
        raise CardError("The card is nested too deeply.")
    if typing.get_origin(wanted) is types.UnionType:
        optional = next(part for part in typing.get_args(wanted) if part is not types.NoneType)
        return None if data is None else _made(optional, data, place, depth)
    if typing.get_origin(wanted) is tuple:
        return _row(typing.get_args(wanted), data, place, depth)
    if dataclasses.is_dataclass(wanted):
        return _record(typing.cast(type, wanted), data, place, depth)
    return _plain(wanted, data, place)


def _row(parts: tuple[Any, ...], data: Any, place: str, depth: int) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise CardError(f"{place} of the card is {_shown(data)}, expected a list.")
    if len(data) > _MOST_ENTRIES:
        raise CardError(f"{place} of the card has {len(data)} entries, expected at most {_MOST_ENTRIES}.")
    kinds = [parts[0]] * len(data) if parts[-1] is Ellipsis else list(parts)
    if len(kinds) != len(data):
        raise CardError(f"{place} of the card has {len(data)} entries, expected {len(kinds)}.")
    return tuple(
        _made(kind, each, f"{place}[{n}]", depth + 1) for n, (kind, each) in enumerate(zip(kinds, data, strict=True))
    )


def _record(kind: type, data: Any, place: str, depth: int) -> Any:
    if not isinstance(data, dict):
        raise CardError(f"{place} of the card is {_shown(data)}, expected an object.")
    hints = _types(kind)
    if strange := sorted(map(str, data.keys() - hints.keys())):
        raise CardError(f"{place} of the card has an entry {strange[0][:40]!r}, which no card has.")
    if missing := [name for name in hints if name not in data]:
        raise CardError(f"{place} of the card has no {missing[0]}.")
    return kind(**{name: _made(hints[name], data[name], f"{place}.{name}", depth + 1) for name in hints})


def _plain(wanted: Any, data: Any, place: str) -> Any:
    if wanted is float and type(data) is int:
        data = float(data) if abs(data) <= LARGEST else math.inf
    if type(data) is not wanted:
        raise CardError(f"{place} of the card is {_shown(data)}, expected {_NAMES[wanted]}.")
    if wanted is str and len(data) > _LONGEST_TEXT:
        raise CardError(f"{place} of the card has {len(data)} characters, expected at most {_LONGEST_TEXT}.")
    if wanted is str and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in data):
        raise CardError(f"{place} of the card has a control character, expected words.")
    if wanted is int and data < 0:
        raise CardError(f"{place} of the card is {data!r:.40}, expected a whole number from 0 on.")
    if wanted in (int, float) and not abs(data) <= LARGEST:
        raise CardError(f"{place} of the card is {data!r:.40}, expected a number of at most {LARGEST:.0e}.")
    return data


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _shown(data: Any) -> str:
    return f"{json.dumps(data)[:40]}"
