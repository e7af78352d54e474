"""GRU-D, and how a network can be told that a reading is missing."""

import numpy as np
import pandas as pd
import torch
from torch import nn


def remove(n, share, kind, rng):
    """A mask (N,): False where a reading is taken away, alone or in blocks."""
    if kind == "at random":
        return rng.random(n) >= share
    keep = np.ones(n, bool)
    while (~keep).mean() < share:
        start, length = rng.integers(n), rng.integers(12, 73)
        keep[start : start + length] = False
    return keep


def since(read):
    """Hours (N,) since the last reading: 0 where one was read now."""
    hours = np.arange(len(read))
    last = np.maximum.accumulate(np.where(read, hours, 0))
    return (hours - last).astype(float)


def carry(z):
    """The last reading (N,), carried on; the mean, 0, before the first."""
    return pd.Series(z).ffill().fillna(0).to_numpy()


class GRUD(nn.Module):
    """A GRU whose input and state decay while nothing is read."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.cell = nn.GRUCell(2 * inputs, hidden)
        self.w_x = nn.Parameter(torch.full((inputs,), 0.02))
        self.W_h = nn.Parameter(torch.full((inputs, hidden), 0.02))

    def forward(self, last, m, delta):  # each (B, T, D)
        x = self.decayed(last, m, delta)
        gamma = torch.exp(-torch.relu(delta @ self.W_h))  # (B, T, H), eq-weather-state
        h, states = last.new_zeros(len(x), self.cell.hidden_size), []
        for x_t, gamma_t in zip(
            torch.cat([x, m], -1).unbind(1), gamma.unbind(1), strict=True
        ):
            h = self.cell(x_t, gamma_t * h)
            states.append(h)
        return torch.stack(states, 1)  # (B, T, H)

    def decayed(self, last, m, delta):
        """What was read; else something between the last reading and the mean, 0."""
        gamma = torch.exp(-torch.relu(self.w_x) * delta)  # eq-weather-decay
        return torch.where(m == 1, last, gamma * last)  # eq-weather-input


class Plain(nn.GRU):
    """A GRU that returns its outputs only."""

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, batch_first=True)

    def forward(self, x):
        return super().forward(x)[0]


class GapForecaster(nn.Module):
    """Forecasts from the last reading, which stands in column 0 and is not read."""

    def __init__(self, inputs, hidden, steps, dropout=0.4, noise=0.1, decay=False):
        super().__init__()
        self.decay, self.noise = decay, noise
        D = (inputs - 1) // 3 if decay else inputs - 1
        self.rnn = (GRUD if decay else Plain)(D, hidden)
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(hidden, steps)

    def forward(self, x):  # (B, T, 1 + D), or (B, T, 1 + 3 D) for GRU-D
        last, x = x[..., :1], x[..., 1:]
        parts = x.chunk(3, -1) if self.decay else (x,)
        if self.training:
            noisy = parts[0] + self.noise * torch.randn_like(parts[0])
            parts = (noisy, *parts[1:])
        return last + self.head(self.drop(self.rnn(*parts)))  # (B, T, steps)


def told(method, z, weather):
    """Columns (N, ·) for a network: the last reading, and what the method says."""
    read = ~np.isnan(z)
    m, delta, last = read * 1.0, since(read), carry(z)
    if method == "GRU-D":
        last_x = np.column_stack([last, weather])
        ones, none = np.ones_like(weather), np.zeros_like(weather)
        parts = last_x, np.column_stack([m, ones]), np.column_stack([delta, none])
        return np.column_stack([last, *parts])
    columns = {
        "carried": [last],
        "mean": [np.where(read, z, 0)],
        "mean, mask": [np.where(read, z, 0), m],
        "carried, mask, time": [last, m, np.log1p(delta)],
    }[method]
    return np.column_stack([last, *columns, weather])
