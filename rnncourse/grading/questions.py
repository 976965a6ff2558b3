"""The grader's side of a question: inputs go into the sandbox, plain data comes back, and only here is it compared.

What comes back was written by a process in which a learner's code runs, so nothing in it is believed: types, sizes and
shapes are checked, text is cut, and no pickle is ever read.
"""

from __future__ import annotations

import base64
import functools
import hmac
import importlib
import pkgutil
import re
import secrets
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cloudpickle
import numpy as np

import rnncourse
from rnncourse import exercises
from rnncourse.checking import verdicts
from rnncourse.checking.calls import Ending, Outcome, put_to_work, with_article
from rnncourse.checking.check import example
from rnncourse.checking.comparing import same
from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.exercises.definitions import (
    PRACTICE_SEED,
    Call,
    Case,
    Design,
    Exercise,
    Question,
    Task,
    Training,
    call_with_case,
)
from rnncourse.grading.outputs import readable
from rnncourse.grading.sandbox.asked import Asked, AskFunction, AskModel, AskPrediction, AskVariable
from rnncourse.grading.sandbox.inside import WITHHELD
from rnncourse.notebooks import bounded

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
    """What of the package answers an exercise by itself: ``module:name`` of functions and classes.

    Whatever calls one of these is of no use either, and need not be named.
    """
    if not isinstance(task, Exercise):
        return []
    found = {f"{task.reference.__module__}:{task.reference.__name__}"}
    twins = [name for name in (task.name, f"{task.name}_tensorflow") if name in dir(rnncourse)]
    for name in (*twins, *task.withheld):
        inner = ":" in name
        found.add(f"rnncourse.{name}" if inner else f"{getattr(rnncourse, name).__module__}:{name}")
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
    call, given = _asked(exercise, cases)
    answer = send(AskFunction(exercise.name, call, given))
    hit = _hit(answer)
    if answer.get("absent") is True:
        return Judgement(_absent(exercise.name), hit)
    if "not callable" in answer:
        return Judgement(verdicts.not_a_function(exercise, _text(answer["not callable"])), hit)
    outcomes = _outcomes(answer.get("outcomes"), call, len(cases))
    with _comparing:
        outcomes = [put_to_work(exercise.as_call(), *pair) for pair in zip(outcomes, cases, strict=False)]
    verdict = _least(_on_group(exercise, *part) for part in _split(seeds, groups, outcomes))
    unsettled = _differs(exercise, groups, outcomes)
    if unsettled and verdict.share > 0:
        advice = f"{exercise.name} gave two answers to the same question: it must not depend on time or chance."
        return Judgement(Verdict(exercise.name, Status.WRONG, advice), hit, f"{exercise.name} answers by chance")
    needs = hit and any(outcome.ending is not Ending.RETURNED for outcome in outcomes)
    return Judgement(_without_ours(exercise, verdict, outcomes), needs)


def _split(
    seeds: tuple[int, ...], groups: list[list[Case]], outcomes: list[Outcome]
) -> list[tuple[int, list[Case], list[Outcome]]]:
    """The seed, the cases and the outcomes of each group; those after one that never ended are not there."""
    found, start = [], 0
    for seed, group in zip(seeds, groups, strict=True):
        part = outcomes[start : start + len(group)]
        if part:
            found.append((seed, group, part))
        start += len(group)
    return found


def _on_group(exercise: Exercise, seed: int, cases: list[Case], outcomes: list[Outcome]) -> Verdict:
    with _comparing:
        return verdicts.judge_outcomes(exercise, cases, outcomes, hidden=seed != PRACTICE_SEED)


def _least(found: Iterable[Verdict]) -> Verdict:
    """The first of the smallest share. After nothing there is no less, and the rest is not judged: it takes time."""
    least = None
    for verdict in found:
        least = verdict if least is None or verdict.share < least.share else least
        if least.share == 0:
            break
    assert least is not None
    return least


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
    advice = (
        f"It calls rnncourse.{exercise.name}, or another of the package's that does the same: that is the function to "
        "be written. Write it yourself."
    )
    return Verdict(exercise.name, Status.WRONG, advice, "the package's own function")


def _asked(exercise: Exercise, cases: tuple[Case, ...]) -> tuple[Call, tuple[Case, ...]]:
    """What goes to the learner's side: of a design no word on what it is put to work on, nor how."""
    call = exercise.as_call()
    if not isinstance(call.how, Design):
        return call, cases
    return replace(call, how=call_with_case, parts=call.how.pieces), tuple(map(call.how.given, cases))


def _outcomes(found: Any, call: Call, asked: int) -> list[Outcome]:
    """One outcome for each case that was asked; fewer only where the last one says why no more was asked.

    Raises:
        AnswerError: there are too many, or some are missing.
    """
    if not isinstance(found, list) or not found:
        raise AnswerError("the answer holds no outcomes")
    if len(found) > asked:
        raise AnswerError(f"the answer holds {len(found)} outcomes of {asked} cases")
    outcomes = [_outcome(each, max(1, len(call.parts))) for each in found]
    *before, last = (outcome.ending.ends_it_all for outcome in outcomes)
    if any(before) or (len(found) < asked and not last):
        raise AnswerError(f"the answer holds {len(found)} outcomes of {asked} cases, and none says why there it ended")
    return outcomes


