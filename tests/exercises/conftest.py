"""What many tests of the exercises ask for is computed once for all of them."""

from __future__ import annotations

import pytest

from rnncourse.checking import calls
from rnncourse.exercises import Exercise

_CASES: dict = {}
_ASKED: dict = {}


def cases_once(exercise, seed, make=Exercise.make_cases):
    if not exercise.copies:  # a case may be another thing after a call
        return make(exercise, seed)
    if (exercise.name, seed) not in _CASES:
        _CASES[exercise.name, seed] = make(exercise, seed)
    return _CASES[exercise.name, seed]


def ask_once(call, function, case):
    if not call.copies:
        return calls.ask(call, function, case)
    if (function, id(case)) not in _ASKED:
        _ASKED[function, id(case)] = case, calls.ask(call, function, case)  # which keeps the case, and so its id
    return _ASKED[function, id(case)][1]


@pytest.fixture
def asked_once(monkeypatch):
    """The truth and each known mistake are asked once for a case, not for every answer that is compared with them."""
    monkeypatch.setattr(Exercise, "make_cases", cases_once)
    monkeypatch.setattr("rnncourse.checking.comparing.ask", ask_once)
    monkeypatch.setattr("rnncourse.checking.matching.ask", ask_once)
