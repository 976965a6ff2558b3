"""The files of an export: what is wrong with one is said of that one, and the others are read."""

from __future__ import annotations

import os
import subprocess
import zipfile
from datetime import datetime

import pytest

from rnncourse.grading import unpacking
from rnncourse.grading.records import GradingError
from rnncourse.grading.unpacking import UnreadableError, opened

from made_exports import make_zip


def told(source) -> dict[str, bytes | str]:
    """What is in each file, or what is wrong with it."""
    found: dict[str, bytes | str] = {}
    with opened(source) as export:
        for member in export.members:
            try:
                found[member.path] = export.content(member, 1000)
            except UnreadableError as error:
                found[member.path] = str(error)
    return found


def spoil(path, name: str, change) -> None:
    """Change the data of one member of a zip."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
    content = bytearray(path.read_bytes())
    change(content, info.header_offset, info.header_offset + 30 + len(info.orig_filename.encode()))
    path.write_bytes(content)


def encrypt(content, header, data):
    """Say of every member that it is encrypted."""
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(signature, place + 4)


def test_h8_a_damaged_member_concerns_itself_alone(tmp_path):
    source = make_zip(
        tmp_path / "e.zip", {"a": "0123456789" * 9, "b": "whole", "bomb": "0" * 100_000, "c": "whole too"}
    )
    spoil(source, "a", lambda content, header, data: content.__setitem__(slice(data, data + 4), b"\xff\xff\xff\xff"))
    found = told(source)
    assert found["a"].startswith("it cannot be read (")
    assert found["bomb"] == "it has more than 0 MB"
    assert (found["b"], found["c"]) == (b"whole", b"whole too")
    spoil(source, "b", encrypt)
    assert told(source)["b"] == "it is encrypted"
    spoil(source, "c", lambda content, header, data: content.__setitem__(slice(header, header + 4), b"NONE"))
    assert told(source)["c"].startswith("it cannot be read (")


def test_h8_links_and_paths_that_lead_out_are_named(tmp_path):
    source = make_zip(tmp_path / "e.zip", {"../x": "1", "/etc/x": "2", "a\\..\\x": "3", "C:/x": "4", "a" * 260: "5"})
    with zipfile.ZipFile(source, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = told(source)
    assert [found[path] for path in ("../x", "/etc/x", "a/../x", "C:/x")] == ["its path leads out of the export"] * 4
    assert (found["link"], found["a" * 260]) == ("it is a link", b"5")


def test_names_in_all_scripts_whether_or_not_the_zip_says_that_it_is_utf8(tmp_path):
    names = {"王伟_1_2_x": "1", "प्रिया_1_2_x": "2", "Ёлкин_1_2_x": "3", "plain": "4"}
    for says in (True, False):
        assert set(told(make_zip(tmp_path / "e.zip", names, says))) == set(names)
    old = make_zip(tmp_path / "old.zip", {"x": "1"})
    old.write_bytes(old.read_bytes().replace(b"x", b"\x81"))  # in the code page of an old DOS, and no UTF-8
    assert set(told(old)) == {"ü"}


def test_an_export_unpacks_to_no_more_than_a_class(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "LARGEST_EXPORT", 700)
    found = told(make_zip(tmp_path / "e.zip", {name: "0" * 400 for name in "abcd"}))
    assert [len(found["a"]), len(found["b"])] == [400, 400]
    assert "unpacks to more than" in found["c"]
    monkeypatch.setattr(unpacking, "MOST_FILES", 3)
    with pytest.raises(GradingError, match="holds more than 3 files"):
        told(tmp_path / "e.zip")


def test_a_folder_is_read_however_deep_and_links_are_not_followed(tmp_path):
    source = tmp_path / "export"
    (source / "ada").mkdir(parents=True)
    (source / "ada" / "x.ipynb").write_text("work")
    os.symlink("/etc/passwd", source / "ada" / "link.ipynb")
    os.symlink("/etc", source / "folder")
    os.mkfifo(source / "ada" / "pipe.ipynb")
    here = os.getcwd()
    try:
        os.chdir(source)
        for _ in range(1200):
            os.mkdir("d")
            os.chdir("d")
        open("deep.ipynb", "w").close()
    finally:
        os.chdir(here)
    found = told(source)
    subprocess.run(["rm", "-rf", source / "d"], check=True)  # Python's own way of doing it is not as patient
    assert (found["ada/x.ipynb"], found["ada/link.ipynb"], found["folder"]) == (b"work", "it is a link", "it is a link")
    assert found["ada/pipe.ipynb"] == "it is no plain file"
    assert found["d/" * 1200 + "deep.ipynb"] == b""


def test_dates_are_those_of_the_export(tmp_path):
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("dated", (2026, 3, 2, 14, 5, 6)), "")
        archive.writestr(zipfile.ZipInfo("undated"), "")
    with opened(tmp_path / "e.zip") as export:
        assert [member.changed for member in export.members] == [datetime(2026, 3, 2, 14, 5, 6), None]


def test_what_is_no_export_is_refused(tmp_path):
    (tmp_path / "no.zip").write_text("no zip")
    for name, words in (("no.zip", "neither a folder nor a zip"), ("nosuch.zip", "There is no")):
        with pytest.raises(GradingError, match=words):
            told(tmp_path / name)
    cut = make_zip(tmp_path / "cut.zip", {"a": "1", "b": "2"})
    content = cut.read_bytes()
    cut.write_bytes(content.replace(b"PK\x01\x02", b"NONE"))
    with pytest.raises(GradingError, match=r"cut\.zip cannot be unpacked: .* Download it once more"):
        told(cut)
