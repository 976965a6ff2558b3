"""Grading a class: what is to be done, several submissions at a time, one writer to the gradebook."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import rnncourse
from rnncourse.grading import faults
from rnncourse.grading.cluster import Cluster, connected
from rnncourse.grading.gradebook import GradebookWriter, RefusedError
from rnncourse.grading.lateness import Lateness
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import Result, ungraded
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import remove_leftovers
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import HandedIn, Submission, find_submissions, fingerprint, load
from rnncourse.grading.workers import results_here, unread

#: After how many results in a row that could not be written the run ends: the disk is full, or the gradebook locked.
_HOPELESS = 3


@dataclass
class Summary:
    """What a run of the grader did.

    Attributes:
        graded: results that were made in this run and are in the gradebook.
        unchanged: how many submissions were graded before and have not changed.
        ungraded: submissions that have no grade, through no fault of the learner's, each with what went wrong.
        stopped: why the run ended before everything was tried; '' where it did not.
        report: a file on the faults, for whoever mends the grader; None where there are none.
        late: what there is to say about when submissions were handed in.
        by_hand: students and chapters with something that waits for a person's points, in nbgrader's formgrader.
        sandboxed: whether submissions were shut in.
        unfit: workers of a cluster that are asked nothing more, each with the reason.
    """

    graded: list[Result] = field(default_factory=list)
    unchanged: int = 0
    ungraded: list[Result] = field(default_factory=list)
    stopped: str = ""
    report: Path | None = None
    late: list[Lateness] = field(default_factory=list)
    by_hand: list[tuple[str, str]] = field(default_factory=list)
    sandboxed: bool = True
    unfit: dict[str, str] = field(default_factory=dict)

    @property
    def to_look_at(self) -> list[Result]:
        """Results that need a person's look."""
        return [result for result in self.graded if result.look]

    @property
    def unclear(self) -> list[Lateness]:
        """Those of whom a late penalty may be missing."""
        return [each for each in self.late if each.is_unclear]


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
        self._sources = {chapter: self._writer.source(chapter) for chapter in chapters}
        self._unwritten = 0

    @cached_property
    def seed(self) -> int:
        """The number that chooses the cases on which answers are graded; a course gets its own when it is asked for."""
        return self._records.seed()

    def differences(self) -> list[str]:
        """In what the instructor's notebooks differ from the package, one line a chapter that does."""
        return [line for source in self._sources.values() if (line := source.difference())]

    @contextmanager
    def begun(self) -> Iterator[list[HandedIn]]:
        """Hold the course's lock, and say what there is to grade.

        Raises:
            GradingError: another grader is at work, or there is nothing to grade.
        """
        self._expect_submissions()  # before anything is written
        with self._records.locked():
            remove_leftovers()
            self._writer.remove_leftovers()
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
        source = self._sources[handed_in.chapter]
        found = load(handed_in, source.cells, self.fingerprint(handed_in))
        return replace(found, worth=source.worth, own_worth=source.own_worth)

    def fingerprint(self, handed_in: HandedIn) -> str:
        """A text that changes with the submission, the instructor's notebook and the exercises.

        Not with the secret of the hidden cases: whoever loses it must not find a class graded anew.
        """
        source = self._sources[handed_in.chapter]
        cells = "\0".join(cell.source for cell in source.cells)
        decides = f"{rnncourse.__version__}{(source.worth, source.own_worth)!r}{cells}"
        return fingerprint(handed_in, hashlib.sha256(decides.encode()).hexdigest())

    def known(self, handed_in: HandedIn) -> tuple[Result, bool] | None:
        """The result of an earlier run for this very submission, and whether it is in the gradebook.

        Returns:
            None where there is none, or it was a fault of ours: then the submission is to be run.
        """
        found = None if self._force else self._records.load(handed_in.student, handed_in.chapter)
        if found is None or found[0].fault:
            return None
        try:
            return found if found[0].fingerprint == self.fingerprint(handed_in) else None
        except Exception:  # reading it once more will say what is wrong
            return None

    def prepare(self) -> None:
        """Enter the chapters in the gradebook, once for all.

        Raises:
            GradingError: the gradebook cannot be written to, or nbgrader does not take an instructor's notebook.
        """
        for chapter in self._chapters:
            self._writer.prepare(chapter)

    def keep(self, result: Result) -> Result:
        """Keep a result and enter it in the gradebook.

        Returns:
            The result; where it could not be kept or entered, one without verdicts whose fault says why.
        """
        try:
            if result.fault:
                self._records.keep_fault(result)
            else:
                _twice(lambda: self._records.save(result))
                _twice(lambda: self._writer.write(result))
                _twice(lambda: self._records.mark_recorded(result))
            self._unwritten = 0
            return result
        except RefusedError as error:
            return self._noted(_in_place_of(result, error))
        except GradingError as error:  # of the disk or the database: the next run enters what is kept
            self._unwritten += 1
            return result if result.fault else _in_place_of(result, error)
        except Exception as error:
            return self._noted(_in_place_of(result, error))

    @property
    def hopeless(self) -> bool:
        """Whether the last results could not be written, one after the other: no further one can, either."""
        return self._unwritten >= _HOPELESS

    def not_tried(self, handed_in: HandedIn, why: str) -> Result:
        """Note that a run ended before the turn of a submission."""
        try:
            nothing = Submission(handed_in.student, handed_in.chapter, (), fingerprint=self.fingerprint(handed_in))
        except Exception as error:
            return unread(handed_in, error)
        return self._noted(ungraded(nothing, f"It was not tried, since the run ended before: {why}"))

    def _noted(self, result: Result) -> Result:
        """Note a fault, if that can be done: without a note the submission is run again as well."""
        with suppress(GradingError):
            self._records.keep_fault(result)
        return result

    def entered(self) -> set[tuple[str, str]]:
        """Students and chapters of which the gradebook has a submission.

        Raises:
            GradingError: the gradebook cannot be read.
        """
        return {(student, chapter) for chapter in self._chapters for student in self._writer.entered(chapter)}

    def settle_lateness(self) -> list[Lateness]:
        """Bring late penalties up to date, of submissions that were graded before, too.

        Raises:
            GradingError: the gradebook cannot be written to.
        """
        return [each for chapter in self._chapters for each in self._writer.settle_lateness(chapter)]

    def by_hand(self) -> list[tuple[str, str]]:
        """Students and chapters with something that waits for a person's points."""
        return [(student, chapter) for chapter in self._chapters for student in self._writer.by_hand(chapter)]

    def waiting(self) -> list[Result]:
        """What has no grade by a fault of ours, by earlier runs as well, among what is handed in now."""
        found = []
        for chapter in self._chapters:
            there = {each.student for each in find_submissions(self._writer.submitted, chapter)}
            found += [result for result in self._records.ungraded(chapter) if result.student in there]
        return found

    def report(self, found: Sequence[Result]) -> Path | None:
        """Write the file on faults; None where there are none, or it cannot be written."""
        told = [result for result in found if result.log]
        with suppress(OSError):
            return faults.write_report(self._records.folder / "faults", self._course, told) if told else None
        return None


