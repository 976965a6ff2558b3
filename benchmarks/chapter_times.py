"""How long each chapter takes from top to bottom, in a fresh kernel, one after the other.

python benchmarks/chapter_times.py               (seven minutes on two cores)
"""

from __future__ import annotations

import time
from pathlib import Path

import nbformat
from measuring import machine, print_table, say
from nbclient import NotebookClient

SOLUTIONS = Path(__file__).parents[1] / "solutions"


def seconds_of(notebook: Path) -> float:
    """Start of the kernel included; an error in a cell ends the program."""
    cells = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(notebook.parent)}}
    start = time.perf_counter()
    NotebookClient(cells, timeout=600, kernel_name="python3", resources=resources).execute()
    return time.perf_counter() - start


def main() -> None:
    rows = []
    for notebook in sorted(SOLUTIONS.glob("*/*.ipynb")):
        say(notebook.stem)
        rows.append([notebook.stem, f"{seconds_of(notebook):.0f}"])
    say("")
    print(machine(), end="\n\n")
    print_table(["chapter", "seconds"], [*rows, ["all", sum(int(seconds) for _, seconds in rows)]])


if __name__ == "__main__":
    main()
