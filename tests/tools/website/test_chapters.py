"""A chapter's notebook as a page."""

from __future__ import annotations

import base64
import io
import re

import nbformat
import pytest
from PIL import Image

from rnncourse.exercises import CHAPTERS
from tools import stills
from tools.authoring import ROOT
from tools.website import chapters

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def page():
    return chapters.page_of("03_manual_rnn", ROOT)


def cells_of(page, name):
    return [cell for cell in page.notebook.cells if cell.id.startswith(name)]


def test_an_exercise_is_asked_openly_and_answered_in_a_fold(page):
    asked, solved, check = [cell for cell in cells_of(page, "rnn_step") if "tensorflow" not in cell.id]
    assert "raise NotImplementedError()" in asked.source
    assert "tanh(" in solved.source
    assert "hide-cell" in solved.metadata.tags
    assert solved.metadata.mystnb["code_prompt_show"] == "Show solution"
    assert check.source == "check(rnn_step)"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_page_has_hidden_tests_seeds_or_marks(chapter):
    made = chapters.page_of(chapter, ROOT)
    for cell in made.notebook.cells:
        assert "HIDDEN TESTS" not in cell.source
        assert "SOLUTION" not in cell.source
    names = [exercise.name for exercise in CHAPTERS[chapter]]
    assert [cell.id for cell in made.notebook.cells if "hide-cell" in cell.metadata.get("tags", [])] == names
    text = nbformat.writes(made.notebook)
    assert not re.search("(?:image/png|audio/wav);base64", text)  # pictures and sounds are files
    assert "application/vnd.rnncourse" not in text  # a card for the grader is nothing that a browser can show
    assert made.media
    nbformat.validate(made.notebook)


def test_what_is_folded_in_a_text_is_read_as_markdown(page):
    text = "\n".join(cell.source for cell in page.notebook.cells if cell.cell_type == "markdown")
    assert "<details><summary>Answer</summary>\n\n" in text
    assert text.count("\n\n</details>") == text.count("<details>")


def test_pictures_and_sounds_become_files_called_after_their_content():
    media = {}
    shown = f'<img alt="a" src="data:image/png;base64,{PIXEL}"><audio src="data:audio/wav;base64,UklGRg=="></audio>'
    page = chapters.with_files(shown + shown, media)
    assert sorted(name.rpartition(".")[2] for name in media) == ["png", "wav"]
    assert base64.b64decode(PIXEL) in media.values()
    assert page.count('<img alt="a" loading="lazy" src="../../media/') == 2
    assert page.count('<audio preload="none" src="../../media/') == 2


def webp(shade):
    """A picture in base64, another one for each shade."""
    picture = io.BytesIO()
    Image.new("RGB", (4, 2), (shade, 0, 0)).save(picture, format="webp", lossless=True)
    return base64.b64encode(picture.getvalue()).decode()


def small(tmp_path):
    """A project with one chapter whose only figure has sliders."""
    cell = nbformat.v4.new_code_cell("explore(draw, x=(0, 1, 1, 0))", id="e")
    cell.outputs = [
        nbformat.v4.new_output("display_data", {"text/html": f'<img alt="0" src="data:image/png;base64,{PIXEL}">'})
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 3 · Title"), cell])
    for folder in ("solutions", "course"):
        path = tmp_path / folder / "03_manual_rnn" / "03_manual_rnn.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    shown = {"width": 10, "sliders": [{"label": "x", "values": ["0", "1"], "start": 0}]}
    shown["stills"] = [{"at": (n,), "alt": f"is {n}", "webp": webp(n)} for n in range(2)]
    return notebook, {"e": shown}


def test_stills_take_the_place_of_the_picture(tmp_path):
    notebook, shown = small(tmp_path)
    stills.keep(notebook, "03_manual_rnn", tmp_path, shown)
    page = chapters.page_of("03_manual_rnn", tmp_path)
    html = page.notebook.cells[1].outputs[0].data["text/html"]
    assert page.without_stills == []
    assert 'alt="is 1"' in html
    assert {base64.b64decode(webp(n)) for n in range(2)} == set(page.media.values())


@pytest.mark.parametrize("kept", [False, True])
def test_without_stills_of_this_code_the_stored_picture_stays(tmp_path, kept):
    notebook, shown = small(tmp_path)
    if kept:
        notebook.cells[1].source += "  # changed since"
        stills.keep(notebook, "03_manual_rnn", tmp_path, shown)
    page = chapters.page_of("03_manual_rnn", tmp_path)
    assert page.without_stills == ["e"]
    assert 'alt="0"' in page.notebook.cells[1].outputs[0].data["text/html"]
