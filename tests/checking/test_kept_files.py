"""Files that are kept between runs: whole or not there, one writer at a time, and never a hang."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from filelock import FileLock

from rnncourse.checking.kept_files import one_at_a_time, write_whole


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path):
    path = tmp_path / "kept.json"
    write_whole(path, b"first")
    path.chmod(0o640)
    write_whole(path, "zweite Fassung: ß".encode())
    assert path.read_text(encoding="utf-8") == "zweite Fassung: ß"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["kept.json"]


def test_a_new_file_is_for_its_owner_or_for_whom_the_system_lets(tmp_path):
    write_whole(tmp_path / "mine", b"")
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o600
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "ours", b"", mode=0o666)
    finally:
        os.umask(before)
    assert (tmp_path / "ours").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "kept.json"
    write_whole(path, b"first")

    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match=r"No space left on device: '.*kept\.json'$"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["kept.json"]


def test_one_holds_the_lock_and_the_next_is_told(tmp_path):
    lock = tmp_path / "lock"
    with one_at_a_time(lock, 0) as first:
        with one_at_a_time(lock, 0.05) as second:
            assert (first, second) == (True, False)
        with one_at_a_time(lock, 0) as third:  # the second has taken nothing away from the first
            assert not third
    with one_at_a_time(lock, 0) as after:
        assert after


def test_an_error_in_the_block_comes_out_and_frees_the_lock(tmp_path):
    with pytest.raises(ZeroDivisionError), one_at_a_time(tmp_path / "lock", 0):
        raise ZeroDivisionError
    with one_at_a_time(tmp_path / "lock", 0) as alone:
        assert alone


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError()])
def test_where_there_are_no_locks_work_goes_on(tmp_path, monkeypatch, error):
    def fail(self, *arguments, **options):
        raise error

    monkeypatch.setattr(FileLock, "acquire", fail)
    with one_at_a_time(tmp_path / "lock", 1) as alone:
        assert alone


def test_a_process_that_is_killed_gives_the_lock_back(tmp_path):
    code = f"""
        import sys, time
        from pathlib import Path
        from rnncourse.checking.kept_files import one_at_a_time
        with one_at_a_time(Path({str(tmp_path / "lock")!r}), 0):
            print("held", flush=True)
            time.sleep(600)
    """
    holder = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with one_at_a_time(tmp_path / "lock", 0) as alone:
        assert not alone
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with one_at_a_time(tmp_path / "lock", 0) as alone:
        assert alone


def test_who_may_not_write_is_told_so_by_the_file_and_not_by_the_lock(tmp_path):
    (tmp_path / "a file").write_text("")
    with one_at_a_time(tmp_path / "a file" / "lock", 0) as alone:
        assert alone
    with pytest.raises(NotADirectoryError):
        write_whole(tmp_path / "a file" / "kept", b"")
