"""The outer sandbox: what is shown in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rnncourse.grading.sandbox.walls import (
    PYTHON,
    SandboxError,
    command,
    environment,
    find_bubblewrap,
    hidden_folders,
    kept_places,
    python_folders,
)
from tools.authoring import ROOT

from sandboxed import needs_sandbox


def test_no_folder_is_shown_only_because_it_is_on_the_path(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(tmp_path))
    assert tmp_path not in python_folders()
    assert all(folder.name != "solutions" for folder in python_folders())


def test_without_bubblewrap_or_linux_it_is_said_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match=r"bubblewrap is not installed.*--no-sandbox"):
        find_bubblewrap()
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(SandboxError, match="only Linux has, and this is darwin"):
        find_bubblewrap()


def test_nothing_of_the_graders_environment_comes_along(monkeypatch):
    monkeypatch.setenv("A_SECRET_OF_THE_GRADER", "secret")
    assert "secret" not in environment().values()
    assert environment()["NBGRADER_EXECUTION"] == "autograde"


@needs_sandbox
def test_a_program_in_there_sees_one_folder_of_the_graders_no_network_and_no_environment(tmp_path):
    (tmp_path / "seen").write_text("")
    program = f"""
import json, os, socket
print(json.dumps([
    os.listdir("/run/kernels"), os.path.exists({str(ROOT / "pyproject.toml")!r}), sorted(os.environ),
    [name for _, name in socket.if_nameindex()],
]))
"""
    said = subprocess.run(command([PYTHON, "-c", program], tmp_path), capture_output=True, text=True, check=True)
    shared, project, variables, network = json.loads(said.stdout)
    assert (shared, project, network) == (["seen"], False, ["lo"])
    assert set(variables) - {"PWD", "LC_CTYPE"} == set(environment())


def test_sources_are_hidden_and_data_sets_are_not():
    assert [Path(place).name for place in hidden_folders()] == ["rnncourse"]
    assert all(not place.endswith(".py") for place in kept_places())
    assert any("mnist" in place for place in kept_places())
