"""Results into nbgrader's gradebook: one writer, through nbgrader's own autograder.

nbgrader is given the notebooks whole, run and judged, and does what it always does with them, but running them: puts
the grade cells back from its database, reads the points off their outputs, keeps what a person has graded by hand,
counts late penalties, and writes the autograded notebooks from which formgrader and the feedback pages are made.
"""

from __future__ import annotations

import copy
import errno
import logging
import os
import re
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import nbformat
import sqlalchemy.exc
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, OverwriteCells, SaveAutoGrades
from traitlets.config import Config

from rnncourse import project_page
from rnncourse.checking.foreign_text import one_line, visible
from rnncourse.checking.kept_files import write_whole
from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import find
from rnncourse.grading import harmless
from rnncourse.grading.gradebook_cells import fit
from rnncourse.grading.identity import Origins
from rnncourse.grading.lateness import FILE, Lateness, read_stamp
from rnncourse.grading.outputs import note
from rnncourse.grading.records import FOLDER, GradingError, Records
from rnncourse.grading.runs import Result, own_outputs
from rnncourse.grading.sources import Source, read_source
from rnncourse.notebooks.files import BY_HAND, OWN_TEST, OWN_TEXT, Cell
from rnncourse.project import Card

#: HTML of a learner's that a page shows: a figure of ours, an image and its words.
_FIGURE = re.compile(
    r'<img alt="[^"<>]*" width="\d+" style="max-width:100%;height:auto" src="data:image/png;base64,[A-Za-z0-9+/=]*">'
)
_STAGING = f"{FOLDER}/staging"
#: What nbgrader puts in the place of a text to be written; what stands before it is what is asked for.
_TEXT_STUB = "YOUR ANSWER HERE"
#: Said below every card.
_CLAIMED = "What the card says is the learner's own word: the grader has read it, and has run nothing of the project."
_REMARKS_TITLE = "What the grader remarked"
#: Errors of a file that are not the fault of what is written to it.
_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE}


class RefusedError(GradingError):
    """nbgrader did not take one notebook; others it may take."""


