"""What the probe finds in the sandbox, and that it notices where there is none."""

from __future__ import annotations

import json
import sys

import pytest

from rnncourse.grading.sandbox import walls
from rnncourse.grading.sandbox.probe import look_around
from rnncourse.grading.sandbox.walls import SandboxError

from sandboxed import needs_sandbox

FOUND = json.dumps({"no network": False, "a read-only system": True})


@needs_sandbox
def test_in_the_sandbox_everything_holds():
    held = walls.probe()
    assert len(held) == 8
    assert "no network" in held
    assert "no sources of the exercises" in held
    assert walls.NOT_COUNTED in held


def test_outside_it_little_does():
    found = look_around()
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
