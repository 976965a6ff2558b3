"""What several commands take: a chapter, completed by the Tab key and found from a few letters; the course folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from rnncourse.cli.console import message_of, stop
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import files


def complete_chapter(incomplete: str) -> list[str]:
    """The chapters that begin with what was typed."""
    return [chapter for chapter in CHAPTERS if chapter.startswith(incomplete)]


def chapters_named(given: Sequence[str]) -> list[str]:
    """The chapters that were named, each once; the command stops at a name that fits none, or several."""
    try:
        return list(dict.fromkeys(files.find_chapter(name) for name in given))
    except LookupError as error:
        stop(message_of(error))


def expect_folder(course: Path) -> Path:
    """The course folder in full; the command stops where there is none, before anything is made in it."""
    if not course.is_dir():
        stop(f"There is no folder {course}. Name the course's: --course DIR")
    return course.resolve()


Course = Annotated[
    Path, typer.Option("--course", metavar="DIR", help="The course folder, with nbgrader_config.py in it.")
]
Chapter = Annotated[
    str,
    typer.Argument(metavar="CHAPTER", help="For example 3 or 03_manual_rnn.", autocompletion=complete_chapter),
]
Chapters = Annotated[
    list[str],
    typer.Argument(
        metavar="CHAPTER",
        help="For example 3 or 03_manual_rnn; several are possible.",
        autocompletion=complete_chapter,
    ),
]
