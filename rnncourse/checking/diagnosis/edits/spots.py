"""Where a right answer can be changed: its expressions and its blocks of statements, with what is around them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rnncourse.checking.diagnosis.edits.guards import COUNTED, is_guard
from rnncourse.checking.diagnosis.edits.spellings import is_expectation
from rnncourse.checking.diagnosis.edits.words import function_name, in_words, name_in_words, plain_name, which_loop

#: How likely a change is: what is dropped, turned round or squashed otherwise, which learners often do and which is
#: said in few words; what they sometimes do; what is said only if nothing else fits.
LIKELY, POSSIBLE, UNLIKELY = 1, 2, 3

#: A rank, what stands in place of the old, and the clause that ends "Your numbers are as if …".
Offer = tuple[int, ast.AST | list[ast.stmt], Callable[[], str]]


@dataclass(frozen=True)
class Spot:
    """Where an expression, or a block, stands.

    Attributes:
        node: what stands there.
        parent, field, index: the node that holds it, under which field, and where in a list (None: not in a list).
        made: where the change is felt, after a comma: "in the new c", "where t is above 0"; '' where nobody needs it.
        role: "index" inside the brackets of an index, "range" inside the limits of a range, "called" for the function
            of a call, "axis" for the axis of a call, "option" for what else a call is told by name, "items" for what a
            loop goes over, "condition" for that of a comprehension; else "".
        scope: the names of the function.
        called: those of them that are called.
        into: the list that the expression is collected into, or ''.
    """

    node: ast.expr | list[ast.stmt]
    parent: ast.AST
    field: str
    index: int | None = None
    made: str = ""
    role: str = ""
    scope: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()
    into: str = ""

    def at(self, node: ast.expr | list[ast.stmt], parent: ast.AST, field: str, index: int | None = None) -> Spot:
        """Another spot of the same function."""
        return replace(self, node=node, parent=parent, field=field, index=index)


def spots(function: ast.FunctionDef, parts: tuple[str, ...]) -> Iterator[Spot]:
    """All spots of a function, in its order.

    Args:
        function: the definition, with its guards.
        parts: the names of what it returns, where there are several.
    """
    names = [argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)]
    names += [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    scope = tuple(dict.fromkeys(name for name in names if name != "_"))
    calls = {function_name(node) for node in ast.walk(function) if isinstance(node, ast.Call)}
    start = Spot(function.body, function, "body", scope=scope, called=frozenset(calls & set(scope)))
    arguments = frozenset(argument.arg for argument in function.args.args)
    yield from _block(start, function.body, parts, arguments)


def _block(spot: Spot, body: list[ast.stmt], parts: tuple[str, ...], arguments: frozenset[str]) -> Iterator[Spot]:
    """A block as a whole, then what is in its statements, in their order."""
    yield spot
    for statement in body:
        for name, value in ast.iter_fields(statement):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                inner = replace(spot, made=which_loop(body, statement) or spot.made)
                yield from _block(inner.at(value, statement, name), value, parts, arguments)
            elif isinstance(value, ast.expr) and not is_guard(statement):
                made = (
                    _made(statement, arguments) or _branch(spot, statement) or which_loop(body, statement) or spot.made
                )
                yield from _inside(replace(spot.at(value, statement, name), made=made), value, parts)
            elif name == "targets" and isinstance(value[0], ast.Tuple):
                yield spot.at(value[0], statement, name, 0)


def _inside(spot: Spot, node: ast.expr, parts: tuple[str, ...]) -> Iterator[Spot]:
    """An expression and what it is made of."""
    if is_expectation(node):
        return
    yield spot
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=collection), attr="append" | "extend")):
            spot = replace(spot, into=collection)
    returned = isinstance(spot.parent, ast.Return) and isinstance(node, ast.Tuple) and len(node.elts) == len(parts)
    for name, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            made = f"in {parts[index]}" if returned and index is not None else spot.made
            inner = replace(spot, made=made, role=_role(node, name, spot.role))
            match child:
                case ast.keyword(arg=word):
                    role = "axis" if word == "axis" else "option"
                    inner = replace(inner.at(child.value, child, "value"), role=role)
                    yield from _inside(inner, child.value, parts)
                case ast.comprehension():
                    yield from _comprehension(inner, child, parts)
                case ast.expr():
                    yield from _inside(inner.at(child, node, name, index), child, parts)


def _comprehension(spot: Spot, node: ast.comprehension, parts: tuple[str, ...]) -> Iterator[Spot]:
    yield from _inside(spot.at(node.iter, node, "iter"), node.iter, parts)
    for index, condition in enumerate(node.ifs):
        inner = replace(spot.at(condition, node, "ifs", index), role="condition")
        yield from _inside(inner, condition, parts)


def _role(node: ast.expr, name: str, role: str) -> str:
    match node:
        case ast.Call() if name == "func":
            return "called"
        case ast.Call() if function_name(node) == COUNTED:
            return "items"
        case ast.Subscript() if name == "slice":
            return "index"
        case ast.Call() if function_name(node) in ("range", "arange"):
            return "range"
    return role if role in ("index", "range", "option") else ""


def _branch(spot: Spot, statement: ast.stmt) -> str:
    """Where a result is returned, if that is one of several places."""
    if isinstance(statement, ast.Return) and isinstance(spot.parent, ast.If):
        return f"where {in_words(spot.parent.test)} holds"
    returns = isinstance(spot.node, list) and any(isinstance(part, ast.If) and _returns(part) for part in spot.node)
    return "in the result at the end" if isinstance(statement, ast.Return) and returns else ""


def _returns(node: ast.If) -> bool:
    return any(isinstance(part, ast.Return) for part in node.body)


def _made(statement: ast.stmt, arguments: frozenset[str]) -> str:
    """What a statement makes, where learners have a word for it."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            known = name in arguments or name_in_words(name) != plain_name(name)
            return f"in {name_in_words(name)}" if known else ""
    return ""
