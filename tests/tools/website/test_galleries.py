"""Controls and pictures of a figure without a kernel."""

from __future__ import annotations

import re

from tools.stills import Gallery, Slider, Still
from tools.website import galleries

GALLERY = Gallery(
    code="",
    width=300,
    sliders=(Slider("weights times", ("0.5", "1", "-2"), 1), Slider("rule", ("kept", "zero <b>"), 0)),
    stills=tuple(Still((i, j), f'"{i}" & {j}', f"{i}{j}.webp") for i in range(3) for j in range(2)),
)


def test_the_picture_of_the_start_is_there_and_all_others_wait():
    page = galleries.as_html(GALLERY, "g", lambda name: f"../media/{name}")
    pictures = re.findall(r"<img [^>]+>", page)
    assert len(pictures) == 6
    (shown,) = [picture for picture in pictures if not picture.endswith(" hidden>")]
    assert 'data-at="1 0"' in shown
    assert 'alt="&quot;1&quot; &amp; 0"' in shown
    assert 'src="../media/10.webp"' in shown


def test_numbers_get_a_slider_and_words_a_list():
    page = galleries.as_html(GALLERY, "g", str)
    assert (
        '<label for="g-0">weights times</label><input type="range" id="g-0" min="0" step="1" max="2" value="1"' in page
    )
    assert 'data-values="0.5 1 -2" aria-valuetext="1"' in page
    assert '<option value="1">zero &lt;b&gt;</option>' in page
    assert page.count("<select") == 1
    assert 'stills-controls" hidden' in page  # until a script can make them work
