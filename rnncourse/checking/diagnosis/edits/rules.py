"""What learners write in place of an operation: each rule says what stands there, what else could, and how it is said.

In a rule, a name of one letter stands for any expression, a longer one for itself.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, Offer
from rnncourse.checking.diagnosis.edits.words import in_words

_TABLE = (
    (LIKELY, "a + b", "a", "{b} were left out"),  # of a number, "not added to" says more: see _say
    (LIKELY, "a + b", "b", "{a} were left out"),
    (LIKELY, "a + b", "a - b", "{b} were subtracted, not added"),
    (POSSIBLE, "a + b", "b - a", "{a} were subtracted, not added"),
    (POSSIBLE, "a + b", "a * b", "{a} and {b} were multiplied, not added"),
    (LIKELY, "a - b", "b", "“{a} minus” before {b} were left out"),
    (LIKELY, "a - b", "a", "{b} were left out"),
    (POSSIBLE, "a - b", "-b", "{a} were left out"),
    (LIKELY, "a - b", "a + b", "{b} were added, not subtracted"),
    (LIKELY, "a - b", "b - a", "the sign of {whole} were turned round"),
    (POSSIBLE, "a - b", "a * b", "{a} and {b} were multiplied, not subtracted"),
    (LIKELY, "a * b", "a", "the factor {b} were left out"),
    (LIKELY, "a * b", "b", "the factor {a} were left out"),
    (POSSIBLE, "a * b", "a / b", "there were a division by {b}, not a product with it"),
    (POSSIBLE, "a * b", "b / a", "there were a division by {a}, not a product with it"),
    (POSSIBLE, "a * b", "a + b", "{a} and {b} were added, not multiplied"),
    (POSSIBLE, "(a + b) * c", "a * c + b", "only {a} were multiplied by {c}, and {b} not"),
    (POSSIBLE, "(a - b) * c", "a - b * c", "only {b} were multiplied by {c}, and {a} not"),
    (POSSIBLE, "(a + b) * c", "a + b * c", "only {b} were multiplied by {c}, and {a} not"),
    (POSSIBLE, "c * (a + b)", "c * a + b", "only {a} were multiplied by {c}, and {b} not"),
    (POSSIBLE, "c * (a - b)", "c * a - b", "only {a} were multiplied by {c}, and {b} not"),
    (LIKELY, "a / b", "a", "the division by {b} were left out"),
    (LIKELY, "a / b", "a * b", "there were a product with {b}, not a division by it"),
    (POSSIBLE, "a / b", "b", "only the divisor {b} were there"),
    (POSSIBLE, "a / b", "b / a", "the two sides of a division by {b} were exchanged"),
    (POSSIBLE, "(a + b) / c", "a + b / c", "only {b} were divided by {c}, and {a} not"),
    (POSSIBLE, "(a - b) / c", "a - b / c", "only {b} were divided by {c}, and {a} not"),
    (POSSIBLE, "a / (b * c)", "a / b * c", "{c} did not stand in the divisor, but were a factor"),
    (POSSIBLE, "a / (b + c)", "a / b + c", "{c} did not stand in the divisor, but were added at the end"),
    (POSSIBLE, "a // b", "a", "the division by {b} were left out"),
    (POSSIBLE, "a % b", "a", "the remainder by {b} were not taken"),
    (LIKELY, "a ** 0.5", "a", "the square root of {a} were left out"),
    (LIKELY, "a ** b", "a", "{a} were not taken to its power"),
    (POSSIBLE, "a ** b", "a * b", "{a} were multiplied by {b}, not raised to it"),
    (POSSIBLE, "a ** b", "b ** _bounded(a)", "base and exponent were exchanged"),
    (LIKELY, "a ** _bounded(b / c)", "a ** _bounded(b) / c", "the exponent {b} divided by {c} had no parentheses"),
    (POSSIBLE, "a ** b", "1 - (1 - a) ** b", "1 minus {a} were taken to the power, in place of {a}"),
    (LIKELY, "(a - b) ** c", "a - b ** c", "only {b} were taken to its power, and {a} not"),
    (LIKELY, "a @ b", "a", "the product with {b} were left out"),
    (LIKELY, "a @ b", "b", "the product with {a} were left out"),
    (LIKELY, "a @ b.T", "a @ b", "{b} were not transposed"),
    (LIKELY, "a.T @ b", "a @ b", "{a} were not transposed"),
    (LIKELY, "a @ b", "a @ _transposed(b)", "{b} were transposed"),
    (LIKELY, "a @ b", "_transposed(a) @ b", "{a} were transposed"),
    (POSSIBLE, "a @ b", "b @ a", "the factors of {whole} were exchanged"),
    (POSSIBLE, "a @ b", "a * b", "{a} and {b} were multiplied element by element, not as matrices"),
    (LIKELY, "-a", "a", "the sign of {a} were not turned"),
    (LIKELY, "not a", "a", "the condition on {a} were turned round"),
    (LIKELY, "~a", "a", "the condition on {a} were turned round"),
    (LIKELY, "a if b else c", "a", "{a} stood there always, not only where {b} holds"),
    (LIKELY, "a if b else c", "c", "{c} stood there always, also where {b} holds"),
    (LIKELY, "a if b else c", "c if b else a", "the condition on {b} were turned round"),
    (LIKELY, "a < b", "a <= b", "equality of {a} and {b} counted"),
    (POSSIBLE, "a < b", "a >= b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a <= b", "a < b", "equality of {a} and {b} did not count"),
    (POSSIBLE, "a <= b", "a > b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a > b", "a >= b", "equality of {a} and {b} counted"),
    (POSSIBLE, "a > b", "a <= b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a >= b", "a > b", "equality of {a} and {b} did not count"),
    (POSSIBLE, "a >= b", "a < b", "the comparison of {a} and {b} were turned round"),
    (POSSIBLE, "a == b", "a != b", "what belongs to {a} equal to {b} belonged to all others, and the other way round"),
    (POSSIBLE, "a != b", "a == b", "what belongs to {a} equal to {b} belonged to all others, and the other way round"),
    (POSSIBLE, "a in b", "a not in b", "the comparison of {a} and {b} were turned round"),
    (POSSIBLE, "a not in b", "a in b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a & b", "a", "the condition on {b} were left out"),
    (LIKELY, "a & b", "b", "the condition on {a} were left out"),
    (LIKELY, "a | b", "a", "the condition on {b} were left out"),
    (LIKELY, "a | b", "b", "the condition on {a} were left out"),
    (POSSIBLE, "a & b", "a | b", "one of two conditions on {whole} were enough"),
    (POSSIBLE, "a | b", "a & b", "both conditions on {whole} had to hold"),
)


@dataclass(frozen=True)
class _Rule:
    rank: int
    old: ast.expr
    new: ast.expr
    words: str


@functools.cache
def _rules() -> dict[str, list[_Rule]]:
    """The table, by the kind of operation that a rule looks for."""
    found: dict[str, list[_Rule]] = {}
    for rank, old, new, words in _TABLE:
        parsed = [ast.parse(text, mode="eval").body for text in (old, new)]
        found.setdefault(_operation(parsed[0]), []).append(_Rule(rank, parsed[0], parsed[1], words))
    return found


def _operation(node: ast.AST) -> str:
    match node:
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) | ast.Compare(ops=[op]):
            return type(op).__name__
    return type(node).__name__


def of_operation(node: ast.expr) -> Iterator[Offer]:
    """What could stand in place of an operation, by the table."""
    for rule in _rules().get(_operation(node), ()):
        bound: dict[str, ast.expr] = {}
        if _fits(rule.old, node, bound):
            yield rule.rank, _made(rule.new, bound), functools.partial(_say, rule.words, bound, node)


def _say(words: str, bound: dict[str, ast.expr], whole: ast.expr) -> str:
    if words == "{b} were left out" and isinstance(whole, ast.BinOp) and _is_short(bound["a"], bound["b"]):
        words = "{b} were not subtracted from {a}" if isinstance(whole.op, ast.Sub) else "{b} were not added to {a}"
    return words.format(whole=in_words(whole), **{name: in_words(node) for name, node in bound.items()})


def _is_short(a: ast.expr, b: ast.expr) -> bool:
    """Whether a number, or a variable of a variable, is added: then it helps to say to what."""
    return isinstance(b, ast.Constant) or (isinstance(a, ast.Name) and isinstance(b, ast.Name))


def _fits(pattern: ast.AST, node: ast.AST, bound: dict[str, ast.expr]) -> bool:
    """Whether the pattern describes the node; what its letters stand for is noted."""
    if isinstance(pattern, ast.Name) and len(pattern.id) == 1 and isinstance(node, ast.expr):
        bound[pattern.id] = node
        return True
    if type(pattern) is not type(node):
        return False
    for name, wanted in ast.iter_fields(pattern):
        given = getattr(node, name)
        if isinstance(wanted, list):
            if len(wanted) != len(given) or not all(_fits(a, b, bound) for a, b in zip(wanted, given, strict=True)):
                return False
        elif isinstance(wanted, ast.AST):
            if name != "ctx" and not _fits(wanted, given, bound):
                return False
        elif wanted != given:
            return False
    return True


def _made(pattern: ast.expr, bound: dict[str, ast.expr]) -> ast.expr:
    """The pattern with its letters replaced by what they stand for; nothing of the pattern itself is shared."""
    if isinstance(pattern, ast.Name) and pattern.id in bound:
        return bound[pattern.id]
    fields: dict[str, Any] = {}
    for name, value in ast.iter_fields(pattern):
        if isinstance(value, list):
            fields[name] = [_made(item, bound) for item in value]
        else:
            fields[name] = _made(value, bound) if isinstance(value, ast.expr) else value
    return type(pattern)(**fields)
