"""Who a submission is from: what is kept of it, and what a student's folder is called."""

from __future__ import annotations

import os

import pytest

from rnncourse.grading.identity import Origin, Origins, folder_name
from rnncourse.grading.records import GradingError

ADA = Origin("canvas", "lovelaceada", "1815", "lovelaceada_LATE_1815_77_x.ipynb", late=True)
WEI = Origin("moodle", "王伟", "66", "王伟_66_assignsubmission_file_/x.ipynb")


def test_origins_are_kept_by_chapter_and_found_by_the_platforms_number(tmp_path):
    origins = Origins(tmp_path)
    assert origins.of("01_memory_cell") == {}
    assert not origins.folder.exists()
    origins.keep("01_memory_cell", {"lovelaceada_1815": ADA, "王伟": WEI})
    origins.keep("03_manual_rnn", {"other": Origin("folders", "other")})
    assert Origins(tmp_path).of("01_memory_cell") == {"lovelaceada_1815": ADA, "王伟": WEI}
    assert origins.folders_by_id("canvas") == {"1815": "lovelaceada_1815"}
    assert origins.folders_by_id("folders") == {}
    assert os.stat(tmp_path / ".grading").st_mode & 0o077 == 0


@pytest.mark.parametrize("damaged", ["", "[]", '{"format": 2}', '{"format": 1, "students": {"a": {"colour": 1}}}'])
def test_origins_that_cannot_be_read_are_named(tmp_path, damaged):
    Origins(tmp_path).keep("01_memory_cell", {})
    (tmp_path / ".grading" / "origins" / "01_memory_cell.json").write_text(damaged)
    with pytest.raises(GradingError, match=r"01_memory_cell\.json, which says who submissions are from"):
        Origins(tmp_path).of("01_memory_cell")


@pytest.mark.parametrize(
    ("name", "number", "folder"),
    [
        ("doejane", "12", "doejane_12"),
        ("Jane Doe", "", "Jane Doe"),
        ("Jose\u0301", "", "José"),
        ("प्रिया शर्मा", "7", "प्रिया शर्मा_7"),
        ("a\nb\x1b[2J", "", "a b [2J"),
        ("../../etc", "", "_.._etc"),
        ("..", "", ""),
        ("क्\u200dष", "", "क्\u200dष"),
        ("..", "9", "9"),
        ("CON: a|b?", "", "CON_ a_b_"),
        ("half \ud800", "", "half _"),
        ("\u202egnp.exe", "", "gnp.exe"),
    ],
)
def test_a_folder_can_be_read_and_leads_nowhere(name, number, folder):
    assert folder_name(name, number) == folder


def test_a_folders_name_is_never_too_long_for_a_file_system():
    assert folder_name("क" * 200, "123456").endswith("_123456")
    assert max(len(folder_name(name, "1" * 20).encode()) for name in ("क" * 200, "é" * 300, "x" * 1000)) <= 150
