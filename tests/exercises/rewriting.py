"""Right answers in other styles, written by a program: names, order, products, loops, steps between, forms of results.

Each rewriting keeps what a function computes, up to rounding. Where it does not (lists that are added do not commute),
the rewritten function gives something else than the one it comes from, and is no right answer: it is left out.
"""

from __future__ import annotations

import ast
import copy
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncourse.exercises import TASKS, Exercise
from rnncourse.exercises.definitions import PRACTICE_SEED

from answers import names_around, plain_source_of, written
from exercises.chapters import ALTERNATIVES


@dataclass(frozen=True)
class Rewritten:
    """A right answer in another style.

    Attributes:
        exercise: what it answers.
        how: what was done to it.
        source: its text.
        function: itself.
    """

    exercise: Exercise
    how: str
    source: str
    function: Callable[..., Any]


def renamed(function: ast.FunctionDef, draw: random.Random) -> None:
    """Local variables and arguments without a default get other names."""
    plain = [*function.args.posonlyargs, *function.args.args]
    free = plain[: len(plain) - len(function.args.defaults)]
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    inner = {a.arg for n in ast.walk(function) if n is not function and isinstance(n, ast.arguments) for a in n.args}
    kept = inner - {a.arg for a in plain} | {a.arg for a in plain[len(free) :]}
    names = sorted((stored | {argument.arg for argument in free}) - kept)
    new = {name: f"v{number}" for number, name in enumerate(draw.sample(names, len(names)))}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
        elif isinstance(node, ast.arg) and node in free:
            node.arg = new.get(node.arg, node.arg)


