"""From a platform's download to the table that it takes back: every grade where it belongs.

Exports are made as Canvas and Moodle make them. What a student is to get stands in a table written by hand; what was
handed in says which exercises are right in it, and a made result with these goes through the real writer to nbgrader's
gradebook. The last class is graded for real.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.grading.gradebook import GradebookWriter
from rnncourse.grading.records import Records
from rnncourse.grading.runs import Result

from commands import run
from hostile.making import CHAPTER, Draft
from made_classes import make_course
from made_exports import make_zip, work
from sandboxed import needs_sandbox

# Exercises of the chapter by a letter each, with their points: n 1, r 2, c 2, p 1, o 2 (with_readout), e 3, k 3
# (counting_weights), s 2.
_LETTERS = dict(zip("nrcpoeks", CHAPTERS[CHAPTER], strict=True))

#: As Canvas sorts the name; its number; the file in its download, several with blanks between; what is right; points.
CLASS = """
Doe, Jane           | 1001 | doejane_1001_9001_01_memory_cell.ipynb            | nrcpoeks | 16
Doe, Jane           | 1002 | doejane_LATE_1002_9002_01_memory_cell.ipynb       | n      | 1
王, 伟              | 1003 | 王伟_1003_9003_作业_1_2.ipynb                      | rc     | 4
शर्मा, प्रिया          | 1004 | शर्माप्रिया_1004_9004_x.ipynb                      | nrc    | 5
Иванова, Ольга      | 1005 | ивановаольга_1005_9005_01_memory_cell-1.ipynb     | rcos   | 8
Roe, Ann            | 1006 | projectgroup7_1006_9006_01_memory_cell.ipynb      | os     | 4
Poe, Edgar          | 1007 | projectgroup7_1006_9006_01_memory_cell.ipynb      | os     | 4
Moe, Max            | 1008 | projectgroup7_1006_9006_01_memory_cell.ipynb      | os     | 4
O'Neil-Smith, Pat   | 1009 | oneilsmithpat_1009_9009_a_b_12_34_c.ipynb         | np     | 2
"=HYPERLINK(0)", Eve| 1010 | hyperlink0eve_1010_9010_x.ipynb                   | nr     | 3
Nul, Nil            | 1011 |                                                   |        |
Twain, Mark         | 1012 | twainmark_1012_9012_01_memory_cell.ipynb          | nrcos  | 9
Essay, Ian          | 1013 | essayian_1013_9014_essay.pdf                      |        |
Smith_3, Al         | 1014 | smith_3al_1014_9015_x.ipynb                       | p      | 1
Adams, Amy          | 1015 | adamsamy_1015_9016_x.ipynb                        | r      | 2
Baker, Ben          | 1016 | bakerben_LATE_1016_9017_x.ipynb                   | c      | 2
Clark, Cas          | 1017 | clarkcas_1017_9018_x.ipynb                        | o      | 2
Davis, Dee          | 1018 | davisdee_1018_9019_x.ipynb                        | s      | 2
Evans, Ed           | 1019 | evansed_1019_9020_x.ipynb                         | nc     | 3
Frank, Flo          | 1020 | frankflo_1020_9021_x.ipynb                        | no     | 3
Green, Gus          | 1021 | greengus_1021_9022_x.ipynb                        | ns     | 3
Hall, Hal           | 1022 | hallhal_1022_9023_x.ipynb                         | rp     | 3
Irwin, Ida          | 1023 | irwinida_1023_9024_x.ipynb                        | cp     | 3
Jones, Jo           | 1024 | jonesjo_1024_9025_x.ipynb                         | po     | 3
King, Kit           | 1025 | kingkit_1025_9026_x.ipynb                         | ps     | 3
Lewis, Lea          | 1026 | lewislea_1026_9027_x.ipynb                        | ro     | 4
Mason, Mia          | 1027 | masonmia_1027_9028_x.ipynb                        | rs     | 4
Nash, Ned           | 1028 | nashned_1028_9029_x.ipynb                         | co     | 4
Owens, Oz           | 1029 | owensoz_1029_9030_x.ipynb                         | cs     | 4
Price, Pip          | 1030 | pricepip_1030_9031_x.ipynb                        | nrp    | 4
Quinn, Quy          | 1031 | quinnquy_1031_9032_x.ipynb                        | nro    | 5
Reed, Ray           | 1032 | reedray_1032_9033_x.ipynb                         | rcp    | 5
Scott, Sue          | 1033 | scottsue_1033_9034_x.ipynb                        | rco    | 6
Tate, Tom           | 1034 | tatetom_1034_9035_x.ipynb                         | cos    | 6
Upton, Una          | 1035 | uptonuna_1035_9036_x.ipynb                        | nrcp   | 6
Vance, Vic          | 1036 | vancevic_1036_9037_x.ipynb                        | nrco   | 7
Wells, Wyn          | 1037 | wellswyn_1037_9038_x.ipynb                        | rcpo   | 7
Xu, Xi              | 1038 | xuxi_1038_9039_x.ipynb                            | rcpos  | 9
Young, Yul          | 1039 | youngyul_1039_9040_x.ipynb                        | nos    | 5
Zane, Zoe           | 1040 | zanezoe_1040_9041_x.ipynb                         | none   | 0
"""
GROUPS = """name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id
"Roe, Ann",1006,s6,ann,A,Project Group 7,70,
"Poe, Edgar",1007,s7,ed,A,Project Group 7,70,
"Moe, Max",1008,s8,max,A,Project Group 7,70,
"""
#: Name, number of this assignment, what stands in the zip, what is right, points.
MOODLE_CLASS = """
Jane Doe      | 501 | Jane Doe_501_assignsubmission_file_/01_memory_cell.ipynb        | nrcpoeks | 16
Jane Doe      | 502 | Jane Doe_502_assignsubmission_file_/01_memory_cell.ipynb        | n      | 1
王伟          | 66  | 王伟_66_assignsubmission_file_/作业.ipynb                         | rc     | 4
प्रिया शर्मा     | 1   | प्रिया शर्मा_1_assignsubmission_file_/x.ipynb                     | nrc    | 5
Ольга Иванова | 7   | Ольга Иванова_7_assignsubmission_file_/homework/B B_99_assignsubmission_file_/x.ipynb | rcos | 8
B B           | 99  | B B_99_assignsubmission_file_/x.ipynb                           | np     | 2
Ä Ö           | 12  | Ä Ö_12_assignsubmission_file_flat_1_2_3.ipynb                   | nr     | 3
No Body       | 13  |                                                                 |        |
"""


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"))))


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@pytest.fixture(scope="module", autouse=True)
def _without_waiting_for_the_disk():
    """SQLite need not wait until a gradebook of these tests would survive a power cut."""

    def hasten(connection, record):
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", hasten)
    yield
    event.remove(Engine, "connect", hasten)


def enter_results(course: Path) -> None:
    """Give each submission a result: right is what its own words say is right."""
    writer, records = GradebookWriter(course), Records(course)
    for path in sorted((course / "submitted").glob(f"*/{CHAPTER}/{CHAPTER}.ipynb")):
        letters = re.search(r"right: (\w+)", path.read_text())[1]
        shares = {task.name: float(letter in letters and letters != "none") for letter, task in _LETTERS.items()}
        verdicts = [
            Verdict(name, Status.RIGHT if share else Status.WRONG, share=share) for name, share in shares.items()
        ]
        result = Result(path.parent.parent.name, CHAPTER, "", verdicts, [])
        writer.write(result)
        records.mark_recorded(result)


def download(path: Path, rows: list[list[str]], more: dict[str, bytes | str], **how) -> Path:
    files = {row[2]: work(f"right: {row[3]}") for row in rows if row[2].endswith(".ipynb")}
    return make_zip(path, files | more, **how)


# -------------------------------------------------------------------------------------------------------- Canvas
@pytest.fixture(scope="module")
def canvas_class(tmp_path_factory):
    """A class of forty in a gradebook: collected from two downloads of Canvas's, with what the command said."""
    course = make_course(tmp_path_factory.mktemp("canvas"), 0)
    (course / "groups.csv").write_text(GROUPS)
    rows = table(CLASS)
    junk = {"essayian_1013_9014_essay.pdf": "%PDF", "__MACOSX/._doejane_1001_9001_01_memory_cell.ipynb": "fork",
            "twainmark_1012_9013_notes.ipynb": '{"nbformat": 4}',
            "goneguy_1099_9098_x.ipynb": work("right: n")}  # fmt: skip
    early = {"ивановаольга_1005_8005_01_memory_cell.ipynb": work("right: n")}
    options = (CHAPTER, "--course", course, "--groups", course / "groups.csv")
    run("collect", make_zip(course / "early.zip", early, says_utf8=False), *options)
    source = download(course / "submissions.zip", rows, junk, says_utf8=False)
    said = run("collect", source, *options, "--update")
    enter_results(course)
    return course, rows, said