class GradebookWriter:
    """Writes results of one course into its gradebook.

    Args:
        course: the course folder, with nbgrader's configuration.

    Raises:
        GradingError: the gradebook cannot be opened or written to.
    """

    def __init__(self, course: Path):
        self._course = course
        self._config = load_config(course)
        self._directories = CourseDirectory(config=self._config)
        self._sources: dict[str, Source] = {}
        with explained(self._directories.db_url):
            _expect_writable(self._directories.db_url)

    @property
    def submitted(self) -> Path:
        """The folder of the submissions."""
        return self._course / self._directories.submitted_directory

    def source_path(self, chapter: str) -> Path:
        """The instructor's notebook of a chapter."""
        return self._course / self._directories.source_directory / chapter / f"{chapter}.ipynb"

    def prepare(self, chapter: str) -> None:
        """Make sure that the gradebook knows the chapter as the instructor's notebook has it; once is enough.

        Raises:
            GradingError: there is no such notebook, or the gradebook cannot be written to.
        """
        if chapter in self._sources:
            return
        source = self.source(chapter)
        with explained(self._directories.db_url), _whole_or_not_at_all(self._directories.db_url):
            if self._must_be_entered(source):
                self._enter(chapter)
                self._entered(chapter).parent.mkdir(parents=True, exist_ok=True)
                write_whole(self._entered(chapter), source.digest.encode())
        self._sources[chapter] = source

    def source(self, chapter: str) -> Source:
        """The instructor's notebook of a chapter.

        Raises:
            GradingError: there is none, or something in it cannot be graded.
        """
        return read_source(self.source_path(chapter), chapter)

    def _must_be_entered(self, source: Source) -> bool:
        """Whether the gradebook does not know the chapter, or as it was before the notebook was changed."""
        with self._gradebook() as gradebook:
            try:
                notebook = gradebook.find_notebook(source.chapter, source.chapter)
            except MissingEntry:
                return True
            _expect_due_date(gradebook, source.chapter)
            entered = self._entered(source.chapter)
            if entered.is_file() and entered.read_text() == source.digest:
                return False
            if notebook.submissions:
                fit(gradebook, source, self._kept_aside)
            return True

    def _entered(self, chapter: str) -> Path:
        """What remembers the notebook that the gradebook was made from."""
        return self._course / FOLDER / "entered" / chapter

    def _kept_aside(self) -> None:
        """Keep a copy of the gradebook before something is taken out of it."""
        file = _file_of(self._directories.db_url)
        if not file:
            raise GradingError(
                "Cells that were taken out of an instructor's notebook have grades in the gradebook, which is no file "
                "to be copied first. Keep a copy of it, and take these grades out yourself."
            )
        aside = self._course / FOLDER / "replaced" / f"gradebook-{time.strftime('%Y%m%d-%H%M%S')}.db"
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, aside)

    def _gradebook(self) -> Gradebook:
        return Gradebook(self._directories.db_url, self._directories.course_id)

    def _enter(self, chapter: str) -> None:
        """Enter a chapter as ``nbgrader generate_assignment`` does; the release it makes is thrown away."""
        with self._staging() as staging:
            config = copy.deepcopy(self._config)
            config.CourseDirectory.update(release_directory=f"{staging}/release", assignment_id=chapter)
            directories = CourseDirectory(config=config)
            quietly(GenerateAssignment(coursedir=directories, config=config, force=True))

    @contextmanager
    def _staging(self) -> Iterator[str]:
        """A folder, named from the course's, where a notebook is got ready.

        It is in the course, so that what is ready gets to its place in one step, and nothing stays in /tmp.
        """
        self.remove_leftovers()
        (self._course / _STAGING).mkdir(parents=True)
        try:
            yield _STAGING
        finally:
            self.remove_leftovers()

    def remove_leftovers(self) -> None:
        """Remove what a killed grader has got ready and never put in its place."""
        shutil.rmtree(self._course / _STAGING, ignore_errors=True)

    def write(self, result: Result) -> None:
        """Enter one result. Doing it twice changes nothing, and if it fails, all is as it was before.

        Raises:
            GradingError: the gradebook cannot be written to, or the disk is full.
            RefusedError: nbgrader does not take it.
        """
        self.prepare(result.chapter)
        with explained(self._directories.db_url), self._staging() as staging, self._as_before_if_it_fails(result):
            self._stage(result, self._course / staging / "submitted")
            config = copy.deepcopy(self._config)
            config.CourseDirectory.update(
                submitted_directory=f"{staging}/submitted", autograded_directory=f"{staging}/autograded",
                assignment_id=result.chapter, student_id=result.student,
            )  # fmt: skip
            config.Autograde.update(
                sanitize_preprocessors=[OverwriteCells, CheckCellMetadata],
                autograde_preprocessors=[SaveAutoGrades, AssignLatePenalties, CheckCellMetadata],
            )
            directories = CourseDirectory(config=config)
            quietly(_AutogradeOne(coursedir=directories, config=config, force=True))
            self._publish(directories, result, self._course / staging)

    def _stage(self, result: Result, submitted: Path) -> None:
        folder = submitted / result.student / result.chapter
        folder.mkdir(parents=True)
        made = graded_notebook(result, self._sources[result.chapter], self._released(result.chapter))
        nbformat.write(made, folder / f"{result.chapter}.ipynb")
        stamp = read_stamp(self._folder_of(result.student, result.chapter))
        if stamp.time is not None:
            (folder / FILE).write_text(str(stamp))

    def _released(self, chapter: str) -> dict[str, str]:
        """What is released in the cells that a person grades, by nbgrader's name of each."""
        marks = self._sources[chapter].by_hand
        if not marks:
            return {}
        with self._gradebook() as gradebook:
            return {mark: gradebook.find_source_cell(mark, chapter, chapter).source for mark in marks}

    def _folder_of(self, student: str, chapter: str) -> Path:
        """Where a submission was handed in."""
        return self.submitted / student / chapter

    def _publish(self, directories: CourseDirectory, result: Result, staging: Path) -> None:
        """Put the autograded notebook in its place; the one before it goes with the staging folder."""
        made = Path(directories.format_path(directories.autograded_directory, result.student, result.chapter))
        usual = self._directories
        place = Path(usual.format_path(usual.autograded_directory, result.student, result.chapter))
        place.parent.mkdir(parents=True, exist_ok=True)
        before = staging / "before"
        if place.exists():
            shutil.move(place, before)
        try:
            shutil.move(made, place)
        except BaseException:
            if before.exists() and not place.exists():
                shutil.move(before, place)
            raise

    def by_hand(self, chapter: str) -> list[str]:
        """The students of whom something waits for a person's points: an essay, code to be read.

        Raises:
            GradingError: the gradebook cannot be read.
        """
        marks = set(self._sources[chapter].by_hand) if chapter in self._sources else set(self.source(chapter).by_hand)
        if not marks or not self.entered(chapter):
            return []
        with explained(self._directories.db_url), self._gradebook() as gradebook:
            return sorted(
                submission.student.id
                for submission in gradebook.assignment_submissions(chapter)
                if any(g.needs_manual_grade and g.name in marks for n in submission.notebooks for g in n.grades)
            )

    def entered(self, chapter: str) -> set[str]:
        """The students of whom the gradebook has a submission of a chapter.

        Raises:
            GradingError: the gradebook cannot be read.
        """
        file = _file_of(self._directories.db_url)
        if file and not os.path.exists(file):  # nbgrader would make one
            return set()
        with explained(self._directories.db_url), self._gradebook() as gradebook:
            try:
                return {submission.student.id for submission in gradebook.assignment_submissions(chapter)}
            except MissingEntry:
                return set()

    def settle_lateness(self, chapter: str) -> list[Lateness]:
        """Bring time stamps and late penalties of a chapter up to date; no code is run for it.

        A stamp, a due date, an extension, the penalty's own settings or a score may have changed since a submission was
        graded.

        Returns:
            One for each submission of which there is something to say, by student.

        Raises:
            GradingError: the gradebook cannot be written to.
        """
        if not self.entered(chapter):
            return []
        with explained(self._directories.db_url):
            with self._gradebook() as gradebook:
                told = [self._stamped(submission) for submission in gradebook.assignment_submissions(chapter)]
                gradebook.db.commit()
            settled = [self._settled(each) if each.seconds or each.before else each for each in told]
        marked = {student for student, origin in Origins(self._course).of(chapter).items() if origin.late}
        found = [replace(each, marked=not each.stamped and each.student in marked) for each in settled]
        return sorted((each for each in found if each.is_worth_a_word), key=lambda each: each.student)

    def _stamped(self, submission: Any) -> Lateness:
        """Give a submission the time stamp that is beside it now, and say how late it is."""
        student, chapter = submission.student.id, submission.assignment.name
        stamp, before = read_stamp(self._folder_of(student, chapter)), _penalty(submission)
        submission.timestamp = stamp.time
        return Lateness(
            student, chapter, _seconds_late(submission), before, before, stamp.problem,
            stamped=stamp.time is not None, due=submission.assignment.duedate is not None,
        )  # fmt: skip

    def _settled(self, told: Lateness) -> Lateness:
        """Have the penalty of one submission computed, as nbgrader itself does at the end of autograding."""
        student, chapter = told.student, told.chapter
        place = {"notebook": chapter, "assignment": chapter, "student": student, "db_url": self._directories.db_url}
        try:
            plugin = AssignLatePenalties(config=self._config)
            plugin.log = _silent()
            plugin.preprocess(new_notebook(), {"nbgrader": place})
        except Exception as error:
            if _fault_of_the_machine(error) is not None:
                raise
            return replace(told, problem=f"the late penalty cannot be computed: {error!r}")
        with self._gradebook() as gradebook:
            return replace(told, penalty=_penalty(gradebook.find_submission(chapter, student)))

    @contextmanager
    def _as_before_if_it_fails(self, result: Result) -> Iterator[None]:
        """nbgrader writes cell by cell: half of a grade must not stay, nor a row that counts as 0."""
        with self._gradebook() as gradebook:
            before = _grades(gradebook, result)
        try:
            yield
        except BaseException:
            with suppress(Exception), self._gradebook() as gradebook:
                _put_back(gradebook, result, before)
            raise


