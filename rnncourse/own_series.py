"""A series of YOUR OWN: read from a CSV file, and simple forecasters beside a small network in one table.

The series is cut in time: three fifths to learn from, a fifth to choose by, the last fifth to report on. Only what is
to be forecast has to lie in its own part; what is read before it may reach back, as it would in life.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from rnncourse.forecasting import fit_linear, make_windows, network_forecast, seasonal_means, seasonal_naive
from rnncourse.shapes import expect_choice, expect_count, expect_finite, expect_shapes

_DATE = re.compile(r"\d+([-./:])\d+\1\d+.*")
_GAPS = ("", "na", "n/a", "nan", "null", "none", "-", "?")
_SHARES = 0.6, 0.8  # where the part to learn from ends, and the part to choose by
_UNITS, _BATCH, _STEPS, _MOST_EPOCHS, _PATIENCE, _PEAK = 32, 32, 1_500, 40, 8, 4e-3
_MOST_UNROLLED = 50  # steps; the graph of more is slow to build


# ------------------------------------------------------------------------------------------------------- reading a CSV


def read_series(
    path: str | Path, column: str | None = None, *, decimal: str = ".", encoding: str | None = None
) -> np.ndarray:
    """One column of a CSV file as a series: one number per line, in the order of the lines.

    Args:
        path: the file. Its first line names the columns; commas, semicolons or tabs stand between them.
        column: which one; may be left out where the file has only one.
        decimal: "." as in 12.5, or "," as in 12,5.
        encoding: how the file's bytes are letters; by default UTF-8, or UTF-16 where the file says so.

    Returns:
        float64, shape (length,).

    Raises:
        ValueError: there is no such column, or a line of it holds no number; the message names the line and what to do.
        FileNotFoundError: there is no such file.
    """
    decimal = expect_choice("decimal", decimal, (".", ","))
    header, lines = _table(Path(path), encoding)
    place = _column(header, column, Path(path).name)
    numbers, gaps = [], []
    for line, cells in lines:
        if len(cells) != len(header):
            raise ValueError(_misfit(line, cells, header))
        if cells[place].strip().lower() in _GAPS:
            gaps.append(line)
        else:
            numbers.append(_number(cells[place].strip(), line, header[place], decimal))
    if gaps:
        raise ValueError(_about_gaps(gaps, header[place]))
    if not numbers:
        raise ValueError(f"The file {Path(path).name} has no line below its first, expected a number in each.")
    return np.array(numbers)


def read_dates(path: str | Path, column: str, *, form: str | None = None, encoding: str | None = None) -> np.ndarray:
    """When each value of ``read_series`` was: a column of dates or times of the same file, in the order of its lines.

    Args:
        path, encoding: as for ``read_series``.
        column: which one holds the dates.
        form: how they are written, "%d.%m.%Y %H:%M" for 31.12.2021 23:59; by default as in 2021-12-31 23:59.

    Returns:
        datetime64 in seconds, shape (length,); what has a time zone is told in that of Greenwich (UTC).

    Raises:
        ValueError: there is no such column, or a line of it holds no date; the message names the line and what to do.
        FileNotFoundError: there is no such file.
    """
    header, lines = _table(Path(path), encoding)
    place = _column(header, column, Path(path).name)
    found = [_date(cells[place].strip() if place < len(cells) else "", line, column, form) for line, cells in lines]
    return np.array(found, dtype="datetime64[s]")


def _date(text: str, line: int, column: str, form: str | None) -> datetime:
    try:
        found = datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)
    except ValueError:
        wanted = "a date as in 2021-12-31" if form is None else f"one that fits form={form!r}"
        raise ValueError(
            f"Line {line} of column {column!r} holds {text!r:.40}, expected {wanted}. Say how dates are written here: "
            "form='%d.%m.%Y' for 31.12.2021, '%m/%d/%Y' for 12/31/2021, with ' %H:%M' behind it for 23:59."
        ) from None
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _table(path: Path, encoding: str | None) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The names of the columns, and the lines below them that are not empty, each with its number in the file."""
    text = _text(path, encoding)
    first = text.split("\n", 1)[0]
    separator = max(";\t,", key=first.count)  # where none stands, there is one column
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise ValueError(f"The file {path.name} begins with an empty line, expected the names of its columns.")
    if all(_is_number(name) or _DATE.fullmatch(name) for name in header):
        raise ValueError(
            f"The first line of {path.name} is {first.strip()[:40]!r}: values, expected the names of the columns. "
            "Write a name above each column."
        )
    return header, ((rows.line_num, cells) for cells in rows if any(cell.strip() for cell in cells))


