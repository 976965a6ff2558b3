"""How long to wait for something on a machine that has other things to do.

A program that is ready to run and gets no processor has not used its time: on a busy machine a model that needs 13 of
its 20 seconds would be told of a loop that never ends. Linux counts that waiting for each thread, and it is given back.
A program that sleeps does not wait for a processor, and is stopped by the clock.

Source: Linux, Documentation/scheduler/sched-stats.rst ("time spent waiting on a runqueue").
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

#: At most so many times its limit is given back to a program, however busy the machine is.
_PATIENCE = 3.0


def waits_of(pid: int | str = "self") -> dict[str, float]:
    """Seconds for which each thread of a process was ready to run and had no processor; empty where nobody counts."""
    found = {}
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError, ValueError, IndexError):
                found[thread] = int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[1]) / 1e9
    return found


class Deadline:
    """The end of a time limit, put off by what was spent waiting for a processor.

    Args:
        seconds: the limit.
        waits: asks how long each thread at work has waited so far, as ``waits_of`` does.
    """

    def __init__(self, seconds: float, waits: Callable[[], dict[str, float]] = waits_of):
        self._waits, self._before, self._seconds = waits, waits(), seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; 0 or less when the time is up."""
        left = self._end - time.monotonic()
        if left > 0:
            return left
        waited = max((now - self._before.get(thread, 0.0) for thread, now in self._waits().items()), default=0.0)
        return left + min(waited, _PATIENCE * self._seconds)
