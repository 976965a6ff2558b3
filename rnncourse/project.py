"""A PROJECT of one's own: question, split, baselines, trainings and the look at the test part, kept in their order.

What is decided from data is decided here, where the data are: what the parts have in common (``leaks``), and how far
simple ways get (``yardsticks``). The card (``project_card``) keeps the numbers; ``honesty`` says what follows.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse import leaks, project_data, project_page
from rnncourse.display import show_output
from rnncourse.honesty import FINDINGS, Finding, Severity, different_looks, findings, is_percent, meant
from rnncourse.journal import Journal
from rnncourse.leaks import PARTS, Leak
from rnncourse.project_card import (
    LARGEST,
    MEDIA_TYPE,
    MOST_BYTES,
    Baseline,
    Card,
    CardError,
    CellSummary,
    Look,
    Note,
    Result,
    Split,
)
from rnncourse.shapes import expect_choice, expect_number

__all__ = [
    "FINDINGS",
    "JOURNAL",
    "MEDIA_TYPE",
    "MOST_BYTES",
    "Baseline",
    "Card",
    "CardError",
    "CellSummary",
    "Finding",
    "Leak",
    "Look",
    "Note",
    "Project",
    "Result",
    "Severity",
    "Split",
    "findings",
]

#: The journal of a project stands beside its notebook.
JOURNAL = "project-journal.jsonl"
#: How a known measure begins -> whether higher is better.
_MEASURES = {"MAE": False, "MSE": False, "RMSE": False, "bits": False, "accuracy": True, "exact match": True}
_SHARES = ("accuracy", "exact match")
_LONGEST_NAME, _LONGEST_TEXT = 120, 1500
_MOST_LOOKS, _MOST_RECORDS = 20, 300
_SAME_TEST = 0.1  # parts that have so much in common are one test part


class Project:
    """Keeps a project's question, split, baselines, results and looks, in the order in which they are told.

    Args:
        question: what the project wants to know: one sentence that a number can answer.
        metric: what is measured, and in which unit: "MAE in °C", "accuracy", "bits per symbol", "exact match" …
        higher_is_better: whether more of it is better; it may be left out for these four, MSE and RMSE.
        journal: the file beside the notebook that remembers earlier runs; None to remember this one only.

    Raises:
        TypeError, ValueError: an argument is not what is expected; the message says what is.
    """

    def __init__(
        self,
        question: str,
        metric: str,
        *,
        higher_is_better: bool | None = None,
        journal: str | Path | None = JOURNAL,
    ):
        self._question, self._metric = _text("question", question), _text("metric", metric, _LONGEST_NAME)
        known = next((name for name in _MEASURES if metric.strip().lower().startswith(name.lower())), None)
        if higher_is_better is None and known is None:
            raise ValueError(
                f"metric is {metric!r}, which the course does not know: say higher_is_better=True or False. It knows "
                f"{', '.join(_MEASURES)}; a unit may follow, as in 'MAE in °C'."
            )
        if known and higher_is_better is not None and bool(higher_is_better) != _MEASURES[known]:
            way = "higher" if _MEASURES[known] else "lower"
            raise ValueError(
                f"higher_is_better is {higher_is_better}, expected {_MEASURES[known]} for {metric!r}: {way} is better. "
                "Leave it out, or begin the name of another measure with another word."
            )
        self._measure = known or ""
        self._higher = _MEASURES[known] if higher_is_better is None and known else bool(higher_is_better)
        self._journal = Journal(journal)
        runs = [run for each in self._journal.records if isinstance(run := each.get("run"), int)]
        self._run, self._order = 1 + max(runs, default=0), 0
        self._tests: dict[str, float] = {}  # what simple ways have on the test part, until it is looked at
        self._record("question", question=self._question, metric=self._metric)

    # -------------------------------------------------------------------------------------------------- what is told
    def split(
        self,
        kind: str,
        *,
        train: Any,
        validation: Any,
        test: Any,
        times: Sequence[Any] | None = None,
        groups: Sequence[Sequence[Any]] | None = None,
    ) -> None:
        """Say how the data are cut; what the parts have in common is looked for, and simple ways are tried.

        Args:
            kind: "series" for windows of numbers and what follows, "classes" for sequences and their labels,
                "symbols" for texts or tunes whose next symbol is forecast, "pairs" for sentences and translations.
            train, validation, test: for series and classes (inputs, targets), the examples on the first axis; for
                symbols one text, one row of whole numbers, or a list of them; for pairs a list of (source, target).
            times: when the examples of each part are: three rows of numbers or dates, for example of each window the
                step at which it starts.
            groups: to which piece, person, speaker, day the examples of each part belong: three lists of names.

        Raises:
            ValueError: an argument does not fit, or a part is empty; the message names it.
        """
        kind = expect_choice("kind", kind, project_data.KINDS)
        parts = dict(zip(PARTS, (train, validation, test), strict=True))
        told, simple, hashes, sizes = project_data.OF_KIND[kind](parts, self._measure)
        when = project_data.three("times", times, sizes, project_data.moments)
        who = project_data.three("groups", groups, sizes, list)
        found = [*told, *(leaks.out_of_time(when) if when else ()), *(leaks.groups_in_two_parts(who) if who else ())]
        if when and kind == "series":
            found += leaks.gaps_in_time({part: np.asarray(parts[part][0]) for part in PARTS}, when)
        independent = project_data.independent(kind, parts, sizes, when)
        whole = tuple(sizes[part] for part in PARTS)
        one = Split(kind, whole, self._next, tuple(found), bool(when), bool(who), independent, leaks.sketch(hashes))  # type: ignore[arg-type]
        self._record("split", **asdict(one))
        whole_is = 100 if is_percent(self._metric) and self._measure in _SHARES else 1
        for name, scores in project_data.few(simple, self._higher):
            self._tests[name] = whole_is * scores["test"]
            self._record("baseline", name=name, score=whole_is * scores["validation"], by="course")
        shown = ", ".join(f"{part} {size:,}" for part, size in sizes.items())
        names = ", ".join(dict.fromkeys(leak.name for leak in found)) or "nothing that the parts should not share"
        blind = "" if when or kind != "series" else " (their order in time could not be looked at: no times were given)"
        print(f"split: {shown}; found: {names}{blind}")

    def baseline(self, name: str, score: float) -> None:
        """State a simple way to do it and its score on the validation part, before anything is trained.

        Args:
            name: what it does, in a few words.
            score: on the validation part.

        Raises:
            ValueError: the name is empty or belongs to a simple way of the course's, or the score is no number.
        """
        name, score = _text("name", name, _LONGEST_NAME), self._score("score", score)
        if name in self._tests:
            raise ValueError(f"name is {name!r}, that of a way which the course has tried: give yours another.")
        before = next((each.score for each in self.now().baselines if each.name == name), score)
        self._record("baseline", name=name, score=score, by="you")
        print(f"baseline {name!r}: validation ≈ {score:.4g}{_instead_of(before, score)}")

    def result(self, cell: str, *, parameters: Any, seed: int, score: float) -> None:
        """Record one training.

        Args:
            cell: the name of the kind of network, the same for all its seeds: "LSTM".
            parameters: how many numbers are trained, or the Keras model itself.
            seed: the seed it started from.
            score: on the validation part.

        Raises:
            TypeError, ValueError: an argument is not what is expected; the message says what is.
        """
        cell, score = _text("cell", cell, _LONGEST_NAME), self._score("score", score)
        count, seed = _whole("parameters", _counted(parameters), 1), _whole("seed", seed, 0)
        same = (each.score for each in self.now().results if (each.cell, each.seed) == (cell, seed))
        before = next(same, score)
        self._record("result", cell=cell, parameters=count, seed=seed, score=score)
        print(f"{cell}, seed {seed}: {count:,} parameters, validation ≈ {score:.4g}{_instead_of(before, score)}")

    def look(self, scores: Mapping[str, float]) -> None:
        """Record the look at the test part: everything that is scored on it, at once.

        Args:
            scores: the name of a cell or a baseline on the card -> its score on the test part; of a cell the mean over
                its seeds.

        Raises:
            TypeError, ValueError: scores is no such dictionary, a name is not on the card, or a score is no number.
        """
        if not isinstance(scores, Mapping) or not scores:
            raise TypeError(f'scores is {scores!r:.60}, expected a dictionary such as {{"LSTM": 0.31, "GRU": 0.32}}.')
        found = {
            _text("a name", name, _LONGEST_NAME): self._score(f"the score of {name!r}", scores[name]) for name in scores
        }
        self._expect_on_card(found)
        self._record("look", scores=list(map(list, found.items())), sketch=list(self._sketch()))
        print("test part: " + ", ".join(f"{name} ≈ {score:.4g}" for name, score in found.items()))

    def note(self, about: str, text: str) -> None:
        """Say something in words: about "inside" (the look inside), "failure" (the honest one) or "share".

        Raises:
            ValueError: about is none of these, or the text is empty.
        """
        about = expect_choice("about", about, ("inside", "failure", "share"))
        self._record("note", about=about, text=_text("text", text), winner="")

    def conclude(self, winner: str | None, words: str) -> None:
        """Say what came out.

        Args:
            winner: the name of the cell or the baseline that is best; None where no difference can be told.
            words: one or two sentences.

        Raises:
            TypeError, ValueError: words is empty, or winner is no name.
        """
        won = "" if winner is None else _text("winner", winner, _LONGEST_NAME)
        self._record("note", about="conclusion", text=_text("words", words), winner=won)

    # ------------------------------------------------------------------------------------------------ what it shows
    def card(self) -> Card:
        """Show the card of the project as it is now, and return it: ``fair_split = project.card()``."""
        card = self.now()
        trouble = self._journal.trouble
        plain = "\n".join(project_page.lines(card, trouble))
        bundle = {"text/html": project_page.page(card, trouble), "text/plain": plain, MEDIA_TYPE: card.text()}
        show_output(bundle, elsewhere=plain)
        return card

    def now(self) -> Card:
        """The card as it is now, without showing it."""
        records = [each for each in self._journal.records if each.get("run") == self._run]
        split = next((_split_of(each) for each in reversed(records) if each["what"] == "split"), None)
        since = 0 if split is None else split.order  # simple ways of the course belong to one split
        records = [each for each in records if each.get("by") != "course" or each["order"] > since]
        looks = different_looks(tuple(self._looks()))[:_MOST_LOOKS]
        told = {name: score for look in reversed(looks) for name, score in look.scores}
        seen = {**self._tests, **told} if looks else {}
        baselines = self._last(records, "baseline", Baseline, "name")
        return Card(
            question=self._question,
            metric=self._metric,
            higher_is_better=self._higher,
            run=self._run,
            split=split,
            baselines=tuple(replace(each, test=seen.get(each.name)) for each in baselines),
            results=self._last(records, "result", Result, "cell", "seed"),
            looks=looks,
            notes=self._last(records, "note", Note, "about"),
        )

    def __repr__(self) -> str:
        return f"<project {self._question!r:.60}, run {self._run}, {self._order} records; project.card() shows it>"

    def _expect_on_card(self, names: Iterable[str]) -> None:
        """A look under a mistaken name would be a look all the same, and the one that corrects it a second."""
        card = self.now()
        known = [*dict.fromkeys(each.cell for each in card.results), *(each.name for each in card.baselines)]
        for name in names:
            if name not in known:
                raise ValueError(
                    f"scores has {name!r}, expected cells and baselines that are on the card"
                    f"{meant(name, known) or ': nothing is on it yet.'} Nothing was recorded."
                )

    def _score(self, name: str, value: Any) -> float:
        """A score that this measure can have."""
        score = _score(name, value)
        most = (100 if is_percent(self._metric) else 1) if self._measure in _SHARES else math.inf
        if self._measure and not 0 <= score <= most:
            advice = ' To tell it in percent, begin with the measure "accuracy in %".' if most == 1 < score else ""
            limits = f"from 0 to {most}" if most < math.inf else "of at least 0"
            raise ValueError(f"{name} is {score:g}, expected a number {limits}, as {self._metric!r} has it.{advice}")
        return score

    @staticmethod
    def _last(records: list[dict[str, Any]], what: str, kind: Callable[..., Any], *keys: str) -> tuple[Any, ...]:
        """What was told last of each thing, with the number at which it was told first."""
        found: dict[tuple[Any, ...], Any] = {}
        for record in records:
            if record["what"] == what:
                key = tuple(record[name] for name in keys)
                one = kind(**{name: value for name, value in record.items() if name not in ("what", "run")})
                found[key] = replace(one, order=found[key].order) if key in found else one
        return tuple(found.values())

    def _looks(self) -> Iterator[Look]:
        """The looks of this run, and those of earlier runs at a test part that is mostly the same."""
        mine = self._sketch()
        for record in self._journal.records:
            if record.get("what") != "look":
                continue
            try:
                look = Look(
                    tuple((str(n), float(s)) for n, s in record["scores"]), int(record["order"]), int(record["run"])
                )
                theirs = tuple(map(str, record["sketch"]))
            except (KeyError, TypeError, ValueError):
                continue  # a line that somebody has edited
            if look.run == self._run or (mine and leaks.likeness(mine, theirs) > _SAME_TEST):
                yield look

    def _sketch(self) -> tuple[str, ...]:
        """Hashes of the test part of this run."""
        made = [each for each in self._journal.records if each.get("run") == self._run and each.get("what") == "split"]
        return tuple(made[-1]["sketch"]) if made else ()

    @property
    def _next(self) -> int:
        return self._order + 1

    def _record(self, what: str, **told: Any) -> None:
        if self._order >= _MOST_RECORDS:
            raise ValueError(f"The project has {self._order} records, the most that a card can hold. Begin a new one.")
        self._order += 1
        self._journal.add({**told, "what": what, "run": self._run, "order": self._order})


def _split_of(record: dict[str, Any]) -> Split:
    """A split as it was recorded in this run."""
    told = {name: value for name, value in record.items() if name not in ("what", "run")}
    found = tuple(Leak(**{**leak, "example": tuple(leak["example"])}) for leak in told["leaks"])
    return Split(**{**told, "leaks": found, "sizes": tuple(told["sizes"]), "sketch": tuple(told["sketch"])})


# ------------------------------------------------------------------------------------------------------- what is given
def _text(name: str, value: Any, longest: int = _LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r:.60}, expected words in quotation marks.")
    kept = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in value)
    value = " ".join(kept.split())
    if not value or len(value) > longest:
        raise ValueError(f"{name} has {len(value)} characters, expected 1 to {longest}.")
    return value


def _score(name: str, value: Any) -> float:
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        raise ValueError(
            f"{name} is {value}, expected a finite number. A training that ends so is a failure worth telling: say it "
            'with project.note("failure", …), and train again with a smaller learning rate or clipped gradients.'
        )
    return expect_number(name, value, "a number: one score on one part", lambda score: abs(score) <= LARGEST)


def _instead_of(before: float, score: float) -> str:
    return "" if before == score else f" (in the place of ≈ {before:.4g}, which was told before)"


def _counted(parameters: Any) -> Any:
    if not hasattr(parameters, "count_params"):
        return parameters
    try:
        return parameters.count_params()
    except ValueError:
        raise ValueError(
            "parameters is a model that has no weights yet, expected one that was built: let it begin with "
            "keras.Input(…), or record it after its training."
        ) from None


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= LARGEST:
        raise ValueError(f"{name} is {value!r:.60}, expected a whole number from {least} on.")
    return int(value)
