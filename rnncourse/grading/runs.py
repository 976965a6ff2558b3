"""Running one submission in the sandbox, and judging it outside.

A submission is run with the package's own versions of all the chapter's exercises taken out. Where an honest answer
leans on one of the others (``rnncourse.sigmoid`` in ``lstm_step``), that answer is asked for once more, with only its
own taken out. So no answer is ever taken from a process in which the function asked for exists.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop, run_sync

from rnncourse.checking.verdicts import Status, Verdict, judge_stage
from rnncourse.exercises import CHAPTERS, Stage, Task, find
from rnncourse.grading import cards, questions
from rnncourse.grading.needed_cells import cells_to_run
from rnncourse.grading.outputs import note, plain_output
from rnncourse.grading.questions import AnswerError, Judgement, NoAnswerError
from rnncourse.grading.sandbox import place
from rnncourse.grading.sandbox.asked import Asked
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.provisioner import NAME, Confinement, SandboxProvisioner, SandboxSpecManager
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import Submission
from rnncourse.notebooks.files import OWN_TEST, TEST_SUFFIX, Cell
from rnncourse.notebooks.kernels import LARGEST_MESSAGE, Kernel, KernelEndedError, Reply
from rnncourse.project import Card

#: Messages of a kernel's that wait in this process, which are few because each may be large.
_MOST_MESSAGES = 4
_READY_SECONDS = 30.0
#: Characters of output that each cell may have, however much others have printed before it.
_LEAST_OUTPUT = 20_000
_QUESTION_SECONDS = 30.0
#: A pass over a submission is not begun with less time than this.
_LEAST_SECONDS = 5.0
_ASK = "__import__('rnncourse.grading.sandbox.inside', fromlist=['answer']).answer({path!r}, {token!r})"


@dataclass
class Result:
    """What came of one submission: all that the gradebook needs.

    Attributes:
        student, chapter, fingerprint: of the submission.
        verdicts: one for each exercise, in the order of the chapter.
        cells: what was run, with its outputs.
        remarks: what was mended in the notebook.
        look: why a person should look at it; empty for nearly all.
        seconds, cpu_seconds, memory: what it took; memory in megabytes.
        log: the last words of a kernel that ended before its time; of a fault, its traceback.
        fault: what kept it from being graded, where that was no doing of the learner's; '' for all that are graded.
            With a fault nothing is known of the answers: there are no verdicts, and no points to show.
        worth: points of each exercise that was asked for; None for those of the package.
        own_worth: points of each graded cell that the instructor has added.
        own: points earned at the instructor's own tests. They ran in the process of the answers: a learner's code can
            forge them.
        cards: the cards of a learner's project, as JSON, by the exercise that each answers.
    """

    student: str
    chapter: str
    fingerprint: str
    verdicts: list[Verdict]
    cells: list[Cell]
    remarks: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    log: str = ""
    fault: str = ""
    worth: dict[str, float] | None = None
    own_worth: dict[str, float] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        verdicts = [verdict.to_dict() for verdict in self.verdicts]
        return {**vars(self), "verdicts": verdicts, "cells": [_kept(cell) for cell in self.cells]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """From the data of ``to_dict``.

        Raises:
            ValueError, KeyError, TypeError: they are not such data.
        """
        verdicts = [Verdict.from_dict(verdict) for verdict in data["verdicts"]]
        return cls(**{**data, "verdicts": verdicts, "cells": [_cell_from(cell) for cell in data["cells"]]})

    @property
    def points(self) -> float:
        """Points earned, but for what a person grades."""
        worth = self.worth or {}
        earned = [find(v.exercise).earned(v.share, worth.get(v.exercise)) for v in self.verdicts]
        return sum(earned) + sum(self.own.values())

    @property
    def possible(self) -> float:
        """Points that are to be had, what a person grades included."""
        usual = {task.name: float(task.points) for task in CHAPTERS.get(self.chapter, ())}
        return sum((usual if self.worth is None else self.worth).values()) + sum(self.own_worth.values())


def _kept(cell: Cell) -> dict[str, Any]:
    """A cell as it is kept in the folder ``.grading`` since its first version."""
    kept: dict[str, Any] = {"kind": cell.kind, "source": cell.source, "answers": cell.answers, "asks": cell.asks}
    kept |= {"mark": cell.mark, "own": cell.own} if cell.own else {}
    kept |= {"attachments": cell.attachments} if cell.attachments else {}
    return {**kept, "original": cell.original, "outputs": list(cell.outputs)}


def _cell_from(kept: dict[str, Any]) -> Cell:
    mark = kept["asks"] + TEST_SUFFIX if kept["asks"] else kept["answers"]
    outputs, attachments = tuple(kept["outputs"]), kept.get("attachments", {})
    mark, own = kept.get("mark", mark), kept.get("own", "")
    return Cell(kept["kind"], kept["source"], mark, kept["original"], outputs, attachments, own)


class JudgingError(RuntimeError):
    """Answers came back and could not be judged: a fault of ours."""


@dataclass
class _Run:
    """One pass over the cells of a submission, in one kernel."""

    outputs: list[list[dict[str, Any]]]
    fingerprint: str = ""
    judged: dict[str, Judgement] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    ended: str = ""
    log: str = ""
    cpu: float = 0.0
    memory: int = 0

    def is_judged(self, name: str) -> bool:
        """Whether nobody has to be asked for the answer to an exercise any more."""
        return name in self.judged or name in self.faults

    def take(self, index: int, cell: Cell, source: str, outputs: list[dict[str, Any]]) -> None:
        """Note what came of a cell; where only a part of it was run, what the learner's file has of it stays."""
        if source == cell.source or not cell.outputs:
            self.outputs[index] = outputs

    def take_own_from(self, run: _Run, submission: Submission) -> None:
        """Take over what the instructor's own tests gave in another pass; one that was not reached earns nothing."""
        self.ended = self.ended or run.ended
        for index, cell in enumerate(submission.cells):
            if cell.own == OWN_TEST:
                self.own[cell.mark] = run.own.get(cell.mark, 0.0)
                why = "" if cell.mark in run.own else f"It was not run: before it, the notebook {run.ended or 'ended'}."
                self.outputs[index] = own_outputs(run.outputs[index], self.own[cell.mark], why)


