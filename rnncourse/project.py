"""A PROJECT of one's own: question, split, baselines, trainings and the look at the test part, kept in their order.

What is decided from data is decided here, where the data are: what the parts have in common (``leaks``), and how far
simple ways get (``yardsticks``). The card (``project_card``) keeps the numbers; ``honesty`` says what follows.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse import leaks, project_page, yardsticks
from rnncourse.display import show_output
from rnncourse.honesty import FINDINGS, Finding, Severity, different_looks, findings
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
from rnncourse.shapes import expect_choice, expect_finite, expect_number, expect_numbers
from rnncourse.yardsticks import Scores

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

KINDS = ("series", "symbols", "classes", "pairs")
#: The journal of a project stands beside its notebook.
JOURNAL = "project-journal.jsonl"
#: How a known measure begins -> whether higher is better.
_MEASURES = {"MAE": False, "MSE": False, "RMSE": False, "bits": False, "accuracy": True, "exact match": True}
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
            times: when the examples of each part are: three rows of numbers or dates.
            groups: to which piece, person, speaker, day the examples of each part belong: three lists of names.

        Raises:
            ValueError: an argument does not fit, or a part is empty; the message names it.
        """
        kind = expect_choice("kind", kind, KINDS)
        parts = dict(zip(PARTS, (train, validation, test), strict=True))
        told, simple, hashes, sizes = _OF_KIND[kind](parts, self._measure)
        when, who = _three("times", times, sizes, _moments), _three("groups", groups, sizes, list)
        found = [*told, *(leaks.out_of_time(when) if when else ()), *(leaks.groups_in_two_parts(who) if who else ())]
        independent = _independent(kind, parts, sizes, when)
        whole = tuple(sizes[part] for part in PARTS)
        one = Split(kind, whole, self._next, tuple(found), bool(when), bool(who), independent, leaks.sketch(hashes))  # type: ignore[arg-type]
        self._record("split", **asdict(one))
        for name, scores in _few(simple, self._higher):
            self._tests[name] = scores["test"]
            self._record("baseline", name=name, score=scores["validation"], by="course")
        shown = ", ".join(f"{part} {size:,}" for part, size in sizes.items())
        names = ", ".join(dict.fromkeys(leak.name for leak in found)) or "nothing that the parts should not share"
        print(f"split: {shown}; found: {names}")

    def baseline(self, name: str, score: float) -> None:
        """State a simple way to do it and its score on the validation part, before anything is trained.

        Args:
            name: what it does, in a few words.
            score: on the validation part.

        Raises:
            ValueError: the name is empty or belongs to a simple way of the course's, or the score is no number.
        """
        name, score = _text("name", name, _LONGEST_NAME), _score("score", score)
        if name in self._tests:
            raise ValueError(f"name is {name!r}, that of a way which the course has tried: give yours another.")
        self._record("baseline", name=name, score=score, by="you")
        print(f"baseline {name!r}: validation ≈ {score:.4g}")

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
        cell, score = _text("cell", cell, _LONGEST_NAME), _score("score", score)
        count = parameters.count_params() if hasattr(parameters, "count_params") else parameters
        count, seed = _whole("parameters", count, 1), _whole("seed", seed, 0)
        self._record("result", cell=cell, parameters=count, seed=seed, score=score)
        print(f"{cell}, seed {seed}: {count:,} parameters, validation ≈ {score:.4g}")

    def look(self, scores: Mapping[str, float]) -> None:
        """Record the look at the test part: everything that is scored on it, at once.

        Args:
            scores: the name of a cell or a baseline -> its score on the test part.

        Raises:
            TypeError, ValueError: scores is no such dictionary, or a score is no number.
        """
        if not isinstance(scores, Mapping) or not scores:
            raise TypeError(f'scores is {scores!r:.60}, expected a dictionary such as {{"LSTM": 0.31, "GRU": 0.32}}.')
        found = {
            _text("a name", name, _LONGEST_NAME): _score(f"the score of {name!r}", scores[name]) for name in scores
        }
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


# ----------------------------------------------------------------------------------------------- the kinds of data
#: leaks, simple ways, hashes of the test part, sizes.
_Looked = tuple[list[Leak], list[tuple[str, Scores]], np.ndarray, dict[str, int]]


