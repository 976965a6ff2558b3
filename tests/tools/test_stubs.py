"""Stubs of chapters and exercises: all that is needed is there, nothing passes as done, two files are filled in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT
from tools.derived import OPEN, ChapterError
from tools.stubs import _function, _with_cells, new_chapter, new_exercise

from small_project import uncounted

CHAPTER = "03_manual_rnn"
DEFINITION = """def _leaky_step_case(rng: np.random.Generator) -> Case:
    return {**_step_case(rng), "leak": float(rng.uniform(0.2, 0.4))}


leaky_step = Exercise(
    name="leaky_step",
    kind=Kind.NEW_CASE,
    reference=cells.leaky_step,
    cases=_leaky_step_case,
    mistakes=(
        Mistake(
            "shares swapped",
            changed(cells.leaky_step, ("(1 - leak) * state + leak * fresh", "leak * state + (1 - leak) * fresh")),
            "The two shares are swapped: leak is the share of what is new.",
        ),
        Mistake(
            "old state kept whole",
            changed(cells.leaky_step, ("(1 - leak) * state", "state")),
            "The old state is kept whole; its share is one minus the leak.",
        ),
    ),
    alternatives=(
        changed(cells.leaky_step, ("(1 - leak) * state + leak * fresh", "state + leak * (fresh - state)")),
        lambda x, h, w_x, w_h, b, leak: leak * np.tanh(h @ w_h + x @ w_x + b) + h - leak * h,
    ),
    hints=("A mixture of old and new.", "The shares add up to one.", "(1 - …) * state + … * rnn_step(…)"),
    points=2,
    difficulty=2,
    minutes=6,
)