class Runner:
    """Runs submissions one after the other in kernels of one nursery.

    Args:
        nursery: what forks the kernels.
        slot: its number among the runners of this nursery.
        limits: what a submission may use.
        seed: the course's secret, which chooses the cases that no learner has seen.
    """

    def __init__(self, nursery: Nursery, slot: int, limits: Limits, seed: int):
        self._nursery = nursery
        self._slot = slot
        self._limits = limits
        self._seed = seed

    def close(self) -> None:
        """Leave the place of the last kernel, if it was not left."""
        self._nursery.leave_place(self._slot)

    def result_of(self, submission: Submission) -> Result:
        """Run a submission and judge every exercise of its chapter. Whatever it does, there is a result.

        Raises:
            SandboxError: no sandbox can be made; the submission is not to blame.
            JudgingError: an answer could not be judged, which is no fault of the learner's either.
        """
        began = time.monotonic()
        if submission.problem:
            return not_run(submission, submission.problem)
        try:
            result = self._judged(submission)
        finally:
            ensure_event_loop().close()  # jupyter_client makes one for each thread that talks to a kernel
        result.seconds = round(time.monotonic() - began, 3)
        return result

    def _judged(self, submission: Submission) -> Result:
        until = time.monotonic() + self._limits.seconds
        run = _begun(submission)
        if not (submission.is_project and all(run.is_judged(task.name) for task in submission.tasks)):
            run = self._run(submission, self._withheld(submission.tasks), None, until)
        runs = [run]
        for name in self._to_ask_again(submission.tasks, run):
            runs += self._ask_again(submission, run, name, until)
        _expect_no_faults(run)
        if any(cell.own == OWN_TEST for cell in submission.cells):
            runs.append(self._run(submission, [], None, until, own=True))
            run.take_own_from(runs[-1], submission)
        result = self._result(submission, run)
        result.cpu_seconds = round(sum(each.cpu for each in runs), 3)
        result.memory = max(each.memory for each in runs)
        result.log = run.log
        return result

    def _ask_again(self, submission: Submission, run: _Run, name: str, until: float) -> list[_Run]:
        """Ask for one exercise in a kernel that has all but its own functions, if there is time for that."""
        if until - time.monotonic() > _LEAST_SECONDS:
            try:
                again = self._run(submission, questions.withheld_names(find(name)), name, until)
            except SandboxError:
                if until - time.monotonic() > _LEAST_SECONDS:
                    raise  # it had the time to start
            else:
                run.faults |= again.faults
                if name in again.judged:
                    run.judged[name] = again.judged[name]
                if name in again.judged or again.faults:
                    return [again]
        run.judged[name].look = f"There was no time left to ask {name} with the package's functions that it uses."
        return []

    def _withheld(self, tasks: Sequence[Task]) -> list[str]:
        return sorted({name for task in tasks for name in questions.withheld_names(task)})

    def _to_ask_again(self, tasks: Sequence[Task], run: _Run) -> list[str]:
        """Exercises that failed for want of a function which is another exercise's."""
        return [
            exercise.name
            for exercise in tasks
            if exercise.name in run.judged
            and run.judged[exercise.name].withheld
            and run.judged[exercise.name].verdict.share == 0
            and len(self._withheld(tasks)) > len(questions.withheld_names(exercise))
        ]

    # -------------------------------------------------------------------------------------------------- one kernel
    def _run(
        self, submission: Submission, withheld: list[str], only: str | None, until: float, own: bool = False
    ) -> _Run:
        """One pass in a fresh kernel; with ``only``, up to the question for that exercise.

        With ``own`` no exercise is asked for, and the instructor's own tests are run, as nbgrader runs them. The
        nursery ends the kernel when the time of the submission is up (``until``, by the monotonic clock).
        """
        run = _begun(submission)
        limits = replace(self._limits, seconds=max(_LEAST_SECONDS, until - time.monotonic()))
        confinement = Confinement(self._nursery, self._slot, limits, tuple(withheld), submission.files)
        with self._kernel(confinement) as (kernel, manager):
            _write_examples(submission, confinement.folder / "in" / "examples")
            try:
                if own:
                    self._run_own(kernel, submission, run)
                else:
                    self._run_cells(kernel, submission, run, only, confinement)
            except KernelEndedError as error:
                run.ended = self._why(manager.provisioner.state()["why"]) or str(error)
                run.log = place.last_words(confinement.folder)
            state = manager.provisioner.state()
            run.cpu, run.memory = state.get("cpu", 0.0), state.get("peak", 0)
        return run

    def _why(self, told: str) -> str:
        """Why a kernel was ended; it may have had what other passes had left of the time."""
        return f"took longer than {self._limits.seconds:g} s in all" if told.startswith("took longer") else told

    @contextmanager
    def _kernel(self, confinement: Confinement) -> Iterator[tuple[Kernel, Any]]:
        """A kernel that answers, in a context of its own: whatever fails, its sockets and all else of it are closed."""
        with ExitStack() as opened:
            context = _context()
            opened.callback(context.destroy, linger=0)
            manager = KernelManager(kernel_name=NAME, kernel_spec_manager=SandboxSpecManager(), context=context)
            opened.callback(manager.shutdown_kernel, now=True)
            try:
                manager.start_kernel(confinement=confinement)
                provisioner = manager.provisioner
                assert isinstance(provisioner, SandboxProvisioner)
                run_sync(provisioner.wait_for_sockets)()
                client = manager.blocking_client()
                opened.callback(client.stop_channels)
                client.start_channels(stdin=False, hb=False, control=False)  # on which it could send what nobody reads
                kernel = Kernel(manager, client, provisioner.waits)
                _expect_answers(kernel)
                yield kernel, manager
            except RuntimeError as error:
                if isinstance(error, KernelEndedError | SandboxError):
                    raise
                raise SandboxError(f"A kernel in the sandbox does not answer: {error}") from None

    def _run_cells(
        self, kernel: Kernel, submission: Submission, run: _Run, only: str | None, confinement: Confinement
    ) -> None:
        left = self._limits.output_bytes
        sources = _to_run(submission, [cell for cell in submission.cells if cell.own != OWN_TEST])
        least = min(_LEAST_OUTPUT, left // max(1, len(sources)))
        last = max((index for index, cell in enumerate(submission.cells) if cell.asks), default=-1)
        for index, cell in enumerate(submission.cells):
            if cell.kind != "code" or cell.own == OWN_TEST or (cell.original and index > last):
                continue
            if cell.asks:
                if only in (None, cell.asks) and not run.is_judged(cell.asks):
                    self._judge(kernel, cell.asks, confinement, run)
                if cell.asks == only:
                    return
            elif sources[id(cell)].strip():
                reply = kernel.execute(sources[id(cell)], self._limits.cell_seconds, keep=max(left, least))
                left -= reply.kept
                run.take(index, cell, sources[id(cell)], _shown(reply, self._limits))

    def _run_own(self, kernel: Kernel, submission: Submission, run: _Run) -> None:
        """Run the learner's cells and the instructor's own tests in their order, and read the points off these."""
        sources, left = _to_run(submission, submission.cells), self._limits.output_bytes
        for index, cell in enumerate(submission.cells):
            source = sources.get(id(cell), "")
            if source.strip():
                most = self._limits.output_bytes if cell.own == OWN_TEST else max(left, _LEAST_OUTPUT)
                reply = kernel.execute(source, self._limits.cell_seconds, keep=most)
                left -= reply.kept
                run.take(index, cell, source, _shown(reply, self._limits))
                if cell.own == OWN_TEST:
                    run.own[cell.mark] = own_points(reply, submission.own_worth[cell.mark])

    def _judge(self, kernel: Kernel, name: str, confinement: Confinement, run: _Run) -> None:
        """Ask for one exercise and judge the answer. A fault of ours is noted, and the next exercise is asked for."""
        try:
            run.judged[name] = self._judgement(kernel, name, confinement, run.fingerprint)
        except (KernelEndedError, SandboxError):
            raise
        except Exception as error:
            run.faults[name] = error

    def _judgement(self, kernel: Kernel, name: str, confinement: Confinement, fingerprint: str) -> Judgement:
        """What is found of one answer; what cannot be read is wrong."""

        def send(asked: Asked) -> dict[str, Any]:
            token = questions.new_token()
            path = confinement.folder / "in" / f"{token}.question"
            path.write_bytes(questions.encode(asked))
            inside = str(confinement.inner(path))
            seconds = max(self._limits.cell_seconds, min(asked.seconds, _QUESTION_SECONDS))
            reply = kernel.execute(_ASK.format(path=inside, token=token), seconds, token=token)
            path.unlink()
            if reply.out_of_time:
                raise NoAnswerError(f"It did not finish within {seconds:g} s.")
            return questions.decode(reply.published, token)

        try:
            task = find(name)
            return questions.ask_and_judge(task, questions.seeds_for(task, self._seed, fingerprint), send)
        except NoAnswerError as error:
            return Judgement(Verdict(name, Status.WRONG, f"{error} Is there a loop that never ends?"))
        except AnswerError as error:
            advice = f"{name} could not be asked: {error}."
            return Judgement(Verdict(name, Status.WRONG, advice), look=advice)

    # ------------------------------------------------------------------------------------------------------ results
    def _result(self, submission: Submission, run: _Run) -> Result:
        verdicts, look = [], []
        for exercise in submission.tasks:
            judged = run.judged.get(exercise.name)
            if judged is None:
                advice = f"It was not asked: before it, the notebook {run.ended or 'ended'}."
                judged = Judgement(Verdict(exercise.name, Status.NOT_ATTEMPTED, advice))
            verdicts.append(judged.verdict)
            if judged.look:
                look.append(judged.look)
        if run.ended:
            look.append(f"The notebook {run.ended}.")
        cells = [replace(cell, outputs=tuple(o)) for cell, o in zip(submission.cells, run.outputs, strict=True)]
        return Result(
            submission.student, submission.chapter, submission.fingerprint, verdicts, cells,
            list(submission.remarks), look, worth=submission.worth, own_worth=submission.own_worth, own=run.own,
            cards=submission.cards,
        )  # fmt: skip


def _expect_no_faults(run: _Run) -> None:
    """Raise what went wrong on our side while answers were judged, the first of them as the cause."""
    if run.faults:
        first = next(iter(run.faults.values()))
        raise JudgingError(f"{', '.join(run.faults)} cannot be judged: {type(first).__name__}: {first}") from first


def _context() -> zmq.Context:
    """What the sockets to a kernel are made in: bounded, and nothing waits for one that is gone."""
    context = zmq.Context()
    context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
    context.setsockopt(zmq.RCVHWM, _MOST_MESSAGES)
    context.setsockopt(zmq.RECONNECT_IVL, -1)
    context.setsockopt(zmq.LINGER, 0)
    return context


def _expect_answers(kernel: Kernel) -> None:
    """Wait for a new kernel; nothing of a learner's has run in it."""
    try:
        kernel.wait_until_ready(_READY_SECONDS)
    except KernelEndedError as error:
        raise SandboxError(f"A kernel in the sandbox {error}.") from None


def _write_examples(submission: Submission, folder: Path) -> None:
    """Put what ``example`` reads where the kernel finds it."""
    folder.mkdir()
    for name, content in questions.examples(cell.source for cell in submission.cells if not cell.asks).items():
        (folder / name).write_bytes(content)


def not_run(submission: Submission, reason: str) -> Result:
    """The result of a submission that could not be run: no points, the reason, and a person's look."""
    verdicts = [Verdict(task.name, Status.NOT_ATTEMPTED, reason) for task in submission.tasks]
    return Result(
        submission.student, submission.chapter, submission.fingerprint, verdicts, [], [], [reason],
        worth=submission.worth, own_worth=submission.own_worth,
    )  # fmt: skip


def _to_run(submission: Submission, cells: Sequence[Cell]) -> dict[int, str]:
    """What is to be run of each code cell that asks for no exercise, by the cell's identity.

    What a card answers is read from the card. All else of a project is run where something that is graded needs it.
    """
    is_project = submission.is_project
    code = [cell for cell in cells if cell.kind == "code" and not cell.asks]
    spared = [cell.original or (is_project and not cell.mark) for cell in code]
    sources = cells_to_run([_source(submission, cell) for cell in code], spared, in_doubt=not is_project)
    return {id(cell): source for cell, source in zip(code, sources, strict=True)}


def _source(submission: Submission, cell: Cell) -> str:
    if cell.answers in submission.cards:
        return cards.literal(cell.answers, submission.cards[cell.answers])
    return "" if cell.answers in submission.without_card else cell.source


def _begun(submission: Submission) -> _Run:
    """A pass in which cards are judged: they are data, and no kernel has to be asked. A fault of ours is noted."""
    run = _Run([list(cell.outputs) for cell in submission.cells], submission.fingerprint)
    for name, text in submission.cards.items():
        try:
            stage = find(name)
            assert isinstance(stage, Stage)
            run.judged[name] = Judgement(judge_stage(stage, Card.read(text)))
        except Exception as error:
            run.faults[name] = error
    for name, why in submission.without_card.items():
        look = "" if why == cards.UNTOUCHED else f"{name}: {why}"
        run.judged[name] = Judgement(Verdict(name, Status.NOT_ATTEMPTED, why), look=look)
    return run


def has_failed(output: dict[str, Any]) -> bool:
    """Whether nbgrader takes an output of a test for a failure: an error, or anything on stderr."""
    return bool(output["output_type"] == "error" or output.get("name") == "stderr")


def own_points(reply: Reply, most: float) -> float:
    """The points that a test cell of the instructor's own gives, by the rules of nbgrader.

    An error, or anything on stderr, gives none; a number as the cell's value gives as many; all else gives all. More
    than all, over which nbgrader stumbles, gives none.

    Args:
        reply: what came of the cell.
        most: what it is worth.
    """
    if reply.error or reply.out_of_time or reply.too_much or reply.cut:  # an error may be in what was cut
        return 0.0
    for output in reply.outputs:
        if has_failed(output):
            return 0.0
        if output["output_type"] == "execute_result":
            try:
                value = float(output["data"]["text/plain"])
            except (KeyError, TypeError, ValueError):
                return most
            return (value if value <= most else 0.0) if value >= 0 else most
    return most


def own_outputs(shown: list[dict[str, Any]], earned: float, why: str) -> list[dict[str, Any]]:
    """The outputs of a test of the instructor's own, from which nbgrader reads these points.

    Args:
        shown: what it printed and showed.
        earned: its points.
        why: why it was not run, or ''.
    """
    warning = note("This test ran beside the answers: code of the learner's could forge what it gives.")
    notes = [] if warning in shown else [warning]
    if why:
        return [{"output_type": "error", "ename": "NotRun", "evalue": why, "traceback": [why]}]
    failed = any(map(has_failed, shown))
    value = {"output_type": "execute_result", "data": {"text/plain": f"{earned!r}"}, "metadata": {}}
    return [*shown, *notes] if failed else [*shown, *notes, value | {"execution_count": 1}]


def ungraded(submission: Submission, fault: str, log: str = "") -> Result:
    """The result of a submission that could not be graded through no fault of the learner's: no verdict, no points.

    Args:
        submission: which.
        fault: what went wrong, in words for the instructor.
        log: the traceback.
    """
    return Result(submission.student, submission.chapter, submission.fingerprint, [], [], fault=fault, log=log)


def _shown(reply: Reply, limits: Limits) -> list[dict[str, Any]]:
    """The outputs of a cell as the feedback page shows them."""
    outputs = [plain_output(output) for output in reply.outputs]
    if reply.out_of_time:
        outputs.append(note(f"This cell was stopped: it ran longer than {limits.cell_seconds:g} s."))
    if reply.too_much:
        outputs.append(note("This cell was stopped: it printed on and on, more than is kept."))
    elif reply.cut:
        outputs.append(note("The rest of what this cell printed was left out."))
    return outputs
