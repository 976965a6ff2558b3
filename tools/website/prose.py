"""README, GRADING and their like as pages: links between them lead to pages, links to files to the repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_SOURCE = re.compile(r'\b(?P<kind>src|srcset)="(?P<target>[^":]+)"')
_ELSEWHERE = re.compile(r"[a-z]+:")


def page_of(path: Path, root: Path, pages: Mapping[str, str], repository: str) -> tuple[str, list[Path]]:
    """A file of prose as a page at the root of the site.

    Args:
        path: the file.
        root: the project.
        pages: the page that each file of the project has become, both by name.
        repository: address of the public repository, or '' where there is none yet; then such a link is only its text.

    Returns:
        The markdown, and the pictures that it shows.
    """
    pictures: list[Path] = []

    def place(target: str) -> str:
        return (path.parent / target).resolve().relative_to(root.resolve()).as_posix()

    def linked(found: re.Match[str]) -> str:
        if _ELSEWHERE.match(found["target"]):
            return found[0]
        name, anchor = place(found["target"]), found["anchor"] or ""
        if name in pages:
            return f"[{found['text']}]({pages[name]}{anchor})"
        return f"[{found['text']}]({repository}/blob/main/{name})" if repository else found["text"]

    def shown(found: re.Match[str]) -> str:
        if _ELSEWHERE.match(found["target"]):  # a badge: the site loads nothing from elsewhere
            return found["alt"]
        pictures.append(root / place(found["target"]))
        return f"![{found['alt']}](_pictures/{pictures[-1].name})"

    def shown_in_html(found: re.Match[str]) -> str:
        pictures.append(root / place(found["target"]))
        return f'{found["kind"]}="media/{pictures[-1].name}"'

    parts = re.split(r"(^```.*?^```|`[^`\n]+`)", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for n in range(0, len(parts), 2):  # what stands between backticks is left alone
        parts[n] = _SOURCE.sub(shown_in_html, _PICTURE.sub(shown, parts[n]))
    text = "".join(parts)
    pieces = re.split(r"(^```.*?^```)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(piece if n % 2 else _LINK.sub(linked, piece) for n, piece in enumerate(pieces)), pictures
