"""Asking a learner's function for an answer, whatever it does, and bringing the answer home as plain data.

What the learner's code prints, changes, raises or fails to finish ends here: the outcome of a call is a record of
arrays and text. The random state and the arguments' originals are left as they were.
"""

from __future__ import annotations

import ast
import copy
import ctypes
import inspect
import io
import linecache
import random
import sysconfig
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from traceback import walk_tb
from types import CodeType
from typing import Any

import numpy as np

from rnncourse.checking.patience import Deadline
from rnncourse.checking.printing import printed_to
from rnncourse.exercises.definitions import Call, Case, Design

#: No answer to a question holds more numbers.
_MOST_NUMBERS = 1000
_LONGEST_PRINT = 400
#: Most answers come so soon that nobody need ask how busy the machine is.
_SOON = 0.2
#: Where Python and what pip has installed stand.
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


class Ending(StrEnum):
    """How a call ended."""

    RETURNED = "returned"
    NOTHING = "returned nothing"
    UNUSABLE = "returned something that is not numbers"
    NOT_ATTEMPTED = "not attempted"
    RAISED = "raised"
    OUT_OF_TIME = "out of time"

    @property
    def ends_it_all(self) -> bool:
        """Whether a call with other arguments would end likewise, and need not be made."""
        return self in (Ending.OUT_OF_TIME, Ending.NOT_ATTEMPTED)


@dataclass(frozen=True)
class Outcome:
    """One call of a function and what came of it, as plain data.

    Attributes:
        ending: how the call ended.
        values: the arrays returned, one a part of the exercise (a single one where it has no parts).
        text: for every other ending: what happened, in words for the learner.
        error: name of the exception, where one was raised.
        line: the learner's line that raised, with its number.
        printed: what the function printed, cut to a few lines.
        changed: names of the arguments that the function changed in place.
        pieces: what a design is made of that was put to work.
        entries: where a list came back that makes no array, since its entries have different shapes: the entries.
        part: of which of the parts this list is.
    """

    ending: Ending
    values: tuple[np.ndarray, ...] = ()
    text: str = ""
    error: str = ""
    line: str = ""
    printed: str = ""
    changed: tuple[str, ...] = field(default=())
    pieces: tuple[np.ndarray, ...] = field(default=())
    entries: tuple[np.ndarray, ...] = field(default=())
    part: int = 0


class _Unusable(Exception):
    """What was returned cannot be read as numbers; the message says why.

    Attributes:
        entries, part: as those of an ``Outcome``.
    """

    def __init__(self, text: str, entries: tuple[np.ndarray, ...] = ()) -> None:
        super().__init__(text)
        self.entries, self.part = entries, 0


class _OutOfTime(BaseException):
    """Thrown into a learner's thread that did not finish; no ``except Exception`` catches it."""


def ask(call: Call, function: Callable[..., Any], case: Case) -> Outcome:
    """Call a function on a copy of one case and record what comes of it.

    Args:
        call: how the function is called, its parts and its time limit.
        function: the learner's function, the reference or a mistake.
        case: the arguments, by name; not changed.

    Returns:
        The outcome. Nothing the function does raises here.
    """
    given = copy.deepcopy(case) if call.copies else case
    printed = io.StringIO()
    with _random_state_kept():
        outcome = _finish_in_time(lambda: _answer(call, function, given), call.seconds, printed)
    words = printed.getvalue()
    printed.close()  # a thread that nothing could end fills it no further
    changed = tuple(name for name, value in case.items() if not _unchanged(value, given[name]))
    return replace(outcome, printed=_cut(words), changed=changed)


def ask_at_once(call: Call, function: Callable[..., Any], case: Case) -> Outcome:
    """As ``ask``, without a thread and a time limit: for functions of this package that are known to end."""
    return _answer(call, function, copy.deepcopy(case) if call.copies else case)


