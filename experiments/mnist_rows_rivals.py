"""How far do two LSTM readers come, and what would one take for images instead?

Two LSTMs, one for pairs of rows and one for pairs of columns of MNIST's digits, beside
logistic regression, a network with one hidden layer and a small convolutional network,
all in four passes with one cycle. The short runs, one pass over 16,000 images, are
those that the chapter repeats in front of the reader.

Used by ``22-mnist-rows`` and ``41-claims-tested``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy

from rnnbook.data import DataUnavailable, load_mnist
from rnnbook.training import fit

GRID = [
    {"model": "small CNN", "images": 1280, "passes": 1},  # the cheap one
    {"model": "small CNN", "images": 16000, "passes": 1},
    {"model": "two LSTM readers", "images": 16000, "passes": 1},
    {"model": "logistic regression", "images": 55000, "passes": 4},
    {"model": "one hidden layer", "images": 55000, "passes": 4},
    {"model": "small CNN", "images": 55000, "passes": 4},
    {"model": "two LSTM readers", "images": 55000, "passes": 4},
]
SEEDS = range(5)
R, C, CLASSES = 28, 28, 10
BATCH, PASS = 128, 1
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"val": 0.01, "test": 0.01} | {
    f"misread_{digit}": 25 for digit in range(CLASSES)
}


def load():
    """Images and labels to learn from, to choose by, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_rivals needs MNIST, and it was not found")
    x_train, x_val, y_train, y_val = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    test = data.test.images / np.float32(255), data.test.labels
    return (x_train, y_train), (x_val, y_val), test


@torch.no_grad()
def start_like_keras(model):
    """Glorot inputs, orthogonal recurrence, forget bias 1, other biases 0."""
    for name, p in model.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(p)
        elif "weight" in name:
            nn.init.xavier_uniform_(p)
        else:
            p.zero_()
        if "bias_ih" in name:
            p[len(p) // 4 : len(p) // 2] = 1  # blocks i, f, g, o


class TwoReaders(nn.Module):
    """One LSTM reads pairs of rows, the other pairs of columns."""

    def __init__(self, H=128):
        super().__init__()
        self.down = nn.LSTM(2 * C, H, batch_first=True)
        self.across = nn.LSTM(2 * R, H, batch_first=True)
        self.head = nn.Linear(4 * H, CLASSES)
        start_like_keras(self)

    def forward(self, x):  # (B, R, C) -> (B, CLASSES)
        seen = []
        for lstm, view in ((self.down, x), (self.across, x.mT)):
            pairs = view.unfold(1, 2, 2).flatten(2)  # (B, R / 2, 2 C)
            out, _ = lstm(pairs)
            seen += [out[:, -1], out.mean(dim=1)]  # each (B, H)
        return self.head(torch.cat(seen, dim=1))


def logistic():
    return nn.Sequential(nn.Flatten(), nn.Linear(R * C, CLASSES))


def mlp(inputs, hidden=100):
    """A network with one hidden layer, without recurrence."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, CLASSES),
    )


def cnn():
    """Two convolutions that halve the image, and a linear layer."""
    side = (-(-R // 4)) * (-(-C // 4))
    return nn.Sequential(
        nn.Unflatten(1, (1, R)),
        nn.Conv2d(1, 16, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * side, CLASSES),
    )


class Batches:
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


def train(make, batches, passes, seed=0, loss=cross_entropy, peak=0.01):
    """Build a network and train it with one cycle."""
    torch.manual_seed(seed)
    model = make()
    n = passes * PASS * len(batches)
    adam = torch.optim.AdamW(model.parameters(), peak)
    cycle = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: one_cycle(k, n))
    more = {"scheduler": cycle, "clip_norm": 1.0}
    fit(model, loss, adam, batches, epochs=passes * PASS, **more)
    return model.eval()


@torch.no_grad()
def outputs(model, x):
    """Outputs for an array of images, computed in portions."""
    return torch.cat([model(part) for part in torch.tensor(x).split(1000)])


def guesses(model, x):
    """The digit that a network names for each image."""
    logits = outputs(model, x)
    return (logits[:, -1] if logits.ndim == 3 else logits).argmax(1).numpy()


MAKERS = {
    "logistic regression": logistic,
    "one hidden layer": partial(mlp, R * C),
    "small CNN": cnn,
    "two LSTM readers": TwoReaders,
}


def run(setting, seed):
    (x, y), (x_val, y_val), (x_test, y_test) = load()
    shift = 0 if setting["model"] == "logistic regression" else 1
    batches = Batches(x[: setting["images"]], y[: setting["images"]], shift)
    model = train(MAKERS[setting["model"]], batches, setting["passes"], seed)
    wrong = guesses(model, x_test) != y_test
    misread = {f"misread_{d}": wrong[y_test == d].sum() for d in range(CLASSES)}
    val = (guesses(model, x_val) == y_val).mean()
    return {"val": val, "test": 1 - wrong.mean(), **misread}
