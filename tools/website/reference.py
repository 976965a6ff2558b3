"""The public functions as pages, from their signatures and docstrings; the source is read, nothing is imported.

The stub ``rnncourse/__init__.pyi`` says which names are public, and in which module each is at home; the modules get a
page each, in its order.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example|Source):\s*(.*)$")
_ITEM = re.compile(r"^([\w*, ]+?): (.*)$")
_SPECIAL = re.compile(r"([\\*_\[\]<>$|#~{}@])")


@dataclass(frozen=True)
class Public:
    """A public name: its home as a learner imports it, its definition, and the comment ``#:`` above a constant."""

    name: str
    home: str
    node: Definition
    remark: str = ""


def public_names(root: Path) -> dict[str, list[Public]]:
    """The public names by the module that is their home, both in the order of the stub."""
    stub = ast.parse((root / "rnncourse" / "__init__.pyi").read_text(encoding="utf-8"))
    found: dict[str, list[Public]] = {}
    for node in stub.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                definition, remark = _definition(root / "rnncourse", node.module, alias.name)
                found.setdefault(node.module, []).append(Public(alias.name, node.module, definition, remark))
    return found


@functools.cache
def _parsed(path: Path) -> tuple[str, ast.Module]:
    source = path.read_text(encoding="utf-8")
    return source, ast.parse(source)


def _path(package: Path, module: str) -> Path:
    path = package.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _definition(package: Path, module: str, name: str) -> tuple[Definition, str]:
    """Where a name is defined, through the modules that only hand it on."""
    source, tree = _parsed(_path(package, module))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node, ""
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in _targets(node):
            return node, _remark_above(source, node.lineno)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rnncourse."):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return _definition(package, str(node.module).removeprefix("rnncourse."), alias.name)
    raise LookupError(f"{module} has no {name}, which rnncourse/__init__.pyi calls public.")


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]


def _remark_above(source: str, line: int) -> str:
    lines, remark = source.splitlines(), list[str]()
    while line > 1 and lines[line - 2].startswith("#:"):
        remark.insert(0, lines[line - 2][2:].strip())
        line -= 1
    return " ".join(remark)


