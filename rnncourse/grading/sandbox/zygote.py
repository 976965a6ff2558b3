"""The process from which kernels are forked: it has TensorFlow, Keras and this package imported, and runs nothing.

Importing TensorFlow takes seconds; a fork of a process that has it takes milliseconds. This process starts no thread
of its own, no TensorFlow operation, no event loop and no ZeroMQ context: none of these survives a fork. It answers
requests, one line of JSON each, on a socket it was born with, and it watches its kernels: memory, processes, files
and time. A learner's code runs only in its grandchildren, each process 1 of its own namespaces.

    {"do": "start", "slot": 0, "folder": …, "limits": {…}, "withheld": […], "sandbox": true}
    {"do": "signal", "slot": 0, "number": 2}
    {"do": "state", "slot": 0}                 -> {"running": true} or {"running": false, "status": 0, "why": "…"}
    {"do": "end", "slot": 0}                   kills whatever is left of it
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rnncourse
from rnncourse.grading.sandbox import confine, inside
from rnncourse.grading.sandbox.confine import Limits

_IMPORTED = (
    "tensorflow", "keras", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipywidgets", "cloudpickle",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completer",
)  # fmt: skip
#: Packages whose modules a submission may import while it is graded, beside the modules of the root.
_ALLOWED_PACKAGES = ("datasets", "plots")
#: A file that a kernel makes when its sockets can be connected to.
READY = "ready"
_KERNEL_OPTIONS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=50")
_WATCH_SECONDS = 0.1
#: All processes of a submission together may use a little more than the limit, which each meets as a MemoryError.
_LENIENCE = 1.25
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1024**2
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Child:
    """A kernel: the process that waits for it, the kernel itself, and what became of it."""

    keeper: int
    kernel: int
    limits: Limits
    folder: str
    began: float
    baseline: int
    status: int | None = None
    why: str = ""
    cpu: float = 0.0
    peak: int = 0


def main() -> None:
    """Warm up, say so, and answer until the grader hangs up."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    confined = sys.argv[2] == "sandbox"
    hidden, kept = json.loads(sys.argv[3]), json.loads(sys.argv[4])
    children: dict[int, Child] = {}
    _warm_up()
    lines = channel.makefile("rwb", buffering=0)
    lines.write(b'{"warm": true}\n')
    while True:
        readable, _, _ = select.select([channel], [], [], _WATCH_SECONDS if _any_running(children) else None)
        _watch(children)
        if not readable:
            continue
        line = lines.readline()
        if not line:
            break
        request = json.loads(line)
        try:
            found = _do(request, children, channel, confined, hidden, kept)
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        lines.write(json.dumps(found).encode() + b"\n")
    for child in children.values():
        _end(child)


def _warm_up() -> None:
    """Import what notebooks import, so that every kernel is born with it."""
    inside.package_without_answers()
    for name in (*_IMPORTED, *allowed_modules()):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is shared with the children stays shared


def allowed_modules() -> list[str]:
    """What a submission may import of this package: what learners call, which is the root; nothing else by default."""
    root = [module.name for module in pkgutil.iter_modules(rnncourse.__path__) if not module.ispkg]
    inner = [
        f"{package}.{module.name}"
        for package in _ALLOWED_PACKAGES
        for module in pkgutil.iter_modules([str(Path(rnncourse.__file__).parent / package)])
    ]
    names = (*_ALLOWED_PACKAGES, *(name for name in root if name != "__main__"), *inner)
    return [f"rnncourse.{name}" for name in names]


def _any_running(children: dict[int, Child]) -> bool:
    return any(child.status is None for child in children.values())


def _do(
    request: dict[str, Any],
    children: dict[int, Child],
    channel: socket.socket,
    confined: bool,
    hidden: list[str],
    kept: list[str],
) -> dict[str, Any]:
    slot = request["slot"]
    if request["do"] == "start":
        if slot in children:
            _end(children[slot])
        children[slot] = _start(request, channel, confined, hidden, kept)
        return {"kernel": children[slot].kernel}
    child = children.get(slot)
    if child is None:
        return {"running": False, "status": 0, "why": ""}
    if request["do"] == "signal" and child.status is None:
        os.kill(child.kernel, request["number"])
    elif request["do"] == "end":
        _end(child)
    return {
        "running": child.status is None,
        "status": child.status,
        "why": child.why,
        "cpu": child.cpu,
        "peak": child.peak // _MEGABYTE,
    }


