"""The solution of an exercise as text, for people who learn alone."""

from __future__ import annotations

import ast
import builtins
import dis
import importlib
import inspect
import pprint
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType
from typing import Any

from rnncourse.exercises import TASKS, alternatives
from rnncourse.exercises.definitions import Exercise, Question, Stage, Task, Training

_PACKAGE = "rnncourse"
#: What the first cell of every chapter imports already.
_THERE = frozenset({"np"})


def solution_of(task: Task) -> str:
    """One right answer in full: code that runs below the first cell of the chapter; of a model, below all before it.

    Args:
        task: a function: the package's own, without its docstring and its checks of arguments, where that stands alone;
            else an alternative of the exercise. Or a question; or a model to train or a stage of a project, whose
            recipe takes what the cells of the chapter have made.

    Raises:
        LookupError: nothing of it stands alone; that is a fault of the exercise.
    """
    if isinstance(task, Question):
        return f"{task.name} = {pprint.pformat(task.answer, width=100, sort_dicts=False)}"
    if isinstance(task, Training):
        return f"# One of many right ways, with what the cells of the chapter have made:\n{task.recipe.strip()}"
    if isinstance(task, Stage):
        return f"# One project of many, with what the cells of the chapter have made:\n{task.recipe.strip()}"
    assert isinstance(task, Exercise)
    own = getattr(importlib.import_module(_PACKAGE), task.name)
    for function in (own, *task.alternatives):
        text = _standing_alone(function, task.name)
        if text:
            return text
    raise LookupError(f"{task.name} has no solution that stands alone: give the exercise an alternative.")


def _standing_alone(function: Callable[..., Any], name: str) -> str:
    """A function as a learner writes it, below what it imports; '' where it needs more than can be imported."""
    try:
        text = without_checks(textwrap.dedent(inspect.getsource(function)), name)
        imports = {import_of(needed, inspect.unwrap(function).__globals__) for needed in globals_of(text)}
    except (LookupError, SyntaxError):  # SyntaxError: a block that only checked is empty now
        return ""
    if None in imports:
        return ""
    lines = sorted(line for line in imports if line)
    return "\n".join([*lines, *["", ""] * bool(lines), text])


def without_checks(source: str, name: str) -> str:
    """The source of a function without docstring, types, decorators, and the statements that check arguments.

    Args:
        source: starts with the function's definition, at the left margin.
        name: what the function is to be called.

    Raises:
        LookupError: it is no plain function, or what a check makes of an argument gets another name.
    """
    definition = ast.parse(source).body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise LookupError(f"{name} is no function that starts with def.")
    given = {argument.arg for argument in definition.args.args}
    for check in _checks(definition):
        if not _stored(check) <= given:
            raise LookupError(f"{name} needs what it checks: {ast.unparse(check)}")
    return _plain(definition, source.splitlines(), name)


def _plain(definition: ast.FunctionDef, lines: list[str], name: str) -> str:
    """Without docstring, types, and the statements that check arguments."""
    left_out = _checks(definition)
    body = definition.body
    if ast.get_docstring(definition) is not None:
        left_out.append(body[0])
    gone = {n for node in left_out for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    heads: dict[int, str] = {}
    for inner in (node for part in body for node in ast.walk(part) if isinstance(node, ast.FunctionDef)):
        heads[inner.lineno] = " " * inner.col_offset + _head(inner, inner.name)
        gone |= set(range(inner.lineno + 1, inner.body[0].lineno))
    numbers = range(body[0].lineno, (definition.end_lineno or 0) + 1)
    kept = [heads.get(n, lines[n - 1]) for n in numbers if n not in gone]
    return "\n".join([_head(definition, name), *kept])


def _head(definition: ast.FunctionDef, name: str) -> str:
    """The first line of a definition, without types."""
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"def {name}({ast.unparse(definition.args)}):"


def checks_in(source: str) -> set[str]:
    """The statements of a function's source that check arguments."""
    definition = ast.parse(source).body[0]
    return set(map(ast.unparse, _checks(definition))) if isinstance(definition, ast.FunctionDef) else set()


def _checks(definition: ast.FunctionDef) -> list[ast.stmt]:
    return [node for node in ast.walk(definition) if isinstance(node, ast.stmt) and _is_check(node)]


def _stored(statement: ast.stmt) -> set[str]:
    names = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.id for node in names} - {"_"}


def _is_check(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but look at arguments: a call of expect_…, or a condition that raises."""
    if isinstance(statement, ast.If):
        return not statement.orelse and all(isinstance(inner, ast.Raise) for inner in statement.body)
    if not isinstance(statement, ast.Expr | ast.Assign):
        return False
    names = (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
    return any(name.lstrip("_").startswith("expect_") for name in names)


def globals_of(text: str) -> set[str]:
    """The names that a function takes from around it, its default values included."""
    tree = ast.parse(text)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    defaults = {node.id for node in ast.walk(function.args) if isinstance(node, ast.Name)}
    return defaults | set(_loaded(compile(tree, "<solution>", "exec", dont_inherit=True)))


def _loaded(code: CodeType) -> Iterator[str]:
    yield from (step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL")
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _loaded(inner)


def import_of(name: str, names: dict[str, Any]) -> str | None:
    """The line that imports a name, '' for one that is there already; None where there is no such line."""
    if name in _THERE or (name not in names and hasattr(builtins, name)):
        return ""
    value = names.get(name)
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}"
    package = importlib.import_module(_PACKAGE)
    twin = getattr(value, "__module__", "") == alternatives.__name__  # the package's of its name gives the same
    public = name in dir(package) and (name in TASKS or twin or getattr(package, name) is value)
    return f"from {_PACKAGE} import {name}" if public else None
