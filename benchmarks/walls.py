"""What attacks on memory and time cost the others: the peak of each beside its limit, and its time beside its budget.

python benchmarks/walls.py                      (a minute on two cores)

One after the other, with a limit of 700 MB and a budget of 40 s. "reported" is the peak that the grader notes; "seen"
is by how much the memory that is free on this machine fell meanwhile, read every 5 ms: the kernel with its libraries,
what the grader reads, and whatever else runs here.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
from measuring import machine, print_table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rnncourse.grading.pipeline import Grading  # noqa: E402
from rnncourse.grading.runs import Runner  # noqa: E402
from rnncourse.grading.sandbox.confine import Limits  # noqa: E402
from rnncourse.grading.sandbox.nursery import Nursery  # noqa: E402
from rnncourse.grading.submissions import Submission, find_submissions  # noqa: E402

import hostile.neighbours  # noqa: E402, F401  # adds its entries
from hostile.bank import ENTRIES  # noqa: E402
from hostile.making import CHAPTER, Entry  # noqa: E402
from hostile.test_bank import LIMITS, make_course  # noqa: E402

_MEGABYTE = 1024**2
MEMORY = (
    "all_right",
    "memory_",
    "shared_mapping",
    "device_of_zeros",
    "file_system_in",
    "files_in_shared",
    "gigabytes_",
)
#: A budget so short that three passes over a cell that sleeps do not fit.
SHORT = replace(LIMITS, seconds=12.0)


TITLES = ["submission", "reported MB", "seen MB", "seconds", "why it was ended"]


class Seen:
    """The least memory that was free on this machine while it was looked at."""

    def __enter__(self) -> Seen:
        self.before = self.least = psutil.virtual_memory().available
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._stop.wait(0.005):
            self.least = min(self.least, psutil.virtual_memory().available)

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def megabytes(self) -> int:
        return (self.before - self.least) // _MEGABYTE


def sleeper(draft) -> None:
    """Answers that lean on the package, so that three passes are made, each of which sleeps for six seconds."""
    next(entry for entry in ENTRIES if entry.name == "answers_lean_on_the_package").make(draft)
    draft.add("import time\ntime.sleep(3)").add("import time\ntime.sleep(3)")


def submissions(entries: list[Entry]) -> dict[str, Submission]:
    """The submissions of some entries, read."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder), entries)
        grading = Grading(course, [CHAPTER])
        return {each.student: grading.load(each) for each in find_submissions(course / "submitted", CHAPTER)}


def measured(nursery: Nursery, submission: Submission, limits: Limits) -> list[str]:
    """One row of a table."""
    runner = Runner(nursery, 0, limits, seed=1)
    time.sleep(0.5)  # what the one before has left goes
    with Seen() as seen:
        result = runner.result_of(submission)
    runner.close()
    row = [submission.student, f"{result.memory}", f"{seen.megabytes}", f"{result.seconds:.1f}"]
    return [*row, "; ".join(result.look)[:60]]


def main() -> None:
    """Measure, and print two tables."""
    print(machine())
    attacks = [entry for entry in ENTRIES if entry.name.startswith(MEMORY)]
    slow = Entry("three_passes_of_a_sleeper", "attack", sleeper, frozenset())
    found = submissions([*attacks, slow])
    with Nursery() as nursery:
        nursery.wait()
        print(f"\nlimit {LIMITS.memory} MB, budget {LIMITS.seconds:g} s")
        print_table(TITLES, [measured(nursery, found[entry.name], LIMITS) for entry in attacks])
        print(f"\nbudget {SHORT.seconds:g} s")
        print_table(TITLES, [measured(nursery, found[slow.name], SHORT)])


if __name__ == "__main__":
    main()
