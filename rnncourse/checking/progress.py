"""What a learner has solved so far, kept in ``progress.json`` in the learner's own copy of the course.

The file is the learner's: plain JSON, never sent anywhere, never needed for anything but ``rnncourse progress``.
Recording happens inside a learner's notebook, so it never raises there and never loses what was recorded before.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnncourse.checking.kept_files import one_at_a_time, write_whole
from rnncourse.exercises import CHAPTERS

FILE_NAME = "progress.json"
_LOCK_NAME = ".progress.lock"
_VERSION_KEY = "rnncourse progress"
_VERSION = 1
_LOCK_SECONDS = 2.0


class DamagedProgressError(ValueError):
    """The progress file cannot be read; the message says why."""


class NewerProgressError(ValueError):
    """The progress file was written by a newer rnncourse; this one leaves it alone."""


@dataclass(frozen=True)
class ChapterTotal:
    """How far a learner is in one chapter.

    Attributes:
        chapter: its name.
        right: number of exercises that are all right.
        exercises: number of exercises.
        points: points earned, parts included.
        points_possible: points of the chapter.
        next_exercise: the first exercise that is not all right, or None.
    """

    chapter: str
    right: int
    exercises: int
    points: float
    points_possible: float
    next_exercise: str | None


def create(folder: str | Path) -> Path:
    """Start an empty progress file.

    Args:
        folder: the learner's copy of the course.

    Returns:
        The file.

    Raises:
        FileExistsError: there is one already; it is left alone.
        OSError: the folder cannot be written to.
    """
    path = Path(folder) / FILE_NAME
    with path.open("x", encoding="utf-8") as file:
        file.write(_as_text({}))
    return path


def find_copy(start: str | Path | None = None) -> Path | None:
    """The learner's copy of the course that a folder belongs to: itself or the nearest folder above with our file.

    Args:
        start: where to begin; the working directory by default.

    Returns:
        The copy's folder, or None. Somebody else's ``progress.json`` is passed over.
    """
    try:
        here = Path.cwd() if start is None else Path(start).resolve()
        return next((folder for folder in (here, *here.parents) if _is_ours(folder)), None)
    except OSError:  # the working directory was deleted, or a folder above may not be read
        return None


def record(name: str, share: float, folder: str | Path | None = None) -> bool:
    """Note how much of an exercise is right, if that is the best so far.

    Nothing is recorded while nbgrader runs the notebook, or outside a copy made by ``rnncourse start``.

    Args:
        name: name of the exercise.
        share: share of its points, 0 to 1.
        folder: where to look for the copy; the working directory by default.

    Returns:
        Whether the file holds the result now. Nothing raises here: a full disk must not stop a notebook.
    """
    return record_all({name: share}, folder)


def record_all(shares: Mapping[str, float], folder: str | Path | None = None) -> bool:
    """As ``record``, for several exercises at once."""
    if "NBGRADER_EXECUTION" in os.environ:
        return False
    try:
        copy = find_copy(folder)
        if copy is None:
            return False
        with one_at_a_time(copy / _LOCK_NAME, _LOCK_SECONDS):  # without a lock the merge alone must do
            _merge(copy / FILE_NAME, shares)
    except Exception:
        return False
    return True


def load(folder: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """What is recorded: name of the exercise -> ``{"share": 0 to 1, "passed": date or None}``.

    Args:
        folder: where to look for the copy; the working directory by default.

    Raises:
        FileNotFoundError: the folder belongs to no copy of the course.
        DamagedProgressError: the file is not what was once written.
        NewerProgressError: a newer rnncourse wrote it.
    """
    copy = find_copy(folder)
    if copy is None:
        raise FileNotFoundError(f"{Path(folder or '.').resolve()} is not in a copy made by rnncourse start.")
    return _read(copy / FILE_NAME)


def totals(recorded: Mapping[str, Mapping[str, Any]]) -> list[ChapterTotal]:
    """Exercises and points, chapter by chapter.

    Args:
        recorded: what ``load`` returned. Exercises that this version of the course does not have are passed over.
    """
    return [_total(chapter, recorded) for chapter in CHAPTERS]


def _total(chapter: str, recorded: Mapping[str, Mapping[str, Any]]) -> ChapterTotal:
    exercises = CHAPTERS[chapter]
    shares = {exercise.name: recorded.get(exercise.name, {}).get("share", 0.0) for exercise in exercises}
    return ChapterTotal(
        chapter=chapter,
        right=sum(share == 1 for share in shares.values()),
        exercises=len(exercises),
        points=sum(exercise.earned(shares[exercise.name]) for exercise in exercises),
        points_possible=sum(exercise.points for exercise in exercises),
        next_exercise=next((name for name, share in shares.items() if share < 1), None),
    )


def _is_ours(folder: Path) -> bool:
    """Whether the folder's ``progress.json`` is the course's, even if it was damaged since."""
    path = folder / FILE_NAME
    if not path.is_file():
        return False
    try:
        _read(path)
    except NewerProgressError:
        return True
    except DamagedProgressError:
        text = path.read_text(encoding="utf-8", errors="replace")
        return _VERSION_KEY in text or any((folder / chapter).is_dir() for chapter in CHAPTERS)
    return True


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """The entries of a progress file.

    Raises:
        DamagedProgressError: it is not JSON or not of our form.
        NewerProgressError: its version is newer than ours.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DamagedProgressError(f"{path} is not JSON: {error}.") from None
    version = data.get(_VERSION_KEY) if isinstance(data, dict) else None
    if isinstance(version, int) and version > _VERSION:
        raise NewerProgressError(f"{path} was written by a newer rnncourse: pip install --upgrade rnncourse.")
    entries = data.get("exercises") if version == _VERSION else None
    if not isinstance(entries, dict) or not all(_is_entry(entry) for entry in entries.values()):
        raise DamagedProgressError(f"{path} is JSON, but not a progress file of this course.")
    return entries


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    share = entry.get("share")
    return isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1


def _merge(path: Path, shares: Mapping[str, float]) -> None:
    """Bring new results into the file; called with the lock held."""
    try:
        entries = _read(path)
    except DamagedProgressError:
        _set_aside(path)
        entries = {}
    except FileNotFoundError:  # set aside by another kernel between our look and our lock
        entries = {}
    better = {name: share for name, share in shares.items() if share > entries.get(name, {"share": 0})["share"]}
    if not better and path.exists():
        return
    today = datetime.date.today().isoformat()
    for name, share in better.items():
        entries[name] = {"share": round(float(share), 4), "passed": today if share == 1 else None}
    write_whole(path, _as_text(entries).encode())


def _as_text(entries: Mapping[str, Mapping[str, Any]]) -> str:
    return json.dumps({_VERSION_KEY: _VERSION, "exercises": dict(entries)}, indent=2, ensure_ascii=False) + "\n"


def _set_aside(path: Path) -> Path:
    """Move a damaged file to ``progress.damaged.json``, or ``progress.damaged-2.json`` … where that is taken."""
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        aside = path.with_name(f"{path.stem}.damaged{suffix}{path.suffix}")
        if not os.path.lexists(aside):
            return path.rename(aside)
        number += 1
