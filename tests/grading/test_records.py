"""What the grader keeps between runs: results, old and new, a lock, files that are whole."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import subprocess

import pytest

from rnncourse.checking.verdicts import Status
from rnncourse.exercises import find
from rnncourse.grading.records import GradingError, Records
from rnncourse.grading.runs import Result

from hostile.making import CHAPTER
from made_classes import (
    command,
    expected_scores,
    scores_of,
)
from sandboxed import needs_sandbox


@pytest.mark.long
@needs_sandbox
def test_two_graders_at_once_do_not_meet(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    both = [subprocess.Popen(command(course, "--force"), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate()[1] for each in both]
    assert sorted(each.returncode for each in both) in ([0, 2], [0, 0])
    assert all(not words or "Another grader is at work" in words for words in said)
    assert scores_of(course) == expected_scores(3)


#: A result as it was kept since the first version of the grader: cells know what they answer and ask, not their marks.
OLD = {
    "format": 1, "recorded": True, "student": "ada", "chapter": CHAPTER, "fingerprint": "abc",
    "verdicts": [
        {"exercise": "neuron_step", "status": "partly right", "advice": "Look at b.", "mistake": "bias left out",
         "share": 0.5},
        {"exercise": "run_neuron", "status": "right", "advice": "", "mistake": None, "share": 1.0},
    ],
    "cells": [
        {"kind": "markdown", "source": "# Notes", "answers": "", "asks": "", "original": True, "outputs": []},
        {"kind": "code", "source": "x = 1", "answers": "neuron_step", "asks": "", "original": False,
         "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}]},
        {"kind": "code", "source": "grade()", "answers": "", "asks": "neuron_step", "original": False, "outputs": []},
    ],
    "remarks": ["moved"], "look": ["by chance"], "seconds": 1.5, "cpu_seconds": 1.25, "memory": 300, "log": "",
}  # fmt: skip


def test_a_record_of_an_older_version_is_read_and_written_as_it_was(tmp_path):
    records = Records(tmp_path)
    path = records.result_path("ada", CHAPTER)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(OLD))
    result, recorded = records.load("ada", CHAPTER)
    assert recorded
    assert [(v.exercise, v.status, v.mistake) for v in result.verdicts] == [
        ("neuron_step", Status.PARTLY, "bias left out"), ("run_neuron", Status.RIGHT, None),
    ]  # fmt: skip
    assert [(c.kind, c.mark, c.original) for c in result.cells] == [
        ("markdown", "", True), ("code", "neuron_step", False), ("code", "neuron_step_test", False),
    ]  # fmt: skip
    assert result.points == find("neuron_step").points / 2 + find("run_neuron").points
    records.mark_recorded(result)
    new = {"fault": "", "worth": None, "own_worth": {}, "own": {}, "cards": {}}
    assert json.loads(path.read_text()) == OLD | new
    records.save(result)
    assert json.loads(path.read_text()) == OLD | new | {"recorded": False}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', json.dumps(OLD | {"verdicts": 3}), json.dumps(OLD | {"cells": [3]}),
             json.dumps(OLD | {"verdicts": [{"exercise": "neuron_step", "status": "perfect"}]})],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_none_at_all(tmp_path, text):
    records = Records(tmp_path)
    path = records.result_path("ada", CHAPTER)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert records.load("ada", CHAPTER) is None
    assert records.all_of(CHAPTER) == []


def test_results_are_kept_by_student_whatever_a_student_is_called(tmp_path):
    records = Records(tmp_path)
    for student in ("../../etc", "Ann Lee", "b/ob", "Zoë"):
        records.save(Result(student, CHAPTER, "", [], []))
    assert sorted(result.student for result in records.all_of(CHAPTER)) == ["../../etc", "Ann Lee", "Zoë", "b/ob"]
    assert not (tmp_path.parent / "etc.json").exists()
    assert records.all_of("03_manual_rnn") == []


def test_g11_the_secret_of_a_course_is_made_once_and_for_its_owner_only(tmp_path):
    assert Records(tmp_path).seed() == Records(tmp_path).seed()
    path = tmp_path / ".grading" / "seed"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.write_text("no number")
    assert 0 <= Records(tmp_path).seed() == Records(tmp_path).seed() < 2**128


def test_who_holds_the_lock_is_named_and_then_forgotten(tmp_path):
    records, others = Records(tmp_path), Records(tmp_path)
    with records.locked():
        with (
            pytest.raises(GradingError, match=rf"at work in this course \(process {os.getpid()}\)\. Wait"),
            others.locked(),
        ):
            raise AssertionError("both are in")
        (tmp_path / ".grading" / "holder").unlink()
        with pytest.raises(GradingError, match=r"at work in this course\. Wait"), others.locked():
            raise AssertionError("both are in")
    with others.locked():
        pass
    assert not (tmp_path / ".grading" / "holder").exists()


def test_the_lock_is_the_one_that_older_graders_take(tmp_path):
    records = Records(tmp_path)
    (tmp_path / ".grading").mkdir()
    with (tmp_path / ".grading" / "lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(GradingError, match="Another grader"), records.locked():
            raise AssertionError("both are in")
    with records.locked():
        pass


def test_a_full_disk_is_said_with_the_file(tmp_path, monkeypatch):
    records = Records(tmp_path)

    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(GradingError, match=r"ada\.json cannot be written: No space left on device\. Nothing that was"):
        records.save(Result("ada", CHAPTER, "", [], []))
    assert records.load("ada", CHAPTER) is None
