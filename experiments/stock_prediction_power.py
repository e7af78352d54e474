"""How strong must a signal be, for the test of the chapter to see it?

Made shares, in which each return repeats a part of the one before; every seed makes
another series and starts another network. ``found`` says whether the interval of the
skill over blocks of days lies above zero, ``found_direction`` whether the LSTM's
directions are ahead of both "always up" and "always down" in the same sense. ``rule``
knows the strength. Used by ``23-stock-prediction``.
"""

import numpy as np
import pandas as pd
from _stock_prediction import block_interval, predict, prepare, score, train
from sklearn.linear_model import Ridge

GRID = [{"strength": strength} for strength in (0, 0.1, 0.2, 0.4)]
SEEDS = range(20)
TOLERANCE = {
    "skill": 0.015,
    "low": 0.02,
    "right": 0.06,
    "found": 1,
    "found_direction": 1,
    "linear_skill": 0.01,
    "linear_found": 1,
    "rule_skill": 0.001,
    "rule_right": 0.001,
}


def planted(strength, seed, n=1047):
    """Prices of n business days; each return repeats a part of the one before."""
    returns = 0.02 * np.random.default_rng(seed).normal(size=n)
    for k in range(1, n):
        returns[k] += strength * returns[k - 1]
    days = pd.bdate_range("2020-01-01", periods=n)
    return pd.DataFrame({"Date": days, "Close": 100 * np.exp(returns.cumsum())})


def linear(train, val):
    """The ridge autoregression with the lowest validation error."""
    fits = [Ridge(10.0**k).fit(train.x, train.y[:, 0]) for k in range(5)]
    return min(fits, key=lambda f: np.mean((val.y[:, 0] - f.predict(val.x)) ** 2))


def run(setting, seed):
    strength = setting["strength"]
    price = planted(strength, seed)["Close"].to_numpy()
    r = np.diff(np.log(price))
    scaler, parts = prepare(r)
    t, scale, mean = parts[2].t, scaler.scale_[0], scaler.mean_[0]
    network, _ = train(parts, seed)
    f = predict(network, parts[2].x)[:, 0] * scale + mean
    lstm = score(price, t, f)
    z = linear(*parts[:2]).predict(parts[2].x)
    line, rule = score(price, t, z * scale + mean), score(price, t, strength * r[t - 1])
    right, up = (f > 0) == (r[t] > 0), r[t] > 0
    ahead = [block_interval(np.mean, right * 1.0 - same)[0] for same in (up, ~up)]
    return {
        "skill": lstm["skill"],
        "low": lstm["low"],
        "right": lstm["right"],
        "found": lstm["low"] > 0,
        "found_direction": min(ahead) > 0,
        "linear_skill": line["skill"],
        "linear_found": line["low"] > 0,
        "rule_skill": rule["skill"],
        "rule_right": rule["right"],
    }
