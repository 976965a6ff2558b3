"""Right answers as syntax trees that can be edited: the reference, with what it calls written out, and alternatives."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from rnncourse.checking.diagnosis.edits.guards import Rounds, guarded
from rnncourse.checking.diagnosis.edits.trees import copied
from rnncourse.exercises.definitions import Exercise
from rnncourse.exercises.edits import EditError, edited_source, plain_source

#: How many right answers of an exercise are edited.
_MOST = 4
#: Functions that are a word of their own and are not written out.
_WORDS_OF_THEIR_OWN = frozenset({"sigmoid", "spectral_radius", "pad"})


@dataclass
class Spelling:
    """A function as a tree.

    Attributes:
        tree: a module with the function and nothing else, guarded.
        names: the global names that it sees.
        rounds: the counter of its loops.
        is_twin: whether it is as it stands what the spelling before is with its calls written out.
    """

    tree: ast.Module
    names: dict[str, Any]
    rounds: Rounds = field(default_factory=Rounds)
    is_twin: bool = False

    def __post_init__(self) -> None:
        self.tree = guarded(ast.fix_missing_locations(plain(self.tree)))
        self.names = {**self.names, **self.rounds.names(), **_squashes()}

    @property
    def function(self) -> ast.FunctionDef:
        """The definition in the tree."""
        found = self.tree.body[0]
        assert isinstance(found, ast.FunctionDef)
        return found

    @functools.cached_property
    def size(self) -> int:
        """How many nodes the tree has."""
        return sum(1 for _ in ast.walk(self.tree))

    @functools.cached_property
    def trains(self) -> bool:
        """Whether it moves weights, which takes longer still."""
        return any(isinstance(node, ast.Attribute) and node.attr == "GradientTape" for node in ast.walk(self.tree))

    @functools.cached_property
    def is_slow(self) -> bool:
        """Whether it runs TensorFlow, whose calls take some hundred times as long."""
        names = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        return bool(names & {"tf", "keras"}) or any(isinstance(node, ast.ImportFrom) for node in ast.walk(self.tree))

    def compiled(self) -> Callable[..., Any]:
        """The function as the tree stands now.

        Raises:
            SyntaxError, ValueError, TypeError: the tree is no Python.
        """
        exec(compile(self.tree, "<spelling>", "exec", dont_inherit=True), self.names)
        made: Callable[..., Any] = self.names[self.function.name]
        return made


def spellings(exercise: Exercise) -> list[Spelling]:
    """Right answers whose source can be had: the reference written out, the reference, alternatives."""
    functions = (exercise.reference, *exercise.alternatives)
    return [spelling for function in functions for spelling in _both(function)][:_MOST]


def spelling_of(function: Callable[..., Any]) -> Spelling | None:
    """A function as a tree, or None where it has no source that can be edited."""
    tree = tree_of(function)
    return None if tree is None else Spelling(copied(tree), dict(_names(function)))


def both_of(one: Callable[..., Any], two: Callable[..., Any]) -> Spelling | None:
    """Two mistakes in one function, where both are edits of one reference that do not touch the same text.

    That one comes before the other makes no difference then: else what comes out is something of its own. Nor do they
    call two things by one name.
    """
    mine: dict[str, Any] = vars(one)
    theirs = vars(two)
    same = "edits" in mine and mine["reference"] is theirs.get("reference")
    if not same or any(theirs["names"].get(name, value) is not value for name, value in mine["names"].items()):
        return None
    try:
        text = edited_source(mine["reference"], (*mine["edits"], *theirs["edits"]))
        same = text == edited_source(mine["reference"], (*theirs["edits"], *mine["edits"]))
        tree = ast.parse(text)
    except (EditError, SyntaxError):
        return None
    return Spelling(_bare(tree.body[0]), {**_names(one), **theirs["names"]}) if same else None


def _both(function: Callable[..., Any]) -> Iterator[Spelling]:
    """A function with what it calls written out, and, where that differs, as it stands."""
    as_it_stands, tree = spelling_of(function), tree_of(function)
    if as_it_stands is None or tree is None:
        return
    names = dict(_names(function))
    written_out = Spelling(_WriteOut(names).module(copied(tree)), names)
    if ast.unparse(written_out.tree) != ast.unparse(as_it_stands.tree):
        yield written_out
        as_it_stands.is_twin = True
    yield as_it_stands


def _squashes() -> dict[str, Callable[[Any], Any]]:
    """Functions that edits put in, by the names under which edited functions find them."""

    def softmax(x: Any) -> Any:
        powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return powers / np.sum(powers, axis=-1, keepdims=True)

    functions: dict[str, Callable[[Any], Any]] = {
        "tanh": np.tanh,
        "sigmoid": lambda x: (1 + np.tanh(x / 2)) / 2,
        "relu": lambda x: np.maximum(x, 0),
        "exp": np.exp,
        "square": np.square,
        "softmax": softmax,
        "transposed": np.transpose,
    }
    return {f"_{name}": _for_tensors_too(function, name) for name, function in functions.items()}


def _for_tensors_too(function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """A function of arrays that, for a tensor, is TensorFlow's own, so that gradients go through."""

    def squash(x: Any) -> Any:
        if type(x).__module__.startswith("tensorflow"):
            tensorflow = sys.modules["tensorflow"]
            home = tensorflow.nn if hasattr(tensorflow.nn, name) else tensorflow
            return tensorflow.transpose(x) if name == "transposed" else getattr(home, name)(x)
        return function(x)

    return squash


