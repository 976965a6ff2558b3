"""``needs_sandbox`` marks tests that run submissions: where there is no sandbox, they say so and are skipped.

``as_nobody`` makes a command one that a user runs who is not root.
"""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from rnncourse.grading.sandbox.walls import SandboxError, probe


@functools.cache
def _missing() -> str:
    try:
        probe()
    except SandboxError as error:
        return str(error)
    return ""


needs_sandbox = pytest.mark.skipif(bool(_missing()), reason=f"no sandbox here: {_missing()}")


def as_nobody(words: Sequence[str]) -> list[str]:
    """A command for a user without privileges: as it is, unless these tests are run by root.

    Where only root can read this Python, it is shown to that user in a mount namespace: the folder that is locked looks
    empty but for it.
    """
    if os.geteuid() != 0:
        return list(words)
    base = Path(sys.base_prefix).resolve()
    locked = next((p for p in reversed(base.parents) if p.stat().st_mode & 0o005 != 0o005), None)
    steps = ["set -e"]
    if locked is not None:
        steps += [
            f"mount --bind {base} /mnt", f"mount -t tmpfs -o mode=755 tmpfs {locked}", f"mkdir -p {base}",
            f"mount --bind /mnt {base}", "umount /mnt",
        ]  # fmt: skip
    steps.append(f"exec setpriv --reuid 65534 --regid 65534 --clear-groups {shlex.join(words)}")
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(steps)]
