"""What every command prints with and how it ends: the console, the words for what happened, the exit codes."""

from __future__ import annotations

import os
import shlex
import sys
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from rnncourse.checking.foreign_text import one_line
from rnncourse.checking.kept_files import write_whole
from rnncourse.checking.verdicts import Status
from rnncourse.cli.doctor import Level


class Exit(IntEnum):
    """How a command ends. This is the one table of exit codes; ``rnncourse --help`` prints ``EXIT_CODES``.

    Attributes:
        DONE: what was asked for was done. An answer may be wrong: saying so was what was asked for.
        TO_MEND: it was done, and something needs a person: a notebook, a submission, the installation.
        NOT_BEGUN: it was not understood, or what it needs is not there. One line on stderr says why.
        FAULT: something of ours failed: a submission is ungraded for it. A file to send says what.
    """

    DONE = 0
    TO_MEND = 1
    NOT_BEGUN = 2
    FAULT = 3


EXIT_CODES = (
    f"Exit codes:  {Exit.DONE} done, {Exit.TO_MEND} something needs your look, {Exit.NOT_BEGUN} could not begin, "
    f"{Exit.FAULT} a fault of ours"
)

_LONGEST_MESSAGE = 4000
#: The colour of each state of an exercise and of each level of the doctor's findings.
COLOURS = {
    Status.RIGHT: "green",
    Status.PARTLY: "yellow",
    Status.WRONG: "red",
    Status.NOT_ATTEMPTED: "dim",
    Level.OK: "green",
    Level.WARNING: "yellow",
    Level.PROBLEM: "red",
}
#: What a table says of the state of an exercise.
WORDS = {status: str(status) for status in Status} | {Status.RIGHT: "passed"}


def make_console() -> Console:
    """What is printed is plain text: brackets and colons in a learner's words mean nothing."""
    return Console(markup=False, emoji=False, highlight=False)


def short_path(path: Path) -> Path:
    """A path as seen from here, where it is below."""
    full = path.absolute()
    return full.relative_to(Path.cwd()) if full.is_relative_to(Path.cwd()) else full


def quoted(path: Path) -> str:
    """A path as it is typed: with quotes where its name has blanks."""
    if os.name == "nt":
        return f'"{path}"' if " " in str(path) else str(path)
    return shlex.quote(str(path))


def message_of(error: Exception) -> str:
    """The words of an exception: a LookupError's without quotes around them, a system error's without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)


def stop(message: str) -> NoReturn:
    """End the command before it began: one line on stderr, and the exit code that says so."""
    sys.stdout.flush()
    typer.echo(f"rnncourse: {one_line(message, _LONGEST_MESSAGE)}", err=True)
    raise typer.Exit(Exit.NOT_BEGUN)


def write_for_people(path: Path, content: bytes) -> None:
    """Write a file that a person will open, and say where; another one of its name is kept with .before behind it."""
    before = path.read_bytes() if path.exists() else None
    if before is not None and before != content:
        write_whole(path.with_name(f"{path.name}.before"), before, mode=path.stat().st_mode & 0o777)
    write_whole(path, content, mode=0o666)
    typer.echo(str(short_path(path)))
