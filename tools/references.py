"""A new exercise's function comes into the package from the chapter: its solution there is written once.

``new-exercise`` leaves a stub in the package. The first build that runs the chapter puts the docstring and the body
of the chapter's solution in its place; from then on the package's function is the reference and is edited there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nbformat import NotebookNode

from rnncourse.exercises import CHAPTERS, Exercise
from tools.derived import OPEN, ChapterError
from tools.desk import write_text

_MARKS = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
#: What stands in the package until then.
STUB = f'    raise NotImplementedError("{OPEN}: make chapter writes {{name}} here, from its solution there.")\n'


@contextmanager
def references_from(bare: NotebookNode, chapter: str, root: Path) -> Iterator[None]:
    """While the chapter runs, and after it ran, stubs in the package are what the chapter's solutions say.

    A chapter that fails leaves the stubs as they were.

    Raises:
        ChapterError: a solution does not fit the stub's arguments, or uses a name that the module does not know.
    """
    with ExitStack() as put_back:
        for cell in bare.cells:
            name = cell.metadata.get("exercise", "")
            exercise = next((e for e in CHAPTERS[chapter] if e.name == name and isinstance(e, Exercise)), None)
            path = _stub_of(name, root) if exercise is not None else None
            if path is not None:
                before = path.read_text(encoding="utf-8")
                put_back.callback(write_text, path, before)
                write_text(path, with_solution(before, name, cell.source))
        yield
        put_back.pop_all()


def with_solution(module: str, name: str, solution: str) -> str:
    """The source of a module with the stub of a function replaced by the chapter's solution.

    Args:
        module: the source that holds the stub.
        name: the function.
        solution: the source of the exercise's cell, marks of nbgrader included.

    Raises:
        ChapterError: as for ``references_from``.
    """
    solution = _MARKS.sub("", solution)
    written, stub = (_function(source, name) for source in (solution, module))
    names = [[argument.arg for argument in function.args.args] for function in (written, stub)]
    if names[0] != names[1]:
        raise ChapterError(f"{name} has the arguments {names[0]} in the chapter, {names[1]} in the package.")
    body = solution.splitlines(keepends=True)[written.body[0].lineno - 1 : written.end_lineno]
    text = "".join(body).rstrip("\n") + "\n"
    for used in sorted(set(re.findall(r"\brnncourse\.(\w+)", text))):
        if not re.search(rf"^(def|class) {used}\b|^from .* import .*\b{used}\b", module, re.MULTILINE):
            raise ChapterError(f"The solution of {name} uses rnncourse.{used}: import {used} in the package's module.")
    lines = module.splitlines(keepends=True)
    lines[stub.body[0].lineno - 1 : stub.end_lineno] = [re.sub(r"\brnncourse\.(\w+)", r"\1", text)]
    return "".join(lines)


def _function(source: str, name: str) -> ast.FunctionDef:
    try:
        functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError as error:
        raise ChapterError(f"The solution of {name} is no Python: {error}") from None
    found = next((node for node in functions if node.name == name), None)
    if found is None:
        raise ChapterError(f"The cell of exercise {name} defines no function {name}.")
    return found


def _stub_of(name: str, root: Path) -> Path | None:
    """The module of the package in which that function is still a stub."""
    stub = STUB.format(name=name)
    return next((p for p in sorted((root / "rnncourse").glob("*.py")) if stub in p.read_text(encoding="utf-8")), None)