@contextmanager
def in_silence() -> Iterator[None]:
    """Nothing that runs in here prints, warns, or moves on the random state."""
    with _random_state_kept(), printed_to(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            yield


def _answer(call: Call, function: Callable[..., Any], case: Case) -> Outcome:
    """Everything of the learner's that runs, runs here: the call, and reading what it returned."""
    if isinstance(call.how, Design):
        design = _answer(replace(call, how=call.how.ask, parts=call.how.pieces), function, case)
        return put_to_work(call, design, case)
    try:
        answer = call.how(function, case)
        if answer is None:
            return Outcome(Ending.NOTHING, text="It returned None. Does it end with a return statement?")
        return Outcome(Ending.RETURNED, values=_as_arrays(answer, call.parts))
    except NotImplementedError as error:
        if _is_of_a_library(error):
            return _raised(error, function)
        return Outcome(Ending.NOT_ATTEMPTED, text=_not_attempted(error, call.name))
    except _Unusable as error:
        return Outcome(Ending.UNUSABLE, text=str(error), entries=error.entries, part=error.part)
    except _OutOfTime:
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: no answer may end the check
        return _raised(error, function)


def put_to_work(call: Call, design: Outcome, case: Case) -> Outcome:
    """What a design does.

    Args:
        call: of an exercise whose ``call`` is a ``Design``.
        design: what the learner's function returned: the pieces of the design.
        case: what it is put to work on, and what the function was called with.

    Returns:
        The outcome of its work; a design that cannot be put to work is unusable, and the outcome says why.
    """
    if design.ending is not Ending.RETURNED or not isinstance(call.how, Design):
        return design
    for name, piece in zip(call.how.pieces or (call.name,), design.values, strict=True):
        bad = np.argwhere(~np.isfinite(piece.astype(float)))
        if len(bad):
            first = f" The first is {piece[tuple(bad[0])]}, at index {bad[0].tolist()}." if piece.ndim else ""
            text = f"What it returned cannot be put to work. {name} holds numbers that are not finite.{first}"
            return replace(design, ending=Ending.UNUSABLE, values=(), text=text)
    try:
        with np.errstate(all="ignore"):
            done = call.how.run(*design.values, **case)
        return replace(design, values=_as_arrays(done, call.parts), pieces=design.values)
    except Exception as error:  # the pieces are the learner's, of any size and kind
        text = f"What it returned cannot be put to work. {_words_of(error) or type(error).__name__}"
        return replace(design, ending=Ending.UNUSABLE, values=(), text=_cut(text))


def _is_of_a_library(error: BaseException) -> bool:
    """Whether an error was raised by what is installed, as TensorFlow does where NumPy is given a symbolic tensor."""
    *_, (frame, _) = walk_tb(error.__traceback__)
    return frame.f_code.co_filename.startswith(_LIBRARIES)


def _not_attempted(error: NotImplementedError, name: str) -> str:
    """Whether the function itself is unwritten or half written, or one that it calls is."""
    frame, line = list(walk_tb(error.__traceback__))[-1]
    raiser = frame.f_code.co_name
    if raiser != name and raiser.isidentifier():
        return f"It calls {raiser}, which still raises NotImplementedError. Write that one first."
    if _has_code(frame.f_code):
        return (
            f"Your code is there, but line {line} still raises NotImplementedError: take that line out, or write in "
            "its place what is missing, and run the cell."
        )
    return "It still raises NotImplementedError. Write your code in its place and run the cell."


def definition_of(function: Callable[..., Any] | CodeType) -> ast.FunctionDef | None:
    """The source of a function as a tree; None where it is not to be had, or is no ``def``."""
    try:
        definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, IndexError, SyntaxError):
        return None
    return definition if isinstance(definition, ast.FunctionDef) else None


def _has_code(code: CodeType) -> bool:
    """Whether a function does more than to raise NotImplementedError, below its docstring."""
    definition = definition_of(code)
    if definition is None:
        return False
    body = definition.body[ast.get_docstring(definition) is not None :]
    return not all(isinstance(statement, ast.Raise | ast.Pass) for statement in body)


