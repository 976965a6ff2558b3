"""Whether a change made on top of a known mistake touches what the mistake has changed.

Then neither may be claimed: the change may undo the mistake, or replace a part of it. Where a mistake has lost the
condition t > 0 of ``h[t - 1]``, and ``t`` stands in place of ``t - 1``, no step looks at the last state any more,
though the function is that mistake and one change.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rnncourse.checking.diagnosis.edits.changes import Change
from rnncourse.checking.diagnosis.edits.words import function_name


@dataclass
class Touched:
    """What a mistake has changed in the right answer that it is made of.

    Attributes:
        own: the numbers (``id``) of its nodes that have no counterpart in the right answer.
        near: of a node in a changed statement, or under a changed condition: the names that came, went, or decide.
        made: the names that changed statements set.
    """

    own: set[int] = field(default_factory=set)
    near: dict[int, set[str]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def has(self, change: Change) -> bool:
        """Whether a change touches it: what the mistake wrote, its names beside it, a condition on its results."""
        old, new = change.spot.node, change.new
        if isinstance(old, list):
            kept = {id(statement) for statement in new} if isinstance(new, list) else set()
            gone = [statement for statement in old if id(statement) not in kept]
            return any(id(one) in self.own or _names(_condition(one)) & self.made for one in gone)
        near = _names(old) & self.near.get(id(old), set())
        return bool(id(old) in self.own or near or _names(_condition(old)) & self.made)


def touched(mistake: ast.FunctionDef, right: ast.FunctionDef) -> Touched:
    """What is another in a mistake than in the right answer that it is an edit of."""
    found = Touched()
    _compare_blocks(mistake.body, right.body, found)
    return found


def _compare_blocks(mine: list[ast.stmt], theirs: list[ast.stmt], found: Touched) -> None:
    same = difflib.SequenceMatcher(None, [_text(one) for one in mine], [_text(one) for one in theirs], False)
    for kind, a, b, c, d in same.get_opcodes():
        if kind != "equal" and b - a == d - c:
            for one, other in zip(mine[a:b], theirs[c:d], strict=True):
                _compare_statements(one, other, found)
        elif kind != "equal":
            found.own |= {id(node) for one in mine[a:b] for node in ast.walk(one)}
            found.made |= {name for one in (*mine[a:b], *theirs[c:d]) for name in _set_in(one)}


def _compare_statements(mine: ast.stmt, theirs: ast.stmt, found: Touched) -> None:
    """Two statements that differ; of those with a block inside only what is really another."""
    if type(mine) is not type(theirs):
        found.own |= {id(node) for node in ast.walk(mine)}
        found.made |= {*_set_in(mine), *_set_in(theirs)}
        return
    for name, value in ast.iter_fields(mine):
        other = getattr(theirs, name)
        if _text(value) == _text(other):
            continue
        if name in ("body", "orelse") and isinstance(value, list):
            _compare_blocks(value, other, found)
            continue
        _compare_expressions(value, other, found)
        if not hasattr(mine, "body"):
            found.made |= {*_set_in(mine), *_set_in(theirs)}
        else:  # what the block does hangs on what decides, or counts
            _mark(ast.walk(mine), _all_names(mine, name) | _all_names(theirs, name), found)


def _compare_expressions(mine: object, theirs: object, found: Touched) -> None:
    """Of an expression that differs what is the mistake's own, and which names came or went."""
    here, there = ({_text(node) for node in _nodes(one)} for one in (mine, theirs))
    spare = Counter(_kind(node) for node in _nodes(theirs))
    for node in _nodes(mine):  # from outside to inside
        spare[_kind(node)] -= 1
        if _text(node) not in there and not (_kind(node) and spare[_kind(node)] >= 0):
            found.own.add(id(node))
    gone = {name for node in _nodes(theirs) if _text(node) not in here for name in _own_names(node, here)}
    come = {name for node in _nodes(mine) if _text(node) not in there for name in _own_names(node, there)}
    _mark(_nodes(mine), gone | come, found)


def _mark(nodes: Iterator[ast.AST], names: set[str], found: Touched) -> None:
    for node in nodes:
        found.near[id(node)] = found.near.get(id(node), set()) | names


def _kind(node: ast.AST) -> str:
    """Of a call its function, of a sum or a product its operator: what is inside may differ, it itself remains."""
    match node:
        case ast.Call(func=func):
            return _text(func)
        case ast.BinOp(op=op):
            return type(op).__name__
    return ""


def _own_names(node: ast.AST, kept: set[str]) -> Iterator[str]:
    """The names in a node, those in parts that remain left aside."""
    if isinstance(node, ast.Name):
        yield node.id
    for child in ast.iter_child_nodes(node):
        if _text(child) not in kept:
            yield from _own_names(child, kept)


def _nodes(value: object) -> Iterator[ast.AST]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, ast.AST):
            yield from (node for node in ast.walk(one) if isinstance(node, ast.expr))


def _text(value: object) -> str:
    if isinstance(value, list):
        return str([_text(one) for one in value])
    return ast.dump(value) if isinstance(value, ast.AST) else repr(value)


def _names(node: ast.AST | None) -> set[str]:
    return set() if node is None else {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _all_names(statement: ast.stmt, name: str) -> set[str]:
    return {one.id for one in _nodes(getattr(statement, name)) if isinstance(one, ast.Name)}


def _set_in(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _condition(node: ast.AST) -> ast.AST | None:
    """What decides: the condition of an if or of a where, a comparison, what follows a "not"; None for what is none."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return test
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not() | ast.Invert()):
            return node
        case ast.Call(args=[test, _, _]) if function_name(node) == "where":
            return test
    return None
