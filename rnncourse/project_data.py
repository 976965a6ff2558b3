"""The DATA of a project: what is handed over, as arrays; what its parts share, and how far simple ways get.

Whatever does not fit is refused in a sentence that says what to do. Nothing of the data is kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse import leaks, yardsticks
from rnncourse.leaks import PARTS, Leak
from rnncourse.shapes import expect_finite, expect_numbers
from rnncourse.yardsticks import Scores

KINDS = ("series", "symbols", "classes", "pairs")
_FILE_NAME = re.compile(r"\S*\w\.(txt|md|csv|tsv|json|xml|mxl|midi?|wav|mp3|pdf)", re.IGNORECASE)
#: leaks, simple ways, hashes of the test part, sizes.
Looked = tuple[list[Leak], list[tuple[str, Scores]], np.ndarray, dict[str, int]]


def _of_series(parts: Mapping[str, Any], measure: str) -> Looked:
    inputs, targets = _examples(parts)
    inputs = {part: rows[..., np.newaxis] if rows.ndim == 2 else rows for part, rows in inputs.items()}
    if inputs["train"].ndim != 3:
        raise ValueError(f"inputs of train have shape {inputs['train'].shape}, expected (windows, time, features).")
    targets = {part: _ahead(inputs[part], rows, part) for part, rows in targets.items()}
    same = [*leaks.overlapping_windows(inputs, targets)] or [*leaks.duplicated_rows(inputs)]
    told = [*same, *leaks.answers_in_inputs(inputs, targets)]
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


def _of_classes(parts: Mapping[str, Any], measure: str) -> Looked:
    inputs, labels = _examples(_with_numbered_classes(parts))
    for part, rows in labels.items():
        if rows.size != len(rows):
            raise ValueError(
                f"labels of {part} have shape {rows.shape}, expected one whole number or one name per example; of rows "
                "with a single 1 in each, labels.argmax(axis=1) makes that."
            )
    labels = {part: rows.reshape(-1) for part, rows in labels.items()}
    same = [*leaks.duplicated_rows(inputs)]
    told = [
        *same,
        *(() if same else leaks.near_duplicates(inputs)),
        *leaks.overlapping_windows(inputs, labels),
        *leaks.classes_not_learnt(labels),
    ]
    simple = [*yardsticks.for_classes(inputs, labels)] if measure == "accuracy" else []
    return told, simple, leaks.row_hashes(inputs["test"]), {part: len(rows) for part, rows in inputs.items()}


def _of_symbols(parts: Mapping[str, Any], measure: str) -> Looked:
    texts = all(isinstance(_first(part), str) for part in parts.values())
    pieces = {part: _pieces(part, rows) for part, rows in parts.items()}
    run = leaks.PASSAGE if texts else leaks.TOKENS
    told = [*leaks.shared_passages(pieces, run)] or [*leaks.overlapping_pieces(pieces, run)]
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
        _expect_no_file(place, row)
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


def _expect_no_file(place: str, row: Any) -> None:
    """A file's name is a text too, of some thirty letters."""
    if isinstance(row, Path) or (isinstance(row, str) and _FILE_NAME.fullmatch(row)):
        raise ValueError(
            f"{place} is {str(row)!r:.80}, the name of a file, expected what is in it: read it first, a text with "
            'Path(name).read_text(encoding="utf-8") for example.'
        )


def _of_pairs(parts: Mapping[str, Any], measure: str) -> Looked:
    for part, rows in parts.items():
        if not isinstance(rows, list | tuple) or not rows or any(not _is_pair(pair) for pair in rows):
            raise ValueError(
                f"{part} is no list of pairs, expected [(source, target), (source, target), …]; of two lists, "
                "list(zip(sources, targets)) makes one."
            )
    pairs = {part: [tuple(map(str, pair)) for pair in rows] for part, rows in parts.items()}
    simple = [*yardsticks.for_pairs(pairs)] if measure == "exact match" else []  # type: ignore[arg-type]
    hashes = leaks.text_hashes([source for source, *_ in pairs["test"]])
    told = [*leaks.same_sentences(pairs)]  # type: ignore[arg-type]
    return told, simple, hashes, {part: len(rows) for part, rows in pairs.items()}


