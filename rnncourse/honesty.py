"""HONESTY: what the card of a project says about it, finding by finding, in words.

``findings`` is a pure function of the card. A finding names what was got, what was expected, and what to do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

import numpy as np

from rnncourse import leaks
from rnncourse.leaks import Leak
from rnncourse.project_card import Baseline, Card, CellSummary, Look
from rnncourse.shapes import expect_finite, expect_shapes

#: The largest ratio of parameters at which two cells are still on equal terms, and the fewest seeds.
EQUAL, SEEDS = 1.1, 3
_MANY_MORE = 1.5  # times as many trainings
#: A simple way is better than another only if it is so by more than this share.
_CLEARLY = 0.02
#: So many examples of a test part that do not overlap are too few for any claim.
_FEW = 30
_SHORTEST_QUESTION = 5  # words
#: A network that is so many times better than the best simple way was perhaps measured in another unit.
_TOO_GOOD = 10


class Severity(StrEnum):
    """How much a finding matters."""

    SPOILS = "spoils"
    WEAKENS = "weakens"
    REMARK = "remark"


@dataclass(frozen=True)
class Finding:
    """Something that a card says against its project.

    Attributes:
        name: a few words, always the same for the same thing.
        severity: whether it spoils the result, weakens it, or is only a remark.
        words: what was got, what was expected, what to do.
    """

    name: str
    severity: Severity
    words: str


NO_QUESTION = "no question"
NO_SPLIT = "no split"
NO_TIMES = "time unknown"
LATE_SPLIT = "split after the first training"
SMALL_TEST = "test part too small"
NO_BASELINE = "no baseline"
LATE_BASELINE = "baseline after the first training"
WEAK_BASELINE = "a better simple baseline"
NO_TRAINING = "no training"
ONE_CELL = "only one cell"
UNEQUAL = "unequal parameters"
FEW_SEEDS = "too few seeds"
IDLE_SEEDS = "seeds that change nothing"
UNEVEN = "unequal numbers of trainings"
OTHER_UNIT = "scores of another size"
NO_LOOK = "test part not looked at"
SECOND_LOOK = "test part looked at twice"
AFTER_LOOK = "training after the look"
CONFUSED = "validation and test confused"
NO_CONCLUSION = "no conclusion"
UNKNOWN_WINNER = "a winner that was not tried"
LOSES = "a win that the baseline has"
WITHIN_SPREAD = "a win within the spread of seeds"
CHOSEN_BY_TEST = "a winner chosen by the test part"

_OF_LEAKS = {
    leaks.DUPLICATES: Severity.SPOILS,
    leaks.NEAR_DUPLICATES: Severity.SPOILS,
    leaks.OVERLAP: Severity.SPOILS,
    leaks.SHUFFLED: Severity.SPOILS,
    leaks.GROUPS: Severity.SPOILS,
    leaks.PASSAGES: Severity.SPOILS,
    leaks.FUTURE: Severity.WEAKENS,
    leaks.GIVEN: Severity.SPOILS,
    leaks.GAPS: Severity.WEAKENS,
    leaks.NOT_LEARNT: Severity.WEAKENS,
}
_ADVICE_ON_LEAKS = {
    leaks.DUPLICATES: "An example that was learnt from cannot be a test. Take doubles out before you split.",
    leaks.NEAR_DUPLICATES: "A copy that was changed a little is still a copy. Split by what the copies come from.",
    leaks.OVERLAP: "What is to be forecast has been learnt already. Cut the series first, and make windows of each "
    "part afterwards.",
    leaks.SHUFFLED: "Neighbours in time are alike, so each test example has been nearly seen. Cut time into stretches.",
    leaks.FUTURE: "In life nobody can learn from what comes after. Let the test part be the last stretch of time; "
    "a file that has the newest line first is turned round by series[::-1].",
    leaks.GROUPS: "A network can know a group again by itself. Put the whole of each group into one part.",
    leaks.PASSAGES: "What was copied in the source is known by heart. Split by whole pieces, and take copies out.",
    leaks.GIVEN: "Then copying it makes no mistake. Let the target be what comes after the last step that is read.",
    leaks.GAPS: "A network takes what follows the gap for the next step. Fill the gap, or make windows of each side of "
    "it.",
    leaks.NOT_LEARNT: "Nobody can tell what they have never seen. See to it that each class is in the train part too.",
}


def lead_in_errors(scores: np.ndarray, others: np.ndarray) -> float:
    """(mean - mean') / √(s² / n + s'² / n'): a lead, in standard errors of the difference of two means.

    s and s' are standard deviations of samples, with n - 1 below the sum. What is below 2 may well be luck.

    Args:
        scores: of one cell, one per seed, shape (seeds,).
        others: of another, shape (others,).

    Returns:
        A number; below 0 where the first mean is smaller.

    Raises:
        ValueError: one is no row of at least two finite numbers, or none of them ever varies.

    Source: B. Welch, "The generalization of Student's problem" (1947).
    """
    scores, others = expect_shapes(scores=(scores, "seeds"), others=(others, "others"))
    for name, row in (("scores", scores), ("others", others)):
        if len(expect_finite(name, row)) < 2:
            raise ValueError(f"{name} has {len(row)} entries, expected at least 2: one score says nothing of chance.")
    error = np.sqrt(np.var(scores, ddof=1) / len(scores) + np.var(others, ddof=1) / len(others))
    if not error:
        raise ValueError("No score differs from the others of its cell, expected scores that vary with the seed.")
    return float((np.mean(scores) - np.mean(others)) / error)


def findings(card: Card) -> tuple[Finding, ...]:
    """All that a card says against its project: what spoils the result first, then what weakens it, then remarks."""
    found = [each for look in _LOOKS_AT for each in look(card)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda each: order.index(each.severity)))


def meant(name: str, known: Sequence[str]) -> str:
    """What follows the sentence in which a name is unknown: those that there are, and the one nearest to it."""
    if not known:
        return ""
    plain = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), plain, 1, 0.5)
    return f": {', '.join(map(repr, known))}." + (f" Did you mean {plain[near[0]]!r}?" if near else "")


def is_percent(metric: str) -> bool:
    """Whether a share is told as a number up to 100."""
    return "%" in metric or "percent" in metric.lower()


def number(value: float) -> str:
    """A score as it is said in a sentence; behind the sign, since another machine may compute it differently."""
    return f"≈ {value:.4g}"


# --------------------------------------------------------------------------------------------------- question and split
def _question(card: Card) -> Iterator[Finding]:
    words = re.findall(r"\w+", card.question)
    letters = len(re.findall(r"\w", card.question))
    if (len(words) < _SHORTEST_QUESTION and letters < 10) or not re.search(r"[?？؟;]", card.question):
        yield Finding(
            NO_QUESTION,
            Severity.SPOILS,
            f"The question is {card.question[:80]!r}, expected a sentence of at least {_SHORTEST_QUESTION} words that "
            "ends in a question mark and can be answered by a number. Say what is compared with what, on which data.",
        )


def _split(card: Card) -> Iterator[Finding]:
    split = card.split
    if split is None:
        yield Finding(
            NO_SPLIT,
            Severity.SPOILS,
            "The card has no split: nobody can tell what was learnt from and what was judged by. Hand the three parts "
            "to project.split before anything is trained.",
        )
        return
    for name in dict.fromkeys(leak.name for leak in split.leaks):
        yield _of_leaks([leak for leak in split.leaks if leak.name == name])
    first = min((result.order for result in card.results), default=math.inf)
    if split.order > first:
        yield Finding(
            LATE_SPLIT,
            Severity.SPOILS,
            f"The split has number {split.order} on the card and the first training number {first}: what was trained "
            "before it has learnt from other data. Restart the kernel and run the notebook from the top.",
        )
    if split.kind == "series" and not split.has_times:
        yield Finding(
            NO_TIMES,
            Severity.WEAKENS,
            "The windows of a series were split and no times given, so their order could not be looked at. Give "
            "times=(…), for example the number of the step at which each window starts.",
        )
    if split.independent < _FEW:
        yield Finding(
            SMALL_TEST,
            Severity.WEAKENS,
            f"The test part has {split.sizes[2]:,} examples, about {split.independent} of which do not overlap, "
            f"expected at least {_FEW}: one lucky example moves the score. Keep more apart, or claim less.",
        )


def _of_leaks(found: list[Leak]) -> Finding:
    """All leaks of one name; the first is told in full."""
    leak, *others = found
    words = _words_of(leak)
    told = f"{words} ({leak.what})" if leak.what else words
    more = "; ".join(
        f"{each.later if each.earlier == each.later else f'{each.earlier} and {each.later}'}: {each.count:,}"
        for each in others
    )
    beside = f" ({more})" if more else ""
    name = leak.name if leak.name in _OF_LEAKS else leaks.DUPLICATES  # a card may have been written by hand
    return Finding(name, _OF_LEAKS[name], f"{told}{beside}; expected none. {_ADVICE_ON_LEAKS[name]}")


def _words_of(leak: Leak) -> str:
    """How many of how many, and an example."""
    (mine, theirs), earlier, later = leak.example, leak.earlier, leak.later
    share = f"{leak.count:,} of the {leak.of:,}"
    match leak.name:
        case leaks.GIVEN:
            return f"In all {leak.of:,} windows of the {later} part the first target stands among what is read"
        case leaks.GAPS:
            jumps = f"{leak.count:,} time{'s' * (leak.count != 1)}"
            return (
                f"In the {later} part the numbers run on and time jumps, {jumps}, for example from {later}[{mine}] to "
                f"{later}[{theirs}]"
            )
        case leaks.NOT_LEARNT:
            return (
                f"{share} examples of the {later} part are of classes that the {earlier} part does not have, for "
                f"example {later}[{theirs}]"
            )
        case leaks.SHUFFLED | leaks.FUTURE:
            return (
                f"{share} examples of the {earlier} part lie later than the first of the {later} part, for example "
                f"{earlier}[{mine}] later than {later}[{theirs}]"
            )
    what = "symbols" if leak.name == leaks.PASSAGES else "examples"
    return (
        f"{share} {what} of the {later} part are in the {earlier} part too, for example {earlier}[{mine}] and "
        f"{later}[{theirs}]"
    )


# ------------------------------------------------------------------------------------------------------------ baselines
def _baselines(card: Card) -> Iterator[Finding]:
    yours, best = card.best_of_yours, card.best_baseline
    if yours is None:
        yield Finding(
            NO_BASELINE,
            Severity.SPOILS,
            "No baseline of yours is on the card, expected at least one. Think of the simplest way to do it, measure "
            "it on the validation part, and record it with project.baseline before you train.",
        )
        return
    first = min((result.order for result in card.results), default=math.inf)
    stated = min(each.order for each in card.baselines if each.by == "you")
    if stated > first:
        yield Finding(
            LATE_BASELINE,
            Severity.SPOILS,
            f"The first baseline has number {stated} on the card and the first training number {first}: whoever "
            "chooses a baseline after that knows which one is beaten. State it first, and run the notebook again.",
        )
    assert best is not None
    if best.by == "course" and _clearly_better(card, best.score, yours.score):
        yield Finding(
            WEAK_BASELINE,
            Severity.WEAKENS,
            f"Your best baseline, {yours.name!r}, has {card.metric} {number(yours.score)}; a simple way that was tried "
            f"for you, {best.name!r}, has {number(best.score)}. Take that one as a baseline, or a better one.",
        )


def _other_unit(card: Card) -> Iterator[Finding]:
    """Scores of a network that look as if they were measured on scaled numbers, and the baselines on others."""
    errors = ("mae", "mse", "rmse")
    scores = [each.score for each in card.baselines]
    if not scores or not card.cells or not card.metric.lower().startswith(errors):
        return
    best = min(card.cells, key=lambda cell: cell.mean)
    times = _TOO_GOOD ** (2 if card.metric.lower().startswith("mse") else 1)
    if 0 < best.mean * times < min(scores):
        yield Finding(
            OTHER_UNIT,
            Severity.REMARK,
            f"{best.cell} has {card.metric} {number(best.mean)} and the best simple way {number(min(scores))}, more "
            f"than {times} times as much, expected scores of one size. Was one of them measured on scaled numbers? "
            "Measure both in the unit of the data.",
        )


def _clearly_better(card: Card, one: float, other: float) -> bool:
    return card.better(one, other) and abs(one - other) > _CLEARLY * max(abs(one), abs(other))


# ---------------------------------------------------------------------------------------------------------- equal terms
def _trainings(card: Card) -> Iterator[Finding]:
    cells = card.cells
    if not cells:
        yield Finding(
            NO_TRAINING,
            Severity.SPOILS,
            "No training is on the card. Record each of them with project.result(cell, parameters=…, seed=…, score=…).",
        )
        return
    if len(cells) < 2:
        yield Finding(
            ONE_CELL,
            Severity.SPOILS,
            f"Only {cells[0].cell!r} was trained, expected two kinds of cells: alone, nobody can tell what the cell "
            "has to do with the result. Train a second kind on the same data.",
        )
    yield from _changed_sizes(card)
    small, large = (pick(cells, key=lambda cell: cell.parameters) for pick in (min, max))
    if large.parameters > EQUAL * small.parameters:
        yield Finding(
            UNEQUAL,
            Severity.SPOILS,
            f"{large.cell} has {large.parameters:,} parameters and {small.cell} {small.parameters:,}, "
            f"{large.parameters / max(small.parameters, 1):.2f} times as many, expected at most {EQUAL}: the larger "
            "may win by its size alone. Give the smaller one more units.",
        )
    yield from _seeds(card)


def _changed_sizes(card: Card) -> Iterator[Finding]:
    """Trainings under one name that are not of one network."""
    for cell in card.cells:
        counts = {result.parameters for result in card.results if result.cell == cell.cell}
        if max(counts) > EQUAL * min(counts):
            yield Finding(
                UNEQUAL,
                Severity.SPOILS,
                f"The trainings of {cell.cell} have from {min(counts):,} to {max(counts):,} parameters, expected those "
                "of one network. Train those of another size again from the same seeds, or give them another name.",
            )


def _seeds(card: Card) -> Iterator[Finding]:
    few = [cell for cell in card.cells if cell.seeds < SEEDS]
    if few:
        told = ", ".join(f"{cell.cell} {cell.seeds}" for cell in few)
        stems = [re.sub(r"\W*(seed)?\W*\d+$", "", cell.cell, flags=re.IGNORECASE) for cell in few]
        twice = next((stem for stem in stems if stem and stems.count(stem) > 1), "")
        name = f" Are several of them one kind of cell? Then give all the same name, {twice!r}." if twice else ""
        yield Finding(
            FEW_SEEDS,
            Severity.SPOILS,
            f"Trainings with different seeds: {told}; expected at least {SEEDS} of each cell. From fewer nobody can "
            f"say how much of a difference is luck. Train again from other seeds.{name}",
        )
    most, least = (pick(card.cells, key=lambda cell: cell.seeds) for pick in (max, min))
    if least.seeds >= SEEDS and most.seeds > _MANY_MORE * least.seeds:
        yield Finding(
            UNEVEN,
            Severity.REMARK,
            f"{most.cell} was trained from {most.seeds} seeds and {least.cell} from {least.seeds}, expected as many of "
            "each. Train the other as often.",
        )
    for cell in card.cells:
        scores = {result.score for result in card.results if result.cell == cell.cell}
        if cell.seeds >= 2 and len(scores) == 1:
            yield Finding(
                IDLE_SEEDS,
                Severity.SPOILS,
                f"{cell.cell} has the very same score with {cell.seeds} seeds: they are one training. Call "
                "keras.utils.set_random_seed(seed) before you make the network, and make a new one for each seed.",
            )


# ------------------------------------------------------------------------------------------------------------- the look
def same_look(one: Look, other: Look) -> bool:
    """Whether a look is an earlier one once more: the same things, with scores that differ by rounding at most."""
    mine, theirs = dict(one.scores), dict(other.scores)
    return mine.keys() <= theirs.keys() and all(
        math.isclose(score, theirs[name], rel_tol=_CLEARLY, abs_tol=1e-9) for name, score in mine.items()
    )


def different_looks(looks: tuple[Look, ...]) -> tuple[Look, ...]:
    """The looks of which each shows something that none before it has shown."""
    found: list[Look] = []
    for look in looks:
        if not any(same_look(look, earlier) for earlier in found):
            found.append(look)
    return tuple(found)


def _looks(card: Card) -> Iterator[Finding]:
    different = different_looks(card.looks)
    if not different:
        yield Finding(
            NO_LOOK,
            Severity.SPOILS,
            "The test part was not looked at. Once everything is chosen, score the cells on it and record the numbers "
            "with project.look({…}), once.",
        )
        return
    if len(different) > 1:
        first, again = different[0], different[-1]
        runs = f" (run {first.run} of the notebook, then run {again.run})" if again.run != first.run else ""
        yield Finding(
            SECOND_LOOK,
            Severity.SPOILS,
            f"The test part was looked at {len(different)} times{runs}: first {_scores(first)}, then {_scores(again)}. "
            "Whoever looks again can choose what looks better. Report the first look; or find new data for a second.",
        )
    yield from _after_the_look(card, different[0])
    yield from _confused(card)


def _after_the_look(card: Card, first: Look) -> Iterator[Finding]:
    later = [result for result in card.results if first.run == card.run and result.order > first.order]
    if later:
        yield Finding(
            AFTER_LOOK,
            Severity.WEAKENS,
            f"{later[0].cell} with seed {later[0].seed} was trained after the look at the test part (numbers "
            f"{later[0].order} and {first.order} on the card). What is chosen now may have been chosen by the test "
            "part. Train everything first, and look last.",
        )


def _confused(card: Card) -> Iterator[Finding]:
    """Scores on the validation part that are scores on the test part, to the last digit.

    Shares of examples, and numbers that were written with few digits, are equal by chance: then it takes two of them.
    """
    same = {
        (result.cell, result.seed, score)
        for result in card.results
        for look in card.looks
        for name, score in look.scores
        if name == result.cell and score == result.score
    }
    is_share = re.search("accuracy|exact|share|%", card.metric, re.IGNORECASE)
    needed = 2 if is_share or all(score == float(f"{score:.3g}") for _, _, score in same) else 1
    if len({cell for cell, _, _ in same}) >= needed:
        cell, seed, score = min(same)
        yield Finding(
            CONFUSED,
            Severity.SPOILS,
            f"{cell} has {number(score)} on the validation part (seed {seed}) and, to the last digit, on the test "
            "part: one of the two was measured on the other's data. Measure both again.",
        )


def _scores(look: Look) -> str:
    return ", ".join(f"{name} {number(score)}" for name, score in look.scores[:3])


# ------------------------------------------------------------------------------------------------------- the conclusion
def _conclusion(card: Card) -> Iterator[Finding]:
    told = card.note("conclusion")
    if told is None:
        yield Finding(
            NO_CONCLUSION,
            Severity.SPOILS,
            "Nothing is concluded. Say it with project.conclude(winner=…, words=…): a cell, a baseline, or None where "
            "no difference can be told. That the network lost, or that nobody knows, is a conclusion as good as any.",
        )
        return
    names = sorted({cell.cell for cell in card.cells} | {baseline.name for baseline in card.baselines})
    if told.winner and told.winner not in names:
        yield Finding(
            UNKNOWN_WINNER,
            Severity.SPOILS,
            f"The winner is said to be {told.winner!r}, expected one of what is on the card, or None"
            f"{meant(told.winner, names) or '; nothing is on it yet.'} Conclude again.",
        )
    winner = next((cell for cell in card.cells if cell.cell == told.winner), None)
    if winner is not None:
        yield from _win(card, winner)


def _win(card: Card, winner: CellSummary) -> Iterator[Finding]:
    """What speaks against a cell that is said to be the best."""
    best = card.best_baseline
    if best is not None and not card.better(winner.mean, best.score):
        yield Finding(
            LOSES,
            Severity.SPOILS,
            f"{winner.cell} is called the winner with {number(winner.mean)} on the validation part, and the baseline "
            f"{best.name!r} has {number(best.score)}. Then the baseline has won: say so.",
        )
    yield from _loses_on_test(card, winner, best)
    others = [cell for cell in card.cells if cell.cell != winner.cell]
    for other in others:
        error = _standard_error(winner, other)
        ahead = (winner.mean - other.mean) * (1 if card.higher_is_better else -1)
        if error is not None and ahead < 2 * error:
            yield Finding(
                WITHIN_SPREAD,
                Severity.SPOILS,
                f"{winner.cell} ({number(winner.mean)}) is called better than {other.cell} ({number(other.mean)}). The "
                f"lead is {number(ahead)}, and seeds alone give a standard error of {number(error)}; a lead that means "
                "something is at least twice that. Conclude with winner=None, or train from more seeds.",
            )
    yield from _chosen_by_test(card, winner, others)


def _loses_on_test(card: Card, winner: CellSummary, best: Baseline | None) -> Iterator[Finding]:
    if best is None or best.test is None or winner.test is None or card.better(winner.test, best.test):
        return
    if card.better(winner.mean, best.score):
        yield Finding(
            LOSES,
            Severity.WEAKENS,
            f"{winner.cell} is called the winner, and on the test part it has {number(winner.test)} where the baseline "
            f"{best.name!r} has {number(best.test)}. The test part has the last word: say what it says.",
        )


def _standard_error(one: CellSummary, other: CellSummary) -> float | None:
    """Of the difference of two means, √(s₁²/n₁ + s₂²/n₂); None where a spread is not known."""
    if min(one.seeds, other.seeds) < 2:
        return None
    return math.sqrt(one.spread**2 / one.seeds + other.spread**2 / other.seeds)


def _chosen_by_test(card: Card, winner: CellSummary, others: list[CellSummary]) -> Iterator[Finding]:
    tested = [cell.test for cell in others if cell.test is not None]
    if not tested or winner.test is None or not card.better(winner.test, card.best(tested)):
        return
    if card.better(card.best([cell.mean for cell in others]), winner.mean):
        yield Finding(
            CHOSEN_BY_TEST,
            Severity.SPOILS,
            f"{winner.cell} is best on the test part only; on the validation part another is better. A choice is made "
            "by the validation part, and the test part says how good it is. Choose by validation.",
        )


def _telling(card: Card) -> Iterator[Finding]:
    """Whether a test part of this size can tell two accuracies apart."""
    split, told = card.split, card.note("conclusion")
    winner = None if told is None else card.tested(told.winner)
    others = [score for look in card.looks for name, score in look.scores if told is None or name != told.winner]
    if split is None or winner is None or not others or "accuracy" not in card.metric.lower():
        return
    second = card.best(others)
    whole = 100 if is_percent(card.metric) else 1
    error = math.sqrt(2 * max(winner * (whole - winner), 0) / max(split.independent, 1))
    if split.independent >= _FEW and 0 < winner - second < 2 * error:
        yield Finding(
            SMALL_TEST,
            Severity.WEAKENS,
            f"On the test part the lead is {number(winner - second)}, and with {split.independent:,} examples chance "
            f"alone gives a standard error of {number(error)}. At least twice that is needed: test on more examples, "
            "or claim less.",
        )


_LOOKS_AT: tuple[Callable[[Card], Iterator[Finding]], ...] = (
    _question,
    _split,
    _baselines,
    _trainings,
    _other_unit,
    _looks,
    _conclusion,
    _telling,
)

#: The names of all findings, in the order of a project.
FINDINGS: tuple[str, ...] = (
    *(NO_QUESTION, NO_SPLIT, LATE_SPLIT, *_OF_LEAKS, NO_TIMES, SMALL_TEST),
    *(NO_BASELINE, LATE_BASELINE, WEAK_BASELINE),
    *(NO_TRAINING, ONE_CELL, UNEQUAL, FEW_SEEDS, IDLE_SEEDS, UNEVEN, OTHER_UNIT),
    *(NO_LOOK, SECOND_LOOK, AFTER_LOOK, CONFUSED),
    *(NO_CONCLUSION, UNKNOWN_WINNER, LOSES, WITHIN_SPREAD, CHOSEN_BY_TEST),
)
