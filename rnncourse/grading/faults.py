"""Faults of ours: what an instructor is told of one, and the file that goes to whoever mends the grader.

A fault never becomes a grade. The submission stays ungraded (``Result.fault``), is tried again by the next run, and is
named until it is graded.
"""

from __future__ import annotations

import platform
import re
import time
import traceback
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import rnncourse
from rnncourse.checking.kept_files import write_whole
from rnncourse.grading.records import GradingError
from rnncourse.grading.runs import Result
from rnncourse.grading.sandbox.walls import SandboxError

_LONGEST_TRACEBACK = 8000
#: Packages whose versions matter to whoever reads the file.
_PACKAGES = (
    "nbgrader", "nbconvert", "nbformat", "jupyter-client", "ipykernel", "ipython", "pyzmq", "sqlalchemy", "tensorflow",
    "keras", "numpy", "psutil", "distributed",
)  # fmt: skip


def in_words(error: BaseException) -> str:
    """One line on an error, for the instructor."""
    if isinstance(error, SandboxError | GradingError):
        return str(error)
    return f"The grader itself failed on it ({type(error).__name__}: {error})."


def traceback_of(error: BaseException) -> str:
    """Where an error came from, and the errors that it came of."""
    return "".join(traceback.format_exception(error))[-_LONGEST_TRACEBACK:]


def of_the_run(error: Exception) -> Result:
    """A fault that concerns no one submission, in the form in which faults are reported."""
    return Result("", "the run", "", [], [], fault=in_words(error), log=traceback_of(error))


def write_report(folder: Path, course: Path, faults: Sequence[Result]) -> Path:
    """Write what somebody needs to mend the grader: versions and tracebacks, without the names of learners.

    Args:
        folder: where; it is made.
        course: the course folder, whose place is nobody's business either.
        faults: results with a fault.

    Returns:
        The file.

    Raises:
        OSError: it cannot be written.
    """
    parts = [versions()]
    for number, result in enumerate(faults, start=1):
        told = f"{result.fault}\n{result.log.strip()}" if result.log.strip() else result.fault
        what = f"Submission {number}, {result.chapter}" if result.student else result.chapter
        parts.append(f"{what}\n{_without_names(told, result.student, number, course)}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fault-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    write_whole(path, "\n\n".join(parts).encode(errors="replace") + b"\n")
    return path


def versions() -> str:
    """What runs here, one thing a line."""
    lines = [f"rnncourse {rnncourse.__version__}", f"Python {platform.python_version()} on {platform.platform()}"]
    for name in _PACKAGES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name} is not installed")
    return "\n".join(lines)


def _without_names(text: str, student: str, number: int, course: Path) -> str:
    """A text in which the student has a number, and folders of this machine have none of their names."""
    places = {str(course.resolve()): "COURSE", str(course): "COURSE", str(Path.home()): "~"}
    for place, name in places.items():
        if len(place) > 1:
            text = text.replace(place, name)
    return re.sub(rf"(?<!\w){re.escape(student)}(?!\w)", f"STUDENT{number}", text) if student else text
