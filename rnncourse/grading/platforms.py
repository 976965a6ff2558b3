"""Whose a file of an export is, read from the first part of its path, as Canvas and Moodle write it.

Canvas joins with "_": the name that it sorts by, in lower case without blanks and punctuation; LATE, if so; the
student's number; the file's number; the file's own name. A group's name may stand for the student's. In anonymous
grading it is ``anon`` and five letters instead of name and number (Canvas, lib/content_zipper.rb).

Moodle makes a folder ``Full name_NNNN_assignsubmission_file_``, without the last "_" since 4.1, or puts the same before
a file's name. Names hold no "_" there, but some sites put the user's before them, with one. The words of the second
half are the same in every language; "file" is the kind of submission (Moodle, mod/assign/classes/downloader.php).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from rnncourse.exercises import CHAPTERS

CANVAS, MOODLE, FOLDERS = "canvas", "moodle", "folders"

_CANVAS_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon)_(?P<id>[A-Za-z0-9]{5})_(?P<number>[0-9]+)_(?P<file>.+)", re.DOTALL
)
_CANVAS = re.compile(
    r"(?P<name>[^/]*?)(?P<late>_late)?_(?P<id>[0-9]+)_((?P<number>[0-9]+)_(?P<file>.+)|(?P<online>(text|link)\.html))",
    re.DOTALL | re.IGNORECASE,
)
_MOODLE = re.compile(
    r"(?P<name>[^/_]+)(_(?P<id>[0-9]+))?_assignsubmission_(?P<plugin>[a-z]+)(_(?P<file>.*))?", re.DOTALL
)
#: With the user's name before it, in a folder alone: a file's own name is its student's, and could look like this.
_MOODLE_USER = re.compile(r"(?P<name>[^/]+?)_(?P<id>[0-9]+)_assignsubmission_(?P<plugin>[a-z]+)_?(?P<file>)", re.DOTALL)
#: What Canvas, browsers and Moodle put behind the name of a file that is handed in again: x-1.ipynb, x (1).ipynb.
_AGAIN = re.compile(r"(?:-| ?\()(?P<times>[0-9]{1,4})\)?$")
_JUNK = {"__MACOSX", "__pycache__"}


@dataclass(frozen=True)
class Sender:
    """Whom a file is from, as the export names them.

    Attributes:
        platform: CANVAS, MOODLE, or FOLDERS, where a folder is named after the student.
        name: as it is written there.
        id: the platform's number, '' where there is none.
    """

    platform: str
    name: str
    id: str = ""


@dataclass(frozen=True)
class Sent:
    """What the path of a file says.

    Attributes:
        sender: whom it is from.
        file: the student's own name of it.
        late: whether it is marked as late; None where the platform does not say.
        number: the platform's number of the file: what was handed in later has a larger one. 0 where there is none.
    """

    sender: Sender
    file: str
    late: bool | None = None
    number: int = 0

    @property
    def stem(self) -> str:
        """The student's own name of the file, without its kind and the counter of a resubmission."""
        return _AGAIN.sub("", PurePosixPath(self.file).stem).strip()

    @property
    def times(self) -> int:
        """How often a file of this name had been handed in before, by the counter in its name."""
        again = _AGAIN.search(PurePosixPath(self.file).stem)
        return int(again["times"]) if again else 0


def is_junk(path: str) -> bool:
    """Whether a file is none of a student's: of a Mac's forks, a hidden one, a checkpoint."""
    sent = sent_by_platform(path)
    parts = PurePosixPath(path if sent is None else sent.file).parts
    return bool(_JUNK & set(parts)) or any(part.startswith(".") and part != ".." for part in parts)


def sent_by_platform(path: str) -> Sent | None:
    """Whose a file is where Canvas or Moodle made the export; None where neither writes such a path."""
    first, _, rest = path.partition("/")
    moodle = _MOODLE.fullmatch(first) or (_MOODLE_USER.fullmatch(first) if rest else None)
    if moodle is not None:
        sender = Sender(MOODLE, moodle["name"].strip(), moodle["id"] or "")
        return Sent(sender, rest or moodle["file"] or "")
    anonymous = None if rest else _CANVAS_ANONYMOUS.fullmatch(first)
    if anonymous is not None:
        sender = Sender(CANVAS, anonymous["name"], f"anon_{anonymous['id']}")
        return Sent(sender, anonymous["file"], bool(anonymous["late"]), int(anonymous["number"]))
    canvas = None if rest else _CANVAS.fullmatch(first)
    if canvas is not None:
        sender = Sender(CANVAS, canvas["name"], canvas["id"])
        return Sent(sender, canvas["file"] or canvas["online"], bool(canvas["late"]), int(canvas["number"] or 0))
    return None


def sent_in_folder(path: str) -> Sent | None:
    """Whose a file is where each student has a folder: the first part of its path names them, nothing inside does."""
    first, _, rest = path.partition("/")
    return Sent(Sender(FOLDERS, first), rest) if rest else None


def lie_in_a_folder(paths: Iterable[str]) -> str:
    """The folder around a whole export, as zip programs make it; '' where there is none.

    In it are files as a platform names them, or the folders of several students; one student has one of each chapter.
    """
    parts = [path.partition("/") for path in paths]
    around = {first for first, _, _ in parts}
    inside = [rest for _, _, rest in parts]
    folders = {rest.partition("/")[0] for rest in inside if "/" in rest} - set(CHAPTERS)
    whole = bool(inside) and (all(map(sent_by_platform, inside)) or len(folders) > 1)
    return around.pop() if len(around) == 1 and whole else ""


def sent_by_pattern(path: str, pattern: re.Pattern[str]) -> Sent | None:
    """Whose a file is by a pattern of the instructor's, with a group ``student`` and, if it likes, one ``id``."""
    match = pattern.search(path)
    if match is None or not (match["student"] or "").strip():
        return None
    number = match["id"] if "id" in pattern.groupindex else None
    return Sent(Sender(FOLDERS, match["student"].strip(), number or ""), PurePosixPath(path).name)


def plain(name: str) -> str:
    """A name as it can be compared with what a platform makes of it: its letters and digits, in lower case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LMN")
