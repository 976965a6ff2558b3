"""Faults of ours: in words, with a traceback, and without the names of learners in the file that is sent."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from rnncourse.grading import faults, workers
from rnncourse.grading.gradebook import GradebookWriter
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import GradingError
from rnncourse.grading.runs import ungraded
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.submissions import Submission

from faulting import FILES_AND_GRADEBOOK, KERNELS, Calls, counted, points_of_failure
from hostile.making import CHAPTER
from made_classes import FULL, LIMITS, SHARES, ReadyCrew, draft_of, make_course, scores_of
from sandboxed import needs_sandbox


def raised(error: Exception) -> Exception:
    """An error that was raised because of another."""
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise error from first
    except Exception as caught:
        return caught


def test_our_own_errors_speak_for_themselves_and_others_are_named():
    assert faults.in_words(SandboxError("No sandbox.")) == "No sandbox."
    assert faults.in_words(GradingError("The disk is full.")) == "The disk is full."
    assert faults.in_words(ZeroDivisionError("x")) == "The grader itself failed on it (ZeroDivisionError: x)."


def test_a_traceback_says_where_it_came_from_and_is_cut_at_the_beginning():
    told = faults.traceback_of(raised(ValueError("second")))
    assert "KeyError: 'first'" in told
    assert told.endswith("ValueError: second\n")
    assert len(faults.traceback_of(raised(ValueError("x" * 100_000)))) < 10_000


def test_the_file_names_versions_and_no_learner(tmp_path):
    submission = Submission("Ada Lovelace", CHAPTER, ())
    log = f'File "{tmp_path}/submitted/Ada Lovelace/01.ipynb": Ada Lovelaces stays, Ada Lovelace does not'
    result = ungraded(submission, "It failed.", log)
    path = faults.write_report(tmp_path / ".grading" / "faults", tmp_path, [result, faults.of_the_run(OSError("gone"))])
    text = path.read_text()
    assert text.startswith("rnncourse ")
    assert "\nnbgrader 0." in text
    assert 'File "COURSE/submitted/STUDENT1/01.ipynb": Ada Lovelaces stays, STUDENT1 does not' in text
    assert f"Submission 1, {CHAPTER}\nIt failed.\n" in text
    assert "the run\nThe grader itself failed on it (OSError: gone)." in text
    assert str(tmp_path) not in text


# ------------------------------------------------------------------------------------------------ failures on purpose
#: A few functions of each kind; ``make test-long`` tries all of them, at more of their calls.
QUICK = (
    "Records._write", "GradebookWriter._stage", "SaveAutoGrades._add_score", "Session.commit", "shutil.move",
    "submissions._content",
)  # fmt: skip


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course with two submissions, its chapter entered in the gradebook."""
    course = make_course(tmp_path_factory.mktemp("faults"), 0)
    for student in SHARES:
        draft_of(course, student).solve().write()
    GradebookWriter(course).prepare(CHAPTER)
    return course


def grade(course):
    return grade_class(Grading(course, [CHAPTER]), jobs=2, limits=LIMITS)


def try_out(calls: Calls, handed_in, folder, expected: dict[str, float]) -> str:
    """Grade with a failure, look at what came of it, grade again without.

    Returns:
        How the run ended: as if nothing had been, with somebody ungraded, stopped, or not begun.
    """
    course = folder / "course"
    shutil.copytree(handed_in, course)
    with calls.watched():
        try:
            summary = grade(course)
        except Exception as error:  # it could not begin: the command says so
            summary, ended = None, f"not begun ({type(error).__name__})"
    scores = scores_of(course)
    assert all(scores[student] == expected[student] for student in scores), f"{calls}: {scores}"
    if summary is not None:
        named = {result.student for result in summary.ungraded}
        assert named | set(scores) >= set(SHARES), f"{calls}: somebody is lost"
        ended = "stopped" if summary.stopped else "somebody is ungraded" if named else "as if nothing had been"
    healed = grade(course)
    assert not healed.ungraded, f"{calls}: {healed.ungraded}"
    assert scores_of(course) == expected, f"{calls}: not healed"
    assert not (course / ".grading" / "staging").exists()
    shutil.rmtree(course)
    return ended


def tried_out(points, handed_in, folder, expected) -> Counter[str]:
    """Each point of failure in its turn; all that is wrong is said at once."""
    endings, wrong = Counter(), []
    for number, calls in enumerate(points):
        place = folder / str(number)
        place.mkdir()
        try:
            endings[try_out(calls, handed_in, place, expected)] += 1
        except Exception as error:
            wrong.append(f"{calls}: {type(error).__name__}: {error}")
    print(f"\n{len(points)} points of failure: {dict(endings)}, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)
    return endings


FULL_OF = {student: share * FULL for student, share in SHARES.items()}


def test_g1_a_file_or_the_gradebook_that_fails_costs_nobody_a_grade(handed_in, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "Crew", ReadyCrew)
    chosen = [seam for seam in FILES_AND_GRADEBOOK if str(seam).removeprefix("rnncourse.grading.") in QUICK]
    assert len(chosen) == len(QUICK)
    points = [Calls(seam, 1, for_good) for seam in chosen for for_good in (False, True)]
    endings = tried_out(points, handed_in, tmp_path, FULL_OF)
    assert sum(endings.values()) == len(points)
    assert endings["somebody is ungraded"] or endings["stopped"]


@pytest.mark.long
def test_g1_each_call_to_a_file_or_the_gradebook_made_to_fail(handed_in, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "Crew", ReadyCrew)
    course = tmp_path / "clean"
    shutil.copytree(handed_in, course)
    points = points_of_failure(counted(FILES_AND_GRADEBOOK, lambda: grade(course)))
    tried_out(points, handed_in, tmp_path, FULL_OF)


@pytest.mark.long
@needs_sandbox
def test_g1_each_call_to_a_kernel_made_to_fail(handed_in, tmp_path, monkeypatch):
    """The same process of kernels serves all trials: starting it is what takes long."""
    crew = workers.Crew(LIMITS, 1, True)
    monkeypatch.setattr(workers.Crew, "__exit__", lambda *error: None)
    monkeypatch.setattr(workers, "Crew", lambda *arguments: crew)
    course = tmp_path / "clean"
    shutil.copytree(handed_in, course)
    try:
        points = points_of_failure(counted(KERNELS, lambda: grade(course)))
        tried_out(points, handed_in, tmp_path, dict.fromkeys(SHARES, FULL))
    finally:
        crew.close()
