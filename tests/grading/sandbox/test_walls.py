"""The outer sandbox: what is shown in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rnncourse.grading.sandbox import walls
from rnncourse.grading.sandbox.walls import (
    NOT_COUNTED,
    PYTHON,
    PYTHON_THERE,
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
def test_a_program_in_there_sees_nothing_of_the_graders_no_network_and_no_environment():
    program = f"""
import json, os, socket
print(json.dumps([
    os.listdir("/run/kernels"), os.path.exists({str(ROOT / "pyproject.toml")!r}), sorted(os.environ),
    [name for _, name in socket.if_nameindex()], os.listdir("/tmp"),
]))
"""
    said = subprocess.run(command([PYTHON, "-c", program]), capture_output=True, text=True, check=True)
    places, project, variables, network, temporary = json.loads(said.stdout)
    assert (places, project, network) == ([], False, ["lo"])
    assert set(temporary) <= {Path(PYTHON).parts[2]}  # an environment below /tmp is shown there, and nothing else
    assert set(variables) - {"PWD", "LC_CTYPE"} == set(environment())


def test_sources_are_hidden_and_data_sets_are_not():
    assert [Path(place).name for place in hidden_folders()] == ["rnncourse"]
    assert all(not place.endswith(".py") for place in kept_places())
    assert any("mnist" in place for place in kept_places())


# ------------------------------------------------------------------------------------------------ what does not work
@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        ("bwrap: No permissions to create new namespace", {}, "Does this system allow user namespaces?"),
        (
            "bwrap: setting up uid map: Permission denied",
            {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
            "This system forbids namespaces: /proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1.",
        ),
        (
            "bwrap: Creating new namespace failed",
            {"/proc/sys/user/max_user_namespaces": "0"},
            "This system forbids namespaces: /proc/sys/user/max_user_namespaces is 0.",
        ),
        ("OSError: [Errno 30] Read-only file system: '/tmp/venv/mnist-LICENSE.txt'", {}, ""),
        ("ModuleNotFoundError: No module named 'zmq'", {}, ""),
        (PYTHON_THERE, {}, "Users other than you cannot read"),
    ],
)
def test_the_cause_is_named_and_namespaces_are_blamed_for_what_is_theirs(monkeypatch, words, settings, said):
    monkeypatch.setattr(walls, "_setting", lambda place: settings.get(place, ""))
    found = walls._why(words)
    assert found.strip().startswith(said)
    assert bool(found) == bool(said)


def test_a_missing_filter_has_its_remedy(monkeypatch):
    monkeypatch.setattr(walls.syscalls, "library", lambda: None)
    assert "apt-get install libseccomp2" in walls._why(NOT_COUNTED)
    monkeypatch.setattr(walls.syscalls, "library", object)
    assert "filters no system calls" in walls._why(NOT_COUNTED)
