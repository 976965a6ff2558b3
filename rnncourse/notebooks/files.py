"""The learner's notebooks: where they are, and what is wrong with them.

Nothing here writes to a notebook.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rnncourse.exercises import CHAPTERS, nearest
from rnncourse.notebooks import bounded

TEST_SUFFIX = "_test"
#: The page on which a learner begins, in the release and in each copy of it.
START = "start_here.ipynb"
#: What a cell is that an instructor has added (``Cell.own``): a test, one that a person grades, an answer, or a text.
OWN_TEST, BY_HAND, OWN_ANSWER, OWN_TEXT = "test", "by hand", "answer", "text"
_CONFLICT = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook, from the file to the gradebook.

    Attributes:
        kind: code, markdown or raw.
        source: its text.
        mark: nbgrader's name of it (``grade_id``), or ''.
        original: whether it is as it was released.
        outputs: what it printed and showed, as a notebook file holds it.
        attachments: the pictures in a text cell: name -> kind -> base64.
        own: what it is, if the instructor has added it and no exercise has its mark; '' for a cell of the course.
    """

    kind: str
    source: str
    mark: str = ""
    original: bool = False
    outputs: tuple[dict[str, Any], ...] = ()
    attachments: dict[str, dict[str, str]] = field(default_factory=dict, hash=False)
    own: str = ""

    @property
    def exercise(self) -> str:
        """The exercise whose answer or whose test it holds, or ''."""
        return "" if self.own else self.mark.removesuffix(TEST_SUFFIX)

    @property
    def is_test(self) -> bool:
        """Whether an exercise is asked for here."""
        return not self.own and self.mark.endswith(TEST_SUFFIX)

    @property
    def asks(self) -> str:
        """The exercise that is asked for here, or ''."""
        return self.exercise if self.is_test else ""

    @property
    def answers(self) -> str:
        """The exercise whose answer it holds, or ''."""
        return "" if self.is_test else self.exercise


class NotebookError(ValueError):
    """A file that cannot be read as a notebook; the message says what is wrong with it.

    Args:
        wrong: what is wrong.
        advice: what its learner may do, in a copy of the course.
    """

    def __init__(self, wrong: str, advice: str = ""):
        super().__init__(wrong + advice)
        self.wrong = wrong


# ------------------------------------------------------------------------------------------------ where they are
def course_folder() -> Path:
    """The chapters as they are released: inside the installed package, or ``course/`` of a checkout.

    Raises:
        FileNotFoundError: this installation has none.
    """
    package = Path(__file__).resolve().parent.parent
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


def chapter_of_cells(cells: Sequence[Cell]) -> str:
    """The chapter most of whose exercises are among these cells; '' if there is none of any."""
    marked = {cell.exercise for cell in cells}
    shared = {chapter: sum(e.name in marked for e in exercises) for chapter, exercises in CHAPTERS.items()}
    best = max(shared, key=lambda chapter: shared[chapter])
    return best if shared[best] else ""


# --------------------------------------------------------------------------------------- what is wrong with them
def read(path: str | Path, outputs: bool = False) -> list[Cell]:
    """The cells of a notebook.

    Args:
        path: of its file.
        outputs: whether what stands below the cells comes with them, as the file has it.

    Raises:
        NotebookError: there is no such file, or it is not a notebook; the message says what is wrong.
    """
    found = _content(_text(Path(path)))["cells"]
    cells = [_cell(number, cell) for number, cell in enumerate(found, start=1)]
    return [replace(cell, outputs=_outputs(raw)) for cell, raw in zip(cells, found, strict=True)] if outputs else cells


def read_whole(path: str | Path) -> dict[str, Any]:
    """All that a notebook's file holds, outputs too; each of its cells is one.

    Raises:
        NotebookError: as ``read``.
    """
    data = _content(_text(Path(path)))
    for number, cell in enumerate(data["cells"], start=1):
        _cell(number, cell)
    return data


