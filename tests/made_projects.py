"""Projects made up on the spot: an honest one on a small series, and the same with one thing wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import rnncourse
from rnncourse.project import Project

QUESTION = "Does a GRU forecast the made series one step ahead better than a linear fit does?"
TIME_STEPS, AHEAD = 12, 1


def series(count: int = 400, seed: int = 0) -> np.ndarray:
    """A season of 10 steps, with noise."""
    rng = np.random.default_rng(seed)
    return np.sin(2 * np.pi * np.arange(count) / 10) + 0.3 * rng.normal(size=count)


def windows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(inputs, targets, where each window starts)."""
    inputs, targets = rnncourse.make_windows(values, TIME_STEPS, AHEAD)
    return inputs, targets[:, -1], np.arange(len(inputs))


def in_time(values: np.ndarray) -> dict[str, Any]:
    """A fair split: the targets of each part lie in a stretch of its own."""
    inputs, targets, starts = windows(values)
    first, second = int(0.6 * len(values)), int(0.8 * len(values))
    begin, end = starts + TIME_STEPS, starts + TIME_STEPS + AHEAD
    kept = [(begin >= low) & (end <= high) for low, high in ((0, first), (first, second), (second, len(values)))]
    return of_masks(inputs, targets, starts, kept)


def shuffled(values: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """A split like a pack of cards."""
    inputs, targets, starts = windows(values)
    order = np.random.default_rng(seed).permutation(len(inputs))
    return of_masks(inputs, targets, starts, np.split(order, [int(0.6 * len(order)), int(0.8 * len(order))]))


def of_masks(inputs: np.ndarray, targets: np.ndarray, starts: np.ndarray, kept: list[Any]) -> dict[str, Any]:
    parts = {
        part: (inputs[rows], targets[rows]) for part, rows in zip(("train", "validation", "test"), kept, strict=True)
    }
    return {**parts, "times": tuple(starts[rows] for rows in kept)}


#: Cell -> (parameters, scores of the seeds): a GRU that wins, clearly.
RESULTS: Mapping[str, tuple[int, tuple[float, ...]]] = {
    "GRU": (1000, (0.21, 0.215, 0.22)),
    "LSTM": (1040, (0.25, 0.255, 0.26)),
}
#: Scores on the test part.
LOOK = {"GRU": 0.223, "LSTM": 0.263}


def made(
    *,
    question: str = QUESTION,
    parts: Mapping[str, Any] | None = None,
    baseline: float | None = 0.25,
    results: Mapping[str, tuple[int, tuple[float, ...]]] = RESULTS,
    looks: tuple[Mapping[str, float], ...] = (LOOK,),
    winner: str | None = "GRU",
    concluded: bool = True,
    late_baseline: bool = False,
    journal: Any = None,
) -> Project:
    """An honest project, or one with something changed."""
    project = Project(question, "MAE", journal=journal)
    project.split("series", **(in_time(series()) if parts is None else parts))
    if baseline is not None and not late_baseline:
        project.baseline("a linear fit of 12 values", baseline)
    for cell, (parameters, scores) in results.items():
        for seed, score in enumerate(scores):
            project.result(cell, parameters=parameters, seed=seed, score=score)
    if baseline is not None and late_baseline:
        project.baseline("a linear fit of 12 values", baseline)
    for look in looks:
        project.look(look)
    if concluded:
        project.conclude(winner, "The GRU forecasts better than the LSTM and the linear fit.")
    return project
