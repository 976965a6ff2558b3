"""What keeps an edited function from running away: loops count rounds, powers and arrays have a largest size."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

#: The names under which edited functions find the guards.
TICK, COUNTED, BOUNDED = "_tick", "_counted", "_bounded"
GUARDS = (TICK, COUNTED, BOUNDED)
_LARGEST_EXPONENT, _LARGEST_ARRAY = 400, 20_000


class EndlessError(Exception):
    """An edited function went round its loops far more often than the right one, or filled the memory."""


@dataclass
class Rounds:
    """How many rounds the loops of a function may make in one call, and how many they have made.

    Attributes:
        limit: how many are allowed.
        made: how many were made since it was set to 0.
        until: the time after which none is allowed, the last resort.
        in_all: how many all cases together took, of an unchanged function.
        room: how many numbers an array may hold; twice what the function was given, where that is more.
    """

    limit: int = 100_000
    made: int = 0
    until: float = field(default=float("inf"))
    room: int = _LARGEST_ARRAY
    in_all: int = 0

    def tick(self) -> None:
        """Count one round.

        Raises:
            EndlessError: there were too many, or an array of the function that goes round has grown too large.
        """
        self._count(sys._getframe(1))

    def counted(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items, each a round."""
        for item in items:
            self._count(sys._getframe(1))
            yield item

    def _count(self, frame: FrameType) -> None:
        """An array that grows by a factor in each round fills the memory in few rounds, so sizes are looked at, too."""
        self.made += 1
        if self.made > self.limit or time.monotonic() > self.until:
            raise EndlessError
        largest = max((value.size for value in frame.f_locals.values() if isinstance(value, np.ndarray)), default=0)
        if self.made == 1:  # the call begins: these are its arguments
            self.room = max(_LARGEST_ARRAY, 2 * largest)
        if largest > self.room:
            raise EndlessError

    def names(self) -> dict[str, Callable[..., Any]]:
        """What a guarded function calls."""
        return {TICK: self.tick, COUNTED: self.counted, BOUNDED: bounded}


def bounded(exponent: Any) -> Any:
    """An exponent as it is, unless the power of a whole number would be one of thousands of digits.

    Raises:
        EndlessError: it is too large.
    """
    if isinstance(exponent, int) and abs(exponent) > _LARGEST_EXPONENT:
        raise EndlessError
    return exponent


def guarded(tree: ast.Module) -> ast.Module:
    """The tree with a counter in each loop and at the start of each function, and bounds of exponents."""
    return ast.fix_missing_locations(_Guarding().visit(tree))


def is_guard(statement: ast.stmt) -> bool:
    """Whether a statement only counts rounds."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name == TICK
    return False


class _Guarding(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._ticking(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._ticking(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._counting(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        return self._counting(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            node.right = _call(BOUNDED, node.right)
        return node

    def _ticking(self, node: ast.FunctionDef | ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(_call(TICK)), node.body[0]))
        return node

    def _counting(self, node: ast.For | ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.iter = _call(COUNTED, node.iter)
        return node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
    return ast.copy_location(call, arguments[0]) if arguments else call
