"""A maintainer's desk: the text of a chapter in ``edit/``, and a record of the notebook that it was made from.

Nothing that somebody wrote is lost: a text with changes is never written over, a text that was made from an older
notebook is never built, and a text goes only when the notebook that was built from it is stored.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from rnncourse.checking.kept_files import write_whole
from tools.derived import ChapterError, underived

_FORMAT = {
    "extension": ".py",
    "format_name": "percent",
    "notebook_metadata_filter": "-all",
    "cell_metadata_filter": "by_hand,exercise,nbgrader,tags",
}
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


def to_text(notebook: NotebookNode) -> str:
    """What is written by hand in a notebook, as ``py:percent`` text."""
    return jupytext.writes(underived(notebook), fmt=_FORMAT)


def from_text(text: str) -> NotebookNode:
    """The notebook of a text, without outputs.

    Raises:
        ChapterError: the text holds marks of a conflict.
    """
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        raise ChapterError(f"The text holds marks of a conflict (line {line}). Choose one side there, then build.")
    return jupytext.reads(text, fmt=_FORMAT)


def write_text(path: Path, text: str) -> None:
    """Write a file of the project, in a folder that need not be there; it is there whole or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode(), mode=0o666)


class Desk:
    """The text of one chapter.

    Args:
        chapter: its name.
        root: the project.
    """

    def __init__(self, chapter: str, root: Path) -> None:
        self.chapter = chapter
        self.text = root / "edit" / f"{chapter}.py"
        self.base = root / "edit" / ".base" / f"{chapter}.py"

    def read(self) -> str | None:
        """The text, or None where there is none."""
        return self.text.read_text(encoding="utf-8") if self.text.exists() else None

    def lay_out(self, notebook: NotebookNode) -> Path:
        """Write the notebook's text, unless the one that is there holds changes.

        Raises:
            FileExistsError: it does; the message says what to do.
        """
        here, fresh = self.read(), to_text(notebook)
        if here is not None and here not in (fresh, self._base()):
            todo = f"Build it (make chapter CHAPTER={self.chapter}), or delete it to start again."
            if self._base() != fresh:
                todo = self._what_to_do()
            raise FileExistsError(f"{self.text} holds changes that are not built. {todo}")
        self._write(fresh, fresh)
        return self.text

    def refuse_what_is_stale(self, notebook: NotebookNode) -> None:
        """Let a text pass that was made from the notebook as it is stored.

        Raises:
            ChapterError: it was made from another, or nobody knows from which.
        """
        if self._base() == to_text(notebook):
            return
        if self._base() is None:
            why = "There is no record of the notebook that it was made from"
        else:
            why = "The notebook was changed after it was made (by a pull, or in JupyterLab)"
        raise ChapterError(f"{self.text} was not built. {why}. {self._what_to_do()}")

    def merge(self, notebook: NotebookNode) -> Path:
        """Bring the notebook's changes into the text.

        Raises:
            ChapterError: both changed the same lines; they stand in the text between marks.
            FileNotFoundError: there is no text, or no record of what it was made from.
        """
        if self.read() is None or self._base() is None:
            raise FileNotFoundError(f"There is no {self.text} with its record {self.base}: nothing to merge.")
        fresh = to_text(notebook)
        with tempfile.TemporaryDirectory() as folder:
            theirs = Path(folder) / "the_notebook_now.py"
            theirs.write_text(fresh, encoding="utf-8")
            labels = ["-L", "your text", "-L", "where both began", "-L", "the notebook now"]
            command = ["git", "merge-file", "-p", *labels, str(self.text), str(self.base), str(theirs)]
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode < 0 or done.returncode > 127:
            raise ChapterError(f"git merge-file failed, and {self.text} stays as it was: {done.stderr.strip()}")
        self._write(done.stdout, fresh)
        if done.returncode:
            raise ChapterError(f"{self.text}: {done.returncode} conflicts. Choose a side between the marks, build.")
        return self.text

    def clear(self, built: str, notebook: NotebookNode) -> None:
        """Take the text away that was built; one that was written on meanwhile stays, and may be built in its turn."""
        if self.read() == built:
            self.text.unlink()
            self.base.unlink(missing_ok=True)
        else:
            write_text(self.base, to_text(notebook))

    def _base(self) -> str | None:
        return self.base.read_text(encoding="utf-8") if self.base.exists() else None

    def _write(self, text: str, base: str) -> None:
        write_text(self.text, text)
        write_text(self.base, base)

    def _what_to_do(self) -> str:
        if self._base() is None:
            return f"Move it elsewhere, run make edit CHAPTER={self.chapter}, and put your changes into the new text."
        return f"Run make merge CHAPTER={self.chapter}: it brings both sides together in the text."
