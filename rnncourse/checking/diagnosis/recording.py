"""Recording: a copy of a function that writes down the value of every expression while it runs.

The copy is made from the source, computes the same in the same order, and sees the variables of the original through
a dictionary of its own: nothing of the learner's is changed. Functions that it calls by name are copied likewise where
they were written beside it.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

_MOST_MOMENTS = 6000
_MOST_NUMBERS, _MOST_IN_ALL = 20_000, 3_000_000
_RECORD, _READ, _BOUND, _GIVEN, _CHANGED = "_record_", "_read_", "_bound_", "_given_", "_changed_"
_LOOP, _ROUND = "_loop_", "_round_"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What depends on nothing but the sizes of what it is given.
_OF_SHAPES = _words("""
    len shape ndim size range arange zeros ones empty full eye zeros_like ones_like empty_like full_like
""")
#: Calls that only move, join, cut or convert what they are given.
_HARMLESS = _words("""
    reshape transpose stack concatenate concat split array_split asarray array copy astype list tuple float int
    bool dict set enumerate zip reversed squeeze ravel flatten expand_dims swapaxes moveaxis hstack vstack
    column_stack tile repeat broadcast_to append insert extend pad take take_along_axis gather constant
    convert_to_tensor cast unstack items values keys numpy atleast_2d atleast_1d identity item tolist iter next
    roll flip diag Variable pop get min max isinstance map filter rollaxis hsplit vsplit indices meshgrid
    ascontiguousarray sort sorted
""")
#: Functions of one array that are no step of the subject: another right answer may pass through them.
_ELEMENTWISE = _words("""
    exp exp2 log log2 log10 log1p expm1 sqrt square abs absolute fabs negative reciprocal sum mean prod cumsum
    cumprod argmax argmin argsort any all average reduce_sum reduce_mean reduce_max reduce_prod nonzero norm
