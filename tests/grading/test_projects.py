"""``rnncourse grade 16`` on made-up projects: points, findings, what waits for a person, tables and pages."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.cli.app import app
from rnncourse.exercises import BY_HAND, CHAPTERS, find
from rnncourse.grading import projects
from rnncourse.grading.cards import NOT_RUN_AGAIN, UNTOUCHED
from rnncourse.grading.gradebook import read_points
from rnncourse.grading.grades import read_grades
from rnncourse.grading.pipeline import Grading
from rnncourse.grading.records import Records
from rnncourse.grading.runs import Result, ungraded
from rnncourse.grading.submissions import HandedIn, Submission
from rnncourse.grading.worker_answers import decode, encode
from rnncourse.notebooks.files import TEST_SUFFIX
from rnncourse.project import Result as Training
from rnncourse.project import findings
from tools.authoring import ROOT

from browsing import BROWSER, faults, formgrader, overflow
from made_classes import own_cell
from made_project_class import (
    CHAPTER,
    GOOD,
    HOSTILE,
    LEAKING,
    NO_BASELINE,
    OTHERS,
    PIXEL,
    SINGLE_SEED,
    STAGES,
    Handed,
    error,
    output_of,
    printed,
)
from sandboxed import needs_sandbox

LINES = [each.name for each in BY_HAND[CHAPTER]]
SAID = {name: f"My words about {name}: **three** of `them`." for name in LINES}
PICTURE = {"output_type": "display_data", "data": {"image/png": PIXEL, "text/plain": "<Figure>"}, "metadata": {}}

#: By hand: what each earns by its card, stage by stage, of 5 points each.
POINTS = {
    "ada": (5, 5, 5, 5),
    "bob": (3, 5, 5, 5),  # leaking: windows overlap, time is shuffled
    "cyd": (5, 0, 5, 5),  # no baseline
    "dan": (5, 5, 3.33, 5),  # one seed
    "eve": (0, 0, 0, 0),  # empty
    "fay": (0, 0, 0, 0),  # outputs cleared
    "gus": (5, 5, 5, 5),  # words that would be obeyed
    "hal": (0, 5, 0, 5),  # one card below another cell, one stage that failed
}
#: The other exercises are as everywhere; one student has answered them.
OF_OTHERS = {"ada": [find(name).points for name in OTHERS]}
FULL = sum(task.points for task in (*CHAPTERS[CHAPTER], *BY_HAND[CHAPTER]))
CARDS = {"ada": GOOD, "bob": LEAKING, "cyd": NO_BASELINE, "dan": SINGLE_SEED, "fay": None, "gus": HOSTILE, "hal": GOOD}
AGAIN = "Run the cell with project.card() and save before handing in."


def hand_in(course: Path) -> None:
    for student, card in CARDS.items():
        handed = Handed(course, student).card(card).write_by_hand(SAID)
        if student == "ada":
            handed.solve().add(
                "import missing_here\nmodel = missing_here.train(hours=9)", printed("epoch 9\n"), PICTURE
            )
            handed.add("%%time\nwhile True:\n    pass", printed("for hours\n"))
        if student == "gus":
            handed.cell(LINES[0]).source = "<script>alert(4)</script> I took the levels out."
        if student == "hal":
            handed.card(card, fair_split=[], equal_terms=[nbformat.from_dict(error("ValueError", "no \x1b[2J"))])
            handed.add("project.card()", output_of(LEAKING))
        handed.write()
    Handed(course, "eve").write()


def run(course: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [words[0], CHAPTER, "--course", str(course), *words[1:]])
    return done.exit_code, done.output


def page_of(course: Path, student: str) -> str:
    return (course / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text()


def gradebook_of(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course}/gradebook.db", "rnncourse")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class, graded, with its report, its tables and its feedback pages."""
    course = tmp_path_factory.mktemp("projects")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / CHAPTER, course / "solutions" / CHAPTER)
    hand_in(course)
    code, said = run(course, "grade", "--jobs", "1")
    assert code == 1, said
    assert run(course, "report")[0] == 0
    assert run(course, "export", "--format", "csv")[0] == 0
    assert run(course, "feedback")[0] == 0
    return course, said