def roster_of(rows: list[list[str]], filled: bool) -> list[list[str]]:
    """Canvas's exported gradebook, empty or as it should be filled in."""
    head = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Intro (41)", f"{CHAPTER} (42)", "Final Score"],
            ["", "", "", "", "", "Manual Posting", "", ""],
            ["    Points Possible", "", "", "", "", "5.00", "16.00", "(read only)"]]  # fmt: skip
    body = [[row[0], row[1], f"+{row[1]}", f"@u{row[1]}", "A; B", "3", row[4] if filled else "", "88"] for row in rows]
    return [*head, *body, ["Student, Test", "1", "", "", "A", "", "", ""]]


def test_g4_a_download_of_canvas_is_collected_and_everything_odd_is_said(canvas_class):
    course, _, said = canvas_class
    assert said.exit_code == 1
    lines = dict(line.split(": ", 1) for line in said.stdout.splitlines()[1:])
    assert said.stdout.splitlines()[0] == "38 new, 1 replaced, 0 were there already."
    assert lines["Replaced; the older ones are in .grading/replaced"] == "'ивановаольга_1005'."
    without = lines["Handed in, but no notebook (ask for the .ipynb itself)"]
    assert without == "'essayian (essayian_1013_9014_essay.pdf)'."
    assert lines["Of several notebooks of one student, taken"].startswith(
        "'twainmark_1012_9012_01_memory_cell.ipynb of 2"
    )
    assert "'zanezoe 1040'" in lines["In no group, and taken for single students"]
    assert len(list((course / "submitted").iterdir())) == 39
    assert list((course / ".grading" / "replaced").rglob("*.ipynb"))


