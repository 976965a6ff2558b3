"""Exports of learning platforms put into nbgrader's layout: nothing is lost, and nobody gets what is another's."""

from __future__ import annotations

import os
import re
import zipfile
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from rnncourse.grading import collect as collecting
from rnncourse.grading import unpacking
from rnncourse.grading.collect import Collected, Settings
from rnncourse.grading.groups import Groups
from rnncourse.grading.identity import Origin, Origins
from rnncourse.grading.records import GradingError
from rnncourse.grading.submissions import HandedIn, find_submissions, fingerprint
from tools.authoring import ROOT

from hostile.making import CHAPTER
from made_exports import make_zip, work

OTHER = "03_manual_rnn"


def collect(source: Path, course: Path, chapter: str = CHAPTER, **settings) -> Collected:
    return collecting.collect(source, chapter, course / "submitted", course, Settings(**settings))


def export(tmp_path: Path, members: dict[str, bytes | str], **how) -> Path:
    return make_zip(tmp_path / f"export{len(list(tmp_path.glob('export*')))}.zip", members, **how)


def work_of(course: Path, student: str, chapter: str = CHAPTER) -> str:
    return (course / "submitted" / student / chapter / f"{chapter}.ipynb").read_text()


def test_exports_of_canvas_moodle_and_folders_are_understood(tmp_path):
    canvas = export(tmp_path, {"doejane_LATE_12_34_01_memory_cell-2.ipynb": "{}", "roe_1_2_x.ipynb": "[]"})
    assert collect(canvas, tmp_path).new == ["doejane_12", "roe_1"]
    moodle = export(tmp_path, {"Jane Doe_77_assignsubmission_file_/homework.ipynb": "{}"})
    assert collect(moodle, tmp_path).new == ["Jane Doe"]
    (tmp_path / "folder" / "bob").mkdir(parents=True)
    (tmp_path / "folder" / "bob" / "a.ipynb").write_text("{}")
    assert collect(tmp_path / "folder", tmp_path).new == ["bob"]
    assert work_of(tmp_path, "doejane_12") == "{}"
    other = export(tmp_path, {"group7--eve.ipynb": "{}"})
    assert collect(other, tmp_path, pattern=r"--(?P<student>\w+)").new == ["eve"]
    assert collect(other, tmp_path).unknown == ["group7--eve.ipynb"]


def test_the_patterns_of_the_guide_fit_what_github_and_google_give(tmp_path):
    github, google = re.findall(r"--pattern '([^']+)'", (ROOT / "GRADING.md").read_text())
    here = f"{CHAPTER}/{CHAPTER}.ipynb"
    cloned = {f"lab1-octo-cat/{name}": "{}" for name in (here, "02_kinds_of_rnn/02_kinds_of_rnn.ipynb", "README.md")}
    found = collect(export(tmp_path, cloned), tmp_path, pattern=github.replace("ASSIGNMENT", "lab1"))
    assert found.new == ["octo-cat"]
    copies = export(tmp_path, {f"Jane Doe - {CHAPTER}.ipynb": "{}", f"Lab 1/王小明 - {CHAPTER}.ipynb": "[]"})
    assert sorted(collect(copies, tmp_path, pattern=google).new) == ["Jane Doe", "王小明"]


# --------------------------------------------------------------------------------------------------- who is who
def test_g4_two_students_of_one_name_stay_two(tmp_path):
    source = export(tmp_path, {"doejane_12_1_x.ipynb": "first", "doejane_LATE_13_2_x.ipynb": "second"})
    assert collect(source, tmp_path, update=True).new == ["doejane_13", "doejane_12"]
    assert (work_of(tmp_path, "doejane_12"), work_of(tmp_path, "doejane_13")) == ("first", "second")
    assert collect(source, tmp_path, update=True).unchanged == ["doejane_13", "doejane_12"]
    assert Origins(tmp_path).of(CHAPTER) == {
        "doejane_12": Origin("canvas", "doejane", "12", "doejane_12_1_x.ipynb", late=False),
        "doejane_13": Origin("canvas", "doejane", "13", "doejane_LATE_13_2_x.ipynb", late=True),
    }