# ----------------------------------------------------------------------------------------------- points and words
@needs_sandbox
def test_the_points_are_those_of_the_table_and_the_rest_waits_for_a_person(graded):
    course, said = graded
    points = read_points(course, CHAPTER)
    assert {who: tuple(points[who][name + TEST_SUFFIX] for name in STAGES) for who in POINTS} == POINTS
    for who in POINTS:
        others = [points[who][name + TEST_SUFFIX] for name in OTHERS]
        assert others == OF_OTHERS.get(who, [0] * len(OTHERS))
    waiting = {who: [name for name in LINES if points[who][name] is None] for who in POINTS}
    assert waiting == {who: LINES for who in CARDS} | {"eve": []}
    assert [points["eve"][name] for name in LINES] == [0] * len(LINES)  # no answer is no work
    assert "7 wait for a person's points" in said
    assert "is a cell of your own" not in said
    graded_now = read_grades(course, CHAPTER)
    assert graded_now.possible == FULL == 46
    assert {who for who, grade in graded_now.grades.items() if grade.points is None} == set(CARDS)
    assert "a person has to grade a cell of it" in graded_now.grades["ada"].why


@needs_sandbox
def test_every_finding_is_named_in_the_report_and_to_the_learner(graded):
    course, _ = graded
    report = (course / f"report-{CHAPTER}.html").read_text()
    names = {who: [finding.name for finding in findings(card)] for who, card in CARDS.items() if card is not None}
    assert names["ada"] == []
    assert {"bob", "cyd", "dan"} <= {who for who, found in names.items() if found}
    for who, found in names.items():
        for name in found:
            assert name in page_of(course, who), (who, name)
            assert f'<div class="warn">{name}</div>' in report, (who, name)


@needs_sandbox
def test_without_a_card_there_is_a_reason_for_learner_and_instructor_and_no_silent_0(graded):
    course, said = graded
    results = {result.student: result for result in Records(course).all_of(CHAPTER)}
    assert len(results["fay"].look) == len(STAGES)
    assert f"{STAGES[0]}: The card is not in the notebook: its cell has no output. {AGAIN}" in results["fay"].look
    assert "Look at fay" in said
    for words in ("The card is not in the notebook", AGAIN):
        assert words in page_of(course, "fay")
        assert words in (course / f"report-{CHAPTER}.html").read_text()
    assert [look.partition(":")[0] for look in results["hal"].look] == ["fair_split", "equal_terms"]
    assert "shows one, which does not count" in results["hal"].look[0]
    assert r"stopped with ValueError: no \x1b[2J. Mend that." in results["hal"].look[1]
    said_to_eve = {verdict.advice for verdict in results["eve"].verdicts if verdict.exercise in STAGES}
    assert (results["eve"].look, said_to_eve) == ([], {UNTOUCHED})
    assert UNTOUCHED in page_of(course, "eve")


@needs_sandbox
def test_a_project_is_not_run_again_and_its_outputs_are_shown_as_they_came(graded):
    course, _ = graded
    ada = Records(course).load("ada", CHAPTER)[0]
    assert ada.remarks == [NOT_RUN_AGAIN]
    assert ada.look == []  # neither was anything too slow, nor did anything fail
    page = page_of(course, "ada")
    for words in ("epoch 9", f"data:image/png;base64,{PIXEL}", "for hours", "Cells of the project were not run again"):
        assert words in page
    assert "missing_here.train" in (course / "autograded" / "ada" / CHAPTER / f"{CHAPTER}.ipynb").read_text()
    assert "ModuleNotFoundError" not in page


@needs_sandbox
def test_what_a_person_grades_by_is_on_the_page_also_where_a_learner_took_it_out(graded):
    course, _ = graded
    for who in ("ada", "gus"):
        notebook = nbformat.read(course / "autograded" / who / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
        for each in BY_HAND[CHAPTER]:
            cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == each.name)
            assert cell.source.count(each.levels[-1]) == 1
            for level in each.levels:
                assert level in cell.source.replace("&#96;", "`"), (who, each.name)
    assert "&lt;script&gt;" in page_of(course, "gus")
    assert "<script" not in page_of(course, "gus")
    assert page_of(course, "gus").count("<img src=x") == 0


@needs_sandbox
def test_a_card_comes_back_from_a_worker_of_a_cluster_as_it_was_sent_there(graded):
    course, _ = graded
    grading = Grading(course, [CHAPTER])
    for student in ("ada", "hal"):
        submission = grading.load(HandedIn(student, CHAPTER, course / "submitted" / student / CHAPTER))
        there = Submission.from_dict(json.loads(json.dumps(submission.to_dict())))
        assert there.cards == submission.cards
        result = Records(course).load(student, CHAPTER)[0]
        found = decode(encode(result), submission)
        assert (found.cards, found.verdicts, found.cells) == (result.cards, result.verdicts, result.cells)


