"""Exports of learning platforms put into nbgrader's layout; nothing is lost, nothing leads out of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rnncourse.grading import collect as collecting
from rnncourse.grading.records import GradingError

from hostile.making import CHAPTER


def make_zip(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def collect(source: Path, course: Path, **options) -> collecting.Collected:
    return collecting.collect(source, CHAPTER, course / "submitted", course, **options)


def test_exports_of_canvas_moodle_and_folders_are_understood(tmp_path):
    canvas = make_zip(tmp_path / "c.zip", {"doejane_LATE_12_34_01_memory_cell-2.ipynb": "{}", "roe_1_2_x.ipynb": "[]"})
    assert collect(canvas, tmp_path).new == ["doejane", "roe"]
    moodle = make_zip(tmp_path / "m.zip", {"Jane Doe_77_assignsubmission_file_/homework.ipynb": "{}"})
    assert collect(moodle, tmp_path).new == ["Jane Doe_77"]
    (tmp_path / "folder" / "bob").mkdir(parents=True)
    (tmp_path / "folder" / "bob" / "a.ipynb").write_text("{}")
    assert collect(tmp_path / "folder", tmp_path).new == ["bob"]
    assert (tmp_path / "submitted" / "doejane" / CHAPTER / f"{CHAPTER}.ipynb").read_text() == "{}"
    other = make_zip(tmp_path / "o.zip", {"group7--eve.ipynb": "{}"})
    assert collect(other, tmp_path, pattern=r"--(?P<student>\w+)").new == ["eve"]
    assert collect(other, tmp_path).unknown == ["group7--eve.ipynb"]


def test_collecting_again_loses_nothing(tmp_path):
    first = make_zip(tmp_path / "1.zip", {"ada_1_2_x.ipynb": "old", "bob_1_2_x.ipynb": "same"})
    later = make_zip(tmp_path / "2.zip", {"ada_1_2_x.ipynb": "new", "bob_1_2_x.ipynb": "same"})
    collect(first, tmp_path)
    found = collect(later, tmp_path)
    path = tmp_path / "submitted" / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    assert (found.differing, found.unchanged, path.read_text()) == (["ada"], ["bob"], "old")
    assert collect(later, tmp_path, update=True).replaced == ["ada"]
    assert path.read_text() == "new"
    (kept,) = (tmp_path / ".grading" / "replaced" / "ada").iterdir()
    assert (kept / f"{CHAPTER}.ipynb").read_text() == "old"


def test_an_export_cannot_lead_out_of_the_folder_or_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "LARGEST_NOTEBOOK", 1000)
    evil = make_zip(tmp_path / "e.zip", {"../../x.ipynb": "{}", "/etc/x.ipynb": "{}", "bomb_1_2_x.ipynb": "0" * 10_000})
    with zipfile.ZipFile(evil, "a") as archive:
        link = zipfile.ZipInfo("eve_1_2_link.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = collect(evil, tmp_path / "course")
    made = [p for p in (tmp_path / "course").rglob("*") if p.is_file()]
    assert all(p.name == f"{CHAPTER}.ipynb" and p.read_text() == "{}" for p in made)
    assert not (tmp_path / "x.ipynb").exists()
    assert "bomb_1_2_x.ipynb (too large)" in found.left_out
    assert "eve_1_2_link.ipynb" in found.left_out
    (tmp_path / "no.zip").write_text("no zip")
    with pytest.raises(GradingError, match="neither a folder nor a zip"):
        collect(tmp_path / "no.zip", tmp_path)
