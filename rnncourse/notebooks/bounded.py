"""JSON that somebody else has written, read without its taking memory or depth without end.

A text of 27 MB that holds nothing but empty lists becomes 600 MB of objects. So what a text would become is reckoned
from the characters that make objects, before it is read; and what is nested deeper than anything of ours is refused,
since whoever prints or compares it later would go down into it level by level.
"""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 100
#: Bytes that the objects of one text may take.
_MOST_MEMORY = 384 * 1024**2
#: About the bytes that a dictionary, a list, and one entry of either (a short text) take in CPython.
_WEIGHTS = ((b"{", 240), (b"[", 64), (b",", 72))


class TooMuchError(ValueError):
    """A text that is not read, since it would become too many objects or is nested too deeply."""


class Doubled(dict[str, Any]):
    """An object whose text has an entry twice. JSON leaves open which of them counts; here it is the last."""


def weight(text: bytes) -> int:
    """Bytes that a JSON text takes at most as objects; what stands within its strings is counted as if it made some."""
    return len(text) + sum(text.count(character) * each for character, each in _WEIGHTS)


def loads(text: str | bytes) -> Any:
    """What a JSON text says.

    Raises:
        TooMuchError: it would take too much memory, or is nested too deeply.
        ValueError: it is not JSON.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if weight(raw) > _MOST_MEMORY:
        raise TooMuchError(f"It is JSON that would take {weight(raw) / 1e6:.0f} MB of memory, too much")
    try:
        found = json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise TooMuchError("It is JSON nested too deeply") from None
    if is_deep(found):
        raise TooMuchError("It is JSON nested too deeply")
    return found


def _object(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(entries)
    return found if len(found) == len(entries) else Doubled(found)


def is_doubled(value: Any) -> bool:
    """Whether some object of what was read has an entry twice."""
    level = [value]
    while level:
        if any(isinstance(whole, Doubled) for whole in level):
            return True
        level = [part for whole in level for part in _parts(whole)]
    return False


def is_deep(value: Any) -> bool:
    """Whether lists and dictionaries are nested deeper than ``DEEPEST``; found out level by level."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return False
    return True


def _parts(value: Any) -> list[Any]:
    """The lists and dictionaries right below a value."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [part for part in parts if isinstance(part, list | dict)]
