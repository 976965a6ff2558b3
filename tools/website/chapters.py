"""A chapter's notebook as a page: outputs as they are stored, solutions folded away, pictures and sounds as files.

The page has what a learner's notebook has, and behind each exercise one right answer to unfold. nbgrader's cells with
hidden tests are left out.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import html
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rnncourse.notebooks.files import TEST_SUFFIX, mark_of, notebook_path
from rnncourse.project_card import MEDIA_TYPE
from tools import stills
from tools.website import galleries

_DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>\s*(.*?)\s*</details>", re.DOTALL)
_BY_HAND_MARK = re.compile(r"^<!-- (?:BEGIN|END) SOLUTION -->\n?", re.MULTILINE)
_SOLUTION_MARK = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
_DATA = re.compile(r'src="data:(?P<kind>image/png|audio/wav);base64,(?P<data>[A-Za-z0-9+/=\s]+)"')
_ENDINGS = {"image/png": "png", "audio/wav": "wav"}
_UP = "../.."  # from course/NN_name/NN_name.html to the root of the site
_NOTE = """\
:::{{note}}
:class: how-to-read
You see the chapter as it ran, with one right answer to each exercise folded away. To write your own and be told
whether it is right, [get the course]({up}/get.md). The learner's notebook of this page:
<a href="{name}.ipynb" download>{name}.ipynb</a>
:::"""


@dataclass
class Page:
    """A chapter as a page.

    Attributes:
        notebook: what Sphinx gets.
        media: pictures and sounds by file name.
        without_stills: the cells with sliders whose stills are missing or of older code.
    """

    notebook: NotebookNode
    media: dict[str, bytes] = field(default_factory=dict)
    without_stills: list[str] = field(default_factory=list)


def page_of(chapter: str, root: Path) -> Page:
    """The page of a chapter, from its solution, its release and its stills.

    Args:
        chapter: which.
        root: the project.
    """
    source = nbformat.read(notebook_path(root / "solutions", chapter), as_version=4)
    release = nbformat.read(notebook_path(root / "course", chapter), as_version=4)
    page = Page(copy.deepcopy(source))
    asked = {mark_of(cell): cell.source for cell in release.cells if mark_of(cell)}
    folder = stills.folder_of(chapter, root)
    page.notebook.cells = []
    for cell in source.cells:
        page.notebook.cells += _cells(cell, asked)
    for cell in page.notebook.cells:
        if "explore(" in cell.source and cell.cell_type == "code":
            _put_stills(cell, source, folder, page)
        _take_media_out(cell, page)
    page.media |= {path.name: path.read_bytes() for path in sorted(folder.glob("*.webp"))}
    first = page.notebook.cells[0]
    first.source += "\n\n" + _NOTE.format(up=_UP, name=chapter)
    return page


def _cells(cell: NotebookNode, asked: dict[str, str]) -> list[NotebookNode]:
    """What a cell of the notebook becomes on the page: none, one, or an exercise and its solution."""
    cell, mark = copy.deepcopy(cell), mark_of(cell)
    if cell.cell_type == "markdown":
        cell.source = _BY_HAND_MARK.sub("", cell.source)
        cell.source = _DETAILS.sub(r"<details><summary>\1</summary>\n\n\2\n\n</details>\n", cell.source)
        return [cell]
    if mark.endswith(TEST_SUFFIX):
        return []
    if mark not in asked or not mark:
        return [cell]
    cell.source = _SOLUTION_MARK.sub("", cell.source).rstrip()
    cell.metadata = NotebookNode(tags=["hide-cell", "solution"], mystnb={"code_prompt_show": "Show solution"})
    cell.metadata["mystnb"]["code_prompt_hide"] = "Hide solution"
    stub = nbformat.v4.new_code_cell(asked[mark], id=f"{cell.id}-asked", metadata={"tags": ["asked"]})
    return [stub, cell]


def _put_stills(cell: NotebookNode, source: NotebookNode, folder: Path, page: Page) -> None:
    """Stills in the place of the picture that a figure with sliders has left; without them the picture stays."""
    gallery = stills.read(folder).get(cell.id)
    if gallery is None or gallery.out_of_date(source, cell.id):
        page.without_stills.append(cell.id)
        return
    for output in cell.outputs:
        if "<img " in output.get("data", {}).get("text/html", ""):
            output.data["text/html"] = galleries.as_html(gallery, f"stills-{cell.id}", folder, address)
            return
    page.without_stills.append(cell.id)


def address(name: str) -> str:
    """The address of a picture or sound on a chapter's page."""
    return f"{_UP}/media/{name}"


def _take_media_out(cell: NotebookNode, page: Page) -> None:
    """What a cell shows gets files in the place of pictures and sounds; what only the grader reads is left out."""
    for output in cell.get("outputs", []):
        output.get("data", {}).pop(MEDIA_TYPE, None)
        shown = output.get("data", {}).get("text/html")
        if shown is not None:
            output.data["text/html"] = with_files(shown, page.media)


def with_files(shown: str, media: dict[str, bytes]) -> str:
    """HTML whose pictures and sounds are files; they are added to ``media`` under the name of their content."""

    def stored(found: re.Match[str]) -> str:
        content = base64.b64decode(found["data"])
        name = f"{hashlib.sha256(content).hexdigest()[:12]}.{_ENDINGS[found['kind']]}"
        media[name] = content
        lazy = 'loading="lazy" ' if found["kind"] == "image/png" else 'preload="none" '
        return f'{lazy}src="{html.escape(address(name))}"'

    return _DATA.sub(stored, shown)
