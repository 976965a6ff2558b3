"""The projects of a class side by side: what was asked, how far simple ways and networks got, what speaks against it.

All of it is what the cards say, and so the learners' own word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rnncourse.checking.foreign_text import one_line
from rnncourse.checking.verdicts import Verdict
from rnncourse.exercises import Stage, find
from rnncourse.grading.runs import Result
from rnncourse.grading.tables import MARK, csv_of, safe
from rnncourse.project import Baseline, Card, CardError, findings

#: Characters of a name or a question that a table shows, and of findings how many others are named in one.
_LONGEST, _MOST_NAMED = 240, 3
#: Trainings that two projects must have in common before it is said: one number may be the same by chance.
_IN_COMMON = 4
#: Where all in a row comes from: the grader has trained nothing.
_SAID_BY = "the learner's card"
_HEAD = (
    "student", "question", "data", "measure", "train", "validation", "test", "baseline", "baseline: score",
    "best simple way found", "best simple way found: score", "cell", "parameters", "seeds", "mean", "spread",
    "test score", "winner", "findings", "said by",
)  # fmt: skip


@dataclass(frozen=True)
class Trained:
    """One kind of network of a project.

    Attributes:
        cell: its name.
        parameters, seeds: how many.
        mean, spread: of the validation scores over the seeds.
        test: its score on the test part, or ''.
    """

    cell: str
    parameters: str
    seeds: str
    mean: str
    spread: str
    test: str


@dataclass(frozen=True)
class Project:
    """A project as the tables show it: every entry is a text of one line, '' where the card says nothing.

    Attributes:
        student: by folder.
        question: what it wants to know.
        data: the kind of data.
        measure: what is measured, and which way is better.
        sizes: of the three parts.
        baseline, baseline_score: the best that the learner stated.
        simple, simple_score: the best of the simple ways that the course has tried.
        trained: the networks.
        winner: what is said to be best.
        findings: what speaks against it, by name, and which exercises have no card.
        missing: why there is no card, where there is none.
    """

    student: str
    question: str = ""
    data: str = ""
    measure: str = ""
    sizes: tuple[str, ...] = ("", "", "")
    baseline: str = ""
    baseline_score: str = ""
    simple: str = ""
    simple_score: str = ""
    trained: tuple[Trained, ...] = ()
    winner: str = ""
    findings: tuple[str, ...] = ()
    missing: str = ""


def projects(results: Sequence[Result]) -> list[Project]:
    """The projects of a class, by student; none where no exercise is answered by a card."""
    graded = [result for result in results if not result.fault]
    if not any(result.cards for result in graded):
        return []
    found = [_project(result) for result in graded]
    alike = _alike([(result.student, _last_card(result)) for result in graded])
    return [replace(each, findings=(*each.findings, *alike.get(each.student, ()))) for each in found]


def table(results: Sequence[Result]) -> bytes:
    """The projects of a class as a CSV: a row for each network that was trained, or one where there is none."""
    rows = [list(_HEAD)]
    for each in projects(results):
        rows += [[safe(entry) for entry in row] for row in _rows(each)]
    return MARK + csv_of(rows)


def _rows(project: Project) -> Iterator[list[str]]:
    before = [
        project.student, project.question, project.data, project.measure, *project.sizes, project.baseline,
        project.baseline_score, project.simple, project.simple_score,
    ]  # fmt: skip
    after = [project.winner, "; ".join(project.findings) or project.missing, "" if project.missing else _SAID_BY]
    for each in project.trained or (Trained("", "", "", "", "", ""),):
        yield [*before, each.cell, each.parameters, each.seeds, each.mean, each.spread, each.test, *after]


def _project(result: Result) -> Project:
    """What the last of a student's cards says."""
    card = _last_card(result)
    if card is None:
        return Project(result.student, missing=_why_none(result))
    if isinstance(card, str):
        return Project(result.student, missing=card)
    found = _of_card(result.student, card)
    without = (f"no card at {v.exercise}" for v in result.verdicts if _is_without(v, result))
    return replace(found, findings=(*found.findings, *_disagreements(result), *without))


