"""The maintainer's side of a chapter: text for editing, a notebook that ran, the release that learners get.

``solutions/NAME/NAME.ipynb`` is the one source. ``edit`` writes what is written by hand in it as text, ``build`` brings
the text back, adds what follows from the definitions, runs the notebook in a fresh kernel and keeps the outputs,
``release`` lets nbgrader make ``course/NAME/NAME.ipynb`` from it. The Makefile calls them: ``make edit``,
``make chapter``, ``make merge``, ``make release``, ``make stills``, ``make new-chapter``, ``make new-exercise``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import find_chapter, notebook_path
from tools import stills, stubs
from tools.continuity import keep_ids, keep_outputs
from tools.derived import ChapterError, derive, refuse_what_is_open, seeds_of, underived
from tools.desk import Desk, from_text, write_text
from tools.readme import write_counts
from tools.references import references_from
from tools.start_page import KERNEL, write_start_page

ROOT = Path(__file__).resolve().parent.parent


def edit(chapter: str, root: Path = ROOT) -> Path:
    """Write what is written by hand in a chapter as ``py:percent`` text to ``edit/NAME.py``.

    A text that is there and holds no change of its own is written anew.

    Raises:
        FileExistsError: the text that is there holds changes that have not been built.
        FileNotFoundError: the chapter has no notebook.
    """
    return Desk(chapter, root).lay_out(_notebook(chapter, root))


def merge(chapter: str, root: Path = ROOT) -> Path:
    """Bring changes that the notebook has seen since ``edit`` into the text, beside the changes made there.

    Raises:
        ChapterError: the same lines were changed on both sides; they stand in the text between marks of a conflict.
        FileNotFoundError: there is no text, or no record of what it was made from.
    """
    return Desk(chapter, root).merge(_notebook(chapter, root))


def build(chapter: str, root: Path = ROOT, fresh: bool = False) -> Path:
    """Turn ``edit/NAME.py`` (or, without one, the notebook as it is) into an executed notebook in solutions/.

    The notebook is written only when every cell has run, so a failing chapter changes nothing and the text stays.
    When it is written, the text goes.

    Args:
        chapter: the chapter's name.
        root: the project.
        fresh: whether to store every new output, also where the stored one says the same.

    Raises:
        FileNotFoundError: there is neither text nor notebook.
        nbclient.exceptions.CellExecutionError: a cell failed.
        ChapterError: text, notebook and definitions do not fit together, or a cell warns.
    """
    source, desk = notebook_path(root / "solutions", chapter), Desk(chapter, root)
    text, stored = desk.read(), source.read_bytes() if source.exists() else None
    old = _notebook(chapter, root) if stored is not None or text is None else nbformat.v4.new_notebook()
    if text is not None and stored is not None:
        desk.refuse_what_is_stale(old)
    refuse_what_is_open(root / "rnncourse" / "exercises" / f"{chapter.partition('_')[2]}.py")
    bare = underived(old if text is None else from_text(text))
    with references_from(bare, chapter, root):
        new = _ran(derive(bare, chapter, seeds_of(old)), old, source.parent)
        found = stills.taken_out(new)
        if not fresh:
            keep_outputs(new, old, root / "tests" / "nbval_sanitize.cfg")
        _number(new)
        if (source.read_bytes() if source.exists() else None) != stored:
            raise ChapterError(f"{source} was changed while the chapter ran. Nothing was stored: make it again.")
        write_text(source, nbformat.writes(new) + "\n")
    stills.keep(new, chapter, root, found, fresh)
    if text is not None:
        desk.clear(text, new)
    return source


def draw_stills(chapter: str, root: Path = ROOT) -> Path:
    """Run a chapter as it is stored, and keep of it nothing but the stills of its figures with sliders."""
    stored = _notebook(chapter, root)
    ran = _ran(_notebook(chapter, root), stored, notebook_path(root / "solutions", chapter).parent)
    stills.keep(stored, chapter, root, stills.taken_out(ran), fresh=True)
    return stills.folder_of(chapter, root)


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


def _notebook(chapter: str, root: Path) -> NotebookNode:
    path = notebook_path(root / "solutions", chapter)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path}. A chapter's first text, edit/{chapter}.py, makes it: make chapter."
        )
    return nbformat.read(path, as_version=4)


def _ran(notebook: NotebookNode, old: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook with the outputs of a fresh kernel, in a form that does not depend on the machine."""
    keep_ids(notebook, old)
    _normalise(notebook)
    there = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    notebook.cells.insert(0, stills.recorder())
    try:
        NotebookClient(
            notebook, timeout=600, kernel_name="python3", store_widget_state=False, record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        ).execute()  # fmt: skip
        del notebook.cells[0]
        _normalise(notebook)
        _refuse_warnings(notebook)
    except BaseException:
        if not there:
            folder.rmdir()
        raise
    return notebook


