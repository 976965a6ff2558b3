"""The map of the course on its start page: each chapter, how long it takes, how far the learner is."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rnncourse.checking import progress
from rnncourse.display import show_output
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import files

_TITLE = re.compile(r"^# \d+ · (.+)$", re.MULTILINE)
_MINUTES = re.compile(r"\*\*Time:\*\* about (\d+) minutes")
_CELL = "padding:.25em .8em;text-align:left"


@dataclass(frozen=True)
class Opening:
    """What the first cells of a chapter say of it.

    Attributes:
        title: its title, without the number.
        minutes: how long it takes, exercises and all; 0 where it does not say.
    """

    title: str
    minutes: int


def opening_of(chapter: str) -> Opening:
    """The title and the minutes of a chapter, from the notebook that learners get."""
    try:
        cells = files.read(files.notebook_path(files.course_folder(), chapter))
    except (FileNotFoundError, files.NotebookError):
        cells = []
    text = "\n".join(cell.source for cell in cells if cell.kind == "markdown")
    title, minutes = _TITLE.search(text), _MINUTES.search(text)
    return Opening(title[1] if title else chapter[3:].replace("_", " "), int(minutes[1]) if minutes else 0)


def course_map() -> None:
    """Show the chapters, each with its minutes and how many of its exercises you have solved, and what is next.

    What you have solved is read from ``progress.json`` in your copy of the course. Nothing is sent anywhere.
    """
    totals = progress.totals(_recorded())
    openings = [opening_of(total.chapter) for total in totals]
    after = next((total.chapter for total in totals if total.next_exercise is not None), "")
    show_output(
        {"text/html": _page(totals, openings, after), "text/plain": _text(totals, openings, after)},
        elsewhere=_text(totals, openings, after),
    )


def _recorded() -> dict:
    try:
        return progress.load()
    except (FileNotFoundError, progress.DamagedProgressError, progress.NewerProgressError):
        return {}


def _state(total: progress.ChapterTotal) -> str:
    return f"{total.right} of {total.exercises}" + " ✓" * (total.right == total.exercises)


def _note(total: progress.ChapterTotal, after: str) -> str:
    return f"next: {total.next_exercise}" if total.chapter == after else ""


def _sum(totals: Sequence[progress.ChapterTotal], openings: Sequence[Opening]) -> str:
    """What all chapters together hold and take."""
    right, exercises = sum(t.right for t in totals), sum(t.exercises for t in totals)
    hours = sum(opening.minutes for opening in openings) / 60
    return f"{right} of {exercises} exercises solved; {len(CHAPTERS)} chapters, about {hours:.0f} hours in all."


def _page(totals: Sequence[progress.ChapterTotal], openings: Sequence[Opening], after: str) -> str:
    """A table whose titles lead to the notebooks, which lie beside the start page."""
    rows = [_row(total, opening, after) for total, opening in zip(totals, openings, strict=True)]
    head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in ("chapter", "minutes", "solved", ""))
    table = (
        f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )
    return f'<div style="overflow-x:auto">{table}<p>{_sum(totals, openings)}</p></div>'


def _row(total: progress.ChapterTotal, opening: Opening, after: str) -> str:
    place = f"{total.chapter}/{total.chapter}.ipynb"
    title = f'<a href="{place}">{total.chapter[:2]} · {html.escape(opening.title)}</a>'
    rest = (str(opening.minutes or ""), _state(total), html.escape(_note(total, after)))
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:normal">{title}</th>'
        + "".join(f'<td style="{_CELL}">{text}</td>' for text in rest)
        + "</tr>"
    )


def _text(totals: Sequence[progress.ChapterTotal], openings: Sequence[Opening], after: str) -> str:
    widest = max(len(opening.title) for opening in openings)
    lines = [
        f"{total.chapter[:2]}  {opening.title:<{widest}}  {opening.minutes:>3} min  {_state(total):<9} "
        f"{_note(total, after)}".rstrip()
        for total, opening in zip(totals, openings, strict=True)
    ]
    return "\n".join([*lines, _sum(totals, openings)])