def _disagreements(result: Result) -> Iterator[str]:
    """What the cards of one notebook say in different ways, though each of them continues the one before it."""
    try:
        cards = [Card.read(result.cards[each.exercise]) for each in result.verdicts if each.exercise in result.cards]
    except CardError:  # kept by another version of the package
        return
    *earlier, last = cards
    if any((card.question, card.metric) != (last.question, last.metric) for card in earlier):
        yield "cards of different projects"
    splits = {(card.split.kind, card.split.sizes, card.split.sketch) for card in cards if card.split}
    if len(splits) > 1:
        yield "cards of different splits"
    now = _scores_of(last)
    if any(now.get(what, score) != score for card in earlier for what, score in _scores_of(card).items()):
        yield "scores that changed from card to card"


def _scores_of(card: Card) -> dict[tuple[str, int], float]:
    """What was measured on the validation part, by name and seed; -1 for what has none."""
    return {
        **{(each.name, -1): each.score for each in card.baselines if each.by == "you"},
        **{(each.cell, each.seed): each.score for each in card.results},
    }


def _last_card(result: Result) -> Card | str | None:
    """The card of the last stage that has one; why it cannot be read; None where there is none."""
    texts = [result.cards[verdict.exercise] for verdict in result.verdicts if verdict.exercise in result.cards]
    try:
        return Card.read(texts[-1]) if texts else None
    except CardError as error:  # kept by another version of the package
        return one_line(str(error))


def _alike(cards: Sequence[tuple[str, Card | str | None]]) -> dict[str, list[str]]:
    """Of whom it is to be said that others have the same trainings: those who share at least half of their own.

    Trainings are the same if parameters, seed and score are, to the last digit; what the cells are called is not asked.
    """
    trained = {
        student: {(each.parameters, each.seed, each.score) for each in card.results}
        for student, card in cards
        if isinstance(card, Card)
    }
    found: dict[str, list[str]] = {}
    for student, mine in trained.items():
        others = [
            one_line(other)
            for other, theirs in trained.items()
            if other != student and len(mine & theirs) >= max(_IN_COMMON, min(len(mine), len(theirs)) / 2)
        ]
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        if others:
            found[student] = [f"the same trainings as {', '.join(others[:_MOST_NAMED])}{more}"]
    return found


def _is_without(verdict: Verdict, result: Result) -> bool:
    return verdict.exercise not in result.cards and isinstance(find(verdict.exercise), Stage)


def _why_none(result: Result) -> str:
    return one_line(next((verdict.advice for verdict in result.verdicts if _is_without(verdict, result)), ""))


def _of_card(student: str, card: Card) -> Project:
    simple = [each for each in card.baselines if each.by == "course"]
    best = min(simple, key=lambda each: -each.score if card.higher_is_better else each.score, default=None)
    conclusion = card.note("conclusion")
    return Project(
        student,
        _short(card.question),
        _short(card.split.kind) if card.split else "",
        _short(f"{card.metric}, {'higher' if card.higher_is_better else 'lower'} is better"),
        tuple(map(str, card.split.sizes)) if card.split else ("", "", ""),
        *_named(card.best_of_yours),
        *_named(best),
        tuple(_trained(card)),
        "" if conclusion is None else _short(conclusion.winner) or "no difference",
        tuple(finding.name for finding in findings(card)),
    )


def _named(baseline: Baseline | None) -> tuple[str, str]:
    return ("", "") if baseline is None else (_short(baseline.name), _score(baseline.score))


def _trained(card: Card) -> Iterator[Trained]:
    for each in card.cells:
        test = "" if each.test is None else _score(each.test)
        spread = f"{each.spread:.2g}" if each.seeds > 1 else ""
        yield Trained(_short(each.cell), str(each.parameters), str(each.seeds), _score(each.mean), spread, test)


def _score(value: float) -> str:
    return f"{value:.4g}"


def _short(text: str) -> str:
    return one_line(text, _LONGEST)
