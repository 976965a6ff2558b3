"""Grading a class: what is to be done, several submissions at a time, one writer to the gradebook."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import rnncourse
from rnncourse.exercises import CHAPTERS
from rnncourse.grading.cluster import results_from_cluster
from rnncourse.grading.gradebook import GradebookWriter, RefusedError
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import Result, not_run
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.submissions import Submission, find_submissions, load
from rnncourse.grading.workers import Crew
from rnncourse.notebooks import files
from rnncourse.notebooks.files import Cell


@dataclass(frozen=True)
class Task:
    """One submission to be graded: whose, of what, and where it lies."""

    student: str
    chapter: str
    folder: Path


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
        self.seed = self._records.seed()

    def _source(self, chapter: str) -> list[Cell]:
        path = self._writer.source_path(chapter)
        try:
            return files.read(path)
        except files.NotebookError as error:
            raise GradingError(f"The instructor's notebook {path} cannot be used: {error}") from None

    @contextmanager
    def begun(self) -> Iterator[list[Task]]:
        """Hold the course's lock, enter the chapters in the gradebook, and say what there is to grade.

        Raises:
            GradingError: another grader is at work, there is nothing to grade, or the gradebook cannot be used.
        """
        with self._records.locked():
            for chapter in self._chapters:
                self._writer.prepare(chapter)
            tasks = [
                Task(student, chapter, folder)
                for chapter in self._chapters
                for student, folder in find_submissions(self._writer.submitted, chapter, self._student)
            ]
            if not tasks:
                who = f" of {self._student}" if self._student else ""
                raise GradingError(
                    f"There is no submission{who} in {self._writer.submitted}, expected "
                    f"{self._writer.submitted}/STUDENT/{self._chapters[0]}/. Exported by a platform? rnncourse collect"
                )
            yield tasks

    def load(self, task: Task) -> Submission:
        """Read one submission and make it whole."""
        return load(task.student, task.folder, task.chapter, self._sources[task.chapter], self._salt(task.chapter))

    def _salt(self, chapter: str) -> str:
        """What decides a grade besides the submission: the instructor's notebook, the exercises, the hidden cases."""
        source = "\0".join(cell.source for cell in self._sources[chapter])
        exercises = repr([(e.name, e.points) for e in CHAPTERS[chapter]])
        return hashlib.sha256(f"{rnncourse.__version__}{self.seed}{exercises}{source}".encode()).hexdigest()

    def known(self, submission: Submission) -> tuple[Result, bool] | None:
        """The result of an earlier run for this very submission, and whether it is in the gradebook."""
        found = self._records.load(submission.student, submission.chapter)
        return found if found and not self._force and found[0].fingerprint == submission.fingerprint else None

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


def grade(
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
    with grading.begun() as tasks:
        on_start(len(tasks))
        todo: list[Task] = []
        for task in tasks:
            known = grading.known(grading.load(task))
            if known is None:
                todo.append(task)
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
    grading: Grading, todo: list[Task], jobs: int, limits: Limits, sandboxed: bool, scheduler: str | None
) -> Iterator[Result]:
    if not todo:
        return iter(())
    if scheduler is not None:
        return results_from_cluster(scheduler, map(grading.load, todo), limits, grading.seed, sandboxed)
    return _results_here(grading, todo, min(jobs, len(todo)), limits, sandboxed)


def _results_here(grading: Grading, todo: list[Task], jobs: int, limits: Limits, sandboxed: bool) -> Iterator[Result]:
    """Results as they come, from threads that each drive one kernel after the other."""
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in todo:
        waiting.put(task)
    done: queue.Queue[Result | BaseException] = queue.Queue(maxsize=2 * jobs)
    stop = threading.Event()
    with Crew(limits, grading.seed, sandboxed) as crew:

        def work(slot: int) -> None:
            try:
                while not stop.is_set():
                    try:
                        task = waiting.get_nowait()
                    except queue.Empty:
                        return
                    done.put(crew.grade(grading.load(task), slot))
            except BaseException as error:
                done.put(error)

        threads = [threading.Thread(target=work, args=(slot,), daemon=True) for slot in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            for _ in todo:
                found = done.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            stop.set()
