"""The search for the changes of a right answer that explain a wrong one in every case, and what is said of them."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, ask_at_once, in_silence
from rnncourse.checking.comparing import close, near, truth
from rnncourse.checking.diagnosis.edits.changes import Change, alike, single_changes
from rnncourse.checking.diagnosis.edits.overlap import Touched, touched
from rnncourse.checking.diagnosis.edits.roles import role_of
from rnncourse.checking.diagnosis.edits.spellings import Spelling, both_of, spelling_of, spellings
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, UNLIKELY
from rnncourse.checking.diagnosis.edits.weighing import NEEDED, NEEDED_FOR_TWO, are_small, bits
from rnncourse.checking.diagnosis.edits.words import name_in_words, plainness
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.exercises.definitions import Case, Exercise, Mistake

#: What a search may cost, in units of some fifty millionths of a second. Counted and not timed, so that a verdict
#: does not depend on how busy the machine is. No stage takes more than its share, so that the later ones have theirs.
WORK = 45_000
_WORK_OF_COMPILING, _WORK_OF_PARSING, _ROUNDS_IN_A_UNIT, _ROUNDS_IN_A_SLOW_UNIT = 8, 30, 8, 24
#: Nodes of a tree whose compiling is a unit of work.
_NODES_IN_A_UNIT = 100
#: How much longer a function of TensorFlow takes, and what each round costs of one that trains.
_SLOWER, _OF_A_STEP = 150, 130
#: Seconds after which a search ends in any case.
_SECONDS = 20.0
#: Seconds after which a slow answer is not asked for more cases.
_SECONDS_OF_ASKING = 1.0
#: Seeds of the cases that are put to an answer whose numbers tell little, and of those that tell two changes apart.
_FRESH, _PROBES = (1001, 1002), (1003, 1004)
_TELLS_ENOUGH = 60.0
#: Further seeds for an answer whose numbers still tell next to nothing: what is seldom wrong, and by little.
_MORE_FRESH = range(1005, 1015)
#: A spelling that goes round its loops this many times in a case comes last, if another one does not.
_MANY_ROUNDS = 1_000

Function = Callable[..., Any]
#: Puts one more case to the answer.
AskMore = Callable[[Case], Outcome]


def find(
    evidence: Evidence, ask_more: AskMore | None = None, is_simpler: Callable[[], bool] = lambda: False
) -> str | None:
    """What one change of a right answer, or two, would explain.

    Args:
        evidence: the cases, what the answer gave, and the truth.
        ask_more: puts a further case to the answer, where that can be done: small whole numbers are looked at in more
            cases before anything is said.
        is_simpler: whether something else explains the answer, and better than two changes at once would. It is asked
            where one change does not.

    Returns:
        One or two sentences, or None.
    """
    if len(evidence.outcomes) < len(evidence.cases) or not any(outcome.values for outcome in evidence.outcomes):
        return None
    if ask_more is not None and _tells(evidence) < _TELLS_ENOUGH:
        evidence = _with_fresh_cases(evidence, ask_more)
    with in_silence():
        search = _Search(evidence)
        stages = ((search.singles, 1), (search.two_mistakes, 2), (search.on_top_of_mistakes, 4), (search.pairs, 1))
        for stage, part in stages:
            if stage != search.singles and is_simpler():
                break
            search.least = search.work - WORK // part
            stage()
            if search.is_done():
                break
        return _say(search)


def _with_fresh_cases(evidence: Evidence, ask_more: AskMore) -> Evidence:
    """The evidence with further cases; many, where the numbers are seldom wrong, and by little."""
    until = time.monotonic() + _SECONDS_OF_ASKING
    evidence = _enlarged(evidence, ask_more)
    for seed in _MORE_FRESH:
        if _tells(evidence) >= NEEDED[POSSIBLE] or time.monotonic() > until:
            break
        evidence = _enlarged(evidence, ask_more, (seed,))
    return evidence


def _tells(evidence: Evidence) -> float:
    """How much the part tells that tells least."""
    return min(bits(evidence, part) for part in evidence.wrong_parts())


def _enlarged(evidence: Evidence, ask_more: AskMore, seeds: Sequence[int] = _FRESH) -> Evidence:
    """The evidence with the answer to further cases; as it was where one of them is not answered."""
    exercise = evidence.exercise
    cases = [case for seed in seeds for case in exercise.make_cases(seed)[: exercise.case_count]]
    outcomes = []
    for case in cases:
        outcomes.append(ask_more(case))
        if outcomes[-1].ending is not Ending.RETURNED:
            return evidence
    return replace(
        evidence,
        cases=(*evidence.cases, *cases),
        outcomes=(*evidence.outcomes, *outcomes),
        expected=(*evidence.expected, *(truth(exercise, case) for case in cases)),
    )


@dataclass(frozen=True)
class _Fit:
    """Something that explains parts of an answer in every case.

    Attributes:
        parts: the wrong parts that it explains.
        whole: whether it gives all parts of the answer.
        spoils: the parts that it makes wrong, and otherwise than the answer has them.
        rank: how likely it is; smaller is likelier.
        clauses: what is said, one for each change.
        known: the names of the catalogued mistakes in it.
        ask: puts a case to the changed function.
    """

    parts: frozenset[int]
    whole: bool
    spoils: frozenset[int]
    rank: int
    clauses: tuple[str, ...]
    known: tuple[str, ...]
    ask: AskMore

    @property
    def order(self) -> tuple[bool, int]:
        """The likeliest first; one that explains everything before one that explains a part."""
        return (not self.whole, self.rank)


@dataclass
class _Search:
    """The right answers, changed one after the other, until every wrong part is explained or the work is done."""

    evidence: Evidence
    fits: list[_Fit] = field(default_factory=list)
    work: int = field(default_factory=lambda: WORK)
    least: int = 0

    def __post_init__(self) -> None:
        self.until = time.monotonic() + _SECONDS
        self.call = self.evidence.exercise.as_call()
        told = {part: bits(self.evidence, part) for part in self.evidence.wrong_parts()}
        self.bits = {part: amount for part, amount in told.items() if amount > 0}
        self.wrong = frozenset(self.bits)
        self.small = {part: are_small(self.evidence, part) for part in self.wrong}
        self.order = _telling_first(self.evidence)
        self.right = self._right_answers()
        self.known = {ast.dump(node) for one in self.right for node in ast.walk(one.function)}

    def is_done(self) -> bool:
        """Whether every wrong part is explained, or the search has to end."""
        return self.explained() >= self.wrong or self.work <= 0 or time.monotonic() > self.until

    def explained(self) -> frozenset[int]:
        """The wrong parts that something explains."""
        return frozenset().union(*(fit.parts for fit in self.fits))

    def _right_answers(self) -> list[Spelling]:
        """Spellings that give the right results, those first that run in fewer rounds; of slow ones no twins."""
        found: list[Spelling] = []
        for one in spellings(self.evidence.exercise):
            is_spare = one.is_twin and one.is_slow and bool(found)
            if not is_spare and self._ends(one, self.evidence.expected):
                found.append(one)
        return sorted(found, key=self._is_costly(found))

    def _is_costly(self, among: Sequence[Spelling]) -> Callable[[Spelling], bool]:
        """Whether a spelling goes round its loops very often, and another one does not."""
        many = _MANY_ROUNDS * len(self.evidence.cases)
        some_are_cheap = any(one.rounds.in_all <= many for one in among)
        return lambda one: some_are_cheap and one.rounds.in_all > many

    def singles(self) -> None:
        """One change of a right answer: the likely ones of every spelling before the possible ones of any."""
        is_costly = self._is_costly(self.right)
        cheap = [(spelling, self._changes(spelling)) for spelling in self.right if not is_costly(spelling)]
        costly = [(spelling, self._changes(spelling)) for spelling in self.right if is_costly(spelling)]
        self._singles([*cheap, *costly], (LIKELY,))
        self._singles(cheap, (POSSIBLE, UNLIKELY))
        self._singles(costly, (POSSIBLE, UNLIKELY))

    def _singles(self, changes: list[tuple[Spelling, list[Change]]], ranks: tuple[int, ...]) -> None:
        groups: dict[int, list[tuple[int, tuple[Change, ...]]]] = {}
        for rank in ranks:
            if any(fit.whole for fit in self.fits):
                return
            for number, (spelling, found) in enumerate(changes):
                for change in found:
                    if change.rank == rank:
                        self._try(spelling, (change,), rank, change.needed)
                if rank > LIKELY and number not in groups:
                    groups[number] = [(_rank_of_all(group), group) for group in alike(found)]
                for of_group, group in groups.get(number, ()):
                    if of_group == rank:
                        self._try(spelling, group, rank, NEEDED[rank], words=(_words_of_all(group),))

    def two_mistakes(self) -> None:
        """Two mistakes of the catalogue, the likelier ones first."""
        numbered = combinations(enumerate(self.evidence.exercise.mistakes), 2)
        for (_, one), (_, two) in sorted(numbered, key=lambda pair: pair[0][0] + pair[1][0]):
            spelling = None if self._is_spent() else both_of(one.function, two.function)
            if spelling is not None:
                self.work -= _WORK_OF_PARSING
                self._limit(spelling, max((right.rounds.limit for right in self.right), default=0))
                self._try(spelling, (), LIKELY, NEEDED_FOR_TWO, (one, two))

    def on_top_of_mistakes(self) -> None:
        """One change of a mistake of the catalogue."""
        for mistake in self.evidence.exercise.mistakes:
            spelling = None if self._is_spent() else spelling_of(mistake.function)
            if spelling is None or not self._ends(spelling):
                continue
            self.work -= _WORK_OF_PARSING
            theirs = self._touched_by(mistake, spelling)
            for change in self._changes(spelling):
                if change.rank == LIKELY and self._is_of_a_right_answer(change) and not theirs.has(change):
                    self._try(spelling, (change,), LIKELY, NEEDED_FOR_TWO, (mistake,))

    def _touched_by(self, mistake: Mistake, spelling: Spelling) -> Touched:
        """What a mistake has changed, where it is an edit of a right answer; else that is not known."""
        right = vars(mistake.function).get("reference")
        of = None if right is None or "edits" not in vars(mistake.function) else spelling_of(right)
        return Touched() if of is None else touched(spelling.function, of.function)

    def pairs(self) -> None:
        """Two likely changes of a right answer."""
        for spelling in self.right:
            for first in self._changes(spelling):
                if first.rank != LIKELY or self._is_spent():
                    continue
                with first.in_place():
                    seconds = self._changes(spelling)
                for second in seconds:
                    inside = second.spot.node is first.new
                    if second.rank == LIKELY and second.number >= first.number and not inside:
                        self._try(spelling, (first, second), LIKELY + LIKELY, NEEDED_FOR_TWO)

    def _is_of_a_right_answer(self, change: Change) -> bool:
        """Whether what is changed stands in a right answer, too: the known mistake is elsewhere, and remains.

        Of a function that another one replaces, this is so wherever it is called.
        """
        called = _other_function_called(change)
        old = change.spot.node if isinstance(change.spot.node, list) else [called or change.spot.parent]
        return all(ast.dump(node) in self.known for node in old)

    def _changes(self, spelling: Spelling) -> list[Change]:
        texts = {name for name, value in self.evidence.cases[0].items() if isinstance(value, str)}
        found = single_changes(spelling.function, self.evidence.exercise.parts)
        return [change for change in found if not _puts_a_text(change, texts)]

    def _is_spent(self) -> bool:
        return self.work <= max(0, self.least) or time.monotonic() > self.until

    def _try(
        self,
        spelling: Spelling,
        changes: Sequence[Change],
        rank: int,
        needed: float,
        known: tuple[Mistake, ...] = (),
        words: tuple[str, ...] | None = None,
    ) -> None:
        """Note it if the changed function gives what the answer gave, in every case."""
        trusted = rank < UNLIKELY or bool(known)
        told = frozenset(p for p in self.wrong if trusted or not self.small[p])
        together = sum(self.bits[p] for p in told)
        wanted = frozenset(p for p in told if self.bits[p] >= needed) or (told if together >= needed else frozenset())
        if not wanted or self._is_spent():
            return
        with ExitStack() as changed:
            for change in changes:
                changed.enter_context(change.in_place())
            function = self._compiled(spelling)
            if function is None:
                return
            parts, whole, spoils = self._explained(spelling, function, wanted)
        if whole:  # one change makes all parts, also those that tell little
            parts = self.wrong if max(self.bits[p] for p in told) >= NEEDED_FOR_TWO else told
        else:
            parts = frozenset(p for p in parts if self.bits[p] >= NEEDED_FOR_TWO and not self.small[p])
        if parts and spoils <= self.wrong and (whole or len(changes) + len(known) == 1 or words):
            clauses = words or tuple(change.clause() for change in changes)
            ask = partial(self._asked, spelling, function)
            self.fits.append(_Fit(parts, whole, spoils, rank, clauses, tuple(one.name for one in known), ask))

    def _compiled(self, spelling: Spelling) -> Function | None:
        self.work -= _WORK_OF_COMPILING + spelling.size // _NODES_IN_A_UNIT
        try:
            return spelling.compiled()
        except (SyntaxError, ValueError, TypeError):
            return None

    def _explained(
        self, spelling: Spelling, function: Function, wanted: frozenset[int]
    ) -> tuple[frozenset[int], bool, frozenset[int]]:
        """Which of the wanted parts the function gives in every case, whether it gives all parts, which it spoils."""
        everything = _all_parts(self.evidence.exercise)
        unlike, wrong = frozenset[int](), frozenset[int]()
        for case in self.order:
            given = self._asked(spelling, function, self.evidence.cases[case])
            equal = _equal(self.evidence.exercise, given, self.evidence.outcomes[case])
            unlike |= everything - equal
            wanted &= equal
            if not wanted:
                break
            wrong |= everything - _equal(self.evidence.exercise, given, self.evidence.expected[case])
        return wanted, not unlike, unlike & wrong

    def _asked(self, spelling: Spelling, function: Function, case: Case) -> Outcome:
        spelling.rounds.made = 0
        given = ask_at_once(self.call, function, case)
        rounds = spelling.rounds.made
        if spelling.trains:
            self.work -= (1 + rounds) * _OF_A_STEP
        elif spelling.is_slow:
            self.work -= (1 + rounds // _ROUNDS_IN_A_SLOW_UNIT) * _SLOWER
        else:
            self.work -= 1 + rounds // _ROUNDS_IN_A_UNIT
        return given

    def _ends(self, spelling: Spelling, expected: Sequence[Outcome] = ()) -> bool:
        """Whether a spelling answers every case, as expected if that is given; sets the limit of its rounds."""
        most, function = 0, spelling.compiled()
        spelling.rounds.in_all = 0
        exercise = self.evidence.exercise
        for index, case in enumerate(self.evidence.cases):
            given = self._asked(spelling, function, case)
            right = not expected or _equal(exercise, given, expected[index]) == _all_parts(exercise)
            if given.ending is not Ending.RETURNED or not right:
                return False
            most = max(most, spelling.rounds.made)
            spelling.rounds.in_all += spelling.rounds.made
        self._limit(spelling, 2 * most + 20)
        return True

    def _limit(self, spelling: Spelling, rounds: int) -> None:
        spelling.rounds.limit, spelling.rounds.until = rounds, self.until


def _puts_a_text(change: Change, texts: set[str]) -> bool:
    """Whether a text would stand where something else belongs: what comes of it is chance."""
    match change.spot.node, change.new:
        case ast.Name(id=old), ast.Name(id=new):
            return new in texts and old not in texts
    return False


def _rank_of_all(group: Sequence[Change]) -> int:
    """Several changes are less likely than one, but that another variable is returned is one mistake."""
    return POSSIBLE if all(change.spot.returned for change in group) else min(UNLIKELY, group[0].rank + 1)


def _words_of_all(group: Sequence[Change]) -> str:
    """What changes of one kind do; two functions that are called the same way are both named."""
    if all(change.spot.returned for change in group):
        return group[0].words()
    first, *rest = dict.fromkeys(change.words() for change in group)
    (head, _, tail), called = first.partition(" were "), all(isinstance(change.new, ast.Call) for change in group)
    if called and len(rest) == 1 and rest[0].endswith(f" were {tail}"):
        return f"{head} and {rest[0]}"
    roles = {role_of(change.spot) for change in group}
    if len(roles) == 1 and not rest and (role := roles.pop()):
        return f"{first}, {role}, at each such place"
    return f"{first}, and likewise at each such place"


def _other_function_called(change: Change) -> ast.expr | None:
    """The function that a change replaces, where the arguments of its call stay as they are."""
    match change.spot.node, change.new:
        case ast.Call(func=old, args=before), ast.Call(func=new, args=after) if before == after and old is not new:
            return old
    return None


def _all_parts(exercise: Exercise) -> frozenset[int]:
    return frozenset(range(max(1, len(exercise.parts))))


def _equal(exercise: Exercise, given: Outcome, got: Outcome) -> frozenset[int]:
    """The parts that are the same; of an error all, if it is the same error."""
    if given.ending is not got.ending:
        return frozenset()
    if got.ending is not Ending.RETURNED:
        return _all_parts(exercise) if given.error == got.error else frozenset()
    pairs = enumerate(zip(given.values, got.values, strict=True))
    return frozenset(part for part, (a, b) in pairs if close(a, b, exercise.tolerance))


def _telling_first(evidence: Evidence) -> list[int]:
    """The numbers of the cases: ordinary ones before edge cases, those that show something before others."""
    wrong = [_wrong_numbers(evidence, case) for case in range(len(evidence.cases))]
    ordinary = evidence.exercise.ordinary
    return sorted(range(len(wrong)), key=lambda case: (wrong[case] == 0, case >= ordinary, case))


def _wrong_numbers(evidence: Evidence, case: int) -> int:
    got, want = evidence.outcomes[case], evidence.expected[case]
    if got.ending is not Ending.RETURNED:
        return 0
    tolerance = evidence.exercise.tolerance
    pairs = zip(got.values, want.values, strict=True)
    return sum(b.size if a.shape != b.shape else int(np.sum(~near(a, b, tolerance))) for a, b in pairs)


def _say(search: _Search) -> str | None:
    """What is certain of each wrong part; parts with the same words are told together."""
    said: dict[str, list[int]] = {}
    fits = search.fits
    if not search.explained() >= search.wrong:  # a part alone is right or wrong by accident, where the rest stays open
        fits = [fit for fit in fits if fit.rank == LIKELY and 2 * len(search.explained()) > len(search.wrong)]
    for part in sorted(search.wrong):
        text = _clause(search, part, [fit for fit in fits if part in fit.parts])
        if text is not None:
            said.setdefault(text, []).append(part)
    open_parts = search.wrong - {part for parts in said.values() for part in parts}
    if open_parts:  # what makes these wrong too, and otherwise, fits a part by chance
        fits = [fit for fit in fits if not fit.spoils & open_parts]
        kept = {part: _clause(search, part, [fit for fit in fits if part in fit.parts]) for part in search.wrong}
        said = {text: [part for part in parts if kept[part] == text] for text, parts in said.items()}
        said = {text: parts for text, parts in said.items() if parts}
    names = search.evidence.exercise.parts
    lines = []
    for text, parts in said.items():
        whose = "" if len(parts) == len(search.wrong) else f" for {' and '.join(names[part] for part in parts)}"
        lines.append(f"Your numbers{whose} are {text}.")
    return " ".join(lines) or None


def _clause(search: _Search, part: int, fits: list[_Fit]) -> str | None:
    """The likeliest explanation of a part, if no other one is as likely, or two that the cases cannot tell apart."""
    if not fits:
        return None
    best = min(fit.order for fit in fits)
    asked_for = [name_in_words(name) for name in search.evidence.cases[0]]
    likeliest = sorted((fit for fit in fits if fit.order == best), key=lambda fit: _how_plain(fit, asked_for))
    meanings = list(_meanings(search, part, likeliest))
    if len(meanings) == 1:
        return _words(meanings[0])
    plain = all(len(fit.clauses) == 1 and not fit.known for fit in meanings)
    if len(meanings) == 2 and plain and search.bits[part] >= NEEDED_FOR_TWO:
        return f"as if {meanings[0].clauses[0]}, or as if {meanings[1].clauses[0]}"
    return None


def _how_plain(fit: _Fit, arguments: Sequence[str]) -> tuple[bool, bool, int, bool, int]:
    """What is left out before what is put in, a factor first; what has names before what has none, names of arguments
    before names of the right answer's own; the shorter."""
    clause = ", ".join(fit.clauses)
    vague, length = plainness(clause)
    is_plain = "were left out" in clause or "every step began" in clause
    names_one = any(re.search(rf"\b{re.escape(name)}\b", clause) for name in arguments)
    return not is_plain, not clause.startswith("the factor"), vague, not names_one, length


