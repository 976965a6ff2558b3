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
WITHHELD = "is the function that the exercise asks for: the package's own is not available while grading"


class WithheldError(RuntimeError):
    """A submission called the package's own version of a function that it is to write."""


def _withheld(*arguments, **options):
    from rnncourse.grading.sandbox.inside import WITHHELD, WithheldError, note_withheld

    note_withheld()
    raise WithheldError(f"It {WITHHELD}.")


_hits: list[int] = []


def note_withheld() -> None:
    """Remember that a function was missed: then the grader may ask again with fewer functions taken out."""
    _hits.append(1)


def withhold(names: list[str]) -> None:
    """Take functions out of this process: every name they go by stays, and leads to an error.

    Args:
        names: ``module:function`` of each.
    """
    for name in names:
        module, _, attribute = name.partition(":")
        function = getattr(importlib.import_module(module), attribute)
        for layer in (function, getattr(function, "__wrapped__", None)):
            if isinstance(layer, FunctionType):
                layer.__code__ = _withheld.__code__.replace(co_name=layer.__name__, co_freevars=())
                layer.__kwdefaults__ = layer.__defaults__ = None
    linecache.clearcache()


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
    except Exception as error:  # a learner's object may raise wherever it is touched
        found = {"problem": f"{type(error).__name__}: {error}"[:_LONGEST_TEXT]}
    found["withheld"] = len(_hits)
    shell.display_pub.publish(data={MEDIA_TYPE: json.dumps({"token": token, "answer": found})})


# ------------------------------------------------------------------------------------- the package while grading
def _not_while_grading(*arguments: Any, **options: Any) -> None:
    """Stands for check and hint: a learner's cell may call them, and nothing comes of it."""


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
    for name in ("check", "hint"):
        setattr(check, name, _not_while_grading)
    for name in ("grade", "example", "verdict"):
        setattr(check, name, functools.partial(_refuse, name))
    sys.modules["rnncourse.exercises"], sys.modules["rnncourse.checking.check"] = exercises, check
    importlib.import_module("rnncourse.grading.sandbox.asked")
