"""The quick tests and three chapters on every Python of a list that this machine has, each in its own environment.

python tools/pythons.py 3.12 3.13        (``make test-pythons`` calls it; ``.venv-3.12`` and ``.venv-3.13`` stay)
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Where pyenv keeps its interpreters.
PYENV = Path.home() / ".pyenv" / "versions"


def find(version: str) -> Path | None:
    """The interpreter of a version such as 3.12: on the path, or the newest of pyenv's; None if there is none.

    What is no version, a path for example, is none.
    """
    if not re.fullmatch(r"\d+\.\d+", version):
        return None
    found = shutil.which(f"python{version}")
    candidates = [Path(found)] if found else []
    candidates += sorted(PYENV.glob(f"{version}.*/bin/python3"), key=_patch, reverse=True)
    return next((path for path in candidates if _is(path, version)), None)


def _patch(path: Path) -> int:
    digits = path.parent.parent.name.rpartition(".")[2]
    return int(digits) if digits.isdecimal() else -1


def _is(python: Path, version: str) -> bool:
    """Whether it runs, and is what its name says: pyenv's stand-ins on the path exist without being set up."""
    asked = [str(python), "-c", "import sys; print('{}.{}'.format(*sys.version_info))"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def main(versions: list[str]) -> int:
    """Test with each; 0 if all that are here pass, 1 if one does not, 2 if none is here."""
    ended: dict[str, str] = {}
    for version in versions:
        python = find(version)
        if python is None:
            ended[version] = "not on this machine"
            continue
        print(f"Python {version}: {python}", flush=True)
        command = ["make", "test-quick", f"VENV=.venv-{version}", f"PYTHON={python}"]
        passed = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
        ended[version] = "passed" if passed else "FAILED"
    for version, how in ended.items():
        print(f"Python {version}: {how}")
    if not set(ended.values()) & {"passed", "FAILED"}:
        return 2
    return int("FAILED" in ended.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
