"""The grader's side of a question: inputs go into the sandbox, plain data comes back, and only here is it compared.

What comes back was written by a process in which a learner's code runs, so nothing in it is believed: types, sizes and
shapes are checked, text is cut, and no pickle is ever read.
"""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cloudpickle
import numpy as np

import rnncourse
from rnncourse import exercises
from rnncourse.checking import verdicts
from rnncourse.checking.calls import Ending, Outcome, with_article
from rnncourse.checking.comparing import same
from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises.definitions import PRACTICE_SEED, Call, Case, Exercise, Question, Task, Training
from rnncourse.grading.sandbox.asked import Asked, AskFunction, AskModel, AskPrediction, AskVariable
from rnncourse.grading.sandbox.inside import WITHHELD
from rnncourse.grading.submissions import readable

_LARGEST_ARRAY = 16_000_000
_LONGEST_TEXT = 2000
_DTYPES = {"<f2", "<f4", "<f8", "|b1", "|i1", "|u1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8"}

for _module in pkgutil.iter_modules(exercises.__path__):  # all but the definitions is missing in the sandbox
    if _module.name != "definitions":
        cloudpickle.register_pickle_by_value(importlib.import_module(f"rnncourse.exercises.{_module.name}"))


#: Running a reference uses NumPy's random state and sys.stdout, of which a process has one each.
_comparing = threading.Lock()


class AnswerError(RuntimeError):
    """What came back is not an answer; the message says why."""


class LearnersError(AnswerError):
    """The learner's object raised while it was asked."""


class NoAnswerError(AnswerError):
    """No answer came within the time limit."""


#: Puts a question to the kernel and brings back the answer: plain data, of which nothing is believed.
Send = Callable[[Asked], dict[str, Any]]


@dataclass
class Judgement:
    """A verdict, and what the grader noticed on the way.

    Attributes:
        verdict: what is recorded and shown.
        withheld: whether the answer needs a function of the package that was taken out.
        look: why a person should look at it, or ''.
    """

    verdict: Verdict
    withheld: bool = False
    look: str = ""


def withheld_names(task: Task) -> list[str]:
    """Functions of the package that answer an exercise by themselves: ``module:function``."""
    if not isinstance(task, Exercise):
        return []
    found = {f"{task.reference.__module__}:{task.reference.__name__}"}
    for name in (task.name, f"{task.name}_tensorflow"):  # lstm_step has a twin of the second name
        if name in dir(rnncourse):
            found.add(f"{getattr(rnncourse, name).__module__}:{name}")
    return sorted(name for name in found if not name.startswith("rnncourse.exercises"))


def ask_and_judge(task: Task, seeds: tuple[int, ...], send: Send) -> Judgement:
    """Ask the sandboxed kernel for its answer to an exercise and judge it here.

    Args:
        task: what to ask for.
        seeds: which cases to try; the least good verdict counts.
        send: puts a question to the kernel and brings back its answer.

    Raises:
        AnswerError: what came back is not an answer.
    """
    match task:
        case Exercise():
            return _judge_function(task, seeds, send)
        case Question():
            return _judge_question(task, send)
        case Training():
            return _judge_training(task, seeds, send)
    raise TypeError(f"No answer to {with_article(type(task).__name__)} can be asked for.")


# ------------------------------------------------------------------------------------------------------- functions
def _judge_function(exercise: Exercise, seeds: tuple[int, ...], send: Send) -> Judgement:
    groups = [exercise.make_cases(seed) for seed in seeds]
    again = groups[-1][:1]  # one case twice: the same question deserves the same answer
    cases = tuple(case for group in (*groups, again) for case in group)
    answer = send(AskFunction(exercise.name, exercise.as_call(), cases))
    hit = _hit(answer)
    if answer.get("absent") is True:
        return Judgement(_absent(exercise.name), hit)
    if "not callable" in answer:
        return Judgement(verdicts.not_a_function(exercise, _text(answer["not callable"])), hit)
    if not isinstance(answer.get("outcomes"), list) or not answer["outcomes"]:
        raise AnswerError("the answer holds no outcomes")
    outcomes = [_outcome(found, exercise) for found in answer["outcomes"]]
    verdict = _worst([_on_group(exercise, group, found) for group, found in _split(groups, outcomes)])
    unsettled = _differs(exercise, groups, outcomes)
    if unsettled and verdict.share > 0:
        advice = f"{exercise.name} gave two answers to the same question: it must not depend on time or chance."
        return Judgement(Verdict(exercise.name, Status.WRONG, advice), hit, f"{exercise.name} answers by chance")
    needs = hit and any(outcome.ending is not Ending.RETURNED for outcome in outcomes)
    return Judgement(_without_ours(exercise, verdict, outcomes), needs)


