"""Two versions of a chapter and a learner's notebook between them: what changed, and what of the learner's goes on.

A notebook is here what its file holds, as JSON. Nothing here reads or writes a file.
"""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnncourse.notebooks.files import TEST_SUFFIX, mark_of

Json = Mapping[str, Any]
#: What the learner's cell of an exercise holds as long as nothing was written into it.
_UNSOLVED = "raise NotImplementedError"
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_NOTE = "*Your cell from before the update; the course has changed this place since:*"


@dataclass(frozen=True)
class Change:
    """One cell in which a new version of a notebook differs from the old one.

    Attributes:
        heading: the title below which the cell stands.
        exercise: the exercise whose answer or test it holds, or ''.
        before, after: its text in the old and the new version; None where it is not there.
    """

    heading: str
    exercise: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Merged:
    """A new notebook with a learner's work in it.

    Attributes:
        notebook: of the new version.
        carried: the exercises whose answers went along.
        own: how many cells of the learner's own, or changed by the learner, went along.
        beside: how many cells both sides had changed: the learner's stands as a note below the course's.
    """

    notebook: dict[str, Any]
    carried: tuple[str, ...]
    own: int
    beside: int


def source_of(cell: Json) -> str:
    """The text of a cell, which a file may hold line by line."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def as_bytes(notebook: Json) -> bytes:
    """A notebook as Jupyter writes it into a file."""
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def fingerprint(notebook: Json) -> str:
    """A name for what is written in a notebook: the same for two that differ in outputs, or in how they were saved."""
    written = [_written(cell) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(written, ensure_ascii=False).encode()).hexdigest()[:16]


def base_of(mine: Json, given: Sequence[Json]) -> Json | None:
    """The version from which a learner's notebook was made: that with most of its cells; the last of several such."""
    held = {json.dumps(_written(cell)) for cell in mine["cells"]}

    def in_common(version: Json) -> float:
        cells = [json.dumps(_written(cell)) in held for cell in version["cells"]]
        return sum(cells) / max(1, len(cells))

    return max(reversed(given), key=in_common, default=None)


def holds(mine: Json, version: Json) -> bool:
    """Whether every cell of a version that is not for an answer stands in a notebook as it is."""
    held = {source_of(cell) for cell in mine["cells"]}
    return all(source_of(cell) in held for cell in version["cells"] if not _is_answer(cell))


def changes(old: Json, new: Json) -> list[Change]:
    """What a new version changed, cell by cell, in the order of the new one; what is gone comes last."""
    pairs = _pairs(new["cells"], old["cells"])
    found, heading = [], ""
    for number, cell in enumerate(new["cells"]):
        heading = _heading_in(cell) or heading
        before = old["cells"][pairs[number]] if number in pairs else None
        if before is None or _written(before) != _written(cell):
            text = None if before is None else source_of(before)
            found.append(Change(heading, _exercise_of(cell), text, source_of(cell)))
    for number, cell in enumerate(old["cells"]):
        heading = _heading_in(cell) or heading
        if number not in pairs.values():
            found.append(Change(heading, _exercise_of(cell), source_of(cell), None))
    return found


def as_page(title: str, found: Iterable[Change]) -> str:
    """What changed as a page of Markdown, with the lines that went (-) and came (+)."""
    lines = [f"# {title}", ""]
    for change in found:
        about = f"exercise `{change.exercise}`" if change.exercise else change.heading or "the beginning"
        what = "new" if change.before is None else "gone" if change.after is None else "changed"
        before, after = ((text or "").splitlines() for text in (change.before, change.after))
        differing = [line for line in difflib.unified_diff(before, after, n=1, lineterm="")][2:]
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", "\n".join(differing))), default=0))
        lines += [f"## {what}: {about}", "", f"{fence}diff", *differing, fence, ""]
    return "\n".join(lines)


def merged(mine: Json, base: Json | None, new: Json) -> Merged:
    """The new version with what the learner wrote, cell by cell.

    A cell that only the learner changed is the learner's, one that only the course changed is the course's. Where both
    did, the course's stands, and the learner's below it as a note. Cells that the learner added stay behind those that
    they stood behind.

    Args:
        mine: the learner's notebook.
        base: the version from which it was made; None where that is not known: then the answers alone go along.
        new: the new version.
    """
    of_new = _pairs(new["cells"], mine["cells"])
    to_base = {} if base is None else _pairs(mine["cells"], base["cells"])
    merger = _Merger(mine["cells"], None if base is None else base["cells"], to_base)
    cells = [merger.take(cell, of_new.get(number)) for number, cell in enumerate(new["cells"])]
    behind = merger.left_over(set(of_new.values()), {m: n for n, m in of_new.items()})
    whole: list[dict[str, Any]] = list(behind.get(-1, ()))
    for number, taken in enumerate(cells):
        whole += [*taken, *behind.get(number, ())]
    notebook = {**copy.deepcopy(dict(new)), "cells": _with_ids_of_their_own(whole)}
    return Merged(notebook, tuple(merger.carried), merger.own, merger.beside)


