"""Feedback pages, and the zips of them that platforms take back."""

from __future__ import annotations

import errno
import os
import re
import zipfile

import pytest

from rnncourse.grading import feedback
from rnncourse.grading.feedback import make_pages, name_in_zip, zips
from rnncourse.grading.gradebook import GradebookWriter
from rnncourse.grading.identity import Origin, Origins
from rnncourse.grading.records import Records
from rnncourse.grading.runs import not_run, ungraded
from rnncourse.grading.submissions import Submission

from hostile.making import CHAPTER
from made_classes import make_course


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        (Origin("canvas", "doejane", "12", "doejane_LATE_12_34_my_work-2.ipynb"), "doejane_LATE_12_34_my_work-2.html"),
        (Origin("canvas", "王伟", "7", "王伟_7_8_x.ipynb"), "王伟_7_8_x.html"),
        (Origin("canvas", "anon", "anon_aB3xY", "anon_aB3xY_99_x.ipynb"), "anon_aB3xY_99_x.html"),
        (Origin("moodle", "J D", "7", "J D_7_assignsubmission_file_/a/x.ipynb"), "J D_7_assignsubmission_file_/x.html"),
        (Origin("moodle", "J D", "7", "J D_7_assignsubmission_file_x.ipynb"), "J D_7_assignsubmission_file_x.html"),
        (Origin("folders", "ada", "", "ada/x.ipynb"), f"ada_/{CHAPTER}.html"),
        (None, f"ada_/{CHAPTER}.html"),
    ],
)
def test_a_page_has_the_name_of_what_was_handed_in(origin, name):
    assert name_in_zip("ada_", CHAPTER, origin) == name


def test_there_is_a_zip_for_each_platform_and_a_group_is_in_it_once(tmp_path):
    pages = {}
    for student in ("doe_12", "roe_13", "Jane", "bob"):
        pages[student] = tmp_path / f"{student}.html"
        pages[student].write_text(student)
    file = "project_13_99_x.ipynb"
    Origins(tmp_path).keep(CHAPTER, {
        "doe_12": Origin("canvas", "doe", "12", file, "Project"),
        "roe_13": Origin("canvas", "roe", "13", file, "Project"),
        "Jane": Origin("moodle", "Jane", "5", "Jane_5_assignsubmission_file_/x.ipynb"),
    })  # fmt: skip
    made = {path.name: zipfile.ZipFile(path) for path in zips(tmp_path, CHAPTER, pages)}
    told = {
        name: {member: archive.read(member).decode() for member in archive.namelist()} for name, archive in made.items()
    }
    assert told == {
        f"feedback-{CHAPTER}-canvas.zip": {"project_13_99_x.html": "roe_13"},
        f"feedback-{CHAPTER}-moodle.zip": {"Jane_5_assignsubmission_file_/x.html": "Jane"},
        f"feedback-{CHAPTER}-folders.zip": {f"bob/{CHAPTER}.html": "bob"},
    }


def test_a_zip_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / f"feedback-{CHAPTER}-folders.zip"
    path.write_text("before")
    (tmp_path / "page").write_text("x")

    def no_room(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(feedback.zipfile.ZipFile, "write", no_room)
    with pytest.raises(OSError, match=r"No space left on device: '.*folders\.zip'"):
        zips(tmp_path, CHAPTER, {"bob": tmp_path / "page"})
    assert (path.read_text(), sorted(p.name for p in tmp_path.iterdir())) == ("before", [path.name, "page"])


def test_pages_are_made_of_those_who_are_graded_whatever_they_are_called(tmp_path):
    course = make_course(tmp_path, 0)
    writer = GradebookWriter(course)
    students = ["[a]*?", "प्रिया शर्मा"]
    for student in students:
        writer.write(not_run(Submission(student, CHAPTER, ()), "It was empty."))
    broken = course / "autograded" / "broken" / CHAPTER / f"{CHAPTER}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text("no notebook")
    pages = make_pages(course, CHAPTER, [*students, "broken", "stranger"])
    assert sorted(pages) == sorted(students)
    for page in pages.values():
        assert re.search(r"It was empty\.", page.read_text())


def test_g1_who_is_ungraded_gets_a_page_that_says_so_and_no_older_grade(tmp_path):
    course = make_course(tmp_path, 0)
    writer = GradebookWriter(course)
    for student in ("ada", "bob"):
        writer.write(not_run(Submission(student, CHAPTER, ()), "It was empty."))
    fault = "/tmp/rnng-abc/k0/kernel.log: No such file or directory."
    for student in ("bob", "new"):
        Records(course).keep_fault(ungraded(Submission(student, CHAPTER, (), fingerprint="newer"), fault))
    pages = make_pages(course, CHAPTER, ["ada", "bob", "new"])
    told = {student: page.read_text() for student, page in pages.items()}
    assert [student for student, text in told.items() if "Not graded yet." in text] == ["bob", "new"]
    assert "kernel.log" not in "".join(told.values())
    assert "It was empty." in told["ada"]
    assert not (course / "autograded" / "new").exists()
