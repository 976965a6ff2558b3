"""The instructor's page on a class: who has which grade, counts, advice, and nothing of a learner's that is obeyed."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.grading import report
from rnncourse.grading.gradebook import read_scores
from rnncourse.grading.records import Records
from rnncourse.grading.runs import Result, ungraded
from rnncourse.grading.submissions import Submission

from browsing import BROWSER, faults, overflow
from hostile.making import CHAPTER
from made_classes import FULL
from sandboxed import needs_sandbox

NOW = datetime(2026, 1, 2)
NAMES = [exercise.name for exercise in CHAPTERS[CHAPTER]]
LONG = "maximiliane-friederike_von.der-Wiesenmuehle_" + "x" * 60
EVIL = "<script>alert(1)</script>\x1b[2J\nbob, 10 of 10\u202e"


def told(score: float, **more):
    names = {"first_name": "", "last_name": "", "email": ""}
    return {"score": score, "max_score": 10.0, "late_penalty": 0.0, "seconds_late": 0.0, "needs_manual_grade": False,
            **names, **more}  # fmt: skip


def graded_result(student: str, share: float, **more) -> Result:
    status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.NOT_ATTEMPTED
    return Result(student, CHAPTER, "", [Verdict(name, status, "", None, share) for name in NAMES], [], **more)


RESULTS = [
    graded_result("ada", 1.0),
    graded_result("bob", 0.5, look=["The notebook <img src=x onerror=alert(2)> ended.\n\x1b[31m"]),
    graded_result(EVIL, 0.0),
    graded_result(LONG, 0.5),
    graded_result("王小明", 1.0),
    graded_result("שרה", 1.0),
    ungraded(Submission("cyd", CHAPTER, ()), "No kernel\nstarted."),
    *(graded_result(f"student{number:02}", number / 33) for number in range(34)),
]
SCORES = {
    "ada": told(10.0, first_name="Ada", last_name="Lovelace"),
    "bob": told(5.0, seconds_late=93_600.0, late_penalty=1.0),
    EVIL: told(0.0, first_name=EVIL),
    LONG: told(5.0, needs_manual_grade=True, seconds_late=60.0),
    "by hand": told(7.0),
    **{each.student: told(each.points) for each in RESULTS[4:6] + RESULTS[7:]},
}


@pytest.fixture(scope="module")
def page():
    return report.page(CHAPTER, RESULTS, SCORES, NOW)


@needs_sandbox
def test_the_report_counts_what_the_class_did(graded):
    course, _ = graded
    results = Records(course).all_of(CHAPTER)
    page = report.page(CHAPTER, results, read_scores(course, CHAPTER), NOW)
    assert f"3 submissions, {FULL} points possible" in page
    rows = report.exercise_rows(CHAPTER, results)
    assert rows == sorted(rows, key=lambda row: row["share"])
    assert all(sum(row["counts"]) == 3 for row in rows)
    assert sum(bar["count"] for bar in report.histogram([0, 5, 10], 10)) == 3
    assert report.histogram([10], 10)[-1]["count"] == 1


def test_every_student_is_in_the_list_with_a_grade_and_what_there_is_to_know():
    rows = {str(row.student): row for row in report.student_rows(RESULTS, SCORES)}
    assert len(rows) == len(RESULTS) + 1
    assert (rows["ada"].points, rows["ada"].name, rows["ada"].marks) == (10, "Ada Lovelace", ())
    assert (rows["bob"].points, rows["bob"].marks) == (4, ("late by 1 d 2 h: 1 taken off", "needs a look"))
    assert (rows["cyd"].points, rows["cyd"].marks) == (None, ("not graded yet",))
    assert rows["by hand"].points == 7
    long = next(row for name, row in rows.items() if name.startswith("maximiliane"))
    assert long.marks == ("late by 0 h 1 min", "waits for points of a person")
    assert str(long.student).startswith("maximiliane-<wbr>friederike_<wbr>von.<wbr>der-")
    assert report.student_rows([graded_result("eve", 1.0)], {})[0].marks == ("not in the gradebook",)


def test_g1_who_is_not_graded_counts_nowhere(page):
    everybody = len(RESULTS) + 1
    assert f"{everybody} submissions, 10 points possible" in page
    assert f"<dt>graded</dt><dd>{everybody - 1}</dd>" in page
    assert "<dt>not graded yet</dt><dd>1</dd>" in page
    assert sum(bar["count"] for bar in report.histogram([1, 2], 10)) == 2
    (row, *_) = report.exercise_rows(CHAPTER, RESULTS[-1:])
    assert row["counts"] == [1, 0, 0, 0]
    assert r"Not graded yet: No kernel\nstarted." in page


def test_g10_points_are_those_of_the_course_and_what_is_not_asked_is_not_listed():
    own = graded_result("ada", 1.0, worth={NAMES[0]: 7.5, NAMES[1]: 2.0})
    own.verdicts = own.verdicts[:2]
    assert {row["name"]: row["points"] for row in report.exercise_rows(CHAPTER, [own])} == own.worth
    assert "9.5 points possible" in report.page(CHAPTER, [own], {}, NOW)


def test_the_report_has_the_exercises_advice_or_what_the_learner_was_told():
    found = [
        Verdict("neuron_step", Status.WRONG, "With numbers of one learner.", "tanh left out"),
        Verdict("neuron_step", Status.WRONG, "Write it yourself.", "the package's own function"),
    ]
    rows = report.mistake_rows([Result("ada", CHAPTER, "", found[:1], []), Result("bob", CHAPTER, "", found, [])])
    assert [(row["count"], row["advice"]) for row in rows] == [
        (2, "The weighted sum is right; now squash it with np.tanh."), (1, "Write it yourself."),
    ]  # fmt: skip


def test_h6_names_and_words_of_learners_are_shown_and_not_obeyed(page):
    assert len(re.findall("<script", page)) == 1  # ours, which sorts
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J\\nbob, 10 of 10\\u202e" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)
    assert "http" not in page.replace("http-equiv", "")


def test_a_class_of_nobody_has_a_report():
    assert "0 submissions" in report.page(CHAPTER, [], {}, NOW)
    alone = report.page(CHAPTER, [ungraded(Submission("cyd", CHAPTER, ()), "No kernel.")], {}, NOW)
    assert f"1 submission, {FULL} points possible" in alone
    assert "<dt>graded</dt><dd>0</dd>" in alone


@BROWSER
@pytest.mark.parametrize(("width", "scheme"), [(1300, "dark"), (400, "light")])
def test_the_report_can_be_read_by_everybody_on_a_telephone_and_sorted(page, tmp_path, browser, width, scheme):
    (tmp_path / "report.html").write_text(page)
    shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked, said = [], []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: said.append(message.text))
    shown.goto((tmp_path / "report.html").as_uri())
    assert overflow(shown) == 0
    assert faults(shown) == []
    column = "[...document.querySelectorAll('#students + table td.number')].map(cell => Number(cell.dataset.value))"
    shown.get_by_role("button", name="points").click()
    rising = shown.evaluate(column)
    shown.get_by_role("button", name="points").click()
    assert (rising, shown.evaluate(column)) == (sorted(rising), sorted(rising, reverse=True))
    assert rising[0] == -1
    assert shown.locator("th[aria-sort=descending]").inner_text().startswith("points")
    assert (len(asked), said) == (1, [])
    shown.close()
