"""Outputs of cells, rebuilt from what is text in them: a kernel sends whatever it likes, and a file holds it."""

from __future__ import annotations

from typing import Any

_LONGEST_TRACEBACK = 20_000


def readable(text: str) -> str:
    """Text that can be written as UTF-8: halves of characters, which JSON can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def plain_output(output: dict[str, Any]) -> dict[str, Any]:
    """An output as a notebook holds it, rebuilt from what is text in it: anybody can send a message of any content."""
    kind = output.get("output_type")
    if kind == "stream":
        return stream(_text(output.get("text")), "stderr" if output.get("name") == "stderr" else "stdout")
    if kind == "error":
        lines = output.get("traceback")
        whole = "\n".join(_text(line) for line in lines[:1000]) if isinstance(lines, list) else ""
        names = {key: _text(output.get(key)) for key in ("ename", "evalue")}
        return {"output_type": kind, **names, "traceback": [whole[-_LONGEST_TRACEBACK:]]}
    data = output.get("data")
    shown = {_text(k): _text(v) for k, v in data.items() if _is_text(v)} if isinstance(data, dict) else {}
    return {"output_type": "display_data", "data": shown, "metadata": {}}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    """What a cell has printed, as a notebook holds it."""
    return {"output_type": "stream", "name": name, "text": text}


def note(text: str) -> dict[str, Any]:
    """A line of the grader's own below a cell."""
    return stream(f"{text}\n")


def size_of(output: dict[str, Any]) -> int:
    """Characters of an output that was rebuilt."""
    texts = (value for value in output.values() if isinstance(value, str))
    return sum(map(len, (*texts, *output.get("data", {}).values(), *output.get("traceback", ()))))


def _is_text(value: Any) -> bool:
    """Whether it is a text, or the lines of one, as a notebook's file has it."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value))


def _text(value: Any) -> str:
    return readable("".join(value)) if _is_text(value) else ""
