"""Weather and air: hours of Beijing and days of Seattle, as tables that were checked.

Both files are downloaded on demand. Where they cannot be had, a table of the same
shape, made by a rule that is written below, keeps the pages running, and says so.
"""

import io
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rnnbook.data.download import REGISTRY, DataUnavailable, RemoteFile, fetch

_DATASETS = "jbrownlee/Datasets@d20fcb6402ae34e653d4513b00f39257bb37ed7f"
_VEGA = "vega/vega-datasets@cad85578e232704bb0453544742440038038c6a2"


def _addresses(repository: str, path: str) -> tuple[str, ...]:
    """The two hosts that serve a file of a public repository."""
    raw = f"{repository.replace('@', '/')}/{path}"
    return (
        f"https://raw.githubusercontent.com/{raw}",
        f"https://cdn.jsdelivr.net/gh/{repository}/{path}",
    )


REGISTRY["series/beijing-pm25.csv"] = RemoteFile(
    "892e9559205d16d32623135c127a3951c12e46ea1e0b3093e107ce89a9fd60e2",
    _addresses(_DATASETS, "pollution.csv"),
)
REGISTRY["series/seattle-weather.csv"] = RemoteFile(
    "0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be",
    _addresses(_VEGA, "data/seattle-weather.csv"),
)

BEIJING = {
    "pm25": "µg/m³",
    "dew_point": "°C",
    "temperature": "°C",
    "pressure": "hPa",
    "wind_speed": "m/s, added up while the direction lasts",
    "snow": "hours, added up",
    "rain": "hours, added up",
    "wind_direction": "NE, NW, SE or cv for calm and variable",
}
SEATTLE = {
    "precipitation": "mm",
    "temp_max": "°C",
    "temp_min": "°C",
    "wind": "m/s",
    "weather": "rain, sun, fog, drizzle or snow",
}


@dataclass(frozen=True, eq=False)
class Weather:
    """A table in time: ``table`` has one row an hour or a day, none left out.

    Its index is a DatetimeIndex with a frequency; a reading that is missing is NaN.
    ``units`` has the unit of every column.
    """

    name: str
    source: str
    table: pd.DataFrame = field(repr=False)
    units: dict[str, str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.table)


def load_beijing() -> Weather:
    """Load five years of hourly air quality and weather of Beijing.

    Returns
    -------
    Weather
        ``table`` (43824, 8), 2010-01-01 00:00 to 2014-12-31 23:00: ``pm25``, fine
        particles as measured at the embassy of the United States, of which 2,067
        hours are missing, and seven columns of weather as measured at the airport,
        of which none is. If the file is neither in ``RNNBOOK_DATA`` nor cached nor
        reachable, one line says so, and this is a table of the same shape that
        ``rnnbook`` makes; ``name`` and ``source`` say which it is.

    Raises
    ------
    ValueError
        If the file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    Liang et al. (2015), *Beijing PM2.5*, UCI Machine Learning Repository, CC BY 4.0.
    2 MB. The made table: smooth noise for the weather, and the logarithm of the
    particles as a slow average of still air, with a day's rhythm.
    """
    try:
        content = fetch("series/beijing-pm25.csv").read_bytes()
    except DataUnavailable as error:
        print(f"{error} Using a made table in place of Beijing's air.")
        return _made_beijing()
    raw = pd.read_csv(io.BytesIO(content))
    hours = pd.to_datetime(raw[["year", "month", "day", "hour"]])
    table = raw[["pm2.5", "DEWP", "TEMP", "PRES", "Iws", "Is", "Ir", "cbwd"]]
    table = table.set_axis(list(BEIJING), axis=1)
    table.index = pd.DatetimeIndex(hours, freq="h", name="time")
    source = "Beijing PM2.5, Liang et al. 2015 (UCI, CC BY 4.0)"
    return Weather("Beijing's air", source, table, dict(BEIJING))


