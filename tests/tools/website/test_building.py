"""What Sphinx reads, and how it is called; tests/site looks at the pages."""

from __future__ import annotations

import re
import subprocess

import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT
from tools.website import building


def test_every_page_is_written_and_stands_in_the_contents(tmp_path):
    media, _ = building.write_sources(ROOT, tmp_path, "")
    written = {path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    contents = (tmp_path / "index.md").read_text()
    for page in (*building.PROSE.values(), "words", "api/index", *(f"course/{name}/{name}" for name in CHAPTERS)):
        assert page in written
        assert f"\n{page}\n" in contents or f"<{page}>\n" in contents
    assert {name.rpartition(".")[2] for name in media} == {"png", "wav", "webp"}
    led_to = {name for path in tmp_path.rglob("*.md") for name in re.findall(r'"media/([^"]+)"', path.read_text())}
    assert led_to <= set(media)


def test_a_fault_that_sphinx_finds_is_the_commands_fault(tmp_path, monkeypatch):
    def fails(command, **options):
        raise subprocess.CalledProcessError(2, command)

    monkeypatch.setattr(building, "write_sources", lambda *given: ({}, []))
    monkeypatch.setattr(building.subprocess, "run", fails)
    assert building.main(["--target", str(tmp_path)], ROOT) == 2


@pytest.mark.parametrize("address", ["", "https://github.com/me/course"])
def test_sphinx_is_told_where_the_repository_is(tmp_path, monkeypatch, address):
    asked = []

    def run(command, **options):
        asked.append(options["env"]["REPOSITORY"])
        (tmp_path / "html").mkdir()
        for chapter in CHAPTERS:
            (tmp_path / "html" / "course" / chapter).mkdir(parents=True)

    monkeypatch.setattr(building, "write_sources", lambda *given: ({"a.png": b"1"}, ["said"]))
    monkeypatch.setattr(building.subprocess, "run", run)
    assert building.build(tmp_path, ROOT, address) == ["said"]
    assert asked == [address]
    assert (tmp_path / "html" / "media" / "a.png").read_bytes() == b"1"
    assert (tmp_path / "html" / "course" / "03_manual_rnn" / "03_manual_rnn.ipynb").is_file()
