"""Which random numbers do the workers of a DataLoader draw?

Eight items, each of which draws one number, read by two workers in two epochs: how many
of the eight numbers are different, and how many of the second epoch are new. Four
places for the generator; workers that are started for each epoch, or ``persist``.

Used by ``33-scaling``.
"""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

PLACES = ("kept in the data", "np.random", "torch", "seed, epoch and item")
GRID = [
    {"place": place, "workers": workers, "persist": persist}
    for place in PLACES
    for workers, persist in ((0, 0), (2, 0), (2, 1))
]
SEEDS = range(3)
TOLERANCE = {"different": 0.5, "new": 0.5}


class Noisy(Dataset):
    def __init__(self, place, seed):
        self.place, self.seed, self.epoch = place, seed, 0
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return 8

    def __getitem__(self, k):
        if self.place == "kept in the data":
            return self.rng.random()
        if self.place == "np.random":
            return np.random.random()  # noqa: NPY002
        if self.place == "torch":
            return torch.rand((), dtype=torch.float64).item()
        return np.random.default_rng([self.seed, self.epoch, k]).random()


def run(setting, seed):
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    data, workers = Noisy(setting["place"], seed), setting["workers"]
    epochs, persist = [], bool(setting["persist"])
    loader = DataLoader(
        data,
        num_workers=workers,
        multiprocessing_context="fork" if workers else None,
        persistent_workers=persist,
    )
    for epoch in range(2):
        data.epoch = epoch
        epochs.append({float(x) for x in loader})
    first, second = epochs
    return {"different": len(first), "new": len(second - first)}
