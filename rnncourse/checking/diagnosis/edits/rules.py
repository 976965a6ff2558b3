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
from rnncourse.checking.diagnosis.edits.words import condition_in_words, in_words, where_it_holds

#: How long the words of the other side may be.
_SHORT = 45

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
    (POSSIBLE, "a // b", "round(a / b)", "{whole} were rounded to the nearest whole number, not down"),
    (POSSIBLE, "a // b", "-(-a // b)", "{whole} were rounded up, not down"),
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
    (LIKELY, "not a", "a", "the condition {a_holds} were turned round"),
    (LIKELY, "~a", "a", "the condition {a_holds} were turned round"),
    (LIKELY, "a if b else c", "a", "{a} stood there always, not only {b_there}"),
    (LIKELY, "a if b else c", "c", "{c} stood there always, also {b_there}"),
    (LIKELY, "a if b else c", "c if b else a", "the condition {b_holds} were turned round"),
    (LIKELY, "a < b", "a <= b", "{a} that is equal to {b} counted, too"),
    (POSSIBLE, "a < b", "a >= b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a <= b", "a < b", "{a} that is equal to {b} did not count"),
    (POSSIBLE, "a <= b", "a > b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a > b", "a >= b", "{a} that is equal to {b} counted, too"),
    (POSSIBLE, "a > b", "a <= b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a >= b", "a > b", "{a} that is equal to {b} did not count"),
    (POSSIBLE, "a >= b", "a < b", "the comparison of {a} and {b} were turned round"),
    (POSSIBLE, "a < b", "a < b - 1", "the border were one lower, where {a} is compared with {b}"),
    (POSSIBLE, "a <= b", "a <= b + 1", "the border were one higher, where {a} is compared with {b}"),
    (POSSIBLE, "a > b", "a > b + 1", "the border were one higher, where {a} is compared with {b}"),
    (POSSIBLE, "a >= b", "a >= b - 1", "the border were one lower, where {a} is compared with {b}"),
    (LIKELY, "a % b == c", "(a + 1) % b == c", "it happened one step before each multiple of {b}, not at it"),
    (LIKELY, "a % b == c", "(a - 1) % b == c", "it happened one step after each multiple of {b}, not at it"),
    (LIKELY, "a % b == c", "a == b", "it happened once, at {b}, not at each of its multiples"),
    (POSSIBLE, "a == b", "a == b - 1", "{a} were compared with one less than {b}"),
    (POSSIBLE, "a == b", "a == b + 1", "{a} were compared with one more than {b}"),
    (POSSIBLE, "a == b", "a != b", "what belongs to {a} equal to {b} belonged to all others, and the other way round"),
    (POSSIBLE, "a != b", "a == b", "what belongs to {a} equal to {b} belonged to all others, and the other way round"),
    (POSSIBLE, "a in b", "a not in b", "the comparison of {a} and {b} were turned round"),
    (POSSIBLE, "a not in b", "a in b", "the comparison of {a} and {b} were turned round"),
    (LIKELY, "a & b", "a", "the condition {b_holds} were left out"),
    (LIKELY, "a & b", "b", "the condition {a_holds} were left out"),
    (LIKELY, "a | b", "a", "the condition {b_holds} were left out"),
    (LIKELY, "a | b", "b", "the condition {a_holds} were left out"),
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


def of_operation(node: ast.expr, repeated: frozenset[str] = frozenset()) -> Iterator[Offer]:
    """What could stand in place of an operation, by the table; ``repeated``: the names that stand in several places."""
    for rule in _rules().get(_operation(node), ()):
        bound: dict[str, ast.expr] = {}
        if _fits(rule.old, node, bound):
            words = functools.partial(_say, rule.words, bound, node, repeated)
            yield rule.rank, _made(rule.new, bound), words


def _say(words: str, bound: dict[str, ast.expr], whole: ast.expr, repeated: frozenset[str]) -> str:
    said = {name: in_words(node) for name, node in bound.items()}
    conditions = {f"{name}_holds": condition_in_words(node) for name, node in bound.items()}
    conditions |= {f"{name}_there": where_it_holds(node) for name, node in bound.items()}
    gone = words.removesuffix(" were left out").removeprefix("the factor ")[1:-1]
    if isinstance(whole, ast.BinOp) and words.endswith("} were left out") and gone in bound:
        words = _left_out(words, bound, gone, whole, repeated)
    return words.format(whole=in_words(whole), **said, **conditions)


def _left_out(words: str, bound: dict[str, ast.expr], gone: str, whole: ast.BinOp, repeated: frozenset[str]) -> str:
    """Of a number, and of a name that stands elsewhere too, it helps to say out of what it was left."""
    kept, node = bound["a" if gone == "b" else "b"], bound[gone]
    is_name = isinstance(node, ast.Name) and node.id in repeated
    is_short = len(in_words(kept)) <= _SHORT and not in_words(kept).startswith(("a part of", "the part with"))
    two_names = isinstance(kept, ast.Name) and isinstance(node, ast.Name)
    mine, other = f"{{{gone}}}", "{a}" if gone == "b" else "{b}"
    match whole.op:
        case ast.Add() | ast.Sub() if is_name and _is_inside(node, kept):
            return f"the term with {mine} alone were left out"
        case ast.Add() if two_names or isinstance(node, ast.Constant) or (is_name and is_short):
            return f"{mine} were not added to {other}"
        case ast.Sub() if gone == "b" and (two_names or isinstance(node, ast.Constant) or (is_name and is_short)):
            return f"{mine} were not subtracted from {other}"
        case ast.Add() if gone == "a" and isinstance(kept, ast.Constant):
            return "only {b} stood there, and {a} were left out"
        case ast.Mult() if is_name and is_short:
            return f"one factor, {mine}, were left out of {{whole}}"
    return words


def _is_inside(name: ast.expr, other: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == getattr(name, "id", "") for node in ast.walk(other))


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