def _content(text: str) -> dict[str, Any]:
    """What the text of a notebook's file holds: a dictionary with a list of cells, whatever they are.

    Raises:
        NotebookError: it is none.
    """
    try:
        data = bounded.loads(text)
    except bounded.TooMuchError as error:
        raise NotebookError(f"{error} to be a notebook.") from None
    except ValueError as error:
        raise NotebookError(_why_not_json(text, error)) from None
    if not isinstance(data, dict) or "nbformat" not in data:
        raise NotebookError("It is JSON, but not a Jupyter notebook: there is no nbformat in it.")
    if data["nbformat"] != 4:
        raise NotebookError(
            f"It is a notebook of format {data['nbformat']!r}, expected 4. Open it in JupyterLab and save it again."
        )
    if not isinstance(data.get("cells"), list):
        raise NotebookError("It is a notebook without a list of cells.")
    return data


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
    return [*_duplicated(cells), *_changed(cells, released(chapter))]


def _text(path: Path) -> str:
    folder = path.parent
    if not path.exists():
        others = sorted(p.name for p in folder.glob("*.ipynb")) if folder.is_dir() else []
        renamed = f" The folder holds {', '.join(others)}: was it renamed?" if others else ""
        raise NotebookError(f"There is no such file.{renamed}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotebookError("It is not text in UTF-8, so not a notebook.", _way_back(path)) from None
    except OSError as error:
        raise NotebookError(f"It cannot be read: {error.strerror}.") from None
    if not text.strip():
        raise NotebookError("It is empty.", _way_back(path))
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


def _cell(number: int, cell: Any) -> Cell:
    """One cell of a notebook's JSON; what is not asked for is left out."""
    source = cell.get("source", "") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
        raise NotebookError(f"Its cell {number} is not a notebook cell. Was it edited by hand?")
    return Cell(cell["cell_type"], source, mark_of(cell), attachments=_pictures(cell.get("attachments")))


def _outputs(cell: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """What stands below a cell of a notebook's JSON; below a text nothing can."""
    found = cell.get("outputs") if cell["cell_type"] == "code" else None
    return tuple(output for output in found if isinstance(output, dict)) if isinstance(found, list) else ()


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """The pictures that were pasted into a text cell; whatever else stands in their place is left out."""
    bundles = attachments.items() if isinstance(attachments, dict) else ()
    found = {
        name: {kind: data for kind, data in bundle.items() if kind.startswith("image/") and isinstance(data, str)}
        for name, bundle in bundles
        if isinstance(bundle, dict)
    }
    return {name: bundle for name, bundle in found.items() if bundle}


def mark_of(cell: Mapping[str, Any]) -> str:
    """nbgrader's name (``grade_id``) of a cell of a notebook's JSON, or ''."""
    metadata = cell.get("metadata")
    given = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return str(given.get("grade_id", "")) if isinstance(given, dict) else ""


def marked(cells: Sequence[Cell]) -> dict[str, Cell]:
    """The cells that nbgrader knows, by its name of them."""
    return {cell.mark: cell for cell in cells if cell.mark}


def released(chapter: str) -> dict[str, Cell]:
    """The exercise cells of the released notebook; empty where it is not to be had."""
    try:
        return marked(read(notebook_path(course_folder(), chapter)))
    except (FileNotFoundError, NotebookError):
        return {}


def _duplicated(cells: Sequence[Cell]) -> list[str]:
    counts = Counter(cell.mark for cell in cells if cell.mark)
    return [
        f"The {_describe(name)} is there {count} times (cells {_numbers(cells, name)}): "
        "it was copied or split. Keep one and delete the others."
        for name, count in counts.items()
        if count > 1
    ]


def _changed(cells: Sequence[Cell], released: Mapping[str, Cell]) -> list[str]:
    """Exercise cells that were deleted, or turned into text by a stray key."""
    found = marked(cells)
    missing = [name for name in released if name not in found]
    if released and len(missing) == len(released):
        return ["None of the chapter's exercise cells is in it. Is it the notebook of another chapter?"]
    lines = [
        f"The {_describe(name)} was deleted. Copy it back from a fresh chapter (rnncourse start NEWFOLDER)."
        for name in missing
    ]
    for name, cell in found.items():
        if name in released and cell.kind != released[name].kind:
            lines.append(f"The {_describe(name)} was turned into {cell.kind}. Select it and press Esc, then Y.")
    return lines


def _describe(mark: str) -> str:
    kind = "test cell" if mark.endswith(TEST_SUFFIX) else "cell"
    return f"{kind} of exercise {mark.removesuffix(TEST_SUFFIX)}"


def _numbers(cells: Sequence[Cell], mark: str) -> str:
    found = [str(number) for number, cell in enumerate(cells, start=1) if cell.mark == mark]
    return f"{', '.join(found[:-1])} and {found[-1]}"
