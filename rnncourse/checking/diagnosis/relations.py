"""The relation of an answer to the truth: a factor, an order, a place where it is right, what a count has too much."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnncourse.checking.calls import Outcome
from rnncourse.checking.comparing import same, truth
from rnncourse.checking.diagnosis import counts, formulas, inside, orders, pieces, places, shapes
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.sizes import listed
from rnncourse.checking.diagnosis.views import View, views
from rnncourse.exercises.definitions import Case

#: Seeds of the cases in which an answer that seems right but for the boundaries is tried again.
_FRESH = (1005, 1006, 1007)
#: An answer is near the truth if it is off by no more than this share of the truth's spread, in so many cases.
_NEAR, _MANY = 0.05, 3
#: From relations that leave nothing open to those that say only where to look.
_LOOKS: tuple[Callable[[View], str | None], ...] = (
    inside.largest_place,
    shapes.other_shape,
    pieces.halves,
    pieces.beginning_or_end,
    pieces.every_second,
    pieces.one_slice_again,
    pieces.without_some_numbers,
    pieces.empty,
    shapes.sizes_of_axes,
    formulas.places_for_values,
    formulas.one_number_only,
    formulas.only_the_largest,
    formulas.made_of_an_argument,
    formulas.clipped_argument,
    formulas.statistic_of_an_end,
    formulas.of_what_is_marked,
    formulas.product_of_arguments,
    counts.whole_multiple,
    counts.not_rounded,
    counts.count_off_by_a_product,
    formulas.function_of_truth,
    inside.stays_or_begins_again,
    orders.right_numbers_elsewhere,
    formulas.multiple_of_truth,
    formulas.truth_and_number,
    formulas.truth_and_numbers,
    formulas.multiple_before_squashing,
    formulas.truth_and_argument,
    formulas.added_in_a_part,
    formulas.power_of_truth,
    formulas.last_step_left_out,
    inside.one_block,
    orders.all_alike,
    inside.wrong_cases,
    places.right_in_some_cases,
    inside.rows_of_two_kinds,
    places.right_in_some_places,
    inside.below_the_diagonal,
    inside.first_step,
    orders.same_numbers_in_each_row,
    formulas.multiple_inside_softmax,
    formulas.wrong_axis_of_sums,
    formulas.factor_of_each_slice,
    counts.off_by_the_same_where_wrong,
    counts.ones_and_zeros,
    counts.list_as_a_set,
    formulas.function_where_wrong,
    formulas.scale_and_zero,
)
#: Of these, those that tell where the answer is wrong, and not what is wrong there.
_WHERE_ONLY = frozenset(
    {
        shapes.sizes_of_axes,
        orders.all_alike,
        places.right_in_some_cases,
        places.right_in_some_places,
        formulas.factor_of_each_slice,
        counts.off_by_the_same_where_wrong,
        formulas.function_where_wrong,
    }
)


#: Those that leave nothing open and need few words: likelier than two changes at once.
_PLAIN = frozenset({formulas.function_of_truth, orders.right_numbers_elsewhere, counts.whole_multiple})
#: Those that fit what a design does, whatever it is made of.
_OF_SERIES = (
    formulas.one_number_only,
    formulas.made_of_an_argument,
    formulas.function_of_truth,
    formulas.multiple_of_truth,
    formulas.truth_and_number,
)
#: Said of several parts, in place of the words for one factor.
_FACTORS_OF_THEIR_OWN = (
    "each is right up to a factor, and each has a factor of its own. Should one number, found from all of them "
    "together, belong to all?"
)


@dataclass(frozen=True)
class Relation:
    """What an answer has to do with the truth.

    Attributes:
        text: one or two sentences.
        is_open: whether they tell only where the answer is wrong: what is wrong there remains open.
        is_plain: whether the answer is the truth but for one well-known function, or for the order.
    """

    text: str
    is_open: bool = False
    is_plain: bool = False


def find(evidence: Evidence) -> Relation | None:
    """How the answer differs from the truth, if it differs in one and the same way in every case.

    Args:
        evidence: the cases, what the answer gave, and the truth.

    Returns:
        What holds, or None: nothing was found that holds in every case, or a case gave no numbers.
    """
    if not evidence.returned:
        return None
    name = evidence.exercise.name
    whole = _of_several_parts(evidence)
    if whole is not None:
        return Relation(_sentence(name, [""], whole))
    said: dict[str, list[str]] = {}
    is_open, is_plain = True, True
    for view in views(evidence):
        seen = _first_seen(view)
        is_plain = is_plain and seen is not None and seen.is_plain
        if seen is not None:
            said.setdefault(seen.text, []).append(view.part)
            is_open = is_open and seen.is_open
    if len(said.get(formulas.UP_TO_A_FACTOR, ())) > 1:
        better = _of_their_factors(evidence, said[formulas.UP_TO_A_FACTOR])
        said = {better if words == formulas.UP_TO_A_FACTOR else words: said[words] for words in said}
    text = " ".join(_sentence(name, parts, words) for words, parts in said.items())
    return Relation(text, is_open, is_plain) if text else None


def of_data(evidence: Evidence) -> str | None:
    """What is true of a result that is made of data, whatever right results there are."""
    for view in views(evidence) if evidence.returned else []:
        words = formulas.made_of_an_argument(view) or orders.all_alike(view)
        if words:
            return _sentence(evidence.exercise.name, [""], words)
    return None


def of_a_series(evidence: Evidence) -> str | None:
    """How what a design makes of a series differs from what it should be, if that is said in few words."""
    found = [view for view in views(evidence)] if evidence.returned else []
    if len(found) != 1:
        return None
    with np.errstate(all="ignore"):
        words = next(filter(None, (look(found[0]) for look in _OF_SERIES)), None)
    return _sentence(evidence.exercise.name, [""], words) if words else None


def _of_their_factors(evidence: Evidence, parts: list[str]) -> str:
    """What is said of several parts that are each right up to a factor."""
    if not _share_a_factor(evidence, parts):
        return _FACTORS_OF_THEIR_OWN
    first = next(view for view in views(evidence) if view.part in parts)
    return formulas.other_length(first) or formulas.UP_TO_A_FACTOR


def _share_a_factor(evidence: Evidence, parts: list[str]) -> bool:
    """Whether parts that are each right up to a factor have the same one, in every case."""
    found = [formulas.factors_of(view) for view in views(evidence) if view.part in parts]
    return all(np.allclose(one, found[0], rtol=1e-4, equal_nan=True) for one in found if one and found[0])


def _first_seen(view: View) -> Relation | None:
    for look in _LOOKS:
        words = look(view)
        if words:
            return Relation(words, look in _WHERE_ONLY, look in _PLAIN)
    return None


def handed_back(evidence: Evidence) -> str | None:
    """Which argument comes back as it was given, in every case, in place of a result."""
    if not evidence.returned:
        return None
    said: dict[str, list[str]] = {}
    given = [_arguments(case) for case in evidence.cases]
    for index in evidence.wrong_parts():
        got = [outcome.values[index] for outcome in evidence.outcomes]
        for name in given[0]:
            if all(_is(case.get(name), value) for case, value in zip(given, got, strict=True)):
                said.setdefault(name, []).append((evidence.exercise.parts or ("",))[index])
                break
    if sum(map(len, said.values())) < len(evidence.wrong_parts()):
        return None  # what the others have in common with it says more
    own, wholes = evidence.exercise.name, {name.partition("[")[0] for name in said}
    if len(said) > 1 and len(wholes) == 1 and list(said) == [f"{min(wholes)}[{place}]" for place in range(len(said))]:
        return _sentence(own, list(itertools.chain(*said.values())), f"each is as it was given, in {wholes.pop()}")
    return " ".join(_sentence(own, parts, f"it is {name} as it was given") for name, parts in said.items()) or None


def _arguments(case: Case) -> dict[str, object]:
    """The arguments of a call by name, what stands in a tuple by its place in it."""
    found: dict[str, object] = {}
    for name, value in case.items():
        found |= {f"{name}[{i}]": part for i, part in enumerate(value)} if isinstance(value, tuple) else {name: value}
    return found


def _is(argument: object, value: np.ndarray) -> bool:
    if isinstance(argument, bool) or not isinstance(argument, int | float | np.ndarray):
        return False
    return np.shape(argument) == value.shape and np.array_equal(argument, value)


def only_at_boundaries(evidence: Evidence, ask_more: Callable[[Case], Outcome] | None = None) -> str | None:
    """That all is right but for cases of which something is at a boundary.

    Args:
        evidence: the cases, what the answer gave, and the truth.
        ask_more: puts a further case to the answer, where that can be done: few ordinary cases are right by chance.
    """
    wrong = set(evidence.wrong_cases)
    if not evidence.returned or wrong & set(evidence.ordinary_cases):
        return None
    exercise = evidence.exercise
    fresh = [case for seed in _FRESH for case in exercise.make_cases(seed)[: exercise.case_count]] if ask_more else []
    if ask_more and not all(same(ask_more(case), truth(exercise, case), exercise.tolerance) for case in fresh):
        return None
    return f"{evidence.exercise.name}: right in every ordinary case, wrong only at a boundary."


def nearly_right(evidence: Evidence) -> str | None:
    """That broken numbers are near the right ones in every case, and not near enough."""
    if not evidence.returned:
        return None
    parts = [view.part for view in views(evidence) if _is_near(view)]
    name = f"{listed(parts)} of {evidence.exercise.name}" if parts and parts[0] else evidence.exercise.name
    return (
        f"{name}: near the right numbers in every case, and not near enough. Is something rounded, searched in steps "
        "that are too coarse, or is a loop ended too early?"
        if parts
        else None
    )


def _is_near(view: View) -> bool:
    """Whether the truth varies, and the answer is nowhere farther from it than a twentieth of that."""
    if view.whole or not view.same_shapes or len(view.got) < _MANY:
        return False
    got, want = (np.concatenate([array.ravel() for array in arrays]) for arrays in (view.got, view.want))
    return bool(np.max(np.abs(got - want)) <= _NEAR * np.std(want))


def side_by_side(evidence: Evidence) -> str | None:
    """Where a whole number is asked for: in how many cases it is wrong, to which side, and all beside the right ones.

    It is true of any wrong answer, and says something only where nothing else does.
    """
    found = [counts.numbers_side_by_side(view) for view in views(evidence)] if evidence.returned else []
    return f"{evidence.exercise.name}: {found[0]}." if len(found) == 1 and found[0] else None


def _sentence(name: str, parts: list[str], words: str) -> str:
    subject = f"{listed(parts)} of {name}" if parts[0] else name
    return f"{subject}: {words}{'' if words.endswith(('.', '?')) else '.'}"


def _of_several_parts(evidence: Evidence) -> str | None:
    """Results exchanged, or pairs of which some are missing."""
    parts = evidence.exercise.parts
    if len(parts) < 2:
        return None
    got = [outcome.values for outcome in evidence.outcomes]
    want = [outcome.values for outcome in evidence.expected]
    return _exchanged(evidence) or counts.pairs_as_a_set(parts, got, want)


def twins(evidence: Evidence) -> str | None:
    """Two results with the same numbers in every case, right for the later one alone: it may be one array."""
    parts = evidence.exercise.parts
    if not evidence.returned or len(parts) < 2:
        return None
    wrong, right = evidence.wrong_parts(), set(range(len(parts))) - set(evidence.wrong_parts())
    for one, other in itertools.product(wrong, sorted(right)):
        pairs = [(outcome.values[one], outcome.values[other]) for outcome in evidence.outcomes]
        if one < other and all(a.ndim and a.shape == b.shape and np.array_equal(a, b) for a, b in pairs):
            return (
                f"What you give as {parts[one]} are the numbers of {parts[other]}. Is it one and the same array, "
                "changed in place after it was kept, as by state[:] = … or +=? Make a new one at each step."
            )
    return None


def _exchanged(evidence: Evidence) -> str | None:
    """One result is exactly what another one should be."""
    parts, found = evidence.exercise.parts, []
    whole = views(evidence)
    for view in whole:
        for index, part in enumerate(parts):
            theirs = [evidence.expected[case].values[index] for case in view.kept]
            pairs = list(zip(view.got, theirs, strict=True))
            if part == view.part or not all(view.equal(mine, their) for mine, their in pairs):
                continue
            if all(view.equal(a, b) for a, b in zip(theirs, view.want, strict=True)):
                continue
            found.append(f"what you give as {view.part} is what {part} should be")
    return ", and ".join(found) if found else None
