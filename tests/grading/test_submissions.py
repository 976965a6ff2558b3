"""How a submission is made whole: cells that were deleted, copied, turned, moved or changed, and files beside them."""

from __future__ import annotations

import json
import os

import pytest

from rnncourse.exercises import CHAPTERS
from rnncourse.grading import submissions
from rnncourse.grading.sandbox.place import clear_away
from rnncourse.grading.submissions import (
    HandedIn,
    Submission,
    find_submissions,
    fingerprint,
    in_a_line,
    load,
    name_of,
    plan,
)
from rnncourse.notebooks.files import BY_HAND, OWN_ANSWER, OWN_TEST, OWN_TEXT, TEST_SUFFIX, Cell, read

from made_notebooks import CHAPTER, notebook, solved, write

NAMES = [task.name for task in CHAPTERS[CHAPTER]]
TEST = "rnncourse.grade({name!r})\n### BEGIN HIDDEN TESTS\nrnncourse.grade({name!r}, seed=9)\n### END HIDDEN TESTS"


def source() -> list[Cell]:
    """The instructor's notebook: a demonstration, and each exercise with its test, hidden tests included."""
    pairs = [(Cell("code", solved(n), n), Cell("code", TEST.format(name=n), n + TEST_SUFFIX)) for n in NAMES]
    return [Cell("code", "import rnncourse"), *(cell for pair in pairs for cell in pair)]


def learners() -> list[Cell]:
    """A whole notebook of a learner's, with the tests as they are released."""
    visible = {n + TEST_SUFFIX: f"rnncourse.grade({n!r})" for n in NAMES}
    return [Cell(cell.kind, visible.get(cell.mark, cell.source), cell.mark) for cell in source()]


def changed(cells: list[Cell], mark: str, *instead: Cell) -> list[Cell]:
    """The cells with others in the place of one."""
    place = next(i for i, cell in enumerate(cells) if cell.mark == mark)
    return [*cells[:place], *instead, *cells[place + 1 :]]


def order(planned: list[Cell]) -> list[str]:
    return [cell.mark for cell in planned if cell.mark]


WHOLE = [mark for name in NAMES for mark in (name, name + TEST_SUFFIX)]


def test_a_whole_notebook_stays_as_it_is_with_the_instructors_tests():
    planned, remarks = plan(learners(), source())
    assert remarks == []
    assert order(planned) == WHOLE
    assert [cell.source for cell in planned if cell.is_test] == [TEST.format(name=name) for name in NAMES]
    assert [cell.original for cell in planned] == [True] + [False] * (len(planned) - 1)


@pytest.mark.parametrize("number", [0, 2, len(NAMES) - 1])
def test_whatever_happens_to_one_exercise_each_is_there_once_and_in_order(number):
    name = NAMES[number]
    answer, test = Cell("code", solved(name), name), Cell("code", f"rnncourse.grade({name!r})", name + TEST_SUFFIX)
    cells = learners()
    for spoilt, words in {
        "deleted answer": (changed(cells, name), f"The cell of {name} was deleted."),
        "deleted test": (changed(cells, test.mark), f"The test cell of {name} was deleted: it was put back."),
        "changed test": (
            changed(cells, test.mark, Cell("code", "pass", test.mark)),
            f"The test cell of {name} had been changed: it was put back.",
        ),
        "answer without its mark": (
            changed(cells, name, Cell("code", answer.source)),
            f"The cell of {name} had lost its mark: the cell that defines {name} was taken for it.",
        ),
        "answer as text": (
            changed(cells, name, Cell("markdown", answer.source, name)),
            f"The cell of {name} was turned into markdown: it was run as code.",
        ),
        "test first": (
            changed(changed(cells, test.mark), name, test, answer),
            f"The test cell of {name} was moved: it was put back.",
        ),
        "two answers": (
            changed(cells, name, answer, answer),
            f"The cell of {name} was there more than once: all of them were run.",
        ),
        "two tests": (
            changed(cells, test.mark, test, test),
            f"The test cell of {name} was there more than once: the first place counts.",
        ),
    }.values():
        planned, remarks = plan(spoilt, source())
        assert remarks == [words]
        assert order(planned) == WHOLE, words
        assert planned[[cell.mark for cell in planned].index(test.mark)].source == TEST.format(name=name)