def load_seattle() -> Weather:
    """Load four years of daily weather of Seattle.

    Returns
    -------
    Weather
        ``table`` (1461, 5), 2012-01-01 to 2015-12-31, nothing missing. If the file is
        neither in ``RNNBOOK_DATA`` nor cached nor reachable, one line says so, and
        this is a table of the same shape that ``rnnbook`` makes.

    Raises
    ------
    ValueError
        If the file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    NOAA, public domain, from the examples of Vega; ``weather`` was derived there from
    the other columns. 48 kB.
    """
    try:
        content = fetch("series/seattle-weather.csv").read_bytes()
    except DataUnavailable as error:
        print(f"{error} Using a made table in place of Seattle's weather.")
        return _made_seattle()
    raw = pd.read_csv(io.BytesIO(content), parse_dates=["date"])
    days = pd.DatetimeIndex(raw["date"], freq="D", name="time")
    table = raw[list(SEATTLE)].set_axis(days)
    source = "daily weather of Seattle, NOAA (public domain)"
    return Weather("Seattle's weather", source, table, dict(SEATTLE))


def _smooth(rng: np.random.Generator, n: int, memory: float) -> np.ndarray:
    """Noise of variance 1 that forgets its past within ``memory`` steps."""
    keep = np.exp(-1 / memory)
    noise = rng.normal(size=n) * np.sqrt(1 - keep**2)
    x = np.empty(n)
    x[0] = rng.normal()
    for t in range(1, n):
        x[t] = keep * x[t - 1] + noise[t]
    return x


def _made_beijing() -> Weather:
    rng = np.random.default_rng(0)
    time = pd.date_range("2010-01-01", "2014-12-31 23:00", freq="h", name="time")
    n, hour = len(time), time.hour.to_numpy()
    season = np.cos(2 * np.pi * (time.dayofyear.to_numpy() - 15) / 365.25)
    front = _smooth(rng, n, 40)  # positive: wind from the north, clean and dry
    still = np.convolve(-front, np.ones(24) / 24)[:n]
    day = np.cos(2 * np.pi * (hour - 15) / 24)
    log_pm = 4.2 + 0.3 * season + 0.9 * still - 0.15 * day + 0.25 * _smooth(rng, n, 6)
    pm = np.expm1(np.clip(log_pm, 0.7, 6.8)).round()
    for start in rng.integers(0, n - 48, 80):  # gaps of hours and of days
        pm[start : start + rng.integers(1, 48)] = np.nan
    temperature = 12.5 - 14 * season + 4 * day - 2 * front
    table = pd.DataFrame(
        {
            "pm25": pm,
            "dew_point": (temperature - 10 - 5 * front).round(),
            "temperature": temperature.round(),
            "pressure": (1016 + 9 * season + 3 * front).round(),
            "wind_speed": np.exp(1.5 + front).round(2),
            "snow": np.zeros(n, int),
            "rain": np.where((front < -1.5) & (season < 0), 1, 0),
            "wind_direction": np.select(
                [front > 0.5, front < -0.5, hour % 3 == 0], ["NW", "SE", "NE"], "cv"
            ),
        },
        index=time,
    )
    return Weather("a made table of air", "made by rnnbook", table, dict(BEIJING))


def _made_seattle() -> Weather:
    rng = np.random.default_rng(1)
    time = pd.date_range("2012-01-01", "2015-12-31", freq="D", name="time")
    n = len(time)
    season = np.cos(2 * np.pi * (time.dayofyear.to_numpy() - 20) / 365.25)
    warm, wet = _smooth(rng, n, 3), _smooth(rng, n, 2) + 0.5 * season
    temp_max = (16.5 - 8 * season + 3.5 * warm - wet).round(1)
    rain = np.where(wet > 0.3, np.exp(wet), 0).clip(0, 60).round(1)
    table = pd.DataFrame(
        {
            "precipitation": rain,
            "temp_max": temp_max,
            "temp_min": (temp_max - 8 + wet).round(1),
            "wind": (3 + np.abs(_smooth(rng, n, 2))).round(1),
            "weather": np.where(rain > 0, "rain", "sun"),
        },
        index=time,
    )
    return Weather("a made table of weather", "made by rnnbook", table, dict(SEATTLE))
