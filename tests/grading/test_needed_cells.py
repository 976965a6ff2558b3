"""Which released cells are run for a submission: all that an answer needs, and no more than worth the time."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rnncourse.exercises import CHAPTERS
from rnncourse.grading import needed_cells
from rnncourse.grading.needed_cells import cells_to_run
from rnncourse.grading.submissions import plan
from rnncourse.notebooks import files
from tools.authoring import ROOT, notebook_path


def run(*cells: tuple[str, bool]) -> list[str]:
    return cells_to_run([source for source, _ in cells], [released for _, released in cells])


ANSWER = ("def f(x):\n    return x + shift", False)


def test_a_cell_that_binds_what_an_answer_uses_is_run_and_others_are_not():
    assert run(("shift = 1", True), ("other = 2", True), ANSWER) == ["shift = 1", "", ANSWER[0]]


def test_what_a_needed_cell_needs_is_run_too():
    assert run(("base = 1", True), ("shift = base + 1", True), ANSWER)[:2] == ["base = 1", "shift = base + 1"]


CHANGES = [
    "shift += 1", "shift[0] = 3", "shift.append(3)", "shift.value = 2", "adjust(shift)", "for shift in (1, 2): pass",
    "with open('x') as shift: pass", "rnncourse.fit(shift, 3)", "def shift(): pass", "del shift",
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_cell_that_changes_what_an_answer_uses_is_run(change):
    assert run(("import rnncourse", True), ("shift = [1]", True), (change, True), ANSWER)[2] == change


@pytest.mark.parametrize("look", ["print(shift)", "show(plot(1))", "y = np.tanh(shift)", "z = len(shift)"])
def test_a_cell_that_only_looks_is_not_run(look):
    assert run(("import numpy as np", True), ("shift = [1]", True), (look, True), ANSWER)[2] == ""


def test_a_name_of_the_answers_own_asks_for_nothing():
    own = (
        "def g(inputs):\n    total = 0\n    for step in inputs:\n        total = total + step\n    return total",
        False,
    )
    assert run(("total = 1", True), ("step = 2", True), ("inputs = 3", True), own)[:3] == ["", "", ""]


def test_a_name_read_before_it_is_bound_is_asked_for():
    assert run(("total = 1", True), ("for i in range(3):\n    total = total + i", False))[0] == "total = 1"
    assert run(("total = 1", True), ("total = total + 1", False))[0] == "total = 1"


def test_of_other_cells_the_imports_are_run():
    cell = ("import os\nfrom math import tau\nprint(tau)\n", True)
    assert run(cell, ANSWER)[0] == "import os\nfrom math import tau"


@pytest.mark.parametrize(
    "source", ["eval('shift')", "globals()['f'] = 1", "%run other.py", "def broken(:", "get_ipython().user_ns"]
)
def test_where_any_name_may_be_used_all_is_run(source):
    assert run(("shift = 1", True), ("other = 2", True), (source, False))[:2] == ["shift = 1", "other = 2"]


def test_several_threads_may_ask_at_once():
    """While garbage is collected another thread may run; Python 3.11 does not like that in the middle of a tree."""
    cells = [("\n".join(f"x{n} = [f({n}, *(a + {n} for a in range({n})))]" for n in range(60)), True), ANSWER]
    wanted, threshold = run(*cells), gc.get_threshold()
    give_way = lambda *told: time.sleep(0)  # noqa: E731
    gc.callbacks.append(give_way)
    gc.set_threshold(5)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda _: run(*cells), range(60))) == [wanted] * 60
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(give_way)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_of_a_chapter_less_is_run_than_it_holds(chapter):
    source = files.read(notebook_path(ROOT / "solutions", chapter))
    planned, remarks = plan(source, source)
    code = [cell for cell in planned if cell.kind == "code" and not cell.asks]
    chosen = cells_to_run([cell.source for cell in code], [cell.original for cell in code])
    answers = [cell.source for cell in code if not cell.original]
    assert remarks == []
    assert set(answers) <= set(chosen)
    assert len(answers) <= sum(map(bool, chosen)) < len(code)


def test_h4_of_a_megabyte_of_code_no_tree_is_made(monkeypatch):
    sources, released = ["print(1)", "x = 2"], [True, False]
    assert cells_to_run(sources, released) == ["", "x = 2"]
    monkeypatch.setattr(needed_cells, "_LONGEST_CODE", 10)
    monkeypatch.setattr(needed_cells, "_parsed", lambda source: pytest.fail("it was parsed"))
    assert cells_to_run(sources, released) == sources