class _AutogradeOne(Autograde):
    """nbgrader's autograder for one submission, whose student may be called anything: no name is a pattern here."""

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [os.path.join(folder, f"{self.coursedir.assignment_id}.ipynb")]}

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        super().init_assignment(assignment_id, student_id)
        if self.coursedir.get_existing_timestamp(self._format_source(assignment_id, student_id)) is None:
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:  # else an old one stays
                gradebook.update_or_create_submission(assignment_id, student_id, timestamp=None)


#: The scores of one submission by cell, with whether a person has to give one; None where there is no submission.
_Grades = dict[str, tuple[float | None, bool]] | None


def _grades(gradebook: Gradebook, result: Result) -> _Grades:
    try:
        notebook = gradebook.find_submission_notebook(result.chapter, result.chapter, result.student)
    except MissingEntry:
        return None
    return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades}


def _put_back(gradebook: Gradebook, result: Result, before: _Grades) -> None:
    if before is None:
        gradebook.remove_submission(result.chapter, result.student)
        return
    for grade in gradebook.find_submission_notebook(result.chapter, result.chapter, result.student).grades:
        if grade.name in before:
            grade.auto_score, grade.needs_manual_grade = before[grade.name]
    gradebook.db.commit()


def load_config(course: Path) -> Config:
    """nbgrader's configuration of a course, the folder itself included."""
    from traitlets.config.loader import PyFileConfigLoader

    path = course / "nbgrader_config.py"
    config = PyFileConfigLoader(path.name, path=str(course)).load_config() if path.is_file() else Config()
    config.CourseDirectory.root = str(course)
    return config


