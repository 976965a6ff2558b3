"""A time limit on a busy machine: what was spent waiting for a processor is given back, sleep is not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rnncourse.checking import patience
from rnncourse.checking.patience import Deadline, waits_of


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [100.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    return now


def test_a_right_model_on_a_busy_machine_gets_its_time(clock):
    waited = {"1": 7.0, "2": 0.5}
    deadline = Deadline(20, lambda: dict(waited))
    clock[0] += 13
    assert deadline.left() == 7
    waited["1"] += 10  # of 22 seconds it could run for 12
    clock[0] += 9
    assert deadline.left() == pytest.approx(8)
    clock[0] += 8
    assert deadline.left() == pytest.approx(0)


def test_a_thread_that_came_later_counts_too_and_only_the_longest_of_them(clock):
    waited = {"1": 7.0}
    deadline = Deadline(20, lambda: dict(waited))
    waited.update({"1": 8.0, "2": 3.0})
    clock[0] += 21
    assert deadline.left() == pytest.approx(2)


def test_who_sleeps_is_stopped_by_the_clock_and_patience_has_an_end(clock):
    waited = {"1": 0.0}
    deadline = Deadline(20, lambda: dict(waited))
    clock[0] += 20.5
    assert deadline.left() == -0.5
    waited["1"] = 1e6
    assert deadline.left() == 59.5
    clock[0] += 60
    assert deadline.left() < 0


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="this system does not count it")
def test_the_operating_system_counts_waiting_and_not_sleeping():
    program = (
        "import os, threading, time\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nend = time.time() + 0.6\n"
    )
    program += "def spin():\n    while time.time() < end: sum(range(1000))\n"
    program += "if os.fork() == 0: spin(); os._exit(0)\nspin()\n"
    program += "from rnncourse.checking.patience import waits_of\nbefore = max(waits_of().values())\ntime.sleep(0.3)\n"
    program += "print(before, max(waits_of().values()) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    spinning, sleeping = map(float, done.stdout.split())
    assert spinning > 0.1  # two programs had one processor
    assert sleeping < 0.1
    assert waits_of(2**22 + 1) == {}
