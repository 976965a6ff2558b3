"""How much a wrong answer tells."""

import numpy as np
import pytest

from rnncourse.checking.calls import Ending, Outcome
from rnncourse.checking.diagnosis.edits.spots import LIKELY, POSSIBLE
from rnncourse.checking.diagnosis.edits.weighing import NEEDED, NEEDED_FOR_TWO, are_small, bits
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.exercises import find


def evidence(got, want):
    outcomes = [tuple(Outcome(Ending.RETURNED, (np.asarray(v),)) for v in side) for side in (got, want)]
    return Evidence(find("rnn_step"), ({},) * len(got), *outcomes)


RNG = np.random.default_rng(3)
WANT = [RNG.normal(size=(4, 5)) for _ in range(3)]


def test_fractions_tell_enough_for_two_changes():
    assert bits(evidence([want * 0.7 for want in WANT], WANT), 0) > NEEDED_FOR_TWO


@pytest.mark.parametrize("got", [[3, 4, 9], [8, 9, 9]])
def test_small_whole_numbers_tell_little(got):
    found = evidence(got, [8, 9, 9])
    assert are_small(found, 0)
    assert bits(found, 0) < NEEDED[POSSIBLE]


def test_large_whole_numbers_tell_more():
    found = evidence([493, 1210, 88], [1102, 977, 3210])
    assert not are_small(found, 0)
    assert bits(found, 0) > NEEDED[POSSIBLE]


def test_always_the_same_number_tells_nothing():
    assert bits(evidence([0.5, 0.5, 0.5], [0.1, 0.2, 0.3]), 0) < NEEDED[LIKELY]


def test_one_wrong_number_in_one_case_is_not_enough_for_any_change():
    got = [WANT[0].copy(), *WANT[1:]]
    got[0][1, 2] += 0.1234
    assert bits(evidence(got, WANT), 0) < NEEDED[POSSIBLE]


def test_what_was_not_returned_is_left_aside():
    found = evidence([want * 0.7 for want in WANT], WANT)
    broken = Evidence(found.exercise, found.cases, (Outcome(Ending.RAISED), *found.outcomes[1:]), found.expected)
    assert 0 < bits(broken, 0) < bits(found, 0)
