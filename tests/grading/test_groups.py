"""Who is in which group, from the CSVs of Canvas and Moodle."""

from __future__ import annotations

import pytest

from rnncourse.grading.groups import read_groups
from rnncourse.grading.platforms import Sender
from rnncourse.grading.records import GradingError

CANVAS = """name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id
"Doe, Jane",12,s12,jane@x.edu,A,Project 3,7,
"Roe, Ann",13,s13,ann@x.edu,A,Project 3,7,
"Poe, E",14,s14,e@x.edu,B,"Project, 4",8,
Nobody,15,s15,n@x.edu,B,,,
"""
MOODLE = "Identifier,Full name,Status,Group,Grade\nParticipant 5,Jane Doe,,Group A,\nParticipant 6,Bob Roe,,Group A,\n"


def groups_of(tmp_path, text: str):
    (tmp_path / "groups.csv").write_text(text)
    return read_groups(tmp_path / "groups.csv")


def test_groups_of_canvas_and_moodle_are_read(tmp_path):
    canvas = groups_of(tmp_path, CANVAS)
    assert canvas.members == {"Project 3": {"12": "Doe, Jane", "13": "Roe, Ann"}, "Project, 4": {"14": "Poe, E"}}
    assert canvas.receivers(Sender("canvas", "project3", "13")) == [
        (Sender("canvas", "Doe, Jane", "12"), "Project 3"),
        (Sender("canvas", "Roe, Ann", "13"), "Project 3"),
    ]
    alone = Sender("canvas", "project33", "13")
    assert canvas.receivers(alone) == [(alone, "")]
    assert groups_of(tmp_path, MOODLE).members == {"Group A": {"5": "Jane Doe", "6": "Bob Roe"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CANVAS + '"Doe, Jane",12,,,,"Project, 4",,\n', "Doe, Jane is in two groups, Project 3 and Project, 4"),
        (CANVAS.replace("group_name", "team"), "no column group_name or group, expected one that names the group"),
        (CANVAS.replace("canvas_user_id", "who"), "no column canvas_user_id or identifier or id"),
        ("group,id,name\n,1,x\n", "names no member of any group"),
    ],
)
def test_groups_that_are_not_clear_are_refused(tmp_path, text, words):
    with pytest.raises(GradingError, match=words):
        groups_of(tmp_path, text)
