"""LEAKS between the parts of a data set: what a test part shares with what was learnt from.

Nothing here knows which kind of network will be trained. Rows, runs of steps and passages are compared by hashes: two
different ones have the same 64 bits about once in 10¹⁴ comparisons.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: The parts of a data set, in the order in which they are used.
PARTS = ("train", "validation", "test")
#: Letters or tokens that two texts may well have in common, and steps of a run that two windows may.
PASSAGE, TOKENS, RUN = 60, 48, 8
#: So much of a part may be found again elsewhere before it is called a leak: chance, headings, silence.
TOLERATED = 0.01
_MOST_NEAR = 500, 4000  # examples of a later and an earlier part that are compared by distance
_TOLERATED_NEAR = 0.05  # of sentences: short ones are alike by chance
_NEAR = 0.03  # of the usual distance between two examples
_LONG_GAP, _RARE_GAPS = 5, 0.05  # usual steps; of the steps
_LIVELY = 4  # different values
_SKETCH = 64
_rng = np.random.default_rng(16)
_FACTORS = _rng.integers(1, 2**63, size=65_536, dtype=np.uint64) | np.uint64(1)


@dataclass(frozen=True)
class Leak:
    """Something that one part of the data has in common with another.

    Attributes:
        name: what is shared, as ``rnncourse.honesty`` calls it.
        earlier, later: the parts; the later one is judged by.
        count: how many examples (or letters, or tokens) of the later part are concerned.
        of: how many there are.
        example: the index of one in the earlier part, and of the same in the later.
        what: a few words on this one; '' where the numbers say it all.
    """

    name: str
    earlier: str
    later: str
    count: int
    of: int
    example: tuple[int, int]
    what: str


DUPLICATES = "the same example in two parts"
NEAR_DUPLICATES = "nearly the same example in two parts"
OVERLAP = "overlapping windows"
SHUFFLED = "shuffled time"
FUTURE = "learnt from what came later"
GROUPS = "a group in two parts"
PASSAGES = "long passages in two parts"
GAPS = "windows across a gap in time"
GIVEN = "the answer in what is read"
NOT_LEARNT = "a class that was not learnt"


def pairs_of_parts() -> Iterator[tuple[str, str]]:
    """(earlier, later), the one that tells most first."""
    yield from (("train", "test"), ("train", "validation"), ("validation", "test"))


# ------------------------------------------------------------------------------------------------------------- hashing
def _bits(values: np.ndarray) -> np.ndarray:
    """Each number as 64 bits in which what is equal as a float32 is equal."""
    if values.dtype.kind in "biu":
        return values.astype(np.int64).view(np.uint64)
    return (values.astype(np.float32) + np.float32(0)).view(np.uint32).astype(np.uint64)  # -0 is 0


def row_hashes(rows: np.ndarray) -> np.ndarray:
    """One number of 64 bits per row: equal rows have equal ones. Shape (rows, …) -> (rows,)."""
    flat = _bits(rows.reshape(len(rows), -1))
    total = np.zeros(len(flat), dtype=np.uint64)
    for start in range(0, flat.shape[1], len(_FACTORS)):  # a wide row in pieces
        piece = flat[:, start : start + len(_FACTORS)]
        total = total * _FACTORS[-1] + piece @ _FACTORS[: piece.shape[1]]
    return _mixed(total)


def run_hashes(steps: np.ndarray, run: int) -> np.ndarray:
    """One number per run of steps: shape (windows, time) -> (windows, time - run + 1)."""
    count = steps.shape[-1] - run + 1
    total = np.zeros((*steps.shape[:-1], count), dtype=np.uint64)
    for place in range(run):
        total += steps[..., place : place + count] * _FACTORS[place]
    return _mixed(total)


def hashes_of_runs(steps: np.ndarray) -> np.ndarray:
    """All runs of steps of some rows, however long their windows are: shape (rows, time) -> (runs,)."""
    return run_hashes(_bits(steps), min(RUN, steps.shape[1])).reshape(-1)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Numbers stirred, so that the smallest of many are a fair sample of them (the end of MurmurHash3)."""
    numbers = numbers ^ (numbers >> np.uint64(33))
    numbers = numbers * np.uint64(0xFF51AFD7ED558CCD)
    return numbers ^ (numbers >> np.uint64(33))


