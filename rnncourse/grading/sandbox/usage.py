"""What the processes of a kernel use, as the operating system tells it (/proc).

A look at every process's own count of memory is quick, and says too much where processes share what they were forked
with. So two bounds come of it: what the processes have got since they were first seen, and all that they have together.
Only where a limit lies between the two, the operating system is asked for shares, which takes milliseconds a process: a
page that n processes have counts for each as its n-th part.

Source: man 5 proc: /proc/PID/status, stat, smaps_rollup.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_KILOBYTE = 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_STATUS = re.compile(rb"^(PPid|Threads|RssAnon|RssShmem|VmSwap|VmPTE):\s+(\d+)", re.MULTILINE)
_SHARES = re.compile(rb"^(?:Pss_Anon|SwapPss):\s+(\d+)", re.MULTILINE)


class Usage(NamedTuple):
    """What one process uses.

    Attributes:
        parent: the number of the process that started it.
        own: bytes of memory that are no file's, those which it shares with what it was forked from among them.
        shared: bytes of memory files (tmpfs) that it has mapped.
        tables: bytes that the operating system needs to manage its memory.
        threads: how many.
        cpu: seconds of processors.
        faults: how often a page of its memory came, or became its own.
    """

    parent: int
    own: int
    shared: int
    tables: int
    threads: int
    cpu: float
    faults: int


def usage_of(pid: int | str) -> Usage | None:
    """What a process uses; None when it has ended."""
    try:
        told = dict(_STATUS.findall(Path(f"/proc/{pid}/status").read_bytes()))
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None

    def size(*names: bytes) -> int:
        return sum(int(told.get(name, 0)) for name in names) * _KILOBYTE

    cpu = (int(fields[11]) + int(fields[12])) / _TICKS
    threads, faults = int(told.get(b"Threads", 0)), int(fields[7]) + int(fields[9])
    return Usage(int(fields[1]), size(b"RssAnon", b"VmSwap"), size(b"RssShmem"), size(b"VmPTE"), threads, cpu, faults)


def processes() -> dict[int, Usage]:
    """What every process uses. One pass for all kernels: it is made many times a second."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdecimal() and (usage := usage_of(name)) is not None:
            found[int(name)] = usage
    return found


def descendants(root: int, everyone: dict[int, Usage]) -> list[int]:
    """The numbers of a process and of all that it started and that they started."""
    children: dict[int, list[int]] = {}
    for pid, usage in everyone.items():
        children.setdefault(usage.parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in everyone:
            found.append(pid)
            todo += children.get(pid, [])
    return found


def open_files(pids: list[int], most: int) -> int:
    """How many files and sockets processes hold open together; one that hides it is taken to hold the most it may."""
    total = 0
    for pid in pids:
        try:
            total += len(os.listdir(f"/proc/{pid}/fd"))
        except PermissionError:
            total += most
        except OSError:
            continue
    return total


class Memory:
    """The memory that the processes of one kernel use together, over what the kernel was born with.

    Args:
        baseline: bytes that it was born with, its parent's.
        common: asks how many of these it still shares with its parent.
    """

    _SELDOM = 0.5

    def __init__(self, baseline: int, common: Callable[[], int]):
        self._baseline, self._common = baseline, common
        self._first: dict[int, int] = {}
        self._faults: dict[int, int] = {}
        self._measured, self._when = 0, float("-inf")

    def of(self, own: dict[int, Usage], limit: float) -> int:
        """Bytes, as exact as it has to be.

        Args:
            own: what each process uses.
            limit: bytes; the answer lies on the right side of it.
        """
        least, most = self._bounds(own)
        if len(own) == 1 or least > limit:
            return least
        changed = sum(max(0, usage.faults - self._faults.get(pid, 0)) for pid, usage in own.items()) * _PAGE
        may_be_more = most > limit and self._measured + changed > limit
        if may_be_more or time.monotonic() - self._when > self._SELDOM:
            self._measure(own, limit)
        return max(least, min(most, self._measured))

    def _bounds(self, own: dict[int, Usage]) -> tuple[int, int]:
        """What the processes have got since they were first seen, and all that they have."""
        for pid, usage in own.items():
            first = self._first.setdefault(pid, usage.own if self._first else self._baseline)
            if usage.own < first / 2:  # it has become another program, and shares nothing
                self._first[pid] = 0
        least = sum(max(0, usage.own - self._first[pid]) for pid, usage in own.items())
        return least, max(least, sum(usage.own for usage in own.values()) - self._baseline)

    def _measure(self, own: dict[int, Usage], limit: float) -> None:
        """Add up shares, those first that have changed most, until it is clear on which side of the limit they are."""
        common = max(0, self._common())
        total = -common
        by_change = sorted(own, key=lambda pid: self._faults.get(pid, 0) - own[pid].faults)
        for pid in by_change:
            total += share_of(pid, own[pid].own)
            if total > limit:
                break
        self._measured = max(0, total)
        self._faults = {pid: usage.faults for pid, usage in own.items()}
        self._first = {pid: first for pid, first in self._first.items() if pid in own}
        self._when = time.monotonic()


def share_of(pid: int | str, hidden: int = 0) -> int:
    """Bytes of memory of a process, what it has in common with others by parts; 0 when it has ended.

    Args:
        pid: its number.
        hidden: what is taken for it where the process does not let itself be looked at.
    """
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_bytes()
    except PermissionError:
        return hidden
    except OSError:
        return 0
    return sum(map(int, _SHARES.findall(told))) * _KILOBYTE
