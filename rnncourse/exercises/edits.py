"""A mistake as an edit of the reference: the same function with one thing changed, said as old and new text.

    changed(backprop.neuron_bptt, ("later = delta * w_h", "later = delta"))

The edit is made in the source, below the docstring, and compiled when the mistake is first tried.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable
from typing import Any


class EditError(ValueError):
    """An edit does not fit the source any more; the message says which."""


def changed(reference: Callable[..., Any], *edits: tuple[str, str], **names: Any) -> Callable[..., Any]:
    """The reference with each old text replaced by the new one.

    Args:
        reference: a function of the package, with its source.
        edits: (old, new) each; old stands exactly once in the source below the docstring, after the edits before it.
        names: what new texts use and the reference's module does not know, for example ``sigmoid=cells.sigmoid``.

    Returns:
        A function of the same arguments. The first call compiles it.

    Raises:
        EditError: on the first call, if an old text is not there, is there more than once, or leaves no Python.
    """

    @functools.cache
    def compiled() -> Callable[..., Any]:
        return _compiled(reference, edited_source(reference, edits), names)

    @functools.wraps(reference, updated=())
    def mistaken(*arguments: Any, **options: Any) -> Any:
        return compiled()(*arguments, **options)

    return mistaken


def edited_source(reference: Callable[..., Any], edits: tuple[tuple[str, str], ...]) -> str:
    """The source of the reference without its docstring, with the edits made in their order.

    Raises:
        EditError: as for ``changed``.
    """
    source = plain_source(reference)
    for old, new in edits:
        count = source.count(old)
        if count != 1:
            raise EditError(f"{old!r} stands {count} times in {reference.__name__}, expected once:\n{source}")
        source = source.replace(old, new)
    return source


def plain_source(reference: Callable[..., Any]) -> str:
    """The source of a function without its docstring and decorators, which say the formula once more."""
    source = textwrap.dedent(inspect.getsource(reference))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    lines = source.splitlines(keepends=True)
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "".join(lines[function.lineno - 1 :])


def _compiled(reference: Callable[..., Any], source: str, names: dict[str, Any]) -> Callable[..., Any]:
    space = {**vars(sys.modules[reference.__module__]), **names}
    try:
        code = compile(f"from __future__ import annotations\n{source}", f"<{reference.__name__}, edited>", "exec")
    except SyntaxError as error:
        raise EditError(f"The edited {reference.__name__} is no Python: {error}\n{source}") from None
    exec(code, space)
    return space[reference.__name__]
