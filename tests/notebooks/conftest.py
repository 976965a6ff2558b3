"""The release that learners' notebooks are compared with: a small one, made on the spot."""

from __future__ import annotations

import pytest

from rnncourse.notebooks import files

from made_notebooks import make_release


@pytest.fixture(autouse=True)
def release(tmp_path_factory, monkeypatch):
    folder = make_release(tmp_path_factory.mktemp("release"))
    monkeypatch.setattr(files, "course_folder", lambda: folder)
    return folder
