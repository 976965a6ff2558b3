"""From what a function returned to what the learner should think about next.

The comparison needs only outcomes, which are plain data: it can run where the learner's code never was.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np

from rnncourse.checking.calls import Ending, Outcome, as_python, ask, with_article
from rnncourse.checking.comparing import first_wrong, near, parts_right, same, truth
from rnncourse.checking.diagnosis import (
    behaviour,
    by_hand,
    dependence,
    designs,
    errors,
    other_arguments,
    pieces,
    relations,
    trace,
)
from rnncourse.checking.diagnosis.dependence import AskMore
from rnncourse.checking.diagnosis.edits import search as edits
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.sizes import listed
from rnncourse.checking.foreign_text import one_line
from rnncourse.checking.given import is_untouched
from rnncourse.checking.matching import Match, does_as_given, recognise
from rnncourse.exercises.definitions import (
    Call,
    Case,
    Design,
    Exercise,
    Question,
    Stage,
    Symptom,
    Task,
    Training,
    call_with_case,
)
from rnncourse.project import Card, Project, findings

#: Calls a function with a case and records what comes of it: here, or where the function is.
Ask = Callable[[Call, Callable[..., Any], Case], Outcome]
#: Time limit for a question put on the way to a diagnosis: a loop that ends for the cases may not end for others.
_SECONDS_TO_ASK_MORE = 1.0
#: Says how an answer differs in the case of an index, or in the first that is wrong.
Say = Callable[[Evidence, int | None], str]
#: Said of a function that has a mistake to be found, before what the mistake shows.
_AS_GIVEN = "It still does what the function did that was given: the mistake is there. This is what it shows:"
_LONGEST_VALUE, _LONGEST_FINDING = 200, 1200
#: So many numbers of an array are shown whole: of an argument, and of what a design is put to work on, and does.
_FEW, _SEQUENCE = 6, 24
#: Steps of which so few numbers are 1 and the rest 0 are told by the places of the ones.
_MOST_ONES = 3
#: Of the data out of which a design is computed.
_MOST_ROWS = 40
#: A list may hold itself.
_DEEPEST = 8
_PLAIN = (bool, int, float, str, type(None))
#: How the names of several things end: outputs, states, biases; not a bias, nor a loss.
_PLURALS = tuple(f"{letter}s" for letter in "bcdefghklmnoprtwxyz")


class Status(StrEnum):
    """Where a learner stands with an exercise."""

    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Verdict:
    """What is to be said about one answer.

    Attributes:
        exercise: name of the exercise.
        status: right, partly right, wrong or not attempted.
        advice: what to tell the learner; never the solution.
        mistake: name of the known mistake that was recognised, or None.
        share: share of the points earned, 0 to 1.
    """

    exercise: str
    status: Status
    advice: str = ""
    mistake: str | None = None
    share: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data for JSON."""
        return asdict(self) | {"status": str(self.status)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Verdict:
        """From the data of ``to_dict``.

        Raises:
            ValueError, KeyError, TypeError: they are not such data.
        """
        return cls(**{**data, "status": Status(data["status"])})


def evaluate(task: Task, answer: Any, seed: int, hidden: bool = False) -> Verdict:
    """Ask, compare, advise: the verdict on one answer.

    Args:
        task: what was asked for.
        answer: the learner's function, the answer to the question, or the trained model.
        seed: which cases to try; the same seed gives the same verdict.
        hidden: whether the cases are to stay unknown to the learner: then the advice shows no number of theirs.
    """
    match task:
        case Exercise():
            return judge_function(task, answer, seed, hidden)
        case Question():
            return judge_answer(task, answer)
        case Training():
            return judge_model(task, answer, seed)
        case Stage():
            return judge_stage(task, answer)
    raise TypeError(f"No answer to {with_article(type(task).__name__)} can be judged.")


def judge_function(exercise: Exercise, function: Any, seed: int, hidden: bool = False) -> Verdict:
    """The verdict on a learner's function: it is asked for every case, and the outcomes are compared."""
    if not callable(function):
        return not_a_function(exercise, type(function).__name__)
    call, cases = exercise.as_call(), exercise.make_cases(seed)
    outcomes = []
    for case in cases:
        outcomes.append(ask(call, function, case))
        if outcomes[-1].ending.ends_it_all:
            break
    patient = replace(call, seconds=min(call.seconds, _SECONDS_TO_ASK_MORE))
    here = None if hidden else function  # a place in the source is a number, which hidden cases do not say
    return judge_outcomes(exercise, cases, outcomes, lambda case: ask(patient, function, case), here, hidden)


def not_a_function(exercise: Exercise, kind: str) -> Verdict:
    """The verdict on something else under the function's name: a value of the type of this name."""
    name = exercise.name
    return Verdict(name, Status.WRONG, f"{name} is {with_article(kind)}, expected a function: def {name}(…).")


def judge_outcomes(
    exercise: Exercise,
    cases: list[Case],
    outcomes: list[Outcome],
    ask_more: AskMore | None = None,
    function: Callable[..., Any] | None = None,
    hidden: bool = False,
) -> Verdict:
    """Compare outcomes with the reference; name the mistake, or say how the answer differs, and where first.

    Args:
        exercise: the exercise.
        cases: the cases that were tried.
        outcomes: what came of them, as many as cases or fewer where the rest was not worth trying.
        ask_more: puts a further case to the answer, where that can be done.
        function: the answer itself, where it is here: the place of its mistake is looked for in its source.
        hidden: as for ``evaluate``.
    """
    if any(outcome.ending is Ending.NOT_ATTEMPTED for outcome in outcomes):
        return Verdict(exercise.name, Status.NOT_ATTEMPTED, outcomes[-1].text)
    expected = [truth(exercise, case) for case in cases]
    right = parts_right(exercise, outcomes, expected)
    share = sum(right) / len(right)
    if share == 1:
        return Verdict(exercise.name, Status.RIGHT, _remark(outcomes), share=1.0)
    evidence = Evidence(exercise, tuple(cases), tuple(outcomes), tuple(expected))
    say = _difference_in_words if hidden else _difference
    if does_as_given(evidence):
        if function is None or is_untouched(exercise, function):
            return Verdict(exercise.name, Status.NOT_ATTEMPTED, f"{_AS_GIVEN} {say(evidence, None)}")
        share = 0.0  # what was given earns nothing, however it is written
    mistake = recognise(evidence)
    advice = _advice(evidence, mistake, say) if mistake else _diagnosis(evidence, ask_more, function, say)
    status = Status.PARTLY if share > 0 else Status.WRONG
    return Verdict(exercise.name, status, advice, mistake.name if mistake else None, share)


def _advice(evidence: Evidence, found: Match, say: Say) -> str:
    """What the catalogue says; with a difference where an error was raised, and where the mistake is not all of it."""
    index = evidence.wrong_cases[0] if found.unlike is None else found.unlike
    if found.unlike is None and evidence.outcomes[index].ending is not Ending.RAISED:
        return found.advice
    return f"{found.advice}\n{say(evidence, index)}"


def _diagnosis(evidence: Evidence, ask_more: AskMore | None, function: Callable[..., Any] | None, say: Say) -> str:
    """What can be said of no known mistake: how the answer is related to the truth, and the first difference."""
    try:
        found = _found_out(evidence, ask_more, function)
    except Exception as error:  # what an answer holds may be stranger than we thought; that it is wrong is sure
        fault = f"{type(error).__name__}: {error}"
        warnings.warn(f"{evidence.exercise.name} could not be diagnosed ({fault}): a fault of ours.", stacklevel=2)
        found = _Finding()
    words = "" if say is _difference_in_words and found.shows_data else found.text
    shown = say(found.shown or evidence, None)
    small = _small_case(evidence, ask_more) if function is not None else ""
    said = (shown, words) if found.explains_the_difference else (words, shown)
    return "\n".join(filter(None, (*said, small)))


def _small_case(evidence: Evidence, ask_more: AskMore | None) -> str:
    """The same fault in a case that is small enough to do by hand; '' where there is none."""
    try:
        alone = by_hand.find(evidence, ask_more)
    except Exception as error:  # as for the diagnosis
        fault = f"{type(error).__name__}: {error}"
        warnings.warn(f"{evidence.exercise.name} has no small case ({fault}): a fault of ours.", stacklevel=2)
        return ""
    if alone is None:
        return ""
    got, want = alone.outcomes[0], alone.expected[0]
    part = first_wrong(got, want, evidence.exercise.tolerance)
    subject = _Subject.of(evidence.exercise, part)
    numbers = f"{subject.is_} {_written(got.values[part])}, expected {_written(want.values[part])}"
    return f"Small enough to do by hand: with {_written_out(alone.cases[0])}, {numbers}."


def _written_out(case: Case) -> str:
    """All arguments with their numbers; arrays that are 0 everywhere at the end, by their names."""
    empty = [
        name for name, value in case.items() if isinstance(value, np.ndarray) and value.size > 1 and not np.any(value)
    ]
    told = [_told(name, value) for name, value in case.items() if name not in empty]
    return ", ".join([*told, *([f"0 everywhere in {listed(empty)}"] if empty else [])])


def _told(name: str, value: Any) -> str:
    return f"{name} {value}" if isinstance(value, by_hand.Step | by_hand.Bigrams) else f"{name} = {_written(value)}"


def _written(value: Any) -> str:
    """A small value as Python writes it, arrays as lists of lists, with few digits."""
    if isinstance(value, np.ndarray):
        return _written(value.tolist())
    if isinstance(value, list | tuple):
        inside = ", ".join(map(_written, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if by_hand.is_of_the_course(value):
        return str(value.__name__)
    return f"{value + 0.0:.4g}" if isinstance(value, float) else repr(value)


@dataclass(frozen=True)
class _Finding:
    """What was found out about a mistake that is not known.

    Attributes:
        text: what is said of it; '' if nothing was found.
        shows_data: whether a number of a case may be in it, which hidden cases do not say.
        explains_the_difference: whether it is about the first difference, and stands after it.
        shown: a simpler case whose difference is shown in place of the first one.
    """

    text: str = ""
    shows_data: bool = True
    explains_the_difference: bool = False
    shown: Evidence | None = None


def _found_out(evidence: Evidence, ask_more: AskMore | None, function: Callable[..., Any] | None) -> _Finding:
    """Which change of a right answer explains it, what it has to do with the truth, on what it depends, what its error
    says, where it goes wrong. Of a design, which may be made in many ways, only what it does is said."""
    if isinstance(evidence.exercise.call, Design):
        return _found_out_of_a_design(evidence, evidence.exercise.call, ask_more, function)
    if words := _remembers(evidence, ask_more):
        return _Finding(words, shows_data=False)
    if words := pieces.of_entries(evidence):
        return _Finding(words, shows_data=_has_digit(words), explains_the_difference=True)
    related = functools.cache(lambda: relations.find(evidence))

    def is_related() -> bool:
        relation = related()
        return relation is not None and relation.is_plain

    if words := (
        relations.handed_back(evidence) or relations.twins(evidence) or edits.find(evidence, ask_more, is_related)
    ):
        return _Finding(words, shows_data=False)  # made of names and of the reference's source
    if not is_related() and (words := other_arguments.find(evidence)):
        return _Finding(words, shows_data=_has_digit(words))
    if relation := related():
        if relation.is_open and (words := dependence.read_another_way(evidence, ask_more)):
            return _Finding(words, shows_data=_has_digit(words))
        place = trace.find(evidence, function, only_if_sure=True) if function is not None and relation.is_open else None
        text = "\n".join(filter(None, (relation.text, place)))
        return _Finding(text, shows_data=_has_digit(text))
    if words := dependence.find(evidence, ask_more):
        return _Finding(words, shows_data=_has_digit(words))
    words = errors.find(evidence)
    place = trace.find(evidence, function) if function is not None else None
    said = words or relations.only_at_boundaries(evidence, ask_more) or _how_far(evidence), place
    first = evidence.outcomes[evidence.wrong_cases[0]]
    return _Finding("\n".join(filter(None, said)), explains_the_difference=bool(words) or not first.values)


def _cannot_do(evidence: Evidence, ask_more: AskMore | None) -> str:
    """The easiest of the small tasks that a design is not up to; '' where there is none, or it cannot be asked."""
    if ask_more is None:
        return ""
    for probe in evidence.exercise.probes:
        got = ask_more(probe.case)
        if got.ending is not Ending.RETURNED:
            return ""  # not even this can be asked: what a harder one shows would have another cause
        if not same(got, truth(evidence.exercise, probe.case), evidence.exercise.tolerance):
            return probe.advice
    return ""


def _how_far(evidence: Evidence) -> str | None:
    """How far from the right numbers it is, where nothing else is known."""
    return relations.nearly_right(evidence) or relations.side_by_side(evidence)


def _found_out_of_a_design(
    evidence: Evidence, design: Design, ask_more: AskMore | None, function: Callable[..., Any] | None
) -> _Finding:
    """What a design does with a series; what one is like that is put to work on something else, and of what it is made:
    of one that is computed from data, which change of a right one it is."""
    known = _cannot_do(evidence, ask_more)
    if not evidence.returned:
        return _Finding(known, shows_data=False)
    if behaviour.series_of(evidence) is None:
        return _found_out_by_looks(evidence, design, ask_more, function, known)
    if ask_more is None:
        return _Finding(known, shows_data=False)
    words = known or relations.of_a_series(evidence) or behaviour.depends_on(evidence, ask_more) or ""
    shown = behaviour.simplest(evidence, ask_more) if function is not None else None  # hidden cases show none
    return _Finding(words, not known and _has_digit(words), shown=shown)


def _found_out_by_looks(
    evidence: Evidence, design: Design, ask_more: AskMore | None, function: Callable[..., Any] | None, known: str
) -> _Finding:
    """All that is seen of a design that is put to work on no series, and the smallest case in which it fails."""
    looks = [designs.alike(evidence), designs.ignores(evidence)]
    if function is None or ask_more is None:  # of hidden cases no number is told, and no small one is shown in place
        return _Finding("\n".join(filter(None, (known, *(look for look in looks if not _has_digit(look))))), False)
    looks += [known, designs.reads(evidence, function), _change_of_a_design(evidence, design, function) or ""]
    return _Finding("\n".join(filter(None, looks)), shown=designs.smallest(evidence, ask_more))


def _change_of_a_design(evidence: Evidence, design: Design, function: Callable[..., Any] | None) -> str | None:
    """As if what were changed in a right answer, for a design that is a single array and computed from data."""
    exercise = replace(evidence.exercise, call=call_with_case, parts=())
    cases = tuple(_with_few_rows(design.given(case)) for case in evidence.cases)
    data = any(isinstance(value, np.ndarray) for value in cases[0].values())
    if function is None or design.pieces or not data:
        return None
    call = exercise.as_call()
    outcomes, expected = (tuple(ask(call, one, case) for case in cases) for one in (function, exercise.reference))
    told = all(outcome.values and np.any(outcome.values[0] != np.round(outcome.values[0])) for outcome in expected)
    raw = Evidence(exercise, cases, outcomes, expected)
    return edits.find(raw) or relations.of_data(raw) if told and raw.returned else None


def _with_few_rows(case: Case) -> Case:
    """A case with the first rows of its data, which are enough to tell one change from another."""
    return {name: value[:_MOST_ROWS] if isinstance(value, np.ndarray) else value for name, value in case.items()}


def _remembers(evidence: Evidence, ask_more: AskMore | None) -> str | None:
    """A word on an answer that gives something else when it is asked the same again; None if it does not."""
    if ask_more is None or evidence.outcomes[0].ending is not Ending.RETURNED:
        return None
    again = ask_more(evidence.cases[0])
    if again.ending is not Ending.RETURNED or same(again, evidence.outcomes[0], evidence.exercise.tolerance):
        return None
    return (
        "Called once more with the same arguments, it gives another answer: something of an earlier call is left in "
        "it. A list made outside the function, or as a default value (states=[]), keeps what was put in: make it "
        "inside."
    )


def _has_digit(text: str) -> bool:
    """Whether it holds a number: one that holds in every case may be one of the cases'."""
    return any(map(str.isdigit, text))


def _remark(outcomes: list[Outcome]) -> str:
    """What is worth saying to a right answer."""
    changed = sorted({name for outcome in outcomes for name in outcome.changed})
    if changed:
        return f"One thing: it changes its argument {', '.join(changed)} in place, which its caller will not expect."
    return ""


def _difference(evidence: Evidence, index: int | None = None) -> str:
    """The first difference, in the first wrong case or the one of this index, and what the answer was called with."""
    index = evidence.wrong_cases[0] if index is None else index
    exercise = evidence.exercise
    case, got, expected = evidence.cases[index], evidence.outcomes[index], evidence.expected[index]
    if isinstance(exercise.call, Design) and got.ending is Ending.RETURNED:
        return _what_it_does(exercise, exercise.call, case, got, expected)
    lines = []
    if got.ending is Ending.RETURNED:
        part = first_wrong(got, expected, exercise.tolerance)
        subject = _Subject.of(exercise, part)
        lines.append(_describe_values(subject, got.values[part], expected.values[part], exercise.tolerance))
    else:
        lines.append(got.text)
        if got.line:
            lines.append(f"In your code, {got.line}")
    given = exercise.call.given(case) if isinstance(exercise.call, Design) else case
    if given:
        lines.append(f"It was called with {_listed(given)}.")
    if got.printed:
        lines.append(f"It printed: {got.printed}")
    return "\n".join(lines)


def _what_it_does(exercise: Exercise, design: Design, case: Case, got: Outcome, expected: Outcome) -> str:
    """On which inputs a design does what, instead of what, or in its place what is measured of it and is not right."""
    given = design.given(case)
    asked = f", made for {_listed(given)}," if given else ""
    wrong, facts = designs.measured(design, case, got, expected)
    if wrong:
        return "\n".join([f"Your design{asked} does something else than it should.", *wrong, *facts])
    return "\n".join([_on_which_inputs(exercise, design, case, got, expected, asked), *facts])


def _on_which_inputs(
    exercise: Exercise, design: Design, case: Case, got: Outcome, expected: Outcome, asked: str
) -> str:
    unseen = {name: case[name] for name in design.unseen}
    part = first_wrong(got, expected, exercise.tolerance)
    value, want = got.values[part], expected.values[part]
    unseen, value, want = _first_wrong_instance(unseen, value, want, exercise.tolerance)
    what = exercise.parts[part] if exercise.parts else "what comes out"
    subject = _Subject(f"{what[0].upper()}{what[1:]}", what.endswith(_PLURALS))
    marks = [*unseen.values(), value, want]
    if value.size > _SEQUENCE and value.shape == want.shape and all(map(_are_marks, marks)):
        on = ", ".join(f"{name} that are {_places_of_ones(marked)}" for name, marked in unseen.items())
        said = f"With {on} (of {len(value)} steps) your design{asked} does something else than it should."
        return f"{said}\n{subject.words}: {_places_of_ones(value)}, expected {_places_of_ones(want)}."
    unseen, value, want, note = _as_far_as_wrong(unseen, value, want, exercise.tolerance)
    told = ", ".join(f"{name} {_by_marks(array) or _show(array, _SEQUENCE)}" for name, array in unseen.items())
    on = f"With {told}{note} your" if unseen else "Your"
    said = f"{on} design{asked} does something else than it should."
    if value.shape == want.shape and value.size <= _SEQUENCE:
        return f"{said}\n{subject.words}: {_row(value)}, expected {_row(want)}."
    return f"{said}\n{_describe_values(subject, value, want, exercise.tolerance)}"


def _first_wrong_instance(
    unseen: Case, value: np.ndarray, want: np.ndarray, tolerance: float
) -> tuple[Case, np.ndarray, np.ndarray]:
    """Of a batch the first instance that is not right, without axes of length 1; what is no batch as it is."""
    arrays = [array for array in unseen.values() if isinstance(array, np.ndarray)]
    batch = {array.shape[:1] for array in (value, want, *arrays)}
    one_number_each = value.ndim == 1 and all(array.ndim > 1 for array in arrays)
    if not arrays or value.shape != want.shape or len(batch) > 1 or not (value.ndim > 1 or one_number_each):
        return unseen, value, want
    row = int(np.argwhere(~near(value, want, tolerance))[0][0])
    cut = {name: _bare(array[row]) if isinstance(array, np.ndarray) else array for name, array in unseen.items()}
    return cut, _bare(value[row]), _bare(want[row])


def _bare(array: np.ndarray) -> np.ndarray:
    """Without axes of length 1, but for one, where there is one."""
    return np.atleast_1d(np.squeeze(array)) if array.ndim else array


def _as_far_as_wrong(
    unseen: Case, value: np.ndarray, want: np.ndarray, tolerance: float
) -> tuple[Case, np.ndarray, np.ndarray, str]:
    """Long sequences up to the first step that is wrong, and a word on that; where this is long too, as they are."""
    steps = len(value) if value.ndim else 0
    long = value.shape == want.shape and value.ndim == 1 and steps > _SEQUENCE
    if not long or any(not isinstance(array, np.ndarray) or len(array) != steps for array in unseen.values()):
        return unseen, value, want, ""
    until = int(np.argmax(~near(value, want, tolerance))) + 1
    cut = {name: array[:until] for name, array in unseen.items()}
    if any(array.size > _SEQUENCE for array in cut.values()):
        return unseen, value, want, ""
    return cut, value[:until], want[:until], f" (the first {until} of {steps} steps)"


def _by_marks(array: Any) -> str | None:
    """Steps of many numbers, nearly all of them 0, by the places of their ones; None where they are not like that."""
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.size <= _SEQUENCE:
        return None
    marks = array[:, [set(np.unique(column)) <= {0, 1} for column in array.T]]
    places = [np.flatnonzero(row).tolist() for row in marks]
    if not 0 < max(map(len, places)) <= _MOST_ONES:
        return None
    steps = ", then ".join(" and ".join(map(str, step)) or "at no place" for step in places)
    return f"(a 1 at {steps})"


def _are_marks(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 1 and value.size > 0 and set(np.unique(value)) <= {0, 1}


def _places_of_ones(marks: np.ndarray) -> str:
    """Where the ones of a row of zeros and ones stand, runs of them by their ends: ``1 at 2, 5 to 9, else 0``."""
    edges = np.flatnonzero(np.diff(marks.astype(int), prepend=0, append=0)).reshape(-1, 2)
    runs = [str(first) if end == first + 1 else f"{first} to {end - 1}" for first, end in edges]
    return f"1 at {', '.join(runs)}, else 0" if runs else "0 everywhere"


def _row(values: np.ndarray) -> str:
    return np.array2string(values + 0, precision=3, separator=", ", suppress_small=True).replace("\n", "").rstrip(".")


def _listed(case: Case, few: int = _FEW) -> str:
    return ", ".join(f"{name} {_show(value, few)}" for name, value in case.items())


def _difference_in_words(evidence: Evidence, index: int | None = None) -> str:
    """As ``_difference``, without a number of the case: those who hand in are not to learn what is tried."""
    index = evidence.wrong_cases[0] if index is None else index
    exercise, got, expected = evidence.exercise, evidence.outcomes[index], evidence.expected[index]
    kind = "that check does not try" if index in evidence.ordinary_cases else "at a boundary"
    if got.ending is not Ending.RETURNED:
        happened = f"It raised {got.error or 'an error'}." if got.ending is Ending.RAISED else got.text
        line = f"\nIn your code, {got.line}" if got.line else ""
        return f"With arguments {kind}: {happened}{line}"
    if isinstance(exercise.call, Design):
        return (
            "On inputs that check does not try, your design does something else than it should. Does it still work on "
            "longer sequences, and on other values?"
        )
    part = first_wrong(got, expected, exercise.tolerance)
    subject = _Subject.of(exercise, part)
    value, want = got.values[part], expected.values[part]
    if value.shape != want.shape:
        return f"With arguments {kind}: {_describe_values(subject, value, want, exercise.tolerance)}"
    finite = "" if np.isfinite(value.astype(float)).all() else " Some of its values are not finite."
    return (
        f"{subject.is_} not right with arguments {kind}.{finite} Does it hold a number of its own, or count on a "
        "size, where it should use its arguments?"
    )


@dataclass(frozen=True)
class _Subject:
    """What a sentence is about: a function, or one of the things that it returns.

    Attributes:
        words: "the outputs of rnn".
        many: whether it stands in the plural.
    """

    words: str
    many: bool

    @classmethod
    def of(cls, exercise: Exercise, part: int) -> _Subject:
        """The function, or its part of this number."""
        if not exercise.parts:
            return cls(exercise.name, False)
        name = exercise.parts[part]
        return cls(f"{name} of {exercise.name}", name.endswith(_PLURALS))

    @property
    def is_(self) -> str:
        """It, with "is" or "are"."""
        return f"{self.words} {'are' if self.many else 'is'}"

    @property
    def has(self) -> str:
        """It, with "has" or "have"."""
        return f"{self.words} {'have' if self.many else 'has'}"


def _describe_values(subject: _Subject, got: np.ndarray, expected: np.ndarray, tolerance: float) -> str:
    if got.shape != expected.shape:
        return f"{subject.has} shape {got.shape}, expected {expected.shape}.{_shape_advice(got.shape, expected.shape)}"
    bad = ~np.isfinite(got.astype(float))
    if bad.any():
        where = _index(np.argwhere(bad)[0])
        return f"{subject.has} {int(bad.sum())} values that are not finite; the first is {got[bad][0]}{where}."
    wrong = ~near(got, expected, tolerance)
    first = tuple(np.argwhere(wrong)[0])
    dtype = ""
    if got.dtype.kind in "biu" and expected.dtype.kind == "f":
        dtype = f" Your numbers are whole: dtype {got.dtype}, expected {expected.dtype}."
    many = f" {int(wrong.sum())} of {wrong.size} values differ." if wrong.size > 1 else ""
    numbers = f"{_number(got[first])}, expected {_number(expected[first])}"
    return f"{subject.is_} {numbers}{_index(first)}.{many}{dtype}"


def _shape_advice(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if sorted(got) == sorted(expected):
        swapped = [axis for axis in range(len(got)) if got[axis] != expected[axis]]
        return f" Axes {' and '.join(map(str, swapped))} look swapped."
    if len(got) != len(expected):
        return f" It has {len(got)} {'axis' if len(got) == 1 else 'axes'} instead of {len(expected)}."
    different = [axis for axis in range(len(got)) if got[axis] != expected[axis]]
    return f" Look at axis {' and '.join(map(str, different))}."


def _index(index: Any) -> str:
    return f" at index [{', '.join(str(int(i)) for i in index)}]" if len(index) else ""


def _number(value: Any) -> str:
    return f"{float(value) + 0.0:.6g}"  # -0 is 0


def _show(value: Any, few: int = _FEW) -> str:
    """An argument in a few words: small things whole, large ones by their shape."""
    if isinstance(value, np.ndarray):
        if value.size > few:
            return f"of shape {value.shape}"
        return "= " + np.array2string(value, precision=4, separator=", ", suppress_small=True).replace("\n", "")
    if isinstance(value, float):
        return f"= {value:.4g}"
    if type(value) is tuple and value and all(isinstance(part, np.ndarray) for part in value):
        return f"a tuple ({', '.join(_show(part) for part in value)})"
    return "(a function)" if callable(value) else f"= {value!r}"


def judge_model(training: Training, model: Any, seed: int, ask: Ask = ask) -> Verdict:
    """The verdict on a trained model: its score beside the bar, and the first symptom that shows.

    Args:
        training: the exercise.
        model: what the learner has trained.
        seed: chooses the held-out inputs.
        ask: calls a score or a symptom and records what comes of it.
    """
    if model is None or model is Ellipsis:
        return Verdict(training.name, Status.NOT_ATTEMPTED, f"There is no {training.name} yet. Train it first.")
    refusal = training.refuses(model)
    if refusal:
        return Verdict(training.name, Status.WRONG, f"{training.name} {refusal}")
    found = ask(training.as_call(), training.score, {"model": model, "seed": seed})
    if found.ending is not Ending.RETURNED:
        line = f"{training.name} could not be tried on new inputs. {found.text}"
        return Verdict(training.name, Status.WRONG, f"{line}\n{training.shapes}".strip())
    score = float(found.values[0])
    side = "at least" if training.higher_is_better else "at most"
    result = f"On {training.measured_on}: {training.measure} {score:.4g}. The bar is {side} {training.bar:g}."
    clears = training.clears(score)
    found_of = _Look(training, model, seed, ask)
    try:
        symptom = found_of.first(clears)
    except _FailingModelError as error:
        return Verdict(training.name, Status.WRONG, f"{error}\n{result}")
    if symptom is None:
        status = Status.RIGHT if clears else Status.WRONG
        return Verdict(training.name, status, found_of.beside(result), share=float(clears))
    return Verdict(training.name, Status.WRONG, found_of.beside(f"{symptom.advice}\n{result}"), symptom.name)


class _FailingModelError(Exception):
    """A model that clears the bar fails on inputs that are a little different; the message says how."""


@dataclass
class _Look:
    """A look for the symptoms of a model; what could not be looked for is said."""

    training: Training
    model: Any
    seed: int
    ask: Ask
    failed: list[str] = field(default_factory=list)
    is_ours: bool = False

    def first(self, clears: bool) -> Symptom | None:
        """The first symptom that shows; in a model that clears the bar, of those that spoil it.

        Raises:
            RuntimeError: a fault of ours leaves open whether a model that clears the bar is right.
            _FailingModelError: a fault of the model leaves it open.
        """
        for symptom in self.training.mistakes:
            if clears and not symptom.always:
                continue
            found = self.ask(self.training.as_call(), symptom.shows, {"model": self.model, "seed": self.seed})
            if found.ending is not Ending.RETURNED:
                self._note(symptom, found, clears)
            elif found.values[0]:
                return symptom
        return None

    def _note(self, symptom: Symptom, found: Outcome, clears: bool) -> None:
        what = f"whether “{symptom.name}” holds ({found.text.rstrip('.')})"
        if clears and not found.error:
            raise _FailingModelError(f"{self.training.name} could not be tried on all inputs: it is open {what}.")
        if clears:
            raise RuntimeError(f"{self.training.name} clears the bar, but it is open {what}: a fault of ours.")
        if found.error:
            warnings.warn(f"{self.training.name}: it is open {what}: a fault of ours.", stacklevel=4)
        self.failed.append(what)
        self.is_ours = self.is_ours or bool(found.error)

    def beside(self, advice: str) -> str:
        """The advice, and below it what could not be looked for."""
        if not self.failed:
            return advice
        ours = " Made of plain Keras layers, your model is not to blame: please report it to the course."
        return f"{advice}\nIt remains open {' and '.join(self.failed)}.{ours * self.is_ours}"


def judge_stage(stage: Stage, answer: Any) -> Verdict:
    """The verdict on a stage of a project: which of its parts the card speaks against, and in which words.

    Args:
        stage: what was asked for.
        answer: the card of the project; of a project its card as it is now.
    """
    name = stage.name
    if answer is None or answer is Ellipsis:
        return Verdict(name, Status.NOT_ATTEMPTED, f"{name} is no card yet. Set it: {name} = project.card()")
    card = answer.now() if isinstance(answer, Project) else answer
    if not isinstance(card, Card):
        kind = with_article(type(answer).__name__)
        return Verdict(name, Status.WRONG, f"{name} is {kind}, expected the card of your project: project.card()")
    if card.is_empty:
        return Verdict(name, Status.NOT_ATTEMPTED, "The card holds a question and nothing else yet.")
    against = {known for names in stage.parts.values() for known in names}
    found = [finding for finding in findings(card) if finding.name in against]
    named = {finding.name for finding in found}
    share = sum(not named & set(names) for names in stage.parts.values()) / len(stage.parts)
    if not found:
        return Verdict(name, Status.RIGHT, share=1.0)
    status = Status.PARTLY if share > 0 else Status.WRONG
    advice = "\n".join(one_line(f"{finding.name}: {finding.words}", _LONGEST_FINDING) for finding in found)
    return Verdict(name, status, advice, found[0].name, share)


def judge_answer(question: Question, answer: Any) -> Verdict:
    """The verdict on the answer to a question, with feedback for each wrong answer that is known."""
    if answer is None or answer is Ellipsis:
        return Verdict(
            question.name, Status.NOT_ATTEMPTED, f"{question.name} has no answer yet. Set it and run the cell."
        )
    if not question.parts:
        wrong = _judge_one(question.name, answer, question.answer, question.feedback, question.choices)
        return _verdict_on_parts(question, [wrong])
    if not isinstance(answer, dict):
        keys = ", ".join(map(repr, question.parts))
        kind = with_article(type(answer).__name__)
        return Verdict(
            question.name, Status.WRONG, f"{question.name} is {kind}, expected a dictionary with the keys {keys}."
        )
    return _verdict_on_parts(
        question,
        [
            _judge_one(repr(key), answer.get(key), truth, question.feedback.get(key, {}), question.choices)
            for key, truth in question.answer.items()
        ],
        _unasked(question, answer),
    )


def _unasked(question: Question, answer: dict[Any, Any]) -> str:
    """What is said of keys that were mistyped: while one that is asked for is missing, and others stand there."""
    unknown = [_repr(key) for key in answer if key not in question.parts]
    if not unknown or all(key in answer for key in question.parts):
        return ""
    asked = "is not asked for" if len(unknown) == 1 else "are not asked for"
    keys = ", ".join(map(repr, question.parts))
    return f"{', '.join(unknown[:_FEW])} {asked}; the keys are {keys}."


def _verdict_on_parts(question: Question, parts: list[tuple[str, str] | None], remark: str = "") -> Verdict:
    found = [part for part in parts if part is not None]
    share = (len(parts) - len(found)) / len(parts)
    if not found:
        return Verdict(question.name, Status.RIGHT, share=1.0)
    status = Status.PARTLY if share > 0 else Status.WRONG
    mistake = next((name for name, _ in found if name), None)
    return Verdict(
        question.name, status, "\n".join(filter(None, [*(text for _, text in found), remark])), mistake, share
    )


def _judge_one(name: str, answer: Any, truth: Any, feedback: Any, choices: tuple[str, ...]) -> tuple[str, str] | None:
    """None for a right answer; else the name of the mistake ('' if unknown) and what to say."""
    entries = answer if isinstance(answer, tuple | list) else (answer,)
    if answer is None or any(entry is Ellipsis for entry in entries):
        return "", f"{name} has no answer yet."
    answer = _normal(answer)
    shown = _repr(answer)
    if type(answer) is not type(truth):
        one_number = isinstance(truth, tuple) and len(truth) == 1 and isinstance(answer, int)
        comma = f" Write ({shown},) with its comma." if one_number else ""
        return "", f"{name} is {shown}, expected {_wanted(truth, choices)}.{comma}"
    if _equal(answer, truth):
        return None
    known = next((wrong for wrong in feedback if _equal(answer, wrong)), None)
    if known is not None:
        return f"{name}: {known}", f"{name} is not {shown}: {feedback[known]}"
    if choices and answer not in choices:
        return "", f"{name} is {shown}, expected {_wanted(truth, choices)}."
    return "", f"{name} is not {shown}{_near_miss(answer, truth)}. Think again, or ask for a hint."


def _equal(answer: Any, other: Any) -> bool:
    """Whether two plain values are equal, of equal types; what is no plain value equals nothing."""
    if isinstance(other, tuple):
        return isinstance(answer, tuple) and len(answer) == len(other) and all(map(_equal, answer, other))
    return type(answer) is type(other) and type(other) in _PLAIN and answer == other


def _repr(value: Any) -> str:
    """A value as Python writes it, cut; by its type where that is not to be had."""
    try:
        text = repr(value)
    except Exception:  # a whole number of more than 4300 digits, or an object of the learner's
        return with_article(type(value).__name__)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} …"


def _near_miss(answer: Any, truth: Any) -> str:
    """What is right about a wrong shape: its sizes, its number of axes, or all but an axis of length 1."""
    if not isinstance(truth, tuple) or not all(isinstance(size, int) for size in (*answer, *truth)):
        return ""
    if sorted(answer) == sorted(truth):
        return ": the sizes are right, but in another order"
    if [size for size in answer if size != 1] == list(truth):
        return ": the sizes are right, but there is an axis of length 1 too many"
    if len(answer) != len(truth):
        return f": it has too {'many' if len(answer) > len(truth) else 'few'} axes"
    wrong = [axis for axis, (mine, right) in enumerate(zip(answer, truth, strict=True)) if mine != right]
    return "" if len(wrong) == len(truth) else f": look at axis {' and '.join(map(str, wrong))}"


def _normal(answer: Any, depth: int = 0) -> Any:
    """Different spellings of one answer: lists and arrays as tuples, NumPy numbers as Python's, words in lower case."""
    answer = as_python(answer)
    if isinstance(answer, list | tuple) and depth < _DEEPEST:
        return tuple(_normal(item, depth + 1) for item in answer)
    if isinstance(answer, str):
        return str.lower(str.strip(answer))
    if isinstance(answer, float) and answer.is_integer():
        return int(answer)
    return answer


def _wanted(truth: Any, choices: tuple[str, ...]) -> str:
    """The form of the answer, without giving it away."""
    if choices:
        return f"one of {', '.join(map(repr, choices))}"
    if isinstance(truth, tuple):
        return f"a tuple of {len(truth)} whole number{'s' if len(truth) > 1 else ''}"
    return {bool: "True or False", int: "a whole number", str: "a word", float: "a number"}[type(truth)]
