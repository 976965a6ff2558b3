"""Submissions as a learning platform exports them, put into nbgrader's layout: SUBMITTED/STUDENT/CHAPTER/.

The first part of a file's path says whose it is (``platforms``), never a folder or a file inside. What the platform
knows the student by is kept (``identity``). Whatever is wrong with one file, the others are collected.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path, PurePosixPath

from rnncourse.checking.kept_files import write_whole
from rnncourse.grading.groups import Groups
from rnncourse.grading.identity import Origin, Origins, folder_name
from rnncourse.grading.lateness import FILE as STAMP_FILE
from rnncourse.grading.lateness import Stamp
from rnncourse.grading.platforms import (
    CANVAS,
    FOLDERS,
    MOODLE,
    Sender,
    Sent,
    is_junk,
    lie_in_a_folder,
    plain,
    sent_by_pattern,
    sent_by_platform,
    sent_in_folder,
)
from rnncourse.grading.records import FOLDER, GradingError
from rnncourse.grading.unpacking import Export, Member, UnreadableError, opened
from rnncourse.notebooks.files import Cell, chapter_of_cells

_LARGEST_STAMP_FILE = 1000
#: More notebooks of one student than this are not compared with each other.
_MOST_NOTEBOOKS = 50
_NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # some browsers add the rest
_MARK = re.compile(rb'"grade_id"\s*:\s*"(\w{1,100})"')


@dataclass
class Collected:
    """What was made of an export. Students are named by their folders, files by their paths within the export.

    Attributes:
        new: students whose submission was put in place.
        replaced: students whose older submission was moved aside.
        unchanged: students whose submission was there already.
        differing: students whose submission differs from the one that is there, and was left out.
        older: students of whom something newer is there; left out.
        chosen: which of several notebooks of a student was taken.
        spread: students whose notebooks of the chapter lie in several folders: they may be several students'.
        elsewhere: students whose notebook seems to be another chapter's; it was put in place.
        without: who handed in files, no notebook among them.
        unreadable: notebooks that cannot be taken, each with the reason.
        unknown: files from whose path no student could be read, or whose folder is another's.
        ungrouped: who is in none of the groups that were given, and was taken for a single student.
        alike: students whose name others have, too, whose folders therefore hold a number.
        left_out: files that are no notebooks and no student's.
    """

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    spread: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    ungrouped: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there was any notebook, or a student who should have had one."""
        told = (self.new, self.replaced, self.unchanged, self.differing, self.older, self.without, self.unreadable)
        return any(told) or bool(self.unknown)

    @property
    def to_mend(self) -> bool:
        """Whether something needs a person."""
        told = (self.differing, self.spread, self.elsewhere, self.without, self.unreadable, self.unknown)
        return any(told) or bool(self.ungrouped)


@dataclass(frozen=True)
class Settings:
    """How an export is read.

    Attributes:
        update: let a newer submission take the place of an older one.
        pattern: a regular expression over the path within the export, with a group ``student``; '' for none.
        groups: who hands in together.
        zone: the dates of the export's files are when they were handed in, by the clocks of this zone; None where they
            are not: Canvas and Moodle date all files with the moment of the download.
    """

    update: bool = False
    pattern: str = ""
    groups: Groups | None = None
    zone: tzinfo | None = None


@dataclass
class _HandIn:
    """All that one student, or one group, handed in."""

    sender: Sender
    notebooks: list[tuple[Sent, Member]] = field(default_factory=list)
    stamps: dict[str, Member] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Taken:
    """The notebook that was taken of what a student handed in."""

    content: bytes
    stamp: bytes
    sent: Sent
    path: str