def _text(path: Path, encoding: str | None) -> str:
    if path.is_dir():
        raise FileNotFoundError(f"{path} is a folder, expected a CSV file in it: {path / 'mine.csv'} for example.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}; this notebook runs in the folder {Path.cwd()}.")
    content = path.read_bytes()
    if content.startswith(b"PK"):
        raise ValueError(f"{path.name} is a workbook of a spreadsheet: save it there as CSV (UTF-8), and read that.")
    if encoding is None:
        encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except LookupError:
        raise ValueError(f"encoding is {encoding!r}, expected one that Python knows, such as 'utf-8'.") from None
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Byte {error.start} of {path.name} is no letter in {encoding}. Say how it was saved: encoding='cp1252' "
            "for Western Europe, 'gb18030' for Chinese, 'cp1251' for Cyrillic."
        ) from None


def _column(header: list[str], column: str | None, file: str) -> int:
    known = ", ".join(map(repr, header))
    if column is not None and not isinstance(column, str):
        raise TypeError(f"column is {column!r:.40}, expected the name of one in {file}: {known}.")
    if column is None:
        if len(header) == 1:
            return 0
        raise ValueError(f"{file} has {len(header)} columns, {known}: say which, column={header[-1]!r} for example.")
    if header.count(column) != 1:
        near = get_close_matches(column, header, 1, 0.5)
        meant = f" Did you mean {near[0]!r}?" if near and near[0] != column else ""
        raise ValueError(
            f"{file} has {header.count(column)} columns called {column!r}, expected one in {known}.{meant}"
        )
    return header.index(column)


def _misfit(line: int, cells: list[str], header: list[str]) -> str:
    extra = " Is the comma a decimal comma? Then semicolons or tabs have to stand between the columns."
    return (
        f"Line {line} has {len(cells)} cells, expected {len(header)}, as many as the first line."
        f"{extra if len(cells) > len(header) else ''}"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, line: int, column: str, decimal: str) -> float:
    plain = text.replace(".", " ").replace(",", ".") if decimal == "," else text  # a "." is no decimal point then
    if _is_number(plain) and "_" not in plain and np.isfinite(float(plain)):
        return float(plain)
    advice = "Take what is no number out of the file, units and thousands separators too."
    if _DATE.fullmatch(text):
        advice = "It looks like a date or a time: rnncourse.read_dates reads those."
    if decimal == "." and text.count(",") == 1 and _is_number(text.replace(",", ".")):
        advice = "If its comma is a decimal comma, say decimal=','; if it parts thousands, take it out of the file."
    raise ValueError(f"Line {line} of column {column!r} holds {text!r}, expected a number. {advice}")


def _about_gaps(gaps: list[int], column: str) -> str:
    shown = ", ".join(map(str, gaps[:5])) + (" …" if len(gaps) > 5 else "")
    lines = "line" if len(gaps) == 1 else "lines"
    return (
        f"Column {column!r} is empty in {len(gaps)} {lines} ({shown}). A forecaster needs every step: fill the gaps "
        "(with the value before, or one season before), or keep the longest part without any."
    )


# ------------------------------------------------------------------------------------------------------------ comparing


@dataclass(frozen=True)
class Row:
    """How one forecaster did on the last fifth.

    Args:
        name: of the forecaster.
        first, last: mean absolute error one step ahead, and at the last step asked for.
        absolute, squared: mean absolute and mean squared error over all steps ahead.
    """

    name: str
    first: float
    last: float
    absolute: float
    squared: float


@dataclass(frozen=True)
class Comparison:
    """Forecasters side by side; as text it is a table.

    Args:
        rows: one per forecaster.
        ahead: how many steps ahead were asked for.
        judged: how many forecasts each of the numbers is a mean of.
    """

    rows: tuple[Row, ...]
    ahead: int
    judged: int

    @property
    def best(self) -> Row:
        """The row with the smallest mean absolute error."""
        return min(self.rows, key=lambda row: row.absolute)

    def __str__(self) -> str:
        titles = ("MAE 1 ahead", f"MAE {self.ahead} ahead", "MAE, all", "MSE, all")
        lines = [f"{'forecaster':18}" + "".join(f"{title:>15}" for title in titles)]
        for row in self.rows:
            numbers = (row.first, row.last, row.absolute, row.squared)
            lines.append(f"{row.name:18}" + "".join(f"  ≈ {number:11.4g}" for number in numbers))
        judged = f"Each a mean over {self.judged} moments of the last fifth, which nobody learnt from."
        return "\n".join([*lines, judged])

    __repr__ = __str__


@dataclass(frozen=True)
class _Part:
    """Windows whose targets lie in one part of the series.

    Args:
        inputs: shape (windows, time, 1).
        targets: the values that follow each of their steps, shape (windows, time, ahead).
        starts: where in the series each window begins.
    """

    inputs: np.ndarray
    targets: np.ndarray
    starts: np.ndarray

    @property
    def last(self) -> np.ndarray:
        """What follows the last step, shape (windows, ahead)."""
        return self.targets[:, -1]