# -------------------------------------------------------------------------------------------- points by a person
@needs_sandbox
@pytest.mark.long  # as test_gradebook holds for a chapter in every run
def test_points_of_a_person_survive_every_regrade_and_a_new_version_is_looked_at_again(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course)
    with gradebook_of(course) as gradebook:
        for number, name in enumerate(LINES):
            grade = gradebook.find_grade(name, CHAPTER, CHAPTER, "ada")
            grade.manual_score, grade.needs_manual_grade = min(number, 4), False
        gradebook.find_comment(LINES[1], CHAPTER, CHAPTER, "ada").manual_comment = "Why **these** parts?"
        gradebook.db.commit()
    code, said = run(course, "grade")
    assert code == 1
    assert "8 unchanged" in said
    assert "6 wait for a person's points" in said
    assert read_grades(course, CHAPTER).grades["ada"].points == sum(OF_OTHERS["ada"]) + 20 + 0 + 1 + 2 + 3 + 4
    run(course, "feedback")
    page = page_of(course, "ada")
    assert f"{BY_HAND[CHAPTER][3].title}: 3 of 4 points" in page
    assert "Why <strong>these</strong> parts?" in page
    assert "Not all of it is graded yet." not in page
    Handed(course, "ada").solve().card(LEAKING).write_by_hand(SAID).write()
    assert "7 wait for a person's points" in run(course, "grade")[1]
    points = read_points(course, CHAPTER)["ada"]
    assert [points[name + TEST_SUFFIX] for name in STAGES] == list(POINTS["bob"])
    with gradebook_of(course) as gradebook:
        kept = [gradebook.find_grade(name, CHAPTER, CHAPTER, "ada") for name in LINES]
        assert [grade.manual_score for grade in kept] == [0, 1, 2, 3, 4]
        assert gradebook.find_comment(LINES[1], CHAPTER, CHAPTER, "ada").manual_comment == "Why **these** parts?"


@needs_sandbox
def test_a_test_of_the_instructors_own_finds_the_card_in_the_sandbox(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course)
    for student in set(POINTS) - {"ada"}:
        shutil.rmtree(course / "submitted" / student)
    path = course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(
        own_cell("long_enough", "assert fair_split.split.sizes[0] > 200", grade=True, locked=True, points=2)
    )
    nbformat.write(notebook, path)
    _, said = run(course, "grade")
    assert "long_enough is a cell of your own" in " ".join(said.split())
    assert read_points(course, CHAPTER)["ada"]["long_enough"] == 2


# ------------------------------------------------------------------------------------------------------- tables
def test_the_table_of_a_class_has_a_row_for_each_network(tmp_path):
    verdicts = [Verdict(name, Status.RIGHT, share=1.0) for name in STAGES]
    early = Result("cyd", CHAPTER, "", verdicts, [], cards={STAGES[0]: NO_BASELINE.text()})
    missing = [Verdict(OTHERS[0], Status.WRONG, "No."), Verdict(STAGES[0], Status.NOT_ATTEMPTED, "No\ncard.")]
    none = Result("dan", CHAPTER, "", missing, [])
    old = Result("eve", CHAPTER, "", verdicts, [], cards={STAGES[0]: '{"card": 0}'})
    later = Result("=bob", CHAPTER, "", verdicts, [], cards={STAGES[0]: GOOD.text(), STAGES[3]: HOSTILE.text()})
    found = projects.projects([early, none, old, later, ungraded(Submission("fay", CHAPTER, ()), "No kernel.")])
    assert [each.student for each in found] == ["cyd", "dan", "eve", "=bob"]
    assert (found[0].baseline, found[0].simple != "") == ("", True)
    assert (found[1].missing, "not a card" in found[2].missing) == (r"No\ncard.", True)
    assert [each.cell for each in found[3].trained] == ["<b>GRU</b>", "=cmd()"]  # the last stage's card
    rows = list(csv.DictReader(io.StringIO(projects.table([early, none, later]).decode("utf-8-sig"))))
    assert [(row["student"], row["cell"], row["mean"], row["spread"], row["seeds"]) for row in rows] == [
        ("cyd", "GRU", "0.215", "0.005", "3"), ("cyd", "LSTM", "0.255", "0.005", "3"), ("dan", "", "", "", ""),
        ("'=bob", "<b>GRU</b>", "0.22", "0.01", "3"), ("'=bob", "'=cmd()", "0.26", "0.01", "3"),
    ]  # fmt: skip
    assert (rows[0]["baseline"], "no baseline" in rows[0]["findings"]) == ("", True)
    assert [row["said by"] for row in rows] == [*["the learner's card"] * 2, "", *["the learner's card"] * 2]
    assert (rows[0]["train"], rows[0]["data"]) == (str(GOOD.split.sizes[0]), "series")
    assert projects.projects([none]) == []