""")
#: How the operators between two values are called.
OPERATORS = frozenset({"Add", "Sub", "Mult", "Div", "Pow", "MatMult", "Mod", "FloorDiv", "BitAnd", "BitOr"})
COMPARISONS = frozenset({"Lt", "LtE", "Gt", "GtE", "Eq", "NotEq"})
_BETWEEN = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.Mod, ast.FloorDiv, ast.BitAnd, ast.BitOr)


@dataclass(frozen=True)
class Place:
    """An expression in the source.

    Attributes:
        line: its line.
        text: how it is written.
        kind: "source", "shape" (of sizes alone), "moved" (harmless), "elementwise" (of one value) or "computed".
        inside: the places within it.
        elements: the places of what comprehensions and lambdas within it give, which run in frames of their own.
        result: whether the function that was asked for returns it.
        operator: the name of the operator or of the function that is called.
        function: the function in which it stands; "" for the one that was asked for.
        loop: number of the innermost loop around it; None outside of loops.
    """

    line: int
    text: str
    kind: str
    inside: frozenset[int] = frozenset()
    elements: frozenset[int] = frozenset()
    result: bool = False
    operator: str = ""
    function: str = ""
    loop: int | None = None


@dataclass(frozen=True)
class Turn:
    """A round of a loop.

    Attributes:
        number: the how-manieth, counted from 1.
        counter: what the variable is that the loop counts with, for example "t = 3"; "" where it has none.
        around: the round of the loop around it.
    """

    number: int
    counter: str = ""
    around: Turn | None = None


@dataclass
class Moment:
    """A value that an expression had.

    Attributes:
        place: number of the expression.
        value: the value as numbers; None where it has none.
        parts: numbers of the moments that it was made of.
        kind: as for a place; a sum of lists is "moved".
        raw: the object itself, so that no other object takes its identity.
        turn: the round of the innermost loop around it.
    """

    place: int
    value: np.ndarray | None
    parts: tuple[int, ...]
    kind: str
    raw: Any = None
    turn: Turn | None = None


@dataclass
class Recording:
    """What a function went through in one call.

    Attributes:
        places: every expression of the source, by number.
        moments: the values in the order in which they were computed.
        returned: the places where it returned, and the moments of what it returned.
        whole: whether all were written down.
        recursive: whether a function called itself, so that one place in it stands for several calls.
    """

    places: list[Place] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    returned: list[tuple[int, int]] = field(default_factory=list)
    whole: bool = True
    recursive: bool = False


class _Recorder:
    """What the copied source calls. Nothing here raises or changes a value."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.pending: dict[FrameType, list[tuple[int, int]]] = {}
        self.latest: dict[tuple[FrameType | None, int], int] = {}
        self.variables: dict[tuple[FrameType, str], tuple[Any, int]] = {}
        self.origins: dict[int, int] = {}
        self.turns: dict[tuple[FrameType, int | None], Turn] = {}
        self.room = _MOST_IN_ALL

    def loop(self, loop: int) -> None:
        """A loop is about to begin."""
        self.turns.pop((sys._getframe(1), loop), None)

    def round(self, loop: int, outer: int | None, name: str, value: Any) -> None:
        """A round of a loop begins; the value is that of its variable, where it has a single one."""
        frame = sys._getframe(1)
        before = self.turns.get((frame, loop))
        counts = isinstance(value, int | np.integer) and not isinstance(value, bool) and not name.startswith("_")
        number = 1 if before is None else before.number + 1
        self.turns[frame, loop] = Turn(number, f"{name} = {value}" if counts else "", self.turns.get((frame, outer)))

    def record(self, number: int, value: Any) -> Any:
        """The value of an expression."""
        frame, place = sys._getframe(1), self.recording.places[number]
        parts = self._pending(frame, place)
        if place.elements:
            parts += self._elements(place, max(parts, default=-1))
        origin = self._origin(value)
        if origin is not None and origin not in parts:
            parts.append(origin)
        self._push(frame, number, self._add(frame, number, value, parts))
        return value

    def read(self, number: int, value: Any, name: str) -> Any:
        """The value of a variable: the moment at which it was made."""
        frame = sys._getframe(1)
        known, moment = self.variables.get((frame, name), (None, -1))
        origin = self._origin(value)
        if origin is None and moment >= 0 and known is value:
            origin = moment
        self._push(frame, number, self._add(frame, number, value, []) if origin is None else origin)
        return value

    def bound(self, number: int, value: Any, name: str, made: tuple[int, ...], alias: bool | None) -> bool:
        """A variable was given a value, out of expressions that were just recorded; True, to stand in a condition.

        Args:
            number: its place.
            value: the value.
            name: the variable.
            made: the expressions.
            alias: whether it is the value of the expression; None where another variable gives a value its name.
        """
        frame = sys._getframe(1)
        parts = self._made(frame, made)
        old = self.variables.get((frame, name))
        origin = self._origin(value)
        if alias and parts:
            moment = parts[-1]
        elif origin is not None and alias is not None:
            moment = origin
        else:
            moment = self._add(frame, number, value, parts if old is None or not alias else [*parts, old[1]])
        self._keep(frame, name, value, moment)
        return True

    def given(self, number: int, value: Any, name: str) -> None:
        """An argument of a function that is entered."""
        frame, origin = sys._getframe(1), self._origin(value)
        self.recording.recursive = self.recording.recursive or _is_inside_itself(frame)
        moment = self._add(frame, number, value, []) if origin is None else origin
        self._keep(frame, name, value, moment)

    def changed(self, number: int, value: Any, name: str, made: tuple[int, ...]) -> None:
        """A variable that may have been changed in place."""
        if not isinstance(value, np.ndarray | list | dict | set | int | float | np.generic):
            return
        frame = sys._getframe(1)
        old = self.variables.get((frame, name))
        before = self._origin(value) if old is None else old[1]
        if isinstance(value, np.ndarray) and before is not None and self._still(before, value):
            return
        parts = self._made(frame, made)
        moment = self._add(frame, number, value, parts if before is None else [*parts, before])
        self._keep(frame, name, value, moment)

    def _still(self, moment: int, value: np.ndarray) -> bool:
        before = self.recording.moments[moment]
        return before.raw is value and before.value is not None and np.array_equal(before.value, value, equal_nan=True)

    def _pending(self, frame: FrameType, place: Place) -> list[int]:
        stack, parts = self.pending.setdefault(frame, []), []
        while stack and stack[-1][0] in place.inside:
            parts.append(stack.pop()[1])
        return parts[::-1]

    def _elements(self, place: Place, start: int) -> list[int]:
        moments = self.recording.moments
        return [n for n in range(start + 1, len(moments)) if moments[n].place in place.elements]

    def _made(self, frame: FrameType, made: tuple[int, ...]) -> list[int]:
        found = (self.latest.get((frame, place), self.latest.get((None, place))) for place in made)
        return [moment for moment in found if moment is not None]

    def _origin(self, value: Any) -> int | None:
        if value is None or isinstance(value, bool | int | str):
            return None
        return self.origins.get(id(value))

    def _keep(self, frame: FrameType, name: str, value: Any, moment: int) -> None:
        self.variables[frame, name] = value, moment
        self.origins[id(value)] = moment

    def _push(self, frame: FrameType, number: int, moment: int) -> None:
        self.pending.setdefault(frame, []).append((number, moment))
        if self.recording.places[number].result:
            self.recording.returned.append((number, moment))
        self.latest[frame, number] = self.latest[None, number] = moment

    def _add(self, frame: FrameType, number: int, value: Any, parts: list[int]) -> int:
        moments, place = self.recording.moments, self.recording.places[number]
        if len(moments) >= _MOST_MOMENTS or self.room < 0:
            self.recording.whole = False
            return len(moments) - 1
        kind = place.kind
        if place.operator in OPERATORS and isinstance(value, list | tuple | str):
            kind = "moved"
        if kind == "shape":
            parts = []
        array = numbers(value)
        self.room -= 0 if array is None else array.size
        moments.append(Moment(number, array, tuple(parts), kind, value, self.turns.get((frame, place.loop))))
        self.origins[id(value)] = len(moments) - 1
        return len(moments) - 1


