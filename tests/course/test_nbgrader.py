"""Plain nbgrader from submission to feedback: a right, a half right and an empty submission of chapter 01."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from rnncourse.exercises import BY_HAND, CHAPTERS, find
from tools.authoring import ROOT, notebook_path

CHAPTER = "01_memory_cell"
FULL = sum(exercise.points for exercise in CHAPTERS[CHAPTER])
WITHOUT_BIAS = "def parameter_count(features, units):\n    return features * units + units * units"
ONE_OF_FOUR = 'cell_shapes = {"W_x": (3, 5), "W_h": (5, 5), "b": (5,), "h": (3,)}'
LOST = find("parameter_count").points + find("cell_shapes").points / 4


def nbgrader(course, *arguments):
    environment = {**os.environ, "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


def submit(course, student, answers, whole=True):
    """The release with some cells filled in: grade_id -> source.

    A notebook that is not whole has lost its demonstrations, and the seconds in which its kernel imports TensorFlow.
    """
    notebook = nbformat.read(notebook_path(ROOT / "course", CHAPTER), as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    if not whole:
        notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata or cell is first]
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    path = notebook_path(course / "submitted" / student, CHAPTER)
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course folder after generate_assignment, autograde, generate_feedback and export."""
    course = tmp_path_factory.mktemp("class")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / CHAPTER, course / "solutions" / CHAPTER)
    nbgrader(course, "generate_assignment", CHAPTER)
    solution = nbformat.read(notebook_path(ROOT / "solutions", CHAPTER), as_version=4)
    right = {
        c.metadata.nbgrader.grade_id: c.source for c in solution.cells if c.metadata.get("nbgrader", {}).get("solution")
    }
    submit(course, "ada", right)
    submit(course, "bob", {**right, "parameter_count": WITHOUT_BIAS, "cell_shapes": ONE_OF_FOUR}, whole=False)
    submit(course, "eve", {}, whole=False)
    nbgrader(course, "autograde", CHAPTER, "--create")
    nbgrader(course, "generate_feedback", CHAPTER)
    nbgrader(course, "export")
    return course


def test_full_partial_and_no_points(graded):
    with open(graded / "grades.csv", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {name: float(row["score"]) for name, row in rows.items()} == {"ada": FULL, "bob": FULL - LOST, "eve": 0}
    assert {float(row["max_score"]) for row in rows.values()} == {FULL}


def test_the_feedback_names_the_mistake(graded):
    feedback = {s: (graded / "feedback" / s / CHAPTER / f"{CHAPTER}.html").read_text() for s in ("ada", "bob", "eve")}
    advice = "The two kernels are counted; each neuron also has a bias."
    assert advice in feedback["bob"]
    assert advice not in feedback["ada"]
    assert "It still raises NotImplementedError" in feedback["eve"]


def test_the_release_of_a_fresh_course_is_ours(graded):
    ours = notebook_path(ROOT / "course", CHAPTER).read_bytes()
    assert notebook_path(graded / "course", CHAPTER).read_bytes() == ours


def test_validate_says_what_a_learner_expects(graded, monkeypatch):
    """The Validate button runs ``nbgrader validate``."""
    from nbgrader.validator import Validator

    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")  # as the validator sets it, and leaves it
    validator = Validator()
    results = {s: validator.validate(str(notebook_path(graded / "submitted" / s, CHAPTER))) for s in ("bob", "eve")}
    assert [failed["source"] for failed in results["bob"]["failed"]] == [
        'grade("cell_shapes")',
        "grade(parameter_count)",
    ]
    assert len(results["eve"]["failed"]) == len(CHAPTERS[CHAPTER])


@pytest.mark.long
def test_the_worked_project_earns_what_a_computer_gives_and_the_rest_waits_for_a_person(tmp_path):
    """Its notebook is run as a whole: plain nbgrader knows nothing of cards."""
    chapter = "16_your_project"
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    for place in ("solutions", "submitted/ada"):
        shutil.copytree(ROOT / "solutions" / chapter, tmp_path / place / chapter)
    nbgrader(tmp_path, "generate_assignment", chapter)
    nbgrader(tmp_path, "autograde", chapter, "--create")
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "rnncourse") as gradebook:
        grades = gradebook.find_submission_notebook(chapter, chapter, "ada").grades
        found = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}
    by_computer = {f"{task.name}_test": (task.points, False) for task in CHAPTERS[chapter]}
    assert found == by_computer | {each.name: (None, True) for each in BY_HAND[chapter]}
