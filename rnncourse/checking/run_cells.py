"""What the cells that were run say about an answer: that a newer one failed, or why there is none.

IPython keeps the text of every cell that was run in the variable ``In``. A cell that was changed and not run again is
nowhere to be seen.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

from rnncourse.exercises import TASKS


def out_of_date(name: str, answer: Any, variables: Mapping[str, Any]) -> str:
    """A word to somebody whose last attempt failed before it defined anything, or who left the given line below it.

    Args:
        name: the variable or the function.
        answer: what it holds.
        variables: those of the notebook.

    Returns:
        One line; '' where the answer is as new as the last cell that defines it, or where that cannot be known.
    """
    cells = _defining(name, variables)
    if not cells:
        return ""
    newest, source = cells[-1]
    if _raises_below(source, name):
        return f"Below your answer, In [{newest}] still raises NotImplementedError: take that line out."
    stopped = f"The last cell that you ran with {name} in it, In [{newest}], stopped with an error before it got there"
    advice = f"what is checked is what {name} was before. Mend that cell and run it again."
    if _tree(source) is None:
        return f"{stopped} (a SyntaxError): {advice}"
    written = _written(answer)
    versions = [_function(cell, name) for _, cell in cells]
    if written is None or versions[-1] is None or written == versions[-1] or written not in versions:
        return ""
    return f"{stopped}: {advice}"


def why_missing(name: str, variables: Mapping[str, Any]) -> str:
    """Why there is nothing of that name, as far as it can be known."""
    cells = _defining(name, variables)
    if cells and _tree(cells[-1][1]) is None:
        return f"There is no {name} yet: its cell, In [{cells[-1][0]}], stopped with a SyntaxError."
    about = [cell for cell in _run(variables) if re.search(rf"\b{re.escape(name)}\b\s*=(?!=)", cell)]
    if about and re.search(r"^raise NotImplementedError", about[-1], re.MULTILINE):
        return (
            f"There is no {name} yet: its cell still raises NotImplementedError. Put your answer in the place of that "
            "line and run the cell."
        )
    other = _nearly(name, variables)
    if other:
        return f'There is no {name}, but there is {other}: call it {name}, or ask check({other}, "{name}").'
    return f"There is no {name} yet: its cell was not run, or it stopped with an error."


def _nearly(name: str, variables: Mapping[str, Any]) -> str | None:
    """A variable of the notebook whose name is nearly the one that is looked for."""
    own = [known for known, value in variables.items() if known not in TASKS and _is_own(known, value)]
    return next(iter(difflib.get_close_matches(name, own, n=1, cutoff=0.75)), None)


def _is_own(name: str, value: Any) -> bool:
    if name.startswith("_") or isinstance(value, ModuleType | type):
        return False
    return not isinstance(value, FunctionType) or value.__module__ == "__main__"


def _run(variables: Mapping[str, Any]) -> list[str]:
    """The texts of the cells that were run, by their numbers."""
    cells = variables.get("In")
    return [cell if isinstance(cell, str) else "" for cell in cells] if isinstance(cells, list) else []


def _defining(name: str, variables: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The cells that give a value to a name, with their numbers."""
    pattern = re.compile(rf"^(?:def\s+{re.escape(name)}\s*\(|{re.escape(name)}\s*(?::[^=\n]*)?=(?!=))", re.MULTILINE)
    return [(number, cell) for number, cell in enumerate(_run(variables)) if pattern.search(cell)]


def _raises_below(source: str, name: str) -> bool:
    """Whether a cell sets a name and then, on its way down, raises NotImplementedError, as it did when it was given."""
    tree = _tree(source)
    last = tree.body[-1] if tree and tree.body else None
    return isinstance(last, ast.Raise) and "NotImplementedError" in ast.unparse(last) and _sets(tree, name)


def _sets(tree: ast.Module | None, name: str) -> bool:
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets] if tree else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _function(source: str, name: str) -> str | None:
    """The last definition of a function in a cell, in a form in which spaces and comments do not count."""
    tree = _tree(source)
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name] if tree else []
    return ast.dump(found[-1]) if found else None


def _written(answer: Any) -> str | None:
    """The definition of a function of the notebook, in the same form."""
    if not isinstance(answer, FunctionType) or answer.__module__ != "__main__":
        return None
    try:
        return _function(inspect.getsource(answer.__code__), answer.__name__)
    except (OSError, TypeError, IndexError):
        return None
