"""The website in a browser: `make test-site` builds it, opens it, and looks for what a reader would stumble over."""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import threading
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT

from browsing import BROWSER, CHROMIUM, QUIET, faults, overflow

pytestmark = pytest.mark.site
REPOSITORY = "https://github.com/somebody/course"
CHAPTER_PAGES = [f"course/{chapter}/{chapter}.html" for chapter in CHAPTERS]
PAGES = ["index.html", *CHAPTER_PAGES, "words.html", "results.html", "grading.html", "get.html", "api/index.html"]
PAGES += ["api/cells.html", "contributing.html", "changelog.html"]
WITH_SOUND = "course/08_generating/08_generating.html"
WITH_ALL = "course/06_training_a_classifier/06_training_a_classifier.html"
#: One page of each look, for what takes long.
SAMPLE = [(name, theme) for name in ("index.html", WITH_ALL, "api/cells.html") for theme in ("light", "dark")]
SAMPLE += [("words.html", "light"), ("results.html", "dark"), ("get.html", "light")]
#: Theme, not ours: it says in the console which mode it has chosen.
CHATTER = re.compile(r"\[PST\]")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    from tools.website.building import build

    folder = tmp_path_factory.mktemp("site")
    remarks = build(folder, ROOT, REPOSITORY)
    return folder / "html", remarks


@pytest.fixture(scope="module")
def address(built):
    serve = functools.partial(Quiet, directory=str(built[0]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = [*QUIET, "--autoplay-policy=no-user-gesture-required"]
        program = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield program
        program.close()


class Visit:
    """A page that is open, and what went wrong on it."""

    def __init__(self, browser, address, width=1300, theme="light"):
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.address, self.complaints = address, []
        if theme:
            mode = f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
            self.page.add_init_script(mode)
        self.page.on("console", lambda message: self.complain(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complain("error", str(error)))
        self.page.on("request", lambda request: self.asked(request.url))

    def complain(self, kind, text):
        if kind in ("error", "warning") and not CHATTER.search(text):
            self.complaints.append(f"{self.page.url}: {text}")

    def asked(self, url):
        if not url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"{self.page.url} asks for {url}")

    def go(self, name):
        self.page.goto(self.address + name)
        return self.page


@pytest.fixture
def visit(browser, address):
    visits = []

    def opened(**options):
        visits.append(Visit(browser, address, **options))
        return visits[-1]

    yield opened
    for each in visits:
        each.page.close()


# ------------------------------------------------------------------------------------------ files, without a browser
def test_the_site_is_small_enough_to_publish(built):
    sizes = [path.stat().st_size for path in built[0].rglob("*") if path.is_file()]
    assert sum(sizes) < 60e6
    assert max(path.stat().st_size for path in built[0].rglob("*.html")) < 2e6


def test_stills_are_those_of_the_chapters(built):
    assert built[1] == []


def anchors(page):
    return set(re.findall(r'\bid="([^"]+)"', page))


def test_every_link_leads_somewhere(built):
    pages = {path: path.read_text(encoding="utf-8") for path in built[0].rglob("*.html")}
    known = {path: anchors(text) for path, text in pages.items()}
    wrong = []
    for path, text in pages.items():
        here = path.relative_to(built[0]).as_posix()
        for target in set(re.findall(r'<(?:a|link|img|audio|script|source)\b[^>]*?(?:href|src)="([^"]*)"', text)):
            parts = urlsplit(urljoin(f"site:///{here}", html.unescape(target)))
            if parts.scheme != "site":
                continue
            file = built[0] / unquote(parts.path).lstrip("/")
            if not file.is_file():
                wrong.append(f"{here}: {target}")
            elif parts.fragment and file in known and unquote(parts.fragment) not in known[file]:
                wrong.append(f"{here}: {target} has no such place")
    assert not wrong


def test_nothing_is_loaded_from_elsewhere(built):
    for path in built[0].rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|audio|source|iframe)\b[^>]*?src="(https?:[^"]*)"', text)
        loaded += re.findall(r'<link\b[^>]*rel="(?:stylesheet|preload)"[^>]*href="(https?:[^"]*)"', text)
        assert not loaded, path


def test_every_picture_has_its_alt_text(built):
    for name in CHAPTER_PAGES:
        pictures = re.findall(r"<img\b[^>]*>", (built[0] / name).read_text(encoding="utf-8"))
        assert pictures
        for picture in pictures:
            alt = re.search(r'\balt="([^"]*)"', picture)
            assert alt, f"{name}: {picture[:200]}"
            assert alt[1].strip(), f"{name}: {picture[:200]}"


def test_buttons_lead_to_the_learners_notebook_in_the_repository(built):
    text = (built[0] / WITH_SOUND).read_text(encoding="utf-8")
    assert f"{REPOSITORY}/issues/new" in text
    assert "https://mybinder.org/v2/gh/somebody/course/main?urlpath=" in text
    assert "course/08_generating/08_generating.ipynb" in re.search(r'href="(https://mybinder[^"]+)"', text)[1]
    colab = re.search(r'href="(https://colab[^"]+)"', text)[1]
    assert colab.endswith("/github/somebody/course/blob/main/course/08_generating/08_generating.ipynb")


def test_every_chapter_shows_outputs_and_asks_for_none(built):
    for name in CHAPTER_PAGES:
        text = (built[0] / name).read_text(encoding="utf-8")
        assert "cell_output" in text
        assert "Show solution" in text
        stored = json.loads((built[0] / Path(name).with_suffix(".ipynb")).read_text(encoding="utf-8"))
        assert "NotImplementedError" in json.dumps(stored)  # to take along: the learner's notebook


