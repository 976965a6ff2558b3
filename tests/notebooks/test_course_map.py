"""The map of the course: every chapter with its title, its minutes, what is solved, what is next; links that lead."""

from __future__ import annotations

import re

import pytest

from rnncourse.checking import progress
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import course_map, files

FIRST, SECOND = list(CHAPTERS)[:2]
REAL = files.course_folder()


@pytest.fixture(autouse=True)
def real_chapters(release, monkeypatch):
    """The chapters as they are released, not the small ones of the other tests here."""
    monkeypatch.setattr(files, "course_folder", lambda: REAL)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    progress.create(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_chapter_says_its_title_and_its_minutes():
    for chapter in CHAPTERS:
        opening = course_map.opening_of(chapter)
        assert opening.title[0].isupper()
        assert 20 <= opening.minutes <= 240


def test_the_map_in_a_terminal_counts_what_is_solved_and_says_what_is_next(copy, capsys):
    progress.record_all({task.name: 1.0 for task in CHAPTERS[FIRST]})
    course_map.course_map()
    lines = capsys.readouterr().out.splitlines()
    count = len(CHAPTERS[FIRST])
    assert re.fullmatch(rf"01  A cell with a memory +\d+ min  {count} of {count} ✓", lines[0])
    assert lines[1].endswith(f"next: {CHAPTERS[SECOND][0].name}")
    assert lines[-1].startswith(f"{count} of {sum(map(len, CHAPTERS.values()))} exercises solved; {len(CHAPTERS)} ")


def test_the_map_in_a_notebook_leads_to_every_chapter(copy, monkeypatch):
    shown = []
    monkeypatch.setattr(course_map, "show_output", lambda bundle, elsewhere: shown.append(bundle))
    course_map.course_map()
    page = shown[0]["text/html"]
    links = re.findall(r'href="([^"]+)"', page)
    assert links == [f"{chapter}/{chapter}.ipynb" for chapter in CHAPTERS]
    assert all((files.course_folder() / link).is_file() for link in links)
    assert page.count("<tr>") == len(CHAPTERS) + 1
    assert "&lt;" not in page


@pytest.mark.parametrize("content", ["", '{"rnncourse progress": 99, "exercises": {}}'])
def test_a_progress_file_that_cannot_be_read_stops_no_map(copy, content, capsys):
    (copy / progress.FILE_NAME).write_text(content)
    course_map.course_map()
    assert f"next: {CHAPTERS[FIRST][0].name}" in capsys.readouterr().out


def test_a_chapter_that_is_not_there_is_called_by_its_name(monkeypatch, tmp_path):
    monkeypatch.setattr(files, "course_folder", lambda: tmp_path)
    assert course_map.opening_of(FIRST) == course_map.Opening("memory cell", 0)