def _words(fit: _Fit) -> str:
    known, clauses = [f"“{name}”" for name in fit.known], list(dict.fromkeys(fit.clauses))
    if len(known) == 2:
        return f"what two known mistakes give together: {known[0]} and {known[1]}"
    if known:
        return f"what a known mistake gives, {known[0]}, with another one on top: as if {clauses[0]}"
    if len(fit.clauses) == 2 and len(clauses) == 1:
        return f"as if, in two places, {clauses[0]}"
    if len(clauses) == 2:
        return f"as if two things came together: as if {clauses[0]}, and as if {clauses[1]}"
    return f"as if {clauses[0]}"


def _meanings(search: _Search, part: int, fits: list[_Fit]) -> Iterator[_Fit]:
    """One fit of each meaning: two that give the same numbers in cases that nobody has seen yet say the same."""
    exercise = search.evidence.exercise
    cases = [case for seed in _PROBES for case in exercise.make_cases(seed)[: exercise.case_count]]
    seen: list[list[Outcome]] = []
    for fit in fits[:20]:
        given = [fit.ask(case) for case in cases] if len(fits) > 1 else []
        if not any(_agree(exercise, given, other, part) for other in seen):
            seen.append(given)
            yield fit


def _agree(exercise: Exercise, one: list[Outcome], two: list[Outcome], part: int) -> bool:
    return all(part in _equal(exercise, a, b) for a, b in zip(one, two, strict=True))
