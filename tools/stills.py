"""What a figure with sliders shows at other places of its sliders, as stills for pages without a kernel.

While ``make chapter`` runs a notebook, each ``explore(...)`` is drawn at a few more places. The stills are no outputs
of the notebook: they go to ``site/stills/NN_name/``, where the website finds them.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import itertools
import json
import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from PIL import Image

from rnncourse.display import in_notebook, show_output
from rnncourse.plots import figures, widgets
from tools.desk import write_text

MIME = "application/vnd.rnncourse.stills+json"
_HERE = Path(__file__).resolve().parent.parent
#: How many places of each slider are drawn, by how many sliders a figure has.
_PLACES = {1: 7, 2: 4, 3: 3}
_TAG = re.compile(r'<img alt="(?P<alt>[^"]*)" width="(?P<width>\d+)".*?base64,(?P<data>[^"]+)"', re.DOTALL)


@dataclass(frozen=True)
class Slider:
    """One control: what stands beside it, the values it is drawn at, as text, and at which of them it starts."""

    label: str
    values: tuple[str, ...]
    start: int


@dataclass(frozen=True)
class Still:
    """The figure at one place of each slider; ``file`` is its picture's name."""

    at: tuple[int, ...]
    alt: str
    file: str


@dataclass(frozen=True)
class Gallery:
    """All stills of one figure.

    Attributes:
        code: a digest of the chapter's code down to the figure; stills of other code are out of date.
        width: of the pictures on a page, in pixels.
        sliders, stills: the controls, and a still for each choice of their places.
    """

    code: str
    width: int
    sliders: tuple[Slider, ...]
    stills: tuple[Still, ...]

    def out_of_date(self, notebook: NotebookNode, cell_id: str) -> bool:
        """Whether the notebook's code is no longer that which the stills were drawn by."""
        return self.code != digest(notebook, cell_id)

    def height(self, folder: Path) -> int:
        """Of the first picture on a page, in pixels: a page keeps its place free until it is loaded."""
        with Image.open(folder / self.stills[0].file) as picture:
            return round(self.width * picture.height / picture.width)


# ------------------------------------------------------------------------------------------------ inside the kernel
def recorder() -> NotebookNode:
    """A cell that goes before all others of a chapter that is run: from then on ``explore`` draws its stills, too."""
    source = f'__import__("sys").path.append({str(_HERE)!r}); __import__("tools.stills", fromlist=["x"]).record()'
    return nbformat.v4.new_code_cell(source)


def record() -> None:
    """Make ``explore`` publish its stills behind what it shows; does nothing outside of a notebook."""
    if not in_notebook():
        return
    explore = widgets.explore

    def explore_and_draw(draw: widgets.Draw, /, *, labels: Mapping[str, str] | None = None, **sliders: Any) -> None:
        explore(draw, labels=labels, **sliders)
        show_output({MIME: drawn(draw, labels or {}, sliders)}, elsewhere="")

    widgets.explore = explore_and_draw


def drawn(draw: widgets.Draw, labels: Mapping[str, str], sliders: Mapping[str, tuple | list | str]) -> dict[str, Any]:
    """The stills of a figure in a form that fits into a notebook's output; random numbers are as if none was drawn."""
    many = _PLACES.get(len(sliders), 2)
    chosen = {name: _chosen(values, many) for name, values in sliders.items()}
    python, numpy = random.getstate(), np.random.get_state()
    stills, width = [], 0
    for at in itertools.product(*(range(len(values)) for values in chosen.values())):
        places = {name: values[index] for index, (name, values) in zip(at, chosen.items(), strict=True)}
        tag = _TAG.search(figures.img_tag(*draw(**places)))
        assert tag is not None
        width = int(tag["width"])
        stills.append({"at": at, "alt": html.unescape(tag["alt"]), "webp": _as_webp(tag["data"])})
    random.setstate(python)
    np.random.set_state(numpy)
    shown = [
        {"label": labels.get(name, name), "values": [_text(value) for value in values], "start": values.index(start)}
        for (name, values), start in zip(chosen.items(), map(_start, sliders.values()), strict=True)
    ]
    return {"width": width, "sliders": shown, "stills": stills}


def _start(slider: tuple | list | str) -> Any:
    if isinstance(slider, str):
        return slider
    return slider[0] if isinstance(slider, list) else slider[3]