def test_who_has_the_trainings_of_another_is_named_and_chance_is_not():
    def card_of(student: str, *results: tuple[str, int, float]) -> Result:
        told = tuple(Training(cell, 900, seed, score, 9) for cell, seed, score in results)
        card = replace(GOOD, results=told)
        verdicts = [Verdict(STAGES[0], Status.RIGHT, share=1.0)]
        return Result(student, CHAPTER, "", verdicts, [], cards={STAGES[0]: card.text()})

    mine = [("GRU", seed, 0.2 + seed / 7) for seed in range(6)]
    theirs = [("My own", seed, score) for _, seed, score in mine[:4]]
    others = [("GRU", 0, 0.2), *[("LSTM", seed, 0.3 + seed / 7) for seed in range(5)]]
    class_ = [card_of("ada", *mine), card_of("bob", *theirs, ("b", 7, 0.1)), card_of("cyd", *others)]
    ada, bob, cyd = (project.findings for project in projects.projects(class_))
    assert (ada[-1], bob[-1]) == ("the same trainings as bob", "the same trainings as ada")
    assert "the same trainings" not in "".join(cyd)
    many = projects.projects([card_of(f"s{number}", *mine) for number in range(6)])
    assert many[0].findings[-1] == "the same trainings as s1, s2, s3 and 2 more"


def with_scores(card, *scores):
    results = [replace(each, score=score) for each, score in zip(card.results, scores, strict=False)]
    return replace(card, results=(*results, *card.results[len(results) :]))


@pytest.mark.parametrize(
    ("earlier", "names"),
    [
        (GOOD, []),
        (replace(GOOD, results=(), looks=(), notes=()), []),
        (HOSTILE, ["cards of different projects"]),
        (LEAKING, ["cards of different splits"]),
        (with_scores(GOOD, 0.3), ["scores that changed from card to card"]),
    ],
)
def test_cards_that_do_not_continue_one_another_are_named(earlier, names):
    verdicts = [Verdict(name, Status.RIGHT, share=1.0) for name in STAGES]
    cards = {name: card.text() for name, card in zip(STAGES, (earlier, GOOD, GOOD, GOOD), strict=True)}
    (told,) = projects.projects([Result("ada", CHAPTER, "", verdicts, [], cards=cards)])
    assert list(told.findings) == names


@needs_sandbox
def test_questions_baselines_and_results_stand_side_by_side(graded):
    course, _ = graded
    report = (course / f"report-{CHAPTER}.html").read_text()
    for words in (
        GOOD.question, "a linear fit of 12 values</bdi>: 0.25", "found by the course: ",
        "</strong> 0.215 ± 0.005, test 0.223",
        "(1000 parameters, 3 seeds)", "(1040 parameters, 1 seed)", "Winner: <bdi>GRU</bdi>", "no card</span>",
        "no card at equal_terms",
        "<dt>wait for a person</dt><dd>7</dd>", "&lt;script&gt;alert(1)",
    ):  # fmt: skip
        assert words in report, words
    assert report.count("<script") == 1
    rows = list(csv.DictReader(io.StringIO((course / f"projects-{CHAPTER}.csv").read_text("utf-8-sig"))))
    assert {row["student"] for row in rows} == set(POINTS)
    earned = list(csv.DictReader(io.StringIO((course / f"grades-{CHAPTER}.csv").read_text("utf-8-sig"))))
    assert [row[LINES[0]] for row in earned if row["student"] in ("ada", "eve")] == ["", "0"]


# ----------------------------------------------------------------------------------------------------- what people see
@BROWSER
@needs_sandbox
@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (400, "dark")])
def test_report_and_feedback_can_be_read_by_everybody_and_on_a_telephone(graded, browser, width, scheme):
    course, _ = graded
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in (course / f"report-{CHAPTER}.html", course / "feedback" / "gus" / CHAPTER / f"{CHAPTER}.html"):
        page.goto(path.as_uri())
        assert overflow(page) == 0
        assert faults(page) == []
    page.close()


@BROWSER
@needs_sandbox
def test_formgrader_shows_the_levels_and_takes_points(graded, browser, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course)
    with gradebook_of(course) as gradebook:
        submission = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "ada").id
    with formgrader(course) as place:
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        page.goto(f"{place}/submissions/{submission}/")
        box = page.locator(f"input.score#{LINES[1]}")
        box.wait_for(timeout=30_000)
        for level in BY_HAND[CHAPTER][1].levels:
            assert page.get_by_text(level.replace("`", "")).count() > 0
        assert page.get_by_text(GOOD.question).count() > 0
        for field, words in ((box, "3"), (page.locator(f"textarea#{LINES[1]}-comment"), "Fair.")):
            with page.expect_response(lambda response: response.request.method == "PUT"):
                field.fill(words)
                field.blur()
        page.close()
    with gradebook_of(course) as gradebook:
        grade = gradebook.find_grade(LINES[1], CHAPTER, CHAPTER, "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (3, False)
        assert gradebook.find_comment(LINES[1], CHAPTER, CHAPTER, "ada").manual_comment == "Fair."
