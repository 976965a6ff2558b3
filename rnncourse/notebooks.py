"""The learner's notebooks: where they are, what is wrong with them, and what a fresh kernel says to their answers.

Nothing here writes to a notebook.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnncourse.exercises import CHAPTERS, nearest
from rnncourse.kernels import MEDIA_TYPE, Kernel, KernelEndedError, NoKernelError, Reply, find_kernel, start_kernel

CELL_SECONDS = 180.0
_TEST_SUFFIX = "_test"
_LONGEST_ADVICE = 2000
_PLACE_IN_CELL = re.compile(r"\(\S+\.py, line (\d+)\)")  # a SyntaxError names the kernel's own temporary file
_CONFLICT = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)


class NotebookError(ValueError):
    """A file that cannot be read as a notebook; the message says what is wrong with it."""


@dataclass(frozen=True)
class CellError:
    """A cell that stopped with an error, or did not finish.

    Attributes:
        number: of the cell, counted from 1.
        grade_id: nbgrader's name of the cell, or ''.
        error: name of the exception; 'out of time' for a cell that was interrupted.
        text: its message.
    """

    number: int
    grade_id: str
    error: str
    text: str

    def __str__(self) -> str:
        return f"{self.error}: {self.text}" if self.text else self.error


@dataclass(frozen=True)
class RunResult:
    """What came of running a learner's notebook.

    Attributes:
        verdicts: one for each exercise of the chapter, in its order: ``Verdict.to_dict()``.
        errors: cells that stopped, other than graded cells, unsolved exercises and those that a verdict speaks of.
        problem: why the run ended early, or ''.
    """

    verdicts: tuple[dict[str, Any], ...]
    errors: tuple[CellError, ...]
    problem: str = ""


# ------------------------------------------------------------------------------------------------ where they are
def course_folder() -> Path:
    """The chapters as they are released: inside the installed package, or ``course/`` of a checkout.

    Raises:
        FileNotFoundError: this installation has none.
    """
    package = Path(__file__).resolve().parent
    checkout = package.parent
    places = [package / "course", *([checkout / "course"] if (checkout / "pyproject.toml").is_file() else [])]
    for place in places:
        if any(place.glob("*/*.ipynb")):
            return place
    raise FileNotFoundError(
        "This installation has no notebooks of the course. Run: pip install --force-reinstall rnncourse"
    )


def notebook_path(folder: str | Path, chapter: str) -> Path:
    """FOLDER/NAME/NAME.ipynb, the place of a chapter in the release and in a learner's copy."""
    return Path(folder) / chapter / f"{chapter}.ipynb"


def find_chapter(name: str) -> str:
    """The full name of a chapter from what a learner typed: ``03_manual_rnn``, ``3``, ``03`` or ``manual``.

    Raises:
        LookupError: none fits, or several do; the message suggests which.
    """
    chapters = list(CHAPTERS)
    wanted = name.strip().rstrip("/\\").lower().replace("-", "_")
    if wanted.isdecimal():
        found = [chapter for chapter in chapters if int(chapter.partition("_")[0]) == int(wanted)]
    elif wanted in chapters:
        found = [wanted]
    else:
        found = [chapter for chapter in chapters if wanted and wanted in chapter]
    if len(found) == 1:
        return found[0]
    if found:
        raise LookupError(f"{name!r} fits {' and '.join(found)}. Which of them?")
    raise LookupError(f"No chapter is called {name!r}. {nearest(wanted, chapters)}")


def chapter_of_notebook(path: str | Path) -> str:
    """The chapter of a notebook, whatever the file is called: by its name, its folder, or the exercises in it.

    Raises:
        LookupError: it belongs to no chapter.
        NotebookError: its name says nothing and it cannot be read.
    """
    path = Path(path)
    for name in (path.stem, path.absolute().parent.name):
        if name in CHAPTERS:
            return name
    found = chapter_of_cells(read(path))
    if not found:
        raise LookupError("It is no notebook of this course: there is no exercise of any chapter in it.")
    return found


def chapter_of_cells(cells: list[dict[str, Any]]) -> str:
    """The chapter most of whose exercises are among these cells; '' if there is none of any."""
    marks = {mark_of(cell).removesuffix(_TEST_SUFFIX) for cell in cells}
    shared = {chapter: sum(e.name in marks for e in exercises) for chapter, exercises in CHAPTERS.items()}
    best = max(shared, key=lambda chapter: shared[chapter])
    return best if shared[best] else ""


