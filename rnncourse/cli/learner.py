"""The command line: ``rnncourse start``, ``lab``, ``check``, ``progress``, ``doctor``; for instructors see ``grading``.

Exit codes: 0 all went well, 1 something is to be mended (a notebook, the installation), 2 the command was not
understood or could not begin; then one line on stderr says why and nothing was changed.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

import rnncourse
from rnncourse.checking import progress
from rnncourse.cli import copying, doctor, instructor
from rnncourse.exercises import CHAPTERS, chapter_of, find
from rnncourse.notebooks import files, kernels, runs

_TO_MEND, _NOT_BEGUN = 1, 2
_STYLES = {
    "right": "green",
    "partly right": "yellow",
    "wrong": "red",
    "not attempted": "dim",
    doctor.Level.OK: "green",
    doctor.Level.WARNING: "yellow",
    doctor.Level.PROBLEM: "red",
}
_WORDS = {"right": "passed"}
_ERRORS_SHOWN = 3

app = typer.Typer(
    name="rnncourse",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Your copy of the course; by default the current folder.")
]


def main() -> None:
    """The entry point of the ``rnncourse`` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a star shows a question mark
    app(prog_name="rnncourse")


_EPILOG = """\b
A first session:
  rnncourse start my-course      make your copy
  rnncourse lab my-course        work through it in JupyterLab
  cd my-course
  rnncourse check 3              check chapter 3 before you hand it in
  rnncourse progress             see how far you are
Something odd?  rnncourse doctor
Options of a command:  rnncourse check --help"""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rnncourse {rnncourse.__version__}")
        raise typer.Exit


@app.callback(epilog=_EPILOG)
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """An interactive course on recurrent neural networks."""


# ---------------------------------------------------------------------------------------------------------- start
@app.command()
def start(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for your copy.", show_default=False)],
    add: Annotated[bool, typer.Option("--add", help="Add what is missing to a copy you have.")] = False,
) -> None:
    """Make your own copy of the chapters.

    A file that exists is never overwritten. With --add, chapters and files that are missing in a copy are added to it.
    """
    try:
        made = copying.start_copy(folder, add)
    except (copying.CopyError, FileNotFoundError) as error:
        _stop(str(error))
    _say_what_was_made(folder, made)


def _say_what_was_made(folder: Path, made: Sequence[Path]) -> None:
    if not made:
        typer.echo(f"{folder} has every file of the course already. Nothing was changed.")
        return
    files = [str(path.relative_to(folder)) for path in made if path.name != progress.FILE_NAME]
    exercises = sum(map(len, CHAPTERS.values()))
    typer.echo(f"Your copy of the course is in {folder.resolve()}.")
    typer.echo(f"It has {len(CHAPTERS)} chapters with {exercises} exercises; {len(files)} files were added.")
    typer.echo(f"\nNext: rnncourse lab {_quoted(folder)}")


# ------------------------------------------------------------------------------------------------------------ lab
@app.command()
def lab(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Your copy; by default the current folder.")
    ] = None,
    browser: Annotated[
        bool | None,
        typer.Option("--browser/--no-browser", help="Open a browser, or do not; by default if there is one."),
    ] = None,
    port: Annotated[int | None, typer.Option(metavar="N", min=1, max=65535, help="Serve on this port.")] = None,
) -> None:
    """Open your copy in JupyterLab.

    Prints the address, also where there is no browser to open. Ctrl-C ends it.
    """
    folder = _folder_to_serve(folder)
    try:
        kernels.find_kernel()
    except kernels.NoKernelError as error:
        _stop(str(error))
    if importlib.util.find_spec("jupyterlab") is None:
        _stop(f"JupyterLab is not installed. Run: {sys.executable} -m pip install jupyterlab")
    if browser and not doctor.browser_at_hand():
        _stop("There is no browser to open here. Leave --browser out: rnncourse lab prints the address.")
    _serve(folder, doctor.browser_at_hand() if browser is None else browser, port)


def _folder_to_serve(folder: Path | None) -> Path:
    if folder is None:
        copy = progress.find_copy()
        if copy is None:
            _stop("This folder holds no copy of the course. Name yours (rnncourse lab DIR), or: rnncourse start DIR")
        return copy
    if not folder.is_dir():
        _stop(f"There is no folder {folder}. Make your copy there with: rnncourse start {folder}")
    return folder


