"""The progress file: what is kept, whose file it is, and that nothing is ever lost or raised."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys

import pytest

import rnncourse
from rnncourse.checking import progress
from rnncourse.checking.kept_files import one_at_a_time
from rnncourse.exercises import CHAPTERS

from made_notebooks import recorded, tree


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the course with an empty progress file; the working directory is a chapter in it."""
    folder = tmp_path / "mine"
    (folder / "01_memory_cell").mkdir(parents=True)
    progress.create(folder)
    monkeypatch.chdir(folder / "01_memory_cell")
    return folder


def test_the_best_share_is_kept_with_the_day_of_the_first_full_pass(copy):
    assert progress.record("rnn_step", 0.5)
    assert recorded(copy) == {"rnn_step": {"share": 0.5, "passed": None}}
    assert progress.record("rnn_step", 0.25)
    assert recorded(copy)["rnn_step"]["share"] == 0.5
    assert progress.record("rnn_step", 1.0)
    full = {"share": 1.0, "passed": datetime.date.today().isoformat()}
    assert recorded(copy) == {"rnn_step": full}
    long_ago = (copy / "progress.json").read_text().replace(full["passed"], "2020-02-02")
    (copy / "progress.json").write_text(long_ago)
    assert progress.record("rnn_step", 1.0)
    assert (copy / "progress.json").read_text() == long_ago


def test_check_records_in_the_copy_around_the_notebook(copy):
    rnncourse.check(rnncourse.neuron_step)
    rnncourse.check(lambda *arguments: 0.0, "steps_remembered")
    assert list(recorded(copy)) == ["neuron_step"]


def test_nothing_is_recorded_outside_a_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not progress.record("rnn_step", 1.0)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("text", ['{"done": 3}', "[1, 2]", "not JSON at all", ""])
def test_somebody_elses_progress_file_is_passed_over(tmp_path, text):
    (tmp_path / "progress.json").write_text(text)
    before = tree(tmp_path)
    assert progress.find_copy(tmp_path) is None
    assert not progress.record("rnn_step", 1.0, tmp_path)
    assert tree(tmp_path) == before


def test_nothing_is_recorded_while_nbgrader_runs_the_notebook(copy, monkeypatch):
    before = tree(copy)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert not progress.record("rnn_step", 1.0)
    assert tree(copy) == before


DAMAGED = [
    "",
    '{"rnncourse progress": 1, "exerc',
    '{"rnncourse progress": 1, "exercises": {"a": {"share": "most"}}}',
    "\x00",
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_set_aside_and_never_overwritten(copy, text):
    path = copy / "progress.json"
    path.write_text(text)
    with pytest.raises(progress.DamagedProgressError, match=r"progress\.json is"):
        progress.load()
    assert progress.record("rnn_step", 1.0)
    assert (copy / "progress.damaged.json").read_text() == text
    path.write_text("again {")
    assert progress.record("run_neuron", 1.0)
    assert (copy / "progress.damaged.json").read_text() == text
    assert (copy / "progress.damaged-2.json").read_text() == "again {"
    assert list(recorded(copy)) == ["run_neuron"]


def test_a_newer_file_is_left_alone(copy):
    path = copy / "progress.json"
    path.write_text('{"rnncourse progress": 2, "all": []}')
    before = tree(copy)
    assert not progress.record("rnn_step", 1.0)
    with pytest.raises(progress.NewerProgressError, match="pip install --upgrade rnncourse"):
        progress.load()
    after = tree(copy)
    after.pop(".progress.lock", None)
    assert after == before


def test_a_byte_order_mark_and_unknown_exercises_survive(copy):
    path = copy / "progress.json"
    entries = {"of_a_later_course": {"share": 1.0, "passed": "2026-01-01"}}
    path.write_text("\ufeff" + json.dumps({"rnncourse progress": 1, "exercises": entries}), encoding="utf-8")
    assert progress.record("rnn_step", 0.5)
    assert recorded(copy) == entries | {"rnn_step": {"share": 0.5, "passed": None}}
    assert sum(total.right for total in progress.totals(progress.load())) == 0


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_disk_that_fails_neither_raises_nor_loses_anything(copy, monkeypatch, step):
    assert progress.record("rnn_step", 1.0)
    before = tree(copy)

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    assert not progress.record("run_neuron", 1.0)
    assert tree(copy) == before


def test_a_lock_that_is_never_released_only_delays(copy, monkeypatch):
    monkeypatch.setattr(progress, "_LOCK_SECONDS", 0.05)
    with one_at_a_time(copy / ".progress.lock", 0):
        assert progress.record("rnn_step", 1.0)
    assert list(recorded(copy)) == ["rnn_step"]


def test_kernels_that_record_at_once_lose_nothing(copy):
    code = "import sys; from rnncourse.checking.progress import record\n"
    code += "for i in range(30): assert record(f'{sys.argv[1]}{i}', 1.0)"
    kernels = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "abc"]
    assert [kernel.wait(60) for kernel in kernels] == [0, 0, 0]
    assert set(recorded(copy)) == {f"{name}{i}" for name in "abc" for i in range(30)}
    assert sorted(path.name for path in copy.iterdir()) == [".progress.lock", "01_memory_cell", "progress.json"]


def test_create_never_overwrites(copy):
    before = tree(copy)
    with pytest.raises(FileExistsError):
        progress.create(copy)
    assert tree(copy) == before


def test_totals_count_exercises_and_points(copy):
    chapter, exercises = next(iter(CHAPTERS.items()))
    first, second, third = exercises[:3]
    progress.record_all({first.name: 1.0, second.name: 0.5})
    total = progress.totals(progress.load())[0]
    assert (total.chapter, total.right, total.exercises) == (chapter, 1, len(exercises))
    assert total.points == first.points + second.points / 2
    assert total.points_possible == sum(exercise.points for exercise in exercises)
    assert total.next_exercise == second.name
    progress.record_all({exercise.name: 1.0 for exercise in exercises})
    total = progress.totals(progress.load())[0]
    assert total.next_exercise is None
    assert total.points == total.points_possible > third.points
