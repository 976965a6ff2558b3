"""Where a right answer can be changed: its expressions and its blocks of statements, with what is around them."""

from __future__ import annotations

import ast
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rnncourse.checking.diagnosis.edits.guards import COUNTED, is_guard
from rnncourse.checking.diagnosis.edits.spellings import is_expectation
from rnncourse.checking.diagnosis.edits.words import function_name, name_in_words, where_it_holds, which_loop

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
        around: the expressions that it stands in, the outermost first.
        arguments: those of the names that are arguments.
        repeated: those of the names that are read in more than one place.
        made_by: name -> what goes into the function of one argument that makes it.
        stops_gradients: whether the function stops gradients somewhere.
        statement: the statement that it stands in.
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
    around: tuple[ast.AST, ...] = ()
    arguments: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    made_by: Mapping[str, ast.Call] = dataclasses.field(default_factory=dict)
    stops_gradients: bool = False
    statement: ast.stmt | None = None

    @property
    def returned(self) -> bool:
        """Whether it is what is returned, or one of several results."""
        alone = not self.around or (len(self.around) == 1 and isinstance(self.around[0], ast.Tuple))
        return isinstance(self.statement, ast.Return) and alone

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
    read = Counter(n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    start = Spot(
        function.body,
        function,
        "body",
        scope=scope,
        called=frozenset(calls & set(scope)),
        arguments=frozenset(argument.arg for argument in function.args.args),
        repeated=frozenset(name for name, times in read.items() if times > 1),
        made_by=_made_by(function),
        stops_gradients=any(isinstance(n, ast.Attribute) and n.attr == "stop_gradient" for n in ast.walk(function)),
    )
    yield from _block(start, function.body, parts)


def _made_by(function: ast.FunctionDef) -> dict[str, ast.Call]:
    """The names that are set to a function of one argument, and to nothing else but numbers to begin with."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for name, value in named_values(node):
                if not isinstance(value, ast.Constant):
                    found.setdefault(name, []).append(value)
    made = {name: values[0] for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in made.items() if isinstance(value, ast.Call) and len(value.args) == 1}


def named_values(statement: ast.Assign) -> list[tuple[str, ast.expr]]:
    """Which names a statement sets, to what; of ``a, b = x, y`` one by one."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [(name, value)]
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            if all(isinstance(name, ast.Name) for name in names):
                return [(function_name(name), value) for name, value in zip(names, values, strict=True)]
    return []


def _block(spot: Spot, body: list[ast.stmt], parts: tuple[str, ...]) -> Iterator[Spot]:
    """A block as a whole, then what is in its statements, in their order."""
    yield spot
    for statement in body:
        for name, value in ast.iter_fields(statement):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                inner = replace(spot, made=which_loop(body, statement) or spot.made)
                own = () if isinstance(statement, ast.FunctionDef) else parts  # what a function inside returns is none
                yield from _block(inner.at(value, statement, name), value, own)
            elif isinstance(value, ast.expr) and not is_guard(statement):
                made = _made(statement) or _branch(spot, statement) or which_loop(body, statement) or spot.made
                start = replace(spot.at(value, statement, name), made=made, around=(), statement=statement)
                yield from _inside(start, value, parts, _made_of_each(statement))
            elif name == "targets" and isinstance(value[0], ast.Tuple):
                yield spot.at(value[0], statement, name, 0)


def _inside(spot: Spot, node: ast.expr, parts: tuple[str, ...], each: Sequence[str] = ()) -> Iterator[Spot]:
    """An expression and what it is made of; ``each``: of a tuple, where each of its entries is felt."""
    if is_expectation(node):
        return
    yield spot
    spot = replace(spot, around=(*spot.around, node))
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=collection), attr="append" | "extend")):
            spot = replace(spot, into=collection)
    returned = isinstance(spot.parent, ast.Return) and isinstance(node, ast.Tuple) and len(node.elts) == len(parts)
    for name, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            made = f"in {parts[index]}" if returned and index is not None else spot.made
            if each and index is not None:
                made = each[index] or made
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
        case ast.Lambda():
            return ""
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
        return where_it_holds(spot.parent.test)
    returns = isinstance(spot.node, list) and any(isinstance(part, ast.If) and _returns(part) for part in spot.node)
    return "in the result at the end" if isinstance(statement, ast.Return) and returns else ""


def _returns(node: ast.If) -> bool:
    return any(isinstance(part, ast.Return) for part in node.body)


def _made(statement: ast.stmt) -> str:
    """What a statement makes, where there is a word for it."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return _in(name)
    return ""


def _made_of_each(statement: ast.stmt) -> list[str]:
    """What each entry of ``a, b = x, y`` makes."""
    named = named_values(statement) if isinstance(statement, ast.Assign) else []
    return [_in(name) for name, _ in named] if len(named) > 1 else []


def _in(name: str) -> str:
    """A name as a place; short ones say nothing, unless the course has a word for them."""
    words = name_in_words(name)
    return f"in {words}" if len(name) > 3 or words != name else ""
