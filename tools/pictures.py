"""The picture at the top of the README, drawn by the course's own code, for light and for dark pages.

python -m tools.pictures        writes pictures/reader-light.png and pictures/reader-dark.png
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from rnncourse.datasets.mnist import load_mnist
from rnncourse.plots.diagrams import row_reader
from rnncourse.plots.drawing import TINTS
from rnncourse.plots.figures import BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, PAPER, course_style

ROOT = Path(__file__).resolve().parent.parent
THEMES = ("light", "dark")
_DIGIT = 3
_SHARPNESS = 192
_NIGHT = "#0D1117"
#: What stands for a colour on a dark page. Ink stays black on white: it is a picture of a sheet of paper.
_DARK = {
    **{colour.lower(): dark for colour, dark in ((BLACK, "#E6EDF3"), (GREY, "#A3ABB3"), (LIGHT, "#30363D"))},
    **{colour.lower(): dark for colour, dark in ((PAPER, _NIGHT), (BLUE, "#56B4E9"), (GREEN, "#2BC79A"))},
    **{TINTS[colour].lower(): dark for colour, dark in ((ORANGE, "#3A2F14"), (GREEN, "#12362C"), (GREY, "#22272E"))},
}


def reader() -> tuple[Figure, str]:
    """The figure of the README, and its alt text: a digit that a network reads row by row."""
    pictures, digits = load_mnist()[0]
    return row_reader(pictures[list(digits).index(_DIGIT)], _DIGIT)


def in_the_dark(figure: Figure) -> Figure:
    """The same figure with the colours for a dark page."""
    for artist in figure.findobj():
        for part in ("facecolor", "edgecolor", "color"):
            get, set_to = (getattr(artist, f"{verb}_{part}", None) for verb in ("get", "set"))
            if get is None or set_to is None or (part == "color" and hasattr(artist, "get_facecolor")):
                continue
            colour = get()
            found = _DARK.get(_name_of(colour))
            if found is not None:
                set_to(found)
    return figure


def _name_of(colour: object) -> str:
    """A colour as it stands in our tables; '' for several, or for none."""
    try:
        return to_hex(colour)  # type: ignore[arg-type]
    except ValueError:
        rows = [to_hex(row) for row in colour] if hasattr(colour, "__len__") else []  # type: ignore[attr-defined]
        return rows[0] if len(set(rows)) == 1 else ""


def write_pictures(root: Path = ROOT) -> list[Path]:
    """Draw and write both."""
    written = []
    for theme in THEMES:
        figure, _ = reader()
        ground = PAPER if theme == "light" else _NIGHT
        if theme == "dark":
            in_the_dark(figure)
        path = root / "pictures" / f"reader-{theme}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_png(figure, ground))
        written.append(path)
    return written


def _png(figure: Figure, ground: str) -> bytes:
    full, small = io.BytesIO(), io.BytesIO()
    with course_style():
        figure.savefig(full, format="png", dpi=_SHARPNESS, facecolor=ground)
    with Image.open(full) as image:
        image.convert("RGB").quantize(64, method=Image.Quantize.MEDIANCUT).save(small, format="png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    print(*write_pictures(), sep="\n")
    sys.exit(0)
