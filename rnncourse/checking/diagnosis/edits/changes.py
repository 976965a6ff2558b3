"""Single changes of a right answer, likely ones first: they can be made in its tree and taken back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rnncourse.checking.diagnosis.edits.blocks import of_block
from rnncourse.checking.diagnosis.edits.calls import of_call, of_sum
from rnncourse.checking.diagnosis.edits.names import of_place
from rnncourse.checking.diagnosis.edits.rules import of_operation
from rnncourse.checking.diagnosis.edits.spots import Offer, Spot, spots
from rnncourse.checking.diagnosis.edits.words import function_name


@dataclass(frozen=True)
class Change:
    """One change of a tree.

    Attributes:
        rank: 1 likely, 2 possible, 3 only if nothing else fits.
        number: its place in the order of the tree.
        words: -> the clause that says it.
        spot: where it is made.
        new: what stands there then.
    """

    rank: int
    number: int
    words: Callable[[], str]
    spot: Spot
    new: ast.AST | list[ast.stmt]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The tree with the change while the block runs."""
        for node in self.new if isinstance(self.new, list) else [self.new]:
            _locate(node)
        self._put(self.new)
        try:
            yield
        finally:
            self._put(self.spot.node)

    def clause(self) -> str:
        """What is said, with the place where it helps."""
        where = f", in {self.spot.made}" if self.spot.made else ""
        return f"{self.words()}{where}"

    def _put(self, value: ast.AST | list[ast.stmt]) -> None:
        if self.spot.index is None:
            setattr(self.spot.parent, self.spot.field, value)
        else:
            getattr(self.spot.parent, self.spot.field)[self.spot.index] = value


def _locate(node: ast.AST) -> None:
    """Give new nodes a place in the source, which compiling asks for; old ones have theirs."""
    if "lineno" in vars(node):
        return
    if isinstance(node, ast.expr | ast.stmt | ast.keyword):
        node.lineno = node.end_lineno = 1
        node.col_offset = node.end_col_offset = 0
    for child in ast.iter_child_nodes(node):
        _locate(child)


def single_changes(function: ast.FunctionDef, parts: tuple[str, ...] = ()) -> list[Change]:
    """All single changes of a function, likely ones first.

    Args:
        function: the definition, with its guards.
        parts: the names of what it returns, where there are several.
    """
    found: list[Change] = []
    for spot in spots(function, parts):
        for rank, new, words in _offers(spot):
            found.append(Change(rank, len(found), words, spot, new))
    return sorted(found, key=lambda change: change.rank)


def _offers(spot: Spot) -> Iterator[Offer]:
    node = spot.node
    if isinstance(node, list):
        yield from of_block(spot, node)
        return
    if spot.role in ("option", "called") and not isinstance(node, ast.Name):
        return
    yield from of_operation(node)
    if isinstance(node, ast.Call):
        yield from of_call(node)
    if isinstance(node, ast.BinOp):
        yield from of_sum(node)
    yield from of_place(spot, node)


def alike(changes: list[Change]) -> list[tuple[Change, ...]]:
    """Changes of one kind at all spots where it can be made: every gate through the tanh, every c an h."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        kind = _kind(change)
        if kind:
            groups.setdefault(kind, []).append(change)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _kind(change: Change) -> str:
    """What a change does, without where; '' where it is nothing to do everywhere."""
    old, new = change.spot.node, change.new
    if isinstance(old, ast.Name) and isinstance(new, ast.expr):
        text = ast.unparse(new)
        return "" if text in (f"{old.id} + 1", f"{old.id} - 1") else f"{old.id} {text}"
    if isinstance(old, ast.Call) and isinstance(new, ast.Call) and old.args == new.args:
        options = [(word.arg, ast.dump(word.value)) for word in new.keywords]
        if function_name(old) == function_name(new):
            return f"axis {options}"
        return f"{function_name(old)} {function_name(new)} {options}"
    return ""
