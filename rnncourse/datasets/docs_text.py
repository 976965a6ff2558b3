"""Text that every Python brings along: its own language reference, which ``help()`` shows."""

from __future__ import annotations

import re
from functools import cache

_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


@cache
def load_docs_text() -> str:
    """The topics of Python's language reference, one after the other in the order of their names.

    Curly quotes and long dashes become plain ones; other characters beyond ASCII are left out. The text differs a
    little from one version of Python to the next: about 460 000 characters of about 95 kinds.

    Returns:
        Printable ASCII characters and line ends.

    Source: the module ``pydoc_data.topics`` of the standard library; licence: that of Python.
    """
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[name].strip() for name in sorted(topics))
    return re.sub(r"[^\n -~]", "", text.translate(_PLAIN))
