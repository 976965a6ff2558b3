"""Words that somebody else chose (names of students and files, errors, remarks), as they may be said.

What a terminal, a log, a table or a page would obey is shown and not done: an escape sequence could wipe out or forge a
line, a line break could add one, and a change of direction lets a name read as another.
"""

from __future__ import annotations

import re

#: Longer is nothing that a line can say.
LONGEST = 600
#: Control characters, half characters, and what is obeyed but not seen. Not among them: U+200C and U+200D, with which
#: Persian and Indian names are spelled.
_OBEYED = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_IN_A_TEXT = re.compile(f"[{_OBEYED}]")
_IN_A_LINE = re.compile(f"[{_OBEYED}\t\n\r]")


def visible(text: str) -> str:
    """A text of several lines in which nothing but line breaks and tabs is obeyed; the rest is written as in Python."""
    return _IN_A_TEXT.sub(_written, text)


def one_line(text: str, longest: int = LONGEST) -> str:
    """A text on one line, with nothing in it that is obeyed.

    Args:
        text: a name, an error, a remark.
        longest: how many characters are said at most; what is left out in the middle is marked.
    """
    if len(text) > longest:
        text = f"{text[: longest - longest // 3]} … {text[-(longest // 3) :]}"
    return _IN_A_LINE.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
