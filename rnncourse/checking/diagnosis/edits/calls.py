"""What learners write in place of a call: none, another function, other arguments, another order, another axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from rnncourse.checking.diagnosis.edits.guards import COUNTED, GUARDS
from rnncourse.checking.diagnosis.edits.rules import of_operation
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE, UNLIKELY, Offer
from rnncourse.checking.diagnosis.edits.words import always, function_in_words, function_name, told

_TRANSPARENT = frozenset({"float", "asarray", "array", COUNTED, "item", "tuple", "list"})
_NOT_DROPPED = frozenset(
    {"range", "len", "zip", "enumerate", "append", "extend", "full", "split", "arange", "remove", "sort", "get", "pop"}
)
#: What is said where the call is left out, for functions of which "around" says too little.
_DROPPED = {
    "accumulate": "{} were not carried on from step to step",
    "take_along_axis": "all entries of {} were kept, none picked out",
    "cumsum": "{} were not added up from step to step",
    "sorted": "{} were not sorted",
    "argsort": "{} were not sorted",
}
#: Layers of Keras, and what learners tell them by name.
_LAYERS = frozenset({"SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional"})
_ACTIVATIONS = ("relu", "linear", "sigmoid")
_SQUASHING = {"tanh": "_tanh", "sigmoid": "_sigmoid", "relu": "_relu"}
_ELEMENTARY = frozenset({"exp", "log", "log2", "sqrt", "abs", "square"})
_REDUCTIONS = ("mean", "sum", "max", "min", "prod")
_LIMITS = {"maximum": "lower", "minimum": "upper", "max": "lower", "min": "upper"}
#: A sum for a mean, and another base of the logarithm.
_OFTEN_MIXED_UP = ({"mean", "sum"}, {"log", "log2", "log10"})
_INSTEAD = {
    **{name: tuple(other for other in _REDUCTIONS if other != name) for name in _REDUCTIONS},
    "log": ("log2", "log10", "log1p"),
    "log2": ("log", "log10"),
    "sqrt": ("square",),
    "square": ("sqrt", "abs"),
    "floor": ("ceil", "round"),
    "argmax": ("argmin", "max"),
    "argmin": ("argmax", "min"),
    "exp": ("log", "square"),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "tril": ("triu",),
    "cos": ("sin",),
    "tanh": ("tan",),
    "cumsum": ("cumprod",),
}


def of_call(node: ast.Call) -> Iterator[Offer]:
    """What could stand in place of a call."""
    name = function_name(node)
    if name in GUARDS or name in _TRANSPARENT:
        return
    if name == "matmul" and len(node.args) == 2:
        yield from of_operation(ast.BinOp(node.args[0], ast.MatMult(), node.args[1]))
        return
    if node.args:
        yield from _without(name, node)
    if name in _LAYERS:
        yield from _of_layer(name, node)
    if name in ("tri", "tril", "triu", "eye"):
        yield from _of_triangle(name, node)
    if name == "argsort" and node.args:
        inner = node.args[0].operand if isinstance(node.args[0], ast.UnaryOp) else node.args[0]
        values = ast.Subscript(inner, node, ast.Load())
        yield POSSIBLE, values, told("the sorted values of {} stood in place of their numbers", inner)
    if name == "sorted" and node.args:
        turned = ast.Subscript(node, ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))), ast.Load())
        yield LIKELY, turned, told("{} were sorted the other way round", node.args[0])
    if name in _SQUASHING or name in _SQUASHING.values():
        yield from _squashing(_SQUASHING.get(name, name), node)
    yield from _other_function(name, node)
    yield from _exchanged_arguments(name, node)
    if name == "take_along_axis" and len(node.args) == 3 and isinstance(node.func, ast.Attribute):
        whole, _, axis = node.args
        largest = ast.Attribute(node.func.value, "max", ast.Load())
        new = ast.Call(largest, [whole, axis], [ast.keyword("keepdims", ast.Constant(True))])
        yield LIKELY, new, told("the largest of {} were taken, not the one that is asked for", whole)
    if has_one_argument(node):
        yield from _other_order(name, node, node.args[0])
    if name in (*_REDUCTIONS, "norm", "argmax"):
        yield from _axes(name, node)


def call_of(name: str, *arguments: ast.expr) -> ast.Call:
    """The call of a function by its name."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def has_one_argument(node: ast.expr) -> bool:
    """Whether it is the call of a function of one argument."""
    return isinstance(node, ast.Call) and len(node.args) == 1 and function_name(node) not in _TRANSPARENT | set(GUARDS)


