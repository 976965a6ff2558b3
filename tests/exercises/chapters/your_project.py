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
EQUIVALENT: dict[tuple[str, str], str] = {
    **{
        (
            "cut_in_time",
            f"begins = np.arange(time_steps, length - ahead + 1): {change}",
        ): "windows that reach beyond the series are in no part"
        for change in ("length - ahead -> length", "length - ahead -> length + ahead", "1 -> 2")
    },
    **{
        (
            "cut_in_time",
            f"bounds = ((0, first), (first, second), (second, length)): 0 -> {other}",
        ): "no target stands before the first window was read"
        for other in (-1, 1)
    },
    (
        "cut_in_time",
        "train, validation, test = (begins[(begins >= low) & (ends <= high)] - time_steps for low, high in bounds): "
        "(begins >= low) & (ends <= high) -> (ends <= high) & (begins >= low)",
    ): "both have to hold, in any order",
    (
        "lead_in_errors",
        "for name, row in (('scores', scores), ('others', others)): "
        "(('scores', scores), ('others', others)) -> (('others', others), ('scores', scores))",
    ): "only the checks of the arguments come in another order",
}
