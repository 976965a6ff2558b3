"""What ``check`` says of mistakes that it does not know: catalogued ones taken out, pairs of them, automatic mutants.

    PYTHONPATH=tests python benchmarks/diagnosis.py                              (half an hour on two cores)
    PYTHONPATH=tests python benchmarks/diagnosis.py --only "left out" --exercises lstm_step gru_step

Printed is which mechanism spoke, and how long a check took, in seconds of a processor, which a busy machine does not
lengthen much. Whether what was said is true and places the mistake is
for a reader to judge: ``--sentences FILE`` writes it beside the true mistake and the catalogue's advice.
"""

from __future__ import annotations

import argparse
import ast
import linecache
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TextIO

from measuring import machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import numpy as np

from rnncourse.checking import verdicts
from rnncourse.checking.diagnosis.edits.changes import single_changes
from rnncourse.checking.diagnosis.edits.spellings import plain, spelling_of, tree_of
from rnncourse.checking.diagnosis.edits.trees import copied
from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.exercises.definitions import PRACTICE_SEED, Exercise, Mistake
from rnncourse.exercises.edits import EditError, changed, edited_source

from exercises.mutants import mutants_of

EXERCISES = [task for tasks in CHAPTERS.values() for task in tasks if isinstance(task, Exercise)]
#: What may speak of a mistake that is not known, by its name in ``verdicts``.
MECHANISMS = (
    *("edits", "behaviour", "designs", "relations", "pieces", "other_arguments"),
    *("dependence", "errors", "trace"),
)
#: The functions of theirs that find something, if it is not one called ``find``.
FINDERS = {
    "relations": ("find", "only_at_boundaries", "handed_back"),
    "behaviour": ("depends_on", "simplest"),
    "designs": ("alike", "ignores", "reads", "smallest"),
    "pieces": ("of_entries",),
}
PAIRS, MUTANTS = 500, 300
TITLES = {"left out": "leave-one-out", "pairs": "pairs of mistakes", "mutants": "mutants"}
_heard: list[str] = []


@dataclass(frozen=True)
class Answer:
    """A wrong function, what is truly wrong with it, and the exercise with what ``check`` may know of it."""

    exercise: Exercise
    truth: str
    function: Callable[..., Any]


@dataclass(frozen=True)
class Heard:
    """What ``check`` said of an answer, which mechanism found it, and how many seconds of a processor it took."""

    answer: Answer
    verdict: Verdict
    mechanism: str
    seconds: float


def listen() -> None:
    """From now on, note which mechanism of ``verdicts`` finds something."""

    def noting(name: str, find: Callable[..., Any]) -> Callable[..., Any]:
        def found(*arguments: Any, **options: Any) -> Any:
            words = find(*arguments, **options)
            if words:
                _heard.append(name)
            return words

        return found

    for name in MECHANISMS:
        module = getattr(verdicts, name)
        for function in FINDERS.get(name, ("find",)):
            setattr(module, function, noting(name, getattr(module, function)))


