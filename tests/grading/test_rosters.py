"""Canvas's gradebook filled in: by one column, in one column, and everybody who is left over named."""

from __future__ import annotations

import csv
import io

import pytest

from rnncourse.grading.grades import Grade, Graded
from rnncourse.grading.identity import Origin
from rnncourse.grading.records import GradingError
from rnncourse.grading.rosters import fill, table_for_canvas
from rnncourse.grading.tables import read_table

CHAPTER = "01_memory_cell"
HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Notes,01_memory_cell (98765),Essay (98766),Final Score\n"
MANUAL = ",,,,,,Manual Posting,,\n"
POINTS = "    Points Possible,,,,,,15.00,10.00,(read only)\n"


def of_canvas(name: str, number: str, points: float | None, why: str = "") -> Grade:
    return Grade(points, why, origin=Origin("canvas", name, number, f"{name}_{number}_1_x.ipynb"))


def filled(tmp_path, rows: str, grades: dict[str, Grade], **options):
    (tmp_path / "roster.csv").write_text(HEAD + MANUAL + POINTS + rows)
    made = fill(read_table(tmp_path / "roster.csv"), [Graded(CHAPTER, 15.0, grades)], **options)
    return list(csv.reader(io.StringIO(made.content.decode()))), made


def test_g7_the_chapters_column_is_filled_by_id_and_all_else_stays(tmp_path):
    rows = '"Doe, Jane",17,+49,@jane,A,,,9,88.5\n"Roe, Ann",18,-1,=2,"A, B",x,3,,\n"Student, Test",19,,,A,,,,\n'
    grades = {"doejane_17": of_canvas("doejane", "17", 9.5), "roeann_18": of_canvas("roeann", "18", 12.0)}
    table, made = filled(tmp_path, rows, grades)
    before = list(csv.reader(io.StringIO(HEAD + MANUAL + POINTS + rows)))
    before[3][6], before[4][6] = "9.5", "12"
    assert table == before
    assert made.look == []
    assert made.notes == [
        "01_memory_cell stands in the column '01_memory_cell (98765)'.",
        "01_memory_cell: of those who had other points before (1): Roe, Ann (18) had 3, has 12.",
    ]


def test_what_canvas_would_not_take_or_would_lose_is_said(tmp_path):
    rows = '"Doe, Jane",17,,,A,,4.25,,\n"Roe, Ann",18,,,A,,12.00,,\n'
    grades = {"doejane_17": of_canvas("doejane", "17", 9.5), "roeann_18": of_canvas("roeann", "18", 12.0)}
    made = filled(tmp_path, rows, grades)[1]
    assert made.notes[1] == f"{CHAPTER}: of those who had other points before (1): Doe, Jane (17) had 4.25, has 9.5."
    (tmp_path / "roster.csv").write_text(HEAD + POINTS.replace("15.00", "(read only)") + rows)
    made = fill(read_table(tmp_path / "roster.csv"), [Graded(CHAPTER, 15.0, grades)])
    assert made.look == [f"{CHAPTER}: Canvas takes no grades in the column '01_memory_cell (98765)': it is read only"]


@pytest.mark.parametrize("number", ["1.7E+01", "1,7E+1", "17.0"])
def test_numbers_that_a_spreadsheet_has_changed_are_told_from_those_of_strangers(tmp_path, number):
    made = filled(tmp_path, f'"Doe, Jane","{number}",,,A,,,,\n', {"doejane_17": of_canvas("doejane", "17", 9.5)})[1]
    assert made.look[0].startswith(f"The column ID holds {number!r}, which is no number of Canvas's: a spreadsheet")


def test_grades_are_written_with_a_comma_where_the_others_are(tmp_path):
    text = (HEAD + POINTS + "Doe Jane,17,,,A,,,9.25,\n").replace(",", ";").replace(".", ",")
    (tmp_path / "roster.csv").write_text(text)
    made = fill(read_table(tmp_path / "roster.csv"), [Graded(CHAPTER, 15.0, {"x": of_canvas("doejane", "17", 9.5)})])
    assert made.content.decode().splitlines()[2] == "Doe Jane;17;;;A;;9,5;9,25;"