def _start(
    request: dict[str, Any], channel: socket.socket, confined: bool, hidden: list[str], kept: list[str]
) -> Child:
    limits = Limits(**request["limits"])
    reader, writer = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        try:
            os.close(reader)
            channel.close()
            if confined:
                confine.enter_namespaces()
            kernel = os.fork()
            if kernel == 0:
                os.close(writer)
                _become_a_kernel(request, limits, confined, hidden, kept)
                os._exit(0)
            os.write(writer, str(kernel).encode())
            os.close(writer)
            _, status = os.waitpid(kernel, 0)
            os._exit(os.waitstatus_to_exitcode(status) % 256)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
            os._exit(3)
    os.close(writer)
    with os.fdopen(reader) as told:
        word = told.read()
    if not word.isdecimal():
        os.waitpid(keeper, 0)
        raise OSError(word)
    return Child(keeper, int(word), limits, request["folder"], time.monotonic(), _own_memory(os.getpid()))


def _become_a_kernel(
    request: dict[str, Any], limits: Limits, confined: bool, hidden: list[str], kept: list[str]
) -> None:
    """Never returns to the caller's loop: confines this process and runs an IPython kernel in it."""
    try:
        _die_with_parent()
        _quiet_streams(request["folder"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        folder = Path(request["folder"])
        if confined:
            confine.furnish(str(folder), request["slot"], limits, hidden, kept)
            folder = confine.KERNEL_FOLDER
        else:
            os.chdir(folder / "in" / "work")
        inside.withhold(request["withheld"])
        confine.set_limits(limits)
        if confined:
            confine.drop_privileges(request["slot"])
        random.seed()
        _run_kernel(folder)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        sys.__stderr__.flush()
    finally:
        os._exit(1)


def _die_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _quiet_streams(folder: str) -> None:
    """A kernel's own words go to a file of the grader's; nothing of the zygote's stays open."""
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDWR)
    log = os.open(f"{folder}/kernel.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, 1024)


def _run_kernel(folder: Path) -> None:
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()
    app = IPKernelApp.instance()
    app.initialize(["-f", str(folder / "in" / "sandbox.json"), *_KERNEL_OPTIONS])
    (folder / "out" / READY).touch()
    app.start()


# -------------------------------------------------------------------------------------------------------- watching
def _watch(children: dict[int, Child]) -> None:
    """Note who has ended, and end who uses more than it may."""
    running = [child for child in children.values() if child.status is None]
    if not running:
        return
    tree = _processes()
    for child in running:
        _look_after(child, tree)


def _look_after(child: Child, tree: dict[int, tuple[int, int, int, float]]) -> None:
    pid, status = os.waitpid(child.keeper, os.WNOHANG)
    if pid:
        child.status = os.waitstatus_to_exitcode(status)
        return
    own = _descendants(child.kernel, tree)
    memory = sum(max(0, tree[p][1] - child.baseline) for p in own)
    threads = sum(tree[p][2] for p in own)
    child.peak, child.cpu = max(child.peak, memory), max(child.cpu, sum(tree[p][3] for p in own))
    limits = child.limits
    if memory > _LENIENCE * limits.memory * _MEGABYTE:
        _end(child, f"used more than {limits.memory} MB of memory")
    elif threads > limits.processes:
        _end(child, f"started more than {limits.processes} processes and threads")
    elif time.monotonic() - child.began > limits.seconds:
        _end(child, f"took longer than {limits.seconds:g} s in all")
    elif _size_of(child.folder) > limits.file_megabytes * _MEGABYTE:
        _end(child, f"wrote more than {limits.file_megabytes} MB of files")


def _processes() -> dict[int, tuple[int, int, int, float]]:
    """Of every process: its parent, its own memory in bytes, its threads, and its CPU seconds."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            found[int(name)] = (
                int(fields[1]),
                _own_memory(int(name)),
                int(fields[17]),
                (int(fields[11]) + int(fields[12])) / _TICKS,
            )
        except (OSError, IndexError, ValueError):
            continue  # it ended while we looked
    return found


def _own_memory(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        _, resident, shared, *_ = map(int, file.read().split())
    return (resident - shared) * _PAGE


def _descendants(root: int, tree: dict[int, tuple[int, int, int, float]]) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, (parent, *_) in tree.items():
        children.setdefault(parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in tree:
            found.append(pid)
            todo += children.get(pid, [])
    return found


def _size_of(folder: str) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512
            except OSError:
                continue
    return total


def _end(child: Child, why: str = "") -> None:
    """Kill a kernel, and with process 1 everything in its namespaces."""
    if child.status is not None:
        return
    child.why = child.why or why
    for pid in [*_descendants(child.kernel, _processes()), child.kernel]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    _, status = os.waitpid(child.keeper, 0)
    child.status = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
