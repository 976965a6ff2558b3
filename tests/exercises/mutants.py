"""Automatic mutants of the reference functions: does ``check`` notice every small change that matters?

    PYTHONPATH=tests python -m exercises.mutants

prints, for each exercise, how many mutants were made, how many the check killed and how many are equivalent.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FrameType

import rnncourse
from rnncourse.checking.calls import Outcome, ask
from rnncourse.checking.comparing import parts_right, truth
from rnncourse.exercises import CHAPTERS, Exercise
from rnncourse.exercises.definitions import PRACTICE_SEED, Case

from exercises.chapters import EQUIVALENT

_SWAPPED_OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt],
    ast.Gt: [ast.GtE],
    ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
}
_COMMUTE = (ast.Add, ast.Mult)
_OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Compare)


@dataclass
class Mutant:
    """A changed copy of a reference function."""

    name: str
    function: Callable


def function_of(exercise: Exercise) -> Callable:
    """The package's own function, whose source is mutated."""
    return getattr(rnncourse, exercise.name)


def mutants_of(exercise: Exercise) -> Iterator[Mutant]:
    """Every single change of the function's source that the rules below allow."""
    original = function_of(exercise)
    tree = ast.parse(textwrap.dedent(inspect.getsource(original)))
    seen = {ast.unparse(tree)}
    for index, node in enumerate(_mutable_nodes(tree)):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            target = list(_mutable_nodes(mutated))[index]
            replacement = change(target)
            _replace(mutated, target, replacement)
            source = ast.unparse(ast.fix_missing_locations(mutated))
            if source in seen:
                continue
            seen.add(source)
            before, after = ast.unparse(node), ast.unparse(replacement) if replacement is not None else "removed"
            yield Mutant(f"{_statement_of(tree, node)}: {before} -> {after}", _compile(source, original))


