"""Data of other packages: copies of them are damaged, and each loader names the file and what to do."""

from __future__ import annotations

import hashlib
import pydoc_data.topics
import shutil
import sys
from importlib import metadata
from pathlib import Path

import music21
import pytest

import rnncourse
from rnncourse.datasets import chorales, damage, docs_text
from rnncourse.datasets.damage import DamagedDataError, installed_files, read_installed

MUSIC = Path(music21.__file__).parent
FIRST = "corpus/bach/bwv269.mxl"
AGAIN = "Install it again: pip install --force-reinstall --no-deps "


def hurt(path, kind):
    """Damage a copy. Returns the words of the error that is to come."""
    expected = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    content = bytearray(path.read_bytes())
    if kind == "missing":
        path.unlink()
        return "cannot be read: No such file"
    content[len(content) // 2] ^= 1
    path.write_bytes({"one byte": content, "cut short": content[:200], "empty": b""}[kind])
    return rf"is damaged: \d+ bytes with SHA-256 \w+…, expected {expected}…"


# What pip wrote down


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


# Chorales


@pytest.fixture
def scores(tmp_path, monkeypatch):
    """A copy of music21's first scores, from which the loader reads."""
    copy = tmp_path / "music21"
    (copy / FIRST).parent.mkdir(parents=True)
    shutil.copy(MUSIC / FIRST, copy / FIRST)
    monkeypatch.setattr(chorales, "_folder", lambda: copy)
    chorales._load.cache_clear()
    yield copy
    chorales._load.cache_clear()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:music21.*")
def test_a_copied_score_is_read(scores):
    assert rnncourse.load_chorales(1)[0][:7, 0].tolist() == [72, 72, 72, 72, 72, 72, 79]


@pytest.mark.parametrize("kind", ["one byte", "cut short", "empty", "missing"])
def test_a_damaged_score_is_named_with_what_to_do(kind, scores):
    words = hurt(scores / FIRST, kind)
    with pytest.raises(DamagedDataError, match=rf"bwv269\.mxl of music21 {words}.*{AGAIN}music21"):
        rnncourse.load_chorales(1)


@pytest.mark.parametrize("kind", ["cut short", "empty"])
def test_a_damaged_score_is_noticed_by_music21_where_pip_wrote_nothing_down(kind, scores, monkeypatch):
    monkeypatch.setattr(damage, "_recorded", lambda distribution: {})
    hurt(scores / FIRST, kind)
    with pytest.raises(DamagedDataError, match=rf"score bwv269\.mxl of music21 cannot be read \(\w+.*{AGAIN}music21"):
        rnncourse.load_chorales(1)


def test_no_score_at_all_and_no_music21(scores, monkeypatch):
    monkeypatch.setattr(damage, "_recorded", lambda distribution: {})
    (scores / FIRST).unlink()
    with pytest.raises(
        DamagedDataError, match=rf"no score bach/bwv269, expected one for chorale 1 of 371.*{AGAIN}music21"
    ):
        rnncourse.load_chorales(1)
    monkeypatch.undo()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    chorales._load.cache_clear()
    with pytest.raises(ModuleNotFoundError, match="Run: pip install music21"):
        rnncourse.load_chorales(1)


# JupyterLab's French


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """A copy of the French pack, which is found before the installed one."""
    name = "jupyterlab_language_pack_fr_FR"
    installed = Path(metadata.distribution("jupyterlab-language-pack-fr-FR").locate_file(name))
    shutil.copytree(installed, tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / name / "locale" / "fr_FR" / "LC_MESSAGES"


def test_a_copied_pack_is_read(pack):
    assert len(rnncourse.load_menu_phrases().train) == 2144


@pytest.mark.parametrize("kind", ["one byte", "cut short", "empty", "missing"])
def test_a_damaged_pack_is_named_with_what_to_do(kind, pack):
    words = hurt(pack / "notebook.mo", kind)
    with pytest.raises(DamagedDataError, match=rf"notebook\.mo of jupyterlab-.*-fr-FR {words}.*{AGAIN}jupyterlab-"):
        rnncourse.load_menu_phrases()


def test_a_pack_without_messages_is_refused(tmp_path, monkeypatch):
    (tmp_path / "jupyterlab_language_pack_cc_CC").mkdir()
    (tmp_path / "jupyterlab_language_pack_cc_CC" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DamagedDataError, match=rf"holds no file of messages, expected some.*{AGAIN}.*-cc-CC"):
        rnncourse.load_menu_phrases("cc-CC")


# Python's language reference


@pytest.fixture
def topics(tmp_path, monkeypatch):
    """A copy of Python's topics, which is imported instead of them."""
    folder = tmp_path / "pydoc_data"
    shutil.copytree(Path(pydoc_data.topics.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("pydoc_data", "pydoc_data.topics"):
        monkeypatch.delitem(sys.modules, name)
    docs_text.load_docs_text.cache_clear()
    yield folder / "topics.py"
    docs_text.load_docs_text.cache_clear()


def test_copied_topics_are_read(topics):
    assert len(rnncourse.load_docs_text()) > 300_000
    assert sys.modules["pydoc_data.topics"].__file__ == str(topics)


DAMAGE = {
    "missing": (None, r"ModuleNotFoundError"),
    "cut short": (lambda text: text[: len(text) // 2 + 7], r"SyntaxError"),
    "another text": (
        lambda text: "topics = {'if': 'once upon a time'}",
        r"1 topics of 16 characters without compound, ",
    ),
    "no topics": (lambda text: "", r"ImportError"),
    "a topic less": (lambda text: text.replace("'debugger'", "'bugs'"), r"without debugger, expected at least 300000"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_topics_are_said_with_what_to_do(kind, topics):
    change, words = DAMAGE[kind]
    text = topics.read_text(encoding="utf-8")
    topics.unlink()
    if change:
        topics.write_text(change(text), encoding="utf-8")
    for load in (rnncourse.load_docs_text, lambda: rnncourse.load_docs_passages(["the"])):
        with pytest.raises(DamagedDataError, match=rf"pydoc_data\.topics, .*{words}.*install Python again"):
            load()
