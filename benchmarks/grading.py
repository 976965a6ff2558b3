"""How fast a class is graded: ``rnncourse grade`` beside plain ``nbgrader autograde``, on the same honest submissions.

python benchmarks/grading.py                    (ten minutes on two cores)
python benchmarks/grading.py --memory 300       memory over 300 submissions of chapter 1 (five minutes)
python benchmarks/grading.py --kills 20         the grader is killed at 20 random moments and resumed
python benchmarks/grading.py --bank             the hostile bank through plain nbgrader, shut in from outside

A class of 14 hands in chapters 1, 2 and 3: right answers, answers with a term left out, and cells left empty. Both
graders start from the same folder and a gradebook of their own; the scores are compared one by one. CPU seconds are
those of the command and all its children; memory is what they hold together (proportional share), read twice a second.
"""

from __future__ import annotations

import argparse
import copy
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
from measuring import machine, print_table, say

ROOT = Path(__file__).parents[1]
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # nbgrader calls alembic
CHAPTERS = ("01_memory_cell", "02_kinds_of_rnn", "03_manual_rnn")
ZYGOTE = "rnncourse.grading.sandbox.zygote"
#: What a hasty learner leaves out of a right answer.
SLIPS = {" + b)": ")", " + units)": ")", "abs(w_h)": "w_h", "return states": "return states[:-1]", "np.tanh(": "("}


def make_class(course: Path, students: int, chapters: tuple[str, ...] = CHAPTERS) -> None:
    """The course folder with submissions of every student; the same on every machine."""
    chance = random.Random(1)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for chapter in chapters:
        shutil.copytree(ROOT / "solutions" / chapter, course / "solutions" / chapter)
        release = nbformat.read(ROOT / "course" / chapter / f"{chapter}.ipynb", as_version=4)
        answers = answers_of(chapter)
        for number in range(students):
            notebook = copy.deepcopy(release)
            for cell in notebook.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if name in answers and chance.random() < 0.9:
                    cell.source = slipped(answers[name], chance) if chance.random() < 0.2 else answers[name]
            path = course / "submitted" / f"student{number:02}" / chapter / f"{chapter}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(notebook, path)


def answers_of(chapter: str) -> dict[str, str]:
    """The solution's answers, calling the learner's own functions where the solution calls the package's."""
    notebook = nbformat.read(ROOT / "solutions" / chapter / f"{chapter}.ipynb", as_version=4)
    cells = {
        c.metadata.nbgrader.grade_id: "\n".join(line for line in c.source.split("\n") if "### " not in line)
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("solution")
    }
    for name in cells:
        cells = {other: source.replace(f"rnncourse.{name}(", f"{name}(") for other, source in cells.items()}
    return cells


def slipped(source: str, chance: random.Random) -> str:
    found = [slip for slip in SLIPS if slip in source]
    return source.replace(slip := chance.choice(found), SLIPS[slip], 1) if found else source