def graded_notebook(result: Result, source: Source, released: Mapping[str, str] = MappingProxyType({})) -> Any:
    """The notebook that nbgrader records: the learner's cells with their outputs, and a verdict at every test cell.

    Args:
        result: what came of the submission.
        source: the instructor's notebook: its test cells and their points, and the outputs of cells left as they were.
        released: what stands in the released cells that a person grades, by nbgrader's name of each. One that is left
            so stays so to the letter: nbgrader knows by it that there is no answer, and gives 0.
    """
    marked, stubs = {cell.metadata.nbgrader.grade_id: cell for cell in source.known}, set(released.values())
    stored = {c.source: c for c in source.notebook.cells} | {text: new_markdown_cell(text) for text in stubs}
    verdicts = {found.exercise: found for found in result.verdicts}
    notebook = new_notebook(metadata=source.notebook.metadata)
    if result.remarks or result.look:
        notebook.cells.append(new_markdown_cell(_remarks(result)))
    too_long = sum(len(c.source) for c in result.cells if not c.original) > harmless.LONGEST_TEXT
    for cell in result.cells or _empty_cells(source, " ".join(result.look)):
        if too_long and cell.kind == "markdown" and not cell.original and not cell.own:
            cell = replace(cell, kind="raw")  # a book is not read as markdown, which takes its time
        if cell.own == BY_HAND and cell.source in stubs:
            cell = replace(cell, original=True)
        elif cell.own == BY_HAND and cell.kind == "markdown":
            cell = replace(cell, source=_with_what_is_asked(cell.source, released.get(cell.mark, "")))
        notebook.cells.append(_notebook_cell(cell, marked, stored, verdicts))
        if cell.answers in result.cards:
            notebook.cells[-1].outputs = [_card_output(result.cards[cell.answers]), nbformat.from_dict(note(_CLAIMED))]
    return notebook


