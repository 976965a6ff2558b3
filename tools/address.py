"""The address of the public repository: it stands in ``pyproject.toml``, and everything else follows from there.

As long as nobody has published the course, it is a placeholder. ``make address REPOSITORY=https://github.com/you/course``
writes the true one into every file that has to name it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.desk import write_text

ROOT = Path(__file__).resolve().parent.parent
#: Nobody's repository: what stands in for the true address until there is one.
PLACEHOLDER = "https://github.com/OWNER/rnncourse"
_FORM = re.compile(r"https://[\w.-]+(?:/[\w.-]+){2,}")


def address(root: Path = ROOT) -> str:
    """The address as ``[project.urls]`` has it, without a slash at its end."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Source"])


def published(root: Path = ROOT) -> str:
    """The address for pages that link to it: of the environment's REPOSITORY, else of the project; '' if nobody's."""
    found = (os.environ.get("REPOSITORY") or address(root)).rstrip("/").removesuffix(".git")
    return "" if found == PLACEHOLDER else found


def files_that_name_it(root: Path = ROOT) -> list[Path]:
    """The files of the project, as git knows them, that hold the address."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    texts = [root / name for name in listed if Path(name).suffix in (".md", ".toml", ".yml", ".yaml", ".cff", ".json")]
    return [path for path in texts if path.is_file() and address(root) in path.read_text(encoding="utf-8")]


def move(new: str, root: Path = ROOT) -> list[Path]:
    """Write another address into every file that names the present one.

    Args:
        new: https://host/owner/name.
        root: the project.

    Returns:
        The files that were changed.

    Raises:
        ValueError: this is no address of a repository.
    """
    new = new.rstrip("/").removesuffix(".git")
    if not _FORM.fullmatch(new):
        raise ValueError(f"{new!r} is no address of a repository: give one like {PLACEHOLDER}.")
    old, changed = address(root), files_that_name_it(root)
    for path in changed:
        write_text(path, path.read_text(encoding="utf-8").replace(old, new))
    return changed


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """``python -m tools.address [ADDRESS]``: say where the repository is, or write where it is from now on."""
    parser = argparse.ArgumentParser(prog="python -m tools.address", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("new", nargs="?", metavar="ADDRESS", help="https://github.com/you/course")
    options = parser.parse_args(arguments)
    if options.new is None:
        print(address(root))
        return 0
    try:
        for path in move(options.new, root):
            print(path.relative_to(root))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
