"""One mistake planted in the source of a right answer: what learners get wrong, in a line that is known."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import truth
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.trace import lines_of, lost_at
from rnncourse.exercises import Exercise
from rnncourse.exercises.definitions import PRACTICE_SEED

from answers import names_around, written


@dataclass(frozen=True)
class Planted:
    """A right answer with one mistake.

    Attributes:
        line: where the mistake stands.
        what: what was put in the place of what.
        source: the whole function.
    """

    line: int
    what: str
    source: str


def plants(source: str) -> Iterator[Planted]:
    """Every single mistake: a sign, a term or a factor left out, a transpose, a function, an index, a variable."""
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    names = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {argument.arg for argument in definition.args.args}
    for statement in definition.body:
        if "expect_" not in ast.unparse(statement):
            for node in ast.walk(statement):
                for text in _instead(node, sorted(names)):
                    yield from _put(source, node, text)


def _instead(node: ast.AST, names: list[str]) -> Iterator[str]:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            one, other = f"({ast.unparse(left)})", f"({ast.unparse(right)})"
            if isinstance(op, ast.Add | ast.Sub):
                yield f"({one} {'-' if isinstance(op, ast.Add) else '+'} {other})"
            if isinstance(op, ast.Add | ast.Sub | ast.Mult | ast.Div):
                yield from (one, other)
            if isinstance(op, ast.MatMult):
                yield f"({one} @ {other}.T)"
        case ast.Call(func=ast.Attribute(attr="tanh" | "sigmoid" | "exp" | "log"), args=[argument]):
            yield f"({ast.unparse(argument)})"
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield from (f"({value + 1})", f"({value - 1})")
        case ast.Name(id=name, ctx=ast.Load()) if name in names:
            yield from (other for other in names if other != name)


def _put(source: str, node: Any, text: str) -> Iterator[Planted]:
    lines = source.splitlines()
    line = lines[node.lineno - 1]
    growing = text.isidentifier() and any(word in line for word in ("for ", "append", "+=", "[]"))  # may never end
    if node.lineno != node.end_lineno or growing:
        return
    lines[node.lineno - 1] = line[: node.col_offset] + text + line[node.end_col_offset :]
    changed = "\n".join(lines) + "\n"
    try:
        ast.parse(changed)
    except SyntaxError:
        return
    yield Planted(node.lineno, f"{ast.unparse(node)} -> {text}", changed)


def evidence_of(exercise: Exercise, function: Callable[..., Any]) -> Evidence:
    """What the function gives to the cases, until it ends it all."""
    cases, call, outcomes = tuple(exercise.make_cases(PRACTICE_SEED)), exercise.as_call(), []
    for case in cases:
        outcomes.append(ask(call, function, case))
        if outcomes[-1].ending.ends_it_all:
            break
    return Evidence(exercise, cases, tuple(outcomes), tuple(truth(exercise, case) for case in cases))


def made(right: Callable[..., Any], planted: Planted) -> Callable[..., Any]:
    """The right answer with the mistake in it."""
    return written(planted.source, right.__name__, names_around(right))


def judged(planted: Planted, evidence: Evidence, function: Callable[..., Any]) -> str:
    """What the trace makes of a planted mistake; "" where the mistake does not show, or shows as an error.

    Returns:
        "place": its line is the place. "second line": it is another line that is named, or lies between those that are.
        "returned": what is returned is said to be none of the results. "unsure": another line, said to be not sure.
        "wrong": another line. "silent": nothing is said.
    """
    if not evidence.returned or not evidence.wrong_parts():
        return ""
    lost = lost_at(evidence, function)
    if lost is None:
        return "silent"
    lines = list(lines_of(lost))
    if planted.line == lost.place.line:
        return "place"
    if min(lines) <= planted.line <= max(lines):
        return "second line"
    if lost.how == "returned":
        return "returned"
    return "unsure" if not lost.sure else "wrong"
