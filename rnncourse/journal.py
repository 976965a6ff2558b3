"""The JOURNAL of a project: a file to which lines are added and from which none is taken.

It outlives the kernel. A notebook that is run again begins a new run in it; so a second look at a test part is seen
however often the notebook was restarted in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_MOST_BYTES = 4_000_000
_LONGEST_LINE = 20_000


class Journal:
    """Lines of JSON, one per record, each written at once.

    Args:
        path: the file; None to keep them in memory only.

    Attributes:
        records: all of them, those of earlier runs first.
        trouble: why the file could not be read or written; '' where it could.
    """

    def __init__(self, path: str | Path | None):
        self.path = None if path is None else Path(path).absolute()
        self.trouble = ""
        self.records: list[dict[str, Any]] = list(self._kept())

    def add(self, record: dict[str, Any]) -> None:
        """Add one record. Where the file cannot be written, it is kept in memory, and ``trouble`` says why."""
        self.records.append(record)
        if self.path is None:
            return
        try:
            with self.path.open("a+b") as file:  # in one piece: another notebook may add lines as well
                file.write(f"{_gap(file)}{json.dumps(record, allow_nan=False)}\n".encode("ascii"))
        except OSError as error:
            self.trouble = f"The journal {self.path.name} could not be written ({error.strerror or error})."

    def _kept(self) -> Iterator[dict[str, Any]]:
        """What runs before this one have left; a line that was cut off is passed over."""
        if self.path is None:
            return
        try:
            with self.path.open("rb") as file:
                lines = file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            self.trouble = f"The journal {self.path.name} could not be read ({error.strerror or error})."
            return
        yield from (record for line in lines if (record := _record(line)) is not None)


def _gap(file: BinaryIO) -> str:
    """A new line where the last one was cut off, by a full disk for example."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 1))
    return "" if not end or file.read(1) == b"\n" else "\n"


def _record(line: str) -> dict[str, Any] | None:
    if len(line) > _LONGEST_LINE:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
