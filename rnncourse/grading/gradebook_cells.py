"""A gradebook that has submissions, fitted to an instructor's notebook in which cells were added or taken out.

nbgrader itself refuses such a notebook once there are submissions. The cells that were taken out go with their grades,
after a copy of the gradebook was kept; new cells get an empty grade for each submission, which is then graded again.
Points and comments of a person at all other cells stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from rnncourse.grading.sources import Source


def fit(gradebook: Gradebook, source: Source, keep_copy: Callable[[], None]) -> None:
    """Make the cells that the gradebook knows those of the notebook; what is in them nbgrader brings up to date.

    Args:
        gradebook: of the course, open.
        source: the instructor's notebook.
        keep_copy: called once before anything is taken out.
    """
    notebook = gradebook.find_notebook(source.chapter, source.chapter)
    wanted = {(kind, cell.metadata.nbgrader.grade_id): cell for cell in source.known for kind in _kinds(cell)}
    there = {
        (kind, cell.name): cell
        for kind, cells in {
            "grade": notebook.grade_cells, "solution": notebook.solution_cells, "task": notebook.task_cells,
            "source": notebook.source_cells,
        }.items()
        for cell in cells
    }  # fmt: skip
    gone = [cell for key, cell in there.items() if key not in wanted]
    if gone:
        keep_copy()
    for cell in gone:
        _take_out(gradebook, cell)
    gradebook.db.commit()
    for (kind, name), cell in wanted.items():
        if (kind, name) not in there:
            _add(gradebook, source.chapter, kind, name, cell)


def _kinds(cell: Any) -> list[str]:
    """The tables in which nbgrader keeps a cell."""
    found = {"grade": is_grade(cell), "solution": is_solution(cell), "task": is_task(cell)}
    kinds = [kind for kind, held in found.items() if held]
    return [*kinds, "source"] if kinds or is_locked(cell) else []


def _take_out(gradebook: Gradebook, cell: Any) -> None:
    for row in [*(getattr(cell, "grades", None) or []), *(getattr(cell, "comments", None) or [])]:
        gradebook.db.delete(row)
    gradebook.db.delete(cell)


def _add(gradebook: Gradebook, chapter: str, kind: str, name: str, cell: Any) -> None:
    """Add a cell, and an empty grade or comment of it for each submission."""
    place = (name, chapter, chapter)
    if kind == "source":
        gradebook.add_source_cell(*place, cell_type=cell.cell_type, source=cell.source, locked=is_locked(cell))
        return
    if kind == "solution":
        made = gradebook.add_solution_cell(*place)
    else:
        add = gradebook.add_grade_cell if kind == "grade" else gradebook.add_task_cell
        made = add(*place, max_score=float(cell.metadata.nbgrader.points), cell_type=cell.cell_type)
    for submitted in gradebook.find_notebook(chapter, chapter).submissions:
        if kind in ("grade", "task"):
            gradebook.db.add(Grade(cell_id=made.id, notebook=submitted))
        if kind in ("solution", "task"):
            gradebook.db.add(Comment(cell_id=made.id, notebook=submitted))
    gradebook.db.commit()