def _is_pair(pair: Any) -> bool:
    return not isinstance(pair, str) and np.ndim(pair) == 1 and len(pair) == 2


OF_KIND: Mapping[str, Callable[[Mapping[str, Any], str], Looked]] = {
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
            _numbers(f"{name} of {part}", array) for name, array in zip(("inputs", "targets"), both, strict=True)
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


def _numbers(name: str, rows: Any) -> np.ndarray:
    """Rows as an array of finite numbers; what to do is said where they are something else."""
    lengths = [len(row) for row in rows if hasattr(row, "__len__")] if isinstance(rows, list | tuple) else []
    if isinstance(_innermost(rows), str):
        raise ValueError(
            f"{name} are texts, expected numbers of shape (examples, time, features). Give each letter or word a "
            "number, and make all rows equally long (rnncourse.pad)."
        )
    if len({*lengths}) > 1:
        raise ValueError(
            f"{name} have different lengths, from {min(lengths)} to {max(lengths)}, expected equal ones: fill the "
            "shorter ones (rnncourse.pad), or cut the longer ones."
        )
    array = expect_numbers(name, rows)
    try:
        return expect_finite(name, array)
    except ValueError as error:
        raise ValueError(f"{error} Fill what was not measured before you make windows, or leave it out.") from None


def _innermost(rows: Any) -> Any:
    """The first entry of the first entry of …"""
    while isinstance(rows, list | tuple | np.ndarray) and len(rows):
        rows = rows[0]
    return rows


def _with_numbered_classes(parts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts with whole numbers in the place of classes that have names, or are true or false."""
    pairs = [both for both in parts.values() if isinstance(both, tuple | list) and len(both) == 2]
    named = [np.asarray(labels).reshape(-1) for _, labels in pairs if _are_names(labels)]
    if len(named) < len(PARTS):
        return parts
    known = sorted({str(label) for row in named for label in row})
    number = {label: place for place, label in enumerate(known)}
    return {
        part: (both[0], np.array([number[str(label)] for label in row], dtype=int))
        for (part, both), row in zip(parts.items(), named, strict=True)
    }


def _are_names(labels: Any) -> bool:
    array = np.asarray(labels)
    return array.dtype.kind in "Ub" or (array.dtype.kind == "O" and all(isinstance(each, str) for each in array.flat))


def few(simple: list[tuple[str, Scores]], higher: bool) -> list[tuple[str, Scores]]:
    """Of many contexts that were counted the best; everything else as it is."""
    counts = [each for each in simple if each[0].startswith("counts of")]
    rest = [each for each in simple if each not in counts]
    pick = max if higher else min
    return [*rest, *([pick(counts, key=lambda each: each[1]["validation"])] if counts else [])]


def independent(kind: str, parts: Mapping[str, Any], sizes: Mapping[str, int], when: Mapping[str, np.ndarray]) -> int:
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
def three(
    name: str, rows: Sequence[Any] | None, sizes: Mapping[str, int], made: Callable[[Any], Any]
) -> dict[str, Any]:
    """What is said of the examples of each part, one entry per example; {} where nothing is."""
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


def moments(row: Any) -> np.ndarray:
    """Numbers or dates as numbers."""
    array = np.asarray(row)
    if array.dtype.kind in "OU":
        try:
            array = array.astype("datetime64[s]")
        except (TypeError, ValueError):
            raise ValueError(
                f"times begins with {str(array.flat[0])!r:.40}, expected numbers, or dates as in '2021-12-31'. "
                "rnncourse.read_dates reads other ways of writing them."
            ) from None
    return array.astype("datetime64[s]").astype(float) if array.dtype.kind == "M" else array.astype(float).reshape(-1)
