"""The trace: how often it finds the line of a mistake that was planted in a right answer it does not know.

Into each right answer of the tests that computes with NumPy (the trace knows the reference and the alternatives of the
exercise, not these) mistakes are put one at a time: a sign, a term or a factor left out, a transpose, a function, a
number, another variable. The line is known. The trace is asked alone, as if ``check`` had nothing else to say.

    python benchmarks/planted_mistakes.py [--each 5] [--seed 3]     (two minutes on two cores)
"""

from __future__ import annotations

import argparse
import ast
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from measuring import machine, print_table, say

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

# isort: split
from checking.diagnosis.planting import evidence_of, judged, made, plants

from rnncourse.checking.diagnosis.trace import find
from rnncourse.exercises import CHAPTERS, Exercise

from answers import plain_source_of
from exercises.chapters import ALTERNATIVES

#: Lines from which on it is worth something to be told the line.
LONG = 5
HEAD = ["", "mistakes", "place", "second line", "returned", "silent", "unsure elsewhere", "wrong though sure"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=5, help="how many mistakes are planted in each right answer")
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    print(machine())
    draw, tables, taken, elsewhere = random.Random(asked.seed), {}, [], []
    long = Counter[str]()
    for chapter, tasks in CHAPTERS.items():
        found = tables[chapter[:2]] = Counter[str]()
        for exercise in (task for task in tasks if isinstance(task, Exercise)):
            for right in ALTERNATIVES[exercise.name]:
                source = None if right in exercise.alternatives else plain_source_of(right)
                every = [] if source is None else list(plants(source))
                for planted in draw.sample(every, min(asked.each, len(every))):
                    with np.errstate(all="ignore"):
                        function = made(right, planted)
                        evidence = evidence_of(exercise, function)
                        start = time.perf_counter()
                        how, words = judged(planted, evidence, function), find(evidence, function)
                        seconds = (time.perf_counter() - start) / 2
                    if how:
                        found[how] += 1
                        long[how] += len(ast.unparse(ast.parse(source)).splitlines()) >= LONG
                        taken.append(seconds)
                    if how in ("wrong", "unsure"):
                        elsewhere.append(f"{how}: {right.__name__}, line {planted.line}, {planted.what}\n    {words}")
                    say(f"{sum(map(Counter.total, tables.values()))} mistakes")
    say("")
    rows = [*tables.items(), ("all", sum(tables.values(), Counter())), (f"in {LONG} lines or more", long)]
    kinds = ("place", "second line", "returned", "silent", "unsure", "wrong")
    print_table(HEAD, [(name, found.total(), *(found[kind] for kind in kinds)) for name, found in rows])
    print("\n".join(elsewhere))
    print(
        f"seconds: median {statistics.median(taken):.2f}, 95 % {np.quantile(taken, 0.95):.2f}, worst {max(taken):.2f}"
    )


if __name__ == "__main__":
    main()
