"""A learner's commands: ``rnncourse start``, ``lab``, ``check``, ``progress``, ``update``, ``doctor``."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from rnncourse.checking import progress
from rnncourse.checking.verdicts import Verdict
from rnncourse.cli import copying, doctor, serving, updating
from rnncourse.cli.arguments import complete_chapter
from rnncourse.cli.console import COLOURS, WORDS, Exit, make_console, message_of, quoted, short_path, stop
from rnncourse.exercises import CHAPTERS, chapter_of, find
from rnncourse.notebooks import files, kernels, runs, versions

_ERRORS_SHOWN = 3
_PLACES_SHOWN = 3

Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Your copy of the course; by default the current folder.")
]


# ---------------------------------------------------------------------------------------------------------- start
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
        stop(message_of(error))
    _say_what_was_made(folder, made)


def _say_what_was_made(folder: Path, made: Sequence[Path]) -> None:
    if not made:
        typer.echo(f"{folder} has every file of the course already. Nothing was changed.")
        return
    files = [str(path.relative_to(folder)) for path in made if path.name != progress.FILE_NAME]
    exercises = sum(map(len, CHAPTERS.values()))
    typer.echo(f"Your copy of the course is in {folder.resolve()}.")
    typer.echo(f"It has {len(CHAPTERS)} chapters with {exercises} exercises; {len(files)} files were added.")
    typer.echo(f"\nNext: rnncourse lab {quoted(folder)}")


# ------------------------------------------------------------------------------------------------------------ lab
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
        stop(message_of(error))
    if importlib.util.find_spec("jupyterlab") is None:
        stop(f"JupyterLab is not installed. Run: {sys.executable} -m pip install jupyterlab")
    if browser and not doctor.browser_at_hand():
        stop("There is no browser to open here. Leave --browser out: rnncourse lab prints the address.")
    _serve(folder, doctor.browser_at_hand() if browser is None else browser, port)


def _folder_to_serve(folder: Path | None) -> Path:
    if folder is None:
        copy = progress.find_copy()
        if copy is None:
            stop("This folder holds no copy of the course. Name yours (rnncourse lab DIR), or: rnncourse start DIR")
        return copy
    if not folder.is_dir():
        stop(f"There is no folder {folder}. Make your copy there with: rnncourse start {quoted(folder)}")
    return folder


def _serve(folder: Path, browser: bool, port: int | None) -> None:
    """Run JupyterLab in this process, so that Ctrl-C and exit codes are its own."""
    serving.set_environment()
    from jupyterlab.labapp import LabApp

    os.chdir(folder)  # nbgrader's extension takes the working directory for the course
    server = LabApp.initialize_server(argv=list(serving.arguments(Path.cwd(), browser, port)))
    if not browser:
        typer.echo("Open this address in a browser:")
    typer.echo(f"  {server.display_url.split()[0]}")
    typer.echo("JupyterLab serves your copy until you press Ctrl-C here.")
    server.identity_provider.token_generated = False  # else Jupyter prints the address once more, with a log around it
    sys.stdout.flush()
    serving.end_at_interrupt(server)
    server.start()


# ---------------------------------------------------------------------------------------------------------- check
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CHAPTER|NOTEBOOK",
            help="For example 3, 03_manual_rnn or a file; default: all.",
            autocompletion=complete_chapter,
        ),
    ] = None,
    folder: Folder = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="Time limit for one cell.")
    ] = runs.CELL_SECONDS,
) -> None:
    """Say which exercises are right.

    Runs each notebook in a fresh kernel, from top to bottom, and checks every exercise in it. Your files are not
    changed; progress.json keeps your best results. Ends with 0 when every notebook is whole and was run, right or
    wrong, with 1 when a notebook is to be mended, and with 2 when one that you named is not there.
    """
    todo, absent = _notebooks_to_check(names or [], folder)
    try:
        kernels.find_kernel()
        whole = [_check_one(path, timeout) for path in todo]
    except kernels.NoKernelError as error:
        stop(message_of(error))
    if absent:
        typer.echo(_to_add(absent, _copy_folder(folder)))
    raise typer.Exit(Exit.DONE if all(whole) else Exit.TO_MEND)


def _notebooks_to_check(names: list[str], folder: Path | None) -> tuple[list[Path], list[str]]:
    """The notebooks that were asked for, and the chapters that the copy does not have."""
    if names:
        paths = [_path_of(name, folder) for name in names]
        return list(dict.fromkeys(paths)), []
    copy = _copy_folder(folder)
    absent = [chapter for chapter in CHAPTERS if not (copy / chapter).exists()]
    return [files.notebook_path(copy, chapter) for chapter in CHAPTERS if chapter not in absent], absent


def _path_of(name: str, folder: Path | None) -> Path:
    """A notebook from what was typed: a file, a chapter's folder, or the name of a chapter. It is there."""
    given = Path(name)
    if given.suffix == ".ipynb" or given.is_file():
        return _expect_there(given)
    if given.is_dir() and given.resolve().name in CHAPTERS:
        return _expect_there(given / f"{given.resolve().name}.ipynb")
    try:
        chapter = files.find_chapter(name)
    except LookupError as error:
        stop(f"To check a whole copy: rnncourse check --folder {name}" if given.is_dir() else message_of(error))
    copy = _copy_folder(folder)
    if not (copy / chapter).exists():
        stop(_to_add([chapter], copy))
    return _expect_there(files.notebook_path(copy, chapter))


