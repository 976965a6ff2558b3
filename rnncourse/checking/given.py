"""The function with a mistake that a learner's cell starts from: its source, and whether an answer is still that."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import ModuleType
from typing import Any

import rnncourse
from rnncourse.checking.calls import definition_of
from rnncourse.checking.solutions import checks_in, globals_of, import_of, without_checks
from rnncourse.exercises.definitions import Exercise
from rnncourse.exercises.edits import edited_source, plain_source


def given_body(exercise: Exercise) -> list[str]:
    """The lines below ``def`` and docstring of the function whose mistake is to be found, four spaces in.

    Its source is that of the reference with the mistake's edits, without types and checks of arguments. What it calls
    of the package is called as a learner calls it, ``rnncourse.f``.

    Args:
        exercise: one that starts from a mistake.

    Raises:
        LookupError: the mistake is none of the exercise's, is not said as an edit, or its source needs a name that a
            notebook does not have. The message says what to do.
    """
    mistake = exercise.given
    function: Any = getattr(mistake, "function", None)
    if mistake is None or not hasattr(function, "edits"):
        raise LookupError(f"{exercise.name} starts from {exercise.starts_from!r}: say that mistake with changed(…).")
    names = {**function.reference.__globals__, **function.names}
    source = edited_source(function.reference, function.edits)
    if changes := checks_in(source) - checks_in(plain_source(function.reference)):
        raise LookupError(f"{mistake.name!r} changes a check of arguments, which no learner sees: {'; '.join(changes)}")
    text = without_checks(source, exercise.name)
    imports, renamed = set(), dict[str, str]()
    for name in globals_of(text):
        line, its_own = import_of(name, names), name in function.names and not isinstance(names[name], ModuleType)
        if line is None or (its_own and names[name] is not getattr(rnncourse, name, None)):
            raise LookupError(
                f"The mistaken {exercise.name} needs {name}, which a notebook does not have: make {name} public, or "
                f"start from another mistake than {exercise.starts_from!r}."
            )
        if line and isinstance(names.get(name), ModuleType):
            imports.add(f"    {line}")
        elif line:
            renamed[name] = f"rnncourse.{name}"
    return [*sorted(imports), *_renamed(text, renamed)]


def is_untouched(exercise: Exercise, function: Callable[..., Any]) -> bool:
    """Whether the code is still the given one; names of arguments, comments and lines that only print do not count.

    A function whose source is not to be had is taken for untouched: nobody is told of a change that was not made.
    """
    definition = definition_of(function)
    given = ast.parse("\n".join(["def given():", *given_body(exercise)])).body[0]
    return definition is None or _work(definition) == _work(given)


def _work(definition: ast.stmt) -> list[str]:
    """The statements of a function that do something."""
    assert isinstance(definition, ast.FunctionDef)
    return [ast.dump(statement) for statement in definition.body if not _only_says(statement)]


def _only_says(statement: ast.stmt) -> bool:
    """Whether it is a docstring or a call of print."""
    match statement:
        case ast.Expr(ast.Constant()) | ast.Expr(ast.Call(ast.Name("print"))):
            return True
    return False


def _renamed(text: str, names: dict[str, str]) -> list[str]:
    """The lines of a function's body, with other names for what it takes from around it.

    Imports of TensorFlow and Keras at its top, where the package puts them off, are left out.
    """
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    lines = [line.encode() for line in text.split("\n")]  # Python counts columns in bytes
    found = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id in names]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + names[node.id].encode() + line[node.end_col_offset :]
    first = next(statement for statement in function.body if not _is_import_of_a_library(statement))
    return [line.decode() for line in lines[first.lineno - 1 :]]


def _is_import_of_a_library(statement: ast.stmt) -> bool:
    """Whether it imports what a chapter imports itself, before it is needed."""
    return isinstance(statement, ast.Import) and all(alias.name in ("tensorflow", "keras") for alias in statement.names)
