"""The temperature of the sea off Peru, month by month: a real series with a season, from a file inside the package.

Every few years the water stays much warmer than usual, which fishermen called El Niño: there is more than the season.

Source: NOAA, Climate Prediction Center, ERSST.V3B, region Niño 1+2; public domain; see ``sea-temperature-LICENSE.txt``
beside the data.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rnncourse.datasets.damage import again, read_verified

#: Where the temperatures are: a table that a spreadsheet opens, with the columns month and temperature.
SEA_FILE = Path(__file__).with_name("sea-temperature.csv")
#: SHA-256 of the file, as it was packed.
SHA256 = "dbfd1f1e4991ed383daf8286b7c7237bb05c4cbf42b932b5a3ed7888baf99d96"


def load_sea_temperature() -> np.ndarray:
    """The mean temperature of the sea surface in each month from January 1950 to December 2010, in degrees Celsius.

    It is the mean over the region from 0 to 10 degrees South and 80 to 90 degrees West.

    Returns:
        float64, shape (732,): 61 years of 12 months.

    Raises:
        DamagedDataError: the file is missing or damaged; the message says what to do.
    """
    content = read_verified(SEA_FILE, f"The file {SEA_FILE.name}", SHA256, again("rnncourse"))
    return np.array([float(line.split(",")[1]) for line in content.decode().splitlines()[1:]])
