"""The first page."""

from __future__ import annotations

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT
from tools.website import front


def test_it_shows_a_wrong_answer_and_what_check_says_of_it():
    page = front.page(ROOT)
    assert "    return np.tanh(z)" in page
    assert "<strong>✗ rnn_step: not yet</strong><br>" in page
    assert "bias" in front._verdict()  # the mistake is named
    assert "$" not in page  # nothing of the template is left


def test_every_chapter_has_a_row_with_its_exercises_and_minutes():
    rows = [line.split("|") for line in front.page(ROOT).splitlines() if line.startswith("| ") and "ipynb" in line]
    assert len(rows) == len(CHAPTERS)
    for row, (chapter, exercises) in zip(rows, CHAPTERS.items(), strict=True):
        assert f"(course/{chapter}/{chapter}.ipynb)" in row[2]
        assert row[3].strip()
        assert int(row[4]) == len(exercises)
        assert 10 <= int(row[5]) <= 200
