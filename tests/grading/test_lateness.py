"""Time stamps are read as they were meant, or named with the reason; none is guessed."""

from __future__ import annotations

from datetime import datetime

import pytest
from nbgrader.utils import parse_utc

from rnncourse.grading.lateness import FILE, Stamp, parsed, read_stamp

#: One minute before midnight in Berlin, in summer.
TIME = datetime(2026, 5, 1, 21, 59)


@pytest.mark.parametrize(
    "words",
    [
        "2026-05-01 21:59:00 UTC",
        "2026-05-01 21:59:00.000000 UTC",
        "2026-05-01T21:59:00Z",
        "2026-05-01 21:59",  # without a zone it is UTC, as for nbgrader
        "2026-05-01T23:59:00+02:00",
        "2026-05-01 23:59:00 +0200",
        "20260501T215900Z",
        "2026/05/01 21:59:00 GMT",
        "Fri, 01 May 2026 21:59:00 GMT",
        "Fri May 01 2026 23:59:00 GMT+0200 (Central European Summer Time)",
        "May 1, 2026 at 9:59\u202fPM UTC",
        "1 May 2026, 21:59 UTC",
        "  2026-05-01 21:59:00 UTC\r\n",
        "2026-05-01 23:59:00 Europe/Berlin",
        "2026-05-01T23:59:00+02:00[Europe/Berlin]",
        "2026-05-01 23:59:00 CEST",
        "2026-05-01 17:59:00 EDT",
        "31/12/2026 00:00 UTC",
    ],
)
def test_g9_stamps_in_other_notations_and_zones_are_read(words):
    found = parsed(words)
    assert found.problem == ""
    assert found.time == (datetime(2026, 12, 31) if words.startswith("31") else TIME)
    assert parse_utc(str(found)) == found.time


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_g9_stamps_in_other_encodings_are_read(tmp_path, encoding):
    (tmp_path / FILE).write_bytes("2026-05-01 21:59:00 UTC\n".encode(encoding))
    assert read_stamp(tmp_path) == Stamp(TIME)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("2026-05-01 21:59:00 CST", "the time zone CST is -6 h, -5 h, +8 h"),
        ("2026-05-01 21:59:00 IST", "the time zone IST is +1 h, +2 h, +5.5 h"),
        ("2026-05-01 21:59:00 PST", "the time zone PST is -8 h, +8 h"),
        ("2026-05-01 21:59:00 XYZ", "no time zone is called XYZ"),
        ("2026-05-01 21:59:00 Mars/Olympus", "there is no time zone Mars/Olympus"),
        ("03/04/2026 21:59", "which number is the day"),
        ("03.04.2026 21:59", "which number is the day"),
        ("2026-05-01", "is missing"),
        ("21:59", "is missing"),
        ("May 2026", "is missing"),
        ("1777672740", "a number of seconds"),
        ("yesterday", "cannot be read, expected for example 2026-05-01 23:59:00 UTC"),
        ("1926-05-01 21:59:00 UTC", "cannot be read"),
        ("9" * 500, "a number of seconds"),
        ("(" * 900, "cannot be read"),
        ("", "is empty"),
        ("\x00\x00", "is empty"),
    ],
)
def test_g9_stamps_that_may_mean_several_things_are_named_not_guessed(words, why):
    found = parsed(words)
    assert found.time is None
    assert why in found.problem
    assert len(found.problem) < 250


def test_g9_a_file_that_is_no_stamp_is_named(tmp_path):
    assert read_stamp(tmp_path) == Stamp()
    (tmp_path / FILE).mkdir()
    assert "not a file but a link or a folder" in read_stamp(tmp_path).problem
    (tmp_path / FILE).rmdir()
    (tmp_path / FILE).symlink_to("/etc/hostname")
    assert "not a file but a link or a folder" in read_stamp(tmp_path).problem
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    assert "is not text in UTF-8 or UTF-16" in read_stamp(tmp_path).problem
    (tmp_path / FILE).write_bytes(b"2026" * 1000)
    assert "has 4000 bytes" in read_stamp(tmp_path).problem
