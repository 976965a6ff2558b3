"""The files around the package say the same things, and the wheel carries what a learner needs."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_environment_yml_installs_what_pyproject_says_for_learners():
    text = (ROOT / "environment.yml").read_text()
    assert re.findall(r"^name: (.+)$", text, re.M) == [PROJECT["name"]]
    dependencies = [line.strip(" -") for line in text.partition("dependencies:")[2].splitlines() if line.strip()]
    assert dependencies == [f"python{PROJECT['requires-python']}", "pip", "pip:", "e ."]


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
    assert {"rnncourse/course/start_here.ipynb", "rnncourse/cli/jupyter/labconfig/page_config.json"} <= set(names)
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


# ---------------------------------------------------------------------------------------------- what the README shows
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: What a block of commands needs that this machine lacks; what can be looked at without it is looked at elsewhere.
NOT_HERE = {"conda": "environment.yml is compared with pyproject.toml", "docker": "it is built where there is Docker"}
#: Commands of others take the place of what would fetch gigabytes: git clones from here, make says what it would do,
#: pip unpacks the wheel that is installed. What serves, waits, or asks for a class has tests of its own, and so has
#: that there are such commands (tests/cli/test_app.py).
SHIMS = """
set -e
git() { command git clone -q "$PROJECT" rnncourse; }
make() { command make -n "$@"; }
py() { shift; command "$PYTHON" "$@" --without-pip; }
python3() { command "$PYTHON" "$@" --without-pip; }
source() { test -f "$1"; }
pip() { test "$1" = install && command "$PYTHON" -m zipfile -e "$WHEEL" "$SITE"; export PYTHONPATH="$SITE"; }
rnncourse() {
    case "$1" in
        start|progress|update) "$PYTHON" -c "import sys; from rnncourse.cli.app import main; main()" "$@";;
        *) :;;
    esac
}
nbgrader() { :; }
"""


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def session(commands, wheel, folder):
    """Run commands one after the other, as somebody types them; the first that fails ends it."""
    environment = {"PROJECT": str(ROOT), "PYTHON": sys.executable, "WHEEL": str(wheel), "SITE": str(folder / "site")}
    done = subprocess.run(
        ["bash", "--norc", "-c", SHIMS + commands], cwd=folder, env={**os.environ, **environment},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None or shutil.which("git") is None, reason="there is no bash, or no git")
@pytest.mark.parametrize("commands", blocks("console"), ids=lambda block: block.split("\n")[0])
def test_the_commands_of_the_readme_run_one_after_the_other(commands, wheel, tmp_path):
    elsewhere = {name for name in NOT_HERE if re.search(rf"^{name} ", commands, re.M)}
    if elsewhere:
        commands = "".join(line for line in commands.splitlines(True) if line.split()[0] not in elsewhere)
    if "rnncourse update my-course" in commands:
        commands = "rnncourse start my-course\n" + commands
    elif "rnncourse progress" in commands:
        commands = "rnncourse start here && cd here\n" + commands
    said = session(commands, wheel, tmp_path)
    if "make lab" in commands:
        assert "tools/install.py .venv" in said
        assert ".[test]" not in said
    if "start my-course" in commands:
        assert f"{len(CHAPTERS)} chapters" in said


def test_windows_is_told_the_same_as_linux_in_its_own_words():
    [windows] = blocks("powershell")
    [linux] = [block for block in blocks("console") if block.startswith("python3 -m venv")]
    same = windows.replace("py -m", "python3 -m").replace(r"rnn\Scripts\Activate.ps1", "source rnn/bin/activate")
    assert same == linux


def test_every_block_of_the_readme_is_of_a_kind_that_is_tried():
    kinds = re.findall(r"^```(\w*)$", README, re.M)
    assert set(kinds) <= {"console", "powershell", "python", "text", ""}
    assert len(kinds) == 2 * (kinds.count(""))


def test_the_wrong_answer_of_the_readme_gets_the_verdict_that_it_shows(capsys):
    import numpy as np

    from rnncourse import check

    first, verdict = blocks("python")[0], blocks("text")[0]
    space = {"np": np, "check": check}
    exec(compile(first, "<README>", "exec"), space)
    assert capsys.readouterr().out.startswith(verdict)


def test_the_sizes_of_the_readme_are_those_that_the_installation_says():
    from tools.install import DOWNLOAD, ON_DISK

    words = " ".join(README.split())
    assert f"{DOWNLOAD} GB to fetch and {ON_DISK} GB on the disk" in words


def test_the_picture_of_the_readme_is_drawn_by_our_code_and_described():
    from tools.pictures import THEMES, reader

    shown = re.search(r"<picture>.*?</picture>", README, re.S)[0]
    assert re.findall(r'(?:srcset|src)="([^"]+)"', shown) == [f"pictures/reader-{theme}.png" for theme in THEMES[::-1]]
    assert all((ROOT / f"pictures/reader-{theme}.png").is_file() for theme in THEMES)
    assert " ".join(re.search(r'alt="([^"]+)"', shown)[1].split()) == reader()[1]