def _expect_there(path: Path) -> Path:
    """The same path; the command stops where there is nothing. A file that is no notebook is something to mend."""
    if not path.exists():
        try:
            files.read(path)
        except files.NotebookError as error:
            stop(f"{short_path(path)}: {error}")
    return path


def _to_add(absent: Sequence[str], copy: Path) -> str:
    """How chapters come into a copy that does not have them."""
    return f"Not in this copy: {', '.join(absent)}. To add what is missing: rnncourse start {quoted(copy)} --add"


def _copy_folder(folder: Path | None) -> Path:
    """The copy that is meant: around the folder named, or around the current one."""
    if folder is not None and not folder.is_dir():
        stop(f"There is no folder {folder}.")
    here = Path.cwd() if folder is None else folder
    if copying.is_copy(here):
        return here
    around = progress.find_copy(here)
    if around is None:
        stop(f"{here} holds no copy of the course. Name yours with --folder DIR, or: rnncourse start DIR")
    return around


def _check_one(path: Path, seconds: float) -> bool:
    """Inspect, run and report one notebook; True if there is nothing to mend."""
    console, shown = make_console(), short_path(path)
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
        console.print(Text.assemble((f"{shown}: ", "bold"), (message_of(error), "red")), "", sep="\n")
        return False
    progress.record_all({found.exercise: found.share for found in result.verdicts}, path.absolute().parent)
    _report(console, path, chapter, result, problems)
    return not problems and not result.problem


def _report(console: Console, path: Path, chapter: str, result: runs.RunResult, problems: Sequence[str]) -> None:
    console.print(Text.assemble((chapter, "bold"), f"  {short_path(path)}"), soft_wrap=True)
    table = Table()
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("result")
    earned = possible = 0.0
    for found in result.verdicts:
        task = find(found.exercise)
        points = task.earned(found.share)
        earned, possible = earned + points, possible + task.points
        table.add_row(task.name, f"{points:g} of {task.points:g}", _result(found))
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


def _result(found: Verdict) -> Group:
    """Passed, or wrong with the mistake that was recognised and the advice."""
    word = WORDS[found.status]
    lines = [Text(f"{word}: {found.mistake}" if found.mistake else word, style=COLOURS[found.status])]
    if found.advice:
        lines.append(Text(found.advice))
    return Group(*lines)


# ------------------------------------------------------------------------------------------------------- progress
def show_progress(folder: Folder = None) -> None:
    """Show how far you are, and what is next."""
    copy = _copy_folder(folder)
    try:
        recorded = progress.load(copy)
    except FileNotFoundError:
        recorded = {}
    except (progress.DamagedProgressError, progress.NewerProgressError) as error:
        typer.echo(f"rnncourse: {error} It was left as it is.", err=True)
        raise typer.Exit(Exit.TO_MEND) from None
    totals = progress.totals(recorded)
    console = make_console()
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


