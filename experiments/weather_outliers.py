"""Robust loss or clean data, where one reading in a hundred is far too high?

1000 or 2000 µg/m³ are added to 1 % of the readings of all years, inputs and targets;
judged on what was really read. ``spiked, then clean``: the year of the test has no
spikes, so that only the fit suffers. The filter looks at the past only. ``log``, which
may be asked for, learns logarithms. ``w00`` to ``w51`` are weeks, six hours ahead. Used
by ``25-weather`` and ``41-claims-tested``.
"""

import numpy as np
import pandas as pd
import torch
from _weather import beijing, mae
from _weather_side import Side

GRID = [
    {"learns": "readings", "data": data, "loss": loss}
    for data in ("clean", "spiked", "spiked, then clean", "filtered")
    for loss in ("squared", "huber", "absolute")
    if loss != "huber" or data.startswith("spiked")
]
GRID += [
    {"learns": "readings", "data": data, "loss": "none, last reading"}
    for data in ("clean", "spiked", "filtered")
]
SEEDS = range(3)
TOLERANCE = {f"mae_{k}": 1.5 for k in (1, 6, 24)} | {"removed": 0.001, "wrongly": 0.001}
TOLERANCE |= {f"w{w:02}": 15.0 for w in range(52)}
STEPS = (1, 6, 24)


def past_only(pm, hours=7, limit=300):
    """Put the median of the last hours where a reading lies far above it."""
    median = pd.Series(pm).rolling(hours, min_periods=1).median().to_numpy()
    return np.where(pm - median > limit, median, pm)


def squared(f, y):
    read = ~torch.isnan(y)
    return (f - torch.where(read, y, f)).pow(2).sum() / read.sum()


def huber(f, y):
    read = ~torch.isnan(y)
    e = (f - torch.where(read, y, f)).abs()
    return torch.where(e < 1, e * e / 2, e - 0.5).sum() / read.sum()


LOSSES = {"squared": squared, "huber": huber, "absolute": mae}


def run(setting, seed):
    table, rng = beijing().copy(), np.random.default_rng(seed)
    clean = table["pm25"].to_numpy().copy()
    spike = rng.random(len(clean)) < 0.01
    if setting["data"] == "spiked, then clean":
        spike &= table.index.year < 2014
    given = clean
    if setting["data"] != "clean":
        given = clean + np.where(spike, rng.choice([1000, 2000], len(clean)), 0)
    found = past_only(given) != given
    found &= ~np.isnan(given)
    spike &= ~np.isnan(clean)
    table["pm25"] = past_only(given) if setting["data"] == "filtered" else given
    side = Side(table, log=setting["learns"] == "log")
    x = side.x.copy()
    x[:, 0] = pd.Series(side.z).ffill().fillna(0)
    if setting["loss"] in LOSSES:
        f = side.learn(x, side.known(), seed, loss=LOSSES[setting["loss"]])
    else:
        f = np.tile(x[:, :1], 48)
    side.truth = clean
    numbers = side.scores({k: f[:, k - 1] for k in STEPS}, STEPS, 6)
    spiked = setting["data"] != "clean"
    return numbers | {
        "removed": float(found[spike].mean()) if spiked else 0.0,
        "wrongly": float(found[~spike].mean()),
    }
