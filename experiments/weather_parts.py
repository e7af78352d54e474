"""What do the cell, the forecast of the change, and noise with dropout matter?

The network that the chapter trains live, eight epochs, with one part changed. Used by
``25-weather``.
"""

from _weather import beijing
from _weather_live import Live
from torch import nn

NETWORKS = ("as above", "LSTM", "plain RNN", "not the change", "no noise, no dropout")
GRID = [{"network": name} for name in NETWORKS]
SEEDS = range(3)
TOLERANCE = {"mae_1": 0.6, "mae_6": 1.0, "mae_24": 1.2, "mae_48": 1.8}


def run(setting, seed):
    parts = {
        "LSTM": {"cell": nn.LSTM},
        "plain RNN": {"cell": nn.RNN},
        "not the change": {"change": False},
        "no noise, no dropout": {"dropout": 0.0, "noise": 0.0},
    }.get(setting["network"], {})
    return Live(beijing(), 2010, 2012).learn(seed, 8, **parts)
