"""Where one of answer and truth is a piece of the other: its beginning, its end, a half, some slices, one of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rnncourse.checking.calls import Ending
from rnncourse.checking.comparing import close
from rnncourse.checking.diagnosis import places
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.orders import axis_words
from rnncourse.checking.diagnosis.sizes import arrays, names_of, phrase
from rnncourse.checking.diagnosis.views import NEEDED, View, information

#: Bits that a single piece of whole numbers must carry to be no accident, over all cases.
_NEEDED_OF_TOKENS = 12.0


@dataclass(frozen=True)
class _Piece:
    """How the shorter of answer and truth lies in the longer one, in one case.

    Attributes:
        case: its number in the view.
        before, behind: how many slices of the longer one stand in front of it and after it.
    """

    case: int
    before: int
    behind: int


def beginning_or_end(view: View) -> str | None:
    """Along one axis the answer is a piece of the truth, or holds it, wherever it is wrong."""
    exact = view.exact()
    for axis in range(exact.want[0].ndim):
        longer = _in_each_wrong_case(exact, axis, longer=True)
        if longer is not None:
            return _too_many(exact, axis, longer)
        shorter = _in_each_wrong_case(exact, axis, longer=False)
        if shorter is not None:
            return _too_few(exact, axis, shorter)
    return None


def _in_each_wrong_case(view: View, axis: int, longer: bool) -> list[_Piece] | None:
    """For each case that is wrong where the one lies in the other; None where it does not, or shows too little."""
    found, bits = list[_Piece](), 0.0
    for index, (got, want, _) in enumerate(view):
        if view.equal(got, want):
            continue
        if not got.size and want.ndim > axis and index >= view.ordinary and not longer:
            continue  # nothing at all is a piece of everything
        long, short = (got, want) if longer else (want, got)
        piece = _lies_in(view, long, short, axis)
        if piece is None:
            return None
        found.append(_Piece(index, *piece))
        bits += information(short)
    return found if len(found) >= 2 and bits >= (_NEEDED_OF_TOKENS if view.whole else NEEDED) else None


def _lies_in(view: View, long: np.ndarray, short: np.ndarray, axis: int) -> tuple[int, int] | None:
    if long.ndim != short.ndim or long.ndim <= axis or not short.shape[axis] < long.shape[axis]:
        return None
    if not short.size or np.delete(long.shape, axis).tolist() != np.delete(short.shape, axis).tolist():
        return None
    spare = long.shape[axis] - short.shape[axis]
    rows = np.moveaxis(long, axis, 0)
    mine = np.moveaxis(short, axis, 0)
    fitting = [start for start in (0, spare, *range(1, spare)) if view.equal(rows[start : start + len(mine)], mine)]
    return (fitting[0], spare - fitting[0]) if fitting else None


def _too_many(view: View, axis: int, pieces: list[_Piece]) -> str:
    name, _ = axis_words(view, axis)
    front, behind = any(piece.before for piece in pieces), any(piece.behind for piece in pieces)
    many = _how_many(view, pieces)
    if front and behind:
        return f"along {name} the right ones are in the midst of yours; what stands around them is too much ({many})"
    what = _surplus(view, axis, pieces, front)
    ends, where = ("end", "in front of them") if front else ("beginning", "behind them")
    more = f"what stands {where} is too much{what or f' ({many})'}"
    return f"the right ones are the {ends} of yours along {name}; {more}{_condition(view)}"


def _too_few(view: View, axis: int, pieces: list[_Piece]) -> str:
    name, one = axis_words(view, axis)
    front, behind = any(piece.before for piece in pieces), any(piece.behind for piece in pieces)
    counts = {piece.before + piece.behind for piece in pieces}
    if front and behind:
        return (
            f"all that you have is right, but along {name} some are missing before it and behind it{_condition(view)}"
        )
    if len(counts) == 1:
        count, side = counts.pop(), "first" if front else "last"
        missing = f"the {side} {one} is missing" if count == 1 else f"the {side} {count} along {name} are missing"
        return f"all that you have is right; {missing}{_condition(view)}"
    ends, early = ("beginning", "begin too late") if front else ("end", "end too early")
    much = f"but along {name} the {ends} is missing ({_how_many(view, pieces)}){_condition(view)}"
    return f"all that you have is right, {much}. Does something {early}?"


def _how_many(view: View, pieces: list[_Piece]) -> str:
    """By how many, if it is one number, or a size that has a name, or one off it; else in the first case."""
    counts, cases = [piece.before + piece.behind for piece in pieces], [view.cases[piece.case] for piece in pieces]
    if len(set(counts)) == 1:
        return "1" if counts[0] == 1 else f"{counts[0]} in each case"
    for less, words in ((0, ""), (1, "one fewer than "), (-1, "one more than ")):
        names = names_of([count + less for count in counts], cases)
        if len(names) == 1:
            return f"as many as {words}{phrase(names[0])}" if not words else f"{words}{phrase(names[0])}"
    return f"{counts[0]} in case {pieces[0].case + 1}"


def _condition(view: View) -> str:
    """Which cases are right, where some are, and an argument tells which."""
    words = places.right_in_some_cases(view)
    return f" ({words})" if words else ""


def _surplus(view: View, axis: int, pieces: list[_Piece], front: bool) -> str:
    """What stands there too much, if it is the same in every case: an argument, 0, or right ones once more."""
    for words, is_so in _kinds_of_surplus(view, axis, front):
        if all(is_so(_cut(view.got[piece.case], axis, piece, front), piece.case) for piece in pieces):
            return f": {words}"
    return ""


def _cut(got: np.ndarray, axis: int, piece: _Piece, front: bool) -> np.ndarray:
    """The surplus of a case, the axis first."""
    rows = np.moveaxis(got, axis, 0)
    return rows[: piece.before] if front else rows[len(rows) - piece.behind :]


def _kinds_of_surplus(view: View, axis: int, front: bool) -> Iterator[tuple[str, Callable[[np.ndarray, int], bool]]]:
    yield "0", lambda rows, case: not rows.any()
    for name in arrays(view.cases[0]):
        yield f"{name}, as it was given", _is_argument(view, axis, name)
    end = "first" if front else "last"
    yield (
        f"the {end} right one once more",
        lambda rows, case: all(view.equal(row, _end(view.want[case], axis, front)) for row in rows),
    )
    yield "right ones once more", lambda rows, case: _again(view, rows, np.moveaxis(view.want[case], axis, 0))


def _is_argument(view: View, axis: int, name: str) -> Callable[[np.ndarray, int], bool]:
    def is_so(rows: np.ndarray, case: int) -> bool:
        given = arrays(view.cases[case]).get(name)
        if given is None or given.ndim not in (rows.ndim, rows.ndim - 1):
            return False
        own = np.moveaxis(given, axis, 0) if given.ndim == rows.ndim else given[np.newaxis]
        return view.equal(rows, own.astype(float))

    return is_so


def _end(want: np.ndarray, axis: int, front: bool) -> np.ndarray:
    return np.moveaxis(want, axis, 0)[0 if front else -1]


def _again(view: View, rows: np.ndarray, right: np.ndarray) -> bool:
    starts = range(len(right) - len(rows) + 1)
    return any(view.equal(rows, right[start : start + len(rows)]) for start in starts)


def empty(view: View) -> str | None:
    """Nothing is left along an axis, where something should be; the other cases are right."""
    wrong = [index for index, right in enumerate(view.right()) if not right]
    pairs = [(view.got[index], view.want[index]) for index in wrong]
    if len(pairs) < 2 or not all(got.ndim == want.ndim and not got.size and want.size for got, want in pairs):
        return None
    axes = {axis for got, want in pairs for axis in range(got.ndim) if got.shape[axis] == 0 and want.shape[axis]}
    if len(axes) != 1:
        return None
    where = places.right_in_some_cases(view)
    told = f"; {where}" if where else ""
    return (
        f"nothing is left along axis {axes.pop()} in {'every case' if len(wrong) == len(view.got) else 'some cases'}"
        f"{told}: does a part begin where it ends, or behind it?"
    )


#: How two halves may have been put together, and how it is said.
_OF_HALVES: tuple[tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]], ...] = (
    ("the first half of the right ones along {name}; the second half is missing", lambda a, b: a),
    ("the second half of the right ones along {name}; the first half is missing", lambda a, b: b),
    ("the sum of the two halves that should stand side by side along {name}", lambda a, b: a + b),
    ("the mean of the two halves that should stand side by side along {name}", lambda a, b: (a + b) / 2),
    ("the product of the two halves that should stand side by side along {name}", lambda a, b: a * b),
    ("the difference of the two halves that should stand side by side along {name}", lambda a, b: a - b),
    ("the larger of each pair out of the two halves that should stand side by side along {name}", np.maximum),
)


def halves(view: View) -> str | None:
    """One half of the truth along an axis, or what two halves are together, one number for two."""
    exact = view.exact()
    for axis in reversed(range(exact.want[0].ndim)):
        if any(want.ndim <= axis or want.shape[axis] % 2 or want.shape[axis] < 2 for want in exact.want):
            continue
        for words, join in _OF_HALVES:
            if exact.obeys(lambda want, case, join=join, axis=axis: join(*np.split(want, 2, axis))):  # type: ignore[misc]  # bound now
                return f"yours is {words.format(name=axis_words(exact, axis)[0])}"
    return None


def every_second(view: View) -> str | None:
    """Along one axis the answer holds the first of the truth, and then one out of several."""
    exact = view.exact()
    for axis in range(exact.want[0].ndim):
        steps = [_step(exact, got, want, axis) for got, want, _ in exact]
        known = [index for index, step in enumerate(steps) if step]
        wrong = [index for index in known if (steps[index] or 0) > 1]
        bits = sum(information(exact.got[index]) for index in wrong)
        if None in steps or len(wrong) < 2 or bits < NEEDED:
            continue
        names = names_of([steps[index] or 0 for index in known], [exact.cases[index] for index in known])
        far = f"as many places apart as {phrase(names[0])} says" if len(names) == 1 else "several places apart"
        return f"along {axis_words(exact, axis)[0]} you have only some of the right ones, {far}: the others are missing"
    return None


def _step(view: View, got: np.ndarray, want: np.ndarray, axis: int) -> int | None:
    """With which step the answer is taken out of the truth: 0 where one number alone leaves it open, None for none."""
    if view.equal(got, want):
        return 1
    if got.ndim != want.ndim or want.ndim <= axis or not 0 < got.shape[axis] < want.shape[axis]:
        return None
    rows, mine = np.moveaxis(want, axis, 0), np.moveaxis(got, axis, 0)
    fitting = [k for k in range(2, len(rows) + 1) if view.equal(rows[::k][: len(mine)], mine)]
    return None if not fitting else fitting[0] if len(mine) > 1 else 0


def one_slice_again(view: View) -> str | None:
    """Every slice along the first axis is the last slice, or the first, of the truth along another axis."""
    exact = view.exact()
    for axis in range(exact.want[0].ndim):
        for index, word in ((-1, "last"), (0, "first")):
            if all(_is_stack_of(exact, got, want, axis, index) for got, want, _ in exact):
                one = axis_words(exact, axis)[1]
                return (
                    f"each entry of yours along axis 0 is the {word} {one} of the right ones: no other {one} is there"
                )
    return None


def _is_stack_of(view: View, got: np.ndarray, want: np.ndarray, axis: int, index: int) -> bool:
    if want.ndim <= axis or want.shape[axis] < 2 or got.ndim != want.ndim or not len(got):
        return False
    slice_ = np.take(want, index, axis)
    return not view.equal(got, want) and all(view.equal(row, slice_) for row in got)


def without_some_numbers(view: View) -> str | None:
    """Rows of whole numbers in which one number is missing everywhere, and what follows has moved up."""
    if not view.whole or any(want.ndim != 2 or got.ndim != 2 for got, want, _ in view):
        return None
    for number in np.unique(np.concatenate([want.ravel() for want in view.want])):
        told = 0
        for got, want, _ in view:
            rows = list(zip(got, want, strict=False))
            if len(got) != len(want) or not all(_is_without(mine, right, number) for mine, right in rows):
                told = 0
                break
            told += sum(bool(np.any(right == number)) for _, right in rows)
        if number and told >= 3:
            words = f"in every row the number {number:g} is left out; all others are right, and stand closer together"
            return words + _condition(view)
    return None


def _is_without(mine: np.ndarray, right: np.ndarray, number: float) -> bool:
    kept = right[(right != number) & (right != 0)]
    return np.array_equal(mine[mine != 0], kept)


# Lists whose entries have different shapes


def of_entries(evidence: Evidence) -> str | None:
    """What the entries of a list are that make no array: joined they may be right, or one of them alone."""
    part = next((outcome.part for outcome in evidence.outcomes if outcome.entries), None)
    if part is None or len(evidence.outcomes) < len(evidence.cases):
        return None
    pairs = [_entries_of(evidence, index, part) for index in range(len(evidence.cases))]
    wrong = [(entries, want) for entries, want in pairs if entries is not None]
    if None in [entries for entries, _ in pairs[: evidence.exercise.ordinary]] or len(wrong) < 2:
        return None
    named = f"{evidence.exercise.parts[part]} of " if evidence.exercise.parts else ""
    for words, make in _of_a_list(max(want.ndim for _, want in wrong)):
        if all(_is_made(evidence, make, entries or (), want) for entries, want in wrong):
            return f"{named}{evidence.exercise.name}: {words}"
    return None


def _entries_of(evidence: Evidence, index: int, part: int) -> tuple[tuple[np.ndarray, ...] | None, np.ndarray]:
    """The entries of a list of a case, and the truth; where all have one shape, it came back as an array."""
    outcome, want = evidence.outcomes[index], evidence.expected[index].values[part]
    if outcome.ending is Ending.UNUSABLE and outcome.entries and outcome.part == part:
        return outcome.entries, want
    if outcome.ending is Ending.RETURNED and outcome.values[part].ndim == want.ndim + 1:
        return tuple(outcome.values[part]), want
    return None, want


def _of_a_list(ndim: int) -> Iterator[tuple[str, Callable[[tuple[np.ndarray, ...]], np.ndarray]]]:
    for axis in range(ndim):
        words = (
            "all numbers are right, and stand in several pieces: joined one behind the other they are what is asked for"
        )
        along = "" if axis == 0 else f", along axis {axis}"
        yield f"{words}{along}.", lambda entries, axis=axis: np.concatenate(entries, axis)  # type: ignore[misc]
    yield "the last of its entries, alone, is what is asked for.", lambda entries: entries[-1]
    yield "the first of its entries, alone, is what is asked for.", lambda entries: entries[0]
    yield "the second of its entries, alone, is what is asked for.", lambda entries: entries[1]


def _is_made(
    evidence: Evidence,
    make: Callable[[tuple[np.ndarray, ...]], np.ndarray],
    entries: tuple[np.ndarray, ...],
    want: np.ndarray,
) -> bool:
    try:
        return close(make(entries), want, evidence.exercise.tolerance)
    except (ValueError, IndexError):  # they do not fit together, or are too few
        return False
