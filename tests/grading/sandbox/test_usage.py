"""What processes use: each seen as it is, and together no more than there is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rnncourse.grading.sandbox import usage
from rnncourse.grading.sandbox.usage import Memory, Usage, descendants, open_files, processes, usage_of

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
            assert open_files(found, 512) >= 6
        finally:
            for each in descendants(process.pid, processes()):
                os.kill(each, signal.SIGKILL)
    assert usage_of(process.pid) is None
    assert open_files([process.pid], 512) == 0


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
            together = Memory(0, int).of(own, 120 * MEGABYTE)
            assert 2 * 48 * MEGABYTE < together < 120 * MEGABYTE
            assert Memory(0, int).of(own, 90 * MEGABYTE) > 90 * MEGABYTE
        finally:
            for each in descendants(process.pid, processes()):
                os.kill(each, signal.SIGKILL)


def test_h3_who_hides_what_it_uses_gains_nothing(monkeypatch):
    def refuse(*arguments):
        raise PermissionError

    monkeypatch.setattr(usage.os, "listdir", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert open_files([7, 8], 512) == 1024
    assert usage.share_of(7, 300 * MEGABYTE) == 300 * MEGABYTE


BORN = 300 * MEGABYTE
LITTLE = Usage(1, 0, 0, 0, 1, 0.0, 0)


@pytest.fixture
def asked(monkeypatch):
    """Shares as the test says them, and the processes that were asked for."""
    found, shares = [], {}
    monkeypatch.setattr(usage, "share_of", lambda pid, hidden: found.append(pid) or shares.get(pid, 0))
    return found, shares


def test_h3_one_process_is_known_by_its_own_count(asked):
    memory = Memory(BORN, int)
    assert memory.of({7: LITTLE._replace(own=BORN + 50 * MEGABYTE)}, 700 * MEGABYTE) == 50 * MEGABYTE
    assert memory.of({7: LITTLE._replace(own=250 * MEGABYTE)}, 700 * MEGABYTE) == 0
    assert memory.of({7: LITTLE._replace(own=100 * MEGABYTE)}, 700 * MEGABYTE) == 100 * MEGABYTE  # another program now
    assert asked[0] == []


def test_h3_what_forked_processes_get_for_themselves_is_known_without_asking(asked):
    memory, forked = Memory(BORN, int), LITTLE._replace(own=BORN)
    found, shares = asked
    many = dict.fromkeys(range(7, 27), forked)
    shares.update(dict.fromkeys(many, 10 * MEGABYTE))
    assert memory.of(many, 700 * MEGABYTE) == 200 * MEGABYTE
    found.clear()
    grown = {pid: forked._replace(own=BORN + 200 * MEGABYTE) for pid in many}
    assert memory.of(grown, 700 * MEGABYTE) == 4000 * MEGABYTE
    assert found == []


def test_h3_programs_of_their_own_share_nothing(asked):
    memory, program = Memory(BORN, int), LITTLE._replace(own=250 * MEGABYTE, faults=64_000)
    asked[1].update({8: 250 * MEGABYTE, 9: 250 * MEGABYTE, 10: 250 * MEGABYTE})
    processes = {7: LITTLE._replace(own=BORN), 8: program, 9: program, 10: program}
    assert memory.of(processes, 700 * MEGABYTE) > 700 * MEGABYTE


def test_h3_pages_that_become_their_own_are_asked_for_when_there_may_be_too_many(asked, monkeypatch):
    memory, (found, shares) = Memory(BORN, int), asked
    forked = LITTLE._replace(own=BORN + 300 * MEGABYTE)
    processes = {7: forked, 8: forked, 9: forked}
    shares.update({7: 100 * MEGABYTE, 8: 100 * MEGABYTE, 9: 100 * MEGABYTE})
    assert memory.of(processes, 700 * MEGABYTE) == 300 * MEGABYTE
    found.clear()
    few = {**processes, 8: forked._replace(faults=1000)}  # 4 MB at most
    assert memory.of(few, 700 * MEGABYTE) == 300 * MEGABYTE
    assert found == []
    shares.update({8: 500 * MEGABYTE, 9: 300 * MEGABYTE})
    most = {**processes, 9: forked._replace(faults=90_000), 8: forked._replace(faults=130_000)}
    assert memory.of(most, 700 * MEGABYTE) > 700 * MEGABYTE
    assert found[0] == 8  # it has changed most
