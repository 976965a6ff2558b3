"""Two versions of a chapter and a learner's notebook between them: whose a cell is, and what is told of it."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from rnncourse.notebooks import versions

from made_notebooks import CHAPTER, notebook, unsolved


def as_json(nb):
    return json.loads(nbformat.writes(nb))


def answer(name, nb):
    return next(cell for cell in nb["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def sources(nb):
    return [versions.source_of(cell) for cell in nb["cells"]]


@pytest.fixture
def old():
    return as_json(notebook())


@pytest.fixture
def new(old):
    """The course has mended its title and the test of neuron_step, added a cell at the end, taken the imports away."""
    newer = copy.deepcopy(old)
    newer["cells"][0]["source"] = "# A better title"
    answer("neuron_step_test", newer)["source"] = "rnncourse.grade('neuron_step')  # mended"
    del newer["cells"][1]
    newer["cells"].append(json.loads(json.dumps(new_markdown_cell("## The end"))))
    return newer


def worked_in(nb, **answers):
    mine = copy.deepcopy(nb)
    for name, source in answers.items():
        answer(name, mine)["source"] = source
    return mine


def test_what_is_printed_and_how_it_was_saved_change_no_fingerprint(old):
    run = copy.deepcopy(old)
    run["cells"][1].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "hi"}], execution_count=3)
    run["cells"][1]["source"] = versions.source_of(old["cells"][1]).splitlines(keepends=True)
    run["metadata"]["kernelspec"] = {"name": "python3"}
    assert versions.fingerprint(run) == versions.fingerprint(old)
    run["cells"][1]["source"] += ["#"]
    assert versions.fingerprint(run) != versions.fingerprint(old)


def test_the_version_that_a_notebook_was_made_from(old, new):
    mine = worked_in(old, neuron_step="mine", run_neuron="mine")
    assert versions.base_of(mine, [old, new]) is old
    assert versions.base_of(worked_in(new, neuron_step="mine"), [old, new]) is new
    assert versions.base_of(mine, [old, copy.deepcopy(old)]) is not old  # of two that fit alike, the last
    assert versions.base_of(mine, []) is None


def test_changes_are_told_by_heading_and_exercise(old, new):
    found = versions.changes(old, new)
    assert [(c.heading, c.exercise, c.before is None, c.after is None) for c in found] == [
        ("A better title", "", False, False),
        ("A better title", "neuron_step", False, False),
        ("The end", "", True, False),
        (CHAPTER, "", False, True),
    ]
    page = versions.as_page("What is new", found)
    assert page.startswith("# What is new\n\n## changed: A better title\n\n```diff\n")
    assert f"\n-# {CHAPTER}\n+# A better title\n```" in page
    assert "## changed: exercise `neuron_step`" in page
    assert "## gone: 01_memory_cell" in page
    assert versions.changes(old, copy.deepcopy(old)) == []


def test_a_page_of_changes_is_not_broken_by_fences_in_the_course():
    change = versions.Change("Here", "", "```python\nx\n```", "````\ny\n````")
    page = versions.as_page("What is new", [change])
    assert page.count("`````diff\n") == 1
    assert page.rstrip().endswith("\n`````")


def test_answers_and_own_cells_go_along_and_the_courses_mending_stays(old, new):
    mine = worked_in(old, neuron_step="def neuron_step(*a):\n    return 1", run_neuron="broken (")
    answer("neuron_step", mine)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hi"}]
    place = mine["cells"].index(answer("neuron_step", mine)) + 1
    mine["cells"].insert(place, json.loads(json.dumps(new_code_cell("my_try = 1"))))
    mine["cells"].append(json.loads(json.dumps(new_markdown_cell("my notes"))))
    merged = versions.merged(mine, old, new)
    assert merged.carried == ("neuron_step", "run_neuron")
    assert (merged.own, merged.beside) == (2, 0)
    texts = sources(merged.notebook)
    assert texts[0] == "# A better title"
    assert texts[texts.index("def neuron_step(*a):\n    return 1") + 1] == "my_try = 1"
    assert "rnncourse.grade('neuron_step')  # mended" in texts
    assert texts.index("my notes") < texts.index("## The end")
    assert answer("neuron_step", merged.notebook)["outputs"][0]["text"] == "hi"
    assert not [cell for cell in merged.notebook["cells"] if versions.source_of(cell).startswith("import numpy")]
    nbformat.validate(nbformat.reads(versions.as_bytes(merged.notebook).decode(), as_version=4))


def test_where_both_changed_a_cell_the_learners_stands_below_as_a_note(old, new):
    answer("neuron_step", new)["source"] = (
        "def neuron_step(x, h):  # other arguments now\n    raise NotImplementedError()"
    )
    mine = worked_in(old, neuron_step="my answer")
    mine["cells"][0]["source"] = "# My own title"
    merged = versions.merged(mine, old, new)
    assert (merged.carried, merged.own, merged.beside) == ((), 0, 2)
    texts = sources(merged.notebook)
    assert texts[0] == "# A better title"
    assert texts[1].endswith("\n\n# My own title")
    below = texts[texts.index(versions.source_of(answer("neuron_step", new))) + 1]
    assert below.endswith("```python\nmy answer\n```")


def test_what_the_course_took_away_is_a_note_if_there_is_work_in_it(old, new):
    mine = copy.deepcopy(old)
    mine["cells"][1]["source"] += "\nmy_variable = 3"
    merged = versions.merged(mine, old, new)
    assert merged.beside == 1
    assert [text for text in sources(merged.notebook) if "my_variable = 3" in text]


def test_merging_once_more_changes_nothing(old, new):
    mine = worked_in(old, neuron_step="my answer", run_neuron="other answer")
    once = versions.merged(mine, old, new).notebook
    again = versions.merged(once, old, new)
    assert sources(again.notebook) == sources(once)
    assert sources(versions.merged(once, new, new).notebook) == sources(once)


def test_without_the_version_it_was_made_from_the_answers_alone_go_along(old, new):
    mine = worked_in(old, neuron_step="def neuron_step(*a):\n    return 1")
    mine["cells"].append(json.loads(json.dumps(new_markdown_cell("my notes, or the course's"))))
    merged = versions.merged(mine, None, new)
    assert merged.carried == ("neuron_step",)
    texts = sources(merged.notebook)
    assert "# A better title" in texts
    assert "my notes, or the course's" not in texts
    assert unsolved("run_neuron") in texts


def test_a_copied_cell_keeps_its_text_and_gets_an_id_of_its_own(old, new):
    mine = copy.deepcopy(old)
    mine["cells"].insert(4, copy.deepcopy(mine["cells"][3]))
    merged = versions.merged(mine, old, new)
    ids = [cell["id"] for cell in merged.notebook["cells"]]
    assert len(ids) == len(set(ids))


def test_a_notebook_holds_a_version_if_all_but_the_answers_is_there(old, new):
    mine = worked_in(old, neuron_step="mine")
    assert versions.holds(mine, old)
    assert not versions.holds(mine, new)