def _raised(error: BaseException, function: Callable[..., Any]) -> Outcome:
    name, text = type(error).__name__, _words_of(error)
    line = _line(error, function)
    mismatch = "" if line else _signature_mismatch(error, function)  # a line of the function: it was entered
    return Outcome(
        Ending.RAISED,
        text=mismatch or _cut(f"{name}: {text}" if text else name),
        error=name,
        line=line,
    )


def _words_of(error: BaseException) -> str:
    """What an exception says; '' for one of the learner's that cannot even say it."""
    try:
        return str(error).strip()
    except Exception:
        return ""


def _signature_mismatch(error: BaseException, function: Callable[..., Any]) -> str:
    """A word on the arguments, where Python could not even enter the function."""
    if not isinstance(error, TypeError) or "positional argument" not in str(error):
        return ""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    return f"TypeError: {error}. Your function takes {signature}: keep the arguments of the exercise, in their order."


def _line(error: BaseException, function: Callable[..., Any]) -> str:
    """The last line of the learner's own code on the way to the error."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return ""
    numbers = [n for frame, n in walk_tb(error.__traceback__) if frame.f_code.co_filename == code.co_filename]
    if not numbers:
        return ""
    text = linecache.getline(code.co_filename, numbers[-1]).strip()
    return f"line {numbers[-1]}: {text}" if text else f"line {numbers[-1]}"


def _as_arrays(answer: Any, parts: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    if not parts:
        return (_as_array(answer, " Only one result is asked for." if isinstance(answer, tuple) else ""),)
    wanted = f"{len(parts)} results: {', '.join(parts)}"
    if isinstance(answer, Mapping):
        if set(answer) != set(parts):
            raise _Unusable(f"It returned a dictionary with the keys {', '.join(map(str, answer))}, expected {wanted}.")
        answer = tuple(answer[part] for part in parts)
    if _stands_for(answer, len(parts)):
        answer = tuple(answer)
    if not _is_listed(answer):
        raise _Unusable(f"It returned one {_kind(answer)}, expected {wanted}.")
    if len(answer) != len(parts):
        raise _Unusable(f"It returned {len(answer)} results, expected {wanted}.")
    if any(part is None for part in answer):
        raise _Unusable(f"One of its results is None, expected {wanted}.")
    return tuple(_as_part(part, number) for number, part in enumerate(answer))


def _as_part(value: Any, number: int) -> np.ndarray:
    try:
        return _as_array(value)
    except _Unusable as error:
        error.part = number
        raise


def _stands_for(answer: Any, parts: int) -> bool:
    """Whether one array or tensor holds as many entries as parts are asked for: np.stack([h, c]) for (h, c)."""
    shape: Any = () if _is_listed(answer) else getattr(answer, "shape", ())
    return len(shape) > 0 and shape[0] == parts


def _is_listed(value: Any) -> bool:
    """Whether entries stand one after the other: in a list, a tuple of any name, a range, a deque."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def _as_array(value: Any, remark: str = "") -> np.ndarray:
    """Numbers, nested lists, NumPy arrays and tensors as an array of plain numbers.

    The remark is said where the entries of a list or tuple do not make one array.
    """
    given = value
    if inspect.isgenerator(value):
        raise _Unusable("It returned a generator. Use return instead of yield, and build the result in a list.")
    if type(value).__module__.partition(".")[0] in {"tensorflow", "keras"} and hasattr(value, "numpy"):
        value = value.numpy()
    elif hasattr(value, "__array__") and not isinstance(value, type):  # of another library
        value = np.asarray(value)
    if _is_listed(value):
        value = [_as_array(item) for item in value]
    elif not isinstance(value, np.ndarray | np.generic | int | float | complex):
        raise _Unusable(
            f"It returned {with_article(_kind(value))}, expected numbers: an array, a list or a single number."
        )
    try:
        array = np.array(value, subok=False)
    except ValueError:
        entries = f"{len(given)} entries" if _is_listed(given) else "entries"
        text = f"It returned {with_article(_kind(given))} whose {entries} have different shapes, expected an array."
        text += remark + _first_other_shape(value)
        raise _Unusable(text, tuple(value) if _is_listed(value) else ()) from None
    if isinstance(value, int) and array.dtype.kind == "O":
        digits = int(value.bit_length() * np.log10(2)) + 1  # the text of a very large one is not to be had
        raise _Unusable(f"It returned a whole number of about {digits} digits, far larger than the right one.")
    if array.dtype.kind not in "biuf":
        raise _Unusable(f"It returned an array of dtype {array.dtype}, expected real numbers.")
    return array


