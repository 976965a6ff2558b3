"""What stands in the learner's cells: a stub, or the function whose mistake is to be found.

A plugin of nbgrader, switched on in ``nbgrader_config.py``: ``nbgrader generate_assignment`` and ``make release`` use
it.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.converters import GenerateAssignment

from rnncourse.checking.given import given_body
from rnncourse.exercises import TASKS, Exercise
from rnncourse.notebooks.files import mark_of


class ClearSolutions(preprocessors.ClearSolutions):
    """nbgrader's, but for functions with a mistake: their solution is replaced by the mistaken lines, not by a stub."""

    code_stub: dict[str, str]  # what nbgrader is told in its configuration

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clear one cell."""
        task = TASKS.get(mark_of(cell))
        if not isinstance(task, Exercise) or task.given is None:
            return super().preprocess_cell(cell, resources, cell_index)
        stubs = self.code_stub
        try:
            self.code_stub = {**stubs, "python": "\n".join(line.removeprefix("    ") for line in given_body(task))}
            return super().preprocess_cell(cell, resources, cell_index)
        finally:
            self.code_stub = stubs


def steps() -> list[Any]:
    """nbgrader's steps from a solution to a release, with ours in the place of the one that clears solutions."""
    usual = GenerateAssignment.preprocessors.default_args[0]
    return [ClearSolutions if step is preprocessors.ClearSolutions else step for step in usual]
