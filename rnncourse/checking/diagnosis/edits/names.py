"""What learners write in place of a variable, a number, an index, a range, an order: by the place where it stands."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

from rnncourse.checking.diagnosis.edits.calls import call_of
from rnncourse.checking.diagnosis.edits.guards import COUNTED
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, UNLIKELY, Offer, Spot
from rnncourse.checking.diagnosis.edits.trees import copied
from rnncourse.checking.diagnosis.edits.words import (
    always,
    condition_in_words,
    function_in_words,
    function_name,
    in_words,
    ingredients,
    name_in_words,
    tells_nothing,
    told,
)

_ELEMENTARY = frozenset({"tanh", "sigmoid", "exp", "log", "sqrt", "softmax"})
#: Functions that learners put around what is right as it is.
_PUT_AROUND = {
    "_exp": "the exponential of {} stood in its place",
    "abs": "{} were taken without sign",
    "_square": "the square of {} stood in its place",
}
_ONE = ast.Constant(1)
_MINUS_ONE = ast.UnaryOp(ast.USub(), ast.Constant(1))


def of_place(spot: Spot, node: ast.expr) -> Iterator[Offer]:
    """What could stand in place of an expression, for what it is and for where it stands."""
    match node:
        case ast.Constant():
            yield from _constant(spot, node)
        case ast.Subscript():
            yield from _subscript(node)
        case ast.BoolOp():
            yield from _connected(node)
        case ast.Attribute(attr="T"):
            yield LIKELY, node.value, told("{} were not transposed", node.value)
        case ast.Tuple() | ast.List():
            yield from _order(spot, node)
        case ast.Name():
            yield from _name(spot, node)
        case ast.BinOp() if not isinstance(spot.parent, ast.BinOp) and not spot.role:
            for squash in ("_tanh", "_sigmoid"):
                words = f"{{}} went through {function_in_words(squash)} in the end"
                yield UNLIKELY, call_of(squash, node), told(words, node)
    if isinstance(node, ast.Call) and function_name(node) == "len":
        for name in sorted(spot.arguments - spot.called):
            own = told(f"{name_in_words(name)} stood in place of {{}}", node)
            yield POSSIBLE, ast.Name(name, ast.Load()), own
    if isinstance(spot.parent, ast.Return):
        yield from _returned(spot, node)
    if spot.role in ("index", "range"):
        yield from _shifted(spot, node)
    if spot.role == "items":
        yield from _items(node)
    if spot.role == "condition":
        held = condition_in_words(node)
        yield LIKELY, ast.Constant(True), always(f"the condition {held} were left out")


def _returned(spot: Spot, node: ast.expr) -> Iterator[Offer]:
    """Something returned before its last step; one result in place of another."""
    if isinstance(node, ast.Tuple):
        for position, other in permutations(range(len(node.elts)), 2):
            entries = [*node.elts[:position], node.elts[other], *node.elts[position + 1 :]]
            words = f"result {other + 1} came in place of result {position + 1}"
            yield POSSIBLE, ast.Tuple(entries, ast.Load()), always(words)
    elif not isinstance(node, ast.Name):
        inner = node.args[0] if isinstance(node, ast.Call) and node.args else None
        for name in spot.scope:
            if name not in spot.called and not (isinstance(inner, ast.Name) and inner.id == name):
                yield POSSIBLE, ast.Name(name, ast.Load()), always(f"the result were {name_in_words(name)} itself")


def _constant(spot: Spot, node: ast.Constant) -> Iterator[Offer]:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float) or spot.role in ("index", "axis", "range"):
        return
    for other in (value - 1, value + 1):
        yield POSSIBLE, ast.Constant(other), partial(_number_words, spot, other, "higher" if other > value else "lower")


def of_switch(spot: Spot, node: ast.Constant) -> Iterator[Offer]:
    """An option that is True or False: the other one."""
    named = spot.parent.arg if isinstance(spot.parent, ast.keyword) else _key(spot.parent, node)
    if named and named not in ("keepdims", "strict"):
        yield LIKELY, ast.Constant(not node.value), always(_SWITCHES.get(named, f"{named} were {not node.value}"))


def _key(parent: ast.AST, node: ast.Constant) -> str:
    """The name under which a dictionary holds an option."""
    pairs = zip(parent.keys, parent.values, strict=True) if isinstance(parent, ast.Dict) else ()
    return next((str(key.value) for key, value in pairs if value is node and isinstance(key, ast.Constant)), "")


_SWITCHES = {"reverse": "the sorting were the other way round"}


def _number_words(spot: Spot, other: float, changed: str) -> str:
    """A number that is one off: of which it is one, as far as there is a word for it."""
    match spot.parent:
        case ast.BinOp(op=ast.Add()) if isinstance(spot.statement, ast.Return) and len(spot.around) == 1:
            return f"the result were one {changed}"
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return f"what is added to {in_words(left if right is spot.node else right)} were one {changed}"
        case ast.Tuple() if spot.made:
            return f"{spot.made.removeprefix('in ')} were {other:g}"
    beside = ingredients(spot.parent)[:2] if isinstance(spot.parent, ast.expr) else []
    where = f", beside {' and '.join(beside)}" if beside else ""
    return f"{other:g} stood where another number belongs{where}"


def _subscript(node: ast.Subscript) -> Iterator[Offer]:
    if isinstance(node.ctx, ast.Store):
        return
    whole = node.value
    entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    yield POSSIBLE, whole, partial(_all_of, whole, entries)
    for position, entry in enumerate(entries):
        if isinstance(entry, ast.Slice) and entry.step is not None and ast.unparse(entry.step) == "-1":
            straight = ast.Slice(entry.lower, entry.upper)
            yield LIKELY, _with_entry(node, position, straight), told("{} were not turned round", whole)
        if isinstance(entry, ast.Slice) and entry.step is None:
            for new, words in _slices(entry):
                yield POSSIBLE, _with_entry(node, position, new), told(words, whole)


def _all_of(whole: ast.expr, entries: list[ast.expr]) -> str:
    name, telling = in_words(whole), [entry for entry in entries if not tells_nothing(entry)]
    match telling:
        case []:
            return f"the new axis of {name} were left out"
        case [ast.Slice(lower=None, upper=ast.Name() as upper, step=None)]:
            return f"all of {name} were taken, not only up to {in_words(upper)}"
        case [ast.Slice(lower=ast.Name() as lower, upper=None, step=None)]:
            return f"all of {name} were taken, not only from {in_words(lower)} on"
        case [ast.Name() as index]:
            return f"all of {name} were taken, not the part for {in_words(index)}"
    return f"all of {name} were taken, not a part of it"


def _with_entry(node: ast.Subscript, position: int, entry: ast.expr) -> ast.Subscript:
    if not isinstance(node.slice, ast.Tuple):
        return ast.Subscript(node.value, entry, ast.Load())
    entries = list(node.slice.elts)
    entries[position] = entry
    return ast.Subscript(node.value, ast.Tuple(entries, ast.Load()), ast.Load())


def _slices(entry: ast.Slice) -> Iterator[tuple[ast.expr, str]]:
    """A range of an index, one longer or one shorter at either end, or backwards."""
    lower, upper = entry.lower, entry.upper
    if lower is None:
        yield ast.Slice(_ONE, upper), "the first entry of {} were left out"
    elif upper is not None:
        yield ast.Slice(None, upper), "{} were taken from its start on"
    if upper is None:
        yield ast.Slice(lower, _MINUS_ONE), "the last entry of {} were left out"
        yield ast.Slice(lower, None, _MINUS_ONE), "{} were read backwards"
    elif lower is not None:
        yield ast.Slice(lower, None), "{} were taken to its end"
    if lower is None and upper is not None:
        yield ast.Slice(upper, None), "the other end of {} were taken"
        yield ast.Slice(_ONE, None), "the first entry of {} were left out, not the last"
        later = ast.BinOp(upper, ast.Add(), _ONE)
        yield ast.Slice(_ONE, later), "the first entry of {} were left out, and one more taken at the end"
    if lower is not None and upper is None:
        yield ast.Slice(None, lower), "the other end of {} were taken"


def _shifted(spot: Spot, node: ast.expr) -> Iterator[Offer]:
    """An index or a limit off by one; the first for the last."""
    match node:
        case ast.Tuple() | ast.Slice() | ast.Attribute() | ast.Compare() | ast.Constant(value=str() | None):
            return
        case ast.Constant(value=0):
            yield POSSIBLE, _MINUS_ONE, always("the last entry were taken, not the first")
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            yield POSSIBLE, ast.Constant(0), always("the first entry were taken, not the last")
        case ast.Name() if spot.role == "index":
            yield POSSIBLE, ast.Constant(0), told("the first entry were taken in place of entry {}", node)
    match spot.parent:
        case ast.Subscript(value=ast.Attribute(value=array, attr="shape"), slice=ast.Constant(value=int(own))):
            for axis in (axis for axis in (0, 1, 2) if axis != own):
                words = f"the length of axis {axis} of {{}} were taken for that of axis {own}"
                yield POSSIBLE, ast.Constant(axis), told(words, array)
            return
        case ast.Call() if function_name(spot.parent) in ("range", "arange"):
            yield from _other_limit(spot, node)
            return
    for op, changed, moved in ((ast.Sub(), "lower", "earlier"), (ast.Add(), "higher", "later")):
        yield POSSIBLE, ast.BinOp(node, op, _ONE), partial(_shifted_words, spot, node, changed, moved)


def _shifted_words(spot: Spot, node: ast.expr, changed: str, moved: str) -> str:
    """An index that is one off, or the end of a part that is taken."""
    whole = next((outer.value for outer in reversed(spot.around) if isinstance(outer, ast.Subscript)), None)
    if isinstance(spot.parent, ast.Slice) and whole is not None:
        does = {"lower": "began", "upper": "ended"}.get(spot.field, "were taken")
        return f"the part of {in_words(whole)} that is taken {does} one entry {moved}"
    is_inside = isinstance(spot.parent, ast.BinOp)
    return f"{'' if is_inside else 'the index '}{in_words(node)} were one {changed}"


def _other_limit(spot: Spot, node: ast.expr) -> Iterator[Offer]:
    """A range that begins or ends one earlier or later; one less of it is a loop without its last step."""
    one, call = ast.Constant(1), spot.parent
    assert isinstance(call, ast.Call)
    what = "steps" if function_name(call) == "range" else "numbers"
    counted = len(call.args) == 1
    more = f"there were one more {what[:-1]} than {{}}" if counted else f"the {what} ended one later than before {{}}"
    fewer = (
        f"there were one fewer {what[:-1]} than {{}}" if counted else f"the {what} ended one earlier than before {{}}"
    )
    if spot.index == 0 and not counted:
        more, fewer = f"the {what} began at one more than {{}}", f"the {what} began at one less than {{}}"
    if what == "numbers" or not counted:
        yield POSSIBLE, ast.BinOp(node, ast.Sub(), one), told(fewer, node)
    yield POSSIBLE, ast.BinOp(node, ast.Add(), one), told(more, node)


def _items(node: ast.expr) -> Iterator[Offer]:
    """What a loop goes over: without its first or last, or backwards."""
    items = call_of("list", call_of(COUNTED, node))  # counted: the list of an endless count would never be whole
    thing, over = _loop_words(node)
    choices = (
        (ast.Slice(_ONE, None), f"the loop{over} left out its first {thing}"),
        (ast.Slice(None, _MINUS_ONE), f"the loop{over} left out its last {thing}"),
        (ast.Slice(None, _ONE), f"the loop{over} ended after its first {thing}"),
        (ast.Slice(None, None, _MINUS_ONE), f"the loop{over} ran in the other direction"),
    )
    for part, words in choices:
        yield POSSIBLE, ast.Subscript(items, part, ast.Load()), always(words)


def _loop_words(node: ast.expr) -> tuple[str, str]:
    """What a round of a loop is called, and which loop it is."""
    match node:
        case ast.Call(args=[ast.Call(args=[whole])]) if (function_name(node), function_name(node.args[0])) == (
            "range",
            "len",
        ):
            return "round", f" over the entries of {in_words(whole)}"
        case ast.Call() if function_name(node) in ("range", "reversed"):
            return "step", ""
    return "round", f" over {in_words(node)}"


def _connected(node: ast.BoolOp) -> Iterator[Offer]:
    """One of several conditions left out; and for or."""
    for gone in node.values:
        kept = [value for value in node.values if value is not gone]
        new = kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
        yield LIKELY, new, always(f"the condition {condition_in_words(gone)} were left out")
    either = isinstance(node.op, ast.Or)
    words = "all conditions had to hold, not one of them" if either else "one condition were enough, not all of them"
    yield POSSIBLE, ast.BoolOp(ast.And() if either else ast.Or(), node.values), always(words)


def _order(spot: Spot, node: ast.Tuple | ast.List) -> Iterator[Offer]:
    """Several things in another order: results, blocks that are unpacked, arrays that are joined."""
    count = len(node.elts)
    if isinstance(node, ast.List) and spot.field == "value":
        if not count:
            for name in (name for name in spot.scope if name not in spot.called):
                begun = ast.List([ast.Name(name, ast.Load())], ast.Load())
                yield POSSIBLE, begun, always(f"the list began with {name_in_words(name)}")
        if count == 1:
            yield POSSIBLE, ast.List([], ast.Load()), told("the list began without {}", node.elts[0])
    if not 2 <= count <= 4 or any(isinstance(entry, ast.Slice | ast.Starred) for entry in node.elts):
        return
    if spot.role in ("index", "axis", "option") or isinstance(spot.parent, ast.keyword):
        return
    for order in list(permutations(range(count)))[1:]:
        entries = [node.elts[k] for k in order]
        yield POSSIBLE, type(node)(entries, node.ctx), _order_words(spot, node, entries)


def _order_words(spot: Spot, node: ast.Tuple | ast.List, entries: list[ast.expr]) -> Callable[[], str]:
    def words() -> str:
        if isinstance(spot.parent, ast.Return):
            return "the results came in another order"
        names = [in_words(entry) for entry in entries]
        if all(isinstance(entry, ast.Constant) for entry in entries):
            joined = " and ".join(in_words(entry) for entry in node.elts)
            return f"{joined} came in the order {', '.join(names)}"
        changed = [name for name, old in zip(names, node.elts, strict=True) if name != in_words(old)]
        if isinstance(node.ctx, ast.Store) and len(changed) == 2:
            return f"{changed[0]} and {changed[1]} were exchanged where they are taken apart"
        return f"the order were: {', '.join(names)}"

    return words


def _name(spot: Spot, node: ast.Name) -> Iterator[Offer]:
    """Another variable; zeros; 1 - x for x."""
    if isinstance(node.ctx, ast.Store) or node.id not in spot.scope:
        return
    own, is_called = name_in_words(node.id), node.id in spot.called
    for other in spot.scope:
        # a list collected into itself has no end when it is made an array
        if other not in (node.id, spot.into) and (other in spot.called) == is_called:
            related = set(other.split("_")) & set(node.id.split("_"))
            rank = POSSIBLE if (related and len(max(related, key=len)) > 1) or is_called else UNLIKELY
            words = "{} were returned in place of {}" if spot.returned else "{} stood in place of {}"
            words = "a size were read off {}, not off {}" if _is_measured(spot) else words
            rank = min(rank, POSSIBLE) if spot.returned else rank
            yield rank, ast.Name(other, ast.Load()), always(words.format(name_in_words(other), own))
    if isinstance(spot.parent, ast.Call) and function_name(spot.parent) == "where" and spot.index == 0:
        yield UNLIKELY, ast.Constant(True), always(f"{own} always held")
    elif not is_called and spot.role not in ("index", "range"):
        yield from _altered(spot, node, own)
        yield from _made_otherwise(spot, node, own)


def _made_otherwise(spot: Spot, node: ast.Name, own: str) -> Iterator[Offer]:
    """What goes into the function that made a variable; the last entry alone of what a given function is given."""
    match spot.made_by.get(node.id):
        case ast.Call(args=[inner]) as call if function_name(call) in _ELEMENTARY:
            words = f"what goes into {function_in_words(function_name(call))} stood in place of {own}"
            yield POSSIBLE, copied(inner), always(words)  # it may hold what it stands for
    if spot.stops_gradients and (spot.returned or (spot.into and spot.field == "args")):
        stop = ast.parse("tf.nest.map_structure(tf.stop_gradient, x)", mode="eval").body
        assert isinstance(stop, ast.Call)
        stopped = ast.Call(stop.func, [stop.args[0], node], [])
        which = f"{own} that is returned" if spot.returned else own
        yield POSSIBLE, stopped, always(f"the gradient were stopped at {which}, too")
    match spot.parent:
        case ast.Call(func=ast.Name(id=function)) if function in spot.arguments and spot.field == "args":
            last = ast.Subscript(node, ast.Slice(_MINUS_ONE, None), ast.Load())
            words = f"only the last entry of {own} were given to {function_in_words(function)}"
            yield POSSIBLE, last, always(words)


def _is_measured(spot: Spot) -> bool:
    """Whether only the shape of a variable, or its length, is asked for."""
    if isinstance(spot.parent, ast.Attribute):
        return spot.parent.attr in ("shape", "size", "ndim")
    return isinstance(spot.parent, ast.Call) and function_name(spot.parent) == "len"


def _altered(spot: Spot, node: ast.Name, own: str) -> Iterator[Offer]:
    if isinstance(spot.parent, ast.UnaryOp) and isinstance(spot.parent.op, ast.USub):
        yield POSSIBLE, call_of("abs", node), always(f"{own} were taken without sign")
    if isinstance(spot.parent, ast.Call | ast.BinOp) or spot.field == "value":
        yield POSSIBLE, ast.BinOp(ast.Constant(0.0), ast.Mult(), node), always(f"{own} were zero")
        if isinstance(spot.parent, ast.BinOp):
            yield POSSIBLE, ast.Constant(1), always(f"1 stood in place of {own}")
        for squash in ("_tanh", "_sigmoid"):
            words = f"{own} went through {function_in_words(squash)} first"
            yield UNLIKELY, call_of(squash, node), always(words)
        if isinstance(spot.parent, ast.BinOp):
            for function, words in _PUT_AROUND.items():
                yield UNLIKELY, call_of(function, node), always(words.format(own))
        complement = ast.BinOp(ast.Constant(1), ast.Sub(), node)
        yield UNLIKELY, complement, always(f"1 minus {own} stood in place of it")
