"""Tests import their helpers from this folder: ``from exercises.alternatives import …``."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module")
def browser():
    """Chromium, as Playwright drives it."""
    from playwright.sync_api import sync_playwright

    from browsing import CHROMIUM, QUIET

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()
