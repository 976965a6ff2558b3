"""Several runners in one process, over one nursery: on this machine, or in a worker of a cluster."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from rnncourse.grading import faults
from rnncourse.grading.runs import JudgingError, Result, Runner, ungraded
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import HandedIn, Submission

#: How often a submission is tried, each time in a fresh kernel, before a fault counts.
_ATTEMPTS = 2
#: How often at most, where neighbours break down what it runs in.
_MOST_TRIES = 6
#: After how many processes in a row that could not be started there is no sandbox to be had any more.
_HOPELESS = 3


class _HopelessError(SandboxError):
    """No sandbox can be made, by many tries in a row."""


class Crew:
    """The runners of one process, over one nursery; a nursery that breaks down is replaced.

    Args:
        limits, seed: as for ``Runner``.
        sandboxed: as for ``Nursery``.
    """

    def __init__(self, limits: Limits, seed: int, sandboxed: bool):
        self._limits, self._seed, self._sandboxed = limits, seed, sandboxed
        self._nursery: Nursery | None = Nursery(sandboxed)
        self._lock = threading.Lock()
        self._runners: dict[int, Runner] = {}
        self._at_work: dict[int, Runner] = {}
        self._failures = 0
        import tensorflow  # noqa: F401  # while the nursery warms up; comparing needs it

        try:
            self._nursery.wait()
        except BaseException:
            self._nursery.close()
            raise

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End every kernel."""
        if self._nursery is not None:
            self._nursery.close()
        for runner in {*self._at_work.values(), *self._runners.values()}:
            runner.close()

    def result_of(self, submission: Submission, slot: int) -> Result:
        """Run one submission and judge it; there is a result, whatever it does and whatever goes wrong here.

        Args:
            submission: made whole.
            slot: of the caller; one call at a time for each.

        Raises:
            SandboxError: no sandbox can be made here any more, by many tries in a row.
        """
        failed, problem = 0, None
        for _ in range(_MOST_TRIES):
            nursery = None
            try:
                runner, nursery = self._runner(slot)
                return runner.result_of(submission)
            except _HopelessError:
                raise
            except Exception as error:  # once may be bad luck
                problem = error
                failed += nursery is self._nursery  # else a neighbour's doing, which ended this one's kernel as well
                if not isinstance(error, JudgingError):  # else its answers may be to earlier questions
                    self._give_up(nursery)
            finally:
                self._end_work(slot)
            if failed >= _ATTEMPTS:
                break
        assert problem is not None
        return ungraded(submission, faults.in_words(problem), faults.traceback_of(problem))

    def _runner(self, slot: int) -> tuple[Runner, Nursery]:
        """The runner of a slot, and the nursery that it is over, which is at work.

        Raises:
            SandboxError: none starts.
        """
        with self._lock:
            if self._nursery is None:
                self._nursery = self._started()
            if slot not in self._runners:
                self._runners[slot] = Runner(self._nursery, slot, self._limits, self._seed)
            self._at_work[slot] = self._runners[slot]
            return self._runners[slot], self._nursery

    def _started(self) -> Nursery:
        """Another nursery; after many in a row that do not start there is no hope of one."""
        try:
            made = Nursery(self._sandboxed)
            try:
                made.wait()
            except BaseException:
                made.close()
                raise
        except Exception as error:
            self._failures += 1
            if self._failures >= _HOPELESS:
                raise _HopelessError(f"No sandbox can be made any more: {faults.in_words(error)}") from error
            raise
        self._failures = 0
        return made

    def _give_up(self, broken: Nursery | None) -> None:
        """Close a nursery that has broken down, unless somebody has done so before; the next to need one starts it."""
        with self._lock:
            if broken is None or self._nursery is not broken:
                return
            self._nursery = None
            idle = [runner for slot, runner in self._runners.items() if slot not in self._at_work]
            self._runners.clear()
            with suppress(Exception):
                broken.close()
        _close_all(idle)  # the others are at work in threads of their own, which close them

    def _end_work(self, slot: int) -> None:
        """The call of a slot is over; a runner that was given up meanwhile is closed, lest its open files add up."""
        with self._lock:
            runner = self._at_work.pop(slot, None)
            given_up = [] if runner is None or self._runners.get(slot) is runner else [runner]
        _close_all(given_up)


def _close_all(runners: Iterable[Runner]) -> None:
    for runner in runners:
        with suppress(Exception):  # what its kernel or its nursery did is told already
            runner.close()


def results_here(
    todo: Sequence[HandedIn],
    load: Callable[[HandedIn], Submission],
    jobs: int,
    limits: Limits,
    seed: int,
    sandboxed: bool,
) -> Iterator[Result]:
    """Results as they come, from threads that each drive one kernel after the other.

    Args:
        todo: what to run.
        load: reads a submission and makes it whole, when its turn comes.
        jobs: how many at a time.
        limits, seed, sandboxed: as for ``Crew``.

    Raises:
        SandboxError: no sandbox can be made here at all, or not any more.
    """
    waiting: queue.SimpleQueue[HandedIn | None] = queue.SimpleQueue()
    for each in (*todo, *[None] * jobs):  # None ends one thread
        waiting.put(each)
    done: queue.Queue[Result | BaseException] = queue.Queue(maxsize=2 * jobs)
    stop = threading.Event()
    with Crew(limits, seed, sandboxed) as crew:
        for slot in range(jobs):
            threading.Thread(target=_work, args=(crew, slot, load, waiting, done, stop), daemon=True).start()
        try:
            for _ in todo:
                yield _result_or_error(done.get())
        finally:
            stop.set()


def _work(
    crew: Crew,
    slot: int,
    load: Callable[[HandedIn], Submission],
    waiting: queue.SimpleQueue[HandedIn | None],
    done: queue.Queue[Result | BaseException],
    stop: threading.Event,
) -> None:
    try:
        for handed_in in iter(waiting.get, None):
            if stop.is_set():
                return
            done.put(_result_of(crew, slot, load, handed_in))
    except BaseException as error:
        done.put(error)


def _result_of(crew: Crew, slot: int, load: Callable[[HandedIn], Submission], handed_in: HandedIn) -> Result:
    try:
        submission = load(handed_in)
    except Exception as error:
        return unread(handed_in, error)
    return crew.result_of(submission, slot)


def unread(handed_in: HandedIn, error: Exception) -> Result:
    """The result of a submission that could not even be read here, through no fault of the learner's."""
    nothing = Submission(handed_in.student, handed_in.chapter, ())
    return ungraded(nothing, faults.in_words(error), faults.traceback_of(error))


def _result_or_error(found: Result | BaseException) -> Result:
    if isinstance(found, BaseException):
        raise found
    return found
