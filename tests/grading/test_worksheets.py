"""Moodle's grading worksheet filled in, in whatever language; the number alone does not make a student."""

from __future__ import annotations

import csv
import io

import pytest

from rnncourse.grading.grades import Grade, Graded
from rnncourse.grading.identity import Origin
from rnncourse.grading.records import GradingError
from rnncourse.grading.tables import read_table
from rnncourse.grading.worksheets import fill, table_for_moodle

CHAPTER = "01_memory_cell"
ENGLISH = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
)
GERMAN = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
    '"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"\n'
)
CHINESE = "标识符,全名,Email地址,状态,成绩,最高分,成绩可以更改,最后修改（提交的作业）,最后修改（成绩）,反馈评论\n"
TAIL = "Yes,-,-,"


def of_moodle(name: str, number: str, points: float | None, why: str = "") -> Grade:
    return Grade(points, why, origin=Origin("moodle", name, number, f"{name}_{number}_assignsubmission_file_/x.ipynb"))


GRADES = {"Ä Ö": of_moodle("Ä Ö", "501", 9.5), "王伟": of_moodle("王伟", "66", 3.0)}


def filled(tmp_path, text: str, grades=GRADES, encoding="utf-8", **options):
    (tmp_path / "sheet.csv").write_bytes(text.encode(encoding))
    made = fill(read_table(tmp_path / "sheet.csv"), Graded(CHAPTER, 15.0, grades), **options)
    return list(csv.reader(io.StringIO(made.content.decode("utf-8-sig")))), made


@pytest.mark.parametrize(
    ("head", "word", "largest"),
    [(ENGLISH, "Participant ", "15.00"), (GERMAN, "Teilnehmer/in ", "15,00"), (CHINESE, "参与人", "15.00"),
     (ENGLISH, "Participant", "15")],
)  # fmt: skip
def test_g8_grades_are_entered_by_the_number_and_all_else_stays(tmp_path, head, word, largest):
    rows = f'{word}501,"Ä Ö",a@x.edu,"Submitted for grading",,"{largest}",{TAIL}\n'
    rows += f'{word}66,王伟,w@x.edu,"Submitted for grading",,"{largest}",{TAIL}Well done\n'
    rows += f'{word}7,"No Body",n@x.edu,"No submission",,"{largest}",{TAIL}\n'
    table, made = filled(tmp_path, head + rows, comments={"Ä Ö": "step: 2", "王伟": "step: 1"})
    expected = list(csv.reader(io.StringIO(head + rows)))
    expected[1][4] = "9,5" if "," in largest else "9.5"  # a spreadsheet takes the other one for a date
    expected[2][4], expected[1][9] = "3", "step: 2"
    assert table == expected
    assert made.look == [f"{CHAPTER}: {word}7, No Body has a row and no grade"]
    assert made.notes == [f"{CHAPTER} stands in the column {expected[0][4]!r}."]


def test_g8_a_number_of_another_assignment_or_of_a_group_is_nobodys(tmp_path):
    rows = f"Participant 501,Some One,,,,15.00,{TAIL}\nParticipant 5,Jane Doe,,,,15.00,{TAIL}\n"
    grades = {"Ä Ö": of_moodle("Ä Ö", "501", 9.5), "Group 7": of_moodle("Group 7", "5", 3.0),
              "gone": of_moodle("gone", "99", 1.0)}  # fmt: skip
    table, made = filled(tmp_path, ENGLISH + rows, grades)
    assert [row[4] for row in table[1:]] == ["", ""]
    assert made.look[:3] == [
        f"{CHAPTER}: Ä Ö has 9.5 points; number 501 is somebody else here (Participant 501, Some One). "
        "Is it this assignment's worksheet?",
        f"{CHAPTER}: Group 7 has 3 points; number 5 is somebody else here (Participant 5, Jane Doe). "
        "Is it this assignment's worksheet?",
        f"{CHAPTER}: gone has 1 points and no row: there is no number 99",
    ]