def test_g7_a_number_that_is_anothers_login_matches_nobody_but_its_own(tmp_path):
    rows = '17,18,1001,a,A,,,,\n"Roe, Ann",17,b,18,A,,,,\n"Poe, E",1001,c,d,A,,,,\n'
    table, made = filled(tmp_path, rows, {"x": of_canvas("roeann", "17", 9.0)})
    assert [row[6] for row in table[3:]] == ["", "9", ""]
    assert made.look == [f"{CHAPTER}: {who} has a row and no grade" for who in ("17 (18)", "Poe, E (1001)")]


def test_g7_scores_without_a_row_and_rows_without_a_score_are_named(tmp_path):
    grades = {"doejane_17": of_canvas("doejane", "17", 9.5), "gone_99": of_canvas("gone", "99", 3.0),
              "fault_18": of_canvas("faultnn", "18", None, "the grader failed")}  # fmt: skip
    rows = '"Doe, Jane",17,,,A,,EX,,\n"Fault, Nn",18,,,A,,,,\n"Poe, E",19,,,A,,,,\n"Old, One",20,,,A,,7,,\n'
    table, made = filled(tmp_path, rows, grades)
    assert [row[6] for row in table[3:]] == ["EX", "", "", "7"]
    assert made.look == [
        f"{CHAPTER}: doejane_17 has 9.5 points; the cell says EX and was left so",
        f"{CHAPTER}: gone_99 has 3 points and no row",
        f"{CHAPTER}: fault_18 has no grade yet (the grader failed): an empty cell",
        f"{CHAPTER}: Poe, E (19) has a row and no grade",
    ]


def test_those_without_a_number_are_found_by_one_column_which_is_said(tmp_path):
    rows = '"Doe, Jane",17,s1,Jane@x.edu,A,,,,\n"Roe, Ann",18,s2,ann@x.edu,A,,,,\n'
    grades = {"jane@x.edu": Grade(5.0), "ann@x.edu": Grade(6.0), "stranger": Grade(7.0)}
    table, made = filled(tmp_path, rows, grades)
    assert [row[6] for row in table[3:]] == ["5", "6"]
    assert made.notes[1] == "Students without a number of Canvas's were found by the column 'SIS Login ID'."
    assert made.look == [f"{CHAPTER}: stranger has 7 points and no row"]


def test_g7_where_two_columns_say_different_things_the_instructor_decides(tmp_path):
    rows = '"Doe, Jane",17,1001,a,A,,,,\n"Roe, Ann",1001,s2,b,A,,,,\n'
    with pytest.raises(GradingError, match=r"found in the column 'SIS User ID', and others .* in 'ID'. .* --by"):
        filled(tmp_path, rows, {"1001": Grade(5.0)})
    table, _ = filled(tmp_path, rows, {"1001": Grade(5.0)}, by="ID")
    assert [row[6] for row in table[3:]] == ["", "5"]
    with pytest.raises(GradingError, match="no column 'Login'"):
        filled(tmp_path, rows, {"1001": Grade(5.0)}, by="Login")


def test_g7_two_for_one_row_and_two_rows_for_one_fill_nothing(tmp_path):
    rows = '"Doe, Jane",17,,jane,A,,,,\n"Roe, Ann",18,,twin,A,,,,\n"Roe, Bob",19,,twin,A,,,,\n'
    grades = {"doejane_17": of_canvas("doejane", "17", 1.0), "jane": Grade(2.0), "twin": Grade(3.0)}
    table, made = filled(tmp_path, rows, grades)
    assert [row[6] for row in table[3:]] == ["", "", ""]
    assert made.look[:2] == [
        "Several rows for one, none was filled: twin in Roe, Ann (18), Roe, Bob (19)",
        "Several for one row, none was entered: doejane_17, jane for Doe, Jane (17)",
    ]