# Where the source of a function is


def _names(function: Callable[..., Any]) -> dict[str, Any]:
    function = _behind(function)
    return {**vars(sys.modules[function.__module__]), **vars(function).get("names", {})}


def _behind(function: Callable[..., Any]) -> Callable[..., Any]:
    """What stands behind a function that only imports another and hands its arguments on."""
    code = getattr(function, "__code__", None)
    if code is None or not code.co_flags & inspect.CO_VARARGS or hasattr(function, "edits"):
        return function
    match _parsed(function):
        case ast.FunctionDef(body=[ast.ImportFrom(module=str(module), names=[ast.alias(name=name)]), ast.Return()]):
            found: Callable[..., Any] = getattr(importlib.import_module(module), name)
            return found
    return function


@functools.cache
def tree_of(function: Callable[..., Any]) -> ast.Module | None:
    """A function without docstring, decorators and types, not to be changed; None where there is no source."""
    definition = _parsed(_behind(function))
    if definition is None or definition.args.vararg is not None:
        return None
    return _bare(definition)


def _bare(definition: ast.stmt) -> ast.Module:
    """Without decorators and types."""
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef):
            node.decorator_list, node.returns = [], None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.Module([definition], [])


def _parsed(function: Callable[..., Any]) -> ast.FunctionDef | None:
    try:
        if hasattr(function, "edits"):
            source = edited_source(function.reference, function.edits)  # type: ignore[attr-defined]  # changed gives it
        elif function.__name__ == "<lambda>":
            return _lambda(function.__code__)
        else:
            source = plain_source(function)
        found = ast.parse(source).body[0]
    except (AttributeError, OSError, TypeError, SyntaxError, ValueError, AssertionError):
        return None
    return found if isinstance(found, ast.FunctionDef) else None


def _lambda(code: CodeType) -> ast.FunctionDef | None:
    """A lambda as a definition: the only one of its line in its file with the same arguments."""
    if code.co_freevars:
        return None
    arguments = code.co_varnames[: code.co_argcount]
    found = [
        node
        for node in ast.walk(_file(code.co_filename))
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and tuple(argument.arg for argument in node.args.args) == arguments
    ]
    if len(found) != 1:
        return None
    only = copied(found[0])
    definition = ast.FunctionDef("answer", only.args, [ast.copy_location(ast.Return(only.body), only)], [])
    return ast.copy_location(definition, only)


@functools.cache
def _file(name: str) -> ast.Module:
    with open(name, encoding="utf-8") as file:
        return ast.parse(file.read())


# What is no part of an answer is taken away, and what it calls is written out


def plain(tree: ast.Module) -> ast.Module:
    """The tree without what only refuses; it is changed itself."""
    found: ast.Module = _Plain().visit(tree)
    return found


