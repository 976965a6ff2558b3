"""When a submission was handed in: a time stamp as a platform, a script or a person has written it.

nbgrader has due dates, extensions and penalties, and reads a stamp from ``timestamp.txt`` beside the submission. What
it cannot read it drops, and a zone that it does not know it takes for UTC. Here a stamp is read or named, not guessed.
"""

from __future__ import annotations

import codecs
import functools
import re
import stat
import warnings
import zoneinfo
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import dateutil.parser

FILE = "timestamp.txt"
_LARGEST = 1000
_YEARS = range(2000, 2100)
_EXPECTED = "expected for example 2026-05-01 23:59:00 UTC or 2026-05-01T23:59:00+02:00"
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_YEAR_FIRST = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{8}(T|\b)|\d{4}\D\d{3}\b")
_PLACE = re.compile(r"^(.*\d.*?)[\s\[(]+([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)[\])]?$")
#: dateutil takes the sign of such an offset as POSIX does, the other way round.
_AHEAD = re.compile(r"\b(?:GMT|UTC) ?(?=[+-]\d)")
_REMARK = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True)
class Stamp:
    """When a submission was handed in.

    Attributes:
        time: in UTC, without a zone, as nbgrader keeps it; None where it is not known.
        problem: why the stamp that is there cannot be read; '' for one that can, and where there is none.
    """

    time: datetime | None = None
    problem: str = ""

    def __str__(self) -> str:
        """In the notation that nbgrader writes and reads."""
        return "" if self.time is None else f"{self.time:%Y-%m-%d %H:%M:%S.%f} UTC"


@dataclass(frozen=True)
class Lateness:
    """What there is to say about when a submission was handed in.

    Attributes:
        student, chapter: whose, and of what.
        seconds: how long after its due date, extensions counted; 0 where it was in time or nothing is known.
        penalty: points that it costs, by nbgrader's plugin.
        before: points that it cost before this run.
        problem: why the time stamp, or the penalty, is not known.
        marked: whether the platform calls it late, though there is no time stamp to count from.
        stamped: whether there is a time stamp that can be read.
        due: whether there is a due date.
    """

    student: str
    chapter: str
    seconds: float = 0.0
    penalty: float = 0.0
    before: float = 0.0
    problem: str = ""
    marked: bool = False
    stamped: bool = False
    due: bool = False

    @property
    def is_unclear(self) -> bool:
        """Whether a penalty may be missing, because nobody knows when it was handed in, or what that costs."""
        return bool(self.problem) or (self.marked and self.due)

    @property
    def changed(self) -> bool:
        """Whether the penalty is another one than before: the stamp, a date, the plugin or the score has changed."""
        return abs(self.penalty - self.before) > 1e-6

    @property
    def is_worth_a_word(self) -> bool:
        """Whether an instructor is told."""
        return bool(self.seconds or self.penalty or self.changed or self.problem or self.marked)


class _UnclearError(ValueError):
    """What a stamp says can be read in several ways; the message says which part of it."""


def read_stamp(folder: Path) -> Stamp:
    """The time stamp beside a submission; nothing raises here for what somebody wrote into it.

    Args:
        folder: of the submission.
    """
    path = folder / FILE
    try:
        told = path.lstat()
        if not stat.S_ISREG(told.st_mode):
            return Stamp(problem=f"{FILE} is not a file but a link or a folder")
        if told.st_size > _LARGEST:
            return Stamp(problem=f"{FILE} has {told.st_size} bytes, {_EXPECTED}")
        return parsed(_decoded(path.read_bytes()))
    except FileNotFoundError:
        return Stamp()
    except OSError as error:
        return Stamp(problem=f"{FILE} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return Stamp(problem=f"{FILE} is not text in UTF-8 or UTF-16")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    if b"\0" in content[:2]:  # half of the bytes of plain letters are zero
        return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le")
    return content.decode("utf-8")


def parsed(text: str) -> Stamp:
    """What a time stamp says.

    Args:
        text: as it was written. Without a zone it is read as UTC, as nbgrader does.
    """
    words = " ".join(text.replace("\0", " ").split())
    shown = repr(words if len(words) <= 60 else f"{words[:60]}…")
    if not words:
        return Stamp(problem=f"{FILE} is empty")
    try:
        time = _time_of(words)
    except _UnclearError as error:
        return Stamp(problem=f"the time stamp {shown} is not clear: {error}")
    except (ValueError, OverflowError, RecursionError):
        return Stamp(problem=f"the time stamp {shown} cannot be read, {_EXPECTED}")
    return Stamp(time)


def _time_of(words: str) -> datetime:
    """A point in time, in UTC without a zone.

    Raises:
        _UnclearError: the zone, or the order of day and month, may mean several things.
        ValueError: this is no point in time.
    """
    words, zone = _without_place(words)
    if words.isdecimal() and len(words) not in (12, 14):
        raise _UnclearError("a number of seconds, or a date without dashes?")
    year = datetime.now(UTC).year
    found = _read(words, datetime(year, 1, 1), False)
    if found != _read(words, datetime(year - 1, 2, 2, 1), False):
        raise _UnclearError("the year, the month, the day or the time of day is missing")
    if not _YEAR_FIRST.match(words) and found != _read(words, datetime(year, 1, 1), True):
        raise _UnclearError("which number is the day, and which the month?")
    if found.year not in _YEARS:
        raise ValueError
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone or UTC)
    return found.astimezone(UTC).replace(tzinfo=None)


def _read(words: str, default: datetime, day_first: bool) -> datetime:
    def zone_of(name: str | None, seconds: int | None) -> tzinfo | None:
        if seconds is not None:
            return timezone(timedelta(seconds=seconds))
        return _zone_called(name, default.year) if name else None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dateutil's, about zones that are asked for here
        return dateutil.parser.parse(words, default=default, dayfirst=day_first, tzinfos=zone_of)


def _without_place(words: str) -> tuple[str, tzinfo | None]:
    """A stamp without "Europe/Berlin" behind it, and that zone; without "(Central European Time)" behind an offset."""
    match = _PLACE.match(words)
    if match is None:
        return _AHEAD.sub("", _REMARK.sub("", words)), None
    try:
        return match[1], zoneinfo.ZoneInfo(match[2])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise _UnclearError(f"there is no time zone {match[2]}") from None


def _zone_called(name: str, year: int) -> tzinfo:
    """The zone of an abbreviation, if all the world means the same by it."""
    offsets = _abbreviations(year).get(name, set())
    if len(offsets) == 1:
        return timezone(next(iter(offsets)))
    hours = ", ".join(f"{offset / timedelta(hours=1):+g} h" for offset in sorted(offsets))
    raise _UnclearError(f"the time zone {name} is {hours}" if offsets else f"no time zone is called {name}")


@functools.cache
def _abbreviations(year: int) -> dict[str, set[timedelta]]:
    """What each abbreviation of a time zone means, anywhere, in winter or in summer."""
    found: dict[str, set[timedelta]] = defaultdict(set)
    for name in zoneinfo.available_timezones():
        zone = zoneinfo.ZoneInfo(name)
        for month in (1, 7):
            time = datetime(year, month, 1, tzinfo=zone)
            offset = time.utcoffset()
            if offset is not None:
                found[time.tzname() or ""].add(offset)
    return dict(found)