def _of_series(parts: Mapping[str, Any], measure: str) -> _Looked:
    inputs, targets = _examples(parts)
    inputs = {part: rows[..., np.newaxis] if rows.ndim == 2 else rows for part, rows in inputs.items()}
    if inputs["train"].ndim != 3:
        raise ValueError(f"inputs of train have shape {inputs['train'].shape}, expected (windows, time, features).")
    targets = {part: _ahead(inputs[part], rows, part) for part, rows in targets.items()}
    told = [*leaks.overlapping_windows(inputs, targets)] or [*leaks.duplicated_rows(inputs)]
    simple = [*yardsticks.for_series(inputs, targets, measure)] if measure in yardsticks.ERRORS else []
    hashes = leaks.hashes_of_runs(inputs["test"][:, :, 0])
    return told, simple, hashes, {part: len(rows) for part, rows in inputs.items()}


def _ahead(inputs: np.ndarray, targets: np.ndarray, part: str) -> np.ndarray:
    """What follows the last step of each window, shape (windows, ahead)."""
    if targets.ndim == 3 and targets.shape[1] == inputs.shape[1]:  # targets at every step
        targets = targets[:, -1]
    if targets.ndim > 3 or targets.ndim == 0:
        raise ValueError(f"targets of {part} have shape {targets.shape}, expected (windows, ahead).")
    return targets.reshape(len(targets), -1).astype(float)


def _of_classes(parts: Mapping[str, Any], measure: str) -> _Looked:
    inputs, labels = _examples(parts)
    for part, rows in labels.items():
        if rows.size != len(rows):
            raise ValueError(f"labels of {part} have shape {rows.shape}, expected one whole number per example.")
    labels = {part: rows.reshape(-1) for part, rows in labels.items()}
    same = [*leaks.duplicated_rows(inputs)]
    told = [*same, *(() if same else leaks.near_duplicates(inputs)), *leaks.overlapping_windows(inputs, labels)]
    simple = [*yardsticks.for_classes(inputs, labels)] if measure == "accuracy" else []
    return told, simple, leaks.row_hashes(inputs["test"]), {part: len(rows) for part, rows in inputs.items()}


def _of_symbols(parts: Mapping[str, Any], measure: str) -> _Looked:
    texts = all(isinstance(_first(part), str) for part in parts.values())
    pieces = {part: _pieces(part, rows) for part, rows in parts.items()}
    told = [*leaks.shared_passages(pieces, leaks.PASSAGE if texts else leaks.TOKENS)]
    simple = [*yardsticks.for_symbols(pieces)] if measure == "bits" else []
    hashes = np.concatenate([leaks.hashes_of_runs(piece[np.newaxis]) for piece in pieces["test"]])
    return told, simple, hashes, {part: sum(map(len, rows)) for part, rows in pieces.items()}


def _first(part: Any) -> Any:
    return part if isinstance(part, str) else next(iter(part), None) if isinstance(part, list | tuple) else None


