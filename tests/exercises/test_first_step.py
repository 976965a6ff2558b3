"""The exercise of the start page: known to check, hint and solution, and to no chapter."""

from __future__ import annotations

import pytest

from rnncourse.checking.check import PRACTICE_SEED, Status, evaluate, hint, solution
from rnncourse.exercises import CHAPTERS, TASKS, chapter_of
from rnncourse.exercises.first_step import remember


def test_it_belongs_to_no_chapter_and_counts_for_nothing():
    assert TASKS["remember"] is remember
    assert not [chapter for chapter, exercises in CHAPTERS.items() if remember in exercises]
    assert chapter_of("remember") == ""
    assert remember.points == 0


@pytest.mark.parametrize("answer", [remember.reference, *remember.alternatives])
def test_right_answers(answer):
    assert evaluate(remember, answer, PRACTICE_SEED).status is Status.RIGHT


@pytest.mark.parametrize("mistake", remember.mistakes, ids=lambda mistake: mistake.name)
def test_each_mistake_is_named(mistake):
    found = evaluate(remember, mistake.function, PRACTICE_SEED)
    assert (found.status, found.mistake) == (Status.WRONG, mistake.name)


def test_hints_lead_to_a_solution(capsys):
    with pytest.raises(PermissionError, match="unread"):
        solution("remember")
    for _ in remember.hints:
        hint("remember")
    solution("remember")
    assert "def remember(state, x):\n    return" in capsys.readouterr().out
