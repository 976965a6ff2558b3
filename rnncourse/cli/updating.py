"""A learner's copy beside a newer course: what is behind, and how it is brought up to date without losing a word.

The copy keeps, in ``.rnncourse/given/``, every version of a file that it was ever given: what differs from all of them
is the learner's. Nothing of the learner's is overwritten: where a file of theirs makes room, all of it is in
``before-update/`` first. Each step leaves a copy from which the next update goes on, wherever it is interrupted.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rnncourse.checking.kept_files import one_at_a_time, write_whole
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import files, versions

KEPT = "before-update"
#: What we keep in a copy, and nobody opens.
RECORDS = Path(".rnncourse")
_GIVEN = RECORDS / "given"
_LOCK = RECORDS / "lock"
_LEFT_OUT = {".ipynb_checkpoints", "__pycache__"}
_NEW = ".new"


class UpdateError(ValueError):
    """The copy cannot be updated now; the message says why. Nothing was lost."""


class State(StrEnum):
    """How a file of a copy stands to the course."""

    CURRENT = "up to date"
    MISSING = "missing"
    UNTOUCHED = "behind, as it was given"
    CHANGED = "behind, with work in it"
    UNREADABLE = "cannot be read"


class Deed(StrEnum):
    """What an update did with a file."""

    NOTHING = "up to date"
    ADDED = "added"
    REPLACED = "replaced"
    BESIDE = "new one beside it"
    MERGED = "new one, with your work in it"
    LEFT = "left as it is"


@dataclass(frozen=True)
class Standing:
    """A file of the course and what the copy has in its place.

    Attributes:
        name: of the file within the course.
        path: of the learner's file, which may have been renamed within its chapter.
        state: how they stand to each other.
        problem: why it cannot be read, or ''.
    """

    name: Path
    path: Path
    state: State
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What an update did with one file.

    Attributes:
        name: of the file within the course.
        deed: what was done.
        path: of the new file.
        kept: where all of the file is that made room, if one did that was not as it was given.
        changes: what the course has changed, cell by cell; for files that are behind.
        merged: what of the learner's is in the new one.
        problem: why the learner's file was left as it is, or ''.
    """

    name: Path
    deed: Deed
    path: Path
    kept: Path | None = None
    changes: tuple[versions.Change, ...] = ()
    merged: versions.Merged | None = None
    problem: str = ""


def released_files(release: Path) -> Iterator[Path]:
    """The files that a copy is made of."""
    for path in sorted(release.rglob("*")):
        if path.is_file() and not _LEFT_OUT & set(path.relative_to(release).parts):
            yield path


def record_path(copy: Path, name: Path, raw: bytes) -> Path:
    """Where a copy keeps what it was given."""
    return copy / _GIVEN / name / f"{hashlib.sha256(raw).hexdigest()[:16]}{name.suffix}"


def is_record(copy: Path, path: Path) -> bool:
    """Whether a file of a copy is ours, about what the copy was given, and nothing to read or to open."""
    return path.is_relative_to(copy / RECORDS)


def standings(copy: Path) -> list[Standing]:
    """How each file of the course stands in a copy. Nothing is changed."""
    release = files.course_folder()
    return [_Part(copy, path.relative_to(release), path).standing() for path in released_files(release)]


def update(copy: Path, answers: bool = False) -> Iterator[Outcome]:
    """Bring a copy up to date, one file after the other.

    Args:
        copy: the learner's.
        answers: whether the new version of a notebook with work in it takes that work over and takes its place.

    Yields:
        What was done with each file.

    Raises:
        UpdateError: another update is at work, or a file cannot be written.
        FileNotFoundError: this installation has no notebooks.
    """
    release = files.course_folder()
    try:
        (copy / _GIVEN).mkdir(parents=True, exist_ok=True)
        with one_at_a_time(copy / _LOCK, seconds=2) as alone:
            if not alone:
                raise UpdateError(f"Another update of {copy} is at work. Wait until it has ended.")
            for path in released_files(release):
                yield _Part(copy, path.relative_to(release), path).update(answers)
    except OSError as error:
        raise UpdateError(
            f"{error.filename or copy}: {error.strerror or error}. What was done before is listed; nothing is lost."
        ) from None


