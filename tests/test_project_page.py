"""The card as a page and as lines: everything of the learner's is escaped, numbers stand behind their sign."""

from __future__ import annotations

import dataclasses
import re

from rnncourse.project_page import lines, page

from made_projects import made, series, shuffled

BAD = "<script>alert(1)</script> & Is a GRU < an LSTM?"


def test_lines_hold_what_the_card_says():
    told = "\n".join(lines(made().now()))
    assert "Split: train 228, validation 80, test 80" in told
    assert re.search(r"a linear fit of 12 values \(your baseline\) +≈ 0\.25$", told, re.MULTILINE)
    assert re.search(r"GRU: 1,000 parameters, 3 seeds +≈ 0\.215, spread ≈ 0\.005; test ≈ 0\.223$", told, re.MULTILINE)
    assert "Conclusion: [GRU] The GRU forecasts better" in told
    assert told.endswith("Nothing speaks against it so far.")


def test_what_is_not_there_yet_is_no_reproach():
    project = made(baseline=None, results={}, looks=(), concluded=False)
    told = "\n".join(lines(project.now()))
    assert "✗" not in told
    assert "Not there yet: a baseline of yours, the trainings, the look at the test part, the conclusion." in told


def test_a_page_escapes_what_a_learner_wrote_and_stays_readable():
    card = dataclasses.replace(made(parts=shuffled(series())).now(), question=BAD, metric="<b>MAE</b>")
    shown = page(card, trouble="<i>the journal</i>")
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "overlapping windows" in shown
    assert "background" not in shown, "it takes the colours of the page, light or dark"


def test_every_number_of_a_training_stands_behind_its_sign():
    for text in (page(made().now()), "\n".join(lines(made().now()))):
        assert not re.search(r"(?<!≈ )\b0\.\d", re.sub(r"style=\"[^\"]*\"", "", text))
