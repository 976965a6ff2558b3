"""Who a submission is from, in the words of the platform that it came from.

A student's folder is a name for people to read. What a platform knows a student by is its own number, and that is kept
from ``collect`` to ``export`` and ``feedback``: for each chapter one file in ``.grading/origins``, not beside the
submission, so that neither a newer submission nor the sandbox comes near it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rnncourse.checking.kept_files import write_whole
from rnncourse.grading.records import FOLDER, GradingError

_FORMAT = 1
#: A folder's name is kept shorter than the 255 bytes that file systems take: nbgrader adds to it.
_LONGEST_NAME = 150
#: Invisible, and part of how names are spelt in many scripts.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Origin:
    """Where a submission came from.

    Attributes:
        platform: "canvas", "moodle", or "folders".
        name: the student's, as the platform writes it.
        id: the platform's number of the student, '' where it gives none. Canvas's is the student's in all chapters;
            Moodle gives another one for each assignment.
        file: the path of the file within the export.
        group: for whom it was handed in, where a group did.
        late: whether the platform marks it as late; None where it does not say. (When it was handed in stands in
            nbgrader's ``timestamp.txt`` beside the submission, where it is known.)
        put: when its work was put in place, in seconds since 1970: a result that is older is another version's.
    """

    platform: str
    name: str
    id: str = ""
    file: str = ""
    group: str = ""
    late: bool | None = None
    put: float = field(default=0.0, compare=False)


class Origins:
    """The origins of all submissions of a course.

    Args:
        course: the course folder; nothing is made in it before something is kept.
    """

    def __init__(self, course: Path):
        self.folder = course / FOLDER / "origins"

    def of(self, chapter: str) -> dict[str, Origin]:
        """The origin of each submission of a chapter, by the student's folder.

        Raises:
            GradingError: they were kept, and cannot be read.
        """
        path = self._path(chapter)
        try:
            kept = json.loads(path.read_bytes())
            if kept["format"] != _FORMAT:
                raise ValueError(f"format {kept['format']!r}, expected {_FORMAT}")
            return {student: Origin(**origin) for student, origin in kept["students"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise GradingError(
                f"{path}, which says who submissions are from, cannot be read: {error}. "
                "Take it away and collect the export once more: nothing that was graded is lost."
            ) from None

    def keep(self, chapter: str, origins: Mapping[str, Origin]) -> None:
        """Keep the origins of a chapter, instead of those that were kept.

        Raises:
            GradingError: they cannot be written.
        """
        kept = {"format": _FORMAT, "students": {student: asdict(origins[student]) for student in sorted(origins)}}
        path = self._path(chapter)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.folder.parent.chmod(0o700)
            write_whole(path, json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise GradingError(f"{path} cannot be written: {error.strerror}. Nothing that was there is lost.") from None

    def all(self) -> dict[str, dict[str, Origin]]:
        """The origins of every chapter, as ``of`` gives them."""
        chapters = sorted(path.stem for path in self.folder.glob("*.json")) if self.folder.is_dir() else []
        return {chapter: self.of(chapter) for chapter in chapters}

    def folders_by_id(self, platform: str) -> dict[str, str]:
        """The folder that a student has in some chapter, by the platform's number."""
        known = [(student, origin) for origins in self.all().values() for student, origin in origins.items()]
        return {origin.id: student for student, origin in known if origin.platform == platform and origin.id}

    def _path(self, chapter: str) -> Path:
        return self.folder / f"{chapter}.json"


def folder_name(name: str, number: str = "") -> str:
    """The name of a student's folder: what can be read of a name, no longer than file systems and nbgrader take.

    Args:
        name: the student's, in any script; '' comes back where nothing of it can be used.
        number: put behind it, to tell two of one name apart.
    """
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" and each not in _JOINERS else each for each in plain)
    plain = re.sub(r"\s+", " ", re.sub(r"[/\\:*?\"<>|]", "_", plain)).strip(" .")
    tail = f"_{number}" if number else ""
    cut = plain.encode()[: _LONGEST_NAME - len(tail.encode())].decode("utf-8", "ignore").rstrip(" .")
    return f"{cut}{tail}" if cut else number
