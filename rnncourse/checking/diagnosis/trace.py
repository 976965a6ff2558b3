"""The trace: the first value in the learner's own code that is on no way to a right answer, though its parts are.

Every expression of the learner's function records its value while it runs on a case, as do right solutions. What only
moves, cuts or joins values, and what is made of one value element by element, may be part of another right way: the
way is lost where several values are put together to one that no right way passes, and nothing that is made of it is on
a right way again. The idea of dynamic equivalence is that of S. Gulwani, I. Radiček and F. Zuleger, "Automated
clustering and program repair for introductory programming assignments" (2018); here it points and mends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.comparing import same
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.known import Known, put_into, says_nothing, values_of
from rnncourse.checking.diagnosis.recording import COMPARISONS, OPERATORS, Place, Recordable, Recording, Turn
from rnncourse.checking.diagnosis.sizes import listed
from rnncourse.exercises.definitions import Case, Exercise, call_with_case

_CASES = 2
_SECONDS = 1.0
#: Errors that say by themselves what is wrong: a name, not a value.
_OF_NAMES = frozenset({"NameError", "UnboundLocalError", "AttributeError", "ImportError", "ModuleNotFoundError"})
_LONGEST_TEXT = 60
_MOST_LINES = 3


@dataclass(frozen=True)
class Lost:
    """Where a way is lost.

    Attributes:
        place: the first value on no right way; where nothing is lost, what was returned, or what came before an error.
        after: the last value before it that is on one and stands on another line.
        sources: the other lines that its parts come from.
        how: "computed", "returned", "raised", or "early": a loop goes a right way and ends before its end.
        sure: whether a right way puts one of its parts into the same operator.
        turn: the round of the loop in which it is lost.
        certain: whether all that was computed before it is on a right way, not only what may be on one.
        was_right: whether its place was on a right way in an earlier round.
        keeps: whether what is called there may keep something from call to call, as a model does that is trained.
    """

    place: Place
    after: Place | None = None
    sources: tuple[int, ...] = ()
    how: str = "computed"
    sure: bool = True
    turn: Turn | None = None
    certain: bool = True
    was_right: bool = False
    keeps: bool = False


def find(evidence: Evidence, function: Callable[..., Any], only_if_sure: bool = False) -> str | None:
    """Where in the learner's code the way to a right answer is lost.

    Args:
        evidence: what came of the function.
        function: the learner's function, which is run again.
        only_if_sure: whether a place that is only worth a look is left out: more is known already.

    Returns:
        One or two sentences that name a line, true for two cases at least; None without a source or without certainty.
    """
    with np.errstate(all="ignore"):
        lost = lost_at(evidence, function)
    if lost is None or (only_if_sure and not (lost.sure and lost.certain and lost.how == "computed")):
        return None
    return _say(lost)


def lost_at(evidence: Evidence, function: Callable[..., Any]) -> Lost | None:
    """The place that ``find`` speaks of."""
    seen = (Ending.RETURNED, Ending.RAISED)
    wrong = [index for index in evidence.wrong_cases if evidence.outcomes[index].ending in seen][:_CASES]
    if len(wrong) < _CASES:
        return None
    try:
        mine = Recordable(function, lambda called: called.__globals__ is function.__globals__)
    except ValueError:
        return None
    ways = _right_ways(evidence.exercise)
    bounds = _constants(function, evidence.exercise)
    found: list[Lost] = []
    for index in wrong:
        lost = _lost(evidence, mine, ways, index, bounds)
        if lost is None or (found and (lost.place, lost.how) != (found[0].place, found[0].how)):
            return None
        found.append(lost)
    return _agreed(found)


def _agreed(found: list[Lost]) -> Lost:
    """What is true of all cases."""
    first = found[0]
    after = first.after if all(lost.after == first.after for lost in found) else None
    turn = first.turn if all(lost.turn == first.turn for lost in found) else None
    sources = tuple(sorted({line for lost in found for line in lost.sources}))
    sure, certain = all(lost.sure for lost in found), all(lost.certain for lost in found)
    was_right, keeps = all(lost.was_right for lost in found), all(lost.keeps for lost in found)
    agreed = replace(first, after=after, sources=sources, turn=turn, sure=sure, certain=certain)
    return replace(agreed, was_right=was_right, keeps=keeps)


def _right_ways(exercise: Exercise) -> list[Recordable]:
    ways = []
    for right in (exercise.reference, *exercise.alternatives):
        try:
            ways.append(Recordable(right, _of_the_package))
        except ValueError:
            continue
    return ways


def _constants(function: Callable[..., Any], exercise: Exercise) -> tuple[float, ...]:
    """The broken numbers that stand in the source of an answer, or of a right one: where a search begins and ends."""
    codes = [getattr(one, "__code__", None) for one in (function, exercise.reference, *exercise.alternatives)]
    plain = [value for code in codes if code is not None for value in code.co_consts]
    inside = [value for one in plain if isinstance(one, tuple) for value in one]
    return tuple(value for value in (*plain, *inside) if isinstance(value, float))


def _of_the_package(called: FunctionType) -> bool:
    return called.__module__.startswith("rnncourse.") and not called.__name__.strip("_").startswith("expect")


def _run(exercise: Exercise, way: Recordable, case: Case) -> tuple[Recording, Outcome]:
    function, recording = way.recorded()
    return recording, ask(replace(exercise.as_call(), seconds=_SECONDS), function, case)


def _lost(
    evidence: Evidence, mine: Recordable, ways: list[Recordable], index: int, bounds: tuple[float, ...]
) -> Lost | None:
    exercise, case, before = evidence.exercise, evidence.cases[index], evidence.outcomes[index]
    recording, outcome = _run(exercise, mine, case)
    if not recording.whole or not same(outcome, before, exercise.tolerance):
        return None
    right = [made for made, _ in (_run(exercise, way, case) for way in ways) if made.moments]
    if not right:
        return None
    following = _Following(recording, Known(values_of(right)), bounds)
    if not following.at_home():
        return None
    if outcome.ending is Ending.RAISED:
        return None if outcome.error in _OF_NAMES else following.before_the_error()
    alone = replace(evidence, cases=(case,), outcomes=(before,), expected=(evidence.expected[index],))
    lost = following.lost(alone.wrong_parts(), len(exercise.parts))
    if lost is None or following.is_open(lost[0]):
        return None
    early = following.ends_early(lost[0], right)
    if early is not None:
        return Lost(recording.places[early], how="early")
    if lost[1] == "returned":  # what is judged may be something else than what is returned
        return following.returned(lost[0]) if exercise.call is call_with_case else None
    whole = all(value.dtype.kind in "biu" for truth in evidence.expected for value in truth.values)
    return following.described(*lost, right, whole)


class _Following:
    """Which moments of a recording are on a right way."""

    def __init__(self, recording: Recording, known: Known, bounds: tuple[float, ...] = ()) -> None:
        self.recording, self.moments, self.bounds = recording, recording.moments, bounds
        self.blank = [moment.kind == "shape" or says_nothing(moment.value) for moment in self.moments]
        self.known = known
        there = [known.has(moment.value) for moment in self.moments]
        self.met = [known and not blank for known, blank in zip(there, self.blank, strict=True)]
        self.unseen: list[bool] = []
        self.followed: list[bool] = []
        self.first_lost: list[bool] = []
        for number, moment in enumerate(self.moments):
            parts = all(self.followed[part] for part in moment.parts)
            self.unseen.append(moment.value is None and (moment.kind == "computed" or self._of_unseen(number)))
            self.followed.append(self.met[number] or (parts and (there[number] or self._may_be_passed(number))))
            self.first_lost.append(parts and not self.followed[-1])
        sizes = self._sizes()
        again = [n for n, met in enumerate(self.met) if met or (not self.followed[n] and self._scaled(n, sizes))]
        self.forgiven = self._before(again)
        self.by_sums = self.forgiven - self._before(again, through_sums=False)

    def _sizes(self) -> set[float]:
        """The sizes that arguments have: by these a sum differs from a mean."""
        given = (moment.value for moment in self.moments if moment.kind == "source")
        return {float(size) for value in given if value is not None for size in (*value.shape, value.size)} - {1.0}

    def _scaled(self, number: int, sizes: set[float]) -> bool:
        """Whether a number, divided or multiplied by a size, is on a right way."""
        value = self.moments[number].value
        if value is None or value.size > 1 or value.dtype.kind != "f" or self.blank[number]:
            return False
        return any(self.known.has(scaled) for size in sizes for scaled in (value * size, value / size))

    def _of_unseen(self, number: int) -> bool:
        return any(self.unseen[part] for part in self.moments[number].parts)

    def _may_be_passed(self, number: int) -> bool:
        """Whether another right way may pass a value that is not known, made of values that are followed."""
        moment = self.moments[number]
        if moment.value is None:
            return True
        if self._of_unseen(number):
            return self.blank[number]
        if moment.kind != "computed" or self.known.has_apart(moment.value):
            return True
        speaking = [part for part in moment.parts if not self._is_plain_number(part)]
        operator = self.recording.places[moment.place].operator
        if len(speaking) > 1:
            return operator in ("Mult", "Div") and self._is_scaled(speaking, moment.value.size)
        return operator in OPERATORS | COMPARISONS or not speaking

    def _is_scaled(self, parts: list[int], size: int) -> bool:
        """Whether an array is multiplied by a number that was given."""
        given = (self.moments[part].value for part in parts if self.moments[part].kind == "source")
        return size > 1 and any(value is not None and value.size == 1 for value in given)

    def _is_plain_number(self, number: int) -> bool:
        value = self.moments[number].value
        return value is None or (value.size == 1 and self.blank[number])

    def _before(self, numbers: list[int], through_sums: bool = True) -> set[int]:
        """The moments out of which these were made, themselves included; on request not those that were added up."""
        seen, waiting = set[int](), list(numbers)
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen.add(number)
                waiting += [part for part in self.moments[number].parts if through_sums or self._keeps(number, part)]
        return seen

    def _keeps(self, number: int, part: int) -> bool:
        """Whether as many numbers come out of an operation as went in: of a sum, a mean or the largest fewer do."""
        made, given = self.moments[number].value, self.moments[part].value
        shrinks = made is not None and given is not None and made.size < given.size
        return not (shrinks and self.moments[number].kind == "elementwise")

    def at_home(self) -> bool:
        """Whether the arguments are met; else the right way ran where nothing is seen."""
        return all(self.met[n] or self.blank[n] for n, m in enumerate(self.moments) if m.kind == "source")

    def lost(self, wrong: tuple[int, ...], parts: int) -> tuple[int, str] | None:
        """The moment at which the way to the wrong ones of the parts is lost, and how."""
        ends = self._ends(wrong, parts)
        leading = sorted(self._before(ends) - self.forgiven)
        first = next((number for number in leading if self.first_lost[number]), None)
        if first is not None:
            return self._made_at(first), "computed"
        first = self._soft_end(leading)
        if first is not None:
            return first, "soft"
        end = next((number for number in ends if self.met[number] and self._is_telling(number)), None)
        return None if end is None else (end, "returned")

    def _is_telling(self, number: int) -> bool:
        """Whether it is no accident that a value is on a right way: broken numbers that were computed."""
        value = self.moments[number].value
        computed = any(self.moments[part].kind in ("computed", "elementwise") for part in self._before([number]))
        if value is None or (value.size == 1 and np.isclose(value, self.bounds, rtol=1e-6, atol=0).any()):
            return False
        return computed and not np.all(value == np.round(value))

    def is_open(self, number: int) -> bool:
        """Whether it is made of an array that is on no right way but for a sum of it, which may be right by chance."""
        return any(self.first_lost[part] and part in self.by_sums for part in self._before([number]) - {number})

    def ends_early(self, number: int, right: list[Recording]) -> int | None:
        """The place of a loop whose last value is handed on, where a right way has the same values, and goes on."""
        last = self._last_followed(number)
        if last is None or self.moments[last].turn is None:
            return None
        place = self.moments[last].place
        rounds = [n for n, moment in enumerate(self.moments) if moment.place == place]
        mine = [self.moments[n].value for n in rounds]
        if rounds[-1] != last or len(mine) < 2 or self.moments[number].place == place:
            return None
        return place if any(_goes_on(mine, recording) for recording in right) else None

    def _may_be_chance(self, number: int) -> bool:
        """Whether a value that is met is a single whole number: a count may be met in another place."""
        value = self.moments[number].value
        return value is not None and value.size == 1 and value.dtype.kind in "biu"

    def returned(self, end: int) -> Lost:
        """A value on a right way that is not its end."""
        place, _ = self.recording.returned[-1]
        made, back = self.recording.places[self.moments[end].place], self.recording.places[place]
        return Lost(back, made if made.line != back.line and made.kind != "source" else None, how="returned")

    def described(self, number: int, how: str, right: list[Recording], whole: bool) -> Lost | None:
        """What is to be said of the first value that is on no right way."""
        moment, place = self.moments[number], self.recording.places[self.moments[number].place]
        last = self._last_followed(number)
        parts = [self.moments[part].value for part in moment.parts if not self.blank[part]]
        sure = not self.recording.recursive and any(map(put_into(place.operator, right).has, parts))
        anchors = [part for part in self._before([number]) if self.moments[part].kind in ("computed", "elementwise")]
        if not sure and (whole or not any(self.met[part] for part in anchors)):
            return None
        if how == "soft":
            back, _ = self.recording.returned[-1]
            sure = sure and place.line == self.recording.places[back].line
        after = None if last is None else self.recording.places[self.moments[last].place]
        certain = all(self.met[part] or self.blank[part] for part in anchors if part != number)
        if last is not None and self._may_be_chance(last):
            after, certain = None, False
        was_right = any(self.met[n] and self.moments[n].place == moment.place for n in range(number))
        sources = self._sources(number)
        lost = Lost(place, after, sources, sure=sure, turn=moment.turn, certain=certain, was_right=was_right)
        return replace(lost, keeps=self._may_keep(place))

    def _may_keep(self, place: Place) -> bool:
        """Whether it calls an argument that is no plain function: an object may change from call to call."""
        given = (moment for moment in self.moments if moment.kind == "source" and callable(moment.raw))
        objects = (moment for moment in given if not isinstance(moment.raw, FunctionType))
        return any(self.recording.places[moment.place].text == place.operator for moment in objects)

    def _ends(self, wrong: tuple[int, ...], parts: int) -> list[int]:
        """What was returned for the wrong parts; all that was returned where it cannot be told apart."""
        results = [moment for _, moment in self.recording.returned]
        raw = self.moments[results[-1]].raw if results else None
        if parts == 1 or not isinstance(raw, tuple | list) or len(raw) != parts:
            return results
        made = {id(moment.raw): number for number, moment in enumerate(self.moments)}
        found = [made.get(id(raw[part])) for part in wrong]
        return results if None in found else [number for number in found if number is not None]

    def _soft_end(self, leading: list[int]) -> int | None:
        """All that is not known is made of one value each: the first of them, as far as its line goes on."""
        open_ends = [n for n in leading if self.moments[n].kind in ("computed", "elementwise") and self._speaks(n)]
        if not open_ends:
            return None
        same = [n for n in open_ends if self._line(n) == self._line(open_ends[0])]
        return max(n for n in same if open_ends[0] in self._before([n]))

    def _speaks(self, number: int) -> bool:
        value = self.moments[number].value
        return value is not None and not self.blank[number] and not (value.size == 1 and value.dtype.kind in "biu")

    def _made_at(self, number: int) -> int:
        """Of a part of a tuple that was not seen whole: the moment at which the tuple was made."""
        while self.moments[number].kind == "moved" and self._of_unseen(number):
            number = next(part for part in self.moments[number].parts if self.unseen[part])
        return number

    def _sources(self, number: int) -> tuple[int, ...]:
        """The other lines on which its parts were moved, counted or set, since they were met or given."""
        line, waiting, lines = self._line(number), list(self.moments[number].parts), set[tuple[str, int]]()
        seen = set[int]()
        while waiting:
            part = waiting.pop()
            moment = self.moments[part]
            if part in seen or moment.kind == "source":
                continue
            seen.add(part)
            settled = self.met[part] and moment.kind in ("computed", "elementwise")
            if not settled:
                lines.add(self._line(part))
            if not settled or self._line(part) == line:
                waiting += moment.parts
        lines.discard(line)
        return tuple(sorted(number for function, number in lines if function == line[0]))

    def _last_followed(self, number: int) -> int | None:
        """The latest value on a right way out of which it is made, if another line made it and it is no argument."""
        line = self._line(number)
        waiting, seen, best = list(self.moments[number].parts), set[int](), None
        while waiting:
            part = waiting.pop()
            if part in seen:
                continue
            seen.add(part)
            if self.met[part] and self.moments[part].kind in ("computed", "elementwise"):
                if self._line(part) != line and (best is None or part > best):
                    best = part
            else:
                waiting += self.moments[part].parts
        return best

    def _line(self, number: int) -> tuple[str, int]:
        place = self.recording.places[self.moments[number].place]
        return place.function, place.line

    def before_the_error(self) -> Lost | None:
        """The last value that is on a right way and was computed."""
        for number in reversed(range(len(self.moments))):
            if self.met[number] and self.moments[number].kind in ("computed", "elementwise"):
                return Lost(self.recording.places[self.moments[number].place], how="raised")
        return None


def _goes_on(mine: list[np.ndarray | None], right: Recording) -> bool:
    """Whether an expression of a right way has these values one after the other, and others after them."""
    rounds: dict[int, list[np.ndarray | None]] = {}
    for moment in right.moments:
        rounds.setdefault(moment.place, []).append(moment.value)
    longer = (values for values in rounds.values() if len(values) > len(mine))
    return any(
        all(map(_are_one, mine, values)) and not _are_one(values[-1], mine[-1]) and not _are_one(mine[0], mine[-1])
        for values in longer
    )


def _are_one(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    same = one is not None and other is not None and one.shape == other.shape
    return same and bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))  # type: ignore[arg-type]  # both are there


def _say(lost: Lost) -> str:
    here, after = _where(lost.place) + _turn(lost.turn), lost.after and _where(lost.after)
    if lost.how == "early":
        return f"{here} is on a right way, but a right loop goes on from there: does yours end too early?"
    if lost.how == "raised":
        return f"The last value before the error that I find on a right way is {here}."
    if lost.how == "returned":
        made = f" ({after})" if after else ""
        return f"What you return, {here}{made}, is on a right way, but it is not what is asked for, or not all of it."
    sources = _other_lines(lost)
    where = f" (see line{'s' * (len(sources) > 1)} {listed(sources)}, too)" if sources else ""
    if lost.was_right and lost.keeps:
        return (
            f"{_where(lost.place)} is on a right way at first, but not in every round of the loop: what does one round "
            "change in it for the next?"
        )
    if lost.was_right and not (lost.sure and lost.certain):
        return (
            f"{_where(lost.place)} is on a right way at first, but not in every round of the loop: look at it, and "
            f"at what one round hands to the next{where}."
        )
    if not lost.sure:
        if after:
            return f"I can follow you as far as {after}. I am not sure, but look first at {here}{where}."
        return f"I am not sure, but look first at {here}{where}: this value is on no way that I know."
    first, follow = "the first value that I cannot find on", "all is on a right way" if lost.certain else "I can follow"
    if after:
        return (
            f"Up to {after} {follow}. {here} is made of it and is {first} {'one' if lost.certain else 'a right way'}: "
            f"something is missing before{where}, or it does not go together like this."
        )
    known = f"Up to here {follow}; {here} is {first} {'one' if lost.certain else 'a right way'}."
    return f"{known} Either its parts do not go together like this, or one of them should be another{where}."


def _turn(turn: Turn | None) -> str:
    """The round of a loop, as it is said after a place."""
    return "" if turn is None else f" (in {_rounds(turn)})"


def _rounds(turn: Turn) -> str:
    loop = "the loop" if turn.around is None else "the inner loop"
    outer = "" if turn.around is None else f"{_rounds(turn.around)}; "
    return f"{outer}round {turn.number} of {loop}{f', {turn.counter}' if turn.counter else ''}"


def _other_lines(lost: Lost) -> tuple[int, ...]:
    """The lines that its parts come from, where they are few enough to look at."""
    lines = tuple(line for line in lost.sources if lost.after is None or line != lost.after.line)
    return lines if len(lines) <= _MOST_LINES else ()


def _where(place: Place) -> str:
    text = place.text if len(place.text) <= _LONGEST_TEXT else f"{place.text[: _LONGEST_TEXT - 2].rstrip()} …"
    return f"`{text}` in line {place.line}" + (f" of {place.function}" if place.function else "")


def lines_of(lost: Lost) -> Iterator[int]:
    """The lines that are named, the place first."""
    yield lost.place.line
    if lost.after is not None:
        yield lost.after.line
    if lost.how == "computed":
        yield from _other_lines(lost)