def _with_what_is_asked(answer: str, released: str) -> str:
    """A learner's text, below what it is to be about where that was deleted: a person grades by it."""
    asked = released.partition(_TEXT_STUB)[0].strip()
    return answer if "".join(asked.split()) in "".join(answer.split()) else f"{asked}\n\n{answer}"


def _card_output(text: str) -> Any:
    """A card below its cell, made anew from what it says: what the learner's file shows there may be anything."""
    card = Card.read(text)
    page, lines = harmless.cleaned(visible(project_page.page(card))), visible("\n".join(project_page.lines(card)))
    return new_output("display_data", data={"text/html": page, "text/plain": lines})


def _empty_cells(source: Source, why: str) -> list[Cell]:
    """The graded cells of a chapter, none of them answered, for a submission of which nothing could be read."""
    return [
        replace(cell, source="", outputs=tuple(own_outputs([], 0.0, why)) if cell.own == OWN_TEST else ())
        for cell in source.cells
        if cell.mark
    ]


def _notebook_cell(cell: Cell, marked: dict[str, Any], stored: dict[str, Any], verdicts: dict[str, Verdict]) -> Any:
    if cell.kind == "code":
        made = new_code_cell(cell.source, outputs=[nbformat.from_dict(_harmless(each)) for each in cell.outputs])
    else:
        made = _text_cell(cell, stored)
    if cell.mark:
        made.metadata = marked[cell.mark].metadata
    if cell.is_test:
        found = verdicts[cell.exercise]
        made.source, made.outputs = marked[cell.mark].source, verdict_outputs(found, made.metadata.nbgrader.points)
    elif cell.own in (OWN_TEST, OWN_TEXT):
        made.source = marked[cell.mark].source
    elif cell.original and cell.kind == "code":
        made.outputs = stored.get(cell.source, {}).get("outputs", [])
    return made


def _text_cell(cell: Cell, stored: dict[str, Any]) -> Any:
    """A text cell: the instructor's as it is, a learner's with nothing in it that a page would run or load."""
    if cell.original and cell.source in stored:
        made = stored[cell.source]
        return new_markdown_cell(cell.source, **({"attachments": made.attachments} if "attachments" in made else {}))
    is_markdown = cell.kind == "markdown"
    text = harmless.as_html(cell.source, cell.attachments) if is_markdown else harmless.as_code(cell.source)
    return new_markdown_cell(harmless.in_markdown(text))


def _harmless(output: dict[str, Any]) -> dict[str, Any]:
    """An output without anything that a browser would run when an instructor opens the page: text and pixels."""
    if "data" not in output:
        return output
    kept = {k: data for k, data in output["data"].items() if k == "text/plain" or harmless.is_picture(k, data)}
    figure = output["data"].get("text/html", "")
    if isinstance(figure, str) and _FIGURE.fullmatch(figure.strip()):
        kept["text/html"] = figure
    return {**output, "data": kept, "metadata": {}}


def verdict_outputs(found: Verdict, points: float | None = None) -> list[Any]:
    """A verdict as the outputs of a test cell, in the form from which nbgrader reads the points.

    Args:
        found: the verdict.
        points: what the exercise is worth in this course; by default as in the package.
    """
    task = find(found.exercise)
    most = float(task.points if points is None else points)
    earned = task.earned(found.share, most)
    if found.share == 0:
        kind = "NotImplementedError" if found.status is Status.NOT_ATTEMPTED else "AssertionError"
        words = f"{task.name}: {found.advice}" if found.advice else task.name
        return [new_output("error", ename=kind, evalue=words, traceback=[f"{kind}: {words}"])]
    text = f"{task.name}: {earned:g} of {most:g} points\n" + (f"{found.advice}\n" if found.advice else "")
    said = [new_output("stream", name="stdout", text=text)]
    if found.share < 1:
        said.append(new_output("execute_result", data={"text/plain": f"{earned:g}"}, execution_count=1))
    return said