def _is_inside_itself(frame: FrameType) -> bool:
    around = frame.f_back
    while around is not None and around.f_code is not frame.f_code:
        around = around.f_back
    return around is not None


def numbers(value: Any) -> np.ndarray | None:
    """A copy of a value as an array of floats; None for what is no numbers or too many."""
    try:
        if isinstance(value, np.ndarray | np.generic | int | float):
            array = np.array(value)
            array = np.array([array.real, array.imag]) if array.dtype.kind == "c" else array
        elif isinstance(value, list | tuple):
            entries = [numbers(item) for item in value]
            shapes = {None if entry is None else entry.shape for entry in entries}
            array = np.array(entries) if len(shapes) == 1 and None not in shapes else np.array("")
        elif hasattr(value, "numpy") and hasattr(value, "dtype"):
            array = np.array(value.numpy())
        else:
            return None
        return array if array.dtype.kind in "biuf" and 0 < array.size <= _MOST_NUMBERS else None
    except Exception:  # a learner's object may do anything
        return None


class Recordable:
    """A function of which recordings can be made.

    Args:
        function: with its source; what it calls by name is recorded, too, where ``follows`` says so.
        follows: (function) -> whether the inside of a function that it calls is recorded.

    Raises:
        ValueError: there is no source, or none that can be copied.
    """

    def __init__(self, function: Callable[..., Any], follows: Callable[[FunctionType], bool]) -> None:
        if not isinstance(function, FunctionType):
            raise ValueError("not a function of Python")
        self.places: list[Place] = []
        self._function = function
        self._codes: dict[FunctionType, tuple[CodeType, str, tuple[str, ...]]] = {}
        self._copy(function, follows, top=True)

    def _copy(self, function: FunctionType, follows: Callable[[FunctionType], bool], top: bool = False) -> None:
        code = _instrumented(function, self.places, top)
        _contents(function, code[2])  # raises where a variable around it has no value yet
        self._codes[function] = code
        for name in _names_in(function.__code__):
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and called not in self._codes and follows(called):
                try:
                    self._copy(called, follows)
                except ValueError:
                    continue

    def recorded(self) -> tuple[Callable[..., Any], Recording]:
        """A copy of the function, and where it writes: to be called once."""
        recording = Recording(self.places)
        made: dict[FunctionType, Callable[..., Any]] = {}
        spaces: list[dict[str, Any]] = []
        recorder = _Recorder(recording)
        tools = {
            _RECORD: recorder.record,
            _READ: recorder.read,
            _BOUND: recorder.bound,
            _GIVEN: recorder.given,
            _CHANGED: recorder.changed,
            _LOOP: recorder.loop,
            _ROUND: recorder.round,
        }
        for function, (code, factory, free) in self._codes.items():
            space = {**function.__globals__, **tools}
            exec(code, space)
            copy = space[factory](*_contents(function, free))
            copy.__defaults__, copy.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
            made[function] = copy
            spaces.append(space)
        for space in spaces:
            space.update({n: made[v] for n, v in space.items() if isinstance(v, FunctionType) and v in made})
        return made[self._function], recording


