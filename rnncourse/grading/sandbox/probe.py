"""Looks around in the sandbox, and prints as JSON what it keeps out; run by ``sandbox.probe``."""

from __future__ import annotations

import json
import mmap
import os
import socket
import sys
from pathlib import Path

from rnncourse.grading.sandbox import confine, place
from rnncourse.grading.sandbox.confine import HOME, KERNEL_FOLDER, PLACES, Limits
from rnncourse.grading.sandbox.walls import NOT_COUNTED, PYTHON, PYTHON_THERE


def main() -> None:
    """Be shut in as a kernel is, and say what is so."""
    hidden, kept = map(json.loads, sys.argv[1:])
    confine.own_mounts()
    folder = PLACES / "probe"
    place.make(folder, Limits().file_megabytes)
    reader, writer = os.pipe()
    confine.enter_namespaces()
    if os.fork() == 0:
        os.close(reader)
        os.dup2(writer, 1)
        confine.furnish(str(folder), 0, hidden, kept)
        confine.set_limits(Limits())
        confine.drop_privileges(0)
        os.write(1, json.dumps(look_around(hidden, kept)).encode())
        os._exit(0)
    os.close(writer)
    os.wait()
    sys.stdout.write(os.read(reader, 65536).decode())


def look_around(hidden: list[str], kept: list[str]) -> dict[str, bool]:
    """What a learner's code would find.

    Args:
        hidden, kept: as for ``furnish``.
    """
    status = Path("/proc/self/status").read_text()
    return {
        "namespaces of its own for processes": os.getpid() == 1,
        "no network": not _reaches_network(),
        "a home and a /tmp of its own, nobody else's": os.listdir(HOME.parent) == [HOME.name],
        "a read-only system": not any(os.access(path, os.W_OK) for path in ("/", "/usr", "/run", KERNEL_FOLDER / "in")),
        "no privileges, and no way to any": "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status,
        NOT_COUNTED: not _may_share_without_a_name() and not _may_make_namespaces(),
        "no sources of the exercises": not any(Path(place, "exercises").exists() for place in hidden),
        PYTHON_THERE: os.access(PYTHON, os.R_OK | os.X_OK) and all(os.access(place, os.R_OK) for place in kept),
    }


def _may_share_without_a_name() -> bool:
    try:
        mmap.mmap(-1, mmap.PAGESIZE).close()
    except OSError:
        return False
    return True


def _may_make_namespaces() -> bool:
    try:
        confine.unshare(0)
    except OSError:
        return False
    return True


def _reaches_network() -> bool:
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1).close()
    except ConnectionRefusedError:
        return True  # somebody was there to refuse
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
