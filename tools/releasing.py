"""Whether the project says one thing of its version, before a release carries it to everybody."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def version(root: Path = ROOT) -> str:
    """The version that the package has."""
    text = (root / "rnncourse" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


def disagreements(root: Path = ROOT, tag: str = "") -> list[str]:
    """What says another version than the package.

    Args:
        root: the project.
        tag: that of the release, or '' before there is one.
    """
    here = version(root)
    changes = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    said = {"CHANGELOG.md begins with": changes and changes[1], "CITATION.cff has": cited and cited[1]}
    if tag:
        said["the tag is"] = tag.removeprefix("v")
    return [f"{where} {what}, the package {here}" for where, what in said.items() if what != here]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """``python -m tools.releasing [TAG]``: exit code 1 where something says another version."""
    parser = argparse.ArgumentParser(prog="python -m tools.releasing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("tag", nargs="?", default="", help="v0.2.0")
    found = disagreements(root, parser.parse_args(arguments).tag)
    for each in found:
        print(each, file=sys.stderr)
    if not found:
        print(version(root))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