def _with(call: ast.Call, *arguments: ast.expr) -> ast.Call:
    return ast.Call(call.func, list(arguments), call.keywords)


def _without(name: str, node: ast.Call) -> Iterator[Offer]:
    """f(x) as x; a choice by a condition as one of its sides."""
    first = node.args[1 if name == "logaddexp" and len(node.args) == 2 else 0]
    if name == "where" and len(node.args) == 3:
        _, yes, no = node.args
        yield LIKELY, yes, told("the condition on {} were left out", first)
        yield LIKELY, no, told("the condition on {} never held", first)
        yield LIKELY, _with(node, first, no, yes), told("the condition on {} were turned round", first)
    elif name not in _NOT_DROPPED:
        rank = LIKELY if name in _SQUASHING or name in _ELEMENTARY else POSSIBLE
        of_two = name in _LIMITS and len(node.args) == 2
        around = f"{function_in_words(name)} around {{}} were left out"
        words = f"the {_LIMITS[name]} limit, {{}}, were left out" if of_two else _DROPPED.get(name, around)
        yield rank, first, told(words, node.args[1] if of_two else first)
        if of_two:
            taken = f"{{}} stood there always, not {function_in_words(name)} of the two"
            yield POSSIBLE, node.args[1], told(taken, node.args[1])


def _of_layer(name: str, node: ast.Call) -> Iterator[Offer]:
    """A layer with another activation, or another option."""
    options: list[tuple[str, str | bool]] = [("activation", activation) for activation in _ACTIVATIONS]
    options += [("go_backwards", True), ("use_bias", False)]
    if name in ("LSTM", "GRU"):
        options += [("recurrent_activation", "tanh"), ("recurrent_activation", "hard_sigmoid")]
    if name == "GRU":
        options.append(("reset_after", False))
    told_by_name = {word.arg for word in node.keywords}
    for option, value in options:
        if option not in told_by_name:
            keyword = ast.keyword(option, ast.Constant(value))
            yield LIKELY, ast.Call(node.func, node.args, [keyword, *node.keywords]), always(_option(option, value))


def _option(name: str, value: str | bool) -> str:
    if name.endswith("activation"):
        which = "the gates" if name.startswith("recurrent") else "the layer"
        shown = "no activation" if value == "linear" else f"the activation {value}"
        return f"{which} had {shown}"
    return f"the layer had {name}={value}"


def _of_triangle(name: str, node: ast.Call) -> Iterator[Offer]:
    """A triangle that begins one diagonal lower or higher."""
    if name == "tri":
        yield LIKELY, call_of("_transposed", node), always("the triangle were the upper one, not the lower one")
    if len(node.args) != 1 or any(word.arg == "k" for word in node.keywords):
        return
    for k in (-1, 1):
        one = ast.keyword("k", ast.Constant(k) if k > 0 else ast.UnaryOp(ast.USub(), ast.Constant(1)))
        further = "one place further" if (k > 0) == (name != "triu") else "one place less far"
        words = f"the diagonal lay one place {'higher' if k > 0 else 'lower'}" if name == "eye" else ""
        moved = words or f"{function_in_words(name)} reached {further}"
        yield LIKELY, ast.Call(node.func, node.args, [*node.keywords, one]), always(moved)


def _squashing(own: str, node: ast.Call) -> Iterator[Offer]:
    first = node.args[0]
    for other in ("_tanh", "_sigmoid", "_relu", "_softmax"):
        if other != own:
            words = f"{{}} went through {function_in_words(other)}, not through {function_in_words(own)}"
            yield LIKELY, call_of(other, *node.args), told(words, first)
    if own == "_sigmoid":
        yield POSSIBLE, ast.BinOp(ast.Constant(1), ast.Sub(), node), told("1 minus {} stood in place of it", node)
        more = _with(node, ast.BinOp(first, ast.Add(), ast.Constant(1)))
        yield UNLIKELY, more, told(f"1 were added to {{}} before {function_in_words(own)}", first)
    yield POSSIBLE, _with(node, node), told(f"{{}} went through {function_in_words(own)} twice", first)


