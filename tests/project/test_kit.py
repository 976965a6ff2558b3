"""What a public project has around its code: it fits its schemas, and names what is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tools import address, constraints, releasing
from tools.authoring import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-issue-forms": [path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"],
    "github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
    "dependabot": [GITHUB / "dependabot.yml"],
    "citation-file-format": [ROOT / "CITATION.cff"],
}


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def commands(workflow):
    return [step["run"] for job in read(workflow)["jobs"].values() for step in job["steps"] if "run" in step]


def checked(schema, *paths):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_fit_their_schemas(schema):
    assert SCHEMAS[schema]
    done = checked(schema, *SCHEMAS[schema])
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_workflow_that_is_none_is_refused(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert checked("github-workflows", broken).returncode == 1


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_the_targets_that_one_runs_by_hand(workflow):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in filter(None, "\n".join(commands(workflow)).splitlines()):
        called = re.match(r"make (\S+)", command)
        if called:
            assert called[1] in targets, f"{workflow.name} makes {called[1]}, which the Makefile does not"
        else:
            assert command.startswith(("sudo apt-get ", "sudo sysctl ")), f"{workflow.name}: only make does the work"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_write_only_where_they_publish(workflow):
    told = read(workflow)
    assert told["permissions"] == {"contents": "read"}
    for name, job in told["jobs"].items():
        assert set(job.get("permissions", {})) <= {"pages", "id-token"}
        assert bool(job.get("permissions")) == (name in ("deploy", "publish"))
        if name not in ("deploy", "publish"):
            assert job["timeout-minutes"], name


def test_every_python_that_is_promised_is_tested_and_has_its_versions():
    tested = read(GITHUB / "workflows" / "tests.yml")["jobs"]["everything"]["strategy"]["matrix"]["python"]
    assert tested == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert sorted(path.name for path in (ROOT / "constraints").glob("*.txt")) == [f"python-{x}.txt" for x in PYTHONS]


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_pinned_inside_its_range(python):
    wanted = [
        *PROJECT["dependencies"],
        *(each for extra in PROJECT["optional-dependencies"].values() for each in extra),
    ]
    pins = constraints.pins_of(ROOT / "constraints" / f"python-{python}.txt")
    assert constraints.unpinned(wanted, pins) == []
    assert len(pins) > 100  # and what these need in their turn


def test_files_that_name_a_constraints_file_name_one_that_is_there():
    places = [*WORKFLOWS, ROOT / "Dockerfile", ROOT / ".binder" / "requirements.txt"]
    places.append(ROOT / ".devcontainer" / "devcontainer.json")
    for path in places:
        for named in re.findall(r"constraints/python-[\d.]+\.txt", path.read_text()):
            assert (ROOT / named).is_file(), f"{path.name} names {named}"


def test_one_version_everywhere():
    assert releasing.disagreements() == []


def test_the_address_of_the_repository_is_said_in_one_form():
    here = address.address()
    assert all(url.startswith(here) for url in PROJECT["urls"].values())
    for path in address.files_that_name_it():
        for named in re.findall(r"https://github\.com/[\w.-]+/rnncourse\b", path.read_text(encoding="utf-8")):
            assert named in (here, address.PLACEHOLDER), f"{path}: {named}"


def test_the_image_copies_what_is_there_and_what_is_not_ignored():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in kept, f".dockerignore leaves {source} out"


def test_the_other_settings_can_be_read():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert "rnncourse start" in container["postCreateCommand"]
    constraint, course = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    assert (ROOT / ".binder" / constraint.removeprefix("--constraint ")).is_file()  # pip reads it from its folder
    assert course == "."  # and this from where pip runs
    assert (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-") in PYTHONS
    hooks = read(ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook)
        for named in re.findall(r"tests/[\w./]+", hook["entry"]):
            assert (ROOT / named).exists()
