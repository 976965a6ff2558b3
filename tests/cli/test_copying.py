"""A learner's copy of the course: what is copied, what is never touched, what is refused."""

from __future__ import annotations

import pytest

from rnncourse.checking import progress
from rnncourse.cli import copying

from commands import refused, run
from made_notebooks import CHAPTER, tree

OTHER, THIRD = "02_kinds_of_rnn", "03_manual_rnn"


@pytest.mark.parametrize("where", ["mine", "a/b/mine", "."])
def test_start_copies_the_release_and_begins_the_progress(home, release, where):
    done = run("start", where)
    assert done.exit_code == 0, done.output
    made = tree((home / where).resolve())
    assert made.pop("progress.json")
    assert {name: content for name, content in made.items() if not name.startswith(".rnncourse")} == tree(release)
    assert f"rnncourse lab {where}" in done.stdout
    assert progress.find_copy(home / where) == (home / where).resolve()


def test_start_leaves_checkpoints_and_read_only_modes_behind(home, release):
    (release / CHAPTER / ".ipynb_checkpoints").mkdir()
    (release / CHAPTER / ".ipynb_checkpoints" / "old.ipynb").touch()
    (release / CHAPTER / "data.csv").chmod(0o444)
    assert run("start", "mine").exit_code == 0
    assert not (home / "mine" / CHAPTER / ".ipynb_checkpoints").exists()
    assert (home / "mine" / CHAPTER / "data.csv").stat().st_mode & 0o200


def test_start_refuses_a_folder_that_is_not_empty(home):
    (home / "mine").mkdir()
    (home / "mine" / "thesis.txt").write_text("years of work")
    assert "mine is not empty and holds no copy of the course" in refused(home, "start", "mine")
    assert "mine is not empty" in refused(home, "start", "mine", "--add")
    assert "thesis.txt is a file, expected a folder" in refused(home, "start", "mine/thesis.txt")
    assert "thesis.txt: It is a file, expected a folder. Nothing was changed." in refused(
        home, "start", "mine/thesis.txt/below"
    )


def test_start_points_at_the_copy_that_is_there(copy, home):
    line = refused(home, "start", copy)
    assert "holds a copy of the course already" in line
    assert f"rnncourse start {copy} --add" in line


def test_add_brings_what_is_missing_and_touches_nothing_else(copy, release):
    (copy / CHAPTER / f"{CHAPTER}.ipynb").write_text("my own work")
    (copy / OTHER / f"{OTHER}.ipynb").unlink()
    for path in [*(copy / THIRD).iterdir(), copy / THIRD]:
        path.unlink() if path.is_file() else path.rmdir()
    progress.record("rnn_step", 1.0)
    before = tree(copy)
    done = run("start", copy, "--add")
    assert done.exit_code == 0
    assert "2 files were added" in done.stdout
    after = tree(copy)
    assert {name: after[name] for name in before} == before
    added = {name for name in set(after) - set(before) if not name.startswith(".rnncourse")}
    assert added == {f"{OTHER}/{OTHER}.ipynb", THIRD, f"{THIRD}/{THIRD}.ipynb"}
    assert "Nothing was changed" in run("start", copy, "--add").stdout
    assert tree(copy) == after


@pytest.mark.parametrize("existing", [False, True])
def test_a_start_that_fails_halfway_takes_back_what_it_made(home, monkeypatch, existing):
    if existing:
        (home / "new").mkdir()

    def fail(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress, "create", fail)
    assert "No space left on device. Nothing was changed." in refused(home, "start", "new")
    assert (home / "new").exists() == existing


def test_what_is_to_be_typed_is_quoted_where_a_name_has_blanks(home):
    run("start", "my course")
    line = refused(home, "start", "my course")
    assert "(rnncourse lab 'my course')" in line
    assert "(rnncourse start 'my course' --add)" in line


def test_a_copy_is_known_by_its_progress_or_by_a_chapter(home, copy):
    assert copying.is_copy(copy)
    (copy / "progress.json").unlink()
    assert copying.is_copy(copy)
    assert not copying.is_copy(home)