def test_g4_g7_every_grade_finds_its_way_back_into_canvas_by_id(canvas_class):
    course, rows, _ = canvas_class
    (course / "roster.csv").write_bytes(written(roster_of(rows, filled=False)))
    done = run("export", CHAPTER, "--course", course, "--roster", course / "roster.csv")
    assert read((course / "grades-canvas.csv").read_bytes()) == roster_of(rows, filled=True)
    assert done.exit_code == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("Look")] == [
        f"Look: {CHAPTER}: goneguy_1099 has 1 points and no row.",
        f"Look: {CHAPTER}: Nul, Nil (1011) has a row and no grade.",
        f"Look: {CHAPTER}: Essay, Ian (1013) has a row and no grade.",
    ]


def test_feedback_goes_back_under_the_names_of_canvas_own_download(canvas_class):
    course, rows, _ = canvas_class
    done = run("feedback", CHAPTER, "--course", course)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "39 pages.")
    with zipfile.ZipFile(course / f"feedback-{CHAPTER}-canvas.zip") as archive:
        names = set(archive.namelist())
        pages = {name: archive.read(name).decode() for name in names if name.startswith(("doejane", "王"))}
    files = {row[2] for row in rows if row[2].endswith(".ipynb")} | {"goneguy_1099_9098_x.ipynb"}
    assert names == {file.replace(".ipynb", ".html") for file in files}
    points = {name: float(re.search(r"\b([\d.]+) of 16 points", page)[1]) for name, page in pages.items()}
    assert points == {
        "doejane_1001_9001_01_memory_cell.html": 16.0, "doejane_LATE_1002_9002_01_memory_cell.html": 1.0,
        "王伟_1003_9003_作业_1_2.html": 4.0,
    }  # fmt: skip


def test_tables_for_people_have_the_same_points(canvas_class):
    course, rows, _ = canvas_class
    assert run("export", CHAPTER, "--course", course, "--format", "csv").exit_code == 0
    head, *body = read((course / f"grades-{CHAPTER}.csv").read_bytes().removeprefix(b"\xef\xbb\xbf"))
    told = {row[2]: (row[5], row[4]) for row in body}
    late = {"1002": "late", "1016": "late"}
    assert told == {row[1]: (row[4], late.get(row[1], "in time")) for row in rows if row[4]} | {
        "1099": ("1", "in time")
    }
    assert head[6:14] == [task.name for task in CHAPTERS[CHAPTER]]
    assert body[[row[2] for row in body].index("1004")][6:14] == ["1", "2", "2", "0", "0", "0", "0", "0"]
    assert (course / "grades-all-chapters.csv").exists()


def test_a_gradebook_of_another_course_and_lost_numbers_fill_nothing(canvas_class, tmp_path):
    course, rows, _ = canvas_class
    empty = [[*row[:1], f"7{row[1]}", *row[2:]] for row in rows]
    (tmp_path / "other.csv").write_bytes(written(roster_of(empty, filled=False)))
    done = run(
        "export", CHAPTER, "--course", course, "--roster", tmp_path / "other.csv", "--output", tmp_path / "o.csv"
    )
    assert done.exit_code == 1
    assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()
    assert len([line for line in done.stdout.splitlines() if "has a row and no grade" in line]) == 40
    assert len([line for line in done.stdout.splitlines() if "points and no row" in line]) == 39
    shutil.move(course / ".grading" / "origins", tmp_path)
    try:
        (tmp_path / "roster.csv").write_bytes(written(roster_of(rows, filled=False)))
        run("export", CHAPTER, "--course", course, "--roster", tmp_path / "roster.csv", "--output", tmp_path / "l.csv")
    finally:
        shutil.move(tmp_path / "origins", course / ".grading")
    assert (tmp_path / "l.csv").read_bytes() == (tmp_path / "roster.csv").read_bytes()


