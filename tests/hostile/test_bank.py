"""Every hostile and broken submission through ``rnncourse grade``: the grade it must get, and the reason.

After it, everything that was not the grader's to write is as it was.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from rnncourse.grading.gradebook import read_scores
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import Records
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.place import clear_away
from rnncourse.grading.submissions import name_of
from tools.authoring import ROOT

import hostile.neighbours  # noqa: F401  # adds its entries
from hostile.bank import ENTRIES
from hostile.making import ALL, CHAPTER, Draft
from sandboxed import needs_sandbox

pytestmark = needs_sandbox
LIMITS = Limits(cell_seconds=4, seconds=240, memory=700, processes=100, file_megabytes=60, output_bytes=400_000)

#: Every twentieth of each kind is graded in every run of the tests, all of them by ``make test-long``.
STRIDE = 20


def student_of(entry):
    return entry.student or entry.name


def make_course(course: Path, entries) -> Path:
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / CHAPTER, course / "solutions" / CHAPTER)
    for entry in entries:
        folder = course / "submitted" / folder_of(entry) / CHAPTER
        folder.mkdir(parents=True)
        draft = Draft(folder)
        entry.make(draft)
        draft.write()
    return course


def digest_of(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its content."""
    found, todo = {}, [str(folder)]
    while todo:  # os.walk goes down into itself, which a thousand folders in one another do not allow
        for entry in os.scandir(todo.pop()):
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
                continue
            content = os.readlink(entry.path).encode() if entry.is_symlink() else Path(entry.path).read_bytes()
            found[os.path.relpath(entry.path, folder)] = hashlib.sha256(content).hexdigest()
    return found


def processes() -> dict[int, tuple[int, str]]:
    """The parent and the command line of every process."""
    found = {}
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            command = Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found[int(pid)] = int(Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[1]), command
        except OSError:
            continue
    return found


def left_behind() -> set[str]:
    """What a grader or a submission has left running; tests at work beside this one have sandboxes of their own."""
    known, found = processes(), set()
    for pid, (_, command) in known.items():
        ancestors = [pid]
        while ancestors[-1] in known:
            ancestors.append(known[ancestors[-1]][0])
        beside = os.getppid() in ancestors and os.getpid() not in ancestors
        if "54321" in command or ("rnncourse.grading.sandbox.zygote" in command and not beside):
            found.add(f"{pid} {command}")
    return found


def settled() -> set[str]:
    """What is left behind for good: a grader killed by another test takes a moment to die."""
    for _ in range(50):
        if not left_behind():
            break
        time.sleep(0.2)
    return left_behind()


def parameters():
    """The entries, most of them marked ``long``."""
    seen = Counter()
    for entry in ENTRIES:
        yield pytest.param(entry, marks=pytest.mark.long if seen[entry.kind] % STRIDE else ())
        seen[entry.kind] += 1


@pytest.fixture(scope="module")
def entries(request):
    """The entries that this run asks for: they make one class."""
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    return [spec.params["entry"] for spec in specs if spec.params.get("entry") in ENTRIES]  # cards have their own class


@pytest.fixture(scope="module")
def graded(tmp_path_factory, entries):
    """The class, graded: scores and results by student, and what was before and after."""
    course = make_course(tmp_path_factory.mktemp("hostile"), entries)
    home = tmp_path_factory.mktemp("home")
    (home / "keys").write_text("secret")
    os.environ["A_SECRET_OF_THE_GRADER"] = "secret"
    patched = pytest.MonkeyPatch()
    patched.setattr("rnncourse.notebooks.kernels._INTERRUPT_SECONDS", 4.0)  # who is deaf stays deaf
    before = {"submitted": digest_of(course / "submitted"), "home": digest_of(home), "processes": settled()}
    summary = grade_class(Grading(course, [CHAPTER]), jobs=2, limits=LIMITS)
    after = {"submitted": digest_of(course / "submitted"), "home": digest_of(home), "processes": settled()}
    del os.environ["A_SECRET_OF_THE_GRADER"]
    patched.undo()
    results = {result.student: result for result in Records(course).all_of(CHAPTER)}
    yield read_scores(course, CHAPTER), results, before, after, summary, course
    clear_away(course / "submitted")  # pytest could not


def words_of(result):
    """All that a learner or an instructor is told."""
    shown = [str(output) for cell in result.cells for output in cell.outputs]
    return "\n".join([*(v.advice for v in result.verdicts), *result.remarks, *result.look, *shown])


def folder_of(entry):
    """What a student's folder is called among the submissions."""
    return student_of(entry).replace("/", "\N{FULLWIDTH SOLIDUS}")


def student_folder(entry):
    """What the student is called by the grader."""
    return name_of(folder_of(entry))


def test_the_bank_is_large_and_its_names_differ():
    assert len(ENTRIES) >= 170
    honest = [entry for entry in ENTRIES if entry.kind == "accident" and entry.right == ALL]
    assert 3 * len(honest) >= sum(entry.kind == "attack" for entry in ENTRIES)
    assert len({student_folder(entry) for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", list(parameters()), ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_it_gets_the_grade_it_deserves_and_the_reason(graded, entry):
    scores, results, *_ = graded
    result = results[student_folder(entry)]
    assert scores[student_folder(entry)]["score"] == entry.expected, words_of(result)
    words = words_of(result)
    assert any(reason in words for reason in entry.reason.split(" | ")), words
    look = [remark for remark in result.look if "no time left" not in remark]  # a busy machine
    assert entry.look in (None, bool(look)) or "could not be interrupted" in words, look
    assert result.memory <= 1.2 * LIMITS.memory
    assert result.seconds <= 1.1 * LIMITS.seconds


def test_everything_else_is_as_it_was(graded):
    _, _, before, after, _, _ = graded
    assert before == after


def test_every_submission_has_a_grade_and_a_page(graded, entries):
    scores, results, _, _, summary, course = graded
    assert len(scores) == len(results) == len(entries) == len(summary.graded) > 8
    for entry in entries:
        assert (course / "autograded" / student_folder(entry) / CHAPTER / f"{CHAPTER}.ipynb").is_file()
