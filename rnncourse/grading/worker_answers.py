"""What a worker of a cluster sends back: JSON, believed only as far as it fits what was asked.

A worker can be another's machine, or run another version of this package. Nothing of its answer is executed, and
nothing of it decides whose grade it is: student, chapter, cells and exercises are those of the submission that it got.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

from rnncourse.grading.outputs import plain_output
from rnncourse.grading.runs import Result, has_failed, own_outputs
from rnncourse.grading.submissions import Submission
from rnncourse.notebooks.files import OWN_TEST, Cell

LARGEST_ANSWER = 64 * 1024**2
_MOST_LINES = 1000
_LONGEST_LINE = 100_000


class LieError(ValueError):
    """An answer that does not fit the question; the message says what was got and what was asked for."""


class CannotGradeError(RuntimeError):
    """The worker says that it cannot grade, and why."""


def encode(result: Result) -> bytes:
    """A result as a worker sends it."""
    return json.dumps(result.to_dict(), ensure_ascii=False).encode("utf-8", "surrogatepass")


def refusal(reason: str) -> bytes:
    """What a worker sends that cannot grade."""
    return json.dumps({"cannot": reason}).encode()


def decode(answer: object, submission: Submission) -> Result:
    """The result of a submission from what a worker sent.

    Args:
        answer: what came.
        submission: what it was asked for.

    Raises:
        LieError: the answer does not fit the submission.
        CannotGradeError: the worker says so.
    """
    data = _data(answer)
    if set(data) == {"cannot"}:
        raise CannotGradeError(str(data["cannot"])[:_LONGEST_LINE])
    try:
        result = Result.from_dict(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LieError(f"It is no result: {type(error).__name__}: {error}") from None
    for name in ("student", "chapter", "fingerprint"):
        _expect(name, getattr(result, name), getattr(submission, name))
    _expect_plain(result)
    _expect_verdicts(result, submission)
    _expect_own(result, submission)
    result.worth, result.own_worth = submission.worth, submission.own_worth
    result.cards = submission.cards
    result.cells = _cells(result, submission.cells)
    return result


def _data(answer: object) -> dict[str, Any]:
    if not isinstance(answer, bytes):
        raise LieError(f"It is of type {type(answer).__name__}, expected bytes.")
    if len(answer) > LARGEST_ANSWER:
        raise LieError(f"It has {len(answer)} bytes, expected at most {LARGEST_ANSWER}.")
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise LieError(f"It is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise LieError(f"It is a {type(data).__name__}, expected an object.")
    return data


def _expect(what: str, got: object, asked: object) -> None:
    if got != asked:
        raise LieError(f"Its {what} is {got!r:.200}, asked for was {asked!r:.200}.")


def _expect_that(fits: bool, otherwise: str) -> None:
    if not fits:
        raise LieError(f"Its {otherwise}.")


def _expect_plain(result: Result) -> None:
    """Texts are texts, numbers are numbers, and not without end."""
    for name in ("remarks", "look"):
        lines = getattr(result, name)
        texts = isinstance(lines, list) and len(lines) <= _MOST_LINES and all(map(_is_text, lines))
        _expect_that(texts, f"{name} are no list of texts")
    for name in ("log", "fault"):
        _expect_that(_is_text(getattr(result, name)), f"{name} is no text")
    for name in ("seconds", "cpu_seconds", "memory"):
        _expect_that(_is_number(getattr(result, name)), f"{name} is no number")


def _expect_verdicts(result: Result, submission: Submission) -> None:
    """One verdict for each exercise that was asked; none where a fault kept it from being graded."""
    asked = [task.name for task in submission.tasks]
    got = sorted(str(verdict.exercise) for verdict in result.verdicts)
    _expect("list of exercises", got, [] if result.fault else sorted(asked))
    for verdict in result.verdicts:
        fair = _is_number(verdict.share) and verdict.share <= 1
        _expect_that(fair, f"share of {verdict.exercise} is {verdict.share!r:.200}, expected 0 to 1")
        words = _is_text(verdict.advice) and (verdict.mistake is None or _is_text(verdict.mistake))
        _expect_that(words, f"advice on {verdict.exercise} is no text")


def _expect_own(result: Result, submission: Submission) -> None:
    """Points for the instructor's own tests, as far as they ran, and no more than these are worth."""
    _expect_that(isinstance(result.own, dict), "points for the instructor's own tests are no object")
    tests = {cell.mark for cell in submission.cells if cell.own == OWN_TEST} if result.cells else set()
    _expect("list of the instructor's own tests", sorted(result.own), sorted(tests))
    for mark, points in result.own.items():
        fair = _is_number(points) and points <= submission.own_worth[mark]
        _expect_that(fair, f"points for {mark} are {points!r:.200}, expected 0 to {submission.own_worth[mark]:g}")


def _cells(result: Result, asked: tuple[Cell, ...]) -> list[Cell]:
    """The cells that were sent, with the outputs that came; none of them where the submission was not run."""
    if not result.cells:
        return []
    _expect("number of cells", len(result.cells), len(asked))
    for number, (theirs, ours) in enumerate(zip(result.cells, asked, strict=True), start=1):
        _expect(f"cell {number}", replace(theirs, outputs=()), replace(ours, outputs=()))
    return [
        replace(ours, outputs=tuple(_outputs_of(theirs, result)))
        for theirs, ours in zip(result.cells, asked, strict=True)
    ]


def _outputs_of(cell: Cell, result: Result) -> list[dict[str, Any]]:
    """The outputs of a cell; what a test of the instructor's own is worth is said by the points that came, once."""
    if cell.own != OWN_TEST:
        return [_output(output) for output in cell.outputs]
    shown = [_output(output) for output in cell.outputs if not _is_value(output)]
    if any(map(has_failed, shown)):
        result.own[cell.mark] = 0.0
    return own_outputs(shown, result.own[cell.mark], "")


def _is_value(output: object) -> bool:
    return isinstance(output, dict) and output.get("output_type") == "execute_result"


def _output(output: object) -> dict[str, Any]:
    if not isinstance(output, dict) or output.get("output_type") not in {"stream", "error", "display_data"}:
        raise LieError("Its cells have an output that is none of a notebook.")
    return plain_output(output)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_LINE


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
