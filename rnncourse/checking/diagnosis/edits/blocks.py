"""What learners write in place of a block: lines left out or exchanged, sums overwritten, a state not renewed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

from rnncourse.checking.diagnosis.edits.calls import call_of
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, UNLIKELY, Offer, Spot, named_values
from rnncourse.checking.diagnosis.edits.trees import copied
from rnncourse.checking.diagnosis.edits.words import (
    always,
    condition_in_words,
    function_name,
    in_words,
    ingredients,
    name_in_words,
    told,
    where_it_holds,
    which_loop,
)


def of_block(spot: Spot, body: list[ast.stmt]) -> Iterator[Offer]:
    """What could stand in place of a block."""
    if isinstance(spot.parent, ast.FunctionDef):
        yield from _arguments(spot.parent, body)
    for position, statement in enumerate(body):
        before, after = body[:position], body[position + 1 :]
        for rank, new, words in _statement(statement, spot):
            yield rank, [*before, *new, *after], words
        if isinstance(statement, ast.For):
            yield from _loop(statement, before, after)
        if isinstance(statement, ast.While):
            once = ast.If(statement.test, statement.body, [])
            yield POSSIBLE, [*before, once, *after], always("the loop made one round only")
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
    yield POSSIBLE, ast.Constant(1), "{} were always 1"
    yield POSSIBLE, ast.BinOp(load, ast.FloorDiv(), ast.Constant(2)), "half of {} stood in its place"
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
        again = always(_began_again(loop, own))
        yield LIKELY, [*before, keep, _with_body(loop, [back, *loop.body]), *after], again
        empty = always(f"every step began with {own} at zero")
        yield POSSIBLE, [*before, _with_body(loop, [zero, *loop.body]), *after], empty
        yield LIKELY, [*before, zero, loop, *after], always(f"{own} were zero before the loop")
        for other in (other for other in scope if other in stored and other != name):
            taken = _with_body(loop, [*loop.body, _set(name, ast.Name(other, ast.Load()))])
            words = f"{name_in_words(other)} went on to the next step in place of {own}"
            yield POSSIBLE, [*before, taken, *after], always(words)


def _began_again(loop: ast.For | ast.While, own: str) -> str:
    """Where the rounds are alike, the first one alone and each from the beginning are the same."""
    words = f"every step began with the first {own.removeprefix('the ')}"
    reads = [node.id for part in loop.body for node in ast.walk(part) if isinstance(node, ast.Name)]
    collects = any(isinstance(n, ast.Attribute) and n.attr in ("append", "extend") for n in ast.walk(loop))
    match loop:
        case ast.For(target=ast.Name(id=name)) if name not in reads and not collects:
            return f"only one step were made, or {words}"
    return words


def _with_body(loop: ast.For | ast.While, body: list[ast.stmt]) -> ast.stmt:
    if isinstance(loop, ast.While):
        return ast.While(loop.test, body, loop.orelse)
    return ast.For(loop.target, loop.iter, body, loop.orelse)


def _statement(statement: ast.stmt, spot: Spot) -> Iterator[tuple[int, list[ast.stmt], Callable[[], str]]]:
    match statement:
        case ast.AugAssign(target=target, op=operator, value=value):
            overwritten = ast.Assign([target], value)
            wanted = "all steps are to be multiplied" if isinstance(operator, ast.Mult) else "it is to be added up"
            yield LIKELY, [overwritten], told(f"each step overwrote {{}}, where {wanted}", target)
        case ast.Assign(targets=[ast.Name() as target], value=value):
            made_of = [name for name in ingredients(value) if name != in_words(target)]
            if in_words(target) in ingredients(value):  # one step of several that make it
                words = f"what {' and '.join(made_of[:2])} make of {in_words(target)} were left out"
                alone = f"{in_words(value)} were not taken"
                if isinstance(value, ast.Subscript):
                    alone = f"nothing were taken off {in_words(target)}"
                yield LIKELY, [ast.Pass()], always(words if made_of else alone)
            else:
                yield LIKELY, [ast.Pass()], told("{} were not renewed", target)
        case ast.Assign(targets=[ast.Subscript() as target]):
            yield LIKELY, [ast.Pass()], told("{} were not set", target)
        case ast.Assign(targets=[ast.Tuple() as targets], value=ast.Call() as value):
            yield from _thrown_away(targets, value)
        case ast.Assign(targets=[ast.Tuple()], value=ast.Tuple()):
            yield from _one_of_several(statement, spot)
        case ast.Expr(value=ast.Call() as call):
            yield from _done(call)
        case ast.If():
            yield from _condition(statement)
        case ast.Break():
            yield POSSIBLE, [ast.Pass()], always("the loop went on where it is to stop")


def _one_of_several(statement: ast.Assign, spot: Spot) -> Iterator[tuple[int, list[ast.stmt], Callable[[], str]]]:
    """a, b = x, y: one of them not set, where it has a value from before."""
    named = named_values(statement)
    if isinstance(spot.parent, ast.FunctionDef):
        return
    for gone, value in named:
        kept = [(name, value) for name, value in named if name != gone]
        names = ast.Tuple([ast.Name(name, ast.Store()) for name, _ in kept], ast.Store())
        new = ast.Assign([names], ast.Tuple([value for _, value in kept], ast.Load()))
        back = f" set back to {value.value!r}" if isinstance(value, ast.Constant) else " renewed"
        yield LIKELY, [new], always(f"{name_in_words(gone)} were never{back}")


def _done(call: ast.Call) -> Iterator[tuple[int, list[ast.stmt], Callable[[], str]]]:
    """A call that is made for what it does: a list sorted, something taken out of it."""
    match call:
        case ast.Call(func=ast.Attribute(value=whole, attr="remove"), args=[thing]):
            yield LIKELY, [ast.Pass()], told("{} were not taken out of {}", thing, whole)
        case ast.Call(func=ast.Attribute(value=whole, attr="sort")):
            yield LIKELY, [ast.Pass()], told("{} were not sorted", whole)
        case ast.Call(func=ast.Attribute(value=whole, attr="add" | "update"), args=[thing]):
            yield POSSIBLE, [ast.Pass()], told("{} were not put into {}", thing, whole)


def _condition(statement: ast.If) -> Iterator[tuple[int, list[ast.stmt], Callable[[], str]]]:
    """A condition that always held, or never; nothing done in one of its two cases; one that only saves an index."""
    test, body, other = statement.test, statement.body, statement.orelse
    held = condition_in_words(test)
    yield LIKELY, body, always(f"the condition {held} always held")
    yield LIKELY, other or [ast.Pass()], always(f"the condition {held} never held")
    if other:
        yield POSSIBLE, [ast.If(test, body, [])], always(f"nothing were done {_where_not(test)}")
        yield POSSIBLE, [ast.If(test, [ast.Pass()], other)], always(f"nothing were done {where_it_holds(test)}")
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Gt() | ast.NotEq()], comparators=[ast.Constant(value=0)]):
            later = _Later(name)
            moved = [later.visit(copied(part)) for part in body]
            if later.found:  # the condition is there for the index alone
                made = [target for part in moved for target in _targets(part)]
                where = f", in {in_words(made[0])}" if len(made) == 1 else ""
                yield LIKELY, moved, always(f"1 were not subtracted from {name_in_words(name)}{where}")


class _Later(ast.NodeTransformer):
    """With t in place of t - 1."""

    def __init__(self, name: str) -> None:
        self.name, self.found = name, False

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        match node:
            case ast.BinOp(left=ast.Name(id=name) as t, op=ast.Sub(), right=ast.Constant(value=1)) if name == self.name:
                self.found = True
                return t
        return self.generic_visit(node)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    """What a statement makes."""
    match statement:
        case ast.AugAssign(target=target):
            return [target]
        case ast.Assign(targets=targets):
            return targets
    return []


def _where_not(test: ast.expr) -> str:
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _OPPOSITES:
            return where_it_holds(ast.Compare(left, [_OPPOSITES[type(operator)]()], [right]))
    return f"where {in_words(test)} does not hold"


_PAIRS: tuple[tuple[type[ast.cmpop], type[ast.cmpop]], ...] = (
    (ast.Lt, ast.GtE),
    (ast.Gt, ast.LtE),
    (ast.Eq, ast.NotEq),
    (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot),
)
_OPPOSITES = {**dict(_PAIRS), **{two: one for one, two in _PAIRS}}


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
        case ast.If(test=test, body=[only], orelse=[]) if _what(only):
            return f"{_what(only)} {where_it_holds(test)}"
        case ast.Expr(value=ast.Call(args=[first, *_]) as call) if function_name(call) in ("append", "extend"):
            return f"the collecting of {in_words(first)}"
    return ""