def test_a_row_without_a_number_is_a_students_too(tmp_path):
    table, made = filled(tmp_path, '"Doe, Jane",,s1,jane,A,,,,\n"Roe, Ann",,,ann,A,,,,\n', {"jane": Grade(2.0)})
    assert [row[6] for row in table[3:]] == ["2", ""]
    assert made.look == [f"{CHAPTER}: Roe, Ann () has a row and no grade"]


def test_a_groups_name_in_the_place_of_a_students_is_noticed(tmp_path):
    table, made = filled(tmp_path, '"Doe, Jane",17,,,A,,,,\n', {"project3_17": of_canvas("project3", "17", 1.0)})
    assert table[3][6] == "1"
    assert "the file carried the name 'project3', the row says 'Doe, Jane'. A group's?" in made.look[0]


def test_the_column_is_the_one_that_was_named_or_a_new_one(tmp_path):
    grades = {"doejane_17": of_canvas("doejane", "17", 9.5)}
    row = '"Doe, Jane",17,,,A,,,,\n'
    for name in ("Essay (98766)", "98766", "Essay"):
        table, made = filled(tmp_path, row, grades, columns=[name])
        assert (table[3][6], table[3][7]) == ("", "9.5")
        assert made.look == [
            f"{CHAPTER}: Canvas has 10.00 points possible, these grades are of 15. Set them in Canvas, too"
        ]
    for name in ("Final Score", "Notes", "nosuch"):
        with pytest.raises(GradingError, match=rf"0 assignments are called '{name}', expected one"):
            filled(tmp_path, row, grades, columns=[name])
    with pytest.raises(GradingError, match="2 columns are named for 1 chapters"):
        filled(tmp_path, row, grades, columns=["98766", "98765"])
    (tmp_path / "none.csv").write_text("Student,ID,Section\n    Points Possible,,\nDoe,17,A\n")
    made = fill(read_table(tmp_path / "none.csv"), [Graded(CHAPTER, 15.0, {"doe_17": of_canvas("doe", "17", 9.5)})])
    assert made.content == b"Student,ID,Section,01_memory_cell\n    Points Possible,,,15\nDoe,17,A,9.5\n"
    assert "a new column was added" in made.look[0]
    (tmp_path / "two.csv").write_text("Student,ID,01_memory_cell (1),01 Memory Cell (2)\nDoe,17,,\n")
    with pytest.raises(GradingError, match="2 assignments are called '01_memory_cell', expected one"):
        fill(read_table(tmp_path / "two.csv"), [Graded(CHAPTER, 15.0, grades)])


def test_names_in_two_columns_and_a_table_that_is_no_gradebook(tmp_path):
    (tmp_path / "r.csv").write_bytes(
        "LastName;FirstName;ID;Section;01_memory_cell (5)\r\nMüller;J;17;A;\r\n".encode("cp1252")
    )
    made = fill(read_table(tmp_path / "r.csv"), [Graded(CHAPTER, 15.0, {"m": of_canvas("müllerj", "17", 9.5)})])
    assert made.content.decode("cp1252").endswith("Müller;J;17;A;9.5\r\n")
    assert made.look == []
    (tmp_path / "r.csv").write_text("a,b\n1,2\n")
    with pytest.raises(GradingError, match=r"has no column ID, by which students are found\. It has: a, b\."):
        fill(read_table(tmp_path / "r.csv"), [Graded(CHAPTER, 15.0, {})])


def test_without_a_roster_what_is_known_is_written_and_what_is_not_is_said():
    grades = {"doejane_17": of_canvas("doejane", "17", 9.5), "=cmd()": Grade(3.0), "none": Grade(None, "a fault")}
    made = table_for_canvas([Graded(CHAPTER, 15.0, grades)])
    assert list(csv.reader(io.StringIO(made.content.decode()))) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CHAPTER],
        ["    Points Possible", "", "", "", "", "15"],
        ["'=cmd()", "", "", "=cmd()", "", "3"],
        ["doejane", "17", "", "", "", "9.5"],
        ["none", "", "", "none", "", ""],
    ]
    assert made.look[0] == "none has no grade yet (a fault): an empty cell"
    assert "nothing was compared" in made.look[1]
