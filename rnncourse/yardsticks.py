"""YARDSTICKS: the simple ways that a network has to beat, tried on somebody's data of any kind.

Each is learnt from the training part and scored on another. None of them trains a network; all together take a few
seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rnncourse.forecasting import seasonal_naive
from rnncourse.text import counted_bits

#: Measure -> (forecasts, targets) -> score, for what is compared number by number; the smaller the better.
ERRORS: Mapping[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "MAE": lambda said, came: float(np.mean(np.abs(said - came))),
    "MSE": lambda said, came: float(np.mean((said - came) ** 2)),
    "RMSE": lambda said, came: float(np.sqrt(np.mean((said - came) ** 2))),
}
_LONGEST_SEASON = 400
_MOST_SEASONS_TRIED, _MOST_FITTED, _MOST_SCORED = 2_000, 20_000, 2_000
_MOST_WORDS, _RIDGE = 1_000, 1e-3
_LONGEST_CONTEXT = 6

#: Scores of one yardstick by the part they are measured on.
Scores = dict[str, float]


def for_series(
    inputs: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray], measure: str
) -> Iterator[tuple[str, Scores]]:
    """Persistence, the best season found in the training part, the mean of what followed, and a linear fit.

    Args:
        inputs: part -> shape (windows, time, features); where there are several, the best of them is repeated.
        targets: part -> shape (windows, ahead).
        measure: MAE, MSE or RMSE.
    """
    ahead, feature = targets["train"].shape[1], _feature(inputs["train"], targets["train"], measure)
    rows = {part: windows[:, :, feature : feature + 1] for part, windows in inputs.items()}
    score = lambda forecast: _scores(forecast, inputs, targets, ERRORS[measure])  # noqa: E731
    yield "persistence: the last value", score(lambda part: np.repeat(rows[part][:, -1], ahead, axis=1))
    season = _season(rows["train"], targets["train"], measure)
    if season > 1:
        name = f"the value {season} steps before (seasonal-naive)"
        yield name, score(lambda part: seasonal_naive(rows[part], season, ahead))
    usual = targets["train"].mean(axis=0)
    yield "the mean of what followed", score(lambda part: np.broadcast_to(usual, targets[part].shape))
    weights = _least_squares(_with_ones(inputs["train"][:_MOST_FITTED]), targets["train"][:_MOST_FITTED])
    yield "a linear fit (least squares)", score(lambda part: _with_ones(inputs[part]) @ weights)


def _scores(
    forecast: Callable[[str], np.ndarray],
    inputs: Mapping[str, Any],
    targets: Mapping[str, np.ndarray],
    measure: Callable[[np.ndarray, np.ndarray], float],
) -> Scores:
    return {part: measure(forecast(part), targets[part]) for part in inputs if part != "train"}


def _feature(inputs: np.ndarray, targets: np.ndarray, measure: str) -> int:
    """The feature whose last value is nearest to what follows."""
    errors = [ERRORS[measure](inputs[:, -1, feature, None], targets[:, :1]) for feature in range(inputs.shape[2])]
    return int(np.argmin(errors))


def _season(inputs: np.ndarray, targets: np.ndarray, measure: str) -> int:
    """The number of steps after which the training part repeats itself best; 1 is persistence."""
    few = slice(0, None, max(1, len(inputs) // _MOST_SEASONS_TRIED))
    longest = min(inputs.shape[1], _LONGEST_SEASON)
    errors = [
        ERRORS[measure](seasonal_naive(inputs[few], season, targets.shape[1]), targets[few])
        for season in range(1, longest + 1)
    ]
    return 1 + int(np.argmin(errors))


def _with_ones(inputs: np.ndarray) -> np.ndarray:
    flat = inputs.reshape(len(inputs), -1).astype(float)
    return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)


def _least_squares(known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Weights of least squares, held back a little (ridge) where examples are few."""
    scale = np.mean(known**2) or 1.0
    held = _RIDGE * scale * np.eye(known.shape[1])
    return np.linalg.solve(known.T @ known + held, known.T @ wanted)


