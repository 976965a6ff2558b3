"""Running a learner's notebook in a fresh kernel, and asking for the verdicts there."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import Cell, marked, read, released
from rnncourse.notebooks.kernels import (
    MEDIA_TYPE,
    Kernel,
    KernelEndedError,
    NoKernelError,
    Reply,
    find_kernel,
    start_kernel,
)

CELL_SECONDS = 180.0
_LONGEST_ADVICE = 2000
_PLACE_IN_CELL = re.compile(r"\(\S+\.py, line (\d+)\)")  # a SyntaxError names the kernel's own temporary file


@dataclass(frozen=True)
class CellError:
    """A cell that stopped with an error, or did not finish.

    Attributes:
        number: of the cell, counted from 1.
        mark: nbgrader's name of the cell, or ''.
        error: name of the exception; 'out of time' or 'too much output' for a cell that was interrupted.
        text: its message.
    """

    number: int
    mark: str
    error: str
    text: str

    def __str__(self) -> str:
        return f"{self.error}: {self.text}" if self.text else self.error


@dataclass(frozen=True)
class RunResult:
    """What came of running a learner's notebook.

    Attributes:
        verdicts: one for each exercise of the chapter, in its order.
        errors: cells that stopped, other than graded cells, unsolved exercises and those that a verdict speaks of.
        problem: why the run ended early, or ''.
    """

    verdicts: tuple[Verdict, ...]
    errors: tuple[CellError, ...]
    problem: str = ""


def run(
    path: str | Path,
    chapter: str,
    *,
    cell_seconds: float = CELL_SECONDS,
    on_cell: Callable[[int, int], None] = lambda number, count: None,
) -> RunResult:
    """Run a learner's notebook in a fresh kernel, then check every exercise of the chapter in that kernel.

    Args:
        path: the notebook; it is read, never written.
        chapter: whose exercises to check.
        cell_seconds: time limit for one cell.
        on_cell: told the number of each cell before it runs, and how many there are.

    Returns:
        The verdicts, and the cells that stopped.

    Raises:
        NotebookError: the file cannot be read as a notebook.
        NoKernelError: no kernel can be started, or it has no rnncourse.
    """
    cells = read(path)
    errors: list[CellError] = []
    with start_kernel(Path(path).absolute().parent) as kernel:
        _expect_rnncourse(kernel)
        try:
            _run_cells(kernel, cells, errors, cell_seconds, on_cell)
        except KernelEndedError as error:
            return RunResult((), _worth_showing(errors, []), str(error))
        verdicts, problem = _ask_verdicts(kernel, chapter)
    explained = _explain(verdicts, errors, marked(cells), released(chapter))
    return RunResult(tuple(explained), _worth_showing(errors, verdicts), problem)


def _expect_rnncourse(kernel: Kernel) -> None:
    reply = kernel.execute("__import__('rnncourse.notebooks.runs')", 60)
    if reply.error:
        raise NoKernelError(
            f"The kernel's Python ({find_kernel()}) cannot import rnncourse ({reply.error}: {reply.text}). "
            "Start rnncourse from the environment it is installed in, or try: rnncourse doctor"
        )


def _run_cells(
    kernel: Kernel,
    cells: Sequence[Cell],
    errors: list[CellError],
    seconds: float,
    on_cell: Callable[[int, int], None],
) -> None:
    """Run every code cell; an error ends its own cell only. Graded cells raise by design and are not reported."""
    for number, cell in enumerate(cells, start=1):
        if cell.kind != "code" or not cell.source.strip():
            continue
        on_cell(number, len(cells))
        try:
            reply = kernel.execute(cell.source, seconds)
        except KernelEndedError as error:
            raise KernelEndedError(f"Cell {number} {error}. Nothing after it was run.") from None
        if reply.out_of_time:
            errors.append(CellError(number, cell.mark, "out of time", f"stopped after {seconds:g} s"))
        elif reply.too_much:
            errors.append(CellError(number, cell.mark, "too much output", "stopped: it printed on and on"))
        elif reply.error and not cell.is_test:
            text = _PLACE_IN_CELL.sub(r"(line \1)", reply.text.strip().partition("\n")[0])
            errors.append(CellError(number, cell.mark, reply.error, text))


def _ask_verdicts(kernel: Kernel, chapter: str) -> tuple[list[Verdict], str]:
    """The verdicts, one request for each, so that an answer that ends the kernel costs only those after it."""
    verdicts: list[Verdict] = []
    for exercise in CHAPTERS[chapter]:
        token = secrets.token_hex(8)
        ask = f"__import__('rnncourse.notebooks.runs', fromlist=['publish']).publish({exercise.name!r}, {token!r})"
        try:
            verdicts.append(_verdict(kernel.execute(ask, CELL_SECONDS, token=token), exercise.name))
        except KernelEndedError as error:
            return verdicts, f"Checking {exercise.name} {error}. The exercises after it were not checked."
    return verdicts, ""


def publish(name: str, token: str) -> None:
    """The kernel's side: check one exercise among the learner's variables and send the verdict out.

    Args:
        name: of the exercise.
        token: sent back with the verdict, so that nothing else is taken for it.
    """
    from IPython import get_ipython

    from rnncourse.checking.check import verdict

    shell = get_ipython()
    found = verdict(name, shell.user_ns).to_dict()
    found["advice"] = found["advice"][:_LONGEST_ADVICE]
    shell.display_pub.publish(data={MEDIA_TYPE: json.dumps({"token": token, "verdict": found})})


def _verdict(reply: Reply, name: str) -> Verdict:
    if reply.published:
        return Verdict.from_dict(json.loads(reply.published[0])["verdict"])
    reason = "It did not finish in time." if reply.out_of_time else f"{reply.error}: {reply.text}"
    return Verdict(name, Status.WRONG, f"It could not be checked. {reason[:_LONGEST_ADVICE]}")


def _worth_showing(errors: Sequence[CellError], verdicts: Sequence[Verdict]) -> tuple[CellError, ...]:
    """Cells that stopped, without the unsolved ones and those that a verdict speaks of."""
    unanswered = {verdict.exercise for verdict in verdicts if verdict.status is Status.NOT_ATTEMPTED}
    return tuple(e for e in errors if e.error != NotImplementedError.__name__ and e.mark not in unanswered)


def _explain(
    verdicts: Sequence[Verdict],
    errors: Sequence[CellError],
    cells: Mapping[str, Cell],
    released: Mapping[str, Cell],
) -> list[Verdict]:
    """Say more where there is no answer: the cell stopped with an error, was deleted, or is as it was released."""
    stopped = {error.mark: error for error in errors if error.error != NotImplementedError.__name__}
    explained = []
    for verdict in verdicts:
        name = verdict.exercise
        if verdict.status is Status.NOT_ATTEMPTED:
            if name in stopped:
                where = f"Its cell ({stopped[name].number}) stopped with {stopped[name]}"
                verdict = Verdict(name, Status.WRONG, where)
            elif name in released and name not in cells:
                verdict = replace(verdict, advice="Its cell is not in the notebook.")
            elif name in released and cells[name].source == released[name].source:
                verdict = replace(verdict, advice="")
        explained.append(verdict)
    return explained