def _serve(folder: Path, browser: bool, port: int | None) -> None:
    """Run JupyterLab in this process, so that Ctrl-C and exit codes are its own."""
    from jupyterlab.labapp import LabApp

    os.chdir(folder)  # nbgrader's extension takes the working directory for the course
    arguments = [f"--ServerApp.root_dir={Path.cwd()}", "--Application.log_level=ERROR", "-y"]
    if not browser:
        arguments.append("--no-browser")
    if port is not None:
        arguments.append(f"--port={port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    server = LabApp.initialize_server(argv=arguments)
    if not browser:
        typer.echo("Open this address in a browser:")
    typer.echo(f"  {server.display_url.split()[0]}")
    typer.echo("JupyterLab serves your copy until you press Ctrl-C here.")
    server.identity_provider.token_generated = False  # else Jupyter prints the address once more, with a log around it
    sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is born deaf to Ctrl-C
    server.start()


# ---------------------------------------------------------------------------------------------------------- check
@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="CHAPTER|NOTEBOOK", help="For example 3, 03_manual_rnn or a file; default: all."),
    ] = None,
    folder: Folder = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="Time limit for one cell.")
    ] = runs.CELL_SECONDS,
) -> None:
    """Say which exercises are right.

    Runs each notebook in a fresh kernel, from top to bottom, and checks every exercise in it. Your files are not
    changed; progress.json keeps your best results. Ends with 0 when every notebook is whole and was run, right or
    wrong, and with 1 when a notebook is to be mended.
    """
    todo, absent = _notebooks_to_check(names or [], folder)
    try:
        kernels.find_kernel()
        whole = [_check_one(path, timeout) for path in todo]
    except kernels.NoKernelError as error:
        _stop(str(error))
    if absent:
        typer.echo(f"Not in this copy: {', '.join(absent)}.")
        typer.echo(f"To add what is missing: rnncourse start {_quoted(_copy_folder(folder))} --add")
    raise typer.Exit(0 if all(whole) else _TO_MEND)


def _notebooks_to_check(names: list[str], folder: Path | None) -> tuple[list[Path], list[str]]:
    """The notebooks that were asked for, and the chapters that the copy does not have."""
    if names:
        paths = [_path_of(name, folder) for name in names]
        return list(dict.fromkeys(paths)), []
    copy = _copy_folder(folder)
    absent = [chapter for chapter in CHAPTERS if not (copy / chapter).exists()]
    return [files.notebook_path(copy, chapter) for chapter in CHAPTERS if chapter not in absent], absent


def _path_of(name: str, folder: Path | None) -> Path:
    """A notebook from what was typed: a file, a chapter's folder, or the name of a chapter."""
    given = Path(name)
    if given.suffix == ".ipynb" or given.is_file():
        return given
    if given.is_dir() and given.resolve().name in CHAPTERS:
        return given / f"{given.resolve().name}.ipynb"
    try:
        chapter = files.find_chapter(name)
    except LookupError as error:
        _stop(f"To check a whole copy: rnncourse check --folder {name}" if given.is_dir() else _message(error))
    return files.notebook_path(_copy_folder(folder), chapter)


def _copy_folder(folder: Path | None) -> Path:
    """The copy that is meant: around the folder named, or around the current one."""
    if folder is not None and not folder.is_dir():
        _stop(f"There is no folder {folder}.")
    here = Path.cwd() if folder is None else folder
    if copying.is_copy(here):
        return here
    around = progress.find_copy(here)
    if around is None:
        _stop(f"{here} holds no copy of the course. Name yours with --folder DIR, or: rnncourse start DIR")
    return around


def _check_one(path: Path, seconds: float) -> bool:
    """Inspect, run and report one notebook; True if there is nothing to mend."""
    console, shown = _console(), _short(path)
    try:
        chapter = files.chapter_of_notebook(path)
        problems = files.inspect(path, chapter)
        with console.status(f"{shown}: starting …") as status:
            result = runs.run(
                path,
                chapter,
                cell_seconds=seconds,
                on_cell=lambda number, count: status.update(f"{shown}: cell {number} of {count} …"),
            )
    except (files.NotebookError, LookupError) as error:
        console.print(Text.assemble((f"{shown}: ", "bold"), (_message(error), "red")), "", sep="\n")
        return False
    progress.record_all({found["exercise"]: found["share"] for found in result.verdicts}, path.absolute().parent)
    _report(console, path, chapter, result, problems)
    return not problems and not result.problem


def _report(console: Console, path: Path, chapter: str, result: runs.RunResult, problems: Sequence[str]) -> None:
    console.print(Text.assemble((chapter, "bold"), f"  {_short(path)}"), soft_wrap=True)
    table = Table()
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("result")
    earned = possible = 0.0
    for found in result.verdicts:
        points = find(found["exercise"]).points
        earned, possible = earned + found["share"] * points, possible + points
        table.add_row(found["exercise"], f"{found['share'] * points:g} of {points:g}", _result(found))
    if result.verdicts:
        console.print(table)
        console.print(f"{earned:g} of {possible:g} points")
    for line in [*([result.problem] if result.problem else []), *problems]:
        console.print(Text.assemble(("To mend: ", "red"), line))
    for error in result.errors[:_ERRORS_SHOWN]:
        console.print(Text(f"Cell {error.number} stopped with {error}"))
    if len(result.errors) > _ERRORS_SHOWN:
        console.print(f"… and {len(result.errors) - _ERRORS_SHOWN} more cells stopped.")
    console.print()