@dataclass(frozen=True)
class _Part:
    """One file of the course in a copy.

    Attributes:
        copy: the learner's folder.
        name: the file within it.
        source: the file of the course.
    """

    copy: Path
    name: Path
    source: Path

    def standing(self) -> Standing:
        """What the copy has in its place."""
        path = self._place()
        if not path.exists():
            return Standing(self.name, path, State.MISSING)
        try:
            return Standing(self.name, path, self._state_of(path))
        except files.NotebookError as error:
            return Standing(self.name, path, State.UNREADABLE, str(error))

    def update(self, answers: bool) -> Outcome:
        """Do what is to be done with it."""
        found = self.standing()
        if found.state is State.CURRENT:
            self._record()
            return Outcome(self.name, Deed.NOTHING, found.path)
        if found.state is State.MISSING:
            return self._add(found.path)
        if found.state is State.UNTOUCHED:
            return self._replace(found.path, self.source.read_bytes(), Deed.REPLACED)
        if found.state is State.CHANGED and answers and self._is_notebook:
            return self._merge(found.path)
        return self._put_beside(found)

    # ---------------------------------------------------------------------------------------------- what is there
    def _place(self) -> Path:
        """The learner's file: where it was put, or the one notebook of this chapter that is called otherwise."""
        path = self.copy / self.name
        if path.exists() or path.suffix != ".ipynb" or path.stem not in CHAPTERS or not path.parent.is_dir():
            return path
        others = [other for other in sorted(path.parent.glob("*.ipynb")) if not _is_beside(other, path)]
        renamed = [other for other in others if _chapter_in(other) == path.stem]
        return renamed[0] if len(renamed) == 1 else path

    def _state_of(self, path: Path) -> State:
        if not self._is_notebook:
            raw = path.read_bytes()
            if raw == self.source.read_bytes():
                return State.CURRENT
            return State.UNTOUCHED if record_path(self.copy, self.name, raw).exists() else State.CHANGED
        mine, new = files.read_whole(path), files.read_whole(self.source)
        if versions.fingerprint(mine) == versions.fingerprint(new):
            return State.CURRENT
        known = self._versions()
        if not known:  # a copy made before records were kept
            return State.CURRENT if versions.holds(mine, new) else State.CHANGED
        if versions.fingerprint(mine) in map(versions.fingerprint, known):
            return State.UNTOUCHED
        base = versions.base_of(mine, known)
        behind = base is None or versions.fingerprint(base) != versions.fingerprint(new)
        return State.CHANGED if behind else State.CURRENT

    def _records(self) -> list[Path]:
        """What was given, the last one last."""
        folder = self.copy / _GIVEN / self.name
        found = folder.glob(f"*{self.name.suffix}") if folder.is_dir() else ()
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def _versions(self) -> list[dict[str, Any]]:
        """The versions of a notebook that were given; a record that was damaged is none."""
        known = []
        for path in self._records() if self._is_notebook else ():
            with suppress(files.NotebookError):
                known.append(files.read_whole(path))
        return known

    # ------------------------------------------------------------------------------------------------ what is done
    def _record(self) -> None:
        """Note that the copy has been given what the course holds now."""
        raw = self.source.read_bytes()
        record = record_path(self.copy, self.name, raw)
        if not record.exists():
            record.parent.mkdir(parents=True, exist_ok=True)
            write_whole(record, raw, mode=0o666)

    def _add(self, path: Path) -> Outcome:
        """Put a file that the copy never had; one that the learner took away stays away."""
        if self._records():
            problem = f"it was taken away. To have it again: rnncourse start {self.copy} --add"
            return Outcome(self.name, Deed.LEFT, path, problem=problem)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, self.source.read_bytes(), mode=0o666)
        self._record()
        return Outcome(self.name, Deed.ADDED, path)

    def _replace(self, path: Path, content: bytes, deed: Deed, merged: versions.Merged | None = None) -> Outcome:
        """Put new content into the learner's file; all of the old one is kept first, unless it is as it was given."""
        old, changes = path.read_bytes(), self._changes(path)
        kept = self._keep_unless_given(path)
        if path.read_bytes() != old:
            raise UpdateError(f"{path} was saved just now. Close it in JupyterLab, then run the update again.")
        write_whole(path, content)
        self._record()
        return Outcome(self.name, deed, path, kept, changes, merged)

    def _merge(self, path: Path) -> Outcome:
        mine, new = files.read_whole(path), files.read_whole(self.source)
        merged = versions.merged(mine, versions.base_of(mine, self._versions()), new)
        if versions.fingerprint(merged.notebook) == versions.fingerprint(mine):  # an update was interrupted after this
            self._record()
            return Outcome(self.name, Deed.NOTHING, path)
        return self._replace(path, versions.as_bytes(merged.notebook), Deed.MERGED, merged)

    def _put_beside(self, found: Standing) -> Outcome:
        """The new file beside the learner's, and a page that says what changed."""
        changes = () if found.problem else self._changes(found.path)
        target = self._new_one_there()
        if target is None:
            target = self._free_place_beside()
            if target.exists():
                self._keep_unless_given(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, self.source.read_bytes(), mode=0o666)
        if changes:
            page = versions.as_page(f"What is new in {self.name.stem}", changes).encode()
            self._write_page(target.with_suffix(".md"), page)
        if not found.problem:
            self._record()
        return Outcome(self.name, Deed.BESIDE, target, changes=changes, problem=found.problem)

    def _changes(self, path: Path) -> tuple[versions.Change, ...]:
        """What the course has changed since the learner's file was made; nothing for what is no notebook."""
        if not self._is_notebook:
            return ()
        mine, new = files.read_whole(path), files.read_whole(self.source)
        base = versions.base_of(mine, self._versions())
        return tuple(versions.changes(mine if base is None else base, new))

    def _new_one_there(self) -> Path | None:
        """What an update has put beside already, made from what the course holds now, worked in or not."""
        known = [*self._versions(), *([files.read_whole(self.source)] if self._is_notebook else [])]
        for place in self._places_beside():
            if not place.exists():
                return None
            if place.read_bytes() == self.source.read_bytes():
                return place
            try:
                base = versions.base_of(files.read_whole(place), known) if self._is_notebook else None
            except files.NotebookError:
                continue
            if base is not None and versions.fingerprint(base) == versions.fingerprint(known[-1]):
                return place
        raise AssertionError("there is always a next number")

    def _free_place_beside(self) -> Path:
        """NAME.new.ipynb, or with a number where a new one that was put there before has been worked in."""
        given = {record.read_bytes() for record in self._records()}
        prints = set(map(versions.fingerprint, self._versions()))
        for place in self._places_beside():
            if not place.exists() or place.read_bytes() in given or self._print_of(place) in prints:
                return place
        raise AssertionError("there is always a next number")

    def _places_beside(self) -> Iterator[Path]:
        for number in itertools.count(1):
            mark = _NEW if number == 1 else f"{_NEW}-{number}"
            yield (self.copy / self.name).with_name(f"{self.name.stem}{mark}{self.name.suffix}")

    @property
    def _is_notebook(self) -> bool:
        return self.name.suffix == ".ipynb"

    def _print_of(self, path: Path) -> str:
        try:
            return versions.fingerprint(files.read_whole(path)) if self._is_notebook else ""
        except files.NotebookError:
            return ""

    def _keep_unless_given(self, path: Path) -> Path | None:
        content = path.read_bytes()
        return None if record_path(self.copy, self.name, content).exists() else self._keep(path, content)

    def _write_page(self, path: Path, page: bytes) -> None:
        """Write the page of changes; one that is there and says something else is kept."""
        if path.exists() and path.read_bytes() != page:
            self._keep(path, path.read_bytes())
        write_whole(path, page, mode=0o666)

    def _keep(self, path: Path, content: bytes) -> Path:
        """Put all of a file of the learner's into ``before-update/``, under a name that is free, or as it is there."""
        folder = self.copy / KEPT
        folder.mkdir(exist_ok=True)
        for number in itertools.count(1):
            place = folder / (path.name if number == 1 else f"{path.stem}-{number}{path.suffix}")
            if not place.exists():
                write_whole(place, content, mode=0o666)
                return place
            if place.read_bytes() == content:
                return place
        raise AssertionError("there is always a next number")


def _is_beside(path: Path, original: Path) -> bool:
    """Whether a file is one that an update has put beside a notebook."""
    return path.stem.startswith(f"{original.stem}{_NEW}")


def _chapter_in(path: Path) -> str:
    """The chapter of a notebook by the exercises in it; '' if it cannot be read."""
    try:
        return files.chapter_of_cells(files.read(path))
    except files.NotebookError:
        return ""
