"""Which of the released cells a submission needs.

Most cells of a chapter are demonstrations: figures, and calls of functions with numbers to look at. A learner's answer
needs few of them: the imports, a batch, a vocabulary. A cell that stands as it was released, and that neither binds
nor changes anything which a cell of the learner's uses, directly or through other cells, need not be run again to
grade the answers. In doubt a cell is run.
"""

from __future__ import annotations

import ast
import builtins
import gc
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

#: Lines that use no name of the notebook's.
_HARMLESS_MAGIC = re.compile(r"^[%!] ?(matplotlib|config|pip|load_ext|autoreload|reload_ext)\b.*$", re.MULTILINE)
_BUILTINS = frozenset(dir(builtins))
#: Characters of code that are looked through; the syntax tree of more takes more memory than it saves time.
_LONGEST_CODE = 1_000_000
_parsing = threading.Lock()
#: Methods, and functions of a module, that change what they are called on or given.
_CHANGING = frozenset(
    {
        "add", "append", "assign", "assign_add", "assign_sub", "build", "clear", "compile", "discard", "extend", "fill",
        "fit", "insert", "load_weights", "pop", "popitem", "put", "remove", "resize", "reverse", "set_weights",
        "setdefault", "setflags", "sort", "train_on_batch", "train_skip_gram", "update",
    }
)  # fmt: skip
#: Whoever uses one of these may use any name.
_ANY_NAME = frozenset({"globals", "locals", "vars", "eval", "exec", "In", "Out", "_", "__import__"})
#: So does whoever has the shell do something with names.
_OF_THE_SHELL = frozenset({"user_ns", "run_cell", "run_code", "run_line_magic", "run_cell_magic", "ev", "ex", "push"})


def cells_to_run(sources: Sequence[str], released: Sequence[bool], in_doubt: bool = True) -> list[str]:
    """For each code cell what is to be run of it.

    Args:
        sources: the code cells of a submission, in order.
        released: for each, whether it is run only where another needs it: it stands as it was released and holds no
            answer, or it belongs to a project, which is not run again.
        in_doubt: whether such a cell is run where nobody can say what it binds.

    Returns:
        For every cell of the learner's, and every released cell that one of them needs, its source; for any other
        its imports, or ''.
    """
    doubtful = [s if in_doubt or not spared else "" for s, spared in zip(sources, released, strict=True)]
    if sum(map(len, sources)) > _LONGEST_CODE:
        return doubtful
    trees = [_parsed(source) for source in sources]
    unknown = [tree is None and not as_released for tree, as_released in zip(trees, released, strict=True)]
    learners = [tree for tree, as_released in zip(trees, released, strict=True) if tree is not None and not as_released]
    if any(unknown) or any(_all_read(tree) & _ANY_NAME or _attributes(tree) & _OF_THE_SHELL for tree in learners):
        return doubtful
    modules = set().union(*(_imported(tree) for tree in trees if tree is not None))
    known = modules | _BUILTINS
    used = set().union(*map(_reads, learners)) - known
    needed = [not as_released for as_released in released]
    for index in _until_settled(needed):
        tree = trees[index]
        if _provides(tree, used, known) if tree is not None else in_doubt:
            needed[index] = True
            used |= (_reads(tree) if tree is not None else set()) - known
    return [
        source if wanted else _imports_of(source, tree) if tree is not None else ""
        for source, tree, wanted in zip(sources, trees, needed, strict=True)
    ]


def _imports_of(source: str, tree: ast.Module) -> str:
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(ast.get_source_segment(source, node) or "" for node in imports)


def _until_settled(needed: list[bool]) -> Iterator[int]:
    """The cells that are not needed yet, from the end to the beginning, again until no more is found."""
    before = -1
    while sum(needed) != before:
        before = sum(needed)
        yield from [index for index in reversed(range(len(needed))) if not needed[index]]


def _parsed(source: str) -> ast.Module | None:
    """The syntax tree; None for a cell with magics or errors."""
    try:
        with _undisturbed():
            return ast.parse(_HARMLESS_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """One thread at a time, and no garbage collection, in which another thread may get its turn.

    Python 3.11 counts the depth of a syntax tree for all threads together, and two that parse at once get a SystemError
    ("AST constructor recursion depth mismatch", CPython issue 106905).
    """
    with _parsing:
        collecting = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if collecting:
                gc.enable()


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _all_read(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _attributes(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _reads(tree: ast.Module) -> set[str]:
    """Names that a cell takes from outside: read before a statement of its own has bound them."""
    found: set[str] = set()
    bound: set[str] = set()
    for statement in tree.body:
        found |= _loaded(statement) - bound
        bound |= _bound(statement)
    return found


def _loaded(statement: ast.stmt) -> set[str]:
    """Names that a statement reads, without the variables of its own functions, loops and comprehensions."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = set().union(*map(_loaded, statement.body))
        outer = set().union(
            *map(
                _names, [*statement.decorator_list, *statement.args.defaults, *filter(None, statement.args.kw_defaults)]
            )
        )
        return outer | (inner - _arguments(statement.args) - set().union(*map(_bound, statement.body)))
    found = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    if isinstance(statement, ast.AugAssign):
        found |= _names(statement.target)
    own: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.comprehension | ast.For):
            own |= _names(node.target)
        elif isinstance(node, ast.Lambda | ast.FunctionDef):
            own |= _arguments(node.args)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            own |= _names(node.optional_vars)
    return found - own


def _arguments(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument is not None}


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement surely binds; of one with branches none is sure."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom):
        return _bindings(statement)
    return set()


def _bindings(tree: ast.AST) -> set[str]:
    """Names that are bound anywhere in a piece of code."""
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}
    found |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)}
    return found | _imported(tree)


def _imported(tree: ast.AST) -> set[str]:
    """The names under which modules and their members are imported."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _provides(tree: ast.Module, used: set[str], known: set[str]) -> bool:
    """Whether a cell binds a name that is used, or may change what such a name stands for."""
    if (_bindings(tree) - known) & used:
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _names(node) & used and _may_change(node.func, known):
            return True
        changed = isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if changed and _root(node) in used:
            return True
    return False


def _may_change(function: ast.expr, known: set[str]) -> bool:
    """Whether a call may change its arguments or its object: functions of modules rarely do, and are known."""
    if isinstance(function, ast.Attribute):
        return function.attr in _CHANGING
    return _root(function) not in known


def _root(node: ast.AST) -> str:
    """The name at the beginning of ``a.b(c)[d].e``."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
