"""Pictures of a reader of digits: what they show, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.plots.reading import plot_belief, plot_digits

PICTURE = np.random.default_rng(0).random((28, 28))
BELIEF = np.full((28, 10), 0.02)
BELIEF[:, 7] = 0.82


def test_belief_shows_the_rows_read_and_all_probabilities():
    figure, alt = plot_belief(PICTURE, BELIEF, 11, 3)
    left, right, bar = figure.axes
    shown = left.images[0].get_array()
    np.testing.assert_array_equal(shown[:12], PICTURE[:12])
    assert (shown[12:] < 0.2).all()
    np.testing.assert_array_equal(right.images[0].get_array(), BELIEF.T)
    assert right.get_title(loc="left") == "After row 11: 7 with 82 %"
    assert left.get_title(loc="left") == "A 3, read up to row 11"
    assert bar.get_ylabel() == "probability"
    assert "rows 0 to 11 dark" in alt


def test_belief_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"row is 28, expected 0 to 27"):
        plot_belief(PICTURE, BELIEF, 28, 3)
    with pytest.raises(ValueError, match=r"belief has shape \(28, 9\)"):
        plot_belief(PICTURE, BELIEF[:, :9], 3, 3)


def test_digits_stand_side_by_side_with_their_lines():
    figure = plot_digits(np.stack([PICTURE] * 5), list("abcde"), columns=3)
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn] == list("abcde")
    assert len(figure.axes) == 6
    assert not figure.axes[-1].axison
    with pytest.raises(ValueError, match="There are 2 pictures and 1 titles, expected one title for each"):
        plot_digits(np.stack([PICTURE] * 2), ["a"])