def commuted(function: ast.FunctionDef, draw: random.Random) -> None:
    """Some factors and terms change places."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult) and draw.random() < 0.8:
            node.left, node.right = node.right, node.left


class _Products(ast.NodeTransformer):
    def __init__(self, draw: random.Random) -> None:
        self.form = draw.choice(["np.dot(A, B)", "np.matmul(A, B)", "np.einsum('ij,jk->ik', A, B)", _LOOPS])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        text = self.form.replace("A", f"({ast.unparse(node.left)})").replace("B", f"({ast.unparse(node.right)})")
        return ast.parse(text, mode="eval").body


_LOOPS = "np.array([[sum(p * q for p, q in zip(row, column)) for column in np.transpose(B)] for row in A])"


def products(function: ast.FunctionDef, draw: random.Random) -> None:
    """@ as dot, matmul, einsum, or as loops."""
    _Products(draw).visit(function)


class _Blocks(ast.NodeTransformer):
    """Rewrites the statements of every block."""

    def __init__(self, change: Callable[[list[ast.stmt]], list[ast.stmt]]) -> None:
        self.change = change

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                setattr(node, name, self.change(block))
        return node


def while_loops(function: ast.FunctionDef, draw: random.Random) -> None:
    """for as while, with a counter."""
    count = iter(range(1000))

    def change(block: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in block:
            if isinstance(statement, ast.For) and not statement.orelse:
                n = next(count)
                text = f"items{n} = list({ast.unparse(statement.iter)})\ni{n} = 0\nwhile i{n} < len(items{n}):\n"
                text += f"    {ast.unparse(statement.target)} = items{n}[i{n}]\n    i{n} += 1\n"
                start = ast.parse(text).body
                start[-1].body += statement.body
                made += start
            else:
                made.append(statement)
        return made

    _Blocks(change).visit(function)


def comprehensions(function: ast.FunctionDef, draw: random.Random) -> None:
    """A list that is given a name is filled in a loop."""

    def change(block: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in block:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.ListComp(elt=element, generators=[loop])):
                    header = f"for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}:"
                    where = " and ".join(f"({ast.unparse(test)})" for test in loop.ifs) or "True"
                    made += ast.parse(
                        f"{name} = []\n{header}\n    if {where}: {name}.append({ast.unparse(element)})"
                    ).body
                case _:
                    made.append(statement)
        return made

    _Blocks(change).visit(function)


def named(function: ast.FunctionDef, draw: random.Random) -> None:
    """Every operation gets a line and a name of its own."""
    count = iter(range(1000))

    def hoisted(node: ast.expr, before: list[ast.stmt]) -> ast.expr:
        if isinstance(node, ast.BinOp):
            node.left, node.right = hoisted(node.left, before), hoisted(node.right, before)
        elif isinstance(node, ast.Call) and not any(isinstance(a, ast.Starred) for a in node.args):
            node.args = [hoisted(argument, before) for argument in node.args]
        else:
            return node
        name = f"part{next(count)}"
        before.append(ast.Assign([ast.Name(name, ast.Store())], node, lineno=1))
        return ast.Name(name, ast.Load())

    def change(block: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in block:
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) and statement.value is not None:
                statement.value = hoisted(statement.value, made)
            made.append(statement)
        return made

    _Blocks(change).visit(function)


def inlined(function: ast.FunctionDef, draw: random.Random) -> None:
    """A name that is used once, in the next statement, is not given."""
    uses = [n.id for n in ast.walk(function) if isinstance(n, ast.Name)]

    def change(block: list[ast.stmt]) -> list[ast.stmt]:
        made = list(block)
        for first, second in itertools.pairwise(block):
            match first:
                case ast.Assign(targets=[ast.Name(id=name)]) if uses.count(name) == 2 and not _has_block(second):
                    for node in ast.walk(second):
                        for field, value in ast.iter_fields(node):
                            if isinstance(value, ast.Name) and value.id == name and first in made:
                                setattr(node, field, first.value)
                                made.remove(first)
                            elif isinstance(value, list) and first in made:
                                for place, item in enumerate(value):
                                    if isinstance(item, ast.Name) and item.id == name and first in made:
                                        value[place] = first.value
                                        made.remove(first)
        return made

    _Blocks(change).visit(function)


def _has_block(statement: ast.stmt) -> bool:
    return hasattr(statement, "body")


def reordered(function: ast.FunctionDef, draw: random.Random) -> None:
    """Assignments that do not need each other change places."""

    def change(block: list[ast.stmt]) -> list[ast.stmt]:
        made = list(block)
        for place in range(len(made) - 1):
            one, other = made[place : place + 2]
            bound = _names(one, ast.Store) & _names(other) | _names(other, ast.Store) & _names(one)
            if _pure(one) and _pure(other) and not bound:
                made[place : place + 2] = [other, one]
        return made

    _Blocks(change).visit(function)


def _pure(statement: ast.stmt) -> bool:
    """An assignment to names that calls nothing but NumPy."""
    if not isinstance(statement, ast.Assign) or any(isinstance(t, ast.Subscript) for t in statement.targets):
        return False
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return all(ast.unparse(call).startswith(("np.", "len", "sigmoid", "range", "list", "max")) for call in calls)


def _names(statement: ast.stmt, context: type[ast.expr_context] = ast.expr_context) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def in_place(function: ast.FunctionDef, draw: random.Random) -> None:
    """x = a + b as a copy of a to which b is added."""
    operators = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}

    def change(block: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in block:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=left, op=op, right=right)) if type(
                    op
                ) in operators and name not in _names(ast.Expr(right)):
                    text = f"{name} = np.array({ast.unparse(left)}, dtype=float)\n"
                    made += ast.parse(f"{text}{name} {operators[type(op)]} {ast.unparse(right)}").body
                case _:
                    made.append(statement)
        return made

    _Blocks(change).visit(function)


STYLES: dict[str, Callable[[ast.FunctionDef, random.Random], None]] = {
    "renamed": renamed,
    "commuted": commuted,
    "products": products,
    "while loops": while_loops,
    "comprehensions as loops": comprehensions,
    "named": named,
    "inlined": inlined,
    "reordered": reordered,
    "in place": in_place,
}


def _each(change: Callable[[np.ndarray], Any]) -> Callable[[Any], Any]:
    """A change of every array and number in a result."""

    def changed(result: Any) -> Any:
        if isinstance(result, list | tuple):
            return type(result)(changed(part) for part in result)
        return change(np.asarray(result)) if isinstance(result, np.ndarray | np.generic | int | float) else result

    return changed


def _tensor(array: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.constant(array)


#: Other forms of the same result: name -> (result) -> the same in this form.
FORMS: dict[str, Callable[[Any], Any]] = {
    "in lists": _each(np.ndarray.tolist),
    "in tensors": _each(_tensor),
    "in single precision": _each(lambda array: array.astype(np.float32) if array.dtype.kind == "f" else array),
    "in column order": _each(lambda array: np.asfortranarray(array) if array.ndim else array),
    "as parts of something larger": _each(lambda array: np.stack([array, array], axis=-1)[..., 0]),
    "a list for a tuple": lambda result: list(result) if isinstance(result, tuple) else result,
    "a tuple for a list": lambda result: tuple(result) if isinstance(result, list) else result,
}


def sources() -> Iterator[tuple[Exercise, Callable[..., Any], str]]:
    """Right answers in plain NumPy, with their sources."""
    for exercise in TASKS.values():
        if isinstance(exercise, Exercise):
            for right in (exercise.reference, *ALTERNATIVES.get(exercise.name, [])):
                source = plain_source_of(right)
                if source is not None:
                    yield exercise, right, source


def rewritings(seed: int, each: int, step: int = 1) -> Iterator[Rewritten]:
    """Each right answer in some other styles: one, two or three at once, sometimes with another form of its result.

    Args:
        seed: chooses the styles.
        each: how many styles of each answer are tried; those that change it are left out.
        step: every how-manieth answer is rewritten.
    """
    draw = random.Random(seed)
    for exercise, right, source in itertools.islice(sources(), 0, None, step):
        for _ in range(each):
            found = _rewritten(exercise, right, source, draw)
            if found is not None:
                yield found


def _rewritten(exercise: Exercise, right: Callable[..., Any], source: str, draw: random.Random) -> Rewritten | None:
    tree = ast.parse(source)
    assert isinstance(tree.body[0], ast.FunctionDef)
    styles = draw.sample(list(STYLES), draw.choice([1, 2, 3]))
    for style in styles:
        STYLES[style](tree.body[0], draw)
        tree = ast.parse(ast.unparse(ast.fix_missing_locations(tree)))
    form = draw.choice([*FORMS, "", "", ""])
    text = ast.unparse(tree)
    function = written(text, right.__name__, {**names_around(right), "np": np})
    if text == ast.unparse(ast.parse(source)) or not _gives_the_same(exercise, right, function):
        return None
    answer = (lambda *given, **named: FORMS[form](function(*given, **named))) if form else function
    return Rewritten(exercise, ", ".join([*styles, form] if form else styles), text, answer)


def _gives_the_same(exercise: Exercise, right: Callable[..., Any], function: Callable[..., Any]) -> bool:
    """Whether a rewritten function gives, to rounding, what the one it comes from gives."""
    for case in exercise.make_cases(PRACTICE_SEED):
        try:
            with np.errstate(all="ignore"):
                got, want = (exercise.call(f, copy.deepcopy(case)) for f in (function, right))
                if not _alike(got, want):
                    return False
        except Exception:  # a rewriting that does not fit here may raise anything
            return False
    return True


def _alike(got: Any, want: Any) -> bool:
    if isinstance(want, list | tuple):
        return type(got) is type(want) and len(got) == len(want) and all(map(_alike, got, want))
    return np.shape(got) == np.shape(want) and np.allclose(got, want, rtol=1e-9, atol=1e-9, equal_nan=True)