# -------------------------------------------------------------------------------------------------------- in Chromium
@BROWSER
@pytest.mark.parametrize(("width", "theme"), [(1300, "light"), (1300, "dark"), (400, "light"), (400, "dark")])
def test_pages_stay_inside_their_window_and_complain_of_nothing(visit, width, theme):
    seen = visit(width=width, theme=theme)
    wide = []
    for name in PAGES:
        page = seen.go(name)
        if overflow(page) > 0:
            wide.append(f"{name}: {overflow(page)} pixels")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert not wide
    assert not seen.complaints


@BROWSER
@pytest.mark.parametrize(("name", "theme"), SAMPLE)
def test_axe_finds_no_serious_fault(visit, name, theme):
    page = visit(theme=theme).go(name)
    page.wait_for_load_state("load")
    assert faults(page, impacts=("serious", "critical")) == []


@BROWSER
@pytest.mark.parametrize(
    ("asked", "found"),
    [("gru_step", "api/cells"), ("teacher forcing", "14_translation"), ("attention", "words"), ("交叉熵", "words")],
)
def test_search_finds(visit, asked, found):
    seen = visit()
    page = seen.go(f"search.html?q={asked.replace(' ', '+')}")
    page.wait_for_selector("#search-results li a")
    page.wait_for_function("!document.querySelector('#search-results h2')?.textContent.includes('Searching')")
    links = page.eval_on_selector_all("#search-results li a", "links => links.map(link => link.href)")
    assert any(found in link for link in links)
    assert not seen.complaints


@BROWSER
def test_the_search_box_opens_from_the_keyboard(visit):
    page = visit().go("index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("vanishing")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=vanishing*")


@BROWSER
def test_the_theme_is_chosen_by_its_button_and_kept(visit):
    seen = visit(theme="")
    page = seen.go("index.html")

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    before = ground()
    page.locator("button.theme-switch-button:visible").click()
    page.locator("button.theme-change-button:visible", has_text="Dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert ground() != before
    seen.go("words.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@BROWSER
def test_solutions_and_answers_are_folded_until_they_are_opened(visit):
    page = visit().go("course/03_manual_rnn/03_manual_rnn.html")
    assert page.eval_on_selector_all(".bd-content details[open]", "found => found.length") == 0
    solution = page.locator("details.hide", has_text="tanh(").first
    assert not solution.locator("pre").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator("pre").first.is_visible()
    answer = page.locator(".bd-content details:not(.hide)").first
    text = answer.locator("p").last
    assert not text.is_visible()
    answer.locator("summary").click()
    assert text.is_visible()


@BROWSER
@pytest.mark.parametrize("name", CHAPTER_PAGES)
def test_sliders_choose_among_stills(visit, name):
    seen = visit()
    page = seen.go(name)
    galleries = page.locator(".stills")
    assert galleries.count() >= 1
    for gallery in galleries.all():
        assert gallery.locator("img:not([hidden])").count() == 1
        before = gallery.locator("img:not([hidden])").get_attribute("data-at")
        control = gallery.locator("input:not([type=hidden]), select").first
        if not control.count():  # a field for text: the still of its start
            continue
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(index=1)
        else:
            first = control.input_value() == "0"
            control.focus()
            page.keyboard.press("ArrowRight" if first else "ArrowLeft")
        after = gallery.locator("img:not([hidden])")
        assert after.count() == 1
        assert after.get_attribute("data-at") != before
        after.scroll_into_view_if_needed()
        page.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=after.element_handle())
    assert not seen.complaints


@BROWSER
def test_sound_is_played(visit):
    seen = visit()
    page = seen.go(WITH_SOUND)
    players = page.locator("audio")
    assert players.count() >= 3
    told = players.first.evaluate(
        "async player => { player.muted = true; await player.play(); await new Promise(go => setTimeout(go, 600));"
        " return [player.duration, player.currentTime, player.error]; }"
    )
    assert told[0] > 5
    assert told[1] > 0
    assert told[2] is None
    assert not seen.complaints


@BROWSER
def test_a_digit_is_drawn_and_read_without_a_kernel(visit):
    seen = visit()
    page = seen.go(WITH_ALL)
    pad = page.locator(".rnncourse-digit-pad")
    pad.locator("button.example").click()
    page.wait_for_function("pad => /\\d/.test(pad.querySelector('.said').textContent)", arg=pad.element_handle())
    assert not seen.complaints


@BROWSER
def test_formulas_are_drawn_by_the_browser(visit):
    page = visit().go("course/11_lstm/11_lstm.html")
    heights = page.eval_on_selector_all("math", "found => found.map(one => one.getBoundingClientRect().height)")
    assert len(heights) > 5
    assert all(height > 5 for height in heights)
    assert "$$" not in page.inner_text("article")


@BROWSER
def test_without_a_script_the_start_is_shown(browser, address):
    page = browser.new_page(java_script_enabled=False)
    page.goto(address + "course/03_manual_rnn/03_manual_rnn.html")
    assert page.locator(".stills img:visible").count() == 1
    assert page.locator(".stills-controls:visible").count() == 0
    page.close()


@BROWSER
def test_a_chapter_can_be_printed(visit):
    page = visit().go("course/03_manual_rnn/03_manual_rnn.html")
    page.emulate_media(media="print")
    assert page.locator(".bd-sidebar-primary:visible, .stills-controls:visible").count() == 0
    assert page.locator("h1:visible").count() >= 1
    assert len(page.pdf(format="A4")) > 50_000