def _contents(function: FunctionType, free: tuple[str, ...]) -> list[Any]:
    """The values of the variables around a function; ValueError where one has none."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return [cells[name].cell_contents for name in free]


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _instrumented(function: FunctionType, places: list[Place], top: bool) -> tuple[CodeType, str, tuple[str, ...]]:
    """The code of a factory that makes the copy out of the contents of the closure."""
    definition = _definition(function)
    arguments = [*definition.args.posonlyargs, *definition.args.args, *definition.args.kwonlyargs]
    _Numbers(places, definition, top).run()
    definition.body = [*_entered(places, arguments, definition.lineno), *definition.body]
    free = tuple(function.__code__.co_freevars)
    factory = ast.parse(f"def _factory_({', '.join(free)}):\n    return {definition.name}").body[0]
    assert isinstance(factory, ast.FunctionDef)
    factory.body.insert(0, definition)
    module = ast.fix_missing_locations(ast.Module([factory], []))
    try:
        return compile(module, "<recorded>", "exec", dont_inherit=True), "_factory_", free
    except (SyntaxError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _definition(function: FunctionType) -> ast.FunctionDef:
    """The function as a tree, its lines counted as the learner's are."""
    try:
        source = textwrap.dedent(inspect.getsource(function.__code__))  # of the function itself, not what it wraps
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError, IndexError) as error:
        raise ValueError(str(error)) from None
    definition = tree.body[0] if tree.body else None
    if not isinstance(definition, ast.FunctionDef) or definition.name != function.__code__.co_name:
        raise ValueError("its source is no definition")
    if definition.decorator_list or function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
        raise ValueError("more than a plain function")
    ast.increment_lineno(definition, function.__code__.co_firstlineno - 1)
    definition.returns, definition.args.defaults = None, [ast.Constant(None)] * len(definition.args.defaults)
    definition.args.kw_defaults = [default and ast.Constant(None) for default in definition.args.kw_defaults]
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return definition


def _entered(places: list[Place], arguments: Iterable[ast.arg], line: int) -> list[ast.stmt]:
    statements: list[ast.stmt] = []
    for argument in arguments:
        places.append(Place(line, argument.arg, "source"))
        statements.append(ast.Expr(_call(_GIVEN, len(places) - 1, _load(argument.arg), ast.Constant(argument.arg))))
    return statements


def _call(tool: str, number: int, *given: ast.expr) -> ast.Call:
    return ast.Call(_load(tool), [ast.Constant(number), *given], [])


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


