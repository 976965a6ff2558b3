"""Single changes of a right answer, likely ones first: they can be made in its tree and taken back."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rnncourse.checking.diagnosis.edits.blocks import of_block
from rnncourse.checking.diagnosis.edits.calls import of_call, of_sum
from rnncourse.checking.diagnosis.edits.names import of_place, of_switch
from rnncourse.checking.diagnosis.edits.roles import limit_of, role_of
from rnncourse.checking.diagnosis.edits.rules import of_operation
from rnncourse.checking.diagnosis.edits.spots import LIKELY, Offer, Spot, spots
from rnncourse.checking.diagnosis.edits.weighing import NEEDED, NEEDED_AT_A_BORDER
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

    @property
    def needed(self) -> float:
        """Bits that the wrong numbers must hold before it is believed: a border shows in few cases, by its nature."""
        new = self.new
        at_a_border = isinstance(self.spot.node, ast.Compare) and isinstance(new, ast.Compare) and self.rank == LIKELY
        return NEEDED_AT_A_BORDER if at_a_border else NEEDED[self.rank]

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
        words = self.words()
        limit = "" if re.search(r"the (steps|numbers) (began|ended)|there were one", words) else limit_of(self.spot)
        places = [self._role() or limit, self.spot.made]
        said = [place for place in dict.fromkeys(places) if place and not _names(words, place)]
        return ", ".join([words, *said])

    def _role(self) -> str:
        """In which role it stands, if what is named stands in several places: a variable, or all of a variable."""
        match self.spot.node:
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)) if name in self.spot.repeated:
                role, statement = role_of(self.spot), self.spot.statement
                there = ast.walk(statement) if statement is not None and self.spot.made else ()
                reads = [node for node in there if isinstance(node, ast.Name) and node.id == name]
                return role if len(reads) != 1 or role.startswith("in the index") else ""
        return ""

    def _put(self, value: ast.AST | list[ast.stmt]) -> None:
        if self.spot.index is None:
            setattr(self.spot.parent, self.spot.field, value)
        else:
            getattr(self.spot.parent, self.spot.field)[self.spot.index] = value


def _names(words: str, place: str) -> bool:
    """Whether a clause speaks of a place already."""
    thing = place.removeprefix("in ").removeprefix("the ")
    return re.search(rf"\b{re.escape(thing)}(?!\w)", words) is not None


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
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield from of_switch(spot, node)
        return
    if spot.role in ("option", "called") and not isinstance(node, ast.Name):
        return
    if spot.field != "step":  # of a[::-1] the whole is spoken of
        yield from of_operation(node, spot.repeated)
    if isinstance(node, ast.Call):
        yield from of_call(node)
    if isinstance(node, ast.BinOp):
        yield from of_sum(node)
    yield from of_place(spot, node)


def alike(changes: list[Change]) -> list[tuple[Change, ...]]:
    """Changes of one kind at several spots: every gate through the tanh, every peephole subtracted, every c an h."""
    groups: dict[str, list[Change]] = {}
    forms = _Forms()
    for change in changes:
        for kind in _kinds(change, forms):
            groups.setdefault(kind, []).append(change)
    found = {tuple(id(change) for change in group): tuple(group) for group in groups.values() if len(group) > 1}
    return [group for group in found.values() if len({id(change.spot.node) for change in group}) == len(group)]


class _Forms:
    """Expressions as text in which the letter of a gate is left open: ``sigmoid(f)`` and ``sigmoid(i)`` look alike."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ast.AST, str]] = {}

    def of(self, node: ast.AST) -> str:
        """The form of an expression, and of anything else its kind."""
        if id(node) not in self._known:  # the node is kept: its number is not given to another one
            text = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
            self._known[id(node)] = node, _GATE.sub(r"\1?", text).replace("c_new", "c")
        return self._known[id(node)][1]


_GATE = re.compile(r"\b(\w_)?[ifogzr]\b")


def _kinds(change: Change, forms: _Forms) -> Iterator[str]:
    """What a change does, without where, and with what is around it; nothing for what is done in one place only."""
    old, new = change.spot.node, change.new
    if not isinstance(old, ast.expr) or not isinstance(new, ast.expr):
        return
    calls = isinstance(old, ast.Call) and isinstance(new, ast.Call) and old.args == new.args
    if calls and isinstance(new, ast.Call) and function_name(old) == function_name(new):
        yield f"axis {[(word.arg, ast.dump(word.value)) for word in new.keywords]}"
        return
    form = f"{forms.of(old)} → {forms.of(new)}"
    if isinstance(old, ast.Name) and change.spot.returned:
        yield f"returned {old.id} → {ast.unparse(new)}"
    if isinstance(old, ast.BinOp) and new is old.left and isinstance(old.op, ast.Add | ast.Mult):
        yield f"{type(old.op).__name__} {ast.unparse(old.right)} in line {id(change.spot.statement)}"
    if isinstance(old, ast.Name):
        yield f"{old.id} → {ast.unparse(new)}"  # of the gates, this one alone
    if not change.spot.role:
        yield form
        yield f"{form} in {forms.of(change.spot.parent)}"
