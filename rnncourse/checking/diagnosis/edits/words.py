"""Expressions of Python in words of the subject: ``h @ W`` is read "the product of h and W"."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from rnncourse.checking.diagnosis.sizes import listed

#: The references' own names for what has another name in the course; learners do not know them.
_NAMES = {
    "delta": "the gradient at the weighted sum",
    "later": "the part from the later step",
    "for_w_x": "the gradient of w_x",
    "for_w_h": "the gradient of w_h",
    "for_b": "the gradient of the bias",
    **{f"for_{part}": f"the gradient for {part}" for part in "ifgohc"},
    "c_new": "the new c",
    "new_state": "the new state",
    "first_output": "the first output",
    "empty": "the empty first state",
    "joined": "inputs and state side by side",
    "shifted": "the shifted values",
    "wanted": "what is wanted",
    "scaled": "the scaled values",
    "right": "what belongs to the right ones",
    "powers": "the exponentials",
    "kept": "the mask of what is kept",
    "share": "the share",
    "forget": "the forget gate",
    "at": "the places",
    "found": "the solution of the least squares",
    "known": "what is known at that step",
    "present": "the present spectral radius",
    "near": "the score of the true pair",
    "far": "the scores of the noise",
    "given": "what was given to the targets",
    "log_p": "the log-probabilities",
    "ended": "the mark of what has ended",
    "running": "the mark of what is still running",
    "reached": "the running total of the probabilities",
    "unit": "the table with rows of length 1",
    "slopes": "the slope of the activation",
    "written": "the tokens written so far",
    "made": "what was made",
    "there": "what the reference has",
    "said": "the number of words said",
    "run": "the run",
    "_": "what is thrown away",
    "keep": "the epoch to keep",
    "lowest": "the lowest cost",
    "learn": "the text to learn from",
    "ahead": "ahead",
    "end": "end",
    "before": "before",
    "gains": "the log-probabilities of the next token",
    **{gate: f"the gate {gate}" for gate in "ifozr"},
    "g": "the candidate g",
}
_FUNCTIONS = {
    "tanh": "the tanh",
    "_tanh": "the tanh",
    "tan": "the tangent, tan,",
    "sigmoid": "the sigmoid",
    "_sigmoid": "the sigmoid",
    "_relu": "the rectifier",
    "relu": "the rectifier",
    "_softmax": "the softmax",
    "softmax_with_temperature": "the softmax",
    "exp": "the exponential",
    "log": "the logarithm",
    "log2": "the logarithm to base 2",
    "log10": "the logarithm to base 10",
    "log1p": "the logarithm of 1 plus",
    "sqrt": "the square root",
    "isqrt": "the square root",
    "square": "the square",
    "abs": "the size without sign",
    "sum": "the sum",
    "mean": "the mean",
    "std": "the standard deviation",
    "max": "the maximum",
    "min": "the minimum",
    "prod": "the product of all entries",
    "norm": "the length",
    "argmax": "the place of the maximum",
    "argmin": "the place of the minimum",
    "cumsum": "the running total",
    "accumulate": "the running mark",
    "count_nonzero": "the number of entries other than 0",
    "expm1": "the exponential minus 1",
    "split": "splitting",
    "sorted": "sorting",
    "sort": "sorting",
    "concatenate": "joining",
    "arange": "the numbers 0, 1, 2, …",
    "range": "the steps",
    "stop_gradient": "the stop of the gradient",
    "map_structure": "the treatment of each array",
    "reverse": "the turn",
    "tri": "the lower triangle of ones",
    "outer": "the outer product",
    "einsum": "the sum of products",
    "clip": "the cut at the limits",
    "take_along_axis": "the picking of entries",
    "floor": "rounding down",
    "ceil": "rounding up",
    "round": "rounding",
    "len": "the number of entries",
    "zeros": "zeros",
    "zeros_like": "zeros",
    "ones": "ones",
    "ones_like": "ones",
    "maximum": "the larger",
    "minimum": "the smaller",
    "logaddexp": "log(1 + exp)",
    "cos": "the cosine",
    "stack": "stacking",
    "append": "the collecting",
    "argsort": "the order",
    "tril": "the lower triangle",
    "triu": "the upper triangle",
    "where": "the choice by a condition",
    "repeat": "repeating",
    "spectral_radius": "the spectral radius",
    "transpose": "the exchange of axes",
    "_transposed": "the transpose",
    "eigvals": "the eigenvalues",
    "step": "the step",
    "encoder_step": "the encoder's step",
    "decoder_step": "the decoder's step",
}
#: What these are called that pick one of two.
_OF_TWO = {"min": "the smaller", "max": "the larger", "minimum": "the smaller", "maximum": "the larger"}
_THROUGH = frozenset({"float", "int", "asarray", "array", "item", "_counted", "_bounded", "tuple", "list", "astype"})
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided by",
    ast.FloorDiv: "divided by",
    ast.Pow: "to the power of",
    ast.Mod: "modulo",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "below",
    ast.LtE: "at most",
    ast.Gt: "above",
    ast.GtE: "at least",
    ast.Eq: "equal to",
    ast.NotEq: "other than",
    ast.In: "in",
    ast.NotIn: "not in",
}
#: What a clause says of things that have no name.
_VAGUE = re.compile(
    r"a part of|the part (with|of)|“|expression|number belongs|-1 |entry -?\d|infinity|the index|the order [\d(]"
    r"|went through|holds|ran in|the list|counted, too|did not count|the numbers (began|ended)|the steps (began|ended)"
)
_MODULES = frozenset({"np", "math", "tf", "library"})
_LONGEST = 55
_ORDINALS = ("first", "second", "third", "fourth")


def name_in_words(name: str) -> str:
    """A variable: short names stand as they are, long ones are read aloud."""
    if name in _NAMES:
        return _NAMES[name]
    if name.isupper():
        return name if len(name) <= 3 else f"the {name.lower()}"
    if len(name.replace("_", "")) <= 3 or any(character.isdigit() for character in name):
        return name
    return plain_name(name)


def plain_name(name: str) -> str:
    """A name as it stands, word by word."""
    return f"the {name.strip('_').replace('_', ' ')}"


def function_name(node: ast.AST) -> str:
    """The last name of what is called: ``tanh`` for ``np.tanh(x)``; '' for what has none."""
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def function_in_words(name: str) -> str:
    """What is called, read aloud."""
    return _FUNCTIONS.get(name, f"the {name.strip('_').replace('_', ' ')}")


def in_words(node: ast.AST) -> str:
    """An expression read aloud; a long one is told by what it is made of."""
    text = _read(node)
    if len(text) <= _LONGEST and "?" not in text:
        return text
    parts = ingredients(node)
    if not parts:
        return "a part of the expression"
    return f"the part with {listed(parts[:4])}"


def condition_in_words(node: ast.AST) -> str:
    """A condition as it follows "the condition": "that t is above 0", and "on x" for what only names a thing."""
    match node:
        case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            said = f"{_read(node.left)} is missing"
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            said = f"{_read(node.left)} is there"
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            said = f"{_read(node.left)} is {_COMPARISONS[type(operator)]} {_read(node.comparators[0])}"
        case _:
            said = "?"
    return f"on {in_words(node)}" if "?" in said or len(said) > _LONGEST + 15 else f"that {said}"


def where_it_holds(node: ast.AST) -> str:
    """A condition as a place: "where t is above 0"."""
    said = condition_in_words(node)
    return f"where {said.removeprefix('that ')}" if said.startswith("that ") else f"where {in_words(node)} holds"


def plainness(clause: str) -> tuple[int, int]:
    """How hard a clause is to read: what in it has no name of its own, then its words."""
    return len(_VAGUE.findall(clause)), len(clause.split())


def told(template: str, *nodes: ast.AST) -> Callable[[], str]:
    """-> a clause with expressions read aloud in its gaps; they are read when it is said."""
    return lambda: template.format(*map(in_words, nodes))


def always(text: str) -> Callable[[], str]:
    """-> a clause as it is."""
    return lambda: text


def which_loop(body: list[ast.stmt], loop: ast.stmt) -> str:
    """Which loop of a block it is, where there are several: "in the first loop"."""
    loops = [statement for statement in body if isinstance(statement, ast.For | ast.While)]
    number = next((number for number, other in enumerate(loops) if other is loop), None)
    if number is None or len(loops) < 2 or number >= len(_ORDINALS):
        return ""
    return f"in the {_ORDINALS[number]} loop"


def ingredients(node: ast.AST) -> list[str]:
    """The variables of an expression in words, each once, in their order."""
    called = {id(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
    names = [
        name_in_words(part.id)
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and id(part) not in called and part.id not in _MODULES
    ]
    return list(dict.fromkeys(names))


def _read(node: ast.AST) -> str:
    match node:
        case ast.Name():
            return name_in_words(node.id)
        case ast.Constant():
            return repr(node.value)
        case ast.BinOp():
            return _read_operation(node)
        case ast.UnaryOp(op=ast.USub()):
            return f"minus {_read(node.operand)}"
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            return f"the opposite of {_read(node.operand)}"
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            return f"{_read(node.left)} {_COMPARISONS[type(operator)]} {_read(node.comparators[0])}"
        case ast.Attribute(attr="T"):
            return f"the transpose of {_read(node.value)}"
        case ast.Attribute() if _is_module(node.value):
            return node.attr.replace("inf", "infinity")
        case ast.Call():
            return _read_call(node)
        case ast.Subscript():
            return _read_subscript(node)
    return "?"


def _read_operation(node: ast.BinOp) -> str:
    left, right = _read(node.left), _read(node.right)
    if isinstance(node.op, ast.MatMult):
        return f"the product of {left} and {right}"
    if isinstance(node.op, ast.Pow) and right == "2":
        return f"the square of {left}"
    return f"{left} {_OPERATORS.get(type(node.op), '?')} {right}"


def _read_call(node: ast.Call) -> str:
    name = function_name(node)
    inner = node.args[0] if node.args else None
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        inner = node.func.value
    if inner is None:
        return "?"
    if name in _THROUGH:
        return _read(inner)
    if name in ("matmul", "dot") and len(node.args) == 2:
        return f"the product of {_read(node.args[0])} and {_read(node.args[1])}"
    if name == "logaddexp" and len(node.args) == 2:
        return f"{_FUNCTIONS[name]} of {_read(node.args[1])}"  # of 0 and x
    if name in ("zeros", "ones", "zeros_like", "ones_like"):
        return _FUNCTIONS[name]
    if name in _OF_TWO and len(node.args) == 2:
        return f"{_OF_TWO[name]} of {_read(node.args[0])} and {_read(node.args[1])}"
    if name == "range":
        return "the steps"
    if name == "arange":
        first, *rest = map(_read, node.args)
        return f"the numbers from {first} to below {rest[0]}" if rest else f"the numbers below {first}"
    if name in ("reshape", "copy"):
        return _read(inner)
    if name in ("get", "setdefault") and node.args:
        whose = f" for {_read(node.args[0])}" if isinstance(node.args[0], ast.Name) else ""
        return f"what {_read(inner)} {_verb(inner)}{whose}"
    return f"{function_in_words(name)} of {_read(inner)}"


def _is_module(node: ast.expr) -> bool:
    return "np" in ast.unparse(node).split(".") or (isinstance(node, ast.Name) and node.id in _MODULES)


def _read_subscript(node: ast.Subscript) -> str:
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return f"the length of axis {ast.unparse(node.slice)} of {_read(node.value.value)}"
    whole = _read(node.value)
    entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    telling = [entry for entry in entries if not tells_nothing(entry)]
    if len(telling) != 1:
        return whole if not telling else f"a part of {whole}"
    index = telling[0]
    if isinstance(index, ast.Slice):
        return _read_range(whole, index) if len(entries) == 1 else f"a part of {whole}"
    if isinstance(index, ast.Constant | ast.UnaryOp):
        return f"entry {ast.unparse(index)} of {whole}"
    names = {part.id for part in ast.walk(index) if isinstance(part, ast.Name)}
    if names == {"t"}:
        return f"{whole} at step {ast.unparse(index)}"
    if isinstance(index, ast.Name) and "?" not in whole:
        return f"{'the entry' if len(entries) == 1 else 'the part'} of {whole} for {_read(index)}"
    return f"a part of {whole}"


def _read_range(whole: str, entry: ast.Slice) -> str:
    """a[:n], a[n:], a[:-1], a[1:]."""
    lower, upper = (None if end is None else ast.unparse(end) for end in (entry.lower, entry.upper))
    if entry.step is not None:
        return f"a part of {whole}"
    if entry.lower is None and entry.upper is not None:
        said = f"{whole} without its last entry" if upper == "-1" else f"{whole} up to {_read(entry.upper)}"
    elif entry.lower is not None and entry.upper is None:
        said = f"{whole} without its first entry" if lower == "1" else f"{whole} from {_read(entry.lower)} on"
    else:
        return f"a part of {whole}"
    return said if "?" not in said and "minus " not in said else f"a part of {whole}"


def _verb(node: ast.AST) -> str:
    """Of what a thing has: "the counts hold", "the number holds"."""
    return "hold" if isinstance(node, ast.Name) and node.id.endswith("s") else "holds"


def tells_nothing(entry: ast.expr) -> bool:
    """Whether an index leaves an axis as it is, or adds one: ``:``, ``…``, ``np.newaxis``."""
    if isinstance(entry, ast.Slice):
        return entry.lower is None and entry.upper is None and entry.step is None
    return isinstance(entry, ast.Attribute) or (isinstance(entry, ast.Constant) and entry.value in (None, Ellipsis))