class _Merger:
    """Decides for one cell after the other whose it is, and counts."""

    def __init__(self, mine: Sequence[Json], base: Sequence[Json] | None, to_base: Mapping[int, int]):
        self._mine, self._base, self._to_base = mine, base, to_base
        self.carried: list[str] = []
        self.own = self.beside = 0

    def take(self, new: Json, number: int | None) -> list[dict[str, Any]]:
        """What stands in the place of a cell of the new version; ``number`` is its partner among the learner's."""
        if number is None:
            return [copy.deepcopy(dict(new))]
        mine, base = self._mine[number], self._base_of(number, new)
        theirs = _written(mine) != _written(base)
        if not theirs or _written(mine) == _written(new):
            return [_joined(new, mine) if _written(mine) == _written(new) else copy.deepcopy(dict(new))]
        if _written(new) == _written(base) and new["cell_type"] == mine["cell_type"]:
            if _is_answer(new):
                self.carried.append(mark_of(new))
            else:
                self.own += 1
            return [_joined(new, mine)]
        self.beside += 1
        return [copy.deepcopy(dict(new)), _note(mine)]

    def left_over(self, used: set[int], place: Mapping[int, int]) -> dict[int, list[dict[str, Any]]]:
        """The learner's cells without a partner, by the number of the new cell behind which they belong."""
        behind: dict[int, list[dict[str, Any]]] = {}
        last = -1
        for number, cell in enumerate(self._mine):
            if number in used:
                last = place[number]
                continue
            if self._base is None or not source_of(cell).strip():
                continue
            if number not in self._to_base:
                self.own += 1
                behind.setdefault(last, []).append(copy.deepcopy(dict(cell)))
            elif _written(cell) != _written(self._base[self._to_base[number]]):
                self.beside += 1
                behind.setdefault(last, []).append(_note(cell))
        return behind

    def _base_of(self, number: int, new: Json) -> Json:
        """What the learner's cell was made from; where that is not known, only what an answer holds is the learner's.

        Without a version to compare with, an answer was made from the new version's cell, all else from itself.
        """
        if self._base is not None:
            return self._base[self._to_base[number]] if number in self._to_base else self._mine[number]
        mine = self._mine[number]
        return new if _is_answer(new) and _UNSOLVED not in source_of(mine) else mine


def _written(cell: Json) -> list[Any]:
    """What somebody wrote in a cell: all but outputs and what editors note beside."""
    return [cell.get("cell_type"), source_of(cell), mark_of(cell), cell.get("attachments") or {}]


def _is_answer(cell: Json) -> bool:
    mark = mark_of(cell)
    return bool(mark) and not mark.endswith(TEST_SUFFIX)


def _exercise_of(cell: Json) -> str:
    return mark_of(cell).removesuffix(TEST_SUFFIX)


def _heading_in(cell: Json) -> str:
    found = _HEADING.search(source_of(cell)) if cell.get("cell_type") == "markdown" else None
    return found[1] if found else ""


def _pairs(cells: Sequence[Json], others: Sequence[Json]) -> dict[int, int]:
    """The number of each cell -> that of its partner: by nbgrader's name, by the cell's id, by what is written."""
    pairs: dict[int, int] = {}
    for key in (mark_of, lambda cell: cell.get("id"), lambda cell: source_of(cell).strip()):
        free: dict[Any, list[int]] = {}
        for number, other in enumerate(others):
            if key(other) and number not in pairs.values():
                free.setdefault(key(other), []).append(number)
        for number, cell in enumerate(cells):
            if number not in pairs and free.get(key(cell)):
                pairs[number] = free[key(cell)].pop(0)
    return pairs


def _joined(new: Json, mine: Json) -> dict[str, Any]:
    """The learner's cell with the new version's name and rules: points may have changed, what it printed has not."""
    return {**copy.deepcopy(dict(mine)), **{key: copy.deepcopy(new[key]) for key in ("id", "metadata") if key in new}}


def _note(cell: Json) -> dict[str, Any]:
    """The learner's cell as text, so that it is not run: it belongs to what was here before."""
    text = source_of(cell)
    fenced = f"```python\n{text}\n```" if cell.get("cell_type") == "code" else text
    return {"cell_type": "markdown", "id": secrets.token_hex(4), "metadata": {}, "source": f"{_NOTE}\n\n{fenced}"}


def _with_ids_of_their_own(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same cells; an id that came twice, with a copied cell, is a new one the second time."""
    seen: set[str] = set()
    for cell in cells:
        if cell.get("id") in seen:
            cell["id"] = secrets.token_hex(4)
        seen.add(cell.get("id", ""))
    return list(cells)
