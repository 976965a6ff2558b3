"""Tables as learning platforms and spreadsheets write them: a CSV in whatever letters, separators and line ends.

What is read is written back in the same form, cell by cell as it came.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rnncourse.checking.foreign_text import one_line
from rnncourse.grading.records import GradingError

#: A spreadsheet reads names of all scripts if this stands before them.
MARK = b"\xef\xbb\xbf"
_MARKS = ((MARK, "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SEPARATORS = (",", ";", "\t")
_LARGEST_TABLE = 64 * 1024**2
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
#: What a spreadsheet takes for the beginning of a formula, at the beginning of a cell or of what it takes for a cell.
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?")
_FORMULA = re.compile(r"((?:^|[;\t\r\n])\s*)([=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        path: of its file.
        rows: all of one length; the first holds the titles.
        encoding: of the letters.
        mark: the bytes before the first letter.
        separator, line_end: between cells and rows.
    """

    path: Path
    rows: list[list[str]]
    encoding: str = "utf-8"
    mark: bytes = b""
    separator: str = ","
    line_end: str = "\r\n"

    def with_rows(self, rows: Sequence[Sequence[str]]) -> Table:
        """The same table with other cells."""
        return replace(self, rows=[list(row) for row in rows])

    def number(self, cell: str, like: Sequence[str]) -> str:
        """A number as the table writes them: with a comma where other numbers of it have one.

        Args:
            cell: the number, with a point.
            like: cells that show how.
        """
        return cell.replace(".", ",") if any(_DECIMAL_COMMA.fullmatch(each.strip()) for each in like) else cell

    def content(self) -> bytes:
        """As it is written to a file: in the form in which it was read."""
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator=self.line_end).writerows(self.rows)
        return self.mark + text.getvalue().encode(self.encoding)


def read_table(path: Path) -> Table:
    """A table from a file.

    Args:
        path: UTF-8, UTF-16 or Latin-1; commas, semicolons or tabs; any line ends.

    Raises:
        GradingError: it is no such table; what was found and what to do are in the message.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST_TABLE else None
    except OSError as error:
        raise GradingError(f"{path}: {error.strerror}.") from None
    if content is None:
        raise GradingError(f"{path} has more than {_LARGEST_TABLE // 1024**2} MB. Is it the table?")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise GradingError(f"{path} is a spreadsheet, expected a CSV. Save it as CSV in UTF-8.")
    mark, encoding = next(((m, e) for m, e in _MARKS if content.startswith(m)), (b"", ""))
    text, encoding = _decoded(path, content[len(mark) :], encoding)
    separator = _separator(text)
    line_end = "\r\n" if "\r\n" in text else "\n" if "\n" in text else "\r"
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if row]
    except csv.Error as error:
        raise GradingError(f"{path} is no CSV: {error}. Export it again, and do not open it in between.") from None
    if not rows:
        raise GradingError(f"{path} is empty.")
    width = max(map(len, rows))
    return Table(path, [row + [""] * (width - len(row)) for row in rows], encoding, mark, separator, line_end)


def _decoded(path: Path, content: bytes, encoding: str) -> tuple[str, str]:
    """The text, and how it was written: by its mark, else UTF-8, else UTF-16 by its zeros, else Latin-1."""
    begins = content[:200]
    guesses = [encoding] if encoding else ["utf-8", "cp1252", "latin-1"]
    if not encoding and begins.count(0) > len(begins) / 4:
        guesses = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    for guess in guesses:
        try:
            text = content.decode(guess)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, guess
    raise GradingError(f"{path} is not text in UTF-8, UTF-16 or Latin-1. Export it again.")


def _separator(text: str) -> str:
    """What stands most often in the row of titles, quoted titles left out."""
    unquoted = "".join(text.lstrip().splitlines()[:1]).split('"')[::2]
    return max(_SEPARATORS, key=lambda each: sum(part.count(each) for part in unquoted))


def safe(text: str) -> str:
    """A text that no spreadsheet runs as a formula, nor a part of it that it may take for a cell of its own.

    A number below 0 begins like a formula, and stays as it is.
    """
    return text if _NEGATIVE.fullmatch(text) else _FORMULA.sub(r"\1'\2", text)


def csv_of(rows: Sequence[Sequence[str]]) -> bytes:
    """A table of our own as a file that platforms read: UTF-8, commas."""
    return Table(Path(), [[one_line(cell) for cell in row] for row in rows]).content()
