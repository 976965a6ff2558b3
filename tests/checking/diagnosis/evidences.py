"""Evidence of a wrong answer to an exercise of the course, as ``check`` gathers it."""

from __future__ import annotations

import functools

from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import truth
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.exercises import find


@functools.cache
def _cases_and_truths(name):
    exercise = find(name)
    cases = tuple(exercise.make_cases(1))
    return cases, tuple(truth(exercise, case) for case in cases)


def evidence_of(name, function):
    """What the function gives to every case of the exercise of that name."""
    exercise = find(name)
    cases, expected = _cases_and_truths(name)
    outcomes = tuple(ask(exercise.as_call(), function, case) for case in cases)
    return Evidence(exercise, cases, outcomes, expected)


def mistake(name, title):
    """A catalogued mistake, for a look at it without the catalogue."""
    return next(known.function for known in find(name).mistakes if known.name == title)
