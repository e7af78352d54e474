"""LSTM or GRU, judged on the same images, and over seeds?

The classic network, two stacked layers of 50 units that read the rows of MNIST's
digits, in PyTorch with Keras's initialisation; three epochs with one cycle. Each record
holds a pair and its control: an LSTM, a GRU, and a second LSTM that differs from the
first by nothing but its seed, with the numbers of test images that only one of two got
right.

Used by ``22-mnist-rows`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy

from rnnbook.data import DataUnavailable, load_mnist
from rnnbook.training import fit

GRID = [{"images": 150}, {"images": 1500}, {"images": 20000}]  # 150: the cheap one
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"lstm": 0.15, "gru": 0.15, "other_lstm": 0.15} | dict.fromkeys(
    ("only_lstm", "only_gru", "only_first", "only_other"), 1500
)

R, C, CLASSES = 28, 28, 10
BATCH, EPOCHS, PEAK = 128, 3, 0.012


def load():
    """Images and labels to learn from, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_cells needs MNIST, and it was not found")
    x_train, _, y_train, _ = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    return (x_train, y_train), (data.test.images / np.float32(255), data.test.labels)


@torch.no_grad()
def start_like_keras(model, forget):
    """Glorot inputs, orthogonal recurrence, forget bias 1 if there is one, else 0."""
    for name, p in model.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(p)
        elif "weight" in name:
            nn.init.xavier_uniform_(p)
        else:
            p.zero_()
        if "bias_ih" in name and forget:
            p[len(p) // 4 : len(p) // 2] = 1  # blocks i, f, g, o


class Classic(nn.Module):
    """Two recurrent layers of 50 units, and a linear layer on the last state."""

    def __init__(self, cell):
        super().__init__()
        self.rnn = cell(C, 50, num_layers=2, batch_first=True)
        self.head = nn.Linear(50, CLASSES)
        start_like_keras(self, forget=cell is nn.LSTM)

    def forward(self, x):  # (B, T, D) -> (B, CLASSES)
        return self.head(self.rnn(x)[0][:, -1])


def one_cycle(k, n):
    """Share of the peak rate at update k of n."""
    w = n // 4
    if k < w:
        return 0.1 + 0.9 * k / w
    return 0.5 * (1 + np.cos(np.pi * (k - w) / (n - w)))


def train(model, x, y, epochs, peak=PEAK):
    """Train a network with one cycle."""
    batches = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)),
        batch_size=BATCH,
        shuffle=True,
    )
    n = epochs * len(batches)
    adam = torch.optim.AdamW(model.parameters(), peak)
    cycle = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: one_cycle(k, n))
    more = {"scheduler": cycle, "clip_norm": 1.0, "progress": False}
    fit(model, cross_entropy, adam, batches, epochs=epochs, **more)
    return model.eval()


@torch.no_grad()
def predicted(model, x):
    """The digit that a network predicts for each image, in portions."""
    parts = [model(part).argmax(1) for part in torch.tensor(x).split(1000)]
    return torch.cat(parts).numpy()


def run(setting, seed):
    (x, y), (x_test, y_test) = load()
    x, y = x[: setting["images"]], y[: setting["images"]]
    right = {}
    for name, cell, start in (
        ("lstm", nn.LSTM, seed),
        ("gru", nn.GRU, seed),
        ("other_lstm", nn.LSTM, seed + 100),
    ):
        torch.manual_seed(start)
        model = train(Classic(cell), x, y, EPOCHS)
        right[name] = predicted(model, x_test) == y_test
    lstm, gru, other = right.values()
    return {name: r.mean() for name, r in right.items()} | {
        "only_lstm": (lstm & ~gru).sum(),
        "only_gru": (gru & ~lstm).sum(),
        "only_first": (lstm & ~other).sum(),
        "only_other": (other & ~lstm).sum(),
    }
