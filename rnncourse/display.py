"""What is shown below a cell: rich output where a notebook can show it, readable text in a terminal or a script."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import IPython.display
from IPython import get_ipython


def in_notebook() -> bool:
    """Whether a kernel runs this code: then a notebook, or a page like it, shows what is published."""
    return getattr(get_ipython(), "kernel", None) is not None


def show_output(bundle: Mapping[str, Any], elsewhere: str) -> None:
    """Show one output in its richest form.

    Args:
        bundle: media type -> the output in that form, published in a notebook as it is.
        elsewhere: what is printed in a terminal or a script, where IPython would print the bundle itself.
    """
    if in_notebook():
        IPython.display.display(dict(bundle), raw=True)
    else:
        _print(elsewhere)


def _print(text: str) -> None:
    """Print; a console whose code page lacks a character shows a question mark for it."""
    try:
        print(text)
    except UnicodeEncodeError:
        print(text.encode(sys.stdout.encoding, errors="replace").decode(sys.stdout.encoding))
