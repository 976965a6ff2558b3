"""check, hint, example, solution and grade: what learners and nbgrader call, and what it prints.

``check`` is for learning: it shows a verdict, whatever the answer does. ``grade`` is for marks: it raises unless
something is right, which is how nbgrader tells. Both ask the same engine (``calls``, ``verdicts``).
"""

from __future__ import annotations

import functools
import html
import inspect
import os
import re
import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping
from numbers import Integral
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from rnncourse.checking import progress
from rnncourse.checking.run_cells import out_of_date, why_missing
from rnncourse.checking.solutions import solution_of
from rnncourse.checking.verdicts import Status, Verdict, evaluate
from rnncourse.display import show_output
from rnncourse.exercises import CHAPTERS, TASKS, Exercise, Task, find
from rnncourse.exercises.definitions import PRACTICE_SEED, Case, Design

__all__ = ["PRACTICE_SEED", "Status", "Verdict", "check", "example", "grade", "hint", "solution", "verdict"]

_LOOKS = {
    Status.RIGHT: ("✓", "right", "#009E73"),
    Status.PARTLY: ("◐", "partly right", "#E69F00"),
    Status.WRONG: ("✗", "not yet", "#D55E00"),
    Status.NOT_ATTEMPTED: ("○", "not attempted yet", "#767676"),
}
#: What IPython asks an exception for, in place of its traceback.
_RENDER = "_render_traceback_"
#: Name of an exercise -> the numbers of its hints that were shown, and the exercises that were found right here.
_hints_shown: dict[str, set[int]] = defaultdict(set)
_solved: set[str] = set()
#: What the functions of this module raise on purpose.
_REFUSALS = (LookupError, TypeError, ValueError, NotImplementedError, AssertionError, PermissionError)

P = ParamSpec("P")
T = TypeVar("T")


