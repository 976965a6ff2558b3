"""Calls that lead to memory that nobody counts, or to namespaces, are refused; what notebooks use is not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rnncourse.grading.sandbox import syscalls

TRIED = """
import ctypes, errno, json, mmap, multiprocessing.shared_memory, os, subprocess, tempfile, threading
from rnncourse.grading.sandbox import syscalls
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)  # no new privileges, without which nobody but root may filter
assert syscalls.refuse()

def call(name, *arguments):
    number = syscalls.library().seccomp_syscall_resolve_name(name.encode())
    ctypes.set_errno(0)
    found = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if found < 0 else "allowed"

def tried(what):
    try:
        what()
        return "allowed"
    except OSError as error:
        return errno.errorcode[error.errno]

names = ["shmget", "msgget", "semget", "unshare", "setns", "mount", "io_uring_setup", "bpf", "fsopen", "add_key"]
refused = {name: call(name, 0, 0, 0, 0, 0) for name in names}
refused["clone3"] = call("clone3", 0, 0)
refused["clone"] = call("clone", 0x10000000 | 17, 0, 0, 0, 0)
refused["memfd"] = tried(lambda: os.memfd_create("x"))
refused["anonymous"] = tried(lambda: mmap.mmap(-1, 4096))
refused["validated"] = call("mmap", 0, 4096, 3, 0x23, -1, 0)

def in_a_file():
    with tempfile.TemporaryFile() as file:
        file.truncate(4096)
        with mmap.mmap(file.fileno(), 4096) as shared:
            shared[0] = 1

def shared_by_name():
    block = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    block.close()
    block.unlink()

def threads():
    each = threading.Thread(target=list)
    each.start()
    each.join()

allowed = {
    "private": tried(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)),
    "file": tried(in_a_file), "named": tried(shared_by_name), "threads": tried(threads),
    "processes": tried(lambda: subprocess.run(["true"], check=True)),
    "fork": tried(lambda: os.waitpid(os.fork() or os._exit(0), 0)),
}
print(json.dumps([refused, allowed]))
"""


@pytest.mark.skipif(syscalls.library() is None, reason="libseccomp is not installed here")
def test_h3_memory_without_a_name_and_namespaces_are_refused_and_nothing_else():
    done = subprocess.run([sys.executable, "-c", TRIED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    refused, allowed = json.loads(done.stdout)
    assert refused.pop("clone3") == "ENOSYS"  # glibc then calls clone
    assert set(refused.values()) == {"EPERM"}, refused
    assert set(allowed.values()) == {"allowed"}, allowed


def test_without_the_library_nothing_is_refused_and_it_is_said(monkeypatch):
    monkeypatch.setattr(syscalls, "library", lambda: None)
    assert syscalls.refuse() is False
