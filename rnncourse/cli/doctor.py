"""Whether the course will work here: Python, packages, kernel, notebooks, memory, disk; and what to do if not."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import tomllib
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from rnncourse.checking import progress
from rnncourse.cli import updating
from rnncourse.cli.updating import State
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import files
from rnncourse.notebooks.kernels import KernelEndedError, NoKernelError, find_kernel, start_kernel

_PYTHON_NEEDED = (3, 11)
_GIGABYTE = 1024**3
_IMPORT_SECONDS = 120
#: Where Linux shows the limits of containers, and which of them this process is in.
_CONTROL_GROUPS, _OWN_CONTROL_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's.

    Attributes:
        subject: what was looked at.
        level: ok, warning (the course works, with a drawback) or problem (it will not work).
        text: what was found.
        advice: what to do about it, or ''.
    """

    subject: str
    level: Level
    text: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything the course needs, one thing after the other; the kernel takes a few seconds.

    Yields:
        One finding or more for each. A look that fails itself is a finding too.
    """
    for subject, look in _LOOKS.items():
        try:
            yield from look()
        except Exception as error:
            yield Finding(
                subject,
                Level.PROBLEM,
                f"{type(error).__name__}: {error}",
                "This look itself failed: what the other lines say still holds.",
            )


def browser_at_hand() -> bool:
    """Whether a web page can be opened here: there is a display and a browser."""
    windowing = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if not windowing:  # Python would find text browsers such as lynx, which cannot show JupyterLab
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _python() -> Iterator[Finding]:
    have, need = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, _PYTHON_NEEDED))
    if sys.version_info < _PYTHON_NEEDED:
        yield Finding("Python", Level.PROBLEM, f"{have}, expected {need} or newer", f"Install Python {need}.")
    else:
        yield Finding("Python", Level.OK, f"{have} ({sys.executable})")


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    fine = []
    for line in _requirements():
        needed = Requirement(line)
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        mend = f'{sys.executable} -m pip install "{needed.name}{needed.specifier}"'
        try:
            version = metadata.version(needed.name)
        except metadata.PackageNotFoundError:
            yield Finding("packages", Level.PROBLEM, f"{needed.name} is not installed", f"Run: {mend}")
            continue
        if needed.specifier.contains(version, prereleases=True):
            fine.append(f"{needed.name} {version}")
        else:
            found = f"{needed.name} is {version}, expected {needed.specifier}"
            yield Finding("packages", Level.PROBLEM, found, f"Run: {mend}")
    yield Finding("packages", Level.OK, ", ".join(fine))


def _requirements() -> list[str]:
    """The requirements of the installed package or, in a checkout that is not installed, of its pyproject.toml."""
    try:
        return metadata.requires("rnncourse") or []
    except metadata.PackageNotFoundError:
        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]


def _kernel() -> Iterator[Finding]:
    """Start the kernel that the notebooks use and import TensorFlow in it."""
    try:
        python = find_kernel()
        with start_kernel(Path.cwd()) as kernel:
            yield Finding("kernel", Level.OK, f"python3 starts and answers ({python})")
            for module in ("rnncourse", "tensorflow"):
                reply = kernel.execute(f"import {module}", _IMPORT_SECONDS)
                if reply.error or reply.out_of_time:
                    reason = f"{reply.error}: {reply.text}" if reply.error else "took too long"
                    yield Finding(
                        module, Level.PROBLEM, f"not importable in the kernel ({reason})", _kernel_advice(python)
                    )
                else:
                    yield Finding(module, Level.OK, "can be imported in the kernel")
    except NoKernelError as error:
        yield Finding("kernel", Level.PROBLEM, str(error))
    except KernelEndedError:
        ended = "importing it ended the kernel"
        advice = "TensorFlow needs a processor with AVX, and about 1 GB of free memory."
        yield Finding("tensorflow", Level.PROBLEM, ended, advice)


def _kernel_advice(python: str) -> str:
    if Path(python).resolve() == Path(sys.executable).resolve():
        return f"Run: {python} -m pip install --force-reinstall rnncourse"
    return f"The kernel runs another Python than this one. Run: {sys.executable} -m ipykernel install --sys-prefix"


def _course() -> Iterator[Finding]:
    try:
        folder = files.course_folder()
        for chapter in CHAPTERS:
            files.read(files.notebook_path(folder, chapter))
    except (FileNotFoundError, files.NotebookError) as error:
        what = f"chapter {chapter}: {error}" if isinstance(error, files.NotebookError) else str(error)
        yield Finding("chapters", Level.PROBLEM, what, "Run: pip install --force-reinstall rnncourse")
        return
    yield Finding("chapters", Level.OK, f"{len(CHAPTERS)} chapters in {folder}")


def _copy() -> Iterator[Finding]:
    copy = progress.find_copy()
    if copy is None:
        yield Finding("your copy", Level.OK, "none in this folder (rnncourse start DIR makes one)")
        return
    try:
        progress.load(copy)
    except (progress.DamagedProgressError, progress.NewerProgressError) as error:
        yield Finding("your copy", Level.WARNING, str(error), "The next check sets a damaged file aside.")
        return
    standings = _files_of(copy)
    broken = [found for found in standings if found.state is State.UNREADABLE]
    for found in broken:
        yield Finding("your copy", Level.WARNING, f"{found.path.name}: {found.problem}")
    behind = [found.name.stem for found in standings if found.state in (State.UNTOUCHED, State.CHANGED)]
    if behind:
        what = f"{copy} is behind the installed course: {', '.join(behind)}"
        yield Finding("your copy", Level.WARNING, what, "Run: rnncourse update (it overwrites nothing of yours)")
    elif not broken:
        yield Finding("your copy", Level.OK, str(copy))


def _files_of(copy: Path) -> list[updating.Standing]:
    """How the files of a copy stand to those of the installed course."""
    try:
        return updating.standings(copy)
    except FileNotFoundError:  # no chapters are installed: the look at these says so
        return []


def _memory() -> Iterator[Finding]:
    advice = "Close other programs."
    yield _amount("memory", _free_memory(), enough=2 * _GIGABYTE, least=0.75 * _GIGABYTE, advice=advice)


def _free_memory() -> int:
    """Free bytes: of the machine, or of the container where that is less."""
    import psutil

    return min([psutil.virtual_memory().available, *_free_in_control_groups()])


def _free_in_control_groups(root: Path = _CONTROL_GROUPS, own: Path = _OWN_CONTROL_GROUPS) -> list[int]:
    """limit - (used - file cache that is given back on demand), in bytes, for each group around this process.

    A container is a control group with a limit, and may be inside others. Those without a limit are left out.

    Args:
        root: where the kernel shows the groups: version 2 at the root itself, version 1 in ``memory`` below it.
        own: which groups this process is in, a line ``number:controllers:path`` each.
    """
    places = [(_VERSION_2, root, path) for controllers, path in _own_groups(own) if not controllers]
    places += [(_VERSION_1, root / "memory", path) for names, path in _own_groups(own) if "memory" in names.split(",")]
    free = []
    for names, top, path in places:
        inner = top / path.lstrip("/")  # within a container the path may be the host's, of which only the top is shown
        for group in dict.fromkeys([inner, *inner.parents, top]):
            if group.is_relative_to(top):
                with contextlib.suppress(OSError, ValueError):  # no such group; 'max' is no number: no limit
                    free.append(names.free(group))
    return free


def _own_groups(own: Path) -> list[tuple[str, str]]:
    """The controllers ('' for version 2) and the path of each group that this process is in."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return []  # no Linux, or no control groups
    return [(parts[1], parts[2]) for parts in (line.split(":", 2) for line in lines) if len(parts) == 3]