def _pieces(part: str, rows: Any) -> list[np.ndarray]:
    """A part as rows of whole numbers: a letter is its number in Unicode."""
    single = isinstance(rows, str) or (isinstance(rows, np.ndarray) and rows.ndim == 1)
    found = []
    for number, row in enumerate([rows] if single else list(rows)):
        place = part if single else f"{part}[{number}]"
        if isinstance(row, str):
            row = np.frombuffer(row.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        row = expect_numbers(place, row)
        if row.ndim != 1 or row.dtype.kind not in "iu":
            raise ValueError(
                f"{place} is an array of {row.dtype} of shape {row.shape}, expected a text or a row of whole numbers."
            )
        if len(row):
            found.append(row.astype(np.int64))
    if sum(map(len, found)) < 2:
        raise ValueError(f"{part} has no symbols, expected a text, a row of whole numbers, or a list of them.")
    return found


def _of_pairs(parts: Mapping[str, Any], measure: str) -> _Looked:
    pairs = {part: [tuple(map(str, pair)) for pair in rows] for part, rows in parts.items()}
    for part, rows in pairs.items():
        if not rows or any(len(pair) != 2 for pair in rows):
            raise ValueError(f"{part} is no list of pairs, expected (source, target), (source, target), …")
    simple = [*yardsticks.for_pairs(pairs)] if measure == "exact match" else []  # type: ignore[arg-type]
    hashes = leaks.text_hashes([source for source, *_ in pairs["test"]])
    told = [*leaks.same_sentences(pairs)]  # type: ignore[arg-type]
    return told, simple, hashes, {part: len(rows) for part, rows in pairs.items()}


_OF_KIND: Mapping[str, Callable[[Mapping[str, Any], str], _Looked]] = {
    "series": _of_series,
    "classes": _of_classes,
    "symbols": _of_symbols,
    "pairs": _of_pairs,
}


def _examples(parts: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs and targets of each part, as arrays of finite numbers that fit together."""
    inputs, targets = {}, {}
    for part, both in parts.items():
        if not isinstance(both, tuple | list) or len(both) != 2:
            raise ValueError(f"{part} is {type(both).__name__}, expected two arrays: {part}=(inputs, targets).")
        one, other = (
            expect_finite(f"{name} of {part}", expect_numbers(f"{name} of {part}", array))
            for name, array in zip(("inputs", "targets"), both, strict=True)
        )
        if not one.ndim or not other.ndim or len(one) != len(other) or not len(one):
            raise ValueError(
                f"{part} has inputs of shape {one.shape} and targets of shape {other.shape}, expected as "
                "many of each, and at least one."
            )
        inputs[part], targets[part] = one, other
    for part in PARTS[1:]:
        if inputs[part].shape[1:] != inputs["train"].shape[1:]:
            raise ValueError(
                f"inputs of {part} have shape {inputs[part].shape}, expected the axes of those of train, "
                f"{inputs['train'].shape}, but for the first."
            )
    return inputs, targets


def _few(simple: list[tuple[str, Scores]], higher: bool) -> list[tuple[str, Scores]]:
    """Of many contexts that were counted the best; everything else as it is."""
    counts = [each for each in simple if each[0].startswith("counts of")]
    rest = [each for each in simple if each not in counts]
    pick = max if higher else min
    return [*rest, *([pick(counts, key=lambda each: each[1]["validation"])] if counts else [])]


def _independent(kind: str, parts: Mapping[str, Any], sizes: Mapping[str, int], when: Mapping[str, np.ndarray]) -> int:
    """About how many examples of the test part do not overlap."""
    if kind == "symbols":
        return sizes["test"] // leaks.TOKENS
    if kind != "series":
        return sizes["test"]
    targets = np.asarray(parts["test"][1])
    ahead = int(np.prod(targets.shape[1:])) if targets.ndim < 3 else targets.shape[-1]
    stride = float(np.median(np.diff(np.sort(when["test"])))) if when and sizes["test"] > 1 else 1.0
    return math.ceil(sizes["test"] * min(1.0, max(stride, 0.0) / max(ahead, 1)))


# ------------------------------------------------------------------------------------------------------- what is given
def _three(
    name: str, rows: Sequence[Any] | None, sizes: Mapping[str, int], made: Callable[[Any], Any]
) -> dict[str, Any]:
    if rows is None:
        return {}
    if isinstance(rows, Mapping):
        rows = [rows.get(part, ()) for part in PARTS]
    if len(rows) != 3:
        raise ValueError(f"{name} has {len(rows)} entries, expected three: of train, validation and test.")
    found = dict(zip(PARTS, map(made, rows), strict=True))
    for part, row in found.items():
        if len(row) != sizes[part]:
            raise ValueError(f"{name} of {part} has {len(row)} entries, expected {sizes[part]:,}: one per example.")
    return found


def _moments(row: Any) -> np.ndarray:
    """Numbers or dates as numbers."""
    array = np.asarray(row)
    if array.dtype.kind in "OU":
        array = array.astype("datetime64[s]")
    return array.astype("datetime64[s]").astype(float) if array.dtype.kind == "M" else array.astype(float).reshape(-1)


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


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= LARGEST:
        raise ValueError(f"{name} is {value!r:.60}, expected a whole number from {least} on.")
    return int(value)
