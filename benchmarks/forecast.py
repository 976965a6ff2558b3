"""Benchmark 4. The mean squared error of forecasts of the curve, step by step: baselines and networks, several seeds.

As in the tutorial, every training step sees 50 new windows of 20 steps from anywhere in the 30 seconds (``--part all``)
and the error is measured on 20 000 other windows. ``--part train`` trains on some stretches of the curve and measures
on others. The tutorial's network and ours have the same weights; ours differs in the optimizer only: Adam with warm-up,
decay and clipped gradients instead of a rate of 0.001.

    python benchmarks/forecast.py [--part train]     (two minutes on two cores)
"""

from __future__ import annotations

import argparse
import statistics

from measuring import machine, print_table, say

# isort: split
import keras
import numpy as np
import tensorflow as tf

from rnncourse import (
    error_per_step,
    fit_causal_linear,
    forecaster,
    linear_forecast,
    network_forecast,
    persistence,
    random_windows,
    recipe_optimizer,
)

BATCH, PEAK = 50, 3e-3
SHOWN = (1, 2, 3, 4, 5, 6, 10, 20)  # steps of a window in the table


def train(projection: str, ours: bool, steps: int, part: str, seed: int) -> keras.Model:
    """One network after ``steps`` training steps."""
    keras.utils.set_random_seed(seed)
    model = forecaster(projection=projection)
    optimizer = recipe_optimizer(steps, peak=PEAK) if ours else keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)
    windows = random_windows(BATCH * steps, seed=1000 + seed, part=part)

    @tf.function(autograph=False)
    def step(inputs, targets):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(inputs, training=True) - targets))
        values = [variable.value for variable in model.trainable_variables]
        optimizer.apply(tape.gradient(loss, values), model.trainable_variables)
        return loss

    for start in range(0, BATCH * steps, BATCH):
        step(*(tf.constant(array[start : start + BATCH]) for array in windows))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1400, help="training steps; the published errors are after 1400")
    parser.add_argument("--part", choices=("all", "train"), default="all")
    chosen = parser.parse_args()
    test = random_windows(20_000, seed=1, part="all" if chosen.part == "all" else "test")
    learn = random_windows(20_000, seed=2, part=chosen.part)

    def errors(forecasts: np.ndarray) -> np.ndarray:
        return error_per_step(forecasts, test.targets)

    linear = linear_forecast(test.inputs, *fit_causal_linear(*learn))
    found = {"persistence": [errors(persistence(test.inputs))], "linear, one fit a step": [errors(linear)]}
    networks = {
        "projection at each step, Adam 0.001": ("each step", False),
        "one dense layer on the stacked outputs, Adam 0.001": ("stacked", False),
        "one dense layer on the stacked outputs, our recipe": ("stacked", True),
    }
    for name, (projection, ours) in networks.items():
        for seed in range(chosen.seeds):
            say(f"{name}, seed {seed}")
            model = train(projection, ours, chosen.steps, chosen.part, seed)
            found.setdefault(name, []).append(errors(network_forecast(model, test.inputs)))
    say("")
    print(
        machine(),
        f"part {chosen.part}, {chosen.steps} training steps, {chosen.seeds} seeds, medians",
        sep="; ",
        end="\n\n",
    )
    rows = []
    for name, several in found.items():
        middle = np.median(several, axis=0)
        means = [one.mean() for one in several]
        spread = f"{min(means):.4f} to {max(means):.4f}" if len(means) > 1 else ""
        rows.append([name, f"{statistics.median(means):.4f}", spread, *(f"{middle[step - 1]:.4f}" for step in SHOWN)])
    print_table(["", "all steps", "over the seeds", *(f"step {step}" for step in SHOWN)], rows)


if __name__ == "__main__":
    main()