def _result(found: dict[str, Any]) -> Group:
    """Passed, or wrong with the mistake that was recognised and the advice."""
    status = found["status"]
    head = f"{_WORDS.get(status, status)}: {found['mistake']}" if found["mistake"] else _WORDS.get(status, status)
    lines: list[Any] = [Text(head, style=_STYLES[status])]
    if found["advice"]:
        lines.append(Text(found["advice"]))
    return Group(*lines)


# ------------------------------------------------------------------------------------------------------- progress
@app.command("progress")
def show_progress(folder: Folder = None) -> None:
    """Show how far you are, and what is next."""
    copy = _copy_folder(folder)
    try:
        recorded = progress.load(copy)
    except FileNotFoundError:
        recorded = {}
    except (progress.DamagedProgressError, progress.NewerProgressError) as error:
        typer.echo(f"rnncourse: {error} It was left as it is.", err=True)
        raise typer.Exit(_TO_MEND) from None
    totals = progress.totals(recorded)
    console = _console()
    console.print(_progress_table(totals))
    console.print(_next_step(totals, copy))


def _progress_table(totals: Sequence[progress.ChapterTotal]) -> Table:
    table = Table(show_footer=True)
    possible, earned = sum(t.points_possible for t in totals), sum(t.points for t in totals)
    exercises, right = sum(t.exercises for t in totals), sum(t.right for t in totals)
    table.add_column("chapter", footer="together", no_wrap=True)
    table.add_column("exercises right", footer=f"{right} of {exercises}", justify="right")
    table.add_column("points", footer=f"{earned:g} of {possible:g}", justify="right")
    for total in totals:
        done = "green" if total.right == total.exercises else ""
        table.add_row(
            total.chapter,
            f"{total.right} of {total.exercises}",
            f"{total.points:g} of {total.points_possible:g}",
            style=done,
        )
    return table


def _next_step(totals: Sequence[progress.ChapterTotal], copy: Path) -> str:
    name = next((total.next_exercise for total in totals if total.next_exercise is not None), None)
    if name is None:
        return "Every exercise is right. You have finished the course."
    exercise = find(name)
    stars = "★" * exercise.difficulty + "☆" * (3 - exercise.difficulty)
    return f"Next: {name} in {chapter_of(name)}, {stars}, about {exercise.minutes} minutes."


# --------------------------------------------------------------------------------------------------------- doctor
@app.command("doctor")
def show_doctor() -> None:
    """See whether the course works here.

    Looks at Python, packages, kernel, chapters, memory and disk, and says what to do. Takes a few seconds. Ends with 0
    if the course will work and with 1 if not.
    """
    console = _console()
    levels = []
    for finding in doctor.examine():
        levels.append(finding.level)
        head = Text.assemble((f"{finding.level:<8}", _STYLES[finding.level]), f"{finding.subject:<11}")
        grid = Table.grid()
        grid.add_row(head, Text(finding.text + (f"\n→ {finding.advice}" if finding.advice else "")))
        console.print(grid)
    console.print()
    if doctor.Level.PROBLEM in levels:
        console.print("The course will not work here until the problems are mended.")
        raise typer.Exit(_TO_MEND)
    console.print("The course will work here.")


instructor.add_to(app)


# ---------------------------------------------------------------------------------------------------------- words
def _console() -> Console:
    """What is printed is plain text: brackets and colons in a learner's words mean nothing."""
    return Console(markup=False, emoji=False, highlight=False)


def _short(path: Path) -> Path:
    """A path as seen from here, where it is below."""
    full = path.absolute()
    return full.relative_to(Path.cwd()) if full.is_relative_to(Path.cwd()) else full


def _quoted(folder: Path) -> str:
    """A folder as it is typed: with quotes where its name has blanks."""
    return shlex.quote(str(folder)) if os.name != "nt" else f'"{folder}"' if " " in str(folder) else str(folder)


def _message(error: Exception) -> str:
    """The words of an exception; a KeyError would put quotes around them."""
    return str(error.args[0]) if error.args else str(error)


def _stop(message: str) -> NoReturn:
    """One line on stderr, exit code 2."""
    typer.echo(f"rnncourse: {message}", err=True)
    raise typer.Exit(_NOT_BEGUN)
