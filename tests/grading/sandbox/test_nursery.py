"""The grader's handle on the zygote: what it says of one that does not start, refuses, falls silent or ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rnncourse.grading.sandbox import nursery
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.walls import SandboxError

#: Speaks as a zygote does, and says the next of its answers to every request.
SPEAKS = """
import socket, sys
channel = socket.socket(fileno=int(sys.argv[1])).makefile("rwb", buffering=0)
channel.write(b'{"warm": true}\\n')
for answer in sys.argv[2:]:
    if not channel.readline():
        break
    channel.write(answer.encode() + b"\\n")
"""


@pytest.fixture
def made(monkeypatch):
    """Nurseries whose zygote is a program of the test's."""
    opened = []

    def make(program: str, *arguments: str) -> Nursery:
        def command(self, channel):
            return [sys.executable, "-c", program, str(channel), *arguments]

        monkeypatch.setattr(Nursery, "_command", command)
        opened.append(Nursery(sandboxed=False))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_a_zygote_that_does_not_start_is_quoted(made):
    with pytest.raises(SandboxError, match="does not start: no luck"):
        made("raise SystemExit('so it went\\nno luck')").wait()
    with pytest.raises(SandboxError, match="it said nothing"):
        made("").wait()


def test_one_that_cannot_begin_leaves_nothing_open(monkeypatch):
    def no_command(nursery, channel):
        raise OSError("no more processes")

    monkeypatch.setattr(Nursery, "_command", no_command)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="no more processes") as caught:
        Nursery()
    assert os.listdir("/proc/self/fd") == before, caught.value  # the error holds the frame: nothing is collected yet


def test_requests_and_answers(made):
    asked = made(SPEAKS, '{"kernel": 4711}', '{"running": true}')
    asked.make_place(0, 10)
    assert asked.start(0, Limits(), ["rnncourse.cells:rnn_step"]) == 4711
    assert asked.ask(do="state", slot=0) == {"running": True}


def test_a_refusal_is_an_error_and_so_is_an_end(made):
    asked = made(SPEAKS, '{"error": "PermissionError: unshare"}')
    asked.make_place(0, 10)
    with pytest.raises(SandboxError, match="could not be made: PermissionError: unshare"):
        asked.start(0, Limits(), [])
    with pytest.raises(SandboxError):
        asked.ask(do="state", slot=0)


def test_h1_each_kernel_gets_a_new_place_and_the_one_before_is_gone(made):
    asked = made(SPEAKS, *['{"running": false}'] * 3)
    first = asked.make_place(0, 10)
    beside = asked.make_place(1, 10)
    (first / "left" / "home" / "work" / "of the last").write_text("x")
    second = asked.make_place(0, 10)
    assert second != first
    assert not first.exists()
    assert not list((second / "left" / "home" / "work").iterdir())
    assert beside.is_dir()
    asked.leave_place(0)
    asked.leave_place(0)
    assert not second.exists()


SENDS_A_FOLDER = """
import json, os, socket, sys
channel = socket.socket(fileno=int(sys.argv[1]))
channel.sendall(b'{"warm": true}\\n')
channel.recv(1000)
socket.send_fds(channel, [json.dumps({"place": "/run/kernels/k0-1"}).encode() + b"\\n"], [os.open("/usr", os.O_RDONLY)])
channel.recv(1000)
channel.sendall(b'{"running": false}\\n')
"""


def test_the_place_of_a_sandboxed_kernel_is_an_open_folder_and_nothing_is_made_on_disk(monkeypatch, tmp_path):
    def command(self, channel):
        return [sys.executable, "-c", SENDS_A_FOLDER, str(channel)]

    monkeypatch.setattr(Nursery, "_command", command)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    with Nursery() as asked:
        place = asked.make_place(0, 10)
        assert (place / "bin").is_dir()
        asked.leave_place(0)
        assert not place.exists()
        assert list(tmp_path.iterdir()) == []


def test_silence_is_not_waited_for_without_end(made, monkeypatch):
    monkeypatch.setattr(nursery, "_WARM_SECONDS", 0.2)
    with pytest.raises(SandboxError, match="does not answer"):
        made("import time; time.sleep(600)").wait()


def test_without_a_sandbox_its_folder_has_a_short_path_and_goes_with_it(made, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/a/folder/" + "of/long/name/" * 5)
    asked = made(SPEAKS)
    folder = asked.make_place(0, 10).parent
    assert folder.parent == Path("/tmp")
    with asked:
        pass
    assert not folder.exists()


def test_leftovers_of_killed_graders_are_removed_and_nothing_else(tmp_path, monkeypatch, made):
    monkeypatch.setattr(nursery, "_short_folder", lambda: str(tmp_path))
    living = made("import sys, socket; socket.socket(fileno=int(sys.argv[1])).recv(1)")
    dead, theirs = tmp_path / f"{nursery.FOLDER_PREFIX}dead", tmp_path / "another"
    for folder in (dead, theirs):
        (folder / "k0" / "in").mkdir(parents=True)
        (folder / "zygote.log").write_text("…")
    link = tmp_path / f"{nursery.FOLDER_PREFIX}link"
    link.symlink_to(theirs)
    nursery.remove_leftovers()
    assert {path.name for path in tmp_path.iterdir()} == {living._folder.name, "another", link.name}
    assert (theirs / "zygote.log").exists()
    monkeypatch.setattr(nursery.os, "geteuid", lambda: 12345)  # what is another user's stays
    dead.mkdir()
    nursery.remove_leftovers()
    assert dead.exists()


def test_a_folder_that_a_cleaner_came_upon_is_given_up_for_another(tmp_path, monkeypatch):
    import fcntl

    monkeypatch.setattr(nursery, "_short_folder", lambda: str(tmp_path))
    make, held = nursery.tempfile.mkdtemp, []

    def caught(**options):
        folder = make(**options)
        if not held:
            held.append((folder, os.open(folder, os.O_RDONLY)))
            fcntl.flock(held[0][1], fcntl.LOCK_EX)
        return folder

    monkeypatch.setattr(nursery.tempfile, "mkdtemp", caught)
    folder, alive = nursery._folder_of_its_own()
    os.close(held[0][1])
    assert str(folder) != held[0][0]
    assert folder.is_dir()
    os.close(alive)
