"""What processes use: each seen as it is, and together no more than there is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rnncourse.grading.sandbox import usage
from rnncourse.grading.sandbox.usage import Shares, Usage, descendants, open_files, processes, usage_of

MEGABYTE = 1024**2
BUSY = (
    "import threading, time\nfor _ in range(3): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
)
BUSY += "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
BUSY += "held = bytearray(64 * 1024**2)\nsum(range(3_000_000))\nprint('ready', flush=True)\ntime.sleep(60)"


def by_hand(pid: int) -> tuple[int, int, int, float]:
    """man 5 proc: stat, fields 4, 20, 14 and 15, and statm, fields 2 and 3."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return int(fields[1]), (resident - shared) * os.sysconf("SC_PAGE_SIZE"), int(fields[17]), ticks


def test_a_process_and_all_that_it_started_is_seen_as_it_is():
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            everyone = processes()
            found = descendants(process.pid, everyone)
            assert len(found) == 2
            assert everyone[found[1]].parent == process.pid
            got, (parent, memory, threads, cpu) = everyone[process.pid], by_hand(process.pid)
            assert (got.parent, got.threads) == (os.getpid(), 4) == (parent, threads)
            assert got.own == pytest.approx(memory, abs=MEGABYTE)
            assert got.own > 64 * MEGABYTE
            assert got.cpu == pytest.approx(cpu, abs=0.05)
            assert got.cpu > 0
            assert 0 < got.tables < 4 * MEGABYTE
            assert open_files(found) >= 6
        finally:
            for each in descendants(process.pid, processes()):
                os.kill(each, signal.SIGKILL)
    assert usage_of(process.pid) is None
    assert open_files([process.pid]) == 0


FORKED = """
import os, time
held = bytearray(48 * 1024 ** 2)
for at in range(0, len(held), 4096): held[at] = 1
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        if number == 0:
            for at in range(0, len(held), 4096): held[at] = 2  # its own copy
        os.write(1, b"ready\\n")
        time.sleep(60)
    children.append(child)
os.write(1, b"ready\\n")
time.sleep(60)
"""


def test_what_forked_processes_have_in_common_counts_once(monkeypatch):
    with subprocess.Popen([sys.executable, "-c", FORKED], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert [process.stdout.readline() for _ in range(4)] == ["ready\n"] * 4
            everyone = processes()
            own = {pid: everyone[pid] for pid in descendants(process.pid, everyone)}
            assert len(own) == 4
            assert sum(each.own for each in own.values()) > 4 * 48 * MEGABYTE
            together = Shares().of_all(own)
            assert 2 * 48 * MEGABYTE < together < 2 * 48 * MEGABYTE + 30 * MEGABYTE
        finally:
            for each in descendants(process.pid, processes()):
                os.kill(each, signal.SIGKILL)


def test_of_many_processes_only_those_are_asked_again_that_have_changed(monkeypatch):
    asked = []
    monkeypatch.setattr(usage, "share_of", lambda pid: asked.append(pid) or 10 * MEGABYTE)
    shares, still = Shares(), Usage(1, MEGABYTE, 0, 0, 1, 0.0, 5)
    many = dict.fromkeys(range(1, 13), still)
    assert shares.of_all(many) == 120 * MEGABYTE
    assert len(asked) == 12
    many[3], many[4] = still._replace(faults=6), still._replace(own=2 * MEGABYTE)
    assert shares.of_all(many) == 120 * MEGABYTE
    assert asked[12:] == [3, 4]
    shares.forget({3: still})
    assert shares.of_all({3: still}) == 10 * MEGABYTE  # few are always asked: they may have lost what they shared
    assert asked[14:] == [3]