def sketch(hashes: np.ndarray) -> tuple[str, ...]:
    """The smallest different hashes: enough to tell whether two parts are mostly the same, and no way back to them."""
    return tuple(f"{number:016x}" for number in np.unique(hashes)[:_SKETCH].tolist())


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of two sets that both hold, |A ∩ B| / |A ∪ B|, from their sketches.

    Source: A. Broder, "On the resemblance and containment of documents" (1997).
    """
    union = sorted({*one, *other})[: max(len(one), len(other), 1)]
    return len({*union} & {*one} & {*other}) / len(union) if union else 0.0


def _shared(name: str, hashes: Mapping[str, np.ndarray], what: str = "") -> Iterator[Leak]:
    """Entries of a later part that stand in an earlier one."""
    for earlier, later in pairs_of_parts():
        known, first = np.unique(hashes[earlier], return_index=True)
        found = np.flatnonzero(np.isin(hashes[later], known))
        if len(found):
            place = int(found[0])
            same = int(first[np.searchsorted(known, hashes[later][place])])
            yield Leak(name, earlier, later, len(found), len(hashes[later]), (same, place), what)


# ------------------------------------------------------------------------------------------------- windows of a series
def duplicated_rows(inputs: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Examples whose inputs are the same, to the last digit of a float32, in two parts."""
    yield from _shared(DUPLICATES, {part: row_hashes(rows) for part, rows in inputs.items()})


