"""Controls and pictures of a figure without a kernel."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PIL import Image

from tools.stills import Gallery, Slider, Still
from tools.website import galleries

GALLERY = Gallery(
    code="",
    width=300,
    sliders=(Slider("weights times", ("0.5", "1", "-2"), 1), Slider("rule", ("kept", "zero <b>"), 0)),
    stills=tuple(Still((i, j), f'"{i}" & {j}', f"{i}{j}.webp") for i in range(3) for j in range(2)),
)


@pytest.fixture
def folder(tmp_path):
    Image.new("RGB", (600, 400)).save(tmp_path / "00.webp")
    return tmp_path


def test_the_picture_of_the_start_is_there_and_all_others_wait(folder):
    page = galleries.as_html(GALLERY, "g", folder, lambda name: f"../media/{name}")
    pictures = re.findall(r"<img [^>]+>", page)
    assert len(pictures) == 6
    (shown,) = [picture for picture in pictures if not picture.endswith(" hidden>")]
    assert 'data-at="1 0"' in shown
    assert 'alt="&quot;1&quot; &amp; 0"' in shown
    assert 'src="../media/10.webp"' in shown
    assert 'width="300" height="200"' in shown  # its place is kept free until it is loaded


def test_numbers_get_a_slider_and_words_a_list(folder):
    page = galleries.as_html(GALLERY, "g", folder, str)
    assert (
        '<label for="g-0">weights times</label><input type="range" id="g-0" min="0" step="1" max="2" value="1"' in page
    )
    assert 'data-values="0.5 1 -2" aria-valuetext="1"' in page
    assert '<option value="1">zero &lt;b&gt;</option>' in page
    assert page.count("<select") == 1
    assert 'stills-controls" hidden' in page  # until a script can make them work


def test_what_cannot_be_chosen_is_said(folder):
    one = replace(GALLERY, sliders=(Slider("English", ("a <b>",), 0),), stills=(Still((0,), "x", "00.webp"),))
    page = galleries.as_html(one, "g", folder, str)
    assert 'English: a &lt;b&gt;<input type="hidden" value="0">' in page  # which site.js reads like a slider
    assert 'data-at="0"' in page
