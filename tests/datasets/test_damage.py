"""Files of other packages are compared with what pip wrote down."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import music21
import pytest

from rnncourse.datasets import damage
from rnncourse.datasets.damage import DamagedDataError, installed_files, read_installed

MUSIC = Path(music21.__file__).parent
FIRST = "corpus/bach/bwv269.mxl"


def test_there_is_one_kind_of_error():
    assert issubclass(DamagedDataError, OSError)


def test_a_file_of_an_installed_package_is_the_one_that_pip_wrote_down():
    assert read_installed("music21", MUSIC, MUSIC / FIRST) == (MUSIC / FIRST).read_bytes()
    assert len(damage._recorded("music21")[f"music21/{FIRST}"]) == 64


def test_what_is_missing_is_among_the_files(tmp_path):
    copy = tmp_path / "music21"
    (copy / "corpus" / "bach").mkdir(parents=True)
    (copy / "corpus" / "bach" / "bwv269.abc").touch()
    names = [path.name for path in installed_files("music21", copy, "corpus/bach/bwv269.*")]
    assert names == ["bwv269.abc", "bwv269.mxl"]


@pytest.mark.parametrize("files", [None, []])
def test_where_nothing_was_written_down_nothing_is_compared(files, tmp_path, monkeypatch):
    monkeypatch.setattr(metadata, "files", lambda name: files)
    (tmp_path / "notes.txt").write_bytes(b"abc")
    assert read_installed(f"no list of files: {files}", tmp_path, tmp_path / "notes.txt") == b"abc"
