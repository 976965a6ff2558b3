"""Every hostile card judged, and shown to learner and instructor: the points, the reason, and who obeys it: nobody.

Cards are read and never run, so no kernel is started here; in ``make test-long`` the class goes through the commands.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import nbformat
import pytest
from typer.testing import CliRunner

from rnncourse.cli.app import app
from rnncourse.grading import feedback_page, projects, report
from rnncourse.grading.gradebook import graded_notebook, read_scores
from rnncourse.grading.pipeline import Grading
from rnncourse.grading.runs import JudgingError, Result, Runner, ungraded
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sources import read_source
from rnncourse.grading.submissions import HandedIn, Submission
from rnncourse.notebooks.files import notebook_path
from tools.authoring import ROOT

from hostile.cards import ENTRIES, FORGED, Project, only_stages
from hostile.making import Entry
from hostile.test_bank import digest_of, words_of
from made_project_class import CHAPTER
from sandboxed import needs_sandbox

#: Their files are large, or their findings many.
COSTLY = {"fifty_megabytes", "million_of_empty_trainings", "as_dense_as_a_card_can_be"}
#: What a terminal or a page would obey: escapes, and characters that turn the direction.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
ORIGINAL, COPIED, OTHER = "card_in_lines", "card_of_another_student", "scores_below_zero"


@dataclass(frozen=True)
class Judged:
    """A class whose cards were judged: what was found, and its pages, by student."""

    course: Path
    results: dict[str, Result]
    pages: dict[str, str]


def make_course(course: Path, entries: list[Entry]) -> Path:
    """A course that asks for nothing but the stages, with these submissions."""
    shutil.copy(ROOT / "nbgrader_config.py", course)
    source = nbformat.read(notebook_path(ROOT / "solutions", CHAPTER), as_version=4)
    source.cells = only_stages(source.cells)
    notebook_path(course / "solutions", CHAPTER).parent.mkdir(parents=True)
    nbformat.write(source, notebook_path(course / "solutions", CHAPTER))
    for entry in entries:
        draft = Project(course, entry.name)
        entry.make(draft)
        draft.write()
    return course


def parameters():
    for entry in ENTRIES:
        marks = pytest.mark.long if entry.name in COSTLY else ()
        yield pytest.param(entry, marks=marks, id=f"{entry.kind}-{entry.name}")


def result_of(submission: Submission, runner: Runner) -> Result:
    """What is found; what cannot be judged is ungraded, as a grader has it."""
    try:
        return runner.result_of(submission)
    except JudgingError as error:
        return ungraded(submission, str(error))


@pytest.fixture(scope="module")
def judged(request, tmp_path_factory):
    """Those that this run asks for: they make one class."""
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    asked = [spec.params["entry"] for spec in specs if isinstance(spec.params.get("entry"), Entry)]
    course = make_course(tmp_path_factory.mktemp("cards"), [entry for entry in ENTRIES if entry in asked])
    grading, source = Grading(course, [CHAPTER]), read_source(notebook_path(course / "solutions", CHAPTER), CHAPTER)
    before, found, pages = digest_of(course / "submitted"), {}, {}
    nursery = SimpleNamespace(leave_place=lambda slot: None)  # where it were asked for a kernel, it would fail
    runner = Runner(cast(Any, nursery), 0, Limits(), 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feedback_page, "_waiting", lambda told: set())
        for folder in sorted((course / "submitted").iterdir()):
            name = folder.name
            result = found[name] = result_of(grading.load(HandedIn(name, CHAPTER, folder / CHAPTER)), runner)
            told = {"notebook": CHAPTER, "score": result.points, "max_score": 20, "late_penalty": 0}
            if result.fault:
                continue
            notebook = graded_notebook(result, source)
            pages[name] = feedback_page.FeedbackPage().from_notebook_node(notebook, {"nbgrader": told})[0]
    runner.close()
    assert digest_of(course / "submitted") == before
    return Judged(course, found, pages)


def assert_obeyed_by_nobody(page: str) -> None:
    """A page runs nothing of a learner's, loads nothing from elsewhere, and shows nothing in the grader's name."""
    assert not OBEYED.search(page)
    tags = re.findall(r"<[a-z][^>]*>", page)
    assert not [tag for tag in tags if re.match("<(svg|iframe|object|embed|link|base|form)|<img (?!src=.data:)", tag)]
    assert not [tag for tag in tags if re.search(r"\son[a-z]+\s*=|javascript:|//track", tag)]
    assert page.count("<style") == 1
    assert FORGED not in page


def test_enough_are_honest_and_their_names_differ():
    honest = [entry for entry in ENTRIES if entry.kind == "accident"]
    assert 3 * len(honest) >= len(ENTRIES) - len(honest)
    assert all(entry.expected == 20 for entry in honest)
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES) >= 60
    assert {entry.name for entry in ENTRIES} >= COSTLY | {ORIGINAL, COPIED, OTHER}


@pytest.mark.parametrize("entry", list(parameters()))
def test_it_gets_the_points_it_deserves_and_the_reason(judged, entry):
    result = judged.results[entry.name]
    assert result.fault == ""
    page = judged.pages[entry.name]
    assert result.points == pytest.approx(entry.expected), words_of(result)
    assert any(reason in words_of(result) for reason in entry.reason.split(" | ")), words_of(result)
    assert bool(result.look) == entry.look, result.look
    assert result.seconds < 10
    assert_obeyed_by_nobody(page)
    assert "<script" not in page
    assert ("learner&#39;s own word" in page) == bool(result.cards)


def test_the_report_obeys_no_card_and_says_whose_word_they_are(judged):
    page = report.page(CHAPTER, list(judged.results.values()), {}, datetime(2026, 1, 1))
    assert page.count("<script") == 1
    assert_obeyed_by_nobody(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    assert "What the learners' cards say, which is their own word" in page


def test_a_card_that_others_have_is_named_and_others_are_not(judged):
    found = {each.student: each.findings for each in projects.projects(list(judged.results.values()))}
    assert any(words.startswith("the same trainings as") for words in found[COPIED])
    assert any(words.startswith("the same trainings as") for words in found[ORIGINAL])
    assert found[OTHER] == ()


def test_the_table_holds_no_formula_and_says_whose_word_it_is(judged):
    table = projects.table(list(judged.results.values())).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["student"] for row in rows} == set(judged.results)
    for row in rows:
        assert row["said by"] == ("the learner's card" if row["question"] else "")
        for cell in row.values():
            assert not OBEYED.search(cell)
            assert not re.match(r"[\s;]*[=+\-@＝＋－＠]", cell) or re.fullmatch(r"-[\d.]+(e-\d+)?", cell), row
    assert {row["mean"] for row in rows if row["student"] == OTHER} == {"-1.785", "-1.745"}


@pytest.mark.long
@needs_sandbox
def test_the_commands_give_the_same_and_nothing_is_obeyed_by_the_terminal(tmp_path):
    course, said = make_course(tmp_path, ENTRIES), ""
    for command, *options in (["grade"], ["report"], ["export", "--format", "csv"], ["feedback"]):
        done = CliRunner().invoke(app, [command, CHAPTER, *options, "--course", str(course)])
        assert done.exit_code in (0, 1), done.output
        said += done.output
    assert not OBEYED.search(said)
    scores = read_scores(course, CHAPTER)
    assert {name: told["score"] for name, told in scores.items()} == pytest.approx(
        {entry.name: entry.expected for entry in ENTRIES}
    )
    for entry in ENTRIES:
        assert_obeyed_by_nobody((course / "feedback" / entry.name / CHAPTER / f"{CHAPTER}.html").read_text())
