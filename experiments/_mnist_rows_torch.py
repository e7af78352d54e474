"""What the PyTorch experiments of ``22-mnist-rows`` share: networks and training."""

import numpy as np
import torch
from _mnist_rows import BATCH, CLASSES, C, R
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

from rnnbook.training import fit


@torch.no_grad()
def start_like_keras(model, forget=True):
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


class Reader(nn.Module):
    """An LSTM that answers after each row, or only after the last one."""

    def __init__(self, D=C, H=64, keras_start=True, each_row=True):
        super().__init__()
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.head = nn.Linear(H, CLASSES)
        self.each_row = each_row
        if keras_start:
            start_like_keras(self)

    def forward(self, x):  # (B, T, D) -> (B, T, CLASSES), or (B, CLASSES)
        h = self.rnn(x)[0]
        return self.head(h if self.each_row else h[:, -1])


class TwoReaders(nn.Module):
    """One LSTM reads pairs of rows, the other pairs of columns.

    The head sees the last state and the mean of all states of each. ``without`` leaves
    out the "columns", the "pairs" or the "mean".
    """

    def __init__(self, without="nothing", H=128):
        super().__init__()
        self.without = without
        self.lines = 1 if without == "pairs" else 2  # that are read in one step
        self.down = nn.LSTM(self.lines * C, H, batch_first=True)
        seen = 1 if without == "mean" else 2
        if without != "columns":
            self.across = nn.LSTM(self.lines * R, H, batch_first=True)
            seen *= 2
        self.head = nn.Linear(seen * H, CLASSES)
        start_like_keras(self)

    def forward(self, x):  # (B, R, C) -> (B, CLASSES)
        seen = []
        views = [(self.down, x)]
        views += [] if self.without == "columns" else [(self.across, x.mT)]
        for lstm, view in views:
            out, _ = lstm(view.unfold(1, self.lines, self.lines).flatten(2))
            seen += [out[:, -1]] + ([out.mean(dim=1)] * (self.without != "mean"))
        return self.head(torch.cat(seen, dim=1))


def mlp(inputs, hidden=100):
    """A network with one hidden layer, without recurrence."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, CLASSES),
    )


def last_loss(logits, y):
    """The answer after the last row counts."""
    return cross_entropy(logits[:, -1], y)


def shuffled(x, y):
    """Batches in random order."""
    pairs = TensorDataset(torch.tensor(x), torch.tensor(y))
    return DataLoader(pairs, batch_size=BATCH, shuffle=True)


class Shifted:
    """Batches in random order, each moved by up to ``shift`` pixels."""

    def __init__(self, x, y, shift=0):
        self.x, self.y = torch.tensor(x), torch.tensor(y)
        self.shift = shift

    def __len__(self):
        return -(-len(self.x) // BATCH)

    def __iter__(self):
        s = self.shift
        for rows in torch.randperm(len(self.x)).split(BATCH):
            dy, dx = torch.randint(-s, s + 1, (2,)).tolist()
            yield self.x[rows].roll((dy, dx), dims=(1, 2)), self.y[rows]


def one_cycle(k, n):
    """Share of the peak rate at update k of n."""
    w = n // 4
    if k < w:
        return 0.1 + 0.9 * k / w
    return 0.5 * (1 + np.cos(np.pi * (k - w) / (n - w)))


def train(make, seed, batches, epochs=1, loss=cross_entropy, peak=0.01):
    """Make a network and train it with one cycle, both from one seed."""
    torch.manual_seed(seed)
    model = make()
    n = epochs * len(batches)
    adam = torch.optim.AdamW(model.parameters(), peak)
    cycle = LambdaLR(adam, lambda k: one_cycle(k, n))
    more = {"scheduler": cycle, "clip_norm": 1.0, "progress": False}
    fit(model, loss, adam, batches, epochs=epochs, **more)
    return model.eval()


@torch.no_grad()
def outputs(model, x):
    """Outputs for an array of images, computed in portions."""
    return torch.cat([model(part) for part in torch.tensor(x).split(1000)])


def predicted(model, x):
    """The digit that a network predicts for each image, after the last row."""
    logits = outputs(model, x)
    return (logits[:, -1] if logits.ndim == 3 else logits).argmax(1).numpy()


def accuracy(model, x, y):
    return (predicted(model, x) == y).mean()