def _other_function(name: str, node: ast.Call) -> Iterator[Offer]:
    for other in _INSTEAD.get(name, ()):
        if name == "round" or (isinstance(node.func, ast.Name) and name not in _REDUCTIONS):
            func: ast.expr = ast.Name(other, ast.Load())
        else:
            module = node.func.value if isinstance(node.func, ast.Attribute) else ast.Name("np", ast.Load())
            func = ast.Attribute(module, other, ast.Load())
        words = f"there were {function_in_words(other)} in place of {function_in_words(name)}"
        rank = LIKELY if any({name, other} <= kind for kind in _OFTEN_MIXED_UP) else POSSIBLE
        yield rank, ast.Call(func, node.args, node.keywords), always(words)
    if name == "reversed" and node.args:
        yield LIKELY, node.args[0], always("the steps were taken in the order of time, not backwards")


def _exchanged_arguments(name: str, node: ast.Call) -> Iterator[Offer]:
    for first, second in combinations(range(len(node.args)), 2):
        given = list(node.args)
        given[first], given[second] = given[second], given[first]
        if all(isinstance(given[i], ast.Name | ast.Subscript | ast.BinOp) for i in (first, second)):
            words = f"{{}} and {{}} were exchanged in {function_in_words(name)}"
            yield POSSIBLE, _with(node, *given), told(words, node.args[first], node.args[second])


def _other_order(name: str, node: ast.Call, inner: ast.expr) -> Iterator[Offer]:
    """f(a + b) as f(a) + b: the bias outside the squashing function; f(g(x)) as g(f(x))."""
    outside = function_in_words(name)
    if isinstance(inner, ast.Call) and has_one_argument(inner):
        words = f"{outside} were taken before {function_in_words(function_name(inner))}, not after"
        yield POSSIBLE, _with(inner, _with(node, inner.args[0])), always(words)
        if name in _REDUCTIONS and any(word.arg == "axis" for word in inner.keywords) and not node.keywords:
            rows = ast.Call(node.func, [inner.args[0]], [ast.keyword("axis", ast.Constant(0))])
            yield POSSIBLE, ast.Call(inner.func, [rows], []), always(words)  # of the rows, one row is made first
    if not isinstance(inner, ast.BinOp):
        return
    rank = LIKELY if name in _SQUASHING else POSSIBLE
    for rest, op, term in _terms(inner):
        yield rank, ast.BinOp(_with(node, rest), op, term), told(f"{{}} stood outside {outside}, not inside", term)
        both = ast.BinOp(_with(node, rest), op, _with(node, term))
        yield POSSIBLE, both, told(f"{outside} were taken of {{}} by itself, not of the whole", term)
    if not isinstance(inner.op, ast.Add):
        outer = ast.BinOp(inner.left, inner.op, _with(node, inner.right))
        yield rank, outer, told(f"{{}} stood outside {outside}, not inside", inner.left)


def _terms(node: ast.BinOp) -> Iterator[tuple[ast.expr, ast.operator, ast.expr]]:
    """What is left of an operation without its right side, and of a sum without each of its terms."""
    yield node.left, node.op, node.right
    if isinstance(node.op, ast.Add):
        yield node.right, node.op, node.left
        if isinstance(node.left, ast.BinOp):
            for rest, op, term in _terms(node.left):
                if isinstance(op, ast.Add) and term is not node.left:
                    yield ast.BinOp(rest, node.op, node.right), op, term


def of_sum(node: ast.BinOp) -> Iterator[Offer]:
    """f(a) + b as f(a + b)."""
    for inner, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(inner, ast.Call) and has_one_argument(inner):
            sides = (inner.args[0], other) if inner is node.left else (other, inner.args[0])
            words = f"{{}} stood inside {function_in_words(function_name(inner))}, not outside"
            yield POSSIBLE, _with(inner, ast.BinOp(sides[0], node.op, sides[1])), told(words, other)


def _axes(name: str, node: ast.Call) -> Iterator[Offer]:
    present = next((word.value for word in node.keywords if word.arg == "axis"), None)
    now = ast.literal_eval(present) if isinstance(present, ast.Constant | ast.UnaryOp) else None
    others = [word for word in node.keywords if word.arg != "axis"]
    words = function_in_words(name)
    if present is not None:
        without = [word for word in others if word.arg != "keepdims"]
        yield POSSIBLE, ast.Call(node.func, node.args, without), always(f"{words} were taken over everything at once")
    for axis in (axis for axis in (0, 1, 2) if axis != now):
        keywords = [*others, ast.keyword("axis", ast.Constant(axis))]
        yield POSSIBLE, ast.Call(node.func, node.args, keywords), always(f"{words} were taken over axis {axis}")
