"""Running submissions on a Dask cluster, when one machine is too small.

The workers run submissions in sandboxes of their own and send back JSON. What comes back is checked against what was
asked; a worker whose answer does not fit is asked nothing more, and is named. The gradebook stays with the grader that
asked. A worker that is lost costs nothing but the time of what it was running.

Dask itself opens pickles of its scheduler and workers, and whoever reaches a scheduler can run code on the workers. So
all of them have to be trusted, and strangers kept out (TLS, in GRADING.md). The checks are for mistakes, for another
version of this package, and for one worker gone bad.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rnncourse.grading.records import GradingError
from rnncourse.grading.runs import Result, ungraded
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.submissions import HandedIn, Submission
from rnncourse.grading.worker_answers import CannotGradeError, LieError, decode, encode, refusal
from rnncourse.grading.workers import Crew, unread

_CONNECT_SECONDS = 10
#: How many workers may be lost with a submission before it is given up.
_LOST_WORKERS = 3
#: Submissions on their way for each thread of the workers.
_SENT_AHEAD = 3

_lock = threading.Lock()
_crew: Crew | None = None
_crew_for: tuple[Any, ...] = ()
_free_slots: list[int] = []
_slots = 0


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The workers of a scheduler, to send submissions to.

    Args:
        address: for example ``tcp://10.0.0.5:8786``, or ``tls://…`` with Dask's own settings for TLS.

    Raises:
        GradingError: ``distributed`` is not installed, or nothing answers at the address.
    """
    with _client(address) as client, client.as_current():
        yield Cluster(client, address)


def _client(address: str) -> Any:
    """A client of the scheduler at an address; the errors are those of ``connected``."""
    try:
        from distributed import Client
    except ImportError:
        raise GradingError('Grading on a cluster needs Dask. Run: pip install "rnncourse[cluster]"') from None
    try:
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise GradingError(f"No Dask scheduler answers at {address}: {error}") from None


class Cluster:
    """The workers of one scheduler.

    Attributes:
        unfit: workers that are asked nothing more, each with the reason.
    """

    def __init__(self, client: Any, address: str):
        self._client = client
        self._address = address
        self.unfit: dict[str, str] = {}

    def results(
        self,
        handed_in: Iterable[HandedIn],
        load: Callable[[HandedIn], Submission],
        limits: Limits,
        seed: int,
        sandboxed: bool,
    ) -> Iterator[Result]:
        """Send submissions out and give back results as they come; the class is never in memory as a whole.

        Args:
            handed_in: what to run.
            load: reads a submission and makes it whole, when its turn comes.
            limits, seed, sandboxed: as for ``Crew``.

        Raises:
            GradingError: there is no worker left that can grade.
        """
        from distributed import as_completed

        todo, again = iter(handed_in), deque[HandedIn]()
        done, asked = as_completed(), dict[Any, tuple[HandedIn, Submission]]()
        while True:
            while len(asked) < _SENT_AHEAD * max(1, sum(self._client.nthreads().values())):
                each = again.popleft() if again else next(todo, None)
                if each is None:
                    break
                try:
                    submission = load(each)
                except Exception as error:
                    yield unread(each, error)
                    continue
                future = self._send(submission.to_dict(), asdict(limits), seed, sandboxed)
                asked[future] = each, submission
                done.add(future)
            if not asked:
                return
            future = next(done)
            each, submission = asked.pop(future)
            result = self._result_of(submission, future)
            if result is None:
                again.append(each)
            else:
                yield result

    def _send(self, *question: Any) -> Any:
        fit = [worker for worker in self._client.nthreads() if worker not in self.unfit] if self.unfit else None
        if fit == []:
            reasons = " ".join(f"{worker}: {reason}" for worker, reason in self.unfit.items())
            raise GradingError(f"No worker of {self._address} can grade. {reasons}")
        return self._client.submit(run_remotely, *question, pure=False, retries=_LOST_WORKERS, workers=fit)

    def _result_of(self, submission: Submission, future: Any) -> Result | None:
        """What came of a submission; None where another worker has to be asked."""
        from distributed.scheduler import KilledWorker

        try:
            result = decode(future.result(), submission)
        except KilledWorker:
            return ungraded(submission, f"{_LOST_WORKERS + 1} workers were lost while they ran it.")
        except (LieError, CannotGradeError) as error:
            self._ask_no_more(future, str(error))
        except Exception as error:  # of Dask's, or a worker's whose ``run_remotely`` is another
            self._ask_no_more(future, f"{type(error).__name__}: {error}")
        else:
            return result if not self.unfit or not self.unfit.keys() & self._workers_of(future) else None
        return None

    def _ask_no_more(self, future: Any, reason: str) -> None:
        workers = self._workers_of(future)
        if not workers:
            raise GradingError(f"A worker of {self._address} cannot grade: {reason}")
        self.unfit |= dict.fromkeys(workers, reason)

    def _workers_of(self, future: Any) -> set[str]:
        """The workers that answered, as the scheduler knows it and not as they say themselves."""

        def look(key: str, dask_scheduler: Any) -> list[str]:
            task = dask_scheduler.tasks.get(key)
            return [] if task is None else [*(worker.address for worker in task.who_has or ()), *(task.erred_on or ())]

        return set(self._client.run_on_scheduler(look, future.key))


def run_remotely(submission: dict[str, Any], limits: dict[str, Any], seed: int, sandboxed: bool) -> bytes:
    """What a worker does: run one submission in a sandbox of its own. It sends JSON, and never an error's pickle."""
    try:
        crew, slot = _take(Limits(**limits), seed, sandboxed)
        try:
            return encode(crew.result_of(Submission.from_dict(submission), slot))
        finally:
            with _lock:
                _free_slots.append(slot)
    except Exception as error:
        return refusal(f"{type(error).__name__}: {error}")


def _take(limits: Limits, seed: int, sandboxed: bool) -> tuple[Crew, int]:
    """The crew of this worker's process, made on first use, and a slot of it."""
    global _crew, _crew_for, _slots
    with _lock:
        wanted = (limits, seed, sandboxed)
        if _crew is None or _crew_for != wanted:
            if _crew is not None:
                _crew.close()
            _crew = Crew(*wanted)
            _crew_for = wanted
        if not _free_slots:
            _free_slots.append(_slots)
            _slots += 1
        return _crew, _free_slots.pop()
