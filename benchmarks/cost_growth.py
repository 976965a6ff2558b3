"""Benchmark 3. How time and memory grow with the number of steps, the batch and the units, unrolled and as a loop.

Each line is a process of its own: a training step of a SimpleRNN cell (the outputs, and the gradient of their summed
squares by the weights) through ``static_rnn``, which copies the cell into the graph for every step, and through
``dynamic_rnn``, which is one loop. Memory is what the process took at most, less what it had before the graph was made.

    python benchmarks/cost_growth.py [--plot FILE.png]     (four minutes on two cores)
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import time

from measuring import machine, print_table, say

# isort: split
import numpy as np
import tensorflow as tf

from rnncourse import dynamic_rnn, graph_size, static_rnn
from rnncourse.tensorflow_cells import rnn_step_tensorflow

FEATURES, STEPS, BATCH, UNITS = 28, 100, 32, 100
SWEEPS = {"steps": (28, 100, 300, 1000), "batch": (8, 32, 128, 512), "units": (25, 50, 100, 200, 400)}
ROUNDS = 7


def memory() -> float:
    """The most that this process has taken so far, in MB (Linux counts in kB, macOS in bytes)."""
    with contextlib.suppress(OSError), open("/proc/self/status") as lines:  # ru_maxrss starts at the parent's
        return next(int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def one_process(mode: str, steps: int, batch: int, units: int) -> dict[str, float]:
    """Trace and run; what it took."""
    rng = np.random.default_rng(0)
    inputs = tf.constant(rng.normal(size=(batch, steps, FEATURES)), tf.float32)
    shapes = ((FEATURES, units), (units, units), (units,))
    weights = [tf.Variable(rng.normal(size=shape) / np.sqrt(units), dtype=tf.float32) for shape in shapes]

    def cell(x, state):
        new = rnn_step_tensorflow(x, state, *weights)
        return new, new

    def run(inputs):
        zeros = tf.zeros((batch, units))
        if mode == "loop":
            return dynamic_rnn(cell, inputs, zeros)[0]
        return tf.stack(static_rnn(cell, tf.unstack(inputs, axis=1), zeros)[0], axis=1)

    @tf.function(autograph=False)
    def training_step(inputs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(run(inputs)))
        return tape.gradient(loss, weights)

    before, start = memory(), time.perf_counter()
    graph = training_step.get_concrete_function(tf.TensorSpec(inputs.shape, inputs.dtype))
    traced = time.perf_counter()
    graph(inputs)[0].numpy()  # TensorFlow prepares the graph in its first run
    ready, seconds = time.perf_counter(), []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        graph(inputs)[0].numpy()
        seconds.append(time.perf_counter() - begin)
    return {
        "operations": graph_size(graph),
        "trace": traced - start,
        "first": ready - traced,
        "step": statistics.median(seconds),
        "memory": memory() - before,
    }


def in_fresh_process(mode: str, **sizes: int) -> dict[str, float]:
    """Ask a new Python for ``one_process``."""
    words = [f"--{name}={value}" for name, value in sizes.items()]
    say(f"{mode}: {sizes}")
    told = subprocess.run([sys.executable, __file__, "--one", mode, *words], stdout=subprocess.PIPE, check=True)
    return json.loads(told.stdout)


def sweep(name: str, values: tuple[int, ...]) -> dict[str, list[dict[str, float]]]:
    """One size grows, the others stay."""
    fixed = {"steps": STEPS, "batch": BATCH, "units": UNITS}
    return {
        mode: [in_fresh_process(mode, **{**fixed, name: value}) for value in values] for mode in ("unrolled", "loop")
    }


def print_sweep(name: str, values: tuple[int, ...], told: dict[str, list[dict[str, float]]]) -> None:
    columns = {"operations": "{:.0f}", "trace": "{:.2f}", "first": "{:.2f}", "step": "{:.4f}", "memory": "{:.0f}"}
    heads = {
        "operations": "operations",
        "trace": "s to trace",
        "first": "s first run",
        "step": "s a step",
        "memory": "MB",
    }
    rows = []
    for index, value in enumerate(values):
        for mode, results in told.items():
            rows.append(
                [f"{value} {name}, {mode}", *(form.format(results[index][key]) for key, form in columns.items())]
            )
    print_table(["", *heads.values()], rows)


def draw(told: dict[str, dict[str, list[dict[str, float]]]], file: str) -> None:
    """Time of a step, memory and tracing time against each size, both axes logarithmic."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    from rnncourse.plots.figures import course_style, label

    quantities = {"step": ("Training step", "ms", 1e3), "memory": ("Memory", "MB", 1), "trace": ("Tracing", "ms", 1e3)}
    with course_style():
        figure = Figure(figsize=(10, 8), layout="constrained")
        axes = figure.subplots(len(quantities), len(SWEEPS))
        for column, (name, results) in enumerate(told.items()):
            for here, (key, (what, unit, scale)) in zip(axes[:, column], quantities.items(), strict=True):
                for mode, marker in (("unrolled", "o"), ("loop", "s")):
                    here.loglog(SWEEPS[name], [scale * one[key] for one in results[mode]], marker=marker, label=mode)
                here.set_xticks(SWEEPS[name], [str(value) for value in SWEEPS[name]])
                here.xaxis.set_minor_formatter(NullFormatter())
                here.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
                here.yaxis.set_minor_formatter(NullFormatter())
                label(here, f"{what} against {name}", name, f"{what.lower()} ({unit})")
        axes[0][0].legend(frameon=False)
        figure.savefig(file, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="where to draw the curves (a PNG)")
    parser.add_argument("--one", choices=("unrolled", "loop"), help=argparse.SUPPRESS)
    for name in SWEEPS:
        parser.add_argument(f"--{name}", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(one_process(chosen.one, chosen.steps, chosen.batch, chosen.units)))
        return
    print(machine(), f"{STEPS} steps, batch {BATCH}, {UNITS} units unless said otherwise", sep="; ", end="\n\n")
    told = {name: sweep(name, values) for name, values in SWEEPS.items()}
    for name, values in SWEEPS.items():
        print_sweep(name, values, told[name])
    if chosen.plot:
        draw(told, chosen.plot)


if __name__ == "__main__":
    main()
