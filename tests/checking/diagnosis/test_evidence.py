"""What a diagnosis is given: whether everything came back, and which parts are wrong."""

from __future__ import annotations

import dataclasses

import rnncourse
from rnncourse.checking.calls import Ending, Outcome

from .evidences import evidence_of


def test_the_parts_that_are_wrong():
    def h_doubled(*given):
        h, c = rnncourse.lstm_step(*given)
        return 2 * h, c

    assert evidence_of("lstm_step", rnncourse.lstm_step).wrong_parts() == ()
    assert evidence_of("lstm_step", h_doubled).wrong_parts() == (0,)
    assert evidence_of("rnn_step", lambda *given: 2 * rnncourse.rnn_step(*given)).wrong_parts() == (0,)


def test_where_something_is_missing_every_part_is_wrong():
    whole = evidence_of("lstm_step", rnncourse.lstm_step)
    assert whole.returned
    for outcomes in (whole.outcomes[:-1], (*whole.outcomes[:-1], Outcome(Ending.RAISED, error="ValueError"))):
        broken = dataclasses.replace(whole, outcomes=outcomes)
        assert not broken.returned
        assert broken.wrong_parts() == (0, 1)
