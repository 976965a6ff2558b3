"""What the grader keeps between runs: results, a key, a lock. All of it lies in one folder of the course, ``.grading``.

A result is written to a new file, which then takes the old one's place: there is no moment at which half of it is
there. So the grader can be killed at any time; the next run finds what was finished and does the rest.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rnncourse.checking.kept_files import one_at_a_time, write_whole
from rnncourse.grading.runs import Result

FOLDER = ".grading"
_FORMAT = 1
#: Says which process holds the lock; the lock's own file is the lock's.
_HOLDER = "holder"


class GradingError(RuntimeError):
    """Grading cannot begin, or go on; the message says why and what to do."""


class Records:
    """The folder ``.grading`` of a course.

    Args:
        course: the course folder; ``.grading`` is made in it when something is kept, not before.
    """

    def __init__(self, course: Path):
        self.folder = course / FOLDER

    def _make(self) -> None:
        try:
            (self.folder / "results").mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise GradingError(f"{self.folder} cannot be written to: {error.strerror}.") from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock: one grader at a time.

        Raises:
            GradingError: another grader is at work here, or the folder cannot be written to.
        """
        self._make()
        with one_at_a_time(self.folder / "lock", 0) as alone:
            if not alone:
                raise GradingError(
                    f"Another grader is at work in this course{self._holder()}. "
                    "Wait until it has finished, then try again."
                )
            self._write(self.folder / _HOLDER, str(os.getpid()).encode())
            try:
                yield
            finally:
                (self.folder / _HOLDER).unlink(missing_ok=True)

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            return f" (process {int((self.folder / _HOLDER).read_text())})"
        return ""

    def seed(self) -> int:
        """A number that is the course's own: it chooses the cases on which answers are graded."""
        path = self.folder / "seed"
        with suppress(FileNotFoundError, ValueError):
            return int(path.read_text())
        chosen = secrets.randbelow(2**31)
        self._write(path, str(chosen).encode())
        return chosen

    def result_path(self, student: str, chapter: str) -> Path:
        """The file of one result. Names are quoted, so that no name leads elsewhere."""
        return self.folder / "results" / chapter / f"{quote(student, safe=' ')}.json"

    def save(self, result: Result) -> None:
        """Keep a result; what was recorded of an older one is forgotten.

        Raises:
            GradingError: the disk is full, or the folder cannot be written to.
        """
        path = self.result_path(result.student, result.chapter)
        self._write(path, json.dumps({"format": _FORMAT, "recorded": False, **result.to_dict()}).encode())

    def load(self, student: str, chapter: str) -> tuple[Result, bool] | None:
        """A result, and whether it is in the gradebook; None where there is none that can be read."""
        try:
            data: dict[str, Any] = json.loads(self.result_path(student, chapter).read_bytes())
            if data.pop("format") != _FORMAT:
                return None
            recorded = bool(data.pop("recorded"))
            return Result.from_dict(data), recorded
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def mark_recorded(self, result: Result) -> None:
        """Note that a result is in the gradebook."""
        path = self.result_path(result.student, result.chapter)
        self._write(path, json.dumps({"format": _FORMAT, "recorded": True, **result.to_dict()}).encode())

    def all_of(self, chapter: str) -> list[Result]:
        """Every result of a chapter, by student."""
        from urllib.parse import unquote

        folder = self.folder / "results" / chapter
        names = sorted(unquote(path.stem) for path in folder.glob("*.json")) if folder.is_dir() else []
        found = [self.load(name, chapter) for name in names]
        return [each[0] for each in found if each is not None]

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        self._make()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            raise GradingError(f"{path} cannot be written: {error.strerror}. Nothing that was there is lost.") from None
