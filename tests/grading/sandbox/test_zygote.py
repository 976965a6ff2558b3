"""What a submission may import, how kernels are watched, and what is said of those that are not there."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

import rnncourse
from rnncourse.grading.sandbox import zygote
from rnncourse.grading.sandbox.confine import Limits
from tools.authoring import ROOT

SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
STUB = ast.parse((Path(rnncourse.__file__).with_suffix(".pyi")).read_text(encoding="utf-8"))
HOME_OF = {a.name: n.module for n in STUB.body if isinstance(n, ast.ImportFrom) and n.module for a in n.names}


# ------------------------------------------------------------------------------------------------- what is allowed
def imports_of(path: Path) -> set[str]:
    """The modules of this package that a notebook's cells import, those of public names included."""
    found = set()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.MULTILINE))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module == "rnncourse":
                found |= {f"rnncourse.{HOME_OF.get(alias.name, alias.name)}" for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rnncourse":
                found.add(f"rnncourse.{HOME_OF.get(node.attr, node.attr)}")
    return {name for name in found if name.startswith("rnncourse.")}


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_whatever_a_chapter_uses_may_be_imported_while_it_is_graded(path):
    for_learning = {"rnncourse.checking.check"}  # stands there as an empty module
    used = imports_of(path)
    assert used & for_learning
    assert used - for_learning - set(zygote.allowed_modules()) == set()


def test_a_new_room_or_tool_is_closed_until_somebody_opens_it(tmp_path, monkeypatch):
    for room in ("answers", "tools"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("")
        (tmp_path / room / "secrets.py").write_text("")
    (tmp_path / "attention.py").write_text("")
    before = set(zygote.allowed_modules())
    monkeypatch.setattr(rnncourse, "__path__", [*rnncourse.__path__, str(tmp_path)])
    assert set(zygote.allowed_modules()) - before == {"rnncourse.attention"}  # the root is what learners call


def test_no_room_behind_the_root_is_open():
    rooms = {name.split(".")[1] for name in zygote.allowed_modules()}
    assert not rooms & {"exercises", "checking", "notebooks", "grading", "cli", "tools", "__main__"}
    assert {"datasets", "plots", "cells"} <= rooms


# -------------------------------------------------------------------------------------------------------- watching
BUSY = (
    "import threading, time\nfor _ in range(3): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
)
BUSY += "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
BUSY += "held = bytearray(64 * 1024**2)\nsum(range(3_000_000))\nprint('ready', flush=True)\ntime.sleep(60)"


def by_hand(pid: int) -> zygote.Usage:
    """man 5 proc: stat, fields 4, 20, 14 and 15, and statm, fields 2 and 3."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return zygote.Usage(int(fields[1]), (resident - shared) * os.sysconf("SC_PAGE_SIZE"), int(fields[17]), ticks)


def test_a_process_and_all_that_it_started_is_seen_as_it_is():
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            (child,) = psutil.Process(process.pid).children()
            everyone = zygote.processes()
            assert sorted(zygote._descendants(process.pid, everyone)) == sorted([process.pid, child.pid])
            got, expected = everyone[process.pid], by_hand(process.pid)
            assert (got.parent, got.threads) == (os.getpid(), 4) == (expected.parent, expected.threads)
            assert got.memory == pytest.approx(expected.memory, abs=2**20)
            assert got.memory > 64 * 1024**2
            assert got.cpu == pytest.approx(expected.cpu, abs=0.05)
            assert got.cpu > 0
        finally:
            for each in zygote._descendants(process.pid, zygote.processes()):
                os.kill(each, 9)


@pytest.mark.parametrize(
    ("limits", "usage", "words"),
    [
        (Limits(memory=100), zygote.Usage(1, 300 * 1024**2, 1, 0.0), "used more than 100 MB of memory"),
        (Limits(processes=5), zygote.Usage(1, 0, 6, 0.0), "started more than 5 processes and threads"),
        (Limits(seconds=0), zygote.Usage(1, 0, 1, 0.0), "took longer than 0 s in all"),
        (Limits(file_megabytes=0), zygote.Usage(1, 0, 1, 0.0), "wrote more than 0 MB of files"),
        (Limits(), zygote.Usage(1, 50 * 1024**2, 2, 1.5), ""),
    ],
)
def test_whoever_uses_more_than_the_limit_is_ended_and_told_why(tmp_path, limits, usage, words):
    (tmp_path / "file").write_bytes(b"1" * 10_000)
    child = subprocess.Popen(["sleep", "60"])
    kept = zygote.Child(child.pid, child.pid, limits, str(tmp_path), 0.0 if limits.seconds == 0 else 1e12, 0)
    zygote._look_after(kept, {child.pid: usage})
    assert kept.why == words
    assert kept.state()["running"] is (words == "")
    assert (kept.peak, kept.cpu) == (usage.memory, usage.cpu)
    zygote._end(kept)
    assert kept.status == -9
    assert kept.why == words
    child.returncode = kept.status  # waited for already


def test_memory_that_a_kernel_was_born_with_is_not_its_own(tmp_path):
    child = subprocess.Popen(["sleep", "60"])
    kept = zygote.Child(child.pid, child.pid, Limits(memory=100), str(tmp_path), 1e12, 700 * 1024**2)
    zygote._look_after(kept, {child.pid: zygote.Usage(1, 710 * 1024**2, 1, 0.0)})
    assert (kept.why, kept.state()["peak"]) == ("", 10)
    zygote._end(kept)
    child.returncode = kept.status


# ------------------------------------------------------------------------------------------------------- requests
def test_of_a_kernel_that_is_not_there_it_is_said_and_a_fault_is_no_end():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        alone = zygote.Zygote(theirs, False, [], [])
        for request in ("state", "end", "signal"):
            assert alone._answer({"do": request, "slot": 3, "number": 2}) == {"running": False, "status": 0, "why": ""}
        found = alone._answer({"do": "start", "slot": 0, "folder": "/x", "limits": {"wings": 2}, "withheld": []})
        assert found["error"].startswith("TypeError")