def _remarks(result: Result) -> str:
    """A markdown cell; what comes from a learner stands in a code block, where nothing of it is read as HTML."""
    lines = [one_line(line) for line in (*result.remarks, *result.look)]
    return f"## {_REMARKS_TITLE}\n\n" + "\n".join(f"    {line}" for line in lines)


# ------------------------------------------------------------------------------------------------------ the database
@contextmanager
def explained(db_url: str) -> Iterator[None]:
    """Turn what a database or a disk says into one clear error; anything else concerns one notebook only.

    Raises:
        GradingError: nothing can be written here: the disk is full, the gradebook is locked or cannot be written to.
        RefusedError: nbgrader did not take a notebook.
    """
    try:
        with _programs_found():
            yield
    except GradingError:
        raise
    except Exception as error:
        fault = _fault_of_the_machine(error)
        if isinstance(fault, OSError):
            place = fault.filename or f"The folder of {_place(db_url)}"
            raise GradingError(f"{place}: {fault.strerror}. Results so far are kept.") from None
        if fault is not None:
            raise GradingError(_why(db_url, str(fault.orig))) from None
        raise RefusedError(f"{type(error).__name__}: {error}".splitlines()[0]) from None


@contextmanager
def _programs_found() -> Iterator[None]:
    """While nbgrader is at work: it makes a gradebook by calling alembic, which lies where this Python does."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join(filter(None, [os.path.dirname(sys.executable), before]))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _fault_of_the_machine(error: BaseException | None) -> OSError | sqlalchemy.exc.DBAPIError | None:
    """The error of a disk or of the database among an error and those that it came of."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if isinstance(error, OSError) and error.errno in _FAULTS:
            return error
        if isinstance(error, sqlalchemy.exc.OperationalError) or type(error) is sqlalchemy.exc.DatabaseError:
            return error
        seen.append(error)
        error = error.__cause__ or error.__context__
    return None


def _expect_due_date(gradebook: Gradebook, chapter: str) -> None:
    """nbgrader fails at each submission of a chapter in which somebody has an extension of no date."""
    if gradebook.find_assignment(chapter).duedate is None:
        extended = [s.student.id for s in gradebook.assignment_submissions(chapter) if s.extension is not None]
        if extended:
            raise GradingError(
                f"{', '.join(extended)} has an extension for {chapter}, which has no due date. Give it one: "
                f'nbgrader db assignment add {chapter} --duedate "2026-05-01 23:59:00 UTC"'
            )


@contextmanager
def _whole_or_not_at_all(db_url: str) -> Iterator[None]:
    """Take a new gradebook away again where making it failed: half of one is none, and nbgrader cannot read it."""
    file = _file_of(db_url)
    new = bool(file) and not os.path.exists(file)
    try:
        yield
    except BaseException:
        if new:
            with suppress(OSError):
                os.unlink(file)
        raise


def _file_of(db_url: str) -> str:
    """The file of a gradebook; none where it is a database of another kind."""
    return db_url.partition("sqlite:///")[2]


def _place(db_url: str) -> str:
    return db_url.partition("///")[2] or db_url


def _why(db_url: str, words: str) -> str:
    place = _place(db_url)
    if "locked" in words:
        return f"The gradebook {place} is locked by another program. Close it and grade again: results so far are kept."
    if "readonly" in words or "read-only" in words:
        return f"The gradebook {place} cannot be written to. Results so far are kept."
    if "disk" in words and "full" in words:
        return f"The disk of the gradebook {place} is full. Make room and grade again: results so far are kept."
    return f"The gradebook {place} cannot be used: {words.splitlines()[0] if words else 'no reason given'}"