def _refuses_in_one_line(function: Callable[P, T]) -> Callable[P, T]:
    """What the function refuses is said in its words, without this package's code around them.

    Only errors that this module or ``find`` raises on purpose: one from further down is a fault of ours, and whoever
    looks for it needs its traceback.
    """

    @functools.wraps(function)
    def refusing(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except _REFUSALS as error:
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            raiser = frames[-1]
            if raiser.f_globals["__name__"] not in {__name__, find.__module__, solution_of.__module__}:
                raise
            if len(frames) == 1:  # called with other arguments than it has
                error.args = (f'{error}. Write {function.__name__}("rnn_step"), with the name of the exercise.',)
            words = f"{type(error).__name__}: {error}"
            setattr(error, _RENDER, lambda: [words])
            raise error.with_traceback(None) from None

    return refusing


@_refuses_in_one_line
def check(answer: Callable[..., Any] | Any, name: str | None = None) -> None:
    """Say whether an answer is right and, if it is not, which mistake it makes.

    Args:
        answer: your function; or the name of an exercise, whose answer is then looked up among your variables.
        name: the exercise, where the function is called otherwise: ``check(my_version, "rnn_step")``.

    Raises:
        LookupError: there is no exercise of that name; the message suggests the nearest.
        TypeError: answer is neither a function nor a name, and no name is given.
    """
    variables = _callers_variables()
    found = _resolve(answer, name, variables, PRACTICE_SEED)
    progress.record(found.exercise, found.share)
    if found.status is Status.RIGHT:
        _solved.add(found.exercise)
    looked_at = variables.get(found.exercise)
    remark = ""
    if looked_at is not None and (looked_at is answer or (isinstance(answer, str) and name is None)):
        remark = out_of_date(found.exercise, looked_at, variables)
    _show(found, remark)


@_refuses_in_one_line
def grade(
    answer: Callable[..., Any] | Any, name: str | None = None, *, points: float | None = None, seed: int = PRACTICE_SEED
) -> float | None:
    """The form of ``check`` for graded cells: raises unless something is right.

    Args:
        answer, name: as for ``check``.
        points: what the cell is worth; by default the points of the exercise.
        seed: which cases to try. Hidden tests use a seed of their own, and what is said of them names no number of
            their cases.

    Returns:
        None where all is right (nbgrader gives full points), else the points earned by the parts that are right.

    Raises:
        NotImplementedError: the exercise has not been attempted.
        AssertionError: the answer is wrong; the message is the advice.
        LookupError: there is no exercise of that name.
        TypeError: answer is neither a function nor a name, and no name is given.
    """
    found = _resolve(answer, name, _callers_variables(), seed, hidden=seed != PRACTICE_SEED)
    if found.status is Status.NOT_ATTEMPTED:
        raise NotImplementedError(f"{found.exercise}: {found.advice}")
    if found.share == 0:
        raise AssertionError(f"{found.exercise}: {found.advice}")
    task = find(found.exercise)
    worth, earned = task.points if points is None else points, task.earned(found.share, points)
    print(f"{found.exercise}: {earned:g} of {worth:g} points")
    if found.status is Status.RIGHT:
        return None
    print(found.advice)
    return earned


@_refuses_in_one_line
def hint(exercise: str | Callable[..., Any], number: int | None = None) -> None:
    """Show the next hint for an exercise: each call goes one step further.

    Args:
        exercise: its name (or your function).
        number: show this hint, counted from 1, instead of the next.

    Raises:
        LookupError: there is no exercise of that name.
        TypeError: exercise is neither a name nor a function.
        ValueError: there is no hint of that number.
    """
    definition = _definition(exercise)
    total = len(definition.hints)
    seen = _hints_shown[definition.name]
    if number is None:
        number = next((n for n in range(1, total + 1) if n not in seen), total)
    if not isinstance(number, Integral) or not 1 <= number <= total:
        raise ValueError(f"number is {number!r}, expected a whole number from 1 to {total}.")
    seen.add(int(number))
    last = "" if number < total else " (the last one)"
    _display(f"Hint {number} of {total}{last}", definition.hints[number - 1], "#0072B2")


@_refuses_in_one_line
def solution(exercise: str | Callable[..., Any]) -> None:
    """Show one right answer, once all hints were shown or the exercise is solved; for people who learn alone.

    Args:
        exercise: its name (or your function).

    Raises:
        PermissionError: hints are left that were not read, or nbgrader is running the notebook.
        LookupError: there is no exercise of that name.
        TypeError: exercise is neither a name nor a function.
    """
    definition = _definition(exercise)
    name, total = definition.name, len(definition.hints)
    if "NBGRADER_EXECUTION" in os.environ:
        raise PermissionError("While a notebook is graded, no solution is shown.")
    left = total - len(_hints_shown[name])
    if left and name not in _solved:
        many = f"{left} of its {total} hints are" if left > 1 else "its last hint is" if total > 1 else "its hint is"
        raise PermissionError(f'{name}: {many} still unread. Read on with hint("{name}"), then ask again.')
    _display(f"One right answer to {name}", solution_of(definition), "#0072B2", code=True)


@_refuses_in_one_line
def example(exercise: str | Callable[..., Any]) -> Case:
    """The arguments of the first case that ``check`` tries, by name: ``rnn_step(**example("rnn_step"))``.

    What the function returns there may still have to be called, as a layer or a stack of cells.

    Raises:
        LookupError: there is no exercise of that name.
        TypeError: it is a question or a model, which is called with nothing; or neither a name nor a function.
    """
    definition = _definition(exercise)
    if not isinstance(definition, Exercise):
        raise TypeError(f"{definition.name} is not a function: it has an answer, not arguments.")
    case = definition.make_cases(PRACTICE_SEED)[0]
    if isinstance(definition.call, Design):
        return definition.call.given(case)
    return case if definition.example is None else definition.example(case)


@_refuses_in_one_line
def verdict(name: str, namespace: Mapping[str, Any], seed: int = PRACTICE_SEED, hidden: bool = False) -> Verdict:
    """The verdict on what a namespace holds under the name of an exercise.

    Args:
        name: of the exercise.
        namespace: the variables.
        seed: which cases to try.
        hidden: whether the advice keeps the cases' numbers to itself.

    Raises:
        LookupError: there is no exercise of that name.
    """
    exercise = _definition(name)
    if name not in namespace:
        return Verdict(name, Status.NOT_ATTEMPTED, why_missing(name, namespace))
    return evaluate(exercise, namespace[name], seed, hidden)


def _resolve(answer: Any, name: str | None, namespace: Mapping[str, Any], seed: int, hidden: bool = False) -> Verdict:
    """The verdict on what ``check`` or ``grade`` was given: a name, a function, or a function and a name."""
    if name is not None:
        return evaluate(_definition(name), answer, seed, hidden)
    if isinstance(answer, str):
        return verdict(answer, namespace, seed, hidden)
    names = [known for known, value in namespace.items() if known in TASKS and value is answer]
    return evaluate(find(names[0]) if len(names) == 1 else _definition(answer), answer, seed, hidden)


def _definition(exercise: str | Callable[..., Any]) -> Task:
    """The exercise that is meant: by its name, or by a function that is called like it."""
    if isinstance(exercise, str) and exercise.strip().isdigit():
        raise LookupError(f"No exercise is called {exercise!r}.{_of_chapter(int(exercise))}")
    name = exercise if isinstance(exercise, str) else getattr(exercise, "__name__", None)
    if not isinstance(name, str):
        kind, number = type(exercise).__name__, exercise if isinstance(exercise, int) else 0
        wanted = 'expected your function or the name of an exercise: "rnn_step".'
        raise TypeError(f"Got an object of type {kind}, {wanted}{_of_chapter(number)}")
    try:
        return find(name)
    except LookupError as error:
        if isinstance(exercise, str):
            raise
        raise LookupError(_of_another_name(exercise, name, error)) from None


def _of_chapter(number: int) -> str:
    """The names of the exercises of a chapter, for somebody who asked for a number."""
    chapter = next((tasks for chapter, tasks in CHAPTERS.items() if int(chapter[:2]) == number), None)
    if chapter is None:
        return ""
    return f" Exercises have names; those of chapter {number} are {', '.join(task.name for task in chapter)}."


def _of_another_name(function: Callable[..., Any], name: str, error: LookupError) -> str:
    """What to say of a function that is called like no exercise."""
    if not name.isidentifier():
        return 'The function has no name: say which exercise it answers, as in check(function, "rnn_step").'
    alike = [task.name for task in TASKS.values() if isinstance(task, Exercise) and _same_arguments(function, task)]
    listed = f" Its arguments are those of {', '.join(alike)}." if alike else ""
    return f'{error}{listed} Call your function so, or say which it is: check({name}, "rnn_step").'


def _same_arguments(function: Callable[..., Any], exercise: Exercise) -> bool:
    try:
        mine, theirs = (list(inspect.signature(f).parameters) for f in (function, exercise.reference))
    except (TypeError, ValueError):
        return False
    return mine == theirs[: len(mine)] and len(mine) > 1


def _callers_variables() -> Mapping[str, Any]:
    """The variables of whoever called a function of this module."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals is globals():
        frame = frame.f_back
    return {} if frame is None else frame.f_globals


def _show(found: Verdict, remark: str = "") -> None:
    mark, word, colour = _LOOKS[found.status]
    _display(f"{mark} {found.exercise}: {word}", f"{remark}\n{found.advice}".strip(), colour)


def _line_of_html(line: str) -> str:
    """A line of advice: what stands between backticks, or is quoted from the learner's code, is set as code."""
    line = re.sub(r"^(In your code, line \d+: )(.+)$", lambda found: f"{found[1]}`{found[2]}`", line)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(line))


def _display(title: str, text: str, colour: str, code: bool = False) -> None:
    """A framed note in a notebook, plain text elsewhere; code keeps its spaces."""
    body = "<br>".join(map(_line_of_html, text.split("\n"))) if text else ""
    if code:
        body = f'<pre style="margin:.3em 0 0"><code>{html.escape(text)}</code></pre>'
    frame = f"border-left:4px solid {colour};padding:.3em .8em;margin:.3em 0"
    page = f'<div style="{frame}"><strong>{html.escape(title)}</strong>{"<br>" if body else ""}{body}</div>'
    plain = f"{title}\n{text}".strip()
    show_output({"text/html": page, "text/plain": plain}, elsewhere=plain)