def _first_other_shape(entries: Any) -> str:
    """Which entry of a list is the first that has another shape than the one before everything else."""
    shapes = [np.shape(entry) for entry in entries] if _is_listed(entries) else []
    other = next((number for number, shape in enumerate(shapes) if shape != shapes[0]), None)
    return f" Entry 0 has shape {shapes[0]}, entry {other} {shapes[other]}." if other is not None else ""


def as_python(value: Any) -> Any:
    """What NumPy or TensorFlow holds as Python's own numbers and lists; large arrays and anything else as they are."""
    try:
        if type(value).__module__.partition(".")[0] in {"tensorflow", "keras"}:
            if hasattr(value, "as_list"):
                return value.as_list()
            value = value.numpy() if hasattr(value, "numpy") else value
        small = isinstance(value, np.ndarray | np.generic) and value.size <= _MOST_NUMBERS
        return value.tolist() if small else value
    except Exception:  # a shape that is not known, a tensor that has no value yet
        return value


def _kind(value: Any) -> str:
    return "function" if inspect.isroutine(value) else type(value).__name__


def with_article(kind: str) -> str:
    """The name of a type as it is read aloud: a list, an int, an ndarray."""
    return f"{'an' if kind[:1] in set('aeiouAEIO') or kind == 'ndarray' else 'a'} {kind}"


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """The same random numbers for every call, and the learner's own random state back afterwards."""
    python, numpy = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _finish_in_time(call: Callable[[], Outcome], seconds: float, printed: io.StringIO) -> Outcome:
    """Run the call in a thread of its own, so that an endless loop ends in a message on every system."""
    box: list[Outcome] = []

    def work() -> None:
        with suppress(_OutOfTime), printed_to(printed):
            box.append(call())

    thread = threading.Thread(target=work, daemon=True, name="learner")
    thread.start()
    try:
        thread.join(min(seconds, _SOON))
        if thread.is_alive():
            deadline = Deadline(seconds - _SOON)
            while thread.is_alive() and (left := deadline.left()) > 0:
                thread.join(left)
    finally:  # out of time, or the learner pressed the stop button
        _stop(thread)
    if box:
        return box[0]
    text = f"It did not finish within {seconds:g} s. Is there a loop that never ends?"
    if thread.is_alive():
        text += " It cannot be stopped from here and slows everything down: restart the kernel (Kernel menu)."
    return Outcome(Ending.OUT_OF_TIME, text=text)


def _stop(thread: threading.Thread) -> None:
    """End a thread that is still at work, if it lets itself be ended: a bare ``except:`` in a loop does not."""
    for _ in range(5):
        if not thread.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_OutOfTime))
        thread.join(0.1)


def _unchanged(before: Any, after: Any) -> bool:
    """Whether an argument is as it was; what cannot even be compared is not."""
    try:
        return bool(_as_before(before, after))
    except Exception:  # the learner may have put anything in its place
        return False


def _as_before(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_as_before, before, after))
    return not isinstance(before, int | float | str) or before == after


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_PRINT else f"{text[:_LONGEST_PRINT]} … ({len(text)} characters in all)"