def compare_forecasters(
    series: np.ndarray, *, season: int = 1, ahead: int = 1, time_steps: int | None = None, seed: int = 0
) -> Comparison:
    """MAE = mean |forecast - target| of persistence, seasonal-naive, seasonal means, a linear fit and a network.

    The network is a ``SimpleRNN`` of 32 rectified neurons with a dense layer for all the steps ahead at once; it stops
    when it no longer gets better on the fourth fifth of the series.

    Args:
        series: x_0, x_1, …, shape (length,), from ``read_series`` for example.
        season: how many steps a season has; 1 where there is none.
        ahead: how many steps ahead to forecast.
        time_steps: how many values are read before; by default two seasons, and at least 20.
        seed: where the network starts.

    Returns:
        The errors on the last fifth, in the series' own units; print it.

    Raises:
        ValueError: series is no row of finite numbers, is too short, or never changes where it is learnt from.
    """
    (series,) = expect_shapes(series=(series, "length"))
    series = expect_finite("series", series).astype(float)
    season, ahead = expect_count("season", season), expect_count("ahead", ahead)
    time_steps = max(20, 2 * season) if time_steps is None else expect_count("time_steps", time_steps)
    if time_steps < season:
        raise ValueError(f"time_steps is {time_steps}, expected at least a season of {season}.")
    train, choose, judge = _parts(series, time_steps, ahead)
    forecasts = {"persistence": np.repeat(judge.inputs[:, -1], ahead, axis=1)}
    if season > 1:
        forecasts["seasonal-naive"] = seasonal_naive(judge.inputs, season, ahead)
        means = seasonal_means(series[: int(_SHARES[0] * len(series))], season)
        forecasts["seasonal means"] = means[(judge.starts[:, np.newaxis] + time_steps + np.arange(ahead)) % season]
    forecasts["linear fit"] = fit_linear(train.inputs, train.last)(judge.inputs)
    forecasts["network"] = _network(train, choose, seed)(judge.inputs)
    return Comparison(tuple(_row(name, said, judge.last) for name, said in forecasts.items()), ahead, len(judge.inputs))


def _row(name: str, forecasts: np.ndarray, targets: np.ndarray) -> Row:
    errors = forecasts - targets
    absolute = np.mean(np.abs(errors), axis=0)  # (ahead,)
    return Row(name, float(absolute[0]), float(absolute[-1]), float(absolute.mean()), float(np.mean(errors**2)))


def _parts(series: np.ndarray, time_steps: int, ahead: int) -> tuple[_Part, _Part, _Part]:
    first, second = (int(share * len(series)) for share in _SHARES)
    room = min(first - time_steps, second - first, len(series) - second) - ahead + 1
    if room < 10:
        raise ValueError(
            f"series has {len(series)} values, too few: windows of {time_steps} steps and {ahead} ahead leave a part "
            f"with {max(room, 0)} windows, expected at least 10. Ask for fewer steps, or find a longer series."
        )
    if not series[:first].std():
        raise ValueError(f"The first {first} values of series are all {series[0]:g}: there is nothing to learn.")
    inputs, targets = make_windows(series, time_steps, ahead)
    starts = np.arange(len(inputs))
    begin, end = starts + time_steps, starts + time_steps + ahead  # of what follows the last step
    bounds = (0, first), (first, second), (second, len(series))
    chosen = ((begin >= low) & (end <= high) for low, high in bounds)
    train, choose, judge = (_Part(inputs[part], targets[part], starts[part]) for part in chosen)
    return train, choose, judge


def _network(train: _Part, choose: _Part, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """A small network, trained on one part and stopped by the other."""
    import keras

    from rnncourse.training import fit, recipe_optimizer

    mean, deviation = train.last.mean(), train.last.std() or 1.0
    scaled = lambda values: ((values - mean) / deviation).astype(np.float32)  # noqa: E731
    batches = -(-len(train.inputs) // _BATCH)
    epochs = int(np.clip(_STEPS // batches, 2, _MOST_EPOCHS))
    keras.utils.set_random_seed(seed)
    time_steps, ahead = train.targets.shape[1:]
    reader = keras.layers.SimpleRNN(
        _UNITS, activation="relu", return_sequences=True, unroll=time_steps <= _MOST_UNROLLED
    )
    model = keras.Sequential([keras.Input((time_steps, 1)), reader, keras.layers.Dense(ahead)])
    fit(
        model,
        scaled(train.inputs),
        scaled(train.targets),
        epochs=epochs,
        batch_size=_BATCH,
        loss="mse",
        metrics=(),
        optimizer=recipe_optimizer(max(10, epochs * batches), peak=_PEAK),
        validation=(scaled(choose.inputs), scaled(choose.targets)),
        callbacks=[keras.callbacks.EarlyStopping(patience=_PATIENCE, restore_best_weights=True)],
    )
    return lambda read: network_forecast(model, scaled(read))[:, -1] * deviation + mean