def _outcome(found: Any, wanted: int) -> Outcome:
    try:
        ending = Ending(found["ending"])
        sent = found["values"] if ending is Ending.RETURNED else []
        texts: dict[str, Any] = {name: _text(found[name]) for name in ("text", "error", "line", "printed")}
        changed = tuple(_text(name)[:50] for name in found["changed"][:20])
        if ending is Ending.RETURNED and len(sent) != wanted:
            raise AnswerError("the answer has not as many parts as the question")
        return Outcome(ending, tuple(unpacked(value) for value in sent), **texts, changed=changed)
    except (KeyError, TypeError, ValueError) as error:
        raise AnswerError(f"the answer cannot be read ({type(error).__name__})") from None


# ------------------------------------------------------------------------------------------------------- questions
def _judge_question(question: Question, send: Send) -> Judgement:
    answer = send(AskVariable(question.name))
    if answer.get("absent") is True:
        return Judgement(_absent(question.name), _hit(answer))
    return Judgement(verdicts.judge_answer(question, _value(answer.get("value"))))


class _Other:
    """Stands for a value that is no plain data; shown by the name of its type, and equal to nothing."""

    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return with_article(self._name)


def _value(data: Any) -> Any:
    """Numbers, words, lists and dictionaries, as they were before they were sent; a dictionary's keys are words.

    Raises:
        AnswerError: they are not what the kernel's side sends.
    """
    if isinstance(data, list):
        return tuple(map(_value, data))
    if not isinstance(data, dict):
        return _text(data) if isinstance(data, str) else data
    if data.get("ellipsis") is True:
        return Ellipsis
    if "dictionary" not in data:
        return _Other(_text(data.get("other")) or "value")
    pairs = data["dictionary"]
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise AnswerError("the answer holds a dictionary that cannot be read")
    return {_text(key): _value(value) for key, value in pairs if isinstance(key, str)}


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
        model: Any = RemoteModel(training.name, _weights(answer["weights"]), send)
    else:
        model = unpacked(answer.get("array"))
    return Judgement(_least(verdicts.judge_model(training, model, seed, _ask_here) for seed in seeds), hit)


def _weights(found: Any) -> list[RemoteWeight]:
    if not isinstance(found, list) or not all(isinstance(weight, dict) for weight in found):
        raise AnswerError("the answer holds weights that cannot be read")
    return [RemoteWeight(_text(weight.get("path")), unpacked(weight)) for weight in found]


def _ask_here(call: Call, function: Callable[..., Any], case: Case) -> Outcome:
    """Call a score of ours: what runs long or fails in it is the learner's model, on the other side.

    Only an error that does not come from there has a name in the outcome: it may be a fault of ours.
    """
    try:
        return Outcome(Ending.RETURNED, (np.asarray(function(*case.values()), dtype=float),))
    except LearnersError as error:
        return Outcome(Ending.RAISED, text=str(error))
    except AnswerError:
        raise
    except Exception as error:  # outputs of a shape that no score can read
        name = type(error).__name__
        return Outcome(Ending.RAISED, text=_text(f"{name}: {error}"), error=name)


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


def decode(published: Sequence[str], token: str) -> dict[str, Any]:
    """The answer to the question with this token.

    Raises:
        AnswerError: there is none, there are several, or it reports a problem.
    """
    answers = []
    for line in published:
        try:
            data = bounded.loads(line)
        except ValueError:
            continue
        if isinstance(data, dict) and data.get("token") == token and isinstance(data.get("answer"), dict):
            answers.append(data["answer"])
    if not answers:
        raise AnswerError("no answer came back")
    if len(answers) > 1:
        raise AnswerError(f"{len(answers)} answers came back to one question")
    if "problem" in answers[0]:
        raise LearnersError(_text(answers[0]["problem"]))
    return answers[0]


def examples(sources: Iterable[str]) -> dict[str, bytes]:
    """What ``example`` gives while a notebook with these sources is graded, by the name of the exercise.

    These are arguments that every learner sees, and no answers: those of the exercises that the sources name.
    """
    words = {word for source in sources for word in re.findall(r"\w+", source)}
    tasks = [task for tasks in CHAPTERS.values() for task in tasks if isinstance(task, Exercise) and task.name in words]
    return {task.name: _example(task.name) for task in tasks} if "example" in words else {}


@functools.cache
def _example(name: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras stores the weights of a model in NumPy's old way
        return cloudpickle.dumps(example(name))


def new_token() -> str:
    """A word that nobody can guess beforehand."""
    return secrets.token_hex(8)


def seeds_for(task: Task, salt: int, submission: str) -> tuple[int, ...]:
    """The seeds to try: that of ``check``, and one that no learner has seen.

    The second is a function's own for every submission: what comes to light while one is graded helps no other, not
    even the next of the same learner. Models of a class are all measured on the same inputs, which are no secret.

    Args:
        task: what is asked for.
        salt: the course's secret.
        submission: the fingerprint of what was handed in.
    """
    words = "" if isinstance(task, Training) else f"{task.name}\0{submission}"
    digest = hmac.digest(str(salt).encode(), words.encode(), "sha256")
    return (PRACTICE_SEED, PRACTICE_SEED + 1 + int.from_bytes(digest[:4]) // 4)


def _absent(name: str) -> Verdict:
    return Verdict(
        name, Status.NOT_ATTEMPTED, f"There is no {name}: its cell was not run, or it stopped with an error."
    )


def _hit(answer: dict[str, Any]) -> bool:
    return type(answer.get("withheld")) is int and answer["withheld"] > 0


def _text(value: Any) -> str:
    return readable(value[:_LONGEST_TEXT]) if isinstance(value, str) else ""
