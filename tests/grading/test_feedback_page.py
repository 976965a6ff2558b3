"""The page that a learner gets back: what they wrote and were told, nothing hidden, nothing run, nothing loaded."""

from __future__ import annotations

import re

import pytest
from nbgrader.api import Gradebook

from rnncourse.exercises import CHAPTERS
from rnncourse.grading import feedback_page

from browsing import BROWSER, faults, overflow
from hostile.making import CHAPTER
from made_classes import make_course
from made_pages import ATTACKS, OBEYED, PIXEL, hand_in, pages_of, result_of

NAMES = [exercise.name for exercise in CHAPTERS[CHAPTER]]
ADVICE = "The weighted sum is right; now squash it with np.tanh.\nneuron_step is 0.7, expected 0.6."
SPOKEN = (
    "# My notes\n\nIf `a < b` then $h_t = \\tanh(W_x x_t + W_h h_{t-1})$ and 1 < 2.\n\n![drawn](attachment:mine.png)",
    "| step | value |\n|--:|--:|\n| 1 | 0.5 |\n\n```python\nx = [i for i in range(3)]  # three\n```",
)
PRINTED = {
    "output_type": "stream",
    "name": "stdout",
    "text": "\x1b[31mred\x1b[38;5;66mgrey\x1b[0m <b>&\x1b]0;title\x07 \u202eback\n",
}
PICTURE = {"output_type": "display_data", "data": {"image/png": PIXEL, "text/plain": "<Figure>"}, "metadata": {}}
EVIL = [
    {"output_type": "display_data", "metadata": {}, "data": {kind: "<img src=x onerror=hit()><script>hit()</script>"}}
    for kind in ("text/html", "image/svg+xml", "text/markdown", "application/javascript", "image/png", "text/latex")
]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("pages"), 0)
    hand_in(course, "ada", *SPOKEN, attachments={"mine.png": {"image/png": PIXEL}})
    evil = "# <script>hit()</script>\nx = '<img src=x onerror=hit()>'"
    hand_in(course, "mallory", *ATTACKS.values(), neuron_step=evil)
    return course


@pytest.fixture(scope="module")
def pages(course):
    shares = {NAMES[0]: 0.0, NAMES[1]: 0.5}
    return pages_of(
        course,
        result_of(course, "ada", [PRINTED, PICTURE], shares, ADVICE, look=["Look\n### at \x1b[2J this"]),
        result_of(course, "mallory", [*EVIL, PRINTED], dict.fromkeys(NAMES, 0.0), "<script>hit()</script>"),
    )


def test_every_page_has_the_one_head_that_loads_nothing():
    templates = feedback_page.pages()
    head = templates.get_template("page.html").render().split("<title>")[0]
    assert head.startswith("<!DOCTYPE html>\n<html lang=")
    assert "default-src 'none'" in head
    for name in set(templates.list_templates(extensions=["html"])) - {"page.html"}:
        assert "<head>" not in templates.loader.get_source(templates, name)[0], name
    assert feedback_page.not_graded_yet(CHAPTER).split("<title>")[0] == head


def test_a_learner_reads_points_advice_and_their_own_words(pages):
    page = pages["ada"]
    for part in (
        "<h1>Feedback on 01_memory_cell</h1>", "<code>a &lt; b</code>", "1 &lt; 2", "<math ", "<table>",
        f"{NAMES[0]}: 0 of", "squash it with np.tanh.", f'src="data:image/png;base64,{PIXEL}" alt="drawn"',
        'alt="A picture that this cell made"', '<span class="ansi-red-fg">red</span><span>grey</span> &lt;b&gt;&amp;',
    ):  # fmt: skip
        assert part in page
    assert f'<a href="#graded-{NAMES[1]}">{NAMES[1]}</a>' in page
    assert f'id="graded-{NAMES[1]}"' in page


def test_g11_hidden_tests_and_their_seeds_are_not_on_the_page(pages):
    for page in pages.values():
        assert "HIDDEN TESTS" not in page
        assert "seed=" not in page


def test_h6_nothing_on_the_page_is_obeyed_by_a_terminal_or_changes_direction(pages):
    for page in pages.values():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)
    assert r"\x1b]0;title\x07 \u202eback" in pages["ada"]
    assert r"Look\n### at \x1b[2J this" in pages["ada"]


def test_nothing_on_the_page_is_run_or_loaded(pages):
    for page in pages.values():
        head, _, body = page.partition("<body>")
        assert "default-src 'none'" in head
        assert not [each[0] for each in OBEYED.finditer(body)]
        assert "http" not in head.replace("http-equiv", "")
        assert len(page) < 600_000


def test_what_waits_for_a_person_is_not_graded_yet_and_their_comments_are_shown(course, pages):
    with Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse") as gradebook:
        gradebook.find_grade(f"{NAMES[2]}_test", CHAPTER, CHAPTER, "ada").needs_manual_grade = True
        gradebook.find_comment(NAMES[2], CHAPTER, CHAPTER, "ada").manual_comment = "**Nearly** [x](javascript:hit())"
        gradebook.db.commit()
    page = pages_of(course)["ada"]
    assert "Not all of it is graded yet." in page
    assert f'{NAMES[2]}</a>: <span class="warn">not graded yet</span>' in page
    assert "<strong>Nearly</strong>" in page
    assert "javascript" not in page
    assert "Not all of it is graded yet." not in pages["ada"]


@BROWSER
def test_in_a_browser_nothing_runs_and_nothing_is_asked_for(course, pages, browser):
    for student in pages:
        page = browser.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 }")
        address = (course / "feedback" / student / CHAPTER / f"{CHAPTER}.html").as_uri()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('main a').forEach(a => a.removeAttribute('href') || a.click())")
        assert page.evaluate("window.hits") == 0
        assert [url for url in asked if not url.startswith("data:")] == [address]
        page.close()


@BROWSER
@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (400, "dark")])
def test_the_page_can_be_read_by_everybody_and_on_a_telephone(course, pages, browser, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto((course / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html").as_uri())
    assert overflow(page) == 0
    assert faults(page) == []
    page.close()