# --------------------------------------------------------------------------------------- what is wrong with them
def read(path: str | Path) -> list[dict[str, Any]]:
    """The cells of a notebook, each with its ``cell_type``, ``source`` (one string) and ``metadata``.

    Raises:
        NotebookError: there is no such file, or it is not a notebook; the message says what is wrong.
    """
    path = Path(path)
    text = _text(path)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise NotebookError(_why_not_json(text, error)) from None
    except RecursionError:
        raise NotebookError("It is JSON nested too deeply to be a notebook.") from None
    if not isinstance(data, dict) or "nbformat" not in data:
        raise NotebookError("It is JSON, but not a Jupyter notebook: there is no nbformat in it.")
    if data["nbformat"] != 4:
        raise NotebookError(
            f"It is a notebook of format {data['nbformat']!r}, expected 4. Open it in JupyterLab and save it again."
        )
    cells = data.get("cells")
    if not isinstance(cells, list):
        raise NotebookError("It is a notebook without a list of cells.")
    return [_cell(number, cell) for number, cell in enumerate(cells, start=1)]


def inspect(path: str | Path, chapter: str) -> list[str]:
    """What is wrong with a learner's notebook, in plain words.

    Args:
        path: the learner's notebook.
        chapter: the chapter it should be; its exercise cells are compared with the released notebook.

    Returns:
        One line for each problem, what to do about it included; empty for a notebook that is whole.
    """
    try:
        cells = read(path)
    except NotebookError as error:
        return [str(error)]
    return [*_duplicated(cells), *_changed(cells, _released(chapter))]


