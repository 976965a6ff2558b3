"""Learners' text on pages: what honest people write is shown, and what others write does nothing."""

from __future__ import annotations

import re
import time

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from rnncourse.grading import harmless
from rnncourse.grading.gradebook import load_config
from rnncourse.grading.harmless import as_code, as_html, cleaned, in_markdown, is_picture, with_formulas
from tools.authoring import ROOT

from made_pages import ATTACKS, OBEYED, PIXEL

PASTED = {"image.png": {"image/png": PIXEL}, "two words.png": {"image/png": PIXEL}, "evil": {"image/svg+xml": "x"}}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_learners_text_is_obeyed(attack):
    text = as_html(ATTACKS[attack], PASTED)
    assert not OBEYED.search(text), text
    assert not OBEYED.search(with_formulas(text)), with_formulas(text)
    assert "evil.example" not in "".join(re.findall(r"(?:src|style)=\"[^\"]*\"", text))


def test_nothing_is_obeyed_when_nbconvert_reads_it_as_markdown_as_formgrader_does():
    sources = [in_markdown(as_html(text, PASTED)) for text in ATTACKS.values()]
    sources += [in_markdown(as_html(f"`{text}`\n\n    {text}\n\n- {text}", PASTED)) for text in ATTACKS.values()]
    sources += [in_markdown(as_code(text)) for text in ATTACKS.values()]
    body = body_of(*sources)
    assert not [each[0] for each in OBEYED.finditer(body)]
    assert "hit()" in body  # shown, as words
    unclean = [name for name, text in ATTACKS.items() if OBEYED.search(body_of(text))]
    assert len(unclean) >= 15, "nbconvert alone stops nearly all of it"


def test_formgrader_shows_formulas_and_pasted_pictures_by_the_filter_of_the_configuration():
    config = load_config(ROOT)
    assert config.GenerateFeedback.exporter_class == "rnncourse.grading.feedback_page.FeedbackPage"
    body = body_of("$a < b$ ![](attachment:image.png)", *ATTACKS.values(), config=config)
    assert "<math " in body
    assert f'src="data:image/png;base64,{PIXEL}"' in body
    assert not [each[0] for each in OBEYED.finditer(body)]


def body_of(*sources: str, config=None) -> str:
    """What nbconvert makes of text cells, without the page around them."""
    pictures = {name: bundle for name, bundle in PASTED.items() if name != "evil"} | {"evil": {"image/png": "x"}}
    notebook = new_notebook(cells=[new_markdown_cell(source, attachments=pictures) for source in sources])
    exporter = HTMLExporter(config=config, template_name="classic", exclude_anchor_links=True)
    page = exporter.from_notebook_node(notebook)[0]
    return page.partition('class="container" id="notebook-container"')[2]


def test_what_honest_people_write_is_shown():
    shown = as_html("**Bold** and `a < b`, [link](https://example.org/?a=1&b=2)\n\n- 1 < 2 & 3\n\n<b>x</b><br>y")
    for part in ("<strong>Bold</strong>", "<code>a &lt; b</code>", 'href="https://example.org/?a=1&amp;b=2"',
                 "<li>1 &lt; 2 &amp; 3</li>", "<b>x</b><br>y"):  # fmt: skip
        assert part in shown
    assert 'style="text-align:right"' in as_html("| a |\n|--:|\n| 1 |")


def test_a_pasted_picture_is_shown_and_one_that_is_not_there_is_said():
    shown = as_html("![mine](attachment:image.png) ![](attachment:two%20words.png)", PASTED)
    assert shown.count(f'src="data:image/png;base64,{PIXEL}"') == 2
    assert "[a picture that is not in the notebook: gone]" in as_html("![gone](attachment:gone.png)", PASTED)
    assert "[a picture that is not in the notebook: a&gt;b]" in as_html("![a>b](https://example.org/x.png)")
    again = in_markdown(shown)
    assert as_html(again) == f"<div>{shown}</div>"


def test_a_picture_is_base64_of_a_kind_that_runs_nothing():
    assert is_picture("image/png", PIXEL)
    assert is_picture("image/jpeg", f"{PIXEL[:40]}\n{PIXEL[40:]}\n")
    for kind, data in (("image/svg+xml", PIXEL), ("image/png", 'x" onerror="hit()'), ("image/png", ["x"]),
                       ("text/html", PIXEL), ("image/png", ""), ("image/png", "A" * 13 * 1024**2)):  # fmt: skip
        assert not is_picture(kind, data)


def test_formulas_need_no_script_and_no_network():
    shown = with_formulas(as_html(r"$h_t = \tanh(W x_t)$ and $$\frac{a}{b}$$ and \$5, \$6, `$x$`"))
    assert shown.count("<math ") == 2
    assert 'display="block"' in shown
    assert "$5, $6, <code>$x$</code>" in shown
    assert "<math" in with_formulas(as_html("\\begin{align}a &= b\\\\ c &< d\\end{align}"))
    for broken in (r"${{{$", r"$\unknown{$", "$" + "{" * 3000 + "$", f"${'x' * 5000}$"):
        assert "<math" not in with_formulas(as_html(broken))
        assert as_html(broken).strip() in with_formulas(as_html(broken))


def test_every_formula_of_the_course_is_drawn():
    for path in sorted(ROOT.glob("solutions/*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                made = as_html(cell.source)
                assert with_formulas(made).count("<math ") == made.count("<var>"), cell.source


@pytest.mark.parametrize("piece", ["\\begin{a}", "\\\\[", "$$ ", "[a](", "<div>", "<a ", "> ", "![", "`a", "_a", "- "])
def test_a_text_that_is_hard_to_read_takes_its_time_and_no_more(piece):
    began = time.process_time()
    assert as_html(piece * (harmless.LONGEST_TEXT // len(piece)))
    assert as_html(piece * harmless.LONGEST_TEXT).startswith("<pre>")  # as it was written
    assert time.process_time() - began < 20  # it was minutes


def test_html_of_ours_keeps_what_it_needs():
    frame = '<div style="border-left:4px solid red;padding:2px"><strong>x</strong></div>'
    assert cleaned(frame) == frame
    sound = '<audio controls="" src="data:audio/wav;base64,UklG"></audio>'
    assert cleaned(sound) == sound
    assert "src" not in cleaned('<audio src="https://evil.example/x.wav"></audio>')
    assert 'width="640"' in cleaned(f'<img width="640" src="data:image/png;base64,{PIXEL}">')