def test_g8_hidden_names_and_names_behind_a_groups(tmp_path):
    head = ENGLISH.replace('"Full name","Email address",', "")
    rows = f"Participant 501,,,15.00,{TAIL}\nParticipant 66,,,15.00,{TAIL}\n"
    blind = {"a": of_moodle("Participant", "501", 9.5), "b": of_moodle("Participant", "66", 3.0)}
    assert [row[2] for row in filled(tmp_path, head + rows, blind)[0][1:]] == ["9.5", "3"]
    rows = f"Participant 501,Jane-Ann Doe,,,,15.00,{TAIL}\n"
    for name in ("Group A-Jane-Ann Doe", "Jane-Ann Doe", "jdoe Jane-Ann Doe"):
        assert filled(tmp_path, ENGLISH + rows, {"j": of_moodle(name, "501", 9.5)})[0][1][4] == "9.5"


def test_a_worksheet_that_was_opened_in_a_spreadsheet_is_written_as_moodle_reads_it(tmp_path):
    text = (ENGLISH + f"Participant 501,Ä Ö,,,,15.00,{TAIL}\n").replace(",", ";")
    for encoding in ("utf-16", "cp1252", "utf-8-sig"):
        table, made = filled(tmp_path, text, {"Ä Ö": GRADES["Ä Ö"]}, encoding)
        assert (table[1][1], table[1][4]) == ("Ä Ö", "9.5")
        assert made.notes[-1] == "The worksheet is written in UTF-8 with commas, which is all that Moodle reads."


def test_those_without_a_number_are_found_by_one_column_which_is_said(tmp_path):
    rows = f"Participant 1,Jane Doe,jane@x.edu,,,15.00,{TAIL}\nParticipant 2,Jane Doe,ann@x.edu,,,15.00,{TAIL}\n"
    table, made = filled(tmp_path, ENGLISH + rows, {"ANN@x.edu": Grade(5.0), "Jane Doe": Grade(6.0)})
    assert [row[4] for row in table[1:]] == ["", "5"]
    assert made.notes[0] == "Students without a number of Moodle's were found by the column 'Email address'."
    assert made.look[0] == f"{CHAPTER}: Jane Doe has 6 points and no row"
    both, made = filled(tmp_path, ENGLISH + rows, {"ann@x.edu": Grade(5.0), "x": of_moodle("Jane Doe", "2", 4.0)})
    assert [row[4] for row in both[1:]] == ["", ""]
    assert "Several for one row, none was entered: x, ann@x.edu for Participant 2" in made.look[0]
    with pytest.raises(GradingError, match="no column 'Login'"):
        filled(tmp_path, ENGLISH + rows, {"a": Grade(5.0)}, by="Login")


def test_an_ungraded_one_is_an_empty_cell_and_another_maximum_is_named(tmp_path):
    grades = {"Ä Ö": of_moodle("Ä Ö", "501", None, "a fault")}
    table, made = filled(tmp_path, ENGLISH + f"Participant 501,Ä Ö,,,4.00,100.00,{TAIL}\n", grades)
    assert table[1][4] == ""
    assert made.look == [
        f"{CHAPTER}: Moodle's largest grade is 100, these grades are of 15. Set it in Moodle, which passes over larger "
        "grades and says nothing",
        f"{CHAPTER}: Ä Ö has no grade yet (a fault): an empty cell",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("First name,Grade\nJane,\n", "is no grading worksheet of Moodle's: no column holds a number like"),
        (ENGLISH, "is no grading worksheet"),
        ("Identifier,Full name,Grade\nParticipant 1,a,\n", "has 0 columns that may be that of the grades"),
        ("Identifier,Name,Grade,Maximum Grade\nParticipant 1,a,,15.00\n", "has no column behind the largest grade"),
        ("Identifier,Name,Age,Year,x,Points,Most,y\nParticipant 1,a,2,3,x,4,5,y\n", "has 0 columns that may be"),
    ],
)
def test_g8_what_moodle_would_refuse_is_refused_by_name(tmp_path, text, words):
    with pytest.raises(GradingError, match=words):
        filled(tmp_path, text)