def _in_place_of(result: Result, error: Exception) -> Result:
    """What is said instead of a result that could not be written."""
    nothing = Submission(result.student, result.chapter, (), fingerprint=result.fingerprint)
    return ungraded(nothing, faults.in_words(error), faults.traceback_of(error))


def _twice(write: Callable[[], None]) -> None:
    """Do it once more where it fails: once may be bad luck."""
    try:
        write()
    except Exception:
        write()


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

    What goes wrong with one submission is that one's own: it stays ungraded, and the others are graded.

    Args:
        grading: what.
        jobs: how many submissions at a time.
        limits: what each may use.
        sandboxed: whether submissions are shut in.
        scheduler: address of a Dask scheduler, whose workers run the submissions instead of this machine.
        on_start: told how many submissions there are.
        on_result: told each result as it is in the gradebook, or ungraded; None for one that was there before.

    Raises:
        GradingError, SandboxError: it cannot begin; nothing is left behind. Where it cannot go on, the summary says
            why; what was finished is kept.
    """
    summary, limits = Summary(sandboxed=sandboxed), limits or Limits()
    workers = nullcontext() if scheduler is None else connected(scheduler)
    with workers as cluster, grading.begun() as handed_in:  # in this order: where nobody answers, nothing is written
        on_start(len(handed_in))
        todo, to_enter = _sorted_out(grading, handed_in)
        summary.unchanged = len(handed_in) - len(todo) - len(to_enter)
        for _ in range(summary.unchanged):
            on_result(None)
        ran = _results(grading, todo, jobs, limits, sandboxed, cluster)
        _take(grading, itertools.chain(_kept_before(grading, to_enter), ran), summary, on_result)
        _name_the_rest(grading, summary, todo)
        if not summary.stopped:
            _look_around(grading, summary)
        summary.unfit = cluster.unfit if cluster else {}
    return summary


def _sorted_out(grading: Grading, handed_in: Sequence[HandedIn]) -> tuple[list[HandedIn], list[HandedIn]]:
    """What is to be run, and what was run before and is still to be entered in the gradebook."""
    todo, to_enter = [], []
    entered = grading.entered()
    for each in handed_in:
        known = grading.known(each)
        if known is None:
            todo.append(each)
        elif not known[1] or (each.student, each.chapter) not in entered:  # the gradebook may be a new one
            to_enter.append(each)
    return todo, to_enter


def _kept_before(grading: Grading, to_enter: Sequence[HandedIn]) -> Iterator[Result]:
    """Results that an earlier run has kept, read one at a time."""
    for each in to_enter:
        known = grading.known(each)
        if known is not None:
            yield known[0]


def _take(
    grading: Grading, results: Iterator[Result], summary: Summary, on_result: Callable[[Result | None], None]
) -> None:
    """Write results down as they come."""
    try:
        for result in results:
            grading.prepare()
            kept = grading.keep(result)
            kept.cells = []  # written by now, and large
            (summary.ungraded if kept.fault else summary.graded).append(kept)
            on_result(kept)
            if grading.hopeless:
                summary.stopped = kept.fault
                return
    except (GradingError, SandboxError) as error:
        if not summary.graded and not summary.ungraded:
            raise
        summary.stopped = str(error)


def _look_around(grading: Grading, summary: Summary) -> None:
    """What concerns those who were graded before, too: lateness, and points that a person has to give."""
    try:
        summary.late = grading.settle_lateness()
        summary.by_hand = grading.by_hand()
    except GradingError as error:
        summary.stopped = str(error)


def _name_the_rest(grading: Grading, summary: Summary, todo: Sequence[HandedIn]) -> None:
    """Name whatever is ungraded, for whatever reason, each once."""
    tried = {(result.student, result.chapter) for result in (*summary.graded, *summary.ungraded)}
    summary.report = grading.report(summary.ungraded)
    if summary.stopped:
        rest = [each for each in todo if (each.student, each.chapter) not in tried]
        summary.ungraded += [grading.not_tried(each, summary.stopped) for each in rest]
    named = {(result.student, result.chapter) for result in (*summary.graded, *summary.ungraded)}
    summary.ungraded += [each for each in grading.waiting() if (each.student, each.chapter) not in named]


def _results(
    grading: Grading, todo: list[HandedIn], jobs: int, limits: Limits, sandboxed: bool, cluster: Cluster | None
) -> Iterator[Result]:
    """Results as they come; each submission is read when its turn comes, so that a large class needs little memory."""
    if not todo:
        return iter(())
    if cluster is not None:
        return cluster.results(todo, grading.load, limits, grading.seed, sandboxed)
    return results_here(todo, grading.load, min(jobs, len(todo)), limits, grading.seed, sandboxed)
