"""A learner's own series: every CSV that cannot be read says why, and the table judges by what nobody learnt from."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse import own_series
from rnncourse.own_series import compare_forecasters, read_dates, read_series

PLAIN = "day,shop,visitors\n1,A,12.5\n2,A,13\n3,B,-4e1\n"


def written(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "mine.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return file


@pytest.mark.parametrize(
    ("text", "encoding", "options"),
    [
        (PLAIN, "utf-8", {}),
        (PLAIN, "utf-8-sig", {}),  # a spreadsheet's "CSV UTF-8"
        (PLAIN.replace(",", "\t"), "utf-16", {}),  # its "Unicode text"
        (PLAIN.replace(",", ";").replace("12.5", "12,5"), "utf-8", {"decimal": ","}),
        (PLAIN.replace("\n", "\r\n") + "\r\n,,\r\n", "utf-8", {}),
        (PLAIN.replace("shop", "magasin à Orléans"), "cp1252", {"encoding": "cp1252"}),
        (PLAIN.replace("shop", "商店"), "gb18030", {"encoding": "gb18030"}),
        (PLAIN.replace("12.5", '" 12.5 "').replace("A", '"A, B"'), "utf-8", {}),
    ],
)
def test_a_column_is_read_however_it_was_saved(tmp_path, text, encoding, options):
    series = read_series(written(tmp_path, text, encoding), "visitors", **options)
    assert series.dtype == np.float64
    assert series.tolist() == [12.5, 13, -40]


def test_a_file_of_one_column_needs_no_name(tmp_path):
    assert read_series(written(tmp_path, "x\n1\n2\n")).tolist() == [1, 2]
    assert read_series(str(written(tmp_path, "x\n1,5\n2\n")), decimal=",").tolist() == [1.5, 2]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (PLAIN, {"column": "Visitors"}, r"0 columns called 'Visitors', expected one in 'day', .* mean 'visitors'\?"),
        (PLAIN, {"column": None}, r"mine\.csv has 3 columns, .*say which, column='visitors' for example"),
        ("x,x\n1,2\n", {"column": "x"}, r"2 columns called 'x'"),
        (PLAIN.replace("13", ""), {}, r"'visitors' is empty in 1 line \(3\)\. .*fill the gaps"),
        ("x\n" + "NA\n" * 7, {"column": "x"}, r"empty in 7 lines \(2, 3, 4, 5, 6 …\)"),
        (PLAIN.replace("13", "13 °C"), {}, r"Line 3 of column 'visitors' holds '13 °C', expected a number\..*units"),
        (PLAIN.replace("13", "closed"), {}, r"holds 'closed', expected a number"),
        (PLAIN.replace("13", "inf"), {}, r"holds 'inf', expected a number"),
        (PLAIN.replace("13", "1_3"), {}, r"holds '1_3', expected a number"),
        (PLAIN.replace("12.5", '"12,5"'), {}, r"Line 2 .* holds '12,5'.*say decimal=','; if it parts thousands"),
        (PLAIN.replace("12.5", "12,5"), {}, r"Line 2 has 4 cells, expected 3, .*a decimal comma\?"),
        (PLAIN.replace("2,A,", "2,"), {}, r"Line 3 has 2 cells, expected 3, as many as the first line\.$"),
        (PLAIN.replace(",", ";"), {"decimal": ","}, r"Line 2 .*holds '12\.5', expected a number"),
        ("1,2\n3,4\n", {}, r"first line of mine\.csv is '1,2': values, expected the names of the columns"),
        ("2021-01-01;3\n2021-01-02;4\n", {}, r"is '2021-01-01;3': values, expected the names of the columns"),
        (PLAIN.replace("12.5", "31.12.2021"), {}, r"holds '31\.12\.2021', .*a date or a time: rnncourse\.read_dates"),
        ("", {}, r"begins with an empty line"),
        ("visitors\n", {}, r"no line below its first"),
        (
            PLAIN.replace("shop", "à").encode("cp1252"),
            {},
            r"Byte 4 of mine\.csv is no letter in utf-8.*encoding='cp1252'",
        ),
        (PLAIN, {"encoding": "latin-99"}, r"encoding is 'latin-99', expected one that Python knows"),
        (b"PK\x03\x04 a workbook", {}, r"mine\.csv is a workbook of a spreadsheet: save it there as CSV"),
        (PLAIN, {"decimal": ";"}, r"decimal is ';', expected one of"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(tmp_path, text, options, words):
    with pytest.raises(ValueError, match=words):
        read_series(written(tmp_path, text), **{"column": "visitors"} | options)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .* runs in the folder"):
        read_series(tmp_path / "absent.csv")
    with pytest.raises(FileNotFoundError, match=r"is a folder, expected a CSV file in it"):
        read_series(tmp_path)
    with pytest.raises(
        TypeError, match=r"column is 1, expected the name of one in mine\.csv: 'day', 'shop', 'visitors'"
    ):
        read_series(written(tmp_path, PLAIN), 1)


def test_years_may_be_the_names_of_columns(tmp_path):
    assert read_series(written(tmp_path, "town,2020,2021\nA,1,2\nB,3,4\n"), "2021").tolist() == [2, 4]


@pytest.mark.parametrize(
    ("first", "second", "options"),
    [
        ("2021-12-31", "2022-01-01", {}),
        ("2021-12-31 00:00", "2022-01-01T00:00:00", {}),
        ("2021-12-31T01:00+01:00", "2022-01-01T00:00Z", {}),
        ("31.12.2021", "1.1.2022", {"form": "%d.%m.%Y"}),
        ("12/31/2021 00:00", "01/01/2022 00:00", {"form": "%m/%d/%Y %H:%M"}),
    ],
)
def test_dates_are_read_however_they_are_written(tmp_path, first, second, options):
    dates = read_dates(written(tmp_path, f"day;x\n{first};1\n{second};2\n"), "day", **options)
    assert dates.tolist() == np.array(["2021-12-31", "2022-01-01"], dtype="datetime64[s]").tolist()


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("31.12.2021", {}, r"Line 2 of column 'day' holds '31\.12\.2021', .*as in 2021-12-31\. .*form='%d\.%m\.%Y'"),
        ("31.12.2021", {"form": "%Y-%m-%d"}, r"expected one that fits form='%Y-%m-%d'"),
        ("", {}, r"Line 2 of column 'day' holds ''"),
    ],
)
def test_what_is_no_date_says_where_and_what_to_do(tmp_path, text, options, words):
    with pytest.raises(ValueError, match=words):
        read_dates(written(tmp_path, f"day;x\n{text};1\n"), "day", **options)


def seasonal(length=150, noise=0.3):
    rng = np.random.default_rng(5)
    return 20 + 4 * np.sin(2 * np.pi * np.arange(length) / 6) + noise * rng.normal(size=length)


@pytest.fixture(scope="module")
def compared():
    """One training for all tests of the table."""
    return compare_forecasters(seasonal(), season=6, ahead=8, time_steps=12)


def test_the_table_holds_every_forecaster_and_its_errors(compared):
    names = ["persistence", "seasonal-naive", "seasonal means", "linear fit", "network"]
    assert [row.name for row in compared.rows] == names
    by_name = {row.name: row for row in compared.rows}
    assert by_name["persistence"].absolute > 3 * by_name["seasonal-naive"].absolute
    assert by_name["seasonal means"].absolute < by_name["seasonal-naive"].absolute  # the noise of one season less
    assert by_name["network"].absolute < 0.5 * by_name["persistence"].absolute
    assert compared.best is min(compared.rows, key=lambda row: row.absolute)
    lines = str(compared).splitlines()
    assert lines[0].split() == ["forecaster", "MAE", "1", "ahead", "MAE", "8", "ahead", "MAE,", "all", "MSE,", "all"]
    assert len(lines) == 7
    assert all(line.count("≈ ") == 4 for line in lines[1:6])


def test_the_numbers_of_a_baseline_are_those_of_the_last_fifth(compared):
    series = seasonal()
    moments = np.arange(120, 150 - 8 + 1)  # of the first value to forecast
    wanted = np.abs([series[t + np.arange(8)] - series[t - 6 + np.arange(8) % 6] for t in moments])
    row = compared.rows[1]
    assert compared.judged == len(moments)
    assert row.first == pytest.approx(wanted[:, 0].mean())
    assert row.last == pytest.approx(wanted[:, -1].mean())
    assert row.absolute == pytest.approx(wanted.mean())
    assert row.squared == pytest.approx((wanted**2).mean())


def test_no_part_reaches_into_what_another_forecasts():
    train, choose, judge = own_series._parts(np.arange(200.0), 10, 5)
    for part, low, high in ((train, 0, 120), (choose, 120, 160), (judge, 160, 200)):
        assert (part.last.min(), part.last.max()) == (max(low, 10), high - 1)
        np.testing.assert_array_equal(part.inputs[:, 0, 0], part.starts)
    assert train.targets.max() < 120


def test_the_test_part_does_not_change_what_is_learnt():
    series, later = seasonal(), seasonal()
    later[120:] += 50
    parts = [own_series._parts(values, 12, 8)[0] for values in (series, later)]
    np.testing.assert_array_equal(parts[0].targets, parts[1].targets)


@pytest.mark.parametrize(
    ("series", "options", "words"),
    [
        (np.arange(60.0), {}, r"series has 60 values, too few: windows of 20 steps .* expected at least 10"),
        (np.arange(400.0), {"season": 12, "time_steps": 8}, r"time_steps is 8, expected at least a season of 12"),
        (np.ones(300), {}, r"first 180 values of series are all 1: there is nothing to learn"),
        (np.full(300, np.nan), {}, r"series\[0\] is nan, expected finite"),
        (np.ones((30, 2)), {}, r"series has shape"),
        (np.arange(300.0), {"ahead": 0}, r"ahead is 0"),
        (np.arange(300.0), {"season": 0}, r"season is 0"),
    ],
)
def test_what_cannot_be_compared_is_named(series, options, words):
    with pytest.raises(ValueError, match=words):
        compare_forecasters(series, **{"ahead": 6} | options)
