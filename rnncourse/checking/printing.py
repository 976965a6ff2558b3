"""What one thread prints, kept apart from what others print at the same time.

``contextlib.redirect_stdout`` exchanges ``sys.stdout`` for the whole process: what another thread prints meanwhile goes
astray, and two threads that leave in the wrong order leave it exchanged for good. Here each thread has its own.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_NAMES = ("stdout", "stderr")
_lock = threading.Lock()


class _Own(threading.local):
    """Where the words of this thread go, if it is listened to."""

    text: TextIO | None = None


_own = _Own()


class _Router:
    """Stands for a stream of ``sys``: the words of a thread that is listened to are kept, all others go on to it."""

    def __init__(self, name: str):
        self.name = name
        self.stream: Any = getattr(sys, name)
        self.listeners = 0

    def _place(self) -> Any:
        return self.stream if _own.text is None else _own.text

    def write(self, text: str) -> int:
        """As a stream does."""
        return self._place().write(text)

    def flush(self) -> None:
        """As a stream does."""
        self._place().flush()

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._place(), attribute)


@contextmanager
def printed_to(text: TextIO) -> Iterator[None]:
    """Send what this thread prints, to either stream, into a text; other threads go on printing where they did.

    Args:
        text: what takes the words.
    """
    before, routers = _own.text, _install()
    _own.text = text
    try:
        yield
    finally:
        _own.text = before
        _remove(routers)


def _install() -> list[_Router]:
    """Let a router stand for each stream; one that another thread has put there serves this one, too."""
    routers = []
    with _lock:
        for name in _NAMES:
            if not isinstance(getattr(sys, name), _Router):
                setattr(sys, name, _Router(name))
            router: _Router = getattr(sys, name)
            router.listeners += 1
            routers.append(router)
    return routers


def _remove(routers: list[_Router]) -> None:
    """Put back what the last to leave has no need of; each router counts its own, for one of a thread that never ends
    stays for good."""
    with _lock:
        for router in routers:
            router.listeners -= 1
            if not router.listeners and getattr(sys, router.name) is router:  # else somebody has exchanged it since
                setattr(sys, router.name, router.stream)
