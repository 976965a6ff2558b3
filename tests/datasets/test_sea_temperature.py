"""The sea's temperature in the package: the documented months, a licence beside it, clear words when it is damaged."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.datasets import sea_temperature
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.sea_temperature import load_sea_temperature

from damaged import AGAIN, hurt


def test_the_months_are_the_documented_ones():
    lines = sea_temperature.SEA_FILE.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["month,temperature", "1950-01,23.11"]
    assert lines[-1] == "2010-12,22.07"
    months = [f"{year}-{month:02}" for year in range(1950, 2011) for month in range(1, 13)]
    assert [line.split(",")[0] for line in lines[1:]] == months


def test_the_temperatures_have_a_season_and_el_nino():
    sea = load_sea_temperature()
    assert (sea.shape, sea.dtype) == ((732,), np.float64)
    by_month = sea.reshape(-1, 12).mean(axis=0)
    assert (by_month.argmax(), by_month.argmin()) == (2, 8)  # south of the equator: warm in March, cold in September
    above = (sea.reshape(-1, 12) - by_month).mean(axis=1)
    assert {1950 + int(year) for year in np.argsort(above)[-3:]} == {1983, 1997, 1998}


def test_the_file_is_small_and_has_its_licence_beside_it():
    assert sea_temperature.SEA_FILE.stat().st_size < 12_000
    licence = sea_temperature.SEA_FILE.with_name("sea-temperature-LICENSE.txt").read_text(encoding="utf-8")
    for words in ("NOAA", "public domain", "Changes:"):
        assert words in licence


@pytest.mark.parametrize("kind", ["missing", "one byte", "cut short", "empty"])
def test_a_damaged_or_missing_file_is_named_with_advice(kind, monkeypatch, tmp_path):
    copy = tmp_path / "sea-temperature.csv"
    copy.write_bytes(sea_temperature.SEA_FILE.read_bytes())
    monkeypatch.setattr(sea_temperature, "SEA_FILE", copy)
    with pytest.raises(DamagedDataError, match=hurt(copy, kind)) as raised:
        load_sea_temperature()
    assert str(raised.value).endswith(f"{AGAIN}rnncourse")