def test_an_answer_in_the_cell_of_another_is_asked_for_after_it():
    both = Cell("code", f"{solved('parameter_count')}\ndef neuron_step(*arguments):\n    return 0", "parameter_count")
    cells = changed(changed(learners(), "neuron_step"), "parameter_count", both)
    planned, remarks = plan(cells, source())
    assert remarks == [
        "The cell of neuron_step was deleted.",
        "The test cell of neuron_step was moved: it was put back.",
    ]
    marks = [cell.mark for cell in planned]
    assert sorted(order(planned)) == sorted(WHOLE)
    assert marks.index("parameter_count") < marks.index("neuron_step") < marks.index("neuron_step_test")
    assert planned[marks.index("parameter_count")] == both


def test_with_nothing_left_all_are_asked_for_in_vain():
    planned, remarks = plan([], source())
    assert order(planned) == WHOLE
    assert all(cell.source == "" for cell in planned if cell.answers)
    assert len(remarks) == 2 * len(NAMES)


OWN = [
    Cell("code", "helper = 1", "help", own=OWN_TEXT), Cell("markdown", "My essay.", "essay", own=BY_HAND),
    Cell("code", TEST.format(name="x"), "mine", own=OWN_TEST), Cell("code", "answer = 42", "my_answer", own=OWN_ANSWER),
]  # fmt: skip


def test_g10_of_the_instructors_own_cells_answers_are_the_learners_and_tests_the_instructors():
    theirs = [
        Cell("code", "helper = 2", "help"), Cell("code", "I wrote this.", "essay"),
        Cell("code", "rnncourse.grade('x')", "mine"), Cell("code", "answer = 7", "my_answer"),
        Cell("code", "answer = 8", "my_answer"), Cell("code", "pass", "mine"),
    ]  # fmt: skip
    planned, remarks = plan([*learners(), *theirs], [*source(), *OWN])
    assert planned[-5:] == [
        OWN[0], Cell("markdown", "I wrote this.", "essay", own=BY_HAND), OWN[2],
        Cell("code", "answer = 7", "my_answer", own=OWN_ANSWER), Cell("code", "answer = 8"),
    ]  # fmt: skip
    assert remarks == [
        "The cell help had been changed: it was put back.",
        "The cell essay was turned into code.",
        "The cell my_answer was there more than once: the first place counts.",
        "The cell mine was there more than once: the first place counts.",
    ]
    assert order(planned[:-5]) == WHOLE


def test_g10_deleted_cells_of_the_instructors_own_are_put_back_without_the_instructors_answer():
    planned, remarks = plan(learners(), [OWN[1], *source(), OWN[2], OWN[3], OWN[0]])
    assert [cell.mark for cell in planned if cell.mark] == ["essay", *WHOLE, "mine", "my_answer", "help"]
    by_mark = {cell.mark: cell.source for cell in planned}
    assert (by_mark["essay"], by_mark["my_answer"]) == ("", "")
    assert (by_mark["mine"], by_mark["help"]) == (OWN[2].source, OWN[0].source)
    assert remarks[0] == "The cell essay was deleted."
    assert "The cell mine was deleted: it was put back." in remarks


def test_g10_an_exercise_that_was_taken_out_is_not_asked_for():
    removed = [cell for cell in source() if cell.exercise != NAMES[1]]
    planned, remarks = plan(learners(), removed)
    assert order(planned) == [mark for mark in WHOLE if not mark.startswith(NAMES[1])]
    assert remarks == []