def collect(source: Path, chapter: str, submitted: Path, course: Path, settings: Settings | None = None) -> Collected:
    """Put the notebooks of an export into SUBMITTED/STUDENT/CHAPTER/.

    Args:
        source: a folder, or a zip of one.
        chapter: which chapter they are submissions of.
        submitted: nbgrader's folder of submissions.
        course: the course folder; what an update replaces is kept in it.
        settings: how the export is read.

    Raises:
        GradingError: the source cannot be read, or is larger than any class.
    """
    settings, found = settings or Settings(), Collected()
    with opened(source) as export:
        handed_in = _by_sender(export, settings, found)
        if settings.groups is not None:
            alone = [each.sender for each in handed_in if not settings.groups.receivers(each.sender)[0][1]]
            found.ungrouped = [" ".join(filter(None, (sender.name, sender.id))) for sender in alone]
        shelf = _Shelf(chapter, submitted, course, settings.update, found)
        shelf.expect(receiver for each in handed_in for receiver, _ in _receivers(each, settings))
        try:
            for each in handed_in:
                taken = _take(export, each, chapter, settings, found)
                if taken is not None:
                    for receiver, group in _receivers(each, settings):
                        shelf.put(receiver, group, taken)
        finally:
            shelf.close()
    return found


# ------------------------------------------------------------------------------------------------- whose files are
def _by_sender(export: Export, settings: Settings, found: Collected) -> list[_HandIn]:
    """What each handed in, the last to hand in first: where a student has two, the later one is put in place."""
    members = [member for member in export.members if not is_junk(member.path)]
    notebooks = [member.path for member in members if _is_notebook(member.path)]
    whose = _way_to_tell(notebooks or [m.path for m in members if sent_by_platform(m.path)], settings.pattern)
    by_sender: dict[Sender, _HandIn] = {}
    for member in members:
        sent = None if member.leads_out else whose(member.path)
        if sent is None:
            words = f"{member.path} ({member.problem})" if member.problem else member.path
            (found.unknown if _is_notebook(member.path) else found.left_out).append(words)
            continue
        one = by_sender.setdefault(sent.sender, _HandIn(sent.sender))
        if _is_notebook(member.path):
            one.notebooks.append((sent, member))
        elif PurePosixPath(sent.file).name == STAMP_FILE:
            one.stamps[sent.file] = member
        else:
            one.others.append(member.path)
    return sorted(by_sender.values(), key=lambda one: -max((sent.number for sent, _ in one.notebooks), default=0))


def _is_notebook(path: str) -> bool:
    return _NOTEBOOK.search(path) is not None


def _way_to_tell(paths: Sequence[str], pattern: str) -> Callable[[str], Sent | None]:
    """How to tell whose a file is: by the instructor's pattern, as a platform writes it, or by a folder of their own.

    One way for a whole export: where a platform made it, a folder that it would not make is nobody's.
    """
    if pattern:
        compiled = _compiled(pattern)
        return lambda path: sent_by_pattern(path, compiled)
    sent = [found for found in map(sent_by_platform, paths) if found is not None]
    if sent:
        _expect_numbers_of_files(sent)
        return sent_by_platform
    around = lie_in_a_folder(paths)
    if around:
        raise GradingError(
            f"All of the export lies in a folder {around!r}: unpack it, and collect that folder. "
            "If it is a student's own: --pattern '(?P<student>[^/]+)/'"
        )
    return sent_in_folder


def _expect_numbers_of_files(sent: Sequence[Sent]) -> None:
    """Canvas numbers files: a number that stands on several files of one student is something else's, the course's say.

    Raises:
        GradingError: there is such a number.
    """
    counts = Counter((each.sender.id, each.number) for each in sent if each.number)
    twice = [number for (_, number), count in counts.items() if count > 1]
    if twice:
        raise GradingError(
            f"The names look like those of Canvas, but {twice[0]} is the number of several. Another platform's? "
            "Say how a path names the student: --pattern '(?P<student>…)'"
        )


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise GradingError(f"--pattern is no regular expression: {error}.") from None
    if "student" not in compiled.groupindex:
        raise GradingError("--pattern has no group (?P<student>…), expected one that matches the student's name.")
    return compiled


def _receivers(each: _HandIn, settings: Settings) -> list[tuple[Sender, str]]:
    """Whose it is: the student's, or each member's of the group whose name stands on it."""
    return settings.groups.receivers(each.sender) if settings.groups else [(each.sender, "")]


