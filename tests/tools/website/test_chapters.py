"""A chapter's notebook as a page."""

from __future__ import annotations

import base64
import functools
import io
import re

import nbformat
import pytest
from PIL import Image

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import TEST_SUFFIX, mark_of, notebook_path
from tools import stills
from tools.authoring import ROOT
from tools.derived import seeds_of
from tools.website import chapters

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


#: What a page shows of an output; all else is for a grader, or for a program that draws it.
SHOWN = {"text/html", "text/plain"}
_ADDRESS = re.compile(r'src="\.\./\.\./media/([^"]+)"')


@functools.cache
def made(chapter):
    return chapters.page_of(chapter, ROOT)


@functools.cache
def source_of(chapter):
    return nbformat.read(notebook_path(ROOT / "solutions", chapter), as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def page():
    return made("03_manual_rnn")


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
    found = made(chapter)
    seeds = {f"seed={seed}" for seed in seeds_of(source_of(chapter)).values()}
    for cell in found.notebook.cells:
        assert "HIDDEN TESTS" not in cell.source
        assert "SOLUTION" not in cell.source
        assert not re.search(r"^\s*grade\(", cell.source, re.MULTILINE)
        assert not seeds & set(re.findall(r"seed=\d+", cell.source))
    names = [exercise.name for exercise in CHAPTERS[chapter]]
    assert [cell.id for cell in found.notebook.cells if "hide-cell" in cell.metadata.get("tags", [])] == names
    text = nbformat.writes(found.notebook)
    assert not re.search("(?:image/png|audio/wav);base64", text)  # pictures and sounds are files
    assert "application/vnd.rnncourse" not in text  # a card for the grader is nothing that a browser can show
    assert found.media
    nbformat.validate(found.notebook)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_all_that_a_chapter_shows_is_on_its_page(chapter):
    """No cell is lost but the graded ones, no output but what only the grader reads, and no picture leads nowhere."""
    found = made(chapter)
    shown = {cell.id: cell for cell in found.notebook.cells}
    graded = {cell.id for cell in source_of(chapter).cells if mark_of(cell).endswith(TEST_SUFFIX)}
    assert [cell.id for cell in source_of(chapter).cells if cell.id not in graded] == [
        name for name in shown if not name.endswith("-asked")
    ]
    for cell in code_of(source_of(chapter)):
        if cell.id in graded:
            continue
        for stored, output in zip(cell.outputs, shown[cell.id].outputs, strict=True):
            assert output.get("text") == stored.get("text")
            assert set(output.get("data", {})) == set(stored.get("data", {})) & SHOWN
            assert output.get("data", {}).get("text/plain") == stored.get("data", {}).get("text/plain")
            html = stored.get("data", {}).get("text/html", "")
            assert output.get("data", {}).get("text/html", "").count("<img") >= html.count("<img")
    led_to = set(_ADDRESS.findall("".join(o.data.get("text/html", "") for c in shown.values()
                                          for o in c.get("outputs", []) if "data" in o)))  # fmt: skip
    assert led_to == set(found.media)
    assert found.without_stills == []  # make stills draws them anew


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_answer_stands_openly_on_a_page(chapter):
    """What is asked is the learner's cell, letter by letter, and its answer another, which is folded."""
    release = nbformat.read(notebook_path(ROOT / "course", chapter), as_version=4)
    asked = {mark_of(cell): cell.source for cell in code_of(release) if mark_of(cell)}
    shown = {cell.id: cell for cell in made(chapter).notebook.cells}
    for exercise in CHAPTERS[chapter]:
        assert shown[f"{exercise.name}-asked"].source == asked[exercise.name]
        assert shown[f"{exercise.name}-asked"].source.strip() != shown[exercise.name].source.strip()
    text = nbformat.writes(release)  # which the page offers to take along
    assert "HIDDEN TESTS" not in text
    assert "SOLUTION" not in text


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
