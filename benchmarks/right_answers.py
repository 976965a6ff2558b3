"""False alarms: right answers in other styles, which ``check`` must call right and nothing else.

Every right answer in plain NumPy is rewritten by a program (names, order, products, loops, steps in between, forms of
the result) and checked. The last line tells how many got another verdict; each of these is printed with its source.

    python benchmarks/right_answers.py [--each 6] [--seed 1]     (one minute on two cores)
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from measuring import machine, print_table, say

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

# isort: split
from rnncourse.checking.verdicts import Status, evaluate
from rnncourse.exercises.definitions import PRACTICE_SEED

from exercises.rewriting import rewritings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=6, help="how many styles of each right answer are tried")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(machine())
    styles, wrong, exercises, start = Counter[str](), [], set(), time.perf_counter()
    for number, answer in enumerate(rewritings(asked.seed, asked.each), start=1):
        with np.errstate(all="ignore"):
            verdict = evaluate(answer.exercise, answer.function, PRACTICE_SEED)
        styles.update(answer.how.split(", "))
        exercises.add(answer.exercise.name)
        if verdict.status is not Status.RIGHT:
            wrong.append((answer, verdict))
        say(f"{number} answers, {len(wrong)} not called right")
    say("")
    print_table(["style", "answers"], styles.most_common())
    for answer, verdict in wrong:
        print(f"{answer.exercise.name} ({answer.how}): {verdict.status}. {verdict.advice}\n{answer.source}\n")
    seconds = time.perf_counter() - start
    print(f"{number} answers to {len(exercises)} exercises in {seconds:.0f} s; not called right: {len(wrong)}")


if __name__ == "__main__":
    main()
