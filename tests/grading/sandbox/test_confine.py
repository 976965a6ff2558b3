"""What a kernel does to itself before a learner's code runs: limits that hold, privileges that are gone for good.

Each is tried out in a process of its own, which is spoilt by it.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from rnncourse.grading.sandbox.confine import Limits


def tried(code: str) -> str:
    """What a program prints, or how it ends."""
    head = "import os, resource, signal\nfrom rnncourse.grading.sandbox import confine\n"
    head += "from rnncourse.grading.sandbox.confine import Limits\n"
    done = subprocess.run([sys.executable, "-c", head + textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_file_larger_than_the_limit_is_not_written():
    code = """
        import tempfile
        confine.set_limits(Limits(file_megabytes=1, processes=4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with tempfile.NamedTemporaryFile(buffering=0) as file:
            try:
                for _ in range(3):
                    file.write(b"1" * 700_000)
            except OSError as error:
                print(error.strerror, os.fstat(file.fileno()).st_size)
    """
    assert tried(code) == f"File too large {1024**2}" or tried(code).startswith("File too large")


def test_memory_beyond_the_limit_is_a_memory_error():
    code = """
        confine.set_limits(Limits(memory=50, processes=4096))
        held = bytearray(20 * 1024**2)
        try:
            bytearray(100 * 1024**2)
        except MemoryError:
            print("no more")
    """
    assert tried(code) == "no more"


def test_limits_cannot_be_lifted_again_and_never_lift_what_was_set_before():
    code = """
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        confine.set_limits(Limits(processes=4096))
        print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))
        print(resource.getrlimit(resource.RLIMIT_NPROC)[0] <= 4096)
    """
    assert tried(code) == "(100, 100) (0, 0)\nTrue"


def test_privileges_are_gone_and_do_not_come_back():
    code = """
        confine.drop_privileges(7)
        told = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
        print(int(told["CapEff"], 16), int(told["CapPrm"], 16), told["NoNewPrivs"])
        try:
            os.setuid(0)
            print(os.geteuid() == 0 and os.access("/proc/1/environ", os.R_OK))
        except PermissionError:
            print("nobody")
    """
    *_, last = (lines := tried(code).splitlines())
    assert lines[0] == "0 0 1"
    assert last in {"nobody", "False"}


@pytest.mark.parametrize("name", ["cell_seconds", "seconds", "memory", "processes", "file_megabytes", "output_bytes"])
def test_by_default_there_is_a_limit_to_everything(name):
    assert 0 < getattr(Limits(), name) < 10**8
