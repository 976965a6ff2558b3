"""A class made on the spot: submissions of the released form, graded by the command, and what came of it."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import nbgrader.api
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.cli.app import app
from rnncourse.exercises import CHAPTERS
from rnncourse.grading.gradebook import read_scores
from rnncourse.grading.runs import Result
from rnncourse.grading.sandbox.confine import Limits
from tools.authoring import ROOT

from hostile.making import CHAPTER, RIGHT, Draft

FULL = sum(exercise.points for exercise in CHAPTERS[CHAPTER])
#: For every new gradebook nbgrader asks a process of alembic's which version it makes: seconds, for the same answer.
alembic_version = nbgrader.api.get_alembic_version
nbgrader.api.get_alembic_version = cache(alembic_version)

LIMITS = Limits(cell_seconds=20, seconds=120, memory=1500)


def draft_of(course: Path, student: str) -> Draft:
    folder = course / "submitted" / student / CHAPTER
    folder.mkdir(parents=True, exist_ok=True)
    return Draft(folder)


def make_course(course: Path, students: int = 3) -> Path:
    """A class in which the first is right, and every further one has one answer less."""
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / CHAPTER, course / "solutions" / CHAPTER)
    for number in range(students):
        draft_of(course, f"s{number:02}").solve(*list(RIGHT)[number % len(RIGHT) :]).write()
    return course


def expected_scores(students: int) -> dict[str, float]:
    points = {exercise.name: exercise.points for exercise in CHAPTERS[CHAPTER]}
    found = {}
    for number in range(students):
        solved = list(RIGHT)[number % len(RIGHT) :]
        found[f"s{number:02}"] = sum(points[name] for name in solved)
        if "neuron_step" not in solved:  # which these two call
            found[f"s{number:02}"] -= sum(points[n] for n in ("run_neuron", "neuron_with_readout") if n in solved)
    return found


def scores_of(course: Path) -> dict[str, float]:
    return {student: told["score"] for student, told in read_scores(course, CHAPTER).items()}


def everything_of(course: Path) -> list[tuple]:
    """What a gradebook holds, without ids and times."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse") as gradebook:
        return sorted(
            (s.student.id, n.name, g.cell.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
            for s in gradebook.assignment_submissions(CHAPTER)
            for n in s.notebooks
            for g in n.grades
        )


def command(course: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "rnncourse", "grade", CHAPTER, "--course", str(course), "--jobs", "2", *arguments]


def run_command(course: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(course, *arguments), capture_output=True, text=True)


def refused(course: Path, *arguments: str) -> str:
    """Exit code 2 and one line that says why."""
    done = CliRunner().invoke(app, ["grade", CHAPTER, "--course", str(course), *arguments])
    assert done.exit_code == 2, done.output
    assert re.fullmatch(r"rnncourse: .+\n", done.stderr), done.stderr
    return done.stderr


#: Share of the points that each of the class earns, by a crew that runs nothing.
SHARES = {"ada": 1.0, "bob": 0.5}


class ReadyCrew:
    """Stands for ``workers.Crew``: knows the verdict on every submission, and runs none."""

    def __init__(self, *arguments):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def result_of(self, submission, slot):
        share = SHARES.get(submission.student, 1.0)
        status = Status.RIGHT if share == 1 else Status.PARTLY
        verdicts = [Verdict(task.name, status, share=share) for task in submission.tasks]
        return Result(submission.student, CHAPTER, submission.fingerprint, verdicts, list(submission.cells))


# ------------------------------------------------------------------------------------- what an instructor has changed
def own_cell(mark: str, source: str, markdown: bool = False, **flags: Any) -> Any:
    """A cell of the instructor's own, with nbgrader's metadata."""
    kinds = {"grade": False, "solution": False, "locked": False, "task": False}
    made = new_markdown_cell(source) if markdown else new_code_cell(source)
    made.metadata["nbgrader"] = nbformat.from_dict({**kinds, "schema_version": 3, "grade_id": mark, **flags})
    return made


ESSAY = own_cell("essay", "YOUR ANSWER HERE", True, grade=True, solution=True, points=5)
BY_READING = own_cell("readable", "# YOUR CODE HERE", grade=True, solution=True, points=2)
CHECK = own_cell("negative", "assert neuron_step(0, 0, 1, 1, -1) < 0", grade=True, locked=True, points=3)
HELP = own_cell("help", "def helper():\n    return 1", locked=True)
ANSWER = own_cell("my_answer", "answer = 0", solution=True)


def cell_of(notebook: Any, mark: str) -> Any:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == mark)


def change_source(course: Path, *added, removed: tuple[str, ...] = (), **points: float) -> None:
    """Change the instructor's notebook of a course: cells added and taken out, points."""
    path = course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for mark in removed:
        notebook.cells.remove(cell_of(notebook, mark))
    for mark, worth in points.items():
        cell_of(notebook, mark).metadata.nbgrader.points = worth
    notebook.cells += copy.deepcopy(added)
    path.write_text(json.dumps(notebook))