def test_an_outcome_behind_the_largest_grade_is_not_taken_for_it(tmp_path):
    head = ENGLISH.replace('"Grade can be', '"Outcome: x","Grade can be')
    table, made = filled(tmp_path, head + f"Participant 501,Ä Ö,,,,15.00,3,{TAIL}\n", {"Ä Ö": GRADES["Ä Ö"]})
    assert (table[1][4:7], made.look) == (["9.5", "15.00", "3"], [])


def test_the_column_may_be_named(tmp_path):
    rows = f"Participant 501,Ä Ö,2,15,x,,15.00,{TAIL}\n"
    head = ENGLISH.replace('"Email address",Status', "Year,Age,Status")
    assert filled(tmp_path, head + rows, {"Ä Ö": GRADES["Ä Ö"]}, column="Grade")[0][1][5] == "9.5"


def test_a_row_that_moodle_would_pass_over_silently_is_named(tmp_path):
    rows = f"Participant 501,Ä Ö,,,,15.00,No,-,-,\nParticipant 66,王伟,,,,15.00,{TAIL}No\n"
    made = filled(tmp_path, ENGLISH + rows)[1]
    assert made.look == [f"{CHAPTER}: Ä Ö: the worksheet says that Moodle takes no grade now; unlock it there"]
    with pytest.raises(GradingError, match="graded by a scale"):
        filled(tmp_path, ENGLISH + f"Participant 501,Ä Ö,,,,-,{TAIL}\n", column="Grade")
    with pytest.raises(GradingError, match="graded by a scale"):
        filled(tmp_path, ENGLISH + f"Participant 501,Ä Ö,,,Good,-,{TAIL}\n")


def test_g8_the_words_of_a_name_in_another_order_are_the_same_name(tmp_path):
    grades = {"Jane Doe": of_moodle("Jane Doe", "501", 9.5), "Bo Li": of_moodle("Bo Li", "66", 3.0)}
    rows = f'Participant 501,"DOE, Jane",,,,15.00,{TAIL}\nParticipant 66,Bo Lin,,,,15.00,{TAIL}\n'
    table, made = filled(tmp_path, ENGLISH + rows, grades)
    assert [row[4] for row in table[1:]] == ["9.5", ""]
    assert "number 66 is somebody else here" in made.look[0]


def test_a_grade_that_was_there_and_is_another_now_is_said(tmp_path):
    rows = f"Participant 501,Ä Ö,,,9.50,15.00,{TAIL}\nParticipant 66,王伟,,,7.00,15.00,{TAIL}\n"
    assert filled(tmp_path, ENGLISH + rows)[1].notes[0] == (
        f"{CHAPTER}: of those who had other points before (1): Participant 66, 王伟 had 7.00, has 3."
    )


def test_without_a_worksheet_what_is_known_is_written_and_what_is_not_is_said():
    grades = {"Jane Doe": of_moodle("Jane Doe", "501", 9.5), "ada": Grade(3.0, "", "Ada", "=Byron", "a@b.c")}
    made = table_for_moodle([Graded(CHAPTER, 15.0, grades)])
    assert list(csv.reader(io.StringIO(made.content.decode()))) == [
        ["username", "firstname", "lastname", "email", f"{CHAPTER} (15)"],
        ["", "Jane Doe", "", "", "9.5"],
        ["ada", "Ada", "'=Byron", "a@b.c", "3"],
    ]
    assert made.look[0] == "Jane Doe: neither user name nor address is known"
    assert "Without a grading worksheet (--worksheet) nothing was compared" in made.look[1]