def _mutable_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes of the body, in order, without docstrings, annotations and the checks of arguments."""
    function = tree.body[0]
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        yield from _walk(statement)


def _statement_of(tree: ast.AST, node: ast.AST) -> str:
    """The first line of the innermost statement around a node."""
    inside = [s for s in ast.walk(tree) if isinstance(s, ast.stmt) and any(part is node for part in ast.walk(s))]
    return ast.unparse(inside[-1]).split("\n")[0].rstrip(":")


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    call = node.value if isinstance(node, ast.Expr) else node
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and "expect" in call.func.id:
        return
    if isinstance(node, ast.If) and any(isinstance(part, ast.Raise) for part in node.body):
        return
    yield node
    for field, value in ast.iter_fields(node):
        if field == "annotation" or (field in ("returns", "args") and isinstance(node, ast.FunctionDef)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _changes(node: ast.AST) -> Iterator[Callable]:
    if isinstance(node, ast.BinOp):
        yield from (lambda n, new=new: _with(n, op=new()) for new in _SWAPPED_OPERATORS.get(type(node.op), []))
        yield lambda n: n.left
        yield lambda n: n.right
        if not isinstance(node.op, _COMMUTE):
            yield lambda n: _with(n, left=n.right, right=n.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda n: n.operand
    elif isinstance(node, ast.Compare):
        yield from (lambda n, new=new: _with(n, ops=[new()]) for new in _SWAPPED_OPERATORS.get(type(node.ops[0]), []))
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield lambda n: ast.Constant(n.value + 1)
        yield lambda n: ast.Constant(n.value - 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda n: ast.Constant(not n.value)
    elif isinstance(node, ast.Call):
        yield from _call_changes(node)
    elif isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield lambda n: _with(n, elts=n.elts[::-1])
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and ("kernel" in node.id or node.id == "inputs"):
        yield lambda n: ast.Attribute(copy.deepcopy(n), "T", ast.Load())
    elif isinstance(node, ast.IfExp):
        yield lambda n: n.body
        yield lambda n: n.orelse
    elif isinstance(node, ast.Expr | ast.AugAssign):
        yield lambda n: None


def _call_changes(node: ast.Call) -> Iterator[Callable]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for i in range(len(node.args) - 1):
        yield lambda n, i=i: _with(n, args=[*n.args[:i], n.args[i + 1], n.args[i], *n.args[i + 2 :]])
    if len(node.args) == 1 and name in ("tanh", "abs", "floor", "tril", "log"):
        yield lambda n: n.args[0]
    if name == "tanh":
        yield lambda n: _with(n, func=ast.Attribute(n.func.value, "sin", ast.Load()))
    for i in range(len(node.keywords)):
        yield lambda n, i=i: _with(n, keywords=[*n.keywords[:i], *n.keywords[i + 1 :]])


def _with(node: ast.AST, **fields) -> ast.AST:
    changed = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _replace(tree: ast.AST, target: ast.AST, replacement: ast.AST | None) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, field, replacement)
                return
            if isinstance(value, list) and any(item is target for item in value):
                place = next(i for i, item in enumerate(value) if item is target)
                value[place : place + 1] = [replacement] if replacement is not None else []
                if not value and field == "body":
                    value.append(ast.Pass())
                return


def _compile(source: str, original: Callable) -> Callable:
    space = dict(vars(sys.modules[original.__module__]))
    exec(compile(f"from __future__ import annotations\n{source}", f"<mutant of {original.__name__}>", "exec"), space)
    return space[original.__name__]


#: What of the package a learner is told to call, by exercise: it is no part of what is asked for.
HANDED = {
    "attend": ("softmax_with_temperature",),
    "descend": ("run_layer",),
    "lstm_step": ("sigmoid",),
    "lstm_step_backward": ("sigmoid",),
    "peephole_lstm_step": ("sigmoid",),
    "gru_step": ("sigmoid",),
    "min_lstm_steps": ("sigmoid",),
}


def arithmetic_elsewhere(exercise: Exercise, function: Callable | None = None) -> dict[str, str]:
    """Where the course's modules compute something for a reference outside of its own body, and what.

    Mutants of such a reference never touch its formula. Not counted: checks of arguments, the cell that a case brings
    along, what the learner is told to call, and what was written before, the references of the exercises so far.

    Args:
        exercise: whose first case is run.
        function: what to run in place of the package's own function.

    Returns:
        Name of a function -> an operation in it; empty where the whole formula stands in the body.
    """
    function = function or function_of(exercise)
    case = exercise.make_cases(PRACTICE_SEED)[0]
    names = [other.name for group in CHAPTERS.values() for other in group if isinstance(other, Exercise)]
    own_code = inspect.unwrap(function).__code__
    known = {inspect.unwrap(getattr(rnncourse, name)).__code__ for name in names[: names.index(exercise.name)]}
    known |= {value.__code__ for value in case.values() if inspect.isfunction(value)}
    known |= {inspect.unwrap(getattr(rnncourse, name)).__code__ for name in HANDED.get(exercise.name, ())}
    found: dict[str, str] = {}

    def enter(frame: FrameType, event: str, argument: object) -> Callable | None:
        operations = _operations(frame.f_code.co_filename)
        if not operations or frame.f_code is own_code or not known.isdisjoint(_codes_above(frame)):
            return None

        def see(frame: FrameType, event: str, argument: object) -> Callable:
            if event == "line" and frame.f_lineno in operations:
                found[frame.f_code.co_qualname] = operations[frame.f_lineno]
            return see

        return see

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        exercise.call(function, case)
    finally:
        sys.settrace(before)
    own = f"{function.__qualname__}.<locals>."
    return {name: operation for name, operation in found.items() if not name.startswith(own)}


def _codes_above(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


@functools.cache
def _operations(path: str) -> dict[int, str]:
    """Line -> an operation that the rules change, in a course module; nothing for any other file."""
    file = Path(path)
    if file.parent != Path(rnncourse.__file__).parent or file.name == "shapes.py":
        return {}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    checks = {part for node in ast.walk(tree) if _is_check(node) for part in ast.walk(node)}
    nodes = [node for statement in tree.body for node in _walk(statement) if node not in checks]
    changed = [
        node for node in nodes if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare) and any(_changes(node))
    ]
    return {line: ast.unparse(node) for node in changed for line in range(node.lineno, node.end_lineno + 1)}


def _is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and "expect" in node.name


def survivors(exercise: Exercise) -> tuple[list[str], int]:
    """The names of the mutants that the check takes for right, and how many were made."""
    quick = replace(exercise, seconds=1.0)
    pairs = [(case, truth(exercise, case)) for case in exercise.make_cases(PRACTICE_SEED)]
    names, total = [], 0
    for mutant in mutants_of(exercise):
        total += 1
        if _taken_for_right(quick, mutant.function, pairs):
            names.append(mutant.name)
    return names, total


def _taken_for_right(exercise: Exercise, function: Callable, pairs: list[tuple[Case, Outcome]]) -> bool:
    """Whether ``check`` would say that it is right; what it would say of a wrong one takes most of its time."""
    call = exercise.as_call()
    return all(all(parts_right(exercise, [ask(call, function, case)], [expected])) for case, expected in pairs)


def report() -> str:
    """One line an exercise: made, killed, equivalent, and the score over those that are not equivalent."""
    lines = [f"{'exercise':24}{'mutants':>9}{'killed':>9}{'equivalent':>12}{'score':>8}"]
    for exercises in CHAPTERS.values():
        for exercise in exercises:
            if isinstance(exercise, Exercise):
                alive, total = survivors(exercise)
                equal = [name for name in alive if (exercise.name, name) in EQUIVALENT]
                score = (total - len(alive)) / (total - len(equal))
                lines.append(f"{exercise.name:24}{total:9}{total - len(alive):9}{len(equal):12}{score:8.0%}")
                lines += [f"    alive: {name}" for name in alive if name not in equal]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
