"""What a submission may import, how kernels are watched, and what is said of those that are not there."""

from __future__ import annotations

import ast
import contextlib
import fcntl
import json
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

import nbformat
import pytest

import rnncourse
from rnncourse.grading.sandbox import zygote
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.usage import Memory, Usage
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
    (tmp_path / "new_tool.py").write_text("")
    before = set(zygote.allowed_modules())
    monkeypatch.setattr(rnncourse, "__path__", [*rnncourse.__path__, str(tmp_path)])
    assert set(zygote.allowed_modules()) - before == {"rnncourse.new_tool"}  # the root is what learners call


def test_no_room_behind_the_root_is_open():
    rooms = {name.split(".")[1] for name in zygote.allowed_modules()}
    assert not rooms & {"exercises", "checking", "notebooks", "grading", "cli", "tools", "__main__"}
    assert {"datasets", "plots", "cells"} <= rooms


# -------------------------------------------------------------------------------------------------------- watching
MEGABYTE = 1024**2
LITTLE = Usage(1, 0, 0, 0, 1, 0.0, 0)


@pytest.fixture
def sleeper():
    """A process to look after, which is ended in the end."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    if process.returncode is None:
        process.kill()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, 0)
        process.returncode = -9


def looked_after(sleeper, usage, limits, monkeypatch, baseline=0, began=1e12) -> zygote.Child:
    """A kernel that uses so much, after one look."""
    child = kernel(sleeper, limits, began, baseline)
    monkeypatch.setattr(zygote, "processes", lambda: {sleeper.pid: usage})
    zygote.Watch().look([child])
    return child


def kernel(sleeper, limits=None, began=1e12, baseline=0) -> zygote.Child:
    return zygote.Child(sleeper.pid, sleeper.pid, limits or Limits(), None, began, Memory(baseline, int))


@pytest.mark.parametrize(
    ("limits", "usage", "words"),
    [
        (Limits(memory=100), LITTLE._replace(own=300 * MEGABYTE), "used more than 100 MB of memory"),
        (Limits(memory=100), LITTLE._replace(shared=300 * MEGABYTE), "used more than 100 MB of memory"),
        (Limits(memory=100), LITTLE._replace(tables=300 * MEGABYTE), "used more than 100 MB of memory"),
        (Limits(processes=5), LITTLE._replace(threads=6), "started more than 5 processes and threads"),
        (Limits(), LITTLE._replace(own=50 * MEGABYTE, cpu=1.5), ""),
    ],
)
def test_whoever_uses_more_than_the_limit_is_ended_and_told_why(sleeper, monkeypatch, limits, usage, words):
    kept = looked_after(sleeper, usage, limits, monkeypatch)
    assert kept.why == words
    assert kept.state()["running"] is (words == "")
    assert (kept.peak, kept.cpu) == (usage.own + usage.shared + usage.tables, usage.cpu)
    zygote._end(kept)
    assert kept.status == -9
    assert kept.why == words


def test_h9_the_time_of_all_passes_has_an_end(sleeper, monkeypatch):
    kept = looked_after(sleeper, LITTLE, Limits(seconds=7.5), monkeypatch, began=0.0)
    assert kept.why == "took longer than 7.5 s in all"


def test_memory_that_a_kernel_was_born_with_is_not_its_own(sleeper, monkeypatch):
    born = 700 * MEGABYTE
    kept = looked_after(sleeper, LITTLE._replace(own=710 * MEGABYTE), Limits(memory=100), monkeypatch, born)
    assert (kept.why, kept.state()["peak"], kept.alert) == ("", 10, False)


def test_h3_half_way_to_the_limit_a_kernel_is_looked_at_more_often(sleeper, monkeypatch):
    for megabytes, alert in {40: False, 60: True}.items():
        kept = looked_after(sleeper, LITTLE._replace(own=megabytes * MEGABYTE), Limits(memory=100), monkeypatch)
        assert (kept.why, kept.alert) == ("", alert)


def test_kernels_are_looked_at_when_it_is_time_and_not_with_every_question(sleeper, monkeypatch):
    looks = []
    monkeypatch.setattr(zygote, "processes", lambda: looks.append(1) or {})
    watch, child = zygote.Watch(), kernel(sleeper)
    assert watch.look([]) is None
    assert 0 < watch.look([child]) <= zygote._WATCH_SECONDS
    for _ in range(5):
        watch.look([child])
    assert len(looks) == 1


def test_the_end_of_a_kernel_is_known_at_once(sleeper):
    child = kernel(sleeper)
    child.note_its_end()
    assert child.status is None
    sleeper.kill()
    while child.status is None:
        child.note_its_end()
    assert child.status == -9


# ------------------------------------------------------------------------------------------------------- requests
def test_of_a_kernel_that_is_not_there_it_is_said_and_a_fault_is_no_end():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        alone = zygote.Zygote(theirs, False, [], [])
        for request in ("state", "end", "signal"):
            assert alone._answer({"do": request, "slot": 3, "number": 2}) == {"running": False, "status": 0, "why": ""}
        assert alone._answer({"do": "waits", "slot": 3}) == {}
        found = alone._answer({"do": "start", "slot": 0, "folder": "/x", "limits": {"wings": 2}, "withheld": []})
        assert found["error"].startswith("TypeError")


def test_a_grader_with_thousands_of_open_files_is_answered():
    """Found when every call to a kernel was made to fail, one after the other: select ends at file number 1 024."""
    ours, theirs = socket.socketpair()
    with theirs, ours, ours.makefile("rwb", buffering=0) as asked:
        channel = socket.socket(fileno=fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD, 1_500))
        serving = threading.Thread(target=zygote.Zygote(channel, False, [], []).serve)
        serving.start()
        assert json.loads(asked.readline()) == {"warm": True}
        asked.write(b'{"do": "poll", "slot": 0}\n')
        assert json.loads(asked.readline())["running"] is False
        ours.shutdown(socket.SHUT_RDWR)
        serving.join(10)
        assert not serving.is_alive()
        channel.close()
