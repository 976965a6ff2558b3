"""Which of several like things is meant, in words: the role in which an expression stands in a right answer."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise

from rnncourse.checking.diagnosis.edits.spots import Spot
from rnncourse.checking.diagnosis.edits.words import condition_in_words, function_in_words, function_name, in_words

_LONGEST = 48
#: Functions that are no role: they stand around anything.
_SILENT = frozenset(
    {"float", "int", "asarray", "array", "item", "tuple", "list", "append", "extend", "_counted", "_bounded"}
)


def role_of(spot: Spot) -> str:
    """Where an expression stands: "in the units times the units", "in the index of w_o"; '' where there is no word."""
    path = [*spot.around, spot.node] if isinstance(spot.node, ast.expr) else list(spot.around)
    for outer, inner in reversed(list(pairwise(path))):
        if words := _role(outer, inner, path):
            return words
    return ""


def limit_of(spot: Spot) -> str:
    """Which limit of a range an expression belongs to: "where the steps end"; '' for none."""
    path = [*spot.around, spot.node] if isinstance(spot.node, ast.expr) else list(spot.around)
    for outer, inner in reversed(list(pairwise(path))):
        if isinstance(outer, ast.Call) and function_name(outer) in ("range", "arange"):
            return _limit(outer, inner)
    return ""


def _role(outer: ast.AST, inner: ast.AST, path: Sequence[ast.AST]) -> str:
    match outer:
        case ast.Subscript() if inner is outer.slice:
            return f"in the index of {in_words(outer.value)}"
        case ast.Call() if function_name(outer) in ("range", "arange"):
            return _limit(outer, inner)
        case ast.Call() if inner in outer.args and function_name(outer) not in _SILENT:
            return f"in {function_in_words(function_name(outer))}"
        case ast.Attribute(attr=method) if path[-1] is inner and _is_called(outer, path):
            return f"in {function_in_words(method)}"
        case ast.BinOp(op=ast.Add() | ast.Sub()) if isinstance(inner, ast.Name) and len(in_words(outer)) > _LONGEST:
            return f"in the term with {in_words(inner)} alone"
        case ast.BinOp(op=ast.Add() | ast.Sub()) if isinstance(inner, ast.Name) and isinstance(outer.left, ast.BinOp):
            return f"in the term with {in_words(inner)} alone"
        case ast.BinOp():
            said = in_words(outer)
            return f"in {said}" if len(said) <= _LONGEST and not said.startswith("the part with") else ""
        case ast.Compare(left=left, comparators=[right]):
            return f"in the comparison with {in_words(right if inner is left else left)}"
        case ast.IfExp(test=test) if inner is test:
            return f"in the condition {condition_in_words(test)}"
    return ""


def _is_called(outer: ast.Attribute, path: Sequence[ast.AST]) -> bool:
    return any(isinstance(node, ast.Call) and node.func is outer for node in path)


def _limit(call: ast.Call, inner: ast.AST) -> str:
    position = next((place for place, given in enumerate(call.args) if given is inner), None)
    what = "steps" if function_name(call) == "range" else "numbers"
    if position is None or position > 1:
        return ""
    if len(call.args) == 1:
        return f"in how many {what} there are"
    return f"where the {what} {'end' if position else 'begin'}"
