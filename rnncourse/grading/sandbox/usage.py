"""What the processes of a kernel use, as the operating system tells it (/proc).

Memory is looked at twice. A look at every process's own count is quick, and says too much where processes share what
they were forked with. Where that is more than half of what is allowed, or there are several processes, the operating
system is asked for shares: a page that n processes have counts for each as its n-th part. What a process was forked
from (the zygote, with the libraries) has its share of them, too.

Source: man 5 proc: /proc/PID/status, stat, smaps_rollup.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_KILOBYTE = 1024
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


def open_files(pids: list[int]) -> int:
    """How many files and sockets processes hold open together."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += len(os.listdir(f"/proc/{pid}/fd"))
    return total


class Shares:
    """The share of each process in the memory that it has in common with others.

    Asking for one takes milliseconds where the process is large. Of many processes only those are asked again that got
    or changed a page since; the share of one that stood still grows only as others give up what they had in common.
    """

    _FEW = 8

    def __init__(self) -> None:
        self._known: dict[int, tuple[Usage, int]] = {}

    def of_all(self, own: dict[int, Usage]) -> int:
        """Bytes of some processes together."""
        found = {}
        for pid, usage in own.items():
            before, share = self._known.get(pid, (None, 0))
            still = before is not None and (before.own, before.faults) == (usage.own, usage.faults)
            found[pid] = usage, share if still and len(own) > self._FEW else share_of(pid)
        self._known.update(found)
        return sum(share for _, share in found.values())

    def forget(self, everyone: dict[int, Usage]) -> None:
        """Forget processes that have ended: their numbers are given away again."""
        self._known = {pid: known for pid, known in self._known.items() if pid in everyone}


def share_of(pid: int | str) -> int:
    """Bytes of memory of a process, what it has in common with others by parts; 0 when it has ended."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_bytes()
    except OSError:
        return 0
    return sum(map(int, _SHARES.findall(told))) * _KILOBYTE