# --------------------------------------------------------------------------------------------- which of several
def _take(export: Export, one: _HandIn, chapter: str, settings: Settings, found: Collected) -> _Taken | None:
    """The notebook of this chapter, or what is nearest to it: by its exercises, its name, the time of handing in."""
    best: tuple[_Rank, bytes, Sent, Member] | None = None
    read, folders = [], set()
    for sent, member in _likely_first(one.notebooks, chapter):
        try:
            content = export.content(member)
        except UnreadableError as error:
            found.unreadable.append(f"{member.path} ({error})")
            continue
        read.append(member.path)
        rank = _rank(sent, content, chapter, len(read))
        folders.update([str(PurePosixPath(sent.file).parent)] if rank[0] else [])
        if best is None or rank > best[0]:
            best = rank, content, sent, member
    if best is None:
        if not one.notebooks and one.others:
            found.without.append(f"{one.sender.name or one.sender.id} ({', '.join(one.others[:3])})")
        return None
    (of_chapter, *_), content, sent, member = best
    if len(read) > 1:
        found.chosen.append(f"{member.path} of {len(read)} ({', '.join(p for p in read[:5] if p != member.path)})")
    if len(folders - {"."}) == len(folders) > 1:
        found.spread.append(f"{one.sender.name} ({', '.join(sorted(folders)[:5])})")
    if not of_chapter and _chapter_in(content):
        found.elsewhere.append(f"{member.path} ({_chapter_in(content)})")
    return _Taken(content, _stamp(export, one, sent, member, chapter, settings), sent, member.path)


#: What a notebook is chosen by, the weightiest first: whether it holds exercises of the chapter, whether it has its
#: name, the platform's number of the file, the counter in its name, how few folders it is in, its place in the export.
_Rank = tuple[bool, bool, int, int, int, int]


def _rank(sent: Sent, content: bytes, chapter: str, place: int) -> _Rank:
    return _chapter_in(content) == chapter, sent.stem == chapter, sent.number, sent.times, -sent.file.count("/"), place


def _likely_first(notebooks: list[tuple[Sent, Member]], chapter: str) -> list[tuple[Sent, Member]]:
    """The notebooks of one student, no more than are compared."""
    likely = sorted(notebooks, key=lambda each: (each[0].stem != chapter, -each[0].number, -each[0].times))
    kept = {id(each[1]) for each in likely[:_MOST_NOTEBOOKS]}
    return [each for each in notebooks if id(each[1]) in kept]


def _chapter_in(content: bytes) -> str:
    """The chapter most of whose exercises are marked in a notebook, '' if none; it need not be whole JSON."""
    return chapter_of_cells([Cell("code", "", mark.decode()) for mark in set(_MARK.findall(content))])


def _stamp(export: Export, one: _HandIn, sent: Sent, member: Member, chapter: str, settings: Settings) -> bytes:
    """When it was handed in, as nbgrader reads it; empty where nobody says.

    A ``timestamp.txt`` counts where nbgrader itself puts it: a student's own folder is full of what the student likes.
    """
    written = one.stamps.get(f"{chapter}/{STAMP_FILE}")
    if one.sender.platform == FOLDERS and written is not None:
        with suppress(UnreadableError):
            return export.content(written, _LARGEST_STAMP_FILE)
    if settings.zone is None or member.changed is None:
        return b""
    changed = member.changed if member.changed.tzinfo else member.changed.replace(tzinfo=settings.zone)
    return str(Stamp(changed.astimezone(UTC).replace(tzinfo=None))).encode()


