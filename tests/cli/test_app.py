"""The command itself: its help in two panels, its version, completion by the Tab key, and how quick all that is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from nbgrader.apps import NbGraderApp

import rnncourse
from rnncourse.cli import exchange, instructor, learner
from rnncourse.cli.console import EXIT_CODES
from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT

from commands import run
from made_notebooks import tree

INSTRUCTORS = [*instructor.COMMANDS, *exchange.COMMANDS]


# ---------------------------------------------------------------------------------------------- help and version
def test_help_names_every_command_in_whole_sentences():
    done = run("--help")
    assert done.exit_code == 0
    for command in (
        "start",
        "lab",
        "check",
        "progress",
        "update",
        "doctor",
        "grade",
        "report",
        "collect",
        "export",
        "feedback",
    ):
        assert re.search(rf"^  {command} +[A-Z].*\.$", done.stdout, re.M), command
        assert run(command, "--help").exit_code == 0
    assert "..." not in done.stdout.replace("[ARGS]...", "")
    assert EXIT_CODES in done.stdout


@pytest.mark.parametrize("name", ["README.md", "GRADING.md", "CONTRIBUTING.md", "benchmarks/README.md"])
def test_commands_and_options_that_the_guides_name_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("    ")] + re.findall(r"`([^`\n]+)`", text)
    shown: dict[str, str] = {}
    for line in lines:
        for command, rest in re.findall(r"\brnncourse ([a-z]+)\b([^#;|&`]*)", line):
            if command not in shown:
                shown[command] = run(command, "--help").stdout
                assert shown[command].startswith("Usage: rnncourse "), f"{name}: {line.strip()}"
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
                assert option in shown[command], f"{name}: {line.strip()}"
        for command in re.findall(r"(?<!\S)nbgrader ([a-z_]+)\b", line):
            assert command in NbGraderApp.subcommands, f"{name}: {line.strip()}"


def test_help_lists_the_commands_of_learners_and_of_instructors_apart():
    listed = {}
    for panel in ("For learners", "For instructors"):
        section = re.search(rf"^{panel}:\n((?:  \S.*\n)+)", run("--help").stdout, re.M)
        listed[panel] = re.findall(r"^  (\S+)", section[1], re.M)
    assert listed == {"For learners": list(learner.COMMANDS), "For instructors": INSTRUCTORS}
    names = "|".join([*learner.COMMANDS, *INSTRUCTORS])
    assert len({len(start) for start in re.findall(rf"^  (?:{names}) +", run("--help").stdout, re.M)}) == 1
    assert not re.search(r"^Commands:", run("--help").stdout, re.M)


def test_version():
    assert run("--version").stdout == f"rnncourse {rnncourse.__version__}\n"


@pytest.mark.parametrize("arguments", [["chek"], ["check", "--foo"], ["lab", "--port", "99999"], ["start"]])
def test_a_misspelt_command_is_a_usage_error_without_a_traceback(home, arguments):
    before = tree(home)
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.output
    assert tree(home) == before


# ---------------------------------------------------------------------------------------------- the Tab key
def completed(*words):
    """What bash is offered for the last of the words, asked as bash asks."""
    asked = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1), "_RNNCOURSE_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "rnncourse"], env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_commands_and_options_are_completed():
    assert completed("rnncourse", "") == [*learner.COMMANDS, *INSTRUCTORS]
    assert completed("rnncourse", "ch") == ["check"]
    assert "--folder" in completed("rnncourse", "check", "--")
    assert completed("rnncourse", "export", "3", "--format", "m") == ["moodle"]


@pytest.mark.parametrize("words", [["check"], ["check", "1"], ["grade"], ["export"], ["report"], ["collect", "a.zip"]])
def test_chapters_are_completed(words):
    assert completed("rnncourse", *words, "") == list(CHAPTERS)


def test_what_was_typed_narrows_the_chapters_and_a_file_is_left_to_the_shell():
    assert completed("rnncourse", "grade", "1") == [name for name in CHAPTERS if name[0] == "1"]
    assert completed("rnncourse", "check", "stranger.ip") == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_with_the_script_it_is_shown(tmp_path):
    script = tmp_path / "rnncourse"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m rnncourse "$@"\n')
    script.chmod(0o755)
    session = """
eval "$(rnncourse --show-completion)"
COMP_WORDS=(rnncourse grade 04) COMP_CWORD=2
$(complete -p rnncourse | sed 's/.*-F \\([^ ]*\\).*/\\1/') rnncourse
echo "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", session], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("04_static_unrolling\n", "")


def test_completion_is_installed_where_bash_reads_it(tmp_path):
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{sys.executable} -m rnncourse --install-completion; exit $?"],
        env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "rnncourse" in (tmp_path / ".bashrc").read_text()


# ---------------------------------------------------------------------------------------------- what it imports
@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--help"], {}),
        ([], {"_RNNCOURSE_COMPLETE": "complete_bash", "COMP_WORDS": "rnncourse check ", "COMP_CWORD": "2"}),
    ],
    ids=["help", "completion"],
)
def test_help_and_completion_import_neither_tensorflow_nor_jupyter(arguments, environment):
    code = f"""
import sys
sys.argv = ["rnncourse", *{arguments!r}]
from rnncourse.cli.app import main
try:
    main()
except SystemExit:
    pass
heavy = ("tensorflow", "keras", "matplotlib", "jupyterlab", "jupyter_client", "nbgrader", "nbformat", "zmq")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    *said, heavy = done.stdout.splitlines()
    assert len(said) > 10
    assert heavy == "[]"


def test_a_learners_commands_need_no_tool_of_the_maintainers(tmp_path, release):
    """``nbclient`` and ``nbconvert`` come with nbgrader only: a learner's check must not break where they do."""
    code = """
import sys
for tool in ("nbclient", "nbconvert", "jupytext", "tools"):
    sys.modules[tool] = None  # importing it raises
from rnncourse.cli.app import main
main()
"""
    for arguments in (["start", "mine"], ["check", "2", "--folder", "mine"], ["progress", "--folder", "mine"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
