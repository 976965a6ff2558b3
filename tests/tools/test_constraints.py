"""Versions that were tested, for each Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tools import constraints


def told(command):
    """pip's report, as it writes it."""
    report = Path(command[command.index("--report") + 1])
    packages = [("Lazy_Loader", "0.4"), ("rnncourse", "1.0"), ("numpy", "2.4.6")]
    install = [{"metadata": {"name": name, "version": version}} for name, version in packages]
    report.write_text(json.dumps({"environment": {"python_version": "3.12"}, "install": install}))


def test_a_file_for_an_interpreter_is_what_pip_would_install(tmp_path, monkeypatch):
    asked = []

    def run(command, check):
        asked.append((command, Path(command[command.index("--constraint") + 1]).read_text()))
        told(command)

    monkeypatch.setattr(constraints.subprocess, "run", run)
    monkeypatch.setattr(constraints, "find", {"3.12": Path("/there/python")}.get)
    assert constraints.main(["3.12"], tmp_path) == 0
    (command, wanted) = asked[0]
    assert command[0] == str(Path("/there/python"))
    assert "--dry-run" in command
    assert f"pytest=={constraints.installed()['pytest']}\n" in wanted  # the versions of this environment, if they fit
    pins = constraints.pins_of(tmp_path / "constraints" / "python-3.12.txt")
    assert pins == {"lazy-loader": "0.4", "numpy": "2.4.6"}


def test_what_came_with_this_python_is_no_wish_for_another():
    """setuptools 65, which Python 3.11 brings along, cannot be imported by 3.12, nor can nbgrader, which needs it."""
    assert not {"pip", "setuptools"} & set(constraints.installed())
    for python in ("3.12", "3.13"):
        pins = constraints.pins_of(constraints.ROOT / "constraints" / f"python-{python}.txt")
        assert int(pins["setuptools"].partition(".")[0]) >= 66


def test_by_default_the_interpreter_is_this_one(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(constraints.subprocess, "run", lambda command, check: (asked.append(command[0]), told(command)))
    constraints.main([], tmp_path)
    assert asked == [sys.executable]


@pytest.mark.parametrize(
    ("pins", "missing"),
    [
        ({"numpy": "2.4.6", "keras": "3.15.1"}, []),
        ({"numpy": "2.4.6"}, ["keras<3.16,>=3.15"]),
        ({"numpy": "2.4.6", "keras": "3.16.0"}, ["keras<3.16,>=3.15"]),
        ({"keras": "3.15.0"}, ["numpy>=1.26"]),
    ],
)
def test_a_requirement_without_a_pin_in_its_range_is_named(pins, missing):
    assert constraints.unpinned(["numpy>=1.26", "keras>=3.15,<3.16"], pins) == missing


def test_a_requirement_may_have_no_range():
    assert constraints.unpinned(["types-psutil"], {"types-psutil": "7"}) == []
    assert constraints.unpinned(["types-psutil"], {}) == ["types-psutil"]
