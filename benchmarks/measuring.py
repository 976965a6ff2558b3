"""What the programs of this folder share: a fair clock, a table, and a line about the machine."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence

import rnncourse  # noqa: F401  # first: it keeps TensorFlow quiet


def machine() -> str:
    """Date, processor, cores and versions: what a number means nothing without."""
    import keras
    import numpy
    import tensorflow

    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as lines:
            processor = next(
                (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), processor
            )
    except OSError:
        pass
    versions = f"Python {platform.python_version()}, TensorFlow {tensorflow.__version__}, Keras {keras.__version__}"
    date = datetime.date.today().isoformat()
    return f"{date}; {os.cpu_count()} cores, {processor}; {versions}, NumPy {numpy.__version__}"


def in_turns(programs: dict[str, Callable[[], object]], rounds: int, least: float = 0.05) -> dict[str, list[float]]:
    """Seconds a call, one number a round; in every round each program has its turn.

    A slow minute of a busy machine then hits all of them, and the ratios stay right. A turn is as many calls as make
    up ``least`` seconds, counted once at the start, where the programs also get warm.
    """
    calls = {}
    for name, program in programs.items():
        for _ in range(2):
            program()
        calls[name] = max(1, round(least / max(_seconds(program, 1), 1e-9)))
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(rounds):
        for name, program in programs.items():
            taken[name].append(_seconds(program, calls[name]))
        say(f"round {turn + 1} of {rounds}")
    return taken


def _seconds(program: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        program()
    return (time.perf_counter() - start) / calls


def ratio(taken: dict[str, list[float]], name: str, to: str) -> float:
    """The median over the rounds of (seconds of one program / seconds of the other in the same round)."""
    return statistics.median(a / b for a, b in zip(taken[name], taken[to], strict=True))


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A Markdown table; numbers stand to the right."""
    print("| " + " | ".join(head) + " |")
    print("|---" + "|---:" * (len(head) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def say(text: str) -> None:
    """How far it is, on stderr: the tables on stdout stay clean."""
    print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def run_claims(
    claims: dict[str, Callable[[int], None]], description: str, arguments: Sequence[str] | None = None
) -> None:
    """Run the claims that were asked for, each with so many seeds; they print their tables."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--claim", choices=claims, help="only this one")
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    print(machine(), f"{chosen.seeds} seeds", sep="; ", end="\n\n", flush=True)
    for name in [chosen.claim] if chosen.claim else claims:
        claims[name](chosen.seeds)
    say("")