def test_g1_a_file_that_cannot_be_read_here_is_no_fault_of_the_learners(tmp_path, monkeypatch):
    folder = tmp_path / "ada" / CHAPTER
    folder.mkdir(parents=True)
    write(notebook(), tmp_path).rename(folder / f"{CHAPTER}.ipynb")

    def fails(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(submissions, "_content", fails)
    with pytest.raises(PermissionError):
        load(HandedIn("ada", CHAPTER, folder), source())


def test_marks_that_mean_no_exercise_of_the_chapter_are_dropped():
    planned, remarks = plan([*learners(), Cell("code", "x = 1", "rnn_step"), Cell("raw", "y", "notes")], source())
    assert remarks == []
    assert order(planned) == WHOLE
    assert [(cell.kind, cell.mark) for cell in planned[-2:]] == [("code", ""), ("raw", "")]


# ----------------------------------------------------------------------------------------------------- as handed in
def handed_in(folder, student="ada", **options) -> HandedIn:
    write(notebook(**options), folder / student)
    return HandedIn(student, CHAPTER, folder / student / CHAPTER)


def test_submissions_are_found_by_name_and_links_are_not_followed(tmp_path):
    for student in ("bob", "ada"):
        handed_in(tmp_path, student)
    (tmp_path / "eve").symlink_to(tmp_path / "ada")
    (tmp_path / "zoe").mkdir()
    (tmp_path / "a file").write_text("")
    assert [each.student for each in find_submissions(tmp_path, CHAPTER)] == ["ada", "bob"]
    assert [each.student for each in find_submissions(tmp_path, CHAPTER, "bob")] == ["bob"]
    assert list(find_submissions(tmp_path / "no folder", CHAPTER)) == []
    assert list(find_submissions(tmp_path, "03_manual_rnn")) == []


def test_the_fingerprint_changes_with_all_that_decides_a_grade_and_with_nothing_else(tmp_path):
    first = handed_in(tmp_path)
    same = fingerprint(first, "salt")
    (first.folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    assert fingerprint(first, "salt") == same
    seen = {same, fingerprint(first, "other")}
    (first.folder / "data.csv").write_text("1")
    seen.add(fingerprint(first, "salt"))
    (first.folder / "data.csv").rename(first.folder / "more.csv")
    seen.add(fingerprint(first, "salt"))
    handed_in(tmp_path, all_solved=True)
    seen.add(fingerprint(first, "salt"))
    (first.folder / f"{CHAPTER}.ipynb").unlink()
    seen.add(fingerprint(first, "salt"))
    assert len(seen) == 6


def test_a_submission_is_read_with_its_files_and_travels_as_plain_data(tmp_path):
    first = handed_in(tmp_path, all_solved=True)
    (first.folder / "data").mkdir()
    (first.folder / "data" / "numbers.csv").write_text("1,2\n")
    (first.folder / "secret").symlink_to("/etc/passwd")
    found = load(first, read(first.folder / f"{CHAPTER}.ipynb"), "print")
    assert (found.student, found.chapter, found.problem, found.fingerprint) == ("ada", CHAPTER, "", "print")
    assert found.files == ((os.path.join("data", "numbers.csv"), b"1,2\n"),)
    assert found.remarks == ("Files that were left out (links, or too many, too large or too deep): secret.",)
    assert Submission.from_dict(found.to_dict()) == found
    submissions.write_files(found.files, tmp_path / "work")
    assert (tmp_path / "work" / "data" / "numbers.csv").read_text() == "1,2\n"


def test_what_cannot_be_read_is_a_problem_and_not_an_error(tmp_path, monkeypatch):
    first = handed_in(tmp_path)
    path = first.folder / f"{CHAPTER}.ipynb"
    whole = read(path)
    path.rename(first.folder / "homework.ipynb")
    assert load(first, whole).remarks == (f"The notebook was called homework.ipynb, expected {CHAPTER}.ipynb.",)
    path.symlink_to("/etc/passwd")
    assert "not a file but a link" in load(first, whole).problem
    path.unlink()
    path.write_text("{")
    assert "It is not JSON" in load(first, whole).problem
    monkeypatch.setattr(submissions, "LARGEST_NOTEBOOK", 0)
    assert "Clear its outputs" in load(first, whole).problem
    assert load(HandedIn("bob", CHAPTER, tmp_path / "bob"), whole).problem.startswith(
        f"The notebook could not be read. There is no {CHAPTER}.ipynb"
    )


def test_what_answers_nothing_of_the_chapter_and_what_is_broken_is_told_to_who_grades(tmp_path):
    first = handed_in(tmp_path)
    path = first.folder / f"{CHAPTER}.ipynb"
    whole = read(path)
    path.write_text('{"nbformat": 4, "cells": []}')
    assert load(first, whole).problem == f"No cell of it answers an exercise of {CHAPTER}. Ask for the right one."
    other = {"cell_type": "code", "source": "x", "metadata": {"nbgrader": {"grade_id": "rnn_step"}}}
    path.write_text(json.dumps({"nbformat": 4, "cells": [other]}))
    assert "It seems to be 03_manual_rnn." in load(first, whole).problem
    other["source"] = f"{NAMES[0]} = 1"  # an answer that lost its mark is one
    path.write_text(json.dumps({"nbformat": 4, "cells": [other]}))
    assert load(first, whole).problem == ""
    path.write_text("")
    assert load(first, whole).problem == "The notebook could not be read. It is empty."  # no word of the learner's copy


# ---------------------------------------------------------------------------------- names, depth and number of anything
@pytest.mark.parametrize("name", ["क" * 50, "王小明", "Ольга 🎓", "o'neil; drop", "a\u200db", "ü" * 100])
def test_h5_a_name_of_any_script_stays_as_it_is(name):
    assert name_of(name) == name


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("ada\nbob", r"ada\nbob"),
        ("a\tb\x1b[31m", r"a\tb\x1b[31m"),
        ("Ren\udce9e", r"Ren\xe9e"),
        ("a\u2028b", r"a\u2028b"),
    ],
)
def test_h6_a_name_has_one_line(folder, name):
    assert name_of(folder) == in_a_line(folder) == name


