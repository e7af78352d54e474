"""What the side questions of ``25-weather`` share: two years to fit, one to judge.

Nothing is chosen in them: every network has the same settings, and the last epoch.
"""

import numpy as np
import torch
from _weather import (
    Forecaster,
    by_week,
    columns,
    forecast,
    future,
    mae,
    pieces,
    scale,
    train,
    year,
)

HIDDEN, EPOCHS = 48, 20
CUT = {"length": 120, "burn_in": 24}


class Side:
    """2012 and 2013 to fit, 2014 to judge, one column to forecast, as it was read."""

    def __init__(self, table, target="pm25", log=True):
        time = self.time = table.index
        self.table, self.test = table, year(time, 2014)
        self.fit = slice(year(time, 2012).start, self.test.start)
        truth = self.truth = table[target].to_numpy(dtype=float)
        self.log = log
        wanted = np.log1p(truth) if log else truth
        self.mean, self.std = np.nanmean(wanted[self.fit]), np.nanstd(wanted[self.fit])
        self.z = (wanted - self.mean) / self.std
        self.x, *_ = scale(columns(table), self.fit)

    def back(self, f):
        f = f * self.std + self.mean
        return np.expm1(f) if self.log else f

    def scores(self, f, steps, week_of):
        """Errors of forecasts {k: (N,)}, which have no units; the weeks of one k."""
        weeks = {k: by_week(self.back(f[k]), self.truth, self.test, k) for k in steps}
        numbers = {f"mae_{k}": weeks[k].mean() for k in steps}
        return numbers | {f"w{w:02}": v for w, v in enumerate(weeks[week_of].round(2))}

    def learn(self, x, y, seed, make=Forecaster, loss=mae, epochs=EPOCHS):
        """Train on the fitting part; forecasts of all rows, (N, steps)."""
        torch.manual_seed(seed)
        model = make(x.shape[1], HIDDEN, y.shape[1])
        train(model, pieces(x[self.fit], y[self.fit], **CUT), None, epochs, loss)
        return forecast(model, x, **CUT)

    def known(self, z=None, steps=48):
        """Targets that lie within the fitting part."""
        z = (self.z if z is None else z).copy()
        y = future(z, steps).copy()
        y[: self.fit.stop] = future(z[: self.fit.stop], steps)
        return y
