"""Set the course up in a virtual environment, for learners: one line that moves, and what is big is said before.

python tools/install.py .venv          (``make lab`` calls it; it needs nothing but Python)
python tools/install.py .venv test     (with an extra of pyproject.toml, as ``make test`` does)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Gigabytes, measured on Linux with Python 3.11: what is fetched, TensorFlow's part of it, what is on the disk then.
DOWNLOAD, TENSORFLOW, ON_DISK = 0.8, 0.6, 2.7
_BIG = 20.0
_UNITS = {"kB": 1e-3, "MB": 1.0, "GB": 1e3}
_FILE = re.compile(r"^\s*(Downloading|Using cached) (\S+?)-\d\S* \(([\d.]+) (kB|MB|GB)\)")
_PROGRESS = re.compile(r"^Progress (\d+) of (\d+)")
_LAST_LINES = 15
#: pip compiles on one core only.
_COMPILE = "import compileall, sysconfig; compileall.compile_dir(sysconfig.get_path('purelib'), quiet=2, workers=0)"


class Meter:
    """What pip's lines say of how far it is, in one line."""

    def __init__(self) -> None:
        self.found = 0
        self.fetched = 0.0
        self._name, self._size, self._share = "", 0.0, 0.0
        self._phase = "looking for packages"

    def take(self, line: str) -> str:
        """Note a line of pip's.

        Returns:
            What is worth a line of its own where no line can move: a big package, a new phase; or ''.
        """
        file, progress = _FILE.match(line), _PROGRESS.match(line)
        if line.startswith(("Collecting ", "Processing ")):
            self.found += 1
        elif file:
            self._name, self._share = file[2], 0.0
            self._size = float(file[3]) * _UNITS[file[4]]
            self.fetched += self._size
            self._phase = f"{'fetching' if file[1] == 'Downloading' else 'found here:'} {self._name}"
            return f"{self._phase} ({self._size:.0f} MB)" if self._size >= _BIG else ""
        elif progress and int(progress[2]):
            self._share = int(progress[1]) / int(progress[2])
        elif line.startswith("Installing collected packages"):
            self._phase, self._size = f"unpacking {line.count(',') + 1} packages, a minute or two", 0.0
            return self._phase
        elif line.startswith("Successfully installed"):
            self._phase, self._size = "installed", 0.0
        return ""

    def line(self, seconds: float) -> str:
        """The line that moves: time, what is there, what is under way and how far."""
        share = f", {self._share:.0%} of {self._size:.0f} MB" if self._size >= _BIG and self._share else ""
        return (
            f"{int(seconds) // 60}:{int(seconds) % 60:02d}  {self.found} packages, {self.fetched / 1e3:.2f} GB"
            f"  {self._phase}{share}"
        )


def follow(lines: Iterable[str], moving: bool) -> deque[str]:
    """Show how far pip is while it works.

    Args:
        lines: what pip says, as it says it.
        moving: whether one line can be written again and again; else what matters gets a line each.

    Returns:
        The last lines of pip's.
    """
    meter, last, begun, ended = Meter(), deque[str](maxlen=_LAST_LINES), time.monotonic(), threading.Event()

    def draw() -> None:
        while not ended.wait(0.5):
            print(f"\r{meter.line(time.monotonic() - begun):<78.78}", end="", flush=True)

    pen = threading.Thread(target=draw, daemon=True)
    if moving:
        pen.start()
    for line in lines:
        if not line.startswith("Progress "):
            last.append(line.rstrip())
        remark = meter.take(line)
        if remark and not moving:
            print(f"  {remark}", flush=True)
    ended.set()
    if moving:
        pen.join()
    print(f"{chr(13) * moving}{meter.line(time.monotonic() - begun):<78.78}".rstrip(" "))
    return last


def set_up(venv: Path, requirement: Iterable[str]) -> int:
    """Make the environment and install into it; the exit code of the first step that fails, or 0."""
    python = str(venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    for step in ([sys.executable, "-m", "venv", str(venv)], [python, "-m", "pip", "install", "-q", "-U", "pip>=24.1"]):
        done = subprocess.run(step, env=environment, check=False)
        if done.returncode:
            return done.returncode
    command = [python, "-m", "pip", "install", "--no-compile", "--progress-bar", "raw", *requirement]
    pip = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert pip.stdout is not None
    last = follow(pip.stdout, sys.stdout.isatty())
    if pip.wait():
        print("pip could not install the course. Its last lines:", *last, sep="\n  ", file=sys.stderr)
        print("Is there a network, and room on the disk? The same command goes on where it stopped.", file=sys.stderr)
        return pip.returncode
    subprocess.run([python, "-c", _COMPILE], env=environment, check=False)  # what does not compile is not imported
    return 0


def main(arguments: list[str] | None = None) -> int:
    """``python tools/install.py VENV [EXTRA…]``: 0 when the course is installed there."""
    venv, *extras = sys.argv[1:] if arguments is None else arguments
    free = shutil.disk_usage(Path(venv).absolute().parent).free / 1e9
    print(
        f"The course is set up in {venv}: about {DOWNLOAD} GB to fetch, TensorFlow {TENSORFLOW} of it, "
        f"and {ON_DISK} GB on the disk.\nThat takes a few minutes, once.",
        flush=True,
    )
    if free < DOWNLOAD + ON_DISK:
        print(f"There are {free:.1f} GB free here, {DOWNLOAD + ON_DISK:.1f} are needed: make room.", file=sys.stderr)
        return 2
    return set_up(Path(venv), ["--editable", f".[{','.join(extras)}]" if extras else "."])


if __name__ == "__main__":
    sys.exit(main())
