"""Tomorrow's mean from hours, from means of three hours, or from means of days?

All are told the mean of the last 24 hours, in column 0; the network and the number of
its updates are the same. Judged at midnight, by the mean of the day that follows.
``w00`` to ``w51`` are the weeks. Used by ``25-weather`` and ``41-claims-tested``.
"""

import numpy as np
import pandas as pd
import torch
from _weather import (
    Forecaster,
    Ridge,
    beijing,
    columns,
    forecast,
    lags,
    pieces,
    scale,
    train,
    usable,
)
from _weather_side import HIDDEN

GRID = [{"hours": 24, "model": "last day"}]
GRID += [
    {"hours": hours, "model": model}
    for model in ("ridge", "GRU")
    for hours in (1, 3, 24)
]
SEEDS = range(3)
TOLERANCE = {"mae": 0.8} | {f"w{w:02}": 12.0 for w in range(52)}
CUTS = {  # pieces, and epochs that make about the same number of updates
    1: ({"length": 120, "burn_in": 24}, 20),
    3: ({"length": 40, "burn_in": 8}, 20),
    24: ({"length": 30, "burn_in": 5}, 120),
}


def run(setting, seed):
    hours, model = setting["hours"], setting["model"]
    table = beijing()
    cut, epochs = CUTS[hours]
    day = 24 // hours
    raw = table["pm25"].resample(f"{hours}h").mean()
    time, pm = raw.index, raw.to_numpy()
    x = columns(table).resample(f"{hours}h").mean()
    x.insert(0, "day", np.log1p(raw.rolling(day, min_periods=1).mean()).ffill())
    next_day = raw[::-1].rolling(day, min_periods=1).mean()[::-1].shift(-1)
    fit = slice(*np.searchsorted(time, pd.to_datetime(["2012-01-01", "2014-01-01"])))
    x, mean, std = scale(x, fit)
    y = (np.log1p(next_day.to_numpy()) - mean["day"]) / std["day"]
    if model == "last day":
        f = x[:, 0]
    elif model == "ridge":
        told = lags(x, 24)
        use = usable(told, y, np.arange(fit.start, fit.stop - day))
        f = Ridge(10).fit(told[use], y[use]).predict(np.nan_to_num(told))
    else:
        torch.manual_seed(seed)
        network, targets = Forecaster(x.shape[1], HIDDEN, 1), y[fit, None].copy()
        targets[-day:] = np.nan
        train(network, pieces(x[fit], targets, **cut), None, epochs)
        f = forecast(network, x, **cut)[:, 0]
    truth = table["pm25"].resample("D").mean()
    midnight = np.arange(len(truth)) * day - 1  # the last row of the day before
    first = np.searchsorted(truth.index, pd.Timestamp("2014-01-01"))
    days = slice(first, first + 364)
    said = np.expm1(f[midnight[days]] * std["day"] + mean["day"])
    weeks = np.nanmean(np.abs(said - truth.to_numpy()[days]).reshape(52, 7), axis=1)
    assert np.isfinite(pm[fit]).any()
    return {"mae": weeks.mean()} | {f"w{w:02}": v for w, v in enumerate(weeks.round(2))}