def test_g4_a_students_folder_is_the_same_in_every_chapter(tmp_path):
    collect(export(tmp_path, {"doejane_12_1_x.ipynb": "{}"}), tmp_path)
    collect(export(tmp_path, {"roejane_12_9_x.ipynb": "{}"}), tmp_path, OTHER)  # she has married
    assert list(Origins(tmp_path).of(OTHER)) == ["doejane_12"]


def test_g5_moodles_number_is_of_one_assignment_and_its_names_tell_students_apart_where_they_can(tmp_path):
    def named(number, name="Jane Doe"):
        return f"{name}_{number}_assignsubmission_file_/x.ipynb"

    assert collect(export(tmp_path, {named(77): "a", named(5, "Bob"): "b"}), tmp_path).new == ["Jane Doe", "Bob"]
    later = collect(export(tmp_path, {named(77): "a", named(78): "c"}), tmp_path)
    assert (later.unchanged, later.new, later.alike) == (["Jane Doe"], ["Jane Doe_78"], ["Jane Doe_78"])
    both = collect(export(tmp_path, {named(140): "d", named(141): "e", named(9, "Bob"): "f"}), tmp_path, OTHER)
    assert both.new == ["Jane Doe_140", "Jane Doe_141", "Bob"]
    third = collect(export(tmp_path, {named(200): "g"}), tmp_path, OTHER)
    assert third.new == ["Jane Doe_200"]  # which of the two nobody knows
    assert {origin.id for origin in Origins(tmp_path).of(OTHER).values()} == {"140", "141", "9", "200"}


def test_g5_a_folder_inside_never_decides_whose_it_is(tmp_path):
    inside = "A A_66_assignsubmission_file_/sub/B B_99_assignsubmission_file_/x.ipynb"
    source = export(tmp_path, {inside: "a", "B B_99_assignsubmission_file_/x.ipynb": "b",
                               "C C_1_assignsubmission_file_/homework/x.ipynb": "c", "stray/x.ipynb": "d"})  # fmt: skip
    found = collect(source, tmp_path, update=True)
    assert (found.new, found.unknown) == (["A A", "B B", "C C"], ["stray/x.ipynb"])
    assert [work_of(tmp_path, student) for student in ("A A", "B B", "C C")] == ["a", "b", "c"]
    folders = export(
        tmp_path, {"a1/01_memory_cell/x.ipynb": "e", "a2/.ipynb_checkpoints/x.ipynb": "f", "a3/x.ipynb": "g"}
    )
    assert collect(folders, tmp_path).new == ["a1", "a3"]


def test_a_folder_around_an_export_is_no_student(tmp_path):
    source = export(tmp_path, {"out/doejane_12_1_x.ipynb": "{}", "out/roe_13_2_x.ipynb": "{}", "__MACOSX/out/._x": ""})
    with pytest.raises(GradingError, match="lies in a folder 'out': unpack it, and collect that folder"):
        collect(source, tmp_path)
    assert not (tmp_path / "submitted").exists()


def test_names_of_another_platform_that_look_like_canvas_are_refused(tmp_path):
    names = [f"gradebook_123_456_{who}_attempt_2026-03-02-14-05-06_x.ipynb" for who in ("jane", "ann")]
    source = export(tmp_path, {name: name for name in names})
    with pytest.raises(GradingError, match=r"456 is the number of several\. Another platform's\? .* --pattern"):
        collect(source, tmp_path)
    assert collect(source, tmp_path, pattern=r"_(?P<student>[^_]+)_attempt_").new == ["jane", "ann"]


def test_a_folder_that_is_another_students_stays_that_ones(tmp_path):
    collect(export(tmp_path, {"doejane_12_1_x.ipynb": "hers"}), tmp_path)
    source = export(tmp_path, {"doejane_12--99.ipynb": "another's", "a:b--.ipynb": "1", "a_b--.ipynb": "2"})
    found = collect(source, tmp_path, update=True, pattern=r"^(?P<student>.+)--(?P<id>\d*)")
    assert found.unknown == [
        "doejane_12--99.ipynb (doejane_12 is another's folder)",
        "a_b--.ipynb (a_b is another's folder)",
    ]
    assert work_of(tmp_path, "doejane_12") == "hers"


