"""The cards of a learner's project, out of a notebook that is not run again.

The grader has neither the data of a project nor the hours of its training. What stands for it is its record, an output
of the answer's cell: data that are read, and never run. It is the learner's own word, and so is whatever else stands
below the cells of a project; both are kept for the person who grades.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rnncourse import project_page
from rnncourse.checking.foreign_text import one_line
from rnncourse.exercises import Stage, find
from rnncourse.grading.outputs import note, plain_output, size_of
from rnncourse.notebooks.bounded import is_doubled
from rnncourse.notebooks.files import Cell
from rnncourse.project import MEDIA_TYPE, MOST_BYTES, Card, CardError

#: Said of a cell in which the learner has written nothing: nobody has to look at it.
UNTOUCHED = "Its cell is as it was handed out."
#: Said of every submission whose outputs are shown as they came.
NOT_RUN_AGAIN = "Cells of the project were not run again: what stands below them is what the learner's file holds."
_NOT_THERE = "The card is not in the notebook"
_AGAIN = "Run the cell with project.card() and save before handing in."
#: Characters of saved output that are kept of one notebook; what is longer is left out cell by cell.
_MOST_OUTPUT = 4_000_000
_STUB = "raise NotImplementedError"
_NOT_MADE_THERE = f"A card stands below a cell in which nothing makes one, so it does not count. {_AGAIN}"
_SHOWS = ("display_data", "execute_result")
_SHOWN = ("text/plain", "text/html", "image/png", "image/jpeg")


@dataclass(frozen=True)
class Cards:
    """What a notebook holds of a project.

    Attributes:
        texts: the cards that can be read, as JSON, by exercise.
        missing: of every other exercise why there is none, in words for learner and instructor.
    """

    texts: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class _NoCardError(ValueError):
    """There is no card that can be read; the message says why."""


def stages_of(names: Collection[str]) -> frozenset[str]:
    """Those of some exercises that a card answers."""
    return frozenset(name for name in names if isinstance(find(name), Stage))


def taken_out(planned: Sequence[Cell], stages: Collection[str]) -> tuple[list[Cell], Cards]:
    """Take the cards out of a notebook, and leave of the other outputs what may be shown.

    Args:
        planned: the cells, made whole, with the outputs that the file holds.
        stages: the exercises that a card answers.
    """
    texts, missing = {}, {}
    elsewhere = [number for number, cell in enumerate(planned, start=1) if cell.answers not in stages and _has(cell)]
    for cell in planned:
        if cell.answers in stages:
            try:
                texts[cell.answers] = _card_of(cell, elsewhere)
            except _NoCardError as error:
                missing[cell.answers] = str(error)
    return list(_with_what_may_be_shown(planned, texts)), Cards(texts, missing)


def literal(name: str, card: str) -> str:
    """What is run instead of an answer's cell."""
    return f"import rnncourse.project\n{name} = rnncourse.project.Card.read({card!r})"


# ------------------------------------------------------------------------------------------------------- the card
def _card_of(cell: Cell, elsewhere: Sequence[int]) -> str:
    """The card that stands below an answer's cell, the newest, as JSON text that was read once.

    Raises:
        _NoCardError: there is none, or it cannot be read.
    """
    found = list(_below(cell))
    if not found:
        raise _NoCardError(_why_none(cell, elsewhere))
    if not _does_something(cell.source):
        raise _NoCardError(_NOT_MADE_THERE)
    if any(map(is_doubled, cell.outputs)):
        raise _NoCardError(f"The card below its cell cannot be read: it has an entry twice, expected it once. {_AGAIN}")
    try:
        text = _text(found[-1])
        card = Card.read(text)
    except CardError as error:
        raise _NoCardError(f"The card below its cell cannot be read: {one_line(str(error))} {_AGAIN}") from None
    _expect_as_shown(cell, card)
    return text


