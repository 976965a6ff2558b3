"""Tables in all the forms that platforms and spreadsheets give them, written back in the form that they had."""

from __future__ import annotations

import codecs

import pytest

from rnncourse.grading.records import GradingError
from rnncourse.grading.tables import csv_of, read_table, safe

ROWS = [["Student", "ID", "Note"], ["Müller, Jürgen", "+12", "@home"], ["O'Neil", "007", 'says "hi"']]


def written(separator: str = ",", line_end: str = "\n", rows=ROWS) -> str:
    cells = [
        ['"' + cell.replace('"', '""') + '"' if set(cell) & {separator, '"'} else cell for cell in r] for r in rows
    ]
    return "".join(separator.join(row) + line_end for row in cells)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE),
     ("utf-16-le", b""), ("latin-1", b"")],
)  # fmt: skip
def test_g7_a_table_comes_back_as_it_was(tmp_path, separator, line_end, encoding, mark):
    content = mark + written(separator, line_end).encode(encoding)
    (tmp_path / "roster.csv").write_bytes(content)
    table = read_table(tmp_path / "roster.csv")
    assert table.rows == ROWS
    assert table.content() == content


def test_rows_are_made_of_one_length_and_empty_lines_are_none(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n1\n\n2,3,4\n")
    table = read_table(tmp_path / "t.csv")
    assert table.rows == [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]]
    assert table.with_rows([["x", "1;2"]]).content() == b"x,1;2\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04...", "is a spreadsheet, expected a CSV"),
        (b"\xd0\xcf\x11\xe0...", "is a spreadsheet"),
        (b"a,b\n\x00\x01\x00,2\n", "is not text in UTF-8, UTF-16 or Latin-1"),
        (b'a,b\n"never closed,2\n', "is no CSV"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, content, words):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(GradingError, match=rf"t\.csv {words}"):
        read_table(tmp_path / "t.csv")
    with pytest.raises(GradingError, match=r"nosuch\.csv: No such file"):
        read_table(tmp_path / "nosuch.csv")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("x;=cmd", "x;'=cmd"),
        ("＝cmd", "'＝cmd"),
        (" @SUM(A1)", " '@SUM(A1)"),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("-0.25", "-0.25"),
        ("-1.2e-05", "-1.2e-05"),
        ("Smith-Jones, A. + B.", "Smith-Jones, A. + B."),
        ("王伟", "王伟"),
    ],
)
def test_g7_names_are_no_formulas(name, shown):
    assert safe(name) == shown


def test_a_table_of_our_own_is_utf8_with_commas():
    assert csv_of([["a", "b,c"], ["王", ""]]) == 'a,"b,c"\r\n王,\r\n'.encode()