# -------------------------------------------------------------------------------------------------------- Moodle
def worksheet_of(rows: list[list[str]], filled: bool) -> list[list[str]]:
    """A grading worksheet of a site in German, empty or as it should be filled in."""
    head = ["ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung",
            "Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)",
            "Feedback als Kommentar"]  # fmt: skip
    tasks = {
        letters: "; ".join(f"{t.name}: {t.points if each in letters else 0:g}" for each, t in _LETTERS.items())
        for _, _, _, letters, _ in rows
    }
    return [head] + [
        [f"Teilnehmer/in {row[1]}", row[0], "a@x.edu", "Zur Bewertung abgegeben", row[4] if filled else "", "16,00",
         "Ja", "Montag, 2. März 2026, 14:05", "-", tasks[row[3]] if filled and row[4] else ""]
        for row in rows
    ]  # fmt: skip


def test_g5_g8_a_round_trip_through_moodle(tmp_path):
    course, rows = make_course(tmp_path, 0), table(MOODLE_CLASS)
    source = download(course / "export.zip", rows, {"A_5_assignsubmission_onlinetext_/onlinetext.html": "hi"})
    said = run("collect", source, CHAPTER, "--course", course)
    assert said.stdout.splitlines()[0] == "7 new, 0 replaced, 0 were there already."
    assert "'Jane Doe_501', 'Jane Doe_502'" in said.stdout
    assert "Handed in, but no notebook (ask for the .ipynb itself): 'A (" in said.stdout
    enter_results(course)
    (course / "sheet.csv").write_bytes(written(worksheet_of(rows, filled=False)))
    done = run("export", CHAPTER, "--course", course, "--format", "moodle", "--worksheet", course / "sheet.csv")
    assert read((course / "grades-moodle.csv").read_bytes()) == worksheet_of(rows, filled=True)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == f"Look: {CHAPTER}: Teilnehmer/in 13, No Body has a row and no grade."
    assert run("feedback", CHAPTER, "--course", course).exit_code == 0
    with zipfile.ZipFile(course / f"feedback-{CHAPTER}-moodle.zip") as archive:
        assert sorted(archive.namelist()) == sorted([
            "Jane Doe_501_assignsubmission_file_/01_memory_cell.html",
            "Jane Doe_502_assignsubmission_file_/01_memory_cell.html",
            "王伟_66_assignsubmission_file_/作业.html", "प्रिया शर्मा_1_assignsubmission_file_/x.html",
            "Ольга Иванова_7_assignsubmission_file_/x.html", "B B_99_assignsubmission_file_/x.html",
            "Ä Ö_12_assignsubmission_file_flat_1_2_3.html",
        ])  # fmt: skip


# ------------------------------------------------------------------------------------------------ graded for real
@needs_sandbox
def test_two_of_one_name_are_graded_and_each_gets_the_own_grade(tmp_path):
    course = make_course(tmp_path, 0)
    files = {}
    for name, solved in (("doejane_1_8", ["neuron_step", "parameter_count"]), ("doejane_2_9", ["steps_remembered"])):
        (tmp_path / name).mkdir()
        Draft(tmp_path / name).solve(*solved).write()
        files[f"{name}_{CHAPTER}.ipynb"] = (tmp_path / name / f"{CHAPTER}.ipynb").read_bytes()
    assert run("collect", make_zip(tmp_path / "e.zip", files), CHAPTER, "--course", course).exit_code == 0
    assert run("grade", CHAPTER, "--course", course).exit_code == 0
    (tmp_path / "roster.csv").write_text(f'Student,ID,{CHAPTER} (5)\n"Doe, Jane",2,\n"Doe, Jane",1,\n')
    assert run("export", CHAPTER, "--course", course, "--roster", tmp_path / "roster.csv").exit_code == 0
    assert [row[2] for row in read((course / "grades-canvas.csv").read_bytes())[1:]] == ["2", "2"]
    # the same sum of other exercises: one column an exercise tells them apart
    assert run("export", CHAPTER, "--course", course, "--format", "csv").exit_code == 0
    rows = read((course / f"grades-{CHAPTER}.csv").read_bytes().removeprefix(b"\xef\xbb\xbf"))
    assert {row[2]: row[6:14] for row in rows[1:]} == {
        "1": ["1", "0", "0", "1", "0", "0", "0", "0"], "2": ["0", "0", "0", "0", "0", "0", "0", "2"],
    }  # fmt: skip
