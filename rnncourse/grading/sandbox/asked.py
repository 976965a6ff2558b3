"""What the grader asks about one name of a notebook's: made outside, answered in the kernel.

A question travels pickled into the sandbox and is answered there, by ``answer_from``, with plain data that JSON can
carry. It brings inputs and the way a function is called; neither the truth nor an exercise comes with it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from rnncourse.checking.calls import Outcome, as_python, ask
from rnncourse.exercises.definitions import Call, Case

_LONGEST_TEXT = 2000
_DEEPEST = 8
_MOST_ENTRIES = 100
_MOST_BITS = 1000


@dataclass(frozen=True)
class Asked:
    """A question about one name of the notebook's.

    Args:
        name: of a function or a variable of the learner's.
    """

    name: str

    @property
    def seconds(self) -> float:
        """How long an honest answer may take, where that is known."""
        return 0.0

    def answer_from(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """The answer as plain data."""
        raise NotImplementedError


@dataclass(frozen=True)
class AskFunction(Asked):
    """What the learner's function gives for some cases.

    Args:
        name: of the function.
        call: how it is asked.
        cases: with what.
    """

    call: Call
    cases: tuple[Case, ...]

    @property
    def seconds(self) -> float:
        """The limits of all calls together; each is held to its own in here."""
        return len(self.cases) * self.call.seconds

    def answer_from(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """The outcomes, one for each case up to one after which the others would end likewise."""
        if self.name not in namespace:
            return {"absent": True}
        function = namespace[self.name]
        if not callable(function):
            return {"not callable": type(function).__name__}
        outcomes = []
        for case in self.cases:
            outcome = ask(self.call, function, case)
            outcomes.append(_sent(outcome))
            if outcome.ending.ends_it_all:
                break
        return {"outcomes": outcomes}


def _sent(outcome: Outcome) -> dict[str, Any]:
    return {
        "ending": outcome.ending.value,
        "values": [packed(value) for value in outcome.values],
        **{name: getattr(outcome, name)[:_LONGEST_TEXT] for name in ("text", "error", "line", "printed")},
        "changed": list(outcome.changed),
    }


@dataclass(frozen=True)
class AskVariable(Asked):
    """What a variable holds."""

    def answer_from(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """Its value as plain data."""
        return {"value": _plain(namespace[self.name])} if self.name in namespace else {"absent": True}


@dataclass(frozen=True)
class AskModel(Asked):
    """What sort of thing a variable holds: nothing, an array, or a model with its weights."""

    def answer_from(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """Its weights or its numbers."""
        model = namespace.get(self.name)
        if model is None or model is Ellipsis:
            return {"absent": True}
        if hasattr(model, "predict"):
            weights = [{"path": str(w.path)[:_LONGEST_TEXT], **packed(np.asarray(w))} for w in model.weights]
            return {"weights": weights}
        return {"array": packed(np.asarray(getattr(model, "embeddings", model), dtype=float))}


@dataclass(frozen=True)
class AskPrediction(Asked):
    """What a model gives for new inputs.

    Args:
        name: of the variable that holds it.
        inputs: what goes in.
        batch_size: for ``model.predict``; None to call the model itself.
    """

    inputs: Any
    batch_size: int | None = None

    def answer_from(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """Its outputs."""
        model = namespace[self.name]
        if self.batch_size is None:
            given = model(self.inputs, training=False)
        else:
            given = model.predict(self.inputs, batch_size=self.batch_size, verbose=0)
        return {"array": packed(np.asarray(given))}


# ------------------------------------------------------------------------------------------------------ plain data
def packed(value: np.ndarray) -> dict[str, Any]:
    """An array of numbers as JSON can carry it: its dtype, its shape and its bytes."""
    value = np.asarray(value, order="C")
    if value.dtype.kind not in "biuf":
        raise TypeError(f"expected numbers, got an array of dtype {value.dtype}")
    if value.dtype.itemsize > 8:  # long doubles differ from machine to machine
        value = value.astype(np.float64)
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
    value = as_python(value)
    if value is Ellipsis:
        return {"ellipsis": True}
    if type(value) is int and value.bit_length() > _MOST_BITS:
        return {"other": f"whole number of {value.bit_length()} bits"}
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return str(value)[:_LONGEST_TEXT]
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in islice(value, _MOST_ENTRIES)]
    if isinstance(value, dict):
        pairs = islice(value.items(), _MOST_ENTRIES)
        return {"dictionary": [[_plain(k, depth + 1), _plain(v, depth + 1)] for k, v in pairs]}
    return {"other": type(value).__name__}