class _Plain(ast.NodeTransformer):
    """Without what only refuses: arguments are taken as they are, errors are not raised on purpose."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if all(isinstance(statement, ast.Raise) for statement in node.body) and not node.orelse:
            return None
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST | None:
        self.generic_visit(node)
        return node if node.body else None

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if is_expectation(node.value) else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """A name that is given what it holds already is left out, in tuples too, and where it is only looked at."""
        if _hands_on(node):
            return None
        self.generic_visit(node)
        if len(node.targets) > 1:
            return node
        pairs = [(a, b) for a, b in _pairs(node.targets[0], node.value) if not _is_same(a, b)]
        if len(pairs) == 1:
            node.targets, node.value = [pairs[0][0]], pairs[0][1]
        elif pairs:
            node.targets = [ast.Tuple([a for a, _ in pairs], ast.Store())]
            node.value = ast.Tuple([b for _, b in pairs], ast.Load())
        return node if pairs else None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Arguments in place of calls that look at them and hand them on; of a state with two parts as ``*state``."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="expect_shapes")):
                values = [_given(word) for word in node.keywords]
                return ast.Tuple([value for value in values if value is not None], ast.Load())
            case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id="float"), ast.Tuple() as values]):
                return values
            case ast.Call(args=[ast.Constant(value=str(name)), ast.Name(id=same) as value, *_]) if is_expectation(node):
                return value if name == same else node
            case ast.Call(func=ast.Name(id="expect_count"), args=[_, value]):
                return value
        return node


def _given(word: ast.keyword) -> ast.expr | None:
    match word:
        case ast.keyword(arg=None, value=ast.Call(args=[pair])):
            return ast.Starred(pair, ast.Load())
        case ast.keyword(value=ast.Tuple(elts=[value, *_])):
            return value
    return None


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """What is assigned to what; of a tuple one by one, and what is unpacked inside it to as many as are left."""
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return [(target, value)]
    names, values = target.elts, value.elts
    starred = [place for place, one in enumerate(values) if isinstance(one, ast.Starred)]
    if not starred:
        return list(zip(names, values, strict=True)) if len(names) == len(values) else [(target, value)]
    at, more = starred[0], len(names) - len(values)
    pair = values[at]
    assert isinstance(pair, ast.Starred)
    middle: ast.expr = ast.Tuple(names[at : at + more + 1], ast.Store())
    rest = [*zip(names[:at], values[:at], strict=True), *zip(names[at + more + 1 :], values[at + 1 :], strict=True)]
    return [*rest, (middle, pair.value)]


def _is_same(target: ast.expr, value: ast.expr) -> bool:
    return isinstance(target, ast.Name) and (
        target.id == "_" or (isinstance(value, ast.Name) and target.id == value.id)
    )


def _hands_on(node: ast.Assign) -> bool:
    """Whether names are given to a call that looks at them, and get back what it hands on, in their order."""
    if len(node.targets) > 1 or not isinstance(node.value, ast.Call) or not is_expectation(node.value):
        return False
    target, given = node.targets[0], node.value.args
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    pairs = zip(names, given, strict=False)
    return len(names) == len(given) > 1 and not node.value.keywords and all(_is_same(a, b) for a, b in pairs)


def is_expectation(node: ast.AST) -> bool:
    """Whether it is a call of a function that only looks at arguments and hands them on."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "expect" in node.func.id


class _WriteOut(ast.NodeTransformer):
    """With calls of the package's own short functions written out."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def module(self, tree: ast.Module) -> ast.Module:
        """The tree with a call that is returned whole replaced by the body of what it calls, and formulas put in."""
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        last = definition.body[-1]
        helper = self._helper(last.value) if isinstance(last, ast.Return) else None
        if helper is not None and len(helper.body) > 1 and isinstance(last, ast.Return):
            bound = _bound(helper, last.value)
            if bound is not None:
                assigned = [ast.Assign([ast.Name(name, ast.Store())], value) for name, value in bound.items()]
                definition.body[-1:] = [*assigned, *helper.body]
        return ast.fix_missing_locations(self.visit(tree))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        helper = self._helper(node)
        bound = None if helper is None else _bound(helper, node)
        match helper:
            case ast.FunctionDef(body=[ast.Return(value=ast.expr() as formula)]) if bound is not None:
                return _PutIn(bound).visit(formula)
        return node

    def _helper(self, node: ast.AST | None) -> ast.FunctionDef | None:
        """The definition of a public function of the package that a call names, without its expectations."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or is_expectation(node):
            return None
        name, function = node.func.id, self.names.get(node.func.id)
        module = getattr(function, "__module__", None) or ""
        if not inspect.isfunction(function) or not module.startswith("rnncourse."):
            return None
        tree = None if name.startswith("_") or name in _WORDS_OF_THEIR_OWN else tree_of(function)
        if tree is None:
            return None
        for other, value in vars(sys.modules[module]).items():
            self.names.setdefault(other, value)
        definition = plain(copied(tree)).body[0]
        assert isinstance(definition, ast.FunctionDef)
        return definition


class _PutIn(ast.NodeTransformer):
    """With names replaced by expressions."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copied(self.values[node.id]) if node.id in self.values else node


def _bound(helper: ast.FunctionDef, call: ast.expr | None) -> dict[str, ast.expr] | None:
    """Argument -> the expression given for it; None where that is not plain."""
    assert isinstance(call, ast.Call)
    names = [argument.arg for argument in helper.args.args]
    if any(isinstance(value, ast.Starred) for value in call.args) or len(call.args) > len(names):
        return None
    bound = dict(zip(names, call.args, strict=False)) | {word.arg: word.value for word in call.keywords if word.arg}
    defaults = dict(zip(reversed(names), reversed(helper.args.defaults), strict=False))
    whole = defaults | bound
    return {name: whole[name] for name in names} if set(names) <= set(whole) else None