# ---------------------------------------------------------------------------------------------- which of several
def test_g6_forks_and_checkpoints_are_not_taken_for_the_work(tmp_path):
    source = export(tmp_path, {"__MACOSX/._doejane_12_1_x.ipynb": "fork", "doejane_12_1_x.ipynb": "work",
                               "A_6_assignsubmission_file_/.ipynb_checkpoints/x-checkpoint.ipynb": "old",
                               "A_6_assignsubmission_file_/x.ipynb": "work"})  # fmt: skip
    found = collect(source, tmp_path)
    assert (sorted(found.new), found.chosen, found.unknown) == (["A", "doejane_12"], [], [])
    assert work_of(tmp_path, "doejane_12") == work_of(tmp_path, "A") == "work"


@pytest.mark.parametrize(
    ("members", "taken"),
    [
        ({"a_1_5_other.ipynb": work(chapter=OTHER), "a_1_4_mine.ipynb": work("mine")}, 1),  # by its exercises
        ({"a_1_5_notes.ipynb": "{}", "a_1_4_01_memory_cell-2.ipynb": "{}"}, 1),  # by its name
        ({"a_1_4_01_memory_cell.ipynb": "{}", "a_1_5_01_memory_cell-1.ipynb": "[]"}, 1),  # the later one
        ({"a_1_9_01_memory_cell.ipynb": "{}", "a_1_5_01_memory_cell-1.ipynb": "[]"}, 0),
        ({"A_1_assignsubmission_file_/x.ipynb": work("a"), "A_1_assignsubmission_file_/x (1).ipynb": work("b")}, 1),
        ({"A_1_assignsubmission_file_/x.ipynb": work("a"), "A_1_assignsubmission_file_/old/x.ipynb": work("b")}, 0),
        ({"a1/03_manual_rnn/x.ipynb": work(chapter=OTHER), "a1/01_memory_cell/x.ipynb": work()}, 1),
    ],
)
def test_g6_of_several_notebooks_the_chapters_and_the_latest_is_taken_and_said(tmp_path, members, taken):
    found = collect(export(tmp_path, members), tmp_path)
    name, content = list(members.items())[taken]
    assert work_of(tmp_path, found.new[0]) == (content if isinstance(content, str) else content.decode())
    assert len(found.chosen) == 1
    assert found.chosen[0].startswith(f"{name} of 2 (")


def test_a_notebook_of_another_chapter_and_one_that_is_none_are_named(tmp_path):
    source = export(tmp_path, {"a_1_5_x.ipynb": work(chapter=OTHER), "b_2_6_essay.pdf": "", "c_3_text.html": "",
                               "d_4_7_x.ipynb.txt": work()})  # fmt: skip
    found = collect(source, tmp_path)
    assert (found.new, found.elsewhere) == (["d_4", "a_1"], [f"a_1_5_x.ipynb ({OTHER})"])
    assert found.without == ["b (b_2_6_essay.pdf)", "c (c_3_text.html)"]
    assert found.to_mend


# ------------------------------------------------------------------------------------------------ nothing is lost
def test_several_students_in_one_folder_are_not_taken_for_one_without_a_word(tmp_path):
    sections = {f"Section 1/{name}/{CHAPTER}.ipynb": work(name) for name in ("ada", "bob")}
    sections[f"Section 2/eve/{CHAPTER}.ipynb"] = work("eve")
    found = collect(export(tmp_path, sections), tmp_path)
    assert found.spread == ["Section 1 (ada, bob)"]
    assert found.to_mend
    found = collect(export(tmp_path, sections), tmp_path, pattern="^[^/]+/(?P<student>[^/]+)/")
    assert (sorted(found.new), found.spread, found.to_mend) == (["ada", "bob", "eve"], [], False)


