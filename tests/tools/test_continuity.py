"""A cell keeps its id, and an output that says the same stays as it was stored."""

from __future__ import annotations

import base64
import copy
import io
from types import SimpleNamespace

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbval.plugin import IPyNbCell
from PIL import Image

from tools.authoring import ROOT
from tools.continuity import _rules, keep_ids, keep_outputs, new_id, same_outputs

RULES = _rules(ROOT / "tests" / "nbval_sanitize.cfg")
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon")


def notebook_with(*sources):
    cells = [new_markdown_cell(source) if source[0] == "#" else new_code_cell(source) for source in sources]
    return new_notebook(cells=cells)


@pytest.fixture
def old():
    notebook = notebook_with("# A title", *(f"print('{word}')" for word in WORDS))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"kept-{number}"
    return notebook


def ids_after(old, *sources):
    new = notebook_with(*sources)
    keep_ids(new, old)
    assert len({cell.id for cell in new.cells}) == len(sources)
    return [cell.id for cell in new.cells]


def test_cells_that_stay_keep_their_ids(old):
    sources = [cell.source for cell in old.cells]
    before = [cell.id for cell in old.cells]
    assert ids_after(old, *sources) == before
    inserted = ids_after(old, *sources[:3], "new = 1", *sources[3:])
    assert inserted[:3] + inserted[4:] == before
    assert ids_after(old, *sources[:2], *sources[3:]) == before[:2] + before[3:]


def test_a_changed_cell_is_found_among_its_neighbours(old):
    sources = [cell.source for cell in old.cells]
    sources[2] = "print('beta', 2)"
    assert ids_after(old, *sources) == [cell.id for cell in old.cells]
    sources.insert(2, "something_quite_different = {'x': [1, 2, 3]}")
    found = ids_after(old, *sources)
    assert found[:2] + found[3:] == [cell.id for cell in old.cells]


def test_a_cell_of_another_type_is_another_cell(old):
    sources = ["print('# A title')", *(cell.source for cell in old.cells[1:])]
    assert ids_after(old, *sources)[0] != "kept-0"


def test_new_ids_come_from_the_content_and_never_twice():
    one, other = notebook_with("x = 1", "x = 1", "x = 1"), notebook_with("x = 1", "x = 1", "x = 1")
    for notebook in (one, other):
        keep_ids(notebook, new_notebook())
    ids = [cell.id for cell in one.cells]
    assert ids == [cell.id for cell in other.cells]
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]
    assert new_id(new_code_cell("x = 1"), set()) != new_id(new_markdown_cell("x = 1"), set())


def test_pictures_in_the_text_of_a_cell_stay_with_it(old):
    old.cells[0].source = "# A title ![p](attachment:p.png)"
    old.cells[0]["attachments"] = {"p.png": {"image/png": "AAAA"}}
    new = notebook_with("# A new title ![p](attachment:p.png)", *(cell.source for cell in old.cells[1:]))
    keep_ids(new, old)
    assert new.cells[0].attachments == old.cells[0].attachments


def printed(text):
    return [new_output("stream", name="stdout", text=text)]


def shown(html):
    return [new_output("display_data", {"text/html": html, "text/plain": html})]