def _expect_writable(db_url: str) -> None:
    """Find out before anything is run, not after."""
    import sqlite3

    place = _file_of(db_url)
    if not place:
        return
    if not os.path.exists(place):
        with open(place, "ab"):
            pass
        os.unlink(place)
        return
    if not os.access(place, os.W_OK):
        raise GradingError(_why(db_url, "readonly"))
    connection = sqlite3.connect(place, timeout=5)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    except sqlite3.DatabaseError as error:
        raise GradingError(_why(db_url, str(error))) from None
    finally:
        connection.close()


def quietly(converter: Any) -> None:
    """Run a converter of nbgrader's without its log.

    Raises:
        Exception: what went wrong with the notebook; nbgrader itself would log it and raise an error without it.
    """
    logger = _silent()
    causes: list[BaseException] = []

    def note(record: logging.LogRecord) -> bool:
        error = sys.exc_info()[1]  # nbgrader logs an error while it handles it
        causes.extend([error] if error is not None and record.levelno >= logging.ERROR else [])
        return False

    logger.addFilter(note)
    converter.log = logger
    failure = None
    try:
        with warnings.catch_warnings(), _muted(logging.getLogger("tornado.application")):
            warnings.simplefilter("ignore")  # of SQLAlchemy, about nbgrader's own use of it
            converter.start()
    except NbGraderException as error:
        failure = causes[0] if causes else error
    finally:
        logger.filters.clear()
    if failure is not None:  # raised here, not above: what it came of is still known
        raise failure


def _silent() -> logging.Logger:
    """A log that nobody reads."""
    logger = logging.getLogger("rnncourse.nbgrader")
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    return logger


@contextmanager
def _muted(logger: logging.Logger) -> Iterator[None]:
    """nbgrader writes errors of the database to another log as well, which nobody has set up."""
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


@contextmanager
def _submissions_of(course: Path, chapter: str) -> Iterator[list[Any]]:
    """What the gradebook has of a chapter.

    Whoever is ungraded by a fault of ours is not there, though the gradebook may hold a grade of an older version of
    the submission, or half of one. Where there is no gradebook there is nothing; nbgrader would make one.
    """
    directories = CourseDirectory(config=load_config(course))
    file = _file_of(directories.db_url)
    if file and not os.path.exists(file):
        yield []
        return
    without = {result.student for result in Records(course).ungraded(chapter)}
    with explained(directories.db_url), Gradebook(directories.db_url, directories.course_id) as gradebook:
        try:
            found = gradebook.assignment_submissions(chapter)
        except MissingEntry:
            found = []
        yield [submission for submission in found if submission.student.id not in without]


def read_scores(course: Path, chapter: str) -> dict[str, dict[str, Any]]:
    """The scores of a chapter as the gradebook has them: student -> score, max score, late penalty."""
    with _submissions_of(course, chapter) as submissions:
        return {submission.student.id: _told(submission) for submission in submissions}


def read_points(course: Path, chapter: str) -> dict[str, dict[str, float | None]]:
    """What each student has in each graded cell of a chapter, by its name; None where a person has to grade it."""
    with _submissions_of(course, chapter) as submissions:
        return {
            submission.student.id: {
                grade.name: None if grade.needs_manual_grade else float(grade.score)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in submissions
        }


def _penalty(submission: Any) -> float:
    return float(submission.late_submission_penalty or 0.0)


def _seconds_late(submission: Any) -> float:
    """How late a submission is; nbgrader itself cannot say where there is an extension and no due date."""
    return 0.0 if submission.assignment.duedate is None else float(submission.total_seconds_late)


def _told(submission: Any) -> dict[str, Any]:
    """What is told of one submission. A penalty takes no more than there is: a person may have changed the score."""
    return {
        "score": submission.score,
        "max_score": submission.max_score,
        "late_penalty": min(_penalty(submission), max(0.0, submission.score)),
        "seconds_late": _seconds_late(submission),
        "first_name": submission.student.first_name or "",
        "last_name": submission.student.last_name or "",
        "email": submission.student.email or "",
        "needs_manual_grade": submission.needs_manual_grade,
    }
