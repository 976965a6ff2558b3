"""How far back can each cell remember? The adding problem at growing lengths, a fixed number of training steps, seeds.

A cell has solved a length if the mean squared error on 1 000 new sequences is at most 0.02 (always answering the mean
gives 0.167), for the median of the seeds. A cell that misses a length is not tried on longer ones. All have 32 neurons,
batches of 50, Adam with a warm-up to 0.01, a cosine decay and clipping.

    python benchmarks/memory_length.py               (a quarter of an hour on two cores)
"""

from __future__ import annotations

import argparse
import statistics
import time

from measuring import machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import keras
import numpy as np

from rnncourse import make_adding, memory_reader, recipe_optimizer

SOLVED, BATCH = 0.02, 50
#: name -> (cell, whether the memory is as long as the sequence from the start).
CELLS = {
    "plain": ("rnn", False),
    "LSTM, Keras's forget bias 1": ("lstm", False),
    "LSTM, biases for the length": ("lstm", True),
    "GRU, Keras's bias 0": ("gru", False),
    "GRU, bias for the length": ("gru", True),
}


def error_of(cell: str, steps: int, memory: bool, seed: int, rounds: int) -> float:
    """Mean squared error on new sequences, after ``rounds`` training steps."""
    keras.utils.set_random_seed(seed)
    model = memory_reader(cell, memory=steps if memory else None)
    learn, fresh = make_adding(BATCH * rounds, steps, seed=seed), make_adding(1000, steps, seed=1000 + seed)
    model.compile(recipe_optimizer(rounds, 1e-2), "mse", jit_compile=False)
    model.fit(*learn, batch_size=BATCH, epochs=1, verbose=0)
    return float(np.mean((model.predict(fresh.inputs, batch_size=500, verbose=0) - fresh.targets) ** 2))


def main() -> None:
    """Try every cell on every length, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1000, help="training steps")
    parser.add_argument("--lengths", type=int, nargs="+", default=[10, 25, 50, 100, 200, 400])
    chosen = parser.parse_args()
    rows, start = [], time.perf_counter()
    for name, (cell, memory) in CELLS.items():
        row, longest = [], "none"
        for steps in chosen.lengths:
            errors = [error_of(cell, steps, memory, seed, chosen.rounds) for seed in range(chosen.seeds)]
            row.append(f"{statistics.median(errors):.4f}")
            say(f"{name}, {steps} steps: {', '.join(f'{error:.4f}' for error in errors)}\n")
            if statistics.median(errors) > SOLVED:
                break
            longest = str(steps)
        rows.append([name, *row, *["–"] * (len(chosen.lengths) - len(row)), longest])
    print(machine(), f"{chosen.seeds} seeds, {chosen.rounds} training steps", sep="; ", end="\n\n")
    print_table(["cell", *(f"{steps} steps" for steps in chosen.lengths), "longest solved"], rows)
    print(f"{time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