def picture(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return [new_output("display_data", {"text/html": f'<img alt="a line" src="data:image/png;base64,{data}">'})]


def a_line(column, shift=0):
    pixels = np.full((64, 96, 3), 255, np.uint8)
    pixels[:, column : column + 2] = 0
    pixels[8:16, 8:16] -= np.uint8(shift)
    return pixels


def test_outputs_are_compared_as_nbval_does():
    assert same_outputs(printed("accuracy 0.912"), printed("accuracy 0.912"), RULES)
    assert not same_outputs(printed("accuracy 0.912"), printed("accuracy 0.913"), RULES)
    assert not same_outputs(printed("a"), [], RULES)


ALIKE = {
    "accuracy ≈ 0.912\n": "accuracy ≈ 0.9\n",
    "validation ≈ 0.912; counting alone ≈ 0.304": "validation ≈ 1; counting alone ≈ 0.3",
    "gain ≈ -3.2 %, of ≈ 5 %": "gain ≈ +12.25 %, of ≈ 105 %",
    "slope ≈ \u22120.5": "slope ≈ .25",
    "letters ≈ 12,345, of 20,000": "letters ≈ 1_234_567, of 20,000",
    "letters ≈ 12 345": "letters ≈ 345",
    "error ≈ 1.3e-05": "error ≈ 0.0004",
    "error ≈ 1.3 · 10⁻⁵": "error ≈ 2 × 10^-4",
    "It took ≈ 5.": "It took ≈ 5.25.",
    "units 4 | ≈   0.91 | ≈ 12.5   | end": "units 4 | ≈ 100.91 | ≈ 1.25    | end",
}
DIFFERENT = {
    "accuracy ≈ 0.912": "accuracy 0.912",
    "accuracy = 0.912": "accuracy = 0.913",
    "cost ≈ 0.912": "cost ≈ nan",
    "cost ≈ 3": "cost ≈ inf",
    "gain ≈ 3 %": "gain ≈ 3 points",
    "≈ 0.91 with 4 units": "≈ 0.91 with 5 units",
    "≈ 0.91, 0.5": "≈ 0.91, 0.6",
    "≈ 0.91 and ≈ 0.5": "≈ 0.91",
}


def cleaned_by_nbval(outputs):
    cell = SimpleNamespace(parent=SimpleNamespace(sanitize_patterns=dict(RULES)))
    cell.sanitize = lambda text: IPyNbCell.sanitize(cell, text)
    return IPyNbCell.sanitize_outputs(cell, outputs)


@pytest.fixture(params=["nbval", "make chapter"])
def alike(request):
    """Whether two lists of outputs are the same: for nbval's own comparison, and for ours."""
    if request.param == "make chapter":
        return lambda one, other: same_outputs(one, other, RULES)
    return lambda one, other: cleaned_by_nbval(one) == cleaned_by_nbval(other)


@pytest.mark.parametrize(("one", "other"), ALIKE.items())
def test_any_number_after_the_sign_is_accepted(alike, one, other):
    assert alike(printed(one), printed(other))
    assert alike(shown(f"<p>{one}</p>"), shown(f"<p>{other}</p>"))


@pytest.mark.parametrize(("one", "other"), DIFFERENT.items())
def test_nothing_but_that_number_is_accepted(alike, one, other):
    assert not alike(printed(one), printed(other))
    assert not alike(shown(f"<p>{one}</p>"), shown(f"<p>{other}</p>"))


def test_the_number_may_stand_in_tags(alike):
    one = "<tr><td>≈ 0.91</td><td>≈&nbsp;<b>0.5</b></td></tr><img alt='it reaches ≈ 0.91'>"
    other = "<tr><td>≈ 0.8</td><td>≈&nbsp;<b>12 %</b></td></tr><img alt='it reaches ≈ 1'>"
    assert not alike(shown(one), shown(other))  # the per cent sign
    assert alike(shown(one), shown(other.replace(" %", "")))


def test_the_file_is_ascii_because_nbval_reads_it_in_the_encoding_of_the_system():
    assert (ROOT / "tests" / "nbval_sanitize.cfg").read_text("utf-8").isascii()
    assert len(RULES) == 7


def test_a_line_of_progress_is_compared_but_for_its_numbers(alike):
    line = "█ epoch 3 of 3 · loss ≈ 0.25 · validation accuracy ≈ 0.5\nb ≈ 2"
    assert alike(printed(line), printed(line.replace("0.25", "0.3")))
    assert not alike(printed(line), printed(line.replace(" · loss ≈ 0.25", "")))
    assert not alike(printed(line), printed(line.replace("3 of 3", "2 of 3")))


def test_where_numbers_may_vary_words_may_not():
    assert same_outputs(printed("took 1.25 s"), printed("took 0.9 s"), RULES, varies=True)
    assert not same_outputs(printed("took 1.25 s"), printed("used 0.9 s"), RULES, varies=True)


def test_the_width_of_a_number_is_no_difference_where_it_may_vary():
    assert same_outputs(printed("call   36.3 ms\n"), printed("call 1393.7 ms\n"), RULES, varies=True)


def test_a_picture_of_a_measurement_stays_with_the_measurement():
    rules = ROOT / "tests" / "nbval_sanitize.cfg"
    sources = ("times = [tf.one()]", "left = new()\nshow(left, times, tf)", "left = new()\nshow(left, tf)")
    old = notebook_with(*sources, "times = [0]\nshow(tf)", "show(times)")
    old.cells[0].metadata["tags"] = ["nbval-ignore-output"]
    new = copy.deepcopy(old)
    for notebook, column in ((old, 20), (new, 40)):
        notebook.cells[0].outputs = printed(f"took {column / 10} s")
        for cell in notebook.cells[1:]:
            cell.outputs = picture(a_line(column))
    fresh = copy.deepcopy(new)
    keep_outputs(new, old, rules)
    assert [cell.outputs for cell in new.cells[:2]] == [cell.outputs for cell in old.cells[:2]]
    for place in (2, 3, 4):  # they show something else; `times` is another thing from the fourth cell on
        assert new.cells[place].outputs == fresh.cells[place].outputs
    fresh.cells[0].source += "  # measured in another way"
    newest = copy.deepcopy(fresh)
    keep_outputs(newest, old, rules)
    assert [cell.outputs for cell in newest.cells] == [cell.outputs for cell in fresh.cells]


def test_pictures_are_compared_by_what_they_show():
    assert same_outputs(picture(a_line(20)), picture(a_line(20)), RULES)
    assert same_outputs(picture(a_line(20)), picture(a_line(20, shift=2)), RULES)
    assert not same_outputs(picture(a_line(20)), picture(a_line(28)), RULES)
    assert not same_outputs(picture(a_line(20)), picture(a_line(20, shift=12)), RULES)
    assert not same_outputs(picture(a_line(20)), picture(a_line(20)[:32]), RULES)


def test_the_count_of_an_execution_is_no_difference():
    one = [new_output("execute_result", {"text/plain": "3"}, execution_count=1)]
    other = copy.deepcopy(one)
    other[0]["execution_count"] = 7
    assert same_outputs(one, other, RULES)