def _split(groups: list[list[Case]], outcomes: list[Outcome]) -> list[tuple[list[Case], list[Outcome]]]:
    """The outcomes of each group; those after one that never ended are not there."""
    found, start = [], 0
    for group in groups:
        part = outcomes[start : start + len(group)]
        if part:
            found.append((group, part))
        start += len(group)
    return found


def _on_group(exercise: Exercise, cases: list[Case], outcomes: list[Outcome]) -> Verdict:
    with _comparing:
        return verdicts.judge_outcomes(exercise, cases, outcomes)


def _worst(verdicts: list[Verdict]) -> Verdict:
    return min(verdicts, key=lambda verdict: verdict.share)


def _differs(exercise: Exercise, groups: list[list[Case]], outcomes: list[Outcome]) -> bool:
    """Whether the case that was asked twice got two answers."""
    total = sum(map(len, groups))
    if len(outcomes) <= total:
        return False
    first = outcomes[total - len(groups[-1])]
    return not same(first, outcomes[total], exercise.tolerance)


def _without_ours(exercise: Exercise, verdict: Verdict, outcomes: list[Outcome]) -> Verdict:
    """Say it plainly where the answer leans on the package's own function."""
    if verdict.share > 0 or not any(WITHHELD in outcome.text for outcome in outcomes):
        return verdict
    advice = f"It calls rnncourse.{exercise.name}, which is the function to be written. Write it yourself."
    return Verdict(exercise.name, Status.WRONG, advice, "the package's own function")


def _outcome(found: Any, exercise: Exercise) -> Outcome:
    try:
        ending = Ending(found["ending"])
        values = tuple(unpacked(value) for value in found["values"][: max(1, len(exercise.parts))])
        texts = {name: _text(found[name]) for name in ("text", "error", "line", "printed")}
        changed = tuple(_text(name)[:50] for name in found["changed"][:20])
    except (KeyError, TypeError, ValueError) as error:
        raise AnswerError(f"the answer cannot be read ({type(error).__name__})") from None
    if ending is Ending.RETURNED and len(values) != max(1, len(exercise.parts)):
        raise AnswerError("the answer has not as many parts as the question")
    return Outcome(ending, values, **texts, changed=changed)


# ------------------------------------------------------------------------------------------------------- questions
def _judge_question(question: Question, send: Send) -> Judgement:
    answer = send(AskVariable(question.name))
    if answer.get("absent") is True:
        return Judgement(_absent(question.name), _hit(answer))
    return Judgement(verdicts.judge_answer(question, _value(answer.get("value"))))


class _Other:
    """Stands for a value that is no plain data; shown by the name of its type."""

    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return f"a {self._name}"


def _value(data: Any) -> Any:
    """Numbers, words, lists and dictionaries, as they were before they were sent."""
    if isinstance(data, list):
        return tuple(map(_value, data))
    if isinstance(data, dict):
        if data.get("ellipsis") is True:
            return Ellipsis
        if isinstance(data.get("dictionary"), list):
            pairs = [(_value(pair[0]), _value(pair[1])) for pair in data["dictionary"] if len(pair) == 2]
            return {key: value for key, value in pairs if isinstance(key, str | int | float | bool)}
        return _Other(_text(data.get("other", "value")))
    return _text(data) if isinstance(data, str) else data


