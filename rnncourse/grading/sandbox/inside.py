"""The learner's side of grading: what runs in the sandboxed kernel and answers the grader's questions.

Nothing here is trusted. A question brings inputs; what goes back is plain numbers and text, sent as JSON. There is no
expected value, no comparison and no exercise definition in this process, and the package's own version of the function
that is asked for has been taken out of it (``withhold``). Whoever tampers with this module can only send wrong answers.
"""

from __future__ import annotations

import base64
import functools
import importlib
import json
import linecache
import sys
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from rnncourse.notebooks.kernels import MEDIA_TYPE

_LONGEST_TEXT = 2000
_DEEPEST = 8
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
        asked = cloudpickle.loads(Path(question).read_bytes())
        found = _KINDS[asked["kind"]](shell.user_ns, asked)
    except Exception as error:  # a learner's object may raise wherever it is touched
        found = {"problem": f"{type(error).__name__}: {error}"[:_LONGEST_TEXT]}
    found["withheld"] = len(_hits)
    shell.display_pub.publish(data={MEDIA_TYPE: json.dumps({"token": token, "answer": found})})


def _function(namespace: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Call the learner's function with each case."""
    from rnncourse.checking.calls import Ending, ask

    if asked["name"] not in namespace:
        return {"absent": True}
    function = namespace[asked["name"]]
    if not callable(function):
        return {"not callable": type(function).__name__}
    exercise = SimpleNamespace(**{key: asked[key] for key in ("name", "call", "parts", "seconds", "copies")})
    outcomes = []
    for case in asked["cases"]:
        outcome = ask(exercise, function, case)
        outcomes.append(
            {
                "ending": outcome.ending.value,
                "values": [packed(value) for value in outcome.values],
                **{name: getattr(outcome, name)[:_LONGEST_TEXT] for name in ("text", "error", "line", "printed")},
                "changed": list(outcome.changed),
            }
        )
        if outcome.ending in (Ending.OUT_OF_TIME, Ending.NOT_ATTEMPTED):
            break
    return {"outcomes": outcomes}


def _variable(namespace: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What a variable holds, as plain data."""
    if asked["name"] not in namespace:
        return {"absent": True}
    return {"value": _plain(namespace[asked["name"]])}


def _model(namespace: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What sort of thing a variable holds: nothing, an array, or a model with its weights."""
    model = namespace.get(asked["name"])
    if model is None or model is Ellipsis:
        return {"absent": True}
    if hasattr(model, "predict"):
        weights = [{"path": str(w.path)[:_LONGEST_TEXT], **packed(np.asarray(w))} for w in model.weights]
        return {"weights": weights}
    return {"array": packed(np.asarray(getattr(model, "embeddings", model), dtype=float))}


def _prediction(namespace: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What a model gives for new inputs."""
    model = namespace[asked["name"]]
    if asked["how"] == "predict":
        given = model.predict(asked["inputs"], batch_size=asked["batch_size"], verbose=0)
    else:
        given = model(asked["inputs"], training=False)
    return {"array": packed(np.asarray(given))}


_KINDS = {"function": _function, "variable": _variable, "model": _model, "prediction": _prediction}


# ------------------------------------------------------------------------------------------------------ plain data
def packed(value: np.ndarray) -> dict[str, Any]:
    """An array of numbers as JSON can carry it: its dtype, its shape and its bytes."""
    value = np.asarray(value, order="C")
    if value.dtype.kind not in "biuf":
        raise TypeError(f"expected numbers, got an array of dtype {value.dtype}")
    plain = value.astype(value.dtype.newbyteorder("<"))
    return {
        "dtype": plain.dtype.str,
        "shape": list(value.shape),
        "data": base64.b64encode(plain.tobytes()).decode("ascii"),
    }


def _plain(value: Any, depth: int = 0) -> Any:
    """Numbers, words, and tuples, lists and dictionaries of them; for anything else the name of its type."""
    if depth > _DEEPEST:
        return {"other": "deeply nested value"}
    if hasattr(value, "as_list"):
        value = value.as_list()
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is Ellipsis:
        return {"ellipsis": True}
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return str(value)[:_LONGEST_TEXT]
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in list(value)[:100]]
    if isinstance(value, dict):
        return {"dictionary": [[_plain(k, depth + 1), _plain(v, depth + 1)] for k, v in list(value.items())[:100]]}
    return {"other": type(value).__name__}


# ------------------------------------------------------------------------------------- the package while grading
def _not_while_grading(*arguments: Any, **options: Any) -> None:
    """Stands for check and hint: a learner's cell may call them, and nothing comes of it."""


def _refuse(name: str, *arguments: Any, **options: Any) -> None:
    raise RuntimeError(f"{name} is not available while grading")


def package_without_answers() -> None:
    """Make ``rnncourse.exercises`` and ``rnncourse.checking.check`` empty before anything imports them.

    Only the definitions of what an exercise is can be imported: none of the exercises, none of the answers.
    """
    import rnncourse

    exercises, check = type(sys)("rnncourse.exercises"), type(sys)("rnncourse.checking.check")
    exercises.__path__ = [str(Path(rnncourse.__file__).parent / "exercises")]
    exercises.find = functools.partial(_refuse, "rnncourse.exercises")
    exercises.CHAPTERS = {}
    for name in ("check", "hint"):
        setattr(check, name, _not_while_grading)
    for name in ("grade", "example", "verdict"):
        setattr(check, name, functools.partial(_refuse, name))
    sys.modules["rnncourse.exercises"], sys.modules["rnncourse.checking.check"] = exercises, check
    importlib.import_module("rnncourse.exercises.definitions")
    importlib.import_module("rnncourse.checking.calls")
