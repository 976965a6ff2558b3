"""The maintainer's side of a chapter: text for editing, a notebook that ran, the release that learners get.

``solutions/NAME/NAME.ipynb`` is the one source. ``edit`` writes it as text, ``build`` brings the text back, runs it in
a fresh kernel and keeps the outputs, ``release`` lets nbgrader make ``course/NAME/NAME.ipynb`` from it. The Makefile
calls them: ``make edit``, ``make chapter``, ``make release``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode

from rnncourse.exercises import CHAPTERS, find, nearest
from rnncourse.notebooks.files import notebook_path

ROOT = Path(__file__).resolve().parent.parent
_TEST_SUFFIX = "_test"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def edit(chapter: str, root: Path = ROOT) -> Path:
    """Write a chapter as ``py:percent`` text, nbgrader's metadata included, to ``edit/NAME.py``.

    Raises:
        FileExistsError: the text is there already; it may hold work that has not been built yet.
        FileNotFoundError: the chapter has no notebook.
    """
    import jupytext

    source, text = notebook_path(root / "solutions", chapter), _text_path(root, chapter)
    if text.exists():
        raise FileExistsError(f"{text} exists. Build it (make chapter CHAPTER={chapter}) or delete it first.")
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        _shorten_nbgrader(cell)
    text.parent.mkdir(exist_ok=True)
    text.write_text(jupytext.writes(notebook, fmt=_text_format()), encoding="utf-8")
    return text


def build(chapter: str, root: Path = ROOT) -> Path:
    """Turn ``edit/NAME.py`` (or, without one, the notebook as it is) into an executed notebook in solutions/.

    The notebook is written only when every cell has run, so a failing chapter changes nothing.

    Raises:
        FileNotFoundError: there is neither text nor notebook.
        nbclient.exceptions.CellExecutionError: a cell failed.
        ValueError: a cell writes to stderr or warns, which a learner would read as an error.
    """
    import jupytext

    source, text = notebook_path(root / "solutions", chapter), _text_path(root, chapter)
    if text.exists():
        notebook = jupytext.reads(text.read_text(encoding="utf-8"), fmt=_text_format())
    else:
        notebook = nbformat.read(source, as_version=4)
    _normalise(notebook, chapter)
    source.parent.mkdir(parents=True, exist_ok=True)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", store_widget_state=False, record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
    ).execute()  # fmt: skip
    _normalise(notebook, chapter)
    _refuse_warnings(notebook)
    nbformat.write(notebook, source)
    return source


def release(chapters: list[str], root: Path = ROOT, target: Path | None = None) -> None:
    """Let nbgrader make the learner's notebooks from the solutions.

    Args:
        chapters: names of chapters.
        root: the project; its ``nbgrader_config.py`` is read.
        target: where to, instead of ``course/``.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    config.SaveCells.enabled = False  # no gradebook is needed to make a release
    if target is not None:
        config.CourseDirectory.release_directory = str(target)
    for chapter in chapters:
        config.CourseDirectory.assignment_id = chapter
        place = CourseDirectory(config=config)
        GenerateAssignment(coursedir=place, config=config, no_database=True, force=True).start()


def _text_path(root: Path, chapter: str) -> Path:
    return root / "edit" / f"{chapter}.py"


def _text_format() -> dict:
    return {
        "extension": ".py",
        "format_name": "percent",
        "notebook_metadata_filter": "-all",
        "cell_metadata_filter": "nbgrader,tags",
    }


def _normalise(notebook: NotebookNode, chapter: str) -> None:
    """Whatever may differ from machine to machine goes; what nbgrader wants is filled in; progress becomes one line."""
    CoalesceStreamsPreprocessor().preprocess(notebook, {})
    notebook.metadata = NotebookNode(kernelspec=_KERNEL, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{chapter[:2]}-{number:03d}"
        kept = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        cell.metadata = NotebookNode(kept)
        _complete_nbgrader(cell)
        for output in cell.get("outputs", []):  # a slider without its kernel shows an error, the picture does not
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def _complete_nbgrader(cell: NotebookNode) -> None:
    """From ``{"grade_id": "rnn_step_test", "grade": true}`` to all that nbgrader wants, points from the exercise."""
    if "nbgrader" not in cell.metadata:
        return
    given = cell.metadata.nbgrader
    grade = bool(given.get("grade", False))
    complete = {
        "grade": grade,
        "grade_id": given["grade_id"],
        "locked": grade,
        "schema_version": 3,
        "solution": not grade,
        "task": False,
    }
    if grade:
        complete["points"] = find(given["grade_id"].removesuffix(_TEST_SUFFIX)).points
    cell.metadata.nbgrader = NotebookNode(complete)


def _shorten_nbgrader(cell: NotebookNode) -> None:
    if "nbgrader" in cell.metadata:
        given = cell.metadata.nbgrader
        short = {"grade_id": given["grade_id"], **({"grade": True} if given["grade"] else {})}
        cell.metadata.nbgrader = NotebookNode(short)


def _refuse_warnings(notebook: NotebookNode) -> None:
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            text = output.get("text", "")
            if output.get("name") == "stderr" or "WARNING:" in text:
                raise ValueError(f"cell {number} warns: {text[:200]!r}. A chapter prints no warnings.")


def main(arguments: list[str] | None = None) -> int:
    """``python -m rnncourse.authoring edit|build|release [CHAPTER …]``"""
    parser = argparse.ArgumentParser(prog="python -m rnncourse.authoring", description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=["edit", "build", "release"])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="default: every chapter")
    options = parser.parse_args(arguments)
    chapters = options.chapters or list(CHAPTERS)
    unknown = [chapter for chapter in chapters if chapter not in CHAPTERS]
    if unknown:
        print(f"No chapter is called {unknown[0]!r}. {nearest(unknown[0], list(CHAPTERS))}", file=sys.stderr)
        return 2
    for chapter in chapters:
        if options.action == "edit":
            print(edit(chapter))
        elif options.action == "build":
            print(build(chapter))
    if options.action != "edit":
        release(chapters)
    return 0


if __name__ == "__main__":
    sys.exit(main())