# ------------------------------------------------------------------------------------------------------- measuring
class Usage(threading.Thread):
    """The largest amount of memory that a process and its children hold together."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._process, self._over = psutil.Process(pid), threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._over.wait(0.5):
            try:
                everyone = [self._process, *self._process.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            self.peak = max(self.peak, sum(map(proportional, everyone)))

    def end(self) -> None:
        self._over.set()
        self.join()


def proportional(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except (psutil.Error, OSError):
        return 0


def measured(commands: list[list[str]], course: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak memory of commands, one after the other."""
    before, began, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0
    for command in commands:
        process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        usage = Usage(process.pid)
        usage.start()
        words = process.communicate()[1]
        usage.end()
        peak = max(peak, usage.peak)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{words[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu, peak


def scores(course: Path) -> dict[tuple[str, str], float]:
    from rnncourse.grading.gradebook import read_scores

    return {(chapter, who): told["score"] for chapter in CHAPTERS for who, told in read_scores(course, chapter).items()}


def plainly(course: Path, *chapters: str) -> list[list[str]]:
    """The commands with which nbgrader grades chapters."""
    nbgrader = [sys.executable, "-m", "nbgrader"]
    return [[*nbgrader, "autograde", chapter, "--create"] for chapter in chapters]


def ours(course: Path, jobs: int) -> list[list[str]]:
    return [[sys.executable, "-m", "rnncourse", "grade", *CHAPTERS, "--jobs", str(jobs)]]


def prepared(folder: Path, name: str, source: Path) -> Path:
    """A copy of the course, its chapters entered in a gradebook: neither grader is timed for that."""
    course = folder / name
    shutil.copytree(source, course)
    for chapter in CHAPTERS:
        subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", chapter], cwd=course, check=True,
            capture_output=True,
        )  # fmt: skip
    return course


def compare(students: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = folder / "source"
        source.mkdir()
        make_class(source, students)
        count, rows, found = students * len(CHAPTERS), [], {}
        ways = {"plain nbgrader": None, "rnncourse, 1 job": 1, "rnncourse, 2 jobs": 2}
        for name, jobs in ways.items():
            say(name)
            course = prepared(folder, name.replace(" ", "-"), source)
            commands = plainly(course, *CHAPTERS) if jobs is None else ours(course, jobs)
            wall, cpu, peak = measured(commands, course)
            found[name] = scores(course)
            rows.append([name, wall, cpu, peak])
        say("")
        plain = rows[0]
        print(machine(), end="\n\n")
        print_table(
            ["grader", "seconds in all", "seconds a submission", "CPU seconds a submission", "peak memory", "faster"],
            [
                [name, f"{wall:.0f}", f"{wall / count:.2f}", f"{cpu / count:.2f}", f"{peak / 1e6:.0f} MB",
                 f"{plain[1] / wall:.1f} times"]
                for name, wall, cpu, peak in rows
            ],
        )  # fmt: skip
        same = all(each == found["plain nbgrader"] for each in found.values())
        print(f"\n{count} submissions; mean score {statistics.mean(found['plain nbgrader'].values()):.2f}; "
              f"the same scores to the point: {'yes' if same else 'NO'}")  # fmt: skip
        for key in found["plain nbgrader"]:
            if len({each[key] for each in found.values()}) > 1:
                print(key, {name: each[key] for name, each in found.items()})


# ----------------------------------------------------------------------------------------------------------- memory
def memory_over(students: int, steps: int = 10) -> None:
    """What the grader and the process that kernels are forked from hold, as a large class goes through them."""
    chapter = CHAPTERS[0]
    with tempfile.TemporaryDirectory() as place:
        course = Path(place)
        make_class(course, students, (chapter,))
        command = [sys.executable, "-m", "rnncourse", "grade", chapter, "--jobs", "2"]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        results, rows = course / ".grading" / "results" / chapter, []
        while process.poll() is None:
            done = len(list(results.glob("*.json"))) if results.is_dir() else 0
            if done >= max(1, len(rows) * students // steps):
                rows.append([done, *held_by(process.pid)])
                say(f"{done} of {students}")
            time.sleep(0.2)
        wall = time.perf_counter() - began
        say("")
        print(machine(), end="\n\n")
        print_table(
            ["submissions graded", "grader", "process that kernels are forked from"],
            [[str(done), *(f"{held / 1e6:.0f} MB" for held in memory)] for done, *memory in rows],
        )
        print(f"\n{students} submissions of {chapter} in {wall:.0f} s, {wall / students:.2f} s each, "
              f"the start included; exit code {process.returncode}")  # fmt: skip


def held_by(pid: int) -> tuple[int, int]:
    """Resident bytes of the grader and of its zygote."""
    try:
        grader = psutil.Process(pid)
        forked = [p for p in grader.children(recursive=True) if p.cmdline()[1:3] == ["-m", ZYGOTE]]  # kernels as well
        zygote = min(forked, key=lambda process: process.create_time(), default=None)
        return grader.memory_info().rss, zygote.memory_info().rss if zygote else 0
    except psutil.NoSuchProcess:
        return 0, 0


# ------------------------------------------------------------------------------------------------------------ kills
def kill_and_resume(times: int) -> None:
    """Kill the grader with SIGKILL at random moments, each time in a fresh copy, resume, and compare gradebooks."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = folder / "source"
        source.mkdir()
        make_class(source, 4)
        clean = prepared(folder, "clean", source)
        wall, _, _ = measured(ours(clean, 2), clean)
        wanted, chance, equal, moments = scores(clean), random.Random(2), 0, []
        for number in range(times):
            say(f"{number + 1} of {times}")
            course = folder / "killed"
            shutil.copytree(folder / "clean", course, ignore=shutil.ignore_patterns(".grading", "autograded", "*.db"))
            process = subprocess.Popen(
                ours(course, 2)[0], cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            moments.append(chance.uniform(0.1, 1.1) * wall)
            time.sleep(moments[-1])
            process.send_signal(signal.SIGKILL)
            process.wait()
            measured(ours(course, 2), course)
            equal += scores(course) == wanted
            shutil.rmtree(course)
        say("")
        print(machine(), end="\n\n")
        span = f"{min(moments):.1f} to {max(moments):.1f} s"
        print(f"killed {times} times, {span} after the start of a run of {wall:.1f} s;")
        print(f"resumed, the gradebook was that of the clean run {equal} times of {times}")


# ------------------------------------------------------------------------------------------------------------- bank
def bank_plainly(seconds: float) -> None:
    """Each entry of the hostile bank through plain nbgrader: in a copy, shut in from outside, with a time limit."""
    sys.path.insert(0, str(ROOT / "tests"))
    from hostile.bank import ENTRIES
    from hostile.making import CHAPTER
    from hostile.test_bank import make_course, student_folder

    rows: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "base"
        base.mkdir()
        make_course(base, [])
        config = base / "nbgrader_config.py"
        config.write_text(config.read_text() + "\nc.ExecutePreprocessor.timeout = 10\n")
        subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", CHAPTER],
            cwd=base,
            check=True,
            capture_output=True,
        )

        def one(entry) -> tuple[str, bool, bool]:
            course, student = Path(place) / f"course-{entry.name}", student_folder(entry)
            shutil.copytree(base, course)
            make_submission(course, entry, student, CHAPTER)
            graded = run_shut_in(course, CHAPTER, seconds)
            shutil.rmtree(course, ignore_errors=True)
            say(f"{entry.name}: {graded.get(student)}, should be {entry.expected:g}")
            return entry.kind, graded.get(student) == entry.expected, student not in graded

        with ThreadPoolExecutor(2) as pool:
            for kind, right, none in pool.map(one, ENTRIES):
                row = rows.setdefault(kind, [0, 0, 0])
                for index, count in enumerate((1, right, none)):
                    row[index] += count
    say("")
    print(machine(), end="\n\n")
    table = [[kind, *map(str, row)] for kind, row in rows.items()]
    totals = [str(sum(row[i] for row in rows.values())) for i in range(3)]
    print_table(
        ["kind", "submissions", "plain nbgrader gives the right grade", "gives none"], [*table, ["all", *totals]]
    )


def make_submission(course: Path, entry, student: str, chapter: str) -> None:
    from hostile.making import Draft

    folder = course / "submitted" / student / chapter
    folder.mkdir(parents=True)
    draft = Draft(folder)
    entry.make(draft)
    draft.write()


def run_shut_in(course: Path, chapter: str, seconds: float) -> dict[str, float]:
    """nbgrader sees the copy and nothing else that it could harm; it is ended with all that it started."""
    from rnncourse.grading.gradebook import read_scores
    from rnncourse.grading.records import GradingError
    from rnncourse.grading.sandbox.walls import command

    for name in ("home", "tmp"):
        (course / name).mkdir()
    subprocess.run(["chown", "-hR", "65534:65534", str(course)], check=False)
    folders = {"HOME": "/run/kernels/home", "TMPDIR": "/run/kernels/tmp"}
    limits = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "prlimit",
        "--nproc=300",
        "--data=6000000000",
    ]
    grade = ["sh", "-c", f"cd /run/kernels && exec {sys.executable} -m nbgrader autograde {chapter} --create"]
    process = subprocess.Popen(
        command([*limits, *grade], course, folders), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        return {who: told["score"] for who, told in read_scores(course, chapter).items()}
    except GradingError:
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=14)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--memory", type=int)
    parser.add_argument("--bank", action="store_true")
    parser.add_argument("--bank-seconds", type=float, default=45.0)
    chosen = parser.parse_args()
    if chosen.kills:
        kill_and_resume(chosen.kills)
    elif chosen.memory:
        memory_over(chosen.memory)
    elif chosen.bank:
        bank_plainly(chosen.bank_seconds)
    else:
        compare(chosen.students)


if __name__ == "__main__":
    main()
