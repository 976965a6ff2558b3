"""Whose a file is, from the first part of its path: names as Canvas and Moodle write them, and others."""

from __future__ import annotations

import pytest

from rnncourse.grading.platforms import (
    CANVAS,
    FOLDERS,
    MOODLE,
    Sender,
    is_junk,
    lie_in_a_folder,
    plain,
    sent_by_platform,
    sent_in_folder,
)


@pytest.mark.parametrize(
    ("path", "name", "number", "late", "file"),
    [
        ("doejane_1234_5678_01_memory_cell-2.ipynb", "doejane", "1234", False, "01_memory_cell-2.ipynb"),
        ("doejane_LATE_1234_5678_x.ipynb", "doejane", "1234", True, "x.ipynb"),
        ("doejane_late_1234_5678_x.ipynb", "doejane", "1234", True, "x.ipynb"),
        ("doejane_1234_5678_99_88_x.ipynb", "doejane", "1234", False, "99_88_x.ipynb"),
        ("doe_smithjane_1_2_x.ipynb", "doe_smithjane", "1", False, "x.ipynb"),
        ("o9neill2_1_2_x.ipynb", "o9neill2", "1", False, "x.ipynb"),
        ("王伟_7_8_作业_1_2_.ipynb", "王伟", "7", False, "作业_1_2_.ipynb"),
        ("शर्माप्रिया_LATE_7_8_x.ipynb", "शर्माप्रिया", "7", True, "x.ipynb"),
        ("иванова_7_8_x.ipynb", "иванова", "7", False, "x.ipynb"),
        ("_7_8_x.ipynb", "", "7", False, "x.ipynb"),
        ("123_77_99_x.ipynb", "123", "77", False, "x.ipynb"),
        ("anon_aB3xY_99_x.ipynb", "anon", "anon_aB3xY", False, "x.ipynb"),
        ("LATE_anon_aB3xY_99_x.ipynb", "anon", "anon_aB3xY", True, "x.ipynb"),
        ("project_group_3_12_99_x.ipynb", "project_group", "3", False, "99_x.ipynb"),  # as Canvas itself reads it
        ("doejane_1234_text.html", "doejane", "1234", False, "text.html"),
        ("doejane_1_2_a_66_assignsubmission_file_.ipynb", "doejane", "1", False, "a_66_assignsubmission_file_.ipynb"),
    ],
)
def test_g4_names_of_canvas(path, name, number, late, file):
    sent = sent_by_platform(path)
    assert (sent.sender, sent.late, sent.file) == (Sender(CANVAS, name, number), late, file)


@pytest.mark.parametrize(
    ("path", "name", "number", "file"),
    [
        ("Jane Doe_77_assignsubmission_file_/homework.ipynb", "Jane Doe", "77", "homework.ipynb"),
        ("Jane Doe_77_assignsubmission_file/a/b.ipynb", "Jane Doe", "77", "a/b.ipynb"),
        ("Jane Doe_77_assignsubmission_file_home_work.ipynb", "Jane Doe", "77", "home_work.ipynb"),
        ("Teilnehmer in_5_assignsubmission_file_/x.ipynb", "Teilnehmer in", "5", "x.ipynb"),
        ("参与人_5_assignsubmission_file_/x.ipynb", "参与人", "5", "x.ipynb"),
        ("Default group_assignsubmission_file_/x.ipynb", "Default group", "", "x.ipynb"),
        ("A A_66_assignsubmission_file_/sub/B B_99_assignsubmission_file_/x.ipynb", "A A", "66",
         "sub/B B_99_assignsubmission_file_/x.ipynb"),
        ("A A_66_assignsubmission_file_B B_99_assignsubmission_file_x.ipynb", "A A", "66",
         "B B_99_assignsubmission_file_x.ipynb"),
        ("A A_66_assignsubmission_onlinetext_/onlinetext.html", "A A", "66", "onlinetext.html"),
        ("A A_66_assignsubmission_noto/x.ipynb", "A A", "66", "x.ipynb"),
        ("s21_A A_66_assignsubmission_file/x.ipynb", "s21_A A", "66", "x.ipynb"),
    ],
)  # fmt: skip
def test_g5_names_of_moodle_and_nothing_inside(path, name, number, file):
    sent = sent_by_platform(path)
    assert (sent.sender, sent.late, sent.file) == (Sender(MOODLE, name, number), None, file)


@pytest.mark.parametrize(
    "path", ["x.ipynb", "doejane_1_x.ipynb", "a/doejane_1_2_x.ipynb", "homework/01.ipynb", "_.ipynb"]
)
def test_what_no_platform_writes_is_nobodys(path):
    assert sent_by_platform(path) is None


def test_g5_a_folder_of_their_own_is_the_first_and_no_other():
    assert sent_in_folder("a1/01_memory_cell/x.ipynb").sender == Sender(FOLDERS, "a1")
    assert sent_in_folder("x.ipynb") is None
    assert lie_in_a_folder(["out/doejane_1_2_x.ipynb", "out/roe_2_3_x.ipynb"]) == "out"
    assert lie_in_a_folder(["ada/x.ipynb", "bob/doejane_1_2_x.ipynb"]) == ""
    assert lie_in_a_folder(["submitted/ada/x.ipynb", "submitted/bob/01_memory_cell/x.ipynb"]) == "submitted"
    assert lie_in_a_folder(["ada/01_memory_cell/x.ipynb", "ada/03_manual_rnn/x.ipynb", "ada/old/x.ipynb"]) == ""
    assert lie_in_a_folder(["ada/x.ipynb"]) == lie_in_a_folder([]) == ""


@pytest.mark.parametrize("path", [
    "__MACOSX/._doejane_1_2_x.ipynb", "doejane_1_2_._x.ipynb", "A_6_assignsubmission_file_/.ipynb_checkpoints/x.ipynb",
    "a1/.git/x.ipynb", "a1/__pycache__/x", "A_6_assignsubmission_file_/__MACOSX/._x.ipynb",
])  # fmt: skip
def test_g6_forks_checkpoints_and_hidden_files_are_nobodys_work(path):
    assert is_junk(path)
    assert not is_junk("doejane_1_2_x.ipynb")
    assert not is_junk(".Jane Doe_77_assignsubmission_file_/x.ipynb")  # whatever somebody is called
    assert not is_junk("../x.ipynb")  # which is named, not passed over


def test_the_counter_of_a_resubmission_is_not_part_of_the_name():
    for file, stem, times in [("x-2.ipynb", "x", 2), ("x (1).ipynb", "x", 1), ("x_1.ipynb", "x_1", 0)]:
        sent = sent_by_platform(f"doejane_1_2_{file}")
        assert (sent.stem, sent.times, sent.number) == (stem, times, 2)


def test_names_are_compared_by_their_letters():
    assert plain("Doe-Smith, Jane É.") == plain("doesmithjanee\u0301")
    assert plain("शर्मा, प्रिया") == "शर्माप्रिया"
    assert plain("Group 3") != plain("Group 30")
