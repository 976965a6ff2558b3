"""Grading a class: what is to be done, several submissions at a time, one writer to the gradebook."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import rnncourse
from rnncourse.exercises import CHAPTERS
from rnncourse.grading.cluster import results_from_cluster
from rnncourse.grading.gradebook import GradebookWriter, RefusedError
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import Result, not_run
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.submissions import HandedIn, Submission, find_submissions, fingerprint, load
from rnncourse.grading.workers import results_here
from rnncourse.notebooks import files
from rnncourse.notebooks.files import Cell


@dataclass
class Summary:
    """What a run of the grader did.

    Attributes:
        graded: results that were made in this run.
        unchanged: how many submissions were graded before and have not changed.
        sandboxed: whether submissions were shut in.
    """

    graded: list[Result] = field(default_factory=list)
    unchanged: int = 0
    sandboxed: bool = True

    @property
    def to_look_at(self) -> list[Result]:
        """Results that need a person's look."""
        return [result for result in self.graded if result.look]


class Grading:
    """A run of the grader over some chapters of a course.

    Args:
        course: the course folder.
        chapters: which.
        student: only this one.
        force: grade unchanged submissions too.

    Raises:
        GradingError: something is missing without which nothing can be graded.
    """

    def __init__(self, course: Path, chapters: Sequence[str], student: str | None = None, force: bool = False):
        self._course = course
        self._writer = GradebookWriter(course)
        self._records = Records(course)
        self._force = force
        self._chapters = list(chapters)
        self._student = student
        self._sources = {chapter: self._source(chapter) for chapter in chapters}

    @cached_property
    def seed(self) -> int:
        """The number that chooses the cases on which answers are graded; a course gets its own when it is asked for."""
        return self._records.seed()

    def _source(self, chapter: str) -> list[Cell]:
        path = self._writer.source_path(chapter)
        try:
            return files.read(path)
        except files.NotebookError as error:
            raise GradingError(f"The instructor's notebook {path} cannot be used: {error}") from None

    @contextmanager
    def begun(self) -> Iterator[list[HandedIn]]:
        """Hold the course's lock, enter the chapters in the gradebook, and say what there is to grade.

        Raises:
            GradingError: another grader is at work, there is nothing to grade, or the gradebook cannot be used.
        """
        self._expect_submissions()  # before anything is written
        with self._records.locked():
            for chapter in self._chapters:
                self._writer.prepare(chapter)
            yield self._expect_submissions()

    def _expect_submissions(self) -> list[HandedIn]:
        submitted = self._writer.submitted
        found = [
            handed_in for chapter in self._chapters for handed_in in find_submissions(submitted, chapter, self._student)
        ]
        if not found:
            who = f" of {self._student}" if self._student else ""
            raise GradingError(
                f"There is no submission{who} in {submitted}, expected {submitted}/STUDENT/{self._chapters[0]}/. "
                "Exported by a platform? rnncourse collect"
            )
        return found

    def load(self, handed_in: HandedIn) -> Submission:
        """Read one submission and make it whole."""
        return load(handed_in, self._sources[handed_in.chapter], self.fingerprint(handed_in))

    def fingerprint(self, handed_in: HandedIn) -> str:
        """A text that changes with the submission, the instructor's notebook, the exercises and the hidden cases."""
        source = "\0".join(cell.source for cell in self._sources[handed_in.chapter])
        worth = [(task.name, task.points) for task in CHAPTERS[handed_in.chapter]]
        decides = f"{rnncourse.__version__}{self.seed}{worth!r}{source}"
        return fingerprint(handed_in, hashlib.sha256(decides.encode()).hexdigest())

    def known(self, handed_in: HandedIn) -> tuple[Result, bool] | None:
        """The result of an earlier run for this very submission, and whether it is in the gradebook."""
        found = None if self._force else self._records.load(handed_in.student, handed_in.chapter)
        return found if found and found[0].fingerprint == self.fingerprint(handed_in) else None

    def keep(self, result: Result) -> Result:
        """Keep a result and enter it in the gradebook.

        Returns:
            What was entered: the result, or, where nbgrader did not take the notebook, one that says so.

        Raises:
            GradingError: it cannot be written.
        """
        self._records.save(result)
        return self.enter(result)

    def enter(self, result: Result) -> Result:
        """Enter a kept result in the gradebook, as ``keep`` does."""
        try:
            self._writer.write(result)
        except RefusedError:  # once may be bad luck
            result = self._write_again(result)
        self._records.mark_recorded(result)
        return result

    def _write_again(self, result: Result) -> Result:
        try:
            self._writer.write(result)
        except RefusedError as error:
            unrun = Submission(result.student, result.chapter, (), fingerprint=result.fingerprint)
            result = not_run(unrun, f"nbgrader did not take the notebook: {error}")
            self._writer.write(result)
        return result


def grade_class(
    grading: Grading,
    *,
    jobs: int = 2,
    limits: Limits | None = None,
    sandboxed: bool = True,
    scheduler: str | None = None,
    on_start: Callable[[int], None] = lambda total: None,
    on_result: Callable[[Result | None], None] = lambda result: None,
) -> Summary:
    """Grade what has not been graded.

    Args:
        grading: what.
        jobs: how many submissions at a time.
        limits: what each may use.
        sandboxed: whether submissions are shut in.
        scheduler: address of a Dask scheduler, whose workers run the submissions instead of this machine.
        on_start: told how many submissions there are.
        on_result: told each result as it is in the gradebook; None for one that was there before.

    Raises:
        GradingError, SandboxError: it cannot begin or go on; what was finished is kept.
    """
    summary, limits = Summary(sandboxed=sandboxed), limits or Limits()
    with grading.begun() as handed_in:
        on_start(len(handed_in))
        todo: list[HandedIn] = []
        for each in handed_in:
            known = grading.known(each)
            if known is None:
                todo.append(each)
                continue
            if not known[1]:
                grading.enter(known[0])
            summary.unchanged += 1
            on_result(None)
        for result in _results(grading, todo, jobs, limits, sandboxed, scheduler):
            result = grading.keep(result)
            result.cells = []  # written by now, and large
            summary.graded.append(result)
            on_result(result)
    return summary


def _results(
    grading: Grading, todo: list[HandedIn], jobs: int, limits: Limits, sandboxed: bool, scheduler: str | None
) -> Iterator[Result]:
    """Results as they come; each submission is read when its turn comes, so that a large class needs little memory."""
    if not todo:
        return iter(())
    if scheduler is not None:
        return results_from_cluster(scheduler, map(grading.load, todo), limits, grading.seed, sandboxed)
    return results_here(todo, grading.load, min(jobs, len(todo)), limits, grading.seed, sandboxed)
