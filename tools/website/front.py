"""The first page: what the course is, a wrong answer and what is said of it, and the chapters."""

from __future__ import annotations

import contextlib
import html
import io
import string
from pathlib import Path

import numpy as np

from rnncourse.checking.check import check
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.course_map import opening_of
from tools import stills
from tools.readme import ROW
from tools.website import galleries

#: An answer as a beginner may write it.
WRONG = """\
def rnn_step(inputs, state, kernel,
             recurrent_kernel, bias):
    z = inputs @ kernel
    z += state @ recurrent_kernel
    return np.tanh(z)


check(rnn_step)"""


def page(root: Path) -> str:
    """The markdown of the first page, from ``site/index.md`` and what can be counted."""
    template = string.Template((root / "site" / "index.md").read_text(encoding="utf-8"))
    return template.substitute(
        chapters=_table(root),
        many=len(CHAPTERS),
        exercises=sum(map(len, CHAPTERS.values())),
        first=next(iter(CHAPTERS)),
        learning=_first_gallery(root),
        verdict=_verdict(),
        wrong=WRONG,
    )


def _verdict() -> str:
    """What ``check`` says of the wrong answer, asked now."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(WRONG, {"np": np, "check": check})
    title, _, advice = said.getvalue().strip().partition("\n")
    return f'<div class="verdict"><strong>{html.escape(title)}</strong><br>{html.escape(advice)}</div>'


def _first_gallery(root: Path) -> str:
    """The first figure with sliders of the course, from its stills."""
    for folder in (stills.folder_of(chapter, root) for chapter in CHAPTERS):
        for cell_id, gallery in stills.read(folder).items():
            return galleries.as_html(gallery, f"stills-{cell_id}", folder, lambda name: f"media/{name}")
    return ""


def _table(root: Path) -> str:
    """A row for each chapter: its title, what is built in it (as in the README), its exercises and its minutes."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    built = {found[2]: found[1].split("|")[2].strip() for found in ROW.finditer(readme)}
    lines = ["| | chapter | you build | exercises | minutes |", "|---:|---|---|---:|---:|"]
    for chapter, exercises in CHAPTERS.items():
        opening = opening_of(chapter)
        lines.append(
            f"| {int(chapter[:2])} | [{opening.title}](course/{chapter}/{chapter}.ipynb) | "
            f"{built.get(chapter[:2], '')} | {len(exercises)} | {opening.minutes or ''} |"
        )
    return "\n".join(lines)
