"""What is counted in a chorale, beside counts by hand and those of Bach."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse.counterpoint import count_chorale, voice_ranges

KNOWN = [np.array([[72, 67, 60, 48], [72, 67, 60, 48], [74, 65, 59, 55], [0, 64, 60, 48]])]


def test_what_was_copied_is_in_order_and_in_range():
    counts = count_chorale(KNOWN[0], KNOWN)
    assert counts == (0.0, 1.0, 2, 16)


def test_each_count_notices_what_it_is_there_for():
    high = KNOWN[0] + np.array([12, 0, 0, 0]) * (KNOWN[0] > 0)
    assert count_chorale(high, KNOWN).out_of_range == pytest.approx(3 / 15)
    crossed = KNOWN[0][:, [3, 1, 2, 0]]
    assert count_chorale(crossed, KNOWN).in_order == 0
    assert count_chorale(np.repeat(KNOWN[0][:1], 7, axis=0), KNOWN).longest_chord == 7
    assert count_chorale(KNOWN[0][1:3], KNOWN).longest_copy == 8
    assert count_chorale(KNOWN[0][::-1], KNOWN).longest_copy == 8  # the chord that stands twice


def test_ranges_leave_out_what_is_rare():
    lines = np.tile([[60, 50]], (200, 1))
    lines[0], lines[1:50, 0] = [80, 30], 62
    assert voice_ranges([lines]).tolist() == [[60, 62], [50, 50]]


def test_bach_keeps_his_voices_in_order():
    chorales = rnncourse.load_chorales(8)
    for sung in chorales[5:]:
        counts = count_chorale(sung, chorales[:5])
        assert counts.in_order > 0.9
        assert counts.longest_chord <= 8
        assert counts.out_of_range < 0.2


@pytest.mark.parametrize("wrong", [[], [np.zeros((0, 4), int)]])
def test_nothing_is_no_chorale(wrong):
    with pytest.raises(ValueError, match="In chorales there is no chorale, or one without a step"):
        voice_ranges(wrong)
    with pytest.raises(ValueError, match="In known there is no chorale, or one without a step"):
        count_chorale(KNOWN[0], wrong)
