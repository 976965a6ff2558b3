"""The instructor's commands: ``rnncourse grade``, ``report``. Those at a platform's doors are in ``exchange``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rnncourse.checking.foreign_text import one_line
from rnncourse.cli.arguments import Chapter, Chapters, Course, chapters_named, expect_folder
from rnncourse.cli.console import Exit, make_console, message_of, short_path, stop, write_for_people

if TYPE_CHECKING:  # importing the grader takes a second, which the other commands need not wait
    from rnncourse.grading.lateness import Lateness
    from rnncourse.grading.pipeline import Summary
    from rnncourse.grading.runs import Result

_LINES_SHOWN = 20


def grade(
    chapters: Chapters,
    course: Course = Path(),
    student: Annotated[str | None, typer.Option(metavar="ID", help="Grade only this student's.")] = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Submissions at a time; by default one for each processor.")
    ] = None,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="Time limit for one cell.")] = 180,
    budget: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=10,
            help="Time for one submission, all that is run of it together; by default 900, or 5 times --timeout.",
        ),
    ] = None,
    memory: Annotated[int, typer.Option(metavar="MB", min=200, help="Memory for one submission.")] = 3000,
    force: Annotated[bool, typer.Option("--force", help="Grade unchanged submissions again.")] = False,
    no_sandbox: Annotated[
        bool, typer.Option("--no-sandbox", help="Run submissions as yourself. Only if you trust every one of them.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run submissions on the workers of this Dask scheduler.")
    ] = None,
) -> None:
    """Grade the submissions of a class.

    Runs each in a sandbox, asks for every exercise from outside, and enters the points in nbgrader's gradebook. What
    is unchanged since the last time is not run again. Ends with 0 when all is graded, with 1 when some need a
    person's look (they are named), with 2 when it could not begin or go on, with 3 when some stay ungraded through no
    fault of their own (they are named in every run until they are graded).
    """
    from rnncourse.grading.pipeline import Grading, grade_class
    from rnncourse.grading.records import GradingError
    from rnncourse.grading.sandbox.confine import Limits
    from rnncourse.grading.sandbox.walls import SandboxError, find_bubblewrap

    console, names, course = make_console(), chapters_named(chapters), expect_folder(course)
    limits = Limits(cell_seconds=timeout, seconds=budget or max(900.0, 5 * timeout), memory=memory)
    try:
        if not no_sandbox and scheduler is None:
            find_bubblewrap()
        grading = Grading(course, names, student, force)
        for line in grading.differences():
            console.print(line)
        with _progress(console) as bar:
            task = bar.add_task("grading", total=None)
            summary = grade_class(
                grading, jobs=jobs or os.cpu_count() or 1, limits=limits, sandboxed=not no_sandbox,
                scheduler=scheduler, on_start=lambda total: bar.update(task, total=total),
                on_result=lambda result: bar.advance(task),
            )  # fmt: skip
    except (GradingError, SandboxError) as error:
        stop(message_of(error))
    except Exception as error:
        _stop_at_a_fault(course, error)
    _show(console, summary, names)
    _end(summary)


def report(
    chapter: Chapter,
    course: Course = Path(),
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; by default report-CHAPTER.html.")
    ] = None,
) -> None:
    """Write a page on how a class did.

    Scores, hardest exercises, common mistakes, and what needs a look: one HTML file, to read or to print.
    """
    from rnncourse.grading.gradebook import read_scores
    from rnncourse.grading.records import GradingError, Records
    from rnncourse.grading.report import page

    (name,), course = chapters_named([chapter]), expect_folder(course)
    try:
        results = Records(course).all_of(name)
        if not results:
            raise GradingError(f"Nothing of {name} has been graded here. Run: rnncourse grade {name}")
        text = page(name, results, read_scores(course, name), datetime.now())
        write_for_people(output or course / f"report-{name}.html", text.encode())
    except (GradingError, OSError) as error:
        stop(message_of(error))


def _show(console: Console, summary: Summary, names: Sequence[str]) -> None:
    """The table at the end, and who needs a look."""
    table = Table()
    table.add_column("chapter", no_wrap=True)
    for title in ("graded", "mean points", "to look at"):
        table.add_column(title, justify="right", no_wrap=True)
    for name in names:
        results = [result for result in summary.graded if result.chapter == name]
        mean = f"{sum(r.points for r in results) / len(results):.1f} of {results[0].possible:g}" if results else ""
        table.add_row(name, str(len(results)), mean, str(sum(bool(r.look) for r in results)))
    console.print(table)
    if summary.unchanged:
        console.print(f"{summary.unchanged} unchanged since they were graded (--force grades them again).")
    for result in summary.to_look_at[:_LINES_SHOWN]:
        words = " ".join(map(one_line, result.look))
        console.print(Text.assemble(("Look at ", "yellow"), (_named(result), "bold"), f": {words}"))
    if len(summary.to_look_at) > _LINES_SHOWN:
        console.print(f"… and {len(summary.to_look_at) - _LINES_SHOWN} more (rnncourse report names them all).")
    _show_late(console, summary.late)
    if summary.by_hand:
        console.print(f"{len(summary.by_hand)} wait for a person's points: in nbgrader's formgrader, Manual Grading.")
    _show_ungraded(console, summary)
    for worker, reason in summary.unfit.items():
        words = f": its answer did not fit, and others were asked. What it answered before stands. {one_line(reason)}"
        console.print(Text.assemble(("Look at the worker ", "yellow"), (one_line(worker), "bold"), words))
    if not summary.sandboxed:
        console.print(Text("Not sandboxed: submissions ran as you, with your files in reach.", style="red"))


def _named(submission: Result | Lateness) -> str:
    return f"{one_line(submission.student)}, {submission.chapter}"


def _end(summary: Summary) -> NoReturn:
    """End the command with what the summary comes to."""
    if summary.stopped:
        stop(summary.stopped)
    to_mend = summary.to_look_at or summary.unclear or summary.by_hand or summary.unfit
    raise typer.Exit(Exit.FAULT if summary.ungraded else Exit.TO_MEND if to_mend else Exit.DONE)


def _show_late(console: Console, late: Sequence[Lateness]) -> None:
    """Whose penalty has changed, and of whom nobody knows when they handed in."""
    known = [each for each in late if each.seconds]
    if known:
        console.print(f"{len(known)} late, {sum(bool(each.penalty) for each in known)} with a penalty.")
    for each in late:
        who = (_named(each), "bold")
        if each.changed:
            console.print(Text.assemble("Late penalty of ", who, f": {each.before:g} before, now {each.penalty:g}."))
        if each.problem:
            words = f": {one_line(each.problem)}.{'' if each.seconds else ' It counts as in time.'}"
            console.print(Text.assemble(("Look at ", "yellow"), who, words))
        elif each.marked:
            words = ": late by the platform's word, without a time stamp: no penalty is counted."
            console.print(Text.assemble(("Look at ", "yellow"), who, words))


def _stop_at_a_fault(course: Path, error: Exception) -> NoReturn:
    """End the command where the grader itself has failed, with a file on it."""
    from rnncourse.grading import faults
    from rnncourse.grading.records import FOLDER

    path = faults.write_report(course / FOLDER / "faults", course, [faults.of_the_run(error)])
    typer.echo(
        f"rnncourse: {one_line(faults.in_words(error))} What was finished is kept. "
        f"To have it mended, send {short_path(path)}: versions and a traceback, no names.",
        err=True,
    )
    raise typer.Exit(Exit.FAULT)


def _show_ungraded(console: Console, summary: Summary) -> None:
    """Everybody who has no grade, each with what went wrong: this list is never cut."""
    for result in summary.ungraded:
        who = (_named(result), "bold")
        console.print(Text.assemble(("Ungraded ", "red"), who, f": {one_line(result.fault)}"))
    if summary.ungraded:
        console.print(f"{len(summary.ungraded)} have no grade, and none is exported. The next run tries again.")
    if summary.report is not None:
        console.print(f"To have it mended, send {short_path(summary.report)}: versions and tracebacks, no names.")


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=console, transient=True)


#: By the name that is typed.
COMMANDS: dict[str, Callable[..., None]] = {"grade": grade, "report": report}
