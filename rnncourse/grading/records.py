"""What the grader keeps between runs: results, a key, a lock. All of it lies in one folder of the course, ``.grading``.

A result is written to a new file, which then takes the old one's place: there is no moment at which half of it is
there. So the grader can be killed at any time; the next run finds what was finished and does the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rnncourse.checking.kept_files import one_at_a_time, write_whole
from rnncourse.grading.runs import Result

FOLDER = ".grading"
_FORMAT = 1
_SECRET_BITS = 128
#: Says which process holds the lock; the lock's own file is the lock's.
_HOLDER = "holder"
#: What is there before anything is kept: a folder with nothing else in it is of no use to anybody.
_NOTHING_KEPT = {"lock", _HOLDER, "seed", "results"}
#: Bytes of a file's name; file systems take 255.
_LONGEST_NAME = 200
#: Said of a result that is here and has not reached the gradebook.
NOT_ENTERED = "It is not in the gradebook yet: a grader was stopped, or could not write to it. Grade once more."


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
        new = not self.folder.exists()
        self._make()
        with self._gone_if_for_nothing(new), one_at_a_time(self.folder / "lock", 0) as alone:
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

    @contextmanager
    def _gone_if_for_nothing(self, new: bool) -> Iterator[None]:
        """Take a new folder away again where nothing came to be kept in it."""
        try:
            yield
        finally:
            kept = {path.name for path in self.folder.glob("*")} - _NOTHING_KEPT
            if new and not kept and not any(self.folder.glob("results/*")):
                shutil.rmtree(self.folder, ignore_errors=True)

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            return f" (process {int((self.folder / _HOLDER).read_text())})"
        return ""

    def seed(self) -> int:
        """A number that is the course's own secret: it chooses the cases on which answers are graded.

        It is made once. Whoever loses it gets another; what is graded stays as it is.
        """
        path = self.folder / "seed"
        with suppress(FileNotFoundError, ValueError):
            return int(path.read_text())
        chosen = secrets.randbits(_SECRET_BITS)
        self._write(path, str(chosen).encode())
        return chosen

    def result_path(self, student: str, chapter: str) -> Path:
        """The file of one result. Names are quoted, so that no name leads elsewhere; a long one ends in a digest."""
        name = quote(student, safe=" ")
        if len(name) > _LONGEST_NAME:  # no quoted name has a plus sign
            name = f"{name[: _LONGEST_NAME // 2]}+{hashlib.sha256(student.encode()).hexdigest()[:32]}"
        return self.folder / "results" / chapter / f"{name}.json"

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
            found = self._read(self.result_path(student, chapter))
        except OSError:
            return None
        return found if found is not None and found[0].student == student else None

    def _read(self, path: Path) -> tuple[Result, bool] | None:
        """What is in a file; None where it is no result. Errors of the disk are raised."""
        content = path.read_bytes()
        try:
            data: dict[str, Any] = json.loads(content)
            if data.pop("format") != _FORMAT:
                return None
            recorded = bool(data.pop("recorded"))
            return Result.from_dict(data), recorded
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def mark_recorded(self, result: Result) -> None:
        """Note that a result is in the gradebook."""
        path = self.result_path(result.student, result.chapter)
        self._write(path, json.dumps({"format": _FORMAT, "recorded": True, **result.to_dict()}).encode())

    def all_of(self, chapter: str) -> list[Result]:
        """Every result of a chapter, by student. Those that are not in the gradebook say so, as a fault."""
        found: list[tuple[Result, bool]] = []
        for path in (self.folder / "results" / chapter).glob("*.json"):
            with suppress(OSError):
                found += filter(None, [self._read(path)])
        results = [result if recorded or result.fault else _not_entered(result) for result, recorded in found]
        return sorted(results, key=lambda result: result.student)

    def ungraded(self, chapter: str) -> list[Result]:
        """The results of a chapter that have a fault, by student: what the gradebook says of them is no grade."""
        return [result for result in self.all_of(chapter) if result.fault]

    def keep_fault(self, result: Result) -> None:
        """Keep that a submission is ungraded. A grade of this very submission, from before, stays what it was.

        Raises:
            GradingError: the disk is full, or the folder cannot be written to.
        """
        before = self.load(result.student, result.chapter)
        graded = before is not None and before[1] and before[0].fingerprint == result.fingerprint
        if not graded:
            self.save(result)

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        self._make()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            raise GradingError(f"{path} cannot be written: {error.strerror}. Nothing that was there is lost.") from None


def _not_entered(result: Result) -> Result:
    """A result without what would be taken for a grade."""
    return replace(result, verdicts=[], cells=[], look=[], fault=NOT_ENTERED)