"""
CELL = '''# %% exercise="leaky_step"
def leaky_step(inputs, state, kernel, recurrent_kernel, bias, leak):
    """h_t = (1 - leak) h_(t-1) + leak tanh(x_t W_x + h_(t-1) W_h + b)."""
    ### BEGIN SOLUTION
    fresh = rnncourse.rnn_step(inputs, state, kernel, recurrent_kernel, bias)
    return (1 - leak) * state + leak * fresh
    ### END SOLUTION
'''
ASK = """
from rnncourse import leaky_step
from rnncourse.checking.check import evaluate
from rnncourse.exercises import find
exercise = find("leaky_step")
print([evaluate(exercise, f, 1).status.name for f in (leaky_step, *exercise.alternatives)])
print([evaluate(exercise, m.function, 1).mistake for m in exercise.mistakes])
"""


def _light_copy(source: str, target: str) -> None:
    """Data files stay where they are; what a tool may write is copied."""
    if Path(source).stat().st_size > 200_000 and not source.endswith(".ipynb"):
        os.symlink(source, target)
    else:
        shutil.copy(source, target)


@pytest.fixture
def project(tmp_path):
    """A working copy of the project with one chapter's notebook."""
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in ("rnncourse", "tools", "tests/exercises/chapters", f"solutions/{CHAPTER}", f"course/{CHAPTER}"):
        shutil.copytree(ROOT / folder, tmp_path / folder, copy_function=_light_copy, ignore=ignored)
    for name in (
        "README.md",
        "pyproject.toml",
        "nbgrader_config.py",
        "tests/nbval_sanitize.cfg",
        "solutions/start_here.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(project, *arguments):
    """Run Python in the copy, with the copy's package and tools."""
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def authoring(project, *arguments):
    return run(project, "-m", "tools.authoring", *arguments)


def contents(project):
    files = [path for path in project.rglob("*") if path.is_file() and ".ruff_cache" not in path.parts]
    return {str(path.relative_to(project)): path.read_bytes() for path in files}


def between(path, start, end, new):
    """Fill a stub in, as a person does in an editor."""
    text = path.read_text(encoding="utf-8")
    first = text.index(start)
    path.write_text(text[:first] + new + text[text.index(end, first) :], encoding="utf-8")


@pytest.mark.long
def test_an_exercise_is_written_in_two_files(project):
    before = contents(project)
    arguments = "inputs state kernel recurrent_kernel bias leak:float"
    done = authoring(project, "new-exercise", "3", "leaky_step", "--arguments", arguments, "--after", "rnn_step")
    assert done.returncode == 0, done.stderr
    stubs = {name for name, text in contents(project).items() if before.get(name) != text}
    definition, text = project / "rnncourse" / "exercises" / "manual_rnn.py", project / "edit" / f"{CHAPTER}.py"
    assert stubs - {f"edit/.base/{CHAPTER}.py"} == {
        "rnncourse/__init__.pyi", "rnncourse/cells.py", "rnncourse/exercises/manual_rnn.py", f"edit/{CHAPTER}.py",
    }  # fmt: skip
    refused = authoring(project, "build", "3")
    assert (refused.returncode, "is still to be written" in refused.stderr) == (2, True), refused.stderr

    between(definition, "def _leaky_step_case", "EXERCISES = ", DEFINITION)
    between(text, f"# {OPEN}", "# %% exercise", "# Mix the old state with the new.\n\n")
    between(text, '# %% exercise="leaky_step"', "\n# %%", CELL)
    done = authoring(project, "build", "3")
    assert done.returncode == 0, done.stderr
    asked = run(project, "-c", ASK)
    assert asked.stdout.splitlines() == [
        "['RIGHT', 'RIGHT', 'RIGHT']", "['shares swapped', 'old state kept whole']"
    ], asked.stderr  # fmt: skip
    assert "| 7 |" in next(row for row in (project / "README.md").read_text().splitlines() if "| 03 ·" in row)
    only_its_own_cells_changed(before, contents(project))
    assert OPEN not in definition.read_text() + (project / "rnncourse" / "cells.py").read_text()


def only_its_own_cells_changed(before, after):
    """The exercise's cells are new; of the others only numbers and sums changed, and only where they are."""
    for folder in ("solutions", "course"):
        name = f"{folder}/{CHAPTER}/{CHAPTER}.ipynb"
        both = [nbformat.reads(files[name].decode(), as_version=4) for files in (before, after)]
        was, now = map(uncounted, both)
        new = [cell for cell in now if cell not in was]
        assert new[1:] == ["leaky_step", "leaky_step-check", "leaky_step-test"]
        assert now[new[0]]["source"].startswith(
            "### Exercise 3 · `leaky_step`\n\n★★☆ · 6 minutes · 2 points · a new case\n\nMix"
        )
        assert [cell for cell in now if cell in was] == list(was)
        for cell in was:
            if was[cell] != now[cell]:
                assert was[cell]["cell_type"] == "markdown", (was[cell], now[cell])
                pairs = zip(was[cell]["source"].splitlines(), now[cell]["source"].splitlines(), strict=True)
                changed = [line for line, other in pairs if line != other]
                assert all(line.startswith("### Exercise") or "**Time:**" in line for line in changed), changed


@pytest.mark.long
def test_a_new_chapter_can_be_imported_and_is_not_done(project):
    done = authoring(project, "new-chapter", "97_late_ideas")
    assert done.returncode == 0, done.stderr
    listed = run(project, "-c", "from rnncourse.exercises import CHAPTERS; print(list(CHAPTERS.items())[-1])")
    assert listed.stdout == "('97_late_ideas', ())\n", listed.stderr
    for name in ("README.md", "edit/97_late_ideas.py"):
        assert OPEN in (project / name).read_text()
    assert (project / "tests" / "exercises" / "chapters" / "late_ideas.py").is_file()
    refused = authoring(project, "build", "97")
    assert (refused.returncode, "Cell 1 of 97_late_ideas is still to be written" in refused.stderr) == (2, True)
    done = authoring(project, "new-exercise", "late", "late_step", "--module", "cells")
    assert done.returncode == 0, done.stderr
    assert '# %% exercise="late_step"' in (project / "edit" / "97_late_ideas.py").read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("15", "expected two digits and words"),
        ("03_again", "The number 03 belongs to 03_manual_rnn"),
        ("97_manual_rnn", "is there already: take other words"),
    ],
)
def test_a_chapter_whose_name_does_not_fit_is_refused(project, name, message):
    before = contents(project)
    with pytest.raises(ChapterError, match=message):
        new_chapter(name, project)
    assert contents(project) == before


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("rnn_step", {}, "rnncourse.rnn_step is there already"),
        ("Leaky", {}, "expected the name of a function"),
        ("leaky", {"after": "gru_step"}, "expected an exercise of 03_manual_rnn: batch_shapes"),
        ("leaky", {"module": "nosuch"}, "There is no rnncourse/nosuch.py"),
        ("leaky", {"module": "tensorflow_cells"}, "imports TensorFlow, and the definitions may not"),
    ],
)
def test_an_exercise_whose_name_does_not_fit_is_refused(project, name, options, message):
    before = contents(project)
    with pytest.raises(ChapterError, match=message):
        new_exercise(CHAPTER, name, ["inputs"], project, **options)
    assert contents(project) == before


def test_types_stand_in_the_package_and_not_in_the_chapter():
    assert _function("f", ["x", "units:int"]).startswith("def f(x: np.ndarray, units:int) -> np.ndarray:\n")
    text = _with_cells('# %% exercise="a"\na = 1\n\n# %%\nlast\n', "f", ["x", "units"], "a")
    assert text.index('exercise="a"') < text.index("def f(x, units):") < text.index("last")


def test_every_module_of_a_chapter_is_listed_once():
    modules = [chapter[3:] for chapter in CHAPTERS]
    assert len(set(modules)) == len(modules)
    assert list(CHAPTERS) == sorted(CHAPTERS)