def as_written(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as if a learner had written it in a cell: with a source of its own, which the trace reads, and
    without what only refuses arguments. What sees variables of a function around it stays as it is."""
    tree = tree_of(function)
    code = getattr(function, "__code__", None)
    closed = "edits" not in vars(function) and (code is None or bool(code.co_freevars))
    if tree is None or closed or not function.__module__.startswith("rnncourse."):
        return function
    text = ast.unparse(ast.fix_missing_locations(plain(copied(tree))))
    cell = f"<cell {len(linecache.cache)}>"
    linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
    reference = vars(function).get("reference", function)
    names = {**vars(sys.modules[reference.__module__]), **vars(function).get("names", {})}
    exec(compile(text, cell, "exec"), names)
    return names[tree.body[0].name]


def hear(answer: Answer) -> Heard:
    """Put an answer to ``check``."""
    _heard.clear()
    function = as_written(answer.function)
    start = time.process_time()
    verdict = verdicts.judge_function(answer.exercise, function, PRACTICE_SEED)
    seconds = time.process_time() - start
    heard = next((name for name in MECHANISMS if name in _heard), None)
    mechanism = "catalogue" if verdict.mistake else heard or _plain(verdict)
    return Heard(answer, verdict, mechanism, seconds)


def _plain(verdict: Verdict) -> str:
    """What is left where no mechanism spoke: an error and its line, another shape, or numbers alone."""
    said = verdict.advice
    if "has shape" in said or "have shape" in said:
        return "shape alone"
    return "number alone" if ", expected" in said and (" is " in said or " are " in said) else "error alone"


def left_out(exercises: list[Exercise]) -> Iterator[Answer]:
    """Each catalogued mistake, of which the catalogue does not know."""
    for exercise in exercises:
        for mistake in exercise.mistakes:
            others = tuple(other for other in exercise.mistakes if other is not mistake)
            without = replace(exercise, mistakes=others, starts_from="")  # it may be the one that is given
            yield Answer(without, f"{mistake.name}: {mistake.advice}", mistake.function)


def pairs(exercises: list[Exercise]) -> Iterator[Answer]:
    """Two mistakes of one exercise in one function, in a random order; where none can be put together, a random change
    on top of one."""
    drawn = random.Random(13)
    made = [pair for exercise in exercises for pair in _pairs_of(exercise, drawn)]
    drawn.shuffle(made)
    yield from made


def _pairs_of(exercise: Exercise, drawn: random.Random) -> Iterator[Answer]:
    edited = [mistake for mistake in exercise.mistakes if hasattr(mistake.function, "edits")]
    for one, two in combinations(edited, 2):
        mine, theirs = vars(one.function), vars(two.function)
        edits = (*mine["edits"], *theirs["edits"])
        clash = any(theirs["names"].get(name, value) is not value for name, value in mine["names"].items())
        if mine["reference"] is theirs["reference"] and not clash and _fit(mine["reference"], edits):
            function = changed(mine["reference"], *edits, **{**mine["names"], **theirs["names"]})
            yield Answer(exercise, f"{one.name} + {two.name}", function)
    for mistake in exercise.mistakes:
        if not hasattr(mistake.function, "edits"):
            yield from _changed_once(exercise, mistake, drawn)


def _fit(reference: Callable[..., Any], edits: tuple[tuple[str, str], ...]) -> bool:
    """Whether edits can be made one after the other."""
    try:
        compile(edited_source(reference, edits), "", "exec")
    except (EditError, SyntaxError):
        return False
    return True


def _changed_once(exercise: Exercise, mistake: Mistake, drawn: random.Random) -> Iterator[Answer]:
    spelling = spelling_of(mistake.function)
    changes = single_changes(spelling.function) if spelling else []
    for change in drawn.sample(changes, min(3, len(changes))):
        with change.in_place(), suppress(SyntaxError, ValueError, TypeError):
            yield Answer(exercise, f"{mistake.name} + {change.clause()}", spelling.compiled())


def mutants(exercises: list[Exercise]) -> Iterator[Answer]:
    """Mutants of the references, in a random order."""
    made = [Answer(exercise, mutant.name, mutant.function) for exercise in exercises for mutant in mutants_of(exercise)]
    random.Random(14).shuffle(made)
    yield from made


def heard_of(what: str, exercises: list[Exercise]) -> Iterator[Heard]:
    """What is said of these answers, up to the number wanted; right ones are no answers, nor are known mutants."""
    source, most = {
        "left out": (left_out, None),
        "pairs": (pairs, PAIRS),
        "mutants": (mutants, MUTANTS),
    }[what]
    count = 0
    for answer in source(exercises):
        heard = hear(replace(answer, exercise=replace(answer.exercise, seconds=2.0)))
        known = heard.mechanism == "catalogue" and what == "mutants"
        if heard.verdict.status is Status.RIGHT or known:
            continue
        yield heard
        count += 1
        say(f"{what}: {count}")
        if count == most:
            return


def write(heard: Heard, to: TextIO) -> None:
    """One answer for a reader."""
    name, verdict = heard.answer.exercise.name, heard.verdict
    to.write(f"== {name} | {heard.mechanism} | {heard.seconds:.2f} s\nTRUE  {heard.answer.truth}\n")
    lines = [line for line in verdict.advice.splitlines() if not line.startswith("It was called with")]
    to.write("".join(f"SAID  {line}\n" for line in lines) + "\n")


def known_and_right(exercises: list[Exercise]) -> dict[str, list[float]]:
    """Seconds of a check of what is right, and of the catalogued mistakes."""
    found: dict[str, list[float]] = {"right answers": [], "catalogued mistakes": []}
    for exercise in exercises:
        hear(Answer(exercise, "", exercise.reference))  # the first may import TensorFlow
        for right in (exercise.reference, *exercise.alternatives):
            found["right answers"].append(hear(Answer(exercise, "", right)).seconds)
        for mistake in exercise.mistakes:
            found["catalogued mistakes"].append(hear(Answer(exercise, "", mistake.function)).seconds)
        say(f"known: {exercise.name}")
    return found


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[*TITLES, "seconds"], nargs="+", default=[*TITLES, "seconds"])
    parser.add_argument("--exercises", nargs="+", help="names; all by default")
    parser.add_argument("--sentences", help="a file for what was said of each answer")
    chosen = parser.parse_args()
    exercises = [one for one in EXERCISES if not chosen.exercises or one.name in chosen.exercises]
    listen()
    found: dict[str, list[Heard]] = {}
    with np.errstate(all="ignore"), open(chosen.sentences or "/dev/null", "w", encoding="utf-8") as sentences:
        for what in (what for what in TITLES if what in chosen.only):
            found[what] = []
            for heard in heard_of(what, exercises):
                found[what].append(heard)
                write(heard, sentences)
                sentences.flush()
        seconds = known_and_right(exercises) if "seconds" in chosen.only else {}
    print_all(found, seconds)


def print_all(found: dict[str, list[Heard]], seconds: dict[str, list[float]]) -> None:
    """Both tables, and what the machine is."""
    say("")
    print(machine(), end="\n\n")
    names = ["catalogue", *MECHANISMS, "shape alone", "error alone", "number alone"]
    counts = {what: Counter(heard.mechanism for heard in group) for what, group in found.items()}
    if found:
        rows = [[name, *(_share(counts[what][name], len(found[what])) for what in found)] for name in names]
        total = ["all", *(len(group) for group in found.values())]
        print_table(["what spoke", *(TITLES[what] for what in found)], [*rows, total])
    timed = {**seconds, **{TITLES[what]: [heard.seconds for heard in group] for what, group in found.items()}}
    rows = [
        [name, len(t), f"{statistics.median(t):.2f}", f"{_tail(t):.2f}", f"{max(t):.2f}"] for name, t in timed.items()
    ]
    print_table(["seconds of a processor for a check", "answers", "median", "95 %", "worst"], rows)


def _share(count: int, of: int) -> str:
    return f"{count} ({count / of:.0%})" if count else "–"


def _tail(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.95 * (len(seconds) - 1))]


if __name__ == "__main__":
    sys.exit(main())