# ------------------------------------------------------------------------------------------------ into its place
class _Shelf:
    """The submissions of a chapter, where they lie and whose they are."""

    def __init__(self, chapter: str, submitted: Path, course: Path, update: bool, found: Collected):
        self._chapter, self._submitted, self._course = chapter, submitted, course
        self._update, self._found = update, found
        self._kept = Origins(course)
        self._origins = self._kept.of(chapter)
        self._of_canvas = self._kept.folders_by_id(CANVAS)
        self._alike: set[str] = set()
        self._filled: dict[str, tuple[str, str]] = {}

    def expect(self, receivers: Iterable[Sender]) -> None:
        """Learn which names several students have, in this export or before, ahead of giving any a folder."""
        ids: dict[tuple[str, str], set[str]] = {}
        known = [(chapter, origin) for chapter, origins in self._kept.all().items() for origin in origins.values()]
        senders = [(chapter, Sender(origin.platform, origin.name, origin.id)) for chapter, origin in known]
        for chapter, sender in senders + [(self._chapter, receiver) for receiver in receivers]:
            if sender.platform == MOODLE:
                ids.setdefault((chapter, plain(sender.name)), set()).add(sender.id)
        self._alike = {name for (_, name), numbers in ids.items() if len(numbers) > 1}

    def put(self, receiver: Sender, group: str, taken: _Taken) -> None:
        """Put a submission in place; what is there already is kept, or moved aside where an update is asked for."""
        student, who = self._folder(receiver), _who(receiver)
        known = self._origins.get(student)
        others = self._filled.get(student, who) != who or (known is not None and _is_anothers(known, receiver))
        if not student or others:
            why = f"{student} is another's folder" if student else "no folder can have this name"
            self._found.unknown.append(f"{taken.path} ({why})")
        elif student in self._filled:
            self._found.chosen.append(f"{student}'s later one, not {taken.path}")
        elif self._place(student, taken) and (receiver.id or known is None or not known.id):
            put = known.put if known is not None and student in self._found.unchanged else time.time()
            self._origins[student] = Origin(
                receiver.platform, receiver.name, receiver.id, taken.path, group, taken.sent.late, put
            )
        self._filled.setdefault(student, who)

    def close(self) -> None:
        """Keep whose the submissions are."""
        if self._filled:
            self._kept.keep(self._chapter, self._origins)

    def _folder(self, receiver: Sender) -> str:
        """The student's folder: Canvas's number stands in it; Moodle's, another in each chapter, only where it must."""
        if receiver.platform == CANVAS:
            name = "" if receiver.id.startswith(f"{receiver.name}_") else receiver.name
            student = self._of_canvas.get(receiver.id) or folder_name(name, receiver.id)
        elif receiver.platform == MOODLE:
            here = {origin.id: student for student, origin in self._origins.items() if origin.platform == MOODLE}
            number = receiver.id if plain(receiver.name) in self._alike else ""
            student = here.get(receiver.id) or folder_name(receiver.name, number)
            self._found.alike.extend([student] if number and receiver.id not in here else [])
        else:
            student = folder_name(receiver.name)
        return student

    def _place(self, student: str, taken: _Taken) -> bool:
        """Write a notebook where it belongs; False where what stands there is to stay, or counts as the later one."""
        folder = self._submitted / student / self._chapter
        path = folder / f"{self._chapter}.ipynb"
        older, there = self._is_older(student, taken), os.path.lexists(path)
        if not there or _holds(path, taken.content):
            (self._found.unchanged if there else self._found.new).append(student)
        elif older or not self._update:
            (self._found.older if older else self._found.differing).append(student)
            return False
        else:
            _move(folder, self._course / FOLDER / "replaced" / student, self._chapter)
            self._found.replaced.append(student)
        folder.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(path):
            write_whole(path, taken.content, mode=0o666)
        if taken.stamp and not os.path.lexists(folder / STAMP_FILE):
            write_whole(folder / STAMP_FILE, taken.stamp, mode=0o666)
        return not older

    def _is_older(self, student: str, taken: _Taken) -> bool:
        """Whether the platform counted the file that is there after this one."""
        known = self._origins.get(student)
        there = sent_by_platform(known.file) if known is not None else None
        return there is not None and 0 < taken.sent.number < there.number


def _who(sender: Sender) -> tuple[str, str]:
    """One student under all spellings of the name."""
    return sender.platform, sender.id or f"called {sender.name}"


def _is_anothers(known: Origin, receiver: Sender) -> bool:
    """Whether a folder is known to be of a student with another number."""
    return bool(known.id and receiver.id) and (known.platform, known.id) != (receiver.platform, receiver.id)


def _holds(path: Path, content: bytes) -> bool:
    """Whether a plain file is there that holds this."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != len(content):
        return False
    return path.read_bytes() == content


def _move(folder: Path, aside: Path, chapter: str) -> None:
    """Move a submission out of the way, under a name that nothing has."""
    aside.mkdir(parents=True, exist_ok=True)
    now = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{chapter}-{now}{again}" for again in ("", *(f"-{count}" for count in range(2, 10_000))))
    shutil.move(folder, next(aside / name for name in names if not os.path.lexists(aside / name)))
