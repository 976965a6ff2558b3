"""The instructor's commands at the doors of a learning platform: ``rnncourse collect``, ``export``, ``feedback``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnncourse.checking.foreign_text import one_line
from rnncourse.cli.arguments import Chapter, Chapters, Course, chapters_named, expect_folder
from rnncourse.cli.console import Exit, message_of, short_path, stop, write_for_people
from rnncourse.exercises import CHAPTERS

if TYPE_CHECKING:  # importing the grader takes a second, which the other commands need not wait
    from datetime import tzinfo

    from rnncourse.grading.collect import Collected
    from rnncourse.grading.grades import Exported

_LINES_SHOWN = 20
_FORMATS = ("canvas", "moodle", "csv")


# ------------------------------------------------------------------------------------------------------- collect
def collect(
    source: Annotated[Path, typer.Argument(metavar="ZIP|DIR", help="What the learning platform exported.")],
    chapter: Chapter,
    course: Course = Path(),
    groups: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A CSV of who is in which group; each member gets the work.")
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="The files' dates, by this zone's clock, are when they were handed in."),
    ] = None,
    pattern: Annotated[
        str, typer.Option(metavar="REGEX", help="How a file's path names its (?P<student>…); for other platforms.")
    ] = "",
    update: Annotated[bool, typer.Option("--update", help="Let newer submissions replace older ones.")] = False,
) -> None:
    """Collect what a learning platform exported.

    Puts each notebook where it is graded: submitted/STUDENT/CHAPTER/.

    Understands the exports of Canvas and Moodle, and folders named after students. A submission that is there already
    is not touched; with --update the older one is moved to .grading/replaced/.
    """
    from rnncourse.grading.collect import Settings
    from rnncourse.grading.collect import collect as run
    from rnncourse.grading.gradebook import GradebookWriter
    from rnncourse.grading.groups import read_groups
    from rnncourse.grading.records import GradingError

    (name,), course = chapters_named([chapter]), expect_folder(course)
    try:
        settings = Settings(update, pattern, read_groups(groups) if groups else None, _zone(dates))
        found = run(source, name, GradebookWriter(course).submitted, course, settings)
    except (GradingError, OSError) as error:
        stop(message_of(error))
    if not found.anything:
        stop(f"{source} holds no notebook that can be collected, among {len(found.left_out)} files. Is it the export?")
    _tell_collected(found)
    raise typer.Exit(Exit.TO_MEND if found.to_mend else Exit.DONE)


def _zone(name: str | None) -> tzinfo | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        stop(f"--dates is {name!r}, expected a time zone, for example UTC or Europe/Berlin.")


def _tell_collected(found: Collected) -> None:
    typer.echo(f"{len(found.new)} new, {len(found.replaced)} replaced, {len(found.unchanged)} were there already.")
    for words, names in (
        ("Replaced; the older ones are in .grading/replaced", found.replaced),
        ("Differ from what is there, and were left out (--update takes them)", found.differing),
        ("Older than what is there, and left out", found.older),
        ("Of several notebooks of one student, taken", found.chosen),
        (
            "In several folders under one name, of which one was taken (if each is a student's: "
            "--pattern '^[^/]+/(?P<student>[^/]+)/')",
            found.spread,
        ),
        ("Seem to be of another chapter (ask for the right one)", found.elsewhere),
        ("Handed in, but no notebook (ask for the .ipynb itself)", found.without),
        ("Cannot be taken", found.unreadable),
        ("No student can be read from the path (--pattern says how)", found.unknown),
        ("In no group, and taken for single students", found.ungrouped),
        ("Have the name of another, so a number stands in the folder's", found.alike),
        ("Left out: no notebooks", found.left_out),
    ):
        if names:
            typer.echo(f"{words}: {_listed(names)}.")


def _listed(names: Sequence[str]) -> str:
    """Names from outside: nothing in them reaches the terminal but letters."""
    more = f" and {len(names) - _LINES_SHOWN} more" if len(names) > _LINES_SHOWN else ""
    return ", ".join(repr(one_line(name)) for name in names[:_LINES_SHOWN]) + more


# -------------------------------------------------------------------------------------------------------- export
def export(
    chapters: Chapters,
    course: Course = Path(),
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="|".join(_FORMATS), help="For which platform.", autocompletion=lambda: list(_FORMATS)
        ),
    ] = "canvas",
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster", "--worksheet", metavar="FILE",
            help="Canvas's exported gradebook, or Moodle's grading worksheet, to be filled in.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="TITLE", help="The column of the grades: its title, or Canvas's number in it."),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="TITLE", help="The column in which students without the platform's number are found.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE|DIR", help="Where to write it; by default grades-FORMAT.csv. For csv, a folder."),
    ] = None,
) -> None:  # fmt: skip
    """Write the grades for Canvas or Moodle, or tables.

    Fills in the gradebook that Canvas exports, or the worksheet that Moodle gives, by the platform's own numbers, and
    names every grade without a row and every row without a grade. A file of that name is kept, with .before at its end.

    With --format csv: a table of each chapter, exercise by exercise, one of all chapters, and one of projects.
    """
    from rnncourse.grading.records import GradingError

    names, course = chapters_named(chapters), expect_folder(course)
    try:
        if form not in _FORMATS:
            raise GradingError(f"--format is {form!r}, expected {' or '.join(_FORMATS)}.")
        if form == "csv":
            _write_tables(names, course, output or course)
            raise typer.Exit(Exit.DONE)
        made = _exported(names, course, form, roster, list(column or []), by)
        write_for_people(output or course / f"grades-{form}.csv", made.content)
    except (GradingError, OSError) as error:
        stop(message_of(error))
    for line in made.notes:
        typer.echo(one_line(line))
    for line in made.look:
        typer.echo(f"Look: {one_line(line)}.")
    raise typer.Exit(Exit.TO_MEND if made.look else Exit.DONE)


def _exported(
    names: Sequence[str], course: Path, form: str, roster: Path | None, columns: Sequence[str], by: str
) -> Exported:
    """The table for a platform."""
    from rnncourse.grading import rosters, worksheets
    from rnncourse.grading.gradebook import read_points
    from rnncourse.grading.grades import in_words, read_grades
    from rnncourse.grading.records import GradingError
    from rnncourse.grading.tables import read_table

    graded = [read_grades(course, name) for name in names]
    if not any(each.has_points for each in graded):
        raise GradingError(f"The gradebook has no grades of {', '.join(names)}. Run: rnncourse grade {names[0]}")
    if roster is None:
        return rosters.table_for_canvas(graded) if form == "canvas" else worksheets.table_for_moodle(graded)
    table = read_table(roster)
    if form == "canvas":
        return rosters.fill(table, graded, columns, by)
    if len(graded) > 1:
        raise GradingError("A grading worksheet is of one assignment: export one chapter at a time.")
    comments = in_words(read_points(course, names[0]))
    return worksheets.fill(table, graded[0], columns[0] if columns else "", by, comments)


def _write_tables(names: Sequence[str], course: Path, folder: Path) -> None:
    """The tables for people: one a chapter, and one of all chapters of which there are grades."""
    from rnncourse.grading import projects
    from rnncourse.grading.export import by_exercise, over_time
    from rnncourse.grading.gradebook import read_points
    from rnncourse.grading.grades import read_grades
    from rnncourse.grading.records import GradingError, Records

    graded = {name: read_grades(course, name) for name in CHAPTERS}
    graded = {name: each for name, each in graded.items() if each.has_points}
    for name in names:
        if name not in graded:
            raise GradingError(f"The gradebook has no grades of {name}. Run: rnncourse grade {name}")
        results = Records(course).all_of(name)
        mistakes = {r.student: {v.exercise: v.mistake for v in r.verdicts if v.mistake} for r in results}
        content = by_exercise(graded[name], read_points(course, name), mistakes)
        write_for_people(folder / f"grades-{name}.csv", content)
        if any(result.cards for result in results):
            write_for_people(folder / f"projects-{name}.csv", projects.table(results))
    write_for_people(folder / "grades-all-chapters.csv", over_time(list(graded.values())))


# ------------------------------------------------------------------------------------------------------ feedback
def feedback(chapter: Chapter, course: Course = Path()) -> None:
    """Make feedback pages, and a zip for the platform.

    nbgrader's pages, in feedback/STUDENT/CHAPTER/, and all of them as the platform takes them back: Canvas by "Upload
    submissions", Moodle by "Upload multiple feedback files in a zip".
    """
    from rnncourse.grading.feedback import make_pages, zips
    from rnncourse.grading.grades import read_grades
    from rnncourse.grading.records import GradingError

    (name,), course = chapters_named([chapter]), expect_folder(course)
    try:
        graded = read_grades(course, name)
        if not graded.has_points:
            raise GradingError(f"The gradebook has no grades of {name}. Run: rnncourse grade {name}")
        pages = make_pages(course, name, sorted(graded.grades))
        made = zips(course, name, pages)
    except (GradingError, OSError) as error:
        stop(message_of(error))
    typer.echo(f"{len(pages)} pages.")
    for path in made:
        typer.echo(str(short_path(path)))
    without = [f"{s} ({graded.grades[s].why})" for s in sorted(graded.grades) if s not in pages]
    if without:
        typer.echo(f"Without a page: {_listed(without)}.")
    raise typer.Exit(Exit.TO_MEND if without else Exit.DONE)


#: By the name that is typed.
COMMANDS: dict[str, Callable[..., None]] = {"collect": collect, "export": export, "feedback": feedback}
