"""What the probe finds in the sandbox, and that it notices where there is none."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rnncourse.grading.sandbox import walls
from rnncourse.grading.sandbox.probe import look_around
from rnncourse.grading.sandbox.walls import PYTHON, SandboxError

from sandboxed import as_nobody, needs_sandbox

FOUND = json.dumps({"no network": False, "a read-only system": True})


@needs_sandbox
def test_in_the_sandbox_everything_holds():
    held = walls.probe()
    assert len(held) == 8
    assert "no network" in held
    assert "no sources of the exercises" in held
    assert walls.NOT_COUNTED in held


def test_outside_it_little_does():
    found = look_around(walls.hidden_folders(), walls.kept_places())
    assert len(found) == 8
    assert not found["namespaces of its own for processes"]
    assert not found["no sources of the exercises"]
    assert not found[walls.NOT_COUNTED]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            f"print({json.dumps(json.dumps({'no network': False, 'a read-only system': True}))})",
            "not so here: no network",
        ),
        ("raise SystemExit('bwrap: no permission')", r"does not start \(bwrap: no permission\)"),
        ("", "it said nothing"),
    ],
)
def test_what_does_not_hold_is_named(monkeypatch, program, words):
    monkeypatch.setattr(walls, "command", lambda *arguments: [sys.executable, "-c", program])
    with pytest.raises(SandboxError, match=words):
        walls.probe()


BELOW_TMP = """
import site, sys
site.ENABLE_USER_SITE, site.getusersitepackages = True, lambda: sys.argv[1]
import rnncourse
assert rnncourse.__file__.startswith(sys.argv[1])
from rnncourse.grading.sandbox import walls
assert sys.argv[1] in walls.kept_places()
print(*walls.probe(), sep="\\n")
"""


@needs_sandbox
@pytest.mark.parametrize("whoever", [list, as_nobody])
def test_an_environment_below_tmp_is_seen_and_the_package_in_it_is_not(whoever):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(Path(walls.__file__).parents[2], Path(folder, "rnncourse"))
        program = whoever(["env", f"PYTHONPATH={folder}", PYTHON, "-c", BELOW_TMP, folder])
        done = subprocess.run(program, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    assert "no sources of the exercises" in done.stdout.splitlines()