def for_classes(inputs: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]) -> Iterator[tuple[str, Scores]]:
    """The most frequent class, the class of the nearest example, and a linear fit of the classes; by accuracy.

    Args:
        inputs: part -> numbers, shape (examples, …); or tokens, whole numbers of shape (examples, time), of which it
            is counted how often each occurs.
        labels: part -> the class of each example.
    """
    classes, learnt = np.unique(labels["train"], return_inverse=True)
    score = lambda forecast: _scores(forecast, inputs, labels, _accuracy)  # noqa: E731
    most = classes[np.argmax(np.bincount(learnt))]
    yield "the most frequent class", score(lambda part: np.full(len(labels[part]), most))
    known = _counted(inputs) if inputs["train"].dtype.kind in "biu" and inputs["train"].ndim == 2 else inputs
    rows = {part: _with_ones(values) for part, values in known.items()}
    few = np.random.default_rng(0).permutation(len(learnt))[:_MOST_SCORED]
    yield (
        "the class of the nearest example",
        score(lambda part: classes[learnt[few][_nearest(rows[part], rows["train"][few])]]),
    )
    weights = _least_squares(rows["train"][:_MOST_FITTED], np.eye(len(classes))[learnt[:_MOST_FITTED]])
    name = "a linear fit of counted tokens" if known is not inputs else "a linear fit of the classes (least squares)"
    yield name, score(lambda part: classes[np.argmax(rows[part] @ weights, axis=1)])


def _accuracy(said: np.ndarray, came: np.ndarray) -> float:
    return float(np.mean(said == came))


def _counted(tokens: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """How often each of the most frequent tokens stands in an example."""
    kinds, counts = np.unique(tokens["train"], return_counts=True)
    frequent = np.sort(kinds[np.argsort(-counts, kind="stable")[:_MOST_WORDS]])
    return {part: np.stack([_count(row, frequent) for row in rows]) for part, rows in tokens.items()}


def _count(row: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    place = np.minimum(np.searchsorted(kinds, row), len(kinds) - 1)
    return np.bincount(place[kinds[place] == row], minlength=len(kinds)).astype(float)


def _nearest(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """For each row the number of the nearest known one; a thousand rows at a time."""
    asked, known = asked.astype(np.float32), known.astype(np.float32)
    size = (known**2).sum(axis=1)
    blocks = [asked[start : start + 1000] for start in range(0, len(asked), 1000)]
    return np.concatenate([np.argmin(size - 2 * block @ known.T, axis=1) for block in blocks])


def for_symbols(pieces: Mapping[str, Sequence[np.ndarray]]) -> Iterator[tuple[str, Scores]]:
    """What follows the last symbols, counted in the training part and interpolated; in bits per symbol.

    Args:
        pieces: part -> rows of symbols, as whole numbers. Between two pieces stands a symbol of its own.
    """
    kinds = np.unique(np.concatenate([row for rows in pieces.values() for row in rows]))
    streams = {part: _joined(rows, kinds) for part, rows in pieces.items()}
    longest = min(_LONGEST_CONTEXT, *(len(stream) - 1 for stream in streams.values()))
    parts = [part for part in streams if part != "train"]
    bits = {part: counted_bits(streams["train"], streams[part], len(kinds) + 1, longest) for part in parts}
    for context in range(longest + 1):
        name = f"counts of what follows {context} symbol{'s' * (context != 1)}" if context else "counts of the symbols"
        yield name, {part: float(bits[part][context]) for part in parts}


def _joined(pieces: Sequence[np.ndarray], kinds: np.ndarray) -> np.ndarray:
    numbered = [np.searchsorted(kinds, piece) for piece in pieces]
    between = np.array([len(kinds)])
    return np.concatenate([part for piece in numbered for part in (piece, between)][:-1])


def for_pairs(pairs: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[tuple[str, Scores]]:
    """The source as it is, the most frequent target, and the target of the same source; by the share all right."""
    parts = [part for part in pairs if part != "train"]
    score = lambda say: {  # noqa: E731
        part: float(np.mean([say(source) == target for source, target in pairs[part]])) for part in parts
    }
    yield "the source as it is", score(lambda source: source)
    frequent = Counter(target for _, target in pairs["train"]).most_common(1)[0][0]
    yield "the most frequent target", score(lambda source: frequent)
    known = {source: target for source, target in pairs["train"]}
    yield "what the same source had in training", score(lambda source: known.get(source, source))
