"""The journal of a project: nothing that was written is lost, whatever happens to the kernel or to the file."""

from __future__ import annotations

import json

import pytest

from rnncourse.journal import Journal


def test_records_outlive_the_kernel(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path).add({"what": "question", "run": 1})
    again = Journal(path)
    again.add({"what": "look", "run": 2})
    assert [record["run"] for record in Journal(path).records] == [1, 2]
    assert [record["run"] for record in again.records] == [1, 2]
    assert len(path.read_text().splitlines()) == 2


def test_a_line_that_was_cut_off_costs_that_line_alone(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path).add({"what": "one"})
    with path.open("a") as file:
        file.write('{"what": "cut o')
    Journal(path).add({"what": "two"})
    assert [record["what"] for record in Journal(path).records] == ["one", "two"]


@pytest.mark.parametrize(
    "line", ["[1, 2]", "nonsense", "[" * 30_000, '{"a": ' * 3000, "\udc80".encode("utf-8", "surrogatepass").hex()]
)
def test_lines_of_others_are_passed_over(tmp_path, line):
    path = tmp_path / "journal.jsonl"
    path.write_text(f"{line}\n{json.dumps({'what': 'mine'})}\n")
    assert [record["what"] for record in Journal(path).records] == ["mine"]


def test_a_journal_that_cannot_be_written_is_kept_in_memory_and_says_so(tmp_path):
    journal = Journal(tmp_path / "nowhere" / "journal.jsonl")
    assert journal.trouble == ""
    journal.add({"what": "one"})
    assert [record["what"] for record in journal.records] == ["one"]
    assert "journal.jsonl could not be written (No such file or directory)" in journal.trouble


def test_a_folder_in_its_place_is_said(tmp_path):
    assert "could not be read" in Journal(tmp_path).trouble


def test_without_a_file_it_remembers_this_run(tmp_path):
    journal = Journal(None)
    journal.add({"what": "one"})
    assert journal.records == [{"what": "one"}]
