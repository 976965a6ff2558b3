"""Answers as plain data, on their way home."""

from __future__ import annotations

import numpy as np

from rnncourse.grading import questions
from rnncourse.grading.sandbox import asked


def test_arrays_come_home_as_they_were():
    for array in (np.float64(3.5), np.zeros((0, 3)), np.array([[1, 2]], dtype=">i4"), np.array([True, False])):
        got = questions.unpacked(asked.packed(np.asarray(array)))
        np.testing.assert_array_equal(got, array)
        assert got.shape == np.shape(array)