# ---------------------------------------------------------------------------------------------------------- as pages
def pages(root: Path) -> dict[str, str]:
    """The page of each module by its name in ``api/``, and that of them all, ``index``."""
    found = public_names(root)
    written = {module.replace(".", "_"): _page(module, names, root) for module, names in found.items()}
    rows = [
        f"| [`{module}`]({module.replace('.', '_')}.md) | {_in_line(_summary(module, root))} | {_links(names)} |"
        for module, names in found.items()
    ]
    many = sum(map(len, found.values()))
    head = (
        f"# The functions of the package\n\n`import rnncourse` gives {many} names; each is found when it is first "
        "used, as `rnncourse.rnn_step`. What you write in a chapter's exercise is one of them.\n\n"
        "| module | what it is about | names |\n|---|---|---|\n"
    )
    tree = "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(written) + "\n```\n"
    return {"index": head + "\n".join(rows) + tree, **written}


def _links(names: list[Public]) -> str:
    return ", ".join(f"{{py:obj}}`{each.name} <rnncourse.{each.name}>`" for each in names)


def _summary(module: str, root: Path) -> str:
    """The first sentence of a module's docstring, which may go over two lines."""
    _, tree = _parsed(_path(root / "rnncourse", module))
    return " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())


def _page(module: str, names: list[Public], root: Path) -> str:
    _, tree = _parsed(_path(root / "rnncourse", module))
    opening = _prose((ast.get_docstring(tree) or "").split("\n"))
    return f"# `rnncourse.{module}`\n\n{opening}\n\n" + "\n\n".join(map(_described, names)) + "\n"


def _described(public: Public) -> str:
    """A public name as a directive of Sphinx's domain for Python: search and links find it."""
    node, name = public.node, f"rnncourse.{public.name}"
    if isinstance(node, ast.FunctionDef):
        return _directive("function", name + _signature(node), "\n".join(_body(_docstring(node))))
    if isinstance(node, ast.ClassDef):
        return _directive("class", name + _constructor(node), _body_of_class(node))
    return _directive("data", name, _prose([public.remark]) if public.remark else "")


def _directive(kind: str, title: str, body: str) -> str:
    return f"::::{{py:{kind}}} {title}\n{body.strip()}\n::::"


def _docstring(node: ast.FunctionDef | ast.ClassDef) -> str:
    return inspect.cleandoc(ast.get_docstring(node) or "")


def _signature(node: ast.FunctionDef, method: bool = False) -> str:
    arguments = ast.parse(ast.unparse(node)).body[0].args  # type: ignore[attr-defined]
    if method and arguments.args:
        del arguments.args[0]
    for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if each is not None:
            each.annotation = None  # the docstring says it in words
    return f"({ast.unparse(arguments)})"


def _constructor(node: ast.ClassDef) -> str:
    makers = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    if makers:
        return _signature(makers[0], method=True)
    names = [
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    return f"({', '.join(names)})" if names else ""


def _body_of_class(node: ast.ClassDef) -> str:
    """The docstring of a class, and of its public methods and properties."""
    parts = ["\n".join(_body(_docstring(node)))]
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_") and ast.get_docstring(each):
            is_property = any(isinstance(mark, ast.Name) and mark.id == "property" for mark in each.decorator_list)
            said = "" if is_property else _signature(each, method=True)
            first = _prose(_docstring(each).split("\n"))
            kind = "attribute" if is_property else "method"
            parts.append(f":::{{py:{kind}}} {each.name}{said}\n{first}\n:::")
    return "\n\n".join(parts)


# ------------------------------------------------------------------------------------------------------- docstrings
def _body(docstring: str) -> Iterator[str]:
    """A docstring as markdown: prose, then its sections as a list of fields."""
    for title, inline, lines in _sections(docstring):
        if not title:
            yield _prose(lines)
        elif title in ("Args", "Attributes", "Raises"):
            kind = {"Args": "param", "Attributes": "var", "Raises": "raises"}[title]
            yield "\n".join(f":{kind} {name}: {_in_line(text)}" for name, text in _items(lines))
        elif title == "Example":
            yield "**Example** " + _prose([inline, *lines])
        else:
            name = {"Returns": "returns", "Yields": "yields", "Source": "Source"}[title]
            text = " ".join([inline, *(line.strip() for line in lines)]).strip()
            yield f":{name}: {_in_line(text)}"
        yield ""


def _sections(docstring: str) -> Iterator[tuple[str, str, list[str]]]:
    """(title, what stands behind it, the lines below it); the first has no title."""
    title, inline, lines = "", "", list[str]()
    for line in docstring.split("\n"):
        found = _SECTION.match(line)
        if found:
            yield title, inline, lines
            title, inline, lines = found[1], found[2], []
        else:
            lines.append(line)
    yield title, inline, lines


def _items(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The arguments of a section, each with its text in one line."""
    name, text = "", ""
    for line in textwrap.dedent("\n".join(lines)).split("\n"):
        found = None if line.startswith(" ") else _ITEM.match(line)
        if found:
            if name:
                yield name, text
            name, text = found[1].replace("*", r"\*"), found[2]
        elif line.strip():
            text = f"{text} {line.strip()}".strip()
    if name:
        yield name, text


def _prose(lines: list[str]) -> str:
    """Paragraphs and lists as markdown; what is indented is code."""
    written, code = list[str](), list[str]()
    for line in [*lines, ""]:
        if line.startswith("    "):
            code.append(line[4:])
            continue
        if code and line.strip():
            written += ["```text", *code, "```"]
            code = []
        written.append(f"- {_in_line(line[2:])}" if line.startswith("- ") else _in_line(line))
    if code:
        written += ["```text", *code, "```"]
    return "\n".join(written).strip()


def _in_line(text: str) -> str:
    """A text of a docstring as markdown that shows it letter by letter; ``code`` between two backticks is code."""
    parts = re.split(r"``(.+?)``", text)
    return "".join(f"`{part}`" if n % 2 else _escaped(part) for n, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("`", r"\`")
