"""The versions that were tested, one file for each Python: ``constraints/python-3.12.txt``.

What this environment has is what the tests run with; for another interpreter pip resolves the same versions, wherever
they exist there.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.desk import write_text
from tools.pythons import find

ROOT = Path(__file__).resolve().parent.parent
#: What is pinned: all that the course, its tests and its website need.
EXTRAS = ("cluster", "test", "site", "release")
#: What came with this Python is no wish for another: setuptools 65 does not run on 3.12.
_OF_PYTHON = ("pip", "setuptools")
_HEAD = "# Written by `make constraints`: versions that the tests ran with. README.md in this folder says what for.\n"


def installed() -> dict[str, str]:
    """Name and version of everything in this environment but the course itself."""
    found = {canonicalize_name(each.name): each.version for each in importlib.metadata.distributions()}
    return {name: version for name, version in sorted(found.items()) if name not in ("rnncourse", *_OF_PYTHON)}


def resolved(python: str, pins: dict[str, str], root: Path) -> tuple[str, dict[str, str]]:
    """What pip would install for an interpreter.

    Args:
        python: the interpreter.
        pins: versions that are wanted where they fit.
        root: the project.

    Returns:
        The interpreter's version, such as "3.12", and name and version of each package.

    Raises:
        subprocess.CalledProcessError: pip found no versions that fit together; it has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder, "wanted.txt"), Path(folder, "report.json")
        wanted.write_text(as_text(pins), encoding="utf-8")
        subprocess.run(
            [
                python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report),
                "--constraint", str(wanted), f"{root}[{','.join(EXTRAS)}]",
            ],
            check=True,
        )  # fmt: skip
        told = json.loads(report.read_text(encoding="utf-8"))
    found = {canonicalize_name(each["metadata"]["name"]): each["metadata"]["version"] for each in told["install"]}
    version = ".".join(told["environment"]["python_version"].split(".")[:2])
    return version, {name: number for name, number in sorted(found.items()) if name != "rnncourse"}


def as_text(pins: dict[str, str]) -> str:
    """A file that pip reads."""
    return _HEAD + "".join(f"{name}=={version}\n" for name, version in pins.items())


def pins_of(path: Path) -> dict[str, str]:
    """Name and version of each line of such a file."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def unpinned(requirements: list[str], pins: dict[str, str]) -> list[str]:
    """The requirements that no pin fulfils."""
    parsed = [Requirement(each) for each in requirements]
    return [
        str(each)
        for each in parsed
        if not each.specifier.contains(pins.get(canonicalize_name(each.name), ""), prereleases=True)
        or canonicalize_name(each.name) not in pins
    ]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """``python -m tools.constraints 3.12 …``: write the file of each version of Python, or of a path of one."""
    parser = argparse.ArgumentParser(prog="python -m tools.constraints", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pythons", nargs="*", default=[sys.executable], metavar="PYTHON", help="3.12, or a path")
    pins = installed()
    for python in parser.parse_args(arguments).pythons:
        program = find(python) if re.fullmatch(r"\d+\.\d+", python) else None
        version, found = resolved(str(program or python), pins, root)
        path = root / "constraints" / f"python-{version}.txt"
        write_text(path, as_text(found))
        print(f"{path}: {len(found)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
