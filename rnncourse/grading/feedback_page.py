"""The page that a learner gets back: the points, what was said of each exercise, and the notebook as it was run.

nbgrader makes it (``nbgrader generate_feedback``, or formgrader's button) with the exporter that is named in
``nbgrader_config.py``. The page loads nothing and runs nothing, so it reads the same in a mail, on a learning platform
and without a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.highlight import Highlight2HTML
from nbgrader.api import Gradebook
from traitlets.config import Config

from rnncourse.checking.foreign_text import one_line, visible
from rnncourse.exercises import BY_HAND
from rnncourse.grading import harmless
from rnncourse.grading.submissions import without_hidden_tests
from rnncourse.notebooks.files import TEST_SUFFIX

_NOTHING = Markup()
#: A colour out of 256, as tracebacks have them, which few pages can be read with.
_SHADE = re.compile(r'(<span(?: class="[^"]*")?) style="[^"]*">')
#: What a chapter of the course leaves to a person, by nbgrader's name of its cell.
_TITLES = {each.name: each.title for by_hand in BY_HAND.values() for each in by_hand}


def pages() -> Environment:
    """The templates of all pages; what is put into one is text, unless it was made HTML by ``harmless``."""
    return Environment(
        loader=PackageLoader("rnncourse.grading"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def not_graded_yet(chapter: str) -> str:
    """The page of somebody who has no grade through a fault of ours: it says so, and nothing else.

    Args:
        chapter: which.
    """
    return pages().get_template("not_graded_yet.html").render(chapter=chapter)


@dataclass(frozen=True)
class Block:
    """A cell of the notebook as the page shows it.

    Attributes:
        name: of the exercise, or of the cell that nbgrader grades; '' for all others.
        title: what a person reads instead of the name.
        text, code: of a text cell, of a code cell; the other is ''.
        outputs: what came of a code cell, each as HTML.
        graded: whether points are given here.
        waiting: whether a person has not yet given them.
        score, points: earned and possible.
        comment: what a person wrote about it.
    """

    name: str
    title: str = ""
    text: Markup = _NOTHING
    code: Markup = _NOTHING
    outputs: tuple[Markup, ...] = ()
    graded: bool = False
    waiting: bool = False
    score: float = 0.0
    points: float = 0.0
    comment: Markup = _NOTHING

    @property
    def anchor(self) -> str:
        """Where the page's list of exercises leads."""
        return f"graded-{self.name}"


class FeedbackPage(Exporter):
    """nbconvert's exporter that nbgrader is told to use."""

    output_mimetype = "text/html"
    export_from_notebook = ""

    def __init__(self, config: Config | None = None, **options: Any):
        super().__init__(config=config, **options)
        self.file_extension = ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
        """The page of one autograded notebook, in which nbgrader has noted scores and comments."""
        nb, resources = super().from_notebook_node(nb, resources, **options)
        told = resources["nbgrader"]
        waiting = _waiting(told)
        blocks = [_block(cell, waiting) for cell in nb.cells]
        text = pages().get_template("feedback.html").render(
            chapter=told["notebook"],
            score=told["score"],
            possible=told["max_score"],
            penalty=told["late_penalty"],
            blocks=blocks,
            graded=[block for block in blocks if block.graded],
        )  # fmt: skip
        return visible(text), resources


def _waiting(told: Any) -> set[str]:
    """The cells of a submission to which a person has not yet given points."""
    with Gradebook(told["db_url"]) as gradebook:
        notebook = gradebook.find_submission_notebook(told["notebook"], told["assignment"], told["student"])
        return {grade.name for grade in notebook.grades if grade.needs_manual_grade}


def _block(cell: Any, waiting: set[str]) -> Block:
    marked = cell.metadata.get("nbgrader", {})
    mark = marked.get("grade_id", "") if marked.get("grade") or marked.get("solution") or marked.get("task") else ""
    graded = bool(marked.get("grade") or marked.get("task"))
    is_test = mark.endswith(TEST_SUFFIX)
    source = without_hidden_tests(cell.source) if graded else cell.source
    is_code = cell.cell_type == "code"
    name = one_line(mark.removesuffix(TEST_SUFFIX))
    return Block(
        name=name,
        title=_TITLES.get(mark, name),
        text=_NOTHING if is_code else _text(cell),
        code=_code(source) if is_code and source.strip() else _NOTHING,
        outputs=tuple(_output(output, is_test) for output in cell.get("outputs", []) if _is_shown(output, is_test)),
        graded=graded,
        waiting=mark in waiting,
        score=marked.get("score") or 0.0,
        points=marked.get("points") or 0.0,
        comment=_html(marked["comment"]) if marked.get("comment") else _NOTHING,
    )


def _text(cell: Any) -> Markup:
    if cell.cell_type == "raw":
        return Markup("<pre>{}</pre>").format(cell.source)
    return _html(cell.source, cell.get("attachments"))


def _html(text: str, attachments: harmless.Attachments | None = None) -> Markup:
    return Markup(harmless.with_formulas(harmless.as_html(text, attachments)))


def _code(source: str) -> Markup:
    return Markup(Highlight2HTML(pygments_lexer="ipython3")(source))


def _is_shown(output: Any, is_test: bool) -> bool:
    """The number from which nbgrader reads the points is for nbgrader."""
    return not (is_test and output.output_type == "execute_result")


def _output(output: Any, is_test: bool) -> Markup:
    if output.output_type == "stream":
        return _printed(output.text)
    if output.output_type == "error":
        return _printed(output.evalue if is_test else "\n".join(output.traceback))
    data = output.data
    if "text/html" in data:
        return Markup(harmless.cleaned(data["text/html"]))
    for kind in ("image/png", "image/jpeg"):
        if harmless.is_picture(kind, data.get(kind)):
            return Markup('<img src="{}" alt="A picture that this cell made">').format(harmless.url(kind, data[kind]))
    return _printed(data.get("text/plain", ""))


def _printed(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(Markup(_SHADE.sub(r"\1>", ansi2html(text))))
