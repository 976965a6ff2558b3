"""Right answers to the exercises of "Your project", written differently from the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Right functions that are too long to stand in the exercise's own ``alternatives``.
ALTERNATIVES: dict[str, list[Callable[..., Any]]] = {}

_RIGHT = {"A": "groups", "B": "peeking", "C": "time", "D": "luck", "E": "unequal terms", "F": "nothing"}

#: Other spellings of the right answer to a question.
ANSWERS: dict[str, list[Any]] = {
    "what_is_wrong": [
        {key: word.upper() for key, word in _RIGHT.items()},
        {key: f" {word} " for key, word in reversed(_RIGHT.items())},
    ]
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT: dict[tuple[str, str], str] = {}
