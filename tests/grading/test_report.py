"""The instructor's page on a class: counts, advice, and nothing of a learner's that a browser would run."""

from __future__ import annotations

import re
from datetime import datetime

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.grading import report
from rnncourse.grading.gradebook import read_scores
from rnncourse.grading.records import Records
from rnncourse.grading.runs import Result

from hostile.making import CHAPTER
from sandboxed import needs_sandbox


@needs_sandbox
def test_the_report_counts_what_the_class_did(graded):
    course, _ = graded
    results = Records(course).all_of(CHAPTER)
    page = report.page(CHAPTER, results, read_scores(course, CHAPTER), datetime(2026, 1, 2))
    assert "3 submissions, 10 points possible" in page
    rows = report.exercise_rows(CHAPTER, results)
    assert rows == sorted(rows, key=lambda row: row["share"])
    assert all(sum(row["counts"]) == 3 for row in rows)
    assert sum(bar["count"] for bar in report.histogram([0, 5, 10], 10)) == 3
    assert report.histogram([10], 10)[-1]["count"] == 1
    assert "<script" not in page
    assert "http" not in re.sub(r"http://www.w3.org/\S+", "", page)


def test_the_report_has_the_exercises_advice_or_what_the_learner_was_told():
    found = [
        Verdict("neuron_step", Status.WRONG, "With numbers of one learner.", "tanh left out"),
        Verdict("neuron_step", Status.WRONG, "Write it yourself.", "the package's own function"),
    ]
    rows = report.mistake_rows([Result("ada", CHAPTER, "", found[:1], []), Result("bob", CHAPTER, "", found, [])])
    assert [(row["count"], row["advice"]) for row in rows] == [
        (2, "The weighted sum is right; now squash it with np.tanh."), (1, "Write it yourself."),
    ]  # fmt: skip


@needs_sandbox
def test_names_and_words_of_learners_are_escaped_in_the_report(graded):
    (result, *_) = Records(graded[0]).all_of(CHAPTER)
    result.student, result.look = "<script>alert(1)</script>", ["<img src=x onerror=alert(2)>"]
    page = report.page(CHAPTER, [result], {}, datetime(2026, 1, 2))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
