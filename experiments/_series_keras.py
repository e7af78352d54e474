"""What the experiments of 29-series-in-keras share: data, rivals, network, scores."""

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LinearRegression, Ridge

from rnnbook.data import chronological_split, load_sea_temperature, windows_by_target

SEASON, LENGTH, HORIZON = 12, 24, 12
SPLIT = (0.6, 0.2, 0.2)


def waves(t, pairs=3):
    """Sines and cosines of the season at the times t, (N, 2 pairs)."""
    angle = 2 * np.pi * np.outer(t, np.arange(1, pairs + 1)) / SEASON
    return np.hstack([np.sin(angle), np.cos(angle)])


def harmonics(y, train):
    """The season of y, fitted on train, for all times and HORIZON more."""
    w = waves(np.arange(len(y) + HORIZON))
    return LinearRegression().fit(w[train], y[train]).predict(w)


def fading(r, train):
    """What is left of a residual k steps later, (HORIZON,), by least squares."""
    r = r[train]
    return np.array([r[:-k] @ r[k:] / (r[:-k] @ r[:-k]) for k in range(1, HORIZON + 1)])


def best_ridge(parts):
    """From windows to all targets; the penalty is chosen on the second part."""
    (x, y, _), (x_val, y_val, _) = parts[:2]
    fits = [Ridge(10.0**k).fit(x, y) for k in range(-1, 6)]
    return min(fits, key=lambda f: np.mean((f.predict(x_val) - y_val) ** 2))


def simple_forecasts(y, split, part=1):
    """What needs no network: forecasts (M, HORIZON) for one part of the split."""
    season = harmonics(y, split[0])
    r = y - season[: len(y)]
    parts = windows_by_target(y, LENGTH, split, HORIZON)
    r_parts = windows_by_target(r, LENGTH, split, HORIZON)
    k = np.arange(HORIZON)
    t = parts[part].t[:, None]  # (M, 1), the first target
    return {
        "last value": np.repeat(y[t - 1], HORIZON, axis=1),
        "seasonal naive": y[t + k - SEASON * (k // SEASON + 1)],
        "harmonics": season[t + k],
        "harmonics + residual": season[t + k] + r[t - 1] * fading(r, split[0]),
        "ridge, values": best_ridge(parts).predict(parts[part].x),
        "ridge, residuals": season[t + k]
        + best_ridge(r_parts).predict(r_parts[part].x),
    }


def forecaster(cell, mean, std, units=16, horizon=HORIZON):
    """From windows (B, LENGTH, D) to forecasts (B, horizon), in the data's units."""
    mean, std = np.atleast_1d(mean), np.atleast_1d(std)  # (D,); first the value
    x = keras.Input((LENGTH, len(mean)))  # (B, T, D)
    z = layers.Normalization(mean=mean, variance=std**2)(x)
    h = cell(units)(z)  # the last state: (B, H)
    y_hat = layers.Dense(horizon)(h)  # (B, K)
    y_hat = layers.Rescaling(std[0], offset=mean[0])(y_hat)
    return keras.Model(x, y_hat)


def train(model, first, val, rate=1e-2, epochs=80):
    """Fit on the first windows; val lowers the rate, stops, and picks the epoch."""
    model.compile(keras.optimizers.Adam(rate), loss="mse")
    slower = keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=4)
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    return model.fit(
        *first,
        batch_size=64,
        epochs=epochs,
        validation_data=val,
        callbacks=[slower, stop],
        verbose=0,
    ).history


def rmse(error):
    """Root mean squared error over all forecasts."""
    return float(np.sqrt(np.mean(error**2)))


def change(error, rival, block=24, draws=1000):
    """The RMSE against a rival's, and its 95 % interval over blocks of windows."""

    def compare(rows):
        mse, other = ((e[rows] ** 2).mean(axis=(-2, -1)) for e in (error, rival))
        return np.sqrt(mse / other) - 1

    n, rng = len(error), np.random.default_rng(0)
    block = min(block, n)
    starts = rng.integers(0, n - block + 1, (draws, -(-n // block)))
    rows = (starts[..., None] + np.arange(block)).reshape(draws, -1)[:, :n]
    return float(compare(np.arange(n))), *np.quantile(compare(rows), (0.025, 0.975))


def recursive(model, x):
    """HORIZON one-step forecasts (M, HORIZON), each fed with the one before."""
    steps = []
    for _ in range(HORIZON):
        steps.append(model.predict(x, verbose=0))  # (M, 1)
        x = np.concatenate([x[:, 1:], steps[-1][..., None]], axis=1)
    return np.hstack(steps)


def sea_and_split():
    y = load_sea_temperature().values
    return y, chronological_split(y, SPLIT)
