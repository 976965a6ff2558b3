"""Syntax trees copied, whatever others have hung on their nodes."""

from __future__ import annotations

import ast
from typing import Any, TypeVar

_Node = TypeVar("_Node", bound=ast.AST)


def copied(node: _Node) -> _Node:
    """A node and all below it, with its place in the source, and nothing else.

    IPython, as it shows an error, links every node that it reads to its parent, ``ast.Load()`` too, of which there is
    one for all trees: ``copy.deepcopy`` of a single name follows it through whole modules.
    """
    names = [*node._fields, *node._attributes]
    return type(node)(**{name: _value(getattr(node, name)) for name in names if hasattr(node, name)})


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(entry) for entry in value]
    return copied(value) if isinstance(value, ast.AST) else value
