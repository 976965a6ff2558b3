"""The page a learner sees: JupyterLab, the start page, chapter 03, nbgrader's Validate button, a slider that works."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest

from rnncourse.notebooks.files import START

from browsing import BROWSER

CHAPTER = "03_manual_rnn"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address that ``rnncourse lab --no-browser`` prints, for a fresh copy of the course, and what else it says."""
    folder = tmp_path_factory.mktemp("learner")
    environment = {**os.environ, "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}
    command = [sys.executable, "-c", "import sys; from rnncourse.cli.app import main; sys.exit(main())"]
    subprocess.run([*command, "start", "mine"], cwd=folder, check=True, capture_output=True, env=environment)
    log = folder / "lab.log"
    with open(log, "w") as out:
        server = subprocess.Popen(
            [*command, "lab", "mine", "--no-browser"],
            cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield _address(log, server), folder / "mine", log
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(15)
            assert "WARNING" not in log.read_text()  # of kernels that find themselves alone
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _address(log, server) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\S*", log.read_text())
        if found:
            return found[0]
        assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(f"no address within 60 s: {log.read_text()}")


def elsewhere(address, place):
    """The address of another page of the same server, with the same key."""
    return re.sub(r"/lab[^?]*", place, address, count=1)


def open_notebook(browser, address, path):
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    own_workspace = Path(path).stem  # else JupyterLab opens the notebooks of the page before it too
    page.goto(elsewhere(address, f"/lab/workspaces/{own_workspace}/tree/{path}"))
    page.wait_for_selector(".jp-Notebook", timeout=60_000)
    return page


def wait_for_kernel(address, path, seconds=120):
    """Wait until the notebook's kernel is idle and the page is connected to it, by the server's own account.

    The page says idle from the start; a cell that is run too early makes it ask for a kernel.
    """
    sessions = elsewhere(address, "/api/sessions")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with urlopen(sessions, timeout=30) as answer:
            kernels = {session["path"]: session["kernel"] for session in json.load(answer)}
        if path in kernels and kernels[path]["execution_state"] == "idle" and kernels[path]["connections"]:
            return
        time.sleep(0.2)
    raise AssertionError(f"{path} has no connected, idle kernel after {seconds} s: {kernels}")


@BROWSER
def test_the_address_opens_the_start_page_and_it_leads_to_the_first_right_answer(lab, browser):
    """A wrong answer is told its mistake, the mended one is right; no controls of an instructor, no news, no alarm."""
    address, _, log = lab
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(address)
    page.wait_for_selector("h1:has-text('Start here')", timeout=60_000)
    wait_for_kernel(address, START)
    cells = page.locator(".jp-CodeCell .cm-content")
    for number, answer in ((0, "exercises solved"), (1, ""), (2, "It keeps one tenth and takes in nine")):
        cells.nth(number).click()
        page.keyboard.press("Shift+Enter")
        if answer:
            page.wait_for_selector(f"text={answer}", timeout=60_000)
    cells.nth(1).click()
    page.keyboard.press("Control+A")
    page.keyboard.type("remember = lambda state, x: 0.9 * state + 0.1 * x")
    page.keyboard.press("Shift+Enter")
    cells.nth(2).click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("text=✓ remember: right", timeout=60_000)
    page.click("a:has-text('01 · A cell with a memory')")
    page.wait_for_selector("h1:has-text('1 · A cell with a memory')", timeout=60_000)
    words = page.content()
    assert "Create Assignment" not in words
    assert "Jupyter news" not in words
    assert "WARNING" not in log.read_text()
    page.close()


@BROWSER
def test_chapter_three_opens_and_validates(lab, browser):
    """The untouched chapter opens; the Validate button runs it and names the first graded cell that fails."""
    page = open_notebook(browser, lab[0], f"{CHAPTER}/{CHAPTER}.ipynb")
    page.wait_for_selector("h1:has-text('An RNN by hand')", timeout=60_000)
    page.click("jp-button.validate-button", timeout=60_000)
    dialog = page.wait_for_selector(".jp-Dialog:has-text('failed')", timeout=120_000)
    assert 'grade("batch_shapes")' in dialog.inner_text()
    assert "There is no batch_shapes yet" in dialog.inner_text()
    page.close()


@BROWSER
def test_a_slider_redraws_the_figure_and_its_alt_text(lab, browser):
    address, folder, _ = lab
    code = "from rnncourse.plots.diagrams import unrolled_cell\nfrom rnncourse.plots.widgets import explore\n"
    cell = nbformat.v4.new_code_cell(code + "explore(unrolled_cell, steps=(1, 6, 1, 3))")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}  # else Lab asks for it
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), folder / "slider.ipynb")
    page = open_notebook(browser, address, "slider.ipynb")
    page.click(".jp-CodeCell .cm-content")
    wait_for_kernel(address, "slider.ipynb")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("img[alt*='3 copies']", timeout=60_000)
    page.focus(".widget-slider .noUi-handle")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("img[alt*='4 copies']", timeout=30_000)
    assert page.locator(".jp-OutputArea img:visible").count() == 1
    page.close()


def test_the_server_answers(lab):
    address, folder, _ = lab
    with urlopen(address, timeout=30) as answer:
        assert answer.status == 200
    assert (folder / CHAPTER / f"{CHAPTER}.ipynb").is_file()