def test_h5_a_long_name_is_cut_and_two_of_them_stay_two():
    names = [name_of(character * 127) for character in ("ü", "ä")] + [name_of("ü" * 126 + "xy")]
    assert len(set(names)) == 3
    assert all(len(name.encode()) <= 200 for name in names)
    assert names[0].startswith("ü" * 90)


def test_h5_h6_students_of_odd_names_are_found_and_graded_under_them(tmp_path):
    for student in ("ada\nbob", "Ren\udce9e", "क" * 50):
        handed_in(tmp_path, student)
    found = list(find_submissions(tmp_path, CHAPTER))
    assert {each.student for each in found} == {r"ada\nbob", r"Ren\xe9e", "क" * 50}
    assert all(load(each, read(each.folder / f"{CHAPTER}.ipynb")).problem == "" for each in found)


def test_h7_thousands_of_folders_in_one_another_are_left_out(tmp_path):
    first = handed_in(tmp_path)
    opened = os.open(first.folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=opened)
        opened, above = os.open("d", os.O_RDONLY, dir_fd=opened), opened
        os.close(above)
    os.close(opened)
    (first.folder / "d" / "d" / "near.csv").write_text("1")
    try:
        found = load(first, read(first.folder / f"{CHAPTER}.ipynb"))
        assert [name for name, _ in found.files] == ["d/d/near.csv"]
        assert "left out" in found.remarks[0]
        assert "d/d/d/" in found.remarks[0]
        assert fingerprint(first) == fingerprint(first)
    finally:
        clear_away(first.folder)  # pytest could not


def test_thousands_of_files_are_not_all_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "_MOST_NAMES", 50)
    first = handed_in(tmp_path)
    for number in range(120):
        (first.folder / f"{number}.txt").touch()
    found = load(first, read(first.folder / f"{CHAPTER}.ipynb"))
    assert len(found.files) <= 50
    assert found.problem == ""  # the notebook is found all the same
    assert "and more" in found.remarks[-1]


def test_s2_a_file_of_another_encoding_is_handed_through_and_told_in_utf_8(tmp_path):
    first = handed_in(tmp_path)
    (first.folder / "donn\udce9es.csv").write_text("1,2")
    (first.folder / "li\udce9n").symlink_to("/etc/passwd")
    (first.folder / "autre\udce9.ipynb").write_text("{}")
    found = load(first, read(first.folder / f"{CHAPTER}.ipynb"))
    assert found.files == (("donn\udce9es.csv", b"1,2"),)
    submissions.write_files(found.files, tmp_path / "work")
    assert os.listdir(os.fsencode(tmp_path / "work")) == [b"donn\xe9es.csv"]
    words = " ".join(found.remarks)
    assert r"li\xe9n" in words
    assert r"autre\xe9.ipynb" in words
    words.encode()
    assert fingerprint(first) == fingerprint(first)


def test_what_is_no_plain_file_is_never_waited_for(tmp_path):
    first = handed_in(tmp_path)
    os.mkfifo(first.folder / "pipe")
    (first.folder / "outside").symlink_to("/")
    found = load(first, read(first.folder / f"{CHAPTER}.ipynb"))
    assert found.files == ()
    assert "outside, pipe" in found.remarks[0]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"nbformat": 4, "cells": [' + "[]," * 3_000_000 + "[]]}", "would take"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": '
         + "[" * 600 + "]" * 600 + "}}}]}", "nested too deeply"),
        ('{"nbformat": 4, "cells": [' + '{"cell_type": "code", "source": ""},' * 2500
         + '{"cell_type": "code", "source": ""}]}', "2501 cells, expected at most 2000"),
    ],
)  # fmt: skip
def test_h4_h7_a_notebook_of_too_many_parts_is_a_problem_of_its_own(tmp_path, content, problem):
    first = handed_in(tmp_path)
    whole = read(first.folder / f"{CHAPTER}.ipynb")
    (first.folder / f"{CHAPTER}.ipynb").write_text(content)
    assert problem in load(first, whole).problem
