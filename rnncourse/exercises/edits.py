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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rnncourse.exercises.definitions import Mistake


class EditError(ValueError):
    """An edit does not fit the source any more; the message says which."""


def changed(reference: Callable[..., Any], *edits: tuple[str, str], **names: Any) -> Callable[..., Any]:
    """The reference with each old text replaced by the new one.

    Args:
        reference: a function of the package, with its source.
        edits: (old, new) each; old stands exactly once in the source below the docstring, after the edits before it.
        names: what new texts use and the reference's module does not know, for example ``sigmoid=cells.sigmoid``.

    Returns:
        A function of the same arguments. The first call compiles it. Its attributes say what it is made of:
        ``reference``, ``edits`` and ``names``.

    Raises:
        EditError: on the first call, if an old text is not there, is there more than once, or leaves no Python.
    """

    @functools.cache
    def compiled() -> Callable[..., Any]:
        return _compiled(reference, edited_source(reference, edits), names)

    @functools.wraps(reference, updated=())
    def mistaken(*arguments: Any, **options: Any) -> Any:
        return compiled()(*arguments, **options)

    vars(mistaken).update(reference=reference, edits=edits, names=names)
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


@functools.cache
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


@dataclass(frozen=True)
class SharedMistake:
    """A mistake that several exercises know: the same edits of references that differ in a few words.

    Args:
        name: as that of a ``Mistake``.
        edits: (old, new) each, with the words that differ in braces: ("later = {back}", "later = 0").
        advice: what to tell the learner, with such words too.
    """

    name: str
    edits: tuple[tuple[str, str], ...]
    advice: str


def of_relatives(
    shared: Iterable[SharedMistake],
    change: Callable[..., Callable[..., Any]],
    words: Mapping[str, str],
    without: tuple[str, ...] = (),
) -> tuple[Mistake, ...]:
    """Shared mistakes as those of one exercise.

    Args:
        shared: what its relatives know as well.
        change: edits -> the reference with them.
        words: what stands in its source and its equations for the words in braces.
        without: names of those that cannot be made in it, or cannot be told from others.
    """
    return tuple(
        Mistake(
            mistake.name,
            change(*((old.format(**words), new.format(**words)) for old, new in mistake.edits)),
            mistake.advice.format(**words),
        )
        for mistake in shared
        if mistake.name not in without
    )
