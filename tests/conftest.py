"""Tests import their helpers from this folder (``from exercises.mutants import …``) and the maintainer's tools."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]


def pytest_addoption(parser):
    parser.addoption(
        "--training-seeds",
        type=int,
        default=1,
        metavar="N",
        help="how many seeds to train the reference models of the exercises with (make test-long SEEDS=5; slow)",
    )


def pytest_generate_tests(metafunc):
    """A test that asks for ``training_seed`` trains once for each."""
    if "training_seed" in metafunc.fixturenames:
        metafunc.parametrize("training_seed", range(metafunc.config.getoption("--training-seeds")))


#: What takes longest comes first, then the other notebooks, then the rest: a worker that begins something long last
#: would work alone at the end. The grader's own tests come after the bank of submissions, which looks for processes
#: that others have left behind.
LONGEST = (
    "test_bank", "11_lstm", "12_gru", "09_deep_rnns", "07_forecasting", "08_generating", "06_training_a_classifier",
    "14_translation", "test_faults", "test_pipeline", "test_exercises", "test_translation", "test_nbgrader",
    "test_gradebook", "test_cluster",
)  # fmt: skip


#: The second project runs as it is in ``make test-long``; in every run it runs on small settings (``test_chapters``).
SECOND = "a_win"


@pytest.hookimpl(tryfirst=True)  # before the marks are looked at
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem == SECOND:
            item.add_marker("long")
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks) + (item.path.suffix != ".ipynb")))


@pytest.fixture(autouse=True)
def as_a_learner(monkeypatch):
    """nbgrader's converters, run in this process, leave behind that a notebook is being graded; here none is."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def shown(monkeypatch):
    """As in a notebook: what the test shows is published, and collected in this list of bundles."""
    bundles = []
    monkeypatch.setattr("rnncourse.display.get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture(params=["float32", "mixed_float16", "mixed_bfloat16", "float64"])
def policy(request):
    """Layers that are made while this lasts compute in another dtype."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.fixture(scope="module")
def browser():
    """Chromium, as Playwright drives it."""
    from playwright.sync_api import sync_playwright

    from browsing import CHROMIUM, QUIET

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()