def _expect_as_shown(cell: Cell, card: Card) -> None:
    """A card is written twice, for people and for programs; one that was edited by hand says two things.

    Raises:
        _NoCardError: what stands there for people lacks a score of the card.
    """
    beside = [data for data in map(_data_of, filter(_shows, cell.outputs)) if MEDIA_TYPE in data]
    shown = beside[-1].get("text/plain")
    if isinstance(shown, list) and all(isinstance(line, str) for line in shown):
        shown = "".join(shown)
    if not isinstance(shown, str):
        return
    told = project_page.scores(shown)
    lacking = project_page.scores_of(card) - told
    if told and lacking:  # a text without any is none of a card, and nobody reads it as one
        number = one_line(next(iter(lacking)), 40)
        raise _NoCardError(
            f"The card below its cell says ≈ {number}, and the text that is shown with it does not. {_AGAIN}"
        )


def _shows(output: dict[str, Any]) -> bool:
    return output.get("output_type") in _SHOWS


def _data_of(output: dict[str, Any]) -> dict[str, Any]:
    data = output.get("data")
    return data if isinstance(data, dict) else {}


def _has(cell: Cell) -> bool:
    return any(True for _ in _below(cell))


def _does_something(source: str) -> bool:
    """Whether there is more in a cell than comments and the line that it was handed out with."""
    lines = map(str.strip, source.splitlines())
    return any(line and not line.startswith(("#", _STUB)) for line in lines)


def _below(cell: Cell) -> Iterator[Any]:
    """What a cell shows under the card's media type, the newest last; what it prints, and errors, show nothing."""
    for output in cell.outputs:
        if _shows(output) and MEDIA_TYPE in _data_of(output):
            yield _data_of(output)[MEDIA_TYPE]


def _text(data: Any) -> str:
    """A card as JSON text, written out no further than a card may go."""
    if isinstance(data, list) and all(isinstance(line, str) for line in data):
        data = "".join(data)  # as a program may have it that keeps texts in lines
    if isinstance(data, str):
        return data
    text = ""
    for piece in json.JSONEncoder().iterencode(data):
        text += piece
        if len(text) > MOST_BYTES:
            break  # the reader refuses it for its length
    return text


def _why_none(cell: Cell, elsewhere: Sequence[int]) -> str:
    """Why there is no card below a cell."""
    if _STUB in cell.source or not cell.source.strip():
        return UNTOUCHED if cell.source.strip() else "There is nothing in its cell."
    error = next((output for output in cell.outputs if output.get("output_type") == "error"), None)
    if error is not None:
        words = f"{error.get('ename')}: {error.get('evalue')}"
        return f"{_NOT_THERE}: its cell stopped with {one_line(words, 200)}. Mend that. {_AGAIN}"
    why = "its cell shows something else" if cell.outputs else "its cell has no output"
    places = f" (cell {', '.join(map(str, elsewhere[:3]))} shows one, which does not count)" if elsewhere else ""
    return f"{_NOT_THERE}: {why}{places}. {_AGAIN}"


# --------------------------------------------------------------------------------------------------- other outputs
def _with_what_may_be_shown(planned: Sequence[Cell], texts: Collection[str]) -> Iterator[Cell]:
    """The cells with their saved outputs, as far as these are text and pictures, and not without end."""
    room = _MOST_OUTPUT
    for cell in planned:
        is_theirs = cell.kind == "code" and not cell.original and not cell.is_test and cell.answers not in texts
        kept: list[dict[str, Any]] = []
        for output in cell.outputs if is_theirs else ():
            shown = _without_what_no_page_shows(plain_output(output))
            if size_of(shown) > room:
                kept.append(note("What else this cell shows was left out: the notebook's outputs are too large."))
                break
            room -= size_of(shown)
            kept.append(shown)
        yield replace(cell, outputs=tuple(kept))


def _without_what_no_page_shows(output: dict[str, Any]) -> dict[str, Any]:
    if "data" not in output:
        return output
    return {**output, "data": {kind: data for kind, data in output["data"].items() if kind in _SHOWN}}