def _normalise(notebook: NotebookNode) -> None:
    """Whatever may differ from machine to machine goes; progress becomes one line."""
    CoalesceStreamsPreprocessor().preprocess(notebook, {})
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        cell.metadata = NotebookNode(kept)
        for output in cell.get("outputs", []):  # a slider without its kernel shows an error, the picture does not
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def _number(notebook: NotebookNode) -> None:
    """Execution counts as a run from top to bottom gives them; an output that was kept bears that of its cell."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = count


def _refuse_warnings(notebook: NotebookNode) -> None:
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            text = output.get("text", "")
            if output.get("name") == "stderr" or "WARNING:" in text:
                raise ChapterError(f"cell {number} warns: {text[:200]!r}. A chapter prints no warnings.")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.authoring", description=(__doc__ or "").split("\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    for action in ("edit", "build", "merge", "release", "stills"):
        sub = actions.add_parser(action)
        sub.add_argument("chapters", nargs="*", metavar="CHAPTER", help="name or number; default: every chapter")
        if action == "build":
            sub.add_argument("--fresh", action="store_true", help="store every new output")
    chapter = actions.add_parser("new-chapter", help="write every stub of a new chapter")
    chapter.add_argument("name", metavar="NN_name")
    exercise = actions.add_parser("new-exercise", help="write every stub of a new exercise")
    exercise.add_argument("chapter", metavar="CHAPTER")
    exercise.add_argument("name", metavar="NAME", help="that of the function")
    exercise.add_argument("--arguments", default="inputs state", help="of the function, in quotes: 'inputs state'")
    exercise.add_argument("--after", help="the exercise that it follows; default: the chapter's last")
    exercise.add_argument("--module", help="of the function, in rnncourse/; default: that of the chapter's others")
    return parser.parse_args(arguments)


def _carry_out(options: argparse.Namespace, root: Path) -> None:
    if options.action == "new-chapter":
        print(stubs.new_chapter(options.name, root))
        return
    if options.action == "new-exercise":
        chapter = find_chapter(options.chapter)
        if not Desk(chapter, root).text.exists():
            edit(chapter, root)
        names = options.arguments.split()
        print(stubs.new_exercise(chapter, options.name, names, root, after=options.after, module=options.module))
        return
    chapters = [find_chapter(chapter) for chapter in options.chapters] or list(CHAPTERS)
    for chapter in chapters:
        if options.action == "build":
            print(build(chapter, root, options.fresh))
        elif options.action != "release":
            print({"edit": edit, "merge": merge, "stills": draw_stills}[options.action](chapter, root))
    if options.action in ("build", "release"):
        release(chapters, root)
        write_start_page(root)
        write_counts(root)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """``python -m tools.authoring edit|build|merge|release|stills [CHAPTER …]``, ``new-chapter``, ``new-exercise``."""
    try:
        _carry_out(_options(arguments), root)
    except (ChapterError, LookupError, FileExistsError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    except CellExecutionError as error:
        print(f"{error}\nA cell failed. Nothing was stored, and a text in edit/ stays as it is.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
