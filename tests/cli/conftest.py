"""A release to copy from, a folder to be in, and a learner's copy of the course."""

from __future__ import annotations

import pytest

from rnncourse.cli import copying
from rnncourse.notebooks import files

from made_notebooks import make_release


@pytest.fixture(autouse=True)
def release(tmp_path, monkeypatch):
    """A release of unsolved notebooks, and a working directory beside it."""
    folder = make_release(tmp_path / "release")
    monkeypatch.setattr(files, "course_folder", lambda: folder)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def copy(home, monkeypatch):
    """A fresh copy of the course; the working directory is in it."""
    copying.start_copy(home / "mine")
    monkeypatch.chdir(home / "mine")
    return home / "mine"
