"""What follows from the definitions is written by the build, and what does not fit them is refused in words."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest

from rnncourse.exercises import BY_HAND, CHAPTERS, Kind, find
from rnncourse.notebooks.files import mark_of, notebook_path
from tools import derived
from tools.authoring import ROOT
from tools.derived import ChapterError, derive, refuse_what_is_open, seeds_of, underived
from tools.desk import from_text, to_text

from small_project import CHAPTER, TEXT

STEP, SHAPES = find("rnn_step"), find("batch_shapes")


@pytest.fixture
def chapters(monkeypatch):
    """The definitions that the build sees; a test may put others there."""
    given = {CHAPTER: (STEP,)}
    monkeypatch.setattr(derived, "CHAPTERS", given)
    return given


def built(text=TEXT, seeds=None):
    return derive(underived(from_text(text)), CHAPTER, seeds or {})


def marks(notebook):
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def test_a_change_of_the_definition_is_a_change_of_the_chapter(chapters):
    before = built()
    chapters[CHAPTER] = (replace(STEP, points=1, difficulty=3, minutes=1, kind=Kind.BUG),)
    after = derive(underived(before), CHAPTER, seeds_of(before))
    assert "★★★ · 1 minute · 1 point · find the mistake\n" in after.cells[2].source
    assert marks(after)["rnn_step_test"].points == 1
    assert "**Time:** about 25 minutes, 1 of them for the one exercise." in after.cells[0].source  # 22 to read
    assert marks(before)["rnn_step_test"].points == STEP.points


def test_a_question_is_asked_by_name_and_has_no_hidden_test(chapters):
    chapters[CHAPTER] = (STEP, SHAPES)
    more = '\n# %% [markdown]\n# ### Exercise · `batch_shapes`\n\n# %% exercise="batch_shapes"\nbatch_shapes = {}\n'
    notebook = built(TEXT + more)
    assert [cell.source for cell in notebook.cells[-2:]] == ['check("batch_shapes")', 'grade("batch_shapes")']
    assert notebook.cells[-4].source.startswith(
        "### Exercise 2 · `batch_shapes`\n\n★☆☆ · 4 minutes · 2 points · a prediction"
    )
    assert "12 of them for the two exercises" in notebook.cells[0].source
    assert set(seeds_of(notebook)) == {"rnn_step"}


@pytest.mark.usefixtures("chapters")
def test_a_hidden_seed_stays_and_a_new_one_comes_from_the_name():
    assert seeds_of(built(seeds={"rnn_step": 3187})) == {"rnn_step": 3187}
    drawn = seeds_of(built())
    assert drawn == seeds_of(built())
    assert 1000 <= drawn["rnn_step"] < 10100


def test_no_two_exercises_of_a_chapter_have_one_hidden_seed():
    alone = derived._hidden_seeds((STEP,), {})["rnn_step"]
    both = derived._hidden_seeds((STEP, find("run_two_steps")), {"run_two_steps": alone})
    assert both["run_two_steps"] == alone
    assert both["rnn_step"] == alone + 1


@pytest.mark.usefixtures("chapters")
def test_derived_cells_that_somebody_wrote_are_written_anew():
    typed = TEXT.replace(
        "# %% [markdown]\n# ## Then and now",
        '# %%\ncheck(rnn_step)\n\n# %% nbgrader={"grade_id": "rnn_step_test", "grade": true}\ngrade(rnn_step)\n\n'
        "# %% [markdown]\n# ## Then and now",
    ).replace(
        "### Exercise · `rnn_step`",
        "### Exercise 9 · `rnn_step`\n#\n# ★☆☆ · 99 minutes · 1 point · a design of your own",
    )
    typed = typed.replace('exercise="rnn_step"', 'nbgrader={"grade_id": "rnn_step"}')
    assert typed.count("rnn_step") > TEXT.count("rnn_step")
    one, other = built(typed), built()
    assert [(c.source, c.metadata) for c in one.cells] == [(c.source, c.metadata) for c in other.cells]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_a_person_grades_is_what_the_definitions_say(chapter):
    """No entry of BY_HAND names what is not there, and no cell waits for a person of whom no entry speaks."""
    assert set(BY_HAND) <= set(CHAPTERS)
    points = {each.name: each.points for each in BY_HAND.get(chapter, ())}
    assert len(points) == len(BY_HAND.get(chapter, ()))
    for folder in ("solutions", "course"):
        notebook = nbformat.read(notebook_path(ROOT / folder, chapter), as_version=4)
        there = [cell.metadata.nbgrader for cell in notebook.cells if mark_of(cell)]
        by_hand = [each for each in there if each.grade and each.solution]
        assert [(each.grade_id, each.points) for each in by_hand] == list(points.items()), folder


@pytest.mark.usefixtures("chapters")
def test_the_text_shows_nothing_that_is_derived():
    text = to_text(built())
    assert text == TEXT
    for word in ("check(", "grade(", "★", "points", "seed", "nbgrader", "# 3 ·"):
        assert word not in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('# %% exercise="rnn_step"', "# %%", r"cells marked exercise=… of 03_manual_rnn are none, expected rnn_step"),
        ("# ### Exercise · `rnn_step`\n#\n", "", r"headings .* are none, expected rnn_step"),
        ("`rnn_step`", "`rnn_stepp`", r"headings .* are rnn_stepp, expected rnn_step, in this order"),
        ("22 minutes to read", "22 minutes", r"first cell .* `\*\*Time:\*\* 25 minutes to read.`"),
        ("Write the step.", "FILL IN: write", r"Cell 3 of 03_manual_rnn is still to be written: 'FILL IN: write'"),
    ],
)
@pytest.mark.usefixtures("chapters")
def test_what_does_not_fit_is_said(old, new, message):
    assert old in TEXT
    with pytest.raises(ChapterError, match=message):
        built(TEXT.replace(old, new))


def test_an_open_definition_is_named_with_its_line(tmp_path):
    path = tmp_path / "manual_rnn.py"
    path.write_text("a = 1\npoints = 2  # FILL IN\n")
    with pytest.raises(ChapterError, match=r"manual_rnn\.py, line 2, is still to be written"):
        refuse_what_is_open(path)
    path.write_text("a = 1\n")
    refuse_what_is_open(path)
