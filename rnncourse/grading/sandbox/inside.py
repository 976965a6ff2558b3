"""The learner's side of grading: what makes of a process one in which answers can be asked for, and there are none.

Nothing here is trusted. A question (``asked``) brings inputs; what goes back is plain numbers and text, sent as JSON.
There is no expected value, no comparison and none of the exercises in this process, and the package's own version of
the function that is asked for has been taken out of it (``withhold``). Whoever tampers with this module can only send
wrong answers.
"""

from __future__ import annotations

import functools
import importlib
import json
import linecache
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from rnncourse.notebooks.kernels import MEDIA_TYPE

_LONGEST_TEXT = 2000
#: Said by a function of the package that was taken out; the grader looks for it.
WITHHELD = "does what an exercise asks for, and is not available while that is graded"


class WithheldError(RuntimeError):
    """A submission called a function of the package that does what it is to write."""


def _withheld(first=None, *arguments, **options):  # one has to have a name: Keras looks for self
    import sys

    from rnncourse.grading.sandbox.inside import WITHHELD, WithheldError, note_withheld

    note_withheld()
    name = sys._getframe().f_code.co_qualname
    raise WithheldError(f"rnncourse.{name} {WITHHELD}. To compare with it costs nothing: only this line is left out.")


_hits: list[int] = []


def note_withheld() -> None:
    """Remember that a function was missed: then the grader may ask again with fewer functions taken out."""
    _hits.append(1)


def withhold(names: list[str]) -> None:
    """Take functions and classes out of this process: every name they go by stays, and leads to an error.

    Args:
        names: ``module:function`` or ``module:Class`` of each.
    """
    for name in names:
        module, _, attribute = name.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        for function in functions_of(found):
            function.__code__ = _withheld.__code__.replace(
                co_name=function.__name__, co_qualname=function.__qualname__,
                co_freevars=function.__code__.co_freevars,
            )  # fmt: skip
            function.__defaults__, function.__kwdefaults__ = _withheld.__defaults__, None
    linecache.clearcache()


def functions_of(found: Any) -> list[FunctionType]:
    """What runs when a function, or a method of a class, is called: with all that decorators have wrapped."""
    if isinstance(found, type):
        members = [
            member for kind in found.__mro__ if kind.__module__ == found.__module__ for member in vars(kind).values()
        ]
        return [function for member in members for function in functions_of(getattr(member, "__func__", member))]
    layers = []
    while found is not None:
        layers += [found] if isinstance(found, FunctionType) else []
        found = getattr(found, "__wrapped__", None)
    return layers


# ------------------------------------------------------------------------------------------------------- questions
def answer(question: str, token: str) -> None:
    """Answer one question of the grader's and publish what came of it.

    Args:
        question: the file that holds it, written by the grader.
        token: sent back with the answer, so that nothing else is taken for it.
    """
    import cloudpickle
    from IPython import get_ipython

    shell = get_ipython()
    try:
        found = cloudpickle.loads(Path(question).read_bytes()).answer_from(shell.user_ns)
        answered = json.dumps({"token": token, "answer": {**found, "withheld": len(_hits)}})
    except Exception as error:  # a learner's object may raise wherever it is touched
        problem = f"{type(error).__name__}: {error}"[:_LONGEST_TEXT]
        answered = json.dumps({"token": token, "answer": {"problem": problem, "withheld": len(_hits)}})
    shell.display_pub.publish(data={MEDIA_TYPE: answered})


# ------------------------------------------------------------------------------------- the package while grading
_examples = Path()


def prepare(shell: Any, folder: Path) -> None:
    """Make a kernel's shell one in which a notebook can be graded.

    A function of the package that is missing stops its own line only, and so does every error that follows from it:
    a notebook that compares with it, as any learner may, defines its answers all the same.

    Args:
        shell: IPython's.
        folder: where the grader puts what it wants to be read.
    """
    global _examples
    _examples = folder / "examples"
    run_code = shell.run_code

    async def run_and_go_on(code: Any, result: Any = None, *, async_: bool = False) -> bool:
        stopped = await run_code(code, result, async_=async_)
        return stopped and not (_hits and isinstance(getattr(result, "error_in_exec", None), Exception))

    shell.run_code = run_and_go_on


def example(exercise: Any) -> Any:
    """The arguments of the first case that ``check`` tries, as a learner gets them; they come from the grader."""
    import cloudpickle

    name = exercise if isinstance(exercise, str) else getattr(exercise, "__name__", None)
    try:
        return cloudpickle.loads((_examples / str(name)).read_bytes())
    except OSError:
        raise LookupError(f"There is no example of {name!r} while grading.") from None


def _not_while_grading(*arguments: Any, **options: Any) -> None:
    """Stands for check, hint and whatever else tells a learner something: nothing comes of it."""


def _stand_in(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return _not_while_grading


def _refuse(name: str, *arguments: Any, **options: Any) -> None:
    raise RuntimeError(f"{name} is not available while grading")


def package_without_answers() -> None:
    """Make ``rnncourse.exercises`` and ``rnncourse.checking.check`` empty before anything imports them.

    What is left is what an exercise is, how a function is called, and what may be asked. It is imported here, since a
    kernel forked from this process finds no sources. None of the exercises is there, none of the answers.
    """
    import rnncourse

    exercises, check = ModuleType("rnncourse.exercises"), ModuleType("rnncourse.checking.check")
    exercises.__path__ = [str(Path(rnncourse.__file__).parent / "exercises")]
    vars(exercises).update(find=functools.partial(_refuse, "rnncourse.exercises"), CHAPTERS={})
    vars(check).update(example=example, __getattr__=_stand_in)
    sys.modules["rnncourse.exercises"], sys.modules["rnncourse.checking.check"] = exercises, check
    importlib.import_module("rnncourse.grading.sandbox.asked")
