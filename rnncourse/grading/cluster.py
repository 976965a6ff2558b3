"""Running submissions on a Dask cluster, when one machine is too small.

The workers run submissions in sandboxes of their own and send back results, which are plain data. The gradebook stays
with the grader that asked. A worker that is lost costs nothing but the time of what it was running.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from rnncourse.grading.records import GradingError
from rnncourse.grading.runs import Result, ungraded
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.submissions import Submission
from rnncourse.grading.workers import Crew

_CONNECT_SECONDS = 10
#: How many workers may be lost with a submission before it is the submission that is suspected.
_LOST_WORKERS = 3
#: Submissions on their way for each thread of the workers.
_SENT_AHEAD = 3

_lock = threading.Lock()
_crew: Crew | None = None
_crew_for: tuple[Any, ...] = ()
_free_slots: list[int] = []
_slots = 0


def results_from_cluster(
    address: str, submissions: Iterable[Submission], limits: Limits, seed: int, sandboxed: bool
) -> Iterator[Result]:
    """Send submissions to a Dask scheduler and give back results as they come.

    Args:
        address: of the scheduler, for example ``tcp://10.0.0.5:8786``.
        submissions: what to run.
        limits, seed, sandboxed: as for ``Crew``.

    Raises:
        GradingError: ``distributed`` is not installed, nothing answers at the address, or workers cannot run it.
    """
    with _connected(address) as client, client.as_current():
        from distributed import as_completed

        waiting, done = iter(submissions), as_completed()
        asked: dict[Any, Submission] = {}

        def send_more() -> None:
            """Keep the workers busy without reading the whole class into memory."""
            room = _SENT_AHEAD * max(1, sum(client.nthreads().values())) - len(asked)
            for submission in itertools.islice(waiting, max(0, room)):
                words = submission.to_dict(), asdict(limits), seed, sandboxed
                future = client.submit(run_remotely, *words, pure=False, retries=_LOST_WORKERS)
                asked[future] = submission
                done.add(future)

        send_more()
        for future in done:
            yield _result_of(asked.pop(future), future, address)
            send_more()


def _result_of(submission: Submission, future: Any, address: str) -> Result:
    """What came of a submission; the errors are those of ``results_from_cluster``."""
    from distributed.scheduler import KilledWorker

    try:
        return Result.from_dict(future.result())
    except KilledWorker:
        return ungraded(submission, f"{_LOST_WORKERS + 1} workers were lost while they ran it.")
    except Exception as error:
        raise GradingError(f"A worker of {address} cannot grade: {type(error).__name__}: {error}") from None


def _connected(address: str) -> Any:
    """A client of the scheduler at an address; the errors are those of ``results_from_cluster``."""
    try:
        from distributed import Client
    except ImportError:
        raise GradingError('Grading on a cluster needs Dask. Run: pip install "rnncourse[cluster]"') from None
    try:
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise GradingError(f"No Dask scheduler answers at {address}: {error}") from None


def run_remotely(submission: dict[str, Any], limits: dict[str, Any], seed: int, sandboxed: bool) -> dict[str, Any]:
    """What a worker does: run one submission in a sandbox of its own."""
    crew, slot = _take(Limits(**limits), seed, sandboxed)
    try:
        return crew.result_of(Submission.from_dict(submission), slot).to_dict()
    finally:
        with _lock:
            _free_slots.append(slot)


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