def test_who_handed_in_something_else_is_named_where_nobody_handed_in_a_notebook(tmp_path):
    found = collect(export(tmp_path, {"doejane_12_1_x.pdf": "…", "roeann_13_text.html": "…"}), tmp_path)
    assert found.without == ["doejane (doejane_12_1_x.pdf)", "roeann (roeann_13_text.html)"]


def test_collecting_again_loses_nothing(tmp_path):
    first = export(tmp_path, {"ada_1_2_x.ipynb": "old", "bob_2_3_x.ipynb": "same"})
    later = export(tmp_path, {"ada_1_4_x.ipynb": "new", "bob_2_3_x.ipynb": "same"})
    collect(first, tmp_path)
    found = collect(later, tmp_path)
    assert (found.differing, found.unchanged, work_of(tmp_path, "ada_1")) == (["ada_1"], ["bob_2"], "old")
    assert Origins(tmp_path).of(CHAPTER)["ada_1"].file == "ada_1_2_x.ipynb"
    assert collect(later, tmp_path, update=True).replaced == ["ada_1"]
    assert work_of(tmp_path, "ada_1") == "new"
    (kept,) = (tmp_path / ".grading" / "replaced" / "ada_1").iterdir()
    assert (kept / f"{CHAPTER}.ipynb").read_text() == "old"
    again = collect(first, tmp_path, update=True)
    assert (again.older, work_of(tmp_path, "ada_1")) == (["ada_1"], "new")


def test_h8_three_files_of_one_student_in_one_second_are_all_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(collecting.time, "strftime", lambda form: "20260302-140506")
    for number, content in enumerate(("one", "two", "three", "four")):
        found = collect(export(tmp_path, {f"ada_1_{number + 1}_x.ipynb": content}), tmp_path, update=True)
    assert (found.replaced, work_of(tmp_path, "ada_1")) == (["ada_1"], "four")
    kept = sorted((tmp_path / ".grading" / "replaced" / "ada_1").iterdir())
    assert [(each / f"{CHAPTER}.ipynb").read_text() for each in kept] == ["one", "two", "three"]