@dataclass(frozen=True)
class _MemoryFiles:
    """What the files of a control group are called in one version of them."""

    limit: str
    used: str
    cache: str

    def free(self, group: Path) -> int:
        """Bytes that may still be taken in a group."""
        limit, used = (int((group / name).read_text()) for name in (self.limit, self.used))
        cached = re.search(rf"^{self.cache} (\d+)$", (group / "memory.stat").read_text(), re.MULTILINE)
        return limit - used + (int(cached[1]) if cached else 0)


_VERSION_1 = _MemoryFiles("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _MemoryFiles("memory.max", "memory.current", "inactive_file")


def _disk() -> Iterator[Finding]:
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    yield _amount("disk", free, enough=0.5 * _GIGABYTE, least=0.05 * _GIGABYTE, advice=f"Make room where {here} is.")
    try:
        with tempfile.TemporaryFile(dir=here):
            yield Finding("writing", Level.OK, f"{here} can be written to")
    except OSError as error:
        found = f"{here} cannot be written to: {error.strerror}"
        yield Finding("writing", Level.WARNING, found, "Make your copy elsewhere: rnncourse start DIR")


def _sandbox() -> Iterator[Finding]:
    """What grading needs: bubblewrap, and namespaces to put a kernel in. Learners need none of it."""
    from rnncourse.grading.sandbox.walls import SandboxError, probe

    try:
        for held in probe():
            yield Finding("sandbox", Level.OK, held)
    except SandboxError as error:
        yield Finding("sandbox", Level.WARNING, f"there is no sandbox for grading here, or not a whole one: {error}")


def _amount(subject: str, free: float, *, enough: float, least: float, advice: str) -> Finding:
    level = Level.OK if free >= enough else Level.WARNING if free >= least else Level.PROBLEM
    text = f"{free / _GIGABYTE:.1f} GB free"
    if level is Level.OK:
        return Finding(subject, level, text)
    return Finding(subject, level, f"{text}, {enough / _GIGABYTE:g} GB are comfortable", advice)


def _browser() -> Iterator[Finding]:
    if browser_at_hand():
        yield Finding("browser", Level.OK, "a browser can be opened here")
    else:
        advice = "rnncourse lab prints the address to open."
        yield Finding("browser", Level.WARNING, "no display or no browser here", advice)


_LOOKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Python": _python,
    "packages": _packages,
    "chapters": _course,
    "your copy": _copy,
    "memory": _memory,
    "disk": _disk,
    "browser": _browser,
    "kernel": _kernel,
    "sandbox": _sandbox,
}
