"""check, hint, example and grade: what learners and nbgrader call, and what it prints.

``check`` is for learning: it shows a verdict and never raises. ``grade`` is for marks: it raises unless something is
right, which is how nbgrader tells. Both ask the same engine (``running``, ``diagnosing``).
"""

from __future__ import annotations

import html
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from IPython.display import display

from rnncourse.checking import progress
from rnncourse.checking.verdicts import Status, Verdict, evaluate
from rnncourse.exercises import Exercise, find
from rnncourse.exercises.definitions import PRACTICE_SEED, Case

__all__ = ["PRACTICE_SEED", "Status", "Verdict", "check", "example", "grade", "hint", "verdict"]

_LOOKS = {
    Status.RIGHT: ("✓", "right", "#009E73"),
    Status.PARTLY: ("◐", "partly right", "#E69F00"),
    Status.WRONG: ("✗", "not yet", "#D55E00"),
    Status.NOT_ATTEMPTED: ("○", "not attempted yet", "#767676"),
}
_hints_shown: Counter[str] = Counter()


def check(answer: Callable[..., Any] | Any, name: str | None = None) -> None:
    """Say whether an answer is right and, if it is not, which mistake it makes.

    Args:
        answer: your function; or the name of an exercise, whose answer is then looked up among your variables.
        name: the exercise, where the function is called otherwise: ``check(my_version, "rnn_step")``.

    Raises:
        LookupError: there is no exercise of that name; the message suggests the nearest.
    """
    found = _resolve(answer, name, sys._getframe(1).f_globals, PRACTICE_SEED)
    progress.record(found.exercise, found.share)
    _show(found)


def grade(
    answer: Callable[..., Any] | Any, name: str | None = None, *, points: float | None = None, seed: int = PRACTICE_SEED
) -> float | None:
    """The form of ``check`` for graded cells: raises unless something is right.

    Args:
        answer, name: as for ``check``.
        points: what the cell is worth; by default the points of the exercise.
        seed: which cases to try. Hidden tests use a seed of their own.

    Returns:
        None where all is right (nbgrader gives full points), else the points earned by the parts that are right.

    Raises:
        NotImplementedError: the exercise has not been attempted.
        AssertionError: the answer is wrong; the message is the advice.
        LookupError: there is no exercise of that name.
    """
    found = _resolve(answer, name, sys._getframe(1).f_globals, seed)
    if found.status is Status.NOT_ATTEMPTED:
        raise _without_our_code(NotImplementedError(f"{found.exercise}: {found.advice}"))
    if found.share == 0:
        raise _without_our_code(AssertionError(f"{found.exercise}: {found.advice}"))
    worth = find(found.exercise).points if points is None else points
    earned = round(found.share * worth, 2)
    print(f"{found.exercise}: {earned:g} of {worth:g} points")
    if found.status is Status.RIGHT:
        return None
    print(found.advice)
    return earned


def hint(exercise: str | Callable[..., Any], number: int | None = None) -> None:
    """Show the next hint for an exercise: each call goes one step further.

    Args:
        exercise: its name (or your function).
        number: show this hint, counted from 1, instead of the next.

    Raises:
        LookupError: there is no exercise of that name.
        ValueError: there is no hint of that number.
    """
    definition = find(exercise if isinstance(exercise, str) else exercise.__name__)
    total = len(definition.hints)
    if number is None:
        number = min(_hints_shown[definition.name] + 1, total)
        _hints_shown[definition.name] = number
    if not 1 <= number <= total:
        raise ValueError(f"number is {number}, expected a whole number from 1 to {total}.")
    last = "" if number < total else " (the last one)"
    _display(f"Hint {number} of {total}{last}", definition.hints[number - 1], "#0072B2")


def example(exercise: str | Callable[..., Any]) -> Case:
    """The arguments of the first case that ``check`` tries, by name: ``rnn_step(**example("rnn_step"))``.

    What the function returns there may still have to be called, as a layer or a stack of cells.

    Raises:
        LookupError: there is no exercise of that name.
        TypeError: it is a question or a model, which is called with nothing.
    """
    definition = find(exercise if isinstance(exercise, str) else exercise.__name__)
    if not isinstance(definition, Exercise):
        raise TypeError(f"{definition.name} is not a function: it has an answer, not arguments.")
    case = definition.make_cases(PRACTICE_SEED)[0]
    return case if definition.example is None else definition.example(case)


def verdict(name: str, namespace: Mapping[str, Any], seed: int = PRACTICE_SEED) -> Verdict:
    """The verdict on what a namespace holds under the name of an exercise.

    Raises:
        LookupError: there is no exercise of that name.
    """
    exercise = find(name)
    if name not in namespace:
        return Verdict(name, Status.NOT_ATTEMPTED, f"There is no {name} yet. Run the cell that defines it.")
    return evaluate(exercise, namespace[name], seed)


def _resolve(answer: Any, name: str | None, namespace: Mapping[str, Any], seed: int) -> Verdict:
    """The verdict on what ``check`` or ``grade`` was given: a name, a function, or a function and a name."""
    if name is not None:
        return evaluate(find(name), answer, seed)
    if isinstance(answer, str):
        return verdict(answer, namespace, seed)
    if not hasattr(answer, "__name__"):
        raise TypeError(f"check got a {type(answer).__name__}, expected your function or the name of an exercise.")
    return evaluate(find(answer.__name__), answer, seed)


def _without_our_code(error: Exception) -> Exception:
    """The error as IPython shows it: its words, not twenty lines of this package around them."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {error}"]  # IPython asks for this name
    return error


def _show(found: Verdict) -> None:
    mark, word, colour = _LOOKS[found.status]
    _display(f"{mark} {found.exercise}: {word}", found.advice, colour)


def _display(title: str, text: str, colour: str) -> None:
    """A framed note in a notebook, plain text elsewhere."""
    body = "<br>".join(html.escape(line) for line in text.split("\n")) if text else ""
    frame = f"border-left:4px solid {colour};padding:.3em .8em;margin:.3em 0"
    page = f'<div style="{frame}"><strong>{html.escape(title)}</strong>{"<br>" if body else ""}{body}</div>'
    display({"text/html": page, "text/plain": f"{title}\n{text}".strip()}, raw=True)