# --------------------------------------------------------------------------------------------------------- update
def update(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Your copy; by default the current folder.")
    ] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Put your answers into the new notebooks, cell by cell.")
    ] = False,
) -> None:
    """Bring a newer course into your copy.

    A notebook in which you wrote nothing is replaced. Beside one in which you did comes the new one, NAME.new.ipynb,
    with a page of what changed; with --answers your answers and your own cells go into the new one, which takes the
    place of yours. Nothing of yours is lost: what makes room is kept in before-update. Save and close the notebooks in
    JupyterLab first.
    """
    copy = _copy_folder(folder)
    counted: Counter[updating.Deed] = Counter()
    try:
        for outcome in updating.update(copy, answers):
            counted[outcome.deed] += 1
            for line in _what_was_done(outcome):
                typer.echo(line)
    except (updating.UpdateError, FileNotFoundError) as error:
        stop(message_of(error))
    typer.echo(f"{counted[updating.Deed.NOTHING]} of {sum(counted.values())} files were up to date.")
    if counted[updating.Deed.BESIDE] and not answers:
        again = f"rnncourse update {quoted(short_path(copy))} --answers"
        typer.echo(f"To have your answers in the new notebooks: {again}")


def _what_was_done(outcome: updating.Outcome) -> list[str]:
    """A line for what was done with a file, and those that say what changed and where the old one is."""
    if outcome.deed is updating.Deed.NOTHING:
        return []
    name, place = outcome.name.stem, short_path(outcome.path)
    lines = [
        {
            updating.Deed.ADDED: f"{name}: added.",
            updating.Deed.REPLACED: f"{name}: replaced by the new one. You had written nothing into it.",
            updating.Deed.BESIDE: f"{name}: yours stays as it is. The new one is beside it: {place}",
            updating.Deed.MERGED: f"{name}: the new one, with your work in it, has taken the place of yours.",
            updating.Deed.LEFT: f"{name}: left as it is: {outcome.problem}",
        }[outcome.deed]
    ]
    if outcome.deed is updating.Deed.BESIDE and outcome.problem:
        lines.append(f"    Yours cannot be read: {outcome.problem}")
    if outcome.changes:
        lines.append(f"    What changed: {_in_words(outcome.changes)}.")
    if outcome.deed is updating.Deed.BESIDE and outcome.changes:
        lines.append(f"    Line by line: {place.with_suffix('.md')}")
    if outcome.merged is not None:
        lines.append(f"    {_taken_over(outcome.merged)}")
    if outcome.kept is not None:
        lines.append(f"    Yours, whole, as it was: {short_path(outcome.kept)}")
    return lines


def _in_words(changes: Sequence[versions.Change]) -> str:
    """The exercises that changed by name, the other cells as a number and the places where they are."""
    exercises = list(dict.fromkeys(change.exercise for change in changes if change.exercise))
    others = [change for change in changes if not change.exercise]
    places = list(dict.fromkeys(change.heading for change in others if change.heading))
    words = [f"the exercise{'s' * (len(exercises) > 1)} {', '.join(exercises)}"] if exercises else []
    if others:
        named = "; ".join(f"“{place}”" for place in places[:_PLACES_SHOWN]) + " …" * (len(places) > _PLACES_SHOWN)
        count = f"{len(others)} cell{'s' * (len(others) > 1)} of text or code"
        words.append(f"{count} below {named}" if named else count)
    return ", and ".join(words)


def _taken_over(merged: versions.Merged) -> str:
    answers = f"Your answers to {', '.join(merged.carried)}" if merged.carried else "None of your answers"
    line = f"{answers} and {merged.own} other cells of yours went along."
    if merged.beside:
        line += f" {merged.beside} cells that you and the course both changed stand as notes below the course's."
    return line


# --------------------------------------------------------------------------------------------------------- doctor
def show_doctor() -> None:
    """See whether the course works here.

    Looks at Python, packages, kernel, chapters, memory and disk, and says what to do. Takes a few seconds. Ends with 0
    if the course will work and with 1 if not.
    """
    console = make_console()
    levels = []
    for finding in doctor.examine():
        levels.append(finding.level)
        head = Text.assemble((f"{finding.level:<8}", COLOURS[finding.level]), f"{finding.subject:<11}")
        grid = Table.grid()
        grid.add_row(head, Text(finding.text + (f"\n→ {finding.advice}" if finding.advice else "")))
        console.print(grid)
    console.print()
    if doctor.Level.PROBLEM in levels:
        console.print("The course will not work here until the problems are mended.")
        raise typer.Exit(Exit.TO_MEND)
    console.print("The course will work here.")


#: By the name that is typed.
COMMANDS: dict[str, Callable[..., None]] = {
    "start": start,
    "lab": lab,
    "check": check,
    "progress": show_progress,
    "update": update,
    "doctor": show_doctor,
}
