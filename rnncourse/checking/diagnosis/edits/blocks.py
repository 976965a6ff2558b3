"""What learners write in place of a block: lines left out or exchanged, sums overwritten, a state not renewed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

from rnncourse.checking.diagnosis.edits.calls import call_of
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, UNLIKELY, Offer, Spot
from rnncourse.checking.diagnosis.edits.words import (
    always,
    function_name,
    in_words,
    ingredients,
    name_in_words,
    told,
    which_loop,
)


def of_block(spot: Spot, body: list[ast.stmt]) -> Iterator[Offer]:
    """What could stand in place of a block."""
    if isinstance(spot.parent, ast.FunctionDef):
        yield from _arguments(spot.parent, body)
    for position, statement in enumerate(body):
        before, after = body[:position], body[position + 1 :]
        for rank, new, words in _statement(statement):
            yield rank, [*before, *new, *after], words
        if isinstance(statement, ast.For):
            yield from _loop(statement, before, after)
        if isinstance(statement, ast.For | ast.While):
            which = which_loop(body, statement)
            for rank, carried, words in _carried(statement, before, after, spot.scope):
                yield rank, carried, partial(_told_of, words, which)
        if after and _what(statement) and _what(after[0]):
            new = [*before, after[0], statement, *after[1:]]
            yield POSSIBLE, new, partial(_exchanged, statement, after[0])


def _told_of(words: Callable[[], str], which: str) -> str:
    return f"{words()}, {which}" if which else words()


def _arguments(function: ast.FunctionDef, body: list[ast.stmt]) -> Iterator[Offer]:
    """Arguments exchanged, or changed before anything else."""
    called = {function_name(node) for node in ast.walk(function) if isinstance(node, ast.Call)}
    names = [argument.arg for argument in function.args.args if argument.arg not in called]
    for name in names:
        for rank, value, words in _altered(name):
            yield rank, [_set(name, value), *body], always(words.format(name_in_words(name)))
    for name, other in combinations(names, 2):
        both: list[ast.expr] = [ast.Name(other, ast.Load()), ast.Name(name, ast.Load())]
        targets = ast.Tuple([ast.Name(name, ast.Store()), ast.Name(other, ast.Store())], ast.Store())
        words = f"{name_in_words(name)} and {name_in_words(other)} were exchanged"
        yield POSSIBLE, [ast.Assign([targets], ast.Tuple(both, ast.Load())), *body], always(words)


def _altered(name: str) -> Iterator[tuple[int, ast.expr, str]]:
    load = ast.Name(name, ast.Load())
    yield POSSIBLE, ast.BinOp(ast.Constant(0.0), ast.Mult(), load), "{} were zero"
    yield POSSIBLE, call_of("_transposed", load), "{} were transposed"
    backwards = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    yield POSSIBLE, ast.Subscript(load, backwards, ast.Load()), "{} were taken in the other order"
    yield UNLIKELY, ast.BinOp(ast.Constant(1), ast.Sub(), load), "1 minus {} stood in place of it"
    yield UNLIKELY, call_of("_tanh", load), "{} went through the tanh first"
    yield UNLIKELY, call_of("_sigmoid", load), "{} went through the sigmoid first"


def _set(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _carried(
    loop: ast.For | ast.While, before: list[ast.stmt], after: list[ast.stmt], scope: tuple[str, ...]
) -> Iterator[Offer]:
    """What goes from step to step: never renewed, emptied, or something else in its place."""
    used = [node for node in ast.walk(loop) if isinstance(node, ast.Name)]
    stored = {node.id for node in used if isinstance(node.ctx, ast.Store)}
    read = {node.id for node in used if isinstance(node.ctx, ast.Load)}
    if isinstance(loop, ast.For):
        read -= {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    for name in (name for name in scope if name in stored & read):
        own, load = name_in_words(name), ast.Name(name, ast.Load())
        keep, back = _set("_kept", load), _set(name, ast.Name("_kept", ast.Load()))
        zero = _set(name, ast.BinOp(ast.Constant(0.0), ast.Mult(), load))
        again = always(f"every step began with the first {own.removeprefix('the ')}")
        yield LIKELY, [*before, keep, _with_body(loop, [back, *loop.body]), *after], again
        empty = always(f"every step began with {own} at zero")
        yield POSSIBLE, [*before, _with_body(loop, [zero, *loop.body]), *after], empty
        yield LIKELY, [*before, zero, loop, *after], always(f"{own} were zero before the loop")
        for other in (other for other in scope if other in stored and other != name):
            taken = _with_body(loop, [*loop.body, _set(name, ast.Name(other, ast.Load()))])
            words = f"{name_in_words(other)} went on to the next step in place of {own}"
            yield POSSIBLE, [*before, taken, *after], always(words)


def _with_body(loop: ast.For | ast.While, body: list[ast.stmt]) -> ast.stmt:
    if isinstance(loop, ast.While):
        return ast.While(loop.test, body, loop.orelse)
    return ast.For(loop.target, loop.iter, body, loop.orelse)


def _statement(statement: ast.stmt) -> Iterator[tuple[int, list[ast.stmt], Callable[[], str]]]:
    match statement:
        case ast.AugAssign(target=target, op=operator, value=value):
            overwritten = ast.Assign([target], value)
            wanted = "all steps are to be multiplied" if isinstance(operator, ast.Mult) else "it is to be added up"
            yield LIKELY, [overwritten], told(f"each step overwrote {{}}, where {wanted}", target)
        case ast.Assign(targets=[ast.Name() as target], value=value):
            made_of = [name for name in ingredients(value) if name != in_words(target)]
            if in_words(target) in ingredients(value):  # one step of several that make it
                words = f"what {' and '.join(made_of[:2])} make of {in_words(target)} were left out"
                yield LIKELY, [ast.Pass()], always(words if made_of else f"{in_words(value)} were not taken")
            else:
                yield LIKELY, [ast.Pass()], told("{} were not renewed", target)
        case ast.Assign(targets=[ast.Subscript() as target]):
            yield LIKELY, [ast.Pass()], told("{} were not set", target)
        case ast.Assign(targets=[ast.Tuple() as targets], value=ast.Call() as value):
            yield from _thrown_away(targets, value)
        case ast.If(test=condition):
            yield LIKELY, statement.body, told("the condition on {} always held", condition)
            yield LIKELY, statement.orelse or [ast.Pass()], told("the condition on {} never held", condition)


def _thrown_away(targets: ast.Tuple, value: ast.expr) -> Iterator[tuple[int, list[ast.stmt], Callable[[], str]]]:
    """(output, state) = …: one of them not kept, or taken for the other."""
    names = [entry for entry in targets.elts if isinstance(entry, ast.Name)]
    for position, name in enumerate(names):
        kept: list[ast.expr] = [*names]
        kept[position] = ast.Name("_ignored", ast.Store())
        words = f"{name_in_words(name.id)} were not renewed"
        yield POSSIBLE, [ast.Assign([ast.Tuple(kept, ast.Store())], value)], always(words)
        for other in names:
            if other is not name and "_" not in (other.id, name.id) and len(names) == 2:
                taken = _set(name.id, ast.Name(other.id, ast.Load()))
                words = f"{name_in_words(other.id)} were taken for {name_in_words(name.id)}"
                yield POSSIBLE, [ast.Assign([targets], value), taken], always(words)


def _loop(loop: ast.For, before: list[ast.stmt], after: list[ast.stmt]) -> Iterator[Offer]:
    """The last statement of a loop after it; the first statement of a loop before it."""
    if len(loop.body) < 2:
        return
    last = _what(loop.body[-1]) or "the last line of the loop"
    shorter = _with_body(loop, loop.body[:-1])
    yield POSSIBLE, [*before, shorter, loop.body[-1], *after], always(f"{last} came once, after the loop")
    shorter = _with_body(loop, loop.body[1:])
    yield POSSIBLE, [*before, loop.body[0], shorter, *after], always("the first line of the loop stood before it")


def _exchanged(first: ast.stmt, second: ast.stmt) -> str:
    return f"{_what(second)} came before {_what(first)}, not after"


def _what(statement: ast.stmt) -> str:
    """What a statement does, read aloud."""
    match statement:
        case ast.Assign(targets=[ast.Name() as target]):
            return f"the making of {in_words(target)}"
        case ast.Assign(targets=[ast.Tuple(elts=entries)]):
            return f"the making of {' and '.join(map(in_words, entries))}"
        case ast.Expr(value=ast.Call(args=[first, *_]) as call) if function_name(call) in ("append", "extend"):
            return f"the collecting of {in_words(first)}"
    return ""