def _chosen(slider: tuple | list | str, many: int) -> list:
    """Values from the first to the last of a slider, evenly spaced on its steps, that of its start among them.

    Of a field for text only what stands there at the start: what else one may write is the reader's to say.
    """
    if isinstance(slider, str):
        return [slider]
    values = list(slider)
    if isinstance(slider, tuple):
        low, high, step, _ = slider
        whole = all(isinstance(value, int) for value in slider)
        steps = int((high - low) / step + 1e-9)
        values = [low + n * step if whole else round(low + n * step, 9) for n in range(steps + 1)]
        nearest = min(range(len(values)), key=lambda n: abs(values[n] - _start(slider)))
        values[nearest] = _start(slider)
    first = values.index(_start(slider))
    wanted = {round(place) for place in np.linspace(0, len(values) - 1, min(many, len(values)))}
    inner = wanted - {0, len(values) - 1}
    if first not in wanted and inner:  # it takes the place of its neighbour; the ends stay
        wanted.remove(min(inner, key=lambda place: abs(place - first)))
    return [values[place] for place in sorted(wanted | {first})]


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _as_webp(png: str) -> str:
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        small = io.BytesIO()
        image.convert("RGB").save(small, format="webp", lossless=True, method=4)
    return base64.b64encode(small.getvalue()).decode("ascii")


# ----------------------------------------------------------------------------------------------------- in the project
def folder_of(chapter: str, root: Path) -> Path:
    """Where a chapter's stills are."""
    return root / "site" / "stills" / chapter


def digest(notebook: NotebookNode, cell_id: str) -> str:
    """A digest of the code of a notebook from its first cell to this one."""
    code: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            code.append(cell.source)
        if cell.id == cell_id:
            break
    return hashlib.sha256("\n\n".join(code).encode()).hexdigest()[:16]


def taken_out(notebook: NotebookNode) -> dict[str, dict[str, Any]]:
    """The stills that a run has left in a notebook, by cell; the notebook is as if there were none."""
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook.cells:
        for output in [output for output in cell.get("outputs", []) if MIME in output.get("data", {})]:
            found[cell.id] = output.data[MIME]
            cell.outputs.remove(output)
    return found


def galleries_of(chapter: str, root: Path) -> dict[str, Gallery]:
    """The galleries that are kept of a chapter, by the id of their cell."""
    return read(folder_of(chapter, root))


def read(folder: Path) -> dict[str, Gallery]:
    """The galleries of a folder, by the id of their cell."""
    index = folder / "stills.json"
    if not index.is_file():
        return {}
    return {
        cell_id: Gallery(
            kept["code"],
            kept["width"],
            tuple(Slider(each["label"], tuple(each["values"]), each["start"]) for each in kept["sliders"]),
            tuple(Still(tuple(each["at"]), each["alt"], each["file"]) for each in kept["stills"]),
        )
        for cell_id, kept in json.loads(index.read_text(encoding="utf-8")).items()
    }


def keep(notebook: NotebookNode, chapter: str, root: Path, found: Mapping[str, Mapping], fresh: bool = False) -> None:
    """Write the stills of a chapter; those of unchanged code stay as they are, those of no cell go.

    Args:
        notebook: the chapter as it is stored.
        chapter, root: which, and where.
        found: what ``taken_out`` returned.
        fresh: whether those of unchanged code are written anew, too.
    """
    folder, kept = folder_of(chapter, root), galleries_of(chapter, root)
    galleries: dict[str, Gallery] = {}
    for cell_id, shown in found.items():
        code = digest(notebook, cell_id)
        same = cell_id in kept and kept[cell_id].code == code and not fresh
        galleries[cell_id] = kept[cell_id] if same else _stored(folder, code, shown)
    used = {still.file for gallery in galleries.values() for still in gallery.stills}
    for path in folder.glob("*.webp"):
        if path.name not in used:
            path.unlink()
    if galleries:
        index = {cell_id: asdict(gallery) for cell_id, gallery in galleries.items()}
        write_text(folder / "stills.json", json.dumps(index, indent=1, ensure_ascii=False) + "\n")
    elif folder.is_dir():
        (folder / "stills.json").unlink(missing_ok=True)
        folder.rmdir()


def _stored(folder: Path, code: str, shown: Mapping[str, Any]) -> Gallery:
    """A gallery whose pictures have become files, each called after its content."""
    folder.mkdir(parents=True, exist_ok=True)
    stills = []
    for each in shown["stills"]:
        picture = base64.b64decode(each["webp"])
        name = f"{hashlib.sha256(picture).hexdigest()[:12]}.webp"
        (folder / name).write_bytes(picture)
        stills.append(Still(tuple(each["at"]), each["alt"], name))
    sliders = (Slider(each["label"], tuple(each["values"]), each["start"]) for each in shown["sliders"])
    return Gallery(code, shown["width"], tuple(sliders), tuple(stills))
