"""Which Pythons are found, and what is said of those that are not, or that fail."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from tools import pythons

HERE = "{}.{}".format(*sys.version_info)


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """A folder of pyenv's with two patch versions of this Python, and one that is not what it says."""
    monkeypatch.setattr(pythons, "PYENV", tmp_path)
    monkeypatch.setattr(pythons.shutil, "which", lambda name: None)
    for name in (f"{HERE}.2", f"{HERE}.10", "3.99.1"):
        (tmp_path / name / "bin").mkdir(parents=True)
        script = tmp_path / name / "bin" / "python3"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        script.chmod(0o755)
    return tmp_path


def test_the_newest_of_a_version_is_taken_and_only_if_it_is_one(versions):
    assert pythons.find(HERE) == versions / f"{HERE}.10" / "bin" / "python3"
    assert pythons.find("3.99") is None
    assert pythons.find("3.7") is None
    assert pythons.find(sys.executable) is None  # a path is no version


@pytest.mark.parametrize(("code", "ends", "word"), [(0, 0, "passed"), (2, 1, "FAILED")])
def test_each_has_an_environment_of_its_own(versions, monkeypatch, capsys, code, ends, word):
    real, asked = subprocess.run, []

    def run(command, **options):
        if command[0] != "make":
            return real(command, **options)
        asked.append(command)
        return SimpleNamespace(returncode=code)

    monkeypatch.setattr(subprocess, "run", run)
    assert pythons.main([HERE, "3.7"]) == ends
    assert asked == [
        ["make", "test-quick", f"VENV=.venv-{HERE}", f"PYTHON={versions / f'{HERE}.10' / 'bin' / 'python3'}"]
    ]
    assert capsys.readouterr().out.splitlines()[-2:] == [f"Python {HERE}: {word}", "Python 3.7: not on this machine"]


def test_without_any_of_them_it_does_not_pass(versions):
    assert pythons.main(["3.7"]) == 2