def overlapping_windows(inputs: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Windows whose targets, with the steps before them, or whose last steps stand in a window of an earlier part.

    Inputs that reach back into an earlier part are no leak: they would be known. A run with fewer than four different
    values is passed over: a night without sun looks like every other.

    Args:
        inputs: part -> shape (windows, time, features); the first feature is looked at, and then all together.
        targets: part -> shape (windows, ahead), what follows the inputs; or no axis of time (labels): then any run of
            the inputs counts.
    """
    first = inputs["train"]
    if first.ndim < 3 or first.dtype.kind not in "fiu":
        return
    follows = targets["train"].ndim == 2
    lines = {
        part: np.concatenate([rows[:, :, 0], targets[part]], axis=1) if follows else rows[:, :, 0]
        for part, rows in inputs.items()
    }
    ahead = targets["train"].shape[1] if follows else 0
    run = min(lines["train"].shape[1], max(RUN, ahead + RUN // 2))
    if run < RUN // 2:
        return
    found = [
        leak
        for earlier, later in pairs_of_parts()
        for leak in _overlap(lines[earlier], lines[later], run, follows, (earlier, later))
    ]
    yield from found or (_read_before(inputs) if follows else ())


def _read_before(inputs: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Windows whose last steps an earlier part has read, in all features: what came behind them is known.

    It finds what the targets cannot show, where they lie some steps ahead. Steps by which windows cannot be told apart,
    such as those of a calendar, are passed over.
    """
    run = min(inputs["train"].shape[1], RUN)
    steps = {part: row_hashes(rows.reshape(-1, rows.shape[2])).reshape(rows.shape[:2]) for part, rows in inputs.items()}
    for earlier, later in pairs_of_parts():
        ends = run_hashes(steps[earlier][:, -run:], run)
        if len(np.unique(ends)) >= (1 - TOLERATED) * len(ends):
            yield from _overlap(steps[earlier], steps[later], run, True, (earlier, later))


def _overlap(
    before: np.ndarray, after: np.ndarray, run: int, at_the_end: bool, parts: tuple[str, str]
) -> Iterator[Leak]:
    known, first = np.unique(run_hashes(_bits(before), run), return_index=True)
    places = [after.shape[1] - run] if at_the_end else range(0, after.shape[1] - run + 1)
    asked = run_hashes(_bits(after), run)[:, list(places)]  # (windows, places)
    lively = np.stack([_kinds(after[:, place : place + run]) >= min(_LIVELY, run) for place in places], axis=1)
    found = np.isin(asked, known) & lively
    concerned = np.flatnonzero(found.any(axis=1))
    if len(concerned) > TOLERATED * len(after):
        window = int(concerned[0])
        place = int(np.flatnonzero(found[window])[0])
        index = int(first[np.searchsorted(known, asked[window, place])])
        earlier = index // (before.shape[1] - run + 1)
        yield Leak(OVERLAP, *parts, len(concerned), len(after), (earlier, window), f"the same {run} steps in a row")


def _kinds(rows: np.ndarray) -> np.ndarray:
    """How many different values each row has."""
    ordered = np.sort(rows, axis=1)
    return 1 + np.count_nonzero(np.diff(ordered, axis=1), axis=1)


def out_of_time(times: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Parts that do not follow one another in time: mixed like cards, or with later stretches learnt from.

    Args:
        times: part -> when each example is, in any order that numbers can have.
    """
    for earlier, later in pairs_of_parts():
        before, after = times[earlier], times[later]
        newer = np.flatnonzero(before > after.min())
        if not len(newer):
            continue
        whose = np.concatenate([np.zeros(len(before), dtype=int), np.ones(len(after), dtype=int)])
        order = np.argsort(np.concatenate([before, after]), kind="stable")
        changes = int(np.count_nonzero(np.diff(whose[order])))
        name = SHUFFLED if changes > 20 or changes > 0.2 * len(whose) else FUTURE
        words = f"in the order of time the two take turns {changes} times" if name == SHUFFLED else ""
        latest, earliest = int(newer[np.argmax(before[newer])]), int(np.argmin(after))
        yield Leak(name, earlier, later, len(newer), len(before), (latest, earliest), words)


def gaps_in_time(inputs: Mapping[str, np.ndarray], times: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Windows one step apart, as their numbers say, and far apart in time: between them something was not measured.

    Jumps that come often, such as nights, belong to the calendar of the data, and weekends are short: both pass.

    Args:
        inputs: part -> shape (windows, time, …).
        times: part -> when each window is.
    """
    for part, rows in inputs.items():
        order = np.argsort(times[part], kind="stable")
        apart = np.diff(times[part][order])
        if not (apart > 0).any() or rows.shape[1] < 2:
            continue
        usual = float(np.median(apart[apart > 0]))
        jumps = np.flatnonzero(apart > _LONG_GAP * usual)
        on = [place for place in jumps if _one_step_on(*rows[order[[place, place + 1]]])]
        if on and len(on) <= max(1, _RARE_GAPS * len(apart)):
            place = int(on[0])
            words = f"{apart[place] / usual:,.0f} times the usual step"
            yield Leak(GAPS, part, part, len(on), len(rows), (int(order[place]), int(order[place + 1])), words)


def _one_step_on(window: np.ndarray, other: np.ndarray) -> bool:
    """Whether a window continues another by one step; silence, which continues every other silence, does not count."""
    lively = len(np.unique(window.reshape(len(window), -1), axis=0)) >= min(_LIVELY, len(window))
    return lively and np.array_equal(window[1:], other[:-1])


def answers_in_inputs(inputs: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Windows whose first target is, in every one of them, a number that they hold at the same place.

    Args:
        inputs: part -> shape (windows, time, features).
        targets: part -> shape (windows, ahead).
    """
    asked = targets["train"][:, 0]
    if len(np.unique(asked)) < _LIVELY:
        return
    there = (inputs["train"] == asked[:, np.newaxis, np.newaxis]).all(axis=0)
    for step, feature in np.argwhere(there)[::-1][:1].tolist():
        words = f"step {step}, counted from 0, of {inputs['train'].shape[1]}" + f", feature {feature}" * (
            inputs["train"].shape[2] > 1
        )
        yield Leak(GIVEN, "train", "train", len(asked), len(asked), (step, feature), words)


def classes_not_learnt(labels: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Examples of classes that the training part does not have, as far as they are more than a few."""
    for later in PARTS[1:]:
        strange = np.flatnonzero(~np.isin(labels[later], labels["train"]))
        if len(strange) > TOLERATED * len(labels[later]):
            place = int(strange[0])
            yield Leak(NOT_LEARNT, "train", later, len(strange), len(labels[later]), (0, place), "")


# ---------------------------------------------------------------------------------------------------- other kinds
def near_duplicates(inputs: Mapping[str, np.ndarray]) -> Iterator[Leak]:
    """Examples of many numbers that lie within 3 % of the usual distance from one of an earlier part, and are not it.

    At most 500 of a later part and 4,000 of an earlier one are compared.
    """
    flat = {part: rows.reshape(len(rows), -1).astype(float) for part, rows in inputs.items()}
    if flat["train"].shape[1] < 8 or inputs["train"].dtype.kind != "f":
        return
    for earlier, later in pairs_of_parts():
        asked, known = (_thinned(flat[part], most) for part, most in zip((later, earlier), _MOST_NEAR, strict=True))
        far = (asked[0] ** 2).sum(1)[:, None] - 2 * asked[0] @ known[0].T + (known[0] ** 2).sum(1)
        usual = float(np.median(far))
        nearest = far.min(axis=1)
        found = np.flatnonzero((nearest < _NEAR**2 * usual) & (nearest > 1e-9 * usual))
        if len(found) > TOLERATED * len(far):
            place = int(found[0])
            same = int(known[1][np.argmin(far[place])])
            words = "of those that were compared"
            yield Leak(NEAR_DUPLICATES, earlier, later, len(found), len(far), (same, int(asked[1][place])), words)


def _thinned(rows: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """At most so many of the rows, evenly spread, and their numbers."""
    kept = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))
    return rows[kept], kept


def groups_in_two_parts(groups: Mapping[str, Sequence[Any]]) -> Iterator[Leak]:
    """Pieces, people, speakers, days … of which examples stand in two parts."""
    for earlier, later in pairs_of_parts():
        before, after = [list(map(str, groups[part])) for part in (earlier, later)]
        both = {*before} & {*after}
        concerned = [index for index, group in enumerate(after) if group in both]
        if concerned:
            group = after[concerned[0]]
            words = f"{group[:40]!r} is one of {len(both)} such groups" if len(both) > 1 else f"group {group[:40]!r}"
            example = before.index(group), concerned[0]
            yield Leak(GROUPS, earlier, later, len(concerned), len(after), example, words)


def _hashed(pieces: Mapping[str, Sequence[np.ndarray]], run: int) -> dict[str, list[np.ndarray]]:
    """Part -> for each piece that is long enough the numbers of all its runs of so many symbols."""
    return {
        part: [run_hashes(_bits(piece), run) for piece in rows if len(piece) >= run] for part, rows in pieces.items()
    }


def _known_runs(hashed: Mapping[str, list[np.ndarray]]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Each two parts that have runs, the earlier one first, and the numbers of all its runs."""
    for earlier, later in pairs_of_parts():
        if hashed[earlier] and hashed[later]:
            yield earlier, later, np.unique(np.concatenate(hashed[earlier]))


def shared_passages(pieces: Mapping[str, Sequence[np.ndarray]], run: int) -> Iterator[Leak]:
    """Symbols that lie in a passage of ``run`` symbols which an earlier part holds as well.

    Args:
        pieces: part -> rows of symbols, as whole numbers.
        run: how long a passage is that two texts do not share by chance.
    """
    hashed = _hashed(pieces, run)
    for earlier, later, known in _known_runs(hashed):
        marked = [np.isin(hashes, known) for hashes in hashed[later]]
        covered = sum(int(_covered(marks, run).sum()) for marks in marked)
        total = sum(map(len, pieces[later]))
        if covered > TOLERATED * total:
            index = next(i for i, marks in enumerate(marked) if marks.any())
            place = int(np.flatnonzero(marked[index])[0])
            asked = hashed[later][index][place]
            where = next(i for i, hashes in enumerate(hashed[earlier]) if asked in hashes)
            words = f"of at least {run} symbols, the first from symbol {place} of its piece on"
            yield Leak(PASSAGES, earlier, later, covered, total, (where, index), words)


def overlapping_pieces(pieces: Mapping[str, Sequence[np.ndarray]], run: int) -> Iterator[Leak]:
    """Short pieces of one length, windows in all likelihood, most of which share a half with one of an earlier part.

    Args:
        pieces: part -> rows of symbols, as whole numbers.
        run: how long a passage is that two texts do not share by chance; longer windows share one where they overlap.
    """
    lengths = {len(piece) for rows in pieces.values() for piece in rows[:-1]}
    if len(lengths) != 1 or not RUN <= (length := lengths.pop()) < 2 * run:
        return
    half = length // 2
    hashed = _hashed(pieces, half)
    for earlier, later, known in _known_runs(hashed):
        concerned = [index for index, hashes in enumerate(hashed[later]) if np.isin(hashes, known).any()]
        if len(concerned) > len(hashed[later]) / 2:
            asked = hashed[later][concerned[0]]
            where = next(i for i, hashes in enumerate(hashed[earlier]) if np.isin(asked, hashes).any())
            words = f"the same {half} symbols in a row"
            yield Leak(OVERLAP, earlier, later, len(concerned), len(hashed[later]), (where, concerned[0]), words)


def _covered(starts: np.ndarray, run: int) -> np.ndarray:
    """Which symbols lie in a passage that starts where it is marked."""
    change = np.zeros(len(starts) + run, dtype=int)
    change[: len(starts)] += starts
    change[run:] -= starts
    return np.cumsum(change)[:-1] > 0


def same_sentences(pairs: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[Leak]:
    """Pairs whose source stands in an earlier part: letter by letter, or but for case, points and blanks."""
    exact = {part: np.array([_of_text(pair[0]) for pair in rows], dtype=np.uint64) for part, rows in pairs.items()}
    yield from _shared(DUPLICATES, exact)
    plain = {
        part: np.array([_of_text(_plain(pair[0])) for pair in rows], dtype=np.uint64) for part, rows in pairs.items()
    }
    for leak in _shared(NEAR_DUPLICATES, plain, what="but for capitals, points and blanks"):
        known = np.isin(exact[leak.later], exact[leak.earlier])
        nearly = np.isin(plain[leak.later], plain[leak.earlier]) & ~known
        if nearly.sum() > _TOLERATED_NEAR * len(nearly):
            place = int(np.flatnonzero(nearly)[0])
            same = int(np.flatnonzero(plain[leak.earlier] == plain[leak.later][place])[0])
            count = int(nearly.sum())
            yield Leak(leak.name, leak.earlier, leak.later, count, leak.of, (same, place), leak.what)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _of_text(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


def text_hashes(texts: Sequence[str]) -> np.ndarray:
    """One number of 64 bits per text."""
    return np.array([_of_text(text) for text in texts], dtype=np.uint64)
