"""Catalogued mistakes recognised in the outcomes of an answer: everywhere, in the ordinary cases, part by part.

An answer need not agree with a known mistake everywhere: an edge may be done right, and two results may each have a
mistake of their own. Nothing is said that a case speaks against: where the answer is wrong, it is wrong as the mistake
is, or its number is shown beside what is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.comparing import close, same
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.views import NEEDED, information
from rnncourse.exercises.definitions import Mistake
from rnncourse.exercises.edits import changed

#: What an advice says of other results, which is not so where these are wrong too: "c is right. But …".
_PRAISE = re.compile(r"^[^.:]*\b(?:is|are) right(?:, but |\. But |\. |: | but for )")
#: What an advice says at its end of an edge, which is not so where the edge is done right.
_ASIDE = re.compile(r" \(And [^()]*\)$")


@dataclass(frozen=True)
class Match:
    """A known mistake, or two in two parts, that an answer makes.

    Attributes:
        name: for the instructor's report; two names with a semicolon between them.
        advice: what to tell the learner.
        unlike: a case in which the answer is wrong in another way than the mistake, or None.
    """

    name: str
    advice: str
    unlike: int | None = None


#: Said around an advice that holds in the ordinary cases, where at an edge the answer has other numbers than it says.
_ORDINARILY, _NOT_HERE = "In the ordinary cases: ", "It does not explain what happens at an edge:"


def recognise(evidence: Evidence) -> Match | None:
    """The known mistake that fits an answer: in all cases, else in the ordinary ones, else two in its parts.

    Args:
        evidence: the cases, the ordinary ones first, what the answer gave, and the truth.
    """
    known = [_Known(evidence, mistake) for mistake in evidence.exercise.mistakes]
    looks: tuple[Callable[[_Known], bool], ...] = (_everywhere, _but_for_edges_done_right, _in_ordinary_cases)
    for fits in looks:
        found = next((one for one in known if fits(one)), None)
        if found is not None:
            advice = found.mistake.advice if fits is _everywhere else _ASIDE.sub("", found.mistake.advice)
            unlike = found.unlike()
            if unlike is not None and _is_finite(found.gives(unlike)) and _is_finite(evidence.outcomes[unlike]):
                advice = f"{_ORDINARILY}{advice}\n{_NOT_HERE}"
            return Match(found.mistake.name, advice, unlike)
    return _part_by_part(evidence, known)


def does_as_given(evidence: Evidence) -> bool:
    """Whether an answer still does, in every case, what the function does whose mistake is to be found."""
    given = evidence.exercise.given
    return given is not None and _everywhere(_Known(evidence, given))


class _Known:
    """A known mistake beside an answer. The mistake is run in a case when its outcome is first asked for."""

    def __init__(self, evidence: Evidence, mistake: Mistake) -> None:
        self.evidence, self.mistake = evidence, mistake
        self._asked: dict[int, Outcome] = {}

    def gives(self, case: int) -> Outcome:
        """What comes of the mistake in a case."""
        if case not in self._asked:
            exercise = self.evidence.exercise
            self._asked[case] = ask(exercise.as_call(), self.mistake.function, self.evidence.cases[case])
        return self._asked[case]

    def is_as_answered(self, case: int) -> bool:
        """Whether the answer ends like the mistake: in the same numbers, or the same error."""
        return same(self.evidence.outcomes[case], self.gives(case), self.evidence.exercise.tolerance)

    def raises_too(self, case: int) -> bool:
        """Whether both raise something, of whatever kind."""
        return self.evidence.outcomes[case].ending is self.gives(case).ending is Ending.RAISED

    def unlike(self) -> int | None:
        """The first case in which the answer is wrong, but not as the mistake is."""
        return next((case for case in self.evidence.wrong_cases if not self.is_as_answered(case)), None)


def _everywhere(known: _Known) -> bool:
    return all(known.is_as_answered(case) for case in range(len(known.evidence.outcomes)))


def _but_for_edges_done_right(known: _Known) -> bool:
    """The same in all ordinary cases, wrong ones among them; at an edge the same, or right."""
    evidence = known.evidence
    compared = {*evidence.ordinary_cases, *evidence.wrong_cases}
    if not set(evidence.ordinary_cases) & set(evidence.wrong_cases):
        return False
    same_there = all(map(known.is_as_answered, sorted(compared))) and _says_enough(known, evidence.wrong_cases)
    return same_there and not _claims_too_much(known) and not _differs_at_an_edge(known)


def _differs_at_an_edge(known: _Known) -> bool:
    """Whether an edge case speaks against a mistake: it gives wrong numbers there, and the answer is right.

    Its advice may speak of that edge: "short ones are stretched". What overflows there, or raises, is a fault of its
    own that a careful learner has not made; and a small whole number may be right by chance.
    """
    evidence = known.evidence
    edges = sorted(set(range(len(evidence.outcomes))) - {*evidence.ordinary_cases, *evidence.wrong_cases})
    other = [case for case in edges if _is_finite(known.gives(case)) and not known.is_as_answered(case)]
    return any(sum(map(information, evidence.expected[case].values)) >= NEEDED for case in other)


def _is_finite(outcome: Outcome) -> bool:
    numbers = (np.isfinite(value.astype(float)).all() for value in outcome.values)
    return outcome.ending is Ending.RETURNED and all(numbers)


def _claims_too_much(known: _Known) -> bool:
    """Whether the answer is the mistake without one of its changes, of which the advice speaks too."""
    function: Any = known.mistake.function
    edits = getattr(function, "edits", ())
    for left_out in range(len(edits)) if len(edits) > 1 else ():
        less = changed(function.reference, *edits[:left_out], *edits[left_out + 1 :], **function.names)
        one = _Known(known.evidence, replace(known.mistake, function=less))
        if all(map(one.is_as_answered, range(len(known.evidence.outcomes)))):
            return True
    return False


def _in_ordinary_cases(known: _Known) -> bool:
    """The same numbers in the ordinary cases, wrong ones among them; an error in one may have other words.

    What is wrong at an edge is shown beside. Whole numbers agree by chance now and then: there this is no evidence.
    """
    numbers = []
    for case in known.evidence.ordinary_cases:
        if known.is_as_answered(case):
            numbers.append(case)
        elif not known.raises_too(case):
            return False
    return _says_enough(known, numbers) and not _claims_too_much(known) and not _differs_at_an_edge(known)


def _says_enough(known: _Known, cases: Iterable[int]) -> bool:
    """Whether the numbers that are wrong like the mistake are too many, or too odd, to agree by chance."""
    outcomes, wrong = known.evidence.outcomes, known.evidence.wrong_cases
    told = [case for case in cases if case in wrong]
    return sum(information(array) for case in told for array in outcomes[case].values) >= NEEDED


def _part_by_part(evidence: Evidence, known: Sequence[_Known]) -> Match | None:
    """For each part that is wrong a mistake that gives the same there, where every one of them has such a mistake."""
    left = set(evidence.wrong_parts())
    if len(evidence.exercise.parts) < 2 or not evidence.returned:
        return None
    found: list[tuple[_Known, set[int]]] = []
    while left:
        fitting = [(one, _fitting_parts(one, left)) for one in known if not _only_reorders(one)]
        true = [(one, parts) for one, parts in fitting if parts and not _spoils_another(one, parts)]
        best = max(true, key=lambda pair: len(pair[1]), default=None)
        if best is None:
            return None
        found.append(best)
        left -= best[1]
    lines = [_said(evidence, one, parts, alone=len(found) == 1) for one, parts in found]
    return Match("; ".join(one.mistake.name for one, _ in found), "\n".join(lines))


def _fitting_parts(known: _Known, parts: set[int]) -> set[int]:
    return {part for part in parts if _part_fits(known, part)}


def _part_fits(known: _Known, part: int) -> bool:
    """Whether a part is wrong as with the mistake: the same numbers in every case, and enough of them."""
    evidence, tolerance = known.evidence, known.evidence.exercise.tolerance
    bits = 0.0
    for case, (got, want) in enumerate(zip(evidence.outcomes, evidence.expected, strict=True)):
        given = known.gives(case)
        if given.ending is not Ending.RETURNED or not close(got.values[part], given.values[part], tolerance):
            return False
        if not close(got.values[part], want.values[part], tolerance):
            bits += information(got.values[part])
    return bits >= NEEDED


def _spoils_another(known: _Known, parts: set[int]) -> bool:
    """Whether the mistake makes a part wrong in another way than the answer has it: its advice may speak of that one.

    "Only W_y moves" is not so where W_y does not move either, though the others stand still as they do with it.
    """
    evidence, tolerance = known.evidence, known.evidence.exercise.tolerance
    others = set(range(len(evidence.exercise.parts))) - parts
    for case in evidence.ordinary_cases:
        given = known.gives(case)
        if given.ending is not Ending.RETURNED:
            return True
        ways = evidence.expected[case].values, evidence.outcomes[case].values
        if not all(any(close(given.values[part], way[part], tolerance) for way in ways) for part in others):
            return True
    return False


def _only_reorders(known: _Known) -> bool:
    """Whether all that the mistake returns is right, in another place: that is said of the whole answer or not."""
    truth, given, tolerance = known.evidence.expected[0].values, known.gives(0), known.evidence.exercise.tolerance
    return all(any(close(value, right, tolerance) for right in truth) for value in given.values)


def _said(evidence: Evidence, known: _Known, parts: set[int], alone: bool) -> str:
    advice = known.mistake.advice
    if not alone:
        advice = _PRAISE.sub("", advice)
        advice = advice[:1].upper() + advice[1:]
    names: Any = [evidence.exercise.parts[part] for part in sorted(parts)]
    return f"In {' and '.join(names)}: {advice}"
