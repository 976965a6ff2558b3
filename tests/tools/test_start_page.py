"""The start page is what its text makes, and its words about the course are true."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import START
from tools.authoring import ROOT
from tools.start_page import start_page, write_start_page

TEXT = (ROOT / "solutions" / START).with_suffix(".py")


@pytest.fixture
def page():
    return start_page(TEXT.read_text(encoding="utf-8"))


def test_the_page_that_learners_get_is_what_the_text_makes(tmp_path, page):
    stored = (ROOT / "course" / START).read_text(encoding="utf-8")
    assert stored == nbformat.writes(page) + "\n", "run make release"
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / TEXT.name).write_bytes(TEXT.read_bytes())
    assert write_start_page(tmp_path).read_text(encoding="utf-8") == stored
    nbformat.validate(page)


def test_links_lead_to_chapters(page):
    text = "\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    for link in re.findall(r"\]\((\S+\.ipynb)\)", text):
        assert (ROOT / "course" / link).is_file()
    assert next(iter(CHAPTERS)) in text


def test_a_learner_runs_it_and_is_told_the_mistake_then_mends_it(page, tmp_path):
    wrong = next(cell for cell in page.cells if cell.source.startswith("def remember"))
    mended = nbformat.v4.new_code_cell(wrong.source.replace("0.1 * state + 0.9 * x", "0.9 * state + 0.1 * x"))
    again = nbformat.v4.new_code_cell("check(remember)")
    page.cells += [mended, again]
    NotebookClient(page, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {cell.source: str(cell.outputs) for cell in page.cells if cell.cell_type == "code"}
    assert "A cell with a memory" in next(text for source, text in shown.items() if "course_map()" in source)
    assert "✓ remember: right" in str(again.outputs)
    first = next(cell for cell in page.cells if cell.source == "check(remember)")
    assert "✗ remember: not yet" in str(first.outputs)
    assert "changed places" in str(first.outputs)
    assert "Hint 1 of 3" in shown['hint("remember")']
    assert "image/png" in next(text for source, text in shown.items() if "plot_lines" in source)
