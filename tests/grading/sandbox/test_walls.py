"""The outer sandbox: what is shown in it."""

from __future__ import annotations

from rnncourse.grading.sandbox.walls import python_folders


def test_no_folder_is_shown_only_because_it_is_on_the_path(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(tmp_path))
    assert tmp_path not in python_folders()
    assert all(folder.name != "solutions" for folder in python_folders())
