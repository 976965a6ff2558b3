"""The process from which kernels are forked: it has TensorFlow, Keras and this package imported, and runs nothing.

Importing TensorFlow takes seconds; a fork of a process that has it takes milliseconds. This process starts no thread
of its own, no TensorFlow operation, no event loop and no ZeroMQ context: none of these survives a fork. It answers
requests, one line of JSON each, on a socket it was born with, and it watches its kernels: memory, processes, files
and time. A learner's code runs only in its grandchildren, each process 1 of its own namespaces.

    {"do": "place", "slot": 0, "megabytes": 256}    -> {"place": "/run/kernels/k0-1"}, and the open folder
    {"do": "start", "slot": 0, "folder": "…", "limits": {…}, "withheld": […]}      -> {"kernel": 4711}
    {"do": "signal", "slot": 0, "number": 2}    and what "state" says
    {"do": "end", "slot": 0}                    kills whatever is left of it, and what "state" says
    {"do": "state", "slot": 0}                  -> {"running": false, "status": 0, "why": "…", "cpu": 3.2, "peak": 640}
    {"do": "waits", "slot": 0}                  -> {"4711": 0.25}, as ``patience.waits_of``
    {"do": "leave", "slot": 0}                  as "end", and its place is taken away
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import random
import selectors
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import rnncourse
from rnncourse.checking.patience import waits_of
from rnncourse.grading.sandbox import confine, inside, place, syscalls
from rnncourse.grading.sandbox.confine import ALL_OPEN_FILES, OPEN_FILES, PLACES, Limits
from rnncourse.grading.sandbox.usage import Memory, Usage, descendants, open_files, processes, share_of, usage_of

_IMPORTED = (
    "tensorflow", "keras", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipywidgets", "cloudpickle",
    "rnncourse.grading.sandbox.speaking", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completer",
)  # fmt: skip
#: Packages whose modules a submission may import while it is graded, beside the modules of the root.
_ALLOWED_PACKAGES = ("datasets", "plots")
#: The file in which a kernel finds its connection, and the one that it makes when its sockets can be connected to.
CONNECTION, READY = "sandbox.json", "ready"
_KERNEL_OPTIONS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=50")
#: How often kernels are looked at; more often when one of them has come half-way to its limit of memory.
_WATCH_SECONDS, _ALERT_SECONDS = 0.1, 0.005
#: How long the end of a kernel is waited for before others are looked after again: much memory takes its time to go.
_END_SECONDS, _LAST_SECONDS = 0.1, 20.0
#: One process meets the limit as a MemoryError, and may use a little more by its share of the libraries.
_LENIENCE = 1.1
_MEGABYTE = 1024**2


@dataclass
class Child:
    """A kernel: the process that waits for it, the kernel itself, and what became of it.

    Attributes:
        keeper, kernel: process numbers.
        limits: what it may use.
        place: what it writes into, where that is counted; else None.
        began: when, by the monotonic clock.
        memory: reckons what its processes use together.
        status: the keeper's exit code, once it has ended.
        why: why it was ended, or ''.
        cpu: seconds of the processor so far.
        peak: most bytes of memory so far.
        alert: whether it has come half-way to its limit of memory, or has company.
    """

    keeper: int
    kernel: int
    limits: Limits
    place: Path | None
    began: float
    memory: Memory
    status: int | None = None
    why: str = ""
    cpu: float = 0.0
    peak: int = 0
    alert: bool = False

    def note_its_end(self) -> None:
        """Note how it ended, if it has."""
        if self.status is None:
            pid, status = os.waitpid(self.keeper, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)

    def state(self) -> dict[str, Any]:
        """What the grader is told of it."""
        running = self.status is None
        return {
            "running": running, "status": self.status, "why": self.why, "cpu": self.cpu,
            "peak": self.peak // _MEGABYTE,
        }  # fmt: skip


class Zygote:
    """Forks kernels, looks after them, and answers the grader.

    Args:
        channel: to the grader.
        confined: whether kernels are shut in.
        hidden, kept: folders that look empty to a kernel, and what stays visible in them.
    """

    def __init__(self, channel: socket.socket, confined: bool, hidden: list[str], kept: list[str]):
        self._channel, self._confined, self._hidden, self._kept = channel, confined, hidden, kept
        self._children: dict[int, Child] = {}
        self._places: dict[int, Path] = {}
        self._made = 0
        self._watch = Watch()

    def serve(self) -> None:
        """Say that all is warm, and answer until the grader hangs up."""
        lines = self._channel.makefile("rb", buffering=0)
        self._channel.sendall(b'{"warm": true}\n')
        asked = selectors.PollSelector()  # select ends at file number 1 024; epoll would leave kernels a file
        asked.register(self._channel, selectors.EVENT_READ)
        while True:
            pause = self._watch.look(self._running())
            if not asked.select(pause):
                continue
            line = lines.readline()
            if not line:
                break
            self._reply(self._answer(json.loads(line)))
        for child in self._children.values():
            _end(child, seconds=_LAST_SECONDS)

    def _running(self) -> list[Child]:
        return [child for child in self._children.values() if child.status is None]

    def _reply(self, answer: dict[str, Any]) -> None:
        """Send an answer, and with it the folder that it opens."""
        opened = answer.pop("open", None)
        line = json.dumps(answer).encode() + b"\n"
        if opened is None:
            self._channel.sendall(line)
            return
        try:
            socket.send_fds(self._channel, [line], [opened])
        finally:
            os.close(opened)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._do(request)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        slot = request["slot"]
        child = self._children.get(slot)
        if request["do"] in {"place", "leave"}:
            self._leave(slot)
        if request["do"] == "place":
            return self._make_place(slot, request["megabytes"])
        if request["do"] == "start":
            if child is not None:
                _end(child, seconds=_LAST_SECONDS)
            self._children[slot] = self._start(request)
            return {"kernel": self._children[slot].kernel}
        if request["do"] == "waits":
            return dict(waits_of(child.kernel)) if child is not None and child.status is None else {}
        if child is None:
            return {"running": False, "status": 0, "why": ""}
        if request["do"] == "signal" and child.status is None:
            os.kill(child.kernel, request["number"])
        elif request["do"] == "end":
            _end(child)
        child.note_its_end()
        return child.state()

    def _make_place(self, slot: int, megabytes: int) -> dict[str, Any]:
        """A new place for each kernel: nothing of the one before is in it."""
        self._made += 1
        folder = PLACES / f"k{slot}-{self._made}"
        self._places[slot] = folder
        return {"place": str(folder), "open": place.make(folder, megabytes)}

    def _leave(self, slot: int) -> None:
        if slot in self._children:
            _end(self._children[slot])
        if slot in self._places:
            place.unmake(self._places.pop(slot))

    def _start(self, request: dict[str, Any]) -> Child:
        limits = Limits(**request["limits"])
        reader, writer = os.pipe()
        keeper = os.fork()
        if keeper == 0:
            os.close(reader)
            self._keep_a_kernel(request, limits, writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            word = told.read()
        if not word.isdecimal():
            os.waitpid(keeper, 0)
            raise OSError(word)
        return Child(keeper, int(word), limits, self._places.get(request["slot"]), time.monotonic(), self._memory())

    def _memory(self) -> Memory:
        """Reckons the memory of a kernel that is forked now."""
        told = usage_of("self")
        baseline = told.own if told is not None else 0
        return Memory(baseline, lambda: (baseline - share_of("self")) // max(1, len(self._running())))

    def _keep_a_kernel(self, request: dict[str, Any], limits: Limits, writer: int) -> NoReturn:
        """Fork the kernel from a process of its own, which has the namespaces, and end as the kernel ends."""
        try:
            self._channel.close()
            if self._confined:
                confine.enter_namespaces()
            kernel = os.fork()
            if kernel == 0:
                os.close(writer)
                self._become_a_kernel(request, limits)
            os.write(writer, str(kernel).encode())
            os.close(writer)
            _, status = os.waitpid(kernel, 0)
            os._exit(os.waitstatus_to_exitcode(status) % 256)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
            os._exit(3)

    def _become_a_kernel(self, request: dict[str, Any], limits: Limits) -> NoReturn:
        """Confine this process and run an IPython kernel in it, to the end of both."""
        try:
            _die_with_parent()
            _quiet_streams(Path(request["folder"]))
            signal.signal(signal.SIGINT, signal.default_int_handler)
            folder = Path(request["folder"])
            if self._confined:
                confine.furnish(str(folder), request["slot"], self._hidden, self._kept)
                told, out = confine.KERNEL_FOLDER / "in", confine.KERNEL_FOLDER / place.OUT
            else:
                os.chdir(place.work_of(folder))
                told, out = folder / "in", place.out_of(folder)
            inside.withhold(request["withheld"])
            confine.set_limits(limits)
            if self._confined:
                confine.drop_privileges(request["slot"])
            random.seed()
            _run_kernel(told, out / READY)
        except BaseException:
            with suppress(Exception):
                os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(1)


def main() -> None:
    """Warm up, and serve the grader."""
    channel, confined, hidden, kept = sys.argv[1:]
    zygote = Zygote(socket.socket(fileno=int(channel)), confined == "sandbox", json.loads(hidden), json.loads(kept))
    if confined == "sandbox":
        confine.own_mounts()  # before the libraries start threads of theirs
    _warm_up()
    zygote.serve()


def _warm_up() -> None:
    """Import what notebooks import, so that every kernel is born with it."""
    inside.package_without_answers()
    for name in (*_IMPORTED, *allowed_modules()):
        importlib.import_module(name)
    syscalls.library()
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


def _die_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _quiet_streams(folder: Path) -> None:
    """A kernel's own words go to a file of the grader's; nothing of the zygote's stays open."""
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDWR)
    log = os.open(place.log_of(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, 1024)


def _run_kernel(told: Path, ready: Path) -> None:
    import numpy as np

    from rnncourse.grading.sandbox.speaking import KernelApp

    np.random.seed()
    app = KernelApp.instance()
    app.initialize(["-f", str(told / CONNECTION), *_KERNEL_OPTIONS])
    inside.prepare(app.shell, told)
    ready.touch()
    app.start()


# -------------------------------------------------------------------------------------------------------- watching
class Watch:
    """Looks after running kernels: notes what each uses, and ends it if that is more than it may."""

    def __init__(self) -> None:
        self._next = 0.0

    def look(self, running: list[Child]) -> float | None:
        """Look at every kernel, if it is time to.

        Returns:
            Seconds until the next look; None where there is nothing to look after.
        """
        if not running:
            return None
        if time.monotonic() >= self._next:
            everyone = processes()
            for child in running:
                _look_after(child, everyone)
            pause = _ALERT_SECONDS if any(child.alert for child in running) else _WATCH_SECONDS
            self._next = time.monotonic() + pause
        return max(0.0, self._next - time.monotonic())


def _look_after(child: Child, everyone: dict[int, Usage]) -> None:
    """Note what a kernel uses, and end it if that is more than it may."""
    child.note_its_end()
    if child.status is not None or child.why:
        return
    own = {pid: everyone[pid] for pid in descendants(child.kernel, everyone)}
    memory, threads = _memory_of(child, own), sum(usage.threads for usage in own.values())
    child.peak, child.cpu = max(child.peak, memory), max(child.cpu, sum(usage.cpu for usage in own.values()))
    limits, alone = child.limits, len(own) <= 1
    child.alert = not alone or memory > limits.memory * _MEGABYTE / 2
    if memory > _limit_of(child, own):
        _end(child, f"used more than {limits.memory} MB of memory")
    elif threads > limits.processes:
        _end(child, f"started more than {limits.processes} processes and threads")
    elif time.monotonic() - child.began > limits.seconds:
        _end(child, f"took longer than {limits.seconds:g} s in all")
    elif not alone and open_files(list(own), OPEN_FILES) > ALL_OPEN_FILES:
        _end(child, f"opened more than {ALL_OPEN_FILES} files and sockets at a time")


def _memory_of(child: Child, own: dict[int, Usage]) -> int:
    """Bytes that a kernel with all its processes uses, over what it was born with; its files in memory count."""
    files = place.used(child.place) if child.place is not None else 0
    beside = max(files, sum(usage.shared for usage in own.values())) + sum(usage.tables for usage in own.values())
    return child.memory.of(own, _limit_of(child, own) - beside) + beside


def _limit_of(child: Child, own: dict[int, Usage]) -> float:
    """Bytes at which a kernel is ended: one process meets the limit as an error before."""
    return (_LENIENCE if len(own) <= 1 else 1) * child.limits.memory * _MEGABYTE


def _end(child: Child, why: str = "", seconds: float = _END_SECONDS) -> None:
    """Kill a kernel, and with process 1 everything in its namespaces.

    Args:
        child: the kernel.
        why: what is said of it.
        seconds: how long it is waited for; later its end is noted by whoever looks.
    """
    child.note_its_end()
    if child.status is not None:
        return
    child.why = child.why or why
    for pid in [*descendants(child.kernel, processes()), child.kernel]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    last = time.monotonic() + seconds
    while child.status is None and time.monotonic() < last:
        time.sleep(_END_SECONDS / 50)
        child.note_its_end()


if __name__ == "__main__":
    main()