def _text(path: Path) -> str:
    folder = path.parent
    if not path.exists():
        others = sorted(p.name for p in folder.glob("*.ipynb")) if folder.is_dir() else []
        renamed = f" The folder holds {', '.join(others)}: was it renamed?" if others else ""
        raise NotebookError(f"There is no such file.{renamed}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotebookError(f"It is not text in UTF-8, so not a notebook.{_way_back(path)}") from None
    except OSError as error:
        raise NotebookError(f"It cannot be read: {error.strerror}.") from None
    if not text.strip():
        raise NotebookError(f"It is empty.{_way_back(path)}")
    return text


def _way_back(path: Path) -> str:
    """Where the last good version of a broken notebook may be."""
    checkpoint = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    if checkpoint.is_file():
        return f" JupyterLab's last checkpoint may be whole: {checkpoint}"
    return " Rename it, and rnncourse start --add puts a fresh one in its place."


def _why_not_json(text: str, error: ValueError) -> str:
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        return f"It holds the marks of a git merge conflict (line {line}). Resolve the conflict, then check again."
    where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
    return (
        f"It is not JSON, so not a notebook: {getattr(error, 'msg', error)}{where}. Was it cut off or edited by hand?"
    )


def _cell(number: int, cell: Any) -> dict[str, Any]:
    """One cell with its source as one string; other keys are left out."""
    source = cell.get("source", "") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
        raise NotebookError(f"Its cell {number} is not a notebook cell. Was it edited by hand?")
    metadata = cell.get("metadata")
    return {
        "cell_type": cell["cell_type"],
        "source": source,
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def mark_of(cell: Mapping[str, Any]) -> str:
    """nbgrader's name of a cell, or ''."""
    given = cell["metadata"].get("nbgrader")
    return str(given.get("grade_id", "")) if isinstance(given, dict) else ""


def _graded(cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The cells that nbgrader knows, by name."""
    return {mark_of(cell): cell for cell in cells if mark_of(cell)}


def _released(chapter: str) -> dict[str, dict[str, Any]]:
    """The exercise cells of the released notebook; empty where it is not to be had."""
    try:
        return _graded(read(notebook_path(course_folder(), chapter)))
    except (FileNotFoundError, NotebookError):
        return {}


def _duplicated(cells: list[dict[str, Any]]) -> list[str]:
    counts = Counter(filter(None, map(mark_of, cells)))
    return [
        f"The {_describe(name)} is there {count} times (cells {_numbers(cells, name)}): "
        "it was copied or split. Keep one and delete the others."
        for name, count in counts.items()
        if count > 1
    ]


def _changed(cells: list[dict[str, Any]], released: Mapping[str, dict[str, Any]]) -> list[str]:
    """Exercise cells that were deleted, or turned into text by a stray key."""
    found = _graded(cells)
    missing = [name for name in released if name not in found]
    if released and len(missing) == len(released):
        return ["None of the chapter's exercise cells is in it. Is it the notebook of another chapter?"]
    lines = [
        f"The {_describe(name)} was deleted. Copy it back from a fresh chapter (rnncourse start NEWFOLDER)."
        for name in missing
    ]
    for name, cell in found.items():
        if name in released and cell["cell_type"] != released[name]["cell_type"]:
            lines.append(f"The {_describe(name)} was turned into {cell['cell_type']}. Select it and press Esc, then Y.")
    return lines


def _describe(grade_id: str) -> str:
    kind = "test cell" if grade_id.endswith(_TEST_SUFFIX) else "cell"
    return f"{kind} of exercise {grade_id.removesuffix(_TEST_SUFFIX)}"


def _numbers(cells: list[dict[str, Any]], grade_id: str) -> str:
    found = [str(number) for number, cell in enumerate(cells, start=1) if mark_of(cell) == grade_id]
    return f"{', '.join(found[:-1])} and {found[-1]}"


# ------------------------------------------------------------------------------------------------- running them
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
        The verdicts as plain data, and the cells that stopped.

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
    explained = _explain(verdicts, errors, _graded(cells), _released(chapter))
    return RunResult(tuple(explained), _worth_showing(errors, verdicts), problem)


def _expect_rnncourse(kernel: Kernel) -> None:
    reply = kernel.execute("__import__('rnncourse.notebooks')", 60)
    if reply.error:
        raise NoKernelError(
            f"The kernel's Python ({find_kernel()}) cannot import rnncourse ({reply.error}: {reply.text}). "
            "Start rnncourse from the environment it is installed in, or try: rnncourse doctor"
        )


def _run_cells(
    kernel: Kernel,
    cells: list[dict[str, Any]],
    errors: list[CellError],
    seconds: float,
    on_cell: Callable[[int, int], None],
) -> None:
    """Run every code cell; an error ends its own cell only. Graded cells raise by design and are not reported."""
    for number, cell in enumerate(cells, start=1):
        if cell["cell_type"] != "code" or not cell["source"].strip():
            continue
        on_cell(number, len(cells))
        try:
            reply = kernel.execute(cell["source"], seconds)
        except KernelEndedError as error:
            raise KernelEndedError(f"Cell {number} {error}. Nothing after it was run.") from None
        grade_id = mark_of(cell)
        if reply.out_of_time:
            errors.append(CellError(number, grade_id, "out of time", f"stopped after {seconds:g} s"))
        elif reply.error and not grade_id.endswith(_TEST_SUFFIX):
            text = _PLACE_IN_CELL.sub(r"(line \1)", reply.text.strip().partition("\n")[0])
            errors.append(CellError(number, grade_id, reply.error, text))


def _ask_verdicts(kernel: Kernel, chapter: str) -> tuple[list[dict[str, Any]], str]:
    """The verdicts, one request for each, so that an answer that ends the kernel costs only those after it."""
    verdicts = []
    for exercise in CHAPTERS[chapter]:
        token = secrets.token_hex(8)
        ask = f"__import__('rnncourse.notebooks', fromlist=['publish']).publish({exercise.name!r}, {token!r})"
        try:
            verdicts.append(_verdict(kernel.execute(ask, CELL_SECONDS), token, exercise.name))
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

    from rnncourse.checking import verdict

    shell = get_ipython()
    found = verdict(name, shell.user_ns).to_dict()
    found["advice"] = found["advice"][:_LONGEST_ADVICE]
    shell.display_pub.publish(data={MEDIA_TYPE: json.dumps({"token": token, "verdict": found})})


def _verdict(reply: Reply, token: str, name: str) -> dict[str, Any]:
    for line in reply.published:
        data = json.loads(line)
        if data.get("token") == token:
            return data["verdict"]
    reason = "It did not finish in time." if reply.out_of_time else f"{reply.error}: {reply.text}"
    return _plain_verdict(name, "wrong", f"It could not be checked. {reason[:_LONGEST_ADVICE]}")


def _plain_verdict(name: str, status: str, advice: str) -> dict[str, Any]:
    return {"exercise": name, "status": status, "advice": advice, "mistake": None, "share": 0.0}


def _worth_showing(errors: list[CellError], verdicts: list[dict[str, Any]]) -> tuple[CellError, ...]:
    """Cells that stopped, without the unsolved ones and those that a verdict speaks of."""
    unanswered = {verdict["exercise"] for verdict in verdicts if verdict["status"] == "not attempted"}
    return tuple(e for e in errors if e.error != NotImplementedError.__name__ and e.grade_id not in unanswered)


def _explain(
    verdicts: list[dict[str, Any]],
    errors: list[CellError],
    cells: Mapping[str, dict[str, Any]],
    released: Mapping[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    """Say more where there is no answer: the cell stopped with an error, was deleted, or is as it was released."""
    stopped = {error.grade_id: error for error in errors if error.error != NotImplementedError.__name__}
    explained = []
    for verdict in verdicts:
        name = verdict["exercise"]
        if verdict["status"] != "not attempted":
            explained.append(verdict)
        elif name in stopped:
            where = f"Its cell ({stopped[name].number}) stopped with {stopped[name]}"
            explained.append(_plain_verdict(name, "wrong", where))
        elif name in released and name not in cells:
            explained.append({**verdict, "advice": "Its cell is not in the notebook."})
        elif name in released and cells[name]["source"] == released[name]["source"]:
            explained.append({**verdict, "advice": ""})
        else:
            explained.append(verdict)
    return explained
