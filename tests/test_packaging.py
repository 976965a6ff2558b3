"""The files around the package say the same things, and the wheel carries what a learner needs."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_environment_yml_installs_what_pyproject_says():
    text = (ROOT / "environment.yml").read_text()
    assert re.findall(r"^name: (.+)$", text, re.M) == [PROJECT["name"]]
    dependencies = [line.strip(" -") for line in text.partition("dependencies:")[2].splitlines() if line.strip()]
    extras = re.fullmatch(r"-?e? ?\.\[(.+)\]", dependencies[-1].lstrip("-"))
    assert dependencies[:-1] == [f"python{PROJECT['requires-python']}", "pip", "pip:"]
    assert extras is not None
    assert set(extras[1].split(",")) <= set(PROJECT["optional-dependencies"])
    assert "test" in extras[1].split(",")


def test_every_dependency_is_justified():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    extras = [requirement for group in PROJECT["optional-dependencies"].values() for requirement in group]
    for requirement in [*PROJECT["dependencies"], *extras]:
        name = re.match(r"[A-Za-z0-9_-]+", requirement)[0]
        assert f"| `{name}` |" in text, f"CONTRIBUTING.md does not say why {name} is here"


def test_the_version_is_said_once():
    import rnncourse

    assert "version" not in PROJECT  # it stands in rnncourse/__init__.py
    assert rnncourse.__version__ == importlib.metadata.version("rnncourse")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_course_and_not_the_solutions(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for chapter in CHAPTERS:
        assert f"rnncourse/course/{chapter}/{chapter}.ipynb" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"rnncourse"}  # no solutions, tests or tools
    assert not [name for name in names if re.match(r"rnncourse/(solutions|tests|tools|edit)/", name)]
    assert wheel.stat().st_size < 20e6


def test_the_package_imports_nothing_that_only_the_tools_need():
    only_for_tests = {re.match(r"[A-Za-z0-9_-]+", line)[0] for line in PROJECT["optional-dependencies"]["test"]}
    only_for_tests -= {re.match(r"[A-Za-z0-9_-]+", line)[0] for line in PROJECT["optional-dependencies"]["cluster"]}
    for path in (ROOT / "rnncourse").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            assert not {name.split(".")[0] for name in names} & only_for_tests, path


def test_an_installed_wheel_starts_a_course_without_git(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "import sys; from rnncourse.cli.app import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "start", "mine"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for chapter in CHAPTERS:
        assert (tmp_path / "mine" / chapter / f"{chapter}.ipynb").is_file()
