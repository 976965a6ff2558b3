"""What sliders show at other places, as stills."""

from __future__ import annotations

import base64
import io
import random

import nbformat
import numpy as np
import pytest
from PIL import Image

from rnncourse.plots.figures import new_figure
from tools import stills


def draw(scale, rule):
    figure, axes = new_figure(width=2, height=1)
    axes.plot([0, scale])
    np.random.random(), random.random()
    return figure, f"A line up to {scale}, {rule} & more."


SLIDERS = {"scale": (0.0, 2.0, 0.1, 0.3), "rule": ["kept", "zero"]}


def notebook(*sources, cell_ids=("a", "b", "c")):
    cells = [nbformat.v4.new_code_cell(source, id=name) for source, name in zip(sources, cell_ids, strict=False)]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("slider", "many", "values"),
    [
        ((0, 60, 1, 60), 7, [0, 10, 20, 30, 40, 50, 60]),
        ((1, 5, 1, 1), 7, [1, 2, 3, 4, 5]),
        ((0.0, 1.0, 0.1, 0.5), 3, [0.0, 0.5, 1.0]),
        ((0.05, 1.5, 0.05, 0.1), 4, [0.05, 0.1, 1.0, 1.5]),
        ((0, 9, 1, 2), 4, [0, 2, 6, 9]),
        ((0, 9, 1, 2), 2, [0, 2, 9]),
        (["a", "b"], 4, ["a", "b"]),
        ("words to read", 7, ["words to read"]),
        ([8, 1, 2, 3, 4, 5], 3, [8, 2, 5]),
    ],
)
def test_places_go_from_end_to_end_with_the_start_among_them(slider, many, values):
    assert stills._chosen(slider, many) == values


def test_every_choice_of_places_is_drawn_and_random_numbers_are_as_before():
    np.random.seed(3), random.seed(3)
    told = stills.drawn(draw, {"scale": "weights times"}, SLIDERS)
    drawn = np.random.random(), random.random()
    np.random.seed(3), random.seed(3)
    assert drawn == (np.random.random(), random.random())
    scale, rule = told["sliders"]
    assert scale == {"label": "weights times", "values": ["0", "0.3", "1.3", "2"], "start": 1}
    assert rule == {"label": "rule", "values": ["kept", "zero"], "start": 0}
    assert [each["at"] for each in told["stills"]] == [(i, j) for i in range(4) for j in range(2)]
    assert told["stills"][3]["alt"] == "A line up to 0.3, zero & more."
    with Image.open(io.BytesIO(base64.b64decode(told["stills"][0]["webp"]))) as picture:
        assert picture.format == "WEBP"
        assert picture.width == 2 * told["width"] == 2 * 192


def test_outside_of_a_notebook_nothing_is_recorded():
    before = stills.widgets.explore
    stills.record()
    assert stills.widgets.explore is before


def test_in_a_kernel_the_stills_come_behind_the_figure(monkeypatch):
    shown = []
    monkeypatch.setattr(stills, "in_notebook", lambda: True)
    monkeypatch.setattr(stills, "show_output", lambda bundle, elsewhere: shown.append(bundle))
    monkeypatch.setattr(stills.widgets, "explore", lambda draw, /, **given: shown.append(given["labels"]))
    monkeypatch.setattr(stills, "drawn", lambda *given: given)
    stills.record()
    stills.widgets.explore(draw, labels={"rule": "the rule"}, **SLIDERS)
    assert shown == [{"rule": "the rule"}, {stills.MIME: (draw, {"rule": "the rule"}, SLIDERS)}]


def with_stills(*sources):
    """A notebook that has run: the last cell has shown a figure and its stills."""
    ran = notebook(*sources)
    told = {"width": 192, "sliders": [{"label": "scale", "values": ["0", "0.3"], "start": 1}]}
    told["stills"] = [{"at": (n,), "alt": f"is {n}", "webp": base64.b64encode(b"%d" % n).decode()} for n in range(2)]
    ran.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", {"text/html": "<img>"}),
        nbformat.v4.new_output("display_data", {stills.MIME: told}),
    ]
    return ran


def test_stills_are_taken_out_and_kept(tmp_path):
    ran = with_stills("x = 1", "explore(draw)")
    found = stills.taken_out(ran)
    assert [output.data for output in ran.cells[1].outputs] == [{"text/html": "<img>"}]
    stills.keep(ran, "03_manual_rnn", tmp_path, found)
    gallery = stills.galleries_of("03_manual_rnn", tmp_path)["b"]
    assert gallery.sliders == (stills.Slider("scale", ("0", "0.3"), 1),)
    assert gallery.width == 192
    files = {path.name for path in stills.folder_of("03_manual_rnn", tmp_path).glob("*.webp")}
    assert {still.file for still in gallery.stills} == files
    assert not gallery.out_of_date(ran, "b")
    assert gallery.out_of_date(notebook("x = 2", "explore(draw)"), "b")
    assert not gallery.out_of_date(notebook("x = 1", "explore(draw)", "y = 2"), "b")  # what comes later does not count


def test_stills_of_unchanged_code_stay_and_those_of_no_cell_go(tmp_path):
    ran = with_stills("x = 1", "explore(draw)")
    found = stills.taken_out(ran)
    stills.keep(ran, "03_manual_rnn", tmp_path, found)
    before = stills.galleries_of("03_manual_rnn", tmp_path)
    found["b"]["width"] = 300
    stills.keep(ran, "03_manual_rnn", tmp_path, found)
    assert stills.galleries_of("03_manual_rnn", tmp_path) == before
    stills.keep(ran, "03_manual_rnn", tmp_path, found, fresh=True)
    assert stills.galleries_of("03_manual_rnn", tmp_path)["b"].width == 300
    stills.keep(ran, "03_manual_rnn", tmp_path, {})
    assert not stills.folder_of("03_manual_rnn", tmp_path).exists()