def test_h8_no_bad_file_stops_a_collect(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "LARGEST_NOTEBOOK", 1000)
    long = "क" * 85
    source = export(tmp_path, {
        "../../x.ipynb": "{}", "/etc/x.ipynb": "{}", "bomb_1_2_x.ipynb": "0" * 100_000,
        "broken_2_3_x.ipynb": "0123" * 20, f"{long}_3_4_{'x' * 260}.ipynb": "{}", "a\nb_4_5_x.ipynb": "{}",
        "..._5_6_x.ipynb": "{}", "good_6_7_x.ipynb": "{}",
    })  # fmt: skip
    with zipfile.ZipFile(source, "a") as archive:
        link = zipfile.ZipInfo("eve_7_8_link.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    content = source.read_bytes()
    place = content.index(b"broken_2_3_x.ipynb") + len("broken_2_3_x.ipynb")
    source.write_bytes(content[:place] + b"\xff" * 4 + content[place + 4 :])
    found = collect(source, tmp_path / "course")
    assert found.new == ["good_6", "5", "a b_4", f"{long[:49]}_3"]
    assert found.unknown == [f"{path} (its path leads out of the export)" for path in ("../../x.ipynb", "/etc/x.ipynb")]
    assert {words.partition(" (")[0] for words in found.unreadable} == {
        "bomb_1_2_x.ipynb", "broken_2_3_x.ipynb", "eve_7_8_link.ipynb",
    }  # fmt: skip
    assert found.to_mend
    made = [path for path in (tmp_path / "course" / "submitted").rglob("*") if path.is_file()]
    assert len(made) == 4
    assert all(path.name == f"{CHAPTER}.ipynb" and path.read_text() == "{}" for path in made)
    assert not (tmp_path / "x.ipynb").exists()


def test_what_is_kept_of_a_student_is_no_part_of_the_submission(tmp_path):
    collect(export(tmp_path, {"ada_1_2_x.ipynb": "{}"}), tmp_path)
    (one,) = find_submissions(tmp_path / "submitted", CHAPTER)
    before = fingerprint(one)
    collect(export(tmp_path, {"ada_LATE_1_3_x-1.ipynb": "{}"}), tmp_path)
    assert Origins(tmp_path).of(CHAPTER)["ada_1"].late  # the same work, handed in again, after the date
    assert fingerprint(HandedIn("ada_1", CHAPTER, one.folder)) == before
    assert os.listdir(one.folder) == [f"{CHAPTER}.ipynb"]


# ------------------------------------------------------------------------------------------------ groups, and when
def test_a_groups_work_is_every_members(tmp_path):
    groups = Groups({"Project Group_3": {"12": "Doe, Jane", "13": "Roe, Ann"}, "Project 4": {"14": "Poe, E"}})
    source = export(tmp_path, {"projectgroup_3_LATE_12_99_x.ipynb": "theirs", "lonely_15_98_x.ipynb": "alone"})
    found = collect(source, tmp_path, groups=groups)
    assert found.new == ["Doe, Jane_12", "Roe, Ann_13", "lonely_15"]
    assert found.ungrouped == ["lonely 15"]
    assert work_of(tmp_path, "Roe, Ann_13") == work_of(tmp_path, "Doe, Jane_12") == "theirs"
    file = "projectgroup_3_LATE_12_99_x.ipynb"
    assert Origins(tmp_path).of(CHAPTER)["Roe, Ann_13"] == Origin(
        "canvas", "Roe, Ann", "13", file, "Project Group_3", True
    )


def test_g9_a_time_of_handing_in_is_written_as_nbgrader_reads_it_and_only_where_somebody_says_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("ada_1_2_x.ipynb", (2026, 3, 2, 14, 5, 6)), "{}")
    collect(tmp_path / "e.zip", tmp_path / "silent")
    assert not list((tmp_path / "silent" / "submitted").rglob("timestamp.txt"))
    collect(tmp_path / "e.zip", tmp_path, zone=timezone(timedelta(hours=5, minutes=30)))
    stamp = tmp_path / "submitted" / "ada_1" / CHAPTER / "timestamp.txt"
    assert stamp.read_text() == "2026-03-02 08:35:06.000000 UTC"
    assert str(parse_utc(stamp.read_text())) == "2026-03-02 08:35:06"
    stamp.write_text("2026-03-01 00:00:00 UTC")  # an instructor knows better
    collect(tmp_path / "e.zip", tmp_path, zone=UTC)
    assert stamp.read_text() == "2026-03-01 00:00:00 UTC"


def test_g9_a_time_that_nbgrader_wrote_counts_and_one_that_a_learner_hands_in_does_not(tmp_path):
    source = export(tmp_path, {f"ada/{CHAPTER}/x.ipynb": "{}", "bob/x.ipynb": "{}",
                               f"ada/{CHAPTER}/timestamp.txt": "2026-03-02 14:05:00 UTC",
                               "bob/timestamp.txt": "1999-01-01 00:00:00 UTC"})  # fmt: skip
    collect(source, tmp_path)
    moodle = "Eve_7_assignsubmission_file_"
    collect(
        export(tmp_path, {f"{moodle}/{CHAPTER}/x.ipynb": "{}", f"{moodle}/{CHAPTER}/timestamp.txt": "1999"}), tmp_path
    )
    stamps = {path.parent.parent.name: path.read_text() for path in (tmp_path / "submitted").rglob("timestamp.txt")}
    assert stamps == {"ada": "2026-03-02 14:05:00 UTC"}


@pytest.mark.parametrize(("pattern", "words"), [("(", "no regular expression"), ("(.*)", "has no group")])
def test_a_pattern_that_cannot_be_used_is_named(tmp_path, pattern, words):
    with pytest.raises(GradingError, match=words):
        collect(export(tmp_path, {"x.ipynb": "{}"}), tmp_path, pattern=pattern)
