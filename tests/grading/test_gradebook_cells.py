"""An instructor's notebook that was changed after submissions were graded: what a person gave to other cells stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.grading.gradebook import GradebookWriter, read_scores
from rnncourse.grading.runs import Result
from rnncourse.notebooks.files import Cell

from hostile.making import CHAPTER
from made_classes import CHECK, ESSAY, FULL, cell_of, change_source, make_course


def right(course: Path, student: str, essay: str = "I think so.") -> Result:
    """Right answers to what the course's notebook asks for, an essay, and two of three points of its own test."""
    source = GradebookWriter(course).source(CHAPTER)
    verdicts = [Verdict(name, Status.RIGHT, share=1.0) for name in source.worth]
    value = {"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}
    outputs, answers = {"negative": (value,)}, {"essay": essay}
    cells = [
        Cell(c.kind, answers.get(c.mark, ""), c.mark, False, outputs.get(c.mark, ()), own=c.own)
        for c in source.cells
        if c.mark
    ]
    own = {mark: 2.0 for mark in source.own_worth if mark not in source.by_hand}
    return Result(student, CHAPTER, "abc", verdicts, cells, worth=source.worth, own_worth=source.own_worth, own=own)


def gradebook_of(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse")


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """Ada and Bob, graded; Ada got two points and a word by hand at ``neuron_step``."""
    course = make_course(tmp_path_factory.mktemp("changed"), 0)
    writer = GradebookWriter(course)
    for student in ("ada", "bob"):
        writer.write(right(course, student))
    with gradebook_of(course) as gradebook:
        gradebook.find_grade("neuron_step_test", CHAPTER, CHAPTER, "ada").manual_score = 2.0
        gradebook.find_comment("neuron_step", CHAPTER, CHAPTER, "ada").manual_comment = "Nice."
        gradebook.db.commit()
    return course


def test_g10_what_was_changed_after_grading_counts_and_what_a_person_gave_stays(entered, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(entered, course)
    assert {who: told["score"] for who, told in read_scores(course, CHAPTER).items()} == {"ada": FULL + 1, "bob": FULL}
    shapes = next(task.points for task in CHAPTERS[CHAPTER] if task.name == "cell_shapes")
    change_source(course, ESSAY, CHECK, removed=("cell_shapes", "cell_shapes_test"), run_neuron_test=4)
    writer = GradebookWriter(course)
    writer.prepare(CHAPTER)
    (copy_before,) = (course / ".grading" / "replaced").glob("gradebook-*.db")
    assert copy_before.stat().st_size > 0
    assert sorted(writer.by_hand(CHAPTER)) == ["ada", "bob"]
    for student in ("ada", "bob"):
        writer.write(right(course, student))
    told = read_scores(course, CHAPTER)
    possible = FULL - shapes + (4 - 2) + 5 + 3
    assert {t["max_score"] for t in told.values()} == {possible}
    assert (told["ada"]["score"], told["bob"]["score"]) == (possible - 5 - 1 + 1, possible - 5 - 1)
    with gradebook_of(course) as gradebook:
        assert gradebook.find_comment("neuron_step", CHAPTER, CHAPTER, "ada").manual_comment == "Nice."
        assert gradebook.find_grade("negative", CHAPTER, CHAPTER, "ada").auto_score == 2
        essay = gradebook.find_grade("essay", CHAPTER, CHAPTER, "ada")
        assert (essay.auto_score, essay.needs_manual_grade) == (None, True)
        essay.manual_score, essay.needs_manual_grade = 4.0, False
        gradebook.find_comment("essay", CHAPTER, CHAPTER, "ada").manual_comment = "Well argued."
        gradebook.db.commit()
    assert writer.by_hand(CHAPTER) == ["bob"]
    GradebookWriter(course).write(right(course, "ada"))  # a regrade
    with gradebook_of(course) as gradebook:
        assert gradebook.find_grade("essay", CHAPTER, CHAPTER, "ada").manual_score == 4
        assert gradebook.find_comment("essay", CHAPTER, CHAPTER, "ada").manual_comment == "Well argued."
    assert read_scores(course, CHAPTER)["ada"]["score"] == possible - 1 - 1 + 1
    page = nbformat.read(course / "autograded" / "ada" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    assert "I think so." in cell_of(page, "essay").source
    assert cell_of(page, "negative").source == CHECK.source
    writer.write(right(course, "bob", "YOUR ANSWER HERE"))
    assert writer.by_hand(CHAPTER) == ["ada"]  # a regrade is to be looked at again; no answer is no work
    with gradebook_of(course) as gradebook:
        assert gradebook.find_grade("essay", CHAPTER, CHAPTER, "bob").auto_score == 0


def test_g10_changed_points_alone_need_no_copy_of_the_gradebook(entered, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(entered, course)
    change_source(course, neuron_step_test=6)
    GradebookWriter(course).prepare(CHAPTER)
    assert not (course / ".grading" / "replaced").exists()
    assert read_scores(course, CHAPTER)["bob"]["max_score"] == FULL + 5