class _Numbers(ast.NodeTransformer):
    """Gives every expression a number and writes the calls of the recorder around it."""

    def __init__(self, places: list[Place], definition: ast.FunctionDef, top: bool) -> None:
        self.places, self.definition, self.top = places, definition, top
        self.name = "" if top else definition.name
        self.depth = 0
        self.loops: list[int] = []
        self.number_of: dict[ast.AST, int] = {}
        self.elements_of: dict[ast.AST, set[int]] = {}

    def run(self) -> None:
        """Change the definition's body in place."""
        self.definition.body = self._statements(self.definition.body)

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in body:
            after = self._after(statement)
            if isinstance(statement, ast.For | ast.While):
                self.number_of[statement] = self._new(statement, "moved", text="loop")
                made.append(ast.Expr(_call(_LOOP, self.number_of[statement])))
            found = self.visit(statement)
            made += [found, *after()]
        return made

    def visit(self, node: ast.AST) -> Any:
        """An expression with its recorder, a statement with its blocks."""
        if isinstance(node, ast.expr):
            return self._expression(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if (
                isinstance(block, list)
                and block
                and isinstance(block[0], ast.stmt)
                and not isinstance(node, ast.ClassDef)
            ):
                self._block(node, name)
        return self._rest(node)

    def _block(self, node: ast.AST, name: str) -> None:
        nested = isinstance(node, ast.FunctionDef)
        self.depth += nested
        body = getattr(node, name)
        if nested:
            assert isinstance(node, ast.FunctionDef)
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            outside, self.loops = self.loops, []
            body = [*_entered(self.places, arguments, node.lineno), *self._statements(body)]
            self.loops = outside
        elif isinstance(node, ast.For | ast.While) and name == "body":
            body = self._rounds(node)
        else:
            body = self._statements(body)
        self.depth -= nested
        setattr(node, name, body)

    def _rounds(self, node: ast.For | ast.While) -> list[ast.stmt]:
        """The body of a loop, which counts its rounds."""
        notes: list[ast.stmt] = []
        if isinstance(node, ast.For):
            node.iter = self.visit(node.iter)
            source = (self.number_of[node.iter],) if node.iter in self.number_of else ()
            notes = self._targets(node.target, source, node.iter, alias=False)
        outer = self._loop
        name = node.target.id if isinstance(node, ast.For) and isinstance(node.target, ast.Name) else ""
        value = _load(name) if name else ast.Constant(None)
        self.loops.append(self.number_of[node])
        body = self._statements(node.body)
        self.loops.pop()
        return [
            ast.Expr(_call(_ROUND, self.number_of[node], ast.Constant(outer), ast.Constant(name), value)),
            *notes,
            *body,
        ]

    def _rest(self, node: ast.AST) -> ast.AST:
        """The expressions of a statement that are evaluated where they stand."""
        match node:
            case ast.Return() | ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr():
                if node.value is not None and not isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Await):
                    returned = isinstance(node, ast.Return) and self.top and not self.depth
                    node.value = self._expression(node.value, returned=returned)
            case ast.If() | ast.While():
                node.test = self.visit(node.test)
        return node

    def _after(self, statement: ast.stmt) -> Callable[[], list[ast.stmt]]:
        """What is to be noted once a statement has run, made after its expressions have their numbers."""
        text = _text(statement) if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr) else ""
        match statement:
            case ast.Assign() | ast.AnnAssign() if statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                return lambda: [note for target in targets for note in self._assigned(target, statement, text)]
            case ast.AugAssign():
                return lambda: self._assigned(statement.target, statement, text)
            case ast.Expr(ast.Call() as call):
                names = _changeable(call)
                return lambda: [self._note_changed(name, statement, text) for name in names]
        return list

    def _assigned(self, target: ast.expr, statement: Any, text: str) -> list[ast.stmt]:
        value = statement.value
        made = (self.number_of[value],) if value in self.number_of else ()
        if isinstance(statement, ast.AugAssign) or not isinstance(target, ast.Name | ast.Tuple | ast.List):
            name = _root(target)
            return [] if name is None else [self._note_changed(name, statement, text)]
        alias = isinstance(target, ast.Name)
        return self._targets(target, made, statement, None if alias and self._is_read(value) else alias)

    def _is_read(self, value: ast.AST) -> bool:
        return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == _READ

    def _note_changed(self, name: str, statement: Any, text: str) -> ast.stmt:
        value = statement.value
        made = (self.number_of[value],) if value in self.number_of else ()
        plain = isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name)
        operator = type(statement.op).__name__ if isinstance(statement, ast.AugAssign) else ""
        number = self._new(statement, "computed" if plain else "moved", text=text, operator=operator)
        places = ast.Tuple([ast.Constant(place) for place in made], ast.Load())
        return ast.Expr(_call(_CHANGED, number, _load(name), ast.Constant(name), places))

    def _targets(self, target: ast.expr, made: tuple[int, ...], node: ast.AST, alias: bool | None) -> list[ast.stmt]:
        return [ast.Expr(note) for note in self._notes(target, made, node, alias)]

    def _notes(self, target: ast.expr, made: tuple[int, ...], node: ast.AST, alias: bool | None) -> list[ast.expr]:
        notes: list[ast.expr] = []
        for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)):
            number = self._new(target, "moved", text=name)
            places = ast.Tuple([ast.Constant(place) for place in made], ast.Load())
            notes.append(_call(_BOUND, number, _load(name), ast.Constant(name), places, ast.Constant(alias)))
        return notes

    def _expression(self, node: ast.expr, returned: bool = False) -> ast.expr:
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return node
        if isinstance(node, ast.JoinedStr | ast.Yield | ast.YieldFrom | ast.Await | ast.Constant) and not (
            isinstance(node, ast.Constant) and returned
        ):
            return node
        if isinstance(node, ast.Name):
            return self._wrapped(node, _READ, "source", 0, set(), ast.Constant(node.id), returned=returned)
        kind, text = _kind(node), _text(node)
        first, elements = len(self.places), set[int]()
        self._children(node, elements)
        if isinstance(node, ast.Starred | ast.GeneratorExp | ast.Lambda | ast.Slice):
            self.elements_of[node] = elements
            return node
        for child in ast.walk(node):
            elements |= self.elements_of.pop(child, set())
        return self._wrapped(node, _RECORD, kind, first, elements, returned=returned, text=text)

    def _wrapped(
        self,
        node: ast.expr,
        tool: str,
        kind: str,
        first: int,
        elements: set[int],
        *more: ast.expr,
        returned: bool = False,
        text: str = "",
    ) -> ast.expr:
        inside = frozenset(range(first, len(self.places))) if tool == _RECORD else frozenset()
        number = self._new(node, kind, inside, frozenset(elements), returned, text, _operator(node))
        call = _call(tool, number, node, *more)
        self.number_of[node] = self.number_of[call] = number
        return ast.copy_location(call, node)

    def _new(
        self,
        node: Any,
        kind: str,
        inside: frozenset[int] = frozenset(),
        elements: frozenset[int] = frozenset(),
        returned: bool = False,
        text: str = "",
        operator: str = "",
    ) -> int:
        self.places.append(
            Place(node.lineno, text or _text(node), kind, inside, elements, returned, operator, self.name, self._loop)
        )
        return len(self.places) - 1

    @property
    def _loop(self) -> int | None:
        return self.loops[-1] if self.loops else None

    def _children(self, node: ast.expr, elements: set[int]) -> None:
        match node:
            case ast.Call():
                if isinstance(node.func, ast.Attribute):
                    node.func.value = self.visit(node.func.value)
                node.args = [self.visit(argument) for argument in node.args]
                for keyword in node.keywords:
                    keyword.value = self.visit(keyword.value)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node, elements)
            case ast.Lambda():
                node.body = self.visit(node.body)
                elements |= self._numbers(node.body)
            case ast.NamedExpr():
                node.value = self.visit(node.value)
            case _:
                for name, value in ast.iter_fields(node):
                    if isinstance(value, ast.expr):
                        setattr(node, name, self.visit(value))
                    elif isinstance(value, list):
                        setattr(node, name, [self.visit(v) if isinstance(v, ast.expr) else v for v in value])

    def _comprehension(self, node: Any, elements: set[int]) -> None:
        for generator in node.generators:
            generator.iter = self.visit(generator.iter)
            made = self._numbers(generator.iter)
            notes = self._notes(generator.target, tuple(made), generator.iter, alias=False)
            generator.ifs = [*notes, *(self.visit(test) for test in generator.ifs)]
        for name in ("key", "value", "elt"):
            if hasattr(node, name):
                setattr(node, name, self.visit(getattr(node, name)))
                elements |= self._numbers(getattr(node, name))

    def _numbers(self, node: ast.AST) -> set[int]:
        return {self.number_of[node]} if node in self.number_of else set()


def _root(target: ast.expr) -> str | None:
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _changeable(call: ast.Call) -> list[str]:
    """The variables that a call without a result may change: its object, and its arguments."""
    given = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    names = (_root(part) for part in [*given, *call.args])
    return [name for name in dict.fromkeys(names) if name is not None and name not in ("np", "tf", "print")]


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _operator(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=op):
            return type(op).__name__
        case ast.Compare(ops=[op]):
            return type(op).__name__
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
    return ""


def _kind(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=op) if isinstance(op, _BETWEEN):
            one = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
            return "elementwise" if one else "computed"
        case ast.Compare():
            return "computed"
        case ast.Call(func=func):
            name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if name in _HARMLESS | _OF_SHAPES:
                return "moved" if name in _HARMLESS else "shape"
            return "elementwise" if name in _ELEMENTWISE else "computed"
        case ast.UnaryOp(op=ast.Not()):
            return "computed"
        case ast.Attribute(attr=attr) if attr in _OF_SHAPES:
            return "shape"
    return "moved"