# ---------------------------------------------------------------------------------------------------------- models
class RemoteModel:
    """A learner's model as the grader sees it: new inputs go to the sandbox, outputs come back.

    Has what the scores of trained models use: ``predict``, calling it, ``weights`` and ``count_params``.
    """

    def __init__(self, name: str, weights: list[RemoteWeight], send: Send):
        self.weights = weights
        self._name = name
        self._send = send

    def predict(self, inputs: Any, batch_size: int = 32, verbose: int = 0) -> np.ndarray:
        """The outputs for inputs, as ``keras.Model.predict`` gives them."""
        return self._outputs(AskPrediction(self._name, inputs, batch_size))

    def __call__(self, inputs: Any, training: bool = False) -> np.ndarray:
        """The outputs for inputs, as calling a model gives them."""
        return self._outputs(AskPrediction(self._name, inputs))

    def count_params(self) -> int:
        """How many numbers its weights hold."""
        return sum(int(np.prod(weight.shape)) for weight in self.weights)

    def _outputs(self, asked: AskPrediction) -> np.ndarray:
        return unpacked(self._send(asked).get("array"))


class RemoteWeight:
    """One weight of a remote model."""

    def __init__(self, path: str, value: np.ndarray):
        self.path, self.shape, self.ndim = path, value.shape, value.ndim
        self._value = value

    def numpy(self) -> np.ndarray:
        """Its numbers."""
        return self._value


def _judge_training(training: Training, seeds: tuple[int, ...], send: Send) -> Judgement:
    answer = send(AskModel(training.name))
    hit = _hit(answer)
    if answer.get("absent") is True:
        advice = f"There is no {training.name} yet. Train it first."
        return Judgement(Verdict(training.name, Status.NOT_ATTEMPTED, advice), hit)
    if "weights" in answer:
        weights = [RemoteWeight(_text(w["path"]), unpacked(w)) for w in answer["weights"]]
        model: Any = RemoteModel(training.name, weights, send)
    else:
        model = unpacked(answer.get("array"))
    return Judgement(_worst([verdicts.judge_model(training, model, seed, _ask_here) for seed in seeds]), hit)


def _ask_here(call: Call, function: Callable[..., Any], case: Case) -> Outcome:
    """Call a score of ours: what runs long or fails in it is the learner's model, on the other side."""
    try:
        return Outcome(Ending.RETURNED, (np.asarray(function(*case.values()), dtype=float),))
    except LearnersError as error:
        return Outcome(Ending.RAISED, text=str(error))
    except AnswerError:
        raise
    except Exception as error:  # outputs of a shape that no score can read
        return Outcome(Ending.RAISED, text=_text(f"{type(error).__name__}: {error}"))


# ------------------------------------------------------------------------------------------------------ plain data
def unpacked(data: Any) -> np.ndarray:
    """An array that the sandbox has sent, after a look at everything that it claims to be.

    Raises:
        AnswerError: it is not what it says, or too large.
    """
    try:
        dtype, shape, text = data["dtype"], data["shape"], data["data"]
        if dtype not in _DTYPES or not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 16:
            raise ValueError
        size = 1
        for length in shape:
            size *= length
        raw = base64.b64decode(text, validate=True)
        if size > _LARGEST_ARRAY or len(raw) != size * np.dtype(dtype).itemsize:
            raise ValueError
        return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
    except (KeyError, TypeError, ValueError):
        raise AnswerError("the answer holds an array that cannot be read") from None


def encode(asked: Asked) -> bytes:
    """A question as bytes; functions of the exercises travel by value, without what stands around them."""
    return cloudpickle.dumps(asked)


def decode(published: list[str], token: str) -> dict[str, Any]:
    """The answer to the question with this token.

    Raises:
        AnswerError: there is none, or it reports a problem.
    """
    for line in published:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and data.get("token") == token and isinstance(data.get("answer"), dict):
            answer = data["answer"]
            if "problem" in answer:
                raise LearnersError(_text(answer["problem"]))
            return answer
    raise AnswerError("no answer came back")


def new_token() -> str:
    """A word that nobody can guess beforehand."""
    return secrets.token_hex(8)


def practice_and(seed: int) -> tuple[int, ...]:
    """The seeds to try: that of ``check``, and one that no learner has seen."""
    return (PRACTICE_SEED, seed)


def _absent(name: str) -> Verdict:
    return Verdict(
        name, Status.NOT_ATTEMPTED, f"There is no {name}: its cell was not run, or it stopped with an error."
    )


def _hit(answer: dict[str, Any]) -> bool:
    return type(answer.get("withheld")) is int and answer["withheld"] > 0


def _text(value: Any) -> str:
    return readable(value[:_LONGEST_TEXT]) if isinstance(value, str) else ""
