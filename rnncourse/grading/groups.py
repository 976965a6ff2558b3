"""Groups that hand in together: who is in which, from a CSV.

Canvas exports one (People, the set of groups, "Download Course Roster CSV"): group_name, canvas_user_id, name. For
Moodle a grading worksheet with the column Group does, or any CSV with the columns group, identifier, full name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnncourse.grading.platforms import Sender, plain
from rnncourse.grading.records import GradingError
from rnncourse.grading.tables import Table, read_table

#: The columns that are asked for, each by the first of its titles that is there.
_GROUP = ("group_name", "group")
_ID = ("canvas_user_id", "identifier", "id")
_NAME = ("name", "full name", "student")


@dataclass(frozen=True)
class Groups:
    """The groups of a class.

    Attributes:
        members: the number and the name of each who is in it, by the group's name.
    """

    members: Mapping[str, Mapping[str, str]]

    def receivers(self, sender: Sender) -> list[tuple[Sender, str]]:
        """Whose a submission is, and the group's name: each member of the group whose name stands on it, with their
        own number; the sender alone, and '', where it is the name of no group."""
        for group, members in self.members.items():
            if plain(group) == plain(sender.name):
                return [(Sender(sender.platform, name, number), group) for number, name in members.items()]
        return [(sender, "")]


def read_groups(path: Path) -> Groups:
    """The groups of a CSV.

    Args:
        path: of the CSV, with the columns group_name (or group), canvas_user_id (or identifier, id), name.

    Raises:
        GradingError: it cannot be read, a column is missing, or a student is in two groups.
    """
    table = read_table(path)
    group, number, name = (_column(table, titles) for titles in (_GROUP, _ID, _NAME))
    members: dict[str, dict[str, str]] = {}
    group_of: dict[str, str] = {}
    for row in table.rows[1:]:
        digits = re.search(r"([0-9]+)\s*$", row[number])
        called = row[group].strip()
        if not called or digits is None:  # Canvas lists students without a group, too
            continue
        if group_of.setdefault(digits[1], called) != called:
            raise GradingError(f"{path}: {row[name]} is in two groups, {group_of[digits[1]]} and {called}.")
        members.setdefault(called, {})[digits[1]] = row[name].strip()
    if not members:
        raise GradingError(f"{path} names no member of any group.")
    return Groups(members)


def _column(table: Table, titles: Sequence[str]) -> int:
    """The place of a column that has one of these titles, in whatever case."""
    head = [title.strip().lower() for title in table.rows[0]]
    place = next((head.index(title) for title in titles if title in head), None)
    if place is None:
        raise GradingError(
            f"{table.path} has no column {' or '.join(titles)}, expected one that names the group, the student's "
            f"number and the student. It has: {', '.join(table.rows[0])}."
        )
    return place
