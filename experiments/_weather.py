"""What the experiments of ``25-weather`` share: columns, networks, rivals, scores."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import DataUnavailable, load_beijing

fit = partial(training.fit, progress=False)
STEPS = 48
SCORED = (1, 6, 12, 24, 48)


def beijing():
    data = load_beijing()
    if data.name != "Beijing's air":
        raise DataUnavailable("the experiments of 25-weather need Beijing: not found")
    return data.table


# ---- from a table to arrays


def calendar(time):
    """The hour of the day and the day of the year, each as a point on a circle."""
    day = 2 * np.pi * time.hour.to_numpy() / 24
    year = 2 * np.pi * time.dayofyear.to_numpy() / 365.25
    circles = {"hour": day, "season": year}
    return pd.DataFrame(
        {
            f"{name} {f.__name__}": f(angle)
            for name, angle in circles.items()
            for f in (np.sin, np.cos)
        },
        index=time,
    )


def columns(table):
    """What is known at an hour: the air first, with the last reading carried on."""
    skewed = np.log1p(table[["pm25", "wind_speed", "snow", "rain"]])
    plain = table[["dew_point", "temperature", "pressure"]]
    wind = pd.get_dummies(table["wind_direction"], dtype=float)
    return skewed.ffill().join([plain, wind, calendar(table.index)])


def scale(x, part):
    """Columns with mean 0 and standard deviation 1 in the training part."""
    mean, std = x[part].mean(), x[part].std()
    return ((x - mean) / std.where(std > 0, 1)).fillna(0).to_numpy(), mean, std


def future(z, steps=STEPS):
    """y (N, steps): y[t, k - 1] is z[t + k], and NaN where there is none."""
    longer = np.append(z, np.full(steps, np.nan))
    return sliding_window_view(longer, steps)[1:]


def rows_of(n, length=240, burn_in=24):
    """Rows (M, length) of pieces that overlap by burn_in; the last one ends at n."""
    first = np.arange(n - length, -1, burn_in - length)[::-1]
    return first[:, None] + np.arange(length)


def pieces(x, y, length=240, burn_in=24):
    """Batches of pieces; while a network warms up, its targets are NaN."""
    rows = rows_of(len(x), length, burn_in)
    y = y[rows].copy()
    y[:, :burn_in] = np.nan
    x, y = (torch.tensor(a, dtype=torch.float32) for a in (x[rows], y))
    return DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)


# ---- the network


class Forecaster(nn.Module):
    """A GRU that, at every hour it reads, forecasts all the next ones."""

    def __init__(self, inputs, hidden=64, steps=48, dropout=0.4, noise=0.1):
        super().__init__()
        self.rnn = nn.GRU(inputs, hidden, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, steps)
        self.noise = noise

    def forward(self, x):  # (B, T, D)
        now = x[..., :1]  # the air at the last hour read
        if self.training:
            x = x + self.noise * torch.randn_like(x)
        h, _ = self.rnn(x)  # (B, T, H)
        return now + self.head(self.drop(h))  # (B, T, steps)


def mae(f, y):
    """Mean absolute error over the targets that were read."""
    read = ~torch.isnan(y)
    return (f - torch.where(read, y, f)).abs().sum() / read.sum()


def train(model, batches, held=None, epochs=30, loss=mae):
    """AdamW with a rate that falls to zero, and clipped gradients."""
    adam = torch.optim.AdamW(model.parameters(), lr=3e-3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, epochs * len(batches))
    return fit(
        model, loss, adam, batches, held, epochs=epochs, scheduler=cosine, clip_norm=1
    )


def forecast(model, x, length=240, burn_in=24):
    """Forecasts (N, steps) made at each row of x; NaN while it warms up."""
    rows = rows_of(len(x), length, burn_in)
    model.eval()
    with torch.inference_mode():
        f = model(torch.tensor(x[rows], dtype=torch.float32)).numpy()
    out = np.full((len(x), f.shape[-1]), np.nan)
    out[rows[:, burn_in:]] = f[:, burn_in:]
    return out


# ---- the rivals


def lags(x, hours=24):
    """What a regression reads: all of now, the air of a day, changes and averages."""
    table = pd.DataFrame(x)
    weather, air = table.iloc[:, :-4], table[0]
    parts = [table] + [weather - weather.shift(k) for k in (3, 6, 12, 24)]
    parts += [air.shift(k) for k in range(1, hours)]
    parts += [air.rolling(k).mean() for k in (6, 24, 72)]
    return pd.concat(parts, axis=1).to_numpy()


def usable(x, y, rows):
    """The rows that have a target, and a past as long as a regression reads."""
    return rows[~np.isnan(y[rows]) & ~np.isnan(x[rows]).any(axis=1)]


def regression(x, y, first, alpha):
    """A linear regression with a penalty, and its forecasts of all rows."""
    use = usable(x, y, first)
    model = Ridge(alpha).fit(x[use], y[use])
    return model.predict(np.nan_to_num(x))


def boosting(x, y, first, then, leaves, rate, trees=400):
    """Boosted trees; their number is the best on the rows ``then``, which come after.

    Returns the forecasts of all rows from the first of ``then`` on.
    """
    use, held = usable(x, y, first), usable(x, y, then)
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        learning_rate=rate,
        max_leaf_nodes=leaves,
        max_iter=trees,
        early_stopping=False,
    ).fit(x[use], y[use])
    stages = model.staged_predict(x[held])
    best = 1 + int(np.argmin([np.abs(f - y[held]).mean() for f in stages]))
    out = np.full(len(x), np.nan)
    for f, _ in zip(model.staged_predict(x[then.min() :]), range(best), strict=False):
        out[then.min() :] = f
    return out


# ---- the rolling origin and its scores


def year(time, number):
    """The rows of a year, as a slice."""
    return slice(*np.searchsorted(time.year, [number, number + 1]))


def by_week(f, truth, part, k):
    """MAE (52,) of the weeks of a part; f[t] was forecast at t for t + k."""
    error = np.abs(f[part.start - k : part.stop - k] - truth[part])
    return np.nanmean(error[: 52 * 168].reshape(52, 168), axis=1)


def climatology(z, time, part):
    """The mean of each month and hour over the years of the training part."""
    known = pd.Series(z[part]).groupby([time.month[part], time.hour[part]]).mean()
    return known.reindex(pd.MultiIndex.from_arrays([time.month, time.hour])).to_numpy()


class Origin:
    """A year to be tested, the year before to choose by, and all before to fit."""

    def __init__(self, table, test):
        time = self.time = table.index
        self.val, self.test = year(time, test - 1), year(time, test)
        self.fit = slice(0, self.val.start)
        self.x, mean, std = scale(columns(table), self.fit)
        self.mean, self.std = mean["pm25"], std["pm25"]
        self.pm = table["pm25"].to_numpy()
        self.z = (np.log1p(self.pm) - self.mean) / self.std

    def back(self, f):
        """From the network's scale to µg/m³."""
        return np.expm1(f * self.std + self.mean)

    def weeks(self, f, k, part=None):
        """MAE (52,) of forecasts on the network's scale, made k hours before."""
        return by_week(self.back(f), self.pm, part or self.test, k)

    def rows(self, part, k):
        """The hours at which the targets of a part are forecast."""
        return np.arange(max(0, part.start - k), part.stop - k)

    def steps(self, model, setting):
        """Forecasts of a rival, one array (N,) for each horizon of SCORED."""
        if model == "last value":
            return {k: self.x[:, 0] for k in SCORED}
        if model == "climatology":
            mean = climatology(self.z, self.time, self.fit)
            return {k: np.roll(mean, -k) for k in SCORED}
        x, found = lags(self.x), {}
        for k in SCORED:
            y = future(self.z)[:, k - 1]
            rows = self.rows(self.fit, k)
            if model == "ridge":
                found[k] = regression(x, y, rows, **setting)
            else:
                found[k] = boosting(x, y, rows, self.rows(self.val, k), **setting)
        return found

    def network(self, seed, hidden=64, dropout=0.4, epochs=30):
        """Fit a GRU; its epoch is that of the smallest error on the year to choose."""
        torch.manual_seed(seed)
        model = Forecaster(self.x.shape[1], hidden, dropout=dropout)
        warm = slice(self.val.start - 24, self.val.stop)
        batches, held = (
            pieces(self.x[part], future(self.z[part])) for part in (self.fit, warm)
        )
        train(model, batches, held, epochs)
        f = forecast(model, self.x)
        return {k: f[:, k - 1] for k in SCORED}


# What weather_tuning chose on the year before the year tested.
TRIES = {
    "ridge": [{"alpha": 10.0**k} for k in range(6)],
    "boosting": [{"leaves": n, "rate": r} for n in (7, 15, 31) for r in (0.03, 0.1)],
    "GRU": [{"hidden": n, "dropout": p} for n in (32, 64, 96) for p in (0.2, 0.4)],
}
